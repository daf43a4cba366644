"""An approved plan held against what a run has done: which steps were carried out, and why the others were not."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from target_bill.model.outcome import Verdict
from target_bill.model.step import Action

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_bill.model.outcome import Outcome
    from target_bill.model.step import Step

    Key = tuple[str, str, str]
    """Stream, source key and action."""

PROVES: Mapping[str, Verdict] = MappingProxyType(
    {
        Action.CREATE: Verdict.CREATED,
        Action.UPDATE: Verdict.UPDATED,
        Action.UNDELETE: Verdict.UPDATED,
        Action.DELETE: Verdict.DELETED,
    }
)
"""The verdict on a record that says that its step was carried out."""

NOT_CALLED_FOR = "no record of the input called for it"
NOT_REACHED = "the run ended before it"


class CarriedOut:
    """Tells how far an approved plan was carried out.

    Args:
        plan_hash: Of the plan.
        steps: Its steps, each with the name of its record.
    """

    def __init__(self, plan_hash: str, steps: Mapping[Key, str]) -> None:
        self.hash = plan_hash
        self._steps = steps
        self._begun: set[Key] = set()
        self._done: set[Key] = set()
        self._instead: dict[tuple[str, str], str] = {}

    def begins(self, step: Step) -> None:
        """Take note that a step of the plan is about to be done.

        Taking over is no call, so that it is done; and an update comes only behind the undelete that it needs.
        """
        stream, key = step.document.key
        self._begun.add((stream, key, step.action.value))
        if step.action is Action.TAKE_OVER:
            self._done.add((stream, key, step.action.value))
        elif step.action is Action.UPDATE and (stream, key, Action.UNDELETE.value) in self._begun:
            self._done.add((stream, key, Action.UNDELETE.value))

    def settled(self, outcome: Outcome) -> None:
        """Take note of what became of a record."""
        stream, key = outcome.document.key
        proven = [(stream, key, action) for action, verdict in PROVES.items() if verdict is outcome.verdict]
        self._done.update(step for step in proven if step in self._steps)
        reason = "; ".join(each.reason for each in outcome.problems) or outcome.note
        self._instead[stream, key] = f"{outcome.verdict.value}: {reason}" if reason else outcome.verdict.value

    def sentence(self) -> str:
        """The plan that was carried out, and how far, for people."""
        done = len(self._done)
        left = "" if done == len(self._steps) else f"; {len(self._steps) - done:,} were not"
        return f"carried out was the plan {self.hash}: {done:,} of its {len(self._steps):,} steps{left}"

    def left(self, *, is_complete: bool) -> list[dict[str, Any]]:
        """The steps that were not carried out, each with the reason.

        Args:
            is_complete: Whether the run took in all of its input, and settled it.
        """
        otherwise = NOT_CALLED_FOR if is_complete else NOT_REACHED
        return [
            {"stream": stream, "action": action, "record": name, "why": self._instead.get((stream, key), otherwise)}
            for (stream, key, action), name in self._steps.items()
            if (stream, key, action) not in self._done
        ]

    def as_json(self, *, is_complete: bool) -> dict[str, Any]:
        """The same for the report."""
        left = self.left(is_complete=is_complete)
        return {"steps": len(self._steps), "carried_out": len(self._done), "not_carried_out": left}
