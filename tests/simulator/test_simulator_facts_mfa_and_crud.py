"""Facts about BILL v2, each with one plain check over HTTP: section 6 MFA, 7 create, read, update, delete.

How the statements are known: D documented, live it ran against BILL, L said in the client of BILL staff, C seen in a
client, I inferred, U unknown.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from simulator_caller import Caller, bill, code_of, invoice, unproven

from bill_simulator import defaults

if TYPE_CHECKING:
    from simulator_caller import Body

pytest_plugins = ["simulator_fixtures"]

STATEMENTS = {
    "6 a session begins untrusted [D]": "test_section_6_a_session_begins_untrusted",
    "6 MFAChallenge answers with a challengeId and texts a code [D]": "test_section_6_a_challenge_texts_a_code",
    "6 useBackup true is an error, {} is enough [D]": "test_section_6_there_is_no_backup_phone",
    "6 without a phone BDC_1354 [D]": "test_section_6_without_a_phone_it_is_1354",
    "6 MFAAuthenticate answers the challenge, for a device [D]": "test_section_6_the_code_is_answered",
    "6 the token is like 123-456, or six digits [D C]": "test_section_6_the_code_may_have_a_hyphen",
    "6 deviceId is any text of at most 100 characters [D]": "test_section_6_device_ids_have_a_length",
    "6 the answer is mfaId, and machineName again [D C]": "test_section_6_the_code_is_answered",
    "6 without rememberMe: no mfaId, or one for this session [D D]": "test_section_6_an_mfa_id_without_remember_me",
    "6 from there on the same session is trusted [D]": "test_section_6_the_same_session_is_trusted",
    "6 with rememberMe it is good for 30 days at Login [D]": "test_section_6_remembered_for_30_days",
    "6 the same deviceId must be used [D]": "test_section_6_remembered_on_one_device",
    "6 MFAStatus says isTrusted, for what is remembered [D]": "test_section_6_status_is_about_what_is_remembered",
    "6 Login with a bad mfaId: untrusted, or an error [U]": "test_section_6_login_with_a_bad_mfa_id",
    "6 SendVendorInvite, SendInvite and PayBills need trust [D]": "test_section_6_inviting_and_paying",
    "6 creating a vendor's bank account needs trust, in bulk too [D]": "test_section_6_writing_vendor_accounts",
    "6 deleting one needs trust, in bulk too [D]": "test_section_6_writing_vendor_accounts",
    "6 reading and listing them: needs trust [D], or not [C]": "test_section_6_reading_vendor_accounts",
    "6 developers of before 2017 are exempt, MFA may be off [D]": "test_section_6_mfa_may_be_off",
    "6 everything else needs no trust [D C]": "test_section_6_everything_else_needs_no_trust",
    "6 an untrusted session is BDC_1361 [C]": "test_section_6_writing_vendor_accounts",
    "6 BDC_1356 a token that expired [C]": "test_section_6_a_code_expires",
    "6 BDC_1358 too many attempts [C]": "test_section_6_too_many_attempts",
    "6 BDC_1374 an expired token [C]": "test_section_6_login_with_a_bad_mfa_id",
    "7 a create answers with the whole object, id, times and defaults [D]": "test_section_7_a_create",
    "7 an update takes id and changes, and answers with the whole [D]": "test_section_7_an_update",
    "7 an update repeats the mandatory fields [D]": "test_section_7_mandatory_fields_in_an_update",
    "7 read-only fields are silently ignored [D]": "test_section_7_read_only_fields_are_ignored",
    "7 optional fields that are left out stay [live]": "test_section_7_what_is_left_out_stays",
    "7 lines that are sent replace all [D], lines that are not sent stay [U]": "test_section_7_lines_are_replaced",
    "7 a delete sets isActive 2 and answers with the object, an undelete 1 [D]": "test_section_7_delete_and_undelete",
    "7 reading an unknown id is an error [D], which is unknown [U]": "test_section_7_an_unknown_id_is_an_error",
    "7 isActive is 1 unless sent [C]": "test_section_7_objects_are_born_active",
    "7 a List returns inactive objects too [live]": "test_section_7_lists_have_inactive_objects",
    "7 an update may archive and restore [live]": "test_section_7_an_update_archives_and_restores",
    "7 a bill's number twice for a vendor is BDC_1171 or 5370, unless allowed [live]": "test_section_7_bill_numbers",
    "7 the scope of that [U]": "test_section_7_the_scope_of_bill_numbers",
    "7 an invoice's number twice is BDC_1171 [C]": "test_section_7_invoice_numbers",
    "7 names of vendors and customers are unique [C], code unknown [U]": "test_section_7_names",
    "7 one active bank account per vendor and customer [D]; code unknown [U]": "test_section_7_one_account_each",
    "7 bank accounts have no update [D]": "test_section_7_accounts_have_no_update",
    "7 a vendor's account is verified at once, the vendor paid by ACH [D]": "test_section_7_an_account_and_its_vendor",
    "7 without its account the vendor is paid by check again [D]": "test_section_7_an_account_and_its_vendor",
    "7 an account that becomes blocked, expired or invalid does the same [D]": (
        "not checked: BILL sets the status, and here nothing does"
    ),
    "7 a bill is worth its lines, due in full, open and unassigned [C]": "test_section_7_a_new_bill",
    "7 an invoice line is quantity x price, or its share of the others [D]": "test_section_7_invoice_lines",
    "7 price or ratePercent, not both [D]": "test_section_7_price_or_percent",
    "7 an update makes the lines anew [C], a payment too [live]": "test_section_7_an_update_makes_lines_anew",
}

ACCOUNT = {"accountNumber": "9900001234", "routingNumber": "021000021"}
AUTHENTICATE, NEW_ACCOUNT = "/MFAAuthenticate.json", "/Crud/Create/VendorBankAccount.json"


def test_every_statement_has_a_check_or_a_reason() -> None:
    assert unproven(STATEMENTS, globals()) == []


# Section 6: MFA


def challenged(caller: Caller, **data: Any) -> Body:
    """A right answer to a new challenge."""
    challenge = caller.ok("/MFAChallenge.json", data)["challengeId"]
    return {"challengeId": challenge, "token": caller.control.mfa_code(challenge), "deviceId": "tap-1"}


def is_trusted(caller: Caller) -> bool:
    """Whether the session may try to create a vendor's bank account."""
    return caller.refused(NEW_ACCOUNT, {"obj": {"entity": "VendorBankAccount"}}) != "BDC_1361"


