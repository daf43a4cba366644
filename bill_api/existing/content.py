"""The content of BILL's objects that can be sent back, and the body of an update that takes nothing away by accident.

Documented: an update has the id, the mandatory fields and what changes (section 7, 2), and overwrites all lines
(section 7, 4). What it does to lines when it names none is unknown (section 7, 5). Sent as they are stored, with their
ids, they come out the same either way. What BILL sets by itself is left out: it is ignored or refused (section 7, 29).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from bill_api.table.fields import mandatory
from bill_api.table.kinds import is_empty

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field


def content_of(entity: Entity, obj: Mapping[str, Any]) -> dict[str, Any]:
    """The writable fields of an object that have a value, and those of its lines."""
    found = _values(entity.fields, obj)
    lines = entity.lines
    if lines is not None and isinstance(obj.get(lines.name), list):
        found[lines.name] = [_values(lines.item_fields, line) for line in obj[lines.name]]
    return found


def _values(fields: tuple[Field, ...], obj: Mapping[str, Any]) -> dict[str, Any]:
    writable = _writable(fields)
    return {name: value for name, value in obj.items() if name in writable and not is_empty(value)}


@cache
def _writable(fields: tuple[Field, ...]) -> frozenset[str]:
    return frozenset(each.name for each in fields if not (each.read_only or each.item_fields or each.name == "entity"))


@cache
def standing(entity: Entity) -> tuple[str, ...]:
    """The fields that every update has: the mandatory ones, and the lines of a document."""
    wanted = {*mandatory(entity.fields), entity.lines}
    return tuple(each.name for each in entity.fields if each in wanted)


def complete_update(entity: Entity, stored: Mapping[str, Any], changed: Mapping[str, Any]) -> dict[str, Any]:
    """The body of an update with all that BILL wants in it, also where it does not change.

    Args:
        entity: What is changed.
        stored: The object as BILL gives it, with its lines.
        changed: The fields to change; lines that are given replace all lines.
    """
    content, lines = content_of(entity, stored), entity.lines
    if lines is not None and lines.name in content:
        content[lines.name] = [{"entity": lines.item_entity, **line} for line in content[lines.name]]
    kept = {name: content[name] for name in standing(entity) if not is_empty(content.get(name))}
    return {"id": stored["id"], **kept, **changed}
