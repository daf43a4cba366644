"""Bulk calls: n in, n out, in order - or nobody knows, and it is said."""

from __future__ import annotations

from typing import Any

import pytest
from api_scripted import ScriptedBill, client_at, envelope, http, ok, refusal, refused
from conftest import client_for

from bill_api.entities import BY_NAME
from bill_api.errors import DuplicateError, InDoubtError, InvalidRecordError, RefusedError
from bill_api.table.entity import BULK_LIMIT
from bill_simulator import Simulator, defaults

pytest_plugins = ["api_fixtures"]

VENDOR, BILL = BY_NAME["Vendor"], BY_NAME["Bill"]
CREATE = "/Bulk/Crud/Create/Vendor.json"
PLACES = {"first": (0,), "middle": (2,), "last": (4,), "several": (0, 2, 4), "all": (0, 1, 2, 3, 4), "none": ()}
NAMES = [f"Vendor {number}" for number in range(5)]


def success(name: str) -> dict[str, Any]:
    return {"response_status": 0, "response_message": "Success", "response_data": {"id": f"009{name}", "name": name}}


def failure(code: str) -> dict[str, Any]:
    return {"response_status": 1, "response_message": "Error", "response_data": refusal(code)}


def stored(bill: Simulator) -> list[str]:
    return [each["name"] for each in bill.control.books(defaults.ORGANIZATION_ID, "Vendor")]


@pytest.mark.parametrize("top_level", ["success", "any_failed", "all_failed"])
@pytest.mark.parametrize("bad", PLACES)
def test_each_element_has_its_own_outcome_in_order_whatever_the_top_level_says(
    bill: Simulator, bad: str, top_level: str
) -> None:
    bill.control.switch(bulk_top_level=top_level)
    objs = [{} if place in PLACES[bad] else {"name": name} for place, name in enumerate(NAMES)]
    outcomes = client_for(bill).bulk_create(VENDOR, objs)
    told = [each["name"] if isinstance(each, dict) else each for each in outcomes]
    assert len(told) == len(NAMES)
    for place, outcome in enumerate(told):
        if place in PLACES[bad]:
            assert isinstance(outcome, InvalidRecordError)
            assert outcome.code == "BDC_1117"
            assert outcome.operation == CREATE
        else:
            assert outcome == NAMES[place]
    assert stored(bill) == [name for place, name in enumerate(NAMES) if place not in PLACES[bad]]
    assert bill.control.summary()["paths"][CREATE] == 1


def test_ids_in_the_outcomes_are_those_of_the_stored_objects(bill: Simulator) -> None:
    client = client_for(bill)
    created = client.bulk_create(VENDOR, [{"name": name} for name in NAMES])
    assert all(isinstance(each, dict) and client.read(VENDOR, each["id"])["name"] == each["name"] for each in created)
    changed = client.bulk_update(VENDOR, [{"id": each["id"], "phone": "7"} for each in created if each])  # type: ignore[index]
    assert [each["name"] for each in changed if isinstance(each, dict)] == NAMES


def test_a_call_refused_as_a_whole_is_in_doubt_and_holds_the_refusal(bill: Simulator) -> None:
    bill.control.switch(bulk_transaction="whole_request")
    with pytest.raises(InDoubtError) as caught:
        client_for(bill).bulk_create(VENDOR, [{"name": "Fern"}, {}])
    assert isinstance(caught.value.refusal, InvalidRecordError)
    assert caught.value.sent_at_s is None, "BILL has answered: there is nothing to wait for"
    assert stored(bill) == []


@pytest.mark.parametrize("code", ["BDC_1121", "BDC_1361"])
def test_a_call_refused_at_the_door_is_a_refusal(scripted: ScriptedBill, code: str) -> None:
    scripted.script(CREATE, refused(code))
    with pytest.raises(RefusedError):
        client_at(scripted.url).bulk_create(VENDOR, [{"name": "Fern"}, {"name": "Oak"}])


@pytest.mark.parametrize("fault", ["drop_after", "cut_json"])
def test_a_bulk_call_whose_answer_is_lost_is_in_doubt_and_was_sent_once(bill: Simulator, fault: str) -> None:
    bill.control.fault(fault, CREATE)
    with pytest.raises(InDoubtError):
        client_for(bill).bulk_create(VENDOR, [{"name": name} for name in NAMES])
    assert stored(bill) == NAMES
    assert bill.control.summary()["paths"][CREATE] == 1


