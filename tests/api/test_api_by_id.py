"""Objects and documents by their ids: many in one call, each with an outcome of its own."""

from __future__ import annotations

import math
from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest
from api_scripted import ScriptedBill, client_at, envelope, http, ok, refusal, refused
from conftest import client_for

from bill_api.entities import BY_NAME
from bill_api.errors import (
    BillError,
    CredentialsError,
    FatalError,
    NotOfferedError,
    NotPermittedError,
    RefusedError,
    UnexpectedReplyError,
)
from bill_api.wire.raw import Answer, RawCall

if TYPE_CHECKING:
    from bill_simulator import Simulator

pytest_plugins = ["api_fixtures"]

VENDOR, CUSTOMER, DEPARTMENT, ORDER = (BY_NAME[each] for each in ("Vendor", "Customer", "Department", "PurchaseOrder"))
BULK_READ, READ = "/Bulk/Crud/Read/Vendor.json", "/Crud/Read/Department.json"
READ_VENDOR = "/Crud/Read/Vendor.json"
NOBODY = "00901NOSUCHVENDORaaa"
DOCUMENTS, DOWNLOAD = "/GetDocuments.json", "/DownloadBillDocumentServlet"


def paths(bill: Simulator) -> dict[str, int]:
    return {path: count for path, count in bill.control.summary()["paths"].items() if path != "/Login.json"}


# Objects


def test_a_hundred_objects_are_one_call_and_come_in_the_order_of_their_ids(bill: Simulator) -> None:
    client = client_for(bill)
    made = [each for i in (0, 1) for each in client.bulk_create(VENDOR, [{"name": f"{i} {n}"} for n in range(75)])]
    ids = [each["id"] for each in reversed(made) if isinstance(each, dict)]
    bill.control.forget_requests()
    assert client.read_many(VENDOR, ids) == made[::-1]
    assert paths(bill) == {BULK_READ: 2}


def test_no_id_is_no_call(bill: Simulator) -> None:
    assert client_for(bill).read_many(VENDOR, []) == []
    assert bill.control.summary()["calls"] == 0


@pytest.mark.parametrize("top_level", ["success", "any_failed"])
@pytest.mark.parametrize("code", ["BDC_1114", "BDC_1119", "BDC_1120"])
@pytest.mark.parametrize("entity", [VENDOR, DEPARTMENT], ids=lambda each: each.name)
def test_what_is_not_there_is_a_refusal_in_its_place(bill: Simulator, entity: Any, code: str, top_level: str) -> None:
    # section 7, 11: which of the codes is unknown
    bill.control.switch(not_found_code=code, bulk_top_level=top_level)
    client = client_for(bill)
    made = client.create(entity, {"name": "Fern"})
    client.delete(entity, made["id"])
    first, absent, second = client.read_many(entity, [made["id"], NOBODY, made["id"]])
    assert isinstance(absent, RefusedError)
    assert absent.code == code
    assert first == second
    assert isinstance(first, dict)
    assert first["isActive"] == "2"


def test_where_bill_offers_no_bulk_read_each_is_a_call_of_its_own(bill: Simulator) -> None:
    client = client_for(bill)
    made = [client.create(DEPARTMENT, {"name": name}) for name in "ABC"]
    bill.control.forget_requests()
    assert client.read_many(DEPARTMENT, [each["id"] for each in made]) == made
    assert paths(bill) == {READ: 3}


def test_what_no_source_offers_is_not_asked_for(scripted: ScriptedBill) -> None:
    with pytest.raises(NotOfferedError):
        client_at(scripted.url).read_many(ORDER, ["x"])
    assert scripted.calls == []


def test_what_may_not_be_read_at_all_is_asked_for_once_either_way(scripted: ScriptedBill) -> None:
    client = client_at(scripted.url)
    for path in (READ, READ_VENDOR, BULK_READ):
        scripted.script(path, refused("BDC_1145"))
    for entity in (DEPARTMENT, VENDOR):
        outcomes = client.read_many(entity, ["x", "y", "z"])
        assert [isinstance(each, NotPermittedError) for each in outcomes] == [True] * 3
    assert [scripted.count(path) for path in (READ, READ_VENDOR, BULK_READ)] == [1, 1, 1]


# Section 9, 11: what a bulk call does with a bad element is unknown


def made_with(bill: Simulator, count: int) -> list[dict[str, Any]]:
    made = client_for(bill).bulk_create(VENDOR, [{"name": f"Fern {i}"} for i in range(count)])
    bill.control.forget_requests()
    return [each for each in made if isinstance(each, dict)]


