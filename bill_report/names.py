"""Names of vendors and customers, as people tell them apart."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

TAIL = 6
"""Characters at the end of an id that tell apart what has one name."""


def told_apart(parties: Sequence[tuple[str | None, str | None, bool | None]], kind: str) -> list[str]:
    """Names in the order of the parties, no two alike that have ids, and deleted ones marked.

    Args:
        parties: Name, id, and True of those that are deleted.
        kind: The word for a party without name and id.
    """
    plain = [(name.strip(" ") if name and name.strip() else key) or f"(no {kind})" for name, key, _ in parties]
    times = Counter(plain)
    return [
        name + (f" (\u2026{key[-TAIL:]})" if times[name] > 1 and key else "") + (" (deleted)" if is_deleted else "")
        for name, (_, key, is_deleted) in zip(plain, parties, strict=True)
    ]
