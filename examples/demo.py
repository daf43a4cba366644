"""The whole road on this machine: a local BILL into DuckDB, a council's CSV into BILL, and the proof that both match.

Run by `make demo`. Everything it writes lies in output/demo; everything it starts is stopped, also on Ctrl-C. With
`--keep` (`make demo KEEP=1`) the local BILL and its page stay until Ctrl-C, to be looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bill_program.start import starting

with starting():
    import argparse
    import json
    import os
    import re
    import shutil
    import signal
    import subprocess
    import sys
    import time
    import webbrowser
    from contextlib import contextmanager, suppress
    from decimal import Decimal
    from pathlib import Path
    from typing import Any

    import duckdb
    import requests
    from rich.table import Table

    from bill_api.client import BillClient
    from bill_api.connection import Connection
    from bill_api.entities import BY_NAME, BY_STREAM
    from bill_api.table.query import ListQuery, Sort
    from bill_program.console import PlainConsole
    from bill_simulator import defaults
    from bill_values.exact_json import decode
    from bill_values.visible import LINE_END

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
OUTPUT = ROOT / "output" / "demo"
WAREHOUSE = OUTPUT / "warehouse.duckdb"
MELTANO = ROOT / ".venv-meltano" / "bin" / "meltano"
SIMULATOR = Path(sys.executable).parent / "bill-simulator"

PAGE = OUTPUT / "report.html"
REPORT = SIMULATOR.with_name("bill-report")

AS_OF = "2025-06-30"
"""The last day of the local BILL's books: some of their bills are due, some are not; the CSV of 2021 is overdue."""

HOUR_S = 3600
TAIL_LINES = 30
PLAIN = re.compile(r"\w[\w-]*")
"""A word that may stand in a name of a file."""

HTTP_TIMEOUT_S = 60

PATIENCE_S = 20
"""How long a step may take to end after Ctrl-C before it is killed."""

WIDTH_MIN = 120
BOOKS = ("--vendors", "40", "--bills", "1200", "--invoices", "600")

DONE = "Done: every row and every cent is where it belongs."

console = PlainConsole()
if not console.is_terminal:
    console = PlainConsole(width=max(WIDTH_MIN, console.width))


class DemoError(Exception):
    """The demo did not show what it promises."""


