"""Calls that public clients make beside those about entities: documents, approvals, messages, payments.

Facts: sections 10 and 13. Each call is as a client was seen to send it, over plain HTTP.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import requests
from simulator_caller import TIMEOUT_S, Caller, bill, code_of, invoice, loads

from bill_simulator import defaults

if TYPE_CHECKING:
    from simulator_caller import Body, Rows

pytest_plugins = ["simulator_fixtures"]

PDF = b"%PDF-1.7\n1 0 obj <</Type /Pages /Count 2>>\n2 0 obj <</Type /Page>>\n3 0 obj <</Type/Page >>\n%%EOF"
TEXT = b"Thank you for your business"
DOWNLOADS, FILES = "/DownloadBillDocumentServlet", "/FileServlet"


def stored(caller: Caller, entity: str, object_id: str) -> Body:
    """An object in the books, with all that they keep of it."""
    return next(each for each in caller.control.books(caller.organization, entity) if each["id"] == object_id)


def downloaded(caller: Caller, **query: str) -> requests.Response:
    """The answer of the servlet, at the host's root and with the session in a header."""
    sent = {"sessionId": caller.session_id}
    return requests.get(f"{caller.simulator.url}{DOWNLOADS}", query, headers=sent, timeout=TIMEOUT_S)


# Documents


@pytest.fixture
def documented(caller: Caller) -> str:
    """A bill with two documents."""
    made = caller.create("Bill", **bill(caller.vendor(), "B-1"))
    caller.attach("Invoice 1100.pdf", PDF, made["id"])
    caller.attach("terms.txt", TEXT, made["id"])
    return str(made["id"])


def test_the_documents_of_a_bill_are_listed_by_page(caller: Caller, documented: str) -> None:
    first, second = caller.ok("/GetDocuments.json", {"id": documented, "start": 0, "max": 20})["documents"]
    assert [each["fileName"] for each in (first, second)] == ["Invoice 1100.pdf", "terms.txt"]
    assert first["id"].startswith("00h")
    assert (first["documentRef"][:3], first["pageNumbers"], second["numPages"]) == ("0du", [1, 2], 1)
    assert first["fileUrl"] == f"{FILES}?id={first['id']}"
    assert caller.ok("/GetDocuments.json", {"id": documented, "start": 1, "max": 1})["documents"] == [second]
    bare = caller.create("Bill", **bill(caller.vendor("Other"), "B-2"))["id"]
    assert caller.ok("/GetDocuments.json", {"id": bare}) == {"documents": [], "numPages": 0}
    assert caller.refused("/GetDocuments.json", {"id": "00n02AAAAAAAAAAaaaaa"}) == "BDC_1120"
    assert caller.refused("/GetDocuments.json", {}) == "BDC_1108"


@pytest.mark.parametrize(("instants", "to_the_second"), [("seconds", True), ("milliseconds", False)])
def test_the_times_of_documents_are_instants_like_all_others(
    caller: Caller, instants: str, *, to_the_second: bool
) -> None:
    caller.control.switch(instants=instants)
    made = caller.create("Bill", **bill(caller.vendor(), "B-1"))["id"]
    for number in range(3):
        caller.attach(f"{number}.pdf", PDF, made)
    listed = caller.ok("/GetDocuments.json", {"id": made})["documents"]
    assert all(each["createdDate"].endswith(".000+0000") for each in listed) == to_the_second
    assert [each["updatedDate"] for each in listed] == [each["createdDate"] for each in listed]


def test_a_document_is_downloaded_as_it_was_uploaded(caller: Caller, documented: str) -> None:
    first, second = caller.ok("/GetDocuments.json", {"id": documented})["documents"]
    answer = downloaded(caller, id=first["id"], pageNumber="2", billId=documented)
    assert (answer.status_code, answer.headers["content-type"], answer.content) == (200, "application/pdf", PDF)
    answer = downloaded(caller, id=second["id"], billId=documented)
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.content == TEXT


def test_a_download_that_does_not_name_its_bill_is_a_page_of_words(caller: Caller, documented: str) -> None:
    # unanet, downloads/bill_pdfs/ (section 10, 11)
    (first, _) = caller.ok("/GetDocuments.json", {"id": documented})["documents"]
    answer = downloaded(caller, id=first["id"], entityId=documented)
    assert (answer.status_code, "Missing Information!" in answer.text) == (200, True)
    assert answer.headers["content-type"].startswith("text/html")


