"""BILL's objects as Singer's records: the types of their values, and the values themselves.

On the way out datetimes become RFC 3339 UTC with whole seconds, and the all-zero id becomes null. Numbers are
`int` or `Decimal` from the first byte on.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bill_api.table.entity import ORGANIZATION_ID, ZERO_ID
from bill_api.table.fields import Field, FieldType
from bill_values.instants import rfc3339

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bill_api.table.entity import Entity

JSON_TYPE: Mapping[FieldType, Mapping[str, Any]] = MappingProxyType(
    {
        FieldType.ID: {"type": ["string", "null"]},
        FieldType.STRING: {"type": ["string", "null"]},
        FieldType.ENUM: {"type": ["string", "null"]},
        FieldType.DATE: {"type": ["string", "null"], "format": "date"},
        FieldType.DATETIME: {"type": ["string", "null"], "format": "date-time"},
        FieldType.MONEY: {"type": ["number", "null"], "precision": 18, "scale": 2},
        FieldType.DECIMAL: {"type": ["number", "null"]},
        FieldType.INTEGER: {"type": ["integer", "null"]},
        FieldType.BOOLEAN: {"type": ["boolean", "null"]},
        FieldType.ARRAY: {"type": ["array", "null"]},
        FieldType.OBJECT: {"type": ["object", "null"]},
    }
)
"""The JSON schema of a kind of value in a Singer record; anything may be null."""

NUMBER_SIZE = frozenset({"precision", "scale"})
"""Words for the size of a number, in digits: no JSON Schema, so that who does not know them passes them over."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """Which values of an object have to be changed; computed once, because it is done millions of times."""

    ids: tuple[str, ...]
    instants: tuple[str, ...]

    def convert(self, obj: dict[str, Any]) -> None:
        """Change them in place."""
        for name in self.ids:
            if obj.get(name) == ZERO_ID:
                obj[name] = None
        for name in self.instants:
            if (value := obj.get(name)) is not None:
                obj[name] = rfc3339(value)


def record_of(entity: Entity, obj: dict[str, Any], organization_id: str) -> dict[str, Any]:
    """Turn BILL's object into a record, in place. Unknown keys are kept as they are."""
    own, arrays = _plan(entity)
    own.convert(obj)
    for name, plan in arrays:
        for child in obj.get(name) or ():
            plan.convert(child)
    obj[ORGANIZATION_ID] = organization_id
    return obj


@cache
def _plan(entity: Entity) -> tuple[_Plan, tuple[tuple[str, _Plan], ...]]:
    """The changes for an object of an entity, and for the elements of its child arrays."""
    children = tuple((each.name, _plan_of(each.item_fields)) for each in entity.children if each.item_fields)
    return _plan_of(entity.fields), children


def _plan_of(fields: tuple[Field, ...]) -> _Plan:
    return _Plan(
        ids=tuple(each.name for each in fields if each.type is FieldType.ID),
        instants=tuple(each.name for each in fields if each.type is FieldType.DATETIME),
    )
