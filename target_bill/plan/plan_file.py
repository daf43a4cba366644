"""A plan as a file: what a run would do, with a hash, to be approved by a person and held against the run.

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

from rich.table import Table

from bill_api.table.kinds import shown
from bill_api.table.problem import Problem
from bill_program.errors import SettingsError
from bill_values.exact_json import encode
from bill_values.visible import HIDDEN
from target_bill.account.carried_out import CarriedOut
from target_bill.files import private
from target_bill.model.document import salted
from target_bill.model.outcome import Verdict
from target_bill.model.step import Action, name_of
from target_bill.plan.readable import readable_paths, write_readable
from target_bill.plan.shown_step import ShownSteps, money, shown_outcome, source_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from bill_program.console import PlainConsole
    from target_bill.model.outcome import Outcome
    from target_bill.model.step import Step
    from target_bill.plan.pins import Pins

KIND, VERSION = "bill-plan", 3
SHOWN_STEPS, SHOWN_PARTIES = 20, 15
BOOKED = (Action.CREATE, Action.UPDATE)
"""Actions whose money the table of parties has."""

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
        self._first: list[tuple[Step, dict[str, Any]]] = []
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
            self._first.append((step, row))
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
            "totals": [
                {"party_is": party_is, "party": party, "action": action, **each.as_json()}
                for (party_is, party, action), each in sorted(self._totals.items())
            ],
        }

    def show(self, console: PlainConsole) -> None:
        """Print the plan for people."""
        parties = self._parties()
        if parties:
            console.print(_money_table(parties))
        if self._first:
            console.print(self._steps_table())
        if self.count > len(self._first):
            console.print(f"  ... and {self.count - len(self._first):,} more")
        console.print(f"  the plan: {self.path} ({self.count:,} steps, {self.hash})", soft_wrap=True)
        page, table = readable_paths(self.path)
        console.print(f"  to be read and signed, in full: {page}, and as a table: {table}", soft_wrap=True)
        console.print("  carry it out with `mode: apply` and `plan` set to this file")

    def _parties(self) -> Mapping[str, Sum]:
        """The money that would be booked, by vendor and customer."""
        found: defaultdict[str, Sum] = defaultdict(Sum)
        for (_, party, action), each in self._totals.items():
            if action in BOOKED:
                found[party].documents += each.documents
                found[party].money += each.money
        return found

    def _steps_table(self) -> Table:
        table = Table(title="plan: what would be done", title_justify="left")
        for column in ("stream", "what", "record", "changes"):
            table.add_column(column)
        table.add_column("money", justify="right")
        for step, row in self._first:
            changed = "; ".join(_created(step, row) if step.action is Action.CREATE else _changed(step, row))
            money = f"{step.document.money:,.2f}" if step.entity.lines else ""
            changed = "; ".join(filter(None, (changed, *row["shown"]["warnings"])))
            if step.action is Action.TAKE_OVER and step.owner is not None:
                changed = f"{step.bill_id} from {step.owner.name}"
            table.add_row(row["stream"], row["action"], step.document.name, changed, money)
        return table

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
            "fingerprint": salted(document.digest, self._salt),
            "shown": self._shown_steps.of(step),
        }

    def _begin(self) -> IO[str]:
        if self._file is None:
            for readable in readable_paths(self.path):
                readable.unlink(missing_ok=True)  # that of an earlier plan would not be of this one
            self._file = private(self.path)
            head = {"kind": KIND, "version": VERSION, "organization_id": self._organization_id, "salt": self._salt}
            self._digest.update(_identity(head))
            self._file.write(json.dumps(head)[:-1] + ', "steps": [')
        return self._file


class Approval:
    """An approved plan: nothing else may be done.

    Args:
        path: The plan's file.
        organization_id: The organization that is written to.

    Raises:
        SettingsError: It is no plan, one for another organization, or one that was changed.
    """

    def __init__(self, path: Path, organization_id: str) -> None:
        self._path = path
        plan = _read(path)
        if plan.get("organization_id") != organization_id:
            raise _unusable(path, f"is for the organization {plan.get('organization_id')!r}")
        self._salt = str(plan["salt"])
        self.hash = str(plan["hash"])
        for row in plan["steps"]:
            row.pop("shown", None)  # what people read is not kept in memory
        self._steps = {(row["stream"], row["key"], row["action"]): row for row in plan["steps"]}
        self.carried_out = CarriedOut(self.hash, {step: row["source_key"] for step, row in self._steps.items()})

    def problem(self, step: Step, pins: Pins) -> Problem | None:
        """Why a step may not be done, or None.

        Args:
            step: What would be done.
            pins: Tells whether what it refers to is what was planned.
        """
        row = self._steps.get((*step.document.key, step.action.value))
        if row is None:
            what, kind = f"{step.action.value} of {step.document.name} does not stand", "the step does not stand"
        elif row["fingerprint"] != salted(step.document.digest, self._salt):
            what = f"the record {step.document.name} has another content than"
            kind = "the record has another content than"
        elif another := pins.problem(step, row["references"], row["object"]):
            what, kind = f"{another}, as", "it refers to another object than"
        elif moved := pins.edited(step, row, self._salt):
            what = f"{step.bill_id} was edited in BILL ({moved}), and is not as it stands"
            kind = "the object was edited in BILL, and is not as it stands"
        elif {each["field"] for each in row["changes"]} != {each.field for each in step.changes}:
            what, kind = f"{step.bill_id} differs in other fields than", "the object differs in other fields than"
        else:
            self.carried_out.begins(step)
            return None
        hint = "Make a new plan (`mode: plan`), and have it approved."
        where = f" in the approved plan {self._path}"
        return Problem(field=None, reason=what + where, hint=hint, kind=kind + where)


def _read(path: Path) -> Mapping[str, Any]:
    try:
        plan: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
        head = {name: plan[name] for name in ("kind", "version", "organization_id", "salt")}
        if (head["kind"], head["version"]) != (KIND, VERSION):
            raise _unusable(path, f"is a {head['kind']!r} of version {head['version']!r}")
        digest = hashlib.sha256(_identity(head))
        for row in plan["steps"]:
            _ = row["references"], row["object"], row["state"]
            digest.update(encode(row).encode())
        if "about" in plan:  # plans of earlier releases end with their steps
            for row in (*plan["not_written"], plan["about"]):
                digest.update(encode(row).encode())
    except OSError as error:
        raise SettingsError(f"setting `plan`: {path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError):
        raise _unusable(path, "is no plan") from None
    if plan.get("hash") != f"sha256:{digest.hexdigest()}":
        raise _unusable(path, "was changed after it was made: its hash does not fit")
    return plan


def _unusable(path: Path, why: str) -> SettingsError:
    return SettingsError(f"setting `plan`: {path} {why}; make a new one with `mode: plan`")


def _identity(head: Mapping[str, Any]) -> bytes:
    return json.dumps(head, sort_keys=True).encode()


def _money_table(parties: Mapping[str, Sum]) -> Table:
    table = Table(title="plan: money by vendor and customer", title_justify="left")
    table.add_column("name")
    table.add_column("documents", justify="right")
    table.add_column("money", justify="right")
    ranked = sorted(parties.items(), key=lambda each: (-abs(each[1].money), each[0]))
    for name, each in ranked[:SHOWN_PARTIES]:
        table.add_row(name, f"{each.documents:,}", f"{each.money:,.2f}")
    rest = [each for _, each in ranked[SHOWN_PARTIES:]]
    if rest:
        money = sum((each.money for each in rest), Decimal(0))
        table.add_row(f"{len(rest):,} others", f"{sum(each.documents for each in rest):,}", f"{money:,.2f}")
    table.add_section()
    money = sum((each.money for each in parties.values()), Decimal(0))
    table.add_row("total", f"{sum(each.documents for each in parties.values()):,}", f"{money:,.2f}")
    return table


def _created(step: Step, row: Mapping[str, Any]) -> Iterator[str]:
    """What a new object will be known by: the record's own key may be a number that says nothing to people."""
    named = {each["field"]: each["name"] or name_of(each["record"]) for each in row["references"] if _has_name(each)}
    for name in step.entity.natural_key:
        value = named.get(name) or shown(step.entity.by_name[name], step.body.get(name))
        if value:
            yield f"{name}: {HIDDEN if name in step.entity.sensitive else value}"


def _has_name(reference: Mapping[str, Any]) -> bool:
    return bool(reference["name"] or reference.get("record"))


def _changed(step: Step, row: Mapping[str, Any]) -> Iterator[str]:
    for each in row["changes"]:
        yield f"{each['field']}: {_short(step, each, 'from')} -> {_short(step, each, 'to')}"


def _short(step: Step, change: Mapping[str, Any], side: str) -> str:
    if isinstance(change[side], list):
        return f"{len(change[side])} lines"
    return shown(step.entity.by_name.get(change["field"]), change[side]) or "nothing"
