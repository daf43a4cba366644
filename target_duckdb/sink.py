"""One stream's records, judged one by one and written in batches."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
from singer_sdk.exceptions import InvalidRecord
from singer_sdk.sinks import BatchSink

from target_duckdb.errors import LoadError
from target_duckdb.rows import RowDecoder
from target_duckdb.staging import SPOOL_BYTES_MAX, BatchSpool
from target_duckdb.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from target_duckdb.target import TargetDuckDB

_SHOWN_MAX = 80  # characters of a refused value


class DuckDBSink(BatchSink):
    """Writes a stream into its table: by key where it has one, else one row for each record."""

    def __init__(
        self, target: TargetDuckDB, stream_name: str, schema: dict[str, Any], key_properties: Sequence[str] | None
    ) -> None:
        super().__init__(target, stream_name, schema, key_properties)
        self._target = target
        latest = target.settings.latest_only.get(stream_name)
        self._table = Table(target.database, target.schema_name, stream_name, latest)
        self._merging = bool(self.key_properties) and target.settings.load_method == "upsert"
        self._plan: tuple[tuple[str, Callable[[Any], str]], ...] = ()
        self._fields: frozenset[str] = frozenset()
        self._rows: RowDecoder | None = None
        self._encode_line = msgspec.json.Encoder().encode
        self._spool: BatchSpool | None = None

    def setup(self) -> None:
        """Make the table fit the schema."""
        super().setup()
        self._target.claim(self.stream_name)
        self._table.prepare(self.schema["properties"], self.key_properties, self._target.settings.decimal_scale)
        self._encode_by_columns()

    def _encode_by_columns(self) -> None:
        self._plan = tuple((each.name, each.encode) for each in self._table.columns)
        self._fields = frozenset(name for name, _ in self._plan)
        with suppress(ValueError):
            self._rows = RowDecoder(self._table.columns, self._table.keys)

    @property
    def takes_raw(self) -> bool:
        """True if nothing has to be done with a record but what `take` does."""
        return self._rows is not None and self._validator is None and not self.include_sdc_metadata_properties

    def _validate_and_parse(self, record: dict[str, Any]) -> dict[str, Any]:
        """Hold a record against the whole JSON schema, where that is wanted.

        Dates are judged with everything else, by column. This alone doubles the speed of the SDK's part, which also
        tells of a record that does not hold with a traceback.
        """
        if self._validator is not None:
            try:
                self._validator.validate(record)
            except InvalidRecord as error:
                raise LoadError(
                    f"{self._place(record)}: it is not as its schema says ({error.error_message}). Nothing of its "
                    "batch was written. Mend it at the source, or set validate_records to false."
                ) from None
        return record

    def _singer_validate_message(self, record: dict[str, Any]) -> None:
        """Nothing: keys are judged with everything else, and a missing one is a null."""

    def start_batch(self, context: dict[str, Any]) -> None:
        """Give the batch a spool."""
        context["spool"] = self._spool = self._target.staging.spool()

    @property
    def is_full(self) -> bool:
        """By rows, or by bytes: what a batch costs must not depend on how long its rows are."""
        return super().is_full or (self._spool is not None and self._spool.size >= SPOOL_BYTES_MAX)

    def take(self, record: msgspec.Raw) -> bool:
        """Spool a record straight from its JSON.

        Returns:
            False if it has anything about it that `process_record` must see: then nothing was done.
        """
        row = self._rows and self._rows.decode(record)
        if row is None:
            return False
        spool: BatchSpool = self._get_context({})["spool"]
        spool.append(self._encode_line(row))
        self.tally_record_read()
        self.record_counter_metric.increment()
        return True

    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:
        """Judge a record and spool it."""
        for key in self._table.keys:
            if record.get(key) is None:
                raise self._refusal(record, key, f"is {'null' if key in record else 'missing'}, and a key cannot be")
        spool: BatchSpool = context["spool"]
        row: dict[str, str] = {}
        name = ""
        try:
            for name, encode in self._plan:
                if (value := record.get(name)) is not None:
                    row[name] = encode(value)
        except ValueError as error:
            if not self._widened(name, record.get(name)):
                raise self._refusal(record, name, str(error)) from None
            self.process_record(record, context)
            return
        try:
            spool.append(self._encode_line(row))
        except UnicodeEncodeError:
            raise self._refusal(
                record, self._broken_text(row), "holds half of a surrogate pair, which is no character"
            ) from None
        if not record.keys() <= self._fields:
            self._tell_ignored(record)

    def _widened(self, name: str, value: Any) -> bool:
        """True if a column that a value did not fit has become wider: a schema may promise too much."""
        if not self._table.widen(name, self._target.settings.decimal_scale, value):
            return False
        self.logger.warning(
            "Stream '%s': field '%s' has numbers that its schema does not promise; its column holds any now",
            self.stream_name,
            name,
        )
        self._encode_by_columns()
        return True

    def process_batch(self, context: dict[str, Any]) -> None:
        """Write the batch in one transaction."""
        spool: BatchSpool = context["spool"]  # a context without a batch must fail, not pass for an empty one
        spool.flush()
        self.tally_duplicate_merged(self._table.write(spool, merge=self._merging))
        spool.discard()
        self._spool = None

    def activate_version(self, new_version: int) -> None:
        """Mark the rows of earlier versions as deleted."""
        if not self.include_sdc_metadata_properties:
            self._target.tell_no_versions(self.stream_name)
            return
        self._target.drain_one(self)  # rows of the new version may still be waiting
        marked = self._table.mark_deleted(new_version)
        self.logger.info(
            "Version %s of '%s' is active: %s rows of earlier ones marked deleted",
            new_version,
            self.stream_name,
            marked,
        )

    def _broken_text(self, row: dict[str, str]) -> str:
        for name, text in row.items():
            try:
                text.encode()
            except UnicodeEncodeError:
                return name
        return "?"

    def _refusal(self, record: dict[str, Any], name: str, reason: str) -> LoadError:
        sent = record.get(name)
        value = str(sent) if isinstance(sent, Decimal) else repr(sent)
        shown = value if len(value) <= _SHOWN_MAX else value[:_SHOWN_MAX] + "..."
        column = next((each.sql_type for each in self._table.columns if each.name == name), "?")
        return LoadError(
            f"{self._place(record)}: field {name} = {shown} {reason} (column type {column}). Nothing of its batch was "
            "written. Mend it at the source, or convert or drop the field with stream_maps."
        )

    def _place(self, record: dict[str, Any]) -> str:
        key = {each: record.get(each) for each in self._table.keys} or f"no. {self._total_records_read} of this run"
        return f"line {self._target.message_reader.line} of the input, stream {self.stream_name}, record {key}"

    def _tell_ignored(self, record: dict[str, Any]) -> None:
        # A null has nothing to store: an object that was flattened leaves one behind.
        sent = {name for name, value in record.items() if value is not None}
        for name in sorted(sent - self._fields - self._warned_missing_fields):
            self._warned_missing_fields.add(name)
            self.logger.warning(
                "Stream '%s' sends field '%s', which its schema lacks: it is not stored", self.stream_name, name
            )
