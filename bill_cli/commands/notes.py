"""`bill note` and `bill notes`: what users write to an object."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bill_api.entities import BY_NAME
from bill_api.table.entity import Operation
from bill_api.table.query import Filter, ListQuery, Sort
from bill_cli.command import command, dry_run_option, output_option
from bill_cli.commands.objects import looked_up, name_argument, resource_argument, show_all
from bill_cli.ending import say
from bill_cli.sending.once import send_once, write_outcome
from bill_cli.typed.resources import name_of

if TYPE_CHECKING:
    from bill_api.table.entity import Entity

SEND_MESSAGE = "/SendMessage.json"
"""Seen in a client: `objectId`, `message`, `isPublic` (section 13, 6); its answer is unknown (section 13, 13)."""

NOTE = BY_NAME["Note"]


@command("note")
@resource_argument(Operation.READ)
@name_argument
@click.argument("text")
@click.option("--public/--private", default=False, help="`isPublic` of the note: private unless given.")
@output_option
@dry_run_option
def note_command(resource: Entity, name_or_id: str, text: str, public: bool, output: str | None, dry_run: bool) -> None:
    """Write a note of this TEXT to the RESOURCE.

    \b
      bill note bill 00n... "Goods came on Monday, two boxes short"
      bill note bill 00n... "Paid by wire" --public

    What BILL takes was seen in a client; who sees a public note is unknown. It is sent once: when the answer is lost,
    nothing proves if it is there, and the exit code is 4. `bill notes` lists them, without their text: the field that
    holds it was not seen.
    """  # noqa: D301  the backslash is the shell's
    if not text.strip():
        raise click.UsageError("an empty note")
    bill_id, client = looked_up(resource, name_or_id, dry_run=dry_run)
    data = {"objectId": bill_id, "message": text, "isPublic": public}
    look = f"look at `bill notes {name_of(resource)} {bill_id}`, or into BILL,"
    send_once(client, lambda: client.raw(SEND_MESSAGE, data), look)
    write_outcome({"object": bill_id, "result": "noted"}, output, f"noted {bill_id}")


@command("notes")
@resource_argument(Operation.READ)
@name_argument
@output_option
@dry_run_option
def notes_command(resource: Entity, name_or_id: str, output: str | None, dry_run: bool) -> None:
    """List the notes of the RESOURCE.

    \b
      bill notes bill 00n...
      bill notes bill 00n... --output json

    What BILL tells of a note besides its id is unknown: `--output json` shows all of it.
    """  # noqa: D301  the backslash is the shell's
    bill_id, client = looked_up(resource, name_or_id, dry_run=dry_run)
    query = ListQuery(filters=(Filter("objectId", "=", bill_id),), sort=(Sort("id"),))
    found = client.list_page(NOTE, query)
    show_all(NOTE, found, output)
    if not found:
        say("no notes")
