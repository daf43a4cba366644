"""One call to BILL, brought to an end: in a session, within the limits, repeated where that is safe.

Retried are only calls that are safe to repeat: List, Read and Login, and any call that BILL refused before doing
it (too many at once, hour used up, session expired) or that never reached BILL; not after an answer that would be the
same again (`FinalAnswerError`). A write whose answer was lost raises `InDoubtError`: whoever sent it has to look before
sending again.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import backoff

from bill_api.errors import (
    FatalError,
    FinalAnswerError,
    HourlyLimitError,
    HourlyLimitLastsError,
    InDoubtError,
    NotSentError,
    NotServedError,
    RefusedError,
    RetriableError,
    SessionExpiredError,
    ThrottledError,
    UnavailableError,
)
from bill_api.wire.limits import HOUR_S, seconds_to_next_hour
from bill_api.wire.session import Session, Ticket
from bill_api.wire.transport import Transport
from bill_values.exact_json import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bill_api.connection import Connection
    from bill_api.wire.limits import Limits
    from bill_api.wire.raw import RawCall, Retries
    from bill_api.wire.session import SessionKeeper
    from bill_api.wire.transport import Read

log = logging.getLogger(__name__)

Result = TypeVar("Result")

ATTEMPTS_MAX = 6
RETRY_TIME_MAX_S = 180
CONNECTION_ATTEMPTS_MAX = 4
"""Fewer: a host that cannot be reached is mostly a wrong setting, and a person is waiting to hear it."""

HOUR_MARGIN_S = 5
"""Added to the wait for the next hour, because BILL's clock and ours differ a little."""

SKEW_MAX_S = 300
"""How far our clock may be ahead of BILL's: so long after our hour has turned, BILL may still count the last one."""

SKEW_PAUSE_S = 60
"""Between two attempts in that time."""

HOUR_WAITS_MAX = 12
"""Waits for one call: for the hour once, and around it for the clocks' difference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Limits of the attempts for one call.

    Attributes:
        attempts_max: Attempts in all.
        connection_attempts_max: Attempts while no connection can be made.
        time_max_s: No further attempt after so many seconds.
        waits_for_the_hour: When the hour's calls are used up, wait for the next hour; otherwise that is an error.
    """

    attempts_max: int = ATTEMPTS_MAX
    connection_attempts_max: int = CONNECTION_ATTEMPTS_MAX
    time_max_s: float = RETRY_TIME_MAX_S
    waits_for_the_hour: bool = True


