"""`--guess`: a first mapping that runs, and says what it is sure of."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from csv_tap import documents

ROOT = Path(__file__).parents[2]
DATA = ROOT / "examples" / "data"


def guess(path: Path) -> str:
    command = [sys.executable, "-m", "tap_bill_csv", "--guess", str(path)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True, cwd=ROOT).stdout


@pytest.mark.parametrize(
    ("name", "stream", "array", "total"),
    [
        ("ap_calderdale_2021_06.csv", "bills", "billLineItems", "14980137.22"),
        ("ap_devon_2014_06.csv", "bills", "billLineItems", "13346068.70"),
        ("online_retail_2010_12.csv.gz", "invoices", "invoiceLineItems", "748957.02"),
    ],
)
def test_the_guess_for_a_real_file_reads_all_of_its_money(name: str, stream: str, array: str, total: str) -> None:
    records = documents(*yaml.safe_load(guess(DATA / name))["files"])[stream]
    lines = [line for record in records for line in record[array]]
    money = sum(line["amount"] if "amount" in line else line["quantity"] * line["price"] for line in lines)
    assert money == Decimal(total)


def test_what_is_sure_and_what_is_not_is_said_line_by_line() -> None:
    said = guess(DATA / "ap_devon_2014_06.csv").splitlines()
    assert '    invoiceNumber: "Invoice Number"  # sure: by its name' in said
    assert '    vendorName: "Supplier Name"  # sure: by its name' in said
    assert next(line for line in said if "feeds nothing" in line).endswith('"Expense Area", "Creditor Type"')


def test_a_due_date_is_never_invented() -> None:
    said = guess(DATA / "ap_calderdale_2021_06.csv")
    assert "  # question: BILL requires a due date, and no column looks like one; this one is invented:\n" in said
    assert "  #   dueDate: {field: invoiceDate, add_days: 30}\n" in said
    assert "dueDate" not in str(yaml.safe_load(said))


def test_a_template_needs_no_mapping_and_its_guesses_are_named() -> None:
    said = guess(ROOT / "examples" / "templates" / "invoices.csv")
    (entry,) = yaml.safe_load(said)["files"]
    assert set(entry) == {"path", "stream"}
    assert "sure: recognized as BILL's import template for invoices" in said
    assert '# "Invoice Line Item Price" feeds price: guessed, check it' in said


def test_dialect_currency_and_decimals_are_guessed_from_the_rows(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text(
        "Supplier;Invoice No;Due;Invoice Date;Amount\nAce;1;31.07.2021;01.07.2021;1.234,50 \u20ac\n", encoding="utf-8"
    )
    said = guess(path)
    (entry,) = yaml.safe_load(said)["files"]
    assert (entry["delimiter"], entry["decimal"], entry["currency"]) == (";", ",", ["\u20ac"])
    assert 'date_format: "%d.%m.%Y"  # sure: no other fits' in said
    (bill,) = documents(entry)["bills"]
    assert bill["billLineItems"] == [{"amount": Decimal("1234.50")}]
    assert (bill["dueDate"], bill["_source_errors"]) == ("2021-07-31", None)


def test_columns_that_are_missing_are_named(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text("Supplier,Amount\nAce,1\n")
    said = guess(tmp_path / "f.csv")
    assert "# question: invoiceNumber: BILL requires it, and no column looks like it" in said


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("f.csv", None, "there is no such file"),
        ("f.csv", b"", "the file is empty"),
        ("f" * 300, None, "File name too long"),
    ],
    ids=["missing", "empty", "refused by the system"],
)
def test_a_file_that_cannot_be_looked_at_is_one_clear_error(
    tmp_path: Path, name: str, content: bytes | None, error: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    ran = subprocess.run(
        [sys.executable, "-m", "tap_bill_csv", "--guess", str(path)], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1
    assert error in ran.stderr
    assert "Traceback" not in ran.stderr
