"""One reading of an entity's pages, from which its stream and those of its line arrays are made."""

from __future__ import annotations

from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from bill_api.errors import REFUSES_ALL, BillError
from bill_api.reading.pages import changed_pages, pages_by_id
from bill_api.table.entity import TIME
from bill_api.table.paths import of_list
from bill_api.table.query import Filter
from bill_singer.records import record_of
from bill_singer.writer import record_head
from bill_values.instants import parse_instant, rfc3339, wire_instant
from tap_bill.whole_lists import HeldList

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from logging import Logger, LoggerAdapter

    from singer_sdk.metrics import Counter

    from bill_api.table.entity import Entity
    from tap_bill.account import Account
    from tap_bill.ahead import ReadAhead
    from tap_bill.organization import OrganizationSync
    from tap_bill.settings import TapSettings
    from tap_bill.whole_lists import SentLists

    Page = list[dict[str, Any]]
    Context = Mapping[str, Any]

PAGE_MIN = 2
"""Pages of one row cannot overlap, and the overlap is what shows that no row was skipped."""

FUTURE_TOLERANCE = timedelta(minutes=10)
"""A bookmark may be ahead of the bound by the margin that is taken off when BILL does not tell its time."""

PAID = "0"
OPEN_STATUS = "paymentStatus"
"""The field that tells open bills and invoices from paid ones (documented); `0` is paid in full."""


class Sync(Protocol):
    """The run that a reading belongs to: a tap."""

    account: Account
    ahead: ReadAhead[Begun]

    @property
    def settings(self) -> TapSettings:
        """The settings of tap-bill."""

    @property
    def organizations(self) -> Mapping[str, OrganizationSync]:
        """The organizations that are read, by id."""

    def failed(self, organization: OrganizationSync, stream: str, error: BillError) -> None:
        """Go on without an organization, or end."""


