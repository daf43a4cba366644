"""Remarks on a file: what can be read, and is worth a look all the same; and cells that cannot be."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field


@dataclass(slots=True)
class Remark:
    """Rows of which something is said.

    Attributes:
        count: Their number.
        first: The line of the first one; 0 while there is none.
    """

    count: int = 0
    first: int = 0

    def note(self, line: int) -> None:
        """Count one more row."""
        self.count += 1
        self.first = self.first or line


@dataclass(frozen=True, slots=True)
class Refusal:
    """The reason for which a cell has no value that could be taken.

    Attributes:
        text: For people, with the cell's address where it has one.
        kind: The same without it.
        mark: The text that stands for the cell where its row is written down; None where its own does.
    """

    text: str
    kind: str
    mark: str | None = None


@dataclass(frozen=True, slots=True)
class RowOfRecord:
    """A row of a file of rejects.

    Attributes:
        record: The text for its record; blank where it says none.
        said: The text for its place in it; blank in a row that a person has added.
        keys: The text for the key properties of a record that came as one.
        is_left_out: Whether nothing stands in its own columns: a person leaves it out on purpose.
    """

    record: str
    said: str
    keys: str
    is_left_out: bool


@dataclass(slots=True)
class Findings:
    """Findings in the rows of a file while it is read.

    Attributes:
        remarks: Rows by what is said of them.
        refused: By the place of a column and the row: why a cell has no value that could be taken.
        claims: By row: the text by which a line says that it is a total. It is a line where its document has
            no other.
        streams: By row: the stream in which it came first, where its file says so.
        records: By row: the record of a file of rejects that it is of, and its place in it; also of rows that are left
            out.
        unfit: By row: the reason for which its document must not be written, whatever its cells say.
    """

    remarks: dict[str, Remark] = field(default_factory=lambda: defaultdict(Remark))
    refused: dict[int, dict[int, Refusal]] = field(default_factory=lambda: defaultdict(dict))
    claims: dict[int, str] = field(default_factory=dict)
    streams: dict[int, str] = field(default_factory=dict)
    records: dict[int, RowOfRecord] = field(default_factory=dict)
    unfit: dict[int, Refusal] = field(default_factory=dict)

    def note(self, text: str, line: int) -> None:
        """Say this of one more row."""
        self.remarks[text].note(line)
