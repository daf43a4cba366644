"""Rows whose documents are all rejected: what they name in another entry of their file - vendors, items - must wait.

A row whose bill is rejected must not create its vendor: the name in it may be what is wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bill_documents.grouping.documents import Documents
from bill_documents.grouping.workspace import workspace
from bill_values.provenance import SOURCE_ERRORS, SOURCE_ROWS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bill_documents.mapping.layout import Layout

NO_DOCUMENT, REJECTED, SOUND = range(3)
"""A row is of no document, or of rejected ones alone, or of one that is sound."""


class RejectedRows:
    """The rows of one file by what becomes of their documents: a byte for each of its lines."""

    def __init__(self) -> None:
        self._by_line = bytearray()

    def note(self, lines: Iterable[int], *, sound: bool) -> None:
        """Keep what becomes of the document of these rows; of several the best one counts."""
        state = SOUND if sound else REJECTED
        for line in lines:
            if line >= len(self._by_line):
                self._by_line.extend(bytes(line + 1 - len(self._by_line)))
            self._by_line[line] = max(self._by_line[line], state)

    def include(self, lines: Iterable[int]) -> bool:
        """True if all rows that begin on these lines are of rejected documents, and of no other."""
        return all(line < len(self._by_line) and self._by_line[line] == REJECTED for line in lines)


def rejected_rows(several: Iterable[Sequence[Layout]]) -> RejectedRows:
    """The rows of one file, whose documents are made for that alone.

    Args:
        several: Entries of that file, those of each stream together.
    """
    found = RejectedRows()
    for layouts in several:
        with workspace(len(layouts[0].key)) as space:
            for layout in layouts:
                documents = Documents(layout, space.load(layout, frozenset()), space.staged)
                for group in space.groups(layout):
                    record = documents.document(group)
                    found.note(record[SOURCE_ROWS], sound=not record[SOURCE_ERRORS])
                space.remember(layout.file.name)
    return found
