"""Rows become documents: grouped, typed, in order, and nothing disappears."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from csv_tap import BILL_HEADER, Json, bills, documents, run_bills, run_tap
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from programs import run_text
from workbooks import FORMATS, Cell, Rows, write

from tap_bill_csv.tap import TapBillCsv


def test_rows_of_one_bill_become_one_record_with_lines(tmp_path: Path) -> None:
    run = run_bills(tmp_path, "Ace,7,2021-06-01,1041.67,Pipe\nAce,7,2021-06-01,-41.60,Return\nBee,7,2021-06-02,5,\n")
    ace, bee = run.records("bills")
    assert ace == {
        "vendorName": "Ace",
        "invoiceNumber": "7",
        "invoiceDate": "2021-06-01",
        "billLineItems": [
            {"amount": Decimal("1041.67"), "description": "Pipe"},
            {"amount": Decimal("-41.60"), "description": "Return"},
        ],
        "_source_file": "bills.csv",
        "_source_rows": [2, 3],
        "_source_errors": None,
        "_source_cells": [
            {"Supplier": "Ace", "Number": "7", "Date": "2021-06-01", "Amount": "1041.67", "What": "Pipe"},
            {"Supplier": "Ace", "Number": "7", "Date": "2021-06-01", "Amount": "-41.60", "What": "Return"},
        ],
        "_source_delimiter": ",",
    }
    assert bee["billLineItems"] == [{"amount": 5, "description": None}]
    assert run.schema("bills")["key_properties"] == ["vendorName", "invoiceNumber"]


def test_amounts_reach_stdout_with_their_digits(tmp_path: Path) -> None:
    exact = ["0.10", "90071992547409.93", "1,041.67", "1,041,000", "(45.00)", "-0.00"]
    rows = "".join(f'Ace,{number},2021-06-01,"{text}",\n' for number, text in enumerate(exact))
    amounts = [each["billLineItems"][0]["amount"] for each in run_bills(tmp_path, rows).records("bills")]
    assert [str(each) for each in amounts] == ["0.1", "90071992547409.93", "1041.67", "1041000", "-45", "0"]


def test_an_amount_that_would_be_rounded_is_an_error_and_the_bill_stays_whole(tmp_path: Path) -> None:
    run = run_bills(tmp_path, "Ace,7,2021-06-01,12.345,Pipe\nAce,7,2021-06-01,5.00,Rod\n")
    (bill,) = run.records("bills")
    assert [line["amount"] for line in bill["billLineItems"]] == [None, Decimal("5.00")]
    assert bill["_source_errors"] == [
        {
            "row": 2,
            "column": "Amount",
            "field": "billLineItems.amount",
            "value": "12.345",
            "message": "12.345 has more than 2 decimals; an amount is refused, never rounded",
            "kind": "more than 2 decimals; an amount is refused, never rounded",
        }
    ]
    assert "1 of 1 documents carry errors" in run.stderr
    assert "Amount: 1 (row 2)" in run.stderr
    assert "12.345" not in run.stderr


def test_a_bad_date_is_an_error_of_its_document_only(tmp_path: Path) -> None:
    run = run_bills(tmp_path, "Ace,7,01/06/2021,5,\nBee,8,31/02/2021,6,\n", date_format="%d/%m/%Y")
    good, bad = run.records("bills")
    assert (good["invoiceDate"], good["_source_errors"]) == ("2021-06-01", None)
    assert bad["invoiceDate"] is None
    (problem,) = bad["_source_errors"]
    assert (problem["row"], problem["column"], problem["field"]) == (3, "Date", "invoiceDate")
    assert problem["value"] == "31/02/2021"
    assert "%d/%m/%Y" in problem["message"]


def test_a_number_used_twice_with_different_dates_names_both_rows_and_values(tmp_path: Path) -> None:
    run = run_bills(
        tmp_path, "Ace,7,2021-06-03,700,\nBee,8,2021-06-01,1,\nAce,7,2021-06-30,600,\nAce,7,2021-06-30,1,\n"
    )
    ace, _ = run.records("bills")
    assert ace["invoiceDate"] is None
    assert [line["amount"] for line in ace["billLineItems"]] == [700, 600, 1]
    (problem,) = ace["_source_errors"]
    assert (problem["row"], problem["value"]) == (4, "2021-06-30")
    assert 'row 2 has "2021-06-03", row 4 has "2021-06-30"' in problem["message"]


def test_cells_that_say_the_same_or_nothing_do_not_disagree(tmp_path: Path) -> None:
    rows = "Ace,7,2021-06-03,1,\nAce,7, 2021-6-3 ,2,\nAce,7,,3,\n"
    (bill,) = run_bills(tmp_path, rows).records("bills")
    assert (bill["invoiceDate"], bill["_source_errors"]) == ("2021-06-03", None)


def test_lines_apart_in_the_file_meet_and_documents_keep_the_order_of_their_first_rows(tmp_path: Path) -> None:
    rows = "".join(f"V{number % 7},N,2021-06-01,{number},\n" for number in range(20, 0, -1))
    records = run_bills(tmp_path, rows).records("bills")
    assert [each["vendorName"] for each in records] == ["V6", "V5", "V4", "V3", "V2", "V1", "V0"]
    assert [line["amount"] for line in records[0]["billLineItems"]] == [20, 13, 6]
    assert records[0]["_source_rows"] == [2, 9, 16]


def test_rows_without_a_key_are_documents_of_their_own(tmp_path: Path) -> None:
    rows = ",,2021-06-01,1,\n,,2021-06-01,2,\nAce,,2021-06-01,3,\nAce,,2021-06-01,4,\n"
    records = run_bills(tmp_path, rows).records("bills")
    assert [each["_source_rows"] for each in records] == [[2], [3], [4], [5]]
    assert [each["billLineItems"][0]["amount"] for each in records] == [1, 2, 3, 4]
    missing = [[problem["field"] for problem in each["_source_errors"]] for each in records]
    assert missing == [["vendorName", "invoiceNumber"]] * 2 + [["invoiceNumber"]] * 2


def test_a_text_in_not_keys_brings_no_rows_together(tmp_path: Path) -> None:
    rows = "Ace,Redacted,2021-06-01,1,\nAce,REDACTED,2021-06-01,2,\nREDACTED,7,2021-06-01,3,\nAce,7,2021-06-01,4,\n"
    run = run_bills(tmp_path, rows, not_keys=["redacted"])
    assert [each["_source_rows"] for each in run.records("bills")] == [[2], [3], [4], [5]]
    assert [(each["row"], each["field"], each["value"]) for each in run.problems("bills")] == [
        (2, "invoiceNumber", "Redacted"),
        (3, "invoiceNumber", "REDACTED"),
        (4, "vendorName", "REDACTED"),
    ]
    assert run.records("bills")[0]["invoiceNumber"] is None


def test_constants_and_derived_dates_fill_what_the_file_does_not_say(tmp_path: Path) -> None:
    (tmp_path / "due.csv").write_text(
        "Number,Date,Due,Amount\n1,2021-01-31,,1\n2,2021-01-31,2021-02-05,2\n3,x,,3\n4,,,4\n5,2021-01-31,x,5\n"
    )
    run = run_tap(
        tmp_path,
        {
            "path": "due.csv",
            "stream": "bills",
            "columns": {"invoiceNumber": "Number", "invoiceDate": "Date", "dueDate": "Due"},
            "defaults": {"vendorName": "Ace", "dueDate": {"field": "invoiceDate", "add_days": 30}, "exchangeRate": 0.1},
            "lines": {"columns": {"amount": "Amount"}, "defaults": {"lineType": 1, "jobBillable": False}},
        },
    )
    records = run.records("bills")
    assert [each["dueDate"] for each in records] == ["2021-03-02", "2021-02-05", None, None, None]
    assert [each["_source_errors"] is None for each in records] == [True, True, False, True, False]
    assert {each["vendorName"] for each in records} == {"Ace"}
    assert {str(each["exchangeRate"]) for each in records} == {"0.1"}
    assert records[0]["billLineItems"] == [{"amount": 1, "lineType": "1", "jobBillable": False}]
    assert run.schema("bills")["key_properties"] == ["vendorName", "invoiceNumber"]


def test_a_default_does_not_paper_over_a_text_that_could_not_be_read(tmp_path: Path) -> None:
    rows = "Ace,7,2021-06-01,,x\nAce,7,2021-06-01,about 5,x\n"
    lines = {"columns": {"amount": "Amount"}, "defaults": {"amount": 9}}
    (bill,) = run_bills(
        tmp_path, rows, lines=lines, columns={"vendorName": "Supplier", "invoiceNumber": "Number"}
    ).records("bills")
    assert [line["amount"] for line in bill["billLineItems"]] == [9, None]


def test_columns_named_like_fields_need_no_mapping(tmp_path: Path) -> None:
    (tmp_path / "plain.csv").write_text(
        "customerName,invoiceNumber,invoiceDate,description,quantity,price,taxable,invoiceLineItems.description,note\n"
        "Cee,1,2021-06-01,Thanks,2,0.333,yes,Pipe,x\nCee,1,2021-06-01,Thanks,1,1.5,NO,Rod,y\n"
    )
    run = run_tap(tmp_path, {"path": "plain.csv", "stream": "invoices"})
    (invoice,) = run.records("invoices")
    assert (invoice["customerName"], invoice["description"]) == ("Cee", "Thanks")
    assert invoice["invoiceLineItems"] == [
        {"quantity": 2, "price": Decimal("0.333"), "taxable": True, "description": "Pipe"},
        {"quantity": 1, "price": Decimal("1.5"), "taxable": False, "description": "Rod"},
    ]
    assert run.schema("invoices")["key_properties"] == ["invoiceNumber"]
    assert "columns that feed no field: note" in run.stderr


def test_one_file_gives_vendors_and_bills_parents_first_whatever_the_order_of_the_settings(tmp_path: Path) -> None:
    (tmp_path / "bills.csv").write_text(BILL_HEADER + "Zed,1,2021-06-01,1,\nAce,1,2021-06-01,2,\nZed,2,2021-06-01,3,\n")
    vendors = {"path": "bills.csv", "stream": "vendors", "columns": {"name": "Supplier"}}
    run = run_tap(tmp_path, bills(), vendors)
    order = [each["stream"] for each in run.messages if each["type"] == "SCHEMA"]
    assert order == ["vendors", "bills"]
    assert [(each["name"], each["_source_rows"]) for each in run.records("vendors")] == [("Zed", [2, 4]), ("Ace", [3])]
    assert len(run.records("bills")) == 3


def test_vendors_whose_other_columns_differ_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "v.csv").write_text("name,taxId,email\nAce,12-3456789,a@x\nAce,98-7654321,a@x\n")
    run = run_tap(tmp_path, {"path": "v.csv", "stream": "vendors"})
    (vendor,) = run.records("vendors")
    (problem,) = vendor["_source_errors"]
    assert (problem["field"], problem["row"], vendor["taxId"], vendor["email"]) == ("taxId", 3, None, "a@x")
    assert problem["value"] is None
    assert "12-3456789" not in problem["message"] + run.stderr


def test_a_bill_whose_lines_are_in_two_files_is_not_replaced_silently(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(BILL_HEADER + "Ace,1,2021-06-01,1,\nAce,2,2021-06-01,2,\n")
    (tmp_path / "b.csv").write_text(BILL_HEADER + "Ace,3,2021-06-01,3,\nAce,1,2021-06-01,4,\n")
    run = run_tap(tmp_path, bills("[ab].csv"))
    assert [each["_source_file"] for each in run.records("bills")] == ["a.csv", "a.csv", "b.csv", "b.csv"]
    (problem,) = run.problems("bills")
    assert (problem["row"], problem["field"], problem["value"]) == (3, "invoiceNumber", "1")
    assert "a.csv at row 2" in problem["message"]


def test_group_by_overrides_the_natural_key(tmp_path: Path) -> None:
    rows = "Ace,7,2021-06-01,1,\nBee,7,2021-06-01,2,\nAce,7,2021-06-02,3,\n"
    run = run_bills(tmp_path, rows, group_by=["vendorName", "invoiceNumber", "invoiceDate"])
    assert [each["_source_rows"] for each in run.records("bills")] == [[2], [3], [4]]
    assert run.problems("bills") == []
    assert run.schema("bills")["key_properties"] == ["vendorName", "invoiceNumber", "invoiceDate"]


# Vendors of rejected bills

VENDORS: Json = {"path": "bills.csv", "stream": "vendors", "columns": {"name": "Supplier"}}
SOUND, WRONG = "2021-06-01,1,", "1.6.2021,1,"
HELD = "are held back, for every document that names them in this file is rejected (row "


def named(folder: Path, rows: str, *entries: Json) -> tuple[list[str], str]:
    """The vendors that a file gives beside its bills, and what the run says."""
    (folder / "bills.csv").write_text(BILL_HEADER + rows)
    run = run_tap(folder, *(entries or (VENDORS, bills())))
    return [each["name"] for each in run.records("vendors")], run.stderr


def test_a_vendor_whose_every_bill_is_rejected_is_held_back_and_said(tmp_path: Path) -> None:
    found, said = named(tmp_path, f"Ace,1,{SOUND}\nBee,2,{WRONG}\nCee,3,{WRONG}\nbee,4,{WRONG}\n")
    assert found == ["Ace"]
    assert f"bills.csv: 2 vendors {HELD}3, 4); they come with the corrected rejects" in said


def test_a_vendor_with_one_sound_bill_comes_whatever_becomes_of_the_others(tmp_path: Path) -> None:
    for rows in (f"Ace,1,{WRONG}\nACE,2,{SOUND}\n", f"Ace,1,{SOUND}\nAce,2,{WRONG}\n"):
        found, said = named(tmp_path, rows)
        assert (found, HELD in said) == (["Ace"], False)


def test_a_row_is_rejected_with_the_document_that_it_belongs_to(tmp_path: Path) -> None:
    lines = {"columns": {"amount": "Amount", "itemName": "What"}}
    items: Json = {"path": "./bills.csv", "stream": "items", "columns": {"name": "What"}, "defaults": {"type": "1"}}
    (tmp_path / "bills.csv").write_text(
        BILL_HEADER + "Ace,1,2021-06-01,1,Pipe\nAce,1,2021-06-02,1,Nail\nBee,2,2021-06-01,1,Hook\n"
    )
    invoices = {"path": "bills.csv", "stream": "invoices", "lines": lines}
    columns = {"customerName": "Supplier", "invoiceNumber": "Number", "invoiceDate": "Date"}
    run = run_tap(tmp_path, items, invoices | {"columns": columns})
    assert [each["name"] for each in run.records("items")] == ["Hook"]
    assert f"./bills.csv: 2 items {HELD}2, 3)" in run.stderr


def test_of_two_entries_with_documents_a_sound_one_counts(tmp_path: Path) -> None:
    credit_columns = {"vendorName": "Supplier", "refNumber": "Number", "creditDate": "Date"}
    credited: Json = bills(stream="vendor_credits", columns=credit_columns, date_format="%d.%m.%Y")
    found, said = named(tmp_path, f"Ace,1,{WRONG}\nBee,2,soon,1,\n", VENDORS, bills(), credited)
    assert (found, f"1 vendors {HELD}3)" in said) == (["Ace"], True)


def test_rows_that_are_of_no_document_hold_nothing_back(tmp_path: Path) -> None:
    rows = f"Ace,1,{WRONG}\nAce,,,,a list's own row\nBee,,,,another\n"
    found, said = named(tmp_path, rows, VENDORS, bills(where="\"Number\" <> ''"))
    assert (found, HELD in said) == (["Ace", "Bee"], False)


def test_a_list_alone_and_one_beside_documents_that_are_not_selected_are_loaded_for_themselves(tmp_path: Path) -> None:
    rows = f"Ace,1,{SOUND}\nBee,2,{WRONG}\n"
    assert named(tmp_path, rows, VENDORS)[0] == ["Ace", "Bee"]
    (tmp_path / "other.csv").write_text(BILL_HEADER + f"Bee,2,{SOUND}\n")
    assert named(tmp_path, rows, VENDORS, bills("other.csv"))[0] == ["Ace", "Bee"]
    (tmp_path / "config.json").write_text(json.dumps({"files": [VENDORS, bills()]}))
    tap = TapBillCsv(config={"files": [VENDORS | {"path": str(tmp_path / "bills.csv")}]})
    catalog = tap.catalog_dict
    (tmp_path / "catalog.json").write_text(json.dumps(catalog))
    run = run_text("tap_bill_csv", ["--config", "config.json", "--catalog", "catalog.json"], cwd=tmp_path)
    records = [json.loads(line)["record"] for line in run.stdout.splitlines() if '"RECORD"' in line]
    assert [each.get("name") for each in records] == ["Ace", "Bee"]


@pytest.mark.parametrize("kind", FORMATS)
def test_sheets_of_one_workbook_are_judged_apart_and_totals_of_numbers_known(tmp_path: Path, kind: str) -> None:
    header: list[Cell] = [*BILL_HEADER.strip().split(",")]
    may: Rows = [header, ["Ace", "1", date(2026, 5, 1), 10.5, "x"], ["Bee", "2", "soon", 20, "y"]]
    june: Rows = [header, ["Bee", "3", date(2026, 6, 1), 4, "z"]]
    path = tmp_path / f"bills.{kind}"
    write(path, {"May": [*may, ["Total", None, None, 30.5, None]], "June": june})
    for sheets, names in (("May", "May"), ["Ace"]), (("May", "June"), ["Ace", "Bee"]):
        entries = VENDORS | {"path": str(path), "sheet": sheets[0]}, bills(str(path), sheet=sheets[1])
        assert [each["name"] for each in documents(*entries)["vendors"]] == names


def test_a_vendor_that_is_faulty_itself_is_rejected_and_not_held_back(tmp_path: Path) -> None:
    (tmp_path / "bills.csv").write_text(BILL_HEADER + f"n/a,1,{WRONG}\n")
    run = run_tap(tmp_path, VENDORS, bills())
    assert [each["_source_errors"] is None for each in run.records("vendors")] == [False]
    assert HELD not in run.stderr


@settings(max_examples=examples(20))
@given(st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from("123"), st.booleans()), min_size=1, max_size=8))
def test_exactly_the_vendors_of_sound_bills_come(rows: list[tuple[str, str, bool]]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "bills.csv"
        text = "".join(f"{vendor},{number},{SOUND if sound else WRONG}\n" for vendor, number, sound in rows)
        path.write_text(BILL_HEADER + text)
        found = documents(VENDORS | {"path": str(path)}, bills(str(path)))
    good = {each["vendorName"] for each in found["bills"] if each["_source_errors"] is None}
    assert {each["name"] for each in found["vendors"]} == good
