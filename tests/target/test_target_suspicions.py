"""Checks before creating: near numbers, equal amounts, near names and required fields, as the settings say."""

from __future__ import annotations

import sqlite3
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest
from conftest import client_for
from hypothesis import example, given
from hypothesis import strategies as st
from target_run import account, bill, bills, books, load, rejects, report, singer, vendors

from bill_api.entities import BY_NAME
from bill_api.existing.lookalikes import Lookalikes
from bill_api.identity.keys import natural_key
from bill_api.identity.suspects import bare, bare_forms, halves, halves_of_near, is_near_name
from bill_program.errors import SettingsError
from bill_values.spelling import suspected
from target_bill.settings import Options

if TYPE_CHECKING:
    from pathlib import Path

    from bill_simulator import Simulator

BILL, VENDOR = BY_NAME["Bill"], BY_NAME["Vendor"]
CONNECTION = {"username": "a", "password": "x", "organization_id": "00801TESTSXXXXXaaaa1", "developer_key": "x"}


def warned(folder: Path) -> list[str]:
    return sorted(note for note in report(folder)["notes"] if " nearly " in note or "amount within" in note)


def test_a_suspicion_that_comes_up_after_the_plan_was_signed_stops_its_step(empty: Simulator, tmp_path: Path) -> None:
    assert load(empty, tmp_path, singer(vendors("A"))).code == 0
    stdin = singer(bills(bill("A", "R-0042", 50), bill("A", "S-1", 7)))
    assert load(empty, tmp_path, stdin, mode="plan", plan="plan.json").code == 0
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert load(empty, elsewhere, singer(bills(bill("A", "R42", 50))), ledger="other.sqlite3").code == 0
    assert load(empty, tmp_path, stdin, plan="plan.json").code == 1
    assert sorted(each["invoiceNumber"] for each in books(empty, "Bill")) == ["R42", "S-1"]
    (reject,) = rejects(tmp_path)
    assert "has a warning now (its number is nearly 'R42'" in reject["reason"]
    assert "Make a new plan" in reject["hint"]


def test_a_plan_that_was_carried_out_in_part_is_not_stopped_by_what_it_wrote_itself(
    empty: Simulator, tmp_path: Path
) -> None:
    assert load(empty, tmp_path, singer(vendors("A"))).code == 0
    stdin = singer(bills(bill("A", "R-0042", 50), bill("A", "R42", 50)))
    assert load(empty, tmp_path, stdin, mode="plan", plan="plan.json").code == 0
    assert load(empty, tmp_path, singer(bills(bill("A", "R-0042", 50))), plan="plan.json").code == 0
    ran = load(empty, tmp_path, stdin, plan="plan.json")
    assert ran.code == 0, ran.err
    assert len(books(empty, "Bill")) == 2


@pytest.mark.parametrize("level", ["off", "warn", "reject"])
def test_the_same_bill_under_another_vendor_is_what_the_setting_says(
    empty: Simulator, tmp_path: Path, level: str
) -> None:
    assert load(empty, tmp_path, singer(vendors("Quux", "Acme"), bills(bill("Quux", "INV-77", "41.50")))).code == 0
    (known,) = books(empty, "Bill")
    ran = load(empty, tmp_path, singer(bills(bill("Acme", "inv 77", "41.50"))), similar_numbers=level)
    told = f"its number, amount and day, with another vendor, has 'INV-77' of {known['id']}"
    assert (ran.code, len(books(empty, "Bill"))) == ((1, 1) if level == "reject" else (0, 2))
    said = [each["reason"] for each in rejects(tmp_path)] if level == "reject" else report(tmp_path)["notes"]
    assert any(told in each for each in said) is (level != "off")


