"""One cell's text to one field's value: exact, or refused with the reason."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from types import MappingProxyType

from bill_api.fields import Field, FieldType
from tap_bill_csv.errors import quoted

Value = str | int | bool | Decimal
Parse = Callable[[str], Value]

ISO = "%Y-%m-%d"
MONEY_FIELD, MONEY_DECIMALS = "amount", 2
"""Amounts of money have cents; prices, quantities and rates may be finer."""

INTEGER_DIGITS_MAX = 18
DIGITS_MAX = 38
YEARS = range(1900, 2200)
"""A day outside of these is a slip of the keyboard, such as 0202 for 2020."""

_INTEGER = re.compile(rf"-?[0-9]{{1,{INTEGER_DIGITS_MAX}}}")
_BOOLEANS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_MINUS = "-\u2212"
_BLANKS = " \u00a0\u2009\u202f"
"""What stands for a blank between thousands: also those that do not break."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """How a column writes its values.

    Attributes:
        dates: Formats of days as for strptime; the first that fits, if the others do not say another day.
        decimal: What parts the decimals.
        thousands: What parts the thousands; empty for nothing, None for the other of `.` and `,` where it cannot be
            taken for decimals.
        currency: Signs that may stand by a number.
        round: Decimals to round to, half away from zero; None refuses an amount with a third one.
        negate: Whether the number's sign is turned round.
        values: Texts, case-folded, and what to read in their place.
    """

    dates: tuple[str, ...] = (ISO,)
    decimal: str = "."
    thousands: str | None = None
    currency: tuple[str, ...] = ()
    round: int | None = None
    negate: bool = False
    values: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), hash=False)


PLAIN = Writing()
"""How our own settings and DuckDB write values."""


def parser(field: Field, writing: Writing = PLAIN) -> Parse | None:
    """How to read a cell for this field; None where the text is the value. A parser raises ValueError."""
    parse = _parser(field, writing)
    if not writing.values:
        return parse
    instead = writing.values

    def replaced(text: str) -> Value:
        text = instead.get(text.casefold(), text)
        return parse(text) if parse else text

    return replaced


def _parser(field: Field, writing: Writing) -> Parse | None:
    match field.type:
        case FieldType.DECIMAL:
            return _amounts(writing) if field.name == MONEY_FIELD else _decimals(writing)
        case FieldType.DATE:
            return _dates(writing.dates)
        case FieldType.BOOLEAN:
            return _boolean
        case FieldType.INTEGER:
            return _integer
        case FieldType.ENUM:
            return _enum(field.codes) if field.codes else None
        case _:
            return None


_TELLS_A_YEAR = re.compile(r"%[YyGcxD]")


def date_format_problem(date_format: str) -> str | None:
    """Why this format cannot tell a day, or None if it can."""
    probe = date(2021, 12, 31)
    if not _TELLS_A_YEAR.search(date_format):
        return "it does not tell day, month and year"  # asked of strptime, newer Pythons warn
    try:
        back = _dates((date_format,))(probe.strftime(date_format))
    except ValueError as error:
        # The reason that strptime gives for a broken format is its own; ours is that the text does not fit.
        return str(error.__cause__ or error)
    return None if back == probe.isoformat() else "it does not tell day, month and year"


def days_after(day: str, days: int) -> str:
    """The ISO day so many days later; ValueError beyond the calendar's end."""
    try:
        return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
    except OverflowError as error:
        message = "lies beyond the end of the calendar"
        raise ValueError(message) from error


def _decimals(writing: Writing) -> Callable[[str], Decimal]:
    """Numbers, exactly; negative ones as -5, 5- or (5)."""
    pattern = _number_pattern(writing)
    lone_group = re.compile(rf"[^0-9]*[1-9][0-9]{{0,2}}{re.escape(_other(writing.decimal))}[0-9]{{3}}[^0-9]*")
    example = f"1234{writing.decimal}56"
    parted = str.maketrans({each: None for each in _BLANKS + ".,'" if each != writing.decimal} | {writing.decimal: "."})

    def parse(text: str) -> Decimal:
        found = pattern.fullmatch(text)
        if not found:
            if writing.thousands is None and lone_group.fullmatch(text):
                raise ValueError(f"the {_NAMES[_other(writing.decimal)]} may part thousands or decimals; set thousands")
            if _RISEN.search(text):
                raise ValueError("a number with an exponent has lost digits; have the column written in full")
            raise ValueError(f"not a number; expected one like {example}, -{example} or ({example})")
        number = next(filter(None, found.groups()))
        if len(number) > DIGITS_MAX and sum(map(str.isdigit, number)) > DIGITS_MAX:
            raise ValueError(f"more than {DIGITS_MAX} digits")
        value = Decimal(number.translate(parted))
        if "E-" in str(value):
            value = Decimal(f"{value:f}")
        if writing.round is not None:
            value = value.quantize(Decimal(1).scaleb(-writing.round), ROUND_HALF_UP, Context(prec=2 * DIGITS_MAX))
        negative = (found["plain"] is None) != writing.negate
        # copy_negate: the minus operator would round to the context's 28 digits.
        return value.copy_negate() if negative and value else value

    return parse


