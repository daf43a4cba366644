"""A run: records are parsed, planned, sent and settled - parents first, nothing twice.

A record is in one of three places at any time: in the spool, under way (collected for a call, in a call, or in doubt),
or settled (it has an outcome).
"""

from __future__ import annotations

import threading
from contextlib import ExitStack
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from bill_api.client import BillClient
from bill_api.connection import Connection
from bill_api.entities import ENTITIES
from bill_api.errors import BillError
from bill_api.existing.objects import ExistingObjects
from bill_api.existing.resolver import Resolver
from bill_api.wire.limits import Limits
from bill_program.errors import Interrupted
from target_bill.account.progress import ProgressLog
from target_bill.account.report import Report
from target_bill.delivery.attachments import Attachments, upload
from target_bill.delivery.delivery import Delivery
from target_bill.delivery.dry_run import DryRun
from target_bill.delivery.duplicates import Duplicates
from target_bill.delivery.edit_guard import EditGuard
from target_bill.delivery.object_calls import ObjectCalls
from target_bill.delivery.reconciler import Reconciler
from target_bill.delivery.sender import Sender
from target_bill.files import check_folder
from target_bill.input.intake import Intake
from target_bill.input.named_files import NamedFiles
from target_bill.input.parser import FilesOfRecords, Parser
from target_bill.input.spool import Spool
from target_bill.ledger.ledger import Ledger
from target_bill.ledger.organization_lock import OrganizationLock
from target_bill.ledger.waiting import Wait
from target_bill.plan.approval import Approval
from target_bill.plan.conflicts import Conflicts
from target_bill.plan.facts import Policy
from target_bill.plan.limits import RunLimits
from target_bill.plan.missing import Missing, NotThere
from target_bill.plan.permission import Permission
from target_bill.plan.pins import Pins
from target_bill.plan.plan_file import Plan, check_path
from target_bill.plan.planner import Planner
from target_bill.plan.read_ahead import ListsAhead
from target_bill.plan.shown_step import ShownSteps
from target_bill.plan.suspicions import Suspicions
from target_bill.plan.undo_planner import UndoPlanner
from target_bill.rounds import Rounds
from target_bill.settings import Options

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bill_api.client import Element
    from target_bill.input.parser import Origin
    from target_bill.model.step import Step


