"""Rows of a document that leave out its head, and rows that only add up those above them.

People and reports write a document's head on its first row only. A row whose key cells are all blank while a line cell
is not is *orphaned*: it belongs to the row above it, its *owner*. A row that holds nothing but the sum of the lines
above it is a *total*, and no line: to take it for one would double the money, and to leave out a line would lose it. So
where nothing but the amount tells the two apart, it is a line. A row that says that it is a total and is not the sum of
those above it is *in doubt*: it is no document's, and is rejected by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from bill_api.identity.totals import QUANTITIES, SHARE, TOTAL, line_amount
from bill_api.table.kinds import EXACT
from bill_documents.grouping.total_rows import ColumnSums, plain, says_total, total_word
from bill_documents.reading.rows import unpacked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

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


@dataclass(frozen=True, slots=True)
class Doubt:
    """A row that says that it is a total, by this text, and is not the sum of the rows above it."""

    line: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row as it is sorted.

    Attributes:
        line: The line that it begins on.
        key: The canonical texts of its key.
        names: The same as they stand there.
        cells: All its texts, where they may matter.
        filled: Places of the cells, besides those of the key, that are not blank.
        amount: The money of its line; None where it cannot be read.
        is_bare: Whether it holds nothing but an amount.
    """

    line: int
    key: tuple[str, ...]
    names: Sequence[str]
    cells: Sequence[str]
    filled: list[int]
    amount: Decimal | None
    is_bare: bool

    @property
    def is_head(self) -> bool:
        """True if anything of a key stands in it."""
        return any(self.key)


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

    def adds_up_to(self, amount: Decimal | None) -> bool:
        """True if this amount is their sum."""
        return self.lines > 0 and amount is not None and self.total == amount

    def proves_total(self, amount: Decimal | None) -> bool:
        """True if a row that holds nothing but this amount can only be their sum."""
        if not self.adds_up_to(amount):
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
        self._amount = _place_of(TOTAL, self._cells)
        self._line_total = line_total_reader(self._cells)
        self._may_leave_totals_out = layout.file.has_totals
        self._finds_totals = layout.settings.entry.totals
        self._finds_orphans = finds_orphans(layout)
        self._others_packed = len(layout.header.columns) - len(layout.staged)
        self._sums = None if layout.lines else ColumnSums(len(layout.header.columns))

    def sort(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[Orphan | Total | Doubt]:
        """Those that are no rows of their own.

        Args:
            rows: Each with its line, whether anything else stands in it, all its texts where they may matter, those of
                its key's cells, and those of `other_cells`.
        """
        owner: int | None = None
        known: tuple[str, ...] = ()
        above: frozenset[str] = frozenset()
        document, since_total, whole = Stretch(), Stretch(), Stretch()
        for each in rows:
            row = self._row(*each)
            if found := self._found_total(row, above, (document, since_total, whole)):
                since_total = self._begun() if isinstance(found, Total) else since_total
                yield found
                continue
            is_next = row.is_head and row.key != known
            if self._sums:
                self._sums.add(row.cells, is_next=is_next)
            if not row.is_head and not self._is_orphaned(row.filled):
                continue
            if is_next:
                document = Stretch()
            for stretch in (document, since_total, whole) if row.filled else ():
                _add(stretch, row, is_next=is_next)
            if row.is_head:
                owner, known, above = row.line, row.key, frozenset(filter(None, map(plain, row.names)))
            elif owner is not None and self._finds_orphans:
                yield Orphan(row.line, owner)

    def _row(self, line: int, says_more: bool, packed: Sequence[str] | None, *texts: str) -> Row:
        size = len(self._key_texts)
        key = tuple(text_of(text) for text_of, text in zip(self._key_texts, texts, strict=False))
        filled = [place for place, text in enumerate(texts[size:]) if text and not text.isspace()]
        return Row(
            line=line,
            key=key,
            names=texts[:size],
            cells=[] if packed is None else [*packed[:-1], *unpacked(packed[-1], self._others_packed)],
            filled=filled,
            amount=self._line_total(texts[size:]),
            # What else stands in a document's first row is its head, and says nothing of the line.
            is_bare=filled == [self._amount] and (any(key) or not says_more),
        )

    def _found_total(self, row: Row, above: frozenset[str], stretches: Sequence[Stretch]) -> Total | Doubt | None:
        """A total, or a doubt, for a row that says that it is one, or holds nothing but a sum; None for every other."""
        if not self._finds_totals:
            return None
        if says_total(row.cells, row.names, above):
            is_sum = self._may_leave_totals_out and self._add_up_to(row, stretches)
            return Total(row.line) if is_sum else Doubt(row.line, total_word(row.cells))
        may_be = self._may_leave_totals_out and row.is_bare and not row.is_head
        return Total(row.line) if may_be and any(each.proves_total(row.amount) for each in stretches) else None

    def _begun(self) -> Stretch:
        """The lines since a total, below one."""
        if self._sums:
            self._sums.begin()
        return Stretch()

    def _add_up_to(self, row: Row, stretches: Sequence[Stretch]) -> bool:
        """True if rows above this one add up to it: in one of its columns where they have no lines."""
        if self._sums:
            return self._sums.add_up_to(row.cells)
        return any(each.adds_up_to(row.amount) for each in stretches)

    def _is_orphaned(self, filled: list[int]) -> bool:
        """True for a row without a key that has a line; in a list, for one in which nothing of the stream stands."""
        return bool(filled) if self._cells else not filled


def finds_orphans(layout: Layout) -> bool:
    """True if rows of this file may belong to those above them."""
    return layout.lines is not None or layout.settings.entry.fill_down


def key_cells(layout: Layout) -> tuple[Cell, ...]:
    """The cells that feed the key."""
    return tuple(part.cell for part in layout.key_parts.values())


def other_cells(layout: Layout) -> tuple[Cell, ...]:
    """The cells that a row is told by, besides those of its key."""
    keys = key_cells(layout)
    return layout.lines.cells if layout.lines else tuple(each for each in layout.head.cells if each not in keys)


def line_total_reader(cells: tuple[Cell, ...]) -> Callable[[Sequence[str]], Decimal | None]:
    """A reader of a line's money from the texts of its cells; it gives None where they cannot be read."""
    numbers = [(place, cell) for place, cell in enumerate(cells) if cell.field.name in {*QUANTITIES, SHARE}]

    def read(texts: Sequence[str]) -> Decimal | None:
        line: dict[str, Any] = {}
        for place, cell in numbers:
            try:
                line[cell.field.name] = cell.read(texts[place])
            except ValueError:
                return None
        return line_amount(line)

    return read


def _add(stretch: Stretch, row: Row, *, is_next: bool) -> None:
    known = stretch.total
    stretch.total = None if row.amount is None or known is None else EXACT.add(known, row.amount)
    stretch.lines += 1
    stretch.documents += is_next or not stretch.documents
    stretch.has_bare |= row.is_bare
    stretch.has_orphans |= not row.is_head


def _place_of(name: str, cells: tuple[Cell, ...]) -> int:
    return next((place for place, cell in enumerate(cells) if cell.field.name == name), -1)
