"""Rules for a document and the object that it is to change: an ordinary input does no harm.

- *rename*: what only the ledger knows an object by does not change its number, its party or its name.
- *takes away*: an update does not drop lines by accident.
- *lacks*: an object has what the settings require of it.

A copy of an organization is exempt from the first two: what it says has been accepted by BILL before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bill_api.identity.links import place_of
from bill_api.identity.totals import lines_counted, lines_sum
from bill_api.table.kinds import is_empty, same
from bill_api.table.problem import Problem
from target_bill.model.step import Action
from target_bill.plan.lines import has_text, partners

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field
    from target_bill.model.document import Document
    from target_bill.model.step import Step

SHOWN = 3
"""Lines that a message names."""

LESS = "its total would become less, and no text says that it is no other part of the document"


def may_rename(document: Document, bill_id: str, *, allow_renames: bool) -> bool:
    """True if a record may give the object that the ledger connects with it another number, party or name."""
    return document.is_copy or allow_renames or document.source_id == bill_id


def renamed(document: Document, body: Mapping[str, Any], stored: Mapping[str, Any], bill_id: str) -> Problem | None:
    """Refuse to give an object another number, party or name, where only the ledger connects it with the record."""
    entity = document.entity
    why = f"by the ledger this record is {bill_id}"
    return _changed(entity, dict.fromkeys((*entity.natural_key, *entity.owners)), body, stored, why)


def another_party(
    document: Document, body: Mapping[str, Any], stored: Mapping[str, Any], bill_id: str
) -> Problem | None:
    """Refuse to take an object for the record's that has its key, and belongs to another party."""
    entity = document.entity
    return _changed(entity, dict.fromkeys(entity.owners), body, stored, f"BILL has {bill_id} with this key")


def _changed(
    entity: Entity, names: Iterable[str], body: Mapping[str, Any], stored: Mapping[str, Any], why: str
) -> Problem | None:
    for name in names:
        if not is_empty(body.get(name)) and not same(entity.by_name[name], body[name], stored.get(name)):
            old = "nothing" if is_empty(stored.get(name)) else repr(stored[name])
            return Problem(
                field=name,
                reason=f"{why}, which has {old} here, and the record says {body[name]!r}; it may be another object",
                kind="BILL has another value here, and the object may be another one",
                hint="If two sources share keys, give each its own name (`source`). If the object was renamed, here or "
                "there, set `allow_renames` for one run.",
            )
    return None


def takes_away(entity: Entity, body: Mapping[str, Any], stored: Mapping[str, Any]) -> Problem | None:
    """Refuse an update that would drop a line that BILL has.

    A line stays the same when its amount, quantity or price change, or else nothing but its text, or its account.
    Lines without any text cannot be told apart, for many lines share one account: of those, neither their number nor
    their total may become less, not even of a line alone, which may be another part of the document in a later file.
    """
    array = entity.lines
    if array is None or array.name not in body:
        return None
    sent, kept = body[array.name] or (), stored.get(array.name) or ()
    paired = set(partners(array, sent, kept))
    lost = [line for place, line in enumerate(kept) if place not in paired]
    is_less = any(not has_text(array, line) for line in (*sent, *kept)) and lines_sum(sent) < lines_sum(kept)
    if not lost and not is_less:
        return None
    if lost and len(sent) >= len(kept):
        return _untold(entity, array, lost)
    what = f"{len(lost)} of its lines would be gone" if lost else LESS
    return Problem(
        field=array.name,
        reason=f"BILL has {sum_shown(kept)}, and the record has {sum_shown(sent)}: {what}",
        kind="the update would take lines or money away from what BILL has",
        hint="Give all lines of the document in one record; where lines are really to go, name the stream in "
        f"`allow_fewer_lines`: [{entity.stream}].",
    )


def _untold(entity: Entity, array: Field, lost: Sequence[Mapping[str, Any]]) -> Problem:
    """The problem of a record that has lines enough, and it is not certain which is which of BILL's."""
    amounts = [f"{lines_sum([line]):,.2f}" for line in lost]
    named = ", ".join([*amounts[:SHOWN], *(["..."] if len(amounts) > SHOWN else [])])
    which = f"BILL's line of {named} is" if len(lost) == 1 else f"BILL's lines of {named} are"
    return Problem(
        field=array.name,
        reason=f"it is not certain which of the record's lines {which}: more than its amount, its text or its account "
        "differs, or another line is like it",
        kind="it is not certain which of the record's lines is which of BILL's",
        hint="Give the line's `id` of BILL, or change one of them at a time. If lines are really to be replaced, name "
        f"the stream in `allow_fewer_lines`: [{entity.stream}].",
    )


def lacks(step: Step, required: Iterable[str]) -> Problem | None:
    """Refuse to create or change an object so that it has nothing in a field that the settings require.

    Args:
        step: The write.
        required: Names of fields; those of lines behind their array and a point.
    """
    if step.action not in {Action.CREATE, Action.UPDATE}:
        return None
    for name in required:
        array, _, inner = name.rpartition(".")
        holders = step.expected.get(array) or () if array else (step.expected,)
        for place, each in enumerate(holders):
            if is_empty(each.get(inner), _field(step.entity, array, inner)):
                where = place_of(inner, place if array else None)
                return Problem(
                    field=where,
                    reason=f"there is nothing in `{name}`, which is required",
                    hint="Fill it in, by name or id; what is required of "
                    f"`{step.entity.stream}` stands in the setting `required_fields`.",
                )
    return None


def _field(entity: Entity, array: str, name: str) -> Field:
    fields = entity.by_name[array].item_fields if array else entity.fields
    return next(each for each in fields if each.name == name)


def sum_shown(lines: Sequence[Mapping[str, Any]]) -> str:
    """The number of lines and their sum, for people."""
    return f"{lines_counted(lines)} of {lines_sum(lines):,.2f}"
