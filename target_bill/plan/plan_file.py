"""A plan as a file: what a run would do, with a hash, to be approved by a person (see `approval`).

`{"kind": "bill-plan", "version": 3, "organization_id": ..., "salt": ..., "steps": [...], "not_written": [...],
"about": {...}, "hash": "sha256:..."}`, a line for each step; a step has the stream, the source's key, what is done to
which object, what it refers to (see `pins`), its amount, the fields that an update changes, salted hashes of what its
object says (see `edits`), a salted fingerprint of all that would be sent, and the same for people (`shown`, see
`shown_step`). The readable files beside it are made of this one alone (see `readable`). Bank and tax numbers are
hidden.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any

from bill_values.exact_json import encode
from bill_values.visible import HIDDEN
from target_bill.files import private
from target_bill.model.document import salted
from target_bill.model.outcome import Verdict
from target_bill.plan.readable import readable_paths, write_readable
from target_bill.plan.shown_step import money, shown_outcome, source_of
from target_bill.plan.summary import money_table, steps_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from bill_program.console import PlainConsole
    from target_bill.model.outcome import Outcome
    from target_bill.model.step import Step
    from target_bill.plan.pins import Pins
    from target_bill.plan.shown_step import ShownSteps

KIND, VERSION = "bill-plan", 4
SHOWN_STEPS = 20

TOLD = frozenset({Verdict.REJECTED, Verdict.SKIPPED, Verdict.SUPERSEDED})
"""Verdicts on records that an approver might miss among the steps: each is told with its reason."""


@dataclass(slots=True)
class Sum:
    """Documents and their money: what the books have of it now, and then."""

    documents: int = 0
    money: Decimal = Decimal(0)
    before: Decimal = Decimal(0)

    def add(self, told: Mapping[str, Any]) -> None:
        """Count the document of a step, as people are shown it."""
        self.documents += 1
        self.money += Decimal(told["amount"] or 0)
        self.before += Decimal(told["amount_before"] or 0)

    def as_json(self) -> dict[str, Any]:
        """The sum as a plan holds it."""
        return {"documents": self.documents, "amount_before": money(self.before), "amount": money(self.money)}


class Plan:
    """A plan in the making.

    Args:
        path: Where it goes.
        organization_id: The organization that would be written to.
        pins: Pins what steps refer to.
        shown_steps: Shows steps to people.
        facts: What is to be known of the run: who makes the plan, and with which settings.
    """

    def __init__(
        self, path: Path, organization_id: str, pins: Pins, shown_steps: ShownSteps, facts: Mapping[str, Any]
    ) -> None:
        self.path = path
        self.count = 0
        self.hash = ""
        self._organization_id = organization_id
        self._pins = pins
        self._shown_steps = shown_steps
        self._facts = facts
        self._salt = secrets.token_hex(16)
        self._file: IO[str] | None = None
        self._told: IO[str] | None = None
        self._digest = hashlib.sha256()
        self._first: list[dict[str, Any]] = []
        self._done: defaultdict[tuple[str, str], Sum] = defaultdict(Sum)
        self._totals: defaultdict[tuple[str, str, str], Sum] = defaultdict(Sum)
        self._files: Counter[tuple[str, str]] = Counter()
        self._rows: Counter[tuple[str, str]] = Counter()
        self._made_on_the_way = 0

    def add(self, step: Step) -> None:
        """Take a step down."""
        row = self._row(step)
        line = encode(row)
        self._begin().write(("," if self.count else "") + "\n" + line)
        self._digest.update(line.encode())
        self.count += 1
        if len(self._first) < SHOWN_STEPS:
            self._first.append(row)
        told = row["shown"]
        self._made_on_the_way += told["is_made_on_the_way"]
        self._done[row["stream"], row["action"]].add(told)
        if told["party"]:
            self._totals[told["party_is"], told["party"], row["action"]].add(told)

    def settled(self, outcome: Outcome) -> None:
        """Take down where a record came from, and the reason of one that no step comes of."""
        source = source_of(outcome.document)
        if source["file"]:
            place = source["stream"], source["file"]
            self._files[place] += 1
            self._rows[place] += len(source["rows"])
        if outcome.verdict in TOLD:
            if self._told is None:
                self._told = TemporaryFile("w+", encoding="utf-8", newline="")  # noqa: SIM115  until the plan is closed
            self._told.write(encode(shown_outcome(outcome)) + "\n")

    def close(self, account: Mapping[str, Any]) -> None:
        """Bring the file to its end, with the hash, and write the readable ones beside it.

        Args:
            account: What became of the records of the input, and what is worth knowing of them.
        """
        file = self._begin()
        file.write('\n],"not_written":[')
        for number, line in enumerate(self._told_lines()):
            file.write(("," if number else "") + "\n" + line)
            self._digest.update(line.encode())
        about = encode(self._about(account))
        file.write(f'\n],"about":{about}')
        self._digest.update(about.encode())
        self.hash = f"sha256:{self._digest.hexdigest()}"
        file.write(f',\n"hash":{json.dumps(self.hash)}}}\n')
        file.close()
        write_readable(self.path)

    def _told_lines(self) -> Iterator[str]:
        if self._told is not None:
            with self._told as file:
                file.seek(0)
                yield from (line.rstrip("\n") for line in file)

    def _about(self, account: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "made_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            **self._facts,
            **account,
            "files": [
                {"stream": stream, "file": name, "records": count, "rows": self._rows[stream, name]}
                for (stream, name), count in self._files.items()
            ],
            "steps": [
                {"stream": stream, "action": action, **each.as_json()} for (stream, action), each in self._done.items()
            ],
            "made_on_the_way": self._made_on_the_way,
            "totals": self._totals_told(),
        }

    def show(self, console: PlainConsole) -> None:
        """Print the plan for people."""
        if (money := money_table(self._totals_told())) is not None:
            console.print(money)
        if self._first:
            console.print(steps_table(self._first))
        if self.count > len(self._first):
            console.print(f"  ... and {self.count - len(self._first):,} more")
        console.print(f"  the plan: {self.path} ({self.count:,} steps, {self.hash})", soft_wrap=True)
        page, table = readable_paths(self.path)
        console.print(f"  to be read and signed, in full: {page}, and as a table: {table}", soft_wrap=True)
        console.print("  carry it out with `mode: apply` and `plan` set to this file")

    def _totals_told(self) -> list[dict[str, Any]]:
        return [
            {"party_is": party_is, "party": party, "action": action, **each.as_json()}
            for (party_is, party, action), each in sorted(self._totals.items())
        ]

    def _row(self, step: Step) -> dict[str, Any]:
        document = step.document
        hidden = step.entity.sensitive
        return {
            "stream": document.entity.stream,
            "key": document.source_key,
            "source_key": document.name,
            "action": step.action.value,
            "object": self._pins.object_of(step),
            "references": self._pins.of(step),
            "owner": step.owner.source_key if step.owner else None,
            "amount": f"{document.money:.2f}" if step.entity.lines else None,
            "changes": [
                {
                    "field": each.field,
                    "from": HIDDEN if each.field in hidden else each.old,
                    "to": HIDDEN if each.field in hidden else each.new,
                }
                for each in step.changes
            ],
            "state": self._pins.state_of(step, self._salt),
            "notices": self._pins.named_in(step.entity, step.notices),
            "fingerprint": salted(document.digest, self._salt),
            "shown": self._shown_steps.of(step),
        }

    def _begin(self) -> IO[str]:
        if self._file is None:
            for readable in readable_paths(self.path):
                readable.unlink(missing_ok=True)  # that of an earlier plan would not be of this one
            self._file = private(self.path)
            head = {"kind": KIND, "version": VERSION, "organization_id": self._organization_id, "salt": self._salt}
            self._digest.update(identity_of(head))
            self._file.write(json.dumps(head)[:-1] + ', "steps": [')
        return self._file


def identity_of(head: Mapping[str, Any]) -> bytes:
    """The beginning of a plan's file, as its hash has it."""
    return json.dumps(head, sort_keys=True).encode()
