"""JSON schemas of the streams, derived from the entity table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bill_api.fields import JSON_TYPE, Field
from bill_api.values import ORGANIZATION_ID

if TYPE_CHECKING:
    from bill_api.entity import Entity

KEY_PROPERTIES = (ORGANIZATION_ID, "id")


def stream_schema(entity: Entity) -> dict[str, Any]:
    """The schema of an entity's stream.

    Open (`additionalProperties`): BILL adds fields without notice, and they are passed on.
    """
    properties: dict[str, Any] = {
        ORGANIZATION_ID: {"type": ["string"], "description": "The organization that the record belongs to."}
    }
    properties |= {each.name: _property(each) for each in entity.fields}
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
