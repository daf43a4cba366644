"""The Singer tap: settings in, streams out, parents first."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import click
from singer_sdk.helpers.capabilities import CapabilitiesEnum, PluginCapabilities, TapCapabilities

from bill_api.entities import ENTITIES
from bill_documents.errors import InputError, SettingError
from bill_documents.mapping.entries import parse_files
from bill_documents.mapping.guess import guess
from bill_documents.mapping.layout import Layout, layouts, sensitive_columns
from bill_program.settings import config_schema
from bill_singer.tap import PlainTap
from tap_bill_csv.settings import CSV_SETTINGS
from tap_bill_csv.state import check_files
from tap_bill_csv.streams import CsvStream

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from singer_sdk import Stream


class TapBillCsv(PlainTap):
    """Turns CSV rows into documents that BILL knows: bills and invoices with lines, vendors, customers."""

    name = "tap-bill-csv"
    package_name = "bill-connector"
    dynamic_catalog = True
    declared_settings = CSV_SETTINGS
    config_jsonschema: ClassVar[dict[str, Any]] = config_schema(CSV_SETTINGS)
    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        TapCapabilities.CATALOG,
        TapCapabilities.STATE,
        TapCapabilities.DISCOVER,
        TapCapabilities.ACTIVATE_VERSION,
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.FLATTENING,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]

    @property
    def streams(self) -> dict[str, Stream]:
        """Streams in the order of the entity table, parents first, where the SDK would sort them by name."""
        found = super().streams
        return {each.stream: found[each.stream] for each in ENTITIES if each.stream in found}

    @classmethod
    def check_bookmark(cls, place: str, bookmark: Mapping[str, Any]) -> None:
        """Refuse a bookmark whose files are none: an unchanged one would be read, or a changed one not.

        Raises:
            ValueError: It is one.
        """
        check_files(place, bookmark)

    def sync_all(self) -> None:  # type: ignore[misc]  # final in the SDK, which has no other place for an ending
        """Read everything; documents that wait for others go out whatever happens."""
        try:
            super().sync_all()
        finally:
            self.message_writer.flush()

    def discover_streams(self) -> Sequence[Stream]:
        """One stream for each entity that `files` names, with all its files."""
        found: dict[str, list[Layout]] = {}
        for settings in parse_files(self.config["files"]):
            for layout in layouts(settings):
                same_stream = found.setdefault(layout.entity.stream, [])
                if same_stream and (same_stream[0].key, same_stream[0].optional) != (layout.key, layout.optional):
                    raise SettingError(f"{settings.setting}.group_by", _other_key(layout, same_stream[0]))
                same_stream.append(layout)
        hidden = sensitive_columns(chain.from_iterable(found.values()))
        return [CsvStream(self, each, hidden) for each in found.values()]

    @classmethod
    def get_singer_command(cls) -> click.Command:
        """The SDK's command, with `--guess`."""
        command = super().get_singer_command()
        command.params.append(
            click.Option(
                ["--guess"],
                metavar="FILE",
                is_eager=True,
                expose_value=False,
                callback=cls.cb_guess,
                help="Look at a CSV file and print a first mapping for it, with what it is sure of and what not.",
            )
        )
        return command

    @classmethod
    def cb_guess(cls, ctx: click.Context, param: click.Option, value: str | None) -> None:  # noqa: ARG003  # click's
        """Print a mapping and end."""
        if value is not None:
            try:
                is_there = Path(value).is_file()
            except OSError as error:
                raise InputError(f"--guess {value}: cannot be looked for: {error.strerror}") from error
            if not is_there:
                raise InputError(f"--guess {value}: there is no such file")
            click.echo(guess(value), nl=False)
            ctx.exit()


def _other_key(layout: Layout, first: Layout) -> str:
    return (
        f"{layout.file.path} is grouped by {', '.join(layout.key)}, but {first.file.path} by {', '.join(first.key)}; "
        f"all files of {layout.entity.stream} need the same key"
    )
