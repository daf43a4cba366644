"""Cells of a CSV that a spreadsheet may have saved anew: in its notation of numbers and days, in its language.

The cells of the whole file tell its notation (`bill_values.found_notation`): one program has saved all of them. What
they leave open is refused, never guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bill_api.table.fields import NUMBERS, FieldType
from bill_api.table.kinds import RefusedValueError, reader_of
from bill_cli.typed.option_values import WrongTextError
from bill_values.found_notation import days_of, numbers_of
from bill_values.notations import ISO, PLAIN, Writing, day_reader, program_day
from bill_values.spelling import without_accents
from bill_values.spreadsheet_cells import APOSTROPHE, text_of
from bill_values.spreadsheet_words import BOOLEANS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bill_api.table.fields import Field

WITH_NUMBERS = frozenset({*NUMBERS, FieldType.INTEGER})
DECIMAL_COMMA = ";"
"""Spreadsheets part cells by it where the comma is their decimal sign."""

_PLAIN_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_GROUPED = re.compile(r"-?[1-9][0-9]{0,2}\.[0-9]{3}")
_RISEN = re.compile(r"[0-9](?:[.,][0-9]+)?E\+[0-9]{2,3}")
_ERROR = re.compile(r"#[^\W\d_]+(?:/[0a])?[!?]|#N/[A-Z]+|#{3,}")
"""Cells of a formula that a spreadsheet cannot compute, and of a number that is too wide for its column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notation:
    """The notation of a file.

    Attributes:
        days: The formats of its days; those that are possible, where that is open.
        numbers: The writing of its numbers; None where that is open.
        example: A number that leaves it open.
    """

    days: tuple[str, ...] = ()
    numbers: Writing | None = PLAIN
    example: str = ""

    def value(self, field: Field, cell: str) -> Any:
        """The value of a cell as JSON would have it; an empty text for nothing.

        Raises:
            WrongTextError: It can be read in several ways, or in none.
        """
        text = text_of(cell).strip() if field.type is not FieldType.STRING else text_of(cell)
        if not text.strip():
            return ""
        if field.type is FieldType.DATE:
            return self._day(field, text)
        if field.type in WITH_NUMBERS:
            return self._number(field, text)
        if field.type is FieldType.BOOLEAN:
            return BOOLEANS.get(without_accents(text.casefold()), text)
        if not cell.startswith(APOSTROPHE) and not field.sensitive:
            _check_kept(field, text)
        return text

    def _day(self, field: Field, text: str) -> Any:
        try:
            return reader_of(field, Writing(dates=self.days))(text)
        except RefusedValueError as error:
            days = {day for each in self.days if (day := _read_day(each, text))}
            if len(days) > 1:
                ways = " or ".join(sorted(days))
                raise WrongTextError(
                    f"`{field.name}`: {text!r} may be {ways}, and the days of this file do not tell which: "
                    "have them saved as 2026-01-31"
                ) from None
            raise WrongTextError(f"`{field.name}`: {error}") from None

    def _number(self, field: Field, text: str) -> Any:
        if self.numbers is None:
            if text.isascii() and text.removeprefix("-").isdigit():
                return reader_of(field)(text)
            raise WrongTextError(
                f"`{field.name}`: {text!r}: the numbers of this file do not tell if {self.example} has decimals or "
                "thousands: have them saved like 1041 or 1.50"
            )
        try:
            return reader_of(field, self.numbers)(text)
        except RefusedValueError as error:
            raise WrongTextError(f"`{field.name}`: {error}") from None


def notation_of(columns: Mapping[int, Field], rows: Iterable[Sequence[str]], delimiter: str) -> Notation:
    """The notation in which the cells of a file are written.

    Args:
        columns: The fields by the places of their columns.
        rows: The cells.
        delimiter: What parts them.
    """
    days: set[str] = set()
    numbers: dict[str, None] = {}
    for cells in rows:
        for place, field in columns.items():
            text = text_of(cells[place]).strip() if place < len(cells) else ""
            if text and field.type is FieldType.DATE:
                days.add(text)
            elif text and field.type in WITH_NUMBERS:
                numbers[text] = None
    writing, example = _numbers(list(numbers), delimiter)
    return Notation(days=_days(days), numbers=writing, example=example)


def _days(texts: set[str]) -> tuple[str, ...]:
    if all(map(_is_plain_day, texts)):
        return ()
    found = days_of(texts)
    return tuple(dict.fromkeys((ISO, *found.formats, *found.open)))


def _is_plain_day(text: str) -> bool:
    try:
        return program_day(text) is not None
    except ValueError:
        return True  # of no calendar: its reader says so


def _read_day(date_format: str, text: str) -> str | None:
    try:
        return day_reader((date_format,))(text)
    except ValueError:
        return None


def _numbers(texts: Sequence[str], delimiter: str) -> tuple[Writing | None, str]:
    if all(map(_PLAIN_NUMBER.fullmatch, texts)):
        pointed = [each for each in texts if "." in each]
        open_ = [each for each in pointed if _GROUPED.fullmatch(each)]
        if delimiter == DECIMAL_COMMA and open_ and len(open_) == len(pointed):
            return None, open_[0]
        return PLAIN, ""
    found = numbers_of(texts)
    if found.decimal is None:
        return None, found.example
    return Writing(decimal=found.decimal, thousands=found.thousands, currency=found.currency), ""


def _check_kept(field: Field, text: str) -> None:
    """Look for what a spreadsheet has made of a text.

    Raises:
        WrongTextError: It is no text any more.
    """
    if _RISEN.fullmatch(text):
        raise WrongTextError(
            f"`{field.name}`: {text!r}: a spreadsheet has made a number of it, and its digits are lost; "
            "have the column saved as text"
        )
    if _ERROR.fullmatch(text):
        raise WrongTextError(f"`{field.name}`: {text!r} is what a spreadsheet shows in place of a value")
