"""BILL's answers held against what every object of BILL is, before anything takes them for one."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from bill_api.errors import UnexpectedReplyError
from bill_api.fields import FieldType
from bill_api.reading import TIME
from bill_api.values import parse_instant

if TYPE_CHECKING:
    from bill_api.entity import Entity
    from bill_api.query import ListQuery

NUMBERS = frozenset({FieldType.MONEY, FieldType.DECIMAL, FieldType.INTEGER})


def is_id(value: Any) -> bool:
    """Whether a value can be an id, or a key of a session: a text that says something."""
    return isinstance(value, str) and bool(value.strip())


@cache
def _plan(entity: Entity) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The fields of an entity that hold arrays of objects, and those that hold numbers."""
    arrays = tuple(each.name for each in entity.fields if each.type is FieldType.ARRAY and each.item_fields)
    return arrays, tuple(each.name for each in entity.fields if each.type in NUMBERS)


def problem_of(entity: Entity, obj: Any) -> str | None:
    """Why something is no object of this entity; None when it is one. No value is quoted: it may be an account number.

    What only a field of no use would get wrong (a text for a date) is left to the reader of the field.
    """
    if not isinstance(obj, dict):
        return "it is no object"
    if not is_id(obj.get("id")):
        return "its `id` is no text"
    arrays, numbers = _plan(entity)
    for name in arrays:
        lines = obj.get(name)
        if lines is not None and not (isinstance(lines, list) and all(isinstance(each, dict) for each in lines)):
            return f"its `{name}` is no array of objects"
    for name in numbers:
        if isinstance(obj.get(name), dict | list):
            return f"its `{name}` is no number"
    return None


def checked_object(entity: Entity, data: Any, path: str) -> dict[str, Any]:
    """An object of an entity.

    Raises:
        UnexpectedReplyError: It is none.
    """
    problem = problem_of(entity, data)
    if problem:
        raise UnexpectedReplyError(f"BILL's answer is no {entity.name}: {problem}", operation=path)
    return data  # type: ignore[no-any-return]  # it is a dict by now


def checked_rows(entity: Entity, rows: Any, query: ListQuery, path: str) -> list[dict[str, Any]]:
    """The rows of a List. Where they are asked for in the order of their times, each must tell its time.

    Raises:
        UnexpectedReplyError: It is no array, or one of them is no object of the entity.
    """
    if not isinstance(rows, list):
        raise UnexpectedReplyError("a List that is not an array", operation=path)
    is_by_time = entity.is_timed and any(each.field == TIME for each in query.sort)
    for place, row in enumerate(rows, query.start + 1):
        problem = problem_of(entity, row)
        if problem is None and is_by_time and not _is_instant(row.get(TIME)):
            problem = f"its `{TIME}` is no instant"
        if problem:
            raise UnexpectedReplyError(f"row {place} of the List is no {entity.name}: {problem}", operation=path)
    return rows


def _is_instant(value: Any) -> bool:
    return isinstance(value, str) and parse_instant(value) is not None
