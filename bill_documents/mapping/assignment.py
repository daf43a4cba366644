"""Which column says what: roles and columns brought together, the best pairs first."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from bill_documents.mapping.words import ROLES, SIMILAR, Fit, TextKind, fit
from bill_values.found_notation import days_of, looks_like_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bill_documents.reading.source import Header

HALF = 0.5
LOOKED_AT = 50
"""Different texts by which it is told whether a column holds days, or numbers."""

DAY_ZERO = date(1899, 12, 30)
"""From which Excel and OpenDocument count days, but for old workbooks of the Mac."""

COUNTED_DAYS = range((date(1950, 1, 1) - DAY_ZERO).days, (date(2100, 1, 1) - DAY_ZERO).days)
"""The days of documents, as they are counted."""


class Sample:
    """The first rows of a file, column by column.

    Attributes:
        header: Its columns.
        rows: The rows, as they stand in the file.
        texts: Of each column, the texts that are not blank.
        is_typed: Whether its cells may be numbers and days, and not only texts.
    """

    def __init__(self, header: Header, rows: Sequence[Sequence[str]], *, is_typed: bool = False) -> None:
        self.header, self.rows, self.is_typed = header, rows, is_typed
        self.texts = [[text for cells in rows if (text := cell(cells, place))] for place in range(len(header.names))]
        self._shares: dict[int, Mapping[TextKind, float]] = {}
        self._alike = Counter(name.casefold() for name in header.columns)

    def holds(self, place: int, kind: TextKind, found: Fit) -> bool:
        """True if the texts of a column can be of a kind; of a file without rows all can.

        The better its name fits, the fewer of them have to: a `Due Date` stays one with `on receipt` in most rows.
        """
        if not self.rows:
            return True
        if place not in self._shares:  # few of ten thousand columns have a name that fits
            self._shares[place] = _shares(self.texts[place])
        share = self._shares[place].get(kind, 0.0)
        return share > HALF or (share > 0 and found.tier == 0) or (share == HALF and found.tier < SIMILAR)

    def name(self, place: int) -> str:
        """A column's name, as a mapping has it."""
        names = self.header.columns
        return names[place] if names.count(names[place]) == 1 else self.header.names[place]

    def can_be_named(self, place: int) -> bool:
        """True for a column with a name by which a mapping finds it: not for the first of two with one name."""
        own = self.header.columns[place].casefold()
        return bool(own) and (self._alike[own] == 1 or self.header.names[place] != self.header.columns[place])

    def unnamed_twins(self, place: int, kind: TextKind, found: Fit) -> Iterator[int]:
        """Columns of the same name that can hold the same, and that no mapping can name."""
        own = self.header.columns[place].casefold()
        for other, name in enumerate(self.header.columns):
            is_twin = other != place and name.casefold() == own and not self.can_be_named(other)
            if is_twin and self.holds(other, kind, found):
                yield other

    def counts_days(self, place: int) -> bool:
        """True if the texts of a column are numbers by which workbooks keep days, in cells that do not show them."""
        texts = self.texts[place]
        return bool(texts) and all(text.isascii() and text.isdecimal() and int(text) in COUNTED_DAYS for text in texts)


def cell(cells: Sequence[str], place: int) -> str:
    """The text of a row's cell; blank where the row is too short."""
    return cells[place].strip() if place < len(cells) else ""


def _shares(texts: Sequence[str]) -> Mapping[TextKind, float]:
    """The share of the texts of a column that are of each kind; a day is no name and no number of a document."""
    some = list(dict.fromkeys(texts))[:LOOKED_AT]
    if not some:
        return {}
    days = [text for text in some if _is_day(text)]
    counts = {
        TextKind.TEXT: len(some) - sum(not text.isdigit() for text in days),
        TextKind.DAY: len(days),
        TextKind.NUMBER: sum(map(looks_like_number, some)),
    }
    return {kind: count / len(some) for kind, count in counts.items()}


def _is_day(text: str) -> bool:
    found = days_of([text])
    return bool(found.formats or found.open)


def counted(sample: Sample, role: str, taken: Iterable[int]) -> int | None:
    """The column that is named like a role of days, and holds them as the numbers of a workbook; None without one.

    Args:
        sample: The rows.
        role: Of a day.
        taken: Columns that have another role.
    """
    names = sample.header.columns
    fits = [
        (found, place)
        for place, name in enumerate(names)
        if place not in {*taken} and sample.counts_days(place) and (found := fit(ROLES[role], name))
    ]
    return min(fits, default=(None, None))[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """The column that has a role.

    Attributes:
        place: Of the column.
        fit: How well its name fits.
        rivals: Columns whose names fit as well, or are the very same, and that have no other role.
    """

    place: int
    fit: Fit
    rivals: tuple[int, ...] = ()


def assign(sample: Sample) -> Mapping[str, Assigned]:
    """The roles of columns, the best of all pairs first: a word of one role beats a similar one of any other."""
    places = [place for place, _ in enumerate(sample.header.columns) if sample.can_be_named(place)]
    pairs = sorted(
        (found, order, place, name)
        for order, (name, role) in enumerate(ROLES.items())
        for place in places
        if (found := fit(role, sample.header.columns[place])) and sample.holds(place, role.kind, found)
    )
    assigned: dict[str, Assigned] = {}
    taken: set[int] = set()
    for found, _, place, name in pairs:
        if name not in assigned and place not in taken:
            assigned[name] = Assigned(place=place, fit=found)
            taken.add(place)
    return {
        name: Assigned(
            place=each.place,
            fit=each.fit,
            rivals=(
                *(
                    place
                    for found, _, place, other in pairs
                    if other == name and place not in taken and found.tier == each.fit.tier < SIMILAR
                ),
                *sample.unnamed_twins(each.place, ROLES[name].kind, each.fit),
            ),
        )
        for name, each in assigned.items()
    }
