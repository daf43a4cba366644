"""What became of a record."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from target_bill.document import Document


class Verdict(StrEnum):
    """How a record was settled."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DELETED = "deleted"
    REJECTED = "rejected"
    LEFT_OUT = "left out"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A settled record.

    Attributes:
        bill_id: The object that it is; None where the ledger has nothing to learn.
        note: What is worth counting in the account.
    """

    document: Document
    verdict: Verdict
    bill_id: str | None = None
    problem: Problem | None = None
    note: str = ""


def rejected(document: Document, problem: Problem) -> Outcome:
    """The outcome of a record that is not written."""
    return Outcome(document=document, verdict=Verdict.REJECTED, problem=problem)
