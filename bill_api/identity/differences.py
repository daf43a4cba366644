"""Differences between what was sent and the object that BILL holds."""

from __future__ import annotations

from collections import deque
from itertools import chain
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
    """For each line that was sent, the place of the stored line that holds the same; each is taken once.

    As many as can be are paired: a line that says less may hold in several, and leaves to another the only one it has.
    """
    takers: dict[int, int] = {}
    for place, line in enumerate(sent):
        # Mostly lines stand where they stood: that one is tried first.
        tried = chain((place,), (other for other in range(len(stored)) if other != place))
        free = (other for other in tried if other < len(stored) and other not in takers)
        found = next((each for each in free if not differences(fields, line, stored[each])), None)
        if found is not None:
            takers[found] = place
        else:
            _pair_anew(fields, sent, stored, takers, place)
    pairs = {place: other for other, place in takers.items()}
    return [pairs.get(place) for place in range(len(sent))]


def _pair_anew(
    fields: Sequence[Field],
    sent: Sequence[Mapping[str, Any]],
    stored: Sequence[Mapping[str, Any]],
    takers: dict[int, int],
    place: int,
) -> None:
    """Give a line what another one has, if that one can have something else; `takers` are sent lines by stored ones."""
    came_from: dict[int, int] = {}
    asked: list[Mapping[str, Any]] = []
    waiting = deque([place])
    while waiting:
        asking = waiting.popleft()
        line = sent[asking]
        if line in asked:  # it holds in the same
            continue
        asked.append(line)
        for other in range(len(stored)):
            if other in came_from or differences(fields, line, stored[other]):
                continue
            came_from[other] = asking
            if other in takers:
                waiting.append(takers[other])
                continue
            _pass_on(takers, came_from, other)
            return


def _pass_on(takers: dict[int, int], came_from: Mapping[int, int], free: int) -> None:
    """Each on the way to a stored line that is free takes the next one, and leaves its own to the one before."""
    other: int | None = free
    while other is not None:  # the first one had none
        asking = came_from[other]
        left = next((each for each, taker in takers.items() if taker == asking), None)
        takers[other] = asking
        other = left


def _holds(field: Field, sent: Any, stored: Any) -> bool:
    if field.item_fields:
        given, kept = sent or [], stored or []
        return len(given) == len(kept) and None not in paired(field.item_fields, given, kept)
    if field.sensitive and isinstance(stored, str) and kinds.MASK in stored:
        return str(sent).endswith(stored.replace("*", ""))
    return kinds.same(field, sent, stored)
