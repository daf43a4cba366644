"""Faults: what goes wrong on purpose (section 4: edge bodies; section 11: codes)."""

from __future__ import annotations

import json
import socket
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import pytest
import requests
from simulator_caller import SMALL, TIMEOUT_S, Caller, bill, code_of

from bill_simulator import ControlError, Simulator, defaults
from bill_simulator.behaviour.faults import KINDS, FaultAnswer, FaultKind, every_kind

if TYPE_CHECKING:
    from collections.abc import Callable

pytest_plugins = ["simulator_fixtures"]

CREATE = "/Crud/Create/Bill.json"
BULK = "/Bulk/Crud/Create/Vendor.json"
TIME = "/CurrentTime.json"
REFUSED_BY_FAULT, SESSION_OVER = "BDC_4711", "BDC_1109"
DELAY_MS = 200


def has(caller: Caller, number: str) -> bool:
    return bool(caller.filtered("Bill", "invoiceNumber", "=", number))


def attempt(caller: Caller, number: str) -> requests.Response:
    return caller.post(CREATE, new_bill(caller, number))


def new_bill(caller: Caller, number: str) -> dict[str, str]:
    return caller.form({"obj": bill(caller.list("Vendor")[0]["id"], number)})


def until(holds: Callable[[], object]) -> None:
    """Wait for something that is bound to come, and fail when it does not."""
    give_up_at = time.monotonic() + TIMEOUT_S
    while not holds():
        assert time.monotonic() < give_up_at, "it never came"
        threading.Event().wait(0.005)


def send(caller: Caller, path: str, body: bytes, missing: int = 0) -> socket.socket:
    """Send a call, without so many bytes of its end."""
    url = urlsplit(f"{caller.simulator.api_url}{path}")
    head = (
        f"POST {url.path} HTTP/1.1\r\nHost: {url.netloc}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body) + missing}\r\n\r\n"
    )
    connection = socket.create_connection((url.hostname or "", url.port or 0), timeout=TIMEOUT_S)
    connection.sendall(head.encode() + body)
    return connection


def begin(caller: Caller, path: str, form: dict[str, str]) -> socket.socket:
    """Send a call and return without its answer, once a fault has struck it; closing the socket is giving up."""
    struck = sum(each["fired"] for each in caller.control.faults())
    connection = send(caller, path, urlencode(form).encode())
    until(lambda: sum(each["fired"] for each in caller.control.faults()) > struck)
    return connection


def logged(caller: Caller, kind: str) -> list[tuple[str, str]]:
    """Path and code of the calls in the request log that this kind of fault struck."""
    return [(each["path"], each["code"]) for each in caller.control.requests() if each["fault"] == kind]


def pattern(caller: Caller, calls: int) -> list[str]:
    """`OK` or the code of each of so many calls."""
    answers = [caller.call(TIME) for _ in range(calls)]
    return ["OK" if each["response_status"] == 0 else code_of(each) for each in answers]


