"""Tables whose rows are lines: kept until the input has ended, then grouped into documents as those of a file are.

What becomes of a table stands in the setting `documents`, in the words of `tap-bill-csv`; the same package reads both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bill_documents.grouping.documents import Documents
from bill_documents.grouping.telling import Tally, told_after, told_before
from bill_documents.grouping.workspace import workspace
from bill_documents.mapping.declaration import LOADED
from bill_documents.mapping.entries import parse_table
from bill_documents.mapping.layout import layout_of
from bill_documents.mapping.sensitive_columns import sensitive_columns
from bill_documents.reading.records import RecordsFile, Rows
from target_bill.input.parser import Origin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from bill_documents.grouping.telling import Told
    from bill_documents.mapping.entries import FileSettings


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
        self._rows: dict[str, Rows] = {}

    def expect(self, stream: str, columns: Iterable[str]) -> None:
        """Know the columns of a table before its first row."""
        self._of(stream).name(columns)

    def add(self, stream: str, row: Mapping[str, Any]) -> None:
        """Keep a row."""
        self._of(stream).add(row)

    def documents(self) -> Iterator[tuple[Origin, dict[str, Any]]]:
        """The documents of every table that came, with the stream that each came in.

        Raises:
            SettingsError: An entry does not fit its table.
        """
        for stream, rows in self._rows.items():
            if rows.count:
                yield from self._documents(stream, rows, self._entries[stream])

    def close(self) -> None:
        """Forget every row."""
        for rows in self._rows.values():
            rows.close()

    def _of(self, stream: str) -> Rows:
        if stream not in self._rows:
            self._rows[stream] = Rows()
        return self._rows[stream]

    def _documents(self, stream: str, rows: Rows, settings: FileSettings) -> Iterator[tuple[Origin, dict[str, Any]]]:
        layout = layout_of(settings, RecordsFile(path=stream, records=rows))
        origin = Origin(entity=layout.entity, stream=stream, incoming=stream, keys=layout.key_properties)
        tally = Tally()
        self._tell(told_before(layout))
        with workspace(len(layout.key)) as space:
            plan = space.load(layout, sensitive_columns([layout]).get(stream, frozenset()))
            documents = Documents(layout, plan, space.staged)
            for group in space.groups(layout):
                record = documents.document(group)
                tally.add(record)
                yield origin, record
            self._tell(told_after(layout, plan, space, documents, tally))

    def _tell(self, sentences: Iterable[Told]) -> None:
        for each in sentences:
            self._note(f"{each.about}: {each.text}")


def _own(name: str) -> str | None:
    """The stream of BILL that has this name, if it can be loaded."""
    return name if name in LOADED else None
