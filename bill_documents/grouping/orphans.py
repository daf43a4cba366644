"""Rows of a document that leave out its head, and rows that only add up those above them.

People and reports write a document's head, or a part of its key, on its first row only. A row that lacks a part of the
key and says nothing else in the others, while a line cell is filled, is *orphaned*: it belongs to the row above it, its
*owner*. A row that holds nothing but the sum of the lines above it is a *total*, and no line: to take it for one would
double the money, and to leave out a line would lose it. So where nothing but the amount tells the two apart, it is a
line. A row that says that it is a total and is not the sum of those above it, or says more, is *in doubt*: it is no
document's, and is rejected by name. A line of a document *claims* to be a total where its description says so: it is
left out as the sum of those above it, and otherwise it may only be the one line of its document.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from bill_api.identity.totals import QUANTITIES, SHARE, TOTAL, line_amount
from bill_api.table.fields import Alike
from bill_api.table.kinds import EXACT
from bill_documents.grouping.total_rows import (
    ColumnSums,
    has_letters,
    is_total,
    may_be_total,
    plain,
    says_total,
    total_word,
)
from bill_documents.reading.rejects import RejectsFile
from bill_documents.reading.rows import unpacked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

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
    """A row that says that it is a total, by this text, and is not the sum of the rows above it, or says more."""

    line: int
    text: str
    is_sum: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """A line that says that it is a total, by this text, and is not left out as one."""

    line: int
    text: str


Found = Orphan | Total | Doubt | Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row as it is sorted.

    Attributes:
        line: The line that it begins on.
        key: The canonical texts of its key.
        is_head: Whether a document begins or goes on with it, and it says so itself.
        is_next: Whether that is another document than that of the row above.
        numbers: The texts of its key that are numbers of documents.
        names: Those of its key, and of its party, that are names.
        key_names: Those of its key alone.
        texts: Those of its line.
        cells: All its texts, where they may matter.
        filled: Places of the cells, besides those of the key, that are not blank.
        amount: The money of its line; None where it cannot be read.
        is_bare: Whether it holds nothing but an amount.
    """

    line: int
    key: tuple[str, ...]
    is_head: bool
    is_next: bool
    numbers: Sequence[str]
    names: Sequence[str]
    key_names: Sequence[str]
    texts: Sequence[str]
    cells: Sequence[str]
    filled: list[int]
    amount: Decimal | None
    is_bare: bool


@dataclass(slots=True)
class Stretch:
    """Lines above a row that it may be the sum of.

    Attributes:
        total: Their sum; None where one of them cannot be read.
        lines: Their number.
        documents: How many documents they are of.
        has_bare: Whether one of them holds nothing but an amount.
        has_orphans: Whether one of them is orphaned.
        has_claims: Whether one of them claims to be a total.
    """

    total: Decimal | None = Decimal(0)
    lines: int = 0
    documents: int = 0
    has_bare: bool = False
    has_orphans: bool = False
    has_claims: bool = False

    def adds_up_to(self, amount: Decimal | None) -> bool:
        """True if this amount is their sum."""
        return self.lines > 0 and amount is not None and self.total == amount

    def proves_total(self, amount: Decimal | None) -> bool:
        """True if a row that holds nothing but this amount can only be their sum."""
        if not self.adds_up_to(amount):
            return False
        by_chance = self.documents < LINES_MIN and (self.lines < LINES_MIN or self.has_orphans)
        return not (by_chance and self.has_bare)


@dataclass(slots=True)
class Above:
    """The rows above one, as far as it is told by them.

    Attributes:
        record: The first line of the record above in a file of rejects; a row of another one is no part of it.
        owner: The line that the document above begins on, or goes on; None where there is none.
        key: Its key.
        names: What its key and party are called, as `plain` makes it: a total may be theirs.
        document: Its lines.
        part: Those of them since the last total.
        since_total: Lines since the last total, of whatever document.
        whole: All lines of the file.
    """

    record: int = 0
    owner: int | None = None
    key: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()
    document: Stretch = field(default_factory=Stretch)
    part: Stretch = field(default_factory=Stretch)
    since_total: Stretch = field(default_factory=Stretch)
    whole: Stretch = field(default_factory=Stretch)

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """The lines that a row may be the sum of."""
        return self.document, self.part, self.since_total, self.whole

    def begin_record(self, record: int) -> None:
        """Begin anew with another record of a file of rejects: what stood above it in the original may not be here."""
        self.record, self.owner, self.key = record, None, ()

    def begin_below_total(self) -> None:
        """Begin anew below a total."""
        self.part, self.since_total = Stretch(), Stretch()

    def add(self, row: Row, *, claims: bool) -> None:
        """Add a row that is a line, or begins a document."""
        if row.is_next:
            self.document, self.part = Stretch(), Stretch()
        for stretch in self.stretches if row.filled else ():
            _add(stretch, row, claims=claims)
        if row.is_head:
            self.owner, self.key = row.line, row.key
            self.names = frozenset(filter(None, map(plain, (*row.numbers, *row.names))))