def what_arrives(caller: Caller, path: str, form: dict[str, str]) -> tuple[FaultAnswer, str]:
    """What a caller gets, by nothing but the answer itself; and the code of a refusal."""
    try:
        with closing(caller.post(path, form, stream=True)) as answer:
            parts = answer.iter_content(chunk_size=None)
            beginning = next(parts)
            if len(beginning) == 1:
                return FaultAnswer.DRIPPING, ""
            body = beginning + b"".join(parts)
    except requests.ConnectionError:
        return FaultAnswer.NOTHING, ""
    if answer.status_code == requests.codes.bad_gateway:
        return FaultAnswer.EDGE_PAGE, ""
    try:
        envelope = json.loads(body)
    except ValueError:
        return FaultAnswer.HALF, ""
    if envelope["response_status"]:
        return FaultAnswer.REFUSAL, code_of(envelope)
    names = [each["response_data"]["name"] for each in envelope["response_data"]["bulk"]]
    return (FaultAnswer.AS_SERVED if names == sorted(names) else FaultAnswer.REVERSED), ""


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_does_what_it_declares(caller: Caller, kind: str) -> None:
    declared, names = KINDS[kind], [f"V{number}" for number in range(4)]
    delay: dict[str, Any] = {"delay_ms": DELAY_MS} if declared.held else {}
    coded: dict[str, Any] = {"code": REFUSED_BY_FAULT} if declared.takes_code else {}
    caller.control.fault(kind, BULK, **coded, **delay)
    began = time.monotonic()
    sent = {"bulk": [{"obj": {"entity": "Vendor", "name": name}} for name in names]}
    arrived, code = what_arrives(caller, BULK, caller.form(sent))
    waited = time.monotonic() - began >= DELAY_MS / 1000
    if declared.ends_session:
        assert caller.refused(BULK, sent) == SESSION_OVER
        caller.session_id = caller.sign_in()["response_data"]["sessionId"]
    there = {each["name"] for each in caller.list("Vendor")}
    kept = names[: (2 if declared.halves else 4) if declared.committed else 0]
    refused_by = SESSION_OVER if declared.ends_session else REFUSED_BY_FAULT
    assert arrived is declared.arrives
    assert code == (refused_by if arrived is FaultAnswer.REFUSAL else "")
    assert [name for name in names if name in there] == kept
    assert waited or not declared.held


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        ({"committed": False, "arrives": FaultAnswer.AS_SERVED}, "cannot be AS_SERVED"),
        ({"committed": False, "arrives": FaultAnswer.HALF}, "cannot be HALF"),
        ({"committed": True, "arrives": FaultAnswer.AS_SERVED}, "no fault"),
        ({"committed": False, "arrives": FaultAnswer.NOTHING, "halves": True}, "half of a call"),
        ({"committed": False, "arrives": FaultAnswer.NOTHING, "ends_session": True}, "is refused"),
    ],
)
def test_a_kind_that_would_do_nothing_or_invent_a_success_cannot_be_declared(
    declared: dict[str, Any], told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        FaultKind(**declared, doc="")


def test_faults_of_every_kind_leave_out_only_what_is_named() -> None:
    made = every_kind({"late": ({"delay_ms": 1}, {})}, without={"drip": "slow"})
    assert {each["kind"] for each in made} == KINDS.keys() - {"drip"}
    assert [each for each in made if each["kind"] == "late"] == [{"kind": "late", "delay_ms": 1}, {"kind": "late"}]
    for variants, without in (({"lat": ()}, {}), ({}, {"drop": ""}), ({"drip": ({},)}, {"drip": ""})):
        with pytest.raises(ValueError, match="no kinds of fault"):
            every_kind(variants, without=without)


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


@pytest.mark.parametrize(("sent", "kept"), [(1, 1), (2, 1), (7, 4)])
def test_half_of_a_bulk_call_is_kept_behind_a_refusal_of_the_whole(caller: Caller, sent: int, kept: int) -> None:
    caller.control.fault("error_after", BULK, code="BDC_4711", message="Strange.")
    answer = caller.call(
        BULK, {"bulk": [{"obj": {"entity": "Vendor", "name": f"V{number}"}} for number in range(sent)]}
    )
    assert answer["response_data"] == {"error_code": "BDC_4711", "error_message": "Strange."}
    assert [len(caller.filtered("Vendor", "name", "=", f"V{number}")) for number in range(sent)] == [
        int(number < kept) for number in range(sent)
    ]


def test_a_single_write_is_kept_behind_its_refusal(caller: Caller) -> None:
    caller.control.fault("error_after", CREATE, code="BDC_1119")
    assert code_of(attempt(caller, "B-1").json()) == "BDC_1119"
    assert has(caller, "B-1")


def test_the_elements_of_a_bulk_answer_come_in_reverse_order(caller: Caller) -> None:
    caller.control.fault("reordered", BULK)
    answer = caller.call(BULK, {"bulk": [{"obj": {"entity": "Vendor", "name": name}} for name in ("V0", "V1", "V2")]})
    assert [each["response_data"]["name"] for each in answer["response_data"]["bulk"]] == ["V2", "V1", "V0"]


def test_an_answer_drips(caller: Caller) -> None:
    caller.control.fault("drip", CREATE)
    with closing(begin(caller, CREATE, new_bill(caller, "B-1"))) as connection:
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(1)
        body = connection.recv(1000)
        assert len(body) < 100, "the rest is still to come"
    assert has(caller, "B-1")


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


def test_a_stalled_call_is_never_answered_and_changes_nothing(caller: Caller) -> None:
    caller.control.fault("stall", CREATE)
    with closing(begin(caller, CREATE, new_bill(caller, "B-1"))) as connection:
        connection.settimeout(0.2)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        assert logged(caller, "stall") == []
    until(lambda: logged(caller, "stall") == [(CREATE, "stall")])
    assert not has(caller, "B-1")
    assert attempt(caller, "B-1").json()["response_status"] == 0


def test_a_stalled_call_may_end_in_a_closed_connection(caller: Caller) -> None:
    caller.control.fault("stall", CREATE, delay_ms=DELAY_MS)
    began = time.monotonic()
    with pytest.raises(requests.ConnectionError):
        attempt(caller, "B-1")
    assert time.monotonic() - began >= DELAY_MS / 1000
    entry = caller.control.requests()[-1]
    assert (entry["code"], entry["fault"]) == ("stall", "stall")
    assert entry["duration_ms"] >= DELAY_MS
    assert not has(caller, "B-1")


def test_a_stalled_call_ends_before_its_time_when_its_caller_goes(caller: Caller) -> None:
    caller.control.fault("stall", TIME, delay_ms=10 * TIMEOUT_S * 1000)
    begin(caller, TIME, caller.form()).close()
    until(lambda: logged(caller, "stall") == [(TIME, "stall")])


def test_a_late_call_is_made_once_its_caller_has_given_up(caller: Caller) -> None:
    caller.control.fault("late", CREATE)
    with closing(begin(caller, CREATE, new_bill(caller, "B-1"))):
        assert not has(caller, "B-1")
        assert logged(caller, "late") == []
    until(lambda: logged(caller, "late") == [(CREATE, "OK")])
    assert has(caller, "B-1")


def test_a_late_call_is_answered_if_somebody_still_listens(caller: Caller) -> None:
    caller.control.fault("late", CREATE, delay_ms=DELAY_MS)
    began = time.monotonic()
    assert attempt(caller, "B-1").json()["response_status"] == 0
    assert time.monotonic() - began >= DELAY_MS / 1000
    assert has(caller, "B-1")


def test_a_late_call_is_made_in_its_own_time_when_nobody_listens(caller: Caller) -> None:
    caller.control.fault("late", CREATE, delay_ms=DELAY_MS)
    begin(caller, CREATE, new_bill(caller, "B-1")).close()
    until(lambda: logged(caller, "late") == [(CREATE, "OK")])
    assert caller.control.requests()[-1]["duration_ms"] >= DELAY_MS
    assert has(caller, "B-1")


def test_a_late_call_that_was_sent_again_meanwhile_makes_no_second_bill(caller: Caller) -> None:
    caller.control.fault("late", CREATE)
    sent = new_bill(caller, "B-1")
    with closing(begin(caller, CREATE, sent)):
        assert caller.post(CREATE, sent).json()["response_status"] == 0
    until(lambda: logged(caller, "late") == [(CREATE, "BDC_1171")])
    assert len(caller.filtered("Bill", "invoiceNumber", "=", "B-1")) == 1


@pytest.mark.parametrize("path", [CREATE, "/GetSessionInfo.json"])
def test_a_late_call_whose_session_has_ended_is_refused(caller: Caller, path: str) -> None:
    caller.control.fault("late", path)
    with closing(begin(caller, path, new_bill(caller, "B-1"))):
        caller.ok("/Logout.json")
    until(lambda: logged(caller, "late") == [(path, "BDC_1109")])
    caller.session_id = caller.sign_in()["response_data"]["sessionId"]
    assert not has(caller, "B-1")


@pytest.mark.parametrize(("kind", "code"), [("late", "OK"), ("stall", "stall")])
def test_a_login_can_wait_too(caller: Caller, kind: str, code: str) -> None:
    caller.control.fault(kind, "/Login.json")
    login = {"userName": defaults.USERNAME, "password": defaults.PASSWORD, "orgId": caller.organization}
    begin(caller, "/Login.json", {**login, "devKey": defaults.DEVELOPER_KEY}).close()
    until(lambda: logged(caller, kind) == [("/Login.json", code)])


@pytest.mark.parametrize("kind", ["stall", "late"])
def test_a_call_that_waits_holds_its_place_until_it_ends(caller: Caller, kind: str) -> None:
    caller.control.limit(concurrent=1)
    caller.control.fault(kind, CREATE)
    with closing(begin(caller, CREATE, new_bill(caller, "B-1"))):
        assert caller.refused(TIME) == "BDC_1322"
    until(lambda: logged(caller, kind))
    caller.ok(TIME)


@pytest.mark.parametrize("kind", ["stall", "late"])
def test_a_call_that_is_refused_at_the_door_does_not_wait(caller: Caller, kind: str) -> None:
    caller.control.fault(kind, TIME, count=0)
    good = caller.form()
    for wrong, code in (({"devKey": "nobody"}, "BDC_1102"), ({"sessionId": "nobody"}, "BDC_1109")):
        assert code_of(caller.post(TIME, {**good, **wrong}).json()) == code
    caller.control.limit(concurrent=0)
    assert caller.refused(TIME) == "BDC_1322"
    caller.control.limit(requests_per_hour=0)
    assert caller.refused(TIME) == "BDC_1144"


@pytest.mark.parametrize("kind", ["stall", "late"])
def test_a_call_that_waits_does_not_keep_the_server_from_stopping(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    with Simulator(**SMALL) as simulator, Caller(simulator) as caller:
        caller.control.fault(kind, CREATE)
        held = begin(caller, CREATE, new_bill(caller, "B-1"))
    with closing(held):
        assert held.recv(1) == b""
    books = simulator._world.books[defaults.ORGANIZATION_ID]
    assert len(books.tables["Bill"].rows) == SMALL["bills"]
    assert [each.getMessage() for each in caplog.records if each.name == "uvicorn.error"] == []


def test_a_call_that_never_came_whole_is_in_the_request_log_and_meets_no_fault(caller: Caller) -> None:
    caller.control.fault("error", CREATE)
    send(caller, CREATE, urlencode(new_bill(caller, "B-1")).encode(), missing=1).close()
    until(lambda: caller.control.requests()[-1]["code"] == "gone")
    assert caller.control.requests()[-1]["path"] == CREATE
    assert caller.control.faults()[0]["matched"] == 0
    assert not has(caller, "B-1")


@pytest.mark.parametrize("code", ["BDC_1322", "BDC_1144", "BDC_1001"])
def test_a_burst_refuses_so_many_calls_in_a_row_and_nothing_happens(caller: Caller, code: str) -> None:
    path = "/Bulk/Crud/Create/Bill.json"
    caller.control.fault("error", path, code=code, nth=2, count=3)
    vendor = caller.list("Vendor")[0]["id"]
    sent = [{"bulk": [{"obj": bill(vendor, f"B-{number}")}]} for number in range(5)]
    answers = [caller.call(path, each) for each in sent]
    assert ["OK" if each["response_status"] == 0 else code_of(each) for each in answers] == ["OK", *[code] * 3, "OK"]
    assert [has(caller, f"B-{number}") for number in range(5)] == [True, False, False, False, True]


def test_chance_strikes_the_same_calls_again_with_the_same_seed(caller: Caller) -> None:
    seen = []
    for seed in (7, 7, 8):
        caller.control.clear_faults()
        caller.control.fault("error", TIME, count=0, chance=0.3, seed=seed)
        seen.append(pattern(caller, 60))
        (fault,) = caller.control.faults()
        assert (fault["matched"], fault["fired"]) == (60, seen[-1].count("BDC_1001"))
        assert 5 < fault["fired"] < 35
    assert seen[0] == seen[1] != seen[2]


def test_chance_begins_at_the_nth_call_and_ends_with_count(caller: Caller) -> None:
    caller.control.fault("error", TIME, nth=11, count=3, chance=0.5)
    seen = pattern(caller, 40)
    assert "BDC_1001" not in seen[:10]
    assert seen.count("BDC_1001") == 3
    assert seen[10:13] != ["BDC_1001"] * 3


def test_each_fault_throws_its_own_dice_whatever_the_others_do(caller: Caller) -> None:
    details = {"count": 0, "chance": 0.5}
    alone = []
    for seed in (1, 2):
        caller.control.clear_faults()
        caller.control.fault("error", TIME, code="BDC_1001", seed=seed, **details)
        alone.append([each != "OK" for each in pattern(caller, 30)])
    caller.control.clear_faults()
    caller.control.fault("error", TIME, code="BDC_1001", seed=1, **details)
    caller.control.fault("error", TIME, code="BDC_1002", seed=2, **details)
    expected = ["BDC_1001" if one else "BDC_1002" if two else "OK" for one, two in zip(*alone, strict=True)]
    assert pattern(caller, 30) == expected


def test_the_faults_are_shown_with_all_that_was_scripted(caller: Caller) -> None:
    caller.control.fault("late", "/List/*", nth=2, count=3, chance=0.25, seed=9, delay_ms=40)
    caller.control.fault("error", code="BDC_1144", message="Enough.")
    first, second = caller.control.faults()
    assert first == {
        "kind": "late",
        "path": "/List/*",
        "nth": 2,
        "count": 3,
        "chance": 0.25,
        "seed": 9,
        "delay_ms": 40,
        "code": None,
        "message": None,
        "matched": 0,
        "fired": 0,
    }
    assert (second["chance"], second["delay_ms"], second["code"], second["message"]) == (1, None, "BDC_1144", "Enough.")
    assert {"stall", "late"} <= set(caller.control.get("/faults")["kinds"])


@pytest.mark.parametrize(
    ("details", "told"),
    [
        ({"kind": "earthquake"}, "drop_before"),
        ({"kind": "error", "path": 5}, "path"),
        ({"kind": "error", "nth": True}, "nth"),
        ({"kind": "error", "chance": 0}, "chance"),
        ({"kind": "error", "chance": 1.5}, "chance"),
        ({"kind": "error", "chance": "often"}, "chance"),
        ({"kind": "error", "seed": "lucky"}, "seed"),
        ({"kind": "error", "code": "1322"}, "code"),
        ({"kind": "error", "code": "BDC_13221"}, "code"),
        ({"kind": "error", "message": 5}, "message"),
        ({"kind": "error", "delay_ms": 50}, "stall and late"),
        ({"kind": "late", "delay_ms": -1}, "delay_ms"),
        ({"kind": "late", "delay_ms": 10**400}, "delay_ms"),
        ({"kind": "error", "_dice": 1}, "_dice"),
        ({"kind": "error", "nth": 0}, "nth"),
        ({"kind": "error", "count": -1}, "count"),
        ({"kind": "error", "fired": 3}, "unknown detail of a fault 'fired'"),
        ({"kind": "error", "when": "now"}, "when"),
        ({}, "kind"),
    ],
)
def test_a_wrong_fault_is_refused_with_a_reason(caller: Caller, details: dict[str, Any], told: str) -> None:
    with pytest.raises(ControlError, match=told):
        caller.control.call("POST", "/faults", details)
    assert caller.control.faults() == []
