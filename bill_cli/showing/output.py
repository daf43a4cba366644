"""Results on stdout: a table for people on a terminal, and JSON, JSON lines or CSV that scripts can rely on."""

from __future__ import annotations

import csv
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from bill_cli.command import context
from bill_values.exact_json import encode
from bill_values.spreadsheet_cells import cell_of, guarded
from bill_values.visible import visible_json, visible_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence


QUOTED = "\r\n"
"""Ends a row to the writer of a CSV, which quotes the cells that have any of it; before Python 3.13 no other ones."""


def format_of(asked: str | None) -> str:
    """The format that was asked for, or the one that suits where the results go."""
    return asked or ("table" if sys.stdout.isatty() else "json")


def write_document(document: Any) -> None:
    """One document as JSON for people's eyes too."""
    write_json(f"{msgspec.json.format(encode(document), indent=2)}\n")


def write_text(text: str) -> None:
    """A text of lines; as it is, but at a terminal nothing in it steers that."""
    sys.stdout.write(visible_lines(text) if sys.stdout.isatty() else text)


def write_json(text: str) -> None:
    """JSON in lines; as it is, and at a terminal with escapes that mean the same."""
    sys.stdout.write(visible_json(text) if sys.stdout.isatty() else text)


def write_object(
    obj: Mapping[str, Any],
    names: Sequence[str],
    asked: str | None,
    table: Callable[[], None],
    texts: Collection[str] = (),
) -> None:
    """One result.

    Args:
        obj: What BILL has.
        names: The columns of a CSV.
        asked: `--output`.
        table: Writes it as a table.
        texts: As of `write_rows`.
    """
    if format_of(asked) == "json":
        write_document(obj)
    else:
        write_rows([obj], names, asked, lambda _: table(), texts)


def write_rows(
    rows: Iterable[Mapping[str, Any]],
    names: Sequence[str],
    asked: str | None,
    table: Callable[[list[Mapping[str, Any]]], None],
    texts: Collection[str] = (),
) -> None:
    """Many results.

    Args:
        rows: What BILL has.
        names: The columns of a CSV.
        asked: `--output`.
        table: Writes them as a table.
        texts: Columns whose cells come back as they are when a spreadsheet has saved them. Numbers and days stay what
            they are there: one that was changed is the same, or is refused.
    """
    form = format_of(asked)
    if form == "table":
        table(list(rows))
    elif form == "json":
        _json(rows)
    elif form == "jsonl":
        for row in rows:
            write_json(f"{encode(row)}\n")
    else:
        _csv(rows, names, texts)


def write_plain(
    rows: Iterable[Mapping[str, Any]], names: Sequence[str], asked: str | None, texts: Collection[str] = ()
) -> None:
    """Results that are no objects of an entity: a table has all of their columns."""

    def table(shown: list[Mapping[str, Any]]) -> None:
        from bill_cli.showing.tables import print_rows  # noqa: PLC0415  only people's output needs it

        print_rows(shown, names, {})

    write_rows(rows, names, asked, table, texts)


def _json(rows: Iterable[Mapping[str, Any]]) -> None:
    """An array with an object in each line."""
    before = "["
    for row in rows:
        write_json(f"{before}\n{encode(row)}")
        before = ","
    sys.stdout.write("[]\n" if before == "[" else "\n]\n")


def _csv(rows: Iterable[Mapping[str, Any]], names: Sequence[str], texts: Collection[str]) -> None:
    """A header and a line for each; what is an array or an object is JSON in its cell."""
    writer = csv.writer(_Lines(), lineterminator=QUOTED)
    writer.writerow(names)
    marks = [str if context().raw_cells else cell_of if name in texts else guarded for name in names]
    for row in rows:
        writer.writerow([mark(_cell(row.get(name))) for name, mark in zip(names, marks, strict=True)])


class _Lines:
    """The file that a CSV is written to."""

    def write(self, text: str) -> None:
        """A row."""
        write_text(f"{text.removesuffix(QUOTED)}\n")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}"  # an exponent is what spreadsheets leave of a long number
    return encode(value) if isinstance(value, bool | dict | list) else str(value)
