"""JSON schemas of the streams, derived from the entity table."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Protocol

from bill_api.table.entity import (
    ADDITIONAL,
    DELETED_AT,
    INACTIVE,
    IS_ACTIVE,
    IS_DELETED,
    LINES_VERSION,
    ORGANIZATION_ID,
    TIME,
    Operation,
)
from bill_singer.stream_names import line_arrays
from bill_singer.value_types import JSON_TYPE
from bill_values.instants import rfc3339

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field

KEY_PROPERTIES = (ORGANIZATION_ID, "id")
POSITION = "position"
DOCUMENT_TIME = "documentUpdatedTime"
VERSION_BYTES = 8

INSTANT = {"type": ["string", "null"], "format": "date-time"}


class Named(Protocol):
    """What gives values by BILL's names: a row, or a record."""

    def get(self, name: str, /) -> Any:
        """The value; None when there is none."""


def document_id(entity: Entity) -> str:
    """The field of a line that names its document: `billId`."""
    return f"{entity.name[0].lower()}{entity.name[1:]}Id"


def stream_schema(entity: Entity, withheld: Container[str]) -> dict[str, Any]:
    """The schema of an entity's stream.

    Args:
        entity: The entity.
        withheld: Fields that no record has.
    """
    fields = [each for each in entity.fields if each.name not in withheld]
    properties = {**_organization(), **{each.name: _property(each) for each in fields}}
    version = _version("Its lines in other streams") if line_arrays(entity) else {}
    return _schema(properties | version | _deletes(entity, "It is"))


def line_schema(entity: Entity, array: Field) -> dict[str, Any]:
    """The schema of the stream of a line array."""
    properties = {**_organization(), **{each.name: _property(each) for each in array.item_fields}}
    properties.setdefault(document_id(entity), {"type": ["string", "null"]})
    properties[document_id(entity)]["description"] = f"id of the {entity.name} that the line belongs to"
    properties[POSITION] = {"type": ["integer"], "description": "Place in its document, from 0."}
    properties[DOCUMENT_TIME] = {
        **INSTANT,
        "description": f"`updatedTime` of the {entity.name} as it was read.",
    }
    counts = f"An update may give lines new ids: those that count, and the {entity.name} as it is,"
    return _schema(properties | _version(counts) | _deletes(entity, "Its document is"))


def lines_version(arrays: Sequence[str], document: Named) -> str | None:
    """The value that ties the lines that count to their document; None where none were asked for.

    It is made of their ids: lines that keep them are overwritten by their key. Times do not tell, for BILL's have whole
    seconds, in which a document may change twice.
    """
    found = [lines for name in arrays if (lines := document.get(name)) is not None]
    ids = sorted([str(line.get("id")) for lines in found for line in lines])
    digest = blake2b("\n".join(ids).encode(), digest_size=VERSION_BYTES).hexdigest()
    return digest if found else None


def _version(which: str) -> dict[str, Any]:
    text = f"{which} have the same value here; it is made of the lines' ids."
    return {LINES_VERSION: {"type": ["string", "null"], "description": text}}


def deletes_of(entity: Entity, row: Named) -> dict[str, Any]:
    """The columns that say whether a row of BILL's is deleted, and when its last change was if it is."""
    if not (IS_ACTIVE in entity.by_name or entity.offers(Operation.DELETE)):
        return {}
    activity = row.get(IS_ACTIVE)
    is_deleted = None if activity is None else str(activity) == INACTIVE
    return {
        IS_DELETED: is_deleted,
        **({DELETED_AT: rfc3339(row.get(TIME)) if is_deleted else None} if entity.is_timed else {}),
    }


def _deletes(entity: Entity, whose: str) -> dict[str, Any]:
    texts = {
        IS_DELETED: {
            "type": ["boolean", "null"],
            "description": f"{whose} deleted in BILL, which keeps it as inactive.",
        },
        DELETED_AT: {**INSTANT, "description": f"{whose} deleted since then: its last change; null if it is not."},
    }
    return {name: texts[name] for name in deletes_of(entity, {})}


def _organization() -> dict[str, dict[str, Any]]:
    return {ORGANIZATION_ID: {"type": ["string"], "description": "The organization that the record belongs to."}}


def _schema(properties: dict[str, Any]) -> dict[str, Any]:
    properties["id"] = {**properties["id"], "type": ["string"]}
    properties[ADDITIONAL] = {
        "type": ["object", "null"],
        "description": "Fields that BILL sends and that have no column of their own; null without any.",
    }
    return {"type": "object", "properties": properties, "required": [*KEY_PROPERTIES], "additionalProperties": False}


def _property(field: Field) -> dict[str, Any]:
    described = dict(JSON_TYPE[field.type])
    if text := _description(field):
        described["description"] = text
    if field.item_fields:
        described["items"] = {
            "type": "object",
            "properties": {each.name: _property(each) for each in field.item_fields},
            "additionalProperties": True,
        }
    return described


def _description(field: Field) -> str:
    parts = [field.description]
    if field.codes:
        parts.append("codes: " + ", ".join(f"{code} {meaning}" for code, meaning in field.codes.items()))
    if field.references:
        parts.append(f"id of a {field.references}")
    return "; ".join(part for part in parts if part)
