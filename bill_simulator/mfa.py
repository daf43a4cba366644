"""2-step verification (MFA): the code, the trusted session and the remembered device."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from bill_simulator.refusals import Refusal

if TYPE_CHECKING:
    from bill_simulator.clock import Clock
    from bill_simulator.sessions import Session, User

REMEMBERED_S = 30 * 24 * 3600
ATTEMPTS_MAX = 5


class Mfa:
    """The mfaIds that are remembered for 30 days, for one user and deviceId each (documented: auth-mfaauthenticate)."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._remembered: dict[str, tuple[str, str, float]] = {}

    def challenge(self, session: Session) -> str:
        """Text a code; the control plane can read it. BDC_1354 without a phone (documented: auth-mfachallenge)."""
        if not session.user.has_phone:
            raise Refusal("BDC_1354")
        challenge_id = f"!{secrets.token_urlsafe(12)}"
        session.challenges[challenge_id] = f"{secrets.randbelow(10**6):06d}"
        return challenge_id

    def authenticate(self, session: Session, *, challenge_id: str, code: str, device_id: str, remember: bool) -> str:
        """Make the session trusted (documented: auth-mfaauthenticate).

        The code of a wrong answer is unknown: BDC_1119 here, and BDC_1358 after too many (seen in clients).
        """
        if session.attempts >= ATTEMPTS_MAX:
            raise Refusal("BDC_1358")
        expected = session.challenges.get(challenge_id)
        if expected is None or code.replace("-", "") != expected:
            session.attempts += 1
            raise Refusal("BDC_1119", "token", code)
        del session.challenges[challenge_id]
        session.attempts = 0
        session.trusted = True
        mfa_id = f"!{secrets.token_urlsafe(18)}"
        if remember:
            self._remembered[mfa_id] = session.user.id, device_id, self._clock.now() + REMEMBERED_S
        return mfa_id

    def trusts(self, user: User, mfa_id: str, device_id: str) -> bool:
        """Whether this mfaId was remembered for this user on this device, less than 30 days ago."""
        remembered = self._remembered.get(mfa_id)
        if remembered is None:
            return False
        user_id, remembered_device, until = remembered
        return (user_id, remembered_device) == (user.id, device_id) and self._clock.now() < until
