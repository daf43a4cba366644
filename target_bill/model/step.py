"""A write that has been decided on, and the object and the owner that it is about."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from bill_api.identity.keys import key_shown
from bill_api.table.entity import ACTIVE, IN_BULK, INACTIVE, IS_ACTIVE, Operation
from bill_values.exact_json import decode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bill_api.existing.objects import Stored
    from bill_api.table.entity import Entity
    from target_bill.model.change import Change
    from target_bill.model.document import Document
    from target_bill.model.outcome import Hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """The record that owns an object."""

    source_key: str
    hold: Hold

    @property
    def name(self) -> str:
        """The name that a person finds it by: source, incoming stream, and the values of its key."""
        return name_of(self.source_key)


def name_of(source_key: str) -> str:
    """A ledger's key for people: the values of the record's key, and where it came from."""
    source, incoming, names, values = decode(source_key)
    shown = key_shown(dict(zip(names, values, strict=True)))
    return f"{shown} of {source}/{incoming}" if source else f"{shown} of {incoming}"


MORE = "and more"
"""In place of what a notice does not name."""


class Notice(NamedTuple):
    """A reason for a person to look at a step.

    Attributes:
        text: What is to be looked at, in words.
        topic: What it is about: the account counts by it.
        of: Everything it names: ids of objects, keys of records, fields; what an approved plan does not name is new.
    """

    text: str
    topic: str
    of: tuple[str, ...] = ()


class Action(StrEnum):
    """An action on an object; all but `TAKE_OVER` are calls."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    UNDELETE = "undelete"
    TAKE_OVER = "take over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A write that has been decided on.

    Attributes:
        body: What to send, with references as BILL ids; empty for deletes.
        bill_id: What to change; None for a create.
        changes: What an update changes.
        before: What is changed, as BILL held it.
        hold: How the record holds the object then.
        owner: The record that held it until now: it gives it up.
        notices: Reasons for a person to look at it.
    """

    document: Document
    action: Action
    body: Mapping[str, Any] = field(default_factory=dict, repr=False)
    bill_id: str | None = None
    changes: Sequence[Change] = ()
    before: Stored | None = field(default=None, repr=False)
    hold: Hold | None = None
    owner: Owner | None = None
    notices: Sequence[Notice] = ()

    @property
    def entity(self) -> Entity:
        """The entity that it writes."""
        return self.document.entity

    @property
    def operation(self) -> Operation:
        """The operation that BILL is asked for, in bulk where it offers that; taking over is no call."""
        single = Operation(self.action.value)
        bulk = IN_BULK.get(single)
        return bulk if bulk is not None and self.entity.offers(bulk) else single

    @property
    def is_bulk(self) -> bool:
        """True if it shares a call with others."""
        return self.operation in IN_BULK.values()

    @property
    def wanted(self) -> dict[str, Any]:
        """The values that its object is to have then: what is sent, and its state where the call is about that."""
        state = {Action.DELETE: INACTIVE, Action.UNDELETE: ACTIVE}.get(self.action)
        return {**self.body, **({IS_ACTIVE: state} if state else {})}

    @property
    def expected(self) -> Mapping[str, Any]:
        """The content that BILL holds when it has happened: an update keeps what it leaves out (live, of Vendor)."""
        if self.action is not Action.UPDATE or self.before is None:
            return self.body
        return {**self.before.content, **self.body}
