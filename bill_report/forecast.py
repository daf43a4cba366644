"""Money that is to come in and to go out, by week."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bill_report.amounts import exact
from bill_report.build import none_of
from bill_report.charts import columns
from bill_report.models import CASH_FORECAST
from bill_report.parts import ZERO, CellKind, PageColumn, PageRow, PageTable, Section, Series

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from decimal import Decimal

    from bill_report.build import Loaded
    from bill_report.parts import Chart
    from bill_report.warehouse import Warehouse

NAME = "Cash forecast"
INTRO = (
    "By the week in which it falls due, Monday first. Due is what is still to be paid or collected, scheduled a "
    "payment on its way, in the week of its day; the two have nothing in common. What is overdue, and what comes after "
    "twelve weeks, stands in the table alone. What is below zero is not to be paid and left out: credits, overpayments."
)
WEEKS_SHOWN = 12
OVERDUE, LATER, UNDATED = "overdue", "later", "no date"
IN, OUT = "in", "out"
STREAMS = {IN: "invoices", OUT: "bills"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """A row of the chart and of the table.

    Attributes:
        mark: The name in short, for the chart.
        due: Of both directions, by their names.
    """

    name: str
    mark: str
    due: dict[str, Decimal]
    scheduled: dict[str, Decimal]

    @property
    def net(self) -> Decimal:
        """The money that comes in beyond that which goes out."""
        return self.due[IN] + self.scheduled[IN] - self.due[OUT] - self.scheduled[OUT]


def forecast(warehouse: Warehouse, organization: str | None, loaded: Loaded) -> Section:
    """The forecast of an organization, of the sides that were loaded.

    Raises:
        UnreadModelError: The model cannot be read.
    """
    sides = tuple(each for each, stream in STREAMS.items() if not loaded.lacks(stream))
    lacking = tuple(none_of(stream) for side, stream in STREAMS.items() if side not in sides)
    if not sides:
        return Section(name=NAME, intro=" ".join(lacking))
    rows = warehouse.rows(
        CASH_FORECAST,
        "SELECT direction, week_start::DATE, is_overdue, sum(due_amount), sum(scheduled_amount)"
        " FROM model WHERE organization_id IS NOT DISTINCT FROM $1 GROUP BY ALL ORDER BY 2, 1",
        [organization],
    )
    if not rows:
        return Section(name=NAME, intro="Nothing is due: the model has no week.", remarks=lacking)
    strange = sorted({str(row[0]) for row in rows} - {IN, OUT})
    if strange:
        return Section(
            name=NAME, unread=f"{CASH_FORECAST.name}.direction is {', '.join(strange)}; `in` and `out` are known"
        )
    weeks = _weeks(rows)
    return Section(
        name=NAME,
        intro=INTRO,
        chart=_chart([each for each in weeks if each.name not in {OVERDUE, LATER, UNDATED}], sides),
        tables=(_table(weeks, sides),),
        remarks=lacking,
    )


def _weeks(rows: list[tuple[Any, ...]]) -> list[Week]:
    """The overdue ones, each week from the first to the last that is shown, and what comes after."""
    first = min((week for _, week, is_overdue, *_ in rows if week and not is_overdue), default=None)
    found: dict[date | str, list[tuple[Any, ...]]] = defaultdict(list)
    for row in rows:
        found[_place(row[1], is_overdue=bool(row[2]), first=first)].append(row)
    dated = [each for each in found if not isinstance(each, str)]
    last = max(dated, default=None)
    between = [first + timedelta(weeks=n) for n in range((last - first).days // 7 + 1)] if first and last else []
    order: list[date | str] = [OVERDUE, *between, *(each for each in (LATER, UNDATED) if each in found)]
    return [_week(each, found.get(each, ())) for each in order]


def _place(week: date | None, *, is_overdue: bool, first: date | None) -> date | str:
    if is_overdue:
        return OVERDUE
    if week is None or first is None:
        return UNDATED
    return LATER if week >= first + timedelta(weeks=WEEKS_SHOWN) else week


def _week(place: date | str, rows: Iterable[tuple[Any, ...]]) -> Week:
    due, scheduled = {IN: ZERO, OUT: ZERO}, {IN: ZERO, OUT: ZERO}
    for direction, _, _, due_amount, scheduled_amount in rows:
        due[direction] += due_amount or ZERO
        scheduled[direction] += scheduled_amount or ZERO
    name = place if isinstance(place, str) else f"{place}"
    mark = place if isinstance(place, str) else f"{place.day} {place:%b}"
    return Week(name=name, mark=mark, due=due, scheduled=scheduled)


def _chart(weeks: list[Week], sides: tuple[str, ...]) -> Chart | None:
    """The weeks side by side; beside all that is overdue they would be too small to see."""
    series = (
        Series(name="in, due", colour="var(--in)", values=tuple(each.due[IN] for each in weeks)),
        Series(name="in, scheduled", colour="var(--in-scheduled)", values=tuple(each.scheduled[IN] for each in weeks)),
        Series(name="out, due", colour="var(--out)", values=tuple(-each.due[OUT] for each in weeks)),
        Series(
            name="out, scheduled", colour="var(--out-scheduled)", values=tuple(-each.scheduled[OUT] for each in weeks)
        ),
    )
    told = ", ".join(f"{each.name} {exact(each.net)}" for each in weeks)
    what = "net" if len(sides) > 1 else f"money {sides[0]}"
    used = [each for each in series if any(each.values)]
    return columns([each.mark for each in weeks], used, f"{NAME}, {what} by week: {told}")


def _table(weeks: list[Week], sides: tuple[str, ...]) -> PageTable:
    """The weeks and their sum; without one of the sides there is no net."""
    has_net = len(sides) > 1

    def row(name: str, chosen: list[Week], *, is_sum: bool = False) -> PageRow:
        money = [
            sum((each[direction] for each in kinds), ZERO)
            for direction in sides
            for kinds in ([week.due for week in chosen], [week.scheduled for week in chosen])
        ]
        net = [sum((each.net for each in chosen), ZERO)] if has_net else []
        return PageRow(cells=(name, *money, *net), is_sum=is_sum)

    names = [f"{side}, {kind}" for side in sides for kind in ("due", "scheduled")] + ["net"] * has_net
    return PageTable(
        caption="Cash forecast by week",
        columns=(
            PageColumn(name="week from", kind=CellKind.TEXT),
            *(PageColumn(name=each) for each in names),
        ),
        rows=(*(row(each.name, [each]) for each in weeks), row("total", weeks, is_sum=True)),
    )