def test_the_same_bill_under_two_vendors_of_one_input_is_rejected_alike(empty: Simulator, tmp_path: Path) -> None:
    assert load(empty, tmp_path, singer(vendors("A", "B"))).code == 0
    twins = bill("A", "INV-7", 5), bill("B", "INV-7", 5), bill("B", "INV-8", 6), bill("A", "INV-8", 7)
    assert load(empty, tmp_path, singer(bills(*twins)), similar_numbers="reject").code == 1
    assert {each["reason"] for each in rejects(tmp_path)} == {
        f"its number, amount and day, with another vendor, has the record {other} / INV-7 of bills" for other in "ab"
    }
    assert len(books(empty, "Bill")) == 2


@pytest.mark.parametrize("is_made", [True, False])
@pytest.mark.parametrize("level", ["warn", "reject"])
def test_names_nearly_the_same_in_one_input_are_suspected_of_each_other(
    empty: Simulator, tmp_path: Path, level: str, is_made: bool
) -> None:
    twins = ("Quux Metals Inc", "Quux Metals", "Elm Tools 1", "Elm Tools 2")
    documents = [bills(*(bill(name, "1", number + 1) for number, name in enumerate(twins)))]
    stdin = singer(*(documents if is_made else [vendors(*twins)]))
    ran = load(empty, tmp_path, stdin, similar_names=level, create_missing=["vendors"])
    assert ran.code == (1 if level == "reject" else 0), ran.err
    assert len(books(empty, "Vendor")) == (2 if level == "reject" else 4)
    said = rejects(tmp_path) if level == "reject" else warned(tmp_path)
    assert len(said) == 2
    assert all("its name is nearly" in str(each) and "quux metals" in str(each).lower() for each in said)


# Near numbers


@pytest.mark.parametrize("level", ["off", "warn", "reject"])
def test_a_number_that_is_nearly_one_in_bill_is_what_the_setting_says(
    empty: Simulator, tmp_path: Path, level: str
) -> None:
    assert load(empty, tmp_path, singer(vendors("A"), bills(bill("A", "R-0042", "10.50")))).code == 0
    (known,) = books(empty, "Bill")
    later = bill("A", "r42", 7)
    ran = load(empty, tmp_path, singer(bills(later)), similar_numbers=level)
    told = f"its number is nearly 'R-0042' of {known['id']}, 2026-03-01, 10.50"
    assert ran.code == (1 if level == "reject" else 0), ran.err
    assert len(books(empty, "Bill")) == (1 if level == "reject" else 2)
    if level == "reject":
        (reject,) = rejects(tmp_path)
        assert (reject["field"], reject["reason"]) == ("invoiceNumber", told)
        assert "load it with `similar_numbers: warn`" in reject["hint"]
    else:
        assert [told in each for each in warned(tmp_path)] == [True] * (level == "warn")


def test_numbers_nearly_the_same_of_two_vendors_are_two(empty: Simulator, tmp_path: Path) -> None:
    assert load(empty, tmp_path, singer(vendors("A", "B"), bills(bill("A", "R-1", 1)))).code == 0
    ran = load(empty, tmp_path, singer(bills(bill("B", "R1", 2))), similar_numbers="reject")
    assert ran.code == 0, ran.err


NEAR = [bill("A", "R-1", 1), bill("A", "r 1", 2), bill("A", "R-2", 3), bill("B", "R1", 4)]


@pytest.mark.parametrize("order", list(permutations(range(4)))[::5])
@pytest.mark.parametrize("batch_size", [1, 100])
def test_near_numbers_in_one_input_are_rejected_alike_in_any_order(
    empty: Simulator, tmp_path: Path, order: tuple[int, ...], batch_size: int
) -> None:
    stdin = singer(vendors("A", "B"), bills(*(NEAR[place] for place in order)))
    load(empty, tmp_path, stdin, similar_numbers="reject", batch_size=batch_size)
    assert sorted(each["invoiceNumber"] for each in books(empty, "Bill")) == ["R-2", "R1"]
    told = {each["source_key"]: each["reason"] for each in rejects(tmp_path)}
    assert told == {
        "A / R-1": "its number is nearly that of a / r 1 of bills",
        "A / r 1": "its number is nearly that of a / R-1 of bills",
    }


