"""target-bill under faults of every kind and killed at random moments, until it is through: `make crash`.

Each round loads an input into empty books while calls fail before and after BILL has done them, answers are lost, late
or cut off, drip, or come in another order, uploads of files likewise, a part of a call is kept behind its refusal,
pages are capped, sessions end, and the target is killed (SIGKILL) and started again with the same input and ledger. In
every second round a second input with changes and deletes follows in the same way. Then the books must hold the input,
each record and each file once, field by field; the ledger must say the same; and one more run must call BILL not even
once. Then a person edits and pays some of what the second input wrote, and its runs are undone in the same way: what
was touched must be as it was left, and everything else as it was after the first input. Parties are called by other
spellings of their names, which are the same; some numbers are nearly others, and are not.

What nobody knows of BILL is turned this way and that from round to round; with `duplicate_names=allow` and
`allow_duplicate_invoice_numbers` BILL does not refuse what is sent twice. Everything comes from the seed; which call
meets which fault is a matter of timing, as it is in life.

Not among the faults: the hourly limit (BDC_1144), after which the target waits for the next clock hour, and a call that
BILL goes on with for longer than the target waits (`timeout_s` and a grace of two seconds).

    python campaigns/crash.py --rounds 200 --records 1000
    python campaigns/crash.py --rounds 20 --blind
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from random import Random
from typing import TYPE_CHECKING

from loads import SCANS, Author, Target, books_of, wrong, wrong_files, wrong_ledger
from syncs import bill
from undos import edit_and_pay, named_in, not_undone, runs_of, wrong_rows

from bill_simulator import defaults
from bill_simulator.behaviour.faults import every_kind
from target_bill.delivery.uploads import LATER_S

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loads import Books, Input
    from syncs import Bill

BLIND = str(Path(__file__).with_name("blind_target.py"))

ROUNDS, RECORDS, AT_ONCE = 200, 1000, 4
"""A round mostly waits, for calls that may still be executing: more than the cores can take go on together."""

EMPTY = ("--vendors", "0", "--customers", "0", "--bills", "0", "--invoices", "0")
TIMEOUT_S = 1
LATEST_MS = 2500
"""The latest that BILL does what it was told: the target waits for 3 s."""

FAULTS = every_kind(
    {
        "error": tuple({"code": code} for code in ("BDC_1322", "BDC_1001", "BDC_1109")),
        "late": ({"delay_ms": 300}, {"delay_ms": 1300}, {"delay_ms": LATEST_MS}, {}),
        "stall": ({"delay_ms": 400}, {}),
        "error_after": tuple({"code": code} for code in ("BDC_1002", "BDC_1119", "BDC_1171", "BDC_4711")),
    },
    without={},
)
WRITES, UPLOADS = "*/Crud/*", "/UploadAttachment.json"
READS = ("/List/*", "/Login.json", "/CurrentTime.json", "/GetDocuments.json")
WRITE_FAULTS, UPLOAD_FAULTS, READ_FAULTS = (3, 7), (1, 4), (0, 3)
KINDS_OF_CALLS = {WRITES: "write", UPLOADS: "upload"}
NOT_ALL = "is not taken back, and named"
"""The end of an undo that went through, and left something as it is."""

MAY_COME = "it may still come"
"""Of a file whose answer was lost, in the target's account."""

