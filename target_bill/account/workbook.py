"""Tables as workbooks: texts are texts whatever they look like, and numbers and days are such where nothing is lost.

XlsxWriter writes them, row by row, so that memory does not grow with their number.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from bill_program.start import installing
from bill_values.spelling import control_character
from bill_values.spreadsheet_cells import typed_cell_of
from target_bill.files import private

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from bill_values.typed_texts import TypedText

ROWS_MAX, TEXT_MAX = 1_048_576, 32_767
"""Rows of a sheet, and characters of a cell, in every spreadsheet program."""

WITHOUT_LIBRARY = f"rejects of workbooks are written as CSV only: for .xlsx too, {installing('xlsx')}"
TOO_LARGE = "rejects that fit into no workbook (its rows, the characters of a cell) are written as CSV only"
SHEET = "rejects"


class _UnfitError(ValueError):
    """A table does not fit into a workbook."""


def write_workbook(
    path: Path, columns: Sequence[str], typed: Sequence[TypedText | None], rows: Iterable[Sequence[str]]
) -> str | None:
    """Write a workbook of one sheet, which only its owner may read.

    Args:
        path: Where to.
        columns: Their names.
        typed: For each column, the texts of it that stand for numbers or days.
        rows: Texts, as many in each as there are columns.

    Returns:
        Why there is none; None where it has been written.
    """
    try:
        from xlsxwriter import Workbook  # noqa: PLC0415  an extra, and seldom needed
    except ImportError:
        return WITHOUT_LIBRARY
    private(path).close()
    try:
        with Workbook(str(path), {"constant_memory": True}) as book:
            sheet = book.add_worksheet(SHEET)
            sheet.freeze_panes(1, 0)
            day_format = book.add_format({"num_format": "yyyy-mm-dd"})
            _write_row(sheet, 0, columns, [None] * len(columns), None)
            for number, row in enumerate(rows, start=1):
                _write_row(sheet, number, row, typed, day_format)
    except _UnfitError:
        path.unlink(missing_ok=True)
        return TOO_LARGE
    return None


def _write_row(
    sheet: Any, number: int, texts: Sequence[str], typed: Sequence[TypedText | None], day_format: Any
) -> None:
    if number >= ROWS_MAX:
        raise _UnfitError
    for place, (text, each) in enumerate(zip(texts, typed, strict=True)):
        value = each.value(text) if each and text else None
        if isinstance(value, date):
            sheet.write_datetime(number, place, value, day_format)
        elif value is not None:
            sheet.write_number(number, place, value)
        elif text:
            sheet.write_string(number, place, _fitting(typed_cell_of(text)))


def _fitting(text: str) -> str:
    if len(text) > TEXT_MAX or control_character(text.replace("\t", " ")) is not None:
        raise _UnfitError
    return text