class Run:
    """Takes records in, gives every one an outcome.

    Args:
        config: Checked settings of target-bill.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        connection = Connection.from_settings(config)
        options = Options.of(config)
        self._stop = threading.Event()
        self._client = BillClient(connection, limits=Limits(options.max_concurrency), sleep=self._pause)
        # Before the ledger is locked: what is wrong with a setting stops the run here.
        approval, files = _approval(options, connection), _files(options)
        check_folder(options.report_dir, "report_dir")
        self.report = Report(
            options.report_dir,
            is_plan=options.is_plan,
            approved=approval.carried_out if approval else None,
            undo_days=options.undo_days,
        )
        wait = Wait(options.ledger_wait_s)
        with ExitStack() as taken:  # what goes wrong from here on leaves nothing locked behind
            self._ledger = Ledger(
                options.ledger,
                connection.organization_id,
                is_dry_run=options.is_plan,
                wait=wait,
                run=self.report.run,
                undo_days=options.undo_days,
            )
            taken.callback(self._ledger.close)
            self._lock = OrganizationLock(
                connection.url, connection.organization_id, is_needed=not options.is_plan, wait=wait
            )
            taken.callback(self._lock.release)
            self._prepare(connection, options, approval, files)
            taken.pop_all()

    def _prepare(
        self, connection: Connection, options: Options, approval: Approval | None, files: FilesOfRecords | None
    ) -> None:
        """Make the parts of the run, and know which works with which."""
        client, ledger, report = self._client, self._ledger, self.report
        self._existing = existing = ExistingObjects(client, options.key_of, options.max_concurrency, ledger.is_given_up)
        report.knows_names(existing.name_of)
        self._spool = spool = Spool()
        parser = Parser(
            connection.organization_id,
            ledger.salt,
            source=options.source,
            clears=options.clears,
            allow_negative=options.allow_negative,
            files=files,
        )
        self._read_ahead = ListsAhead(existing)
        self._progress = ProgressLog(report)
        self._intake = Intake(parser, ledger, spool, need=self._read_ahead.want, report=report, key=options.key_of)
        pins = Pins(ledger, existing)
        self.plan = self._plan_in_the_making(options, connection, pins)
        self._guard = EditGuard()
        sender = self._sender(options, ObjectCalls(_flags(options)), self._guard)
        reconciler = Reconciler(client, ledger, existing, key=options.key_of, pause=self._pause)
        self._delivery = Delivery(ledger, existing, sender, reconciler, report)
        not_there = NotThere()
        resolver = Resolver(existing, partial(ledger.copies_of, options.source), not_there.problem)
        self._duplicates = Duplicates(client, ledger, options.key_of)
        self._is_trusted = bool(connection.mfa_id and connection.device_id)  # a remembered device (MFA)
        self._conflicts = conflicts = Conflicts(spool, ledger, existing, resolver, options)
        suspicions = Suspicions(options, existing, conflicts)
        planner = Planner(
            cache(partial(Policy.of, options, is_trusted=self._is_trusted)),
            ledger=ledger,
            existing=existing,
            resolver=resolver,
            suspicions=suspicions,
            spool=spool,
            report=report,
            unclear=self._delivery.unclear,
        )
        permission = Permission(RunLimits(options), approval, pins, stops=not options.is_plan)
        self._attachments = Attachments(
            client,
            ledger,
            spool,
            self._sender(options, upload),
            report,
            permission,
            moved_on=self._moved_on,
        )
        self._rounds_of = partial(
            Rounds,
            spool,
            conflicts,
            Missing(options, parser, resolver, suspicions, planner, permission, not_there, report),
            permission=permission,
            delivery=self._delivery,
            begins=self._begins,
            moved_on=self._moved_on,
        )
        self._rounds = self._rounds_of(planner=planner)
        self._has_looked_back = False
        self._undoes: str | None = None

    def _plan_in_the_making(self, options: Options, connection: Connection, pins: Pins) -> Plan | None:
        if not options.is_plan:
            return None
        plan = Plan(
            options.plan or self.report.path("-plan.json"),
            connection.organization_id,
            pins,
            ShownSteps(self._existing),
            {"user": connection.username, "url": connection.url, "settings": options.chosen},
        )
        self.report.watch(plan.settled)
        return plan

    def _sender(
        self,
        options: Options,
        write: Callable[[BillClient, Sequence[Step]], Sequence[Element]],
        guard: EditGuard | None = None,
    ) -> Sender | DryRun:
        if self.plan is not None:
            return DryRun(self.plan, options.batch_size)
        return Sender(
            self._client,
            self._ledger,
            write,
            batch_size=options.batch_size,
            at_once=options.max_concurrency,
            stop=self._stop,
            guard=guard,
        )

    def take(self, origin: Origin, record: Mapping[str, Any]) -> None:
        """Take a record in; it is settled when the input has ended."""
        self.look_back()
        self._intake.take(origin, record)
        self._progress.tell()
        self._leave_if_asked()

    def look_back(self) -> None:
        """Before anything else, and once: settle the calls of a run that was cut off."""
        if not self._has_looked_back:
            self._has_looked_back = True
            self._delivery.look_back()
            self._attachments.look_back()

    def leave_out(self, stream: str, records: int) -> None:
        """Count records of a stream that only repeats what others carry."""
        self.report.left_out(stream, records)

    def finish(self) -> None:
        """Plan, send and settle everything, parents first."""
        self.look_back()
        self._intake.flush()
        self._read_ahead.join()
        for entity in filter(self._spool.came, ENTITIES):
            self._rounds.settle(entity)
        self._attachments.settle()
        if self.plan is None:
            self._look_for_duplicates()

    def undo(self, run: str) -> None:
        """Take back what an earlier run wrote, children first, where nothing has touched it since.

        Args:
            run: Its name, as its report has it.
        """
        self._undoes = run
        self.look_back()
        planner = UndoPlanner(
            run,
            self._client,
            self._ledger,
            self._existing,
            self.report,
            is_trusted=self._is_trusted,
            is_plan=self.plan is not None,
        )
        if self.plan is not None:
            self.plan.takes_back(run)
        rounds = self._rounds_of(planner=planner)
        for documents in planner.parts():
            rounds.carry_out(documents)

    def close(self) -> None:
        """Settle what is in the air, and give the ledger free."""
        try:
            self._delivery.land()
            self._attachments.land()
            self._tell_of_unseen()
        finally:
            self._ledger.close()
            self._lock.release()
            if not self._read_ahead.is_reading:
                self._existing.close()
            self._conflicts.close()
            self._spool.close()
            self._client.close()

    def stop(self) -> None:
        """End after the calls in flight are settled (called from a signal handler)."""
        self._stop.set()

    def _look_for_duplicates(self) -> None:
        """Tell of them; everything is settled by then, so that a look which fails is no more than a warning."""
        try:
            for each in self._duplicates.found():
                self.report.duplicate(each.entity, each.bill_id, each.like)
        except BillError as error:
            self.report.note(f"whether another run created the same objects could not be looked up: {error}")

    def _tell_of_unseen(self) -> None:
        for name, refusal in self._guard.unseen.items():
            self.report.note(
                f"{name}: objects could not be read again right before they were changed, so that an edit made "
                f"meanwhile would not have been seen: {refusal.message}"
            )

    def _begins(self, step: Step) -> None:
        self.report.noticed(step)
        self._duplicates.watch(step)

    def _moved_on(self) -> None:
        self._progress.tell()
        self._leave_if_asked()

    def _pause(self, seconds: float) -> None:
        self._stop.wait(seconds)
        self._leave_if_asked()

    def _leave_if_asked(self) -> None:
        if self._stop.is_set():
            left = f"the rest of the run {self._undoes} is as it was: start the same undo again" if self._undoes else ""
            goes_on = left or "the next run goes on from there"
            raise Interrupted(f"stopped; everything that was sent is written down, {goes_on}")


def _approval(options: Options, connection: Connection) -> Approval | None:
    """The approved plan that is carried out, if there is one."""
    if options.plan is None:
        return None
    if options.is_plan:
        check_path(options.plan)
        return None
    return Approval(options.plan, connection.organization_id)


def _files(options: Options) -> FilesOfRecords | None:
    """The files that records may name, if there is a folder of them."""
    if options.attachment_dir is None:
        return None
    return FilesOfRecords(NamedFiles(options.attachment_dir), refuse=options.attachment_problems == "reject")


def _flags(options: Options) -> Mapping[str, Mapping[str, Any]]:
    """Keys that stand beside every object of an entity, by its name."""
    return {"Bill": {"allowDuplicateInvNum": True}} if options.allow_duplicates else {}
