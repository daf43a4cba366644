"""The rows of a file for a bulk call: JSON, JSON lines or CSV. Every row is checked before the first one is sent."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import click

from bill_cli.typed.checked_rows import Wrong, checked, refuse
from bill_cli.typed.csv_rows import csv_rows
from bill_cli.typed.option_values import WrongTextError, in_utf_8, json_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from bill_api.table.entity import Entity, Operation
    from bill_cli.typed.bodies import Body

LINES = frozenset({".jsonl", ".ndjson"})
"""Endings of files that have a row in each line."""

ELEMENTS = "bulk"
"""The key of the elements in the `data` of a bulk call (section 3, 14)."""

WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""The first bytes of .xlsx and .ods, and of .xls."""


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


def _parsed(entity: Entity, operation: Operation, content: bytes, name: str) -> Iterator[Body | Wrong]:
    ending = PurePath(name).suffix.lower()
    begin = content.lstrip()[:1]
    if ending == ".csv" or (ending not in {".json", *LINES} and begin not in {b"[", b"{"}):
        yield from csv_rows(entity, operation, content)
        return
    whole = _array(content, is_lines=ending in LINES)
    if whole is not None:
        places = ((f"element {i}", each) for i, each in enumerate(whole, 1))
    else:
        lines = ((i, line) for i, line in enumerate(content.splitlines(), 1) if line.strip())
        places = ((f"line {i}", _document(line)) for i, line in lines)
    for place, document in places:
        yield checked(entity, operation, place, document)


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
