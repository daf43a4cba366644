"""Threads that take calls from a queue, and keep nothing of them."""

from __future__ import annotations

import gc
import threading
import weakref

from bill_program.threads import Threads

WAIT_S = 20


class Page:
    """A result that can be watched."""


def test_a_thread_that_waits_holds_no_result() -> None:
    """Many organizations have three threads each, and pages of megabytes."""
    threads = Threads(1)
    page = threads.submit(Page).result(WAIT_S)
    gone = threading.Event()
    weakref.finalize(page, gone.set)
    del page
    gc.collect()
    assert gone.wait(WAIT_S)
    threads.close()
