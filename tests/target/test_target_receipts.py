"""What was done: a receipt for every object that a run created, changed or deleted."""

from __future__ import annotations

import csv
import io
import json
import stat
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conftest import client_for, run, settings
from target_run import bill, bills, books, load, report, singer, vendors

from bill_api.entities import BY_NAME

if TYPE_CHECKING:
    from bill_simulator import Simulator


def receipts(folder: Path) -> list[dict[str, Any]]:
    path = report(folder)["receipts"]
    return [json.loads(line, parse_float=Decimal) for line in (folder / path).read_text().splitlines()] if path else []


def test_every_object_that_a_run_writes_has_a_receipt_and_no_other(empty: Simulator, tmp_path: Path) -> None:
    first = [bill("A", "1", "10.10"), bill("A", "2", 5), bill("A", "3", 5)]
    load(empty, tmp_path, singer(vendors("A"), bills(*first)))
    found = receipts(tmp_path)
    ids = {each["invoiceNumber"]: each["id"] for each in books(empty, "Bill")}
    assert [(each["number"], each["action"], each["stream"], each["amount"]) for each in found] == [
        (1, "created", "vendors", None),
        (2, "created", "bills", "10.10"),
        (3, "created", "bills", "5.00"),
        (4, "created", "bills", "5.00"),
    ]
    assert {each["key"]: each["bill_id"] for each in found[1:]} == {f"A / {number}": ids[number] for number in ids}
    assert all(each["before"] is None for each in found)

    later = [{**first[0], "description": "new"}, first[1], {**first[2], "isActive": "2"}]
    load(empty, tmp_path, singer(vendors("A"), bills(*later)), allow_deletes=True)
    deleted, changed = sorted(receipts(tmp_path), key=lambda each: str(each["action"]))
    assert (changed["action"], changed["before"], changed["after"]) == (
        "updated",
        {"description": None},
        {"description": "new"},
    )
    assert (deleted["action"], deleted["bill_id"]) == ("deleted", ids["3"])
    load(empty, tmp_path, singer(vendors("A"), bills(first[1])))
    assert report(tmp_path)["receipts"] is None


def test_before_and_after_are_what_bill_held_and_holds_by_id_and_name_and_to_the_cent(
    empty: Simulator, tmp_path: Path
) -> None:
    client = client_for(empty)
    account = client.create(BY_NAME["ChartOfAccount"], {"name": "Paper", "accountType": "7"})["id"]
    line = {"chartOfAccountName": "Paper", "description": "x"}
    first = {**bill("A", "1"), "billLineItems": [{"amount": 2000, **line}]}
    load(empty, tmp_path, singer(vendors("A"), bills(first)))
    vendor = books(empty, "Vendor")[0]["id"]
    created = receipts(tmp_path)[1]
    assert (created["before"], created["amount_before"], created["amount"]) == (None, None, "2000.00")
    said = created["after"]
    assert (said["vendorId"], said["vendorName"]) == (vendor, "A")
    told = said["billLineItems"][0]
    assert (told["chartOfAccountId"], told["chartOfAccountName"], str(told["amount"])) == (account, "Paper", "2000.00")

    later = {**first, "billLineItems": [{"amount": "1991.7", "description": "x"}]}
    load(empty, tmp_path, singer(bills(later)), allow_fewer_lines=["bills"])
    (changed,) = receipts(tmp_path)
    assert changed["before"].keys() == changed["after"].keys() == {"billLineItems"}
    was, now = (changed[each]["billLineItems"][0] for each in ("before", "after"))
    assert (str(was["amount"]), str(now["amount"])) == ("2000.00", "1991.70")
    held = next(each for each in books(empty, "Bill") if each["isActive"] == "1")["billLineItems"][0]
    assert (was["chartOfAccountId"], now["id"]) == (account, held["id"])
    assert now.get("chartOfAccountId") == held["chartOfAccountId"]
    assert (changed["amount_before"], changed["amount"]) == ("2000.00", "1991.70")

    undone = Path(str(report(tmp_path)["receipts"])).name.removesuffix("-receipts.jsonl")
    assert run("target_bill", settings(empty), tmp_path, "--undo", undone).code == 0
    (back,) = receipts(tmp_path)
    assert (back["amount_before"], back["amount"]) == ("1991.70", "2000.00")
    # Deleted is not to have an amount of nothing: what it was is there to be read.
    gone = singer(bills({**first, "isActive": "2"}))
    load(empty, tmp_path, gone, allow_deletes=True)
    (deleted,) = receipts(tmp_path)
    assert (deleted["action"], deleted["amount_before"], deleted["amount"]) == ("deleted", "2000.00", None)
    assert (deleted["before"]["vendorName"], deleted["before"]["invoiceNumber"]) == ("A", "1")
    assert deleted["after"] == {"isActive": "2"}
    load(empty, tmp_path, singer(bills({**first, "isActive": "1", "poNumber": "P"})))
    (again,) = receipts(tmp_path)
    assert (again["before"], again["after"]) == (
        {"isActive": "2", "poNumber": None},
        {"isActive": "1", "poNumber": "P"},
    )
    assert (again["amount_before"], again["amount"]) == (None, "2000.00")


