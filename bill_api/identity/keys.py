"""One meaning of "the same": when two records are one, when two objects are, and when they nearly are.

A *record key* is what a record is known by in its source: the setting `source`, the stream it came in, the names of its
key properties in BILL's spelling, and the canonical texts of their values. An *object key* is what BILL tells objects
apart by: names without case, numbers to the letter. A blank is never equal to a blank, except in an optional part, such
as a parent account: there it means the root.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from bill_api.identity.references import aliases
from bill_api.identity.spelled import bills_spelling
from bill_api.table.fields import Alike, FieldType
from bill_api.table.kinds import RefusedValueError, comparable, is_empty, plain, read
from bill_values.exact_json import decode, encode
from bill_values.provenance import SOURCE_KEY
from bill_values.spelling import broken, canonical, folded, near, suspected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field

BLANK, NO_KEY = "(blank)", "(no key)"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordKey:
    """The identity of a record in its source.

    Attributes:
        text: For comparing, and for the ledger: equal texts are one record.
        shown: The values as they came, for people.
        blank: Key properties without a value: such a record cannot be told from another.
        broken: Key properties that hold no value but a spreadsheet's accident, each with the reason.
        has_values: Whether there is any key property at all.
    """

    text: str
    shown: str
    blank: tuple[str, ...] = ()
    broken: tuple[tuple[str, str], ...] = ()
    has_values: bool = True

    @property
    def origin(self) -> tuple[str, str]:
        """The source and the stream, before any alias, that it is of."""
        source, stream, *_ = decode(self.text)
        return source, stream

    @property
    def names(self) -> list[str]:
        """The names of its key properties, as BILL spells them."""
        _, _, names, _ = decode(self.text)
        return list(names)

    @property
    def is_whole(self) -> bool:
        """True if it tells its record from every other."""
        return self.has_values and not self.blank and not self.broken


def record_key(
    entity: Entity, record: Mapping[str, Any], *, names: Sequence[str], source: str, stream: str
) -> RecordKey:
    """The key of a record.

    Args:
        entity: What the record is in BILL.
        record: The record, with the names of fields as BILL spells them.
        names: The key properties of its stream, in any spelling; empty for the entity's natural key.
        source: The setting `source`.
        stream: The stream that it came in, before any alias.
    """
    given = {name: _value(entity, record, name) for name in names} if names else _natural_values(entity, record)
    texts = {name: key_text(entity, name, value) for name, value in given.items()}
    # In BILL's order: the one in which a tap tells its key properties means nothing.
    known = {bills_spelling(entity, name): text for name, text in texts.items()}
    known = {name: known[name] for name in sorted(known, key=lambda each: _order(entity, each))}
    return RecordKey(
        text=encode([source, stream, list(known), list(known.values())]),
        shown=key_shown(given),
        blank=tuple(name for name, text in texts.items() if not text and not _is_root(entity, name)),
        broken=tuple((name, why) for name, text in texts.items() if (why := broken(text))),
        has_values=bool(texts),
    )


def _value(entity: Entity, record: Mapping[str, Any], name: str) -> Any:
    """The value of a key property, which a record may spell otherwise than its schema."""
    return record[name] if name in record else record.get(bills_spelling(entity, name))


def key_shown(values: Mapping[str, Any]) -> str:
    """A key as people read it: `Bürobedarf Müller / RE-2026-0187`.

    Args:
        values: Its values, by the names of its properties.
    """
    parts = (part for name, value in values.items() for part in _parts_of(name, value))
    texts = (each.strip() if isinstance(each, str) else text_of(each) for each in parts)
    return " / ".join(each or BLANK for each in texts) or NO_KEY


def _parts_of(name: str, value: Any) -> list[Any]:
    if name == SOURCE_KEY and isinstance(value, str):
        with suppress(msgspec.DecodeError):
            parts = decode(value)
            return parts if isinstance(parts, list) else [value]
    return [value]


@cache
def _order(entity: Entity, name: str) -> tuple[int, str]:
    """Order of key properties: as their fields in the entity, those that BILL does not know behind them."""
    reference = aliases(entity.fields).get(name)
    field = reference.field.name if reference else name
    names = list(entity.by_name)
    return (names.index(field) if field in names else len(names), name)


def _is_root(entity: Entity, name: str) -> bool:
    """True if a key property refers to a parent, which is blank at the top of a tree."""
    name = bills_spelling(entity, name)
    reference = aliases(entity.fields).get(name)
    return (reference.field.name if reference else name) in entity.roots


def _natural_values(entity: Entity, record: Mapping[str, Any]) -> dict[str, Any]:
    """Values of a record for each part of its entity's natural key: the field, or a way to name its object."""
    values: dict[str, Any] = {}
    for name in entity.natural_key:
        ways = [name, *(each.alias for each in aliases(entity.fields).values() if each.field.name == name)]
        way = next((each for each in ways if not is_empty(record.get(each)) and text_of(record[each])), None)
        if way is not None or entity.by_name[name].required:
            values[way or name] = record.get(way or name)
    return values


