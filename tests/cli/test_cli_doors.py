"""A value means the same at every door of the command: --set, --line, --json, and the files of `bill bulk`."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from bill_api.entities import BY_NAME
from bill_api.existing.content import standing
from bill_api.table.entity import ZERO_ID
from bill_values.exact_json import decode

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli_bill import Here
    from conftest import Ran

    from bill_simulator import Simulator

pytest_plugins = ["cli_fixtures"]

BILLS_ID = "00n01AAAAAAAAAAaaaaa"


def by_set(here: Here, name: str, value: str) -> Ran:
    return here("update", "bill", BILLS_ID, "--set", f"{name}={value}", "--dry-run")


def by_json(here: Here, name: str, value: Any) -> Ran:
    (here.bill.folder / "object.json").write_text(json.dumps({name: value}))
    return here("update", "bill", BILLS_ID, "--json", "object.json", "--dry-run")


def by_rows(here: Here, name: str, value: Any) -> Ran:
    (here.bill.folder / "rows.json").write_text(json.dumps([{"id": BILLS_ID, name: value}]))
    return here("bulk", "update", "bill", "rows.json", "--dry-run")


def by_lines(here: Here, name: str, value: Any) -> Ran:
    (here.bill.folder / "rows.jsonl").write_text(json.dumps({"id": BILLS_ID, name: value}))
    return here("bulk", "update", "bill", "rows.jsonl", "--dry-run")


def by_csv(here: Here, name: str, value: str) -> Ran:
    text = io.StringIO()
    csv.writer(text).writerows([["id", name], [BILLS_ID, value]])
    (here.bill.folder / "rows.csv").write_text(text.getvalue())
    return here("bulk", "update", "bill", "rows.csv", "--dry-run")


DOORS = [by_set, by_json, by_rows, by_lines, by_csv]


def sent(ran: Ran) -> dict[str, Any]:
    assert ran.code == 0, ran.err
    data = decode(ran.out)["form"]["data"]
    obj: dict[str, Any] = data["bulk"][0]["obj"] if "bulk" in data else data["obj"]
    return obj


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("invoiceNumber", " H\u00a07\ufeff ", "H 7"),
        ("invoiceNumber", "Caf\u0065\u0301", "Caf\u00e9"),
        ("invoiceDate", "2026-01-31T00:00:00Z", "2026-01-31"),
        ("exchangeRate", "1,041.50", Decimal("1041.5")),
        ("hasAutoPay", "Yes", True),
        ("hasAutoPay", "0", False),
        ("isActive", "inactive", "2"),
        ("vendorId", BILLS_ID, BILLS_ID),
    ],
)
def test_a_value_is_read_alike(
    here: Here, door: Callable[[Here, str, str], Ran], name: str, value: str, expected: Any
) -> None:
    assert sent(door(here, name, value))[name] == expected


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("invoiceDate", "0001-01-01"),
        ("invoiceDate", "9999-12-31"),
        ("invoiceDate", "0202-01-31"),
        ("invoiceDate", "31.01.2026"),
        ("invoiceNumber", "H\x01"),
        ("invoiceNumber", "1" * 22),
        ("exchangeRate", "1_000"),
        ("exchangeRate", "1e3"),
        ("exchangeRate", "\u0661\u0662"),
        ("hasAutoPay", "maybe"),
        ("isActive", "banana"),
        ("vendorId", "Acme"),
        ("billLineItems", '[{"amount": 12.345}]'),
        ("billLineItems", '[{"amount": 1, "chartOfAccountId": "6100"}]'),
        ("billLineItems", "[1]"),
        ("billLineItems", "{}"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_field_before_the_first_call(
    here: Here, books: Simulator, door: Callable[[Here, str, str], Ran], name: str, value: str
) -> None:
    if door is by_csv and value == "31.01.2026":
        value = "02.01.2026"  # a spreadsheet may have written it; only one that can be two days is refused
    books.control.forget_requests()
    ran = door(here, name, value)
    assert (ran.code, ran.out) == (2, "")
    assert f"`{name}`" in ran.err
    assert books.control.requests() == []


@pytest.mark.parametrize("door", [by_json, by_rows, by_lines])
@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("invoiceNumber", {"a": 1}, "a text is expected"),
        ("exchangeRate", True, "a number is expected"),
        ("hasAutoPay", 2, "neither yes"),
        ("billLineItems", [{"amount": 1}, {"amount": "x"}], "`billLineItems`, line 2, `amount`: 'x' is refused"),
    ],
)
def test_what_only_json_can_say_is_refused_too(
    here: Here, door: Callable[[Here, str, Any], Ran], name: str, value: Any, said: str
) -> None:
    ran = door(here, name, value)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


@pytest.mark.parametrize("door", [by_json, by_rows, by_lines])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("newField", {"a": [1, None, "0202-01-31"]}),
        ("billLineItems", [{"entity": "BillLineItem", "amount": 1, "newField": "\u00a0"}]),
        ("billLineItems", []),
        ("poNumber", None),
    ],
)
def test_keys_that_are_not_in_the_table_are_passed_on(
    here: Here, door: Callable[[Here, str, Any], Ran], name: str, value: Any
) -> None:
    assert sent(door(here, name, value))[name] == value


def test_what_bill_sets_and_ignores_is_passed_on_for_one_object_and_compared_for_rows(here: Here) -> None:
    assert sent(by_json(here, "paymentStatus", "paid"))["paymentStatus"] == "paid"
    assert "paymentStatus" not in sent(by_rows(here, "paymentStatus", "paid"))


@pytest.mark.parametrize("door", [by_set, by_json, by_rows, by_lines])
@pytest.mark.parametrize(
    ("name", "value", "emptied"),
    [
        ("poNumber", "", ""),
        ("poNumber", " ", ""),
        ("vendorId", "", ""),
        ("vendorId", ZERO_ID, ""),
        ("poNumber", ZERO_ID, ZERO_ID),  # a text like any other
        ("dueDate", "", None),
        ("exchangeRate", "", None),
        ("hasAutoPay", "", False),
    ],
)
def test_what_says_nothing_empties_its_field(
    here: Here, door: Callable[[Here, str, str], Ran], name: str, value: str, emptied: Any
) -> None:
    assert sent(door(here, name, value))[name] == emptied


def test_a_blank_cell_empties_its_field_and_says_nothing_of_lines(here: Here) -> None:
    text = f"id,poNumber,dueDate,billLineItems\n{BILLS_ID}, ,2026-01-31,\n ,,,\n"
    (here.bill.folder / "rows.csv").write_text(text)
    obj = sent(here("bulk", "update", "bill", "rows.csv", "--dry-run"))
    assert obj.keys() == {"entity", "id", "poNumber", *standing(BY_NAME["Bill"])}
    assert obj["poNumber"] == ""
    assert obj["billLineItems"] == "(the lines that BILL has by then)"
    assert obj["dueDate"] == "2026-01-31"


@pytest.mark.parametrize("rows", ['["x"]', '[{"id": "x"}]', '[{"id": 7}]', "id\nx\n"])
def test_an_id_that_is_none_is_refused_before_anything_is_deleted(here: Here, books: Simulator, rows: str) -> None:
    books.control.forget_requests()
    (here.bill.folder / "rows").write_text(rows)
    ran = here("bulk", "delete", "vendor-bank-accounts", "rows", "--yes")
    assert ran.code == 2
    assert "`id`: an id of 20 characters is expected" in ran.err
    assert books.control.requests() == []


def test_a_masked_number_is_refused_with_its_reason_and_no_bank_number_is_quoted(here: Here) -> None:
    others = ({"n": 123456789}, [123456789], [{"n": "123456789"}])
    for number, said in (("******7890", "a masked number"), *((each, "a text is expected") for each in others)):
        (here.bill.folder / "object.json").write_text(json.dumps({"accountNumber": number}))
        ran = here("create", "vendor-bank-account", "--json", "object.json")
        assert ran.code == 2
        assert said in ran.err
        assert "7890" not in ran.err
        assert "123456789" not in ran.err


@pytest.mark.parametrize(
    ("condition", "value"),
    [
        ("vendorId = 00000000000000000000", ZERO_ID),
        ("poNumber = ''", ""),
        ("isActive in active, inactive", "1,2"),
        ("dueDate < 2026-01-31T00:00:00Z", "2026-01-31"),
        ("amount > 1,041.50", "1041.5"),
    ],
)
def test_a_filter_reads_its_values_so_too(here: Here, condition: str, value: str) -> None:
    ran = here("list", "bills", "--filter", condition, "--dry-run")
    assert ran.code == 0, ran.err
    assert decode(ran.out)["form"]["data"]["filters"][0]["value"] == value
