"""Records that say whose they are: this organization's keep everything, others' what means something here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from conftest import client_for
from target_run import ORGANIZATION, account, bill, bills, books, load, opened, report, singer, vendors

from bill_api.entities import BY_NAME
from bill_api.existing.objects import Stored
from bill_api.existing.resolver import Resolution
from target_bill.input.parser import Origin, Parser
from target_bill.ledger.intents import Intent
from target_bill.model.step import Action, Step

if TYPE_CHECKING:
    from pathlib import Path

    from bill_simulator import Simulator

ELSEWHERE = "00801OTHERORGAAaaaa9"
KEYS = ["organizationId", "id"]


def read_back(simulator: Simulator, entity: str) -> dict[str, Any]:
    """The only object of an entity, as tap-bill delivers it."""
    (found,) = books(simulator, entity)
    fields = {*BY_NAME[entity].by_name}
    return {name: value for name, value in found.items() if name in fields} | {"organizationId": ORGANIZATION}


def test_a_record_of_this_organization_keeps_its_line_ids_and_bank_accounts(empty: Simulator, tmp_path: Path) -> None:
    document = bill("A", "1", 10, 20)
    texts = ("lamps", "bulbs")
    for line, text in zip(document["billLineItems"], texts, strict=True):
        line["description"] = text
    load(empty, tmp_path, singer(vendors("A"), bills(document)))
    before = read_back(empty, "Bill")
    (bank, *_) = books(empty, "BankAccount")
    exchanged = [{**line, "description": text} for line, text in zip(before["billLineItems"], texts[::-1], strict=True)]
    changed = {**before, "description": "new", "payFromBankAccountId": bank["id"], "billLineItems": exchanged}
    ran = load(empty, tmp_path, singer(("bills", KEYS, [changed])), ledger="another.sqlite3", on_match="update")
    assert ran.code == 0, ran.err
    assert account(tmp_path, "bills") == {"updated": 1}
    after = read_back(empty, "Bill")
    assert (after["description"], after["payFromBankAccountId"]) == ("new", bank["id"])
    assert {each["id"]: each["description"] for each in after["billLineItems"]} == {
        each["id"]: each["description"] for each in exchanged
    }, "a line is the one whose id it gives, whatever it says"
    assert "does not carry over" not in ran.err


def test_a_record_of_another_organization_says_what_does_not_carry_over(empty: Simulator, tmp_path: Path) -> None:
    load(empty, tmp_path, singer(vendors("A"), bills(bill("A", "1", 10, 20))))
    before = read_back(empty, "Bill")
    (bank, *_) = books(empty, "BankAccount")
    copy = {**before, "invoiceNumber": "2", "payFromBankAccountId": bank["id"], "organizationId": ELSEWHERE}
    copy |= {"vendorName": "A", "vendorId": None}
    ran = load(empty, tmp_path, singer(("bills", KEYS, [copy])))
    assert ran.code == 0, ran.err
    assert "1 x `payFromBankAccountId` does not carry over from another organization" in ran.err
    assert report(tmp_path)["notes"] == {"`payFromBankAccountId` does not carry over from another organization": 1}
    second = next(each for each in books(empty, "Bill") if each["invoiceNumber"] == "2")
    assert second["payFromBankAccountId"] != bank["id"]
    mine = {each["id"] for each in before["billLineItems"]}
    assert not mine & {each["id"] for each in second["billLineItems"]}


@pytest.mark.parametrize(("organization", "names"), [(ORGANIZATION, ["B"]), (ELSEWHERE, ["A", "B"])])
def test_only_an_id_of_this_organization_says_which_object_it_is(
    empty: Simulator, tmp_path: Path, organization: str, names: list[str]
) -> None:
    made = client_for(empty).create(BY_NAME["Vendor"], {"name": "A"})
    record = {"id": made["id"], "name": "B", "organizationId": organization}
    ran = load(empty, tmp_path, singer(("vendors", KEYS, [record])), on_match="update")
    assert ran.code == 0, ran.err
    assert sorted(each["name"] for each in books(empty, "Vendor")) == names


def test_a_copy_that_only_says_when_it_was_deleted_is_deleted(empty: Simulator, tmp_path: Path) -> None:
    copy = {"organizationId": ELSEWHERE, "id": "00902AAAAAAAAAAaaaaa", "name": "A"}
    load(empty, tmp_path, singer(("vendors", KEYS, [copy])))
    gone = {**copy, "_sdc_deleted_at": "2026-03-01T00:00:00Z"}
    ran = load(empty, tmp_path, singer(("vendors", KEYS, [gone])), allow_deletes=True)
    assert ran.code == 0, ran.err
    assert account(tmp_path, "vendors") == {"deleted": 1}
    assert [each["isActive"] for each in books(empty, "Vendor")] == ["2"]


def test_equal_contents_have_other_hashes_in_another_ledger(empty: Simulator, tmp_path: Path) -> None:
    hashes = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        load(empty, tmp_path / name, singer(vendors("A")), on_match="update")
        with opened(tmp_path / name) as ledger:
            hashes.append(ledger.execute("SELECT content_hash FROM settled").fetchall())
            assert ledger.execute("SELECT length(value) FROM meta WHERE name = 'salt'").fetchone() == (32,)
    assert [len(each) for each in hashes] == [1, 1]
    assert hashes[0] != hashes[1], "a hash without a salt gives bank numbers away to whoever tries them all"


def test_what_is_shown_of_a_record_in_the_making_gives_no_number_away() -> None:
    entity = BY_NAME["VendorBankAccount"]
    record = {"vendorName": "A", "nameOnAcct": "A", "accountNumber": "9900012345", "routingNumber": "021000021"}
    context = Parser(ORGANIZATION, "salt", source="", clears=False, allow_negative=False)
    origin = Origin(entity=entity, stream=entity.stream, incoming=entity.stream, keys=("vendorName",))
    document = context.parse(origin, record)
    stored = Stored(bill_id="1", is_active=True, content=document.body)
    step = Step(document=document, action=Action.CREATE, body=document.body, before=stored)
    intent = Intent(
        **dict.fromkeys(("stream", "source_key", "source_id", "operation", "bill_id", "content_hash"), "x"),
        sent_at_s=0.0,
        hold=None,
        body=step.body,
        former=None,
    )
    shown = [repr(each) for each in (document, step, intent, Resolution(body=step.body))]
    assert not [each for each in shown for number in ("9900012345", "021000021") if number in each]
    assert all(each.body for each in (document, step, intent))


def test_a_stream_of_lines_may_be_mapped_to_documents(empty: Simulator, tmp_path: Path) -> None:
    """By its name it would only be counted: somebody's own stream happens to be called so."""
    given = ("bill_line_items", ["vendorName", "invoiceNumber"], [bill("A", "1", 10, 20)])
    ran = load(empty, tmp_path, singer(vendors("A"), given))
    assert ran.code == 0, ran.err
    assert account(tmp_path, "bill_line_items") == {"left out": 1}
    assert books(empty, "Bill") == []
    ran = load(empty, tmp_path, singer(vendors("A"), given), streams={"bill_line_items": "bills"})
    assert ran.code == 0, ran.err
    assert account(tmp_path, "bill_line_items") == {"created": 1}
    assert [len(each["billLineItems"]) for each in books(empty, "Bill")] == [2]


@pytest.mark.parametrize("record", [{"name": "A", "Name": "B"}, {"Name": "B", "name": "A"}])
def test_of_two_spellings_that_say_two_things_none_is_written(
    empty: Simulator, tmp_path: Path, record: dict[str, str]
) -> None:
    ran = load(empty, tmp_path, singer(("vendors", ["name"], [record])))
    assert ran.code != 0
    assert "are one field, and say two things" in ran.err
    assert books(empty, "Vendor") == []
