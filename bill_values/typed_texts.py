"""Numbers and days of a workbook as the texts that stand for them in a CSV, and back where nothing is lost by that.

A number is what the workbook itself computes with: fifteen significant digits, and never what a display format makes of
it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from bill_values.notations import day_reader

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SIGNIFICANT_DIGITS = 15
"""Of a number in a workbook: what spreadsheets keep of one that is typed in, and show."""

WHOLE_BELOW = 2**53
"""Whole numbers that a float holds exactly. Those of 16 digits only programs write: two of them stay two."""

DAYS_KEPT = 4096
FIRST_DAY = date(1900, 3, 1)
"""Before it programs count the days of a workbook in different ways: 1900 had no leap day, and Excel has one."""

_NUMBER = re.compile(r"-?[0-9]{1,16}(?:[.,][0-9]{1,15})?")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedText:
    """The texts of a column that stand for numbers, or for days.

    Attributes:
        decimal: What parts the decimals of its numbers; None where it has none.
        dates: The formats of its days; empty where it has none.
    """

    decimal: str | None = None
    dates: tuple[str, ...] = ()

    def value(self, text: str) -> Decimal | date | None:
        """The number or day from which a workbook's reader makes exactly this text; None where there is none."""
        return _number(text, self.decimal) if self.decimal else _day(text, self.dates)

    def as_json(self) -> dict[str, Any]:
        """The same as JSON."""
        return {"decimal": self.decimal} if self.decimal else {"dates": [*self.dates]}

    @classmethod
    def of_json(cls, given: Mapping[str, Any]) -> TypedText:
        """The one that `as_json` has told; of what it cannot have told nothing is taken."""
        decimal, dates = given.get("decimal"), given.get("dates")
        return cls(
            decimal=decimal if isinstance(decimal, str) else None,
            dates=tuple(each for each in dates if isinstance(each, str)) if isinstance(dates, list) else (),
        )


def _number(text: str, decimal: str) -> Decimal | None:
    if not _NUMBER.fullmatch(text):
        return None
    plain = text if decimal == "." else text.replace(".", " ").replace(decimal, ".")
    try:
        is_exact = number_text(float(plain), decimal) == text
    except ValueError:
        return None
    return Decimal(plain) if is_exact else None


def _day(text: str, formats: tuple[str, ...]) -> date | None:
    try:
        day = date.fromisoformat(day_reader(formats)(text))
    except ValueError:
        return None
    return day if day >= FIRST_DAY and day_writer(formats)(day) == text else None