def sign_in(caller: Caller, mfa_id: str, device_id: str = "tap-1") -> None:
    caller.session_id = caller.sign_in(mfaId=mfa_id, deviceId=device_id)["response_data"]["sessionId"]


def remembered(caller: Caller) -> str:
    return str(caller.ok(AUTHENTICATE, {**challenged(caller), "rememberMe": True})["mfaId"])


def test_section_6_a_session_begins_untrusted(caller: Caller) -> None:
    # Login gives an untrusted session [D]
    assert not is_trusted(caller)


def test_section_6_a_challenge_texts_a_code(caller: Caller) -> None:
    # {"challengeId": "!..."}, and a code on the user's phone [D]: here at the control plane
    answer = caller.ok("/MFAChallenge.json", {"useBackup": False})
    assert set(answer) == {"challengeId"}
    assert answer["challengeId"].startswith("!")
    assert caller.control.mfa_code(answer["challengeId"]).isdigit()


def test_section_6_there_is_no_backup_phone(caller: Caller) -> None:
    # since 30 March 2026 true is an error [D], its code is unknown [U]; {} is enough [D]
    assert caller.refused("/MFAChallenge.json", {"useBackup": True}) == "BDC_1129"
    assert caller.control.get("/mfa") == []
    caller.ok("/MFAChallenge.json", {})
    caller.ok("/MFAChallenge.json", {"useBackup": False})
    assert len(caller.control.get("/mfa")) == 2


