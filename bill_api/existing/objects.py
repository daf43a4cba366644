"""The objects that BILL holds, with their names, keys and content.

Read once per run and entity, when first asked for, and kept up to date with what the run itself writes. It answers
without a call per record: which object has this name, which has this key, is this id one of this organization, what
would an update change. It lies in a temporary SQLite database, so that memory does not grow with the organization.
"""

from __future__ import annotations

import dataclasses
import sqlite3
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any

from bill_api.entities import ENTITIES
from bill_api.errors import REFUSES_ALL
from bill_api.existing.binding import bound_by
from bill_api.existing.content import content_of
from bill_api.existing.lookalikes import Lookalikes
from bill_api.identity.keys import owners_of
from bill_api.identity.references import NAME, names_of
from bill_api.identity.tree_paths import ends, joined, path_key
from bill_api.reading.pages import changed_pages, in_turn, pages_by_id
from bill_api.table.entity import LIST_LIMIT, TIME, is_active
from bill_api.table.paths import of_list
from bill_values.exact_json import decode, encode
from bill_values.instants import wire_instant
from bill_values.spelling import folded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from bill_api.client import BillClient
    from bill_api.errors import RefusedError
    from bill_api.existing.lookalikes import Lookalike
    from bill_api.identity.keys import ObjectKey
    from bill_api.table.entity import Entity
    from bill_api.table.query import ListQuery

SCHEMA = """
-- key: what it is told apart by; where that is not whole, whose it is. bound: what binds it, if anything does.
CREATE TABLE objects (entity TEXT, id TEXT, active INTEGER, key TEXT, content TEXT, bound TEXT,
    PRIMARY KEY (entity, id)) WITHOUT ROWID;
CREATE INDEX by_key ON objects (entity, key);
CREATE TABLE names (entity TEXT, suffix TEXT, value TEXT, id TEXT, shown TEXT,
    PRIMARY KEY (entity, suffix, value, id)) WITHOUT ROWID;
CREATE INDEX names_by_id ON names (entity, id);
"""

SIMILAR_SHOWN = 3

PART_MIN, WORD_CUTOFF = 3, 0.8
"""Letters of a text that is looked for within names, and the likeness of a word of a name to all of a text."""

SIMILAR_ASKED_MAX = 500
"""Names for which similar ones are looked for: each is compared with all names of the organization."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An object as BILL holds it.

    Attributes:
        content: Its writable fields that have a value; lines with their ids.
        bound: The fields that say that money or a person's word binds it, each with what it says, in words.
    """

    bill_id: str
    is_active: bool
    content: Mapping[str, Any]
    bound: Mapping[str, str] = dataclasses.field(default_factory=dict)


def stored_of(entity: Entity, obj: Mapping[str, Any]) -> Stored:
    """An object as BILL gives it."""
    return Stored(
        bill_id=obj["id"], is_active=is_active(obj), content=content_of(entity, obj), bound=bound_by(entity, obj)
    )


