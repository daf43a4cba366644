"""Sheets of workbooks: their values, and what their cells hide from those who take the values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bill_documents.reading.typed_cells import Typed

ROWS_MAX, COLUMNS_MAX = 1_048_576, 16_384
"""Of a sheet, in every spreadsheet program."""

CELLS_MAX = 30_000_000
"""Cells of the block from the first to the last filled one, which the readers hold in memory (ours: 3 GB at most)."""

FAULTS_MAX = 100_000
"""Cells without a value that could be taken; a workbook with more of them has never been computed."""

NO_VALUE = "#NO_VALUE!"
"""In place of a formula without a stored value: it looks like an error, so that no key takes it for a text."""


class DamagedWorkbookError(ValueError):
    """A workbook that cannot be read; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """A sheet before it is read."""

    name: str
    is_visible: bool


@dataclass(slots=True, kw_only=True)
class Marks:
    """Marks of a sheet. Rows count from 1, columns from 0.

    Attributes:
        faults: By row and column: the error in a cell, or `NO_VALUE`.
        hidden: Rows that a spreadsheet does not show.
        merged: The first and the last row of cells that are one.
        last_row: The last one with a value.
        last_column: The last one with a value.
    """

    faults: dict[int, dict[int, str]] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    merged: list[tuple[int, int]] = field(default_factory=list)
    last_row: int = 0
    last_column: int = -1

    def fail(self, row: int, column: int, error: str) -> None:
        """Note a cell without a value that could be taken."""
        self.faults.setdefault(row, {})[column] = error
        if len(self.faults) > FAULTS_MAX:
            problem = f"more than {FAULTS_MAX:,} rows have errors, or formulas without a stored value"
            raise DamagedWorkbookError(f"{problem}: open the workbook in a spreadsheet, mend it and save it")

    def fill(self, row: int, column: int) -> None:
        """Note a cell with a value."""
        self.last_row = max(row, self.last_row)
        self.last_column = max(column, self.last_column)
        if row > ROWS_MAX or column >= COLUMNS_MAX:
            raise DamagedWorkbookError(f"a cell lies beyond row {ROWS_MAX:,} or column {COLUMNS_MAX:,}")

    def check(self) -> None:
        """Refuse a sheet that would not fit into memory."""
        if self.last_row * (self.last_column + 1) > CELLS_MAX:
            problem = f"its last filled cell is {address(self.last_row, self.last_column)}, which makes more than"
            raise DamagedWorkbookError(
                f"{problem} {CELLS_MAX:,} cells: delete what stands far from the table, or save it as CSV"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A sheet that has been read.

    Attributes:
        name: Its name.
        rows: Its rows from the first on, each with the values of its cells from the first column that has any.
        left: The columns before that one.
        width: Columns of the sheet, up to the last that has any value.
        marks: What the values do not say.
    """

    name: str
    rows: Callable[[], Iterator[Sequence[Typed]]]
    left: int
    width: int
    marks: Marks


class Workbook(Protocol):
    """A workbook of some kind."""

    def tabs(self) -> Sequence[Tab]:
        """Its sheets, in their order."""

    def sheet(self, place: int) -> Sheet:
        """The sheet at a place, from 0."""


def address(row: int, column: int) -> str:
    """A cell's address, such as `F12`."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row}"


def in_sheet(sheet: str, row: int, column: int) -> str:
    """A cell's address with its sheet, as formulas have it: `Bills!F12`, `'My bills'!F12`."""
    plain = sheet.isidentifier()
    name = sheet if plain else "'" + sheet.replace("'", "''") + "'"
    return f"{name}!{address(row, column)}"
