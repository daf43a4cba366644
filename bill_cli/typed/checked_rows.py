"""Rows that can be sent, and those that cannot, with where they stand and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from bill_api.table.entity import Operation
from bill_api.table.kinds import MASK, RefusedValueError, read
from bill_cli.typed.bodies import OBJECT, Body, body_in
from bill_cli.typed.objections import objections_to_new
from bill_cli.typed.option_values import WrongTextError, object_of, value_of
from bill_cli.typed.saved_cells import Doubtful

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field

TOLD_MAX = 10
"""Wrong rows that are named."""

BY_ID = frozenset({Operation.BULK_DELETE, Operation.BULK_UNDELETE})
"""Operations that send the ids of objects, and nothing else."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A row that cannot be sent, and why."""

    place: str
    reason: str


def refuse(name: str, wrong: Sequence[Wrong]) -> None:
    """End if there are rows that cannot be sent.

    Raises:
        click.UsageError: There are; the first of them are named.
    """
    if wrong:
        lines = [f"{name}, {each.place}: {each.reason}" for each in wrong[:TOLD_MAX]]
        more = [f"and {len(wrong) - TOLD_MAX} more"] if len(wrong) > TOLD_MAX else []
        raise click.UsageError("\n".join([*lines, *more, "Nothing was sent."]))


def checked(entity: Entity, operation: Operation, place: str, document: Any) -> Body | Wrong:
    """A row that can be sent, or why it cannot.

    Args:
        entity: What it is of.
        operation: What is to be done with it.
        place: Where it stands, for people.
        document: As JSON has it; an error for what could not be read.
    """
    if isinstance(document, WrongTextError):
        return Wrong(place, str(document))
    if operation in BY_ID and isinstance(document, str):
        document = {"id": document}
    if not isinstance(document, dict) or not document:
        return Wrong(place, "an object with fields is expected")
    try:
        return _ready(entity, operation, place, replace(_body(entity, operation, document), place=place))
    except WrongTextError as error:
        return Wrong(place, str(error))


def _body(entity: Entity, operation: Operation, document: Mapping[str, Any]) -> Body:
    if operation is Operation.BULK_UPDATE:
        return change_in(entity, document)
    if operation not in BY_ID:
        return body_in(entity, document)
    obj = document.get(OBJECT, document)
    bill_id = obj.get("id") if isinstance(obj, dict) else None
    beside = document.get("id", bill_id)
    if beside != bill_id:
        raise WrongTextError(f"`id` is {beside}, and {bill_id} in `{OBJECT}`: give it once")
    return Body(obj=object_of(entity.fields, {"id": bill_id}), flags={})


def change_in(entity: Entity, document: Mapping[str, Any]) -> Body:
    """The change of a row; what is not sent stands apart, for a file that BILL's list became has all fields.

    So does a value that cannot be read: BILL may have it like that, and then it is no change.
    """
    obj = document.get(OBJECT, document)
    if not isinstance(obj, dict):
        return body_in(entity, document)
    obj = {name: _or_doubtful(entity.by_name.get(name), value) for name, value in obj.items()}
    doubtful = [each for each in obj.values() if isinstance(each, Doubtful)]
    told = {name: value for name, value in obj.items() if _is_told(entity.by_name.get(name), value)}
    rest = {
        name: _sendable(entity.by_name.get(name), value)
        for name, value in obj.items()
        if name not in told and not isinstance(value, Doubtful)
    }
    body = body_in(entity, {**document, OBJECT: rest} if OBJECT in document else rest)
    return replace(body, told=told, doubtful=doubtful)


def _is_told(field: Field | None, value: Any) -> bool:
    if field is None or field.name in {"id", "entity"} or isinstance(value, Doubtful):
        return False
    return field.read_only or (field.sensitive and isinstance(value, str) and MASK in value)


def _or_doubtful(field: Field | None, value: Any) -> Any:
    if field is None or field.name == "id" or _is_told(field, value) or isinstance(value, Doubtful):
        return value
    try:
        value_of(field, _sendable(field, value))
    except WrongTextError as error:
        return Doubtful(field=field, text=str(value), values=(_as_json(field, value),), why=str(error))
    return value


def _as_json(field: Field, value: Any) -> Any:
    """A value as BILL would have it in JSON, though its field does not take it: lines stand as JSON in a cell."""
    if not field.item_fields:
        return value
    try:
        return read(field, value)
    except RefusedValueError:
        return value


def _sendable(field: Field | None, value: Any) -> Any:
    """Lines without what BILL sets in them."""
    if field is None or not field.item_fields or not isinstance(value, list):
        return value
    unsent = {each.name for each in field.item_fields if each.read_only and each.name != "id"}
    return [
        {name: part for name, part in line.items() if name not in unsent} if isinstance(line, dict) else line
        for line in value
    ]


def _ready(entity: Entity, operation: Operation, place: str, row: Body) -> Body | Wrong:
    bill_id = row.obj.get("id")
    if operation is Operation.BULK_CREATE:
        if bill_id not in (None, ""):
            return Wrong(place, "a create has no `id`: BILL gives it")
        row = replace(row, obj={name: value for name, value in row.obj.items() if name != "id"})
        if not row.obj:
            return Wrong(place, "an object with fields is expected")
        reasons = objections_to_new(entity, row.obj)
        return Wrong(place, "; ".join(reasons)) if reasons else row
    if not isinstance(bill_id, str) or not bill_id:
        return Wrong(place, "no `id`")
    says_more = operation in BY_ID or len(row.obj) > 1 or row.told or row.doubtful
    return row if says_more else Wrong(place, "nothing but an `id`")
