"""No row missed, none doubled, the last one wins."""

# The SQL here is put together from names in this file:
# ruff: noqa: S608

from __future__ import annotations

import random
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from loader_run import BOOLEAN, INTEGER, NUMBER, OBJECT, TEXT, Warehouse, record, schema, state

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

ALL_TEXT = {"id": {"type": "string"}, "name": TEXT, "note": TEXT}
MIXED = {"id": {"type": "string"}, "amount": NUMBER, "count": INTEGER, "open": BOOLEAN, "name": TEXT}
BATCH = 7
SIZES = (1, 2, BATCH - 1, BATCH, BATCH + 1, 3 * BATCH, 3 * BATCH + 1)


def text_row(i: int) -> dict[str, Any]:
    return {"id": f"id{i}", "name": f"name {i}", "note": "note"}


def mixed_row(i: int) -> dict[str, Any]:
    return {"id": f"id{i}", "amount": Decimal(i) / 4, "count": i, "open": i % 2 == 0, "name": f"name {i}"}


def streams_of(sizes: Iterable[int]) -> Iterator[tuple[str, dict[str, Any], list[str], list[dict[str, Any]]]]:
    """All-text and mixed, with and without a key: the tables of which other loaders lost the first row."""
    for size in sizes:
        for keys in (["id"], []):
            suffix = f"{size}_{'keyed' if keys else 'free'}"
            yield f"text_{suffix}", ALL_TEXT, keys, [text_row(i) for i in range(size)]
            yield f"mixed_{suffix}", MIXED, keys, [mixed_row(i) for i in range(size)]


@pytest.mark.parametrize(("batch", "sizes"), [(1, SIZES[:4]), (BATCH, SIZES)])
def test_every_row_arrives_whatever_the_table_the_batch_and_the_count(
    tmp_path: Path, batch: int, sizes: tuple[int, ...]
) -> None:
    warehouse = Warehouse(tmp_path, batch_size_rows=batch)
    lines = []
    for stream, properties, keys, rows in streams_of(sizes):
        lines += [schema(stream, properties, keys), *(record(stream, row) for row in rows)]
    warehouse.load(lines)
    for stream, _, _, rows in streams_of(sizes):
        assert warehouse.rows(f"FROM {stream}") == [tuple(row.values()) for row in rows], stream


@pytest.mark.parametrize("keys", [["id"], []])
def test_one_row_in_all_arrives(tmp_path: Path, keys: list[str]) -> None:
    warehouse = Warehouse(tmp_path)
    run = warehouse.load([schema("bills", ALL_TEXT, keys), record("bills", text_row(1)), state({"at": 1})])
    assert warehouse.rows("FROM bills") == [("id1", "name 1", "note")]
    assert run.states == [{"at": 1}]


