"""Requests of public clients that were run, or read, against the simulator: docs/clients.md says which, and how to.

Each is in our words and over plain HTTP; only what no other test sends stands here.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import requests
from simulator_caller import TIMEOUT_S, ZERO_ID, bill, code_of, codes_of, invoice

from bill_simulator import defaults

if TYPE_CHECKING:
    from simulator_caller import Body, Caller

pytest_plugins = ["simulator_fixtures"]

PDF = b"%PDF-1.7\n1 0 obj <</Type /Page>>\n%%EOF"
CREDENTIALS = {
    "userName": defaults.USERNAME,
    "password": defaults.PASSWORD,
    "orgId": defaults.ORGANIZATION_ID,
    "devKey": defaults.DEVELOPER_KEY,
}


def names(caller: Caller, **filters: str) -> list[str]:
    """The names of the active customers that pass some filters."""
    sent = [{"field": name, "op": "=", "value": value} for name, value in {**filters, "isActive": "1"}.items()]
    rows = caller.list("Customer", start=0, max=999, filters=sent)
    return [str(each["name"]) for each in rows]


# RSTechTeam/airtable-integrations, src/bill_com


def test_a_login_may_carry_the_text_of_a_session_that_is_not_there(caller: Caller) -> None:
    # src/bill_com/common/api.js sends the same parameters with every call; before a login it has no session (live)
    assert caller.sign_in(sessionId="null")["response_status"] == 0


def test_customers_are_kept_in_step_as_in_a_suite_that_passes_against_the_sandbox(caller: Caller) -> None:
    # the steps of test/github/bill_com/bill_com_integration/sync_internal_customers.test.js (live)
    active = [each["id"] for each in caller.filtered("Customer", "isActive", "=", "1")]
    deleted = caller.bulk("Delete", "Customer", *({"id": each} for each in active))
    assert codes_of(deleted) == ["OK"] * len(active)
    caller.create("Customer", name="External", parentCustomerId=None)
    parent = caller.create("Customer", name="Parent", parentCustomerId=None)["id"]
    only_here = caller.create("Customer", name="Only here", parentCustomerId=parent)["id"]
    stale = caller.create("Customer", name="Stale", parentCustomerId=parent)["id"]
    gone = caller.create("Customer", name="Gone", parentCustomerId=parent)["id"]
    caller.on("Delete", "Customer", gone)
    assert sorted(names(caller, parentCustomerId=parent)) == ["Only here", "Stale"]
    wanted = {"entity": "Customer", "isActive": "1", "parentCustomerId": parent}
    caller.create("Customer", name="Only there", isActive="1", parentCustomerId=parent)
    answers = caller.bulk(
        "Update",
        "Customer",
        {"obj": {**wanted, "id": stale, "name": "Fresh"}},
        {"obj": {**wanted, "id": gone, "name": "Back"}},
        {"obj": {"entity": "Customer", "id": only_here, "isActive": "2"}},
    )
    assert codes_of(answers) == ["OK", "OK", "OK"]
    assert sorted(names(caller, parentCustomerId=parent)) == ["Back", "Fresh", "Only there"]
    assert sorted(names(caller)) == ["Back", "External", "Fresh", "Only there", "Parent"]


def test_a_number_that_is_taken_is_sent_again_with_a_suffix(caller: Caller) -> None:
    # createBill of src/bill_com/common/api.js: as long as the code is BDC_1171 or BDC_5370 (live)
    vendor = caller.vendor()
    made: list[str] = []
    for _ in range(3):
        number, tries = "B-1", 0
        while code_of_create(caller, bill(vendor, number)) in {"BDC_1171", "BDC_5370"}:
            tries += 1
            number = f"B-1 ({tries})"
        made.append(number)
    assert made == ["B-1", "B-1 (1)", "B-1 (2)"]
    assert sorted(each["invoiceNumber"] for each in caller.filtered("Bill", "vendorId", "=", vendor)) == made


def code_of_create(caller: Caller, sent: Body) -> str:
    """`OK` or the code of a create of a bill."""
    answer = caller.call("/Crud/Create/Bill.json", {"obj": sent})
    return "OK" if answer["response_status"] == 0 else code_of(answer)


def test_the_parts_of_an_upload_come_in_any_order(caller: Caller) -> None:
    # src/bill_com/bill_com_integration/create_bill.js sets the file before `data` (live)
    made = caller.create("Bill", **bill(caller.vendor(), "B-1"))["id"]
    parts: list[tuple[str, Any]] = [
        ("devKey", (None, defaults.DEVELOPER_KEY)),
        ("sessionId", (None, caller.session_id)),
        ("file", ("receipt.pdf", PDF)),
        ("data", (None, json.dumps({"id": made, "fileName": "receipt.pdf"}))),
    ]
    url = f"{caller.simulator.api_url}/UploadAttachment.json"
    answer = requests.post(url, files=parts, timeout=TIMEOUT_S).json()
    assert answer["response_data"]["documentUploadedId"].startswith("0du")
    assert caller.pages(made)["numPages"] == 1


# move-coop/parsons, parsons/bill_com/bill_com.py


def test_the_line_of_an_invoice_needs_nothing_but_a_quantity(caller: Caller) -> None:
    # its docstring says so (seen in a client)
    made = caller.create("Invoice", **invoice(caller.customer(), "I-1", {"quantity": 1}))
    assert [each["quantity"] for each in made["invoiceLineItems"]] == [1]


def test_a_list_is_read_in_small_pages_until_one_is_short(caller: Caller) -> None:
    everything = [each["id"] for each in caller.list("Invoice", start=0, max=999)]
    read: list[str] = []
    while len(page := caller.list("Invoice", start=len(read), max=3)) == 3:
        read += [each["id"] for each in page]
    assert [*read, *(each["id"] for each in page)] == everything


# ataber/rubill


@pytest.mark.parametrize(
    ("entity", "changes"),
    [
        ("Customer", {"phone": "5551234567"}),
        ("Vendor", {"phone": "5551234567"}),
        ("Item", {"description": "x"}),
        ("Bill", {"description": "x"}),
        ("Invoice", {"description": "x"}),
    ],
)
def test_an_object_that_was_read_is_sent_back_whole(caller: Caller, entity: str, changes: Body) -> None:
    # `save` of lib/rubill/base.rb; BriteCore/bill.com, billdotcom/session.py, does the same (seen in clients)
    before = caller.list(entity, filters=[{"field": "isActive", "op": "=", "value": "1"}])[0]
    caller.control.advance(5)
    after = caller.update(entity, **{key: value for key, value in plain(before).items() if key != "entity"} | changes)
    kept = set(before) - {"updatedTime", *changes, f"{entity.lower()}LineItems"}
    assert {key: after[key] for key in kept} == {key: before[key] for key in kept}
    assert {key: after[key] for key in changes} == changes
    lines = f"{entity.lower()}LineItems"
    assert [each["id"] for each in after.get(lines, [])] == [each["id"] for each in before.get(lines, [])]


def plain(value: Body) -> Body:
    """An object as a client that knows no decimals has it."""
    return dict(json.loads(json.dumps(value, default=float)))


def test_one_is_found_by_its_name(caller: Caller) -> None:
    # `find_by_name` of lib/rubill/base.rb (seen in a client)
    made = caller.customer("Lighthouse & Sons")
    for name, found in (("Lighthouse & Sons", [made]), ("Lighthouse", [])):
        sent = [{"field": "name", "op": "=", "value": name}]
        assert [each["id"] for each in caller.list("Customer", start=0, max=1, filters=sent)] == found


def test_payments_that_are_not_void_are_listed(caller: Caller) -> None:
    # `active` of lib/rubill/entities/received_payment.rb and sent_payment.rb (seen in a client)
    for entity, void in (("ReceivedPay", "1"), ("SentPay", "4")):
        rows = caller.list(entity, start=0, max=999)
        assert caller.filtered(entity, "status", "!=", void) == [each for each in rows if each["status"] != void] != []


def test_an_upload_may_say_more_than_is_asked(caller: Caller) -> None:
    # lib/rubill/entities/attachment.rb: the text once more in `data`, and a part of the form that BILL has not
    made = caller.create("Bill", **bill(caller.vendor(), "B-1"))["id"]
    form = {**caller.form({"id": made, "fileName": "a.txt", "document": "hello"}), "multipart": "true"}
    answer = caller.post("/UploadAttachment.json", form, files={"file": ("a.txt20261129-1-x", b"hello")}).json()
    uploaded = answer["response_data"]["documentUploadedId"]
    assert caller.control.attachment(caller.organization, uploaded) == b"hello"


def test_an_invoice_is_sent_with_the_words_of_the_template(caller: Caller) -> None:
    # `send_email` of lib/rubill/entities/invoice.rb without arguments (section 13, 12)
    made = caller.create("Invoice", **invoice(caller.customer(), "I-1"))["id"]
    assert caller.ok("/SendInvoice.json", {"invoiceId": made, "headers": {}, "content": {}}) == {}
    assert caller.on("Read", "Invoice", made)["lastSentTime"]


# altmind/bill-dot-com-php-api


def test_a_file_inside_data_is_no_file(caller: Caller) -> None:
    # src/BillComApi/BillCom.php: base64 in `document`; what BILL says to that is unknown
    made = caller.create("Bill", **bill(caller.vendor(), "B-1"))["id"]
    data = json.dumps({"id": made, "fileName": "a.pdf", "document": "JVBERi0xLjcK"})
    form = {"devKey": defaults.DEVELOPER_KEY, "sessionId": caller.session_id, "data": data}
    parts = {name: (None, value) for name, value in form.items()}
    url = f"{caller.simulator.api_url}/UploadAttachment.json"
    assert code_of(requests.post(url, files=parts, timeout=TIMEOUT_S).json()) == "BDC_1108"
    assert caller.control.attachments(caller.organization) == []


# Kwame42/billcom


def test_credentials_may_come_with_every_call(caller: Caller) -> None:
    # lib/billcom.ex: create_body (seen in a client)
    form = {**CREDENTIALS, "sessionId": caller.session_id}
    data = json.dumps({"start": 0, "max": 2})
    assert len(caller.post("/List/Vendor.json", {**form, "data": data}).json()["response_data"]) == 2
    assert caller.post("/ListOrgs.json", form).json()["response_data"][0]["orgId"] == defaults.ORGANIZATION_ID
    assert caller.post("/Logout.json", form).json()["response_data"] == {}
    assert caller.refused("/List/Vendor.json", {}) == "BDC_1109"


def test_a_path_without_its_slash_is_no_path_of_the_api(caller: Caller) -> None:
    # lib/billcom.ex joins the base URL and the names of operations without one (seen in a client)
    url = f"{caller.simulator.api_url}GetEntityMetadata.json"
    assert requests.post(url, caller.form({"entity": ["Vendor"]}), timeout=TIMEOUT_S).status_code == 404


# BriteCore/bill.com


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        ("/Crud/Create/Bill.json", {"invoiceDate": "2026-01-02T00:00:00+00.00"}),
        ("/Crud/Update/Bill.json", {"isActive": 1}),
    ],
)
def test_days_with_an_hour_and_codes_as_numbers_are_the_wrong_type(caller: Caller, path: str, changes: Body) -> None:
    # billdotcom/jsondict.py and vendor.py (2013); whether BILL takes either is unknown
    vendor = caller.vendor()
    made = caller.create("Bill", **bill(vendor, "B-1"))
    assert caller.refused(path, {"obj": {**bill(vendor, "B-2"), "id": made["id"], **changes}}) == "BDC_1124"


# caffeinebounce/billcom-mcp-server


@pytest.mark.parametrize(
    ("path", "data", "code"),
    [
        ("/List/Vendor.json", {"filters": [{"field": "isActive", "op": "eq", "value": "1"}]}, "BDC_1131"),
        ("/Approve/Bill.json", {"objectId": "00n02AAAAAAAAAAaaaaa"}, "BDC_1121"),
        ("/Deny/Bill.json", {"objectId": "00n02AAAAAAAAAAaaaaa", "reason": "x"}, "BDC_1121"),
        ("/Void/SentPay.json", {"sentPayId": "stp02AAAAAAAAAAaaaaa"}, "BDC_1121"),
        ("/Crud/Create/SentPay.json", {"obj": {"entity": "SentPay"}}, "BDC_1121"),
        ("/Crud/Read/Document.json", {"id": "00h02AAAAAAAAAAaaaaa"}, "BDC_1114"),
        ("/Crud/Create/Vendor.json", {"obj": {"entity": "Vendor", "name": "X", "track1099": "0"}}, "BDC_1124"),
    ],
)
def test_the_words_of_the_other_protocol_are_refused(caller: Caller, path: str, data: Body, code: str) -> None:
    # operators of v3, operations with an entity in their path, flags as texts: nothing shows that BILL's v2 takes them
    assert caller.refused(path, data) == code


def test_a_bill_is_archived_by_an_update_that_says_nothing_else(caller: Caller) -> None:
    # src/handlers/archive-bill.handler.ts (seen in a client); section 7, 10
    made = caller.create("Bill", **bill(caller.vendor(), "B-1"))
    after = caller.update("Bill", id=made["id"], isActive="2")
    assert (after["isActive"], after["invoiceNumber"]) == ("2", "B-1")


# ptiger10/bdc


def test_a_list_is_sorted_by_numbers_for_yes_and_no(caller: Caller) -> None:
    # parameters.go; a connector for Workato sends 0 as well (section 8, 5)
    for asc, descending in ((0, True), (1, False)):
        rows = caller.list("Vendor", start=0, max=50, sort=[{"field": "updatedTime", "asc": asc}])
        times = [each["updatedTime"] for each in rows]
        assert len(set(times)) > 1
        assert times == sorted(times, reverse=descending)
    assert caller.refused("/List/Vendor.json", {"sort": [{"field": "updatedTime", "asc": 2}]}) == "BDC_1129"


EMPTY_INVOICE = {
    "id": "",
    "isActive": "",
    "glPostingDate": "",
    "amount": 0,
    "amountDue": 0,
    "paymentStatus": "",
    "poNumber": "",
    "isToBePrinted": False,
    "itemSalesTax": "",
    "salesTaxPercentage": 0,
    "salesTaxTotal": 0,
    "terms": "",
    "shipDate": "",
    "shipMethod": "",
    "departmentId": "",
    "locationId": "",
    "actgClassId": "",
    "jobId": "",
}


def test_a_new_invoice_may_say_of_all_else_that_it_is_empty(caller: Caller) -> None:
    # invoices.go: a structure of Go has no fields that are absent (section 7, 12)
    customer, item = caller.customer(), caller.list("Item")[0]["id"]
    line = {"itemId": item, "quantity": 1, "amount": 0, "price": 12.5, "actgClassId": "", "locationId": ""}
    made = caller.create("Invoice", **{**EMPTY_INVOICE, **invoice(customer, "I-1", line)})
    assert (made["isActive"], made["amount"], made["paymentStatus"]) == ("1", Decimal("12.5"), "1")
    assert (made["shipDate"], made["jobId"], made["salesTaxPercentage"]) == (None, ZERO_ID, 0)
    deleted = caller.on("Delete", "Invoice", made["id"])
    kept = caller.update("Invoice", id=deleted["id"], isActive="", description="x")
    assert (kept["isActive"], kept["description"]) == ("2", "x")


def test_what_is_due_is_asked_for_with_a_number(caller: Caller) -> None:
    # README.md (section 8, 11 and 13)
    for value in (0, 0.5, "0"):
        sent = [{"field": "amountDue", "op": ">", "value": value}]
        rows = caller.list("Invoice", filters=sent, sort=[{"field": "invoiceDate", "asc": 0}])
        assert len(rows) == sum(each["amountDue"] > Decimal(str(value)) for each in caller.list("Invoice")) > 0
    wrong: tuple[tuple[str, Any], ...] = (("amountDue", True), ("amountDue", None), ("isActive", 1), ("createdTime", 5))
    for field, value in wrong:
        assert caller.refused("/List/Invoice.json", {"filters": [{"field": field, "op": "=", "value": value}]})


def test_a_list_may_say_that_it_has_no_filters_and_no_order(caller: Caller) -> None:
    # readList.go
    assert caller.list("Vendor", start=0, max=999, filters=None, sort=None) == caller.list("Vendor")


@pytest.mark.parametrize("name", ["createdTime", "updatedTime"])
@pytest.mark.parametrize("in_line", [False, True])
def test_times_that_are_sent_may_be_refused(caller: Caller, name: str, in_line: bool) -> None:
    # create.go takes them out, as BILL would not accept them; BILL's pages say that they are ignored (section 7, 29)
    vendor = caller.vendor()
    sent = bill(vendor, "B-1")
    target = sent["billLineItems"][0] if in_line else sent
    target[name] = "2020-01-01T00:00:00.000+0000"
    made = caller.create("Bill", **sent)
    assert (made["billLineItems"][0] if in_line else made)[name] > "2025"
    caller.control.switch(sent_times="refuse")
    again = {"obj": {**sent, "invoiceNumber": "B-2"}}
    assert caller.refused("/Crud/Create/Bill.json", again) == "BDC_1119"
    assert caller.refused("/Crud/Update/Bill.json", {"obj": {**sent, "id": made["id"]}}) == "BDC_1119"
    del target[name]
    caller.update("Bill", **{**sent, "id": made["id"]})
