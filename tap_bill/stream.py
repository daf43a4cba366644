"""The streams of an entity and of its line arrays, all made from one reading of the entity's pages."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk import Stream
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.mapper import SameRecordTransform

from bill_api.command import leave_to_the_ending
from bill_api.entity import INACTIVE
from bill_api.errors import BillError, NotOfferedError, NotPermittedError
from bill_api.query import Filter
from bill_api.reading import TIME, changed_pages, pages_by_id
from bill_api.streams import line_arrays, line_stream_name
from bill_api.values import ORGANIZATION_ID, parse_instant, record_of, rfc3339, wire_instant
from bill_singer.writer import record_head
from tap_bill.schema import (
    DELETED_AT,
    DOCUMENT_TIME,
    KEY_PROPERTIES,
    POSITION,
    document_id,
    line_schema,
    sensitive,
    stream_schema,
    tells_deletes,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from singer_sdk.metrics import Counter
    from singer_sdk.singerlib import MetadataMapping

    from bill_api.entity import Entity
    from bill_api.fields import Field
    from tap_bill.organization import Organization
    from tap_bill.tap import TapBill

    Page = list[dict[str, Any]]
    Context = Mapping[str, Any]

PAGE_MIN = 2
"""Pages of one row cannot overlap, and the overlap is what shows that no row was skipped."""

FUTURE_TOLERANCE = timedelta(minutes=10)
"""A bookmark may be ahead of the bound by the margin that is taken off when BILL does not tell its time."""

FIELD_PLACE = 2
"""Parts of a breadcrumb that leads to a field: `properties` and its name."""

PAID = "0"
OPEN_STATUS = "paymentStatus"
"""The field that tells open bills and invoices from paid ones (documented); `0` is paid in full."""


class FamilyStream(Stream):
    """A stream that shares the pages of an entity with others; the first one that is selected reads them."""

    primary_keys: ClassVar[tuple[str, ...]] = KEY_PROPERTIES
    is_sorted = True
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE  # values are typed by bill_api.values

    def __init__(self, tap: TapBill, family: Family, name: str, schema: dict[str, Any], time: str) -> None:
        self._bill = tap
        self.family = family
        self.head = b""  # of the RECORD messages of a page
        super().__init__(tap=tap, name=name, schema=schema)
        leave_to_the_ending(self.logger)
        self.replication_key = time if family.entity.is_timed else None

    @property
    def partitions(self) -> list[dict[str, Any]]:
        """One partition per organization: a bookmark never serves for another organization than its own."""
        return [{ORGANIZATION_ID: each} for each in self._bill.organizations]

    @property
    def is_trial(self) -> bool:
        """Whether only a few records are wanted and none are written (`--test`)."""
        return self.ABORT_AT_RECORD_COUNT is not None

    def get_records(self, context: Context | None) -> Iterable[dict[str, Any]]:
        """The records of this stream, if it is the one that reads for its family; else they are written already."""
        return self.family.records(self, context or {})

    def get_replication_key_signpost(self, context: Context | None = None) -> None:
        """None: the bookmark is capped by the bound of the sync, see `bookmark`."""

    def write(self, record: dict[str, Any]) -> None:
        """Write a record, outside of this stream's own sync."""
        self._write_record_message(record)

    def _write_record_message(self, record: dict[str, Any]) -> None:
        # The SDK walks through every key of every record to find what is deselected. Whole fields are all that people
        # deselect; for anything finer, and for stream maps and flattening, it is the SDK's turn.
        if not self._is_plain:
            super()._write_record_message(record)
            return
        for name in self._deselected:
            record.pop(name, None)
        self._bill.message_writer.write_record(self.head, record)
        self.state_manager.is_flushed = False

    @cached_property
    def _deselected(self) -> tuple[str, ...]:
        """The fields that nobody wants."""
        return tuple(name for name in self.schema["properties"] if not self.mask[("properties", name)])

    @cached_property
    def _is_plain(self) -> bool:
        """Whether records go out as they are, but for whole fields."""
        (only, *more) = self.stream_maps
        finer = any(len(place) > FIELD_PLACE and not wanted for place, wanted in self.mask.items())
        renamed = only.stream_alias != self.name or only.flattening_enabled
        return not (more or finer or renamed) and isinstance(only, SameRecordTransform)

    def announce(self) -> None:
        """Write the schema, outside of this stream's own sync."""
        self._write_schema_message()

    def write_state(self) -> None:
        """Write the bookmarks as they are; in a trial nothing is written."""
        if not self.is_trial:
            self._write_state_message()

    def bookmarked(self, context: Context) -> str | None:
        """Up to where an earlier sync was complete; None when everything is wanted."""
        if self.replication_method != "INCREMENTAL":
            return None
        value = self.get_context_state(context).get("replication_key_value")
        return str(value) if value else None

    def bookmark(self, context: Context, value: str | None) -> None:
        """Move the bookmark on; None forgets it."""
        state = self.get_context_state(context)
        if value is None:
            state.pop("replication_key_value", None)
        elif value >= state.get("replication_key_value", ""):
            state |= {"replication_key": self.replication_key, "replication_key_value": value}
            self.state_manager.is_flushed = False

    def _increment_stream_state(self, latest_record: dict[str, Any], *, context: Context | None = None) -> None:
        # The SDK would move the bookmark to each record; here it moves when a page is out with all of its lines.
        pass


