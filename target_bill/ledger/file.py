"""The file of the ledger: an SQLite database for one process at a time, which stands in it."""

from __future__ import annotations

import os
import platform
import sqlite3
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from bill_program.errors import ConnectorError, TakenError
from target_bill.files import PRIVATE, PRIVATE_FOLDER, is_locked, remedy
from target_bill.ledger.schema import prepare

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from target_bill.ledger.waiting import Wait

HOLDER = "holder"
ROWS_AT_ONCE = 100


class LedgerFile:
    """The file, locked as long as it is open.

    Args:
        path: Where it is; made with its folder, readable by its owner only.
        is_dry_run: Nothing is written: work goes on in a copy in memory.
        wait: Waits for another process that has it.

    Raises:
        TakenError: Another process has it.
        ConnectorError: It cannot be used.
    """

    def __init__(self, path: Path, *, is_dry_run: bool, wait: Wait) -> None:
        real = path.resolve()  # a link and its file are one ledger, with one lock
        try:
            real.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
            self._lock = FileLock(f"{real}.lock", mode=PRIVATE)
            wait.take(self._lock, lambda: f"another target-bill is using the ledger {path}{_held_by(real)}")
        except OSError as error:
            raise unusable(path, error) from error
        try:
            self.db = _opened(real, is_dry_run=is_dry_run)
        except (OSError, sqlite3.Error) as error:
            self._lock.release()
            raise unusable(path, error) from error
        try:
            prepare(self.db, path)
            self._say_who_has_it()
        except sqlite3.Error as error:
            self.close()
            raise unusable(path, error) from error
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Give it free."""
        self.db.close()
        self._lock.release()

    def known(self, name: str, default: str) -> str:
        """The value of a name in `meta`; the given one from now on, if there is none."""
        self.db.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (name, default))
        (value,) = self.db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return str(value)

    def _say_who_has_it(self) -> None:
        now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        who = f"process {os.getpid()} on {platform.node()}, since {now}"
        self.db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (HOLDER, who))


def _opened(path: Path, *, is_dry_run: bool) -> sqlite3.Connection:
    if is_dry_run:
        copy = sqlite3.connect(":memory:", isolation_level=None)
        if path.exists():
            original = sqlite3.connect(path)
            original.backup(copy)
            original.close()
        return copy
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, PRIVATE))
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA secure_delete = ON")  # what was being sent does not stay in the file
    return db


def _held_by(path: Path) -> str:
    """The process that has the ledger, as it wrote down itself."""
    try:
        db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            told = [f" ({who})" for (who,) in db.execute("SELECT value FROM meta WHERE name = ?", (HOLDER,))]
        finally:
            db.close()
    except sqlite3.Error:
        return ""
    return "".join(told)


def unusable(path: Path, error: OSError | sqlite3.Error) -> ConnectorError:
    """The error of a ledger that cannot be used, or not now: another program has it open for writing."""
    kind = TakenError if is_locked(error) else ConnectorError
    return kind(f"the ledger {path} cannot be used: {error}; {remedy(error)}")


def write_rows(db: sqlite3.Connection, statement: str, place: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Many rows by one statement: after each statement a thread may have to wait for Python's own lock."""
    for begin in range(0, len(rows), ROWS_AT_ONCE):
        some = rows[begin : begin + ROWS_AT_ONCE]
        places = ", ".join([place] * len(some))
        db.execute(statement.format(places), [value for row in some for value in row])
