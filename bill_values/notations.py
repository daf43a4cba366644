"""Forms in which a source writes numbers and days: the difference between JSON, a command line and the cells of a file.

Numbers are read exactly or refused, never rounded unless that is asked for, and so are days.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cache, lru_cache, partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from bill_values.months import with_english_months

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

YEARS = range(1900, 2200)
"""A day outside of these is a slip of the keyboard, such as 0202 for 2020, or stands for "never"."""

WHOLE_DIGITS_MAX = 15
"""Digits of a number before its point; no ledger means more (ours; what BILL takes is unknown)."""

DIGITS_MAX = 38
"""Digits of a number in all."""

_MINUS = "-\u2212"
_BLANKS = " \u00a0\u2007\u2009\u202f"
"""Blanks between thousands and around signs: also those that do not break."""

_APOSTROPHES = "'\u2019"
_DASHES = f"{_MINUS}\u2013\u2014"
"""What stands for no cents behind a bare decimal sign, as Dutch, German and Swiss prices have it: `12,-`, `12.--`."""

NEGATIVE, POSITIVE = "negative", "positive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """The forms in which a source writes its values: each has the name of its setting.

    Attributes:
        date_format: Formats of days as for strptime; the first that fits, if the others do not say another day. Empty
            for ISO days, and for ISO instants at midnight.
        decimal: What parts the decimals.
        thousands: What parts the thousands; empty for nothing, None for the other of `.` and `,` where it cannot be
            taken for decimals.
        currency: Signs that may stand by a number.
        credit: The sign of a number with `CR` behind it, `negative` or `positive`; one with `DR` has the other. None
            refuses both.
        round: Decimals to round to, half away from zero; None refuses an amount with a third one.
        negate: Whether the number's sign is turned round.
        trim: Whether blanks around a text are no part of it.
        values: Texts, case-folded, and what to read in their place.
    """

    date_format: tuple[str, ...] = ()
    decimal: str = "."
    thousands: str | None = None
    currency: tuple[str, ...] = ()
    credit: str | None = None
    round: int | None = None
    negate: bool = False
    trim: bool = True
    values: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), hash=False)


class OpenNotationError(ValueError):
    """A text says a number in a writing that is not set; the message says how to have it written.

    Attributes:
        setting: What of `Writing` would tell, where a source can set it.
    """

    def __init__(self, message: str, setting: str) -> None:
        super().__init__(message)
        self.setting = setting


PLAIN = Writing()
"""How JSON, the command line, our own settings and DuckDB write values."""

LEAVES_PLAIN_NUMBERS = ("date_format", "thousands", "currency", "credit", "trim", "values")
"""What of `Writing` makes no other number of digits and a point: it is about other values, or about what stands between
and beside digits. Everything else does."""


# Numbers

_NAMES = {",": "comma", ".": "point"}
_RISEN = re.compile(r"[0-9][eE]\+?[0-9]")
SIGN = "Sc"
"""Unicode's category of the signs of currencies."""

_OTHER_DIGITS = re.compile(r"(?![0-9])\d")
_PLAINEST = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,8})?", re.ASCII)


