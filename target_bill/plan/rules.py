"""Rules: the decision on a document is a function of it, of the facts and of the policy (see `facts`)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bill_api.identity.differences import differences
from bill_api.table.entity import ACTIVE, INACTIVE
from bill_api.table.problem import Problem
from target_bill.model.document import without_id
from target_bill.model.outcome import Hold, Outcome, Verdict, rejected
from target_bill.model.step import Action, Step
from target_bill.model.write import kept_of_stored
from target_bill.plan import bindings, checks
from target_bill.plan.changes import changes, update_body
from target_bill.plan.written import INTERRUPTED, in_part

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bill_api.existing.objects import Stored
    from bill_api.identity.keys import ObjectKey
    from target_bill.ledger.ledger import LastOutcome
    from target_bill.model.document import Document
    from target_bill.model.step import Owner
    from target_bill.plan.facts import Candidate, Facts, Policy

DELETES_OFF = "deleted in the source; deletes are not carried out (`allow_deletes`)"
NEVER_HERE = "deleted in the source, and never written here"
DELETED_BEFORE = "deleted in the source, and in BILL already"
LEFT_ALONE = "BILL has it already; left as it is (`on_match: skip`)"
AS_IT_SHOULD_BE = "BILL has it already, with the same content"
LINKED = "another record owns the object: it is referred to, and not written by this one"

MFA_HINT = (
    "Run `bill mfa authenticate --save`: it has a code texted to your phone, and writes `mfa_id` and `device_id` into "
    ".env; they are good for 30 days."
)


def decide(document: Document, body: Mapping[str, Any], facts: Facts, policy: Policy) -> Step | Outcome:
    """Decide on one document.

    Identity is sought in this order: the ledger, the record's own BILL id, the key. An object that another record owns
    is never written.

    Args:
        document: What came.
        body: Its values, with references as BILL ids.
        facts: Everything known of it.
        policy: What the user wants.
    """
    if facts.owned is not None:
        return _owned(document, body, facts, policy)
    if facts.settled is not None and facts.settled.is_owner:
        return rejected(document, _lost(document, facts.settled))
    if facts.named is not None:
        return _candidate(document, body, facts.named, facts, policy)
    return _by_key(document, body, facts, policy)


def _by_key(document: Document, body: Mapping[str, Any], facts: Facts, policy: Policy) -> Step | Outcome:
    """Nothing but its key says what it is."""
    if document.is_deleted and facts.matches:
        return _deleted_elsewhere(document, facts.matches)
    match facts.matches:
        case []:
            return rejected(document, facts.unclear) if facts.unclear else _create(document, body, policy)
        case [only]:
            return _candidate(document, body, only, facts, policy)
        case several:
            return rejected(document, _several(policy.key, [each.stored for each in several]))


def _owned(document: Document, body: Mapping[str, Any], facts: Facts, policy: Policy) -> Step | Outcome:
    """By the ledger it is this object: which is not to become another one."""
    stored, settled = facts.owned, facts.settled
    assert stored is not None  # noqa: S101  for the type checker: asked before
    may_rename = checks.may_rename(document, stored.bill_id, allow_renames=policy.allow_renames)
    if not (document.is_deleted or may_rename):
        problem = checks.renamed(document, body, stored.content, stored.bill_id)
        if problem is not None:
            return rejected(document, problem)
    if settled is not None and settled.verdict == Verdict.DELETED and not document.is_deleted:
        body = {"isActive": ACTIVE, **body}  # it was deleted because its source had done so, and is there again
    if facts.taken:
        return rejected(document, _key_taken(policy.key, stored, [each.stored for each in facts.taken]))
    decision = _for_known(document, body, stored, policy, hold=settled.hold if settled else None)
    is_as_sent = settled is not None and settled.content_hash == document.content_hash and not settled.is_whole
    if is_as_sent and not document.is_deleted and decision.bill_id is not None and isinstance(decision, Step):
        return rejected(document, in_part(document.entity, body, stored.bill_id, stored.content))
    return decision


def _candidate(
    document: Document, body: Mapping[str, Any], found: Candidate, facts: Facts, policy: Policy
) -> Step | Outcome:
    """BILL has an object that the record says it is, and the ledger does not know it as this record's."""
    owner, stored = found.owner, found.stored
    if owner is None:
        return _unowned(document, body, stored, facts, policy)
    if owner.hold is Hold.MADE:
        return _for_known(document, body, stored, policy, hold=Hold.ADOPTED, owner=owner)
    if policy.takes_over and not found.owner_comes and not document.is_deleted:
        step = Step(document=document, action=Action.TAKE_OVER, bill_id=stored.bill_id, before=stored, owner=owner)
        return step if _has_key_of(document, body, stored, policy) else rejected(document, _other_key(found, policy))
    if document.entity.lookups:
        return Outcome(document=document, verdict=Verdict.LINKED, bill_id=stored.bill_id, hold=Hold.LINKED, note=LINKED)
    return rejected(document, _of_another(found, policy))


