"""A plan as a file: what a run would do, with a hash, to be approved by a person (see `approval`).

`{"kind": "bill-plan", "version": 4, "organization_id": ..., "salt": ..., "steps": [...], "not_written": [...],
"about": {...}, "hash": "sha256:..."}`, a line for each step; a step has the stream, the source's key, what is done to
which object, what it refers to (see `pins`), its amount, the fields that an update changes, salted hashes of what its
object says (see `edits`), a salted fingerprint of all that would be sent, and the same for people (`shown`, see
`shown_step`). The readable files beside it are made of this one alone (see `readable`). Bank and tax numbers are
hidden.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any

from bill_api.table.kinds import is_empty
from bill_program.errors import SettingsError
from bill_values.exact_json import encode
from bill_values.visible import HIDDEN
from target_bill.files import private
from target_bill.model.document import salted
from target_bill.model.outcome import Verdict
from target_bill.model.step import Action
from target_bill.plan.readable import readable_paths, write_readable
from target_bill.plan.shown_step import money, shown_outcome, source_of
from target_bill.plan.summary import money_tables, steps_table

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
READABLE = (".html", ".csv")
HASH_AT_END, END_BYTES = re.compile(r'"hash":"sha256:([0-9a-f]{12})[0-9a-f]{52}"\}\s*\Z'), 200

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

    def go_on(self, told: Mapping[str, Any]) -> None:
        """Count a further step of a document that is counted already."""
        self.money += Decimal(told["amount"] or 0) - Decimal(told["amount_before"] or 0)

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
        made_by: What is to be known of the run: its user, and the settings.
    """

    def __init__(
        self, path: Path, organization_id: str, pins: Pins, shown_steps: ShownSteps, made_by: Mapping[str, Any]
    ) -> None:
        self.path = path
        self.count = 0
        self.hash = ""
        self._organization_id = organization_id
        self._pins = pins
        self._shown_steps = shown_steps
        self._made_by = made_by
        self._salt = secrets.token_hex(16)
        self._file: IO[str] | None = None
        self._told: IO[str] | None = None
        self._digest = hashlib.sha256()
        self._first: list[dict[str, Any]] = []
        self._done: defaultdict[tuple[str, str], Sum] = defaultdict(Sum)
        self._totals: defaultdict[tuple[str, str, str, str], Sum] = defaultdict(Sum)
        self._files: Counter[tuple[str, str]] = Counter()
        self._rows: Counter[tuple[str, str]] = Counter()
        self._made_on_the_way = 0
        self._brought_back: set[tuple[str, str]] = set()
        self._undoes: str | None = None
        self._kept: Path | None = None

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
        self._count_money(row)

    def takes_back(self, run: str) -> None:
        """Know the run that the plan takes back."""
        self._undoes = run

    def _count_money(self, row: Mapping[str, Any]) -> None:
        """Count the money of a step; that of a document which is brought back and changed then once."""
        told, place = row["shown"], (row["stream"], row["key"])
        if not told["party"]:
            return
        party = told["party_is"], told["party"], row["stream"]
        if row["action"] == Action.UPDATE and place in self._brought_back:
            self._totals[*party, Action.UNDELETE].go_on(told)
            return
        if row["action"] == Action.UNDELETE:
            self._brought_back.add(place)
        self._totals[*party, row["action"]].add(told)

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
            **self._made_by,
            "undoes": self._undoes,
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
        for table in money_tables(self._totals_told()):
            console.print(table)
        if self._first:
            console.print(steps_table(self._first))
        if self.count > len(self._first):
            console.print(f"  ... and {self.count - len(self._first):,} more")
        if self._kept is not None:
            console.print(f"  the plan that was there before is kept as {self._kept}", soft_wrap=True)
        console.print(f"  the plan: {self.path} ({self.count:,} steps, {self.hash})", soft_wrap=True)
        page, rows = readable_paths(self.path)
        console.print(f"  to be read and signed, in full: {page}, and as a table: {rows}", soft_wrap=True)
        again = f" and `--undo {self._undoes}`" if self._undoes else ""
        console.print(f"  carry it out with `mode: apply` and `plan` set to this file{again}", soft_wrap=True)

    def _totals_told(self) -> list[dict[str, Any]]:
        return [
            {"party_is": party_is, "party": party, "stream": stream, "action": action, **each.as_json()}
            for (party_is, party, stream, action), each in sorted(self._totals.items())
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
            "amount": money(document.money) if step.entity.lines else None,
            "changes": [
                {
                    "field": each.field,
                    "from": _unless_hidden(each.old, is_hidden=each.field in hidden),
                    "to": _unless_hidden(each.new, is_hidden=each.field in hidden),
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
            self._kept = _put_aside(self.path)
            self._file = private(self.path)
            head = {"kind": KIND, "version": VERSION, "organization_id": self._organization_id, "salt": self._salt}
            self._digest.update(identity_of(head))
            self._file.write(json.dumps(head)[:-1] + ', "steps": [')
        return self._file


def _unless_hidden(value: Any, *, is_hidden: bool) -> Any:
    """A value of a step; of a bank or tax number only whether there is one."""
    return HIDDEN if is_hidden and not is_empty(value) else value


def check_path(path: Path) -> None:
    """Refuse a path to which no plan may be written.

    Raises:
        SettingsError: It is a folder, or the name of something else.
    """
    if path.is_dir() or not path.name:
        raise SettingsError(f"setting `plan`: {str(path)!r} is a folder; give the name of a file, as plan.json")
    if path.suffix.lower() in READABLE:
        own = path.with_suffix(".json")
        raise SettingsError(
            f"setting `plan`: {path} would not be a {path.suffix[1:].upper()} file; give {own}, and the page and the "
            "table are written beside it"
        )
    if path.exists() and path.stat().st_size and not _begin_of(path).startswith(f'{{"kind": "{KIND}"'):
        raise SettingsError(f"setting `plan`: {path} is there, and no plan: it is not overwritten; give another name")


def _put_aside(path: Path) -> Path | None:
    """Keep a plan that was there, for it may be signed, under its hash; remove what is left of an unfinished one."""
    kept = None
    if (plan_hash := _hash_at_end(path)) is not None:
        kept = path.with_name(f"{path.name.removesuffix('.json')}-{plan_hash}.json")
        path.replace(kept)
    for readable, old in zip(readable_paths(path), readable_paths(kept or path), strict=True):
        if kept is not None and readable.exists():
            readable.replace(old)
        else:
            readable.unlink(missing_ok=True)  # that of an earlier plan would not be of this one
    return kept


def _begin_of(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(len(KIND) + 20).decode(errors="replace")


def _hash_at_end(path: Path) -> str | None:
    """The beginning of the hash of a plan's file, as its page has it on each sheet; None for one without an end."""
    if not path.exists():
        return None
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - END_BYTES))
        found = HASH_AT_END.search(file.read().decode(errors="replace"))
    return found[1] if found else None


def identity_of(head: Mapping[str, Any]) -> bytes:
    """The beginning of a plan's file, as its hash has it."""
    return json.dumps(head, sort_keys=True).encode()
