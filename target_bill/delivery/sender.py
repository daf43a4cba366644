"""Sends steps to BILL: written down first, up to a hundred in a call, three calls at a time, one result for each step.

Steps are collected until a call is full. A few calls fly while the next ones are prepared. Each is written down by its
own thread in the moment in which it leaves, for it may have waited; the results come back in the thread that asks for
them.
"""

from __future__ import annotations

import math
import time
from collections import deque
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING

from bill_api.errors import InDoubtError, RefusedError
from target_bill.model.step import Step

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator, Sequence

    from bill_api.client import BillClient, Element
    from bill_api.table.entity import Entity
    from target_bill.ledger.ledger import Ledger
    from target_bill.model.step import Action

FRESH_S, LOOKS_MAX = 60, 5
"""Seconds after which a look of the guard is too old for a call that has waited, for its turn or for the next hour; and
looks for one call, after which it leaves all the same: BILL goes on refusing it."""

AHEAD = 1
"""Calls that wait beside those that fly, so that a place at BILL is never free while the next call is prepared."""


@dataclass(frozen=True, slots=True)
class Landed:
    """A call that has ended: a result for each of its steps, or what stops the run; None where it never left."""

    steps: Sequence[Step]
    results: Sequence[Element] | BaseException | None


class _TooOldError(Exception):
    """The look of the guard is too old; nothing was sent since."""


class Sender:
    """Carries steps out.

    Args:
        client: BILL.
        ledger: Where each step is written down before it is sent.
        write: Makes the call of some steps of one kind, and gives a result for each.
        batch_size: Steps in one call.
        at_once: Calls at a time.
        stop: When it is set, nothing more is sent.
        guard: Asked right before a call: for each step what leaves, or its result without a call; None where all leave.
        now_s: Seconds of a clock that only goes on.
    """

    def __init__(
        self,
        client: BillClient,
        ledger: Ledger,
        write: Callable[[BillClient, Sequence[Step]], Sequence[Element]],
        *,
        batch_size: int,
        at_once: int,
        stop: threading.Event,
        guard: Callable[[BillClient, Sequence[Step]], Sequence[Step | Element]] | None = None,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._guard = guard
        self._now_s = now_s
        self._client = client
        self._ledger = ledger
        self._write = write
        self._batch_size = batch_size
        self._in_air_most = at_once + AHEAD
        self._stop = stop
        self._collected: dict[tuple[Entity, Action], list[Step]] = {}
        self._ready: deque[Sequence[Step]] = deque()
        self._in_air = 0
        self._landed: SimpleQueue[Landed] = SimpleQueue()
        self._under_way: set[tuple[str, str]] = set()

    def add(self, step: Step) -> None:
        """Take a step; it is sent when a call is full, or when `results` flushes."""
        self._under_way.add(step.document.key)
        group = self._collected.setdefault((step.entity, step.action), [])
        group.append(step)
        if len(group) >= (self._batch_size if step.is_bulk else 1):
            self._ready.append(self._collected.pop((step.entity, step.action)))

    def add_call(self, steps: Sequence[Step]) -> None:
        """Take steps that make a call of their own."""
        self._under_way.update(step.document.key for step in steps)
        self._ready.append(steps)

    def take_down(self, step: Step) -> None:
        """Nothing: what is no call is not sent."""

    @property
    def is_idle(self) -> bool:
        """True if every step that was added has its result."""
        return not self._under_way

    def results(self, *, flush: bool) -> Iterator[tuple[Sequence[Step], Sequence[Element]]]:
        """Send what is ready, and give the results that are there.

        Args:
            flush: Send calls that are not full as well, and wait until everything has its result. Otherwise wait only
                as long as calls are ready that cannot be sent yet.

        Raises:
            BaseException: What stops the run. Nothing is withdrawn: the next run looks.
        """
        if flush:
            self._ready.extend(self._collected.values())
            self._collected.clear()
        while True:
            while self._ready and self._in_air < self._in_air_most:
                self._begin(self._ready.popleft())
            must_wait = self._ready or flush
            if not self._in_air or (not must_wait and self._landed.empty()):
                return
            landed = self._landed.get()
            self._in_air -= 1
            if isinstance(landed.results, BaseException):
                raise landed.results
            if landed.results is None:
                self._ledger.withdraw(step.document.key for step in landed.steps)
                self._forget(landed.steps)
            else:
                self._forget(landed.steps)
                yield landed.steps, landed.results

    def remaining(self) -> Iterator[tuple[Sequence[Step], Sequence[Element]]]:
        """Send nothing more, and give the results of what is in the air; errors stay untold."""
        self._ready.clear()
        self._collected.clear()
        while self._in_air:
            landed = self._landed.get()
            self._in_air -= 1
            if landed.results is None:
                self._ledger.withdraw(step.document.key for step in landed.steps)
            elif not isinstance(landed.results, BaseException):
                yield landed.steps, landed.results
        self._under_way.clear()

    def _forget(self, steps: Sequence[Step]) -> None:
        self._under_way.difference_update(step.document.key for step in steps)

    def _bills_time_s(self) -> float:
        """BILL's time; without end where it tells none, so that a look back goes back to the beginning."""
        told_s = self._client.clock.told_s()
        return math.inf if told_s is None else told_s

    def _begin(self, steps: Sequence[Step]) -> None:
        self._bills_time_s()  # asked here: in the thread of a call it would need a place among the few at once
        self._in_air += 1
        self._client.begin(self._fly, steps)

    def _fly(self, steps: Sequence[Step]) -> None:
        """In a thread of the client's: one call."""
        if self._stop.is_set():
            self._landed.put(Landed(steps, None))
            return
        try:
            landed = self._guarded(steps)
        except BaseException as error:  # noqa: BLE001  raised again in the thread that waits for the result
            landed = Landed(steps, error)
        self._landed.put(landed)

    def _guarded(self, steps: Sequence[Step]) -> Landed:
        """Make the call with the steps that may still leave; one that has waited long looks again."""
        for look in range(1, LOOKS_MAX + 1):
            looked_s = self._now_s() if self._guard is not None and look < LOOKS_MAX else math.inf
            checked = steps if self._guard is None else self._guard(self._client, steps)
            leaving = [each for each in checked if isinstance(each, Step)]
            try:
                answers = iter(self._call(leaving, looked_s) if leaving else ())
            except _TooOldError:
                continue
            return Landed(
                [each if isinstance(each, Step) else step for step, each in zip(steps, checked, strict=True)],
                [next(answers) if isinstance(each, Step) else each for each in checked],
            )
        raise AssertionError("the last look is never too old")

    def _call(self, steps: Sequence[Step], looked_s: float) -> Sequence[Element]:
        def leaving() -> None:
            # Each step is on the disk before the call leaves, which may be long after this: it waits for its turn.
            if self._now_s() - looked_s > FRESH_S:
                raise _TooOldError
            self._ledger.intend(steps, self._bills_time_s())

        try:
            return self._write(self._client.telling(leaving), steps)
        except (InDoubtError, RefusedError) as error:
            return [error] * len(steps)
