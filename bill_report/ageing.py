"""Open documents by days past their due date: a chart of the ages, and a table by party."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bill_report.amounts import exact
from bill_report.build import none_of
from bill_report.charts import Bar, bars
from bill_report.errors import UnreadModelError
from bill_report.models import AGEING_MONEY, AGES, AP_AGEING, AR_AGEING, NOT_NETTED
from bill_report.names import told_apart
from bill_report.parts import UNKNOWN, ZERO, CellKind, PageColumn, PageRow, PageTable, Section, Tile, largest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from bill_report.build import Loaded
    from bill_report.models import Model
    from bill_report.parts import Chart
    from bill_report.warehouse import Warehouse

AGE_NAMES = ("not due", "1-30 days", "31-60 days", "61-90 days", "over 90 days")
CREDITS, SCHEDULED, DENIED, TOTAL = map(AGEING_MONEY.index, ("credits", "scheduled", "denied", "total"))
IF_ANY = (SCHEDULED, DENIED)
"""Columns that are shown where there is anything in them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeingSide:
    """Payables or receivables.

    Attributes:
        documents: Their stream, and the word for them.
        credits: The stream of what lowers them.
    """

    model: Model
    name: str
    party: str
    parties: str
    tile: str
    documents: str
    credits: str


PAYABLES = AgeingSide(
    model=AP_AGEING,
    name="Accounts payable by age",
    party="vendor",
    parties="vendors",
    tile="Owed to vendors",
    documents="bills",
    credits="vendor_credits",
)
RECEIVABLES = AgeingSide(
    model=AR_AGEING,
    name="Accounts receivable by age",
    party="customer",
    parties="customers",
    tile="Owed by customers",
    documents="invoices",
    credits="credit_memos",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A row of the model: one vendor or customer, or several together."""

    name: str
    documents: int
    money: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ageing:
    """One side of an organization, the largest totals first.

    Attributes:
        is_known: False if none of its documents was loaded.
        remarks: What the figures lack.
    """

    side: AgeingSide
    is_known: bool
    parties: tuple[Party, ...]
    remarks: tuple[str, ...]

    @property
    def whole(self) -> Party:
        """All parties together."""
        return _together("total", self.parties)

    def tiles(self) -> list[Tile]:
        """The sum that is owed, and its parts: how much is late says nothing of a total that credits lower."""
        if not self.is_known:
            return [Tile(name=self.side.tile, value=UNKNOWN, remark=none_of(self.side.documents))]
        money = self.whole.money
        owed, late = (sum(money[first : len(AGES)], ZERO) for first in (0, 1))
        remark = f"Open {self.side.documents} {exact(owed)}, {exact(late)} of them past due"
        lowered = f"; credits {exact(money[CREDITS])}" if money[CREDITS] else ""
        return [Tile(name=self.side.tile, value=money[TOTAL], remark=f"{remark}{lowered}.")]

    def section(self, top: int) -> Section:
        """The chart and the table.

        Args:
            top: Rows before the rest is one.
        """
        side = self.side
        if not self.is_known:
            return Section(name=side.name, intro=none_of(side.documents))
        if not self.parties:
            intro = f"Nothing is open: the model has no {side.party}."
            return Section(name=side.name, intro=intro, remarks=self.remarks)
        intro = (
            f"Open {side.documents} by days past their due date, or past their own where they have none. Credits are "
            "below zero and lower the total; what is scheduled is owed until it is paid, and part of the ages."
        )
        if self.whole.money[DENIED]:
            intro += " So is what is denied: it is owed until it is deleted."
        tables = (self._table(top),)
        return Section(name=side.name, intro=intro, chart=self._chart(), tables=tables, remarks=self.remarks)

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

    def _table(self, top: int) -> PageTable:
        rows, rest = largest(self.parties, top, lambda each: each.money[TOTAL])
        if rest:
            rows.append(
                _together(f"{len(rest):,} other {self.side.parties if len(rest) > 1 else self.side.party}", rest)
            )
        shown = [index for index in range(len(AGEING_MONEY)) if index not in IF_ANY or self.whole.money[index]]
        names = (*AGE_NAMES, *AGEING_MONEY[len(AGES) :])
        return PageTable(
            caption=f"By {self.side.party}, the largest totals first",
            columns=(
                PageColumn(name=self.side.party, kind=CellKind.TEXT),
                PageColumn(name="open", kind=CellKind.COUNT),
                *(PageColumn(name=names[index]) for index in shown),
            ),
            rows=tuple(
                PageRow(cells=(each.name, each.documents, *(each.money[index] for index in shown)), is_sum=is_sum)
                for each, is_sum in [*((row, False) for row in rows), (self.whole, True)]
            ),
        )


def ageing(warehouse: Warehouse, side: AgeingSide, organization: str | None, loaded: Loaded) -> Ageing:
    """The ageing of an organization.

    Raises:
        UnreadModelError: The model cannot be read.
    """
    party = side.party
    rows = warehouse.rows(
        side.model,
        f"SELECT {party}_name, {party}_id, {party}_is_deleted, documents, {', '.join(AGEING_MONEY)} FROM model"  # noqa: S608
        f" WHERE organization_id IS NOT DISTINCT FROM $1 ORDER BY total DESC NULLS LAST, {party}_name, {party}_id",
        [organization],
    )
    names = told_apart([(name, key, is_deleted) for name, key, is_deleted, *_ in rows], party)
    parties = (
        Party(name=name, documents=documents or 0, money=tuple(each or ZERO for each in money))
        for name, (_, _, _, documents, *money) in zip(names, rows, strict=True)
    )
    remarks = [none_of(side.credits.replace("_", " "))] if loaded.lacks(side.credits) else []
    if side is RECEIVABLES:
        remarks += _not_netted(warehouse, organization, loaded)
    is_known = not loaded.lacks(side.documents)
    return Ageing(side=side, is_known=is_known, parties=tuple(parties), remarks=tuple(remarks))


def _not_netted(warehouse: Warehouse, organization: str | None, loaded: Loaded) -> list[str]:
    """Sums that lower the receivables beside the figures, as far as it is known."""
    query = "SELECT kind, documents, amount FROM model WHERE organization_id IS NOT DISTINCT FROM $1"
    try:
        rows = warehouse.rows(NOT_NETTED, query, [organization])
    except UnreadModelError as error:
        return [f"What is not netted is not known: {error}"]
    found = {kind: (documents, amount) for kind, documents, amount in rows}
    told = []
    if memos := found.get("credit_memo"):
        number = "1 credit memo is" if memos[0] == 1 else f"{memos[0]:,} credit memos are"
        told.append(f"{number} not netted: BILL does not tell their amounts.")
    unapplied = "What payments of customers have left that is applied to no invoice is not netted"
    if pays := found.get("received_pay"):
        told.append(f"{unapplied}: {exact(pays[1] or ZERO)}.")
    elif loaded.lacks("received_pays"):
        told.append(f"{unapplied}, and its sum is not known: no payments of customers are in the warehouse.")
    return told


def _together(name: str, parties: Sequence[Party]) -> Party:
    money = (sum((each.money[index] for each in parties), ZERO) for index in range(len(AGEING_MONEY)))
    return Party(name=name, documents=sum(each.documents for each in parties), money=tuple(money))
