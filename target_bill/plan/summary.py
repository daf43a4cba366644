"""The summary of a plan on the screen: its first steps, and the money by party. Made of what the plan's file has."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich.table import Table

from target_bill.model.step import Action
from target_bill.plan.books import BooksTotal, sides, sign_of
from target_bill.plan.readable import NOTHING, changes_told, label

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    Row = Mapping[str, Any]

SHOWN_PARTIES = 15


def money_tables(totals: Sequence[Row]) -> Iterator[Table]:
    """The money of a plan, a table for vendors and one for customers: by party net of credits, and by stream.

    Args:
        totals: The sums of a plan, by party, stream and action.
    """
    for side in sides(totals):
        table = Table(title=f"plan: money by {label(side.party_is)}, credits below zero", title_justify="left")
        table.add_column("name")
        for column in ("documents", "was", "becomes", "change"):
            table.add_column(column, justify="right", no_wrap=True)
        parties = [*side.parties.items()]
        for name, amount in parties[:SHOWN_PARTIES]:
            table.add_row(name, *_cells(amount))
        if rest := [amount for _, amount in parties[SHOWN_PARTIES:]]:
            table.add_row(f"{len(rest):,} others", *_cells(_sum(rest)))
        table.add_section()
        for stream, amount in side.streams.items():
            table.add_row(label(stream) + ("" if sign_of(stream) else " (not in the net)"), *_cells(amount))
        table.add_section()
        table.add_row("net", *_cells(side.net))
        yield table


def _sum(amounts: Iterable[BooksTotal]) -> BooksTotal:
    found = BooksTotal()
    for each in amounts:
        found = BooksTotal(found.documents + each.documents, found.was + each.was, found.becomes + each.becomes)
    return found


def _cells(amount: BooksTotal) -> tuple[str, ...]:
    """The documents and their money."""
    return f"{amount.documents:,}", *(f"{each:,.2f}" for each in (amount.was, amount.becomes, amount.change))


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
