"""The kinds of values: what a source may say for a field, when two values are the same, and how people see one.

One meaning at every door. JSON, a command line and the cells of a file differ in how they write numbers and days
(`Writing`), and in nothing else. What would have to be rounded, cut or guessed is refused, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import MAX_PREC, ROUND_HALF_EVEN, Context, Decimal
from functools import cache, partial
from types import MappingProxyType
from typing import Any

import msgspec

from bill_api.table.entity import ZERO_ID
from bill_api.table.fields import NUMBERS, Alike, Field, FieldType
from bill_values.exact_json import decode
from bill_values.instants import parse_instant, rfc3339, wire_instant
from bill_values.notations import (
    DIGITS_MAX,
    PLAIN,
    WHOLE_DIGITS_MAX,
    OpenNotationError,
    Writing,
    day_reader,
    number_reader,
    unsigned_zero,
)
from bill_values.spelling import canonical, clean, control_character, folded, letters
from bill_values.spreadsheet_words import boolean_of
from bill_values.visible import told

CENTS = 2
"""Decimal places of an amount of money; quantities, prices and rates may be finer."""

CENT = Decimal(1).scaleb(-CENTS)
DUST = CENT.scaleb(-6)
"""An amount that is less than this off whole cents is those cents: programs that count in floats leave such dust
(1136.8400000000001), and nobody means it."""

EXACT = Context(prec=MAX_PREC)
"""Rounds nothing, and has no largest number."""

MASK = "**"
"""BILL shows account numbers as ******7890 (documented: DS)."""

FLAGS: Mapping[str, bool] = MappingProxyType({"yes": True, "1": True, "no": False, "0": False})
"""Beside the words of spreadsheets."""

_CODE = re.compile(r"-?[0-9]{1,18}")
ID_FORM = re.compile(r"[0-9A-Za-z]{20}")
"""How every id of BILL is written."""

_UNITED_STATES = frozenset({"us", "usa", "unitedstates", "unitedstatesofamerica"})
"""The letters of the ways to write it: BILL documents "United States", clients send "USA" or "US", and that BILL
rewrites these is inferred (section 7, 26 and 27)."""


class RefusedValueError(ValueError):
    """A value does not fit its field; the message says why, and never quotes a bank or tax number.

    Attributes:
        kind: The message without the value.
        setting: What of its `Writing` would make it fit, if anything would.
    """

    def __init__(self, message: str, kind: str = "", setting: str = "") -> None:
        super().__init__(message)
        self.kind = kind or message
        self.setting = setting


def kind_of(error: ValueError) -> str:
    """The message of an error without the value that it is about."""
    return error.kind if isinstance(error, RefusedValueError) else str(error)


def without_value(error: ValueError) -> str:
    """The message of an error about a value that must not be shown: of an error that is not ours nothing is."""
    return kind_of(error) if isinstance(error, RefusedValueError) else "the value does not fit"


def setting_for(error: ValueError) -> str:
    """The part of a `Writing` by which the value that an error is about could be read; empty if there is none."""
    return error.setting if isinstance(error, RefusedValueError | OpenNotationError) else ""


Read = Callable[[Any], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of value: how it is read and compared.

    Attributes:
        reader: Makes what turns a source's value into BILL's; that raises a ValueError with the reason.
        comparable: A value in the form in which equal ones are equal.
        empty: What empties a field of this kind.
    """

    reader: Callable[[Field, Writing], Read]
    comparable: Callable[[Field, Any], Any]
    empty: Any = None


def reader_of(field: Field, writing: Writing = PLAIN) -> Read:
    """A reader of a source's values, which gives the one that BILL wants; a value that says nothing becomes None.

    It raises a RefusedValueError.
    """
    read = KINDS[field.type].reader(field, writing)
    instead = writing.values

    def reading(given: Any) -> Any:
        try:
            if isinstance(given, str):
                if _says_nothing(given):
                    return None
                if instead:
                    given = instead.get(folded(given), given)
            return None if is_empty(given, field) else read(given)
        except ValueError as error:
            if field.sensitive:
                raise RefusedValueError(without_value(error)) from None
            raise RefusedValueError(str(error), kind_of(error), setting_for(error)) from None

    return reading