def test_a_plan_shows_suspicions_with_what_to_do(empty: Simulator, tmp_path: Path) -> None:
    stdin = singer(vendors("A"), bills(bill("A", "R-1", 1), bill("A", "R1", 2)))
    ran = load(empty, tmp_path, stdin, mode="plan")
    assert "its number is nearly that of a / R1 of bills" in " ".join(ran.err.split())
    assert "If it is the same Bill, leave it out" in " ".join(ran.err.split())


# The same party and amount


@pytest.mark.parametrize(
    ("day", "days", "is_told"), [("2026-03-07", 6, True), ("2026-03-08", 6, False), ("2026-02-28", 0, False)]
)
def test_the_same_amount_of_a_vendor_within_some_days_is_told(
    empty: Simulator, tmp_path: Path, day: str, days: int, is_told: bool
) -> None:
    assert load(empty, tmp_path, singer(vendors("A", "B"), bills(bill("A", "X", "10.00", "0.50")))).code == 0
    (known,) = books(empty, "Bill")
    new = [bill("A", "Y", "10.50", invoiceDate=day), bill("B", "Z", "10.50", invoiceDate=day)]
    assert load(empty, tmp_path, singer(bills(*new)), duplicate_days=days).code == 0
    told = f"bills A / Y: the same vendor and amount within {days} days has 'X' of {known['id']}, 2026-03-01, 10.50"
    assert [each.startswith(told) for each in warned(tmp_path)] == [True] * is_told


MONTHLY = [bill("A", f"M{month}", 100, invoiceDate=f"2026-{month:02}-01") for month in range(1, 13)]
WEEKLY = [bill("A", f"W{day}", 70, invoiceDate=f"2026-06-{day:02}") for day in (1, 8, 15, 22, 29)]


def test_what_recurs_every_week_or_month_is_no_duplicate_by_default(empty: Simulator, tmp_path: Path) -> None:
    ran = load(empty, tmp_path, singer(vendors("A"), bills(*MONTHLY, *WEEKLY)), similar_amounts="reject")
    assert ran.code == 0, ran.err
    assert warned(tmp_path) == []


@pytest.mark.parametrize("is_reversed", [False, True])
@pytest.mark.parametrize("batch_size", [1, 100])
def test_the_same_amount_twice_in_one_input_is_rejected_alike_in_any_order(
    empty: Simulator, tmp_path: Path, is_reversed: bool, batch_size: int
) -> None:
    records = [bill("New", "X", 5), bill("New", "Y", "2.50", "2.50", invoiceDate="2026-03-04"), bill("New", "Z", 6)]
    stdin = singer(bills(*(reversed(records) if is_reversed else records)))
    load(empty, tmp_path, stdin, create_missing=["vendors"], similar_amounts="reject", batch_size=batch_size)
    assert [each["invoiceNumber"] for each in books(empty, "Bill")] == ["Z"]
    assert {each["source_key"]: each["reason"] for each in rejects(tmp_path)} == {
        "New / X": "the same vendor and amount within 6 days has the record new / Y of bills, 2026-03-04, 5.00",
        "New / Y": "the same vendor and amount within 6 days has the record new / X of bills, 2026-03-01, 5.00",
    }


def test_no_vendor_is_made_for_bills_that_are_suspected(empty: Simulator, tmp_path: Path) -> None:
    stdin = singer(bills(bill("New", "X", 5), bill("New", "Y", 5)))
    load(empty, tmp_path, stdin, create_missing=["vendors"], similar_amounts="reject")
    assert books(empty, "Vendor") == []


def test_what_was_loaded_before_is_suspected_of_nothing(empty: Simulator, tmp_path: Path) -> None:
    stdin = singer(vendors("A"), bills(bill("A", "X", 5), bill("A", "Y", 5), bill("A", "x", 5)))
    assert load(empty, tmp_path, stdin).code == 0
    ran = load(empty, tmp_path, stdin, similar_amounts="reject", similar_numbers="reject", similar_names="reject")
    assert ran.code == 0, ran.err
    assert account(tmp_path, "bills") == {"unchanged": 3}