def number_reader(writing: Writing) -> Callable[[str], Decimal]:
    """Makes numbers of texts, exactly. It raises a ValueError with the reason.

    Negative ones may be `-5`, `- 5`, `5-` or `(5)`; `-` alone is zero, as spreadsheets show it, and behind a bare
    decimal sign it stands for no cents (`12,-` is 12); an apostrophe before a number says that its cell is a text.
    """
    pattern = cache(partial(_number_pattern, writing))  # most numbers do without, and it takes its time to compile
    dropped = {each: None for each in f"{_BLANKS}{_APOSTROPHES}.," if each != writing.decimal}
    parted = str.maketrans(dropped | {writing.decimal: "."})
    is_plain = writing == replace(PLAIN, **{each: getattr(writing, each) for each in LEAVES_PLAIN_NUMBERS})

    def read(text: str) -> Decimal:
        if is_plain and _PLAINEST.fullmatch(text):
            return unsigned_zero(Decimal(text))
        found = pattern().fullmatch(text.strip(_BLANKS))
        if not found:
            raise _why_none(writing, text)
        if found["ledger"] and writing.credit is None:
            why = f"{found['ledger'].upper()} may make a number negative or not; have it written with a sign"
            raise OpenNotationError(why, "credit")
        number = found["plain"] or found["led"] or found["trailed"] or found["bracketed"] or found["owed"] or "0"
        if len(number) > DIGITS_MAX and sum(map(str.isdigit, number)) > DIGITS_MAX:
            raise ValueError(f"more than {DIGITS_MAX} digits")
        value = Decimal(number.rstrip(_DASHES).translate(parted))
        if writing.round is not None:
            value = value.quantize(Decimal(1).scaleb(-writing.round), ROUND_HALF_UP, Context(prec=2 * DIGITS_MAX))
        is_negative = bool(found["led"] or found["trailed"] or found["bracketed"])
        if found["ledger"]:
            is_negative = (found["ledger"].upper() == "CR") == (writing.credit == NEGATIVE)
        # copy_negate: the minus operator would round to the context's 28 digits.
        return unsigned_zero(value.copy_negate() if is_negative != writing.negate else value)

    return read


def _why_none(writing: Writing, text: str) -> ValueError:
    """The error of a text that is no number."""
    other = _other(writing.decimal)
    if writing.thousands is None and re.fullmatch(
        rf"[^0-9]*[1-9][0-9]{{0,2}}{re.escape(other)}[0-9]{{3}}[^0-9]*", text
    ):
        why = f"the {_NAMES[other]} may part thousands or decimals; have it written like 1041 or 1{writing.decimal}50"
        return OpenNotationError(why, "thousands")
    if _dash_for_digits(writing.decimal).search(text):
        return ValueError(
            "a dash beside the decimal sign may make the number negative or stand for digits; have it written in full"
        )
    known = "".join(writing.currency)
    if sign := next((each for each in text if unicodedata.category(each) == SIGN and each not in known), ""):
        return OpenNotationError(f"not a number as long as {sign} stands by it; have it written without", "currency")
    if _RISEN.search(text):
        return ValueError("a number with an exponent has lost digits; have it written in full")
    if odd := _OTHER_DIGITS.search(text):
        return ValueError(f"{odd[0]} (U+{ord(odd[0]):04X}) is none of the digits 0 to 9; have them written")
    example = f"1234{writing.decimal}56"
    return ValueError(f"not a number; expected one like {example}, -{example} or ({example})")


def _dash_for_digits(decimal: str) -> re.Pattern[str]:
    point, dash = re.escape(decimal), f"[{_DASHES}][{_BLANKS}]*"
    return re.compile(rf"[0-9]{point}[^0-9]*{dash}|{dash}{point}[0-9]")


def unsigned_zero(number: Decimal) -> Decimal:
    """The number, and zero without a sign."""
    return number or number.copy_abs()


def _other(decimal: str) -> str:
    return "." if decimal == "," else ","


def _number_pattern(writing: Writing) -> re.Pattern[str]:
    blanks, minus = f"[{_BLANKS}]*", f"[{_MINUS}]"
    point = re.escape(writing.decimal)
    # Programs write -.50 for a negative number; who writes -,50 by hand means that there are cents only.
    has_whole = "(?!,)" if writing.decimal == "," else ""
    has_cents = f"(?<![{_DASHES}{point}])"
    sign = "|".join(re.escape(each) for each in writing.currency)
    before, after = (f"(?:(?:{sign}){blanks})?", f"(?:{blanks}(?:{sign}))?") if sign else ("", "")
    body = "|".join(_bodies(writing))

    def number(name: str) -> str:
        return rf"{before}(?P<{name}>{body}){after}"

    ways = (
        rf"(?:\+{blanks})?{number('plain')}",
        rf"{before}{minus}{blanks}{before}{has_whole}(?P<led>{body}){after}",
        rf"{before}(?P<trailed>{body}){has_cents}{after}{blanks}{minus}",
        rf"{before}\({blanks}{number('bracketed')}{blanks}\){after}",
        rf"{number('owed')}{blanks}(?P<ledger>CR|DR)",
        rf"{before}{minus}{after}",
    )
    return re.compile(f"'?(?:{'|'.join(ways)})", re.IGNORECASE)


