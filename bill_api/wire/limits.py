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

LOGIN_LIMIT = 200
"""Of them, logins and questions for organizations (documented: V2: api-rate-limits)."""

HOUR_S = 3600


CALM_CALLS = 50
"""Calls without a refusal after which one more place is tried."""


class Limits:
    """Keeps calls within BILL's concurrency limit and counts them.

    Somebody else may use the same account: when BILL says that there are too many at once, one place fewer is used,
    and one more again after a while of calm.

    Args:
        concurrency: Calls at once, 1 to `CONCURRENCY_LIMIT`.
    """

    def __init__(self, concurrency: int = CONCURRENCY_LIMIT) -> None:
        if not 1 <= concurrency <= CONCURRENCY_LIMIT:
            raise ValueError(f"concurrency is {concurrency}; BILL allows 1 to {CONCURRENCY_LIMIT}")
        self._most = self._allowed = concurrency
        self._taken = self._waiting = 0
        self._calm = 0
        self._lock = threading.Lock()
        self._given_back = threading.Condition(self._lock)
        self._calls: Counter[str] = Counter()

    @property
    def allowed(self) -> int:
        """Calls that are let through at once at present."""
        return self._allowed

    @property
    def waiting(self) -> int:
        """Calls that have found no place yet."""
        return self._waiting

    @contextmanager
    def place(self, operation: str) -> Iterator[None]:
        """Wait for one of the places at BILL, and count the call."""
        with self._given_back:
            self._waiting += 1
            try:
                self._given_back.wait_for(lambda: self._taken < self._allowed)
            finally:  # Ctrl-C ends a wait too
                self._waiting -= 1
            self._taken += 1
            self._calls[operation] += 1
        try:
            yield
        finally:
            with self._given_back:
                self._taken -= 1
                self._calm += 1
                if self._calm >= CALM_CALLS:
                    self._calm, self._allowed = 0, min(self._allowed + 1, self._most)
                self._given_back.notify_all()

    def crowded(self) -> None:
        """BILL has said that there are too many at once (BDC_1322)."""
        with self._lock:
            self._calm, self._allowed = 0, max(1, self._allowed - 1)

    def calls(self) -> dict[str, int]:
        """The number of calls of each path."""
        with self._lock:
            return dict(self._calls)


def seconds_to_next_hour(now_s: float) -> float:
    """Seconds until the clock hour turns.

    Args:
        now_s: Seconds since the epoch.
    """
    return HOUR_S - now_s % HOUR_S