def test_section_6_inviting_and_paying(caller: Caller) -> None:
    # SendVendorInvite and PayBills [D]; SendInvite is not simulated, and nothing is paid
    invite = {"vendorId": caller.vendor(), "email": "ap@kestrel.test"}
    assert caller.refused("/SendVendorInvite.json", invite) == "BDC_1361"
    assert caller.refused("/PayBills.json", {}) == "BDC_1361"
    caller.trust()
    caller.ok("/SendVendorInvite.json", invite)
    assert caller.refused("/PayBills.json", {}) == "BDC_1150"


def test_section_6_without_a_phone_it_is_1354(caller: Caller) -> None:
    # no phone registered [D]
    caller.control.change_directory(users=[{"username": defaults.USERNAME, "has_phone": False}])
    assert caller.refused("/MFAChallenge.json", {"useBackup": False}) == "BDC_1354"


def test_section_6_the_code_is_answered(caller: Caller) -> None:
    # five keys [D]; mfaId "!..." [D] and machineName again, as in a capture of 2024 [C]
    answer = caller.ok(AUTHENTICATE, {**challenged(caller), "machineName": "laptop", "rememberMe": True})
    assert set(answer) == {"mfaId", "machineName"}
    assert answer["mfaId"].startswith("!")
    assert answer["machineName"] == "laptop"
    for missing in ("challengeId", "token", "deviceId"):
        sent = {name: value for name, value in challenged(caller).items() if name != missing}
        assert caller.refused(AUTHENTICATE, sent) == "BDC_1108"


@pytest.mark.parametrize("hyphen", ["-", ""])
def test_section_6_the_code_may_have_a_hyphen(caller: Caller, hyphen: str) -> None:
    # the documented sample has one [D], clients send six digits [C]
    answer = challenged(caller)
    code = answer["token"]
    assert len(code) == 6
    caller.ok(AUTHENTICATE, {**answer, "token": f"{code[:3]}{hyphen}{code[3:]}"})


def test_section_6_device_ids_have_a_length(caller: Caller) -> None:
    # any stable text, at most 100 characters [D]
    answer = challenged(caller)
    assert caller.refused(AUTHENTICATE, {**answer, "deviceId": "d" * 101}) == "BDC_1119"
    caller.ok(AUTHENTICATE, {**answer, "deviceId": "d" * 100})


@pytest.mark.parametrize("switch", ["generated", "absent"])
def test_section_6_an_mfa_id_without_remember_me(caller: Caller, switch: str) -> None:
    # the older page: only with rememberMe [D]; the newer one: always, but it dies with the session [D]
    caller.control.switch(mfa_id_without_remember=switch)
    answer = caller.ok(AUTHENTICATE, {**challenged(caller), "rememberMe": False})
    assert ("mfaId" in answer) == (switch == "generated")
    sign_in(caller, answer.get("mfaId", ""))
    assert not is_trusted(caller)


def test_section_6_the_same_session_is_trusted(caller: Caller) -> None:
    # no new sessionId [D]
    caller.ok(AUTHENTICATE, challenged(caller))
    assert is_trusted(caller)
    other = Caller(caller.simulator)
    assert not is_trusted(other)
    other.http.close()


def test_section_6_remembered_for_30_days(caller: Caller) -> None:
    # mfaId and deviceId at every Login make the new session trusted at once [D]
    mfa_id = remembered(caller)
    for days, trusted in ((0, True), (29, True), (1, False)):
        caller.control.advance(days * 24 * 3600)
        sign_in(caller, mfa_id)
        assert is_trusted(caller) is trusted


