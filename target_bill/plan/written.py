"""Writes that have happened: the outcome of a step that BILL accepted, held against what it stored."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bill_api.table.problem import Problem
from target_bill.model.outcome import Outcome, Verdict
from target_bill.model.step import Action
from target_bill.model.write import kept_of_stored, kept_with_time
from target_bill.plan import checks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bill_api.table.entity import Entity
    from target_bill.model.step import Step

INTERRUPTED = "found in BILL after an interrupted call"
REFUSED_YET_DONE = "found in BILL although it refused the call"


def written(step: Step, stored: Mapping[str, Any]) -> Outcome:
    """The outcome of a write that BILL accepted: what it stored must have the lines that were sent.

    An update replaces lines (documented: section 7, 4). If BILL merged them all the same, amounts would double: the run
    must not go on as if nothing were wrong, and must not send it again either, so the object stays facts.
    """
    document, lines = step.document, step.entity.lines
    sent = step.body.get(lines.name) if lines else None
    kept = stored.get(lines.name) if lines else None
    if lines and sent is not None and isinstance(kept, list) and _tally(sent, sent) != _tally(kept, sent):
        problem = in_part(step.entity, step.body, stored["id"], stored)
        return Outcome(
            document=document,
            verdict=Verdict.REJECTED,
            bill_id=stored["id"],
            hold=step.hold,
            problems=[problem],
            stored=kept_with_time(step.entity, stored),
        )
    verdicts = {Action.CREATE: Verdict.CREATED, Action.DELETE: Verdict.DELETED}
    return Outcome(
        document=document,
        verdict=verdicts.get(step.action, Verdict.UPDATED),
        bill_id=stored["id"],
        hold=step.hold,
        instead_of=step.owner.source_key if step.owner else None,
        changes=step.changes,
        before=kept_of_stored(step.entity, step.before) if step.before else None,
        stored=kept_with_time(step.entity, stored),
    )


def in_part(entity: Entity, body: Mapping[str, Any], bill_id: str, stored: Mapping[str, Any]) -> Problem:
    """BILL has other lines than it was sent, in a record that it has taken."""
    array = entity.lines
    sent, kept = ((array and each.get(array.name)) or () for each in (body, stored))
    return Problem(
        field=array.name if array else None,
        reason=f"BILL has {checks.sum_shown(kept)} in {bill_id}, and was sent {checks.sum_shown(sent)}",
        hint="Mend the lines in BILL by hand; this record is not sent again unless it changes.",
        kind="BILL has other lines than it was sent",
    )


def _tally(lines: Sequence[Mapping[str, Any]], sent: Sequence[Mapping[str, Any]]) -> tuple[int, Decimal]:
    """The number of lines, and their sum where every line was sent with an amount (else BILL computes them)."""
    if not all("amount" in line for line in sent):
        return len(lines), Decimal(0)
    return len(lines), sum((Decimal(line.get("amount") or 0) for line in lines), Decimal(0))