class Demo:
    """The steps, with what each needs of the ones before."""

    def __init__(self, simulator: dict[str, str]) -> None:
        self._url = simulator["url"]
        self._organization = simulator["organization_id"]
        self._timings: list[tuple[str, float]] = []
        self._accounts: list[Path] = []
        self._config = {
            "username": simulator["username"],
            "password": defaults.PASSWORD,
            "organization_id": self._organization,
            "developer_key": simulator["developer_key"],
            "api_url": simulator["api_url"],
        }
        self._environment = {
            **os.environ,
            **{f"BILL_{name.upper()}": value for name, value in self._config.items()},
            "MELTANO_STATE_BACKEND_URI": (OUTPUT / "state").as_uri(),
            "MELTANO_CLI_LOG_LEVEL": "info",
            "TARGET_DUCKDB_FILEPATH": str(WAREHOUSE),
            "TARGET_BILL_LEDGER": str(OUTPUT / "ledger.sqlite3"),
            "TARGET_BILL_REPORT_DIR": str(OUTPUT / "reports"),
            "TARGET_BILL_MAX_REJECTS": "200",
            "DBT_DUCKDB_WAREHOUSE": str(WAREHOUSE),
            "DBT_TARGET_PATH": str(OUTPUT / "dbt"),
            "DBT_LOG_PATH": str(OUTPUT / "dbt"),
            "NO_COLOR": "1",
        }

    def run(self) -> None:
        """Every step, in order, and the summary."""
        self._meltano("Set up the plugins", "install")
        self._sync("BILL into DuckDB, first sync")
        self._change_some_objects()
        self._sync("BILL into DuckDB, second sync: only what changed")
        loads = [self._load("CSV into BILL"), self._load("CSV into BILL, the same file again")]
        if created := sum(line["created"] for line in loads[1]["streams"].values()):
            raise DemoError(f"the second load of the same file created {created} objects")
        self._sync("BILL into DuckDB, with the loaded bills")
        self._show_loads(loads)
        self._compare(show=True)
        self._meltano("The models", "invoke", "dbt-duckdb", "build", "--vars", json.dumps({"as_of": AS_OF}))
        self._report()
        self._show_timings()

    def _sync(self, title: str) -> None:
        """BILL into DuckDB, and the comparison."""
        self._control("DELETE", "/requests")
        self._meltano(title, "run", "tap-bill", "target-duckdb")
        log = json.loads(self._control("GET", "/requests"))
        rows = {True: 0, False: 0}
        for each in log:
            if "/List/" in each["path"]:
                rows[BY_NAME[each["entity"]].is_timed] += each.get("rows") or 0
        self._say(f"  {rows[True]:,} rows read in {len(log)} calls, and {rows[False]:,} of lists that tell no times")
        self._compare()

    def _meltano(self, title: str, *arguments: str) -> None:
        with self._timed(title):
            words = [each for each in arguments if PLAIN.fullmatch(each)]
            log = OUTPUT / f"{len(self._timings) + 1:02d}-{'-'.join(words)}.log"
            if _ended(list(arguments), log, self._environment):
                tail = "\n".join(log.read_text().splitlines()[-TAIL_LINES:])
                raise DemoError(f"`meltano {' '.join(arguments)}` failed; the end of {log}:\n{tail}")

    def _change_some_objects(self) -> None:
        """What people do in BILL between two syncs."""
        self._control("POST", "/clock", {"advance_s": HOUR_S})
        client = BillClient(Connection.from_settings(self._config))
        vendor, bill, invoice = BY_NAME["Vendor"], BY_NAME["Bill"], BY_NAME["Invoice"]
        newest = ListQuery(sort=(Sort("createdTime", ascending=False), Sort("id")), limit=2)
        vendors, bills = client.list_page(vendor, newest), client.list_page(bill, newest)
        for each in vendors:
            client.update(vendor, {"id": each["id"], "name": each["name"], "phone": "555-0100"})
        created = client.create(vendor, {"name": "Brand New Supplies"})
        line = {"entity": "BillLineItem", "amount": Decimal("125.50")}
        days = {"invoiceDate": "2021-06-01", "dueDate": "2021-07-01"}
        client.create(bill, {"vendorId": created["id"], "invoiceNumber": "DEMO-1", **days, "billLineItems": [line]})
        client.delete(bill, bills[0]["id"])
        client.delete(invoice, client.list_page(invoice, newest)[0]["id"])
        self._control("POST", "/clock", {"advance_s": HOUR_S})
        self._say("  an hour later: 2 vendors changed, a vendor and a bill created, a bill and an invoice deleted")

    def _load(self, title: str) -> dict[str, Any]:
        """CSV into BILL; the account that the target wrote."""
        # Without --full-refresh the tap would not even read an unchanged file again.
        self._meltano(title, "run", "--full-refresh", "tap-bill-csv", "target-bill")
        self._control("POST", "/clock", {"advance_s": HOUR_S})
        newest = max((OUTPUT / "reports").glob("*Z-*[0-9].json"), key=lambda path: path.stat().st_mtime_ns)
        self._accounts.append(newest)
        report: dict[str, Any] = json.loads(newest.read_text())
        for stream, line in report["streams"].items():
            counts = (f"{line[name]:,} {name}" for name in ("created", "unchanged", "rejected"))
            self._say(f"  {stream}: {', '.join(counts)}")
        if not report["adds_up"]:
            raise DemoError("the account of the load does not add up")
        return report

    def _show_loads(self, loads: list[dict[str, Any]]) -> None:
        """What became of every record of the CSV, in count and in money."""
        verdicts = ("received", "created", "updated", "unchanged", "rejected")
        table = Table(title="The CSV in BILL: every record accounted for", title_justify="left")
        table.add_column("load")
        for column in ("stream", *verdicts, "money in file", "of it rejected"):
            table.add_column(column, justify="right")
        for number, report in enumerate(loads, start=1):
            for stream, line in report["streams"].items():
                counts = (f"{line[name]:,}" for name in verdicts)
                sums = (f"{Decimal(total):,.2f}" for total in (line["received_money"], line["money"]["rejected"]))
                table.add_row(str(number), stream, *counts, *sums)
        console.print(table)
        _show_reasons(loads[-1])

    def _compare(self, *, show: bool = False) -> None:
        """Rows and money in BILL and in DuckDB; they must be equal."""
        books = decode(self._control("GET", f"/books/{self._organization}"))
        table = Table(title="BILL and DuckDB side by side", title_justify="left")
        table.add_column("stream")
        for column in ("rows in BILL", "rows in DuckDB", "money in BILL", "money in DuckDB", ""):
            table.add_column(column, justify="right")
        equal = True
        with duckdb.connect(WAREHOUSE, read_only=True) as warehouse:
            for entity in BY_STREAM.values():
                has_money = "amount" in entity.by_name
                money = "coalesce(sum(amount), 0)" if has_money else "0"
                query = f'SELECT count(*), count(DISTINCT id), {money} FROM tap_bill."{entity.stream}"'  # noqa: S608
                rows, distinct, total = warehouse.execute(query).fetchall()[0]
                there = books[entity.name]
                expected = Decimal(there.get("amount", 0))
                same = rows == distinct == there["count"] and Decimal(total) == expected
                equal &= same
                sums = (f"{expected:,.2f}", f"{Decimal(total):,.2f}") if has_money else ("", "")
                table.add_row(entity.stream, f"{there['count']:,}", f"{rows:,}", *sums, "=" if same else "DIFFERENT")
        if show or not equal:
            console.print(table)
        if not equal:
            raise DemoError("BILL and DuckDB differ")
        self._say(f"  BILL and DuckDB hold the same rows and sums in all {len(BY_STREAM)} streams")

    def _report(self) -> None:
        """The page that is made of the models, and of the accounts of the loads."""
        with self._timed("The report"):
            loads = [f"--load={each}" for each in self._accounts]
            ran = subprocess.run(  # noqa: S603  our own command
                [REPORT, WAREHOUSE, *loads, "--to-file", PAGE], capture_output=True, text=True, check=False
            )
            if ran.returncode:
                raise DemoError(ran.stderr)

    def _show_timings(self) -> None:
        table = Table(title="seconds", title_justify="left")
        table.add_column("step")
        table.add_column("s", justify="right")
        for title, seconds in self._timings:
            table.add_row(title, f"{seconds:.1f}")
        console.print(table)
        self._say(f"The warehouse is {WAREHOUSE.relative_to(ROOT)}, logs and reports lie beside it.")
        self._say(f"A page to look at, as of {AS_OF}: {PAGE.relative_to(ROOT)}")

    def _control(self, method: str, path: str, body: dict[str, Any] | None = None) -> bytes:
        reply = requests.request(method, f"{self._url}/_simulator{path}", json=body, timeout=HTTP_TIMEOUT_S)
        reply.raise_for_status()
        return reply.content

    @contextmanager
    def _timed(self, title: str) -> Iterator[None]:
        console.print(title, style="bold")
        started = time.monotonic()
        yield
        self._timings.append((title, time.monotonic() - started))

    @staticmethod
    def _say(text: str) -> None:
        console.print(text, soft_wrap=True)


