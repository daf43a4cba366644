"""A write whose answer is lost is looked up and never sent twice."""

from __future__ import annotations

import json
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from conftest import client_for
from programs import Started

from bill_api.doubt.reconciliation import patience_s
from bill_api.entities import BY_NAME

if TYPE_CHECKING:
    from cli_bill import Bill, Here

    from bill_simulator import Simulator

pytest_plugins = ["cli_fixtures"]

CREATE = ("create", "vendor", "--set", "name=Fern")
PATH = "/Crud/Create/Vendor.json"
WAITS_MAX_S = 20


def named(books: Simulator, name: str) -> list[object]:
    return [each for each in books.control.books(books.organization_id, "Vendor") if each["name"] == name]


def sends(books: Simulator, path: str) -> int:
    return sum(each["path"] == path for each in books.control.requests())


@pytest.mark.parametrize("fault", ["drop_after", "cut_json"])
def test_a_create_that_happened_is_adopted_and_shown(here: Here, books: Simulator, fault: str) -> None:
    books.control.fault(fault, PATH)
    ran = here(*CREATE)
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["name"] == "Fern"
    assert "adopted: BILL has 009" in ran.err
    assert len(named(books, "Fern")) == 1
    assert sends(books, PATH) == 1


def test_what_did_not_happen_is_absent_once_it_cannot_happen_any_more(bill: Bill, books: Simulator) -> None:
    vendor = bill.books("Vendor")[0]["id"]
    (bill.folder / "rows.json").write_text('[{"name": "C"}, {"name": "D"}]')
    calls = {
        PATH: CREATE,
        "/Crud/Create/Customer.json": ("create", "customer", "--set", "name=Fern"),
        "/Crud/Update/Vendor.json": ("update", "vendor", vendor, "--set", "shortName=F"),
        "/Crud/Delete/Vendor.json": ("delete", "vendor", vendor, "--yes"),
        "/Bulk/Crud/Create/Vendor.json": ("bulk", "create", "vendors", "rows.json"),
    }
    for number, path in enumerate(calls):
        books.control.fault("html_502" if number == 1 else "drop_before", path)
    began = time.monotonic()
    with ThreadPoolExecutor(len(calls)) as threads:  # side by side, because each has to wait
        ran = dict(zip(calls, threads.map(lambda call: bill(*call, "--timeout-s", "1"), calls.values()), strict=True))
    assert time.monotonic() - began > patience_s(1)
    for path, each in ran.items():
        assert each.code == 3, each.err
        assert sends(books, path) == 1
        assert ("absent: the " in each.err) or [row["result"] for row in json.loads(each.out)] == ["absent"] * 2
    assert not any(named(books, name) for name in ("Fern", "C", "D"))


def test_a_create_that_is_done_after_its_answer_was_given_up_is_found(here: Here, books: Simulator) -> None:
    books.control.fault("late", PATH)  # it is done when the caller has gone
    ran = here(*CREATE, "--timeout-s", "1")
    assert "no answer within 1 s" in ran.err
    assert (ran.code, len(named(books, "Fern"))) == (0, 1)


def test_a_lost_update_and_a_lost_delete_are_looked_at(here: Here, bill: Bill, books: Simulator) -> None:
    vendor = bill.books("Vendor")[0]["id"]
    books.control.fault("drop_after", "/Crud/*/Vendor.json", count=1)
    ran = here("update", "vendor", vendor, "--set", "shortName=F")
    assert (ran.code, json.loads(ran.out)["shortName"]) == (0, "F")
    books.control.fault("drop_after", "/Crud/Delete/Vendor.json")
    ran = here("delete", "vendor", vendor, "--yes")
    assert (ran.code, json.loads(ran.out)["isActive"]) == (0, "2")


def test_a_bill_that_cannot_be_asked_leaves_it_unknown_and_says_where_to_look(here: Here, books: Simulator) -> None:
    books.control.fault("drop_after", PATH)
    books.control.fault("error", "/CurrentTime.json", code="BDC_1145")
    ran = here(*CREATE)
    assert (ran.code, ran.out) == (4, "")
    assert "nobody knows what came of it" in ran.err
    assert "Look at vendors" in ran.err


