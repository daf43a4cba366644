"""The input of a run, on disk: everything is known before anything is written.

In a temporary SQLite database, so that memory does not grow with the input. Nothing of it outlives the run: what is not
settled comes again with the input.
"""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from enum import IntEnum
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from bill_api.encoding import decode, encode
from bill_api.identity import RecordKey
from target_bill.document import Document, Link, link_of
from target_bill.outcome import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bill_api.entity import Entity

SCHEMA = """
CREATE TABLE records (place INTEGER PRIMARY KEY, entity TEXT NOT NULL, state INTEGER NOT NULL, source_key TEXT,
    content_hash TEXT NOT NULL, claim TEXT, understood TEXT NOT NULL, record BLOB NOT NULL);
CREATE TABLE taken (entity TEXT, bill_id TEXT, source_key TEXT, PRIMARY KEY (entity, bill_id)) WITHOUT ROWID;
"""

AT_ONCE = 1000
"""Records that are taken out together."""


class State(IntEnum):
    """How far a record is."""

    PENDING = 0
    AS_WRITTEN = 1  # the ledger knows it with this content
    FOLLOWS = 2  # another record of the same object goes first
    DONE = 3


class Spool:
    """Records of one run, in their order of arrival."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute("PRAGMA journal_mode = OFF")  # nothing is ever rolled back
        self._db.executescript(SCHEMA)
        self._places = 0
        self._entities: set[str] = set()

    def close(self) -> None:
        """Forget everything."""
        self._db.close()

    def add(self, documents: Sequence[tuple[Document, State, Any]]) -> None:
        """Take documents in, each with its state and with what it claims (see `claims`)."""
        self._db.execute("BEGIN")
        self._db.executemany(
            "INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [self._row(*each) for each in documents],
        )
        self._db.execute("COMMIT")

    def came(self, entity: Entity) -> bool:
        """Whether the input has records of an entity."""
        return entity.name in self._entities

    def count(self, entity: Entity, *states: State) -> int:
        """How many records of an entity are so far."""
        wanted = ", ".join(str(int(each)) for each in states)
        query = f"SELECT count(*) FROM records WHERE entity = ? AND state IN ({wanted})"  # noqa: S608  numbers of ours
        return int(self._db.execute(query, (entity.name,)).fetchone()[0])

    def documents(self, entity: Entity, state: State) -> Iterator[list[Document]]:
        """The documents of an entity that are so far now, in order of arrival."""
        place = 0
        query = (
            "SELECT place, understood, record, source_key, content_hash FROM records"
            " WHERE place > ? AND entity = ? AND state = ? ORDER BY place LIMIT ?"
        )
        while rows := self._db.execute(query, (place, entity.name, state, AT_ONCE)).fetchall():
            place = rows[-1][0]
            yield [_document(entity, *row) for row in rows]

    def repeated(self, entity: Entity) -> Iterator[list[Document]]:
        """The documents of an entity that share a key, one key after the other, in order of arrival."""
        rows = self._db.execute(
            "SELECT source_key, place, understood, record, content_hash FROM records WHERE entity = ?1"
            " AND source_key IN (SELECT source_key FROM records WHERE entity = ?1 GROUP BY 1 HAVING count(*) > 1)"
            " ORDER BY source_key, place",
            (entity.name,),
        )
        for key, group in groupby(rows, key=itemgetter(0)):
            yield [_document(entity, row[1], row[2], row[3], key, row[4]) for row in group]

    def claims(self, entity: Entity) -> Iterator[tuple[int, str, str, Any]]:
        """Place, source key, content hash and claim of the records of an entity that are to be decided on."""
        rows = self._db.execute(
            "SELECT place, source_key, content_hash, claim FROM records"
            " WHERE entity = ? AND state = ? AND claim IS NOT NULL ORDER BY place",
            (entity.name, State.PENDING),
        )
        for place, source_key, content_hash, claim in rows:
            yield place, source_key, content_hash, decode(claim)

    def pending_at(self, entity: Entity, places: Iterable[int]) -> list[Document]:
        """The documents at these places that are to be decided on, in order of arrival."""
        rows = self._db.execute(
            "SELECT place, understood, record, source_key, content_hash FROM records"
            " WHERE place IN (SELECT value FROM json_each(?)) AND state = ? ORDER BY place",
            (encode(list(places)), State.PENDING),
        )
        return [_document(entity, *row) for row in rows]

    def mark(self, places: Iterable[int], state: State) -> None:
        """Say how far records are."""
        self._db.execute(
            "UPDATE records SET state = ? WHERE place IN (SELECT value FROM json_each(?))",
            (state, encode(list(places))),
        )

    def release(self, entity: Entity) -> None:
        """Let those go on that have waited for another record of the same object."""
        self._db.execute(
            "UPDATE records SET state = ? WHERE entity = ? AND state = ?", (State.PENDING, entity.name, State.FOLLOWS)
        )

    def has(self, entity: Entity, source_key: str) -> bool:
        """Whether a record with this key is in the input."""
        self._db.execute("CREATE INDEX IF NOT EXISTS by_key ON records (entity, source_key)")
        found = self._db.execute("SELECT 1 FROM records WHERE entity = ? AND source_key = ?", (entity.name, source_key))
        return found.fetchone() is not None

    def take(self, document: Document, bill_id: str) -> str | None:
        """Take an object for a record.

        Returns:
            The source key of the record that has taken it before; None when it is this one's.
        """
        name = document.entity.name
        self._db.execute("INSERT OR IGNORE INTO taken VALUES (?, ?, ?)", (name, bill_id, document.source_key))
        row = self._db.execute("SELECT source_key FROM taken WHERE entity = ? AND bill_id = ?", (name, bill_id))
        taken_by = str(row.fetchone()[0])
        return None if taken_by == document.source_key else taken_by

    def _row(self, document: Document, state: State, claim: Any) -> tuple[Any, ...]:
        self._places += 1
        self._entities.add(document.entity.name)
        key = document.source_key if document.record_key.is_whole else None
        return (
            *(self._places, document.entity.name, state, key, document.content_hash),
            *(None if claim is None else encode(claim), _understood(document), document.raw),
        )


def _understood(document: Document) -> str:
    return encode(
        [
            document.stream,
            document.source_key,
            document.record_key.shown,
            document.source_id,
            document.source_organization,
            document.body,
            document.flags,
            [[each.line, each.name, each.value, each.is_optional] for each in document.links],
            str(document.money),
            document.bookmark,
            document.is_deleted,
            document.digest,
            [[each.field, each.reason, each.code, each.hint] for each in document.problems],
        ]
    )


def _document(
    entity: Entity, place: int, understood: str, record: bytes, source_key: str | None, content_hash: str
) -> Document:
    stream, key, shown, source_id, organization, body, flags, links, money, bookmark, *rest = decode(understood)
    is_deleted, digest, problems = rest
    array = entity.lines
    return Document(
        entity=entity,
        place=place,
        stream=stream,
        record_key=RecordKey(text=key, shown=shown, has_values=source_key is not None),
        source_id=source_id,
        source_organization=organization,
        raw=record,
        body=body,
        flags=flags,
        links=[_link(entity, array.item_fields if array else (), each) for each in links],
        content_hash=content_hash,
        money=Decimal(money),
        bookmark=bookmark,
        is_deleted=is_deleted,
        digest=digest,
        problems=[Problem(field=each[0], reason=each[1], code=each[2], hint=each[3]) for each in problems],
    )


def _link(entity: Entity, line_fields: tuple[Any, ...], packed: Sequence[Any]) -> Link:
    line, name, value, is_optional = packed
    return link_of(entity.fields if line is None else line_fields, line, name, value, is_optional=is_optional)
