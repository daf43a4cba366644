"""BILL's own import templates: recognized, loaded without a mapping, and nothing of them dropped in silence."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import run, settings
from csv_tap import Json, documents, run_tap

from bill_api.entities import BY_STREAM
from bill_documents.mapping.levels import mappable
from bill_documents.mapping.recognition import recognize
from bill_documents.mapping.templates import TEMPLATES, Template
from bill_documents.reading.csv_file import CsvFile
from bill_documents.reading.text import TextFile
from bill_simulator import defaults

if TYPE_CHECKING:
    from bill_simulator import Simulator

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "examples" / "templates"
BILLS = (FOLDER / "bills.csv").read_text()


def test_there_is_an_example_of_every_template() -> None:
    found = {}
    for path in FOLDER.glob("*.csv"):
        file = CsvFile(text=TextFile(setting="files[0]", path=str(path)))
        recognized = recognize(file, file.header(), None)
        assert recognized, path
        found[path.stem] = recognized.template.stream
    assert set(found.values()) == {each.stream for each in TEMPLATES}
    assert {found["vendors"], found["vendors_newer"]} == {"vendors"}


def test_a_folder_of_templates_loads_without_a_mapping(empty: Simulator, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tap_bill_csv", "--config", str(tmp_path / "config.json")]
    (tmp_path / "config.json").write_text(json.dumps({"files": [{"path": "examples/templates"}]}))
    read = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=True)
    before = empty.control.totals(defaults.ORGANIZATION_ID)
    wrote = run("target_bill", settings(empty), tmp_path, stdin=read.stdout)
    assert wrote.code == 0, wrote.err
    after = empty.control.totals(defaults.ORGANIZATION_ID)
    added = {name: after[name]["count"] - before[name]["count"] for name in after}
    assert added["Vendor"] == 3
    assert added["Customer"] == 2
    assert (added["Bill"], after["Bill"]["amount"]) == (2, Decimal("1597.40"))
    assert (added["Invoice"], after["Invoice"]["amount"]) == (2, Decimal("2024.40"))
    assert (added["VendorCredit"], after["VendorCredit"]["amount"]) == (1, Decimal("75.50"))
    for name in ("ActgClass", "Location", "Job"):
        assert added[name] == 2
    assert added["Item"] == 3
    (line,) = [
        line
        for bill in empty.control.books(defaults.ORGANIZATION_ID, "Bill")
        for line in bill["billLineItems"]
        if line["description"] == "Copy paper"
    ]
    assert all(line[name] for name in ("chartOfAccountId", "departmentId", "actgClassId", "locationId", "jobId"))


def template(folder: Path, content: str, **more: object) -> Json:
    (folder / "file.csv").write_text(content)
    return {"path": "file.csv", **more}


def absolute(folder: Path, content: str) -> Json:
    return template(folder, content) | {"path": str(folder / "file.csv")}


def test_lines_of_a_bill_need_not_be_consecutive(tmp_path: Path) -> None:
    records = run_tap(tmp_path, template(tmp_path, BILLS)).records("bills")
    assert [(each["invoiceNumber"], each["_source_rows"]) for each in records] == [("N-2041", [2, 4]), ("0078", [3, 5])]
    assert [each["amount"] for each in records] == [Decimal("1297.40"), Decimal("300.00")]
    assert [each["isActive"] for each in records] == ["1", "1"]


@pytest.mark.parametrize(
    "changed", [str, str.upper, str.lower, lambda text: text.replace("*", ""), lambda text: text.replace(",", " ,")]
)
def test_asterisks_case_and_blanks_of_the_header_do_not_matter(tmp_path: Path, changed: object) -> None:
    header, _, rows = BILLS.partition("\n")
    assert callable(changed)
    records = documents(absolute(tmp_path, f"{changed(header)}\n{rows}"))["bills"]
    assert records[0]["billLineItems"][0]["chartOfAccountName"] == "Paper and Post"


@pytest.mark.parametrize("written", ["1/5/26", "01/05/2026", "1-5-26", "01-05-2026"])
def test_the_four_date_formats_are_read(tmp_path: Path, written: str) -> None:
    records = documents(absolute(tmp_path, BILLS.replace("1/5/2026", written)))["bills"]
    assert records[0]["invoiceDate"] == "2026-01-05"
    assert records[0]["_source_errors"] is None


def test_an_iso_date_is_refused_as_bill_does(tmp_path: Path) -> None:
    run = run_tap(tmp_path, template(tmp_path, BILLS.replace("01/09/2026", "2026-01-09")))
    assert {each["field"] for each in run.problems("bills")} == {"invoiceDate"}


def test_what_is_not_documented_is_said_to_be_guessed(tmp_path: Path) -> None:
    run = run_tap(tmp_path, template(tmp_path, (FOLDER / "invoices.csv").read_text()))
    assert "recognized as BILL's import template for invoices" in run.stderr
    assert '"Invoice Line Item Item Name" feeds lines, itemName (guessed)' in run.stderr
    assert '"Invoice #" feeds' not in run.stderr
    assert "BILL does not use these columns: Customer ID, Exchange Rate" in run.stderr


def test_an_unknown_column_is_named(tmp_path: Path) -> None:
    rows = list(csv.reader(BILLS.splitlines()))
    lines = [[*cells, "Cost pool" if not place else "7"] for place, cells in enumerate(rows)]
    text = "\n".join(",".join(f'"{cell}"' for cell in cells) for cells in lines) + "\n"
    run = run_tap(tmp_path, template(tmp_path, text))
    assert "columns that feed no field: Cost pool" in run.stderr
    assert run.records("bills")[0]["_source_cells"][0]["Cost pool"] == "7"


def test_configuration_corrects_what_was_guessed(tmp_path: Path) -> None:
    more = {
        "columns": {"description": "Bill Line Item Description"},
        "lines": {"columns": {"description": "Description"}},
    }
    records = run_tap(tmp_path, template(tmp_path, BILLS, template=True, **more)).records("bills")
    assert records[0]["description"] is None  # the lines say different things
    assert records[0]["billLineItems"][0]["description"] == "January order"
    assert records[0]["vendorName"] == "Northgate Paper Co"


def test_columns_without_template_are_all_there_is(tmp_path: Path) -> None:
    columns = {"vendorName": "Vendor Name*", "invoiceNumber": "Invoice #*"}
    lines = {"columns": {"amount": "Bill Line Item Amount"}}
    file = template(tmp_path, BILLS, stream="bills", columns=columns, lines=lines, currency="$")
    (bill, _) = run_tap(tmp_path, file).records("bills")
    assert set(bill) >= {"vendorName", "invoiceNumber", "billLineItems"}
    assert "dueDate" not in bill


def test_accounts_of_one_name_are_told_apart_by_their_numbers(tmp_path: Path) -> None:
    header = "Name*,Active?,Account Number,Type*\n"
    content = f"{header}Travel,Active,6100,Expense\nTravel,Active,6200,OtherExpense\nFuel,Active,,Expense\n"
    run = run_tap(tmp_path, template(tmp_path, content))
    records = run.records("chart_of_accounts")
    assert [(each["accountNumber"], each["accountType"]) for each in records] == [
        ("6100", "7"),
        ("6200", "14"),
        (None, "7"),
    ]
    assert run.schema("chart_of_accounts")["key_properties"] == ["_source_key"]
    assert len({each["_source_key"] for each in records}) == 3


@pytest.mark.parametrize(("kind", "stream"), [("service", "items"), ("Expense", "chart_of_accounts")])
def test_items_and_accounts_with_the_same_header_are_told_by_their_types(
    tmp_path: Path, kind: str, stream: str
) -> None:
    file = template(tmp_path, f"Name*,Type*,Active?\nOne,{kind},Active\n")
    assert [each["name"] for each in run_tap(tmp_path, file).records(stream)] == ["One"]


def test_a_file_that_could_be_both_needs_its_stream(tmp_path: Path) -> None:
    file = template(tmp_path, "Name*,Type*,Active?\nOne,FixedAsset,Active\n")
    assert run_tap(tmp_path, file).error.startswith("setting `files[0].stream`: must be given")
    assert run_tap(tmp_path, file | {"stream": "items"}).records("items")[0]["type"] == "12"


def test_an_address_block_that_comes_twice_is_the_shipping_address(tmp_path: Path) -> None:
    header = "Customer Name*,Billing Address,City,State,Country,Shipping Address,City,State,Country\n"
    content = f"{header}A,1 Rd,Rome,NY,USA,2 Rd,Troy,NY,USA\n"
    run = run_tap(tmp_path, template(tmp_path, content))
    (customer,) = run.records("customers")
    assert (customer["billAddressCity"], customer["shipAddressCity"]) == ("Rome", "Troy")
    assert '"City (2)" feeds shipAddressCity (guessed)' in run.stderr
    assert customer["_source_cells"][0]["City (2)"] == "Troy"


def test_credit_memos_are_named_as_what_cannot_be_loaded(tmp_path: Path) -> None:
    file = template(tmp_path, "Customer Name*,Credit Memo #*,Credit Memo Date*\nA,1,01/01/2026\n")
    assert "looks like BILL's import template for credit memos" in run_tap(tmp_path, file).error


def test_a_file_of_no_template_needs_a_stream(tmp_path: Path) -> None:
    error = run_tap(tmp_path, template(tmp_path, "Supplier,Number\nAce,1\n")).error
    assert error.startswith(
        "setting `files[0].stream`: must be given: the header of file.csv is of none of BILL's import templates"
    )
    assert '"Supplier", "Number"' in error
    asked = run_tap(tmp_path, template(tmp_path, "Supplier,Number\nAce,1\n", stream="bills", template=True))
    assert asked.error.startswith("setting `files[0].template`: the header of file.csv is of none")


@pytest.mark.parametrize("known", TEMPLATES, ids=lambda each: each.stream)
@pytest.mark.parametrize("mark", ["", "*"])
def test_every_header_that_is_known_feeds_a_field_that_can_be_written(
    tmp_path: Path, known: Template, mark: str
) -> None:
    labels = [*known.documented, *known.seen, *known.guessed]
    if known.line:
        labels += [f"{known.line} amount", f"{known.line} description"]
    (tmp_path / "file.csv").write_text(",".join(label.title() + mark for label in labels) + "\n")
    file = CsvFile(text=TextFile(setting="files[0]", path=str(tmp_path / "file.csv")))
    recognized = recognize(file, file.header(), known.stream)
    assert recognized
    names = {**known.documented, **known.seen, **known.guessed}.values()
    assert {each.field for each in recognized.matches if not each.line} >= {
        name for name in names if not name.startswith("billAddress")
    }
    entity = BY_STREAM[known.stream]
    writable = mappable(entity.fields, total=True).keys()
    assert {each.field for each in recognized.matches if not each.line} <= writable