def test_something_else_in_its_place_is_a_conflict(here: Here, books: Simulator) -> None:
    """BILL may keep a text in another form: here somebody else's vendor of a near name stands in for that."""
    client_for(books).create(BY_NAME["Vendor"], {"name": "F-ern", "shortName": "F"})
    books.control.fault("drop_before", PATH)
    ran = here(*CREATE, "--set", "shortName=Fe", "--timeout-s", "1")
    assert (ran.code, ran.out) == (4, "")
    assert "which differs in name, shortName" in ran.err
    assert sends(books, PATH) == 2
    assert not named(books, "Fern")


def test_each_row_of_a_lost_bulk_call_has_its_result(here: Here, books: Simulator) -> None:
    (here.bill.folder / "rows.json").write_text('[{"name": "A"}, {"name": "B"}]')
    books.control.fault("drop_after", "/Bulk/Crud/Create/Vendor.json")
    ran = here("bulk", "create", "vendors", "rows.json")
    assert ran.code == 0, ran.err
    assert [each["result"] for each in json.loads(ran.out)] == ["adopted", "adopted"]
    assert len(named(books, "A")) == 1


def document(books: Simulator, number: str) -> dict[str, object]:
    vendor = books.control.books(books.organization_id, "Vendor")[0]["id"]
    days = {"invoiceDate": "2026-01-31", "dueDate": "2026-02-28"}
    return {"vendorId": vendor, "invoiceNumber": number, **days, "billLineItems": [{"amount": 10}]}


def test_what_other_rows_became_is_not_taken_for_a_lost_one(here: Here, books: Simulator) -> None:
    """A hundred bills of the same total are there already, made by the call before."""
    path = "/Bulk/Crud/Create/Bill.json"
    rows = [document(books, f"R/{i}") for i in range(101)]
    (here.bill.folder / "rows.json").write_text(json.dumps(rows))
    books.control.fault("drop_before", path, nth=2)
    ran = here("bulk", "create", "bills", "rows.json", "--timeout-s", "2")
    assert [each["result"] for each in json.loads(ran.out)] == ["created"] * 100 + ["absent"]


def test_a_number_that_may_be_taken_twice_tells_nothing_apart(here: Here, books: Simulator) -> None:
    (here.bill.folder / "bill.json").write_text(json.dumps(document(books, "R/1")))
    call = ("create", "bill", "--json", "bill.json", "--allow-duplicate-invoice-number", "--timeout-s", "1")
    assert here(*call).code == 0
    books.control.fault("drop_after", "/Crud/Create/Bill.json")
    ran = here(*call)
    assert (ran.code, ran.out) == (4, "")
    assert "may be what was sent" in ran.err


def test_a_wait_is_told_before_it_begins_and_only_once(here: Here, books: Simulator) -> None:
    books.control.fault("drop_after", PATH)
    assert "may still be executing" not in here(*CREATE).err
    books.control.fault("drop_before", PATH)
    ran = here("create", "vendor", "--set", "name=Oak", "--timeout-s", "1")
    assert ran.err.count("may still be executing") == 1
    assert ran.err.index("may still be executing") < ran.err.index("absent")


def test_an_upload_whose_answer_is_lost_is_in_doubt(here: Here, books: Simulator) -> None:
    (here.bill.folder / "a.pdf").write_bytes(b"%PDF-1.4")
    books.control.fault("drop_after", "/UploadAttachment.json")
    ran = here("raw", "/UploadAttachment.json", "--file", "file=@a.pdf", "--data", '{"fileName": "a.pdf"}')
    assert ran.code == 4
    assert "it may have happened" in ran.err


# Ctrl-C


