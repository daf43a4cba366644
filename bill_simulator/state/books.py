"""The books of one organization: a table per entity, each object kept as searchable values and as finished JSON.

Everything here runs on the server's one event loop between two awaits, so that a change is atomic without a lock.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from contextlib import contextmanager
from decimal import Context, Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bill_api.entities import ENTITIES
from bill_api.table.entity import ACTIVE
from bill_api.table.fields import NUMBERS
from bill_simulator.state.ids import IdSequence, invented_prefix
from bill_simulator.state.shapes import shape_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field
    from bill_simulator.state.shapes import EntityShape

Key = tuple[Any, ...]

KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Vendor": ("name",),
        "Customer": ("name",),
        "VendorBankAccount": ("vendorId",),
        "CustomerBankAccount": ("customerId",),
        "Bill": ("vendorId", "invoiceNumber"),
        "Invoice": ("invoiceNumber",),
    }
)
"""Keys that BILL does not take twice (certainty: see `uniqueness`); other entities have their natural key."""

SUMMED = ("amount", "dueAmount", "amountDue")
"""Amounts that a table is summed up by."""

EXACT = 60
"""Digits that a computation may have: more than any sum or product of what is taken."""

SUMS = Context(prec=EXACT)
PIECE_ROWS = 500


class StoredRow:
    """One stored object: its searchable values, and its JSON in two pieces."""

    __slots__ = ("head", "tail", "values")

    def __init__(self, values: tuple[Any, ...], head: bytes, tail: bytes) -> None:
        self.values = values
        self.head = head
        self.tail = tail

    @property
    def whole(self) -> bytes:
        """The object with its child arrays, as JSON."""
        return self.head + self.tail


class EntityTable:
    """All objects of one entity, in the order of their creation.

    Attributes:
        rows: By id.
        by_updated: The times of the last changes with the ids, in order.
        views: Rows of the last Lists, until something changes.
        active: Number of objects that are not deleted.
        sums: Sums of the amounts of all objects.
        active_sums: Sums of the amounts of the objects that are not deleted.

    Args:
        entity: What it holds.
        organization: Values by which an object names its organization; kept are those that the entity has fields for.
    """

    def __init__(self, entity: Entity, organization: Mapping[str, str]) -> None:
        self.entity = entity
        self._organization = {name: value for name, value in organization.items() if name in entity.by_name}
        self.shape: EntityShape = shape_of(entity)
        self.rows: dict[str, StoredRow] = {}
        self.by_updated: list[tuple[str, str]] = []
        self.views: dict[Any, list[StoredRow]] = {}
        self._by_key: dict[Key, list[str]] = {}
        at = self.shape.at
        self._id, self._updated, self._active = at["id"], at["updatedTime"], at["isActive"]
        self.key_names = KEYS.get(entity.name, entity.natural_key)
        self._key = tuple(at[name] for name in self.key_names)
        self._amounts = tuple((each.name, at[each.name]) for each in entity.fields if is_summed(each))
        self.active = 0
        self.sums = dict.fromkeys((name for name, _ in self._amounts), Decimal(0))
        self.active_sums = dict(self.sums)

    def object(self, row: StoredRow) -> dict[str, Any]:
        """A stored object as a dict of its own, child arrays included."""
        return {**dict(zip(self.shape.names, row.values, strict=True)), **self.shape.children_in(row.tail)}

    def value(self, row: StoredRow, name: str) -> Any:
        """One field of a stored object."""
        return row.values[self.shape.at[name]]

    def is_active(self, row: StoredRow) -> bool:
        """True for an object that is not deleted."""
        return bool(row.values[self._active] == ACTIVE)

    def put(self, whole: Mapping[str, Any]) -> StoredRow:
        """Store an object, new or in place of the one with its id."""
        row = self._row(whole)
        self._set(whole["id"], row)
        return row

    def rename(self, organization: Mapping[str, str]) -> None:
        """Let every object name its organization anew."""
        if self._organization:
            self._organization = {name: organization[name] for name in self._organization}
            for row in list(self.rows.values()):
                self.put(self.object(row))

    def load(self, objects: Iterable[Mapping[str, Any]]) -> None:
        """Store many new objects at once."""
        for whole in objects:
            row = self._row(whole)
            self.rows[whole["id"]] = row
            self.by_updated.append((row.values[self._updated], whole["id"]))
            if self._key:
                self._by_key.setdefault(self.key(row), []).append(whole["id"])
            self._count(row, 1)
        self.by_updated.sort()
        self.views.clear()

    def restore(self, object_id: str, row: StoredRow | None) -> None:
        """Put back the row that was there before; None when there was none."""
        if row is not None:
            self._set(object_id, row)
        elif object_id in self.rows:
            self._forget(object_id, self.rows.pop(object_id))
            self.views.clear()

    def key(self, row: StoredRow) -> Key:
        """The key of a stored object; empty where its entity has none."""
        return tuple(row.values[place] for place in self._key)

    def totals(self) -> dict[str, Any]:
        """The number of objects and the sums of their amounts, of all and of the active ones."""
        active_sums = {f"{name}_active": amount for name, amount in self.active_sums.items()}
        return {"count": len(self.rows), "active": self.active, **self.sums, **active_sums}

    def json_lines(self) -> Iterator[bytes]:
        """The objects as they are now, each a line of JSON, in pieces."""
        rows = list(self.rows.values())
        for start in range(0, len(rows), PIECE_ROWS):
            yield b"".join([row.whole + b"\n" for row in rows[start : start + PIECE_ROWS]])

    def same_key(self, key: Key) -> list[StoredRow]:
        """The objects, deleted ones included, with this key."""
        return [self.rows[each] for each in self._by_key.get(key, ())]

    def duplicates(self) -> list[tuple[Key, list[str]]]:
        """Keys that several active objects share."""
        found = []
        for key, ids in self._by_key.items():
            active = [each for each in ids if self.is_active(self.rows[each])] if len(ids) > 1 else []
            if len(active) > 1:
                found.append((key, active))
        return found

    def _row(self, whole: Mapping[str, Any]) -> StoredRow:
        return StoredRow(*self.shape.split({**whole, **self._organization} if self._organization else whole))

    def _set(self, object_id: str, row: StoredRow) -> None:
        before = self.rows.get(object_id)
        if before is not None:
            self._forget(object_id, before)
        self.rows[object_id] = row
        insort(self.by_updated, (row.values[self._updated], object_id))
        if self._key:
            self._by_key.setdefault(self.key(row), []).append(object_id)
        self._count(row, 1)
        self.views.clear()

    def _count(self, row: StoredRow, sign: int) -> None:
        """Add a row to the totals (1), or take it away from them (-1)."""
        is_active = self.is_active(row)
        self.active += sign * is_active
        for name, place in self._amounts:
            if amount := row.values[place]:
                self.sums[name] = SUMS.fma(amount, sign, self.sums[name])
                if is_active:
                    self.active_sums[name] = SUMS.fma(amount, sign, self.active_sums[name])

    def _forget(self, object_id: str, row: StoredRow) -> None:
        entry = row.values[self._updated], object_id
        del self.by_updated[bisect_left(self.by_updated, entry)]
        self._count(row, -1)
        if not self._key:
            return
        key = self.key(row)
        self._by_key[key].remove(object_id)
        if not self._by_key[key]:
            del self._by_key[key]


class Books:
    """Everything that one organization has. Bills have its id and name (live: section 13, 8)."""

    def __init__(self, organization_id: str, name: str, salt: str = "") -> None:
        self.organization_id = organization_id
        organization = self._named(name)
        self.tables: dict[str, EntityTable] = {each.name: EntityTable(each, organization) for each in ENTITIES}
        self._ids = IdSequence(f"{salt}:{organization_id}")
        self._undo: list[tuple[EntityTable, str, StoredRow | None]] | None = None

    def table(self, entity: Entity) -> EntityTable:
        """The objects of an entity."""
        return self.tables[entity.name]

    def rename(self, name: str) -> None:
        """Another name of the organization; no object's `updatedTime` moves (inferred)."""
        for table in self.tables.values():
            table.rename(self._named(name))

    def new_id(self, entity_name: str, prefix: str | None) -> str:
        """An id that was never used, for an object or a line."""
        return self._ids.draw(prefix or invented_prefix(entity_name))

    def put(self, entity: Entity, whole: Mapping[str, Any]) -> StoredRow:
        """Store an object, new or in place of the one with its id."""
        table = self.table(entity)
        if self._undo is not None:
            self._undo.append((table, whole["id"], table.rows.get(whole["id"])))
        return table.put(whole)

    @contextmanager
    def trial(self) -> Iterator[None]:
        """Undo every change made inside when it ends in an exception."""
        self._undo = []
        try:
            yield
        except Exception:
            for table, object_id, row in reversed(self._undo):
                table.restore(object_id, row)
            raise
        finally:
            self._undo = None

    def _named(self, name: str) -> dict[str, str]:
        return {"orgId": self.organization_id, "organizationName": name}


def is_summed(field: Field) -> bool:
    """True for a field that a table is summed up by."""
    return field.type in NUMBERS and field.name in SUMMED
