"""Documents that are paid or approved: a change of what binds them is a conflict, and what is bound is not remade."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from simulator_caller import Caller
from target_run import WAIT_S, bill, bills, books, load, rejects, report, singer, started, until, vendors, writes

from bill_api.entities import BY_NAME
from bill_api.existing.binding import bound_by

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bill_simulator import Simulator

BILL = BY_NAME["Bill"]
PLAN = "plan.json"


@pytest.fixture
def person(empty: Simulator) -> Iterator[Caller]:
    """A person who works in BILL beside the target."""
    with Caller(empty) as caller:
        yield caller


def pay(person: Caller, paid: dict[str, Any], amount: Any) -> None:
    person.control.switch(record_payments="offer")
    pays = [{"entity": "BillPay", "billId": paid["id"], "amount": amount}]
    sent = {"vendorId": paid["vendorId"], "toPrintCheck": False, "processDate": "2026-03-03", "billPays": pays}
    person.ok("/RecordAPPayment.json", sent)


def in_full(person: Caller, made: dict[str, Any]) -> None:
    pay(person, made, 100)


def in_part(person: Caller, made: dict[str, Any]) -> None:
    pay(person, made, 40)


def approve(person: Caller, made: dict[str, Any]) -> None:
    me = person.ok("/GetSessionInfo.json", {})["userId"]
    person.ok("/SetApprovers.json", {"entity": "Bill", "objectId": made["id"], "approvers": [me]})
    person.ok("/Approve.json", {"objectId": made["id"], "entity": "Bill"})


ACTS = {"paymentStatus": in_full, "paidAmount": in_part, "approvalStatus": approve}
"""What binds a bill, by a field that says so."""


def loaded(simulator: Simulator, folder: Path) -> dict[str, Any]:
    assert load(simulator, folder, singer(vendors("A"), bills(bill("A", "1", 100)))).code == 0
    (made,) = books(simulator, "Bill")
    simulator.control.forget_requests()
    return made


@pytest.mark.parametrize("field", ACTS)
@pytest.mark.parametrize("level", ["warn", "reject"])
def test_what_is_paid_or_approved_after_the_plan_is_not_overwritten(
    empty: Simulator, tmp_path: Path, person: Caller, field: str, level: str
) -> None:
    made = loaded(empty, tmp_path)
    stdin = singer(bills(bill("A", "1", 150)))
    assert load(empty, tmp_path, stdin, mode="plan", plan=PLAN).code == 0
    ACTS[field](person, made)
    ran = load(empty, tmp_path, stdin, plan=PLAN, paid_or_approved=level)
    assert (ran.code, [each["amount"] for each in books(empty, "Bill")]) == (1, [100])
    (reject,) = rejects(tmp_path)
    assert field in reject["reason"] + (reject["field"] or "") or "of it is paid" in reject["reason"]
    assert not [each for each in writes(empty) if each.endswith("Update/Bill")]


def test_even_a_harmless_change_is_a_conflict_where_the_plan_did_not_see_the_payment(
    empty: Simulator, tmp_path: Path, person: Caller
) -> None:
    made = loaded(empty, tmp_path)
    stdin = singer(bills(bill("A", "1", 100, description="new")))
    assert load(empty, tmp_path, stdin, mode="plan", plan=PLAN).code == 0
    in_full(person, made)
    assert load(empty, tmp_path, stdin, plan=PLAN).code == 1
    (reject,) = rejects(tmp_path)
    assert "`paymentStatus`: its payment status is '0' (paid in full)" in reject["reason"]
    assert load(empty, tmp_path, stdin).code == 0
    (after,) = books(empty, "Bill")
    assert (after["description"], after["amount"]) == ("new", 100)


@pytest.mark.parametrize("act", ACTS.values())
@pytest.mark.parametrize(
    "later",
    [bill("A", "1", 150), bill("A", "1", 60, 40), bill("A", "1", 100, is_deleted=True)],
    ids=["amount", "lines", "delete"],
)
def test_what_is_bound_is_rejected_or_written_with_a_warning_that_is_signed(
    empty: Simulator, tmp_path: Path, person: Caller, act: Callable[..., None], later: dict[str, Any]
) -> None:
    act(person, loaded(empty, tmp_path))
    stdin = singer(bills(later))
    before = books(empty, "Bill")
    assert load(empty, tmp_path, stdin, allow_deletes=True).code == 1
    assert books(empty, "Bill") == before
    (reject,) = rejects(tmp_path)
    assert "BILL says: its " in reject["reason"]
    assert "`paid_or_approved: warn`" in reject["hint"]
    way = {"allow_deletes": True, "paid_or_approved": "warn"}
    assert load(empty, tmp_path, stdin, mode="plan", plan=PLAN, **way).code == 0
    (step,) = json.loads((tmp_path / PLAN).read_text())["steps"]
    (warning,) = step["shown"]["warnings"]
    assert "BILL says: its " in warning
    assert load(empty, tmp_path, stdin, plan=PLAN, **way).code == 0
    assert any(warning in each for each in report(tmp_path)["notes"])
    assert books(empty, "Bill") != before


def test_the_text_of_a_paid_bill_and_of_its_lines_may_be_another(
    empty: Simulator, tmp_path: Path, person: Caller
) -> None:
    in_full(person, loaded(empty, tmp_path))
    later = bill("A", "1", description="new", billLineItems=[{"amount": 100, "description": "told"}])
    ran = load(empty, tmp_path, singer(bills(later)))
    assert ran.code == 0, ran.err
    (after,) = books(empty, "Bill")
    assert (after["description"], after["billLineItems"][0]["description"]) == ("new", "told")


def test_where_bill_sends_none_of_the_fields_nothing_binds() -> None:
    assert bound_by(BILL, {"id": "b", "amount": 100}) == {}
    assert bound_by(BY_NAME["Vendor"], {"paymentStatus": "0"}) == {}


@pytest.mark.parametrize("field", ACTS)
def test_what_is_paid_or_approved_between_the_look_and_the_call_is_a_conflict(
    empty: Simulator, tmp_path: Path, person: Caller, field: str
) -> None:
    made = loaded(empty, tmp_path)
    empty.control.fault("stall", "*Crud/Read/*", count=0)
    process = started(empty, tmp_path, singer(bills(bill("A", "1", 150))), timeout_s=1)
    until(lambda: empty.control.faults()[0]["fired"])
    ACTS[field](person, made)
    empty.control.clear_faults()
    process.communicate(timeout=WAIT_S)
    assert (process.returncode, [each["amount"] for each in books(empty, "Bill")]) == (1, [100])
    (reject,) = rejects(tmp_path)
    assert f"`{field}`: " in reject["reason"]
