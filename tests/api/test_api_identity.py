"""Identity: when two records are one, when two objects are, and when they nearly are."""

from __future__ import annotations

import unicodedata
from decimal import Decimal
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bill_api.entities import BY_NAME
from bill_api.identity.differences import differences, paired
from bill_api.identity.keys import (
    ObjectKey,
    RecordKey,
    natural_key,
    near_key,
    owners_of,
    record_key,
    text_of,
)
from bill_api.identity.spelled import bills_spelling
from bill_api.table.entity import snake

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bill_api.table.entity import Entity

properties = settings(derandomize=True, max_examples=150)

VENDOR, BILL, ACCOUNT, INVOICE = (BY_NAME[name] for name in ("Vendor", "Bill", "ChartOfAccount", "Invoice"))
NAMES = st.text(st.characters(max_codepoint=0x24F, categories=("L", "N")), min_size=1, max_size=10)
NUMBERS = st.text(st.sampled_from("0123456789-/ ABc"), min_size=1, max_size=8)
FIELDS = ["invoiceNumber", "invoiceDate", "vendorName", "poNumber", "amount"]


def key(record: Mapping[str, Any], names: list[str], entity: Entity = BILL, **more: str) -> RecordKey:
    return record_key(entity, record, names=names, **{"source": "", "stream": "bills", **more})


# Records


@properties
@given(st.integers(-(10**12), 10**12), st.sampled_from(["id", "invoiceNumber", "amount", "legacyKey"]))
def test_a_key_does_not_depend_on_the_form_of_its_number(number: int, name: str) -> None:
    forms = [number, str(number), Decimal(number), Decimal(f"{number}.0"), Decimal(number * 100).scaleb(-2)]
    assert len({key({name: each}, [name]).text for each in forms}) == 1


def test_a_text_that_looks_like_a_float_is_a_text() -> None:
    assert key({"number": "1.0"}, ["number"]).text != key({"number": 1}, ["number"]).text
    assert key({"number": True}, ["number"]).text != key({"number": 1}, ["number"]).text


@pytest.mark.parametrize(
    ("value", "text"), [(True, "true"), (False, "false"), ("Ab", "Ab"), (None, ""), (Decimal("NaN"), "NaN")]
)
def test_a_value_has_one_text_and_case_counts_unless_it_is_a_name(value: Any, text: str) -> None:
    assert text_of(value) == text
    assert text_of(value, is_name=True) == (text.lower() if isinstance(value, str) else text)


@pytest.mark.parametrize("name", ["id", "vendorId", "legacyKey"])
def test_the_case_of_an_id_counts_in_a_key(name: str) -> None:
    assert key({name: "Ab"}, [name]).text != key({name: "ab"}, [name]).text


@pytest.mark.parametrize(
    ("record", "names", "is_whole"),
    [
        ({"legacyKey": "1"}, ["legacyKey"], True),
        ({"legacyKey": " "}, ["legacyKey"], False),
        ({"legacyKey": "#N/A"}, ["legacyKey"], False),
        ({"legacyKey": "1", "invoiceNumber": None}, ["legacyKey", "invoiceNumber"], False),
        ({"legacyKey": "#N/A", "invoiceNumber": None}, ["legacyKey", "invoiceNumber"], False),
    ],
)
def test_a_key_is_whole_without_a_blank_and_a_broken_part(
    record: dict[str, Any], names: list[str], is_whole: bool
) -> None:
    assert key(record, names).is_whole is is_whole


@pytest.mark.parametrize("more", [{}, {"blank": ("name",)}, {"broken": (("name", "lost"),)}])
def test_a_key_without_key_properties_is_never_whole(more: dict[str, Any]) -> None:
    assert not RecordKey(text="", shown="[]", has_values=False, **more).is_whole


def test_a_key_is_shown_in_its_own_letters() -> None:
    assert key({"name": "M\u00fcller"}, ["name"]).shown == "M\u00fcller"


@properties
@given(st.lists(st.sampled_from(FIELDS), min_size=1, unique=True), NAMES)
def test_a_key_does_not_depend_on_the_style_of_its_names(names: list[str], value: str) -> None:
    styles = [
        names,
        [snake(each) for each in names],
        [snake(each).upper() for each in names],
        list(map(str.title, names)),
    ]
    texts = {key(dict.fromkeys(some, value), some).text for some in styles}
    assert len(texts) == 1


