"""From a stream's JSON schema to the columns of its table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from target_duckdb import values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

VARCHAR = "VARCHAR"
BIGINT = "BIGINT"
HUGEINT = "HUGEINT"
JSON = "JSON"
TIMESTAMPTZ = "TIMESTAMP WITH TIME ZONE"
DECIMAL_PRECISION = 38
"""The most digits that DuckDB's DECIMAL holds."""

_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")
_WHOLE = {BIGINT: 2**63, HUGEINT: 2**127}


class ColumnKind(Enum):
    """The content of a field, as its JSON schema says it."""

    TEXT = "string"
    INTEGER = "integer"
    NUMBER = "number"
    DECIMAL = "number written as a string"
    BOOLEAN = "boolean"
    DATE = "date"
    TIME = "time"
    INSTANT = "date-time"
    MIXED = "several simple types"
    JSON = "object, array or undeclared"


_STRING_FORMAT = {
    "date": ColumnKind.DATE,
    "time": ColumnKind.TIME,
    "date-time": ColumnKind.INSTANT,
    "singer.decimal": ColumnKind.DECIMAL,
    "x-singer.decimal": ColumnKind.DECIMAL,
}
_SIMPLE = {"string", "integer", "number", "boolean"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column as it is in the table.

    Attributes:
        name: As the stream spells it.
        kind: What the stream sends.
        sql_type: What the table has; not always what the kind alone would get.
        encode: A value that is not null, to text that DuckDB casts to `sql_type` without loss; raises ValueError.
        plain: The type of those values that need no `encode`: as JSON they are that text already. None where all do.
    """

    name: str
    kind: ColumnKind
    sql_type: str
    encode: Callable[[Any], str]
    plain: Any


def column(name: str, kind: ColumnKind, sql_type: str) -> Column:
    """A column whose encoder suits both what is sent and what the table has."""
    return Column(
        name=name,
        kind=kind,
        sql_type=sql_type,
        encode=_encoder(kind, sql_type),
        plain=_PLAIN.get((kind, sql_type)),
    )


_PLAIN = {
    (ColumnKind.TEXT, VARCHAR): str,
    (ColumnKind.BOOLEAN, "BOOLEAN"): bool,
    (ColumnKind.INTEGER, BIGINT): Annotated[int, Meta(ge=-_WHOLE[BIGINT], le=_WHOLE[BIGINT] - 1)],
}


def kind_of(schema: Any) -> ColumnKind:
    """The kind of a field; several types at once get the narrowest column that keeps them all."""
    found = set(_alternatives(schema))
    names = {name for name, _ in found}
    if not names or not names <= _SIMPLE:
        return ColumnKind.JSON
    if names == {"string"}:
        formats = {form for _, form in found}
        # "date-time or else any string" is a string: a column of instants could not keep the others.
        return _STRING_FORMAT.get(formats.pop() or "", ColumnKind.TEXT) if len(formats) == 1 else ColumnKind.TEXT
    if names <= {"integer", "number"}:
        return ColumnKind.NUMBER if "number" in names else ColumnKind.INTEGER
    return ColumnKind.BOOLEAN if names == {"boolean"} else ColumnKind.MIXED


def _alternatives(schema: Any) -> Iterator[tuple[str, str | None]]:
    """Each type that a field may have, with the format where it is a string."""
    if not isinstance(schema, Mapping):
        return
    for word in ("anyOf", "oneOf", "allOf"):
        for part in schema.get(word) or ():
            yield from _alternatives(part)
    types = schema.get("type") or ()
    for name in (types,) if isinstance(types, str) else types:
        if name != "null":
            yield name, schema.get("format") if name == "string" else None


def declared_type(kind: ColumnKind, schema: Any, scale: int) -> str:
    """The type that a new column gets.

    Args:
        kind: What the field holds.
        schema: Its JSON schema: an integer with bounds beyond 64 bits gets the wider type, and a number may say its
            `precision` and `scale`.
        scale: Decimals that a number keeps that does not say so.
    """
    if kind in {ColumnKind.NUMBER, ColumnKind.DECIMAL}:
        return _said_decimal(schema) or widest_decimal(scale)
    if kind is ColumnKind.INTEGER:
        widest = max(abs(schema.get(word) or 0) for word in ("minimum", "maximum"))
        return BIGINT if widest <= _WHOLE[BIGINT] else HUGEINT
    return _TYPE[kind]


def widest_decimal(scale: int) -> str:
    """The type that holds any number that DuckDB can, with so many decimals."""
    return f"DECIMAL({DECIMAL_PRECISION},{scale})"


def _said_decimal(schema: Any) -> str | None:
    """The type that a schema says by the words that the SDK has for numbers; None where it does not, or not soundly."""
    precision, scale = (schema.get(word) for word in ("precision", "scale"))
    is_sound = type(precision) is int and type(scale) is int and 0 <= scale <= precision <= DECIMAL_PRECISION
    return f"DECIMAL({precision},{scale})" if is_sound and precision else None


_TYPE = {
    ColumnKind.TEXT: VARCHAR,
    ColumnKind.MIXED: VARCHAR,
    ColumnKind.BOOLEAN: "BOOLEAN",
    ColumnKind.DATE: "DATE",
    ColumnKind.TIME: "TIME",
    ColumnKind.INSTANT: TIMESTAMPTZ,
    ColumnKind.JSON: JSON,
}


def joint_type(kind: ColumnKind, declared: str, existing: str) -> str | None:
    """The type for a column that exists already: the same, a wider one, or None where the two do not go together."""
    if existing in {declared, VARCHAR}:
        return existing
    if declared == VARCHAR:
        return VARCHAR
    if _DECIMAL.fullmatch(existing) and kind in {ColumnKind.INTEGER, ColumnKind.NUMBER, ColumnKind.DECIMAL}:
        return existing
    if existing in _WHOLE and kind in {ColumnKind.NUMBER, ColumnKind.DECIMAL}:
        return declared
    if existing in _WHOLE and kind is ColumnKind.INTEGER:
        return HUGEINT  # one of the two is, or they would be equal
    return None


def widening(name: str, existing: str, wider: str) -> str:
    """The expression that carries a column's values into a wider type. `name` is quoted.

    As text they look like what a stream would send, so that a key finds its row again: 12.5 and not 12.5000000000.
    """
    as_text = f"{name}::{wider}"
    if wider != VARCHAR:
        return as_text
    if existing == TIMESTAMPTZ:
        moment = f"strftime({name} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ')"
        return f"replace({moment}, '.000000Z', 'Z')"
    if existing == JSON:
        # Not ->> for all: it writes objects anew and turns 1.10 into 1.1.
        return f"CASE json_type({name}) WHEN 'VARCHAR' THEN {name} ->> '$' ELSE {as_text} END"
    parts = _DECIMAL.fullmatch(existing)
    return f"rtrim(rtrim({as_text}, '0'), '.')" if parts and int(parts[2]) else as_text


def _encoder(kind: ColumnKind, sql_type: str) -> Callable[[Any], str]:
    if sql_type == VARCHAR:
        return _AS_TEXT.get(kind, values.text)
    if parts := _DECIMAL.fullmatch(sql_type):
        fit = values.decimal_text if kind is ColumnKind.DECIMAL else values.decimal
        return fit(int(parts[1]), int(parts[2]))
    if sql_type in _WHOLE:
        return values.integer(-_WHOLE[sql_type], _WHOLE[sql_type] - 1)
    return _AS_TYPE[sql_type]


_AS_TEXT = {
    ColumnKind.INTEGER: values.integer(),
    ColumnKind.NUMBER: values.number_as_text,
    ColumnKind.BOOLEAN: values.boolean,
    ColumnKind.MIXED: values.scalar_as_text,
    ColumnKind.JSON: values.document,
}
_AS_TYPE = {
    "BOOLEAN": values.boolean,
    "DATE": values.day,
    "TIME": values.clock,
    TIMESTAMPTZ: values.instant,
    JSON: values.document,
}
