"""The work on the rows of a file: a hundred per call, one result per row, in order."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bill_api.doubt.fate import Fate
from bill_api.errors import BillError, DuplicateError, InDoubtError, RefusedError
from bill_api.table.entity import BULK_LIMIT, Operation
from bill_api.wire.dry_run import WouldSend
from bill_cli.sending.changes import ChangedSinceError
from bill_cli.sending.not_taken import told_short
from bill_cli.sending.whole_updates import whole_updates
from bill_cli.sending.writes import WriteCommand, conflict_text, told_apart
from bill_cli.showing.output import write_document
from bill_program.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from bill_api.client import BillClient, Element
    from bill_api.doubt.fate import Finding
    from bill_api.table.entity import Entity
    from bill_cli.typed.bodies import Body

DONE = {
    Operation.BULK_CREATE: "created",
    Operation.BULK_UPDATE: "updated",
    Operation.BULK_DELETE: "deleted",
    Operation.BULK_UNDELETE: "undeleted",
}
ADOPTED, EXISTS, UNCHANGED, ABSENT, CONFLICT, REFUSED, UNKNOWN, NOT_SENT = (
    *("adopted", "exists", "unchanged", "absent", "conflict", "refused", "unknown", "not sent"),
)
WROTE = {*DONE.values(), ADOPTED}
"""Results after which BILL is another than before."""

HAPPENED = {*WROTE, EXISTS, UNCHANGED}
"""Results after which BILL has what the row wants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The result of a row.

    Attributes:
        kind: What came of it: one of `DONE`, `ADOPTED` and so on.
        bill_id: The object that it became, or that stands in its place.
        code: BILL's, where it refused the row.
        message: Why it did not happen, or what of it did not.
        obj: The object as BILL stored it; none where it did not happen.
        is_refusal: The row was refused for certain, and nothing was done.
        is_whole: BILL has all that the row says.
    """

    kind: str
    bill_id: Any = None
    code: str | None = None
    message: str | None = None
    obj: Mapping[str, Any] | None = field(default=None, repr=False)
    is_refusal: bool = False
    is_whole: bool = True

    def told(self) -> dict[str, Any]:
        """The result by the names of its columns."""
        return {"result": self.kind, "id": self.bill_id, "code": self.code, "message": self.message}


def refused(error: BillError) -> Result:
    """BILL did not take the row."""
    return Result(kind=REFUSED, code=error.code, message=error.message, is_refusal=True)


def exit_code(results: Sequence[Result], failure: BillError | None = None, *, is_stopped: bool = False) -> int:
    """The code of all results: that of Ctrl-C only where nothing was done, for it says that all can be sent again.

    Args:
        results: One per row.
        failure: What kept the rest from being sent.
        is_stopped: Ctrl-C did.
    """
    kinds = {REFUSED if each.is_refusal else each.kind for each in results}
    if kinds <= HAPPENED and all(each.is_whole for each in results):
        return ExitCode.DONE
    if kinds & (WROTE | {UNKNOWN, CONFLICT}):
        return ExitCode.PARTLY
    if failure is not None:
        return failure.exit_code
    if is_stopped and NOT_SENT in kinds:
        return ExitCode.INTERRUPTED
    return ExitCode.REFUSED if REFUSED in kinds else ExitCode.CONNECTION


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """The work on the rows.

    Attributes:
        client: BILL.
        entity: What they are.
        operation: What is done.
        send: One call of it.
        is_dry: The requests are shown, and nothing is sent.
        known: Ids of the objects that rows became.
        refusals: Of calls as a whole.
        seen: Objects, by their ids, as they were when their changes were shown.
    """

    client: BillClient
    entity: Entity
    operation: Operation
    send: Callable[[Sequence[Body]], list[Element]]
    is_dry: bool
    known: set[str] = field(default_factory=set)
    refusals: list[RefusedError] = field(default_factory=list)
    seen: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def results(self, rows: Sequence[Body]) -> list[Result]:
        """One call and what came of each of its rows.

        Raises:
            BillError: BILL cannot be reached, or lets nobody in; nothing was done.
        """
        whole: Sequence[Body | BillError] = rows
        if self.operation is Operation.BULK_UPDATE:
            whole = whole_updates(self.client, self.entity, rows, is_dry=self.is_dry, seen=self.seen)
        results = [self._unsent(row, each) for row, each in zip(rows, whole, strict=True)]
        ready = {i: each for i, each in enumerate(whole) if not isinstance(each, BillError)}
        if ready:
            for i, result in zip(ready, self._sent(list(ready.values())), strict=True):
                results[i] = result
        return results

    def _unsent(self, row: Body, whole: Body | BillError) -> Result:
        if isinstance(whole, ChangedSinceError):
            return Result(kind=CONFLICT, bill_id=row.obj["id"], message=whole.message, is_refusal=True)
        return refused(whole) if isinstance(whole, BillError) else Result(kind=NOT_SENT)

    def _sent(self, rows: Sequence[Body]) -> list[Result]:
        began_s = time.time()
        try:
            answers = self.send(rows)
        except WouldSend as dry:
            write_document(dry.request)
            return [Result(kind=NOT_SENT)] * len(rows)
        except InDoubtError as error:
            return self._looked_up(rows, [error] * len(rows), began_s)
        lost = {i: each for i, each in enumerate(answers) if isinstance(each, InDoubtError)}
        results = [self._result(row, each, began_s) for row, each in zip(rows, answers, strict=True)]
        if lost:
            found = self._looked_up([rows[i] for i in lost], list(lost.values()), began_s)
            for i, result in zip(lost, found, strict=True):
                results[i] = result
        return results

    def _looked_up(self, rows: Sequence[Body], errors: Sequence[InDoubtError], began_s: float) -> list[Result]:
        error = errors[0]
        write = self._write(rows, [each.answered_id for each in errors])
        if error.refusal is not None:
            self.refusals.append(error.refusal)
        try:
            findings = write.settle(error, began_s)
        except InDoubtError as unsettled:
            return [Result(kind=UNKNOWN, message=unsettled.message)] * len(rows)
        return [self._finding(row, each, error.refusal, began_s) for row, each in zip(rows, findings, strict=True)]

    def _write(self, rows: Sequence[Body], answered: Sequence[str | None] = ()) -> WriteCommand:
        return WriteCommand(
            client=self.client,
            entity=self.entity,
            operation=self.operation,
            sent=[each.obj for each in rows],
            key=told_apart(self.entity, rows),
            known=self.known,
            answered=answered,
        )

    def _result(self, row: Body, answer: Element, began_s: float) -> Result:
        if isinstance(answer, BillError):
            return self._refused(row, answer, began_s)
        result = self._happened(DONE[self.operation], answer)
        short = told_short(self.entity, self.operation, row.obj, answer)
        return replace(result, message=short, is_whole=False) if short else result

    def _refused(self, row: Body, error: BillError, began_s: float) -> Result:
        """The row's refusal; for a number that is taken, what BILL has under it."""
        if not (isinstance(error, DuplicateError) and self.operation is Operation.BULK_CREATE):
            return refused(error)
        taken = self._write([row]).taken(row.obj, began_s)
        if taken is None:
            return refused(error)
        if taken.is_as_sent:
            return self._happened(EXISTS, taken.obj)
        return Result(
            kind=CONFLICT,
            bill_id=taken.obj["id"],
            code=error.code,
            message=f"{error.message} {conflict_text(taken.finding)}.",
            is_refusal=not taken.is_fresh,
        )

    def _happened(self, kind: str, obj: Mapping[str, Any]) -> Result:
        self.known.add(str(obj["id"]))
        return Result(kind=kind, bill_id=obj["id"], obj=obj)

    def _finding(self, row: Body, finding: Finding, refusal: RefusedError | None, began_s: float) -> Result:
        if finding.fate is Fate.ADOPTED and finding.obj is not None:
            return self._happened(ADOPTED, finding.obj)
        if finding.fate is Fate.ABSENT and refusal is not None:
            return self._refused(row, refusal, began_s)
        if finding.fate is Fate.ABSENT:
            message = "the answer was lost, and it did not happen; it was not sent again"
            return Result(kind=ABSENT, message=message)
        bill_id = finding.obj["id"] if finding.obj else None
        return Result(kind=CONFLICT, bill_id=bill_id, message=conflict_text(finding))


def calls(rows: Sequence[Body]) -> Iterator[Sequence[Body]]:
    """The rows of each call."""
    yield from (rows[begin : begin + BULK_LIMIT] for begin in range(0, len(rows), BULK_LIMIT))
