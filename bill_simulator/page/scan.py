"""Walks over whole tables for the page, in steps that the API under test does not feel.

Everything runs on the server's one event loop. 300,000 rows looked at in one go would hold up every call of the API for
half a second; so a walk works for two milliseconds, leaves the loop to others for three, and goes on. It remembers what
it found in each piece of a table, and looks again only at the pieces that have changed.
"""

from __future__ import annotations

import asyncio
from heapq import merge
from itertools import islice
from time import perf_counter
from typing import TYPE_CHECKING, Generic, TypeVar
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from bill_simulator.books import Row, Table

PIECE_ROWS = 250
WORK_S, REST_S = 0.002, 0.003
LARGE_ROWS, REUSED_FOR = 20_000, 10
"""The list of a large table serves again, changed or not, for this many times as long as it took to make."""

Found = TypeVar("Found")


class AbandonedError(Exception):
    """Nobody waits for the answer any more."""


class Pace:
    """The steps of one request.

    Args:
        is_abandoned: Whether the caller has gone, as a browser does when the next letter is typed into the search.
    """

    def __init__(self, is_abandoned: Callable[[], Awaitable[bool]]) -> None:
        self._is_abandoned = is_abandoned
        self._since = perf_counter()

    async def step(self) -> None:
        """Rest, once this has worked for long enough."""
        if perf_counter() - self._since < WORK_S:
            return
        await asyncio.sleep(REST_S)
        if await self._is_abandoned():
            raise AbandonedError
        self._since = perf_counter()


class Snapshots:
    """The rows of tables as lists."""

    def __init__(self) -> None:
        self._taken: WeakKeyDictionary[Table, tuple[int, float, list[Row]]] = WeakKeyDictionary()

    async def rows(self, table: Table, pace: Pace) -> list[Row]:
        """The rows as they are, or in a large table were a moment ago.

        While others add rows to it, a table can only be listed in one go, which takes 10 to 30 ms for 300,000 rows.
        """
        version, good_until, rows = self._taken.get(table, (-1, 0.0, []))
        began = perf_counter()
        if version == table.version or (began < good_until and len(rows) >= LARGE_ROWS):
            return rows
        version = table.version
        try:
            rows = await listed_in_steps(table, pace)
        except RuntimeError:  # it has grown meanwhile
            version, rows = table.version, list(table.rows.values())
        now = perf_counter()
        self._taken[table] = version, now + (now - began) * REUSED_FOR, rows
        return rows


async def listed_in_steps(table: Table, pace: Pace) -> list[Row]:
    """The rows of a table to which nobody adds any in the meantime; RuntimeError if somebody does."""
    rows: list[Row] = []
    values = iter(table.rows.values())
    while piece := list(islice(values, PIECE_ROWS)):
        rows += piece
        await pace.step()
    return rows


class Scan(Generic[Found]):
    """What is found in each piece of a table.

    Stored rows are never changed, only replaced; so a piece that has the same rows still has the same findings.

    Args:
        look: What is to be found in some rows. It must not hold on to the table, which a reset throws away.
    """

    def __init__(self, look: Callable[[list[Row]], Found]) -> None:
        self._look = look
        self._pieces: list[tuple[list[Row], Found]] = []

    async def findings(self, rows: list[Row], pace: Pace) -> list[Found]:
        """The findings in the rows of the table, piece by piece."""
        pieces = self._pieces
        for number, start in enumerate(range(0, len(rows), PIECE_ROWS)):
            piece = rows[start : start + PIECE_ROWS]
            if number >= len(pieces):
                pieces.append((piece, self._look(piece)))
            elif pieces[number][0] != piece:
                pieces[number] = piece, self._look(piece)
            await pace.step()
        del pieces[-(-len(rows) // PIECE_ROWS) :]
        return [found for _, found in pieces]


async def newest(pieces: Iterable[list[tuple[str, str]]], start: int, stop: int, pace: Pace) -> list[str]:
    """The ids of a stretch of all matches; each piece has its (updatedTime, id) from the newest to the oldest."""
    ids = []
    for place, (_, object_id) in enumerate(merge(*pieces, reverse=True)):
        if place >= stop:
            break
        if place >= start:
            ids.append(object_id)
        if place % PIECE_ROWS == 0:
            await pace.step()
    return ids
