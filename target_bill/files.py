"""Files that only their owner may read, and a remedy for one that could not be read or written."""

from __future__ import annotations

import errno
import os
import sqlite3
from types import MappingProxyType
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PLACES = "`ledger`, `report_dir` and the system's temporary folder"
FULL = f"the disk is full: make room under {PLACES}"
READ_ONLY = f"nothing may be written there: look at the permissions under {PLACES}"

SQLITE: Mapping[int, str] = MappingProxyType(
    {
        sqlite3.SQLITE_FULL: FULL,
        sqlite3.SQLITE_BUSY: "another program has the ledger open and locked: close it",
        sqlite3.SQLITE_LOCKED: "another program has the ledger open and locked: close it",
        sqlite3.SQLITE_NOTADB: "the ledger is no database: check the setting `ledger`, or restore it from a backup",
        sqlite3.SQLITE_CORRUPT: "the ledger is damaged: restore it from a backup",
        sqlite3.SQLITE_READONLY: READ_ONLY,
        sqlite3.SQLITE_PERM: READ_ONLY,
        sqlite3.SQLITE_CANTOPEN: f"it cannot be opened: look at the folder and the permissions under {PLACES}",
        sqlite3.SQLITE_IOERR: f"the disk does not answer: look at {PLACES}",
    }
)
"""By SQLite's primary result codes."""

SYSTEM: Mapping[int | None, str] = MappingProxyType(
    {errno.ENOSPC: FULL, errno.EDQUOT: FULL, errno.EACCES: READ_ONLY, errno.EPERM: READ_ONLY, errno.EROFS: READ_ONLY}
)

PRIVATE, PRIVATE_FOLDER = 0o600, 0o700


def private(path: Path) -> IO[str]:
    """A new text file with mode 0600; its folder is made when it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
    file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, PRIVATE)
    os.fchmod(file, PRIVATE)
    return os.fdopen(file, "w", encoding="utf-8", newline="")


def remedy(error: OSError | sqlite3.Error) -> str:
    """The remedy for an error, for people; the files that are written to where nothing more is known."""
    if isinstance(error, OSError):
        return SYSTEM.get(error.errno, f"look at {PLACES}")
    code = getattr(error, "sqlite_errorcode", None)
    return SQLITE.get(code & 0xFF, f"look at {PLACES}") if isinstance(code, int) else f"look at {PLACES}"