class Receiver(Protocol):
    """A stream that gets records of a reading."""

    name: str
    head: bytes
    sent: SentLists

    @property
    def logger(self) -> Logger | LoggerAdapter[Any]:
        """Its log."""

    @property
    def selected(self) -> bool:
        """True if its records are wanted."""

    @property
    def is_trial(self) -> bool:
        """True if only a few records are wanted and none are written (`--test`)."""

    @property
    def needs_lines(self) -> bool:
        """True if its records are made of the lines of documents."""

    @property
    def partitions(self) -> list[dict[str, Any]]:
        """The contexts of its bookmarks, one for each organization in their order."""

    def records_of(self, documents: Page) -> Page:
        """The records of a page of documents; those of documents are the documents themselves, changed in place."""

    def announce(self) -> None:
        """Write the schema."""

    def write(self, record: dict[str, Any]) -> None:
        """Write a record."""

    def take_count(self) -> int:
        """How many records went out since it was last asked."""

    @property
    def version(self) -> int | None:
        """The version of its rows, if versions are told of them."""

    def activate_version(self) -> None:
        """Say that the rows of its version are all that there are."""

    def write_state(self) -> None:
        """Write the bookmarks."""

    def bookmarked(self, context: Context) -> str | None:
        """The instant up to which an earlier sync was complete."""

    def bookmark(self, context: Context, value: str | None) -> None:
        """Move the bookmark on; None forgets it."""

    def get_record_counter(self) -> Counter:
        """The SDK's counter of records."""


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
        reading: Of the entity.
        organization: What is read.
        members: The streams that want records; the first is the one that reads.
        context: The same organization, for the bookmarks.
    """

    reading: EntityReading
    organization: OrganizationSync
    members: tuple[Receiver, ...] = field(compare=False)
    context: Context = field(compare=False)

    def begin(self) -> Begun:
        """Ask for the first page."""
        return self.reading.begin(self)

    def is_as_sent(self, digest: bytes) -> bool:
        """True if a whole list was sent as it is to all of the streams."""
        return all(each.sent.is_as_sent(self.context, digest) for each in self.members)


class EntityReading:
    """Reads the pages of one entity, once for all of its streams.

    Args:
        sync: The run.
        entity: The entity.
    """

    def __init__(self, sync: Sync, entity: Entity) -> None:
        self._sync = sync
        self.entity = entity
        self._receivers: list[Receiver] = []
        self._held: list[tuple[EntityTurn, HeldList]] = []

    def serve(self, receiver: Receiver) -> None:
        """Let a stream have its records from this reading; that of the entity itself comes first."""
        self._receivers.append(receiver)

    @property
    def settings(self) -> TapSettings:
        """How BILL is read."""
        return self._sync.settings

    @property
    def organization_ids(self) -> list[str]:
        """The organizations that are read."""
        return list(self._sync.organizations)

    @property
    def is_nested(self) -> bool:
        """True if documents come with their lines."""
        wanted = self.settings.options(self.entity.stream).nested
        return self.settings.nested if wanted is None else wanted

    def turns(self) -> list[EntityTurn]:
        """The readings of all organizations, in the order in which the SDK asks for their records."""
        members = self._selected
        contexts = zip(self._sync.organizations.values(), members[0].partitions, strict=True) if members else ()
        return [EntityTurn(self, organization, members, context) for organization, context in contexts]

    @property
    def _selected(self) -> tuple[Receiver, ...]:
        return tuple(each for each in self._receivers if each.selected)

    def records(self, stream: Receiver, organization_id: str, context: Context) -> Iterator[dict[str, Any]]:
        """Read, if the stream is the first that is selected; the records of the others are written on the way.

        A stream that BILL does not let us read is skipped. Any other error ends the reading of this organization.

        Args:
            stream: Who asks.
            organization_id: The organization that is read.
            context: The same for the bookmarks.

        Yields:
            The records of the stream.
        """
        members = (stream,) if stream.is_trial else self._selected
        if stream is not members[0]:
            return
        organization = self._sync.organizations[organization_id]
        turn = EntityTurn(self, organization, members, context)
        begun = self._sync.ahead.take(turn)
        if organization.failure is None:
            try:
                yield from self._read(turn, begun)
                for each in members:
                    self._sync.account.end(each.name)
            except REFUSES_ALL as error:
                for each in members:
                    organization.skip(each.name, error)
            except BillError as error:
                stream.write_state()
                self._sync.failed(organization, stream.name, error)
        if organization_id == self.organization_ids[-1]:
            with ExitStack() as done:
                held, self._held = self._held, []
                for _, waiting in held:
                    done.callback(waiting.close)
                yield from self._send(held)

    def begin(self, turn: EntityTurn) -> Begun:
        """Ask for the first page of the changes since the bookmark."""
        mark = self._mark(turn)
        since = self._since(mark)
        is_first = self.entity.is_timed and mark is None
        return Begun(mark, since, self._pages(turn, since), may_be_large=is_first)

    def _read(self, turn: EntityTurn, begun: Begun) -> Iterator[dict[str, Any]]:
        bound = turn.organization.bound
        if begun.mark and begun.mark > bound + FUTURE_TOLERANCE:
            self._forget(turn, begun.mark)
            begun = self.begin(turn)
        # Not before BILL has let us in once: who is not let in is not tried for every organization.
        self._sync.ahead.go_on()
        pages = of_list(self.entity, begun.pages)
        if self.entity.is_timed or turn.members[0].is_trial:
            yield from self._changes(turn, begun, pages)
        else:
            yield from self._whole(turn, HeldList(pages))

    def _changes(self, turn: EntityTurn, begun: Begun, pages: Iterator[Page]) -> Iterator[dict[str, Any]]:
        """Send page by page, and move the bookmark behind each."""
        bound = turn.organization.bound
        with self._counters(turn) as counters:
            for page in pages:
                time = page[-1].get(TIME) if page else None
                yield from self._out(page, turn, counters)
                if time and (instant := parse_instant(str(time))):
                    self._bookmark(turn, min(instant, bound))
                    turn.members[0].write_state()
            self._bookmark(turn, bound)
            for page in of_list(self.entity, self._open_pages(turn, begun.since)):
                yield from self._out(page, turn, counters)

    def _whole(self, turn: EntityTurn, held: HeldList) -> Iterator[dict[str, Any]]:
        """Send a list; one that shares a version with those of other organizations waits for them."""
        if self.settings.tells_versions:
            self._held.append((turn, held))
            return
        with closing(held):
            yield from self._send([(turn, held)])

    def _send(self, lists: Sequence[tuple[EntityTurn, HeldList]]) -> Iterator[dict[str, Any]]:
        """Send those of some lists that are not as they were sent last; with a version all, if one is not.

        A version becomes active only with the rows of all organizations. Where one is missing it does not, and all go
        out with the next: nothing says then what was sent of that one.
        """
        changed = [turn for turn, held in lists if not turn.is_as_sent(held.digest)]
        is_version = self.settings.tells_versions and len(lists) == len(self.organization_ids)
        for turn, held in lists:
            if turn in changed or (changed and is_version):
                with self._counters(turn) as counters:
                    for page in held.pages():
                        yield from self._out(page, turn, counters)
        if changed and is_version:
            for each in changed[0].members:
                each.activate_version()
        for turn, held in lists:
            for each in turn.members:
                each.sent.keep(turn.context, held.digest)
            turn.members[0].write_state()

    @contextmanager
    def _counters(self, turn: EntityTurn) -> Iterator[Mapping[str, Counter]]:
        """The SDK's counters of the streams that do not read by themselves, whose schema is written now."""
        with ExitStack() as counting:
            counters = {each.name: counting.enter_context(each.get_record_counter()) for each in turn.members[1:]}
            for each in turn.members[1:]:
                counters[each.name].with_context(dict(turn.context))
                each.announce()
            yield counters

    def _out(self, page: Page, turn: EntityTurn, counters: Mapping[str, Counter]) -> Iterator[dict[str, Any]]:
        """Hand out the records of the stream that reads, and write those of the others."""
        now = datetime.now(UTC)
        for each, records in self._batches(page, turn):
            each.head = record_head(each.name, now, each.version)
            if each is turn.members[0]:
                yield from records
            else:
                for record in records:
                    each.write(record)
                    counters[each.name].increment()
            self._sync.account.add(each.name, each.take_count(), turn.organization.latency_s)

    def _batches(self, page: Page, turn: EntityTurn) -> list[tuple[Receiver, Page]]:
        """The records of a page, by stream; those of lines are made before the documents are changed and handed on."""
        documents = [record_of(self.entity, row, turn.organization.id) for row in page]
        batches = [(each, each.records_of(documents)) for each in turn.members if each.needs_lines]
        return [
            *((each, each.records_of(documents)) for each in turn.members if not each.needs_lines),
            *batches,
        ]

    def _pages(self, turn: EntityTurn, since: str | None) -> Iterator[Page]:
        """Pages of the changes since then; of everything where BILL does not tell."""
        entity, size, organization = self.entity, self.settings.page_size, turn.organization
        filters, nested = self.settings.options(entity.stream).filters, self._wants_lines(turn.members)
        ask = partial(organization.ask, entity)
        if not entity.is_timed:
            return pages_by_id(
                ask,
                page_size=size,
                nested=nested,
                filters=filters,
                lengths=organization.client.page_lengths[nested],
            )
        return changed_pages(
            ask,
            since,
            began=lambda: wire_instant(organization.bound),
            page_size=max(PAGE_MIN, size),
            nested=nested,
            at_once=organization.concurrency,
            filters=filters,
            lengths=organization.client.page_lengths[nested],
        )

    def _open_pages(self, turn: EntityTurn, since: str | None) -> Iterator[Page]:
        """Open documents that did not change since then, if they are wanted.

        A payment moves `updatedTime` of a bill (live: section 7, 8); of an invoice that is unknown.
        """
        entity = self.entity
        if since is None or not self.settings.reread_open or OPEN_STATUS not in entity.by_name:
            return iter(())
        nested, organization = self._wants_lines(turn.members), turn.organization
        unchanged = (Filter(OPEN_STATUS, "!=", PAID), Filter(TIME, "<", since))
        return pages_by_id(
            partial(organization.ask, entity),
            page_size=self.settings.page_size,
            nested=nested,
            filters=(*self.settings.options(entity.stream).filters, *unchanged),
            lengths=organization.client.page_lengths[nested],
        )

    def _wants_lines(self, members: tuple[Receiver, ...]) -> bool:
        """True if BILL is asked for the child arrays: documents come with them, or they are streams of their own."""
        return bool(self.entity.children) and (self.is_nested or any(each.needs_lines for each in members))

    def _mark(self, turn: EntityTurn) -> datetime | None:
        """The bookmark of the least advanced of the streams; None if one has none."""
        marks = [each.bookmarked(turn.context) for each in turn.members]
        instants = [parse_instant(each) if each else None for each in marks]
        known = [each for each in instants if each]
        return min(known) if len(known) == len(instants) else None

    def _since(self, mark: datetime | None) -> str | None:
        """From where to read: what the streams have not got yet."""
        if mark is None:
            return wire_instant(self.settings.start_date) if self.settings.start_date else None
        return wire_instant(mark - timedelta(seconds=self.settings.lookback_s))

    def _forget(self, turn: EntityTurn, mark: datetime) -> None:
        """Forget the bookmarks: a wrong clock or a hand-made state leaves what has changed since then unknown."""
        leader = turn.members[0]
        leader.logger.warning("The bookmark %s of `%s` is in BILL's future: reading everything", mark, leader.name)
        for each in turn.members:
            each.bookmark(turn.context, None)

    def _bookmark(self, turn: EntityTurn, instant: datetime) -> None:
        # Rows behind the bound are read again by the next sync, because others of the same time may not have been
        # there yet: so the bookmark never passes the bound.
        if self.entity.is_timed:
            for each in turn.members:
                each.bookmark(turn.context, rfc3339(wire_instant(instant)))
