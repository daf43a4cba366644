"""Fields and lines that a person typed, or a file holds, as BILL wants them. Nothing is rounded or guessed."""

from __future__ import annotations

import shlex
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import msgspec

from bill_api.identity.references import aliases
from bill_api.table.entity import TIME
from bill_api.table.fields import by_name
from bill_api.table.kinds import RefusedValueError, emptied, read
from bill_values.exact_json import decode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bill_api.table.fields import Field


NOT_SENT = frozenset({"createdTime", TIME})
"""What BILL sets in every object. It ignores what is sent for them, or refuses it (section 7, 29)."""


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
    known = by_name(fields)
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


def value_of(field: Field, given: Any) -> Any:
    """A value as BILL wants it; one that says nothing becomes what empties the field.

    Args:
        field: Whose value it is; an array with its lines.
        given: A text that was typed, or a value out of JSON.

    Raises:
        WrongTextError: It does not fit.
    """
    value = _read(field, given)
    if value is None:  # in JSON, null and an empty array are ways to say so, and are passed on
        return given if given is None or given == [] else emptied(field)
    return [_line(field, i, each) for i, each in enumerate(value, 1)] if field.item_fields else value


def object_of(fields: tuple[Field, ...], document: Mapping[str, Any]) -> dict[str, Any]:
    """An object out of JSON: what can be written is read, and every other key but `NOT_SENT` is passed on as it is.

    Args:
        fields: Of its entity, or of its lines.
        document: The object.

    Raises:
        WrongTextError: A value does not fit.
    """
    # An object that BILL gave may be sent back, with all that BILL ignores then (documented: Key-Concepts).
    written = {each.name: each for each in fields if not each.read_only or each.name == "id"}
    sent = {name: value for name, value in document.items() if name not in NOT_SENT}
    return {name: value_of(written[name], value) if name in written else value for name, value in sent.items()}


def _line(array: Field, number: int, given: Any) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise WrongTextError(f"`{array.name}`, line {number}: an object is expected")
    try:
        return _of_array(array, object_of(array.item_fields, given))
    except WrongTextError as error:
        raise WrongTextError(f"`{array.name}`, line {number}, {error}") from None


def _of_array(array: Field, line: Mapping[str, Any]) -> dict[str, Any]:
    """A line that says its entity, as the lines in BILL's own requests do."""
    return {"entity": array.item_entity, **line} if array.item_entity else dict(line)


def _read(field: Field, given: Any) -> Any:
    try:
        return read(field, given)
    except RefusedValueError as error:
        raise WrongTextError(f"`{field.name}`: {error}") from None


def line_of(array: Field, text: str) -> dict[str, Any]:
    """One line item from `amount=12.50 description="two words"`, or from a JSON object."""
    owner = array.item_entity or array.name
    if text.lstrip().startswith("{"):
        return _of_array(array, object_of(array.item_fields, json_of(text)))
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise WrongTextError(f"a line that cannot be read ({error}): {text!r}") from None
    pairs = [pair(each) for each in words]
    if not pairs:
        raise WrongTextError("an empty line")
    typed = {name: value_of(field_named(array.item_fields, name, owner), value) for name, value in pairs}
    return _of_array(array, typed)


def json_of(text: str | bytes) -> Any:
    """A JSON document with exact numbers."""
    try:
        return decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise WrongTextError(f"not JSON: {error}") from None
