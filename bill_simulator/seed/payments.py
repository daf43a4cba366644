"""Payments of seeded documents: what they paid, credits that were applied, money that moved."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from random import Random

JsonObject = dict[str, Any]

PAID_SHARE = 0.2
CREDITED_SHARE = 0.08
ONLINE_SHARE = 0.8
PAID_BEFORE_DAYS = 20
"""Documents that were paid; paid bills that a vendor credit paid in part; payments through BILL itself; days before
the end of the seeded time by which a document was due to be paid by then."""

PAYMENTS_PER_FEE, CONVENIENCE_FEE = 8, Decimal("2.50")
CREDIT_PERCENT = Decimal("0.10")
CENT = Decimal("0.01")
PAYABLES, RECEIVABLES = "1", "2"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidDocument:
    """A document that was paid.

    Attributes:
        owner_id: The vendor or customer.
        number: Its number among the seeded documents, from 0.
        amount: All of it.
        credit: The part that a vendor credit paid.
        day: The day of the payment.
    """

    owner_id: str
    number: int
    amount: Decimal
    credit: Decimal
    day: str


@dataclass(slots=True, kw_only=True)
class PaidDocuments:
    """Decides which documents are paid, and remembers them.

    Attributes:
        random: The source of its choices; not the documents' own, so that paying changes nothing else.
        last_day: Documents that were due after this day are not paid yet.
        bills: The paid bills.
        invoices: The paid invoices.
    """

    random: Random
    last_day: date
    bills: list[PaidDocument] = field(default_factory=list)
    invoices: list[PaidDocument] = field(default_factory=list)

    @classmethod
    def until(cls, random: Random, end_s: int) -> PaidDocuments:
        """With nothing paid in the last days before the end of the seeded time."""
        return cls(
            random=random, last_day=(datetime.fromtimestamp(end_s, UTC) - timedelta(days=PAID_BEFORE_DAYS)).date()
        )

    def pay_bill(self, bill: JsonObject, number: int) -> None:
        """Pay a bill, or leave it as it is."""
        if not self._is_paid(bill):
            return
        amount = sum((Decimal(line["amount"]) for line in bill["billLineItems"]), Decimal(0))
        credited = self.random.random() < CREDITED_SHARE
        credit = (amount * CREDIT_PERCENT).quantize(CENT) if credited else Decimal(0)
        day = bill["dueDate"]
        self.bills.append(PaidDocument(owner_id=bill["vendorId"], number=number, amount=amount, credit=credit, day=day))
        bill |= {
            "approvalStatus": "3",
            "paymentStatus": "0",
            "uiPaymentStatus": "0",
            "paidAmount": amount - credit,
            "creditAmount": credit,
            "lastPaymentDate": day,
            "fullPaymentDate": day,
        }

    def pay_invoice(self, invoice: JsonObject, number: int) -> None:
        """Pay an invoice, or leave it as it is."""
        if not self._is_paid(invoice):
            return
        amount = sum((line["quantity"] * line["price"] for line in invoice["invoiceLineItems"]), Decimal(0))
        day = invoice["dueDate"]
        paid = PaidDocument(owner_id=invoice["customerId"], number=number, amount=amount, credit=Decimal(0), day=day)
        self.invoices.append(paid)
        invoice |= {"paymentStatus": "0", "amount": amount, "amountDue": Decimal(0)}

    def _is_paid(self, document: JsonObject) -> bool:
        is_due = document["isActive"] == "1" and date.fromisoformat(document["dueDate"]) <= self.last_day
        return is_due and self.random.random() < PAID_SHARE


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFactory:
    """Makes payments.

    Attributes:
        random: The source of its choices.
        account_id: The account of the chart that money goes through.
        bank_account_id: The bank account that money goes through.
        user_id: The payer.
        new_id: Draws an id for an entity.
        empty: An object of an entity of which nothing is known yet.
    """

    random: Random
    account_id: str
    bank_account_id: str
    user_id: str
    new_id: Callable[[str], str]
    empty: Callable[[str], JsonObject]

    def vendor_credits(
        self, bills: Iterable[PaidDocument], bill_ids: Sequence[str], expense_id: str
    ) -> list[tuple[str, JsonObject]]:
        """The credits that were applied to these bills, each with the id of its bill."""
        return [
            (
                bill_ids[paid.number],
                {
                    "vendorId": paid.owner_id,
                    "refNumber": f"CR-{10_000 + paid.number}",
                    "creditDate": paid.day,
                    "approvalStatus": "3",
                    "appliedAmount": paid.credit,
                    "creditStatus": "0",
                    "vendorCreditLineItems": [{"amount": paid.credit, "chartOfAccountId": expense_id}],
                },
            )
            for paid in bills
            if paid.credit
        ]

    def sent(
        self, bills: Iterable[PaidDocument], bill_ids: Sequence[str], credit_ids: dict[str, str]
    ) -> list[JsonObject]:
        """A payment for all bills of a vendor that were due on the same day, with what it paid of each."""
        together: dict[tuple[str, str], list[PaidDocument]] = {}
        for paid in sorted(bills, key=lambda each: each.day):
            together.setdefault((paid.day, paid.owner_id), []).append(paid)
        return [
            self._sent(number, day, vendor_id, group, bill_ids, credit_ids)
            for number, ((day, vendor_id), group) in enumerate(together.items())
        ]

    def _sent(
        self,
        number: int,
        day: str,
        vendor_id: str,
        group: Sequence[PaidDocument],
        bill_ids: Sequence[str],
        credit_ids: dict[str, str],
    ) -> JsonObject:
        payment_id, time = self.new_id("SentPay"), noon(day)
        is_online = self.random.random() < ONLINE_SHARE
        common = {"sentPayId": payment_id, "createdTime": time, "updatedTime": time}
        name = f"P{day[2:].replace('-', '')}01 - {number:07d}"
        pays = [
            {
                **self.empty("BillPay"),
                **common,
                "id": self.new_id("BillPay"),
                "billId": bill_ids[paid.number],
                "name": name,
                "paymentStatus": "2",
                "amount": paid.amount - paid.credit,
                "processDate": day,
                "chartOfAccountId": self.account_id,
                "paymentType": "0" if is_online else "1",
            }
            for paid in group
        ]
        credits_ = [
            {
                **self.empty("BillCredit"),
                **common,
                "id": self.new_id("BillCredit"),
                "billId": bill_ids[paid.number],
                "vendorCreditId": credit_ids[bill_ids[paid.number]],
                "amount": paid.credit,
            }
            for paid in group
            if paid.credit
        ]
        return {
            "id": payment_id,
            "processDate": day,
            "amount": sum((each["amount"] for each in pays), Decimal(0)),
            "status": "2",
            "name": name,
            "txnNumber": f"{20_000_000 + number}",
            "vendorId": vendor_id,
            "isOnline": is_online,
            "chartOfAccountId": self.account_id,
            **({"bankAccountId": self.bank_account_id} if is_online else {}),
            "billPays": pays,
            "billCredits": credits_,
        }

    def received(self, invoices: Iterable[PaidDocument], invoice_ids: Sequence[str]) -> list[JsonObject]:
        """A payment for each invoice."""
        return [
            self._received(number, paid, invoice_ids[paid.number])
            for number, paid in enumerate(sorted(invoices, key=lambda each: each.day))
        ]

    def _received(self, number: int, paid: PaidDocument, invoice_id: str) -> JsonObject:
        is_online = self.random.random() < ONLINE_SHARE
        has_fee = number % PAYMENTS_PER_FEE == 0
        time = noon(paid.day)
        return {
            "id": self.new_id("ReceivedPay"),
            "customerId": paid.owner_id,
            "paymentDate": paid.day,
            "depositToAccountId": self.account_id,
            "isOnline": is_online,
            "paymentType": "3" if is_online else "1",
            "amount": paid.amount,
            "unappliedAmount": Decimal(0),
            "refNumber": f"{30_000_000 + number}",
            **({"payToBankAccountId": self.bank_account_id} if is_online else {}),
            "convFeeAmount": CONVENIENCE_FEE if has_fee else None,
            "rPConvFee": [self._fee(number, paid)] if has_fee else [],
            "invoicePays": [
                {
                    "entity": "InvoicePay",
                    "id": self.new_id("InvoicePay"),
                    "invoiceId": invoice_id,
                    "amount": paid.amount,
                    "description": None,
                    "status": "0",
                    "createdTime": time,
                    "updatedTime": time,
                }
            ],
        }

    def _fee(self, number: int, paid: PaidDocument) -> JsonObject:
        return {
            "entity": "RPConvFee",
            "id": self.new_id("RPConvFee"),
            "refNumber": f"{30_000_000 + number}",
            "amount": CONVENIENCE_FEE,
            "paymentDate": paid.day,
            "chartOfAccountId": self.account_id,
        }

    def movements(self, sent: Iterable[JsonObject], received: Iterable[JsonObject]) -> list[JsonObject]:
        """The money that payments through BILL moved on the bank account; negative for payables (documented)."""
        out = [(each["processDate"], PAYABLES, -each["amount"], each["name"]) for each in sent if each["isOnline"]]
        into = [
            (each["paymentDate"], RECEIVABLES, each["amount"], f"R{each['refNumber']}")
            for each in received
            if each["isOnline"]
        ]
        return [
            {"type": kind, "amount": amount, "processDate": day, "name": name, "status": "1"}
            for day, kind, amount, name in sorted(out + into)
        ]


def noon(day: str) -> str:
    """The time of a payment, on BILL's wire."""
    return f"{day}T12:00:00.000+0000"
