"""Every operation of BILL's v2 API for one organization. What is repeated, and what is not, stands in `calls`."""

from __future__ import annotations

import copy
import time
from collections.abc import Mapping, Sequence
from datetime import UTC
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard, TypeVar

from bill_api.answers.binding import misplaced
from bill_api.answers.rows import checked_object, checked_rows, is_id, problem_of
from bill_api.answers.typed_rows import TypedRow, row_type
from bill_api.errors import (
    NOTHING_DONE,
    REFUSES_ALL,
    BillError,
    InDoubtError,
    NotOfferedError,
    RefusedError,
    UnavailableError,
    UnexpectedReplyError,
    error_for,
    is_not_found,
    not_let_in,
)
from bill_api.reading.page_lengths import PageLengths
from bill_api.table.entity import BULK_LIMIT, LIST_LIMIT, Entity, Operation
from bill_api.table.paths import PATHS
from bill_api.wire.calls import Caller
from bill_api.wire.clock import BillsClock
from bill_api.wire.limits import CONCURRENCY_LIMIT, Limits
from bill_api.wire.raw import DOWNLOAD_DOCUMENT, Answer, RawCall
from bill_program.threads import Threads
from bill_values.instants import parse_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from bill_api.connection import Connection
    from bill_api.table.query import ListQuery
    from bill_api.wire.calls import Patience
    from bill_api.wire.dry_run import DryRunCaller
    from bill_api.wire.raw import File, Retries
    from bill_api.wire.session import SessionKeeper

Result = TypeVar("Result")
Element = dict[str, Any] | BillError
"""Outcome of one element of a bulk call: the stored object, or why not."""

Flags: TypeAlias = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None
"""Keys beside the objects of a bulk call: the same for all, or for each its own."""


