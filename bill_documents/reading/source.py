"""Files of rows, whatever wrote them: what all kinds have in common."""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from bill_values.spelling import folded
from bill_values.spreadsheet_cells import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bill_documents.reading.found_file import Unpacked
    from bill_documents.reading.typed_cells import CellForm
    from bill_documents.remarks import Findings
    from bill_values.typed_texts import TypedText


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
        return tuple(map(column_name, cells)) == self.columns


class TabularFile(Protocol):
    """A file that has a header and rows of texts below it."""

    @property
    def path(self) -> str:
        """As configured, or as the pattern found it."""

    @property
    def unpacked(self) -> Unpacked | None:
        """Its place on disk, if it is a member of an archive."""

    @property
    def name(self) -> str:
        """The file as messages and documents say it: with its sheet, if it has several."""

    @property
    def has_totals(self) -> bool:
        """True if rows may stand between its documents that only add up what is above them."""

    @property
    def has_order(self) -> bool:
        """True if the place of a row says something: those below a document may belong to it."""

    @property
    def typed(self) -> Mapping[int, TypedText] | None:
        """The columns whose cells may have a type, by their place; None where all cells are texts."""

    def remarks(self) -> list[str]:
        """Remarks on what was found out before any row is read, and nobody has said."""

    def header(self) -> Header:
        """The first row that is not blank, below those that are skipped."""

    def as_written(self, forms: Mapping[int, CellForm]) -> TabularFile:
        """The same file, with cells that have a type written in these forms, by the place of their column."""

    def sample(self, header: Header, count: int) -> list[list[str]]:
        """The first rows below the header, as they can be read; to read all of them is to be told what is wrong."""

    def rows(self, header: Header, needed: int, found: Findings) -> Iterator[tuple[int, list[str]]]:
        """The rows below the header that are not blank, each as wide as the header, with its number, from 1.

        Args:
            header: What it said when the mapping was made.
            needed: Cells that each row must have; further ones at its end may be left out, and are blank.
            found: Gets what is worth saying of rows.

        Raises:
            SourceError: The file cannot be read to its end.
        """


def column_name(cell: str) -> str:
    """A column as the header names it, composed (NFC): files of a Mac have letters and their accents apart.

    Files that were joined have byte order marks in their midst.
    """
    return unicodedata.normalize("NFC", text_of(cell.strip().strip("\ufeff").strip()))


def column_key(name: str) -> str:
    """A column's name for comparing: case, blanks and how its letters are composed do not matter."""
    return folded(name)


def once_each(columns: tuple[str, ...]) -> tuple[str, ...]:
    """Names of columns, made so that each stands once, whatever its case."""
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


_MADE = re.compile(r"(?P<name>.+) \([0-9]+\)|column [0-9]+")
"""Names that `once_each` makes of one that stands twice, and of none."""


def as_named(columns: Sequence[str]) -> list[str]:
    """The names of which `once_each` has made these; a file of rejects has such in its header."""
    names = []
    for column in columns:
        made = _MADE.fullmatch(column)
        name = (made["name"] or "") if made else column
        names.append(name if not name or name in columns else column)
    return names