_NAMES = {",": "comma", ".": "point"}
_RISEN = re.compile(r"[0-9][eE]\+?[0-9]")


def _other(decimal: str) -> str:
    return "." if decimal == "," else ","


def _number_pattern(writing: Writing) -> re.Pattern[str]:
    point = re.escape(writing.decimal)
    if writing.thousands is None:
        comma = re.escape(_other(writing.decimal))
        # Believed to part thousands only where it cannot be a decimal sign:
        # "1,041.67" and "1,041,000", but not "1,041", which half the world reads as a bit more than one.
        parted = rf"|[1-9][0-9]{{0,2}}(?:(?:{comma}[0-9]{{3}})+{point}[0-9]+|(?:{comma}[0-9]{{3}}){{2,}})"
    elif writing.thousands:
        comma = f"[{_BLANKS}]" if writing.thousands in _BLANKS else re.escape(writing.thousands)
        parted = rf"|[1-9][0-9]{{0,2}}(?:{comma}[0-9]{{3}})+(?:{point}[0-9]+)?"
    else:
        parted = ""
    # Programs that count in floats leave dust such as 6.8E-13: small, and written in full it is exact.
    plain = rf"[0-9]+(?:{point}[0-9]+)?(?:[eE]-[0-9]{{1,2}})?"
    sign = "|".join(re.escape(each) for each in writing.currency)
    before, after = (f"(?:(?:{sign}) ?)?", f"(?: ?(?:{sign}))?") if sign else ("", "")
    minus = f"[{_MINUS}]"

    def number(name: str) -> str:
        return rf"{before}(?P<{name}>{plain}{parted}){after}"

    ways = (
        number("plain"),
        rf"{before}{minus}{number('led')}",
        rf"{number('trailed')}{minus}",
        rf"{before}\({number('bracketed')}\){after}",
    )
    return re.compile("|".join(ways), re.IGNORECASE)


def _amounts(writing: Writing) -> Parse:
    decimals = _decimals(writing)

    def parse(text: str) -> Decimal:
        value = decimals(text)
        exponent = value.as_tuple().exponent
        if isinstance(exponent, int) and -exponent > MONEY_DECIMALS:
            raise ValueError("more than two decimals; an amount is refused, never rounded")
        return value

    return parse


def _dates(formats: tuple[str, ...]) -> Parse:
    # Files repeat a few days thousands of times, and strptime is slow.
    @lru_cache(maxsize=4096)
    def parse(text: str) -> str:
        days, reason = [], None
        for each in formats:
            try:
                day = datetime.strptime(text, each).replace(tzinfo=UTC).date()
            except ValueError as error:
                reason = error
            else:
                days.append(day)
        if not days:
            message = f"not a date in the format {' or '.join(formats)}"
            raise ValueError(message) from reason
        if len(set(days)) > 1:
            raise ValueError(f"{' or '.join(map(str, dict.fromkeys(days)))}: the formats do not agree")
        if days[0].year not in YEARS:
            raise ValueError(f"the year {days[0].year} is outside of {YEARS.start} to {YEARS.stop - 1}")
        return days[0].isoformat()

    return parse


def _enum(codes: Mapping[str, str]) -> Parse:
    """A code, or its meaning in any spelling (`AccountsPayable` for "accounts payable")."""
    meanings = {_letters(meaning): code for code, meaning in codes.items()}

    def parse(text: str) -> str:
        code = meanings.get(_letters(text))
        if code is not None:
            return code
        if _INTEGER.fullmatch(text):  # the known codes are never complete
            return text
        raise ValueError(f"neither a code nor one of {', '.join(map(quoted, codes.values()))}")

    return parse


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()


def _boolean(text: str) -> bool:
    value = _BOOLEANS.get(text.lower())
    if value is None:
        raise ValueError("neither yes, true, 1 nor no, false, 0")
    return value


def _integer(text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise ValueError("not a whole number")
    return int(text)
