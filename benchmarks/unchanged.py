"""How long tap-bill takes for organizations in which nothing has changed, and memory for many: part of `make bench`.

Every list is asked for once, so that the calls are all that there is to wait for. The standard is three threads that
make the same calls and do nothing else, in the same run; and for several organizations in one run, runs for one after
the other. Start-up, which is measured by a run that calls nothing, is left out. Medians of several rounds.

    PYTHONPATH=campaigns python benchmarks/unchanged.py --rounds 1
"""

from __future__ import annotations

import argparse
import itertools
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from syncs import bill, calls_s, organizations
from tap import Figure, cost, ratio, show

from bill_simulator import defaults

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from syncs import Bill, Caller

LATENCY_MS, AT_ONCE = 200, 3
ORGANIZATIONS = 30
SAMPLE = 3
"""Organizations that are read one after the other in each round; the others take as long."""

HOUR_S = 3600
CALLS_NOTHING = "code_labels"


@dataclass(frozen=True, slots=True)
class Synced:
    """Organizations that were read, and have not changed since then.

    Attributes:
        books: Of them.
        folder: For files.
    """

    books: Bill
    folder: Path

    def command(self, *ids: str, asks: bool = True, state: bool = True) -> list[str]:
        """A sync of organizations, which may call nothing."""
        settings = self.books.settings(organization_id=ids[0], organizations=list(ids))
        command = [sys.executable, "-m", "tap_bill", "--config", self._file("config.json", settings)]
        if not asks:
            command += ["--catalog", self._file("catalog.json", _only(CALLS_NOTHING, command))]
        return [*command, "--state", str(self._state)] if state else command

    def remember(self, *ids: str) -> None:
        """Read everything once, keep STATE, and let an hour pass."""
        messages = run(self.command(*ids, state=False)).splitlines()
        self._state.write_bytes(msgspec.json.encode(msgspec.json.decode(messages[-1])["value"]))  # STATE comes last
        self.books.control.advance(HOUR_S)
        self.books.control.limit(latency_ms=LATENCY_MS)

    @property
    def _state(self) -> Path:
        return self.folder / "state.json"

    def _file(self, name: str, content: Any) -> str:
        path = self.folder / name
        path.write_bytes(msgspec.json.encode(content))
        return str(path)


def run(command: Sequence[str]) -> bytes:
    """The output of a command, which has to end well."""
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        message = f"{command} failed:\n{done.stderr.decode()}"
        raise RuntimeError(message)
    return done.stdout


def _only(stream: str, command: Sequence[str]) -> Any:
    """A catalog in which one stream is selected."""
    catalog = msgspec.json.decode(run([*command, "--discover"]))
    for each in catalog["streams"]:
        for entry in each["metadata"]:
            if not entry["breadcrumb"]:
                entry["metadata"]["selected"] = each["tap_stream_id"] == stream
    return catalog


def called(books: Bill, paths: Sequence[str]) -> float:
    """Seconds for as many calls by three threads, and nothing done with their answers."""
    return calls_s(books.settings(), _first_row, paths, AT_ONCE)


def _first_row(caller: Caller, path: str) -> bytes:
    return caller.post(path, data='{"start": 0, "max": 1}')


def one(synced: Synced, rounds: int) -> Iterator[Figure]:
    """An organization by itself."""
    organization, control = defaults.ORGANIZATION_ID, synced.books.control
    synced.remember(organization)
    taken: dict[str, list[float]] = defaultdict(list)
    for _ in range(rounds):
        start_up_s = cost(synced.command(organization, asks=False)).wall_s
        control.forget_requests()
        taken["ours"].append(cost(synced.command(organization)).wall_s - start_up_s)
        taken["start-up"].append(start_up_s)
        paths = [each["path"] for each in control.requests()]
        peak = control.summary()["peak_at_once"]
        taken["calls / 3 x latency"].append(len(paths) / AT_ONCE * LATENCY_MS / 1000)
        taken["three threads"].append(called(synced.books, paths))
    show(taken, f"s; {len(paths)} calls, {peak} at once at the most")
    yield Figure("times calls / 3 x latency", ratio(taken["ours"], taken["calls / 3 x latency"]), 1.5)
    yield Figure("times three threads that make the same calls", ratio(taken["ours"], taken["three threads"]), 1.5)


def several(synced: Synced, rounds: int) -> Iterator[Figure]:
    """Many organizations in one run."""
    control = synced.books.control
    ids = organizations(control, ORGANIZATIONS, vendors=10, customers=5, bills=30, invoices=10)
    synced.remember(*ids)
    sample = itertools.cycle(ids)
    taken: dict[str, list[float]] = defaultdict(list)
    for _ in range(rounds):
        start_up_s = cost(synced.command(*ids, asks=False)).wall_s
        taken["in one run"].append(cost(synced.command(*ids)).wall_s - start_up_s)
        alone_s = [cost(synced.command(next(sample))).wall_s - start_up_s for _ in range(SAMPLE)]
        taken["one after the other"].append(sum(alone_s) / SAMPLE * ORGANIZATIONS)
    show(taken, f"s; {ORGANIZATIONS} organizations")
    yield Figure("times as long as one after the other", ratio(taken["in one run"], taken["one after the other"]), 0.4)


def memory(synced: Synced, rounds: int) -> Iterator[Figure]:
    """The first read of many organizations against that of half of them: what waits has a limit, whatever they are."""
    ids = organizations(synced.books.control, 2 * ORGANIZATIONS, vendors=50, customers=20, bills=2500, invoices=100)
    taken: dict[str, list[float]] = defaultdict(list)
    for _ in range(rounds):
        for count in (1, ORGANIZATIONS, 2 * ORGANIZATIONS):
            taken[f"{count} organizations"].append(cost(synced.command(*ids[:count], state=False)).peak_mb)
    show(taken, "MB at the most, of a first read with three pages of bills in each")
    half, all_of_them = taken[f"{ORGANIZATIONS} organizations"], taken[f"{2 * ORGANIZATIONS} organizations"]
    yield Figure("times the memory of half as many organizations", ratio(all_of_them, half), 1.25)


FIGURES = {"one": (one, 5), "several": (several, 3), "memory": (memory, 1)}
"""How each is measured, and in how many rounds."""


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, help="Instead of each figure's own.")
    parser.add_argument("--only", choices=FIGURES, action="append")
    options = parser.parse_args()
    print(f"On {os.cpu_count()} cores, which the simulator has a part of; {LATENCY_MS} ms a call; medians")
    missed = 0
    for name in options.only or FIGURES:
        measure, rounds = FIGURES[name]
        with tempfile.TemporaryDirectory() as folder, bill() as books:
            for figure in measure(Synced(books, Path(folder)), options.rounds or rounds):
                print(figure, flush=True)
                missed += not figure.reached
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
