"""One call to BILL, brought to an end: in a session, within the limits, repeated where that is safe.

Retried are only calls that are safe to repeat: List, Read and Login, and any call that BILL refused before doing
it (too many at once, hour used up, session expired) or that never reached BILL. A write whose answer was lost
raises `InDoubtError`: whoever sent it has to look before sending again.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import backoff

from bill_api.errors import (
    FatalError,
    HourlyLimitError,
    InDoubtError,
    NotSentError,
    RetriableError,
    SessionExpiredError,
    ThrottledError,
    UnavailableError,
)
from bill_api.limits import seconds_to_next_hour
from bill_api.session import Session
from bill_api.transport import Transport, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bill_api.connection import Connection
    from bill_api.limits import Limits

log = logging.getLogger(__name__)

ATTEMPTS_MAX = 6
RETRY_TIME_MAX_S = 180
CONNECTION_ATTEMPTS_MAX = 4
"""Fewer: a host that cannot be reached is mostly a wrong setting, and a person is waiting to hear it."""

HOUR_MARGIN_S = 5
"""Added to the wait for the next hour, because BILL's clock and ours differ a little."""


class Caller:
    """Sends calls for one organization; safe to use from several threads.

    Args:
        connection: Where BILL is and who we are.
        limits: Shared by everything that calls for the same organization.
        sleep: Waits for so many seconds (the hourly limit only).
        now_s: Seconds since the epoch.
    """

    def __init__(
        self,
        connection: Connection,
        limits: Limits,
        *,
        sleep: Callable[[float], None],
        now_s: Callable[[], float],
    ) -> None:
        self._connection = connection
        self._limits = limits
        self._sleep = sleep
        self._now_s = now_s
        self._transport = Transport(connection.url, connection.timeout_s)
        self._session = Session(connection, self._post)

    def call(self, path: str, data: Any, *, repeatable: bool, leaving: Callable[[], None] | None = None) -> Any:
        """Send one call, with what is safe of renewing, waiting and repeating.

        Args:
            path: Below the base URL.
            data: The JSON document of the form field `data`; None sends none.
            repeatable: The call may be sent again when its answer is lost.
            leaving: Called each time right before the call goes out, which may be long after it was asked for.

        Raises:
            InDoubtError: The answer to a call that is not repeatable was lost.
            BillError: Whatever else BILL says, or what did not get better in time.
        """
        return self._to_its_end(path, lambda: self._call_in_session(path, data, leaving), repeatable=repeatable)

    def call_without_session(self, path: str, form: Mapping[str, str]) -> Any:
        """Send a call that signs in by itself and changes nothing; for the rest as `call`."""
        return self._to_its_end(path, lambda: self._post(path, form), repeatable=True)

    def _to_its_end(self, path: str, once: Callable[[], Any], *, repeatable: bool) -> Any:
        def is_lost(error: Exception) -> bool:
            # A login that was lost on the way to the call sent nothing of the call itself.
            return isinstance(error, UnavailableError) and not repeatable and error.operation == path

        @backoff.on_exception(
            backoff.expo,
            RetriableError,
            max_tries=ATTEMPTS_MAX,
            max_time=RETRY_TIME_MAX_S,
            giveup=lambda error: is_lost(error) or isinstance(error, HourlyLimitError | NotSentError),
            on_backoff=_say_retry,
            logger=None,
        )
        @backoff.on_exception(
            backoff.expo, NotSentError, max_tries=CONNECTION_ATTEMPTS_MAX, on_backoff=_say_retry, logger=None
        )
        def attempt() -> Any:
            return once()

        try:
            return self._across_the_hour(attempt)
        except UnavailableError as error:
            if not is_lost(error):
                raise
            raise InDoubtError(f"{error.message}; it may have happened", code=error.code, operation=path) from error

    def _across_the_hour(self, attempt: Callable[[], Any]) -> Any:
        try:
            return attempt()
        except HourlyLimitError as error:
            # BILL counts by its clock hour, and everything fails until the next one (documented). Waiting stands
            # outside of the attempts: the session may well expire meanwhile, and their time would be used up.
            wait_s = seconds_to_next_hour(self._now_s()) + HOUR_MARGIN_S
            until = datetime.fromtimestamp(self._now_s() + wait_s, UTC)
            log.warning("%s. Waiting until %s.", error, until.strftime("%H:%M:%S UTC"))
        self._sleep(wait_s)
        try:
            return attempt()
        except HourlyLimitError as error:
            raise FatalError(
                f"the hourly limit did not end with the hour: {error.message}",
                code=error.code,
                operation=error.operation,
            ) from error

    def _call_in_session(self, path: str, data: Any, leaving: Callable[[], None] | None) -> Any:
        ticket = self._session.ticket()
        try:
            return self._post(path, self._form(ticket.session_id, data), leaving)
        except SessionExpiredError:
            ticket = self._session.ticket(expired=ticket)
        try:
            return self._post(path, self._form(ticket.session_id, data), leaving)
        except SessionExpiredError as error:
            # Two logins for one call is a loop in the making, and logins are limited to 200 an hour.
            raise FatalError(f"BILL refuses a new session: {error.message}", code=error.code, operation=path) from error

    def _form(self, session_id: str, data: Any) -> dict[str, str]:
        form = {"devKey": self._connection.developer_key, "sessionId": session_id}
        return form if data is None else form | {"data": encode(data)}

    def _post(self, path: str, form: Mapping[str, str], leaving: Callable[[], None] | None = None) -> Any:
        with self._limits.place(path):
            if leaving is not None:
                leaving()
            try:
                return self._transport.post(path, form)
            except ThrottledError:
                self._limits.crowded()
                raise


def _say_retry(details: Any) -> None:
    log.warning("%s. Trying again in %.1f s (attempt %d).", details["exception"], details["wait"], details["tries"] + 1)
