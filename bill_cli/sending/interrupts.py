"""Ctrl-C and SIGTERM while a write is under way: its answer is waited for, because nobody would know otherwise."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

WAITING = b"bill: waiting for BILL's answer; once more ends at once, and nobody knows what came of it\n"
SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(slots=True)
class Stop:
    """True if somebody wants an end."""

    wanted: bool = False


@contextmanager
def unhurried() -> Iterator[Stop]:
    """Let what is in the block come to its end; a second signal ends it at once."""
    stop = Stop()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        if stop.wanted:
            raise KeyboardInterrupt
        stop.wanted = True
        os.write(sys.stderr.fileno(), WAITING)  # not through the stream, which may be at work just now

    before = {each: signal.signal(each, on_signal) for each in SIGNALS}
    try:
        yield stop
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
