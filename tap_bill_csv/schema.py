"""The JSON schema of a stream: the fields that its files feed, and where each document comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bill_api.table.entity import IS_DELETED
from bill_api.table.fields import FieldType, declare
from bill_documents.reading.rejects import RejectsFile
from bill_singer.value_types import JSON_TYPE
from bill_values.provenance import (
    SOURCE_CELLS,
    SOURCE_DELIMITER,
    SOURCE_ERRORS,
    SOURCE_FILE,
    SOURCE_KEY,
    SOURCE_KEYS,
    SOURCE_ROWS,
    SOURCE_STREAM,
    SOURCE_TYPED,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bill_api.table.fields import Field
    from bill_documents.mapping.layout import GivenColumn, Layout


_PROVENANCE: Mapping[str, Any] = {
    SOURCE_FILE: {
        "type": ["string", "null"],
        "description": "the file that the document was read from, and its sheet in a workbook",
    },
    SOURCE_ROWS: {
        "type": ["array", "null"],
        "items": {"type": "integer"},
        "description": "the lines of that file that its rows begin on, or the rows of the sheet; the first is 1",
    },
    SOURCE_ERRORS: {
        "type": ["array", "null"],
        "items": {
            "type": "object",
            "properties": {
                "row": {"type": "integer"},
                "column": {"type": ["string", "null"]},
                "field": {"type": "string"},
                "value": {"type": ["string", "null"]},
                "message": {"type": "string"},
                "kind": {"type": "string", "description": "the message without what is of this row alone"},
            },
            "additionalProperties": False,
        },
        "description": "what could not be read; such a document must not be written to BILL",
    },
}
_CELLS: Mapping[str, Any] = {
    "type": ["array", "null"],
    "items": {"type": "object", "additionalProperties": {"type": "string"}},
    "description": "each of its rows as it stands in the file: column and text",
}
_TYPED: Mapping[str, Any] = {
    "type": ["object", "null"],
    "description": "of a workbook: columns of numbers and days, with the decimal sign or the formats of their texts",
    "additionalProperties": {
        "type": "object",
        "properties": {"decimal": {"type": "string"}, "dates": {"type": "array", "items": {"type": "string"}}},
    },
}
_DELIMITER: Mapping[str, Any] = {"type": ["string", "null"], "description": "of a CSV: what parts its columns"}
_STREAM: Mapping[str, Any] = {
    "type": ["string", "null"],
    "description": "of rejects: the stream in which the document came first, a part of its key",
}
_KEYS: Mapping[str, Any] = {
    "type": ["array", "null"],
    "items": {"type": "string"},
    "description": "of rejects: the key properties with which the record came first; none for the natural key",
}
_GIVEN_ON: Mapping[str, Any] = {"type": ["string", "null"], "description": "of rejects: as the record had it"}
_KEY: Mapping[str, Any] = {"type": "string", "description": "what tells the document from others, as JSON"}

_DELETED = declare(IS_DELETED, FieldType.BOOLEAN, "", "whether every row of the document is marked as deleted")


def stream_schema(layouts: Sequence[Layout]) -> dict[str, Any]:
    """The schema that every document of these files fits."""
    head: dict[str, Field] = {}
    arrays: dict[str, dict[str, Field]] = {}
    origin = dict(_PROVENANCE)
    for layout in layouts:
        head |= layout.head.fields
        if layout.marks:
            head[IS_DELETED] = _DELETED
        if layout.array and layout.lines:
            arrays.setdefault(layout.array.name, {}).update(layout.lines.fields)
        if layout.settings.entry.source_cells:
            origin[SOURCE_CELLS] = _CELLS
            if layout.file.typed is None:
                origin[SOURCE_DELIMITER] = _DELIMITER
            else:
                origin[SOURCE_TYPED] = _TYPED
        if isinstance(layout.file, RejectsFile):
            origin[SOURCE_STREAM] = _STREAM
        if layout.is_of_records:
            origin[SOURCE_KEYS] = _KEYS
        if layout.optional:
            origin[SOURCE_KEY] = _KEY
    given = {each.name: _GIVEN_ON for each in _given_on(layouts, is_of_line=False)}
    given_lines = {each.name: _GIVEN_ON for each in _given_on(layouts, is_of_line=True)}
    lines = {
        # Lines that no row could hold are a text.
        name: {
            "type": ["array", "null", *(["string"] if name in given else [])],
            "items": _object(given_lines | _properties(fields)),
        }
        for name, fields in arrays.items()
    }
    return _object({**given, **_properties(head), **lines, **origin})


def _given_on(layouts: Sequence[Layout], *, is_of_line: bool) -> Iterator[GivenColumn]:
    return (each for layout in layouts for each in layout.given_on if each.is_of_line is is_of_line)


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": dict(properties), "additionalProperties": False}


def _properties(fields: Mapping[str, Field]) -> dict[str, Any]:
    return {name: _property(field) for name, field in fields.items()}


def _property(field: Field) -> dict[str, Any]:
    schema = dict(JSON_TYPE[field.type])
    if field.description:
        schema["description"] = field.description
    return schema
