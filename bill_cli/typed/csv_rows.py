"""The rows of a CSV that people made, or that a spreadsheet has saved anew."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bill_api.entities import BY_NAME
from bill_api.identity.references import aliases
from bill_api.table.entity import Operation
from bill_api.table.fields import mandatory
from bill_cli.typed.bodies import Body, is_flag
from bill_cli.typed.checked_rows import BY_ID, Wrong, checked
from bill_cli.typed.field_names import known_field, spelling_of
from bill_cli.typed.objections import called
from bill_cli.typed.option_values import Named, WrongTextError, field_named
from bill_cli.typed.resources import name_of
from bill_cli.typed.saved_cells import Doubtful, FileNotation, notation_of
from bill_values.spelling import broken
from bill_values.spreadsheet_cells import APOSTROPHE, text_of
from bill_values.spreadsheet_words import boolean_of
from bill_values.visible import in_quotes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field

DELIMITERS = (",", ";", "\t")
"""Signs that may part the cells of a CSV, the likelier ones first."""

NAMES_MAX = 4
"""Names of columns that are quoted from what may be no header."""

_DELIMITER_TOLD = re.compile(r'"?sep=(.)"?\r?\n', re.IGNORECASE)
"""A first line that tells Excel what parts the cells; it is no row there."""


def csv_rows(entity: Entity, operation: Operation, content: bytes) -> Iterator[Body | Wrong]:
    """The rows of a CSV.

    Args:
        entity: What they are of.
        operation: What is to be done with them.
        content: In UTF-8, without its mark.

    Raises:
        WrongTextError: It cannot be read, or its header cannot.
    """
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise WrongTextError(f"not UTF-8 at byte {error.start}; save it as UTF-8") from None
    told = _DELIMITER_TOLD.match(text)
    above = 0
    if told:
        text, above = text[told.end() :], 1
    delimiter = told[1] if told else _delimiter(text)
    _check_zero_bytes(text, delimiter, above)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [text_of(each.strip()) for each in next(reader, [])]
        _check_header(entity, operation, header)
        rows = _placed(reader, above)
        if operation not in BY_ID:
            yield from _saved(entity, operation, header, list(rows))
            return
        for row in rows:
            yield _cells(entity, operation, header, row.cells, row.place)
    except csv.Error as error:
        raise WrongTextError(f"line {reader.line_num + above}: {error}") from None


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a CSV; below a gap if an empty row stands above it, and others above that."""

    place: str
    cells: list[str]
    is_below_gap: bool


def _placed(reader: Iterator[list[str]], above: int) -> Iterator[_Row]:
    """The rows with something in them, and where: their numbers in a spreadsheet, with the line where that is another.

    Args:
        reader: The CSV's, behind the header.
        above: Lines above the header.
    """
    last = reader.line_num  # type: ignore[attr-defined]
    has_begun = has_gap = False
    for number, cells in enumerate(reader, 2):
        line, last = last + 1 + above, reader.line_num  # type: ignore[attr-defined]
        if any(map(str.strip, cells)):
            place = f"line {line}" if line == number else f"row {number} (line {line})"
            yield _Row(place, cells, is_below_gap=has_gap)
            has_begun = True
        else:
            has_gap = has_begun


def _check_zero_bytes(text: str, delimiter: str, above: int) -> None:
    place = text.find("\0")
    if place >= 0:
        line_begin = text.rfind("\n", 0, place) + 1
        line = text.count("\n", 0, line_begin) + 1 + above
        column = text.count(delimiter, line_begin, place) + 1
        raise WrongTextError(f"line {line}, column {column}: a zero byte, which no text has; save it as CSV in UTF-8")


def _delimiter(text: str) -> str:
    """Delimiters of the names in the first line: no field has any of these in its name."""
    header = text.partition("\n")[0]
    return max(DELIMITERS, key=header.count)


