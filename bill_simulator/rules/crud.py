"""Create, read, update, delete and undelete of one object, each rule with its certainty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bill_api.table.entity import ACTIVE, INACTIVE
from bill_simulator.behaviour.refusals import ErrorAnswer
from bill_simulator.rules import uniqueness
from bill_simulator.rules.bank_accounts import account_added, account_removed, check_terms
from bill_simulator.rules.computed import complete
from bill_simulator.rules.lines import new_lines, renewed_lines
from bill_simulator.rules.values import accepted, flag, is_empty

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bill_api.table.entity import Entity
    from bill_simulator.rules.calls import Context
    from bill_simulator.state.books import StoredRow

JsonObject = dict[str, Any]


def create(context: Context, entity: Entity, element: Mapping[str, Any]) -> StoredRow:
    """Store a new object and answer with all of it (documented: Key-Concepts)."""
    sent = sent_object(entity, element)
    values = writable(context, entity, sent)
    require(entity, {**values, "entity": sent.get("entity")})
    check_terms(context, entity, element)
    table = context.books.table(entity)
    whole: JsonObject = {
        **table.shape.defaults,
        **values,
        "id": context.books.new_id(entity.name, entity.id_prefix),
        "createdTime": context.now,
        "updatedTime": context.now,
    }
    if context.switches.create_inactive == "activate":
        whole["isActive"] = ACTIVE
    for signature in ("createdBy", "usersId"):
        if signature in whole and is_empty(whole[signature]):
            whole[signature] = context.user_id
    if entity.lines:
        whole[entity.lines.name] = new_lines(context, entity, values[entity.lines.name])
    complete(whole)
    uniqueness.check(context, entity, whole, before=None, allowed=allows_duplicate(context, entity, element))
    row = context.books.put(entity, whole)
    if whole["isActive"] == ACTIVE:
        account_added(context, entity, whole)
    return row


def read(context: Context, entity: Entity, element: Mapping[str, Any]) -> StoredRow:
    """One object by its id; the code for an unknown one could not be established."""
    return found(context, entity, element)


def update(context: Context, entity: Entity, element: Mapping[str, Any]) -> StoredRow:
    """Merge what was sent into the object (live); lines are replaced when their key is there (documented)."""
    sent = sent_object(entity, element)
    if is_empty(sent.get("id")):
        raise ErrorAnswer("BDC_1117", "id")
    row = found(context, entity, sent)
    table = context.books.table(entity)
    before = table.object(row)
    values = writable(context, entity, sent)
    lines = values.pop(entity.lines.name, None) if entity.lines else None
    if context.switches.update_activity == "ignore":
        values.pop("isActive", None)
    kept = before if context.switches.update_absent == "keep" else cleared(context, entity, before)
    whole: JsonObject = {**kept, **values, "updatedTime": context.now}
    require(entity, whole)
    if context.switches.update_mandatory == "required":
        require(entity, sent)
    if entity.lines and entity.lines.name in sent:
        whole[entity.lines.name] = renewed_lines(context, entity, lines or [], before[entity.lines.name])
        require(entity, whole)
    elif entity.lines and context.switches.update_without_lines == "wipe":
        whole[entity.lines.name] = []
    complete(whole)
    uniqueness.check(context, entity, whole, before=before, allowed=allows_duplicate(context, entity, element))
    return context.books.put(entity, whole)


def delete(context: Context, entity: Entity, element: Mapping[str, Any]) -> StoredRow:
    """A soft delete: isActive becomes "2" (documented: deletebill); updatedTime moves on (inferred)."""
    row = found(context, entity, element)
    table = context.books.table(entity)
    whole = {**table.object(row), "isActive": INACTIVE, "updatedTime": context.now}
    if table.is_active(row):
        account_removed(context, entity, whole)
    return context.books.put(entity, whole)


def undelete(context: Context, entity: Entity, element: Mapping[str, Any]) -> StoredRow:
    """Active again (documented: undeletevendor), unless another has taken its name or number (unknown)."""
    row = found(context, entity, element)
    before = context.books.table(entity).object(row)
    whole = {**before, "isActive": ACTIVE, "updatedTime": context.now}
    uniqueness.check(context, entity, whole, before=before, allowed=allows_duplicate(context, entity, element))
    if before["isActive"] != ACTIVE:
        account_added(context, entity, whole)
    return context.books.put(entity, whole)


def sent_object(entity: Entity, element: Mapping[str, Any]) -> Mapping[str, Any]:
    """The `obj` of a create or update; BDC_1118 when it says another entity than the URL (documented)."""
    sent = element.get("obj")
    if not isinstance(sent, dict) or not sent:
        raise ErrorAnswer("BDC_1108", "obj")
    named = sent.get("entity")
    if named and named != entity.name:
        raise ErrorAnswer("BDC_1118", entity.name, named)
    return sent


def writable(context: Context, entity: Entity, sent: Mapping[str, Any]) -> JsonObject:
    """The values among those sent that may be stored."""
    shape = context.shape(entity)
    return accepted(context, shape.fields(context.switches), sent, shape.defaults)


def require(entity: Entity, values: Mapping[str, Any]) -> None:
    """BDC_1117 for the first mandatory field that is missing or empty (documented)."""
    for field in entity.fields:
        if field.required and is_empty(values.get(field.name)):
            raise ErrorAnswer("BDC_1117", field.name)


def found(context: Context, entity: Entity, sent: Mapping[str, Any], name: str = "id") -> StoredRow:
    """The stored object of the id that a call names it by; a refusal names the parameter."""
    object_id = sent.get(name)
    if is_empty(object_id):
        raise ErrorAnswer("BDC_1108", name)
    row = context.books.table(entity).rows.get(object_id) if isinstance(object_id, str) else None
    if row is None:
        raise ErrorAnswer(context.switches.not_found_code, name, object_id)
    return row


def cleared(context: Context, entity: Entity, before: JsonObject) -> JsonObject:
    """An object whose optional, writable fields are as if never sent; lines stay (for the switch `update_absent`)."""
    defaults = context.shape(entity).defaults
    kept = {each.name for each in entity.fields if each.read_only or each.required or each.item_entity}
    return {name: value if name in {*kept, "isActive"} else defaults[name] for name, value in before.items()}


def allows_duplicate(context: Context, entity: Entity, element: Mapping[str, Any]) -> bool:
    """The flag beside `obj`, where the entity has it (seen in a client)."""
    return "allowDuplicateInvNum" in entity.flags and flag(context, element, "allowDuplicateInvNum")
