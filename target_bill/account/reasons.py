"""Rejected records by reason: a file with one mistake in many rows is told once, with the rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bill_values.provenance import file_of, rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bill_api.table.problem import Problem
    from target_bill.model.document import Document
    from target_bill.model.outcome import Outcome

REASONS_MAX = 1_000
"""Reasons that are told apart; a run that has more of them is not told better by more."""

EXAMPLES_MAX = 3
"""Records and rows of a reason that are named; the rejects have them all."""

OTHERS = ("", "other reasons")


@dataclass(slots=True, kw_only=True)
class Example:
    """A record that is rejected, and where it comes from.

    Attributes:
        name: Its key.
        file: Its file; None where the record does not say so.
        rows: The first of its rows there.
        row_count: The number of its rows there.
        reason: What is wrong with it.
    """

    name: str
    file: str | None
    rows: list[int]
    row_count: int
    reason: str


@dataclass(slots=True, kw_only=True)
class Reason:
    """One reason, and the records that are rejected for it.

    Attributes:
        stream: Theirs.
        place: The field, whichever line.
        kind: What is wrong, without values.
        code: BILL's code for the first of them.
        hint: What to do about the first of them.
        records: Their number.
        money: Their sum.
        examples: The first ones.
    """

    stream: str
    place: str
    kind: str
    code: str | None
    hint: str
    records: int = 0
    money: Decimal = Decimal(0)
    examples: list[Example] = field(default_factory=list)

    def add(self, document: Document, problem: Problem) -> None:
        """Count a record."""
        self.records += 1
        self.money += document.money
        if len(self.examples) < EXAMPLES_MAX:
            self.examples.append(_example(document, problem))

    @property
    def record(self) -> str:
        """The first record, and where it is."""
        first = self.examples[0]
        return f"{self.stream} {first.name}{_source(first)}"

    def of_one(self) -> str:
        """All that is known of the first record for people, in one sentence and the hint."""
        return f"{self._placed(self.examples[0].reason)}. {self.hint}".rstrip()

    def of_several(self) -> str:
        """The reason for people, with the number of records, their money and the first of them."""
        first = self.examples[0]
        more = "" if first.reason.endswith(self.kind) else f" (such as: {first.reason})"
        what = f"{self.records:,} x {self.stream}: {self._placed(self.kind)}{more}"
        return f"{what}; {self.money:,.2f} in {self._examples()}. {self.hint}".rstrip()

    def _placed(self, text: str) -> str:
        place = f"{self.place}: " if self.place else ""
        return f"{place}{text}{f' ({self.code})' if self.code else ''}"

    def _examples(self) -> str:
        """The first records: by their rows where all have them in one file, and otherwise by their keys."""
        first = self.examples[0]
        rows = [row for each in self.examples for row in each.rows[:1]]
        more = ", ..." if self.records > len(self.examples) else ""
        if first.file and len(rows) == len(self.examples) and {each.file for each in self.examples} == {first.file}:
            return f"rows {', '.join(map(str, rows))}{more} of {first.file}"
        return ", ".join(each.name for each in self.examples) + more

    def as_json(self) -> dict[str, Any]:
        """The reason for the report."""
        return {
            "stream": self.stream,
            "field": self.place or None,
            "reason": self.kind,
            "code": self.code,
            "hint": self.hint,
            "records": self.records,
            "money": str(self.money),
            "examples": [
                {"source_key": each.name, "file": each.file, "rows": each.rows, "reason": each.reason}
                for each in self.examples
            ],
        }


class Reasons:
    """Counts rejected records by reason; one with several problems counts for each of them."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, str], Reason] = {}

    def add(self, outcome: Outcome) -> None:
        """Count a rejected record."""
        document = outcome.document
        groups: dict[tuple[str, str], Problem] = {}
        for each in outcome.problems:
            groups.setdefault(each.group, each)  # two lines with one mistake are one record with it
        for (place, kind), problem in groups.items():
            key = (document.stream, place, kind)
            if key not in self._found and len(self._found) >= REASONS_MAX:
                key = (document.stream, *OTHERS)
            if key not in self._found:
                hint = problem.hint if key[1:] != OTHERS else ""
                self._found[key] = Reason(stream=key[0], place=key[1], kind=key[2], code=problem.code, hint=hint)
            self._found[key].add(document, problem)

    def sentences(self) -> list[str]:
        """One for each reason that several records have, and one for each other record, with all that is wrong."""
        several: list[str] = []
        single: dict[str, list[str]] = {}
        for each in self.most_frequent():
            if each.records > 1:
                several.append(each.of_several())
            else:
                single.setdefault(each.record, []).append(each.of_one())
        return [*several, *(f"{record}: {' '.join(dict.fromkeys(said))}" for record, said in single.items())]

    def most_frequent(self) -> list[Reason]:
        """All reasons, those of most records first."""
        return sorted(self._found.values(), key=lambda each: -each.records)


def _example(document: Document, problem: Problem) -> Example:
    record: Mapping[str, Any] = document.record
    given = rows_of(record)
    return Example(
        name=document.name,
        file=file_of(record),
        rows=given[:EXAMPLES_MAX],
        row_count=len(given),
        reason=problem.reason,
    )


def _source(example: Example) -> str:
    if not example.file:
        return ""
    if not example.rows:
        return f" ({example.file})"
    shown = ", ".join(map(str, example.rows)) + (", ..." if example.row_count > len(example.rows) else "")
    return f" ({example.file}, rows {shown})"
