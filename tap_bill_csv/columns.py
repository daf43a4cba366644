"""Settings of one column: the source of its text, and the form of its values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from bill_api.writing import ISO, Writing, date_format_problem
from tap_bill_csv.errors import SettingError, instead, quoted

WRITING_KEYS = ("date_format", "decimal", "thousands", "currency", "trim")
"""Said of a whole file, or of one column."""

COLUMN_KEYS = ("column", "expression", *WRITING_KEYS, "round", "negate", "values")
DECIMALS = (".", ",")
THOUSANDS = ("", ",", ".", " ", "'")
ROUND_MAX = 10


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


def writing_of(setting: str, given: Mapping[str, Any], known: Writing = USUAL) -> Writing:
    """The forms of values that are given here, over those that are known."""
    writing = known
    if given.get("date_format") is not None:
        writing = replace(writing, dates=_date_formats(f"{setting}.date_format", given["date_format"]))
    if given.get("decimal") is not None:
        writing = replace(writing, decimal=one_of(f"{setting}.decimal", given["decimal"], DECIMALS))
    if given.get("thousands") is not None:
        writing = replace(writing, thousands=one_of(f"{setting}.thousands", given["thousands"], THOUSANDS))
    if writing.thousands == writing.decimal:
        raise SettingError(f"{setting}.thousands", f"{quoted(writing.decimal)} parts the decimals already")
    if given.get("currency") is not None:
        writing = replace(writing, currency=texts(f"{setting}.currency", given["currency"]))
    if given.get("round") is not None:
        writing = replace(writing, round=_round(f"{setting}.round", given["round"]))
    if given.get("negate") is not None:
        writing = replace(writing, negate=flag(f"{setting}.negate", given["negate"]))
    if given.get("values") is not None:
        writing = replace(writing, values=_values(f"{setting}.values", given["values"]))
    if given.get("trim") is not None:
        writing = replace(writing, trim=flag(f"{setting}.trim", given["trim"]))
    return writing


def source(setting: str, given: object, known: Writing) -> TextSource:
    """A column's name, or an object that says more."""
    if isinstance(given, str):
        return TextSource(setting=setting, column=given.strip(), writing=known)
    if not isinstance(given, Mapping):
        raise SettingError(
            setting, f"{quoted(given)} is no column; give a name, or an object with column or expression"
        )
    known_keys(setting, given, COLUMN_KEYS)
    column, expression = given.get("column"), given.get("expression")
    if (column is None) == (expression is None):
        raise SettingError(setting, "needs either column or expression")
    for name, text in (("column", column), ("expression", expression)):
        if text is not None and not (isinstance(text, str) and text.strip()):
            raise SettingError(f"{setting}.{name}", f"{quoted(text)} is no text")
    return TextSource(
        setting=setting,
        column=column.strip() if column else None,
        expression=expression,
        writing=writing_of(setting, given, known),
    )


def known_keys(setting: str, given: Mapping[str, Any], known: tuple[str, ...]) -> None:
    """Refuse a key that is not known."""
    for key in given:
        if key not in known:
            raise SettingError(f"{setting}.{key}", f"no such setting; {instead(key, known)}")


def flag(setting: str, given: object) -> bool:
    """True or false."""
    if not isinstance(given, bool):
        raise SettingError(setting, f"{quoted(given)} is neither true nor false")
    return given


def texts(setting: str, given: object) -> tuple[str, ...]:
    """A text, or a list of texts."""
    several = [given] if isinstance(given, str) else given
    if not isinstance(several, Sequence) or not all(isinstance(each, str) and each.strip() for each in several):
        raise SettingError(setting, f"{quoted(given)} is neither a text nor a list of texts")
    return tuple(each.strip() for each in several)


def one_of(setting: str, given: object, allowed: tuple[str, ...]) -> str:
    """One of these texts."""
    if given not in allowed:
        raise SettingError(setting, f"{quoted(given)} is not allowed; there is: {', '.join(map(quoted, allowed))}")
    return str(given)


def _date_formats(setting: str, given: object) -> tuple[str, ...]:
    formats = texts(setting, given) or (ISO,)
    for each in formats:
        if problem := date_format_problem(each):
            raise SettingError(
                setting, f"{quoted(each)} does not describe a day ({problem}); give one such as %d/%m/%Y"
            )
    return formats


def _round(setting: str, given: object) -> int:
    if not isinstance(given, int) or isinstance(given, bool) or not 0 <= given <= ROUND_MAX:
        raise SettingError(setting, f"{quoted(given)} is not a number of decimals from 0 to {ROUND_MAX}")
    return given


def _values(setting: str, given: object) -> Mapping[str, str]:
    if not isinstance(given, Mapping) or not all(isinstance(each, str | int) for each in given.values()):
        raise SettingError(setting, f"{quoted(given)} is no object of texts and what to read in their place")
    return MappingProxyType(
        {
            str(text).strip().casefold(): str(value).lower() if isinstance(value, bool) else str(value)
            for text, value in given.items()
        }
    )
