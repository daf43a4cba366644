"""`bill edit`: an object in an editor, and what was changed in it sent after a question."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bill_api.existing.content import complete_update
from bill_api.table.entity import Operation
from bill_cli.command import command, context, dry_run_option, output_option, yes_option
from bill_cli.commands.objects import check_not_deleted, name_argument, resource_argument, show
from bill_cli.commands.questions import can_ask, check_can_ask, confirm_sending
from bill_cli.ending import say
from bill_cli.sending.changes import Changes, changed_meanwhile, changes_since
from bill_cli.sending.edit_files import ERROR, Opened, check_template, kept, opened, opened_again, plain, text_of
from bill_cli.sending.writes import WriteCommand, write_one
from bill_cli.sending.yaml_files import read, written
from bill_cli.showing.names import called_in, with_called
from bill_cli.typed.bodies import Body, filled
from bill_cli.typed.names import Names, object_id, owner_given, owner_options
from bill_cli.typed.objections import check_change
from bill_cli.typed.option_values import WrongTextError
from bill_cli.typed.resources import name_of
from bill_values.visible import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bill_api.client import BillClient
    from bill_api.table.entity import Entity


@command("edit")
@resource_argument(Operation.UPDATE)
@name_argument
@click.option(
    "--from", "going_on", type=click.Path(exists=True, dir_okay=False), help="Go on with a file that was kept."
)
@owner_options
@yes_option
@output_option
@dry_run_option
def edit_command(
    resource: Entity,
    name_or_id: str,
    going_on: str | None,
    yes: bool,
    output: str | None,
    dry_run: bool,
    **whose: str | None,
) -> None:
    """Change the RESOURCE in $VISUAL or $EDITOR, as YAML of the fields that can be written.

    \b
      bill edit bill 00n...
      bill edit bill A-77 --vendor Ironwood
      EDITOR=nano bill edit vendor "Ironwood Fuel"
      bill edit bill 00n... --from /tmp/bill-edit-x1.yaml

    The changes are shown and asked about before anything is sent, unless --yes. What somebody else has changed in the
    meantime is not overwritten. When the change is refused, or an answer is no, the file stays and is named; --from
    sends what you have changed in it, and nothing else. Bank and tax numbers are not written into files.
    """  # noqa: D301  the backslash is the shell's
    if not (yes or dry_run):
        check_can_ask("give --yes to send the changes without a question")
    owner = owner_given(resource, [name_or_id], whose["vendor"], whose["customer"])
    client = context().client()
    bill_id = object_id(client, resource, name_or_id, owner=owner)
    stored = client.read(resource, bill_id)
    check_not_deleted(resource, stored)
    if going_on:
        file = opened_again(resource, bill_id, Path(going_on))
    else:
        file = opened(resource, bill_id, written(resource, stored, called_in(client, resource.fields, [stored])))
    with kept(file) as path:
        changes = _edited(client, path, file, stored, is_asked=can_ask())
        if changes is None:
            say("nothing changed")
            return
        say(f"{name_of(resource)} {bill_id}")
        names = called_in(client, resource.fields, [stored, changes.obj])
        for line in changes.words:
            click.echo(f"  {with_called(line, names)}", err=True)
        if not (yes or dry_run):
            confirm_sending(len(changes.words))
        _send(client, resource, stored, changes, output, dry_run=dry_run)


def _edited(
    client: BillClient, path: Path, file: Opened, stored: Mapping[str, Any], *, is_asked: bool
) -> Changes | None:
    """The changes that a person has made; None for no change. What is wrong stands above the file, which opens again.

    Raises:
        click.UsageError: It is wrong still, and was left as it is.
        RefusedError: Somebody else has changed the same meanwhile.
    """
    names = Names(client)  # a list that was read is not read again when the file opens again
    while True:
        before = path.read_bytes()
        click.edit(filename=str(path))
        text = ""
        try:
            text = plain(text_of(path))
            check_template(file, text)
            wanted = read(file.entity, text, file.before)
            if wanted is None:
                return None
            (body,) = filled(names, [Body(obj=wanted, flags={})])
            changes = changes_since(file.entity, file.obj, stored, body.obj)
            check_change(file.entity, changes.obj, stored)
        except (WrongTextError, click.UsageError) as error:
            if not (is_asked and text) or path.read_bytes() == before:
                raise click.UsageError(f"{path}: {error}") from None
            lines = [f"{ERROR}{visible(each)}" for each in str(error).splitlines()]
            path.write_text("\n".join([*lines, text, ""]), encoding="utf-8")
            continue
        return changes or None


def _send(
    client: BillClient,
    entity: Entity,
    stored: Mapping[str, Any],
    changes: Changes,
    output: str | None,
    *,
    dry_run: bool,
) -> None:
    now = client.read(entity, stored["id"])
    if (changed := changed_meanwhile(entity, stored, now)) is not None:
        raise changed
    obj = complete_update(entity, now, changes.obj)
    if dry_run:
        context().client(dry_run=True).update(entity, obj)
    write = WriteCommand(client=client, entity=entity, operation=Operation.UPDATE, sent=[obj])
    write_one(write, lambda: client.update(entity, obj), lambda found: show(entity, found, output, client=client))
