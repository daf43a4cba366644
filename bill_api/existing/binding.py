"""Bindings of a document: money that was paid, scheduled or applied, and the word of a person who approves.

Read by BILL's fields that nobody writes. Where BILL does not send one of them, it says nothing.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from bill_api.table.kinds import is_empty

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bill_api.table.entity import Entity

OPEN = "1"
"""The payment status of a document of which nothing was paid (seen in clients: section 7, 23)."""

STATUS = "paymentStatus"
DECIDING = (STATUS, "appliedAmount")
"""Of these an entity has one at most: without it nothing says that nothing was paid, or of a credit applied."""

USED = ("paidAmount", "scheduledAmount", "creditAmount", "appliedAmount")
"""Amounts that are paid, on their way, or set against a document; nothing until then (seen in a client's captures)."""

OWED = ("dueAmount", "amountDue")
"""The part of the amount that is still open (seen in a client: section 7, 23)."""

APPROVAL, BEING_APPROVED = "approvalStatus", frozenset({"3", "4", "5"})
"""A person has said something of it: approved, partly approved, denied (live: section 7, 24)."""


def unsaid(entity: Entity, obj: Mapping[str, Any]) -> str | None:
    """The field without which nothing says that nothing was paid or applied; None where BILL has sent it."""
    return next((name for name in DECIDING if name in entity.by_name and is_empty(obj.get(name))), None)


def bound_by(entity: Entity, obj: Mapping[str, Any]) -> dict[str, str]:
    """The fields that bind a document, each with what it says, in words; empty where nothing does.

    Args:
        entity: The document's.
        obj: As BILL gives it.
    """
    known = bound_fields(entity)
    return dict(_bound_by(entity, obj)) if known and any(name in obj for name in known) else {}


def _bound_by(entity: Entity, obj: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    known = bound_fields(entity)
    status = None if STATUS not in known or is_empty(obj.get(STATUS)) else str(obj[STATUS])
    if status not in {None, OPEN}:
        yield STATUS, f"its payment status is {_coded(entity, STATUS, status)}"
    used = [(name, amount) for name in USED if name in known and (amount := _amount(obj.get(name)))]
    for name, amount in used:
        yield name, f"{amount:,.2f} of it is paid, scheduled or applied"
    total = _amount(obj.get("amount"))
    for name in OWED:
        # An amount that is used says the same, and does not move when a line is changed.
        if name in known and not used and not is_empty(obj.get(name)) and (owed := _amount(obj[name])) != total:
            yield name, f"{owed:,.2f} of {total:,.2f} is still open"
    approval = str(obj.get(APPROVAL))
    if APPROVAL in known and approval in BEING_APPROVED:
        yield APPROVAL, f"its approval status is {_coded(entity, APPROVAL, approval)}"


def _coded(entity: Entity, name: str, code: str | None) -> str:
    return f"{code!r} ({entity.by_name[name].codes.get(str(code), 'unknown')})"


@cache
def bound_fields(entity: Entity) -> frozenset[str]:
    """The fields of an entity that may bind its objects; none of what has no lines: payments are no documents."""
    return frozenset(entity.by_name) & {*DECIDING, *USED, *OWED, APPROVAL} if entity.lines else frozenset()


def _amount(value: Any) -> Decimal:
    return Decimal(0) if is_empty(value) else Decimal(str(value))
