"""Files of rejects: rows that `target-bill` wrote down from another file, corrected and read by that file's entry.

They are a container of their own. What an entry says of the original's - lines above the header, delimiter, quotes, the
sheet - means nothing here, and its encoding only where the file leaves a choice; what it says of columns and values
holds as before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from bill_documents.reading.source import once_each
from bill_documents.reading.workbook import only_visible
from bill_documents.remarks import Findings, Refusal
from bill_values.rejects import RECORD, STREAM, WHY
from bill_values.visible import HIDDEN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bill_documents.reading.csv_file import CsvFile
    from bill_documents.reading.found_file import FoundFile, Unpacked
    from bill_documents.reading.source import Header
    from bill_documents.reading.text import TextFile
    from bill_documents.reading.typed_cells import CellForm
    from bill_documents.reading.workbook import WorkbookFile
    from bill_values.typed_texts import TypedText

START_BYTES = 1024
LEFT_OUT = len(WHY)
RECORD_PLACE = WHY.index(RECORD)
FILL_IN = f"{HIDDEN} stands in place of what rejects do not show: write the number itself, or leave the cell blank"

_FIRST, *_OTHERS = (f'"?{name}"?' for name in WHY)
_START = re.compile(
    rf'\s*(?:"?sep=.{{1,3}}\s+)?{_FIRST}(?P<delimiter>[,;\t|]){"(?P=delimiter)".join(_OTHERS)}(?:(?P=delimiter)|\s|\Z)'
)
"""The first line of a text that is one of rejects, whatever a spreadsheet has made of its delimiter and quotes."""


@dataclass(frozen=True, kw_only=True)
class RejectsFile:
    """A file of rejects without the columns that say what was wrong.

    Attributes:
        file: The file as it is.
        unused: Settings of its entry that describe the original.
    """

    file: CsvFile | WorkbookFile
    unused: tuple[str, ...] = ()

    @cached_property
    def says_stream(self) -> bool:
        """True if its rows say in which stream they came: that of a table, or of another tap."""
        return self.file.header().columns[LEFT_OUT : LEFT_OUT + 1] == (STREAM,)

    @property
    def left_out(self) -> int:
        """The number of columns before those of the original."""
        return LEFT_OUT + self.says_stream

    @property
    def path(self) -> str:
        """As configured, or as the pattern found it."""
        return self.file.path

    @property
    def unpacked(self) -> Unpacked | None:
        """Its place on disk, if it is a member of an archive."""
        return self.file.unpacked

    @property
    def name(self) -> str:
        """The file as messages and documents say it."""
        return self.file.name

    @property
    def has_totals(self) -> bool:
        """False: it has whole documents, and the rows above them in the original are not here."""
        return False

    @property
    def has_order(self) -> bool:
        """As in the original, which is a table without one where the rows say their stream."""
        return not self.says_stream

    @property
    def typed(self) -> Mapping[int, TypedText] | None:
        """The original's columns whose cells may have a type."""
        typed = self.file.typed
        return None if typed is None else {place - self.left_out: each for place, each in typed.items()}

    def remarks(self) -> list[str]:
        """Those of the file, and how it is read."""
        settings = f"; not used, because of the original: {', '.join(self.unused)}" if self.unused else ""
        said = f"a file of rejects: its first {self.left_out} columns are left aside{settings}"
        return [said, *self.file.remarks()]

    def header(self) -> Header:
        """The original's columns."""
        header = self.file.header()
        columns = header.columns[self.left_out :]
        return replace(header, columns=columns, names=once_each(columns))

    def as_written(self, forms: Mapping[int, CellForm]) -> RejectsFile:
        """The same file, with cells that have a type written in these forms."""
        return replace(self, file=self.file.as_written({place + self.left_out: form for place, form in forms.items()}))

    def sample(self, header: Header, count: int) -> list[list[str]]:
        """The first rows below the header."""
        return [cells[self.left_out :] for cells in self.file.sample(self._whole(header), count)]

    def rows(self, header: Header, needed: int, found: Findings) -> Iterator[tuple[int, list[str]]]:
        """The rows below the header of which more is left than the reason."""
        inner = Findings(remarks=found.remarks)
        for number, cells in self.file.rows(self._whole(header), needed + self.left_out, inner):
            own = cells[self.left_out :]
            if self.says_stream and (stream := cells[LEFT_OUT].strip()):
                found.streams[number] = stream
            if record := cells[RECORD_PLACE].strip():
                found.records[number] = record
            if "".join(own).strip():
                _refuse_hidden(number, own, found)
                yield number, own
        for place, rows in inner.refused.items():
            if place >= self.left_out:
                found.refused[place - self.left_out].update(rows)

    def _whole(self, header: Header) -> Header:
        """The header with the columns that were left aside."""
        columns = (*WHY, *((STREAM,) if self.says_stream else ()), *header.columns)
        return replace(header, columns=columns, names=once_each(columns))


def delimiter_of_rejects(text: TextFile) -> str | None:
    """The delimiter of a text that is one of rejects; None for every other."""
    found = _START.match(text.beginning(START_BYTES))
    return found["delimiter"] if found else None


def rejects_sheet(found: FoundFile, form: CellForm) -> WorkbookFile | None:
    """The sheet of a workbook of rejects; None for every other workbook.

    Args:
        found: The workbook.
        form: How cells are written that have a type.

    Raises:
        SourceError: The workbook cannot be read.
    """
    sheet = only_visible(found, form)
    return sheet if sheet and sheet.header().columns[:LEFT_OUT] == WHY else None


def _refuse_hidden(row: int, cells: list[str], found: Findings) -> None:
    for place, text in enumerate(cells):
        if text == HIDDEN:
            found.refused[place][row] = Refusal(FILL_IN, FILL_IN)
