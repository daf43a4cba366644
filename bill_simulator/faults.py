"""What goes wrong on purpose: scripted by path, nth matching call and count.

A new kind is an entry in `KINDS` and a branch where `api` serves or delivers.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Any


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of fault goes.

    Attributes:
        committed: The call is served, and its change kept, before the fault.
        doc: What the client sees.
    """

    committed: bool
    doc: str


KINDS: dict[str, Kind] = {
    "drop_before": Kind(committed=False, doc="nothing happens; the connection closes without an answer"),
    "drop_after": Kind(committed=True, doc="the change is kept; the connection closes without an answer"),
    "error": Kind(committed=False, doc="nothing happens; BILL answers with `code` (and `message`)"),
    "html_502": Kind(committed=False, doc="nothing happens; HTTP 502 with an HTML page from the edge"),
    "cut_json": Kind(committed=True, doc="the change is kept; HTTP 200 with the first half of the JSON"),
    "expire_session": Kind(committed=False, doc="the session of the call is over: BDC_1109"),
}


@dataclass(slots=True, kw_only=True)
class Fault:
    """One scripted fault.

    Attributes:
        kind: One of `KINDS`.
        path: Pattern of the path after `/api/v2`, e.g. `/List/*` or `/Bulk/Crud/Create/Bill.json`.
        nth: The first matching call that it strikes, from 1, counted since it was scripted.
        count: How many matching calls it strikes from there on; 0 is every one.
        code: For `error`, what BILL answers.
        message: For `error`, its text; by default BILL's own for the code.
        matched: How many calls have matched.
        fired: How often it has struck.
    """

    kind: str
    path: str = "*"
    nth: int = 1
    count: int = 1
    code: str = "BDC_1001"
    message: str | None = None
    matched: int = 0
    fired: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            message = f"unknown fault {self.kind!r}; there are: {', '.join(KINDS)}"
            raise ValueError(message)
        if not isinstance(self.nth, int) or self.nth < 1 or not isinstance(self.count, int) or self.count < 0:
            message = "nth must be a whole number from 1, count from 0"
            raise ValueError(message)

    def is_due(self, path: str) -> bool:
        """Count a call that matches; whether it is one to strike."""
        if not fnmatchcase(path, self.path):
            return False
        self.matched += 1
        return self.matched >= self.nth and (self.count == 0 or self.fired < self.count)


class FaultPlan:
    """The faults to come."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def script(self, **details: Any) -> Fault:
        """Add a fault; ValueError or TypeError says what is wrong with it."""
        if {"matched", "fired"} & details.keys():
            message = "matched and fired are counted here"
            raise ValueError(message)
        fault = Fault(**details)
        self._faults.append(fault)
        return fault

    def take(self, path: str) -> Fault | None:
        """The fault that strikes this call, if any: of several that are due the first scripted, the others wait."""
        due = [each for each in self._faults if each.is_due(path)]
        if not due:
            return None
        due[0].fired += 1
        return due[0]

    def clear(self) -> None:
        """No more faults."""
        self._faults.clear()

    def described(self) -> list[dict[str, Any]]:
        """Every fault with what it has done so far."""
        return [asdict(each) for each in self._faults]
