"""Fields that BILL has not taken of a write that it answered as done, in words for a person.

BILL ignores some of what it is sent (documented: Key-Concepts), and computes some itself: its answer is the only sign.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bill_api.existing.content import standing
from bill_api.identity.differences import differences, paired
from bill_api.table.entity import Operation
from bill_api.table.fields import by_name
from bill_api.table.kinds import shown
from bill_cli.sending.changes import EMPTY
from bill_cli.typed.field_names import did_you_mean, every_word
from bill_values.visible import HIDDEN, visible

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field


TELL_CONTENT = frozenset({Operation.CREATE, Operation.UPDATE, Operation.BULK_CREATE, Operation.BULK_UPDATE})
"""Operations whose answers are held against what was sent."""


def told_short(entity: Entity, operation: Operation, sent: Mapping[str, Any], stored: Mapping[str, Any]) -> str:
    """A sentence on what BILL has not taken of a write; empty where it has all.

    Args:
        entity: What it is.
        operation: Of the write.
        sent: As of `not_taken`.
        stored: As of `not_taken`.
    """
    words = not_taken(entity, sent, stored) if operation in TELL_CONTENT else []
    return f"but in BILL {'; '.join(words)}" if words else ""


def not_taken(entity: Entity, sent: Mapping[str, Any], stored: Mapping[str, Any]) -> list[str]:
    """The fields that are not as they were sent, with what BILL has: "`dueDate` is 2026-07-31".

    Args:
        entity: What it is.
        sent: The object of the write.
        stored: The object that BILL answered.
    """
    words: list[str] = []
    for name in differences(entity.fields, _answered(entity, sent, stored), stored):
        field = entity.by_name[name]
        if field.item_fields:
            words += _of_lines(field, sent[name] or [], stored.get(name) or [])
        else:
            words.append(_word(field, stored))
    return [*words, *_unknown(entity, sent, stored)]


def _unknown(entity: Entity, sent: Mapping[str, Any], stored: Mapping[str, Any]) -> Iterator[str]:
    """The keys that our table does not know, and that BILL does not tell of: most likely it has left them out."""
    if not _is_whole(entity, stored):
        return
    yield from _untold(entity.fields, sent, stored)
    lines = entity.lines
    if lines is None or not stored.get(lines.name):
        return
    told = {name for each in stored[lines.name] for name in each}
    for place, line in enumerate(sent.get(lines.name) or [], 1):
        yield from (f"`{lines.name}`, line {place}: {word}" for word in _untold(lines.item_fields, line, told))


def _untold(fields: tuple[Field, ...], sent: Mapping[str, Any], told: Collection[str]) -> Iterator[str]:
    for name in sent:
        if name not in by_name(fields) and name not in told:
            meant = did_you_mean(name, every_word(fields))
            yield f"nothing is told of `{visible(name)}`{f'; {meant}' if meant else ''}"


def _answered(entity: Entity, sent: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that the answer tells of.

    A key that BILL leaves out is empty (seen by integrations), in an object that is whole: if all answers of writes
    are is unknown. One without what every object has says nothing of what is missing in it, and none says anything of
    lines that it lacks.
    """
    lines = entity.lines.name if entity.lines else None
    is_whole = _is_whole(entity, stored)
    return {name: value for name, value in sent.items() if name in stored or (is_whole and name != lines)}


def _is_whole(entity: Entity, stored: Mapping[str, Any]) -> bool:
    return all(name in stored for name in standing(entity) if entity.lines is None or name != entity.lines.name)


def _word(field: Field, stored: Mapping[str, Any]) -> str:
    value = HIDDEN if field.sensitive else visible(shown(field, stored.get(field.name))) or EMPTY
    return f"`{field.name}` is {value}"


def _of_lines(array: Field, sent: Sequence[Mapping[str, Any]], stored: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if len(sent) != len(stored):
        yield f"`{array.name}` has {len(stored)} lines, not {len(sent)}"
    by_id = {str(each.get("id")): each for each in stored}
    for place, (line, pair) in enumerate(zip(sent, paired(array.item_fields, sent, stored), strict=True)):
        in_place = stored[place] if place < len(stored) else None
        other = by_id.get(str(line.get("id")), in_place)
        if pair is None and other is not None:
            names = set(differences(array.item_fields, line, other))
            words = [_word(field, other) for field in array.item_fields if field.name in names]
            yield f"`{array.name}`, line {place + 1}: {', '.join(words)}"
