"""`bill get|create|update|delete|undelete`: one object."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from bill_api.errors import BillError, RefusedError
from bill_api.table.entity import Operation
from bill_api.table.fields import FieldType
from bill_api.table.kinds import shown
from bill_cli.command import command, context, dry_run_option, output_option, yes_option
from bill_cli.ending import explain, say
from bill_cli.sending.whole_updates import whole_update
from bill_cli.sending.writes import Write, told_apart, write_one
from bill_cli.showing.output import write_object, write_rows
from bill_cli.typed.bodies import body_from, body_options, flag_options
from bill_cli.typed.columns import columns_of, columns_option
from bill_cli.typed.resources import Resource, name_of
from bill_program.exit_codes import ExitCode
from bill_values.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import BinaryIO

    from bill_api.client import BillClient
    from bill_api.table.entity import Entity
    from bill_cli.typed.bodies import Body


def resource_argument(operation: Operation) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The argument RESOURCE."""
    return click.argument("resource", type=Resource(operation))


id_argument = click.argument("bill_id", metavar="ID")


def show(entity: Entity, obj: Mapping[str, Any], output: str | None, names: Sequence[str] = ()) -> None:
    """One object on stdout; as a table it is a line for each field, unless columns are named."""

    def table() -> None:
        from bill_cli.showing.tables import print_object, print_rows  # noqa: PLC0415  only people's output needs it

        if names:
            print_rows([obj], names, entity.by_name)
        else:
            print_object(entity, obj)

    write_object(obj, names or list(entity.by_name), output, table, _texts(entity))


def show_all(entity: Entity, objs: Iterable[Mapping[str, Any]], output: str | None, names: Sequence[str] = ()) -> None:
    """Several objects on stdout, with the columns that are named, or those that suit the format."""

    def table(rows: list[Mapping[str, Any]]) -> None:
        from bill_cli.showing.tables import print_rows, telling_columns  # noqa: PLC0415  only people's output needs it

        print_rows(rows, names or telling_columns(entity), entity.by_name)

    write_rows(objs, names or list(entity.by_name), output, table, _texts(entity))


def _texts(entity: Entity) -> frozenset[str]:
    """The fields whose values are told by their letters: to BILL 00123 is not 123."""
    kinds = {FieldType.STRING, FieldType.ID, FieldType.ENUM}
    return frozenset(each.name for each in entity.fields if each.type in kinds)


@command("get")
@resource_argument(Operation.READ)
@click.argument("bill_ids", metavar="ID...", nargs=-1, required=True)
@columns_option
@output_option
@dry_run_option
def get_command(
    resource: Entity, bill_ids: tuple[str, ...], columns: str | None, output: str | None, dry_run: bool
) -> None:
    """Show the RESOURCE with this ID, with its lines; or several, a hundred per call where BILL has that.

    \b
      bill get bill 00n...
      bill get bills 00n... 00n... --output csv --columns id,dueDate,amount

    Those that BILL does not give are told on stderr: the exit code is 4 then, and 1 if it gives none.
    """  # noqa: D301  the backslash is the shell's
    names = columns_of(resource, columns)
    client = context().client(dry_run=dry_run)
    if len(bill_ids) == 1:
        show(resource, client.read(resource, bill_ids[0]), output, names)
        return
    asked = list(dict.fromkeys(bill_ids))
    answers, failure = _read(client, resource, asked)
    found = [each for each in answers if not isinstance(each, BillError)]
    if failure is not None and not found:
        raise failure
    if found:
        show_all(resource, found, output, names)
    for bill_id, answer in zip(asked, answers, strict=False):
        if isinstance(answer, BillError):
            say(f"{bill_id}: {answer}")
    if failure is not None:
        explain(failure)
        say(f"not read: {', '.join(asked[len(answers) :])}")
    if len(found) < len(asked):
        sys.exit(ExitCode.PARTLY if found else ExitCode.REFUSED)


def _read(
    client: BillClient, entity: Entity, bill_ids: Sequence[str]
) -> tuple[list[Mapping[str, Any] | RefusedError], BillError | None]:
    """The outcomes of these ids, and what kept the rest from being read, if anything did."""
    answers: list[Mapping[str, Any] | RefusedError] = []
    try:
        answers.extend(client.read_each(entity, bill_ids))
    except BillError as error:
        return answers, error
    return answers, None


