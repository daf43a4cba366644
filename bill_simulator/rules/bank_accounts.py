"""Effects of a bank account on its vendor or customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bill_api.entities import BY_NAME
from bill_simulator.behaviour.refusals import ErrorAnswer
from bill_simulator.rules.values import flag

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bill_api.table.entity import Entity
    from bill_simulator.rules.calls import Context

BY_CHECK, BY_ACH = "0", "1"
NO_ACCOUNT, VERIFIED = -1, 1

AFTER_ADDING: Mapping[str, Mapping[str, Any]] = {
    "VendorBankAccount": {"payBy": BY_ACH, "vendorBankAccountStatus": VERIFIED},
    "CustomerBankAccount": {"hasBankAccount": True},
}
AFTER_REMOVING: Mapping[str, Mapping[str, Any]] = {
    "VendorBankAccount": {"payBy": BY_CHECK, "vendorBankAccountStatus": NO_ACCOUNT},
    "CustomerBankAccount": {"hasBankAccount": False},
}
OWNER = {"VendorBankAccount": ("Vendor", "vendorId"), "CustomerBankAccount": ("Customer", "customerId")}


def check_terms(context: Context, entity: Entity, element: Mapping[str, Any]) -> None:
    """`agreedWithTOS` must stand beside the object (documented: CustomerBankAccount; the code is inferred)."""
    if "agreedWithTOS" in entity.flags and not flag(context, element, "agreedWithTOS"):
        raise ErrorAnswer("BDC_1108", "agreedWithTOS")


def account_added(context: Context, entity: Entity, account: Mapping[str, Any]) -> None:
    """A vendor with an account is paid by ACH (documented: VendorBankAccount)."""
    update_owner(context, entity, account, AFTER_ADDING.get(entity.name))


def account_removed(context: Context, entity: Entity, account: Mapping[str, Any]) -> None:
    """Without its account a vendor is paid by check again (documented: VendorBankAccount)."""
    update_owner(context, entity, account, AFTER_REMOVING.get(entity.name))


def update_owner(
    context: Context, entity: Entity, account: Mapping[str, Any], values: Mapping[str, Any] | None
) -> None:
    """Change the vendor or customer; its updatedTime moves with it (inferred)."""
    if values is None:
        return
    owner_entity, reference = BY_NAME[OWNER[entity.name][0]], OWNER[entity.name][1]
    table = context.books.table(owner_entity)
    owner = table.object(table.rows[account[reference]])
    context.books.put(owner_entity, {**owner, **values, "updatedTime": context.now})
