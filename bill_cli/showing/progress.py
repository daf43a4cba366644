"""Progress of what takes long: a line on stderr while it runs, at a terminal only; scripts and logs see none of it."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DELAY_S = 1.0
"""Work that ends sooner shows no progress."""


def shows_progress() -> bool:
    """True if a line that is written over itself can be seen: stderr is a terminal that can move its cursor."""
    return sys.stderr.isatty() and os.environ.get("TERM", "").casefold() not in {"", "dumb", "unknown"}


@contextmanager
def progress(
    total: int | None, what: str, *, clock: Callable[[], float] = time.monotonic
) -> Iterator[Callable[[int], None]]:
    """A line that counts what is done, and goes when it is over.

    Args:
        total: How many there are; None where that is not known.
        what: What is counted: `bills read`.
        clock: Tells the time in seconds.

    Yields:
        Is called with the number of those that have been done since it was called last.
    """
    if not shows_progress():
        yield lambda _done: None
        return
    line = _Line(total, what, clock)
    try:
        yield line.advance
    finally:
        line.end()


class _Line:
    """The line; it is there from the first step that is done after the delay."""

    def __init__(self, total: int | None, what: str, clock: Callable[[], float]) -> None:
        self._total, self._what, self._clock = total, what, clock
        self._begun = clock()
        self._done = 0
        self._shown: Any = None

    def advance(self, done: int) -> None:
        """So many more are done."""
        self._done += done
        if self._shown is None and self._clock() - self._begun >= DELAY_S:
            self._show()
        if self._shown is not None:
            self._shown.update(self._text())

    def end(self) -> None:
        """Leave nothing of it on the screen, whatever ended the work."""
        if self._shown is not None:
            self._shown.stop()

    def _text(self) -> str:
        of = "" if self._total is None else f" of {self._total:,}"
        return f"{self._done:,}{of} {self._what}"

    def _show(self) -> None:
        from bill_program.console import PlainConsole  # noqa: PLC0415  most commands show none

        self._shown = PlainConsole(stderr=True).status(self._text())
        self._shown.start()
