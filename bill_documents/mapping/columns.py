"""Settings of one column: the source of its text, and the form of its values."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bill_api.table.fields import NUMBERS, FieldType
from bill_documents.errors import SettingError, quoted
from bill_values.notations import ISO, Writing
from bill_values.spelling import folded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bill_api.table.fields import Field
    from bill_documents.mapping.declaration import ColumnEntry, FileEntry

USUAL = Writing(date_format=(ISO,))
"""How files write values unless the settings say otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSource:
    """The source of a field's text: a column or an expression, one of them.

    Attributes:
        setting: Path of the setting, for messages.
        column: The column's name.
        position: The column's position from 0, where its name says too little.
        expression: DuckDB SQL over the row.
        writing: How it writes values.
    """

    setting: str
    column: str | None = None
    position: int | None = None
    expression: str | None = None
    writing: Writing = USUAL


def writing_of(setting: str, given: FileEntry | ColumnEntry, known: Writing = USUAL) -> Writing:
    """The forms of values that are given here, over those that are known: each has the name of its setting."""
    forms = {each.name: getattr(given, each.name, None) for each in fields(Writing)}
    said = {name: READ.get(name, _as_it_is)(form) for name, form in forms.items() if form not in (None, {})}
    writing = replace(known, **said)
    if writing.thousands == writing.decimal:
        raise SettingError(f"{setting}.thousands", f"{quoted(writing.decimal)} parts the decimals already")
    return writing


def source(setting: str, given: str | ColumnEntry, known: Writing) -> TextSource:
    """A column's name, or an object that says more."""
    if isinstance(given, str):
        return TextSource(setting=setting, column=given.strip(), writing=known)
    writing = writing_of(setting, given, known)
    return TextSource(setting=setting, column=given.column, expression=given.expression, writing=writing)


def check_meant(setting: str, given: str | ColumnEntry, field: Field) -> None:
    """Refuse what is said of the values of a column and can have no effect on those of its field.

    Raises:
        SettingError: Of another kind of values than the field has.
    """
    for name, (types, values) in MEANT.items():
        if getattr(given, name, None) not in (None, False, ()) and field.type not in types:
            raise SettingError(f"{setting}.{name}", f"is about {values}, and {field.name} holds none; leave it out")


def _as_it_is(given: Any) -> Any:
    return given


def _several(given: str | tuple[str, ...]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else given


def _formats(given: str | tuple[str, ...]) -> tuple[str, ...]:
    return _several(given) or USUAL.date_format


def _readings(values: Mapping[str, str | bool | int]) -> Mapping[str, str]:
    return MappingProxyType(
        {folded(text): str(value).lower() if isinstance(value, bool) else str(value) for text, value in values.items()}
    )


_NUMBERS, _TEXTS, _DAYS = NUMBERS | {FieldType.INTEGER}, {FieldType.STRING}, {FieldType.DATE}

MEANT: Mapping[str, tuple[frozenset[FieldType], str]] = MappingProxyType(
    {
        **dict.fromkeys(("thousands", "currency", "credit", "round", "negate"), (_NUMBERS, "numbers")),
        # Cells of workbooks have types: where they feed a text, it says how that is written.
        "decimal": (_NUMBERS | _TEXTS, "numbers"),
        "date_format": (frozenset(_DAYS | _TEXTS), "days"),
        "trim": (frozenset(_TEXTS), "texts"),
    }
)
"""The types of fields on whose values a setting of a column has an effect, and what it is about."""

READ: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {"date_format": _formats, "currency": _several, "values": _readings}
)
"""Makes forms of the settings that may be written in more than one way."""
