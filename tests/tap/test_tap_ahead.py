"""Lists that are asked for ahead: no call more, no more at once, and the output of lists that are read in turn."""

from __future__ import annotations

import json
import os
import signal
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from conftest import everything, run, selection, settings
from programs import Started
from test_tap_lines import HOUR_S, lists, synced

from bill_api.entities import BY_STREAM
from bill_api.errors import BillError
from bill_simulator import Simulator, defaults
from bill_singer.stream_names import PARTS
from tap_bill.ahead import LARGE_AHEAD, LISTS_AHEAD, ReadAhead
from tap_bill.tap import STREAM_NAMES, TapBill

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Ran

READINGS = (
    ("organizations",),
    ("payment_terms",),
    ("vendors",),
    ("customers",),
    ("bills", "bill_line_items"),
    ("invoices",),
    ("credit_memos",),
    ("received_pays", "invoice_pays"),
)
"""Streams that are read together, in the order in which they go out."""

ORGANIZATION = defaults.ORGANIZATION_ID
MINUTE_S = 60
EACH = tuple(f"008{number:017}" for number in range(1, 2 * LISTS_AHEAD))


@pytest.fixture
def many() -> Iterator[Simulator]:
    """A BILL whose user may enter many organizations."""
    with Simulator(vendors=0, customers=0, bills=0, invoices=0) as running:
        running.control.change_directory(organizations=[{"id": each, "name": each} for each in EACH])
        running.control.change_directory(users=[{"username": defaults.USERNAME, "organizations": list(EACH)}])
        for number, each in enumerate(EACH[:5]):
            running.control.seed(each, seed=number, vendors=6, customers=2, bills=30, invoices=5)
        yield running


def rows_and_schemas(ran: Ran) -> list[dict[str, Any]]:
    """What a sync has written, but for STATE, which goes out by size, and the time."""
    kept = [each for each in ran.messages if each["type"] != "STATE"]
    return [{name: value for name, value in each.items() if name != "time_extracted"} for each in kept]


def started(simulator: Simulator, folder: Path, **config: Any) -> Started:
    """A sync of what is selected there."""
    (folder / "config.json").write_text(json.dumps({**settings(simulator, naming="bill", timeout_s=60), **config}))
    arguments = ["--config", "config.json", "--catalog", "catalog.json"]
    return Started("tap_bill", arguments, cwd=folder, env=os.environ)


def until_held(simulator: Simulator, process: Started, calls: int) -> None:
    """Wait until so many calls are held by faults."""
    while sum(each["fired"] for each in simulator.control.faults()) < calls:
        assert process.poll() is None, process.communicate()


def stopped(process: Started, stop: signal.Signals) -> tuple[list[dict[str, Any]], str]:
    """Whole messages and log of a sync that gets a signal; it has to end at once."""
    process.send_signal(stop)
    _, err = process.communicate(timeout=10)
    assert process.returncode == (-stop if stop == signal.SIGKILL else 130), err
    return written(process), err


def written(process: Started) -> list[dict[str, Any]]:
    """The messages of a sync, but for one that broke off."""
    lines = process.written[0].decode().splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith("\n")]


# Calls


@pytest.mark.parametrize("max_concurrency", [1, 2, 3])
def test_lists_of_one_page_are_asked_for_together_and_never_more_than_may_be(
    simulator: Simulator, tmp_path: Path, max_concurrency: int
) -> None:
    first = synced(simulator, tmp_path, *BY_STREAM, *PARTS)
    once = lists(simulator)
    simulator.control.advance(HOUR_S)
    simulator.control.forget_requests()
    simulator.control.limit(latency_ms=30)
    synced(simulator, tmp_path, *BY_STREAM, *PARTS, state=first.state, max_concurrency=max_concurrency)
    summary = simulator.control.summary()
    assert summary["peak_at_once"] == max_concurrency
    assert set(summary["codes"]) == {"OK"}
    assert lists(simulator).keys() == once.keys()
    assert summary["logins"] == summary["paths"]["/CurrentTime.json"] == 1


def test_an_account_that_others_use_slows_it_down_and_loses_nothing(simulator: Simulator, tmp_path: Path) -> None:
    simulator.control.limit(latency_ms=20, concurrent=1)
    ran = synced(simulator, tmp_path, *BY_STREAM)
    for stream, entity in BY_STREAM.items():
        books = simulator.control.books(simulator.organization_id, entity.name)
        assert sorted(each["id"] for each in ran.records(stream)) == sorted(each["id"] for each in books), stream
    assert 0 < simulator.control.summary()["codes"]["BDC_1322"] <= 4


