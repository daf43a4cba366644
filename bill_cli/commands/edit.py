"""`bill edit`: an object in an editor, and what was changed in it sent after a question."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bill_api.existing.content import complete_update
from bill_api.table.entity import Operation
from bill_cli.command import command, context, dry_run_option, output_option, yes_option
from bill_cli.commands.objects import name_argument, resource_argument, show
from bill_cli.commands.questions import can_ask, check_can_ask, confirm_sending
from bill_cli.ending import say
from bill_cli.sending.changes import Changes, changed_meanwhile, changes_of
from bill_cli.sending.writes import Write, write_one
from bill_cli.sending.yaml_files import read, written
from bill_cli.showing.names import called_in
from bill_cli.typed.names import object_id, owner_given, owner_options
from bill_cli.typed.option_values import WrongTextError, in_utf_8
from bill_cli.typed.resources import name_of
from bill_values.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bill_api.client import BillClient
    from bill_api.table.entity import Entity

ERROR = "#! "
"""Begins a line that says what was wrong with the file when it was read last."""


@command("edit")
@resource_argument(Operation.UPDATE)
@name_argument
@click.option("--from", "kept", type=click.Path(exists=True, dir_okay=False), help="Go on with a file that was kept.")
@owner_options
@yes_option
@output_option
@dry_run_option
def edit_command(
    resource: Entity,
    name_or_id: str,
    kept: str | None,
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
    meantime is not overwritten. When the change is refused, or an answer is no, the file stays and is named. Bank and
    tax numbers are not written into files.
    """  # noqa: D301  the backslash is the shell's
    if not (yes or dry_run):
        check_can_ask("give --yes to send the changes without a question")
    owner = owner_given(resource, [name_or_id], whose["vendor"], whose["customer"])
    client = context().client()
    bill_id = object_id(client, resource, name_or_id, owner=owner)
    stored = client.read(resource, bill_id)
    text = _going_on(Path(kept)) if kept else written(resource, stored, called_in(client, resource.fields, [stored]))
    with _kept(resource, bill_id, text) as path:
        changes = _edited(path, resource, stored, is_asked=can_ask())
        if changes is None:
            say("nothing changed")
            return
        say(f"{name_of(resource)} {bill_id}")
        for line in changes.words:
            click.echo(f"  {line}", err=True)
        if not (yes or dry_run):
            confirm_sending(len(changes.words))
        _send(client, resource, stored, changes, output, dry_run=dry_run)


@contextmanager
def _kept(entity: Entity, bill_id: str, text: str) -> Iterator[Path]:
    """A file of this text that only its owner can read; it stays, and is named, unless all went well."""
    number, name = tempfile.mkstemp(prefix=f"bill-edit-{name_of(entity)}-", suffix=".yaml")  # mode 0600
    path = Path(name)
    with os.fdopen(number, "w", encoding="utf-8") as file:
        file.write(text)
    try:
        yield path
    except BaseException:
        with suppress(FileNotFoundError):  # an editor may have taken it away
            if _plain(path.read_bytes().decode(errors="replace")) == _plain(text):
                path.unlink()
            else:
                say(f"what you wrote is in {path}; go on with `bill edit {name_of(entity)} {bill_id} --from {path}`")
        raise
    path.unlink(missing_ok=True)


def _going_on(path: Path) -> str:
    """The text of a file that was kept.

    Raises:
        click.UsageError: It cannot be read.
    """
    try:
        return _text_of(path)
    except WrongTextError as error:
        raise click.UsageError(f"--from: {path}: {error}") from None


def _text_of(path: Path) -> str:
    """The text of a file, as editors save it.

    Raises:
        click.UsageError: It is gone.
        WrongTextError: It is in none of their encodings.
    """
    try:
        return in_utf_8(path.read_bytes()).decode()
    except FileNotFoundError:
        raise click.UsageError(f"{path} is not there any more: nothing was sent") from None
    except UnicodeDecodeError:
        raise WrongTextError("the file is neither UTF-8 nor UTF-16 with its mark: save it as UTF-8") from None


def _plain(text: str) -> str:
    """The text without what we have said in it."""
    return "\n".join(line for line in text.splitlines() if not line.startswith(ERROR))


def _edited(path: Path, entity: Entity, stored: Mapping[str, Any], *, is_asked: bool) -> Changes | None:
    """The changes that a person has made; None for no change. What is wrong stands above the file, which opens again.

    Raises:
        click.UsageError: It is wrong still, and was left as it is.
    """
    while True:
        before = path.read_bytes()
        click.edit(filename=str(path))
        text = ""
        try:
            text = _plain(_text_of(path))
            wanted = read(entity, text)
            changes = None if wanted is None else changes_of(entity, stored, wanted)
        except WrongTextError as error:
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
    write = Write(client=client, entity=entity, operation=Operation.UPDATE, sent=[obj])
    write_one(write, lambda: client.update(entity, obj), lambda found: show(entity, found, output))
