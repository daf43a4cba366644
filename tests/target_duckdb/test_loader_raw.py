"""Records that are stored as they are sent are not decoded to a dict on the way: nothing else comes of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from loader_run import (
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
    schema,
    state,
)

from target_duckdb.columns import BIGINT, Column, column, declared_type, kind_of
from target_duckdb.reader import StoppableReader
from target_duckdb.rows import RowDecoder

if TYPE_CHECKING:
    from pathlib import Path

FIELDS: dict[str, dict[str, Any]] = {
    "text": TEXT,
    "whole": INTEGER,
    "huge": {"type": "integer", "maximum": 2**100},
    "number": NUMBER,
    "money": {**NUMBER, "precision": 18, "scale": 2},
    "flag": BOOLEAN,
    "day": DATE,
    "clock": TIME,
    "moment": INSTANT,
    "object": OBJECT,
    "mixed": {"type": ["string", "number"]},
}
COLUMNS = {name: column(name, kind_of(each), declared_type(kind_of(each), each, 10)) for name, each in FIELDS.items()}
COLUMNS["whole as text"] = column("whole as text", kind_of(INTEGER), "VARCHAR")
WRITTEN = [
    *("null", "true", "false", '""', '"x"', '"1"', "[]", "{}", '{"a": 1.10, "b": [null]}', "[1, 2.50]"),
    *(
        "0",
        "-0",
        "0.0",
        "-0.0",
        "5",
        "5.0",
        "5e0",
        "1.5",
        "1e2",
        "1E-2",
        "1.005",
        "0.1",
        "1e400",
        "1e-400",
        "1E+999999",
    ),
    *(str(2**63 - 1), str(2**63), str(-(2**63)), str(-(2**63) - 1), str(2**64), str(2**127), "12345678901234567.89"),
    *(
        '"2024-02-29"',
        '"2023-02-29"',
        '"20240229"',
        '"2024-W09-4"',
        '"24:00"',
        '"20:27:48.1234567"',
        '"20:27:48+02:00"',
    ),
    *(
        '"2024-07-31T20:27:48Z"',
        '"2024-07-31 22:27+02:00"',
        '"2024-07-31T20:27:48.1234567Z"',
        '"9999-12-31T23:59-10:00"',
    ),
    *(r'"\ud800"', r'"\ud83d\ude00"', r'"\u0000"', '"ünï"', r'"a\nb\"c\\"', r'{"a": "\ud800"}'),
]
numbers = st.one_of(
    st.integers().map(str),
    st.decimals(allow_nan=False, allow_infinity=False).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
)
texts = st.one_of(st.text(), st.dates().map(str), st.datetimes().map(str), st.times().map(str)).map(json.dumps)
values = st.one_of(st.sampled_from(WRITTEN), numbers, texts)


def encoded(own: Column, value: Any) -> str | None:
    """The text that a column's encoder makes of a value; None where it refuses."""
    try:
        return own.encode(value).encode().decode()
    except ValueError:
        return None


def in_duckdb(value: Any) -> str:
    """The text of a value of a row's line, as DuckDB reads it into a column of texts."""
    return value if isinstance(value, str) else json.dumps(value)


@given(name=st.sampled_from(sorted(COLUMNS)), written=values)
@example(name="whole", written=str(2**63))
@example(name="whole", written="5.0")
def test_a_row_has_what_its_encoder_makes_of_the_value_or_leaves_the_record_to_it(name: str, written: str) -> None:
    own = COLUMNS[name]
    raw = f'{{"{name}": {written}}}'.encode()
    row = RowDecoder([own], []).decode(msgspec.Raw(raw))
    if row is None:
        return
    value = StoppableReader().decode(raw)[name]
    line = json.loads(msgspec.json.encode(row))
    if value is None:
        assert line == {}
    else:
        assert in_duckdb(line[name]) == encoded(own, value)


@pytest.mark.parametrize("name", sorted(COLUMNS))
def test_what_a_column_is_made_for_is_not_left_to_the_slower_way(name: str) -> None:
    fitting = {
        "text": '"x"', "whole": "5", "huge": str(2**90), "number": "1.5", "money": "1.25", "flag": "true",
        "day": '"2024-07-31"', "clock": '"20:27:48"', "moment": '"2024-07-31T20:27:48Z"', "object": '{"a": 1.10}',
        "mixed": "1.5", "whole as text": "7",
    }  # fmt: skip
    assert RowDecoder([COLUMNS[name]], [name]).decode(msgspec.Raw(f'{{"{name}": {fitting[name]}}}'.encode()))