def _unowned(
    document: Document, body: Mapping[str, Any], stored: Stored, facts: Facts, policy: Policy
) -> Step | Outcome:
    if facts.named is not None and facts.named.stored is stored:
        return _for_known(document, body, stored, policy, hold=Hold.ADOPTED)
    if facts.intent is not None and facts.intent.operation == Action.CREATE:
        return _of_lost_create(document, body, stored)
    if policy.on_match == "skip":
        return Outcome(document=document, verdict=Verdict.SKIPPED, note=LEFT_ALONE)
    if policy.on_match == "reject":
        return rejected(document, _matched(policy.key, stored))
    if not document.is_copy and not policy.allow_renames:
        problem = checks.another_party(document, body, stored.content, stored.bill_id)
        if problem is not None:
            return rejected(document, problem)
    return _for_known(document, body, stored, policy, hold=Hold.ADOPTED)


def _deleted_elsewhere(document: Document, matches: Sequence[Candidate]) -> Outcome:
    """Deleted in its source, and only its name is that of an active object: that one lives on."""
    match matches:
        case [only] if document.is_copy and document.entity.lookups:
            bill_id = only.stored.bill_id
            return Outcome(document=document, verdict=Verdict.LINKED, bill_id=bill_id, hold=Hold.LINKED, note=LINKED)
    return Outcome(document=document, verdict=Verdict.SKIPPED, note=NEVER_HERE)


def _has_key_of(document: Document, body: Mapping[str, Any], stored: Stored, policy: Policy) -> bool:
    key = policy.key.of(document.entity, body)
    return key is not None and key == policy.key.of(document.entity, stored.content)


def _of_lost_create(document: Document, body: Mapping[str, Any], match: Stored) -> Outcome:
    """Take an object for ours if it is what an interrupted create would have made of the record."""
    different = differences(document.entity.fields, body, match.content)
    if not different:
        return Outcome(
            document=document,
            verdict=Verdict.CREATED,
            bill_id=match.bill_id,
            hold=Hold.WROTE,
            note=INTERRUPTED,
            stored=kept_of_stored(document.entity, match),
        )
    problem = Problem(
        field=different[0],
        reason=f"where a new {document.entity.name} was to be created BILL has {match.bill_id} with this key, but with "
        "another content",
        kind=f"where a new {document.entity.name} was to be created BILL has one with this key and another content",
        hint="Compare the two by hand; nothing was changed. Make them equal, delete one, or give the record's `id`.",
    )
    return rejected(document, problem)


