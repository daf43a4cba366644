"""Junk is refused with a code (facts: section 11); it never breaks the server, and never changes the books."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from simulator_caller import ZERO_ID, bill, code_of, invoice

from bill_api.entities import BY_NAME, ENTITIES

if TYPE_CHECKING:
    from simulator_caller import Body, Caller

    from bill_api.table.entity import Entity

pytest_plugins = ["simulator_fixtures"]

JUNK: tuple[Any, ...] = (
    None, True, -1, 0, 1.5, 1e300, -1e-300, 10**30, "", "x", ZERO_ID, "00902AAAAAAAAAAaaaaa", "2025-13-45", "\x00",
    "NaN", "1e999999", "é" * 5000, "9999-12-31T23:59:59.000-2359", [], {}, [1], [{}], [[]], {"id": 1}, ["id"],
)  # fmt: skip
BULK = 100


def spoiled(entity: Entity, sound: Body) -> list[Body]:
    """Objects that are sound but for one field."""
    fields = [each for each in entity.fields if not each.read_only]
    return [{"obj": {**sound, each.name: value}} for each in fields for value in JUNK]


@pytest.mark.parametrize("name", ["Vendor", "Customer", "Bill", "Invoice"])
def test_junk_in_any_field_is_taken_or_refused_by_name(caller: Caller, name: str) -> None:
    sound: dict[str, Body] = {
        "Vendor": {"entity": "Vendor", "name": "Sound"},
        "Customer": {"entity": "Customer", "name": "Sound"},
        "Bill": bill(caller.vendor(), "Sound"),
        "Invoice": invoice(caller.customer(), "Sound"),
    }
    elements = spoiled(BY_NAME[name], sound[name])
    caller.control.switch(bulk_transaction="all_or_nothing")
    before = caller.control.totals(caller.organization)
    for start in range(0, len(elements), BULK):
        part = [*elements[start : start + BULK - 1], {"obj": {}}]
        for each in caller.bulk("Create", name, *part):
            assert code_of(each).startswith("BDC_")
    assert caller.control.totals(caller.organization) == before


@pytest.mark.parametrize("name", ["Bill", "Invoice"])
def test_junk_in_any_field_of_a_line_is_taken_or_refused_by_name(caller: Caller, name: str) -> None:
    lines = BY_NAME[name].lines
    assert lines is not None
    sound = bill(caller.vendor(), "Sound") if name == "Bill" else invoice(caller.customer(), "Sound")
    spoilt = [
        {"obj": {**sound, lines.name: [{"amount": 1, each.name: value}]}}
        for each in lines.item_fields
        for value in JUNK
    ]
    for start in range(0, len(spoilt), BULK):
        for each in caller.bulk("Create", name, *spoilt[start : start + BULK]):
            assert each["response_status"] == 0 or code_of(each).startswith("BDC_")


@pytest.mark.parametrize("op", ["=", "in", "<"])
@pytest.mark.parametrize(
    "field", ["id", "isActive", "updatedTime", "invoiceDate", "amount", "hasAutoPay", "description"]
)
def test_junk_in_a_filter_lists_or_is_1129(caller: Caller, field: str, op: str) -> None:
    caller.control.switch(filter_fields="any")
    for value in JUNK:
        answer = caller.call("/List/Bill.json", {"filters": [{"field": field, "op": op, "value": value}]})
        assert answer["response_status"] == 0 or code_of(answer) == "BDC_1129"


@pytest.mark.parametrize("key", ["start", "max", "nested", "filters", "sort", "bulk", "obj", "id"])
def test_junk_in_the_place_of_a_parameter_gets_an_answer(caller: Caller, key: str) -> None:
    for value in JUNK:
        for path in (
            "/List/Bill.json",
            "/Crud/Create/Bill.json",
            "/Bulk/Crud/Update/Bill.json",
            "/Crud/Read/Bill.json",
        ):
            answer = caller.call(path, {key: value})
            assert answer["response_status"] == 0 or code_of(answer)


def test_every_entity_survives_empty_objects(caller: Caller) -> None:
    for entity in (each for each in ENTITIES if any(field.required for field in each.fields)):
        for path in (f"/Crud/Create/{entity.name}.json", f"/Crud/Update/{entity.name}.json"):
            assert code_of(caller.call(path, {"obj": {"entity": entity.name}})).startswith("BDC_")


CALLS: dict[str, Body] = {
    "SetApprovers": {"entity": "Bill", "objectId": "", "approvers": []},
    "ClearApprovers": {"entity": "Bill", "objectId": ""},
    "Approve": {"entity": "Bill", "objectId": "", "comment": ""},
    "Deny": {"entity": "Bill", "objectId": "", "comment": ""},
    "ListUserApprovals": {"usersId": "", "entity": "Bill", "type": "0", "approvalType": "0", "marker": 0, "max": 9},
    "SendMessage": {"objectId": "", "message": "x", "isPublic": False},
    "SendInvoice": {"invoiceId": "", "headers": {}, "content": {}},
    "SendVendorInvite": {"vendorId": "", "email": "x"},
    "GetDisbursementData": {"sentPayId": ""},
    "GetDocuments": {"id": "", "start": 0, "max": 9},
    "GetDocumentPages": {"id": ""},
    "GetEntityMetadata": {"entity": ["Vendor"]},
    "RecordAPPayment": {"vendorId": "", "processDate": "2025-06-03", "toPrintCheck": False, "billPays": [{}]},
    "MFAChallenge": {"useBackup": False},
    "MFAAuthenticate": {"challengeId": "x", "token": "x", "deviceId": "x", "machineName": "x", "rememberMe": False},
    "MFAStatus": {"mfaId": "x", "deviceId": "x"},
}
"""Calls beside the entities, with their parameters; an empty id becomes that of a bill."""


@pytest.mark.parametrize("name", CALLS)
def test_junk_in_a_call_beside_the_entities_gets_an_answer(caller: Caller, name: str) -> None:
    caller.trust()
    caller.control.switch(record_payments="offer")
    made = caller.create("Bill", **bill(caller.vendor(), "B-1"))["id"]
    sound = {key: value or made if key.lower().endswith("id") else value for key, value in CALLS[name].items()}
    for key in sound:
        for value in JUNK:
            answer = caller.call(f"/{name}.json", {**sound, key: value})
            assert answer["response_status"] == 0 or code_of(answer).startswith("BDC_")
