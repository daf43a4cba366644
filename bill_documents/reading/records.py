"""Rows that come one by one, as the records of a Singer stream: kept on disk, and read as a table of texts.

A value that has a type is written as a person would write it in the notation that its column is read in; so one reader
decides about files and tables.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import islice
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any

from bill_api.table.kinds import plain
from bill_documents.errors import SourceError, quoted
from bill_documents.reading.source import Dialect, Header, once_each
from bill_documents.remarks import Findings, Refusal
from bill_values.exact_json import decode, encode
from bill_values.notations import PLAIN, program_day
from bill_values.typed_texts import day_writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import date

    from bill_documents.reading.found_file import Unpacked
    from bill_documents.reading.typed_cells import CellForm
    from bill_values.typed_texts import TypedText

NO_DIALECT = Dialect(delimiter=",", quote='"')


class Rows:
    """Rows on disk, in the order in which they came; they are gone when this is closed, or the program ends.

    Args:
        columns: Names that are known before the first row.
    """

    def __init__(self, columns: Iterable[str] = ()) -> None:
        self._file: IO[bytes] = TemporaryFile(prefix="rows-")  # noqa: SIM115  closed by `close`
        self._columns = dict.fromkeys(columns)
        self._is_wanted: Callable[[int], bool] | None = None
        self.count = 0

    @property
    def columns(self) -> tuple[str, ...]:
        """Every name that a row has used, or that was known before."""
        return tuple(self._columns)

    def name(self, columns: Iterable[str]) -> None:
        """Know these columns too."""
        self._columns.update(dict.fromkeys(columns))

    def add(self, row: Mapping[str, Any]) -> None:
        """Keep one more row."""
        self.name(row)
        self._file.write(encode(row).encode() + b"\n")
        self.count += 1

    def keep_only(self, is_wanted: Callable[[int], bool]) -> None:
        """Read only rows of which this is true, by their number, from 1; the others keep theirs."""
        self._is_wanted = is_wanted

    def numbered(self) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """The rows that are wanted, each with its number, from 1."""
        for number, row in enumerate(self, start=1):
            if self._is_wanted is None or self._is_wanted(number):
                yield number, row

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        """All rows."""
        self._file.seek(0)
        for line in self._file:
            yield decode(line)

    def close(self) -> None:
        """Forget them."""
        self._file.close()


@dataclass(frozen=True, kw_only=True)
class RecordsFile:
    """Rows as a table whose columns are the names of their values.

    Attributes:
        path: The stream, for messages.
        records: The rows.
        forms: How each column's values that have a type are written, by its place.
    """

    path: str
    records: Rows
    forms: Mapping[int, CellForm] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The stream, for messages and documents."""
        return self.path

    @property
    def unpacked(self) -> Unpacked | None:
        """None: it lies in no archive."""
        return None

    @property
    def has_totals(self) -> bool:
        """False: a table holds what it is a table of, and nobody has added it up."""
        return False

    @property
    def has_order(self) -> bool:
        """False: rows of a table come in any order."""
        return False

    @property
    def typed(self) -> Mapping[int, TypedText] | None:
        """None: what a value was is not told again."""
        return None

    def remarks(self) -> list[str]:
        """None: nothing had to be found out."""
        return []

    def header(self) -> Header:
        """The names of all rows.

        Raises:
            SourceError: There is none.
        """
        columns = self.records.columns
        if not columns:
            raise SourceError(self.path, "its schema has no properties, and no row has a value")
        return Header(columns=columns, names=once_each(columns), dialect=NO_DIALECT, next_line=1)

    def as_written(self, forms: Mapping[int, CellForm]) -> RecordsFile:
        """The same rows, with values that have a type written in these forms."""
        return replace(self, forms=forms)

    def sample(self, header: Header, count: int) -> list[list[str]]:
        """The first rows."""
        return [cells for _, cells in islice(self.rows(header, 0, Findings()), count)]

    def rows(self, header: Header, needed: int, found: Findings) -> Iterator[tuple[int, list[str]]]:  # noqa: ARG002  a file's
        """The rows in which something stands, each with its number, from 1."""
        writers = [(name, self._writer(place, name)) for place, name in enumerate(header.columns)]
        texts = [(place, name) for place, name in enumerate(header.columns) if self._is_text(place)]
        for number, row in self.records.numbered():
            for place, name in texts:
                if not isinstance(value := row.get(name), str | int | Decimal | None) or isinstance(value, bool):
                    found.refused[place][number] = _no_text(value)
            cells = [write(row.get(name)) for name, write in writers]
            if "".join(cells).strip():
                yield number, cells

    def _is_text(self, place: int) -> bool:
        form = self.forms.get(place)
        return form is not None and form.is_text

    def _writer(self, place: int, column: str) -> Callable[[Any], str]:
        form = self.forms.get(place)
        if form is not None and form.clashes:
            problem = f"column {quoted(column)} feeds fields that write numbers or days in different ways"
            raise SourceError(self.name, f"{problem}; give them the same decimal and date_format")
        return value_writer(form)


def _no_text(value: Any) -> Refusal:
    """The refusal of a value that is no text, as a record's is refused; an object may hold what is not shown."""
    shown = encode(value) if isinstance(value, bool) else "a list" if isinstance(value, list) else "an object"
    return Refusal(f"a text is expected, not {shown}", "a text is expected")


def value_writer(form: CellForm | None) -> Callable[[Any], str]:
    """Makes texts of the values of a column; without a form nothing reads them as numbers or days."""
    writing = form.writing if form else PLAIN
    day_text = day_writer(writing.date_format)
    is_day = form is not None and form.is_day

    def write(value: Any) -> str:
        if value is None:
            return ""
        if isinstance(value, str):
            return _day(value, day_text) if is_day else value
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | Decimal):
            return plain(value).replace(".", writing.decimal)
        return encode(value)

    return write


def _day(text: str, day_text: Callable[[date], str]) -> str:
    """A day as its column is read; anything else as it is, for its reader to refuse or to read."""
    try:
        day = program_day(text.strip())
    except ValueError:
        return text
    return text if day is None else day_text(day)
