"""The target: settings, the database, and when a run may end."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import duckdb
import msgspec
from singer_sdk import Target
from singer_sdk.exceptions import SingerSDKError
from singer_sdk.helpers.capabilities import PluginCapabilities, TargetCapabilities
from singer_sdk.mapper import SameRecordTransform
from singer_sdk.singerlib.exceptions import SingerError

from bill_program.errors import SettingsError
from bill_program.exit_codes import ExitCode
from bill_program.settings import config_schema
from bill_singer.output import write_state
from bill_singer.plugin import PlainPlugin
from target_duckdb.database import Database
from target_duckdb.errors import LoadError, said, unwritten
from target_duckdb.reader import StoppableReader
from target_duckdb.settings import LOADER_SETTINGS, LoaderSettings
from target_duckdb.sink import DuckDBSink
from target_duckdb.staging import StagingFolder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

    from singer_sdk.helpers.capabilities import CapabilitiesEnum
    from singer_sdk.sinks import Sink


class TargetDuckDB(PlainPlugin, Target):
    """Loads any Singer stream into a DuckDB file: exact numbers, whole transactions, no row missed."""

    name = "target-duckdb"
    default_sink_class = DuckDBSink
    message_reader_class = StoppableReader
    message_reader: StoppableReader
    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        *Target.capabilities,
        PluginCapabilities.ACTIVATE_VERSION,
        TargetCapabilities.TARGET_SCHEMA,
    ]
    declared_settings = LOADER_SETTINGS
    config_jsonschema: ClassVar[dict[str, Any]] = config_schema(LOADER_SETTINGS)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.max_parallelism = 1  # one connection, and a signal must find at most one batch half written
        self.schema_name = self.settings.default_target_schema
        self.database = Database(self._prepared_path())
        self.staging = StagingFolder(self.database.path)
        self._claims: dict[str, str] = {}
        self._has_told_no_versions = False
        if self.database.catalog.lower() == self.schema_name.lower():
            self.logger.warning(
                "The file is named like its schema, so SQL must say %s.%s.<table> in full. Another name avoids that.",
                self.database.catalog,
                self.schema_name,
            )

    @cached_property
    def settings(self) -> LoaderSettings:
        """Where records are loaded to, and how.

        Raises:
            SettingsError: One line per wrong setting.
        """
        return LoaderSettings.of(self.config)

    def _prepared_path(self) -> Path:
        path = Path(self.settings.filepath).expanduser().absolute()
        if path.is_dir():
            raise SettingsError(f"filepath {path} is a folder: it must name a file in it, like {path / 'out.duckdb'}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LoadError(f"filepath {path}: its folder cannot be made. {unwritten(path.parent, error)}") from error
        return path

    def claim(self, stream: str) -> None:
        """Make sure that no two streams share a table: DuckDB does not tell `Bills` from `bills`."""
        if (owner := self._claims.setdefault(stream.lower(), stream)) != stream:
            raise LoadError(
                f"the streams {owner!r} and {stream!r} differ in case only, and DuckDB takes their tables for one. "
                "Give one of them another name with stream_maps (__alias__)."
            )

    def tell_no_versions(self, stream: str) -> None:
        """Say once that a version marks nothing, as rows have none."""
        if not self._has_told_no_versions:
            self._has_told_no_versions = True
            self.logger.warning(
                "The tap sends versions (stream '%s'), and rows have none: those that are gone from their source are "
                "not marked. Set add_record_metadata to true, or leave versions out in the tap.",
                stream,
            )

    def _tell_unmet(self) -> None:
        """Name the streams of `latest_only` that did not come, in an input that had others."""
        met = self._claims.values()
        for name in self.settings.latest_only.keys() - met if met else ():
            near = get_close_matches(name, met, n=1)
            self.logger.warning(
                "Setting latest_only names the stream '%s', which did not come%s. A stream that stream_maps rename "
                "has its new name there.",
                name,
                f"; did you mean '{near[0]}'?" if near else "",
            )

    def get_sink(
        self,
        stream_name: str,
        *,
        record: dict[str, Any] | None = None,
        schema: dict[str, Any] | None = None,
        key_properties: Sequence[str] | None = None,
    ) -> Sink:
        """The stream's sink. One that a new schema replaces is written first.

        Left to the SDK it would be written last of all, and its older records would replace newer ones.
        """
        replaced = self._sinks_active.get(stream_name)
        wanted = (schema, key_properties)
        if schema is not None and replaced and (replaced.original_schema, replaced.key_properties) != wanted:
            self.drain_one(replaced)
        return super().get_sink(stream_name, record=record, schema=schema, key_properties=key_properties)

    def process_endofpipe(self) -> None:
        """Write what is left, emit STATE, close the file."""
        super().process_endofpipe()
        self.staging.clear()
        self._join_log()
        self.database.close()
        if self.message_reader.stop:
            sys.exit(ExitCode.INTERRUPTED)
        self._tell_unmet()

    def _join_log(self) -> None:
        """Make DuckDB's log part of the file. Closing does it too, but does not tell that there was no room for it."""
        try:
            self.database.rows("CHECKPOINT")
        except duckdb.Error as error:
            self.logger.warning(
                "All rows are written, but stand in %s.wal, which the next run makes part of the file: keep the two "
                "together. %s",
                self.database.path,
                said(error),
            )

    def _process_schema_message(self, message_dict: dict[str, Any]) -> None:
        super()._process_schema_message(message_dict)
        stream = message_dict["stream"]
        change = self.message_reader.raw_streams
        change.add(stream) if self._is_stored_as_sent(stream) else change.discard(stream)

    @property
    def record_place(self) -> str:
        """The line of the input that was read last."""
        return self.message_reader.place

    def _is_stored_as_sent(self, stream: str) -> bool:
        """True if nothing changes or checks a stream's records on their way to its one sink.

        Here alone it is decided whether they are decoded to a dict, which is for stream maps, flattening,
        `validate_records` and `add_record_metadata`.
        """
        maps = self.mapper.stream_maps[stream]
        is_same = all(type(each) is SameRecordTransform and not each.flattening_enabled for each in maps)
        return is_same and self._sink(stream).takes_raw

    def _sink(self, stream: str) -> DuckDBSink:
        sink = self._sinks_active[stream]
        assert isinstance(sink, DuckDBSink)  # noqa: S101  the SDK knows it by its base
        return sink

    def _process_record_message(self, message_dict: dict[str, Any]) -> None:
        record = message_dict["record"]
        if not isinstance(record, msgspec.Raw):
            super()._process_record_message(message_dict)
            return
        sink = self._sink(message_dict["stream"])
        if not sink.take(record):
            super()._process_record_message(self.message_reader.in_full())
            return
        if sink.is_full:
            self.logger.info("Stream '%s': a batch of %s rows is full", sink.stream_name, sink.current_size)
            self.drain_one(sink)
        self._handle_max_record_age()

    def _write_state_message(self, state: dict[str, Any]) -> None:
        write_state(state)

    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        """End at a place where STATE is true.

        The SDK drains at once, wherever the signal strikes. Inside `process_batch` that forgets the batch being written
        and emits the STATE behind it. Here the message in hand is finished first.
        """
        del frame
        reader = self.message_reader
        if reader.idle:
            reader.idle, reader.stop = False, signum
            self.logger.info("Signal %s: writing what has been read, then ending", signum)
            self.process_endofpipe()
        elif reader.stop:
            self.logger.warning("Signal %s again: ending at once, without the batch in hand and without STATE", signum)
            sys.exit(ExitCode.INTERRUPTED)
        else:
            reader.stop = signum
            self.logger.info("Signal %s: finishing the batch in hand, then ending", signum)

    @classmethod
    def invoke(cls, **options: Any) -> None:
        """Run.

        Raises:
            LoadError: What the user can mend.
        """
        try:
            super().invoke(**options)
        except duckdb.Error as error:
            raise LoadError(said(error)) from error
        except OSError as error:
            raise unwritten(error.filename or "a file", error) from error
        except (SingerSDKError, SingerError) as error:
            raise LoadError(str(error)) from error  # the cause is not in this program
