"""The rows of one document to one record: typed, agreed on, and honest about what could not be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_bill_csv.errors import quoted
from tap_bill_csv.schema import SOURCE_ERRORS, SOURCE_FILE, SOURCE_ROWS
from tap_bill_csv.values import Value, days_after

if TYPE_CHECKING:
    from tap_bill_csv.grouping import Group, Row
    from tap_bill_csv.layout import Cell, Layout, Level

Problem = dict[str, Any]
"""An element of `_source_errors`: row, column, field, value, message."""


def document(layout: Layout, group: Group) -> dict[str, Any]:
    """The record of one document.

    A field that could not be read is null and stands in `_source_errors` with its row, column and text. Nothing is
    left out for it: whoever writes to BILL refuses a record that has `_source_errors`.
    """
    problems: list[Problem] = []
    record: dict[str, Any] = _head(layout, group, problems)
    if layout.array and layout.lines:
        record[layout.array.name] = [
            _line(layout.lines, row, len(layout.head.cells), layout.array.name, problems) for row in group.rows
        ]
    record[SOURCE_FILE] = layout.file.path
    record[SOURCE_ROWS] = [row.line for row in group.rows]
    record[SOURCE_ERRORS] = problems or None
    return record


def _head(layout: Layout, group: Group, problems: list[Problem]) -> dict[str, Value | None]:
    values = layout.head.blank.copy()
    failed: set[str] = set()
    first = group.rows[0]
    for place, cell in enumerate(layout.head.cells):
        name = cell.field.name
        before = len(problems)
        if name in layout.key:
            _check_key(layout, cell, first, first.texts[place], problems)
        if len(problems) == before:
            value = _agreed(cell, group.rows, place, problems)
            values[name] = values[name] if value is None else value
        if len(problems) > before:
            values[name] = None
            failed.add(name)
    _derive(layout.head, values, failed, first.line, "", problems)
    if group.earlier and layout.lines:
        problems.append(_repeated(layout, group, *group.earlier))
    return values


def _line(level: Level, row: Row, offset: int, array: str, problems: list[Problem]) -> dict[str, Value | None]:
    values = level.blank.copy()
    failed: set[str] = set()
    for place, cell in enumerate(level.cells, start=offset):
        text = row.texts[place]
        if text is None:
            continue
        if cell.parse is None:
            values[cell.field.name] = text
            continue
        try:
            values[cell.field.name] = cell.parse(text)
        except ValueError as error:
            # Null, not the default: a default must not paper over a text that was meant to be something else.
            values[cell.field.name] = None
            failed.add(cell.field.name)
            problems.append(_problem(row.line, cell, text, str(error)))
    _derive(level, values, failed, row.line, f"{array}.", problems)
    return values


def _agreed(cell: Cell, rows: list[Row], place: int, problems: list[Problem]) -> Value | None:
    """What all rows that say anything say; a blank says nothing."""
    text: str | None = None
    value: Value | None = None
    line = 0
    differing: list[tuple[int, str]] = []
    for row in rows:
        other = row.texts[place]
        if other is None or other == text:
            continue
        try:
            read = cell.parse(other) if cell.parse else other
        except ValueError as error:
            problems.append(_problem(row.line, cell, other, str(error)))
            return None
        if text is None:
            text, value, line = other, read, row.line
        elif read != value:
            differing.append((row.line, other))
    if differing and text is not None:
        problems.append(_disagreement(cell, (line, text), differing))
    return value


def _check_key(layout: Layout, cell: Cell, row: Row, text: str | None, problems: list[Problem]) -> None:
    if text is None:
        message = "blank, so nobody can say to which document the row belongs"
        problems.append(_problem(row.line, cell, text, message))
    elif text.casefold() in layout.not_keys:
        message = "is listed in not_keys: it identifies nothing, so the row stands alone"
        problems.append(_problem(row.line, cell, text, message))


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
                values[name] = days_after(day, rule.days)
            except ValueError as error:
                problems.append(
                    {"row": line, "column": None, "field": prefix + name, "value": day, "message": str(error)}
                )


def _disagreement(cell: Cell, first: tuple[int, str], differing: list[tuple[int, str]]) -> Problem:
    line, text = differing[0]
    if cell.field.sensitive:
        message = f"row {first[0]} and row {line} differ"
    else:
        message = f"row {first[0]} has {quoted(first[1])}, row {line} has {quoted(text)}"
    if len(differing) > 1:
        message += f" ({len(differing)} rows differ from row {first[0]})"
    return _problem(line, cell, text, f"the rows of one document disagree: {message}")


def _repeated(layout: Layout, group: Group, path: str, line: int) -> Problem:
    message = f"the same document begins in {path} at row {line}; its lines there would be replaced by these"
    by_name = {cell.field.name: (cell, place) for place, cell in enumerate(layout.head.cells)}
    cell, place = next(by_name[name] for name in reversed(layout.key) if name in by_name)
    return _problem(group.rows[0].line, cell, group.rows[0].texts[place], message)


def _problem(line: int, cell: Cell, text: str | None, message: str) -> Problem:
    return {
        "row": line,
        "column": cell.column,
        "field": cell.path,
        "value": None if cell.field.sensitive else text,
        "message": message,
    }