def test_the_address_of_a_file_wants_a_session_and_says_so_in_words(caller: Caller, documented: str) -> None:
    # unanet, downloads/Invoice_138762.pdf (section 10, 12)
    (first, _) = caller.ok("/GetDocuments.json", {"id": documented})["documents"]
    address = caller.simulator.url + first["fileUrl"]
    answer = requests.get(address, timeout=TIMEOUT_S)
    assert (answer.status_code, answer.text) == (200, "Your session has timed out")
    session = {"sessionId": caller.session_id}
    assert requests.get(address, headers=session, timeout=TIMEOUT_S).content == PDF
    gone = requests.get(address + "x", headers=session, timeout=TIMEOUT_S)
    assert code_of(gone.json()) == "BDC_1120"


def test_a_download_wants_its_session_in_the_header_at_the_root(caller: Caller, documented: str) -> None:
    (first, _) = caller.ok("/GetDocuments.json", {"id": documented})["documents"]
    wanted = {"id": first["id"], "billId": documented}
    session = {"sessionId": caller.session_id}
    root = f"{caller.simulator.url}{DOWNLOADS}"
    for headers, query in (({}, {}), ({}, session), ({"sessionId": "over"}, {})):
        answer = requests.get(root, wanted | query, headers=headers, timeout=TIMEOUT_S)
        assert code_of(answer.json()) == "BDC_1109"
    below = f"{caller.simulator.api_url}{DOWNLOADS}"
    assert requests.get(below, wanted, headers=session, timeout=TIMEOUT_S).status_code == 405


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"id": "00h02AAAAAAAAAAaaaaa"}, "BDC_1120"),
        ({"billId": "00n02AAAAAAAAAAaaaaa"}, "BDC_1120"),
        ({"pageNumber": "3"}, "BDC_1129"),
        ({"pageNumber": "x"}, "BDC_1129"),
    ],
)
def test_a_download_of_something_else_is_refused(
    caller: Caller, documented: str, changes: dict[str, str], code: str
) -> None:
    (first, _) = caller.ok("/GetDocuments.json", {"id": documented})["documents"]
    assert code_of(downloaded(caller, **{"id": first["id"], "billId": documented, **changes}).json()) == code


def test_documents_are_of_one_organization_and_a_permission(caller: Caller, documented: str) -> None:
    (first, _) = caller.ok("/GetDocuments.json", {"id": documented})["documents"]
    with Caller(caller.simulator, defaults.EMPTY_ORGANIZATION_ID) as other:
        assert code_of(downloaded(other, id=first["id"], billId=documented).json()) == "BDC_1120"
        assert other.refused("/GetDocuments.json", {"id": documented}) == "BDC_1120"
    caller.control.change_directory(users=[{"username": defaults.USERNAME, "forbidden": ["GetDocuments"]}])
    assert caller.refused("/GetDocuments.json", {"id": documented}) == "BDC_1145"


# Invoices as PDF


def as_pdf(caller: Caller, session: str | None = None, **query: str) -> requests.Response:
    """The answer of the servlet, at the host's root and with the session in a header."""
    sent = {"sessionId": caller.session_id if session is None else session}
    return requests.get(f"{caller.simulator.url}/Invoice2PdfServlet", query, headers=sent, timeout=TIMEOUT_S)


def test_an_invoice_is_fetched_as_a_pdf_of_one_page(caller: Caller) -> None:
    # developer.bill.com/v2/docs/get-invoice-pdf (section 13, 4)
    made = caller.create("Invoice", **invoice(caller.customer(), r"I-(1\€"))
    answer = as_pdf(caller, Id=made["id"], PresentationType="PDF")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    pdf = answer.content
    assert rb"Invoice I-\(1\\? over 10, " in pdf
    assert len(re.findall(rb"/Type /Page\b", pdf)) == 1
    index = int(re.findall(rb"startxref\n(\d+)\n%%EOF\n$", pdf)[0])
    assert pdf[index:].startswith(b"xref\n0 7\n")
    places = [int(each) for each in re.findall(rb"^(\d{10}) 00000 n $", pdf[index:], re.MULTILINE)]
    assert all(pdf[place:].startswith(b"%d 0 obj\n" % number) for number, place in enumerate(places, 1))
    (length,) = re.findall(rb"/Length (\d+)", pdf)
    assert pdf.partition(b"stream\n")[2][int(length) :].startswith(b"\nendstream")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"Id": "00e02AAAAAAAAAAaaaaa"}, "BDC_1120"),
        ({"Id": ""}, "BDC_1108"),
        ({"PresentationType": ""}, "BDC_1108"),
        ({"PresentationType": "HTML"}, "BDC_1129"),
        ({"session": "over"}, "BDC_1109"),
    ],
)
def test_a_pdf_of_no_invoice_is_refused(caller: Caller, changes: dict[str, str], code: str) -> None:
    made = caller.list("Invoice")[0]["id"]
    assert code_of(as_pdf(caller, **{"Id": made, "PresentationType": "PDF", **changes}).json()) == code


