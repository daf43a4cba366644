"""Tables of a real PostgreSQL, read by a tap that is not ours, loaded into a local BILL: `make warehouse`.

Three tables say 5,000 bills each: with lines as JSON, with lines as JSON text, and flat with a row for each line. They
are loaded with tap-postgres (meltanolabs) | target-bill, then once more as they are, and once more after some amounts
were edited. In the end BILL has every bill to the cent; the second load has written nothing, and the third the edits
alone.

    python campaigns/warehouse.py --bills 5000
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import TYPE_CHECKING, Any

from syncs import bill

from bill_simulator import defaults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from syncs import Bill

FOREIGN = Path(__file__).parents[1] / ".venv-warehouse" / "bin"
EMPTY = ("--vendors", "0", "--customers", "0", "--bills", "0", "--invoices", "0")
BILLS, EDITS, VENDORS = 5000, 50, 40
WORDS = {"nested": "N", "text": "T", "flat": "F"}
"""Letters before the numbers of each table's bills."""

MADE = """
CREATE TABLE ap_flat AS
    SELECT 'Vendor ' || (n % {vendors}) AS supplier, 'F' || n AS doc_no,
        timestamp '2026-01-01' + n % 200 * interval '1 day' AS issued, date '2026-12-31' AS due, l AS position,
        ((n * 7919 + l * 104729) % 1000000)::numeric(12, 2) / 100 AS net,
        ((n * 7919 + l * 104729) % 1000000)::double precision / 100 AS net_float,
        'line ' || l || ' of ' || n AS text
    FROM generate_series(1, {bills}) AS n, generate_series(1, 1 + n % 3) AS l ORDER BY random();
CREATE TABLE nested AS
    SELECT supplier AS vendor_name, 'N' || substr(doc_no, 2) AS invoice_number, issued AS invoice_date, due AS due_date,
        jsonb_agg(jsonb_build_object('amount', net, 'description', text) ORDER BY position) AS bill_line_items
    FROM ap_flat GROUP BY 1, 2, 3, 4;
CREATE TABLE lines_as_text AS
    SELECT vendor_name, 'T' || substr(invoice_number, 2) AS invoice_number, invoice_date, due_date,
        bill_line_items::text AS bill_line_items
    FROM nested;
"""
EDITED = """
UPDATE ap_flat SET net = net + 1, net_float = net_float + 1 WHERE substr(doc_no, 2)::int <= {edits} AND position = 1;
UPDATE nested SET bill_line_items = jsonb_set(bill_line_items, '{{0,amount}}',
    to_jsonb((bill_line_items -> 0 ->> 'amount')::numeric + 1))
    WHERE substr(invoice_number, 2)::int <= {edits};
UPDATE lines_as_text SET bill_line_items = (SELECT nested.bill_line_items::text FROM nested
    WHERE substr(nested.invoice_number, 2) = substr(lines_as_text.invoice_number, 2))
    WHERE substr(invoice_number, 2)::int <= {edits};
"""
SUMS = """
SELECT json_object_agg(doc_no, net)
FROM (SELECT substr(doc_no, 2) AS doc_no, sum(net)::text AS net FROM ap_flat GROUP BY 1) AS sums
"""

DOCUMENTS = {
    "public-ap_flat": {
        "stream": "bills",
        "group_by": ["supplier", "doc_no"],
        "columns": {"vendorName": "supplier", "invoiceNumber": "doc_no", "invoiceDate": "issued", "dueDate": "due"},
        "lines": {"columns": {"amount": "net_float", "description": "text"}},
    }
}
STREAMS = {"public-nested": "bills", "public-lines_as_text": "bills"}


