"""One reading of an entity's pages, from which its stream and those of its line arrays are made."""

from __future__ import annotations

from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from bill_api.answers.typed_rows import RowType, row_type
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

    from bill_api.table.entity import Entity
    from tap_bill.account import Account
    from tap_bill.ahead import ReadAhead
    from tap_bill.documents import Record
    from tap_bill.organization import OrganizationSync
    from tap_bill.receiver import Context, Receiver
    from tap_bill.settings import TapSettings
    from tap_bill.turns import Begun, Page

FUTURE_TOLERANCE = timedelta(minutes=10)
"""A bookmark may be ahead of the bound by the margin that is taken off when BILL does not tell its time."""

DOCUMENTS_AT_ONCE = 30
"""Documents of a page that become records together: few enough that they are still in the processor's cache when they
are written, and when they go. A page at once takes a tenth more of its time."""


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

    def records(self, stream: Receiver, organization_id: str, context: Context) -> Iterator[Record]:
        """Read, if the stream is the first that is selected, and write the records of all.

        A stream that BILL does not let us read is skipped. Any other error ends the reading of this organization.

        Args:
            stream: Who asks.
            organization_id: The organization that is read.
            context: The same for the bookmarks.

        Yields:
            The records of the stream in a trial, in place of writing them.
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

    def _read(self, turn: EntityTurn, begun: Begun) -> Iterator[Record]:
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
            yield from self._whole(turn, SpooledList(pages, RowType.encode, row_type(self.entity).decode))

    def _changes(self, turn: EntityTurn, begun: Begun, pages: Iterator[Page]) -> Iterator[Record]:
        """Send page by page, and move the bookmark behind each."""
        with self._announced(turn):
            for page in pages:
                time = page[-1].get(TIME) if page else None
                yield from self._out(page, turn)
                if time and (instant := parse_instant(str(time))):
                    turn.bookmark(instant)
                    turn.members[0].write_state()
            turn.bookmark(turn.organization.bound)
            for page in of_list(self.entity, turn.open_pages(begun.since)):
                yield from self._out(page, turn)

    def _whole(self, turn: EntityTurn, spooled: SpooledList) -> Iterator[Record]:
        """Send a list; one that shares a version with those of other organizations waits for them."""
        if self.settings.emit_activate_version_messages:
            self._waiting.append((turn, spooled))
            return
        with closing(spooled):
            yield from self._send([(turn, spooled)])

    def _send(self, lists: Sequence[tuple[EntityTurn, SpooledList]]) -> Iterator[Record]:
        """Send those of some lists that are not as they were sent last; with a version all, if one is not.

        A version becomes active only with the rows of all organizations. Where one is missing it does not, and all go
        out with the next: nothing says then what was sent of that one.
        """
        changed = [turn for turn, spooled in lists if not turn.is_as_sent(spooled.digest)]
        is_version = self.settings.emit_activate_version_messages and len(lists) == len(self.organization_ids)
        for turn, spooled in lists:
            if turn in changed or (changed and is_version):
                with self._announced(turn):
                    for page in spooled.pages():
                        yield from self._out(page, turn)
        if changed and is_version:
            for each in changed[0].members:
                each.activate_version()
        for turn, spooled in lists:
            turn.keep_as_sent(spooled.digest)
            turn.members[0].write_state()

    @contextmanager
    def _announced(self, turn: EntityTurn) -> Iterator[None]:
        """Count the records of the streams that do not read by themselves, whose schema is written now."""
        with ExitStack() as counting:
            for each in turn.members[1:]:
                counting.enter_context(each.get_record_counter()).with_context(dict(turn.context))
                each.announce()
            yield

    def _out(self, page: Page, turn: EntityTurn) -> Iterator[Record]:
        """Write the records of all streams, and use the page up; in a trial they are handed out."""
        now = datetime.now(UTC)
        for each in turn.members:
            each.head = record_head(each.name, now, each.version)
            self._sync.account.add(each.name, 0, turn.organization.latency_s)
        while page:
            some = page[:DOCUMENTS_AT_ONCE]
            del page[:DOCUMENTS_AT_ONCE]
            yield from self._some_out(some, turn)

    def _some_out(self, page: Page, turn: EntityTurn) -> Iterator[Record]:
        for each, records in self._batches(page, turn):
            if each.is_trial:
                yield from records
            else:
                each.write(records)
            self._sync.account.add(each.name, each.take_count(), turn.organization.latency_s)

    def _batches(self, page: Page, turn: EntityTurn) -> list[tuple[Receiver, list[Record]]]:
        """The records of some rows, by stream; those of lines are made before documents are changed and handed on."""
        documents = self._form.documents(page, turn.organization.id)
        batches = [(each, each.records_of(documents)) for each in turn.members if each.needs_lines]
        return [
            *((each, each.records_of(documents)) for each in turn.members if not each.needs_lines),
            *batches,
        ]
