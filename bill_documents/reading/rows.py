"""The rows of a file, all alike and each with its number, written for DuckDB.

It is given texts that it cannot misread, and what arrives is counted: see `csv_file` for why it reads no file itself.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO

from bill_documents.remarks import Findings
from bill_values.exact_json import decode, encode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bill_documents.reading.source import Header, TabularFile

DELIMITER, QUOTE = "\x1f", "\x1e"
"""Of the rows that DuckDB reads: both stand in hardly any cell, and a row of printable ones is written as it is, three
times as fast as by the csv module."""

HEADERS = "rows repeat the header, and are left out"


@dataclass(slots=True)
class Staged:
    """Counts of the rows that were written for DuckDB, to be compared with those that arrived there.

    Attributes:
        rows: Their number.
        lines: The sum of their line numbers.
        characters: Those of all their cells.
        has_outer_blanks: Whether blanks stand around the text of any cell: to take them away takes time.
        found: What the reading has found in them.
    """

    rows: int = 0
    lines: int = 0
    characters: int = 0
    has_outer_blanks: bool = False
    found: Findings = field(default_factory=Findings)


def stage(file: TabularFile, header: Header, one_by_one: Sequence[int], needed: int, out: TextIO) -> Staged:
    """Write every row that is not blank from end to end: its line, cells one by one, and all others as one text.

    Args:
        file: It is read.
        header: What it said when the mapping was made.
        one_by_one: Places of cells, ascending.
        needed: Cells that each row must have; further ones at its end may be left out, and are blank.
        out: Where the rows go.

    Raises:
        SourceError: The file cannot be read to its end.
    """
    staged = Staged()
    # Names with other letters may be composed otherwise in the file.
    longest = max(filter(str.isascii, header.columns), key=len, default="")
    place_of_longest = header.columns.index(longest) if longest else 0
    others = sorted({*range(len(header.columns))}.difference(one_by_one))
    write = csv.writer(out, delimiter=DELIMITER, quotechar=QUOTE, lineterminator="\n").writerow
    for line, cells in file.rows(header, needed, staged.found):
        if longest in cells[place_of_longest] and header.is_repeated_by(cells):
            staged.found.note(HEADERS, line)
            continue
        kept, rest = cells, ""
        if others:
            kept, rest = [cells[place] for place in one_by_one], packed([cells[place] for place in others])
        text = "".join(kept) + rest
        if text.isprintable():
            out.write(DELIMITER.join([str(line), *kept, rest]) + "\n")
        else:
            write([line, *kept, rest])
        staged.rows += 1
        staged.lines += line
        staged.characters += len(text)
        staged.has_outer_blanks = staged.has_outer_blanks or [*map(str.strip, kept)] != kept
    return staged


def packed(cells: list[str]) -> str:
    """Cells as one text, which is blank if they all are; `unpacked` is the reverse."""
    text = "".join(cells)
    return "" if not text or text.isspace() else encode(cells)


def unpacked(text: str, count: int) -> list[str]:
    """The cells of a text that `packed` made of so many; blanks alone do not come back."""
    cells: list[str] = decode(text) if text else [""] * count
    return cells