def test_bill_is_asked_for_its_time_before_the_first_list_of_each_organization(many: Simulator, tmp_path: Path) -> None:
    everything(tmp_path)
    ran = run("tap_bill", settings(many, organizations=EACH[:5]), tmp_path, "--catalog", str(tmp_path / "catalog.json"))
    assert ran.code == 0, ran.err
    paths: dict[str, list[str]] = {}
    for each in many.control.requests():
        paths.setdefault(each["organization"], []).append(each["path"])
    assert set(paths) == set(EACH[:5])
    assert all(found[:2] == ["/Login.json", "/CurrentTime.json"] for found in paths.values())
    assert all(found.count("/CurrentTime.json") == 1 for found in paths.values())


def test_of_a_list_ahead_there_is_one_page_and_of_a_list_that_is_not_selected_none(
    simulator: Simulator, tmp_path: Path
) -> None:
    selection(tmp_path, {"vendors", "bills", "invoices"})
    simulator.control.fault("stall", "/List/Vendor.json", nth=2, count=0)
    simulator.control.forget_requests()
    # What is asked for ahead is asked for before the second page of the list whose turn it is.
    process = started(simulator, tmp_path, page_size=4)
    until_held(simulator, process, 3)
    messages, _ = stopped(process, signal.SIGINT)
    called = lists(simulator)
    assert (called.pop("/List/Bill.json"), called.pop("/List/Invoice.json")) == (1, 1)
    assert called.keys() == {"/List/Vendor.json"}
    streams = {each.get("stream") for each in messages}
    assert streams == {"vendors", None}


# Output


def test_the_output_is_that_of_lists_which_are_read_one_after_the_other(simulator: Simulator, tmp_path: Path) -> None:
    assert [each for each in STREAM_NAMES if each in sum(READINGS, ())] == list(sum(READINGS, ()))
    by_itself = [message for each in READINGS for message in rows_and_schemas(synced(simulator, tmp_path, *each))]
    together = synced(simulator, tmp_path, *sum(READINGS, ()))
    assert rows_and_schemas(together) == by_itself


def test_organizations_are_read_side_by_side_and_go_out_list_by_list_in_their_order(
    many: Simulator, tmp_path: Path
) -> None:
    many.control.limit(latency_ms=20)
    catalog = selection(tmp_path, {"vendors", "bills", "bill_line_items", "invoices"})
    ran = run("tap_bill", settings(many, organizations=EACH[:5], page_size=8), tmp_path, "--catalog", str(catalog))
    assert ran.code == 0, ran.err
    peaks = many.control.summary()["peak_at_once_by_organization"]
    assert set(peaks.values()) <= {1, 2, 3}
    documents = [each for each in ran.messages if each["type"] == "RECORD" and each["stream"] != "bill_line_items"]
    order = [(each["stream"], each["record"]["organizationId"]) for each in documents]
    assert list(dict.fromkeys(order)) == [
        (name, each) for name in ("vendors", "bills", "invoices") for each in EACH[:5]
    ]
    assert order == sorted(order, key=list(dict.fromkeys(order)).index)
    for each in EACH[:5]:
        books = {row["id"] for row in many.control.books(each, "Bill")}
        assert {row["id"] for row in ran.records("bills") if row["organizationId"] == each} == books


@pytest.mark.parametrize(
    ("stream", "path", "most"),
    [("users", "/List/User.json", LISTS_AHEAD), ("vendors", "/List/Vendor.json", LARGE_AHEAD)],
)
def test_as_many_organizations_are_asked_as_there_may_be_lists_ahead(
    many: Simulator, tmp_path: Path, stream: str, path: str, most: int
) -> None:
    selection(tmp_path, {stream})
    many.control.fault("stall", path, nth=2, count=0)
    process = started(many, tmp_path, organizations=EACH)
    until_held(many, process, most + 1)
    stopped(process, signal.SIGINT)
    summary = many.control.summary()
    # One is out, the turn of one has come.
    assert summary["paths"][path] == summary["logins"] == most + 2


# What goes wrong


