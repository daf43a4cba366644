"""JSON of stored objects as callers get it, by the switches."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from bill_api.table.fields import FieldType
from bill_simulator.encoding import decode, encode
from bill_simulator.rules.computed import mask

if TYPE_CHECKING:
    from bill_api.table.entity import Entity
    from bill_simulator.rules.calls import Context


def presented(context: Context, entity: Entity, data: bytes) -> bytes:
    """The JSON without what a caller is not told, and with null for what is empty, or without (`empty_fields`)."""
    switches = context.switches
    if entity.partial and (hidden := context.shape(entity).hidden(switches)):
        data = encode(without(decode(data), hidden))
    if switches.empty_fields == "omit":
        data = encode(without_nulls(decode(data)))
    if switches.empty_fields == "empty_text":
        data = encode(with_empty_texts(decode(data), texts_of(entity)))
    if switches.routing_numbers == "masked" and "routingNumber" in entity.by_name:
        data = encode(with_masked_routing(decode(data)))
    return data


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


def with_masked_routing(value: Any) -> Any:
    """The same, with every routing number masked like an account number (for the switch `routing_numbers`)."""
    if isinstance(value, dict):
        return {
            name: mask(each) if name == "routingNumber" else with_masked_routing(each) for name, each in value.items()
        }
    return [with_masked_routing(each) for each in value] if isinstance(value, list) else value