def test_section_6_remembered_on_one_device(caller: Caller) -> None:
    # the same deviceId [D]
    mfa_id = remembered(caller)
    sign_in(caller, mfa_id, "tap-2")
    assert not is_trusted(caller)
    sign_in(caller, mfa_id, "tap-1")
    assert is_trusted(caller)


def test_section_6_status_is_about_what_is_remembered(caller: Caller) -> None:
    # {"isTrusted": true or false}; only meaningful with rememberMe [D]
    device = {"mfaId": remembered(caller), "deviceId": "tap-1"}
    assert caller.ok("/MFAStatus.json", device) == {"isTrusted": True}
    fleeting = caller.ok(AUTHENTICATE, challenged(caller))["mfaId"]
    assert caller.ok("/MFAStatus.json", {**device, "mfaId": fleeting}) == {"isTrusted": False}


def test_section_6_login_with_a_bad_mfa_id(caller: Caller) -> None:
    # an untrusted session or an error: unknown [U]; an expired token is BDC_1374 in v3 clients [C]
    sign_in(caller, "!unknown")
    assert not is_trusted(caller)
    caller.control.switch(login_bad_mfa="refuse")
    assert code_of(caller.sign_in(mfaId="!unknown", deviceId="tap-1")) == "BDC_1374"


@pytest.mark.parametrize("verb", ["Create", "Delete"])
def test_section_6_writing_vendor_accounts(caller: Caller, verb: str) -> None:
    # create and bulk create, bulk delete [D], delete [D by implication]; the code [C]
    element = {"obj": {"entity": "VendorBankAccount"}} if verb == "Create" else {"id": "vba02AAAAAAAAAAaaaaa"}
    calls = ((f"/Crud/{verb}/", element), (f"/Bulk/Crud/{verb}/", {"bulk": [element]}))
    for path, data in calls:
        assert caller.refused(f"{path}VendorBankAccount.json", data) == "BDC_1361"
    caller.trust()
    for path, data in calls:
        answer = caller.call(f"{path}VendorBankAccount.json", data)
        assert answer["response_status"] == 0 or code_of(answer) != "BDC_1361"


@pytest.mark.parametrize(
    ("switch", "read", "listed"),
    [("open", True, True), ("read_gated", False, True), ("read_and_list_gated", False, False)],
)
def test_section_6_reading_vendor_accounts(caller: Caller, switch: str, *, read: bool, listed: bool) -> None:
    # the reference page protects read [D], a client reads and lists without trust [C]
    account = caller.list("VendorBankAccount")[0]["id"]
    caller.control.switch(bank_account_reads=switch)
    for path, data, allowed in (
        ("/Crud/Read/VendorBankAccount.json", {"id": account}, read),
        ("/List/VendorBankAccount.json", {}, listed),
    ):
        answer = caller.call(path, data)
        assert (answer["response_status"] == 0) is allowed
        assert allowed or code_of(answer) == "BDC_1361"


def test_section_6_mfa_may_be_off(caller: Caller) -> None:
    # exempt developers, mfaBypass [D]
    caller.control.switch(mfa_required="no")
    assert is_trusted(caller)


def test_section_6_everything_else_needs_no_trust(caller: Caller) -> None:
    # vendors, customers, their bank accounts, bills, invoices, lists [D by omission, C]
    vendor, customer = caller.vendor(), caller.customer()
    obj = {"entity": "CustomerBankAccount", "customerId": customer, "nameOnAccount": "AP", **ACCOUNT}
    made = caller.ok("/Crud/Create/CustomerBankAccount.json", {"obj": obj, "agreedWithTOS": True})
    caller.on("Delete", "CustomerBankAccount", made["id"])
    caller.on("Delete", "Bill", caller.create("Bill", **bill(vendor, "B-1"))["id"])
    caller.create("Invoice", **invoice(customer, "I-1"))
    caller.list("Bill")


