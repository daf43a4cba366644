"""How much BILL takes at once and per hour (facts: section 11, documented: api-rate-limits)."""

from __future__ import annotations

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
import requests
from simulator_caller import SMALL, TIMEOUT_S, Caller, bill, code_of

from bill_simulator import Directory, Simulator, defaults
from bill_simulator.server import listening

if TYPE_CHECKING:
    from collections.abc import Callable

pytest_plugins = ["simulator_fixtures"]

LATENCY_MS = 150
FIRST_KEY, SECOND_KEY = "01FIRST", "01SECOND"


def codes_at_once(*calls: Callable[[], requests.Response]) -> list[str]:
    """Codes of calls that start together."""
    together = threading.Barrier(len(calls))

    def run(call: Callable[[], requests.Response]) -> str:
        together.wait()
        answer = call().json()
        return "OK" if answer["response_status"] == 0 else code_of(answer)

    with ThreadPoolExecutor(len(calls)) as pool:
        return sorted(pool.map(run, calls))


def listing(caller: Caller, key: str = defaults.DEVELOPER_KEY) -> Callable[[], requests.Response]:
    form = {**caller.form({}), "devKey": key}
    return lambda: requests.post(f"{caller.simulator.api_url}/List/Vendor.json", form, timeout=TIMEOUT_S)


def test_the_fourth_call_at_once_is_1322(caller: Caller) -> None:
    caller.control.limit(latency_ms=LATENCY_MS)
    assert codes_at_once(*[listing(caller)] * 5) == ["BDC_1322", "BDC_1322", "OK", "OK", "OK"]
    caller.ok("/List/Vendor.json")
    assert caller.control.summary()["peak_at_once"] >= 4


def test_three_at_once_are_fine_and_their_places_are_free_again(caller: Caller) -> None:
    caller.control.limit(latency_ms=LATENCY_MS)
    for _ in range(2):
        assert codes_at_once(*[listing(caller)] * 3) == ["OK"] * 3
    assert caller.control.summary()["peak_at_once"] == 3


def test_a_refused_or_failed_call_gives_its_place_back(caller: Caller) -> None:
    for _ in range(4):
        assert caller.refused("/Crud/Read/Vendor.json", {"id": "nobody"}) == "BDC_1120"
        assert caller.refused("/List/Nonsense.json", {}) == "BDC_1128"
    caller.ok("/List/Vendor.json")


def test_each_organization_and_each_key_has_places_of_its_own() -> None:
    with (
        Simulator(**SMALL, directory=Directory(developer_keys=(FIRST_KEY, SECOND_KEY))) as simulator,
        Caller(simulator, devKey=FIRST_KEY) as one,
        Caller(simulator, defaults.EMPTY_ORGANIZATION_ID, devKey=FIRST_KEY) as other_organization,
        Caller(simulator, devKey=SECOND_KEY) as other_key,
    ):
        simulator.control.limit(latency_ms=LATENCY_MS)
        calls = [listing(one, FIRST_KEY), listing(other_organization, FIRST_KEY), listing(other_key, SECOND_KEY)]
        assert codes_at_once(*calls * 3) == ["OK"] * 9


def test_calls_of_one_organization_really_overlap(caller: Caller) -> None:
    caller.control.limit(latency_ms=300)
    caller.control.forget_requests()
    codes_at_once(*[listing(caller)] * 3)
    summary = caller.control.summary()
    assert summary["peak_at_once_by_organization"] == {caller.organization: 3}
    caller.control.forget_requests()
    assert caller.control.summary()["peak_at_once"] == 0


def test_how_many_at_once_can_be_changed(caller: Caller) -> None:
    caller.control.limit(latency_ms=LATENCY_MS, concurrent=1)
    assert codes_at_once(*[listing(caller)] * 2) == ["BDC_1322", "OK"]


