"""A stream's table: made, widened and written."""

# Names in SQL are quoted, types and labels are our own constants, and values are parameters:
# ruff: noqa: S608

from __future__ import annotations

import glob
from typing import TYPE_CHECKING, Any

import duckdb

from bill_program.errors import SettingsError
from target_duckdb.columns import (
    Column,
    ColumnKind,
    column,
    declared_type,
    joint_type,
    kind_of,
    widening,
    widest_decimal,
)
from target_duckdb.database import quoted
from target_duckdb.errors import LoadError, said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_duckdb.database import Database
    from target_duckdb.settings import Latest
    from target_duckdb.staging import BatchSpool

_STAGED = "temp.main.staged_batch"
# Left alone, DuckDB takes a folder `c0=x` on the way to a staging file for the value of a column.
_NO_GUESSING = (
    "auto_detect = false, format = 'newline_delimited', compression = 'uncompressed', hive_partitioning = false"
)


def _is_text(name: str) -> bool:
    """True if it holds no half of a surrogate pair."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _label(position: int) -> str:
    """A column's name in staging: short, and the same whatever the stream calls it."""
    return f"c{position}"


class Table:
    """A stream's table, as it is after `prepare`.

    Attributes:
        columns: One for each field of the stream; the table may have more.
        keys: Names of the columns that identify a row.
    """

    def __init__(self, database: Database, schema: str, name: str, latest: Latest | None = None) -> None:
        self._latest = latest
        self._database = database
        self._schema = schema
        self._name = name
        self._full_name = database.table(schema, name)
        self.columns: tuple[Column, ...] = ()
        self.keys: tuple[str, ...] = ()
        self._said: dict[str, str] = {}  # the type of each column for numbers, as the schema says it

    def __str__(self) -> str:
        return f"{self._schema}.{self._name}"

    def prepare(self, properties: Mapping[str, Any], keys: Sequence[str], scale: int) -> None:
        """Make the table, or add to it what the stream's schema has and it lacks.

        Args:
            properties: Fields and their JSON schemas.
            keys: Key properties.
            scale: Decimals of a new column for numbers.

        Raises:
            LoadError: The schema cannot become this table.
        """
        self._check_names(properties, keys)
        self._check_latest(properties, keys)
        existing = self._database.columns(self._schema, self._name)
        spelled = {name.lower(): name for name in existing}
        self._check_loaded_by(keys, spelled)
        columns, changes = [], []
        for name, schema in properties.items():
            kind = kind_of(schema)
            declared = declared_type(kind, schema, scale)
            found = spelled.get(name.lower())
            if found is None:
                joint = declared
                changes.append(f"ADD COLUMN {quoted(name)} {declared}")
            else:
                joint = self._joint(name, kind, declared, existing[found])
                if joint != existing[found]:
                    using = widening(quoted(name), existing[found], joint)
                    changes.append(f"ALTER COLUMN {quoted(name)} SET DATA TYPE {joint} USING {using}")
            columns.append(column(name, kind, joint))
            if kind in {ColumnKind.NUMBER, ColumnKind.DECIMAL}:
                self._said[name] = declared
        self.columns, self.keys = tuple(columns), tuple(keys)
        self._apply(changes, exists=bool(existing))

    def widen(self, name: str, scale: int, value: Any) -> bool:
        """Let a column for numbers hold any of them, if it has the narrower type that the schema says.

        Args:
            name: The column.
            scale: Decimals of the wider type.
            value: A number that it does not hold; one that is none, or fits no column, changes nothing.

        Returns:
            True if it has become wider.

        Raises:
            LoadError: The table cannot be changed.
        """
        (own,) = (each for each in self.columns if each.name == name)
        wider = widest_decimal(scale)
        if own.sql_type != self._said.get(name) or own.sql_type == wider:
            return False
        held = column(name, own.kind, wider)
        try:
            held.encode(value)
        except ValueError:
            return False
        using = widening(quoted(name), own.sql_type, wider)
        self._apply([f"ALTER COLUMN {quoted(name)} SET DATA TYPE {wider} USING {using}"], exists=True)
        self.columns = tuple(held if each is own else each for each in self.columns)
        return True

    def _check_names(self, properties: Mapping[str, Any], keys: Sequence[str]) -> None:
        if not properties:
            raise LoadError(
                f"stream {self._name}: its schema has no properties, so there is nothing to store. Mend it in the "
                "tap, or deselect the stream."
            )
        seen: dict[str, str] = {}
        for name in properties:
            if not name or "\0" in name or not _is_text(name):
                raise LoadError(
                    f"stream {self._name}: {name!r} cannot be the name of a column; rename the field in the tap"
                )
            if (other := seen.setdefault(name.lower(), name)) != name:
                raise LoadError(
                    f"stream {self._name}: the fields {other!r} and {name!r} differ in case only, and DuckDB takes "
                    "them for one column. Rename or remove one of them with stream_maps."
                )
        for key in keys:
            if key not in properties:
                raise LoadError(
                    f"stream {self._name}: key property {key!r} is not a field of its schema; the tap "
                    "has to name one that is, or stream_maps (__key_properties__)"
                )
            if kind_of(properties[key]) is ColumnKind.JSON:
                raise LoadError(
                    f"stream {self._name}: key property {key!r} has no simple type that rows could be found by; give "
                    "the stream another key with stream_maps (__key_properties__)"
                )

    def _check_latest(self, properties: Mapping[str, Any], keys: Sequence[str]) -> None:
        if self._latest is None:
            return
        for name in (*self._latest.belongs_to, self._latest.version):
            if name not in properties:
                raise SettingsError(
                    f"setting `latest_only`: the stream {self._name} has no field {name!r}; there are "
                    f"{', '.join(properties)}"
                )
        if not keys:
            raise SettingsError(f"setting `latest_only`: the stream {self._name} has no key to find rows by")

    def _check_loaded_by(self, keys: Sequence[str], spelled: Mapping[str, str]) -> None:
        """Refuse a key that rows of the table have no value of: no record would find its row, and each come twice.

        Args:
            keys: Of the stream.
            spelled: The columns of the table as it is, by their names in small letters; empty if there is none.
        """
        found = {key: spelled.get(key.lower()) for key in keys if spelled}
        empty = [f"{quoted(name)} IS NULL" if name else "true" for name in found.values()]
        if not empty or not self._database.rows(f"SELECT 1 FROM {self._full_name} WHERE {' OR '.join(empty)} LIMIT 1"):
            return
        lacking = [key for key, name in found.items() if name is None]
        raise LoadError(
            f"table {self} was loaded by another key than {', '.join(keys)}: "
            + (f"it has no column {', '.join(lacking)}" if lacking else "it has rows in which a part of that is null")
            + f", and every row would be there twice. Its columns are {', '.join(spelled.values())}. The names of a "
            "tap's columns may have changed (`naming` of tap-bill). Change them back; or load into another schema "
            "(`default_target_schema`) or file (`filepath`), or drop the table, and read everything anew."
        )

    def _joint(self, name: str, kind: ColumnKind, declared: str, existing: str) -> str:
        joint = joint_type(kind, declared, existing)
        if joint is None:
            raise LoadError(
                f"table {self}, column {name}: it is {existing}, and the stream now sends {kind.value} ({declared}). "
                "Rename the column or the table, or map the field to another name with stream_maps."
            )
        return joint

    def _apply(self, changes: Sequence[str], *, exists: bool) -> None:
        listed = ", ".join(f"{quoted(each.name)} {each.sql_type}" for each in self.columns)
        made = [
            f"CREATE SCHEMA IF NOT EXISTS {self._database.schema(self._schema)}",
            f"CREATE TABLE {self._full_name} ({listed})",
        ]
        statements = [f"ALTER TABLE {self._full_name} {each}" for each in changes] if exists else made
        try:
            self._database.in_transaction(lambda: [self._database.rows(each) for each in statements])
        except duckdb.Error as error:
            raise LoadError(f"table {self} cannot be made to fit the stream. {said(error)}") from error

    def write(self, spool: BatchSpool, *, merge: bool) -> int:
        """Write a batch in one transaction.

        Args:
            spool: The rows, flushed.
            merge: Replace rows that have the same key; of several such rows in the batch the last one counts.

        Returns:
            How many rows of the batch were superseded by a later one in it.

        Raises:
            LoadError: Nothing of the batch was written.
        """
        way = self._merge if merge else self._append
        try:
            return self._database.in_transaction(lambda: way(spool))
        except duckdb.Error as error:
            raise LoadError(f"table {self}: a batch could not be written. {said(error)}") from error

    def _append(self, spool: BatchSpool) -> int:
        source, parameters = self._source(spool)
        casts = ", ".join(f"{quoted(each.name)}::{each.sql_type}" for each in self.columns)
        written = self._database.change(
            f"INSERT INTO {self._full_name} ({self._listed}) SELECT {casts} FROM {source}", parameters
        )
        self._check_count(written, spool)
        return 0

    def _merge(self, spool: BatchSpool) -> int:
        places = {each.name: _label(i) for i, each in enumerate(self.columns)}
        keys = ", ".join(places[key] for key in self.keys)
        same = " AND ".join(f"t.{quoted(key)} = s.{places[key]}" for key in self.keys)
        self._stage(spool)
        superseded = self._database.change(
            f"DELETE FROM {_STAGED} WHERE rowid NOT IN (SELECT max(rowid) FROM {_STAGED} GROUP BY {keys})"
        )
        # Update and insert rather than delete and insert: columns that the stream no longer sends keep their values.
        others = [each for each in self.columns if each.name not in self.keys]
        settings = ", ".join(f"{quoted(each.name)} = s.{places[each.name]}" for each in others)
        is_known = not others or self._database.change(
            f"UPDATE {self._full_name} AS t SET {settings} FROM {_STAGED} AS s WHERE {same}"
        )
        # In a first load no row has one of the keys: then none is looked for again, and the order is that of staging.
        missing = (
            f"WHERE NOT EXISTS (SELECT 1 FROM {self._full_name} AS t WHERE {same}) ORDER BY s.rowid" if is_known else ""
        )
        self._database.change(
            f"INSERT INTO {self._full_name} ({self._listed}) SELECT {', '.join(places.values())} FROM {_STAGED} AS s"
            f" {missing}"
        )
        if self._latest is not None:
            self._delete_earlier(self._latest, places)
        self._database.rows(f"DROP TABLE {_STAGED}")
        return superseded

    def _delete_earlier(self, latest: Latest, places: Mapping[str, str]) -> None:
        """Delete rows of another version than the one staged last; those of one version may come in several batches."""
        belongs = ", ".join(places[name] for name in latest.belongs_to)
        same = " AND ".join(f"t.{quoted(name)} = s.{places[name]}" for name in latest.belongs_to)
        newest = f"SELECT {belongs}, arg_max({places[latest.version]}, rowid) AS version FROM {_STAGED} GROUP BY ALL"
        self._database.change(
            f"DELETE FROM {self._full_name} AS t USING ({newest}) AS s"
            f" WHERE {same} AND t.{quoted(latest.version)} IS DISTINCT FROM s.version"
        )

    @property
    def _listed(self) -> str:
        return ", ".join(quoted(each.name) for each in self.columns)

    def _stage(self, spool: BatchSpool) -> None:
        source, parameters = self._source(spool)
        casts = ", ".join(f"{quoted(each.name)}::{each.sql_type} AS {_label(i)}" for i, each in enumerate(self.columns))
        self._database.rows(f"CREATE TEMP TABLE {_STAGED} AS SELECT {casts} FROM {source}", parameters)
        self._check_count(self._database.rows(f"SELECT count(*) FROM {_STAGED}")[0][0], spool)

    def _source(self, spool: BatchSpool) -> tuple[str, tuple[Any, ...]]:
        staged = ", ".join(f"{quoted(each.name)}: 'VARCHAR'" for each in self.columns)
        options = f"{_NO_GUESSING}, maximum_object_size = {spool.object_bytes_max}"
        # A path is a pattern to DuckDB: unescaped, `data[1]` reads the file in `data1`.
        path = glob.escape(str(spool.path))
        return f"read_json($1, columns = {{{staged}}}, {options})", (path,)

    def _check_count(self, arrived: int, spool: BatchSpool) -> None:
        # Where DuckDB is left to guess, it may take the first row for a header. A loader that counts would notice.
        if arrived != spool.rows:
            raise LoadError(
                f"table {self}: {spool.rows} rows were staged and DuckDB read {arrived}. Nothing was written."
            )

    def mark_deleted(self, version: int) -> int:
        """Set `_sdc_deleted_at` in rows of earlier versions of the stream, and return how many there were.

        A row without a version was loaded before there were any.
        """
        return self._database.in_transaction(
            lambda: self._database.change(
                f"UPDATE {self._full_name} SET _sdc_deleted_at = now()"
                " WHERE (_sdc_table_version IS NULL OR _sdc_table_version < $1) AND _sdc_deleted_at IS NULL",
                (version,),
            )
        )