SWITCHES: dict[str, tuple[str, ...]] = {
    "duplicate_names": ("allow", "refuse"),
    "duplicate_name_code": ("BDC_1119", "BDC_1171"),
    "duplicate_bill_scope": ("vendor_number", "vendor_number_date"),
    "duplicates_of_inactive": ("ignore", "count"),
    "bulk_top_level": ("success", "any_failed", "all_failed"),
    "bulk_transaction": ("per_element", "all_or_nothing", "whole_request"),
    "duplicate_number_code": ("BDC_1171", "BDC_5370"),
    "update_lines": ("replace", "merge"),
    "update_without_lines": ("keep", "wipe"),
    "update_absent": ("keep", "clear"),
    "update_mandatory": ("optional", "required"),
    "sent_times": ("ignore", "refuse"),
    "empty_fields": ("null", "omit", "empty_text"),
    "default_order": ("created", "id", "updated_descending", "shuffled"),
    "null_comparison": ("differs", "unknown", "smallest", "empty_text"),
    "instants": ("seconds", "milliseconds"),
    "unnested_children": ("present", "lines_only", "everywhere", "absent", "empty"),
    "inactive_references": ("accept", "refuse"),
    "changed_texts": ("none", "names_and_countries"),  # an escaped text is left to a person: test_target_doubt.py
}
"""What nobody knows, and what must not matter."""

