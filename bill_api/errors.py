"""Errors by what to do about them: wait, look, mend this record, or stop.

The class says what to do, `code` and `operation` say what happened, the text says what to do next. No error
ever holds a request body: bodies carry passwords, session ids and account numbers.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from bill_program.errors import ConnectorError
from bill_program.exit_codes import ExitCode
from bill_values.visible import HIDDEN

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


class BillError(ConnectorError):
    """Something went wrong between us and BILL.

    Args:
        message: What happened and what to do next.
        code: BILL's code, like `BDC_1109`, where BILL gave one.
        operation: The path that was called, like `/List/Vendor.json`.
    """

    def __init__(self, message: str, *, code: str | None = None, operation: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.operation = operation

    def __str__(self) -> str:
        """One line: operation, code, message."""
        where = f"{self.operation}: " if self.operation else ""
        code = f" ({self.code})" if self.code else ""
        return f"{where}{self.message}{code}"

    def hide(self, secrets: Collection[str]) -> None:
        """Take values out of the text, here and in what led here: BILL quotes what it refuses (DS: BDC_1119)."""
        for secret in sorted(filter(None, secrets), key=len, reverse=True):
            self.message = self.message.replace(secret, HIDDEN)
        self.args = (self.message,)
        if isinstance(self.__context__, BillError):
            self.__context__.hide(secrets)


class RetriableError(BillError):
    """BILL did nothing; wait, then send again."""

    exit_code = ExitCode.CONNECTION


class ThrottledError(RetriableError):
    """Too many calls at once for this organization."""

    exit_code = ExitCode.LIMIT


class HourlyLimitError(RetriableError):
    """The developer key has used up its calls of this clock hour."""

    exit_code = ExitCode.LIMIT


class SessionExpiredError(RetriableError):
    """The session ended; log in again."""


class NotSentError(RetriableError):
    """The connection could not be made: nothing reached BILL."""


class UnavailableError(RetriableError):
    """No readable answer. A read may be sent again; a write may have happened (see `InDoubtError`)."""


class FinalAnswerError(UnavailableError):
    """No readable answer, and the same again if it were asked for: HTTP says that the request itself is wrong."""


class NotServedError(FinalAnswerError):
    """HTTP says that this address does nothing of the kind: nothing has happened, and nothing will."""


class TooLargeError(FinalAnswerError):
    """An answer that nobody can read; it would be as large again."""


class InDoubtError(BillError):
    """The answer to a write was lost, or proves nothing: look before sending again.

    Attributes:
        sent_at_s: When the call was sent, in seconds since the epoch, while it may still be executing; None when BILL
            has answered.
        refusal: What BILL answered for the call as a whole. That it did nothing then is not known.
        answered_id: The id of an object that BILL answered, and that may be what was sent in another form.
    """

    exit_code = ExitCode.PARTLY
    sent_at_s: float | None = None
    refusal: RefusedError | None = None
    answered_id: str | None = None

    @classmethod
    def behind(cls, refusal: RefusedError) -> InDoubtError:
        """The doubt that a refusal of a whole call leaves."""
        message = f"the call as a whole was refused, and it, or a part of it, may have happened: {refusal.message}"
        doubt = cls(message, code=refusal.code, operation=refusal.operation)
        doubt.refusal = refusal
        return doubt

    @property
    def is_over(self) -> bool:
        """True if BILL has answered: the call is not executing any more, and there is nothing to wait for."""
        return self.sent_at_s is None


class RefusedError(BillError):
    """BILL refused this request or record; the others are not concerned."""


class InvalidRecordError(RefusedError):
    """A field is missing, malformed or unknown."""


class DuplicateError(RefusedError):
    """An object with this number or name exists."""


class NotFoundError(RefusedError):
    """No object with this id."""


class UntrustedSessionError(RefusedError):
    """The operation needs an MFA-trusted session."""


class VerificationError(RefusedError):
    """2-step verification was not passed: no phone, a code that is too old, too many attempts."""


class NotPermittedError(RefusedError):
    """The user, or the organization's plan, may not do this."""


class NotOfferedError(RefusedError):
    """BILL does not know this entity or operation; without a code of BILL's we do not, and nothing was sent."""

    def __init__(self, message: str, *, code: str | None = None, operation: str | None = None) -> None:
        super().__init__(message, code=code, operation=operation)
        if code is None:
            self.exit_code = ExitCode.USAGE


SIGN_IN_CODES = frozenset({"BDC_1102", "BDC_1108", "BDC_1129"})
"""Codes of a refused sign-in that leave open which of its values is wrong: 1108 and 1129 were seen for all of them at
once (live: section 11, 5), 1102 for a key of the other environment (seen in a client); that each may mean any single
one is inferred."""

ONE_OF_FOUR = (
    "One of the four values is wrong: `developer_key`, `username`, `password`, `organization_id`; or they belong to "
    "the other environment (`use_production_url`, `api_url`)."
)

NOT_FOUND_CODES = frozenset({"BDC_1114", "BDC_1119", "BDC_1120"})
"""Codes of which one says that no object has the id that was asked for: which one is unknown (section 7, 11)."""

NOTHING_DONE = (NotOfferedError, UntrustedSessionError)
"""Refusals of a call as a whole that say for certain that BILL did no part of it: they are about the operation and
the session, and not about what was sent (inferred from their meaning). Of any other code that is not known."""


