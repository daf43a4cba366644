"""BILL's clock: asked once, and gone on with by a clock that nothing sets.

This computer's clock may be wrong, and may be set while a run lasts or between two of them: times that have to be
compared with BILL's own are told by BILL's.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bill_api.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable


EVER = datetime(1990, 1, 1, tzinfo=UTC)
"""Before any object of BILL, which was founded in 2006."""


class BillsClock:
    """Tells the time by BILL's clock; safe to use from several threads.

    Args:
        ask: Asks BILL for its time.
        monotonic_s: Seconds since any moment, by a clock that goes on evenly.
    """

    def __init__(self, ask: Callable[[], datetime], *, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self._ask = ask
        self._monotonic_s = monotonic_s
        self._lock = threading.Lock()
        self._ahead_s: float | None = None

    def now_s(self) -> float:
        """Seconds since the epoch; a little behind where BILL's answer took long, and never ahead.

        Raises:
            BillError: BILL does not tell its time.
        """
        with self._lock:
            if self._ahead_s is None:
                told = self._ask()
                # Counted after the answer, so that a slow one moves the time back and not forward.
                self._ahead_s = told.timestamp() - self._monotonic_s()
            return self._monotonic_s() + self._ahead_s

    def told_s(self) -> float | None:
        """The same; None where BILL does not tell this user its time.

        Raises:
            BillError: BILL cannot be asked.
        """
        try:
            return self.now_s()
        except RefusedError:
            return None

    def since_now(self) -> datetime:
        """The instant from which on BILL is asked for what changes now; `EVER` where it tells this user no time.

        Raises:
            BillError: BILL cannot be asked.
        """
        told_s = self.told_s()
        return EVER if told_s is None else datetime.fromtimestamp(told_s, UTC)
