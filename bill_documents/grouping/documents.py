"""The rows of one document to one record: typed, agreed on, and honest about what could not be read."""

from __future__ import annotations

import json
from collections import ChainMap
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from bill_api.identity.days import DUE_DATE, DUE_FAR, due_too_far, due_unusual
from bill_api.identity.deletes import is_marked, unclear_marks
from bill_api.identity.sensitive import FORM_LENGTH_MIN, may_be_json, without_secrets
from bill_api.identity.totals import TOTAL, wrong_total
from bill_api.table.entity import IS_DELETED, is_active
from bill_api.table.fields import NUMBERS, FieldType
from bill_api.table.kinds import DUST, EXACT, RefusedValueError, kind_of, same, setting_for, without_value
from bill_documents.errors import quoted
from bill_documents.grouping.given_on import give_on
from bill_documents.grouping.orphans import how_to_leave_out
from bill_documents.grouping.problems import DISAGREE, problem_of
from bill_documents.grouping.query import NOT_EVALUATED
from bill_documents.mapping.sensitive_columns import is_of_hidden
from bill_documents.reading.rows import unpacked
from bill_values.notations import number_reader
from bill_values.provenance import (
    SOURCE_CELLS,
    SOURCE_DELIMITER,
    SOURCE_ERRORS,
    SOURCE_FILE,
    SOURCE_KEY,
    SOURCE_ROWS,
    SOURCE_STREAM,
    SOURCE_TYPED,
)
from bill_values.rejects import RECORD
from bill_values.spelling import DIGITS_KEPT
from bill_values.visible import HIDDEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bill_documents.grouping.problems import Problem
    from bill_documents.grouping.query import QueryPlan, RowFault
    from bill_documents.grouping.workspace import Group, Row
    from bill_documents.mapping.cells import Cell, Level
    from bill_documents.mapping.expressions import Expression
    from bill_documents.mapping.layout import Layout
    from bill_documents.mapping.levels import Value
    from bill_documents.reading.rows import Staged
    from bill_documents.remarks import Refusal, Remark

LINE = 0
ROWS_NAMED_MAX = 10
"""Rows that a problem names; `_source_rows` has them all."""

MAY_LACK_IT = ", and a document that has come may lack this line: fill it in, or leave the row out by where"

TEXTS_KEPT, TEXT_KEPT_MAX = 512, 100
"""Texts of one column whose values are kept, and their longest, in characters."""

LOST_DIGITS = (
    "keys are numbers of 16 digits or more that end in zeros, as spreadsheets leave them that keep 15: compare them "
    "with their source"
)
FLOATED = "amounts are less than a millionth of a cent off whole cents, as programs that count in floats leave them"

DELETED = "rows are deleted in the source, and are no lines"

DUST_LENGTH_MIN = len("0.00000000")
"""A text that is no longer has no dust, unless it has an exponent."""


