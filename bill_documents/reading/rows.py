"""The rows of a file, cut strictly and written for DuckDB: numbered, and so that it cannot misread them.

DuckDB's own reader is fast and too kind. Measured with DuckDB 2.0.0: its strict mode accepts a surplus empty cell at
the end of a row, so that an unquoted delimiter shifts every cell unseen when the last column is blank; it skips blank
lines uncounted, so that line numbers drift; and code pages other than Latin-1 need an extension from the network.

So every block of the file is proved first: with quoted texts set aside, nothing but its delimiters and line ends is
kept, and that must be the same shape of a row over and over. A block that has it goes to DuckDB as it is, with line
numbers. In a block that has not, the rows that differ go through Python's csv module, which refuses what is no CSV.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from enum import IntEnum
from typing import IO, TYPE_CHECKING

from bill_api.cells import BEHIND_APOSTROPHE, unguarded
from bill_documents.errors import SourceError, quoted
from bill_documents.reading.source import explained

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bill_documents.reading.source import CsvFile, Header

ODD_BLANKS = "\t\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029"
"""Blanks that DuckDB's plain `trim` leaves; with those that it takes (category Zs) they are what `str.strip` takes."""

_ODD_BYTES = ODD_BLANKS.encode("ascii", "ignore")
_ODD_WIDE = "\x85\u2028\u2029"
SPACES = "\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"


class Blanks(IntEnum):
    """Blanks that may stand around the texts of cells: trimming takes time, most where it is most thorough."""

    NONE = 0
    SPACES = 1
    ODD = 2


@dataclass(slots=True)
class Staged:
    """Counts of the rows that were written for DuckDB, to be compared with those that arrived there.

    Attributes:
        rows: Their number.
        lines: The sum of their line numbers.
        cell_bytes: The bytes of all their cells.
        blanks: What may stand at the edge of a cell.
    """

    rows: int = 0
    lines: int = 0
    cell_bytes: int = 0
    blanks: Blanks = Blanks.NONE


