"""Rows brought together into documents by DuckDB, on disk: memory does not grow with the number of rows."""

from __future__ import annotations

import csv
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import duckdb

from tap_bill_csv.errors import InputError, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_bill_csv.layout import Layout

MEMORY_LIMIT = "256MB"
THREADS = 1
"""Measured with rows of 1 kB: one thread sorts 4 million of them within the limit, two fail at 1.5 million.

The second thread would save a tenth of the time: most of it goes into building documents.
"""

CHUNK_ROWS = 5_000
LINE_BYTES_MAX = 8 * 1024 * 1024
"""The longest row that DuckDB takes; a single cell is limited by the csv module to 131,072 characters."""

Texts = tuple[str | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the file: the line it begins on, and the texts of the layout's cells, None where blank."""

    line: int
    texts: Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The rows of one document, in the order of the file.

    Attributes:
        rows: At least one.
        earlier: Where the same key was read before, as path and line, if in another file.
    """

    rows: list[Row]
    earlier: tuple[str, int] | None


class Workspace:
    """A DuckDB database of its own for one run of one stream."""

    def __init__(self, folder: Path, key_size: int) -> None:
        self._staged = folder / "rows.csv"
        self._keys = [f"k{number}" for number in range(key_size)]
        self._connection = duckdb.connect(
            str(folder / "rows.duckdb"),
            config={
                "memory_limit": MEMORY_LIMIT,
                "threads": THREADS,
                "temp_directory": str(folder),
                "preserve_insertion_order": False,  # each row carries its line
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            },
        )
        keys = ", ".join(f"{name} VARCHAR" for name in self._keys)
        self._connection.execute(f"CREATE TABLE seen ({keys}, file VARCHAR, line BIGINT)")

    def close(self) -> None:
        """Let go of the files."""
        self._connection.close()

    def groups(self, layout: Layout, *, remember: bool) -> Iterator[Group]:
        """The documents of one file, in the order of their first rows; `remember` their keys for the next file's."""
        self._load(layout)
        cells = "".join(f", c{number}" for number in range(len(layout.cells)))
        same_key = " AND ".join(f"seen.{name} = grouped.{name}" for name in self._keys)
        found = self._connection.cursor().execute(
            f"""
            WITH grouped AS (
                SELECT min(line) OVER (PARTITION BY CASE WHEN alone THEN line END, {", ".join(self._keys)}) AS first, *
                FROM rows
            )
            SELECT first, seen.file, seen.line, grouped.line{cells}
            FROM grouped LEFT JOIN seen ON NOT alone AND {same_key}
            ORDER BY first, grouped.line
            """  # noqa: S608  # every name in it is made here
        )
        for _, rows in groupby(_chunked(found), key=itemgetter(0)):
            several = list(rows)
            _, file, line, *_ = several[0]
            yield Group(
                rows=[Row(line=row[3], texts=row[4:]) for row in several],
                earlier=(file, line) if file is not None else None,
            )
        if remember:
            self._remember(layout.file.path)

    def _load(self, layout: Layout) -> None:
        with self._staged.open("w", encoding="utf-8", newline="") as staged:
            write = csv.writer(staged, lineterminator="\n").writerow
            count = 0
            for row in _staged(layout):
                write(row)
                count += 1
        types = {"line": "BIGINT", "alone": "BOOLEAN"}
        types |= dict.fromkeys(self._keys, "VARCHAR")
        types |= {f"c{number}": "VARCHAR" for number in range(len(layout.cells))}
        names = ", ".join(f"'{name}': '{kind}'" for name, kind in types.items())
        path = str(self._staged).replace("'", "''")
        try:
            self._connection.execute(
                f"""
                CREATE OR REPLACE TABLE rows AS FROM read_csv(
                    '{path}', columns = {{{names}}}, auto_detect = false, header = false, delim = ',', quote = '"',
                    escape = '"', new_line = '\\n', nullstr = '', strict_mode = true,
                    max_line_size = {LINE_BYTES_MAX}, buffer_size = {2 * LINE_BYTES_MAX}
                )
                """
            )
            loaded = self._connection.execute("SELECT count(*) FROM rows").fetchone()
        except duckdb.InvalidInputException as error:
            reason = str(error).partition("\n")[0]
            raise SourceError(layout.file.path, f"DuckDB refuses its rows: {reason}") from error
        finally:
            self._staged.unlink()
        if loaded != (count,):
            raise SourceError(layout.file.path, f"{count} rows were read and {loaded} arrived in DuckDB")

    def _remember(self, path: str) -> None:
        keys = ", ".join(self._keys)
        self._connection.execute(
            f"INSERT INTO seen SELECT {keys}, ?, min(line) FROM rows ANTI JOIN seen USING ({keys}) "  # noqa: S608
            f"WHERE NOT alone GROUP BY {keys}",
            [path],
        )


@contextmanager
def workspace(key_size: int) -> Iterator[Workspace]:
    """A workspace in a folder of its own, which only this user can read and which is gone afterwards."""
    with TemporaryDirectory(prefix="tap-bill-csv-") as folder:
        space = Workspace(Path(folder), key_size)
        try:
            yield space
        except (duckdb.Error, OSError) as error:
            # Most likely the disk is full.
            message = f"the working folder {folder} (it lies where TMPDIR says): {error}"
            raise InputError(message) from error
        finally:
            space.close()


def _staged(layout: Layout) -> Iterator[list[object]]:
    """What DuckDB gets of each row: its line, whether it stands alone, its key, its cells without outer blanks."""
    positions = [cell.position for cell in layout.cells]
    places = {cell.field.name: place for place, cell in enumerate(layout.head.cells)}
    key_places = [places[name] for name in layout.key if name in places]
    constants = layout.head.constants
    not_keys = layout.not_keys
    for line, cells in layout.file.rows(layout.header):
        texts = [cells[position].strip() for position in positions]
        alone = any(not texts[place] or texts[place].casefold() in not_keys for place in key_places)
        key = [texts[places[name]] if name in places else constants[name] for name in layout.key]
        yield [line, alone, *key, *texts]


def _chunked(found: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    while rows := found.fetchmany(CHUNK_ROWS):
        yield from rows
