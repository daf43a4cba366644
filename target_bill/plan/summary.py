"""The summary of a plan on the screen: its first steps, and the money by party. Made of what the plan's file has."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich.table import Table

from target_bill.model.step import Action
from target_bill.plan.readable import NOTHING, changes_told

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Row = Mapping[str, Any]

SHOWN_PARTIES = 15
BOOKED = (Action.CREATE, Action.UPDATE)
"""Actions whose money the table of parties has."""


def money_table(totals: Sequence[Row]) -> Table | None:
    """The money that would be booked, by vendor and customer; None where there is none.

    Args:
        totals: The sums of a plan, by party and action.
    """
    sums: defaultdict[str, list[Row]] = defaultdict(list)
    for each in totals:
        if each["action"] in BOOKED:
            sums[each["party"]].append(each)
    if not sums:
        return None
    table = Table(title="plan: money by vendor and customer", title_justify="left")
    table.add_column("name")
    table.add_column("documents", justify="right")
    table.add_column("money", justify="right")
    ranked = sorted(sums.items(), key=lambda each: (-abs(_money(each[1])), each[0]))
    for name, some in ranked[:SHOWN_PARTIES]:
        table.add_row(name, *_counted(some))
    if rest := [each for _, some in ranked[SHOWN_PARTIES:] for each in some]:
        table.add_row(f"{len(ranked) - SHOWN_PARTIES:,} others", *_counted(rest))
    table.add_section()
    table.add_row("total", *_counted([each for some in sums.values() for each in some]))
    return table


def _counted(totals: Sequence[Row]) -> tuple[str, str]:
    """The documents and their money."""
    return f"{sum(each['documents'] for each in totals):,}", f"{_money(totals):,.2f}"


def _money(totals: Sequence[Row]) -> Decimal:
    return sum((Decimal(each["amount"]) for each in totals), Decimal(0))


def steps_table(steps: Sequence[Row]) -> Table:
    """Steps of a plan, a row for each."""
    table = Table(title="plan: what would be done", title_justify="left")
    for column in ("stream", "what", "record", "changes"):
        table.add_column(column)
    table.add_column("money", justify="right")
    for step in steps:
        changes = "; ".join((*_told(step), *step["shown"]["warnings"]))
        money = "" if step["amount"] is None else f"{Decimal(step['amount']):,.2f}"
        table.add_row(step["stream"], step["action"], step["source_key"], changes, money)
    return table


def _told(step: Row) -> Iterator[str]:
    """The words for what is done: what a new object will be known by, for its key may say nothing; or the changes."""
    shown = step["shown"]
    match step["action"]:
        case Action.CREATE:
            known_by = shown["known_by"]
            yield from (f"{each['field']}: {each['value']}" for each in shown["fields"] if each["field"] in known_by)
        case Action.TAKE_OVER:
            yield f"{step['object']['id']} from {shown['from_owner']}"
        case _:
            yield from changes_told(shown["fields"])
            yield from _lines_told(step["changes"])


def _lines_told(changes: Sequence[Row]) -> Iterator[str]:
    for each in changes:
        old, new = each["from"], each["to"]
        if isinstance(old, list) or isinstance(new, list):
            was, becomes = (f"{len(side)} lines" if side else NOTHING for side in (old, new))
            yield f"{each['field']}: {was} -> {becomes}"
