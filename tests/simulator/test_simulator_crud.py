"""Create, read, update, delete, undelete of one object (facts: sections 4 and 7)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from simulator_caller import INSTANT, ZERO_ID, bill, code_of, invoice

from bill_api.entities import BY_NAME, ENTITIES
from bill_api.table.entity import Operation
from bill_api.table.fields import FieldType
from bill_api.table.paths import PATHS

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator_caller import Body, Caller

    from bill_api.table.entity import Entity

pytest_plugins = ["simulator_fixtures"]

ACCOUNT = {"accountNumber": "9900001234", "routingNumber": "021000021"}
DAY = "2025-07-15"
MONTHLY = {"timePeriod": "2", "frequencyPerTimePeriod": 1, "nextDueDate": DAY, "daysInAdvance": 5}
KEPT = ("isActive", "createdTime", "updatedTime")
"""What BILL surely keeps of everything, and does not tell of everything as far as the table knows."""

MADE = [entity for entity in ENTITIES if entity.offers(Operation.CREATE)]
REQUEST_ONLY = {*(f"cdFieldId{number}" for number in range(1, 7)), "useSmartApprovers"}
"""Fields that the table knows from request templates only."""


def least(caller: Caller, entity: Entity) -> Body:
    """The least that BILL wants for an object."""
    needed: dict[str, Body] = {
        "ChartOfAccount": {"name": "Postage", "accountType": "7"},
        "Item": {"name": "Stamp", "type": "1"},
        "Employee": {"firstName": "Ada", "lastName": "Byron"},
        "PaymentTerm": {"netDue": 21},
        "PurchaseOrder": {},
    }
    parented: dict[str, Callable[[], Body]] = {
        "CustomerContact": lambda: {"customerId": caller.customer()},
        "CreditMemo": lambda: {"customerId": caller.customer()},
        "User": lambda: {
            "profileId": caller.list("Profile")[0]["id"],
            "email": "new@simulator.test",
            "firstName": "Ada",
            "lastName": "Byron",
        },
        "VendorCredit": lambda: {
            "vendorId": caller.vendor(),
            "refNumber": "C-1",
            "creditDate": DAY,
            "vendorCreditLineItems": [{"amount": 12}],
        },
        "RecurringBill": lambda: {
            "vendorId": caller.vendor(),
            **MONTHLY,
            "recurringBillLineItems": [{"amount": 12}],
        },
        "RecurringInvoice": lambda: {
            "customerId": caller.customer(),
            **MONTHLY,
            "recurringInvoiceLineItems": [{"quantity": 2, "price": 6}],
        },
    }
    if entity.name in parented:
        return parented[entity.name]()
    if entity.name == "VendorBankAccount":
        caller.trust()
        return {"vendorId": caller.vendor(), **ACCOUNT}
    if entity.name == "CustomerBankAccount":
        return {"customerId": caller.customer(), "nameOnAccount": "AP", **ACCOUNT}
    if entity.name == "Bill":
        return bill(caller.vendor(), "B-1")
    if entity.name == "Invoice":
        return invoice(caller.customer(), "I-1")
    return needed.get(entity.name, {"name": "Somebody or something"})


def create(caller: Caller, entity: Entity, **fields: Any) -> Body:
    element: Body = {"obj": {"entity": entity.name, **least(caller, entity), **fields}}
    if "agreedWithTOS" in entity.flags:
        element["agreedWithTOS"] = True
    return dict(caller.ok(f"/Crud/Create/{entity.name}.json", element))


@pytest.mark.parametrize("entity", MADE, ids=lambda each: each.name)
def test_a_create_answers_with_every_field_of_the_table(caller: Caller, entity: Entity) -> None:
    # section 7: the whole stored object with id, times and defaults; section 4: zero ids, null for empty
    caller.control.switch(unread_fields="present")
    made = create(caller, entity)
    assert set(made) == {*(each.name for each in entity.fields), *KEPT}
    assert made["entity"] == entity.name
    assert made["isActive"] == "1"
    assert made["id"].startswith(entity.id_prefix or "x")
    assert len(made["id"]) == 20
    assert made["createdTime"] == made["updatedTime"]
    assert INSTANT.fullmatch(made["createdTime"])
    for field in entity.fields:
        if field.type is FieldType.ID and field.name != "id":
            assert len(made[field.name]) == 20
        if field.type is FieldType.BOOLEAN:
            assert made[field.name] in (True, False)
    assert entity.name == "PurchaseOrder" or caller.on("Read", entity.name, made["id"]) == made


@pytest.mark.parametrize("name", ["PaymentTerm", "User", "CreditMemo"])
def test_whether_half_known_entities_tell_their_times_is_a_switch(caller: Caller, name: str) -> None:
    # section 15: their v2 field tables could not be read
    entity = BY_NAME[name]
    made = create(caller, entity)
    assert set(made) == {each.name for each in entity.fields}
    path, filters = f"/List/{name}.json", [{"field": "updatedTime", "op": ">", "value": "2000-01-01"}]
    sort = [{"field": "updatedTime", "asc": True}]
    untold = set(KEPT) - entity.by_name.keys()
    assert not any(untold & set(row) for row in caller.list(name))
    assert caller.refused(path, {"filters": filters}) == caller.refused(path, {"sort": sort}) == "BDC_1130"
    active = "1"
    if entity.offers(Operation.DELETE):
        assert untold.isdisjoint(caller.on("Delete", name, made["id"]))
        active = "2"
    caller.control.switch(unread_fields="present")
    rows = caller.list(name, filters=filters, sort=sort)
    assert {row["id"]: row["isActive"] for row in rows}[made["id"]] == active
    assert all(set(KEPT) <= set(row) for row in rows)


def test_times_that_payments_and_approvals_surely_do_not_tell_stay_untold(caller: Caller) -> None:
    caller.control.switch(unread_fields="present")
    assert "isActive" not in caller.list("SentPay")[0]
    assert "updatedTime" not in caller.list("BillApprover")[0]


@pytest.mark.parametrize("name", ["VendorCredit", "RecurringBill", "RecurringInvoice"])
def test_lines_of_other_documents_know_their_document_and_add_up(caller: Caller, name: str) -> None:
    entity = BY_NAME[name]
    assert entity.lines is not None
    made = create(caller, entity)
    line = made[entity.lines.name][0]
    assert set(line) == {each.name for each in entity.lines.item_fields}
    assert line["amount"] == 12
    assert line[f"{name[0].lower()}{name[1:]}Id"] == made["id"]
    assert made.get("amount", made.get("subtotal", 12)) == 12


def test_a_line_answers_with_its_fields_and_not_those_of_the_request_template(caller: Caller) -> None:
    made = caller.create("Bill", **bill(caller.vendor(), "B-1", 10))
    lines = BY_NAME["Bill"].lines
    assert lines is not None
    assert set(made["billLineItems"][0]) == {each.name for each in lines.item_fields} - REQUEST_ONLY


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda each: each.name)
@pytest.mark.parametrize("operation", list(Operation), ids=lambda each: each.value)
def test_an_operation_exists_exactly_where_the_table_has_it(
    caller: Caller, entity: Entity, operation: Operation
) -> None:
    # an operation that no source names is BDC_1121, API not supported (inferred)
    answer = caller.call(PATHS[operation].format(entity.name), {})
    refused = answer["response_status"] == 1 and code_of(answer) == "BDC_1121"
    assert refused != entity.offers(operation)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/Crud/Create/Nonsense.json", "BDC_1114"),
        ("/Crud/Create/vendor.json", "BDC_1114"),
        ("/Bulk/Crud/Create/Nonsense.json", "BDC_1114"),
        ("/List/Nonsense.json", "BDC_1128"),
        ("/Crud/Merge/Vendor.json", "BDC_1115"),
        ("/Bulk/Crud/Merge/Vendor.json", "BDC_1115"),
        ("/Bulk/Crud/Undelete/Vendor.json", "BDC_1121"),
        ("/Crud/Create/Vendor", "BDC_1121"),
        ("/PayEverybody.json", "BDC_1121"),
    ],
)
def test_a_wrong_path_is_refused_with_its_code(caller: Caller, path: str, code: str) -> None:
    # section 11, names are case-sensitive (section 3, inferred)
    assert caller.refused(path, {"obj": {"entity": "Vendor", "name": "X"}}) == code


@pytest.mark.parametrize("data", ["{not json", "[1]", '"text"', '{"obj": {"name": NaN}}', '{"a": 1} trailing'])
def test_json_that_cannot_be_read_is_1122(caller: Caller, data: str) -> None:
    assert caller.refused("/Crud/Create/Vendor.json", data) == "BDC_1122"


def test_missing_parameters_are_1108(caller: Caller) -> None:
    # section 11; which code BILL picks for a missing obj or id is inferred
    assert caller.refused("/Crud/Create/Vendor.json") == "BDC_1108"
    assert caller.refused("/Crud/Create/Vendor.json", {}) == "BDC_1108"
    assert caller.refused("/Crud/Create/Vendor.json", {"obj": []}) == "BDC_1108"
    assert caller.refused("/Crud/Read/Vendor.json", {}) == "BDC_1108"
    assert caller.refused("/Crud/Delete/Vendor.json", {"id": ""}) == "BDC_1108"


@pytest.mark.parametrize("name", ["vendorId", "invoiceNumber", "invoiceDate", "dueDate", "billLineItems", "entity"])
@pytest.mark.parametrize("empty", ["absent", None, ""])
def test_a_mandatory_field_that_is_missing_or_empty_is_1117(caller: Caller, name: str, empty: str | None) -> None:
    sent = bill(caller.vendor(), "B-1")
    if empty == "absent":
        del sent[name]
    else:
        sent[name] = empty if name != "billLineItems" or empty is None else []
    answer = caller.call("/Crud/Create/Bill.json", {"obj": sent})
    assert code_of(answer) == "BDC_1117"
    assert name in answer["response_data"]["error_message"]


def test_the_zero_id_is_no_vendor(caller: Caller) -> None:
    assert caller.refused("/Crud/Create/Bill.json", {"obj": bill(ZERO_ID, "B-1")}) == "BDC_1117"


def test_the_entity_in_the_object_must_be_that_of_the_path(caller: Caller) -> None:
    sent = {"obj": {"entity": "Customer", "name": "X"}}
    assert caller.refused("/Crud/Create/Vendor.json", sent) == "BDC_1118"
    sent["obj"]["id"] = caller.vendor()
    assert caller.refused("/Crud/Update/Vendor.json", sent) == "BDC_1118"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", 7, "BDC_1124"),
        ("track1099", "yes", "BDC_1124"),
        ("track1099", 1, "BDC_1124"),
        ("payDaysBefore", "three", "BDC_1124"),
        ("payDaysBefore", True, "BDC_1124"),
        ("lastPaymentDate", "03/01/2025", "BDC_1124"),
        ("lastPaymentDate", "2025-02-30", "BDC_1124"),
        ("lastPaymentDate", 20250301, "BDC_1124"),
        ("accountType", 1, "BDC_1124"),
        ("accountType", "business", "BDC_1119"),
        ("isActive", "3", "BDC_1119"),
        ("isActive", True, "BDC_1124"),
        ("paymentTermId", 5, "BDC_1124"),
        ("paymentTermId", "too-short", "BDC_1119"),
    ],
)
def test_a_wrong_datatype_or_value_is_named(caller: Caller, field: str, value: Any, code: str) -> None:
    # section 11: 1124 datatype, 1119 field and value; which of them when is inferred
    sent = {"entity": "Vendor", "name": "X", field: value}
    answer = caller.call("/Crud/Create/Vendor.json", {"obj": sent})
    assert code_of(answer) == code
    assert field in answer["response_data"]["error_message"]


@pytest.mark.parametrize("amount", ["12.50", True, {}, "ten"])
def test_an_amount_is_a_json_number(caller: Caller, amount: Any) -> None:
    assert caller.refused("/Crud/Create/Bill.json", {"obj": bill(caller.vendor(), "B-1", amount)}) == "BDC_1124"


@pytest.mark.parametrize("amount", [10**16, 1e-9])
def test_an_amount_that_no_ledger_means_is_refused(caller: Caller, amount: Any) -> None:
    assert caller.refused("/Crud/Create/Bill.json", {"obj": bill(caller.vendor(), "B-1", amount)}) == "BDC_1119"


def test_numbers_and_booleans_as_text_are_a_switch(caller: Caller) -> None:
    caller.control.switch(numbers_as_text="accept")
    made = caller.create("Bill", **bill(caller.vendor(), "B-1", "12.50"), hasAutoPay="true")
    assert made["amount"] == Decimal("12.50")
    assert made["hasAutoPay"] is True
    for amount in ("ten", "NaN", "Infinity", "1e5", ""):
        sent = {"obj": bill(made["vendorId"], "B-2", amount)}
        assert caller.refused("/Crud/Create/Bill.json", sent) == "BDC_1124"


def test_an_integer_may_stand_in_quotes(caller: Caller) -> None:
    # section 4: a request template shows unmodifiedBillsCount as text
    assert caller.create("Vendor", name="X", unmodifiedBillsCount="4")["unmodifiedBillsCount"] == 4


def test_an_enum_code_nobody_knows_is_taken(caller: Caller) -> None:
    # section 16: enum codes are open
    assert caller.create("Vendor", name="X", accountType="77")["accountType"] == "77"


def test_empty_text_is_stored_as_null_and_an_empty_reference_as_the_zero_id(caller: Caller) -> None:
    made = caller.create("Customer", name="X", billAddress3="", parentCustomerId="", email=None)
    assert made["billAddress3"] is None
    assert made["parentCustomerId"] == ZERO_ID
    assert made["email"] is None


def test_whether_empty_fields_come_as_null_is_a_switch(caller: Caller) -> None:
    # section 16: answers may omit empty fields
    made = caller.create("Bill", **bill(caller.vendor(), "B-1", 4.5))
    caller.control.switch(empty_fields="omit")
    read, bulky = caller.on("Read", "Bill", made["id"]), bill(made["vendorId"], "B-2")
    listed = caller.list("Bill", nested=True)[-1]
    assert listed == read
    assert read["billLineItems"] == [{k: v for k, v in made["billLineItems"][0].items() if v is not None}]
    flat = {name: value for name, value in made.items() if value is not None and name != "billLineItems"}
    assert {name: value for name, value in read.items() if name != "billLineItems"} == flat
    assert None not in caller.bulk("Create", "Bill", {"obj": bulky})[0]["response_data"].values()


def test_plus_signs_survive_when_encoded_and_become_blanks_when_not(caller: Caller) -> None:
    # section 4: + must be %2B in the form body
    assert caller.create("Vendor", name="Ash + Oak")["name"] == "Ash + Oak"
    data = '{"obj":{"entity":"Vendor","name":"C+D"}}'
    body = f"devKey=01SIMULATORDEVELOPERKEY&sessionId={caller.session_id}&data={data}"
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    answer = caller.http.post(f"{caller.simulator.api_url}/Crud/Create/Vendor.json", body, headers=headers, timeout=5)
    assert answer.json()["response_data"]["name"] == "C D"


def test_text_of_any_script_survives(caller: Caller) -> None:
    name = "Žluťoučký kůň & 日本 “quoted” \\ / 😀"
    made = caller.create("Vendor", name=name)
    assert caller.on("Read", "Vendor", made["id"])["name"] == name


def test_read_only_fields_are_silently_ignored(caller: Caller) -> None:
    # section 7, documented
    times = {"createdTime": "2001-01-01T00:00:00.000+0000", "updatedTime": "2001-01-01T00:00:00.000+0000"}
    made = caller.create("Vendor", name="X", id="00902AAAAAAAAAAaaaaa", payBy="1", balance="none", **times)
    assert made["id"] != "00902AAAAAAAAAAaaaaa"
    assert made["payBy"] == "0"
    assert made["balance"] == 0
    assert made["createdTime"] != times["createdTime"]
    changed = caller.update("Vendor", id=made["id"], mergedIntoId="00902AAAAAAAAAAaaaaa", payBy="5")
    assert (changed["mergedIntoId"], changed["payBy"]) == (ZERO_ID, "0")


def test_keys_that_bill_does_not_know_are_a_switch(caller: Caller) -> None:
    assert "colour" not in caller.create("Vendor", name="X", colour="red")
    caller.control.switch(unknown_fields="refuse")
    assert caller.refused("/Crud/Create/Vendor.json", {"obj": {"entity": "Vendor", "name": "Y", "z": 1}}) == "BDC_1119"
    sent = bill(caller.list("Vendor")[0]["id"], "B-1")
    sent["billLineItems"][0]["colour"] = "red"
    assert caller.refused("/Crud/Create/Bill.json", {"obj": sent}) == "BDC_1119"


def test_a_bill_number_over_21_characters_is_1143(caller: Caller) -> None:
    # section 16, seen in live use; switchable
    vendor = caller.vendor()
    assert caller.create("Bill", **bill(vendor, "N" * 21))["invoiceNumber"] == "N" * 21
    assert caller.refused("/Crud/Create/Bill.json", {"obj": bill(vendor, "N" * 22)}) == "BDC_1143"
    caller.control.switch(bill_number_limit="100")
    caller.create("Bill", **bill(vendor, "N" * 100))
    assert caller.refused("/Crud/Create/Bill.json", {"obj": bill(vendor, "N" * 101)}) == "BDC_1143"


def test_other_lengths_come_from_the_csv_help_and_are_a_switch(caller: Caller) -> None:
    sent = {"obj": {"entity": "Vendor", "name": "N" * 101}}
    assert caller.refused("/Crud/Create/Vendor.json", sent) == "BDC_1143"
    caller.control.switch(text_limits="bill_number_only")
    caller.ok("/Crud/Create/Vendor.json", sent)
    vendor = caller.vendor()
    assert caller.refused("/Crud/Create/Bill.json", {"obj": bill(vendor, "N" * 22)}) == "BDC_1143"


@pytest.mark.parametrize("place", ["header", "line"])
def test_a_reference_must_lead_somewhere(caller: Caller, place: str) -> None:
    sent = bill(caller.vendor(), "B-1")
    target = sent if place == "header" else sent["billLineItems"][0]
    target["departmentId"] = "0de02AAAAAAAAAAaaaaa"
    answer = caller.call("/Crud/Create/Bill.json", {"obj": sent})
    assert code_of(answer) == "BDC_1119"
    assert "departmentId" in answer["response_data"]["error_message"]
    target["departmentId"] = caller.customer()  # there is such an id, but it is no department
    assert caller.refused("/Crud/Create/Bill.json", {"obj": sent}) == "BDC_1119"
    target["departmentId"] = caller.list("Department")[0]["id"]
    caller.create("Bill", **sent)


def test_the_code_of_an_unknown_reference_is_a_switch(caller: Caller) -> None:
    caller.control.switch(unknown_reference_code="BDC_1120")
    assert caller.refused("/Crud/Create/Bill.json", {"obj": bill("00902AAAAAAAAAAaaaaa", "B-1")}) == "BDC_1120"


def test_a_reference_to_a_deleted_object_is_a_switch(caller: Caller) -> None:
    vendor = caller.vendor()
    caller.on("Delete", "Vendor", vendor)
    caller.create("Bill", **bill(vendor, "B-1"))
    caller.control.switch(inactive_references="refuse")
    assert caller.refused("/Crud/Create/Bill.json", {"obj": bill(vendor, "B-2")}) == "BDC_1119"


def test_whether_a_create_may_be_inactive_from_the_start_is_a_switch(caller: Caller) -> None:
    assert caller.create("Vendor", name="Gone", isActive="2")["isActive"] == "2"
    caller.control.switch(create_inactive="activate")
    assert caller.create("Vendor", name="Gone as well", isActive="2")["isActive"] == "1"


@pytest.mark.parametrize("code", ["BDC_1120", "BDC_1114", "BDC_1119"])
@pytest.mark.parametrize("verb", ["Read", "Delete", "Undelete"])
def test_an_unknown_id_is_refused_with_a_code_of_choice(caller: Caller, verb: str, code: str) -> None:
    # section 7: the code is unknown
    caller.control.switch(not_found_code=code)
    assert caller.refused(f"/Crud/{verb}/Vendor.json", {"id": "00902AAAAAAAAAAaaaaa"}) == code
    sent = {"obj": {"entity": "Vendor", "id": "00902AAAAAAAAAAaaaaa", "name": "X"}}
    assert caller.refused("/Crud/Update/Vendor.json", sent) == code


def test_an_id_of_another_entity_is_unknown(caller: Caller) -> None:
    assert caller.refused("/Crud/Read/Customer.json", {"id": caller.vendor()}) == "BDC_1120"


def test_an_update_merges_and_moves_updated_time_alone(caller: Caller) -> None:
    # section 7: partial objects (inferred); times to the second (section 4)
    made = caller.create("Vendor", name="X", email="x@vendors.example", track1099=True)
    caller.control.advance(60)
    changed = caller.update("Vendor", id=made["id"], email="y@vendors.example")
    assert changed["updatedTime"] > made["updatedTime"]
    assert {**changed, "email": made["email"], "updatedTime": made["updatedTime"]} == made
    assert caller.on("Read", "Vendor", made["id"]) == changed


def test_an_update_without_id_or_that_empties_a_mandatory_field_is_refused(caller: Caller) -> None:
    assert caller.refused("/Crud/Update/Vendor.json", {"obj": {"entity": "Vendor", "name": "X"}}) == "BDC_1117"
    sent = {"obj": {"entity": "Vendor", "id": caller.vendor(), "name": None}}
    assert caller.refused("/Crud/Update/Vendor.json", sent) == "BDC_1117"


def test_null_empties_an_optional_field(caller: Caller) -> None:
    made = caller.create("Vendor", name="X", email="x@vendors.example", track1099=True, paymentTermId=ZERO_ID)
    changed = caller.update("Vendor", id=made["id"], email=None, track1099=None, paymentTermId=None)
    assert (changed["email"], changed["track1099"], changed["paymentTermId"]) == (None, False, ZERO_ID)


def test_fields_left_out_of_an_update_are_a_switch(caller: Caller) -> None:
    # section 14, 9
    made = caller.create("Bill", **bill(caller.vendor(), "B-1", 10, 5, description="kept?", poNumber="P"))
    caller.control.switch(update_absent="clear")
    changed = caller.update("Bill", id=made["id"], poNumber="Q")
    assert (changed["description"], changed["poNumber"]) == (None, "Q")
    kept = ("invoiceNumber", "vendorId", "isActive", "amount", "billLineItems", "createdTime", "createdBy")
    assert [changed[name] for name in kept] == [made[name] for name in kept]


def test_whether_an_update_must_repeat_the_mandatory_fields_is_a_switch(caller: Caller) -> None:
    made = caller.create("Vendor", name="X")
    caller.control.switch(update_mandatory="required")
    sent = {"obj": {"entity": "Vendor", "id": made["id"], "email": "x@vendors.example"}}
    assert caller.refused("/Crud/Update/Vendor.json", sent) == "BDC_1117"
    sent["obj"]["name"] = "X"
    caller.ok("/Crud/Update/Vendor.json", sent)


@pytest.mark.parametrize(
    "name", ["Vendor", "Customer", "Bill", "Invoice", "ChartOfAccount", "Location", "VendorCredit", "RecurringBill"]
)
def test_delete_is_soft_and_undelete_takes_it_back(caller: Caller, name: str) -> None:
    # section 7, documented; the new updatedTime is inferred (section 8)
    made = create(caller, BY_NAME[name])
    caller.control.advance(60)
    gone = caller.on("Delete", name, made["id"])
    assert gone == {**made, "isActive": "2", "updatedTime": gone["updatedTime"]}
    assert gone["updatedTime"] > made["updatedTime"]
    assert caller.on("Read", name, made["id"]) == gone
    caller.control.advance(60)
    back = caller.on("Undelete", name, made["id"])
    assert back == {**made, "updatedTime": back["updatedTime"]}
    assert back["updatedTime"] > gone["updatedTime"]


def test_an_update_may_archive_and_restore(caller: Caller) -> None:
    # section 7, seen in a client
    made = caller.create("Bill", **bill(caller.vendor(), "B-1"))
    assert caller.update("Bill", id=made["id"], isActive="2")["isActive"] == "2"
    assert caller.update("Bill", id=made["id"], isActive=None)["isActive"] == "2"
    assert caller.update("Bill", id=made["id"], isActive="1")["isActive"] == "1"


def test_a_vendor_bank_account_turns_its_vendor_to_ach_and_back(caller: Caller) -> None:
    # section 7, side effects, documented; masked on every read (section 4)
    caller.trust()
    vendor = caller.vendor()
    made = caller.create("VendorBankAccount", vendorId=vendor, **ACCOUNT)
    assert (made["accountNumber"], made["routingNumber"]) == ("******1234", "021000021")
    assert (made["status"], made["usersId"]) == ("1", "00601SIMULATORUaaaa1")
    owner = caller.on("Read", "Vendor", vendor)
    assert (owner["payBy"], owner["vendorBankAccountStatus"]) == ("1", 1)
    caller.on("Delete", "VendorBankAccount", made["id"])
    owner = caller.on("Read", "Vendor", vendor)
    assert (owner["payBy"], owner["vendorBankAccountStatus"]) == ("0", -1)


def test_an_account_that_is_born_inactive_does_not_touch_its_vendor(caller: Caller) -> None:
    caller.trust()
    vendor = caller.vendor()
    caller.create("VendorBankAccount", vendorId=vendor, isActive="2", **ACCOUNT)
    assert caller.on("Read", "Vendor", vendor)["payBy"] == "0"


def test_deleting_an_old_account_again_does_not_take_the_new_one_from_the_vendor(caller: Caller) -> None:
    caller.trust()
    vendor = caller.vendor()
    old = caller.create("VendorBankAccount", vendorId=vendor, **ACCOUNT)
    caller.on("Delete", "VendorBankAccount", old["id"])
    caller.create("VendorBankAccount", vendorId=vendor, **ACCOUNT)
    caller.on("Delete", "VendorBankAccount", old["id"])
    assert caller.on("Read", "Vendor", vendor)["payBy"] == "1"


def test_a_customer_bank_account_needs_the_terms_of_service(caller: Caller) -> None:
    # section 3: agreedWithTOS stands beside obj
    customer = caller.customer()
    obj = {"entity": "CustomerBankAccount", "customerId": customer, "nameOnAccount": "AP", **ACCOUNT}
    path = "/Crud/Create/CustomerBankAccount.json"
    assert caller.refused(path, {"obj": obj}) == "BDC_1108"
    assert caller.refused(path, {"obj": {**obj, "agreedWithTOS": True}}) == "BDC_1108"
    assert caller.ok(path, {"obj": obj, "agreedWithTOS": True})["accountNumber"] == "******1234"
    assert caller.on("Read", "Customer", customer)["hasBankAccount"] is True


def test_no_account_number_leaves_in_clear(caller: Caller) -> None:
    caller.trust()
    made = caller.create("VendorBankAccount", vendorId=caller.vendor(), **ACCOUNT)
    everything = [
        caller.on("Read", "VendorBankAccount", made["id"]),
        caller.list("VendorBankAccount"),
        caller.control.books(caller.organization, "VendorBankAccount"),
        caller.control.requests(),
        caller.on("Delete", "VendorBankAccount", made["id"]),
    ]
    assert ACCOUNT["accountNumber"] not in repr(everything)


def test_a_response_is_200_even_for_errors_unless_the_edge_is_switched_in(caller: Caller) -> None:
    # section 14, 11
    path = "/Crud/Read/Vendor.json"
    assert caller.post(path, caller.form({})).status_code == 200
    caller.control.switch(error_http_status="502")
    answer = caller.post(path, caller.form({}))
    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html; charset=utf-8")
    assert answer.text.startswith("<html>")
    assert caller.post("/CurrentTime.json", caller.form()).status_code == 200
