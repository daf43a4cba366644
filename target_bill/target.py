"""target-bill: Singer records into BILL."""

from __future__ import annotations

import signal
import sqlite3
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

import click
from singer_sdk import Target
from singer_sdk.helpers.capabilities import PluginCapabilities

from bill_api.connection import CONNECTION_VARIABLES, Connection
from bill_api.errors import BillError
from bill_program.console import PlainConsole
from bill_program.errors import ConnectorError, Interrupted, SettingsError, TakenError
from bill_program.settings import config_schema
from bill_program.start import installing
from bill_singer.output import write_state
from bill_singer.plugin import PlainPlugin
from target_bill.account import runs
from target_bill.account.report import COMPLETE
from target_bill.errors import UnsettledError
from target_bill.files import is_locked, remedy
from target_bill.input.messages import OriginReader
from target_bill.input.parser import Origin
from target_bill.ledger.runs import kept_runs
from target_bill.run import Run
from target_bill.settings import TARGET_SETTINGS, Options
from target_bill.sinks import BillSink, PartSink, RowSink, is_part

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from types import FrameType

    from singer_sdk.sinks import Sink

    from bill_api.table.entity import Entity
    from target_bill.input.flat_rows import FlatRows


WIDTH_MIN = 120
"""Of tables in a log, where there is no terminal to say how wide it is."""


def _console() -> PlainConsole:
    console = PlainConsole(stderr=True)
    return console if console.is_terminal else PlainConsole(stderr=True, width=max(WIDTH_MIN, console.width))


