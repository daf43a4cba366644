"""Spend over a year: by vendor, and by account and month."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from bill_report.amounts import exact, share
from bill_report.build import none_of
from bill_report.charts import Bar, bars, columns
from bill_report.models import SPEND_LINES
from bill_report.names import told_apart
from bill_report.parts import ZERO, CellKind, PageColumn, PageRow, PageTable, Section, Series, largest

if TYPE_CHECKING:
    from decimal import Decimal

    from bill_report.build import Loaded
    from bill_report.warehouse import Warehouse

VENDORS, ACCOUNTS = "Top vendors by spend", "Spend by account and month"
MONTHS = 12
BARS_MAX = 10
ACCOUNTS_SHOWN = 6
"""As many colours as an eye tells apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The months that are looked at, and what lies outside of them."""

    months: tuple[date, ...]
    lines_outside: int
    outside: Decimal

    @property
    def told(self) -> str:
        """The months for people."""
        first, last = self.months[0], self.months[-1]
        return f"{first:%B %Y}" if first == last else f"{first:%B %Y} to {last:%B %Y}"

    @property
    def bounds(self) -> list[date]:
        """The first and the last month, for a query."""
        return [self.months[0], self.months[-1]]

    @property
    def remarks(self) -> tuple[str, ...]:
        """The lines that are left out, and their money."""
        if not self.lines_outside:
            return ()
        lines = f"{self.lines_outside:,} line{'s' if self.lines_outside > 1 else ''}"
        return (f"Outside these months, or without a date: {lines}, {exact(self.outside)}.",)


def spend(
    warehouse: Warehouse, organization: str | None, as_of: date | None, top: int, loaded: Loaded
) -> list[Section]:
    """The spend of an organization, of the twelve months up to the last one with lines that is not after a day.

    Args:
        warehouse: The models.
        organization: Its id.
        as_of: The day, if one is known.
        top: Rows before the rest is one.
        loaded: What was loaded.

    Raises:
        UnreadModelError: The model cannot be read.
    """
    if loaded.lacks("bill_line_items"):
        return [Section(name=each, intro=none_of("lines of bills")) for each in (VENDORS, ACCOUNTS)]
    span = _span(warehouse, organization, as_of)
    if span is None:
        return [Section(name=each, intro="There are no lines of bills.") for each in (VENDORS, ACCOUNTS)]
    return [_by_vendor(warehouse, organization, span, top), _by_account(warehouse, organization, span)]


def _span(warehouse: Warehouse, organization: str | None, as_of: date | None) -> Span | None:
    rows = warehouse.rows(
        SPEND_LINES,
        "SELECT date_trunc('month', month)::DATE, count(*), coalesce(sum(amount), 0)"
        " FROM model WHERE organization_id IS NOT DISTINCT FROM $1 GROUP BY 1 ORDER BY 1",
        [organization],
    )
    if not rows:
        return None
    there = [month for month, *_ in rows if month]
    last = max([month for month in there if not as_of or month <= as_of] or there, default=None)
    if last is None:
        return None
    known = [each for each in there if _before(last, MONTHS - 1) <= each <= last]
    first = min(known, default=last)
    months = [month for n in reversed(range(MONTHS)) if (month := _before(last, n)) >= first]
    outside = [(lines, amount) for month, lines, amount in rows if month is None or not first <= month <= last]
    return Span(
        months=tuple(months),
        lines_outside=sum(lines for lines, _ in outside),
        outside=sum((amount for _, amount in outside), ZERO),
    )


def _before(month: date, count: int) -> date:
    """The first day of the month that lies so many before."""
    years, rest = divmod(month.year * 12 + month.month - 1 - count, 12)
    return date(years, rest + 1, 1)


def _by_vendor(warehouse: Warehouse, organization: str | None, span: Span, top: int) -> Section:
    found = warehouse.rows(
        SPEND_LINES,
        "SELECT max(vendor_name), vendor_id, bool_or(vendor_is_deleted),"
        " count(DISTINCT (document_type, document_id)), coalesce(sum(amount), 0)"
        " FROM model WHERE organization_id IS NOT DISTINCT FROM $1"
        " AND date_trunc('month', month)::DATE BETWEEN $2 AND $3"
        " GROUP BY vendor_id ORDER BY 5 DESC, 1, vendor_id",
        [organization, *span.bounds],
    )
    names = told_apart([(name, key, is_deleted) for name, key, is_deleted, *_ in found], "vendor")
    rows = [(name, count, amount) for name, (*_, count, amount) in zip(names, found, strict=True)]
    total = sum((amount for *_, amount in rows), ZERO)
    most, _ = largest(rows, BARS_MAX, itemgetter(2))
    drawn = [Bar(label=name, amount=amount, said=exact(amount), colour="var(--out)") for name, _, amount in most]
    listed, rest = largest(rows, top, itemgetter(2))
    if rest:
        listed.append((_others(rest), sum(each[1] for each in rest), sum((each[2] for each in rest), ZERO)))
    told = ", ".join(f"{each.label} {each.said}" for each in drawn)
    return Section(
        name=VENDORS,
        intro=f"Lines of bills less those of vendor credits, {span.told}. {_drawn(len(rows))}",
        chart=bars(drawn, f"{VENDORS}: {told}"),
        tables=(
            PageTable(
                caption=f"{VENDORS}, {span.told}",
                columns=(
                    PageColumn(name="vendor", kind=CellKind.TEXT),
                    PageColumn(name="documents", kind=CellKind.COUNT),
                    PageColumn(name="amount"),
                    PageColumn(name="share", kind=CellKind.COUNT),
                ),
                rows=(
                    *(PageRow(cells=(name, count, amount, share(amount, total))) for name, count, amount in listed),
                    PageRow(cells=("total", sum(each[1] for each in rows), total, share(total, total)), is_sum=True),
                ),
            ),
        ),
        remarks=span.remarks
        if total > 0
        else (*span.remarks, "There are no shares of a total that is not above zero."),
    )


def _drawn(vendors: int) -> str:
    """The part of the vendors that has bars: one bar for all others would hide what they are compared for."""
    return f"The {BARS_MAX} largest of {vendors:,} vendors are drawn." if vendors > BARS_MAX else ""


def _others(rows: list[tuple[Any, ...]]) -> str:
    return f"{len(rows):,} other vendor{'s' if len(rows) > 1 else ''}"


def _by_account(warehouse: Warehouse, organization: str | None, span: Span) -> Section:
    rows = warehouse.rows(
        SPEND_LINES,
        "SELECT coalesce(account_id, account_name), max(account_name), max(account_number),"
        " date_trunc('month', month)::DATE, sum(amount)"
        " FROM model WHERE organization_id IS NOT DISTINCT FROM $1"
        " AND date_trunc('month', month)::DATE BETWEEN $2 AND $3"
        " GROUP BY 1, 4 ORDER BY 1",
        [organization, *span.bounds],
    )
    names: dict[str | None, str] = {}
    money: dict[str | None, dict[date, Decimal]] = defaultdict(dict)
    for account, name, number, month, amount in rows:
        names[account] = " ".join(filter(None, (number, name))) or account or "(no account)"
        money[account][month] = amount or ZERO
    order = sorted(money, key=lambda each: (-abs(sum(money[each].values(), ZERO)), names[each]))
    shown = [(names[each], money[each]) for each in order[:ACCOUNTS_SHOWN]]
    if rest := order[ACCOUNTS_SHOWN:]:
        together = {month: sum((money[each].get(month, ZERO) for each in rest), ZERO) for month in span.months}
        shown.append((f"{len(rest):,} other account{'s' if len(rest) > 1 else ''}", together))
    series = [
        Series(
            name=name,
            colour=f"var(--c{number})" if number < ACCOUNTS_SHOWN else "var(--rest)",
            values=tuple(amounts.get(month, ZERO) for month in span.months),
        )
        for number, (name, amounts) in enumerate(shown)
    ]
    told = ", ".join(f"{each.name} {exact(sum(each.values, ZERO))}" for each in series)
    return Section(
        name=ACCOUNTS,
        intro=f"The {ACCOUNTS_SHOWN} accounts with the largest sums, and the others together, {span.told}."
        if rest
        else f"All accounts with lines, {span.told}.",
        chart=columns([f"{each:%b %y}" for each in span.months], series, f"{ACCOUNTS}: {told}"),
        tables=(_months(span, series),),
        remarks=span.remarks,
    )


def _months(span: Span, series: list[Series]) -> PageTable:
    by_month = [(f"{month:%Y-%m}", [each.values[place] for each in series]) for place, month in enumerate(span.months)]
    sums = [sum(each.values, ZERO) for each in series]
    return PageTable(
        caption=f"{ACCOUNTS}, {span.told}",
        columns=(
            PageColumn(name="month", kind=CellKind.TEXT),
            *(PageColumn(name=each.name) for each in series),
            PageColumn(name="total"),
        ),
        rows=(
            *(PageRow(cells=(name, *amounts, sum(amounts, ZERO))) for name, amounts in by_month),
            PageRow(cells=("total", *sums, sum(sums, ZERO)), is_sum=True),
        ),
    )
