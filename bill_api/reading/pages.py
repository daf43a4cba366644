"""Reading a whole entity while it changes: pages by time, so that a moving row cannot push another out of sight.

BILL's List is an offset over a moving table. A row that is updated while the pages are read moves to the end (its
`updatedTime` grows) and every row behind it moves one place forward: plain offsets skip a row per such move. Here
pages are anchored at a time (`updatedTime >= T`, ordered by time and id), and neighbouring pages overlap: as long as
a page shares a row with the one before, nothing lies between them that was not read. Where it shares none, reading
begins anew at the time of the last row seen, or, inside one second that holds more rows than a page (a bulk call writes
a hundred at once), further back in it.

Reading does not stop at the time the sync began, but at a page that comes back short: so a row that was touched
meanwhile is delivered in its newer state by the same sync.

BILL may also give fewer rows than were asked for although there are more. So a short page is believed to be the end
only where longer ones were seen, or when the page behind it has nothing new; how long pages are at most is learned on
the way, see `PageLengths`.

Several pages may be asked for at once. Then a row may move out of a page that is answered late into one that was
answered early. So the end is believed only of a page that was asked for when no other was under way; else everything
from the time when reading began is read once more.
"""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from bill_api.errors import UnexpectedReplyError
from bill_api.reading.page_lengths import PageLengths
from bill_api.table.entity import TIME
from bill_api.table.query import Filter, ListQuery, Sort

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Page = list[Any]  # rows that give a value by its name: dicts, or typed rows
    Ask = Callable[[ListQuery], Callable[[], Page]]

log = logging.getLogger(__name__)

TOTAL_ORDER = (Sort(TIME), Sort("id"))
OVERLAP = 20
"""Rows that a page repeats from the page before."""

ROUNDS_MAX = 1_000_000
"""Pages of one stream; more mean that BILL does not page as documented."""

STALE_MAX = 10
"""Pages in a row that bring nothing new, besides those of one second that is read again."""

REREADINGS_MAX = 4
"""How often a crowded second may be read again, because its rows move, before a new row turns up."""


@dataclass(slots=True)
class Asked:
    """A page that was asked for.

    Attributes:
        start: Its offset from the anchor.
        length: Rows that it was taken to have when the place of the next page was chosen.
        alone: Whether every page before it had been received by then.
        result: Waits for it.
    """

    start: int
    length: int
    alone: bool
    result: Callable[[], Page]


@dataclass(slots=True)
class Window:
    """The pages that are asked for ahead of the reader.

    Attributes:
        ask: Asks for a page.
        query: What every page has in common.
        lengths: How long pages are.
        since: The time that offsets count from; None for the beginning.
        start: The offset of the next page to ask for.
        pending: The pages under way, in their order.
        doubted: Rows of the last page, if it was short and may have been cut; else 0.
    """

    ask: Ask
    query: ListQuery
    lengths: PageLengths
    since: str | None
    start: int = 0
    pending: deque[Asked] = field(default_factory=deque)
    doubted: int = 0

    @property
    def length(self) -> int:
        """Rows of a page that is full."""
        return self.lengths.full(self.query.limit)

    def fill(self, ahead: int) -> None:
        """Ask for the next pages, until so many are under way."""
        while len(self.pending) < ahead:
            filters = (*self.query.filters, Filter(TIME, ">=", self.since)) if self.since else self.query.filters
            query = replace(self.query, filters=filters, start=self.start)
            asked = Asked(start=self.start, length=self.length, alone=not self.pending, result=self.ask(query))
            self.pending.append(asked)
            self.start += _step(asked.length)

    def next(self) -> tuple[Asked, Page]:
        """The next page; it is asked for now, unless it is under way."""
        self.fill(1)
        asked = self.pending.popleft()
        return asked, asked.result()

    def anchor(self, since: str | None, start: int) -> None:
        """Go on from here; pages that are under way count no more."""
        self.since, self.start, self.doubted = since, max(0, start), 0
        self.pending.clear()

    def measure(self, asked: Asked, rows: int, *, brings_news: bool) -> bool:
        """True if a page is the end; where it is not as long as was taken for granted, go on right behind it.

        Args:
            asked: The page.
            rows: How many it has.
            brings_news: There are rows among them that are new.
        """
        if self.doubted and brings_news:
            self.lengths.cut(self.doubted)
        self.doubted = 0
        self.lengths.saw(rows)
        if self.lengths.is_end(rows, self.query.limit):
            return True
        if rows != asked.length:
            self.anchor(self.since, asked.start + _step(rows))
        self.doubted = rows if rows < self.length else 0
        return False


