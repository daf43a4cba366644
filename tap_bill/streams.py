"""The streams as the SDK sees them: one of each entity, and one of each of its line arrays."""

from __future__ import annotations

from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any

from msgspec import UNSET
from msgspec.structs import astuple
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.mapper import SameRecordTransform

from bill_api.table.entity import ADDITIONAL, LINES_VERSION, ORGANIZATION_ID, TIME
from bill_singer.naming import spelling_of
from bill_singer.stream_names import line_arrays, line_stream_name
from bill_singer.value_types import NUMBER_SIZE
from tap_bill.documents import inline, record_class
from tap_bill.plain_stream import PlainStream
from tap_bill.schema import (
    DOCUMENT_TIME,
    KEY_PROPERTIES,
    POSITION,
    deletes_of,
    document_id,
    line_schema,
    stream_schema,
)
from tap_bill.whole_lists import SentLists

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence

    from singer_sdk.metrics import Counter
    from singer_sdk.singerlib import SchemaMessage

    from bill_api.table.fields import Field
    from bill_singer.tap import PlainTap
    from tap_bill.documents import Record
    from tap_bill.reading import EntityReading

    Context = Mapping[str, Any]

FIELD_PLACE = 2
"""Parts of a breadcrumb that leads to a field: `properties` and its name."""


class SharedStream(PlainStream):
    """A stream that shares the pages of an entity with others; the first one that is selected reads them."""

    is_sorted = True
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE  # values are typed by bill_singer.value_types

    def __init__(self, tap: PlainTap, reading: EntityReading, name: str, schema: dict[str, Any], time: str) -> None:
        self._bill = tap
        self._spelling = spelling_of(schema, reading.settings.naming)
        self.reading = reading
        self.head = b""  # of the RECORD messages of a page
        reading.serve(self)
        spelled = self._spelling.schema(schema)
        self._names = {self._spelling(each): each for each in schema["properties"]}  # by column
        self._sizes = {
            name: {word: described[word] for word in NUMBER_SIZE & described.keys()}
            for name, described in spelled["properties"].items()
        }
        super().__init__(tap=tap, name=name, schema=spelled)
        settings = reading.settings
        as_versions = settings.emit_activate_version_messages
        self.sent = SentLists(self, counts=not settings.resend_unchanged, as_versions=as_versions)
        self.primary_keys = [self._spelling(each) for each in KEY_PROPERTIES]
        self.replication_key = self._spelling(time) if reading.entity.is_timed else None
        self._stream_version = self.version  # of records that the SDK writes

    @property
    def needs_lines(self) -> bool:
        """True if its records are made of the lines of documents."""
        return False

    def records_of(self, documents: list[Record]) -> list[Record]:
        """The records of documents in their form."""
        raise NotImplementedError

    @property
    def partitions(self) -> list[dict[str, Any]]:
        """One partition per organization: a bookmark never serves for another organization than its own."""
        return [{self._organization_column: each} for each in self.reading.organization_ids]

    @cached_property
    def _organization_column(self) -> str:
        return self._spelling(ORGANIZATION_ID)

    @property
    def is_trial(self) -> bool:
        """True if only a few records are wanted and none are written (`--test`)."""
        return self.ABORT_AT_RECORD_COUNT is not None

    def get_records(self, context: Context | None) -> Iterable[dict[str, Any]]:
        """The records of a trial. Else none: the first stream reads, and the reading writes the records of all."""
        context = context or {}
        return (each.as_dict() for each in self.reading.records(self, context[self._organization_column], context))

    def get_record_counter(self, **options: Any) -> Counter:
        """The SDK's counter of records, which the reading counts with too."""
        self.counter = super().get_record_counter(**options)
        return self.counter

    def get_replication_key_signpost(self, context: Context | None = None) -> None:
        """None: the bookmark is capped by the bound of the sync, see `bookmark`."""

    def write(self, records: Sequence[Record]) -> None:
        """Write records."""
        self.counter.increment(len(records))
        # The SDK walks through every key of every record to find what is deselected. Whole fields are all that people
        # deselect; for anything finer, and for stream maps and flattening, it is the SDK's turn.
        if not self._is_plain:
            for each in records:
                self._write_record_message(each.as_dict())
            return
        for each, name in product(records, self._deselected):
            setattr(each, name, UNSET)
        self._bill.message_writer.write_records(self.head, records)
        self.went_out += len(records)
        self.state_manager.is_flushed = False

    @cached_property
    def _deselected(self) -> tuple[str, ...]:
        """The fields that are deselected, by BILL's names."""
        return tuple(name for column, name in self._names.items() if not self.mask[("properties", column)])

    @cached_property
    def _is_plain(self) -> bool:
        """True if records go out as they are, but for whole fields."""
        (only, *more) = self.stream_maps
        finer = any(len(place) > FIELD_PLACE and not wanted for place, wanted in self.mask.items())
        renamed = only.stream_alias != self.name or only.flattening_enabled
        return not (more or finer or renamed) and isinstance(only, SameRecordTransform)

    def _generate_schema_messages(self) -> Generator[SchemaMessage, None, None]:
        # The SDK passes a schema on without the words that it does not know, and a catalog has none of them.
        for message in super()._generate_schema_messages():
            for name, described in message.schema["properties"].items():
                described.update(self._sizes.get(name, {}))
            yield message

    @property
    def version(self) -> int | None:
        """The version of its rows, if versions are told of them: the second in which the sync began."""
        is_told = self.reading.settings.emit_activate_version_messages and not self.reading.entity.is_timed
        return self._initialized_at // 1000 if is_told else None

    def activate_version(self) -> None:
        """Say that the rows of its version are all that there are."""
        if self.version is not None:
            self._write_activate_version_message(self.version)

    def announce(self) -> None:
        """Write the schema, outside of this stream's own sync."""
        self._write_schema_message()

    def write_state(self) -> None:
        """Write the bookmarks as they are, if it is time to; in a trial nothing is written."""
        if not self.is_trial:
            self._write_state_message()

    def _write_state_message(self) -> None:
        # Each STATE has the bookmarks of all streams and organizations: with each page they would outgrow the rows. The
        # tap writes the last one; until then a sync that is cut off reads what it has written since once more.
        if self._bill.message_writer.is_state_due:
            super()._write_state_message()

    def bookmarked(self, context: Context) -> str | None:
        """The instant up to which an earlier sync was complete; None when everything is wanted."""
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


