"""Rules of undo: what takes the write of a run back is a function of what was kept of it and of what BILL holds.

Only an object that is as the run left it is touched, and only where nothing was paid; everything else is named.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bill_api.existing.binding import bound_by, unsaid
from bill_api.existing.objects import stored_of
from bill_api.table.entity import ACTIVE, INACTIVE, IS_ACTIVE, TIME, is_active
from bill_api.table.kinds import is_empty
from bill_api.table.problem import Problem
from target_bill.model.change import Change
from target_bill.model.outcome import Outcome, Verdict, rejected
from target_bill.model.step import Action, Step
from target_bill.model.write import differing, kept_of
from target_bill.plan.changes import restored, update_body, was_emptied
from target_bill.plan.edits import KEPT_BY_BILL, in_words
from target_bill.plan.rules import checked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bill_api.table.entity import Entity
    from target_bill.model.document import Document
    from target_bill.model.write import Write
    from target_bill.plan.edits import NameOf

GONE_BEFORE = "in BILL already as it was before the run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Everything known of a write that is to be taken back.

    Attributes:
        write: What was kept of it.
        now: The object as BILL holds it; None where BILL has none.
        holder: The record or the run that has written the object since, for people; empty where none has.
        referred_by: An object that refers to it and stays, for people; empty where none does.
        is_trusted: Whether the session can be trusted (MFA).
        name_of: The name of an object for people.
    """

    write: Write
    now: Mapping[str, Any] | None
    holder: str = ""
    referred_by: str = ""
    is_trusted: bool = False
    name_of: NameOf = lambda _entity, _bill_id: None


def take_back(document: Document, found: Found) -> Step | Outcome:
    """Decide on one write."""
    write, now = found.write, found.now
    if found.holder:
        return rejected(document, _written_since(found))
    if now is None:
        return rejected(document, _missing(write))
    if write.former is None:
        return _of_create(document, found, now)
    return _of_change(document, found, now, write.former)


def _of_create(document: Document, found: Found, now: Mapping[str, Any]) -> Step | Outcome:
    write = found.write
    if not is_active(now):
        return _done(document, write)
    problem = _touched(found, now) or bound(write.entity, now) or _needed(found)
    return rejected(document, problem) if problem else _checked(_step(document, write, now, Action.DELETE), found)


def _of_change(document: Document, found: Found, now: Mapping[str, Any], former: Mapping[str, Any]) -> Step | Outcome:
    """Bring an object to what it held before: one that was deleted first to life, one that is to be deleted last."""
    write, entity = found.write, found.write.entity
    held = kept_of(entity, now)
    if write.unkept and not differing(entity, former, write.stored):
        return rejected(document, _hidden_only(write))
    if not differing(entity, former, held):
        return _done(document, write)
    action = _next(entity, former, held)
    problem = (
        (None if action is Action.DELETE else _touched(found, now))
        or (None if action is Action.UNDELETE else bound(entity, now))
        or (_needed(found) if write.is_to_go else None)
    )
    if problem is not None:
        return rejected(document, problem)
    changed = _changes(entity, former, held) if action is Action.UPDATE else ()
    return _checked(_step(document, write, now, action, changed), found)


def _next(entity: Entity, former: Mapping[str, Any], held: Mapping[str, Any]) -> Action:
    if not differing(entity, {**former, IS_ACTIVE: ACTIVE}, held):
        return Action.DELETE  # all else is as it was: what an update left to be done
    return Action.UNDELETE if held[IS_ACTIVE] == INACTIVE else Action.UPDATE


def _checked(step: Step, found: Found) -> Step | Outcome:
    return checked(step, is_trusted=found.is_trusted)


def _step(
    document: Document, write: Write, now: Mapping[str, Any], action: Action, changed: Sequence[Change] = ()
) -> Step:
    entity = write.entity
    held = kept_of(entity, now)
    return Step(
        document=document,
        action=action,
        body=_body(write, changed, held) if action is Action.UPDATE else {},
        bill_id=write.bill_id,
        changes=changed,
        before=stored_of(entity, {**now, "id": write.bill_id}),
    )


