"""The changes of many objects, shown to a person, and asked about."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from bill_api.table.kinds import is_empty
from bill_cli.commands.objects import description, telling_fields
from bill_cli.commands.questions import confirm_sending
from bill_cli.ending import say
from bill_cli.sending.changes import NOT_READ
from bill_cli.showing.names import called_in, with_called
from bill_cli.showing.output import write_plain
from bill_cli.typed.resources import name_of, plural_of
from bill_values.visible import HIDDEN, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bill_api.client import BillClient
    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field
    from bill_cli.sending.row_changes import RowChange

OBJECTS_MAX, WORDS_MAX = 20, 10
"""Objects, and changes of each, that a screen shows without being asked for more."""

CHANGE_NAMES = ("row", "id", "field", "old", "new")


def show_changes(
    client: BillClient, entity: Entity, changes: Sequence[RowChange], *, is_whole: bool, is_result: bool
) -> None:
    """Show what changes: rows, objects as people know them, fields with old and new value; then, on stderr, how many.

    Args:
        client: Is asked for the names of vendors and customers.
        entity: What they are.
        changes: Of all rows.
        is_whole: All of them, also on a screen.
        is_result: They are what was asked for, and go to stdout.
    """
    changing = [each for each in changes if each.words]
    is_screen = (sys.stdout if is_result else sys.stderr).isatty()
    is_all = is_whole or not is_screen
    shown = changing if is_all else changing[:OBJECTS_MAX]
    objs = [obj for each in shown for obj in (each.stored, each.body.obj) if obj]
    names_by_id = called_in(client, [*telling_fields(entity), *changed_references(entity, shown)], objs)
    for each in shown:
        told = description(entity, str(each.body.obj["id"]), each.stored or {}, names_by_id)
        click.echo(f"{each.body.place}: {told}", err=not is_result)
        for word in each.words if is_all else each.words[:WORDS_MAX]:
            click.echo(f"  {with_called(word, names_by_id)}", err=not is_result)
        if not is_all and len(each.words) > WORDS_MAX:
            click.echo(f"  and {len(each.words) - WORDS_MAX} more (--all-changes)", err=not is_result)
    if len(changing) > len(shown):
        click.echo(f"and {len(changing) - len(shown):,} more {plural_of(entity)} (--all-changes)", err=not is_result)
    tell_counts(changes)


def changed_references(entity: Entity, changes: Sequence[RowChange]) -> list[Field]:
    """The references that some row changes, and lines: their names are shown beside the ids."""
    names = {name for each in changes if each.words for name in each.body.obj if name != "id"}
    return [each for each in entity.fields if each.name in names and (each.references or each.item_fields)]


def tell_counts(changes: Sequence[RowChange]) -> None:
    """The rows that BILL gives no object of, and how many there are of each kind, on stderr."""
    for each in changes:
        if each.refusal is not None:
            why = visible(each.refusal.message)
            click.echo(f"{each.body.place}: {visible(str(each.body.obj['id']))} is not sent: {why}", err=True)
    changing = sum(bool(each.words) for each in changes)
    missing = sum(each.refusal is not None for each in changes)
    parts = [f"{changing:,} to change", f"{len(changes) - changing - missing:,} unchanged"]
    say(", ".join([*parts, f"{missing:,} that BILL does not give"] if missing else parts))


def write_changes(entity: Entity, changes: Sequence[RowChange], output: str | None) -> None:
    """The changes, for a program: a row for each field, with the values as BILL writes them; lines are a whole."""
    write_plain(
        [
            {"row": i, "id": each.body.obj["id"], "field": name, **_values(entity.by_name.get(name), name, each)}
            for i, each in enumerate(changes, 1)
            if each.words
            for name in each.body.obj
            if name != "id"
        ],
        CHANGE_NAMES,
        output,
    )
    tell_counts(changes)


def _values(field: Field | None, name: str, change: RowChange) -> dict[str, Any]:
    stored = change.stored
    old = NOT_READ if stored is None else _unhidden(field, stored.get(name))
    return {"old": old, "new": _unhidden(field, change.body.obj[name])}


def _unhidden(field: Field | None, value: Any) -> Any:
    """A value without bank and tax numbers."""
    if field is None or is_empty(value, field):
        return value
    if field.sensitive:
        return HIDDEN
    if not field.item_fields:
        return value
    hidden = {each.name: HIDDEN for each in field.item_fields if each.sensitive}
    return [{name: hidden.get(name, part) for name, part in line.items()} for line in value]


def ask(entity: Entity, changes: Sequence[RowChange]) -> None:
    """Go on only after a yes.

    Raises:
        DeclinedError: The answer is no.
    """
    fields = sum(len(each.words) for each in changes)
    objects = sum(bool(each.words) for each in changes)
    of = f"1 {name_of(entity)}" if objects == 1 else f"{objects:,} {plural_of(entity)}"
    confirm_sending(fields, f" of {of}")
