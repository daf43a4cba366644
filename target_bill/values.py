"""A source's values as BILL wants them. What would have to be rounded, cut or guessed is refused."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import TYPE_CHECKING, Any

from bill_api.fields import Field, FieldType
from bill_api.lookup import MASK

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CENTS = 2
"""Decimal places of an amount of money."""

DIGITS_MAX = 15
"""Digits of a number before its point; no ledger means more (ours; what BILL takes is unknown)."""

TRUE, FALSE = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})


class ValueRefusedError(ValueError):
    """A value does not fit its field."""


def _text(field: Field, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ValueRefusedError(f"a text is expected, not {value!r}")
    text = str(value)
    if field.sensitive and MASK in text:
        raise ValueRefusedError("a masked number, as BILL shows it; give the full one")
    if field.max_length is not None and len(text) > field.max_length:
        raise ValueRefusedError(f"{len(text)} characters; BILL takes {field.max_length}")
    return text


def _day(_field: Field, value: Any) -> str:
    text = str(value)
    try:
        if len(text) == len("2026-01-31"):
            return date.fromisoformat(text).isoformat()
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise ValueRefusedError(f"{text!r} is not a day like 2026-01-31") from None
    if instant.time().replace(tzinfo=None) != datetime.min.time():
        raise ValueRefusedError(f"{text!r} is an instant; a day like 2026-01-31 is expected")
    return instant.date().isoformat()


def _number(field: Field, value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ValueRefusedError(f"a number is expected, not {value!r}")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise ValueRefusedError(f"{value!r} is not a number") from None
    if not number.is_finite():
        raise ValueRefusedError(f"{value!r} is not a number")
    if not number.is_zero() and number.adjusted() >= DIGITS_MAX:
        raise ValueRefusedError(f"more than {DIGITS_MAX} digits before the point")
    number = canonical(number)
    exponent = number.as_tuple().exponent
    if "amount" in field.name.lower() and isinstance(exponent, int) and -exponent > CENTS:
        raise ValueRefusedError(f"{value} has more than {CENTS} decimals; amounts are not rounded")
    return number


def _whole(_field: Field, value: Any) -> int:
    try:
        number = Decimal(value)
        if not isinstance(value, bool) and number == number.to_integral_value():
            return int(number)
    except (InvalidOperation, TypeError, ValueError):
        pass
    raise ValueRefusedError(f"a whole number is expected, not {value!r}")


def _flag(_field: Field, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text not in TRUE | FALSE:
        raise ValueRefusedError(f"true or false is expected, not {value!r}")
    return text in TRUE


def _as_is(_field: Field, value: Any) -> Any:
    return value


_READERS: Mapping[FieldType, Callable[[Field, Any], Any]] = {
    FieldType.ID: _text,
    FieldType.STRING: _text,
    FieldType.ENUM: _text,
    FieldType.DATE: _day,
    FieldType.DATETIME: _as_is,
    FieldType.DECIMAL: _number,
    FieldType.INTEGER: _whole,
    FieldType.BOOLEAN: _flag,
    FieldType.ARRAY: _as_is,
    FieldType.OBJECT: _as_is,
}


def reader_of(field: Field) -> Callable[[Any], Any]:
    """What turns a source's value into the one that BILL wants.

    It raises a ValueRefusedError when the value does not fit; the message never quotes a sensitive one.
    """
    read = partial(_READERS[field.type], field)
    return partial(_discreet, read) if field.sensitive else read


def _discreet(read: Callable[[Any], Any], value: Any) -> Any:
    try:
        return read(value)
    except ValueRefusedError as error:
        if str(value) in str(error):
            raise ValueRefusedError("the value does not fit") from None
        raise


def canonical(number: Decimal) -> Decimal:
    """The same number without trailing zeros and without an exponent: 125.50 and 1.2550E+2 are both 125.5."""
    number = number.normalize()
    exponent = number.as_tuple().exponent
    return number.quantize(Decimal(1)) if isinstance(exponent, int) and exponent > 0 else number