class Caller:
    """Sends calls for one organization; safe to use from several threads.

    Args:
        connection: Where BILL is and who we are.
        limits: Shared by everything that calls for the same organization.
        sleep: Waits for so many seconds (the hourly limit only).
        now_s: Seconds since the epoch.
        patience: How long a call is tried.
        session_id: A session to use, in place of one of its own.
        keeper: Keeps the session between processes.
    """

    def __init__(
        self,
        connection: Connection,
        limits: Limits,
        *,
        sleep: Callable[[float], None],
        now_s: Callable[[], float],
        patience: Patience | None = None,
        session_id: str | None = None,
        keeper: SessionKeeper | None = None,
    ) -> None:
        self._connection = connection
        self._limits = limits
        self._sleep = sleep
        self._now_s = now_s
        self._transport = Transport(connection.url, connection.timeout_s)
        self._patience = patience or Patience()
        self._session = Session(connection, self._post, Ticket(session_id) if session_id else None, keeper)

    def session_id(self) -> str:
        """The id of the present session; a secret. Logs in first when there is none."""
        return self._to_its_end("", self._session.ticket, repeatable=True).session_id

    def call(
        self,
        path: str,
        data: Any,
        *,
        repeatable: bool,
        leaving: Callable[[], None] | None = None,
        read: Read | None = None,
    ) -> Any:
        """Send one call, with what is safe of renewing, waiting and repeating.

        Args:
            path: Below the base URL.
            data: The JSON document of the form field `data`; None sends none.
            repeatable: The call may be sent again when its answer is lost.
            leaving: Called each time right before the call goes out, which may be long after it was asked for.
            read: As for `Transport.post`.

        Raises:
            InDoubtError: The answer to a call that is not repeatable was lost.
            BillError: Whatever else BILL says, or what did not get better in time.
        """

        def post(ticket: Ticket) -> Any:
            return self._post(path, self._form(ticket.session_id, data), leaving, read)

        return self._to_its_end(path, lambda: self._in_session(path, post), repeatable=repeatable)

    def raw(self, call: RawCall, retries: Retries | None = None, *, leaving: Callable[[], None] | None = None) -> Any:
        """Send a call as its caller spelled it out.

        Args:
            call: What to send.
            retries: How often to repeat it; None repeats what is safe, as for `call`.
            leaving: As for `call`.

        Raises:
            InDoubtError: The answer to a call that may have changed something was lost.
            BillError: As for `call`.
        """

        def send(ticket: Ticket) -> Any:
            with self._leaving(call.path, leaving):
                return self._transport.send(call, ticket.session_id, self._connection.developer_key)

        def once() -> Any:
            return self._in_session(call.path, send)

        return self._to_its_end(call.path, once, repeatable=call.is_reading, retries=retries)

    def call_without_session(self, path: str, form: Mapping[str, str]) -> Any:
        """Send a call that signs in by itself and changes nothing; for the rest as `call`."""
        return self._to_its_end(path, lambda: self._post(path, form), repeatable=True, whose="")

    def _to_its_end(
        self,
        path: str,
        once: Callable[[], Result],
        *,
        repeatable: bool,
        retries: Retries | None = None,
        whose: str | None = None,
    ) -> Result:
        # By name: several organizations are read at once, and each has limits of its own.
        if whose is None:
            whose = f"Organization {mine}: " if (mine := self._connection.organization_id) else ""
        sent_at_s = self._now_s()

        def is_lost(error: Exception) -> bool:
            # A login that was lost on the way to the call sent nothing of the call itself.
            if not isinstance(error, UnavailableError) or isinstance(error, NotServedError):
                return False
            return not repeatable and error.operation == path

        def attempt() -> Result:
            nonlocal sent_at_s
            sent_at_s = self._now_s()
            return once()

        say_retry = partial(_say_retry, whose)
        attempts = _as_asked(attempt, retries, say_retry) if retries else self._as_is_safe(attempt, is_lost, say_retry)
        try:
            return self._across_the_hour(attempts)
        except UnavailableError as error:
            if not is_lost(error):
                raise
            doubt = InDoubtError(f"{error.message}; it may have happened", code=error.code, operation=path)
            doubt.sent_at_s = sent_at_s
            raise doubt from error

    def _as_is_safe(
        self,
        attempt: Callable[[], Result],
        is_lost: Callable[[Exception], bool],
        say_retry: Callable[[Any], None],
    ) -> Callable[[], Result]:
        """Repeats an attempt of which it is certain that BILL did nothing, or that doing it twice is no harm."""
        patience = self._patience
        within_connection = backoff.on_exception(
            backoff.expo,
            NotSentError,
            max_tries=patience.connection_attempts_max,
            on_backoff=say_retry,
            logger=None,
        )
        in_all = backoff.on_exception(
            backoff.expo,
            RetriableError,
            max_tries=patience.attempts_max,
            max_time=patience.time_max_s,
            giveup=lambda error: (
                is_lost(error) or isinstance(error, HourlyLimitError | NotSentError | FinalAnswerError)
            ),
            on_backoff=say_retry,
            logger=None,
        )
        return in_all(within_connection(attempt))

    def _across_the_hour(self, attempt: Callable[[], Result]) -> Result:
        # Waiting stands outside of the attempts: meanwhile the session may expire, and their time would be used up.
        waits_s: list[float] = []
        while True:
            try:
                return attempt()
            except HourlyLimitError as error:
                if not self._patience.waits_for_the_hour:
                    raise
                wait_s = self._until_the_hour_turns(has_waited=any(each > SKEW_PAUSE_S for each in waits_s))
                if wait_s is None or len(waits_s) == HOUR_WAITS_MAX:
                    raise _no_end(error) from error
                waits_s.append(wait_s)
                until = datetime.fromtimestamp(self._now_s() + wait_s, UTC)
                log.warning("%s. Waiting until %s.", error, until.strftime("%H:%M:%S UTC"))
            self._sleep(wait_s)

    def _until_the_hour_turns(self, *, has_waited: bool) -> float | None:
        """Seconds until BILL may count anew; None when it should have done so.

        BILL counts by its clock hour, and everything fails until the next one (documented). By our clock that one may
        have begun a little earlier.
        """
        left_s = seconds_to_next_hour(self._now_s())
        if HOUR_S - left_s < SKEW_MAX_S:
            return SKEW_PAUSE_S
        return None if has_waited else left_s + HOUR_MARGIN_S

    def _in_session(self, path: str, send: Callable[[Ticket], Any]) -> Any:
        ticket = self._session.ticket()
        try:
            return send(ticket)
        except SessionExpiredError:
            ticket = self._session.ticket(expired=ticket)
        try:
            return send(ticket)
        except SessionExpiredError as error:
            # Two logins for one call is a loop in the making, and logins are limited to 200 an hour.
            raise FatalError(f"BILL refuses a new session: {error.message}", code=error.code, operation=path) from error

    def _form(self, session_id: str, data: Any) -> dict[str, str]:
        form = {"devKey": self._connection.developer_key, "sessionId": session_id}
        return form if data is None else form | {"data": encode(data)}

    def _post(
        self,
        path: str,
        form: Mapping[str, str],
        leaving: Callable[[], None] | None = None,
        read: Read | None = None,
    ) -> Any:
        with self._leaving(path, leaving):
            return self._transport.post(path, form, read)

    @contextmanager
    def _leaving(self, path: str, leaving: Callable[[], None] | None) -> Iterator[None]:
        """A place among the calls at once; `leaving` is called when it is there."""
        with self._limits.place(path):
            if leaving is not None:
                leaving()
            try:
                yield
            except ThrottledError:
                self._limits.crowded()
                raise


def _no_end(error: HourlyLimitError) -> HourlyLimitLastsError:
    return HourlyLimitLastsError(
        f"the hourly limit did not end with the hour: {error.message}", code=error.code, operation=error.operation
    )


def _as_asked(
    attempt: Callable[[], Result], retries: Retries, say_retry: Callable[[Any], None]
) -> Callable[[], Result]:
    """Repeats an attempt as its caller wants it."""
    again = (RetriableError, RefusedError) if retries.all_errors else RetriableError
    expo = partial(backoff.expo, factor=retries.delay_s)
    return backoff.on_exception(
        expo if retries.exponential else partial(backoff.constant, interval=retries.delay_s),
        again,
        max_tries=retries.count + 1,
        jitter=None,
        giveup=lambda error: (
            isinstance(error, HourlyLimitError) or (isinstance(error, FinalAnswerError) and not retries.all_errors)
        ),
        on_backoff=say_retry,
        logger=None,
    )(attempt)


def _say_retry(whose: str, details: Any) -> None:
    log.warning(
        "%s%s. Trying again in %.1f s (attempt %d).",
        whose,
        details["exception"],
        details["wait"],
        details["tries"] + 1,
    )
