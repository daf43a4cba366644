"""One cell's text to one field's value: exact, or refused with the reason."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from bill_api.fields import Field, FieldType

Value = str | int | bool | Decimal
Parse = Callable[[str], Value]

MONEY_FIELD, MONEY_DECIMALS = "amount", 2
"""Amounts of money have cents; prices, quantities and rates may be finer."""

INTEGER_DIGITS_MAX = 18

_PLAIN = r"[0-9]+(?:\.[0-9]+)?"
# A comma is believed to part thousands only where it cannot be a decimal comma:
# "1,041.67" and "1,041,000", but not "1,041", which half the world reads as a bit more than one.
_THOUSANDS = r"[1-9][0-9]{0,2}(?:(?:,[0-9]{3})+\.[0-9]+|(?:,[0-9]{3}){2,})"
_NUMBER = re.compile(rf"(?P<minus>-)?(?P<plain>{_PLAIN}|{_THOUSANDS})|\((?P<negative>{_PLAIN}|{_THOUSANDS})\)")
_ONE_COMMA = re.compile(r"[-(]?[1-9][0-9]{0,2},[0-9]{3}\)?")
_INTEGER = re.compile(rf"-?[0-9]{{1,{INTEGER_DIGITS_MAX}}}")

_BOOLEANS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


def parser(field: Field, date_format: str) -> Parse | None:
    """How to read a cell for this field; None where the text is the value. A parser raises ValueError."""
    match field.type:
        case FieldType.DECIMAL:
            return _amount if field.name == MONEY_FIELD else _decimal
        case FieldType.DATE:
            return _dates(date_format)
        case FieldType.BOOLEAN:
            return _boolean
        case FieldType.INTEGER:
            return _integer
        case _:
            return None


_TELLS_A_YEAR = re.compile(r"%[YyGcxD]")


def date_format_problem(date_format: str) -> str | None:
    """Why this format cannot tell a day, or None if it can."""
    probe = date(2021, 12, 31)
    if not _TELLS_A_YEAR.search(date_format):
        return "it does not tell day, month and year"  # asked of strptime, newer Pythons warn
    try:
        back = _dates(date_format)(probe.strftime(date_format))
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


def _decimal(text: str) -> Decimal:
    found = _NUMBER.fullmatch(text)
    if not found:
        if _ONE_COMMA.fullmatch(text):
            raise ValueError("the comma may part thousands or decimals; write it without a comma or with decimals")
        raise ValueError("not a number; expected one like 1234.56, -1234.56, 1,234.56 or (1234.56)")
    value = Decimal((found["plain"] or found["negative"]).replace(",", ""))
    negative = (found["minus"] or found["negative"]) and value
    # copy_negate: the minus operator would round to the context's 28 digits.
    return value.copy_negate() if negative else value


def _amount(text: str) -> Decimal:
    value = _decimal(text)
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > MONEY_DECIMALS:
        raise ValueError("more than two decimals; an amount is refused, never rounded")
    return value


def _dates(date_format: str) -> Parse:
    # Files repeat a few days thousands of times, and strptime is slow.
    @lru_cache(maxsize=4096)
    def parse(text: str) -> str:
        try:
            return datetime.strptime(text, date_format).replace(tzinfo=UTC).date().isoformat()
        except ValueError as error:
            message = f"not a date in the format {date_format}"
            raise ValueError(message) from error

    return parse


def _boolean(text: str) -> bool:
    value = _BOOLEANS.get(text.lower())
    if value is None:
        raise ValueError("neither yes, true, 1 nor no, false, 0")
    return value


def _integer(text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise ValueError("not a whole number")
    return int(text)
