"""What BILL holds: which objects there are, under which names and natural keys.

Read once per run and entity, when first asked for, and kept up to date with what the run itself writes. It answers
three questions without a call per record: which object has this name, which has this natural key, is this id one of
this organization. It lies in a temporary SQLite database, so that memory does not grow with the organization.
"""

from __future__ import annotations

import json
import sqlite3
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from bill_api.entity import LIST_LIMIT, ZERO_ID
from bill_api.reading import TIME, changed_since, every_row
from target_bill.document import is_active

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bill_api.client import BillClient
    from bill_api.entity import Entity
    from bill_api.query import ListQuery

SCHEMA = """
CREATE TABLE objects (entity TEXT, id TEXT, active INTEGER, natural_key TEXT, PRIMARY KEY (entity, id)) WITHOUT ROWID;
CREATE INDEX by_key ON objects (entity, natural_key);
CREATE TABLE names (entity TEXT, suffix TEXT, value TEXT, id TEXT, shown TEXT,
    PRIMARY KEY (entity, suffix, value, id)) WITHOUT ROWID;
CREATE INDEX names_by_id ON names (entity, id);
"""

NEAR_MISSES = 3


def folded(text: str) -> str:
    """A name for comparing: blanks and case do not count."""
    return " ".join(text.split()).casefold()


def natural_key_of(entity: Entity, obj: Mapping[str, Any]) -> str:
    """The natural key as text for comparing.

    Names are compared as people read them, numbers of documents to the letter: INV-1 and inv-1 may be two.
    """
    names = {field for fields in entity.lookups.values() for field in fields}
    parts = ((field, str(obj.get(field) or "").strip().removeprefix(ZERO_ID)) for field in entity.natural_key)
    return json.dumps([folded(part) if field in names else part for field, part in parts])


class Directory:
    """The objects of one organization.

    Args:
        client: BILL.
    """

    def __init__(self, client: BillClient) -> None:
        self._client = client
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.executescript(SCHEMA)
        self._read_until: dict[str, str | None] = {}

    def close(self) -> None:
        """Forget everything."""
        self._db.close()

    def refresh(self, entity: Entity) -> None:
        """Read what has changed in BILL since the last look; everything the first time."""
        since = self._read_until.get(entity.name)

        def page(query: ListQuery) -> list[dict[str, Any]]:
            return self._client.list_page(entity, query)

        if entity.is_timed:
            rows = changed_since(page, since, page_size=LIST_LIMIT, nested=False)
        else:
            rows = every_row(page, page_size=LIST_LIMIT, nested=False)
        for row in rows:
            self.add(entity, row)
            since = row.get(TIME)
        self._read_until[entity.name] = since

    def add(self, entity: Entity, obj: Mapping[str, Any]) -> None:
        """Take note of an object as BILL stores it."""
        bill_id = obj["id"]
        self._db.execute(
            "INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?)",
            (entity.name, bill_id, is_active(obj), natural_key_of(entity, obj)),
        )
        self._db.execute("DELETE FROM names WHERE entity = ? AND id = ?", (entity.name, bill_id))
        for suffix, fields in entity.lookups.items():
            shown = " ".join(str(obj.get(field) or "") for field in fields).strip()
            if shown:
                self._db.execute(
                    "INSERT OR REPLACE INTO names VALUES (?, ?, ?, ?, ?)",
                    (entity.name, suffix, folded(shown), bill_id, shown),
                )

    def has(self, entity: Entity, bill_id: str) -> bool:
        """Whether this organization has an object with this id, active or not."""
        self._ensure(entity)
        row = self._db.execute("SELECT 1 FROM objects WHERE entity = ? AND id = ?", (entity.name, bill_id)).fetchone()
        return row is not None

    def named(self, entity: Entity, suffix: str, value: str) -> list[str]:
        """Ids of the active objects with this name or number."""
        self._ensure(entity)
        rows = self._db.execute(
            "SELECT names.id FROM names JOIN objects USING (entity, id)"
            " WHERE names.entity = ? AND suffix = ? AND value = ? AND active ORDER BY 1",
            (entity.name, suffix, folded(value)),
        )
        return [row[0] for row in rows]

    def near(self, entity: Entity, suffix: str, value: str) -> list[str]:
        """Names that look like this one."""
        self._ensure(entity)
        rows = self._db.execute("SELECT value, shown FROM names WHERE entity = ? AND suffix = ?", (entity.name, suffix))
        shown = dict(rows.fetchall())
        return [shown[each] for each in get_close_matches(folded(value), shown, n=NEAR_MISSES)]

    def with_key(self, entity: Entity, body: Mapping[str, Any]) -> list[str]:
        """Ids of the active objects whose natural key is that of this body."""
        self._ensure(entity)
        rows = self._db.execute(
            "SELECT id FROM objects WHERE entity = ? AND natural_key = ? AND active ORDER BY 1",
            (entity.name, natural_key_of(entity, body)),
        )
        return [row[0] for row in rows]

    def _ensure(self, entity: Entity) -> None:
        if entity.name not in self._read_until:
            self.refresh(entity)
