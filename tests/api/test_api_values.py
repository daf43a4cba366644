"""BILL's values as ours: instants, empty references, exact money."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from api_scripted import BASE, ScriptedBill, client_at, http, ok
from conftest import client_for

from bill_api.entities import BY_NAME
from bill_api.table.query import Filter, ListQuery, Sort
from bill_values.exact_json import decode, encode
from bill_values.instants import parse_instant, rfc3339, wire_instant

if TYPE_CHECKING:
    from collections.abc import Callable

    from bill_simulator import Simulator

pytest_plugins = ["api_fixtures"]

VENDOR, BILL = BY_NAME["Vendor"], BY_NAME["Bill"]
ORGANIZATION = "00801TESTSXXXXXaaaa1"


# Instants


@pytest.mark.parametrize(
    ("wire", "expected"),
    [
        ("2024-07-31T20:27:48.000+0000", "2024-07-31T20:27:48Z"),
        ("2024-07-31T20:27:48.999+0000", "2024-07-31T20:27:48Z"),
        ("2024-07-31T20:27:48.000-0700", "2024-08-01T03:27:48Z"),
        ("2024-07-31T20:27:48.000+0530", "2024-07-31T14:57:48Z"),
        ("2024-07-31T20:27:48+00:00", "2024-07-31T20:27:48Z"),
        ("2024-07-31T20:27:48Z", "2024-07-31T20:27:48Z"),
        ("2024-07-31T20:27:48", "2024-07-31T20:27:48Z"),
        ("2024-07-31", "2024-07-31T00:00:00Z"),
        ("0001-01-01T00:00:00.000+0000", "0001-01-01T00:00:00Z"),
        ("0001-01-01T02:00:00+01:00", "0001-01-01T01:00:00Z"),
        ("9999-12-31T23:59:59.000+0000", "9999-12-31T23:59:59Z"),
    ],
)
def test_an_instant_becomes_rfc_3339_in_utc_with_whole_seconds(wire: str, expected: str) -> None:
    assert rfc3339(wire) == expected


@pytest.mark.parametrize(
    "value",
    [
        "",
        "yesterday",
        "07/31/2024",
        "2024-13-01T00:00:00.000+00:00",
        "not an instant, but 28 +0000",
        "0001-01-01T00:00:00+05:00",
        "9999-12-31T23:59:59-05:00",
        None,
        17,
        Decimal("1.5"),
        True,
        ["2024-07-31T20:27:48.000+0000"],
    ],
    ids=repr,
)
def test_what_is_no_readable_instant_passes_unchanged(value: Any) -> None:
    assert rfc3339(value) is value


def test_instants_survive_the_way_to_the_wire_and_back() -> None:
    for hours in (-7, 0, 5.5):
        instant = datetime(2024, 7, 31, 20, 27, 48, 999_000, timezone(timedelta(hours=hours)))
        wire = wire_instant(instant)
        assert wire.endswith(".000+0000")
        assert parse_instant(wire) == instant.replace(microsecond=0)
        assert rfc3339(wire) == instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_parsed_instant_is_in_utc_and_what_cannot_be_parsed_is_none() -> None:
    assert parse_instant("2024-07-31T20:27:48.000-0700") == datetime(2024, 8, 1, 3, 27, 48, tzinfo=UTC)
    assert [parse_instant(text) for text in ("", "noon", "0001-01-01T00:00:00+05:00")] == [None] * 3
    naive = parse_instant("2024-07-31T20:27:48")
    assert naive is not None
    assert naive.tzinfo is UTC


def test_bills_own_clock_is_an_instant_in_utc(bill: Simulator) -> None:
    bill.control.set_clock("2025-07-01T09:00:00-07:00")
    now = client_for(bill).current_time()
    assert now.tzinfo is UTC
    assert timedelta(0) <= now - datetime(2025, 7, 1, 16, tzinfo=UTC) < timedelta(minutes=1)


# Money

AMOUNTS = ("0.1", "0.2", "1234567890123.45")


def numbers_in(value: Any) -> list[Any]:
    """Every number anywhere in a document."""
    if isinstance(value, dict):
        return [each for inner in value.values() for each in numbers_in(inner)]
    if isinstance(value, list):
        return [each for inner in value for each in numbers_in(inner)]
    return [value] if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else []


def test_amounts_are_stored_and_read_back_to_the_last_digit(bill: Simulator) -> None:
    client = client_for(bill)
    vendor = client.create(VENDOR, {"name": "Fern"})
    lines = [{"entity": "BillLineItem", "amount": Decimal(amount)} for amount in AMOUNTS]
    obj = {
        "vendorId": vendor["id"],
        "invoiceNumber": "A-1",
        "invoiceDate": "2025-07-01",
        "dueDate": "2025-07-31",
        "billLineItems": lines,
    }
    created = client.create(BILL, obj)
    read = client.read(BILL, created["id"])
    (listed,) = client.list_page(BILL, ListQuery(nested=True))
    for reply in (created, read, listed):
        assert reply["amount"] == sum(Decimal(amount) for amount in AMOUNTS) == Decimal("1234567890123.75")
        assert [str(line["amount"]) for line in reply["billLineItems"]] == list(AMOUNTS)
        assert {type(number) for number in numbers_in(reply)} <= {int, Decimal}
        assert Decimal in {type(number) for number in numbers_in(reply)}


def test_an_amount_goes_out_with_exactly_its_digits(scripted: ScriptedBill) -> None:
    path = "/Crud/Create/Bill.json"
    scripted.script(path, ok({"id": "00n01ABCDEFGHIJaaaa1"}))
    amounts = [*AMOUNTS, "200.00", "-0.01", "0", "99999999999999999999.99"]
    client_at(scripted.url).create(BILL, {"billLineItems": [{"amount": Decimal(amount)} for amount in amounts]})
    data = scripted.calls[-1].form["data"]
    assert data == (
        '{"obj":{"entity":"Bill","billLineItems":[' + ",".join(f'{{"amount":{amount}}}' for amount in amounts) + "]}}"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.1", Decimal("0.1")),
        ("200.00", Decimal("200.00")),
        ("1e2", Decimal("1E+2")),
        ("123456789012345678901234.5678", Decimal("123456789012345678901234.5678")),
        ("1", 1),
        ("-1", -1),
        ("123456789012345678901234567890", 123456789012345678901234567890),
    ],
)
def test_a_number_comes_in_with_exactly_its_digits(scripted: ScriptedBill, text: str, expected: Any) -> None:
    scripted.script("/Amount.json", http(f'{{"response_status": 0, "response_data": {{"amount": {text}}}}}'))
    amount = client_at(scripted.url).raw("/Amount.json", {})["amount"]
    assert type(amount) is type(expected)
    assert str(amount) == str(expected)


def test_text_of_any_kind_survives_the_form(bill: Simulator) -> None:
    names = ["Fern & Oak = 100%", "a+b", "Müller ÄÖ ß", "日本", "\U0001f33f", 'quo"te\\ \t tab', "null", " +0000 "]
    client = client_for(bill)
    created = client.bulk_create(VENDOR, [{"name": name} for name in names])
    assert [each["name"] for each in created if isinstance(each, dict)] == names


def test_what_is_encoded_is_what_python_would_read() -> None:
    document = {"a": [Decimal("0.10"), 1, True, None, "ä"]}
    assert decode(encode(document).encode()) == document
    assert json.loads(encode(document)) == {"a": [0.1, 1, True, None, "ä"]}


@pytest.mark.parametrize(
    ("text", "is_read"),
    [
        ("1e400", True),
        ("-1e-400", True),
        ("12e399", True),
        ("0e999999", True),
        ("1e401", False),
        ("12e400", False),
        ("1e-401", False),
        ("1e999999999999999999999", False),
    ],
)
def test_a_number_is_read_as_far_as_its_exponent_means_anything(text: str, is_read: bool) -> None:
    if is_read:
        assert decode(text) == Decimal(text)
    else:
        with pytest.raises(msgspec.DecodeError, match="out of all bounds"):
            decode(text)


SHAPES: dict[str, Callable[[str], str]] = {
    "lists": lambda inner: f"[{inner}]",
    "objects": lambda inner: f'{{"a":{inner}}}',
    "in turn": lambda inner: f"[{inner}]" if inner.startswith("{") else f'{{"a":{inner}}}',
}


@pytest.mark.parametrize("innermost", ["1", '"]]]"', '"[[{\\"[["'])
@pytest.mark.parametrize("shape", SHAPES)
def test_json_is_read_up_to_a_hundred_deep(shape: str, innermost: str) -> None:
    text = innermost
    for _ in range(99):
        text = SHAPES[shape](text)
    text = f"[{text},[],{text}]"
    assert encode(decode(text)) == text
    with pytest.raises(msgspec.DecodeError, match="nested more than 100 deep"):
        decode(SHAPES[shape](text))


# Queries


def test_a_query_goes_out_as_bill_documents_it(scripted: ScriptedBill) -> None:
    query = ListQuery(
        filters=(Filter("updatedTime", ">=", "2024-07-31T20:27:48.000+0000"),),
        sort=(Sort("updatedTime"), Sort("id", ascending=False)),
        start=999,
        limit=500,
        nested=True,
    )
    client_at(scripted.url).list_page(BILL, query)
    call = scripted.calls[-1]
    assert f"{BASE}{call.path}" == "/api/v2/List/Bill.json"
    assert call.data == {
        "start": 999,
        "max": 500,
        "filters": [{"field": "updatedTime", "op": ">=", "value": "2024-07-31T20:27:48.000+0000"}],
        "sort": [{"field": "updatedTime", "asc": "true"}, {"field": "id", "asc": "false"}],
        "nested": True,
    }
    assert query.at(0).start == 0


def test_a_query_that_says_nothing_asks_for_a_full_page_from_the_beginning_without_lines() -> None:
    assert ListQuery().body() == {"start": 0, "max": 999, "filters": [], "sort": [], "nested": False}
    assert ListQuery(sort=(Sort("id"),)).body()["sort"] == [{"field": "id", "asc": "true"}]


@pytest.mark.parametrize("limit", [-1, 0, 1000])
def test_a_page_that_bill_does_not_have_is_refused(limit: int) -> None:
    assert [ListQuery(limit=each).limit for each in (1, 999)] == [1, 999]
    with pytest.raises(ValueError, match=f"a page of {limit} rows; BILL allows 1 to 999"):
        ListQuery(limit=limit)


@pytest.mark.parametrize("operator", ["", "==", "<>", "like", "IN"])
def test_an_operator_that_bill_does_not_have_is_refused(operator: str) -> None:
    with pytest.raises(ValueError, match="filter operator"):
        Filter("name", operator, "Fern")
