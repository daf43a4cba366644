"""Facts about BILL v2, each with one plain check over HTTP: section 3 request, 4 response, 5 session.

`STATEMENTS` lists every statement of these sections, in order and in our own words, with how it is known: D documented,
live it ran against BILL, L said in the client of BILL staff, C seen in a client, I inferred, U unknown. What is tested
in depth elsewhere has one check here all the same.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import requests
from simulator_caller import INSTANT, SMALL, TIMEOUT_S, ZERO_ID, bill, code_of, codes_of, invoice, loads, unproven

from bill_simulator import defaults

if TYPE_CHECKING:
    from simulator_caller import Body, Caller

pytest_plugins = ["simulator_fixtures"]

STATEMENTS = {
    "3 every call is a POST [D]": "test_section_3_every_call_is_a_post",
    "3 always HTTPS [D]": "not checked: the simulator is local and speaks plain HTTP",
    "3 the one GET is that of attachment pages [D]": "test_section_3_pages_of_attachments_are_fetched_by_get",
    "3 the body is an urlencoded form [D]": "test_section_3_the_body_is_an_urlencoded_form",
    "3 clients send Accept: application/json [D]": "test_section_3_the_answer_is_json_whatever_is_accepted",
    "3 Login takes plain form fields and no data [D]": "test_section_3_login_takes_plain_fields",
    "3 Login takes mfaId and deviceId besides [D]": "test_section_3_login_takes_a_remembered_device",
    "3 ListOrgs takes key, user and password [D]": "test_section_3_list_orgs_takes_key_user_and_password",
    "3 everything else takes key, session and data as a text of JSON [D]": "test_section_3_data_is_json_in_a_field",
    "3 Logout and GetSessionInfo need no data, or take {} [C L]": "test_section_3_data_may_be_missing_or_empty",
    "3 UploadAttachment is multipart [D]": "test_section_3_an_upload_has_parts",
    "3 every other call may be multipart too [live]": "test_section_3_every_call_may_have_parts",
    "3 secrets in the query are accepted [C]": "test_section_3_secrets_may_come_in_the_query",
    "3 BILL warns against secrets in the query [D]": "not checked: advice to callers",
    "3 paths of operations and of entities [D]": "test_section_3_paths",
    "3 entity names are case-sensitive [I]": "test_section_3_names_are_case_sensitive",
    "3 bulk paths work without .json too [C]": "test_section_3_bulk_paths_work_without_json",
    "3 shapes of data: obj, id, list, bulk [D C]": "test_section_3_shapes_of_data",
    "3 allowDuplicateInvNum stands beside obj, in bulk in each element [C]": "test_section_3_flags_stand_beside_obj",
    "3 agreedWithTOS stands beside obj [D]": "test_section_3_the_terms_of_service_stand_beside_obj",
    "3 the session may come as the cookie sid [L C]": "test_section_3_the_session_may_be_a_cookie",
    "4 the envelope of a success [D]": "test_section_4_the_envelope_of_a_success",
    "4 the envelope of an error [D]": "test_section_4_the_envelope_of_an_error",
    "4 response_status is an integer, codes begin BDC_ [D]": "test_section_4_the_envelope_of_an_error",
    "4 HTTP status is 200 for errors too [live C]": "test_section_4_http_status_is_200_for_errors",
    "4 the edge may answer 5xx with HTML [I]": "test_section_4_the_edge_may_answer_html",
    "4 an object for Login, Read, Create, Update, Delete, Undelete [D]": "test_section_4_most_answers_are_an_object",
    "4 a bare array for List and ListOrgs [D C]": "test_section_4_lists_are_a_bare_array",
    "4 {bulk: [...]} for bulk calls [D C]": "test_section_4_bulk_answers_have_an_array_in_bulk",
    "4 {} for Logout [C]": "test_section_4_logout_answers_with_an_empty_object",
    "4 PayBills, ListPayments, ChargeCustomer wrap differently [D L]": "not checked: payments are not simulated",
    "4 a List has no total and no token; a short page is its end [C]": "test_section_4_a_list_ends_with_a_short_page",
    "4 error keys are there only with status 1 [D]": "test_section_4_a_success_has_no_error_keys",
    "4 an id has 20 characters, zeros are no reference, never null [D C]": "test_section_4_ids",
    "4 a date is YYYY-MM-DD or null [D]": "test_section_4_dates",
    "4 a datetime has milliseconds and +0000 [D]": "test_section_4_datetimes",
    "4 milliseconds are nearly always .000, and do occur [live]": "test_section_4_milliseconds",
    "4 amounts, prices, quantities and rates are JSON numbers [D C]": "test_section_4_amounts_are_numbers",
    "4 booleans are JSON booleans [C]": "test_section_4_booleans",
    "4 enums are texts that hold a number [D]": "test_section_4_enums_are_texts_with_a_number",
    "4 vendorBankAccountStatus is a number, -1 for none [C]": "test_section_4_one_status_is_a_number",
    "4 empty text is null [C], an older mock has an empty text": "test_section_4_an_empty_text_is_null",
    "4 an empty text that is sent is stored as null, or as the zero id [D]": "test_section_4_sent_empty_texts",
    "4 a plus must be encoded [D]": "test_section_4_a_plus_must_be_encoded",
    "4 account numbers are masked on every read [D C]": "test_section_4_account_numbers_are_masked",
    "4 routing numbers: masked in 2016, clear in 2024 [D C]": "test_section_4_routing_numbers",
    "5 what Login answers [D]": "test_section_5_what_login_answers",
    "5 a session dies after 35 idle minutes, each call winds it up [D]": "test_section_5_a_session_dies_when_idle",
    "5 after that, and after Logout, BDC_1109 [D]": "test_section_5_a_session_that_is_over_is_1109",
    "5 usersId in Login, userId in GetSessionInfo [L]": "test_section_5_session_info_spells_it_userid",
    "5 what GetSessionInfo answers [L C]": "test_section_5_session_info_spells_it_userid",
    "5 ListOrgs: an array of orgId and orgName, without a session [D]": "test_section_5_list_orgs",
    "5 Logout ends the session [D]": "test_section_5_a_session_that_is_over_is_1109",
    "5 Logout ends a trust that is not remembered [D]": "test_section_5_logout_ends_a_trust_that_is_not_remembered",
    "5 an API token may stand for user and password, for 48 hours, with less access [D]": (
        "not checked: tokens are not simulated; a user with forbidden operations comes close"
    ),
    "5 a session of the v3 API is taken [live]": "not checked: there is no v3 API here",
    "5 CurrentTime answers with the server's clock [C]": "test_section_5_current_time",
    "5 a session id is 45 to 70 opaque characters, recent ones begin with ! [C]": "test_section_5_session_ids",
}

ACCOUNT = {"accountNumber": "9900001234", "routingNumber": "021000021"}
SIGN_IN = {"userName": defaults.USERNAME, "password": defaults.PASSWORD, "devKey": defaults.DEVELOPER_KEY}
LOGIN = {**SIGN_IN, "orgId": defaults.ORGANIZATION_ID}


def test_every_statement_has_a_check_or_a_reason() -> None:
    assert unproven(STATEMENTS, globals()) == []


# Section 3: request


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ["/Login.json", "/List/Vendor.json", "/UploadAttachment.json"])
def test_section_3_every_call_is_a_post(caller: Caller, method: str, path: str) -> None:
    # always a POST [D]
    answer = requests.request(method, f"{caller.simulator.api_url}{path}", params=LOGIN, timeout=TIMEOUT_S)
    assert answer.status_code == 405


def test_section_3_pages_of_attachments_are_fetched_by_get(caller: Caller) -> None:
    # the one documented exception [D]
    vendor = caller.vendor()
    caller.attach("a.pdf", b"%PDF-1.7", vendor)
    answer = caller.get("/is/BillImageServlet", entityId=vendor, pageNumber=1)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")


def test_section_3_the_body_is_an_urlencoded_form(caller: Caller) -> None:
    # clients send application/x-www-form-urlencoded [D]
    url = f"{caller.simulator.api_url}/Login.json"
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    assert requests.post(url, LOGIN, headers=headers, timeout=TIMEOUT_S).json()["response_status"] == 0
    assert requests.post(url, json=LOGIN, timeout=TIMEOUT_S).json()["response_status"] == 1
    body = "&".join(f"{name}={value}" for name, value in LOGIN.items())
    plain = requests.post(url, body, headers={"Content-Type": "text/plain"}, timeout=TIMEOUT_S)
    assert plain.json()["response_status"] == 1


def test_section_3_every_call_may_have_parts(caller: Caller) -> None:
    # multipart/form-data on every call [live]
    parts = {name: (None, value) for name, value in caller.form().items()}
    answer = requests.post(f"{caller.simulator.api_url}/GetSessionInfo.json", files=parts, timeout=TIMEOUT_S)
    assert answer.json()["response_data"]["userId"] == defaults.USER_ID


@pytest.mark.parametrize("accept", ["application/json", "*/*"])
def test_section_3_the_answer_is_json_whatever_is_accepted(caller: Caller, accept: str) -> None:
    # clients send Accept: application/json [D]
    answer = caller.post("/CurrentTime.json", caller.form(), headers={"Accept": accept})
    assert answer.headers["content-type"] == "application/json"


def test_section_3_login_takes_plain_fields(caller: Caller) -> None:
    # userName, password, orgId, devKey as fields of the form, no data [D]
    assert caller.post("/Login.json", LOGIN).json()["response_status"] == 0
    in_data = {"devKey": defaults.DEVELOPER_KEY, "data": json.dumps(LOGIN)}
    assert code_of(caller.post("/Login.json", in_data).json()) == "BDC_1108"


def test_section_3_login_takes_a_remembered_device(caller: Caller) -> None:
    # mfaId and deviceId are optional fields of Login [D]
    challenge = caller.ok("/MFAChallenge.json", {})["challengeId"]
    answer = {"challengeId": challenge, "token": caller.control.mfa_code(challenge), "deviceId": "tap-1"}
    mfa_id = caller.ok("/MFAAuthenticate.json", {**answer, "rememberMe": True})["mfaId"]
    form = {**LOGIN, "mfaId": mfa_id, "deviceId": "tap-1"}
    caller.session_id = caller.post("/Login.json", form).json()["response_data"]["sessionId"]
    caller.create("VendorBankAccount", vendorId=caller.vendor(), **ACCOUNT)


def test_section_3_list_orgs_takes_key_user_and_password(caller: Caller) -> None:
    # it takes devKey, userName and password [D]
    assert caller.post("/ListOrgs.json", SIGN_IN).json()["response_status"] == 0
    for missing in SIGN_IN:
        form = {name: value for name, value in SIGN_IN.items() if name != missing}
        assert caller.post("/ListOrgs.json", form).json()["response_status"] == 1


def test_section_3_data_is_json_in_a_field(caller: Caller) -> None:
    # everything else: devKey, sessionId and data = a JSON document as a text [D]
    form = {**caller.form(), "data": '{"obj": {"entity": "Vendor", "name": "In data"}}'}
    assert caller.post("/Crud/Create/Vendor.json", form).json()["response_data"]["name"] == "In data"
    for missing in form:
        less = {name: value for name, value in form.items() if name != missing}
        assert caller.post("/Crud/Create/Vendor.json", less).json()["response_status"] == 1


@pytest.mark.parametrize("data", [None, {}])
def test_section_3_data_may_be_missing_or_empty(caller: Caller, data: Body | None) -> None:
    # Logout and GetSessionInfo need devKey and sessionId alone; clients send no data or {} [C L]
    caller.ok("/GetSessionInfo.json", data)
    caller.ok("/Logout.json", data)


def test_section_3_an_upload_has_parts(caller: Caller) -> None:
    # only here the form is multipart/form-data [D]
    caller.attach("a.txt", b"text")
    form = {**caller.form({"fileName": "a.txt"}), "file": "text"}
    assert code_of(caller.post("/UploadAttachment.json", form).json()) == "BDC_1108"


def test_section_3_secrets_may_come_in_the_query(caller: Caller) -> None:
    # an old client does this for ListOrgs [C]
    assert caller.post("/ListOrgs.json", {}, params=SIGN_IN).json()["response_status"] == 0


@pytest.mark.parametrize(
    "path",
    [
        "/CurrentTime.json",
        "/List/Vendor.json",
        "/Crud/Create/Vendor.json",
        "/Crud/Read/Vendor.json",
        "/Crud/Update/Vendor.json",
        "/Crud/Delete/Vendor.json",
        "/Crud/Undelete/Vendor.json",
        "/Bulk/Crud/Create/Vendor.json",
        "/Bulk/Crud/Update/Vendor.json",
        "/Bulk/Crud/Delete/Location.json",
    ],
)
def test_section_3_paths(caller: Caller, path: str) -> None:
    # /<Op>.json, /Crud/<Verb>/<Entity>.json, /List/<Entity>.json, /Bulk/Crud/<Verb>/<Entity>.json [D]
    answer = caller.call(path, {})
    assert answer["response_status"] == 0 or code_of(answer) not in ("BDC_1114", "BDC_1115", "BDC_1121", "BDC_1128")


@pytest.mark.parametrize("path", ["/List/vendor.json", "/List/VENDOR.json", "/Crud/Read/chartOfAccount.json"])
def test_section_3_names_are_case_sensitive(caller: Caller, path: str) -> None:
    # they are CamelCase [D] and case-sensitive [I]
    assert caller.refused(path, {}) in ("BDC_1114", "BDC_1128")


def test_section_3_bulk_paths_work_without_json(caller: Caller) -> None:
    # one connector in production leaves .json out, others send it [C]
    element = {"obj": {"entity": "Vendor", "name": "X"}}
    assert codes_of(caller.ok("/Bulk/Crud/Create/Vendor", {"bulk": [element]})["bulk"]) == ["OK"]


def test_section_3_shapes_of_data(caller: Caller) -> None:
    # create and update {"obj"}, read, delete, undelete {"id"}, list {"start", "max"}, bulk {"bulk": [{"obj"}]} [D C]
    made = caller.ok("/Crud/Create/Vendor.json", {"obj": {"entity": "Vendor", "name": "X"}})
    caller.ok("/Crud/Update/Vendor.json", {"obj": {"entity": "Vendor", "id": made["id"], "name": "Y"}})
    for verb in ("Read", "Delete", "Undelete"):
        assert caller.ok(f"/Crud/{verb}/Vendor.json", {"id": made["id"]})["name"] == "Y"
    assert len(caller.ok("/List/Vendor.json", {"start": 0, "max": 999})) == SMALL["vendors"] + 1
    bulk = {"bulk": [{"obj": {"entity": "Vendor", "id": made["id"], "name": "Z"}}]}
    assert caller.ok("/Bulk/Crud/Update/Vendor.json", bulk)["bulk"][0]["response_data"]["name"] == "Z"


def test_section_3_flags_stand_beside_obj(caller: Caller) -> None:
    # allowDuplicateInvNum on create and update of a bill, and in each element of a bulk call [C]
    vendor = caller.vendor()
    caller.create("Bill", **bill(vendor, "B-1"))
    inside = {"obj": {**bill(vendor, "B-1"), "allowDuplicateInvNum": True}}
    assert caller.refused("/Crud/Create/Bill.json", inside) == "BDC_1171"
    beside = {"obj": bill(vendor, "B-1"), "allowDuplicateInvNum": True}
    caller.ok("/Crud/Create/Bill.json", beside)
    assert codes_of(caller.bulk("Create", "Bill", inside, beside)) == ["BDC_1171", "OK"]
    other = caller.create("Bill", **bill(vendor, "B-2"))
    renumbered = {"obj": {"entity": "Bill", "id": other["id"], "invoiceNumber": "B-1"}}
    assert caller.refused("/Crud/Update/Bill.json", renumbered) == "BDC_1171"
    caller.ok("/Crud/Update/Bill.json", {**renumbered, "allowDuplicateInvNum": True})


def test_section_3_the_terms_of_service_stand_beside_obj(caller: Caller) -> None:
    # agreedWithTOS on create of a customer's bank account [D]
    obj = {"entity": "CustomerBankAccount", "customerId": caller.customer(), "nameOnAccount": "AP", **ACCOUNT}
    path = "/Crud/Create/CustomerBankAccount.json"
    assert caller.refused(path, {"obj": {**obj, "agreedWithTOS": True}}) == "BDC_1108"
    caller.ok(path, {"obj": obj, "agreedWithTOS": True})


def test_section_3_the_session_may_be_a_cookie(caller: Caller) -> None:
    # sid=<sessionId>; the clients of BILL staff set it besides the field [L C]
    form = {"devKey": defaults.DEVELOPER_KEY}
    answer = caller.post("/GetSessionInfo.json", form, cookies={"sid": caller.session_id}).json()
    assert answer["response_data"]["userId"] == defaults.USER_ID


# Section 4: response


def test_section_4_the_envelope_of_a_success(caller: Caller) -> None:
    # response_status 0, response_message Success, response_data [D]
    answer = caller.call("/List/Vendor.json", {})
    assert set(answer) == {"response_status", "response_message", "response_data"}
    assert (answer["response_status"], answer["response_message"]) == (0, "Success")
    assert type(answer["response_status"]) is int


def test_section_4_the_envelope_of_an_error(caller: Caller) -> None:
    # response_status 1, response_message Error, error_code (BDC_nnnn) and error_message in response_data [D]
    answer = caller.call("/Crud/Read/Vendor.json", {})
    assert set(answer) == {"response_status", "response_message", "response_data"}
    assert (answer["response_status"], answer["response_message"]) == (1, "Error")
    assert type(answer["response_status"]) is int
    assert set(answer["response_data"]) == {"error_code", "error_message"}
    assert answer["response_data"]["error_code"].startswith("BDC_")


@pytest.mark.parametrize(
    ("path", "data"),
    [("/Login.json", None), ("/List/Nonsense.json", {}), ("/Crud/Read/Vendor.json", {}), ("/Nonsense.json", {})],
)
def test_section_4_http_status_is_200_for_errors(caller: Caller, path: str, data: Body | None) -> None:
    # the body decides; two clients say so, one of them by BILL staff [C]
    answer = caller.post(path, caller.form(data))
    assert answer.status_code == 200
    assert answer.json()["response_status"] == 1


def test_section_4_the_edge_may_answer_html(caller: Caller) -> None:
    # HTTP 5xx with an HTML body, for maintenance [I]: as a fault
    caller.control.fault("html_502", "/List/*")
    answer = caller.post("/List/Vendor.json", caller.form({}))
    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html; charset=utf-8")


def test_section_4_most_answers_are_an_object(caller: Caller) -> None:
    # so for Login, Read, Create, Update, Delete and Undelete [D]
    assert isinstance(caller.sign_in()["response_data"], dict)
    vendor = caller.vendor()
    for verb in ("Read", "Delete", "Undelete"):
        assert caller.ok(f"/Crud/{verb}/Vendor.json", {"id": vendor})["id"] == vendor
    changed = caller.ok("/Crud/Update/Vendor.json", {"obj": {"entity": "Vendor", "id": vendor}})
    assert changed["entity"] == "Vendor"


def test_section_4_lists_are_a_bare_array(caller: Caller) -> None:
    # List/* and ListOrgs [D C]
    assert isinstance(caller.ok("/List/Vendor.json", {}), list)
    assert isinstance(caller.post("/ListOrgs.json", SIGN_IN).json()["response_data"], list)


def test_section_4_bulk_answers_have_an_array_in_bulk(caller: Caller) -> None:
    # {"bulk": [...]} [D C]
    answer = caller.ok("/Bulk/Crud/Create/Vendor.json", {"bulk": [{"obj": {"entity": "Vendor", "name": "X"}}]})
    assert set(answer) == {"bulk"}
    assert isinstance(answer["bulk"], list)


def test_section_4_logout_answers_with_an_empty_object(caller: Caller) -> None:
    # an empty object [C]
    assert caller.ok("/Logout.json") == {}


def test_section_4_a_list_ends_with_a_short_page(caller: Caller) -> None:
    # no total, no token of a next page: fewer than max rows, or none, is the end [C]
    rows = SMALL["bills"]
    order = [{"field": "id", "asc": True}]
    sizes = [len(caller.list("Bill", start=start, max=rows - 1, sort=order)) for start in (0, rows - 1, 2 * rows)]
    assert sizes == [rows - 1, 1, 0]
    assert set(caller.call("/List/Bill.json", {"max": 1})) == {"response_status", "response_message", "response_data"}


def test_section_4_a_success_has_no_error_keys(caller: Caller) -> None:
    # error_code and error_message only when status is 1 [D]
    for answer in (caller.ok("/GetSessionInfo.json"), caller.on("Read", "Vendor", caller.vendor())):
        assert not {"error_code", "error_message"} & set(answer)


def test_section_4_ids(caller: Caller) -> None:
    # 20 characters; all zeros mean no reference, never null [D C]
    made = caller.create("Bill", **bill(caller.vendor(), "B-1"))
    assert len(made["id"]) == 20
    for name in ("departmentId", "locationId", "payFromBankAccountId"):
        assert made[name] == "00000000000000000000"
    assert made["billLineItems"][0]["itemId"] == ZERO_ID


def test_section_4_dates(caller: Caller) -> None:
    # YYYY-MM-DD, or null [D]
    made = caller.create("Bill", **bill(caller.vendor(), "B-1"))
    assert made["invoiceDate"] == "2025-03-01"
    assert made["lastPaymentDate"] is None
    sent = bill(made["vendorId"], "B-2", invoiceDate="03/01/2025")
    assert caller.refused("/Crud/Create/Bill.json", {"obj": sent}) == "BDC_1124"


def test_section_4_datetimes(caller: Caller) -> None:
    # YYYY-MM-DDThh:mm:ss.SSS+0000 [D]; .000 in nearly all [live]
    caller.control.set_clock("2025-11-30T22:15:07.250Z")
    caller.session_id = caller.sign_in()["response_data"]["sessionId"]
    made = caller.on("Read", "Vendor", caller.vendor())
    assert made["createdTime"][:17] == "2025-11-30T22:15:"
    assert made["createdTime"].endswith(".000+0000")
    assert INSTANT.fullmatch(made["updatedTime"])


@pytest.mark.parametrize("entity", ["Vendor", "Bill"])
def test_section_4_milliseconds(caller: Caller, entity: str) -> None:
    # they do occur [live]: a switch; a filter finds them to the millisecond, and a sort has them in order
    caller.control.switch(instants="milliseconds")
    sent = {"Vendor": {"name": "X"}, "Bill": bill(caller.vendor(), "B-1")}[entity]
    caller.control.set_clock("2026-01-31T22:15:07.329Z")
    caller.session_id = caller.sign_in()["response_data"]["sessionId"]
    made = [caller.create(entity, **sent | {"name": f"X{number}", "invoiceNumber": f"B{number}"}) for number in (1, 2)]
    times = [each["updatedTime"] for each in made]
    assert all(re.fullmatch(r"2026-01-31T22:15:\d\d\.\d{3}\+0000", each) for each in times)
    assert times == sorted(times)
    assert any(not each.endswith(".000+0000") for each in times)
    assert made[0] in caller.filtered(entity, "updatedTime", ">=", times[0])
    assert made[0] not in caller.filtered(entity, "updatedTime", ">", times[0])


def test_section_4_amounts_are_numbers(caller: Caller) -> None:
    # two decimals in the samples of the documentation, plain numbers in captures [D C]
    sent = json.dumps({"obj": bill(caller.vendor(), "B-1", 0)}).replace('"amount": 0', '"amount": 200.00')
    text = caller.post("/Crud/Create/Bill.json", caller.form(sent)).text
    assert '"amount":200.00,' in text
    assert loads(text)["response_data"]["dueAmount"] == Decimal("200.00")
    made = caller.create("Invoice", **invoice(caller.customer(), "I-1", {"quantity": 1, "price": 2.5}))
    assert (made["invoiceLineItems"][0]["quantity"], made["invoiceLineItems"][0]["price"]) == (1, Decimal("2.5"))


def test_section_4_booleans(caller: Caller) -> None:
    # JSON true and false [C]
    made = caller.create("Vendor", name="X", track1099=True)
    assert made["track1099"] is True
    assert made["enabledCombinePayments"] is False


def test_section_4_enums_are_texts_with_a_number(caller: Caller) -> None:
    # such as "0", "1" and "-1" [D]
    made = caller.create("Vendor", name="X")
    assert (made["isActive"], made["payBy"], made["vendorVCardStatus"]) == ("1", "0", "-1")
    assert caller.refused("/Crud/Create/Vendor.json", {"obj": {"entity": "Vendor", "name": "Y", "isActive": 1}})


def test_section_4_one_status_is_a_number(caller: Caller) -> None:
    # Vendor.vendorBankAccountStatus is an integer, -1 for none [C]
    status = caller.on("Read", "Vendor", caller.vendor())["vendorBankAccountStatus"]
    assert type(status) is int
    assert status == -1


def test_section_4_an_empty_text_is_null(caller: Caller) -> None:
    # null in captures of 2024; an older mock shows an empty text [C]
    vendor = caller.vendor()
    assert caller.on("Read", "Vendor", vendor)["fax"] is None
    caller.control.switch(empty_fields="empty_text")
    assert caller.on("Read", "Vendor", vendor)["fax"] == ""


def test_section_4_sent_empty_texts(caller: Caller) -> None:
    # the documented sample sends billAddress3 "" and gets null, parentCustomerId "" and gets the zero id [D]
    made = caller.create("Customer", name="X", billAddress3="", parentCustomerId="")
    assert (made["billAddress3"], made["parentCustomerId"]) == (None, ZERO_ID)


def test_section_4_a_plus_must_be_encoded(caller: Caller) -> None:
    # + in a date must be %2B in the body [D]
    now = "2025-01-01T00:00:00.000+0000"
    data = json.dumps({"filters": [{"field": "updatedTime", "op": ">", "value": now}]})
    body = f"devKey={defaults.DEVELOPER_KEY}&sessionId={caller.session_id}&data={data}"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    url = f"{caller.simulator.api_url}/List/Vendor.json"
    assert code_of(requests.post(url, body, headers=headers, timeout=TIMEOUT_S).json()) == "BDC_1129"
    encoded = requests.post(url, body.replace("+", "%2B"), headers=headers, timeout=TIMEOUT_S)
    assert encoded.json()["response_status"] == 0


def test_section_4_account_numbers_are_masked(caller: Caller) -> None:
    # like ******7890 on every read [D C]
    caller.trust()
    made = caller.create(
        "VendorBankAccount", vendorId=caller.vendor(), accountNumber="9900007890", routingNumber="021000021"
    )
    listed = caller.filtered("VendorBankAccount", "id", "=", made["id"])[0]
    for shown in (made, listed, caller.on("Read", "VendorBankAccount", made["id"])):
        assert shown["accountNumber"] == "******7890"


@pytest.mark.parametrize(("switch", "shown"), [("clear", "021000021"), ("masked", "******0021")])
def test_section_4_routing_numbers(caller: Caller, switch: str, shown: str) -> None:
    # masked in documents of 2016 [D], clear in captures of 2024 [C]
    caller.trust()
    caller.control.switch(routing_numbers=switch)
    made = caller.create("VendorBankAccount", vendorId=caller.vendor(), **ACCOUNT)
    assert made["routingNumber"] == shown


# Section 5: session


def test_section_5_what_login_answers(caller: Caller) -> None:
    # it has sessionId, orgId, apiEndPoint and usersId [D]
    data = caller.sign_in()["response_data"]
    assert set(data) == {"sessionId", "orgId", "apiEndPoint", "usersId"}
    assert (data["orgId"], data["apiEndPoint"]) == (defaults.ORGANIZATION_ID, caller.simulator.api_url)


def test_section_5_a_session_dies_when_idle(caller: Caller) -> None:
    # after 35 minutes of inactivity; every call resets the timer [D]
    for _ in range(2):
        caller.control.advance(34 * 60)
        caller.ok("/GetSessionInfo.json")
    caller.control.advance(35 * 60)
    assert caller.refused("/GetSessionInfo.json") == "BDC_1109"


def test_section_5_a_session_that_is_over_is_1109(caller: Caller) -> None:
    # any call after Logout or expiry: "Session is invalid. Please log in." [D]
    caller.ok("/Logout.json")
    for path in ("/List/Vendor.json", "/GetSessionInfo.json", "/Crud/Create/Bill.json", "/MFAChallenge.json"):
        answer = caller.call(path, {})
        assert code_of(answer) == "BDC_1109"
        assert answer["response_data"]["error_message"] == "Session is invalid. Please log in."


def test_section_5_session_info_spells_it_userid(caller: Caller) -> None:
    # usersId in Login, userId in GetSessionInfo [L]; organizationId 008..., userId 006... [L C]
    info = caller.ok("/GetSessionInfo.json")
    assert info == {"organizationId": caller.organization, "userId": caller.sign_in()["response_data"]["usersId"]}
    assert (info["organizationId"][:3], info["userId"][:3]) == ("008", "006")


def test_section_5_list_orgs(caller: Caller) -> None:
    # an array of orgId and orgName; needs no session [D]
    rows: Any = caller.post("/ListOrgs.json", SIGN_IN).json()["response_data"]
    assert [set(each) for each in rows] == [{"orgId", "orgName"}] * 2
    assert rows[0] == {"orgId": defaults.ORGANIZATION_ID, "orgName": defaults.ORGANIZATION_NAME}


def test_section_5_logout_ends_a_trust_that_is_not_remembered(caller: Caller) -> None:
    # Logout also ends a non-remembered MFA trust [D]
    caller.trust()
    caller.ok("/Logout.json")
    caller.session_id = caller.sign_in()["response_data"]["sessionId"]
    sent = {"obj": {"entity": "VendorBankAccount", "vendorId": caller.vendor(), **ACCOUNT}}
    assert caller.refused("/Crud/Create/VendorBankAccount.json", sent) == "BDC_1361"


def test_section_5_current_time(caller: Caller) -> None:
    # {"currentTime": <datetime>} [C]
    caller.control.set_clock("2025-12-31T23:59:30Z")
    caller.session_id = caller.sign_in()["response_data"]["sessionId"]
    answer = caller.ok("/CurrentTime.json")
    assert set(answer) == {"currentTime"}
    assert answer["currentTime"].startswith("2025-12-31T23:59:3")


def test_section_5_session_ids(caller: Caller) -> None:
    # an opaque token of 45 to 70 characters, recent ones begin with ! [C]
    first, second = (caller.sign_in()["response_data"]["sessionId"] for _ in range(2))
    assert first != second
    assert first.startswith("!")
    assert 45 <= len(first) <= 70
