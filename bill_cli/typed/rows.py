"""The rows of a file for a bulk call: JSON, JSON lines or CSV. Every row is checked before the first one is sent."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import click

from bill_api.table.entity import Operation
from bill_cli.typed.bodies import OBJECT, Body, body_in, is_flag
from bill_cli.typed.option_values import WrongTextError, field_named, json_of, object_of
from bill_values.spreadsheet_cells import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import BinaryIO

    from bill_api.table.entity import Entity

DELIMITERS = (",", ";", "\t")
"""What may part the cells of a CSV, the likelier ones first."""

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
    content = file.read().removeprefix(codecs.BOM_UTF8)
    try:
        read = list(_parsed(entity, operation, content, file.name))
    except WrongTextError as error:
        raise click.UsageError(f"{file.name}: {error}") from None
    if not read:
        raise click.UsageError(f"{file.name} has no rows")
    rows = [each for each in read if not isinstance(each, Wrong)]
    wrong = [each for each in read if isinstance(each, Wrong)]
    if wrong:
        lines = [f"{file.name}, {each.place}: {each.reason}" for each in wrong[:TOLD_MAX]]
        more = [f"and {len(wrong) - TOLD_MAX} more"] if len(wrong) > TOLD_MAX else []
        raise click.UsageError("\n".join([*lines, *more, "Nothing was sent."]))
    return rows


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
        return _ready(operation, place, _body(entity, operation, document))
    except WrongTextError as error:
        return Wrong(place, str(error))


def _body(entity: Entity, operation: Operation, document: Mapping[str, Any]) -> Body:
    if operation not in BY_ID:
        return body_in(entity, document)
    obj = document.get(OBJECT, document)
    bill_id = obj.get("id") if isinstance(obj, dict) else None
    beside = document.get("id", bill_id)
    if beside != bill_id:
        raise WrongTextError(f"`id` is {beside}, and {bill_id} in `{OBJECT}`: give it once")
    return Body(obj=object_of(entity.fields, {"id": bill_id}), flags={})


def _ready(operation: Operation, place: str, row: Body) -> Body | Wrong:
    bill_id = row.obj.get("id")
    if operation is Operation.BULK_CREATE:
        if bill_id not in (None, ""):
            return Wrong(place, "a create has no `id`: BILL gives it")
        row = replace(row, obj={name: value for name, value in row.obj.items() if name != "id"})
        return row if row.obj else Wrong(place, "an object with fields is expected")
    if not isinstance(bill_id, str) or not bill_id:
        return Wrong(place, "no `id`")
    return row if operation in BY_ID or len(row.obj) > 1 else Wrong(place, "nothing but an `id`")


def _csv(entity: Entity, operation: Operation, content: bytes) -> Iterator[Body | Wrong]:
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise WrongTextError(f"not UTF-8 at byte {error.start}; save it as UTF-8") from None
    _check_zero_bytes(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        header = [text_of(each.strip()) for each in next(reader, [])]
        _check_header(entity, operation, header)
        for cells in reader:
            if any(map(str.strip, cells)):
                yield _cells(entity, operation, header, cells, f"line {reader.line_num}")
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
        if name != "id" and not is_flag(entity, name):
            field_named(entity.fields, name, entity.name)


def _cells(entity: Entity, operation: Operation, header: list[str], cells: list[str], place: str) -> Body | Wrong:
    if len(cells) != len(header):
        return Wrong(place, f"{len(cells)} cells; the header has {len(header)}")
    given: Mapping[str, str] = {name: text_of(cell) for name, cell in zip(header, cells, strict=True) if cell.strip()}
    if "" in given:
        column = next(i for i, each in enumerate(zip(header, cells, strict=True), 1) if not each[0] and each[1].strip())
        return Wrong(place, f"{given['']!r} stands in column {column}, which has no name in the header")
    return _checked(entity, operation, place, given)
