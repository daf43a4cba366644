"""Kinds of values: what a source may say for a field, when two values are the same, and how people see one."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bill_api.entities import BY_NAME
from bill_api.table.entity import ZERO_ID
from bill_api.table.fields import Alike, FieldType, declare
from bill_api.table.kinds import (
    KINDS,
    RefusedValueError,
    comparable,
    emptied,
    in_full,
    is_empty,
    plain,
    read,
    reader_of,
    same,
    shown,
)
from bill_values.exact_json import decode, encode
from bill_values.notations import Writing
from bill_values.spelling import folded

if TYPE_CHECKING:
    from collections.abc import Callable

    from bill_api.table.fields import Field

properties = settings(derandomize=True, max_examples=150)

VENDOR, BILL = BY_NAME["Vendor"], BY_NAME["Bill"]
LINE = {each.name: each for each in BILL.by_name["billLineItems"].item_fields}
AN_ID = "00901ABCDEFGHIJaaaa1"
FIELDS = {
    "text": declare("description", FieldType.STRING, "PR", max_length=30),
    "name": declare("name", FieldType.STRING, "PR", alike=Alike.NAME),
    "country": declare("country", FieldType.STRING, "PR", alike=Alike.COUNTRY),
    "id": declare("vendorId", FieldType.ID, "PR", references="Vendor"),
    "code": declare("isActive", FieldType.ENUM, "PR", codes={"1": "active", "2": "inactive"}),
    "open code": declare("status", FieldType.ENUM, "PR"),
    "day": declare("dueDate", FieldType.DATE, "PR"),
    "instant": declare("updatedTime", FieldType.DATETIME, "PR"),
    "money": declare("amount", FieldType.MONEY, "PR"),
    "number": declare("price", FieldType.DECIMAL, "PR"),
    "whole": declare("lineOrder", FieldType.INTEGER, "PR"),
    "flag": declare("hasAutoPay", FieldType.BOOLEAN, "PR"),
    "list": declare("tags", FieldType.ARRAY, "PR"),
    "object": declare("item", FieldType.OBJECT, "PR"),
}
FIELD = st.sampled_from(list(FIELDS.values()))

NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**14), max_value=10**14, places=4)
ODD_NUMBERS = st.sampled_from([Decimal("1E+2"), Decimal("-0"), Decimal("0.00"), Decimal("1E+400"), 10**20])
SPELLED = [
    "\u00e9",
    "e\u0301",
    "a\u200bb",
    "a\u00a0b",
    "A B",
    "#N/A",
    "[1]",
    "{}",
    "\x00",
    "x" * 40,
    "USA",
    "United  States",
]
COUNTED = [
    "1",
    "1.0",
    " 1 ",
    "01",
    "-1",
    "(1)",
    "1,041.50",
    "1e3",
    "1_000",
    "\u0661",
    "yes",
    "No",
    "active",
    "In-Active",
]
DATED = ["2026-01-31", "2026-01-31T00:00:00Z", "0202-01-31", "9999-12-31", "", " ", ZERO_ID, AN_ID]
WRITTEN = st.sampled_from([*SPELLED, *COUNTED, *DATED])
SCALARS = (
    st.none() | st.booleans() | st.integers(-(10**16), 10**16) | NUMBERS | ODD_NUMBERS | WRITTEN | st.text(max_size=8)
)
VALUES = SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(st.text(max_size=3), SCALARS, max_size=2)


def taken(field: Field, value: Any) -> Any:
    """The value that is read, or its refusal."""
    try:
        return read(field, value)
    except RefusedValueError as refused:
        return refused


def test_every_kind_has_a_meaning() -> None:
    assert set(KINDS) == set(FieldType) == {each.type for each in FIELDS.values()}


# Properties


@properties
@given(FIELD, VALUES)
def test_what_was_read_is_read_as_it_is(field: Field, value: Any) -> None:
    once = taken(field, value)
    if not isinstance(once, RefusedValueError):
        again = read(field, once)
        assert again == once
        assert type(again) is type(once)


@properties
@given(FIELD, VALUES)
def test_what_was_read_is_the_same_as_what_bill_would_answer(field: Field, value: Any) -> None:
    once = taken(field, value)
    if not isinstance(once, RefusedValueError):
        assert same(field, once, decode(encode(once)))


@properties
@given(FIELD, VALUES, VALUES, VALUES)
def test_the_same_is_an_equivalence(field: Field, one: Any, other: Any, third: Any) -> None:
    assert same(field, one, one)
    assert same(field, one, other) == same(field, other, one)
    if same(field, one, other) and same(field, other, third):
        assert same(field, one, third)
    # By value and by what it is compared by, it is one question.
    assert same(field, one, other) == (comparable(field, one) == comparable(field, other))


@properties
@given(FIELD, WRITTEN | st.integers(-3, 3) | st.booleans(), WRITTEN | st.integers(-3, 3) | st.booleans())
def test_the_same_of_few_values_is_an_equivalence_too(field: Field, one: Any, other: Any) -> None:
    thirds: list[Any] = [1, True, "1", Decimal("1.0"), Decimal(1), "", None, ZERO_ID, []]
    for third in thirds:
        if same(field, one, other) and same(field, other, third):
            assert same(field, one, third)


@properties
@given(FIELD, VALUES)
def test_a_refusal_is_all_that_a_wrong_value_leads_to_and_everything_can_be_shown(field: Field, value: Any) -> None:
    assert str(taken(field, value))
    assert isinstance(shown(field, value), str)
    assert isinstance(shown(None, value), str)


@properties
@given(FIELD, VALUES)
def test_nothing_is_read_as_nothing_and_shown_as_nothing(field: Field, value: Any) -> None:
    if is_empty(value, field):
        assert read(field, value) is None
        assert same(field, value, None)
        assert shown(field, value) == ""


@properties
@given(NUMBERS)
def test_a_number_means_the_same_in_all_its_forms(number: Decimal) -> None:
    forms = [number, f" {number:f} ", number.scaleb(2).scaleb(-2), Decimal(f"{number:f}00")]
    values = [read(FIELDS["number"], each) for each in forms]
    assert all(each == number and str(each) == str(in_full(number) or 0) for each in values)
    assert len({plain(number), plain(in_full(number)), plain(Decimal(f"{number:f}0"))}) == 1


@properties
@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**14), max_value=10**14, places=3))
def test_money_is_never_rounded(number: Decimal) -> None:
    value = taken(FIELDS["money"], number)
    if number == round(number, 2):
        assert value == number
    else:
        assert "more than 2 decimals" in str(value)


@properties
@given(
    st.sampled_from([each for each in (*VENDOR.fields, *BY_NAME["VendorBankAccount"].fields) if each.sensitive]), VALUES
)
def test_a_bank_or_tax_number_is_never_quoted(field: Field, value: Any) -> None:
    refused = taken(field, value)
    if isinstance(refused, RefusedValueError) and len(str(value)) > 3:
        assert str(value) not in str(refused)


# By kind


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("text", " caf\u0065\u0301\u200b \u00a0", "caf\u00e9"),
        ("text", Decimal("1E+2"), "100"),
        ("text", ZERO_ID, ZERO_ID),
        ("id", f" {AN_ID} ", AN_ID),
        ("id", ZERO_ID, None),
        ("code", "Inactive", "2"),
        ("code", "IN-ACTIVE", "2"),
        ("code", 2, "2"),
        ("code", True, "1"),
        ("code", False, "2"),
        ("code", "17", "17"),  # known codes are not all there are
        ("open code", "anything", "anything"),
        ("day", "2026-01-31T00:00:00.000+0000", "2026-01-31"),
        ("instant", "2026-01-31", "2026-01-31T00:00:00.000+0000"),
        ("money", "1,041.50", Decimal("1041.5")),
        ("money", "(12.30)", Decimal("-12.3")),
        ("number", "0.12345", Decimal("0.12345")),
        ("whole", "7.0", 7),
        ("flag", "YES", True),
        ("flag", "WAHR", True),
        ("flag", " faux", False),
        ("flag", Decimal("0.0"), False),
        ("list", "[1]", [1]),
        ("object", '{"a": 1.10}', {"a": Decimal("1.10")}),
    ],
)
def test_a_value_is_read(kind: str, given: Any, expected: Any) -> None:
    value = read(FIELDS[kind], given)
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("kind", "given", "reason"),
    [
        ("text", True, "a text is expected"),
        ("text", ["a"], "a text is expected"),
        ("text", "H\x00", r"control character U\+0000"),
        ("text", "x" * 31, "31 characters; BILL takes 30"),
        ("id", "7", r"an id of 20 characters is expected \(of a Vendor\)"),
        ("id", 7, "an id of 20 characters"),
        ("id", "\u0661" * 20, "an id of 20 characters"),
        ("code", "banana", "known are 1"),
        ("code", ["1"], "a code is expected"),
        ("open code", "a\x00", "control character"),
        ("day", "0001-01-01", "the year 0001"),
        ("day", "9999-12-31", "the year 9999"),
        ("day", "0202-01-31", "the year 0202"),
        ("day", "2026-02-30", "no day of the calendar"),
        ("day", "2026-01-31T10:00:00Z", "more than a day"),
        ("day", "\u0662\u0660\u0662\u0666-01-31", "not a day"),
        ("day", 20260131, "a day like"),
        ("instant", "noon", "not an instant"),
        ("money", "12.345", "more than 2 decimals"),
        ("number", "1e3", "an exponent"),
        ("number", "1_000", "not a number"),
        ("number", "\u0661\u0662", "none of the digits 0 to 9"),
        ("number", "1,041", "may part thousands or decimals"),
        ("number", True, "a number is expected"),
        ("number", Decimal("NaN"), "is not a number"),
        ("number", 10**15, "more than 15 digits"),
        ("whole", "1.5", "a whole number"),
        ("flag", "inactive", "neither yes"),
        ("flag", 2, "neither yes"),
        ("list", "{}", "a list is expected"),
        ("object", "[", "not JSON"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_reason(kind: str, given: Any, reason: str) -> None:
    with pytest.raises(RefusedValueError, match=reason):
        read(FIELDS[kind], given)


@pytest.mark.parametrize(
    ("kind", "alike"),
    [
        ("text", ["a  b", " a\u00a0b", "a\u200b b"]),
        ("text", ["1", 1, Decimal("1.0")]),
        ("name", ["NPOWER", "Npower", "n\u200bpower"]),
        ("name", ["STRASSE", "Stra\u00dfe"]),
        ("country", ["USA", "us", "United  States", "United States of America", "U.S.", "U. S. A."]),
        ("money", [10, Decimal("10.00"), Decimal("1E+1")]),
        ("number", [0, Decimal("-0.0")]),
        ("code", ["2", 2, Decimal("2.0")]),
        ("instant", ["2026-01-31T00:00:00.000+0000", "2026-01-31T00:00:00Z", "2026-01-31T01:00:00+01:00"]),
        ("id", [ZERO_ID, "", None]),
        ("text", ["", None, " "]),
    ],
)
def test_values_that_mean_the_same_are_no_change(kind: str, alike: list[Any]) -> None:
    assert all(same(FIELDS[kind], one, other) for one in alike for other in alike)


UNITED_STATES = ("US", "USA", "United States", "United States of America")


@st.composite
def ways_to_write(draw: st.DrawFn, name: str) -> str:
    """A name in any case, with blanks and full stops where people put them."""
    cased = "".join(draw(st.sampled_from((each.upper(), each.lower()))) for each in name)
    parts = draw(st.sampled_from((cased, ".".join(cased), " ".join(cased.split()), cased.replace(" ", "\u00a0"))))
    return draw(st.sampled_from(("", " "))) + parts + draw(st.sampled_from(("", " ", ".")))


@given(one=st.sampled_from(UNITED_STATES).flatmap(ways_to_write), other=st.sampled_from(UNITED_STATES))
def test_the_united_states_are_one_country_however_they_are_written(one: str, other: str) -> None:
    assert same(FIELDS["country"], one, other)
    assert same(FIELDS["country"], other, one)


@given(one=st.sampled_from(UNITED_STATES).flatmap(ways_to_write), other=st.text(min_size=1, max_size=30))
def test_no_other_country_is_the_united_states(one: str, other: str) -> None:
    assume("".join(filter(str.isalnum, folded(other))) not in {"us", "usa", "unitedstates", "unitedstatesofamerica"})
    assert not same(FIELDS["country"], one, other)


@pytest.mark.parametrize("other", ["", None, "UK", "Canada", "Virgin Islands, US", "United Kingdom", "Mexico"])
def test_a_country_that_is_near_is_another(other: str | None) -> None:
    assert not same(FIELDS["country"], "USA", other)


@pytest.mark.parametrize("days", [-1, 1000, "12.5"])
def test_days_until_due_are_0_to_999(days: Any) -> None:
    # section 7, 28
    net_due = BY_NAME["PaymentTerm"].by_name["netDue"]
    assert [read(net_due, each) for each in (0, "30", 999)] == [0, 30, 999]
    with pytest.raises(RefusedValueError):
        read(net_due, days)


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("text", "H-7", "h-7"),
        ("text", ZERO_ID, None),
        ("text", "1.0", 1),
        ("text", True, 1),
        ("name", "N power", "Npower"),
        ("name", "USA", "United States"),
        ("id", AN_ID, AN_ID.lower()),
        ("money", Decimal("10.00"), Decimal("10.01")),
        ("number", 0, None),
        ("flag", False, True),
    ],
)
def test_values_that_differ_are_a_change(kind: str, one: Any, other: Any) -> None:
    assert not same(FIELDS[kind], one, other)


@pytest.mark.parametrize("kind", [each for each in FIELDS if each != "flag"])
def test_what_empties_a_field_is_nothing_to_bill(kind: str) -> None:
    assert same(FIELDS[kind], emptied(FIELDS[kind]), None)


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        (FIELDS["money"], 1200, "1,200.00"),
        (FIELDS["number"], Decimal("0.12345"), "0.12345"),
        (FIELDS["money"], "12.30", "12.30"),  # not a number: as BILL has it
        (FIELDS["code"], "2", "inactive (2)"),
        (FIELDS["flag"], True, "yes"),
        (FIELDS["instant"], "2026-01-31T00:00:00.000+0000", "2026-01-31T00:00:00Z"),
        (FIELDS["id"], ZERO_ID, ""),
        (FIELDS["list"], [1, 2], "2 of them"),
        (None, ZERO_ID, ""),
    ],
)
def test_people_see_values_so(field: Field | None, value: Any, expected: str) -> None:
    assert shown(field, value) == expected


# Sources


def test_sources_differ_in_how_they_write_and_in_nothing_else() -> None:
    german = Writing(decimal=",", thousands=".", date_format=("%d.%m.%Y",), currency=("EUR",), values={"n/a": ""})
    assert reader_of(FIELDS["money"], german)("1.041,50 EUR") == Decimal("1041.5")
    assert reader_of(FIELDS["day"], german)("31.01.2026") == "2026-01-31"
    assert reader_of(FIELDS["text"], german)(" N/A ") is None
    assert reader_of(FIELDS["code"], german)("inactive") == "2"
    with pytest.raises(RefusedValueError, match="the year 0202"):
        reader_of(FIELDS["day"], german)("31.01.0202")
    with pytest.raises(RefusedValueError, match="digits other than 0 to 9"):
        reader_of(FIELDS["day"], german)("\u0663\u0661.01.2026")
    with pytest.raises(RefusedValueError, match="more than 2 decimals"):
        reader_of(FIELDS["money"], german)("1,041")


def test_a_masked_number_is_refused_with_its_reason() -> None:
    with pytest.raises(RefusedValueError, match="a masked number"):
        read(VENDOR.by_name["taxId"], "*****6789")
    assert read(LINE["description"], "*** urgent ***") == "*** urgent ***"


@pytest.mark.parametrize("spelled", [str.lower, str.upper, str.title])
@pytest.mark.parametrize(
    ("word", "flag"), [("yes", True), ("true", True), ("1", True), ("no", False), ("false", False), ("0", False)]
)
def test_every_word_for_a_flag_is_read(word: str, flag: bool, spelled: Callable[[str], str]) -> None:
    assert read(FIELDS["flag"], spelled(word)) is flag


@pytest.mark.parametrize("given_text", ["a", " a", "a  ", "   a b "])
def test_a_text_that_is_not_trimmed_keeps_as_many_blanks_at_each_end(given_text: str) -> None:
    assert reader_of(FIELDS["text"], Writing(trim=False))(given_text) == given_text
    assert reader_of(FIELDS["text"], Writing(trim=True))(given_text) == given_text.strip()


@pytest.mark.parametrize("given_text", ["", " "])
def test_a_blank_is_nothing_before_it_is_replaced(given_text: str) -> None:
    assert reader_of(FIELDS["text"], Writing(values={"": "x"}))(given_text) is None
