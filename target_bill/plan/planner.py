"""Gathers the facts that the ledger and BILL know of a document, and has the rules decide."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import TYPE_CHECKING

from bill_api.identity.differences import differences
from bill_api.identity.references import names_of
from bill_api.identity.tree_paths import ends
from bill_api.table.kinds import is_empty
from bill_api.table.problem import Problem
from target_bill.model.outcome import Hold, Outcome, Verdict, rejected
from target_bill.model.step import Action, Step, name_of
from target_bill.plan.facts import Candidate, Facts
from target_bill.plan.rules import decide, hopeless_as_it_is

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from bill_api.errors import BillError
    from bill_api.existing.objects import ExistingObjects, Stored
    from bill_api.existing.resolver import Absent, Resolution, Resolver
    from bill_api.table.entity import Entity
    from target_bill.account.report import Report
    from target_bill.input.spool import Spool
    from target_bill.ledger.ledger import LastOutcome, Ledger
    from target_bill.model.document import Document
    from target_bill.plan.facts import Policy
    from target_bill.plan.suspicions import Suspicions


class Awaited(Enum):
    """Things that a document may still wait for."""

    NAMES = auto()  # for its references, and for records that may get the name of its parent
    REFERENCES = auto()
    NOTHING = auto()  # nothing more comes


@dataclass(frozen=True, slots=True)
class Waiting:
    """A document that depends on what is not settled yet.

    Attributes:
        references: References to what is not there, at least not yet; without any it depends on another record of its
            entity, which may give up or get what it needs.
    """

    references: Sequence[Absent] = ()


class Planner:
    """Decides on documents of one organization.

    Args:
        policy: What the user has chosen for an entity.
        ledger: What was written.
        existing: What BILL has.
        resolver: Looks references up.
        suspicions: Suspect new objects.
        spool: Knows the input.
        report: Told of references that mean nothing here.
        unclear: What keeps a document from being created after an interrupted call.
    """

    def __init__(
        self,
        policy: Callable[[Entity], Policy],
        *,
        ledger: Ledger,
        existing: ExistingObjects,
        resolver: Resolver,
        suspicions: Suspicions,
        spool: Spool,
        report: Report,
        unclear: Callable[[Document], Problem | None],
    ) -> None:
        self._policy = policy
        self._ledger = ledger
        self._existing = existing
        self._resolver = resolver
        self._suspicions = suspicions
        self._spool = spool
        self._report = report
        self._unclear = unclear

    def look_ahead(self, documents: Sequence[Document]) -> None:
        """Read what the ledger has of documents of one entity that come next, all at once."""
        self._ledger.look_ahead(documents[0].entity.stream, [each.source_key for each in documents])

    def plan(self, document: Document, patience: Awaited) -> Step | Outcome | Waiting:
        """Decide on one document; one that another record may be creating at this moment waits in any case.

        Args:
            document: The document.
            patience: Says for what it may wait.
        """
        outright = self._recognized(document) or hopeless_as_it_is(document)
        if outright is not None:
            return outright
        if self._ledger.has_as_it_is(document):
            return as_written(document)
        if patience is Awaited.NAMES and self._may_be_ambiguous(document):
            return Waiting()
        return self._unsettled(document, self._ledger.settled(*document.key), patience)

    def _unsettled(
        self, document: Document, settled: LastOutcome | None, patience: Awaited
    ) -> Step | Outcome | Waiting:
        owned = self._owned(document, settled)
        named = None if owned else self._named(document)
        resolution = self._resolver.resolve(document.entity, document.body, document.links)
        # A delete needs no references; only in a copy may others refer to what is deleted.
        if not document.is_deleted or (document.is_copy and not (owned or named)):
            unresolved = self._unresolved(document, resolution, patience)
            if unresolved is not None:
                return unresolved
        self._report.dropped(absent.link.field.name for absent in resolution.waiting)
        if refusal := self._existing.ensure(document.entity):
            return rejected(document, _unseen(document, refusal))
        facts = self._facts(document, resolution.body, settled, owned, named)
        if patience is not Awaited.NOTHING and self._is_open(document, facts):
            return Waiting()
        return self._planned(document, resolution, facts)

    def _unresolved(self, document: Document, resolution: Resolution, patience: Awaited) -> Outcome | Waiting | None:
        """The reason for which a document has not all of its references, if there is one."""
        needed = [absent for absent in resolution.waiting if not absent.link.is_optional]
        if resolution.wrong:
            return rejected(document, *resolution.wrong)
        if resolution.waiting and patience is not Awaited.NOTHING:
            return Waiting(resolution.waiting)
        return rejected(document, *map(self._with_similar, needed)) if needed else None

    def _owned(self, document: Document, settled: LastOutcome | None) -> Stored | None:
        """The object that the ledger says it owns."""
        return self._existing.get(document.entity, settled.bill_id) if settled and settled.is_owner else None

    def _may_be_ambiguous(self, document: Document) -> bool:
        """True if the name of its parent may still be given to another object of the tree."""
        own = (each for each in document.links if each.entity is document.entity)
        return not document.is_deleted and any(
            each.by and self._spool.may_be_named(each.entity, each.by.suffix, name, document.place)
            for each in own
            for name in (each.value, *ends(each.value))
        )

    def _is_open(self, document: Document, facts: Facts) -> bool:
        """True if an object that it may be belongs to a record of this input that may give it up."""
        candidates = [*facts.matches, *facts.taken, *([facts.named] if facts.named else [])]
        owners = (each.owner for each in candidates if each.owner is not None)
        return any(self._spool.is_open(document.entity, each.source_key) for each in owners)

    def would_be_written(self, document: Document, made: Mapping[str, str]) -> bool:
        """True if a document passes all rules once what it waits for is there.

        Args:
            document: It refers to objects that can be made.
            made: Ids that stand for those objects, by the text of the reference.
        """
        resolution = self._resolver.resolve(document.entity, document.body, document.links, made)
        if resolution.wrong or any(not absent.link.is_optional for absent in resolution.waiting):
            return False
        settled = self._ledger.settled(*document.key)
        owned = self._owned(document, settled)
        named = None if owned else self._named(document)
        facts = self._facts(document, resolution.body, settled, owned, named)
        return isinstance(self._decide(document, resolution.body, facts), Step)

    def _planned(self, document: Document, resolution: Resolution, facts: Facts) -> Step | Outcome | Waiting:
        is_found = facts.owned or facts.named
        if not is_found and (problem := self._without_match_value(document, resolution.body)):
            return rejected(document, problem)
        decision = self._decide(document, resolution.body, facts)
        if isinstance(decision, Step) and decision.action is Action.CREATE:
            return decision if self._may_begin(document, resolution.body) else Waiting()
        if decision.bill_id is None or _is_linked(decision):
            return decision
        taken_by = self._spool.take(document, decision.bill_id)
        return rejected(document, _one_object(decision.bill_id, taken_by)) if taken_by else decision

    def _may_begin(self, document: Document, body: Mapping[str, Any]) -> bool:
        """True if no other record is creating the same object: what becomes of this one follows from that.

        Only in a tree: there two records may turn out to mean one object when their parent is there.
        """
        key = self._policy(document.entity).key
        text = key.of(document.entity, body) if key.is_unique and document.entity.roots else None
        return text is None or self._spool.begin(document, text)

    def _without_match_value(self, document: Document, body: Mapping[str, Any]) -> Problem | None:
        """Refuses a record that is to be found by fields in which it has nothing: a blank matches nothing."""
        fields = self._policy(document.entity).match_on
        blank = [name for name in fields if is_empty(body.get(name)) and name not in document.entity.roots]
        if not blank or document.is_deleted:
            return None
        return Problem(
            field=blank[0],
            reason="the record has no value here, and `match_on` says that its object is found by it",
            hint=f"Fill it in, or choose other fields in `match_on.{document.entity.stream}`.",
        )

    def _facts(
        self,
        document: Document,
        body: Mapping[str, Any],
        settled: LastOutcome | None,
        owned: Stored | None,
        named: Stored | None,
    ) -> Facts:
        alike = [] if owned or named else self._existing.alike(document.entity, body)
        if document.is_deleted and document.is_copy and not (owned or named or alike):
            owned = self._deleted_copy(document, body)
        return Facts(
            settled=settled,
            intent=self._ledger.intent(*document.key),
            unclear=self._unclear(document),
            owned=owned,
            named=self._candidate(document, named) if named else None,
            matches=[self._candidate(document, each) for each in self._matches(document, body, alike)],
            taken=[self._candidate(document, each) for each in self._taken(document, body, owned)],
        )

    def _deleted_copy(self, document: Document, body: Mapping[str, Any]) -> Stored | None:
        """The copy that an earlier run without this ledger made of an object that is deleted in its organization."""
        entity = document.entity
        gone = self._existing.alike(entity, body, is_active=False)
        said = {name: value for name, value in body.items() if name != "isActive"}
        same = (each for each in gone if not differences(entity.fields, said, each.content))
        free = (each for each in same if self._ledger.owner_of(entity.stream, each.bill_id) is None)
        return next((each for each in free if self._spool.take(document, each.bill_id) is None), None)

    def _taken(self, document: Document, body: Mapping[str, Any], owned: Stored | None) -> Sequence[Stored]:
        """Other objects that have the key which its own object would get, by a new name or by coming back."""
        entity, key = document.entity, self._policy(document.entity).key
        if owned is None or document.is_deleted or not key.is_unique or (text := key.of(entity, body)) is None:
            return ()
        if owned.is_active and key.of(entity, owned.content) == text:
            return ()
        return [each for each in self._existing.alike(entity, body) if each.bill_id != owned.bill_id]

    def _decide(self, document: Document, body: Mapping[str, Any], facts: Facts) -> Step | Outcome:
        decision = decide(document, body, facts, self._policy(document.entity))
        if isinstance(decision, Step) and decision.action is Action.CREATE:
            return self._suspected(decision)
        return decision

    def _suspected(self, step: Step) -> Step | Outcome:
        """A create, unless something speaks against it; with what a person should look at."""
        document = step.document
        # A copy of an organization keeps what refers to its deleted objects.
        references = () if document.is_copy else document.links
        if problem := self._resolver.deleted(document.entity, step.body, references):
            return rejected(document, problem)
        found = self._suspicions.of(document, step.body)
        if problems := [each.problem for each in found if each.level == "reject"]:
            return rejected(document, *problems)
        return replace(step, notices=[each.notice for each in found]) if found else step

    def _candidate(self, document: Document, stored: Stored) -> Candidate:
        owner = self._ledger.owner_of(document.entity.stream, stored.bill_id)
        if owner is None or owner.source_key == document.source_key:
            return Candidate(stored=stored)
        is_asked = owner.hold is not Hold.MADE and self._policy(document.entity).takes_over
        return Candidate(
            stored=stored,
            owner=owner,
            owner_comes=is_asked and self._spool.has(document.entity, owner.source_key),
        )

    def _recognized(self, document: Document) -> Outcome | None:
        """An object of another organization that this target does not write, and has here under the same name."""
        entity = document.entity
        if entity.is_loadable or not entity.lookups or document.source_organization is None:
            return None
        for suffix, name in names_of(entity, document.record).items():
            match self._existing.named(entity, suffix, name):
                case [only]:
                    note = f"{entity.name} is not written by this target; the one with the same name stands for it"
                    return Outcome(document=document, verdict=Verdict.LINKED, bill_id=only, hold=Hold.LINKED, note=note)
        return None

    def _named(self, document: Document) -> Stored | None:
        """The object whose id the record gives."""
        return self._existing.get(document.entity, document.own_id) if document.own_id else None

    def _matches(self, document: Document, body: Mapping[str, Any], same_key: Sequence[Stored]) -> Sequence[Stored]:
        entity, key = document.entity, self._policy(document.entity).key
        if not same_key or (key.is_unique and key.of(entity, body) is not None):
            return same_key
        # The key alone does not tell two apart: only an object with the same content that has no other owner.
        same = (each for each in same_key if not differences(entity.fields, body, each.content))
        free = (each for each in same if self._ledger.owner_of(entity.stream, each.bill_id) is None)
        mine = next((each for each in free if self._spool.take(document, each.bill_id) is None), None)
        return [mine] if mine else []

    def _with_similar(self, absent: Absent) -> Problem:
        problem = absent.problem
        return replace(problem, hint=problem.hint + self._resolver.similar(absent.link))


def _unseen(document: Document, refusal: BillError) -> Problem:
    return Problem(
        field=None,
        reason=f"what BILL has of {document.entity.name} cannot be seen, so it might be written twice: "
        f"{refusal.message}",
        code=refusal.code,
        hint=f"Let the API user list {document.entity.name}.",
    )


def _one_object(bill_id: str, taken_by: str) -> Problem:
    return Problem(
        field=None,
        reason=f"it is {bill_id}, and so is another record of this input: {name_of(taken_by)}",
        kind="it is the same object as another record of this input",
        hint="Leave one of them out.",
    )


def as_written(document: Document) -> Outcome:
    """The outcome of a record that the ledger knows with this content."""
    return Outcome(document=document, verdict=Verdict.UNCHANGED)


def _is_linked(decision: Step | Outcome) -> bool:
    return isinstance(decision, Outcome) and decision.verdict is Verdict.LINKED
