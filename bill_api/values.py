"""BILL's values as Singer's, and back.

On the way out datetimes become RFC 3339 UTC with whole seconds, and the all-zero id becomes null. Numbers are
`int` or `Decimal` from the first byte on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from bill_api.entity import ZERO_ID
from bill_api.fields import Field, FieldType

if TYPE_CHECKING:
    from bill_api.entity import Entity

ORGANIZATION_ID = "organizationId"
"""Added to every record, so that several organizations can share a table."""

_WIRE_FORMAT = "%Y-%m-%dT%H:%M:%S.000+0000"
_WIRE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000", re.ASCII)


def parse_instant(text: str) -> datetime | None:
    """Read an instant, as UTC, in BILL's form or in RFC 3339; None when it is neither."""
    try:
        instant = datetime.fromisoformat(text)
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def wire_instant(instant: datetime) -> str:
    """An instant as BILL writes it: whole seconds, `+0000` (documented: V2 api-response-format)."""
    return instant.astimezone(UTC).strftime(_WIRE_FORMAT)


def rfc3339(text: Any) -> Any:
    """BILL's datetime as RFC 3339 UTC with whole seconds; anything unreadable passes unchanged.

    Milliseconds are .000 in every sample, so BILL's precision is a second (inferred). They are cut off so that
    bookmarks compare as text.
    """
    if isinstance(text, str):
        if _WIRE.fullmatch(text):
            return text[:19] + "Z"
        instant = parse_instant(text)
        if instant is not None:
            return instant.isoformat(timespec="seconds").removesuffix("+00:00") + "Z"
    return text


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


def record_of(entity: Entity, obj: dict[str, Any], organization_id: str) -> dict[str, Any]:
    """Turn BILL's object into a record, in place. Unknown keys are kept as they are."""
    own, arrays = _plan(entity)
    own.convert(obj)
    for name, plan in arrays:
        for child in obj.get(name) or ():
            plan.convert(child)
    obj[ORGANIZATION_ID] = organization_id
    return obj
