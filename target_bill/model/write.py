"""A write of a run as it is kept for undo: what its object held before and afterwards, without hidden numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bill_api.existing.content import content_of
from bill_api.identity.differences import differences
from bill_api.table.entity import ACTIVE, INACTIVE, IS_ACTIVE, TIME, is_active
from target_bill.model.attachment import STREAMS
from target_bill.model.document import without_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bill_api.existing.objects import Stored
    from bill_api.table.entity import Entity


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """A write of a run to the object of a record.

    Attributes:
        run: The run.
        stream: The BILL stream.
        source_key: The record's key.
        bill_id: The object.
        former: What it held before; None for one that the run created.
        stored: What it held afterwards; in the place of the time of the change nothing where BILL did not tell it.
        unkept: The bank and tax numbers that were sent, by the names of their fields: nothing else is kept of them.
    """

    run: str
    stream: str
    source_key: str
    bill_id: str
    former: Mapping[str, Any] | None = field(repr=False)
    stored: Mapping[str, Any] = field(repr=False)
    unkept: Sequence[str] = ()

    @property
    def is_to_go(self) -> bool:
        """True if the object was not there before, or deleted."""
        return self.former is None or self.former.get(IS_ACTIVE) == INACTIVE

    @property
    def entity(self) -> Entity:
        """The entity of the object."""
        return STREAMS[self.stream]


def kept_of(entity: Entity, obj: Mapping[str, Any]) -> dict[str, Any]:
    """The content of an object that is kept: what can be sent back, but for bank and tax numbers."""
    content = content_of(entity, obj)
    kept = {name: value for name, value in content.items() if name not in entity.sensitive}
    kept[IS_ACTIVE] = ACTIVE if is_active(obj) else INACTIVE
    return kept


def kept_of_stored(entity: Entity, stored: Stored) -> dict[str, Any]:
    """The same of an object as a run has read it."""
    return kept_of(entity, {**stored.content, IS_ACTIVE: ACTIVE if stored.is_active else INACTIVE})


def kept_with_time(entity: Entity, obj: Mapping[str, Any]) -> dict[str, Any]:
    """The content of an object that is kept, with the time of its last change, by which hidden changes are noticed."""
    time = obj.get(TIME)
    return kept_of(entity, obj) | ({TIME: time} if isinstance(time, str) else {})


def differing(entity: Entity, one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """The fields in which two contents of an object differ, whichever says more; lines are compared without ids."""
    one, other = _without_ids(entity, one), _without_ids(entity, other)
    found = {
        *differences(entity.fields, {**dict.fromkeys(other), **one}, other),
        *differences(entity.fields, {**dict.fromkeys(one), **other}, one),
    }
    return [each.name for each in entity.fields if each.name in found]


def _without_ids(entity: Entity, content: Mapping[str, Any]) -> dict[str, Any]:
    lines = entity.lines
    known = {name: value for name, value in content.items() if name != TIME}
    if lines is not None:
        known[lines.name] = [without_id(line) for line in content.get(lines.name) or ()]
    return known
