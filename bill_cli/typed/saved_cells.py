"""Cells of a CSV that a spreadsheet may have saved anew: in its notation of numbers and days, in its language.

The cells of the whole file tell its notation (`bill_values.found_notation`): one program has saved all of them. A cell
that has several readings all the same is in doubt, and so is one that a spreadsheet has broken: it is the value that
BILL has, if that is one of them, and never a change. What can be read in no way is in doubt as well: BILL may have it.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bill_api.table.fields import NUMBERS, FieldType
from bill_api.table.kinds import RefusedValueError, reader_of
from bill_values.found_notation import DATE_FORMATS, days_of, numbers_of
from bill_values.notations import ISO, YEARS, Writing, day_reader, number_reader, program_day
from bill_values.spelling import broken
from bill_values.spreadsheet_cells import APOSTROPHE, text_of
from bill_values.spreadsheet_words import boolean_of
from bill_values.visible import in_quotes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from decimal import Decimal

    from bill_api.table.fields import Field

WITH_NUMBERS = frozenset({*NUMBERS, FieldType.INTEGER})

_PARTS = {"%d": "day", "%m": "month", "%b": "month", "%Y": "year", "%y": "year", "%H": "hour", "%M": "minute"}
_PART = re.compile(r"%[a-zA-Z]")
_NUMBERED_PARTS = {"%d": r"(?P<day>[0-9]{1,2})", "%m": r"(?P<month>[0-9]{1,2})", "%Y": r"(?P<year>[0-9]{4})"}
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November"),
    "December",
)
_DAYS_MAX = 31
_COUNTED = re.compile(r"[1-9][0-9]{4}(?:[.,][0-9]+)?")
"""A day in the format of a number: 45678 is one of 2025."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubtful:
    """A cell of which it is not certain what it says.

    Attributes:
        field: Its field.
        text: As it stands there.
        values: What it may say, as JSON would have it.
        why: What is wrong with it, and what to do; the value of a bank or tax number is not in it.
    """

    field: Field
    text: str
    values: tuple[Any, ...]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileNotation:
    """The notation of a file.

    Attributes:
        days: The formats of its days, with all that are possible for those that leave it open.
        numbers: The writing of its numbers; those that are possible, where they leave it open.
        example: A number that leaves it open.
    """

    days: tuple[str, ...] = ()
    numbers: tuple[Writing, ...] = (Writing(),)
    example: str = ""

    def value(self, field: Field, cell: str) -> Any:
        """The value of a cell as JSON would have it; an empty text for nothing, a `Doubtful` for several or none."""
        text = text_of(cell)
        bare = text.strip()
        if not bare:
            return ""
        if field.type is FieldType.DATE:
            return self._day(field, bare)
        if field.type in WITH_NUMBERS:
            return self._number(field, bare)
        if field.type is FieldType.BOOLEAN:
            return boolean_of(bare)
        why = None if cell.startswith(APOSTROPHE) else broken(bare)
        return Doubtful(field=field, text=text, values=(text,), why=_why_broken(field, text, why)) if why else text

    def _day(self, field: Field, text: str) -> Any:
        days = list(dict.fromkeys(day for each in self.days if (day := _read_day(each, text))))
        if len(days) > 1:
            why = (
                f"`{field.name}`: {in_quotes(text)} may be {' or '.join(sorted(days))}, and the days of this file do "
                "not tell which: have them saved as 2026-01-31"
            )
            return Doubtful(field=field, text=text, values=tuple(days), why=why)
        if days:
            return days[0]
        try:
            return reader_of(field)(text)
        except RefusedValueError as error:
            why = f"`{field.name}`: {self._why_no_day(text, error)}"
            return Doubtful(field=field, text=text, values=(text,), why=why)

    def _why_no_day(self, text: str, error: RefusedValueError) -> str:
        if impossible := _impossible_day(text):
            return f"{in_quotes(text)}: there is no {impossible}"
        if _COUNTED.fullmatch(text):
            return f"{in_quotes(text)} may be a day as a spreadsheet counts them: have the column saved as 2026-01-31"
        for each in self.days if self.days != (ISO,) else ():
            try:
                day_reader((each,))(text)
            except ValueError as reason:
                if reason.__cause__ is None:  # its format fits, and its year does not
                    return f"{in_quotes(text)}: {reason}"
        ways = list(dict.fromkeys(_in_words(each) for each in self.days if each != ISO))
        return f"{in_quotes(text)} is no day like 2026-01-31 or {' or '.join(ways)}" if ways else str(error)

    def _number(self, field: Field, text: str) -> Any:
        read = dict.fromkeys(number for each in self.numbers if (number := _read_number(each, text)) is not None)
        if len(read) > 1:
            why = (
                f"`{field.name}`: {in_quotes(text)}: the numbers of this file do not tell if {self.example} has "
                "decimals or thousands: have them saved like 1041 or 1.50"
            )
            return Doubtful(field=field, text=text, values=tuple(read), why=why)
        try:
            return reader_of(field)(next(iter(read))) if read else reader_of(field, self.numbers[0])(text)
        except RefusedValueError as error:  # BILL may have it all the same
            return Doubtful(field=field, text=text, values=tuple(read) or (text,), why=f"`{field.name}`: {error}")


