"""The changes of many objects, shown to a person, and asked about."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from bill_cli.commands.objects import description, telling_fields
from bill_cli.commands.questions import confirm_sending
from bill_cli.ending import say
from bill_cli.showing.names import called_in
from bill_cli.typed.resources import name_of, plural_of
from bill_values.visible import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bill_api.client import BillClient
    from bill_api.table.entity import Entity
    from bill_cli.sending.row_changes import RowChange

OBJECTS_MAX, WORDS_MAX = 20, 10
"""Objects, and changes of each, that a screen shows without being asked for more."""


def show_changes(client: BillClient, entity: Entity, changes: Sequence[RowChange], *, is_whole: bool) -> None:
    """Show what changes, on stderr: rows, objects as people know them, fields with old and new value; then how many.

    Args:
        client: Is asked for the names of vendors and customers.
        entity: What they are.
        changes: Of all rows.
        is_whole: All of them, also on a screen.
    """
    changing = [each for each in changes if each.words]
    is_all = is_whole or not sys.stderr.isatty()
    shown = changing if is_all else changing[:OBJECTS_MAX]
    names_by_id = called_in(client, telling_fields(entity), [each.stored for each in shown if each.stored])
    for each in shown:
        told = description(entity, str(each.body.obj["id"]), each.stored or {}, names_by_id)
        click.echo(f"{each.body.place}: {told}", err=True)
        for word in each.words if is_all else each.words[:WORDS_MAX]:
            click.echo(f"  {word}", err=True)
        if not is_all and len(each.words) > WORDS_MAX:
            click.echo(f"  and {len(each.words) - WORDS_MAX} more (--all-changes)", err=True)
    if len(changing) > len(shown):
        click.echo(f"and {len(changing) - len(shown):,} more {plural_of(entity)} (--all-changes)", err=True)
    for each in changes:
        if each.refusal is not None:
            why = visible(each.refusal.message)
            click.echo(f"{each.body.place}: {visible(str(each.body.obj['id']))} is not sent: {why}", err=True)
    missing = sum(each.refusal is not None for each in changes)
    parts = [f"{len(changing):,} to change", f"{len(changes) - len(changing) - missing:,} unchanged"]
    say(", ".join([*parts, f"{missing:,} that BILL does not give"] if missing else parts))


def ask(entity: Entity, changes: Sequence[RowChange]) -> None:
    """Go on only after a yes.

    Raises:
        DeclinedError: The answer is no.
    """
    fields = sum(len(each.words) for each in changes)
    objects = len({each.body.obj["id"] for each in changes if each.words})
    of = f"1 {name_of(entity)}" if objects == 1 else f"{objects:,} {plural_of(entity)}"
    confirm_sending(fields, f" of {of}")
