"""The greatest length of BILL's pages: learned once, and of use to every reader of a client.

That a List gives up to 999 rows is documented. Whether BILL gives fewer for some organizations, entities or loads is
unknown; its newer API stops at 100. A page that is shorter than was asked for is then no sign of the end.
"""

from __future__ import annotations

import threading

DOUBTED_MIN = 10
"""Rows of a page from which on it may have been cut (chosen: nobody makes pages that are shorter)."""


class PageLengths:
    """Lengths of the pages that were seen; safe to use from several threads.

    Only a longer page proves that a short one was not cut. That nothing stands behind it does not: the list may have
    just as many rows as BILL gives at once.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._longest = 0
        self._cut: int | None = None

    def saw(self, rows: int) -> None:
        """Take note of a page of so many rows."""
        with self._lock:
            if rows > self._longest:
                # Longer than what was thought to be the most: rows had come in between.
                self._longest, self._cut = rows, None

    def cut(self, rows: int) -> None:
        """Take note that there were others behind a page of so many rows, which was shorter than asked for."""
        with self._lock:
            if rows >= self._longest:
                self._cut = rows

    def full(self, limit: int) -> int:
        """Rows of a page that has as many as BILL gives.

        Args:
            limit: Rows that are asked for.
        """
        return min(limit, self._cut or limit)

    def is_end(self, rows: int, limit: int) -> bool:
        """True if a page is certainly the last one; where it is not, the page behind it tells.

        Args:
            rows: Of the page.
            limit: Rows that were asked for.
        """
        return rows < limit and (rows < DOUBTED_MIN or rows < self._longest)
