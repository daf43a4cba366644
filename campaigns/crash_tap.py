"""tap-bill is killed wherever it stands, and goes on from its last STATE; nothing may be missing: `make crash`.

It is killed (SIGKILL) at its n-th List call, for each n until it ends before; and after its n-th line, while nobody
drains the pipe. It is resumed from the last complete STATE line, and killed again in the same place for as long as that
STATE moves on. Then the books decide, for two warehouses: one that has every complete line, and one whose target went
down too and has no more than what stood before each STATE. Once more with others who change rows between the runs.

    python campaigns/crash_tap.py --rows 940 --page-size 100
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syncs import ENTITY, LIST, PATIENCE_S, Output, Tap, bill, warehouse, wrong

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from syncs import Bill, Version

ROWS, PAGE_ROWS = 940, 100
"""About 12 pages."""

CALLS_MAX = 100
CHANGES, TOGETHER = 60, 12
"""Rows that others change between two runs, and how many of them in one go."""

PIPE_BYTES = 4096
"""So small that the tap waits in the midst of a line for somebody to drain it."""

POLL_S = 0.002
TOLD_MAX = 10


@dataclass(slots=True)
class Chain:
    """Runs that go on from each other.

    Attributes:
        books: Of what they read.
        tap: Who reads.
        moving: Whether others change rows between them.
        seed: Of what they change.
        kills: How many were killed.
        resumed: How many began at a STATE.
    """

    books: Bill
    tap: Tap
    moving: bool
    seed: int
    kills: int = 0
    resumed: int = 0

    def run(self, killed: Callable[[Any], Output | None]) -> tuple[list[Output], Output]:
        """Those that were killed, and the one that ended by itself; `killed` is None when it ended before."""
        outputs: list[Output] = []
        state: Any = None
        while (output := killed(state)) is not None:
            self.kills += 1
            outputs.append(output)
            if self.moving:
                self._others_work()
            if output.state in (None, state):
                break  # it would be killed in the same place for ever
            state = output.state
            self.resumed += 1
        return outputs, self.tap.sync(state)

    def at_call(self, nth: int) -> Callable[[Any], Output | None]:
        """Killed when BILL has answered every List call before the n-th."""

        def killed(state: Any) -> Output | None:
            path = self.tap.folder / "killed.jsonl"
            self.books.control.fault("stall", LIST, nth=nth)
            with path.open("wb") as out, self.tap.start(state, stdout=out) as process:
                give_up_at = time.monotonic() + PATIENCE_S
                while not (held := self.books.control.faults()[0]["fired"]) and process.poll() is None:
                    if time.monotonic() > give_up_at:
                        process.kill()
                        raise TimeoutError("tap-bill neither calls nor ends")
                    time.sleep(POLL_S)
                self.books.control.clear_faults()
                if not held:
                    self.tap.ended(process)
                    return None
                process.kill()
            with path.open("rb") as lines:
                return Output.of(lines)

        return killed

    def at_line(self, nth: int) -> Callable[[Any], Output | None]:
        """Killed when its n-th line has been read; it may have written on, as far as the pipe takes it."""

        def killed(state: Any) -> Output | None:
            with self.tap.start(state, stdout=subprocess.PIPE, pipesize=PIPE_BYTES) as process:
                if process.stdout is None:
                    raise RuntimeError("no pipe")
                lines = [line for _, line in zip(range(nth), process.stdout, strict=False)]
                if len(lines) < nth:
                    self.tap.ended(process)
                    return None
                process.kill()
                return Output.of([*lines, *process.stdout])

        return killed

    def _others_work(self) -> None:
        control = self.books.control
        plan = {"rate_per_s": 100_000, "stop_after": CHANGES, "together": TOGETHER, "entities": [ENTITY]}
        control.mutate(**plan, seed=self.seed + self.kills)
        while control.mutator()["running"]:
            time.sleep(POLL_S)


def wrong_end(books: Bill, killed: Sequence[Output], last: Output) -> Iterator[str]:
    """What the two warehouses have otherwise than the books."""
    now = books.books()
    whole: list[Sequence[Version]] = [each.versions for each in killed]
    certain = [each.versions[: each.settled] for each in killed]
    for name, versions in (("every line", whole), ("every line before a STATE", certain)):
        yield from (f"{name}: {each}" for each in wrong(now, warehouse(*versions, last.versions)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a chain found.

    Attributes:
        told: A short account.
        kills: How many runs were killed.
        resumed: How many runs began at a STATE.
        wrong: Everything that is off.
    """

    told: str
    kills: int
    resumed: int
    wrong: list[str]


def chain(books: Bill, page_size: int, place: str, nth: int, *, moving: bool) -> Outcome:
    """One place to be killed in, on fresh books."""
    books.control.reset()
    with tempfile.TemporaryDirectory() as folder:
        tap = Tap(Path(folder), books.settings(page_size=page_size, lookback_s=0))
        runs = Chain(books, tap, moving, seed=nth * CALLS_MAX)
        killed, last = runs.run(runs.at_call(nth) if place == "call" else runs.at_line(nth))
        found = list(wrong_end(books, killed, last))
    rows = ", ".join(f"{len(each.versions)} ({each.settled}){' torn' * each.torn}" for each in killed)
    title = f"killed at {place} {nth}{', others at work' if moving else ''}"
    return Outcome(
        told=f"{title}: {rows or 'never'}; then {len(last.versions)}; {len(found)} things are off",
        kills=runs.kills,
        resumed=runs.resumed,
        wrong=[f"{title}: {each}" for each in found],
    )


def campaign(rows: int, page_size: int) -> Iterator[Outcome]:
    """Every call of a sync, and lines in the midst of it."""
    with bill("--bills", str(rows)) as books:
        for moving in (False, True):
            for nth in range(1, CALLS_MAX):
                outcome = chain(books, page_size, "call", nth, moving=moving)
                yield outcome
                if not outcome.kills:
                    break
            for nth in range(2, rows, max(1, rows // 6)):
                yield chain(books, page_size, "line", nth, moving=moving)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--page-size", type=int, default=PAGE_ROWS)
    options = parser.parse_args()
    print(f"{options.rows} bills, pages of {options.page_size}; rows out of each killed run (before its last STATE)")
    off = kills = resumed = 0
    for outcome in campaign(options.rows, options.page_size):
        print(outcome.told, *outcome.wrong[:TOLD_MAX], sep="\n", flush=True)
        off, kills, resumed = off + len(outcome.wrong), kills + outcome.kills, resumed + outcome.resumed
    print(f"{kills} kills, {resumed} runs resumed from a STATE, {off} things are off")
    return 1 if off or not resumed else 0


if __name__ == "__main__":
    sys.exit(main())
