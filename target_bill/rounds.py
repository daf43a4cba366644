"""One entity after the other: its documents are planned and sent, round after round, until nothing moves any more."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bill_program.errors import ConnectorError
from target_bill.input.spool import State
from target_bill.input.versions import Standing, Version, set_aside, standings
from target_bill.model.outcome import Hold, Outcome, rejected
from target_bill.model.step import Action, Step
from target_bill.plan.planner import Awaited, Waiting, as_written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bill_api.table.entity import Entity
    from target_bill.delivery.delivery import Delivery
    from target_bill.input.spool import Spool
    from target_bill.model.document import Document
    from target_bill.plan.conflicts import Conflicts
    from target_bill.plan.missing import Missing
    from target_bill.plan.permission import Permission
    from target_bill.plan.planner import Planner
    from target_bill.plan.undo_planner import UndoPlanner


class Rounds:
    """Settles the documents of an entity.

    Args:
        spool: Has the documents.
        conflicts: Settles which of several records an object belongs to.
        missing: Makes documents of objects that records name and BILL has not.
        planner: Decides on a document.
        permission: Forbids steps.
        delivery: Takes steps to their outcomes.
        begins: Told of the first step of a document.
        moved_on: Called every now and then.
    """

    def __init__(
        self,
        spool: Spool,
        conflicts: Conflicts,
        missing: Missing,
        planner: Planner | UndoPlanner,
        permission: Permission,
        delivery: Delivery,
        *,
        begins: Callable[[Step], None],
        moved_on: Callable[[], None],
    ) -> None:
        self._spool = spool
        self._conflicts = conflicts
        self._missing = missing
        self._planner = planner
        self._permission = permission
        self._delivery = delivery
        self._begins = begins
        self._moved_on = moved_on

    def settle(self, entity: Entity) -> None:
        """Give every document of an entity its outcome.

        Raises:
            ConnectorError: A limit is exceeded, or what BILL did is not known.
        """
        self._settle_versions(entity)
        self._settle_as_written(entity)
        if entity.is_loadable and self._spool.count(entity, State.PENDING):
            for outcomes in self._conflicts.settle(entity):
                self._delivery.settle(outcomes)
        self._work_until_nothing_moves(entity)
        if self._missing.is_wanted and self._spool.count(entity, State.PENDING):
            self._advance(self._missing.documents(self._spool.documents(entity, State.PENDING)), hold=Hold.MADE)
            self._drain()
            self._work_until_nothing_moves(entity)
        while self._spool.count(entity, State.PENDING):
            self._work(entity, Awaited.NOTHING)

    def carry_out(self, documents: list[Document]) -> None:
        """Give documents that are not of the input their outcome: again and again, as long as that settles some."""
        patience = Awaited.NAMES
        while documents:
            self._planner.look_ahead(documents)
            done = set(self._advance(documents, patience))
            self._drain()
            documents = [each for each in documents if each.place not in done]
            patience = patience if done else Awaited.NOTHING

    # What needs no plan

    def _settle_versions(self, entity: Entity) -> None:
        """Of several records with one key, settle all but the one that is written."""
        for documents in self._spool.repeated(entity):
            found = zip(documents, standings([Version.of(each) for each in documents]), strict=True)
            others = [pair for pair in found if pair[1] is not Standing.CURRENT]
            self._delivery.settle([set_aside(document, standing, documents) for document, standing in others])
            self._spool.mark([document.place for document, _ in others], State.SET_ASIDE)

    def _settle_as_written(self, entity: Entity) -> None:
        for documents in self._spool.documents(entity, State.AS_WRITTEN):
            self._delivery.settle([as_written(each) for each in documents])
            self._spool.mark([each.place for each in documents], State.DONE)

    # Rounds

    def _work_until_nothing_moves(self, entity: Entity) -> None:
        """Plan again as long as that settles something: a tree is made from its root.

        Those that follow another record of the same object go on when it has gone as far as it can.
        """
        moves = True
        while moves:
            moves = (
                self._moves(entity, Awaited.NAMES)
                or self._spool.release(entity)
                or self._moves(entity, Awaited.REFERENCES)
            )

    def _moves(self, entity: Entity, patience: Awaited) -> bool:
        """Work on what is pending; whether that settled anything."""
        before = self._spool.count(entity, State.PENDING)
        if before:
            self._work(entity, patience)
        return self._spool.count(entity, State.PENDING) < before

    def _work(self, entity: Entity, patience: Awaited) -> None:
        """Take every pending document one step further, and wait for the outcomes."""
        for documents in self._spool.documents(entity, State.PENDING):
            self._planner.look_ahead(documents)
            done = self._advance(documents, patience)
            self._spool.mark(done, State.UNDER_WAY)
        self._drain()
        self._spool.settled(entity)

    def _drain(self) -> None:
        """Wait until everything that was planned has its outcome."""
        while True:
            again = self._delivery.finish()
            self._moved_on()
            if again:
                self._advance(again, is_first=False)
            elif self._delivery.is_idle:
                return

    def _advance(
        self,
        documents: Iterable[Document],
        patience: Awaited = Awaited.NOTHING,
        *,
        is_first: bool = True,
        hold: Hold | None = None,
    ) -> list[int]:
        """Plan documents, and send their steps or settle their outcomes.

        Args:
            documents: What to plan.
            patience: Says for what they may wait.
            is_first: No step of theirs has been planned in this run.
            hold: How their records hold the objects then; None as planned.

        Returns:
            The places of those that do not wait.
        """
        done: list[int] = []
        outcomes: list[Outcome] = []
        for document in documents:
            decision = self._permitted(self._decide(document, patience))
            if decision is None:
                continue
            done.append(document.place)
            if isinstance(decision, Outcome):
                outcomes.append(decision)
            else:
                if is_first:
                    self._begins(decision)
                self._delivery.send(decision if hold is None else replace(decision, hold=hold))
            self._delivery.receive()
            self._moved_on()
        self._delivery.settle(outcomes)
        self._moved_on()
        return done

    def _decide(self, document: Document, patience: Awaited) -> Step | Outcome | None:
        """The plan for one document; None when it has to wait for others."""
        decision = self._planner.plan(document, patience)
        if isinstance(decision, Waiting) and decision.references and not self._may_come(decision, document.entity):
            decision = self._planner.plan(document, Awaited.NOTHING)
        if isinstance(decision, Waiting):
            return None
        if isinstance(decision, Step) and decision.action is Action.TAKE_OVER:
            return self._taken_over(decision)
        return decision

    def _may_come(self, waiting: Waiting, entity: Entity) -> bool:
        """True if what it refers to may still come: parents have been settled, but for those in a tree."""
        links = (each.link for each in waiting.references)
        return any(each.entity is entity or self._missing.is_makeable(each) for each in links)

    def _taken_over(self, step: Step) -> Step | Outcome | None:
        """Hand an object over from the record that owns it, and plan the record as its owner."""
        if (problem := self._permission.not_approved(step)) is not None:
            return rejected(step.document, problem)
        self._delivery.take_over(step)
        return self._decide(step.document, Awaited.NOTHING)

    def _permitted(self, decision: Step | Outcome | None) -> Step | Outcome | None:
        """The decision, unless a limit or the approved plan forbids its step."""
        if not isinstance(decision, Step):
            return decision
        if (problem := self._permission.not_approved(decision)) is not None:
            return rejected(decision.document, problem)
        if (problem := self._permission.over_limit(decision)) is None:
            return decision
        if not self._permission.stops:
            return rejected(decision.document, problem)
        self._drain()
        way = problem.hint if decision.document.undoes else "Look at the input with `mode: plan`"
        raise ConnectorError(
            f"stopped at {decision.document.stream} {decision.document.name}: {problem.reason}. It was not sent; what "
            f"was sent before is settled. {way}"
        )
