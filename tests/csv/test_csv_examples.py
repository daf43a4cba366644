"""The worked examples, through target-bill into a BILL: loaded and rejected are the file, to the cent."""

from __future__ import annotations

import csv
import gzip
import json
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import run, settings

from bill_simulator import defaults

if TYPE_CHECKING:
    from bill_simulator import Simulator

ROOT = Path(__file__).parents[2]
DATA = ROOT / "examples" / "data"

Streams = dict[str, dict[str, Any]]


def load(name: str, simulator: Simulator, folder: Path) -> Streams:
    """What target-bill reports of an example's streams; loaded again, it says the same and writes nothing."""
    command = [sys.executable, "-m", "tap_bill_csv", "--config", f"examples/{name}.json"]
    read = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=True)
    first = _loaded(simulator, folder, read.stdout)
    simulator.control.forget_requests()
    second = _loaded(simulator, folder, read.stdout)
    assert not [path for path in simulator.control.summary()["paths"] if "/Crud/" in path]
    for stream, line in first.items():
        assert second[stream] == _again(line)
    return first


def _loaded(simulator: Simulator, folder: Path, messages: str) -> Streams:
    before = set((folder / ".bill" / "reports").glob("*.json"))
    wrote = run("target_bill", settings(simulator, max_rejects=10_000), folder, stdin=messages)
    assert wrote.code == 0, wrote.err
    (report,) = set((folder / ".bill" / "reports").glob("*.json")) - before
    streams: Streams = json.loads(report.read_text())["streams"]
    return streams


def _again(line: dict[str, Any]) -> dict[str, Any]:
    """The same account, in which what was created is there already."""
    money = line["money"] | {"created": "0", "unchanged": line["money"]["created"]}
    return line | {"created": 0, "unchanged": line["created"], "money": money}


def counts(stream: dict[str, Any]) -> tuple[int, int, int]:
    return stream["received"], stream["created"], stream["rejected"]


def books(simulator: Simulator, entity: str) -> tuple[int, Decimal]:
    """Objects and money that BILL has after the load."""
    total = simulator.control.totals(defaults.ORGANIZATION_ID)[entity]
    return total["count"], Decimal(str(total["amount"] or 0))


def rejected(stream: dict[str, Any]) -> Decimal:
    return Decimal(stream["money"]["rejected"])


def test_calderdale_adds_up(empty: Simulator, tmp_path: Path) -> None:
    with (DATA / "ap_calderdale_2021_06.csv").open(encoding="utf-8", newline="") as lines:
        file = sum(Decimal(row["Net Amount"]) for row in csv.DictReader(lines))
    streams = load("calderdale", empty, tmp_path)
    assert counts(streams["bills"]) == (1069, 1010, 59)
    assert counts(streams["vendors"]) == (466, 434, 32)
    created, loaded = books(empty, "Bill")
    assert created == 1010
    assert loaded + rejected(streams["bills"]) == file == Decimal("14980137.22")


@pytest.mark.slow
def test_devon_adds_up_with_credits_as_credits(empty: Simulator, tmp_path: Path) -> None:
    with (DATA / "ap_devon_2014_06.csv").open(encoding="ascii", newline="") as lines:
        amounts = [Decimal(row["Amount"]) for row in csv.DictReader(lines)]
    streams = load("devon", empty, tmp_path)
    assert counts(streams["bills"]) == (3111, 2999, 112)
    assert counts(streams["vendor_credits"]) == (24, 24, 0)
    assert counts(streams["vendors"]) == (1436, 1324, 112)
    bills, billed = books(empty, "Bill")
    returns, credited = books(empty, "VendorCredit")
    assert (bills, returns) == (2999, 24)
    assert credited == -sum(each for each in amounts if each < 0) == Decimal("55440.43")
    assert billed - credited + rejected(streams["bills"]) == sum(amounts) == Decimal("13346068.70")


@pytest.mark.slow
def test_online_retail_adds_up_over_invoices_of_hundreds_of_lines(empty: Simulator, tmp_path: Path) -> None:
    with gzip.open(DATA / "online_retail_2010_12.csv.gz", "rt", encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    streams = load("online_retail", empty, tmp_path)
    assert counts(streams["invoices"]) == (2025, 1400, 625)
    assert counts(streams["customers"]) == (885, 885, 0)
    created, loaded = books(empty, "Invoice")
    assert created == 1400
    file = sum(int(row["Quantity"]) * Decimal(row["UnitPrice"]) for row in rows)
    assert loaded + rejected(streams["invoices"]) == file == Decimal("748957.02")
    most = Counter(row["InvoiceNo"] for row in rows if row["CustomerID"] and row["InvoiceNo"][0] != "C").most_common(1)
    invoices = empty.control.books(defaults.ORGANIZATION_ID, "Invoice")
    assert max((len(each["invoiceLineItems"]), each["invoiceNumber"]) for each in invoices) == most[0][::-1]


@pytest.mark.parametrize("name", ["calderdale", "devon", "online_retail"])
def test_the_readme_tells_each_example_and_its_numbers(name: str) -> None:
    readme = (ROOT / "examples" / "README.md").read_text()
    assert f"## {name}.json" in readme
    assert {
        "calderdale": "14,819,847.59 + 160,289.63 = 14,980,137.22",
        "devon": "13,288,196.05 - 55,440.43 + 113,313.08 = 13,346,068.70",
        "online_retail": "572,713.89 + 176,243.13 = 748,957.02",
    }[name] in readme
