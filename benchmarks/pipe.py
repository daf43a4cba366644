"""How fast bills with their lines come into a DuckDB file, and how large the loader is: part of `make bench`.

A round runs `tap-bill | target-duckdb`, and three threads that only fetch the same pages; the figures are medians of
their ratios. A pipe over an organization without bills, which is all start-up, is left out of the times. Every file is
held against the books. Exits with 1 when a goal is missed.

    PYTHONPATH=campaigns:benchmarks python benchmarks/pipe.py --rows 20000 --rounds 1
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
from syncs import Tap
from tap import AT_ONCE, LATENCY_MS, MEGABYTE, SMALL, Cost, Figure, fetched, ratio, show, simulated

from bill_simulator import defaults

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syncs import Bill, Row

STREAMS = ("bills", "bill_line_items")
RATIO_MAX, LOADER_MAX_MB = 1.6, 300


@dataclass(frozen=True, slots=True)
class Load:
    """A pipe that has ended: what both of its ends took, and the file."""

    tap: Cost
    loader: Cost
    file: Path

    @property
    def wall_s(self) -> float:
        """From the start of the first to the end of the last."""
        return max(self.tap.wall_s, self.loader.wall_s)


def piped(settings: Row, folder: Path) -> Load:
    """The whole road, once."""
    tap = Tap(folder, {**settings, "naming": "snake_case"}, STREAMS)
    file, config = folder / "warehouse.duckdb", folder / "loader.json"
    config.write_text(json.dumps({"filepath": str(file), "default_target_schema": "tap_bill"}))
    began = time.perf_counter()
    with (folder / "loader.log").open("wb") as log:
        reader = tap.start(stdout=subprocess.PIPE)
        command = [sys.executable, "-m", "target_duckdb", "--config", str(config)]
        writer = subprocess.Popen(command, stdin=reader.stdout, stdout=subprocess.DEVNULL, stderr=log)
        if reader.stdout:
            reader.stdout.close()
    return Load(ended(reader, began, tap.log), ended(writer, began, folder / "loader.log"), file)


def ended(process: subprocess.Popen[bytes], began: float, log: Path) -> Cost:
    """The cost of a process, which must end well.

    The kernel counts what this process had when it was forked: so nothing large may be kept here.
    """
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        message = f"{process.args!r} failed:\n{log.read_text()}"
        raise RuntimeError(message)
    wall_s = time.perf_counter() - began
    return Cost(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / MEGABYTE)


def check(file: Path, books: Bill) -> None:
    """Hold a file against the books: as many bills, and their money as lines have it."""
    with duckdb.connect(str(file), read_only=True) as db:
        bills = db.execute("SELECT count(*), sum(amount) FROM tap_bill.bills").fetchall()
        lines = db.execute("SELECT sum(amount) FROM tap_bill.bill_line_items").fetchall()
    totals = books.control.totals(defaults.ORGANIZATION_ID)["Bill"]
    amount = Decimal(totals["amount"])
    if (bills, lines) != ([(totals["count"], amount)], [(amount,)]):
        message = f"the file has {bills} and {lines}; the books have {totals}"
        raise RuntimeError(message)


def road(rows: int, rounds: int) -> Iterator[Figure]:
    """At 200 ms a call."""
    wall: dict[str, list[float]] = defaultdict(list)
    cpu: dict[str, list[float]] = defaultdict(list)
    peaks: dict[str, list[float]] = defaultdict(list)
    with simulated(rows, LATENCY_MS) as books:
        for _ in range(rounds):
            with tempfile.TemporaryDirectory() as full, tempfile.TemporaryDirectory() as empty:
                # A run over nothing asks for one page, and so must the other.
                start = piped(books.settings(organization_id=defaults.EMPTY_ORGANIZATION_ID), Path(empty))
                load = piped(books.settings(), Path(full))
                check(load.file, books)
            wall["start-up"].append(start.wall_s - LATENCY_MS / 1000)
            wall["pipe"].append(load.wall_s - wall["start-up"][-1])
            wall["fetching"].append(fetched(books.settings(), rows, AT_ONCE))
            for name, one, other in (("tap", load.tap, start.tap), ("loader", load.loader, start.loader)):
                cpu[name].append(one.cpu_s - other.cpu_s)
                peaks[name].append(one.peak_mb)
    show(wall, "s")
    show(cpu, "s of processor time, start-up left out")
    show(peaks, "MB at the most")
    yield Figure(
        f"times as long as {AT_ONCE} threads that only fetch", ratio(wall["pipe"], wall["fetching"]), RATIO_MAX
    )
    yield Figure("MB at the most in the loader", max(peaks["loader"]), LOADER_MAX_MB)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=SMALL)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print(f"{options.rows:,} bills on {os.cpu_count()} cores, which the simulator has a part of; medians")
    missed = 0
    for figure in road(options.rows, options.rounds):
        print(figure, flush=True)
        missed += not figure.reached
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
