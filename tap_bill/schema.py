"""JSON schemas of the streams, derived from the entity table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bill_singer.records import JSON_TYPE, ORGANIZATION_ID

if TYPE_CHECKING:
    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field

KEY_PROPERTIES = (ORGANIZATION_ID, "id")
DELETED_AT = "_sdc_deleted_at"
POSITION = "position"
DOCUMENT_TIME = "documentUpdatedTime"

INSTANT = {"type": ["string", "null"], "format": "date-time"}


def document_id(entity: Entity) -> str:
    """The field of a line that names its document: `billId`."""
    return f"{entity.name[0].lower()}{entity.name[1:]}Id"


def stream_schema(entity: Entity) -> dict[str, Any]:
    """The schema of an entity's stream.

    Open (`additionalProperties`): BILL adds fields without notice, and they are passed on.
    """
    properties = {**_organization(), **{each.name: _property(each) for each in entity.fields}}
    if tells_deletes(entity):
        text = "When the object was deleted in BILL: its last change, if `isActive` is 2; else null."
        properties[DELETED_AT] = {**INSTANT, "description": text}
    return _schema(properties)


def line_schema(entity: Entity, array: Field) -> dict[str, Any]:
    """The schema of the stream of a line array."""
    properties = {**_organization(), **{each.name: _property(each) for each in array.item_fields}}
    properties.setdefault(document_id(entity), {"type": ["string", "null"]})
    properties[document_id(entity)]["description"] = f"id of the {entity.name} that the line belongs to"
    properties[POSITION] = {"type": ["integer"], "description": "Place in its document, from 0."}
    properties[DOCUMENT_TIME] = {
        **INSTANT,
        "description": f"`updatedTime` of the {entity.name} as it was read. An update may give lines new ids: those "
        "that count have the document's present `updatedTime`.",
    }
    return _schema(properties)


def tells_deletes(entity: Entity) -> bool:
    """True if its rows say that they were deleted, and when."""
    return entity.is_timed and "isActive" in entity.by_name


def sensitive(fields: tuple[Field, ...]) -> list[str]:
    """Fields that are read only when somebody selects them."""
    return [each.name for each in fields if each.sensitive]


def _organization() -> dict[str, dict[str, Any]]:
    return {ORGANIZATION_ID: {"type": ["string"], "description": "The organization that the record belongs to."}}


def _schema(properties: dict[str, Any]) -> dict[str, Any]:
    properties["id"] = {**properties["id"], "type": ["string"]}
    return {"type": "object", "properties": properties, "required": [*KEY_PROPERTIES], "additionalProperties": True}


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
