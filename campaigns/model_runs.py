"""Syncs of a local BILL into a warehouse, the changes between two of them, and dbt on what was loaded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from bill_api.client import BillClient
from bill_api.connection import Connection
from bill_api.entities import BY_NAME
from bill_simulator import defaults

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from model_books import Row

    from bill_simulator import Simulator

    Start = Callable[[Sequence[str], Mapping[str, str]], subprocess.CompletedProcess[str]]

ROOT = Path(__file__).parents[1]
DBT = ROOT / ".venv-dbt" / "bin" / "dbt"
TRANSFORM = ROOT / "transform"
ORGANIZATIONS = (defaults.ORGANIZATION_ID, defaults.EMPTY_ORGANIZATION_ID)
RAW = "tap_bill"
PATIENCE_S = 300
HOUR_S = 3600


def started(command: Sequence[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """A command that has ended."""
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE_S)


class Sync:
    """tap-bill on all organizations of a simulator, into a target; each goes on where the last one ended.

    Args:
        simulator: The BILL.
        folder: For files.
        target: The command that takes the messages and prints STATE.
        more: Settings of the tap.
    """

    def __init__(self, simulator: Simulator, folder: Path, target: Sequence[str], **more: Any) -> None:
        config, self._catalog, self._state = (folder / f"{each}.json" for each in ("tap", "catalog", "state"))
        self._tap = [sys.executable, "-m", "tap_bill", "--config", str(config)]
        self._target = target
        config.write_text(json.dumps({**simulator.settings, "organizations": [*ORGANIZATIONS], **more}))

    def select(self, streams: Collection[str]) -> None:
        """Read these streams alone from now on."""
        found = subprocess.run([*self._tap, "--discover"], capture_output=True, check=True, timeout=PATIENCE_S)
        catalog = json.loads(found.stdout)
        catalog["streams"] = [each for each in catalog["streams"] if each["tap_stream_id"] in streams]
        self._catalog.write_text(json.dumps(catalog))

    def run(self) -> None:
        """Read what changed, and load it."""
        tap = [*self._tap]
        if self._catalog.exists():
            tap += ["--catalog", str(self._catalog)]
        if self._state.exists():
            tap += ["--state", str(self._state)]
        read = subprocess.run(tap, capture_output=True, check=False, timeout=PATIENCE_S)
        if read.returncode:
            raise SystemExit(f"tap-bill ended with {read.returncode}\n{read.stderr.decode()[-4000:]}")
        wrote = subprocess.run(self._target, input=read.stdout, capture_output=True, check=False, timeout=PATIENCE_S)
        if wrote.returncode:
            raise SystemExit(f"{self._target[0]} ended with {wrote.returncode}\n{wrote.stderr.decode()[-4000:]}")
        self._state.write_bytes(wrote.stdout.splitlines()[-1])


@dataclass(frozen=True, kw_only=True)
class Models:
    """The dbt project on one warehouse.

    Attributes:
        folder: For what dbt writes.
        environment: Variables that say where the warehouse is.
        project: The dbt project: the package itself, or one that has it as a package.
        start: Runs a command under variables.
    """

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    project: Path = TRANSFORM
    start: Start = started

    def run(self, command: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command of dbt."""
        said = json.dumps({"tap_bill_schema": RAW, **variables})
        options = ["--project-dir", str(self.project), "--profiles-dir", str(TRANSFORM), "--vars", said, *arguments]
        paths = {"DBT_TARGET_PATH": str(self.folder / "target"), "DBT_LOG_PATH": str(self.folder / "logs")}
        return self.start([str(DBT), "--no-use-colors", command, *options], {**os.environ, **paths, **self.environment})

    def build(self, *arguments: str, **variables: str) -> str:
        """Build and test all models; what dbt has said."""
        ran = self.run("build", *arguments, **variables)
        if ran.returncode:
            raise SystemExit(f"dbt build ended with {ran.returncode}\n{ran.stdout[-6000:]}\n{ran.stderr[-2000:]}")
        return ran.stdout


