"""The rows that a run has read so far: a line of progress on a terminal, and a table at the end."""

from __future__ import annotations

import logging
import time
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.live import Live
from rich.table import Table
from rich.text import Text

from bill_program.console import PlainConsole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_bill.organization import OrganizationSync

log = logging.getLogger(__name__)

REFRESHES_PER_S = 4
LOGGED_S = 60
"""Seconds between two lines of progress where there is no terminal to show it."""


class Account:
    """Counts rows and time by stream."""

    def __init__(self) -> None:
        self.rows: Counter[str] = Counter()
        self.seconds: Counter[str] = Counter()
        self._began = self._last = self._logged = time.monotonic()
        self._now = ""
        self._latency_s = 0.0
        self._console = PlainConsole(stderr=True)

    def end(self, stream: str) -> None:
        """A stream is read to its end, if only without rows."""
        self.rows[stream] += 0

    def add(self, stream: str, rows: int, latency_s: float = 0.0) -> None:
        """Count rows that are out, the time since the last ones, and how long their page took."""
        now = time.monotonic()
        self._latency_s = latency_s
        self.rows[stream] += rows
        self.seconds[stream] += now - self._last  # type: ignore[assignment]  # a Counter of seconds
        self._last, self._now = now, stream
        if now - self._logged >= LOGGED_S and not self._console.is_terminal:
            self._logged = now
            log.info("%s", self._line())

    @contextmanager
    def progress(self) -> Iterator[None]:
        """Show a line while this lasts, if somebody watches."""
        if not self._console.is_terminal:
            yield
            return
        with Live(get_renderable=self._line, console=self._console, transient=True, refresh_per_second=REFRESHES_PER_S):
            yield

    def show(self, organizations: Iterable[OrganizationSync]) -> None:
        """The closing table, and what was left out."""
        seconds = time.monotonic() - self._began
        table = Table()
        table.add_column("stream")
        for column in ("rows", "s"):
            table.add_column(column, justify="right")
        told = {stream: rows for stream, rows in self.rows.items() if rows}
        for stream, rows in told.items():
            table.add_row(stream, f"{rows:,}", f"{self.seconds[stream]:.1f}")
        self._say(f"tap-bill: {self.rows.total():,} rows in {seconds:.1f} s")
        if told:
            self._console.print(table)
        if silent := len(self.rows) - len(told):
            self._say(f"  {silent:,} more without rows")
        for each in organizations:
            for stream, error in each.skipped.items():
                self._say(f"  skipped `{stream}` of {each.id}: {error}")
            if each.failure is not None:
                self._say(f"  failed {each.id} in `{each.failed_stream}`: {each.failure}")

    def _say(self, text: str) -> None:
        self._console.print(text, soft_wrap=True)

    def _line(self) -> Text:
        rows, seconds = self.rows.total(), max(time.monotonic() - self._began, 0.001)
        speed = f"{rows:,} in all, {rows / seconds:,.0f} a second, a page takes {self._latency_s * 1000:,.0f} ms"
        return Text(f"{self._now}: {self.rows[self._now]:,} rows; {speed}")
