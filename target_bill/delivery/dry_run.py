"""A run that sends nothing: stands in the place of the sender, and takes every step for done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_bill.model.step import Action
from target_bill.plan.pins import STAND_IN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bill_api.client import Element
    from target_bill.model.step import Step
    from target_bill.plan.plan_file import Plan


class DryRun:
    """Gives each step the result that BILL is expected to give.

    Args:
        plan: Takes the steps down.
        batch_size: Steps whose results come together, as those of a call do.
    """

    def __init__(self, plan: Plan, batch_size: int) -> None:
        self._plan = plan
        self._batch_size = batch_size
        self._steps: list[Step] = []
        self._results: list[Element] = []

    def add(self, step: Step) -> None:
        """Take a step down."""
        self._plan.add(step)
        self._steps.append(step)
        self._results.append(self._expected(step))

    def take_down(self, step: Step) -> None:
        """Take down a step that is no call."""
        self._plan.add(step)

    def add_call(self, steps: Sequence[Step]) -> None:
        """Take steps down that make a call of their own."""
        for step in steps:
            self.add(step)

    @property
    def is_idle(self) -> bool:
        """True if every step that was added has its result."""
        return not self._steps

    def results(self, *, flush: bool) -> Iterator[tuple[Sequence[Step], Sequence[Element]]]:
        """The expected results of what was added since.

        Args:
            flush: Give them also when they are fewer than a call has.
        """
        if flush or len(self._steps) >= self._batch_size:
            steps, self._steps = self._steps, []
            results, self._results = self._results, []
            yield steps, results

    def remaining(self) -> Iterator[tuple[Sequence[Step], Sequence[Element]]]:
        """Nothing is in the air."""
        return iter(())

    def _expected(self, step: Step) -> dict[str, Any]:
        if step.action is Action.CREATE:
            return {**step.body, "id": f"{STAND_IN}{step.entity.name} {self._plan.count}"}
        content = dict(step.before.content) if step.before else {}
        return {**content, **step.wanted, "id": step.bill_id}
