"""`bill bulk create|update|delete|undelete`: the objects of a file, a hundred per call, one result per row."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import click

from bill_api.errors import REFUSES_ALL, BillError, InDoubtError, RefusedError
from bill_api.table.entity import Entity, Operation
from bill_cli.command import command, context, dry_run_option, output_option, yes_option
from bill_cli.commands.bulk_changes import ask, show_changes, write_changes
from bill_cli.commands.objects import resource_argument, show_all
from bill_cli.commands.questions import TO_DELETE, check_can_ask, confirm
from bill_cli.ending import explain, say
from bill_cli.sending.interrupts import Stop, unhurried
from bill_cli.sending.load import (
    ABSENT,
    ADOPTED,
    CONFLICT,
    DONE,
    EXISTS,
    HAPPENED,
    NOT_SENT,
    REFUSED,
    UNCHANGED,
    UNKNOWN,
    Load,
    Result,
    calls,
    exit_code,
    refused,
)
from bill_cli.sending.row_changes import row_changes, said_first, unread_rows
from bill_cli.showing.output import format_of, write_plain
from bill_cli.showing.progress import progress
from bill_cli.typed.bodies import filled_each, flag_options, flags_from
from bill_cli.typed.checked_rows import Wrong, refuse
from bill_cli.typed.names import Names
from bill_cli.typed.resources import plural_of
from bill_cli.typed.rows import rows_of
from bill_program.exit_codes import ExitCode
from bill_values.exact_json import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import BinaryIO

    from bill_api.client import BillClient
    from bill_cli.sending.row_changes import RowChange
    from bill_cli.typed.bodies import Body

NAMES = ("row", "result", "id", "code", "message")

file_argument = click.argument("file", type=click.File("rb"))
objects_option = click.option(
    "--objects",
    is_flag=True,
    help="Show the objects as BILL stored them in place of results; rows that have none are told on stderr.",
)


@click.group("bulk")
def bulk_command() -> None:
    """Create, update, delete or undelete the objects of a file: JSON, JSON lines or CSV; `-` is stdin.

    \b
      bill bulk create bills bills.csv
      bill bulk create bills bills.json --objects --output jsonl
      bill list bills --open --all --output csv > bills.csv    # change it in a spreadsheet
      bill bulk update bills bills.csv
      bill bulk delete customers ids.json --yes

    A row of JSON is an object, or BILL's own {"obj": {...}, "allowDuplicateInvNum": true} with flags beside it. Every
    row is checked before the first call. Each row has a result: created, updated, deleted, undeleted; adopted (the
    answer was lost, and BILL has it); exists (the number is taken, by what the row says); unchanged (BILL has it like
    that, nothing was sent); absent (it did not happen); conflict (BILL has something else in its place); refused;
    unknown; not sent. What BILL has not taken of a row that it created or updated is told beside it.
    """  # noqa: D301  the backslash is the shell's


def _bulk(name: str, operation: Operation) -> Callable[[Callable[..., Any]], click.Command]:
    def declared(function: Callable[..., Any]) -> click.Command:
        for option in (dry_run_option, objects_option, output_option, file_argument, resource_argument(operation)):
            function = option(function)
        made = command(name)(function)
        bulk_command.add_command(made)
        return made

    return declared


@_bulk("create", Operation.BULK_CREATE)
@flag_options
def create(
    resource: Entity, file: BinaryIO, output: str | None, objects: bool, dry_run: bool, **flags: bool | None
) -> None:
    """Create a RESOURCE for each row of FILE. Rows are never sent twice: what was lost is looked up.

    Flags count for the rows that do not say them themselves.
    """
    load, read = _prepared(resource, Operation.BULK_CREATE, file, flags, is_dry=dry_run)
    rows = _with_ids(load.client, read, file.name)
    _tell_twins(rows)
    _run(load, rows, output, shows_objects=objects)


@_bulk("update", Operation.BULK_UPDATE)
@yes_option
@click.option("--diff", is_flag=True, help="Show what would change, on stdout, and send nothing.")
@click.option("--all-changes", is_flag=True, help="Show all changes on a screen, too.")
@flag_options
def update(
    *,
    resource: Entity,
    file: BinaryIO,
    output: str | None,
    objects: bool,
    dry_run: bool,
    yes: bool,
    diff: bool,
    all_changes: bool,
    **flags: bool | None,
) -> None:
    """Change a RESOURCE for each row of FILE; each has an `id`. Shows what changes and asks, unless --yes.

    FILE may be what `bill list --output csv` wrote, changed in a spreadsheet: what is the same as in BILL is not sent.
    An empty cell empties its field. A row that changes what BILL sets itself keeps all of them back, and so do two rows
    that change one object in two ways. `isActive` is for `bill bulk delete` and `undelete`.

    BILL overwrites the lines of a document (documented): the lines of a row replace all of them. Lines and mandatory
    fields that do not change are sent again. Flags count for the rows that do not say them themselves.
    --dry-run calls BILL for nothing, so that its request has all that FILE says; --diff reads and compares.
    """
    if not (yes or diff or dry_run):
        check_can_ask("give --yes to send the changes, or --diff to see them")
    load, rows = _prepared(resource, Operation.BULK_UPDATE, file, flags, is_dry=dry_run)
    if dry_run:
        say("nothing is read in a dry run: what BILL has like that already is in this request too; --diff compares")
        named = _with_ids(load.client, rows, file.name)
        _run(load, unread_rows(named, file.name), output, shows_objects=objects)
        return
    changes = row_changes(load.client, resource, rows, file.name)
    if diff and format_of(output) != "table":
        write_changes(resource, changes, output)
    else:
        show_changes(load.client, resource, changes, is_whole=all_changes, is_result=diff)
    if diff:
        sys.exit(ExitCode.REFUSED if any(each.refusal for each in changes) else ExitCode.DONE)
    changing = [each for each in changes if each.words]
    if changing and not yes:
        ask(resource, changes)
    load.seen.update({str(each.body.obj["id"]): each.stored for each in changing if each.stored is not None})
    settled = {i: _settled(each) for i, each in enumerate(changes) if not each.words}
    _run(load, [each.body for each in changing], output, shows_objects=objects, settled=settled)


def _settled(change: RowChange) -> Result | int:
    """The result of a row that is not sent, or the place of the one whose result it has."""
    if change.first is not None:
        return change.first
    if change.refusal is not None:
        return refused(change.refusal)
    return Result(kind=UNCHANGED, bill_id=change.body.obj["id"], obj=change.stored)


@_bulk("delete", Operation.BULK_DELETE)
@yes_option
def delete(resource: Entity, file: BinaryIO, output: str | None, objects: bool, dry_run: bool, yes: bool) -> None:
    """Delete a RESOURCE for each row of FILE; each has an `id`. Asks first, unless --yes."""
    rows = rows_of(resource, Operation.BULK_DELETE, file)
    if not (yes or dry_run):
        check_can_ask(TO_DELETE)
        confirm(f"Delete {len({each.obj['id'] for each in rows})} {plural_of(resource)}?")
    _by_id(resource, Operation.BULK_DELETE, rows, file.name, output, is_dry=dry_run, shows_objects=objects)


@_bulk("undelete", Operation.BULK_UNDELETE)
def undelete(resource: Entity, file: BinaryIO, output: str | None, objects: bool, dry_run: bool) -> None:
    """Make the deleted RESOURCE of each row of FILE active again; each has an `id`."""
    rows = rows_of(resource, Operation.BULK_UNDELETE, file)
    _by_id(resource, Operation.BULK_UNDELETE, rows, file.name, output, is_dry=dry_run, shows_objects=objects)


def _by_id(
    entity: Entity,
    operation: Operation,
    rows: Sequence[Body],
    name: str,
    output: str | None,
    *,
    is_dry: bool,
    shows_objects: bool,
) -> None:
    """Send what needs nothing of each row but its id; an object that comes twice is sent once."""
    client = context().client(dry_run=is_dry)
    call = client.bulk_delete if operation is Operation.BULK_DELETE else client.bulk_undelete
    load = Load(
        client=client,
        entity=entity,
        operation=operation,
        send=lambda some: call(entity, [each.obj["id"] for each in some]),
        is_dry=is_dry,
    )
    firsts = said_first(rows, name)
    settled = {i: first for i, first in enumerate(firsts) if first is not None}
    _run(
        load,
        [each for i, each in enumerate(rows) if i not in settled],
        output,
        shows_objects=shows_objects,
        settled=settled,
    )


def _prepared(
    entity: Entity, operation: Operation, file: BinaryIO, flags: Mapping[str, bool | None], *, is_dry: bool
) -> tuple[Load, list[Body]]:
    """The rows of a file, with names as they stand there, and the work that sends them whole."""
    rows = _flagged(entity, rows_of(entity, operation, file), flags)
    client = context().client(dry_run=is_dry)
    call = client.bulk_create if operation is Operation.BULK_CREATE else client.bulk_update
    load = Load(
        client=client,
        entity=entity,
        operation=operation,
        send=lambda some: call(entity, [each.obj for each in some], [each.flags for each in some]),
        is_dry=is_dry,
    )
    return load, rows


def _with_ids(client: BillClient, rows: Sequence[Body], name: str) -> list[Body]:
    """The rows with an id wherever one was named; in a dry run with words that stand for it.

    Raises:
        click.UsageError: Names mean nothing, or several objects; the first rows with such names are told.
    """
    found = list(filled_each(Names(client), rows))
    refuse(
        name,
        [
            Wrong(row.place, each.message)
            for row, each in zip(rows, found, strict=True)
            if isinstance(each, click.UsageError)
        ],
    )
    return [each for each in found if not isinstance(each, click.UsageError)]


def _tell_twins(rows: Sequence[Body]) -> None:
    """Rows of a create that are the same: each may be meant, and BILL knows of each kind if it takes two."""
    seen: dict[str, Body] = {}
    twins = [
        (first, each) for each in rows if (first := seen.setdefault(encode([each.obj, each.flags]), each)) is not each
    ]
    if twins:
        first, twin = twins[0]
        more = f", and {len(twins) - 1:,} more so" if len(twins) > 1 else ""
        say(f"{twin.place} is the same as {first.place}{more}: each is sent")


def _flagged(entity: Entity, rows: Sequence[Body], given: Mapping[str, bool | None]) -> list[Body]:
    """The rows with the flags of the command; what a row says itself counts more."""
    flags = flags_from(entity, given)
    return [replace(each, flags={**flags, **each.flags}) for each in rows]


def _run(
    load: Load,
    rows: Sequence[Body],
    output: str | None,
    *,
    shows_objects: bool,
    settled: Mapping[int, Result | int] = MappingProxyType({}),
) -> None:
    """Send all rows, write their results, and end with the code that fits them.

    Args:
        load: The work.
        rows: What is sent.
        output: `--output`.
        shows_objects: Objects in place of results.
        settled: Results of rows that are not sent, by their places among all rows; of one that says what an earlier
            one says, the place of that.
    """
    results: list[Result] = []
    load.client.session_id()  # so that a signal during the login stops what was not sent yet
    with unhurried() as stop:
        failure = _send(load, list(calls(rows)), results, stop)
    if load.is_dry:
        return
    results += [Result(kind=NOT_SENT)] * (len(rows) - len(results))
    sent = iter(results)
    told: list[Result] = []
    for i in range(len(rows) + len(settled)):
        known = settled[i] if i in settled else next(sent)
        told.append(_again(told[known], known) if isinstance(known, int) else known)
    results = told
    (_write_objects if shows_objects else _write_results)(load.entity, results, output)
    kinds = [each.kind for each in results]
    counts = {kind: kinds.count(kind) for kind in dict.fromkeys(_all_kinds(load))}
    said = [f"{count} {kind}" for kind, count in counts.items() if count]
    short = sum(not each.is_whole and each.kind != UNCHANGED for each in results)
    say(", ".join([*said, f"{short} of them not as sent"] if short else said))
    if failure is not None:
        explain(failure)
    sys.exit(exit_code(results, failure, is_stopped=stop.wanted))


def _again(first: Result, place: int) -> Result:
    """The result of a row that says what an earlier one says."""
    if first.kind not in HAPPENED:
        return first
    message = f"row {place + 1} says the same"
    return Result(kind=UNCHANGED, bill_id=first.bill_id, obj=first.obj, message=message, is_whole=first.is_whole)


def _all_kinds(load: Load) -> tuple[str, ...]:
    return DONE[load.operation], ADOPTED, EXISTS, UNCHANGED, ABSENT, CONFLICT, REFUSED, UNKNOWN, NOT_SENT


def _send(load: Load, parts: Sequence[Sequence[Body]], results: list[Result], stop: Stop) -> BillError | None:
    """Call after call; what stops them, if anything does."""
    with progress(sum(map(len, parts)), f"{plural_of(load.entity)} sent") as advance:
        for part in parts:
            if stop.wanted:
                return None
            error = _send_part(load, part, results)
            if error is not None:
                return error
            advance(len(part))
    return None


def _send_part(load: Load, part: Sequence[Body], results: list[Result]) -> BillError | None:
    """One call; what keeps the next one from being sent, if anything does."""
    at = context()
    sent = at.sent
    try:
        results += load.results(part)
    except RefusedError as error:
        results += [refused(error)] * len(part)
        load.refusals.append(error)
    except BillError as error:
        return error
    except KeyboardInterrupt:
        has_left = at.sent > sent
        unknown = Result(kind=UNKNOWN, message="nobody waited for the answer")
        results += [unknown if has_left else Result(kind=NOT_SENT)] * len(part)
        return None
    if any(each.kind == UNKNOWN for each in results[-len(part) :]):
        return InDoubtError("BILL cannot be asked what came of the last call; nothing more was sent")
    return next((each for each in load.refusals if isinstance(each, REFUSES_ALL)), None)


def _write_results(_entity: Entity, results: Sequence[Result], output: str | None) -> None:
    write_plain([{"row": i, **each.told()} for i, each in enumerate(results, 1)], NAMES, output)


def _write_objects(entity: Entity, results: Sequence[Result], output: str | None) -> None:
    show_all(entity, [each.obj for each in results if each.obj is not None], output)
    for i, each in enumerate(results, 1):
        if each.obj is None or each.message:
            why = f": {each.message}" if each.message else ""
            say(f"row {i}: {each.kind}{why}{f' ({each.code})' if each.code else ''}")
