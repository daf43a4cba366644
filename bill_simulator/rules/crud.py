"""Create, read, update, delete and undelete of one object; how sure we are of each rule stands with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bill_api.entity import ACTIVE, INACTIVE
from bill_simulator.behaviour.refusals import Refusal
from bill_simulator.rules import uniqueness
from bill_simulator.rules.bank_accounts import account_added, account_removed, check_terms
from bill_simulator.rules.computed import complete
from bill_simulator.rules.lines import new_lines, renewed_lines
from bill_simulator.rules.values import accepted, is_empty

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bill_api.entity import Entity
    from bill_simulator.behaviour.switches import Switches
    from bill_simulator.state.books import Books, Row

Whole = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What every rule needs to know about the call it serves.

    Attributes:
        books: Of the session's organization.
        switches: Of this simulator.
        user_id: Who is signed in.
        now: The second of the call, on BILL's wire.
    """

    books: Books
    switches: Switches
    user_id: str
    now: str


def create(desk: Desk, entity: Entity, element: Mapping[str, Any]) -> Row:
    """Store a new object and answer with all of it (documented: Key-Concepts)."""
    sent = sent_object(entity, element)
    values = writable(desk, entity, sent)
    require(entity, {**values, "entity": sent.get("entity")})
    check_terms(entity, element)
    table = desk.books.table(entity)
    whole: Whole = {
        **table.shape.defaults,
        **values,
        "id": desk.books.new_id(entity.name, entity.id_prefix),
        "createdTime": desk.now,
        "updatedTime": desk.now,
    }
    if desk.switches.create_inactive == "activate":
        whole["isActive"] = ACTIVE
    for signature in ("createdBy", "usersId"):
        if signature in whole and is_empty(whole[signature]):
            whole[signature] = desk.user_id
    if entity.lines:
        whole[entity.lines.name] = new_lines(desk, entity, values[entity.lines.name])
    complete(whole)
    uniqueness.check(desk, entity, whole, before=None, allowed=allows_duplicate(element))
    row = desk.books.put(entity, whole)
    if whole["isActive"] == ACTIVE:
        account_added(desk, entity, whole)
    return row


def read(desk: Desk, entity: Entity, element: Mapping[str, Any]) -> Row:
    """One object by its id; the code for an unknown one could not be established."""
    return found(desk, entity, element.get("id"))


def update(desk: Desk, entity: Entity, element: Mapping[str, Any]) -> Row:
    """Merge what was sent into the object (inferred); lines are replaced when their key is there (inferred)."""
    sent = sent_object(entity, element)
    if is_empty(sent.get("id")):
        raise Refusal("BDC_1117", "id")
    row = found(desk, entity, sent["id"])
    table = desk.books.table(entity)
    before = table.object(row)
    values = writable(desk, entity, sent)
    lines = values.pop(entity.lines.name, None) if entity.lines else None
    kept = before if desk.switches.update_absent == "keep" else cleared(desk, entity, before)
    whole: Whole = {**kept, **values, "updatedTime": desk.now}
    require(entity, whole)
    if desk.switches.update_mandatory == "required":
        require(entity, sent)
    if entity.lines and entity.lines.name in sent:
        whole[entity.lines.name] = renewed_lines(desk, entity, lines or [], before[entity.lines.name])
        require(entity, whole)
    complete(whole)
    uniqueness.check(desk, entity, whole, before=before, allowed=allows_duplicate(element))
    return desk.books.put(entity, whole)


def delete(desk: Desk, entity: Entity, element: Mapping[str, Any]) -> Row:
    """A soft delete: isActive becomes "2" (documented: deletebill); updatedTime moves on (inferred)."""
    row = found(desk, entity, element.get("id"))
    table = desk.books.table(entity)
    whole = {**table.object(row), "isActive": INACTIVE, "updatedTime": desk.now}
    if table.is_active(row):
        account_removed(desk, entity, whole)
    return desk.books.put(entity, whole)


def undelete(desk: Desk, entity: Entity, element: Mapping[str, Any]) -> Row:
    """Active again (documented: undeletevendor), unless another has taken its name or number (unknown)."""
    row = found(desk, entity, element.get("id"))
    before = desk.books.table(entity).object(row)
    whole = {**before, "isActive": ACTIVE, "updatedTime": desk.now}
    uniqueness.check(desk, entity, whole, before=before, allowed=allows_duplicate(element))
    if before["isActive"] != ACTIVE:
        account_added(desk, entity, whole)
    return desk.books.put(entity, whole)


def sent_object(entity: Entity, element: Mapping[str, Any]) -> Mapping[str, Any]:
    """The `obj` of a create or update; BDC_1118 when it says another entity than the URL (documented)."""
    sent = element.get("obj")
    if not isinstance(sent, dict) or not sent:
        raise Refusal("BDC_1108", "obj")
    named = sent.get("entity")
    if named and named != entity.name:
        raise Refusal("BDC_1118", entity.name, named)
    return sent


def writable(desk: Desk, entity: Entity, sent: Mapping[str, Any]) -> Whole:
    """What of this may be stored."""
    shape = desk.books.table(entity).shape
    return accepted(shape.fields(desk.switches), sent, shape.defaults, desk)


def require(entity: Entity, values: Mapping[str, Any]) -> None:
    """BDC_1117 for the first mandatory field that is missing or empty (documented)."""
    for field in entity.fields:
        if field.required and is_empty(values.get(field.name)):
            raise Refusal("BDC_1117", field.name)


def found(desk: Desk, entity: Entity, object_id: Any) -> Row:
    """The stored object of an id."""
    if is_empty(object_id):
        raise Refusal("BDC_1108", "id")
    row = desk.books.table(entity).rows.get(object_id) if isinstance(object_id, str) else None
    if row is None:
        raise Refusal(desk.switches.not_found_code, "id", object_id)
    return row


def cleared(desk: Desk, entity: Entity, before: Whole) -> Whole:
    """An object whose optional, writable fields are as if never sent; lines stay (for the switch `update_absent`)."""
    defaults = desk.books.table(entity).shape.defaults
    kept = {each.name for each in entity.fields if each.read_only or each.required or each.item_entity}
    return {name: value if name in {*kept, "isActive"} else defaults[name] for name, value in before.items()}


def allows_duplicate(element: Mapping[str, Any]) -> bool:
    """The flag beside `obj` (seen in a client)."""
    return element.get("allowDuplicateInvNum") is True
