"""The tables of the ledger, version by version.

For people who look into it (`sqlite3 .bill/ledger.sqlite3 'SELECT * FROM written'`):

- `written`: what was written when: stream, the source's key, BILL's id, the last verdict, first and last time (UTC).
- `settled`: the same with the salted hash of the content, by which an unchanged record is known.
- `intents`: calls whose outcome is not known. Empty unless a run is at work or was cut off.
- `meta`: the version of these tables, the salt of the hashes, and who uses the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bill_api.errors import FatalError

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

VERSION_1 = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE settled (
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
CREATE INDEX settled_by_source_id ON settled (organization_id, stream, source_id);
CREATE TABLE intents (
    organization_id TEXT NOT NULL,
    stream          TEXT NOT NULL,
    source_key      TEXT NOT NULL,
    operation       TEXT NOT NULL,
    content_hash    TEXT NOT NULL,
    sent_at_s       REAL NOT NULL,  -- seconds since the epoch, this computer's clock
    PRIMARY KEY (organization_id, stream, source_key)
) WITHOUT ROWID;
"""

VERSION_2 = """
-- What is being sent, so that the next run recognizes it in BILL without the record; and for whom.
ALTER TABLE intents RENAME TO intents_1;
CREATE TABLE intents (
    organization_id TEXT NOT NULL,
    stream          TEXT NOT NULL,
    source_key      TEXT NOT NULL,
    source_id       TEXT,
    operation       TEXT NOT NULL,
    bill_id         TEXT,           -- the object to be changed; NULL for a create
    content_hash    TEXT NOT NULL,
    sent_at_s       REAL NOT NULL,  -- seconds since the epoch, this computer's clock
    body            TEXT,           -- what is sent, as JSON, without bank and tax numbers
    PRIMARY KEY (organization_id, stream, source_key)
);
INSERT INTO intents (organization_id, stream, source_key, operation, content_hash, sent_at_s)
    SELECT organization_id, stream, source_key, operation, content_hash, sent_at_s FROM intents_1;
DROP TABLE intents_1;
ALTER TABLE settled ADD COLUMN first_settled_at TEXT;
UPDATE settled SET first_settled_at = settled_at;
CREATE VIEW written AS
    SELECT organization_id, stream, source_key, bill_id, verdict AS last_verdict,
        first_settled_at AS first_written_at, settled_at AS last_written_at
    FROM settled ORDER BY last_written_at, stream, source_key;
"""

VERSIONS = (VERSION_1, VERSION_2)
SCHEMA_VERSION = len(VERSIONS)


def migrate(db: sqlite3.Connection, path: Path) -> None:
    """Bring the tables to the newest version, each step whole or not at all.

    Raises:
        FatalError: A newer target-bill has written this ledger, or the file is something else.
    """
    version = _version_of(db, path)
    if version > SCHEMA_VERSION:
        raise FatalError(
            f"the ledger {path} has schema version {version}, and this target-bill knows {SCHEMA_VERSION}: a newer one "
            "has written it; use that one"
        )
    for number in range(version, SCHEMA_VERSION):
        newer = f"INSERT OR REPLACE INTO meta VALUES ('schema_version', '{number + 1}');"  # noqa: S608  a number of ours
        db.executescript(f"BEGIN IMMEDIATE; {VERSIONS[number]} {newer} COMMIT;")


def _version_of(db: sqlite3.Connection, path: Path) -> int:
    tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables:
        return 0
    if "meta" not in tables:
        raise FatalError(f"{path} is a database of something else; check the setting `ledger`")
    row = db.execute("SELECT value FROM meta WHERE name = 'schema_version'").fetchone()
    if row is None or not str(row[0]).isdecimal():
        raise FatalError(f"the ledger {path} does not say its schema version; restore it from a backup")
    return int(row[0])
