"""Answers that cannot belong to the elements in their places are never believed: the call is in doubt."""

from __future__ import annotations

from typing import Any

import pytest
from api_scripted import ScriptedBill, client_at, ok, refusal
from hypothesis import given
from hypothesis import strategies as st

from bill_api.answers.binding import misplaced
from bill_api.entities import BY_NAME
from bill_api.errors import InDoubtError

pytest_plugins = ["api_fixtures"]

VENDOR, CREDIT = BY_NAME["Vendor"], BY_NAME["VendorCredit"]
CREATE, UPDATE = "/Bulk/Crud/Create/Vendor.json", "/Bulk/Crud/Update/Vendor.json"
FERN, OAK = "00901FERN", "00901OAK"
FERN_SENT, OAK_SENT = {"name": "Fern"}, {"name": "Oak"}


def element(**data: Any) -> dict[str, Any]:
    return {"response_status": 0, "response_message": "Success", "response_data": {"entity": "Vendor", **data}}


REFUSED = {"response_status": 1, "response_message": "Error", "response_data": refusal("BDC_1119")}

CREATES = {
    "in another order": [element(id=OAK, name="Oak"), element(id=FERN, name="Fern")],
    "an id twice": [element(id=FERN, name="Fern"), element(id=FERN, name="Oak")],
    "another object": [element(id=FERN, name="Fern"), element(id=OAK, name="Elm")],
    "of another kind": [element(id=FERN, name="Fern"), element(id=OAK, name="Oak", entity="Customer")],
    "a refusal in another order": [element(id=OAK, name="Oak"), REFUSED],
}
UPDATES = {
    "in another order": [element(id=OAK, name="Oak"), element(id=FERN, name="Fern")],
    "an id twice": [element(id=FERN, name="Fern"), element(id=FERN, name="Fern")],
    "another object": [element(id=FERN, name="Fern"), element(id="00901ELM", name="Oak")],
    "of another kind": [element(id=FERN, name="Fern"), element(id=OAK, name="Oak", entity="Bill")],
}


@pytest.mark.parametrize("kind", CREATES)
def test_a_bulk_create_that_is_answered_for_other_elements_is_in_doubt(scripted: ScriptedBill, kind: str) -> None:
    scripted.script(CREATE, ok({"bulk": CREATES[kind]}))
    outcomes = client_at(scripted.url).bulk_create(VENDOR, [FERN_SENT, OAK_SENT])
    assert [type(each) for each in outcomes] == [InDoubtError, InDoubtError]
    assert all("it may have happened" in str(each) for each in outcomes)


def test_an_answer_that_is_not_believed_names_the_object_that_may_be_it(scripted: ScriptedBill) -> None:
    scripted.script(CREATE, ok({"bulk": [element(id=FERN, name="F&amp;n"), REFUSED]}))
    first, second = client_at(scripted.url).bulk_create(VENDOR, [FERN_SENT, OAK_SENT])
    assert isinstance(first, InDoubtError)
    assert isinstance(second, InDoubtError)
    assert (first.answered_id, second.answered_id) == (FERN, None)


def test_answers_that_say_nothing_of_what_was_sent_are_in_doubt_unless_there_is_one(scripted: ScriptedBill) -> None:
    scripted.script(CREATE, ok({"bulk": [element(id=OAK), element(id=FERN)]}), ok({"bulk": [element(id=OAK)]}))
    client = client_at(scripted.url)
    outcomes = client.bulk_create(VENDOR, [FERN_SENT, OAK_SENT])
    assert [type(each) for each in outcomes] == [InDoubtError, InDoubtError]
    (alone,) = client.bulk_create(VENDOR, [OAK_SENT])
    assert isinstance(alone, dict)


def test_the_id_of_another_kind_of_object_is_in_doubt(scripted: ScriptedBill) -> None:
    scripted.script(CREATE, ok({"bulk": [element(id="00n02AAAAAAAAAAAAAAA", name="Fern")]}))
    (outcome,) = client_at(scripted.url).bulk_create(VENDOR, [FERN_SENT])
    assert "an object of Bill" in str(outcome)


