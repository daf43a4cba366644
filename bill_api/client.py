"""Every operation of BILL's v2 API for one organization, with limits, session renewal and retries.

Retried are only calls that are safe to repeat: List, Read and Login, and any call that BILL refused before doing
it (too many at once, hour used up, session expired) or that never reached BILL. A write whose answer was lost
raises `InDoubtError`: whoever sent it has to look before sending again.
"""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import backoff

from bill_api.entity import BULK_LIMIT, Entity, Operation
from bill_api.errors import (
    BillError,
    FatalError,
    HourlyLimitError,
    InDoubtError,
    NotOfferedError,
    RetriableError,
    SessionExpiredError,
    UnavailableError,
    UnexpectedReplyError,
    error_for,
)
from bill_api.limits import Limits, seconds_to_next_hour
from bill_api.session import Session
from bill_api.transport import Transport, encode
from bill_api.values import parse_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bill_api.connection import Connection
    from bill_api.query import ListQuery

log = logging.getLogger(__name__)

Element = dict[str, Any] | BillError
"""Outcome of one element of a bulk call: the stored object, or why not."""

ATTEMPTS_MAX = 6
RETRY_TIME_MAX_S = 180
HOUR_MARGIN_S = 5
"""Added to the wait for the next hour, because BILL's clock and ours differ a little."""

PATHS: Mapping[Operation, str] = {
    Operation.LIST: "/List/{}.json",
    Operation.READ: "/Crud/Read/{}.json",
    Operation.CREATE: "/Crud/Create/{}.json",
    Operation.UPDATE: "/Crud/Update/{}.json",
    Operation.DELETE: "/Crud/Delete/{}.json",
    Operation.UNDELETE: "/Crud/Undelete/{}.json",
    Operation.BULK_CREATE: "/Bulk/Crud/Create/{}.json",
    Operation.BULK_UPDATE: "/Bulk/Crud/Update/{}.json",
    Operation.BULK_DELETE: "/Bulk/Crud/Delete/{}.json",
}


