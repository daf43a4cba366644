"""A lost answer, and BILL keeps the sent text in another form: never created twice, and said until it is settled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from conftest import client_for
from target_run import (
    WAIT_S,
    account,
    bill,
    books,
    load,
    opened,
    refused,
    rejects,
    report,
    singer,
    started,
    until,
    vendors,
    writes,
)

from bill_api.entities import BY_NAME

if TYPE_CHECKING:
    from pathlib import Path

    from bill_simulator import Simulator

HARBOUR = "Harbour Lamps"
PLACES = {"vendors": "Vendor", "recurring_bills": "RecurringBill", "bills": "Bill"}
PATHS = {
    "vendors": "/Bulk/Crud/Create/Vendor.json",
    "recurring_bills": "/Crud/Create/RecurringBill.json",
    "bills": "/Bulk/Crud/Create/Bill.json",
}
SETTINGS = {"timeout_s": 1, "allow_duplicate_invoice_numbers": True}
RECURS = {"timePeriod": "2", "frequencyPerTimePeriod": 1, "nextDueDate": "2026-04-01", "daysInAdvance": 5}
RENT = {**RECURS, "description": "rent of may"}
RECORDS: dict[str, dict[str, Any]] = {
    "vendors": {"key": 1, "name": "Oak-Tree Ltd", "phone": "1"},
    "recurring_bills": {"key": 1, "vendorName": HARBOUR, **RENT, "recurringBillLineItems": [{"amount": 9}]},
    "bills": {"key": 1, **bill(HARBOUR, "h-7a", 5)},
}
KEPT: dict[str, dict[str, Any]] = {
    "vendors": {"name": "OAKTREE LTD", "phone": "1"},
    "recurring_bills": {**RENT, "nextDueDate": "2026-04-02", "recurringBillLineItems": [{"amount": 9}]},
    "bills": {name: value for name, value in bill(HARBOUR, "H7A", 5).items() if name != "vendorName"},
}
"""What BILL has instead: a number in capitals, a name without its hyphen, another day."""

EQUAL: dict[str, dict[str, Any]] = {
    "vendors": {"name": "Oak-Tree Ltd"},
    "recurring_bills": {"nextDueDate": "2026-04-01"},
    "bills": {"invoiceNumber": "h-7a"},
}


def keep(simulator: Simulator, stream: str) -> str:
    """What BILL makes of the lost call; its id."""
    vendor = next(each["id"] for each in books(simulator, "Vendor") if each["name"] == HARBOUR)
    body = KEPT[stream] if stream == "vendors" else {"vendorId": vendor, **KEPT[stream]}
    flags = {"allowDuplicateInvNum": True} if stream == "bills" else None
    return str(client_for(simulator).create(BY_NAME[PLACES[stream]], body, flags)["id"])


@pytest.mark.slow
def test_what_may_have_come_of_a_lost_create_is_never_created_again(empty: Simulator, tmp_path: Path) -> None:
    assert load(empty, tmp_path, singer(vendors(HARBOUR))).code == 0
    before = {stream: len(books(empty, entity)) for stream, entity in PLACES.items()}
    stdin = singer(*((stream, ["key"], [record]) for stream, record in RECORDS.items()))
    for path in PATHS.values():
        empty.control.fault("drop_before", path)
    run = started(empty, tmp_path, stdin, **SETTINGS)
    kept = {}
    for place, stream in enumerate(PATHS):
        until(lambda place=place: empty.control.faults()[place]["fired"])  # type: ignore[misc]
        kept[stream] = keep(empty, stream)
    _, err = run.communicate(timeout=WAIT_S)
    assert run.returncode == 1, err
    told = refused(tmp_path)
    assert [stream for stream, *_ in told] == sorted(RECORDS)
    assert all(f"{kept[stream]} may be what came of it" in reason for stream, *_, reason in told)
    assert {stream: field for stream, _, field, _ in told} == {
        stream: next(iter(each)) for stream, each in EQUAL.items()
    }
    assert all("make them equal" in each["hint"] for each in rejects(tmp_path))
    empty.control.forget_requests()
    for mode in ("apply", "plan"):
        assert load(empty, tmp_path, stdin, mode=mode, **SETTINGS).code == 1
        assert refused(tmp_path) == told, "the next run says the same"
        assert report(tmp_path)["notes"]["an interrupted write of an earlier run is still unclear"] == len(RECORDS)
    assert writes(empty) == []
    for stream, change in EQUAL.items():
        client_for(empty).update(BY_NAME[PLACES[stream]], {"id": kept[stream], **change})
    empty.control.forget_requests()
    ran = load(empty, tmp_path, stdin, **SETTINGS)
    assert ran.code == 0, ran.err
    assert writes(empty) == []
    assert {stream: len(books(empty, entity)) - before[stream] for stream, entity in PLACES.items()} == dict.fromkeys(
        PLACES, 1
    )
    assert [account(tmp_path, stream) for stream in PLACES] == [{"created": 1}] * 3, "by the run that was interrupted"
    with opened(tmp_path) as ledger:
        owned = {
            row[0]: row[1]
            for row in ledger.execute("SELECT stream, bill_id FROM settled WHERE source_key LIKE '%key%'")
        }
        assert ledger.execute("SELECT count(*) FROM intents").fetchone() == (0,)
    assert owned == kept


def test_what_a_person_knows_to_be_something_else_is_created_once(empty: Simulator, tmp_path: Path) -> None:
    assert load(empty, tmp_path, singer(vendors(HARBOUR))).code == 0
    stdin = singer(("recurring_bills", ["key"], [RECORDS["recurring_bills"]]))
    before = len(books(empty, "RecurringBill"))
    empty.control.fault("drop_before", PATHS["recurring_bills"])
    run = started(empty, tmp_path, stdin, **SETTINGS)
    until(lambda: empty.control.faults()[0]["fired"])
    keep(empty, "recurring_bills")
    run.communicate(timeout=WAIT_S)
    assert run.returncode == 1
    with opened(tmp_path) as ledger:
        ledger.execute("DELETE FROM intents")
    for expected in ("created", "unchanged"):
        assert load(empty, tmp_path, stdin, **SETTINGS).code == 0
        assert account(tmp_path, "recurring_bills") == {expected: 1}
    assert len(books(empty, "RecurringBill")) == before + 2
