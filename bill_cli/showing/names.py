"""Names in tables, in place of the ids that objects refer by. Formats for machines keep BILL's own objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bill_api.entities import BY_NAME
from bill_api.errors import BillError
from bill_api.identity.references import called, numbers_of, short_word
from bill_api.table.entity import BULK_LIMIT, LIST_LIMIT, Operation
from bill_api.table.fields import FieldType, declare
from bill_api.table.kinds import ID_FORM, is_empty
from bill_api.table.query import Filter, ListQuery
from bill_values.visible import visible

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from bill_api.client import BillClient
    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field

    Object = Mapping[str, Any]


def called_in(client: BillClient, fields: Iterable[Field], rows: Sequence[Object]) -> dict[str, str]:
    """The names of the objects that these rows refer to, by id; a call for each entity and hundred ids.

    An id whose name is not given is not there: a user may not be let see it, and a table of ids is better than none.

    Args:
        client: BILL.
        fields: The references that are shown, and arrays of lines with theirs.
        rows: What is shown.
    """
    wanted: dict[str, set[str]] = {}
    for field in fields:
        _collect(field, rows, wanted)
    found = {entity: objects_of(client, BY_NAME[entity], ids) for entity, ids in wanted.items()}
    return {
        bill_id: name
        for entity, objs in found.items()
        for bill_id, obj in objs.items()
        if (name := called(BY_NAME[entity], obj))
    }


def _collect(field: Field, rows: Iterable[Object], wanted: dict[str, set[str]]) -> None:
    if field.item_fields:
        lines = [line for row in rows for line in row.get(field.name) or () if isinstance(line, dict)]
        for each in _shown(field.item_fields):
            _collect(each, lines, wanted)
    elif has_names(field):
        ids = {str(row[field.name]) for row in rows if not is_empty(row.get(field.name), field)}
        if ids:
            wanted.setdefault(str(field.references), set()).update(ids)


def _shown(fields: Iterable[Field]) -> list[Field]:
    """The references of lines that a table has: not those that repeat the document."""
    return [each for each in fields if not each.read_only]


def has_names(field: Field) -> bool:
    """True if people have a name or a number for what a field points at, and BILL lists it."""
    entity = BY_NAME.get(field.references or "")
    return entity is not None and is_called(entity)


def is_called(entity: Entity) -> bool:
    """True for an entity whose objects have names or numbers, and that BILL lists."""
    return bool(entity.lookups or numbers_of(entity)) and entity.offers(Operation.LIST)


def objects_of(client: BillClient, entity: Entity, ids: Collection[str]) -> dict[str, Object]:
    """The objects with these ids, active or not; a call for each hundred. One that is not given is not there.

    Args:
        client: BILL.
        entity: What they are.
        ids: Of the objects.
    """
    found: dict[str, Object] = {}
    ordered = sorted(ids)
    for start in range(0, len(ordered), BULK_LIMIT):
        some = ordered[start : start + BULK_LIMIT]
        condition = Filter("id", "in" if len(some) > 1 else "=", ",".join(some))
        try:
            rows = client.list_page(entity, ListQuery(filters=(condition,), limit=LIST_LIMIT))
        except BillError:
            break  # a name less is no reason to show nothing
        found |= {row["id"]: row for row in rows if row["id"] in ids}
    return found


def with_names(
    rows: Sequence[Object], names: Sequence[str], fields: Mapping[str, Field], names_by_id: Mapping[str, str]
) -> tuple[list[Object], list[str], dict[str, Field]]:
    """Rows, columns and fields of a table with a column of names in place of each one of ids.

    It has the short word of its field as a header, and stands behind the object's own id: it is what people look for.

    Args:
        rows: What is shown.
        names: The columns.
        fields: Of the columns.
        names_by_id: See `called_in`.
    """
    columns = {field.name: word for word, field in name_columns(fields).items()}
    words = {
        name: columns[name]
        for name in names
        if name in columns and any(str(row.get(name)) in names_by_id for row in rows)
    }
    shown = [_in_words(row, {word: fields[name] for name, word in words.items()}, names_by_id) for row in rows]
    first = [each for each in names[:1] if each == "id"]
    rest = [each for each in names if each not in words and each not in first]
    texts = {word: declare(word, FieldType.STRING, "") for word in words.values()}
    return shown, [*first, *words.values(), *rest], {**fields, **texts}


def name_columns(fields: Mapping[str, Field]) -> dict[str, Field]:
    """The fields whose objects can be shown by name, by the header of that column: `vendor` of `vendorId`.

    A field that is called as people call the object has none: the column of its name has BILL's id.
    """
    words = {short_word(field): field for field in fields.values() if has_names(field)}
    return {word: field for word, field in words.items() if word not in fields}


def in_words(
    client: BillClient, rows: Iterable[Object], fields: Mapping[str, Field], names: Sequence[str]
) -> Iterable[Object]:
    """Rows with what was asked for by the words of people: `vendor` has the name of the vendor, or the id without one.

    Args:
        client: BILL.
        rows: As BILL has them.
        fields: Of the rows.
        names: The columns, see `name_columns`.
    """
    words = {word: field for word, field in name_columns(fields).items() if word in names}
    if not words:
        return rows
    found = list(rows)
    names_by_id = called_in(client, words.values(), found)
    return [_in_words(row, words, names_by_id) for row in found]


def _in_words(row: Object, words: Mapping[str, Field], names_by_id: Mapping[str, str]) -> Object:
    return {**row, **{word: _cell(field, row.get(field.name), names_by_id) for word, field in words.items()}}


def _cell(field: Field, value: Any, names_by_id: Mapping[str, str]) -> Any:
    return None if is_empty(value, field) else names_by_id.get(str(value), value)


def with_called(text: str, names_by_id: Mapping[str, str]) -> str:
    """A text with the name of an object behind each of its ids."""
    return ID_FORM.sub(lambda found: visible(str(beside_id(found[0], names_by_id))), text)


def beside_id(value: Any, names_by_id: Mapping[str, str]) -> Any:
    """An id with the name of its object behind it, as the table of one object has it."""
    name = names_by_id.get(str(value)) if isinstance(value, str) else None
    return value if name is None else f"{value} ({name})"
