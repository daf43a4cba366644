"""The place of one organization's list among the others: what is asked for when it comes, or before.

What a list is asked for follows from the bookmarks of its streams, which are read and moved here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from bill_api.reading.pages import changed_pages, pages_by_id
from bill_api.table.entity import TIME
from bill_api.table.query import Filter
from bill_values.instants import parse_instant, rfc3339, wire_instant

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from bill_api.answers.typed_rows import TypedRow
    from bill_api.table.entity import Entity
    from tap_bill.organization import OrganizationSync
    from tap_bill.receiver import Context, Receiver
    from tap_bill.settings import TapSettings

    Page = list[TypedRow]

PAGE_MIN = 2
"""Pages of one row cannot overlap, and the overlap is what shows that no row was skipped."""

PAID = "0"
OPEN_STATUS = "paymentStatus"
"""The field that tells open bills and invoices from paid ones (documented); `0` is paid in full."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A reading whose first page is asked for.

    Attributes:
        mark: The bookmark that it goes on from; None if it reads everything.
        since: The time from which rows are read; None for the beginning.
        pages: Its pages.
        may_be_large: True if everything is read of a list that tells what changes; those that do not tell are short.
    """

    mark: datetime | None
    since: str | None
    pages: Iterator[Page]
    may_be_large: bool


@dataclass(frozen=True, slots=True)
class EntityTurn:
    """The reading of an entity of one organization, in its place among the others.

    Attributes:
        entity: Whose list is read.
        organization: What is read.
        settings: How.
        members: The streams that want records; the first is the one that reads.
        context: The same organization, for the bookmarks.
    """

    entity: Entity
    organization: OrganizationSync
    settings: TapSettings = field(compare=False)
    members: tuple[Receiver, ...] = field(compare=False)
    context: Context = field(compare=False)

    def begin(self) -> Begun:
        """Ask for the first page of the changes since the bookmark."""
        mark = self._mark
        since = self._since(mark)
        is_first = self.entity.is_timed and mark is None
        return Begun(mark, since, self._pages(since), may_be_large=is_first)

    def is_as_sent(self, digest: bytes) -> bool:
        """True if a whole list was sent as it is to all of the streams."""
        return all(each.sent.is_as_sent(self.context, digest) for each in self.members)

    def keep_as_sent(self, digest: bytes) -> None:
        """Write down of all of the streams that a whole list is sent."""
        for each in self.members:
            each.sent.keep(self.context, digest)

    def forget(self, mark: datetime) -> None:
        """Forget the bookmarks: a wrong clock or a hand-made state leaves what has changed since then unknown."""
        leader = self.members[0]
        leader.logger.warning("The bookmark %s of `%s` is in BILL's future: reading everything", mark, leader.name)
        for each in self.members:
            each.bookmark(self.context, None)

    def bookmark(self, instant: datetime) -> None:
        """Move the bookmarks on, where BILL tells times.

        They never pass the bound: rows behind it are read again by the next sync, because others of the same time may
        not have been there yet.
        """
        if not self.entity.is_timed:
            return
        reached = rfc3339(wire_instant(min(instant, self.organization.bound)))
        for each in self.members:
            each.bookmark(self.context, reached)

    def open_pages(self, since: str | None) -> Iterator[Page]:
        """Open documents that did not change since then, if they are wanted.

        A payment moves `updatedTime` of a bill (live: section 7, 8); of an invoice that is unknown.
        """
        if since is None or not self.settings.reread_open or OPEN_STATUS not in self.entity.by_name:
            return iter(())
        return self._by_id(Filter(OPEN_STATUS, "!=", PAID), Filter(TIME, "<", since))

    def _pages(self, since: str | None) -> Iterator[Page]:
        """Pages of the changes since then; of everything where BILL does not tell."""
        if not self.entity.is_timed:
            return self._by_id()
        organization, nested = self.organization, self._wants_lines
        return changed_pages(
            partial(organization.ask, self.entity),
            since,
            began=lambda: wire_instant(organization.bound),
            page_size=max(PAGE_MIN, self.settings.page_size),
            nested=nested,
            at_once=organization.concurrency,
            filters=self.settings.options(self.entity.stream).filters,
            lengths=organization.client.page_lengths[nested],
        )

    def _by_id(self, *conditions: Filter) -> Iterator[Page]:
        organization, nested = self.organization, self._wants_lines
        return pages_by_id(
            partial(organization.ask, self.entity),
            page_size=self.settings.page_size,
            nested=nested,
            filters=(*self.settings.options(self.entity.stream).filters, *conditions),
            lengths=organization.client.page_lengths[nested],
        )

    @property
    def _wants_lines(self) -> bool:
        """True if BILL is asked for the child arrays: documents come with them, or they are streams of their own."""
        is_nested = self.settings.is_nested(self.entity.stream)
        return bool(self.entity.children) and (is_nested or any(each.needs_lines for each in self.members))

    @property
    def _mark(self) -> datetime | None:
        """The bookmark of the least advanced of the streams; None if one has none."""
        marks = [each.bookmarked(self.context) for each in self.members]
        instants = [parse_instant(each) if each else None for each in marks]
        known = [each for each in instants if each]
        return min(known) if len(known) == len(instants) else None

    def _since(self, mark: datetime | None) -> str | None:
        """From where to read: what the streams have not got yet."""
        if mark is None:
            return wire_instant(self.settings.start_date) if self.settings.start_date else None
        return wire_instant(mark - timedelta(seconds=self.settings.lookback_s))
