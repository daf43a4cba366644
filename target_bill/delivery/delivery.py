"""From steps to outcomes: sent, answered, written down in the ledger and counted - or looked up without an answer."""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bill_api.entities import BY_STREAM
from bill_api.errors import BillError, DuplicateError, InDoubtError, RetriableError
from bill_api.table.entity import INACTIVE, Operation, is_active
from bill_api.table.problem import Problem
from target_bill.delivery.edit_guard import HeldBackError
from target_bill.delivery.life import Life
from target_bill.delivery.refusals import Halving, problem_of, refused_call
from target_bill.errors import UnsettledError
from target_bill.model.outcome import Outcome, Verdict, rejected
from target_bill.model.step import Action, Step
from target_bill.model.write import differing, kept_of, kept_of_stored
from target_bill.plan.changes import emptied_by, update_body, without_update
from target_bill.plan.written import INTERRUPTED, REFUSED_YET_DONE, written

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from bill_api.client import Element
    from bill_api.existing.objects import ExistingObjects
    from bill_api.table.entity import Entity
    from target_bill.account.report import Report
    from target_bill.delivery.dry_run import DryRun
    from target_bill.delivery.reconciler import Reconciler
    from target_bill.delivery.refusals import RefusedCall
    from target_bill.delivery.sender import Sender
    from target_bill.ledger.intents import Intent
    from target_bill.ledger.ledger import Ledger
    from target_bill.model.document import Document

    Key = tuple[str, str]

log = logging.getLogger(__name__)

LOOKS_MAX = 4
"""Times that a record is looked up and planned again before the run stops."""