def test_writes_can_take_longer_and_commit_at_the_end(caller: Caller) -> None:
    vendor = caller.vendor()
    caller.control.limit(write_latency_ms=400)
    sent = caller.form({"obj": bill(vendor, "B-1")})
    url = f"{caller.simulator.api_url}/Crud/Create/Bill.json"
    with pytest.raises(requests.Timeout):
        requests.post(url, sent, timeout=0.1)
    assert caller.filtered("Bill", "invoiceNumber", "=", "B-1") == []
    caller.control.limit(write_latency_ms=0)
    for _ in range(200):
        if caller.filtered("Bill", "invoiceNumber", "=", "B-1"):
            return
        threading.Event().wait(0.01)
    pytest.fail("a call whose caller went away is served all the same")


def test_the_hourly_limit_holds_until_the_clock_hour_turns(caller: Caller) -> None:
    caller.control.set_clock("2025-09-01T10:59:00Z")
    caller.session_id = caller.sign_in()["response_data"]["sessionId"]
    caller.control.limit(requests_per_hour=5)
    answers = [caller.call("/GetSessionInfo.json") for _ in range(6)]
    assert [each["response_status"] for each in answers] == [0, 0, 0, 0, 1, 1]
    assert code_of(answers[-1]) == "BDC_1144"
    message = answers[-1]["response_data"]["error_message"]
    assert message == "Max number of allowed requests per hour reached: 5."
    assert code_of(caller.sign_in()) == "BDC_1144"
    caller.control.set_clock("2025-09-01T11:00:01Z")
    caller.ok("/GetSessionInfo.json")


def test_a_longer_wait_inside_the_hour_does_not_help(caller: Caller) -> None:
    caller.control.set_clock("2025-09-01T10:00:01Z")
    caller.session_id = caller.sign_in()["response_data"]["sessionId"]
    caller.control.limit(requests_per_hour=1)
    caller.control.advance(30 * 60)
    assert caller.refused("/GetSessionInfo.json") == "BDC_1144"


def test_logins_and_list_orgs_have_a_limit_of_their_own(caller: Caller) -> None:
    caller.control.set_clock("2025-09-01T10:10:00Z")
    caller.control.limit(logins_per_hour=3)
    form = {"userName": defaults.USERNAME, "password": defaults.PASSWORD, "devKey": defaults.DEVELOPER_KEY}
    caller.session_id = caller.sign_in()["response_data"]["sessionId"]
    assert code_of(caller.sign_in(password="wrong")) == "BDC_1101"
    assert caller.post("/ListOrgs.json", form).json()["response_status"] == 0
    assert code_of(caller.sign_in()) == "BDC_1144"
    assert code_of(caller.post("/ListOrgs.json", form).json()) == "BDC_1144"
    caller.ok("/GetSessionInfo.json")
    caller.control.advance(3600)
    assert caller.sign_in()["response_status"] == 0


def test_the_documented_numbers_are_the_defaults(caller: Caller) -> None:
    limits = caller.control.get("/limits")
    assert (limits["concurrent"], limits["requests_per_hour"], limits["logins_per_hour"]) == (3, 20_000, 200)
    assert (limits["session_idle_s"], limits["bulk_objects"], limits["list_rows"]) == (2100, 100, 999)


def test_keys_are_counted_apart() -> None:
    directory = Directory(developer_keys=(FIRST_KEY, SECOND_KEY))
    limits = {"requests_per_hour": 2}
    with (
        Simulator(**SMALL, directory=directory, limits=limits) as simulator,
        Caller(simulator, devKey=FIRST_KEY) as caller,
    ):
        listing(caller, FIRST_KEY)()
        assert code_of(listing(caller, FIRST_KEY)().json()) == "BDC_1144"
        assert caller.sign_in(devKey=SECOND_KEY)["response_status"] == 0


def test_the_control_plane_counts_against_nothing(caller: Caller) -> None:
    before = caller.control.get("/limits")["used"]
    caller.control.limit(requests_per_hour=0, concurrent=0)
    for _ in range(5):
        caller.control.totals(caller.organization)
    assert caller.control.get("/limits")["used"] == before


def test_answers_on_a_kept_connection_do_not_wait_for_nagle() -> None:
    # asyncio turns it off only on sockets that name their protocol; without it every call takes 40 ms
    listener = listening("127.0.0.1", 0)
    try:
        assert listener.proto == socket.IPPROTO_TCP
    finally:
        listener.close()
