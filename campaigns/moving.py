"""tap-bill reads bills while somebody changes them; no row may be missing: `make moving`.

The books before, the record of the mutator and the books afterwards decide what must be there. Exits with 1 when
anything is off, and when a plain offset reader under the same conditions loses nothing: then this proves nothing.

What is demanded of a sync that began when the mutator was at work already, per row:

- It is there, if it existed before the mutator began.
- Each of its records is a state that it had: as in the books before, or with the time of one of its changes.
- Its records do not go back in time: the last one wins, and is the newest that was delivered.
- The last one is not older than its last change before the sync's own bookmark. What is newer than the bookmark comes
  with the next sync at the latest; a row that is touched after the sync has read it last cannot be in it.

And of the next sync, with the saved state and nothing read again (`lookback_s: 0`), after the mutator has stopped: with
it, the warehouse is what the books are, field by field.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from syncs import ENTITY, LIST, PAGE, TIME, Caller, Tap, as_record, bill, differing, warehouse, wrong

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from syncs import Bill, Output, Row, Version

TOGETHER = (1, 20, 100)
"""Rows that change in one go, in turns: one by one, and as bulk calls do."""

AFTERWARDS = 100
"""Changes at least between the end of the sync and the next one."""

TOLD_MAX = 10
POLL_S = 0.01
PATIENCE_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much moves how fast.

    Attributes:
        rows: Bills at the start.
        rate: Changes per second.
        page_size: Rows in a page.
        offset_runs: How many times the plain offset reader tries.
    """

    rows: int
    rate: float
    page_size: int = PAGE
    offset_runs: int = 3

    def stir(self, books: Bill, seed: int) -> dict[str, Row]:
        """Let somebody begin to change other books; the rows that there were before."""
        books.control.reset(seed=seed, bills=self.rows)
        before = books.books()
        together = TOGETHER[seed % len(TOGETHER)]
        books.control.mutate(rate_per_s=self.rate, seed=seed, entities=[ENTITY], together=together)
        return before


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a run found.

    Attributes:
        told: A short account.
        wrong: Everything that is off.
    """

    told: str
    wrong: list[str]


def run(books: Bill, plan: Plan, seed: int, folder: Path) -> Outcome:
    """A sync while rows move, and the next one when they have come to rest."""
    tap = Tap(folder, books.settings(page_size=plan.page_size, lookback_s=0))
    before = plan.stir(books, seed)
    began = time.monotonic()
    first = tap.sync()
    took_s = time.monotonic() - began
    pages = [each["time"] for each in books.control.requests() if each["path"] == LIST]
    meanwhile = books.control.mutator()["changed"]
    wait_for_changes(books, meanwhile + AFTERWARDS)
    books.control.stop_mutating()
    second = tap.sync(first.state)
    changes = books.control.changes()
    touched, newer = touched_meanwhile(before, first, changes, max(pages))
    missing = before.keys() - warehouse(first.versions).keys()
    return Outcome(
        told=f"{len(pages)} pages in {took_s:.1f} s, {meanwhile:,} changes meanwhile; missing {len(missing)}; "
        f"touched rows in their newer state already {newer:,} of {touched:,}; next sync {len(second.versions):,} rows",
        wrong=[
            *wrong_sync(before, first, changes),
            *(f"after the next sync: {each}" for each in wrong_end(books, first, second)),
        ],
    )


def wait_for_changes(books: Bill, number: int) -> None:
    """Until the mutator has made so many."""
    give_up_at = time.monotonic() + PATIENCE_S
    while books.control.mutator()["changed"] < number:
        if time.monotonic() > give_up_at:
            raise TimeoutError("the mutator stands still")
        time.sleep(POLL_S)


def wrong_sync(before: Mapping[str, Row], output: Output, changes: Sequence[Row]) -> Iterator[str]:
    """What the first sync has not, or has and must not have."""
    times: dict[str, list[str]] = defaultdict(list)
    for each in changes:
        times[each["id"]].append(as_record(each["time"]))
    bookmark = output.bookmark
    loaded: dict[str, Version] = {}
    for version in output.versions:
        if wrongness := untrue(before.get(version.id), times[version.id], version):
            yield f"{version.id}: {wrongness}"
        if version.id in loaded and version.time < loaded[version.id].time:
            yield f"{version.id}: an older state comes after a newer one"
        loaded[version.id] = version
    for row_id in before:
        due = max((at for at in times[row_id] if at < bookmark), default="")
        if row_id not in loaded:
            yield f"{row_id}: missing"
        elif loaded[row_id].time < due:
            yield f"{row_id}: as of {loaded[row_id].time}, but was changed at {due}, before the bookmark {bookmark}"


def untrue(row: Row | None, times: Sequence[str], version: Version) -> str:
    """Why this is no state that the row had; empty when it was one."""
    if version.time in times:
        return ""
    if row is None or version.time != as_record(row[TIME]):
        return f"has never been changed at {version.time}"
    names = differing(row, version)
    return f"was not yet touched, and has another {', '.join(names)}" if names else ""


def wrong_end(books: Bill, *outputs: Output) -> Iterator[str]:
    """What the warehouse has otherwise than the books."""
    yield from wrong(books.books(), warehouse(*(each.versions for each in outputs)))


def touched_meanwhile(
    before: Mapping[str, Row], output: Output, changes: Sequence[Row], last_page: str
) -> tuple[int, int]:
    """Rows that were touched before the second in which the last page was asked for, and how many came as of then."""
    due = {each["id"]: as_record(each["time"]) for each in changes if each["time"] < last_page and each["id"] in before}
    loaded = warehouse(output.versions)
    return len(due), sum(each in loaded and loaded[each].time >= time for each, time in due.items())


# --- in place of ours -------------------------------------------------------------------------------------------


def lost_by_offsets(books: Bill, plan: Plan, seed: int) -> int:
    """How many rows a reader misses that asks for one page after the other by offset."""
    before = plan.stir(books, seed)
    missing = before.keys() - offset_reader(books.settings(), plan.page_size)
    books.control.stop_mutating()
    return len(missing)


def offset_reader(settings: Mapping[str, str], page_size: int) -> set[str]:
    """The ids that it sees."""
    caller = Caller(settings)
    seen: set[str] = set()
    start = 0
    while True:
        rows = json.loads(caller.page(start, page_size))["response_data"]
        seen |= {each["id"] for each in rows}
        start += page_size
        if len(rows) < page_size:
            caller.close()
            return seen


def campaign(plan: Plan, seeds: Sequence[int], latency_ms: int) -> Iterator[Outcome]:
    """Ours with every seed, then the plain offset reader with the first ones."""
    with bill("--bills", str(plan.rows), "--latency-ms", str(latency_ms)) as books:
        for seed in seeds:
            with tempfile.TemporaryDirectory() as folder:
                outcome = run(books, plan, seed, Path(folder))
            yield Outcome(told=f"seed {seed}: {outcome.told}", wrong=[f"seed {seed}: {each}" for each in outcome.wrong])
        lost = [lost_by_offsets(books, plan, seed) for seed in seeds[: plan.offset_runs]]
        told = f"a plain offset reader in its place loses {', '.join(map(str, lost))} rows"
        yield Outcome(told=told, wrong=[] if any(lost) else ["the plain offset reader lost nothing: too little moves"])


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--rate", type=float, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--page-size", type=int, default=PAGE)
    parser.add_argument("--latency-ms", type=int, default=40)
    options = parser.parse_args()
    plan = Plan(rows=options.rows, rate=options.rate, page_size=options.page_size)
    print(f"{plan.rows:,} bills, {plan.rate:g} changes per second, pages of {plan.page_size}, {options.latency_ms} ms")
    off = 0
    seeds = range(options.seed, options.seed + options.runs)
    for outcome in campaign(plan, seeds, options.latency_ms):
        print(outcome.told, *outcome.wrong[:TOLD_MAX], sep="\n", flush=True)
        off += len(outcome.wrong)
    print(f"{off} things are off")
    return 1 if off else 0


if __name__ == "__main__":
    sys.exit(main())
