"""target-bill as a process, against a running simulator: what becomes of each record."""

from __future__ import annotations

import json
import resource
import signal
import stat
import subprocess
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from conftest import client_for, settings
from target_run import (
    ORGANIZATION,
    WAIT_S,
    account,
    bill,
    bills,
    books,
    load,
    opened,
    refused,
    rejects,
    report,
    singer,
    standing_still,
    started,
    until,
    vendors,
    wait_for_intents,
    writes,
)

from bill_api.entities import BY_NAME

if TYPE_CHECKING:
    from pathlib import Path

    from bill_simulator import Simulator

LEDGER_BYTES = 200_000

# Creating


def test_vendors_and_bills_with_lines_are_created_in_bulk(empty: Simulator, tmp_path: Path) -> None:
    names = [f"Vendor {i}" for i in range(250)]
    documents = [bill(name, f"N-{i}", "10.10", "-0.20") for i, name in enumerate(names)]
    empty.control.forget_requests()
    ran = load(empty, tmp_path, singer(vendors(*names), bills(*documents)))
    assert ran.code == 0, ran.err
    assert len(books(empty, "Vendor")) == len(books(empty, "Bill")) == 250
    assert empty.control.totals(ORGANIZATION)["Bill"]["amount"] == Decimal("9.90") * 250
    paths = empty.control.summary()["paths"]
    assert paths["/Bulk/Crud/Create/Vendor.json"] == paths["/Bulk/Crud/Create/Bill.json"] == 3
    assert ran.out == '{"done":true}\n'


def test_bills_that_come_before_their_vendors_are_held_until_those_are_there(empty: Simulator, tmp_path: Path) -> None:
    ran = load(empty, tmp_path, singer(bills(bill("Late Ltd", "1", 5)), vendors("Late Ltd")))
    assert ran.code == 0, ran.err
    assert [each["amount"] for each in books(empty, "Bill")] == [5]


def test_names_are_matched_whatever_their_blanks_and_case(empty: Simulator, tmp_path: Path) -> None:
    ran = load(empty, tmp_path, singer(vendors("ACME  Tools"), bills(bill(" acme tools", "1", 5))))
    assert ran.code == 0, ran.err


def test_accounts_are_found_by_name_and_by_number_on_lines(simulator: Simulator, tmp_path: Path) -> None:
    account = next(each for each in books(simulator, "ChartOfAccount") if each["accountNumber"])
    vendor = books(simulator, "Vendor")[0]["name"]
    document = bill(vendor, "BY-NAME")
    document["billLineItems"] = [
        {"amount": 1, "chartOfAccountName": account["name"]},
        {"amount": 2, "chartOfAccountNumber": account["accountNumber"]},
    ]
    ran = load(simulator, tmp_path, singer(bills(document)))
    assert ran.code == 0, ran.err
    stored = next(each for each in books(simulator, "Bill") if each["invoiceNumber"] == "BY-NAME")
    assert [line["chartOfAccountId"] for line in stored["billLineItems"]] == [account["id"]] * 2


# The same again


def test_the_same_input_twice_writes_nothing_new(empty: Simulator, tmp_path: Path) -> None:
    stdin = singer(vendors("A", "B"), bills(bill("A", "1", 1), bill("B", "1", "2.50")))
    assert load(empty, tmp_path, stdin).code == 0
    empty.control.forget_requests()
    ran = load(empty, tmp_path, stdin)
    assert ran.code == 0, ran.err
    assert report(tmp_path)["streams"]["bills"]["unchanged"] == 2
    assert empty.control.summary()["calls"] == 0


def test_a_changed_record_is_an_update_of_the_same_object(empty: Simulator, tmp_path: Path) -> None:
    load(empty, tmp_path, singer(vendors("A"), bills(bill("A", "1", 1), bill("A", "2", 2))))
    before = {each["invoiceNumber"]: each["id"] for each in books(empty, "Bill")}
    ran = load(empty, tmp_path, singer(vendors("A"), bills(bill("A", "1", 1), bill("A", "2", 2, 3))))
    assert ran.code == 0, ran.err
    assert {each["invoiceNumber"]: each["id"] for each in books(empty, "Bill")} == before
    assert empty.control.totals(ORGANIZATION)["Bill"]["amount"] == 6
    assert report(tmp_path)["streams"]["bills"] | {"updated": 1, "unchanged": 1} == report(tmp_path)["streams"]["bills"]


