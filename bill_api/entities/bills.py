"""Bills with their lines: money that the organization owes."""

from __future__ import annotations

from types import MappingProxyType

from bill_api.table.entity import Entity, Operation, offered, standard_fields
from bill_api.table.fields import FieldType, Filterable, declare

BILL_LINE_ITEM_FIELDS = (
    declare("entity", FieldType.STRING, "PR", '"BillLineItem"; sent on create'),
    declare("id", FieldType.ID, "PR", "bli...; send on update to keep the line"),
    declare("billId", FieldType.ID, "PR JL", read_only=True, references="Bill"),
    declare("amount", FieldType.MONEY, "PR DS", "line total", required=True),
    declare("chartOfAccountId", FieldType.ID, "PR JL", references="ChartOfAccount"),
    declare("departmentId", FieldType.ID, "PR JL", references="Department"),
    declare("locationId", FieldType.ID, "PR JL", references="Location"),
    declare("jobId", FieldType.ID, "PR JL", references="Job"),
    declare("actgClassId", FieldType.ID, "PR JL", references="ActgClass"),
    declare("customerId", FieldType.ID, "PR JL", references="Customer"),
    declare("jobBillable", FieldType.BOOLEAN, "PR DS"),
    declare("description", FieldType.STRING, "PR V3", max_length=4000),
    declare("createdTime", FieldType.DATETIME, "PR", read_only=True),
    declare("updatedTime", FieldType.DATETIME, "PR", read_only=True),
    declare(
        "lineType",
        FieldType.ENUM,
        "PR JL",
        "documented read-only, but in the newer request template",
        codes={"1": "expense", "2": "item"},
    ),
    declare("itemId", FieldType.ID, "PR JL", references="Item"),
    declare("quantity", FieldType.DECIMAL, "PR JL", "only for item lines"),
    declare("unitPrice", FieldType.DECIMAL, "PR JL", "only for item lines"),
    declare("employeeId", FieldType.ID, "PR JL", references="Employee"),
    declare("purchaseOrderBillLinkId", FieldType.ID, "PR"),
    declare("unitOfMeasureId", FieldType.ID, "PR"),
    declare(
        "lineOrder",
        FieldType.INTEGER,
        "PR",
        "0-based position; in a request template, but if BILL takes one is unknown: lines are sent in their order",
        read_only=True,
    ),
    *(
        declare(
            f"cdFieldId{number}", FieldType.ID, "PR", "custom dimensions; request template only, absent in captures"
        )
        for number in range(1, 7)
    ),
    declare("useSmartApprovers", FieldType.BOOLEAN, "PR", "request template only"),
    declare("billedUnitPrice", FieldType.DECIMAL, "UN", read_only=True),
    declare("form1099CategoryId", FieldType.ID, "UN", read_only=True),
    declare("isReportable", FieldType.BOOLEAN, "UN", read_only=True),
    declare("reportableAmount", FieldType.MONEY, "UN", read_only=True),
    declare("amortizationScheduleId", FieldType.ID, "UN", read_only=True),
    declare("startDate", FieldType.DATE, "LIVE", read_only=True),
    declare("endDate", FieldType.DATE, "LIVE", read_only=True),
    declare("jobTaskId", FieldType.ID, "LIVE", read_only=True),
    declare("acctEntityId", FieldType.ID, "LIVE", read_only=True),
)