class DuckDBFile:
    """A warehouse of target-duckdb.

    Args:
        folder: For the file.
        start: Runs a command under variables.
        more: Settings of target-duckdb.
    """

    def __init__(self, folder: Path, *, start: Start = started, **more: Any) -> None:
        self.path = folder / "warehouse.duckdb"
        config = folder / "target.json"
        config.write_text(json.dumps({"filepath": str(self.path), "default_target_schema": RAW, **more}))
        self.target = [sys.executable, "-m", "target_duckdb", "--config", str(config)]
        variables = {"BILL_DBT_TARGET": "duckdb", "BILL_WAREHOUSE": str(self.path)}
        self.models = Models(folder=folder, environment=variables, start=start)

    def change(self, sql: str) -> None:
        """Change what is there."""
        with duckdb.connect(str(self.path)) as connection:
            connection.execute(sql)

    def rows(self, sql: str) -> list[Row]:
        """The rows of a query."""
        with duckdb.connect(str(self.path), read_only=True) as connection:
            found = connection.execute(sql)
            names = [each[0] for each in found.description]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


class Changes:
    """Changes of the books between two syncs.

    Args:
        simulator: The BILL.
    """

    def __init__(self, simulator: Simulator) -> None:
        self._control = simulator.control
        self._clients = {
            each: BillClient(Connection.from_settings({**simulator.settings, "organization_id": each}))
            for each in ORGANIZATIONS
        }
        self._control.switch(record_payments="offer", mfa_required="no")

    def make(self) -> None:
        """Payments, deletes, fewer lines and newcomers, the same in each organization."""
        self._control.advance(HOUR_S)
        # Of the one organization the due amounts fall when a payment is processed, of the other when it is scheduled.
        for organization, answer in zip(ORGANIZATIONS, ("due_stays", "due_falls"), strict=True):
            self._control.switch(pay_bill=answer)
            self._change(organization)
        self._control.advance(HOUR_S)

    def _change(self, organization: str) -> None:
        client = self._clients[organization]
        rows = [each for each in self._control.books(organization, "Bill") if is_open(each)]
        whole, part, scheduled, both, deleted, *others = rows
        self._pay(client, whole, whole["dueAmount"])
        self._pay(client, part, (part["dueAmount"] / 3).quantize(Decimal("0.01")))
        self._schedule(client, scheduled, scheduled["dueAmount"], "2025-07-03")
        self._schedule(client, both, (both["dueAmount"] / 4).quantize(Decimal("0.01")), "2025-07-10")
        self._schedule(client, both, Decimal("0.01"), "2025-08-01")
        self._pay(client, both, Decimal("0.02"))
        client.delete(BY_NAME["Bill"], deleted["id"])
        shortened = next(each for each in others if len(each["billLineItems"]) > 1)
        lines = shortened["billLineItems"][1:]
        client.update(BY_NAME["Bill"], {"id": shortened["id"], "billLineItems": lines})
        self._newcomers(client)
        invoice = next(each for each in self._control.books(organization, "Invoice") if each["isActive"] == "1")
        client.delete(BY_NAME["Invoice"], invoice["id"])

    def _newcomers(self, client: BillClient) -> None:
        """A vendor with a bill that is there twice, by nearly the same number and by its amount, and a credit."""
        vendor = client.create(BY_NAME["Vendor"], {"name": "A newcomer"})["id"]
        for number, day in (("N-0071", "2025-06-02"), ("n 71", "2025-04-02"), ("N-72", "2025-06-05")):
            line = {"entity": "BillLineItem", "amount": Decimal("71.07")}
            bill = {"vendorId": vendor, "invoiceNumber": number, "invoiceDate": day, "dueDate": "2025-07-20"}
            client.create(BY_NAME["Bill"], {**bill, "billLineItems": [line]})
        line = {"entity": "VendorCreditLineItem", "amount": Decimal("5.55")}
        credit = {"vendorId": vendor, "refNumber": "C-1", "creditDate": "2025-06-10"}
        client.create(BY_NAME["VendorCredit"], {**credit, "vendorCreditLineItems": [line]})

    def _pay(self, client: BillClient, bill: Row, amount: Decimal) -> None:
        paid = [{"entity": "BillPay", "billId": bill["id"], "amount": amount}]
        sent = {"vendorId": bill["vendorId"], "processDate": "2025-06-27", "billPays": paid}
        client.raw("/RecordAPPayment.json", sent)

    def _schedule(self, client: BillClient, bill: Row, amount: Decimal, day: str) -> None:
        client.raw("/PayBill.json", {"billId": bill["id"], "amount": amount, "processDate": day})


def is_open(bill: Row) -> bool:
    """True for a bill of which nothing was paid yet."""
    return bool(bill["isActive"] == "1" and bill["paymentStatus"] == "1")
