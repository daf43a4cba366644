"""Rows of a list that fit: BILL narrows as far as it can, and what it has no filter for is matched here."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING, Any

from bill_api.errors import RefusedError
from bill_api.reading.pages import changed_since, in_turn, pages_by_id
from bill_api.table.entity import ACTIVE, IS_ACTIVE, LIST_LIMIT, is_active
from bill_api.table.paths import of_list
from bill_api.table.query import Filter, ListQuery
from bill_cli.showing.progress import progress
from bill_cli.typed.resources import plural_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bill_api.client import BillClient
    from bill_api.table.entity import Entity
    from bill_api.table.query import Sort
    from bill_cli.typed.conditions import Conditions

IS_IN_USE = Filter(IS_ACTIVE, "=", ACTIVE)
"""The filter that leaves deleted objects out. BILL takes it for users (live: section 13, 7); for other entities that
follows from the rule for codes (inferred), so a BILL that refuses it, or pays no heed to it, is made up for here."""

WRONG_FIELD = "BDC_1130"
"""BILL's code for a filter on a field that it does not filter by (documented: section 8, 19)."""


@dataclass(slots=True, kw_only=True)
class Search:
    """One list, as far as it is read.

    Attributes:
        client: BILL.
        entity: What is listed.
        wanted: What must hold of the rows.
        hides: Deleted objects are left out.
        asks: BILL is asked to leave them out; no more once it has refused to.
        took: BILL has taken the filter for it; what it refuses later is another thing, and rows keep their offsets.
        read: Rows that BILL gave, each once.
        found: Those of them that fit.
        deleted: Those of them that fit but for being deleted.
        rest: A word about rows that are not shown; empty where none is known of.
    """

    client: BillClient
    entity: Entity
    wanted: Conditions
    hides: bool
    asks: bool = True
    took: bool = False
    read: int = 0
    found: int = 0
    deleted: int = 0
    rest: str = ""
    _advance: Callable[[int], None] = field(default=lambda _done: None)

    @property
    def what(self) -> str:
        """The objects, for people."""
        return plural_of(self.entity)

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Show at a terminal how many were read."""
        with progress(None, f"{self.what} read") as self._advance:
            yield

    def page(self, query: ListQuery) -> list[dict[str, Any]]:
        """A page that BILL has narrowed.

        Raises:
            RefusedError: Something of the query that the user gave is refused.
        """
        if not (self.hides and self.asks):
            return self._counted(query)
        try:
            rows = self._counted(replace(query, filters=(*query.filters, IS_IN_USE)))
        except RefusedError as refusal:
            if self.took:
                raise
            try:
                rows = self._counted(query)
            except RefusedError:
                raise refusal from None  # not for the filter that we have added
            self.asks = False
        else:
            self.took = True
        return rows

    def _counted(self, query: ListQuery) -> list[dict[str, Any]]:
        rows = self.client.list_page(self.entity, query)
        self._advance(len(rows))
        return rows

    def matches_here(self, refusal: RefusedError) -> list[str]:
        """Match here what BILL does not filter by, if that is what it has refused; the fields, none if it is not."""
        wanted, fields = self.wanted.without_doubtful(self.entity)
        if refusal.code != WRONG_FIELD or self.read or not fields:
            return []
        self.wanted = wanted
        return fields

    def fits(self, row: Mapping[str, Any]) -> bool:
        """True if a row that BILL gave is one of the list."""
        self.read += 1
        if not self.wanted.hold(row):
            return False
        if self.hides and not is_active(row):
            self.deleted += 1
            return False
        self.found += 1
        return True

    def some(self, query: ListQuery, left: int, *, asks_exactly: bool) -> Iterator[Mapping[str, Any]]:
        """So many rows, each once: a row may move on to the next page, and a page that has no new one is the end.

        Args:
            query: From where on, in which order.
            left: How many.
            asks_exactly: BILL is asked for no more; otherwise for whole pages, to tell how many there are besides.
        """
        lengths = self.client.page_lengths[query.nested]
        query = replace(query, filters=self.wanted.filters)
        asks_exactly = asks_exactly and not self.wanted.matches
        seen: set[str] = set()
        while left > 0:
            query = replace(query, limit=min(left, LIST_LIMIT) if asks_exactly else LIST_LIMIT)
            page = self.page(query)
            lengths.saw(len(page))
            fresh = [row for row in page if row["id"] not in seen]
            seen.update(row["id"] for row in fresh)
            is_end = lengths.is_end(len(page), query.limit) or not fresh
            fitting = [row for row in fresh if self.fits(row)]
            yield from fitting[:left]
            left -= len(fitting)
            query = query.at(query.start + len(page))
            if left <= 0 and not is_end and len(page) < query.limit:
                is_end = not self.page(replace(query, limit=1))
            if left <= 0 or is_end:
                self._tell(-left, is_full=not is_end)
                return

    def _tell(self, unseen: int, *, is_full: bool) -> None:
        """So many rows of the last page are not shown; a full page may have others behind it."""
        if unseen > 0:
            self.rest = f"{'at least ' if is_full else ''}{unseen} more with --all"
        elif is_full:
            self.rest = f"there may be more: {'' if self.wanted.matches else '--start, or '}--all"

    def every(self, sort: tuple[Sort, ...], *, nested: bool) -> list[Mapping[str, Any]]:
        """Every row, each once and in its newest state, in the order that was asked for.

        They are read in an order in which nothing is missed, and sorted here.
        """
        common: dict[str, Any] = {
            "page_size": LIST_LIMIT,
            "nested": nested,
            "filters": self.wanted.filters,
            "lengths": self.client.page_lengths[nested],
        }
        if self.entity.is_timed:
            found = changed_since(self.page, None, **common)
        else:
            found = chain.from_iterable(pages_by_id(in_turn(self.page), **common))
        newest = {row["id"]: row for row in of_list(self.entity, found)}
        rows: list[Mapping[str, Any]] = [row for row in newest.values() if self.fits(row)]
        for key in reversed(sort):
            rows.sort(key=lambda row, name=key.field: _rank(row.get(name)), reverse=not key.ascending)  # type: ignore[misc]
        return rows

    def words(self, *, is_empty: bool, is_filtered: bool) -> Iterator[str]:
        """All that a person should know besides the rows.

        Args:
            is_empty: There are no rows.
            is_filtered: Conditions were given.
        """
        if self.wanted.matches:
            yield f"{self.found:,} of {self.read:,} {self.what} read"
        if is_empty:
            none = f"no {self.what} match" if is_filtered else f"no {self.what}"
            hidden = f"{self.deleted:,} deleted ones are hidden" if self.deleted else "deleted ones are hidden"
            yield f"{none}; {hidden}: --deleted" if self.hides else none
            if lines := self._also_of_lines():
                yield f"lines have a {' and a '.join(lines)} of their own, which lists do not look at"
        if self.rest:
            yield self.rest

    def _also_of_lines(self) -> list[str]:
        """The fields of conditions that lines have as well: most documents have theirs there."""
        lines = self.entity.lines
        of_lines = {each.name for each in lines.item_fields if each.references} if lines else set()
        return [f"`{name}`" for name in self.wanted.fields if name in of_lines]


def _rank(value: Any) -> tuple[int, Decimal, str]:
    """Comparable whatever it is: nothing first, then numbers, then texts."""
    if value is None:
        return 0, Decimal(0), ""
    if isinstance(value, int | Decimal):
        return 1, Decimal(value), ""
    return 2, Decimal(0), str(value)
