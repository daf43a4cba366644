"""A field that an update changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A field that an update changes.

    Attributes:
        old: What BILL has; None for nothing.
        new: What is sent; None to empty it.
    """

    field: str
    old: Any
    new: Any
