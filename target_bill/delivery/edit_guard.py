"""The edit guard: a change leaves only if its object is still what it was when the change was planned.

BILL has no conditional update. So the objects are read again in the thread of the call right before it, all of a call
at once where BILL offers that. What is edited between that answer and the arrival of the call is overwritten.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bill_api.errors import REFUSES_ALL, RefusedError, is_not_found
from bill_api.existing.objects import stored_of
from bill_api.table.problem import Problem
from target_bill.plan.edits import bound_since, edited, edits, is_done, on_lines_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bill_api.client import BillClient, Element
    from bill_api.existing.objects import Stored
    from target_bill.model.step import Step
    from target_bill.plan.edits import NameOf


class HeldBackError(RefusedError):
    """A step did not leave; nothing was sent.

    Attributes:
        now: Its object as BILL has it now; None where it is gone, or could not be read.
        refusal: The reason for which BILL does not give the object, although it gives others.
    """

    def __init__(self, *, now: Stored | None = None, refusal: RefusedError | None = None) -> None:
        super().__init__("its object is not what it was when the step was planned")
        self.now = now
        self.refusal = refusal

    def problem(self, step: Step, name_of: NameOf) -> Problem:
        """The problem of the record of the step.

        Args:
            step: The step.
            name_of: The name of an object for people.
        """
        if self.refusal is None:
            return edited(step, self.now, name_of)
        return Problem(
            field=None,
            reason=f"{step.bill_id} could not be read again before it was to be changed: {self.refusal.message}",
            kind="the object could not be read again before it was to be changed",
            code=self.refusal.code,
            hint="Nothing was sent. Look at it in BILL, and run again.",
        )


class EditGuard:
    """Reads the objects of steps again.

    Attributes:
        unseen: Why objects of an entity may not be read, by its name: their changes leave without a look.
    """

    def __init__(self) -> None:
        self.unseen: dict[str, RefusedError] = {}

    def __call__(self, client: BillClient, steps: Sequence[Step]) -> list[Step | Element]:
        """The steps of a call of one entity, in order: those that may leave, and what the others come to without it.

        Raises:
            BillError: BILL cannot be asked; nothing may leave.
        """
        asked = {step.bill_id: step for step in steps if step.before is not None and step.bill_id is not None}
        entity = steps[0].entity
        if not asked or entity.name in self.unseen:
            return list(steps)
        try:
            answers = dict(zip(asked, client.read_many(entity, list(asked)), strict=True))
        except REFUSES_ALL as refusal:
            answers = dict.fromkeys(asked, refusal)
        return [self._checked(step, answers[step.bill_id]) if step.bill_id in answers else step for step in steps]

    def _checked(self, step: Step, answer: dict[str, Any] | RefusedError) -> Step | Element:
        if isinstance(answer, REFUSES_ALL) and not is_not_found(answer):
            self.unseen[step.entity.name] = answer
            return step
        if isinstance(answer, RefusedError):
            return HeldBackError(refusal=None if is_not_found(answer) else answer)
        now, before = stored_of(step.entity, answer), step.before
        found = edits(step.entity, before.content if before else {}, now.content)
        if before is not None and bound_since(before, now):
            return HeldBackError(now=now)
        if not found:
            return on_lines_of(step, now)
        return answer if is_done(step, found, now) else HeldBackError(now=now)
