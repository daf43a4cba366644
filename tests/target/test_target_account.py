"""One account: each record received has one verdict, in count and in money, whether a run ends, stops or plans."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from target_pairs import ARRAYS, ENTITIES, PARENTS, document
from target_run import VERDICTS, account, bill, bills, books, load, refused, rejects, report, singer, vendors, writes

if TYPE_CHECKING:
    from pathlib import Path

    from bill_simulator import Simulator

HARBOUR = "Harbour Lamps"


def keyed(stream: str, *records: dict[str, Any]) -> tuple[str, list[str], list[dict[str, Any]]]:
    return stream, ["key"], list(records)


def of_key(key: Any, *amounts: Any, **more: Any) -> dict[str, Any]:
    return bill(HARBOUR, f"N-{key}", *amounts, key=key, **more)


def test_what_a_document_without_lines_says_it_is_counts(empty: Simulator, tmp_path: Path) -> None:
    none: dict[str, Any] = {"none": [], "null": None}
    records = [{**of_key(key), "billLineItems": lines, "amount": "10.50"} for key, lines in none.items()]
    text = {**of_key("text"), "billLineItems": [], "amount": "much"}
    load(empty, tmp_path, singer(vendors(HARBOUR), keyed("bills", *records, text)))
    line = report(tmp_path)["streams"]["bills"]
    assert (line["received_money"], line["money"]["rejected"]) == ("21.00", "21.00")
    assert account(tmp_path, "bills") == {"rejected": 3}


def test_received_is_the_sum_of_all_verdicts_in_count_and_in_money(empty: Simulator, tmp_path: Path) -> None:
    first = [of_key(key, amount) for key, amount in (("changed", 1), ("same", 2), ("gone", 4), ("goes", 8))]
    assert load(empty, tmp_path, singer(vendors(HARBOUR), keyed("bills", *first))).code == 0
    second = [
        of_key("new", 16),
        of_key("changed", 32, updated_at=2),
        of_key("changed", 32, updated_at=3),
        of_key("same", 2),
        of_key("gone", 4, isActive="2"),
        of_key("two", 64, updated_at=1),
        of_key("two", 64, 128, updated_at=2),
        of_key("bad", 256, dueDate="2026-02-30"),
        of_key("other", 512) | {"invoiceNumber": "N-same"},
    ]
    left_out = {"organizationId": "00801OTHERORGAAaaaa9", "id": "stp1", "key": 1}
    linked = {"key": 1, "name": HARBOUR.upper()}
    stdin = singer(
        keyed("vendors", linked), keyed("bills", *second), keyed("sent_pays", left_out), bookmark="updated_at"
    )
    load(empty, tmp_path, stdin, allow_deletes=True)
    account_of = report(tmp_path)
    assert account_of["adds_up"]
    assert account(tmp_path, "bills") == {
        "created": 2,
        "updated": 1,
        "unchanged": 1,
        "repeated": 1,
        "superseded": 1,
        "deleted": 1,
        "rejected": 2,
    }
    assert {
        name: Decimal(money) for name, money in account_of["streams"]["bills"]["money"].items() if money != "0"
    } == {
        "created": 16 + 64 + 128,
        "updated": 32,
        "unchanged": 2,
        "repeated": 32,
        "superseded": 64,
        "deleted": 4,
        "rejected": 256 + 512,
    }
    assert account(tmp_path, "vendors") == {"linked": 1}
    assert account(tmp_path, "sent_pays") == {"left out": 1}
    load(empty, tmp_path, singer(keyed("bills", of_key("goes", 8, isActive="2"))))
    assert account(tmp_path, "bills") == {"skipped": 1}
    for line in account_of["streams"].values():
        assert line["received"] == sum(line[verdict] for verdict in VERDICTS)
        assert Decimal(line["received_money"]) == sum(map(Decimal, line["money"].values()))
    assert empty.control.totals(empty.organization_id)["Bill"]["amount"] == 16 + 32 + 2 + 4 + 8 + 64 + 128


def test_a_run_that_was_stopped_says_how_far_it_came(empty: Simulator, tmp_path: Path) -> None:
    names = [f"V{number}" for number in range(300)]
    ran = load(empty, tmp_path, singer(vendors(*names)), max_creates=60)
    assert ran.code == 1
    assert ran.out == ""
    assert "stopped, 60 of 300 settled" in ran.err
    assert "every record accounted for" not in ran.err
    told = report(tmp_path)
    assert told["ended"].startswith("stopped: ")
    assert told["ended"].endswith("; 60 of 300 settled")
    assert not told["adds_up"]
    assert len(books(empty, "Vendor")) == 60
    assert load(empty, tmp_path, singer(vendors(*names))).code == 0
    assert account(tmp_path, "vendors") == {"created": 240, "unchanged": 60}


STOPPED = "this line is no message\n"


@pytest.mark.parametrize(("mode", "verb", "never"), [("plan", "planned", "settled"), ("apply", "settled", "planned")])
def test_a_plan_never_says_settled(empty: Simulator, tmp_path: Path, mode: str, verb: str, never: str) -> None:
    ends = {
        "well": singer(*PARENTS),
        "with rejects": singer(*PARENTS, bills(bill("Nobody", "1", 5), bill(HARBOUR, "2", "x"))),
        "in between": singer(*PARENTS)[: -len('{"type": "STATE", "value": {"done": true}}\n')] + STOPPED,
    }
    for end, stdin in ends.items():
        ran = load(empty, tmp_path, stdin, mode=mode)
        assert (ran.code == 0) is (end == "well")
        assert never not in (ran.err + json.dumps(report(tmp_path))).casefold(), end
    assert f"stopped, 0 of 2 {verb}" in ran.err
    assert report(tmp_path)["ended"].endswith(f"0 of 2 {verb}")


@pytest.mark.parametrize("stream", ["bills", "invoices"])
def test_a_record_that_bill_has_only_in_part_is_a_reject_that_says_with_how_much(
    empty: Simulator, tmp_path: Path, stream: str
) -> None:
    """BILL keeps other lines than it was sent: every run says so, and none sends it again, until it has been mended."""
    empty.control.switch(update_lines="merge")
    assert load(empty, tmp_path, singer(*PARENTS, keyed(stream, document(stream, 10, 5, key=1)))).code == 0
    stdin = singer(keyed(stream, document(stream, 11, key=1)))
    settings = {"allow_fewer_lines": [stream]}
    load(empty, tmp_path, stdin, **settings)
    told = refused(tmp_path)
    assert [each[:3] for each in told] == [(stream, "1", ARRAYS[stream])]
    assert "BILL has 2 lines of 16.00 in 00" in told[0][3]
    assert told[0][3].endswith(", and was sent 1 line of 11.00")
    empty.control.forget_requests()
    for mode in ("apply", "plan"):
        assert load(empty, tmp_path, stdin, mode=mode, **settings).code == 1
        assert refused(tmp_path) == told
    assert writes(empty) == []
    assert "Mend the lines in BILL" in rejects(tmp_path)[0]["hint"]
    mended = document(stream, 11, 5, key=1)
    assert load(empty, tmp_path, singer(keyed(stream, mended)), **settings).code == 0
    assert account(tmp_path, stream) == {"unchanged": 1}
    assert [each["amount"] for each in books(empty, ENTITIES[stream])] == [16]
