"""The simulator's own clock: real time until it is set or advanced; it keeps running from there."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from bill_simulator.behaviour.given import as_given

HOUR_S = 3600
NOW = "now must be an instant like 2026-01-31T09:00:00Z"
EARLIEST_S, LATEST_S = 0, 7_258_118_399
"""1970 to 2199: what lies outside is a slip, and has no place on BILL's wire."""

ADVANCE_MAX_S = LATEST_S


@lru_cache(maxsize=4096)
def stamp(second: int) -> str:
    """An instant as BILL writes it, to the second: `2024-07-31T20:27:48.000+0000` (documented: api-response-format)."""
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def instant(text: str) -> float:
    """Seconds since 1970 of an ISO 8601 instant; without an offset it is UTC. ValueError where it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{NOW}, not {as_given(text)}") from None
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

    def stamp_ms(self) -> str:
        """The present millisecond on BILL's wire: `2024-07-31T20:27:48.329+0000` (live: section 4, 10)."""
        second, millisecond = divmod(int(self.now() * 1000), 1000)
        return stamp(second).replace(".000+", f".{millisecond:03}+")

    def hour(self) -> int:
        """The clock hour, which the hourly limits are counted in (documented: api-rate-limits)."""
        return int(self.now()) // HOUR_S

    def advance(self, seconds: Any) -> None:
        """Jump ahead, or back when negative; ValueError where it is no number, or leads out of the calendar."""
        if isinstance(seconds, bool) or not isinstance(seconds, int | float | Decimal):
            message = f"advance_s must be a number of seconds, not {as_given(seconds)}"
            raise ValueError(message)  # noqa: TRY004  a caller's mistake, as any other
        if not -ADVANCE_MAX_S <= seconds <= ADVANCE_MAX_S:  # neither is true of NaN
            message = f"advance_s must be from -{ADVANCE_MAX_S:,} to {ADVANCE_MAX_S:,} seconds, not {as_given(seconds)}"
            raise ValueError(message)
        self._move(self.offset_s + float(seconds))

    def _move(self, offset_s: float) -> None:
        if not EARLIEST_S <= time.time() + offset_s <= LATEST_S:
            message = "the clock goes from 1970 to 2199"
            raise ValueError(message)
        self.offset_s = offset_s

    def set(self, text: Any) -> None:
        """Jump to an ISO 8601 instant; None returns to real time. ValueError where it is neither."""
        if text is not None and not isinstance(text, str):
            message = f"{NOW}, or null, not {as_given(text)}"
            raise ValueError(message)
        self._move(0.0 if text is None else instant(text) - time.time())
