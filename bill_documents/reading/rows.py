"""The rows of a file, cut strictly by Python's csv module and written for DuckDB, each with the line it begins on.

DuckDB's own reader is fast and too kind. Measured with DuckDB 2.0.0: its strict mode accepts a surplus empty cell at
the end of a row, so that an unquoted delimiter shifts every cell unseen when the last column is blank; it skips blank
lines uncounted, so that line numbers drift; and code pages other than Latin-1 need an extension from the network. So it
is given rows that are all alike.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, TextIO

from bill_documents.errors import SourceError, quoted
from bill_documents.reading.source import explained
from bill_documents.remarks import Remark
from bill_values.exact_json import decode, encode
from bill_values.spreadsheet_cells import APOSTROPHE, FORMULA, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bill_documents.reading.source import CsvFile, Header

DELIMITER, QUOTE = ",", '"'
"""Of the rows that DuckDB reads."""


@dataclass(slots=True)
class Staged:
    """Counts of the rows that were written for DuckDB, to be compared with those that arrived there.

    Attributes:
        rows: Their number.
        lines: The sum of their line numbers.
        characters: Those of all their cells.
        has_outer_blanks: Whether blanks stand around the text of any cell: to take them away takes time.
        short: Lines of rows that end before the last columns.
        headers: Lines of rows that repeat the header, and are none.
    """

    rows: int = 0
    lines: int = 0
    characters: int = 0
    has_outer_blanks: bool = False
    short: Remark = field(default_factory=Remark)
    headers: Remark = field(default_factory=Remark)


def stage(file: CsvFile, header: Header, one_by_one: Sequence[int], needed: int, out: TextIO) -> Staged:
    """Write every row that is not blank from end to end: its line, cells one by one, and all others as one text.

    Args:
        file: It is read.
        header: What it said when the mapping was made.
        one_by_one: Places of cells, ascending.
        needed: Cells that each row must have; further ones at its end may be left out, and are blank. Excel leaves them
            out where they are blank in many rows.
        out: Where the rows go.

    Raises:
        SourceError: The file is no CSV, or a row has more cells than the header, or fewer than are needed: nobody can
            say which of its cells have moved.
    """
    staged = Staged()
    width = len(header.columns)
    longest = max(header.columns, key=len)
    place_of_longest = header.columns.index(longest)
    others = sorted({*range(width)}.difference(one_by_one))
    write = csv.writer(out, delimiter=DELIMITER, quotechar=QUOTE, lineterminator="\n").writerow
    for line, cells in rows(file, header):
        if len(cells) != width:
            if not needed <= len(cells) < width:
                raise _ragged(file, header, line, len(cells), needed)
            cells.extend([""] * (width - len(cells)))
            staged.short.note(line)
        if longest in cells[place_of_longest] and header.is_repeated_by(cells):
            staged.headers.note(line)
            continue
        kept, rest = cells, ""
        if others:
            kept, rest = [cells[place] for place in one_by_one], packed([cells[place] for place in others])
        write([line, *kept, rest])
        staged.rows += 1
        staged.lines += line
        staged.characters += sum(map(len, kept)) + len(rest)
        staged.has_outer_blanks = staged.has_outer_blanks or [*map(str.strip, kept)] != kept
    return staged


def packed(cells: list[str]) -> str:
    """Cells as one text, which is blank if they all are; `unpacked` is the reverse."""
    return "" if _is_blank("".join(cells)) else encode(cells)


def unpacked(text: str, count: int) -> list[str]:
    """The cells of a text that `packed` made of so many; blanks alone do not come back."""
    cells: list[str] = decode(text) if text else [""] * count
    return cells


def rows(file: CsvFile, header: Header) -> Iterator[tuple[int, list[str]]]:
    """The rows below the header that are not blank, each with the line that it begins on, from 1.

    Raises:
        SourceError: The file is no CSV.
    """
    for line, cells in _Cutter(file, header):
        text = "".join(cells)
        if "\0" in text:
            raise _zero_byte(file, line)
        if _is_blank(text):
            continue
        yield line, [text_of(cell) for cell in cells] if APOSTROPHE in text or FORMULA in text else cells


def _is_blank(text: str) -> bool:
    return not text or text.isspace()


class _Cutter:
    """Rows as the csv module cuts them.

    Blanks before a quote are no part of a text: a row that has them is cut once more without them.
    """

    def __init__(self, file: CsvFile, header: Header) -> None:
        self._file = file
        self._dialect = header.dialect
        self._lines = self._below(header)
        self._line = header.next_line
        self._row: list[str] = []

    def _below(self, header: Header) -> Iterator[str]:
        """The lines below the header."""
        blocks = self._file.text.blocks()
        first = next(blocks, "")
        if not first or self._file.header_of(first) != header:
            raise SourceError(self._file.path, "the header has changed while the tap was running", row=1)
        lines = chain.from_iterable(map(io.StringIO, chain([first], blocks)))
        for _ in range(header.next_line - 1):
            next(lines)
        return lines

    def _recorded(self) -> Iterator[str]:
        for line in self._lines:
            self._row.append(line)
            yield line

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        reader = self._dialect.reader(self._recorded())
        try:
            for cells in reader:
                if self._has_blanks_before_quotes(cells):
                    cells = next(self._dialect.reader(chain(self._row.copy(), self._recorded()), blanks=True))  # noqa: PLW2901
                yield self._line, cells
                self._line += len(self._row)
                self._row.clear()
        except csv.Error as error:
            raise SourceError(self._file.path, f"not CSV: {explained(error)}", row=self._line) from error

    def _has_blanks_before_quotes(self, cells: list[str]) -> bool:
        quote = self._dialect.quote
        return (
            bool(quote)
            and quote in "".join(cells)
            and any(cell.startswith(" ") and cell.lstrip(" ").startswith(quote) for cell in cells)
        )


def _zero_byte(file: CsvFile, line: int) -> SourceError:
    problem = f"a zero byte: this is no text file, or it has another encoding ({file.text.setting}.encoding)"
    return SourceError(file.path, problem, row=line)


def _ragged(file: CsvFile, header: Header, line: int, cells: int, needed: int) -> SourceError:
    problem = f"{cells} cells, but the header has {len(header.columns)}"
    advice = f"a text that holds {quoted(header.dialect.delimiter)} or a line break must stand in quotes"
    if cells < needed:
        advice += f"; only what comes behind {quoted(header.names[needed - 1])} may be left out at the end of a row"
    return SourceError(file.path, f"{problem}; {advice}", row=line)