@properties
@given(NAMES, NAMES)
def test_a_key_does_not_depend_on_how_its_texts_are_coded(one: str, other: str) -> None:
    text = f"{one} {other}"
    forms = [unicodedata.normalize("NFD", text), f"{one}\u00a0{other}", f" {one}\u200b  {other}\ufeff"]
    for name in ("vendorName", "invoiceNumber", "legacyKey"):
        assert {key({name: each}, [name]).text for each in forms} == {key({name: text}, [name]).text}


@properties
@given(st.lists(NAMES, min_size=2, max_size=2), st.lists(NAMES, min_size=2, max_size=2))
def test_parts_of_a_key_do_not_run_together(one: list[str], other: list[str]) -> None:
    assume([each.split() for each in one] != [each.split() for each in other])
    names = ["a", "b"]
    first, second = (key(dict(zip(names, each, strict=True)), names) for each in (one, other))
    assert (first.text == second.text) == (
        [unicodedata.normalize("NFC", each) for each in one] == [unicodedata.normalize("NFC", each) for each in other]
    )


def test_a_key_belongs_to_its_source_and_stream() -> None:
    record = {"id": 1}
    keys = [
        key(record, ["id"], source="eu", stream="bills"),
        key(record, ["id"], source="us", stream="bills"),
        key(record, ["id"], source="eu", stream="us_bills"),
        key(record, ["id"], source="eubills", stream=""),
    ]
    assert len({each.text for each in keys}) == 4


def test_a_name_counts_without_case_and_a_number_to_the_letter() -> None:
    assert key({"vendorName": "NPOWER"}, ["vendorName"]).text == key({"vendorName": "Npower"}, ["vendorName"]).text
    assert key({"invoiceNumber": "h7"}, ["invoiceNumber"]).text != key({"invoiceNumber": "H7"}, ["invoiceNumber"]).text


def test_a_part_that_cannot_be_read_still_tells_records_apart() -> None:
    days = ["31.01.2026", "01.02.2026", "2026-01-31", "2026-01-31T00:00:00Z"]
    assert len({key({"invoiceDate": each}, ["invoiceDate"]).text for each in days}) == 3


@pytest.mark.parametrize("value", [None, "", "  ", "\u200b"])
def test_a_blank_part_is_told(value: Any) -> None:
    assert key({"invoiceNumber": value, "vendorName": "A"}, ["vendorName", "invoiceNumber"]).blank == ("invoiceNumber",)


@pytest.mark.parametrize("value", ["#N/A", " #REF! ", "########", "1.23457E+11"])
def test_a_broken_part_is_told_with_the_reason(value: str) -> None:
    ((name, reason),) = key({"invoiceNumber": value}, ["invoiceNumber"]).broken
    assert (name, bool(reason)) == ("invoiceNumber", True)


def test_without_key_properties_the_natural_key_counts_and_names_stand_in_for_ids() -> None:
    record = {"vendorName": "Acme", "invoiceNumber": "7", "amount": 1}
    assert key(record, []).text == key({**record, "amount": 2}, []).text
    assert key(record, []).text != key({**record, "vendorName": "Acme Ltd"}, []).text
    assert key({"invoiceNumber": "7"}, []).blank == ("vendorId",)
    top = record_key(ACCOUNT, {"name": "Travel"}, names=[], source="", stream="accounts")
    assert top.blank == ()  # no parent is the root


def test_without_key_properties_a_part_that_may_be_blank_counts_where_it_is_given() -> None:
    fees = {"name": "Fees"}
    parents = [{"parentChartOfAccountId": "a"}, {"parentChartOfAccountId": "b"}, {"parentChartOfAccountName": "A"}]
    own = [key(each, [], ACCOUNT) for each in (fees, *({**fees, **parent} for parent in parents))]
    assert len({each.text for each in own}) == 4
    assert all(each.is_whole for each in own)
    for blank in (None, "", " "):
        assert key({**fees, "parentChartOfAccountId": blank}, [], ACCOUNT).text == own[0].text
    assert key({"parentChartOfAccountId": "a"}, [], ACCOUNT).blank == ("name",)


@pytest.mark.parametrize("name", ["vendorName", "vendor_name", "VENDOR_NAME", "VendorName", "vendorname"])
def test_a_name_is_known_in_every_style(name: str) -> None:
    assert bills_spelling(BILL, name) == "vendorName"
    assert bills_spelling(BILL, "legacy_key") == "legacy_key"


# Objects


@properties
@given(NUMBERS, NUMBERS)
def test_near_is_coarser_than_the_same(one: str, other: str) -> None:
    bills = [{"vendorId": "v", "invoiceNumber": each} for each in (one, other)]
    keys, nears = ({read(BILL, each) for each in bills} for read in (natural_key(BILL).of, natural_key(BILL).near))
    assert len(nears) <= len(keys)
    assert len({near_key(BILL, each) for each in bills}) == len(nears)


