"""Filters of a List: field, operator, value; all of them must hold (documented: search-ops-with-lists)."""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bill_api.table.fields import NUMBERS, FieldType, Filterable
from bill_simulator.behaviour.refusals import ErrorAnswer
from bill_simulator.rules.values import CODE, DAY, NUMBER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field
    from bill_simulator.rules.calls import Context

COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = MappingProxyType(
    {
        "=": operator.eq,
        "!=": operator.ne,
        "<": operator.lt,
        ">": operator.gt,
        "<=": operator.le,
        ">=": operator.ge,
        "in": lambda value, wanted: value in wanted,
        "nin": lambda value, wanted: value not in wanted,
    }
)
"""The eight operators (seen in a client that quotes the documentation)."""

NEGATIONS = frozenset({"!=", "nin"})
NULL_PASSES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "differs": NEGATIONS,
        "unknown": frozenset(),
        "smallest": NEGATIONS | {"<", "<="},
        "empty_text": NEGATIONS | {"<", "<="},
    }
)
"""The operators that let a field without value through, by the switch `null_comparison`."""

EMPTY = ""
"""The value of a filter that means null, where null equals an empty text."""

NULL_IS_EMPTY, REST_IS_NOT = frozenset({"=", "<=", ">=", "in"}), NEGATIONS | {">", ">="}
INSTANT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{1,6})?(Z|[+-][0-9]{4})")


@dataclass(frozen=True, slots=True)
class AppliedFilter:
    """One filter, ready to be applied.

    Attributes:
        name: The field.
        at: Its place among the stored values.
        op: One of the eight operators.
        wanted: The value, or the values of `in` and `nin`, comparable with stored ones.
        comparable: Makes a stored value comparable.
        null_passes: An object without a value passes; which do is unknown.
    """

    name: str
    at: int
    op: str
    wanted: Any
    comparable: Callable[[Any], Any]
    null_passes: bool

    def holds(self, values: tuple[Any, ...]) -> bool:
        """True for an object that passes."""
        stored = values[self.at]
        if stored is None:
            return self.null_passes
        if self.wanted == EMPTY:
            return self.op in REST_IS_NOT
        return COMPARISONS[self.op](self.comparable(stored), self.wanted)


def conditions(context: Context, entity: Entity, filters: Any) -> list[AppliedFilter]:
    """The filters of a List call; BDC_1129 when they are not an array of objects."""
    if filters is None:
        return []
    if not isinstance(filters, list) or not all(isinstance(each, dict) for each in filters):
        raise ErrorAnswer("BDC_1129", "filters", filters)
    return [condition(context, entity, each) for each in filters]


def condition(context: Context, entity: Entity, sent: Mapping[str, Any]) -> AppliedFilter:
    """One filter: BDC_1130 for a wrong field, BDC_1131 operator, BDC_1129 value (documented: error list)."""
    name, op, value = sent.get("field"), sent.get("op"), sent.get("value")
    field = filterable_field(context, entity, name)
    if not isinstance(op, str) or op not in COMPARISONS:
        raise ErrorAnswer("BDC_1131", op)
    if field.type in NUMBERS and is_number(value):
        value = str(value)
    if not isinstance(value, str):
        raise ErrorAnswer("BDC_1129", name, value)
    switches = context.switches
    read = READERS.get(field.type, str)
    asks_for_null = value == EMPTY and switches.null_comparison == "empty_text"
    try:
        wanted = EMPTY if asks_for_null else wanted_by(context, op, value, read)
    except (ValueError, OverflowError):
        raise ErrorAnswer("BDC_1129", name, value) from None
    return AppliedFilter(
        name=field.name,
        at=context.shape(entity).at[field.name],
        op=op,
        wanted=wanted,
        comparable=code if field.type is FieldType.ENUM else _itself,
        null_passes=op in (NULL_IS_EMPTY if asks_for_null else NULL_PASSES[switches.null_comparison]),
    )


def is_number(value: Any) -> bool:
    """True for a JSON number, which is taken for an amount (seen in a client: section 8, 13)."""
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)


def wanted_by(context: Context, op: str, value: str, read: Callable[[str], Any]) -> Any:
    """One value, or those of `in` and `nin`: one text with commas (live for `in`: section 8, 14; a switch)."""
    if op not in ("in", "nin"):
        return read(value)
    separator = context.switches.in_separator
    parts = [value] if separator == "none" else value.split(",")
    return frozenset(read(each.strip() if separator == "comma_and_blanks" else each) for each in parts)


def filterable_field(context: Context, entity: Entity, name: Any) -> Field:
    """Ids, dates, datetimes, enums, and what a source names (seen in a client, in part documented per field)."""
    shape = context.shape(entity)
    field = shape.field(name, context.switches)
    if field is None or field.name not in shape.at or field.type in (FieldType.OBJECT, FieldType.ARRAY):
        raise ErrorAnswer("BDC_1130", name)
    if field.filterable is Filterable.NO_EVIDENCE and context.switches.filter_fields == "evidence":
        raise ErrorAnswer("BDC_1130", name)
    return field


def instant(text: str) -> str:
    """An instant as it is stored. Taken are `...SSS+0000` (documented), `Z` and a bare date (seen in clients)."""
    if DAY.fullmatch(text):
        text += "T00:00:00Z"
    parts = INSTANT.fullmatch(text)
    if parts is None:
        raise ValueError(text)
    moment = datetime.strptime(parts[1] + parts[3], "%Y-%m-%dT%H:%M:%S%z").astimezone(UTC)
    milliseconds = f"{parts[2] or '.0':0<4}"[:4]
    return f"{moment:%Y-%m-%dT%H:%M:%S}{milliseconds}+0000"


def day(text: str) -> str:
    """`YYYY-MM-DD` (documented)."""
    if not DAY.fullmatch(text):
        raise ValueError(text)
    return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date().isoformat()


def code(text: str) -> int:
    """An enum's text, as the number that it holds."""
    if not CODE.fullmatch(text):
        raise ValueError(text)
    return int(text)


def number(text: str) -> Decimal:
    """An amount, as a text like every filter value."""
    if not NUMBER.fullmatch(text):
        raise ValueError(text)
    return Decimal(text)


def boolean(text: str) -> bool:
    """`true` or `false`, as a text like every filter value (inferred)."""
    if text not in ("true", "false"):
        raise ValueError(text)
    return text == "true"


def _itself(value: Any) -> Any:
    return value


READERS: Mapping[FieldType, Callable[[str], Any]] = MappingProxyType(
    {
        FieldType.DATETIME: instant,
        FieldType.DATE: day,
        FieldType.ENUM: code,
        FieldType.MONEY: number,
        FieldType.DECIMAL: number,
        FieldType.INTEGER: code,
        FieldType.BOOLEAN: boolean,
    }
)
