"""Metadata of entities: their fields, as GetEntityMetadata tells them (facts: section 10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bill_api.entities import BY_NAME
from bill_api.table.fields import FieldType, Filterable
from bill_simulator.behaviour.refusals import ErrorAnswer
from bill_simulator.rules.calls import ResponseData, data_of, response_data

if TYPE_CHECKING:
    from bill_api.table.fields import Field
    from bill_simulator.rules.calls import SessionCall


def entity_metadata(call: SessionCall) -> ResponseData:
    """`{"Vendor": {"fields": {"id": {"entity": "Vendor", ...}, ...}}}` (seen in the client of BILL staff).

    Of the attributes only `entity`, for ids, is known; the others are ours, with what the table of entities has. No
    `data` is every entity (seen in a client that sends none); the code for an unknown one is inferred.
    """
    call.session.check_permission("GetEntityMetadata")
    wanted = data_of(call.form, required=False).get("entity", list(BY_NAME))
    if not isinstance(wanted, list):
        raise ErrorAnswer("BDC_1129", "entity", wanted)
    tables = call.books.tables
    for name in wanted:
        if not isinstance(name, str) or name not in tables:
            raise ErrorAnswer("BDC_1114", name)
    any_filter = call.world.switches.filter_fields == "any"
    fields_by_entity = {name: tables[name].shape.fields(call.world.switches).values() for name in wanted}
    return response_data(
        {
            name: {"fields": {each.name: attributes(each, name, any_filter=any_filter) for each in fields}}
            for name, fields in fields_by_entity.items()
        }
    )


def attributes(field: Field, entity: str, *, any_filter: bool) -> dict[str, Any]:
    """The known attributes of a field. Names and values, `entity` apart, are ours and not BILL's."""
    known: dict[str, Any] = {
        "type": field.type.value,
        "required": field.required,
        "readOnly": field.read_only,
        "filterable": field.filterable is not Filterable.NO_EVIDENCE or any_filter,
    }
    if field.type is FieldType.ID:
        known["entity"] = entity if field.name == "id" else field.references
    if field.max_length is not None:
        known["maxLength"] = field.max_length
    if field.codes:
        known["codes"] = dict(field.codes)
    if field.item_fields:
        item = field.item_entity or field.name
        known["fields"] = {each.name: attributes(each, item, any_filter=any_filter) for each in field.item_fields}
    return known
