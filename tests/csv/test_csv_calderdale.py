"""The example, to the cent: every row of a council's month is in exactly one document."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from csv_tap import Run

ROOT = Path(__file__).parents[2]
CONFIG = "examples/calderdale.json"
CSV = ROOT / "examples/data/ap_calderdale_2021_06.csv"


@pytest.fixture(scope="module")
def run() -> Run:
    command = [sys.executable, "-m", "tap_bill_csv", "--config", CONFIG]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=True)
    messages = [json.loads(line, parse_float=Decimal) for line in done.stdout.splitlines()]
    return Run(code=done.returncode, messages=messages, stderr=done.stderr)


@pytest.fixture(scope="module")
def amounts() -> dict[int, Decimal]:
    """The file's amounts by row, read without the tap."""
    with CSV.open(encoding="utf-8", newline="") as lines:
        return {row: Decimal(each["Net Amount"]) for row, each in enumerate(csv.DictReader(lines), start=2)}


def test_loaded_and_rejected_bills_are_the_file_to_the_cent(run: Run, amounts: dict[int, Decimal]) -> None:
    bills = run.records("bills")
    by_fate = {True: Decimal(0), False: Decimal(0)}
    for bill in bills:
        by_fate[bill["_source_errors"] is None] += sum(line["amount"] for line in bill["billLineItems"])
    assert by_fate[True] + by_fate[False] == sum(amounts.values()) == Decimal("14980137.22")
    assert by_fate == {True: Decimal("14819847.59"), False: Decimal("160289.63")}


def test_every_row_is_in_one_bill_and_in_one_vendor_unless_all_its_bills_are_rejected(
    run: Run, amounts: dict[int, Decimal]
) -> None:
    rows = {
        stream: [row for record in run.records(stream) for row in record["_source_rows"]]
        for stream in ("vendors", "bills")
    }
    assert sorted(rows["bills"]) == list(amounts) == list(range(2, 1898))
    assert len(rows["vendors"]) == len(set(rows["vendors"]))
    rejected = {row for bill in run.records("bills") if bill["_source_errors"] for row in bill["_source_rows"]}
    assert set(amounts) - set(rows["vendors"]) <= rejected
    assert "9 vendors are held back" in run.stderr
    for bill in run.records("bills"):
        assert [line["amount"] for line in bill["billLineItems"]] == [amounts[row] for row in bill["_source_rows"]]


def test_documents_and_errors_by_kind(run: Run) -> None:
    assert len(run.records("bills")) == 1069
    assert len(run.records("vendors")) == 466
    kinds = Counter((each["column"], each["field"]) for each in run.problems("bills"))
    assert kinds == {
        ("Supplier(Beneficiary) Name", "vendorName"): 32,
        ("Invoice Number", "invoiceNumber"): 23,
        ("Date", "invoiceDate"): 1,
        ("Supplier ID", "description"): 3,
    }
    assert Counter(each["field"] for each in run.problems("vendors")) == {"name": 32}


def test_bills_that_can_be_loaded_fit_bill(run: Run) -> None:
    vendors = {each["name"] for each in run.records("vendors") if not each["_source_errors"]}
    good = [each for each in run.records("bills") if not each["_source_errors"]]
    assert len(good) == 1010
    assert {each["vendorName"] for each in good} <= vendors
    assert max(len(each["invoiceNumber"]) for each in good) <= 21
    assert len({(each["vendorName"], each["invoiceNumber"]) for each in good}) == len(good)
    assert all(each["dueDate"] > each["invoiceDate"] for each in good)
    assert min(sum(line["amount"] for line in each["billLineItems"]) for each in good) > 0


def test_vendors_come_before_their_bills(run: Run) -> None:
    assert [each["stream"] for each in run.messages if each["type"] == "SCHEMA"] == ["vendors", "bills"]
