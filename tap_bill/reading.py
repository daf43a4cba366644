"""One reading of an entity's pages, from which its stream and those of its line arrays are made."""

from __future__ import annotations

from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from bill_api.errors import REFUSES_ALL, BillError
from bill_api.table.entity import TIME
from bill_api.table.paths import of_list
from bill_singer.writer import record_head
from bill_values.instants import parse_instant
from tap_bill.documents import DocumentForm
from tap_bill.turns import EntityTurn
from tap_bill.whole_lists import SpooledList

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from singer_sdk.metrics import Counter

    from bill_api.table.entity import Entity
    from tap_bill.account import Account
    from tap_bill.ahead import ReadAhead
    from tap_bill.organization import OrganizationSync
    from tap_bill.receiver import Context, Page, Receiver
    from tap_bill.settings import TapSettings
    from tap_bill.turns import Begun

FUTURE_TOLERANCE = timedelta(minutes=10)
"""A bookmark may be ahead of the bound by the margin that is taken off when BILL does not tell its time."""

DOCUMENTS_AT_ONCE = 30
"""Documents of a page that become records together: few enough that they are still in the processor's cache when they
are written. A page at once takes a tenth more of its time."""


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
        self._waiting: list[tuple[EntityTurn, SpooledList]] = []

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
        return self.settings.is_nested(self.entity.stream)

    @cached_property
    def _form(self) -> DocumentForm:
        return DocumentForm(self.entity, self.settings)

    def turns(self) -> list[EntityTurn]:
        """The readings of all organizations, in the order in which the SDK asks for their records."""
        members = self._selected
        contexts = zip(self._sync.organizations.values(), members[0].partitions, strict=True) if members else ()
        return [self._turn(organization, members, context) for organization, context in contexts]

    def _turn(self, organization: OrganizationSync, members: tuple[Receiver, ...], context: Context) -> EntityTurn:
        return EntityTurn(self.entity, organization, self.settings, members, context)

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
        turn = self._turn(organization, members, context)
        begun = self._sync.ahead.take(turn)
        if organization.failure is None:
            try:
                yield from self._read(turn, begun)
                organization.has_read = True
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
                waiting, self._waiting = self._waiting, []
                for _, spooled in waiting:
                    done.callback(spooled.close)
                yield from self._send(waiting)

    def _read(self, turn: EntityTurn, begun: Begun) -> Iterator[dict[str, Any]]:
        bound = turn.organization.bound
        if begun.mark and begun.mark > bound + FUTURE_TOLERANCE:
            turn.forget(begun.mark)
            begun = turn.begin()
        # Not before BILL has let us in once: who is not let in is not tried for every organization.
        self._sync.ahead.go_on()
        pages = of_list(self.entity, begun.pages)
        if self.entity.is_timed or turn.members[0].is_trial:
            yield from self._changes(turn, begun, pages)
        else:
            yield from self._whole(turn, SpooledList(pages))

    def _changes(self, turn: EntityTurn, begun: Begun, pages: Iterator[Page]) -> Iterator[dict[str, Any]]:
        """Send page by page, and move the bookmark behind each."""
        with self._counters(turn) as counters:
            for page in pages:
                time = page[-1].get(TIME) if page else None
                yield from self._out(page, turn, counters)
                if time and (instant := parse_instant(str(time))):
                    turn.bookmark(instant)
                    turn.members[0].write_state()
            turn.bookmark(turn.organization.bound)
            for page in of_list(self.entity, turn.open_pages(begun.since)):
                yield from self._out(page, turn, counters)

    def _whole(self, turn: EntityTurn, spooled: SpooledList) -> Iterator[dict[str, Any]]:
        """Send a list; one that shares a version with those of other organizations waits for them."""
        if self.settings.emit_activate_version_messages:
            self._waiting.append((turn, spooled))
            return
        with closing(spooled):
            yield from self._send([(turn, spooled)])

    def _send(self, lists: Sequence[tuple[EntityTurn, SpooledList]]) -> Iterator[dict[str, Any]]:
        """Send those of some lists that are not as they were sent last; with a version all, if one is not.

        A version becomes active only with the rows of all organizations. Where one is missing it does not, and all go
        out with the next: nothing says then what was sent of that one.
        """
        changed = [turn for turn, spooled in lists if not turn.is_as_sent(spooled.digest)]
        is_version = self.settings.emit_activate_version_messages and len(lists) == len(self.organization_ids)
        for turn, spooled in lists:
            if turn in changed or (changed and is_version):
                with self._counters(turn) as counters:
                    for page in spooled.pages():
                        yield from self._out(page, turn, counters)
        if changed and is_version:
            for each in changed[0].members:
                each.activate_version()
        for turn, spooled in lists:
            turn.keep_as_sent(spooled.digest)
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
        for each in turn.members:
            each.head = record_head(each.name, now, each.version)
            self._sync.account.add(each.name, 0, turn.organization.latency_s)
        for start in range(0, len(page), DOCUMENTS_AT_ONCE):
            yield from self._some_out(page[start : start + DOCUMENTS_AT_ONCE], turn, counters)

    def _some_out(self, page: Page, turn: EntityTurn, counters: Mapping[str, Counter]) -> Iterator[dict[str, Any]]:
        for each, records in self._batches(page, turn):
            if each is turn.members[0]:
                yield from records
            else:
                for record in records:
                    each.write(record)
                    counters[each.name].increment()
            self._sync.account.add(each.name, each.take_count(), turn.organization.latency_s)

    def _batches(self, page: Page, turn: EntityTurn) -> list[tuple[Receiver, Page]]:
        """The records of some rows, by stream; those of lines are made before documents are changed and handed on."""
        documents = self._form.documents(page, turn.organization.id)
        batches = [(each, each.records_of(documents)) for each in turn.members if each.needs_lines]
        return [
            *((each, each.records_of(documents)) for each in turn.members if not each.needs_lines),
            *batches,
        ]
