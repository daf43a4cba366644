"""`bill list`: the objects of an entity."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING, Any

import click

from bill_api.reading.pages import changed_since, in_turn, pages_by_id
from bill_api.table.entity import LIST_LIMIT, Operation
from bill_api.table.kinds import RefusedValueError, read
from bill_api.table.paths import of_list
from bill_api.table.query import OPERATORS, Filter, ListQuery, Sort
from bill_cli.command import command, context, dry_run_option, output_option
from bill_cli.commands.objects import resource_argument, show_all
from bill_cli.ending import say
from bill_cli.showing.output import format_of
from bill_cli.typed.columns import columns_of, columns_option
from bill_program.options import Whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bill_api.client import BillClient
    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field

ON_TERMINAL = 20
"""Rows that a person sees without asking for more."""

CONDITION = re.compile(r"\s*(\w+)\s*(<=|>=|!=|=|<|>|\s(?:in|nin)\s)\s*(.*?)\s*", re.DOTALL)
LISTS = ("in", "nin")


@command("list")
@resource_argument(Operation.LIST)
@click.option("--filter", "conditions", multiple=True, help="'updatedTime >= 2026-01-01'; all of several must hold.")
@click.option("--sort", "keys", multiple=True, metavar="FIELD", help="Ascending by this field; -FIELD descends.")
@click.option("--start", type=Whole(0), default=0, help="Leave out so many rows.")
@click.option("--max", "most", type=Whole(1), help=f"Show so many rows: {ON_TERMINAL} in a table, else 999.")
@click.option("--nested", is_flag=True, help="With line items and other arrays.")
@click.option("--all", "everything", is_flag=True, help="Every row; none is missed while people work.")
@columns_option
@output_option
@dry_run_option
def list_command(  # noqa: PLR0913  one for each option
    *,
    resource: Entity,
    conditions: tuple[str, ...],
    keys: tuple[str, ...],
    start: int,
    most: int | None,
    nested: bool,
    everything: bool,
    columns: str | None,
    output: str | None,
    dry_run: bool,
) -> None:
    """List objects of RESOURCE.

    Operators of --filter are = != < <= > >= in nin; `in` and `nin` take values separated by commas. Codes can be given
    by their meaning.
    """
    if everything and (start or most):
        raise click.UsageError("--all takes neither --start nor --max")
    filters = tuple(filter_of(resource, each) for each in conditions)
    check_owner(resource, filters)
    sort = tuple(sort_of(resource, key) for each in keys for key in each.split(","))
    names = columns_of(resource, columns)
    client = context().client(dry_run=dry_run)
    rest = Rest()
    rows: Iterator[Mapping[str, Any]]
    if everything:
        rows = iter(every(client, resource, filters, sort, nested=nested))
    else:
        usual = ON_TERMINAL if format_of(output) == "table" else LIST_LIMIT
        query = ListQuery(filters=filters, sort=sort or (Sort("id"),), start=start, nested=nested)
        rows = _some(client, resource, query, most or usual, rest, asks_exactly=most is not None)

    # The first row is fetched before anything is written: what BILL refuses leaves no half of a result.
    first = next(rows, None)
    show_all(resource, [] if first is None else chain([first], rows), output, names)
    if rest.text:
        say(rest.text)


def filter_of(entity: Entity, text: str) -> Filter:
    """A condition like `dueDate < 2026-07-01`.

    Raises:
        click.UsageError: It cannot be read, or its value does not fit the field.
    """
    found = CONDITION.fullmatch(text)
    if found is None:
        raise click.UsageError(f"--filter {text!r} is not FIELD OPERATOR VALUE; operators are {' '.join(OPERATORS)}")
    name, operator, value = found[1], found[2].strip(), found[3]
    field = entity.by_name.get(name)
    if field is None:
        raise click.UsageError(f"--filter: `{name}` is no field of {entity.name}")
    try:
        values = [_wire(field, each.strip()) for each in (value.split(",") if operator in LISTS else [value])]
    except RefusedValueError as error:
        raise click.UsageError(f"--filter: `{name}`: {error}") from None
    return Filter(name, operator, ",".join(values))


def check_owner(entity: Entity, filters: tuple[Filter, ...]) -> None:
    """Look for the filter that a List of this entity needs, before anything is asked of BILL.

    Raises:
        click.UsageError: It is not there.
    """
    name = entity.listed_by
    if name and not any((each.field, each.op) == (name, "=") and each.value for each in filters):
        raise click.UsageError(f"{entity.name} is listed for one object at a time: add --filter '{name} = ID'")


def _wire(field: Field, text: str) -> str:
    """The text that BILL compares with; what says nothing is passed on as it was typed."""
    value = read(field, text)
    if isinstance(value, bool):
        return str(value).lower()
    return text if value is None else str(value)


def sort_of(entity: Entity, text: str) -> Sort:
    """`dueDate`, or `-dueDate` to descend.

    Raises:
        click.UsageError: There is no such field.
    """
    name = text.strip().removeprefix("-").removeprefix("+")
    if name not in entity.by_name:
        raise click.UsageError(f"--sort: `{name}` is no field of {entity.name}")
    return Sort(name, ascending=not text.strip().startswith("-"))


@dataclass(slots=True)
class Rest:
    """The rows that are not shown, as far as they are known.

    Attributes:
        text: A word about them; empty when there are none.
    """

    text: str = ""

    def tell(self, unseen: int, *, is_full: bool) -> None:
        """So many rows of the last page are not shown; a full page may have others behind it."""
        if unseen > 0:
            self.text = f"{'at least ' if is_full else ''}{unseen} more with --all"
        elif is_full:
            self.text = "there may be more: --start, or --all"


def _some(
    client: BillClient, entity: Entity, query: ListQuery, left: int, rest: Rest, *, asks_exactly: bool
) -> Iterator[Mapping[str, Any]]:
    """So many rows, each once: a row may move on to the next page, and a page that has no new one is the end.

    Args:
        client: BILL.
        entity: What is listed.
        query: From where on, in which order.
        left: How many.
        rest: Is told of the others.
        asks_exactly: BILL is asked for no more; otherwise for whole pages, to tell how many there are besides.
    """
    lengths = client.page_lengths[query.nested]
    shown: set[str] = set()
    while left > 0:
        query = replace(query, limit=min(left, LIST_LIMIT) if asks_exactly else LIST_LIMIT)
        page = client.list_page(entity, query)
        lengths.saw(len(page))
        fresh = [row for row in page if row["id"] not in shown]
        shown.update(row["id"] for row in fresh)
        is_end = lengths.is_end(len(page), query.limit) or not fresh
        yield from fresh[:left]
        left -= len(fresh)
        query = query.at(query.start + len(page))
        if left <= 0 and not is_end and len(page) < query.limit:
            is_end = not client.list_page(entity, replace(query, limit=1))
        if left <= 0 or is_end:
            rest.tell(-left, is_full=not is_end)
            return


def every(
    client: BillClient, entity: Entity, filters: tuple[Filter, ...], sort: tuple[Sort, ...], *, nested: bool
) -> list[Mapping[str, Any]]:
    """Every row, each once and in its newest state, in the order that was asked for.

    They are read in an order in which nothing is missed, and sorted here.
    """

    def page(query: ListQuery) -> list[dict[str, Any]]:
        return client.list_page(entity, query)

    if entity.is_timed:
        found = changed_since(
            page, None, page_size=LIST_LIMIT, nested=nested, filters=filters, lengths=client.page_lengths[nested]
        )
    else:
        pages = pages_by_id(
            in_turn(page), page_size=LIST_LIMIT, nested=nested, filters=filters, lengths=client.page_lengths[nested]
        )
        found = chain.from_iterable(pages)
    rows: list[Mapping[str, Any]] = list({row["id"]: row for row in of_list(entity, found)}.values())
    for key in reversed(sort):
        rows.sort(key=lambda row, name=key.field: _rank(row.get(name)), reverse=not key.ascending)  # type: ignore[misc]
    return rows


def _rank(value: Any) -> tuple[int, Decimal, str]:
    """Comparable whatever it is: nothing first, then numbers, then texts."""
    if value is None:
        return 0, Decimal(0), ""
    if isinstance(value, int | Decimal):
        return 1, Decimal(value), ""
    return 2, Decimal(0), str(value)
