"""`bill bulk create|update|delete`: the objects of a file, a hundred per call, one result per row."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

from bill_api.doubt.fate import Fate
from bill_api.errors import (
    REFUSES_ALL,
    BillError,
    InDoubtError,
    RefusedError,
)
from bill_api.table.entity import BULK_LIMIT, Entity, Operation
from bill_api.wire.dry_run import WouldSend
from bill_cli.bodies import flag_options, flags_from
from bill_cli.command import command, context, dry_run_option, output_option, yes_option
from bill_cli.exit_codes import EXIT_CONNECTION, EXIT_DONE, EXIT_PARTLY, EXIT_REFUSED, code_for, explain, say
from bill_cli.interrupts import Stop, unhurried
from bill_cli.objects import can_ask, confirm, resource_argument
from bill_cli.output import write_document, write_rows
from bill_cli.rows import Row, rows_of
from bill_cli.writes import Write, conflict_text, told_apart
from bill_program.start import EXIT_INTERRUPTED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import BinaryIO

    from bill_api.client import BillClient, Element
    from bill_api.doubt.fate import Finding
    from bill_api.identity.keys import ObjectKey

DONE = {Operation.BULK_CREATE: "created", Operation.BULK_UPDATE: "updated", Operation.BULK_DELETE: "deleted"}
ADOPTED, ABSENT, CONFLICT, REFUSED, UNKNOWN, NOT_SENT = (
    *("adopted", "absent", "conflict", "refused", "unknown", "not sent"),
)
HAPPENED = {*DONE.values(), ADOPTED}
NAMES = ("row", "result", "id", "code", "message")
Result = dict[str, Any]

file_argument = click.argument("file", type=click.File("rb"))


@click.group("bulk")
def bulk_command() -> None:
    """Create, update or delete the objects of a file: JSON, JSON lines or CSV; `-` is stdin.

    Every row is checked before the first call. Each row has a result: created, updated, deleted; adopted (the answer
    was lost, and BILL has it); absent (it did not happen); conflict (BILL has something else in its place); refused;
    unknown; not sent.
    """


def _bulk(name: str, operation: Operation) -> Callable[[Callable[..., Any]], click.Command]:
    def declared(function: Callable[..., Any]) -> click.Command:
        for option in (dry_run_option, output_option, file_argument, resource_argument(operation)):
            function = option(function)
        made = command(name)(function)
        bulk_command.add_command(made)
        return made

    return declared


@_bulk("create", Operation.BULK_CREATE)
@flag_options
def create(resource: Entity, file: BinaryIO, output: str | None, dry_run: bool, **flags: bool) -> None:
    """Create a RESOURCE for each row of FILE. Rows are never sent twice: what was lost is looked up."""
    beside = flags_from(resource, flags)
    rows = rows_of(resource, Operation.BULK_CREATE, file)
    client = context().client(dry_run=dry_run)
    load = Load(
        client=client,
        entity=resource,
        operation=Operation.BULK_CREATE,
        send=lambda some: client.bulk_create(resource, some, beside),
        is_dry=dry_run,
        key=told_apart(resource, beside),
    )
    _run(load, rows, output)


@_bulk("update", Operation.BULK_UPDATE)
@flag_options
def update(resource: Entity, file: BinaryIO, output: str | None, dry_run: bool, **flags: bool) -> None:
    """Change a RESOURCE for each row of FILE; each has an `id`."""
    beside = flags_from(resource, flags)
    rows = rows_of(resource, Operation.BULK_UPDATE, file)
    client = context().client(dry_run=dry_run)
    load = Load(
        client=client,
        entity=resource,
        operation=Operation.BULK_UPDATE,
        send=lambda some: client.bulk_update(resource, some, beside),
        is_dry=dry_run,
    )
    _run(load, rows, output)


@_bulk("delete", Operation.BULK_DELETE)
@yes_option
def delete(resource: Entity, file: BinaryIO, output: str | None, dry_run: bool, yes: bool) -> None:
    """Delete a RESOURCE for each row of FILE; each has an `id`. Asks first, unless --yes."""
    rows = rows_of(resource, Operation.BULK_DELETE, file)
    if not (yes or dry_run):
        confirm(f"Delete {len(rows)} {resource.stream}?" if can_ask() else "")
    client = context().client(dry_run=dry_run)
    load = Load(
        client=client,
        entity=resource,
        operation=Operation.BULK_DELETE,
        send=lambda some: client.bulk_delete(resource, [each["id"] for each in some]),
        is_dry=dry_run,
    )
    _run(load, rows, output)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """The work on the rows.

    Attributes:
        client: BILL.
        entity: What they are.
        operation: What is done.
        send: One call of it.
        is_dry: The requests are shown, and nothing is sent.
        key: How objects are told apart; the entity's natural key unless given.
        known: Ids of the objects that rows became.
        refusals: Of calls as a whole.
    """

    client: BillClient
    entity: Entity
    operation: Operation
    send: Callable[[Sequence[Row]], list[Element]]
    is_dry: bool
    key: ObjectKey | None = None
    known: set[str] = field(default_factory=set)
    refusals: list[RefusedError] = field(default_factory=list)

    def results(self, rows: Sequence[Row]) -> list[Result]:
        """One call and what came of each of its rows.

        Raises:
            BillError: BILL cannot be reached, or lets nobody in; nothing was done.
        """
        began_s = time.time()
        try:
            answers = self.send(rows)
        except WouldSend as dry:
            write_document(dry.request)
            return [_result(NOT_SENT)] * len(rows)
        except InDoubtError as error:
            return self._looked_up(rows, [error] * len(rows), began_s)
        lost = {i: each for i, each in enumerate(answers) if isinstance(each, InDoubtError)}
        results = [self._result(each) for each in answers]
        if lost:
            found = self._looked_up([rows[i] for i in lost], list(lost.values()), began_s)
            for i, result in zip(lost, found, strict=True):
                results[i] = result
        return results

    def _looked_up(self, rows: Sequence[Row], errors: Sequence[InDoubtError], began_s: float) -> list[Result]:
        error = errors[0]
        write = Write(
            client=self.client,
            entity=self.entity,
            operation=self.operation,
            sent=rows,
            key=self.key,
            known=self.known,
            answered=[each.answered_id for each in errors],
        )
        if error.refusal is not None:
            self.refusals.append(error.refusal)
        try:
            return [self._finding(each, error.refusal) for each in write.settle(error, began_s)]
        except InDoubtError as unsettled:
            return [_result(UNKNOWN, message=unsettled.message)] * len(rows)

    def _result(self, answer: Element) -> Result:
        if isinstance(answer, BillError):
            return _refused(answer)
        self.known.add(str(answer["id"]))
        return _result(DONE[self.operation], answer["id"])

    def _finding(self, finding: Finding, refusal: RefusedError | None) -> Result:
        bill_id = finding.obj["id"] if finding.obj else None
        if finding.fate is Fate.ADOPTED:
            self.known.add(str(bill_id))
            return _result(ADOPTED, bill_id)
        if finding.fate is Fate.ABSENT and refusal is not None:
            return _refused(refusal)
        if finding.fate is Fate.ABSENT:
            return _result(ABSENT, message="the answer was lost, and it did not happen; it was not sent again")
        return _result(CONFLICT, bill_id, message=conflict_text(finding))


def _result(result: str, bill_id: Any = None, code: str | None = None, message: str | None = None) -> Result:
    return {"result": result, "id": bill_id, "code": code, "message": message}


def _refused(error: BillError) -> Result:
    return _result(REFUSED, code=error.code, message=error.message)


def _run(load: Load, rows: Sequence[Row], output: str | None) -> None:
    """Send all rows, write their results, and end with the code that fits them."""
    parts = [rows[i : i + BULK_LIMIT] for i in range(0, len(rows), BULK_LIMIT)]
    results: list[Result] = []
    load.client.session_id()  # so that a signal during the login stops what was not sent yet
    with unhurried() as stop:
        failure = _send(load, parts, results, stop)
    if load.is_dry:
        return
    results += [_result(NOT_SENT)] * (len(rows) - len(results))
    numbered = [{"row": i, **each} for i, each in enumerate(results, 1)]
    write_rows(numbered, NAMES, output, _table)
    counts = {name: sum(each["result"] == name for each in results) for name in dict.fromkeys(_all_results(load))}
    say(", ".join(f"{count} {name}" for name, count in counts.items() if count))
    if failure is not None:
        explain(failure)
    sys.exit(EXIT_INTERRUPTED if stop.wanted else _code(results, failure))


def _all_results(load: Load) -> tuple[str, ...]:
    return DONE[load.operation], ADOPTED, ABSENT, CONFLICT, REFUSED, UNKNOWN, NOT_SENT


def _send(load: Load, parts: Sequence[Sequence[Row]], results: list[Result], stop: Stop) -> BillError | None:
    """Call after call; what stops them, if anything does."""
    for part in parts:
        if stop.wanted:
            return None
        error = _send_part(load, part, results)
        if error is not None:
            return error
        if len(parts) > 1 and sys.stderr.isatty():
            say(f"{len(results)} of {sum(len(each) for each in parts)}")
    return None


def _send_part(load: Load, part: Sequence[Row], results: list[Result]) -> BillError | None:
    """One call; what keeps the next one from being sent, if anything does."""
    try:
        results += load.results(part)
    except RefusedError as error:
        results += [_refused(error)] * len(part)
        load.refusals.append(error)
    except BillError as error:
        return error
    except KeyboardInterrupt:
        results += [_result(UNKNOWN, message="nobody waited for the answer")] * len(part)
        return None
    if any(each["result"] == UNKNOWN for each in results[-len(part) :]):
        return InDoubtError("BILL cannot be asked what came of the last call; nothing more was sent")
    return next((each for each in load.refusals if isinstance(each, REFUSES_ALL)), None)


def _code(results: Sequence[Mapping[str, Any]], failure: BillError | None) -> int:
    kinds = {each["result"] for each in results}
    if kinds <= HAPPENED:
        return EXIT_DONE
    if kinds & (HAPPENED | {UNKNOWN, CONFLICT}):
        return EXIT_PARTLY
    if failure is not None:
        return code_for(failure)
    return EXIT_REFUSED if REFUSED in kinds else EXIT_CONNECTION


def _table(rows: list[Mapping[str, Any]]) -> None:
    from bill_cli.tables import print_rows  # noqa: PLC0415  only people's output needs it

    print_rows(rows, NAMES, {})