@pytest.mark.parametrize("sent", ['{"id": null}', "{}", '{"id": 1, "other": 2}', '{"id": "1"}', "[]", '{"id": 1'])
def test_a_record_with_anything_about_it_is_left_to_the_slower_way(sent: str) -> None:
    assert RowDecoder([column("id", kind_of(INTEGER), BIGINT)], ["id"]).decode(msgspec.Raw(sent.encode())) is None


def test_both_ways_lead_to_the_same_table(tmp_path: Path) -> None:
    sent = [
        '{"id": 1, "text": "a", "money": 1.10, "object": {"a": 1.10, "b": [1, {"c": null}]}}',
        '{"id": 2, "text": "\\u0000\\ud83d\\ude00", "whole": 5.0, "huge": 1267650600228229401496703205376}',
        '{"id": 1, "text": null, "flag": false, "moment": "2024-07-31T22:27:48+02:00", "day": "20240731"}',
        '{"id": 3, "money": 1.125, "other": null, "number": 1e2, "clock": "20:27", "mixed": 1.50}',
        '{"id": 4, "text": "ünï", "whole": -9223372036854775808, "object": "x", "moment": "2024-07-31", "other": 7}',
    ]
    described = {"id": INTEGER, **FIELDS}
    tables = {}
    settings: dict[str, dict[str, Any]] = {"raw": {}, "mapped": {"stream_maps": {"s": {}}}}
    for name, each in settings.items():
        warehouse = Warehouse(tmp_path, f"{name}.duckdb", **each)
        run = warehouse.load(
            [schema("s", described, ["id"]), *(raw_record("s", row) for row in sent), state({"at": 1})]
        )
        tables[name] = (warehouse.types("s"), warehouse.rows("FROM s ORDER BY id"))
        assert run.told.count("'other', which its schema lacks") == 1
        assert run.states == [{"at": 1}]
    assert len(tables["raw"][1]) == 4
    assert tables["raw"] == tables["mapped"]


def test_an_error_names_the_line_whichever_way_it_took(tmp_path: Path) -> None:
    bad = {
        '{"id": 1, "text": 5}': "field text = 5 is an integer, not a string",
        '{"text": "x"}': "is missing, and a key cannot be",
        '{"id": 1, "text": "\\ud800"}': "field text = '\\ud800' holds half of a surrogate pair",
        '{"id": 1, "text": "x"': "is not JSON",
        "[1]": "is a RECORD message without `record`",
        '{"id": 1, "object": ' + "[" * 200 + "]" * 200 + "}": "nested more than 100 deep",
    }
    lines = [schema("s", {"id": INTEGER, **FIELDS}, ["id"]), record("s", {"id": 0}), b""]
    for sent, words in bad.items():
        Warehouse(tmp_path).run([*lines, raw_record("s", sent)]).refused("line 4 of the input", words)


@pytest.mark.parametrize("method", ["upsert", "append-only"])
def test_rows_of_a_large_batch_keep_the_order_of_their_lines(tmp_path: Path, method: str) -> None:
    warehouse = Warehouse(tmp_path, load_method=method)
    # Many times what one of DuckDB's threads reads at once.
    rows, keys = 9_000, 700
    lines = (record("s", {"id": i % keys, "v": i, "filler": "x" * 1_000}) for i in range(rows))
    warehouse.load([schema("s", {"id": INTEGER, "v": INTEGER, "filler": TEXT}, ["id"]), *lines])
    found = [v for (v,) in warehouse.rows("SELECT v FROM s")]
    assert found == (list(range(rows - keys, rows)) if method == "upsert" else list(range(rows)))


def test_a_row_of_any_size_gets_the_memory_that_it_needs(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    size = 40_000_000
    lines = (record("s", {"id": i, "v": chr(97 + i) * size}) for i in range(3))
    warehouse.load([schema("s", {"id": INTEGER, "v": TEXT}, ["id"]), *lines])
    assert warehouse.rows("SELECT id, length(v), v[1] FROM s ORDER BY id") == [(i, size, chr(97 + i)) for i in range(3)]
