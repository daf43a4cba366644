"""Gathers the facts of the writes of a run that are to be taken back, and has the rules of undo decide."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bill_api.entities import ENTITIES
from bill_api.errors import RefusedError, is_not_found
from bill_api.existing.objects import referring
from bill_api.identity.keys import RecordKey, key_shown
from bill_api.identity.totals import lines_total
from bill_api.table.entity import ACTIVE, IS_ACTIVE
from bill_api.table.problem import Problem
from bill_values.exact_json import decode, encode
from target_bill.model.attachment import ATTACHMENT, object_of
from target_bill.model.document import Document
from target_bill.model.outcome import Outcome, Verdict, rejected
from target_bill.model.step import Action, Notice, Step, name_of
from target_bill.plan.planner import Awaited, Waiting
from target_bill.plan.shown_step import ShownSteps
from target_bill.plan.undo import Found, take_back

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bill_api.client import BillClient
    from bill_api.existing.objects import ExistingObjects
    from bill_api.table.entity import Entity
    from target_bill.account.report import Report
    from target_bill.ledger.ledger import Ledger
    from target_bill.model.write import Write

    Key = tuple[str, str]

GONE_WITH_ITS_OBJECT = "files that are gone with the objects that they were attached to"


class UndoPlanner:
    """Decides on the writes of a run.

    Args:
        run: The run that is taken back.
        client: BILL: objects are read by their ids, just before they are decided on.
        ledger: Has the writes.
        existing: Knows which objects refer to which.
        report: Told of what is not restored.
        is_trusted: Whether the session can be trusted (MFA).
        is_plan: Whether nothing is sent.
    """

    def __init__(
        self,
        run: str,
        client: BillClient,
        ledger: Ledger,
        existing: ExistingObjects,
        report: Report,
        *,
        is_trusted: bool,
        is_plan: bool,
    ) -> None:
        self._run = run
        self._client = client
        self._ledger = ledger
        self._existing = existing
        self._shown = ShownSteps(existing)
        self._report = report
        self._is_trusted = is_trusted
        self._is_plan = is_plan
        self._writes: dict[Key, Write] = {}
        self._now: dict[Key, Mapping[str, Any] | RefusedError] = {}
        self._referred: dict[str, tuple[Entity, str]] = {}
        self._referred_is_unknown = ""
        count = ledger.writes.left(run)
        report.takes_back(run, count)
        if not count:
            report.note(f"everything that the run {run} wrote has been taken back already")

    def parts(self) -> Iterator[list[Document]]:
        """The documents of what is to be taken back.

        First what stays, parents before their children, so that nothing refers any more to what is to go; then that,
        children before their parents. What is to go of a tree comes together: a child may be any of the others.
        """
        writes = self._ledger.writes
        self._see_what_refers()
        for entity in ENTITIES:
            yield from map(self._documents, writes.of(self._run, entity.stream, to_go=False))
        for entity in reversed(ENTITIES):
            parts = writes.of(self._run, entity.stream, to_go=True)
            tree = [[each for part in parts for each in part]] if entity.parent else parts
            yield from map(self._documents, filter(None, tree))
        yield from map(self._documents, writes.of(self._run, ATTACHMENT.stream, to_go=True))

    def _see_what_refers(self) -> None:
        """Read what may refer to objects that the run created, before anything of it is taken back."""
        for entity in ENTITIES:
            if any(self._ledger.writes.of(self._run, entity.stream, to_go=True)):
                for other in referring(entity):
                    self._existing.ensure(other)

    def _documents(self, writes: Sequence[Write]) -> list[Document]:
        documents = [_document(place, each, self._run) for place, each in enumerate(writes)]
        for document in documents:
            self._report.received(document)
        self._writes = {document.key: write for document, write in zip(documents, writes, strict=True)}
        return documents

    def look_ahead(self, documents: Sequence[Document]) -> None:
        """Read the objects of documents that come next, all at once, and what refers to them."""
        entity = documents[0].entity
        if entity is ATTACHMENT:
            return
        ids = [self._writes[each.key].bill_id for each in documents]
        self._now = dict(zip((each.key for each in documents), self._client.read_many(entity, ids), strict=True))
        self._referred, self._referred_is_unknown = {}, ""
        if any(self._writes[each.key].is_to_go for each in documents):
            for other in referring(entity):
                if refusal := self._existing.ensure(other):
                    self._referred_is_unknown = f"{other.name} cannot be listed: {refusal.message}"
                elif not self._is_plan:
                    self._existing.refresh(other)
            self._referred = self._existing.referred(entity)

    def plan(self, document: Document, patience: Awaited) -> Step | Outcome | Waiting:
        """Decide on one write; an object of a tree waits for those below it."""
        write = self._writes[document.key]
        if document.entity is ATTACHMENT:
            return self._of_file(document, write)
        now = self._read(document, write)
        if isinstance(now, RefusedError) and not is_not_found(now):
            return rejected(document, _unseen(write, now))
        decision = take_back(
            document,
            Found(
                write=write,
                now=None if isinstance(now, RefusedError) else now,
                holder=self._holder(write),
                referred_by=self._referred_by(write),
                is_trusted=self._is_trusted,
                name_of=self._existing.name_of,
            ),
        )
        if isinstance(decision, Outcome) and patience is not Awaited.NOTHING and self._waits(write, decision):
            return Waiting()
        if isinstance(decision, Step):
            return self._begun(document, write, decision, now)
        return decision

    def _read(self, document: Document, write: Write) -> Mapping[str, Any] | RefusedError:
        if document.key not in self._now:
            (self._now[document.key],) = self._client.read_many(document.entity, [write.bill_id])
        return self._now.pop(document.key)

    def _begun(self, document: Document, write: Write, step: Step, now: Any) -> Step:
        """The step, with what it does not restore."""
        if self._is_plan and step.action is Action.UNDELETE:
            # Nothing is sent, so that BILL would say it is deleted.
            self._now[document.key] = {**now, IS_ACTIVE: ACTIVE}
        if not write.unkept or step.action is not Action.UPDATE:
            return step
        fields = ", ".join(f"`{name}`" for name in write.unkept)
        self._report.note(f"not restored: {fields} of {document.stream}, for bank and tax numbers are not kept")
        remark = f"{fields} not restored: the run wrote it, and bank and tax numbers are not kept"
        return replace(step, notices=(Notice(remark, "not restored", tuple(write.unkept)),))

    def _waits(self, write: Write, decision: Outcome) -> bool:
        """True if what refers to it may still be taken back."""
        return decision.verdict is Verdict.REJECTED and self._referred.get(write.bill_id, (None,))[0] is write.entity

    def _holder(self, write: Write) -> str:
        """The record or the run that has written an object since; empty where it is as in the run."""
        settled = self._ledger.settled(write.stream, write.source_key)
        if settled is not None and settled.bill_id == write.bill_id:
            return "" if settled.run == write.run else f"the run {settled.run}"
        owner = self._ledger.owner_of(write.stream, write.bill_id)
        return f"the record {owner.name}" if owner else ""

    def _referred_by(self, write: Write) -> str:
        if write.bill_id not in self._referred:
            return self._referred_is_unknown
        entity, bill_id = self._referred[write.bill_id]
        return f"{entity.name} {self._shown.name(entity, bill_id)} ({bill_id})"

    def _of_file(self, document: Document, write: Write) -> Outcome:
        """A file stays, for no call is known that takes one away; one whose object is deleted is gone with it."""
        entity, bill_id = object_of(write.stored)
        if self._ledger.writes.was_created_and_undone(self._run, entity.stream, bill_id):
            note = GONE_WITH_ITS_OBJECT
            return Outcome(document=document, verdict=Verdict.UNCHANGED, bill_id=write.bill_id, note=note)
        reason = f"no call is known that takes a file away: it stays on {entity.name} {bill_id}"
        kind = "no call is known that takes a file away"
        return rejected(document, Problem(field=None, reason=reason, kind=kind, hint="Remove it in BILL by hand."))


def _document(place: int, write: Write, run: str) -> Document:
    """The document of a write that is to be taken back: it stands for the record, with what it had before."""
    entity = write.entity
    content = write.stored if write.former is None else write.former
    _, _, names, values = decode(write.source_key)
    described = {"undoes": run, "id": write.bill_id, **write.stored}
    said = [write.bill_id, write.former, write.stored, write.unkept]
    return Document(
        entity=entity,
        stream=write.stream,
        record_key=RecordKey(text=write.source_key, shown=_shown(write, names, values)),
        place=place,
        raw=encode(described).encode(),
        body=dict(content),
        money=(lines_total(entity, write.stored) if entity.lines else None) or Decimal(0),
        digest=hashlib.sha256(encode(said).encode()).hexdigest(),
        is_deleted=False,
        undoes=run,
    )


def _shown(write: Write, names: Sequence[str], values: Sequence[Any]) -> str:
    if write.stream == ATTACHMENT.stream:
        return name_of(write.source_key)
    return key_shown(dict(zip(names, values, strict=True)))


def _unseen(write: Write, refusal: RefusedError) -> Problem:
    return Problem(
        field=None,
        reason=f"BILL does not show {write.entity.name} {write.bill_id}: {refusal.message}",
        kind=f"BILL does not show what {write.entity.name} is now",
        code=refusal.code,
        hint="Let the API user read it, and undo again; nothing was touched.",
    )
