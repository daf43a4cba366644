"""The books of a local BILL as the models should show them, worked out a second time, and what differs.

Everything here reads the books by the simulator's control plane and does its sums in Python. What is owed of a document
is what payments that were processed and credits have left of it, whichever way BILL tells its due amount.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from bill_simulator import RemoteControl

Row = dict[str, Any]
Table = dict[tuple[Any, ...], Any]

ZERO_ID = "0" * 20
NOTHING = Decimal(0)
MONDAY_TO_SUNDAY = 7
BUCKETS = {"not_due": 0, "days_1_30": 30, "days_31_60": 60, "days_61_90": 90}
"""The last day since a document was due of each bucket but the last one."""

AGEING = ("documents", *BUCKETS, "days_over_90", "credits", "scheduled", "total")


class Warehouse(Protocol):
    """The place where the models were built."""

    def rows(self, sql: str) -> list[Row]:
        """The rows of a query; days as texts."""


class ModelBooks:
    """All books of a simulator, as the models should show them.

    Args:
        control: Of the simulator.
        organizations: Their ids.
        as_of: The day of the ageing.
    """

    def __init__(self, control: RemoteControl, organizations: Sequence[str], as_of: date) -> None:
        self._as_of = as_of
        self._books = {
            (organization, name): control.books(organization, name)
            for organization in organizations
            for name in ("Bill", "Invoice", "VendorCredit", "BillPay", "Item")
        }
        self._organizations = organizations

    def differences(self, warehouse: Warehouse) -> Iterator[str]:
        """Whatever the models show otherwise."""
        for what, wanted, found in (
            ("bill__ap_ar_enhanced", self.documents(), shown_documents(warehouse)),
            ("bill__ap_ageing", self.ageing("bill", "vendor_credit"), shown_ageing(warehouse, "ap", "vendor")),
            ("bill__ar_ageing", self.ageing("invoice", "credit_memo"), shown_ageing(warehouse, "ar", "customer")),
            ("bill__spend_lines", self.spend(), shown_spend(warehouse)),
            ("bill__cash_forecast", self.forecast(), shown_forecast(warehouse)),
            ("bill__open_balance_daily", self.open_balance(), shown_open_balance(warehouse)),
        ):
            yield from (f"{what}: {text}" for text in differing(wanted, found))

    def documents(self) -> Table:
        """Amount, paid, scheduled and due amount of each document, days since it was due and if it is deleted."""
        return {
            (organization, kind, row["id"]): figures
            for organization in self._organizations
            for kind, row, figures in self._figures(organization)
        }

    def ageing(self, document: str, credit: str) -> Table:
        """The row of each party that has something open, as the columns of `AGEING`."""
        found: Table = defaultdict(lambda: dict.fromkeys(AGEING, NOTHING))
        for organization in self._organizations:
            for kind, row, (_, _, scheduled, due, *_) in self._figures(organization):
                if kind not in {document, credit} or not due:
                    continue
                line = found[organization, row.get("vendorId") or row["customerId"]]
                line["documents"] += 1
                line["credits" if kind == credit else self._bucket(row)] += due
                line["scheduled"] += scheduled
                line["total"] += due
        return {key: tuple(line.values()) for key, line in found.items()}

    def spend(self) -> Table:
        """The sum of lines by document, account and month."""
        found: Table = defaultdict(Decimal)
        for organization in self._organizations:
            accounts = {row["id"]: known(row["expenseAccount"]) for row in self._of(organization, "Item")}
            for name, kind, array, day, sign in (
                ("Bill", "bill", "billLineItems", "invoiceDate", 1),
                ("VendorCredit", "vendor_credit", "vendorCreditLineItems", "creditDate", -1),
            ):
                for row in filter(is_active, self._of(organization, name)):
                    month = (row["glPostingDate"] or row[day])[:7] + "-01"
                    for line in row[array]:
                        account = known(line["chartOfAccountId"]) or accounts.get(line["itemId"])
                        found[organization, kind, row["id"], account, month] += sign * line["amount"]
        return dict(found)

    def forecast(self) -> Table:
        """Due and scheduled amounts by direction and week."""
        found: Table = defaultdict(lambda: [NOTHING, NOTHING])
        for organization in self._organizations:
            for kind, row, (_, _, scheduled, due, *_) in self._figures(organization):
                direction = {"bill": "out", "invoice": "in"}.get(kind)
                if direction is None or due <= 0:
                    continue
                if due != scheduled:
                    found[organization, direction, *self._week(row["dueDate"])][0] += due - scheduled
                for payment in self._of(organization, "BillPay") if scheduled else ():
                    if payment["billId"] == row["id"] and payment["paymentStatus"] == "1":
                        found[organization, direction, *self._week(payment["processDate"])][1] += payment["amount"]
        return {key: tuple(amounts) for key, amounts in found.items()}

    def open_balance(self) -> Table:
        """The due amount of each document that has one."""
        return {key: due for key, (_, _, _, due, *_) in self.documents().items() if due}

    def _of(self, organization: str, name: str) -> list[Row]:
        return self._books[organization, name]

    def _figures(self, organization: str) -> Iterator[tuple[str, Row, tuple[Any, ...]]]:
        """The kind, the object and the figures of each document."""
        for name, kind, owed in KINDS:
            for row in self._of(organization, name):
                sign = -1 if kind == "vendor_credit" else 1
                amount, left = sign * row["amount"], sign * owed(row)
                due = left if is_active(row) else NOTHING
                scheduled = Decimal(row.get("scheduledAmount") or 0) if is_active(row) else NOTHING
                days = max(0, self._days(row)) if due > 0 and sign == 1 else 0
                yield kind, row, (amount, amount - left, scheduled, due, days, not is_active(row))

    def _days(self, row: Row) -> int:
        return (self._as_of - date.fromisoformat(row["dueDate"])).days

    def _bucket(self, row: Row) -> str:
        return next((name for name, last in BUCKETS.items() if self._days(row) <= last), "days_over_90")

    def _week(self, day: str) -> tuple[str, bool]:
        """The Monday of a day, or of today for a day that has passed; and if it has."""
        then = date.fromisoformat(day)
        counted = max(then, self._as_of)
        return (counted - timedelta(days=counted.weekday() % MONDAY_TO_SUNDAY)).isoformat(), then < self._as_of


def owed_of_bill(row: Row) -> Decimal:
    """The part of a bill that payments and credits have left."""
    return Decimal(row["amount"]) - Decimal(row["paidAmount"] or 0) - Decimal(row["creditAmount"] or 0)


def owed_of_invoice(row: Row) -> Decimal:
    """The part of an invoice that is not paid; nothing schedules payments of invoices here."""
    return Decimal(row["amountDue"])


def left_of_credit(row: Row) -> Decimal:
    """The part of a credit that has paid nothing yet."""
    return Decimal(row["amount"]) - Decimal(row["appliedAmount"] or 0)


KINDS: Sequence[tuple[str, str, Callable[[Row], Decimal]]] = (
    ("Bill", "bill", owed_of_bill),
    ("Invoice", "invoice", owed_of_invoice),
    ("VendorCredit", "vendor_credit", left_of_credit),
)
"""Entity, `document_type` and what is left; BILL tells no amounts of credit memos."""


def is_active(row: Row) -> bool:
    """True unless an object is deleted."""
    return bool(row["isActive"] == "1")


def known(object_id: str | None) -> str | None:
    """An id that is one."""
    return object_id if object_id and object_id != ZERO_ID else None


# --- what the models show ---------------------------------------------------------------------------------------


def shown_documents(warehouse: Warehouse) -> Table:
    """As `ModelBooks.documents`."""
    names = ("amount", "paid_amount", "scheduled_amount", "due_amount", "days_overdue", "is_deleted")
    sql = f"SELECT organization_id, document_type, document_id, {', '.join(names)} FROM bill.bill__ap_ar_enhanced"  # noqa: S608
    rows = warehouse.rows(f"{sql} WHERE document_type <> 'credit_memo'")
    return table(rows, ("organization_id", "document_type", "document_id"), names)


def shown_ageing(warehouse: Warehouse, side: str, party: str) -> Table:
    """As `ModelBooks.ageing`."""
    rows = warehouse.rows(f"SELECT * FROM bill.bill__{side}_ageing")  # noqa: S608  names of our own
    return table(rows, ("organization_id", f"{party}_id"), AGEING)


def shown_spend(warehouse: Warehouse) -> Table:
    """As `ModelBooks.spend`."""
    keys = ("organization_id", "document_type", "document_id", "account_id", "month")
    sql = "SELECT organization_id, document_type, document_id, account_id, CAST(month AS text) AS month, sum(amount)"
    rows = warehouse.rows(f"{sql} AS amount FROM bill.bill__spend_lines GROUP BY 1, 2, 3, 4, 5")
    return {key: amount for key, (amount,) in table(rows, keys, ("amount",)).items()}


def shown_forecast(warehouse: Warehouse) -> Table:
    """As `ModelBooks.forecast`."""
    sql = "SELECT *, CAST(week_start AS text) AS week FROM bill.bill__cash_forecast"
    keys = ("organization_id", "direction", "week", "is_overdue")
    return table(warehouse.rows(sql), keys, ("due_amount", "scheduled_amount"))


def shown_open_balance(warehouse: Warehouse) -> Table:
    """As `ModelBooks.open_balance`, of the day of the build, which is no day of the books."""
    keys = ("organization_id", "document_type", "document_id")
    latest = "SELECT max(day) FROM bill.bill__open_balance_daily"
    rows = warehouse.rows(f"SELECT * FROM bill.bill__open_balance_daily WHERE day = ({latest})")  # noqa: S608
    return {key: due for key, (due,) in table(rows, keys, ("due_amount",)).items()}


def table(rows: Iterable[Mapping[str, Any]], keys: Sequence[str], names: Sequence[str]) -> Table:
    """Rows by their keys."""
    return {tuple(row[key] for key in keys): tuple(row[name] for name in names) for row in rows}


def differing(wanted: Table, found: Table) -> Iterator[str]:
    """The keys that are in one alone, or have other figures."""
    for key in sorted(wanted.keys() | found.keys(), key=str):
        if wanted.get(key) != found.get(key):
            yield f"{key} is {found.get(key)}, and should be {wanted.get(key)}"
