"""Permission for a step: no limit is exceeded, and an approved plan has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bill_api.table.problem import Problem
    from target_bill.model.step import Step
    from target_bill.plan.approval import Approval
    from target_bill.plan.limits import RunLimits
    from target_bill.plan.pins import Pins


class Permission:
    """Says what forbids a step.

    Args:
        limits: Of the run.
        approval: The plan that was approved; None where every plan is carried out.
        pins: Tell whether a step refers to the objects that were planned.
        stops: Whether a run ends where a limit would be exceeded; a plan names the record and goes on.
    """

    def __init__(self, limits: RunLimits, approval: Approval | None, pins: Pins, *, stops: bool) -> None:
        self.stops = stops
        self._limits = limits
        self._approval = approval
        self._pins = pins

    def not_approved(self, step: Step) -> Problem | None:
        """The difference to the approved plan, if there is one."""
        return self._approval.problem(step, self._pins) if self._approval else None

    def over_limit(self, step: Step) -> Problem | None:
        """The limit that the step would exceed, if it would; else its document is counted."""
        return self._limits.problem(step)
