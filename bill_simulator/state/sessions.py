"""Sessions of signed-in users, and 2-step verification (MFA).

Not simulated: sign-in with an API token whose session expires in 48 hours (a user with `forbidden` operations comes
close), and a session of the v3 API that v2 takes too.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from bill_simulator.behaviour.refusals import ErrorAnswer

if TYPE_CHECKING:
    from bill_simulator.behaviour.limits import SimulatorLimits
    from bill_simulator.behaviour.switches import Switches
    from bill_simulator.state.clock import Clock
    from bill_simulator.state.directory import Directory, User


REMEMBERED_S = 30 * 24 * 3600
DOCUMENTED_DEVICE_ID = "100"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextedCode:
    """A texted code."""

    code: str = field(repr=False)
    made_at: float


@dataclass(slots=True, kw_only=True)
class UserSession:
    """A signed-in user in one organization; trust ends with it, also on Logout (documented: auth-mfaauthenticate)."""

    id: str = field(repr=False)
    user: User
    organization_id: str
    developer_key: str
    used_at: float
    trusted: bool = False
    challenges: dict[str, TextedCode] = field(default_factory=dict, repr=False)
    attempts: int = 0

    def check_permission(self, permission: str) -> None:
        """BDC_1145 for a forbidden one of `directory.PERMISSIONS` (seen in clients, per operation)."""
        if any(fnmatchcase(permission, pattern) for pattern in self.user.forbidden):
            raise ErrorAnswer("BDC_1145")


class Sessions:
    """Sessions that live until logout or 35 idle minutes (documented: api-login-best-practices)."""

    def __init__(self, limits: SimulatorLimits, clock: Clock) -> None:
        self._limits = limits
        self._clock = clock
        self._sessions: dict[str, UserSession] = {}

    def open(self, user: User, organization_id: str, developer_key: str, *, trusted: bool) -> UserSession:
        """A new session; its id is opaque and begins with `!` (seen in clients)."""
        session = UserSession(
            id=f"!{secrets.token_urlsafe(36)}",
            user=user,
            organization_id=organization_id,
            developer_key=developer_key,
            used_at=self._clock.now(),
            trusted=trusted,
        )
        self._sessions[session.id] = session
        return session

    def use(self, session_id: str, developer_key: str | None = None) -> UserSession:
        """The session of a call, whose idle time begins anew; BDC_1109 when it is over or never was (documented)."""
        session = self._sessions.get(session_id)
        if session is None or developer_key not in (None, session.developer_key):
            raise ErrorAnswer("BDC_1109")
        now = self._clock.now()
        if now - session.used_at >= self._limits.session_idle_s:
            self.close(session_id)
            raise ErrorAnswer("BDC_1109")
        session.used_at = now
        return session

    def is_open(self, session: UserSession) -> bool:
        """True for a session that has not been ended while its call was waiting."""
        return self._sessions.get(session.id) is session

    def close(self, session_id: str) -> None:
        """End a session; unknown ones are ended already."""
        self._sessions.pop(session_id, None)

    def organization_of(self, session_id: str) -> str | None:
        """The organization of a session, for the request log."""
        session = self._sessions.get(session_id)
        return session.organization_id if session else None

    def open_challenges(self) -> list[dict[str, str]]:
        """The codes that BILL would have texted."""
        return [
            {"username": session.user.username, "challengeId": name, "code": each.code}
            for session in self._sessions.values()
            for name, each in session.challenges.items()
        ]

    def renew_users(self, directory: Directory) -> None:
        """Let changes of users count in their open sessions too."""
        known = {each.username: each for each in directory.users}
        for session in self._sessions.values():
            session.user = known.get(session.user.username, session.user)


class Mfa:
    """The mfaIds that are remembered for 30 days, for one user and deviceId each (documented: auth-mfaauthenticate)."""

    def __init__(self, clock: Clock, limits: SimulatorLimits, switches: Switches) -> None:
        self._clock = clock
        self._limits = limits
        self._switches = switches
        self._remembered: dict[str, tuple[str, str, float]] = {}

    def challenge(self, session: UserSession) -> str:
        """Text a code; the control plane can read it. BDC_1354 without a phone (documented: auth-mfachallenge)."""
        if not session.user.has_phone:
            raise ErrorAnswer("BDC_1354")
        challenge_id = f"!{secrets.token_urlsafe(12)}"
        session.challenges[challenge_id] = TextedCode(
            code=f"{secrets.randbelow(10**6):06d}",
            made_at=self._clock.now(),
        )
        return challenge_id

    def authenticate(
        self, session: UserSession, *, challenge_id: str, code: str, device_id: str, remember: bool
    ) -> str:
        """Make the session trusted (documented: auth-mfaauthenticate), and give the mfaId, which ends with the session.

        With `remember` it outlives it by 30 days. BDC_1356 for a code that is too old, BDC_1358 after too many wrong
        ones (both seen in clients); the code of a wrong answer is unknown: BDC_1119 here.
        """
        if session.attempts >= self._limits.mfa_attempts:
            raise ErrorAnswer("BDC_1358")
        self._check_device(device_id)
        challenge = session.challenges.get(challenge_id)
        if challenge is None or code.replace("-", "") != challenge.code:
            session.attempts += 1
            raise ErrorAnswer("BDC_1119", "token", code)
        if self._clock.now() - challenge.made_at >= self._limits.mfa_code_s:
            raise ErrorAnswer("BDC_1356")
        del session.challenges[challenge_id]
        session.attempts = 0
        session.trusted = True
        mfa_id = f"!{secrets.token_urlsafe(18)}"
        if remember:
            self._remembered[mfa_id] = session.user.id, device_id, self._clock.now() + REMEMBERED_S
        return mfa_id

    def trusts(self, user: User, mfa_id: str, device_id: str) -> bool:
        """True for an mfaId that was remembered for this user on this device, less than 30 days ago."""
        remembered = self._remembered.get(mfa_id)
        if remembered is None:
            return False
        user_id, remembered_device, until = remembered
        return (user_id, remembered_device) == (user.id, device_id) and self._clock.now() < until

    def _check_device(self, device_id: str) -> None:
        """At most 100 characters (documented; the code above it is unknown), or 20 with a text that misleads.

        In live use 49 characters were refused with "token has expired", and 19 worked.
        """
        limit = self._switches.mfa_device_id_limit
        if len(device_id) > int(limit):
            raise (
                ErrorAnswer("BDC_1119", "deviceId", device_id)
                if limit == DOCUMENTED_DEVICE_ID
                else ErrorAnswer("BDC_1356")
            )