class Documents:
    """Makes the records of one file.

    A field that could not be read is null and stands in `_source_errors` with its row, column and text. Nothing is
    left out for it: whoever writes to BILL refuses a record that has `_source_errors`.
    """

    def __init__(self, layout: Layout, plan: QueryPlan, staged: Staged) -> None:
        self._layout = layout
        self._plan = plan
        refused = staged.found.refused
        cells = [
            _Placed(
                cell, place, failed, _refused(layout.places(cell), refused), is_of_hidden(layout, cell, plan.hidden)
            )
            for cell, place, failed in zip(layout.cells, plan.texts, plan.failures, strict=True)
        ]
        typed = layout.file.typed
        names = layout.header.names
        self._typed = None if typed is None else {names[place]: each.as_json() for place, each in typed.items()}
        self._found = staged.found
        self._unused = frozenset(layout.unused)
        self._hideable = tuple(name for name in names if name in self._unused or name in plan.hidden)
        self._ruled = [(rule, _refused(layout.mentioned(rule), refused)) for rule in layout.rules] if refused else []
        heads, marks = len(layout.head.cells), len(layout.marks)
        self._head, self._lines = cells[:heads], cells[heads : len(cells) - marks]
        self._marks = cells[len(cells) - marks :]

    @property
    def remarks(self) -> Mapping[str, Remark]:
        """Rows by what is said of them, whether their reading or their content has shown it."""
        return self._found.remarks

    def document(self, group: Group) -> dict[str, Any]:
        """The record of one document."""
        layout, plan = self._layout, self._plan
        problems: list[Problem] = []
        group, is_deleted = self._without_deleted(group, problems) if self._marks else (group, False)
        record: dict[str, Any] = self._head_of(group, problems)
        if self._marks:
            record[IS_DELETED] = is_deleted
        is_kept = is_active(record) and not is_deleted
        if is_kept:  # of what is to be deleted no day matters, and no total
            self._check_due(record, group, problems)
        if layout.array and layout.lines:
            record[layout.array.name] = [self._line_of(layout.lines, row, problems) for row in group.rows]
            if record.get(TOTAL) is not None and not problems and is_kept:
                self._check_total(record, group, problems)
        problems.extend(self._wrong(group.rows))
        if layout.optional:
            record[SOURCE_KEY] = json.dumps(self._key_of(group.rows[0]), ensure_ascii=False)
        if layout.is_of_records:
            give_on(layout, plan, self._found, group.rows, record, problems)
        record[SOURCE_ERRORS] = problems or None
        return record | self._provenance(group)

    def _wrong(self, rows: list[Row]) -> Iterator[Problem]:
        """The problems of rows as such, whatever their cells say."""
        if self._plan.owner is not None and not self._layout.settings.entry.fill_down:
            yield from self._orphaned(self._plan.owner, rows)
        if len(rows) > 1:
            yield from self._claimed(rows)
        yield from self._unfit(rows)
        for fault in self._plan.faults:
            yield from _faults(fault, rows)
        for rule, refused in self._ruled:
            yield from _ruled_by(rule, refused, rows)

    def _without_deleted(self, group: Group, problems: list[Problem]) -> tuple[Group, bool]:
        """A document without the rows that are marked as deleted; with all of them if all are, and so it is itself."""
        rows = [row for row in group.rows if not self._is_deleted(row, problems)]
        if not rows or not self._layout.lines:
            return group, not rows
        kept = {row[LINE] for row in rows}
        for row in group.rows:
            if row[LINE] not in kept:
                self._remark(DELETED, row)
        return replace(group, rows=rows), False

    def _is_deleted(self, row: Row, problems: list[Problem]) -> bool:
        """True if a row is marked as deleted; what of its marks is unclear is a problem."""
        marks = {placed.cell.field.name: placed.text(row) for placed in self._marks}
        unclear = {each.field: each for each in unclear_marks(marks)}
        told = [(placed, unclear.get(placed.cell.field.name)) for placed in self._marks]
        problems.extend(placed.problem(row, each.reason, each.kind) for placed, each in told if each)
        return is_marked(marks) and not unclear

    def _provenance(self, group: Group) -> dict[str, Any]:
        """The provenance of a document."""
        layout, plan = self._layout, self._plan
        record: dict[str, Any] = {}
        if stream := self._found.streams.get(group.rows[0][LINE]):
            record[SOURCE_STREAM] = stream
        record[SOURCE_FILE] = layout.file.name
        record[SOURCE_ROWS] = [row[LINE] for row in group.rows]
        if plan.rest is not None:
            record[SOURCE_CELLS] = [self._source_cells(row, plan.rest) for row in group.rows]
            if self._typed is None:
                record[SOURCE_DELIMITER] = layout.header.dialect.delimiter
            else:
                record[SOURCE_TYPED] = self._typed
        return record

    def _source_cells(self, row: Row, rest: int) -> dict[str, str]:
        """A row as the file has it, in the order of its columns, without the texts of those that are hidden."""
        layout, plan = self._layout, self._plan
        names = layout.header.names
        texts = dict(zip(layout.staged, [row[place] for place in plan.origins], strict=True))
        if len(texts) < len(names):
            others = [place for place in range(len(names)) if place not in texts]
            texts |= zip(others, unpacked(row[rest], len(others)), strict=True)
        for place, refused in self._found.refused.items():
            if row[LINE] in refused and (mark := refused[row[LINE]].mark):
                texts[place] = mark
        cells = {name: texts[place] for place, name in enumerate(names)}
        for name in self._doubtful(cells):
            cells[name] = self._shown(name, cells[name])
        return cells

    def _doubtful(self, cells: Mapping[str, str]) -> Iterable[str]:
        """The columns in whose texts something may have to be hidden: all where JSON may stand in one."""
        together = "".join(cells.values())
        return tuple(cells) if "{" in together or "[" in together else self._hideable

    def _shown(self, name: str, text: str) -> str:
        if name in self._plan.hidden:
            return text and HIDDEN
        if len(text) < FORM_LENGTH_MIN or not (name in self._unused or may_be_json(text)):
            return text
        shown: str = without_secrets((), name if name in self._unused else "", text)
        return shown

    def _head_of(self, group: Group, problems: list[Problem]) -> dict[str, Value | None]:
        layout = self._layout
        values = layout.head.blank.copy()
        failed: set[str] = set()
        for placed in self._head:
            name = placed.cell.field.name
            before = len(problems)
            if name in layout.key:
                self._check_key(placed, group, problems)
            if len(problems) == before:
                value = _agreed(placed, group.rows, problems)
                values[name] = values[name] if value is None else value
            if len(problems) > before:
                values[name] = None
                failed.add(name)
        _derive(layout.head, values, failed, group.rows[0][LINE], "", problems)
        if group.earlier and layout.lines:
            problems.append(self._repeated(group, *group.earlier))
        return values

    def _line_of(self, level: Level, row: Row, problems: list[Problem]) -> dict[str, Value | None]:
        values = level.blank.copy()
        failed: set[str] = set()
        for placed in self._lines:
            try:
                value = placed.value(row)
            except ValueError as error:
                # Null, not the default: a default must not paper over a text that was meant to be something else.
                values[placed.cell.field.name] = None
                failed.add(placed.cell.field.name)
                problems.append(placed.unread(row, error))
            else:
                if value is not None:
                    values[placed.cell.field.name] = value
                    if placed.is_money and placed.has_dust(row, value):
                        self._remark(FLOATED, row)
        if level.derived:
            array = self._layout.array
            _derive(level, values, failed, row[LINE], f"{array.name}." if array else "", problems)
        return values

    def _remark(self, text: str, row: Row) -> None:
        self._found.note(text, row[LINE])

    def _check_key(self, placed: _Placed, group: Group, problems: list[Problem]) -> None:
        row = group.rows[0]
        part, text = self._layout.key_parts[placed.cell.field.name], placed.text(row)
        if row[LINE] in placed.refused or self._layout.is_of_records:
            return  # to read it says why; whether a record has a key, it is told where it goes
        if not group.has_key and (fault := part.fault(text)):
            more = "" if self._layout.file.has_order or not self._layout.lines else MAY_LACK_IT
            problems.append(placed.problem(row, f"{fault}{more}"))
        elif len(text) > DIGITS_KEPT and part.has_lost_digits(text):
            self._remark(LOST_DIGITS, row)

    def _key_of(self, row: Row) -> list[str]:
        """The canonical texts of a document's key."""
        layout = self._layout
        raw = {placed.cell.field.name: placed.text(row) for placed in self._head}
        return [
            layout.key_parts[name].text(raw[name]) if name in layout.key_parts else layout.key_constants[name]
            for name in layout.key
        ]

    def _orphaned(self, place: int, rows: Sequence[Row]) -> Iterator[Problem]:
        """One problem that names the rows without a head of their own, for their file does not say whose they are."""
        lines = [row[LINE] for row in rows if row[place] is not None]
        if lines:
            named = ", ".join(map(str, lines[:ROWS_NAMED_MAX]))
            more = f" and {len(lines) - ROWS_NAMED_MAX} more" if len(lines) > ROWS_NAMED_MAX else ""
            missing = self._missing([row for row in rows if row[place] is not None])
            key = ", ".join(cell.field.name for cell in missing)
            said = "row {} has a line and no" if len(lines) == 1 else "rows {} have lines and no"
            message = (
                f"{said.format(named + more)} {key}; set "
                f"{self._layout.settings.setting}.fill_down to true if the document above goes on there, or fill it "
                "in; rows that are no lines are left out by where"
            )
            first = missing[0]
            yield problem_of(lines[0], first.column, first.path, None, message, f"rows have lines and no {key}")

    def _unfit(self, rows: Sequence[Row]) -> Iterator[Problem]:
        """The problem of a record of rejects that is not as it was."""
        for row in rows if self._found.unfit else ():
            if refusal := self._found.unfit.get(row[LINE]):
                array = self._layout.array
                field = array.name if array else self._layout.key[0]
                yield problem_of(row[LINE], RECORD, field, None, refusal.text, refusal.kind)
                return

    def _missing(self, orphaned: Sequence[Row]) -> list[Cell]:
        """The cells of the key that one of these rows leaves blank."""
        parts = self._layout.key_parts
        fed = [(placed, parts[placed.cell.field.name]) for placed in self._head if placed.cell.field.name in parts]
        return [placed.cell for placed, part in fed if not all(part.text(placed.text(row)) for row in orphaned)]

    def _claimed(self, rows: Sequence[Row]) -> Iterator[Problem]:
        """A problem for each of several lines that says that it is a total: of one alone it would be no more."""
        claims = self._found.claims
        for row in rows if claims else ():
            if text := claims.get(row[LINE]):
                said = "is a word for a total, and the row is a line beside others, and not left out as their sum"
                advice = f"{how_to_leave_out(self._layout)}, or set {self._layout.settings.setting}.totals to false"
                message = f"{text!r} {said}; {advice} if it is a line"
                yield problem_of(row[LINE], None, self._lines[0].cell.path, text, message, said)

    def _check_due(self, values: Mapping[str, Value | None], group: Group, problems: list[Problem]) -> None:
        """Refuse a due date that is decades from its invoice date, and remark on one that is unusual.

        `target-bill` says so too, of records of any source; here the row is told, also where no target comes after.
        """
        if message := due_too_far(values):
            placed = next((each for each in self._head if each.cell.field.name == DUE_DATE), self._head[0])
            problems.append(placed.problem(group.rows[0], message, DUE_FAR))
        elif unusual := due_unusual(values):
            self._remark(unusual, group.rows[0])

    def _check_total(self, record: dict[str, Any], group: Group, problems: list[Problem]) -> None:
        """Hold the total that the file gives against the lines; BILL is told the lines only."""
        array = self._layout.array
        said = record[TOTAL]
        lines = record[array.name] if array else ()
        if problem := wrong_total(self._layout.entity, said, record, lines):
            placed = next(each for each in self._head if each.cell.field.name == TOTAL)
            problems.append(placed.problem(group.rows[0], problem.reason, problem.kind))

    def _repeated(self, group: Group, path: str, line: int) -> Problem:
        message = f"the same document begins in {path} at row {line}; its lines there would be replaced by these"
        by_name = {placed.cell.field.name: placed for placed in self._head}
        placed = next(by_name[name] for name in reversed(self._layout.key) if name in by_name)
        return placed.problem(group.rows[0], message, f"the same document begins in {path}")


