"""The input of a run, on disk: everything is known before anything is written.

In a temporary SQLite database, so that memory does not grow with the input. Nothing of it outlives the run: what is not
settled comes again with the input.
"""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from enum import IntEnum, auto
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bill_api.entities import BY_NAME
from bill_api.identity.keys import RecordKey
from bill_api.identity.links import Link, link_of
from bill_api.identity.references import names_of
from bill_api.table.problem import Problem
from bill_values.exact_json import decode, encode
from bill_values.provenance import SOURCE_FILE, SOURCE_ROWS
from bill_values.spelling import folded
from target_bill.model.attachment import RecordFile
from target_bill.model.document import Document, NamedFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bill_api.table.entity import Entity

SCHEMA = """
-- Narrow, because it is gone through for every entity and changed for every record; what is large stands beside it.
CREATE TABLE records (place INTEGER PRIMARY KEY, entity TEXT NOT NULL, state INTEGER NOT NULL, source_key TEXT,
    content_hash TEXT NOT NULL, claim TEXT);
CREATE TABLE texts (place INTEGER PRIMARY KEY, understood TEXT NOT NULL, record BLOB NOT NULL);
CREATE TABLE names (entity TEXT, suffix TEXT, value TEXT, place INTEGER, PRIMARY KEY (entity, suffix, value, place))
    WITHOUT ROWID;
CREATE TABLE files (place INTEGER, name TEXT NOT NULL, path TEXT NOT NULL, sha256 TEXT NOT NULL,
    size_bytes INTEGER NOT NULL);
CREATE TABLE taken (entity TEXT, bill_id TEXT, source_key TEXT, PRIMARY KEY (entity, bill_id)) WITHOUT ROWID;
"""

AT_ONCE, FILES_AT_ONCE = 1000, 100
"""Records, and files of records, that are taken out together."""

ORIGIN = (SOURCE_FILE, SOURCE_ROWS)
"""Keys by which a record says where it comes from."""


