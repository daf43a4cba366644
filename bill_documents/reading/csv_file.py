"""CSV files: how they are written, what their header says, and their rows, cut strictly by Python's csv module.

DuckDB's own reader is fast and too kind. Measured with DuckDB 2.0.0: its strict mode accepts a surplus empty cell at
the end of a row, so that an unquoted delimiter shifts every cell unseen when the last column is blank; it skips blank
lines uncounted, so that line numbers drift; and code pages other than Latin-1 need an extension from the network.
"""

from __future__ import annotations

import csv
import io
import re
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING

from bill_documents.errors import SourceError, quoted
from bill_documents.reading.source import Dialect, Header, column_name, once_each
from bill_program.settings import WrongSetting
from bill_values.spreadsheet_cells import APOSTROPHE, FORMULA, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bill_documents.reading.found_file import Unpacked
    from bill_documents.reading.text import TextFile
    from bill_documents.reading.typed_cells import CellForm
    from bill_documents.remarks import Findings

DELIMITERS = (",", ";", "\t", "|")
"""What is looked for where no delimiter is given, the likelier ones first."""

DELIMITERS_REFUSED = "\"'\r\n "
QUOTES = ('"', "'", "")
SAMPLE_RECORDS = 50
SHORT = "rows end before the last columns, which are taken for blank in them"
_SAYS_DELIMITER = re.compile(r'"?sep=([^"\'\s]|\t)"?', re.IGNORECASE)
"""A line above the header by which Excel knows the delimiter (its own convention)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvFile:
    """One file and what was said about it.

    Attributes:
        text: The file as text.
        delimiter: None to find out.
        quote: None to find out.
        skip: Lines above the header that are none of its business.
    """

    text: TextFile
    delimiter: str | None = None
    quote: str | None = None
    skip: int = 0

    @property
    def path(self) -> str:
        """As configured, or as the pattern found it."""
        return self.text.path

    @property
    def unpacked(self) -> Unpacked | None:
        """Its place on disk, if it is a member of an archive."""
        return self.text.unpacked

    @property
    def name(self) -> str:
        """Its path."""
        return self.path

    @property
    def has_totals(self) -> bool:
        """True: there may be some."""
        return True

    @property
    def has_order(self) -> bool:
        """True: rows may leave out what stands above them."""
        return True

    @property
    def typed(self) -> None:
        """None: its cells are texts."""

    def remarks(self) -> list[str]:
        """The encoding, where nobody has said it."""
        remark = self.text.remark()
        return [remark] if remark else []

    def header(self) -> Header:
        """The first row that is not blank, below the lines that are skipped."""
        for block in self.text.blocks():
            return self.header_of(block)
        raise SourceError(self.path, "the file is empty: it has not even a header")

    def header_of(self, block: str) -> Header:
        """The header in the first block of the file."""
        lines = io.StringIO(block).readlines()  # `splitlines` would split at form feeds and their like too
        first = _first_filled(lines, self.skip)
        said = _SAYS_DELIMITER.fullmatch(lines[first].strip("\ufeff\r\n ")) if first >= 0 else None
        if said:
            first = _first_filled(lines, first + 1)
        if first < 0:
            raise SourceError(self.path, "there is no header: all lines are blank", row=min(self.skip, len(lines)) + 1)
        dialect = self._dialect(lines[first:], said[1] if said else None)
        reader = dialect.reader(iter(lines[first:]), blanks=True)
        try:
            cells = next(reader)
        except csv.Error as error:
            raise SourceError(self.path, f"the header is not CSV: {explained(error)}", row=first + 1) from error
        if "\0" in "".join(cells):
            problem = f"a zero byte: this is no text file, or it has another encoding ({self.text.setting}.encoding)"
            raise SourceError(self.path, problem, row=first + 1)
        columns = tuple(map(column_name, cells))
        return Header(
            columns=columns,
            names=once_each(columns),
            dialect=dialect,
            next_line=first + 1 + reader.line_num,  # type: ignore[attr-defined]  # csv.reader has it
        )

    def _dialect(self, lines: list[str], said: str | None) -> Dialect:
        found = [
            (_agreement(dialect, lines), -place, dialect)
            for place, dialect in enumerate(self._candidates(lines[0].strip(), self.delimiter or said))
        ]
        return max(found, key=lambda each: each[:2])[2]

    def _candidates(self, line: str, delimiter: str | None) -> Iterator[Dialect]:
        quote = self.quote
        if quote is None:
            # A single quote is an apostrophe, unless the whole header stands in them.
            quote = "'" if line[:1] == line[-1:] == "'" and len(line) > 1 else '"'
        for each in DELIMITERS if delimiter is None else (delimiter,):
            yield Dialect(delimiter=each, quote=quote)

    def as_written(self, forms: Mapping[int, CellForm]) -> CsvFile:  # noqa: ARG002
        """The file itself: its cells are texts."""
        return self

    def sample(self, header: Header, count: int) -> list[list[str]]:
        """The first rows below the header, of its first block."""
        lines = io.StringIO(next(self.text.blocks(), "")).readlines()[header.next_line - 1 :]
        found: list[list[str]] = []
        with suppress(csv.Error):
            found.extend(islice(header.dialect.reader(iter(lines), blanks=True), count))
        return [cells for cells in found if "".join(cells).strip()]

    def rows(self, header: Header, needed: int, found: Findings) -> Iterator[tuple[int, list[str]]]:
        """The rows below the header that are not blank, each with the line that it begins on, from 1.

        Args:
            header: What it said when the mapping was made.
            needed: Cells that each row must have; further ones at its end may be left out, and are blank. Excel leaves
                them out where they are blank in many rows.
            found: Gets the lines of rows that end before the last columns.

        Raises:
            SourceError: The file is no CSV, or a row has more cells than the header, or fewer than are needed: nobody
                can say which of its cells have moved.
        """
        width = len(header.columns)
        for line, cells in _Cutter(self, header):
            text = "".join(cells)
            if "\0" in text:
                raise _zero_byte(self, line)
            if not text or text.isspace():
                continue
            if len(cells) != width:
                if not needed <= len(cells) < width:
                    raise _ragged(self, header, line, cells, needed)
                cells.extend([""] * (width - len(cells)))
                found.note(SHORT, line)
            yield line, [text_of(cell) for cell in cells] if APOSTROPHE in text or FORMULA in text else cells


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


def _ragged(file: CsvFile, header: Header, line: int, cells: Sequence[str], needed: int) -> SourceError:
    width = len(header.columns)
    problem = f"{len(cells)} cells, but the header has {width}"
    if len(cells) < needed:
        advice = (
            "some are missing, or a text that holds a line break does not stand in quotes; only what comes behind "
            f"{quoted(header.names[needed - 1])} may be left out at the end of a row"
        )
    else:
        advice = f"a text that holds {quoted(header.dialect.delimiter)} must stand in quotes"
        if not "".join(cells[width:]).strip():
            advice = f"those behind the last column are blank: take them away, unless {advice}"
    return SourceError(file.path, f"{problem}; {advice}", row=line)


def _first_filled(lines: Sequence[str], start: int) -> int:
    """The place of the first line from there that has more than delimiters; -1 where there is none."""
    return next((place for place, line in enumerate(lines[start:], start) if line.strip(" ,;|\t\r\n")), -1)


def delimiter_named(text: str) -> str:
    """A delimiter that no quoted text can be confused with."""
    text = "\t" if text == "\\t" else text  # as YAML has it between single quotes
    if len(text) != 1 or text in DELIMITERS_REFUSED:
        usual = 'such as "," or ";" or a tab ("\\t")'
        raise WrongSetting(f"is {quoted(text)}, which cannot part columns; give one character, {usual}")
    return text


def quote_named(text: str) -> str:
    """A quote character, or none."""
    if text not in QUOTES:
        raise WrongSetting(f"is {quoted(text)}, which is no quote; there is \", ' and an empty text for none")
    return text


def explained(error: csv.Error) -> str:
    """The complaint of Python's reader, for people."""
    text = str(error)
    if "unexpected end of data" in text or "field limit" in text:
        return f"a quote is opened here and not closed within {csv.field_size_limit():,} characters"
    return f"a quote inside a quoted text must be doubled ({text})"


def _agreement(dialect: Dialect, lines: list[str]) -> tuple[bool, int, int]:
    """The fit of a dialect: whether it parts anything, how many rows are as wide as the header, how wide that is."""
    widths: list[int] = []
    with suppress(csv.Error):  # whoever reads the rows says where
        widths.extend(len(cells) for cells in islice(dialect.reader(iter(lines), blanks=True), SAMPLE_RECORDS) if cells)
    header = widths[0] if widths else 0
    return header > 1, widths.count(header), header
