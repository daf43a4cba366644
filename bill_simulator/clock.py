"""The simulator's own clock: real time until it is set or advanced; it keeps running from there."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

HOUR_S = 3600


@lru_cache(maxsize=4096)
def stamp(second: int) -> str:
    """An instant as BILL writes it, to the second: `2024-07-31T20:27:48.000+0000` (documented: api-response-format)."""
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def instant(text: str) -> float:
    """Seconds since 1970 of an ISO 8601 instant; without an offset it is UTC."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


@dataclass(slots=True)
class Clock:
    """Real time plus an offset that the control plane moves."""

    offset_s: float = 0.0

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time() + self.offset_s

    def stamp(self) -> str:
        """The present second on BILL's wire."""
        return stamp(int(self.now()))

    def hour(self) -> int:
        """The clock hour, which the hourly limits are counted in (documented: api-rate-limits)."""
        return int(self.now()) // HOUR_S

    def advance(self, seconds: float) -> None:
        """Jump ahead, or back when negative."""
        self.offset_s += seconds

    def set(self, text: str | None) -> None:
        """Jump to an ISO 8601 instant; None returns to real time."""
        self.offset_s = 0.0 if text is None else instant(text) - time.time()
