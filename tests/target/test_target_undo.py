"""Undo: what a run wrote is taken back where nothing has touched it, and everything else is named."""

from __future__ import annotations

import json
import os
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from conftest import run, settings
from programs import Started
from simulator_caller import Caller
from target_run import (
    ORGANIZATION,
    WAIT_S,
    account,
    bill,
    bills,
    books,
    last_run,
    load,
    opened,
    refused,
    rejects,
    report,
    singer,
    started,
    undo,
    until,
    vendors,
    writes,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bill_simulator import Simulator

DELETES = {"allow_deletes": True, "allow_fewer_lines": ["bills"]}
LINE_FIELDS = ("amount", "description", "departmentId")
TOLD_BY_BILL = ("updatedTime", "billLineItems", "item", "expense")


@pytest.fixture
def person(empty: Simulator) -> Iterator[Caller]:
    """A person who works in BILL beside the target."""
    with Caller(empty) as caller:
        yield caller


def loaded(
    simulator: Simulator, folder: Path, *records: dict[str, Any], names: tuple[str, ...] = ("A",), **more: Any
) -> str:
    """Load vendors and bills; the run's name."""
    ran = load(simulator, folder, singer(vendors(*names), bills(*records)), **DELETES, **more)
    assert ran.code == 0, ran.err
    return last_run(folder)


def content(simulator: Simulator, entity: str) -> dict[str, dict[str, Any]]:
    """All that a person sees of the objects, by their ids."""
    found = {}
    for row in books(simulator, entity):
        seen = {name: value for name, value in row.items() if name not in TOLD_BY_BILL}
        seen["lines"] = [{name: line.get(name) for name in LINE_FIELDS} for line in row.get("billLineItems", ())]
        found[row["id"]] = seen
    return found


def active(simulator: Simulator, entity: str) -> dict[str, dict[str, Any]]:
    return {key: row for key, row in content(simulator, entity).items() if row["isActive"] == "1"}


def settled(folder: Path) -> list[Any]:
    with opened(folder) as ledger:
        return ledger.execute("SELECT * FROM settled ORDER BY 1, 2, 3").fetchall()


def number(simulator: Simulator, invoice: str) -> dict[str, Any]:
    return next(each for each in books(simulator, "Bill") if each["invoiceNumber"] == invoice)


def pay(person: Caller, paid: dict[str, Any], amount: Any) -> None:
    person.control.switch(record_payments="offer")
    pays = [{"entity": "BillPay", "billId": paid["id"], "amount": amount}]
    sent = {"vendorId": paid["vendorId"], "toPrintCheck": False, "processDate": "2026-03-03", "billPays": pays}
    person.ok("/RecordAPPayment.json", sent)


FIRST = (bill("A", "1", "10.10"), bill("A", "2", 5, 6), bill("A", "3", 7))


def test_what_a_run_created_is_deleted_children_first_and_the_same_file_loads_again(
    empty: Simulator, tmp_path: Path
) -> None:
    name = loaded(empty, tmp_path, *FIRST)
    empty.control.forget_requests()
    ran = undo(empty, tmp_path, name)
    assert ran.code == 0, ran.err
    assert (active(empty, "Bill"), active(empty, "Vendor"), settled(tmp_path)) == ({}, {}, [])
    sent = [each["path"] for each in empty.control.requests() if "/Delete/" in each["path"]]
    assert [each.rpartition("/")[2] for each in sent] == ["Bill.json"] * 3 + ["Vendor.json"]
    assert (account(tmp_path, "bills"), account(tmp_path, "vendors")) == ({"deleted": 3}, {"deleted": 1})
    assert report(tmp_path)["receipts"]
    loaded(empty, tmp_path, *FIRST)
    assert (account(tmp_path, "bills"), account(tmp_path, "vendors")) == ({"created": 3}, {"created": 1})


def test_what_a_run_changed_deleted_and_brought_back_is_as_it_was_to_the_field(
    empty: Simulator, tmp_path: Path
) -> None:
    first = loaded(empty, tmp_path, *FIRST, bill("A", "4", 8))
    second = loaded(empty, tmp_path, *FIRST, {**bill("A", "4", 8), "isActive": "2"})
    before, rows = content(empty, "Bill"), settled(tmp_path)
    changed = (
        {**bill("A", "1", "10.10"), "description": "new", "dueDate": "2026-04-30", "poNumber": "P"},
        {**bill("A", "2", 5), "billLineItems": [{"amount": 5, "description": "x"}, {"amount": 1}, {"amount": 2}]},
        {**FIRST[2], "isActive": "2"},
        {**bill("A", "4", 9), "description": "back", "isActive": "1"},
    )
    third = loaded(empty, tmp_path, *changed)
    assert account(tmp_path, "bills") == {"updated": 3, "deleted": 1}
    ran = undo(empty, tmp_path, third, **DELETES)
    assert ran.code == 0, ran.err
    assert content(empty, "Bill") == before
    assert settled(tmp_path) == rows
    assert account(tmp_path, "bills") == {"updated": 4}
    fourth = loaded(empty, tmp_path, *changed)
    assert account(tmp_path, "bills") == {"updated": 3, "deleted": 1}
    # The order of several is the user's: what a later run wrote is named, and taken back by its own undo.
    assert undo(empty, tmp_path, first).code == 1
    told = [each[3] for each in refused(tmp_path) if each[0] == "bills"]
    assert [each.partition(" was written again by ")[2] for each in told] == [f"the run {fourth}"] * 4
    for each in (fourth, second, first):
        ran = undo(empty, tmp_path, each, **DELETES)
        assert ran.code == 0, ran.err
    assert (active(empty, "Bill"), active(empty, "Vendor"), settled(tmp_path)) == ({}, {}, [])


def test_only_the_fields_that_the_run_changed_are_sent_back(empty: Simulator, tmp_path: Path) -> None:
    loaded(empty, tmp_path, {**FIRST[0], "description": "old", "poNumber": "7"})
    name = loaded(empty, tmp_path, {**FIRST[0], "description": "new", "poNumber": "7"})
    ids = [line["id"] for line in number(empty, "1")["billLineItems"]]
    undo(empty, tmp_path, name)
    assert (number(empty, "1")["description"], number(empty, "1")["poNumber"]) == ("old", "7")
    assert [line["id"] for line in number(empty, "1")["billLineItems"]] == ids
    (receipt,) = [
        json.loads(line) for line in (tmp_path / report(tmp_path)["receipts"]).read_text().splitlines() if line
    ]
    assert (receipt["action"], receipt["before"], receipt["after"]) == (
        "updated",
        {"description": "new"},
        {"description": "old"},
    )


def test_what_was_paid_edited_or_approved_is_not_touched_and_its_vendor_stays(
    empty: Simulator, tmp_path: Path, person: Caller
) -> None:
    name = loaded(empty, tmp_path, *FIRST, bill("B", "4", 8), names=("A", "B", "C"))
    pay(person, number(empty, "1"), 10.10)
    pay(person, number(empty, "2"), 1)
    edited = number(empty, "3")
    person.update("Bill", id=edited["id"], description="by hand", dueDate="2026-05-01")
    untouched = {each: number(empty, each) for each in "123"}
    ran = undo(empty, tmp_path, name)
    assert ran.code == 1
    assert f"4 of what the run {name} wrote is not taken back" in ran.err
    by_key = {key: (field, reason) for _, key, field, reason in refused(tmp_path)}
    assert by_key["a / 1"] == ("paymentStatus", "its payment status is '0' (paid in full)")
    assert by_key["a / 2"] == ("paymentStatus", "its payment status is '2' (partially paid)")
    assert by_key["a / 3"] == (
        "dueDate",
        (
            f"{edited['id']} is not as the run left it: `dueDate` from '2026-03-31' to '2026-05-01', "
            "`description` from nothing to 'by hand'"
        ),
    )
    assert "refers to it" in by_key["a"][1]
    assert {each: number(empty, each) for each in "123"} == untouched
    assert {each["name"] for each in active(empty, "Vendor").values()} == {"A"}
    # What stays belongs to its records as before; what went is created again.
    loaded(empty, tmp_path, *FIRST[:2], bill("B", "4", 8), names=("A", "B", "C"))
    assert (account(tmp_path, "bills"), account(tmp_path, "vendors")) == (
        {"unchanged": 2, "created": 1},
        {"unchanged": 1, "created": 2},
    )


@pytest.mark.slow
def test_of_a_thousand_what_is_free_is_as_it_was_and_the_rest_is_named(
    empty: Simulator, tmp_path: Path, person: Caller
) -> None:
    names = [f"V{place}" for place in range(20)]
    records = [bill(names[place % 20], str(place), place + 1, "0.50", description="as loaded") for place in range(980)]
    loaded(empty, tmp_path, *records, names=tuple(names))
    before = content(empty, "Bill")
    changed = [{**each, "description": "wrong"} for each in records[:300]]
    name = loaded(empty, tmp_path, *changed, *(bill("W", str(place), 1) for place in range(100)), names=(*names, "W"))
    by_number = {each["invoiceNumber"]: each for each in books(empty, "Bill") if each["description"] == "wrong"}
    for place in range(5):
        pay(person, by_number[str(place)], place + 1)
        person.update("Bill", id=by_number[str(place + 10)]["id"], description="by hand")
    touched = {by_number[str(place)]["id"] for place in (*range(5), *range(10, 15))}
    left = content(empty, "Bill")
    assert undo(empty, tmp_path, name).code == 1
    assert len(rejects(tmp_path)) == len(touched)
    now = content(empty, "Bill")
    assert {key: row for key, row in now.items() if key in touched} == {key: left[key] for key in touched}
    assert {key: row for key, row in now.items() if key in before.keys() - touched} == {
        key: row for key, row in before.items() if key not in touched
    }
    assert {row["isActive"] for key, row in now.items() if key not in before} == {"2"}
    load(empty, tmp_path, singer(vendors(*names), bills(*(each for place, each in enumerate(records) if place >= 15))))
    assert account(tmp_path, "bills") == {"unchanged": 965}


def test_a_vendor_that_a_bill_of_a_person_refers_to_stays(empty: Simulator, tmp_path: Path, person: Caller) -> None:
    name = loaded(empty, tmp_path, FIRST[0])
    vendor = books(empty, "Vendor")[0]["id"]
    days = {"invoiceDate": "2026-03-01", "dueDate": "2026-03-31"}
    own = person.create("Bill", vendorId=vendor, invoiceNumber="own", billLineItems=[{"amount": 1}], **days)
    undo(empty, tmp_path, name)
    assert [each[3] for each in refused(tmp_path)] == [
        f"{vendor} stays as long as Bill A / own ({own['id']}) refers to it"
    ]
    assert (set(active(empty, "Bill")), set(active(empty, "Vendor"))) == ({own["id"]}, {vendor})
    person.on("Delete", "Bill", own["id"])
    assert undo(empty, tmp_path, name).code == 0
    assert active(empty, "Vendor") == {}


def test_a_tree_is_taken_back_from_its_leaves(empty: Simulator, tmp_path: Path) -> None:
    records = [{"name": "top"}, {"name": "a", "parentName": "top"}, {"name": "b", "parentName": "top:a"}]
    load(empty, tmp_path, singer(("customers", ["name"], records)))
    assert undo(empty, tmp_path, last_run(tmp_path)).code == 0
    assert active(empty, "Customer") == {}


def test_undoing_twice_does_nothing_and_an_unknown_run_lists_the_others(empty: Simulator, tmp_path: Path) -> None:
    name = loaded(empty, tmp_path, FIRST[0])
    ran = undo(empty, tmp_path, "20200101T000000Z-1")
    assert ran.code == 2
    assert f"those that can be undone: {name} (2 writes)" in ran.err
    assert len(active(empty, "Bill")) == 1
    undo(empty, tmp_path, name)
    empty.control.forget_requests()
    ran = undo(empty, tmp_path, name)
    assert (ran.code, writes(empty)) == (0, [])
    assert "has been taken back already" in ran.err
    assert "there is none that can be undone" in undo(empty, tmp_path, "x").err


def test_a_plan_of_an_undo_writes_nothing_and_an_approved_one_is_carried_out(
    empty: Simulator, tmp_path: Path, person: Caller
) -> None:
    loaded(empty, tmp_path, *FIRST[:2], bill("A", "4", 8))
    loaded(empty, tmp_path, *FIRST[:2], {**bill("A", "4", 8), "isActive": "2"})
    name = loaded(empty, tmp_path, {**FIRST[0], "description": "new"}, FIRST[1], bill("A", "5", 8))
    last = loaded(empty, tmp_path, {**FIRST[1], "isActive": "2"}, {**bill("A", "4", 9), "isActive": "1"})
    before, rows = content(empty, "Bill"), settled(tmp_path)
    empty.control.forget_requests()
    for run_name, file in ((last, "last.json"), (name, "plan.json")):
        ran = undo(empty, tmp_path, run_name, mode="plan", plan=file)
        assert ran.code == 0, ran.err
    assert (writes(empty), settled(tmp_path)) == ([], rows)
    steps = [(each["stream"], each["source_key"], each["action"]) for each in plan(tmp_path / "last.json")]
    assert steps == [("bills", "a / 2", "undelete"), ("bills", "a / 4", "update")]
    steps = [(each["stream"], each["source_key"], each["action"]) for each in plan(tmp_path / "plan.json")]
    assert steps == [("bills", "a / 1", "update"), ("bills", "a / 5", "delete")]
    person.update("Bill", id=number(empty, "5")["id"], description="x")
    ran = undo(empty, tmp_path, name, plan="plan.json")
    assert ran.code == 1
    assert [each[1] for each in refused(tmp_path)] == ["a / 5"]
    assert number(empty, "1")["description"] is None
    ran = undo(empty, tmp_path, last, plan="plan.json")
    assert {each[3] for each in refused(tmp_path)} == {
        "undelete of a / 2 does not stand in the approved plan plan.json",
        "update of a / 4 does not stand in the approved plan plan.json",
    }
    assert undo(empty, tmp_path, last, plan="last.json").code == 0
    assert {key: row for key, row in content(empty, "Bill").items() if row["invoiceNumber"] not in {"1", "5"}} == {
        key: {**row, **({"isActive": "1"} if row["invoiceNumber"] == "2" else {})}
        | ({"isActive": "2", "amount": 8, "dueAmount": 8} if row["invoiceNumber"] == "4" else {})
        | ({"lines": [{**row["lines"][0], "amount": 8}]} if row["invoiceNumber"] == "4" else {})
        for key, row in before.items()
        if row["invoiceNumber"] not in {"1", "5"}
    }


def plan(path: Path) -> list[dict[str, Any]]:
    return list(json.loads(path.read_text())["steps"])


def test_bank_and_tax_numbers_are_kept_nowhere_and_named_where_they_are_not_restored(
    empty: Simulator, tmp_path: Path
) -> None:
    numbers = ("123456789", "987654321")
    first, second = ({"name": "A", "taxId": each, "phone": each[0]} for each in numbers)
    load(empty, tmp_path, singer(("vendors", ["name"], [first])))
    load(empty, tmp_path, singer(("vendors", ["name"], [second])))
    name = last_run(tmp_path)
    load(empty, tmp_path, singer(("vendors", ["name"], [{**second, "taxId": "555666777"}])))
    hidden_only = last_run(tmp_path)
    assert undo(empty, tmp_path, hidden_only).code == 1
    assert "the run changed only taxId of" in refused(tmp_path)[0][3]
    with opened(tmp_path) as ledger:
        ledger.execute("UPDATE settled SET run = ?", (name,))
        time = books(empty, "Vendor")[0]["updatedTime"]
        ledger.execute("UPDATE writes SET stored = json_set(stored, '$.updatedTime', ?) WHERE run = ?", (time, name))
    ran = undo(empty, tmp_path, name)
    assert ran.code == 0, ran.err
    assert "not restored: `taxId` of vendors, for bank and tax numbers are not kept" in ran.err
    assert books(empty, "Vendor")[0]["phone"] == "1"
    files = b"".join(path.read_bytes() for path in (tmp_path / ".bill").rglob("*") if path.is_file())
    assert not any(each.encode() in files for each in (*numbers, "555666777"))


def test_an_object_with_a_hidden_number_that_was_changed_later_is_not_touched(
    empty: Simulator, tmp_path: Path, person: Caller
) -> None:
    load(empty, tmp_path, singer(("vendors", ["name"], [{"name": "A", "taxId": "123456789"}])))
    empty.control.advance(60)
    vendor = books(empty, "Vendor")[0]["id"]
    person.update("Vendor", id=vendor, name="A", taxId="111111111")
    assert undo(empty, tmp_path, last_run(tmp_path)).code == 1
    assert refused(tmp_path)[0][2] == "taxId"
    assert set(active(empty, "Vendor")) == {vendor}


def test_nothing_is_kept_with_undo_days_0_and_old_writes_go(empty: Simulator, tmp_path: Path) -> None:
    load(empty, tmp_path, singer(vendors("A")))
    name = last_run(tmp_path)
    with opened(tmp_path) as ledger:
        ledger.execute("UPDATE writes SET run = '20200101T000000Z-1'")
    load(empty, tmp_path, singer(vendors("A", "B")), undo_days=0)
    with opened(tmp_path) as ledger:
        assert ledger.execute("SELECT count(*) FROM writes").fetchone() == (0,)
    assert b"20200101T000000Z-1" not in (tmp_path / ".bill/ledger.sqlite3").read_bytes()
    assert "there is none that can be undone" in undo(empty, tmp_path, name, undo_days=0).err


def test_files_stay_and_are_named_unless_they_are_gone_with_their_object(empty: Simulator, tmp_path: Path) -> None:
    (tmp_path / "scans").mkdir()
    (tmp_path / "scans/1.pdf").write_bytes(b"%PDF-1.4 one")
    (tmp_path / "scans/2.pdf").write_bytes(b"%PDF-1.4 two")
    files = {"attachment_dir": "scans"}
    text = singer(vendors("A"), bills({**bill("A", "1", 1), "attachments": ["1.pdf"]}))
    load(empty, tmp_path, text, **files)
    first = last_run(tmp_path)
    load(
        empty, tmp_path, singer(vendors("A"), bills({**bill("A", "1", 1), "attachments": ["1.pdf", "2.pdf"]})), **files
    )
    assert undo(empty, tmp_path, last_run(tmp_path), **files).code == 1
    assert ["no call is known that takes a file away" in each[3] for each in refused(tmp_path)] == [True]
    ran = undo(empty, tmp_path, first, **files)
    assert ran.code == 0, ran.err
    assert account(tmp_path, "attachments") == {"unchanged": 1}
    load(empty, tmp_path, text, **files)
    assert account(tmp_path, "attachments") == {"created": 1}


def test_what_was_made_on_the_way_is_taken_back_too(empty: Simulator, tmp_path: Path) -> None:
    load(empty, tmp_path, singer(bills(bill("A", "1", 1))), create_missing=["vendors"])
    name = last_run(tmp_path)
    assert undo(empty, tmp_path, name).code == 0
    assert (active(empty, "Vendor"), settled(tmp_path)) == ({}, [])


@pytest.mark.parametrize("level", ["off", "warn", "reject"])
def test_the_same_file_loads_again_also_where_it_made_vendors_and_names_are_suspected(
    empty: Simulator, tmp_path: Path, level: str
) -> None:
    more = {"create_missing": ["vendors"], "similar_names": level}
    text = singer(bills(bill("Acme", "1", 1), bill("Acme", "2", 2), bill("Other", "1", 3)))
    assert load(empty, tmp_path, text, **more).code == 0
    for _ in range(2):
        assert undo(empty, tmp_path, last_run(tmp_path)).code == 0
        ran = load(empty, tmp_path, text, **more)
        assert ran.code == 0, ran.err
        assert "is nearly" not in ran.err
        assert (account(tmp_path, "bills"), account(tmp_path, "vendors")) == ({"created": 3}, {"created": 2})
    assert sorted(each["name"] for each in active(empty, "Vendor").values()) == ["Acme", "Other"]


def test_a_vendor_that_a_person_deleted_is_still_told_of(empty: Simulator, tmp_path: Path, person: Caller) -> None:
    """Only what an undo has deleted is nobody's."""
    vendor = person.vendor("Acme")
    person.on("Delete", "Vendor", vendor)
    load(empty, tmp_path, singer(bills(bill("Acme", "1", 1))), create_missing=["vendors"])
    assert [each[3] for each in refused(tmp_path)] == [f"Vendor {vendor} (Acme) is inactive in BILL"]


def test_what_an_undo_deleted_is_brought_back_where_its_number_is_still_taken(
    empty: Simulator, tmp_path: Path, person: Caller
) -> None:
    """That the number of a deleted bill is free again is not known."""
    empty.control.switch(duplicates_of_inactive="count")
    person.vendor("A")
    text = singer(bills(*FIRST))
    load(empty, tmp_path, text)
    before = content(empty, "Bill")
    first = last_run(tmp_path)
    assert undo(empty, tmp_path, first).code == 0
    ran = load(empty, tmp_path, text)
    assert ran.code == 0, ran.err
    assert content(empty, "Bill") == before
    second = last_run(tmp_path)
    assert load(empty, tmp_path, text).code == 0
    assert account(tmp_path, "bills") == {"unchanged": 3}
    assert undo(empty, tmp_path, second, **DELETES).code == 0
    assert active(empty, "Bill") == {}


def test_what_was_adopted_by_a_change_is_free_again(empty: Simulator, tmp_path: Path, person: Caller) -> None:
    vendor = person.vendor("A")
    before = content(empty, "Vendor")
    load(empty, tmp_path, singer(("vendors", ["name"], [{"name": "A", "phone": "1"}])))
    assert undo(empty, tmp_path, last_run(tmp_path)).code == 0
    assert (content(empty, "Vendor"), settled(tmp_path), list(before)) == (before, [], [vendor])


def test_a_write_that_the_ledger_cannot_tell_stops_the_undo(empty: Simulator, tmp_path: Path) -> None:
    name = loaded(empty, tmp_path, FIRST[0])
    with opened(tmp_path) as ledger:
        ledger.execute("UPDATE writes SET stored = 'x' WHERE stream = 'vendors'")
    ran = undo(empty, tmp_path, name)
    assert ran.code == 1
    assert f"table `writes`, the row of {name} vendors" in ran.err
    assert "Traceback" not in ran.err


def test_undo_reads_no_input(empty: Simulator, tmp_path: Path) -> None:
    (tmp_path / "input.jsonl").write_text("")
    ran = run("target_bill", settings(empty), tmp_path, "--undo", "x", "--input", "input.jsonl")
    assert ran.code == 2
    assert "--undo reads no input" in ran.err


@pytest.mark.parametrize(
    "switches",
    [
        {"update_absent": "clear", "empty_fields": "omit"},
        {"update_lines": "merge", "empty_fields": "empty_text"},
        {"update_without_lines": "wipe", "update_mandatory": "required", "bulk_top_level": "all_failed"},
    ],
)
def test_what_is_not_known_of_bill_does_not_matter(empty: Simulator, tmp_path: Path, switches: dict[str, str]) -> None:
    empty.control.switch(**switches)
    first = (*FIRST, {**bill("A", "4", 8, 9), "poNumber": "P"})
    loaded(empty, tmp_path, *first)
    before, rows = content(empty, "Bill"), settled(tmp_path)
    changed = [{**each, "description": f"new {place}"} for place, each in enumerate(first[:3])]
    name = loaded(empty, tmp_path, *changed, {**bill("A", "4", 8, 10), "poNumber": "Q"}, bill("A", "5", 1))
    ran = undo(empty, tmp_path, name, **DELETES)
    assert ran.code == 0, ran.err
    left = {key: row for key, row in content(empty, "Bill").items() if row["invoiceNumber"] != "5"}
    assert left == before
    assert settled(tmp_path) == rows


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "html_502"])
@pytest.mark.parametrize("path", ["*/Crud/Delete/*", "*/Crud/Update/*", "*/Crud/Undelete/*"])
def test_an_answer_that_is_lost_leaves_nothing_half(empty: Simulator, tmp_path: Path, kind: str, path: str) -> None:
    empty.control.fault(kind, path, nth=1, count=1)
    loaded(empty, tmp_path, *FIRST)
    before, rows = content(empty, "Bill"), settled(tmp_path)
    second = {**FIRST[0], "description": "n"}, {**FIRST[1], "isActive": "2"}, bill("A", "5", 1)
    name = loaded(empty, tmp_path, *second, timeout_s=1)
    empty.control.clear_faults()
    empty.control.fault(kind, path, nth=1, count=1)
    ran = undo(empty, tmp_path, name, timeout_s=1)
    assert ran.code == 0, ran.err
    left = {key: row for key, row in content(empty, "Bill").items() if row["invoiceNumber"] != "5"}
    assert (left, number(empty, "5")["isActive"], settled(tmp_path)) == (before, "2", rows)


