"""A line that its source has deleted is none, whichever door it comes through."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from conftest import run
from target_run import account, bill, bills, books, load, rejects, report, singer, vendors

if TYPE_CHECKING:
    from pathlib import Path

    from bill_simulator import Simulator

MARKS: list[dict[str, Any]] = [
    {"is_deleted": True},
    {"isDeleted": "yes"},
    {"deleted_at": "2026-03-02T00:00:00Z"},
    {"_sdc_deleted_at": "2026-03-02"},
    {"isActive": "2"},
    {"is_active": False},
]
CSV = "vendorName,invoiceNumber,invoiceDate,dueDate,amount,{mark}\n"
ROW = "A,1,2026-03-01,2026-03-31,{amount},{mark}\n"


def marked(mark: dict[str, Any], *, as_text: bool = False) -> str:
    lines = [{"amount": 10}, {"amount": 1, **mark}]
    record = bill("A", "1", amount=10) | {"billLineItems": json.dumps(lines) if as_text else lines}
    return singer(vendors("A"), bills(record))


def amounts(simulator: Simulator) -> list[int]:
    return [int(each["amount"]) for each in books(simulator, "Bill") if each["isActive"] == "1"]


@pytest.mark.parametrize("as_text", [False, True])
@pytest.mark.parametrize("mark", MARKS)
def test_a_deleted_line_of_a_record_is_none_and_is_told(
    empty: Simulator, tmp_path: Path, mark: dict[str, Any], as_text: bool
) -> None:
    ran = load(empty, tmp_path, marked(mark, as_text=as_text))
    assert ran.code == 0, ran.err
    assert amounts(empty) == [10]
    assert report(tmp_path)["notes"] == {"bills: a line left out: deleted in the source": 1}


@pytest.mark.parametrize("mark", [dict.fromkeys(each) for each in MARKS] + [{"isActive": "1"}, {"is_deleted": "no"}])
def test_a_mark_that_says_nothing_or_no_leaves_its_line_and_is_no_unknown_field(
    empty: Simulator, tmp_path: Path, mark: dict[str, Any]
) -> None:
    lines = [{"amount": 10}, {"amount": 1, **mark}]
    ran = load(empty, tmp_path, singer(vendors("A"), bills(bill("A", "1", amount=11) | {"billLineItems": lines})))
    assert ran.code == 0, ran.err
    assert (amounts(empty), report(tmp_path)["notes"]) == ([11], {})


@pytest.mark.parametrize("mark", [{"is_deleted": "maybe"}, {"_sdc_deleted_at": "yesterday"}, {"isActive": "perhaps"}])
def test_a_mark_of_a_line_that_is_not_clear_rejects_its_record(
    empty: Simulator, tmp_path: Path, mark: dict[str, Any]
) -> None:
    ran = load(empty, tmp_path, marked(mark))
    assert (ran.code, amounts(empty)) == (1, [])
    (reject,) = rejects(tmp_path)
    assert reject["field"].startswith("lines[1].")


@pytest.mark.parametrize("allowed", [True, False])
def test_a_document_whose_lines_are_all_deleted_is_deleted(empty: Simulator, tmp_path: Path, allowed: bool) -> None:
    load(empty, tmp_path, singer(vendors("A"), bills(bill("A", "1", 10), bill("A", "2", 5))))
    gone = bill("A", "1") | {"billLineItems": [{"amount": 10, "is_deleted": True}]}
    ran = load(empty, tmp_path, singer(bills(gone)), allow_deletes=allowed)
    assert ran.code == 0, ran.err
    assert sorted(amounts(empty)) == ([5] if allowed else [5, 10])
    assert ("deleted" in account(tmp_path, "bills")) is allowed


def test_an_unknown_name_in_a_line_is_told_with_its_place(empty: Simulator, tmp_path: Path) -> None:
    lines = [{"amount": 10, "dueDate": "2026-03-31", "quantty": 1}]
    ran = load(empty, tmp_path, singer(vendors("A"), bills(bill("A", "1") | {"billLineItems": lines})))
    assert ran.code == 0, ran.err
    assert "`billLineItems.quantty` is not a field of Bill: not sent; did you mean `billLineItems.quantity`?" in ran.err


def through_csv(
    simulator: Simulator, folder: Path, name: str, marks: list[str], **entry: Any
) -> tuple[list[dict[str, Any]], str, int]:
    """The records of a file with a column of marks, what is told of it, and the code of loading it."""
    rows = [ROW.format(amount=10 - place, mark=mark) for place, mark in enumerate(marks)]
    (folder / "a.csv").write_text(CSV.format(mark=name) + "".join(rows))
    mapped = {"columns": {each: each for each in ("vendorName", "invoiceNumber", "invoiceDate", "dueDate")}}
    lines = {"lines": {"columns": {"amount": "amount"}}}
    tapped = run("tap_bill_csv", {"files": [{"path": "a.csv", "stream": "bills", **mapped, **lines, **entry}]}, folder)
    assert tapped.code == 0, tapped.err
    records = [each["record"] for each in map(json.loads, tapped.out.splitlines()) if each["type"] == "RECORD"]
    ran = load(simulator, folder, tapped.out, create_missing=["vendors"])
    return records, tapped.err, ran.code


@pytest.mark.parametrize(("name", "mark"), [("is_deleted", "true"), ("Deleted At", "2026-03-02T00:00:00Z")])
def test_a_deleted_row_of_a_file_is_no_line_though_no_setting_names_its_column(
    empty: Simulator, tmp_path: Path, name: str, mark: str
) -> None:
    (record,), told, code = through_csv(empty, tmp_path, name, ["", mark])
    assert (code, amounts(empty), record["isDeleted"]) == (0, [10], False)
    assert "1 rows are deleted in the source, and are no lines (row 3 is the first)" in told
    assert "feed no field" not in told


def test_a_document_of_a_file_whose_rows_are_all_deleted_is_deleted(empty: Simulator, tmp_path: Path) -> None:
    (record,), _, code = through_csv(empty, tmp_path, "is_deleted", ["yes", "1"])
    assert (code, amounts(empty), record["isDeleted"]) == (0, [], True)


def test_a_mark_in_a_file_that_is_not_clear_rejects_its_document(empty: Simulator, tmp_path: Path) -> None:
    (record,), _, code = through_csv(empty, tmp_path, "is_deleted", ["", "perhaps"])
    assert (code, amounts(empty)) == (1, [])
    assert [(each["row"], each["column"], each["value"]) for each in record["_source_errors"]] == [
        (3, "is_deleted", "perhaps")
    ]


def test_a_column_that_a_rule_decides_on_is_no_mark(empty: Simulator, tmp_path: Path) -> None:
    (record,), _, code = through_csv(empty, tmp_path, "is_deleted", ["N", "Y"], where="is_deleted = 'N'")
    assert (code, amounts(empty)) == (0, [10])
    assert "isDeleted" not in record
