"""From BILL's answers to outcomes: written down in the ledger, counted, or looked up when there is no answer."""

from __future__ import annotations

import logging
import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bill_api.entity import ZERO_ID, Operation
from bill_api.errors import HINTS, BillError, DuplicateError, FatalError, InDoubtError, RetriableError
from target_bill.changes import update_body
from target_bill.document import is_active
from target_bill.outcome import Outcome, Problem, Verdict, rejected
from target_bill.planner import INTERRUPTED, REFUSED_YET_DONE, Action, Step, written
from target_bill.refusals import Halving, refused_call

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from bill_api.client import Element
    from bill_api.entity import Entity
    from bill_api.errors import RefusedError
    from target_bill.document import Document
    from target_bill.doubts import Doubts
    from target_bill.ledger import Intent, Ledger
    from target_bill.mirror import Mirror
    from target_bill.refusals import RefusedCall
    from target_bill.rehearsal import Rehearsal
    from target_bill.report import Report
    from target_bill.writer import Writer

log = logging.getLogger(__name__)

LOOKS_MAX = 4
"""How often a record is looked up and planned again before the run stops."""


class Settler:
    """Gives steps their outcomes.

    Args:
        ledger: Where they are written down.
        mirror: Learns what BILL stored.
        writer: Takes what a step needs besides.
        doubts: Asks what became of calls.
        report: Counts.
    """

    def __init__(
        self, ledger: Ledger, mirror: Mirror, writer: Writer | Rehearsal, doubts: Doubts, report: Report
    ) -> None:
        self._ledger = ledger
        self._mirror = mirror
        self._writer = writer
        self._open_calls = doubts
        self._report = report
        self._halving = Halving()
        self._doubts: list[Step] = []
        self._answered: set[tuple[str, str]] = set()
        self._refused: list[RefusedCall] = []
        self._again: list[Document] = []
        self._looks: Counter[tuple[str, str]] = Counter()
        self._earlier: dict[tuple[str, str], Verdict] = {}
        self._brought_back: set[tuple[str, str]] = set()
        self._born_deleted: set[tuple[str, str]] = set()
        self._sends_all = False
        self._unclear: dict[tuple[str, str], Problem] = {}

    def unclear(self, document: Document) -> Problem | None:
        """What keeps a document from being created, after an interrupted call that may have created it."""
        return self._unclear.get(document.key)

    def settle(self, steps: Sequence[Step], results: Sequence[Element]) -> None:
        """Write the outcomes of a call down; what has none yet is kept in mind."""
        call = refused_call(steps, results)
        if call is not None and (call.is_whole or self._halving.may_help(call)):
            log.warning("%s: %d records refused in one call (%s); looking", *_told(call))
            self._refused.append(call)
        else:
            self._settle_each(steps, results)

    def _settle_each(self, steps: Sequence[Step], results: Sequence[Element]) -> None:
        taken: list[tuple[Step, Element]] = []
        outcomes: list[Outcome | None] = []
        for step, result in zip(steps, results, strict=True):
            if isinstance(result, DuplicateError):
                taken.append((step, result))
            else:
                outcomes.append(self._outcome(step, result))
        if taken:
            # Last: what BILL has just stored for the others would be taken for what was there before.
            for entity in {step.entity for step, _ in taken}:
                self._mirror.refresh(entity)
            outcomes += [self._outcome(step, result) for step, result in taken]
        self._write_down([each for each in outcomes if each is not None])

    def decided(self, outcomes: Sequence[Outcome]) -> None:
        """Write down outcomes that took no call.

        One without an object teaches the ledger nothing: behind a conflict the intent of an earlier call stays open
        until a person has settled it.
        """
        self._ledger.settle(each for each in outcomes if each.bill_id is not None)
        self._count(outcomes)

    def to_send(self, step: Step) -> Step:
        """The step as it has to be sent: whole, once BILL was seen to empty what an update leaves out."""
        return replace(step, body=step.expected) if self._sends_all else step

    def take_again(self) -> list[Document]:
        """The documents that have to be planned again, after what is in doubt has been asked about."""
        if self._doubts or self._refused:
            self._ask()
        again, self._again = self._again, []
        return again

    def look_back(self) -> None:
        """Before the first record: an earlier run may have been cut off between a call and its answer."""
        intents = self._ledger.intents()
        if not intents:
            return
        log.warning("An earlier run was interrupted; %d writes are looked up before anything is sent", len(intents))
        looked = self._open_calls.look(intents, same_run=False)
        whole = [each for each in looked.found if not _is_half(each[0])]
        self._ledger.adopt(whole)
        self._ledger.withdraw(intent.key for intent in looked.absent)
        self._ledger.withdraw(intent.key for intent, _, _ in looked.found if _is_half(intent))
        self._earlier = {intent.key: verdict for intent, _, verdict in looked.found}
        log.warning(
            "Of the interrupted writes %d had happened, %d had not, %d cannot be told yet",
            len(looked.found),
            len(looked.absent),
            len(looked.unclear),
        )
        if looked.found:
            self._report.note("written by an earlier run that was interrupted, found in BILL", len(looked.found))
        self._unclear.update(looked.unclear)
        if looked.unclear:
            self._report.note("an interrupted write of an earlier run is still unclear", len(looked.unclear))

    # A step and its result

    def _outcome(self, step: Step, result: Element) -> Outcome | None:
        document = step.document
        if isinstance(result, InDoubtError | RetriableError):
            log.warning("%s %s: %s; looking it up", document.stream, document.name, result)
            self._doubt(step, is_answered=isinstance(result, InDoubtError) and result.sent_at_s is None)
        elif isinstance(result, DuplicateError) and self._is_there(step):
            log.warning("%s %s: %s; looking it up", document.stream, document.name, result)
            self._once_more(document)
        elif isinstance(result, BillError):
            return rejected(document, _refusal(step.entity, result))
        elif step.action is Action.CREATE and self._mirror.has(step.entity, result["id"]):
            log.warning("%s %s: BILL answers with %s, which was there before", *document.key, result["id"])
            self._doubt(step, is_answered=True)
        else:
            return self._stored(step, result)
        return None

    def _doubt(self, step: Step, *, is_answered: bool) -> None:
        self._doubts.append(step)
        if is_answered:
            self._answered.add(step.document.key)

    def _is_there(self, step: Step) -> bool:
        """BILL says that the number is taken: by somebody since we looked, or by an earlier call of ours."""
        return step.action is Action.CREATE and bool(self._mirror.alike(step.entity, step.body).same)

    def _stored(self, step: Step, obj: Mapping[str, Any]) -> Outcome | None:
        """The outcome of a step that BILL took; None when there is more to do for its document."""
        document = step.document
        self._mirror.add(step.entity, obj)
        outcome = written(step, obj)
        match step.action:
            case Action.UNDELETE:
                self._change(document)
                return None
            case Action.CREATE if document.is_deleted and is_active(obj):
                self._ledger.settle([outcome])
                return self._delete_at_once(document, obj)
            case Action.DELETE if document.key in self._born_deleted:
                return replace(outcome, verdict=Verdict.CREATED)
            case Action.UPDATE if _emptied(step, obj):
                self._send_all(step, obj["id"])
                return None
        return outcome

    def _change(self, document: Document) -> None:
        """Go on with a document whose object was brought back: what it says comes now."""
        self._ledger.withdraw([document.key])
        self._brought_back.add(document.key)
        self._once_more(document)

    def _delete_at_once(self, document: Document, obj: Mapping[str, Any]) -> Outcome | None:
        """Whether BILL takes isActive "2" on create is unknown. What is deleted in its source must not live here."""
        if not document.entity.offers(Operation.DELETE):
            reason = f"BILL stored {obj['id']} active, although it is deleted in its source"
            return rejected(document, Problem(field="isActive", reason=reason, hint="Delete it in BILL by hand."))
        self._born_deleted.add(document.key)
        self._writer.add(Step(document=document, action=Action.DELETE, bill_id=obj["id"]))
        return None

    def _send_all(self, step: Step, bill_id: str) -> None:
        """Send an update again, with everything that was there before; from now on so at once.

        Its lines are there by now: without their ids they would be added once more, if BILL merged lines.
        """
        now = self._mirror.get(step.entity, bill_id)
        changed = [replace(each, old=now.content.get(each.field) if now else None) for each in step.changes]
        before = step.before.content if step.before else {}
        if not self._sends_all:
            log.warning("BILL empties fields that an update leaves out: from now on everything is sent")
        self._sends_all = True
        self._writer.add(replace(step, body={**before, **update_body(step.entity, changed, before)}))

    def _write_down(self, outcomes: Sequence[Outcome]) -> None:
        self._ledger.settle(outcomes)
        self._count(outcomes)

    def _count(self, outcomes: Iterable[Outcome]) -> None:
        for outcome in outcomes:
            key = outcome.document.key
            earlier = Verdict.UPDATED if key in self._brought_back else self._earlier.get(key)
            if outcome.verdict is Verdict.UNCHANGED and earlier is not None:
                self._earlier.pop(key, None)
                self._report.settled(replace(outcome, verdict=earlier))
            else:
                self._report.settled(outcome)

    # Calls whose outcome is not known

    def _ask(self) -> None:
        """Look what became of calls of this run; what did not happen is sent in parts, or planned again."""
        refused, self._refused = self._refused, []
        steps_in_parts = [step for call in refused for step in call.steps]
        in_parts = {step.document.key for step in steps_in_parts}
        steps = {step.document.key: step for step in (*self._doubts, *steps_in_parts)}
        answered, self._doubts, self._answered = in_parts | self._answered, [], set()
        intents = [intent for key in steps if (intent := self._ledger.intent(*key)) is not None]
        looked = self._open_calls.look(intents, same_run=True, answered=answered)
        self._unclear.update(looked.unclear)
        self._found(looked.found, {key: step.document for key, step in steps.items()}, in_parts)
        for key in (*(each.key for each in looked.absent if each.key not in in_parts), *looked.unclear):
            self._mend(steps[key])
        known = {*(intent.key for intent, _, _ in looked.found), *looked.unclear}
        for call in refused:
            self._send_in_parts(call, known)

    def _found(
        self,
        found: Sequence[tuple[Intent, str, Verdict]],
        documents: Mapping[tuple[str, str], Document],
        refused: Container[tuple[str, str]],
    ) -> None:
        """Write down what has happened after all."""
        outcomes = []
        for intent, bill_id, verdict in found:
            document = documents[intent.key]
            if _is_half(intent):
                self._change(document)
                continue
            note = REFUSED_YET_DONE if intent.key in refused else INTERRUPTED
            outcomes.append(Outcome(document=document, verdict=verdict, bill_id=bill_id, hold=intent.hold, note=note))
        self._write_down(outcomes)

    def _send_in_parts(self, call: RefusedCall, known: Container[tuple[str, str]]) -> None:
        """Send what BILL has nothing of in halves, until the step that is to blame is alone."""
        left = call.without(known)
        if self._halving.may_help(call):
            for part in self._halving.parts(left.steps):
                self._writer.add_call(part)
        elif left.steps:
            self._settle_each(left.steps, left.refusals)

    def _mend(self, step: Step) -> None:
        """Plan what did not happen again; an update may have happened otherwise than it should."""
        now = self._mirror.get(step.entity, step.bill_id) if step.action is Action.UPDATE and step.bill_id else None
        if now is None or not _emptied(step, now.content):
            self._once_more(step.document)
        else:
            self._send_all(step, now.bill_id)

    def _once_more(self, document: Document) -> None:
        self._looks[document.key] += 1
        if self._looks[document.key] >= LOOKS_MAX:
            raise FatalError(
                f"the outcome of {document.stream} {document.name} is still not known after {LOOKS_MAX} looks; "
                "nothing was sent blindly. Start the run again later: it looks first"
            )
        self._again.append(document)