def interrupted(
    bill: Bill, *arguments: str, until: str, presses: int = 1, sent: signal.Signals = signal.SIGINT
) -> tuple[int, str, str]:
    """A command that gets Ctrl-C, or another signal, when BILL has a call of this path before it."""
    process = Started("bill_cli", arguments, cwd=bill.folder, env=bill.environment)
    deadline = time.monotonic() + WAITS_MAX_S
    while not any(each["path"] == until and each["fired"] for each in bill.simulator.control.faults()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    for press in range(1, presses + 1):
        process.send_signal(sent)
        while press < presses and b"waiting for BILL" not in process.written[1]:
            assert process.poll() is None, process.written
            time.sleep(0.01)
    out, err = process.communicate(timeout=WAITS_MAX_S)
    return process.wait(), out, err


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_waits_for_the_answer_and_ends_as_what_is_done(
    bill: Bill, books: Simulator, sent: signal.Signals
) -> None:
    books.control.fault("late", PATH, delay_ms=700)
    code, out, err = interrupted(bill, *CREATE, until=PATH, sent=sent)
    assert code == 0
    assert json.loads(out)["name"] == "Fern"
    assert "waiting for BILL's answer" in err


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("command", [CREATE, ("bulk", "create", "vendors", "rows.json"), ("list", "bills", "--all")])
def test_a_signal_before_anything_is_changed_ends_with_130(
    bill: Bill, books: Simulator, command: tuple[str, ...], sent: signal.Signals
) -> None:
    (bill.folder / "rows.json").write_text('[{"name": "C"}, {"name": "D"}]')
    until = "/List/Bill.json" if "list" in command else "/Login.json"
    before = bill.books("Vendor")
    books.control.fault("stall", until)
    code, out, err = interrupted(bill, *command, until=until, sent=sent)
    assert (code, out.strip("[\n"), err.strip()) == (130, "", "bill: stopped")
    assert bill.books("Vendor") == before


def test_a_call_of_ones_own_that_is_stopped_may_have_happened(bill: Bill, books: Simulator) -> None:
    books.control.fault("late", PATH, delay_ms=2000)
    code, out, err = interrupted(bill, "raw", PATH, "--data", '{"obj": {"entity": "Vendor", "name": "A"}}', until=PATH)
    assert (code, out) == (4, "")
    assert "Look before you send it again" in err
    books.control.fault("late", "/List/Vendor.json", delay_ms=2000)
    code, out, err = interrupted(
        bill, "raw", "/List/Vendor.json", "--data", '{"start": 0, "max": 1}', until="/List/Vendor.json"
    )
    assert (code, out) == (130, "")


def test_a_second_ctrl_c_ends_at_once(bill: Bill, books: Simulator) -> None:
    books.control.fault("stall", PATH)
    began = time.monotonic()
    code, out, err = interrupted(bill, *CREATE, until=PATH, presses=2)
    assert (code, out) == (4, "")
    assert "Traceback" not in err
    assert "Look before you send it again" in err
    assert time.monotonic() - began < 4


def test_ctrl_c_during_a_bulk_tells_what_was_done_and_sends_no_more(bill: Bill, books: Simulator) -> None:
    rows = [{"name": f"Fern {i}"} for i in range(150)]
    (bill.folder / "rows.json").write_text(json.dumps(rows))
    path = "/Bulk/Crud/Create/Vendor.json"
    books.control.fault("late", path, delay_ms=700)
    code, out, err = interrupted(bill, "bulk", "create", "vendors", "rows.json", until=path)
    results = [each["result"] for each in json.loads(out)]
    assert code == 4
    assert results == ["created"] * 100 + ["not sent"] * 50
    assert "100 created, 50 not sent" in err
    assert sends(books, path) == 1


def test_ctrl_c_in_the_last_call_of_a_bulk_leaves_nothing_undone(bill: Bill, books: Simulator) -> None:
    (bill.folder / "rows.json").write_text('[{"name": "C"}, {"name": "D"}]')
    path = "/Bulk/Crud/Create/Vendor.json"
    books.control.fault("late", path, delay_ms=700)
    code, out, err = interrupted(bill, "bulk", "create", "vendors", "rows.json", until=path)
    assert (code, [each["result"] for each in json.loads(out)]) == (0, ["created"] * 2), err


def test_a_second_ctrl_c_before_a_bulk_has_sent_anything_ends_with_130(bill: Bill, books: Simulator) -> None:
    vendor = bill.books("Vendor")[0]["id"]
    (bill.folder / "rows.json").write_text(json.dumps([{"id": vendor, "shortName": "F"}]))
    path = "/Bulk/Crud/Read/Vendor.json"
    books.control.fault("stall", path, nth=2)  # the first one is for the changes that are shown
    code, out, err = interrupted(bill, "bulk", "update", "vendors", "rows.json", "--yes", until=path, presses=2)
    assert (code, [each["result"] for each in json.loads(out)]) == (130, ["not sent"]), err