def test_section_6_a_code_expires(caller: Caller) -> None:
    # BDC_1356 in v3 clients [C]; after how long is unknown: a limit
    answer = challenged(caller)
    caller.control.advance(caller.control.get("/limits")["mfa_code_s"])
    assert caller.refused(AUTHENTICATE, answer) == "BDC_1356"


def test_section_6_too_many_attempts(caller: Caller) -> None:
    # BDC_1358 "2-Step Verification too many token response attempts." [C]; how many is unknown: a limit
    caller.control.limit(mfa_attempts=1)
    answer = challenged(caller)
    caller.refused(AUTHENTICATE, {**answer, "token": "wrong"})
    refused = caller.call(AUTHENTICATE, answer)
    assert code_of(refused) == "BDC_1358"
    message = "2-Step Verification too many token response attempts."
    assert refused["response_data"]["error_message"] == message


# Section 7: create, read, update, delete


@pytest.fixture
def vendor(caller: Caller) -> str:
    return caller.vendor()


def test_section_7_a_create(caller: Caller) -> None:
    # the whole stored object, with id, createdTime, updatedTime and defaults [D]
    made = caller.create("Vendor", name="X", email="x@vendors.example")
    assert made["email"] == "x@vendors.example"
    assert made["id"].startswith("009")
    assert made["createdTime"] == made["updatedTime"]
    assert {"payBy", "taxId", "address1", "isActive"} <= set(made)
    assert caller.on("Read", "Vendor", made["id"]) == made


def test_section_7_an_update(caller: Caller) -> None:
    # id, and what changes; the whole comes back [D]
    made = caller.create("Vendor", name="X", email="x@vendors.example")
    changed = caller.update("Vendor", id=made["id"], name="X", phone="555")
    assert changed == {**made, "phone": "555", "updatedTime": changed["updatedTime"]}
    assert caller.on("Read", "Vendor", made["id"]) == changed
    assert caller.refused("/Crud/Update/Vendor.json", {"obj": {"entity": "Vendor", "name": "X"}}) == "BDC_1117"


@pytest.mark.parametrize(("switch", "refused"), [("optional", False), ("required", True)])
def test_section_7_mandatory_fields_in_an_update(caller: Caller, vendor: str, switch: str, *, refused: bool) -> None:
    # documented so [D], but clients send partial objects
    caller.control.switch(update_mandatory=switch)
    sent = {"obj": {"entity": "Vendor", "id": vendor, "phone": "555"}}
    answer = caller.call("/Crud/Update/Vendor.json", sent)
    assert (answer["response_status"] == 1) is refused


def test_section_7_read_only_fields_are_ignored(caller: Caller) -> None:
    # no error, no effect [D]
    made = caller.create("Vendor", name="X", id="00902AAAAAAAAAAaaaaa", createdTime="2001-01-01T00:00:00.000+0000")
    assert made["id"] != "00902AAAAAAAAAAaaaaa"
    assert not made["createdTime"].startswith("2001")
    assert caller.update("Vendor", id=made["id"], balance=5)["balance"] == 0


def test_section_7_what_is_left_out_stays(caller: Caller) -> None:
    # optional fields: nothing says that they are cleared [I]
    made = caller.create("Vendor", name="X", email="x@vendors.example")
    assert caller.update("Vendor", id=made["id"], phone="555")["email"] == "x@vendors.example"


def test_section_7_lines_are_replaced(caller: Caller, vendor: str) -> None:
    # all of them when the key is there [D], an id in an element is kept [I]; untouched when it is not [U]
    made = caller.create("Bill", **bill(vendor, "B-1", 1, 2, 3))
    kept = made["billLineItems"][1]["id"]
    changed = caller.update("Bill", id=made["id"], billLineItems=[{"id": kept, "amount": 7}, {"amount": 8}])
    assert [each["amount"] for each in changed["billLineItems"]] == [7, 8]
    assert changed["billLineItems"][0]["id"] == kept
    assert caller.update("Bill", id=made["id"], poNumber="P")["billLineItems"] == changed["billLineItems"]