class State(IntEnum):
    """The progress of a record."""

    PENDING = auto()
    AS_WRITTEN = auto()  # the ledger knows it with this content
    FOLLOWS = auto()  # another record of the same object goes first
    DONE = auto()
    UNDER_WAY = auto()  # decided on; BILL has not answered yet
    SET_ASIDE = auto()  # another record with the same key stands for it


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

    @property
    def _open(self) -> str:
        """The states of records whose effect on BILL is not known yet."""
        return encode([State.PENDING, State.FOLLOWS, State.UNDER_WAY])

    def add(self, documents: Sequence[tuple[Document, State, Any]]) -> None:
        """Take documents in, each with its state and with what it claims (see `claims`)."""
        rows = [self._row(*each) for each in documents]
        self._db.execute("BEGIN")
        self._db.executemany("INSERT INTO records VALUES (?, ?, ?, ?, ?, ?)", [row[:6] for row in rows])
        self._db.executemany("INSERT INTO texts VALUES (?, ?, ?)", [(row[0], *row[6:]) for row in rows])
        for row, (document, _, _) in zip(rows, documents, strict=True):
            if document.entity.roots:
                self._name(row[0], document)
            if document.files:
                files = [(row[0], each.name, str(each.path), each.sha256, each.size_bytes) for each in document.files]
                self._db.executemany("INSERT INTO files VALUES (?, ?, ?, ?, ?)", files)
        self._db.execute("COMMIT")

    def came(self, entity: Entity) -> bool:
        """True if the input has records of an entity."""
        return entity.name in self._entities

    def count(self, entity: Entity, *states: State) -> int:
        """The number of records of an entity in these states."""
        wanted = ", ".join(str(int(each)) for each in states)
        query = f"SELECT count(*) FROM records WHERE entity = ? AND state IN ({wanted})"  # noqa: S608  numbers of ours
        (count,) = self._db.execute(query, (entity.name,)).fetchone()
        return int(count)

    def documents(self, entity: Entity, state: State) -> Iterator[list[Document]]:
        """The documents of an entity that are so far now, in order of arrival."""
        place = 0
        query = (
            "SELECT place, understood, record, source_key, content_hash FROM records JOIN texts USING (place)"
            " WHERE place > ? AND entity = ? AND state = ? ORDER BY place LIMIT ?"
        )
        while rows := self._db.execute(query, (place, entity.name, state, AT_ONCE)).fetchall():
            place = rows[-1][0]
            yield [_document(entity, *row) for row in rows]

    def files(self) -> Iterator[list[RecordFile]]:
        """The files that records name, in order of arrival, some at a time; without those of records set aside."""
        last = 0
        query = (
            "SELECT files.rowid, entity, content_hash, understood, record, name, path, sha256, size_bytes"
            " FROM files JOIN records USING (place) JOIN texts USING (place)"
            " WHERE files.rowid > ? AND state <> ? ORDER BY files.rowid LIMIT ?"
        )
        while rows := self._db.execute(query, (last, State.SET_ASIDE, FILES_AT_ONCE)).fetchall():
            last = rows[-1][0]
            yield [_record_file(*row[1:]) for row in rows]

    def repeated(self, entity: Entity) -> Iterator[list[Document]]:
        """The documents of an entity that share a key, one key after the other, in order of arrival."""
        rows = self._db.execute(
            "SELECT source_key, place, understood, record, content_hash FROM records JOIN texts USING (place)"
            " WHERE entity = ?1 AND source_key IN"
            " (SELECT source_key FROM records WHERE entity = ?1 GROUP BY 1 HAVING count(*) > 1)"
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
            "SELECT place, understood, record, source_key, content_hash FROM records JOIN texts USING (place)"
            " WHERE place IN (SELECT value FROM json_each(?)) AND state = ? ORDER BY place",
            (encode(list(places)), State.PENDING),
        )
        return [_document(entity, *row) for row in rows]

    def pending(self, entity: Entity, source_key: str) -> Document | None:
        """The document with this key that is to be decided on; of several with one key only one is."""
        self._index_keys()
        rows = self._db.execute(
            "SELECT place FROM records WHERE entity = ? AND source_key = ? AND state = ?",
            (entity.name, source_key, State.PENDING),
        )
        return next(iter(self.pending_at(entity, [place for (place,) in rows])), None)

    def mark(self, places: Iterable[int], state: State) -> None:
        """Say how far records are."""
        self._db.execute(
            "UPDATE records SET state = ? WHERE place IN (SELECT value FROM json_each(?))",
            (state, encode(list(places))),
        )

    def release(self, entity: Entity) -> bool:
        """Let those go on that have waited for another record of the same object; whether there are any."""
        released = self._db.execute(
            "UPDATE records SET state = ? WHERE entity = ? AND state = ?", (State.PENDING, entity.name, State.FOLLOWS)
        )
        return released.rowcount > 0

    def has(self, entity: Entity, source_key: str) -> bool:
        """True if a record with this key is in the input."""
        self._index_keys()
        found = self._db.execute("SELECT 1 FROM records WHERE entity = ? AND source_key = ?", (entity.name, source_key))
        return found.fetchone() is not None

    def is_open(self, entity: Entity, source_key: str) -> bool:
        """True if a record with this key is in the input, and what it does to BILL is not known yet."""
        self._index_keys()
        found = self._db.execute(
            "SELECT 1 FROM records WHERE entity = ? AND source_key = ? AND state IN (SELECT value FROM json_each(?))",
            (entity.name, source_key, self._open),
        )
        return found.fetchone() is not None

    def _index_keys(self) -> None:
        """Made when it is first needed: most inputs never ask."""
        self._db.execute("CREATE INDEX IF NOT EXISTS by_key ON records (entity, source_key)")

    def may_be_named(self, entity: Entity, suffix: str, value: str, beside: int) -> bool:
        """True if a record of a tree that is not settled yet may be meant by a name, beside the one at a place."""
        found = self._db.execute(
            "SELECT 1 FROM names JOIN records USING (place) WHERE names.entity = ? AND suffix = ? AND value = ?"
            " AND place <> ? AND state IN (SELECT value FROM json_each(?))",
            (entity.name, suffix, folded(value), beside, self._open),
        )
        return found.fetchone() is not None

    def settled(self, entity: Entity) -> None:
        """Say that BILL has answered for all that was under way."""
        self._db.execute(
            "UPDATE records SET state = ? WHERE entity = ? AND state = ?", (State.DONE, entity.name, State.UNDER_WAY)
        )

    def take(self, document: Document, bill_id: str) -> str | None:
        """Take an object for a record.

        Returns:
            The source key of the record that has taken it before; None when it is this one's.
        """
        name = document.entity.name
        self._db.execute("INSERT OR IGNORE INTO taken VALUES (?, ?, ?)", (name, bill_id, document.source_key))
        rows = self._db.execute("SELECT source_key FROM taken WHERE entity = ? AND bill_id = ?", (name, bill_id))
        return next((taken_by for (taken_by,) in rows if taken_by != document.source_key), None)

    def begin(self, document: Document, key: str) -> bool:
        """Let a record create the object with a key, unless another one is about to.

        Args:
            document: The record.
            key: Of an object that BILL does not have.
        """
        name = document.entity.name, f"key {key}"
        rows = self._db.execute("SELECT source_key FROM taken WHERE entity = ? AND bill_id = ?", name).fetchall()
        if any(begun_by != document.source_key and self.is_open(document.entity, begun_by) for (begun_by,) in rows):
            return False
        self._db.execute("INSERT OR REPLACE INTO taken VALUES (?, ?, ?)", (*name, document.source_key))
        return True

    def _name(self, place: int, document: Document) -> None:
        if document.is_deleted or document.problems:
            return
        names = names_of(document.entity, document.body)
        rows = [(document.entity.name, suffix, folded(shown), place) for suffix, shown in names.items()]
        self._db.executemany("INSERT INTO names VALUES (?, ?, ?, ?)", rows)

    def _row(self, document: Document, state: State, claim: Any) -> tuple[Any, ...]:
        self._places += 1
        self._entities.add(document.entity.name)
        key = document.source_key if document.record_key.is_whole else None
        return (
            *(self._places, document.entity.name, state, key, document.content_hash),
            *(None if claim is None else encode(claim), _understood(document), document.raw),
        )