def test_a_pdf_is_of_ones_own_organization_and_a_permission(caller: Caller) -> None:
    wanted = {"Id": caller.list("Invoice")[0]["id"], "PresentationType": "PDF"}
    with Caller(caller.simulator, defaults.EMPTY_ORGANIZATION_ID) as other:
        assert code_of(as_pdf(other, **wanted).json()) == "BDC_1120"
    caller.control.change_directory(users=[{"username": defaults.USERNAME, "forbidden": ["read/Invoice"]}])
    assert code_of(as_pdf(caller, **wanted).json()) == "BDC_1145"


# Approvals


@pytest.fixture
def users(caller: Caller) -> list[str]:
    """The caller and a colleague."""
    colleague = next(each["id"] for each in caller.list("User") if each["id"] != defaults.USER_ID)
    return [defaults.USER_ID, str(colleague)]


def document(caller: Caller, entity: str) -> str:
    """A new document that can be approved."""
    vendor = caller.vendor(f"With a {entity}")
    sent = {
        "Bill": bill(vendor, "B-1"),
        "VendorCredit": {
            "vendorId": vendor,
            "refNumber": "C-1",
            "creditDate": "2025-03-01",
            "vendorCreditLineItems": [{"entity": "VendorCreditLineItem", "amount": 5}],
        },
    }[entity]
    return str(caller.create(entity, **sent)["id"])


def approvers(caller: Caller, entity: str, object_id: str) -> list[tuple[str, str]]:
    """User and status of each active approver, in order."""
    reference = {"Bill": "billId", "VendorCredit": "vendorCreditId"}[entity]
    rows = [each for each in caller.list(f"{entity}Approver") if each[reference] == object_id]
    active = [each for each in rows if each["isActive"] == "1"]
    return [(each["usersId"], each["status"]) for each in sorted(active, key=lambda each: int(each["sortOrder"]))]


def approval(caller: Caller, entity: str, object_id: str) -> str:
    return str(caller.on("Read", entity, object_id)["approvalStatus"])


@pytest.mark.parametrize("entity", ["Bill", "VendorCredit"])
def test_a_document_is_approved_by_one_after_the_other(caller: Caller, users: list[str], entity: str) -> None:
    made, (me, other) = document(caller, entity), users
    before = stored(caller, entity, made)["updatedTime"]
    caller.control.advance(5)
    caller.ok("/SetApprovers.json", {"entity": entity, "objectId": made, "approvers": [me, other]})
    assert approvers(caller, entity, made) == [(me, "0"), (other, "5")]
    assert approval(caller, entity, made) == "1"
    assert stored(caller, entity, made)["updatedTime"] > before
    caller.ok("/Approve.json", {"objectId": made, "entity": entity, "comment": "fine"})
    assert approvers(caller, entity, made) == [(me, "4"), (other, "0")]
    assert approval(caller, entity, made) == "4"
    decision = {"objectId": made, "entity": entity}
    assert caller.refused("/Approve.json", decision) == caller.refused("/Deny.json", decision) == "BDC_1145"
    caller.ok("/SetApprovers.json", {"entity": entity, "objectId": made, "approvers": [me]})
    assert approvers(caller, entity, made) == [(me, "0")]
    caller.ok("/Approve.json", decision)
    assert approval(caller, entity, made) == "3"
    caller.ok("/SetApprovers.json", {"entity": entity, "objectId": made, "approvers": []})
    assert (approvers(caller, entity, made), approval(caller, entity, made)) == ([], "0")


