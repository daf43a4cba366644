"""Views of the books for people, by the entity table: columns, names, lines, sums."""

from __future__ import annotations

from decimal import Decimal, localcontext
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any

from bill_api.entities import ENTITIES
from bill_api.table.entity import ZERO_ID
from bill_api.table.fields import NUMBERS, FieldType
from bill_simulator.encoding import encode
from bill_simulator.state.books import EXACT, SUMMED, is_summed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field
    from bill_simulator.state.books import Books, EntityTable, StoredRow

SEARCHED = frozenset({FieldType.ID, FieldType.STRING, *NUMBERS, FieldType.INTEGER, FieldType.DATE})
NESTED = frozenset({FieldType.ARRAY, FieldType.OBJECT})
IN_EVERY_ENTITY = frozenset({"entity", "id", "isActive", "createdTime", "updatedTime"})
COLUMNS_MIN, COLUMNS_MAX = 4, 7
AMOUNTS_MAX = REFERENCES_MAX = 2


def plain(value: Any) -> Any:
    """The value with every number as text: a browser would make a binary fraction of it."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value


def counted(table: EntityTable) -> dict[str, Any]:
    """The counts and sums of a table."""
    return {
        "name": table.entity.name,
        "count": len(table.rows),
        "active": table.active,
        "sums": plain(table.sums),
        "active_sums": plain(table.active_sums),
    }


def latest(table: EntityTable, start: int, stop: int) -> list[StoredRow]:
    """A stretch of the objects, the last changed first."""
    end = len(table.by_updated)
    stretch = table.by_updated[max(0, end - stop) : max(0, end - start)]
    return [table.rows[object_id] for _, object_id in reversed(stretch)]


def search(table: EntityTable, text: str, rows: Iterable[StoredRow]) -> list[StoredRow]:
    """The rows with this text in an id, a text, a date or a number, without regard to case.

    An amount is found as it is shown (1,234.50) and as it is sent (1234.50). The JSON of a row is looked at first: most
    rows have the text nowhere, and that is told three times as fast.
    """
    places = [table.shape.at[each.name] for each in table.entity.fields if is_searched(table, each)]
    wanted = text.casefold()
    number = wanted.replace(",", "") or wanted
    in_json = {encode(each)[1:-1].decode() for each in (wanted, number)}

    def has_it(value: Any) -> bool:
        if value is None or value == ZERO_ID:
            return False
        return wanted in value.casefold() if isinstance(value, str) else number in str(value)

    def may_have_it(row: StoredRow) -> bool:
        json = row.head.decode().casefold()
        return any(each in json for each in in_json)

    return [row for row in rows if may_have_it(row) and any(has_it(row.values[place]) for place in places)]


def is_searched(table: EntityTable, field: Field) -> bool:
    """True for a field that a search looks at."""
    return field.name in table.shape.at and field.name != "entity" and field.type in SEARCHED


@cache
def columns_of(entity: Entity) -> tuple[Field, ...]:
    """The columns of a table of this entity beside its name: amounts, owners, states, dates, in this order.

    Amounts stand first, so that a telephone shows them.
    """
    apart = {*naming(entity), *IN_EVERY_ENTITY}
    fields = [
        each for each in entity.fields if each.name not in apart and each.type not in NESTED and not each.sensitive
    ]
    decimals = [each for each in fields if each.type in NUMBERS]
    amounts = [each for each in decimals if each.name in SUMMED] or decimals[:AMOUNTS_MAX]
    needed = [each for each in fields if each.required or each.name in entity.natural_key]
    references = [each for each in fields if each.references not in (None, entity.name)]
    whose = [each for each in needed if each.references] or references[: 0 if needed else REFERENCES_MAX]
    states = [each for each in fields if each.codes]
    wanted = list(dict.fromkeys([*amounts, *whose, *states, *needed]))[:COLUMNS_MAX]
    others = [each for each in fields if each not in wanted]
    return (*wanted, *others[: max(0, COLUMNS_MIN - len(wanted))])


@cache
def naming(entity: Entity) -> tuple[str, ...]:
    """The fields that name an object of this entity to a person; none if there are only ids."""
    fields = entity.by_name
    key = tuple(each for each in entity.natural_key if fields[each].type is not FieldType.ID)
    first = (each.name for each in entity.fields if each.type is FieldType.STRING and not each.sensitive)
    texts = tuple(each for each in first if each not in IN_EVERY_ENTITY)
    return entity.lookups.get("Name") or key or texts[:1]


def name_of(table: EntityTable, row: StoredRow) -> str:
    """The name of an object for people; its id if it has none."""
    words = [table.value(row, name) for name in naming(table.entity)]
    return " ".join(str(each) for each in words if each) or str(table.value(row, "id"))


def found(books: Books, object_id: Any) -> tuple[EntityTable, StoredRow] | None:
    """The object with this id, whatever its entity."""
    for table in books.tables.values():
        row = table.rows.get(object_id)
        if row is not None:
            return table, row
    return None


def names_of(books: Books, ids: Iterable[Any]) -> dict[str, dict[str, str]]:
    """Entity and name of those ids that lead to an object of these books."""
    known = {}
    for each in dict.fromkeys(each for each in ids if isinstance(each, str) and each != ZERO_ID):
        there = found(books, each)
        if there:
            known[each] = {"entity": there[0].entity.name, "name": name_of(*there)}
    return known


def column(field: Field) -> dict[str, Any]:
    """A field as the head of a column."""
    return {
        "name": field.name,
        "type": field.type,
        "description": field.description,
        "codes": dict(field.codes),
    }


def cells(table: EntityTable, row: StoredRow) -> list[Any]:
    """The values of an object in the columns of a table."""
    return [table.value(row, each.name) for each in columns_of(table.entity)]


def listed(table: EntityTable, row: StoredRow) -> dict[str, Any]:
    """One line of a table of objects."""
    return {
        "id": table.value(row, "id"),
        "name": name_of(table, row),
        "active": table.is_active(row),
        "updated": table.value(row, "updatedTime"),
        "cells": plain(cells(table, row)),
    }


def child_array(field: Field, elements: Sequence[Any]) -> dict[str, Any]:
    """A child array as a table: declared fields first (times last), then whatever else its elements have."""
    rows = [each if isinstance(each, dict) else {"value": each} for each in elements]
    ordered = sorted(field.item_fields, key=lambda each: each.type is FieldType.DATETIME)
    declared = {each.name: column(each) for each in ordered}
    others = dict.fromkeys(name for row in rows for name in row if name not in declared)
    columns = [*declared.values(), *({"name": name, "type": "", "description": "", "codes": {}} for name in others)]
    with localcontext(prec=EXACT):
        sums = {
            each.name: sum((row.get(each.name) or 0 for row in rows), Decimal(0))
            for each in field.item_fields
            if is_summed(each)
        }
    return {
        "name": field.name,
        "entity": field.item_entity,
        "columns": columns,
        "rows": [[plain(row.get(each["name"])) for each in columns] for row in rows],
        "sums": plain(sums),
    }


def document(books: Books, table: EntityTable, row: StoredRow) -> dict[str, Any]:
    """Everything about one object."""
    whole, entity = table.object(row), table.entity
    arrays = [each for each in entity.fields if each.type is FieldType.ARRAY]
    fields = [each for each in entity.fields if each.type is not FieldType.ARRAY]
    children = [child_array(each, whole.get(each.name) or ()) for each in arrays]
    values = [whole.get(each.name) for each in fields]
    ids = [*ids_in(fields, values), *chain.from_iterable(map(ids_in_child, children))]
    return {
        "entity": entity.name,
        "id": whole["id"],
        "name": name_of(table, row),
        "active": table.is_active(row),
        "fields": [{**column(field), "value": plain(value)} for field, value in zip(fields, values, strict=True)],
        "children": children,
        "names": names_of(books, (each for each in ids if each != whole["id"])),
        "referrers": referrers(entity),
    }


def ids_in(fields: Iterable[Field], values: Iterable[Any]) -> list[Any]:
    """The values of the id fields."""
    return [value for field, value in zip(fields, values, strict=True) if field.type is FieldType.ID]


def ids_in_child(child: Mapping[str, Any]) -> list[Any]:
    """The ids in the lines of a document."""
    places = [place for place, each in enumerate(child["columns"]) if each["type"] == FieldType.ID]
    return [row[place] for row in child["rows"] for place in places]


def referrers(entity: Entity) -> list[str]:
    """The entities whose objects may refer to one of this entity."""
    return [other.name for other in ENTITIES if any(each.references == entity.name for each in other.fields)]
