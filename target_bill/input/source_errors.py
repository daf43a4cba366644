"""Values that the source could not read: a tap says so in the record (`_source_errors`), instead of dropping it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bill_api.identity.links import place_of
from bill_api.identity.references import aliases
from bill_api.table.kinds import is_blank
from bill_api.table.problem import CORRECT, Problem
from bill_values.provenance import SOURCE_ERRORS, SOURCE_ROWS
from bill_values.visible import in_quotes, told, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bill_api.table.entity import Entity

VALUE_SHOWN = 200
"""Characters of a value that are shown; the source has them all."""


def source_problems(record: Mapping[str, Any]) -> Iterator[Problem]:
    """The problems that a source has told of its record."""
    for error in _errors(record):
        if not isinstance(error, dict):
            yield Problem(field=None, reason=f"its source says: {error}", hint=CORRECT)
            continue
        column, message = error.get("column"), error.get("message")
        of_column = f"column {in_quotes(column)}: " if column else ""
        row = f"row {error.get('row')}{', ' if column else ': '}" if error.get("row") else ""
        yield Problem(
            field=error.get("field"),
            reason=f"{row}{of_column}{_value_unless_told(error.get('value'), str(message))}{message}",
            hint="Correct it at its source, and load it again.",
            kind=f"{of_column}{error.get('kind') or message}",
        )


def _value_unless_told(value: Any, message: str) -> str:
    """The text that stands in the source, where the message about it does not say it itself."""
    is_told = not isinstance(value, str) or not value or visible(value) in message
    return "" if is_told else f"{told(value[:VALUE_SHOWN])}: "


def unread_places(entity: Entity, record: Mapping[str, Any], unread: Sequence[Problem]) -> set[str]:
    """The places of values that could not be read, by the source or here.

    A source names a line by its row, where a record's problems name it by its number. The place of a reference by name
    is also that of the id that it stands for.

    Args:
        entity: The record's.
        record: As it came.
        unread: The problems of these values.
    """
    rows = record.get(SOURCE_ROWS)
    known = list(rows) if isinstance(rows, list) else []
    places = {each.field for each in unread if each.field}
    for error in _errors(record):
        if isinstance(error, dict) and error.get("row") in known:
            array, _, name = str(error.get("field")).partition(".")
            if entity.lines is not None and array == entity.lines.name:
                places.add(place_of(name, known.index(error["row"])))
    of_lines = aliases(entity.lines.item_fields) if entity.lines else {}
    for place in list(places):
        before, dot, name = place.rpartition(".")
        if reference := (of_lines if dot else aliases(entity.fields)).get(name):
            places.add(f"{before}{dot}{reference.field.name}")
    return places


def _errors(record: Mapping[str, Any]) -> list[Any]:
    errors = record.get(SOURCE_ERRORS)
    if isinstance(errors, list):
        return errors
    return [errors] if errors and not is_blank(errors) else []