@pytest.mark.parametrize("entity", ["Bill", "VendorCredit"])
@pytest.mark.parametrize("decided", [None, "Approve", "Deny"])
def test_approvers_are_cleared_whatever_was_decided(
    caller: Caller, users: list[str], entity: str, decided: str | None
) -> None:
    # developer.bill.com/v2/reference/ap-approvals-clearapprovers (section 13, 14)
    made = {"entity": entity, "objectId": document(caller, entity)}
    caller.ok("/SetApprovers.json", {**made, "approvers": users})
    if decided:
        caller.ok(f"/{decided}.json", made)
    before = stored(caller, entity, made["objectId"])["updatedTime"]
    caller.control.advance(5)
    assert caller.ok("/ClearApprovers.json", made) == {}
    assert (approvers(caller, entity, made["objectId"]), approval(caller, entity, made["objectId"])) == ([], "0")
    assert stored(caller, entity, made["objectId"])["updatedTime"] > before
    assert caller.refused("/Approve.json", made) == "BDC_1145"
    assert caller.refused("/ClearApprovers.json", {**made, "objectId": "00n02AAAAAAAAAAaaaaa"}) == "BDC_1120"
    caller.control.change_directory(users=[{"username": defaults.USERNAME, "forbidden": ["ClearApprovers"]}])
    assert caller.refused("/ClearApprovers.json", made) == "BDC_1145"


@pytest.mark.parametrize(("choice", "cleared"), [("replace", False), ("replace", True), ("add", False), ("add", True)])
def test_approvers_that_are_set_again_replace_the_others_or_come_after_them(
    caller: Caller, users: list[str], choice: str, *, cleared: bool
) -> None:
    # section 13, 14 and 15
    caller.control.switch(set_approvers=choice)
    me, other = users
    made = {"entity": "Bill", "objectId": document(caller, "Bill")}
    caller.ok("/SetApprovers.json", {**made, "approvers": [me]})
    if cleared:
        caller.ok("/ClearApprovers.json", made)
    caller.ok("/SetApprovers.json", {**made, "approvers": [other, me]})
    stay = choice == "add" and not cleared
    assert approvers(caller, "Bill", made["objectId"]) == (
        [(me, "0"), (other, "5")] if stay else [(other, "0"), (me, "5")]
    )


def test_an_approver_who_is_added_after_the_last_approval_is_waited_for(caller: Caller, users: list[str]) -> None:
    caller.control.switch(set_approvers="add")
    me, other = users
    made = {"entity": "Bill", "objectId": document(caller, "Bill")}
    caller.ok("/SetApprovers.json", {**made, "approvers": [me]})
    caller.ok("/Approve.json", made)
    caller.ok("/SetApprovers.json", {**made, "approvers": [other]})
    assert approvers(caller, "Bill", made["objectId"]) == [(me, "4"), (other, "0")]


def test_a_denied_document_waits_for_no_one_else(caller: Caller, users: list[str]) -> None:
    made = document(caller, "Bill")
    caller.ok("/SetApprovers.json", {"entity": "Bill", "objectId": made, "approvers": users})
    caller.ok("/Deny.json", {"objectId": made, "entity": "Bill", "comment": "twice"})
    assert approval(caller, "Bill", made) == "5"
    assert approvers(caller, "Bill", made) == [(users[0], "3"), (users[1], "5")]


def test_what_waits_for_a_user_is_listed_by_page(caller: Caller, users: list[str]) -> None:
    me, other = users
    waiting: Body = {"usersId": me, "type": "0", "approvalType": "0", "marker": 0, "max": 100}
    before = len(caller.ok("/ListUserApprovals.json", waiting)["approvals"])
    made, credit = document(caller, "Bill"), document(caller, "VendorCredit")
    for entity, object_id in (("Bill", made), ("VendorCredit", credit)):
        caller.ok("/SetApprovers.json", {"entity": entity, "objectId": object_id, "approvers": [me, other]})
    every = caller.ok("/ListUserApprovals.json", waiting)["approvals"]
    assert len(every) == before + 2
    assert {made, credit} <= {each.get("billId") or each.get("vendorCreditId") for each in every}
    of_credits = caller.ok("/ListUserApprovals.json", {**waiting, "entity": "VendorCredit"})["approvals"]
    assert credit in {each["vendorCreditId"] for each in of_credits}
    assert caller.ok("/ListUserApprovals.json", {**waiting, "marker": 1, "max": 1})["approvals"] == every[1:2]
    assert caller.ok("/ListUserApprovals.json", {})["approvals"] == every
    caller.ok("/Approve.json", {"objectId": made, "entity": "Bill"})
    assert made not in {each.get("billId") for each in caller.ok("/ListUserApprovals.json", waiting)["approvals"]}
    theirs = caller.ok("/ListUserApprovals.json", {**waiting, "usersId": other})["approvals"]
    assert made in {each.get("billId") for each in theirs}