@contextmanager
def postgres(folder: Path) -> Iterator[tuple[str, Callable[[str], str]]]:
    """A server, as the folder of its socket and a way to ask it."""
    command = [FOREIGN / "python", Path(__file__).with_name("postgres.py"), folder / "pg"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None  # noqa: S101  it is a pipe
        assert server.stdout is not None  # noqa: S101
        stdin, stdout = server.stdin, server.stdout

        def ask(sql: str) -> str:
            stdin.write(json.dumps(sql) + "\n")
            stdin.flush()
            return str(json.loads(stdout.readline()))

        yield json.loads(stdout.readline()), ask
        stdin.close()


def rows_of(ask: Callable[[str], str], query: str) -> list[dict[str, Any]]:
    """The rows of a query on a server; days as texts, and numbers exact."""
    said = ask(f"\\t\n\\a\nSELECT array_to_json(array_agg(found)) FROM ({query}) AS found")
    return list(json.loads(said.splitlines()[-1] or "[]", parse_float=Decimal))


class Pipeline:
    """Taps that are not ours, one after the other, into target-bill.

    Args:
        books: The local BILL.
        folder: For files.
        settings: Of target-bill.
        taps: Their commands.
    """

    def __init__(self, books: Bill, folder: Path, settings: Mapping[str, Any], taps: Sequence[list[str]]) -> None:
        self._books = books
        self._taps = taps
        self._log = folder / "tap.log"
        self._target = folder / "target.json"
        files = {"ledger": str(folder / "ledger.sqlite3"), "report_dir": str(folder / "reports")}
        self._target.write_text(json.dumps({**books.settings(create_missing=["vendors"], **settings), **files}))

    def run(self) -> dict[str, int]:
        """Load everything; how many calls of each kind BILL got."""
        self._books.control.forget_requests()
        command = [sys.executable, "-m", "target_bill", "--config", str(self._target)]
        with (
            self._log.open("w") as log,
            subprocess.Popen(command, stdin=PIPE, stdout=DEVNULL, stderr=PIPE, text=True) as target,
        ):
            codes = [subprocess.run(tap, stdout=target.stdin, stderr=log, check=False).returncode for tap in self._taps]
            _, told = target.communicate()
        if any(codes) or target.returncode:
            ended = f"the taps ended with {codes}, target-bill with {target.returncode}"
            raise SystemExit(f"{ended}\n{self._log.read_text()[-2000:]}\n{told[-4000:]}")
        paths = self._books.control.summary()["paths"]
        return {path: count for path, count in paths.items() if "/Crud/" in path and "/Read/" not in path}


def tap_postgres(host: str, folder: Path) -> list[str]:
    """The command that reads every table of ours, whole."""
    config, chosen = folder / "tap.json", folder / "catalog.json"
    url = f"postgresql+psycopg2://postgres:any@localhost/postgres?host={host}"
    config.write_text(json.dumps({"sqlalchemy_url": url}))
    command = [str(FOREIGN / "tap-postgres"), "--config", str(config)]
    catalog = json.loads(subprocess.run([*command, "--discover"], capture_output=True, check=True, text=True).stdout)
    catalog["streams"] = [each for each in catalog["streams"] if each["tap_stream_id"].startswith("public-")]
    for stream in catalog["streams"]:
        stream["key_properties"] = []
        stream["replication_method"] = "FULL_TABLE"
        for each in stream["metadata"]:
            each["metadata"]["selected"] = True
            each["metadata"].pop("table-key-properties", None)
    chosen.write_text(json.dumps(catalog))
    return [*command, "--catalog", str(chosen)]


def target_postgres(host: str, folder: Path, schema: str) -> list[str]:
    """The command that loads into a schema, by key."""
    config = folder / "postgres.json"
    url = f"postgresql+psycopg://postgres:any@/postgres?host={host}"
    config.write_text(json.dumps({"sqlalchemy_url": url, "default_target_schema": schema, "load_method": "upsert"}))
    return [str(FOREIGN / "target-postgres"), "--config", str(config)]


def loaded(books: Bill, pipeline: Pipeline, sums: Callable[[], Mapping[str, str]], edit: Callable[[], object]) -> int:
    """Load three tables, load them again, and load what was edited; the exit code.

    Args:
        books: The local BILL.
        pipeline: Loads them.
        sums: The amount of each bill as the tables have it now, by its number without the letter.
        edit: Changes an amount of the first bills of each table.
    """
    wrong: list[str] = []
    for what in ("first load", "the same again", f"{EDITS} bills of each table edited"):
        if what.endswith("edited"):
            edit()
        before = _amounts(books)
        began = time.monotonic()
        writes = pipeline.run()
        print(f"{what}: {time.monotonic() - began:.0f} s, writes: {_shown(writes)}", flush=True)
        wrong += off(books, sums())
        changed = sum(amount != before.get(number) for number, amount in _amounts(books).items())
        if what == "the same again" and writes:
            wrong.append(f"{what} writes: {writes}")
        if what.endswith("edited") and {path for path in writes if "Update/Bill" not in path}:
            wrong.append(f"{what}: other writes than updates of bills: {writes}")
    if changed != EDITS * len(WORDS):
        wrong.append(f"{changed} bills are edited, and should be {EDITS * len(WORDS)}")
    total = sum(map(Decimal, sums().values())) * len(WORDS)
    print(f"{len(sums()) * len(WORDS):,} bills of {total:,.2f} in three tables; {len(wrong)} things are off")
    print(*wrong[:10], sep="\n")
    return 1 if wrong else 0


def off(books: Bill, sums: Mapping[str, str]) -> Iterator[str]:
    """Whatever BILL has otherwise than the tables."""
    stored = _amounts(books)
    wanted = {f"{word}{number}": Decimal(net) for word in WORDS.values() for number, net in sums.items()}
    for number in sorted(stored.keys() | wanted.keys()):
        if stored.get(number) != wanted.get(number):
            yield f"{number}: BILL has {stored.get(number)}, and the table {wanted.get(number)}"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bills", type=int, default=BILLS)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name, bill(*EMPTY) as books, postgres(Path(name)) as (host, ask):
        ask(MADE.format(bills=options.bills, vendors=VENDORS))
        settings = {"documents": DOCUMENTS, "streams": STREAMS}
        pipeline = Pipeline(books, Path(name), settings, [tap_postgres(host, Path(name))])
        return loaded(
            books,
            pipeline,
            sums=lambda: json.loads(ask(f"\\t\n\\a\n{SUMS}").splitlines()[-1]),
            edit=lambda: ask(EDITED.format(edits=EDITS)),
        )


def _amounts(books: Bill) -> dict[str, Decimal]:
    """The amount of each bill that BILL has, by its number."""
    rows = books.control.books(defaults.ORGANIZATION_ID, "Bill")
    return {each["invoiceNumber"]: Decimal(str(each["amount"])) for each in rows}


def _shown(writes: dict[str, Any]) -> str:
    return ", ".join(f"{path} {count}" for path, count in writes.items()) or "none"


if __name__ == "__main__":
    sys.exit(main())
