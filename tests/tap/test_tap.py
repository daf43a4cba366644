"""tap-bill as a process, against a running simulator."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import tap_run
from conftest import BANK_ACCOUNTS, client_for, everything, run, selection, settings

from bill_api.entities import BY_NAME, BY_STREAM
from bill_api.reading.pages import changed_since
from bill_simulator import Simulator, defaults
from bill_singer.stream_names import PARTS

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Ran

ORGANIZATION = defaults.ORGANIZATION_ID
HOUR_S = 3600
PROOFS_MAX = 3
"""Calls of a small organization that ask what stands behind a short page, because none as long was seen before."""


def bookmark(state: dict[str, Any], stream: str) -> str:
    partitions = state["bookmarks"][stream]["partitions"]
    assert [each["context"] for each in partitions] == [{"organizationId": ORGANIZATION}]
    return str(partitions[0]["replication_key_value"])


def synced(simulator: Simulator, folder: Path, state: dict[str, Any] | None = None, **more: Any) -> Ran:
    return tap_run.synced(simulator, folder, state, catalog=everything(folder), **more)


def test_bank_accounts_are_read_only_when_somebody_selects_them(simulator: Simulator, tmp_path: Path) -> None:
    ran = run("tap_bill", settings(simulator), tmp_path)
    assert ran.code == 0, ran.err
    streams = {each["stream"] for each in ran.messages if each["type"] == "RECORD"}
    assert streams == {*BY_STREAM, *PARTS} - BANK_ACCOUNTS


@pytest.mark.parametrize("page_size", [1, 7, 999])
def test_every_object_is_a_record_whatever_the_page_size(simulator: Simulator, tmp_path: Path, page_size: int) -> None:
    ran = synced(simulator, tmp_path, page_size=page_size)
    for entity in BY_STREAM.values():
        books = simulator.control.books(ORGANIZATION, entity.name)
        records = ran.records(entity.stream)
        assert sorted(each["id"] for each in records) == sorted(each["id"] for each in books), entity.stream
        assert all(each["organizationId"] == ORGANIZATION for each in records)


@pytest.mark.parametrize("max_concurrency", [1, 3])
@pytest.mark.parametrize("cap", [10, 37])
def test_every_object_is_a_record_where_bill_cuts_pages_below_what_is_asked(
    simulator: Simulator, tmp_path: Path, cap: int, max_concurrency: int
) -> None:
    simulator.control.limit(list_rows=cap)
    ran = synced(simulator, tmp_path, max_concurrency=max_concurrency)
    for entity in BY_STREAM.values():
        books = simulator.control.books(ORGANIZATION, entity.name)
        assert {each["id"] for each in ran.records(entity.stream)} == {each["id"] for each in books}, entity.stream


def test_600_objects_by_pages_of_100_where_999_are_asked(tmp_path: Path) -> None:
    with Simulator(vendors=600, customers=5, bills=250, invoices=5) as simulator:
        simulator.control.limit(list_rows=100)
        simulator.control.forget_requests()
        ran = synced(simulator, tmp_path)
        assert [len(ran.records(each)) for each in ("vendors", "bills")] == [600, 250]
        # A page of 100 is 80 rows further; the end is looked at once more, for three pages are under way at once.
        assert simulator.control.summary()["paths"]["/List/Vendor.json"] <= 600 // 80 + 8


def test_money_and_lines_arrive_to_the_cent(simulator: Simulator, tmp_path: Path) -> None:
    ran = synced(simulator, tmp_path)
    exact = [json.loads(line, parse_float=Decimal) for line in ran.out.splitlines()]
    bills = [each["record"] for each in exact if each["type"] == "RECORD" and each["stream"] == "bills"]
    books = simulator.control.totals(ORGANIZATION)["Bill"]
    assert sum(Decimal(each["amount"]) for each in bills) == books["amount"]
    for bill in bills:
        assert sum(Decimal(line["amount"]) for line in bill["billLineItems"]) == Decimal(bill["amount"])


def test_instants_are_rfc3339_and_no_reference_is_null(simulator: Simulator, tmp_path: Path) -> None:
    bill = synced(simulator, tmp_path).records("bills")[0]
    assert datetime.fromisoformat(bill["updatedTime"]).utcoffset() == timedelta(0)
    assert bill["updatedTime"].endswith("Z")
    assert bill["paymentTermId"] is None
    assert bill["billLineItems"][0]["jobId"] is None


def test_the_second_sync_reads_only_what_changed(simulator: Simulator, tmp_path: Path) -> None:
    first = synced(simulator, tmp_path)
    simulator.control.advance(HOUR_S)
    client = client_for(simulator)
    vendor = simulator.control.books(ORGANIZATION, "Vendor")[0]
    client.update(BY_NAME["Vendor"], {"id": vendor["id"], "name": vendor["name"], "phone": "555-0100"})
    invoice = simulator.control.books(ORGANIZATION, "Invoice")[0]
    client.delete(BY_NAME["Invoice"], invoice["id"])

    second = synced(simulator, tmp_path, first.state)

    assert [each["phone"] for each in second.records("vendors")] == ["555-0100"]
    assert [(each["id"], each["isActive"]) for each in second.records("invoices")] == [(invoice["id"], "2")]
    assert {each["stream"] for each in second.messages if each["type"] == "RECORD"} == {"vendors", "invoices"}


def test_lists_without_times_are_read_whole_and_keep_what_the_table_does_not_know(
    simulator: Simulator, tmp_path: Path
) -> None:
    catalog = {
        each["tap_stream_id"]: each for each in json.loads(run("tap_bill", {}, tmp_path, "--discover").out)["streams"]
    }
    methods = {name: stream["replication_method"] for name, stream in catalog.items()}
    assert {name for name, method in methods.items() if method == "FULL_TABLE"} == {
        "users", "payment_terms", "credit_memos", "purchase_orders",
        "bill_approvers", "vendor_credit_approvers", "recurring_bill_approvers", "code_labels",
        "organizations", "approval_policies", "approval_policy_approvers", "invoice_credits",
    }  # fmt: skip
    simulator.control.switch(unread_fields="present")
    first = synced(simulator, tmp_path, page_size=2)
    again = synced(simulator, tmp_path, first.state, page_size=2, resend_unchanged=True)
    for ran in (first, again):
        assert len(ran.records("payment_terms")) == simulator.control.totals(ORGANIZATION)["PaymentTerm"]["count"]
        assert all(each["additionalFields"]["createdTime"] for each in ran.records("payment_terms"))
    assert all(each["additionalFields"] is None for each in first.records("vendors"))


def test_payments_carry_what_they_paid(simulator: Simulator, tmp_path: Path) -> None:
    ran = synced(simulator, tmp_path)
    pays = [each for payment in ran.records("sent_pays") for each in payment["billPays"]]
    assert pays
    assert {each["id"] for each in pays} == {each["id"] for each in ran.records("bill_pays")}
    assert all(each["createdTime"].endswith("Z") for each in pays)


def test_an_unchanged_organization_costs_one_call_per_stream_and_one_for_the_longest_short_page(
    simulator: Simulator, tmp_path: Path
) -> None:
    first = synced(simulator, tmp_path)
    simulator.control.advance(HOUR_S)
    simulator.control.forget_requests()
    synced(simulator, tmp_path, first.state)
    paths = simulator.control.summary()["paths"]
    lists = {path: count for path, count in paths.items() if path.startswith("/List/")}
    assert set(lists) == {f"/List/{entity.name}.json" for entity in BY_STREAM.values()}
    proofs = sum(lists.values()) - len(BY_STREAM)
    assert proofs <= PROOFS_MAX
    assert sum(paths.values()) == len(BY_STREAM) + proofs + 2  # a login and BILL's clock


def test_the_bookmark_is_bills_clock_and_not_ours(simulator: Simulator, tmp_path: Path) -> None:
    simulator.control.set_clock("2030-05-05T12:00:00Z")
    state = synced(simulator, tmp_path).state
    assert bookmark(state, "bills").startswith("2030-05-05T12:0")


def test_the_bookmark_stays_behind_rows_that_others_may_still_join(simulator: Simulator, tmp_path: Path) -> None:
    """BILL does not tell its time: the bound is five minutes ago, and a row of this minute must not move it."""
    simulator.control.fault("error", "/CurrentTime.json", count=9, code="BDC_1121", message="Not supported.")
    client_for(simulator).create(BY_NAME["Vendor"], {"name": "Just Now Ltd"})
    ran = synced(simulator, tmp_path)
    assert "Just Now Ltd" in [each["name"] for each in ran.records("vendors")]
    assert datetime.fromisoformat(bookmark(ran.state, "vendors")) < datetime.now(UTC) - timedelta(minutes=4)
    assert "BILL does not tell its time" in ran.err


def test_a_change_in_the_second_of_the_bookmark_is_not_lost(simulator: Simulator, tmp_path: Path) -> None:
    first = synced(simulator, tmp_path)
    simulator.control.set_clock(bookmark(first.state, "vendors"))
    client_for(simulator).create(BY_NAME["Vendor"], {"name": "Same Second Ltd"})
    second = synced(simulator, tmp_path, first.state, lookback_s=0)
    assert "Same Second Ltd" in [each["name"] for each in second.records("vendors")]


def test_lookback_reads_what_was_committed_late(simulator: Simulator, tmp_path: Path) -> None:
    first = synced(simulator, tmp_path)
    at = datetime.fromisoformat(bookmark(first.state, "vendors"))
    simulator.control.set_clock((at - timedelta(seconds=30)).isoformat())
    client_for(simulator).create(BY_NAME["Vendor"], {"name": "Late Commit Ltd"})
    simulator.control.set_clock((at + timedelta(hours=1)).isoformat())
    assert not synced(simulator, tmp_path, first.state, lookback_s=0).records("vendors")
    assert [each["name"] for each in synced(simulator, tmp_path, first.state, lookback_s=60).records("vendors")] == [
        "Late Commit Ltd"
    ]


def test_a_bookmark_in_bills_future_hides_nothing(simulator: Simulator, tmp_path: Path) -> None:
    first = synced(simulator, tmp_path)
    state = json.loads(json.dumps(first.state).replace(bookmark(first.state, "vendors"), "2999-01-01T00:00:00Z"))
    client_for(simulator).create(BY_NAME["Vendor"], {"name": "Seen All The Same Ltd"})
    simulator.control.advance(HOUR_S)
    second = synced(simulator, tmp_path, state)
    assert "Seen All The Same Ltd" in [each["name"] for each in second.records("vendors")]
    assert bookmark(second.state, "vendors") < "2999"


def test_a_bookmark_serves_only_its_own_organization(simulator: Simulator, tmp_path: Path) -> None:
    first = synced(simulator, tmp_path)
    other = {"organization_id": defaults.EMPTY_ORGANIZATION_ID}
    client_for(simulator, **other).create(BY_NAME["Vendor"], {"name": "Only There Ltd"})
    simulator.control.advance(HOUR_S)
    second = synced(simulator, tmp_path, first.state, **other)
    assert [each["name"] for each in second.records("vendors")] == ["Only There Ltd"]


def test_start_date_limits_the_first_sync(simulator: Simulator, tmp_path: Path) -> None:
    books = sorted(each["updatedTime"] for each in simulator.control.books(ORGANIZATION, "Bill"))
    middle = books[len(books) // 2]
    records = synced(simulator, tmp_path, start_date=middle).records("bills")
    assert len(records) == len([each for each in books if each >= middle])


def test_a_row_that_changes_during_the_sync_pushes_no_other_out(simulator: Simulator) -> None:
    """Between our pages somebody updates rows: with offsets, each update would hide a row."""
    rows = simulator.control.books(ORGANIZATION, "Bill")
    client = client_for(simulator)
    oldest = sorted(rows, key=lambda row: (row["updatedTime"], row["id"]))
    touched = iter(oldest)

    def fetch(query: Any) -> Any:
        page = client.list_page(BY_NAME["Bill"], query)
        for _ in range(3):
            row = next(touched, None)
            if row:
                client.update(BY_NAME["Bill"], {"id": row["id"], "description": "touched"})
        return page

    seen = {row["id"] for row in changed_since(fetch, None, page_size=10, nested=False)}
    assert seen == {row["id"] for row in rows}


def test_lines_are_left_out_on_request(simulator: Simulator, tmp_path: Path) -> None:
    assert not synced(simulator, tmp_path, nested=False).records("bills")[0].get("billLineItems")


def test_only_selected_streams_are_asked_for(simulator: Simulator, tmp_path: Path) -> None:
    ran = run("tap_bill", settings(simulator), tmp_path, "--catalog", str(selection(tmp_path, {"vendors"})))
    assert {each["stream"] for each in ran.messages if each["type"] == "RECORD"} == {"vendors"}
    assert [path for path in simulator.control.summary()["paths"] if path.startswith("/List/")] == ["/List/Vendor.json"]


def test_discovery_needs_no_bill(tmp_path: Path) -> None:
    ran = run("tap_bill", {}, tmp_path, "--discover")
    assert ran.code == 0, ran.err
    streams = json.loads(ran.out)["streams"]
    names = [each["tap_stream_id"] for each in streams]
    assert [each for each in names if each not in PARTS] == list(BY_STREAM)
    assert names.index("bill_line_items") == names.index("bills") + 1
    keys = {each["tap_stream_id"]: each["key_properties"] for each in streams}
    assert keys.pop("code_labels") == ["entity", "field", "code"]
    assert all(key == ["organizationId", "id"] for key in keys.values())


def test_about_and_test_work(simulator: Simulator, tmp_path: Path) -> None:
    about = json.loads(run("tap_bill", {}, tmp_path, "--about", "--format", "json").out)
    assert about["name"] == "tap-bill"
    tested = run("tap_bill", settings(simulator), tmp_path, "--test")
    assert tested.code == 0, tested.err
    assert f"BILL can be read: organization {ORGANIZATION}" in tested.err
    assert "ERROR" not in tested.err
    assert simulator.control.summary()["logins"] == 1


@pytest.mark.parametrize(
    "wrong", [{"password": "wrong"}, {"developer_key": "wrong"}, {"organization_id": "008".ljust(20, "9")}]
)
def test_the_test_of_the_connection_fails_where_bill_lets_nobody_in(
    simulator: Simulator, tmp_path: Path, wrong: dict[str, Any]
) -> None:
    tested = run("tap_bill", settings(simulator, **wrong), tmp_path, "--test")
    assert tested.code == 5
    assert "tap-bill: " in tested.err
    assert "BDC_" in tested.err


def test_no_record_comes_before_bill_was_asked(simulator: Simulator, tmp_path: Path) -> None:
    """`meltano config test` takes the first one for a proof of the settings."""
    ran = run("tap_bill", settings(simulator, password="wrong"), tmp_path)
    assert ran.code == 5
    assert not [each for each in ran.messages if each["type"] == "RECORD"]


def test_a_stream_that_the_user_may_not_read_is_skipped_by_name(simulator: Simulator, tmp_path: Path) -> None:
    simulator.control.fault("error", "/List/ActgClass.json", count=9, code="BDC_1145", message="No permission.")
    ran = synced(simulator, tmp_path)
    assert "Skipping stream `actg_classes`" in ran.err
    assert ran.records("bills")
    assert "actg_classes" not in {
        stream for stream, state in ran.state["bookmarks"].items() if "replication_key_value" in json.dumps(state)
    }


def test_faults_on_the_way_lose_nothing(simulator: Simulator, tmp_path: Path) -> None:
    for nth, kind in enumerate(["drop_before", "html_502", "cut_json", "expire_session"], start=2):
        simulator.control.fault(kind, "/List/Bill.json", nth=nth)
    ran = synced(simulator, tmp_path, page_size=10)
    assert {each["id"] for each in ran.records("bills")} == {
        each["id"] for each in simulator.control.books(ORGANIZATION, "Bill")
    }
    assert simulator.control.summary()["logins"] == 2
