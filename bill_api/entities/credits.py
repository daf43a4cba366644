"""Credits of vendors and to customers."""

from __future__ import annotations

from bill_api.table.entity import BULK, Entity, Operation, offered, standard_fields
from bill_api.table.fields import FieldType, declare

VENDOR_CREDIT_LINE_ITEM_FIELDS = (
    declare("entity", FieldType.STRING, "DS", '"VendorCreditLineItem"'),
    declare("id", FieldType.ID, "DS", "vci..."),
    declare("vendorCreditId", FieldType.ID, "DS", read_only=True, references="VendorCredit"),
    declare("amount", FieldType.MONEY, "DS", required=True),
    declare("chartOfAccountId", FieldType.ID, "DS", references="ChartOfAccount"),
    declare("departmentId", FieldType.ID, "DS", references="Department"),
    declare("locationId", FieldType.ID, "DS", references="Location"),
    declare("jobId", FieldType.ID, "DS", references="Job"),
    declare("actgClassId", FieldType.ID, "DS", references="ActgClass"),
    declare("customerId", FieldType.ID, "DS", references="Customer"),
    declare("jobBillable", FieldType.BOOLEAN, "DS"),
    declare("description", FieldType.STRING, "DS"),
    declare("itemId", FieldType.ID, "DS", references="Item"),
    declare("quantity", FieldType.DECIMAL, "DS"),
    declare("unitPrice", FieldType.DECIMAL, "DS"),
    declare("employeeId", FieldType.ID, "DS", references="Employee"),
)

VENDOR_CREDIT = Entity(
    name="VendorCredit",
    stream="vendor_credits",
    id_prefix="vcr",
    natural_key=("vendorId", "refNumber"),
    below_zero="a bill (`bills`)",
    operations=offered(
        list="V2", read="PATTERN", create="DS", update="PATTERN", delete="PATTERN", undelete="PATTERN", bulk_create="V2"
    ),
    unknown=BULK - {Operation.BULK_CREATE},
    takes_files=("V2",),
    fields=(
        *standard_fields("DS"),
        declare("vendorId", FieldType.ID, "DS", required=True, references="Vendor"),
        declare("refNumber", FieldType.STRING, "DS CSV", required=True, max_length=100),
        declare(
            "approvalStatus",
            FieldType.ENUM,
            "DS",
            codes={"0": "unassigned", "1": "assigned", "3": "approved", "4": "approving", "5": "denied"},
            read_only=True,
        ),
        declare("creditDate", FieldType.DATE, "DS", required=True),
        declare("glPostingDate", FieldType.DATE, "DS"),
        declare("amount", FieldType.MONEY, "DS", read_only=True),
        declare("appliedAmount", FieldType.MONEY, "DS", read_only=True),
        declare("creditStatus", FieldType.ENUM, "DS", '"2" in an unapplied sample; codes unknown', read_only=True),
        declare("description", FieldType.STRING, "DS"),
        declare("poNumber", FieldType.STRING, "DS"),
        declare("applyToBankAccountId", FieldType.ID, "DS", references="BankAccount"),
        declare("applyToChartOfAccountId", FieldType.ID, "DS", references="ChartOfAccount"),
        declare(
            "vendorCreditLineItems",
            FieldType.ARRAY,
            "DS",
            required=True,
            item_entity="VendorCreditLineItem",
            item_id_prefix="vci",
            item_fields=VENDOR_CREDIT_LINE_ITEM_FIELDS,
        ),
    ),
)

CREDIT_MEMO = Entity(
    name="CreditMemo",
    stream="credit_memos",
    id_prefix="ccr",
    operations=offered(
        list="PATTERN", read="PATTERN", create="V2", update="PATTERN", delete="PATTERN", undelete="PATTERN"
    ),
    unknown=BULK,
    partial=True,
    note="Only create is documented; its v2 fields could not be read (v3 has referenceNumber, creditDate, description "
    "and line items `cci`).",
    fields=(
        declare("entity", FieldType.STRING, "V2", read_only=True),
        declare("id", FieldType.ID, "V3", "ccr...", read_only=True),
        declare("customerId", FieldType.ID, "V3", required=True, references="Customer"),
    ),
)

INVOICE_CREDIT = Entity(
    name="InvoiceCredit",
    stream="invoice_credits",
    operations=offered(list="OTHER", read="V2"),
    partial=True,
    note="What a credit memo paid of one invoice; its fields could not be read.",
    fields=(
        declare("entity", FieldType.STRING, "TS", read_only=True),
        declare("id", FieldType.ID, "TS", read_only=True),
    ),
)
