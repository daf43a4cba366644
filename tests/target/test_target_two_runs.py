"""Two runs on one organization: refused on a machine, and told of where another machine may have written."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from conftest import TIMEOUT_S as PATIENCE_S
from conftest import client_for
from target_pairs import RECURRING
from target_relay import relay
from target_run import WAIT_S, account, bill, books, load, report, singer, started, until, vendors, writes

from bill_api.entities import BY_NAME
from bill_simulator import defaults

if TYPE_CHECKING:
    from pathlib import Path

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
    assert {name: run.returncode for name, run in beside.items()} == {"plan": 0, "elsewhere": 0, "second": 1}, told
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