def _bodies(writing: Writing) -> Iterator[str]:
    """Patterns of digits with what parts them."""
    point = re.escape(writing.decimal)
    no_cents = f"{point}[{_DASHES}]{{1,2}}"
    decimals = f"(?:{no_cents}|{point}[0-9]*)?"
    # Programs that count in floats leave dust such as 6.8E-13: small, and written in full it is exact.
    yield rf"[0-9]+(?:{point}[0-9]*)?(?:[eE]-[0-9]{{1,2}})?"
    yield rf"[0-9]+{no_cents}"
    yield rf"{point}[0-9]+"
    if writing.thousands == "":
        return
    if writing.thousands is not None:
        signs = next((each for each in (_BLANKS, _APOSTROPHES) if writing.thousands in each), writing.thousands)
        yield from _parted(f"[{re.escape(signs)}]", "+", decimals)
        return
    comma = re.escape(_other(writing.decimal))
    # Believed to part thousands only where it cannot be a decimal sign:
    # "1,041.67" and "1,041,000", but not "1,041", which half the world reads as a bit more than one.
    yield from _parted(comma, "+", f"(?:{no_cents}|{point}[0-9]+)")
    yield from _parted(comma, "{2,}", decimals)
    for signs in (_BLANKS, _APOSTROPHES):  # neither ever stands for a decimal sign
        yield from _parted(f"[{signs}]", "+", decimals)


def _parted(comma: str, times: str, decimals: str) -> Iterator[str]:
    """Digits in groups of three; or, as in India, of two above the last three."""
    yield rf"[1-9][0-9]{{0,2}}(?:{comma}[0-9]{{3}}){times}{decimals}"
    yield rf"[1-9][0-9]?(?:{comma}[0-9]{{2}})+{comma}[0-9]{{3}}{decimals}"


# Days

ISO = "%Y-%m-%d"
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MIDNIGHT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]00:00(?::00(?:\.0+)?)?(?:Z|[+-]00(?::?00)?)?")
"""A day as databases write it where it has a time; PostgreSQL's own text of a zone is `+00`."""

_TELLS_A_YEAR = re.compile(r"%[YyGcxD]")
_TWO_DIGIT_YEAR = re.compile(r"%[yxD]")
_MONTH_NAME = re.compile(r"%[bB]\.?")
_RUN_TOGETHER = re.compile(r"(?:%[YymdHIMSj]){2,}")
"""Numbers of a day without a sign between them."""

_DIGITS = {"Y": 4, "j": 3}
_DIGITS_MOSTLY = 2

CENTURIES_OPEN = range(50, 80)
"""Years of two digits that are refused, for they may be of either century: those below are 2000 to 2049, those above
1980 to 1999.

Programs part the centuries at different years (POSIX at 69, Excel at 30), and a bill of 1969 or of 2069 is a slip. A
window around today would read a file otherwise next year; one around the other days of a file, a reject that is loaded
again by itself.
"""


@lru_cache(maxsize=1024)  # one for each column, and for each row of a plain file
def day_reader(formats: tuple[str, ...]) -> Callable[[str], str]:
    """Makes ISO days of texts. It raises a ValueError with the reason."""

    # Files repeat a few days thousands of times, and strptime is slow.
    @lru_cache(maxsize=4096)
    def read(text: str) -> str:
        day = _by_formats(text, formats) if formats else _iso(text)
        if day.year not in YEARS:
            raise ValueError(f"the year {day.year:04} is outside of {YEARS.start} to {YEARS.stop - 1}")
        return day.isoformat()

    return read


def program_day(text: str) -> date | None:
    """The day that a text is as programs write it, `2026-01-31` with or without a midnight; None for every other text.

    Raises:
        ValueError: The calendar has no such day.
    """
    midnight = _MIDNIGHT.fullmatch(text)
    day = midnight[1] if midnight else text
    return date.fromisoformat(day) if _ISO_DAY.fullmatch(day) else None


def _iso(text: str) -> date:
    try:
        if (day := program_day(text)) is not None:
            return day
    except ValueError:
        raise ValueError("no day of the calendar; a day like 2026-01-31 is expected") from None
    if _ISO_DAY.match(text):
        raise ValueError("more than a day; a day like 2026-01-31 is expected")
    raise ValueError("not a day like 2026-01-31")


