"""Texts to values, exactly or not at all."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bill_api.entities import BY_STREAM
from bill_api.table.fields import Field, FieldType
from bill_api.table.kinds import reader_of
from bill_documents.mapping.columns import USUAL, source, writing_of
from bill_documents.mapping.declaration import AddDays, ColumnEntry, FileEntry
from bill_documents.mapping.levels import mappable
from bill_program.settings import declared
from bill_values.notations import Writing, date_format_problem, number_reader


def read(kind: FieldType, text: str, date_format: str = "%Y-%m-%d") -> object:
    return reader_of(Field(name="any", type=kind, source=("PR",)), Writing(date_format=(date_format,)))(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", "0"),
        ("12.345", "12.345"),
        ("-7", "-7"),
        ("+7", "7"),
        ("1,041.67", "1041.67"),
        ("-12,041.5", "-12041.5"),
        ("1,041,000", "1041000"),
        ("(45.00)", "-45"),
        ("(1,045.00)", "-1045"),
        ("-0.00", "0"),
        ("(0)", "0"),
        ("123456789012345.01234567890123456789", "123456789012345.01234567890123456789"),
        ("(123456789012345.01234567890123456789)", "-123456789012345.01234567890123456789"),
    ],
)
def test_numbers_keep_their_digits(text: str, value: str) -> None:
    found = read(FieldType.DECIMAL, text)
    assert isinstance(found, Decimal)
    assert str(found) == value


@pytest.mark.parametrize(
    "text",
    [
        "1,041", "(1,041)", "1.041,67", "1,04.5", "1,0415.5", "01,041.67", "0,123.45", "1 04.67",
        "1e5", "NaN", "Infinity", "$5", "(-5)", "(5", "5)", "--5", "5.0.0", "\u0665", "1_000", "0x10",
        "1" * 16, "+-5",
    ],
)  # fmt: skip
def test_other_texts_are_no_numbers(text: str) -> None:
    with pytest.raises(ValueError, match=r"number|comma|digits"):
        read(FieldType.DECIMAL, text)


def test_a_lone_thousands_comma_is_named_as_such() -> None:
    with pytest.raises(ValueError, match="may part thousands or decimals"):
        read(FieldType.DECIMAL, "1,041")


@pytest.mark.parametrize("text", ["12.345", "1,000.001", "0.001", "12.34000001", "6.82121E-8"])
def test_money_has_cents_at_most(text: str) -> None:
    with pytest.raises(ValueError, match="more than 2 decimals; an amount is refused, never rounded"):
        read(FieldType.MONEY, text)


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("6.82121E-13", "0.00"),
        ("-6.82121E-13", "0.00"),
        ("1136.8400000000001", "1136.84"),
        ("99.99999999999", "100.00"),
    ],
)
def test_the_dust_of_programs_that_count_in_floats_is_no_third_decimal(text: str, cents: str) -> None:
    assert read(FieldType.MONEY, text) == Decimal(cents)


@pytest.mark.parametrize(("text", "value"), [("30", 30), ("30.0", 30), ("+30", 30), ("1,041,000", 1041000)])
def test_whole_numbers_may_be_written_with_decimals_that_say_nothing(text: str, value: int) -> None:
    assert read(FieldType.INTEGER, text) == value


@pytest.mark.parametrize(
    ("text", "value"), [("yes", True), ("TRUE", True), ("1", True), ("No", False), ("false", False), ("0", False)]
)
def test_booleans(text: str, value: bool) -> None:
    assert read(FieldType.BOOLEAN, text) is value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (FieldType.BOOLEAN, "maybe"),
        (FieldType.INTEGER, "1.5"),
        (FieldType.INTEGER, "9" * 19),
        (FieldType.DATE, "2021-02-30"),
        (FieldType.DATE, "2021-06-01 extra"),
    ],
)
def test_other_texts_are_refused(kind: FieldType, text: str) -> None:
    with pytest.raises(ValueError, match=r"not a|neither|whole|digits"):
        read(kind, text)


def test_dates_follow_their_format() -> None:
    assert read(FieldType.DATE, "1 Jun 21", date_format="%d %b %y") == "2021-06-01"
    assert read(FieldType.DATE, "2010-12-01 08:26:00", date_format="%Y-%m-%d %H:%M:%S") == "2010-12-01"


@pytest.mark.parametrize("date_format", ["%d/%m", "dd/mm/yyyy", "%Q", "%d/%m/%", "%H:%M", ""])
def test_formats_that_tell_no_day_are_found_out(date_format: str) -> None:
    assert date_format_problem(date_format)


def test_days_are_counted_over_the_ends_of_months_and_stop_at_the_end_of_the_calendar() -> None:
    assert AddDays(field="invoiceDate", days=30).after("2024-02-01") == "2024-03-02"
    with pytest.raises(ValueError, match="calendar"):
        AddDays(field="invoiceDate", days=1).after("9999-12-31")


def test_ids_of_a_source_have_any_form() -> None:
    field = mappable(BY_STREAM["bills"].fields)["vendorId"]
    assert reader_of(field, USUAL)(" V-12 ") == "V-12"


@given(
    st.integers(0, 99_999),
    st.sampled_from([".", ","]),
    st.sampled_from(["-", "--", "\u2212", "\u2013", "\u2014"]),
    st.sampled_from(["", "CHF ", "CHF\u00a0"]),
    st.sampled_from(["", " CHF"]),
)
def test_a_dash_in_place_of_cents_is_never_a_sign(whole: int, point: str, dash: str, before: str, behind: str) -> None:
    writing = Writing(decimal=point, currency=("CHF",))
    assert number_reader(writing)(f"{before}{whole}{point}{dash}{behind}") == whole
    assert number_reader(writing)(f"-{before}{whole}{point}{dash}{behind}") == -whole


@given(st.text(alphabet="0123456789.,- ()\u2212\u2013", min_size=1, max_size=8), st.sampled_from([".", ","]))
def test_a_number_is_negative_by_one_sign_only_and_no_dash_beside_its_decimal_sign_is_one(
    text: str, point: str
) -> None:
    try:
        value = number_reader(Writing(decimal=point))(text)
    except ValueError:
        return
    bare = text.strip().replace(" ", "")
    bare = re.sub(f"{re.escape(point)}[-\u2212\u2013]{{1,2}}", point, bare)
    signs = sum(map(bare.count, "-\u2212\u2013("))
    assert signs <= 1
    assert value == 0 or (value < 0) == bool(signs)


@pytest.mark.parametrize("asked", ["M\u00fcller  AG", "Mu\u0308ller AG"])
@pytest.mark.parametrize("written", [" m\u00fcller\u00a0ag ", "MU\u0308LLER AG"])
def test_a_text_to_be_replaced_is_known_in_any_spelling(asked: str, written: str) -> None:
    writing = source("columns.any", ColumnEntry(column="Any", values={asked: "Mueller"}), USUAL).writing
    assert reader_of(mappable(BY_STREAM["bills"].fields)["vendorId"], writing)(written) == "Mueller"


FORMS: dict[str, tuple[Any, Any]] = {
    "date_format": ("%d.%m.%Y", ("%d.%m.%Y",)),
    "decimal": (",", ","),
    "thousands": ("", ""),
    "currency": ("$", ("$",)),
    "credit": ("negative", "negative"),
    "round": (2, 2),
    "negate": (True, True),
    "trim": (False, False),
    "values": ({" N/A ": False}, {"n/a": "false"}),
}
"""A setting about the form of values, and what it becomes."""

OF_COLUMNS = {"round", "negate", "values"}
"""Those that are said of one column, and never of a file."""


@pytest.mark.parametrize("name", [each.name for each in fields(Writing)])
def test_every_part_of_a_writing_is_set_by_the_setting_of_its_name(name: str) -> None:
    given, expected = FORMS[name]
    of_column = source("columns.any", ColumnEntry(column="Any", **{name: given}), USUAL).writing
    assert of_column == replace(USUAL, **{name: expected}) != USUAL
    if name in OF_COLUMNS:
        assert name not in {each.name for each in declared(FileEntry)}
    else:
        assert writing_of("files[0]", FileEntry(path="a.csv", **{name: given})) == of_column
    assert source("columns.any", ColumnEntry(column="Any"), of_column).writing == of_column


def test_a_list_of_no_formats_is_the_usual_one() -> None:
    assert writing_of("files[0]", FileEntry(path="a.csv", date_format=())) == USUAL
