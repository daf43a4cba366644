"""From records to outcomes: understood, brought together, resolved, planned, written - parents first, nothing twice.

A record is in one of three places at any time: in the spool, under way (collected for a call, in a call, or in doubt),
or settled (it has an outcome).
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bill_api.client import BillClient
from bill_api.connection import Connection
from bill_api.entities import BY_STREAM, ENTITIES
from bill_api.errors import BillError, FatalError, Interrupted
from bill_api.limits import Limits
from bill_api.streams import PARTS
from target_bill.claims import Claims
from target_bill.decider import Decider, Held, Patience, as_written
from target_bill.desk import Desk, Origin
from target_bill.document import is_written
from target_bill.doubts import Doubts
from target_bill.guards import Guards
from target_bill.intake import Ahead, Intake
from target_bill.ledger import Ledger
from target_bill.locks import OrganizationLock
from target_bill.mirror import Mirror
from target_bill.outcome import Hold, Outcome, Problem, Verdict, rejected
from target_bill.pins import Pins
from target_bill.plan_file import Approval, Plan
from target_bill.planner import Action, Step
from target_bill.rehearsal import Rehearsal
from target_bill.report import Report
from target_bill.resolver import Resolver
from target_bill.settings import Options
from target_bill.settler import Settler
from target_bill.spool import Spool, State
from target_bill.twins import Twins
from target_bill.versions import Fate, Version, judged
from target_bill.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bill_api.entity import Entity
    from target_bill.document import Document, Link

log = logging.getLogger(__name__)

PROGRESS_EVERY_S = 10
"""How often a run says how far it is."""

REPEATED = "another record of this input with the same key says the same"
SUPERSEDED = "superseded by a later version of the same record"
ON_THE_WAY = "made on the way"
"""The incoming stream of objects that are made because a record names them."""


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
        try:
            self._lock = OrganizationLock(connection.url, connection.organization_id, is_needed=not options.is_plan)
        except BaseException:
            self._ledger.close()
            raise
        self._desk = Desk(
            connection.organization_id,
            self._ledger.salt,
            source=options.source,
            clears=options.clears,
            allow_negative=options.allow_negative,
        )
        self._mirror = Mirror(self._client, options.key_of, options.max_concurrency)
        self._pins = Pins(self._ledger, self._mirror)
        self._resolver = Resolver(self._ledger, self._mirror, options.source)
        self._spool = Spool()
        self._guards = Guards(options)
        self.report = Report(options.report_dir, is_plan=options.is_plan)
        self.plan = None
        if options.is_plan:
            self.plan = Plan(options.plan or self.report.path("-plan.json"), connection.organization_id, self._pins)
        self._writer = Rehearsal(self.plan, options.batch_size) if self.plan else self._real_writer(options)
        doubts = Doubts(self._client, self._ledger, self._mirror, key=options.key_of, pause=self._pause)
        self._settler = Settler(self._ledger, self._mirror, self._writer, doubts, self.report)
        self._claims = Claims(self._spool, self._ledger, self._mirror, self._resolver, options)
        self._decider = Decider(
            connection,
            options,
            ledger=self._ledger,
            mirror=self._mirror,
            resolver=self._resolver,
            spool=self._spool,
            report=self.report,
            unclear=self._settler.unclear,
        )
        self._ahead = Ahead(self._mirror)
        self._intake = Intake(self._desk, self._ledger, self._spool, self._ahead, self.report, self._decider, options)
        self._twins = Twins(self._client, self._ledger, options.key_of)
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

    def take(self, origin: Origin, record: Mapping[str, Any]) -> None:
        """Take a record in; it is settled when the input has ended."""
        self.look_back()
        self._intake.take(origin, record)
        self._say_progress()
        self._leave_if_asked()

    def look_back(self) -> None:
        """Before anything else, and once: what became of the calls of a run that was cut off."""
        if not self._looked_back:
            self._looked_back = True
            self._settler.look_back()

    def leave_out(self, stream: str, records: int) -> None:
        """Count records of a stream that only repeats what others carry."""
        self.report.left_out(stream, records)

    def finish(self) -> None:
        """Settle everything, parents first."""
        self.look_back()
        self._intake.flush()
        self._ahead.join()
        for entity in filter(self._spool.came, ENTITIES):
            self._settle_versions(entity)
            self._settle_as_written(entity)
            self._settle(entity)
        if self.plan is None:
            self._look_for_twins()

    def _look_for_twins(self) -> None:
        """Tell of twins; everything is settled by then, so that a look which fails is no more than a warning."""
        try:
            self.report.twins(self._twins.found())
        except BillError as error:
            self.report.note(f"whether another run created the same objects could not be looked up: {error}")

    def close(self) -> None:
        """Settle what is in the air, and give the ledger free."""
        try:
            for steps, results in self._writer.remaining():
                self._settler.settle(steps, results)
        finally:
            self._ledger.close()
            self._lock.release()
            if not self._ahead.is_reading:
                self._mirror.close()
            self._spool.close()
            self._client.close()

    def stop(self) -> None:
        """End after the calls in flight are settled (called from a signal handler)."""
        self._stop.set()

    # One entity after the other

    def _settle_versions(self, entity: Entity) -> None:
        """Of several records with one key, settle all but the one that is written."""
        for documents in self._spool.repeated(entity):
            fates = judged([Version.of(each) for each in documents])
            others = [pair for pair in zip(documents, fates, strict=True) if pair[1] is not Fate.CURRENT]
            self._settler.decided([_set_aside(document, fate, documents) for document, fate in others])
            self._spool.mark([document.place for document, _ in others], State.DONE)

    def _settle_as_written(self, entity: Entity) -> None:
        for documents in self._spool.documents(entity, State.AS_WRITTEN):
            self._settler.decided([as_written(each) for each in documents])
            self._spool.mark([each.place for each in documents], State.DONE)

    def _settle(self, entity: Entity) -> None:
        if is_written(entity) and self._spool.count(entity, State.PENDING):
            for outcomes in self._claims.settle(entity, self._options.key_of(entity)):
                self._settler.decided(outcomes)
        self._work_until_nothing_moves(entity)
        if self._options.create_missing and self._spool.count(entity, State.PENDING):
            self._make_missing(entity)
            self._work_until_nothing_moves(entity)
        while self._spool.count(entity, State.PENDING):
            self._work(entity, Patience.NOTHING)

    def _work_until_nothing_moves(self, entity: Entity) -> None:
        """Decide again as long as that settles something: a tree is made from its root.

        Those that follow another record of the same object go on when it has gone as far as it can.
        """
        moves = True
        while moves:
            moves = (
                self._moves(entity, Patience.NAMES)
                or self._spool.release(entity)
                or self._moves(entity, Patience.REFERENCES)
            )

    def _moves(self, entity: Entity, patience: Patience) -> bool:
        """Decide on what is pending; whether that settled anything."""
        before = self._spool.count(entity, State.PENDING)
        if before:
            self._work(entity, patience)
        return self._spool.count(entity, State.PENDING) < before

    def _work(self, entity: Entity, patience: Patience) -> None:
        """Decide on what is pending, and carry it out."""
        for documents in self._spool.documents(entity, State.PENDING):
            self._ledger.look_ahead(entity.stream, [each.source_key for each in documents])
            done: list[int] = []
            decided: list[Outcome] = []
            for document in documents:
                decision = self._decide(document, patience)
                if decision is None:
                    continue
                done.append(document.place)
                if isinstance(decision, Step):
                    decision = self._begun(decision)
                if isinstance(decision, Step):
                    self._writer.add(self._settler.to_send(decision))
                else:
                    decided.append(decision)
                for steps, results in self._writer.results(flush=False):
                    self._settler.settle(steps, results)
                self._leave_if_asked()
            self._settler.decided(decided)
            self._spool.mark(done, State.UNDER_WAY)
            self._say_progress()
        self._drain()
        self._spool.settled(entity)

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
                decision = self._decide(document, Patience.NOTHING)
                if isinstance(decision, Step):
                    decision = self._guarded(decision)
                if isinstance(decision, Step):
                    self._writer.add(self._settler.to_send(decision))
                elif decision is not None:
                    self._settler.decided([decision])

    def _decide(self, document: Document, patience: Patience) -> Step | Outcome | None:
        """What to do with one document; None when it has to wait for others."""
        decision = self._decider.decide(document, patience)
        if isinstance(decision, Held) and decision.waiting and not self._may_come(decision, document.entity):
            decision = self._decider.decide(document, Patience.NOTHING)
        if isinstance(decision, Held):
            return None
        if isinstance(decision, Step):
            if near := self._claims.near(document.place):
                decision = replace(decision, near=[*decision.near, *near])
            if decision.action is Action.TAKE_OVER:
                return self._taken_over(decision)
        return decision

    def _may_come(self, held: Held, entity: Entity) -> bool:
        """Whether what it refers to may still come: parents have been settled, but for those in a tree."""
        links = (each.link for each in held.waiting)
        return any(each.entity is entity or self._is_makeable(each) for each in links)

    def _is_makeable(self, link: Link) -> bool:
        return link.by is not None and link.by.suffix == "Name" and link.entity.stream in self._options.create_missing

    def _taken_over(self, step: Step) -> Step | Outcome | None:
        """Hand an object over from the record that owns it, and decide on the record as its owner."""
        approved = self._approved(step)
        if isinstance(approved, Outcome):
            return approved
        if self.plan is not None:
            self.plan.add(step)
        assert step.owner is not None  # noqa: S101  a take over has one,
        assert step.bill_id is not None  # noqa: S101  and an object
        self._ledger.hand_over(step.document, step.bill_id, step.owner)
        self.report.taken_over(step)
        return self._decide(step.document, Patience.NOTHING)

    def _begun(self, step: Step) -> Step | Outcome:
        """The first step of a document, unless something forbids it."""
        decision = self._guarded(step)
        if decision is step:
            self.report.near(step)
            self._twins.watch(step)
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
            f"stopped at {step.document.stream} {step.document.name}: {problem.reason}. It was not sent; what "
            "was sent before is settled. Look at the input with `mode: plan`"
        )

    def _approved(self, step: Step) -> Step | Outcome:
        problem = self._approval.problem(step, self._pins) if self._approval else None
        return step if problem is None else rejected(step.document, problem)

    # Objects that are made on the way

    def _make_missing(self, entity: Entity) -> None:
        """Create the vendors and customers that records name and nobody has: for records that pass all other rules."""
        missing: dict[str, Link] = {}
        for documents in self._spool.documents(entity, State.PENDING):
            for document in documents:
                links = self._missing_of(document)
                made = {each.text: f"new {each.entity.name} {each.text}" for each in links}
                if links and self._decider.would_be_written(document, made):
                    for each in links:
                        missing.setdefault(f"{each.entity.stream} {each.text}", each)
        for link in missing.values():
            self._make(link)
        self._drain()

    def _missing_of(self, document: Document) -> Sequence[Link]:
        """What a document names and can be made; nothing where it waits for something else too."""
        waiting = [each.link for each in self._resolver.resolve(document).waiting if not each.link.is_optional]
        return waiting if all(map(self._is_makeable, waiting)) else []

    def _make(self, link: Link) -> None:
        entity = link.entity
        origin = Origin(entity=entity, stream=entity.stream, incoming=ON_THE_WAY, keys=("name",))
        document = self._desk.understand(origin, {"name": link.value})
        self.report.received(document)
        self.report.made(entity, f"{link.value!r}.{self._resolver.similar(link)}")
        decision = self._decide(document, Patience.NOTHING)
        if isinstance(decision, Step):
            decision = self._begun(replace(decision, hold=Hold.MADE))
        if isinstance(decision, Step):
            self._writer.add(decision)
        elif decision is not None:
            self._settler.decided([decision])

    # Ends

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


def _set_aside(document: Document, fate: Fate, all_of_them: Sequence[Document]) -> Outcome:
    """The outcome of one of several records with one key that is not written."""
    if fate is Fate.REPEATED:
        return Outcome(document=document, verdict=Verdict.REPEATED, note=REPEATED)
    if fate is Fate.SUPERSEDED:
        return Outcome(document=document, verdict=Verdict.SUPERSEDED, note=SUPERSEDED)
    if document.problems:
        return rejected(document, document.problems[0])
    problem = Problem(
        field=None,
        reason=f"{len(all_of_them)} records of this input have this key and do not say the same, and none is proven to "
        "be the later version: that takes a greater bookmark, and every line of the others as it is",
        hint="Bring the rows of one document together into one record, give each record a key of its own, or load only "
        "the latest version.",
    )
    return rejected(document, problem)


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
