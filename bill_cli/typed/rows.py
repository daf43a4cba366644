"""The rows of a file for a bulk call: JSON, JSON lines or CSV. Every row is checked before the first one is sent."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import click

from bill_api.table.entity import Operation
from bill_api.table.fields import mandatory
from bill_api.table.kinds import MASK
from bill_cli.typed.bodies import OBJECT, Body, body_in, is_flag
from bill_cli.typed.field_names import known_field
from bill_cli.typed.objections import called, objections_to_new
from bill_cli.typed.option_values import WrongTextError, field_named, in_utf_8, json_of, object_of
from bill_cli.typed.resources import name_of
from bill_cli.typed.saved_cells import Doubtful, Notation, boolean_of, notation_of
from bill_values.spelling import broken
from bill_values.spreadsheet_cells import APOSTROPHE, text_of
from bill_values.visible import in_quotes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import BinaryIO

    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field

DELIMITERS = (",", ";", "\t")
"""Signs that may part the cells of a CSV, the likelier ones first."""

TOLD_MAX = 10
"""Wrong rows that are named."""

NAMES_MAX = 4
"""Names of columns that are quoted from what may be no header."""

LINES = frozenset({".jsonl", ".ndjson"})
"""Endings of files that have a row in each line."""

ELEMENTS = "bulk"
"""The key of the elements in the `data` of a bulk call (section 3, 14)."""

WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""The first bytes of .xlsx and .ods, and of .xls."""

_DELIMITER_TOLD = re.compile(r'"?sep=(.)"?\r?\n', re.IGNORECASE)
"""A first line that tells Excel what parts the cells; it is no row there."""

BY_ID = frozenset({Operation.BULK_DELETE, Operation.BULK_UNDELETE})
"""Operations that send the ids of objects, and nothing else."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A row that cannot be sent, and why."""

    place: str
    reason: str


def rows_of(entity: Entity, operation: Operation, file: BinaryIO) -> list[Body]:
    """The objects of a file, each with the flags beside it; for a delete or undelete they have nothing but their `id`.

    Args:
        entity: What they are.
        operation: What is to be done with them.
        file: `.csv`, `.jsonl`, `.ndjson` or `.json`; otherwise its first character decides.

    Raises:
        click.UsageError: The file, or any of its rows, cannot be sent; the first of them are named.
    """
    content = in_utf_8(file.read())
    if content.startswith(WORKBOOKS):
        raise click.UsageError(
            f"{file.name} is a workbook: save its sheet as CSV (UTF-8), or load it with tap-bill-csv and target-bill"
        )
    try:
        read = list(_parsed(entity, operation, content, file.name))
    except WrongTextError as error:
        raise click.UsageError(f"{file.name}: {error}") from None
    if not read:
        raise click.UsageError(f"{file.name} has no rows")
    rows = [each for each in read if not isinstance(each, Wrong)]
    wrong = [each for each in read if isinstance(each, Wrong)]
    refuse(file.name, wrong)
    return rows


def refuse(name: str, wrong: Sequence[Wrong]) -> None:
    """End if there are rows that cannot be sent.

    Raises:
        click.UsageError: There are; the first of them are named.
    """
    if wrong:
        lines = [f"{name}, {each.place}: {each.reason}" for each in wrong[:TOLD_MAX]]
        more = [f"and {len(wrong) - TOLD_MAX} more"] if len(wrong) > TOLD_MAX else []
        raise click.UsageError("\n".join([*lines, *more, "Nothing was sent."]))


def _parsed(entity: Entity, operation: Operation, content: bytes, name: str) -> Iterator[Body | Wrong]:
    ending = PurePath(name).suffix.lower()
    begin = content.lstrip()[:1]
    if ending == ".csv" or (ending not in {".json", *LINES} and begin not in {b"[", b"{"}):
        yield from _csv(entity, operation, content)
        return
    whole = _array(content, is_lines=ending in LINES)
    if whole is not None:
        places = ((f"element {i}", each) for i, each in enumerate(whole, 1))
    else:
        lines = ((i, line) for i, line in enumerate(content.splitlines(), 1) if line.strip())
        places = ((f"line {i}", _document(line)) for i, line in lines)
    for place, document in places:
        yield _checked(entity, operation, place, document)


def _array(content: bytes, *, is_lines: bool) -> list[Any] | None:
    """The rows of a JSON document: an array, or the `bulk` of what BILL documents as `data`; None for JSON lines.

    An object over several lines is one row.

    Raises:
        WrongTextError: It is neither a document nor JSON lines.
    """
    if content.lstrip()[:1] == b"[":
        return list(json_of(content))
    document = _document(content)
    rows = document.get(ELEMENTS) if isinstance(document, dict) else None
    if isinstance(rows, list):
        return rows
    first, _, more = content.strip().partition(b"\n")
    if is_lines or not more or not isinstance(_document(first), WrongTextError):
        return None
    if isinstance(document, WrongTextError):
        raise document
    return [document]


def _document(line: bytes) -> Any:
    try:
        return json_of(line)
    except WrongTextError as error:
        return error


def _checked(entity: Entity, operation: Operation, place: str, document: Any) -> Body | Wrong:
    if isinstance(document, WrongTextError):
        return Wrong(place, str(document))
    if operation in BY_ID and isinstance(document, str):
        document = {"id": document}
    if not isinstance(document, dict) or not document:
        return Wrong(place, "an object with fields is expected")
    try:
        return _ready(entity, operation, place, replace(_body(entity, operation, document), place=place))
    except WrongTextError as error:
        return Wrong(place, str(error))


