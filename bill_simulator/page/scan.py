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
    from collections.abc import Awaitable, Callable, Iterable, Iterator

    from bill_simulator.state.books import Row, Table

    Pieces = list[list[Row]]

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
    """The rows of tables in pieces, so that nothing large is made at once: the garbage collector would go through it.

    A piece in which nothing has changed is the same list as before.
    """

    def __init__(self) -> None:
        self._taken: WeakKeyDictionary[Table, tuple[int, float, Pieces]] = WeakKeyDictionary()

    async def pieces(self, table: Table, pace: Pace) -> Pieces:
        """The rows as they are, or in a large table were a moment ago.

        While others add rows to it, a table can only be listed in one go, which takes 10 to 20 ms for 300,000 rows.
        """
        version, good_until, before = self._taken.get(table, (-1, 0.0, []))
        began = perf_counter()
        if version == table.version or (began < good_until and len(table.rows) >= LARGE_ROWS):
            return before
        version, pieces = table.version, []
        try:
            for number, piece in enumerate(in_pieces(table)):
                pieces.append(as_before(before, number, piece))
                await pace.step()
        except RuntimeError:  # it has grown meanwhile
            version = table.version
            pieces = [as_before(before, number, piece) for number, piece in enumerate(in_pieces(table))]
        now = perf_counter()
        self._taken[table] = version, now + (now - began) * REUSED_FOR, pieces
        return pieces


def in_pieces(table: Table) -> Iterator[list[Row]]:
    """The rows of a table; RuntimeError if it grows in the meantime."""
    rows = iter(table.rows.values())
    while piece := list(islice(rows, PIECE_ROWS)):
        yield piece


def as_before(before: Pieces, number: int, piece: list[Row]) -> list[Row]:
    """The piece that was in this place, if it has the same rows."""
    return before[number] if number < len(before) and before[number] == piece else piece


class Scan(Generic[Found]):
    """What is found in each piece of a table; stored rows are never changed, only replaced.

    Args:
        look: What is to be found in some rows. It must not hold on to the table, which a reset throws away.
    """

    def __init__(self, look: Callable[[list[Row]], Found]) -> None:
        self._look = look
        self._known: list[tuple[list[Row], Found]] = []

    async def findings(self, pieces: Pieces, pace: Pace) -> list[Found]:
        """The findings, piece by piece."""
        known = self._known
        for number, piece in enumerate(pieces):
            if number >= len(known):
                known.append((piece, self._look(piece)))
            elif known[number][0] is not piece:
                known[number] = piece, self._look(piece)
            await pace.step()
        del known[len(pieces) :]
        return [found for _, found in known]


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
