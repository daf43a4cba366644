"""Reading a whole entity while it changes: pages by time, so that a moving row cannot push another out of sight.

BILL's List is an offset over a moving table. A row that is updated while the pages are read moves to the end (its
`updatedTime` grows) and every row behind it moves one place forward: plain offsets skip a row per such move. Here
every page begins again at offset 0, from the time of the last row seen (`updatedTime >= T`, ordered by time and
id). Rows that leave the range cannot shift the ones that are still to come. Only inside one second that holds more
rows than a page (a bulk call writes a hundred at once) offsets are needed; there neighbouring pages overlap, and a
page whose first row has not been seen before as it is proves that rows have moved: it is read again from further
back.

Reading does not stop at the time the sync began: it goes on until a page comes back short. So a row that was
touched meanwhile is delivered in its newer state by the same sync.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bill_api.errors import UnexpectedReplyError
from bill_api.query import Filter, ListQuery, Sort

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Page = list[dict[str, Any]]

log = logging.getLogger(__name__)

TIME = "updatedTime"
TOTAL_ORDER = (Sort(TIME), Sort("id"))
OVERLAP = 20
"""Rows that a page inside one crowded second repeats from the page before."""

ROUNDS_MAX = 1_000_000
"""Pages of one stream; more mean that BILL does not page as documented."""


def changed_since(
    fetch: Callable[[ListQuery], Page], since: str | None, *, page_size: int, nested: bool
) -> Iterator[dict[str, Any]]:
    """Every row whose `updatedTime` is at or after `since`, oldest first.

    A row that changes while it is read comes again, in its newer state, later.

    Args:
        fetch: Gets one page.
        since: A time as BILL writes it; None for everything.
        page_size: Rows in a page, 2 to 999.
        nested: Include line arrays.

    Raises:
        ValueError: A page of one row: it cannot overlap with the next.
        UnexpectedReplyError: The pages do not come to an end.
    """
    if page_size <= 1:
        raise ValueError(f"page_size is {page_size}; 2 or more is needed")
    base = ListQuery(sort=TOTAL_ORDER, limit=page_size, nested=nested)
    overlap = min(OVERLAP, page_size - 1)
    seen: dict[str, str] = {}  # id -> time, of the rows in the second `since`
    start = 0
    for _ in range(ROUNDS_MAX):
        query = replace(base, filters=(Filter(TIME, ">=", since),) if since else (), start=start)
        page = fetch(query)
        if start and (not page or seen.get(page[0]["id"]) != page[0][TIME]):
            log.info("Rows moved while their second was read; reading it again from further back")
            start = max(0, start - page_size)
            continue
        fresh = [row for row in page if seen.get(row["id"]) != row[TIME]]
        is_last = len(page) < page_size
        if not is_last and page[-1][TIME] == since:
            start += page_size - overlap
        elif not is_last:
            since, start, seen = page[-1][TIME], 0, {}
        # Before the rows go out: who takes them may change them.
        seen |= {row["id"]: row[TIME] for row in page if row[TIME] == since}
        yield from fresh
        if is_last:
            return
    raise _endless()


def every_row(fetch: Callable[[ListQuery], Page], *, page_size: int, nested: bool) -> Iterator[dict[str, Any]]:
    """Every row of an entity that does not tell when its rows change, in the order of their ids.

    An id never changes, so a page that begins behind the last id seen (`id > X`) skips nothing and repeats nothing,
    whatever is written meanwhile; a row created during the reading may be missed, like any that comes after it.

    Args:
        fetch: Gets one page.
        page_size: Rows in a page, 1 to 999.
        nested: Include line arrays.

    Raises:
        UnexpectedReplyError: BILL repeats rows, or the pages do not come to an end.
    """
    base = ListQuery(sort=(Sort("id"),), limit=page_size, nested=nested)
    before: frozenset[str] = frozenset()
    last = None
    for _ in range(ROUNDS_MAX):
        page = fetch(replace(base, filters=(Filter("id", ">", last),) if last else ()))
        ids = frozenset(row["id"] for row in page)
        if ids & before or len(ids) < len(page):
            raise UnexpectedReplyError("a page repeats rows of the page before: BILL does not page by id as expected")
        # Before the rows go out: who takes them may change them.
        before, last = ids, page[-1]["id"] if page else None
        yield from page
        if len(page) < page_size:
            return
    raise _endless()


def _endless() -> UnexpectedReplyError:
    return UnexpectedReplyError(f"after {ROUNDS_MAX:,} pages there is still no end")
