"""A bulk call that BILL refuses as a whole, or answers for other elements, proves nothing: BILL is looked at first."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from conftest import client_for
from target_relay import relay
from target_run import account, bill, bills, books, last_run, load, rejects, report, singer, undo, vendors, writes

from bill_api.entities import BY_NAME

if TYPE_CHECKING:
    from pathlib import Path

    from bill_simulator import Simulator

CODES = ("BDC_1002", "BDC_1119", "BDC_1124", "BDC_1145", "BDC_1171", "BDC_4711")
"""Known and unknown ones: none says that nothing was done."""

CREDITS, VENDORS = "/Bulk/Crud/Create/VendorCredit.json", "/Bulk/Crud/Create/Vendor.json"
FAST = {"timeout_s": 30}
"""So that a test which waits for calls that were answered takes far too long."""
TOO_LONG_S = 60


def credits_(count: int) -> tuple[str, list[str], list[dict[str, Any]]]:
    lines = [[{"amount": number + 1}] for number in range(count)]
    records = [
        {
            "key": number,
            "vendorName": "A",
            "refNumber": f"C-{number}",
            "creditDate": "2026-03-01",
            "vendorCreditLineItems": each,
        }
        for number, each in enumerate(lines)
    ]
    return "vendor_credits", ["key"], records


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("code", CODES)
def test_what_bill_stored_behind_a_refusal_is_not_sent_again(
    empty: Simulator, tmp_path: Path, code: str, times: int
) -> None:
    load(empty, tmp_path, singer(vendors("A")))
    empty.control.fault("error_after", CREDITS, code=code, count=times)
    ran = load(empty, tmp_path, singer(vendors("A"), credits_(8)), max_rejects=8, **FAST)
    stored = Counter(each["amount"] for each in books(empty, "VendorCredit"))
    assert set(stored.values()) == {1}, ran.err
    told = account(tmp_path, "vendor_credits")
    assert told.get("created", 0) == len(stored)
    assert told.get("rejected", 0) == 8 - len(stored)
    if code != "BDC_1145":  # about the user: the others would meet it too
        assert told == {"created": 8}
    assert report(tmp_path)["notes"]["found in BILL although it refused the call"] >= 4


@pytest.mark.parametrize("code", ["BDC_1119", "BDC_1171"])
def test_a_name_that_was_stored_behind_a_refusal_is_no_reject(empty: Simulator, tmp_path: Path, code: str) -> None:
    empty.control.fault("error_after", VENDORS, code=code, count=1)
    ran = load(empty, tmp_path, singer(vendors(*"ABCDEFGH")), **FAST)
    assert ran.code == 0, ran.err
    assert sorted(each["name"] for each in books(empty, "Vendor")) == list("ABCDEFGH")
    assert account(tmp_path, "vendors") == {"created": 8}


def test_a_look_comes_before_each_half_and_costs_one_list(empty: Simulator, tmp_path: Path) -> None:
    load(empty, tmp_path, singer(vendors("A")))
    empty.control.fault("error", VENDORS, code="BDC_1002")
    empty.control.forget_requests()
    load(empty, tmp_path, singer(vendors(*(f"V{number}" for number in range(8)))))
    paths = [each["path"] for each in empty.control.requests() if each["path"] != "/Login.json"]
    assert paths == ["/List/Vendor.json", "/CurrentTime.json", VENDORS, "/List/Vendor.json", VENDORS, VENDORS]


def test_a_refused_update_that_happened_is_counted_as_one(empty: Simulator, tmp_path: Path) -> None:
    names = list("ABCDEF")
    load(empty, tmp_path, singer(vendors(*names)))
    empty.control.fault("error_after", "/Bulk/Crud/Update/Vendor.json", code="BDC_1002")
    records = [{"name": name, "phone": "7"} for name in names]
    ran = load(empty, tmp_path, singer(("vendors", ["name"], records)), **FAST)
    assert ran.code == 0, ran.err
    assert {each["phone"] for each in books(empty, "Vendor")} == {"7"}
    assert account(tmp_path, "vendors") == {"updated": 6}


def test_an_update_that_is_refused_right_after_another_change_is_a_reject_and_no_end(
    empty: Simulator, tmp_path: Path
) -> None:
    """The object was touched a moment ago, and differs: that is no doubt about a call that was refused."""
    client_for(empty).create(BY_NAME["Vendor"], {"name": "A"})
    empty.control.fault("error", "/Bulk/Crud/Update/Vendor.json", code="BDC_1119", count=0)
    ran = load(empty, tmp_path, singer(("vendors", ["name"], [{"name": "A", "phone": "7"}])), **FAST)
    assert [each["code"] for each in rejects(tmp_path)] == ["BDC_1119"], ran.err


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("fault", ["error", "error_after"])
def test_what_bill_says_of_one_object_alone_proves_no_more_than_of_a_hundred(
    empty: Simulator, tmp_path: Path, fault: str, code: str
) -> None:
    """Bills are deleted one a call. What a refused call did is this run's: it counts, and is taken back with it."""
    load(empty, tmp_path, singer(vendors("A"), bills(bill("A", "1", 10))))
    empty.control.fault(fault, "/Crud/Delete/Bill.json", code=code, count=1)
    gone = singer(bills({**bill("A", "1", 10), "isActive": "2"}))
    ran = load(empty, tmp_path, gone, allow_deletes=True, **FAST)
    deleted = fault == "error_after"
    assert account(tmp_path, "bills") == ({"deleted": 1} if deleted else {"rejected": 1}), ran.err
    assert [each["isActive"] for each in books(empty, "Bill")] == ["2" if deleted else "1"]
    ran = undo(empty, tmp_path, last_run(tmp_path))
    assert [each["isActive"] for each in books(empty, "Bill")] == ["1"], ran.err


