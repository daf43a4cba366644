"""Sentences about a file or table whose rows become documents: what no setting says of it, and what became of it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bill_documents.grouping.notation_advice import advice
from bill_values.provenance import SOURCE_ERRORS, SOURCE_ROWS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bill_documents.grouping.documents import Documents
    from bill_documents.grouping.query import QueryPlan
    from bill_documents.grouping.workspace import Workspace
    from bill_documents.mapping.layout import Layout

NAMES_SHOWN = 10
"""Files of a folder or archive that are named because they are not read."""

ROWS_NAMED_MAX = 3
"""Rows that a summary names per column; `_source_errors` has them all."""


class Tally:
    """The account of one file, without any of its values."""

    def __init__(self) -> None:
        self.documents = 0
        self.rows = 0
        self.faulty = 0
        self.held = 0
        self.fields: set[str] = set()
        self._held_rows: list[int] = []
        self._rows_by_column: dict[str, list[int]] = defaultdict(list)
        self._count_by_column: dict[str, int] = defaultdict(int)

    def add(self, record: dict[str, Any]) -> None:
        """Count one document."""
        self.documents += 1
        self.rows += len(record[SOURCE_ROWS])
        problems = record[SOURCE_ERRORS] or ()
        self.faulty += bool(problems)
        for each in problems:
            column = each["column"] or each["field"]
            self.fields.add(each["field"])
            self._count_by_column[column] += 1
            if len(self._rows_by_column[column]) < ROWS_NAMED_MAX:
                self._rows_by_column[column].append(each["row"])

    def hold(self, record: dict[str, Any]) -> None:
        """Count one document that is not sent."""
        self.held += 1
        if len(self._held_rows) < ROWS_NAMED_MAX:
            self._held_rows.append(record[SOURCE_ROWS][0])

    def held_rows(self) -> str:
        """The first rows of those that are not sent."""
        return _named(self._held_rows, self.held)

    def summary(self) -> str:
        """Errors by column, each with its first rows."""
        return "; ".join(
            f"{column}: {count} (row {_named(self._rows_by_column[column], count)})"
            for column, count in self._count_by_column.items()
        )


def _named(rows: Sequence[int], count: int) -> str:
    """The first of so many rows."""
    return ", ".join(map(str, rows[:ROWS_NAMED_MAX])) + (", ..." if count > ROWS_NAMED_MAX else "")


def counted(count: int, name: str) -> str:
    """A number of things, for people."""
    return f"{count} {name}" if count == 1 else f"{count} {name}s"


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence for people.

    Attributes:
        about: The file or table, or where files were looked for.
        text: The sentence.
        is_warning: Whether it is worth a look; otherwise it is only said.
    """

    about: str
    text: str
    is_warning: bool = True


def told_before(layout: Layout) -> Iterator[Told]:
    """Sentences before anything is sent: what the program has decided by itself, and what it does not read."""
    name, recognized = layout.file.name, layout.recognized
    if layout.beside:
        more = ", ..." if len(layout.beside) > NAMES_SHOWN else ""
        yield Told(layout.settings.entry.path, f"not read: {', '.join(layout.beside[:NAMES_SHOWN])}{more}")
    for remark in layout.file.remarks():
        yield Told(name, remark)
    if recognized:
        yield Told(name, f"recognized as BILL's import template for {recognized.template.title}", is_warning=False)
        if recognized.unused:
            yield Told(name, f"BILL does not use these columns: {', '.join(recognized.unused)}")
        if guesses := recognized.guesses(layout.header):
            how = "check it, and correct it under columns with template: true"
            yield Told(name, f"not documented by BILL, so {how}: {'; '.join(guesses)}")
    if layout.given_on:
        names = ", ".join(each.column for each in layout.given_on)
        yield Told(
            name, f"columns that feed no field, and go with their records as they are: {names}", is_warning=False
        )
    elif idle := layout.idle:
        # A misspelt column, or one that was forgotten, would otherwise go unnoticed.
        yield Told(name, f"columns that feed no field: {', '.join(idle)}", is_warning=layout.by_header)


def told_after(layout: Layout, plan: QueryPlan, space: Workspace, documents: Documents, tally: Tally) -> Iterator[Told]:
    """Sentences at the end: what became of the rows, and what of them is worth a look.

    Args:
        layout: The file's.
        plan: What its rows hold.
        space: Where they still are.
        documents: What has made its documents.
        tally: The account of these.
    """
    name = layout.file.name
    yield from _of_rows(layout, tally, space)
    for sentence in advice(layout, plan, space, tally.fields):
        yield Told(name, sentence)
    for text, remark in documents.remarks.items():
        if remark.count:
            yield Told(name, f"{remark.count} {text} (row {remark.first} is the first)")


def _of_rows(layout: Layout, tally: Tally, space: Workspace) -> Iterator[Told]:
    name, left_out = layout.file.name, space.left_out() if layout.where else 0
    yield Told(name, f"{counted(tally.documents, 'document')} from {counted(tally.rows, 'row')}", is_warning=False)
    if left_out:
        are = "is" if left_out == 1 else "are"
        yield Told(
            name, f"{counted(left_out, 'row')} {are} left out by {layout.settings.setting}.where", is_warning=False
        )
    if tally.held:
        yield Told(
            name,
            f"{tally.held} {layout.entity.stream} are held back, for every document that names them in this file is "
            f"rejected (row {tally.held_rows()}); they come with the corrected rejects",
        )
    if not tally.rows and not left_out and not space.total_rows and not tally.held:
        yield Told(name, "a header and no rows below it")
    if tally.faulty:
        faulty = f"{tally.faulty} of {tally.documents} documents carry errors and will be rejected"
        yield Told(name, f"{faulty}: {tally.summary()}")
    if space.total_rows:
        more = ", ..." if space.total_rows > len(space.first_totals) else ""
        rows = ", ".join(map(str, space.first_totals)) + more
        yield Told(name, f"{space.total_rows} rows are only the sum of those above them, and are left out (row {rows})")
