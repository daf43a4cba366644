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

from bill_documents.errors import SourceError
from bill_documents.reading.source import column_key, once_each
from bill_documents.reading.workbook import only_visible
from bill_documents.remarks import Findings, Refusal, RowOfRecord
from bill_values.rejects import KEY, RECORD, ROW, STREAM, WHY, Place, is_no_value
from bill_values.visible import HIDDEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bill_documents.reading.csv_file import CsvFile
    from bill_documents.reading.found_file import FoundFile, Unpacked
    from bill_documents.reading.source import Header
    from bill_documents.reading.text import TextFile
    from bill_documents.reading.typed_cells import CellForm
    from bill_documents.reading.workbook import WorkbookFile
    from bill_values.typed_texts import TypedText

START_BYTES = 1024
LEFT_OUT = len(WHY)
COMPUTE = "no value could be read here: write the value itself, or leave the cell blank"
STREAM_PLACE, KEY_PLACE, RECORD_PLACE, ROW_PLACE = map(WHY.index, (STREAM, KEY, RECORD, ROW))
SAMPLE_ROWS = 50
NAMES = frozenset(map(column_key, WHY))
CHANGED = (
    f"has columns of a file of rejects, and not all of them in front as target-bill wrote them ({', '.join(WHY)}): put "
    "them back from the file of the run, or, in a file that is no such one, give its columns other names"
)
FILL_IN = f"{HIDDEN} stands in place of what rejects do not show: write the number itself, or leave the cell blank"

_FIRST, *_OTHERS = (f'"?{name}"?' for name in WHY)
_START = re.compile(
    rf'\s*(?:"?sep=.{{1,3}}\s+)?{_FIRST}(?P<delimiter>[,;\t|]){"(?P=delimiter)".join(_OTHERS)}(?:(?P=delimiter)|\s|\Z)'
)
"""The first line of a text that is one of rejects, whatever a spreadsheet has made of its delimiter and quotes."""

_SAYS_DELIMITER = re.compile(r'\s*"?sep=', re.IGNORECASE)
_BETWEEN = re.compile(r"[,;\t|]")


@dataclass(frozen=True, kw_only=True)
class RejectsFile:
    """A file of rejects without the columns that say what was wrong.

    Attributes:
        file: The file as it is.
        unused: Settings of its entry that describe the original.
    """

    file: CsvFile | WorkbookFile
    unused: tuple[str, ...] = ()

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
        """True: the rows of a record have the one in which they were rejected. Those of lines have their heads."""
        return not self.is_of_records

    @cached_property
    def is_of_records(self) -> bool:
        """True if what was rejected came as records, and not as rows of a file: each row is a line with its head."""
        rows = self.file.sample(self.file.header(), SAMPLE_ROWS)
        places = (Place.of(row[ROW_PLACE].strip()) for row in rows if len(row) > ROW_PLACE)
        return any(place.is_line for place in places if place)

    @property
    def typed(self) -> Mapping[int, TypedText] | None:
        """The original's columns whose cells may have a type."""
        typed = self.file.typed
        return None if typed is None else {place - LEFT_OUT: each for place, each in typed.items()}

    def remarks(self) -> list[str]:
        """Those of the file, and how it is read."""
        settings = f"; not used, because of the original: {', '.join(self.unused)}" if self.unused else ""
        said = f"a file of rejects: its first {LEFT_OUT} columns are left aside{settings}"
        return [said, *self.file.remarks()]

    def header(self) -> Header:
        """The original's columns."""
        header = self.file.header()
        columns = header.columns[LEFT_OUT:]
        return replace(header, columns=columns, names=once_each(columns))

    def as_written(self, forms: Mapping[int, CellForm]) -> RejectsFile:
        """The same file, with cells that have a type written in these forms."""
        return replace(self, file=self.file.as_written({place + LEFT_OUT: form for place, form in forms.items()}))

    def sample(self, header: Header, count: int) -> list[list[str]]:
        """The first rows below the header."""
        return [cells[LEFT_OUT:] for cells in self.file.sample(self._whole(header), count)]

    def rows(self, header: Header, needed: int, found: Findings) -> Iterator[tuple[int, list[str]]]:
        """The rows below the header of which more is left than the reason."""
        inner = Findings(remarks=found.remarks)
        for number, cells in self.file.rows(self._whole(header), needed + LEFT_OUT, inner):
            own = cells[LEFT_OUT:]
            if stream := cells[STREAM_PLACE].strip():
                found.streams[number] = stream
            is_left_out = not "".join(own).strip()
            record, said, keys = (cells[place].strip() for place in (RECORD_PLACE, ROW_PLACE, KEY_PLACE))
            found.records[number] = RowOfRecord(record, said, keys, is_left_out)
            if not is_left_out:
                _refuse_marks(number, own, found)
                yield number, own
        for place, rows in inner.refused.items():
            if place >= LEFT_OUT:
                found.refused[place - LEFT_OUT].update(rows)

    def _whole(self, header: Header) -> Header:
        """The header with the columns that were left aside."""
        columns = (*WHY, *header.columns)
        return replace(header, columns=columns, names=once_each(columns))


def delimiter_of_rejects(text: TextFile) -> str | None:
    """The delimiter of a text that is one of rejects; None for every other.

    Raises:
        SourceError: It was one, and its columns have changed.
    """
    beginning = text.beginning(START_BYTES)
    if found := _START.match(beginning):
        return found["delimiter"]
    first, *below = (line for line in (*beginning.splitlines(), "") if line.strip(' ,;|\t\r\n"') or not line)
    header = below[0] if below and _SAYS_DELIMITER.match(first) else first
    refuse_changed(text.path, _BETWEEN.split(header))
    return None


def refuse_changed(path: str, columns: Iterable[str]) -> None:
    """Refuse a header with columns of a file of rejects that does not begin with all of them.

    Read as any other file it would lose what holds the rows of a record together.

    Raises:
        SourceError: It is one.
    """
    if not NAMES.isdisjoint(column_key(each.strip("'\"")) for each in columns):
        raise SourceError(path, CHANGED)


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


def _refuse_marks(row: int, cells: list[str], found: Findings) -> None:
    for place, text in enumerate(cells):
        if text == HIDDEN or (text.startswith(("{", "[")) and f'"{HIDDEN}"' in text):
            found.refused[place][row] = Refusal(FILL_IN, FILL_IN)
        elif is_no_value(text):
            found.refused[place][row] = Refusal(COMPUTE, COMPUTE, mark=text)
