"""Filters, nesting, open documents, several organizations, and how a run ends when something fails."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from conftest import client_for, run, selection, settings
from programs import Started
from test_tap_lines import HOUR_S, lists, synced

from bill_api.entities import BY_NAME, BY_STREAM
from bill_simulator import defaults

if TYPE_CHECKING:
    from pathlib import Path

    from bill_simulator import Simulator

EMPTY = defaults.EMPTY_ORGANIZATION_ID


def options(stream: str, *filters: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"stream_options": {stream: {"filters": list(filters), **more}}}


def condition(field: str, op: str, value: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


# stream_options


def test_filters_are_applied_by_bill(simulator: Simulator, tmp_path: Path) -> None:
    ran = synced(simulator, tmp_path, "bills", "vendors", **options("bills", condition("paymentStatus", "=", "0")))
    books = simulator.control.books(simulator.organization_id, "Bill")
    assert {each["id"] for each in ran.records("bills")} == {row["id"] for row in books if row["paymentStatus"] == "0"}
    assert len(ran.records("vendors")) == 12
    assert ran.records("bills")[0]["billLineItems"]
    ran = synced(simulator, tmp_path, "bills", **options("bills", nested=False))
    assert not any("billLineItems" in each for each in ran.records("bills"))


@pytest.mark.parametrize(
    ("only", "all_of_them"),
    [
        (condition("isActive", "=", "1"), True),
        (condition("isActive", "=", "2"), False),
        (condition("createdTime", ">=", "2000-01-01"), True),
        (condition("createdTime", "<", "2000-01-01"), False),
    ],
)
def test_users_can_be_filtered_by_what_was_seen_of_them(
    simulator: Simulator, tmp_path: Path, only: dict[str, Any], *, all_of_them: bool
) -> None:
    # section 13, 7
    ran = synced(simulator, tmp_path, "users", **options("users", only))
    books = simulator.control.books(simulator.organization_id, "User")
    assert {each["id"] for each in ran.records("users")} == {row["id"] for row in books if all_of_them}
    assert all(each["isActive"] == "1" and each["createdTime"].endswith("Z") for each in ran.records("users"))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            options("bill"),
            "setting `stream_options` has `bill`; allowed is the name of a stream of BILL; did you mean `bills`?",
        ),
        (
            options("bills", filter=[]),
            "setting `stream_options.bills.filter` is not known; did you mean `filters`?",
        ),
        (options("bills", nested="yes"), "setting `stream_options.bills.nested` is 'yes'; allowed is true or false"),
        (
            options("bills", {"field": "id"}),
            "setting `stream_options.bills.filters[0].op` is missing: How it compares.",
        ),
        (
            options("bills", {**condition("id", "=", "1"), "x": 1}),
            "filters[0].x` is not known; known are field, op, value",
        ),
        (
            options("bills", condition("dueDat", "<", "2026-01-01")),
            "`stream_options.bills.filters[0].field` is `dueDat`, which is no field of Bill; did you mean `dueDate`",
        ),
        (
            options("bills", condition("description", "=", "x")),
            "is `description`, which is nothing that BILL is known to filter on",
        ),
        (options("bills", condition("dueDate", "sw", "2026")), "filters[0].op` is 'sw'; allowed is one of `=`"),
        (
            options("bills", condition("dueDate", "=", 5)),
            "filters[0].value` is 5; allowed is a text, as BILL takes every value",
        ),
        ({"stream_options": {"bills": []}}, "is []; allowed is an object"),
        ({"organizations": "some"}, "setting `organizations` is 'some'; allowed is a list or `all`"),
        ({"organizations": ["12"]}, "setting `organizations[0]` is '12'; allowed is 20 characters that begin with 008"),
        ({"organization_id": None}, "setting `organization_id` is missing; or name several in `organizations`"),
        ({"max_concurrency": 4}, "setting `max_concurrency` is 4; allowed is a whole number, 1 to 3"),
    ],
)
def test_a_wrong_option_is_named_at_the_start(
    simulator: Simulator, tmp_path: Path, given: dict[str, Any], said: str
) -> None:
    ran = run("tap_bill", settings(simulator, **given), tmp_path)
    assert ran.code == 2
    assert said in ran.err, ran.err
    assert "Traceback" not in ran.err
    assert simulator.control.summary()["calls"] == 0


@pytest.mark.parametrize(("given", "near"), [("due_dat", "due_date"), ("dueDat", "dueDate")])
def test_a_field_is_suggested_in_the_spelling_that_was_given(
    simulator: Simulator, tmp_path: Path, given: str, near: str
) -> None:
    ran = run("tap_bill", settings(simulator, **options("bills", condition(given, "=", "2026-01-01"))), tmp_path)
    assert f"is `{given}`, which is no field of Bill; did you mean `{near}`?" in ran.err


@pytest.mark.parametrize("stream", ["bills", "invoices"])
@pytest.mark.parametrize(
    "given",
    [{"nested": False}, {"stream_options": {"bills": {"nested": False}, "invoices": {"nested": False}}}],
    ids=["all", "each"],
)
def test_documents_without_lines_in_them_leave_the_streams_of_lines_as_they_are(
    simulator: Simulator, tmp_path: Path, stream: str, given: dict[str, Any]
) -> None:
    """BILL sends the lines of an invoice in any case (section 8)."""
    lines = f"{stream.removesuffix('s')}_line_items"
    arrays = {each.name for each in BY_STREAM[stream].children}
    full = synced(simulator, tmp_path, stream, lines)
    alone = synced(simulator, tmp_path, stream, **given)
    both = synced(simulator, tmp_path, stream, lines, **given)
    assert full.records(lines)
    assert both.records(lines) == full.records(lines)
    for ran in (alone, both):
        assert ran.records(stream) == [
            {name: value for name, value in each.items() if name not in arrays} for each in full.records(stream)
        ]
    assert not alone.records(lines)


def test_open_documents_are_read_again_when_asked(simulator: Simulator, tmp_path: Path) -> None:
    first = synced(simulator, tmp_path, "bills", "bill_line_items")
    simulator.control.advance(HOUR_S)
    assert not synced(simulator, tmp_path, "bills", state=first.state).records("bills")
    again = synced(simulator, tmp_path, "bills", "bill_line_items", state=first.state, reread_open=True, page_size=9)
    books = simulator.control.books(simulator.organization_id, "Bill")
    still_open = {row["id"] for row in books if row["paymentStatus"] != "0"}
    assert {each["id"] for each in again.records("bills")} == still_open
    assert {each["billId"] for each in again.records("bill_line_items")} == still_open


# Several organizations


def two(simulator: Simulator, tmp_path: Path, **more: Any) -> Any:
    simulator.control.seed(EMPTY, seed=5, vendors=4, customers=2, bills=6, invoices=3)
    catalog = selection(tmp_path, {"vendors", "bills", "bill_line_items"})
    return run("tap_bill", settings(simulator, **more), tmp_path, "--catalog", str(catalog))


@pytest.mark.parametrize("given", [{"organizations": [defaults.ORGANIZATION_ID, EMPTY]}, {"organizations": "all"}])
def test_several_organizations_are_read_in_one_run_with_states_apart(
    simulator: Simulator, tmp_path: Path, given: dict[str, Any]
) -> None:
    ran = two(simulator, tmp_path, organization_id=None, **given)
    assert ran.code == 0, ran.err
    for organization in (simulator.organization_id, EMPTY):
        books = simulator.control.books(organization, "Bill")
        mine = [each for each in ran.records("bills") if each["organizationId"] == organization]
        assert {each["id"] for each in mine} == {row["id"] for row in books}
    partitions = ran.state["bookmarks"]["bills"]["partitions"]
    assert {each["context"]["organizationId"] for each in partitions} == {simulator.organization_id, EMPTY}
    assert all(each["replication_key_value"] for each in partitions)
    assert simulator.control.summary()["logins"] == 2


@pytest.mark.parametrize(
    ("organizations", "sensitive", "columns"),
    [
        (json.dumps([defaults.ORGANIZATION_ID, EMPTY]), '["vendors.tax_id"]', {"taxId"}),
        ("all", "true", {"taxId", "PaymentusAcctToken"}),
        ("all", "false", set()),
    ],
)
def test_a_list_may_come_as_the_text_that_a_variable_has(
    simulator: Simulator, tmp_path: Path, organizations: str, sensitive: str, columns: set[str]
) -> None:
    ran = two(simulator, tmp_path, organizations=organizations, sensitive_fields=sensitive)
    assert ran.code == 0, ran.err
    assert {each["organizationId"] for each in ran.records("bills")} == {simulator.organization_id, EMPTY}
    catalog = json.loads(run("tap_bill", settings(simulator, sensitive_fields=sensitive), tmp_path, "--discover").out)
    (vendors,) = (each for each in catalog["streams"] if each["tap_stream_id"] == "vendors")
    assert {"taxId", "PaymentusAcctToken"} & vendors["schema"]["properties"].keys() == columns


@pytest.mark.parametrize("code", ["BDC_1102", "BDC_1108", "BDC_1129"])
def test_a_login_that_lets_nobody_in_is_tried_once(simulator: Simulator, tmp_path: Path, code: str) -> None:
    simulator.control.fault("error", "/Login.json", code=code, count=0)
    simulator.control.forget_requests()
    ran = two(simulator, tmp_path, organizations=[simulator.organization_id, EMPTY])
    assert ran.code != 0
    assert "One of the four values is wrong" in ran.err
    assert simulator.control.summary()["paths"] == {"/Login.json": 1}


def test_one_organization_that_fails_stops_no_other_and_fails_the_run(simulator: Simulator, tmp_path: Path) -> None:
    simulator.control.change_directory(organizations=[{"id": simulator.organization_id, "api_access": False}])
    ran = two(simulator, tmp_path, organizations=[simulator.organization_id, EMPTY])
    assert ran.code == 5
    assert "1 of 2 organizations failed; the others are complete" in ran.err
    assert "BDC_1105" in ran.err
    assert "Traceback" not in ran.err
    assert {each["organizationId"] for each in ran.records("bills")} == {EMPTY}
    assert len(ran.records("bills")) == 6
    partitions = ran.state["bookmarks"]["bills"]["partitions"]
    assert [each["context"]["organizationId"] for each in partitions if each.get("replication_key_value")] == [EMPTY]
    assert simulator.control.summary()["codes"]["BDC_1105"] == 1


def test_a_wrong_password_is_not_tried_for_every_organization(simulator: Simulator, tmp_path: Path) -> None:
    ran = two(simulator, tmp_path, organizations=[simulator.organization_id, EMPTY], password="wrong")
    assert ran.code == 5
    assert simulator.control.summary()["logins"] == 1


def test_no_organization_is_said_to_be_complete_when_all_failed(simulator: Simulator, tmp_path: Path) -> None:
    refused = [{"id": each, "api_access": False} for each in (simulator.organization_id, EMPTY)]
    simulator.control.change_directory(organizations=refused)
    ran = two(simulator, tmp_path, organizations=[simulator.organization_id, EMPTY])
    assert "2 of 2 organizations failed\n" in ran.err
    assert "complete" not in ran.err


def test_an_organization_that_is_named_twice_is_read_once_and_told(simulator: Simulator, tmp_path: Path) -> None:
    ran = two(simulator, tmp_path, organizations=[EMPTY, simulator.organization_id, EMPTY])
    assert len({each["id"] for each in ran.records("bills")}) == len(ran.records("bills"))
    assert ran.err.count("more than once") == 1
    assert f"`organizations` names {EMPTY} more than once" in ran.err


def test_a_call_that_is_tried_again_says_for_which_organization(simulator: Simulator, tmp_path: Path) -> None:
    simulator.control.fault("error", "/List/Vendor.json", nth=2, count=1, code="BDC_1322")
    ran = two(simulator, tmp_path, organizations=[simulator.organization_id, EMPTY], max_concurrency=1)
    (told,) = [each for each in ran.err.splitlines() if "Trying again" in each]
    assert sum(f"Organization {each}: /List/Vendor.json" in told for each in (simulator.organization_id, EMPTY)) == 1


@pytest.mark.parametrize("kind", ["no partitions", "other names", "other organization"])
def test_bookmarks_that_no_organization_goes_on_from_are_told(simulator: Simulator, tmp_path: Path, kind: str) -> None:
    first = synced(simulator, tmp_path, "vendors", "bills")
    mine = {"organizationId": simulator.organization_id}
    (bookmark,) = first.state["bookmarks"]["bills"]["partitions"]
    assert bookmark["context"] == mine
    context = {
        "other names": {"organization_id": simulator.organization_id},
        "other organization": {"organizationId": EMPTY},
    }
    lost = {"partitions": [bookmark | {"context": context.get(kind)}]} if kind in context else bookmark
    first.state["bookmarks"]["bills"] = {name: value for name, value in lost.items() if name != "context"}
    again = synced(simulator, tmp_path, "vendors", "bills", state=first.state)
    assert "everything is read anew in bills\n" in again.err
    assert len(again.records("bills")) == 60
    assert "read anew" not in synced(simulator, tmp_path, "vendors", "bills", state=again.state).err


# How a run ends


def test_state_goes_out_for_what_was_complete_before_a_failure(simulator: Simulator, tmp_path: Path) -> None:
    simulator.control.fault("error", "/List/Bill.json", nth=3, count=0, code="BDC_1132")
    catalog = selection(tmp_path, {"vendors", "bills"})
    ran = run("tap_bill", settings(simulator, page_size=25, max_concurrency=1), tmp_path, "--catalog", str(catalog))
    assert ran.code == 1
    assert "/List/Bill.json" in ran.err
    assert "BDC_1132" in ran.err
    simulator.control.clear_faults()
    simulator.control.forget_requests()
    read = {each["id"] for each in ran.records("bills")}
    assert 25 <= len(read) < 60
    again = synced(simulator, tmp_path, "vendors", "bills", state=ran.state, lookback_s=0)
    assert not again.records("vendors")
    assert 0 < len(again.records("bills")) < 60
    books = simulator.control.books(simulator.organization_id, "Bill")
    assert read | {each["id"] for each in again.records("bills")} == {row["id"] for row in books}


@pytest.mark.parametrize("code", ["BDC_1114", "BDC_1128", "BDC_1121", "BDC_1145", "BDC_1361"])
def test_a_list_that_bill_refuses_is_skipped_with_its_lines_and_reported_at_the_end(
    simulator: Simulator, tmp_path: Path, code: str
) -> None:
    simulator.control.fault("error", "/List/RecurringInvoice.json", count=0, code=code)
    ran = synced(simulator, tmp_path, "recurring_invoices", "recurring_invoice_line_items", "vendors")
    assert ran.records("vendors")
    last = ran.err.splitlines()[-3:]
    assert any(f"skipped `recurring_invoices` of {simulator.organization_id}" in each for each in last), ran.err
    assert any("skipped `recurring_invoice_line_items`" in each for each in last)


@pytest.mark.parametrize("code", ["BDC_1145", "BDC_1361", "BDC_1128"])
@pytest.mark.parametrize("streams", [("bills",), ("bill_line_items",), ("vendors", "bills", "users", "code_labels")])
def test_a_run_in_which_bill_refuses_every_list_fails_and_says_why(
    simulator: Simulator, tmp_path: Path, streams: tuple[str, ...], code: str
) -> None:
    first = synced(simulator, tmp_path, *streams)
    simulator.control.fault("error", "/List/*", count=0, code=code, message="Not for you.")
    (tmp_path / "state.json").write_text(json.dumps(first.state))
    catalog = selection(tmp_path, set(streams))
    given = ("--catalog", str(catalog), "--state", str(tmp_path / "state.json"))
    ran = run("tap_bill", settings(simulator), tmp_path, *given)
    assert ran.code == 1, ran.err
    last = ran.err.splitlines()[-1]
    assert last.startswith("tap-bill: BILL refuses every stream that is selected, and nothing was read: Not for you.")
    assert f"({code})" in last
    bookmarks = ran.state["bookmarks"]
    assert {each: bookmarks[each] for each in streams if each not in {"users", "code_labels"}} == {
        each: first.state["bookmarks"][each] for each in streams if each not in {"users", "code_labels"}
    }


def test_an_organization_in_which_everything_is_refused_fails_beside_others(
    simulator: Simulator, tmp_path: Path
) -> None:
    simulator.control.seed(EMPTY, seed=5, vendors=4, customers=2, bills=6, invoices=3)
    simulator.control.fault("error", "/List/Vendor.json", count=1, code="BDC_1145", message="Not for you.")
    both = {"organizations": [simulator.organization_id, EMPTY], "max_concurrency": 1}
    catalog = selection(tmp_path, {"vendors"})
    ran = run("tap_bill", settings(simulator, **both), tmp_path, "--catalog", str(catalog))
    assert ran.code == 1, ran.err
    *_, count, why = ran.err.splitlines()
    assert count == "tap-bill: 1 of 2 organizations failed; the others are complete"
    assert "stream `vendors`: BILL refuses every stream that is selected" in why
    assert len({each["organizationId"] for each in ran.records("vendors")}) == 1


def test_the_closing_table_counts_rows(simulator: Simulator, tmp_path: Path) -> None:
    ran = synced(simulator, tmp_path, "vendors", "bills")
    assert "tap-bill: 72 rows in" in ran.err
    assert "│ bills   │   60 │" in ran.err
    assert "\x1b" not in ran.err
    assert "without rows" not in ran.err


def test_the_closing_table_counts_what_went_out(simulator: Simulator, tmp_path: Path) -> None:
    catalog = selection(tmp_path, {"vendors", "bills", "customers", "payment_terms", "code_labels"})
    open_bills = {"__filter__": "record['paymentStatus'] != '0'"}
    maps = {"bills": open_bills, "vendors": {"__filter__": "False"}, "code_labels": {"__alias__": "codes"}}
    ran = run("tap_bill", settings(simulator, stream_maps=maps), tmp_path, "--catalog", str(catalog))
    assert ran.code == 0, ran.err
    sent = Counter(each["stream"] for each in ran.messages if each["type"] == "RECORD")
    assert 0 < sent["bills"] < 60
    table = {name: int(rows.replace(",", "")) for name, rows in re.findall(r"│ (\w+) +│ +([\d,]+) │", ran.err)}
    assert table == {"code_labels": sent.pop("codes"), **sent}
    assert f"tap-bill: {sum(table.values()):,} rows in" in ran.err
    assert f"  {5 - len(table)} more without rows" in ran.err


def test_streams_without_rows_are_counted_and_not_listed(simulator: Simulator, tmp_path: Path) -> None:
    first = synced(simulator, tmp_path, "vendors", "bills")
    simulator.control.advance(HOUR_S)
    again = synced(simulator, tmp_path, "vendors", "bills", state=first.state)
    assert "tap-bill: 0 rows in" in again.err
    assert "2 more without rows" in again.err
    assert "│" not in again.err


def test_streams_that_sent_nothing_are_counted_whatever_the_reason(simulator: Simulator, tmp_path: Path) -> None:
    """A list is empty, or a whole one is as it was."""
    empty = synced(simulator, tmp_path, "vendors", "bills", "bill_line_items", organization_id=EMPTY)
    assert "3 more without rows" in empty.err
    streams = ("vendors", "payment_terms", "code_labels")
    first = synced(simulator, tmp_path, *streams)
    assert "without rows" not in first.err
    assert "3 more without rows" in synced(simulator, tmp_path, *streams, state=first.state, lookback_s=0).err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_at_once_with_state_and_says_that_it_is_not_complete(
    simulator: Simulator, tmp_path: Path, number: signal.Signals
) -> None:
    simulator.control.fault("stall", "/List/Bill.json", nth=3, count=0)
    catalog = selection(tmp_path, {"vendors", "bills"})
    (tmp_path / "config.json").write_text(json.dumps(settings(simulator, naming="bill", page_size=25, timeout_s=60)))
    arguments = ["--config", "config.json", "--catalog", str(catalog)]
    process = Started("tap_bill", arguments, cwd=tmp_path, env=os.environ)
    while not any(each["matched"] >= 3 for each in simulator.control.faults()):
        assert process.poll() is None
    process.send_signal(number)
    out, err = process.communicate(timeout=10)
    assert process.returncode == 130, err
    assert f"stopped by {number.name}" in err
    messages = [json.loads(line) for line in out.splitlines()]
    assert messages[-1]["type"] == "STATE"
    simulator.control.clear_faults()
    read = {each["record"]["id"] for each in messages if each.get("stream") == "bills" and each["type"] == "RECORD"}
    again = synced(simulator, tmp_path, "vendors", "bills", state=messages[-1]["value"], lookback_s=0)
    books = simulator.control.books(simulator.organization_id, "Bill")
    assert read | {each["id"] for each in again.records("bills")} == {row["id"] for row in books}


def test_a_signal_while_nobody_empties_the_pipe_breaks_no_line(simulator: Simulator, tmp_path: Path) -> None:
    simulator.control.seed(simulator.organization_id, bills=900, vendors=20, customers=1, invoices=0)
    catalog = selection(tmp_path, {"bills"})
    (tmp_path / "config.json").write_text(json.dumps(settings(simulator, naming="bill")))
    command = [sys.executable, "-m", "tap_bill", "--config", "config.json", "--catalog", str(catalog)]
    unbuffered = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        command, bufsize=0, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path, env=unbuffered
    )
    assert process.stdout is not None
    head = b""
    while len(head) < 100_000:  # it has begun to write, and writes more than a pipe takes
        piece = process.stdout.read(10_000)
        assert piece, "it has ended"
        head += piece
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=10)
    assert process.returncode == 130, err
    for line in (head + out).splitlines():
        json.loads(line)


# Three at a time


def test_pages_are_fetched_three_at_a_time_and_never_four(simulator: Simulator, tmp_path: Path) -> None:
    simulator.control.limit(latency_ms=30)
    synced(simulator, tmp_path, "bills", page_size=4, max_concurrency=3)
    summary = simulator.control.summary()
    assert summary["peak_at_once"] == 3
    assert "BDC_1322" not in summary["codes"]
    simulator.control.forget_requests()
    synced(simulator, tmp_path, "bills", page_size=4, max_concurrency=1)
    assert simulator.control.summary()["peak_at_once"] == 1


def test_a_crowded_account_slows_it_down_and_loses_nothing(simulator: Simulator, tmp_path: Path) -> None:
    simulator.control.limit(latency_ms=20, concurrent=1)
    ran = synced(simulator, tmp_path, "bills", page_size=4)
    assert len({each["id"] for each in ran.records("bills")}) == 60
    codes = simulator.control.summary()["codes"]
    assert 0 < codes["BDC_1322"] <= 4


def test_an_unchanged_document_stream_costs_one_call_with_its_lines(simulator: Simulator, tmp_path: Path) -> None:
    first = synced(simulator, tmp_path, "bills", "bill_line_items")
    simulator.control.advance(HOUR_S)
    simulator.control.forget_requests()
    synced(simulator, tmp_path, "bills", "bill_line_items", state=first.state)
    assert lists(simulator) == {"/List/Bill.json": 1}


def test_state_of_another_page_size_works(simulator: Simulator, tmp_path: Path) -> None:
    first = synced(simulator, tmp_path, "bills", page_size=3)
    simulator.control.advance(HOUR_S)
    client_for(simulator).create(BY_NAME["Vendor"], {"name": "New Ltd"})
    books = simulator.control.books(simulator.organization_id, "Bill")
    client_for(simulator).update(BY_NAME["Bill"], {"id": books[0]["id"], "description": "changed"})
    second = synced(simulator, tmp_path, "bills", state=json.loads(json.dumps(first.state)), page_size=999)
    assert [each["id"] for each in second.records("bills")] == [books[0]["id"]]


@pytest.mark.slow
def test_progress_is_shown_on_a_terminal_and_nowhere_else(simulator: Simulator, tmp_path: Path) -> None:
    simulator.control.limit(latency_ms=100)
    catalog = selection(tmp_path, {"bills"})
    (tmp_path / "config.json").write_text(json.dumps(settings(simulator, naming="bill", page_size=10)))
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "tap_bill", "--config", "config.json", "--catalog", str(catalog)]
    with (tmp_path / "out.jsonl").open("w") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=theirs, cwd=tmp_path, env={**os.environ, "TERM": "xterm"}
        )
    os.close(theirs)
    shown = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # the other end has closed
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    assert process.wait(20) == 0
    assert re.search(rb"bills: \d+ rows; \d+ in all, \d+ a second, a page takes \d+ ms", shown), shown
    assert b"60 rows in" in shown
    quiet = synced(simulator, tmp_path, "bills", page_size=10)
    assert "a page takes" not in quiet.err
