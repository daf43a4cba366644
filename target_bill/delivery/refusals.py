"""Refusals of BILL: one as a problem of its record, and one of a whole call, whose cause is found by halving.

Integrations report whole calls marked failed when one element is bad (seen in a client). And that BILL did nothing of a
call that it refused as a whole is not known: so what it holds is looked up before anything is sent again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bill_api.errors import HINTS, REFUSES_ALL, DuplicateError, InDoubtError, RefusedError
from bill_api.table.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from bill_api.client import Element
    from bill_api.errors import BillError
    from bill_api.table.entity import Entity
    from target_bill.model.step import Step

HALVES = 2

SPARE_CALLS_MAX = 1000
"""Calls that a run may spend on finding the bad elements of calls in which every element was refused. A file in which
all is wrong would cost two calls a record, and BILL allows 20,000 an hour."""


def problem_of(entity: Entity, error: BillError) -> Problem:
    """The problem that BILL told: its texts name the field (documented: DS Error-codes-list); the hint is ours."""
    hint = HINTS.get(error.code or "", "Correct the record; docs/entities.md says what is known of each field.")
    reason = error.message.removesuffix(hint).strip()
    words = set(re.findall(r"\w+", reason))
    names = [*entity.by_name, *(each.name for each in (entity.lines.item_fields if entity.lines else ()))]
    field = next((name for name in names if name in words and name not in {"id", "entity"}), None)
    return Problem(field=field, reason=reason, code=error.code, hint=hint)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedCall:
    """A call whose steps were all refused.

    Attributes:
        refusals: What BILL said, for each step.
        is_whole: Whether it said it once, for the call as a whole.
    """

    steps: Sequence[Step]
    refusals: Sequence[RefusedError]
    is_whole: bool

    def without(self, keys: Container[tuple[str, str]]) -> RefusedCall:
        """The same, without the steps of some documents."""
        pairs = zip(self.steps, self.refusals, strict=True)
        left = [(step, refusal) for step, refusal in pairs if step.document.key not in keys]
        return RefusedCall(
            steps=[step for step, _ in left], refusals=[each for _, each in left], is_whole=self.is_whole
        )


def refused_call(steps: Sequence[Step], results: Sequence[Element]) -> RefusedCall | None:
    """The call, if BILL refused all of it."""
    of_whole = [each.refusal for each in results if isinstance(each, InDoubtError) and each.refusal is not None]
    of_each = [each for each in results if isinstance(each, RefusedError)]
    refusals = of_whole or of_each
    return RefusedCall(steps=steps, refusals=refusals, is_whole=bool(of_whole)) if len(refusals) == len(steps) else None


class Halving:
    """Halves calls, as long as there are calls to spare for it."""

    def __init__(self) -> None:
        self._spare_calls = SPARE_CALLS_MAX

    def may_help(self, call: RefusedCall) -> bool:
        """True if another step of the call may be to blame for the refusal of each."""
        own = REFUSES_ALL if call.is_whole else (*REFUSES_ALL, DuplicateError)
        is_hopeless = len(call.steps) <= 1 or self._spare_calls < HALVES
        return not is_hopeless and not any(isinstance(each, own) for each in call.refusals)

    def parts(self, steps: Sequence[Step]) -> Sequence[Sequence[Step]]:
        """The calls to send in its place, of those of its steps that BILL has nothing of."""
        middle = len(steps) // HALVES
        parts = [each for each in (steps[:middle], steps[middle:]) if each]
        self._spare_calls -= len(parts)
        return parts
