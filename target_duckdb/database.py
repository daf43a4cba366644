"""The DuckDB file: one connection, one writer, whole transactions."""

from __future__ import annotations

import contextlib
import weakref
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

import duckdb

from bill_program.errors import ConnectorError, SettingsError, TakenError
from target_duckdb.errors import LoadError, has_step, is_in_use, said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

Result = TypeVar("Result")

_MEMORY = "150MB"
_OPTIONS: Mapping[str, str] = MappingProxyType(
    {
        # Everything needed is built in; a load must not depend on a download.
        "autoinstall_known_extensions": "false",
        # DuckDB would take most of the machine's; beyond this it works on disk.
        "memory_limit": _MEMORY,
        # Each checkpoint writes the ends of all tables anew: at DuckDB's 16 MB they are half of the work of a load.
        "checkpoint_threshold": "256MB",
        # The place of a row in its batch is that of its line: the last row of a key counts.
        "preserve_insertion_order": "true",
    }
)


def quoted(name: str) -> str:
    """A name as an SQL identifier, spelled as it is."""
    return '"' + name.replace('"', '""') + '"'


class Database:
    """An open database file, locked against every other process until it is closed."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it.

        Args:
            path: The file. Its folder exists.

        Raises:
            TakenError: Another process has it.
            SettingsError: It is a file of another kind.
            LoadError: It cannot be opened.
        """
        self.path = path
        try:
            self._connection = duckdb.connect(str(path), config=dict(_OPTIONS))
        except duckdb.Error as error:
            raise _unopened(path, error) from error
        self._closing = weakref.finalize(self, self._connection.close)
        named = "SELECT database_name, path FROM duckdb_databases() WHERE database_name = current_database()"
        self.catalog, stored = self.rows(named)[0]
        if stored is None:
            # DuckDB shows a file of another format (CSV, Parquet) as views, and keeps what is written in memory.
            raise SettingsError(
                f"filepath {path} is no DuckDB file: name another one, like {path.with_suffix('.duckdb')}"
            )

    def close(self) -> None:
        """Write the log into the file and let go of it. At the end of the process this happens by itself."""
        self._closing()

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a statement and fetch its rows."""
        return self._connection.execute(sql, list(parameters)).fetchall()

    def change(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run an INSERT, UPDATE or DELETE and return how many rows it touched."""
        return int(self.rows(sql, parameters)[0][0])

    def schema(self, name: str) -> str:
        """A schema's full name."""
        return f"{quoted(self.catalog)}.{quoted(name)}"

    def table(self, schema: str, name: str) -> str:
        """A table's full name. The catalog is part of it: DuckDB calls `x.t` ambiguous in a file named x.duckdb."""
        return f"{self.schema(schema)}.{quoted(name)}"

    def columns(self, schema: str, name: str) -> dict[str, str]:
        """A table's columns and their types; empty when there is no such table."""
        return dict(
            self.rows(
                "SELECT column_name, data_type FROM duckdb_columns() WHERE database_name = $1"
                " AND lower(schema_name) = lower($2) AND lower(table_name) = lower($3) ORDER BY column_index",
                (self.catalog, schema, name),
            )
        )

    def in_transaction(self, work: Callable[[], Result]) -> Result:
        """Do some work, all or nothing: what fails or is interrupted leaves no trace.

        Args:
            work: The statements. Where they need more memory than a load usually has they are run a second time.
        """
        try:
            with self._transaction():
                return work()
        except duckdb.OutOfMemoryException:
            self.rows("RESET memory_limit")  # to what DuckDB takes of the machine
            with self._transaction():
                return work()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.begin()
        try:
            yield
            self._connection.commit()
        except BaseException:
            with contextlib.suppress(duckdb.Error):  # the first error is the one to tell
                self._connection.rollback()
            raise


def _unopened(path: Path, error: duckdb.Error) -> ConnectorError:
    reason = said(error)
    if is_in_use(error):
        return TakenError(
            f"filepath {path} is in use by another process. Wait for the other run to end, or close the program that "
            f"has the file open (a DuckDB shell, a notebook, a database browser), and run again. {reason}"
        )
    step = "" if has_step(error) else "; name another file, or restore this one from a copy"
    return LoadError(f"filepath {path} cannot be opened as a DuckDB database. {reason}{step}")
