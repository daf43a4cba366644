"""A wrong value as an error names it."""

from __future__ import annotations

from typing import Any

CHARACTERS_MAX = 80


def quoted(value: Any) -> str:
    """The value, cut short; of an object only that it is one."""
    return "null" if value is None else "an object" if isinstance(value, dict) else repr(value)[:CHARACTERS_MAX]
