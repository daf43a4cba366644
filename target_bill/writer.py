"""Sends steps to BILL: written down first, up to a hundred in a call, one result for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bill_api.entity import Operation
from bill_api.errors import (
    DuplicateError,
    InDoubtError,
    NotOfferedError,
    NotPermittedError,
    RefusedError,
    UntrustedSessionError,
)
from target_bill.planner import Action

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bill_api.client import BillClient, Element
    from bill_api.entity import Entity
    from target_bill.ledger import Ledger
    from target_bill.planner import Step

BULK: Mapping[Action, Operation] = {Action.CREATE: Operation.BULK_CREATE, Action.UPDATE: Operation.BULK_UPDATE}
SINGLE: Mapping[Action, Operation] = {Action.CREATE: Operation.CREATE, Action.UPDATE: Operation.UPDATE}

HALVES = 2

SPARE_CALLS_MAX = 1000
"""Calls that a run may spend on finding the bad elements of calls in which every element was refused. A file in which
all is wrong would cost two calls a record, and BILL allows 20,000 an hour."""


class Writer:
    """Carries steps out.

    Args:
        client: BILL.
        ledger: Where each step is written down before it is sent.
        batch_size: Steps in one call.
        now_s: Seconds since the epoch.
    """

    def __init__(
        self,
        client: BillClient,
        ledger: Ledger,
        *,
        batch_size: int,
        now_s: Callable[[], float],
    ) -> None:
        self._client = client
        self._ledger = ledger
        self._batch_size = batch_size
        self._spare_calls = SPARE_CALLS_MAX
        self._now_s = now_s

    def groups(self, steps: Sequence[Step]) -> list[Sequence[Step]]:
        """Steps of one entity, grouped so that each group is one call."""
        groups: list[Sequence[Step]] = []
        for action in Action:
            chosen = [step for step in steps if step.action is action]
            groups += [chosen[i : i + self._batch_size] for i in range(0, len(chosen), self._batch_size)]
        return groups

    def send(self, steps: Sequence[Step]) -> list[Element]:
        """Send one group; one result per step, in order.

        An error that stops the run (credentials, an hour's calls used up) withdraws nothing: the next run looks.
        """
        self._ledger.intend(steps, self._now_s())
        entity, action = steps[0].document.entity, steps[0].action
        if entity.offers(BULK[action]):
            return self._bulk(entity, action, steps)
        if entity.offers(SINGLE[action]):
            return [self._one(entity, action, step) for step in steps]
        refusal = NotOfferedError(f"BILL offers no {action.value} of {entity.name}")
        return [refusal] * len(steps)

    def _bulk(self, entity: Entity, action: Action, steps: Sequence[Step]) -> list[Element]:
        results = self._call(entity, action, steps)
        if len(steps) == 1 or not all(_may_be_anothers_fault(each) for each in results) or self._spare_calls < HALVES:
            return results
        # Nothing was stored, and one bad element may have sunk the others with it: integrations report whole batches
        # marked failed when one row is bad (seen in a client). Halve until the bad one is alone.
        self._spare_calls -= HALVES
        middle = len(steps) // HALVES
        return [*self._bulk(entity, action, steps[:middle]), *self._bulk(entity, action, steps[middle:])]

    def _call(self, entity: Entity, action: Action, steps: Sequence[Step]) -> list[Element]:
        call = self._client.bulk_create if action is Action.CREATE else self._client.bulk_update
        try:
            return call(entity, [_obj(step) for step in steps])
        except (InDoubtError, RefusedError) as error:
            return [error] * len(steps)

    def _one(self, entity: Entity, action: Action, step: Step) -> Element:
        call = self._client.create if action is Action.CREATE else self._client.update
        try:
            return call(entity, _obj(step))
        except (InDoubtError, RefusedError) as error:
            return error


def _may_be_anothers_fault(result: Element) -> bool:
    own = DuplicateError | UntrustedSessionError | NotPermittedError | NotOfferedError
    return isinstance(result, RefusedError) and not isinstance(result, own)


def _obj(step: Step) -> dict[str, Any]:
    obj = dict(step.body)
    if step.bill_id is not None:
        obj["id"] = step.bill_id
    lines = step.document.entity.lines
    if lines is not None and lines.name in obj:
        obj[lines.name] = [{"entity": lines.item_entity, **line} for line in obj[lines.name]]
    return obj
