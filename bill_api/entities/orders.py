"""Purchase orders."""

from __future__ import annotations

from bill_api.table.entity import Entity, Operation, offered
from bill_api.table.fields import FieldType, declare

PURCHASE_ORDER = Entity(
    name="PurchaseOrder",
    stream="purchase_orders",
    operations=offered(list="V2", create="V2"),
    unknown=frozenset(
        {
            Operation.READ,
            Operation.UPDATE,
            Operation.DELETE,
            Operation.UNDELETE,
            Operation.BULK_CREATE,
            Operation.BULK_UPDATE,
            Operation.BULK_DELETE,
        }
    ),
    partial=True,
    note="Pages for create and list exist; fields are unknown.",
    fields=(
        declare("entity", FieldType.STRING, "V2", read_only=True),
        declare("id", FieldType.ID, "V2", read_only=True),
    ),
)
