"""The tables of the ledger.

For people who look into it (`sqlite3 .bill/ledger.sqlite3 'SELECT * FROM written'`):

- `written`: which record holds which object, and since when: source, incoming stream, the values of its key, BILL's id,
  how it holds it, the last verdict, first and last time (UTC).
- `settled`: the same with the salted hash of the content, by which an unchanged record is known.
- `intents`: calls whose outcome is not known. Empty unless a run is at work or was cut off.
- `writes`: what each run wrote, and what was there before, for undo; rows go after the days of the setting `undo_days`.
- `meta`: the version of these tables, the salt of the hashes, and who uses the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bill_program.errors import ConnectorError, SettingsError

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

SCHEMA_VERSION = 4

SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE settled (
    organization_id  TEXT NOT NULL,
    stream           TEXT NOT NULL,  -- BILL stream
    source_key       TEXT NOT NULL,  -- source, incoming stream, names and canonical values of the key, as JSON
    source_id        TEXT,           -- the record's id in its source
    bill_id          TEXT NOT NULL,
    hold             TEXT NOT NULL,  -- wrote, adopted, made, linked
    content_hash     TEXT NOT NULL,
    verdict          TEXT NOT NULL,
    run              TEXT,           -- the run that wrote the object last
    first_settled_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
    settled_at       TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
    PRIMARY KEY (organization_id, stream, source_key)
) WITHOUT ROWID;
CREATE INDEX settled_by_source_id ON settled (organization_id, stream, source_id) WHERE source_id IS NOT NULL;
CREATE TABLE intents (
    organization_id TEXT NOT NULL,
    stream          TEXT NOT NULL,
    source_key      TEXT NOT NULL,
    source_id       TEXT,
    operation       TEXT NOT NULL,
    bill_id         TEXT,           -- the object to be changed; NULL for a create
    hold            TEXT,
    content_hash    TEXT NOT NULL,
    sent_at_s       REAL NOT NULL,  -- seconds since the epoch, BILL's clock; Inf where it told none
    body            TEXT NOT NULL,  -- what BILL holds then, as JSON, without bank and tax numbers
    run             TEXT NOT NULL DEFAULT '',  -- the run that sent it
    undoes          TEXT,           -- the run whose write is taken back
    former          TEXT,           -- what BILL held before; NULL for a create
    unkept          TEXT,           -- bank and tax numbers that are sent, by name; NULL where nothing is kept for undo
    PRIMARY KEY (organization_id, stream, source_key)
);
CREATE TABLE writes (
    organization_id TEXT NOT NULL,
    run             TEXT NOT NULL,  -- as its report is named
    stream          TEXT NOT NULL,
    source_key      TEXT NOT NULL,
    bill_id         TEXT NOT NULL,
    is_new          INTEGER NOT NULL,  -- whether the run created it
    former          TEXT,           -- what BILL held before, as JSON, without bank and tax numbers; NULL for a create
    stored          TEXT,           -- what it held afterwards, likewise; NULL when it was taken back
    unkept          TEXT NOT NULL,  -- bank and tax numbers that were sent: names of fields, as JSON
    rows            TEXT,           -- the rows of `settled` before, as JSON
    undone_by       TEXT,           -- the run that took it back
    PRIMARY KEY (organization_id, run, stream, source_key)
) WITHOUT ROWID;
CREATE VIEW written AS
    SELECT organization_id, stream, json_extract(source_key, '$[0]') AS source,
        json_extract(source_key, '$[1]') AS incoming, json_extract(source_key, '$[3]') AS source_key,
        bill_id, hold, verdict AS last_verdict, first_settled_at AS first_written_at, settled_at AS last_written_at
    FROM settled ORDER BY last_written_at, stream, source_key;
"""


def prepare(db: sqlite3.Connection, path: Path) -> None:
    """Make the tables in a new file, and look whether those of an older file are the same.

    Raises:
        ConnectorError: Another version of target-bill has written this ledger, or the file is something else.
    """
    version = _version_of(db, path)
    if version is None:
        numbered = f"INSERT INTO meta VALUES ('schema_version', '{SCHEMA_VERSION}');"  # noqa: S608  a number of ours
        db.executescript(f"BEGIN IMMEDIATE; {SCHEMA} {numbered} COMMIT;")
    elif version != SCHEMA_VERSION:
        raise ConnectorError(
            f"the ledger {path} has schema version {version}, and this target-bill knows {SCHEMA_VERSION} only: use "
            "the version that wrote it, or a new `ledger` (objects in BILL are then found by their own keys)"
        )


def _version_of(db: sqlite3.Connection, path: Path) -> int | None:
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables:
        return None
    if "meta" not in tables:
        raise SettingsError(f"{path} is a database of something else; check the setting `ledger`")
    for (version,) in db.execute("SELECT value FROM meta WHERE name = 'schema_version'"):
        if str(version).isdecimal():
            return int(version)
    raise ConnectorError(f"the ledger {path} does not say its schema version; restore it from a backup")
