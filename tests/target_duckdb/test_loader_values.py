"""Every value exactly as it was sent, or refused."""

# The SQL here is put together from names in this file:

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from loader_run import (
    ARRAY,
    BOOLEAN,
    DATE,
    INSTANT,
    INTEGER,
    NUMBER,
    OBJECT,
    TEXT,
    TIME,
    Warehouse,
    raw_record,
    record,
    refusal,
    schema,
    state,
)

from target_duckdb import values
from target_duckdb.columns import ColumnKind, kind_of
from target_duckdb.errors import UnfitError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ODD_TEXTS = [
    "", " ", "null", "NULL", "\\N", "NaN", "a\0b", "\0", "line\nbreak\r\n", "\u2028", '"', '"quoted"', "it's", "\\",
    "\\u0000", "😀", "e\u0301", "\ufeff", "\uffff", "\U0010ffff", "\x1f", "\t lead", "1.10", "007", "2024-07-31",
    "true", '{"a": 1}', "x" * 1_000_000, "é" * 500_000,
]  # fmt: skip


def test_text_survives_and_empty_is_not_null(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path, batch_size_rows=5)
    rows = list(enumerate([*ODD_TEXTS, None]))
    lines = []
    for stream, keys in (("keyed", ["i"]), ("free", [])):
        lines += [schema(stream, {"i": INTEGER, "v": TEXT}, keys), *(record(stream, {"i": i, "v": v}) for i, v in rows)]
    warehouse.load(lines)
    for stream in ("keyed", "free"):
        assert warehouse.rows(f"FROM {stream} ORDER BY i") == rows


def test_text_as_a_key_finds_its_row_again(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path, batch_size_rows=5)
    keys = [text for text in ODD_TEXTS if len(text) < 100]
    lines = [schema("s", {"k": TEXT, "v": INTEGER}, ["k"])]
    for turn in (1, 2):
        warehouse.load([*lines, *(record("s", {"k": key, "v": turn}) for key in keys)])
    assert sorted(warehouse.rows("FROM s")) == sorted((key, 2) for key in keys)


HASH = {"type": "integer", "minimum": 0, "maximum": 2**64 - 1}
RATE = {"type": ["null", "string"], "format": "singer.decimal"}
NESTED = '[{"amount":12345678901234567890.123456789},null]'
# field: its schema, the JSON that is sent, the column's type, what a reader gets
FIELDS: dict[str, tuple[dict[str, Any], str, str, Any]] = {
    "vendorId": (TEXT, '"00901"', "VARCHAR", "00901"),
    "count": (INTEGER, "-9223372036854775808", "BIGINT", -(2**63)),
    "hash": (HASH, "18446744073709551615", "HUGEINT", 2**64 - 1),
    "amount": (NUMBER, "0.10", "DECIMAL(38,10)", Decimal("0.10")),
    "rate": (RATE, '"12.50"', "DECIMAL(38,10)", Decimal("12.50")),
    "isActive": (BOOLEAN, "false", "BOOLEAN", False),
    "day": (DATE, '"2024-02-29"', "DATE", dt.date(2024, 2, 29)),
    "clock": (TIME, '"20:27:48.5"', "TIME", dt.time(20, 27, 48, 500_000)),
    "updatedTime": (INSTANT, '"2024-07-31T20:27:48Z"', "TIMESTAMP WITH TIME ZONE", 1722457668000000),
    "address": (OBJECT, '{"zip": "0123", "n": 1.10}', "JSON", '{"zip":"0123","n":1.10}'),
    "lines": (ARRAY, NESTED, "JSON", NESTED),
    "any": ({}, '"free"', "JSON", '"free"'),
    "mixed": ({"type": ["string", "integer", "boolean"]}, "7", "VARCHAR", "7"),
    "when": ({"anyOf": [INSTANT, TEXT]}, '"soon"', "VARCHAR", "soon"),
}


@pytest.mark.parametrize("keys", [["vendorId"], []])
def test_each_type_has_its_column(tmp_path: Path, keys: list[str]) -> None:
    warehouse = Warehouse(tmp_path)
    sent = ", ".join(f'"{name}": {text}' for name, (_, text, _, _) in FIELDS.items())
    fields = {name: field for name, (field, _, _, _) in FIELDS.items()}
    warehouse.load([schema("s", fields, keys), raw_record("s", f"{{{sent}}}")])
    assert warehouse.types("s") == {name: sql_type for name, (_, _, sql_type, _) in FIELDS.items()}
    found = warehouse.rows("SELECT * REPLACE (epoch_us(updatedTime) AS updatedTime) FROM s")
    assert found == [tuple(value for *_, value in FIELDS.values())]


