"""Paths through trees: `Expenses:Travel` for the account Travel below Expenses, as QuickBooks writes names.

An object that came to BILL from there may be called by its own name, below a parent, or by the whole path: unknown
(section 7, 31). So a name is looked for first, and a path only where nothing has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bill_values.spelling import folded

if TYPE_CHECKING:
    from collections.abc import Iterable

COLON = ":"


def ends(path: str) -> list[str]:
    """The names that the object at the end of a path may have; with colons in them, too; none for a plain name."""
    names = path.split(COLON)
    return [COLON.join(names[place:]).strip() for place in range(1, len(names))]


def tops(path: str) -> list[str]:
    """The paths of all that stands above the object at the end of a path, the top first; none for a plain name."""
    names = path.split(COLON)
    return [COLON.join(names[:place]).strip() for place in range(1, len(names))]


def joined(names: Iterable[str]) -> str:
    """The path of these names, from the top of the tree."""
    return COLON.join(names)


def path_key(path: str) -> str:
    """A path for comparing: case, and blanks around its colons, do not count."""
    return joined(map(folded, path.split(COLON)))
