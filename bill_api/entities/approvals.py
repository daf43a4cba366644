"""Approvers of documents, and the policies that name them."""

from __future__ import annotations

from bill_api.table.entity import Entity, Operation, offered
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


def _policy(name: str, stream: str) -> Entity:
    """A policy and its approvers: of both all is offered, and no field was seen."""
    return Entity(
        name=name,
        stream=stream,
        operations=offered(
            list="LIVE",
            read="V2",
            create="V2",
            update="V2",
            delete="V2",
            undelete="V2",
            bulk_create="V2",
            bulk_update="V2",
            bulk_delete="V2",
        ),
        unknown=frozenset({Operation.BULK_READ, Operation.BULK_UNDELETE}),
        partial=True,
        note="All operations are documented, its fields could not be read.",
        fields=(
            declare("entity", FieldType.STRING, "V2", read_only=True),
            declare("id", FieldType.ID, "V2", read_only=True),
        ),
    )


APPROVAL_POLICY = _policy("ApprovalPolicy", "approval_policies")

APPROVAL_POLICY_APPROVER = _policy("ApprovalPolicyApprover", "approval_policy_approvers")
