"""Line items of bills and invoices: new ones, and what an update makes of the old ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bill_simulator.behaviour.refusals import ErrorAnswer
from bill_simulator.rules.values import accepted, is_empty

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field
    from bill_simulator.rules.calls import Context

JsonObject = dict[str, Any]

KEPT = ("id", "createdTime")
"""Fields that a line sent with its id keeps, when everything else is replaced."""


def new_lines(context: Context, entity: Entity, sent: Sequence[Any]) -> list[JsonObject]:
    """The lines of a new document; ids that were sent do not count."""
    return ordered(entity, [fresh(context, entity, checked(context, entity, line)) for line in sent])


def renewed_lines(
    context: Context, entity: Entity, sent: Sequence[Any], before: Sequence[JsonObject]
) -> list[JsonObject]:
    """The lines after an update: all replaced, where an element with an id keeps that id (inferred, a switch)."""
    known = {line["id"]: line for line in before}
    merging = context.switches.update_lines == "merge"
    after: dict[str, JsonObject] = dict(known) if merging else {}
    for line in sent:
        values = checked(context, entity, line)
        old = None if is_empty(line.get("id")) else known_line(context, known, line["id"])
        if old is None:
            made = fresh(context, entity, values)
        elif merging:
            made = {**old, **values, **stamped(entity, updatedTime=context.now)}
            require(entity, made)
        else:
            made = {**fresh(context, entity, values), **{name: old[name] for name in KEPT if name in old}}
        after[made["id"]] = made
    return ordered(entity, list(after.values()))


def known_line(context: Context, known: Mapping[str, JsonObject], line_id: Any) -> JsonObject:
    """The line of this document with an id; another id is a reference that leads nowhere (inferred)."""
    if not isinstance(line_id, str) or line_id not in known:
        raise ErrorAnswer(context.switches.unknown_reference_code, "id", line_id)
    return known[line_id]


def checked(context: Context, entity: Entity, sent: Any) -> JsonObject:
    """The values of one sent line that may be stored."""
    array = lines_of(entity)
    if not isinstance(sent, dict):
        raise ErrorAnswer("BDC_1124", array.name)
    named = sent.get("entity")
    if named and named != array.item_entity:
        raise ErrorAnswer("BDC_1118", array.item_entity, named)
    fields = {each.name: each for each in array.item_fields}
    values = accepted(context, fields, sent, context.shape(entity).line_defaults)
    if not is_empty(values.get("price")) and not is_empty(values.get("ratePercent")):
        raise ErrorAnswer(
            "BDC_1119", "ratePercent", values["ratePercent"]
        )  # documented: one or the other (createinvoice)
    return values


def require(entity: Entity, line: Mapping[str, Any]) -> None:
    """BDC_1117 for the first mandatory field of a line that is missing or empty (documented)."""
    for field in lines_of(entity).item_fields:
        if field.required and is_empty(line.get(field.name)):
            raise ErrorAnswer("BDC_1117", field.name)


def fresh(context: Context, entity: Entity, values: JsonObject) -> JsonObject:
    """A line that was not there before."""
    require(entity, values)
    array = lines_of(entity)
    return {
        **context.shape(entity).line_defaults,
        **values,
        "id": context.books.new_id(array.item_entity or array.name, array.item_id_prefix),
        **stamped(entity, createdTime=context.now, updatedTime=context.now),
    }


def ordered(entity: Entity, lines: list[JsonObject]) -> list[JsonObject]:
    """Numbered from 0 in the order they came (position as in captures)."""
    return [{**line, **stamped(entity, lineOrder=place)} for place, line in enumerate(lines)]


def stamped(entity: Entity, **values: Any) -> JsonObject:
    """The values that BILL itself writes on a line, as far as lines of this entity have them."""
    known = {each.name for each in lines_of(entity).item_fields}
    return {name: value for name, value in values.items() if name in known}


def lines_of(entity: Entity) -> Field:
    """The array of line items of a document."""
    if entity.lines is None:
        message = f"{entity.name} has no lines"
        raise TypeError(message)
    return entity.lines
