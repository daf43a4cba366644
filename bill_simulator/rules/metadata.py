"""What BILL tells about itself: the fields of its entities, and its error codes (facts: section 10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.routing import Route

from bill_api.entities import BY_NAME
from bill_api.fields import FieldType, Filterable
from bill_simulator.behaviour.refusals import TEXTS, Refusal
from bill_simulator.state.request_log import Entry
from bill_simulator.wire.envelope import Reply, data_of, json_response, reply_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from bill_api.fields import Field
    from bill_simulator.behaviour.switches import Switches
    from bill_simulator.state.sessions import Session
    from bill_simulator.state.world import World

ERRORS = "/Errors.json"


def entity_metadata(world: World, session: Session, form: Mapping[str, str]) -> Reply:
    """`{"Vendor": {"fields": {"id": {"entity": "Vendor", ...}, ...}}}` (seen in the client of BILL staff).

    Of the attributes only `entity`, for ids, is known; the others are ours, with what the table of entities has. No
    `data` is every entity (seen in a client that sends none); the code for an unknown one is inferred.
    """
    session.check_permission("GetEntityMetadata")
    wanted = data_of(form, required=False).get("entity", list(BY_NAME))
    if not isinstance(wanted, list):
        raise Refusal("BDC_1129", "entity", wanted)
    tables = world.books[session.organization_id].tables
    for name in wanted:
        if not isinstance(name, str) or name not in tables:
            raise Refusal("BDC_1114", name)
    fields_by_entity = {name: tables[name].shape.fields(world.switches).values() for name in wanted}
    return reply_of(
        {
            name: {"fields": {each.name: attributes(each, name, world.switches) for each in fields}}
            for name, fields in fields_by_entity.items()
        }
    )


def attributes(field: Field, entity: str, switches: Switches) -> dict[str, Any]:
    """What we know of a field. Names and values, `entity` apart, are ours and not BILL's."""
    known: dict[str, Any] = {
        "type": field.type.value,
        "required": field.required,
        "readOnly": field.read_only,
        "filterable": field.filterable is not Filterable.NO_EVIDENCE or switches.filter_fields == "any",
    }
    if field.type is FieldType.ID:
        known["entity"] = entity if field.name == "id" else field.references
    if field.max_length is not None:
        known["maxLength"] = field.max_length
    if field.codes:
        known["codes"] = dict(field.codes)
    if field.item_fields:
        item = field.item_entity or field.name
        known["fields"] = {each.name: attributes(each, item, switches) for each in field.item_fields}
    return known


def routes(world: World) -> list[Route]:
    """`Errors.json`, which needs no session; the documented call has no developer key either, so no limit counts it."""

    async def errors(_request: Request) -> Response:
        """Every code that this simulator knows, of BILL's 525 and more. The shape is ours: BILL's is unknown."""
        world.journal.add(Entry(time=world.clock.stamp(), path=ERRORS))
        return json_response(reply_of({"errors": catalogue()}).body)

    return [Route(f"/api/v2{ERRORS}", errors, methods=["GET", "POST"])]


def catalogue() -> list[dict[str, str]]:
    """The codes with their texts, with the placeholders that BILL's documentation shows."""
    return [
        {"error_code": code, "error_message": text.replace("{0}", "${paramName0}").replace("{1}", "${paramName1}")}
        for code, text in TEXTS.items()
    ]
