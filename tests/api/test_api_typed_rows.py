"""Rows that are decoded as objects: the same as those that are looked at one by one, or left to that."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from conftest import client_for
from hypothesis import given
from hypothesis import strategies as some

from bill_api.answers.rows import checked_rows
from bill_api.answers.typed_rows import LEARNED_MAX, OTHERS, RowType
from bill_api.entities import BY_NAME, ENTITIES
from bill_api.table.entity import TIME, ZERO_ID
from bill_api.table.query import ListQuery, Sort
from bill_values.exact_json import decode, encode

if TYPE_CHECKING:
    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field
    from bill_simulator import Simulator

pytest_plugins = ["api_fixtures"]

BILL = BY_NAME["Bill"]
TIMES = ListQuery(sort=(Sort(TIME), Sort("id")))
NOW = "2026-07-01T00:00:00.000+0000"

NUMBERS = some.integers(-(10**20), 10**20) | some.decimals(-(10**9), 10**9, places=2)
PLAIN = some.none() | some.booleans() | some.text(max_size=5) | NUMBERS
ANY = PLAIN | some.lists(PLAIN, max_size=2) | some.dictionaries(some.text(max_size=3), PLAIN, max_size=2)


def answer(rows: list[Any]) -> bytes:
    return encode({"response_status": 0, "response_message": "Success", "response_data": rows}).encode()


def exact(value: Any) -> Any:
    """A value that equals another one of the same types only, whatever the order of names."""
    if isinstance(value, dict):
        return {name: exact(each) for name, each in value.items()}
    return [exact(each) for each in value] if isinstance(value, list) else (type(value), value)


def objects(entity: Entity) -> some.SearchStrategy[dict[str, Any]]:
    """Objects that are about such, with names that are not known and values that do not fit."""

    def line(array: Field) -> some.SearchStrategy[dict[str, Any]]:
        known = some.sampled_from([each.name for each in array.item_fields])
        return some.dictionaries(known | some.text(max_size=3), ANY, max_size=3)

    arrays = {each.name: some.none() | some.lists(line(each), max_size=2) for each in entity.fields if each.item_fields}
    known = some.sampled_from([each.name for each in entity.fields if each.name not in {"id", TIME, *arrays}])
    rest = some.dictionaries(known | some.text(max_size=3), ANY, max_size=5)
    own = some.fixed_dictionaries({"id": some.just("x") | PLAIN, TIME: some.just(NOW) | PLAIN}, optional=arrays)
    return some.tuples(rest, own).map(lambda pair: pair[0] | pair[1])


@given(some.data())
def test_rows_are_read_as_they_came_or_left_to_be_looked_at_one_by_one(data: some.DataObject) -> None:
    entity = data.draw(some.sampled_from(ENTITIES))
    rows = decode(encode(data.draw(some.lists(objects(entity), max_size=3))))
    kind = RowType(entity.fields)
    for _ in range(2):
        read = kind.read(answer(rows))
        if read is not None:
            assert exact([each.as_dict() for each in read]) == exact(rows)
            assert checked_rows(entity, rows, TIMES if entity.is_timed else ListQuery(), "") == rows
        typed = kind.typed(rows)
        assert exact([each.as_dict() for each in typed]) == exact(rows)
        back = kind.decode(b"[" + b",".join(map(kind.encode, typed)) + b"]")
        assert exact([each.as_dict() for each in back]) == exact(rows)


ROW = {"id": "00n01", TIME: NOW, "amount": Decimal("1.10"), "billLineItems": [{"id": "bli1", "amount": 2}]}


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": " x"},
        {"id": ""},
        {"id": None},
        {"id": ZERO_ID},
        {TIME: "2026-07-01T00:00:00.000-0700"},
        {TIME: "2026-07-01T00:00:00+0000"},
        {OTHERS: {"id": "y"}},
        {TIME: "yesterday"},
        {TIME: None},
        {"amount": True},
        {"amount": "11 USD"},
        {"amount": [1]},
        {"vendorId": {"id": "x"}},
        {"vendorId": Decimal("1.5")},
        {"billLineItems": {}},
        {"billLineItems": [None]},
        {"billLineItems": [{"amount": "x"}]},
        {"billLineItems": [{"itemId": []}]},
        {"item": "[" * 101 + "]" * 101},
    ],
    ids=str,
)
def test_what_is_not_as_expected_is_left_to_be_looked_at(wrong: dict[str, Any]) -> None:
    kind = RowType(BILL.fields)
    assert kind.read(answer([ROW])) is not None
    content = answer([ROW, ROW | wrong]).replace(b'"' + b"[" * 101, b"[" * 101).replace(b"]" * 101 + b'"', b"]" * 101)
    assert kind.read(content) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        b"\xff",
        b'{"response_status":1,"response_data":[]}',
        b'{"response_status":0,"response_data":{}}',
        b'{"response_data":[]}',
        b'{"response_status":0,"response_data":[{"id":"x","amount":1e999999999}]}',
    ],
)
def test_an_answer_that_is_no_list_is_left_to_be_looked_at(content: bytes) -> None:
    assert RowType(BILL.fields).read(content) is None


def test_an_amount_may_be_a_text_that_says_one() -> None:
    for text in ("", "1.10"):
        read = RowType(BILL.fields).read(answer([ROW, {**ROW, "paidAmount": text}]))
        assert read is not None
        assert read[1].get("paidAmount") == text


def test_a_name_that_bill_adds_is_read_from_its_second_page_on() -> None:
    kind = RowType(BILL.fields)
    row = ROW | {"new name": 1, "billLineItems": [{"id": "bli1", "newer": [1]}]}
    assert kind.read(answer([row])) is None
    kind.typed([row])
    read = kind.read(answer([row, ROW]))
    assert read is not None
    assert [each.as_dict() for each in read] == [row, ROW]
    assert read[0].get("new name") == 1
    assert read[1].get("new name") is None


def test_names_without_end_have_one_place_together() -> None:
    kind = RowType(BILL.fields)
    rows = [ROW | {f"name {page} {number}": number for number in range(LEARNED_MAX)} for page in range(5)]
    for row in rows:
        (typed,) = kind.typed([row])
        assert typed.as_dict() == row
        assert len(typed.attributes) <= len(BILL.fields) + LEARNED_MAX
    assert typed.get("name 4 7") == 7


@pytest.mark.parametrize("value", ["x", 7, {"id": "y", "amount": 5}, None])
def test_no_name_of_bills_reaches_the_place_of_others(value: Any) -> None:
    kind = RowType(BILL.fields)
    row = ROW | {OTHERS: value, "billLineItems": [{"id": "bli1", OTHERS: value}]}
    for _ in range(2):
        assert kind.read(answer([row])) is None
        (typed,) = kind.typed([row])
        assert typed.as_dict() == row
        assert kind.decode(b"[" + kind.encode(typed) + b"]")[0].as_dict() == row


def test_the_json_of_a_row_is_the_same_whatever_was_learned_before() -> None:
    rows = [
        ROW | {"b": 1},
        ROW | {"a": 2, "b": 3},
        ROW | {'"': 1},
        ROW | {f"name {number}": 1 for number in range(150)},
    ]
    written = []
    for order in (rows, rows[::-1]):
        kind = RowType(BILL.fields)
        for row in order:
            kind.typed([row])
        written.append([kind.encode(kind.typed([row])[0]) for row in rows])
    assert written[0] == written[1]


def test_threads_that_learn_at_once_learn_all() -> None:
    interval = sys.getswitchinterval()
    kind = RowType(BILL.fields)
    pages = [[ROW | {f"name {number}": number}] * 20 for number in range(25)]
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(kind.typed, pages))
    finally:
        sys.setswitchinterval(interval)
    assert [[each.as_dict() for each in typed] for typed in found] == pages
    assert all(kind.read(answer(page)) is not None for page in pages)


def test_a_typed_page_is_the_page(bill: Simulator) -> None:
    client = client_for(bill)
    for entity in ENTITIES:
        if entity.is_streamed:
            for nested in (False, True):
                query = ListQuery(limit=50, nested=nested)
                typed = client.list_typed(entity, query)
                assert exact([each.as_dict() for each in typed]) == exact(client.list_page(entity, query))