def _body(entity: Entity, operation: Operation, document: Mapping[str, Any]) -> Body:
    if operation is Operation.BULK_UPDATE:
        return change_in(entity, document)
    if operation not in BY_ID:
        return body_in(entity, document)
    obj = document.get(OBJECT, document)
    bill_id = obj.get("id") if isinstance(obj, dict) else None
    beside = document.get("id", bill_id)
    if beside != bill_id:
        raise WrongTextError(f"`id` is {beside}, and {bill_id} in `{OBJECT}`: give it once")
    return Body(obj=object_of(entity.fields, {"id": bill_id}), flags={})


def change_in(entity: Entity, document: Mapping[str, Any]) -> Body:
    """The change of a row; what is not sent stands apart, for a file that BILL's list became has all fields."""
    obj = document.get(OBJECT, document)
    if not isinstance(obj, dict):
        return body_in(entity, document)
    doubtful = [each for each in obj.values() if isinstance(each, Doubtful)]
    told = {name: value for name, value in obj.items() if _is_told(entity.by_name.get(name), value)}
    rest = {
        name: _sendable(entity.by_name.get(name), value)
        for name, value in obj.items()
        if name not in told and not isinstance(value, Doubtful)
    }
    body = body_in(entity, {**document, OBJECT: rest} if OBJECT in document else rest)
    return replace(body, told=told, doubtful=doubtful)


def _is_told(field: Field | None, value: Any) -> bool:
    if field is None or field.name in {"id", "entity"} or isinstance(value, Doubtful):
        return False
    return field.read_only or (field.sensitive and isinstance(value, str) and MASK in value)


def _sendable(field: Field | None, value: Any) -> Any:
    """Lines without what BILL sets in them."""
    if field is None or not field.item_fields or not isinstance(value, list):
        return value
    unsent = {each.name for each in field.item_fields if each.read_only and each.name != "id"}
    return [
        {name: part for name, part in line.items() if name not in unsent} if isinstance(line, dict) else line
        for line in value
    ]


def _ready(entity: Entity, operation: Operation, place: str, row: Body) -> Body | Wrong:
    bill_id = row.obj.get("id")
    if operation is Operation.BULK_CREATE:
        if bill_id not in (None, ""):
            return Wrong(place, "a create has no `id`: BILL gives it")
        row = replace(row, obj={name: value for name, value in row.obj.items() if name != "id"})
        if not row.obj:
            return Wrong(place, "an object with fields is expected")
        reasons = objections_to_new(entity, row.obj)
        return Wrong(place, "; ".join(reasons)) if reasons else row
    if not isinstance(bill_id, str) or not bill_id:
        return Wrong(place, "no `id`")
    says_more = operation in BY_ID or len(row.obj) > 1 or row.told or row.doubtful
    return row if says_more else Wrong(place, "nothing but an `id`")


def _csv(entity: Entity, operation: Operation, content: bytes) -> Iterator[Body | Wrong]:
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
    spellings = Counter(map(_spelling, names))
    twice = [f"{i} `{name}`" for i, name in enumerate(header, 1) if spellings[_spelling(name)] > 1]
    if twice:
        raise WrongTextError(f"columns of the same name: {', '.join(twice)}: which counts is not known, take one out")
    if operation is not Operation.BULK_CREATE and "id" not in header:
        meant = next((f"for `{name}`, did you mean `id`?" for name in names if _spelling(name) == "id"), "")
        raise WrongTextError(f"no column `id`: {meant or f'the first line has {_first(names)}'}")
    if operation in BY_ID:
        return
    for name in names:
        is_told = operation is Operation.BULK_UPDATE and name in entity.by_name
        if name != "id" and not is_told and not is_flag(entity, name):
            field_named(entity.fields, name, entity.name)
    if operation is Operation.BULK_CREATE:
        given = {known_field(entity.fields, name) for name in names}
        missing = [called(entity.fields, each) for each in mandatory(entity.fields) if each not in given]
        if missing:
            raise WrongTextError(f"no column {', '.join(missing)}: BILL wants that of every {name_of(entity)}")


def _spelling(name: str) -> str:
    """A name without what people write otherwise: `due date` and `DUEDATE` for `dueDate`."""
    return ("".join(filter(str.isalnum, name)) or name).casefold()


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
    return name != "id" and name not in entity.flags and not (field and (field.item_fields or field.read_only))


def _saved_value(entity: Entity, notation: Notation, field: Field | None, name: str, cell: str) -> Any:
    if field is None:
        return _of_no_field(entity, name, cell)
    try:
        value = notation.value(field, cell)
    except WrongTextError:
        if field.read_only and field.name != "id":
            return text_of(cell)  # if BILL has the same is seen later
        raise
    if field.name == "id" and isinstance(value, Doubtful):
        raise WrongTextError(value.why)
    return value


def _of_no_field(entity: Entity, name: str, cell: str) -> Any:
    """The value of a flag, or the name of an object."""
    text = text_of(cell)
    if name in entity.flags:
        return boolean_of(text)
    if not cell.startswith(APOSTROPHE) and (why := broken(text.strip())):
        raise WrongTextError(f"`{name}`: {in_quotes(text)}: {why}")
    return text


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
    return _checked(entity, operation, place, given if values is None else values)
