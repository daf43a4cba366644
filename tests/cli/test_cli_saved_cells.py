"""Cells as a spreadsheet saves them: read as they were meant, or in doubt, and never as anything else."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bill_api.table.fields import FieldType, declare
from bill_cli.typed.saved_cells import Doubtful, notation_of

if TYPE_CHECKING:
    from bill_api.table.fields import Field

NUMBER = declare("rate", FieldType.DECIMAL, "DS")
DAY = declare("day", FieldType.DATE, "DS")
WAYS = ["%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y%m%d"]


def said(field: Field, cells: list[str]) -> list[Any]:
    notation = notation_of({0: field}, [[each] for each in cells])
    return [notation.value(field, each) for each in cells]


def is_right(value: Any, meant: Any) -> bool:
    return meant in value.values if isinstance(value, Doubtful) else bool(value == meant)


def number_in(value: Decimal, decimal: str, *, has_groups: bool) -> str:
    text = f"{value:,f}" if has_groups else f"{value:f}"
    return text if decimal == "." else text.translate(str.maketrans(".,", ",."))


numbers = st.lists(
    st.decimals(-(10**7), 10**7, allow_nan=False, places=3).map(lambda each: each.normalize()), min_size=1
)


@given(numbers, st.sampled_from(".,"), st.booleans())
def test_a_number_is_never_another(values: list[Decimal], decimal: str, has_groups: bool) -> None:
    values = [Decimal(f"{each:f}") for each in values]
    cells = [number_in(each, decimal, has_groups=has_groups) for each in values]
    for value, meant in zip(said(NUMBER, cells), values, strict=True):
        assert is_right(value, meant), (cells, value)


@given(numbers, st.sampled_from(".,"))
def test_two_decimals_leave_nothing_open(values: list[Decimal], decimal: str) -> None:
    """As BILL writes money, and `bill list` with it."""
    cents = [round(each, 2) for each in values]
    cells = [number_in(each, decimal, has_groups=False) for each in cents]
    assert said(NUMBER, cells) == cents


days = st.lists(st.dates(date(2020, 1, 1), date(2029, 12, 31)), min_size=1)


@given(days, st.sampled_from(WAYS), days, st.sampled_from(WAYS))
def test_a_day_is_never_another(ones: list[date], way: str, others: list[date], other_way: str) -> None:
    """Also where a file mixes two ways, unless those are the British and the American one."""
    if {way, other_way} == {"%d/%m/%Y", "%m/%d/%Y"}:
        other_way = way
    cells = [each.strftime(way) for each in ones] + [each.strftime(other_way) for each in others]
    for value, meant in zip(said(DAY, cells), [*ones, *others], strict=True):
        assert is_right(value, meant.isoformat()), (cells, value)


@given(days, st.sampled_from([each for each in WAYS if each[:2] == "%Y" or "." in each]), st.sampled_from(["/", "-"]))
def test_an_open_day_spoils_no_proven_one(ones: list[date], way: str, sign: str) -> None:
    cells = [f"3{sign}4{sign}2026", *(each.strftime(way) for each in ones), "31.12.2026"]
    first, *rest, _ = said(DAY, cells)
    assert isinstance(first, Doubtful)
    proven = way != "%d.%m.%Y" or [each.isoformat() for each in ones]
    assert proven is True or rest == proven


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("31.02.2026", "there is no 31 February 2026"),
        ("2/30/2026", "there is no 30 February 2026"),
        ("31-4-2026", "there is no 31 April 2026"),
        ("2026-02-29", "there is no 29 February 2026"),
        ("soon", "is refused: not a day like 2026-01-31"),
        ("5/6/1802", "is refused: not a day like 2026-01-31"),
    ],
)
def test_a_day_that_is_none_says_why(cell: str, why: str) -> None:
    (value,) = said(DAY, [cell])
    assert isinstance(value, Doubtful)
    assert re.fullmatch(f"`day`: '{re.escape(cell)}':? {why}.*", value.why)
    assert "%" not in value.why
    assert value.values == (cell,)  # BILL may have it
