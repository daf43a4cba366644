"""One record, one object: whatever its stream is called, however its key and its names are written."""

from __future__ import annotations

import shutil
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from target_pairs import (
    DAYS,
    DOCUMENTS,
    ENTITIES,
    MASTER_DATA,
    PAIRS,
    PARENTS,
    RECURRING,
    Stream,
    document,
    filler,
    lines,
    of,
)
from target_run import account, bill, bills, books, load, refused, rejects, singer, vendors, writes

if TYPE_CHECKING:
    from pathlib import Path

    from bill_simulator import Simulator

NAMES = {"bills": "invoiceNumber", "invoices": "invoiceNumber", "vendor_credits": "refNumber"}
PLAN = "plan.json"


def renamed(name: str) -> list[Stream]:
    """Records with the keys of others and another number or name: those of another source."""
    return [
        (stream, keys, [{**each, NAMES.get(stream, "name"): name} for each in found]) for stream, keys, found in of(0)
    ]


def incoming(streams: list[Stream], prefix: str) -> list[Stream]:
    return [(prefix + stream, keys, records) for stream, keys, records in streams]


def count(simulator: Simulator) -> dict[str, int]:
    return {entity: len(books(simulator, entity)) for entity in ENTITIES.values()}


# Two sources that count from one


@pytest.mark.parametrize("way", ["streams", "stream_maps", "source"])
def test_equal_keys_of_two_sources_are_two_records(empty: Simulator, tmp_path: Path, way: str) -> None:
    prefixes = ("eu_", "us_")
    ways: dict[str, dict[str, Any]] = {
        "streams": {"streams": {prefix + each: each for prefix in prefixes for each in PAIRS}},
        "stream_maps": {"stream_maps": {prefix + each: {"__alias__": each} for prefix in prefixes for each in PAIRS}},
        "source": {},
    }
    eu, us = of(0), renamed("US 1")
    inputs: list[tuple[str, dict[str, Any]]]
    if way == "source":
        inputs = [(singer(*eu), {"source": "eu"}), (singer(*us), {"source": "us"})]
    else:
        inputs = [(singer(*incoming(eu, "eu_"), *incoming(us, "us_")), ways[way])]
    assert load(empty, tmp_path, singer(*PARENTS)).code == 0
    before = count(empty)
    for stdin, more in inputs:
        ran = load(empty, tmp_path, stdin, **more)
        assert ran.code == 0, ran.err
    assert count(empty) == {each: before[each] + 2 for each in before}
    empty.control.forget_requests()
    for stdin, more in inputs:
        assert load(empty, tmp_path, stdin, **more).code == 0
    assert writes(empty) == []


def test_by_the_ledger_alone_no_object_becomes_another_one(empty: Simulator, tmp_path: Path) -> None:
    """Two pipelines with one ledger and no name of their own: the second is refused, and nothing flips."""
    assert load(empty, tmp_path, singer(*PARENTS, *of(0))).code == 0
    for mode in ("plan", "apply", "apply"):
        empty.control.forget_requests()
        assert load(empty, tmp_path, singer(*renamed("US 1")), mode=mode, plan=None).code == 1
        assert writes(empty) == []
        assert [(stream, field) for stream, _, field, _ in refused(tmp_path)] == [
            (each, NAMES.get(each, "name")) for each in sorted(PAIRS)
        ]
        assert all("it may be another object" in each["reason"] for each in rejects(tmp_path))
    other = singer(vendors("Other Ltd"), ("bills", ["key"], [{**PAIRS["bills"][0], "vendorName": "Other Ltd"}]))
    assert load(empty, tmp_path, other).code == 1
    assert [field for _, _, field, _ in refused(tmp_path)] == ["vendorId"]
    ran = load(empty, tmp_path, singer(*renamed("US 1")), allow_renames=True)
    assert ran.code == 0, ran.err
    assert all(account(tmp_path, each) == {"updated": 1} for each in PAIRS)


# One key, several writings


RENT = {**RECURRING, "recurringBillLineItems": lines("9.90")}


def test_a_number_as_key_is_one_whatever_its_form_and_a_text_stays_a_text(empty: Simulator, tmp_path: Path) -> None:
    def keyed(*keys: Any) -> str:
        records = [{"key": key, **RENT} for key in keys]
        return singer(*PARENTS, ("recurring_bills", ["key"], records))

    before = len(books(empty, "RecurringBill"))
    assert load(empty, tmp_path, keyed(1, "1", 1.0)).code == 0
    assert account(tmp_path, "recurring_bills") == {"created": 1, "repeated": 2}
    empty.control.forget_requests()
    for key in (1, "1", 1.0, " 1 "):
        assert load(empty, tmp_path, keyed(key)).code == 0
        assert account(tmp_path, "recurring_bills") == {"unchanged": 1}, key
    assert writes(empty) == []
    assert load(empty, tmp_path, keyed("1.0")).code == 0
    assert len(books(empty, "RecurringBill")) == before + 2


CLEAN = "Caf\u00e9 M\u00fcller"
SPELLINGS = [
    "\ufeffCafe\u0301\u00a0Mu\u0308ller\u200b ",
    "Caf\u00e9 M\u00fcller",
    "Cafe\u0301 Mu\u0308ller",
    "Caf\u00e9\u200b M\u00fcller",
    "\ufeffCaf\u00e9 M\u00fcller",
    "Caf\u00e9\u00a0M\u00fcller",
    "CAF\u00c9  m\u00fcller ",
]


