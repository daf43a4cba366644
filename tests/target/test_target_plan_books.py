"""The money of a plan: what is owed to vendors and by customers apart, and what an undo plan says of itself."""

from __future__ import annotations

import csv
import io
import json
import random
from decimal import Decimal
from typing import TYPE_CHECKING

from conftest import run, settings
from target_run import account, bill, bills, load, report, singer, undo, vendors

from bill_values.spreadsheet_cells import text_of
from target_bill.plan.books import sides

if TYPE_CHECKING:
    from pathlib import Path

    from bill_simulator import Simulator

DAY = {"invoiceDate": "2026-03-01", "dueDate": "2026-03-31"}
CREDIT = {"vendorName": "A", "refNumber": "C", "creditDate": "2026-03-01", "vendorCreditLineItems": [{"amount": 30}]}
INVOICE = {"customerName": "Z", "invoiceNumber": "I", **DAY, "invoiceLineItems": [{"quantity": 1, "price": 50}]}


def all_kinds() -> str:
    return singer(
        vendors("A"),
        ("customers", ["name"], [{"name": "Z"}]),
        bills(bill("A", "1", 100)),
        ("vendor_credits", ["vendorName", "refNumber"], [CREDIT]),
        ("invoices", ["invoiceNumber"], [INVOICE]),
    )


def cells(screen: str, name: str) -> list[list[str]]:
    """The rows of tables on the screen that begin with a name."""
    rows = [[each.strip() for each in line.split("│")[1:-1]] for line in screen.splitlines() if "│" in line]
    return [row[1:] for row in rows if row[0] == name]


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))


def test_what_is_owed_to_vendors_and_by_customers_is_never_one_sum_and_credits_are_taken_off(
    empty: Simulator, tmp_path: Path
) -> None:
    ran = load(empty, tmp_path, all_kinds(), mode="plan", plan="plan.json")
    assert ran.code == 0, ran.err
    assert cells(ran.err, "A")[0] == ["2", "0.00", "70.00", "70.00"]
    assert cells(ran.err, "bills")[1] == ["1", "0.00", "100.00", "100.00"]
    assert cells(ran.err, "vendor credits") == [["1", "0.00", "-30.00", "-30.00"]]
    assert cells(ran.err, "net") == [["2", "0.00", "70.00", "70.00"], ["1", "0.00", "50.00", "50.00"]]
    page = (tmp_path / "plan.html").read_text()
    assert "180.00" not in page + ran.err
    assert ("-30.00" in page, "net of all of these" in page) == (True, True)
    for column, money in (("payables_change", 70), ("receivables_change", 50)):
        assert sum(Decimal(each[column] or 0) for each in table(tmp_path / "plan.csv")) == money


def test_an_undo_plan_says_what_it_takes_back_and_its_rows_add_up_to_its_total(
    empty: Simulator, tmp_path: Path
) -> None:
    assert load(empty, tmp_path, all_kinds()).code == 0
    name = next((tmp_path / ".bill/reports").glob("*-receipts.csv")).stem.removesuffix("-receipts")
    ran = undo(empty, tmp_path, name, mode="plan", plan="undo.json")
    assert ran.code == 0, ran.err
    assert cells(ran.err, "A")[0] == ["2", "70.00", "0.00", "-70.00"]
    assert cells(ran.err, "net") == [["2", "70.00", "0.00", "-70.00"], ["1", "50.00", "0.00", "-50.00"]]
    plan = json.loads((tmp_path / "undo.json").read_text())
    assert plan["about"]["undoes"] == name
    assert {text_of(each["undoes_run"]) for each in table(tmp_path / "undo.csv")} == {name}
    page = (tmp_path / "undo.html").read_text()
    for said in ("<title>Undo plan ", f"It takes back what the run {name} wrote.", f"the undo of the run {name}"):
        assert said in page
    assert '<th class="count">deleted</th>' in page
    assert f"--undo {name}" in ran.err