def test_an_error_of_a_list_ahead_waits_for_its_turn(simulator: Simulator, tmp_path: Path) -> None:
    simulator.control.fault("error", "/List/Invoice.json", count=0, code="BDC_1132")
    catalog = selection(tmp_path, {"vendors", "bills", "invoices", "received_pays"})
    ran = run("tap_bill", settings(simulator, page_size=4), tmp_path, "--catalog", str(catalog))
    assert ran.code == 1
    assert "/List/Invoice.json" in ran.err
    assert lists(simulator)["/List/ReceivedPay.json"] == 1  # it was asked for ahead
    streams = list(dict.fromkeys(each["stream"] for each in ran.messages if each["type"] == "RECORD"))
    assert streams == ["vendors", "bills"]
    assert len({each["id"] for each in ran.records("bills")}) == 60
    done = {
        name
        for name, stream in ran.state["bookmarks"].items()
        if any(each.get("replication_key_value") for each in stream["partitions"])
    }
    assert done == {"vendors", "bills"}


def test_a_refused_list_ahead_is_skipped_on_its_turn(simulator: Simulator, tmp_path: Path) -> None:
    simulator.control.fault("error", "/List/Customer.json", count=0, code="BDC_1145")
    ran = synced(simulator, tmp_path, "vendors", "customers", "bills")
    streams = list(dict.fromkeys(each["stream"] for each in ran.messages if each["type"] == "RECORD"))
    assert streams == ["vendors", "bills"]
    assert ran.err.count("Skipping stream `customers`") == 1


def test_an_organization_that_is_not_let_in_is_tried_once(many: Simulator, tmp_path: Path) -> None:
    lost, other = EACH[:2]
    many.control.change_directory(organizations=[{"id": lost, "api_access": False}])
    ran = run("tap_bill", settings(many, organizations=[lost, other]), tmp_path)
    assert ran.code == 5
    assert "1 of 2 organizations failed" in ran.err
    assert [each["path"] for each in many.control.requests() if each["organization"] == lost] == ["/Login.json"]
    assert {each["organizationId"] for each in ran.records("bills")} == {other}


def test_an_organization_that_failed_is_asked_for_nothing_more(many: Simulator, tmp_path: Path) -> None:
    many.control.fault("error", "/List/Profile.json", code="BDC_1132")
    ran = run("tap_bill", settings(many, organizations=EACH[:2]), tmp_path)
    assert ran.code == 1
    (lost,) = (each for each in EACH[:2] if f"organization {each}, stream `profiles`" in ran.err)
    asked = [each["path"] for each in many.control.requests() if each["organization"] == lost]
    assert 2 < len(asked) <= 2 + LISTS_AHEAD
    (other,) = set(EACH[:2]) - {lost}
    assert {each["organizationId"] for each in ran.records("bills")} == {other}
    assert "/List/ApprovalPolicyApprover.json" in lists(many)


def test_nobody_else_is_signed_in_before_bill_has_let_one_in(many: Simulator, tmp_path: Path) -> None:
    catalog = everything(tmp_path)
    config = settings(many, organizations=EACH, password="wrong")
    assert run("tap_bill", config, tmp_path, "--catalog", str(catalog)).code == 5
    assert many.control.summary()["paths"] == {"/Login.json": 1}


def test_a_signal_ends_it_while_lists_ahead_are_held(simulator: Simulator, tmp_path: Path) -> None:
    everything(tmp_path)
    simulator.control.fault("stall", "/List/*", nth=4, count=0)
    process = started(simulator, tmp_path)
    until_held(simulator, process, 3)
    messages, err = stopped(process, signal.SIGINT)
    assert "stopped by SIGINT" in err
    assert "STATE" in {each["type"] for each in messages}


def test_no_thread_is_left_of_a_sync_that_fails(simulator: Simulator) -> None:
    before = set(threading.enumerate())
    simulator.control.fault("error", "/List/User.json", count=0, code="BDC_1132")
    with pytest.raises(BillError):
        TapBill(config=dict(settings(simulator))).sync_all()
    for each in set(threading.enumerate()) - before:
        each.join(timeout=60)
        assert not each.is_alive(), each


# While rows change

TIMED = {stream: entity for stream, entity in BY_STREAM.items() if entity.is_timed}
CHANGING = [
    entity.name for entity in TIMED.values() if entity.name in {"Vendor", "Customer", "Item", "Bill", "Invoice"}
]


