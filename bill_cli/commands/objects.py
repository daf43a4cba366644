"""`bill get|create|update|delete|undelete`: one object."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from bill_api.errors import BillError, RefusedError
from bill_api.identity.references import owner_of, short_word
from bill_api.table.entity import Operation
from bill_api.table.fields import FieldType
from bill_api.table.kinds import ID_FORM, shown
from bill_cli.command import command, context, dry_run_option, output_option, yes_option
from bill_cli.commands.questions import TO_DELETE, check_can_ask, confirm
from bill_cli.ending import explain, say
from bill_cli.sending.whole_updates import whole_update
from bill_cli.sending.writes import WriteCommand, told_apart, write_one
from bill_cli.showing.names import called_in, in_words, name_columns, with_names
from bill_cli.showing.output import format_of, write_object, write_rows
from bill_cli.typed.bodies import body_from, body_options, filled, flag_options
from bill_cli.typed.field_names import columns_of, columns_option
from bill_cli.typed.names import Names, object_id, owner_given, owner_options
from bill_cli.typed.objections import check_new, deleted_refusal
from bill_cli.typed.resources import Resource, name_of
from bill_program.exit_codes import ExitCode
from bill_values.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import BinaryIO

    from bill_api.client import BillClient
    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field
    from bill_cli.typed.bodies import Body


def resource_argument(operation: Operation) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The argument RESOURCE."""
    return click.argument("resource", type=Resource(operation))


name_argument = click.argument("name_or_id", metavar="NAME-OR-ID")


def show(
    entity: Entity,
    obj: Mapping[str, Any],
    output: str | None,
    names: Sequence[str] = (),
    client: BillClient | None = None,
) -> None:
    """One object on stdout; as a table it is a line for each field, unless columns are named.

    Args:
        entity: What it is.
        obj: As BILL has it.
        output: `--output`.
        names: The columns that were named.
        client: Is asked for the names of what it refers to, for a table; None shows ids.
    """
    if names and format_of(output) != "json":
        show_all(entity, [obj], output, names, client)
        return

    def table() -> None:
        from bill_cli.showing.tables import print_object  # noqa: PLC0415  only people's output needs it

        print_object(entity, obj, called_in(client, entity.fields, [obj]) if client else {})

    write_object(obj, list(entity.by_name), output, table, _texts(entity))


def show_all(
    entity: Entity,
    objs: Iterable[Mapping[str, Any]],
    output: str | None,
    names: Sequence[str] = (),
    client: BillClient | None = None,
    always: Sequence[str] = (),
) -> None:
    """Several objects on stdout, with the columns that are named, or those that suit the format.

    Args:
        entity: What they are.
        objs: As BILL has them.
        output: `--output`.
        names: The columns that were named, see `columns_of`.
        client: As of `show`; names of what is referred to may be columns of a CSV, too.
        always: Columns that a table has in any case.
    """

    def table(rows: list[Mapping[str, Any]]) -> None:
        from bill_cli.showing.tables import print_rows, telling_columns  # noqa: PLC0415  only people's output needs it

        if names or client is None:
            print_rows(rows, names or telling_columns(entity, rows), entity.by_name)
            return
        telling = list(dict.fromkeys([*telling_columns(entity, rows), *always]))
        names_by_id = called_in(client, [entity.by_name[each] for each in telling], rows)
        print_rows(*with_names(rows, telling, entity.by_name, names_by_id), always=always)

    if client is not None and format_of(output) in {"table", "csv"}:
        objs = in_words(client, objs, entity.by_name, names)
    write_rows(objs, names or list(entity.by_name), output, table, _texts(entity))


def _texts(entity: Entity) -> frozenset[str]:
    """The fields whose values are told by their letters: to BILL 00123 is not 123."""
    kinds = {FieldType.STRING, FieldType.ID, FieldType.ENUM}
    return frozenset([*(each.name for each in entity.fields if each.type in kinds), *name_columns(entity.by_name)])


