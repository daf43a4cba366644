"""A reason for which a record cannot be written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bill_api.table.kinds import RefusedValueError

CORRECT = "Correct the value in the source."

_LINE = re.compile(r"\[[0-9]+\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a record cannot be written.

    Attributes:
        field: The field to mend, with its line: `billLineItems[2].amount`.
        reason: What is wrong, and with which value.
        code: BILL's code, where BILL said it.
        hint: What to do.
        kind: The reason without what is of this record alone, by which problems are counted; empty where the reason
            says nothing of that sort.
    """

    field: str | None
    reason: str
    code: str | None = None
    hint: str = ""
    kind: str = ""

    @property
    def group(self) -> tuple[str, str]:
        """Equal for problems that are told together: the field, whichever line, and the kind."""
        return _LINE.sub("", self.field or ""), self.kind or self.reason


def refused(place: str, error: RefusedValueError) -> Problem:
    """The problem of a value that does not fit its field."""
    return Problem(field=place, reason=str(error), hint=CORRECT, kind=error.kind)