@cache
def plain_reader(field: Field) -> Read:
    """The reader of plainly written values; made once for each field, because it is asked for every value."""
    return reader_of(field)


def read(field: Field, given: Any) -> Any:
    """The value that BILL wants for a plainly written one; None for one that says nothing.

    Raises:
        RefusedValueError: It does not fit.
    """
    return plain_reader(field)(given)


def is_empty(value: Any, field: Field | None = None) -> bool:
    """True where a field holds nothing to BILL; the zero id stands for none, and is a text in texts."""
    # By type first: to compare a Decimal with a text takes longer than everything else that is done with it.
    if isinstance(value, str):
        return not value or (value == ZERO_ID and (field is None or field.type is not FieldType.STRING))
    return value is None or (isinstance(value, list) and not value)


def is_blank(value: Any) -> bool:
    """True for a value of a source that says nothing: an empty one, or a text without anything to read."""
    return _says_nothing(value) if isinstance(value, str) and value != ZERO_ID else is_empty(value)


def _says_nothing(text: str) -> bool:
    # Asked for every value: what a text of other alphabets is without its blanks takes longest.
    return not text or text.isspace() or not (text.isascii() or canonical(text))


def emptied(field: Field) -> Any:
    """The value that empties a field: an empty text or id (documented: DS Customer), null for the rest (unknown)."""
    return KINDS[field.type].empty


def comparable(field: Field, value: Any) -> Any:
    """A value in the form in which those are equal that mean the same; None for nothing."""
    return None if is_empty(value, field) else _comparer(field)(value)


@cache
def _comparer(field: Field) -> Callable[[Any], Any]:
    return partial(KINDS[field.type].comparable, field)


def same(field: Field, one: Any, other: Any) -> bool:
    """True if two values of a field mean the same, so that one in place of the other is no change."""
    is_equal = type(one) is type(other) and one == other  # by type, for True == 1
    return is_equal or bool(comparable(field, one) == comparable(field, other))


def shown(field: Field | None, value: Any) -> str:
    """A value as people read it; empty for nothing.

    Args:
        field: None for one that the table does not know.
        value: As BILL has it.
    """
    if is_empty(value, field):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return f"{len(value)} of them"
    if isinstance(value, Decimal) or (isinstance(value, int) and field and field.type in NUMBERS):
        return _number_shown(Decimal(value))
    if field and field.codes and str(value) in field.codes:
        return f"{field.codes[str(value)]} ({value})"
    return str(rfc3339(value)) if field and field.type is FieldType.DATETIME else str(value)


def _number_shown(number: Decimal) -> str:
    exponent = number.as_tuple().exponent
    places = max(CENTS, -exponent) if isinstance(exponent, int) else CENTS
    return f"{number:,.{places}f}"


# Texts


def _text_reader(field: Field, writing: Writing) -> Read:
    most, is_secret, trims = field.max_length, field.sensitive, writing.trim

    def read_text(given: Any) -> str | None:
        if isinstance(given, str):
            raw = given
        elif isinstance(given, bool) or not isinstance(given, int | Decimal):
            raise RefusedValueError(f"a text is expected, not {told(given)}", "a text is expected")
        else:
            raw = plain(given)
        text = clean(raw)
        if (control := control_character(text)) is not None:
            raise RefusedValueError(f"holds the control character {control}, which no text has")
        if is_secret and MASK in text:
            raise RefusedValueError("a masked number, as BILL shows it; give the full one")
        if not trims and text:
            text = _untrimmed(raw, text)
        if most is not None and len(text) > most:
            raise RefusedValueError(f"{len(text)} characters; BILL takes {most}", f"more than {most} characters")
        return text or None

    return read_text


def _untrimmed(raw: str, text: str) -> str:
    begin = len(raw) - len(raw.lstrip())
    end = len(raw) - len(raw.rstrip())
    return " " * begin + text + " " * end


def _comparable_text(field: Field, value: Any) -> Any:
    text = value if isinstance(value, str) else _as_text(value)
    if not isinstance(text, str):
        return text
    if field.alike is Alike.TEXT:
        return canonical(text) or None
    name = folded(text)
    if field.alike is Alike.COUNTRY and letters(name) in _UNITED_STATES:
        return "united states"
    return name or None


