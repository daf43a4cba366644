"""The entity table: each BILL entity declared once, parents before those that refer to them."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from bill_api.entities.bills import BILL
from bill_api.entities.classifications import (
    ACTG_CLASS,
    CHART_OF_ACCOUNT,
    DEPARTMENT,
    EMPLOYEE,
    ITEM,
    JOB,
    LOCATION,
)
from bill_api.entities.customers import CUSTOMER, CUSTOMER_BANK_ACCOUNT
from bill_api.entities.invoices import INVOICE
from bill_api.entities.vendors import VENDOR, VENDOR_BANK_ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bill_api.entity import Entity

ENTITIES: tuple[Entity, ...] = (
    CHART_OF_ACCOUNT,
    DEPARTMENT,
    LOCATION,
    JOB,
    ACTG_CLASS,
    EMPLOYEE,
    ITEM,
    VENDOR,
    VENDOR_BANK_ACCOUNT,
    CUSTOMER,
    CUSTOMER_BANK_ACCOUNT,
    BILL,
    INVOICE,
)
"""Every entity; an entity stands after those that its fields refer to (itself apart)."""

BY_NAME: Mapping[str, Entity] = MappingProxyType({each.name: each for each in ENTITIES})
BY_STREAM: Mapping[str, Entity] = MappingProxyType({each.stream: each for each in ENTITIES})

__all__ = ["BY_NAME", "BY_STREAM", "ENTITIES"]