def _record_file(
    entity: str, content_hash: str, understood: str, record: bytes, name: str, path: str, sha256: str, size_bytes: int
) -> RecordFile:
    _, source_key, shown, *_ = decode(understood)
    said = decode(record)
    return RecordFile(
        entity=BY_NAME[entity],
        source_key=source_key,
        shown=shown,
        content_hash=content_hash,
        origin={name: said[name] for name in ORIGIN if name in said},
        file=NamedFile(name=name, path=Path(path), sha256=sha256, size_bytes=size_bytes),
    )


def _understood(document: Document) -> str:
    return encode(
        [
            document.stream,
            document.source_key,
            document.record_key.shown,
            document.source_id,
            document.source_organization,
            document.own_id,
            document.body,
            document.flags,
            [[each.line, each.name, each.value, each.is_optional, each.is_check] for each in document.links],
            str(document.money),
            document.bookmark,
            document.is_deleted,
            document.digest,
            [[each.field, each.reason, each.code, each.hint, each.kind] for each in document.problems],
        ]
    )


def _document(
    entity: Entity, place: int, understood: str, record: bytes, source_key: str | None, content_hash: str
) -> Document:
    stream, key, shown, source_id, organization, own_id, body, flags, links, money, bookmark, *rest = decode(understood)
    is_deleted, digest, problems = rest
    array = entity.lines
    return Document(
        entity=entity,
        place=place,
        stream=stream,
        record_key=RecordKey(text=key, shown=shown, has_values=source_key is not None),
        source_id=source_id,
        source_organization=organization,
        own_id=own_id,
        raw=record,
        body=body,
        flags=flags,
        links=[_link(entity, array.item_fields if array else (), each) for each in links],
        content_hash=content_hash,
        money=Decimal(money),
        bookmark=bookmark,
        is_deleted=is_deleted,
        digest=digest,
        problems=[_problem(*each) for each in problems],
    )


def _problem(field: str | None, reason: str, code: str | None, hint: str, kind: str) -> Problem:
    return Problem(field=field, reason=reason, code=code, hint=hint, kind=kind)


def _link(entity: Entity, line_fields: tuple[Any, ...], packed: Sequence[Any]) -> Link:
    line, name, value, is_optional, is_check = packed
    fields = entity.fields if line is None else line_fields
    return link_of(fields, line, name, value, is_optional=is_optional, is_check=is_check)