def test_money_is_exact_to_the_last_digit(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path, batch_size_rows=3)
    amounts = [
        "0.1", "0.2", "0.30", "123456789012345.67", "99999999999999999.99", "1234567890123456789012345678.0123456789",
        "-0.01", "9007199254740993", "1e3", "1.5E-9", "0.0000000001", "-9999999999999999999999999999.9999999999",
    ]  # fmt: skip
    lines = [schema("s", {"i": INTEGER, "a": NUMBER}, ["i"])]
    warehouse.load([*lines, *(raw_record("s", f'{{"i": {i}, "a": {a}}}') for i, a in enumerate(amounts))])
    assert [a for (a,) in warehouse.rows("SELECT a FROM s ORDER BY i")] == [Decimal(a) for a in amounts]
    assert warehouse.rows("SELECT sum(a) = 0.6::DECIMAL(38, 10) FROM s WHERE i < 3") == [(True,)]
    assert warehouse.rows("SELECT sum(a) FROM s WHERE i IN (3, 4)") == [(Decimal("100123456789012345.66"),)]


def test_an_offset_changes_the_text_and_not_the_instant(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    same = [
        "2024-07-31T20:27:48Z", "2024-07-31T22:27:48+02:00", "2024-07-31T13:27:48-07:00", "2024-07-31T20:27:48",
        "2024-07-31 20:27:48.000000+00:00", "2024-08-01T01:57:48+05:30", "2024-07-31T20:27:48.000000000Z",
    ]  # fmt: skip
    other = ["1969-12-31T23:59:59.999999Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"]
    lines = [schema("s", {"i": INTEGER, "t": INSTANT}, ["i"])]
    warehouse.load([*lines, *(record("s", {"i": i, "t": t}) for i, t in enumerate([*same, *other]))])
    # Whatever zone the reader's session has: an instant is an instant.
    found = [t for (t,) in warehouse.rows("SELECT epoch_us(t) FROM s ORDER BY i")]
    assert found == [1722457668000000] * len(same) + [-1, -62135596800000000, 253402300799999999]


@pytest.mark.parametrize(
    ("properties", "sent", "words"),
    [
        (NUMBER, "1.12345678901", ("1.12345678901", "more than 10 decimals", "DECIMAL(38,10)")),
        (NUMBER, '"12.50"', ("is a string, not a number",)),
        (INTEGER, "9223372036854775808", ("9223372036854775808", "outside", "BIGINT")),
        (TEXT, "5", ("is an integer, not a string",)),
        (TEXT, '"\\ud83d"', ("surrogate",)),
        (OBJECT, '{"a": "\\ud83d"}', ("surrogate",)),
        (INSTANT, '"31.07.2024"', ("31.07.2024", "is not a date-time")),
    ],
)
def test_what_does_not_fit_is_refused_by_name(
    tmp_path: Path, properties: dict[str, Any], sent: str, words: tuple[str, ...]
) -> None:
    warehouse = Warehouse(tmp_path)
    good, bad = raw_record("bills", '{"id": "b1"}'), raw_record("bills", f'{{"id": "b2", "field": {sent}}}')
    told = refusal(tmp_path, [schema("bills", {"id": TEXT, "field": properties}, ["id"]), good, bad])
    assert all(word in told for word in ("stream bills", "{'id': 'b2'}", "field field", *words)), told
    assert warehouse.rows("FROM bills") == []


def test_a_refused_number_ends_the_process_with_one_message_and_no_state(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path, batch_size_rows=2)
    amounts = ["1.5", "2.5", "3.5", "1.12345678901", "4.5"]
    lines = [schema("bills", {"id": INTEGER, "amount": NUMBER}, ["id"]), state({"rows": 0})]
    lines += [raw_record("bills", f'{{"id": {i}, "amount": {amount}}}') for i, amount in enumerate(amounts)]
    run = warehouse.run([*lines, state({"rows": 5})])
    run.refused("stream bills", "{'id': 3}", "amount", "1.12345678901", "more than 10 decimals", "stream_maps")
    # The batch before it is there, which no STATE says; nothing of its own batch is.
    assert warehouse.rows("SELECT id FROM bills ORDER BY id") == [(0,), (1,)]


def test_a_wider_scale_may_be_asked_for(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path, decimal_scale=20)
    warehouse.load([schema("s", {"a": NUMBER}), raw_record("s", '{"a": 0.12345678901234567891}')])
    assert warehouse.rows("FROM s") == [(Decimal("0.12345678901234567891"),)]


@pytest.mark.parametrize(
    ("convert", "value", "expected"),
    [
        (values.decimal(38, 10), Decimal("1.50"), "1.5000000000"),
        (values.decimal(38, 0), 10**37, str(10**37)),
        (values.decimal(5, 2), 0.1, "0.10"),
        (values.integer(-5, 5), Decimal("5.0"), "5"),
        (values.number_as_text, Decimal("1.10"), "1.10"),
        (values.scalar_as_text, True, "true"),
        (values.day, "2024-02-29", "2024-02-29"),
        (values.clock, "20:27:48Z", "20:27:48"),
        (values.instant, "2024-07-31T20:27:48+02:00", "2024-07-31T18:27:48+00:00"),
    ],
)
def test_a_value_becomes_the_text_that_means_it(convert: Callable[[Any], str], value: Any, expected: str) -> None:
    assert convert(value) == expected


@pytest.mark.parametrize(
    ("convert", "value"),
    [
        (values.decimal(38, 10), Decimal("1E-999999")),
        (values.decimal(38, 10), Decimal(12345678901234567890123456789)),
        (values.decimal(38, 10), Decimal("NaN")),
        (values.decimal(38, 10), float("inf")),
        (values.decimal(5, 2), Decimal(1000)),
        (values.decimal(5, 2), 1000),
        (values.decimal(5, 2), Decimal("12345.67")),
        (values.decimal(38, 10), True),
        (values.decimal_text(38, 10), "12,50"),
        (values.integer(), Decimal("1E+999999")),
        (values.integer(), Decimal("1.5")),
        (values.integer(), True),
        (values.boolean, 1),
        (values.scalar_as_text, {"a": 1}),
        (values.day, "2024-02-30"),
        (values.day, "2024-02-29T10:00:00Z"),
        (values.clock, "20:27:48+02:00"),
        (values.clock, "20:27:48.1234567"),
        (values.instant, "0001-01-01T00:00:00+02:00"),
        (values.instant, "2024-07-31T20:27:48.1234567Z"),
        (values.instant, 1722457668),
    ],
)
def test_a_value_that_would_change_is_unfit(convert: Callable[[Any], str], value: Any) -> None:
    with pytest.raises(UnfitError):
        convert(value)


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ({"type": "string"}, ColumnKind.TEXT),
        ({"type": ["null", "string"], "format": "uuid"}, ColumnKind.TEXT),
        ({"type": ["integer", "number"]}, ColumnKind.NUMBER),
        ({"oneOf": [{"type": "null"}, {"type": "string", "format": "date"}]}, ColumnKind.DATE),
        ({"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]}, ColumnKind.TEXT),
        ({"type": ["string", "array"]}, ColumnKind.JSON),
        ({"type": "null"}, ColumnKind.JSON),
        ({"$ref": "#/definitions/x"}, ColumnKind.JSON),
        (True, ColumnKind.JSON),
    ],
)
def test_the_kind_of_a_field_is_the_narrowest_that_keeps_all_it_may_hold(field: Any, kind: ColumnKind) -> None:
    assert kind_of(field) is kind


NUMBERS = some.integers() | some.decimals() | some.decimals(allow_nan=False, allow_infinity=False, places=2)


@given(NUMBERS, some.integers(1, 38), some.integers(0, 38))
def test_a_number_that_fits_is_the_same_with_as_many_digits_as_its_column_and_any_other_is_refused(
    number: int | Decimal, precision: int, scale: int
) -> None:
    scale = min(scale, precision)
    sent = Decimal(number)
    units = Fraction(sent) * 10**scale if sent.is_finite() and abs(sent.adjusted()) < 100 else Fraction(1, 2)
    fits = not sent or (units.denominator == 1 and abs(units) < 10**precision)
    if not fits:
        with pytest.raises(UnfitError):
            values.decimal(precision, scale)(number)
        return
    written = values.decimal(precision, scale)(number)
    assert Decimal(written) == sent
    assert len(written.partition(".")[2]) == scale
    assert "e" not in written.lower()
