"""Request log: call, outcome and duration; of the last calls also what was said, for the page alone.

Neither form fields nor secrets are in the log that is given away: what was said is masked by `page.exchanges`.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

KEPT = 50_000
EXCHANGES_KEPT = 100
"""So many of the last calls, and as many of the last that went wrong, are kept with what was said."""
TEXT_MAX = 20_000
"""The most that is kept of a field and an answer, in characters and bytes; a page of 999 rows is a hundred times it."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """The form fields of a call, and its answer.

    Attributes:
        sent: Its form fields as they came, secrets too; each up to `TEXT_MAX`.
        file_size: Of a file among them, in bytes.
        answer: The beginning of the answer.
        size: Of the whole answer, in bytes.
    """

    sent: Mapping[str, str] = field(repr=False)
    file_size: int
    answer: bytes = field(repr=False)
    size: int


class RequestLog:
    """The last calls in full, and counts of all."""

    def __init__(self) -> None:
        self._entries: deque[LoggedCall] = deque(maxlen=KEPT)
        self._paths: Counter[str] = Counter()
        self._codes: Counter[str] = Counter()
        self._logins = 0
        self._count = 0
        self._exchanges: dict[bool, deque[tuple[int, LoggedCall, Exchange]]] = {
            is_problem: deque(maxlen=EXCHANGES_KEPT) for is_problem in (False, True)
        }

    def add(self, entry: LoggedCall, exchange: Exchange | None = None) -> None:
        """Remember a call."""
        self._entries.append(entry)
        self._count += 1
        if exchange is not None:
            self._exchanges[entry.is_problem].append((self._count, entry, exchange))
        self._paths[entry.path] += 1
        self._codes[entry.code] += 1
        self._logins += entry.path == "/Login.json"

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
        self._paths.clear()
        self._codes.clear()
        self._logins = 0
        self._count = 0
        for each in self._exchanges.values():
            each.clear()

    def entries(self) -> list[dict[str, Any]]:
        """The last calls, the oldest first."""
        return [asdict(each) for each in self._entries]

    def latest(self) -> Iterator[LoggedCall]:
        """The last calls, the newest first; nothing may be added until they have been looked at."""
        return reversed(self._entries)

    def exchange(self, number: int) -> tuple[LoggedCall, Exchange] | None:
        """The call of a number, from 1, with what was said; None where that is not kept, or not any more."""
        kept = ((entry, exchange) for each in self._exchanges.values() for at, entry, exchange in each if at == number)
        return next(kept, None)

    def summary(self) -> dict[str, Any]:
        """Counts of every call since the last clear."""
        return {
            "calls": self._count,
            "paths": dict(sorted(self._paths.items())),
            "codes": dict(sorted(self._codes.items())),
            "logins": self._logins,
        }