class BillStream(FamilyStream):
    """Rows of one BILL entity: what changed, oldest change first; all of it where BILL does not tell what changed."""

    def __init__(self, tap: TapBill, family: Family) -> None:
        fields = family.entity.fields
        self._sensitive = sensitive(fields)
        # Bank accounts: BILL shows their numbers masked, so nobody can load them anywhere; who wants them selects them.
        self.selected_by_default = not any(field.sensitive and field.required for field in fields)
        super().__init__(tap, family, family.entity.stream, stream_schema(family.entity), TIME)

    @cached_property
    def metadata(self) -> MetadataMapping:
        """The SDK's, with bank and tax numbers only when somebody selects them."""
        metadata = super().metadata
        if self._tap_input_catalog is None or self._tap_input_catalog.get_stream(self.tap_stream_id) is None:
            for name in self._sensitive:
                metadata[("properties", name)].selected_by_default = False
        return metadata


class LineStream(FamilyStream):
    """The elements of a line array, each with its document, its place and the document's time."""

    def __init__(self, tap: TapBill, family: Family, array: Field) -> None:
        self.array = array
        super().__init__(tap, family, line_stream_name(array), line_schema(family.entity, array), DOCUMENT_TIME)

    def records_of(self, document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """The records of a document's lines."""
        document_fields = {
            ORGANIZATION_ID: document[ORGANIZATION_ID],
            document_id(self.family.entity): document["id"],
            DOCUMENT_TIME: document.get(TIME),
        }
        for place, line in enumerate(document.get(self.array.name) or ()):
            yield {**line, **document_fields, POSITION: place}


class Family:
    """An entity's stream and those of its line arrays.

    Args:
        tap: Whose streams they are.
        entity: What is read.
    """

    def __init__(self, tap: TapBill, entity: Entity) -> None:
        self._tap = tap
        self.entity = entity
        self.parent = BillStream(tap, self)
        self.lines = [LineStream(tap, self, array) for array in line_arrays(entity)]
        self.streams: list[FamilyStream] = [self.parent, *self.lines]

    def records(self, stream: FamilyStream, context: Context) -> Iterator[dict[str, Any]]:
        """The records of the stream that reads; those of the others are written on the way.

        A stream that BILL does not let us read is skipped. Any other error ends the reading of this organization.
        """
        members = [stream] if stream.is_trial else [each for each in self.streams if each.selected]
        organization = self._tap.organizations[context[ORGANIZATION_ID]]
        if stream is not members[0] or organization.failure is not None:
            return
        try:
            yield from self._read(members, organization, context)
        except (NotOfferedError, NotPermittedError) as error:
            for each in members:
                organization.skip(each.name, error)
        except BillError as error:
            stream.write_state()
            self._tap.failed(organization, stream.name, error)

    def _read(
        self, members: list[FamilyStream], organization: Organization, context: Context
    ) -> Iterator[dict[str, Any]]:
        leader, *others = members
        bound, since = organization.bound, self._since(members, organization, context)
        with ExitStack() as counting:
            counters = {each.name: counting.enter_context(each.get_record_counter()) for each in others}
            for each in others:
                counters[each.name].with_context(dict(context))
                each.announce()
            for page in self._pages(members, organization, since):
                time = page[-1].get(TIME) if page else None
                yield from self._out(page, members, organization, counters)
                if time and (instant := parse_instant(str(time))):
                    self._bookmark(members, context, min(instant, bound))
                    leader.write_state()
            self._bookmark(members, context, bound)
            for page in self._open_pages(members, organization, since):
                yield from self._out(page, members, organization, counters)

    def _out(
        self, page: Page, members: list[FamilyStream], organization: Organization, counters: Mapping[str, Counter]
    ) -> Iterator[dict[str, Any]]:
        """Hand out the records of the stream that reads, and write those of the others."""
        now = datetime.now(UTC)
        for each, records in self._batches(page, members, organization):
            each.head = record_head(each.name, now)
            if each is members[0]:
                yield from records
            else:
                for record in records:
                    each.write(record)
                    counters[each.name].increment()
            self._tap.account.add(each.name, len(records), organization.latency_s)

    def _batches(
        self, page: Page, members: list[FamilyStream], organization: Organization
    ) -> list[tuple[FamilyStream, Page]]:
        """The records of a page, by stream; those of lines are made before anybody takes the documents."""
        deleted = tells_deletes(self.entity)
        documents = [record_of(self.entity, row, organization.id) for row in page]
        batches: list[tuple[FamilyStream, Page]] = [
            (each, [record for document in documents for record in each.records_of(document)])
            for each in members
            if isinstance(each, LineStream)
        ]
        if self.parent not in members:
            return batches
        bare = () if self._is_nested else tuple(each.name for each in self.entity.children)
        for document in documents:
            if deleted:
                document[DELETED_AT] = document.get(TIME) if document.get("isActive") == INACTIVE else None
            for name in bare:
                document.pop(name, None)
        return [(self.parent, documents), *batches]

    @property
    def _is_nested(self) -> bool:
        """Whether documents come with their lines."""
        wanted = self._tap.settings.options(self.entity.stream).nested
        return self._tap.settings.nested if wanted is None else wanted

    def _pages(self, members: list[FamilyStream], organization: Organization, since: str | None) -> Iterator[Page]:
        """What has changed since then; everything where BILL does not tell."""
        entity, size = self.entity, self._tap.settings.page_size
        filters, nested = self._tap.settings.options(entity.stream).filters, self._wants_lines(members)
        if not entity.is_timed:
            return pages_by_id(
                lambda query: organization.page(entity, query),
                page_size=size,
                nested=nested,
                filters=filters,
                lengths=organization.client.page_lengths[nested],
            )
        return changed_pages(
            lambda query: organization.ask(entity, query),
            since,
            began=wire_instant(organization.bound),
            page_size=max(PAGE_MIN, size),
            nested=nested,
            at_once=organization.concurrency,
            filters=filters,
            lengths=organization.client.page_lengths[nested],
        )

    def _open_pages(self, members: list[FamilyStream], organization: Organization, since: str | None) -> Iterator[Page]:
        """Open documents that did not change since then, if they are wanted.

        Whether a payment moves `updatedTime` is not documented.
        """
        entity = self.entity
        if since is None or not self._tap.settings.reread_open or OPEN_STATUS not in entity.by_name:
            return iter(())
        nested = self._wants_lines(members)
        unchanged = (Filter(OPEN_STATUS, "!=", PAID), Filter(TIME, "<", since))
        return pages_by_id(
            lambda query: organization.page(entity, query),
            page_size=self._tap.settings.page_size,
            nested=nested,
            filters=(*self._tap.settings.options(entity.stream).filters, *unchanged),
            lengths=organization.client.page_lengths[nested],
        )

    def _wants_lines(self, members: list[FamilyStream]) -> bool:
        """Whether BILL is asked for the child arrays: documents come with them, or they are streams of their own."""
        return bool(self.entity.children) and (self._is_nested or any(isinstance(each, LineStream) for each in members))

    def _since(self, members: list[FamilyStream], organization: Organization, context: Context) -> str | None:
        """From where to read: what the least advanced of the streams has not got yet."""
        start = self._tap.settings.start_date
        from_start = wire_instant(start) if start else None
        marks = [each.bookmarked(context) for each in members]
        instants = [parse_instant(each) for each in marks if each]
        if len(instants) < len(members) or None in instants:
            return from_start
        oldest: datetime = min(each for each in instants if each)
        if oldest > organization.bound + FUTURE_TOLERANCE:
            # A wrong clock or a hand-made state: what has changed since the last real sync is unknown.
            self.parent.logger.warning(
                "The bookmark %s of `%s` is in BILL's future: reading everything", oldest, members[0].name
            )
            for each in members:
                each.bookmark(context, None)
            return from_start
        return wire_instant(oldest - timedelta(seconds=self._tap.settings.lookback_s))

    def _bookmark(self, members: list[FamilyStream], context: Context, instant: datetime) -> None:
        # Rows behind the bound are read again by the next sync, because others of the same time may not have been
        # there yet: so the bookmark never passes the bound.
        if self.entity.is_timed:
            for each in members:
                each.bookmark(context, rfc3339(wire_instant(instant)))
