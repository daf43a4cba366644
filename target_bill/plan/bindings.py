"""Rule for a document that money or a person's word binds: what was paid or approved is not made another by accident.

What BILL itself does with such a change is unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bill_api.identity.totals import line_amount
from bill_api.table.entity import ZERO_ID
from bill_api.table.fields import FieldType
from bill_api.table.kinds import is_empty
from bill_api.table.problem import Problem
from bill_values.exact_json import encode
from target_bill.model.step import Action, Notice

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field
    from target_bill.model.step import Step

SETTING = "paid_or_approved"
TOPIC = "changes of what is paid or approved"
OF_MONEY = frozenset({FieldType.MONEY, FieldType.DECIMAL, FieldType.ID})
"""Types of the fields that say how much, of what and whose."""


def broken_by(step: Step) -> Problem | None:
    """The fault of a step that changes or deletes a document although something binds it."""
    bound = step.before.bound if step.before else {}
    if not bound or step.action not in {Action.UPDATE, Action.DELETE}:
        return None
    touched = list(_touched(step))
    if not (touched or step.action is Action.DELETE):
        return None
    what = "it would be deleted" if step.action is Action.DELETE else f"{', '.join(touched)} would be changed"
    return Problem(
        field=next(iter(bound)),
        reason=f"{what}, and of {step.bill_id} BILL says: {', '.join(bound.values())}",
        kind="the document is paid or approved, in part at least, and would be changed or deleted",
        hint="Take the payment or the approval back in BILL first, or correct it there. To write it all the same, set "
        f"`{SETTING}: warn` for one run.",
    )


def notice(problem: Problem) -> Notice:
    """The same for a person who has it written all the same."""
    return Notice(problem.reason, TOPIC, (str(problem.field),))


def _touched(step: Step) -> Iterator[str]:
    """The fields that a change makes another in money, party, number or lines."""
    entity, before = step.entity, step.before.content if step.before else {}
    for each in step.changes:
        field = entity.by_name[each.field]
        if field is entity.lines:
            if _money_of(field, before.get(field.name)) != _money_of(field, step.expected.get(field.name)):
                yield field.name
        elif field.type in OF_MONEY or field.name in entity.natural_key or _is_end(entity, field, each.new):
            yield field.name


def _is_end(entity: Entity, field: Field, new: Any) -> bool:
    return field is entity.by_name.get("isActive") and new != "1"


def _money_of(array: Field, lines: Sequence[Mapping[str, Any]] | None) -> list[str]:
    """Lines in money and references, in an order of its own; their texts may be others."""
    names = [each.name for each in array.item_fields if each.type is FieldType.ID and each.name != "id"]
    return sorted(encode([str(line_amount(line)), *(_reference(line, name) for name in names)]) for line in lines or ())


def _reference(line: Mapping[str, Any], name: str) -> str:
    value = line.get(name)
    return "" if is_empty(value) or value == ZERO_ID else str(value)