class ExistingObjects:
    """The objects of one organization.

    Args:
        client: BILL.
        keys: How the objects of an entity are looked up.
        at_once: Pages that are asked for at the same time.
        is_given_up: Says of an inactive object, by stream and id, that it stands in the way of nothing.
    """

    def __init__(
        self,
        client: BillClient,
        keys: Callable[[Entity], ObjectKey],
        at_once: int,
        is_given_up: Callable[[str, str], bool] = lambda _stream, _bill_id: False,
    ) -> None:
        self._client = client
        self._keys = keys
        self._at_once = at_once
        self._is_given_up = is_given_up
        # Begun by the thread that reads ahead, and gone on with by the one that decides: never both at a time.
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode = OFF")  # nothing is ever rolled back
        self._db.executescript(SCHEMA)
        self.lookalikes = Lookalikes(self._db)
        self._read_until: dict[str, str | None] = {}
        self._named: dict[tuple[str, str, str], list[str]] = {}
        self._name_of: dict[tuple[str, str], str | None] = {}
        self._similar: dict[tuple[str, str, str], list[str]] = {}
        self.unreadable: dict[str, RefusedError] = {}

    def close(self) -> None:
        """Forget everything."""
        self._db.close()

    def ensure(self, entity: Entity) -> RefusedError | None:
        """Read an entity unless that has been done.

        Returns:
            Why BILL does not let this user or session read it, if it does not (seen by integrations: permissions are
            per operation, and some need a session that is trusted).
        """
        if entity.name not in self._read_until and entity.name not in self.unreadable:
            try:
                self.refresh(entity)
            except REFUSES_ALL as refusal:
                self.unreadable[entity.name] = refusal
        return self.unreadable.get(entity.name)

    def refresh(self, entity: Entity) -> set[str]:
        """Read what has changed in BILL since the last look; everything the first time.

        Returns:
            Ids of the objects that have come since; none the first time.
        """
        is_first, since = entity.name not in self._read_until, self._read_until.get(entity.name)
        came: set[str] = set()
        for page in of_list(entity, self._pages(entity, since)):
            self._db.execute("BEGIN")
            for row in page:
                if is_first:
                    self._look_at(entity, row)
                elif not self.has(entity, row["id"]):
                    came.add(row["id"])
                self.add(entity, row)
                since = row.get(TIME)
            self._db.execute("COMMIT")
        self._read_until[entity.name] = since
        return came

    def _look_at(self, entity: Entity, row: Mapping[str, Any]) -> None:
        keys = self._keys(entity)
        parts = keys.parts(entity, row)
        self.lookalikes.add(entity, row, keys.joined(entity, parts), keys.loosened(entity, parts))

    def _pages(self, entity: Entity, since: str | None) -> Iterator[list[dict[str, Any]]]:
        nested = entity.is_loadable and bool(entity.children)
        if not entity.is_timed:
            return pages_by_id(
                in_turn(lambda query: self._client.list_page(entity, query)),
                page_size=LIST_LIMIT,
                nested=nested,
                lengths=self._client.page_lengths[nested],
            )

        def ask(query: ListQuery) -> Callable[[], list[dict[str, Any]]]:
            return self._client.begin(self._client.list_page, entity, query)

        return changed_pages(
            ask,
            since,
            page_size=LIST_LIMIT,
            nested=nested,
            at_once=self._at_once,
            began=lambda: wire_instant(self._client.clock.since_now()),
            lengths=self._client.page_lengths[nested],
        )

    def add(self, entity: Entity, obj: Mapping[str, Any]) -> None:
        """Take note of an object as BILL stores it."""
        bill_id = obj["id"]
        content = encode(content_of(entity, obj)) if entity.is_loadable else None
        bound = bound_by(entity, obj) if entity.is_loadable else None
        self._db.execute(
            "INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?)",
            (
                entity.name,
                bill_id,
                is_active(obj),
                self.place(entity, obj),
                content,
                encode(bound) if bound else None,
            ),
        )
        if not entity.lookups:
            return
        self._named.clear()
        self._name_of.pop((entity.name, bill_id), None)
        self._db.execute("DELETE FROM names WHERE entity = ? AND id = ?", (entity.name, bill_id))
        for suffix, shown in names_of(entity, obj).items():
            self._db.execute(
                "INSERT OR REPLACE INTO names VALUES (?, ?, ?, ?, ?)",
                (entity.name, suffix, folded(shown), bill_id, shown),
            )

    def has(self, entity: Entity, bill_id: str) -> bool:
        """True if this organization has an object with this id, active or not."""
        self.ensure(entity)
        row = self._db.execute("SELECT 1 FROM objects WHERE entity = ? AND id = ?", (entity.name, bill_id)).fetchone()
        return row is not None

    def is_deleted(self, entity: Entity, bill_id: str) -> bool:
        """True if the object with this id is inactive; of what may not be read that is not known."""
        self.ensure(entity)
        row = self._db.execute(
            "SELECT 1 FROM objects WHERE entity = ? AND id = ? AND NOT active", (entity.name, bill_id)
        ).fetchone()
        return row is not None

    def get(self, entity: Entity, bill_id: str) -> Stored | None:
        """The object with this id."""
        self.ensure(entity)
        return self.seen(entity, bill_id)

    def seen(self, entity: Entity, bill_id: str) -> Stored | None:
        """The object with this id as far as it was met; nothing is read for it."""
        row = self._db.execute(
            "SELECT id, active, content, bound FROM objects WHERE entity = ? AND id = ?", (entity.name, bill_id)
        ).fetchone()
        return _stored(row) if row else None

    def named(self, entity: Entity, suffix: str, value: str) -> list[str]:
        """Ids of the active objects with this name or number, or else at the end of this path."""
        self.ensure(entity)
        name = (entity.name, suffix, folded(value))
        if name not in self._named:
            found = self._look_named(entity, suffix, value, is_active=True)
            if not found:
                return found  # misses are not kept: they may be as many as there are records
            self._named[name] = found
        return self._named[name]

    def inactive(self, entity: Entity, suffix: str, value: str) -> list[str]:
        """The same for the objects that are inactive, but for those that were given up."""
        self.ensure(entity)
        found = self._look_named(entity, suffix, value, is_active=False)
        return [each for each in found if not self._is_given_up(entity.stream, each)]

    def nearly_named(self, entity: Entity, name: str, most: int) -> Sequence[Lookalike]:
        """Vendors or customers whose name is nearly this one, active or not, but for those that were given up."""
        found = self.lookalikes.of_name(entity, name)
        return [each for each in found if each.is_active or not self._is_given_up(entity.stream, each.bill_id)][:most]

    def given_up(self, entity: Entity, body: Mapping[str, Any]) -> Stored | None:
        """The object with the key of this body that was given up, if there is just one."""
        if self.key_of(entity, body) is None:
            return None
        gone = self.alike(entity, body, is_active=False)
        found = [each for each in gone if self._is_given_up(entity.stream, each.bill_id)]
        return found[0] if len(found) == 1 else None

    def _look_named(self, entity: Entity, suffix: str, value: str, *, is_active: bool) -> list[str]:
        found = self._called(entity, suffix, value, is_active=is_active)
        return found or [
            bill_id
            for bill_id in self._at_ends(entity, suffix, value, is_active=is_active)
            if path_key(self.path_of(entity, bill_id)) == path_key(value)
        ]

    def _called(self, entity: Entity, suffix: str, value: str, *, is_active: bool) -> list[str]:
        rows = self._db.execute(
            "SELECT names.id FROM names JOIN objects USING (entity, id)"
            " WHERE names.entity = ? AND suffix = ? AND value = ? AND active = ? ORDER BY 1",
            (entity.name, suffix, folded(value), is_active),
        )
        return [bill_id for (bill_id,) in rows]

    def _at_ends(self, entity: Entity, suffix: str, path: str, *, is_active: bool) -> list[str]:
        """Ids of the objects that have a name with which a path ends, wherever in the tree they stand."""
        names = ends(path) if entity.parent and suffix == NAME else []
        return [each for name in names for each in self._called(entity, suffix, name, is_active=is_active)]

    def path_of(self, entity: Entity, bill_id: str) -> str:
        """The names of an object and of all above it, from the top; a parent that is not there has none."""
        names: list[str] = []
        above: set[str] = set()
        place: str | None = bill_id
        while entity.parent and place and place not in above:
            above.add(place)
            stored = self.get(entity, place)
            names.append(names_of(entity, stored.content).get(NAME, "") if stored else "")
            place = stored.content.get(entity.parent.name) if stored else None
        return joined(reversed(names))

    def name_of(self, entity: Entity, bill_id: str) -> str | None:
        """The name of an object for people; None where it has none, or was not read."""
        if (entity.name, bill_id) not in self._name_of:
            rows = self._db.execute(
                "SELECT shown FROM names WHERE entity = ? AND id = ? ORDER BY suffix LIMIT 1", (entity.name, bill_id)
            )
            self._name_of[entity.name, bill_id] = next((shown for (shown,) in rows), None)
        return self._name_of[entity.name, bill_id]

    def similar(self, entity: Entity, suffix: str, value: str) -> list[str]:
        """Names that look like this one; none any more once that has been asked for very many."""
        name = (entity.name, suffix, folded(value))
        if name not in self._similar and len(self._similar) < SIMILAR_ASKED_MAX:
            self._similar[name] = self._look_similar(entity, suffix, value)
        return self._similar.get(name, [])

    def _look_similar(self, entity: Entity, suffix: str, value: str) -> list[str]:
        self.ensure(entity)
        rows = self._db.execute(
            "SELECT value, shown FROM names JOIN objects USING (entity, id)"
            " WHERE names.entity = ? AND suffix = ? AND active",
            (entity.name, suffix),
        )
        shown = dict(rows.fetchall())
        elsewhere = [self.path_of(entity, each) for each in self._at_ends(entity, suffix, value, is_active=True)]
        return elsewhere[:SIMILAR_SHOWN] or [shown[each] for each in _near(folded(value), shown)]

    def alike(self, entity: Entity, body: Mapping[str, Any], *, is_active: bool = True) -> list[Stored]:
        """The objects that have the key of this body; where it is not whole, those of its owner.

        Args:
            entity: What is looked for.
            body: What it says.
            is_active: Whether active ones are looked for, or those that were deleted.
        """
        self.ensure(entity)
        # By itself SQLite goes through the whole entity, which is in the order of ids already.
        rows = self._db.execute(
            "SELECT id, active, content, bound FROM objects INDEXED BY by_key"
            " WHERE entity = ? AND key = ? AND active = ? ORDER BY 1",
            (entity.name, self.place(entity, body), is_active),
        )
        return [_stored(row) for row in rows]

    def referred(self, entity: Entity) -> dict[str, tuple[Entity, str]]:
        """The objects of an entity that active ones refer to, by their ids, each with one that does."""
        found: dict[str, tuple[Entity, str]] = {}
        for other, names in referring(entity).items():
            self.ensure(other)
            rows = self._db.execute(
                "SELECT referred.value, min(objects.id) FROM objects, json_tree(content) AS referred"
                " WHERE entity = ? AND active AND referred.key IN (SELECT value FROM json_each(?)) GROUP BY 1",
                (other.name, encode(names)),
            )
            found |= {str(bill_id): (other, by) for bill_id, by in rows}
        return found

    def with_key(self, entity: Entity, key: str) -> list[str]:
        """Ids of the active objects with this object key."""
        self.ensure(entity)
        rows = self._db.execute(
            "SELECT id FROM objects INDEXED BY by_key WHERE entity = ? AND key = ? AND active", (entity.name, key)
        )
        return [bill_id for (bill_id,) in rows]

    def key_of(self, entity: Entity, obj: Mapping[str, Any]) -> str | None:
        """The key of an object, or of a body with its references as ids; None where it is not whole."""
        return self._keys(entity).of(entity, obj)

    def place(self, entity: Entity, obj: Mapping[str, Any]) -> str:
        """The place under which an object is found: its key, or else its owner."""
        return self.key_of(entity, obj) or f"of {owners_of(entity, obj)}"


