"""A record on its way from its first step to its outcome, where that takes more than one call."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from target_bill.model.outcome import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bill_api.table.problem import Problem
    from target_bill.model.outcome import Outcome


@dataclass(slots=True)
class Life:
    """The facts of one record that outlive a call.

    Attributes:
        looks: Times that it was looked up and planned again.
        happened: The verdict of what BILL has done of it already: in a run that was interrupted, or by bringing its
            object back. The record counts as that where nothing more is to do.
        before: What BILL held before the first of several calls, as it is kept for undo.
        stored: What BILL held after the last of those calls.
        is_born_deleted: It was created although it is deleted in its source, and the delete is on its way.
        is_answered: BILL has answered the call in doubt, so that there is nothing to wait for.
        answered_id: The id that BILL answered in that call, if it did.
        unclear: The reason for which it must not be created: an interrupted call may have done so.
    """

    looks: int = 0
    happened: Verdict | None = None
    before: Mapping[str, Any] | None = None
    stored: Mapping[str, Any] | None = None
    is_born_deleted: bool = False
    is_answered: bool = False
    answered_id: str | None = None
    unclear: Problem | None = None

    def goes_on(self, before: Mapping[str, Any] | None, stored: Mapping[str, Any] | None) -> None:
        """Know what a call has done that is not the last one."""
        self.before = before if self.before is None else self.before
        self.stored = stored

    def told(self, outcome: Outcome) -> Outcome:
        """An outcome that says what all calls have done together."""
        if outcome.verdict is Verdict.UNCHANGED and self.happened is not None:
            # The note of a record that took no call is not true of it.
            outcome = replace(outcome, verdict=self.happened, note="", stored=self.stored)
        return outcome if self.before is None else replace(outcome, before=self.before)
