"""An update of a document overwrites its lines: those that BILL has are sent again unless others are given."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from api_scripted import ok, scripted_bill, settings_for

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
    assert here("bulk", "update", "bills", rows(here, {"id": two["id"], "poNumber": "2"})).code == 0
    for each in (one, two):
        assert without_time(stored(bill, each["id"])["billLineItems"]) == without_time(each["billLineItems"])


def test_lines_that_are_given_replace_them_and_nothing_is_read(here: Here, bill: Bill, books: Simulator) -> None:
    before = documents(bill)[0]
    books.control.forget_requests()
    assert here("update", "bill", before["id"], "--line", "amount=5").code == 0
    assert paths(books) == [UPDATE]
    assert [line["amount"] for line in stored(bill, before["id"])["billLineItems"]] == [5]


def test_rows_without_lines_send_them_again_and_the_others_their_own(here: Here, bill: Bill, books: Simulator) -> None:
    one, two = documents(bill)[:2]
    books.control.advance(60)
    file = rows(here, {"id": one["id"], "poNumber": "1"}, {"id": two["id"], "billLineItems": [{"amount": 5}]})
    assert here("bulk", "update", "bills", file).code == 0
    after = stored(bill, one["id"])
    assert after["poNumber"] == "1"
    assert were_sent(one, after)
    assert [line["amount"] for line in stored(bill, two["id"])["billLineItems"]] == [5]


def test_a_second_change_of_a_document_keeps_the_lines_of_the_first(here: Here, bill: Bill, books: Simulator) -> None:
    bill_id = documents(bill)[0]["id"]
    books.control.forget_requests()
    file = rows(here, {"id": bill_id, "billLineItems": [{"amount": 5}]}, {"id": bill_id, "poNumber": "1"})
    assert here("bulk", "update", "bills", file).code == 0
    after = stored(bill, bill_id)
    assert (after["poNumber"], [line["amount"] for line in after["billLineItems"]]) == ("1", [5])
    assert paths(books).count(BULK_UPDATE) == 2


def test_a_document_that_is_not_there_is_refused_and_the_others_are_changed(here: Here, bill: Bill) -> None:
    one = documents(bill)[0]["id"]
    file = rows(here, {"id": "00n00NOSUCHOBJECTaaa", "poNumber": "1"}, {"id": one, "poNumber": "2"})
    ran = here("bulk", "update", "bills", file)
    assert ran.code == 4
    assert [each["result"] for each in json.loads(ran.out)] == ["refused", "updated"]
    assert stored(bill, one)["poNumber"] == "2"


def test_what_has_no_lines_is_not_read(here: Here, bill: Bill, books: Simulator) -> None:
    vendor = bill.books("Vendor")[0]["id"]
    books.control.forget_requests()
    assert here("update", "vendor", vendor, "--set", "shortName=A").code == 0
    assert here("bulk", "update", "vendors", rows(here, {"id": vendor, "shortName": "B"})).code == 0
    assert paths(books) == ["/Crud/Update/Vendor.json", "/Bulk/Crud/Update/Vendor.json"]


def test_who_may_not_read_is_told_to_give_the_lines(here: Here, bill: Bill, books: Simulator) -> None:
    """Permissions are per operation: some users may change what they may not read."""
    one = documents(bill)[0]["id"]
    for path in (READ, "/Bulk/Crud/Read/Bill.json"):
        books.control.fault("error", path, code="BDC_1145", count=0)
    ran = here("update", "bill", one, "--set", "poNumber=1")
    assert (ran.code, ran.out) == (1, "")
    assert "give all lines" in ran.err
    ran = here("bulk", "update", "bills", rows(here, {"id": one, "poNumber": "1"}))
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
    assert paths(books) == []


def test_lines_that_a_bulk_read_leaves_out_are_read_with_their_document(here: Here) -> None:
    """That a bulk read has the lines is inferred: an update without them might wipe them."""
    line = {"entity": "BillLineItem", "id": "bli01ABCDEFGHIJaaaa1", "amount": 5}
    document = {"id": "00n01ABCDEFGHIJaaaa1", "updatedTime": "2026-01-01T00:00:00.000+0000", "billLineItems": [line]}
    without = {name: value for name, value in document.items() if name != "billLineItems"}
    with scripted_bill() as scripted:
        scripted.script("/Bulk/Crud/Read/Bill.json", ok({"bulk": [{"response_status": 0, "response_data": without}]}))
        scripted.script(READ, ok(document))
        scripted.script(BULK_UPDATE, ok({"bulk": [{"response_status": 0, "response_data": document}]}))
        given = {f"BILL_{name.upper()}": str(value) for name, value in settings_for(scripted.url).items()}
        file = rows(here, {"id": document["id"], "poNumber": "1"})
        ran = here("bulk", "update", "bills", file, variables=given)
        assert ran.code == 0, ran.err
        (element,) = scripted.calls[-1].data["bulk"]
    assert element["obj"]["billLineItems"] == [line]
