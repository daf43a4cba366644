"""Deletes and undeletes share calls where BILL offers that, and end as those that are sent one by one."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from conftest import client_for
from target_relay import relay
from target_run import account, bill, bills, books, load, opened, rejects, singer, vendors, writes

from bill_api.entities import BY_NAME

if TYPE_CHECKING:
    from pathlib import Path

    from bill_simulator import Simulator

LOST = ("drop_after", "cut_json")
NAMES = [f"V{number}" for number in range(7)]
DELETE = "/Bulk/Crud/Delete/{}.json"
UNDELETE = "/Bulk/Crud/Undelete/Customer.json"


def of(stream: str, names: list[str] = NAMES, **more: Any) -> tuple[str, list[str], list[dict[str, Any]]]:
    return stream, ["name"], [{"name": name, **more} for name in names]


def gone(stream: str, names: list[str] = NAMES) -> str:
    return singer(of(stream, names, _sdc_deleted_at="2026-03-01"))


def active(simulator: Simulator, entity: str) -> Counter[str]:
    return Counter(each["isActive"] for each in books(simulator, entity))


@pytest.mark.parametrize(("stream", "entity"), [("vendors", "Vendor"), ("customers", "Customer")])
def test_deletes_of_one_entity_are_one_call(empty: Simulator, tmp_path: Path, stream: str, entity: str) -> None:
    load(empty, tmp_path, singer(of(stream)))
    empty.control.forget_requests()
    ran = load(empty, tmp_path, gone(stream), allow_deletes=True)
    assert ran.code == 0, ran.err
    assert writes(empty) == [DELETE.format(entity)]
    assert empty.control.summary()["paths"][DELETE.format(entity)] == 1
    assert active(empty, entity) == {"2": 7}
    assert account(tmp_path, stream) == {"deleted": 7}


def test_customers_that_come_back_are_undeleted_in_one_call(empty: Simulator, tmp_path: Path) -> None:
    load(empty, tmp_path, singer(of("customers")))
    load(empty, tmp_path, gone("customers"), allow_deletes=True)
    empty.control.forget_requests()
    ran = load(empty, tmp_path, singer(of("customers", phone="7")))
    assert ran.code == 0, ran.err
    assert empty.control.summary()["paths"][UNDELETE] == 1
    assert {(each["isActive"], each["phone"]) for each in books(empty, "Customer")} == {("1", "7")}
    assert account(tmp_path, "customers") == {"updated": 7}


@pytest.mark.parametrize("kind", [*LOST, "drop_before", "error_after"])
@pytest.mark.parametrize("path", [DELETE.format("Customer"), UNDELETE])
def test_a_call_without_an_answer_is_looked_up(empty: Simulator, tmp_path: Path, path: str, kind: str) -> None:
    load(empty, tmp_path, singer(of("customers")))
    if path == UNDELETE:
        load(empty, tmp_path, gone("customers"), allow_deletes=True)
    empty.control.fault(kind, path, count=1)
    given = singer(of("customers")) if path == UNDELETE else gone("customers")
    ran = load(empty, tmp_path, given, allow_deletes=True, timeout_s=2)
    assert ran.code == 0, ran.err
    assert active(empty, "Customer") == {"1" if path == UNDELETE else "2": 7}
    assert account(tmp_path, "customers") == {"updated" if path == UNDELETE else "deleted": 7}
    with opened(tmp_path) as ledger:
        assert ledger.execute("SELECT count(*) FROM intents").fetchone() == (0,)


@pytest.mark.parametrize("transaction", ["per_element", "all_or_nothing", "whole_request"])
@pytest.mark.parametrize("top_level", ["success", "any_failed"])
def test_one_that_cannot_be_deleted_keeps_no_other(
    empty: Simulator, tmp_path: Path, transaction: str, top_level: str
) -> None:
    """It has gone since BILL was read: an id that BILL does not know any more."""
    load(empty, tmp_path, singer(of("vendors")))
    lost = next(each["id"] for each in books(empty, "Vendor") if each["name"] == "V3")
    empty.control.switch(bulk_transaction=transaction, bulk_top_level=top_level, not_found_code="BDC_1119")
    with relay(empty) as between:
        between.asks[DELETE.format("Vendor")] = lambda data: _with_another(data, lost)
        ran = load(empty, tmp_path, gone("vendors"), allow_deletes=True, max_rejects=7, **between.settings)
    assert [each["code"] for each in rejects(tmp_path)] == ["BDC_1119"], ran.err
    assert account(tmp_path, "vendors") == {"deleted": 6, "rejected": 1}
    assert {each["name"]: each["isActive"] for each in books(empty, "Vendor")} == {
        name: "1" if name == "V3" else "2" for name in NAMES
    }


def _with_another(data: Any, lost: str) -> Any:
    return {"bulk": [{"id": "00901NOSUCHVENDORaaa" if each["id"] == lost else each["id"]} for each in data["bulk"]]}


# Changes without an answer: what BILL holds of them is read by id


def test_a_hundred_updates_without_an_answer_are_one_read_more(empty: Simulator, tmp_path: Path) -> None:
    names = [f"V{number}" for number in range(100)]
    load(empty, tmp_path, singer(of("vendors", names)))
    empty.control.fault("drop_after", "/Bulk/Crud/Update/Vendor.json")
    empty.control.forget_requests()
    ran = load(empty, tmp_path, singer(of("vendors", names, phone="7")))
    assert ran.code == 0, ran.err
    paths = empty.control.summary()["paths"]
    assert paths["/Bulk/Crud/Update/Vendor.json"] == 1
    assert paths["/Bulk/Crud/Read/Vendor.json"] == 2, "one before they leave, and one for what became of them"
    assert account(tmp_path, "vendors") == {"updated": 100}


@pytest.mark.parametrize("way", ["not permitted", "without lines"])
def test_where_reading_by_id_tells_too_little_the_list_is_read(empty: Simulator, tmp_path: Path, way: str) -> None:
    load(empty, tmp_path, singer(vendors("A"), bills(bill("A", "1", 5))))
    empty.control.fault("drop_after", "/Bulk/Crud/Update/Bill.json")
    empty.control.forget_requests()
    path = "/Bulk/Crud/Read/Bill.json"
    if way == "not permitted":
        empty.control.fault("error", path, code="BDC_1145", count=0)
    with relay(empty) as between:
        if way == "without lines":
            between.says[path] = _without_lines
        changed = singer(vendors("A"), bills(bill("A", "1", 5, dueDate="2026-05-01")))
        ran = load(empty, tmp_path, changed, **between.settings)
    assert ran.code == 0, ran.err
    assert between.sent[path]
    (stored,) = books(empty, "Bill")
    assert (stored["dueDate"], stored["amount"]) == ("2026-05-01", 5)
    assert account(tmp_path, "bills") == {"updated": 1}
    assert empty.control.summary()["paths"]["/Bulk/Crud/Update/Bill.json"] == 1, "found, and not sent again"


def _without_lines(data: Any) -> Any:
    for each in data["bulk"]:
        del each["response_data"]["billLineItems"]
    return data


# A number that is taken


@pytest.mark.parametrize("code", ["BDC_1171", "BDC_5370"])
def test_a_number_that_bill_says_is_taken_is_looked_up_whichever_code_says_so(
    empty: Simulator, tmp_path: Path, code: str
) -> None:
    # section 7, 16
    load(empty, tmp_path, singer(vendors("A")))
    sent = {**bill("A", "1", 5), "vendorId": books(empty, "Vendor")[0]["id"]}
    del sent["vendorName"]
    sent["billLineItems"] = [{"entity": "BillLineItem", "amount": 5}]
    client_for(empty).create(BY_NAME["Bill"], sent)
    looks = 0

    def not_yet(rows: Any) -> Any:
        nonlocal looks
        looks += 1
        return [] if looks == 1 else rows

    def taken(data: Any) -> Any:
        for each in data["bulk"]:
            assert each["response_data"]["error_code"] == "BDC_1171"
            each["response_data"]["error_code"] = code
        return data

    with relay(empty) as between:
        between.says |= {"/List/Bill.json": not_yet, "/Bulk/Crud/Create/Bill.json": taken}
        ran = load(empty, tmp_path, singer(vendors("A"), bills(bill("A", "1", 5))), **between.settings)
    assert ran.code == 0, ran.err
    assert f"{code}); looking it up" in ran.err
    assert len(books(empty, "Bill")) == 1
    assert rejects(tmp_path) == []
