"""How fast and how large target-bill makes documents of a million rows for each line: part of `make bench`.

The floor reads the same messages and decodes each, and does nothing else. Rows come in an order in which those of one
bill lie far apart. DuckDB may take its limit (`MEMORY_LIMIT`) and puts the rest on disk: beside that, memory must not
grow with their number. It is measured for a tenth of them, too. Exits with 1 when a goal is missed.

    python benchmarks/flat_rows.py --rows 200000
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path

from bill_values.exact_json import decode
from target_bill.input.flat_rows import FlatRows

ROWS = 1_000_000
RATIO_MAX = 20
PEAK_MB_MAX = 1000
MEGABYTE = 1e6
LINES = 6
"""Of each bill."""

STEP = 7_919
"""A prime: every row is met once when this is added again and again."""

MAPPING = {
    "stream": "bills",
    "group_by": ["supplier", "number"],
    "columns": {"vendorName": "supplier", "invoiceNumber": "number", "invoiceDate": "issued", "dueDate": "due"},
    "lines": {"columns": {"amount": "net", "description": "text"}},
}


def generate(path: Path, rows: int) -> None:
    """Rows of bills with so many lines each."""
    with path.open("w", encoding="utf-8") as file:
        for place in range(rows):
            row = place * STEP % rows
            bill = row // LINES
            head = f'"supplier":"Supplier {bill % 40_000} Ltd","number":"INV-{bill:08}","due":"2026-12-31"'
            day = f"2026-01-{bill % 28 + 1:02}"
            line = f'"issued":"{day}","net":{row % 1000}.{row % 100:02},"text":"Line {row % LINES} of the goods"'
            file.write(f"{{{head},{line}}}\n")


def floor(path: Path) -> Decimal:
    """Decode every row, and add up."""
    total = Decimal(0)
    with path.open("rb") as file:
        for line in file:
            total += decode(line)["net"]
    return total


def grouped(path: Path) -> Decimal:
    """Make documents of the rows, and add up."""
    total = Decimal(0)
    rows = FlatRows({"rows": MAPPING}, {}, lambda _: None)
    with path.open("rb") as file:
        for line in file:
            rows.add("rows", decode(line))
    for _, document in rows.documents():
        total += sum(line["amount"] for line in document["billLineItems"])
    rows.close()
    return total


WAYS = {each.__name__: each for each in (floor, grouped)}


def measured(way: str, path: Path) -> tuple[float, float, str]:
    """Seconds and peak megabytes of a way in a process of its own, and the sum that it has found."""
    began = time.perf_counter()
    command = [sys.executable, __file__, "--way", way, "--file", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None  # noqa: S101  it is a pipe
        total = process.stdout.read().strip()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(process.returncode)
    return time.perf_counter() - began, usage.ru_maxrss * 1024 / MEGABYTE, total


def main() -> int:
    """Print the figures and how they stand to the goals."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.way:
        print(WAYS[given.way](given.file))
        return 0
    with tempfile.TemporaryDirectory() as name:
        few, many = Path(name) / "few.jsonl", Path(name) / "many.jsonl"
        generate(few, given.rows // 10)
        generate(many, given.rows)
        _, few_mb, _ = measured("grouped", few)
        floor_s, _, wanted = measured("floor", many)
        grouped_s, peak_mb, total = measured("grouped", many)
    if Decimal(total) != Decimal(wanted):
        raise SystemExit(f"the documents are of {total}, and the rows of {wanted}")
    ratio = grouped_s / floor_s
    print(f"{given.rows / floor_s:12,.0f} rows/s  decoded only ({floor_s:.2f} s)")
    print(f"{given.rows / grouped_s:12,.0f} rows/s  made documents ({grouped_s:.2f} s)")
    print(f"{ratio:12.2f}         times the floor's time (goal at most {RATIO_MAX}): {_reached(ratio <= RATIO_MAX)}")
    print(f"{few_mb:12.0f} MB      peak memory for a tenth of the rows")
    print(f"{peak_mb:12.0f} MB      peak memory (goal under {PEAK_MB_MAX}): {_reached(peak_mb < PEAK_MB_MAX)}")
    return 0 if ratio <= RATIO_MAX and peak_mb < PEAK_MB_MAX else 1


def _reached(reached: bool) -> str:
    return "ok" if reached else "MISSED"


if __name__ == "__main__":
    sys.exit(main())
