"""Which object a record is, and what an update of it sends."""

from __future__ import annotations

import shutil
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from conftest import client_for
from target_run import account, bill, bills, books, load, rejects, singer, vendors, writes

from bill_api.entities import BY_NAME
from target_bill.plan.changes import changes, update_body

if TYPE_CHECKING:
    from pathlib import Path

    from bill_simulator import Simulator

BILL, INVOICE, VENDOR = BY_NAME["Bill"], BY_NAME["Invoice"], BY_NAME["Vendor"]


def vendor(**fields: Any) -> tuple[str, list[str], list[dict[str, Any]]]:
    return "vendors", ["name"], [fields]


# Which object it is


def test_without_its_ledger_a_run_finds_everything_in_bill_and_writes_nothing(empty: Simulator, tmp_path: Path) -> None:
    stdin = singer(vendors("A", "B"), bills(bill("A", "1", 1, "2.50"), bill("B", "1", 3)))
    assert load(empty, tmp_path, stdin).code == 0
    shutil.rmtree(tmp_path / ".bill")
    empty.control.forget_requests()
    ran = load(empty, tmp_path, stdin)
    assert ran.code == 0, ran.err
    assert writes(empty) == []
    assert account(tmp_path, "bills") == {"unchanged": 2}


@pytest.mark.parametrize("cap", [25, 100])
def test_without_its_ledger_a_run_writes_nothing_twice_where_bill_cuts_pages(
    empty: Simulator, tmp_path: Path, cap: int
) -> None:
    names = [f"Vendor {number:03}" for number in range(130)]
    stdin = singer(vendors(*names), bills(*(bill(each, "1", 1) for each in names)))
    assert load(empty, tmp_path, stdin).code == 0
    held = {each: len(books(empty, each)) for each in ("Vendor", "Bill")}
    shutil.rmtree(tmp_path / ".bill")
    empty.control.limit(list_rows=cap)
    empty.control.switch(duplicate_names="allow")
    empty.control.forget_requests()
    ran = load(empty, tmp_path, stdin, allow_duplicate_invoice_numbers=True)
    assert ran.code == 0, ran.err
    assert {each: len(books(empty, each)) for each in held} == held
    assert not [path for path in writes(empty) if "/Create/" in path]


def test_a_record_that_gives_bills_own_id_is_that_object_whatever_its_name(empty: Simulator, tmp_path: Path) -> None:
    known = client_for(empty).create(VENDOR, {"name": "Old name"})
    ran = load(empty, tmp_path, singer(("vendors", ["id"], [{"id": known["id"], "name": "New name"}])))
    assert ran.code == 0, ran.err
    assert [each["name"] for each in books(empty, "Vendor")] == ["New name"]


def test_several_objects_with_the_same_key_are_a_reject_that_lists_them(empty: Simulator, tmp_path: Path) -> None:
    empty.control.switch(duplicate_names="allow")
    twins = [client_for(empty).create(VENDOR, {"name": "Twin"})["id"] for _ in range(2)]
    load(empty, tmp_path, singer(vendor(name="twin", phone="1")))
    (reject,) = rejects(tmp_path)
    assert all(each in reject["reason"] for each in twins)
    assert reject["field"] == "name"


def test_match_on_stands_in_place_of_the_natural_key(empty: Simulator, tmp_path: Path) -> None:
    client_for(empty).create(VENDOR, {"name": "Acme Limited", "accNumber": "4711"})
    record = vendor(name="ACME Ltd", accNumber="4711")
    ran = load(empty, tmp_path, singer(record), match_on={"vendors": ["accNumber"]})
    assert ran.code == 0, ran.err
    assert [each["name"] for each in books(empty, "Vendor")] == ["ACME Ltd"]


@pytest.mark.parametrize(
    ("match_on", "reason"),
    [
        (
            {"suppliers": ["name"]},
            "setting `match_on` has `suppliers`; allowed is the name of a BILL stream that can be written",
        ),
        (
            {"vendors": ["nickname"]},
            "setting `match_on.vendors[0]` is 'nickname', which is no writable field of Vendor",
        ),
        ({"vendors": ["createdTime"]}, "`match_on.vendors[0]` is 'createdTime', which is no writable field of Vendor"),
        ({"bills": ["billLineItems"]}, "`match_on.bills[0]` is 'billLineItems', which is no writable field of Bill"),
        ({"vendors": ["taxId"]}, "setting `match_on.vendors[0]` is `taxId`, which BILL shows masked"),
        ({"vendors": "name"}, "setting `match_on.vendors` is 'name'; allowed is a list"),
    ],
)
def test_a_match_on_that_means_nothing_is_named_at_start(
    empty: Simulator, tmp_path: Path, match_on: Any, reason: str
) -> None:
    ran = load(empty, tmp_path, singer(vendors("A")), match_on=match_on)
    assert ran.code == 2
    assert reason in ran.err
    assert empty.control.summary()["calls"] == 0


