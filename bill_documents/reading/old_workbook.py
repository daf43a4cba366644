"""Workbooks of the old kind (`.xls`), read by xlrd, which tells errors and hidden rows too."""

from __future__ import annotations

import os
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xlrd

from bill_documents.reading.sheets import DamagedWorkbookError, Marks, Sheet, Tab

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bill_documents.reading.typed_cells import Typed

VISIBLE = 0
ELAPSED = ("[h", "[m", "[s")
"""Beginnings of display formats of durations."""


class OldWorkbook:
    """A workbook in Excel's binary format of before 2007.

    Args:
        path: The file's.
    """

    def __init__(self, path: str) -> None:
        with _damages(), Path(os.devnull).open("w") as nowhere:
            # Without `formatting_info` it does not look at rows that are hidden and cells that are merged.
            self._book = xlrd.open_workbook(path, logfile=nowhere, formatting_info=True)

    def tabs(self) -> Sequence[Tab]:
        """Its sheets; charts are not among them."""
        return [Tab(name=each.name, is_visible=each.visibility == VISIBLE) for each in self._book.sheets()]

    def sheet(self, place: int) -> Sheet:
        """The sheet at a place, from 0."""
        with _damages():
            found = self._book.sheet_by_index(place)
            marks = self._marks(found)
            rows = [[self._value(found, row, column) for column in range(found.ncols)] for row in range(found.nrows)]
        return Sheet(name=found.name, rows=lambda: iter(rows), left=0, width=_width(rows), marks=marks)

    def _marks(self, sheet: Any) -> Marks:
        marks = Marks()
        for row, types in enumerate(map(sheet.row_types, range(sheet.nrows)), start=1):
            for column, kind in enumerate(types):
                if kind == xlrd.XL_CELL_ERROR:
                    code = sheet.cell_value(row - 1, column)
                    marks.fail(row, column, xlrd.error_text_from_code.get(code, "#VALUE!"))
        marks.hidden.update(row + 1 for row, info in sheet.rowinfo_map.items() if info.hidden)
        marks.merged.extend((first + 1, last) for first, last, _, _ in sheet.merged_cells)
        return marks

    def _value(self, sheet: Any, row: int, column: int) -> Typed:
        kind = sheet.cell_type(row, column)
        value: Any = sheet.cell_value(row, column)
        if kind == xlrd.XL_CELL_DATE:
            return self._moment(value, sheet.cell_xf_index(row, column))
        if kind == xlrd.XL_CELL_BOOLEAN:
            return bool(value)
        return value if kind in {xlrd.XL_CELL_TEXT, xlrd.XL_CELL_NUMBER} else ""

    def _moment(self, value: float, form: int) -> Typed:
        shown: str = self._book.format_map[self._book.xf_list[form].format_key].format_str
        if shown.lower().startswith(ELAPSED):
            return timedelta(days=value)
        try:
            moment: datetime = xlrd.xldate_as_datetime(value, self._book.datemode)
        except (xlrd.xldate.XLDateError, OverflowError, ValueError):
            return value
        return moment.time() if 0 <= value < 1 and moment.time() != time() else moment


def _width(rows: Sequence[Sequence[Typed]]) -> int:
    return max((place + 1 for row in rows for place, value in enumerate(row) if value != ""), default=0)


@contextmanager
def _damages() -> Iterator[None]:
    """Errors of the reader as one of ours: for files that are damaged it has none of its own."""
    try:
        yield
    except DamagedWorkbookError:
        raise
    except xlrd.XLRDError as error:
        if "encrypted" in str(error):
            raise DamagedWorkbookError("it is locked by a password: save it without one") from error
        raise DamagedWorkbookError(f"it is damaged ({error})") from error
    except Exception as error:
        raise DamagedWorkbookError(f"it is damaged ({str(error) or type(error).__name__})") from error