def test_a_stream_without_rows_has_its_table(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    warehouse.load([schema("bills", MIXED, ["id"])])
    assert warehouse.rows("FROM bills") == []


def test_the_last_record_of_a_key_wins_in_a_batch_across_batches_and_across_runs(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path, batch_size_rows=4)
    properties = {"org": {"type": "string"}, "id": {"type": "integer"}, "v": TEXT}

    def lines(*values: tuple[str, int, str | None]) -> list[bytes]:
        rows = ({"org": org, "id": i, "v": v} for org, i, v in values)
        return [schema("bills", properties, ["org", "id"]), *(record("bills", row) for row in rows)]

    warehouse.load(
        lines(
            ("a", 1, "x"), ("a", 1, "y"), ("b", 1, "z"), ("a", 2, "p"), ("a", 2, "q"), ("a", 1, "last"), ("b", 2, "r")
        )
    )
    assert sorted(warehouse.rows("FROM bills")) == [("a", 1, "last"), ("a", 2, "q"), ("b", 1, "z"), ("b", 2, "r")]
    warehouse.load(lines(("b", 1, None), ("c", 1, "new")))
    assert sorted(warehouse.rows("FROM bills"), key=str) == [
        ("a", 1, "last"), ("a", 2, "q"), ("b", 1, None), ("b", 2, "r"), ("c", 1, "new"),
    ]  # fmt: skip


def test_a_key_alone_is_a_row_too(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path, batch_size_rows=2)
    ids = [1, 1, 2, 3, 2]
    warehouse.load([schema("s", {"id": {"type": "integer"}}, ["id"]), *(record("s", {"id": i}) for i in ids)])
    assert sorted(warehouse.rows("FROM s")) == [(1,), (2,), (3,)]


def test_append_only_keeps_every_record_in_order(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path, load_method="append-only", batch_size_rows=2)
    lines = [schema("s", {"id": INTEGER}, ["id"]), *(record("s", {"id": i}) for i in (3, 1, 1, 2, 1))]
    warehouse.load(lines)
    warehouse.load(lines)
    assert warehouse.rows("FROM s") == [(3,), (1,), (1,), (2,), (1,)] * 2


def test_fields_named_like_our_own_or_like_sql_are_only_names(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    names = [
        "n",
        "c0",
        "c1",
        "t",
        "s",
        "select",
        'quo"te',
        "two words",
        "Ünï",
        "a.b",
        "vendorId",
        "select * from x; --",
    ]
    row = {name: f"value of {name}" for name in names}
    stream = 'Odd "stream"-name; DROP'
    lines = [schema(stream, dict.fromkeys(names, TEXT), ["n", "c0"]), record(stream, row), record(stream, row)]
    warehouse.load(lines)
    quoted = stream.replace('"', '""')
    assert warehouse.rows(f'FROM "{quoted}"') == [tuple(row.values())]
    assert list(warehouse.types(quoted)) == names


def random_rows(count: int) -> list[dict[str, Any]]:
    chance = random.Random(20260131)  # noqa: S311 - a fixed seed is the point
    pool = [
        "",
        " ",
        "plain",
        'quo"te',
        "it's",
        "back\\slash",
        "\\N",
        "line\nbreak",
        "tab\t",
        "ünï",
        "😀",
        "nul\0",
        "null",
    ]

    def maybe(value: Any) -> Any:
        return None if chance.random() < 0.1 else value

    return [
        {
            "id": f"id{chance.randrange(count * 3 // 4)}",
            "amount": maybe(Decimal(chance.randrange(-(10**17), 10**17)).scaleb(-chance.randrange(11))),
            "count": maybe(chance.randrange(-(2**63), 2**63)),
            "open": maybe(chance.random() < 0.5),
            "name": maybe(chance.choice(pool) * chance.randrange(4)),
            "lines": maybe({"amount": str(chance.random()), "tags": [chance.choice(pool)]}),
        }
        for _ in range(count)
    ]


def test_thousands_of_random_rows_come_out_as_they_went_in(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path, batch_size_rows=700)
    rows = random_rows(6000)
    properties = {**MIXED, "lines": OBJECT}
    lines = [schema("keyed", properties, ["id"]), *(record("keyed", row) for row in rows)]
    lines += [schema("free", properties), *(record("free", row) for row in rows), state({"done": True})]
    assert warehouse.load(lines).states == [{"done": True}]

    latest = {row["id"]: row for row in rows}
    for table, expected in (("keyed", list(latest.values())), ("free", rows)):
        columns = "id, amount, count, open, name, (lines ->> 'amount'), (lines ->> '$.tags[0]')"
        found = warehouse.rows(f"SELECT {columns} FROM {table}")
        flat = [
            (*list(row.values())[:5], row["lines"] and row["lines"]["amount"], row["lines"] and row["lines"]["tags"][0])
            for row in expected
        ]
        assert Counter(found) == Counter(flat)
        [(total,)] = warehouse.rows(f"SELECT sum(amount) FROM {table}")
        # Fractions, because Python's own sum of decimals rounds at 28 digits.
        assert Fraction(total) == sum(Fraction(row["amount"]) for row in expected if row["amount"] is not None)
