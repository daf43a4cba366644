"""Bulk calls (facts: section 9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from simulator_caller import bill, code_of, codes_of

if TYPE_CHECKING:
    from simulator_caller import Body, Caller

pytest_plugins = ["simulator_fixtures"]

CREATE = "/Bulk/Crud/Create/Bill.json"


def elements(vendor: str, *numbers: str) -> list[Body]:
    return [{"obj": bill(vendor, number)} for number in numbers]


def bills_in(caller: Caller) -> int:
    return int(caller.control.totals(caller.organization)["Bill"]["count"])


def test_elements_succeed_or_fail_alone_and_in_the_order_of_the_request(caller: Caller) -> None:
    # documented schema: each element has an envelope of its own
    vendor = caller.vendor()
    sent = elements(vendor, "B-1", "B-2", "B-1", "B-3")
    sent[1]["obj"]["vendorId"] = "00902AAAAAAAAAAaaaaa"
    answers = caller.bulk("Create", "Bill", *sent)
    assert codes_of(answers) == ["OK", "BDC_1119", "BDC_1171", "OK"]
    assert [each["response_data"].get("invoiceNumber") for each in answers] == ["B-1", None, None, "B-3"]
    assert set(answers[0]) == {"response_status", "response_message", "response_data"}
    assert caller.on("Read", "Bill", answers[3]["response_data"]["id"]) == answers[3]["response_data"]


def test_the_flag_stands_in_each_element(caller: Caller) -> None:
    vendor = caller.vendor()
    sent = elements(vendor, "B-1", "B-1", "B-1")
    sent[1]["allowDuplicateInvNum"] = True
    assert codes_of(caller.bulk("Create", "Bill", *sent)) == ["OK", "OK", "BDC_1171"]


def test_a_bulk_update_and_its_unknown_id(caller: Caller) -> None:
    first, second = (
        each["response_data"] for each in caller.bulk("Create", "Bill", *elements(caller.vendor(), "1", "2"))
    )
    changes = [
        {"obj": {"entity": "Bill", "id": first["id"], "isActive": "2"}},
        {"obj": {"entity": "Bill", "id": "00n02AAAAAAAAAAaaaaa", "description": "x"}},
        {"obj": {"entity": "Bill", "id": second["id"], "description": "x"}},
    ]
    answers = caller.bulk("Update", "Bill", *changes)
    assert codes_of(answers) == ["OK", "BDC_1120", "OK"]
    assert answers[0]["response_data"]["isActive"] == "2"


def test_a_bulk_delete_takes_ids(caller: Caller) -> None:
    # section 9, 4: live
    ids = [each["id"] for each in caller.list("Location")[:2]]
    wrapped = {"obj": {"id": ids[0]}}
    answers = caller.bulk(
        "Delete", "Location", *({"id": each} for each in ids), {"id": "loc02AAAAAAAAAAaaaaa"}, wrapped
    )
    assert codes_of(answers) == ["OK", "OK", "BDC_1120", "BDC_1108"]
    assert {each["isActive"] for each in caller.list("Location") if each["id"] in ids} == {"2"}


def test_the_path_works_without_json_too(caller: Caller) -> None:
    # section 3, seen in a client
    sent = {"bulk": elements(caller.vendor(), "B-1")}
    assert len(caller.ok("/Bulk/Crud/Create/Bill", sent)["bulk"]) == 1


def test_a_hundred_is_the_limit(caller: Caller) -> None:
    # documented; the code above it is unknown
    vendor = caller.vendor()
    numbers = [f"B-{number}" for number in range(101)]
    assert caller.refused(CREATE, {"bulk": elements(vendor, *numbers)}) == "BDC_1129"
    assert codes_of(caller.bulk("Create", "Bill", *elements(vendor, *numbers[:100]))) == ["OK"] * 100


@pytest.mark.parametrize("data", [{}, {"bulk": []}, {"bulk": None}, {"bulk": {"obj": {}}}])
def test_a_bulk_call_without_elements_misses_a_parameter(caller: Caller, data: Any) -> None:
    assert caller.refused(CREATE, data) == "BDC_1108"


@pytest.mark.parametrize("element", ["text", None, {}, {"obj": None}])
def test_an_element_that_is_no_object_fails_alone(caller: Caller, element: Any) -> None:
    good = elements(caller.vendor(), "B-1")[0]
    assert codes_of(caller.bulk("Create", "Bill", element, good)) == ["BDC_1108", "OK"]


@pytest.mark.parametrize(
    ("switch", "some_failed", "all_failed"), [("success", 0, 0), ("any_failed", 1, 1), ("all_failed", 0, 1)]
)
def test_when_the_top_level_says_error_is_a_switch(
    caller: Caller, switch: str, some_failed: int, all_failed: int
) -> None:
    # section 14, 1: the array is there whatever the top level says
    caller.control.switch(bulk_top_level=switch)
    vendor = caller.vendor()
    outcomes = [
        caller.call(CREATE, {"bulk": elements(vendor, *numbers)}) for numbers in (("1", "2"), ("2", "3"), ("1", "2"))
    ]
    assert [each["response_status"] for each in outcomes] == [0, some_failed, all_failed]
    assert {len(each["response_data"]["bulk"]) for each in outcomes} == {2}


def test_all_or_nothing_undoes_everything(caller: Caller) -> None:
    # section 14, 2; section 16: whole batches marked failed
    vendor, before = caller.vendor(), bills_in(caller)
    caller.control.switch(bulk_transaction="all_or_nothing")
    sent = {"bulk": elements(vendor, "1", "2", "1")}
    assert codes_of(caller.ok(CREATE, sent)["bulk"]) == ["BDC_1002", "BDC_1002", "BDC_1171"]
    assert bills_in(caller) == before
    assert caller.filtered("Bill", "invoiceNumber", "in", "1,2") == []
    assert codes_of(caller.ok(CREATE, {"bulk": elements(vendor, "1", "2")})["bulk"]) == ["OK", "OK"]
    assert bills_in(caller) == before + 2


def test_a_whole_request_may_be_refused_without_an_array(caller: Caller) -> None:
    vendor, before = caller.vendor(), bills_in(caller)
    caller.control.switch(bulk_transaction="whole_request")
    assert caller.refused(CREATE, {"bulk": elements(vendor, "1", "2", "1")}) == "BDC_1171"
    assert bills_in(caller) == before


def test_an_undone_update_leaves_object_list_and_numbers_as_they_were(caller: Caller) -> None:
    vendor = caller.vendor()
    made = caller.create("Bill", **bill(vendor, "1"))
    caller.control.advance(60)
    caller.control.switch(bulk_transaction="all_or_nothing")
    changes = [
        {"obj": {"entity": "Bill", "id": made["id"], "invoiceNumber": "2", "description": "undone"}},
        {"obj": {"entity": "Bill", "id": "00n02AAAAAAAAAAaaaaa"}},
    ]
    answers = caller.bulk("Update", "Bill", *changes)
    assert code_of(answers[1]) == "BDC_1120"
    assert caller.on("Read", "Bill", made["id"]) == made
    assert caller.filtered("Bill", "updatedTime", ">", made["updatedTime"]) == []
    caller.create("Bill", **bill(vendor, "2"))


@pytest.mark.parametrize(("switch", "calls"), [("request", 1), ("elements", 5)])
def test_what_a_bulk_call_counts_is_a_switch(caller: Caller, switch: str, calls: int) -> None:
    # section 14, 12
    caller.control.switch(bulk_counts_as=switch)
    vendor = caller.vendor()
    used = caller.control.get("/limits")["used"]["requests"]["01SIMULATORDEVELOPERKEY"]
    caller.bulk("Create", "Bill", *elements(vendor, *"12345"))
    assert caller.control.get("/limits")["used"]["requests"]["01SIMULATORDEVELOPERKEY"] == used + calls


def test_elements_above_the_hourly_limit_are_not_served(caller: Caller) -> None:
    caller.control.switch(bulk_counts_as="elements")
    vendor, before = caller.vendor(), bills_in(caller)
    used = caller.control.get("/limits")["used"]["requests"]["01SIMULATORDEVELOPERKEY"]
    caller.control.limit(requests_per_hour=used + 4)
    assert caller.refused(CREATE, {"bulk": elements(vendor, *"12345")}) == "BDC_1144"
    assert bills_in(caller) == before