def _check_header(entity: Entity, operation: Operation, header: list[str]) -> None:
    """Names of fields, each once; BILL would ignore a misspelt one without a word."""
    names = [name for name in header if name]
    if not names:
        raise WrongTextError("no header with the names of fields")
    spellings = Counter(map(spelling_of, names))
    twice = [f"{i} `{name}`" for i, name in enumerate(header, 1) if spellings[spelling_of(name)] > 1]
    if twice:
        raise WrongTextError(f"columns of the same name: {', '.join(twice)}: which counts is not known, take one out")
    if operation is not Operation.BULK_CREATE and "id" not in header:
        meant = next((f"for `{name}`, did you mean `id`?" for name in names if spelling_of(name) == "id"), "")
        raise WrongTextError(f"no column `id`: {meant or f'the first line has {_first(names)}'}")
    if operation in BY_ID:
        return
    for name in names:
        is_told = operation is Operation.BULK_UPDATE and known_field(entity.fields, name) is not None
        if name != "id" and not is_told and not is_flag(entity, name):
            field_named(entity.fields, name, entity.name)
    if operation is Operation.BULK_CREATE:
        given = {known_field(entity.fields, name) for name in names}
        missing = [called(entity.fields, each) for each in mandatory(entity.fields) if each not in given]
        if missing:
            raise WrongTextError(f"no column {', '.join(missing)}: BILL wants that of every {name_of(entity)}")


def _first(names: Sequence[str]) -> str:
    """The first of some names, so that a line that is no header is known by them."""
    shown = ", ".join(in_quotes(name) for name in names[:NAMES_MAX])
    return f"{shown}, ..." if len(names) > NAMES_MAX else shown


def _saved(entity: Entity, operation: Operation, header: list[str], rows: list[_Row]) -> Iterator[Body | Wrong]:
    """The rows of a file that a spreadsheet may have saved anew; in an update, an empty cell empties its field."""
    columns = {place: entity.by_name[name] for place, name in enumerate(header) if name in entity.by_name}
    notation = notation_of(columns, (row.cells for row in rows))
    is_update = operation is Operation.BULK_UPDATE
    for row in rows:
        place, cells = row.place, row.cells
        if row.is_below_gap and not is_update:  # an update's has an id, which no total and no remark has
            yield Wrong(place, "stands below an empty row, as totals and remarks do: take it out, or the empty row")
            continue
        try:
            values = {
                name: _saved_value(entity, notation, columns.get(i), name, cell)
                for i, (name, cell) in enumerate(zip(header, cells, strict=False))
                if name and (cell.strip() or (is_update and _empties(entity, columns.get(i), name)))
            }
        except WrongTextError as error:
            yield Wrong(place, str(error))
            continue
        wrong = [] if is_update else [each.why for each in values.values() if isinstance(each, Doubtful)]
        yield Wrong(place, "; ".join(wrong)) if wrong else _cells(entity, operation, header, cells, place, values)


def _empties(entity: Entity, field: Field | None, name: str) -> bool:
    """False for an empty cell of what a list has only with `--nested`, or of what is not a field of the object."""
    return name != "id" and name not in entity.flags and not (field and field.item_fields)


def _saved_value(entity: Entity, notation: FileNotation, field: Field | None, name: str, cell: str) -> Any:
    if field is None:
        return _of_no_field(entity, name, cell)
    value = notation.value(field, cell)
    if field.name == "id" and isinstance(value, Doubtful):
        raise WrongTextError(value.why)
    return value


def _of_no_field(entity: Entity, name: str, cell: str) -> Any:
    """The value of a flag, or the name of an object."""
    text = text_of(cell)
    if name in entity.flags:
        return boolean_of(text)
    field = known_field(entity.fields, name)
    why = None if cell.startswith(APOSTROPHE) else broken(text.strip())
    if field is None or not (why or field.read_only):
        return text
    alias = aliases(entity.fields).get(name)
    named = Named(given=name, entity=BY_NAME[str(field.references)], text=text, suffix=alias.suffix if alias else None)
    why = f"`{name}`: {in_quotes(text)}: {why}" if why else f"`{name}` is set by BILL and cannot be changed"
    return Doubtful(field=field, text=text, values=(named,), why=why)


def _cells(
    entity: Entity,
    operation: Operation,
    header: list[str],
    cells: list[str],
    place: str,
    values: Mapping[str, Any] | None = None,
) -> Body | Wrong:
    """A row; its values are the texts of its cells, unless they are given."""
    while len(cells) > len(header) and not cells[-1].strip():
        cells.pop()
    if len(cells) != len(header):
        return Wrong(place, f"{len(cells)} cells; the header has {len(header)}")
    given: Mapping[str, str] = {name: text_of(cell) for name, cell in zip(header, cells, strict=True) if cell.strip()}
    if "" in given:
        column = next(i for i, each in enumerate(zip(header, cells, strict=True), 1) if not each[0] and each[1].strip())
        return Wrong(place, f"{given['']!r} stands in column {column}, which has no name in the header")
    return checked(entity, operation, place, given if values is None else values)
