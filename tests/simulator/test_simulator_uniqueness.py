"""What BILL does not take twice (facts: section 7, duplicates)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from simulator_caller import bill, invoice

if TYPE_CHECKING:
    from simulator_caller import Caller

pytest_plugins = ["simulator_fixtures"]

ACCOUNT = {"accountNumber": "9900001234", "routingNumber": "021000021"}


def test_a_bill_number_is_unique_per_vendor(caller: Caller) -> None:
    vendor, other = caller.vendor("One"), caller.vendor("Two")
    caller.create("Bill", **bill(vendor, "B-77"))
    assert caller.refused("/Crud/Create/Bill.json", {"obj": bill(vendor, "B-77", 99)}) == "BDC_1171"
    caller.create("Bill", **bill(other, "B-77"))
    caller.create("Bill", **bill(vendor, "b-77"))


def test_the_flag_beside_the_object_allows_a_second_bill(caller: Caller) -> None:
    vendor = caller.vendor()
    first = caller.create("Bill", **bill(vendor, "B-77"))
    path = "/Crud/Create/Bill.json"
    sent = {"obj": bill(vendor, "B-77"), "allowDuplicateInvNum": False}
    assert caller.refused(path, sent) == "BDC_1171"
    assert caller.refused(path, {"obj": {**bill(vendor, "B-77"), "allowDuplicateInvNum": True}}) == "BDC_1171"
    second = caller.ok(path, {**sent, "allowDuplicateInvNum": True})
    assert caller.control.duplicates(caller.organization) == {
        "Bill": [
            {
                "key": {"vendorId": vendor, "invoiceNumber": "B-77"},
                "ids": [first["id"], second["id"]],
            }
        ]
    }


@pytest.mark.parametrize("field", ["invoiceNumber", "vendorId"])
def test_an_update_into_a_taken_number_is_refused_too(caller: Caller, field: str) -> None:
    vendor, other = caller.vendor("One"), caller.vendor("Two")
    caller.create("Bill", **bill(vendor, "B-1"))
    values = {"invoiceNumber": "B-1"} if field == "invoiceNumber" else {"vendorId": vendor}
    second = caller.create("Bill", **(bill(vendor, "B-2") if field == "invoiceNumber" else bill(other, "B-1")))
    sent = {"obj": {"entity": "Bill", "id": second["id"], **values}}
    assert caller.refused("/Crud/Update/Bill.json", sent) == "BDC_1171"
    caller.ok("/Crud/Update/Bill.json", {**sent, "allowDuplicateInvNum": True})


def test_a_bill_may_be_updated_without_meeting_itself_or_its_allowed_twin(caller: Caller) -> None:
    vendor = caller.vendor()
    first = caller.create("Bill", **bill(vendor, "B-1"))
    caller.update("Bill", id=first["id"], invoiceNumber="B-1", description="same number")
    caller.ok("/Crud/Create/Bill.json", {"obj": bill(vendor, "B-1"), "allowDuplicateInvNum": True})
    caller.update("Bill", id=first["id"], description="has a twin")


def test_a_deleted_bill_frees_its_number_and_cannot_come_back_over_another(caller: Caller) -> None:
    # whether it does is unknown: a switch
    vendor = caller.vendor()
    first = caller.create("Bill", **bill(vendor, "B-1"))
    caller.on("Delete", "Bill", first["id"])
    caller.create("Bill", **bill(vendor, "B-1"))
    assert caller.refused("/Crud/Undelete/Bill.json", {"id": first["id"]}) == "BDC_1171"
    restored = {"obj": {"entity": "Bill", "id": first["id"], "isActive": "1"}}
    assert caller.refused("/Crud/Update/Bill.json", restored) == "BDC_1171"


def test_whether_a_deleted_bill_still_counts_is_a_switch(caller: Caller) -> None:
    vendor = caller.vendor()
    made = caller.create("Bill", **bill(vendor, "B-1"))
    caller.on("Delete", "Bill", made["id"])
    caller.control.switch(duplicates_of_inactive="count")
    assert caller.refused("/Crud/Create/Bill.json", {"obj": bill(vendor, "B-1")}) == "BDC_1171"
    caller.on("Undelete", "Bill", made["id"])  # it does not stand in its own way


@pytest.mark.parametrize("entity", ["Vendor", "Customer"])
def test_the_name_of_a_deleted_object_is_free_whatever_becomes_of_numbers(caller: Caller, entity: str) -> None:
    # section 7, 20: live, in a test suite
    made = caller.create(entity, name="Kestrel")
    caller.on("Delete", entity, made["id"])
    caller.control.switch(duplicates_of_inactive="count")
    caller.create(entity, name="Kestrel")


@pytest.mark.parametrize("code", ["BDC_1171", "BDC_5370"])
def test_the_code_of_a_taken_number_is_a_switch(caller: Caller, code: str) -> None:
    # section 7, 16: both occur
    vendor, customer = caller.vendor(), caller.customer()
    caller.create("Bill", **bill(vendor, "B-1"))
    caller.create("Invoice", **invoice(customer, "I-1"))
    caller.control.switch(duplicate_number_code=code)
    assert caller.refused("/Crud/Create/Bill.json", {"obj": bill(vendor, "B-1")}) == code
    assert caller.refused("/Crud/Create/Invoice.json", {"obj": invoice(customer, "I-1")}) == code


def test_the_scope_of_bill_duplicates_is_a_switch(caller: Caller) -> None:
    # section 7: vendor and number, or the date besides: unknown
    vendor = caller.vendor()
    caller.create("Bill", **bill(vendor, "B-1"))
    later = {"obj": bill(vendor, "B-1", invoiceDate="2025-04-01")}
    assert caller.refused("/Crud/Create/Bill.json", later) == "BDC_1171"
    caller.control.switch(duplicate_bill_scope="vendor_number_date")
    caller.ok("/Crud/Create/Bill.json", later)
    assert caller.refused("/Crud/Create/Bill.json", later) == "BDC_1171"


def test_duplicates_are_told_of_active_objects_only(caller: Caller) -> None:
    vendor = caller.vendor()
    for _ in range(2):
        made = caller.ok("/Crud/Create/Bill.json", {"obj": bill(vendor, "B-1"), "allowDuplicateInvNum": True})
    assert set(caller.control.duplicates(caller.organization)) == {"Bill"}
    caller.on("Delete", "Bill", made["id"])
    assert caller.control.duplicates(caller.organization) == {}


def test_an_invoice_number_is_unique_in_the_organization_without_a_flag(caller: Caller) -> None:
    one, two = caller.customer("One"), caller.customer("Two")
    caller.create("Invoice", **invoice(one, "I-1"))
    sent = {"obj": invoice(two, "I-1"), "allowDuplicateInvNum": True}
    assert caller.refused("/Crud/Create/Invoice.json", sent) == "BDC_1171"


@pytest.mark.parametrize("entity", ["Vendor", "Customer"])
def test_names_are_unique_and_the_code_is_a_switch(caller: Caller, entity: str) -> None:
    # section 14, 10
    sent = {"obj": {"entity": entity, "name": "Kestrel"}}
    first = caller.ok(f"/Crud/Create/{entity}.json", sent)
    assert caller.refused(f"/Crud/Create/{entity}.json", sent) == "BDC_1119"
    caller.control.switch(duplicate_name_code="BDC_4242")
    assert caller.refused(f"/Crud/Create/{entity}.json", sent) == "BDC_4242"
    second = caller.create(entity, name="Merlin")
    renamed = {"obj": {"entity": entity, "id": second["id"], "name": "Kestrel"}}
    assert caller.refused(f"/Crud/Update/{entity}.json", renamed) == "BDC_4242"
    caller.on("Delete", entity, first["id"])
    caller.ok(f"/Crud/Create/{entity}.json", sent)
    caller.control.switch(duplicate_names="allow")
    caller.ok(f"/Crud/Create/{entity}.json", sent)


def test_names_of_other_lists_may_repeat(caller: Caller) -> None:
    # section 7 speaks of vendors and customers only
    for _ in range(2):
        caller.create("Department", name="Twice")
    found = caller.control.duplicates(caller.organization)["Department"]
    assert [each["key"]["name"] for each in found] == ["Twice"]
    assert len(found[0]["ids"]) == 2


def test_a_vendor_has_one_active_bank_account(caller: Caller) -> None:
    # section 7, documented; the code is unknown
    caller.trust()
    vendor = caller.vendor()
    first = caller.create("VendorBankAccount", vendorId=vendor, **ACCOUNT)
    sent = {"obj": {"entity": "VendorBankAccount", "vendorId": vendor, **ACCOUNT}}
    assert caller.refused("/Crud/Create/VendorBankAccount.json", sent) == "BDC_1119"
    caller.on("Delete", "VendorBankAccount", first["id"])
    caller.ok("/Crud/Create/VendorBankAccount.json", sent)


def test_a_customer_has_one_active_bank_account(caller: Caller) -> None:
    owner = {"customerId": caller.customer(), "nameOnAccount": "AP"}
    sent = {"obj": {"entity": "CustomerBankAccount", **owner, **ACCOUNT}, "agreedWithTOS": True}
    first = caller.ok("/Crud/Create/CustomerBankAccount.json", sent)
    assert caller.refused("/Crud/Create/CustomerBankAccount.json", sent) == "BDC_1119"
    caller.on("Delete", "CustomerBankAccount", first["id"])
    caller.ok("/Crud/Create/CustomerBankAccount.json", sent)
