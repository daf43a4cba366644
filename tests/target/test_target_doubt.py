"""Calls whose outcome is not known: looked up, adopted, waited for, and never sent blindly."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from subprocess import PIPE
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from conftest import client_for, settings
from target_run import (
    WAIT_S,
    account,
    bill,
    bills,
    books,
    load,
    opened,
    rejects,
    report,
    singer,
    started,
    until,
    vendors,
    wait_for_intents,
    writes,
)

from bill_api.entities import BY_NAME
from target_bill.input.parser import Origin
from target_bill.input.spool import AT_ONCE
from target_bill.run import Run
from target_bill.target import TargetBill

if TYPE_CHECKING:
    from pathlib import Path

    from bill_simulator import Simulator

VENDOR = BY_NAME["Vendor"]
LOST = ("drop_after", "cut_json")


def vendor(**fields: Any) -> tuple[str, list[str], list[dict[str, Any]]]:
    return "vendors", ["key"], [{"key": 1, **fields}]


def open_intents(folder: Path) -> int:
    with opened(folder) as ledger:
        return int(ledger.execute("SELECT count(*) FROM intents").fetchone()[0])


def killed(simulator: Simulator, folder: Path, stdin: str) -> list[dict[str, Any]]:
    """A run that is killed while BILL works; BILL finishes, and this is what vendors it has then."""
    simulator.control.fault("late", "/Bulk/Crud/Create/Vendor.json")
    process = started(simulator, folder, stdin)
    until(lambda: simulator.control.faults()[0]["fired"])
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return until(lambda: books(simulator, "Vendor"))


def test_a_whole_batch_is_found_by_one_list_and_one_look_behind_it(empty: Simulator, tmp_path: Path) -> None:
    load(empty, tmp_path, singer(vendors("A")))
    empty.control.fault("drop_after", "/Bulk/Crud/Create/Bill.json")
    empty.control.forget_requests()
    ran = load(empty, tmp_path, singer(vendors("A"), bills(*(bill("A", str(number), 1) for number in range(100)))))
    assert ran.code == 0, ran.err
    paths = empty.control.summary()["paths"]
    # What exists; the batch; and what stands behind it, for no page as long was seen before.
    assert (paths["/Bulk/Crud/Create/Bill.json"], paths["/List/Bill.json"]) == (1, 3)
    assert "/Crud/Read/Bill.json" not in paths
    assert account(tmp_path, "bills") == {"created": 100}


@pytest.mark.parametrize("kind", LOST)
def test_where_bill_takes_the_same_number_twice_content_and_count_decide(
    empty: Simulator, tmp_path: Path, kind: str
) -> None:
    """Two bills that are alike are two; the lost call made both of them, and neither is sent again."""
    alike = [{**bill("A", "SAME", 5), "key": key} for key in (1, 2)]
    empty.control.fault(kind, "/Bulk/Crud/Create/Bill.json")
    ran = load(empty, tmp_path, singer(vendors("A"), ("bills", ["key"], alike)), allow_duplicate_invoice_numbers=True)
    assert ran.code == 0, ran.err
    assert len(books(empty, "Bill")) == 2
    assert account(tmp_path, "bills") == {"created": 2}


def test_what_another_record_became_is_not_taken_for_a_lost_call(empty: Simulator, tmp_path: Path) -> None:
    """The second of two bills that are alike never reached BILL, and the first one is there already."""
    alike = [{**bill("A", "SAME", 5), "key": key} for key in (1, 2)]
    options = {"allow_duplicate_invoice_numbers": True, "timeout_s": 1}
    assert load(empty, tmp_path, singer(vendors("A"), ("bills", ["key"], alike[:1])), **options).code == 0
    empty.control.fault("drop_before", "/Bulk/Crud/Create/Bill.json")
    ran = load(empty, tmp_path, singer(vendors("A"), ("bills", ["key"], alike)), **options)
    assert ran.code == 0, ran.err
    assert len(books(empty, "Bill")) == 2
    assert account(tmp_path, "bills") == {"created": 1, "unchanged": 1}


@pytest.mark.parametrize("kind", LOST)
def test_an_update_whose_answer_is_lost_is_looked_up(empty: Simulator, tmp_path: Path, kind: str) -> None:
    load(empty, tmp_path, singer(vendor(name="A")))
    empty.control.fault(kind, "/Bulk/Crud/Update/Vendor.json")
    empty.control.forget_requests()
    ran = load(empty, tmp_path, singer(vendor(name="A", phone="2")))
    assert ran.code == 0, ran.err
    assert account(tmp_path, "vendors") == {"updated": 1}
    assert empty.control.summary()["paths"]["/Bulk/Crud/Update/Vendor.json"] == 1
    assert open_intents(tmp_path) == 0


@pytest.mark.parametrize("kind", [*LOST, "drop_before"])
def test_a_delete_whose_answer_is_lost_is_looked_up(empty: Simulator, tmp_path: Path, kind: str) -> None:
    load(empty, tmp_path, singer(vendor(name="A")))
    empty.control.fault(kind, "/Bulk/Crud/Delete/Vendor.json")
    ran = load(empty, tmp_path, singer(vendor(name="A", isActive="2")), allow_deletes=True, timeout_s=1)
    assert ran.code == 0, ran.err
    assert account(tmp_path, "vendors") == {"deleted": 1}
    assert [each["isActive"] for each in books(empty, "Vendor")] == ["2"]


def test_what_a_killed_run_wrote_is_known_though_its_records_never_come_again(empty: Simulator, tmp_path: Path) -> None:
    killed(empty, tmp_path, singer(vendors("A", "B")))
    ran = load(empty, tmp_path, singer(vendors("C")), timeout_s=2)
    assert ran.code == 0, ran.err
    assert report(tmp_path)["notes"] == {"written by an earlier run that was interrupted, found in BILL": 2}
    assert open_intents(tmp_path) == 0
    empty.control.forget_requests()
    assert load(empty, tmp_path, singer(vendors("A", "B", "C"))).code == 0
    assert writes(empty) == []


def test_a_record_that_was_corrected_after_a_crash_is_an_update(empty: Simulator, tmp_path: Path) -> None:
    killed(empty, tmp_path, singer(vendor(name="A", phone="1")))
    ran = load(empty, tmp_path, singer(vendor(name="A", phone="2")), timeout_s=2)
    assert ran.code == 0, ran.err
    assert [each["phone"] for each in books(empty, "Vendor")] == ["2"]


def test_what_a_killed_run_never_sent_is_sent_once_by_the_next(empty: Simulator, tmp_path: Path) -> None:
    empty.control.switch(duplicate_names="allow")
    empty.control.fault("stall", "/Bulk/Crud/Create/Vendor.json")
    process = started(empty, tmp_path, singer(vendors("A", "B")))
    wait_for_intents(tmp_path, 2)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    ran = load(empty, tmp_path, singer(vendors("A", "B")), timeout_s=1)
    assert ran.code == 0, ran.err
    assert sorted(each["name"] for each in books(empty, "Vendor")) == ["A", "B"]


@pytest.mark.parametrize("skew_s", [3600, -3600])
def test_an_intent_has_bills_time_whatever_this_computers_clock_says(
    empty: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, skew_s: int
) -> None:
    """Otherwise a look back of a run whose clock is right begins too late, and takes for absent what was done."""
    skewed = f"import time\nright = time.time\ntime.time = lambda: right() + {skew_s}\n"
    (tmp_path / "sitecustomize.py").write_text(skewed)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    empty.control.switch(changed_texts="escaped", duplicate_names="allow")
    sent = singer(vendors("M\u00fcller & S\u00f6hne"))
    killed(empty, tmp_path, sent)
    with opened(tmp_path) as ledger:
        ((sent_at_s,),) = ledger.execute("SELECT sent_at_s FROM intents").fetchall()
    assert abs(client_for(empty).clock.now_s() - sent_at_s) < WAIT_S
    (tmp_path / "sitecustomize.py").unlink()
    empty.control.advance(24 * 3600)
    ran = load(empty, tmp_path, sent, timeout_s=1)
    assert ran.code == 1
    assert "may be what came of it" in rejects(tmp_path)[0]["reason"]
    assert len(books(empty, "Vendor")) == 1


@pytest.mark.parametrize("fault", [None, "drop_after"])
@pytest.mark.parametrize("duplicates", ["allow", "refuse"])
def test_master_data_that_bill_keeps_in_another_form_is_never_created_again(
    empty: Simulator, tmp_path: Path, duplicates: str, fault: str | None
) -> None:
    empty.control.switch(changed_texts="escaped", duplicate_names=duplicates)
    if fault:
        empty.control.fault(fault, "/Bulk/Crud/Create/Vendor.json")
    names = ("M\u00fcller & S\u00f6hne", "H\u00e4ndler", "Fern")
    for _ in range(2):
        ran = load(empty, tmp_path, singer(vendors(*names)), timeout_s=1)
        assert ran.code == 1, ran.err
        assert sorted(each["name"] for each in books(empty, "Vendor")) == ["Fern", "Handler", "Muller &amp; Sohne"]
        reasons = [each["reason"] for each in rejects(tmp_path)]
        assert len(reasons) == 2
        assert all("may be what came of it" in each for each in reasons)


AHEAD_S = 30 * 24 * 3600


def date_ahead(folder: Path) -> None:
    """Let the open calls have left by a clock that was a month ahead."""
    with opened(folder) as ledger:
        assert ledger.execute("UPDATE intents SET sent_at_s = sent_at_s + ?", [AHEAD_S]).rowcount


def test_what_a_run_wrote_whose_clock_was_a_month_ahead_is_found(empty: Simulator, tmp_path: Path) -> None:
    empty.control.switch(duplicate_names="allow")
    killed(empty, tmp_path, singer(vendors("A", "B")))
    date_ahead(tmp_path)
    empty.control.advance(9 * 3600)
    ran = load(empty, tmp_path, singer(vendors("A", "B")), timeout_s=1)
    assert ran.code == 0, ran.err
    assert sorted(each["name"] for each in books(empty, "Vendor")) == ["A", "B"]


def test_what_a_run_never_sent_whose_clock_was_a_month_ahead_is_not_waited_for_that_long(
    empty: Simulator, tmp_path: Path
) -> None:
    empty.control.fault("stall", "/Bulk/Crud/Create/Vendor.json")
    process = started(empty, tmp_path, singer(vendors("A", "B")))
    wait_for_intents(tmp_path, 2)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    date_ahead(tmp_path)
    ran = load(empty, tmp_path, singer(vendors("A", "B")), timeout_s=1)
    assert ran.code == 0, ran.err
    assert sorted(each["name"] for each in books(empty, "Vendor")) == ["A", "B"]


def test_a_conflict_stays_one_until_somebody_has_settled_it(empty: Simulator, tmp_path: Path) -> None:
    """After a crash BILL has something else under the same name: no later run may write over it unseen."""
    (made,) = killed(empty, tmp_path, singer(vendor(name="A", phone="1")))
    client_for(empty).update(VENDOR, {"id": made["id"], "name": "A", "phone": "9"})
    for _ in range(2):
        ran = load(empty, tmp_path, singer(vendor(name="A", phone="1")), timeout_s=2)
        assert ran.code == 1
        assert "but with another content" in rejects(tmp_path)[0]["reason"]
        assert [each["phone"] for each in books(empty, "Vendor")] == ["9"]
    ran = load(empty, tmp_path, singer(vendor(name="A", phone="9")), timeout_s=2)
    assert ran.code == 0, ran.err
    assert open_intents(tmp_path) == 0


@pytest.mark.slow
def test_calls_that_fail_again_and_again_end_the_run_and_nothing_is_sent_blindly(
    empty: Simulator, tmp_path: Path
) -> None:
    empty.control.fault("html_502", "/Bulk/Crud/Create/Vendor.json", count=0)
    ran = load(empty, tmp_path, singer(vendors("A")), timeout_s=1)
    assert ran.code == 4
    assert "the outcome of vendors A is still not known after 4 looks" in ran.err
    assert empty.control.summary()["paths"]["/Bulk/Crud/Create/Vendor.json"] == 4
    assert ran.out == ""
    empty.control.clear_faults()
    assert load(empty, tmp_path, singer(vendors("A")), timeout_s=1).code == 0
    assert len(books(empty, "Vendor")) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_input_is_awaited_ends_the_run_before_anything_is_sent(
    empty: Simulator, tmp_path: Path, number: signal.Signals
) -> None:
    (tmp_path / "config.json").write_text(json.dumps(settings(empty)))
    command = [sys.executable, "-m", "target_bill", "--config", "config.json"]
    with subprocess.Popen(command, cwd=tmp_path, stdin=PIPE, stdout=PIPE, stderr=PIPE, text=True) as process:
        assert process.stdin is not None
        bad = {**bill("A", "0", 1), "dueDate": "never"}
        process.stdin.write(singer(bills(bad, *(bill("A", str(number), 1) for number in range(1, AT_ONCE)))))
        process.stdin.flush()  # a batch is put aside, what it needs of BILL is read, and the input stays open
        needed = {"/List/Vendor.json", "/List/Bill.json"}
        until(lambda: needed <= empty.control.summary()["paths"].keys())
        process.send_signal(number)
        out, err = process.communicate(timeout=WAIT_S)
    assert process.returncode == 130, err
    assert out == ""
    assert "stopped, 0 of 1,000 settled" in err
    assert "0 of 1,000 settled" in report(tmp_path)["ended"]
    assert writes(empty) == []
    assert open_intents(tmp_path) == 0


def test_a_long_run_says_how_far_it_is(
    empty: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    now_s = 0.0
    monkeypatch.setattr("target_bill.account.progress.time", SimpleNamespace(monotonic=lambda: now_s))
    monkeypatch.chdir(tmp_path)
    config = TargetBill(config=settings(empty)).config
    loader = Run(config)
    with caplog.at_level("INFO"):
        origin = Origin(entity=VENDOR, stream="vendors", incoming="vendors", keys=("name",))
        for now_s, name in ((9.9, "A"), (10.0, ""), (19.9, "B")):  # noqa: B007  read by the clock
            loader.take(origin, {"name": name})
        now_s = 20.0
        loader.finish()
    loader.close()
    loader.report.close("complete")
    told = [record.message for record in caplog.records if "received" in record.message]
    assert told == ["vendors: 2 received, 0 settled, 0 rejected", "vendors: 3 received, 0 settled, 0 rejected"]


# Three at a time


@pytest.mark.parametrize(("max_concurrency", "places", "crowded"), [(3, 3, False), (3, 2, True), (1, 1, False)])
def test_calls_fly_together_and_never_more_than_allowed(
    empty: Simulator, tmp_path: Path, max_concurrency: int, places: int, crowded: bool
) -> None:
    empty.control.limit(concurrent=places, write_latency_ms=150)
    names = [f"V{number}" for number in range(60)]
    ran = load(empty, tmp_path, singer(vendors(*names)), batch_size=10, max_concurrency=max_concurrency)
    assert ran.code == 0, ran.err
    assert ("BDC_1322" in empty.control.summary()["codes"]) is crowded
    assert sorted(each["name"] for each in books(empty, "Vendor")) == sorted(names)


def test_records_of_streams_that_take_turns_still_share_full_calls(empty: Simulator, tmp_path: Path) -> None:
    """Five changed records in each of twenty batches are one call of a hundred."""
    turns = []
    for turn in range(20):
        turns.append(vendors(*(f"V{turn}-{number}" for number in range(5))))
        turns.append(("customers", ["name"], [{"name": f"C{turn}-{number}"} for number in range(5)]))
    ran = load(empty, tmp_path, singer(*turns))
    assert ran.code == 0, ran.err
    paths = empty.control.summary()["paths"]
    assert (paths["/Bulk/Crud/Create/Vendor.json"], paths["/Bulk/Crud/Create/Customer.json"]) == (1, 1)


def test_the_ledger_and_the_books_tell_the_same(empty: Simulator, tmp_path: Path) -> None:
    load(empty, tmp_path, singer(vendors("a", "b"), bills(bill("a", "1", 1), bill("b", "1", 2))))
    with opened(tmp_path) as ledger:
        rows = ledger.execute("SELECT stream, source_key, bill_id FROM written").fetchall()
    told = {(stream, json.loads(key)[0]): bill_id for stream, key, bill_id in rows}
    names = {each["id"]: each["name"] for each in books(empty, "Vendor")}
    kept = {("vendors", name): bill_id for bill_id, name in names.items()}
    kept |= {("bills", names[each["vendorId"]]): each["id"] for each in books(empty, "Bill")}
    assert told == kept


@pytest.mark.parametrize("stdin", ["", "no record", "no message"])
def test_a_run_without_records_looks_back_too(empty: Simulator, tmp_path: Path, stdin: str) -> None:
    killed(empty, tmp_path, singer(vendors("A", "B")))
    inputs = {"": "", "no record": singer(vendors()), "no message": '{"type": "STATE", "value": {"done": 1}}\n'}
    ran = load(empty, tmp_path, inputs[stdin], timeout_s=2)
    assert ran.code == 0, ran.err
    assert open_intents(tmp_path) == 0
    assert report(tmp_path)["notes"] == {"written by an earlier run that was interrupted, found in BILL": 2}


@pytest.mark.parametrize("kind", ["same run", "next run"])
def test_an_undelete_whose_answer_is_lost_is_not_taken_for_the_update_behind_it(
    empty: Simulator, tmp_path: Path, kind: str
) -> None:
    def both(**fields: Any) -> str:
        return singer(("vendors", ["key"], [{"key": name, "name": name, **fields} for name in "AB"]))

    load(empty, tmp_path, both(phone="1"))
    load(empty, tmp_path, both(phone="1", isActive="2"), allow_deletes=True)
    back = both(phone="2")
    if kind == "same run":
        empty.control.fault("drop_after", "/Crud/Undelete/Vendor.json", count=2)
    else:
        empty.control.fault("late", "/Crud/Undelete/Vendor.json")
        process = started(empty, tmp_path, back)
        until(lambda: empty.control.faults()[0]["fired"])
        process.send_signal(signal.SIGKILL)
        process.communicate()
        until(lambda: [each for each in books(empty, "Vendor") if each["isActive"] == "1"])
    ran = load(empty, tmp_path, back, timeout_s=2)
    assert ran.code == 0, ran.err
    assert [(each["isActive"], each["phone"]) for each in books(empty, "Vendor")] == [("1", "2")] * 2
    assert account(tmp_path, "vendors") == {"updated": 2}
