"""BILL's limits, shared by everything in the process that calls for the same organization.

Documented (V2: api-rate-limits): 3 calls at once per developer key and organization, 20,000 calls per developer
key and clock hour.
"""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CONCURRENCY_LIMIT = 3
"""Calls at once per developer key and organization."""

HOURLY_LIMIT = 20_000
"""Calls per developer key and clock hour."""

HOUR_S = 3600


class Limits:
    """Keeps calls within BILL's concurrency limit and counts them.

    Args:
        concurrency: Calls at once, 1 to `CONCURRENCY_LIMIT`.
    """

    def __init__(self, concurrency: int = CONCURRENCY_LIMIT) -> None:
        if not 1 <= concurrency <= CONCURRENCY_LIMIT:
            raise ValueError(f"concurrency is {concurrency}; BILL allows 1 to {CONCURRENCY_LIMIT}")
        self._places = threading.BoundedSemaphore(concurrency)
        self._lock = threading.Lock()
        self._calls: Counter[str] = Counter()

    @contextmanager
    def place(self, operation: str) -> Iterator[None]:
        """Wait for one of the places at BILL, and count the call."""
        with self._places:
            with self._lock:
                self._calls[operation] += 1
            yield

    def calls(self) -> dict[str, int]:
        """How often each path has been called."""
        with self._lock:
            return dict(self._calls)


def seconds_to_next_hour(now_s: float) -> float:
    """Seconds until the clock hour turns.

    Args:
        now_s: Seconds since the epoch.
    """
    return HOUR_S - now_s % HOUR_S
