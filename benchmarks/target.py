"""How fast and how large target-bill is on bills whose lines name their accounts: part of `make bench`.

- wall: 10,000 bills at 300 ms a call, against the time that BILL was busy for it divided by the three calls that it
  takes at once (every call of the request log: login, lists and writes), and against one create for each record, of
  which a sample is measured in the same run. And in how much of the time any thread is in the ledger.
- work: the processor's time for a record in `mode: plan`, where BILL's answers are there at once: from the lines of
  Singer to a plan, through understanding, resolving, looking up and deciding. And in `mode: apply`, for comparison:
  there every call is written to the disk besides, and its outcome.
- memory: the most that the process has, at 10,000 records and at 100,000; this is measured first.

Start-up, which is measured over an input without records, is left out of times. Exits with 1 when a goal is missed.

    PYTHONPATH=campaigns python benchmarks/target.py --only work --rows 10000
"""

from __future__ import annotations

import argparse
import itertools
import os
import statistics
import sys
import tempfile
import threading
import time
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from loads import ACTIVE, KEY, Target, books_of, write
from syncs import Caller, bill
from tap import Figure, cost

from bill_api.wire.transport import Transport
from bill_simulator.encoding import encode
from bill_values.exact_json import decode
from target_bill.__main__ import main as run_target
from target_bill.ledger.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from loads import Books
    from syncs import Bill, Row

HERE = str(Path(__file__).resolve())
ROWS, ROWS_MANY = 10_000, 100_000
VENDORS, LINES = 1000, 2
LATENCY_MS, AT_ONCE = 300, 3
SINGLES = 20
ROUNDS = 3

BOOKS = ("--vendors", str(VENDORS), "--customers", "0", "--bills", "0", "--invoices", "0")
LEDGER_WORK = ("look_ahead", "intents", "intend", "withdraw", "settle", "adopt")
"""What reads or writes the file here. What is asked for each record has been read by then, and a stopwatch around it
would take longer than it does."""

BULK_CREATE = "/Bulk/Crud/Create/"


def bills(rows: int, books: Books) -> Iterator[Row]:
    """So many bills, always the same. None is kept: see `cost`."""
    dice = Random(1)  # noqa: S311  repeatable, not secret
    vendors, accounts = (
        [each["name"] for each in books[entity] if each["isActive"] == ACTIVE]
        for entity in ("Vendor", "ChartOfAccount")
    )

    def line() -> Row:
        amount = Decimal(dice.randint(1, 10**6)).scaleb(-2)
        return {"amount": amount, "chartOfAccountName": dice.choice(accounts), "description": "Paper, A4"}

    for number in range(rows):
        yield {
            KEY: f"bill {number}",
            "vendorName": dice.choice(vendors),
            "invoiceNumber": f"B-{number:07}",
            "invoiceDate": "2026-03-01",
            "dueDate": "2026-03-31",
            "description": f"Order {number}",
            "billLineItems": [line() for _ in range(LINES)],
        }


class Load:
    """Loads of so many bills by fresh targets, and of none.

    Args:
        books: Of the BILL that they go to.
        folder: For files.
        rows: How many bills.
        mode: Of the target.
    """

    def __init__(self, books: Bill, folder: Path, rows: int, mode: str = "apply") -> None:
        self._settings = books.settings(mode=mode)
        self._folder = folder
        stored = books_of(books.control)
        self._full, self._empty = folder / f"{rows}.jsonl", folder / "none.jsonl"
        write(self._full, [("bills", bills(rows, stored))])
        write(self._empty, [("bills", [])])

    def command(self, *, full: bool, timed: Path | None = None, answers: Path | None = None) -> list[str]:
        """A command with a ledger of its own."""
        target = Target(Path(tempfile.mkdtemp(dir=self._folder)), self._settings)
        made = str(self._full if full else self._empty)
        if timed is None:
            return [*target.command, "--input", made]
        options = ["--answers", str(answers)] if answers else []
        return [sys.executable, HERE, "--timed", str(timed), *options, "--", *target.command[3:], "--input", made]


