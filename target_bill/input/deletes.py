"""Marks by which sources say that something was deleted: of records, and of rows that are lines."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from bill_api.table.entity import DELETED_AT, IS_DELETED
from bill_api.table.fields import FieldType, declare
from bill_api.table.kinds import RefusedValueError, is_blank, read
from bill_api.table.problem import Problem
from bill_values.exact_json import encode
from bill_values.instants import parse_instant
from target_bill.input.checks import refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MARK = "_sdc_deleted_at"
"""By which taps, and SDK targets, tell when an object was deleted in its source."""

MARKS = frozenset({MARK, DELETED_AT, IS_DELETED})
"""All names, in BILL's spelling."""

_DELETED = declare(IS_DELETED, FieldType.BOOLEAN, "")


def is_marked(record: Mapping[str, Any]) -> bool:
    """True if any of the ways says so in which sources tell of deletes."""
    found = any(not is_blank(record.get(name)) for name in (MARK, DELETED_AT))
    with suppress(RefusedValueError):  # a problem of its own
        found = found or read(_DELETED, record.get(IS_DELETED)) is True
    return found


def unclear_marks(record: Mapping[str, Any]) -> Iterator[Problem]:
    """A mark that says something else than when it was deleted: whether it was is not known."""
    for name in (MARK, DELETED_AT):
        marked = record.get(name)
        if is_blank(marked) or (isinstance(marked, str) and parse_instant(marked.strip())):
            continue
        yield Problem(
            field=name,
            reason=f"{_shown(marked):.80} is no instant, so it is not known whether the object was deleted",
            hint="Give the time of the delete, like 2026-01-31T12:00:00Z, or nothing.",
            kind="no instant, so it is not known whether the object was deleted",
        )
    try:
        read(_DELETED, record.get(IS_DELETED))
    except RefusedValueError as error:
        yield refused(IS_DELETED, error)


def _shown(value: Any) -> str:
    return repr(value) if isinstance(value, str) else encode(value)
