"""Batches on their way into DuckDB: files of one JSON object a line, whose values DuckDB reads as texts.

Measured for 40 columns, it is more than twice as fast as lists or one JSON text as parameters and a hundred times as
fast as `executemany`; it is exact for every character including NUL, and memory does not grow with a batch. Nothing is
left for DuckDB to detect: columns, types and format are all said.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from target_duckdb.errors import unwritten

if TYPE_CHECKING:
    from pathlib import Path

SPOOL_BYTES_MAX = 64 * 1024 * 1024
"""A batch is full at this size, whatever its number of rows."""

_MEMORY_BYTES_MAX = 256 * 1024
_OBJECT_BYTES_MIN = 256 * 1024
_SUFFIX = ".ndjson"


class BatchSpool:
    """One batch, in a file once it has outgrown a small buffer."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows = 0
        self.size = 0
        self._longest = 0
        self._begun = False
        self._buffer = bytearray()

    @property
    def object_bytes_max(self) -> int:
        """Bytes that DuckDB must be ready for in one line; each of its threads takes twice as many."""
        return max(_OBJECT_BYTES_MIN, 2 * self._longest)

    def append(self, line: bytes) -> None:
        """Add a row."""
        self._buffer += line
        self._buffer += b"\n"
        self.rows += 1
        self.size += len(line) + 1
        self._longest = max(self._longest, len(line))
        # Opened anew for each piece: a hundred streams at once must not run out of file handles.
        if len(self._buffer) > _MEMORY_BYTES_MAX:
            self.flush()

    def flush(self) -> None:
        """Put everything into the file.

        Raises:
            LoadError: It cannot be written.
        """
        # The first piece must make the file: rows that a killed run left behind are not ours to load.
        try:
            with self.path.open("ab" if self._begun else "xb") as file:
                file.write(self._buffer)
        except OSError as error:
            raise unwritten(self.path, error) from None
        self._begun = True
        self._buffer.clear()

    def discard(self) -> None:
        """Remove the file."""
        self.path.unlink(missing_ok=True)


class StagingFolder:
    """The folder beside the database for its batches. Only the process that holds the database uses it."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + ".staging")
        self._count = 0
        self.clear()

    def spool(self) -> BatchSpool:
        """A new, empty batch."""
        self._path.mkdir(mode=0o700, exist_ok=True)
        self._count += 1
        return BatchSpool(self._path / f"batch-{self._count}{_SUFFIX}")

    def clear(self) -> None:
        """Remove our files, those of a killed run included, and the folder unless something else is in it."""
        for file in self._path.glob(f"batch-*{_SUFFIX}"):
            file.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self._path.rmdir()