def test_two_records_that_are_one_object_are_found_before_anything_is_sent(empty: Simulator, tmp_path: Path) -> None:
    known = client_for(empty).create(VENDOR, {"name": "A"})["id"]
    records = [{"key": 1, "id": known, "name": "B"}, {"key": 2, "name": "A"}]
    load(empty, tmp_path, singer(("vendors", ["key"], records)))
    assert [each["source_key"] for each in rejects(tmp_path)] == ["1", "2"]
    assert all("used twice in this input" in each["reason"] for each in rejects(tmp_path))
    assert [each["name"] for each in books(empty, "Vendor")] == ["A"]


def test_a_ledger_of_another_sandbox_is_told(empty: Simulator, tmp_path: Path) -> None:
    load(empty, tmp_path, singer(vendors("A")))
    empty.control.reset(vendors=0, customers=0, bills=0, invoices=0)
    load(empty, tmp_path, singer(vendor(name="A", phone="1")))
    assert "BILL has no such Vendor" in rejects(tmp_path)[0]["reason"]
    assert books(empty, "Vendor") == []


def test_bills_with_the_same_number_are_told_apart_by_the_ledger_where_duplicates_are_allowed(
    empty: Simulator, tmp_path: Path
) -> None:
    twice = [{**bill("A", "SAME", 5), "key": key} for key in (1, 2)]
    stdin = singer(vendors("A"), ("bills", ["key"], twice))
    for expected in ("created", "unchanged"):
        ran = load(empty, tmp_path, stdin, allow_duplicate_invoice_numbers=True)
        assert ran.code == 0, ran.err
        assert account(tmp_path, "bills") == {expected: 2}
    shutil.rmtree(tmp_path / ".bill")
    assert load(empty, tmp_path, stdin, allow_duplicate_invoice_numbers=True).code == 0
    assert len(books(empty, "Bill")) == 2, "without the ledger each finds one of the two"


def test_a_record_that_differs_only_in_what_it_names_is_an_update(empty: Simulator, tmp_path: Path) -> None:
    client = client_for(empty)
    for name in ("Ink", "Paper"):
        client.create(BY_NAME["ChartOfAccount"], {"name": f"{name} account", "accountType": "7"})
    for name in ("Ink", "Paper"):
        document = bill("A", "1", 5)
        document["billLineItems"][0]["chartOfAccountName"] = f"{name} account"
        ran = load(empty, tmp_path, singer(vendors("A"), bills(document)), allow_fewer_lines=["bills"])
        assert ran.code == 0, ran.err
    assert account(tmp_path, "bills") == {"updated": 1}


# What an update sends


def test_an_update_sends_the_mandatory_fields_and_what_changed() -> None:
    stored = {"id": "1", "name": "A", "phone": "1", "email": "a@b.c", "isActive": "1"}
    changed = changes(VENDOR, {"name": "A", "phone": "2"}, stored)
    assert [(each.field, each.old, each.new) for each in changed] == [("phone", "1", "2")]
    assert update_body(VENDOR, changed, stored) == {"name": "A", "phone": "2"}


LINES = [{"id": "bli1", "amount": 10, "description": "ink"}, {"id": "bli2", "amount": 20}, {"id": "bli3", "amount": 5}]


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ([{"amount": 20}, {"amount": 10}, {"amount": 5}], LINES),  # the same in another order
        ([{"amount": 10}, {"amount": 21}, {"amount": 5}], [LINES[0], {"id": "bli2", "amount": 21}, LINES[2]]),
        ([{"amount": 20}, {"amount": 5}], [LINES[1], LINES[2]]),
        ([{"amount": 11}, *LINES[1:]], [{**LINES[0], "amount": 11}, *LINES[1:]]),
        ([*({"amount": line["amount"]} for line in LINES), {"amount": 1}], [*LINES, {"amount": 1}]),
        ([{"id": "bli3", "amount": 7}, {"amount": 10}, {"amount": 20}], [{"id": "bli3", "amount": 7}, *LINES[:2]]),
    ],
)
def test_lines_that_did_not_change_keep_their_ids(given: list[dict[str, Any]], sent: list[dict[str, Any]]) -> None:
    stored = {"id": "1", "billLineItems": LINES}
    changed = changes(BILL, {"billLineItems": given}, stored)
    assert bool(changed) is (sent is not LINES)
    assert update_body(BILL, changed, stored)["billLineItems"] == sent


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"quantity": 1, "price": 7}, {"quantity": 1, "price": 7}),  # 100 would contradict 1 x 7
        ({"price": 7}, {"quantity": 1, "price": 7}),
        ({"amount": 7}, {"amount": 7}),
        ({"amount": 7, "quantity": 1}, {"amount": 7, "quantity": 1}),
        ({"quantity": 1, "description": "y"}, {"quantity": 1, "price": 100, "amount": 100, "description": "y"}),
    ],
)
def test_a_new_price_and_an_old_amount_are_not_sent_together(given: dict[str, Any], sent: dict[str, Any]) -> None:
    line = {"id": "00f1", "quantity": 1, "price": 100, "amount": 100}
    stored = {"id": "1", "invoiceLineItems": [line]}
    changed = changes(INVOICE, {"invoiceLineItems": [given]}, stored)
    assert update_body(INVOICE, changed, stored)["invoiceLineItems"] == [{"id": "00f1", **sent}]


