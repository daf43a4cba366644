"""Facts and policy: everything known of a document before it is planned, and the choices of the user."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bill_api.existing.objects import Stored
    from bill_api.identity.keys import ObjectKey
    from bill_api.table.entity import Entity
    from bill_api.table.problem import Problem
    from target_bill.ledger.intents import Intent
    from target_bill.ledger.ledger import LastOutcome
    from target_bill.model.step import Owner
    from target_bill.settings import Options


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Choices of the user, for one entity.

    Attributes:
        on_match: What becomes of a record whose key BILL has already.
        allow_deletes: Whether deletes are carried out.
        allow_renames: Whether an object that only the ledger connects with a record may get another name or number.
        allow_fewer_lines: Whether an update may drop lines.
        takes_over: Whether a record may take an object over from the record that owns it.
        is_trusted: Whether the session can be trusted (MFA).
        key: How objects of the entity are told apart.
        match_on: The fields that the user has chosen for that; empty for the natural key.
        paid_or_approved: What becomes of a change of a document that money or a person's word binds.
        required: Fields that an object must have, those of lines behind their array and a point.
    """

    on_match: str
    allow_deletes: bool
    allow_renames: bool
    allow_fewer_lines: bool
    takes_over: bool
    is_trusted: bool
    key: ObjectKey
    paid_or_approved: str
    match_on: tuple[str, ...] = ()
    required: tuple[str, ...] = ()

    @classmethod
    def of(cls, options: Options, entity: Entity, *, is_trusted: bool) -> Policy:
        """The policy that settings make for an entity."""
        return cls(
            on_match=options.on_match,
            allow_deletes=options.allow_deletes,
            allow_renames=options.allow_renames,
            allow_fewer_lines=entity.name in options.allow_fewer_lines,
            takes_over=options.takes_over(entity),
            is_trusted=is_trusted,
            key=options.key_of(entity),
            paid_or_approved=options.paid_or_approved,
            match_on=options.keys.get(entity.name, ()),
            required=options.required_fields.get(entity.name, ()),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An object that a document may be.

    Attributes:
        stored: As BILL holds it.
        owner: The other record that owns it, by the ledger.
        owner_comes: Whether that record is in this input too.
    """

    stored: Stored
    owner: Owner | None = None
    owner_comes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything known of a document before it is planned.

    Attributes:
        settled: What the ledger has of an earlier record with the same key.
        intent: An earlier call for it whose outcome is not known.
        unclear: Why that call may have created an object that has not the key of the record.
        owned: The object that the ledger says it owns, as BILL holds it.
        named: The object whose id the record gives.
        matches: Active objects in BILL that it may be: with the same key, and with the same content where the key
            does not tell two apart.
        taken: Other active objects with the key that the object it owns would get.
    """

    settled: LastOutcome | None = None
    intent: Intent | None = None
    unclear: Problem | None = None
    owned: Stored | None = None
    named: Candidate | None = None
    matches: Sequence[Candidate] = ()
    taken: Sequence[Candidate] = ()
