"""Waiting for another run that holds what this one needs: one deadline for all of it."""

from __future__ import annotations

import logging
import os
import time
from typing import TYPE_CHECKING

from filelock import Timeout

from bill_program.errors import TakenError
from target_bill.files import PRIVATE

if TYPE_CHECKING:
    from collections.abc import Callable

    from filelock import FileLock

log = logging.getLogger(__name__)


class Wait:
    """Takes locks, and waits for those who have them; the time counts from when it is made.

    Args:
        seconds: For which it is waited in all (`ledger_wait_s`).
    """

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds
        self._until_s = time.monotonic() + seconds

    def take(self, lock: FileLock, held: Callable[[], str], why: str = "") -> None:
        """Take a lock. A signal whose handler raises ends the waiting at once.

        Args:
            lock: The lock.
            held: Words for the run that has it, and for the lock.
            why: A sentence for people: the harm that the lock keeps away.

        Raises:
            TakenError: Another run still has it.
            OSError: It cannot be kept where it is.
        """
        _make(lock.lock_file)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            self._wait(lock, held, why)

    def _wait(self, lock: FileLock, held: Callable[[], str], why: str) -> None:
        left_s = self._until_s - time.monotonic()
        if left_s > 0:
            log.warning("%s; waiting up to %.0f s for it to end (`ledger_wait_s`)", held(), left_s)
        try:
            lock.acquire(timeout=max(0, left_s))
        except Timeout:
            waited = f"`ledger_wait_s`: {self._seconds} s were not enough"
            step = f"wait for it to end ({waited if self._seconds else 'or set `ledger_wait_s`'})"
            raise TakenError(". ".join(filter(None, [f"{held()}; {step}", why]))) from None


def _make(path: str | os.PathLike[str]) -> None:
    """Make the file of a lock: where none can be made, the library takes some of the system's refusals for a lock.

    Raises:
        OSError: It cannot be made.
    """
    os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, PRIVATE))
