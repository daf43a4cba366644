"""Reading a whole entity while it changes: pages by time, so that a moving row cannot push another out of sight.

BILL's List is an offset over a moving table. A row that is updated while the pages are read moves to the end (its
`updatedTime` grows) and every row behind it moves one place forward: plain offsets skip a row per such move. Here
pages are anchored at a time (`updatedTime >= T`, ordered by time and id), and neighbouring pages overlap: as long as
a page shares a row with the one before, nothing lies between them that was not read. Where it shares none, reading
begins anew at the time of the last row seen, or, inside one second that holds more rows than a page (a bulk call writes
a hundred at once), further back in it.

Reading does not stop at the time the sync began, but at a page that comes back short: so a row that was touched
meanwhile is delivered in its newer state by the same sync.

Several pages may be asked for at once. Then a row may move out of a page that is answered late into one that was
answered early. So the end is believed only of a page that was asked for when no other was under way; else everything
from the time when reading began is read once more.
"""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from bill_api.errors import UnexpectedReplyError
from bill_api.query import Filter, ListQuery, Sort

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Page = list[dict[str, Any]]
    Ask = Callable[[ListQuery], Callable[[], Page]]

log = logging.getLogger(__name__)

TIME = "updatedTime"
TOTAL_ORDER = (Sort(TIME), Sort("id"))
OVERLAP = 20
"""Rows that a page repeats from the page before."""

ROUNDS_MAX = 1_000_000
"""Pages of one stream; more mean that BILL does not page as documented."""


@dataclass(slots=True)
class Asked:
    """A page that was asked for.

    Attributes:
        start: Its offset from the anchor.
        alone: Whether every page before it had been received by then.
        result: Waits for it.
    """

    start: int
    alone: bool
    result: Callable[[], Page]


@dataclass(slots=True)
class Window:
    """The pages that are asked for ahead of the reader.

    Attributes:
        ask: Asks for a page.
        query: What every page has in common.
        since: The time that offsets count from; None for the beginning.
        start: The offset of the next page to ask for.
        pending: The pages under way, in their order.
    """

    ask: Ask
    query: ListQuery
    since: str | None
    start: int = 0
    pending: deque[Asked] = field(default_factory=deque)

    @property
    def overlap(self) -> int:
        """Rows that a page has in common with the one before."""
        return min(OVERLAP, self.query.limit - 1)

    def fill(self, ahead: int) -> None:
        """Ask for the next pages, until so many are under way."""
        while len(self.pending) < ahead:
            filters = (*self.query.filters, Filter(TIME, ">=", self.since)) if self.since else self.query.filters
            query = replace(self.query, filters=filters, start=self.start)
            self.pending.append(Asked(start=self.start, alone=not self.pending, result=self.ask(query)))
            self.start += self.query.limit - self.overlap

    def next(self) -> tuple[Asked, Page]:
        """The next page; it is asked for now, if nobody has."""
        self.fill(1)
        asked = self.pending.popleft()
        return asked, asked.result()

    def anchor(self, since: str | None, start: int) -> None:
        """Go on from here; pages that are under way count no more."""
        self.since, self.start = since, max(0, start)
        self.pending.clear()


def in_turn(fetch: Callable[[ListQuery], Page]) -> Ask:
    """Ask for one page after the other: each is fetched when somebody waits for it."""
    return lambda query: partial(fetch, query)


def changed_since(
    fetch: Callable[[ListQuery], Page],
    since: str | None,
    *,
    page_size: int,
    nested: bool,
    filters: tuple[Filter, ...] = (),
) -> Iterator[dict[str, Any]]:
    """The rows of `changed_pages`, one by one, with one page under way at a time."""
    for page in changed_pages(in_turn(fetch), since, page_size=page_size, nested=nested, filters=filters):
        yield from page