@command("get")
@resource_argument(Operation.READ)
@click.argument("names_or_ids", metavar="NAME-OR-ID...", nargs=-1, required=True)
@owner_options
@columns_option
@output_option
@dry_run_option
def get_command(
    *,
    resource: Entity,
    names_or_ids: tuple[str, ...],
    vendor: str | None,
    customer: str | None,
    columns: str | None,
    output: str | None,
    dry_run: bool,
) -> None:
    """Show the RESOURCE with this name, number or ID, with its lines; or several, by a hundred where BILL has that.

    \b
      bill get vendor 'Ironwood Fuel'
      bill get bill A-77 --vendor 'Ironwood Fuel'
      bill get bills 00n... 00n... --output csv --columns id,dueDate,amount

    Those that BILL does not give are told on stderr: the exit code is 4 then, and 1 if it gives none.
    """  # noqa: D301  the backslash is the shell's
    columns_shown = columns_of(resource, columns)
    owner = owner_given(resource, names_or_ids, vendor, customer)
    client = context().client(dry_run=dry_run)
    names = Names(client)
    if len(names_or_ids) == 1:
        bill_id = names.id_of(resource, names_or_ids[0], owner=owner)
        show(resource, client.read(resource, bill_id), output, columns_shown, client)
        return
    asked, unknown = _ids(names, resource, names_or_ids, owner)
    answers, failure = _read(client, resource, asked)
    found = [each for each in answers if not isinstance(each, BillError)]
    if failure is not None and not found:
        raise failure
    if found:
        show_all(resource, found, output, columns_shown, client)
    for error in unknown:
        say(error.message)
    for bill_id, answer in zip(asked, answers, strict=False):
        if isinstance(answer, BillError):
            say(f"{bill_id}: {answer}")
    if failure is not None:
        explain(failure)
        say(f"not read: {', '.join(asked[len(answers) :])}")
    if unknown or len(found) < len(asked):
        sys.exit(ExitCode.PARTLY if found else ExitCode.REFUSED)


