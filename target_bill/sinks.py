"""Hands the SDK's records to the run."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Protocol

from singer_sdk.sinks import RecordSink

from bill_api.entities import BY_STREAM
from bill_api.identity.sensitive import NO_KEY, sensitive_key
from bill_program.errors import ConnectorError
from bill_singer.stream_names import PARTS
from bill_values.spelling import letters

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bill_api.table.entity import Entity


class Destination(Protocol):
    """A target that takes in what its sinks get."""

    def load(self, entity: Entity, stream: str, record: Mapping[str, Any]) -> None:
        """Take a record in."""

    def leave_out(self, stream: str, records: int) -> None:
        """Count records that are not written."""

    def expect_rows(self, stream: str, columns: Iterable[str], keys: Sequence[str]) -> None:
        """Know the columns of a table, and its key properties."""

    def take_row(self, stream: str, row: Mapping[str, Any]) -> None:
        """Take a row of a table in."""


class QuietSink(RecordSink):
    """Takes records as they come, without the SDK's checks of them and without a word of them in a log."""

    def __init__(
        self, target: Any, stream_name: str, schema: dict[str, Any], key_properties: Sequence[str] | None
    ) -> None:
        super().__init__(target, stream_name, schema, key_properties)
        self._destination: Destination = target

    def get_validator(self) -> None:
        """None: the target checks values itself, names the field, and rejects the record instead of ending the run."""

    def _singer_validate_message(self, record: dict[str, Any]) -> None:
        # The SDK would end the run, with the record's keys in a traceback; a missing key is this record's problem.
        pass

    def _remove_sdc_metadata_from_record(self, record: dict[str, Any]) -> None:
        # `_sdc_deleted_at` says that an object was deleted in its source.
        pass

    def _parse_timestamps_in_record(self, record: dict[str, Any], schema: dict[str, Any], treatment: Any) -> None:
        # Days and instants stay text: BILL wants text, and the target checks it.
        pass


class PartSink(QuietSink):
    """Counts the records of a stream that only repeats what others carry: lines of documents, the meaning of codes."""

    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:  # noqa: ARG002  the SDK's
        """Count a record."""
        self._destination.leave_out(self.stream_name, 1)


class RowSink(QuietSink):
    """Hands on the rows of a table, of which several are a document."""

    def __init__(
        self, target: Any, stream_name: str, schema: dict[str, Any], key_properties: Sequence[str] | None
    ) -> None:
        super().__init__(target, stream_name, schema, key_properties)
        self._destination.expect_rows(stream_name, schema.get("properties") or {}, key_properties or ())

    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:  # noqa: ARG002  the SDK's
        """Take a row in."""
        self._destination.take_row(self.stream_name, record)


class BillSink(QuietSink):
    """Hands the records of one stream to the run."""

    def __init__(
        self, target: Any, stream_name: str, schema: dict[str, Any], key_properties: Sequence[str] | None
    ) -> None:
        super().__init__(target, stream_name, schema, key_properties)
        self._entity = entity_for(stream_name, target.config.get("streams") or {})
        if secret := sensitive_key(self._entity.fields, key_properties or ()):
            raise ConnectorError(
                f"stream `{stream_name}` has `{secret}` as a key property: that is the name of a bank or tax number, "
                f"{NO_KEY}. Choose other key properties in the tap, or, if it is no such number, another name for it "
                "by `stream_maps`"
            )

    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:  # noqa: ARG002  the SDK's
        """Take a record in, in the order in which they come: a batch of a schema that was replaced would come late."""
        self._destination.load(self._entity, self.stream_name, record)


def is_part(stream: str, streams: Mapping[str, str]) -> bool:
    """True if an incoming stream only repeats what others carry: lines of documents, and the meaning of codes."""
    return stream in PARTS and stream not in streams


def entity_for(stream: str, streams: Mapping[str, str]) -> Entity:
    """The entity that an incoming stream holds.

    Raises:
        ConnectorError: BILL has no such stream.
    """
    name = streams.get(stream, stream)
    if name not in BY_STREAM:
        raise ConnectorError(
            f"stream `{stream}` is not one of BILL's{_meant(name)}: deselect it in the tap, or name its BILL stream in "
            f"the setting `streams`, one of {', '.join(sorted(BY_STREAM))}"
        )
    return BY_STREAM[name]


def _meant(name: str) -> str:
    """The stream of BILL that is nearly called so, as a question; empty where there is none."""
    known = {letters(each): each for each in BY_STREAM}
    near = get_close_matches(letters(name), known, n=1)
    return f" (did you mean `{known[near[0]]}`?)" if near else ""
