"""Who may come in: users, organizations, developer keys, sessions."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bill_simulator import defaults
from bill_simulator.refusals import Refusal

if TYPE_CHECKING:
    from bill_simulator.clock import Clock
    from bill_simulator.limits import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person (or a token) that signs in.

    Attributes:
        username: The `userName` of Login.
        password: The `password` of Login.
        id: BILL's id, 006...
        organizations: The ids of the organizations that this user may enter.
        has_phone: Whether a phone for MFA is registered; without one MFAChallenge is BDC_1354.
    """

    username: str
    password: str = field(repr=False)
    id: str
    organizations: tuple[str, ...]
    has_phone: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """A company with books of its own."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """Everybody that this simulator knows."""

    organizations: tuple[Organization, ...] = (
        Organization(id=defaults.ORGANIZATION_ID, name=defaults.ORGANIZATION_NAME),
        Organization(id=defaults.EMPTY_ORGANIZATION_ID, name=defaults.EMPTY_ORGANIZATION_NAME),
    )
    users: tuple[User, ...] = (
        User(
            username=defaults.USERNAME,
            password=defaults.PASSWORD,
            id=defaults.USER_ID,
            organizations=(defaults.ORGANIZATION_ID, defaults.EMPTY_ORGANIZATION_ID),
        ),
    )
    developer_keys: tuple[str, ...] = (defaults.DEVELOPER_KEY,)

    def check_developer_key(self, developer_key: str | None) -> str:
        """BDC_1102 for a wrong key (documented); the text for none was seen in a client, its code is unknown."""
        if not developer_key:
            raise Refusal("BDC_1102", text="Developer key must be specified.")
        if developer_key not in self.developer_keys:
            raise Refusal("BDC_1102")
        return developer_key

    def user(self, username: str, password: str) -> User:
        """BDC_1101 unless both are right (documented: error list)."""
        for user in self.users:
            if (user.username, user.password) == (username, password):
                return user
        raise Refusal("BDC_1101")


@dataclass(slots=True, kw_only=True)
class Session:
    """A signed-in user in one organization."""

    id: str = field(repr=False)
    user: User
    organization_id: str
    developer_key: str
    used_at: float
    trusted: bool = False
    challenges: dict[str, str] = field(default_factory=dict, repr=False)
    attempts: int = 0


class Sessions:
    """Sessions that live until logout or 35 idle minutes (documented: api-login-best-practices)."""

    def __init__(self, limits: Limits, clock: Clock) -> None:
        self._limits = limits
        self._clock = clock
        self._sessions: dict[str, Session] = {}

    def open(self, user: User, organization_id: str, developer_key: str, *, trusted: bool) -> Session:
        """A new session; its id is opaque and begins with `!` (seen in clients)."""
        session = Session(
            id=f"!{secrets.token_urlsafe(36)}",
            user=user,
            organization_id=organization_id,
            developer_key=developer_key,
            used_at=self._clock.now(),
            trusted=trusted,
        )
        self._sessions[session.id] = session
        return session

    def use(self, session_id: str, developer_key: str) -> Session:
        """The session of a call, whose idle time begins anew; BDC_1109 when it is over or never was (documented)."""
        session = self._sessions.get(session_id)
        if session is None or session.developer_key != developer_key:
            raise Refusal("BDC_1109")
        now = self._clock.now()
        if now - session.used_at >= self._limits.session_idle_s:
            self.close(session_id)
            raise Refusal("BDC_1109")
        session.used_at = now
        return session

    def is_open(self, session: Session) -> bool:
        """Whether a session has not been ended while its call was waiting."""
        return self._sessions.get(session.id) is session

    def close(self, session_id: str) -> None:
        """End a session; unknown ones are ended already."""
        self._sessions.pop(session_id, None)

    def organization_of(self, session_id: str) -> str | None:
        """Where a session belongs, for the request log."""
        session = self._sessions.get(session_id)
        return session.organization_id if session else None

    def open_challenges(self) -> list[dict[str, str]]:
        """The codes that BILL would have texted."""
        return [
            {"username": session.user.username, "challengeId": challenge, "code": code}
            for session in self._sessions.values()
            for challenge, code in session.challenges.items()
        ]
