"""Files of rejects: what the command that writes them and the one that reads them again agree on."""

from __future__ import annotations

import re
from dataclasses import dataclass

STREAM = "reject_stream"
"""The column for the stream in which a record came, where it is named otherwise than BILL's: a part of its key."""

KEY = "reject_key"
"""The column for the key properties of a record that came as one, and not as rows of a file; as a list in JSON."""

RECORD, ROW = "reject_record", "reject_row"
"""The columns by which the rows of a record are brought together, wherever they stand: `bills 3 of 20261130T…Z-4711` is
the third record that this run has rejected, `2 of 3` its second row, `line 2 of 3` the second line of one that
came as a record, with its head."""

WHY = ("reject_field", "reject_reason", "reject_code", "reject_hint", STREAM, KEY, RECORD, ROW)
"""The columns before those of the original file. A file that begins with them is one of rejects."""

_NO_VALUE = "(no value: {})"

_RECORD = re.compile(r"(?P<stream>\w+) [0-9]+ of .+")
_ROW = re.compile(r"(?P<line>line )?(?P<place>[0-9]{1,9}) of (?P<count>[0-9]{1,9})")


def no_value(error: str) -> str:
    """The text in place of a value that could not be read, such as a workbook's error: as it stands it would pass."""
    return _NO_VALUE.format(error)


def is_no_value(text: str) -> bool:
    """True for such a text."""
    begins, _, ends = _NO_VALUE.partition("{}")
    return text.startswith(begins) and text.endswith(ends)


def record_said(stream: str, number: int, run: str) -> str:
    """The text for a record: of BILL's stream, by its number among all rejects of a run."""
    return f"{stream} {number} of {run}"


def row_said(place: int, count: int, *, is_line: bool) -> str:
    """The text for a row of a record, from 1."""
    return f"{'line ' if is_line else ''}{place} of {count}"


def stream_said(record: str) -> str | None:
    """The stream of BILL's that a record is of; None for one that a person has named."""
    found = _RECORD.fullmatch(record)
    return found["stream"] if found else None


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a row in its record.

    Attributes:
        number: From 1.
        count: The rows that the record has.
        is_line: Whether the record came as one: the row is a line of it, with its head.
    """

    number: int
    count: int
    is_line: bool

    @classmethod
    def of(cls, said: str) -> Place | None:
        """The place that a text says; None for another text."""
        found = _ROW.fullmatch(said)
        return cls(int(found["place"]), int(found["count"]), found["line"] is not None) if found else None