@pytest.mark.parametrize("first", ["", None, "0", 0])
def test_the_first_page_of_what_waits_may_be_marked_in_any_way(caller: Caller, users: list[str], first: Any) -> None:
    # section 13, 3: the type of `marker` is unknown
    for entity in ("Bill", "VendorCredit"):
        sent = {"entity": entity, "objectId": document(caller, entity), "approvers": users}
        caller.ok("/SetApprovers.json", sent)
    every = caller.ok("/ListUserApprovals.json", {})["approvals"]
    assert len(every) >= 2
    assert caller.ok("/ListUserApprovals.json", {"marker": first, "max": 100})["approvals"] == every
    assert caller.ok("/ListUserApprovals.json", {"marker": "1"})["approvals"] == every[1:]


@pytest.mark.parametrize("marker", ["-1", -1, "x", True, 1.5, []])
def test_a_marker_that_is_refused_is_named(caller: Caller, marker: Any) -> None:
    answer = caller.call("/ListUserApprovals.json", {"marker": marker})
    assert code_of(answer) == "BDC_1129"
    assert ": marker, " in answer["response_data"]["error_message"]


@pytest.mark.parametrize(
    ("call", "name", "more"),
    [
        ("SetApprovers", "objectId", {"entity": "Bill", "approvers": []}),
        ("Approve", "objectId", {"entity": "VendorCredit"}),
        ("SendMessage", "objectId", {"message": "x"}),
        ("SendInvoice", "invoiceId", {}),
        ("SendVendorInvite", "vendorId", {"email": "ap@kestrel.test"}),
        ("GetDisbursementData", "sentPayId", {}),
        ("GetDocuments", "id", {}),
    ],
)
def test_a_refusal_names_the_parameter_that_the_caller_sent(caller: Caller, call: str, name: str, more: Body) -> None:
    caller.trust()
    caller.control.switch(not_found_code="BDC_1119")
    for sent, code in (({name: "00902AAAAAAAAAAaaaaa"}, "BDC_1119"), ({}, "BDC_1108")):
        answer = caller.call(f"/{call}.json", {**more, **sent})
        assert code_of(answer) == code
        assert re.search(rf": {name}\b", answer["response_data"]["error_message"])


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"entity": "Vendor"}, "BDC_1114"),
        ({"entity": None}, "BDC_1108"),
        ({"objectId": "00n02AAAAAAAAAAaaaaa"}, "BDC_1120"),
        ({"objectId": None}, "BDC_1108"),
        ({"approvers": None}, "BDC_1108"),
        ({"approvers": ["00602AAAAAAAAAAaaaaa"]}, "BDC_1119"),
        ({"approvers": [5]}, "BDC_1119"),
    ],
)
def test_approvers_that_make_no_sense_are_refused(caller: Caller, changes: Body, code: str) -> None:
    sent = {"entity": "Bill", "objectId": document(caller, "Bill"), "approvers": [defaults.USER_ID], **changes}
    assert caller.refused("/SetApprovers.json", sent) == code


# Messages


def test_a_note_is_written_to_an_object_and_listed_by_it(caller: Caller) -> None:
    vendor, other = caller.vendor(), caller.vendor("Other")
    caller.ok("/SendMessage.json", {"objectId": vendor, "message": "Call them", "isPublic": False})
    (note,) = caller.filtered("Note", "objectId", "=", vendor)
    assert (note["entity"], note["objectId"]) == ("Note", vendor)
    assert caller.filtered("Note", "objectId", "=", other) == []
    assert caller.refused("/SendMessage.json", {"objectId": "00902AAAAAAAAAAaaaaa", "message": "x"}) == "BDC_1120"
    assert caller.refused("/SendMessage.json", {"objectId": vendor, "message": ""}) == "BDC_1108"


def test_a_list_of_notes_says_of_which_object_or_is_a_switch(caller: Caller) -> None:
    # section 13, 17: every client that was seen filters on `objectId`
    first, second = caller.vendor(), caller.vendor("Other")
    for each in (first, second):
        caller.ok("/SendMessage.json", {"objectId": each, "message": "Call them"})
    path = "/List/Note.json"
    of_both = [{"field": "objectId", "op": "in", "value": f"{first},{second}"}]
    but_first = [{"field": "objectId", "op": "!=", "value": first}]
    for filters in (None, [], of_both, but_first):
        answer = caller.call(path, {"filters": filters})
        assert code_of(answer) == "BDC_1108"
        assert ": objectId." in answer["response_data"]["error_message"]
    assert caller.refused(path, {"filters": [{"field": "message", "op": "=", "value": "x"}]}) == "BDC_1130"
    caller.control.switch(notes_of_all="list")
    assert {first, second} <= {each["objectId"] for each in caller.list("Note")}
    assert {each["objectId"] for each in caller.list("Note", filters=of_both)} == {first, second}


