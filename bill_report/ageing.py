"""Open documents by days past their due date: a chart of the ages, and a table by party."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bill_report.amounts import exact
from bill_report.charts import Bar, bars
from bill_report.models import AGEING_MONEY, AGES, AP_AGEING, AR_AGEING
from bill_report.parts import ZERO, Column, Kind, Row, Section, Table, Tile

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from bill_report.models import Model
    from bill_report.parts import Chart
    from bill_report.warehouse import Warehouse

AGE_NAMES = ("not due", "1-30 days", "31-60 days", "61-90 days", "over 90 days")
CREDITS, SCHEDULED, TOTAL = (AGEING_MONEY.index(each) for each in ("credits", "scheduled", "total"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Payables or receivables."""

    model: Model
    name: str
    party: str
    parties: str
    tile: str
    documents: str


PAYABLES = Side(
    model=AP_AGEING,
    name="Accounts payable by age",
    party="vendor",
    parties="vendors",
    tile="Owed to vendors",
    documents="bills",
)
RECEIVABLES = Side(
    model=AR_AGEING,
    name="Accounts receivable by age",
    party="customer",
    parties="customers",
    tile="Owed by customers",
    documents="invoices",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A row of the model: one vendor or customer, or several together."""

    name: str
    documents: int
    money: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ageing:
    """One side of an organization on a day, the largest totals first."""

    side: Side
    as_of: date | None
    parties: tuple[Party, ...]

    @property
    def whole(self) -> Party:
        """All parties together."""
        return _together("total", self.parties)

    def tiles(self) -> list[Tile]:
        """The sum that is owed, with the part of it that is late."""
        money = self.whole.money
        late = sum(money[1 : len(AGES)], ZERO)
        return [Tile(name=self.side.tile, value=money[TOTAL], remark=f"{exact(late)} of it past due")]

    def section(self, top: int) -> Section:
        """The chart and the table.

        Args:
            top: Rows before the rest is one.
        """
        side = self.side
        if not self.parties:
            return Section(name=side.name, intro=f"Nothing is open: the model has no {side.party}.")
        intro = (
            f"Open {side.documents} by days past their due date. Credits are below zero and lower the total; what is "
            "scheduled is owed until it is paid, and part of the ages."
        )
        return Section(name=side.name, intro=intro, chart=self._chart(), tables=(self._table(top),))

    def _chart(self) -> Chart | None:
        money = self.whole.money
        rows = [
            Bar(label=name, amount=amount, said=exact(amount), colour=f"var(--age-{number})")
            for number, (name, amount) in enumerate(zip(AGE_NAMES, money, strict=False))
        ]
        if money[CREDITS]:
            rows.append(Bar(label="credits", amount=money[CREDITS], said=exact(money[CREDITS]), colour="var(--credit)"))
        told = ", ".join(f"{each.label} {each.said}" for each in rows)
        return bars(rows, f"{self.side.name}: {told}; total {exact(money[TOTAL])}")

    def _table(self, top: int) -> Table:
        rows = [*self.parties[:top]]
        if rest := self.parties[top:]:
            rows.append(
                _together(f"{len(rest):,} other {self.side.parties if len(rest) > 1 else self.side.party}", rest)
            )
        shown = [index for index in range(len(AGEING_MONEY)) if index != SCHEDULED or self.whole.money[SCHEDULED]]
        names = (*AGE_NAMES, *AGEING_MONEY[len(AGES) :])
        return Table(
            caption=f"By {self.side.party}, the largest totals first",
            columns=(
                Column(name=self.side.party, kind=Kind.TEXT),
                Column(name="open", kind=Kind.COUNT),
                *(Column(name=names[index]) for index in shown),
            ),
            rows=tuple(
                Row(cells=(each.name, each.documents, *(each.money[index] for index in shown)), is_sum=is_sum)
                for each, is_sum in [*((row, False) for row in rows), (self.whole, True)]
            ),
        )


def ageing(warehouse: Warehouse, side: Side, organization: str | None) -> Ageing:
    """The ageing of an organization.

    Raises:
        UnreadModelError: The model cannot be read.
    """
    party = side.party
    rows = warehouse.rows(
        side.model,
        f"SELECT as_of::DATE, {party}_name, {party}_id, documents, {', '.join(AGEING_MONEY)} FROM model"  # noqa: S608
        f" WHERE organization_id IS NOT DISTINCT FROM $1 ORDER BY total DESC NULLS LAST, {party}_name, {party}_id",
        [organization],
    )
    parties = (
        Party(
            name=name or key or f"(no {party})", documents=documents or 0, money=tuple(each or ZERO for each in money)
        )
        for _, name, key, documents, *money in rows
    )
    return Ageing(side=side, as_of=max((day for day, *_ in rows if day), default=None), parties=tuple(parties))


def _together(name: str, parties: tuple[Party, ...]) -> Party:
    money = (sum((each.money[index] for each in parties), ZERO) for index in range(len(AGEING_MONEY)))
    return Party(name=name, documents=sum(each.documents for each in parties), money=tuple(money))