@cache
def referring(entity: Entity) -> Mapping[Entity, Sequence[str]]:
    """The entities that can be written and whose objects, or their lines, refer to an entity, with the fields."""
    found: dict[Entity, list[str]] = {}
    for other in filter(lambda each: each.is_loadable, ENTITIES):
        lines = other.lines.item_fields if other.lines else ()
        names = [each.name for each in (*other.fields, *lines) if each.references == entity.name and not each.read_only]
        if names:
            found[other] = names
    return found


def _stored(row: Sequence[Any]) -> Stored:
    bill_id, is_active, content, bound = row
    return Stored(
        bill_id=bill_id,
        is_active=bool(is_active),
        content=decode(content.encode()) if content else {},
        bound=decode(bound.encode()) if bound else {},
    )


def _near(text: str, names: Iterable[str]) -> list[str]:
    """The names that a text was likely meant for: those spelled like it, that have it in them, or a word like it."""
    every = list(names)
    near = get_close_matches(text, every, n=SIMILAR_SHOWN)
    if not near and len(text) >= PART_MIN:
        near = sorted(each for each in every if text in each)
    if not near:
        words: dict[str, list[str]] = {}
        for name in every:
            for word in name.split():
                words.setdefault(word, []).append(name)
        close = get_close_matches(text, words, n=SIMILAR_SHOWN, cutoff=WORD_CUTOFF)
        near = list(dict.fromkeys(name for word in close for name in sorted(words[word])))
    return near[:SIMILAR_SHOWN]