# --- the figures ------------------------------------------------------------------------------------------------


def wall(rows: int, folder: Path) -> Iterator[Figure]:
    """At 300 ms a call."""
    with bill(*BOOKS, "--latency-ms", str(LATENCY_MS)) as books:
        load = Load(books, folder, rows)
        start_up_s = cost(load.command(full=False)).wall_s
        books.control.forget_requests()
        timed = folder / "ledger.json"
        taken_s = cost(load.command(full=True, timed=timed)).wall_s - start_up_s
        busy_s = float(sum(each["duration_ms"] for each in books.control.requests())) / 1000
        peak = books.control.summary()["peak_at_once"]
        single_s = statistics.mean(singles(books))
    ledger_s = float(decode(timed.read_bytes())["ledger_s"])
    print(
        f"          {taken_s:.1f} s and {start_up_s:.1f} s of start-up; BILL was busy for {busy_s:.1f} s, with at most "
        f"{peak} calls at once; one create takes {single_s * 1000:.0f} ms; {ledger_s:.2f} s in the ledger"
    )
    yield Figure("times as long as BILL is busy with three calls at once", taken_s / (busy_s / AT_ONCE), 1.2)
    yield Figure("times as fast as one create per record", single_s * rows / taken_s, 100, at_least=True)
    yield Figure("% of the time in the ledger", ledger_s / taken_s * 100, 10)


def singles(books: Bill) -> Iterator[float]:
    """Seconds of creates, one by one."""
    caller = Caller(books.settings())
    vendor = books_of(books.control)["Vendor"][0]["id"]
    for number in range(SINGLES):
        line = {"entity": "BillLineItem", "amount": 1}
        days = {"invoiceDate": "2026-03-01", "dueDate": "2026-03-31"}
        obj = {"entity": "Bill", "vendorId": vendor, "invoiceNumber": f"S-{number}", **days, "billLineItems": [line]}
        began = time.perf_counter()
        answer = caller.post("/Crud/Create/Bill.json", data=encode({"obj": obj}).decode())
        yield time.perf_counter() - began
        if decode(answer)["response_status"]:
            raise RuntimeError(answer.decode())
    caller.close()


def work(rows: int, folder: Path) -> Iterator[Figure]:
    """Without a network."""
    with bill(*BOOKS) as books:
        loads = {mode: Load(books, folder, rows, mode) for mode in ("plan", "apply")}
        answers = folder / "answers.json"
        answers.write_bytes(encode(books_of(books.control)))
    rates = {mode: [rows / cpu_s(load, answers) for _ in range(ROUNDS)] for mode, load in loads.items()}
    print(f"          {statistics.median(rates['apply']):,.0f} records a second in mode apply, answers included")
    yield Figure(
        "records a second of processor time in mode plan", statistics.median(rates["plan"]), 5000, at_least=True
    )


def cpu_s(load: Load, answers: Path) -> float:
    """Seconds of the processor for a load, without those of the start."""
    full, empty = (
        load.command(full=full, timed=answers.with_name("times.json"), answers=answers) for full in (True, False)
    )
    return cost(full).cpu_s - cost(empty).cpu_s


