"""The ledger: what was meant to be written, and what was.

An SQLite file. A row in `intents` is written down before a call leaves and goes away when its outcome is in
`settled`. A row that is still there after a crash is a record that may or may not be in BILL: look it up before it
is sent again. No amounts, names or bank numbers are kept, only keys, ids and salted hashes.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from bill_api.errors import FatalError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from target_bill.document import Document
    from target_bill.outcome import Outcome
    from target_bill.planner import Step

SCHEMA_VERSION = 1

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS settled (
    organization_id TEXT NOT NULL,
    stream          TEXT NOT NULL,  -- BILL stream
    source_key      TEXT NOT NULL,  -- key properties of the source record, as JSON
    source_id       TEXT,           -- the record's BILL id in the organization it came from
    bill_id         TEXT NOT NULL,
    content_hash    TEXT NOT NULL,
    verdict         TEXT NOT NULL,
    settled_at      TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
    PRIMARY KEY (organization_id, stream, source_key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS settled_by_source_id ON settled (organization_id, stream, source_id);
CREATE TABLE IF NOT EXISTS intents (
    organization_id TEXT NOT NULL,
    stream          TEXT NOT NULL,
    source_key      TEXT NOT NULL,
    operation       TEXT NOT NULL,
    content_hash    TEXT NOT NULL,
    sent_at_s       REAL NOT NULL,  -- seconds since the epoch, this computer's clock
    PRIMARY KEY (organization_id, stream, source_key)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What the ledger knows of a record."""

    bill_id: str
    content_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A call that was about to leave."""

    operation: str
    content_hash: str
    sent_at_s: float


class Ledger:
    """The ledger of one organization.

    Args:
        path: The file; made with its folder, readable by its owner only.
        organization_id: The organization that is written to.
    """

    def __init__(self, path: Path, organization_id: str) -> None:
        self._organization_id = organization_id
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = FileLock(f"{path}.lock", mode=0o600)
            self._lock.acquire(timeout=0)
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._db = sqlite3.connect(path, isolation_level=None)
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.executescript(SCHEMA)
        except Timeout:
            raise FatalError(
                f"another target-bill is using the ledger {path}; wait for it to end, or give this run its own `ledger`"
            ) from None
        except (OSError, sqlite3.Error) as error:
            raise FatalError(f"the ledger {path} cannot be used: {error}; check the setting `ledger`") from error
        version = self._meta("schema_version", str(SCHEMA_VERSION))
        if version != str(SCHEMA_VERSION):
            raise FatalError(f"the ledger {path} has schema version {version}; this target-bill knows {SCHEMA_VERSION}")
        self.salt = self._meta("salt", secrets.token_hex(16))

    def close(self) -> None:
        """Give the file free."""
        self._db.close()
        self._lock.release()

    def settled(self, stream: str, source_key: str) -> Settled | None:
        """What was written for a source record."""
        row = self._db.execute(
            "SELECT bill_id, content_hash FROM settled WHERE organization_id = ? AND stream = ? AND source_key = ?",
            (self._organization_id, stream, source_key),
        ).fetchone()
        return Settled(bill_id=row[0], content_hash=row[1]) if row else None

    def bill_id_of(self, stream: str, source_id: str) -> str | None:
        """The BILL id of the copy of an object of another organization."""
        row = self._db.execute(
            "SELECT bill_id FROM settled WHERE organization_id = ? AND stream = ? AND source_id = ?",
            (self._organization_id, stream, source_id),
        ).fetchone()
        return str(row[0]) if row else None

    def intent(self, stream: str, source_key: str) -> Intent | None:
        """The call for this record whose outcome is not known."""
        row = self._db.execute(
            "SELECT operation, content_hash, sent_at_s FROM intents"
            " WHERE organization_id = ? AND stream = ? AND source_key = ?",
            (self._organization_id, stream, source_key),
        ).fetchone()
        return Intent(operation=row[0], content_hash=row[1], sent_at_s=row[2]) if row else None

    def youngest_intent_s(self) -> float | None:
        """When the last call whose outcome is not known was sent, in seconds since the epoch."""
        row = self._db.execute(
            "SELECT max(sent_at_s) FROM intents WHERE organization_id = ?", (self._organization_id,)
        ).fetchone()
        return row[0] if row else None

    def intend(self, steps: Iterable[Step], now_s: float) -> None:
        """Write down what is about to be sent. On disk when this returns."""
        with self._transaction():
            self._db.executemany(
                "INSERT OR REPLACE INTO intents VALUES (?, ?, ?, ?, ?, ?)",
                [(*self._key(step.document), step.action, step.content_hash, now_s) for step in steps],
            )

    def settle(self, outcomes: Iterable[tuple[Outcome, str]]) -> None:
        """Write down what became of records; their intents end. On disk when this returns.

        Args:
            outcomes: Each with the content hash of what was sent. Without a `bill_id` only the intent ends.
        """
        with self._transaction():
            for outcome, content_hash in outcomes:
                document = outcome.document
                key = self._key(document)
                self._db.execute("DELETE FROM intents WHERE organization_id = ? AND stream = ? AND source_key = ?", key)
                if outcome.bill_id is not None:
                    self._db.execute(
                        "INSERT OR REPLACE INTO settled (organization_id, stream, source_key, source_id, bill_id,"
                        " content_hash, verdict) VALUES (?, ?, ?, ?, ?, ?, ?)",
                        (*key, document.source_id, outcome.bill_id, content_hash, outcome.verdict),
                    )

    def _key(self, document: Document) -> tuple[str, str, str]:
        return self._organization_id, document.entity.stream, document.source_key

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def _meta(self, name: str, default: str) -> str:
        self._db.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (name, default))
        return str(self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()[0])
