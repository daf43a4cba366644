"""2-step verification (MFA): the code, the trusted session and the remembered device."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from bill_simulator.behaviour.refusals import Refusal
from bill_simulator.state.sessions import Challenge

if TYPE_CHECKING:
    from bill_simulator.behaviour.limits import Limits
    from bill_simulator.behaviour.switches import Switches
    from bill_simulator.state.clock import Clock
    from bill_simulator.state.directory import User
    from bill_simulator.state.sessions import Session

REMEMBERED_S = 30 * 24 * 3600
DOCUMENTED_DEVICE_ID = "100"


class Mfa:
    """The mfaIds that are remembered for 30 days, for one user and deviceId each (documented: auth-mfaauthenticate)."""

    def __init__(self, clock: Clock, limits: Limits, switches: Switches) -> None:
        self._clock = clock
        self._limits = limits
        self._switches = switches
        self._remembered: dict[str, tuple[str, str, float]] = {}

    def challenge(self, session: Session, *, backup: bool) -> str:
        """Text a code; the control plane can read it. BDC_1354 without a phone (documented: auth-mfachallenge)."""
        if not session.user.has_phone:
            raise Refusal("BDC_1354")
        challenge_id = f"!{secrets.token_urlsafe(12)}"
        session.challenges[challenge_id] = Challenge(
            code=f"{secrets.randbelow(10**6):06d}",
            phone="backup" if backup else "primary",
            made_at=self._clock.now(),
        )
        return challenge_id

    def authenticate(self, session: Session, *, challenge_id: str, code: str, device_id: str, remember: bool) -> str:
        """Make the session trusted (documented: auth-mfaauthenticate), and give the mfaId, which ends with the session.

        With `remember` it outlives it by 30 days. BDC_1356 for a code that is too old, BDC_1358 after too many wrong
        ones (both seen in clients); the code of a wrong answer is unknown: BDC_1119 here.
        """
        if session.attempts >= self._limits.mfa_attempts:
            raise Refusal("BDC_1358")
        self._check_device(device_id)
        challenge = session.challenges.get(challenge_id)
        if challenge is None or code.replace("-", "") != challenge.code:
            session.attempts += 1
            raise Refusal("BDC_1119", "token", code)
        if self._clock.now() - challenge.made_at >= self._limits.mfa_code_s:
            raise Refusal("BDC_1356")
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

    def _check_device(self, device_id: str) -> None:
        """At most 100 characters (documented; the code above it is unknown), or 20 with a text that misleads.

        In live use 49 characters were refused with "token has expired", and 19 worked.
        """
        limit = self._switches.mfa_device_id_limit
        if len(device_id) > int(limit):
            raise Refusal("BDC_1119", "deviceId", device_id) if limit == DOCUMENTED_DEVICE_ID else Refusal("BDC_1356")
