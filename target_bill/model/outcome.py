"""The outcome of a record."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bill_api.table.problem import Problem
    from target_bill.model.change import Change
    from target_bill.model.document import Document


class Verdict(StrEnum):
    """A way to settle a record."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    LINKED = "linked"  # another record's object: it resolves references and is never written by this one
    REPEATED = "repeated"  # another record with the same key says the same
    SUPERSEDED = "superseded"  # another record with the same key is proven to be later
    DELETED = "deleted"
    SKIPPED = "skipped"  # left alone as the settings say; asked again in the next run
    REJECTED = "rejected"
    LEFT_OUT = "left out"


ALWAYS_SHOWN = frozenset({Verdict.CREATED, Verdict.UNCHANGED, Verdict.REJECTED})
"""Verdicts that tables for people have a column of, also where no record has them."""


class Hold(StrEnum):
    """A hold of a record on an object of BILL; all but `LINKED` own it, and an object has one owner."""

    WROTE = "wrote"
    ADOPTED = "adopted"  # BILL had it already
    MADE = "made"  # because another record named it; its first own record may adopt it
    LINKED = "linked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A settled record.

    Attributes:
        bill_id: The object that it is; None where the ledger has nothing to learn.
        hold: How it holds that object; None for as before, or as what it wrote.
        instead_of: The record that held the object before, as the ledger knows it.
        problems: Why it is not written; at least one for a rejected record, the first to mend in front.
        note: What is worth counting in the account.
        changes: What an update has changed.
        before: What BILL held before a write, as it is kept for undo; None for a new object.
        stored: What BILL holds then, as it is kept for undo; None where it did not say so.
    """

    document: Document
    verdict: Verdict
    bill_id: str | None = None
    hold: Hold | None = None
    instead_of: str | None = None
    problems: Sequence[Problem] = ()
    note: str = ""
    changes: Sequence[Change] = ()
    before: Mapping[str, Any] | None = field(default=None, repr=False)
    stored: Mapping[str, Any] | None = field(default=None, repr=False)


def rejected(document: Document, *problems: Problem) -> Outcome:
    """The outcome of a record that is not written, with all that is known to be wrong with it."""
    return Outcome(document=document, verdict=Verdict.REJECTED, problems=problems)
