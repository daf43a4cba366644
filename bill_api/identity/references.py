"""Names by which a record refers to another without its BILL id: `vendorName` in place of `vendorId`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bill_api.entities import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field

NAME = "Name"
"""The suffix of references by a plain name (`vendorName`), of which paths through trees are made too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One way to name the record that an id field points at.

    Attributes:
        field: The field that takes BILL's id.
        alias: The key that stands in for it.
        entity: What it points at.
        suffix: What the alias ends with, a key of the entity's lookups.
        by: The fields of that entity that hold the alias's text, joined by a blank.
    """

    field: Field
    alias: str
    entity: Entity
    suffix: str
    by: tuple[str, ...]


def references(fields: tuple[Field, ...]) -> tuple[Reference, ...]:
    """Every alias of these fields, in their order; read-only fields have none, for nobody sends them."""
    return tuple(
        Reference(field=field, alias=field.name.removesuffix("Id") + suffix, entity=entity, suffix=suffix, by=by)
        for field in fields
        if not field.read_only and (entity := BY_NAME.get(field.references or ""))
        for suffix, by in entity.lookups.items()
    )


@cache
def aliases(fields: tuple[Field, ...]) -> Mapping[str, Reference]:
    """References by their alias."""
    return MappingProxyType({each.alias: each for each in references(fields)})


def names_of(entity: Entity, obj: Mapping[str, Any]) -> dict[str, str]:
    """Names by which other records may call an object, by the suffix of the reference."""
    found = {}
    for suffix, fields in entity.lookups.items():
        shown = " ".join(str(obj[each]) for each in fields if obj.get(each) is not None).strip()
        if shown:
            found[suffix] = shown
    return found