def test_an_object_that_is_not_there_is_asked_for_once(bill: Simulator) -> None:
    client = client_for(bill)
    (absent,) = client.read_many(VENDOR, [NOBODY])
    assert isinstance(absent, RefusedError)
    assert [count for path, count in paths(bill).items() if "Read" in path] == [1]


@pytest.mark.parametrize("not_found", ["BDC_1114", "BDC_1119", "BDC_1120"])
@pytest.mark.parametrize("transaction", ["all_or_nothing", "whole_request"])
def test_a_bad_id_spoils_no_other_whatever_a_bulk_call_makes_of_it(
    bill: Simulator, transaction: str, not_found: str
) -> None:
    made = made_with(bill, 40)
    bill.control.switch(bulk_transaction=transaction, not_found_code=not_found)
    ids = [each["id"] for each in made]
    outcomes = client_for(bill).read_many(VENDOR, [*ids[:7], NOBODY, *ids[7:]])
    absent = outcomes.pop(7)
    assert isinstance(absent, RefusedError)
    assert absent.code == not_found
    assert outcomes == made


def test_one_bad_id_of_a_hundred_costs_few_calls(bill: Simulator) -> None:
    ids = [each["id"] for each in made_with(bill, 99)]
    client = client_for(bill)
    bill.control.switch(bulk_transaction="whole_request")
    client.read_many(VENDOR, [*ids, NOBODY])
    assert sum(paths(bill).values()) <= 2 * math.ceil(math.log2(100)) + 1


@pytest.mark.parametrize("code", ["BDC_1002", "BDC_1121", "BDC_1145", "BDC_1171"])
def test_a_bulk_call_that_is_refused_is_read_in_other_calls(bill: Simulator, code: str) -> None:
    made = made_with(bill, 5)
    bill.control.fault("error", BULK_READ, code=code, count=0)
    assert client_for(bill).read_many(VENDOR, [each["id"] for each in made]) == made
    assert paths(bill)[READ_VENDOR] == 5


def test_what_was_read_is_there_when_a_later_call_fails(scripted: ScriptedBill) -> None:
    ids = [f"v{number}" for number in range(101)]
    scripted.script(BULK_READ, ok({"bulk": [success(each) for each in ids[:100]]}), refused("BDC_1105"))
    read = client_at(scripted.url).read_each(VENDOR, ids)
    assert [each["id"] for each in islice(read, 100) if isinstance(each, dict)] == ids[:100]
    with pytest.raises(CredentialsError):
        next(read)


def test_what_was_read_one_by_one_is_there_when_a_later_call_fails(scripted: ScriptedBill) -> None:
    scripted.script(BULK_READ, refused("BDC_1145"))
    scripted.script(READ_VENDOR, ok(success("a")["response_data"]), refused("BDC_1105"))
    read = client_at(scripted.url).read_each(VENDOR, ["a", "b", "c"])
    assert next(read) == success("a")["response_data"]
    with pytest.raises(CredentialsError):
        next(read)


def test_lines_that_a_bulk_read_leaves_out_are_read_one_by_one(scripted: ScriptedBill) -> None:
    """That it has them is inferred."""
    whole = [{"id": each, "billLineItems": [{"id": f"bli{each}", "amount": 1}]} for each in "abc"]
    bare = [{"response_status": 0, "response_data": {"id": each["id"]}} for each in whole[:2]]
    scripted.script(
        "/Bulk/Crud/Read/Bill.json", ok({"bulk": [*bare, {"response_status": 0, "response_data": whole[2]}]})
    )
    scripted.script("/Crud/Read/Bill.json", *map(ok, whole[:2]))
    assert client_at(scripted.url).read_many(BY_NAME["Bill"], ["a", "b", "c"]) == whole
    assert scripted.count("/Bulk/Crud/Read/Bill.json") == 1


def success(bill_id: str) -> dict[str, Any]:
    return {"response_status": 0, "response_message": "Success", "response_data": {"id": bill_id, "name": bill_id}}


