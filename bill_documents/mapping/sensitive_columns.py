"""Columns of bank and tax numbers, whose texts no document carries along."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from bill_api.identity.sensitive import looks_sensitive

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bill_documents.mapping.cells import Cell
    from bill_documents.mapping.layout import Layout


def sensitive_columns(several: Iterable[Layout]) -> Mapping[str, frozenset[str]]:
    """For each file, the columns whose texts no document may carry along: those that feed a sensitive field somewhere.

    An expression that feeds one is believed to use every column whose name stands in it. A column that feeds nothing is
    held back if it is called like such a field.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for layout in several:
        found[layout.file.path] |= {name for name in layout.unused if looks_sensitive(name)}
        for cell in layout.cells:
            if cell.field.sensitive:
                found[layout.file.path].update(_columns(layout, cell))
    return {path: frozenset(names) for path, names in found.items()}


def is_of_hidden(layout: Layout, cell: Cell, hidden: frozenset[str]) -> bool:
    """True if a cell's text is made of a hidden column, whatever field it feeds: no message may say it."""
    return not hidden.isdisjoint(_columns(layout, cell))


def _columns(layout: Layout, cell: Cell) -> Iterator[str]:
    return (layout.header.names[place] for place in layout.places(cell))
