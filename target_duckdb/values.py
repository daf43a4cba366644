"""Values as the exact text that DuckDB casts to a column's type.

DuckDB's own casts round: 1.005 becomes 1.01 in a DECIMAL(10, 2), without a word. So every value is judged here, and
one that does not fit is refused. What gets past is text that DuckDB can only read in one way.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from decimal import Context, Decimal, Inexact, InvalidOperation
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from bill_values.exact_json import check_nesting
from bill_values.numbers import scientific_number
from target_duckdb.errors import UnfitError

if TYPE_CHECKING:
    from collections.abc import Callable

_TYPE_NAME = {
    str: "a string",
    bool: "a boolean",
    int: "an integer",
    Decimal: "a number",
    float: "a number",
    dict: "an object",
    list: "an array",
}
_JSON = msgspec.json.Encoder(decimal_format="number")
# DuckDB keeps microseconds; Python's parsers cut further digits off without a word.
_BELOW_MICROSECOND = re.compile(r"[.,]\d{6}0*[1-9]")
_INSTANT = "a date-time like 2024-07-31T20:27:48Z"
# A document's lines have its times, and days are few.
_DAYS_KEPT, _INSTANTS_KEPT = 4096, 1024


def _not(wanted: str, value: Any) -> UnfitError:
    return UnfitError(f"is {_TYPE_NAME.get(type(value), type(value).__name__)}, not {wanted}")


def text(value: Any) -> str:
    """A string, unchanged: an empty one stays empty, and NUL, quotes and line breaks are ordinary characters."""
    if type(value) is str:
        return value
    raise _not("a string", value)


def boolean(value: Any) -> str:
    """True or false."""
    if value is True:
        return "true"
    if value is False:
        return "false"
    raise _not("a boolean", value)


def integer(low: int | None = None, high: int | None = None) -> Callable[[Any], str]:
    """A whole number between two bounds. 5.0 is whole, as JSON Schema has it."""

    def convert(value: Any) -> str:
        if type(value) is not int:
            value = _whole(value)
        if (low is not None and value < low) or (high is not None and value > high):
            raise UnfitError(f"is outside {low} ... {high}")
        return str(value)

    return convert


def _whole(value: Any) -> int:
    number = _number(value, "an integer")
    # A huge exponent is refused before it is written out: int(Decimal("1E+999999")) has a million digits.
    if number.adjusted() > _DIGITS_MAX or number != number.to_integral_value():
        raise UnfitError("is not a whole number of a size that a column holds")
    return int(number)


_DIGITS_MAX = 40  # one more than the widest integer type (HUGEINT) has


def decimal(precision: int, scale: int) -> Callable[[Any], str]:
    """A number that fits DECIMAL(precision, scale) without rounding."""
    exact = Context(prec=precision, traps=[Inexact, InvalidOperation])
    quantum = Decimal(1).scaleb(-scale)
    point_at, whole_max = -scale - 1, 10 ** (precision - scale)
    zeros = "." + "0" * scale if scale else ""

    def convert(value: Any) -> str:
        # Nearly all values of a load have that form already, or are whole: a look at them takes half as long.
        kind = type(value)
        if kind is int and -whole_max < value < whole_max:
            return f"{value}{zeros}"
        if kind is Decimal and scale and (written := str(value))[point_at:-scale] == "." and len(written) <= precision:
            return written
        return fitted(value)

    def fitted(value: Any) -> str:
        number = value if type(value) is Decimal else _number(value, "a number")
        try:
            number = exact.quantize(number, quantum)
        except Inexact:
            raise UnfitError(f"has more than {scale} decimals and would have to be rounded") from None
        except InvalidOperation:
            if not number.is_finite():
                raise UnfitError("is not a finite number") from None
            raise UnfitError(f"has more than {precision - scale} digits before the point") from None
        if number.is_nan():  # the one thing that passes for exact
            raise UnfitError("is not a finite number")
        return f"{number:f}"

    return convert


def decimal_text(precision: int, scale: int) -> Callable[[Any], str]:
    """A number that came as a string (`singer.decimal`)."""
    fit = decimal(precision, scale)

    def convert(value: Any) -> str:
        number = scientific_number(text(value))
        if number is None:
            raise UnfitError("is not a number")
        return fit(number)

    return convert


def _number(value: Any, wanted: str) -> Decimal:
    if type(value) is int or type(value) is Decimal:
        number = Decimal(value)
    elif type(value) is float:  # only a stream map computes floats: the reader makes none
        number = Decimal(repr(value))
    else:
        raise _not(wanted, value)
    if not number.is_finite():
        raise UnfitError("is not a finite number")
    return number


def number_as_text(value: Any) -> str:
    """A number in a text column: its digits as they came."""
    return str(_number(value, "a number"))


def scalar_as_text(value: Any) -> str:
    """A value of a column that is declared with several simple types."""
    if type(value) is str:
        return value
    return boolean(value) if type(value) is bool else number_as_text(value)


def day(value: Any) -> str:
    """An ISO date."""
    return _day(text(value))


@lru_cache(_DAYS_KEPT)
def _day(written: str) -> str:
    try:
        return date.fromisoformat(written).isoformat()
    except ValueError as error:
        raise _unreadable(error, "a date like 2024-07-31") from None


def clock(value: Any) -> str:
    """An ISO time of day. TIME has no zone, so none but UTC may be named."""
    try:
        parsed = time.fromisoformat(text(value))
    except ValueError as error:
        raise _unreadable(error, "a time like 20:27:48") from None
    if parsed.utcoffset():
        raise UnfitError("has an offset, which a TIME column cannot keep")
    _refuse_below_microsecond(value)
    return parsed.replace(tzinfo=None).isoformat()


def instant(value: Any) -> str:
    """An instant, in UTC. Without an offset it is read as UTC, as Singer means it."""
    return _in_utc(value) if isinstance(value, datetime) else _instant(text(value))


@lru_cache(_INSTANTS_KEPT)
def _instant(written: str) -> str:
    try:
        parsed = datetime.fromisoformat(written)
    except ValueError as error:
        raise _unreadable(error, _INSTANT) from None
    _refuse_below_microsecond(written)
    return _in_utc(parsed)


def _in_utc(moment: datetime) -> str:
    try:
        if moment.tzinfo is not UTC:  # as it mostly is: to ask for it once more takes twice as long
            moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        return moment.isoformat()
    except (ValueError, OverflowError) as error:
        raise _unreadable(error, _INSTANT) from None


def _unreadable(error: Exception, wanted: str) -> UnfitError:
    return error if isinstance(error, UnfitError) else UnfitError(f"is not {wanted}")


def _refuse_below_microsecond(value: Any) -> None:
    if isinstance(value, str) and ("." in value or "," in value) and _BELOW_MICROSECOND.search(value):
        raise UnfitError("is finer than a microsecond")


def document(value: Any) -> str:
    """Anything, as JSON; numbers keep every digit."""
    try:
        written = _JSON.encode(value)
    except UnicodeEncodeError:
        raise UnfitError("holds half of a surrogate pair, which is no character") from None
    check_nesting(written)  # nothing else of a record that is decoded by its columns is nested
    return written.decode()