class BillClient:
    """BILL's v2 API for one organization; safe to use from several threads.

    Args:
        connection: Where BILL is and who we are.
        limits: Shared with other clients of the same organization in this process.
        sleep: Waits for so many seconds (the hourly limit only).
        now_s: Seconds since the epoch.
        patience: How long a call is tried.
        session_id: A session to use, in place of one of its own: the one of an MFA challenge, say.
        keeper: Keeps the session between processes; without one each client logs in.
        dry_run: Takes the calls in place of BILL, to show what would be sent.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        limits: Limits | None = None,
        sleep: Callable[[float], None] = time.sleep,
        now_s: Callable[[], float] = time.time,
        patience: Patience | None = None,
        session_id: str | None = None,
        keeper: SessionKeeper | None = None,
        dry_run: DryRunCaller | None = None,
    ) -> None:
        self.connection = connection
        self.limits = limits or Limits()
        # BILL may give fewer rows where each has its lines: what one list has shown counts for those of its kind.
        self.page_lengths = {nested: PageLengths() for nested in (False, True)}
        self._caller: Caller | DryRunCaller = dry_run or Caller(
            connection, self.limits, sleep=sleep, now_s=now_s, patience=patience, session_id=session_id, keeper=keeper
        )
        self._leaving: Callable[[], None] | None = None

    def telling(self, leaving: Callable[[], None]) -> BillClient:
        """This client, which tells when a write goes out.

        Args:
            leaving: Called in the thread of the call, each time right before it is sent: it may have waited long for
                its turn, and a call that BILL refused before doing it is sent again.
        """
        client = copy.copy(self)
        client._leaving = leaving  # noqa: SLF001  its own
        return client

    @property
    def is_dry(self) -> bool:
        """True if calls are shown in place of being sent: then nothing can be asked of BILL."""
        return not isinstance(self._caller, Caller)

    @cached_property
    def clock(self) -> BillsClock:
        """BILL's clock, asked when it is first needed."""
        return BillsClock(self.current_time)

    @cached_property
    def _threads(self) -> Threads:
        # As many as BILL takes calls at once; each keeps its connection.
        return Threads(CONCURRENCY_LIMIT)

    # Reading

    def list_page(self, entity: Entity, query: ListQuery) -> list[dict[str, Any]]:
        """One page of a List; fewer rows than the limit mean that there are no more, unless `page_lengths` doubts it.

        Raises:
            NotOfferedError: BILL has no List for this entity.
            UnexpectedReplyError: A row is no object of this entity, or tells no time where rows are sorted by it.
        """
        path = self.path(entity, Operation.LIST)
        return checked_rows(entity, self._caller.call(path, query.body(), repeatable=True), query, path)

    def list_typed(self, entity: Entity, query: ListQuery) -> list[TypedRow]:
        """The same page as typed rows, in a third of the time.

        Raises:
            NotOfferedError: As for `list_page`.
            UnexpectedReplyError: As for `list_page`.
        """
        path, rows = self.path(entity, Operation.LIST), row_type(entity)
        found = self._caller.call(path, query.body(), repeatable=True, read=rows.read)
        is_read = isinstance(found, list) and all(isinstance(each, TypedRow) for each in found)
        return found if is_read else rows.typed(checked_rows(entity, found, query, path))

    def begin(self, call: Callable[..., Result], *arguments: Any) -> Callable[[], Result]:
        """Begin something that calls BILL in one of the client's threads; what is returned waits for its outcome."""
        return self._threads.submit(call, *arguments).result

    def close(self) -> None:
        """Let the threads of `begin` end."""
        if "_threads" in self.__dict__:
            self._threads.close()

    def read(self, entity: Entity, bill_id: str) -> dict[str, Any]:
        """One object with its lines, active or not.

        Raises:
            RefusedError: There is no such object; the code is one of `NOT_FOUND_CODES`.
        """
        path = self.path(entity, Operation.READ)
        return checked_object(entity, self._caller.call(path, {"id": bill_id}, repeatable=True), path)

    def read_many(self, entity: Entity, bill_ids: Sequence[str]) -> list[dict[str, Any] | RefusedError]:
        """Any number of objects by their ids: all that `read_each` gives."""
        return list(self.read_each(entity, bill_ids))

    def read_each(self, entity: Entity, bill_ids: Sequence[str]) -> Iterator[dict[str, Any] | RefusedError]:
        """Objects by their ids, with their lines, active or not; one outcome per id, in order, as they are read.

        A hundred are one call where BILL offers a bulk read (live for Vendor, Bill, Invoice: section 9, 2); otherwise
        each is a call of its own. A bad id may spoil its whole call (unknown: section 9, 11), and a user who may read
        may not read in bulk (permissions are per operation: section 16, 3): what a bulk call does not give is asked for
        again, in smaller calls and at last by itself, so that each outcome is of its own id.

        Args:
            entity: What to read.
            bill_ids: Which; a repeated one is answered each time.

        Returns:
            The object, or why BILL does not give it: mostly there is none, see `NOT_FOUND_CODES`.

        Raises:
            NotOfferedError: No source says that BILL offers either (`code` is None).
            UnexpectedReplyError: An answer is no object of this entity, or another one than was asked for.
        """
        if not entity.offers(Operation.BULK_READ):
            yield from self._one_by_one(entity, bill_ids)
            return
        for start in range(0, len(bill_ids), BULK_LIMIT):
            yield from self._read_part(entity, bill_ids[start : start + BULK_LIMIT])

    def _read_part(self, entity: Entity, bill_ids: Sequence[str]) -> Iterator[dict[str, Any] | RefusedError]:
        """The objects of one bulk call, each asked for again that it leaves open."""
        try:
            outcomes = self._bulk_read(entity, bill_ids)
        except REFUSES_ALL:
            yield from self._one_by_one(entity, bill_ids)
            return
        except RefusedError as refusal:
            outcomes = [refusal] * len(bill_ids)
        known = {i: each for i, each in enumerate(outcomes) if _is_of_its_own(each)}
        if len(bill_ids) > 1 and not any(isinstance(each, dict) for each in outcomes):
            known = {}  # one bad id may have spoilt all, and only a smaller call can tell which it is
        lineless = [i for i, each in known.items() if isinstance(each, dict) and not _has_lines(entity, each)]
        open_ = [i for i in range(len(bill_ids)) if i not in known]
        middle = len(open_) // 2 if not known else 0
        for places in filter(None, (open_[:middle], open_[middle:], lineless)):
            ids = [bill_ids[i] for i in places]
            is_single = len(ids) == 1 or places is lineless
            found = self._one_by_one(entity, ids) if is_single else self._read_part(entity, ids)
            known |= zip(places, found, strict=True)
        yield from (known[i] for i in range(len(bill_ids)))

    def _one_by_one(self, entity: Entity, bill_ids: Sequence[str]) -> Iterator[dict[str, Any] | RefusedError]:
        """Each by a call of its own, as long as no refusal is one of them all."""
        path = self.path(entity, Operation.READ)
        of_all: RefusedError | None = None
        for bill_id in bill_ids:
            if of_all is not None:
                yield of_all
                continue
            try:
                yield _asked_for(entity, bill_id, self._caller.call(path, {"id": bill_id}, repeatable=True), path)
            except RefusedError as refusal:
                of_all = refusal if isinstance(refusal, REFUSES_ALL) and not is_not_found(refusal) else None
                yield refusal

    def _bulk_read(self, entity: Entity, bill_ids: Sequence[str]) -> list[dict[str, Any] | BillError]:
        path = self.path(entity, Operation.BULK_READ)
        reply = self._caller.call(path, {"bulk": [{"id": each} for each in bill_ids]}, repeatable=True)
        answers = reply.get("bulk") if isinstance(reply, dict) else None
        if not isinstance(answers, list) or len(answers) != len(bill_ids):
            raise UnexpectedReplyError(f"no answer for each of the {len(bill_ids)} ids", operation=path)
        return [_read_element(entity, *each, path) for each in zip(bill_ids, answers, strict=True)]

    # Documents

    def documents(self, bill_id: str) -> list[dict[str, Any]]:
        """The documents of a bill, each with its `id` and its `fileName` (live: section 10, 10).

        They are asked for in pages like the rows of a List; that a page without a new document is the end is inferred.

        Raises:
            UnexpectedReplyError: There is no list of documents.
        """
        found: dict[str, dict[str, Any]] = {}
        while True:
            page = self._document_page(bill_id, len(found))
            new = {each["id"]: each for each in page if each["id"] not in found}
            found |= new
            if not new or len(page) < LIST_LIMIT:
                return list(found.values())

    def download_document(self, bill_id: str, document_id: str, page: int = 1, *, file_name: str = "") -> bytes:
        """The file of a document, or one of its pages, as BILL stores it (documented: section 10, 7).

        Args:
            bill_id: The bill that it belongs to.
            document_id: Its id, from `documents`.
            page: Its page, from 1.
            file_name: Its `fileName`, from `documents`: only with it a file that is a page itself can be told from a
                page of words in its place (live: section 10, 11).

        Raises:
            RefusedError: A page of words came in its place.
            BillError: There is none, or it is not there for this user.
        """
        query = {"id": document_id, "billId": bill_id, "pageNumber": str(page)}
        call = RawCall(path=DOWNLOAD_DOCUMENT, method="GET", query=query, answer=Answer.BINARY, file_name=file_name)
        return bytes(self._caller.raw(call))

    def attach(self, bill_id: str, file: File) -> str:
        """Attach a file to an object (documented: section 10, 1 to 5; for which entities: `Entity.takes_files`).

        Args:
            bill_id: The object.
            file: Its name and content; the extension has to be that of the content.

        Returns:
            The id of the upload (`0du...`). BILL may still be at work on it: its document comes later.

        Raises:
            InDoubtError: The answer was lost; the file may be there.
            RefusedError: BILL does not take it, or there is no such object.
        """
        path = "/UploadAttachment.json"
        call = RawCall(path=path, data={"id": bill_id, "fileName": file.file_name}, files={"file": file})
        data = self._caller.raw(call, leaving=self._leaving)
        upload_id = data.get("documentUploadedId") if isinstance(data, dict) else None
        if not is_id(upload_id):
            raise InDoubtError("a success without `documentUploadedId`; it may have happened", operation=path)
        return str(upload_id)

    def _document_page(self, bill_id: str, start: int) -> list[dict[str, Any]]:
        path = "/GetDocuments.json"
        data = self._caller.call(path, {"id": bill_id, "start": start, "max": LIST_LIMIT}, repeatable=True)
        rows = data.get("documents") if isinstance(data, dict) else None
        if not isinstance(rows, list) or not all(isinstance(each, dict) and is_id(each.get("id")) for each in rows):
            raise UnexpectedReplyError("no list of documents, each with its `id`", operation=path)
        return rows

    def organizations(self) -> dict[str, str]:
        """The organizations that this user may enter, name by id (documented: V2 api-sandbox-sign-in).

        Raises:
            CredentialsError: BILL does not let the user in.
        """
        path, who = "/ListOrgs.json", self.connection
        form = {"userName": who.username, "password": who.password, "devKey": who.developer_key}
        try:
            rows = self._caller.call_without_session(path, form)
        except RefusedError as error:
            raise not_let_in(error, path) from error
        if not isinstance(rows, list) or not all(isinstance(each, dict) and is_id(each.get("orgId")) for each in rows):
            raise UnexpectedReplyError("no list of organizations, each with its `orgId`", operation=path)
        return {each["orgId"]: str(each.get("orgName") or "") for each in rows}

    def current_time(self) -> datetime:
        """BILL's own clock (seen in a client: BC)."""
        path = "/CurrentTime.json"
        data = self._caller.call(path, {}, repeatable=True)
        told = data.get("currentTime") if isinstance(data, dict) else None
        instant = parse_instant(told) if isinstance(told, str) else None
        if instant is None:
            raise UnexpectedReplyError("no currentTime", operation=path)
        return instant.astimezone(UTC)

    # Writing one object

    def create(self, entity: Entity, obj: Mapping[str, Any], flags: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Create one object and return it as stored.

        Args:
            entity: What to create.
            obj: Its fields; `entity` is added.
            flags: Keys beside the object, see `Entity.flags`.

        Raises:
            InDoubtError: The answer was lost; the object may exist.
            RefusedError: BILL does not take it.
        """
        return self._write(entity, Operation.CREATE, _element(entity, obj, flags))

    def update(self, entity: Entity, obj: Mapping[str, Any], flags: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Change one object (its `id` is in `obj`) and return it as stored.

        Absent fields are kept (live, of Vendor: section 7, 3); a line array that is present replaces the lines
        (documented: section 7, 4), and whether one that is absent wipes them is unknown: send what `complete_update`
        makes of the object and its changes.
        """
        return self._write(entity, Operation.UPDATE, _element(entity, obj, flags))

    def delete(self, entity: Entity, bill_id: str) -> dict[str, Any]:
        """Soft delete: `isActive` becomes "2" (documented)."""
        return self._write(entity, Operation.DELETE, {"id": bill_id})

    def undelete(self, entity: Entity, bill_id: str) -> dict[str, Any]:
        """Undo a soft delete (documented)."""
        return self._write(entity, Operation.UNDELETE, {"id": bill_id})

    # Writing up to a hundred

    def bulk_create(self, entity: Entity, objs: Sequence[Mapping[str, Any]], flags: Flags = None) -> list[Element]:
        """Create up to 100 objects; one outcome per object, in order.

        Args:
            entity: What to create.
            objs: Their fields; `entity` is added.
            flags: Keys beside every object, see `Entity.flags`; or for each object those beside it.

        Raises:
            InDoubtError: The answer was lost; any of them may exist.
            InDoubtError: BILL refused the call as a whole (see `refusal`): whether it created a part of them is
                unknown.
            RefusedError: The same, for one of the reasons `NOTHING_DONE`.
        """
        return self._bulk(entity, Operation.BULK_CREATE, _elements(entity, objs, flags))

    def bulk_update(self, entity: Entity, objs: Sequence[Mapping[str, Any]], flags: Flags = None) -> list[Element]:
        """Change up to 100 objects, each with its `id`; one outcome per object, in order; flags as in `bulk_create`."""
        return self._bulk(entity, Operation.BULK_UPDATE, _elements(entity, objs, flags))

    def bulk_delete(self, entity: Entity, bill_ids: Sequence[str]) -> list[Element]:
        """Soft delete up to 100 objects; one outcome per id, in order (live: section 9, 4)."""
        return self._bulk(entity, Operation.BULK_DELETE, [{"id": each} for each in bill_ids])

    def bulk_undelete(self, entity: Entity, bill_ids: Sequence[str]) -> list[Element]:
        """Undo up to 100 soft deletes; one outcome per id, in order (documented: section 9, 3)."""
        return self._bulk(entity, Operation.BULK_UNDELETE, [{"id": each} for each in bill_ids])

    # Everything else

    def raw(self, path: str, data: Any = None, *, repeatable: bool = False) -> Any:
        """Call any path with session and developer key added.

        Args:
            path: Below the base URL, like `/MFAStatus.json`.
            data: The JSON document of the form field `data`; None sends none.
            repeatable: The call may be sent again when its answer is lost.
        """
        return self._caller.call(path, data, repeatable=repeatable, leaving=None if repeatable else self._leaving)

    def send(self, call: RawCall, retries: Retries | None = None) -> Any:
        """Send a call as its caller spelled it out, with session and developer key added: a file, another method, ...

        Args:
            call: What to send, see `RawCall`.
            retries: How often to repeat it; None repeats only what is safe.

        Raises:
            InDoubtError: The answer to a call that may have changed something was lost.
        """
        return self._caller.raw(call, retries, leaving=None if call.is_reading else self._leaving)

    def session_id(self) -> str:
        """The id of the present session; a secret. What began in a session (an MFA challenge) ends in it."""
        return self._caller.session_id()

    def path(self, entity: Entity, operation: Operation) -> str:
        """The path of an operation.

        Raises:
            NotOfferedError: No source says that BILL offers it.
        """
        if not entity.offers(operation):
            known = "is not known to be offered" if operation in entity.unknown else "is not offered"
            raise NotOfferedError(f"{operation.value} of {entity.name} {known} by BILL")
        return PATHS[operation].format(entity.name)

    def _write(self, entity: Entity, operation: Operation, data: Mapping[str, Any]) -> dict[str, Any]:
        path = self.path(entity, operation)
        reply = self._write_call(entity, path, data, [data])
        problem = problem_of(entity, reply)
        if problem:
            raise InDoubtError(f"a success without the stored object ({problem}); it may have happened", operation=path)
        (outcome,) = _bound(entity, [data], [reply], path)
        if isinstance(outcome, BillError):
            raise outcome
        return outcome

    def _bulk(self, entity: Entity, operation: Operation, elements: list[dict[str, Any]]) -> list[Element]:
        if not 1 <= len(elements) <= BULK_LIMIT:
            raise ValueError(f"a bulk call of {len(elements)} elements; BILL allows 1 to {BULK_LIMIT}")
        path = self.path(entity, operation)
        try:
            reply = self._write_call(entity, path, {"bulk": elements}, elements)
        except RefusedError as error:
            if isinstance(error, NOTHING_DONE):
                raise
            raise InDoubtError.behind(error) from error
        answers = reply.get("bulk") if isinstance(reply, dict) else None
        if not isinstance(answers, list) or len(answers) != len(elements):
            # Order is the only thing that ties an answer to its element (inferred): without a full array, none is.
            raise InDoubtError(f"no answer for each of the {len(elements)} elements", operation=path)
        outcomes = _bound(entity, elements, [_outcome(entity, answer, path) for answer in answers], path)
        for outcome, element in zip(outcomes, elements, strict=True):
            if isinstance(outcome, BillError):
                outcome.hide(_sensitive(entity, [element]))
        return outcomes

    def _write_call(self, entity: Entity, path: str, data: Any, elements: Sequence[Mapping[str, Any]]) -> Any:
        try:
            return self._caller.call(path, data, repeatable=False, leaving=self._leaving)
        except BillError as error:
            error.hide(_sensitive(entity, elements))
            raise


def _sensitive(entity: Entity, elements: Sequence[Mapping[str, Any]]) -> list[str]:
    """The bank numbers and the like that were sent."""
    objs = [element.get("obj") or {} for element in elements]
    return [str(obj[name]) for obj in objs for name in entity.sensitive if obj.get(name)]


def _element(entity: Entity, obj: Mapping[str, Any], flags: Mapping[str, Any] | None) -> dict[str, Any]:
    return {"obj": {"entity": entity.name, **obj}, **(flags or {})}


def _elements(entity: Entity, objs: Sequence[Mapping[str, Any]], flags: Flags) -> list[dict[str, Any]]:
    beside = [flags] * len(objs) if flags is None or isinstance(flags, Mapping) else flags
    return [_element(entity, obj, each) for obj, each in zip(objs, beside, strict=True)]


def _asked_for(entity: Entity, bill_id: str, data: Any, path: str) -> dict[str, Any]:
    obj = checked_object(entity, data, path)
    if obj["id"] != bill_id:
        raise UnexpectedReplyError(f"{obj['id']} in place of {bill_id}", operation=path)
    return obj


def _read_element(entity: Entity, bill_id: str, answer: Any, path: str) -> dict[str, Any] | BillError:
    """The object in an element of a bulk read, or the error in its place."""
    data = answer.get("response_data") if isinstance(answer, dict) else None
    if isinstance(data, dict) and answer.get("response_status") != 0 and isinstance(data.get("error_code"), str):
        return error_for(data["error_code"], str(data.get("error_message") or ""), path)
    return _asked_for(entity, bill_id, data, path)


def _is_of_its_own(outcome: dict[str, Any] | BillError) -> TypeGuard[dict[str, Any] | RefusedError]:
    """True if an element of a bulk read speaks of its own object: any error but "not found" may be one of the call."""
    return not isinstance(outcome, BillError) or is_not_found(outcome)


def _has_lines(entity: Entity, obj: Mapping[str, Any]) -> bool:
    """False for a document without its lines: that a bulk read gives them as Read does is inferred."""
    return entity.lines is None or entity.lines.name in obj


def _outcome(entity: Entity, answer: Any, path: str) -> Element:
    data = answer.get("response_data") if isinstance(answer, dict) else None
    if not isinstance(data, dict):
        return InDoubtError("an element without an answer; it may have happened", operation=path)
    if answer.get("response_status") == 0 and problem_of(entity, data) is None:
        return data
    code = data.get("error_code")
    if not isinstance(code, str) or not code:
        return InDoubtError("an element without object or code; it may have happened", operation=path)
    error = error_for(code, str(data.get("error_message") or ""), path)
    if isinstance(error, UnavailableError):
        # BILL's own system error does not say whether the element was stored.
        return InDoubtError(f"{error.message}; it may have happened", code=error.code, operation=path)
    return error


def _bound(entity: Entity, elements: Sequence[Mapping[str, Any]], outcomes: list[Element], path: str) -> list[Element]:
    """The outcomes, if each can belong to the element in its place; else all are in doubt."""
    sent = [element.get("obj", element) for element in elements]
    reason = misplaced(entity, sent, [each if isinstance(each, dict) else None for each in outcomes])
    if reason is None:
        return outcomes
    return [_misplaced(reason, outcome, path) for outcome in outcomes]


def _misplaced(reason: str, outcome: Element, path: str) -> InDoubtError:
    doubt = InDoubtError(f"answered was {reason}; it may have happened", operation=path)
    if isinstance(outcome, dict):
        doubt.answered_id = outcome["id"]
    return doubt
