"""Fills the books of one organization. Times and days depend on the seed alone, never on today."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from bill_api.entities import BY_NAME
from bill_simulator import defaults
from bill_simulator.clock import instant, stamp
from bill_simulator.documents import complete
from bill_simulator.seed import lists, names
from bill_simulator.seed.entries import CUSTOMERS_PER_ACCOUNT, DOCUMENTS_SINCE_DAYS, VENDORS_PER_ACCOUNT, Entries

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bill_simulator.books import Books

Whole = dict[str, Any]

DAY_S = 24 * 3600
LISTS_SINCE_DAYS = 400
PARTIES_SINCE_DAYS = 380

TOUCHED_SHARE = 0.4
TOGETHER_SHARE = 0.15
NIGHTLY_JOBS_DAYS_AGO = (2, 9, 30, 90)
"""Objects that were changed after their creation; those written in the same second as others, as by a bulk call or a
nightly job; when the nightly jobs ran."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How much is seeded, and from which seed."""

    seed: int = 1
    vendors: int = 40
    customers: int = 30
    bills: int = 300
    invoices: int = 200

    def __post_init__(self) -> None:
        if min(self.vendors, self.customers, self.bills, self.invoices) < 0:
            message = "sizes are whole numbers from 0"
            raise ValueError(message)
        if (self.bills and not self.vendors) or (self.invoices and not self.customers):
            message = "bills need vendors, invoices need customers"
            raise ValueError(message)


def sow(books: Books, sizes: Sizes, user_id: str) -> None:
    """Seed the books of an organization, parents first."""
    random = Random(f"{sizes.seed}:{books.organization_id}")  # noqa: S311  repeatable, not secret
    entries = Entries(random=random, user_id=user_id, end=int(instant(defaults.SEED_END)))
    sower = Sower(books, entries)
    sower.lists()
    sower.parties(sizes)
    sower.documents(sizes)


class Sower:
    """Stores entries as objects, in the order of their creation."""

    def __init__(self, books: Books, entries: Entries) -> None:
        self._books = books
        self._entries = entries
        self._random = entries.random
        self._end = entries.end

    def lists(self) -> None:
        """Accounts, items, departments, locations, jobs, classes, employees."""
        accounts = [
            {"accountNumber": number, "name": name, "accountType": kind} for number, name, kind in lists.ACCOUNTS
        ]
        self._fill("ChartOfAccount", accounts, len(accounts), LISTS_SINCE_DAYS)
        for account_id, account in zip(self._entries.ids["ChartOfAccount"], accounts, strict=True):
            self._entries.accounts.setdefault(account["accountType"], []).append(account_id)
        incomes = self._entries.accounts[lists.INCOME]
        items = [
            {"name": name, "type": kind, "price": price, "chartOfAccountId": self._entries.pick(incomes)}
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
        entries = self._entries
        company = names.company_names(self._random, names.SUPPLIES)
        vendors = (entries.vendor(next(company), number) for number in range(sizes.vendors))
        self._fill("Vendor", vendors, sizes.vendors, PARTIES_SINCE_DAYS)
        paid = entries.ids["Vendor"][::VENDORS_PER_ACCOUNT]
        accounts = (entries.account("vendorId", each, usersId=entries.user_id) for each in paid)
        self._fill("VendorBankAccount", accounts, len(paid), PARTIES_SINCE_DAYS)
        company = names.company_names(self._random, names.TRADES)
        customers = (entries.customer(next(company), number) for number in range(sizes.customers))
        self._fill("Customer", customers, sizes.customers, PARTIES_SINCE_DAYS)
        charged = entries.ids["Customer"][::CUSTOMERS_PER_ACCOUNT]
        accounts = (entries.account("customerId", each, nameOnAccount="Accounts Payable") for each in charged)
        self._fill("CustomerBankAccount", accounts, len(charged), PARTIES_SINCE_DAYS)

    def documents(self, sizes: Sizes) -> None:
        """Bills and invoices."""
        bills = (self._entries.bill(number, sizes.bills) for number in range(sizes.bills))
        self._fill("Bill", bills, sizes.bills, DOCUMENTS_SINCE_DAYS)
        invoices = (self._entries.invoice(number, sizes.invoices) for number in range(sizes.invoices))
        self._fill("Invoice", invoices, sizes.invoices, DOCUMENTS_SINCE_DAYS)

    def _fill(self, entity_name: str, entries: Iterable[Whole], number: int, since_days: int) -> None:
        """Store so many objects, created one after the other in this period, some of them touched again later."""
        entity = BY_NAME[entity_name]
        table = self._books.table(entity)
        moments = self._moments(number, since_days)
        ids = self._entries.ids[entity_name] = [self._books.new_id(entity.id_prefix) for _ in range(number)]

        def finished() -> Iterator[Whole]:
            for values, object_id, created in zip(entries, ids, moments, strict=True):
                whole = {**table.shape.defaults, **values, "id": object_id}
                whole["createdTime"], whole["updatedTime"] = stamp(created), stamp(self._touched(created))
                if entity.lines:
                    whole[entity.lines.name] = self._lines(values[entity.lines.name], entity_name, whole["updatedTime"])
                complete(whole)
                yield whole

        table.load(finished())

    def _moments(self, number: int, since_days: int) -> list[int]:
        """When each object was created, in order; some share a second."""
        moments = sorted(self._end - int(self._random.random() * since_days * DAY_S) - 1 for _ in range(number))
        for place in range(1, number):
            if self._random.random() < TOGETHER_SHARE:
                moments[place] = moments[place - 1]
        return moments

    def _touched(self, created: int) -> int:
        """When an object was last changed."""
        if self._random.random() >= TOUCHED_SHARE:
            return created
        nightly = self._end - int(self._entries.pick(NIGHTLY_JOBS_DAYS_AGO)) * DAY_S
        if self._random.random() < TOGETHER_SHARE and nightly > created:
            return nightly
        return created + int(self._random.random() * (self._end - created))

    def _lines(self, sent: Sequence[Whole], entity_name: str, time: str) -> list[Whole]:
        """Complete line items; an update has made them anew (inferred from a capture)."""
        entity = BY_NAME[entity_name]
        shape = self._books.table(entity).shape
        prefix = (entity.lines.item_id_prefix if entity.lines else None) or ""
        common = {"createdTime": time, "updatedTime": time}
        return [
            {**shape.line_defaults, **line, **common, "id": self._books.new_id(prefix), "lineOrder": place}
            for place, line in enumerate(sent)
        ]