# Names


@pytest.mark.parametrize("is_active", [True, False])
@pytest.mark.parametrize("on_the_way", [True, False])
def test_a_new_vendor_whose_name_is_nearly_another_is_what_the_setting_says(
    empty: Simulator, tmp_path: Path, is_active: bool, on_the_way: bool
) -> None:
    known = client_for(empty).create(VENDOR, {"name": "Acme Tools, Inc."})["id"]
    if not is_active:
        client_for(empty).delete(VENDOR, known)
    stdin = singer(bills(bill("ACME Tolls", "1", 5))) if on_the_way else singer(vendors("ACME Tolls"))
    ran = load(empty, tmp_path, stdin, create_missing=["vendors"], similar_names="reject")
    assert ran.code == 1
    assert len(books(empty, "Vendor")) == 1
    (reject,) = rejects(tmp_path)
    state = "" if is_active else "inactive, "
    assert reject["reason"] == f"its name is nearly 'Acme Tools, Inc.' ({state}{known})"
    assert reject["field"] == ("vendorName" if on_the_way else "name")
    assert (f"`bill undelete vendors {known}`" in reject["hint"]) is not is_active
    ran = load(empty, tmp_path, stdin, create_missing=["vendors"])
    assert ran.code == 0, ran.err
    assert any(
        f"vendors ACME Tolls: its name is nearly 'Acme Tools, Inc.' ({state}{known})" in each
        for each in warned(tmp_path)
    )


LETTERS = "abcdeö"
NAMES = st.text(LETTERS, min_size=6, max_size=12)


@st.composite
def slips(draw: st.DrawFn) -> tuple[str, str]:
    """A name, and the same with a letter changed, left out or put in."""
    name = draw(NAMES)
    place = draw(st.integers(0, len(name) - 1))
    letter = draw(st.sampled_from(["", *LETTERS]))
    behind = name[place:] if draw(st.booleans()) else name[place + 1 :]
    return name, f"{name[:place]}{letter}{behind}"


@given(slips())
@example(("acmetools", "acmetolls"))
def test_every_name_with_one_slip_is_found(pair: tuple[str, str]) -> None:
    name, slip = map(bare, pair)
    assert is_near_name(name, slip)
    assert is_near_name(slip, name)
    length, head, tail = halves(name)
    assert any(each[0] == length and (each[1] == head or each[2] == tail) for each in halves_of_near(slip))


@pytest.mark.parametrize(
    ("one", "other", "is_near"),
    [
        ("Bürobedarf Müller GmbH", "Burobedarf Muller", True),
        ("The Acme Company", "ACME-Co.", True),
        ("Acme Tools", "Acme Toosl", True),
        ("Store 12", "Store 13", False),
        ("Elm", "Elk", False),
        ("Acme Tools", "Acme Toys", False),
        ("Inc", "Inc", True),
        ("AB Limited", "AB Ltd", True),
        ("AB Ltd", "AC Ltd", False),
        ("Mueller und Soehne", "Müller & Söhne GmbH", True),
        ("Strøm AS", "Strom AS", True),
    ],
)
def test_names_are_near_by_what_people_write_otherwise(one: str, other: str, is_near: bool) -> None:
    near = [is_near_name(form, other_form) for form in bare_forms(one) for other_form in bare_forms(other)]
    assert any(near) is is_near


@pytest.mark.parametrize("other", ["INV.0042", "INV/0042", "#INV-0042", "inv 42", "\uff29\uff2e\uff36-0042", "INV:42"])
def test_a_number_is_suspected_in_whatever_signs_and_stays_another_one(other: str) -> None:
    assert suspected(other) == suspected("INV-0042") != suspected("INV-0043")
    key = natural_key(BILL)
    one, two = ({"vendorId": "009" + "1" * 17, "invoiceNumber": each} for each in ("INV-0042", other))
    assert key.of(BILL, one) != key.of(BILL, two)


