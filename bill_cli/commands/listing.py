"""`bill list`: the objects of an entity."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any

import click

from bill_api.entities import ENTITIES
from bill_api.errors import RefusedError
from bill_api.identity.references import short_words
from bill_api.table.entity import IS_ACTIVE, LIST_LIMIT, Operation
from bill_api.table.kinds import is_empty
from bill_api.table.query import Filter, ListQuery, Sort
from bill_cli.command import command, context, dry_run_option, output_option
from bill_cli.commands.objects import resource_argument, show_all
from bill_cli.ending import say
from bill_cli.sending.search import Search
from bill_cli.showing.output import format_of
from bill_cli.typed.condition_syntax import quoted
from bill_cli.typed.conditions import conditions_of
from bill_cli.typed.field_names import columns_of, columns_option, complete_condition, complete_key, field_named
from bill_cli.typed.names import Names
from bill_cli.typed.ready_made import ready_made, ready_made_options
from bill_cli.typed.resources import name_of
from bill_program.options import Whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bill_api.client import BillClient
    from bill_api.table.entity import Entity
    from bill_cli.typed.conditions import Resolve

ON_TERMINAL = 20
"""Rows that a person sees without asking for more."""


@command("list")
@resource_argument(Operation.LIST)
@click.option(
    "--filter",
    "conditions",
    multiple=True,
    shell_complete=complete_condition,
    help="'updatedTime >= month-start', 'name ~ iron'; all of several must hold.",
)
@ready_made_options
@click.option("--vendor", metavar="NAME-OR-ID", help="Those of this vendor: --filter 'vendor = ...'.")
@click.option("--customer", metavar="NAME-OR-ID", help="Those of this customer: --filter 'customer = ...'.")
@click.option("--deleted", is_flag=True, help="Deleted objects too; otherwise they are hidden.")
@click.option(
    "--sort",
    "keys",
    multiple=True,
    metavar="FIELD",
    shell_complete=complete_key,
    help="Ascending by this field; -FIELD descends.",
)
@click.option("--start", type=Whole(0), default=0, help="Leave out so many rows.")
@click.option("--max", "most", type=Whole(1), help=f"Show so many rows: {ON_TERMINAL} in a table, else {LIST_LIMIT}.")
@click.option("--nested", is_flag=True, help="With line items and other arrays.")
@click.option("--all", "everything", is_flag=True, help="Every row; none is missed while people work.")
@columns_option
@output_option
@dry_run_option
def list_command(  # noqa: PLR0913  one for each option
    *,
    resource: Entity,
    conditions: tuple[str, ...],
    vendor: str | None,
    customer: str | None,
    deleted: bool,
    keys: tuple[str, ...],
    start: int,
    most: int | None,
    nested: bool,
    everything: bool,
    columns: str | None,
    output: str | None,
    dry_run: bool,
    **ready: Any,
) -> None:
    """List objects of RESOURCE.

    Operators of --filter are = != < <= > >= in nin, and ~ and !~ for a text that has this in it, or has not, whatever
    its case. BILL has no ~: every row is read then, and matched here. `in` and `nin` take values separated by commas;
    quotes around a value are no part of it. Codes can be given by their meaning, days also as today, -30d, month-start.
    """
    texts = (*conditions, *ready_made(resource, ready), *of_party(resource, vendor=vendor, customer=customer))
    sort = tuple(sort_of(resource, key) for each in keys for key in each.split(","))
    names = columns_of(resource, columns)
    if everything and (start or most):
        raise click.UsageError("--all takes neither --start nor --max")

    @cache
    def client() -> BillClient:
        return context().client(dry_run=dry_run)

    with names_of(client) as id_of:
        wanted = conditions_of(resource, texts, id_of)
    check_owner(resource, wanted.filters)
    search = Search(
        client=client(),
        entity=resource,
        wanted=wanted,
        hides=IS_ACTIVE in resource.by_name and not deleted and IS_ACTIVE not in wanted.fields,
    )
    is_table = format_of(output) == "table"
    usual = ON_TERMINAL if is_table else LIST_LIMIT

    def rows() -> Iterator[Mapping[str, Any]]:
        if search.wanted.matches and start:
            raise click.UsageError(
                "--start counts BILL's rows, and BILL does not count what is matched here: give --max alone"
            )
        if everything or (search.wanted.matches and most is None):
            return iter(search.every(sort, nested=nested))
        query = ListQuery(sort=sort or (Sort("id"),), start=start, nested=nested)
        return search.some(query, most or usual, asks_exactly=most is not None)

    with search.counted():
        # The first row is fetched before anything is written: what BILL refuses leaves no half of a result.
        first, rest = _begun(search, rows)
        found = [] if first is None else chain([first], rest)
        if is_table:
            found = list(found)  # before the line of progress goes
    asked = dict.fromkeys([*wanted.varying, *(each.field for each in sort)])
    always = [name for name in asked if name != "id" and not resource.by_name[name].sensitive]
    if deleted and IS_ACTIVE in resource.by_name:
        always.append(IS_ACTIVE)
    show_all(resource, found, output, names, client(), always=always)
    sys.stdout.flush()  # where the rows cannot be written, no word of them is said
    for word in search.words(is_empty=first is None, is_filtered=bool(texts)):
        say(word)


def _begun(
    search: Search, rows: Callable[[], Iterator[Mapping[str, Any]]]
) -> tuple[Mapping[str, Any] | None, Iterator[Mapping[str, Any]]]:
    """The first row and the others; what BILL does not filter by is matched here.

    Args:
        search: The list.
        rows: Begins to read it.
    """
    try:
        begun = rows()
        return next(begun, None), begun
    except RefusedError as refusal:
        fields = search.matches_here(refusal)
        if not fields:
            raise
    say(f"BILL does not filter {search.what} by {' or '.join(f'`{each}`' for each in fields)}: matched here")
    begun = rows()
    return next(begun, None), begun


def of_party(entity: Entity, **given: str | None) -> list[str]:
    """The conditions that `--vendor` and `--customer` stand for.

    Raises:
        click.UsageError: The objects of the list have none.
    """
    for name in (each for each, text in given.items() if text is not None):
        if name not in short_words(entity.fields):
            having = [
                name_of(each) for each in ENTITIES if each.offers(Operation.LIST) and name in short_words(each.fields)
            ]
            raise click.UsageError(f"--{name}: a {name_of(entity)} has no {name}; it is of {', '.join(having)}")
    if empty := [name for name, text in given.items() if text is not None and not text.strip()]:
        raise click.UsageError(f"--{empty[0]} is empty: give a name or an id")
    return [f"{name} = {quoted(text)}" for name, text in given.items() if text is not None]


@contextmanager
def names_of(client: Callable[[], BillClient]) -> Iterator[Resolve]:
    """A look-up of names; BILL is asked, and settings are read, only when something is named.

    Args:
        client: Gives BILL.
    """
    look = cache(lambda: Names(client()))
    try:
        yield lambda entity, text, suffix: look().id_of(entity, text, suffix=suffix)
    finally:
        if look.cache_info().currsize:
            look().close()


def check_owner(entity: Entity, filters: tuple[Filter, ...]) -> None:
    """Look for the filter that a List of this entity needs, before anything is asked of BILL.

    Raises:
        click.UsageError: It is not there.
    """
    name = entity.listed_by
    if name and not any((each.field, each.op) == (name, "=") and not is_empty(each.value) for each in filters):
        raise click.UsageError(f"{entity.name} is listed for one object at a time: add --filter '{name} = ID'")


def sort_of(entity: Entity, text: str) -> Sort:
    """`dueDate`, or `-dueDate` to descend.

    Raises:
        click.UsageError: There is no such field.
    """
    name = text.strip().removeprefix("-").removeprefix("+")
    return Sort(field_named(entity, name, "--sort").name, ascending=not text.strip().startswith("-"))
