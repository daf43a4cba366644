"""From records to outcomes: understand, resolve, plan, write, settle - parents first, nothing twice.

A record is in one of three places at any time: settled (it has an outcome), held (it refers to something that the
rest of the input may still bring), or under way (collected for a call, in a call, or in doubt).
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Any

from bill_api.client import BillClient
from bill_api.connection import Connection
from bill_api.entities import BY_STREAM, ENTITIES
from bill_api.errors import FatalError, Interrupted
from bill_api.limits import Limits
from bill_api.streams import PARTS
from target_bill.decider import Decider, Held
from target_bill.desk import Desk
from target_bill.guards import Guards
from target_bill.inquiry import Inquiry
from target_bill.ledger import Ledger
from target_bill.mirror import Mirror, folded
from target_bill.outcome import Outcome, Verdict, rejected
from target_bill.plan_file import Approval, Plan
from target_bill.planner import Step
from target_bill.rehearsal import Rehearsal
from target_bill.report import Report
from target_bill.resolver import Resolver
from target_bill.scratch import Scratch
from target_bill.settings import Options
from target_bill.settler import Settler
from target_bill.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bill_api.entity import Entity
    from target_bill.document import Document, Link
    from target_bill.scratch import HeldRecord

log = logging.getLogger(__name__)

PROGRESS_EVERY_S = 10
"""How often a run says how far it is."""

SUPERSEDED = "superseded by a later record with the same key"
MADE_ON_THE_WAY = ("name",)


class Loader:
    """Takes records in, gives every one an outcome.

    Args:
        config: Checked settings of target-bill.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        connection = Connection.from_settings(config)
        self._options = options = Options.of(config)
        self._stop = threading.Event()
        self._client = BillClient(connection, limits=Limits(options.max_concurrency), sleep=self._pause)
        self._approval = None
        if options.plan is not None and not options.is_plan:
            self._approval = Approval(options.plan, connection.organization_id)
        self._ledger = Ledger(options.ledger, connection.organization_id, is_rehearsal=options.is_plan)
        self._desk = Desk(connection.organization_id, self._ledger.salt, clears=options.clears)
        self._mirror = Mirror(self._client, options.key_of, options.max_concurrency)
        self._resolver = Resolver(self._ledger, self._mirror)
        self._scratch = Scratch()
        self._guards = Guards(options)
        self.report = Report(options.report_dir, is_plan=options.is_plan)
        self.plan = None
        if options.is_plan:
            self.plan = Plan(options.plan or self.report.path("-plan.json"), connection.organization_id)
        self._writer = Rehearsal(self.plan) if self.plan else self._real_writer(options)
        self._settler = Settler(
            self._ledger,
            self._mirror,
            self._writer,
            Inquiry(
                self._client,
                self._ledger,
                self._mirror,
                key=options.key_of,
                timeout_s=connection.timeout_s,
                pause=self._pause,
            ),
            self.report,
        )
        self._decider = Decider(
            connection.organization_id,
            options,
            is_trusted=bool(connection.mfa_id and connection.device_id),
            ledger=self._ledger,
            mirror=self._mirror,
            resolver=self._resolver,
            scratch=self._scratch,
            report=self.report,
        )
        self._looked_back = False
        self._told_at_s = time.monotonic()

    def _real_writer(self, options: Options) -> Writer:
        return Writer(
            self._client,
            self._ledger,
            batch_size=options.batch_size,
            at_once=options.max_concurrency,
            stop=self._stop,
            flags={"Bill": {"allowDuplicateInvNum": True}} if options.allow_duplicates else {},
        )

    # What the target calls

    def take(self, stream: str, entity: Entity, keys: tuple[str, ...], records: Sequence[Mapping[str, Any]]) -> None:
        """Settle records, or hold those that refer to what has not come yet.

        Args:
            stream: The stream they came in.
            entity: What they are in BILL.
            keys: The stream's key properties.
            records: The records, in order.
        """
        if not self._looked_back:
            self._looked_back = True
            self._settler.look_back()
        documents = [self._desk.understand(entity, stream, keys, record) for record in records]
        for document in documents:
            self.report.received(document)
        self._ledger.look_ahead(entity.stream, [document.source_key for document in documents])
        current = self._without_superseded(documents)
        if self._scratch.held_count():
            for document in current:
                if not document.problems:
                    self._supersede(self._scratch.take_out_older(document), entity)
        self._work(current, hold=True)
        self._say_progress()

    def leave_out(self, stream: str, records: int) -> None:
        """Count records of a stream that only repeats what others carry."""
        self.report.left_out(stream, records)

    def finish(self) -> None:
        """Settle what was held: parents first, and again as long as that settles something."""
        self._drain()
        before = -1
        while self._scratch.held_count() not in {0, before}:
            before = self._scratch.held_count()
            self._work_on_held(hold=True)
        if self._scratch.held_count() and self._options.create_missing:
            self._make_missing()
        self._work_on_held(hold=False)

    def close(self) -> None:
        """Settle what is in the air, and give the ledger free."""
        try:
            for steps, results in self._writer.remaining():
                self._settler.settle(steps, results)
        finally:
            self._ledger.close()
            self._mirror.close()
            self._scratch.close()

    def stop(self) -> None:
        """End after the calls in flight are settled (called from a signal handler)."""
        self._stop.set()

    # Working on documents

    def _work_on_held(self, *, hold: bool) -> None:
        for entity in ENTITIES:
            for group in self._scratch.take_out(entity):
                documents = [self._understand_again(entity, held) for held in group]
                self._ledger.look_ahead(entity.stream, [document.source_key for document in documents])
                self._work(self._without_superseded(documents), hold=hold)
            self._drain()

    def _work(self, documents: Iterable[Document], *, hold: bool) -> None:
        decided: list[Outcome] = []
        for document in documents:
            decision = self._decide(document, hold=hold)
            if isinstance(decision, Step):
                decision = self._guarded(decision)
            if isinstance(decision, Step):
                self._writer.add(self._settler.to_send(decision))
            elif decision is not None:
                decided.append(decision)
            for steps, results in self._writer.results(flush=False):
                self._settler.settle(steps, results)
            self._leave_if_asked()
        self._settler.decided(decided)
        if self._settler.has_more_to_do:
            self._drain()

    def _drain(self) -> None:
        """Until everything that was planned has its outcome."""
        while True:
            for steps, results in self._writer.results(flush=True):
                self._settler.settle(steps, results)
            self._leave_if_asked()
            again = self._settler.take_again()
            if not again and self._writer.is_idle:
                return
            for document in again:
                decision = self._decide(document, hold=False)
                if isinstance(decision, Step):
                    decision = self._approved(decision)
                if isinstance(decision, Step):
                    self._writer.add(self._settler.to_send(decision))
                elif decision is not None:
                    self._settler.decided([decision])

    def _decide(self, document: Document, *, hold: bool) -> Step | Outcome | None:
        """What to do with one document; None when it is held."""
        if self._writer.is_under_way(document.key):
            self._drain()
        decision = self._decider.decide(document, is_last=False)
        if isinstance(decision, Held) and self._writer.is_busy_with({each.link.entity for each in decision.waiting}):
            self._drain()
            decision = self._decider.decide(document, is_last=False)
        if isinstance(decision, Held) and not hold:
            decision = self._decider.decide(document, is_last=True)
        if isinstance(decision, Held):
            self._scratch.hold(document)
            return None
        return decision

    def _guarded(self, step: Step) -> Step | Outcome:
        """The step, unless a limit or the approved plan forbids it."""
        decision = self._approved(step)
        problem = self._guards.problem(step) if decision is step else None
        if problem is None:
            return decision
        if self.plan is not None:
            return rejected(step.document, problem)
        self._drain()
        raise FatalError(
            f"stopped at {step.document.stream} {step.document.source_key}: {problem.reason}. It was not sent; what "
            "was sent before is settled. Look at the input with `mode: plan`"
        )

    def _approved(self, step: Step) -> Step | Outcome:
        problem = self._approval.problem(step) if self._approval else None
        return step if problem is None else rejected(step.document, problem)

    def _make_missing(self) -> None:
        """Create the vendors and customers that records name and nobody has."""
        names: dict[str, dict[str, Link]] = {stream: {} for stream in sorted(self._options.create_missing)}
        for entity in ENTITIES:
            for group in self._scratch.take_out(entity):
                for held in group:
                    document = self._understand_again(entity, held)
                    for absent in self._resolver.resolve(document).waiting:
                        link = absent.link
                        if link.by is not None and link.by.suffix == "Name" and link.entity.stream in names:
                            names[link.entity.stream].setdefault(folded(link.value), link)
                    self._scratch.hold(document)
        for stream, missing in names.items():
            for link in missing.values():
                self.report.note(f"created on the way: {stream} {link.value!r}.{self._resolver.similar(link)}")
            records = [{"name": link.value} for link in missing.values()]
            self.take(stream, BY_STREAM[stream], MADE_ON_THE_WAY, records)
        self._drain()

    def _say_progress(self) -> None:
        now_s = time.monotonic()
        if now_s - self._told_at_s >= PROGRESS_EVERY_S:
            self._told_at_s = now_s
            log.info("%s", self.report.progress())

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
        return self._desk.understand(entity, held.stream, held.keys, held.record)


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
