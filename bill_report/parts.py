"""The parts of a page: sections with a chart, and the table of its figures. Money is a Decimal until it is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from bill_report.amounts import exact

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from markupsafe import Markup

ZERO = Decimal(0)
UNKNOWN = "\u2013"
"""The value of a figure that is not known."""

Cell = str | int | Decimal | date | None


def written(cell: Cell) -> str:
    """A cell for people."""
    if isinstance(cell, Decimal):
        return exact(cell)
    if isinstance(cell, int):
        return f"{cell:,}"
    return "" if cell is None else str(cell)


Item = TypeVar("Item")


def largest(rows: Sequence[Item], top: int, amount: Callable[[Item], Decimal]) -> tuple[list[Item], list[Item]]:
    """So many rows with the largest amounts, above or below zero, and the others, both in the order of the rows."""
    order = sorted(range(len(rows)), key=lambda place: -abs(amount(rows[place])))
    chosen = {*order[:top]}
    shown = [row for place, row in enumerate(rows) if place in chosen]
    return shown, [row for place, row in enumerate(rows) if place not in chosen]


class CellKind(StrEnum):
    """A kind of cells: its alignment, and how a value is written."""

    TEXT = "text"
    MONEY = "money"
    COUNT = "count"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageColumn:
    """A column of a table."""

    name: str
    kind: CellKind = CellKind.MONEY


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRow:
    """A row of a table; the first cell is its head."""

    cells: tuple[Cell, ...]
    is_sum: bool = False

    @property
    def is_empty(self) -> bool:
        """True if there is nothing in it but its head: a narrow page leaves it out."""
        return not any(self.cells[1:])


@dataclass(frozen=True, slots=True, kw_only=True)
class PageTable:
    """Figures in rows."""

    caption: str
    columns: tuple[PageColumn, ...]
    rows: tuple[PageRow, ...]

    @property
    def figures_length(self) -> int:
        """The characters that the figures of a line need at most: a page makes its letters small enough for them."""
        lengths = ([len(written(row.cells[place])) for row in self.rows] for place in self._figures)
        return sum(max(each, default=0) for each in lengths)

    @property
    def _figures(self) -> list[int]:
        return [place for place, each in enumerate(self.columns) if each.kind is not CellKind.TEXT]


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Values of one colour in a chart, one for each of its labels."""

    name: str
    colour: str
    values: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A drawing for a wide page, and the same for a narrow one.

    Attributes:
        summary: What the drawing shows, for those who do not see it.
        legend: Names of the colours, where labels do not say it.
    """

    summary: str
    wide: Markup
    narrow: Markup
    legend: tuple[Series, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A question, and its answer.

    Attributes:
        unread: The reason for which there is no answer, where there is none.
        remarks: What belongs to the figures and stands in no cell.
    """

    name: str
    intro: str = ""
    chart: Chart | None = None
    tables: tuple[PageTable, ...] = ()
    remarks: tuple[str, ...] = ()
    unread: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A figure to see first."""

    name: str
    value: Decimal | int | str
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationFigures:
    """All that the models say of one organization; nothing is added up across organizations.

    Attributes:
        warning: What makes its figures doubtful; empty where nothing does.
    """

    id: str
    name: str
    warning: str
    tiles: tuple[Tile, ...]
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The whole report.

    Attributes:
        days: The day of the balances, and that of the ageing; empty where no model has a row.
        warning: What the figures are not, where the two differ.
    """

    warehouse: str
    schema: str
    made_at: datetime
    days: str
    warning: str
    organizations: tuple[OrganizationFigures, ...]
    loads: tuple[Section, ...]