class TargetBill(PlainPlugin, Target):
    """Writes each record once, and accounts for every one."""

    name = "target-bill"
    declared_settings = TARGET_SETTINGS
    shared_variables = CONNECTION_VARIABLES
    config_jsonschema: ClassVar[dict[str, Any]] = config_schema(TARGET_SETTINGS)
    default_sink_class = BillSink
    message_reader_class = OriginReader
    message_reader: OriginReader
    capabilities: ClassVar[list[Any]] = [
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.FLATTENING,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]

    # The SDK would drain and emit STATE after five minutes, past records that are held or rejected. With the ledger,
    # reading again after a crash costs little; a STATE past an unsettled record would lose it.
    _MAX_RECORD_AGE_IN_MINUTES = float("inf")

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.max_parallelism = 1  # parents first, and one ledger
        self._busy = False
        self._ended = False
        self._origins: dict[tuple[str, str], Origin] = {}
        self.message_reader.on_stop = self._stopped

    @classmethod
    def get_singer_command(cls) -> click.Command:
        """The command, with the option that takes a run back."""
        command = super().get_singer_command()
        text = (
            "Take back what a run wrote, named as its report is (20260131T120000123Z-4711); no input is read. Without "
            "a name it lists the runs that can be taken back."
        )
        command.params.append(click.Option(["--undo"], metavar="[RUN]", is_flag=False, flag_value="", help=text))
        return command

    @classmethod
    def invoke(cls, *, undo: str | None = None, config: Any = None, **options: Any) -> None:
        """Run the target: on its input, or to take an earlier run back.

        Raises:
            SettingsError: Both are asked for.
        """
        if undo is None or options.get("about"):
            super().invoke(config=config, **options)
            return
        if options.get("file_input") is not None:
            raise SettingsError("--undo reads no input: leave --input out, or --undo")
        cls.print_version(print_fn=cls.logger.info)
        cls(config=config.config, validate_config=True, parse_env_config=config.parse_env).undo(undo)

    def _check(self) -> None:
        super()._check()
        Options.of(self.config)  # those that do not go together
        if self.config.get("documents"):
            _ = self._flat  # a table that means nothing ends the run here, and not when its stream comes

    def undo(self, given: str) -> None:
        """Take back what an earlier run wrote, and close the account.

        Args:
            given: The run's name, or one of its files.

        Raises:
            ConnectorError: There is no such run; or something was not taken back, and the report names it.
        """
        run = self._known_run(given)
        self._guarded(lambda: self.run.undo(run))
        self._close(COMPLETE)
        report, allowed = self.run.report, self.config["max_rejects"]
        self._check_account(
            f"{report.rejects} of what the run {run} wrote is not taken back, and named; {allowed} allowed "
            "(`max_rejects`)"
        )

    def _known_run(self, given: str) -> str:
        """The run that a person means.

        Raises:
            SettingsError: The ledger keeps nothing of it; those that it keeps have been shown.
        """
        options, run = Options.of(self.config), runs.named(given)
        kept = kept_runs(options.ledger, Connection.from_settings(self.config).organization_id)
        if run in {each.name for each in kept}:
            return run
        if (table := runs.table(kept, options.report_dir)) is not None:
            _console().print(table)
        raise SettingsError(runs.unknown(run, kept))

    @cached_property
    def run(self) -> Run:
        """The run, made when the first schema comes."""
        run = Run(self.config)
        run.report.reads(self.message_reader.file)
        return run

    def get_sink_class(self, stream_name: str) -> type[Sink]:
        """A sink that writes, one that only counts, or one that gathers rows."""
        if stream_name in (self.config.get("documents") or {}):
            return RowSink
        return PartSink if is_part(stream_name, self.config.get("streams") or {}) else BillSink

    def leave_out(self, stream: str, records: int) -> None:
        """Count records that are not written."""
        self.run.leave_out(stream, records)

    @cached_property
    def _flat(self) -> FlatRows:
        """The rows of tables.

        Raises:
            SettingsError: What groups them is not installed.
        """
        try:
            from target_bill.input.flat_rows import FlatRows as Made  # noqa: PLC0415  only the extra brings what it needs
        except ImportError as error:
            raise SettingsError(
                f"setting `documents` needs what the extra `csv` brings ({error.name} is missing): {installing('csv')}"
            ) from error
        return Made(self.config["documents"], self.config.get("streams") or {}, self._note)

    def _note(self, text: str) -> None:
        self.run.report.note(text)

    def expect_rows(self, stream: str, columns: Iterable[str], keys: Sequence[str]) -> None:
        """Know the columns of a table, and what tells its rows apart, before its first row.

        Raises:
            SettingsError: Its documents may come in parts.
        """
        marks = self.message_reader.bookmarks.get(self.message_reader.stream, ())
        self._guarded(lambda: self._flat.expect(stream, columns, keys=keys, bookmarks=marks))

    def take_row(self, stream: str, row: Mapping[str, Any]) -> None:
        """Take a row of a table in; it is a part of a document when the input has ended."""
        self._guarded(lambda: self._flat.add(stream, row))

    def _take_documents(self) -> None:
        """Take in what the rows of tables are together."""
        if "_flat" in self.__dict__:
            for origin, record in self._flat.documents():
                self.run.take(origin, record)

    def load(self, entity: Entity, stream: str, record: Mapping[str, Any]) -> None:
        """Take a record in.

        Args:
            entity: What it is in BILL.
            stream: The name of its stream, behind any alias.
            record: The record.

        Raises:
            BillError: The run cannot go on; the account has been written.
        """
        self._guarded(lambda: self.run.take(self._origin(entity, stream), record))

    def _origin(self, entity: Entity, stream: str) -> Origin:
        """The origin of the record that was read last: two streams under one alias are two."""
        incoming = self.message_reader.stream
        if (stream, incoming) not in self._origins:
            maps = self.mapper.stream_maps[incoming]
            keys = next(each.transformed_key_properties for each in maps if each.stream_alias == stream)
            self._origins[stream, incoming] = Origin(
                entity=entity,
                stream=stream,
                incoming=incoming,
                keys=tuple(keys or ()),
                bookmark=self.message_reader.bookmark(incoming),
            )
        return self._origins[stream, incoming]

    def _process_schema_message(self, message_dict: dict[str, Any]) -> None:
        self._origins.clear()  # keys and bookmarks may be others now
        super()._process_schema_message(message_dict)

    @property
    def record_place(self) -> str:
        """The line of the input that was read last."""
        return self.message_reader.place

    def process_endofpipe(self) -> None:
        """End of the input: drain, settle what was held, then let STATE go out."""
        super().process_endofpipe()
        self.finish()

    def finish(self) -> None:
        """Settle what was held and close the account; done once.

        Raises:
            ConnectorError: More rejects than `max_rejects`, or an account that does not add up. STATE does not go out.
        """
        if self._ended:
            return
        self._guarded(self._take_documents)
        self._guarded(self.run.finish)
        self._close(COMPLETE)
        report, allowed = self.run.report, self.config["max_rejects"]
        self._check_account(
            f"{report.rejects} rejected records, {allowed} allowed (`max_rejects`); {report.rest_of_rejects}"
        )

    def _check_account(self, too_many: str) -> None:
        report = self.run.report
        if not report.adds_up:
            raise UnsettledError(
                "the account does not add up: a record was received and never settled. Keep the ledger"
            )
        if report.rejects > self.config["max_rejects"]:
            raise ConnectorError(too_many)

    def _guarded(self, work: Any) -> None:
        self._busy = True
        try:
            work()
        except (OSError, sqlite3.Error) as error:
            self._close(f"stopped: {error}")
            kind = TakenError if is_locked(error) else ConnectorError
            raise kind(
                f"a file could not be written ({error}); {remedy(error)}, and start the run again: it looks up what "
                "was being sent"
            ) from error
        except BaseException as error:
            self._close(f"stopped: {error}")
            raise
        finally:
            self._busy = False

    def _close(self, ended: str) -> None:
        if self._ended:
            return
        self._ended = True
        if "_flat" in self.__dict__:
            self._flat.close()
        if "run" not in self.__dict__:
            return  # it could not begin: to make another one here would fail again, for a reason of its own
        console, run = _console(), self.run
        try:
            run.close()
        except (OSError, sqlite3.Error, BillError) as error:
            # What was in the air is not written down: it stands as an intent, and the next run looks it up.
            self.logger.error("The last outcomes could not be written down: %s", error)  # noqa: TRY400
        try:
            path = run.report.close(ended if ended == COMPLETE else f"{ended}; {run.report.settled_of_received}")
            if run.plan is not None and ended == COMPLETE:
                run.plan.close(run.report.account())
            self.logger.info("Report: %s", path)
        except OSError as error:
            self.logger.error("The report could not be written: %s", error)  # noqa: TRY400  # the cause is a person's
        run.report.show(console)
        if run.plan is not None and ended == COMPLETE:
            run.plan.show(console)

    def _write_state_message(self, state: dict[str, Any]) -> None:
        # Called when all sinks are drained.
        self.finish()
        if self.config.get("mode") != "plan":  # nothing was written then: the next run has to read it all
            write_state(state)

    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:  # noqa: ARG002
        # The SDK would drain from inside an interrupted batch, emit STATE past it and exit 0.
        self.logger.warning("Received %s", signal.Signals(signum).name)
        if self._busy and "run" in self.__dict__:
            self.run.stop()
        else:
            self._leave()

    def _stopped(self, error: BaseException) -> None:
        """The input has ended before its end: the account says how far the run came."""
        if "run" in self.__dict__:
            self._close(f"stopped: {error}")

    def _leave(self) -> NoReturn:
        if "run" in self.__dict__:
            self._close("stopped by a signal")
        raise Interrupted("stopped; what had been read and not sent comes again with the next run")
