"""Two runs on one organization: refused on a machine, and told of where another machine may have written."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from conftest import client_for, settings
from filelock import FileLock
from programs import TIMEOUT_S as PATIENCE_S
from target_pairs import RECURRING
from target_relay import relay
from target_run import (
    WAIT_S,
    account,
    bill,
    books,
    load,
    report,
    singer,
    standing_still,
    started,
    until,
    vendors,
    writes,
)

from bill_api.entities import BY_NAME
from bill_program.errors import SettingsError, TakenError
from bill_program.exit_codes import ExitCode
from bill_simulator import defaults
from target_bill.ledger.organization_lock import OrganizationLock
from target_bill.ledger.waiting import Wait
from target_bill.plan.limits import RunLimits
from target_bill.run import Run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from programs import Started

    from bill_simulator import Simulator

HARBOUR = "Harbour Lamps"
RENT = {**RECURRING, "recurringBillLineItems": [{"amount": 9}]}
CREATE = "/Crud/Create/RecurringBill.json"
ONE = singer(vendors(HARBOUR), ("recurring_bills", ["key"], [{"key": 1, **RENT}]))

BESIDE: dict[str, dict[str, Any]] = {
    "plan": {"mode": "plan"},
    "elsewhere": {"organization_id": defaults.EMPTY_ORGANIZATION_ID},
    "second": {},
}


def test_of_two_runs_with_two_ledgers_the_second_is_refused_and_nothing_is_doubled(
    empty: Simulator, tmp_path: Path
) -> None:
    folders = {name: tmp_path / name for name in ("first", *BESIDE)}
    for folder in folders.values():
        folder.mkdir()
    before = len(books(empty, "RecurringBill"))
    released, held = threading.Event(), threading.Lock()

    def says_late(data: Any) -> Any:
        """The first answer comes when the other runs have ended."""
        if held.acquire(blocking=False):
            released.wait(PATIENCE_S)
        return data

    with relay(empty) as between:
        between.says[CREATE] = says_late
        first = started(empty, folders["first"], ONE, **between.settings, timeout_s=PATIENCE_S)
        until(held.locked)
        beside = {name: started(empty, folders[name], ONE, **between.settings, **more) for name, more in BESIDE.items()}
        told = {name: run.communicate(timeout=PATIENCE_S)[1] for name, run in beside.items()}
        assert first.poll() is None, "the first has been writing all the time"
        released.set()
        _, err = first.communicate(timeout=PATIENCE_S)
    assert first.returncode == 0, err
    assert {name: run.returncode for name, run in beside.items()} == {"plan": 0, "elsewhere": 0, "second": 7}, told
    assert "another target-bill on this computer is writing to the organization 00801" in told["second"]
    assert "wait for it to end" in told["second"]
    assert "Traceback" not in told["second"]
    assert len(books(empty, "RecurringBill")) == before + 1
    assert load(empty, folders["second"], ONE).code == 0, "and once the first has ended it may"
    assert len(books(empty, "RecurringBill")) == before + 1, "it finds the equal one, which is nobody's by its ledger"


def made_elsewhere(simulator: Simulator, entity: str, **fields: Any) -> str:
    """The id of what another machine creates meanwhile."""
    vendor = next(each["id"] for each in books(simulator, "Vendor") if each["name"] == HARBOUR)
    body = {name: value for name, value in fields.items() if name != "vendorName"}
    made = client_for(simulator).create(
        BY_NAME[entity], {"vendorId": vendor, **body}, {"allowDuplicateInvNum": True} if entity == "Bill" else None
    )
    return str(made["id"])


def test_twins_that_another_machine_may_have_created_are_told(empty: Simulator, tmp_path: Path) -> None:
    """What nothing tells apart: BILL itself refuses a number that its vendor has used."""
    others = {**RENT, "recurringBillLineItems": [{"amount": 8}]}
    document = bill(HARBOUR, "H-7", 5)
    stdin = singer(
        vendors(HARBOUR),
        ("recurring_bills", ["key"], [{"key": 1, **RENT}, {"key": 2, **others}]),
        ("bills", ["key"], [{"key": 1, **document}]),
    )
    empty.control.fault("late", CREATE, nth=2, delay_ms=1200)
    empty.control.fault("late", "/Bulk/Crud/Create/Bill.json", delay_ms=1200)
    run = started(empty, tmp_path, stdin, allow_duplicate_invoice_numbers=True)
    until(lambda: empty.control.faults()[0]["fired"])
    twins = [made_elsewhere(empty, "RecurringBill", **RENT)]
    no_twin = made_elsewhere(empty, "RecurringBill", **{**RENT, "daysInAdvance": 6})
    until(lambda: empty.control.faults()[1]["fired"])
    twins.append(made_elsewhere(empty, "Bill", **document))
    _, err = run.communicate(timeout=WAIT_S)
    assert run.returncode == 0, err
    told = [note for note in report(tmp_path)["notes"] if "did another run create it?" in note]
    assert [any(twin in note for note in told) for twin in twins] == [True, True]
    assert len(told) == 2
    assert no_twin not in str(told)
    assert all(note in err for note in told)
    empty.control.forget_requests()
    assert load(empty, tmp_path, stdin, allow_duplicate_invoice_numbers=True).code == 0
    assert writes(empty) == []
    assert not [note for note in report(tmp_path)["notes"] if "did another run create it?" in note]


def test_twins_that_cannot_be_looked_up_are_a_note_and_no_end(empty: Simulator, tmp_path: Path) -> None:
    empty.control.fault("error", "/List/RecurringBill.json", nth=2, count=0, code="BDC_1119", message="Not now.")
    ran = load(empty, tmp_path, ONE)
    assert ran.code == 0, ran.err
    ((note, times),) = [each for each in report(tmp_path)["notes"].items() if "whether another run created" in each[0]]
    assert ("Not now." in note, times) == (True, 1)


def test_where_a_key_tells_objects_apart_no_twins_are_looked_for(empty: Simulator, tmp_path: Path) -> None:
    ran = load(empty, tmp_path, singer(vendors(HARBOUR), ("bills", ["key"], [{"key": 1, **bill(HARBOUR, "H-7", 5)}])))
    assert ran.code == 0, ran.err
    assert empty.control.summary()["paths"]["/List/Bill.json"] == 1
    assert account(tmp_path, "bills") == {"created": 1}


# A run that waits for another one


def read_until(run: Started, words: str) -> str:
    """The line with which a run says something."""

    def look() -> str:
        lines = run.written[1].decode().splitlines(keepends=True)
        said = next((each for each in lines if words in each and each.endswith("\n")), "")
        assert said or run.poll() is None, f"it ended with {run.poll()}, and without {words!r}"
        return said

    return until(look)


@contextmanager
def beside_a_first(
    simulator: Simulator, folder: Path, *, is_ledger_shared: bool, **more: Any
) -> Iterator[tuple[Started, Started]]:
    """A run that stands still in the midst of a write, and a second one of the same organization."""
    simulator.control.limit(write_latency_ms=2000)
    mine, theirs = (folder / name for name in ("mine", "theirs"))
    mine.mkdir()
    theirs.mkdir()
    first = started(simulator, mine, singer(vendors("A")))
    ledger = str(mine / ".bill/ledger.sqlite3") if is_ledger_shared else ".bill/ledger.sqlite3"
    with standing_still(first, mine):
        second = started(simulator, theirs, singer(vendors("A", "B")), ledger=ledger, **more)
        try:
            yield first, second
        except BaseException:
            second.kill()
            second.communicate()
            raise


@pytest.mark.parametrize("is_ledger_shared", [True, False], ids=["the ledger", "the organization"])
def test_a_run_that_may_wait_begins_when_the_other_has_ended(
    empty: Simulator, tmp_path: Path, is_ledger_shared: bool
) -> None:
    with beside_a_first(empty, tmp_path, is_ledger_shared=is_ledger_shared, ledger_wait_s=300) as (first, second):
        said = read_until(second, "waiting up to")
        assert second.poll() is None
        assert "B" not in [each["name"] for each in books(empty, "Vendor")]
    _, err = second.communicate(timeout=WAIT_S)
    assert (first.returncode, second.returncode) == (0, 0), err
    assert "(`ledger_wait_s`)" in said
    assert (f"(process {first.pid} on " in said) is is_ledger_shared, "for whom it waits"
    assert ("is writing to the organization 00801" in said) is not is_ledger_shared
    assert err.count("waiting up to") == 1, "it says so once"
    assert sorted(each["name"] for each in books(empty, "Vendor")) == ["A", "B"]
    assert account(tmp_path / "theirs", "vendors") == {"created": 1, "unchanged": 1}


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_waits_ends_at_a_signal(empty: Simulator, tmp_path: Path, sent: signal.Signals) -> None:
    with beside_a_first(empty, tmp_path, is_ledger_shared=True, ledger_wait_s=3600) as (first, second):
        read_until(second, "waiting up to")
        second.send_signal(sent)
        out, err = second.communicate(timeout=PATIENCE_S)
        assert first.poll() is None
    assert (second.returncode, out) == (ExitCode.INTERRUPTED, ""), err
    assert "Traceback" not in err
    assert err.count("using the ledger") == 1, "while it waited"
    assert [each["name"] for each in books(empty, "Vendor")] == ["A"]


@pytest.mark.parametrize("is_ledger_shared", [True, False], ids=["the ledger", "the organization"])
def test_a_run_waits_no_longer_than_it_may(empty: Simulator, tmp_path: Path, is_ledger_shared: bool) -> None:
    with beside_a_first(empty, tmp_path, is_ledger_shared=is_ledger_shared, ledger_wait_s=1) as (first, second):
        out, err = second.communicate(timeout=PATIENCE_S)
        assert first.poll() is None
    assert (second.returncode, out) == (ExitCode.TAKEN, ""), err
    assert "wait for it to end (`ledger_wait_s`: 1 s were not enough)" in err
    assert err.count("waiting up to 1 s") == 1
    assert "Traceback" not in err


@pytest.mark.parametrize("name", ["127.0.0.2", "[::1]", "LOCALHOST"])
def test_this_computer_has_one_lock_under_each_of_its_names(name: str) -> None:
    wait, organization = Wait(0), "00801"
    first = OrganizationLock("http://127.0.0.1:8080", organization, is_needed=True, wait=wait)
    try:
        with pytest.raises(TakenError):
            OrganizationLock(f"http://{name}:8080", organization, is_needed=True, wait=wait)
        OrganizationLock(f"http://{name}:8081", organization, is_needed=True, wait=wait).release()
    finally:
        first.release()


@pytest.mark.skipif(sys.platform != "linux", reason="a folder of the system in which nothing can be made")
def test_a_lock_that_cannot_be_made_is_not_one_that_another_run_has() -> None:
    with pytest.raises(OSError, match="No such file"):
        Wait(0).take(FileLock("/proc/organization.lock"), lambda: "another run is at work")


def test_there_is_one_deadline_for_all_that_is_waited_for(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    wait = Wait(1)
    for name in ("ledger", "organization"):
        with FileLock(tmp_path / name, is_singleton=False), pytest.raises(TakenError):
            wait.take(FileLock(tmp_path / name), lambda: "another run is at work")
    assert [each for each in caplog.messages if "waiting up to" in each] == [
        "another run is at work; waiting up to 1 s for it to end (`ledger_wait_s`)"
    ], "the second one is not waited for"


def test_a_run_that_cannot_begin_leaves_nothing_locked_and_says_why(
    empty: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is wrong is found when the ledger is open already."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(RunLimits, "__post_init__", wrong)
    with pytest.raises(SettingsError) as first:
        Run(settings(empty))
    with pytest.raises(SettingsError) as second:
        Run(settings(empty))
    assert str(first.value) == str(second.value) == "setting `max_creates` is wrong"


def wrong(_: RunLimits) -> None:
    raise SettingsError("setting `max_creates` is wrong")


CANNOT_BEGIN = """
from bill_program.errors import TakenError
from target_bill.__main__ import main
from target_bill.plan.limits import RunLimits

began = []

def wrong(limits):
    began.append(limits)
    raise TakenError(f"begun {len(began)} times")

RunLimits.__post_init__ = wrong
main()
"""


def test_a_run_that_cannot_begin_is_begun_once(empty: Simulator, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(settings(empty)))
    ran = subprocess.run(
        [sys.executable, "-c", CANNOT_BEGIN, "--config", "config.json"],
        cwd=tmp_path, input=singer(vendors("A")), capture_output=True, text=True, timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    assert ran.returncode == ExitCode.TAKEN, ran.stderr
    assert "target-bill: begun 1 times\n" in ran.stderr
    assert "Traceback" not in ran.stderr