def _by_formats(text: str, formats: tuple[str, ...]) -> date:
    if _OTHER_DIGITS.search(text):  # strptime would read them
        raise ValueError("digits other than 0 to 9")
    days: dict[date, str] = {}
    reason = None
    for each in formats:
        try:
            days.setdefault(_by_format(text, each), each)
        except ValueError as error:
            reason = error
    if not days:
        message = f"not a date in the format {' or '.join(formats)}"
        raise ValueError(message) from reason
    if len(days) > 1:
        raise ValueError(f"{' or '.join(map(str, days))}: the formats do not agree")
    ((day, by),) = days.items()
    year = day.year % 100
    if year in CENTURIES_OPEN and _TWO_DIGIT_YEAR.search(by):
        raise ValueError(f"the year {year} may be 19{year} or 20{year}; write it with four digits")
    return day


def _by_format(text: str, date_format: str) -> date:
    """The day of a text; `%b` and `%B` read names of months in any language, long and short, with a point or not."""
    if _MONTH_NAME.search(date_format):
        text, date_format = with_english_months(text), _MONTH_NAME.sub("%b", date_format)
    if (in_full := _digits_in_full(date_format)) and not in_full.fullmatch(text):
        raise ValueError("digits are missing")
    return datetime.strptime(text, date_format).replace(tzinfo=UTC).date()


@cache
def _digits_in_full(date_format: str) -> re.Pattern[str] | None:
    """A pattern of texts that leave no digit out where numbers run together: strptime reads 2026111 as 2026-11-01."""
    runs = _RUN_TOGETHER.findall(date_format)
    if not runs:
        return None
    patterns = ("".join(f"[0-9]{{{_DIGITS.get(each, _DIGITS_MOSTLY)}}}" for each in run[1::2]) for run in runs)
    between = (".*" if each else "" for each in _RUN_TOGETHER.split(date_format))
    parts = [next(between), *(part for each in patterns for part in (each, next(between)))]
    return re.compile("".join(parts), re.DOTALL)


def date_format_problem(date_format: str) -> str | None:
    """Why this format cannot tell a day, or None if it can."""
    probe = datetime(2021, 12, 31, tzinfo=UTC)
    if not _TELLS_A_YEAR.search(date_format):
        return "it does not tell day, month and year"  # asked of strptime, newer Pythons warn
    try:
        back = day_reader((date_format,))(probe.strftime(date_format))
    except ValueError as error:
        # The reason that strptime gives for a broken format is its own; ours is that the text does not fit.
        return str(error.__cause__ or error)
    return None if back == probe.date().isoformat() else "it does not tell day, month and year"


_DAY_LETTERS, _YEAR_LETTERS = "dtjg", "yja"
"""Of formats as spreadsheets write them in English, German (`TT.MM.JJJJ`), French (`jj/mm/aaaa`), Spanish, Italian."""

_FORMAT_PART = re.compile(r"%?(([A-Za-z])\2*)", re.IGNORECASE)


def date_format_meant(written: str) -> str | None:
    """The format that a spreadsheet's way of writing it (`dd/mm/yyyy`, `%D.%M.%Y`) may mean; None if it is none."""
    runs = [each[1].lower() for each in _FORMAT_PART.finditer(written)]
    months = [each for each in runs if each[0] == "m"]
    others = [each for each in runs if each[0] != "m"]
    if len(runs) != len(("day", "month", "year")) or len(months) != 1:
        return None
    # `jj` is a day in French and a year in German, whose day is `tt`.
    day, year = sorted(others, key=lambda each: (each[0] in _YEAR_LETTERS, each[0] not in "dtg", len(each)))
    if day[0] not in _DAY_LETTERS or year[0] not in _YEAR_LETTERS:
        return None
    short = "%y" if len(year) == len("yy") else "%Y"
    found = {months[0]: "%m" if len(months[0]) <= len("mm") else "%b", day: "%d", year: short}
    if len(found) != len(runs):
        return None
    return _FORMAT_PART.sub(lambda each: found[each[1].lower()], written)
