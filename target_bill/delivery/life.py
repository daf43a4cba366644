"""A record on its way from its first step to its outcome, where that takes more than one call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bill_api.table.problem import Problem
    from target_bill.model.outcome import Verdict


@dataclass(slots=True)
class Life:
    """The facts of one record that outlive a call.

    Attributes:
        looks: Times that it was looked up and planned again.
        happened: The verdict of what BILL has done of it already: in a run that was interrupted, or by bringing its
            object back. The record counts as that where nothing more is to do.
        is_born_deleted: It was created although it is deleted in its source, and the delete is on its way.
        is_answered: BILL has answered the call in doubt, so that there is nothing to wait for.
        answered_id: The id that BILL answered in that call, if it did.
        unclear: The reason for which it must not be created: an interrupted call may have done so.
    """

    looks: int = 0
    happened: Verdict | None = None
    is_born_deleted: bool = False
    is_answered: bool = False
    answered_id: str | None = None
    unclear: Problem | None = None