def _ended(arguments: list[str], log: Path, environment: dict[str, str]) -> int:
    """Run Meltano to its end; on Ctrl-C let it end what it started."""
    with (
        log.open("w") as file,
        subprocess.Popen(  # noqa: S603  # Meltano itself, with words of our own
            [MELTANO, *arguments], stdout=file, stderr=subprocess.STDOUT, env=environment, cwd=ROOT
        ) as process,
    ):
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.terminate()
            try:
                process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()
            raise


def _show_reasons(report: dict[str, Any]) -> None:
    for each in report["reasons"]:
        place = f", {each['field']}" if each["field"] else ""
        console.print(f"  rejected {each['records']} x {each['stream']}{place}: {each['reason']}", soft_wrap=True)


@contextmanager
def simulator() -> Iterator[dict[str, str]]:
    """A BILL on a free port, for as long as the block lasts."""
    process = subprocess.Popen(  # noqa: S603  # our own command
        [SIMULATOR, "--parent-pid", str(os.getpid()), "--env-file", OUTPUT / ".env", *BOOKS],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None  # noqa: S101  # it is a pipe
        line = process.stdout.readline()
        if not line:
            raise DemoError("bill-simulator did not start")
        yield json.loads(line)
    finally:
        process.terminate()
        process.wait()


def _keep(url: str) -> None:
    """Leave the local BILL as it is until somebody stops it."""
    settings = OUTPUT / ".env"
    console.print(f"The local BILL stays until Ctrl-C. Its page: {url}", soft_wrap=True)
    for path in (PAGE, settings):
        console.print(f"  {path.relative_to(ROOT)}", soft_wrap=True)
    console.print(f"In another terminal: bill --env-file {settings.relative_to(ROOT)} list bills", soft_wrap=True)
    has_screen = sys.platform == "darwin" or any(os.environ.get(each) for each in ("DISPLAY", "WAYLAND_DISPLAY"))
    if console.is_terminal and has_screen:  # without a screen it would be a browser of words, in this terminal
        webbrowser.open(url)
    with suppress(KeyboardInterrupt):
        while True:
            signal.pause()
    console.print("Stopped; nothing is left running.")


def main() -> int:
    """Run the demo.

    Returns:
        0 when everything was shown, 1 when not, 130 after Ctrl-C.
    """
    parser = argparse.ArgumentParser(description="The whole road on this machine; it writes to output/demo.")
    parser.add_argument("--keep", action="store_true", help="leave the local BILL and its page open until Ctrl-C")
    keeps = parser.parse_args().keep
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    shutil.rmtree(OUTPUT, ignore_errors=True)
    OUTPUT.mkdir(parents=True)
    try:
        with simulator() as started:
            Demo(started).run()
            console.print(DONE, style="bold green")
            if keeps:
                _keep(started["url"])
    except DemoError as error:
        for line in f"The demo failed: {error}".split(LINE_END):
            console.print(line, style="red", soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        console.print("Stopped; nothing is left running.")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
