"""Line streams, the meaning of codes, deletes, and what is read only when somebody selects it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import tap_run
from conftest import client_for, selection
from simulator_caller import Caller

from bill_api.entities import BY_NAME

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Ran

    from bill_simulator import Simulator

HOUR_S = 3600


def synced(simulator: Simulator, folder: Path, *streams: str, state: dict[str, Any] | None = None, **more: Any) -> Ran:
    """A sync of these streams alone."""
    return tap_run.synced(simulator, folder, state, catalog=selection(folder, set(streams)), **more)


def lists(simulator: Simulator) -> dict[str, int]:
    return {path: count for path, count in simulator.control.summary()["paths"].items() if path.startswith("/List/")}


@pytest.mark.parametrize(
    ("parent", "lines", "entity", "array", "key"),
    [
        ("bills", "bill_line_items", "Bill", "billLineItems", "billId"),
        ("invoices", "invoice_line_items", "Invoice", "invoiceLineItems", "invoiceId"),
        ("vendor_credits", "vendor_credit_line_items", "VendorCredit", "vendorCreditLineItems", "vendorCreditId"),
        ("received_pays", "invoice_pays", "ReceivedPay", "invoicePays", "receivedPayId"),
    ],
)
def test_lines_are_a_stream_made_from_the_pages_of_their_documents(
    simulator: Simulator, tmp_path: Path, parent: str, lines: str, entity: str, array: str, key: str
) -> None:
    ran = synced(simulator, tmp_path, parent, lines, page_size=7)
    documents = simulator.control.books(simulator.organization_id, entity)
    expected = {
        line["id"]: (row["id"], place, row["updatedTime"][:19] + "Z", simulator.organization_id)
        for row in documents
        for place, line in enumerate(row[array])
    }
    found = {
        each["id"]: (each[key], each["position"], each["documentUpdatedTime"], each["organizationId"])
        for each in ran.records(lines)
    }
    assert found == expected
    assert len(ran.records(lines)) == len(expected)
    assert len(ran.records(parent)) == len(documents)
    assert set(lists(simulator)) == {f"/List/{entity}.json"}


def test_documents_come_before_their_lines_and_schemas_before_both(simulator: Simulator, tmp_path: Path) -> None:
    ran = synced(simulator, tmp_path, "bills", "bill_line_items", page_size=10)
    seen: set[str] = set()
    schemas: set[str] = set()
    for each in ran.messages:
        if each["type"] == "SCHEMA":
            schemas.add(each["stream"])
        elif each["type"] == "RECORD":
            assert each["stream"] in schemas
            if each["stream"] == "bills":
                seen.add(each["record"]["id"])
            else:
                assert each["record"]["billId"] in seen


def test_lines_without_their_documents_are_read_too(simulator: Simulator, tmp_path: Path) -> None:
    ran = synced(simulator, tmp_path, "bill_line_items", nested=False)
    assert not ran.records("bills")
    total = sum((Decimal(str(each["amount"])) for each in ran.records("bill_line_items")), Decimal(0))
    assert total == simulator.control.totals(simulator.organization_id)["Bill"]["amount"]
    again = synced(simulator, tmp_path, "bill_line_items", state=ran.state, lookback_s=0)
    assert len(again.records("bill_line_items")) < len(ran.records("bill_line_items")) // 2


def test_documents_may_be_bare_while_their_lines_are_a_stream(simulator: Simulator, tmp_path: Path) -> None:
    ran = synced(simulator, tmp_path, "bills", "bill_line_items", nested=False)
    assert not any("billLineItems" in each for each in ran.records("bills"))
    assert ran.records("bill_line_items")


@pytest.mark.parametrize("unasked", ["present", "lines_only", "everywhere", "absent", "empty"])
def test_documents_are_bare_or_whole_as_asked_for_whatever_bill_sends_unasked(
    simulator: Simulator, tmp_path: Path, unasked: str
) -> None:
    simulator.control.switch(unnested_children=unasked)
    streams = ("bills", "invoices", "vendor_credits")
    arrays = {"billLineItems", "invoiceLineItems", "invoiceAdjustments", "vendorCreditLineItems"}
    bare = synced(simulator, tmp_path, *streams, nested=False)
    whole = synced(simulator, tmp_path, *streams)
    for stream in streams:
        assert bare.records(stream)
        assert not any(arrays & each.keys() for each in bare.records(stream))
        assert all(arrays & each.keys() for each in whole.records(stream))


def test_a_line_stream_that_is_added_later_gets_everything(simulator: Simulator, tmp_path: Path) -> None:
    first = synced(simulator, tmp_path, "bills")
    simulator.control.advance(HOUR_S)
    second = synced(simulator, tmp_path, "bills", "bill_line_items", state=first.state)
    books = simulator.control.books(simulator.organization_id, "Bill")
    assert len(second.records("bill_line_items")) == sum(len(row["billLineItems"]) for row in books)
    simulator.control.advance(HOUR_S)
    third = synced(simulator, tmp_path, "bills", "bill_line_items", state=second.state)
    assert third.records("bills") == third.records("bill_line_items") == []


def test_a_payment_made_elsewhere_shows_in_the_next_sync(simulator: Simulator, tmp_path: Path) -> None:
    """BILL makes the lines of a paid bill anew and moves its `updatedTime` (live: section 7, 8)."""
    simulator.control.switch(record_payments="offer")
    streams = ("bills", "bill_line_items", "sent_pays", "bill_pays")
    first = synced(simulator, tmp_path, *streams)
    before = next(each for each in first.records("bills") if (each["paymentStatus"], each["isActive"]) == ("1", "1"))
    simulator.control.advance(HOUR_S)
    paid = [{"entity": "BillPay", "billId": before["id"], "amount": before["dueAmount"]}]
    sent = {"vendorId": before["vendorId"], "processDate": "2026-01-05", "billPays": paid}
    with Caller(simulator) as caller:
        payment = caller.ok("/RecordAPPayment.json", sent)
    second = synced(simulator, tmp_path, *streams, state=first.state, lookback_s=0)
    (after,) = (each for each in second.records("bills") if each["id"] == before["id"])
    assert (after["dueAmount"], after["paymentStatus"]) == (0, "0")
    old, new = (
        {each["id"] for each in ran.records("bill_line_items") if each["billId"] == before["id"]}
        for ran in (first, second)
    )
    assert new
    assert not old & new
    assert [each["id"] for each in second.records("sent_pays")] == [payment["id"]]
    assert [each["billId"] for each in second.records("bill_pays")] == [before["id"]]


def test_the_lines_that_count_are_those_with_the_time_of_their_document(simulator: Simulator, tmp_path: Path) -> None:
    first = synced(simulator, tmp_path, "bills", "bill_line_items")
    simulator.control.advance(HOUR_S)
    row = simulator.control.books(simulator.organization_id, "Bill")[0]
    line = {"entity": "BillLineItem", "amount": Decimal("1.25")}
    client_for(simulator).update(BY_NAME["Bill"], {"id": row["id"], "billLineItems": [line]})
    second = synced(simulator, tmp_path, "bills", "bill_line_items", state=first.state)
    bills = {each["id"]: each for ran in (first, second) for each in ran.records("bills")}
    lines = {each["id"]: each for ran in (first, second) for each in ran.records("bill_line_items")}
    present = [each for each in lines.values() if each["documentUpdatedTime"] == bills[each["billId"]]["updatedTime"]]
    assert len(lines) > len(present)
    total = sum((Decimal(str(each["amount"])) for each in present), Decimal(0))
    assert total == simulator.control.totals(simulator.organization_id)["Bill"]["amount"]


def test_codes_can_be_joined_to_their_meaning(simulator: Simulator, tmp_path: Path) -> None:
    ran = synced(simulator, tmp_path, "code_labels")
    labels = {(each["entity"], each["field"], each["code"]): each["meaning"] for each in ran.records("code_labels")}
    assert labels["Bill", "paymentStatus", "1"] == "open"
    assert labels["BillLineItem", "lineType", "2"] == "item"
    assert len(labels) == len(ran.records("code_labels")) > 150
    assert simulator.control.summary()["calls"] == 0


def test_deletes_can_be_seen(simulator: Simulator, tmp_path: Path) -> None:
    client = client_for(simulator)
    gone = client.delete(BY_NAME["Vendor"], simulator.control.books(simulator.organization_id, "Vendor")[0]["id"])
    records = {each["id"]: each for each in synced(simulator, tmp_path, "vendors").records("vendors")}
    assert records[gone["id"]]["deletedAt"] == records[gone["id"]]["updatedTime"]
    assert records[gone["id"]]["isDeleted"] is True
    active = [each for each in records.values() if each["isActive"] == "1"]
    assert active
    assert all(each["isDeleted"] is False and each["deletedAt"] is None for each in active)


def test_lines_say_that_their_document_is_deleted(simulator: Simulator, tmp_path: Path) -> None:
    gone = client_for(simulator).delete(
        BY_NAME["Bill"], next(each["id"] for each in simulator.control.books(simulator.organization_id, "Bill"))
    )
    lines = synced(simulator, tmp_path, "bills", "bill_line_items").records("bill_line_items")
    deleted = [each for each in lines if each["billId"] == gone["id"]]
    assert deleted
    assert all(each["isDeleted"] is True and each["deletedAt"] == each["documentUpdatedTime"] for each in deleted)
    assert any(each["isDeleted"] is False and each["deletedAt"] is None for each in lines)


@pytest.mark.parametrize(("told", "is_deleted"), [("present", True), ("absent", None)])
def test_a_list_without_times_says_what_is_deleted_if_bill_does(
    simulator: Simulator, tmp_path: Path, told: str, is_deleted: bool | None
) -> None:
    simulator.control.switch(unread_fields=told)
    with Caller(simulator) as caller:
        customer = caller.ok("/List/Customer.json", {"start": 0, "max": 1})[0]["id"]
        memo = caller.ok(
            "/Crud/Create/CreditMemo.json",
            {"obj": {"entity": "CreditMemo", "customerId": customer, "refNumber": "1", "creditDate": "2026-01-05"}},
        )
        caller.ok("/Crud/Delete/CreditMemo.json", {"id": memo["id"]})
    (record,) = (
        each for each in synced(simulator, tmp_path, "credit_memos").records("credit_memos") if each["id"] == memo["id"]
    )
    assert record["isDeleted"] is is_deleted
    assert "deletedAt" not in record
