"""Names and types as they come from a warehouse: one record in several spellings is one record."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from target_run import ORGANIZATION, account, bill, bills, books, load, report, singer, vendors, writes

from bill_api.entities import BY_NAME
from bill_api.identity.spelled import in_bills_spelling, nearest, spelling_in
from target_bill.input.parser import Origin, Parser

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bill_simulator import Simulator
    from target_bill.model.document import Document

BILL = BY_NAME["Bill"]
DATES = {"invoiceDate": "2026-03-01", "dueDate": "2026-03-31"}
WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def snake(name: str) -> str:
    return WORDS.sub("_", name).lower()


SPELLINGS: dict[str, Callable[[str], str]] = {
    "snake": snake,
    "upper snake": lambda name: snake(name).upper(),
    "upper": str.upper,
    "lower": str.lower,
    "hyphens": lambda name: snake(name).replace("_", "-"),
    "blanks": lambda name: snake(name).replace("_", " ").title(),
    "pascal": lambda name: name[0].upper() + name[1:],
}


def parsed(record: dict[str, Any]) -> Document:
    origin = Origin(entity=BILL, stream="bills", incoming="bills")
    return Parser(ORGANIZATION, "salt", source="", clears=False, allow_negative=False).parse(origin, record)


@given(
    head=st.dictionaries(st.sampled_from([each.name for each in BILL.fields if not each.item_fields]), st.just("1")),
    spelled=st.lists(st.sampled_from(list(SPELLINGS)), min_size=1),
    as_text=st.booleans(),
)
def test_a_record_means_the_same_in_every_spelling(head: dict[str, str], spelled: list[str], as_text: bool) -> None:
    record = {**bill("A", "1", 5), **head}
    record["billLineItems"] = [{"amount": 5, "chartOfAccountName": "Paper", "description": "x"}]

    def respelled(given: dict[str, Any]) -> dict[str, Any]:
        return {SPELLINGS[spelled[n % len(spelled)]](name): value for n, (name, value) in enumerate(given.items())}

    lines = [respelled(each) for each in record["billLineItems"]]
    other = respelled({**record, "billLineItems": json.dumps(lines) if as_text else lines})
    assert parsed(other).digest == parsed(record).digest
    assert parsed(other).source_key == parsed(record).source_key
    assert parsed(other).unknown == parsed(record).unknown


def test_of_two_names_that_are_one_that_of_bill_counts() -> None:
    record = in_bills_spelling(BILL, {"invoice_number": "2", "invoiceNumber": "1", "INVOICE_NUMBER": "3"})
    assert record == {"invoice_number": "2", "invoiceNumber": "1", "INVOICE_NUMBER": "3"}
    record = in_bills_spelling(BILL, {"invoice_number": "2", "INVOICE_NUMBER": "3", "colour": 4})
    assert record == {"invoiceNumber": "2", "INVOICE_NUMBER": "3", "colour": 4}


@pytest.mark.parametrize(
    "more",
    [
        {"invoice_date": "2026-01-09"},
        {"Description": "other"},
        {"vendor_name": "Other"},
        {"bill_line_items": [{"amount": 7}]},
        {"billLineItems": [{"amount": 5, "Amount": 6}]},
        {"billLineItems": '[{"amount": 5, "amount": 6}]'},
    ],
)
def test_a_field_that_says_two_things_in_two_spellings_rejects_its_record(more: dict[str, Any]) -> None:
    record = {"invoiceNumber": "1", "vendorName": "A", "description": "d", **DATES, "billLineItems": [{"amount": 5}]}
    assert parsed(record).problems == []
    document = parsed({**record, **more})
    (problem,) = [each for each in document.problems if "are one field, and say two things" in each.reason]
    name = next(iter(more))
    assert f"`{name}`" in problem.reason or "amount" in problem.reason
    assert document.unknown == []


@pytest.mark.parametrize("blank", [None, "", " "])
@pytest.mark.parametrize("is_first", [True, False])
def test_of_two_spellings_one_that_is_blank_or_equal_says_nothing(blank: str | None, is_first: bool) -> None:
    record = {"invoiceNumber": "1", "vendorName": "A", **DATES, "billLineItems": [{"amount": 5}]}
    rest = {name: value for name, value in record.items() if name != "invoiceDate"}
    day = record["invoiceDate"]
    for one, other in ((blank, day), (day, blank), (day, day)):
        twice = {"invoiceDate": one, "invoice_date": other}
        document = parsed({**twice, **rest} if is_first else {**rest, **twice})
        assert (document.problems, document.unknown) == ([], [])
        assert document.digest == parsed(record).digest


def test_names_that_differ_only_in_case_and_underscores_are_one_field_each() -> None:
    for entity in BY_NAME.values():
        for fields in (entity.fields, *(each.item_fields for each in entity.children)):
            assert {spelling_in(fields, snake(each.name)) for each in fields} == {each.name for each in fields}


@pytest.mark.parametrize(
    ("name", "near"), [("descripton", "description"), ("invoice_no", "invoiceNumber"), ("colour", None)]
)
def test_a_name_that_nothing_is_called_gets_the_nearest_one(name: str, near: str | None) -> None:
    assert nearest(BILL.fields, name) == near


def test_a_table_of_a_warehouse_is_loaded_and_changes_nothing_the_second_time(empty: Simulator, tmp_path: Path) -> None:
    row = {
        "VENDOR_NAME": "A",
        "INVOICE_NUMBER": 17.0,
        "INVOICE_DATE": "2026-03-01T00:00:00+00:00",
        "DUE_DATE": "2026-03-31 00:00:00",
        "BILL_LINE_ITEMS": '[{"AMOUNT": 1136.8400000000001}, {"amount": "7.10"}]',
        "LOADED_AT": "2026-04-01T10:00:00Z",
    }
    for expected in ("created", "unchanged"):
        empty.control.forget_requests()
        ran = load(empty, tmp_path, singer(vendors("A"), ("bills", ["INVOICE_NUMBER"], [row])))
        assert ran.code == 0, ran.err
        assert account(tmp_path, "bills") == {expected: 1}
    assert writes(empty) == []
    (stored,) = books(empty, "Bill")
    assert (stored["invoiceNumber"], str(stored["amount"])) == ("17", "1143.94")
    assert report(tmp_path)["notes"] == {"`LOADED_AT` is not a field of Bill: not sent": 1}


def test_a_reference_by_name_counts_in_any_spelling(empty: Simulator, tmp_path: Path) -> None:
    record = bill("", "1", 5)
    del record["vendorName"]
    ran = load(empty, tmp_path, singer(vendors("A"), bills({**record, "vendor_name": "A"})))
    assert ran.code == 0, ran.err
    assert len(books(empty, "Bill")) == 1
