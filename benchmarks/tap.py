"""How fast and how large tap-bill is on bills with their lines: part of `make bench`.

Each figure is the median of several rounds, in which everything that is compared runs once; start-up, which is measured
over an organization without bills, is left out of times and CPU. Exits with 1 when a goal is missed.

    PYTHONPATH=campaigns python benchmarks/tap.py --only cpu --rows 20000 --rounds 1
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import orjson
from moving import Plan
from syncs import PAGE, Caller, Output, Tap, bill, calls_s, warehouse

from bill_simulator import defaults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from syncs import Bill, Row

HERE = Path(__file__).resolve().parent
LATENCY_MS, AT_ONCE = 200, 3
SMALL, LARGE = 100_000, 300_000
MOVING_RATE, MOVING_LATENCY_MS = 200, 40
MEGABYTE = 1e6


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process took.

    Attributes:
        wall_s: From its start to its end.
        cpu_s: User and system.
        peak_mb: The most memory that it had.
    """

    wall_s: float
    cpu_s: float
    peak_mb: float


@dataclass(frozen=True, slots=True)
class Figure:
    """A number and what it should be.

    Attributes:
        text: What it says.
        value: How much it is.
        limit: How much it may be, or must be.
        at_least: Whether more is better.
    """

    text: str
    value: float
    limit: float
    at_least: bool = False

    @property
    def reached(self) -> bool:
        """Whether the goal is."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def __str__(self) -> str:
        goal = f"goal {'at least' if self.at_least else 'at most'} {self.limit:g}"
        return f"{self.value:8.2f}  {self.text} ({goal}): {'ok' if self.reached else 'MISSED'}"


# --- what is compared -------------------------------------------------------------------------------------------


def cost(command: Sequence[str]) -> Cost:
    """Of a process, whose output nobody wants.

    The kernel counts what this process had when it was forked: so nothing large may be kept here.
    """
    began = time.perf_counter()
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            log.seek(0)
            message = f"{command} failed:\n{log.read().decode()}"
            raise RuntimeError(message)
    wall_s = time.perf_counter() - began
    return Cost(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / MEGABYTE)


@dataclass(frozen=True, slots=True)
class Reader:
    """A command that reads bills.

    Attributes:
        full: Over an organization with bills.
        empty: Over one without.
    """

    full: Sequence[str]
    empty: Sequence[str]


def readers(books: Bill, folder: Path, naming: str = "snake_case") -> dict[str, Reader]:
    """tap-bill, the standard tap, and the floor.

    Args:
        books: What they read.
        folder: For their files.
        naming: Of our columns.
    """

    def ours(settings: Row, name: str) -> list[str]:
        (folder / name).mkdir()
        return Tap(folder / name, {**settings, "naming": naming}).command()

    def script(file: str, *options: str) -> Callable[[Row, str], list[str]]:
        def command(settings: Row, name: str) -> list[str]:
            config = folder / f"{name}.json"
            config.write_bytes(msgspec.json.encode(settings))
            return [sys.executable, str(HERE / file), *options, str(config)]

        return command

    made = {"ours": ours, "default": script("default_tap.py", "--config"), "floor": script("tap.py", "--floor")}
    full, empty = books.settings(), books.settings(organization_id=defaults.EMPTY_ORGANIZATION_ID)
    return {name: Reader(make(full, f"{name}-full"), make(empty, f"{name}-empty")) for name, make in made.items()}


def floor(settings: Row) -> None:
    """The same pages by `requests` and `orjson` alone, each row as a line of Singer."""
    caller = Caller(settings)
    start, is_full = 0, True
    while is_full:
        rows = orjson.loads(caller.page(start))["response_data"]
        for row in rows:
            sys.stdout.buffer.write(orjson.dumps({"type": "RECORD", "stream": "bills", "record": row}) + b"\n")
        start, is_full = start + PAGE, len(rows) == PAGE
    caller.close()


def fetched(settings: Row, rows: int, at_once: int) -> float:
    """Seconds for the pages of so many rows, so many at once, and nothing done with them."""
    return calls_s(settings, Caller.page, range(0, rows, PAGE), at_once)


# --- the figures ------------------------------------------------------------------------------------------------


def wall(rows: int, rounds: int, folder: Path) -> Iterator[Figure]:
    """At 200 ms a call."""
    with simulated(rows, LATENCY_MS) as books:
        tap = readers(books, folder)["ours"]
        taken: dict[str, list[float]] = defaultdict(list)
        for _ in range(rounds):
            # A run over nothing asks for one page, and so must each of the others.
            start_up_s = cost(tap.empty).wall_s - LATENCY_MS / 1000
            taken["ours"].append(cost(tap.full).wall_s - start_up_s)
            taken["start-up"].append(start_up_s)
            for at_once in (AT_ONCE, 1):
                taken[f"{at_once} at once"].append(fetched(books.settings(), rows, at_once))
    show(taken, "s")
    three, one = f"{AT_ONCE} at once", "1 at once"
    yield Figure("times as long as three threads that only fetch", ratio(taken["ours"], taken[three]), 1.2)
    yield Figure("times as fast as one page at a time", ratio(taken[one], taken["ours"]), 2.2, at_least=True)


def cpu(rows: int, rounds: int, folder: Path) -> Iterator[Figure]:
    """Per record."""
    with simulated(rows) as books:
        taken: dict[str, list[float]] = defaultdict(list)
        for _ in range(rounds):
            for name, reader in readers(books, Path(tempfile.mkdtemp(dir=folder))).items():
                used_s = cost(reader.full).cpu_s - cost(reader.empty).cpu_s
                taken[name].append(used_s / rows * 1e6)
    show(taken, "us a record")
    yield Figure(
        "times less CPU than a tap on the SDK's default path", ratio(taken["default"], taken["ours"]), 4, at_least=True
    )
    yield Figure("times the CPU of requests and orjson alone", ratio(taken["ours"], taken["floor"]), 2)


def memory(rows: int, _rounds: int, folder: Path) -> Iterator[Figure]:
    """At a number of rows, and at three times as many."""
    peaks = {}
    for each in (rows, rows * LARGE // SMALL):
        with simulated(each) as books:
            peaks[each] = cost(readers(books, Path(tempfile.mkdtemp(dir=folder)))["ours"].full).peak_mb
    small, large = peaks.values()
    yield from (Figure(f"MB at the most with {each:,} rows", peak, 150) for each, peak in peaks.items())
    yield Figure(f"% more than with {rows:,} rows", (large / small - 1) * 100, 10)


def lost(rows: int, rounds: int, folder: Path) -> Iterator[Figure]:
    """Rows that were there before, and are not in the output of a sync while others change rows."""
    plan = Plan(rows=rows, rate=MOVING_RATE)
    taken: dict[str, list[float]] = defaultdict(list)
    with simulated(rows, MOVING_LATENCY_MS) as books:
        commands = readers(books, folder, naming="bill")  # as the books have it, which it is held against
        for seed in range(1, rounds + 1):
            for name in ("ours", "default"):
                before = plan.stir(books, seed)
                path = folder / "out.jsonl"
                with path.open("wb") as out:
                    subprocess.run(commands[name].full, stdout=out, stderr=subprocess.DEVNULL, check=True)
                books.control.stop_mutating()
                with path.open("rb") as lines:
                    taken[name].append(len(before.keys() - warehouse(Output.of(lines).versions).keys()))
    show(taken, "rows lost")
    yield Figure("rows lost by ours while others change them", max(taken["ours"]), 0)
    yield Figure("rows lost by the tap on the SDK's default path", max(taken["default"]), 1, at_least=True)


def simulated(rows: int, latency_ms: int = 0) -> AbstractContextManager[Bill]:
    """A BILL with so many bills."""
    return bill("--bills", str(rows), "--vendors", "1000", "--latency-ms", str(latency_ms))


def ratio(these: Sequence[float], those: Sequence[float]) -> float:
    """The median of the ratios of each round."""
    return statistics.median(this / that for this, that in zip(these, those, strict=True))


def show(taken: dict[str, list[float]], unit: str) -> None:
    """The medians."""
    print("         ", ", ".join(f"{name} {statistics.median(each):.2f}" for name, each in taken.items()), unit)


FIGURES = {"wall": (wall, SMALL, 3), "cpu": (cpu, SMALL, 3), "memory": (memory, SMALL, 1), "lost": (lost, 50_000, 2)}
"""How each is measured, with how many rows, and in how many rounds."""


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, help="Instead of each figure's own.")
    parser.add_argument("--rounds", type=int, help="Instead of each figure's own.")
    parser.add_argument("--only", choices=FIGURES, action="append")
    parser.add_argument("--floor", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.floor:
        floor(msgspec.json.decode(options.floor.read_bytes()))
        return 0
    print(f"On {os.cpu_count()} cores, which the simulator has a part of; medians")
    missed = 0
    for name in options.only or FIGURES:
        measure, rows, rounds = FIGURES[name]
        rows, rounds = options.rows or rows, options.rounds or rounds
        print(f"{name}: {rows:,} bills with their lines, rounds: {rounds}")
        with tempfile.TemporaryDirectory() as folder:
            for figure in measure(rows, rounds, Path(folder)):
                print(figure, flush=True)
                missed += not figure.reached
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
