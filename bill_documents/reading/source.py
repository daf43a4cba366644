"""CSV files before their rows are read: how they are written, and what their header says."""

from __future__ import annotations

import csv
import io
import re
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from bill_documents.errors import SourceError, quoted
from bill_program.settings import WrongSetting
from bill_values.spreadsheet_cells import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bill_documents.reading.text import TextFile

DELIMITERS = (",", ";", "\t", "|")
"""What is looked for where no delimiter is given, the likelier ones first."""

DELIMITERS_REFUSED = "\"'\r\n "
QUOTES = ('"', "'", "")
SAMPLE_RECORDS = 50
_SAYS_DELIMITER = re.compile(r'"?sep=([^"\'\s]|\t)"?', re.IGNORECASE)
"""A line above the header by which Excel knows the delimiter (its own convention)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """The dialect of rows.

    Attributes:
        delimiter: One character.
        quote: One character; empty where quotes mean nothing.
    """

    delimiter: str
    quote: str

    def reader(self, lines: Iterator[str] | Sequence[str], *, blanks: bool = False) -> Iterator[list[str]]:
        """Python's own reader, strict; with `blanks`, those before a quote do not count."""
        if not self.quote:
            return csv.reader(lines, delimiter=self.delimiter, quoting=csv.QUOTE_NONE, strict=True)
        return csv.reader(lines, delimiter=self.delimiter, quotechar=self.quote, strict=True, skipinitialspace=blanks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The columns of a file.

    Attributes:
        columns: Their names as they stand in the file, without outer blanks; a name may be blank or stand twice.
        names: The same, made so that each stands once, whatever its case.
        dialect: How the rows are written.
        next_line: The line below the header, from 1.
    """

    columns: tuple[str, ...]
    names: tuple[str, ...]
    dialect: Dialect
    next_line: int

    def is_repeated_by(self, cells: Sequence[str]) -> bool:
        """True for a row that is this header once more, as files that were joined have it."""
        return tuple(map(_column, cells)) == self.columns


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
        columns = tuple(map(_column, cells))
        return Header(
            columns=columns,
            names=_once_each(columns),
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


def _column(cell: str) -> str:
    """A column as the header names it; files that were joined have byte order marks in their midst."""
    return text_of(cell.strip().strip("\ufeff").strip())


def _once_each(columns: tuple[str, ...]) -> tuple[str, ...]:
    names: list[str] = []
    taken: set[str] = set()
    for place, column in enumerate(columns, start=1):
        name, number = column or f"column {place}", 1
        while name.casefold() in taken:
            number += 1
            name = f"{column or f'column {place}'} ({number})"
        taken.add(name.casefold())
        names.append(name)
    return tuple(names)
