"""Input that goes on being read while a batch is written."""

from __future__ import annotations

import io
import os
from collections import deque
from threading import Condition, Thread

AHEAD_BYTES_MAX = 18 * 1024 * 1024
"""Bytes that wait for the loader at the most: what a tap says while DuckDB writes a batch. A pipe holds no more than 1
MiB, and a tap that waits for room in it does nothing else."""

PIECE_BYTES = 1024 * 1024
"""Bytes of a pipe, where the system lets us choose, and of what `readline` looks at."""

_READ_BYTES = 100 * 1024
"""Bytes of one reading: larger ones would have their memory from the system, and give it back, each time."""


class InputAhead(io.RawIOBase):
    """The bytes of a descriptor, read in a thread of its own before they are asked for.

    Whoever waits for bytes can be interrupted by a signal, as in any reading. What was read ahead and is not asked for
    any more is lost, as are the bytes in a buffer.

    Args:
        descriptor: Open for reading; nothing else may read it.
    """

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._pieces: deque[bytes] = deque()
        self._held = 0
        self._error: OSError | None = None
        self._is_over = False
        self._changed = Condition()
        # A daemon: it may wait for input that never comes when the run ends by a signal.
        self._thread = Thread(target=self._read_all, name="read-ahead", daemon=True)
        self._thread.start()

    def readable(self) -> bool:
        """True."""
        return True

    def fileno(self) -> int:
        """The descriptor."""
        return self._descriptor

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # the buffer of BufferedReader
        """Fill a buffer with the next bytes.

        Raises:
            OSError: They cannot be read; those before them were given out.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._pieces or self._is_over)
            if not self._pieces:
                if self._error is not None:
                    raise self._error
                return 0
            piece = self._pieces.popleft()
            taken, rest = piece[: len(buffer)], piece[len(buffer) :]
            if rest:
                self._pieces.appendleft(rest)
            self._held -= len(taken)
            self._changed.notify()
        buffer[: len(taken)] = taken
        return len(taken)

    def _read_all(self) -> None:
        error = None
        try:
            while piece := os.read(self._descriptor, _READ_BYTES):
                self._hold(piece)
        except OSError as broken:
            error = broken
        with self._changed:
            self._error, self._is_over = error, True
            self._changed.notify()

    def _hold(self, piece: bytes) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._held < AHEAD_BYTES_MAX)
            self._pieces.append(piece)
            self._held += len(piece)
            self._changed.notify()