def _for_known(
    document: Document,
    body: Mapping[str, Any],
    own: Stored,
    policy: Policy,
    *,
    hold: Hold | None,
    owner: Owner | None = None,
) -> Step | Outcome:
    """The object is known: delete it, bring it back, change it, or leave it alone."""
    entity, bill_id = document.entity, own.bill_id
    if document.is_deleted:
        return _delete(document, own, policy, hold)
    if not own.is_active and body.get("isActive") != ACTIVE:
        return rejected(document, _deleted_here(bill_id))
    changed = changes(entity, body, own.content)
    if changed and not (document.is_copy or policy.allow_fewer_lines):
        problem = checks.takes_away(entity, body, own.content)
        if problem is not None:
            return rejected(document, problem)
    if not own.is_active:
        undelete = Step(document=document, action=Action.UNDELETE, bill_id=bill_id, before=own, hold=hold, owner=owner)
        return _checked(undelete, policy)
    if not changed:
        return Outcome(
            document=document,
            verdict=Verdict.UNCHANGED,
            bill_id=bill_id,
            hold=hold,
            instead_of=owner.source_key if owner else None,
            note=AS_IT_SHOULD_BE,
        )
    step = Step(
        document=document,
        action=Action.UPDATE,
        body=update_body(entity, changed, own.content),
        bill_id=bill_id,
        changes=changed,
        before=own,
        hold=hold,
        owner=owner,
    )
    return _checked(step, policy)


def _delete(document: Document, own: Stored, policy: Policy, hold: Hold | None) -> Step | Outcome:
    if not own.is_active:
        return Outcome(
            document=document, verdict=Verdict.UNCHANGED, bill_id=own.bill_id, hold=hold, note=DELETED_BEFORE
        )
    if not policy.allow_deletes:
        # Without its id the ledger does not take the record for settled: it is carried out when deletes are allowed.
        return Outcome(document=document, verdict=Verdict.SKIPPED, note=DELETES_OFF)
    step = Step(document=document, action=Action.DELETE, bill_id=own.bill_id, before=own, hold=hold)
    return _checked(step, policy)


def _create(document: Document, body: Mapping[str, Any], policy: Policy) -> Step | Outcome:
    if document.is_deleted and not document.is_copy:
        return Outcome(document=document, verdict=Verdict.SKIPPED, note=NEVER_HERE)
    # In a copy of an organization other documents may refer to what is deleted.
    sent = {name: value for name, value in body.items() if value is not None}
    if document.is_deleted:
        sent["isActive"] = INACTIVE
    lines = document.entity.lines
    if lines is not None and lines.name in sent:
        sent[lines.name] = [
            {name: value for name, value in without_id(line).items() if value is not None} for line in sent[lines.name]
        ]
    for flag in document.entity.flags:
        problem = _unagreed(document, flag)
        if problem is not None:
            return rejected(document, problem)
    return _checked(Step(document=document, action=Action.CREATE, body=sent), policy)


def _unagreed(document: Document, flag: str) -> Problem | None:
    """BILL wants to hear that its terms of service are accepted (documented: DS CustomerBankAccount)."""
    if flag != "agreedWithTOS" or document.flags.get(flag) is True:
        return None
    return Problem(
        field=flag,
        reason="BILL wants its terms of service accepted",
        hint="Put `agreedWithTOS: true` into the record, if your customer has agreed.",
    )


def _checked(step: Step, policy: Policy) -> Step | Outcome:
    """The step, unless BILL does not offer it, asks for a trusted session, or the settings for what it lacks."""
    if lacking := checks.lacks(step, policy.required):
        return rejected(step.document, lacking)
    if (problem := bindings.broken_by(step)) is not None:
        if policy.paid_or_approved == "reject":
            return rejected(step.document, problem)
        step = replace(step, notices=[*step.notices, bindings.notice(problem)])
    return checked(step, is_trusted=policy.is_trusted)