@dataclass(slots=True)
class Progress:
    """The rows that have been read.

    Attributes:
        last: The time of the last row; None before the first.
        second: The ids of every row that was seen in the second of the last one.
        before: The page before: id and time of its rows.
        stale: Pages since one that brought a row.
    """

    last: str | None
    second: set[str] = field(default_factory=set)
    before: dict[str, str] = field(default_factory=dict)
    stale: int = 0

    def goes_on(self, step: int) -> None:
        """Take note that another page is asked for.

        Raises:
            UnexpectedReplyError: Too many pages have brought nothing new.
        """
        if self.stale > STALE_MAX + REREADINGS_MAX * (len(self.second) // step + 1):
            raise UnexpectedReplyError(
                f"{self.stale} pages in a row repeat rows that were read: BILL ignores `start` or `max`"
            )
        self.stale += 1

    def take(self, page: Page, times: dict[str, str]) -> Page:
        """The rows of a page that are new."""
        # A row that stands before the last one and was not delivered has moved away since this page was fetched: its
        # newer state is still to come, or was delivered already and must not be followed by this one.
        last, second = self.last, self.second
        fresh = [row for row in page if row[TIME] > (last or "") or (row[TIME] == last and row["id"] not in second)]
        if fresh:
            self.stale = 0
            if fresh[-1][TIME] != last:
                self.last, self.second = fresh[-1][TIME], set()
        # Before the rows go out: who takes them may change them.
        self.second |= {each for each, time in times.items() if time == self.last}
        self.before = times or self.before
        return fresh

    def back_to(self, time: str | Callable[[], str] | None) -> None:
        """Everything at or behind a time is to be read once more."""
        if isinstance(time, str) and (self.last or "") > time:
            self.last, self.second = time, set()
        self.before = {}


def _step(rows: int) -> int:
    """From the beginning of a page of so many rows to the next, which repeats the last ones."""
    return rows - min(OVERLAP, rows - 1)


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
    lengths: PageLengths | None = None,
) -> Iterator[dict[str, Any]]:
    """The rows of `changed_pages`, one by one, with one page under way at a time."""
    ask = in_turn(fetch)
    for page in changed_pages(ask, since, page_size=page_size, nested=nested, filters=filters, lengths=lengths):
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
    lengths: PageLengths | None = None,
) -> Iterator[Page]:
    """Every row whose `updatedTime` is at or after `since`, oldest first, page by page.

    A row that changes while it is read comes again, in its newer state, later. The first page is asked for at once, the
    others when the rows before them are taken.

    Args:
        ask: Asks for one page, and returns what waits for it.
        since: A time as BILL writes it; None for everything.
        page_size: Rows in a page, 2 to 999.
        nested: Include line arrays.
        at_once: Pages that may be under way at the same time.
        began: A time by BILL's clock before the first page is asked for; needed for more than one at once. Or what
            asks for the time: called when the first page was full, before others are asked for.
        filters: What the rows must fulfil besides.
        lengths: What other readings have learned of pages (`BillClient.page_lengths`); else it is learned anew.

    Raises:
        ValueError: A page of one row: it cannot overlap with the next. Several at once without `began`.
        UnexpectedReplyError: The pages repeat, or do not come to an end.
    """
    if page_size <= 1:
        raise ValueError(f"page_size is {page_size}; 2 or more is needed")
    if at_once > 1 and began is None:
        raise ValueError("several pages at once, and nobody knows what was touched meanwhile: `began` is needed")
    query = ListQuery(sort=TOTAL_ORDER, limit=page_size, nested=nested, filters=filters)
    window = Window(ask=ask, query=query, lengths=lengths or PageLengths(), since=since)
    window.fill(1)
    return _pages(window, at_once, began)