def test_an_undo_says_at_the_step_what_is_not_restored_and_nothing_false_of_what_it_brought_back(
    empty: Simulator, tmp_path: Path
) -> None:
    first = singer(
        ("vendors", ["name"], [{"name": "A", "taxId": "123456789", "phone": "1"}]), bills(bill("A", "1", 100))
    )
    assert load(empty, tmp_path, first).code == 0
    later = singer(
        ("vendors", ["name"], [{"name": "A", "taxId": "987654321", "phone": "2"}]),
        bills({**bill("A", "1", 100), "isActive": "2"}),
    )
    assert load(empty, tmp_path, later, allow_deletes=True).code == 0
    name = report(tmp_path)["receipts"].rpartition("/")[2].removesuffix("-receipts.jsonl")
    assert undo(empty, tmp_path, name, mode="plan", plan="undo.json").code == 0
    steps = json.loads((tmp_path / "undo.json").read_text())["steps"]
    told = {each["action"]: each["shown"]["warnings"] for each in steps}
    assert told == {
        "update": ["`taxId` not restored: the run wrote it, and bank and tax numbers are not kept"],
        "undelete": [],
    }
    assert "`taxId` not restored" in (tmp_path / "undo.html").read_text()
    ran = undo(empty, tmp_path, name)
    assert ran.code == 0, ran.err
    assert account(tmp_path, "bills") == {"updated": 1}
    assert "already as it was" not in ran.err


def test_a_plan_names_its_input(empty: Simulator, tmp_path: Path) -> None:
    named = {**bill("A", "1", 5), "_sdc_source_file": "b.csv", "_sdc_source_lineno": 7}
    (tmp_path / "in.jsonl").write_text(singer(vendors("A"), bills(named)))
    ran = run("target_bill", settings(empty, mode="plan", plan="plan.json"), tmp_path, "--input", "in.jsonl")
    assert ran.code == 0, ran.err
    about = json.loads((tmp_path / "plan.json").read_text())["about"]
    assert (about["input"], about["undoes"]) == ("in.jsonl", None)
    assert about["files"] == [{"stream": "bills", "file": "b.csv", "records": 1, "rows": 1}]
    assert "<dd>in.jsonl</dd>" in (tmp_path / "plan.html").read_text()
    assert {each["input"] for each in table(tmp_path / "plan.csv")} == {"in.jsonl"}
    assert table(tmp_path / "plan.csv")[1]["source_rows"] == "7"


def test_parties_and_streams_add_up_to_the_net_whatever_a_plan_does() -> None:
    chance = random.Random(1)  # noqa: S311  the same ones each time
    kinds = {"bills": "Vendor", "vendor_credits": "Vendor", "recurring_bills": "Vendor", "invoices": "Customer"}
    for _ in range(50):
        totals = [
            {
                "party_is": kinds[stream],
                "party": chance.choice("ABC"),
                "stream": stream,
                "action": chance.choice(("create", "update", "delete", "undelete")),
                "documents": chance.randrange(5),
                "amount_before": str(Decimal(chance.randrange(10_000)) / 100),
                "amount": str(Decimal(chance.randrange(10_000)) / 100),
            }
            for stream in chance.choices(tuple(kinds), k=chance.randrange(1, 9))
        ]
        for side in sides(totals):
            booked = [amount for stream, amount in side.streams.items() if not stream.startswith("recurring")]
            for row, amount in side.rows:  # what is owed by nobody has its amount all the same
                if row["stream"] == "recurring_bills" and row["action"] == "create":
                    assert amount.becomes == Decimal(row["amount"])
            for parts in (booked, [*side.parties.values()]):
                assert sum(each.change for each in parts) == side.net.change
                assert sum(each.documents for each in parts) == side.net.documents
                assert sum(each.becomes for each in parts) - sum(each.was for each in parts) == side.net.change
