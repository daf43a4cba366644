"""The calls that write objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bill_api.errors import NOTHING_DONE, InDoubtError, RefusedError
from bill_program.errors import ConnectorError
from target_bill.model.step import Action

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bill_api.client import BillClient, Element
    from target_bill.model.step import Step


class ObjectCalls:
    """Writes objects: a bulk call where BILL offers it, otherwise one step a call.

    Args:
        flags: Keys that stand beside every object of an entity, by its name.
    """

    def __init__(self, flags: Mapping[str, Mapping[str, Any]]) -> None:
        self._flags = flags

    def __call__(self, client: BillClient, steps: Sequence[Step]) -> Sequence[Element]:
        """Make the call of some steps of one entity and action."""
        first, *_ = steps
        flags = self._flags.get(first.entity.name)
        if first.is_bulk:
            return _several(client, steps, flags)
        try:
            return [_one(client, first, {**(flags or {}), **first.document.flags})]
        except NOTHING_DONE:
            raise
        except RefusedError as refusal:
            # That BILL did nothing of a call that it refuses is known of one object no more than of a hundred.
            raise InDoubtError.behind(refusal) from refusal


def _several(client: BillClient, steps: Sequence[Step], flags: Mapping[str, Any] | None) -> Sequence[Element]:
    entity, action = steps[0].entity, steps[0].action
    match action:
        case Action.CREATE:
            return client.bulk_create(entity, [_obj(step) for step in steps], flags)
        case Action.UPDATE:
            return client.bulk_update(entity, [_obj(step) for step in steps], flags)
        case Action.DELETE:
            return client.bulk_delete(entity, [_id(step) for step in steps])
        case Action.UNDELETE:
            return client.bulk_undelete(entity, [_id(step) for step in steps])
    raise ConnectorError(f"{action.value} is no call")


def _one(client: BillClient, step: Step, flags: Mapping[str, Any]) -> Element:
    match step.action:
        case Action.CREATE:
            return client.create(step.entity, _obj(step), flags)
        case Action.UPDATE:
            return client.update(step.entity, _obj(step), flags)
        case Action.DELETE:
            return client.delete(step.entity, _id(step))
        case Action.UNDELETE:
            return client.undelete(step.entity, _id(step))
    raise ConnectorError(f"{step.action.value} is no call")


def _id(step: Step) -> str:
    if step.bill_id is None:
        raise ConnectorError(f"{step.action.value} of {step.entity.name} without an id")
    return step.bill_id


def _obj(step: Step) -> dict[str, Any]:
    obj = dict(step.body)
    if step.bill_id is not None:
        obj["id"] = step.bill_id
    lines = step.entity.lines
    if lines is not None and lines.name in obj:
        obj[lines.name] = [{"entity": lines.item_entity, **line} for line in obj[lines.name]]
    return obj
