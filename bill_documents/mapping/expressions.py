"""Expressions over a row, in DuckDB's SQL: checked at the start, evaluated so that a fault harms one row only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import duckdb

from bill_documents.errors import SettingError, instead, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TEXT, TRUTH = "VARCHAR", "BOOLEAN"
_EXACT = ("VARCHAR", "DECIMAL", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UBIGINT", "UINTEGER",
          "USMALLINT", "UTINYINT", "UHUGEINT", "BIGNUM", "BOOLEAN", "DATE", "TIMESTAMP")  # fmt: skip

_UNKNOWN_COLUMN = re.compile(r'Referenced column "(.+?)" not found')

OFFLINE: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
"""What every connection is opened with: nothing is fetched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """An expression that DuckDB understands.

    Attributes:
        setting: Path of the setting, for messages.
        sql: As it was given.
        type: What it gives, as DuckDB names it.
    """

    setting: str
    sql: str
    type: str


def checked(setting: str, sql: str, names: Sequence[str], *, truth: bool = False) -> Expression:
    """The expression, or a SettingError that says why DuckDB does not take it.

    Args:
        setting: Path of the setting.
        sql: What was given.
        names: The columns that it may use; each is text, and blank where the file is.
        truth: Whether it must be true or false.
    """
    try:
        found = _types(sql, tuple(names))
    except duckdb.Error as error:
        if unknown := _UNKNOWN_COLUMN.search(str(error)):
            problem = f"{quoted(sql)} names a column {quoted(unknown[1])}, which is not there"
            raise SettingError(setting, f"{problem}; {instead(unknown[1], filter(None, names), full=True)}") from error
        raise SettingError(setting, f"{quoted(sql)} is refused by DuckDB: {reason(error)}") from error
    given = found[1] if len(found) == len(("attempt", "value", "line")) else ""
    if truth and given != TRUTH:
        raise SettingError(setting, f"{quoted(sql)} gives {given or 'several values'}, not true or false")
    if not given.startswith(_EXACT) or given.endswith("]"):
        problem = f"{quoted(sql)} gives {given or 'several values'}"
        advice = "; money is never a float: CAST to DECIMAL(18, 2)" if given in {"DOUBLE", "FLOAT"} else ""
        raise SettingError(setting, f"{problem}, which is no text, whole number, DECIMAL, BOOLEAN or DATE{advice}")
    return Expression(setting=setting, sql=sql, type=given)


@lru_cache(maxsize=1024)  # many files of a pattern have the same header
def _types(sql: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """DuckDB's type of the expression, if it is one."""
    relation = ", ".join(f"'' AS {identifier(name)}" for name in names)
    query = f"SELECT {attempt(sql)}, ({sql}\n) AS v, _tap_line FROM (SELECT 1 AS _tap_line, {relation})"  # noqa: S608
    with duckdb.connect(config=OFFLINE | {"threads": 1}) as connection:
        close(connection)
        if len(connection.extract_statements(query)) != 1:
            return ()
        return tuple(map(str, connection.sql(query).types))


def mentioned(names: Sequence[str], expressions: Iterable[Expression]) -> frozenset[int]:
    """Places of the columns that expressions may use: all whose name stands in one, or all where one says `COLUMNS`."""
    text = "\n".join(each.sql.casefold() for each in expressions)
    if "columns" in text:
        return frozenset(range(len(names)))
    return frozenset(
        place
        for place, name in enumerate(names)
        if text and (name.casefold() in text or identifier(name).casefold() in text)
    )


def attempt(sql: str) -> str:
    """SQL for an object with the value `v`, which is null as a whole where the expression fails."""
    return f"TRY({{'v': ({sql}\n)}})"


def close(connection: duckdb.DuckDBPyConnection, *readable: str) -> None:
    """Let this connection read nothing but these files, for good: no expression reaches a file or the network."""
    paths = ", ".join(literal(path) for path in readable)
    connection.execute(f"SET allowed_paths = [{paths}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def identifier(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def reason(error: duckdb.Error) -> str:
    """DuckDB's reason in one line, without the picture of the query below it."""
    return str(error).partition("\n\n")[0].replace("\n", " ").strip()
