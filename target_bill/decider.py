"""What to do with a document: gathers what the ledger and BILL know of it, and asks the planner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bill_api.lookup import differences
from target_bill.document import is_written
from target_bill.mirror import key_of, names_of
from target_bill.outcome import Outcome, Problem, Verdict, rejected
from target_bill.planner import Known, Policy, Step, hopeless_as_it_is, plan

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from bill_api.errors import BillError
    from target_bill.document import Document
    from target_bill.ledger import Ledger, Settled
    from target_bill.mirror import Mirror, Stored
    from target_bill.report import Report
    from target_bill.resolver import Absent, Resolution, Resolver
    from target_bill.scratch import Scratch
    from target_bill.settings import Options


@dataclass(frozen=True, slots=True)
class Held:
    """A document that refers to what is not there, at least not yet."""

    waiting: Sequence[Absent]


class Decider:
    """Decides on documents of one organization.

    Args:
        organization_id: The organization that is written to.
        options: What the user has chosen.
        is_trusted: Whether the session can be trusted (MFA).
        ledger: What was written.
        mirror: What BILL has.
        resolver: Looks references up.
        scratch: Knows which keys are taken in this input.
        report: Told of references that mean nothing here.
    """

    def __init__(
        self,
        organization_id: str,
        options: Options,
        *,
        is_trusted: bool,
        ledger: Ledger,
        mirror: Mirror,
        resolver: Resolver,
        scratch: Scratch,
        report: Report,
    ) -> None:
        self._organization_id = organization_id
        self._options = options
        self._is_trusted = is_trusted
        self._ledger = ledger
        self._mirror = mirror
        self._resolver = resolver
        self._scratch = scratch
        self._report = report

    def decide(self, document: Document, *, is_last: bool) -> Step | Outcome | Held:
        """What to do with one document.

        Args:
            document: It.
            is_last: Nothing more comes that it could wait for.
        """
        outright = self._recognized(document) or hopeless_as_it_is(document)
        if outright is not None:
            return outright
        settled = self._ledger.settled(*document.key)
        if settled is not None and self._is_as_written(document, settled):
            return Outcome(document=document, verdict=Verdict.UNCHANGED)
        own = self._own(document, settled)
        resolution = self._resolver.resolve(document)
        if not (document.is_deleted and own):  # a delete needs no references
            needed = [absent for absent in resolution.waiting if not absent.link.is_optional]
            if resolution.wrong:
                return rejected(document, resolution.wrong[0])
            if resolution.waiting and not is_last:
                return Held(resolution.waiting)
            if needed:
                return rejected(document, self._with_near_misses(needed[0]))
        self._report.dropped(absent.link.field.name for absent in resolution.waiting)
        return self._planned(document, resolution, settled, own)

    def _planned(
        self, document: Document, resolution: Resolution, settled: Settled | None, own: Stored | None
    ) -> Step | Outcome:
        entity, key = document.entity, self._options.key_of(document.entity)
        if refusal := self._mirror.ensure(entity):
            return rejected(document, _unseen(document, refusal))
        if key.is_unique and (owner := self._scratch.claim(document, key_of(entity, key, resolution.body))):
            return rejected(document, _used_twice(document, key.fields, owner))
        matches = [] if settled or own else self._matches(document, resolution.body)
        intent = self._ledger.intent(*document.key)
        known = Known(settled=settled, intent=intent, own=own, matches=matches)
        policy = Policy(
            on_match=self._options.on_match,
            allow_deletes=self._options.allow_deletes,
            is_trusted=self._is_trusted,
            key=key,
        )
        decision = plan(document, resolution.body, known, policy)
        if decision.bill_id is not None:
            owner = self._scratch.claim(document, decision.bill_id)
            return rejected(document, _one_object(decision.bill_id, owner)) if owner else decision
        return decision

    def _is_as_written(self, document: Document, settled: Settled) -> bool:
        """Whether a record was written as it is, and no call for it is open."""
        return settled.content_hash == document.content_hash and self._ledger.intent(*document.key) is None

    def _recognized(self, document: Document) -> Outcome | None:
        """An object of another organization that this target does not write, and has here under the same name."""
        entity = document.entity
        if is_written(entity) or not entity.lookups or document.source_organization is None:
            return None
        for suffix, name in names_of(entity, document.record).items():
            found = self._mirror.named(entity, suffix, name)
            if len(found) == 1:
                note = f"{entity.name} is not written by this target; the one with the same name stands for it"
                return Outcome(document=document, verdict=Verdict.UNCHANGED, bill_id=found[0], note=note)
        return None

    def _own(self, document: Document, settled: Settled | None) -> Stored | None:
        if settled is not None:
            return self._mirror.get(document.entity, settled.bill_id)
        is_from_here = document.source_organization in {None, self._organization_id}
        if document.source_id and is_from_here:
            return self._mirror.get(document.entity, document.source_id)
        return None

    def _matches(self, document: Document, body: Mapping[str, Any]) -> list[Stored]:
        entity = document.entity
        matches = self._mirror.with_key(entity, body)
        if self._options.key_of(entity).is_unique:
            return matches
        # The key alone does not tell two apart: only an object with the same content that is nobody else's.
        same = (each for each in matches if not differences(entity.fields, body, each.content))
        free = (each for each in same if not self._ledger.is_owned(entity.stream, each.bill_id))
        mine = next((each for each in free if self._scratch.claim(document, each.bill_id) is None), None)
        return [mine] if mine else []

    def _with_near_misses(self, absent: Absent) -> Problem:
        problem = absent.problem
        return Problem(
            field=problem.field,
            reason=problem.reason,
            code=problem.code,
            hint=problem.hint + self._resolver.similar(absent.link),
        )


def _unseen(document: Document, refusal: BillError) -> Problem:
    return Problem(
        field=None,
        reason=f"what BILL has of {document.entity.name} cannot be seen, so it might be written twice: "
        f"{refusal.message}",
        code=refusal.code,
        hint=f"Let the API user list {document.entity.name}.",
    )


def _used_twice(document: Document, fields: Sequence[str], owner: str) -> Problem:
    return Problem(
        field=", ".join(fields),
        reason=f"used twice in this input: the record with the key {owner} has it too",
        hint=f"Give each {document.entity.name} its own, or merge the two.",
    )


def _one_object(bill_id: str, owner: str) -> Problem:
    return Problem(
        field=None,
        reason=f"it is {bill_id}, and so is the record with the key {owner} of this input",
        hint="Leave one of them out.",
    )