def _ids(
    names: Names, entity: Entity, texts: Sequence[str], owner: str | None
) -> tuple[list[str], list[click.UsageError]]:
    """The ids that these mean, each once, and why others mean none.

    Raises:
        click.UsageError: None of them means any.
    """
    found: dict[str, None] = {}
    unknown: list[click.UsageError] = []
    for text in dict.fromkeys(texts):
        try:
            found[names.id_of(entity, text, owner=owner)] = None
        except click.UsageError as error:
            unknown.append(error)
    if not found:
        raise click.UsageError("\n".join(each.message for each in unknown))
    return list(found), unknown


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
      bill create bill --json bill.json --line 'amount=45.90 account="Office Supplies"'

    vendor=, account= and the like take a name, a number or an id.

    When BILL's answer is lost, the object is looked up; it is never sent a second time.
    """  # noqa: D301  the backslash is the shell's
    typed = body_from(resource, sets, lines, json_file, flags)
    check_new(resource, typed.obj)
    client = context().client(dry_run=dry_run)
    (body,) = filled(Names(client), [typed])
    key = told_apart(resource, [body])
    write = WriteCommand(client=client, entity=resource, operation=Operation.CREATE, sent=[body.obj], key=key)
    write_one(
        write,
        lambda: client.create(resource, body.obj, body.flags),
        lambda obj: show(resource, obj, output, client=client),
    )


@command("update")
@resource_argument(Operation.UPDATE)
@name_argument
@owner_options
@body_options
@flag_options
@output_option
@dry_run_option
def update_command(  # noqa: PLR0913  one for each option
    *,
    resource: Entity,
    name_or_id: str,
    vendor: str | None,
    customer: str | None,
    sets: tuple[str, ...],
    lines: tuple[str, ...],
    json_file: BinaryIO | None,
    output: str | None,
    dry_run: bool,
    **flags: bool | None,
) -> None:
    """Change fields of the RESOURCE with this name, number or ID.

    \b
      bill update bill 00n... --set dueDate=2026-08-15
      bill update vendor 'Ironwood Fuel' --set term='Net 30'
      bill update bill 00n... --line 'id=bli... amount=1200' --line amount=45.90

    The object is read first: a deleted one is not changed, and `isActive` is for delete and undelete. Fields that are
    not given stay. BILL overwrites the lines of a document (documented): those that are given replace all lines, a line
    with its `id` keeps it. Lines and mandatory fields that are not given are read and sent again.
    """  # noqa: D301  the backslash is the shell's
    typed = body_from(resource, sets, lines, json_file, flags)
    owner = owner_given(resource, [name_or_id], vendor, customer)
    client = context().client(dry_run=dry_run)
    names = Names(client)
    changed = _of_id(typed, names.id_of(resource, name_or_id, owner=owner), is_known=not dry_run)
    (changed,) = filled(names, [changed])
    body = whole_update(client, resource, changed, is_dry=dry_run)
    write = WriteCommand(client=client, entity=resource, operation=Operation.UPDATE, sent=[body.obj])
    write_one(
        write,
        lambda: client.update(resource, body.obj, body.flags),
        lambda obj: show(resource, obj, output, client=client),
    )


def _of_id(changed: Body, bill_id: str, *, is_known: bool) -> Body:
    """The change of the object with this id.

    Args:
        changed: As it was given.
        bill_id: Of the command.
        is_known: A dry run has words in place of the id of a name: then one in the change says more.

    Raises:
        click.UsageError: It says that it is one of another.
    """
    given = changed.obj.get("id") or bill_id
    if given != bill_id and (is_known or ID_FORM.fullmatch(bill_id)):
        raise click.UsageError(
            f"--json is of {given}, and the ID that was given is {bill_id}: give the same, or no `id`"
        )
    return replace(changed, obj={**changed.obj, "id": given})


@command("delete")
@resource_argument(Operation.DELETE)
@name_argument
@owner_options
@yes_option
@output_option
@dry_run_option
def delete_command(
    *,
    resource: Entity,
    name_or_id: str,
    vendor: str | None,
    customer: str | None,
    yes: bool,
    output: str | None,
    dry_run: bool,
) -> None:
    """Delete the RESOURCE with this name, number or ID: it becomes inactive. Asks first, unless --yes."""
    owner = owner_given(resource, [name_or_id], vendor, customer)
    client = context().client(dry_run=dry_run)
    asks = not (yes or dry_run)
    if asks:
        check_can_ask(TO_DELETE)
    bill_id = Names(client).id_of(resource, name_or_id, owner=owner)
    if asks:
        confirm(f"Delete {described(client, resource, bill_id)}?")
    write = WriteCommand(client=client, entity=resource, operation=Operation.DELETE, sent=[{"id": bill_id}])
    write_one(write, lambda: client.delete(resource, bill_id), lambda obj: show(resource, obj, output, client=client))


@command("undelete")
@resource_argument(Operation.UNDELETE)
@name_argument
@owner_options
@output_option
@dry_run_option
def undelete_command(
    *,
    resource: Entity,
    name_or_id: str,
    vendor: str | None,
    customer: str | None,
    output: str | None,
    dry_run: bool,
) -> None:
    """Make the deleted RESOURCE with this name, number or ID active again: it is looked for among the deleted ones."""
    owner = owner_given(resource, [name_or_id], vendor, customer)
    client = context().client(dry_run=dry_run)
    bill_id = Names(client).id_of(resource, name_or_id, owner=owner, is_deleted=True)
    write = WriteCommand(client=client, entity=resource, operation=Operation.UNDELETE, sent=[{"id": bill_id}])
    write_one(write, lambda: client.undelete(resource, bill_id), lambda obj: show(resource, obj, output, client=client))


def looked_up(
    entity: Entity, name_or_id: str, whose: Mapping[str, str | None] | None = None, *, dry_run: bool
) -> tuple[str, BillClient]:
    """The id of an object, and the client that does what is asked for, or only shows it.

    Args:
        entity: What it is.
        name_or_id: What was typed; it is looked up in a dry run too.
        whose: `--vendor` and `--customer`, where the command has them.
        dry_run: The client shows what it would send.
    """
    owner = owner_given(entity, [name_or_id], whose["vendor"], whose["customer"]) if whose else None
    reading = context().client()
    bill_id = object_id(reading, entity, name_or_id, owner=owner)
    return bill_id, context().client(dry_run=True) if dry_run else reading


def check_not_deleted(entity: Entity, obj: Mapping[str, Any]) -> None:
    """Look that an object is one of the books: what is done to a deleted one is seldom meant.

    Raises:
        RefusedError: It is deleted.
    """
    if (deleted := deleted_refusal(entity, obj)) is not None:
        raise deleted


def described(client: BillClient, entity: Entity, bill_id: str) -> str:
    """An object as a person knows it: its id, whose it is, and what else tells it apart."""
    obj = client.read(entity, bill_id) if entity.offers(Operation.READ) else {}
    return description(entity, bill_id, obj, called_in(client, telling_fields(entity), [obj]))


def telling_fields(entity: Entity) -> list[Field]:
    """The fields that tell people which object it is: whose it is, and what tells objects apart."""
    owner = owner_of(entity)
    return list(dict.fromkeys([*([owner] if owner else []), *(entity.by_name[name] for name in entity.natural_key)]))


def description(entity: Entity, bill_id: str, obj: Mapping[str, Any], names_by_id: Mapping[str, str]) -> str:
    """The same of an object that was read.

    Args:
        entity: What it is.
        bill_id: Its id.
        obj: As BILL gives it; empty if it does not.
        names_by_id: What people call the objects that it refers to.
    """
    fields = telling_fields(entity)
    whose = [f"{short_word(each)} {name}" for each in fields if (name := names_by_id.get(str(obj.get(each.name))))]
    names = [name for name in (*entity.natural_key, "amount") if not name.endswith("Id") and obj.get(name) is not None]
    detail = ", ".join([*whose, *(f"{name} {shown(entity.by_name.get(name), obj[name])}" for name in names)])
    return visible(f"{name_of(entity)} {bill_id}" + (f" ({detail})" if detail else ""))
