"""Cells of a workbook that have a type, as the texts by which a person would write them in a CSV.

So one reader decides about all files. A number is what the workbook itself computes with: fifteen significant digits,
and never what a display format makes of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from bill_values.notations import Writing, day_reader

if TYPE_CHECKING:
    from collections.abc import Callable

    from bill_documents.remarks import Findings

Typed = str | int | float | bool | date | datetime | time | timedelta
"""A cell's value; a blank is an empty text."""

SIGNIFICANT_DIGITS = 15
"""Of a number in a workbook: what spreadsheets keep of one that is typed in, and show."""

WHOLE_BELOW = 2**53
"""Whole numbers that a float holds exactly. Those of 16 digits only programs write: two of them stay two."""

DAYS_KEPT = 4096
TIME_LEFT_OUT = "days have a time, which is left out"


@dataclass(frozen=True, slots=True, kw_only=True)
class CellForm:
    """The form in which the reader of a column expects its texts.

    Attributes:
        writing: How it writes numbers and days.
        is_day: Whether it feeds a day.
        is_key: Whether it feeds a text by which documents are told apart.
        clashes: Whether it feeds fields that expect different forms.
    """

    writing: Writing
    is_day: bool = False
    is_key: bool = False
    clashes: bool = False

    def joined(self, other: CellForm) -> CellForm:
        """The form of a column that feeds two fields."""
        same = (self.writing.decimal, self.writing.dates) == (other.writing.decimal, other.writing.dates)
        return replace(
            self,
            is_day=self.is_day or other.is_day,
            is_key=self.is_key or other.is_key,
            clashes=self.clashes or not same,
        )


def cell_writer(form: CellForm, column: str, found: Findings) -> Callable[[Typed, int], str]:
    """Makes texts of the values of one column, each with its row; what is worth saying of them goes to `found`."""
    decimal = form.writing.decimal
    day_text = day_writer(form.writing.dates)
    is_number_key = f"keys in {column} are numbers: zeros that only a display format shows are not in them"

    def write(value: Typed, row: int) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            if form.is_key:
                found.note(is_number_key, row)
            return number_text(value, decimal)
        if isinstance(value, datetime) and value.time() != time() and form.is_day:
            found.note(TIME_LEFT_OUT, row)
            return day_text(value.date())
        return _moment_text(value, day_text)

    return write


def _moment_text(value: date | time | timedelta, day_text: Callable[[date], str]) -> str:
    if isinstance(value, datetime):
        return day_text(value.date()) if value.time() == time() else value.isoformat()
    if isinstance(value, date):
        return day_text(value)
    return value.isoformat() if isinstance(value, time) else _duration(value)


def number_text(value: float, decimal: str = ".") -> str:
    """A number without exponent and display format, and with no digit that is not significant."""
    if not math.isfinite(value):
        return str(value)
    if value == int(value) and abs(value) < WHOLE_BELOW:
        return str(int(value))
    text = repr(value)
    if len(text) > SIGNIFICANT_DIGITS or "e" in text:
        text = format(Decimal(format(value, f".{SIGNIFICANT_DIGITS}g")), "f")
    return text if decimal == "." else text.replace(".", decimal)


@lru_cache(maxsize=64)
def day_writer(formats: tuple[str, ...]) -> Callable[[date], str]:
    """Makes texts of days in the first of these formats by which its reader gets the same day; or else ISO."""
    read = day_reader(formats)

    @lru_cache(maxsize=DAYS_KEPT)
    def write(day: date) -> str:
        for each in formats:
            text = day.strftime(each)
            try:
                if read(text) == day.isoformat():
                    return text
            except ValueError:  # the others read another day, or none may be read
                continue
        return day.isoformat()

    return write


def _duration(value: timedelta) -> str:
    """A duration in ISO's way, in hours, minutes and seconds."""
    seconds = abs(value) // timedelta(seconds=1)
    sign = "-" if value < timedelta() else ""
    return f"{sign}PT{seconds // 3600}H{seconds // 60 % 60}M{seconds % 60}S"
