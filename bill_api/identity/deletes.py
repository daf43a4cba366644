"""Marks by which sources say that something was deleted: of records, of lines within them, and of rows that are lines.

What is marked is none: a line is left out, and a document of which only marked lines are left is deleted as a whole.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from bill_api.identity.links import place_of
from bill_api.identity.references import aliases
from bill_api.identity.spelled import bills_spelling, spelling_among
from bill_api.table.entity import ACTIVE, DELETED_AT, INACTIVE, IS_ACTIVE, IS_DELETED
from bill_api.table.fields import FieldType, declare
from bill_api.table.kinds import RefusedValueError, is_blank, read
from bill_api.table.problem import Problem, refused
from bill_values.exact_json import encode
from bill_values.instants import parse_instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field

MARK = "_sdc_deleted_at"
"""By which taps, and SDK targets, tell when an object was deleted in its source."""

MARKS = frozenset({MARK, DELETED_AT, IS_DELETED})
"""All names, in BILL's spelling."""

LINE_MARKS = (*sorted(MARKS), IS_ACTIVE)
"""Those of a line, which has no field of the last one: BILL keeps no lines that are inactive."""

_FLAGS = {
    IS_DELETED: declare(IS_DELETED, FieldType.BOOLEAN, ""),
    IS_ACTIVE: declare(IS_ACTIVE, FieldType.ENUM, "", codes={ACTIVE: "active", INACTIVE: "inactive"}),
}
_GONE = {IS_DELETED: True, IS_ACTIVE: INACTIVE}
"""The value of each flag by which something is deleted."""


def is_marked(marks: Mapping[str, Any]) -> bool:
    """True if any of the ways says so in which sources tell of deletes; other names may stand beside them."""
    return any(not is_blank(marks.get(name)) for name in (MARK, DELETED_AT)) or _is_flagged(marks, IS_DELETED)


def is_line_marked(marks: Mapping[str, Any]) -> bool:
    """The same for a line."""
    return is_marked(marks) or _is_flagged(marks, IS_ACTIVE)


def unclear_marks(marks: Mapping[str, Any]) -> Iterator[Problem]:
    """A mark that says something else than when it was deleted: whether it was is not known."""
    for name in (MARK, DELETED_AT):
        marked = marks.get(name)
        if is_blank(marked) or (isinstance(marked, str) and parse_instant(marked.strip())):
            continue
        yield Problem(
            field=name,
            reason=f"{_shown(marked):.80} is no instant, so it is not known whether the object was deleted",
            hint="Give the time of the delete, like 2026-01-31T12:00:00Z, or nothing.",
            kind="no instant, so it is not known whether the object was deleted",
        )
    yield from _unread_flag(marks, IS_DELETED)


def marks_among(entity: Entity, columns: Iterable[str]) -> Mapping[str, str]:
    """The columns that say of a row that it is deleted, in any spelling, each with BILL's name for it."""
    spelled = {name: bills_spelling(entity, name) for name in columns}
    return {name: known for name, known in spelled.items() if known in MARKS}


def without_deleted_lines(entity: Entity, record: Mapping[str, Any]) -> tuple[Mapping[str, Any], int, list[Problem]]:
    """A record without the lines that are marked, their number, and the marks of others that are unclear.

    Args:
        entity: The record's.
        record: In BILL's spelling.
    """
    array = entity.lines
    given = record.get(array.name) if array else None
    names = _line_names(array) if array else frozenset()
    if array is None or not isinstance(given, list) or all(names.issuperset(each) for each in given if _is_line(each)):
        return record, 0, []
    kept: list[Any] = []
    problems: list[Problem] = []
    for each in given:
        line, marks = _parted(each, names) if _is_line(each) else (each, {})
        unclear = list(_unclear_line_marks(marks))
        if is_line_marked(marks) and not unclear:
            continue
        problems += [replace(one, field=place_of(str(one.field), len(kept))) for one in unclear]
        kept.append(line)
    if given and not kept:
        return {**record, IS_DELETED: True}, len(given), []
    return {**record, array.name: kept}, len(given) - len(kept), problems


def _is_line(given: Any) -> bool:
    return isinstance(given, dict)


def _unclear_line_marks(marks: Mapping[str, Any]) -> Iterator[Problem]:
    yield from unclear_marks(marks)
    yield from _unread_flag(marks, IS_ACTIVE)


@cache
def _line_names(array: Field) -> frozenset[str]:
    """The names in a line that are no marks: its fields, and what stands in for them."""
    return frozenset({*(each.name for each in array.item_fields), *aliases(array.item_fields)})


def _parted(line: Mapping[str, Any], names: frozenset[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A line without its marks, and those by BILL's names."""
    own: dict[str, Any] = {}
    marks: dict[str, Any] = {}
    for name, value in line.items():
        spelled = name if name in names else spelling_among(LINE_MARKS, name)
        (marks if spelled in LINE_MARKS else own)[spelled if spelled in LINE_MARKS else name] = value
    return own, marks


def _is_flagged(marks: Mapping[str, Any], name: str) -> bool:
    with suppress(RefusedValueError):  # a problem of its own
        return bool(read(_FLAGS[name], marks.get(name)) == _GONE[name])
    return False


def _unread_flag(marks: Mapping[str, Any], name: str) -> Iterator[Problem]:
    try:
        read(_FLAGS[name], marks.get(name))
    except RefusedValueError as error:
        yield refused(name, error)


def _shown(value: Any) -> str:
    return repr(value) if isinstance(value, str) else encode(value)
