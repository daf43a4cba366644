"""The rows of a file of rejects, brought together by the record that each says it is of, wherever it stands.

By the key that its cells have now a record would fall apart where only one of its rows was corrected, and by the row
above it where somebody has sorted the file: a part of it would be written as if it were all. A record of which a row is
missing, or stands twice, is refused as a whole.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from bill_documents.remarks import Refusal
from bill_values.exact_json import decode
from bill_values.provenance import SOURCE_KEYS, keys_of
from bill_values.rejects import KEY, RECORD, ROW, WHY, Place, stream_said

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bill_documents.remarks import Findings, RowOfRecord

NO_RECORD = (
    f"`{RECORD}` is blank: write that of the record which the row is a line of, or, for a new one, any text that no "
    "other record has"
)
ROWS_NAMED_MAX = 10


@dataclass(slots=True)
class RecordsOfRejects:
    """The records of a file of rejects.

    Attributes:
        lines: The lines that its rows begin on.
        firsts: For each of them, the line of the first row that the file has of its record.
        places: For each of them, its place in the record; None for a row that was added.
        are_of: For each of them, whether its record is of the stream of the documents, and one of them.
    """

    lines: list[int] = field(default_factory=list)
    firsts: list[int] = field(default_factory=list)
    places: list[int | None] = field(default_factory=list)
    are_of: list[bool] = field(default_factory=list)

    @property
    def by_line(self) -> Mapping[int, int]:
        """For each line, the first one of its record."""
        return dict(zip(self.lines, self.firsts, strict=True))


def records_of(found: Findings, stream: str) -> RecordsOfRejects:
    """Bring the rows together; those of a record that is not as it was are refused in what was found.

    Args:
        found: What the reading has found.
        stream: That of the documents. Rows of records of another one - bills, where it is that of their vendors - make
            documents of their own, and none of them is refused for a record.
    """
    records: dict[str, list[int]] = defaultdict(list)
    for line, row in found.records.items():
        # A row that says no record is alone.
        records[row.record or f"\n{line}"].append(line)
    together = RecordsOfRejects()
    for lines in records.values():
        rows = [found.records[line] for line in lines]
        places = [Place.of(row.said) for row in rows]
        together.lines += lines
        together.firsts += [min(lines)] * len(lines)
        together.places += [place.number if place else None for place in places]
        is_of = stream_said(rows[0].record) in (None, stream)
        together.are_of += [is_of] * len(lines)
        if is_of and (refusal := _refusal(lines, rows, places)):
            found.unfit.update(dict.fromkeys(lines, refusal))
    return together


def _refusal(lines: Sequence[int], rows: Sequence[RowOfRecord], places: Sequence[Place | None]) -> Refusal | None:
    """The reason for which a record is refused."""
    if not rows[0].record:
        return Refusal(NO_RECORD, NO_RECORD)
    for reason in (
        *_unread(lines, rows, places),
        *_repeated(lines, places),
        *_missing(rows, places),
        *_keyless(rows, places),
    ):
        return reason
    return None


def _unread(lines: Sequence[int], rows: Sequence[RowOfRecord], places: Sequence[Place | None]) -> Iterator[Refusal]:
    for line, row, place in zip(lines, rows, places, strict=True):
        if row.said and place is None:
            kind = f"`{ROW}` does not say which of its record's rows this is: put it back, or clear it in a row more"
            yield Refusal(f"{row.said!r} of row {line} in {kind}", kind)


def _repeated(lines: Sequence[int], places: Sequence[Place | None]) -> Iterator[Refusal]:
    """Rows that are one row of their record: that of a copy, or of a file joined with itself."""
    seen: dict[int, int] = {}
    for line, place in zip(lines, places, strict=True):
        if place and seen.setdefault(place.number, line) != line:
            kind = f"are the same row of their record: delete one of them, or, if it is a line more, clear its `{ROW}`"
            yield Refusal(f"rows {seen[place.number]} and {line} {kind}", f"two rows {kind}")


def _missing(rows: Sequence[RowOfRecord], places: Sequence[Place | None]) -> Iterator[Refusal]:
    known = [place for place in places if place]
    if not known and stream_said(rows[0].record) is None:
        return  # a record that a person has added
    count = max((place.count for place in known), default=0)
    missing = sorted({*range(1, count + 1)}.difference(place.number for place in known))
    if missing or not known:
        named = ", ".join(f"{number} of {count}" for number in missing[:ROWS_NAMED_MAX])
        more = ", ..." if len(missing) > ROWS_NAMED_MAX else ""
        kind = (
            "rows of its record are missing; put them back, or, to leave a line out, keep its row and clear all cells "
            f"behind `{WHY[-1]}`"
        )
        yield Refusal(f"{kind} (not here by `{ROW}`: {named or 'all'}{more})", kind)


def _keyless(rows: Sequence[RowOfRecord], places: Sequence[Place | None]) -> Iterator[Refusal]:
    """Lines of a record of which it is not known what its key is."""
    said = {row.keys for row, place in zip(rows, places, strict=True) if place and place.is_line}
    if said and (len(said) > 1 or key_names(*said) is None):
        kind = f"`{KEY}` does not say by which fields the record is known, or not the same in all its rows: put it back"
        yield Refusal(kind, kind)


def key_names(said: str) -> list[str] | None:
    """The key properties that a text names; None for another text."""
    with suppress(msgspec.DecodeError):
        return keys_of({SOURCE_KEYS: decode(said)})
    return None
