"""Several records with one key: which of them is written, and what becomes of the others."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum, auto
from typing import TYPE_CHECKING, Any

from bill_api.table.problem import Problem
from bill_values.instants import parse_instant
from target_bill.model.document import line_texts
from target_bill.model.outcome import Outcome, Verdict, rejected

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from target_bill.model.document import Document

REPEATED = "another record of this input with the same key says the same"
SUPERSEDED = "superseded by a later version of the same record"

NUMBER, INSTANT = "number", "instant"
"""The kinds of bookmarks that prove an order; the kind stands before the value."""


def bookmark_of(value: Any) -> str | None:
    """A bookmark's value with its kind; None where it is neither an instant nor a number."""
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return f"{NUMBER} {value}"
    instant = parse_instant(value) if isinstance(value, str) else None
    return f"{INSTANT} {instant.isoformat(timespec='microseconds')}" if instant else None


SEQUENCES = ("_sdc_lsn", "_sdc_sequence")
"""Properties by which others tell the order of versions where the stream has no bookmark in its records: the place in
a database's log (seen in tap-postgres), and the time of loading into a warehouse (seen in the SDK's targets)."""


def order_of(record: Mapping[str, Any], bookmark: str | None) -> str | None:
    """The value that orders a record among its versions, as `bookmark_of` tells it; None where nothing does.

    Args:
        record: As it came.
        bookmark: The property by which its tap tells later versions; None without one.
    """
    name = next((each for each in (bookmark, *SEQUENCES) if each in record), None)
    return bookmark_of(record[name]) if name else None


class Standing(StrEnum):
    """The standing of one of several records with one key."""

    CURRENT = auto()  # it is written
    REPEATED = auto()  # another one says the same
    SUPERSEDED = auto()  # another one is proven to be later
    AMBIGUOUS = auto()  # which one is right cannot be known: none is written


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One of several records with one key.

    Attributes:
        content_hash: Equal for those that say the same.
        bookmark: Of its stream, as text that orders; None without one.
        copied_at: When an organization that is copied changed it; None for what is no copy.
        is_deleted: Deleted in its source.
        lines: What each of its lines says.
    """

    content_hash: str
    bookmark: str | None = None
    copied_at: datetime | None = None
    is_deleted: bool = False
    lines: Sequence[str] = ()

    @classmethod
    def of(cls, document: Document) -> Version:
        """The version of a document."""
        touched = parse_instant(str(document.record.get("updatedTime"))) if document.is_copy else None
        return cls(
            content_hash=document.content_hash,
            bookmark=document.bookmark,
            copied_at=touched,
            is_deleted=document.is_deleted,
            lines=line_texts(document),
        )


def standings(versions: Sequence[Version]) -> list[Standing]:
    """The standing of each record with one key, in order of arrival.

    Equal content is one record. The records of a copy supersede each other by the time of their last change, the later
    arrival where that is equal. Another record supersedes only with a strictly greater bookmark, and only when it has
    every line of the older ones: rows of one document that were not brought together must not pass for its versions.
    """
    current = _current(versions)
    if current is None:
        return [Standing.AMBIGUOUS] * len(versions)
    of_each = [
        Standing.REPEATED if each.content_hash == versions[current].content_hash else Standing.SUPERSEDED
        for each in versions
    ]
    of_each[current] = Standing.CURRENT
    return of_each


def set_aside(document: Document, standing: Standing, all_of_key: Sequence[Document]) -> Outcome:
    """The outcome of one of several records with one key that is not written.

    Args:
        document: The record.
        standing: How it stands to the others.
        all_of_key: The records of the input with this key.
    """
    if standing is Standing.REPEATED:
        return Outcome(document=document, verdict=Verdict.REPEATED, note=REPEATED)
    if standing is Standing.SUPERSEDED:
        return Outcome(document=document, verdict=Verdict.SUPERSEDED, note=SUPERSEDED)
    if document.problems:
        return rejected(document, *document.problems)
    return rejected(document, _ambiguous(all_of_key))


def _ambiguous(all_of_key: Sequence[Document]) -> Problem:
    """The reason for which none of several records with one key is written, for those that by themselves could be."""
    count = len(all_of_key)
    if wrong := next((each.problems[0] for each in all_of_key if each.problems), None):
        return Problem(
            field=None,
            kind="another record has the same key and cannot be written, and neither is proven to be the later version",
            reason=f"{count} records of this input have this key, none is proven to be the later version, and another "
            f"one cannot be written: {wrong.reason}",
            hint="Correct the other one, or load this one without it.",
        )
    return Problem(
        field=None,
        reason=f"{count} records of this input have this key and do not say the same, and none is proven to be the "
        "later version: that takes a greater bookmark, and every line of the others as it is",
        hint="Bring the rows of one document together into one record, give each record a key of its own, or load only "
        "the latest version.",
        kind="several records have one key and do not say the same, and none is proven to be the later version",
    )


def _current(versions: Sequence[Version]) -> int | None:
    """The place of the one that is written."""
    if len({each.content_hash for each in versions}) == 1:
        return 0
    times = [each.copied_at for each in versions]
    if all(times):
        return max(range(len(versions)), key=lambda place: (times[place], place))
    newest = _newest(versions)
    if newest is None:
        return None
    latest = versions[newest]
    is_whole = latest.is_deleted or all(not Counter(each.lines) - Counter(latest.lines) for each in versions)
    return newest if is_whole else None


def _newest(versions: Sequence[Version]) -> int | None:
    """The place of the one whose bookmark is strictly greater than that of every other content."""
    marks = [_order(each.bookmark) for each in versions]
    if None in marks or len({type(each) for each in marks}) > 1:
        return None
    greatest = max(range(len(versions)), key=lambda place: marks[place])
    is_proven = all(
        mark < marks[greatest]
        for mark, each in zip(marks, versions, strict=True)
        if each.content_hash != versions[greatest].content_hash
    )
    return greatest if is_proven else None


def _order(bookmark: str | None) -> Any:
    kind, _, value = (bookmark or "").partition(" ")
    return Decimal(value) if kind == NUMBER else value or None