KILLS_MAX = 3
KILLED_WITHIN_S = (0.3, 6.0)
STARTS_MAX = 30
POLL_S = 0.02
TOLD_MAX = 10


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What a round found.

    Attributes:
        seed: Of the round.
        told: Under which circumstances.
        starts: How often the target was started.
        kills: How often it was killed.
        faults: How often each kind struck, by kind and path.
        wrong: Everything that is off.
        seconds: How long it took.
    """

    seed: int
    told: str = ""
    starts: int = 0
    kills: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def __str__(self) -> str:
        struck = ", ".join(f"{name} {times}" for name, times in sorted(self.faults.items())) or "none"
        return (
            f"seed {self.seed}: {self.starts} starts, {self.kills} kills, {self.seconds:.0f} s; faults: {struck}; "
            f"{self.told}; {len(self.wrong)} things are off"
        )


class Round:
    """One input, or two after one another, into fresh books.

    Args:
        books: Of a BILL that this round has for itself.
        seed: Of everything.
        folder: For files.
        blind: Whether the target is the one that resends blindly.
    """

    def __init__(self, books: Bill, seed: int, folder: Path, *, blind: bool = False) -> None:
        self._books = books
        self._dice = Random(seed)  # noqa: S311  repeatable, not secret
        self._folder = folder
        self._outcome = Outcome(seed=seed)
        books.control.reset()
        self._switches = {name: self._dice.choice(choices) for name, choices in SWITCHES.items()}
        self._options = {
            "batch_size": self._dice.choice((20, 35, 60, 100)),
            "on_match": self._dice.choice(("update", "skip", "reject")),
            "allow_duplicate_invoice_numbers": self._dice.random() < 1 / 2,
            "allow_deletes": True,
            "allow_negative": True,
            "allow_fewer_lines": ["bills", "invoices"],
        }
        books.control.switch(**self._switches)
        # Pages are capped below what is asked for, without a word.
        books.control.limit(list_rows=self._dice.choice((999, 100, 25)))
        books.control.limit(latency_ms=self._dice.choice((0, 20, 60)), write_latency_ms=self._dice.choice((0, 50)))
        settings = books.settings(timeout_s=TIMEOUT_S, attachment_dir=str(folder / SCANS), **self._options)
        self._target = Target(folder, settings, (BLIND,) if blind else ("-m", "target_bill"))
        self._author = Author(self._dice, books_of(books.control))
        self._inputs: list[Input] = []

    def run(self, records: int, *, changes: bool) -> Outcome:
        """Load an input of so many records, and with `changes` a second one; then look."""
        began = time.monotonic()
        made = self._author.first(records, twins=bool(self._options["allow_duplicate_invoice_numbers"]))
        self._load(made)
        if changes and not self._outcome.wrong:
            # Lines that BILL merges cannot be taken away: an update of that kind is an alarm, and rightly so.
            made = self._author.second(made, drops_lines=self._switches["update_lines"] == "replace")
            before, rows = books_of(self._books.control), self._target.ledger_rows()[0]
            earlier = set(runs_of(self._target))
            self._load(made)
            if not self._outcome.wrong:
                self._outcome.wrong += self._undo(before, rows, earlier)
        defaults = {name: choices[0] for name, choices in SWITCHES.items()}
        turned = [f"{name}={value}" for name, value in self._switches.items() if value != defaults[name]]
        options = [f"{name}={value}" for name, value in self._options.items()]
        self._outcome.told = f"{'with' if changes else 'no'} changes, {' '.join([*options, *turned])}"
        self._outcome.seconds = time.monotonic() - began
        return self._outcome

    def _load(self, made: Input) -> None:
        """Until the target is through; then look."""
        path = self._folder / "input.jsonl"
        made.write(path)
        self._inputs.append(made)
        self._script_faults()
        self._until_through(path)
        self._count_faults()
        self._outcome.wrong += self._off(made, path)

    def _until_through(self, path: Path, *more: str) -> None:
        kills = self._dice.randint(0, KILLS_MAX)
        for _ in range(STARTS_MAX):
            self._outcome.starts += 1
            if kills:
                kills -= 1
                code = self._killed(path, *more)
            else:
                code = self._target.load(path, *more)
            if code == 0 or (code > 0 and NOT_ALL in self._target.last_log()):
                return
            self._wait_for_uploads()
        self._outcome.wrong.append(f"after {STARTS_MAX} starts it is not through: {self._last_words()}")

    def _undo(self, before: Books, rows: Sequence[tuple[str, str, str]], earlier: set[str]) -> Iterator[str]:
        """Take all runs back that wrote since, newest first, until nothing more can be taken back."""
        control, path = self._books.control, self._folder / "input.jsonl"
        touched_ids = edit_and_pay(self._books, self._dice, before, books_of(control))
        touched = books_of(control)
        runs = [each for each in runs_of(self._target) if each not in earlier]
        self._script_faults()
        for run in runs:
            self._until_through(path, "--undo", run)
        self._count_faults()
        time.sleep(LATEST_MS / 1000)
        for run in runs:  # with nothing going wrong any more, for what was refused by a fault
            self._until_through(path, "--undo", run)
        books, (rows_now, open_calls) = books_of(control), self._target.ledger_rows()
        spared = named_in(self._folder / "reports", merges=self._switches["update_lines"] == "merge")
        yield from not_undone(before, touched, books, touched_ids, spared)
        stays = {*touched_ids, *(row["vendorId"] for row in books["Bill"] if row["id"] in touched_ids)}
        yield from wrong_rows(rows, rows_now, stays)
        if open_calls:
            yield f"undo: {open_calls} calls without an outcome"
        control.forget_requests()
        for run in runs:
            self._target.load(path, "--undo", run)
        if spared:
            return  # what BILL has taken in part is tried again
        written = [each for each in control.summary()["paths"] if "/Crud/" in each and "/Read/" not in each]
        yield from (f"undo: one more writes: {each}" for each in written)

    def _wait_for_uploads(self) -> None:
        """Files that may still come are sent again after a while: let that pass, once no call is executing any more."""
        if MAY_COME in self._target.last_log():
            time.sleep(LATEST_MS / 1000)
            self._books.control.advance(LATER_S)

    def _killed(self, path: Path, *more: str) -> int:
        """Start the target and kill it, after some seconds or some calls; how it ended."""
        after_s, after_calls = self._dice.uniform(*KILLED_WITHIN_S), self._dice.randint(1, 40)
        by_calls = self._dice.random() < 1 / 2
        self._books.control.forget_requests()
        began = time.monotonic()
        with self._target.start(path, *more) as process:
            while process.poll() is None:
                time.sleep(POLL_S)
                is_due = (
                    self._books.control.summary()["calls"] >= after_calls
                    if by_calls
                    else time.monotonic() - began >= after_s
                )
                if is_due:
                    process.kill()
                    self._outcome.kills += 1
                    break
            return process.wait()

    def _script_faults(self) -> None:
        writes = [(each, WRITES) for each in self._dice.sample(FAULTS, self._dice.randint(*WRITE_FAULTS))]
        writes += [(each, UPLOADS) for each in self._dice.sample(FAULTS, self._dice.randint(*UPLOAD_FAULTS))]
        reads = [
            (each, self._dice.choice(READS)) for each in self._dice.sample(FAULTS, self._dice.randint(*READ_FAULTS))
        ]
        for each, path in (*writes, *reads):
            self._books.control.fault(
                **each,
                path=path,
                nth=self._dice.randint(1, 2 if path in READS else 10),
                count=self._dice.randint(1, 2),
                chance=self._dice.choice((0.1, 0.3, 1.0)),
                seed=self._dice.randrange(10**6),
            )

    def _count_faults(self) -> None:
        for each in self._books.control.faults():
            kind = each["code"] if each["kind"] == "error" else each["kind"]
            self._outcome.faults[f"{kind} {KINDS_OF_CALLS.get(each['path'], 'read')}"] += each["fired"]
        self._books.control.clear_faults()
        self._outcome.faults = +self._outcome.faults

    def _off(self, made: Input, path: Path) -> Iterator[str]:
        """What is off, with nothing going wrong any more, and after the last late call has been carried out."""
        time.sleep(LATEST_MS / 1000)
        books = books_of(self._books.control)
        yield from wrong(made, books)
        yield from wrong_files(self._inputs, books, self._books.control.attachments(defaults.ORGANIZATION_ID))
        yield from wrong_ledger(made, books, *self._target.ledger_rows())
        self._books.control.forget_requests()
        if self._target.load(path):
            yield f"one more run fails: {self._last_words()}"
        paths = self._books.control.summary()["paths"]
        yield from (f"one more run writes: {each}" for each in paths if "/Crud/" in each or each == UPLOADS)

    def _last_words(self) -> str:
        lines = self._target.last_log().splitlines()
        return next((each for each in reversed(lines) if "rejected: " in each), " | ".join(lines[-3:]))


def rounds(seeds: Sequence[int], records: int, at_once: int, *, blind: bool) -> Iterator[Outcome]:
    """What each round found, as they end."""
    waiting: SimpleQueue[int] = SimpleQueue()
    ended: SimpleQueue[Outcome | BaseException] = SimpleQueue()
    for seed in seeds:
        waiting.put(seed)

    def work() -> None:
        with bill(*EMPTY) as books:
            while not waiting.empty():
                seed = waiting.get()
                with tempfile.TemporaryDirectory() as folder:
                    ended.put(Round(books, seed, Path(folder), blind=blind).run(records, changes=seed % 2 == 0))

    def worker() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001  raised again by whoever waits for it
            ended.put(error)

    with ThreadPoolExecutor(at_once) as pool:
        for _ in range(at_once):
            pool.submit(worker)
        for _ in seeds:
            outcome = ended.get()
            if isinstance(outcome, BaseException):
                raise outcome
            yield outcome


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--records", type=int, default=RECORDS)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--at-once", type=int, default=AT_ONCE)
    parser.add_argument("--blind", action="store_true", help="A target that resends without a look: must be noticed.")
    options = parser.parse_args()
    seeds = range(options.first_seed, options.first_seed + options.rounds)
    print(f"{options.rounds} rounds of {options.records:,} records, {options.at_once} at once")
    began = time.monotonic()
    total = Outcome(seed=0)
    for outcome in rounds(seeds, options.records, options.at_once, blind=options.blind):
        print(outcome, *outcome.wrong[:TOLD_MAX], sep="\n", flush=True)
        total.starts, total.kills = total.starts + outcome.starts, total.kills + outcome.kills
        total.faults += outcome.faults
        total.wrong += outcome.wrong
    print(
        f"{total.starts} starts, {total.kills} kills, {total.faults.total()} faults in {time.monotonic() - began:.0f} s"
    )
    print(", ".join(f"{name} {times}" for name, times in total.faults.most_common()))
    print(f"{len(total.wrong)} things are off")
    return 1 if total.wrong or not total.kills else 0


if __name__ == "__main__":
    sys.exit(main())
