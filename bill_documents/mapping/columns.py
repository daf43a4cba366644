"""Settings of one column: the source of its text, and the form of its values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from bill_documents.errors import SettingError, quoted
from bill_values.notations import ISO, Writing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bill_documents.mapping.declaration import ColumnEntry, FileEntry

Value = TypeVar("Value")

USUAL = Writing(dates=(ISO,))
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
    """The forms of values that are given here, over those that are known."""
    dates, currency = _several(given.date_format), _several(given.currency)
    writing = replace(
        known,
        dates=known.dates if dates is None else dates or (ISO,),
        decimal=_or(given.decimal, known.decimal),
        thousands=_or(given.thousands, known.thousands),
        currency=_or(currency, known.currency),
        credit=_or(given.credit, known.credit),
        trim=_or(given.trim, known.trim),
    )
    if writing.thousands == writing.decimal:
        raise SettingError(f"{setting}.thousands", f"{quoted(writing.decimal)} parts the decimals already")
    return writing


def source(setting: str, given: str | ColumnEntry, known: Writing) -> TextSource:
    """A column's name, or an object that says more."""
    if isinstance(given, str):
        return TextSource(setting=setting, column=given.strip(), writing=known)
    writing = writing_of(setting, given, known)
    return TextSource(
        setting=setting,
        column=given.column,
        expression=given.expression,
        writing=replace(
            writing,
            round=_or(given.round, writing.round),
            negate=_or(given.negate, writing.negate),
            values=_readings(given.values) if given.values else writing.values,
        ),
    )


def _or(given: Value | None, known: Value) -> Value:
    return known if given is None else given


def _several(given: str | tuple[str, ...] | None) -> tuple[str, ...] | None:
    return (given,) if isinstance(given, str) else given


def _readings(values: Mapping[str, str | bool | int]) -> Mapping[str, str]:
    return MappingProxyType(
        {
            text.strip().casefold(): str(value).lower() if isinstance(value, bool) else str(value)
            for text, value in values.items()
        }
    )
