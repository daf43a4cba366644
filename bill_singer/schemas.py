"""A stream's JSON schema as a SCHEMA message gives it: references resolved, each part in its shape."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from bill_singer.quoted import quoted
from bill_values.numbers import whole_number

FIELDS_MAX = 100_000
"""Parts of one schema; more come of references that refer to each other again and again."""

_ONE = ("items", "additionalProperties", "not", "contains", "if", "then", "else")
_LISTS = ("anyOf", "oneOf", "allOf")
_MAPS = ("properties", "patternProperties")
_BOUNDS = ("minimum", "maximum")


class SchemaError(ValueError):
    """A schema that cannot be used; the text names the place in it."""


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with the content of each `$ref` in its place.

    Args:
        schema: As it came.

    Raises:
        SchemaError: A part has the wrong shape, or a reference leads nowhere, into itself or out of the schema.
    """
    found: dict[str, Any] = _Resolver(schema).part(schema, "schema", ())
    found.setdefault("properties", {})
    return found


class _Resolver:
    """Walks a schema once.

    Args:
        root: What references begin at.
    """

    def __init__(self, root: dict[str, Any]) -> None:
        self._root = root
        self._parts = 0

    def part(self, schema: Any, place: str, inside: tuple[str, ...]) -> Any:
        """A schema at some place in the whole, within the references that led there."""
        if isinstance(schema, bool):
            return {} if schema else {"not": {}}
        if not isinstance(schema, dict):
            raise SchemaError(f"`{place}` is {quoted(schema)}; a JSON schema is expected")
        self._parts += 1
        if self._parts > FIELDS_MAX:
            raise SchemaError(f"has more than {FIELDS_MAX:,} parts when its references are resolved")
        if "$ref" in schema:
            return self._referred(schema, place, inside)
        _check(schema, place)
        return {name: self._within(name, each, f"{place}.{name}", inside) for name, each in schema.items()}

    def _within(self, name: str, value: Any, place: str, inside: tuple[str, ...]) -> Any:
        """The value under a word of the schema."""
        if name in _ONE and isinstance(value, dict):
            return self.part(value, place, inside)
        if name in _LISTS:
            return [self.part(each, place, inside) for each in value]
        if name in _MAPS:
            return {key: self.part(each, f"{place}.{key}", inside) for key, each in value.items()}
        return value

    def _referred(self, schema: dict[str, Any], place: str, inside: tuple[str, ...]) -> Any:
        reference = schema["$ref"]
        if not isinstance(reference, str) or not reference.startswith("#"):
            raise SchemaError(f"`{place}` refers to {quoted(reference)}, which is not in the schema itself")
        if reference in inside:
            raise SchemaError(f"`{place}` refers to {reference!r}, which contains itself")
        target = self._at(reference, place)
        if isinstance(target, dict):
            # What stands beside a reference says more about this field than what it refers to.
            target = {**target, **{name: each for name, each in schema.items() if name != "$ref"}}
        return self.part(target, place, (*inside, reference))

    def _at(self, reference: str, place: str) -> Any:
        found: Any = self._root
        for step in filter(None, reference[1:].split("/")):
            name = step.replace("~1", "/").replace("~0", "~")
            number = whole_number(name)
            if isinstance(found, list) and number is not None and 0 <= number < len(found):
                found = found[number]
            elif isinstance(found, dict) and name in found:
                found = found[name]
            else:
                raise SchemaError(f"`{place}` refers to {reference!r}, which is not in the schema")
        return found


def _check(schema: dict[str, Any], place: str) -> None:
    types = schema.get("type")
    if types is not None and not all(isinstance(each, str) for each in (types if isinstance(types, list) else [types])):
        raise SchemaError(f"`{place}.type` is {quoted(types)}; a name, or a list of names, is expected")
    shapes: tuple[tuple[str, type | tuple[type, ...], str], ...] = (
        *((each, list, "a list of schemas") for each in _LISTS),
        *((each, dict, "an object of schemas") for each in _MAPS),
        *((each, (int, Decimal), "a number") for each in _BOUNDS),
        ("format", str, "a text"),
    )
    for name, shape, words in shapes:
        value = schema.get(name)
        if name in schema and (not isinstance(value, shape) or isinstance(value, bool)):
            raise SchemaError(f"`{place}.{name}` is {quoted(value)}; {words} is expected")
