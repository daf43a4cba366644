"""Values that a person typed, or a cell holds, as BILL wants them. Nothing is rounded or guessed."""

from __future__ import annotations

import re
import shlex
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import msgspec

from bill_api.encoding import decode
from bill_api.entity import ZERO_ID
from bill_api.fields import FieldType
from bill_api.references import aliases
from bill_api.values import parse_instant, wire_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bill_api.fields import Field

CENTS = 2
WHOLE = re.compile(r"[+-]?[0-9]+")
NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
TRUE, FALSE = frozenset({"true", "yes"}), frozenset({"false", "no"})
EMPTY_TEXT = frozenset({FieldType.ID, FieldType.STRING, FieldType.ENUM})
"""Kinds of which an empty text empties the field (documented: DS Customer, for texts and ids); others take null."""


class WrongTextError(ValueError):
    """A text does not fit its field; the message says why, and never quotes a bank or tax number."""


def pair(text: str) -> tuple[str, str]:
    """`name=value` as name and value."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise WrongTextError(f"{text!r} is not name=value")
    return name, value


def field_named(fields: tuple[Field, ...], name: str, owner: str) -> Field:
    """The field of a name, if it can be written.

    Args:
        fields: Of an entity, or of its lines.
        name: What was typed.
        owner: The entity, for people.
    """
    known = {each.name: each for each in fields}
    if name not in known:
        if name in aliases(fields):
            alias = aliases(fields)[name]
            raise WrongTextError(
                f"`{name}` is no field of {owner}: give `{alias.field.name}`, the id of a {alias.entity.name}"
            )
        near = get_close_matches(name, known, n=1)
        hint = f"did you mean `{near[0]}`?" if near else "fields that are not in our table can be given with --json"
        raise WrongTextError(f"`{name}` is no field of {owner}; {hint}")
    if known[name].read_only:
        raise WrongTextError(f"`{name}` is set by BILL and cannot be written")
    return known[name]


def value_of(field: Field, text: str) -> Any:
    """The value that a text stands for.

    Raises:
        WrongTextError: It does not fit.
    """
    if text == "":
        return "" if field.type in EMPTY_TEXT else None
    try:
        return _READERS[field.type](field, text)
    except WrongTextError as error:
        raise WrongTextError(f"`{field.name}`: {'the value does not fit' if field.sensitive else error}") from None


def line_of(array: Field, text: str) -> dict[str, Any]:
    """One line item from `amount=12.50 description="two words"`, or from a JSON object."""
    owner = array.item_entity or array.name
    if text.lstrip().startswith("{"):
        line = json_of(text)
        return {"entity": array.item_entity, **line}
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise WrongTextError(f"a line that cannot be read ({error}): {text!r}") from None
    pairs = [pair(each) for each in words]
    if not pairs:
        raise WrongTextError("an empty line")
    typed = {name: value_of(field_named(array.item_fields, name, owner), value) for name, value in pairs}
    return {"entity": array.item_entity, **typed}


def json_of(text: str | bytes) -> Any:
    """A JSON document with exact numbers."""
    try:
        return decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise WrongTextError(f"not JSON: {error}") from None


def _text(_field: Field, text: str) -> str:
    return text


def _id(field: Field, text: str) -> str:
    if len(text) != len(ZERO_ID) or not text.isalnum():
        raise WrongTextError(f"an id of 20 characters is expected{_of(field)}, not {text!r}")
    return text


def _of(field: Field) -> str:
    return f" (of a {field.references})" if field.references else ""


def _code(field: Field, text: str) -> str:
    by_meaning = {meaning.lower(): code for code, meaning in field.codes.items()}
    if text.lower() in by_meaning:
        return by_meaning[text.lower()]
    if field.codes and not text.lstrip("-").isdecimal():
        known = ", ".join(f"{code} ({meaning})" for code, meaning in field.codes.items())
        raise WrongTextError(f"{text!r} is no code; known are {known}")
    return text


def _day(_field: Field, text: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise WrongTextError(f"{text!r} is not a day like 2026-01-31") from None
    return day.isoformat()


def _instant(_field: Field, text: str) -> str:
    instant = parse_instant(text)
    if instant is None:
        raise WrongTextError(f"{text!r} is not an instant like 2026-01-31 or 2026-01-31T09:00:00Z")
    return wire_instant(instant)


def _number(field: Field, text: str) -> Decimal:
    if not NUMBER.fullmatch(text):
        raise WrongTextError(f"{text!r} is not a number like 1234.50")
    number = Decimal(text)
    if "amount" in field.name.lower() and number != round(number, CENTS):
        raise WrongTextError(f"{text} has more than {CENTS} decimals; amounts are not rounded")
    return number


def _whole(_field: Field, text: str) -> int:
    if not WHOLE.fullmatch(text):
        raise WrongTextError(f"{text!r} is not a whole number")
    return int(text)


def _flag(_field: Field, text: str) -> bool:
    if text.lower() not in TRUE | FALSE:
        raise WrongTextError(f"true or false is expected, not {text!r}")
    return text.lower() in TRUE


def _json(_field: Field, text: str) -> Any:
    return json_of(text)


_READERS: Mapping[FieldType, Callable[[Field, str], Any]] = {
    FieldType.ID: _id,
    FieldType.STRING: _text,
    FieldType.ENUM: _code,
    FieldType.DATE: _day,
    FieldType.DATETIME: _instant,
    FieldType.DECIMAL: _number,
    FieldType.INTEGER: _whole,
    FieldType.BOOLEAN: _flag,
    FieldType.ARRAY: _json,
    FieldType.OBJECT: _json,
}