def spelled(name: str) -> list[Stream]:
    """Records that name one vendor, one customer, one account and one item, and two documents of them."""
    line = {"amount": "10.00", "chartOfAccountName": name}
    return [
        ("vendors", ["name"], [{"name": name}]),
        ("customers", ["name"], [{"name": name}]),
        ("chart_of_accounts", ["name"], [{"name": name, "accountType": "7"}]),
        ("items", ["name"], [{"name": name, "type": "3"}]),
        ("bills", ["vendorName", "invoiceNumber"], [{**bill(name, "B-1"), "billLineItems": [line]}]),
        (
            "invoices",
            ["customerName", "invoiceNumber"],
            [
                {
                    "customerName": name,
                    "invoiceNumber": "I-1",
                    **DAYS,
                    "invoiceLineItems": [{"itemName": name, "quantity": 1, "price": 5}],
                }
            ],
        ),
    ]


def test_names_that_look_alike_are_one_object_and_its_documents_one_document(empty: Simulator, tmp_path: Path) -> None:
    together = [spelled(name) for name in SPELLINGS]
    stdin = singer(*(stream for streams in together for stream in streams))
    before = count(empty)
    ran = load(empty, tmp_path, stdin)
    assert ran.code == 0, ran.err
    assert account(tmp_path, "bills") == {"created": 1, "repeated": len(SPELLINGS) - 1}
    assert count(empty) == {each: before[each] + (each != "VendorCredit") for each in before}
    assert [each["name"] for each in books(empty, "Vendor")] == [CLEAN]
    empty.control.forget_requests()
    for streams in (together[2], together[-1], [stream for each in together[::-1] for stream in each]):
        assert load(empty, tmp_path, singer(*streams)).code == 0
    shutil.rmtree(tmp_path / ".bill")
    assert load(empty, tmp_path, stdin).code == 0
    assert writes(empty) == [], "in no writing, and also without the ledger"


def test_records_of_two_keys_are_one_vendor_and_never_one_bill(empty: Simulator, tmp_path: Path) -> None:
    """Master data that says the same resolves the names of both; which of two documents is meant is for a person."""
    keyed = [{"key": key, "name": name} for key, name in enumerate(SPELLINGS)]
    documents = [{**bill(name, "B-1", 10), "key": key} for key, name in enumerate(SPELLINGS)]
    stdin = singer(("vendors", ["key"], keyed), ("bills", ["key"], documents))
    assert load(empty, tmp_path, stdin).code == 1
    assert account(tmp_path, "vendors") == {"created": 1, "linked": len(SPELLINGS) - 1}
    assert account(tmp_path, "bills") == {"rejected": len(SPELLINGS)}
    first = refused(tmp_path)
    empty.control.forget_requests()
    load(empty, tmp_path, stdin)
    assert (writes(empty), refused(tmp_path)) == ([], first)


# One key, several contents


def flat(*amounts: Any, between: int = 0) -> list[Stream]:
    """Rows of one document that were not brought together, for every kind of document."""
    found: list[Stream] = []
    for place, amount in enumerate(amounts):
        mark = {"key": 1, "updated_at": f"2026-01-0{place + 1}T00:00:00Z"}
        found += [filler(between if place else 0)]
        found += [(stream, ["key"], [document(stream, amount, **mark)]) for stream in DOCUMENTS]
    return found


@pytest.mark.parametrize(("between", "bookmark"), [(0, None), (1000, "updated_at"), (5000, None)])
def test_rows_that_were_not_brought_together_are_not_taken_for_versions(
    empty: Simulator, tmp_path: Path, between: int, bookmark: str | None
) -> None:
    stdin = singer(*PARENTS, *flat("10.10", "20.20", between=between), bookmark=bookmark)
    for _ in range(2 if not between else 1):
        empty.control.forget_requests()
        assert load(empty, tmp_path, stdin).code == 1
        assert all(account(tmp_path, each) == {"rejected": 2} for each in DOCUMENTS)
        assert all("none is proven to be the later version" in each["reason"] for each in rejects(tmp_path))
    assert [books(empty, ENTITIES[each]) for each in DOCUMENTS] == [[], [], []]
    if between:
        return
    assert writes(empty) == []
    assert load(empty, tmp_path, singer(*flat("10.10"), bookmark=bookmark)).code == 0
    empty.control.forget_requests()
    assert load(empty, tmp_path, stdin).code == 1
    assert writes(empty) == [], "nor when the ledger knows one of them"


def test_a_proven_later_version_supersedes_and_is_counted_apart(empty: Simulator, tmp_path: Path) -> None:
    old = bill("Harbour Lamps", "S-1", "10.10", updated_at=1)
    new = bill("Harbour Lamps", "S-1", "10.10", "20.20", updated_at=2)
    accounts = [each | {"updated_at": 3 - each["key"], "key": 7} for each in MASTER_DATA["chart_of_accounts"]]
    stdin = singer(*PARENTS, bills(new, old, old), ("chart_of_accounts", ["key"], accounts), bookmark="updated_at")
    for expected in ("created", "unchanged"):
        empty.control.forget_requests()
        ran = load(empty, tmp_path, stdin)
        assert ran.code == 0, ran.err
        assert account(tmp_path, "bills") == {expected: 1, "superseded": 2}
        assert account(tmp_path, "chart_of_accounts") == {expected: 1, "superseded": 1}
    assert writes(empty) == []
    assert [each["amount"] for each in books(empty, "Bill")] == [Decimal("30.30")]
    assert "lamps" in [each["description"] for each in books(empty, "ChartOfAccount")]
