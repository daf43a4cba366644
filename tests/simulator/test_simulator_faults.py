"""Faults: what goes wrong on purpose (section 4: edge bodies; section 11: codes)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests
from simulator_caller import bill, code_of

from bill_simulator import ControlError

if TYPE_CHECKING:
    from simulator_caller import Caller

pytest_plugins = ["simulator_fixtures"]

CREATE = "/Crud/Create/Bill.json"


def has(caller: Caller, number: str) -> bool:
    return bool(caller.filtered("Bill", "invoiceNumber", "=", number))


def attempt(caller: Caller, number: str) -> requests.Response:
    return caller.post(CREATE, caller.form({"obj": bill(caller.list("Vendor")[0]["id"], number)}))


@pytest.mark.parametrize(("kind", "committed"), [("drop_before", False), ("drop_after", True)])
def test_a_dropped_connection_has_no_answer(caller: Caller, kind: str, *, committed: bool) -> None:
    caller.control.fault(kind, CREATE)
    with pytest.raises(requests.ConnectionError):
        attempt(caller, "B-1")
    assert has(caller, "B-1") is committed
    assert attempt(caller, "B-2").json()["response_status"] == 0


def test_an_error_is_answered_instead_of_the_work(caller: Caller) -> None:
    caller.control.fault("error", CREATE, code="BDC_1322")
    answer = attempt(caller, "B-1").json()
    assert code_of(answer) == "BDC_1322"
    assert answer["response_data"]["error_message"] == "Max number of concurrent requests per organization reached."
    assert not has(caller, "B-1")


def test_an_error_may_have_a_text_of_its_own_and_a_code_nobody_knows(caller: Caller) -> None:
    caller.control.fault("error", CREATE, code="BDC_4711", message="Strange.")
    caller.control.fault("error", CREATE, code="BDC_4712")
    first, second = attempt(caller, "B-1").json(), attempt(caller, "B-2").json()
    assert first["response_data"] == {"error_code": "BDC_4711", "error_message": "Strange."}
    assert code_of(second) == "BDC_4712"


def test_an_edge_answers_html_and_nothing_happened(caller: Caller) -> None:
    caller.control.fault("html_502", CREATE)
    answer = attempt(caller, "B-1")
    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html; charset=utf-8")
    assert "502 Bad Gateway" in answer.text
    assert not has(caller, "B-1")


def test_json_is_cut_off_after_the_commit(caller: Caller) -> None:
    caller.control.fault("cut_json", CREATE)
    answer = attempt(caller, "B-1")
    assert answer.status_code == 200
    assert answer.text.startswith('{"response_status":0,')
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()
    assert has(caller, "B-1")


def test_a_session_expires_before_the_call(caller: Caller) -> None:
    caller.control.fault("expire_session", "/List/Customer.json")
    assert caller.refused("/List/Customer.json") == "BDC_1109"
    assert caller.refused("/GetSessionInfo.json") == "BDC_1109"
    caller.session_id = caller.sign_in()["response_data"]["sessionId"]
    caller.list("Customer")


def test_a_fault_strikes_the_nth_matching_call_and_as_many_as_told(caller: Caller) -> None:
    caller.control.fault("error", "/List/*", nth=2, count=2, code="BDC_1001")
    caller.ok("/GetSessionInfo.json")
    answers = [caller.call(f"/List/{entity}.json") for entity in ("Vendor", "Customer", "Bill", "Vendor")]
    assert [each["response_status"] for each in answers] == [0, 1, 1, 0]
    fault = caller.control.faults()[0]
    assert (fault["matched"], fault["fired"]) == (4, 2)


def test_count_zero_strikes_for_good_until_cleared(caller: Caller) -> None:
    caller.control.fault("error", count=0)
    assert [caller.refused("/CurrentTime.json") for _ in range(4)] == ["BDC_1001"] * 4
    caller.control.clear_faults()
    caller.ok("/CurrentTime.json")
    assert caller.control.faults() == []


def test_of_two_faults_the_first_scripted_strikes(caller: Caller) -> None:
    caller.control.fault("error", "/Curr*", code="BDC_1001", count=2)
    caller.control.fault("error", "/CurrentTime.json", code="BDC_1002", count=3)
    assert [caller.refused("/CurrentTime.json") for _ in range(3)] == ["BDC_1001", "BDC_1001", "BDC_1002"]
    assert [each["fired"] for each in caller.control.faults()] == [2, 1]


def test_the_request_log_tells_faults(caller: Caller) -> None:
    caller.control.fault("drop_before", "/CurrentTime.json")
    caller.control.fault("error", "/CurrentTime.json", nth=2)
    with pytest.raises(requests.ConnectionError):
        caller.ok("/CurrentTime.json")
    caller.refused("/CurrentTime.json")
    last = caller.control.requests()[-2:]
    assert [(each["code"], each["fault"]) for each in last] == [("drop_before", "drop_before"), ("BDC_1001", "error")]


@pytest.mark.parametrize(
    ("details", "told"),
    [
        ({"kind": "earthquake"}, "drop_before"),
        ({"kind": "error", "nth": 0}, "nth"),
        ({"kind": "error", "count": -1}, "count"),
        ({"kind": "error", "fired": 3}, "counted"),
        ({"kind": "error", "when": "now"}, "when"),
        ({}, "kind"),
    ],
)
def test_a_wrong_fault_is_refused_with_a_reason(caller: Caller, details: dict[str, str], told: str) -> None:
    with pytest.raises(ControlError, match=told):
        caller.control.call("POST", "/faults", details)
    assert caller.control.faults() == []