def runs(folder: Path) -> list[str]:
    """The runs that can be taken back, newest first."""
    with opened(folder) as ledger:
        found = ledger.execute("SELECT DISTINCT run FROM writes WHERE undone_by IS NULL ORDER BY run DESC").fetchall()
    return [name for (name,) in found]


@pytest.mark.parametrize("activity", ["apply", "ignore"])
def test_what_a_run_brought_back_and_changed_is_deleted_again(empty: Simulator, tmp_path: Path, activity: str) -> None:
    """That an update can delete is known of some entities only."""
    empty.control.switch(update_activity=activity)
    loaded(empty, tmp_path, FIRST[0])
    loaded(empty, tmp_path, {**FIRST[0], "isActive": "2"})
    before, rows = content(empty, "Bill"), settled(tmp_path)
    name = loaded(empty, tmp_path, {**FIRST[0], "isActive": "1", "description": "back"})
    assert active(empty, "Bill")
    ran = undo(empty, tmp_path, name)
    assert ran.code == 0, ran.err
    assert (content(empty, "Bill"), settled(tmp_path)) == (before, rows)


@pytest.mark.parametrize("switches", [{}, {"update_absent": "clear"}])
@pytest.mark.parametrize("path", ["*/Crud/Create/*", "*/Crud/Update/*"])
def test_a_run_that_was_killed_is_taken_back_too(
    empty: Simulator, tmp_path: Path, path: str, switches: dict[str, str]
) -> None:
    empty.control.switch(**switches)
    first = (*FIRST[:2], {**FIRST[2], "poNumber": "P", "description": "old"})
    loaded(empty, tmp_path, *first)
    before, rows = content(empty, "Bill"), settled(tmp_path)
    later = singer(vendors("A"), bills(*first[:2], {**first[2], "description": "new"}, bill("A", "9", 1)))
    empty.control.fault("late", path, nth=1, count=1, delay_ms=500)
    process = started(empty, tmp_path, later)
    until(lambda: empty.control.faults()[0]["fired"])
    process.kill()
    process.communicate(timeout=WAIT_S)
    assert load(empty, tmp_path, later, timeout_s=1).code == 0
    killed_too = runs(tmp_path)[:-1]
    for name in killed_too:
        ran = undo(empty, tmp_path, name)
        assert ran.code == 0, ran.err
    assert killed_too
    left = {key: row for key, row in content(empty, "Bill").items() if row["invoiceNumber"] != "9"}
    assert (left, settled(tmp_path), number(empty, "9")["isActive"]) == (before, rows, "2")


