"""Approvers of documents."""

from __future__ import annotations

from bill_api.table.entity import Entity, offered
from bill_api.table.fields import FieldType, declare


def _approver(document: str, stream: str, id_prefix: str) -> Entity:
    """Approvers of a document: bills and vendor credits alike."""
    return Entity(
        name=f"{document}Approver",
        stream=stream,
        id_prefix=id_prefix,
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
            declare(f"{document[0].lower()}{document[1:]}Id", FieldType.ID, "TS", read_only=True, references=document),
        ),
    )


BILL_APPROVER = _approver("Bill", "bill_approvers", "0ba")

VENDOR_CREDIT_APPROVER = _approver("VendorCredit", "vendor_credit_approvers", "vca")

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
