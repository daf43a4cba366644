"""The entity table: each BILL entity declared once, parents before those that refer to them."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from bill_api.entities.approvals import (
    APPROVAL_POLICY,
    APPROVAL_POLICY_APPROVER,
    BILL_APPROVER,
    RECURRING_BILL_APPROVER,
    VENDOR_CREDIT_APPROVER,
)
from bill_api.entities.banking import BANK_ACCOUNT, MONEY_MOVEMENT
from bill_api.entities.bills import BILL
from bill_api.entities.classifications import (
    ACTG_CLASS,
    CHART_OF_ACCOUNT,
    DEPARTMENT,
    EMPLOYEE,
    ITEM,
    JOB,
    LOCATION,
    PAYMENT_TERM,
)
from bill_api.entities.credits import CREDIT_MEMO, INVOICE_CREDIT, VENDOR_CREDIT
from bill_api.entities.customers import CUSTOMER, CUSTOMER_BANK_ACCOUNT, CUSTOMER_CONTACT
from bill_api.entities.invoices import INVOICE
from bill_api.entities.notes import NOTE
from bill_api.entities.orders import PURCHASE_ORDER
from bill_api.entities.payments import BILL_CREDIT, BILL_PAY, RECEIVED_PAY, RP_CONV_FEE, SENT_PAY
from bill_api.entities.people import ORGANIZATION, PROFILE, USER
from bill_api.entities.recurring import RECURRING_BILL, RECURRING_INVOICE
from bill_api.entities.vendors import VENDOR, VENDOR_BANK_ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bill_api.table.entity import Entity

ENTITIES: tuple[Entity, ...] = (
    ORGANIZATION,
    PROFILE,
    USER,
    PAYMENT_TERM,
    CHART_OF_ACCOUNT,
    DEPARTMENT,
    LOCATION,
    JOB,
    ACTG_CLASS,
    EMPLOYEE,
    ITEM,
    BANK_ACCOUNT,
    VENDOR,
    VENDOR_BANK_ACCOUNT,
    CUSTOMER,
    CUSTOMER_CONTACT,
    CUSTOMER_BANK_ACCOUNT,
    RECURRING_BILL,
    BILL,
    VENDOR_CREDIT,
    RECURRING_INVOICE,
    INVOICE,
    CREDIT_MEMO,
    INVOICE_CREDIT,
    PURCHASE_ORDER,
    SENT_PAY,
    BILL_PAY,
    BILL_CREDIT,
    RP_CONV_FEE,
    RECEIVED_PAY,
    MONEY_MOVEMENT,
    BILL_APPROVER,
    VENDOR_CREDIT_APPROVER,
    RECURRING_BILL_APPROVER,
    APPROVAL_POLICY,
    APPROVAL_POLICY_APPROVER,
    NOTE,
)
"""Every entity that BILL lists; an entity stands after those that its fields refer to (itself apart)."""

BY_NAME: Mapping[str, Entity] = MappingProxyType({each.name: each for each in ENTITIES})
BY_STREAM: Mapping[str, Entity] = MappingProxyType({each.stream: each for each in ENTITIES if each.is_streamed})
LOADABLE: Mapping[str, Entity] = MappingProxyType({name: each for name, each in BY_STREAM.items() if each.is_loadable})
"""The streams whose records can become objects of BILL."""

__all__ = ["BY_NAME", "BY_STREAM", "ENTITIES", "LOADABLE"]
