"""Warehouses with the models that a report reads: tables as the dbt package makes them, rows as a test wants."""

from __future__ import annotations

import contextlib
import io
import os
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING, Any

import duckdb
from programs import run_program

from bill_report.command_line import report

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

TIMEOUT_S = 120
AT_ONCE = 500
AS_OF = date(2021, 7, 20)
ORGANIZATION = "00801REPORTORGANIZAT"

MONEY = "DECIMAL(18, 2)"
AGES = ("not_due", "days_1_30", "days_31_60", "days_61_90", "days_over_90")
SUMS = dict.fromkeys((*AGES, "credits", "scheduled", "denied", "total"), MONEY)
DAYS = {"as_of": "DATE", "built_on": "DATE"}
TABLES: dict[str, dict[str, str]] = {
    "bill__ap_ageing": {
        "organization_id": "VARCHAR",
        **DAYS,
        "vendor_id": "VARCHAR",
        "vendor_name": "VARCHAR",
        "vendor_is_deleted": "BOOLEAN",
        "documents": "BIGINT",
        **SUMS,
    },
    "bill__ar_ageing": {
        "organization_id": "VARCHAR",
        **DAYS,
        "customer_id": "VARCHAR",
        "customer_name": "VARCHAR",
        "customer_is_deleted": "BOOLEAN",
        "documents": "BIGINT",
        **SUMS,
    },
    "bill__cash_forecast": {
        "organization_id": "VARCHAR",
        **DAYS,
        "direction": "VARCHAR",
        "week_start": "DATE",
        "is_overdue": "BOOLEAN",
        "due_amount": MONEY,
        "scheduled_amount": MONEY,
        "documents": "BIGINT",
    },
    "bill__spend_lines": {
        "organization_id": "VARCHAR",
        **DAYS,
        "document_type": "VARCHAR",
        "document_id": "VARCHAR",
        "line_id": "VARCHAR",
        "vendor_id": "VARCHAR",
        "vendor_name": "VARCHAR",
        "vendor_is_deleted": "BOOLEAN",
        "account_id": "VARCHAR",
        "account_name": "VARCHAR",
        "account_number": "VARCHAR",
        "department_name": "VARCHAR",
        "location_name": "VARCHAR",
        "class_name": "VARCHAR",
        "job_name": "VARCHAR",
        "item_name": "VARCHAR",
        "month": "DATE",
        "amount": MONEY,
    },
    "bill__duplicate_suspects": {
        "organization_id": "VARCHAR",
        **DAYS,
        "vendor_id": "VARCHAR",
        "vendor_name": "VARCHAR",
        "other_vendor_id": "VARCHAR",
        "other_vendor_name": "VARCHAR",
        "bill_id_1": "VARCHAR",
        "invoice_number_1": "VARCHAR",
        "invoice_date_1": "DATE",
        "amount_1": MONEY,
        "bill_id_2": "VARCHAR",
        "invoice_number_2": "VARCHAR",
        "invoice_date_2": "DATE",
        "amount_2": MONEY,
        "days_apart": "INTEGER",
        "reason": "VARCHAR",
    },
    "bill__loaded": {"organization_id": "VARCHAR", **DAYS, "stream": "VARCHAR", "row_count": "BIGINT"},
    "bill__not_netted": {
        "organization_id": "VARCHAR",
        **DAYS,
        "kind": "VARCHAR",
        "documents": "BIGINT",
        "amount": MONEY,
    },
}
"""The contract of the models, as far as the report goes."""

LOADED_STREAMS = (
    *("bills", "bill_line_items", "vendor_credits", "invoices", "credit_memos", "received_pays"),
    *("vendors", "customers"),
)

Rows = dict[str, list[dict[str, Any]]]


def make_warehouse(
    path: Path,
    rows: Mapping[str, Iterable[Mapping[str, Any]]],
    *,
    schema: str = "bill",
    tables: Mapping[str, Mapping[str, str]] = TABLES,
    names: Mapping[str, str] | None = None,
) -> Path:
    """A warehouse file.

    Args:
        path: The file.
        rows: Of the models, by name; a row names the columns that are not null.
        schema: Of the models.
        tables: The models that are there, with their columns.
        names: Of organizations, as BILL may tell them beside what is known.
    """
    with duckdb.connect(path) as connection:
        connection.execute(f'CREATE SCHEMA "{schema}"')
        for name, columns in tables.items():
            table = f'"{path.stem}"."{schema}"."{name}"'
            declared = ", ".join(f'"{each}" {kind}' for each, kind in columns.items())
            connection.execute(f"CREATE TABLE {table} ({declared})")
            values = [[row.get(each) for each in columns] for row in rows.get(name, ())]
            for start in range(0, len(values), AT_ONCE):
                some = values[start : start + AT_ONCE]
                marks = ", ".join(f"({', '.join('?' for _ in columns)})" for _ in some)
                connection.execute(f"INSERT INTO {table} VALUES {marks}", [*chain.from_iterable(some)])  # noqa: S608
        if names is not None:
            connection.execute("CREATE SCHEMA tap_bill")
            connection.execute("CREATE TABLE tap_bill.organizations (id VARCHAR, additional_fields JSON)")
            for key, name in names.items():
                connection.execute("INSERT INTO tap_bill.organizations VALUES ($1, {'name': $2}::JSON)", [key, name])
    return path


