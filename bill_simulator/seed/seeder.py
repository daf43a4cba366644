"""Seeder of the books of one organization. Times and days depend on the seed alone, never on today."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from bill_api.entities import BY_NAME
from bill_simulator import defaults
from bill_simulator.rules.computed import complete
from bill_simulator.rules.lines import lines_of, ordered, stamped
from bill_simulator.seed import lists, names
from bill_simulator.seed.objects import (
    CUSTOMERS_PER_ACCOUNT,
    CUSTOMERS_PER_CONTACT,
    DOCUMENTS_SINCE_DAYS,
    VENDORS_PER_ACCOUNT,
    ObjectFactory,
)
from bill_simulator.seed.payments import PaidDocuments, PaymentFactory, noon
from bill_simulator.state.clock import instant, stamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bill_api.table.entity import Entity
    from bill_simulator.state.books import Books
    from bill_simulator.state.world import Sizes

JsonObject = dict[str, Any]

DAY_S = 24 * 3600
LISTS_SINCE_DAYS = 400
PARTIES_SINCE_DAYS = 380

VENDORS_PER_RECURRING, CUSTOMERS_PER_RECURRING, VENDORS_PER_ORDER = 8, 8, 10
BILLS_PER_CREDIT, INVOICES_PER_MEMO, BILLS_PER_APPROVER = 25, 40, 10
ELEMENT_PREFIXES: dict[str, str | None] = {"InvoicePay": "0ip"}
"""Of elements that no entity of the table declares the prefix of."""

POLICIES, NOTES = 3, 5

TOUCHED_SHARE = 0.4
TOGETHER_SHARE = 0.15
NIGHTLY_JOBS_DAYS_AGO = (2, 9, 30, 90)
"""Objects that were changed after their creation; those written in the same second as others, as by a bulk call or a
nightly job; when the nightly jobs ran."""


def seed_books(books: Books, sizes: Sizes, user_id: str) -> None:
    """Seed the books of an organization, parents first."""
    salt = f"{sizes.seed}:{books.organization_id}"
    end = int(instant(defaults.SEED_END))
    factory = ObjectFactory(random=Random(salt), user_id=user_id, end=end)  # noqa: S311  repeatable, not secret
    paid = PaidDocuments.until(Random(f"{salt}:settled"), end)  # noqa: S311  as above
    seeder = Seeder(books, factory, paid)
    seeder.lists()
    seeder.parties(sizes)
    seeder.documents(sizes)
    seeder.agreements(sizes)
    seeder.payments()
    seeder.approvals()
    seeder.policies()


class Seeder:
    """Stores seeded objects, in the order of their creation."""

    def __init__(self, books: Books, factory: ObjectFactory, paid: PaidDocuments) -> None:
        self._books = books
        self._factory = factory
        self._paid = paid
        self._random = factory.random
        self._end = factory.end

    def lists(self) -> None:
        """Accounts, items, departments, locations, jobs, classes, employees; terms and bank accounts."""
        self._factory.ids["User"] = list(self._books.table(BY_NAME["User"]).rows)
        accounts = [
            {"accountNumber": number, "name": name, "accountType": kind} for number, name, kind in lists.ACCOUNTS
        ]
        self._fill("ChartOfAccount", accounts, len(accounts), LISTS_SINCE_DAYS)
        for account_id, account in zip(self._factory.ids["ChartOfAccount"], accounts, strict=True):
            self._factory.accounts.setdefault(account["accountType"], []).append(account_id)
        incomes = self._factory.accounts[lists.INCOME]
        items = [
            {"name": name, "type": kind, "price": price, "chartOfAccountId": self._factory.pick(incomes)}
            for name, kind, price in lists.ITEMS
        ]
        self._fill("Item", items, len(items), LISTS_SINCE_DAYS)
        for entity_name, known in lists.NAMED.items():
            self._fill(entity_name, [{"name": each} for each in known], len(known), LISTS_SINCE_DAYS)
        people = [(first, last) for first in names.FIRST_NAMES for last in names.LAST_NAMES]
        staff = [{"firstName": first, "lastName": last} for first, last in self._random.sample(people, lists.EMPLOYEES)]
        self._fill("Employee", staff, len(staff), LISTS_SINCE_DAYS)

    def parties(self, sizes: Sizes) -> None:
        """Vendors and customers, some of them with a bank account."""
        factory = self._factory
        company = names.company_names(self._random, names.SUPPLIES)
        vendors = (factory.vendor(next(company), number) for number in range(sizes.vendors))
        self._fill("Vendor", vendors, sizes.vendors, PARTIES_SINCE_DAYS)
        paid = factory.ids["Vendor"][::VENDORS_PER_ACCOUNT]
        accounts = (factory.account("vendorId", each, usersId=factory.user_id) for each in paid)
        self._fill("VendorBankAccount", accounts, len(paid), PARTIES_SINCE_DAYS)
        company = names.company_names(self._random, names.TRADES)
        customers = (factory.customer(next(company), number) for number in range(sizes.customers))
        self._fill("Customer", customers, sizes.customers, PARTIES_SINCE_DAYS)
        charged = factory.ids["Customer"][::CUSTOMERS_PER_ACCOUNT]
        accounts = (factory.account("customerId", each, nameOnAccount="Accounts Payable") for each in charged)
        self._fill("CustomerBankAccount", accounts, len(charged), PARTIES_SINCE_DAYS)

    def documents(self, sizes: Sizes) -> None:
        """Bills and invoices, some of them paid."""
        bills = (self._bill(number, sizes.bills) for number in range(sizes.bills))
        self._fill("Bill", bills, sizes.bills, DOCUMENTS_SINCE_DAYS)
        invoices = (self._invoice(number, sizes.invoices) for number in range(sizes.invoices))
        self._fill("Invoice", invoices, sizes.invoices, DOCUMENTS_SINCE_DAYS)

    def agreements(self, sizes: Sizes) -> None:
        """Terms, bank accounts, contacts, recurring documents, credits, orders."""
        factory = self._factory
        terms = [{"netDue": days} for days in lists.NET_DUE_DAYS]
        self._fill("PaymentTerm", terms, len(terms), LISTS_SINCE_DAYS)
        charts = dict(zip((number for number, *_ in lists.ACCOUNTS), factory.ids["ChartOfAccount"], strict=True))
        funding = [
            {
                "bankName": bank,
                "nameOnAcct": "Simulated Books",
                "accountNumber": str(self._random.randint(10**9, 10**10 - 1)),
                "routingNumber": "021000021",
                "usersId": factory.user_id,
                "chartOfAccountId": charts[number],
                "status": "1",
                "primaryAP": place == 0,
                "primaryAR": place == 0,
            }
            for place, (bank, number) in enumerate(lists.BANKS)
        ]
        self._fill("BankAccount", funding, len(funding), LISTS_SINCE_DAYS)
        contacts = -(-sizes.customers // CUSTOMERS_PER_CONTACT)
        self._fill("CustomerContact", map(factory.contact, range(contacts)), contacts, PARTIES_SINCE_DAYS)
        several = -(-sizes.vendors // VENDORS_PER_RECURRING)
        self._fill("RecurringBill", (factory.recurring_bill() for _ in range(several)), several, PARTIES_SINCE_DAYS)
        several = -(-sizes.customers // CUSTOMERS_PER_RECURRING)
        recurring = (factory.recurring_invoice() for _ in range(several))
        self._fill("RecurringInvoice", recurring, several, PARTIES_SINCE_DAYS)
        several = -(-sizes.bills // BILLS_PER_CREDIT)
        credits_ = (factory.vendor_credit(number, several) for number in range(several))
        self._fill("VendorCredit", credits_, several, DOCUMENTS_SINCE_DAYS)
        several = -(-sizes.invoices // INVOICES_PER_MEMO)
        memos = ({"customerId": factory.pick(factory.ids["Customer"])} for _ in range(several))
        self._fill("CreditMemo", memos, several, DOCUMENTS_SINCE_DAYS)
        several = -(-sizes.vendors // VENDORS_PER_ORDER)
        self._fill("PurchaseOrder", ({} for _ in range(several)), several, DOCUMENTS_SINCE_DAYS)

    def payments(self) -> None:
        """Payments of the paid documents, and the money that moved."""
        ids, paid = self._factory.ids, self._paid
        factory = PaymentFactory(
            random=paid.random,
            account_id=ids["ChartOfAccount"][0],
            bank_account_id=ids["BankAccount"][0],
            user_id=self._factory.user_id,
            new_id=self._new_id,
            empty=self._empty,
        )
        expense = self._factory.accounts[lists.EXPENSE][0]
        applied = factory.vendor_credits(paid.bills, ids["Bill"], expense)
        first = len(ids["VendorCredit"])
        self._fill("VendorCredit", (credit for _, credit in applied), len(applied), DOCUMENTS_SINCE_DAYS)
        credit_ids = dict(zip((bill_id for bill_id, _ in applied), ids["VendorCredit"][first:], strict=True))
        sent = factory.sent(paid.bills, ids["Bill"], credit_ids)
        self._add("SentPay", sent, "processDate")
        self._add("BillPay", [each for payment in sent for each in payment["billPays"]])
        self._add("BillCredit", [each for payment in sent for each in payment["billCredits"]])
        received = factory.received(paid.invoices, ids["Invoice"])
        self._add("ReceivedPay", received, "paymentDate")
        self._add("RPConvFee", [each for payment in received for each in payment["rPConvFee"]], "paymentDate")
        moved = [{**each, "id": self._new_id("MoneyMovement")} for each in factory.movements(sent, received)]
        self._add("MoneyMovement", moved, "processDate")

    def approvals(self) -> None:
        """Approvers, who have approved or have still to."""
        ids, factory = self._factory.ids, self._factory
        paid = {each.number for each in self._paid.bills}
        bills = [
            factory.approver("billId", bill_id, is_done=number in paid)
            for number, bill_id in enumerate(ids["Bill"])
            if number in paid or number % BILLS_PER_APPROVER == 0
        ]
        self._fill("BillApprover", bills, len(bills), DOCUMENTS_SINCE_DAYS)
        credits_ = [factory.approver("vendorCreditId", each, is_done=False) for each in ids["VendorCredit"]]
        self._fill("VendorCreditApprover", credits_, len(credits_), DOCUMENTS_SINCE_DAYS)
        several = len(ids["RecurringBill"])
        self._fill("RecurringBillApprover", ({} for _ in range(several)), several, PARTIES_SINCE_DAYS)

    def policies(self) -> None:
        """Policies with an approver each, credits of invoices, and a note; of all of them little is known."""
        ids = self._factory.ids
        for entity_name in ("ApprovalPolicy", "ApprovalPolicyApprover"):
            self._fill(entity_name, ({} for _ in range(POLICIES)), POLICIES, LISTS_SINCE_DAYS)
        several = len(ids["CreditMemo"])
        self._fill("InvoiceCredit", ({} for _ in range(several)), several, DOCUMENTS_SINCE_DAYS)
        noted = ids["Bill"][:NOTES]
        self._fill("Note", ({"objectId": each} for each in noted), len(noted), DOCUMENTS_SINCE_DAYS)

    def _bill(self, number: int, of: int) -> JsonObject:
        bill = self._factory.bill(number, of)
        self._paid.pay_bill(bill, number)
        return bill

    def _invoice(self, number: int, of: int) -> JsonObject:
        invoice = self._factory.invoice(number, of)
        self._paid.pay_invoice(invoice, number)
        return invoice

    def _new_id(self, name: str) -> str:
        """An id for an object, or for an element of an array that is none."""
        entity = BY_NAME.get(name)
        return self._books.new_id(name, entity.id_prefix if entity else ELEMENT_PREFIXES[name])

    def _empty(self, name: str) -> JsonObject:
        defaults_ = self._books.table(BY_NAME[name]).shape.defaults
        return {each.name: defaults_[each.name] for each in BY_NAME[name].fields}

    def _fill(self, entity_name: str, entries: Iterable[JsonObject], number: int, since_days: int) -> None:
        """Store so many objects, created one after the other in this period, some of them touched again later."""
        moments = self._moments(number, since_days)
        ids = [self._new_id(entity_name) for _ in range(number)]
        self._factory.ids.setdefault(entity_name, []).extend(ids)

        def timed() -> Iterator[JsonObject]:
            for values, object_id, created in zip(entries, ids, moments, strict=True):
                times = {"createdTime": stamp(created), "updatedTime": stamp(self._touched(created))}
                yield {**values, **times, "id": object_id}

        self._load(entity_name, timed())

    def _add(self, entity_name: str, objects: Iterable[JsonObject], day: str | None = None) -> None:
        """Store objects that have their ids already, at the time that they tell or at noon of a day of theirs."""
        timed = (
            {"createdTime": noon(each[day]), "updatedTime": noon(each[day]), **each} if day else each
            for each in objects
        )
        self._load(entity_name, timed)

    def _load(self, entity_name: str, objects: Iterable[JsonObject]) -> None:
        entity = BY_NAME[entity_name]
        table = self._books.table(entity)

        def finished() -> Iterator[JsonObject]:
            for values in objects:
                whole = {**table.shape.defaults, **values}
                if entity.lines:
                    whole[entity.lines.name] = self._lines(entity, values[entity.lines.name], whole["updatedTime"])
                complete(whole)
                yield whole

        table.load(finished())

    def _moments(self, number: int, since_days: int) -> list[int]:
        """The times of creation, in order; some objects share a second."""
        moments = sorted(self._end - int(self._random.random() * since_days * DAY_S) - 1 for _ in range(number))
        for place in range(1, number):
            if self._random.random() < TOGETHER_SHARE:
                moments[place] = moments[place - 1]
        return moments

    def _touched(self, created: int) -> int:
        """The time of the last change of an object."""
        if self._random.random() >= TOUCHED_SHARE:
            return created
        nightly = self._end - int(self._factory.pick(NIGHTLY_JOBS_DAYS_AGO)) * DAY_S
        if self._random.random() < TOGETHER_SHARE and nightly > created:
            return nightly
        return created + int(self._random.random() * (self._end - created))

    def _lines(self, entity: Entity, sent: Sequence[JsonObject], time: str) -> list[JsonObject]:
        """Complete line items; an update has made them anew (inferred from a capture)."""
        array = lines_of(entity)
        line_defaults = self._books.table(entity).shape.line_defaults
        made = [
            {
                **line_defaults,
                **line,
                **stamped(entity, createdTime=time, updatedTime=time),
                "id": self._books.new_id(array.item_entity or array.name, array.item_id_prefix),
            }
            for line in sent
        ]
        return ordered(entity, made)
