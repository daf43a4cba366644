"""Rows brought together into documents by DuckDB, on disk where need be: memory does not grow with their number."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer
from typing import TYPE_CHECKING, Any

import duckdb

from bill_documents.errors import InputError, SettingError, SourceError
from bill_documents.grouping.mixed_records import held_back, refuse, source_columns
from bill_documents.grouping.orphans import Claim, Doubt, Found, Orphan, Sorter, Total, how_to_leave_out, key_cells
from bill_documents.grouping.query import ALONE, IN_RECORDS, LINE, OWNER, REST, Query, column
from bill_documents.grouping.records_of_rejects import RecordsOfRejects, records_of
from bill_documents.mapping.expressions import OFFLINE, close, literal, reason
from bill_documents.reading.rejects import RejectsFile
from bill_documents.reading.rows import DELIMITER, QUOTE, Staged, stage
from bill_documents.reading.text import LINE_CHARACTERS_MAX
from bill_documents.remarks import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bill_documents.grouping.query import QueryPlan
    from bill_documents.mapping.layout import Layout

MEMORY_LIMIT = "512MB"
THREADS = 2
"""Measured: 5 million rows of 90 bytes, and 3 million of 1 kB, with a peak of 0.7 GB for the whole process."""

EXPRESSIONS_S, ROWS_A_SECOND_MIN = 60, 10_000
"""Seconds that a query with expressions may take in any case, and the pace that it must have beyond."""

TOTALS_NAMED_MAX = 10
EXPRESSIONS_NAMED_MAX = 4
CHUNK_ROWS = 5_000
LINE_BYTES_MAX = 4 * LINE_CHARACTERS_MAX + 64
"""The longest row that DuckDB takes, with its line number."""

Row = tuple[Any, ...]
"""The line that a row begins on, and what its plan asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The rows of one document, in the order of the file.

    Attributes:
        rows: At least one.
        earlier: Where the same key was read before, as path and line, if in another file.
        has_key: Whether its key identifies it.
    """

    rows: list[Row]
    earlier: tuple[str, int] | None
    has_key: bool


class Workspace:
    """A DuckDB database of its own for one run of one stream; it reads nothing but the rows that it is given."""

    def __init__(self, folder: Path, key_size: int) -> None:
        self._staged = folder / "rows.csv"
        self._keys = [f"_tap_k{number}" for number in range(key_size)]
        self._connection = duckdb.connect(
            config=OFFLINE
            | {
                "memory_limit": MEMORY_LIMIT,
                "threads": THREADS,
                "temp_directory": str(folder),
                "preserve_insertion_order": False,  # each row carries its line
            }
        )
        close(self._connection, str(self._staged))
        keys = ", ".join(f"{name} VARCHAR" for name in self._keys)
        self._connection.execute(f"CREATE TABLE seen ({keys}, file VARCHAR, line BIGINT)")
        self._owner = "NULL"
        self._records: RecordsOfRejects | None = None
        self.total_rows = 0
        self.first_totals: list[int] = []
        self.staged = Staged()

    def close(self) -> None:
        """Let go of the files."""
        self._connection.close()

    def load(self, layout: Layout, hidden: frozenset[str]) -> QueryPlan:
        """Read a file into DuckDB, and prove that what arrived is what was read.

        Args:
            layout: The file's.
            hidden: Columns whose texts no document carries along.
        """
        with self._staged.open("w", encoding="utf-8", newline="") as out:
            staged = self.staged = stage(layout.file, layout.header, layout.staged, layout.needed, out)
        columns = [*map(column, layout.staged), REST]
        types = ", ".join(f"'{name}': 'VARCHAR'" for name in columns)
        try:
            self._connection.execute(
                f"""
                CREATE OR REPLACE TABLE rows AS FROM read_csv(
                    {literal(str(self._staged))}, columns = {{'{LINE}': 'BIGINT', {types}}},
                    auto_detect = false, header = false, delim = {literal(DELIMITER)},
                    quote = {literal(QUOTE)}, escape = {literal(QUOTE)}, new_line = '\\n',
                    force_not_null = {columns}, strict_mode = true,
                    max_line_size = {LINE_BYTES_MAX}, buffer_size = {2 * LINE_BYTES_MAX}
                )
                """
            )
        except duckdb.InvalidInputException as error:
            raise SourceError(layout.file.path, f"DuckDB refuses its rows: {reason(error)}") from error
        finally:
            self._staged.unlink()
        self._prove(layout, columns, staged)
        self._bring_together(layout)
        query = Query(layout, self._keys, hidden, has_outer_blanks=staged.has_outer_blanks)
        if self._sort(layout, query):
            query = Query(layout, self._keys, hidden, has_outer_blanks=staged.has_outer_blanks, has_orphans=True)
        self._owner = "NULL" if query.plan.owner is None else f"keyed.{OWNER}"
        odd = {name: table for name, sql in query.odd.items() if (table := self._odd(layout, name, sql))}
        self._connection.execute(f"CREATE OR REPLACE VIEW keyed AS {query.keyed(odd)}")
        self._hold_back(layout)
        return query.plan

    def _bring_together(self, layout: Layout) -> None:
        """Know the records of a file of rejects."""
        self._records = None
        if isinstance(layout.file, RejectsFile):
            self._records = found = records_of(self.staged.found, layout.entity.stream)
            self._connection.execute(
                "CREATE OR REPLACE TABLE records (line BIGINT, first BIGINT, place BIGINT, is_of BOOLEAN)"
            )
            self._insert("records", found.lines, found.firsts, found.places, found.are_of)

    def _hold_back(self, layout: Layout) -> None:
        """Refuse the documents that may lack lines, as rows of one record of a file of rejects name several."""
        if not self._records:
            return
        found = self.staged.found
        with self._evaluating(layout) as cursor:
            held = held_back(cursor, layout, self._keys, source_columns(layout, found))
        if held:
            refuse(found, self._records.by_line.items(), *held)

    @contextmanager
    def _evaluating(self, layout: Layout) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor for a query that evaluates the expressions of a layout, which may take no more than `_seconds_for`.

        Raises:
            SettingError: They take longer, or more memory than there is.
        """
        settings = [each.setting for each in layout.expressions]
        if not settings:
            yield self._connection.cursor()
            return
        cursor = self._connection.cursor()
        limit_s = EXPRESSIONS_S + self.staged.rows / ROWS_A_SECOND_MIN
        timer = Timer(limit_s, cursor.interrupt)
        timer.start()
        try:
            yield cursor
        except duckdb.OutOfMemoryException as error:
            raise SettingError(_named(settings), f"needs more memory than there is: {reason(error)}") from error
        except (duckdb.InterruptException, RuntimeError) as error:
            if timer.is_alive():
                raise
            problem = f"takes longer than {limit_s:.0f} s for {self.staged.rows:,} rows; the run was stopped"
            raise SettingError(_named(settings), problem) from error
        finally:
            timer.cancel()
            timer.join()  # it holds the cursor, which must not end in a thread that the end of the program cuts off

    def _sort(self, layout: Layout, query: Query) -> bool:
        """Find the orphaned rows and the totals of the file; False where there are none."""
        self._connection.execute("CREATE OR REPLACE TABLE orphans (line BIGINT, owner BIGINT)")
        self._connection.execute("CREATE OR REPLACE TABLE totals (line BIGINT)")
        self.total_rows = 0
        self.first_totals = []
        with self._evaluating(layout) as cursor:
            if cursor.execute(f"{query.unsorted} LIMIT 1").fetchone() is None:
                return False
        with self._evaluating(layout) as cursor:
            rows = _chunked(cursor.execute(query.sortable(is_of_rejects=self._records is not None)))
        found = False
        records = self._records.by_line if self._records else {}
        for several in _batched(Sorter(layout, records).sort(rows)):
            orphans = [each for each in several if isinstance(each, Orphan)]
            totals = [each.line for each in several if isinstance(each, Total)]
            self.staged.found.claims.update((each.line, each.text) for each in several if isinstance(each, Claim))
            self._refuse(layout, [each for each in several if isinstance(each, Doubt)])
            self._insert("orphans", [each.line for each in orphans], [each.owner for each in orphans])
            self._insert("totals", totals)
            self.total_rows += len(totals)
            self.first_totals += totals[: TOTALS_NAMED_MAX - len(self.first_totals)]
            found = True
        return found

    def _refuse(self, layout: Layout, doubts: list[Doubt]) -> None:
        """Have the documents of these rows rejected, by the cell that a name should stand in."""
        setting = layout.settings.setting
        for place in layout.places(key_cells(layout)[0]) if doubts else ():
            for each in doubts:
                said = f"{_why_doubted(layout, each)}; {how_to_leave_out(layout)}"
                problem = f"{each.text!r} {said}, or set {setting}.totals to false if it is none"
                self.staged.found.refused[place][each.line] = Refusal(problem, said)

    def _odd(self, layout: Layout, name: str, sql: str) -> str | None:
        """A table of the texts of a key's field that cannot be compared as they are; None where there are none."""
        part, table = layout.key_parts[name], f"odd{layout.key.index(name)}"
        self._connection.execute(f"CREATE OR REPLACE TABLE {table} (text VARCHAR, key VARCHAR, is_barred BOOLEAN)")
        with self._evaluating(layout) as cursor:
            found = cursor.execute(sql)
        is_empty = True
        while rows := found.fetchmany(CHUNK_ROWS):
            texts = [text for (text,) in rows]
            keys = [part.text(each) for each in texts]
            self._insert(table, texts, keys, [part.fault(each) is not None for each in texts])
            is_empty = False
        return None if is_empty else table

    def _insert(self, table: str, *columns: list[Any]) -> None:
        if columns[0]:
            values = ", ".join("unnest(?)" for _ in columns)
            self._connection.execute(f"INSERT INTO {table} SELECT {values}", columns)

    def groups(self, layout: Layout) -> Iterator[Group]:
        """The documents of the loaded file, in the order of their first rows.

        Args:
            layout: The file's.
        """
        keys = ", ".join(self._keys)
        same, same_seen = (
            " AND ".join(f"{table}.{name} = keyed.{name}" for name in self._keys) for table in ("grouped", "seen")
        )
        first, joined, order = f"coalesce(grouped.first, {self._owner}, keyed.{LINE})", "", ""
        if self._records:
            joined, order = f"JOIN records ON records.line = keyed.{LINE}", f"{IN_RECORDS},"
            first = f"CASE WHEN records.is_of THEN records.first ELSE {first} END"
        query = f"""
            WITH grouped AS (SELECT {keys}, min({LINE}) AS first FROM keyed WHERE NOT {ALONE} GROUP BY ALL)
            SELECT {first}, seen.file, seen.line, {ALONE}, keyed.* EXCLUDE ({ALONE}, {keys})
            FROM keyed {joined}
            LEFT JOIN grouped ON NOT {ALONE} AND {same}
            LEFT JOIN seen ON NOT {ALONE} AND {same_seen}
            ORDER BY 1, {order} keyed.{LINE}
        """  # noqa: S608  # every name in it is made here
        with self._evaluating(layout) as cursor:
            found = cursor.execute(query)
        for _, rows in groupby(_chunked(found), key=itemgetter(0)):
            several = list(rows)
            _, file, line, is_alone, *_ = several[0]
            earlier = (file, line) if file is not None else None
            yield Group(rows=[row[4:] for row in several], earlier=earlier, has_key=not is_alone)

    def texts(self, layout: Layout, place: int) -> Iterator[tuple[str, int]]:
        """The different texts that stand at this place of the rows of the loaded file, each with its number of rows.

        Args:
            layout: The file's.
            place: As its plan says.
        """
        with self._evaluating(layout) as cursor:
            name = cursor.execute("FROM keyed LIMIT 0").description[place][0]
            found = cursor.execute(f"SELECT {name}, count(*) FROM keyed GROUP BY 1 ORDER BY 1")  # noqa: S608
        yield from _chunked(found)

    def remember(self, path: str) -> None:
        """Keep the keys of the loaded file, to know them again in the next one."""
        keys = ", ".join(self._keys)
        self._connection.execute(
            f"INSERT INTO seen SELECT {keys}, ?, min({LINE}) FROM keyed ANTI JOIN seen USING ({keys}) "  # noqa: S608
            f"WHERE NOT {ALONE} GROUP BY {keys}",
            [path],
        )

    def left_out(self) -> int:
        """The number of rows of the loaded file that are not wanted."""
        counted = "SELECT (SELECT count(*) FROM rows) - (SELECT count(*) FROM keyed)"
        return int(self._connection.execute(counted).fetchall()[0][0]) - self.total_rows

    def _prove(self, layout: Layout, columns: list[str], staged: Staged) -> None:
        size = " + ".join(f"length({name})" for name in columns)
        arrived = self._connection.execute(
            f"SELECT count(*), coalesce(sum({LINE}), 0), coalesce(sum({size}), 0) FROM rows"  # noqa: S608
        ).fetchone()
        expected = (staged.rows, staged.lines, staged.characters)
        if arrived != expected:
            problem = f"rows, line numbers and characters {expected} were read, and {arrived} arrived in DuckDB"
            raise SourceError(layout.file.path, problem)


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


def _named(settings: Sequence[str]) -> str:
    """One setting of several, and that it may be another."""
    first, *others = settings
    return " or ".join([first, *others[:EXPRESSIONS_NAMED_MAX]])


def _why_doubted(layout: Layout, doubt: Doubt) -> str:
    if not layout.file.has_totals:
        return "is a word for a total, and the rows that it adds up need not stand above it here"
    if doubt.is_sum:
        return "is a word for a total, and the amount is the sum of rows above, but the row says more than that"
    return "is a word for a total, and no number beside it is the sum of the rows above"


def _batched(found: Iterable[Found]) -> Iterator[list[Found]]:
    several = iter(found)
    while batch := list(islice(several, CHUNK_ROWS)):
        yield batch


def _chunked(found: duckdb.DuckDBPyConnection) -> Iterator[Row]:
    while rows := found.fetchmany(CHUNK_ROWS):
        yield from rows
