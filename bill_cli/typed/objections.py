"""The reasons for which an object is not sent, said before the first call.

What BILL wants is what `bill_api.table` calls mandatory, for target-bill as well.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import click

from bill_api.errors import RefusedError
from bill_api.identity.references import short_words
from bill_api.identity.totals import QUANTITIES, TOTAL, contradicts
from bill_api.table.entity import ACTIVE, IS_ACTIVE, Operation, is_active
from bill_api.table.fields import by_name, mandatory
from bill_api.table.kinds import is_empty, same
from bill_cli.typed.field_names import did_you_mean, every_word, known_field
from bill_cli.typed.resources import name_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field

_DELETES = ((Operation.BULK_DELETE, Operation.DELETE), (Operation.BULK_UNDELETE, Operation.UNDELETE))


def check_new(entity: Entity, obj: Mapping[str, Any]) -> None:
    """Look that an object can be created.

    Raises:
        click.UsageError: It cannot, with the reasons.
    """
    if reasons := objections_to_new(entity, obj):
        raise click.UsageError("; ".join(reasons))


def check_change(entity: Entity, obj: Mapping[str, Any], stored: Mapping[str, Any]) -> None:
    """Look that an object can be changed so.

    Args:
        entity: What it is.
        obj: What is sent of it.
        stored: As BILL has it; empty where BILL does not tell.

    Raises:
        click.UsageError: It cannot, with the reasons.
    """
    field = entity.by_name.get(IS_ACTIVE)
    is_same = field is not None and IS_ACTIVE in obj and same(field, obj[IS_ACTIVE], stored.get(IS_ACTIVE))
    reasons = [*([] if is_same else objections_to_activity(entity, obj)), *objections_to_change(entity, obj, stored)]
    if reasons:
        raise click.UsageError("; ".join(reasons))


def objections_to_new(entity: Entity, obj: Mapping[str, Any]) -> list[str]:
    """The reasons for which an object cannot be created, none where it can.

    Args:
        entity: What it is.
        obj: All that is sent of it.
    """
    reasons = [*_missing(entity.fields, obj), *objections_to_change(entity, obj)]
    if obj.get(IS_ACTIVE, ACTIVE) != ACTIVE:
        reasons.append(f"`{IS_ACTIVE}`: what is created is active, another value may delete it at once: leave it out")
    return reasons


def objections_to_change(
    entity: Entity, obj: Mapping[str, Any], stored: Mapping[str, Any] = MappingProxyType({})
) -> list[str]:
    """The reasons for which a change cannot be sent: what BILL wants is empty, or a line contradicts itself.

    Args:
        entity: What it is of.
        obj: What is sent of it; a line without an `id` is new, and has all that BILL wants.
        stored: As BILL has it; a line that contradicts itself there is left as it is.
    """
    reasons = list(_emptied(entity.fields, obj))
    lines = entity.lines
    if lines is None:
        return reasons
    held = {str(each.get("id")): each for each in stored.get(lines.name) or []}
    for place, line in enumerate(obj.get(lines.name) or [], 1):
        told = f"`{lines.name}`, line {place}"
        missing = [] if line.get("id") else _missing(lines.item_fields, line)
        reasons += [f"{told}, {each}" for each in (*missing, *_emptied(lines.item_fields, line))]
        before = held.get(str(line.get("id")), {})
        if (computed := contradicts(line)) is not None and any(
            line.get(each) != before.get(each) for each in QUANTITIES
        ):
            reasons.append(
                f"{told}: its amount is {line[TOTAL]:,.2f}, and its quantity times its price {computed:,.2f}: "
                "let them agree, for BILL may go by either"
            )
    return reasons


def objection_to_deleted(entity: Entity, obj: Mapping[str, Any]) -> str | None:
    """The reason for which nothing is done to a deleted object: it is seldom meant. None for one that is not.

    Args:
        entity: What it is.
        obj: As BILL gives it.
    """
    if is_active(obj):
        return None
    name, bill_id = name_of(entity), obj["id"]
    return f"{name} {bill_id} is deleted: `bill undelete {name} {bill_id}` first"


def deleted_refusal(entity: Entity, obj: Mapping[str, Any]) -> RefusedError | None:
    """The same as an error, for what is done to one object."""
    deleted = objection_to_deleted(entity, obj)
    return RefusedError(f"{deleted}. Nothing was sent") if deleted else None


def objections_to_activity(entity: Entity, obj: Mapping[str, Any]) -> list[str]:
    """The reason for which a change of `isActive` is not sent: it deletes, and a cell is soon changed.

    Args:
        entity: What it is of.
        obj: What changes of it.
    """
    if IS_ACTIVE not in obj:
        return []
    verbs = [next((each for each in ways if entity.offers(each)), None) for ways in _DELETES]
    said = [each.value.replace("_", " ") for each in verbs if each is not None]
    if not said:
        return []
    ways = " or ".join(f"`bill {each} {name_of(entity)}`" for each in said)
    why = f"`{IS_ACTIVE}` deletes an object, or undeletes it, and is not changed by an update: {ways} does that"
    return [f"{why}; leave it out, or as BILL has it"]


def called(fields: tuple[Field, ...], field: Field) -> str:
    """A field by all names that a person may give it by: `vendorId` (or `vendor`)."""
    word = next((word for word, each in short_words(fields).items() if each is field and word != field.name), None)
    return f"`{field.name}` (or `{word}`)" if word else f"`{field.name}`"


def _missing(fields: tuple[Field, ...], obj: Mapping[str, Any]) -> Iterator[str]:
    """The fields that BILL wants, and that are not said, in words; with those that may have been meant by others."""
    unknown = [name for name in obj if name not in by_name(fields)]
    for field in mandatory(fields):
        if field.name in obj:
            continue
        words = [each for each in every_word(fields) if known_field(fields, each) is field]
        meant = ((name, did_you_mean(name, words)) for name in unknown)
        hint = next((f"; for `{name}`, {question}" for name, question in meant if question), "")
        yield f"{called(fields, field)}: BILL wants it, and it is missing{hint}"


def _emptied(fields: tuple[Field, ...], obj: Mapping[str, Any]) -> Iterator[str]:
    """The fields that BILL wants, and that are said to be empty, in words."""
    for field in mandatory(fields):
        if field.name in obj and is_empty(obj[field.name], field):
            yield f"{called(fields, field)}: BILL wants it, and it is empty"
