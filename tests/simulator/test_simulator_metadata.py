"""What BILL tells about itself: entities and their fields, error codes (facts: section 10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests
from simulator_caller import TIMEOUT_S

from bill_api.entities import BY_NAME, ENTITIES

if TYPE_CHECKING:
    from simulator_caller import Body, Caller

pytest_plugins = ["simulator_fixtures"]

PATH = "/GetEntityMetadata.json"


def fields_of(caller: Caller, name: str) -> Body:
    return dict(caller.ok(PATH, {"entity": [name]})[name]["fields"])


def test_metadata_has_the_fields_of_the_entities_asked_for(caller: Caller) -> None:
    answer = caller.ok(PATH, {"entity": ["Vendor", "Bill"]})
    assert set(answer) == {"Vendor", "Bill"}
    for name in answer:
        assert set(answer[name]) == {"fields"}
        assert set(answer[name]["fields"]) == {each.name for each in BY_NAME[name].fields}


@pytest.mark.parametrize("name", ["Vendor", "Customer", "Bill"])
def test_the_attribute_entity_says_what_an_id_belongs_to(caller: Caller, name: str) -> None:
    # seen in the client of BILL staff: Vendor.fields.id.entity is Vendor
    assert fields_of(caller, name)["id"]["entity"] == name


def test_the_other_attributes_are_those_of_the_table(caller: Caller) -> None:
    fields = fields_of(caller, "Bill")
    assert fields["vendorId"] == {
        "type": "id",
        "required": True,
        "readOnly": False,
        "filterable": True,
        "entity": "Vendor",
    }
    assert fields["amount"] == {"type": "money", "required": False, "readOnly": True, "filterable": False}
    assert fields["invoiceNumber"]["maxLength"] == BY_NAME["Bill"].by_name["invoiceNumber"].max_length
    assert fields["isActive"]["codes"] == {"1": "active", "2": "inactive"}
    assert fields["billLineItems"]["fields"]["amount"]["required"] is True
    assert fields["billLineItems"]["fields"]["itemId"]["entity"] == "Item"
    assert fields["billLineItems"]["fields"]["id"]["entity"] == "BillLineItem"


def test_metadata_follows_the_switch_of_filterable_fields(caller: Caller) -> None:
    caller.control.switch(filter_fields="any")
    assert fields_of(caller, "Bill")["amount"]["filterable"] is True


def test_without_data_it_is_about_every_entity(caller: Caller) -> None:
    # seen in a client, which sends none
    assert set(caller.ok(PATH)) == {each.name for each in ENTITIES}


@pytest.mark.parametrize(
    ("wanted", "code"),
    [(["Nonsense"], "BDC_1114"), (["vendor"], "BDC_1114"), ([5], "BDC_1114"), ("Vendor", "BDC_1129")],
)
def test_what_is_no_entity_is_refused(caller: Caller, wanted: Any, code: str) -> None:
    assert caller.refused(PATH, {"entity": wanted}) == code


def test_metadata_needs_a_session(caller: Caller) -> None:
    caller.ok("/Logout.json")
    assert caller.refused(PATH, {"entity": ["Vendor"]}) == "BDC_1109"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_errors_need_neither_session_nor_key_and_count_against_nothing(caller: Caller, method: str) -> None:
    caller.control.limit(requests_per_hour=0, logins_per_hour=0, concurrent=0)
    url = f"{caller.simulator.api_url}/Errors.json"
    answer = requests.request(method, url, timeout=TIMEOUT_S).json()
    assert (answer["response_status"], answer["response_message"]) == (0, "Success")
    texts = {each["error_code"]: each["error_message"] for each in answer["response_data"]["errors"]}
    assert texts["BDC_1109"] == "Session is invalid. Please log in."
    assert texts["BDC_1119"] == "Invalid field,value: ${paramName0}, ${paramName1}."
    assert len(texts) > 45
    assert all(code.startswith("BDC_") and text and "{0}" not in text for code, text in texts.items())
    assert caller.control.requests()[-1]["path"] == "/Errors.json"