UNREADABLE: dict[str, Any] = {
    "too few": [success("a")],
    "no array": None,
    "another object": [success("a"), success("c")],
    "in another order": [success("b"), success("a")],
    "no object": [success("a"), {"response_status": 0, "response_data": None}],
    "an error without a code": [success("a"), {"response_status": 1, "response_data": {"error_message": "no"}}],
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_an_answer_that_belongs_to_no_id_is_not_believed(scripted: ScriptedBill, name: str) -> None:
    scripted.script(BULK_READ, ok({"bulk": UNREADABLE[name]}))
    with pytest.raises(UnexpectedReplyError) as caught:
        client_at(scripted.url).read_many(VENDOR, ["a", "b"])
    assert caught.value.operation == BULK_READ


@pytest.mark.usefixtures("short_waits")
def test_a_read_whose_answer_is_lost_is_sent_again(scripted: ScriptedBill) -> None:
    scripted.script(BULK_READ, b"", ok({"bulk": [success("a")]}))
    assert client_at(scripted.url).read_many(VENDOR, ["a"]) == [success("a")["response_data"]]
    assert scripted.count(BULK_READ) == 2


@pytest.mark.usefixtures("short_waits")
@pytest.mark.parametrize("code", ["BDC_1001", "BDC_1002", "BDC_1145", "BDC_1322"])
def test_an_error_in_one_place_that_may_be_of_the_call_is_no_outcome_of_its_object(
    scripted: ScriptedBill, code: str
) -> None:
    bad = {"response_status": 1, "response_data": refusal(code)}
    scripted.script(BULK_READ, http(envelope(1, {"bulk": [success("a"), bad]})))
    scripted.script(READ_VENDOR, ok(success("b")["response_data"]))
    expected = [success(each)["response_data"] for each in "ab"]
    assert client_at(scripted.url).read_many(VENDOR, ["a", "b"]) == expected


@pytest.mark.usefixtures("short_waits")
def test_a_system_error_says_nothing_of_an_object(scripted: ScriptedBill) -> None:
    system = {"response_status": 1, "response_data": refusal("BDC_1001")}
    scripted.script(BULK_READ, http(envelope(1, {"bulk": [success("a"), system]})))
    scripted.script(READ_VENDOR, refused("BDC_1001"))
    with pytest.raises(BillError) as caught:
        client_at(scripted.url).read_many(VENDOR, ["a", "b"])
    assert caught.value.code == "BDC_1001"


# Deletes and undeletes


def test_customers_are_deleted_and_brought_back_in_one_call_each(bill: Simulator) -> None:
    client = client_for(bill)
    ids = [client.create(CUSTOMER, {"name": name})["id"] for name in "ABC"]
    bill.control.forget_requests()
    gone = client.bulk_delete(CUSTOMER, [*ids, NOBODY])
    assert [each["isActive"] if isinstance(each, dict) else each.code for each in gone] == ["2", "2", "2", "BDC_1120"]
    back = client.bulk_undelete(CUSTOMER, ids)
    assert [(each["id"], each["isActive"]) for each in back if isinstance(each, dict)] == [(each, "1") for each in ids]
    assert paths(bill) == {"/Bulk/Crud/Delete/Customer.json": 1, "/Bulk/Crud/Undelete/Customer.json": 1}


# Documents


def test_the_documents_of_a_bill_are_listed_and_fetched_beside_the_api(scripted: ScriptedBill) -> None:
    # section 10, 7: at the host's root, with the session in a header
    listed = [{"id": "00h1", "fileName": "a.pdf"}, {"id": "00h2", "fileName": "b.pdf"}]
    scripted.script(DOCUMENTS, ok({"documents": listed}))
    scripted.script(DOWNLOAD, http(b"%PDF-1.7\x00\xff"))
    client = client_at(scripted.url)
    assert client.documents("00n1") == listed
    assert client.download_document("00n1", "00h2") == b"%PDF-1.7\x00\xff"
    call = scripted.calls[-1]
    assert call.path == DOWNLOAD
    assert call.form == {"id": "00h2", "billId": "00n1", "pageNumber": "1"}
    assert call.headers["sessionId"] == client.session_id()


def test_documents_are_asked_for_until_no_new_one_comes(scripted: ScriptedBill) -> None:
    rows = [{"id": f"00h{number}"} for number in range(1000)]
    scripted.script(DOCUMENTS, ok({"documents": rows[:999]}), ok({"documents": rows[999:]}))
    assert client_at(scripted.url).documents("00n1") == rows
    assert [call.data["start"] for call in scripted.calls if call.path == DOCUMENTS] == [0, 999]


def test_the_same_page_again_is_the_end(scripted: ScriptedBill) -> None:
    scripted.script(DOCUMENTS, ok({"documents": [{"id": f"00h{number}"} for number in range(999)]}))
    assert len(client_at(scripted.url).documents("00n1")) == 999
    assert scripted.count(DOCUMENTS) == 2


@pytest.mark.parametrize("answer", [None, [], {}, {"documents": None}, {"documents": [{"fileName": "a"}]}], ids=repr)
def test_what_is_no_list_of_documents_is_said_to_be_none(scripted: ScriptedBill, answer: Any) -> None:
    scripted.script(DOCUMENTS, ok(answer))
    with pytest.raises(UnexpectedReplyError, match="no list of documents"):
        client_at(scripted.url).documents("00n1")


def test_a_refusal_in_place_of_a_file_is_one_and_quotes_no_session(scripted: ScriptedBill) -> None:
    client = client_at(scripted.url)
    scripted.script(DOWNLOAD, refused("BDC_1120", f"No data for {client.session_id()}."))
    with pytest.raises(RefusedError) as caught:
        client.download_document("00n1", "00h9")
    assert caught.value.code == "BDC_1120"
    assert client.session_id() not in str(caught.value)


SERVLETS = [DOWNLOAD, "/FileServlet", "/Invoice2PdfServlet", "/is/BillImageServlet"]
PAGES = {
    "live": "<html><body>Missing Information!</body></html>",
    "whole": "\ufeff\n<!DOCTYPE html>\n<html lang='en'><head><style>p {}</style></head><p>Missing  Information!",
    "xhtml": '<?xml version="1.0"?><!-- a --><HTML>Missing Information!</HTML>',
}


@pytest.mark.parametrize("answer", [Answer.BINARY, Answer.TEXT])
@pytest.mark.parametrize("path", SERVLETS)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_words_in_place_of_a_file_is_no_file(
    scripted: ScriptedBill, page: str, path: str, answer: Answer
) -> None:
    # section 10, 11: with HTTP 200
    scripted.script(path, http(PAGES[page]))
    with pytest.raises(RefusedError, match="'Missing Information!'") as caught:
        client_at(scripted.url).send(RawCall(path=path, method="GET", answer=answer, file_name="scan.pdf"))
    assert (caught.value.operation, scripted.count(path)) == (path, 1)


def test_a_file_that_is_a_page_by_its_name_is_given(scripted: ScriptedBill) -> None:
    client = client_at(scripted.url)
    scripted.script(DOWNLOAD, http(PAGES["live"]))
    assert client.download_document("00n1", "00h1", file_name="Invoice.HTML") == PAGES["live"].encode()
    with pytest.raises(RefusedError):
        client.download_document("00n1", "00h1")
    scripted.script("/HtmlServlet", http(PAGES["live"]))  # documented as a page: section 10, 6
    assert client.send(RawCall(path="/HtmlServlet", method="GET", answer=Answer.TEXT)) == PAGES["live"]


@pytest.mark.parametrize(
    "content",
    [b"%PDF-1.7 <html>", b"", b"<svg/>", b"id;html\n<html>", b"<htmlx>", b"<!-- -->" * 1200],
    ids=lambda content: repr(content[:10]),
)
def test_what_only_speaks_of_pages_is_a_file(scripted: ScriptedBill, content: bytes) -> None:
    scripted.script(DOWNLOAD, http(content))
    assert client_at(scripted.url).download_document("00n1", "00h1") == content


@pytest.mark.parametrize("path", [*SERVLETS, "/HtmlServlet"])
def test_the_words_of_a_session_that_is_over_lead_to_one_login(scripted: ScriptedBill, path: str) -> None:
    # section 10, 12
    scripted.script(path, http("Your session has timed out\n"), http(b"%PDF-1.7"))
    client = client_at(scripted.url)
    call = RawCall(path=path, method="GET", answer=Answer.BINARY)
    assert client.send(call) == b"%PDF-1.7"
    assert (scripted.count("/Login.json"), scripted.count(path)) == (2, 2)


def test_those_words_again_are_an_error_and_no_file(scripted: ScriptedBill) -> None:
    scripted.script(DOWNLOAD, http("Your session has timed out"))
    client = client_at(scripted.url)
    with pytest.raises(FatalError, match="timed out"):
        client.download_document("00n1", "00h1", file_name="scan.pdf")
    assert (scripted.count("/Login.json"), scripted.count(DOWNLOAD)) == (2, 2)
    words = b"Your session has timed out"
    assert client.download_document("00n1", "00h1", file_name="words.txt") == words
