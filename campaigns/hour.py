"""Thirty processes on one developer key whose hour is used up, with their clocks off: each ends complete.

BILL counts 20,000 calls per developer key and clock hour, by its own clock (documented). The processes know nothing of
each other: each waits for the next hour by the clock of its computer, which is ahead of BILL's or behind it. Most of
them are `tap-bill`, the others `target-bill`, each for an organization of its own. What they brought is held against
the books; how many calls were refused on the way is told, and has a limit.

    python campaigns/hour.py --processes 30 --skew 20
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from loads import KEY, write
from syncs import PATIENCE_S, Caller, bill, organizations

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from syncs import Bill, Row

PROCESSES, SKEW_S = 30, 20
HOUR_S = 3600
LEFT_S = 150
"""Of BILL's hour when the processes begin: all of them have to find out that it is used up."""

REQUESTS_PER_HOUR = 3_000
WRITES_EVERY = 5
RECORDS = 20
REFUSED_MAX = 4
"""Calls of each process, on the average, that find the hour used up."""

LIMIT = "BDC_1144"
BOOKS = {"vendors": 10, "customers": 5, "bills": 40, "invoices": 15}
START = """
import runpy, sys, time
true, off = time.time, float(sys.argv[1])
time.time = lambda: true() + off
sys.argv = sys.argv[2:]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""
"""Starts a module with a clock that is off: `time.time` is what waits for the hour."""


@dataclass(frozen=True, slots=True)
class Started:
    """A command that runs for one organization.

    Attributes:
        organization: Its id.
        module: Of the command.
        process: The process.
        folder: Of its files.
    """

    organization: str
    module: str
    process: subprocess.Popen[bytes]
    folder: Path

    def wrong(self, books: Bill) -> str:
        """The failures of the run after its end, in words; empty if there is none."""
        code = self.process.wait(PATIENCE_S)
        if code:
            return f"ended with {code}: {(self.folder / 'log').read_text()[-500:]}"
        return self._not_read(books) if self.module == "tap_bill" else self._not_written(books)

    def _not_read(self, books: Bill) -> str:
        messages = [json.loads(line) for line in (self.folder / "out").read_bytes().splitlines()]
        read: dict[str, set[str]] = {"vendors": set(), "bills": set()}
        for each in messages:
            if each["type"] == "RECORD" and each["stream"] in read:
                read[each["stream"]].add(each["record"]["id"])
        held = {
            stream: {each["id"] for each in books.control.books(self.organization, entity)}
            for stream, entity in (("vendors", "Vendor"), ("bills", "Bill"))
        }
        return "" if read == held and messages[-1]["type"] == "STATE" else f"{_sizes(read)} of {_sizes(held)} rows"

    def _not_written(self, books: Bill) -> str:
        names = Counter(each["name"] for each in books.control.books(self.organization, "Vendor"))
        loaded = {name: names[name] for name in map(_name, range(RECORDS))}
        return "" if set(loaded.values()) == {1} else f"how often each record was written: {Counter(loaded.values())}"


def _sizes(rows: dict[str, set[str]]) -> dict[str, int]:
    return {stream: len(ids) for stream, ids in rows.items()}


def _name(number: int) -> str:
    return f"Loaded after the hour {number}"


def use_up(books: Bill) -> None:
    """Make calls until BILL refuses them for this hour."""
    caller = Caller(books.settings())
    with contextlib.closing(caller):
        while LIMIT.encode() not in caller.page(0, 1):
            pass


def begin(books: Bill, folder: Path, ids: Sequence[str], off_s: Sequence[float]) -> Iterator[Started]:
    """Start a command for each organization, with its clock so far from this computer's."""
    for place, (organization, off) in enumerate(zip(ids, off_s, strict=True)):
        module = "target_bill" if place % WRITES_EVERY == 0 else "tap_bill"
        home = folder / str(place)
        home.mkdir()
        settings: Row = books.settings(organization_id=organization)
        if module == "target_bill":
            settings |= {"ledger": str(home / "ledger.sqlite"), "report_dir": str(home / "reports")}
        (home / "config.json").write_text(json.dumps(settings))
        write(home / "in", [("vendors", ({KEY: str(each), "name": _name(each)} for each in range(RECORDS)))])
        command = [sys.executable, "-c", START, str(off), module, "--config", "config.json"]
        with (home / "in").open("rb") as given, (home / "out").open("wb") as out, (home / "log").open("wb") as log:
            process = subprocess.Popen(command, cwd=home, stdin=given, stdout=out, stderr=log)
        yield Started(organization, module, process, home)


def campaign(books: Bill, folder: Path, processes: int, skew_s: float, left_s: float) -> int:
    """The number of processes that did not end as they should, and one more where too many calls were refused."""
    ids = organizations(books.control, processes, **BOOKS)
    now = datetime.now(UTC)
    bills = now.replace(minute=0, second=0, microsecond=0) + timedelta(seconds=HOUR_S - left_s)
    books.control.set_clock(bills.isoformat())
    set_at = time.time()
    books.control.limit(requests_per_hour=REQUESTS_PER_HOUR)
    use_up(books)
    books.control.forget_requests()
    # Half of the clocks are ahead of BILL's, half behind.
    off_s = [bills.timestamp() - set_at + (skew_s if place % 2 else -skew_s) for place in range(processes)]
    started = list(begin(books, folder, ids, off_s))
    wrong = 0
    for each in started:
        if said := each.wrong(books):
            wrong += 1
            print(f"{each.module} for {each.organization}: {said}", flush=True)
    took_s = time.time() - set_at
    refused = books.control.summary()["codes"].get(LIMIT, 0)
    calls = len(books.control.requests())
    print(
        f"{processes} processes, clocks {skew_s:g} s ahead and behind, {left_s:g} s before BILL's hour turned: "
        f"{processes - wrong} complete after {took_s:.0f} s; {refused} of {calls:,} calls refused ({LIMIT})"
    )
    if not processes <= refused <= REFUSED_MAX * processes:
        print(f"refused calls: {refused}, which should be {processes} to {REFUSED_MAX * processes}")
        wrong += 1
    return wrong


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, default=PROCESSES)
    parser.add_argument("--skew", type=float, default=SKEW_S, help="Seconds between each clock and BILL's.")
    parser.add_argument("--left", type=float, default=LEFT_S, help="Seconds of BILL's hour when they begin.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, bill() as books:
        return min(campaign(books, Path(folder), options.processes, options.skew, options.left), 1)


if __name__ == "__main__":
    sys.exit(main())