def notation_of(columns: Mapping[int, Field], rows: Iterable[Sequence[str]]) -> FileNotation:
    """The notation in which the cells of a file are written, whatever parts them.

    Args:
        columns: The fields by the places of their columns.
        rows: The cells.
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
    writings, example = _numbers(list(numbers))
    return FileNotation(days=_days(days), numbers=writings, example=example)


def _days(texts: set[str]) -> tuple[str, ...]:
    """The formats that the days prove; where some are open, those that are possible, for these alone."""
    left = {each for each in texts if not _is_plain_day(each)}
    if not left:
        return ()
    formats: dict[str, None] = {ISO: None}
    while left:
        found = days_of(left)
        more = found.formats or found.open
        formats |= dict.fromkeys(more)
        unread = {text for text in left if not any(_read_day(each, text) for each in more)}
        if unread == left:
            break
        left = unread
    return tuple(formats)


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


def _read_number(writing: Writing, text: str) -> Decimal | None:
    try:
        return number_reader(writing)(text)
    except ValueError:
        return None


def _in_words(date_format: str) -> str:
    """`day.month.year` for `%d.%m.%Y`."""
    return _PART.sub(lambda each: _PARTS.get(each[0], "..."), date_format)


def _impossible_day(text: str) -> str:
    """The day of a text that no calendar has, in words: `31 February 2026`; empty for any other text."""
    for each in DATE_FORMATS:
        parts = _PART.findall(each)
        if set(parts) != _NUMBERED_PARTS.keys() or len(parts) != len(_NUMBERED_PARTS):
            continue
        literals = map(re.escape, _PART.split(each))
        pattern = next(literals) + "".join(f"{_NUMBERED_PARTS[part]}{next(literals)}" for part in parts)
        found = re.fullmatch(pattern, text)
        if found and _is_beyond_its_month(*(int(found[part]) for part in ("year", "month", "day"))):
            return f"{int(found['day'])} {_MONTHS[int(found['month']) - 1]} {found['year']}"
    return ""


def _is_beyond_its_month(year: int, month: int, day: int) -> bool:
    is_month = year in YEARS and 1 <= month <= len(_MONTHS)
    return is_month and monthrange(year, month)[1] < day <= _DAYS_MAX


def _numbers(texts: Sequence[str]) -> tuple[tuple[Writing, ...], str]:
    """The writing of numbers; if none of them proves one, all that are possible, and a number that leaves it open."""
    found = numbers_of(texts)
    if found.decimal is not None:
        return (Writing(decimal=found.decimal, thousands=found.thousands, currency=found.currency),), ""
    ways = ((".", None), (",", None), (".", ","), (",", "."))
    return tuple(Writing(decimal=each, thousands=other, currency=found.currency) for each, other in ways), found.example


def _why_broken(field: Field, text: str, why: str) -> str:
    value = "" if field.sensitive else f"{in_quotes(text)}: "
    return f"`{field.name}`: {value}{why}; list it anew, or have the column saved as text"