def changed_pages(
    ask: Ask,
    since: str | None,
    *,
    page_size: int,
    nested: bool,
    at_once: int = 1,
    began: str | Callable[[], str] | None = None,
    filters: tuple[Filter, ...] = (),
) -> Iterator[Page]:
    """Every row whose `updatedTime` is at or after `since`, oldest first, page by page.

    A row that changes while it is read comes again, in its newer state, later.

    Args:
        ask: Asks for one page, and returns what waits for it.
        since: A time as BILL writes it; None for everything.
        page_size: Rows in a page, 2 to 999.
        nested: Include line arrays.
        at_once: Pages that may be under way at the same time.
        began: A time by BILL's clock before the first page is asked for; needed for more than one at once. Or what
            asks for the time: called when the first page was full, before others are asked for.
        filters: What the rows must fulfil besides.

    Raises:
        ValueError: A page of one row: it cannot overlap with the next. Several at once without `began`.
        UnexpectedReplyError: The pages do not come to an end.
    """
    if page_size <= 1:
        raise ValueError(f"page_size is {page_size}; 2 or more is needed")
    if at_once > 1 and began is None:
        raise ValueError("several pages at once, and nobody knows what was touched meanwhile: `began` is needed")
    query = ListQuery(sort=TOTAL_ORDER, limit=page_size, nested=nested, filters=filters)
    return _pages(Window(ask=ask, query=query, since=since), page_size, at_once, began)


def _pages(window: Window, page_size: int, at_once: int, began: str | Callable[[], str] | None) -> Iterator[Page]:
    before: dict[str, str] = {}  # id -> time, of the page before
    last = window.since
    second: set[str] = set()  # the ids of every row seen in the second of the last one
    for _ in range(ROUNDS_MAX):
        asked, page = window.next()
        times = {row["id"]: row[TIME] for row in page}
        if asked.start and not before.items() & times.items():
            log.info("Rows moved while they were read; going back to %s", last)
            window.anchor(last, asked.start - page_size if last == window.since else 0)
            continue
        # A row that stands before the last one and was not delivered has moved away since this page was fetched: its
        # newer state is still to come, or was delivered already and must not be followed by this one.
        fresh = [row for row in page if row[TIME] > (last or "") or (row[TIME] == last and row["id"] not in second)]
        if fresh and fresh[-1][TIME] != last:
            last, second = fresh[-1][TIME], set()
        # Before the rows go out: who takes them may change them.
        second |= {each for each, time in times.items() if time == last}
        before = times or before
        is_short = len(page) < page_size
        if not is_short:
            if callable(began):
                began = began()
            window.fill(at_once)  # so that BILL works while these rows are worked on
        yield fresh
        if is_short and asked.alone:
            return
        if is_short:
            # What was touched meanwhile may have moved out of a page that came late into one that had come early.
            # All of that stands at or behind the time when reading began: read it again, one page at a time, which
            # has no such doubts.
            if isinstance(began, str) and (last or "") > began:
                last, second = began, set()
            before, at_once = {}, 1
            window.anchor(last, 0)
    raise _endless()


def every_row(fetch: Callable[[ListQuery], Page], *, page_size: int, nested: bool) -> Iterator[dict[str, Any]]:
    """The rows of `pages_by_id`, one by one."""
    for page in pages_by_id(fetch, page_size=page_size, nested=nested):
        yield from page


def pages_by_id(
    fetch: Callable[[ListQuery], Page], *, page_size: int, nested: bool, filters: tuple[Filter, ...] = ()
) -> Iterator[Page]:
    """Every row of an entity that does not tell when its rows change, in the order of their ids, page by page.

    An id never changes, so a page that begins behind the last id seen (`id > X`) skips nothing and repeats nothing,
    whatever is written meanwhile; a row created during the reading may be missed, like any that comes after it.

    Args:
        fetch: Gets one page.
        page_size: Rows in a page, 1 to 999.
        nested: Include line arrays.
        filters: What the rows must fulfil.

    Raises:
        UnexpectedReplyError: BILL repeats rows, or the pages do not come to an end.
    """
    base = ListQuery(sort=(Sort("id"),), limit=page_size, nested=nested)
    before: frozenset[str] = frozenset()
    last = None
    for _ in range(ROUNDS_MAX):
        page = fetch(replace(base, filters=(*filters, Filter("id", ">", last)) if last else filters))
        ids = frozenset(row["id"] for row in page)
        if ids & before or len(ids) < len(page):
            raise UnexpectedReplyError("a page repeats rows of the page before: BILL does not page by id as expected")
        # Before the rows go out: who takes them may change them.
        before, last = ids, page[-1]["id"] if page else None
        is_last = len(page) < page_size
        yield page
        if is_last:
            return
    raise _endless()


def _endless() -> UnexpectedReplyError:
    return UnexpectedReplyError(f"after {ROUNDS_MAX:,} pages there is still no end")