class Stager:
    """Writes one file's rows, each with the line that it begins on as its first cell.

    A row with a cell too many or too few stops the file: nobody can say which of its cells have moved.
    """

    def __init__(self, file: CsvFile, header: Header, staged: IO[bytes]) -> None:
        self._file = file
        self._header = header
        self._width = len(header.columns)
        self._dialect = header.dialect
        self._delimiter = header.dialect.delimiter.encode()
        self._quote = header.dialect.quote.encode()
        self._out = staged
        kept = self._delimiter + self._quote + b"\n\0"
        self._dropped = bytes(each for each in range(256) if each not in kept)
        self._shape = self._delimiter * (self._width - 1) + b"\n"
        self._numbered = b"%d" + self._delimiter.replace(b"%", b"%%") + b"%b\n"
        edges = (self._delimiter, b"\n", *([self._quote] if self._quote else ()))
        self._blank_edges = tuple(pair for edge in edges for pair in (edge + b" ", b" " + edge))
        self._odd = [
            each
            for each in (_ODD_BYTES[place : place + 1] for place in range(len(_ODD_BYTES)))
            if each != self._delimiter
        ]
        starts = b"|".join(re.escape(edge) for edge in (*edges, b'"'))
        behind = re.escape(BEHIND_APOSTROPHE.encode())
        self._guard = re.compile(b"(?:^|" + starts + b")'[" + behind + b"]")
        self._line = 1
        self.staged = Staged()

    def run(self) -> Staged:
        """Write every row that is not a blank line."""
        blocks = self._file.text.blocks()
        first = next(blocks, "")
        if not first or self._file.header_of(first) != self._header:
            raise SourceError(self._file.path, "the header has changed while the tap was running", row=1)
        head = self._header.next_line - 1
        self._line = self._header.next_line
        self._block("".join(first.split("\n", head)[head:]), blocks)
        for block in blocks:
            self._block(block, blocks)
        return self.staged

    def _block(self, text: str, blocks: Iterator[str]) -> None:
        if not text:
            return
        block = text.encode()
        self._look_for_blanks(text, block)
        count = block.count(b"\n")
        # The bytes of a longer delimiter may come from other characters too.
        is_plain = len(self._delimiter) == 1 and not self._may_be_guarded(block)
        unquoted = self._set_aside(block) if is_plain else None
        if unquoted is not None and unquoted[0].translate(None, self._dropped) == self._shape * count:
            self._write(block.split(b"\n")[:-1])
            self.staged.cell_bytes += len(unquoted[0]) + unquoted[1] - count * len(self._shape)
        else:
            self._one_by_one(block.split(b"\n")[:-1], blocks)

    def _may_be_guarded(self, some: bytes) -> bool:
        return b"'" in some and self._guard.search(some) is not None

    def _look_for_blanks(self, text: str, block: bytes) -> None:
        found = self.staged.blanks
        wide = len(text) != len(block)
        if found < Blanks.ODD and (
            any(each in block for each in self._odd) or (wide and any(each in text for each in _ODD_WIDE))
        ):
            found = Blanks.ODD
        if found < Blanks.SPACES and (
            block.startswith(b" ")
            or any(each in block for each in self._blank_edges)
            or (wide and any(each in text for each in SPACES))
        ):
            found = Blanks.SPACES
        self.staged.blanks = found

    def _set_aside(self, block: bytes) -> tuple[bytes, int] | None:
        """The block without its quoted texts, and their bytes; None where a quote is not where quotes belong.

        Between quotes, everything is text; a quote within is two, with nothing between them. A line end in a text, or a
        quote that nobody closes, leaves fewer line ends outside than the block has, and so another shape.
        """
        if not self._quote or self._quote not in block:
            return block, 0
        parts = block.split(self._quote)
        outside, inside = parts[::2], b"".join(parts[1::2])
        if b"\0" in inside:
            return None
        edges = (self._delimiter, b"\n")
        doubled = 0
        for place, part in enumerate(outside):
            if not part and 0 < place < len(outside) - 1:
                doubled += 1
            elif (place and not part.startswith(edges)) or (
                part and place < len(outside) - 1 and not part.endswith(edges)
            ):
                return None
        return b"".join(outside), len(inside) + doubled

    def _write(self, rows: list[bytes]) -> None:
        numbered = self._numbered
        self._out.write(b"".join([numbered % pair for pair in enumerate(rows, self._line)]))
        count = len(rows)
        self.staged.rows += count
        self.staged.lines += (2 * self._line + count - 1) * count // 2
        self._line += count

    def _one_by_one(self, lines: list[bytes], blocks: Iterator[str]) -> None:
        place = 0
        while place < len(lines):
            line = lines[place]
            if (self._quote and self._quote in line) or self._may_be_guarded(line):
                place += self._by_csv(lines, place, blocks)
                continue
            cells = line.count(self._delimiter) + 1
            if b"\0" in line:
                raise self._zero_byte()
            if cells == self._width:
                self._write([line])
                self.staged.cell_bytes += len(line) - (cells - 1) * len(self._delimiter)
            elif line.replace(self._delimiter, b"").decode().strip():
                raise self._ragged(cells)
            else:
                self._line += 1
            place += 1

    def _by_csv(self, lines: list[bytes], place: int, blocks: Iterator[str]) -> int:
        """Write the row that begins at this place, and say how many of the block's lines it took.

        A text with line ends in it may go on in the next block; those lines are added to this one.
        """
        delimiter, quote = self._dialect.delimiter, self._dialect.quote
        first = lines[place].decode()
        blank_first = bool(quote) and any(
            cell != cell.lstrip(" ") and cell.lstrip(" ").startswith(quote) for cell in first.split(delimiter)
        )
        reader = self._dialect.reader(self._lines(lines, place, blocks), blanks=blank_first)
        try:
            cells = next(reader)
        except csv.Error as error:
            raise SourceError(self._file.path, f"not CSV: {explained(error)}", row=self._line) from error
        taken: int = reader.line_num  # type: ignore[attr-defined]  # csv.reader has it
        if any("\0" in cell for cell in cells):
            raise self._zero_byte()
        if len(cells) == self._width:
            self._write_cells([unguarded(cell) for cell in cells], taken)
        elif "".join(cells).strip():
            raise self._ragged(len(cells))
        else:
            self._line += taken
        return taken

    def _lines(self, lines: list[bytes], place: int, blocks: Iterator[str]) -> Iterator[str]:
        while True:
            while place < len(lines):
                yield lines[place].decode() + "\n"
                place += 1
            block = next(blocks, None)
            if block is None:
                return
            encoded = block.encode()
            self._look_for_blanks(block, encoded)
            lines.extend(encoded.split(b"\n")[:-1])

    def _write_cells(self, cells: list[str], taken: int) -> None:
        self._out.write(self._dialect.written([str(self._line), *cells]).encode())
        self.staged.rows += 1
        self.staged.lines += self._line
        self.staged.cell_bytes += sum(len(cell.encode()) for cell in cells)
        self._line += taken

    def _zero_byte(self) -> SourceError:
        problem = f"a zero byte: this is no text file, or it has another encoding ({self._file.text.setting}.encoding)"
        return SourceError(self._file.path, problem, row=self._line)

    def _ragged(self, cells: int) -> SourceError:
        problem = f"{cells} cells, but the header has {self._width}"
        advice = f"a text that holds {quoted(self._dialect.delimiter)} or a line break must stand in quotes"
        return SourceError(self._file.path, f"{problem}; {advice}", row=self._line)
