"""Texts of a workbook's cells, and the numbers and days that stand for exactly these texts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bill_values.typed_texts import TypedText, day_writer, number_text

NUMBERS = TypedText(decimal=".")
COMMAS = TypedText(decimal=",")
DAYS = TypedText(dates=("%d.%m.%Y", "%Y-%m-%d"))


@pytest.mark.parametrize(
    ("typed", "text", "value"),
    [
        (NUMBERS, "10.5", Decimal("10.5")),
        (NUMBERS, "-3", Decimal(-3)),
        (COMMAS, "1234,56", Decimal("1234.56")),
        (DAYS, "02.01.2026", date(2026, 1, 2)),
        *((NUMBERS, text, None) for text in ("10.50", "007", "1,234.5", "1e3", "17.5O", "", "0.1234567890123456")),
        *((COMMAS, text, None) for text in ("1.234", "1.5", "1,50")),
        *((DAYS, text, None) for text in ("2026-01-02", "2.1.2026", "31.02.2026", "01.01.1900", "soon")),
    ],
)
def test_a_text_has_a_type_only_where_nothing_is_lost(typed: TypedText, text: str, value: object) -> None:
    assert typed.value(text) == value
    assert TypedText.of_json(typed.as_json()) == typed


@given(st.text("0123456789.,-eE O", max_size=20), st.sampled_from([NUMBERS, COMMAS]))
def test_a_number_is_read_as_the_text_that_it_stood_for(text: str, typed: TypedText) -> None:
    value = typed.value(text)
    assert value is None or number_text(float(f"{value:.16G}"), str(typed.decimal)) == text


@given(st.dates(date(1900, 3, 1), date(2199, 12, 31)))
def test_a_day_is_read_as_the_text_that_it_stood_for(day: date) -> None:
    text = day_writer(DAYS.dates)(day)
    assert DAYS.value(text) == day


def test_a_day_that_one_format_leaves_open_is_written_in_another() -> None:
    """Of two digits the year may be of either century."""
    assert day_writer(("%d.%m.%y", "%d.%m.%Y"))(date(1955, 1, 2)) == "02.01.1955"
    assert day_writer(("%d.%m.%y",))(date(1955, 1, 2)) == "1955-01-02"