@pytest.mark.parametrize("entity", ["Vendor", "Bill", "Location"])
def test_section_7_delete_and_undelete(caller: Caller, vendor: str, entity: str) -> None:
    # soft: isActive "2" and back to "1", and the object in the answer [D]
    sent = {"Vendor": {"name": "X"}, "Location": {"name": "X"}, "Bill": bill(vendor, "B-1")}[entity]
    made = caller.create(entity, **sent)
    for verb, active in (("Delete", "2"), ("Undelete", "1")):
        answer = caller.on(verb, entity, made["id"])
        assert answer == {**made, "isActive": active, "updatedTime": answer["updatedTime"]}


@pytest.mark.parametrize("code", ["BDC_1120", "BDC_1114", "BDC_1119"])
def test_section_7_an_unknown_id_is_an_error(caller: Caller, code: str) -> None:
    # an error envelope; probably "No data found.", or 1114 or 1119 [U]
    caller.control.switch(not_found_code=code)
    assert caller.refused("/Crud/Read/Vendor.json", {"id": "00902AAAAAAAAAAaaaaa"}) == code


def test_section_7_objects_are_born_active(caller: Caller) -> None:
    # docs create with isActive "1", many clients leave it out [C]
    assert caller.create("Vendor", name="X")["isActive"] == "1"
    assert caller.create("Vendor", name="Y", isActive="2")["isActive"] == "2"


def test_section_7_lists_have_inactive_objects(caller: Caller, vendor: str) -> None:
    # unless filtered [I]
    caller.on("Delete", "Vendor", vendor)
    assert vendor in {each["id"] for each in caller.list("Vendor")}
    assert vendor not in {each["id"] for each in caller.filtered("Vendor", "isActive", "=", "1")}


def test_section_7_an_update_archives_and_restores(caller: Caller, vendor: str) -> None:
    # a connector does so through bulk update [C]
    for active in ("2", "1"):
        element = {"obj": {"entity": "Vendor", "id": vendor, "isActive": active}}
        assert caller.bulk("Update", "Vendor", element)[0]["response_data"]["isActive"] == active


def test_section_7_bill_numbers(caller: Caller, vendor: str) -> None:
    # the same number for the same vendor, without the flag beside obj [C]
    caller.create("Bill", **bill(vendor, "B-1"))
    path, again = "/Crud/Create/Bill.json", {"obj": bill(vendor, "B-1")}
    assert caller.refused(path, again) == "BDC_1171"
    caller.ok(path, {**again, "allowDuplicateInvNum": True})
    caller.create("Bill", **bill(caller.vendor("Another"), "B-1"))


def test_section_7_the_scope_of_bill_numbers(caller: Caller, vendor: str) -> None:
    # vendor and number, or the date besides [U]
    caller.create("Bill", **bill(vendor, "B-1"))
    later = {"obj": bill(vendor, "B-1", invoiceDate="2025-04-01")}
    assert caller.refused("/Crud/Create/Bill.json", later) == "BDC_1171"
    caller.control.switch(duplicate_bill_scope="vendor_number_date")
    caller.ok("/Crud/Create/Bill.json", later)


def test_section_7_invoice_numbers(caller: Caller) -> None:
    # the same number in the organization; the code was seen on v3 [C]
    caller.create("Invoice", **invoice(caller.customer("One"), "I-1"))
    assert caller.refused("/Crud/Create/Invoice.json", {"obj": invoice(caller.customer("Two"), "I-1")}) == "BDC_1171"


@pytest.mark.parametrize("entity", ["Vendor", "Customer"])
def test_section_7_names(caller: Caller, entity: str) -> None:
    # "unique vendor name" in a connector [C]; which code is unknown [U]
    sent = {"obj": {"entity": entity, "name": "Kestrel"}}
    caller.ok(f"/Crud/Create/{entity}.json", sent)
    caller.control.switch(duplicate_name_code="BDC_1234")
    assert caller.refused(f"/Crud/Create/{entity}.json", sent) == "BDC_1234"


