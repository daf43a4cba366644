"""Request log: call, outcome and duration. Never a form field, never a secret."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

KEPT = 50_000


@dataclass(slots=True, kw_only=True)
class LoggedCall:
    """One call of the API.

    Attributes:
        time: The simulator's clock on arrival, on BILL's wire.
        path: After `/api/v2`.
        entity: The entity that it was about, if any.
        organization: The organization of its session, if any.
        code: `OK`, or BILL's code, or what a fault did instead of an answer; `gone` when the caller hung up before
            the call was complete.
        rows: Objects in the answer.
        refused_rows: Refused elements of a bulk call.
        duration_ms: From the complete request to the ready answer, or to the end of a call that a fault kept waiting.
        fault: The kind of fault that was played, if any.
    """

    time: str
    path: str
    entity: str | None = None
    organization: str | None = None
    code: str = "OK"
    rows: int | None = None
    refused_rows: int | None = None
    duration_ms: float = 0.0
    fault: str | None = None

    @property
    def is_problem(self) -> bool:
        """True for a call that was refused, in part or whole, or disturbed by a fault."""
        return self.code != "OK" or bool(self.refused_rows) or self.fault is not None


class RequestLog:
    """The last calls in full, and counts of all."""

    def __init__(self) -> None:
        self._entries: deque[LoggedCall] = deque(maxlen=KEPT)
        self._paths: Counter[str] = Counter()
        self._codes: Counter[str] = Counter()
        self._logins = 0

    def add(self, entry: LoggedCall) -> None:
        """Remember a call."""
        self._entries.append(entry)
        self._paths[entry.path] += 1
        self._codes[entry.code] += 1
        self._logins += entry.path == "/Login.json"

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
        self._paths.clear()
        self._codes.clear()
        self._logins = 0

    def entries(self) -> list[dict[str, Any]]:
        """The last calls, the oldest first."""
        return [asdict(each) for each in self._entries]

    def latest(self) -> Iterator[LoggedCall]:
        """The last calls, the newest first; nothing may be added until they have been looked at."""
        return reversed(self._entries)

    def summary(self) -> dict[str, Any]:
        """Counts of every call since the last clear."""
        return {
            "calls": sum(self._paths.values()),
            "paths": dict(sorted(self._paths.items())),
            "codes": dict(sorted(self._codes.items())),
            "logins": self._logins,
        }
