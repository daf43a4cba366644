"""The account of a run: every record received is created, updated, unchanged, deleted or rejected."""

from __future__ import annotations

import json
import os
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from rich.table import Table

from bill_api.identity.spelled import nearest
from target_bill.account.reasons import Reasons
from target_bill.account.receipts import Receipts
from target_bill.account.rejects import Rejects
from target_bill.files import private
from target_bill.model.outcome import ALWAYS_SHOWN, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from bill_api.table.entity import Entity
    from bill_program.console import PlainConsole
    from target_bill.account.carried_out import CarriedOut
    from target_bill.model.document import Document
    from target_bill.model.outcome import Outcome
    from target_bill.model.step import Step

REASONS_SHOWN = 10
TOLD_MAX = 10
"""Warnings of one kind that are told one by one."""

COMPLETE = "complete"
"""The end of a run that took in all of its input."""


@dataclass(slots=True)
class Line:
    """One stream's account: counts and money."""

    received: int = 0
    received_money: Decimal = Decimal(0)
    counts: Counter[Verdict] = field(default_factory=Counter)
    money: defaultdict[Verdict, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    @property
    def settled(self) -> int:
        """Records that have a verdict."""
        return self.counts.total()


class Report:
    """Counts records in and out, and writes the rejected ones down as they come.

    Args:
        folder: Where the files go; made if it is not there.
        is_plan: Whether it is about what would be written.
        approved: Tells how far the approved plan was carried out, if there is one.
        undo_days: Days for which what the run writes can be taken back.
    """

    def __init__(self, folder: Path, *, is_plan: bool, approved: CarriedOut | None = None, undo_days: int = 0) -> None:
        self.lines: dict[str, Line] = defaultdict(Line)
        self.notes: Counter[str] = Counter()
        self.warnings: Counter[str] = Counter()
        self._told: Counter[str] = Counter()
        self._reasons = Reasons()
        self._folder = folder
        self._is_plan = is_plan
        self._started = datetime.now(UTC)
        # To the millisecond, for runs are ordered by their names.
        self._stem = f"{self._started:%Y%m%dT%H%M%S}{self._started.microsecond // 1000:03}Z-{os.getpid()}"
        self._rejects = Rejects(self.path, self._stem)
        self._receipts = Receipts(self.path, self._stem, approved.hash if approved else None, _now)
        self._approved = approved
        self._is_complete = False
        self._undo_days = undo_days
        self._undoes: str | None = None
        self._to_undo = 0
        self._watchers: list[Callable[[Outcome], None]] = [approved.settled] if approved else []

    def reads(self, file: str | None) -> None:
        """Know the file that the run reads; None for a pipe."""
        self._receipts.input = file

    def knows_names(self, name_of: Callable[[Entity, str], str | None]) -> None:
        """Know the names of objects, which receipts have beside their ids."""
        self._receipts.name_of = name_of

    def takes_back(self, run: str, writes: int) -> None:
        """Know the run that is taken back, and how much of it there is to settle, of which a part comes at a time."""
        self._undoes, self._to_undo = run, writes

    @property
    def run(self) -> str:
        """The name of the run, with which the names of its files begin."""
        return self._stem

    @property
    def rejects(self) -> int:
        """Rejected records so far."""
        return sum(line.counts[Verdict.REJECTED] for line in self.lines.values())

    @property
    def adds_up(self) -> bool:
        """True if every record received, or all that is to be undone, has one verdict, in count and in money."""
        return self._settled_count >= self._to_undo and all(
            line.received == line.settled and line.received_money == sum(line.money.values(), Decimal(0))
            for line in self.lines.values()
        )

    def watch(self, watcher: Callable[[Outcome], None]) -> None:
        """Have something told of every outcome."""
        self._watchers.append(watcher)

    def received(self, document: Document) -> None:
        """Count a record in."""
        line = self.lines[document.stream]
        line.received += 1
        line.received_money += document.money
        self.dropped(document.dropped)
        self.warnings.update(_unknown(document.entity, name) for name in document.unknown)
        self.warnings.update(f"{document.stream}: {each}" for each in document.doubtful)
        for each in document.unattached:
            self._tell(f"not attached: {each}", "files not attached")

    def progress(self) -> str:
        """The progress of the run, for people."""
        done = "planned" if self._is_plan else "settled"
        return "; ".join(
            f"{stream}: {line.received:,} received, {line.settled:,} {done}, {line.counts[Verdict.REJECTED]:,} rejected"
            for stream, line in self.lines.items()
        )

    @property
    def _settled_count(self) -> int:
        return sum(line.settled for line in self.lines.values())

    @property
    def settled_of_received(self) -> str:
        """The part of the input, or of what is to be undone, that has an outcome, for people."""
        count = max(self._to_undo, sum(line.received for line in self.lines.values()))
        return f"{self._settled_count:,} of {count:,} {'planned' if self._is_plan else 'settled'}"

    @property
    def rest_of_rejects(self) -> str:
        """The fate of the other records where too many are rejected, for people."""
        if self._is_plan:
            return "nothing was written, and the plan has everything else"
        return "STATE is kept back, so the next run reads them again. Everything else is settled"

    def taken_over(self, step: Step) -> None:
        """Tell that an object has another owner now."""
        owner = step.owner.name if step.owner else "its owner"
        self._tell(f"taken over: {step.bill_id} from {owner} by {step.document.name}", "objects taken over")

    def made(self, entity: Entity, what: str) -> None:
        """Tell of an object that is created because a record names it."""
        self._tell(f"created on the way: {entity.stream} {what}", f"{entity.stream} created on the way")

    def noticed(self, step: Step) -> None:
        """Tell what a person should look at in a step."""
        for each in step.notices:
            self._tell(f"{step.document.stream} {step.document.name}: {each.text}", each.topic)

    def duplicate(self, entity: Entity, bill_id: str, like: str) -> None:
        """Tell of an object that another run may have created beside ours."""
        self._tell(
            f"{entity.stream}: {bill_id} is like {like}, was created meanwhile, and belongs to no record of this "
            "ledger: did another run create it? Compare the two in BILL",
            "possible duplicates of another run",
        )

    def _tell(self, text: str, kind: str) -> None:
        """A note of its own; of very many only the first, and how many more there are."""
        self._told[kind] += 1
        if self._told[kind] <= TOLD_MAX:
            self.notes[text] += 1
        else:
            self.notes[f"more {kind}"] += 1

    def dropped(self, fields: Iterable[str]) -> None:
        """Count references that mean nothing in this organization."""
        self.warnings.update(f"`{name}` does not carry over from another organization" for name in fields)

    def note(self, text: str, count: int = 1) -> None:
        """Count something that a person should know."""
        self.notes[text] += count

    def left_out(self, stream: str, records: int) -> None:
        """Count records in and out that are not to be written."""
        line = self.lines[stream]
        line.received += records
        line.counts[Verdict.LEFT_OUT] += records
        self.notes[f"`{stream}` repeats what other streams carry; not written"] += records

    def settled(self, outcome: Outcome) -> None:
        """Count a record out."""
        line = self.lines[outcome.document.stream]
        line.counts[outcome.verdict] += 1
        line.money[outcome.verdict] += outcome.document.money
        if outcome.note:
            self.notes[outcome.note] += 1
        if not self._is_plan:
            self._receipts.add(outcome)
        if outcome.verdict is Verdict.REJECTED:
            self._rejects.add(outcome)
            self._reasons.add(outcome)
        for tell in self._watchers:
            tell(outcome)

    def close(self, ended: str) -> Path:
        """Write the account as JSON.

        Args:
            ended: How the run ended, in words.

        Returns:
            The file.
        """
        self._is_complete = ended == COMPLETE
        self._rejects.close()
        self._receipts.close()
        path = self.path(".json")
        with private(path) as file:
            json.dump(self._as_json(ended), file, indent=2, ensure_ascii=False)
            file.write("\n")
        return path

    def show(self, console: PlainConsole) -> None:
        """Print the account for people."""
        title = self._title
        table = Table(title=f"target-bill: {title}", title_justify="left")
        table.add_column("stream")
        # A column of zeros is of no use on a narrow screen.
        shown = [
            each for each in Verdict if each in ALWAYS_SHOWN or any(line.counts[each] for line in self.lines.values())
        ]
        for column in ("received", *shown, "money", "rejected money"):
            table.add_column(column, justify="right", no_wrap=True)
        for stream, line in self.lines.items():
            counts = [line.received, *(line.counts[verdict] for verdict in shown)]
            sums = (line.received_money, line.money[Verdict.REJECTED])
            table.add_row(stream, *(f"{count:,}" for count in counts), *(f"{total:,.2f}" for total in sums))
        console.print(table)
        for note, count in [*self.notes.items(), *self.warnings.items()]:
            console.print(f"  {count:,} x {note}", soft_wrap=True)
        told = self._reasons.sentences()
        for each in told[:REASONS_SHOWN]:
            console.print(f"  rejected: {each}", soft_wrap=True)
        if len(told) > REASONS_SHOWN:
            console.print(f"  ... and {len(told) - REASONS_SHOWN:,} more reasons, which the report has")
        for each in self._files():
            console.print(f"  {each}", soft_wrap=True)

    @property
    def _title(self) -> str:
        of = f"undo of {self._undoes}: " if self._undoes else ""
        if not self.adds_up:
            return f"{of}stopped, {self.settled_of_received}"
        if self._is_plan:
            return f"{of}what {'it' if of else 'a run'} would do; nothing was written"
        return f"{of}every {'write' if of else 'record'} accounted for"

    def _files(self) -> Iterator[str]:
        """The files that a run leaves, for people."""
        yield from self._rejects.remarks
        if self.rejects:
            yield f"all rejected records: {', '.join(map(str, self._rejects.paths))}"
        if receipts := self._receipts.path:
            yield f"all that was written: {receipts}, and as .csv and .singer"
            if self._undo_days and not self._undoes:
                yield f"to take it back, within {self._undo_days} days: target-bill --config ... --undo {self._stem}"
        if self._approved:
            yield self._approved.sentence()
            left = self._approved.left(is_complete=self._is_complete)
            for each in left[:TOLD_MAX]:
                yield f"not carried out: {each['action']} of {each['stream']} {each['record']}: {each['why']}"
            if len(left) > TOLD_MAX:
                yield f"... and {len(left) - TOLD_MAX:,} more, which the report has"

    def path(self, end: str) -> Path:
        """The path of a file of this run.

        Args:
            end: What its name ends with.
        """
        return self._folder / f"{self._stem}{end}"

    def account(self) -> dict[str, Any]:
        """Every stream's account, the file that the run reads, and what is worth knowing."""
        return {
            "input": self._receipts.input,
            "streams": {
                stream: {
                    "received": line.received,
                    "received_money": str(line.received_money),
                    **{verdict.value: line.counts[verdict] for verdict in Verdict},
                    "money": {verdict.value: str(line.money[verdict]) for verdict in Verdict},
                }
                for stream, line in self.lines.items()
            },
            "notes": dict(self.notes) | dict(self.warnings) | dict.fromkeys(self._rejects.remarks, 1),
        }

    def _as_json(self, ended: str) -> dict[str, Any]:
        approved = self._approved
        return {
            "started_at": self._started.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "ended_at": _now(),
            "ended": ended,
            "adds_up": self.adds_up,
            **self.account(),
            "mode": "plan" if self._is_plan else "apply",
            "undoes": self._undoes,
            "plan": approved.hash if approved else None,
            "plan_steps": approved.as_json(is_complete=self._is_complete) if approved else None,
            "receipts": str(self._receipts.path) if self._receipts.path else None,
            "rejects": str(self._rejects.path) if self.rejects else None,
            "rejects_csv": [str(path) for path in self._rejects.csv_paths],
            "rejects_workbooks": [str(path) for path in self._rejects.workbook_paths],
            "reasons": [each.as_json() for each in self._reasons.most_frequent()],
        }


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@cache
def _unknown(entity: Entity, name: str) -> str:
    """The remark on a name that no field has; that of a line stands behind its array."""
    levels = [("", entity.fields)]
    if entity.lines:
        levels.append((f"{entity.lines.name}.", entity.lines.item_fields))
    own = name.removeprefix(levels[-1][0])
    if own != name:
        levels.reverse()
    near = next((f"{prefix}{found}" for prefix, fields in levels if (found := nearest(fields, own))), None)
    hint = f"; did you mean `{near}`?" if near else ""
    return f"`{name}` is not a field of {entity.name}: not sent{hint}"
