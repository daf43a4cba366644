"""Counts of calls at once and per clock hour, and refusals of what is above the limits."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bill_simulator.behaviour.refusals import ErrorAnswer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bill_simulator.behaviour.limits import SimulatorLimits
    from bill_simulator.state.clock import Clock


class CallLimiter:
    """Counts calls in flight and per clock hour, and turns away what is too much.

    Calls with a session are counted as in flight; Login and ListOrgs are not (inferred).

    Attributes:
        peak: Most calls at once per organization, those that were turned away included.
    """

    def __init__(self, limits: SimulatorLimits, clock: Clock) -> None:
        self._limits = limits
        self._clock = clock
        self._hour = clock.hour()
        self._requests: Counter[str] = Counter()
        self._logins: Counter[str] = Counter()
        self._flying: Counter[tuple[str, str]] = Counter()
        self.peak: Counter[str] = Counter()

    def count(self, developer_key: str, requests: int = 1) -> None:
        """Count calls of this clock hour; BDC_1144 for the one above the limit (documented: api-rate-limits)."""
        self._turn_hour()
        if self._requests[developer_key] + requests > self._limits.requests_per_hour:
            raise ErrorAnswer("BDC_1144", self._limits.requests_per_hour)
        self._requests[developer_key] += requests

    def count_some(self, developer_key: str, requests: int) -> int:
        """Count as many of these calls as this clock hour still has room for, and say how many that were."""
        self._turn_hour()
        room = max(self._limits.requests_per_hour - self._requests[developer_key], 0)
        counted = min(requests, room)
        self._requests[developer_key] += counted
        return counted

    def count_login(self, developer_key: str) -> None:
        """Count a Login or ListOrgs; the same code above its own limit (documented: api-rate-limits)."""
        self._turn_hour()
        if self._logins[developer_key] >= self._limits.logins_per_hour:
            raise ErrorAnswer("BDC_1144", self._limits.logins_per_hour)
        self._logins[developer_key] += 1

    @contextmanager
    def slot(self, developer_key: str, organization_id: str) -> Iterator[None]:
        """Hold one of the places at once; BDC_1322 for the call that finds none (documented: api-rate-limits)."""
        place = developer_key, organization_id
        at_once = self._flying[place] + 1
        self.peak[organization_id] = max(self.peak[organization_id], at_once)
        if at_once > self._limits.concurrent:
            raise ErrorAnswer("BDC_1322")
        self._flying[place] = at_once
        try:
            yield
        finally:
            self._flying[place] -= 1

    def usage(self) -> dict[str, dict[str, int]]:
        """The calls and logins of this clock hour, by developer key."""
        self._turn_hour()
        return {"requests": dict(self._requests), "logins": dict(self._logins)}

    def _turn_hour(self) -> None:
        hour = self._clock.hour()
        if hour != self._hour:
            self._hour = hour
            self._requests.clear()
            self._logins.clear()