def newest(*messages: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Ids and times of the rows that a target has after these messages, by stream."""
    found: dict[str, dict[str, str]] = {stream: {} for stream in TIMED}
    for message in messages:
        if message["type"] == "RECORD" and message["stream"] in found:
            found[message["stream"]][message["record"]["id"]] = message["record"]["updatedTime"][:19]
    return found


def in_books(simulator: Simulator) -> dict[str, dict[str, str]]:
    """The same of the books."""
    books = {stream: simulator.control.books(ORGANIZATION, entity.name) for stream, entity in TIMED.items()}
    return {stream: {row["id"]: row["updatedTime"][:19] for row in rows} for stream, rows in books.items()}


def changed(simulator: Simulator, **more: Any) -> None:
    """Let others change rows, and wait until they have."""
    simulator.control.mutate(rate_per_s=100_000, stop_after=200, together=7, entities=CHANGING, **more)
    while simulator.control.mutator()["running"]:
        pass


@pytest.mark.parametrize("seed", range(3))
def test_what_changes_while_lists_wait_for_their_turn_comes_then_or_with_the_next_sync(
    simulator: Simulator, tmp_path: Path, seed: int
) -> None:
    at_start = in_books(simulator)
    # Pages of few rows let the lists ahead wait for long, and what is changed then is often what waits.
    simulator.control.limit(latency_ms=10)
    simulator.control.mutate(rate_per_s=150, seed=seed, together=3, entities=CHANGING)
    first = synced(simulator, tmp_path, *BY_STREAM, page_size=25, lookback_s=0)
    simulator.control.stop_mutating()
    found = newest(*first.messages)
    for stream, rows in at_start.items():
        assert rows.keys() <= found[stream].keys(), stream
    simulator.control.limit(latency_ms=0)
    second = synced(simulator, tmp_path, *BY_STREAM, state=first.state, lookback_s=0)
    assert newest(*first.messages, *second.messages) == in_books(simulator)


def test_a_bookmark_is_no_later_than_the_page_that_waited(simulator: Simulator, tmp_path: Path) -> None:
    selection(tmp_path, {"vendors", "customers"})
    simulator.control.forget_requests()
    simulator.control.fault("late", "/List/Vendor.json", nth=2, delay_ms=3000)
    process = started(simulator, tmp_path, page_size=10, lookback_s=0)
    until_held(simulator, process, 1)
    while "/List/Customer.json" not in lists(simulator):
        assert process.poll() is None, process.communicate()
    # By less than a session lasts: on a busy machine the late page comes between the two.
    simulator.control.advance(MINUTE_S)
    changed(simulator, seed=1)
    simulator.control.advance(MINUTE_S)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    first = written(process)
    second = synced(simulator, tmp_path, "vendors", "customers", state=first[-1]["value"], lookback_s=0)
    found, books = newest(*first, *second.messages), in_books(simulator)
    assert (found["vendors"], found["customers"]) == (books["vendors"], books["customers"])


@pytest.mark.parametrize("nth", [2, 9, 17, 25, 33])
def test_a_kill_at_any_list_loses_nothing(simulator: Simulator, tmp_path: Path, nth: int) -> None:
    everything(tmp_path)
    simulator.control.fault("stall", "/List/*", nth=nth, count=0)
    process = started(simulator, tmp_path, page_size=25, lookback_s=0)
    until_held(simulator, process, 1)
    messages, _ = stopped(process, signal.SIGKILL)
    simulator.control.clear_faults()
    changed(simulator, seed=nth)
    states = [place for place, each in enumerate(messages) if each["type"] == "STATE"]
    # The target went down too: it has what stands before the last STATE.
    kept, state = (messages[: states[-1]], messages[states[-1]]["value"]) if states else ([], None)
    ran = synced(simulator, tmp_path, *BY_STREAM, state=state, lookback_s=0)
    assert newest(*kept, *ran.messages) == in_books(simulator)


# In numbers


@dataclass(frozen=True)
class Numbered:
    """A reading of a number, and its turn."""

    log: list[int] = field(compare=False)
    number: int
    may_be_large: bool = False

    def begin(self) -> Numbered:
        """Write it down."""
        self.log.append(self.number)
        return self


@pytest.mark.parametrize(("may_be_large", "most"), [(False, LISTS_AHEAD), (True, LARGE_AHEAD)])
def test_never_more_lists_are_begun_than_there_is_room_for_and_each_once_in_order(
    most: int, *, may_be_large: bool
) -> None:
    log: list[int] = []
    turns = [Numbered(log, number, may_be_large) for number in range(50)]
    ahead = ReadAhead(turns)
    for number, turn in enumerate(turns):
        assert ahead.take(turn) == turn
        assert len(log) <= number + 1 + most
        if number % 3:  # a turn may end before it lets others begin
            ahead.go_on()
            assert len(log) == min(len(turns), number + 1 + most)
    assert log == list(range(50))


def test_a_reading_outside_of_a_sync_begins_none_but_itself() -> None:
    turn = Numbered([], 7)
    ahead: ReadAhead[Numbered] = ReadAhead()
    assert ahead.take(turn) == turn
    ahead.go_on()
    assert turn.log == [7]