@command("create")
@resource_argument(Operation.CREATE)
@body_options
@flag_options
@output_option
@dry_run_option
def create_command(
    resource: Entity,
    sets: tuple[str, ...],
    lines: tuple[str, ...],
    json_file: BinaryIO | None,
    output: str | None,
    dry_run: bool,
    **flags: bool | None,
) -> None:
    """Create a RESOURCE and show it as BILL stored it.

    \b
      bill create vendor --set name='Northwind Paper'
      bill create bill --json bill.json --line 'amount=45.90 description=Delivery'

    When BILL's answer is lost, the object is looked up; it is never sent a second time.
    """  # noqa: D301  the backslash is the shell's
    body = body_from(resource, sets, lines, json_file, flags)
    client = context().client(dry_run=dry_run)
    key = told_apart(resource, [body])
    write = Write(client=client, entity=resource, operation=Operation.CREATE, sent=[body.obj], key=key)
    write_one(write, lambda: client.create(resource, body.obj, body.flags), lambda obj: show(resource, obj, output))


@command("update")
@resource_argument(Operation.UPDATE)
@id_argument
@body_options
@flag_options
@output_option
@dry_run_option
def update_command(
    resource: Entity,
    bill_id: str,
    sets: tuple[str, ...],
    lines: tuple[str, ...],
    json_file: BinaryIO | None,
    output: str | None,
    dry_run: bool,
    **flags: bool | None,
) -> None:
    """Change fields of the RESOURCE with this ID.

    \b
      bill update bill 00n... --set dueDate=2026-08-15
      bill update bill 00n... --line 'id=bli... amount=1200' --line amount=45.90

    Fields that are not given stay. BILL overwrites the lines of a document (documented): those that are given replace
    all lines, a line with its `id` keeps it. Lines and mandatory fields that are not given are read and sent again.
    """  # noqa: D301  the backslash is the shell's
    changed = _of_id(body_from(resource, sets, lines, json_file, flags), bill_id)
    client = context().client(dry_run=dry_run)
    body = whole_update(client, resource, changed, is_dry=dry_run)
    write = Write(client=client, entity=resource, operation=Operation.UPDATE, sent=[body.obj])
    write_one(write, lambda: client.update(resource, body.obj, body.flags), lambda obj: show(resource, obj, output))


def _of_id(changed: Body, bill_id: str) -> Body:
    """The change of the object with this id.

    Raises:
        click.UsageError: It says that it is one of another.
    """
    given = changed.obj.get("id") or bill_id
    if given != bill_id:
        raise click.UsageError(
            f"--json is of {given}, and the ID that was given is {bill_id}: give the same, or no `id`"
        )
    return replace(changed, obj={**changed.obj, "id": bill_id})


@command("delete")
@resource_argument(Operation.DELETE)
@id_argument
@yes_option
@output_option
@dry_run_option
def delete_command(resource: Entity, bill_id: str, yes: bool, output: str | None, dry_run: bool) -> None:
    """Delete the RESOURCE with this ID: it becomes inactive. Asks first, unless --yes."""
    client = context().client(dry_run=dry_run)
    if not (yes or dry_run):
        confirm(f"Delete {described(client, resource, bill_id)}?" if can_ask() else "")
    write = Write(client=client, entity=resource, operation=Operation.DELETE, sent=[{"id": bill_id}])
    write_one(write, lambda: client.delete(resource, bill_id), lambda obj: show(resource, obj, output))


@command("undelete")
@resource_argument(Operation.UNDELETE)
@id_argument
@output_option
@dry_run_option
def undelete_command(resource: Entity, bill_id: str, output: str | None, dry_run: bool) -> None:
    """Make the deleted RESOURCE with this ID active again."""
    client = context().client(dry_run=dry_run)
    write = Write(client=client, entity=resource, operation=Operation.UNDELETE, sent=[{"id": bill_id}])
    write_one(write, lambda: client.undelete(resource, bill_id), lambda obj: show(resource, obj, output))


def can_ask() -> bool:
    """True if somebody sits at a terminal."""
    return sys.stdin.isatty()


def confirm(question: str) -> None:
    """Go on only after a yes.

    Raises:
        click.UsageError: Nobody can be asked.
    """
    if not can_ask():
        raise click.UsageError("nobody can be asked here: give --yes to delete without a question")
    if not click.confirm(question, err=True):
        raise click.Abort


def described(client: BillClient, entity: Entity, bill_id: str) -> str:
    """An object as a person knows it: its id, and what else tells it apart."""
    obj = client.read(entity, bill_id) if entity.offers(Operation.READ) else {}
    names = [name for name in (*entity.natural_key, "amount") if not name.endswith("Id") and obj.get(name) is not None]
    detail = ", ".join(f"{name} {shown(entity.by_name.get(name), obj[name])}" for name in names)
    return visible(f"{name_of(entity)} {bill_id}" + (f" ({detail})" if detail else ""))
