"""What the settings say about each file, checked as far as that is possible without opening it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bill_api.entities import BY_STREAM
from bill_api.entity import Operation
from bill_api.fields import Field, FieldType
from bill_api.references import references
from tap_bill_csv.errors import SettingError, instead, quoted
from tap_bill_csv.source import delimiter_named, encoding_named
from tap_bill_csv.values import Value, date_format_problem, parser

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bill_api.entity import Entity

ISO = "%Y-%m-%d"
LOADED = {stream: entity for stream, entity in BY_STREAM.items() if entity.offers(Operation.CREATE)}
"""The streams that can be loaded; BILL makes the objects of the others itself."""

ENTRY_KEYS = (
    "path",
    "stream",
    "columns",
    "lines",
    "group_by",
    "not_keys",
    "defaults",
    "date_format",
    "encoding",
    "delimiter",
)
LINES_KEYS = ("array", "columns", "defaults")
DERIVED_KEYS = ("field", "add_days")


@dataclass(frozen=True, slots=True, kw_only=True)
class AddDays:
    """A day that follows another field's by so many days."""

    field: str
    days: int


Default = Value | AddDays


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelSettings:
    """What is said about one level of a document, its head or its lines.

    Attributes:
        setting: Path of the setting, for messages.
        fields: The fields that may be fed here, by name.
        columns: Field to column; None means that columns named like a field feed it.
        defaults: What a field holds where no column, or an empty cell, feeds it.
    """

    setting: str
    fields: Mapping[str, Field]
    columns: Mapping[str, str] | None
    defaults: Mapping[str, Default]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSettings:
    """One entry of the setting `files`; `array` and `lines` are None for entities without lines."""

    setting: str
    path: str
    entity: Entity
    head: LevelSettings
    array: Field | None
    lines: LevelSettings | None
    group_by: tuple[str, ...] | None
    not_keys: frozenset[str]
    date_format: str
    encoding: str
    delimiter: str


def mappable(fields: tuple[Field, ...]) -> Mapping[str, Field]:
    """What a column may feed: the fields that a client writes and a cell can hold, and references by name."""
    own = {
        each.name: each
        for each in fields
        if not each.read_only
        and each.name != "entity"  # constant; whoever writes to BILL sets it
        and each.type not in {FieldType.ARRAY, FieldType.OBJECT, FieldType.DATETIME}
    }
    named = {
        each.alias: Field(name=each.alias, type=FieldType.STRING, source=each.field.source)
        for each in references(fields)
    }
    return {**named, **own}


def parse_files(entries: Sequence[Mapping[str, Any]]) -> list[FileSettings]:
    """The entries of `files`, or the first wrong setting as a SettingError."""
    if not entries:
        raise SettingError("files", "is empty; name at least one file")
    return [_entry(f"files[{index}]", entry) for index, entry in enumerate(entries)]


def _entry(setting: str, entry: Mapping[str, Any]) -> FileSettings:
    _known_keys(setting, entry, ENTRY_KEYS)
    entity = _entity(f"{setting}.stream", entry.get("stream"))
    array = _array(setting, entity, entry)
    lines = entry.get("lines") or {}
    return FileSettings(
        setting=setting,
        path=_text(f"{setting}.path", entry.get("path")),
        entity=entity,
        head=_level(setting, entry, mappable(entity.fields)),
        array=array,
        lines=_level(f"{setting}.lines", lines, mappable(array.item_fields)) if array else None,
        group_by=_group_by(f"{setting}.group_by", entry.get("group_by"), mappable(entity.fields)),
        not_keys=frozenset(text.strip().casefold() for text in entry.get("not_keys") or ()),
        date_format=_date_format(f"{setting}.date_format", entry.get("date_format") or ISO),
        encoding=encoding_named(entry.get("encoding") or "utf-8", f"{setting}.encoding"),
        delimiter=delimiter_named(entry.get("delimiter") or ",", f"{setting}.delimiter"),
    )


def _known_keys(setting: str, given: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for key in given:
        if key not in known:
            raise SettingError(f"{setting}.{key}", f"no such setting; {instead(key, known)}")


def _text(setting: str, given: str | None) -> str:
    if not given:
        raise SettingError(setting, "must be given")
    return given


def _entity(setting: str, given: str | None) -> Entity:
    stream = _text(setting, given)
    if stream not in LOADED:
        known = "is made by BILL itself" if stream in BY_STREAM else "is not a stream of BILL"
        raise SettingError(setting, f"{quoted(stream)} {known}; {instead(stream, LOADED)}")
    return LOADED[stream]


def _array(setting: str, entity: Entity, entry: Mapping[str, Any]) -> Field | None:
    lines = entry.get("lines") or {}
    _known_keys(f"{setting}.lines", lines, LINES_KEYS)
    if lines and not entity.lines:
        raise SettingError(f"{setting}.lines", f"{entity.stream} have no lines")
    arrays = {each.name: each for each in entity.fields if each.item_fields}
    if name := lines.get("array"):
        if name not in arrays:
            raise SettingError(
                f"{setting}.lines.array", f"{quoted(name)} is not an array of lines; {instead(name, arrays)}"
            )
        return arrays[name]
    return entity.lines


def _level(setting: str, given: Mapping[str, Any], fields: Mapping[str, Field]) -> LevelSettings:
    columns = given.get("columns")
    for name in columns or ():
        _known_field(f"{setting}.columns.{name}", name, fields)
    defaults = given.get("defaults") or {}
    for name in defaults:
        _known_field(f"{setting}.defaults.{name}", name, fields)
    return LevelSettings(
        setting=setting,
        fields=fields,
        columns=None if columns is None else {name: column.strip() for name, column in columns.items()},
        defaults={
            name: _default(f"{setting}.defaults.{name}", value, fields[name], fields)
            for name, value in defaults.items()
            if value is not None
        },
    )


def _known_field(setting: str, name: str, fields: Mapping[str, Field]) -> None:
    if name not in fields:
        raise SettingError(setting, f"{quoted(name)} is not a field that can be written here; {instead(name, fields)}")


def _default(setting: str, given: object, field: Field, fields: Mapping[str, Field]) -> Default:
    if isinstance(given, Mapping):
        return _derived(setting, given, field, fields)
    text = ("true" if given else "false") if isinstance(given, bool) else str(given).strip()
    parse = parser(field, ISO)
    try:
        return parse(text) if parse else text
    except ValueError as error:
        raise SettingError(setting, f"{quoted(given)}: {error}") from error


def _derived(setting: str, given: Mapping[str, Any], field: Field, fields: Mapping[str, Field]) -> AddDays:
    _known_keys(setting, given, DERIVED_KEYS)
    source, days = given.get("field"), given.get("add_days")
    dates = [name for name, each in fields.items() if each.type is FieldType.DATE and name != field.name]
    if field.type is not FieldType.DATE or source not in dates:
        raise SettingError(setting, f"derives a date from another date; {instead(str(source), dates, full=True)}")
    if not isinstance(days, int) or isinstance(days, bool):
        raise SettingError(f"{setting}.add_days", f"{quoted(days)} is not a whole number of days")
    return AddDays(field=source, days=days)


def _group_by(setting: str, given: list[str] | None, fields: Mapping[str, Field]) -> tuple[str, ...] | None:
    for index, name in enumerate(given or ()):
        _known_field(f"{setting}[{index}]", name, fields)
    return tuple(dict.fromkeys(given)) if given else None


def _date_format(setting: str, given: str) -> str:
    if problem := date_format_problem(given):
        raise SettingError(setting, f"{quoted(given)} does not describe a day ({problem}); give one such as %d/%m/%Y")
    return given
