"""Uniqueness of names, numbers and bank accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bill_api.table.entity import ACTIVE
from bill_simulator.behaviour.refusals import ErrorAnswer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bill_api.table.entity import Entity
    from bill_simulator.rules.calls import Context
    from bill_simulator.state.books import EntityTable, StoredRow

NAMED = frozenset({"Vendor", "Customer"})
ACCOUNTS = frozenset({"VendorBankAccount", "CustomerBankAccount"})
TERMS = frozenset({"PaymentTerm"})
NUMBERED = frozenset({"Bill", "Invoice"})


def check(
    context: Context, entity: Entity, whole: Mapping[str, Any], *, before: Mapping[str, Any] | None, allowed: bool
) -> None:
    """Refuse an object that repeats another's key.

    Bill numbers per vendor (live) and invoice numbers per organization (seen in clients), with the code of the switch
    `duplicate_number_code`; `allowDuplicateInvNum` lifts it for bills. Vendor and customer names are unique (seen in a
    client; code unknown). One active bank account per vendor and per customer, and one payment term of as many days
    (documented; code unknown). What does not change in this respect is not checked.
    """
    table = context.books.table(entity)
    names = table.key_names
    is_concerned = concerns(context, entity, allowed=allowed) and whole["isActive"] == ACTIVE
    if not is_concerned or not changes(names, whole, before):
        return
    key = tuple(whole[name] for name in names)
    others = [
        row
        for row in table.same_key(key)
        if table.value(row, "id") != whole["id"] and counts(context, table, row, whole)
    ]
    if not others:
        return
    if entity.name in NUMBERED:
        raise ErrorAnswer(context.switches.duplicate_number_code)
    raise ErrorAnswer(context.switches.duplicate_name_code, names[0], key[0])


def concerns(context: Context, entity: Entity, *, allowed: bool) -> bool:
    """True when this entity has such a rule, for this call."""
    if entity.name == "Bill":
        return not allowed
    if entity.name in NAMED:
        return context.switches.duplicate_names == "refuse"
    return entity.name in NUMBERED | ACCOUNTS | TERMS


def changes(names: tuple[str, ...], whole: Mapping[str, Any], before: Mapping[str, Any] | None) -> bool:
    """True when the key is new, or the object comes back to life."""
    if before is None or before["isActive"] != whole["isActive"]:
        return True
    return any(before[name] != whole[name] for name in names)


def counts(context: Context, table: EntityTable, row: StoredRow, whole: Mapping[str, Any]) -> bool:
    """True when an object with the same key stands in the way."""
    blocks = context.switches.duplicates_of_inactive == "count" and table.entity.name not in NAMED
    if not blocks and not table.is_active(row):
        return False
    if table.entity.name == "Bill" and context.switches.duplicate_bill_scope == "vendor_number_date":
        return bool(table.value(row, "invoiceDate") == whole["invoiceDate"])
    return True
