"""Rows of a table by what becomes of each: a line, or the repeat or an older version of one.

A row is known by the key properties of its stream, as a record is; the same rules say which of several is the current
one (`versions`). It is compared by the columns that the documents are made of: what a tap adds says nothing of a line.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from enum import IntEnum, auto
from hashlib import sha256
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from bill_api.identity.deletes import is_marked
from bill_api.identity.keys import joined, key_shown, text_of
from bill_values.visible import HIDDEN
from target_bill.input.versions import Standing, Version, order_of, standings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


ROWS_NAMED_MAX = 10
"""Rows with one key that a problem names."""

AT_ONCE = 5_000
"""Rows that are written to the index together."""


class RowState(IntEnum):
    """The outcome for a row."""

    LINE = auto()
    REPEATED = auto()  # another row with its key says the same
    SUPERSEDED = auto()  # another row with its key is proven to be later
    DOUBTFUL = auto()  # it may be a line or not: its document is rejected


_SET_ASIDE = {Standing.REPEATED: RowState.REPEATED, Standing.SUPERSEDED: RowState.SUPERSEDED}


@dataclass(frozen=True, slots=True, kw_only=True)
class RowDoubt:
    """The reason for which nothing can be done with a row.

    Attributes:
        column: The columns that it is about.
        text: For people.
        kind: The same without what is of this row alone.
    """

    column: str
    text: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The columns that tell the rows of a table apart, and their versions.

    Attributes:
        keys: The key properties of their stream; without any each row stands for itself.
        bookmark: The property by which their tap tells later versions; None without one.
        columns: Those that documents are made of.
        hidden: Those whose values are not shown.
        marks: Columns that say of a row that it is deleted, each with BILL's name for it.
    """

    keys: Sequence[str]
    bookmark: str | None
    columns: Sequence[str]
    hidden: frozenset[str]
    marks: Mapping[str, str]

    def key(self, row: Mapping[str, Any]) -> list[str]:
        """The canonical texts of its key."""
        return [text_of(row.get(name)) for name in self.keys]

    def shown(self, row: Mapping[str, Any]) -> str:
        """Its key for people."""
        return key_shown({name: HIDDEN if name in self.hidden else row.get(name) for name in self.keys})

    def marked(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        """What it says of being deleted, by BILL's names."""
        return {known: row[name] for name, known in self.marks.items() if row.get(name) is not None}

    def content(self, row: Mapping[str, Any]) -> str:
        """Equal for rows that say the same."""
        return sha256(joined(text_of(row.get(name)) for name in self.columns).encode()).hexdigest()


@dataclass(slots=True)
class RowStates:
    """The state of each row, by its number from 1; without any, all are lines.

    Attributes:
        doubts: Why rows are doubtful.
    """

    doubts: dict[int, RowDoubt] = field(default_factory=dict)
    _states: bytearray = field(default_factory=bytearray)

    def of(self, number: int) -> RowState:
        """The state of a row."""
        return RowState(self._states[number - 1]) if self._states else RowState.LINE

    def is_wanted(self, number: int) -> bool:
        """True for a row that is a part of a document, be it as a line or as its delete, which its marks say."""
        return self.of(number) not in _SET_ASIDE.values()

    @property
    def counts(self) -> Mapping[RowState, int]:
        """The number of rows in each state."""
        return {RowState(state): count for state, count in Counter(self._states).items()}

    def add(self, state: RowState) -> None:
        """The state of the next row."""
        self._states.append(state)

    def set(self, number: int, state: RowState) -> None:
        """Another state for a row."""
        self._states[number - 1] = state

    def doubt(self, numbers: Iterable[int], doubt: RowDoubt) -> None:
        """Say why nothing can be done with these rows."""
        for number in numbers:
            self.set(number, RowState.DOUBTFUL)
            self.doubts.setdefault(number, doubt)


def states_of(rows: Iterable[Mapping[str, Any]], identity: Identity) -> RowStates:
    """The state of each row, in their order."""
    states = RowStates()
    if not identity.keys:
        return states
    index = _Index()
    try:
        for number, row in enumerate(rows, start=1):
            _take(number, row, identity, states, index)
        for several in index.repeated():
            _compare(several, identity, states)
    finally:
        index.close()
    return states


def _take(number: int, row: Mapping[str, Any], identity: Identity, states: RowStates, index: _Index) -> None:
    """Look at a row by itself."""
    marks = identity.marked(row)
    is_deleted = bool(marks) and is_marked(marks)
    states.add(RowState.LINE)
    key = identity.key(row)
    if all(key):
        order = order_of(row, identity.bookmark)
        index.add(number, joined(key), identity.shown(row), identity.content(row), order, is_deleted)
        return
    blank = ", ".join(name for name, text in zip(identity.keys, key, strict=True) if not text)
    kind = "the row has no value for this key property, so that it cannot be told from another"
    states.doubt([number], RowDoubt(column=blank, text=kind, kind=kind))


def _compare(several: Sequence[_Kept], identity: Identity, states: RowStates) -> None:
    """Look at the rows with one key."""
    versions = [
        Version(content_hash=each.content + str(each.is_deleted), bookmark=each.order, is_deleted=each.is_deleted)
        for each in several
    ]
    found = standings(versions)
    if Standing.AMBIGUOUS in found:
        states.doubt([each.number for each in several], _doubt(several, identity))
        return
    for each, standing in zip(several, found, strict=True):
        if standing in _SET_ASIDE:
            states.set(each.number, _SET_ASIDE[standing])


def _doubt(several: Sequence[_Kept], identity: Identity) -> RowDoubt:
    names = ", ".join(identity.keys)
    numbers = ", ".join(str(each.number) for each in several[:ROWS_NAMED_MAX])
    more = f" and {len(several) - ROWS_NAMED_MAX} more" if len(several) > ROWS_NAMED_MAX else ""
    kind = "several rows have one key and do not say the same, and none is proven to be the later version"
    return RowDoubt(
        column=names,
        kind=kind,
        text=f"rows {numbers}{more} have the key {several[0].shown} ({names}) and do not say the same, and none is "
        "proven to be the later version by a greater bookmark; load the latest version only, or name key properties "
        "in the tap that tell its rows apart",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """A row in the index."""

    number: int
    shown: str
    content: str
    order: str | None
    is_deleted: bool


class _Index:
    """Rows by their key, on disk."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute("CREATE TABLE rows (key TEXT, number INTEGER, shown TEXT, content TEXT, mark TEXT, gone INT)")
        self._waiting: list[tuple[Any, ...]] = []

    def add(self, number: int, key: str, *more: Any) -> None:
        """Keep a row."""
        self._waiting.append((key, number, *more))
        if len(self._waiting) >= AT_ONCE:
            self._write()

    def repeated(self) -> Iterator[list[_Kept]]:
        """Rows of which several have one key, those of each key together and in order."""
        self._write()
        found = self._db.execute(
            "SELECT * FROM rows WHERE key IN (SELECT key FROM rows GROUP BY key HAVING count(*) > 1)"
            " ORDER BY key, number"
        )
        for _, several in groupby(found, key=itemgetter(0)):
            yield [
                _Kept(number=number, shown=shown, content=content, order=order, is_deleted=bool(gone))
                for _, number, shown, content, order, gone in several
            ]

    def close(self) -> None:
        """Forget them."""
        self._db.close()

    def _write(self) -> None:
        self._db.execute("BEGIN")
        self._db.executemany("INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?)", self._waiting)
        self._db.execute("COMMIT")
        self._waiting = []
