"""A stream whose schema changes, and schemas that no table can follow."""

# The SQL here is put together from names in this file:
# ruff: noqa: S608

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from loader_run import (
    ARRAY,
    BOOLEAN,
    DATE,
    ENCODE,
    INSTANT,
    INTEGER,
    NUMBER,
    OBJECT,
    SCHEMA,
    TEXT,
    Warehouse,
    raw_record,
    record,
    refusal,
    schema,
    state,
)

from target_duckdb.database import quoted

if TYPE_CHECKING:
    from pathlib import Path


def test_new_fields_become_columns_between_runs_and_within_one(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    one, two, three = {"id": INTEGER}, {"id": INTEGER, "b": TEXT}, {"c": DATE, "id": INTEGER, "b": TEXT}
    warehouse.load([schema("s", one, ["id"]), record("s", {"id": 1})])
    warehouse.load(
        [
            *(schema("s", two, ["id"]), record("s", {"id": 2, "b": "two"})),
            *(schema("s", three, ["id"]), record("s", {"id": 3, "b": "three", "c": "2024-07-31"})),
        ]
    )
    assert warehouse.rows("SELECT id, b, c::VARCHAR FROM s ORDER BY id") == [
        (1, None, None),
        (2, "two", None),
        (3, "three", "2024-07-31"),
    ]


def test_a_field_that_is_no_longer_sent_keeps_its_values(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    warehouse.load([schema("s", {"id": INTEGER, "old": TEXT}, ["id"]), record("s", {"id": 1, "old": "kept"})])
    lines = [
        schema("s", {"id": INTEGER, "new": TEXT}, ["id"]),
        record("s", {"id": 1, "new": "x"}),
        record("s", {"id": 2}),
    ]
    warehouse.load(lines)
    assert warehouse.rows("SELECT id, old, new FROM s ORDER BY id") == [(1, "kept", "x"), (2, None, None)]


@pytest.mark.parametrize("metadata", [False, True])
def test_a_schema_repeated_mid_stream_loses_nothing(tmp_path: Path, metadata: bool) -> None:
    warehouse = Warehouse(tmp_path, batch_size_rows=7, add_record_metadata=metadata)
    lines = []
    for i in range(20):
        lines += [schema("s", {"id": INTEGER}, ["id"]), record("s", {"id": i}), state({"at": i})]
    assert warehouse.load(lines).states == [{"at": 19}]
    assert warehouse.rows("SELECT id FROM s ORDER BY id") == [(i,) for i in range(20)]


def test_rows_from_before_a_schema_change_are_written_before_those_after_it(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path, batch_size_rows=2)
    lines = [schema("s", {"id": INTEGER, "v": TEXT}, ["id"]), record("s", {"id": 1, "v": "older"})]
    lines += [schema("s", {"id": INTEGER, "v": TEXT, "w": TEXT}, ["id"])]
    lines += [record("s", {"id": i, "v": "newer", "w": "w"}) for i in (1, 2, 3)]
    warehouse.load(lines)
    assert warehouse.rows("FROM s ORDER BY id") == [(i, "newer", "w") for i in (1, 2, 3)]


WIDENED: list[tuple[dict[str, Any], str, dict[str, Any], str, str, list[str]]] = [
    (INTEGER, "5", NUMBER, "1.25", "DECIMAL(38,10)", ["5.0000000000", "1.2500000000"]),
    (NUMBER, "1.25", INTEGER, "5", "DECIMAL(38,10)", ["1.2500000000", "5.0000000000"]),
    (INTEGER, "5", {"type": "integer", "maximum": 10**20}, str(10**20), "HUGEINT", ["5", str(10**20)]),
    (INTEGER, "5", TEXT, '"A-5"', "VARCHAR", ["5", "A-5"]),
    (NUMBER, "12.50", TEXT, '"x"', "VARCHAR", ["12.5", "x"]),
    (BOOLEAN, "true", TEXT, '"maybe"', "VARCHAR", ["true", "maybe"]),
    (INSTANT, '"2024-07-31T22:27:48+02:00"', TEXT, '"soon"', "VARCHAR", ["2024-07-31T20:27:48Z", "soon"]),
    (OBJECT, '{"a": 1.10}', TEXT, '"x"', "VARCHAR", ['{"a":1.10}', "x"]),
    ({}, '"free"', TEXT, '"x"', "VARCHAR", ["free", "x"]),
    (TEXT, '"x"', NUMBER, "1.10", "VARCHAR", ["x", "1.10"]),
    (TEXT, '"x"', ARRAY, "[1]", "VARCHAR", ["x", "[1]"]),
]


def test_types_that_go_together_are_joined_in_the_wider_one(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    for turn in (0, 2):
        lines = []
        for i, case in enumerate(WIDENED):
            lines += [schema(f"s{i}", {"v": case[turn]}), raw_record(f"s{i}", f'{{"v": {case[turn + 1]}}}')]
        warehouse.load(lines)
    for i, (*_, expected_type, expected) in enumerate(WIDENED):
        assert warehouse.types(f"s{i}") == {"v": expected_type}
        assert [v for (v,) in warehouse.rows(f"SELECT v::VARCHAR FROM s{i}")] == expected


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (BOOLEAN, INTEGER, ("BOOLEAN", "integer (BIGINT)")),
        (DATE, OBJECT, ("DATE", "object, array or undeclared (JSON)")),
    ],
)
def test_types_that_do_not_go_together_are_named(
    tmp_path: Path, before: dict[str, Any], after: dict[str, Any], words: tuple[str, ...]
) -> None:
    warehouse = Warehouse(tmp_path)
    warehouse.load([schema("s", {"id": INTEGER, "vendorId": before})])
    told = refusal(tmp_path, [schema("s", {"id": INTEGER, "vendorId": after, "added": TEXT}), state({"at": 1})])
    assert all(word in told for word in (f"table {SCHEMA}.s, column vendorId", *words)), told
    assert list(warehouse.types("s")) == ["id", "vendorId"]


def test_a_key_that_becomes_text_still_finds_its_rows(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    warehouse.load([schema("s", {"id": NUMBER, "v": TEXT}, ["id"]), raw_record("s", '{"id": 10.50, "v": "old"}')])
    warehouse.load([schema("s", {"id": TEXT, "v": TEXT}, ["id"]), record("s", {"id": "10.5", "v": "new"})])
    assert warehouse.rows("FROM s") == [("10.5", "new")]


def test_a_table_made_by_hand_keeps_its_own_precision(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    warehouse.load([schema("s", {"a": NUMBER})], driver=DRIVER_NARROW)
    warehouse.load([schema("s", {"a": NUMBER}), raw_record("s", '{"a": 1.25}')])
    warehouse.run([schema("s", {"a": NUMBER}), raw_record("s", '{"a": 1.255}')]).refused(
        "more than 2 decimals", "DECIMAL(9,2)"
    )
    assert warehouse.rows("FROM s") == [(Decimal("1.25"),)]


DRIVER_NARROW = """
from target_duckdb import columns
from target_duckdb.target import TargetDuckDB
from target_duckdb import table
table.declared_type = lambda *_: "DECIMAL(9,2)"
"""


REFUSED: dict[str, tuple[list[bytes], tuple[str, ...]]] = {
    "columns that differ in case": (
        [schema("bills", {"vendorId": TEXT, "VendorID": TEXT})],
        ("stream bills", "'vendorId'", "'VendorID'", "case"),
    ),
    "streams that differ in case": (
        [schema("bills", {"id": TEXT}), schema("Bills", {"id": TEXT})],
        ("'bills'", "'Bills'", "case"),
    ),
    "a key that is null": (
        [schema("bills", {"org": TEXT, "id": TEXT}, ["org", "id"]), record("bills", {"org": "o1", "id": None})],
        ("stream bills", "{'org': 'o1', 'id': None}", "field id", "null"),
    ),
    "a key that is missing": (
        [schema("bills", {"org": TEXT, "id": TEXT}, ["org", "id"]), record("bills", {"org": "o1"})],
        ("line 2", "stream bills", "field id", "missing"),
    ),
    "a key that is no field": ([schema("bills", {"id": TEXT}, ["uid"])], ("stream bills", "'uid'", "not a field")),
    "a key that is an object": ([schema("bills", {"id": OBJECT}, ["id"])], ("stream bills", "'id'")),
    "a schema without fields": ([schema("bills", {})], ("stream bills", "no properties")),
    "a field without a name": ([schema("bills", {"": TEXT})], ("stream bills", "''")),
    "a record before its schema": ([record("bills", {"id": "b1"})], ("line 1", "`bills`", "no SCHEMA message yet")),
    "a line cut short": ([schema("bills", {"id": TEXT}), b'{"type": "RECORD", "stre'], ("line 2", "is not JSON")),
    "a line that is no object": ([b"5"], ("line 1", "a JSON object is expected")),
    "NaN": ([schema("bills", {"a": NUMBER}), raw_record("bills", '{"a": NaN}')], ("line 2", "NaN is not JSON")),
    "a number beyond all range": (
        [schema("bills", {"a": NUMBER}), raw_record("bills", '{"a": 1e99999999999999999999}')],
        ("line 2", "a number out of all range"),
    ),
    "a batch message": (
        [
            schema("bills", {"id": TEXT}),
            b'{"type": "BATCH", "stream": "bills", "manifest": [], "encoding": {"format": "jsonl"}}',
        ],
        ("line 2", "batch_config"),
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_input_that_cannot_be_loaded_is_refused_in_words(tmp_path: Path, case: str) -> None:
    lines, words = REFUSED[case]
    told = refusal(tmp_path, [*lines, state({"at": 1})])
    assert all(word in told for word in words), told


NAMES = {
    "dots": ("a.b", "x.y"),
    "another schema": ("temp.main.x", "n.n"),
    "quotes": ('a"."b; DROP', 'i"d'),
    "one quote": ('"', '"'),
    "apostrophes": ("a'b", "it's"),
    "a comment": ("-- x", "/* x"),
    "words of SQL": ("select", "from"),
    "parameters": ("$1", "{x}"),
    "labels of ours": ("staged_batch", "c0"),
    "backslashes": ("a\\b", "\\"),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_a_name_whatever_it_means_in_sql(tmp_path: Path, name: str) -> None:
    stream, key = NAMES[name]
    warehouse = Warehouse(tmp_path)
    more = {"value": INTEGER, f"{key}.2": TEXT}
    messages = [schema(stream, {key: TEXT, "value": INTEGER}, [key])]
    messages += [record(stream, {key: "x", "value": each}) for each in (1, 2)]
    # A column is added, another is widened, a row is replaced.
    messages += [schema(stream, {key: TEXT, **more, "value": NUMBER}, [key])]
    messages += [record(stream, {key: "x", "value": 2.5, f"{key}.2": "new"}), state({"at": 1})]
    run = warehouse.run(messages, default_target_schema=f"s.{stream}")
    assert run.code == 0, run.told
    columns = ", ".join(quoted(each) for each in (key, "value", f"{key}.2"))
    table = f"{quoted(f's.{stream}')}.{quoted(stream)}"
    with duckdb.connect(str(warehouse.path), read_only=True) as connection:
        found = connection.execute(f"SELECT {columns} FROM {table}").fetchall()
    assert found == [("x", Decimal("2.5"), "new")]


def test_a_field_that_the_schema_lacks_is_told_once(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    lines = [schema("s", {"id": INTEGER}, ["id"]), *(record("s", {"id": i, "extra": i}) for i in range(3))]
    run = warehouse.load(lines)
    assert run.told.count("'extra'") == 1
    assert warehouse.rows("SELECT count(*) FROM s") == [(3,)]


def test_the_whole_json_schema_is_checked_on_request(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    lines = [schema("s", {"id": {"type": "string", "enum": ["a"]}}), record("s", {"id": "b"})]
    warehouse.load(lines)
    assert "'b' is not one of ['a']" in refusal(tmp_path, lines, validate_records=True)


def test_earlier_versions_are_marked_deleted_and_come_back(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path, add_record_metadata=True)

    def version(number: int, *ids: int) -> list[bytes]:
        rows = (record("s", {"id": i}, version=number, time_extracted="2024-07-31T20:27:48Z") for i in ids)
        activate = b'{"type": "ACTIVATE_VERSION", "stream": "s", "version": %d}' % number
        return [schema("s", {"id": INTEGER}, ["id"]), *rows, activate]

    warehouse.load([*version(1, 1, 2, 4), *version(2, 2, 3), *version(3, 1, 2)])
    assert warehouse.rows("SELECT id, _sdc_table_version, _sdc_deleted_at IS NOT NULL FROM s ORDER BY id") == [
        (1, 3, False),  # deleted with version 2, and back with version 3
        (2, 3, False),
        (3, 2, True),
        (4, 1, True),
    ]
    assert warehouse.rows("SELECT DISTINCT epoch_us(_sdc_extracted_at) FROM s") == [(1722457668000000,)]


def test_rows_that_were_loaded_before_there_were_versions_are_older_than_each(tmp_path: Path) -> None:
    described = schema("s", {"id": INTEGER}, ["id"])
    activate = b'{"type": "ACTIVATE_VERSION", "stream": "s", "version": 2}'
    warehouse = Warehouse(tmp_path)
    warehouse.load([described, record("s", {"id": 1})])
    warehouse.load([described, record("s", {"id": 2}), record("s", {"id": 3})], add_record_metadata=True)
    warehouse.load([described, record("s", {"id": 3}, version=2), activate], add_record_metadata=True)
    assert warehouse.rows("SELECT id, _sdc_deleted_at IS NOT NULL FROM s ORDER BY id") == [
        (1, True),
        (2, True),
        (3, False),
    ]


def test_versions_that_can_mark_nothing_are_told_once(tmp_path: Path) -> None:
    lines = [
        line
        for each in ("s", "t")
        for line in (
            schema(each, {"id": INTEGER}),
            b'{"type": "ACTIVATE_VERSION", "stream": "%s", "version": 2}' % each.encode(),
        )
    ]
    (told,) = [each for each in Warehouse(tmp_path).load(lines).told.splitlines() if "versions" in each]
    assert "WARNING" in told
    assert "add_record_metadata" in told


def test_a_version_without_metadata_marks_nothing_and_does_not_fail(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    activate = b'{"type": "ACTIVATE_VERSION", "stream": "s", "version": 2}'
    warehouse.load([schema("s", {"id": INTEGER}), record("s", {"id": 1}, version=2), activate])
    assert warehouse.rows("FROM s") == [(1,)]


def test_a_flattened_object_that_is_null_is_no_field_that_is_lost(tmp_path: Path) -> None:
    inner = {"type": ["object", "null"], "properties": {"z": INTEGER}}
    outer = {"type": ["object", "null"], "properties": {"x": TEXT, "y": inner}}
    sent: list[dict[str, Any]] = [
        {"id": 1, "a": {"x": "1", "y": {"z": 3}}},
        {"id": 2, "a": None},
        {"id": 3, "a": {"x": "1", "y": None}},
    ]
    lines = [schema("s", {"id": INTEGER, "a": outer}, ["id"]), *(record("s", each) for each in sent)]
    warehouse = Warehouse(tmp_path, flattening_enabled=True, flattening_max_depth=3)
    assert "not stored" not in warehouse.load(lines).told
    assert warehouse.rows("FROM s ORDER BY id") == [(1, "1", 3), (2, None, None), (3, "1", None)]
    lost = warehouse.load([lines[0], record("s", {"id": 4, "b": 1})])
    assert "field 'b', which its schema lacks: it is not stored" in lost.told


def test_a_reference_gets_the_type_of_what_it_refers_to(tmp_path: Path) -> None:
    properties = {
        "id": {"$ref": "#/definitions/id"},
        "day": {"anyOf": [{"$ref": "#/$defs/day"}, {"type": "null"}]},
        "wide": {"$ref": "#/definitions/id", "maximum": 2**70},
        "lines": {"type": "array", "items": {"$ref": "#/definitions/line"}},
    }
    body = {
        "properties": properties,
        "definitions": {"id": INTEGER, "line": {"type": "object", "properties": {"id": {"$ref": "#/properties/id"}}}},
        "$defs": {"day": DATE},
    }
    warehouse = Warehouse(tmp_path)
    given = ENCODE({"type": "SCHEMA", "stream": "s", "schema": body, "key_properties": ["id"]})
    warehouse.load([given, record("s", {"id": 1, "day": "2026-01-31", "lines": [{"id": 1}]})])
    assert warehouse.types("s") == {"id": "BIGINT", "day": "DATE", "wide": "HUGEINT", "lines": "JSON"}


def test_a_zero_byte_is_a_character_in_every_kind_of_column(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    lines = [
        schema("s", {"id": TEXT, "o": OBJECT}, ["id"]),
        record("s", {"id": "a\0", "o": {"k\0": "b\0"}}),
        record("s", {"id": "a\0b", "o": None}),
    ]
    for _ in range(2):  # the second run has to find the rows of the first by their keys
        warehouse.load(lines)
        assert warehouse.rows("SELECT id, o::VARCHAR FROM s ORDER BY id") == [
            ("a\0", '{"k\\u0000":"b\\u0000"}'),
            ("a\0b", None),
        ]


def money(precision: object = 18, scale: object = 2) -> dict[str, Any]:
    return {**NUMBER, "precision": precision, "scale": scale}


UNSOUND = ((39, 2), (2, 3), (0, 0), ("18", "2"), (True, False), (None, 2))


def test_a_number_gets_the_size_that_its_schema_says(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    said = [((18, 2), "DECIMAL(18,2)"), ((5, 0), "DECIMAL(5,0)"), *((each, "DECIMAL(38,10)") for each in UNSOUND)]
    lines = [schema(f"s{i}", {"a": money(*size)}) for i, (size, _) in enumerate(said)]
    warehouse.load([*lines, *(record(f"s{i}", {"a": 1}) for i in range(len(said)))])
    for i, (size, sql_type) in enumerate(said):
        assert warehouse.types(f"s{i}") == {"a": sql_type}, size


def test_a_schema_that_promised_too_much_loses_no_row_and_no_decimal(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    numbers = ["1.25", "12345678901234567.89", "1.125", "-0.5"]
    described = schema("s", {"i": INTEGER, "a": money()}, ["i"])
    ran = warehouse.load(
        [described, *(raw_record("s", f'{{"i": {i}, "a": {each}}}') for i, each in enumerate(numbers))]
    )
    assert warehouse.types("s")["a"] == "DECIMAL(38,10)"
    assert warehouse.rows("SELECT a FROM s ORDER BY i") == [(Decimal(each),) for each in numbers]
    assert "field 'a' has numbers that its schema does not promise" in ran.told
    warehouse.load([described, raw_record("s", '{"i": 9, "a": 0.0001}')])
    assert warehouse.rows("SELECT a FROM s WHERE i = 9") == [(Decimal("0.0001"),)]


@pytest.mark.parametrize("value", ["1.123456789012", "1e40", '"abc"', "true"])
def test_what_fits_no_column_is_refused_and_widens_none(tmp_path: Path, value: str) -> None:
    warehouse = Warehouse(tmp_path)
    described = schema("s", {"a": money()})
    warehouse.load([described, record("s", {"a": 1})])
    warehouse.run([described, raw_record("s", f'{{"a": {value}}}')]).refused("field a", "DECIMAL(18,2)")
    assert warehouse.types("s") == {"a": "DECIMAL(18,2)"}


def test_a_column_that_a_person_has_made_narrow_is_not_widened(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    with duckdb.connect(str(warehouse.path)) as db:
        db.execute(f"CREATE SCHEMA {SCHEMA}")
        db.execute(f"CREATE TABLE {SCHEMA}.s (a DECIMAL(10,1))")
    warehouse.run([schema("s", {"a": money()}), raw_record("s", '{"a": 1.25}')]).refused("DECIMAL(10,1)")
