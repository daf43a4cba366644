"""Days in words: `today`, `-30d`, `month-start`, `month-end+1w`. They are days of this computer, in its time zone."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from types import MappingProxyType
from typing import TYPE_CHECKING

from bill_api.table.fields import FieldType

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bill_api.table.fields import Field

MONTHS = 12
QUARTER = 3
UNITS: Mapping[str, str] = MappingProxyType({"d": "days", "w": "weeks", "m": "months", "y": "years"})

_LITERAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_OFFSET = re.compile(r"([+-])([0-9]{1,6})([dwmy])", re.IGNORECASE | re.ASCII)
_IN_WORDS = re.compile(r"([a-z]+(?:-[a-z]+)?)?\s*([+-][0-9]{1,6}[dwmy])?", re.IGNORECASE | re.ASCII)
_LENGTH = re.compile(r"([0-9]{1,6})([dwmy])", re.IGNORECASE | re.ASCII)


class WrongDayError(ValueError):
    """A text looks like a day in words and is none; the message says why."""


def _months_later(day: date, months: int) -> date:
    """The same day of another month, or that month's last where it has no such day."""
    count = day.year * MONTHS + day.month - 1 + months
    year, month = divmod(count, MONTHS)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _month_end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _quarter_start(day: date) -> date:
    return day.replace(month=(day.month - 1) // QUARTER * QUARTER + 1, day=1)


def _quarter_end(day: date) -> date:
    return _month_end(_months_later(_quarter_start(day), QUARTER - 1))


WORDS: Mapping[str, Callable[[date], date]] = MappingProxyType(
    {
        "today": lambda day: day,
        "yesterday": lambda day: day - timedelta(days=1),
        "tomorrow": lambda day: day + timedelta(days=1),
        "week-start": lambda day: day - timedelta(days=day.weekday()),
        "week-end": lambda day: day + timedelta(days=6 - day.weekday()),
        "month-start": lambda day: day.replace(day=1),
        "month-end": _month_end,
        "quarter-start": _quarter_start,
        "quarter-end": _quarter_end,
        "year-start": lambda day: day.replace(month=1, day=1),
        "year-end": lambda day: day.replace(month=12, day=31),
    }
)
"""The word for a day -> the day, from the present one. Weeks begin on Monday (ISO 8601)."""


def today() -> date:
    """The day of this computer's clock in its time zone."""
    return datetime.now().astimezone().date()


def day_of(text: str, present: date) -> date | None:
    """The day that words say; None where the text is no such words.

    Args:
        text: `today`, `-30d`, `month-start`, `month-start-1m`: a word, an offset, or an offset from a word.
        present: Today.

    Raises:
        WrongDayError: It is nearly one, or is outside the calendar.
    """
    text = text.strip()
    found = _IN_WORDS.fullmatch(text)
    if not text or found is None:
        return None
    word, offset = (found[1] or "today").casefold().replace("_", "-"), found[2]
    if word not in WORDS:
        near = get_close_matches(word, WORDS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(WORDS)}, and -30d, +2w, -1m, +1y"
        raise WrongDayError(f"{text!r} is not a day (YYYY-MM-DD); {hint}")
    try:
        day = WORDS[word](present)
        return moved(day, offset) if offset else day
    except (ValueError, OverflowError):
        raise WrongDayError(f"{text!r} is outside the calendar") from None


def in_days(field: Field, text: str, present: date) -> str:
    """A value, with the day that words say in their place where the field is a day.

    Args:
        field: Whose value it is.
        text: As it was typed.
        present: Today.

    Raises:
        WrongDayError: As of `day_of`.
    """
    day = day_of(text, present) if field.type is FieldType.DATE else None
    return text if day is None else day.isoformat()


def moved(day: date, offset: str) -> date:
    """A day so much later or earlier (`+2w`, `-1m`): the last day of a month where that has no such day.

    Raises:
        ValueError: It is no offset, or the day is outside the calendar.
        OverflowError: The day is outside the calendar.
    """
    found = _OFFSET.fullmatch(offset)
    if found is None:
        raise ValueError(offset)
    count, unit = int(found[1] + found[2]), UNITS[found[3].lower()]
    if unit in {"days", "weeks"}:
        return day + timedelta(**{unit: count})
    return _months_later(day, count * (MONTHS if unit == "years" else 1))


def within(text: str, present: date) -> date:
    """The last day of a time that begins today: `14d`, `2w`, `1m`.

    Raises:
        WrongDayError: It is none.
    """
    found = _LENGTH.fullmatch(text.strip().removeprefix("+"))
    if found is None:
        raise WrongDayError(f"{text!r} is no length of time: 14d, 2w, 1m or 1y")
    try:
        return moved(present, f"+{found[0]}")
    except (ValueError, OverflowError):
        raise WrongDayError(f"{text!r} is outside the calendar") from None


def written_day(text: str) -> date | None:
    """A day that is written as `2026-01-31`, without a time; None for everything else."""
    if not _LITERAL.fullmatch(text.strip()):
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def begin_here(day: date) -> datetime:
    """The instant at which a day begins in this computer's time zone."""
    return datetime.combine(day, time()).astimezone()


def begin_utc(day: date) -> datetime:
    """The instant at which a day begins in UTC."""
    return datetime.combine(day, time(), UTC)
