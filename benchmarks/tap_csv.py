"""How fast and how large tap-bill-csv is on 5 million generated rows, against DuckDB alone: part of `make bench`.

Both read the same file and group its rows into documents in the order of the file, with the same threads and memory;
both are timed until the first document could be handed on. DuckDB alone reads with its own reader, as text, in the
fastest way that was found, and proves nothing. Making documents and writing them is timed apart. Exits with 1 when a
goal is missed.

The rows are cut by Python's csv module, one after the other: that takes about twice as long as to prove whole blocks
by their bytes, and is a quarter of the code. BILL takes a thousand objects a second at best.

    python benchmarks/tap_csv.py --rows 200000

(Not `csv.py`: run from this folder, it would stand in for Python's own module of that name.)
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from bill_documents.grouping.workspace import MEMORY_LIMIT, THREADS, workspace
from bill_documents.mapping.entries import parse_files
from bill_documents.mapping.layout import layouts

ROWS = 5_000_000
RATIO_MAX = 6
SECONDS_A_MILLION_MAX = 15
PEAK_MB_MAX = 1000
MEGABYTE = 1e6
SIZES = (1, 1, 2, 3, 5, 9, 14)
QUOTED_EVERY = 50
MAPPING = {
    "stream": "bills",
    "columns": {"vendorName": "Supplier", "invoiceNumber": "Number", "invoiceDate": "Date"},
    "defaults": {"dueDate": {"field": "invoiceDate", "add_days": 30}},
    "lines": {
        "columns": {
            "amount": "Amount",
            "description": "Description",
            "departmentName": "Department",
            "chartOfAccountNumber": "Account",
        }
    },
}
ALONE = """
WITH grouped AS (SELECT Supplier, Number, min(rowid) AS first FROM rows GROUP BY ALL)
SELECT first, rows.rowid, rows.* FROM rows JOIN grouped USING (Supplier, Number) ORDER BY first, rows.rowid
"""


def generate(path: Path, rows: int) -> None:
    """Bills of 1 to 14 lines; every 50th row has a text in quotes."""
    chance = random.Random(1)  # noqa: S311  # the same file each time
    with path.open("w", encoding="utf-8") as file:
        file.write("Supplier,Number,Date,Amount,Description,Department,Account,Reference\n")
        row = bill = 0
        while row < rows:
            bill += 1
            head = f"Supplier {bill % 40_000} Ltd,INV-{bill:08d},2021-{bill % 12 + 1:02d}-{bill % 28 + 1:02d}"
            for line in range(min(chance.choice(SIZES), rows - row)):
                row += 1
                text = '"Goods, and services"' if row % QUOTED_EVERY == 0 else f"Line {line} of the goods"
                amount = f"{chance.randrange(1000)}.{row % 100:02d}"
                file.write(f"{head},{amount},{text},Department {row % 50},{4000 + row % 300},{row}\n")


def alone(path: Path, folder: Path) -> float:
    """Seconds that DuckDB takes until it could hand on the first row."""
    began = time.perf_counter()
    with duckdb.connect(
        config={"threads": THREADS, "memory_limit": MEMORY_LIMIT, "temp_directory": str(folder)}
    ) as connection:
        connection.execute(
            f"CREATE TABLE rows AS SELECT * "  # noqa: S608  # our own file
            f"FROM read_csv('{path}', all_varchar = true)"
        )
        first = connection.execute(ALONE).fetchone()
        assert first is not None  # noqa: S101
        return time.perf_counter() - began


def grouped(path: Path) -> float:
    """Seconds that the tap takes until it could hand on the first document."""
    began = time.perf_counter()
    (settings,) = parse_files([{"path": str(path), **MAPPING}])
    (layout,) = layouts(settings)
    with workspace(len(layout.key)) as space:
        space.load(layout, frozenset())
        first = next(iter(space.groups(layout)))
        took = time.perf_counter() - began
    assert first.rows  # noqa: S101
    return took


def whole(path: Path, folder: Path) -> tuple[float, float]:
    """Seconds and peak megabytes of the whole command, with Singer's output to nowhere."""
    config = folder / "config.json"
    config.write_text(json.dumps({"files": [{"path": str(path), **MAPPING}]}))
    began = time.perf_counter()
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tap_bill_csv", "--config", str(config)], stdout=subprocess.DEVNULL, stderr=log
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError((folder / "log").read_text())
    return time.perf_counter() - began, usage.ru_maxrss * 1024 / MEGABYTE


def main() -> int:
    """Print the figures and how they stand to the goals."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rows", type=int, default=ROWS)
    arguments.add_argument("--rounds", type=int, default=3)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "rows.csv"
        generate(path, given.rows)
        print(f"{given.rows:,} rows, {path.stat().st_size / MEGABYTE:,.0f} MB; best of {given.rounds} rounds")
        # The whole command first: the kernel counts what this process had when it was forked.
        whole_s, peak_mb = whole(path, folder)
        pairs = [(alone(path, folder), grouped(path)) for _ in range(given.rounds)]
    alone_s, grouped_s = (min(each) for each in zip(*pairs, strict=True))
    ratio = grouped_s / alone_s
    print(f"{given.rows / alone_s:12,.0f} rows/s  DuckDB alone: read and group ({alone_s:.2f} s)")
    print(f"{given.rows / grouped_s:12,.0f} rows/s  tap-bill-csv: read and group ({grouped_s:.2f} s)")
    print(f"{given.rows / whole_s:12,.0f} rows/s  tap-bill-csv: the whole command, records written ({whole_s:.2f} s)")
    a_million_s = 1_000_000 * grouped_s / given.rows
    is_quick = a_million_s < SECONDS_A_MILLION_MAX
    print(f"{a_million_s:12.2f} s       for a million rows (goal under {SECONDS_A_MILLION_MAX}): {_reached(is_quick)}")
    print(f"{ratio:12.2f}         times DuckDB's time (goal at most {RATIO_MAX}): {_reached(ratio <= RATIO_MAX)}")
    print(f"{peak_mb:12.0f} MB      peak memory (goal under {PEAK_MB_MAX}): {_reached(peak_mb < PEAK_MB_MAX)}")
    is_reached = ratio <= RATIO_MAX and is_quick and peak_mb < PEAK_MB_MAX
    return 0 if is_reached else 1


def _reached(reached: bool) -> str:
    return "ok" if reached else "MISSED"


if __name__ == "__main__":
    sys.exit(main())