class Delivery:
    """Takes steps to their outcomes.

    Args:
        ledger: Where outcomes are written down.
        existing: Learns what BILL stored.
        sender: Sends steps.
        reconciler: Finds out what became of calls without an answer.
        report: Counts.
    """

    def __init__(
        self, ledger: Ledger, existing: ExistingObjects, sender: Sender | DryRun, reconciler: Reconciler, report: Report
    ) -> None:
        self._ledger = ledger
        self._existing = existing
        self._sender = sender
        self._reconciler = reconciler
        self._report = report
        self._halving = Halving()
        self._lives: defaultdict[Key, Life] = defaultdict(Life)
        self._in_doubt: list[Step] = []
        self._refused: list[RefusedCall] = []
        self._again: list[Document] = []
        self._came: set[str] = set()
        self._sends_all = False

    # The way of a step

    def send(self, step: Step) -> None:
        """Take a step; whole, once BILL was seen to empty what an update leaves out."""
        self._sender.add(replace(step, body=step.expected) if self._sends_all else step)

    def take_over(self, step: Step) -> None:
        """Hand an object over from the record that owns it: no call."""
        assert step.owner is not None and step.bill_id is not None  # noqa: S101, PT018  a take over has both
        self._sender.take_down(step)
        self._ledger.hand_over(step.document, step.bill_id, step.owner)
        self._report.taken_over(step)

    def receive(self) -> None:
        """Settle the steps whose answers are there."""
        for steps, results in self._sender.results(flush=False):
            self._landed(steps, results)

    def finish(self) -> list[Document]:
        """Wait for the answers of all steps, and find out about those that have none.

        Returns:
            The documents that have to be planned again.
        """
        for steps, results in self._sender.results(flush=True):
            self._landed(steps, results)
        if self._in_doubt or self._refused:
            self._ask()
        again, self._again = self._again, []
        return again

    def land(self) -> None:
        """Settle what is in the air; send nothing more."""
        for steps, results in self._sender.remaining():
            self._landed(steps, results)

    @property
    def is_idle(self) -> bool:
        """True if every step that was sent has its answer."""
        return self._sender.is_idle

    def settle(self, outcomes: Sequence[Outcome]) -> None:
        """Write down outcomes that took no call.

        One without an object teaches the ledger nothing: behind a conflict the intent of an earlier call stays open
        until a person has settled it.
        """
        self._ledger.settle(each for each in outcomes if each.bill_id is not None)
        self._count(outcomes)

    def unclear(self, document: Document) -> Problem | None:
        """The reason for which a document must not be created: an interrupted call may have done so."""
        life = self._lives.get(document.key)
        return life.unclear if life else None

    def look_back(self) -> None:
        """Before the first record: an earlier run may have been cut off between a call and its answer."""
        intents = [each for each in self._ledger.intents() if each.stream in BY_STREAM]
        if not intents:
            return
        log.warning("An earlier run was interrupted; %d writes are looked up before anything is sent", len(intents))
        looked = self._reconciler.look(intents, same_run=False)
        stored = {bill_id: kept for intent, bill_id, _ in looked.found if (kept := self._kept(intent, bill_id))}
        self._ledger.adopt([each for each in looked.found if not _is_half(each[0])], stored)
        self._ledger.half_done(
            [
                *((intent, stored.get(bill_id)) for intent, bill_id, _ in looked.found if _is_half(intent)),
                *filter(None, map(self._overtaken, looked.absent)),
            ]
        )
        self._ledger.withdraw(intent.key for intent in looked.absent)
        for intent, bill_id, verdict in looked.found:
            self._lives[intent.key].happened = verdict
            self._lives[intent.key].goes_on(intent.former, stored.get(bill_id))
        log.warning(
            "Of the interrupted writes %d had happened, %d had not, %d cannot be told yet",
            len(looked.found),
            len(looked.absent),
            len(looked.unclear),
        )
        if looked.found:
            self._report.note("written by an earlier run that was interrupted, found in BILL", len(looked.found))
        self._keep_unclear(looked.unclear)
        if looked.unclear:
            self._report.note("an interrupted write of an earlier run is still unclear", len(looked.unclear))

    # A step and its answer

    def _landed(self, steps: Sequence[Step], results: Sequence[Element]) -> None:
        """Settle the steps of a call, and those that were held back from it."""
        held: list[Outcome] = []
        sent: list[tuple[Step, Element]] = []
        for step, result in zip(steps, results, strict=True):
            if isinstance(result, HeldBackError):
                held.append(rejected(step.document, result.problem(step, self._existing.name_of)))
            else:
                sent.append((step, result))
        self._write_down(held)
        if sent:
            self._answered([step for step, _ in sent], [result for _, result in sent])

    def _answered(self, steps: Sequence[Step], results: Sequence[Element]) -> None:
        """Settle steps that left; those that have no outcome yet are kept in mind."""
        call = refused_call(steps, results)
        if call is not None and (call.is_whole or self._halving.may_help(call)):
            stream, refusal = steps[0].document.stream, call.refusals[0]
            log.warning("%s: %d records refused in one call (%s); looking", stream, len(steps), refusal)
            self._refused.append(call)
        else:
            self._answered_each(steps, results)

    def _answered_each(self, steps: Sequence[Step], results: Sequence[Element]) -> None:
        taken: list[tuple[Step, Element]] = []
        outcomes: list[Outcome | None] = []
        for step, result in zip(steps, results, strict=True):
            if isinstance(result, DuplicateError):
                taken.append((step, result))
            else:
                outcomes.append(self._outcome(step, result))
        # Last: what BILL has just stored for the others would be taken for what was there before.
        for entity in {step.entity for step, _ in taken}:
            self._came |= self._existing.refresh(entity)
        outcomes += [self._outcome(step, result) for step, result in taken]
        self._write_down([each for each in outcomes if each is not None])

    def _outcome(self, step: Step, result: Element) -> Outcome | None:
        document = step.document
        if isinstance(result, InDoubtError | RetriableError):
            log.warning("%s %s: %s; looking it up", document.stream, document.name, result)
            self._doubt(step, result)
        elif isinstance(result, DuplicateError) and self._is_there(step):
            log.warning("%s %s: %s; looking it up", document.stream, document.name, result)
            self._once_more(document)
        elif isinstance(result, DuplicateError) and self._takes_up(step):
            log.warning("%s %s: %s; brought back is what an undo deleted", document.stream, document.name, result)
            self._once_more(document)
        elif isinstance(result, BillError):
            return rejected(document, problem_of(step.entity, result))
        elif step.action is Action.CREATE and self._was_there(step.entity, result["id"]):
            log.warning(
                "%s %s: BILL answers with %s, which was there before", document.stream, document.name, result["id"]
            )
            self._doubt(step, InDoubtError("the answer names another object"))
        else:
            return self._stored(step, result)
        return None

    def _doubt(self, step: Step, error: BillError) -> None:
        self._in_doubt.append(step)
        if isinstance(error, InDoubtError) and error.is_over:
            life = self._lives[step.document.key]
            life.is_answered, life.answered_id = True, error.answered_id

    def _was_there(self, entity: Entity, bill_id: str) -> bool:
        """True if BILL had this object before; one that has come meanwhile may be what a call in the air created."""
        return bill_id not in self._came and self._existing.has(entity, bill_id)

    def _is_there(self, step: Step) -> bool:
        """BILL says that the number is taken: by another writer since we looked, or by an earlier call of ours."""
        return step.action is Action.CREATE and bool(self._existing.alike(step.entity, step.body))

    def _takes_up(self, step: Step) -> bool:
        """True if what takes the number is an object that an undo deleted: the record has it from now on.

        That the number of a deleted document is free again is not known (section 14).
        """
        if step.action is not Action.CREATE or not step.entity.offers(Operation.UNDELETE):
            return False
        found = self._existing.given_up(step.entity, step.body)
        if found is None:
            return False
        self._ledger.withdraw([step.document.key])
        self._ledger.take_up(step.document, found.bill_id)
        return True

    def _stored(self, step: Step, obj: Mapping[str, Any]) -> Outcome | None:
        """The outcome of a step that BILL took; None when there is more to do for its document."""
        document = step.document
        self._existing.add(step.entity, obj)
        outcome = written(step, obj)
        match step.action:
            case Action.UNDELETE:
                self._change(document, outcome.before, outcome.stored)
                return None
            case Action.UPDATE if step.body.get("isActive") == INACTIVE and is_active(obj):
                self._change(
                    document, outcome.before, outcome.stored
                )  # that an update can delete is known of some entities only
                return None
            case Action.CREATE if document.is_deleted and is_active(obj):
                self._ledger.settle([outcome])
                return self._delete_at_once(document, obj)
            case Action.DELETE if document.key in self._lives and self._lives[document.key].is_born_deleted:
                return replace(outcome, verdict=Verdict.CREATED, before=None)
            case Action.UPDATE if emptied_by(step, obj):
                self._lives[document.key].goes_on(outcome.before, outcome.stored)
                self._send_all(step, obj["id"])
                return None
        return outcome

    def _change(self, document: Document, before: Mapping[str, Any] | None, stored: Mapping[str, Any] | None) -> None:
        """Go on with a document whose object was brought back: what it says comes now."""
        self._lives[document.key].goes_on(before, stored)
        self._half_done(document, stored)
        self._lives[document.key].happened = Verdict.UPDATED
        self._once_more(document)

    def _half_done(self, document: Document, stored: Mapping[str, Any] | None) -> None:
        """Write down what a call has done for a document whose next call begins from there."""
        intent = self._ledger.intent(*document.key)
        self._ledger.half_done([(intent, stored)] if intent else [])

    def _delete_at_once(self, document: Document, obj: Mapping[str, Any]) -> Outcome | None:
        """Delete what BILL has stored active: that it takes isActive "2" on create is unknown."""
        if not document.entity.offers(Operation.DELETE):
            reason = f"BILL stored {obj['id']} active, although it is deleted in its source"
            return rejected(document, Problem(field="isActive", reason=reason, hint="Delete it in BILL by hand."))
        self._lives[document.key].is_born_deleted = True
        self._sender.add(Step(document=document, action=Action.DELETE, bill_id=obj["id"]))
        return None

    def _send_all(self, step: Step, bill_id: str) -> None:
        """Send an update again, with everything that was there before; from now on so at once.

        Its lines are there by now: without their ids they would be added once more, if BILL merged lines.
        """
        now = self._existing.get(step.entity, bill_id)
        changed = [replace(each, old=now.content.get(each.field) if now else None) for each in step.changes]
        before = step.before.content if step.before else {}
        if not self._sends_all:
            log.warning("BILL empties fields that an update leaves out: from now on everything is sent")
        self._sends_all = True
        if now is not None:
            self._half_done(step.document, kept_of_stored(step.entity, now))
        body = {**before, **update_body(step.entity, changed, before)}
        self._sender.add(replace(step, body=body, before=now or step.before))

    def _write_down(self, outcomes: Sequence[Outcome]) -> None:
        self._ledger.settle(outcomes)
        self._count(outcomes)

    def _count(self, outcomes: Iterable[Outcome]) -> None:
        for outcome in outcomes:
            life = self._lives.get(outcome.document.key)
            self._report.settled(life.told(outcome) if life else outcome)

    # Calls without an answer

    def _ask(self) -> None:
        """Find out what became of calls of this run; what did not happen is sent in parts, or planned again."""
        refused, self._refused = self._refused, []
        steps_in_parts = [step for call in refused for step in call.steps]
        in_parts = {step.document.key for step in steps_in_parts}
        steps = {step.document.key: step for step in (*self._in_doubt, *steps_in_parts)}
        answered = {
            key: self._lives[key].answered_id for key in steps if key in in_parts or self._lives[key].is_answered
        }
        self._in_doubt = []
        for key in steps:
            self._lives[key].is_answered, self._lives[key].answered_id = False, None
        intents = [intent for key in steps if (intent := self._ledger.intent(*key)) is not None]
        looked = self._reconciler.look(intents, same_run=True, answered=answered)
        self._keep_unclear(looked.unclear)
        self._found(looked.found, {key: step.document for key, step in steps.items()}, in_parts)
        for key in (*(each.key for each in looked.absent if each.key not in in_parts), *looked.unclear):
            self._mend(steps[key])
        known = {*(intent.key for intent, _, _ in looked.found), *looked.unclear}
        for call in refused:
            self._send_in_parts(call, known)

    def _keep_unclear(self, unclear: Mapping[Key, Problem]) -> None:
        for key, problem in unclear.items():
            self._lives[key].unclear = problem

    def _found(
        self, found: Sequence[tuple[Intent, str, Verdict]], documents: Mapping[Key, Document], refused: Container[Key]
    ) -> None:
        """Write down what has happened after all."""
        outcomes = []
        for intent, bill_id, verdict in found:
            document = documents[intent.key]
            if _is_half(intent):
                self._change(document, intent.former, self._kept(intent, bill_id))
                continue
            note = REFUSED_YET_DONE if intent.key in refused else INTERRUPTED
            outcomes.append(
                Outcome(
                    document=document,
                    verdict=verdict,
                    bill_id=bill_id,
                    hold=intent.hold,
                    note=note,
                    before=intent.former,
                    stored=self._kept(intent, bill_id),
                )
            )
        self._write_down(outcomes)

    def _overtaken(self, intent: Intent) -> tuple[Intent, Mapping[str, Any]] | None:
        """An update that may have been done, though the object is not what was sent; with what the object is now."""
        if intent.operation != Action.UPDATE or intent.former is None or intent.bill_id is None:
            return None
        kept, entity = self._kept(intent, intent.bill_id), BY_STREAM[intent.stream]
        if kept is None:
            return None
        former = without_update(entity, intent.former, kept_of(entity, intent.body), kept)
        return (replace(intent, former=former), kept) if differing(entity, former, kept) else None

    def _kept(self, intent: Intent, bill_id: str) -> Mapping[str, Any] | None:
        """The content that BILL was seen to hold of an object, as it is kept for undo."""
        entity = BY_STREAM[intent.stream]
        seen = self._existing.seen(entity, bill_id)
        return kept_of_stored(entity, seen) if seen else None

    def _send_in_parts(self, call: RefusedCall, known: Container[Key]) -> None:
        """Send what BILL has nothing of in halves, until the step that is to blame is alone."""
        left = call.without(known)
        if self._halving.may_help(call):
            for part in self._halving.parts(left.steps):
                self._sender.add_call(part)
        elif left.steps:
            self._answered_each(left.steps, left.refusals)

    def _mend(self, step: Step) -> None:
        """Plan what did not happen again; an update may have happened otherwise than it should."""
        now = self._existing.get(step.entity, step.bill_id) if step.action is Action.UPDATE and step.bill_id else None
        if now is None or not emptied_by(step, now.content):
            intent = self._ledger.intent(*step.document.key)
            overtaken = self._overtaken(intent) if intent else None
            self._ledger.half_done([overtaken] if overtaken else [])
            self._once_more(step.document)
        else:
            self._send_all(step, now.bill_id)

    def _once_more(self, document: Document) -> None:
        life = self._lives[document.key]
        life.looks += 1
        if life.looks >= LOOKS_MAX:
            raise UnsettledError(
                f"the outcome of {document.stream} {document.name} is still not known after {LOOKS_MAX} looks; "
                "nothing was sent blindly. Start the run again later: it looks first"
            )
        self._again.append(document)


def _is_half(intent: Intent) -> bool:
    """True if the change of the object comes in a call of its own, behind this one."""
    return intent.operation == Action.UNDELETE
