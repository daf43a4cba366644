"""Tables with a row for each line: one row per line from any tap becomes documents, as the rows of a file do."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from conftest import run
from target_run import account, books, load, rejects, report, singer, writes

from bill_values.rejects import WHY

if TYPE_CHECKING:
    from pathlib import Path

    from bill_simulator import Simulator

MAPPING: dict[str, Any] = {
    "stream": "bills",
    "group_by": ["vendor", "number"],
    "columns": {"vendorName": "vendor", "invoiceNumber": "number", "invoiceDate": "issued", "dueDate": "due"},
    "lines": {"columns": {"amount": "amount", "description": "text"}},
}
DAYS = {"issued": "2026-03-01T00:00:00+00:00", "due": "2026-03-31"}


def row(vendor: str, number: Any, amount: Any, **more: Any) -> dict[str, Any]:
    return {"vendor": vendor, "number": number, "amount": amount, "text": f"{amount}", **DAYS, **more}


def rows_of(*rows: dict[str, Any], name: str = "ap_lines", keys: tuple[str, ...] = ()) -> str:
    return singer((name, list(keys), list(rows)))


def sums(simulator: Simulator) -> dict[str, Decimal]:
    return {each["invoiceNumber"]: Decimal(str(each["amount"])) for each in books(simulator, "Bill")}


FLAT = {"documents": {"ap_lines": MAPPING}, "create_missing": ["vendors"]}


def test_rows_in_any_order_become_documents_and_the_same_rows_change_nothing(empty: Simulator, tmp_path: Path) -> None:
    dice = random.Random(1)  # noqa: S311
    rows = [row(f"V{n % 7}", 1000 + n // 3, Decimal(dice.randrange(1, 10**6)).scaleb(-2)) for n in range(300)]
    wanted: dict[str, Decimal] = defaultdict(Decimal)
    for each in rows:
        each["vendor"] = f"V{each['number'] % 7}"
        wanted[str(each["number"])] += each["amount"]
        each["amount"] = float(each["amount"])
    dice.shuffle(rows)
    ran = load(empty, tmp_path, rows_of(*rows), **FLAT)
    assert ran.code == 0, ran.err
    assert sums(empty) == wanted
    assert account(tmp_path, "ap_lines") == {"created": 100}
    assert "ap_lines: 100 documents from 300 rows" in report(tmp_path)["notes"]
    dice.shuffle(rows)
    empty.control.forget_requests()
    # Lines are in another order now, and of equal content: that is the same document.
    ran = load(empty, tmp_path, rows_of(*rows), **FLAT)
    assert (ran.code, writes(empty)) == (0, []), ran.err


def test_a_changed_row_changes_its_document_and_no_other(empty: Simulator, tmp_path: Path) -> None:
    rows = [row("A", number, amount) for number in range(5) for amount in (1, 2)]
    load(empty, tmp_path, rows_of(*rows), **FLAT)
    rows[3] |= {"amount": 9}
    ran = load(empty, tmp_path, rows_of(*rows), **FLAT)
    assert ran.code == 0, ran.err
    assert account(tmp_path, "ap_lines") == {"updated": 1, "unchanged": 4}
    assert sums(empty)["1"] == 10


def test_what_cannot_be_read_rejects_its_document_by_its_row(empty: Simulator, tmp_path: Path) -> None:
    rows = [row("A", "1", 5), row("A", "2", "5,00"), row("A", "2", 7), row("A", "3", 1, issued="2026-03-01T07:30:00Z")]
    ran = load(empty, tmp_path, rows_of(*rows), **FLAT)
    assert ran.code != 0
    assert sums(empty) == {"1": 5}
    told = " ".join(json.dumps(each) for each in rejects(tmp_path))
    assert "row 2, column 'amount'" in told
    assert "row 4, column 'issued'" in told


def test_a_notation_that_no_setting_names_is_said_once_with_the_setting(empty: Simulator, tmp_path: Path) -> None:
    rows = [row("A", number, f"{number},50", issued=f"{number}.03.2026") for number in range(13, 23)]
    ran = load(empty, tmp_path, rows_of(*rows), **FLAT)
    assert ran.code != 0
    notes = " ".join(report(tmp_path)["notes"])
    assert "ap_lines: 10 of 10 documents carry errors and will be rejected: " in notes
    assert 'set documents.ap_lines.decimal to ","' in notes
    assert 'set documents.ap_lines.date_format to "%d.%m.%Y"' in notes
    mapping = {**MAPPING, "date_format": "%d.%m.%Y", "decimal": ","}
    ran = load(empty, tmp_path, rows_of(*rows), **{**FLAT, "documents": {"ap_lines": mapping}})
    assert ran.code == 0, ran.err
    assert sums(empty)["13"] == Decimal("13.50")


def test_a_row_that_is_a_total_is_named_and_is_no_bill(empty: Simulator, tmp_path: Path) -> None:
    ran = load(empty, tmp_path, rows_of(row("A", "1", 5), row("A", "2", 7), row("Total", None, 12)), **FLAT)
    assert ran.code != 0
    assert sums(empty) == {"1": 5, "2": 7}
    (reject,) = rejects(tmp_path)
    assert "word for a total" in json.dumps(reject)
    assert "leave the row out by where, or set documents.ap_lines.totals to false" in json.dumps(reject)


REJECTED = [
    row("A", "1", 5),
    row("B", "2", "5,00", text="five"),
    row("B", "2", 7, text="=1+1"),
    row("C", "3", 1, issued="soon"),
]


def test_rejected_rows_come_back_with_the_tables_own_columns_and_load_when_corrected(
    empty: Simulator, tmp_path: Path
) -> None:
    load(empty, tmp_path, rows_of(*REJECTED), **FLAT)
    (path,) = (tmp_path / ".bill/reports").glob("*-rejects-ap_lines.csv")
    text = path.read_text(encoding="utf-8-sig")
    assert text.splitlines()[0] == ",".join([*WHY, *REJECTED[0]])
    corrected = text.replace("5,00", "5.00").replace("'5.00", "5.00").replace("soon", "2026-03-01")
    (tmp_path / "corrected.csv").write_text(corrected)
    tapped = run("tap_bill_csv", {"files": [{**MAPPING, "path": "corrected.csv"}]}, tmp_path)
    assert tapped.code == 0, tapped.err
    ran = load(empty, tmp_path, tapped.out, create_missing=["vendors"])
    assert ran.code == 0, ran.err
    assert sums(empty) == {"1": 5, "2": 12, "3": 1}
    texts = {line["description"] for each in books(empty, "Bill") for line in each["billLineItems"]}
    assert texts == {"5", "five", "=1+1", "1"}
    # The table that was corrected too is of the same documents.
    empty.control.forget_requests()
    rows = [REJECTED[0], REJECTED[1] | {"amount": 5}, REJECTED[2], REJECTED[3] | {"issued": "2026-03-01"}]
    ran = load(empty, tmp_path, rows_of(*rows), **FLAT)
    assert (ran.code, writes(empty)) == (0, []), ran.err
    assert account(tmp_path, "ap_lines") == {"unchanged": 3}


def test_the_key_of_a_corrected_reject_is_that_of_its_own_stream(empty: Simulator, tmp_path: Path) -> None:
    keys = ["vendorName", "invoiceNumber"]
    days = {"invoiceDate": "2026-03-01", "dueDate": "2026-03-31"}
    record = {"vendorName": "A", "invoiceNumber": "1", **days, "billLineItems": [{"amount": "5,00"}]}
    more: dict[str, Any] = {"streams": {"erp-bills": "bills"}, "create_missing": ["vendors"]}
    load(empty, tmp_path, singer(("erp-bills", keys, [record])), **more)
    (path,) = (tmp_path / ".bill/reports").glob("*-rejects-*.csv")
    corrected = path.read_text(encoding="utf-8-sig").replace('"5,00"', "5.00").replace("5,00", "5.00")
    (tmp_path / "corrected.csv").write_text(corrected)
    tapped = run("tap_bill_csv", {"files": [{"path": "corrected.csv", "stream": "bills"}]}, tmp_path)
    assert tapped.code == 0, tapped.err
    ran = load(empty, tmp_path, tapped.out, create_missing=["vendors"])
    assert ran.code == 0, ran.err
    empty.control.forget_requests()
    record["billLineItems"] = [{"amount": 5}]
    ran = load(empty, tmp_path, singer(("erp-bills", keys, [record])), **more)
    assert (ran.code, writes(empty)) == (0, []), ran.err
    assert sums(empty) == {"1": 5}


@pytest.mark.parametrize("place", range(4))
def test_a_row_without_its_number_rejects_itself_wherever_it_stands(
    empty: Simulator, tmp_path: Path, place: int
) -> None:
    rows = [row("A", "OA1", 1), row("A", "OA2", 2), row("B", "OB1", 3)]
    rows.insert(place, row("A", None, 5))
    ran = load(empty, tmp_path, rows_of(*rows), **FLAT)
    assert ran.code != 0
    assert sums(empty) == {"OA1": 1, "OA2": 2, "OB1": 3}
    (reject,) = rejects(tmp_path)
    assert f"row {place + 1}, column 'number': blank" in json.dumps(reject)
    assert "may lack this line" in json.dumps(reject)
    assert "fill_down" not in json.dumps(reject)


@pytest.mark.parametrize("value", [True, False, {"a": Decimal("10.10")}, [1]])
def test_what_is_no_text_is_refused_in_rows_as_in_records(empty: Simulator, tmp_path: Path, value: Any) -> None:
    given = json.loads(json.dumps(value, default=float))
    load(empty, tmp_path, rows_of(row("A", "1", 1, text=given)), **FLAT)
    (flat,) = rejects(tmp_path)
    record = {"vendorName": "A", "invoiceNumber": "2", "invoiceDate": "2026-03-01", "dueDate": "2026-03-31"}
    nested = {**record, "billLineItems": [{"amount": 1, "description": given}]}
    load(empty, tmp_path, singer(("bills", ["vendorName", "invoiceNumber"], [nested])), create_missing=["vendors"])
    (other,) = rejects(tmp_path)
    assert "a text is expected, not " in json.dumps(flat)
    assert "a text is expected, not " in json.dumps(other)
    assert "Decimal" not in json.dumps(other)
    assert sums(empty) == {}


def test_a_value_that_the_settings_give_a_text_for_is_one(empty: Simulator, tmp_path: Path) -> None:
    words = {"column": "text", "values": {"true": "Rent", "false": "Other"}}
    entry = {**MAPPING, "lines": {"columns": {"amount": "amount", "description": words}}}
    ran = load(
        empty, tmp_path, rows_of(row("A", "1", 1, text=True)), documents={"ap_lines": entry}, create_missing=["vendors"]
    )
    assert ran.code == 0, ran.err
    assert [each["billLineItems"][0]["description"] for each in books(empty, "Bill")] == ["Rent"]


def test_columns_that_feed_no_field_are_told_also_where_columns_are_named(empty: Simulator, tmp_path: Path) -> None:
    entry = {**MAPPING, "where": "kind <> 'x'"}
    load(
        empty,
        tmp_path,
        rows_of(row("A", "1", 1, account_name="Rent", kind="y"), row("A", "1", 2, account_name="Rent", kind="y")),
        documents={"ap_lines": entry},
        create_missing=["vendors"],
    )
    assert list(report(tmp_path)["notes"]).count("ap_lines: columns that feed no field: account_name") == 1


SPELLED = [
    {
        "stream": "bills",
        "group_by": ["vendor_name", "INVOICE_NUMBER"],
        "columns": {"vendor_name": "vendor", "Invoice_Number": "number", "INVOICEDATE": "issued"},
        "defaults": {"due_date": {"field": "invoice_date", "add_days": 30}},
        "lines": {"array": "bill_line_items", "columns": {"Amount": "amount", "DESCRIPTION": "text"}},
    },
    {**MAPPING, "group_by": ["Vendor", "number"]},
]


@pytest.mark.parametrize("entry", SPELLED)
def test_fields_are_named_in_any_spelling(empty: Simulator, tmp_path: Path, entry: dict[str, Any]) -> None:
    rows = [row("A", "1", amount) for amount in (3, 4)]
    ran = load(empty, tmp_path, rows_of(*rows), documents={"ap_lines": entry}, create_missing=["vendors"])
    assert ran.code == 0, ran.err
    assert sums(empty) == {"1": 7}
    assert [each["dueDate"] for each in books(empty, "Bill")] == ["2026-03-31"]


def test_a_field_that_is_named_twice_is_refused(empty: Simulator, tmp_path: Path) -> None:
    entry = {**MAPPING, "columns": {**MAPPING["columns"], "vendor_name": "text"}}
    ran = load(empty, tmp_path, rows_of(row("A", "1", 1)), documents={"ap_lines": entry}, create_missing=["vendors"])
    assert ran.code == 2
    assert '"vendor_name" is the same field as "vendorName"; name it once' in ran.err


@pytest.mark.parametrize("name", ["amount", "billLineItems.amount", "bill_line_items.amount"])
def test_names_of_a_snake_case_table_need_no_columns(empty: Simulator, tmp_path: Path, name: str) -> None:
    given = {"vendor_name": "A", "INVOICE_NUMBER": "1", "Invoice_Date": "2026-03-01", "dueDate": "2026-03-31"}
    rows = [{**given, name: amount} for amount in (3, 4)]
    ran = load(empty, tmp_path, rows_of(*rows, name="bills"), documents={"bills": {}}, create_missing=["vendors"])
    assert ran.code == 0, ran.err
    assert sums(empty) == {"1": 7}


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({**MAPPING, "columns": {**MAPPING["columns"], "poNumber": "po"}}, "documents.ap_lines.columns.poNumber"),
        ({**MAPPING, "colums": {}}, "documents.ap_lines"),
        ({**MAPPING, "encoding": "cp1252"}, "documents.ap_lines.encoding"),
        ({**MAPPING, "path": "x.csv"}, "documents.ap_lines.path"),
        ({"columns": MAPPING["columns"]}, "documents.ap_lines.stream"),
        ({**MAPPING, "fill_down": True}, "documents.ap_lines.fill_down"),
        ({**MAPPING, "group_by": ["nummer"]}, "documents.ap_lines.group_by[0]"),
        ({**MAPPING, "stream": "bils"}, "documents.ap_lines.stream"),
    ],
)
def test_an_entry_that_means_nothing_is_named_before_anything_is_sent(
    empty: Simulator, tmp_path: Path, entry: dict[str, Any], said: str
) -> None:
    ran = load(empty, tmp_path, rows_of(row("A", "1", 5)), documents={"ap_lines": entry}, create_missing=["vendors"])
    assert ran.code == 2
    assert said in ran.err
    assert "Traceback" not in ran.err
    assert writes(empty) == []


def test_a_plan_has_the_documents_of_a_table(empty: Simulator, tmp_path: Path) -> None:
    text = rows_of(row("A", "1", 5), row("A", "1", 6))
    planned = load(empty, tmp_path, text, mode="plan", plan="plan.json", **FLAT)
    assert planned.code == 0, planned.err
    steps = json.loads((tmp_path / "plan.json").read_text())["steps"]
    assert [each["amount"] for each in steps if each["stream"] == "bills"] == ["11.00"]
    ran = load(empty, tmp_path, text, plan="plan.json", **FLAT)
    assert ran.code == 0, ran.err
    assert sums(empty) == {"1": 11}


def test_what_is_said_of_a_row_as_a_whole_names_no_column(empty: Simulator, tmp_path: Path) -> None:
    load(empty, tmp_path, rows_of(row("A", "1", 5), row("A", "1", 7, text="Total")), **FLAT)
    told = json.dumps(rejects(tmp_path))
    assert "row 2: 'Total' is a word for a total" in told
    assert "column None" not in told
    assert "Correct the file" not in told


def test_cells_that_are_objects_show_no_account_number(empty: Simulator, tmp_path: Path) -> None:
    number = "9900001234"
    payees: list[Any] = [{"iban": number}, [{"SSN": number}], json.dumps({"accountNumber": number}), {"Acct #": number}]
    rows = [row("Nobody", n, 5, payee=each, SSN=number) for n, each in enumerate(payees)]
    ran = load(empty, tmp_path, rows_of(*rows, *rows, keys=("SSN", "number")), documents={"ap_lines": MAPPING})
    assert len(rejects(tmp_path)) == len(payees)
    files = (path for path in (tmp_path / ".bill").rglob("*") if path.is_file())
    assert number not in ran.err + "".join(path.read_text(errors="replace") for path in files)
