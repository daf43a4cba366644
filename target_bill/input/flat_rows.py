"""Tables whose rows are lines: kept until the input has ended, then grouped into documents as those of a file are.

What becomes of a table stands in the setting `documents`, in the words of `tap-bill-csv`; the same package reads both.
A row that the table has twice is one line, and one that is deleted is none (`row_versions`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bill_api.entities import LOADABLE
from bill_documents.errors import SettingError
from bill_documents.grouping.documents import Documents
from bill_documents.grouping.telling import Tally, Told, counted, told_after, told_before
from bill_documents.grouping.workspace import workspace
from bill_documents.mapping.declaration import TableEntry
from bill_documents.mapping.entries import parse_table
from bill_documents.mapping.layout import layout_of
from bill_documents.mapping.sensitive_columns import sensitive_columns
from bill_documents.reading.records import RecordsFile, Rows
from bill_values.provenance import SOURCE_ERRORS, SOURCE_ROWS
from target_bill.input.parser import Origin
from target_bill.input.row_versions import Identity, RowState, states_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from bill_documents.grouping.workspace import Group
    from bill_documents.mapping.entries import FileSettings
    from bill_documents.mapping.layout import Layout
    from target_bill.input.row_versions import RowStates

NO_LINES = {
    RowState.REPEATED: "repeated with the same key",
    RowState.SUPERSEDED: "superseded by a later version of the same row",
}
"""What is told of rows that are no lines."""


@dataclass(slots=True)
class FlatTable:
    """The rows of a table that came.

    Attributes:
        rows: They themselves.
        keys: The key properties of its stream.
        bookmarks: The properties by which its tap tells what has changed.
    """

    rows: Rows = field(default_factory=Rows)
    keys: Sequence[str] = ()
    bookmarks: Sequence[str] = ()


class FlatRows:
    """The rows of every table that `documents` names.

    Args:
        given: The setting `documents`.
        streams: The setting `streams`: names of BILL's streams, by those of incoming ones.
        note: Told what is worth a line of the account.

    Raises:
        SettingsError: An entry means nothing.
    """

    def __init__(
        self, given: Mapping[str, Mapping[str, Any]], streams: Mapping[str, str], note: Callable[[str], None]
    ) -> None:
        self._note = note
        self._entries = {name: parse_table(name, entry, _own(streams.get(name, name))) for name, entry in given.items()}
        self._tables: dict[str, FlatTable] = {}

    def expect(
        self, stream: str, columns: Iterable[str], *, keys: Sequence[str] = (), bookmarks: Sequence[str] = ()
    ) -> None:
        """Know a table before its first row.

        Args:
            stream: Its name.
            columns: Its columns.
            keys: The key properties of its stream.
            bookmarks: The properties by which its tap tells what has changed.

        Raises:
            SettingsError: Its documents may come in parts.
        """
        if bookmarks:
            _check_whole(self._entries[stream], stream, bookmarks)
        table = self._of(stream)
        table.rows.name(columns)
        table.keys, table.bookmarks = tuple(keys), tuple(bookmarks)

    def add(self, stream: str, row: Mapping[str, Any]) -> None:
        """Keep a row."""
        self._of(stream).rows.add(row)

    def documents(self) -> Iterator[tuple[Origin, dict[str, Any]]]:
        """The documents of every table that came, with the stream that each came in.

        Raises:
            SettingsError: An entry does not fit its table.
        """
        for stream, table in self._tables.items():
            if table.rows.count:
                yield from self._documents(stream, table, self._entries[stream])

    def close(self) -> None:
        """Forget every row."""
        for table in self._tables.values():
            table.rows.close()

    def _of(self, stream: str) -> FlatTable:
        if stream not in self._tables:
            self._tables[stream] = FlatTable()
        return self._tables[stream]

    def _documents(
        self, stream: str, table: FlatTable, settings: FileSettings
    ) -> Iterator[tuple[Origin, dict[str, Any]]]:
        layout = layout_of(settings, RecordsFile(path=stream, records=table.rows))
        hidden = sensitive_columns([layout]).get(stream, frozenset())
        origin = Origin(entity=layout.entity, stream=stream, incoming=stream, keys=layout.key_properties)
        tally = Tally()
        self._tell(told_before(layout))
        states = states_of(table.rows, _identity(layout, table, hidden))
        table.rows.keep_only(states.is_wanted)
        with workspace(len(layout.key)) as space:
            plan = space.load(layout, hidden)
            documents = Documents(layout, plan, space.staged)
            for group in space.groups(layout):
                record = _document(documents, group, states, layout)
                tally.add(record)
                yield origin, record
            self._tell(told_after(layout, plan, space, documents, tally))
        self._tell(_told_of(states, stream))

    def _tell(self, sentences: Iterable[Told]) -> None:
        for each in sentences:
            self._note(f"{each.about}: {each.text}")


def _document(documents: Documents, group: Group, states: RowStates, layout: Layout) -> dict[str, Any]:
    """The record of a document, with what is in doubt of its rows."""
    record = documents.document(group)
    problems = [_problem(row, states, layout) for row in record[SOURCE_ROWS] if row in states.doubts]
    if problems:
        record[SOURCE_ERRORS] = [*(record[SOURCE_ERRORS] or ()), *problems]
    return record


def _problem(row: int, states: RowStates, layout: Layout) -> dict[str, Any]:
    """An element of `_source_errors` for a row that nothing can be done with."""
    doubt = states.doubts[row]
    place = layout.array.name if layout.array else layout.key[0]
    return {
        "row": row,
        "column": doubt.column,
        "field": place,
        "value": None,
        "message": doubt.text,
        "kind": doubt.kind,
    }


def _identity(layout: Layout, table: FlatTable, hidden: frozenset[str]) -> Identity:
    return Identity(
        keys=table.keys,
        bookmark=table.bookmarks[0] if len(table.bookmarks) == 1 else None,
        columns=layout.used,
        hidden=hidden,
        marks={each.column: each.field.name for each in layout.marks},
    )


def _told_of(states: RowStates, stream: str) -> Iterator[Told]:
    """Remarks on the rows that are no lines."""
    counts = states.counts
    for state, text in NO_LINES.items():
        if count := counts.get(state):
            yield Told(stream, f"{counted(count, 'row')} left out: {text}")


def _check_whole(settings: FileSettings, stream: str, bookmarks: Sequence[str]) -> None:
    """Refuse a table whose tap reads what has changed: the lines that have not would be missing.

    Raises:
        SettingError: Nothing says that its documents come whole.
    """
    if isinstance(settings.entry, TableEntry) and settings.entry.whole:
        return
    raise SettingError(
        f"{settings.setting}.whole",
        f"must be true, or the table must come as a whole: the tap of {stream} says that it reads what has changed "
        f"(bookmark_properties: {', '.join(bookmarks)}), and a document of which only the changed rows came would lose "
        "its other lines. Load the table with FULL_TABLE and without a replication key, or set this to true if all "
        "rows of a document always come together",
    )


def _own(name: str) -> str | None:
    """The stream of BILL that has this name, if it can be loaded."""
    return name if name in LOADABLE else None