# Properties of the index


@st.composite
def spellings(draw: st.DrawFn) -> tuple[str, str]:
    """A number, and another spelling of it: other blanks, hyphens, case, and zeros in front."""
    parts = draw(st.lists(st.from_regex(r"[a-z]{1,2}|[1-9][0-9]{0,3}", fullmatch=True), min_size=1, max_size=4))

    def spelled() -> str:
        texts = [draw(st.sampled_from(["", "0", "00"])) + each if each[0].isdigit() else each for each in parts]
        text = draw(st.sampled_from(["-", " - "])).join(texts)
        return text.upper() if draw(st.booleans()) else text

    return spelled(), spelled()


@given(spellings())
def test_two_numbers_alike_by_blanks_zeros_hyphens_and_case_are_always_found(pair: tuple[str, str]) -> None:
    key, found = natural_key(BILL), Lookalikes(sqlite3.connect(""))
    known, new = ({"id": "00n1", "vendorId": "009" + "1" * 17, "invoiceNumber": each} for each in pair)
    found.add(BILL, known, key.of(BILL, known), key.near(BILL, known))
    own, near = key.of(BILL, new), key.near(BILL, new)
    assert own is not None
    assert near is not None
    names = [each.name for each in found.of_number(BILL, own, near, 3)]
    assert names == ([] if own == key.of(BILL, known) else [pair[0]])


# Required fields


@pytest.mark.parametrize("spelled", ["billLineItems.chartOfAccountId", "bill_line_items.chart_of_account_name"])
def test_a_line_without_what_is_required_rejects_its_document(empty: Simulator, tmp_path: Path, spelled: str) -> None:
    lines: list[dict[str, Any]] = [{"amount": 1, "chartOfAccountName": "Rent"}, {"amount": 2}]
    whole = {**bill("A", "1", 1), "billLineItems": lines[:1]}
    part = {**bill("A", "2", 1), "billLineItems": lines}
    required = {"bills": [spelled]}
    ran = load(empty, tmp_path, singer(vendors("A"), bills(whole, part)), required_fields=required)
    assert ran.code == 1
    assert account(tmp_path, "bills") == {"created": 1, "rejected": 1}
    (reject,) = rejects(tmp_path)
    assert reject["field"] == "lines[1].chartOfAccountId"
    assert reject["reason"] == "there is nothing in `billLineItems.chartOfAccountId`, which is required"
    assert "`required_fields`" in reject["hint"]
    changed = {**whole, "billLineItems": [lines[0], lines[1]]}
    load(empty, tmp_path, singer(bills(changed)), required_fields=required)
    assert account(tmp_path, "bills") == {"rejected": 1}, "nor by an update"


@pytest.mark.parametrize(
    ("given_", "told"),
    [
        ({"bills": ["billLineItems.colour"]}, "no writable field of Bill"),
        ({"bills": ["lines.amount"]}, "has no lines of this name"),
        ({"vendors": ["createdTime"]}, "no writable field of Vendor"),
        ({"nothing": ["name"]}, "nothing"),
        ({"users": ["email"]}, "users"),
    ],
)
def test_a_required_field_that_is_none_is_told(given_: dict[str, list[str]], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        Options.of({**CONNECTION, "required_fields": given_})


def test_a_required_department_of_the_head_counts_by_name(empty: Simulator, tmp_path: Path) -> None:
    client_for(empty).create(BY_NAME["Department"], {"name": "North"})
    with_, without = {**bill("A", "1", 1), "departmentName": "North"}, bill("A", "2", 2)
    load(empty, tmp_path, singer(vendors("A"), bills(with_, without)), required_fields={"bills": ["department_name"]})
    assert [each["invoiceNumber"] for each in books(empty, "Bill")] == ["1"]
    assert [each["field"] for each in rejects(tmp_path)] == ["departmentId"]
