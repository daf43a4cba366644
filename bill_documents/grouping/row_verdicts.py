"""Verdicts on the rows of a file that feeds documents and, by another entry, what they name: vendors, customers, items.

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

NONE, REJECTED, SOUND = range(3)
"""A row is of no document, or of rejected ones alone, or of one that is sound."""


class RowVerdicts:
    """The verdict on each row of one file: a byte for each of its lines."""

    def __init__(self) -> None:
        self._by_line = bytearray()

    def note(self, lines: Iterable[int], verdict: int) -> None:
        """Keep a verdict on the rows that begin on these lines; of several the best one counts."""
        for line in lines:
            if line >= len(self._by_line):
                self._by_line.extend(bytes(line + 1 - len(self._by_line)))
            self._by_line[line] = max(self._by_line[line], verdict)

    def are_rejected(self, lines: Iterable[int]) -> bool:
        """True if all of these rows are of rejected documents, and of no other."""
        return all(line < len(self._by_line) and self._by_line[line] == REJECTED for line in lines)


def verdicts(several: Iterable[Sequence[Layout]]) -> RowVerdicts:
    """The verdicts on the rows of one file.

    Args:
        several: Entries of that file, those of each stream together.
    """
    found = RowVerdicts()
    for layouts in several:
        with workspace(len(layouts[0].key)) as space:
            for layout in layouts:
                documents = Documents(layout, space.load(layout, frozenset()), space.staged)
                for group in space.groups(layout):
                    record = documents.document(group)
                    found.note(record[SOURCE_ROWS], REJECTED if record[SOURCE_ERRORS] else SOUND)
                space.remember(layout.file.name)
    return found
