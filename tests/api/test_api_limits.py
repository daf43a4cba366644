"""Three calls at once, and an hour that is waited out once."""

from __future__ import annotations

import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from api_scripted import LOGIN
from conftest import client_for, settings

from bill_api.client import BillClient
from bill_api.connection import Connection
from bill_api.entities import BY_NAME
from bill_api.errors import HourlyLimitLastsError, NotPermittedError, ThrottledError
from bill_api.table.query import ListQuery
from bill_api.wire.limits import CONCURRENCY_LIMIT, Limits, seconds_to_next_hour
from bill_program.exit_codes import ExitCode
from bill_simulator import Simulator, defaults

if TYPE_CHECKING:
    from collections.abc import Callable

pytest_plugins = ["api_fixtures"]

VENDOR = BY_NAME["Vendor"]
LIST = "/List/Vendor.json"
CREATE = "/Crud/Create/Vendor.json"
NOW = "2025-07-01T09:40:00Z"
TO_TEN_S = 20 * 60 + 5
WAIT_S = 20


def vendors(bill: Simulator) -> list[str]:
    return [each["name"] for each in bill.control.books(defaults.ORGANIZATION_ID, "Vendor")]


def client_that_waits(bill: Simulator, sleep: Callable[[float], None]) -> BillClient:
    bill.control.set_clock(NOW)
    now_s = datetime.fromisoformat(NOW).timestamp()
    return BillClient(Connection.from_settings(settings(bill)), sleep=sleep, now_s=lambda: now_s)


# At once


def test_a_place_is_given_back_when_a_call_fails(bill: Simulator) -> None:
    client = client_for(bill)
    bill.control.fault("error", LIST, code="BDC_1145", count=CONCURRENCY_LIMIT)
    for _ in range(CONCURRENCY_LIMIT):
        with pytest.raises(NotPermittedError):
            client.list_page(VENDOR, ListQuery())
    # Aside, so that a place that is gone for good fails the test and does not stop it.
    after = threading.Thread(target=client.list_page, args=(VENDOR, ListQuery()), daemon=True)
    after.start()
    after.join(5)
    assert not after.is_alive()


def test_twelve_threads_never_make_more_than_three_calls_at_once(bill: Simulator) -> None:
    bill.control.limit(latency_ms=15)
    client = client_for(bill)
    with ThreadPoolExecutor(12) as pool:
        calls = [pool.submit(client.list_page, VENDOR, ListQuery()) for _ in range(36)]
        assert [call.result() for call in calls] == [[]] * 36
    summary = bill.control.summary()
    assert summary["peak_at_once"] == CONCURRENCY_LIMIT
    assert set(summary["codes"]) == {"OK"}


def test_clients_of_one_organization_share_their_places(bill: Simulator) -> None:
    bill.control.limit(latency_ms=15)
    places = Limits(2)
    connection = Connection.from_settings(settings(bill))
    clients = [BillClient(connection, limits=places) for _ in range(3)]
    with ThreadPoolExecutor(6) as pool:
        for call in [pool.submit(client.list_page, VENDOR, ListQuery()) for client in clients * 4]:
            call.result()
    assert bill.control.summary()["peak_at_once"] == 2
    assert places.calls() == {LOGIN: 3, LIST: 12}


def test_the_threads_of_a_client_end_with_it_and_begin_anew_where_they_are_needed_again(bill: Simulator) -> None:
    def threads() -> set[threading.Thread]:
        return {each for each in threading.enumerate() if each.name.startswith("bill ")}

    client, others = client_for(bill), threads()
    client.close()  # of a client that needed none, too
    for _ in range(2):
        results = [client.begin(client.list_page, VENDOR, ListQuery()) for _ in range(5)]
        assert [result() for result in results] == [[]] * 5
        started = threads() - others
        assert len(started) == 3
        client.close()
        for each in started:
            each.join(WAIT_S)
            assert not each.is_alive()