@pytest.mark.parametrize("to", ["ap@marina.test", ["ap@marina.test", "cfo@marina.test"]])
def test_an_invoice_is_sent_by_mail(caller: Caller, to: Any) -> None:
    made = caller.create("Invoice", **invoice(caller.customer(), "I-1"))
    caller.control.advance(5)
    headers = {"fromUserId": defaults.USER_ID, "toEmailAddresses": to, "subject": "Your invoice"}
    sent = {"invoiceId": made["id"], "headers": headers, "content": {"body": "Please pay"}}
    assert caller.ok("/SendInvoice.json", sent) == {}
    after = caller.on("Read", "Invoice", made["id"])
    assert (made["lastSentTime"], after["lastSentTime"]) == (None, after["updatedTime"])
    assert after["updatedTime"] > made["updatedTime"]
    assert caller.refused("/SendInvoice.json", {**sent, "invoiceId": "00e02AAAAAAAAAAaaaaa"}) == "BDC_1120"


def test_a_vendor_is_invited_from_a_trusted_session(caller: Caller) -> None:
    sent = {"vendorId": caller.vendor(), "email": "ap@kestrel.test"}
    assert caller.refused("/SendVendorInvite.json", sent) == "BDC_1361"
    caller.trust()
    assert caller.ok("/SendVendorInvite.json", sent) == {}
    assert caller.on("Read", "Vendor", sent["vendorId"])["numberOfInvitesSent"] == 1
    assert caller.refused("/SendVendorInvite.json", {**sent, "email": ""}) == "BDC_1108"


# Payments

PAYING = ("ChargeCustomer", "RecordARPayment", "RecordAPPayment", "CancelAPPayment", "VoidAPPayment", "VoidARPayment")


@pytest.mark.parametrize("name", PAYING)
def test_what_moves_money_is_refused_for_want_of_a_permission(caller: Caller, name: str) -> None:
    caller.trust()
    assert caller.refused(f"/{name}.json", {"sentPayId": caller.list("SentPay")[0]["id"]}) == "BDC_1145"


@pytest.mark.parametrize("name", ["PayBill", "PayBills"])
def test_paying_through_bill_is_refused_without_trust_and_with_it(caller: Caller, name: str) -> None:
    made = document(caller, "Bill")
    sent = {"billId": made, "amount": 10, "processDate": "2025-06-01"}
    assert caller.refused(f"/{name}.json", sent) == "BDC_1361"
    caller.trust()
    assert caller.refused(f"/{name}.json", sent) == "BDC_1150"
    assert caller.on("Read", "Bill", made)["dueAmount"] == 10


def test_nothing_is_told_of_a_disbursement(caller: Caller) -> None:
    # documented: empty before money has moved, and in the sandbox
    assert caller.ok("/GetDisbursementData.json", {"sentPayId": caller.list("SentPay")[0]["id"]}) == {}
    assert caller.refused("/GetDisbursementData.json", {"sentPayId": "stp02AAAAAAAAAAaaaaa"}) == "BDC_1120"


def payment(vendor: str, *paid: tuple[str, Any], **more: Any) -> Body:
    """A payment to record, as a client sends it."""
    return {
        "vendorId": vendor,
        "toPrintCheck": False,
        "processDate": "2025-06-03",
        "description": "paid elsewhere",
        "billPays": [{"entity": "BillPay", "billId": each, "amount": amount} for each, amount in paid],
        **more,
    }


@pytest.fixture
def payable(caller: Caller) -> Rows:
    """Two bills of a vendor, some time ago, where payments can be recorded."""
    caller.control.switch(record_payments="offer")
    vendor = caller.vendor()
    made = [caller.create("Bill", **bill(vendor, f"B-{number}", 30, 20.5)) for number in (1, 2)]
    caller.control.advance(60)
    return made


