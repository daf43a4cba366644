"""2-step verification (MFA): a texted code makes a session trusted, and a device may be remembered for 30 days.

Challenge and code belong to one session (documented: V2 auth-mfaauthenticate). A remembered device makes later
sessions trusted by `mfa_id` and `device_id` of the connection.
"""

from __future__ import annotations

import math
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bill_api.errors import BillError, UnexpectedReplyError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bill_api.client import BillClient

CHALLENGE, AUTHENTICATE, STATUS = "/MFAChallenge.json", "/MFAAuthenticate.json", "/MFAStatus.json"

REMEMBERED = timedelta(days=30)
"""How long a remembered device is trusted. Documented (V2: auth-mfaauthenticate)."""

DEVICE_ID_MAX = 19
"""Characters. 100 are documented; in live use 49 were refused with a misleading "token has expired", and 19 worked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """A code that was texted.

    Attributes:
        challenge_id: What the code answers to.
        session_id: The session in which it must be answered; a secret.
    """

    challenge_id: str
    session_id: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """A session that has become trusted.

    Attributes:
        mfa_id: What makes later sessions trusted; a secret. None where BILL gives none: the device is not remembered.
        device_id: The device that it belongs to.
        until: When the trust ends, by BILL's clock; None when it ends with the session.
    """

    mfa_id: str | None = field(repr=False)
    device_id: str
    until: datetime | None


def new_device_id() -> str:
    """A name for this computer that BILL takes."""
    return f"bill-{secrets.token_hex(6)}"


def challenge(client: BillClient) -> Challenge:
    """Have a code texted to the user's phone (documented: V2 auth-mfachallenge).

    Nothing is chosen: since 30 March 2026 the choice of a backup phone is an error (documented: section 6, 3).

    Raises:
        RefusedError: No phone is registered (BDC_1354).
    """
    session_id = client.session_id()
    data = client.raw(CHALLENGE, {})
    return Challenge(challenge_id=_text(data, "challengeId", CHALLENGE), session_id=session_id)


def authenticate(
    client: BillClient, challenge_id: str, token: str, *, device_id: str, machine_name: str, remember: bool
) -> Trust:
    """Answer a challenge with its code: from here on the client's session is trusted.

    Args:
        client: In the session of the challenge.
        challenge_id: From `challenge`.
        token: The texted code.
        device_id: Any stable name, up to `DEVICE_ID_MAX` characters.
        machine_name: A name for people.
        remember: Trust the device for 30 days.

    Raises:
        RefusedError: The code is wrong, too old (BDC_1356) or was tried too often (BDC_1358).
    """
    sent = {
        "challengeId": challenge_id,
        "token": token,
        "deviceId": device_id,
        "machineName": machine_name,
        "rememberMe": remember,
    }
    # Asked before: once the code is taken, nothing may go wrong before the mfaId is known.
    until = client.current_time() + REMEMBERED if remember else None
    data = _without(token, lambda: client.raw(AUTHENTICATE, sent))
    mfa_id = str(data["mfaId"]) if isinstance(data, dict) and data.get("mfaId") else None
    if remember and mfa_id is None:
        raise UnexpectedReplyError("the code was taken, but there is no mfaId", operation=AUTHENTICATE)
    return Trust(mfa_id=mfa_id, device_id=device_id, until=until)


def is_trusted(client: BillClient, mfa_id: str, device_id: str) -> bool:
    """True if a remembered device is still trusted; nothing is said of one that was not remembered (documented)."""
    sent = {"mfaId": mfa_id, "deviceId": device_id}
    data = _without(mfa_id, lambda: client.raw(STATUS, sent, repeatable=True))
    if not isinstance(data, dict) or not isinstance(data.get("isTrusted"), bool):
        raise UnexpectedReplyError("no isTrusted", operation=STATUS)
    return bool(data["isTrusted"])


def _without(secret: str, call: Callable[[], Any]) -> Any:
    """A call whose refusal does not quote the secret."""
    try:
        return call()
    except BillError as error:
        error.hide(_spellings(secret))
        raise


def _spellings(secret: str) -> Sequence[str]:
    return secret, secret.replace("-", "")


def _text(data: Any, name: str, operation: str) -> str:
    if not isinstance(data, dict) or not data.get(name):
        raise UnexpectedReplyError(f"no {name}", operation=operation)
    return str(data[name])


def days_left(until: datetime) -> int:
    """Days from now until a trust ends; one that has begun counts."""
    return max(0, math.ceil((until - datetime.now(UTC)) / timedelta(days=1)))