@pytest.mark.parametrize("code", CODES)
def test_what_is_wrong_for_itself_is_a_reject_in_bills_words(empty: Simulator, tmp_path: Path, code: str) -> None:
    empty.control.fault("error", VENDORS, code=code, message="This one not.", count=0)
    load(empty, tmp_path, singer(vendors("A", "B", "C")), max_rejects=3, **FAST)
    assert books(empty, "Vendor") == []
    found = rejects(tmp_path)
    assert [(each["code"], "This one not." in each["reason"]) for each in found] == [(code, True)] * 3


# Answers for other elements


def test_answers_in_another_order_bind_no_id_to_another_record(empty: Simulator, tmp_path: Path) -> None:
    empty.control.fault("reordered", VENDORS)
    names = list("ABCDEFG")
    ran = load(empty, tmp_path, singer(vendors(*names)), **FAST)
    assert ran.code == 0, ran.err
    records = [{"name": name, "address1": f"{name} street"} for name in names]
    ran = load(empty, tmp_path, singer(("vendors", ["name"], records)), **FAST)
    assert ran.code == 0, ran.err
    assert {each["name"]: each["address1"] for each in books(empty, "Vendor")} == {
        name: f"{name} street" for name in names
    }
    empty.control.forget_requests()
    assert load(empty, tmp_path, singer(("vendors", ["name"], records))).code == 0
    assert writes(empty) == []


def test_updates_that_are_answered_in_another_order_are_looked_up(empty: Simulator, tmp_path: Path) -> None:
    names = list("ABCDEFG")
    load(empty, tmp_path, singer(vendors(*names)))
    empty.control.fault("reordered", "/Bulk/Crud/Update/Vendor.json", count=0)
    records = [{"name": name, "phone": str(place)} for place, name in enumerate(names)]
    ran = load(empty, tmp_path, singer(("vendors", ["name"], records)), **FAST)
    assert ran.code == 0, ran.err
    assert [each["phone"] for each in books(empty, "Vendor")] == [str(place) for place in range(7)]
    assert account(tmp_path, "vendors") == {"updated": 7}


def test_a_refusal_among_answers_in_another_order_is_its_own_records(empty: Simulator, tmp_path: Path) -> None:
    load(empty, tmp_path, singer(vendors("A")))
    documents = [bill("A", f"N-{number}", number + 1) for number in range(7)]
    documents[1]["source"] = "abc"  # a code that only BILL can judge
    empty.control.fault("reordered", "/Bulk/Crud/Create/Bill.json")
    load(empty, tmp_path, singer(vendors("A"), bills(*documents)), max_rejects=1, **FAST)
    assert [each["record"] for each in rejects(tmp_path)] == [documents[1]]
    assert len(books(empty, "Bill")) == 6
    assert account(tmp_path, "bills") == {"created": 6, "rejected": 1}


def test_what_is_answered_without_having_happened_is_sent_again_without_a_wait(
    empty: Simulator, tmp_path: Path
) -> None:
    """BILL has answered, so the call is over: it cannot happen any more."""
    sent: list[Any] = []

    def nothing_the_first_time(data: Any) -> Any:
        sent.append(data)
        return data if len(sent) > 1 else {"bulk": [{"obj": {"entity": "Vendor", "name": ""}}]}

    with relay(empty) as between:
        between.asks[VENDORS] = nothing_the_first_time
        between.says[VENDORS] = lambda data: data if len(sent) > 1 else {"bulk": []}
        began = time.monotonic()
        ran = load(empty, tmp_path, singer(vendors("A")), timeout_s=TOO_LONG_S, **between.settings)
        took_s = time.monotonic() - began
    assert ran.code == 0, ran.err
    assert [each["name"] for each in books(empty, "Vendor")] == ["A"]
    assert took_s < TOO_LONG_S


def test_a_user_who_may_not_ask_for_the_time_loads_all_the_same(empty: Simulator, tmp_path: Path) -> None:
    empty.control.fault("error", "/CurrentTime.json", code="BDC_1145", count=0)
    empty.control.fault("drop_after", VENDORS)
    ran = load(empty, tmp_path, singer(vendors("A")), timeout_s=1)
    if ran.code:
        ran = load(empty, tmp_path, singer(vendors("A")), timeout_s=1)
    assert ran.code == 0, ran.err
    assert [each["name"] for each in books(empty, "Vendor")] == ["A"]
