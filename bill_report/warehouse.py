"""A warehouse file, open to be read: its models, and what they lack."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import duckdb

from bill_program.errors import ConnectorError, SettingsError, TakenError
from bill_report.errors import ReportError, UnreadModelError
from target_duckdb.database import quoted
from target_duckdb.errors import is_in_use, said

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bill_report.models import Model

CENTS = re.compile(r"DECIMAL\(\d+,2\)")
READING: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",  # a report must not depend on a download
    "enable_external_access": "false",  # a view of a file from elsewhere reads no other file of this machine
}
BUILD = "build the models (docs/models.md)"


class Warehouse:
    """A DuckDB file that nothing is written to.

    Args:
        path: The file.
        schema: The schema of the models.

    Raises:
        SettingsError: It is missing.
        TakenError: Another process writes to it.
        ReportError: It is no DuckDB file.
    """

    def __init__(self, path: Path, schema: str) -> None:
        if not path.is_file():
            raise SettingsError(f"there is no file {path}: name the warehouse that target-duckdb has written")
        try:
            self._connection = duckdb.connect(str(path), read_only=True, config=READING)
        except duckdb.Error as error:
            raise _unopened(path, error) from error
        self.path, self.schema = path, schema
        self._aside: dict[str, str] = {}
        self._catalog = self._connection.execute("SELECT current_database()").fetchall()[0][0]

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def require(self, models: Sequence[Model]) -> None:
        """See that there is something to report.

        Raises:
            ReportError: There is none of the models.
        """
        if any(self._types(self.schema, each.name) for each in models):
            return
        found = self._connection.execute(
            "SELECT DISTINCT schema_name FROM duckdb_columns() WHERE database_name = $1 AND NOT internal ORDER BY 1",
            [self._catalog],
        ).fetchall()
        there = ", ".join(name for (name,) in found) or "none"
        raise ReportError(
            f"{self.path} has no models in the schema `{self.schema}`: {BUILD}, or name their schema with --schema. "
            f"Schemas with tables: {there}"
        )

    def set_aside(self, model: Model, reason: str) -> None:
        """Read no more of a model, for a reason that is said instead."""
        self._aside[model.name] = reason

    def rows(self, model: Model, query: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query.

        Args:
            model: What it reads, as the table `model`.
            query: The query.
            parameters: Its values.

        Raises:
            UnreadModelError: The model is not there, or is not what the report knows.
        """
        self._check(model)
        table = self._table(self.schema, model.name)
        try:
            return self._connection.execute(f"WITH model AS (FROM {table}) {query}", list(parameters)).fetchall()
        except duckdb.Error as error:
            raise UnreadModelError(f"{model.name} cannot be read: {said(error)}") from error

    def names_of_organizations(self, raw_schema: str) -> dict[str, str]:
        """The names of organizations by id, as far as BILL tells them.

        Which field of an organization has its name is not known (docs/entities.md): each that may be it is looked for,
        and an organization without one goes by its id.

        Args:
            raw_schema: The schema of the tables that target-duckdb writes.
        """
        there = self._types(raw_schema, "organizations")
        names = [quoted(each) for each in ("name", "org_name") if each in there]
        if "additional_fields" in there:
            names += [f"json_extract_string(additional_fields::JSON, '$.{each}')" for each in ("name", "orgName")]
        if not names or "id" not in there:
            return {}
        query = f"SELECT id, coalesce({', '.join(names)}) FROM {self._table(raw_schema, 'organizations')}"  # noqa: S608
        try:
            return {key: name for key, name in self._connection.execute(query).fetchall() if name}
        except duckdb.Error:  # what BILL sends there is not known
            return {}

    def _check(self, model: Model) -> None:
        if reason := self._aside.get(model.name):
            raise UnreadModelError(reason)
        types = self._types(self.schema, model.name)
        if not types:
            raise UnreadModelError(f"{self.path.name} has no {model.name} in the schema `{self.schema}`: {BUILD}")
        if missing := [each for each in (*model.others, *model.money) if each not in types]:
            raise UnreadModelError(f"{model.name} has no column {', '.join(missing)}: {BUILD} again")
        for each in model.money:
            if not CENTS.fullmatch(types[each]):
                raise UnreadModelError(
                    f"{model.name}.{each} is {types[each]}, and amounts are DECIMAL(18,2): {BUILD} again"
                )

    def _types(self, schema: str, table: str) -> dict[str, str]:
        return dict(
            self._connection.execute(
                "SELECT column_name, data_type FROM duckdb_columns() WHERE database_name = $1 AND schema_name = $2"
                " AND table_name = $3",
                [self._catalog, schema, table],
            ).fetchall()
        )

    def _table(self, schema: str, name: str) -> str:
        return ".".join(map(quoted, (self._catalog, schema, name)))


def _unopened(path: Path, error: duckdb.Error) -> ConnectorError:
    reason = said(error)
    if is_in_use(error):
        return TakenError(
            f"{path} is in use: wait for the load to end, or close the program that has it open for writing "
            f"(a DuckDB shell, a notebook), and run again. {reason}"
        )
    return ReportError(
        f"{path} cannot be opened as a DuckDB file: name the one that target-duckdb has written. {reason}"
    )