class EntityStream(SharedStream):
    """Rows of one BILL entity: what changed, oldest change first; all of it where BILL does not tell what changed."""

    def __init__(self, tap: PlainTap, reading: EntityReading) -> None:
        entity = reading.entity
        self.selected_by_default = entity.is_streamed_unasked
        super().__init__(tap, reading, entity.stream, stream_schema(entity, reading.settings.withheld(entity)), TIME)
        self._bare = () if reading.is_nested else tuple(each.name for each in entity.children)
        self._arrays = tuple(each.name for each in entity.children if each.item_fields and reading.is_nested)

    def records_of(self, documents: list[Record]) -> list[Record]:
        """The documents, without lines where these are not wanted in them."""
        column = self._spelling(ADDITIONAL)
        for document in documents:
            for name in self._bare:
                setattr(document, name, UNSET)
            for name in self._arrays:
                if lines := document.get(name):
                    setattr(document, name, [inline(each, column) for each in lines])
        return documents


class LineStream(SharedStream):
    """The elements of a line array, each with its document, its place and the document's time."""

    def __init__(self, tap: PlainTap, reading: EntityReading, array: Field) -> None:
        super().__init__(tap, reading, line_stream_name(array), line_schema(reading.entity, array), DOCUMENT_TIME)
        entity = reading.entity
        self._array = array.name
        of_document = {ORGANIZATION_ID: ORGANIZATION_ID, document_id(entity): "id", DOCUMENT_TIME: TIME}
        same = {each: each for each in (*deletes_of(entity, {}), LINES_VERSION)}
        self._of_document = of_document | same
        own = (*(each.name for each in array.item_fields), ADDITIONAL)
        self._record = record_class((*own, *self._of_document, POSITION), self._spelling)

    @property
    def needs_lines(self) -> bool:
        """True: its records are lines."""
        return True

    def records_of(self, documents: list[Record]) -> list[Record]:
        """The lines of documents."""
        return [record for document in documents for record in self._lines_of(document)]

    def _lines_of(self, document: Record) -> Iterator[Record]:
        fields = {own: document.get(its) for own, its in self._of_document.items()}
        for place, line in enumerate(document.get(self._array) or ()):
            record = self._record(*astuple(line))
            for name, value in fields.items():
                setattr(record, name, value)
            setattr(record, POSITION, place)
            setattr(record, ADDITIONAL, line.get(ADDITIONAL))
            yield record


def streams_of(tap: PlainTap, reading: EntityReading) -> list[SharedStream]:
    """The streams of a reading: the entity's, and one of each of its line arrays."""
    return [EntityStream(tap, reading), *(LineStream(tap, reading, array) for array in line_arrays(reading.entity))]