def key_text(entity: Entity, name: str, value: Any) -> str:
    """The canonical text of a key's value: what BILL would get for it, names folded; a JSON number by its value."""
    field, is_name = _known(entity, bills_spelling(entity, name))
    if field is not None:
        with suppress(RefusedValueError):  # its record is rejected for that; here it is only told from others
            value = comparable(field, read(field, value))
    return text_of(value, is_name=is_name)


def text_of(value: Any, *, is_name: bool = False) -> str:
    """A value as text for comparing: a number by its value, a text canonical or folded, nothing as an empty text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return plain(value) if Decimal(value).is_finite() else str(value)
    if isinstance(value, str):
        return folded(value) if is_name else canonical(value)
    return encode(value)


@cache
def _known(entity: Entity, name: str) -> tuple[Field | None, bool]:
    """The field of a key property where its kind has more than one writing, and whether it is a name."""
    field = entity.by_name.get(name)
    reference = aliases(entity.fields).get(name)
    if reference is not None:
        return None, True
    if field is None or field.type in {FieldType.ID, FieldType.ARRAY, FieldType.OBJECT}:
        return None, False  # ids of a source may have any form
    return field, field.alike is not Alike.TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectKey:
    """The key of the objects of an entity.

    Attributes:
        fields: The fields, all of them together; empty where nothing but the content tells them apart.
        is_unique: Whether two objects with the same values are the same; otherwise only equal content says so.
    """

    fields: tuple[str, ...]
    is_unique: bool = True

    def of(self, entity: Entity, obj: Mapping[str, Any]) -> str | None:
        """The key of an object, or of a body with its references as ids; None where a part of it is blank."""
        return self.joined(entity, self.parts(entity, obj))

    def near(self, entity: Entity, obj: Mapping[str, Any]) -> str | None:
        """Equal for two objects whose keys are a near miss, or the same; None where a part of it is blank."""
        return self._without(near, entity, self.parts(entity, obj))

    def parts(self, entity: Entity, obj: Mapping[str, Any]) -> list[str]:
        """The values of this key in an object, each as text; empty for a blank."""
        return [part(entity.by_name[name], obj.get(name)) for name in self.fields]

    def joined(self, entity: Entity, parts: Sequence[str]) -> str | None:
        """The key of these parts; None where one is blank that must not be."""
        for name, text in zip(self.fields, parts, strict=True):
            if not text and name not in entity.roots:
                return None
        return joined(parts) if parts else None

    def loosened(self, entity: Entity, parts: Sequence[str]) -> str | None:
        """The same for all keys that a person may have meant to be one; None where a part has nothing left."""
        return self._without(suspected, entity, parts)

    def _without(self, loosen: Callable[[str], str], entity: Entity, parts: Sequence[str]) -> str | None:
        loose = [
            text if entity.by_name[name].references else loosen(text)
            for name, text in zip(self.fields, parts, strict=True)
        ]
        return self.joined(entity, loose)


@cache
def natural_key(entity: Entity) -> ObjectKey:
    """The key by which BILL and people tell the objects of an entity apart."""
    return ObjectKey(fields=entity.natural_key, is_unique=bool(entity.natural_key))


def owners_of(entity: Entity, obj: Mapping[str, Any]) -> str:
    """The owner of an object: its vendor, its customer; the same text for all of one owner."""
    return joined(part(entity.by_name[name], obj.get(name)) for name in entity.owners)


def near_key(entity: Entity, obj: Mapping[str, Any]) -> str | None:
    """Equal for two documents of one party whose numbers are a near miss, or the same; None without a number."""
    number = near(str(obj.get(entity.number) or "")) if entity.number else ""
    return joined([owners_of(entity, obj), number]) if number else None


def part(field: Field, value: Any) -> str:
    """One part of an object key as text; empty for a blank."""
    same = comparable(field, value)
    return same if isinstance(same, str) else text_of(same)


def joined(parts: Iterable[str]) -> str:
    """A key of its parts."""
    return encode(list(parts))