def test_equal_amounts_written_differently_are_no_change(empty: Simulator, tmp_path: Path) -> None:
    load(empty, tmp_path, singer(vendors("A"), bills(bill("A", "1", "125.50"))))
    ran = load(empty, tmp_path, singer(vendors("A"), bills(bill("A", "1", 125.5))))
    assert ran.code == 0, ran.err
    assert report(tmp_path)["streams"]["bills"]["unchanged"] == 1


def test_lines_that_bill_keeps_beside_the_new_ones_are_an_alarm_and_do_not_pile_up(
    empty: Simulator, tmp_path: Path
) -> None:
    """An update replaces the lines (documented); if BILL merged them, amounts would grow with every load."""
    empty.control.switch(update_lines="merge")
    load(empty, tmp_path, singer(vendors("A"), bills(bill("A", "1", 10, 5))))
    changed = singer(vendors("A"), bills(bill("A", "1", 11)))
    ran = load(empty, tmp_path, changed, allow_fewer_lines=["bills"])
    assert ran.code == 1
    told = rejects(tmp_path)
    assert "BILL has 2 lines of 16.00 in 00n" in told[0]["reason"]
    assert "was sent 1 line of 11.00" in told[0]["reason"]
    empty.control.forget_requests()
    for more in ({}, {"allow_fewer_lines": ["bills"]}):
        assert load(empty, tmp_path, changed, **more).code == 1
        assert rejects(tmp_path)[0]["reason"].startswith("BILL has 2 lines of 16.00")
    assert writes(empty) == []
    assert empty.control.totals(ORGANIZATION)["Bill"]["amount"] == 16


@pytest.mark.parametrize(
    ("on_match", "verdict", "phone"),
    [("update", "updated", "2"), ("skip", "skipped", "1"), ("reject", "rejected", "1")],
)
def test_what_bill_already_has_is_treated_as_the_user_chose(
    empty: Simulator, tmp_path: Path, on_match: str, verdict: str, phone: str
) -> None:
    client_for(empty).create(BY_NAME["Vendor"], {"name": "Old Friend", "phone": "1"})
    stdin = singer(("vendors", ["name"], [{"name": "old friend", "phone": "2"}]))
    load(empty, tmp_path, stdin, on_match=on_match)
    assert report(tmp_path)["streams"]["vendors"][verdict] == 1
    assert [each["phone"] for each in books(empty, "Vendor")] == [phone]


# Bad records