@pytest.mark.parametrize("status", [0, 1])
@pytest.mark.parametrize("answers", [0, 1, 3], ids=["none", "too few", "too many"])
def test_an_array_of_another_length_leaves_the_whole_call_in_doubt(
    scripted: ScriptedBill, answers: int, status: int
) -> None:
    scripted.script(CREATE, http(envelope(status, {"bulk": [success("Fern")] * answers})))
    with pytest.raises(InDoubtError, match="no answer for each of the 2 elements"):
        client_at(scripted.url).bulk_create(VENDOR, [{"name": "Fern"}, {"name": "Oak"}])
    assert scripted.count(CREATE) == 1


@pytest.mark.parametrize("answer", [None, {}, {"bulk": None}, {"bulk": {}}, [success("Fern")]], ids=repr)
def test_a_success_without_an_array_leaves_the_whole_call_in_doubt(scripted: ScriptedBill, answer: Any) -> None:
    scripted.script(CREATE, ok(answer))
    with pytest.raises(InDoubtError):
        client_at(scripted.url).bulk_create(VENDOR, [{"name": "Fern"}])
    assert scripted.count(CREATE) == 1


ODD = {
    "a system error": failure("BDC_1001"),
    "no object": {"response_status": 0, "response_data": {}},
    "an error without a code": {"response_status": 1, "response_data": {"error_message": "no"}},
    "no data": {"response_status": 0},
    "null": None,
    "a text": "fine",
}


@pytest.mark.parametrize("odd", ODD)
def test_an_element_that_does_not_say_what_became_of_it_is_in_doubt_and_the_others_are_not(
    scripted: ScriptedBill, odd: str
) -> None:
    scripted.script(CREATE, ok({"bulk": [success("Fern"), ODD[odd], failure("BDC_1171")]}))
    client = client_at(scripted.url)
    fern, doubtful, duplicate = client.bulk_create(VENDOR, [{"name": "Fern"}, {"name": "Oak"}, {"name": "Elm"}])
    assert fern == {"id": "009Fern", "name": "Fern"}
    assert type(doubtful) is InDoubtError
    assert doubtful.operation == CREATE
    assert type(duplicate) is DuplicateError
    assert scripted.count(CREATE) == 1


def test_an_element_refused_with_an_id_beside_the_code_is_refused(scripted: ScriptedBill) -> None:
    refused_one = {"response_status": 1, "response_data": {**refusal("BDC_1119"), "id": "00901ABCDEFGHIJaaaa1"}}
    scripted.script(CREATE, ok({"bulk": [refused_one]}))
    (outcome,) = client_at(scripted.url).bulk_create(VENDOR, [{"name": "Fern"}])
    assert type(outcome) is InvalidRecordError


@pytest.mark.parametrize("size", [0, BULK_LIMIT + 1])
def test_no_element_and_101_are_refused_before_anything_is_sent(bill: Simulator, size: int) -> None:
    client = client_for(bill)
    for bulk in (client.bulk_create, client.bulk_update):
        with pytest.raises(ValueError, match=f"a bulk call of {size} elements; BILL allows 1 to 100"):
            bulk(VENDOR, [{"name": "Fern"}] * size)
    with pytest.raises(ValueError, match=f"a bulk call of {size} elements"):
        client.bulk_delete(BY_NAME["VendorBankAccount"], ["vba01ABCDEFGHIJaaaa1"] * size)
    assert bill.control.summary()["calls"] == 0


def test_a_hundred_elements_are_one_call(bill: Simulator) -> None:
    client = client_for(bill)
    outcomes = client.bulk_create(VENDOR, [{"name": f"Vendor {number:03}"} for number in range(BULK_LIMIT)])
    assert [each["name"] for each in outcomes if isinstance(each, dict)] == [
        f"Vendor {n:03}" for n in range(BULK_LIMIT)
    ]
    assert bill.control.summary()["paths"][CREATE] == 1


def test_flags_stand_beside_each_object_and_the_entity_inside(scripted: ScriptedBill) -> None:
    path = "/Bulk/Crud/Create/Bill.json"
    scripted.script(path, ok({"bulk": [failure("BDC_1171")] * 2}))
    flags = {"allowDuplicateInvNum": True}
    outcomes = client_at(scripted.url).bulk_create(BILL, [{"invoiceNumber": "1"}, {"invoiceNumber": "2"}], flags)
    assert all(isinstance(each, RefusedError) for each in outcomes)
    assert scripted.calls[-1].data == {
        "bulk": [
            {"obj": {"entity": "Bill", "invoiceNumber": number}, "allowDuplicateInvNum": True} for number in ("1", "2")
        ]
    }
