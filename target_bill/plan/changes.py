"""The fields that an update changes, and the body that it sends.

Documented: an update has the id, the mandatory fields and what changes (DS: Key-Concepts). Inferred: fields that are
left out are kept, and a line array that is there replaces the lines, where an element with an id keeps its line. What
is sent here comes out the same if BILL merged the lines by their ids instead, as long as none is taken away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bill_api.existing.content import standing
from bill_api.identity.differences import differences, paired
from bill_api.identity.totals import QUANTITIES, TOTAL
from bill_api.table.entity import IS_ACTIVE
from bill_api.table.fields import FieldType, by_name
from bill_api.table.kinds import emptied, is_empty, same
from target_bill.model.change import Change
from target_bill.model.document import LINE_ID, without_id
from target_bill.model.write import differing
from target_bill.plan.lines import partners

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field
    from target_bill.model.step import Step


UNSET = (False, "0")
"""Values of a field that was emptied and cannot be empty."""


def changes(entity: Entity, body: Mapping[str, Any], stored: Mapping[str, Any]) -> list[Change]:
    """The fields of a body that BILL has another value in."""
    return [
        Change(field=name, old=stored.get(name), new=body[name])
        for name in differences(entity.fields, _comparable(entity, body), stored)
    ]


def update_body(entity: Entity, changed: Sequence[Change], stored: Mapping[str, Any]) -> dict[str, Any]:
    """The body of an update: the mandatory fields as they are, lines too, and the changed ones."""
    body = {name: stored[name] for name in standing(entity) if name in stored}
    for change in changed:
        each = entity.by_name[change.field]
        if each.item_fields:
            body[each.name] = _renewed(each, change.new or [], change.old or [])
        else:
            body[each.name] = emptied(each) if change.new is None else change.new
    return body


def emptied_by(step: Step, obj: Mapping[str, Any]) -> list[str]:
    """The fields that an update left out, and that BILL emptied. It keeps them (live, of Vendor: section 7, 3).

    Args:
        step: The update.
        obj: The object as BILL holds it now.
    """
    before = step.before.content if step.before else {}
    return [
        name
        for name, value in before.items()
        if name not in step.body and not _is_unset(value) and _is_unset(obj.get(name))
    ]


def was_emptied(entity: Entity, before: Mapping[str, Any], wanted: Mapping[str, Any], held: Mapping[str, Any]) -> bool:
    """True if an object is as an update leaves it where BILL empties what an update leaves out.

    It keeps that (live, of Vendor: section 7, 3).

    Args:
        entity: Of the object.
        before: What it held before the update.
        wanted: What it was to hold afterwards.
        held: What it holds.
    """
    sent = {*standing(entity), *differing(entity, before, wanted)}
    lost = [name for name in differing(entity, wanted, held) if name != IS_ACTIVE]  # that comes in a call of its own
    return bool(lost) and all(name not in sent and _is_unset(held.get(name)) for name in lost)


def _is_unset(value: Any) -> bool:
    return is_empty(value) or value in UNSET


def without_update(
    entity: Entity, before: Mapping[str, Any], wanted: Mapping[str, Any], held: Mapping[str, Any]
) -> Mapping[str, Any]:
    """The content of an object as if an update had not been sent of which it is not known what it did.

    Another writer may have changed the object at the same time: what the update was not to change stays as it is.

    Args:
        entity: Of the object.
        before: What it held before the update.
        wanted: What it was to hold afterwards.
        held: What it holds.
    """
    if was_emptied(entity, before, wanted, held):
        return before
    changed = differing(entity, before, wanted)
    kept = {name: value for name, value in held.items() if name not in changed}
    return {**kept, **{name: before[name] for name in changed if name in before}}


def _comparable(entity: Entity, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """A body whose lines have no ids: whether a line is the same is a question of what it says."""
    lines = entity.lines
    if lines is None or not body.get(lines.name):
        return body
    return {**body, lines.name: [without_id(line) for line in body[lines.name]]}


def _renewed(
    array: Field, given: Sequence[Mapping[str, Any]], stored: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The lines to send.

    A line that did not change, or only in its amount, quantity or price, keeps its id and all that it has; the others
    take over the ids that are left, their own first, and leave nothing of the old line behind.
    """
    found = pairs(array, given, stored)
    left = {line[LINE_ID]: line for place, line in enumerate(stored) if place not in found and LINE_ID in line}
    lines: list[dict[str, Any]] = []
    for own, pair in zip(given, found, strict=True):
        line = without_id(own)
        if pair is not None:
            lines.append({**_kept(array, line, stored[pair]), **_sendable(array, line)})
        elif left:
            line_id = own.get(LINE_ID) if own.get(LINE_ID) in left else next(iter(left))
            old = left.pop(line_id)
            lines.append({LINE_ID: line_id, **_gone(array, line, old), **_sendable(array, line)})
        else:
            lines.append(_sendable(array, line))
    return lines


def restored(
    array: Field, former: Sequence[Mapping[str, Any]], stored: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The lines to send so that a document has its former lines: each in its own line where that is still there.

    Other than a record, which may say less than BILL has, they say everything: what they do not have is emptied.
    """
    left = {line[LINE_ID]: line for line in stored if LINE_ID in line}
    own = [left.pop(line.get(LINE_ID), None) for line in former]
    olds = [old if old is not None or not left else left.pop(next(iter(left))) for old in own]
    return [
        {**({LINE_ID: old[LINE_ID], **_gone(array, line, old)} if old else {}), **_sendable(array, without_id(line))}
        for line, old in zip(former, olds, strict=True)
    ]


def pairs(array: Field, given: Sequence[Mapping[str, Any]], stored: Sequence[Mapping[str, Any]]) -> list[int | None]:
    """For each line the place of the stored one that it is: the same one, or else one that differs in its amount."""
    found = paired(array.item_fields, [without_id(line) for line in given], stored)
    unpaired = [place for place, pair in enumerate(found) if pair is None and LINE_ID not in given[place]]
    free = [place for place in range(len(stored)) if place not in found]
    others = partners(array, [given[place] for place in unpaired], [stored[place] for place in free])
    for place, pair in zip(unpaired, others, strict=True):
        found[place] = None if pair is None else free[pair]
    return found


def _kept(array: Field, line: Mapping[str, Any], old: Mapping[str, Any]) -> Mapping[str, Any]:
    """Values of an old line that may stay beside the new one: no amount against its price, nor the reverse."""
    fields = by_name(array.item_fields)
    new = {name for name in QUANTITIES & line.keys() if not same(fields[name], line[name], old.get(name))}
    outdated = (QUANTITIES - {TOTAL} if TOTAL in new else {TOTAL}) if new else frozenset()
    return {name: value for name, value in old.items() if name not in outdated}


def _gone(array: Field, line: Mapping[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
    """Values of an old line that must not stay, for BILL may keep what is left out. An amount follows from the rest."""
    fields = by_name(array.item_fields)
    kept = {LINE_ID, TOTAL, *line}
    return {name: emptied(fields[name]) for name in old if name not in kept and fields[name].type is not FieldType.ENUM}


def _sendable(array: Field, line: Mapping[str, Any]) -> dict[str, Any]:
    fields = by_name(array.item_fields)
    return {name: emptied(fields[name]) if value is None else value for name, value in line.items()}
