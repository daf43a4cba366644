"""Bills and invoices that BILL makes again and again."""

from __future__ import annotations

from bill_api.table.entity import BULK, Entity, Operation, offered, standard_fields
from bill_api.table.fields import FieldType, Filterable, declare

RECURRING_BILL_LINE_ITEM_FIELDS = (
    declare("entity", FieldType.STRING, "JL DS"),
    declare("id", FieldType.ID, "JL"),
    declare("recurringBillId", FieldType.ID, "JL", read_only=True, references="RecurringBill"),
    declare("amount", FieldType.MONEY, "JL DS", required=True),
    declare("chartOfAccountId", FieldType.ID, "JL", references="ChartOfAccount"),
    declare("departmentId", FieldType.ID, "JL", references="Department"),
    declare("locationId", FieldType.ID, "JL", references="Location"),
    declare("description", FieldType.STRING, "JL"),
    declare("createdTime", FieldType.DATETIME, "JL", read_only=True),
    declare("updatedTime", FieldType.DATETIME, "JL", read_only=True),
)

RECURRING_BILL = Entity(
    name="RecurringBill",
    stream="recurring_bills",
    id_prefix="btp",
    operations=offered(
        list="OTHER", read="JL", create="DS V2", update="JL", delete="JL", undelete="JL", bulk_update="V2"
    ),
    unknown=BULK - {Operation.BULK_UPDATE},
    fields=(
        *standard_fields("JL", Filterable.DOCUMENTED),
        declare("vendorId", FieldType.ID, "JL DS", required=True, references="Vendor"),
        declare(
            "timePeriod",
            FieldType.ENUM,
            "JL DS",
            codes={"0": "day", "1": "week", "2": "month", "3": "year", "9": "none"},
            required=True,
        ),
        declare("frequencyPerTimePeriod", FieldType.INTEGER, "JL", required=True),
        declare("nextDueDate", FieldType.DATE, "JL", required=True),
        declare("endDate", FieldType.DATE, "JL"),
        declare("daysInAdvance", FieldType.INTEGER, "JL", required=True),
        declare("description", FieldType.STRING, "JL"),
        declare(
            "recurringBillLineItems",
            FieldType.ARRAY,
            "JL",
            required=True,
            item_entity="RecurringBillLineItem",
            item_fields=RECURRING_BILL_LINE_ITEM_FIELDS,
        ),
    ),
)

RECURRING_INVOICE_LINE_ITEM_FIELDS = (
    declare("entity", FieldType.STRING, "JL"),
    declare("id", FieldType.ID, "JL"),
    declare("recurringInvoiceId", FieldType.ID, "JL", read_only=True, references="RecurringInvoice"),
    declare("itemId", FieldType.ID, "JL", references="Item"),
    declare("quantity", FieldType.DECIMAL, "JL"),
    declare("price", FieldType.DECIMAL, "JL"),
    declare("amount", FieldType.MONEY, "JL"),
    declare("ratePercent", FieldType.DECIMAL, "JL"),
    declare("departmentId", FieldType.ID, "JL", references="Department"),
    declare("locationId", FieldType.ID, "JL", references="Location"),
    declare("actgClassId", FieldType.ID, "JL", references="ActgClass"),
    declare("jobId", FieldType.ID, "JL", references="Job"),
    declare("description", FieldType.STRING, "JL"),
    declare("taxable", FieldType.BOOLEAN, "JL"),
    declare("createdTime", FieldType.DATETIME, "JL", read_only=True),
    declare("updatedTime", FieldType.DATETIME, "JL", read_only=True),
)

RECURRING_INVOICE = Entity(
    name="RecurringInvoice",
    stream="recurring_invoices",
    operations=offered(
        list="PATTERN", read="V2", create="V2", update="JL", delete="JL", undelete="JL", bulk_create="V2"
    ),
    unknown=BULK - {Operation.BULK_CREATE},
    fields=(
        *standard_fields("JL", Filterable.DOCUMENTED),
        declare("customerId", FieldType.ID, "JL", required=True, references="Customer"),
        declare("poNumber", FieldType.STRING, "JL"),
        declare("salesRep", FieldType.STRING, "JL", read_only=True),
        declare("departmentId", FieldType.ID, "JL", filterable=Filterable.DOCUMENTED, references="Department"),
        declare("locationId", FieldType.ID, "JL", filterable=Filterable.DOCUMENTED, references="Location"),
        declare("actgClassId", FieldType.ID, "JL", filterable=Filterable.DOCUMENTED, references="ActgClass"),
        declare("jobId", FieldType.ID, "JL", filterable=Filterable.DOCUMENTED, references="Job"),
        declare("itemSalesTax", FieldType.ID, "JL", references="Item"),
        declare("description", FieldType.STRING, "JL"),
        declare("isToBePrinted", FieldType.BOOLEAN, "JL"),
        declare("isToBeEmailed", FieldType.BOOLEAN, "JL"),
        declare("isToBeAutoEmailed", FieldType.BOOLEAN, "JL"),
        declare("isToBeAutoMailed", FieldType.BOOLEAN, "JL"),
        declare("fromUserId", FieldType.ID, "JL", references="User"),
        declare(
            "timePeriod",
            FieldType.ENUM,
            "JL DS",
            codes={"0": "day", "1": "week", "2": "month", "3": "year", "9": "none"},
            required=True,
        ),
        declare("frequencyPerTimePeriod", FieldType.INTEGER, "JL", required=True),
        declare("nextDueDate", FieldType.DATE, "JL", required=True),
        declare("endDate", FieldType.DATE, "JL"),
        declare("daysInAdvance", FieldType.INTEGER, "JL", required=True),
        declare("taxableAmount", FieldType.MONEY, "JL", read_only=True),
        declare("subtotal", FieldType.MONEY, "JL", read_only=True),
        declare(
            "recurringInvoiceLineItems",
            FieldType.ARRAY,
            "JL",
            required=True,
            item_entity="RecurringInvoiceLineItem",
            item_fields=RECURRING_INVOICE_LINE_ITEM_FIELDS,
        ),
    ),
)
