"""Threads for calls that are under way while their caller goes on."""

from __future__ import annotations

import signal
import threading
from concurrent.futures import Future
from contextlib import contextmanager
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Result = TypeVar("Result")


@contextmanager
def signals_kept_out() -> Iterator[None]:
    """Threads that begin in here get no signals: one that such a thread gets does not wake the main thread."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Threads:
    """A few threads that take calls from a queue.

    Not a `ThreadPoolExecutor`: that one keeps a process from ending while a call is waiting for BILL or for its next
    attempt, which may take minutes after Ctrl-C.

    Args:
        most: Threads at most; they start when they are needed.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._started = 0
        self._calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()

    def submit(self, call: Callable[..., Result], *arguments: Any) -> Future[Result]:
        """Call something in one of the threads."""
        future: Future[Result] = Future()

        def work() -> None:
            try:
                future.set_result(call(*arguments))
            except BaseException as error:  # noqa: BLE001  whoever waits for it gets it
                future.set_exception(error)

        self._calls.put(work)
        if self._started < self._most:
            self._started += 1
            with signals_kept_out():
                threading.Thread(target=self._work, name=f"bill {self._started}", daemon=True).start()
        return future

    def close(self) -> None:
        """Let the threads end when they have done what was submitted; a later call starts a new one."""
        for _ in range(self._started):
            self._calls.put(None)
        self._started = 0

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            call()
            del call  # it holds its result, a page perhaps, for as long as this thread waits for the next one
