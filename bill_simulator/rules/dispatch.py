"""From a path to a rule: what is called, on which entity, and whether this session may."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bill_api.entities import BY_NAME
from bill_api.entity import Operation
from bill_api.fields import FieldType
from bill_simulator.behaviour.refusals import Refusal
from bill_simulator.encoding import decode, encode
from bill_simulator.rules import bulk, crud
from bill_simulator.rules.computed import with_masked_routing
from bill_simulator.rules.listing import list_rows
from bill_simulator.wire.envelope import Reply, bulk_reply, data_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bill_api.entity import Entity
    from bill_simulator.behaviour.switches import Switches
    from bill_simulator.state.sessions import Session
    from bill_simulator.state.shapes import Shape
    from bill_simulator.state.world import World

PATH = re.compile(r"/(?:(?P<bulk>Bulk/)?Crud/(?P<verb>\w+)|(?P<list>List))/(?P<entity>\w+)(?P<suffix>\.json)?")
VERBS = MappingProxyType(
    {
        "Create": Operation.CREATE,
        "Read": Operation.READ,
        "Update": Operation.UPDATE,
        "Delete": Operation.DELETE,
        "Undelete": Operation.UNDELETE,
    }
)
BULK_VERBS = MappingProxyType(
    {"Create": Operation.BULK_CREATE, "Update": Operation.BULK_UPDATE, "Delete": Operation.BULK_DELETE}
)
RULES: Mapping[Operation, bulk.Rule] = MappingProxyType(
    {
        Operation.CREATE: crud.create,
        Operation.READ: crud.read,
        Operation.UPDATE: crud.update,
        Operation.DELETE: crud.delete,
        Operation.UNDELETE: crud.undelete,
        Operation.BULK_CREATE: crud.create,
        Operation.BULK_UPDATE: crud.update,
        Operation.BULK_DELETE: crud.delete,
    }
)
READING = frozenset({Operation.LIST, Operation.READ})
BULKY = frozenset(BULK_VERBS.values())


@dataclass(frozen=True, slots=True)
class Target:
    """What a path asks for."""

    operation: Operation
    entity: Entity

    @property
    def writes(self) -> bool:
        """Whether it can change something."""
        return self.operation not in READING

    @property
    def act(self) -> str:
        """What a user needs permission for: the same alone and in bulk (inferred)."""
        return f"{self.operation.removeprefix('bulk_')}/{self.entity.name}"


def entity_in(path: str) -> str | None:
    """The entity that a path names, for the request log."""
    parts = PATH.fullmatch(path)
    return parts["entity"] if parts else None


def target_of(path: str) -> Target:
    """The operation and entity of a path; names are case-sensitive (inferred).

    BDC_1128 for an unknown List entity, BDC_1114 for another unknown entity, BDC_1115 for an unknown verb (documented:
    error list); BDC_1121, API not supported, where nothing says that BILL offers this for this entity (inferred).
    Bulk paths work without `.json` too (seen in a client).
    """
    parts = PATH.fullmatch(path)
    if parts is None or not (parts["suffix"] or parts["bulk"]):
        raise Refusal("BDC_1121", path)
    if parts["list"]:
        operation: Operation | None = Operation.LIST
    else:
        operation = (BULK_VERBS if parts["bulk"] else VERBS).get(parts["verb"])
    if operation is None:
        raise Refusal("BDC_1115", parts["verb"])
    entity = BY_NAME.get(parts["entity"])
    if entity is None:
        raise Refusal("BDC_1128" if parts["list"] else "BDC_1114", parts["entity"])
    if not entity.offers(operation) and operation not in entity.unknown:
        raise Refusal("BDC_1121", path)
    return Target(operation, entity)


def check_trust(target: Target, session: Session, switches: Switches) -> None:
    """BDC_1361 for what needs an MFA-trusted session (which operations: documented; the code: seen in clients)."""
    if switches.mfa_required == "no":
        return
    gated = target.operation in target.entity.trusted
    if target.entity.name == "VendorBankAccount":
        gated |= target.operation is Operation.READ and switches.bank_account_reads != "open"
        gated |= target.operation is Operation.LIST and switches.bank_account_reads == "read_and_list_gated"
        gated |= target.operation is Operation.UNDELETE  # as good as a create (inferred)
    if gated and not session.trusted:
        raise Refusal("BDC_1361")


def serve(world: World, session: Session, target: Target, form: Mapping[str, str]) -> Reply:
    """Do what was asked, between two awaits, so that it is done whole or not at all."""
    if not world.sessions.is_open(session):
        raise Refusal("BDC_1109")
    if not target.entity.offers(target.operation) and world.switches.unknown_operations == "refuse":
        raise Refusal("BDC_1121")
    session.check_permission(target.act)
    check_trust(target, session, world.switches)
    books = world.books[session.organization_id]
    shape = books.table(target.entity).shape
    data = data_of(form, required=target.operation is not Operation.LIST)
    if target.operation is Operation.LIST:
        array, rows = list_rows(books.table(target.entity), data, world.switches, world.limits)
        return dressed(Reply(data=array, rows=rows), shape, world.switches)
    desk = crud.Desk(books=books, switches=world.switches, user_id=session.user.id, now=world.clock.stamp())
    rule = RULES[target.operation]
    if target.operation in BULKY:
        elements = bulk.elements_of(data, world.limits.bulk_objects, world.switches)
        served = bulk.within_hour(elements, world.gate, session.developer_key, world.switches)
        over_hour = [Refusal("BDC_1144", world.limits.requests_per_hour) for _ in elements[served:]]
        results = [*bulk.run(desk, target.entity, rule, elements[:served]), *over_hour]
        return dressed(bulk_reply(results, is_error=bulk.is_error(desk, results)), shape, world.switches)
    return dressed(Reply(data=rule(desk, target.entity, data).whole, rows=1), shape, world.switches)


def dressed(reply: Reply, shape: Shape, switches: Switches) -> Reply:
    """The answer without what a caller is not told, and with null for what is empty, or without (`empty_fields`)."""
    data = reply.data
    if shape.entity.partial and (hidden := shape.hidden(switches)):
        data = encode(without(decode(data), hidden))
    if switches.empty_fields == "omit":
        data = encode(without_nulls(decode(data)))
    if switches.empty_fields == "empty_text":
        data = encode(with_empty_texts(decode(data), texts_of(shape.entity)))
    if switches.routing_numbers == "masked" and "routingNumber" in shape.entity.by_name:
        data = encode(with_masked_routing(decode(data)))
    return replace(reply, data=data)


def without(value: Any, names: frozenset[str]) -> Any:
    """The same, but for these keys."""
    if isinstance(value, dict):
        return {name: without(each, names) for name, each in value.items() if name not in names}
    return [without(each, names) for each in value] if isinstance(value, list) else value


@cache
def texts_of(entity: Entity) -> frozenset[str]:
    """The names of its text fields, those of its lines included."""
    of_lines = [each for array in entity.fields for each in array.item_fields]
    return frozenset(each.name for each in (*entity.fields, *of_lines) if each.type is FieldType.STRING)


def with_empty_texts(value: Any, texts: frozenset[str]) -> Any:
    """The same, with an empty text where a text is null."""
    if isinstance(value, dict):
        return {
            name: "" if each is None and name in texts else with_empty_texts(each, texts)
            for name, each in value.items()
        }
    return [with_empty_texts(each, texts) for each in value] if isinstance(value, list) else value


def without_nulls(value: Any) -> Any:
    """The same, but for keys whose value is null."""
    if isinstance(value, dict):
        return {name: without_nulls(each) for name, each in value.items() if each is not None}
    return [without_nulls(each) for each in value] if isinstance(value, list) else value
