"""Columns of bank and tax numbers, whose texts no document carries along."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from bill_api.identity.sensitive import looks_sensitive
from bill_documents.mapping.expressions import mentioned

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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
            if cell.sensitive and cell.expression:
                names = layout.header.names
                found[layout.file.path] |= {names[place] for place in mentioned(names, [cell.expression])}
            elif cell.sensitive:
                found[layout.file.path].add(layout.header.names[cell.position])
    return {path: frozenset(names) for path, names in found.items()}
