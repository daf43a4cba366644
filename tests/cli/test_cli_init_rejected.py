"""What `bill init` tells of the records of a file is what target-bill does with them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from conftest import run, settings

from bill_cli.projects.rejected import Rejected

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bill_simulator import Simulator

pytest_plugins = ["cli_fixtures"]

LINES = [{"amount": 5, "description": "Paper"}]
WHOLE = {
    "vendorName": "Oakwood",
    "invoiceNumber": "A-1",
    "invoiceDate": "2026-06-13",
    "dueDate": "2026-07-13",
    "billLineItems": LINES,
    "_source_errors": None,
    "_source_rows": [2],
}
ERROR = {"row": 2, "column": "Net", "field": "billLineItems.amount", "value": "abc", "message": "x", "kind": "x"}
CASES: list[tuple[str, Mapping[str, Any], str]] = [
    ("bills", {}, ""),
    ("bills", {"vendorName": None, "vendorShortName": "Oakwood"}, ""),
    ("bills", {"vendorName": None, "vendorId": "00902VMRVPETCXY6xol8"}, ""),
    ("bills", {"vendorName": None}, "`vendorId` (or `vendorName`): 1 (row 2)"),
    ("bills", {"vendorName": "  "}, "`vendorId` (or `vendorName`): 1 (row 2)"),
    ("bills", {"dueDate": None}, "`dueDate`: 1 (row 2)"),
    ("bills", {"dueDate": None, "_source_rows": None}, "`dueDate`: 1"),
    ("bills", {"billLineItems": []}, "`billLineItems`: 1 (row 2)"),
    ("bills", {"billLineItems": None}, "`billLineItems`: 1 (row 2)"),
    ("bills", {"billLineItems": [*LINES, {"amount": None}]}, "`billLineItems`, `amount`: 1 (row 2)"),
    ("bills", {"isActive": "2", "dueDate": None}, ""),
    ("vendors", {}, "`name`: 1 (row 2)"),
    ("of_no_kind", {}, ""),
]


def told(stream: str, *records: Mapping[str, Any], is_told: bool = True) -> list[str]:
    account = Rejected()
    for each in records:
        account.add(stream, each)
    return list(account.remarks(is_told=is_told))


@pytest.mark.parametrize(("stream", "changed", "fields"), CASES)
def test_what_a_record_lacks_is_told_by_its_fields(stream: str, changed: Mapping[str, Any], fields: str) -> None:
    said = [f"1 of 1 {stream} lack what BILL wants, and target-bill will reject them: {fields}"] if fields else []
    assert told(stream, {**WHOLE, **changed}) == said


def test_what_could_not_be_read_is_told_once() -> None:
    unread = {**WHOLE, "dueDate": None, "_source_errors": [ERROR]}
    assert told("bills", WHOLE, unread) == [], "the tap has told it"
    (said,) = told("bills", WHOLE, unread, is_told=False)
    assert said == "1 of 2 bills have values that cannot be read, and target-bill will reject them (row 2)"


def test_many_are_a_count_and_the_first_row() -> None:
    lacking = [{**WHOLE, "dueDate": None, "_source_rows": [row]} for row in range(7, 1200)]
    (said,) = told("bills", WHOLE, *lacking)
    assert said.endswith("`dueDate`: 1,193 (row 7 is the first)")
    assert said.startswith("1,193 of 1,194 bills lack")


@pytest.mark.parametrize("case", [each for each in CASES if each[0] != "of_no_kind" and "isActive" not in each[1]])
def test_target_bill_does_as_was_told(
    books: Simulator, tmp_path: Path, case: tuple[str, Mapping[str, Any], str]
) -> None:
    stream, changed, fields = case
    messages = [
        {"type": "SCHEMA", "stream": stream, "schema": {"properties": {}}, "key_properties": ["invoiceNumber"]},
        {"type": "RECORD", "stream": stream, "record": {**WHOLE, **changed}},
    ]
    ran = run(
        "target_bill",
        {**settings(books), "mode": "plan", "plan": "plan.json"},
        tmp_path,
        stdin="".join(f"{json.dumps(each)}\n" for each in messages),
    )
    assert ("BILL requires this field" in ran.err) is bool(fields), ran.err