class _Placed:
    """A cell and where a row holds it."""

    __slots__ = ("_exact", "_known", "cell", "failed", "is_hidden", "is_money", "place", "refused")

    def __init__(
        self, cell: Cell, place: int, failed: int | None, refused: Mapping[int, Refusal], is_hidden: bool
    ) -> None:
        self.cell = cell
        self.place = place
        self.failed = failed
        self.refused = refused
        self.is_hidden = is_hidden
        self.is_money = cell.field.type is FieldType.MONEY
        self._exact = number_reader(cell.writing)
        # Files repeat the texts of most columns, those of amounts the least. To keep more makes DuckDB's rows slower.
        self._known = self._read if cell.field.type in NUMBERS else lru_cache(maxsize=TEXTS_KEPT)(self._read)

    def text(self, row: Row) -> str:
        """Its text, blank where there is none."""
        text: str = row[self.place]
        return text.strip()

    def value(self, row: Row) -> Value | None:
        """Its value, None where it is blank; ValueError where it cannot be read."""
        if self.refused and row[LINE] in self.refused:
            refusal = self.refused[row[LINE]]
            raise RefusedValueError(refusal.text, refusal.kind)
        if self.failed is not None and row[self.failed]:
            raise ValueError(NOT_EVALUATED)
        text: str = row[self.place]
        return self._known(text) if len(text) <= TEXT_KEPT_MAX else self._read(text)

    def has_dust(self, row: Row, value: Value) -> bool:
        """True if its text says a little more or less than the value that was read."""
        text = self.text(row)
        if len(text) <= DUST_LENGTH_MIN and "e" not in text.lower():
            return False
        try:
            off = abs(EXACT.subtract(self._exact(text), Decimal(str(value))))
        except (ValueError, ArithmeticError):  # a word, for which the mapping has a value
            return False
        return bool(0 < off < DUST)

    def _read(self, text: str) -> Value | None:
        value: Value | None = self.cell.read(text)
        return value

    def unread(self, row: Row, error: ValueError) -> Problem:
        """The problem with a text that cannot be read."""
        instead = f", or set {setting}" if (setting := setting_for(error)) else ""
        message = without_value(error) if self.is_hidden else str(error)
        return self.problem(row, f"{message}{instead}", f"{kind_of(error)}{instead}")

    def problem(self, row: Row, message: str, kind: str = "") -> Problem:
        """The problem with it in a row; account numbers are not shown."""
        cell = self.cell
        text = None if self.is_hidden else self.text(row) or None
        return problem_of(row[LINE], cell.column, cell.path, text, message, kind)


