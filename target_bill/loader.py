"""From records to outcomes: understand, resolve, plan, write, settle - parents first, nothing twice.

A record is in one of three places at any time: settled (it has an outcome), held (it refers to something that the
rest of the input may still bring), or in the group that is being worked on.
"""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bill_api.client import BillClient
from bill_api.connection import Connection
from bill_api.entities import BY_STREAM, ENTITIES
from bill_api.errors import BillError, DuplicateError, FatalError, InDoubtError, Interrupted, RetriableError
from bill_api.streams import PARTS
from target_bill.directory import Directory, natural_key_of
from target_bill.document import Document, understand
from target_bill.ledger import Ledger
from target_bill.outcome import Outcome, Problem, Verdict
from target_bill.planner import Action, Adoption, Known, Step, compare, hopeless_as_it_is, plan, rejected, written
from target_bill.report import Report
from target_bill.resolver import Resolver
from target_bill.scratch import Scratch
from target_bill.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bill_api.client import Element
    from bill_api.entity import Entity
    from target_bill.scratch import HeldRecord

log = logging.getLogger(__name__)

LOOKS_MAX = 4
"""How often a write whose outcome is not known is looked up and sent again before the run stops."""

GRACE_S = 2
"""Added to the timeout when waiting for a call that may still be executing."""

SUPERSEDED = "superseded by a later record with the same key"