@properties
@given(NAMES, NAMES)
def test_a_near_name_is_coarser_than_the_same(one: str, other: str) -> None:
    by_name = natural_key(VENDOR)
    if by_name.of(VENDOR, {"name": one}) == by_name.of(VENDOR, {"name": other}):
        assert by_name.near(VENDOR, {"name": one}) == by_name.near(VENDOR, {"name": other})
    assert by_name.near(VENDOR, {"name": f"{one}-{other}"}) == by_name.near(VENDOR, {"name": f"{one} {other}"})


@pytest.mark.parametrize("number", ["h-07", "H 7", "h7", "H'007", "\u200bH\u20117"])
def test_numbers_of_one_party_may_be_near(number: str) -> None:
    known = {"vendorId": "v", "invoiceNumber": "H-7"}
    assert near_key(BILL, {"vendorId": "v", "invoiceNumber": number}) == near_key(BILL, known)
    assert near_key(BILL, {"vendorId": "w", "invoiceNumber": number}) != near_key(BILL, known)


def test_a_blank_is_never_equal_to_a_blank_but_where_it_means_the_root() -> None:
    assert natural_key(BILL).of(BILL, {"vendorId": "v", "invoiceNumber": None}) is None
    assert natural_key(BILL).near(BILL, {"vendorId": "v", "invoiceNumber": " - "}) is None
    assert near_key(BILL, {"vendorId": "v", "invoiceNumber": "-"}) is None
    by_account = ObjectKey(fields=("accNumber",))
    assert by_account.of(VENDOR, {"name": "Acme"}) is None
    top, again = {"name": "Travel"}, {"name": "TRAVEL", "parentChartOfAccountId": "0" * 20}
    assert natural_key(ACCOUNT).of(ACCOUNT, top) == natural_key(ACCOUNT).of(ACCOUNT, again)
    assert natural_key(ACCOUNT).of(ACCOUNT, top) is not None
    assert natural_key(BY_NAME["RecurringBill"]).of(BY_NAME["RecurringBill"], {"vendorId": "v"}) is None


def test_an_object_belongs_to_its_party() -> None:
    assert owners_of(BILL, {"vendorId": "v", "invoiceNumber": "1"}) == owners_of(BILL, {"vendorId": "v"})
    assert owners_of(INVOICE, {"customerId": "c"}) != owners_of(INVOICE, {"customerId": "d"})


@pytest.mark.parametrize("parts", [[], ["v"], ["v", "INV-1", "more"]])
def test_the_parts_of_another_key_are_none_of_this_one(parts: list[str]) -> None:
    for made in (natural_key(BILL).joined, natural_key(BILL).loosened):
        with pytest.raises(ValueError, match="zip"):
            made(BILL, parts)


LINES = BILL.lines.item_fields if BILL.lines else ()
LINE = st.fixed_dictionaries(
    {}, optional={"amount": st.integers(1, 2), "description": st.sampled_from("xy"), "quantity": st.integers(1, 2)}
)


@given(st.lists(LINE, max_size=4), st.lists(LINE, max_size=4))
def test_as_many_lines_as_can_be_have_a_stored_one(sent: list[dict[str, Any]], stored: list[dict[str, Any]]) -> None:
    pairs = paired(LINES, sent, stored)
    taken = [each for each in pairs if each is not None]
    assert len(taken) == len(set(taken))
    assert not any(differences(LINES, sent[i], stored[pair]) for i, pair in enumerate(pairs) if pair is not None)
    places = [*range(len(stored)), *[None] * len(sent)]
    most = max(
        sum(each is not None and not differences(LINES, sent[i], stored[each]) for i, each in enumerate(chosen))
        for chosen in set(permutations(places, len(sent)))
    )
    assert len(taken) == most


def test_a_line_that_says_less_leaves_another_the_only_one_it_has() -> None:
    full, less = {"amount": 1, "description": "x"}, {"amount": 1}
    assert paired(LINES, [less, full], [full, less]) == [1, 0]
    assert paired(LINES, [less] * 3, [full, less]) == [0, 1, None]


def test_where_a_line_stands_is_no_difference() -> None:
    lines = [{"amount": 2, "lineOrder": 0}, {"amount": 1, "lineOrder": 1}]
    stored = [{"amount": 1, "lineOrder": 0}, {"amount": 2, "lineOrder": 1}]
    assert not differences(BILL.fields, {"billLineItems": lines}, {"billLineItems": stored})
