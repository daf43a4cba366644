"""An update overwrites lines and wants mandatory fields: those that BILL has are sent again unless others are given."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from api_scripted import ok, scripted_bill, settings_for

from bill_api.existing.content import standing
from bill_cli.typed.resources import entity_named

if TYPE_CHECKING:
    from cli_bill import Bill, Here

    from bill_simulator import Simulator

pytest_plugins = ["cli_fixtures"]

READ, UPDATE, BULK_UPDATE = "/Crud/Read/Bill.json", "/Crud/Update/Bill.json", "/Bulk/Crud/Update/Bill.json"


def documents(bill: Bill, entity: str = "Bill") -> list[dict[str, Any]]:
    array = f"{entity[0].lower()}{entity[1:]}LineItems"
    return [each for each in bill.books(entity) if len(each[array]) > 1]


def stored(bill: Bill, bill_id: str) -> dict[str, Any]:
    return next(each for each in bill.books("Bill") if each["id"] == bill_id)


def without_time(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in line.items() if name != "updatedTime"} for line in lines]


def paths(books: Simulator) -> list[str]:
    return [each["path"] for each in books.control.requests() if each["path"] != "/Login.json"]


def rows(here: Here, *given: dict[str, Any]) -> str:
    (here.bill.folder / "rows.json").write_text(json.dumps(given))
    return "rows.json"


def were_sent(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """True if BILL got the lines as it had them: it has written each anew, with its id and content."""
    lines, now = before["billLineItems"], after["billLineItems"]
    is_same = without_time(lines) == without_time(now)
    return is_same and all(old["updatedTime"] < new["updatedTime"] for old, new in zip(lines, now, strict=True))


def test_an_update_of_one_document_sends_its_lines_again(here: Here, bill: Bill, books: Simulator) -> None:
    before = documents(bill)[0]
    books.control.advance(60)
    books.control.forget_requests()
    assert here("update", "bill", before["id"], "--set", "poNumber=PO-1").code == 0
    assert paths(books) == [READ, UPDATE]
    after = stored(bill, before["id"])
    assert after["poNumber"] == "PO-1"
    assert were_sent(before, after)


@pytest.mark.parametrize("left_out", ["keep", "wipe"])
def test_no_update_loses_lines_whatever_bill_makes_of_one_without(
    here: Here, bill: Bill, books: Simulator, left_out: str
) -> None:
    one, two = documents(bill)[:2]
    books.control.switch(update_without_lines=left_out)
    assert here("update", "bill", one["id"], "--set", "poNumber=1").code == 0
    assert here("bulk", "update", "bills", rows(here, {"id": two["id"], "poNumber": "2"}), "--yes").code == 0
    for each in (one, two):
        assert without_time(stored(bill, each["id"])["billLineItems"]) == without_time(each["billLineItems"])


def test_lines_that_are_given_replace_them(here: Here, bill: Bill) -> None:
    before = documents(bill)[0]
    assert here("update", "bill", before["id"], "--line", "amount=5").code == 0
    assert [line["amount"] for line in stored(bill, before["id"])["billLineItems"]] == [5]


@pytest.mark.parametrize(
    "words",
    [("update", "bill"), ("update", "vendor"), ("bulk", "update", "bills"), ("bulk", "update", "customers")],
    ids=" ".join,
)
def test_an_update_has_the_mandatory_fields_as_documented(
    here: Here, bill: Bill, books: Simulator, words: tuple[str, ...]
) -> None:
    """Section 7, 2: clients leave them out, and BILL says that it takes them."""
    books.control.switch(update_mandatory="required", bulk_transaction="whole_request")
    entity = entity_named(words[-1])
    assert entity is not None
    name = "poNumber" if entity.lines else "shortName"
    before = bill.books(entity.name)[0]
    change = {"id": before["id"], name: "X-1"}
    last = (before["id"], "--set", f"{name}=X-1") if words[0] == "update" else (rows(here, change), "--yes")
    ran = here(*words, *last)
    assert ran.code == 0, ran.err
    after = next(each for each in bill.books(entity.name) if each["id"] == before["id"])
    assert after[name] == "X-1"
    assert {each: after[each] for each in standing(entity) if each != "billLineItems"} == {
        each: before[each] for each in standing(entity) if each != "billLineItems"
    }


def test_what_is_changed_is_read_for_it_may_be_deleted(here: Here, bill: Bill, books: Simulator) -> None:
    vendor = bill.books("Vendor")[0]
    books.control.forget_requests()
    assert here("update", "vendor", vendor["id"], "--set", f"name={vendor['name']}", "--set", "shortName=A").code == 0
    assert paths(books) == ["/Crud/Read/Vendor.json", "/Crud/Update/Vendor.json"]
    assert here("delete", "vendor", vendor["id"], "--yes").code == 0
    books.control.forget_requests()
    ran = here("update", "vendor", vendor["id"], "--set", "shortName=B")
    assert (ran.code, paths(books)) == (1, ["/Crud/Read/Vendor.json"])
    assert f"`bill undelete vendor {vendor['id']}` first. Nothing was sent" in ran.err


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("--set", "isActive=2"), "`bill delete bill` or `bill undelete bill` does that"),
        (("--set", "dueDate="), "`dueDate`: BILL wants it, and it is empty"),
        (("--line", "description=x"), "line 1, `amount`: BILL wants it, and it is missing"),
        (("--line", "amount=5 quantity=2 unitPrice=3"), "let them agree, for BILL may go by either"),
    ],
)
def test_what_bill_would_not_take_or_would_delete_is_refused(
    here: Here, bill: Bill, books: Simulator, change: tuple[str, ...], said: str
) -> None:
    one = next(each for each in bill.books("Bill") if each["isActive"] == "1")
    books.control.forget_requests()
    ran = here("update", "bill", one["id"], *change)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert "/Crud/Update/Bill.json" not in paths(books)
    assert here("update", "bill", one["id"], "--set", "isActive=1").code == 0, "as BILL has it"


@pytest.mark.parametrize("words", [("update", "bill"), ("bulk", "update", "bills")], ids=lambda words: words[0])
def test_nothing_is_sent_back_that_bill_sets_itself(
    here: Here, bill: Bill, books: Simulator, words: tuple[str, ...]
) -> None:
    """Section 7, 29: times are ignored, or refused; and what else our table knows as read-only."""
    before = documents(bill)[0]
    books.control.switch(sent_times="refuse", unknown_fields="refuse", update_mandatory="required")
    books.control.advance(60)
    change = {"id": before["id"], "poNumber": "PO-1"}
    last = (before["id"], "--set", "poNumber=PO-1") if words[0] == "update" else (rows(here, change), "--yes")
    ran = here(*words, *last)
    assert ran.code == 0, ran.err
    assert were_sent(before, stored(bill, before["id"]))


def test_rows_without_lines_send_them_again_and_the_others_their_own(here: Here, bill: Bill, books: Simulator) -> None:
    one, two = documents(bill)[:2]
    books.control.advance(60)
    file = rows(here, {"id": one["id"], "poNumber": "1"}, {"id": two["id"], "billLineItems": [{"amount": 5}]})
    assert here("bulk", "update", "bills", file, "--yes").code == 0
    after = stored(bill, one["id"])
    assert after["poNumber"] == "1"
    assert were_sent(one, after)
    assert [line["amount"] for line in stored(bill, two["id"])["billLineItems"]] == [5]


def test_two_changes_of_a_document_are_one_row(here: Here, bill: Bill, books: Simulator) -> None:
    """The second of two rows would overwrite the lines of the first, or may be an old copy of it."""
    bill_id = documents(bill)[0]["id"]
    books.control.forget_requests()
    line, number = {"billLineItems": [{"amount": 5}]}, {"poNumber": "1"}
    ran = here("bulk", "update", "bills", rows(here, {"id": bill_id, **line}, {"id": bill_id, **number}), "--yes")
    assert (ran.code, paths(books).count(BULK_UPDATE)) == (2, 0)
    assert f"element 1 and element 2: {bill_id} is changed in two ways" in ran.err
    assert here("bulk", "update", "bills", rows(here, {"id": bill_id, **line, **number}), "--yes").code == 0
    after = stored(bill, bill_id)
    assert (after["poNumber"], [line["amount"] for line in after["billLineItems"]]) == ("1", [5])


def test_a_document_that_is_not_there_is_refused_and_the_others_are_changed(here: Here, bill: Bill) -> None:
    one = documents(bill)[0]["id"]
    file = rows(here, {"id": "00n00NOSUCHOBJECTaaa", "poNumber": "1"}, {"id": one, "poNumber": "2"})
    ran = here("bulk", "update", "bills", file, "--yes")
    assert ran.code == 4
    assert [each["result"] for each in json.loads(ran.out)] == ["refused", "updated"]
    assert stored(bill, one)["poNumber"] == "2"


@pytest.mark.parametrize("transaction", ["all_or_nothing", "whole_request"])
def test_a_bad_id_harms_its_own_row_only_whatever_a_bulk_read_makes_of_it(
    here: Here, bill: Bill, books: Simulator, transaction: str
) -> None:
    one, two = documents(bill)[:2]
    books.control.switch(bulk_transaction=transaction, update_without_lines="wipe")
    changes = [{"id": each, "poNumber": "1"} for each in (one["id"], "00n00NOSUCHOBJECTaaa", two["id"])]
    ran = here("bulk", "update", "bills", rows(here, *changes), "--yes")
    assert ran.code == 4
    assert [each["result"] for each in json.loads(ran.out)] == ["updated", "refused", "updated"]
    assert [stored(bill, each["id"])["poNumber"] for each in (one, two)] == ["1", "1"]


@pytest.mark.parametrize("code", ["BDC_1002", "BDC_1121", "BDC_1145"])
def test_documents_are_read_one_by_one_where_bill_gives_them_in_no_other_way(
    here: Here, bill: Bill, books: Simulator, code: str
) -> None:
    one, two = documents(bill)[:2]
    books.control.fault("error", "/Bulk/Crud/Read/Bill.json", code=code, count=0)
    file = rows(here, *({"id": each["id"], "poNumber": "1"} for each in (one, two)))
    ran = here("bulk", "update", "bills", file, "--yes")
    assert ran.code == 0, ran.err
    for each in (one, two):
        assert without_time(stored(bill, each["id"])["billLineItems"]) == without_time(each["billLineItems"])


def test_who_may_change_what_he_may_not_read_changes_it_as_given(here: Here, bill: Bill, books: Simulator) -> None:
    vendor = bill.books("Vendor")[0]["id"]
    for path in ("/Crud/Read/Vendor.json", "/Bulk/Crud/Read/Vendor.json"):
        books.control.fault("error", path, code="BDC_1145", count=0)
    assert here("update", "vendor", vendor, "--set", "shortName=A").code == 0
    assert here("bulk", "update", "vendors", rows(here, {"id": vendor, "shortName": "B"}), "--yes").code == 0
    assert bill.books("Vendor")[0]["shortName"] == "B"


def test_who_may_not_read_is_told_to_give_the_lines(here: Here, bill: Bill, books: Simulator) -> None:
    """Permissions are per operation: some users may change what they may not read."""
    one = documents(bill)[0]["id"]
    for path in (READ, "/Bulk/Crud/Read/Bill.json"):
        books.control.fault("error", path, code="BDC_1145", count=0)
    ran = here("update", "bill", one, "--set", "poNumber=1")
    assert (ran.code, ran.out) == (1, "")
    assert "give all lines" in ran.err
    ran = here("bulk", "update", "bills", rows(here, {"id": one, "poNumber": "1"}), "--yes")
    assert ran.code == 1
    (result,) = json.loads(ran.out)
    assert (result["result"], result["code"]) == ("refused", "BDC_1145")
    assert "give all lines" in result["message"]
    assert here("update", "bill", one, "--set", "poNumber=1", "--line", "amount=1").code == 0


@pytest.mark.parametrize("words", [("update", "bill"), ("bulk", "update", "bills")], ids=lambda words: words[0])
def test_a_dry_run_reads_nothing_and_says_where_the_lines_would_stand(
    here: Here, bill: Bill, books: Simulator, words: tuple[str, ...]
) -> None:
    one = documents(bill)[0]["id"]
    books.control.forget_requests()
    last = (one, "--set", "poNumber=1") if words[0] == "update" else (rows(here, {"id": one, "poNumber": "1"}),)
    ran = here(*words, *last, "--dry-run")
    assert ran.code == 0, ran.err
    data = json.loads(ran.out)["form"]["data"]
    obj = data["obj"] if words[0] == "update" else data["bulk"][0]["obj"]
    assert obj["billLineItems"] == "(the lines that BILL has by then)"
    assert obj["vendorId"] == "(what BILL has by then)"
    assert paths(books) == []


def test_lines_that_a_bulk_read_leaves_out_are_read_with_their_document(here: Here) -> None:
    """That a bulk read has the lines is inferred: an update without them might wipe them."""
    line = {"entity": "BillLineItem", "id": "bli01ABCDEFGHIJaaaa1", "amount": 5}
    document = {"id": "00n01ABCDEFGHIJaaaa1", "updatedTime": "2026-01-01T00:00:00.000+0000", "billLineItems": [line]}
    without = {name: value for name, value in document.items() if name != "billLineItems"}
    changed = {**document, "poNumber": "1"}
    with scripted_bill() as scripted:
        scripted.script("/Bulk/Crud/Read/Bill.json", ok({"bulk": [{"response_status": 0, "response_data": without}]}))
        scripted.script(READ, ok(document))
        scripted.script(BULK_UPDATE, ok({"bulk": [{"response_status": 0, "response_data": changed}]}))
        given = {f"BILL_{name.upper()}": str(value) for name, value in settings_for(scripted.url).items()}
        file = rows(here, {"id": document["id"], "poNumber": "1"})
        ran = here("bulk", "update", "bills", file, "--yes", variables=given)
        assert ran.code == 0, ran.err
        (element,) = scripted.calls[-1].data["bulk"]
    assert element["obj"]["billLineItems"] == [line]


def test_an_object_that_cannot_be_deleted_is_changed_whatever_is_said_of_its_activity(here: Here, bill: Bill) -> None:
    """BILL has no such field in it: what is sent of one is told, and is no bug of ours."""
    one = bill.books("PaymentTerm")[0]
    (here.bill.folder / "term.json").write_text(json.dumps({"description": "x", "isActive": "1"}))
    ran = here("update", "payment-term", one["id"], "--json", "term.json")
    assert ran.code in {0, 2, 4}, ran.err
    assert "isActive" in ran.err or ran.code == 0
