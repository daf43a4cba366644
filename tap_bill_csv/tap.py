"""The Singer tap: settings in, streams out, parents first."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import click
from singer_sdk.helpers.capabilities import CapabilitiesEnum, PluginCapabilities, TapCapabilities

from bill_api.entities import ENTITIES
from bill_documents.errors import SettingError
from bill_documents.mapping.entries import parse_files
from bill_documents.mapping.guess import guess, questions
from bill_documents.mapping.layout import Layout, layouts
from bill_documents.mapping.said import QUESTION
from bill_documents.mapping.sensitive_columns import sensitive_columns
from bill_program.errors import SettingsError
from bill_program.settings import config_schema
from bill_singer.tap import PlainTap
from tap_bill_csv.settings import CSV_SETTINGS
from tap_bill_csv.state import check_files
from tap_bill_csv.streams import CsvStream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from singer_sdk import Stream


OF_THE_FILE = {
    "encoding": "With --guess: the encoding of the file, where it is not found out.",
    "sheet": "With --guess: the sheet of a workbook, by its name, or by its number from 1.",
}
"""Options that say of a file what its mapping will say."""


class TapBillCsv(PlainTap):
    """Turns CSV rows into documents that BILL knows: bills and invoices with lines, vendors, customers."""

    name = "tap-bill-csv"
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
        documents = {name: each for name, each in found.items() if each[0].entity.lines}
        return [CsvStream(self, each, hidden, documents) for each in found.values()]

    @classmethod
    def get_singer_command(cls) -> click.Command:
        """The SDK's command, with `--guess` and what belongs to it."""
        command = super().get_singer_command()
        # Not eager, as the two that say where to: those are known by then.
        command.params += [
            click.Option(
                ["--guess"],
                metavar="FILE",
                expose_value=False,
                callback=cls.cb_guess,
                help="Look at a file, or the first of a folder or archive, and print a first mapping for it, with what "
                "it is sure of and what not.",
            ),
            *(
                click.Option(
                    [f"--{name}"], metavar=name.upper(), is_eager=True, expose_value=False, callback=_kept, help=help_
                )
                for name, help_ in OF_THE_FILE.items()
            ),
            click.Option(
                ["--to-file"],
                metavar="FILE",
                is_eager=True,
                expose_value=False,
                callback=_kept,
                help="With --guess: write the mapping to this file, for --config, and print what is open.",
            ),
            click.Option(
                ["--overwrite"],
                is_flag=True,
                is_eager=True,
                expose_value=False,
                callback=_kept,
                help="With --to-file: write the file although it is there.",
            ),
        ]
        return command

    @classmethod
    def cb_guess(cls, ctx: click.Context, param: click.Option, value: str | None) -> None:  # noqa: ARG003  # click's
        """Print a mapping, or write it to a file, and end."""
        to_file, overwrite = ctx.meta.get(_meta("to_file")), bool(ctx.meta.get(_meta("overwrite")))
        given = {name: text for name in OF_THE_FILE if (text := ctx.meta.get(_meta(name)))}
        if value is None:
            if to_file or overwrite or given:
                options = ", ".join(f"--{name}" for name in OF_THE_FILE)
                raise SettingsError(f"--to-file, --overwrite, {options} belong to --guess FILE, which is missing")
            return
        mapping = guess(value, **given)
        if to_file:
            _write(Path(to_file), mapping, overwrite=overwrite)
            for line in _summary(to_file, mapping):
                click.echo(line)
        else:
            click.echo(mapping, nl=False)
        ctx.exit()


def _kept(ctx: click.Context, param: click.Parameter, value: object) -> None:
    """Keep the value of an option for that of another one."""
    ctx.meta[_meta(str(param.name))] = value


def _meta(name: str) -> str:
    return f"{__name__}.{name}"


def _write(path: Path, mapping: str, *, overwrite: bool) -> None:
    try:
        with path.open("w" if overwrite else "x", encoding="utf-8") as file:
            file.write(mapping)
    except FileExistsError:
        raise SettingsError(f"--to-file {path}: is there already; name another file, or give --overwrite") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise SettingsError(f"--to-file {path}: cannot be written: {why}") from error


def _summary(path: str, mapping: str) -> Iterator[str]:
    """The next step, and the lines of a mapping that are open."""
    lines = mapping.splitlines()
    opened = questions(mapping)
    if not opened:
        yield f"{path}: nothing is open; look through it, then: tap-bill-csv --config {path}"
        return
    yield f"{path}: {len(opened)} open, to be answered there:"
    for number in opened:
        yield f"  line {number}: {lines[number - 1].strip().removeprefix(QUESTION)}"


def _other_key(layout: Layout, first: Layout) -> str:
    return (
        f"{layout.file.path} is grouped by {', '.join(layout.key)}, but {first.file.path} by {', '.join(first.key)}; "
        f"all files of {layout.entity.stream} need the same key"
    )
