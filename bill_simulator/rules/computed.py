"""Fields that BILL computes itself: lines, totals, summaries."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bill_api.table.entity import ZERO_ID
from bill_simulator.state.books import EXACT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

CENT = Decimal("0.01")
PERCENT = Decimal(100)
ITEM_LINE = "2"
NOTHING = Decimal(0)

JsonObject = dict[str, Any]


def to_cents(value: Decimal) -> Decimal:
    """A computed amount, rounded half up to cents when it has more digits (unknown at BILL)."""
    exponent = value.as_tuple().exponent
    return value.quantize(CENT, ROUND_HALF_UP) if isinstance(exponent, int) and exponent < -2 else value  # noqa: PLR2004


def total(lines: Sequence[JsonObject]) -> Decimal:
    """The sum of the line amounts."""
    return sum((Decimal(line["amount"]) for line in lines), NOTHING)


def settled(bill: JsonObject) -> Decimal:
    """The part of a bill that payments and credits have paid."""
    return Decimal(bill["paidAmount"] or 0) + Decimal(bill["creditAmount"] or 0)


def scheduled_and_not_due(bill: JsonObject) -> Decimal:
    """The part that was taken from the due amount when its payment was scheduled (unknown: section 17, 7)."""
    return bill["amount"] - settled(bill) - bill["dueAmount"] if bill["scheduledAmount"] else NOTHING


def complete_bill(bill: JsonObject) -> None:
    """Amounts and summaries of a bill (seen in a client's captures)."""
    lines = bill["billLineItems"]
    for line in lines:
        line["billId"] = bill["id"]
        line["amount"] = Decimal(line["amount"])
        if line["itemId"] != ZERO_ID:
            line["lineType"] = ITEM_LINE
    items = [line for line in lines if line["lineType"] == ITEM_LINE]
    expenses = [line for line in lines if line["lineType"] != ITEM_LINE]
    scheduled = scheduled_and_not_due(bill)
    bill["amount"] = total(lines)
    bill["dueAmount"] = bill["amount"] - settled(bill) - scheduled
    bill["glPostingDate"] = bill["glPostingDate"] or bill["invoiceDate"]
    bill["multipleBillLineItems"] = len(lines) > 1
    bill["item"] = {"count": len(items), "totalAmount": total(items)}
    bill["expense"] = {"count": len(expenses), "totalAmount": total(expenses), "chartOfAccountGroup": []}


def invoice_line_amount(line: JsonObject, above: Decimal) -> Decimal:
    """Quantity x price, or ratePercent of the lines above (documented: createinvoice).

    A price without a quantity counts once, and a line with neither keeps the amount that was sent (both unknown).
    """
    if line["price"] is not None:
        quantity = Decimal(1) if line["quantity"] is None else Decimal(line["quantity"])
        return to_cents(quantity * Decimal(line["price"]))
    if line["ratePercent"] is not None:
        return to_cents(above * Decimal(line["ratePercent"]) / PERCENT)
    return Decimal(line["amount"] or 0)


def complete_invoice(invoice: JsonObject) -> None:
    """Amounts of an invoice (documented: createinvoice; the rest as in captures). What was paid stays paid."""
    paid = (invoice["amount"] or NOTHING) - (invoice["amountDue"] or NOTHING)
    above = NOTHING
    for line in invoice["invoiceLineItems"]:
        line["invoiceId"] = invoice["id"]
        line["amount"] = invoice_line_amount(line, above)
        above += line["amount"]
    invoice["amount"], invoice["amountDue"] = above, above - paid


def complete_vendor_credit(credit: JsonObject) -> None:
    """The amount of a vendor credit is the sum of its lines, as for bills (inferred)."""
    for line in credit["vendorCreditLineItems"]:
        line["vendorCreditId"] = credit["id"]
        line["amount"] = Decimal(line["amount"])
    credit["amount"] = total(credit["vendorCreditLineItems"])
    credit["glPostingDate"] = credit["glPostingDate"] or credit["creditDate"]


def complete_recurring_bill(bill: JsonObject) -> None:
    """Lines know their document."""
    for line in bill["recurringBillLineItems"]:
        line["recurringBillId"] = bill["id"]


def complete_recurring_invoice(invoice: JsonObject) -> None:
    """Line amounts as on an invoice, and their sum (inferred)."""
    above = NOTHING
    for line in invoice["recurringInvoiceLineItems"]:
        line["recurringInvoiceId"] = invoice["id"]
        line["amount"] = invoice_line_amount(line, above)
        above += line["amount"]
    invoice["subtotal"] = above


def complete_vendor(vendor: JsonObject) -> None:
    """The payee's name defaults to the vendor's (seen in a client's captures)."""
    vendor["nameOnCheck"] = vendor["nameOnCheck"] or vendor["name"]


def mask(number: str | None) -> str | None:
    """`******7890` (documented: numbers are masked on every read)."""
    return None if number is None else f"******{number[-4:]}"


def complete_account(account: JsonObject) -> None:
    """A bank account number is masked at once: what is not kept cannot leak."""
    account["accountNumber"] = mask(account["accountNumber"])


COMPLETIONS: Mapping[str, Callable[[JsonObject], None]] = MappingProxyType(
    {
        "Bill": complete_bill,
        "Invoice": complete_invoice,
        "VendorCredit": complete_vendor_credit,
        "RecurringBill": complete_recurring_bill,
        "RecurringInvoice": complete_recurring_invoice,
        "Vendor": complete_vendor,
        "VendorBankAccount": complete_account,
        "CustomerBankAccount": complete_account,
        "BankAccount": complete_account,
    }
)


def complete(whole: JsonObject) -> None:
    """Fill in the fields that BILL computes, in place."""
    finish = COMPLETIONS.get(whole["entity"])
    if finish:
        with localcontext(prec=EXACT):
            finish(whole)