def _pages(window: Window, at_once: int, began: str | Callable[[], str] | None) -> Iterator[Page]:
    progress = Progress(last=window.since)
    for _ in range(ROUNDS_MAX):
        progress.goes_on(_step(window.length))
        asked, page = window.next()
        _check_order(page)
        times = {row["id"]: row[TIME] for row in page}
        if asked.start and not progress.before.items() & times.items():
            log.info("Rows moved while they were read; going back to %s", progress.last)
            window.anchor(progress.last, asked.start - window.length if progress.last == window.since else 0)
            continue
        fresh = progress.take(page, times)
        is_end = window.measure(asked, len(page), brings_news=bool(fresh))
        if not is_end and not window.doubted:
            began = began() if callable(began) else began
            window.fill(at_once)  # so that BILL works while these rows are worked on
        is_alone = asked.alone
        del asked, page  # so that whoever takes the rows can let go of each that is done with
        yield fresh
        if is_end and is_alone:
            return
        if is_end:
            # What was touched meanwhile may have moved out of a page that came late into one that had come early.
            # All of that stands at or behind the time when reading began: read it again, one page at a time, which
            # has no such doubts.
            progress.back_to(began)
            at_once = 1
            window.anchor(progress.last, 0)
    raise _endless()


def _check_order(page: Page) -> None:
    """Refuse a page whose rows do not stand in the order of their times: rows would be missed.

    Rows of one second may stand in any order: whether BILL orders ids as texts is unknown.
    """
    for place, (row, next_row) in enumerate(pairwise(page), 2):
        if next_row[TIME] < row[TIME]:
            raise UnexpectedReplyError(
                f"BILL does not sort by `{TIME}` as it was asked to, and rows would be missed: row {place} of a page, "
                f"{next_row['id']}, is of {next_row[TIME]}, behind one of {row[TIME]}"
            )


def every_row(
    fetch: Callable[[ListQuery], Page], *, page_size: int, nested: bool, lengths: PageLengths | None = None
) -> Iterator[dict[str, Any]]:
    """The rows of `pages_by_id`, one by one."""
    for page in pages_by_id(in_turn(fetch), page_size=page_size, nested=nested, lengths=lengths):
        yield from page


def pages_by_id(
    ask: Ask,
    *,
    page_size: int,
    nested: bool,
    filters: tuple[Filter, ...] = (),
    lengths: PageLengths | None = None,
) -> Iterator[Page]:
    """Every row of an entity that does not tell when its rows change, in the order of their ids, page by page.

    An id never changes, so a page that begins behind the last id seen (`id > X`) skips nothing and repeats nothing,
    whatever is written meanwhile; a row created during the reading may be missed, like any that comes after it. The
    first page is asked for at once, each other one when the rows before it are taken.

    Args:
        ask: Asks for one page, and returns what waits for it.
        page_size: Rows in a page, 1 to 999.
        nested: Include line arrays.
        filters: What the rows must fulfil.
        lengths: As for `changed_pages`.

    Raises:
        UnexpectedReplyError: BILL repeats rows, or the pages do not come to an end.
    """
    query = ListQuery(sort=(Sort("id"),), limit=page_size, nested=nested, filters=filters)
    return _pages_by_id(ask, query, ask(query), lengths or PageLengths())


def _pages_by_id(ask: Ask, query: ListQuery, result: Callable[[], Page], lengths: PageLengths) -> Iterator[Page]:
    page_size = query.limit
    before: frozenset[str] = frozenset()
    firsts: set[str] = set()  # of every page: pages that go round in a circle come back to one of them
    for _ in range(ROUNDS_MAX):
        page = result()
        ids = frozenset(row["id"] for row in page)
        if ids & before or len(ids) < len(page) or not firsts.isdisjoint(ids):
            raise UnexpectedReplyError("a page repeats rows that were read: BILL does not page by id as expected")
        if page and before and len(before) < lengths.full(page_size):
            lengths.cut(len(before))
        # Before the rows go out: who takes them may change them.
        before, last = ids, page[-1]["id"] if page else None
        firsts |= {page[0]["id"]} if page else set()
        lengths.saw(len(page))
        is_last = lengths.is_end(len(page), page_size)
        yield page
        if is_last:
            return
        result = ask(replace(query, filters=(*query.filters, Filter("id", ">", last))) if last else query)
    raise _endless()


def _endless() -> UnexpectedReplyError:
    return UnexpectedReplyError(f"after {ROUNDS_MAX:,} pages there is still no end")
