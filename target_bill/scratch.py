"""What a run has to remember of its input: records that wait for others, and natural keys that are taken.

In a temporary SQLite database, so that memory does not grow with the input. Nothing of it outlives the run: what is
not settled comes again with the input.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bill_api.encoding import decode, encode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bill_api.entity import Entity
    from target_bill.document import Document

SCHEMA = """
-- AUTOINCREMENT: a record that is held again must not get the place of one that was taken out.
CREATE TABLE held (place INTEGER PRIMARY KEY AUTOINCREMENT, entity TEXT, source_key TEXT, stream TEXT, keys TEXT,
    record TEXT);
CREATE INDEX held_by_key ON held (entity, source_key);
CREATE TABLE claims (entity TEXT, natural_key TEXT, source_key TEXT, PRIMARY KEY (entity, natural_key)) WITHOUT ROWID;
"""

AT_ONCE = 1000
"""Held records that are taken out together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRecord:
    """A record as it came."""

    stream: str
    keys: tuple[str, ...]
    record: Mapping[str, Any]


class Scratch:
    """Memory of one run."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute("PRAGMA journal_mode = OFF")  # nothing is ever rolled back
        self._db.executescript(SCHEMA)

    def close(self) -> None:
        """Forget everything."""
        self._db.close()

    def hold(self, document: Document) -> None:
        """Put a record aside."""
        self._db.execute(
            "INSERT INTO held (entity, source_key, stream, keys, record) VALUES (?, ?, ?, ?, ?)",
            (
                document.entity.name,
                document.source_key,
                document.stream,
                encode(document.key_properties),
                encode(document.record),
            ),
        )

    def held_count(self) -> int:
        """How many records are held."""
        return int(self._db.execute("SELECT count(*) FROM held").fetchone()[0])

    def take_out(self, entity: Entity) -> Iterator[list[HeldRecord]]:
        """Take the held records of an entity out, in order; what is held again meanwhile stays."""
        end = self._db.execute("SELECT max(place) FROM held").fetchone()[0]
        query = "SELECT place, stream, keys, record FROM held WHERE entity = ? AND place <= ? ORDER BY place LIMIT ?"
        while rows := self._db.execute(query, (entity.name, end, AT_ONCE)).fetchall():
            self._db.executemany("DELETE FROM held WHERE place = ?", [(row[0],) for row in rows])
            yield [_held(*row[1:]) for row in rows]

    def take_out_older(self, document: Document) -> list[HeldRecord]:
        """Take out earlier versions of a record: held now, they would overwrite it later."""
        key = (document.entity.name, document.source_key)
        rows = self._db.execute(
            "SELECT stream, keys, record FROM held WHERE entity = ? AND source_key = ?", key
        ).fetchall()
        if rows:
            self._db.execute("DELETE FROM held WHERE entity = ? AND source_key = ?", key)
        return [_held(*row) for row in rows]

    def claim(self, document: Document, natural_key: str) -> str | None:
        """Take a natural key for a record.

        Returns:
            The source key of the record that has taken it before; None when it is this one's.
        """
        self._db.execute(
            "INSERT OR IGNORE INTO claims VALUES (?, ?, ?)", (document.entity.name, natural_key, document.source_key)
        )
        row = self._db.execute(
            "SELECT source_key FROM claims WHERE entity = ? AND natural_key = ?", (document.entity.name, natural_key)
        ).fetchone()
        return None if row[0] == document.source_key else str(row[0])


def _held(stream: str, keys: str, record: str) -> HeldRecord:
    return HeldRecord(stream=stream, keys=tuple(decode(keys.encode())), record=decode(record.encode()))