def _as_text(value: Any) -> Any:
    """A number as the text that says the same; everything else as it is."""
    return plain(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else value


def _id_reader(field: Field, _writing: Writing) -> Read:
    of = f" (of a {field.references})" if field.references else ""

    def read_id(given: Any) -> str:
        text = given.strip() if isinstance(given, str) else given
        if not isinstance(text, str) or not ID_FORM.fullmatch(text):
            expected = f"an id of 20 characters is expected{of}"
            raise RefusedValueError(f"{expected}, not {told(given)}", expected)
        return text

    return read_id


def _code_reader(field: Field, _writing: Writing) -> Read:
    """A code, or its meaning in any spelling (`AccountsPayable` for "accounts payable"); known codes are not all."""
    meanings = {letters(meaning): code for code, meaning in field.codes.items()}
    known = ", ".join(f"{code} ({meaning})" for code, meaning in field.codes.items())
    if meanings.keys() == {"active", "inactive"}:  # other programs say it by a flag
        meanings |= {"true": meanings["active"], "false": meanings["inactive"]}

    def read_code(given: Any) -> str:
        if isinstance(given, bool) and (code := meanings.get(str(given).casefold())) is not None:
            return code
        if isinstance(given, bool) or not isinstance(given, str | int | Decimal):
            more = f"; known are {known}" if known else ""
            raise RefusedValueError(f"a code is expected, not {told(given)}{more}", f"a code is expected{more}")
        text = clean(given) if isinstance(given, str) else plain(given)
        if text in field.codes or _CODE.fullmatch(text):
            return text
        code = meanings.get(letters(text))
        if code is not None:
            return code
        if meanings:
            raise RefusedValueError(f"{told(text)} is no code; known are {known}", f"no code; known are {known}")
        if (control := control_character(text)) is not None:
            raise RefusedValueError(f"holds the control character {control}, which no code has")
        return text  # nothing is known of its codes

    return read_code


# Numbers


def _number_reader(_field: Field, writing: Writing) -> Read:
    read_text = number_reader(writing)

    def read_number(given: Any) -> Decimal:
        if isinstance(given, str):
            try:
                number = read_text(given.strip())
            except ValueError as error:
                message = f"{told(given)} is refused: {error}"
                raise RefusedValueError(message, str(error), setting_for(error)) from None
        elif isinstance(given, bool) or not isinstance(given, int | Decimal):
            raise RefusedValueError(f"a number is expected, not {told(given)}", "a number is expected")
        else:
            number = unsigned_zero(Decimal(given))
            if not number.is_finite():
                raise RefusedValueError(f"{given} is not a number", "not a number")
        if number and number.adjusted() >= WHOLE_DIGITS_MAX:
            raise RefusedValueError(f"more than {WHOLE_DIGITS_MAX} digits before the point")
        return in_full(number)

    return read_number


def _money_reader(field: Field, writing: Writing) -> Read:
    read_number = _number_reader(field, writing)

    def read_money(given: Any) -> Decimal:
        number: Decimal = read_number(given)
        exponent = number.as_tuple().exponent
        if isinstance(exponent, int) and exponent < -CENTS:
            in_cents = number.quantize(CENT, ROUND_HALF_EVEN, EXACT)
            if exponent > -DIGITS_MAX and abs(EXACT.subtract(number, in_cents)) < DUST:
                return unsigned_zero(in_full(in_cents))
            why = f"more than {CENTS} decimals; an amount is refused, never rounded"
            raise RefusedValueError(f"{given} has {why}", why)
        return number

    return read_money


def _whole_reader(field: Field, writing: Writing) -> Read:
    read_number = _number_reader(field, writing)
    bounds = field.bounds

    def read_whole(given: Any) -> int:
        number: Decimal = read_number(given)
        if number != number.to_integral_value():
            raise RefusedValueError(f"a whole number is expected, not {given}", "a whole number is expected")
        if bounds and not bounds[0] <= number <= bounds[1]:
            why = f"not in {bounds[0]} to {bounds[1]}, which BILL takes"
            raise RefusedValueError(f"{given} is {why}", why)
        return int(number)

    return read_whole


def in_full(number: Decimal) -> Decimal:
    """The same number without trailing zeros and without an exponent: 125.50 and 1.2550E+2 are both 125.5."""
    text = str(number)
    if "E" not in text and not ("." in text and text[-1] == "0"):
        return number  # as most are; to write it once more takes as long as to read it
    text = f"{number:f}"
    return Decimal(text.rstrip("0").rstrip(".") if "." in text else text)


def plain(number: int | Decimal) -> str:
    """A number as the text that says the same: 1, 1.0 and 1E+0 are all "1"."""
    return str(number) if isinstance(number, int) else str(unsigned_zero(in_full(number)))


def _comparable_number(_field: Field, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return value
    return Decimal(value)


# The rest


def _flag_reader(_field: Field, _writing: Writing) -> Read:
    def read_flag(given: Any) -> bool:
        if isinstance(given, bool):
            return given
        text = plain(given) if isinstance(given, int | Decimal) else str(given).strip()
        value = FLAGS.get(text.casefold(), boolean_of(text))
        if isinstance(value, str):
            why = "neither yes, true, 1 nor no, false, 0"
            raise RefusedValueError(f"{told(given)} is {why}", why)
        return value

    return read_flag


def _day_reader(_field: Field, writing: Writing) -> Read:
    read_text = day_reader(writing.date_format)

    def read_day(given: Any) -> str:
        if not isinstance(given, str):
            raise RefusedValueError(f"a day like 2026-01-31 is expected, not {told(given)}", "a day is expected")
        try:
            return read_text(given.strip())
        except ValueError as error:
            raise RefusedValueError(f"{told(given)} is refused: {error}", str(error)) from None

    return read_day


def _instant_reader(_field: Field, _writing: Writing) -> Read:
    def read_instant(given: Any) -> str:
        instant = parse_instant(given.strip()) if isinstance(given, str) and given.isascii() else None
        if instant is None:
            why = "not an instant like 2026-01-31 or 2026-01-31T09:00:00Z"
            raise RefusedValueError(f"{told(given)} is {why}", why)
        return wire_instant(instant)

    return read_instant


def _nested_reader(shape: type, _field: Field, _writing: Writing) -> Read:
    expected = "a list" if shape is list else "an object"

    def read_nested(given: Any) -> Any:
        if isinstance(given, str):
            try:
                given = decode(given)
            except (msgspec.DecodeError, UnicodeError) as error:
                raise RefusedValueError(f"not JSON: {error}", "not JSON") from None
        if not isinstance(given, shape):
            raise RefusedValueError(f"{expected} is expected, not {told(given)}", f"{expected} is expected")
        return given

    return read_nested


def _as_it_is(_field: Field, value: Any) -> Any:
    return value


def _comparable_instant(_field: Field, value: Any) -> Any:
    return rfc3339(value)


KINDS: Mapping[FieldType, Kind] = MappingProxyType(
    {
        FieldType.ID: Kind(reader=_id_reader, comparable=_as_it_is, empty=""),
        FieldType.STRING: Kind(reader=_text_reader, comparable=_comparable_text, empty=""),
        FieldType.ENUM: Kind(reader=_code_reader, comparable=lambda _field, value: _as_text(value)),
        FieldType.DATE: Kind(reader=_day_reader, comparable=_as_it_is),
        FieldType.DATETIME: Kind(reader=_instant_reader, comparable=_comparable_instant),
        FieldType.MONEY: Kind(reader=_money_reader, comparable=_comparable_number),
        FieldType.DECIMAL: Kind(reader=_number_reader, comparable=_comparable_number),
        FieldType.INTEGER: Kind(reader=_whole_reader, comparable=_comparable_number),
        FieldType.BOOLEAN: Kind(reader=_flag_reader, comparable=_as_it_is, empty=False),
        FieldType.ARRAY: Kind(reader=partial(_nested_reader, list), comparable=_as_it_is),
        FieldType.OBJECT: Kind(reader=partial(_nested_reader, dict), comparable=_as_it_is),
    }
)
