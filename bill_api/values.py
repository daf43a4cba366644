"""BILL's values as Singer's, and back.

On the way out datetimes become RFC 3339 UTC with whole seconds, and the all-zero id becomes null. Numbers are
`int` or `Decimal` from the first byte on.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from bill_api.entity import ZERO_ID
from bill_api.fields import Field, FieldType

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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


def _reference(value: Any) -> Any:
    return None if value == ZERO_ID else value


def record_of(entity: Entity, obj: dict[str, Any], organization_id: str) -> dict[str, Any]:
    """Turn BILL's object into a record, in place. Unknown keys are kept as they are."""
    _convert(obj, _converters(entity.fields))
    for children in entity.children:
        of_children = _converters(children.item_fields)
        for child in obj.get(children.name) or () if of_children else ():
            _convert(child, of_children)
    obj[ORGANIZATION_ID] = organization_id
    return obj


def _convert(obj: dict[str, Any], converters: tuple[tuple[str, Callable[[Any], Any]], ...]) -> None:
    for name, convert in converters:
        if (value := obj.get(name)) is not None:
            obj[name] = convert(value)


_CONVERTER: Mapping[FieldType, Callable[[Any], Any]] = {FieldType.ID: _reference, FieldType.DATETIME: rfc3339}


@cache
def _converters(fields: tuple[Field, ...]) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
    return tuple((each.name, _CONVERTER[each.type]) for each in fields if each.type in _CONVERTER)
