"""Fields of seeded vendors, customers, accounts, bills and invoices; the seeder adds ids, times and totals."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bill_api.table.entity import ACTIVE, INACTIVE
from bill_simulator.seed import lists, names

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

JsonObject = dict[str, Any]

INACTIVE_SHARE = 0.02
PLACED_SHARE = 0.3
ITEM_SHARE = 0.15
"""Objects that were deleted; bill lines that name a location; bill lines that buy an item."""

VENDORS_PER_ACCOUNT, CUSTOMERS_PER_ACCOUNT, CUSTOMERS_PER_CONTACT = 5, 10, 2
MONTH, APPROVED = "2", "4"
DOCUMENTS_SINCE_DAYS = 330


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectFactory:
    """Makes the fields of seeded objects.

    Attributes:
        random: The source of every choice.
        user_id: The creator of everything.
        end: The second before which everything happened.
        ids: The ids of what was seeded so far, by entity.
        accounts: The ids of the accounts of the chart, by type.
    """

    random: Random
    user_id: str
    end: int
    ids: dict[str, list[str]] = field(default_factory=dict)
    accounts: dict[str, list[str]] = field(default_factory=dict)

    def vendor(self, name: str, number: int) -> JsonObject:
        """Every fifth is paid by ACH, to the account that is seeded for it."""
        city, state, zip_code = self.pick(names.CITIES)
        has_account = number % VENDORS_PER_ACCOUNT == 0
        return {
            "name": name,
            "accNumber": f"V-{1000 + number}",
            "address1": f"{self.random.randint(10, 9900)} {self.pick(names.STREETS)}",
            "addressCity": city,
            "addressState": state,
            "addressZip": zip_code,
            "addressCountry": "United States",
            "email": f"billing{number}@vendors.example",
            "payBy": "1" if has_account else "0",
            "vendorBankAccountStatus": 1 if has_account else -1,
            "isActive": self._mostly_active(),
        }

    def customer(self, name: str, number: int) -> JsonObject:
        """Every tenth has a bank account."""
        city, state, zip_code = self.pick(names.CITIES)
        return {
            "name": name,
            "accNumber": f"C-{1000 + number}",
            "billAddress1": f"{self.random.randint(10, 9900)} {self.pick(names.STREETS)}",
            "billAddressCity": city,
            "billAddressState": state,
            "billAddressZip": zip_code,
            "billAddressCountry": "United States",
            "email": f"ap{number}@customers.example",
            "accountType": "1",
            "hasBankAccount": number % CUSTOMERS_PER_ACCOUNT == 0,
            "isActive": self._mostly_active(),
        }

    def account(self, owner: str, owner_id: str, **others: str) -> JsonObject:
        """A bank account of a vendor or customer."""
        number = str(self.random.randint(10**9, 10**10 - 1))
        return {owner: owner_id, "accountNumber": number, "routingNumber": "021000021", **others}

    def bill(self, number: int, of: int) -> JsonObject:
        """A bill of one to four lines."""
        day = self._day(number, of)
        return {
            "vendorId": self.pick(self.ids["Vendor"]),
            "invoiceNumber": f"{self.pick('ABKSTX')}{self.random.randint(10, 99)}-{10_000 + number}",
            "invoiceDate": day.date().isoformat(),
            "dueDate": (day + timedelta(days=self.pick((15, 30, 30, 45)))).date().isoformat(),
            "createdBy": self.user_id,
            "isActive": self._mostly_active(),
            "billLineItems": [self._bill_line() for _ in range(self.pick((1, 1, 2, 2, 3, 4)))],
        }

    def invoice(self, number: int, of: int) -> JsonObject:
        """An invoice of one to three lines."""
        day = self._day(number, of)
        return {
            "customerId": self.pick(self.ids["Customer"]),
            "invoiceNumber": f"INV-{10_001 + number}",
            "invoiceDate": day.date().isoformat(),
            "dueDate": (day + timedelta(days=30)).date().isoformat(),
            "createdBy": self.user_id,
            "terms": "Net 30",
            "isActive": self._mostly_active(),
            "invoiceLineItems": [self._invoice_line() for _ in range(self.pick((1, 1, 2, 3)))],
        }

    def contact(self, number: int) -> JsonObject:
        """A contact of a customer."""
        return {
            "customerId": self.ids["Customer"][number * CUSTOMERS_PER_CONTACT],
            "firstName": self.pick(names.FIRST_NAMES),
            "lastName": self.pick(names.LAST_NAMES),
            "email": f"contact{number}@customers.example",
            "timezoneId": self.pick("3456"),
        }

    def recurring_bill(self) -> JsonObject:
        """A bill that recurs every month."""
        return {
            "vendorId": self.pick(self.ids["Vendor"]),
            **self._monthly(),
            "recurringBillLineItems": [
                {
                    "amount": Decimal(self.random.randint(5_000, 250_000)).scaleb(-2),
                    "chartOfAccountId": self.pick(self.accounts[lists.EXPENSE]),
                    "description": self.pick(names.WORK),
                }
            ],
        }

    def recurring_invoice(self) -> JsonObject:
        """An invoice that recurs every month."""
        return {
            "customerId": self.pick(self.ids["Customer"]),
            **self._monthly(),
            "fromUserId": self.user_id,
            "recurringInvoiceLineItems": [self._invoice_line()],
        }

    def vendor_credit(self, number: int, of: int) -> JsonObject:
        """A credit that nothing was paid with so far."""
        return {
            "vendorId": self.pick(self.ids["Vendor"]),
            "refNumber": f"CM-{1000 + number}",
            "creditDate": self._day(number, of).date().isoformat(),
            "vendorCreditLineItems": [
                {
                    "amount": Decimal(self.random.randint(1_000, 40_000)).scaleb(-2),
                    "chartOfAccountId": self.pick(self.accounts[lists.EXPENSE]),
                    "description": "Returned goods",
                }
            ],
        }

    def approver(self, document: str, document_id: str, *, is_done: bool) -> JsonObject:
        """An approver of a document, who has approved it or has still to."""
        return {document: document_id, "usersId": self.pick(self.ids["User"]), "status": APPROVED if is_done else "0"}

    def pick(self, choices: Sequence[Any]) -> Any:
        """One of them, each as likely."""
        return choices[int(self.random.random() * len(choices))]

    def _bill_line(self) -> JsonObject:
        if self.random.random() < ITEM_SHARE:
            return self._bought_item()
        line = {
            "amount": Decimal(self.random.randint(500, 250_000)).scaleb(-2),
            "chartOfAccountId": self.pick(self.accounts[lists.EXPENSE]),
            "departmentId": self.pick(self.ids["Department"]),
            "description": self.pick(names.WORK),
        }
        if self.random.random() < PLACED_SHARE:
            line["locationId"] = self.pick(self.ids["Location"])
        return line

    def _bought_item(self) -> JsonObject:
        place, quantity = self.random.randrange(len(lists.ITEMS)), self.random.randint(1, 20)
        price = lists.ITEMS[place][2]
        return {
            "itemId": self.ids["Item"][place],
            "quantity": quantity,
            "unitPrice": price,
            "amount": quantity * price,
            "description": lists.ITEMS[place][0],
        }

    def _invoice_line(self) -> JsonObject:
        place = self.random.randrange(len(lists.ITEMS))
        return {
            "itemId": self.ids["Item"][place],
            "quantity": self.random.randint(1, 12),
            "price": lists.ITEMS[place][2],
            "description": lists.ITEMS[place][0],
            "taxable": True,
        }

    def _monthly(self) -> JsonObject:
        return {
            "timePeriod": MONTH,
            "frequencyPerTimePeriod": 1,
            "nextDueDate": (datetime.fromtimestamp(self.end, UTC) + timedelta(days=self.random.randint(3, 30)))
            .date()
            .isoformat(),
            "daysInAdvance": 5,
            "description": self.pick(names.WORK),
        }

    def _mostly_active(self) -> str:
        return INACTIVE if self.random.random() < INACTIVE_SHARE else ACTIVE

    def _day(self, number: int, of: int) -> datetime:
        back = timedelta(days=DOCUMENTS_SINCE_DAYS * (1 - number / of))
        return datetime.fromtimestamp(self.end, UTC) - back
