"""A record of the input, understood: which entity, which key, which values, which references."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from bill_api.entities import BY_NAME
from bill_api.entity import ACTIVE, INACTIVE, ZERO_ID, Operation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bill_api.entity import Entity
    from bill_api.fields import Field
    from bill_api.references import Reference
    from target_bill.outcome import Problem

_encode_sorted = msgspec.json.Encoder(decimal_format="number", order="deterministic").encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A reference that has to become a BILL id of this organization.

    Attributes:
        field: The field that will hold the id.
        line: Index of the line that holds it; None for the document itself.
        by: How the referenced object is named; None when an id is given.
        value: The name, number or id.
        is_optional: Left out when nothing here answers to it: its entity stays with the organization it came from.
    """

    field: Field
    line: int | None
    by: Reference | None
    value: str
    is_optional: bool = False

    @property
    def place(self) -> str:
        """Where a person finds it in the record."""
        return place_of(self.by.alias if self.by else self.field.name, self.line)

    @property
    def entity(self) -> Entity:
        """What it points at."""
        return self.by.entity if self.by else BY_NAME[str(self.field.references)]


@dataclass(slots=True, kw_only=True, eq=False)
class Document:
    """A record, understood. Not changed once it is made.

    Attributes:
        stream: The stream it came in.
        key_properties: The stream's key; empty for the entity's natural key.
        source_key: Values of its key as JSON text.
        source_id: Its BILL id in the organization it comes from, if it has one.
        source_organization: The organization it comes from, if it says so.
        record: As it came, for the rejects file.
        body: Typed values without references; None for a field that is to be emptied.
        flags: Keys that stand beside the object.
        links: References that are not yet ids.
        dropped: References to entities that this target does not load; they mean nothing in another organization.
        unknown: Fields that the entity does not have; they are not sent.
        content_hash: Changes when anything that would be sent changes; salted.
        money: Its total.
        is_deleted: Deleted in its source.
        problems: Why it cannot be written.
    """

    entity: Entity
    stream: str
    key_properties: tuple[str, ...]
    source_key: str
    source_id: str | None = None
    source_organization: str | None = None
    record: Mapping[str, Any] = field(repr=False)
    body: dict[str, Any] = field(default_factory=dict, repr=False)
    flags: dict[str, Any] = field(default_factory=dict)
    links: Sequence[Link] = ()
    dropped: Sequence[str] = ()
    unknown: Sequence[str] = ()
    content_hash: str = ""
    money: Decimal = Decimal(0)
    is_deleted: bool = False
    problems: Sequence[Problem] = ()

    @property
    def key(self) -> tuple[str, str]:
        """What the ledger knows it by: BILL stream and source key."""
        return self.entity.stream, self.source_key


def fingerprint(document: Document, salt: str) -> str:
    """A hash of everything that would be sent.

    Args:
        document: What would be sent.
        salt: So that the hash does not give a bank number away.
    """
    links = [[link.place, link.value] for link in document.links]
    content = _encode_sorted([document.body, links, document.flags, document.is_deleted])
    return hashlib.sha256(salt.encode() + content).hexdigest()


def place_of(name: str, line: int | None) -> str:
    """Where a person finds a field in a record.

    Args:
        name: The field's name.
        line: Index of its line; None for the document itself.
    """
    return name if line is None else f"lines[{line}].{name}"


@cache
def is_written(entity: Entity) -> bool:
    """Whether this target writes an entity: BILL creates it, its fields are known, and what was made can be found."""
    return entity.offers(Operation.CREATE) and not entity.partial and entity.is_timed


def is_empty(value: Any) -> bool:
    """Whether BILL would say that there is nothing in a field; the zero id stands for none."""
    # By type first: to compare a Decimal with a text takes longer than everything else that is done with it.
    return value is None or (isinstance(value, str | list) and value in ("", ZERO_ID, []))


def is_active(obj: Mapping[str, Any]) -> bool:
    """Whether BILL's object is not soft-deleted."""
    return bool(obj.get("isActive", ACTIVE) != INACTIVE)
