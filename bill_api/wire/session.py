"""One login per run, renewed once per expiry.

Documented: a session dies after 35 idle minutes (V2: api-login-best-practices), BDC_1109 says so (DS), a developer
key has 200 logins an hour (V2: api-rate-limits), and BILL locks logins (DS: BDC_1110) - so a login is never repeated
in a storm, and one that BILL refuses is not tried again.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from bill_api.answers.rows import is_id
from bill_api.errors import CredentialsError, FatalError, RefusedError, UnexpectedReplyError, not_let_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from bill_api.connection import Connection

log = logging.getLogger(__name__)

LOGIN = "/Login.json"


@dataclass(frozen=True, slots=True)
class Ticket:
    """A session id; never printed."""

    session_id: str = field(repr=False)


class SessionKeeper(Protocol):
    """Keeps the session of one identity for the next process; it never fails: what cannot be kept costs a login."""

    def kept(self) -> str | None:
        """The id of a session that may still live; None if there is none."""

    def keep(self, session_id: str) -> None:
        """Keep a session that has just begun, in place of an earlier one."""

    def used(self, session_id: str) -> None:
        """A call goes out in this session: its idle time begins anew."""

    def drop(self, session_id: str) -> None:
        """BILL says that this session is over; one that another process has begun meanwhile stays."""


class Session:
    """The login shared by all threads of a client.

    Args:
        connection: Who we are.
        post: Sends a form to a path and gives `response_data`.
        given: A session that somebody else began; it is used to its end and not replaced by another, for what it is
            needed for (its MFA trust) would be gone.
        keeper: Has the session of an earlier process, and gets the one that begins here; a given session is neither.
    """

    def __init__(
        self,
        connection: Connection,
        post: Callable[[str, Mapping[str, str]], Any],
        given: Ticket | None = None,
        keeper: SessionKeeper | None = None,
    ) -> None:
        self._connection = connection
        self._post = post
        self._lock = threading.Lock()
        self._given = given
        self._keeper = keeper if given is None else None
        self._ticket = given
        self._refusal: FatalError | None = None

    def ticket(self, expired: Ticket | None = None) -> Ticket:
        """The current session; logs in first when there is none, or when the current one is the expired one.

        Args:
            expired: The session that BILL just refused. Only the first thread that reports it logs in again.

        Raises:
            FatalError: BILL does not let us in; said again to every thread that asks.
        """
        with self._lock:
            if self._refusal is not None:
                raise self._refusal
            if self._ticket is None or self._ticket is expired:
                if self._given is not None:
                    raise CredentialsError("the session that was given is over: begin a new one", code="BDC_1109")
                try:
                    self._ticket = self._begun(expired)
                except FatalError as error:
                    self._refusal = error
                    raise
            if self._keeper is not None:
                self._keeper.used(self._ticket.session_id)
            return self._ticket

    def _begun(self, expired: Ticket | None) -> Ticket:
        """The session of an earlier process, or a new one."""
        if self._keeper is None:
            return self._login()
        if expired is not None:
            self._keeper.drop(expired.session_id)
        elif kept := self._keeper.kept():
            return Ticket(kept)
        ticket = self._login()
        self._keeper.keep(ticket.session_id)
        return ticket

    def _login(self) -> Ticket:
        who = self._connection
        form = {
            "userName": who.username,
            "password": who.password,
            "orgId": who.organization_id,
            "devKey": who.developer_key,
        }
        if who.mfa_id and who.device_id:
            form |= {"mfaId": who.mfa_id, "deviceId": who.device_id}
        try:
            data = self._post(LOGIN, form)
        except RefusedError as error:
            raise not_let_in(error, LOGIN) from error
        if not isinstance(data, dict) or not is_id(data.get("sessionId")):
            raise UnexpectedReplyError("the login succeeded but gave no sessionId", operation=LOGIN)
        log.info("Logged in to %s for organization %s", who.url, who.organization_id)
        return Ticket(data["sessionId"])
