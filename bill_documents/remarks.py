"""Remarks on a file: what can be read, and is worth a look all the same."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Remark:
    """Rows of which something is said.

    Attributes:
        count: Their number.
        first: The line of the first one; 0 while there is none.
    """

    count: int = 0
    first: int = 0

    def note(self, line: int) -> None:
        """Count one more row."""
        self.count += 1
        self.first = self.first or line
