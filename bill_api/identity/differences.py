"""Differences between what was sent and the object that BILL holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bill_api.table import kinds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bill_api.table.fields import Field


def differences(fields: Sequence[Field], sent: Mapping[str, Any], stored: Mapping[str, Any]) -> list[str]:
    """The fields in which BILL's object is not what was sent.

    A key that BILL leaves out counts as empty (seen by integrations). Fields that BILL sets are not compared: what is
    sent for them is ignored (documented: Key-Concepts). Of a number that BILL shows masked the digits that it shows are
    compared; lines may stand in another order.

    Args:
        fields: Of the entity, or of its lines.
        sent: The body of the write.
        stored: The object as BILL gives it.
    """
    return [
        field.name
        for field in fields
        if field.name in sent and _is_compared(field) and not _holds(field, sent[field.name], stored.get(field.name))
    ]


def _is_compared(field: Field) -> bool:
    return not field.read_only and field.name != "entity"


def paired(
    fields: Sequence[Field], sent: Sequence[Mapping[str, Any]], stored: Sequence[Mapping[str, Any]]
) -> list[int | None]:
    """For each line that was sent, the place of the stored line that holds the same; each is taken once."""
    free = dict(enumerate(stored))
    pairs: list[int | None] = []
    for place, line in enumerate(sent):
        # Mostly lines stand where they stood: that one is tried first.
        tried = [place, *free] if place in free else list(free)
        found = next((each for each in tried if not differences(fields, line, free[each])), None)
        if found is not None:
            del free[found]
        pairs.append(found)
    return pairs


def _holds(field: Field, sent: Any, stored: Any) -> bool:
    if field.item_fields:
        given, kept = sent or [], stored or []
        return len(given) == len(kept) and None not in paired(field.item_fields, given, kept)
    if field.sensitive and isinstance(stored, str) and kinds.MASK in stored:
        return str(sent).endswith(stored.replace("*", ""))
    return kinds.same(field, sent, stored)