@pytest.mark.parametrize("kind", UPDATES)
def test_a_bulk_update_that_is_answered_for_other_elements_is_in_doubt(scripted: ScriptedBill, kind: str) -> None:
    scripted.script(UPDATE, ok({"bulk": UPDATES[kind]}))
    outcomes = client_at(scripted.url).bulk_update(VENDOR, [{"id": FERN, "phone": "1"}, {"id": OAK, "phone": "2"}])
    assert [type(each) for each in outcomes] == [InDoubtError, InDoubtError]


@pytest.mark.parametrize("bill_id", [None, "", " ", 7, 1.5, True, [FERN], {"id": FERN}], ids=repr)
def test_an_id_that_is_no_text_leaves_its_element_in_doubt(scripted: ScriptedBill, bill_id: Any) -> None:
    scripted.script(CREATE, ok({"bulk": [element(id=bill_id, name="Fern"), element(id=OAK, name="Oak")]}))
    fern, oak = client_at(scripted.url).bulk_create(VENDOR, [FERN_SENT, OAK_SENT])
    assert isinstance(fern, InDoubtError)
    assert isinstance(oak, dict)
    scripted.script("/Crud/Create/Vendor.json", ok({"id": bill_id, "name": "Fern"}))
    with pytest.raises(InDoubtError):
        client_at(scripted.url).create(VENDOR, FERN_SENT)


@pytest.mark.parametrize("action", ["update", "delete", "undelete"])
def test_a_change_that_is_answered_with_another_object_is_in_doubt(scripted: ScriptedBill, action: str) -> None:
    scripted.script(f"/Crud/{action.title()}/Vendor.json", ok({"id": OAK, "name": "Oak"}))
    client = client_at(scripted.url)
    with pytest.raises(InDoubtError, match=f"{OAK} for {FERN}"):
        client.update(VENDOR, {"id": FERN}) if action == "update" else getattr(client, action)(VENDOR, FERN)


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("Fern", "Fern"),
        ("Fern  Lamps", "FERN LAMPS"),
        ("Caf\u00e9 Fern", "Cafe\u0301 fern"),
        ("Fern-Lamps", "Fern Lamps"),
        ("Fern", None),
    ],
)
def test_a_name_that_bill_keeps_in_another_form_is_believed(sent: str, stored: str | None) -> None:
    assert misplaced(VENDOR, [{"name": sent}], [{"id": FERN, "name": stored}]) is None


def credit(vendor: str, text: str, amount: int) -> dict[str, Any]:
    return {"vendorId": vendor, "description": text, "vendorCreditLineItems": [{"amount": amount}]}


def test_documents_without_a_number_are_held_against_their_party_and_each_other() -> None:
    sent = [credit("009A", "one", 1), credit("009A", "two", 2), credit("009B", "one", 1)]
    stored = [{"id": f"0{place}", **each} for place, each in enumerate(sent)]
    assert misplaced(CREDIT, sent, stored) is None
    assert "the content of another element" in str(misplaced(CREDIT, sent, [stored[1], stored[0], stored[2]]))
    assert "another than was sent" in str(misplaced(CREDIT, sent, [stored[2], stored[1], stored[0]]))


NAMES = st.lists(st.sampled_from("abcdefgh"), unique=True, min_size=1, max_size=8)


@given(NAMES, st.randoms(use_true_random=False))
def test_any_other_order_is_noticed_and_the_right_one_never(names: list[str], dice: Any) -> None:
    sent = [{"name": name} for name in names]
    stored = [{"id": f"009{name}", "name": name.upper()} for name in names]
    assert misplaced(VENDOR, sent, stored) is None
    shuffled = dice.sample(stored, len(stored))
    assert (misplaced(VENDOR, sent, shuffled) is None) == (shuffled == stored)
