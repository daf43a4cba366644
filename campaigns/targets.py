"""tap-bill into targets that are not ours, twice, with a field that appears between the runs: `make warehouse`.

target-jsonl, target-csv and target-postgres (both of MeltanoLabs) read what tap-bill says of a local BILL; then bills
are made and invoices deleted, and BILL begins to send a field that is not known. After each run every stream has the
rows of the books, amounts sum up to the cent, and after the second one the new field is there.

    python campaigns/targets.py
"""

from __future__ import annotations

import csv
import json
import sys
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model_runs import RAW, Sync
from warehouse import FOREIGN, postgres, rows_of, target_postgres

from bill_api.client import BillClient
from bill_api.connection import Connection
from bill_api.entities import BY_NAME
from bill_simulator import Simulator, defaults

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

LINES = Path(__file__).parents[1] / ".venv-lines" / "bin"
SIZES: dict[str, Any] = {"vendors": 30, "customers": 20, "bills": 600, "invoices": 200}
STREAMS = {"vendors": "Vendor", "bills": "Bill", "invoices": "Invoice", "payment_terms": "PaymentTerm"}
AMOUNTS = ("bills", "invoices")
APPEARING, ITS_COLUMN = "payment_terms", "created_time"
"""A list of which the entity table knows no times: with the switch `unread_fields` the simulator sends them."""

HOUR_S = 3600
Row = dict[str, Any]


class JsonLines:
    """target-jsonl: a line for each record that came; the last one of an id counts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "jsonl"
        self._folder.mkdir()
        config = folder / "jsonl.json"
        config.write_text(json.dumps({"destination_path": str(self._folder), "do_timestamp_file": False}))
        self.command = [str(LINES / "target-jsonl"), "--config", str(config)]

    def rows(self, stream: str) -> list[Row]:
        """The rows of a stream."""
        lines = (self._folder / f"{stream}.jsonl").read_text().splitlines()
        return list({row["id"]: row for row in (json.loads(each, parse_float=Decimal) for each in lines)}.values())


class CsvFiles:
    """target-csv: files of each run, a row for each record that came; the last one of an id counts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "csv"
        self._folder.mkdir()
        config = folder / "csv.json"
        config.write_text(
            json.dumps(
                {"output_path_prefix": f"{self._folder}/", "file_naming_scheme": "{stream_name}-{timestamp}.csv"}
            )
        )
        self.command = [str(FOREIGN / "target-csv"), "--config", str(config)]

    def rows(self, stream: str) -> list[Row]:
        """The rows of a stream."""
        found: dict[str, Row] = {}
        for path in sorted(self._folder.glob(f"{stream}-*.csv")):
            with path.open(newline="") as file:
                found |= {row["id"]: row for row in csv.DictReader(file)}
        return list(found.values())


class PostgreSQL:
    """target-postgres.

    Args:
        folder: For its settings.
        host: The folder of the server's socket.
        ask: Runs SQL and gives back what psql says.
    """

    def __init__(self, folder: Path, host: str, ask: Callable[[str], str]) -> None:
        self._ask = ask
        self.command = target_postgres(host, folder, RAW)

    def rows(self, stream: str) -> list[Row]:
        """The rows of a stream."""
        return rows_of(self._ask, f"SELECT * FROM {RAW}.{stream}")  # noqa: S608  names of our own


def wrong(target: JsonLines | CsvFiles | PostgreSQL, books: Mapping[str, list[Row]], *, appeared: bool) -> list[str]:
    """Whatever is off in a target."""
    found = []
    for stream, entity in STREAMS.items():
        rows, expected = target.rows(stream), books[entity]
        if {row["id"] for row in rows} != {row["id"] for row in expected}:
            found.append(f"{stream}: {len(rows)} rows, and {len(expected)} in the books")
        if stream in AMOUNTS:
            total, right = (sum(Decimal(str(row["amount"])) for row in each) for each in (rows, expected))
            if total != right:
                found.append(f"{stream}: amounts come to {total}, and to {right} in the books")
    # As a text: target-csv writes an object as Python shows it.
    others = [str(row["additional_fields"]) for row in target.rows(APPEARING)]
    if {ITS_COLUMN in each for each in others} != {appeared}:
        found.append(f"{APPEARING}: the new field is {'not ' if appeared else ''}there: {others[:2]}")
    return found


def change(simulator: Simulator) -> None:
    """New and changed bills, and a field that is not known."""
    client = BillClient(Connection.from_settings(simulator.settings))
    bills = simulator.control.books(defaults.ORGANIZATION_ID, "Bill")
    for number, row in enumerate(bills[:20]):
        line = {"entity": "BillLineItem", "amount": Decimal(f"{number}.07")}
        fresh = {name: row[name] for name in ("vendorId", "invoiceDate", "dueDate")}
        client.create(BY_NAME["Bill"], {**fresh, "invoiceNumber": f"NEW {number}", "billLineItems": [line]})
    gone = simulator.control.books(defaults.ORGANIZATION_ID, "Invoice")[:10]
    client.bulk_delete(BY_NAME["Invoice"], [row["id"] for row in gone])
    simulator.control.switch(unread_fields="present")
    simulator.control.advance(HOUR_S)


def main(_arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    off: list[str] = []
    with tempfile.TemporaryDirectory() as name, postgres(Path(name)) as (host, ask), Simulator(**SIZES) as simulator:
        folder = Path(name)
        targets: Sequence[JsonLines | CsvFiles | PostgreSQL] = (
            JsonLines(folder),
            CsvFiles(folder),
            PostgreSQL(folder, host, ask),
        )
        syncs = []
        for number, target in enumerate(targets):
            (folder / str(number)).mkdir()
            syncs.append(
                Sync(simulator, folder / str(number), target.command, organizations=[defaults.ORGANIZATION_ID])
            )
            syncs[-1].select(STREAMS)
        for appeared in (False, True):
            if appeared:
                change(simulator)
            books = {each: simulator.control.books(defaults.ORGANIZATION_ID, each) for each in STREAMS.values()}
            for target, sync in zip(targets, syncs, strict=True):
                sync.run()
                found = wrong(target, books, appeared=appeared)
                print(f"{type(target).__name__}, sync {1 + appeared}: {'; '.join(found) or 'as the books'}", flush=True)
                off += found
    print(f"{len(off)} things are off")
    return 1 if off else 0


if __name__ == "__main__":
    sys.exit(main())