def test_section_7_one_account_each(caller: Caller, vendor: str) -> None:
    # delete, then create [D]
    caller.trust()
    of_vendor = {"obj": {"entity": "VendorBankAccount", "vendorId": vendor, **ACCOUNT}}
    owner = {"customerId": caller.customer(), "nameOnAccount": "AP"}
    of_customer = {"obj": {"entity": "CustomerBankAccount", **owner, **ACCOUNT}, "agreedWithTOS": True}
    for sent in (of_vendor, of_customer):
        name = str(sent["obj"]["entity"])  # type: ignore[index]
        first = caller.ok(f"/Crud/Create/{name}.json", sent)
        assert caller.refused(f"/Crud/Create/{name}.json", sent) == "BDC_1119"
        caller.on("Delete", name, first["id"])
        caller.ok(f"/Crud/Create/{name}.json", sent)


@pytest.mark.parametrize("entity", ["VendorBankAccount", "CustomerBankAccount"])
def test_section_7_accounts_have_no_update(caller: Caller, entity: str) -> None:
    # there is no such endpoint [D]
    caller.trust()
    assert caller.refused(f"/Crud/Update/{entity}.json", {"obj": {"entity": entity}}) == "BDC_1121"


def test_section_7_an_account_and_its_vendor(caller: Caller, vendor: str) -> None:
    # status "1" at once and payBy ACH; back to "0" when it is deleted [D]
    caller.trust()
    assert caller.on("Read", "Vendor", vendor)["payBy"] == "0"
    made = caller.create("VendorBankAccount", vendorId=vendor, **ACCOUNT)
    assert made["status"] == "1"
    assert caller.on("Read", "Vendor", vendor)["payBy"] == "1"
    caller.on("Delete", "VendorBankAccount", made["id"])
    assert caller.on("Read", "Vendor", vendor)["payBy"] == "0"


def test_section_7_a_new_bill(caller: Caller, vendor: str) -> None:
    # amount is the sum of the lines, dueAmount the same; paymentStatus "1", approvalStatus "0" [C]
    made = caller.create("Bill", **bill(vendor, "B-1", 10.5, 20.25))
    assert made["amount"] == made["dueAmount"] == Decimal("30.75")
    assert (made["paymentStatus"], made["approvalStatus"]) == ("1", "0")


def test_section_7_invoice_lines(caller: Caller) -> None:
    # quantity x price, or ratePercent of the sum of the others [D]
    lines = ({"quantity": 3, "price": 12.75}, {"ratePercent": 10})
    made = caller.create("Invoice", **invoice(caller.customer(), "I-1", *lines))
    assert [each["amount"] for each in made["invoiceLineItems"]] == [Decimal("38.25"), Decimal("3.83")]


def test_section_7_price_or_percent(caller: Caller) -> None:
    # one of them, not both [D]
    sent = {"obj": invoice(caller.customer(), "I-1", {"quantity": 1, "price": 5, "ratePercent": 10})}
    assert caller.refused("/Crud/Create/Invoice.json", sent) == "BDC_1119"


def test_section_7_an_update_makes_lines_anew(caller: Caller) -> None:
    # in one capture the line's createdTime is the document's updatedTime [C]: so an update makes lines anew [I]
    made = caller.create("Invoice", **invoice(caller.customer(), "I-1"))
    caller.control.advance(60)
    changed = caller.update("Invoice", id=made["id"], invoiceLineItems=[{"quantity": 1, "price": 10}])
    line = changed["invoiceLineItems"][0]
    assert line["createdTime"] == changed["updatedTime"] > changed["createdTime"]
    assert line["id"] != made["invoiceLineItems"][0]["id"]
