"""Settings of one level of a document, its head or its lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bill_api.fields import Alike, Field, FieldType
from bill_api.kinds import read
from bill_api.references import references
from bill_api.totals import TOTAL
from tap_bill_csv.columns import TextSource, known_keys, source
from tap_bill_csv.errors import SettingError, instead, quoted

if TYPE_CHECKING:
    from bill_api.writing import Writing

Value = str | int | bool | Decimal

DERIVED_KEYS = ("field", "add_days")


@dataclass(frozen=True, slots=True, kw_only=True)
class AddDays:
    """A day that follows another field's by so many days."""

    field: str
    days: int

    def after(self, day: str) -> str:
        """The ISO day so many days later; ValueError beyond the calendar's end."""
        try:
            return (date.fromisoformat(day) + timedelta(days=self.days)).isoformat()
        except OverflowError as error:
            message = "lies beyond the end of the calendar"
            raise ValueError(message) from error


Default = Value | AddDays


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


def mappable(fields: tuple[Field, ...], *, total: bool = False) -> Mapping[str, Field]:
    """Fields that a column may feed: those that a client writes and a cell can hold, and references by name.

    Args:
        fields: Of one level.
        total: Whether the document's total may be fed too, to be held against its lines: BILL adds it up itself.
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
    return {**named, **own}


def _free_of_form(field: Field) -> Field:
    """The field, as a text if it is an id: the ids of a source have any form."""
    return replace(field, type=FieldType.STRING) if field.type is FieldType.ID else field


def level_of(setting: str, given: Mapping[str, Any], fields: Mapping[str, Field], writing: Writing) -> LevelSettings:
    """The settings of a level in an entry, or in its `lines`."""
    columns = given.get("columns")
    for name in columns or ():
        known_field(f"{setting}.columns.{name}", name, fields)
    defaults = given.get("defaults") or {}
    for name in defaults:
        known_field(f"{setting}.defaults.{name}", name, fields)
    return LevelSettings(
        setting=setting,
        fields=fields,
        columns=None
        if columns is None
        else {name: source(f"{setting}.columns.{name}", each, writing) for name, each in columns.items()},
        defaults={
            name: _default(f"{setting}.defaults.{name}", value, fields[name], fields)
            for name, value in defaults.items()
            if value is not None
        },
    )


def known_field(setting: str, name: str, fields: Mapping[str, Field]) -> None:
    """Refuse a field that nobody can write."""
    if name not in fields:
        raise SettingError(setting, f"{quoted(name)} is not a field that can be written here; {instead(name, fields)}")


def _default(setting: str, given: object, field: Field, fields: Mapping[str, Field]) -> Default:
    if isinstance(given, Mapping):
        return _derived(setting, given, field, fields)
    text = ("true" if given else "false") if isinstance(given, bool) else str(given).strip()
    try:
        value: Value | None = read(field, text)
    except ValueError as error:
        raise SettingError(setting, f"{quoted(given)}: {error}") from error
    if value is None:
        raise SettingError(setting, f"{quoted(given)} says nothing")
    return value


def _derived(setting: str, given: Mapping[str, Any], field: Field, fields: Mapping[str, Field]) -> AddDays:
    known_keys(setting, given, DERIVED_KEYS)
    start, days = given.get("field"), given.get("add_days")
    dates = [name for name, each in fields.items() if each.type is FieldType.DATE and name != field.name]
    if field.type is not FieldType.DATE or start not in dates:
        raise SettingError(setting, f"derives a date from another date; {instead(str(start), dates, full=True)}")
    if not isinstance(days, int) or isinstance(days, bool):
        raise SettingError(f"{setting}.add_days", f"{quoted(days)} is not a whole number of days")
    return AddDays(field=start, days=days)