def test_a_spreadsheet_keeps_keys_and_names_of_a_receipt_as_they_are_and_adds_amounts_up(
    empty: Simulator, tmp_path: Path
) -> None:
    text = singer(vendors("0012"), bills(bill("0012", "1E5", "1000.10")))
    load(empty, tmp_path, text, mode="plan", plan="plan.json")
    planned = list(csv.DictReader(io.StringIO((tmp_path / "plan.csv").read_text(encoding="utf-8-sig"))))
    assert (planned[1]["party"], planned[1]["head.invoiceNumber"], planned[1]["amount"]) == ("'0012", "'1E5", "1000.10")
    assert (planned[1]["head.dueDate"], planned[1]["number"]) == ("2026-03-31", "2")
    load(empty, tmp_path, text)
    path = (tmp_path / report(tmp_path)["receipts"]).with_suffix(".csv")
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    assert [(each["key"], each["amount"]) for each in rows] == [("'0012", ""), ("'0012 / 1E5", "1000.10")]


def test_receipts_are_a_table_and_a_singer_stream_that_any_target_takes(empty: Simulator, tmp_path: Path) -> None:
    record = {**bill("=A", "1", 5), "_source_file": "bills.csv", "_source_rows": [2, 3]}
    load(empty, tmp_path, singer(vendors("=A"), bills(record)))
    path = tmp_path / report(tmp_path)["receipts"]
    table = list(csv.DictReader(io.StringIO(path.with_suffix(".csv").read_text(encoding="utf-8-sig"))))
    assert [(each["key"], each["amount"]) for each in table] == [("'=A", ""), ("'=A / 1", "5.00")]
    assert (table[1]["source_file"], table[1]["source_rows"]) == ("bills.csv", "[2,3]")
    assert all(stat.S_IMODE(each.stat().st_mode) == 0o600 for each in path.parent.glob("*receipts*"))
    ran = run("target_duckdb", {"filepath": "w.duckdb"}, tmp_path, stdin=path.with_suffix(".singer").read_text())
    assert ran.code == 0, ran.err
    import duckdb  # noqa: PLC0415

    with duckdb.connect(str(tmp_path / "w.duckdb"), read_only=True) as warehouse:
        rows = warehouse.execute("SELECT number, action, amount FROM tap_bill.receipts ORDER BY 1").fetchall()
    assert rows == [(1, "created", None), (2, "created", "5.00")]


def test_receipts_say_where_a_record_came_from_as_far_as_that_is_known(empty: Simulator, tmp_path: Path) -> None:
    ours = {**bill("A", "1", 5), "_source_file": "bills.csv", "_source_rows": [2, 3]}
    theirs = {**bill("A", "2", 5), "_sdc_source_file": "/in/b.csv", "_sdc_source_lineno": 7}
    text = singer(vendors("A"), ("ap", ["invoiceNumber"], [ours, theirs, bill("A", "3", 5)]))
    more = {"source": "eu", "stream_maps": {"ap": {"__alias__": "bills"}}}
    (tmp_path / "in.jsonl").write_text(text)
    ran = run("target_bill", settings(empty, **more), tmp_path, "--input", "in.jsonl")
    assert ran.code == 0, ran.err
    _, *found = receipts(tmp_path)
    assert [(each["source_file"], each["source_rows"]) for each in found] == [
        ("bills.csv", [2, 3]),
        ("/in/b.csv", [7]),
        (None, None),
    ]
    assert {(each["input"], each["source"], each["incoming"]) for each in found} == {("in.jsonl", "eu", "ap")}
    assert report(tmp_path)["input"] == "in.jsonl"
    load(empty, tmp_path, singer(vendors("B")))
    assert [(each["input"], each["source"]) for each in receipts(tmp_path)] == [(None, None)]


def test_receipts_name_the_plan_that_was_carried_out_and_a_plan_has_none(empty: Simulator, tmp_path: Path) -> None:
    text = singer(vendors("A"), bills(bill("A", "1", 5)))
    load(empty, tmp_path, text, mode="plan", plan="plan.json")
    assert report(tmp_path)["receipts"] is None
    ran = load(empty, tmp_path, text, plan="plan.json")
    plan = json.loads((tmp_path / "plan.json").read_text())["hash"]
    assert {each["plan"] for each in receipts(tmp_path)} == {plan}
    assert (report(tmp_path)["plan"], f"carried out was the plan {plan}" in ran.err) == (plan, True)


def test_bank_and_tax_numbers_stand_in_no_receipt(empty: Simulator, tmp_path: Path) -> None:
    record = {"name": "A", "taxId": "123456789"}
    load(empty, tmp_path, singer(("vendors", ["name"], [record])))
    load(empty, tmp_path, singer(("vendors", ["name"], [{**record, "taxId": "987654321", "phone": "7"}])))
    texts = "".join(path.read_text() for path in (tmp_path / ".bill/reports").glob("*receipts*"))
    assert "taxId" in texts
    assert not any(number in texts for number in ("123456789", "987654321"))
