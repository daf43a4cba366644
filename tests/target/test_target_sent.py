"""What goes over the wire: an update says what changed and no more, and an answer is believed for what it can be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conftest import client_for
from target_relay import relay
from target_run import account, bill, bills, books, load, opened, refused, singer, vendors

from bill_api.entities import BY_NAME

if TYPE_CHECKING:
    from pathlib import Path

    from bill_simulator import Simulator

VENDOR = BY_NAME["Vendor"]
CREATE, UPDATE = "/Bulk/Crud/Create/Vendor.json", "/Bulk/Crud/Update/Vendor.json"


def test_an_update_sends_what_changed_until_bill_empties_the_rest_and_then_everything(
    empty: Simulator, tmp_path: Path
) -> None:
    """What somebody else changes between our look and our write must not be put back."""
    full = {"phone": "1", "email": "a@b.test", "address1": "1 Quay"}
    ids = {name: client_for(empty).create(VENDOR, {"name": name, **full})["id"] for name in "ABC"}
    records = [{"name": name, "phone": "2"} for name in ids]
    with relay(empty) as between:
        ran = load(empty, tmp_path, singer(("vendors", ["name"], records)), **between.settings)
        assert ran.code == 0, ran.err
        assert between.objects(UPDATE) == [{"id": ids[name], "name": name, "phone": "2"} for name in ids]
        between.sent.clear()
        empty.control.switch(update_absent="clear")
        records = [{"name": name, "phone": "3"} for name in ids]
        one_by_one = {"batch_size": 1, "max_concurrency": 1}
        ran = load(empty, tmp_path, singer(("vendors", ["name"], records)), **between.settings, **one_by_one)
        assert ran.code == 0, ran.err
        sent = between.objects(UPDATE)
    assert ran.err.count("from now on everything is sent") == 1
    first = sent[0]["name"]  # each looks at its object before it leaves, so that another than A may be the first
    assert sent[0] == {"id": ids[first], "name": first, "phone": "3"}
    whole = {"id": ids["C"], "name": "C", **full, "phone": "3"}
    last = next(each for each in reversed(sent) if each["id"] == ids["C"])
    assert whole.items() <= last.items()
    assert [name for name in last if name != "id" and VENDOR.by_name[name].read_only] == []


def test_an_answer_with_an_object_that_was_there_before_is_not_taken_for_the_new_one(
    empty: Simulator, tmp_path: Path
) -> None:
    """Its record would own, and later change, what belongs to another one; it waits for no call that was answered."""
    old = client_for(empty).create(VENDOR, {"name": "Old"})["id"]

    def says_old(data: Any) -> Any:
        data["bulk"][0]["response_data"]["id"] = old
        return data

    with relay(empty) as between:
        between.says[CREATE] = says_old
        ran = load(empty, tmp_path, singer(vendors("New")), **between.settings, timeout_s=60)
    assert ran.code == 0, ran.err
    assert f"BILL answers with {old}, which was there before" in ran.err
    assert account(tmp_path, "vendors") == {"created": 1}
    with opened(tmp_path) as ledger:
        owned = ledger.execute("SELECT bill_id FROM settled").fetchall()
    assert owned == [(each["id"],) for each in books(empty, "Vendor") if each["name"] == "New"]


def test_an_amount_that_bill_has_stored_otherwise_is_a_reject_that_says_both(empty: Simulator, tmp_path: Path) -> None:
    """As many lines as were sent, and another sum."""

    def says_seven(data: Any) -> Any:
        data["bulk"][0]["response_data"]["billLineItems"][0]["amount"] = 7
        return data

    with relay(empty) as between:
        between.says["/Bulk/Crud/Create/Bill.json"] = says_seven
        ran = load(empty, tmp_path, singer(vendors("A"), bills(bill("A", "1", 5))), **between.settings)
    assert ran.code == 1
    ((stream, _, field, reason),) = refused(tmp_path)
    assert (stream, field) == ("bills", "billLineItems")
    assert reason == f"BILL has 1 line of 7.00 in {books(empty, 'Bill')[0]['id']}, and was sent 1 line of 5.00"
