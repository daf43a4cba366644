"""Rows of a document that leave out its head, and rows that only add up those above them.

People and reports write a document's head on its first row only. A row whose key cells are all blank while a line cell
is not is *orphaned*: it belongs to the row above it, its *owner*. A row that holds nothing but the sum of the lines
above it is a *total*, and no line: to take it for one would double the money, and to leave out a line would lose it. So
where nothing but the amount tells the two apart, it is a line.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from bill_api.identity.totals import QUANTITIES, SHARE, TOTAL, line_amount
from bill_api.table.kinds import EXACT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bill_documents.mapping.cells import Cell
    from bill_documents.mapping.layout import Layout

TEXTS_KEPT = 4096
LINES_MIN = 2
"""Lines, or documents, whose sum no line has by chance (as good as never)."""


@dataclass(frozen=True, slots=True)
class Orphan:
    """An orphaned row, and the line that its owner begins on."""

    line: int
    owner: int


@dataclass(frozen=True, slots=True)
class Total:
    """A row that is only the sum of rows above it."""

    line: int


@dataclass(slots=True)
class Stretch:
    """Lines above a row that it may be the sum of.

    Attributes:
        total: Their sum; None where one of them cannot be read.
        lines: Their number.
        documents: How many documents they are of.
        has_bare: Whether one of them holds nothing but an amount.
        has_orphans: Whether one of them is orphaned.
    """

    total: Decimal | None = Decimal(0)
    lines: int = 0
    documents: int = 0
    has_bare: bool = False
    has_orphans: bool = False

    def is_summed_by(self, amount: Decimal) -> bool:
        """True if a row of this amount, and nothing else, can only be their sum."""
        if self.total != amount or not self.lines:
            return False
        by_chance = self.documents < LINES_MIN and (self.lines < LINES_MIN or self.has_orphans)
        return not (by_chance and self.has_bare)


class Sorter:
    """Tells the rows of one file apart, in their order.

    Args:
        layout: The file's.
    """

    def __init__(self, layout: Layout) -> None:
        parts = layout.key_parts.values()
        self._key_texts = [lru_cache(maxsize=TEXTS_KEPT)(part.text) for part in parts]
        self._cells = layout.lines.cells if layout.lines else ()
        # A row of a stream without lines is orphaned if nothing of the stream stands in it.
        self._others = (
            () if layout.lines else tuple(each for each in layout.head.cells if each not in key_cells(layout))
        )
        self._amount = _place_of(TOTAL, self._cells)
        self._line_total = line_total_reader(self._cells)
        self._has_totals = layout.file.has_totals

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The cells that a row is told by, besides those of its key."""
        return self._cells or self._others

    def sort(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[Orphan | Total]:
        """Those that are no rows of their own.

        Args:
            rows: Each with its line, whether anything else stands in it, the texts of its key's cells, and of `cells`.
        """
        size = len(self._key_texts)
        owner: int | None = None
        known: tuple[str, ...] = ()
        document, since_total, whole = Stretch(), Stretch(), Stretch()
        for line, says_more, *texts in rows:
            key = tuple(text_of(text) for text_of, text in zip(self._key_texts, texts, strict=False))
            filled = [place for place, text in enumerate(texts[size:]) if text and not text.isspace()]
            is_head = any(key)
            if not is_head and not self._is_orphaned(filled):
                continue
            amount = self._line_total(texts[size:])
            # What else stands in a document's first row is its head, and says nothing of the line.
            is_bare = filled == [self._amount] and (is_head or not says_more)
            stretches = (document, since_total, whole)
            is_amount = self._has_totals and not is_head and is_bare
            if is_amount and amount is not None and any(each.is_summed_by(amount) for each in stretches):
                since_total = Stretch()
                yield Total(line)
                continue
            is_next = is_head and key != known
            if is_next:
                document = Stretch()
            for each in (document, since_total, whole) if filled else ():
                _add(each, amount, is_next=is_next, is_bare=is_bare, is_orphan=not is_head)
            if is_head:
                owner, known = line, key
            elif owner is not None:
                yield Orphan(line, owner)

    def _is_orphaned(self, filled: list[int]) -> bool:
        return bool(filled) if self._cells else not filled


def key_cells(layout: Layout) -> tuple[Cell, ...]:
    """The cells that feed the key."""
    return tuple(part.cell for part in layout.key_parts.values())


def line_total_reader(cells: tuple[Cell, ...]) -> Callable[[list[str]], Decimal | None]:
    """A reader of a line's money from the texts of its cells; it gives None where they cannot be read."""
    numbers = [(place, cell) for place, cell in enumerate(cells) if cell.field.name in {*QUANTITIES, SHARE}]

    def read(texts: list[str]) -> Decimal | None:
        line: dict[str, Any] = {}
        for place, cell in numbers:
            try:
                line[cell.field.name] = cell.read(texts[place])
            except ValueError:
                return None
        return line_amount(line)

    return read


def _add(stretch: Stretch, amount: Decimal | None, *, is_next: bool, is_bare: bool, is_orphan: bool) -> None:
    known = stretch.total
    stretch.total = None if amount is None or known is None else EXACT.add(known, amount)
    stretch.lines += 1
    stretch.documents += is_next or not stretch.documents
    stretch.has_bare |= is_bare
    stretch.has_orphans |= is_orphan


def _place_of(name: str, cells: tuple[Cell, ...]) -> int:
    return next((place for place, cell in enumerate(cells) if cell.field.name == name), -1)
