"""How much BILL takes at once and per hour."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from bill_simulator.behaviour.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bill_simulator.state.clock import Clock


LARGEST = 10**12


@dataclass(slots=True)
class Limits:
    """Every number that a test may want smaller.

    Attributes:
        concurrent: Calls at once per developer key and organization (documented: api-rate-limits).
        requests_per_hour: Calls per developer key and clock hour (documented: api-rate-limits).
        logins_per_hour: Login and ListOrgs calls per developer key and clock hour (documented: api-rate-limits).
        session_idle_s: A session dies after 35 idle minutes (documented: api-login-best-practices).
        bulk_objects: Objects in one bulk call (documented: bulkcreatevendor).
        list_rows: Rows in one List page (documented: search-ops-with-lists). With fewer, pages are cut below what is
            asked for, unless the switch `list_over_limit` refuses that.
        mfa_code_s: A texted code is good for so long (that it expires was seen in clients; how soon is unknown).
        mfa_attempts: Wrong codes in one session before BDC_1358 (seen in clients; how many is unknown).
        attachment_bytes: An attachment must be smaller (documented: UploadAttachment; v3 says 6 MB for bills). Above
            32 MB every file is too large here.
        attachment_ready_s: From the upload until the pages of an attachment are there (v3: a few minutes).
        attachments_kept_bytes: All attachments that a simulator keeps, in memory (ours): one more is BDC_1001.
        latency_ms: How long every call of the API takes, before it does anything. Real time.
        write_latency_ms: What a create, update, delete or undelete takes on top.
    """

    concurrent: int = 3
    requests_per_hour: int = 20_000
    logins_per_hour: int = 200
    session_idle_s: int = 35 * 60
    bulk_objects: int = 100
    list_rows: int = 999
    mfa_code_s: int = 10 * 60
    mfa_attempts: int = 5
    attachment_bytes: int = 20_000_000
    attachment_ready_s: int = 0
    attachments_kept_bytes: int = 200_000_000
    latency_ms: int = 0
    write_latency_ms: int = 0

    def set(self, name: str, value: int) -> None:
        """Change one limit; ValueError says what is wrong."""
        names = [each.name for each in fields(self)]
        if name not in names:
            message = f"unknown limit {name!r}; there are: {', '.join(names)}"
            raise ValueError(message)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST:
            message = f"limit {name} must be a whole number from 0 to {LARGEST:,}, not {value!r}"
            raise ValueError(message)
        setattr(self, name, value)


class Gate:
    """Counts calls in flight and per clock hour, and turns away what is too much.

    Calls with a session are counted as in flight; Login and ListOrgs are not (inferred).

    Attributes:
        peak: Most calls at once per organization, those that were turned away included.
    """

    def __init__(self, limits: Limits, clock: Clock) -> None:
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
            raise Refusal("BDC_1144", self._limits.requests_per_hour)
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
            raise Refusal("BDC_1144", self._limits.logins_per_hour)
        self._logins[developer_key] += 1

    @contextmanager
    def slot(self, developer_key: str, organization_id: str) -> Iterator[None]:
        """Hold one of the places at once; BDC_1322 for the call that finds none (documented: api-rate-limits)."""
        place = developer_key, organization_id
        at_once = self._flying[place] + 1
        self.peak[organization_id] = max(self.peak[organization_id], at_once)
        if at_once > self._limits.concurrent:
            raise Refusal("BDC_1322")
        self._flying[place] = at_once
        try:
            yield
        finally:
            self._flying[place] -= 1

    def usage(self) -> dict[str, dict[str, int]]:
        """What this clock hour has seen, by developer key."""
        self._turn_hour()
        return {"requests": dict(self._requests), "logins": dict(self._logins)}

    def _turn_hour(self) -> None:
        hour = self._clock.hour()
        if hour != self._hour:
            self._hour = hour
            self._requests.clear()
            self._logins.clear()
