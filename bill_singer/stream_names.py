"""The names of streams that hold no entity of their own: line arrays, and the meaning of codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bill_api.entities import BY_NAME, ENTITIES
from bill_api.table.entity import snake

if TYPE_CHECKING:
    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field

CODE_LABELS = "code_labels"


def line_arrays(entity: Entity) -> tuple[Field, ...]:
    """The arrays of an entity that are streams of their own: those whose elements no other stream has."""
    return tuple(each for each in entity.children if each.item_fields and not _is_streamed(each))


def _is_streamed(array: Field) -> bool:
    """True if its elements are the rows of a List that is a stream."""
    listed = BY_NAME.get(array.item_entity or "")
    return listed is not None and listed.is_streamed


def line_stream_name(array: Field) -> str:
    """`bill_line_items` for elements that are a `BillLineItem`."""
    return f"{snake(array.item_entity or array.name)}s"


PARTS = frozenset({CODE_LABELS, *(line_stream_name(array) for each in ENTITIES for array in line_arrays(each))})
"""Streams that only repeat what others carry."""