@dataclass
class Books:
    """Rows of all models, made from a few words for each."""

    organization: str | None = ORGANIZATION
    as_of: date = AS_OF
    built_on: date | None = None
    rows: Rows = field(default_factory=lambda: defaultdict(list))

    def ageing(
        self,
        model: str,
        name: str | None,
        amounts: Sequence[str],
        *,
        credit: str = "0",
        scheduled: str = "0",
        denied: str = "0",
        is_deleted: bool = False,
    ) -> None:
        """A vendor or a customer, by the name of its model, with the five ages."""
        party = "vendor" if model == "bill__ap_ageing" else "customer"
        money = [Decimal(each) for each in amounts]
        self._add(
            model,
            **{
                f"{party}_id": f"{party}{len(self.rows[model])}",
                f"{party}_name": name,
                f"{party}_is_deleted": is_deleted,
            },
            **dict(zip(AGES, money, strict=True)),
            documents=sum(1 for each in money if each),
            credits=Decimal(credit),
            scheduled=Decimal(scheduled),
            denied=Decimal(denied),
            total=sum(money, Decimal(0)) + Decimal(credit),
        )

    def week(self, direction: str, number: int | None, due: str, scheduled: str = "0") -> None:
        """A week of the forecast, counted from that of the day; None is overdue."""
        monday = self.as_of - timedelta(days=self.as_of.weekday())
        self._add(
            "bill__cash_forecast",
            direction=direction,
            week_start=monday + timedelta(weeks=number or 0),
            is_overdue=number is None,
            due_amount=Decimal(due),
            scheduled_amount=Decimal(scheduled),
            documents=1,
        )

    def line(self, vendor: str | None, account: str | None, month: date | None, amount: str, number: str = "") -> None:
        """A line of a bill."""
        key = str(len(self.rows["bill__spend_lines"]))
        self._add(
            "bill__spend_lines",
            document_type="bill",
            document_id=f"bill{key}",
            line_id=key,
            vendor_id=vendor and f"id of {vendor}",
            vendor_name=vendor,
            account_id=account and f"id of {account}",
            account_name=account,
            account_number=number or None,
            month=month,
            amount=Decimal(amount),
        )

    def pair(self, vendor: str, first: tuple[str, str], second: tuple[str, str], reason: str = "alike number") -> None:
        """Two bills, each with number and amount."""
        key = len(self.rows["bill__duplicate_suspects"])
        self._add(
            "bill__duplicate_suspects",
            vendor_id=vendor,
            vendor_name=vendor,
            reason=reason,
            days_apart=1,
            bill_id_1=f"{key}a",
            invoice_number_1=first[0],
            amount_1=Decimal(first[1]),
            bill_id_2=f"{key}b",
            invoice_number_2=second[0],
            amount_2=Decimal(second[1]),
            invoice_date_1=self.as_of,
            invoice_date_2=self.as_of + timedelta(days=1),
        )

    def loaded(self, **streams: int) -> None:
        """Rows of streams; of those that are not named there are none."""
        for each in LOADED_STREAMS:
            self._add("bill__loaded", stream=each, row_count=streams.get(each, 0))

    def not_netted(self, kind: str, documents: int, amount: str | None = None) -> None:
        """What lowers the receivables beside them."""
        self._add("bill__not_netted", kind=kind, documents=documents, amount=amount and Decimal(amount))

    def _add(self, model: str, **row: Any) -> None:
        days = {"as_of": self.as_of, "built_on": self.built_on or self.as_of}
        self.rows[model].append({"organization_id": self.organization, **days, **row})


def plain_books(organization: str | None = ORGANIZATION) -> Books:
    """Books of every kind of figure, a little of each."""
    books = Books(organization)
    names = ("Northwind Paper", "Ängström & Söhne GmbH", "株式会社 山田", "שלום בע״מ", "John Sisk & Son (Holdings) Ltd")
    for number, name in enumerate(names):
        base = 1000 * (number + 1)
        amounts = (f"{base}.10", f"{base // 2}.25", f"{base // 4}.05", "0", f"{number * 7}.99")
        books.ageing("bill__ap_ageing", name, amounts, credit=f"-{number * 11}.50", scheduled=f"{number * 100}.00")
        books.ageing("bill__ar_ageing", f"Customer {name}", [f"{2 * Decimal(each)}" for each in amounts])
    for number in range(9):
        books.week("in", number, f"{4000 + number * 350}.15")
        books.week("out", number, f"{3500 - number * 200}.40", f"{number * 120}.00")
    books.week("in", None, "5250.75")
    books.week("out", None, "2100.33")
    books.week("out", 40, "19999.99")
    for month in range(1, 13):
        for number, name in enumerate(names):
            day = date(2020 + (month + 6) // 12, (month + 6) % 12 + 1, 1)
            books.line(
                name, f"Account {number % 4}", day, f"{(number + 1) * 230 + month * 17}.{month:02}", f"60{number % 4}0"
            )
    books.line("Northwind Paper", None, date(2099, 1, 1), "12.34")
    books.pair("Northwind Paper", ("INV-1001", "512.40"), ("INV1001", "512.40"))
    books.pair("株式会社 山田", ("A-7", "88.00"), ("A-9", "88.00"), "same amount")
    return books


def written_page(folder: Path, *arguments: str) -> str:
    """The page of the warehouse in a folder, written by this process: what draws takes half a second to start."""
    said = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(said):
        report.main(["out.duckdb", *arguments], standalone_mode=False)
    assert said.getvalue() == "report.html\n"
    return (folder / "report.html").read_text(encoding="utf-8")


def run_report(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """The command as a process of its own, in a folder."""
    env = {**os.environ, "NO_COLOR": "1", "COLUMNS": "160"}
    return run_program("bill_report", arguments, cwd=folder, env=env, timeout_s=TIMEOUT_S)