@pytest.mark.parametrize("path", ["*/Crud/Delete/*", "*/Crud/Update/*", "*/Crud/Undelete/*"])
def test_an_undo_that_is_killed_is_gone_on_with_by_any_run(empty: Simulator, tmp_path: Path, path: str) -> None:
    loaded(empty, tmp_path, *FIRST)
    before, rows = content(empty, "Bill"), settled(tmp_path)
    changed = (bill("A", "5", 1), FIRST[0], {**FIRST[1], "isActive": "2"}, {**FIRST[2], "description": "n"})
    name = loaded(empty, tmp_path, *changed)
    empty.control.fault("late", path, nth=1, count=1, delay_ms=1000)
    (tmp_path / "config.json").write_text(json.dumps(settings(empty)))
    process = Started("target_bill", ["--config", "config.json", "--undo", name], cwd=tmp_path, env=os.environ)
    operation = path.split("/")[2].lower()
    until(lambda: empty.control.faults()[0]["fired"])
    assert operation in intents(tmp_path)
    process.kill()
    process.communicate(timeout=WAIT_S)
    assert load(empty, tmp_path, singer(vendors("A")), timeout_s=1).code == 0
    assert intents(tmp_path) == []
    if operation != "undelete":  # which is half of it
        with opened(tmp_path) as ledger:
            undone = ledger.execute("SELECT count(*) FROM writes WHERE undone_by IS NOT NULL").fetchone()[0]
        assert undone, "the run that looked back has written down what was taken back"
    ran = undo(empty, tmp_path, name, timeout_s=1)
    assert ran.code == 0, ran.err
    left = {key: row for key, row in content(empty, "Bill").items() if row["invoiceNumber"] != "5"}
    assert (left, number(empty, "5")["isActive"], settled(tmp_path)) == (before, "2", rows)


def intents(folder: Path) -> list[str]:
    with opened(folder) as ledger:
        return [name for (name,) in ledger.execute("SELECT operation FROM intents").fetchall()]


def test_writes_are_of_one_organization(empty: Simulator, tmp_path: Path) -> None:
    name = loaded(empty, tmp_path, FIRST[0])
    with sqlite3.connect(tmp_path / ".bill/ledger.sqlite3") as ledger:
        assert set(ledger.execute("SELECT organization_id, run FROM writes")) == {(ORGANIZATION, name)}
