"""What to do with a document: a function of the document and of what the ledger and BILL know."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from bill_api.entity import Operation
from target_bill.document import is_written
from target_bill.outcome import Outcome, Problem, Verdict
from target_bill.values import same

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_bill.document import Document
    from target_bill.ledger import Intent, Settled

DELETES_OFF = "deleted in the source; deletes are not carried out"


class Action(StrEnum):
    """What to send."""

    CREATE = "create"
    UPDATE = "update"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A write that has been decided on.

    Attributes:
        body: What to send, with references as BILL ids.
        bill_id: What to update.
    """

    document: Document
    action: Action
    content_hash: str
    body: Mapping[str, Any] = field(repr=False)
    bill_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """An object in BILL that may be what an interrupted call created: compare before anything is sent.

    Attributes:
        step: The create whose outcome is not known.
        bill_id: The object that has its natural key.
    """

    step: Step
    bill_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a document before it is planned.

    Attributes:
        settled: The ledger's outcome of an earlier record with the same key.
        intent: An earlier call for it whose outcome is not known.
        own_id: The record's own id, when it is one of this organization's.
        matches: Active objects in BILL with the same natural key.
    """

    settled: Settled | None = None
    intent: Intent | None = None
    own_id: str | None = None
    matches: Sequence[str] = ()


def plan(
    document: Document, body: Mapping[str, Any], known: Known, *, content_hash: str, on_match: str
) -> Step | Adoption | Outcome:
    """Decide on one document.

    Identity is sought in this order: the ledger, the record's own BILL id, the natural key.
    """
    create = Step(document=document, action=Action.CREATE, body=body, content_hash=content_hash)
    bill_id = known.settled.bill_id if known.settled else known.own_id
    if document.is_deleted and bill_id:
        return Outcome(document=document, verdict=Verdict.UNCHANGED, bill_id=None, note=DELETES_OFF)
    if bill_id:
        return Step(document=document, action=Action.UPDATE, body=body, content_hash=content_hash, bill_id=bill_id)
    if not known.matches:
        return create
    if len(known.matches) > 1:
        return rejected(
            document,
            Problem(
                field=", ".join(document.entity.natural_key),
                reason=f"several objects in BILL have this key: {', '.join(known.matches)}",
                hint="Merge or rename them in BILL, or give the record's `id`.",
            ),
        )
    match = known.matches[0]
    if known.intent is not None and known.intent.operation == Action.CREATE:
        return Adoption(step=create, bill_id=match)
    return _matched(document, create, match, on_match)


def _matched(document: Document, create: Step, match: str, on_match: str) -> Step | Outcome:
    if on_match == "skip":
        return Outcome(
            document=document, verdict=Verdict.UNCHANGED, bill_id=match, note="BILL has it already; left as it is"
        )
    if on_match == "reject":
        return rejected(
            document,
            Problem(
                field=", ".join(document.entity.natural_key),
                reason=f"BILL has an object with this key: {match}",
                hint="Set `on_match` to `update` or `skip` to accept it.",
            ),
        )
    return Step(
        document=document, action=Action.UPDATE, body=create.body, content_hash=create.content_hash, bill_id=match
    )


def compare(adoption: Adoption, stored: Mapping[str, Any]) -> Outcome:
    """Take an object for ours if it is what an interrupted create would have made of the record."""
    step = adoption.step
    hidden = {each.name for each in step.document.entity.fields if each.sensitive}
    different = [key for key, value in step.body.items() if key not in hidden and not same(value, stored.get(key))]
    if not different:
        note = "found in BILL after an interrupted call"
        return Outcome(document=step.document, verdict=Verdict.CREATED, bill_id=adoption.bill_id, note=note)
    return rejected(
        step.document,
        Problem(
            field=different[0],
            reason=f"after an interrupted call BILL has {adoption.bill_id} with this key, but with another content",
            hint="Compare the two by hand; nothing was changed.",
        ),
    )


def written(step: Step, stored: Mapping[str, Any]) -> Outcome:
    """The outcome of a write that BILL accepted: what it stored must have the lines that were sent.

    That an update replaces lines is inferred. If BILL merged them, amounts would double: the run must not go on as if
    nothing were wrong, and must not send it again either, so the object stays known.
    """
    document, lines = step.document, step.document.entity.lines
    sent = step.body.get(lines.name) if lines else None
    kept = stored.get(lines.name) if lines else None
    if lines and sent is not None and isinstance(kept, list) and _tally(sent, sent) != _tally(kept, sent):
        problem = Problem(
            field=lines.name,
            reason=f"BILL stored {len(kept)} lines of {_tally(kept, sent)[1]} in {stored['id']}, and "
            f"{len(sent)} lines of {_tally(sent, sent)[1]} were sent",
            hint="Mend the lines in BILL by hand; this record is not sent again unless it changes.",
        )
        return Outcome(document=document, verdict=Verdict.REJECTED, bill_id=stored["id"], problem=problem)
    verdict = Verdict.CREATED if step.action is Action.CREATE else Verdict.UPDATED
    return Outcome(document=document, verdict=verdict, bill_id=stored["id"])


def _tally(lines: Sequence[Mapping[str, Any]], sent: Sequence[Mapping[str, Any]]) -> tuple[int, Decimal]:
    """How many lines, and their sum where every line was sent with an amount (else BILL computes them)."""
    if not all("amount" in line for line in sent):
        return len(lines), Decimal(0)
    return len(lines), sum((Decimal(line.get("amount") or 0) for line in lines), Decimal(0))


def hopeless_as_it_is(document: Document) -> Outcome | None:
    """The outcome of a record that nothing in the ledger or BILL can help, if it is one.

    A record of an entity that this target does not write is left out of a copy of another organization: payments,
    approvals, users and so on belong to the original. Anybody else who sends one means it to be written, and must
    learn that it was not.
    """
    entity = document.entity
    if is_written(entity):
        return rejected(document, document.problems[0]) if document.problems else None
    if document.source_organization is not None:
        note = f"{entity.name} is not written by this target; `{document.stream}` stays with its own organization"
        return Outcome(document=document, verdict=Verdict.LEFT_OUT, note=note)
    half_known = "its fields or its key are not known well enough"
    reason = half_known if entity.offers(Operation.CREATE) else f"BILL offers no create of {entity.name}"
    hint = f"Leave the stream `{document.stream}` out."
    return rejected(document, Problem(field=None, reason=f"{entity.name} is not written: {reason}", hint=hint))


def rejected(document: Document, problem: Problem) -> Outcome:
    """The outcome of a record that is not written."""
    return Outcome(document=document, verdict=Verdict.REJECTED, problem=problem)