def _body(write: Write, changed: Sequence[Change], held: Mapping[str, Any]) -> dict[str, Any]:
    lines, former = write.entity.lines, write.former or {}
    body = update_body(write.entity, changed, held)
    if lines is not None and any(each.field == lines.name for each in changed):
        body[lines.name] = restored(lines, former.get(lines.name) or (), held.get(lines.name) or ())
    # Where BILL was seen to empty what an update leaves out, nothing is left out.
    return {**held, **body} if was_emptied(write.entity, write.stored, former, held) else body


def _done(document: Document, write: Write) -> Outcome:
    return Outcome(document=document, verdict=Verdict.UNCHANGED, bill_id=write.bill_id, note=GONE_BEFORE)


def _changes(entity: Entity, former: Mapping[str, Any], held: Mapping[str, Any]) -> list[Change]:
    return [Change(field=name, old=held.get(name), new=former.get(name)) for name in differing(entity, former, held)]


def _touched(found: Found, now: Mapping[str, Any]) -> Problem | None:
    """The reason for which an object is not taken for as the run left it, if there is one."""
    write, entity = found.write, found.write.entity
    held = kept_of(entity, now)
    own = differing(entity, write.former, write.stored) if write.former is not None else ()
    fields = [each for each in differing(entity, write.stored, held) if each not in KEPT_BY_BILL or each in own]
    if fields and not _is_half_way(write, held, fields):
        edits = [Change(field=name, old=write.stored.get(name), new=held.get(name)) for name in fields]
        return Problem(
            field=fields[0],
            reason=f"{write.bill_id} is not as the run left it: {in_words(entity, edits, found.name_of)}",
            kind="the object is not as the run left it",
            hint="It was not touched: compare the two in BILL, and take back by hand what should be.",
        )
    hidden = sorted(name for name in entity.sensitive if not is_empty(now.get(name)))
    if hidden and now.get(TIME) != write.stored.get(TIME):
        return Problem(
            field=hidden[0],
            reason=f"{write.bill_id} was changed after the run, or BILL does not tell, and whether that was in "
            f"{', '.join(hidden)} is not known: of bank and tax numbers nothing is kept",
            kind="the object was changed after the run, maybe in what is not kept",
            hint="It was not touched: look at it in BILL, and take it back by hand.",
        )
    return None


def _is_half_way(write: Write, held: Mapping[str, Any], fields: Sequence[str]) -> bool:
    """True if it is as a call of ours leaves it: brought back already, or emptied by an update that was cut off.

    The next update sends what was emptied.
    """
    former = write.former
    if former is None:
        return False
    is_back = list(fields) == [IS_ACTIVE] and held[IS_ACTIVE] == ACTIVE
    return is_back or was_emptied(write.entity, write.stored, former, held)


def bound(entity: Entity, now: Mapping[str, Any]) -> Problem | None:
    """The reason for which a document must not be changed any more, if there is one: money, or a person's word."""
    if (name := unsaid(entity, now)) is not None:
        return _binding(name, "BILL does not say whether something was paid or applied")
    return next((_binding(name, reason) for name, reason in bound_by(entity, now).items()), None)


def _binding(name: str, reason: str) -> Problem:
    return Problem(
        field=name,
        reason=reason,
        hint="It was not touched: take the payment or the approval back in BILL first, then undo again.",
        kind="something was paid, scheduled, applied or approved, or BILL does not say",
    )


def _needed(found: Found) -> Problem | None:
    if not found.referred_by:
        return None
    return Problem(
        field=None,
        reason=f"{found.write.bill_id} stays as long as {found.referred_by} refers to it",
        kind="what stays in BILL refers to it",
        hint="Delete that first, then undo again.",
    )


def _written_since(found: Found) -> Problem:
    return Problem(
        field=None,
        reason=f"{found.write.bill_id} was written again by {found.holder}",
        kind="the object was written again since",
        hint="Undo that run first, then this one.",
    )


def _missing(write: Write) -> Problem:
    return Problem(
        field=None,
        reason=f"BILL has no {write.entity.name} {write.bill_id}",
        kind="BILL has no such object",
        hint="Is it the ledger of another sandbox, or of one that was wiped?",
    )


def _hidden_only(write: Write) -> Problem:
    return Problem(
        field=write.unkept[0],
        reason=f"the run changed only {', '.join(write.unkept)} of {write.bill_id}: bank and tax numbers are not kept, "
        "so it is not restored",
        kind="only bank or tax numbers were changed, which are not kept",
        hint="Restore it in BILL by hand.",
    )