def _is_half(intent: Intent) -> bool:
    """Whether the change of the object comes in a call of its own, behind this one."""
    return intent.operation == Action.UNDELETE


def _told(call: RefusedCall) -> tuple[str, int, RefusedError]:
    step, refusal = next(zip(call.steps, call.refusals, strict=True))
    return step.document.stream, len(call.steps), refusal


def _refusal(entity: Entity, error: BillError) -> Problem:
    """BILL's own refusal: its texts name the field (documented: DS Error-codes-list), with a hint of ours."""
    hint = HINTS.get(error.code or "", "Correct the record; docs/entities.md says what is known of each field.")
    reason = error.message.removesuffix(hint).strip()
    words = set(re.findall(r"\w+", reason))
    names = [*entity.by_name, *(each.name for each in (entity.lines.item_fields if entity.lines else ()))]
    field = next((name for name in names if name in words and name not in {"id", "entity"}), None)
    return Problem(field=field, reason=reason, code=error.code, hint=hint)


def _emptied(step: Step, obj: Mapping[str, Any]) -> list[str]:
    """Fields that an update left out, and that BILL emptied. That it keeps them is inferred."""
    before = step.before.content if step.before else {}
    return [
        name
        for name, value in before.items()
        if name not in step.body and value not in (False, "0") and obj.get(name) in (None, "", ZERO_ID)
    ]
