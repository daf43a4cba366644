"""A reason for which a record cannot be written."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a record cannot be written.

    Attributes:
        field: The field to mend, with its line: `billLineItems[2].amount`.
        reason: What is wrong, and with which value.
        code: BILL's code, where BILL said it.
        hint: What to do.
    """

    field: str | None
    reason: str
    code: str | None = None
    hint: str = ""