BAD = {
    "an amount with a third decimal": (bill("A", "1", "12.345"), "lines[0].amount", "12.345"),
    "a bill without a vendor": ({**bill("A", "1", 1), "vendorName": ""}, "vendorName", "no value for this key"),
    "a vendor that does not exist": (bill("Acme Tolls", "1", 1), "vendorName", "'Acme Tolls'"),
    "a bill without lines": (bill("A", "1"), "billLineItems", "requires"),
    "a line without an amount": ({**bill("A", "1"), "billLineItems": [{"description": "x"}]}, "lines[0].amount", ""),
    "a number that BILL would refuse": (bill("A", "X" * 22, 1), "invoiceNumber", "22 characters; BILL takes 21"),
    "a day that is none": (bill("A", "1", 1, dueDate="2026-02-30"), "dueDate", "2026-02-30"),
    "an id of another organization": (
        {**bill("A", "1", 1), "vendorId": "00902OTHERORGANIZATI"},
        "vendorId",
        "00902OTHERORGANIZATI",
    ),
    "what the tap could not read": (
        bill("A", "1", 1, _source_errors=[{"row": 7, "column": "Net", "field": "x", "message": "is not a number"}]),
        "x",
        "row 7, column 'Net': is not a number",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_record_is_rejected_by_field_and_the_others_are_written(
    empty: Simulator, tmp_path: Path, name: str
) -> None:
    bad, field, reason = BAD[name]
    ran = load(
        empty, tmp_path, singer(vendors("A", "Acme Tools"), bills(bill("A", "OK-1", 1), bad, bill("A", "OK-2", 1)))
    )
    assert ran.code == 1
    assert "1 rejected records, 0 allowed (`max_rejects`)" in ran.err
    assert "Traceback" not in ran.err
    assert ran.out == "", "STATE must not pass a rejected record"
    assert sorted(each["invoiceNumber"] for each in books(empty, "Bill")) == ["OK-1", "OK-2"]
    (reject,) = rejects(tmp_path)
    assert reject["field"] == field
    assert reason in reject["reason"]
    assert reject["record"] == bad
    assert report(tmp_path)["adds_up"]


def test_of_several_things_that_are_wrong_with_a_record_the_first_is_told(empty: Simulator, tmp_path: Path) -> None:
    empty.control.switch(duplicate_names="allow")
    for entity in ("Vendor", "Department"):
        for _ in range(2):
            client_for(empty).create(BY_NAME[entity], {"name": "Twin"})
    values, missing, ambiguous = (
        bill("A", "1", 5, invoiceDate="x", dueDate="y"),
        bill("B", "2", 5),
        bill("Twin", "3", 5),
    )
    missing["billLineItems"][0]["departmentName"] = "Nowhere"
    ambiguous["billLineItems"][0]["departmentName"] = "Twin"
    hopeless = bill("C", "5", 5)
    hopeless["billLineItems"][0]["departmentName"] = "Twin"
    versions = [bill("A", "4", 5), bill("A", "4", 6, invoiceDate="x", dueDate="y")]
    load(empty, tmp_path, singer(vendors("A"), bills(values, missing, ambiguous, hopeless, *versions)))
    told = {(each["source_key"], each["field"]) for each in rejects(tmp_path)}
    assert told == {
        ("A / 1", "invoiceDate"),
        ("B / 2", "vendorName"),
        ("Twin / 3", "vendorName"),
        ("C / 5", "lines[0].departmentName"),  # what the input may still bring is less wrong
        ("A / 4", "invoiceDate"),
        ("A / 4", None),
    }


def test_near_misses_are_listed(empty: Simulator, tmp_path: Path) -> None:
    load(empty, tmp_path, singer(vendors("Acme Tools"), bills(bill("Acme Tolls", "1", 1))))
    assert "Similar: 'Acme Tools'" in rejects(tmp_path)[0]["hint"]


def test_rejects_up_to_the_allowed_number_let_the_run_succeed(empty: Simulator, tmp_path: Path) -> None:
    ran = load(empty, tmp_path, singer(vendors("A"), bills(bill("B", "1", 1))), max_rejects=1)
    assert ran.code == 0, ran.err
    assert ran.out == '{"done":true}\n'


def test_records_without_a_key_are_rejected_one_by_one(empty: Simulator, tmp_path: Path) -> None:
    nameless = [{**bill("A", "1", 1), "vendorName": None}] * 3
    load(empty, tmp_path, singer(vendors("A"), bills(*nameless)))
    line = report(tmp_path)["streams"]["bills"]
    assert (line["received"], line["rejected"], line["money"]["rejected"]) == (3, 3, "3.00")


def test_of_a_bad_and_a_good_version_of_a_record_neither_is_written(empty: Simulator, tmp_path: Path) -> None:
    load(empty, tmp_path, singer(vendors("A"), bills(bill("A", "1", 1), bill("A", "1", "12.345"))))
    assert account(tmp_path, "bills") == {"rejected": 2}
    good, bad = (each["reason"] for each in rejects(tmp_path))
    assert "12.345" in bad
    assert good.endswith(f"and another one cannot be written: {bad}")


def test_a_bill_number_used_twice_in_the_input_is_found_before_it_is_sent(empty: Simulator, tmp_path: Path) -> None:
    twice = [{**bill("A", "SAME", amount), "id": f"source-{amount}"} for amount in (1, 2)]
    load(empty, tmp_path, singer(vendors("A"), ("bills", ["id"], twice)))
    assert books(empty, "Bill") == []
    first, second = rejects(tmp_path)
    assert first["field"] == second["field"] == "vendorId, invoiceNumber"
    assert "used twice in this input: source-2 of bills has it too" in first["reason"]
    assert "used twice in this input: source-1 of bills has it too" in second["reason"]


@pytest.mark.parametrize("top_level", ["success", "any_failed"])
@pytest.mark.parametrize("position", [0, 3, 6])
def test_a_bad_element_of_a_bulk_call_sinks_no_other(
    empty: Simulator, tmp_path: Path, top_level: str, position: int
) -> None:
    empty.control.switch(bulk_top_level=top_level)
    documents = [bill("A", f"N-{i}", 1) for i in range(7)]
    documents[position]["source"] = "abc"  # a code that only BILL can judge
    load(empty, tmp_path, singer(vendors("A"), bills(*documents)))
    good = [each["invoiceNumber"] for each in documents if "source" not in each]
    assert sorted(each["invoiceNumber"] for each in books(empty, "Bill")) == good
    (reject,) = rejects(tmp_path)
    assert (reject["code"], reject["field"], reject["record"]) == ("BDC_1119", "source", documents[position])
    paths = empty.control.summary()["paths"]
    assert paths["/Bulk/Crud/Create/Bill.json"] == 1


@pytest.mark.parametrize("transaction", ["all_or_nothing", "whole_request"])
@pytest.mark.parametrize("position", [0, 3, 6])
def test_a_bad_element_that_undoes_the_whole_call_sinks_no_other(
    empty: Simulator, tmp_path: Path, transaction: str, position: int
) -> None:
    """Nobody knows whether BILL's bulk calls are transactions; some integrations saw whole batches fail."""
    empty.control.switch(bulk_transaction=transaction)
    documents = [bill("A", f"N-{i}", 1) for i in range(7)]
    documents[position]["source"] = "abc"
    load(empty, tmp_path, singer(vendors("A"), bills(*documents)))
    good = [each["invoiceNumber"] for each in documents if "source" not in each]
    assert sorted(each["invoiceNumber"] for each in books(empty, "Bill")) == good
    assert [each["record"] for each in rejects(tmp_path)] == [documents[position]]


def test_a_refusal_that_is_everybodys_own_costs_no_further_calls(empty: Simulator, tmp_path: Path) -> None:
    load(empty, tmp_path, singer(vendors("A", "B")))
    numbers = {"accountNumber": "9900000001", "routingNumber": "021000021"}
    accounts = [{"vendorName": name, **numbers} for name in ("A", "B")]
    empty.control.forget_requests()
    unknown = {"mfa_id": "!forgotten", "device_id": "test"}
    load(empty, tmp_path, singer(("vendor_bank_accounts", ["vendorName"], accounts)), **unknown)
    assert [each["code"] for each in rejects(tmp_path)] == ["BDC_1361", "BDC_1361"]
    assert empty.control.summary()["paths"]["/Bulk/Crud/Create/VendorBankAccount.json"] == 1


def test_what_only_a_trusted_session_may_list_is_refused_and_the_rest_goes_on(empty: Simulator, tmp_path: Path) -> None:
    empty.control.switch(bank_account_reads="read_and_list_gated")
    account_of_a = {"vendorName": "A", "accountNumber": "9900000001", "routingNumber": "021000021"}
    streams = (vendors("A"), ("vendor_bank_accounts", ["vendorName"], [account_of_a]), bills(bill("A", "N-1", 1)))
    ran = load(empty, tmp_path, singer(*streams), mfa_id="!forgotten", device_id="test")
    assert ran.code == 1
    assert account(tmp_path, "bills") == {"created": 1}
    ((_, _, _, reason),) = refused(tmp_path)
    assert "cannot be seen, so it might be written twice" in reason


def test_a_call_that_is_refused_as_a_whole_is_halved_until_it_passes(empty: Simulator, tmp_path: Path) -> None:
    empty.control.fault("error", "/Bulk/Crud/Create/Vendor.json", count=4, code="BDC_1002", message="Unknown error.")
    ran = load(empty, tmp_path, singer(vendors(*(f"V{i}" for i in range(8)))))
    assert ran.code == 0, ran.err
    assert len(books(empty, "Vendor")) == 8


# Calls whose answer is lost


def test_a_reply_lost_after_commit_creates_no_second_bill(empty: Simulator, tmp_path: Path) -> None:
    empty.control.fault("drop_after", "/Bulk/Crud/Create/Bill.json")
    documents = [bill("A", f"N-{i}", i + 1) for i in range(30)]
    ran = load(empty, tmp_path, singer(vendors("A"), bills(*documents)))
    assert ran.code == 0, ran.err
    assert sorted(each["amount"] for each in books(empty, "Bill")) == list(range(1, 31))
    assert report(tmp_path)["streams"]["bills"]["created"] == 30


@pytest.mark.parametrize("kind", ["drop_before", "html_502", "cut_json"])
def test_a_call_that_was_lost_on_the_way_is_sent_again_when_nothing_is_there(
    empty: Simulator, tmp_path: Path, kind: str
) -> None:
    empty.control.fault(kind, "/Bulk/Crud/Create/Bill.json")
    ran = load(empty, tmp_path, singer(vendors("A"), bills(bill("A", "1", 1), bill("A", "2", 2))), timeout_s=1)
    assert ran.code == 0, ran.err
    assert sorted(each["amount"] for each in books(empty, "Bill")) == [1, 2]


def test_what_somebody_changed_after_a_lost_reply_is_a_conflict_and_left_alone(
    empty: Simulator, tmp_path: Path
) -> None:
    """The intent of a killed run is open, and BILL's object is not what it would have sent."""
    load(empty, tmp_path, singer(vendors("A")))
    vendor = books(empty, "Vendor")[0]["id"]
    days = {"invoiceDate": "2026-03-01", "dueDate": "2026-03-31"}
    lines = [{"entity": "BillLineItem", "amount": 99}]
    other = {**days, "dueDate": "2026-04-30", "billLineItems": lines}
    client_for(empty).create(BY_NAME["Bill"], {"vendorId": vendor, "invoiceNumber": "1", **other})
    sent = {"vendorId": vendor, "invoiceNumber": "1", **days, "billLineItems": [{"amount": 1}]}
    with opened(tmp_path) as ledger:
        key = '["","bills",["vendorName","invoiceNumber"],["a","1"]]'
        ledger.execute(
            "INSERT INTO intents (organization_id, stream, source_key, operation, content_hash, sent_at_s, body)"
            " VALUES (?, 'bills', ?, 'create', 'x', 0, ?)",
            (ORGANIZATION, key, json.dumps(sent)),
        )
    ran = load(empty, tmp_path, singer(vendors("A"), bills(bill("A", "1", 1))))
    assert ran.code == 1
    assert "with another content" in rejects(tmp_path)[0]["reason"]
    assert rejects(tmp_path)[0]["field"] == "dueDate", "the first field that differs"
    assert [each["amount"] for each in books(empty, "Bill")] == [99]


def test_a_number_that_somebody_took_meanwhile_is_looked_up_and_not_an_error(empty: Simulator, tmp_path: Path) -> None:
    """BILL refuses a duplicate (BDC_1171) that was not there when we looked."""
    load(empty, tmp_path, singer(vendors("A")))
    empty.control.fault("late", "/Bulk/Crud/Create/Bill.json", delay_ms=3000)
    documents = bills(bill("A", "1", 5), bill("A", "2", 5))
    with started(empty, tmp_path, singer(vendors("A"), documents), timeout_s=2 * WAIT_S) as process:
        until(lambda: empty.control.faults()[0]["fired"])
        same = {"vendorId": books(empty, "Vendor")[0]["id"], "invoiceNumber": "1", "invoiceDate": "2026-03-01"}
        lines = [{"entity": "BillLineItem", "amount": 5}]
        client_for(empty).create(BY_NAME["Bill"], {**same, "dueDate": "2026-03-31", "billLineItems": lines})
        _, err = process.communicate(timeout=WAIT_S)
    assert process.returncode == 0, err
    assert err.count("looking it up") == err.count("BDC_1171") == 1, "the other one was created, and nothing is asked"
    assert "which was there before" not in err
    assert sorted(each["invoiceNumber"] for each in books(empty, "Bill")) == ["1", "2"]


def test_what_a_call_created_beside_a_number_that_was_taken_is_not_in_doubt(empty: Simulator, tmp_path: Path) -> None:
    """BILL is read anew because of the taken one, and has the others by then."""
    load(empty, tmp_path, singer(vendors("A")))
    empty.control.fault("late", "/Bulk/Crud/Create/Bill.json", delay_ms=3000)
    mine = bills(*(bill("A", number, 5) for number in ("1", "2", "3")))
    with started(empty, tmp_path, singer(vendors("A"), mine)) as process:
        until(lambda: empty.control.faults()[0]["fired"])
        same = {"vendorId": books(empty, "Vendor")[0]["id"], "invoiceNumber": "1", "invoiceDate": "2026-03-01"}
        lines = [{"entity": "BillLineItem", "amount": 5}]
        client_for(empty).create(BY_NAME["Bill"], {**same, "dueDate": "2026-03-31", "billLineItems": lines})
        _, err = process.communicate(timeout=WAIT_S)
    assert process.returncode == 0, err
    assert "BDC_1171" in err
    assert "which was there before" not in err
    assert sorted(each["invoiceNumber"] for each in books(empty, "Bill")) == ["1", "2", "3"]


def test_a_run_killed_while_bill_works_creates_nothing_twice(empty: Simulator, tmp_path: Path) -> None:
    """And BILL would take the same name twice: its own check must not be what saves us."""
    empty.control.switch(duplicate_names="allow")
    stdin = singer(vendors(*(f"V{i}" for i in range(20))))
    empty.control.limit(write_latency_ms=1500)
    process = started(empty, tmp_path, stdin)
    wait_for_intents(tmp_path, 20)
    process.send_signal(signal.SIGKILL)
    process.communicate()

    ran = load(empty, tmp_path, stdin, timeout_s=2)

    assert ran.code == 0, ran.err
    assert "An earlier run was interrupted" in ran.err
    assert sorted(each["name"] for each in books(empty, "Vendor")) == sorted(f"V{i}" for i in range(20))
    assert report(tmp_path)["streams"]["vendors"]["created"] == 20


def test_a_call_that_bill_finishes_after_we_gave_up_is_waited_for(empty: Simulator, tmp_path: Path) -> None:
    empty.control.switch(duplicate_names="allow")
    empty.control.limit(write_latency_ms=1500)
    ran = load(empty, tmp_path, singer(vendors("A", "B")), timeout_s=1)
    assert ran.code == 0, ran.err
    assert sorted(each["name"] for each in books(empty, "Vendor")) == ["A", "B"]
    assert report(tmp_path)["streams"]["vendors"]["created"] == 2
    assert ran.err.count("looking it up") == 2, "it was sent once, and each record looked up once"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_run_after_the_call_in_flight(
    empty: Simulator, tmp_path: Path, number: signal.Signals
) -> None:
    stdin = singer(vendors(*(f"V{i}" for i in range(900))))
    empty.control.limit(write_latency_ms=1500)
    process = started(empty, tmp_path, stdin)
    wait_for_intents(tmp_path, 300)
    process.send_signal(number)
    out, err = process.communicate(timeout=WAIT_S)
    assert process.returncode == 130, err
    assert out == "", "no STATE past what was not sent"
    assert len(books(empty, "Vendor")) == 300, "three calls were in flight, and one was waiting for its turn"
    with opened(tmp_path) as ledger:
        assert ledger.execute("SELECT (SELECT count(*) FROM settled), (SELECT count(*) FROM intents)").fetchone() == (
            300,
            0,
        )
    empty.control.limit(write_latency_ms=0)
    assert load(empty, tmp_path, stdin).code == 0
    assert len(books(empty, "Vendor")) == 900


# Around it


@pytest.mark.slow
def test_a_full_disk_is_named_and_nothing_is_written_twice(empty: Simulator, tmp_path: Path) -> None:
    """The ledger cannot grow any more in the middle of a run."""
    stdin = singer(vendors(*(f"Vendor with a rather long name {i}" for i in range(1500))))
    (tmp_path / "config.json").write_text(json.dumps(settings(empty)))
    ran = subprocess.run(
        [sys.executable, "-m", "target_bill", "--config", "config.json"],
        input=stdin,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=WAIT_S,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (LEDGER_BYTES, LEDGER_BYTES)),
    )
    assert ran.returncode == 1, ran.stderr
    assert "target-bill: a file could not be written" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert ran.stdout == ""
    assert 0 < len(books(empty, "Vendor")) < 1500

    again = load(empty, tmp_path, stdin, timeout_s=1)
    assert again.code == 0, again.err
    names = [each["name"] for each in books(empty, "Vendor")]
    assert len(names) == len(set(names)) == 1500


def test_a_field_that_bill_does_not_have_is_named(empty: Simulator, tmp_path: Path) -> None:
    ran = load(empty, tmp_path, singer(("vendors", ["name"], [{"name": "A", "nickname": "x", "_source_file": "y"}])))
    assert ran.code == 0, ran.err
    assert report(tmp_path)["notes"] == {"`nickname` is not a field of Vendor: not sent": 1}


def test_two_runs_cannot_share_a_ledger(empty: Simulator, tmp_path: Path) -> None:
    empty.control.limit(write_latency_ms=4000)
    first = started(empty, tmp_path, singer(vendors("A")))
    with standing_still(first, tmp_path):
        second = load(empty, tmp_path, singer(vendors("B")))
    assert second.code == 7
    assert "another target-bill is using the ledger" in second.err
    assert [each["name"] for each in books(empty, "Vendor")] == ["A"]


def test_ledger_reports_and_locks_are_for_their_owner_only(
    empty: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    load(empty, tmp_path, singer(vendors("A"), bills(bill("B", "1", 1))))
    folders = [tmp_path / ".bill", tmp_path / ".bill/reports", *tmp_path.glob("state/*/locks")]
    files = [path for folder in folders for path in folder.iterdir() if path.is_file()]
    assert {path.suffix for path in files} >= {".sqlite3", ".lock", ".json", ".jsonl", ".csv"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert [stat.S_IMODE(path.stat().st_mode) for path in folders] == [0o700] * 3


def test_a_stream_that_bill_does_not_have_is_named_before_anything_is_written(empty: Simulator, tmp_path: Path) -> None:
    stdin = singer(("suppliers", ["name"], [{"name": "A"}]))
    ran = load(empty, tmp_path, stdin)
    assert ran.code == 1
    assert "stream `suppliers` is not one of BILL's" in ran.err
    assert load(empty, tmp_path, stdin, streams={"suppliers": "vendors"}).code == 0
    assert [each["name"] for each in books(empty, "Vendor")] == ["A"]


def test_a_fraction_in_state_survives(empty: Simulator, tmp_path: Path) -> None:
    ran = load(empty, tmp_path, singer(vendors("A"), state={"bookmark": 1.25}))
    assert ran.code == 0, ran.err
    assert ran.out == '{"bookmark":1.25}\n'


def test_a_masked_bank_number_is_never_written_and_never_shown(empty: Simulator, tmp_path: Path) -> None:
    load(empty, tmp_path, singer(vendors("A")))
    account = {"vendorName": "A", "accountNumber": "******7890", "routingNumber": "021000021"}
    ran = load(empty, tmp_path, singer(("vendor_bank_accounts", ["vendorName"], [account])))
    assert ran.code == 1
    assert "a masked number, as BILL shows it" in ran.err
    everything = ran.err + "".join(path.read_text() for path in (tmp_path / ".bill/reports").iterdir())
    assert "021000021" not in everything


def test_a_line_that_is_not_json_is_named_without_its_content(empty: Simulator, tmp_path: Path) -> None:
    ran = load(empty, tmp_path, singer(vendors("A")) + '{"type": "RECORD", "secret-thing\n')
    assert ran.code == 1
    assert "line 4 of the input is not JSON" in ran.err
    assert "secret-thing" not in ran.err


# What the target does not write

PAYMENT = {"id": "stp02AAAAAAAAAAaaaaa", "vendorId": "00902AAAAAAAAAAaaaaa", "amount": 12.5}


@pytest.mark.parametrize(
    ("stream", "record", "reason"),
    [
        ("sent_pays", PAYMENT, "SentPay is not written: BILL offers no create of it"),
        ("payment_terms", {"id": "1", "netDue": 30}, "not known well enough"),
        ("credit_memos", {"id": "1"}, "not known well enough"),
        ("users", {"id": "1", "email": "a@b.example"}, "not known well enough"),
    ],
)
def test_what_nobody_can_write_is_a_reject_that_says_so(
    empty: Simulator, tmp_path: Path, stream: str, record: dict[str, Any], reason: str
) -> None:
    ran = load(empty, tmp_path, singer((stream, ["id"], [record]), vendors("Oak Ltd")))
    assert ran.code == 1
    (reject,) = rejects(tmp_path)
    assert reason in reject["reason"]
    assert [each["name"] for each in books(empty, "Vendor")] == ["Oak Ltd"]


def test_payments_of_a_copied_organization_are_left_out_counted_and_named(empty: Simulator, tmp_path: Path) -> None:
    record = {**PAYMENT, "organizationId": "00801OTHERORGAAaaaa9"}
    ran = load(empty, tmp_path, singer(("sent_pays", ["organizationId", "id"], [record, {**record, "id": "stp2"}])))
    assert ran.code == 0, ran.err
    line = report(tmp_path)["streams"]["sent_pays"]
    assert (line["received"], line["left out"], line["rejected"]) == (2, 2, 0)
    assert "2 x SentPay is not written by this target" in ran.err
    assert empty.control.summary()["calls"] == 0
    assert report(tmp_path)["adds_up"]
