"""Facts about BILL v2, each with one plain check over HTTP: section 10 attachments and metadata, 11 limits and errors,
and what section 16 reports from live use.

How the statements are known: D documented, live it ran against BILL, L said in the client of BILL staff, C seen in a
client, I inferred, U unknown.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import requests
from simulator_caller import TIMEOUT_S, Caller, bill, code_of, codes_of, invoice, unproven

from bill_simulator import defaults

if TYPE_CHECKING:
    from simulator_caller import Body

pytest_plugins = ["simulator_fixtures"]

STATEMENTS = {
    "10 an upload has devKey, sessionId, file and data with id and fileName [D]": "test_section_10_an_upload",
    "10 without an id it goes to the Inbox [D]": "test_section_10_without_an_id_it_goes_to_the_inbox",
    "10 bill, invoice, vendor, customer, chart of account take files [D]": "test_section_10_what_takes_attachments",
    "10 vendor credit, bill payment, invoice payment too [D]": "test_section_10_what_takes_attachments",
    "10 below 20 MB, in v3 6 MB for bills [D]": "test_section_10_a_file_has_a_limit",
    "10 the extension is that of the content [D]": "test_section_10_the_extension_is_that_of_the_content",
    "10 with an invalid id it is an error, and nothing is stored [D]": "test_section_10_an_invalid_id_stores_nothing",
    "10 the answer is documentUploadedId, 0du... [D]": "test_section_10_an_upload",
    "10 GetDocumentPages: fileUrl, null without one, and numPages [D]": "test_section_10_document_pages",
    "10 the pages are fetched as PNG by entity, session and number [D]": "test_section_10_pages_are_png",
    "10 a text is fetched as HTML by its id [D]": "test_section_10_a_text_is_html",
    "10 pages are not for invoices [D]": "test_section_10_not_for_invoices",
    "10 a final document is 00h... [D]": "test_section_10_final_documents",
    "10 GetEntityMetadata: Vendor.fields.<field>, with entity [L]": "test_section_10_metadata",
    "10 its other attributes [U]": "test_section_10_metadata",
    "10 Errors.json lists all codes, without a session [D]; its shape [U]": "test_section_10_errors",
    "10 there are more than 500 codes [D]": "not checked: fifty of them are known",
    "11 20,000 requests per key and clock hour, then BDC_1144 until the next [D]": "test_section_11_requests_per_hour",
    "11 the text of BDC_1144 [D]": "test_section_11_requests_per_hour",
    "11 18,000 in 2021 [D]": "test_section_11_the_numbers_can_be_changed",
    "11 200 Login and ListOrgs per key and hour, the same code [D]": "test_section_11_logins_per_hour",
    "11 three at once per key and organization, then BDC_1322 with its text [D]": "test_section_11_three_at_once",
    "11 back off exponentially [D]": "not checked: advice to callers",
    "11 these come as HTTP 200 with the envelope of an error [I]": "test_section_11_limits_are_envelopes",
    "11 BDC_1001, 1002 [D]": "test_section_11_codes_for_faults",
    "11 BDC_1003, 1005, 1113, 1116, 1125-1127, 1150-1152, 1302, 1402 [D C]": "test_section_11_codes_for_faults",
    "11 BDC_1101-1108, 1110, 1111, 1123: who may come in [D C]": "test_section_11_codes_at_the_door",
    "11 a path without operation BDC_1121, a Login without values 1108, of nonsense 1129 [live]": (
        "test_section_11_strangers_at_the_door"
    ),
    "11 BDC_1109 the session is over [D]": "test_section_11_codes_of_calls",
    "11 BDC_1114-1124, 1128-1131 of calls and data [D]": "test_section_11_codes_of_calls",
    "11 BDC_1144, 1322 limits [D]": "test_section_11_limits_are_envelopes",
    "11 BDC_1171 a number that is taken [live]": "test_section_11_codes_of_calls",
    "11 BDC_1354, 1356, 1358, 1361, 1374 MFA [D C]": "not checked: with section 6",
    "11 codes 1132-1143 and the rest [U]": "not checked: unknown, but for 1143 (section 16)",
    "11 'Developer key must be specified.' without one [C], code unknown [U]": "test_section_11_no_developer_key",
    "16 a bill's number has 21 characters, BDC_1143; the CSV help says 100 [live]": "test_section_16_bill_numbers",
    "16 a duplicate number is refused, clients adopt the document [live]": "test_section_16_a_duplicate_is_found",
    "16 permissions are per operation, BDC_1145 [live]": "test_section_16_permissions",
    "16 a deviceId of 49 characters is an expired token, 19 worked [C]": "test_section_16_device_ids",
    "16 stop at BDC_1144, back off at BDC_1322 [C]": "not checked: advice to callers",
    "16 payment status words differ between clients: codes are open [C]": "test_section_16_unknown_codes_are_taken",
    "16 answers may omit empty fields [C]": "test_section_16_empty_fields_may_be_absent",
    "16 whole batches are marked failed for one row [C]": "test_section_16_whole_batches_fail",
    "16 bills were paid twice after a retried POST [C]": "test_section_16_a_lost_answer_was_work_done",
}

PDF = b"%PDF-1.7\n<</Type /Page>>\n<</Type /Page>>"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63f8cfc000000301010018dd8db00000000049454e44ae426082"
)


def test_every_statement_has_a_check_or_a_reason() -> None:
    assert unproven(STATEMENTS, globals()) == []


@pytest.fixture
def vendor(caller: Caller) -> str:
    return caller.vendor()


# Section 10: attachments and metadata


def test_section_10_an_upload(caller: Caller, vendor: str) -> None:
    # a form of parts [D]; the answer is an id of an upload in progress [D]
    form = {**caller.form(), "data": f'{{"id": "{vendor}", "fileName": "x.pdf"}}'}
    answer = caller.post("/UploadAttachment.json", form, files={"file": ("x.pdf", PDF)}).json()
    assert answer["response_status"] == 0
    assert answer["response_data"]["documentUploadedId"].startswith("0du")
    assert len(answer["response_data"]["documentUploadedId"]) == 20
    assert [each["objectId"] for each in caller.control.attachments(caller.organization)] == [vendor]


def test_section_10_without_an_id_it_goes_to_the_inbox(caller: Caller) -> None:
    # an empty id, or none [D]
    caller.attach("x.pdf", PDF, "")
    assert [each["objectId"] for each in caller.control.attachments(caller.organization)] == [None]


def test_section_10_what_takes_attachments(caller: Caller) -> None:
    # eight kinds of objects [D], and no others
    for entity in (
        *("Bill", "Invoice", "Vendor", "Customer", "ChartOfAccount"),
        *("VendorCredit", "SentPay", "ReceivedPay"),
    ):
        rows = caller.list(entity)
        assert rows, entity
        caller.attach("x.pdf", PDF, rows[0]["id"])
    assert code_of(caller.upload("x.pdf", PDF, caller.list("Item")[0]["id"])) == "BDC_1119"


def test_section_10_a_file_has_a_limit(caller: Caller) -> None:
    # less than 20 MB [D]: shown with less, and with the code unknown
    assert caller.control.get("/limits")["attachment_bytes"] == 20_000_000
    caller.control.limit(attachment_bytes=len(PDF))
    assert code_of(caller.upload("x.pdf", PDF)) == "BDC_1119"
    caller.attach("x.pdf", PDF[:-1])


def test_section_10_the_extension_is_that_of_the_content(caller: Caller) -> None:
    # it must match [D]
    assert code_of(caller.upload("x.png", PDF)) == "BDC_1119"
    assert code_of(caller.upload("x", PDF)) == "BDC_1119"
    caller.attach("x.png", PNG)


def test_section_10_an_invalid_id_stores_nothing(caller: Caller) -> None:
    # an error, and nothing is stored [D]
    assert code_of(caller.upload("x.pdf", PDF, "00902AAAAAAAAAAaaaaa")).startswith("BDC_")
    assert caller.control.attachments(caller.organization) == []


def test_section_10_document_pages(caller: Caller, vendor: str) -> None:
    # fileUrl is null without an attachment; numPages is how many pages it has [D]
    assert caller.pages(vendor)["fileUrl"] is None
    caller.attach("x.pdf", PDF, vendor)
    pages = caller.pages(vendor)
    assert pages["numPages"] == 2
    assert "/is/BillImageServlet?entityId=" in pages["fileUrl"]


def test_section_10_pages_are_png(caller: Caller, vendor: str) -> None:
    # GET /is/BillImageServlet?entityId=..&sessionId=..&pageNumber=n [D]
    caller.attach("x.pdf", PDF, vendor)
    url = f"{caller.simulator.url}/is/BillImageServlet"
    query = {"entityId": vendor, "sessionId": caller.session_id, "pageNumber": "2"}
    answer = requests.get(url, query, timeout=TIMEOUT_S)
    assert answer.headers["content-type"] == "image/png"
    assert answer.content.startswith(PNG[:8])
    assert code_of(requests.get(url, {**query, "sessionId": "!nobody"}, timeout=TIMEOUT_S).json()) == "BDC_1109"


def test_section_10_a_text_is_html(caller: Caller, vendor: str) -> None:
    # /HtmlServlet?id= [D]
    caller.attach("x.txt", b"Thank you", vendor)
    path, _, document = caller.pages(vendor)["fileUrl"].partition("?id=")
    answer = caller.get(path, id=document)
    assert answer.headers["content-type"].startswith("text/html")
    assert "Thank you" in answer.text


def test_section_10_not_for_invoices(caller: Caller) -> None:
    # attachments of AR invoices cannot be fetched [D]; what comes instead is unknown
    made = caller.create("Invoice", **invoice(caller.customer(), "I-1"))
    caller.attach("x.pdf", PDF, made["id"])
    assert caller.refused("/GetDocumentPages.json", {"id": made["id"]}).startswith("BDC_")


def test_section_10_final_documents(caller: Caller, vendor: str) -> None:
    # begin 00h [D]
    caller.attach("x.txt", b"Thank you", vendor)
    assert "?id=00h" in caller.pages(vendor)["fileUrl"]


def test_section_10_metadata(caller: Caller) -> None:
    # {"entity": ["Vendor"]} gives Vendor.fields; the client of BILL staff reads fields.id.entity [L]
    answer = caller.ok("/GetEntityMetadata.json", {"entity": ["Vendor"]})
    assert set(answer) == {"Vendor"}
    assert answer["Vendor"]["fields"]["id"]["entity"] == "Vendor"
    assert {"name", "payBy", "updatedTime"} <= set(answer["Vendor"]["fields"])


def test_section_10_errors(caller: Caller) -> None:
    # no session [D]; the shape is ours
    answer = requests.post(f"{caller.simulator.api_url}/Errors.json", timeout=TIMEOUT_S).json()
    assert answer["response_status"] == 0
    assert "BDC_1109" in {each["error_code"] for each in answer["response_data"]["errors"]}


# Section 11: limits and errors

LIST = "/List/Vendor.json"


def used(caller: Caller) -> int:
    """What this clock hour has seen, after its turn a moment ago."""
    caller.control.set_clock("2025-09-01T10:00:01Z")
    caller.session_id = caller.sign_in()["response_data"]["sessionId"]
    return int(caller.control.get("/limits")["used"]["requests"][defaults.DEVELOPER_KEY])


def test_section_11_requests_per_hour(caller: Caller) -> None:
    # 20,000 per developer key and clock hour; everything fails until the next full hour [D]
    assert caller.control.get("/limits")["requests_per_hour"] == 20_000
    caller.control.limit(requests_per_hour=used(caller) + 1)
    caller.ok(LIST)
    answer = caller.call(LIST)
    assert code_of(answer) == "BDC_1144"
    assert answer["response_data"]["error_message"] == "Max number of allowed requests per hour reached: 2."
    caller.control.set_clock("2025-09-01T10:34:00Z")
    assert caller.refused("/GetSessionInfo.json") == "BDC_1144"
    caller.control.set_clock("2025-09-01T11:00:01Z")
    caller.session_id = caller.sign_in()["response_data"]["sessionId"]
    caller.ok(LIST)


def test_section_11_the_numbers_can_be_changed(caller: Caller) -> None:
    # documents of 2021 say 18,000 [D]
    caller.control.limit(requests_per_hour=18_000)
    assert caller.control.get("/limits")["requests_per_hour"] == 18_000


def test_section_11_logins_per_hour(caller: Caller) -> None:
    # Login and ListOrgs together, 200 per key and hour, the same code [D]
    assert caller.control.get("/limits")["logins_per_hour"] == 200
    used(caller)
    caller.control.limit(logins_per_hour=3)
    form = {"userName": defaults.USERNAME, "password": defaults.PASSWORD, "devKey": defaults.DEVELOPER_KEY}
    assert caller.sign_in()["response_status"] == 0
    assert caller.post("/ListOrgs.json", form).json()["response_status"] == 0
    assert code_of(caller.sign_in()) == code_of(caller.post("/ListOrgs.json", form).json()) == "BDC_1144"
    caller.ok(LIST)


def test_section_11_three_at_once(caller: Caller) -> None:
    # per developer key and organization; the fourth is BDC_1322 [D]
    caller.control.limit(latency_ms=150)
    together = threading.Barrier(4)

    def call(_: int) -> Body:
        together.wait()
        answer: Body = requests.post(f"{caller.simulator.api_url}{LIST}", caller.form({}), timeout=TIMEOUT_S).json()
        return answer

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(call, range(4)))
    (refused,) = [each for each in answers if each["response_status"] == 1]
    assert code_of(refused) == "BDC_1322"
    message = "Max number of concurrent requests per organization reached."
    assert refused["response_data"]["error_message"] == message


@pytest.mark.parametrize(("limit", "code"), [("requests_per_hour", "BDC_1144"), ("concurrent", "BDC_1322")])
def test_section_11_limits_are_envelopes(caller: Caller, limit: str, code: str) -> None:
    # HTTP 200 [I]
    caller.control.limit(**{limit: 0})
    answer = caller.post(LIST, caller.form({}))
    assert answer.status_code == 200
    assert code_of(answer.json()) == code


@pytest.mark.parametrize(
    "number",
    [1001, 1002, 1003, 1005, 1113, 1116, 1125, 1126, 1127, 1150, 1151, 1152, 1302, 1402],
)
def test_section_11_codes_for_faults(caller: Caller, number: int) -> None:
    # nothing here leads to these [D C], so they are played as a fault, and listed
    code = f"BDC_{number}"
    caller.control.fault("error", LIST, code=code)
    answer = caller.call(LIST)
    assert code_of(answer) == code
    listed = requests.post(f"{caller.simulator.api_url}/Errors.json", timeout=TIMEOUT_S).json()["response_data"][
        "errors"
    ]
    text = next(each["error_message"] for each in listed if each["error_code"] == code)
    assert text.split("$")[0] in answer["response_data"]["error_message"]


@pytest.mark.parametrize(
    ("changes", "sent", "code"),
    [
        ({}, {"password": "wrong"}, "BDC_1101"),
        ({}, {"devKey": "wrong"}, "BDC_1102"),
        ({"developer_keys": [{"key": defaults.DEVELOPER_KEY, "active": False}]}, {}, "BDC_1103"),
        ({"developer_keys": [{"key": defaults.DEVELOPER_KEY, "terms_accepted": False}]}, {}, "BDC_1104"),
        ({"organizations": [{"id": defaults.ORGANIZATION_ID, "api_access": False}]}, {}, "BDC_1105"),
        ({"organizations": [{"id": defaults.ORGANIZATION_ID, "partner": "another"}]}, {}, "BDC_1106"),
        ({"organizations": [{"id": defaults.ORGANIZATION_ID, "locked": True}]}, {}, "BDC_1107"),
        ({}, {"orgId": None}, "BDC_1108"),
        ({"users": [{"username": defaults.USERNAME, "locked": True}]}, {}, "BDC_1110"),
        ({"users": [{"username": defaults.USERNAME, "active": False}]}, {}, "BDC_1111"),
        ({}, {"orgId": "00801NOWHEREAAAaaaa9"}, "BDC_1123"),
    ],
)
def test_section_11_codes_at_the_door(caller: Caller, changes: Any, sent: dict[str, str | None], code: str) -> None:
    # the list of error codes [D], 1105 from a client [C]
    caller.control.change_directory(**changes)
    assert code_of(caller.sign_in(**sent)) == code


NONSENSE = {"userName": "userName", "password": "password", "orgId": "orgId", "devKey": "devKey"}


@pytest.mark.parametrize(
    ("path", "sent", "kind", "code"),
    [
        ("", {}, "application/x-www-form-urlencoded", "BDC_1121"),
        ("/", {}, "application/x-www-form-urlencoded", "BDC_1121"),
        ("/.json", {}, "application/", "BDC_1121"),
        ("/Logon.json", NONSENSE, "application/x-www-form-urlencoded", "BDC_1121"),
        ("/Login.json", {}, "application/x-www-form-urlencoded", "BDC_1108"),
        ("/Login.json", NONSENSE, "application/", "BDC_1108"),
        ("/Login.json", NONSENSE, "application/json", "BDC_1108"),
        ("/Login.json", NONSENSE, "application/x-www-form-urlencoded", "BDC_1129"),
    ],
)
def test_section_11_strangers_at_the_door(
    caller: Caller, path: str, sent: dict[str, str], kind: str, code: str
) -> None:
    # what BILL's sandbox answers to a public test suite [live]; that 1129 wants all four to be wrong is inferred [I]
    url = f"{caller.simulator.api_url}{path}"
    answer = requests.post(url, sent, headers={"Content-Type": kind}, timeout=TIMEOUT_S)
    assert (answer.status_code, code_of(answer.json())) == (200, code)


VENDOR = {"entity": "Vendor", "name": "X"}
FILTER = {"field": "isActive", "op": "=", "value": "1"}


@pytest.mark.parametrize(
    ("path", "data", "code"),
    [
        ("/Crud/Read/Vendor.json", {}, "BDC_1108"),
        ("/Crud/Create/Nonsense.json", {"obj": VENDOR}, "BDC_1114"),
        ("/Crud/Merge/Vendor.json", {"obj": VENDOR}, "BDC_1115"),
        ("/Crud/Create/Vendor.json", {"obj": {"entity": "Vendor"}}, "BDC_1117"),
        ("/Crud/Create/Vendor.json", {"obj": {"entity": "Customer", "name": "X"}}, "BDC_1118"),
        ("/Crud/Create/Vendor.json", {"obj": {**VENDOR, "isActive": "9"}}, "BDC_1119"),
        ("/Crud/Read/Vendor.json", {"id": "00902AAAAAAAAAAaaaaa"}, "BDC_1120"),
        ("/PayEverybody.json", {}, "BDC_1121"),
        ("/Crud/Create/Vendor.json", "{not json", "BDC_1122"),
        ("/Crud/Create/Vendor.json", {"obj": {**VENDOR, "name": 5}}, "BDC_1124"),
        ("/List/Nonsense.json", {}, "BDC_1128"),
        (LIST, {"filters": [{**FILTER, "value": "x"}]}, "BDC_1129"),
        (LIST, {"filters": [{**FILTER, "field": "x"}]}, "BDC_1130"),
        (LIST, {"filters": [{**FILTER, "op": "x"}]}, "BDC_1131"),
        ("twice", None, "BDC_1171"),
        ("logged out", None, "BDC_1109"),
    ],
)
def test_section_11_codes_of_calls(caller: Caller, path: str, data: Any, code: str) -> None:
    # the list of error codes [D], 1171 is live; which of them for which mistake is in part inferred
    if path == "twice":
        path, data = "/Crud/Create/Bill.json", {"obj": bill(caller.vendor(), "B-1")}
        caller.ok(path, data)
    elif path == "logged out":
        path = LIST
        caller.ok("/Logout.json")
    assert caller.refused(path, data) == code


def test_section_11_no_developer_key(caller: Caller) -> None:
    # the text in the client of BILL staff [C]; its code is unknown
    answer = caller.post("/GetSessionInfo.json", {"sessionId": caller.session_id}).json()
    assert answer["response_data"]["error_message"] == "Developer key must be specified."


# Section 16: reported from live use


@pytest.mark.parametrize(("switch", "longest"), [("21", 21), ("100", 100)])
def test_section_16_bill_numbers(caller: Caller, vendor: str, switch: str, longest: int) -> None:
    # 21 characters in the API (BDC_1143), 100 in the CSV help [C]
    caller.control.switch(bill_number_limit=switch)
    caller.create("Bill", **bill(vendor, "N" * longest))
    assert caller.refused("/Crud/Create/Bill.json", {"obj": bill(vendor, "N" * (longest + 1))}) == "BDC_1143"


def test_section_16_a_duplicate_is_found(caller: Caller, vendor: str) -> None:
    # clients look the existing document up and adopt it [C]
    made = caller.create("Bill", **bill(vendor, "B-1"))
    assert caller.refused("/Crud/Create/Bill.json", {"obj": bill(vendor, "B-1")}) == "BDC_1171"
    filters = [
        {"field": "vendorId", "op": "=", "value": vendor},
        {"field": "invoiceNumber", "op": "=", "value": "B-1"},
    ]
    assert [each["id"] for each in caller.list("Bill", filters=filters)] == [made["id"]]


def test_section_16_permissions(caller: Caller, vendor: str) -> None:
    # a user that may create bills got BDC_1145 on read, or on lists of features that are off [C]
    caller.control.change_directory(
        users=[{"username": defaults.USERNAME, "forbidden": ["read/Bill", "list/ActgClass"]}]
    )
    made = caller.create("Bill", **bill(vendor, "B-1"))
    assert caller.refused("/Crud/Read/Bill.json", {"id": made["id"]}) == "BDC_1145"
    assert caller.refused("/List/ActgClass.json", {}) == "BDC_1145"
    caller.list("Department")


@pytest.mark.parametrize(("length", "taken"), [(49, False), (19, True)])
def test_section_16_device_ids(caller: Caller, length: int, *, taken: bool) -> None:
    # a misleading "token has expired" [C]
    caller.control.switch(mfa_device_id_limit="20")
    challenge = caller.ok("/MFAChallenge.json", {})["challengeId"]
    answer = {"challengeId": challenge, "token": caller.control.mfa_code(challenge), "deviceId": "d" * length}
    envelope = caller.call("/MFAAuthenticate.json", answer)
    assert (envelope["response_status"] == 0) is taken
    assert taken or envelope["response_data"]["error_message"] == "Token has expired."


def test_section_16_unknown_codes_are_taken(caller: Caller) -> None:
    # codes of enums are open [C]
    assert caller.create("Vendor", name="X", accountType="77")["accountType"] == "77"


def test_section_16_empty_fields_may_be_absent(caller: Caller, vendor: str) -> None:
    # no key at all [C]
    caller.control.switch(empty_fields="omit")
    read = caller.on("Read", "Vendor", vendor)
    assert None not in read.values()
    assert "fax" not in read


@pytest.mark.parametrize(
    ("switch", "codes"), [("per_element", ["OK", "BDC_1171"]), ("all_or_nothing", ["BDC_1002", "BDC_1171"])]
)
def test_section_16_whole_batches_fail(caller: Caller, vendor: str, switch: str, codes: list[str]) -> None:
    # partners saw whole batches marked failed for one bad row [C]
    caller.create("Bill", **bill(vendor, "B-1"))
    caller.control.switch(bulk_transaction=switch)
    elements = [{"obj": bill(vendor, number)} for number in ("B-2", "B-1")]
    assert codes_of(caller.bulk("Create", "Bill", *elements)) == codes
    assert bool(caller.filtered("Bill", "invoiceNumber", "=", "B-2")) is (switch == "per_element")


def test_section_16_a_lost_answer_was_work_done(caller: Caller, vendor: str) -> None:
    # a POST that is sent again is done again [C]: only the number keeps a second bill out
    path, sent = "/Crud/Create/Bill.json", {"obj": bill(vendor, "B-1"), "allowDuplicateInvNum": True}
    caller.control.fault("drop_after", path)
    with pytest.raises(requests.ConnectionError):
        caller.post(path, caller.form(sent))
    caller.ok(path, sent)
    assert len(caller.filtered("Bill", "invoiceNumber", "=", "B-1")) == 2