BILL = Entity(
    name="Bill",
    stream="bills",
    id_prefix="00n",
    natural_key=("vendorId", "invoiceNumber"),
    below_zero="a vendor credit (`vendor_credits`)",
    operations=offered(
        list="JL V2",
        read="JL V2",
        create="JL V2",
        update="JL V2",
        delete="JL V2",
        undelete="JL V2",
        bulk_read="AT",
        bulk_create="PR BI V2",
        bulk_update="PR BI V2",
    ),
    unknown=frozenset({Operation.BULK_DELETE, Operation.BULK_UNDELETE}),
    flags=MappingProxyType(
        {
            "allowDuplicateInvNum": "take a number that this vendor has used before; false unless it is sent (create, "
            "update; per bulk element)"
        }
    ),
    takes_files=("V2",),
    fields=(
        *standard_fields("PR", Filterable.DOCUMENTED),
        declare(
            "vendorId", FieldType.ID, "PR DS JL", filterable=Filterable.DOCUMENTED, required=True, references="Vendor"
        ),
        declare(
            "invoiceNumber",
            FieldType.STRING,
            "PR JL CSV LIVE",
            "the vendor's number; unique per vendor unless allowDuplicateInvNum. "
            "The API refuses over 21 characters (LIVE: BDC_1143), the CSV help says 100",
            filterable=Filterable.DOCUMENTED,
            required=True,
            max_length=21,
        ),
        declare(
            "approvalStatus",
            FieldType.ENUM,
            "JL PR",
            codes={"0": "unassigned", "1": "assigned", "3": "approved", "4": "approving", "5": "denied"},
            filterable=Filterable.DOCUMENTED,
            read_only=True,
        ),
        declare("invoiceDate", FieldType.DATE, "PR JL", filterable=Filterable.DOCUMENTED, required=True),
        declare("dueDate", FieldType.DATE, "PR JL", filterable=Filterable.DOCUMENTED, required=True),
        declare(
            "glPostingDate",
            FieldType.DATE,
            "PR JL",
            "defaults to invoiceDate in captures",
            filterable=Filterable.DOCUMENTED,
        ),
        declare("amount", FieldType.MONEY, "PR JL", "sum of lines", read_only=True),
        declare("localAmount", FieldType.MONEY, "PR", "foreign-currency total", read_only=True),
        declare("exchangeRate", FieldType.DECIMAL, "PR V2", "required for international vendors"),
        declare("scheduledAmount", FieldType.MONEY, "PR JL", read_only=True),
        declare("paidAmount", FieldType.MONEY, "PR JL", "null until paid (older docs type it as text)", read_only=True),
        declare("dueAmount", FieldType.MONEY, "PR JL", read_only=True),
        declare("creditAmount", FieldType.MONEY, "PR", "applied credits", read_only=True),
        declare(
            "paymentStatus",
            FieldType.ENUM,
            "JL PR BI",
            codes={"0": "paid in full", "1": "open", "2": "partially paid", "4": "scheduled"},
            filterable=Filterable.DOCUMENTED,
            read_only=True,
        ),
        declare("uiPaymentStatus", FieldType.ENUM, "PR", "same codes in capture", read_only=True),
        declare("description", FieldType.STRING, "PR V3", max_length=4000),
        declare(
            "poNumber",
            FieldType.STRING,
            "PR BI",
            "a connector truncates to 20 characters; Invoice.poNumber is 40",
            max_length=20,
        ),
        declare("createdBy", FieldType.ID, "PR", read_only=True, references="User"),
        declare(
            "payFromBankAccountId",
            FieldType.ID,
            "PR JL",
            "selected partners only",
            filterable=Filterable.DOCUMENTED,
            references="BankAccount",
        ),
        declare(
            "payFromChartOfAccountId",
            FieldType.ID,
            "PR JL",
            "selected partners only",
            filterable=Filterable.DOCUMENTED,
            references="ChartOfAccount",
        ),
        declare("paymentTermId", FieldType.ID, "PR", references="PaymentTerm"),
        declare("hasAutoPay", FieldType.BOOLEAN, "PR"),
        declare("eBillCreated", FieldType.BOOLEAN, "PR"),
        declare("invoiceProductId", FieldType.ID, "PR"),
        declare("chartOfAccountId", FieldType.ID, "PR", "header coding", references="ChartOfAccount"),
        declare("departmentId", FieldType.ID, "PR", references="Department"),
        declare("locationId", FieldType.ID, "PR", references="Location"),
        declare("actgClassId", FieldType.ID, "PR", references="ActgClass"),
        declare("source", FieldType.ENUM, "PR", '"0" in capture'),
        declare("numApprPolicyEx", FieldType.INTEGER, "PR", read_only=True),
        declare("useBillDesc", FieldType.BOOLEAN, "PR"),
        declare("defaultInvoiceNumber", FieldType.BOOLEAN, "PR"),
        declare("isAutoSaved", FieldType.BOOLEAN, "PR"),
        declare(
            "billTemplateId", FieldType.ID, "PR", "recurring profile that generated it", references="RecurringBill"
        ),
        declare("quickbooksId", FieldType.STRING, "PR", read_only=True),
        declare("lastPaymentDate", FieldType.DATE, "PR", read_only=True),
        declare("fullPaymentDate", FieldType.DATE, "PR", read_only=True),
        declare("hasLinkedPurchaseOrders", FieldType.BOOLEAN, "PR", read_only=True),
        declare("multipleBillLineItems", FieldType.BOOLEAN, "PR", read_only=True),
        declare("is1099MissingBill", FieldType.BOOLEAN, "UN", read_only=True),
        declare("apAccountId", FieldType.ID, "UN", read_only=True, references="ChartOfAccount"),
        declare("isVcardStpCandidate", FieldType.BOOLEAN, "UN", read_only=True),
        declare("billLocationId", FieldType.ID, "UN", read_only=True),
        declare("discountDueDate", FieldType.DATE, "UN", read_only=True),
        declare("discountAmount", FieldType.MONEY, "UN", read_only=True),
        declare("orgId", FieldType.ID, "UN", read_only=True, references="Organization"),
        declare("organizationName", FieldType.STRING, "UN", read_only=True),
        declare("hasAmortizedLines", FieldType.BOOLEAN, "UN", read_only=True),
        declare("item", FieldType.OBJECT, "PR", "{count,totalAmount} summary of item lines", read_only=True),
        declare(
            "expense",
            FieldType.OBJECT,
            "PR",
            "{count,totalAmount,chartOfAccountGroup[]} summary of expense lines",
            read_only=True,
        ),
        declare(
            "billLineItems",
            FieldType.ARRAY,
            "PR DS JL",
            "an update replaces them (documented: V2)",
            required=True,
            item_entity="BillLineItem",
            item_id_prefix="bli",
            item_fields=BILL_LINE_ITEM_FIELDS,
            unnested=("UN", "PHP", "AT"),
        ),
    ),
)
