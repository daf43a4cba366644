"""Files that only their owner may read, and a remedy for one that could not be read or written."""

from __future__ import annotations

import os
import sqlite3
from tempfile import TemporaryFile
from types import MappingProxyType
from typing import IO, TYPE_CHECKING

from bill_program import disk
from bill_program.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PLACES = "`ledger`, `report_dir` and the system's temporary folder"
FULL = f"{disk.FULL} under {PLACES}"
READ_ONLY = f"{disk.READ_ONLY} under {PLACES}"

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
        # SQLite does not tell why: a disk that fails, and a file that may not grow, are one code.
        sqlite3.SQLITE_IOERR: f"the disk does not answer (look at {PLACES}), or {disk.TOO_LARGE}",
    }
)
"""By SQLite's primary result codes."""

LOCKED = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
PRIVATE, PRIVATE_FOLDER = 0o600, 0o700


def private(path: Path) -> IO[str]:
    """A new text file with mode 0600; its folder is made when it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
    file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, PRIVATE)
    os.fchmod(file, PRIVATE)
    return os.fdopen(file, "w", encoding="utf-8", newline="")


def check_folder(path: Path, setting: str) -> None:
    """Refuse a folder in which no file can be made, before there is anything to write; it is made when missing.

    Raises:
        SettingsError: It is one.
    """
    try:
        for folder in (*reversed(path.parents), path):  # each of them private, and not only the last
            folder.mkdir(exist_ok=True, mode=PRIVATE_FOLDER)
        with TemporaryFile(dir=path):
            pass
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise SettingsError(f"setting `{setting}` is {path}, and no file can be made there: {why}") from None


def remedy(error: OSError | sqlite3.Error) -> str:
    """The remedy for an error, for people; the files that are written to where nothing more is known."""
    if isinstance(error, OSError):
        step = disk.STEPS.get(error.errno)
        return step if step == disk.TOO_LARGE else f"{step or 'look at what is'} under {PLACES}"
    return SQLITE.get(_primary_code(error), f"look at {PLACES}")


def is_locked(error: OSError | sqlite3.Error) -> bool:
    """True if another program has a database open and locked."""
    return isinstance(error, sqlite3.Error) and _primary_code(error) in LOCKED


def _primary_code(error: sqlite3.Error) -> int:
    code = getattr(error, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else sqlite3.SQLITE_ERROR
