"""The rows of a file for a bulk call: JSON, JSON lines or CSV. Every row is checked before the first one is sent."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import click

from bill_api.table.entity import Operation
from bill_api.table.kinds import MASK
from bill_cli.typed.bodies import OBJECT, Body, body_in, is_flag
from bill_cli.typed.option_values import WrongTextError, field_named, in_utf_8, json_of, object_of
from bill_cli.typed.saved_cells import Notation, notation_of
from bill_values.spreadsheet_cells import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import BinaryIO

    from bill_api.table.entity import Entity
    from bill_api.table.fields import Field

DELIMITERS = (",", ";", "\t")
"""Signs that may part the cells of a CSV, the likelier ones first."""

TOLD_MAX = 10
"""Wrong rows that are named."""

ELEMENTS = "bulk"
"""The key of the elements in the `data` of a bulk call (section 3, 14)."""

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
    if ending == ".csv" or (ending not in {".json", ".jsonl", ".ndjson"} and begin not in {b"[", b"{"}):
        yield from _csv(entity, operation, content)
        return
    whole = _array(content)
    if whole is not None:
        places = ((f"element {i}", each) for i, each in enumerate(whole, 1))
    else:
        lines = ((i, line) for i, line in enumerate(content.splitlines(), 1) if line.strip())
        places = ((f"line {i}", _document(line)) for i, line in lines)
    for place, document in places:
        yield _checked(entity, operation, place, document)


def _array(content: bytes) -> list[Any] | None:
    """The rows of a JSON document: an array, or the `bulk` of what BILL documents as `data`; None for JSON lines."""
    if content.lstrip()[:1] == b"[":
        return list(json_of(content))
    document = _document(content)
    rows = document.get(ELEMENTS) if isinstance(document, dict) else None
    return rows if isinstance(rows, list) else None


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
        return _ready(operation, place, replace(_body(entity, operation, document), place=place))
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
    told = {name: value for name, value in obj.items() if _is_told(entity.by_name.get(name), value)}
    rest = {name: _sendable(entity.by_name.get(name), value) for name, value in obj.items() if name not in told}
    body = body_in(entity, {**document, OBJECT: rest} if OBJECT in document else rest)
    return replace(body, told=told)


def _is_told(field: Field | None, value: Any) -> bool:
    if field is None or field.name in {"id", "entity"}:
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


def _ready(operation: Operation, place: str, row: Body) -> Body | Wrong:
    bill_id = row.obj.get("id")
    if operation is Operation.BULK_CREATE:
        if bill_id not in (None, ""):
            return Wrong(place, "a create has no `id`: BILL gives it")
        row = replace(row, obj={name: value for name, value in row.obj.items() if name != "id"})
        return row if row.obj else Wrong(place, "an object with fields is expected")
    if not isinstance(bill_id, str) or not bill_id:
        return Wrong(place, "no `id`")
    return row if operation in BY_ID or len(row.obj) > 1 or row.told else Wrong(place, "nothing but an `id`")


def _csv(entity: Entity, operation: Operation, content: bytes) -> Iterator[Body | Wrong]:
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise WrongTextError(f"not UTF-8 at byte {error.start}; save it as UTF-8") from None
    _check_zero_bytes(text)
    delimiter = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [text_of(each.strip()) for each in next(reader, [])]
        _check_header(entity, operation, header)
        rows = ((f"line {reader.line_num}", cells) for cells in reader if any(map(str.strip, cells)))
        if operation is Operation.BULK_UPDATE:
            yield from _saved(entity, header, list(rows), delimiter)
            return
        for place, cells in rows:
            yield _cells(entity, operation, header, cells, place)
    except csv.Error as error:
        raise WrongTextError(f"line {reader.line_num}: {error}") from None


def _check_zero_bytes(text: str) -> None:
    place = text.find("\0")
    if place >= 0:
        line_begin = text.rfind("\n", 0, place) + 1
        line = text.count("\n", 0, line_begin) + 1
        column = text.count(_delimiter(text), line_begin, place) + 1
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
    spellings = Counter(name.casefold() for name in names)
    twice = sorted({name for name in names if spellings[name.casefold()] > 1})
    if twice:
        raise WrongTextError(f"columns of the same name: {', '.join(twice)}")
    if operation is not Operation.BULK_CREATE and "id" not in header:
        raise WrongTextError("no column `id`")
    if operation in BY_ID:
        return
    for name in names:
        is_told = operation is Operation.BULK_UPDATE and name in entity.by_name
        if name != "id" and not is_told and not is_flag(entity, name):
            field_named(entity.fields, name, entity.name)


def _saved(
    entity: Entity, header: list[str], rows: list[tuple[str, list[str]]], delimiter: str
) -> Iterator[Body | Wrong]:
    """The rows of a file that a spreadsheet may have saved anew; an empty cell empties its field."""
    columns = {place: entity.by_name[name] for place, name in enumerate(header) if name in entity.by_name}
    notation = notation_of(columns, (cells for _, cells in rows), delimiter)
    for place, cells in rows:
        try:
            values = {
                name: _saved_value(notation, columns.get(i), cell)
                for i, (name, cell) in enumerate(zip(header, cells, strict=False))
                if name and _says_something(entity, columns.get(i), name, cell)
            }
        except WrongTextError as error:
            yield Wrong(place, str(error))
            continue
        yield _cells(entity, Operation.BULK_UPDATE, header, cells, place, values)


def _says_something(entity: Entity, field: Field | None, name: str, cell: str) -> bool:
    """False for an empty cell of what a list has only with `--nested`, or of what is not a field of the object."""
    if cell.strip():
        return True
    return name != "id" and name not in entity.flags and not (field and (field.item_fields or field.read_only))


def _saved_value(notation: Notation, field: Field | None, cell: str) -> Any:
    if field is None:
        return text_of(cell)
    try:
        return notation.value(field, cell)
    except WrongTextError:
        if field.read_only and field.name != "id":
            return text_of(cell)  # if BILL has the same is seen later
        raise


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