def checked(step: Step, *, is_trusted: bool) -> Step | Outcome:
    """The step, unless BILL does not offer it, or asks for a trusted session that there is none for."""
    entity, action, operation = step.entity, step.action, step.operation
    if not entity.offers(operation):
        hint = "Delete it in BILL, then load it again." if action is Action.UPDATE else "Do it in BILL by hand."
        fields = ", ".join(each.field for each in step.changes)
        reason = f"BILL offers no {action.value} of {entity.name}"
        if fields:
            reason += f", and these fields differ: {fields}"
        return rejected(step.document, Problem(field=None, reason=reason, hint=hint))
    if operation in entity.trusted and not is_trusted:
        reason = f"{action.value} of {entity.name} needs a session that is trusted through 2-step verification"
        return rejected(step.document, Problem(field=None, reason=reason, hint=MFA_HINT))
    return step


def hopeless_as_it_is(document: Document) -> Outcome | None:
    """The outcome of a record that nothing in the ledger or BILL can help, if it is one.

    A record of an entity that this target does not write is left out of a copy of another organization: payments,
    approvals, users and so on belong to the original. Anybody else who sends one means it to be written, and must
    learn that it was not.
    """
    entity = document.entity
    if entity.is_loadable:
        return rejected(document, *document.problems) if document.problems else None
    if document.is_copy:
        note = f"{entity.name} is not written by this target; `{document.stream}` stays with its own organization"
        return Outcome(document=document, verdict=Verdict.LEFT_OUT, note=note)
    hint = f"Leave the stream `{document.stream}` out."
    return rejected(document, Problem(field=None, reason=f"{entity.name} is not written: {entity.obstacle}", hint=hint))


def _matched(key: ObjectKey, stored: Stored) -> Problem:
    return Problem(
        field=", ".join(key.fields),
        reason=f"BILL has an object with this key: {stored.bill_id}",
        hint="Set `on_match` to `update` or `skip` to accept it.",
        kind="BILL has an object with this key",
    )


def _of_another(found: Candidate, policy: Policy) -> Problem:
    owner = found.owner
    assert owner is not None  # noqa: S101  only owned ones get here
    return Problem(
        field=", ".join(policy.key.fields) or None,
        reason=f"it is {found.stored.bill_id}, which belongs to another record: {owner.name}",
        kind="it belongs to another record",
        hint="Leave one of them out, or give each its own number. To hand the object over on purpose, name the stream "
        "in `take_over` for one run" + (", without the record that has it now." if found.owner_comes else "."),
    )


def _other_key(found: Candidate, policy: Policy) -> Problem:
    return Problem(
        field=", ".join(policy.key.fields) or None,
        reason=f"{found.stored.bill_id} belongs to another record, and has another key than this one",
        hint="Only an object with the same key is taken over (`take_over`).",
        kind="the object belongs to another record, and has another key than this one",
    )


def _several(key: ObjectKey, matches: Sequence[Stored]) -> Problem:
    return Problem(
        field=", ".join(key.fields),
        reason=f"several objects in BILL have this key: {', '.join(each.bill_id for each in matches)}",
        hint="Merge or rename them in BILL, or give the record's `id`.",
        kind="several objects in BILL have this key",
    )


def _key_taken(key: ObjectKey, own: Stored, others: Sequence[Stored]) -> Problem:
    return Problem(
        field=", ".join(key.fields),
        reason=f"by the ledger this record is {own.bill_id}, and another object has the key that it would get: "
        f"{', '.join(each.bill_id for each in others)}",
        hint="Rename or delete the other one first.",
        kind="another object in BILL has the key that its own would get",
    )


def _lost(document: Document, settled: LastOutcome) -> Problem:
    return Problem(
        field=None,
        reason=f"the ledger knows this record as {settled.bill_id}, and BILL has no such {document.entity.name}",
        kind=f"the ledger knows this record, and BILL has no such {document.entity.name}",
        hint="Is it the ledger of another sandbox, or of one that was wiped? Each needs its own (`ledger`).",
    )


def _deleted_here(bill_id: str) -> Problem:
    return Problem(
        field="isActive",
        reason=f"{bill_id} was deleted in BILL",
        kind="it was deleted in BILL",
        hint='Bring it back there, or give the record `isActive: "1"`; otherwise leave the record out.',
    )
