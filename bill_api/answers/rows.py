"""BILL's answers held against what every object of BILL is, before anything takes them for one."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from bill_api.errors import UnexpectedReplyError
from bill_api.table.entity import TIME, ZERO_ID
from bill_api.table.fields import FieldType
from bill_values.instants import in_wire_form, is_wire_instant, parse_instant
from bill_values.numbers import exact_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field
    from bill_api.table.query import ListQuery

SINGLE = frozenset({FieldType.ID, FieldType.INTEGER})
"""Kinds of which an object or a list would be taken for something else."""

AMOUNTS = frozenset({FieldType.MONEY, FieldType.DECIMAL})
"""Kinds of which only a number, or a text that says one, is anything at all."""

_NESTED = frozenset({dict, list})
NUMBERS = frozenset({int, Decimal, type(None)})
"""Types of amounts that are numbers, or none."""


def is_id(value: Any) -> bool:
    """True if a value can be an id, or a key of a session: a text without blanks around it, and not all zeros."""
    return isinstance(value, str) and bool(value) and value == value.strip() and value != ZERO_ID


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """Shape of objects of some fields; computed once, because it is held against millions of them."""

    single: tuple[str, ...]
    amounts: tuple[str, ...]
    arrays: tuple[tuple[str, _Shape], ...]


@cache
def _shape(fields: tuple[Field, ...]) -> _Shape:
    return _Shape(
        single=tuple(each.name for each in fields if each.type in SINGLE),
        amounts=tuple(each.name for each in fields if each.type in AMOUNTS),
        arrays=tuple(
            (each.name, _shape(each.item_fields))
            for each in fields
            if each.type is FieldType.ARRAY and each.item_fields
        ),
    )


def problem_of(entity: Entity, obj: Any) -> str | None:
    """Why something is no object of this entity; None when it is one. No value is quoted: it may be an account number.

    What only a field of no use would get wrong (a text for a date) is left to the reader of the field.
    """
    if not isinstance(obj, dict):
        return "it is no object"
    if not is_id(obj.get("id")):
        return "its `id` is no text, has blanks around it, or is all zeros"
    return _problem(_shape(entity.fields), obj)


def _problem(shape: _Shape, obj: Mapping[str, Any]) -> str | None:
    for name in shape.single:
        if type(value := obj.get(name)) in _NESTED:
            return f"`{name}` is {_kind(value)}, where one value is expected"
    for name in shape.amounts:
        if not is_amount(value := obj.get(name)):
            return f"`{name}` is {_kind(value)}, where a number is expected"
    for name, line_shape in shape.arrays:
        lines = obj.get(name)
        if lines is not None and type(lines) is not list:
            return f"`{name}` is no list"
        for number, line in enumerate(lines or ()):
            problem = _problem(line_shape, line) if type(line) is dict else "it is no object"
            if problem:
                return f"`{name}[{number}]`: {problem}"
    return None


def is_amount(value: Any) -> bool:
    """True if a value can be an amount: a number, none, or a text that says either.

    If BILL gives amounts as texts anywhere is unknown: they are passed on as they are.
    """
    if type(value) in NUMBERS:
        return True
    return isinstance(value, str) and (not value or exact_number(value) is not None)


def _kind(value: Any) -> str:
    kinds: dict[type, str] = {dict: "an object", list: "a list", bool: "true or false"}
    return kinds.get(type(value), "another text")


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
        if problem is None and is_by_time and not _is_timed(row):
            problem = f"its `{TIME}` is no instant"
        if problem:
            which = f" {row['id']!r:.40}" if isinstance(row, dict) and is_id(row.get("id")) else ""
            raise UnexpectedReplyError(f"row {place} of the List is no {entity.name}{which}: {problem}", operation=path)
    return rows


def _is_timed(row: dict[str, Any]) -> bool:
    """True if a row tells its time, which is put into BILL's own form where it has another: times compare as texts."""
    time = row.get(TIME)
    if is_wire_instant(time):
        return True
    instant = parse_instant(time) if isinstance(time, str) else None
    if instant is not None:
        row[TIME] = in_wire_form(instant)
    return instant is not None