class BillClient:
    """BILL's v2 API for one organization; safe to use from several threads.

    Args:
        connection: Where BILL is and who we are.
        limits: Shared with other clients of the same organization in this process.
        sleep: Waits for so many seconds (the hourly limit only).
        now_s: Seconds since the epoch.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        limits: Limits | None = None,
        sleep: Callable[[float], None] = time.sleep,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self.connection = connection
        self.limits = limits or Limits()
        self._sleep = sleep
        self._now_s = now_s
        self._transport = Transport(connection.url, connection.timeout_s)
        self._session = Session(connection, self._post)

    # Reading

    def list_page(self, entity: Entity, query: ListQuery) -> list[dict[str, Any]]:
        """One page of a List; fewer rows than the limit mean that there are no more (seen in a client).

        Raises:
            NotOfferedError: BILL has no List for this entity.
        """
        path = self.path(entity, Operation.LIST)
        rows = self.call(path, query.body(), repeatable=True)
        if not isinstance(rows, list):
            raise UnexpectedReplyError("a List that is not an array", operation=path)
        return rows

    def read(self, entity: Entity, bill_id: str) -> dict[str, Any]:
        """One object with its lines, active or not.

        Raises:
            RefusedError: There is no such object; which code BILL gives is unknown.
        """
        path = self.path(entity, Operation.READ)
        return _an_object(self.call(path, {"id": bill_id}, repeatable=True), path)

    def current_time(self) -> datetime:
        """BILL's own clock (seen in a client: BC)."""
        path = "/CurrentTime.json"
        data = self.call(path, {}, repeatable=True)
        instant = parse_instant(str(data.get("currentTime"))) if isinstance(data, dict) else None
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

        Absent fields are kept (inferred); a line array that is present replaces the lines (inferred).
        """
        return self._write(entity, Operation.UPDATE, _element(entity, obj, flags))

    def delete(self, entity: Entity, bill_id: str) -> dict[str, Any]:
        """Soft delete: `isActive` becomes "2" (documented)."""
        return self._write(entity, Operation.DELETE, {"id": bill_id})

    def undelete(self, entity: Entity, bill_id: str) -> dict[str, Any]:
        """Undo a soft delete (documented)."""
        return self._write(entity, Operation.UNDELETE, {"id": bill_id})

    # Writing up to a hundred

    def bulk_create(
        self, entity: Entity, objs: Sequence[Mapping[str, Any]], flags: Mapping[str, Any] | None = None
    ) -> list[Element]:
        """Create up to 100 objects; one outcome per object, in order.

        Raises:
            InDoubtError: The answer was lost; any of them may exist.
            RefusedError: BILL refused the call as a whole; none was created.
        """
        return self._bulk(entity, Operation.BULK_CREATE, [_element(entity, obj, flags) for obj in objs])

    def bulk_update(
        self, entity: Entity, objs: Sequence[Mapping[str, Any]], flags: Mapping[str, Any] | None = None
    ) -> list[Element]:
        """Change up to 100 objects, each with its `id`; one outcome per object, in order."""
        return self._bulk(entity, Operation.BULK_UPDATE, [_element(entity, obj, flags) for obj in objs])

    def bulk_delete(self, entity: Entity, bill_ids: Sequence[str]) -> list[Element]:
        """Soft delete up to 100 objects; one outcome per id, in order. The element's form is inferred."""
        return self._bulk(entity, Operation.BULK_DELETE, [{"id": each} for each in bill_ids])

    # Everything else

    def raw(self, path: str, data: Any = None, *, repeatable: bool = False) -> Any:
        """Call any path with session and developer key added.

        Args:
            path: Below the base URL, like `/MFAStatus.json`.
            data: The JSON document of the form field `data`; None sends none.
            repeatable: The call may be sent again when its answer is lost.
        """
        return self.call(path, data, repeatable=repeatable)

    def path(self, entity: Entity, operation: Operation) -> str:
        """The path of an operation.

        Raises:
            NotOfferedError: No source says that BILL offers it.
        """
        if not entity.offers(operation):
            known = "is not known to be offered" if operation in entity.unknown else "is not offered"
            raise NotOfferedError(f"{operation.value} of {entity.name} {known} by BILL")
        return PATHS[operation].format(entity.name)

    def call(self, path: str, data: Any, *, repeatable: bool) -> Any:
        """Send one call, with what is safe of renewing, waiting and repeating.

        Raises:
            InDoubtError: The answer to a call that is not repeatable was lost.
            BillError: Whatever else BILL says, or what did not get better in time.
        """

        def giveup(error: Exception) -> bool:
            return isinstance(error, UnavailableError) and not repeatable

        @backoff.on_exception(
            backoff.expo,
            RetriableError,
            max_tries=ATTEMPTS_MAX,
            max_time=RETRY_TIME_MAX_S,
            giveup=giveup,
            on_backoff=_say_retry,
            logger=None,
        )
        def attempt() -> Any:
            return self._call_in_session(path, data)

        try:
            return attempt()
        except UnavailableError as error:
            if repeatable:
                raise
            raise InDoubtError(f"{error.message}; it may have happened", code=error.code, operation=path) from error

    def _call_in_session(self, path: str, data: Any) -> Any:
        ticket = self._session.ticket()
        try:
            return self._post(path, self._form(ticket.session_id, data))
        except SessionExpiredError:
            ticket = self._session.ticket(expired=ticket)
        try:
            return self._post(path, self._form(ticket.session_id, data))
        except SessionExpiredError as error:
            # Two logins for one call is a loop in the making, and logins are limited to 200 an hour.
            raise FatalError(f"BILL refuses a new session: {error.message}", code=error.code, operation=path) from error

    def _form(self, session_id: str, data: Any) -> dict[str, str]:
        form = {"devKey": self.connection.developer_key, "sessionId": session_id}
        return form if data is None else form | {"data": encode(data)}

    def _post(self, path: str, form: Mapping[str, str]) -> Any:
        for _ in range(2):
            try:
                with self.limits.place(path):
                    return self._transport.post(path, form)
            except HourlyLimitError as error:
                # BILL counts by its clock hour, and everything fails until the next one (documented).
                wait_s = seconds_to_next_hour(self._now_s()) + HOUR_MARGIN_S
                until = datetime.fromtimestamp(self._now_s() + wait_s, UTC)
                log.warning("%s. Waiting until %s.", error, until.strftime("%H:%M:%S UTC"))
                self._sleep(wait_s)
        raise FatalError("the hourly limit did not end with the hour", code="BDC_1144", operation=path)

    def _write(self, entity: Entity, operation: Operation, data: Mapping[str, Any]) -> dict[str, Any]:
        path = self.path(entity, operation)
        reply = self.call(path, data, repeatable=False)
        if not isinstance(reply, dict) or not reply.get("id"):
            raise InDoubtError("a success without the stored object; it may have happened", operation=path)
        return reply

    def _bulk(self, entity: Entity, operation: Operation, elements: list[dict[str, Any]]) -> list[Element]:
        if not 1 <= len(elements) <= BULK_LIMIT:
            raise ValueError(f"a bulk call of {len(elements)} elements; BILL allows 1 to {BULK_LIMIT}")
        path = self.path(entity, operation)
        reply = self.call(path, {"bulk": elements}, repeatable=False)
        answers = reply.get("bulk") if isinstance(reply, dict) else None
        if not isinstance(answers, list) or len(answers) != len(elements):
            # Order is the only thing that ties an answer to its element (inferred): without a full array, none is.
            raise InDoubtError(f"no answer for each of the {len(elements)} elements", operation=path)
        return [_outcome(answer, path) for answer in answers]


def _element(entity: Entity, obj: Mapping[str, Any], flags: Mapping[str, Any] | None) -> dict[str, Any]:
    return {"obj": {"entity": entity.name, **obj}, **(flags or {})}


def _outcome(answer: Any, path: str) -> Element:
    data = answer.get("response_data") if isinstance(answer, dict) else None
    if not isinstance(data, dict):
        return InDoubtError("an element without an answer; it may have happened", operation=path)
    if answer.get("response_status") == 0 and data.get("id"):
        return data
    if not data.get("error_code"):
        return InDoubtError("an element without object or code; it may have happened", operation=path)
    error = error_for(str(data["error_code"]), str(data.get("error_message") or ""), path)
    if isinstance(error, UnavailableError):
        # BILL's own system error does not say whether the element was stored.
        return InDoubtError(f"{error.message}; it may have happened", code=error.code, operation=path)
    return error


def _an_object(data: Any, path: str) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise UnexpectedReplyError("an object was expected", operation=path)
    return data


def _say_retry(details: Any) -> None:
    log.warning("%s. Trying again in %.1f s (attempt %d).", details["exception"], details["wait"], details["tries"] + 1)
