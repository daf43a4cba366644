"""Settings of one level of a document, its head or its lines."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from bill_api.identity.references import references
from bill_api.identity.spelled import spelling_among
from bill_api.identity.totals import TOTAL
from bill_api.table.attachments import NAMED_FILES
from bill_api.table.fields import Alike, Field, FieldType
from bill_api.table.kinds import read
from bill_documents.errors import SettingError, instead, quoted
from bill_documents.mapping.columns import TextSource, check_meant, source
from bill_documents.mapping.declaration import AddDays

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bill_documents.mapping.declaration import FileEntry, LinesEntry
    from bill_values.notations import Writing

Value = str | int | bool | Decimal

Default = Value | AddDays

_NAMED_FILES = Field(
    name=NAMED_FILES,
    type=FieldType.STRING,
    source=(),
    description="names of files below target-bill's `attachment_dir`, parted by `;`; no field of BILL's",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelSettings:
    """The settings of one level of a document, its head or its lines.

    Attributes:
        setting: Path of the setting, for messages.
        fields: The fields that may be fed here, by name.
        columns: Field to where its text comes from; None where nothing is said.
        defaults: What a field holds where no column, or an empty cell, feeds it.
    """

    setting: str
    fields: Mapping[str, Field]
    columns: Mapping[str, TextSource] | None
    defaults: Mapping[str, Default]


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """The other level of a document, for messages: where its settings are, and its fields."""

    setting: str
    fields: Mapping[str, Field]


def mappable(fields: tuple[Field, ...], *, total: bool = False, files: bool = False) -> Mapping[str, Field]:
    """Fields that a column may feed: those that a client writes and a cell can hold, and references by name.

    Args:
        fields: Of one level.
        total: Whether the document's total may be fed too, to be held against its lines: BILL adds it up itself.
        files: Whether the names of files may be fed too, for `target-bill` to attach them.
    """
    own = {
        each.name: _free_of_form(each)
        for each in fields
        if (not each.read_only or (total and each.name == TOTAL))
        and each.name != "entity"  # constant; whoever writes to BILL sets it
        and each.type not in {FieldType.ARRAY, FieldType.OBJECT, FieldType.DATETIME}
    }
    named = {
        each.alias: Field(name=each.alias, type=FieldType.STRING, source=each.field.source, alike=Alike.NAME)
        for each in references(fields)
    }
    return {**named, **own, **({NAMED_FILES: _NAMED_FILES} if files else {})}


def _free_of_form(field: Field) -> Field:
    """The field, as a text if it is an id: the ids of a source have any form."""
    return replace(field, type=FieldType.STRING) if field.type is FieldType.ID else field


def level_of(
    setting: str, given: FileEntry | LinesEntry, fields: Mapping[str, Field], writing: Writing, other: Other
) -> LevelSettings:
    """The settings of a level in an entry, or in its `lines`.

    Args:
        setting: Path of the setting.
        given: What it says.
        fields: The fields of this level.
        writing: How values are written.
        other: The other level.
    """
    for part, names in (("columns", given.columns or ()), ("defaults", given.defaults)):
        taken: dict[str, str] = {}
        for name in names:
            spelled = spelling_among(fields, name)
            if taken.setdefault(spelled, name) != name:
                problem = f"{quoted(name)} is the same field as {quoted(taken[spelled])}; name it once"
                raise SettingError(f"{setting}.{part}.{name}", problem)
            if spelled not in fields:
                there = (
                    f"it belongs in {other.setting}.{part}"
                    if spelling_among(other.fields, name) in other.fields
                    else instead(name, fields)
                )
                problem = f"{quoted(name)} is not a field that can be written here; {there}"
                raise SettingError(f"{setting}.{part}.{name}", problem)
    for name, each in (given.columns or {}).items():
        check_meant(f"{setting}.columns.{name}", each, fields[spelling_among(fields, name)])
    return LevelSettings(
        setting=setting,
        fields=fields,
        columns=None
        if given.columns is None
        else {
            spelling_among(fields, name): source(f"{setting}.columns.{name}", each, writing)
            for name, each in given.columns.items()
        },
        defaults={
            field.name: _default(f"{setting}.defaults.{name}", value, field, fields)
            for name, value in given.defaults.items()
            for field in [fields[spelling_among(fields, name)]]
        },
    )


def _default(setting: str, given: Value | AddDays, field: Field, fields: Mapping[str, Field]) -> Default:
    if isinstance(given, AddDays):
        return _derived(setting, given, field, fields)
    text = ("true" if given else "false") if isinstance(given, bool) else str(given).strip()
    try:
        value: Value | None = read(field, text)
    except ValueError as error:
        raise SettingError(setting, str(error) if field.sensitive else f"{quoted(given)}: {error}") from None
    if value is None:
        raise SettingError(setting, f"{quoted(given)} says nothing")
    return value


def _derived(setting: str, given: AddDays, field: Field, fields: Mapping[str, Field]) -> AddDays:
    dates = [name for name, each in fields.items() if each.type is FieldType.DATE and name != field.name]
    if field.type is not FieldType.DATE:
        raise SettingError(setting, f"{quoted(field.name)} is not a date, and takes no day after another")
    given = AddDays(field=spelling_among(dates, given.field), days=given.days)
    if given.field not in dates:
        problem = f"{quoted(given.field)} is not a date that it could follow"
        raise SettingError(f"{setting}.field", f"{problem}; {instead(given.field, dates, full=True)}")
    return given