def _agreed(placed: _Placed, rows: Sequence[Row], problems: list[Problem]) -> Value | None:
    """The value of all rows that have one; a blank is none."""
    text: str | None = None
    value: Value | None = None
    first: Row | None = None
    differing: list[Row] = []
    for row in rows:
        other = row[placed.place]
        if first is not None and other == text and placed.failed is None and not placed.refused:
            continue
        try:
            read = placed.value(row)
        except ValueError as error:
            problems.append(placed.unread(row, error))
            return None
        if read is None:
            continue
        if first is None:
            text, value, first = other, read, row
        elif read != value and not same(placed.cell.field, read, value):
            differing.append(row)
    if differing and first is not None:
        problems.append(_disagreement(placed, first, differing))
    return value


def _disagreement(placed: _Placed, first: Row, differing: list[Row]) -> Problem:
    other = differing[0]
    if placed.is_hidden:
        message = f"row {first[LINE]} and row {other[LINE]} differ"
    else:
        message = (
            f"row {first[LINE]} has {quoted(placed.text(first))}, row {other[LINE]} has {quoted(placed.text(other))}"
        )
    if len(differing) > 1:
        message += f" ({len(differing)} rows differ from row {first[LINE]})"
    return placed.problem(other, f"{DISAGREE}: {message}", DISAGREE)