def memory(rows: int, folder: Path) -> Iterator[Figure]:
    """At a number of records, and at ten times as many."""
    peaks = []
    for each in (rows, rows * ROWS_MANY // ROWS):
        with bill(*BOOKS) as books:
            ran = cost(Load(books, folder, each).command(full=True))
        print(f"          {each:,} records: {ran.peak_mb:.0f} MB, {ran.wall_s:.0f} s with a BILL that takes no time")
        peaks.append(ran.peak_mb)
    small, large = peaks
    yield Figure(f"% more memory than with {rows:,} records", (large / small - 1) * 100, 20)


FIGURES: Mapping[str, Callable[[int, Path], Iterator[Figure]]] = {"memory": memory, "wall": wall, "work": work}
"""Memory first: the kernel counts for a process what the one that started it had by then, see `cost`."""


# --- in the process of the target -------------------------------------------------------------------------------


class Answers:
    """What BILL would say, at once.

    Args:
        books: What it has.
    """

    def __init__(self, books: Books) -> None:
        self._books = books
        self._sorted: dict[tuple[str, ...], list[Row]] = {}
        self._numbers = itertools.count()

    def post(self, operation: str, form: Mapping[str, str]) -> Any:
        """The answer to a call, in place of `Transport.post`."""
        if operation == "/Login.json":
            return {"sessionId": "none"}
        if operation == "/CurrentTime.json":
            return {"currentTime": time.strftime("%Y-%m-%dT%H:%M:%S.000+0000", time.gmtime())}
        data = decode(form["data"].encode())
        if operation.startswith(BULK_CREATE):
            return {"bulk": [self._stored(each["obj"]) for each in data["bulk"]]}
        entity = operation.removeprefix("/List/").removesuffix(".json")
        is_all = not any(each["field"] == "updatedTime" and each["op"].startswith(">") for each in data["filters"])
        by = [each["field"] for each in data.get("sort") or ()]
        return self._listed(entity, by)[data["start"] : data["start"] + data["max"]] if is_all else []

    def _listed(self, entity: str, by: list[str]) -> list[Row]:
        key = (entity, *by)
        if key not in self._sorted:
            self._sorted[key] = sorted(self._books[entity], key=lambda row: [str(row[name]) for name in by])
        return self._sorted[key]

    def _stored(self, obj: Row) -> Row:
        stamp = "2026-03-01T00:00:00.000+0000"
        number = next(self._numbers)
        lines = [{**each, "id": f"bli{number:015}{place}"} for place, each in enumerate(obj["billLineItems"])]
        stored = {**obj, "id": f"00n{number:017}", "isActive": "1", "createdTime": stamp, "updatedTime": stamp}
        return {"response_status": 0, "response_data": {**stored, "billLineItems": lines}}


class Stopwatch:
    """The seconds in which any thread is in some of the methods. Who waits for the one that is counts no more."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._inside = 0
        self._began = 0.0
        self._lock = threading.Lock()

    def around(self, method: Callable[..., Any]) -> Callable[..., Any]:
        """The method, timed."""

        def timed(*arguments: Any, **options: Any) -> Any:
            with self._lock:
                self._began = self._began if self._inside else time.perf_counter()
                self._inside += 1
            try:
                return method(*arguments, **options)
            finally:
                with self._lock:
                    self._inside -= 1
                    self.seconds += 0 if self._inside else time.perf_counter() - self._began

        return timed


def timed(times: Path, answers: Path | None, arguments: list[str]) -> None:
    """target-bill, which tells how long it was in the ledger."""
    watch = Stopwatch()
    sys.argv = ["target-bill", *arguments]
    for name in LEDGER_WORK:
        setattr(Ledger, name, watch.around(getattr(Ledger, name)))
    if answers:
        said = Answers(decode(answers.read_bytes()))
        setattr(Transport, "post", lambda _transport, operation, form, _read: said.post(operation, form))  # noqa: B010
    try:
        run_target()
    finally:
        times.write_bytes(encode({"ledger_s": watch.seconds}))


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--only", choices=FIGURES, action="append")
    parser.add_argument("--timed", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--answers", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("arguments", nargs="*", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.timed:
        timed(options.timed, options.answers, options.arguments)
        return 0
    print(f"On {os.cpu_count()} cores, which the simulator has a part of")
    missed = 0
    for name in options.only or FIGURES:
        print(f"{name}: {options.rows:,} bills of {LINES} lines")
        with tempfile.TemporaryDirectory() as folder:
            for figure in FIGURES[name](options.rows, Path(folder)):
                print(figure, flush=True)
                missed += not figure.reached
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