@pytest.mark.parametrize("update_lines", ["replace", "merge"])
def test_lines_keep_their_ids_in_bill_whether_it_replaces_or_merges_them(
    empty: Simulator, tmp_path: Path, update_lines: str
) -> None:
    empty.control.switch(update_lines=update_lines)
    load(empty, tmp_path, singer(vendors("A"), bills(bill("A", "1", 1, 2, 3))))
    before = {line["amount"]: line["id"] for line in books(empty, "Bill")[0]["billLineItems"]}
    ran = load(empty, tmp_path, singer(vendors("A"), bills(bill("A", "1", 1, "2.50", 3, 4))))
    assert ran.code == 0, ran.err
    after = {line["amount"]: line["id"] for line in books(empty, "Bill")[0]["billLineItems"]}
    assert sorted(after) == [1, Decimal("2.50"), 3, 4]
    assert (after[1], after[3]) == (before[1], before[3])


@pytest.mark.parametrize("unasked", ["present", "lines_only", "everywhere", "absent", "empty"])
def test_a_list_may_bring_lines_or_none_and_no_document_is_the_worse_for_it(
    empty: Simulator, tmp_path: Path, unasked: str
) -> None:
    empty.control.switch(unnested_children=unasked)
    load(empty, tmp_path, singer(vendors("A"), bills(bill("A", "1", 1, 2), bill("A", "2", 3))))
    forgotten = tmp_path / "another"
    forgotten.mkdir()  # without the ledger, so that all is known from BILL's lists
    ran = load(
        empty, forgotten, singer(vendors("A"), bills(bill("A", "1", 1, 2), bill("A", "2", 4))), on_match="update"
    )
    assert ran.code == 0, ran.err
    amounts = {
        each["invoiceNumber"]: [line["amount"] for line in each["billLineItems"]] for each in books(empty, "Bill")
    }
    assert amounts == {"1": [1, 2], "2": [4]}
    assert empty.control.summary()["paths"]["/Bulk/Crud/Update/Bill.json"] == 1
    changed = {each["invoiceNumber"] for each in books(empty, "Bill") if each["updatedTime"] != each["createdTime"]}
    assert changed <= {"2"}


@pytest.mark.parametrize("without_lines", ["keep", "wipe"])
@pytest.mark.parametrize("change", [{"description": "new"}, {"dueDate": "2025-05-05"}])
def test_the_lines_of_a_document_outlive_a_change_of_its_head(
    empty: Simulator, tmp_path: Path, without_lines: str, change: dict[str, str]
) -> None:
    empty.control.switch(update_without_lines=without_lines)
    load(empty, tmp_path, singer(vendors("A"), bills(bill("A", "1", 1, 2))))
    ran = load(empty, tmp_path, singer(vendors("A"), bills({**bill("A", "1", 1, 2), **change})))
    assert ran.code == 0, ran.err
    (stored,) = books(empty, "Bill")
    assert [line["amount"] for line in stored["billLineItems"]] == [1, 2]
    assert change.items() <= stored.items()


@pytest.mark.parametrize("update_mandatory", ["optional", "required"])
def test_what_an_update_does_not_mention_stays(empty: Simulator, tmp_path: Path, update_mandatory: str) -> None:
    empty.control.switch(update_mandatory=update_mandatory)
    client_for(empty).create(VENDOR, {"name": "A", "phone": "1", "email": "a@b.test"})
    ran = load(empty, tmp_path, singer(vendor(name="A", phone="2")))
    assert ran.code == 0, ran.err
    (stored,) = books(empty, "Vendor")
    assert (stored["phone"], stored["email"]) == ("2", "a@b.test")


def test_what_bill_empties_because_it_was_left_out_is_put_back(empty: Simulator, tmp_path: Path) -> None:
    """That absent fields are kept was seen of vendors; of others BILL may do the other thing."""
    empty.control.switch(update_absent="clear")
    client = client_for(empty)
    for name in ("A", "B"):
        client.create(VENDOR, {"name": name, "phone": "1", "email": "a@b.test"})
    records = [{"name": name, "phone": "2"} for name in ("A", "B")]
    ran = load(empty, tmp_path, singer(("vendors", ["name"], records)))
    assert ran.code == 0, ran.err
    assert "BILL empties fields that an update leaves out" in ran.err
    assert [(each["phone"], each["email"]) for each in books(empty, "Vendor")] == [("2", "a@b.test")] * 2