def test_a_recorded_payment_changes_what_a_sync_reads(caller: Caller, payable: Rows) -> None:
    one, two = payable
    made = caller.ok("/RecordAPPayment.json", payment(one["vendorId"], (one["id"], 50.5), (two["id"], 10)))
    after = {each["id"]: each for each in caller.filtered("Bill", "updatedTime", ">", one["updatedTime"])}
    assert set(after) == {one["id"], two["id"]}
    told = ("paidAmount", "dueAmount", "paymentStatus", "lastPaymentDate", "fullPaymentDate")
    day = "2025-06-03"
    assert [after[one["id"]][each] for each in told] == [Decimal("50.5"), 0, "0", day, day]
    assert [after[two["id"]][each] for each in told] == [10, Decimal("40.5"), "2", day, None]
    assert {each["amount"] for each in after.values()} == {Decimal("50.5")}
    for before in payable:
        lines = after[before["id"]]["billLineItems"]
        assert [line["amount"] for line in lines] == [line["amount"] for line in before["billLineItems"]]
        assert not {line["id"] for line in lines} & {line["id"] for line in before["billLineItems"]}
        assert {line["createdTime"] for line in lines} == {after[before["id"]]["updatedTime"]}
    assert (made["entity"], made["status"], made["isOnline"]) == ("SentPay", "2", False)
    assert made["amount"] == Decimal("60.5")
    assert caller.on("Read", "SentPay", made["id"]) == made
    pays = caller.filtered("BillPay", "sentPayId", "=", made["id"])
    assert sorted(pays, key=lambda each: str(each["id"])) == sorted(made["billPays"], key=lambda each: str(each["id"]))
    assert {each["billId"]: each["amount"] for each in pays} == {one["id"]: Decimal("50.5"), two["id"]: 10}
    assert {(each["paymentStatus"], each["paymentType"], each["processDate"]) for each in pays} == {("2", "1", day)}


def test_the_rest_of_a_bill_is_paid_later(caller: Caller, payable: Rows) -> None:
    one = payable[0]
    for amount in (10, 40.5):
        caller.ok("/RecordAPPayment.json", payment(one["vendorId"], (one["id"], amount)))
    after = caller.on("Read", "Bill", one["id"])
    assert (after["dueAmount"], after["paymentStatus"]) == (0, "0")
    later = caller.update("Bill", id=one["id"], billLineItems=[{"amount": 60}])
    assert (later["amount"], later["dueAmount"]) == (60, Decimal("9.5"))


@pytest.mark.parametrize(("answer", "due"), [("due_stays", "50.5"), ("due_falls", "30.5")])
def test_a_scheduled_payment_is_seen_in_the_bill_and_by_itself(
    caller: Caller, payable: Rows, answer: str, due: str
) -> None:
    one = payable[0]
    sent = {"billId": one["id"], "amount": 20, "processDate": "2025-07-01"}
    caller.control.switch(pay_bill=answer)
    assert caller.refused("/PayBill.json", sent) == "BDC_1361"
    caller.trust()
    made = caller.ok("/PayBill.json", sent)
    told = ("scheduledAmount", "paidAmount", "dueAmount", "paymentStatus", "lastPaymentDate")
    after = caller.on("Read", "Bill", one["id"])
    assert [after[each] for each in told] == [20, None, Decimal(due), "4", None]
    assert after["updatedTime"] > one["updatedTime"]
    assert (made["status"], made["isOnline"], made["amount"], made["vendorId"]) == ("1", True, 20, one["vendorId"])
    pay = caller.filtered("BillPay", "sentPayId", "=", made["id"])[0]
    assert (pay["paymentStatus"], pay["paymentType"], pay["processDate"]) == ("1", "0", "2025-07-01")

    assert caller.refused("/PayBill.json", {**sent, "amount": 31}) == "BDC_1119", "20 of 50.50 are scheduled"
    changed = caller.update("Bill", id=one["id"], billLineItems=[{"amount": 60}])
    assert changed["dueAmount"] == Decimal(due) + Decimal("9.5")
    caller.ok("/RecordAPPayment.json", payment(one["vendorId"], (one["id"], 40)))
    paid = caller.on("Read", "Bill", one["id"])
    assert [paid[each] for each in told[:3]] == [20, 40, changed["dueAmount"] - 40]


