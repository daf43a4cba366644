"""The part of a campaign on an engine that knows no engine: the books of the firm, and what is off."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

import duckdb
from organization_pipes import WAREHOUSE
from simulated import INBOX_FILE, OTHER_PASSWORD, OTHER_USER, OTHER_USERNAME

from bill_api.entities import ENTITIES
from bill_simulator import defaults

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from simulated import Firm

SLOW_MS = 400
"""Time that a call takes while a run is to be killed in its midst."""

BATCH_SIZE = "10"
"""Bills in a call, so that there are many."""

LINES = (("Bill", "bill_line_items", "billLineItems"), ("Invoice", "invoice_line_items", "invoiceLineItems"))


class FirmCampaign:
    """A campaign with the firm of the examples, and what was off in it."""

    def __init__(self, made: Firm) -> None:
        self._made, self._control = made, made.simulator.control
        self.off: list[str] = []

    def _check(self, is_right: bool, text: str) -> None:
        if not is_right:
            self.off.append(text)

    def _logins(self) -> Counter[str]:
        """Logins of each organization since the requests were forgotten."""
        return Counter(
            str(each.get("organization")) for each in self._control.requests() if each["path"].endswith("Login.json")
        )

    def _unlock(self) -> None:
        """Unlock the other user, whose credentials stay as they are."""
        self._control.change_directory(users=[{"username": OTHER_USERNAME, "locked": False}])
        self._control.forget_requests()

    def _lift(self) -> None:
        """Take the note of the refusal away, once it has held a login back."""
        self._check(not self._logins(), "refused credentials were tried again")
        say("   unlocked: not tried again while the note of the refusal is there")
        (self._made.folder / f"refused-{OTHER_USER}.json").unlink()

    def _writes(self) -> list[str]:
        paths = [each["path"] for each in self._control.requests()]
        return [each for each in paths if "Create" in each or "Update" in each]

    def _warehouses_against_books(self, organizations: Sequence[str]) -> None:
        found = [f"{each}: {text}" for each in organizations for text in _wrong_warehouse(self._made, each)]
        self.off += found
        rows = sum(entry["count"] for each in organizations for entry in self._control.get(f"/books/{each}").values())
        say(f"   {len(organizations)} warehouses, {rows:,} objects: {'DIFFERENT' if found else 'as the books'}")

    def _loads_against_books(self, organizations: Sequence[str]) -> int:
        """Hold the books against the files of the inboxes; the number of bills in these."""
        bills = 0
        for each in organizations:
            asked = _amounts_in(self._made.folder / each / INBOX_FILE)
            bills += len(asked)
            self.off += [f"{each}: {text}" for text in _wrong_load(self._made, each, asked)]
        return bills


def say(text: str) -> None:
    """Tell how far it is."""
    print(text, flush=True)


def _wrong_warehouse(made: Firm, organization: str) -> list[str]:
    """Differences of a warehouse from the books, over all lists and the lines of bills and invoices."""
    books = made.simulator.control.get(f"/books/{organization}")
    found = []
    with duckdb.connect(made.folder / organization / WAREHOUSE, read_only=True) as warehouse:
        for entity in ENTITIES:
            if not entity.is_streamed_unasked:
                continue
            money = "coalesce(sum(amount), 0)" if "amount" in entity.by_name else "0"
            query = f'SELECT count(*), count(DISTINCT id), {money} FROM tap_bill."{entity.stream}"'  # noqa: S608
            rows, distinct, total = warehouse.execute(query).fetchall()[0]
            there, expected = books[entity.name]["count"], Decimal(books[entity.name].get("amount", 0))
            if not rows == distinct == there or Decimal(total) != expected:
                found.append(f"{entity.stream}: {rows} rows of {there}, {total} of {expected}")
        for name, stream, array in LINES:
            expected_lines = sum(len(row[array]) for row in made.simulator.control.books(organization, name))
            rows = warehouse.execute(f"SELECT count(*) FROM tap_bill.{stream}").fetchall()[0][0]  # noqa: S608
            if rows != expected_lines:
                found.append(f"{stream}: {rows} rows of {expected_lines}")
    return found


def _amounts_in(path: Path) -> Mapping[str, Decimal]:
    """The amounts of a file's bills, by their numbers."""
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            amounts[row["Invoice"]] += Decimal(row["Net"])
    return amounts


def _wrong_load(made: Firm, organization: str, asked: Mapping[str, Decimal]) -> list[str]:
    """Differences of the books from the bills of a file."""
    bills = [
        (row["invoiceNumber"], row["amount"])
        for row in made.simulator.control.books(organization, "Bill")
        if row["invoiceNumber"] in asked
    ]
    found = [
        f"{name} is there {times} times" for name, times in Counter(name for name, _ in bills).items() if times > 1
    ]
    there = dict(bills)
    wrong = {name: (there.get(name), amount) for name, amount in asked.items() if there.get(name) != amount}
    if wrong:
        found.append(f"{len(wrong)} bills of {len(asked)} are not as in the file: {wrong}")
    if twice := made.simulator.control.duplicates(organization):
        found.append(f"natural keys that stand twice: {twice}")
    return found


def secrets_in(folder: Path) -> list[str]:
    """Files that hold a password or the developer key."""
    secrets = [each.encode() for each in (defaults.PASSWORD, OTHER_PASSWORD, defaults.DEVELOPER_KEY)]
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [str(path.relative_to(folder)) for path in files if any(each in path.read_bytes() for each in secrets)]