@pytest.mark.parametrize("concurrency", [-1, 0, 4])
def test_places_that_bill_does_not_have_are_refused(concurrency: int) -> None:
    with pytest.raises(ValueError, match=f"concurrency is {concurrency}; BILL allows 1 to 3"):
        Limits(concurrency)


@pytest.mark.usefixtures("short_waits")
def test_a_throttled_write_is_sent_again_with_backoff_and_happens_once(
    bill: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    bill.control.fault("error", CREATE, code="BDC_1322", count=2)
    assert client_for(bill).create(VENDOR, {"name": "Fern"})["name"] == "Fern"
    assert vendors(bill) == ["Fern"]
    assert bill.control.summary()["paths"][CREATE] == 3
    told = [record.getMessage() for record in caplog.records if "Trying again" in record.getMessage()]
    assert len(told) == 2
    assert all("BDC_1322" in each for each in told)
    assert "(attempt 3)" in told[1]


@pytest.mark.usefixtures("short_waits")
def test_throttling_that_does_not_end_is_an_error_after_a_bounded_number_of_attempts(bill: Simulator) -> None:
    bill.control.fault("error", CREATE, code="BDC_1322", count=0)
    with pytest.raises(ThrottledError):
        client_for(bill).create(VENDOR, {"name": "Fern"})
    assert vendors(bill) == []
    assert bill.control.summary()["paths"][CREATE] == 6


# Per hour


@pytest.mark.parametrize(
    ("now", "wait_s"),
    [
        ("2025-07-01T09:40:00Z", 1200.0),
        ("2025-07-01T09:59:59.500Z", 0.5),
        ("2025-07-01T10:00:00Z", 3600.0),
        # A clock hour is an hour of UTC's clock, also where the local one is half an hour off.
        ("2025-07-01T09:40:00+05:30", 3000.0),
    ],
)
def test_the_wait_reaches_to_the_next_full_hour(now: str, wait_s: float) -> None:
    assert seconds_to_next_hour(datetime.fromisoformat(now).timestamp()) == wait_s


@pytest.mark.parametrize(
    "limits", [{"requests_per_hour": 1}, {"logins_per_hour": 0}], ids=["calls used up", "logins used up"]
)
def test_an_hour_that_is_used_up_is_waited_out_and_the_write_happens_once(
    bill: Simulator, limits: dict[str, int], caplog: pytest.LogCaptureFixture
) -> None:
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        bill.control.limit(requests_per_hour=20_000, logins_per_hour=200)
        bill.control.advance(seconds)

    bill.control.limit(**limits)
    client = client_that_waits(bill, sleep)
    assert client.create(VENDOR, {"name": "Fern"})["name"] == "Fern"
    assert waited == [TO_TEN_S]
    assert vendors(bill) == ["Fern"]
    assert bill.control.summary()["codes"] == {"BDC_1144": 1, "OK": 2}
    assert "Waiting until 10:00:05 UTC" in caplog.text


def test_the_hour_turns_at_the_simulator_by_the_wait_alone(bill: Simulator) -> None:
    bill.control.limit(requests_per_hour=2)
    client = client_that_waits(bill, bill.control.advance)
    client.list_page(VENDOR, ListQuery())
    client.create(VENDOR, {"name": "Fern"})
    client.create(VENDOR, {"name": "Oak"})
    assert vendors(bill) == ["Fern", "Oak"]
    assert bill.control.summary()["codes"] == {"BDC_1144": 1, "OK": 4}


def test_an_hourly_limit_that_does_not_end_with_the_hour_is_fatal_after_one_wait(bill: Simulator) -> None:
    waited: list[float] = []
    bill.control.limit(requests_per_hour=1)
    with pytest.raises(HourlyLimitLastsError, match="did not end with the hour") as caught:
        client_that_waits(bill, waited.append).create(VENDOR, {"name": "Fern"})
    assert caught.value.code == "BDC_1144"
    assert waited == [TO_TEN_S]
    assert vendors(bill) == []
    assert bill.control.summary()["paths"] == {LOGIN: 1, CREATE: 2}
    assert caught.value.exit_code == ExitCode.LIMIT


@pytest.mark.parametrize("ahead_s", [-200, -20, 0, 6, 20, 250])
@pytest.mark.parametrize("used_up_at", ["2025-07-01T09:40:00Z", "2025-07-01T09:58:30Z", "2025-07-01T09:59:55Z"])
def test_an_hour_is_waited_out_whatever_our_clock_says_within_minutes(
    bill: Simulator, used_up_at: str, ahead_s: float
) -> None:
    bill.control.set_clock(used_up_at)
    began_s = datetime.fromisoformat(used_up_at).timestamp()
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        bill.control.advance(seconds)

    bill.control.limit(requests_per_hour=1)
    connection = Connection.from_settings(settings(bill))
    client = BillClient(connection, sleep=sleep, now_s=lambda: began_s + ahead_s + sum(waited))
    client.session_id()
    assert client.create(VENDOR, {"name": "Fern"})["name"] == "Fern"
    assert vendors(bill) == ["Fern"]
    to_the_hour_s = 3600 - began_s % 3600
    assert sum(waited) <= to_the_hour_s + 5 + abs(ahead_s) + 2 * 60


def test_an_hourly_limit_that_never_ends_is_given_up_a_while_after_the_hour(bill: Simulator) -> None:
    waited: list[float] = []
    bill.control.set_clock(NOW)
    bill.control.limit(requests_per_hour=1)
    began_s = datetime.fromisoformat(NOW).timestamp()
    client = BillClient(
        Connection.from_settings(settings(bill)), sleep=waited.append, now_s=lambda: began_s + sum(waited)
    )
    with pytest.raises(HourlyLimitLastsError, match="did not end with the hour"):
        client.create(VENDOR, {"name": "Fern"})
    # Once a minute in the first five of the hour, in which BILL's clock may still be behind ours.
    assert waited == [TO_TEN_S, 60, 60, 60, 60, 60]


@pytest.mark.parametrize(
    ("now", "wait_s"),
    [
        ("2025-07-01T09:59:59Z", 6),
        ("2025-07-01T10:00:00Z", 60),
        ("2025-07-01T10:04:59Z", 60),
        ("2025-07-01T10:05:00Z", 55 * 60 + 5),
    ],
)
def test_early_in_an_hour_it_is_asked_again_soon_and_later_not_before_the_next(
    bill: Simulator, now: str, wait_s: float
) -> None:
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        bill.control.limit(requests_per_hour=20_000)

    bill.control.set_clock(now)
    bill.control.limit(requests_per_hour=1)
    now_s = datetime.fromisoformat(now).timestamp()
    client = BillClient(Connection.from_settings(settings(bill)), sleep=sleep, now_s=lambda: now_s)
    assert client.create(VENDOR, {"name": "Fern"})["name"] == "Fern"
    assert waited == [wait_s]


def test_an_hour_that_is_used_up_as_soon_as_it_begins_is_waited_out_too(bill: Simulator) -> None:
    began_s = datetime.fromisoformat("2025-07-01T10:00:30Z").timestamp()
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        if seconds > 60:
            bill.control.limit(requests_per_hour=20_000)

    bill.control.set_clock("2025-07-01T10:00:30Z")
    bill.control.limit(requests_per_hour=1)
    client = BillClient(Connection.from_settings(settings(bill)), sleep=sleep, now_s=lambda: began_s + sum(waited))
    assert client.create(VENDOR, {"name": "Fern"})["name"] == "Fern"
    assert waited == [60, 60, 60, 60, 60, 54 * 60 + 30 + 5]


def test_an_hourly_limit_under_a_clock_that_stands_still_comes_to_an_end(bill: Simulator) -> None:
    waited: list[float] = []
    bill.control.limit(requests_per_hour=1)
    early_s = datetime.fromisoformat("2025-07-01T10:00:30Z").timestamp()
    bill.control.set_clock("2025-07-01T10:00:30Z")
    client = BillClient(Connection.from_settings(settings(bill)), sleep=waited.append, now_s=lambda: early_s)
    with pytest.raises(HourlyLimitLastsError, match="did not end with the hour"):
        client.create(VENDOR, {"name": "Fern"})
    assert waited == [60] * 12


def test_a_session_that_expires_while_the_hour_is_waited_out_is_renewed_even_if_it_was_new(bill: Simulator) -> None:
    client = client_that_waits(bill, bill.control.advance)
    bill.control.limit(requests_per_hour=4, session_idle_s=300)
    client.list_page(VENDOR, ListQuery())
    bill.control.advance(301)
    # Expired, renewed, turned away until the hour turns, and then expired once more.
    assert client.create(VENDOR, {"name": "Fern"})["name"] == "Fern"
    assert vendors(bill) == ["Fern"]
    summary = bill.control.summary()
    assert summary["codes"] == {"BDC_1109": 2, "BDC_1144": 1, "OK": 5}
    assert summary["logins"] == 3


# Somebody else uses the account


def test_a_crowded_account_is_used_with_fewer_places_and_with_more_again_after_a_while_of_calm() -> None:
    limits = Limits()
    for left in (2, 1, 1):
        limits.crowded()
        assert limits.allowed == left
    for more in (2, 3, 3):
        before = limits.allowed
        for _ in range(50):
            assert limits.allowed == before
            with limits.place("/x"):
                pass
        assert limits.allowed == more


def until(holds: Callable[[], bool]) -> None:
    """Wait for what another thread does."""
    deadline = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_only_as_many_calls_as_are_allowed_are_under_way_and_the_others_are_counted() -> None:
    limits = Limits()
    limits.crowded()
    limits.crowded()
    assert limits.allowed == 1
    entered: list[int] = []
    goes_on = threading.Semaphore(0)

    def call(number: int) -> None:
        with limits.place("/x"):
            entered.append(number)
            goes_on.acquire()

    threads = [threading.Thread(target=call, args=(number,), daemon=True) for number in range(4)]
    for started, thread in enumerate(threads, 1):
        thread.start()
        # The first has the place; each further one is one more that waits.
        until(lambda: (len(entered), limits.waiting) == (1, started - 1))  # noqa: B023  called at once
    for done in range(1, 4):
        goes_on.release()
        until(lambda: (len(entered), limits.waiting) == (done + 1, 3 - done))  # noqa: B023  called at once
    goes_on.release()
    for thread in threads:
        thread.join(WAIT_S)
    assert sorted(entered) == [0, 1, 2, 3]
    assert limits.waiting == 0
    assert limits.calls() == {"/x": 4}


def test_who_gives_up_waiting_is_counted_no_more() -> None:
    limits = Limits(1)
    held = threading.Event()

    class GivesUpError(Exception):
        pass

    def give_up(*_: object) -> None:
        raise GivesUpError

    waits_here = threading.get_ident()

    def interrupt() -> None:
        until(lambda: limits.waiting == 1)
        signal.pthread_kill(waits_here, signal.SIGUSR1)

    before = signal.signal(signal.SIGUSR1, give_up)
    try:
        with limits.place("/first"):
            helper = threading.Thread(target=interrupt)
            helper.start()
            with pytest.raises(GivesUpError), limits.place("/second"):
                held.set()
            helper.join(WAIT_S)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert not held.is_set()
    assert limits.waiting == 0
    with limits.place("/third"):
        assert limits.calls() == {"/first": 1, "/third": 1}


def test_bill_saying_that_it_is_crowded_takes_a_place_away(bill: Simulator) -> None:
    limits = Limits()
    client = BillClient(Connection.from_settings(settings(bill)), limits=limits)
    bill.control.fault("error", LIST, code="BDC_1322")
    client.list_page(VENDOR, ListQuery(limit=1))
    assert limits.allowed == 2
