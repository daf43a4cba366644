"""A firm with many organizations at a local BILL, for as long as a command runs.

    python examples/engines/simulated.py output/organizations 30 -- COMMAND

The folder gets the list of the organizations and a file of bills for each; the command gets the credentials as
variables. The last organization has a user of its own.
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bill_simulator import Simulator, defaults

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ORGANIZATIONS = 30
OTHER_USER = "SECOND"
OTHER_USERNAME = "second@simulator.test"
OTHER_ID = "00601SIMULATORUaaaa2"
OTHER_PASSWORD = "battery-staple-simulator"  # noqa: S105  of a simulator
SUPPLIERS = ("Alder Paper", "Birch Couriers", "Cedar Cleaning", "Drift Software")
BILLS, LINES = 120, 2
INBOX_FILE = "inbox/bills.csv"
INBOX = ("Supplier", "Invoice", "Date", "Due", "Net", "Text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Firm:
    """A simulated firm.

    Args:
        simulator: BILL.
        folder: The organizations' folders.
        ids: The organizations, in order.
        variables: The environment of an engine.
    """

    simulator: Simulator
    folder: Path
    ids: Sequence[str]
    variables: dict[str, str]


@contextmanager
def firm(folder: Path, count: int = ORGANIZATIONS) -> Iterator[Firm]:
    """So many organizations, each with books and a file of its own."""
    ids = [f"00801SIMULATOR{number:06}" for number in range(1, count + 1)]
    with Simulator(vendors=0, customers=0, bills=0, invoices=0) as simulator:
        _enrol(simulator, ids)
        for number, each in enumerate(ids):
            sizes = {"vendors": 5 + number % 4, "customers": 4, "bills": 40 + number, "invoices": 20 + number % 7}
            simulator.control.seed(each, seed=number, **sizes)
            _write_inbox(folder / each / INBOX_FILE, number)
        _write_list(folder / "organizations.csv", ids)
        settings = simulator.settings
        variables = {
            "ORGANIZATIONS_FOLDER": str(folder.absolute()),
            "BILL_API_URL": settings["api_url"],
            "BILL_DEVELOPER_KEY": settings["developer_key"],
            "BILL_USERNAME": settings["username"],
            "BILL_PASSWORD": settings["password"],
            f"{OTHER_USER}_USERNAME": OTHER_USERNAME,
            f"{OTHER_USER}_PASSWORD": OTHER_PASSWORD,
            "TARGET_BILL_CREATE_MISSING": '["vendors"]',
        }
        yield Firm(simulator=simulator, folder=folder, ids=ids, variables=os.environ | variables)


def _enrol(simulator: Simulator, ids: Sequence[str]) -> None:
    """The organizations, and who may enter them."""
    organizations = [{"id": each, "name": f"Client {number}"} for number, each in enumerate(ids, start=1)]
    other = {"id": OTHER_ID, "username": OTHER_USERNAME, "password": OTHER_PASSWORD, "organizations": [ids[-1]]}
    users: list[dict[str, Any]] = [{"username": defaults.USERNAME, "organizations": list(ids[:-1])}, other]
    simulator.control.change_directory(organizations=organizations, users=users)


def _write_list(path: Path, ids: Sequence[str]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "name", "user"))
        for number, each in enumerate(ids, start=1):
            writer.writerow((each, f"Client {number}", OTHER_USER if each == ids[-1] else ""))


def _write_inbox(path: Path, number: int) -> None:
    """Bills with two lines each; amounts differ from organization to organization."""
    path.parent.mkdir(parents=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(INBOX)
        for bill in range(BILLS):
            head = (SUPPLIERS[bill % len(SUPPLIERS)], f"IN-{number:02}-{bill:03}", "2025-07-01", "2025-07-31")
            for line in range(LINES):
                writer.writerow((*head, Decimal(1000 + 101 * number + 7 * bill + line).scaleb(-2), f"line {line + 1}"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command beside the firm.

    Returns:
        The exit code of the command.
    """
    parser = argparse.ArgumentParser(description="Many organizations at a local BILL while a command runs.")
    parser.add_argument("folder", type=Path, help="a new folder for the organizations")
    parser.add_argument("organizations", type=int, help="how many")
    parser.add_argument("command", nargs="+", help="behind --")
    given = parser.parse_args(arguments)
    if given.folder.exists():
        parser.error(f"{given.folder} is there already: its STATE would be of other books; name a new folder")
    with (
        firm(given.folder, given.organizations) as made,
        subprocess.Popen(given.command, env=made.variables) as running,  # noqa: S603
    ):
        print(f"{len(made.ids)} organizations at {made.simulator.url}")  # noqa: T201
        while True:
            try:
                return running.wait()
            except KeyboardInterrupt:  # the command has got it too, and ends by itself
                continue


if __name__ == "__main__":
    sys.exit(main())
