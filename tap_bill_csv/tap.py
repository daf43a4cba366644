"""The Singer tap: settings in, streams out, parents first."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import click
from singer_sdk import typing as th
from singer_sdk.helpers.capabilities import CapabilitiesEnum, PluginCapabilities, TapCapabilities

from bill_api.entities import ENTITIES
from bill_singer.tap import PlainTap
from tap_bill_csv.errors import InputError, SettingError
from tap_bill_csv.guess import guess
from tap_bill_csv.layout import Layout, layouts, sensitive_columns
from tap_bill_csv.settings import parse_files
from tap_bill_csv.state import check_files
from tap_bill_csv.streams import CsvStream
from tap_bill_csv.text import ENCODINGS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from singer_sdk import Stream

# Open: an unknown key is refused in `settings`, with near misses.
_COLUMNS = th.ObjectType(additional_properties=th.CustomType({"type": ["string", "object"]}))
_DEFAULTS = th.ObjectType(additional_properties=True)
_TEXTS = th.CustomType({"type": ["string", "array", "null"], "items": {"type": "string"}})

_LINES = th.ObjectType(
    th.Property("array", th.StringType, description="The array of lines; the entity's own unless given."),
    th.Property("columns", _COLUMNS, description="Field of a line: column. Columns named like a field unless given."),
    th.Property("defaults", _DEFAULTS, description="Field of a line: constant for where its cell is blank."),
    additional_properties=True,
)

_FILE = th.ObjectType(
    th.Property("path", th.StringType, required=True, description="A file, a folder or a pattern; gzip is recognized."),
    th.Property(
        "stream",
        th.StringType,
        description="What its rows become, as BILL's stream name. BILL's own import templates tell by themselves.",
    ),
    th.Property(
        "template",
        th.BooleanType,
        description="true: BILL's import template, with `columns` on top; false: never; recognized unless given.",
    ),
    th.Property(
        "columns",
        _COLUMNS,
        description="Field: column, or an object with column or expression and how its values are written.",
    ),
    th.Property("lines", _LINES, description="What each row adds as a line of its document."),
    th.Property(
        "group_by",
        th.ArrayType(th.StringType),
        description="Fields whose values the rows of one document share; the entity's natural key unless given.",
    ),
    th.Property(
        "not_keys",
        th.ArrayType(th.StringType),
        description="Texts that stand where a key should and identify nothing, such as REDACTED; case is ignored. "
        "Words for nothing (n/a, null, -) unless given; [] for none.",
    ),
    th.Property(
        "fill_down",
        th.BooleanType,
        description="Whether a document's head stands on its first row only, and rows below leave it out; false.",
    ),
    th.Property("where", th.StringType, description="SQL that is true of the rows that are wanted."),
    th.Property(
        "reject",
        th.ArrayType(
            th.ObjectType(
                th.Property("when", th.StringType), th.Property("reason", th.StringType), additional_properties=True
            )
        ),
        description="Rows to reject: {when: SQL that is true of them, reason}.",
    ),
    th.Property("defaults", _DEFAULTS, description="Field: constant, or {field, add_days} for a date from a date."),
    th.Property("date_format", _TEXTS, description="How dates are written, as for strptime, one or several; %Y-%m-%d."),
    th.Property("decimal", th.StringType, description="What parts decimals; a point."),
    th.Property("thousands", th.StringType, description="What parts thousands; the other of point and comma."),
    th.Property("currency", _TEXTS, description="Signs that may stand by a number, one or several."),
    th.Property("trim", th.BooleanType, description="Whether blanks around a text are dropped; true."),
    th.Property("encoding", th.StringType, description=f"One of {', '.join(ENCODINGS)}; a byte order mark, or utf-8."),
    th.Property("delimiter", th.StringType, description="What parts the columns; found out."),
    th.Property("quote", th.StringType, description="What texts may stand in, empty for nothing; found out."),
    th.Property("skip", th.IntegerType, description="Lines above the header; 0."),
    th.Property("source_cells", th.BooleanType, description="Whether documents carry the texts of their rows; true."),
    th.Property("reread", th.BooleanType, description="Read an unchanged file too; false."),
    additional_properties=True,
)


class TapBillCsv(PlainTap):
    """Turns CSV rows into documents that BILL knows: bills and invoices with lines, vendors, customers."""

    name = "tap-bill-csv"
    package_name = "bill-connector"
    dynamic_catalog = True
    config_jsonschema: ClassVar[dict[str, Any]] = th.PropertiesList(
        th.Property("files", th.ArrayType(_FILE), required=True, description="The files, and what their rows become."),
    ).to_dict()
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