@pytest.mark.parametrize(
    ("changes", "amount", "code"),
    [
        ({"vendorId": None}, 1, "BDC_1117"),
        ({"vendorId": "00902AAAAAAAAAAaaaaa"}, 1, "BDC_1119"),
        ({"processDate": "June"}, 1, "BDC_1124"),
        ({"billPays": []}, 1, "BDC_1108"),
        ({"billPays": ["x"]}, 1, "BDC_1124"),
        ({"billPays": [{"billId": "00n02AAAAAAAAAAaaaaa", "amount": 1}]}, 1, "BDC_1120"),
        ({}, 51, "BDC_1119"),
        ({}, 0, "BDC_1119"),
        ({}, -1, "BDC_1119"),
        ({}, None, "BDC_1119"),
        ({}, "1.00", "BDC_1124"),
        ({"vendorId": "other"}, 1, "BDC_1119"),
    ],
)
def test_a_payment_that_makes_no_sense_changes_nothing(
    caller: Caller, payable: Rows, changes: Body, amount: Any, code: str
) -> None:
    one, two = payable
    sent = {**payment(one["vendorId"], (one["id"], 5), (two["id"], amount)), **changes}
    if sent["vendorId"] == "other":
        sent["vendorId"] = caller.vendor("Other")
    assert caller.refused("/RecordAPPayment.json", sent) == code
    assert [caller.on("Read", "Bill", each["id"]) for each in payable] == payable
    assert caller.filtered("BillPay", "billId", "=", one["id"]) == []


# What clients ask for that BILL does not have


@pytest.mark.parametrize("name", ["SentBillPay", "Document", "Approval"])
def test_lists_of_what_bill_does_not_list_are_refused_by_name(caller: Caller, name: str) -> None:
    # BILL's reference has SentPay and BillPay, GetDocuments and ListUserApprovals instead
    answer = caller.call(f"/List/{name}.json", {"start": 0, "max": 999})
    assert code_of(answer) == "BDC_1128"
    assert name in answer["response_data"]["error_message"]


@pytest.mark.parametrize("value", ["12.50", "12", "-3", "1e3", "", " 12.50"])
def test_an_amount_as_text_is_the_wrong_type_unless_switched(caller: Caller, value: str) -> None:
    # clients convert to numbers before they send; a text is what a spreadsheet gives
    sent = {"obj": bill(caller.vendor(), "B-1", value)}
    assert caller.refused("/Crud/Create/Bill.json", sent) == "BDC_1124"
    caller.control.switch(numbers_as_text="accept")
    answer = caller.call("/Crud/Create/Bill.json", sent)
    if value in ("12.50", "12", "-3"):
        assert answer["response_data"]["amount"] == Decimal(value)
    else:
        assert code_of(answer) == "BDC_1124"


@pytest.mark.parametrize("wanted", ["isActive", "createdTime"])
def test_users_are_filtered_by_what_was_seen_of_them(caller: Caller, wanted: str) -> None:
    # section 13, 7: live
    made = caller.create(
        "User", profileId=caller.list("Profile")[0]["id"], email="n@x.test", firstName="N", lastName="X"
    )
    caller.on("Delete", "User", made["id"])
    op, value = ("=", "2") if wanted == "isActive" else (">=", made["createdTime"])
    assert [each["id"] for each in caller.filtered("User", wanted, op, value)] == [made["id"]]
    assert (
        caller.refused("/List/User.json", {"filters": [{"field": "updatedTime", "op": ">", "value": value}]})
        == "BDC_1130"
    )


def test_payment_terms_are_of_0_to_999_days_each_once_and_never_deleted(caller: Caller) -> None:
    # section 7, 28: documented; the codes are inferred
    path = "/Crud/Create/PaymentTerm.json"
    made = caller.create("PaymentTerm", name="Net 21", netDue=21)
    assert made["id"].startswith("00p")
    assert caller.refused("/Crud/Delete/PaymentTerm.json", {"id": made["id"]}) == "BDC_1121"
    for days in (-1, 1000, "1000", 21):
        assert caller.refused(path, {"obj": {"entity": "PaymentTerm", "netDue": days}}) == "BDC_1119"
    for days in (999, "998"):
        caller.create("PaymentTerm", netDue=days)


@pytest.mark.parametrize(
    "entity", ["ApprovalPolicy", "ApprovalPolicyApprover", "Organization", "InvoiceCredit", "RPConvFee"]
)
def test_more_lists_that_clients_read(caller: Caller, entity: str) -> None:
    # section 13, 5 and 6
    answer = caller.post(f"/List/{entity}.json", caller.form({"start": 0, "max": 999}))
    rows = loads(answer.text)["response_data"]
    assert rows or entity in {"InvoiceCredit", "RPConvFee"}
    assert {each["entity"] for each in rows} <= {entity}