REFUSES_ALL = (NotOfferedError, NotPermittedError, UntrustedSessionError)
"""Refusals that every other call, or a part of the same one, would meet too."""


class FatalError(BillError):
    """Stop: nothing will work until a person mends it."""

    exit_code = ExitCode.CONNECTION


class HourlyLimitLastsError(FatalError):
    """The clock hour has turned, and its calls are still used up."""

    exit_code = ExitCode.LIMIT


class NotCallableError(FatalError):
    """No call that HTTP can carry: the URL, or a header, is wrong."""

    exit_code = ExitCode.USAGE


class CredentialsError(FatalError):
    """BILL does not let us in."""

    exit_code = ExitCode.CREDENTIALS


class UnexpectedReplyError(FatalError):
    """BILL answered in a shape that we do not know."""


MEANING: Mapping[str, type[BillError]] = MappingProxyType(
    {
        # Documented (DS: Error-codes-list) unless noted. A code that is not here is a plain RefusedError:
        # an unknown code is never guessed into a group.
        "BDC_1001": UnavailableError,
        "BDC_1101": CredentialsError,
        "BDC_1102": CredentialsError,
        "BDC_1103": CredentialsError,
        "BDC_1104": CredentialsError,
        "BDC_1105": CredentialsError,  # seen in a client
        "BDC_1106": CredentialsError,
        "BDC_1107": CredentialsError,
        "BDC_1109": SessionExpiredError,
        "BDC_1110": CredentialsError,
        "BDC_1111": CredentialsError,
        "BDC_1113": CredentialsError,
        "BDC_1114": NotOfferedError,
        "BDC_1115": NotOfferedError,
        "BDC_1116": NotOfferedError,
        "BDC_1117": InvalidRecordError,
        "BDC_1118": InvalidRecordError,
        "BDC_1119": InvalidRecordError,
        "BDC_1120": NotFoundError,
        "BDC_1121": NotOfferedError,
        "BDC_1123": CredentialsError,
        "BDC_1124": InvalidRecordError,
        "BDC_1128": NotOfferedError,
        "BDC_1143": InvalidRecordError,  # live: a bill number over 21 characters
        "BDC_1144": HourlyLimitError,  # documented (V2: api-rate-limits)
        "BDC_1145": NotPermittedError,  # live
        "BDC_1171": DuplicateError,  # live, like 5370: both occur (section 7, 16)
        "BDC_1322": ThrottledError,  # documented (V2: api-rate-limits)
        "BDC_1354": VerificationError,  # documented (DS: MFAChallenge)
        "BDC_1356": VerificationError,  # seen in a client
        "BDC_1358": VerificationError,  # seen in a client
        "BDC_1361": UntrustedSessionError,  # seen in a client
        "BDC_1374": VerificationError,  # seen in a client
        "BDC_5370": DuplicateError,  # live
    }
)

_NUMBER_TAKEN = "The number is taken. Look the existing document up, or allow duplicate numbers."

HINTS: Mapping[str, str] = MappingProxyType(
    {
        "BDC_1101": "Check the settings `username` and `password`.",
        "BDC_1102": ONE_OF_FOUR,
        "BDC_1103": "Ask BILL to activate the `developer_key`.",
        "BDC_1105": "Ask BILL to open the API for this organization.",
        "BDC_1110": "The login is locked: sign in through the browser first.",
        "BDC_1117": "Fill in the named field.",
        "BDC_1119": "Check the named value; if that is an id, that it belongs to this organization.",
        "BDC_1120": "Check the id, and that it belongs to this organization.",
        "BDC_1123": "Check the setting `organization_id`: 20 characters that begin with 008.",
        "BDC_1124": "Check the type of the named field.",
        "BDC_1143": "Shorten the number to 21 characters.",
        "BDC_1145": "Give the API user a role that may do this.",
        "BDC_1171": _NUMBER_TAKEN,
        "BDC_1354": "Register a phone for 2-step verification at BILL.",
        "BDC_1356": "Ask for a new code. A `device_id` of 20 characters or more may be refused with this code too.",
        "BDC_1358": "Too many wrong codes: begin again with a new challenge.",
        "BDC_1361": "Set `mfa_id` and `device_id` of a remembered MFA device.",
        "BDC_1374": "The trust of `mfa_id` has ended: sign in with a new code.",
        "BDC_5370": _NUMBER_TAKEN,
    }
)


def error_for(code: str, message: str, operation: str) -> BillError:
    """The error that BILL's code stands for, with a hint where we have one.

    Args:
        code: BILL's error code.
        message: BILL's error message.
        operation: The path that was called.
    """
    kind = MEANING.get(code, RefusedError)
    text = " ".join(part for part in (" ".join(message.split()), HINTS.get(code, "")) if part)
    return kind(text or "BILL gave no reason.", code=code, operation=operation)


def is_not_found(error: BillError) -> bool:
    """True if an answer to one id may say that no object has it."""
    return error.code in NOT_FOUND_CODES


def not_let_in(error: RefusedError, operation: str) -> CredentialsError:
    """The error for a refused sign-in: without a session nothing else works, and another attempt would not help.

    Args:
        error: BILL's refusal, with any code that does not mean credentials elsewhere.
        operation: The path that was called.
    """
    message = f"{error.message} {ONE_OF_FOUR}" if error.code in SIGN_IN_CODES else error.message
    return CredentialsError(message, code=error.code, operation=operation)
