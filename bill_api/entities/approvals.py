"""Who has to approve what."""

from __future__ import annotations

from bill_api.entity import Entity, offered
from bill_api.fields import FieldType, declare

BILL_APPROVER = Entity(
    name="BillApprover",
    stream="bill_approvers",
    id_prefix="0ba",
    operations=offered(list="TS", read="V2"),
    note="Read is documented; List works in a live client though it is not.",
    fields=(
        declare("entity", FieldType.STRING, "TS", read_only=True),
        declare("id", FieldType.ID, "TS", read_only=True),
        declare("isActive", FieldType.ENUM, "TS", codes={"1": "active", "2": "inactive"}, read_only=True),
        declare("usersId", FieldType.ID, "TS", read_only=True, references="User"),
        declare("sortOrder", FieldType.INTEGER, "TS", "0-based", read_only=True),
        declare(
            "status",
            FieldType.ENUM,
            "TS",
            codes={
                "0": "waiting",
                "1": "viewed",
                "2": "rerouted",
                "3": "denied",
                "4": "approved",
                "5": "upcoming",
                "6": "stale",
            },
            read_only=True,
        ),
        declare("statusChangedDate", FieldType.DATETIME, "TS", read_only=True),
        declare("lastReminderDate", FieldType.DATETIME, "TS", read_only=True),
        declare("billId", FieldType.ID, "TS", read_only=True, references="Bill"),
    ),
)

VENDOR_CREDIT_APPROVER = Entity(
    name="VendorCreditApprover",
    stream="vendor_credit_approvers",
    id_prefix="vca",
    operations=offered(list="TS", read="V2"),
    note="Read is documented; List works in a live client though it is not.",
    fields=(
        declare("entity", FieldType.STRING, "TS", read_only=True),
        declare("id", FieldType.ID, "TS", read_only=True),
        declare("isActive", FieldType.ENUM, "TS", codes={"1": "active", "2": "inactive"}, read_only=True),
        declare("usersId", FieldType.ID, "TS", read_only=True, references="User"),
        declare("sortOrder", FieldType.INTEGER, "TS", "0-based", read_only=True),
        declare(
            "status",
            FieldType.ENUM,
            "TS",
            codes={
                "0": "waiting",
                "1": "viewed",
                "2": "rerouted",
                "3": "denied",
                "4": "approved",
                "5": "upcoming",
                "6": "stale",
            },
            read_only=True,
        ),
        declare("statusChangedDate", FieldType.DATETIME, "TS", read_only=True),
        declare("lastReminderDate", FieldType.DATETIME, "TS", read_only=True),
        declare("vendorCreditId", FieldType.ID, "TS", read_only=True, references="VendorCredit"),
    ),
)

RECURRING_BILL_APPROVER = Entity(
    name="RecurringBillApprover",
    stream="recurring_bill_approvers",
    operations=offered(list="TS", read="PATTERN"),
    partial=True,
    note="List was seen in a live client; fields are unknown.",
    fields=(
        declare("entity", FieldType.STRING, "TS", read_only=True),
        declare("id", FieldType.ID, "TS", read_only=True),
    ),
)
