"""The owners of objects, by the ids of these.

Asked only of what BILL has already. In the file an index of ids, which come in no order, would cost every call a page
for each record: so it is made in a temporary table, when it is first needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bill_program.errors import ConnectorError
from target_bill.ledger.file import write_rows
from target_bill.model.outcome import Hold
from target_bill.model.step import Owner

if TYPE_CHECKING:
    import sqlite3
    import threading
    from collections.abc import Iterable
    from pathlib import Path


class Owners:
    """The owners of an organization's objects.

    Args:
        db: The ledger.
        path: Its file, for messages.
        organization_id: The organization.
        one_at_a_time: Held while the ledger is written.
    """

    def __init__(self, db: sqlite3.Connection, path: Path, organization_id: str, one_at_a_time: threading.Lock) -> None:
        self._db = db
        self._path = path
        self._organization_id = organization_id
        self._one_at_a_time = one_at_a_time
        self._read: set[str] = set()

    def of(self, stream: str, bill_id: str) -> Owner | None:
        """The record that owns an object; None where it is known to have none."""
        if stream not in self._read:
            self._read_all(stream)
        row = self._db.execute(
            "SELECT source_key, hold FROM temp.owners WHERE stream = ? AND bill_id = ? ORDER BY hold = 'made' LIMIT 1",
            (stream, bill_id),
        ).fetchone()
        if row is None:
            return None
        source_key, hold = row
        return Owner(source_key=source_key, hold=hold_of(self._path, stream, source_key, hold))

    def add(self, rows: Iterable[tuple[str, str, str, str]]) -> None:
        """Know rows of `settled`, in a transaction: stream, BILL id, source key and hold of each."""
        owned = [row for row in rows if row[0] in self._read and row[-1] != Hold.LINKED]
        write_rows(self._db, "INSERT OR REPLACE INTO temp.owners VALUES {}", "(?, ?, ?, ?)", owned)

    def forget(self, stream: str, source_key: str) -> None:
        """Forget that a record owns anything."""
        if stream in self._read:
            self._db.execute("DELETE FROM temp.owners WHERE stream = ? AND source_key = ?", (stream, source_key))

    def _read_all(self, stream: str) -> None:
        with self._one_at_a_time:  # another thread's transaction must not take it back
            self._db.execute(
                "CREATE TEMP TABLE IF NOT EXISTS owners (stream TEXT, bill_id TEXT, source_key TEXT, hold TEXT,"
                " PRIMARY KEY (stream, bill_id, source_key)) WITHOUT ROWID"
            )
            self._db.execute(
                "INSERT INTO temp.owners SELECT stream, bill_id, source_key, hold FROM settled"
                " WHERE organization_id = ? AND stream = ? AND hold <> 'linked'",
                (self._organization_id, stream),
            )
            self._read.add(stream)


def hold_of(path: Path, stream: str, source_key: str, hold: str) -> Hold:
    """The hold of a row of `settled`.

    Raises:
        ConnectorError: It is none.
    """
    try:
        return Hold(hold)
    except ValueError:
        raise ConnectorError(
            f"the ledger {path}, table `settled`, the row of {stream} {source_key} cannot be read: its hold "
            f"is {hold!r}. Restore the ledger from a backup"
        ) from None