class Loader:
    """Takes records in, gives every one an outcome.

    Args:
        config: Checked settings of target-bill.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        connection = Connection.from_settings(config)
        self._on_match: str = config["on_match"]
        self._timeout_s = connection.timeout_s
        self._organization_id = connection.organization_id
        self._client = BillClient(connection, sleep=self._pause)
        self._ledger = Ledger(Path(config["ledger"]), connection.organization_id)
        self._directory = Directory(self._client)
        self._resolver = Resolver(self._ledger, self._directory)
        self._writer = Writer(self._client, self._ledger, batch_size=config["batch_size"], now_s=time.time)
        self._scratch = Scratch()
        self._stop = threading.Event()
        self._looked_back = False
        self.report = Report(Path(config["report_dir"]))

    # What the target calls

    def take(self, stream: str, entity: Entity, keys: Sequence[str], records: Sequence[Mapping[str, Any]]) -> None:
        """Settle records, or hold those that refer to what has not come yet.

        Args:
            stream: The stream they came in.
            entity: What they are in BILL.
            keys: The stream's key properties.
            records: The records, in order.
        """
        self._look_back()
        documents = [understand(entity, stream, keys, record, self._organization_id) for record in records]
        for document in documents:
            self.report.received(document)
        current = self._without_superseded(documents)
        if self._scratch.held_count():
            self._supersede(
                [held for each in current if not each.problems for held in self._scratch.take_out_older(each)], entity
            )
        self._work(current, hold=True)

    def leave_out(self, stream: str, records: int) -> None:
        """Count records of a stream that only repeats what others carry."""
        self.report.left_out(stream, records)

    def finish(self) -> None:
        """Settle what was held: parents first, and again as long as that settles something."""
        before = -1
        while self._scratch.held_count() not in {0, before}:
            before = self._scratch.held_count()
            self._work_on_held(hold=True)
        self._work_on_held(hold=False)

    def close(self) -> None:
        """Give the ledger free."""
        self._ledger.close()
        self._directory.close()
        self._scratch.close()

    def stop(self) -> None:
        """End after the call in flight is settled (called from a signal handler)."""
        self._stop.set()

    # Working on a group of documents of one entity

    def _work_on_held(self, *, hold: bool) -> None:
        for entity in ENTITIES:
            for group in self._scratch.take_out(entity):
                documents = [self._understand_again(entity, held) for held in group]
                self._work(self._without_superseded(documents), hold=hold)

    def _work(self, documents: Sequence[Document], *, hold: bool) -> None:
        for look in range(LOOKS_MAX):
            in_doubt = self._round(documents, hold=hold)
            if not in_doubt:
                return
            documents = [step.document for step in in_doubt]
            if look + 1 < LOOKS_MAX:
                self._look_up(in_doubt)
        raise FatalError(
            f"the outcome of {len(documents)} writes is still not known after {LOOKS_MAX} looks; nothing was sent "
            "blindly. Start the run again later: it looks them up first"
        )

    def _round(self, documents: Sequence[Document], *, hold: bool) -> list[Step]:
        """Plan and write once; returns the steps whose outcome is not known."""
        steps: list[Step] = []
        decided: list[tuple[Outcome, str]] = []
        for document in documents:
            decision = self._decide(document, hold=hold)
            if isinstance(decision, Step):
                steps.append(decision)
            elif isinstance(decision, Adoption):
                stored = self._client.read(document.entity, decision.bill_id)
                decided.append((compare(decision, stored), decision.step.content_hash))
            elif decision is not None:
                decided.append((decision, document.content_hash(self._ledger.salt)))
        self._settle(decided)
        in_doubt: list[Step] = []
        for group in self._writer.groups(steps):
            self._leave_if_asked()
            in_doubt += self._settle_results(group, self._writer.send(group))
        return in_doubt

    def _decide(self, document: Document, *, hold: bool) -> Step | Adoption | Outcome | None:
        """What to do with one document; None when it is held."""
        if outright := hopeless_as_it_is(document):
            return outright
        content_hash = document.content_hash(self._ledger.salt)
        settled = self._ledger.settled(document.entity.stream, document.source_key)
        intent = self._ledger.intent(document.entity.stream, document.source_key)
        if settled is not None and settled.content_hash == content_hash and intent is None:
            return Outcome(document=document, verdict=Verdict.UNCHANGED)
        resolution = self._resolver.resolve(document)
        if hopeless := resolution.wrong or (() if hold else resolution.waiting):
            return rejected(document, hopeless[0])
        if resolution.waiting:
            self._scratch.hold(document)
            return None
        if owner := self._scratch.claim(document, natural_key_of(document.entity, resolution.body)):
            return rejected(document, _used_twice(document, owner))
        known = Known(
            settled=settled,
            intent=intent,
            own_id=self._own_id(document),
            matches=() if settled else self._directory.with_key(document.entity, resolution.body),
        )
        return plan(document, resolution.body, known, content_hash=content_hash, on_match=self._on_match)

    def _own_id(self, document: Document) -> str | None:
        is_from_here = document.source_organization in {None, self._organization_id}
        if document.source_id and is_from_here and self._directory.has(document.entity, document.source_id):
            return document.source_id
        return None

    # Outcomes

    def _settle_results(self, steps: Sequence[Step], results: Sequence[Element]) -> list[Step]:
        """Write outcomes down; returns the steps whose outcome is not known."""
        outcomes: list[tuple[Outcome, str]] = []
        in_doubt: list[Step] = []
        if any(isinstance(result, DuplicateError) for result in results):
            self._directory.refresh(steps[0].document.entity)
        for step, result in zip(steps, results, strict=True):
            document = step.document
            if isinstance(result, InDoubtError | RetriableError) or self._is_taken(step, result):
                log.warning("%s %s: %s; looking it up", document.stream, document.source_key, result)
                in_doubt.append(step)
            elif isinstance(result, BillError):
                problem = Problem(field=None, reason=result.message, code=result.code)
                outcomes.append((rejected(document, problem), ""))
            else:
                self._directory.add(document.entity, result)
                outcomes.append((written(step, result), step.content_hash))
        self._settle(outcomes)
        return in_doubt

    def _settle(self, outcomes: Sequence[tuple[Outcome, str]]) -> None:
        self._ledger.settle(outcomes)
        for outcome, _ in outcomes:
            self.report.settled(outcome)

    def _is_taken(self, step: Step, result: Element) -> bool:
        """BILL says that the number is taken: by somebody since we looked, or by an earlier call of ours."""
        is_duplicate = isinstance(result, DuplicateError) and step.action is Action.CREATE
        return is_duplicate and bool(self._directory.with_key(step.document.entity, step.body))

    # Calls whose outcome is not known

    def _look_back(self) -> None:
        """Before the first record: an earlier run may have been cut off between a call and its answer."""
        if self._looked_back:
            return
        self._looked_back = True
        if self._ledger.youngest_intent_s() is not None:
            log.warning("An earlier run was interrupted; its calls are looked up before anything is sent again")
            self._wait_for_calls_in_flight()

    def _look_up(self, steps: Sequence[Step]) -> None:
        entity = steps[0].document.entity
        self._directory.refresh(entity)
        creates = [step for step in steps if step.action is Action.CREATE]
        if not all(self._directory.with_key(entity, step.body) for step in creates):
            self._wait_for_calls_in_flight()
            self._directory.refresh(entity)

    def _wait_for_calls_in_flight(self) -> None:
        """Wait until a call that was given up cannot be executing any more."""
        sent_at_s = self._ledger.youngest_intent_s()
        if sent_at_s is None:
            return
        wait_s = sent_at_s + self._timeout_s + GRACE_S - time.time()
        if wait_s > 0:
            log.warning("Waiting %.0f s: a call without an answer may still be executing at BILL", wait_s)
            self._pause(wait_s)

    def _pause(self, seconds: float) -> None:
        self._stop.wait(seconds)
        self._leave_if_asked()

    def _leave_if_asked(self) -> None:
        if self._stop.is_set():
            raise Interrupted("stopped; everything that was sent is written down, the next run goes on from there")

    # Several versions of one record

    def _without_superseded(self, documents: Sequence[Document]) -> list[Document]:
        # A record that cannot be written does not take the place of one that can: each is rejected by itself.
        last = {document.source_key: index for index, document in enumerate(documents) if not document.problems}
        current: list[Document] = []
        for index, document in enumerate(documents):
            if document.problems or last[document.source_key] == index:
                current.append(document)
            else:
                self.report.settled(Outcome(document=document, verdict=Verdict.UNCHANGED, note=SUPERSEDED))
        return current

    def _supersede(self, older: Sequence[HeldRecord], entity: Entity) -> None:
        for held in older:
            document = self._understand_again(entity, held)
            self.report.settled(Outcome(document=document, verdict=Verdict.UNCHANGED, note=SUPERSEDED))

    def _understand_again(self, entity: Entity, held: HeldRecord) -> Document:
        return understand(entity, held.stream, held.keys, held.record, self._organization_id)


def _used_twice(document: Document, owner: str) -> Problem:
    return Problem(
        field=", ".join(document.entity.natural_key),
        reason=f"used twice in this input: the record with the key {owner} has it too",
        hint="Give each its own, or merge the two.",
    )


def is_part(stream: str, streams: Mapping[str, str]) -> bool:
    """Whether an incoming stream only repeats what others carry: lines of documents, and the meaning of codes."""
    return stream in PARTS and stream not in streams


def entity_for(stream: str, streams: Mapping[str, str]) -> Entity:
    """The entity that an incoming stream holds.

    Raises:
        FatalError: BILL has no such stream.
    """
    name = streams.get(stream, stream)
    if name not in BY_STREAM:
        raise FatalError(
            f"stream `{stream}` is not one of BILL's: deselect it in the tap, or name its BILL stream in the setting "
            f"`streams`, one of {', '.join(sorted(BY_STREAM))}"
        )
    return BY_STREAM[name]
