"""What is not a record's own: found by its name, by a blank, or left alone, it is neither written nor deleted."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
from conftest import client_for
from target_pairs import ARRAYS, DOCUMENTS, ENTITIES, MASTER_DATA, PAIRS, PARENTS, Record, document, of
from target_run import account, books, load, refused, rejects, singer, vendors, writes

from bill_api.entities import BY_NAME

if TYPE_CHECKING:
    from pathlib import Path

    from bill_simulator import Simulator


def accounts(folder: Path) -> dict[str, dict[str, int]]:
    return {each: account(folder, each) for each in PAIRS}


def each_is(verdict: str) -> dict[str, dict[str, int]]:
    return {each: {verdict: 1} for each in PAIRS}


def of_nobody(simulator: Simulator, folder: Path) -> None:
    """BILL has an object for each pair, and no ledger knows of it."""
    assert load(simulator, folder, singer(*PARENTS, *of(0))).code == 0
    shutil.rmtree(folder / ".bill")
    simulator.control.forget_requests()


# Deleted in the source


@pytest.mark.parametrize("mark", [{"isActive": "inactive"}, {"_sdc_deleted_at": "2026-03-01T00:00:00Z"}])
def test_an_object_that_only_has_the_name_of_what_was_deleted_lives_on(
    empty: Simulator, tmp_path: Path, mark: Record
) -> None:
    of_nobody(empty, tmp_path)
    for mode in ("plan", "apply"):
        assert load(empty, tmp_path, singer(*of(0, **mark)), allow_deletes=True, mode=mode).code == 0
        assert accounts(tmp_path) == each_is("skipped")
    assert writes(empty) == []
    assert {each["isActive"] for entity in ENTITIES.values() for each in books(empty, entity)} == {"1"}
    ids = {stream: next(each["id"] for each in books(empty, ENTITIES[stream])) for stream in DOCUMENTS}
    own = [(stream, ["key"], [{**PAIRS[stream][0], "id": ids[stream], **mark}]) for stream in DOCUMENTS]
    ran = load(empty, tmp_path, singer(*own), allow_deletes=True)
    assert ran.code == 0, ran.err
    assert all(account(tmp_path, each) == {"deleted": 1} for each in DOCUMENTS), "its own id says which it is"


def test_what_the_ledger_knows_is_deleted_whatever_its_record_says_by_then(empty: Simulator, tmp_path: Path) -> None:
    assert load(empty, tmp_path, singer(*PARENTS, *of(0))).code == 0
    gone = [(stream, ["key"], [{"key": 1, "_sdc_deleted_at": "2026-03-01"}]) for stream in PAIRS]
    ran = load(empty, tmp_path, singer(*gone), allow_deletes=True)
    assert ran.code == 0, ran.err
    assert accounts(tmp_path) == each_is("deleted")


# Found by other fields


BLANKS: list[Any] = [None, "", " \u00a0"]


def test_nothing_in_a_match_field_matches_nothing(empty: Simulator, tmp_path: Path) -> None:
    client = client_for(empty)
    for entity in ("Vendor", "Customer"):
        client.create(BY_NAME[entity], {"name": "Has none"})
    found = {"vendors": ["accNumber"], "customers": ["accNumber"], "chart_of_accounts": ["accountNumber"]}
    records = {
        stream: [{**MASTER_DATA[stream][0], "key": key, names[0]: blank} for key, blank in enumerate(BLANKS)]
        for stream, names in found.items()
    }
    stdin = singer(*((stream, ["key"], each) for stream, each in records.items()))
    empty.control.forget_requests()
    for mode in ("apply", "plan"):
        assert load(empty, tmp_path, stdin, match_on=found, mode=mode).code == 1
        assert all(account(tmp_path, stream) == {"rejected": len(BLANKS)} for stream in found)
        assert {field for _, _, field, _ in refused(tmp_path)} == {"accNumber", "accountNumber"}
        assert all("has no value here, and `match_on`" in each["reason"] for each in rejects(tmp_path))
    assert writes(empty) == []
    filled = [(stream, ["key"], [{**each[0], found[stream][0]: "7"}]) for stream, each in records.items()]
    assert load(empty, tmp_path, singer(*filled), match_on=found).code == 0
    again = [(stream, ["key"], [{**each[0], found[stream][0]: ""}]) for stream, each in records.items()]
    assert load(empty, tmp_path, singer(*again), match_on=found).code == 0
    assert {each["name"] for each in books(empty, "Vendor")} == {"Has none", "NPOWER"}, "the ledger knows it by then"


# Left alone


def test_what_was_skipped_is_asked_again_and_is_nobodys(empty: Simulator, tmp_path: Path) -> None:
    of_nobody(empty, tmp_path)
    for place, mode in ((0, "apply"), (1, "plan"), (1, "apply")):
        assert load(empty, tmp_path, singer(*of(place)), on_match="skip", mode=mode).code == 0
        assert accounts(tmp_path) == each_is("skipped")
    assert load(empty, tmp_path, singer(*of(1)), on_match="reject").code == 1
    assert accounts(tmp_path) == each_is("rejected")
    assert writes(empty) == []
    other = [(stream, ["key"], [{**records[1], "key": "other"}]) for stream, records in PAIRS.items()]
    assert load(empty, tmp_path, singer(*other)).code == 0
    assert accounts(tmp_path) == each_is("updated"), "another record may have it"


# Made on the way


def of_party(stream: str, name: str, number: str, *amounts: Any, **more: Any) -> Record:
    """A bill, invoice or credit of a party that BILL may not have."""
    heads = {
        "bills": {"vendorName": name, "invoiceNumber": number},
        "invoices": {"customerName": name, "invoiceNumber": number},
        "vendor_credits": {"vendorName": name, "refNumber": number},
    }
    return document(stream, *amounts, **{**heads[stream], **more})


REFUSED: dict[str, tuple[list[Any], Record]] = {
    "Below zero": ([-25], {}),
    "Another total": ([10], {"amount": 999}),
    "No such day": ([10], {"glPostingDate": "0001-01-01"}),
    "No such account": ([10], {}),
    "Two such accounts": ([10], {}),
}


def test_a_party_is_made_only_for_a_document_that_passes_everything_else(empty: Simulator, tmp_path: Path) -> None:
    for parent in ("", books(empty, "ChartOfAccount")[0]["id"]):
        account_ = {"name": "Twin", "accountType": "7", "parentChartOfAccountId": parent}
        client_for(empty).create(BY_NAME["ChartOfAccount"], account_)
    bad: list[Any] = []
    for stream in DOCUMENTS:
        records = [
            of_party(stream, f"{why} {stream}", f"{number}", *amounts, **more)
            for number, (why, (amounts, more)) in enumerate(REFUSED.items())
        ]
        for record, name in zip(records[-2:], ("Nowhere", "Twin"), strict=True):
            record[ARRAYS[stream]][0]["chartOfAccountName"] = name
        twice = [of_party(stream, f"Twice {stream}", "T", amount, key=amount) for amount in (1, 2)]
        broken = of_party(stream, f"Broken {stream}", "1.23457E+11", 10)
        bad.append((stream, ["key"], [{"key": n, **each} for n, each in enumerate([*records, *twice, broken])]))
    numbers = {"accountNumber": "9900012345", "routingNumber": "021000021"}
    untrusted = {"key": 1, "vendorName": "Untrusted Ltd", **numbers}
    unagreed = {"key": 1, "customerName": "Unagreed Ltd", "nameOnAccount": "U", **numbers}
    bad += [("vendor_bank_accounts", ["key"], [untrusted]), ("customer_bank_accounts", ["key"], [unagreed])]
    settings = {"create_missing": ["vendors", "customers"]}
    before = [len(books(empty, each)) for each in ("Vendor", "Customer")]
    for mode in ("apply", "plan"):
        empty.control.forget_requests()
        assert load(empty, tmp_path, singer(*bad), mode=mode, **settings).code == 1
        assert all(account(tmp_path, each) == {"rejected": len(REFUSED) + 3} for each in DOCUMENTS), refused(tmp_path)
        assert writes(empty) == []
    good = [(stream, ["key"], [{**of_party(stream, f"Good {stream}", "G", 10), "key": "good"}]) for stream in DOCUMENTS]
    assert load(empty, tmp_path, singer(*bad, *good), **settings).code == 1
    assert [len(books(empty, each)) for each in ("Vendor", "Customer")] == [before[0] + 2, before[1] + 1]
    assert load(empty, tmp_path, singer(vendors("good BILLS"), *good), **settings).code == 0
    assert account(tmp_path, "vendors") == {"unchanged": 1}, "its first own record has it then"