@pytest.mark.parametrize(("field", "held"), [("track1099", True), ("taxIdType", "1"), ("fax", "3")])
def test_a_field_that_cannot_be_empty_is_put_back_too(
    empty: Simulator, tmp_path: Path, field: str, held: bool | str
) -> None:
    empty.control.switch(update_absent="clear")
    client_for(empty).create(VENDOR, {"name": "A", field: held})
    ran = load(empty, tmp_path, singer(vendor(name="A", phone="2")))
    assert ran.code == 0, ran.err
    (stored,) = books(empty, "Vendor")
    assert (stored["phone"], stored[field]) == ("2", held)


@pytest.mark.parametrize(("null_handling", "phone"), [("keep", "1"), ("clear", None)])
@pytest.mark.parametrize("nothing", [None, ""])
def test_null_keeps_or_clears_as_the_user_chose(
    empty: Simulator, tmp_path: Path, null_handling: str, phone: str | None, nothing: Any
) -> None:
    client_for(empty).create(VENDOR, {"name": "A", "phone": "1", "email": "a@b.test"})
    ran = load(empty, tmp_path, singer(vendor(name="A", phone=nothing, fax="3")), null_handling=null_handling)
    assert ran.code == 0, ran.err
    (stored,) = books(empty, "Vendor")
    assert (stored["phone"], stored["email"], stored["fax"]) == (phone, "a@b.test", "3")


def test_a_reference_is_cleared_too(empty: Simulator, tmp_path: Path) -> None:
    client = client_for(empty)
    parent = client.create(BY_NAME["Department"], {"name": "Parent"})["id"]
    child = client.create(BY_NAME["Department"], {"name": "Child", "parentDepartmentId": parent})["id"]
    record = {"id": child, "name": "Child", "parentDepartmentId": None}
    ran = load(empty, tmp_path, singer(("departments", ["id"], [record])), null_handling="clear")
    assert ran.code == 0, ran.err
    stored = next(each for each in books(empty, "Department") if each["id"] == child)
    assert stored["parentDepartmentId"] == "0" * 20


def test_a_mandatory_field_is_never_cleared(empty: Simulator, tmp_path: Path) -> None:
    load(empty, tmp_path, singer(("vendors", ["id"], [{"id": "x", "name": None}])), null_handling="clear")
    assert rejects(tmp_path)[0]["reason"] == "BILL requires this field"


def test_on_a_second_look_a_changed_record_is_compared_with_what_bill_has(empty: Simulator, tmp_path: Path) -> None:
    """Another hash, but nothing to change: no call."""
    load(empty, tmp_path, singer(vendor(name="A", phone="1")))
    empty.control.forget_requests()
    ran = load(empty, tmp_path, singer(vendor(name=" A ", phone="1")))
    assert ran.code == 0, ran.err
    ran = load(empty, tmp_path, singer(("vendors", ["phone"], [{"name": "A", "phone": "1"}])))
    assert ran.code == 0, ran.err
    assert writes(empty) == []
    assert account(tmp_path, "vendors") == {"linked": 1}, "under another key it is another record"


def test_what_is_renamed_and_deleted_at_once_is_deleted_though_its_new_number_is_taken(
    empty: Simulator, tmp_path: Path
) -> None:
    keyed = [{**bill("A", number, 5), "key": number} for number in ("1", "2")]
    assert load(empty, tmp_path, singer(vendors("A"), ("bills", ["key"], keyed))).code == 0
    gone = {**keyed[0], "invoiceNumber": "2", "isActive": "2"}
    ran = load(empty, tmp_path, singer(("bills", ["key"], [gone])), allow_deletes=True)
    assert ran.code == 0, ran.err
    assert {each["invoiceNumber"]: each["isActive"] for each in books(empty, "Bill")} == {"1": "2", "2": "1"}


@pytest.mark.parametrize("on_match", ["update", "skip", "reject"])
def test_a_record_that_gives_the_id_of_its_object_is_that_object_whatever_on_match_says(
    empty: Simulator, tmp_path: Path, on_match: str
) -> None:
    known = client_for(empty).create(BY_NAME["Vendor"], {"name": "A"})["id"]
    record = {"uid": 1, "id": known, "name": "A", "phone": "0113 4960000"}
    ran = load(empty, tmp_path, singer(("vendors", ["uid"], [record])), on_match=on_match)
    assert ran.code == 0, ran.err
    assert [(each["id"], each["phone"]) for each in books(empty, "Vendor")] == [(known, "0113 4960000")]