class Sorter:
    """Tells the rows of one file apart, in their order.

    Args:
        layout: The file's.
        records: By row of a file of rejects: the first line of its record.
    """

    def __init__(self, layout: Layout, records: Mapping[int, int]) -> None:
        self._records = records
        parts = layout.key_parts.values()
        self._key_texts = [lru_cache(maxsize=TEXTS_KEPT)(part.text) for part in parts]
        self._required = [place for place, part in enumerate(parts) if not part.optional]
        self._numbers = [place for place, part in enumerate(parts) if not part.is_name]
        self._cells = layout.lines.cells if layout.lines else ()
        self._named = len(named_cells(layout))
        self._amount = _place_of(TOTAL, self._cells)
        self._line_total = line_total_reader(self._cells)
        self._may_leave_totals_out = layout.file.has_totals
        self._finds_totals = layout.finds_totals
        self._finds_orphans = finds_orphans(layout)
        self._others_packed = len(layout.header.columns) - len(layout.staged)
        self._unused = unused(layout)
        self._sums = None if layout.lines else ColumnSums(len(layout.header.columns))

    def sort(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[Found]:
        """Those that are no rows of their own.

        Args:
            rows: Each with its line, whether anything else stands in it, all its texts where they may matter, those of
                its named cells, and those of `other_cells`.
        """
        above = Above()
        for each in rows:
            record = self._records.get(each[0], 0)
            if record != above.record:
                above.begin_record(record)
            row = self._row(above, *each)
            found = self._found_total(row, above)
            if found:
                yield found
            if isinstance(found, Total):
                above.begin_below_total()
            if isinstance(found, Total | Doubt):
                continue
            if self._sums:
                self._sums.add(row.cells, is_next=row.is_next)
            if not row.is_head and not self._is_orphaned(row.filled):
                continue
            above.add(row, claims=found is not None)
            if not row.is_head and above.owner is not None and self._finds_orphans:
                yield Orphan(row.line, above.owner)

    def _row(self, above: Above, line: int, says_more: bool, packed: Sequence[str] | None, *texts: str) -> Row:
        size = len(self._key_texts)
        key = tuple(text_of(text) for text_of, text in zip(self._key_texts, texts, strict=False))
        named, of_line = texts[: self._named], texts[self._named :]
        filled = [place for place, text in enumerate(of_line) if text and not text.isspace()]
        is_head = any(key) and not (above.owner is not None and self._lacks_key(key, above.key))
        return Row(
            line=line,
            key=key,
            is_head=is_head,
            is_next=is_head and key != above.key,
            numbers=[named[place] for place in self._numbers],
            names=[text for place, text in enumerate(named) if place not in self._numbers],
            key_names=texts[:size],
            texts=of_line,
            cells=[] if packed is None else [*packed[:-1], *unpacked(packed[-1], self._others_packed)],
            filled=filled,
            amount=self._line_total(of_line),
            # What else stands in a document's first row is its head, and says nothing of the line.
            is_bare=filled == [self._amount] and (is_head or not says_more),
        )

    def _lacks_key(self, key: tuple[str, ...], above: tuple[str, ...]) -> bool:
        """True if a part of a key is missing, and those that are there are the ones above it."""
        if any(key) and key == above:
            return False  # the one above lacks the same part: each is alone
        return any(not key[place] for place in self._required) and all(
            text in ("", other) for text, other in zip(key, above, strict=True)
        )

    def _found_total(self, row: Row, above: Above) -> Total | Doubt | Claim | None:
        """A total, if a row is the sum of rows above it, and says so or holds nothing else."""
        if not self._finds_totals or not row.cells:
            return None
        if says_total(row.cells, row.key_names, above.names):
            return self._said_total(row, above)
        is_only_sum = row.is_bare and not row.is_head and any(each.proves_total(row.amount) for each in above.stretches)
        if is_only_sum and self._may_leave_totals_out:
            return Total(row.line)
        return (self._named_total(row, above) or self._claimed_total(row, above)) if self._cells else None

    def _said_total(self, row: Row, above: Above) -> Total | Doubt:
        """A row that says nothing else."""
        if not self._may_leave_totals_out:
            is_sum = False
        elif self._sums:
            is_sum = self._sums.add_up_to(row.cells)
        else:
            is_sum = any(each.adds_up_to(row.amount) for each in above.stretches)
        if is_sum and self._sums:
            self._sums.begin()
        return Total(row.line) if is_sum else Doubt(row.line, total_word(row.cells))

    def _named_total(self, row: Row, above: Above) -> Total | Doubt | None:
        """A row of which a part of the key says so, and another one says something else.

        No document has such a number, nor one of several words like that (`1 Total`). A party may be called so, and a
        number may begin so (`SUM-12`): such a row is in doubt only where it says nothing of a line, and is the sum of
        those above it.
        """
        says_more = _says_more(row.texts, above.names)
        # What stood above the rows of a file of rejects may not be in it.
        may_be_sum = not self._may_leave_totals_out or any(each.adds_up_to(row.amount) for each in above.stretches)
        numbers = [text for text in row.numbers if is_total(text, above.names)]
        if numbers and self._may_leave_totals_out and may_be_sum and not says_more:
            return Total(row.line)
        near = [text for text in row.numbers if may_be_total(text)]
        if never := numbers or [text for text in near if len(text.split()) > 1]:
            return Doubt(row.line, never[0].strip(), is_sum=may_be_sum)
        said = [*(text for text in row.names if is_total(text, above.names)), *near]
        return Doubt(row.line, said[0].strip(), is_sum=True) if said and may_be_sum and not says_more else None

    def _claimed_total(self, row: Row, above: Above) -> Total | Claim | None:
        """A line of a document that says so."""
        texts = [*row.texts, *(row.cells[place] for place in self._unused)]
        stretches = (above.document, above.part) if row.is_head else above.stretches
        is_sum = not row.is_next and any(each.adds_up_to(row.amount) for each in stretches)
        if said := next((text for text in texts if is_total(text, above.names)), ""):
            is_plain = is_sum and not above.document.has_claims and not _says_more(row.texts, above.names)
            return Total(row.line) if is_plain and self._may_leave_totals_out else Claim(row.line, said.strip())
        said = next(filter(may_be_total, texts), "") if is_sum else ""
        return Claim(row.line, said.strip()) if said else None

    def _is_orphaned(self, filled: list[int]) -> bool:
        """True for a row without a key that has a line; in a list, for one in which nothing of the stream stands."""
        return bool(filled) if self._cells else not filled


def _says_more(texts: Iterable[str], above: frozenset[str]) -> bool:
    """True if one of these texts says something else than that it is a total."""
    return any(has_letters(text) and not is_total(text, above) for text in texts)


def finds_orphans(layout: Layout) -> bool:
    """True if rows of this file may belong to those above them."""
    return layout.file.has_order and (layout.lines is not None or layout.settings.entry.fill_down)


def key_cells(layout: Layout) -> tuple[Cell, ...]:
    """The cells that feed the key."""
    return tuple(part.cell for part in layout.key_parts.values())


def other_cells(layout: Layout) -> tuple[Cell, ...]:
    """The cells that a row is told by, besides those of its key."""
    keys = key_cells(layout)
    return layout.lines.cells if layout.lines else tuple(each for each in layout.head.cells if each not in keys)


def named_cells(layout: Layout) -> tuple[Cell, ...]:
    """The cells that feed the key, and then those of the head that name something else, such as an invoice's party."""
    key = key_cells(layout)
    others = (each for each in layout.head.cells if each.field.alike is Alike.NAME and each not in key)
    return (*key, *(others if layout.lines else ()))


def unused(layout: Layout) -> tuple[int, ...]:
    """The places, among all texts of a row, of those that no cell of the mapping has for itself."""
    used = {cell.position for cell in layout.cells if not cell.expression}
    staged = frozenset(layout.staged)
    order = [*layout.staged, *(place for place in range(len(layout.header.columns)) if place not in staged)]
    return tuple(index for index, place in enumerate(order) if place not in used)


def how_to_leave_out(layout: Layout) -> str:
    """Advice for a row that may be a total: what stands in a file of rejects is there to be corrected."""
    return "clear the row's own cells" if isinstance(layout.file, RejectsFile) else "leave the row out by where"


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


def _add(stretch: Stretch, row: Row, *, claims: bool) -> None:
    known = stretch.total
    stretch.total = None if row.amount is None or known is None else EXACT.add(known, row.amount)
    stretch.lines += 1
    stretch.documents += row.is_next or not stretch.documents
    stretch.has_bare |= row.is_bare
    stretch.has_orphans |= not row.is_head
    stretch.has_claims |= claims


def _place_of(name: str, cells: tuple[Cell, ...]) -> int:
    return next((place for place, cell in enumerate(cells) if cell.field.name == name), -1)