def _derive(
    level: Level,
    values: dict[str, Value | None],
    failed: set[str],
    line: int,
    prefix: str,
    problems: list[Problem],
) -> None:
    for name, rule in level.derived.items():
        day = values[rule.field]
        if values[name] is None and name not in failed and isinstance(day, str):
            try:
                values[name] = rule.after(day)
            except ValueError as error:
                problems.append(problem_of(line, None, prefix + name, day, str(error)))


def _faults(fault: RowFault, rows: Sequence[Row]) -> Iterator[Problem]:
    """One problem, however many rows of the document have it."""
    lines = [row[LINE] for row in rows if row[fault.place]]
    if lines:
        more = f" (and {len(lines) - 1} more of its rows)" if len(lines) > 1 else ""
        expression = fault.expression
        yield problem_of(lines[0], f"({expression.sql})", expression.setting, None, fault.reason + more, fault.reason)


def _refused(places: Iterable[int], refused: Mapping[int, Mapping[int, Refusal]]) -> Mapping[int, Refusal]:
    """The rows in which a cell of one of these columns is refused, with the reason."""
    return ChainMap(*(dict(refused[place]) for place in places if place in refused))


def _ruled_by(rule: Expression, refused: Mapping[int, Refusal], rows: Sequence[Row]) -> Iterator[Problem]:
    """One problem where a rule is about a cell that is refused: what it says of that row means nothing."""
    line = next((row[LINE] for row in rows if row[LINE] in refused), None)
    if line is not None:
        yield problem_of(line, f"({rule.sql})", rule.setting, None, refused[line].text, refused[line].kind)
