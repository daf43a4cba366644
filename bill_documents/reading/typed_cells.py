"""Cells of a workbook that have a type, as the texts by which a person would write them in a CSV.

So one reader decides about all files.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from bill_values.typed_texts import TypedText, day_writer, number_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from bill_documents.remarks import Findings
    from bill_values.notations import Writing

Typed = str | int | float | bool | date | datetime | time | timedelta
"""A cell's value; a blank is an empty text."""

TIME_LEFT_OUT = "days have a time, which is left out"


@dataclass(frozen=True, slots=True, kw_only=True)
class CellForm:
    """The form in which the reader of a column expects its texts.

    Attributes:
        writing: How it writes numbers and days.
        is_day: Whether it feeds a day.
        is_number: Whether it feeds a number.
        is_text: Whether it feeds a text, and no value that is no text has one in its place.
        is_key: Whether it feeds a text by which documents are told apart.
        clashes: Whether it feeds fields that expect different forms.
    """

    writing: Writing
    is_day: bool = False
    is_number: bool = False
    is_text: bool = False
    is_key: bool = False
    clashes: bool = False

    @property
    def typed_text(self) -> TypedText | None:
        """The texts of the column that may stand for a value with a type; None where they are only texts."""
        if self.is_day:
            return TypedText(dates=self.writing.date_format)
        return TypedText(decimal=self.writing.decimal) if self.is_number else None

    def joined(self, other: CellForm) -> CellForm:
        """The form of a column that feeds two fields."""
        same = (self.writing.decimal, self.writing.date_format) == (other.writing.decimal, other.writing.date_format)
        return replace(
            self,
            is_day=self.is_day or other.is_day,
            is_number=self.is_number or other.is_number,
            is_text=self.is_text or other.is_text,
            is_key=self.is_key or other.is_key,
            clashes=self.clashes or not same,
        )


def cell_writer(form: CellForm, column: str, found: Findings) -> Callable[[Typed, int], str]:
    """Makes texts of the values of one column, each with its row; what is worth saying of them goes to `found`."""
    decimal = form.writing.decimal
    day_text = day_writer(form.writing.date_format)
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


def _duration(value: timedelta) -> str:
    """A duration in ISO's way, in hours, minutes and seconds."""
    seconds = abs(value) // timedelta(seconds=1)
    sign = "-" if value < timedelta() else ""
    return f"{sign}PT{seconds // 3600}H{seconds // 60 % 60}M{seconds % 60}S"
