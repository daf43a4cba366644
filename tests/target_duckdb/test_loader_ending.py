"""However a run ends, STATE never covers a row that is not in the file, and the next run mends the rest."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest
from loader_run import INTEGER, NUMBER, TEXT, Warehouse, raw_record, record, schema, state, states
from programs import TIMEOUT_S

from bill_program.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS, BATCH = 50, 10


def key(i: int) -> int:
    """Even rows are new, odd ones have the key of eleven rows before: a batch inserts five and updates five."""
    return i if i % 2 == 0 or i < BATCH else i - BATCH - 1


def input_lines() -> Iterator[bytes]:
    """Fifty rows, a STATE after each."""
    yield schema("s", {"id": INTEGER, "v": INTEGER}, ["id"])
    for i in range(ROWS):
        yield record("s", {"id": key(i), "v": i})
        yield state({"rows": i + 1})


def expected(rows: int) -> list[tuple[int, int]]:
    return sorted({key(i): i for i in range(rows)}.items())


def found(warehouse: Warehouse) -> list[tuple[int, int]]:
    return [(row[0], row[1]) for row in warehouse.rows("FROM s ORDER BY id")]


IMPORTS = """
import os, signal, sys
from target_duckdb.database import Database
from target_duckdb.reader import StoppableReader
from target_duckdb.table import Table
from target_duckdb.target import TargetDuckDB
calls = 0
"""

# Strikes this process from inside the write of the third batch.
STRIKE = (
    IMPORTS
    + """
def struck(self, spool, *, merge, original=Table.write):
    global calls
    calls += 1
    if calls == 3:
        {before}
    superseded = original(self, spool, merge=merge)
    if calls == 3:
        {after}
    return superseded
Table.write = struck

def struck_change(self, sql, parameters=(), original=Database.change):
    changed = original(self, sql, parameters)
    if calls == 3 and sql.startswith("{statement} "):
        {during}
    return changed
Database.change = struck_change
"""
)
KILL = "os.kill(os.getpid(), signal.SIGKILL)"
TERM = "os.kill(os.getpid(), signal.SIGTERM)"


def strike(before: str = "pass", after: str = "pass", during: str = "pass", statement: str = "INSERT") -> str:
    return STRIKE.format(before=before, after=after, during=during, statement=statement)


@pytest.mark.parametrize(
    ("driver", "written"),
    [
        (strike(before=KILL), 20),
        (strike(during=KILL, statement="UPDATE"), 20),
        (strike(during=KILL, statement="INSERT"), 20),
        (strike(after=KILL), 30),
    ],
    ids=["before the batch", "after its update", "before its commit", "after its commit"],
)
def test_a_kill_leaves_whole_batches_and_the_next_run_completes_them(tmp_path: Path, driver: str, written: int) -> None:
    warehouse = Warehouse(tmp_path, batch_size_rows=BATCH)
    run = warehouse.run(input_lines(), driver=driver)
    assert run.code == -signal.SIGKILL
    assert run.states == []
    assert found(warehouse) == expected(written)

    assert warehouse.load(input_lines()).states == [{"rows": ROWS}]
    assert found(warehouse) == expected(ROWS)
    # What the killed run had staged is gone as well.
    assert sorted(file.name for file in tmp_path.iterdir()) == ["config.json", "out.duckdb"]


# Full drains with every record, so that each is followed by STATE.
EAGER = IMPORTS + "TargetDuckDB._MAX_RECORD_AGE_IN_MINUTES = -1.0\n"


def test_rows_that_state_covers_survive_a_kill_right_after_it(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path, batch_size_rows=BATCH)
    with subprocess.Popen(
        warehouse.command(driver=EAGER), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(b"\n".join(input_lines()) + b"\n")
        process.stdin.flush()
        seen = [json.loads(process.stdout.readline())["rows"] for _ in range(15)]
        process.kill()
    assert seen == sorted(seen)
    present = dict(found(warehouse))
    # The last STATE seen is true, and the process may have got further before it died.
    assert all(present[found_key] >= value for found_key, value in expected(seen[-1]))
    lines = list(input_lines())
    warehouse.load([lines[0], *lines[1 + 2 * seen[-1] :]])
    assert found(warehouse) == expected(ROWS)


def test_a_batch_that_fails_leaves_no_trace_and_no_state(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path, batch_size_rows=BATCH)
    driver = strike(during="raise __import__('duckdb').IOException('disk full')", statement="UPDATE")
    warehouse.run(input_lines(), driver=driver).refused("table tap_demo.s", "disk full")
    assert found(warehouse) == expected(20)


def test_a_row_that_duckdb_does_not_read_is_noticed(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path, batch_size_rows=BATCH)
    for keys in ([], ["id"]):
        lines = [
            schema(f"s{len(keys)}", {"id": TEXT}, keys),
            *(record(f"s{len(keys)}", {"id": str(i)}) for i in range(3)),
        ]
        warehouse.run(lines, driver=IMPORTS + FIRST_ROW_LOST).refused("3 rows were staged and DuckDB read 2")


FIRST_ROW_LOST = """
def lossy(self, spool, original=Table._source):
    source, parameters = original(self, spool)
    return f"(FROM {source} OFFSET 1)", parameters
Table._source = lossy
"""


def test_a_signal_inside_a_batch_finishes_it_and_state_stays_true(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path, batch_size_rows=BATCH)
    run = warehouse.run(input_lines(), driver=strike(during=TERM, statement="UPDATE"))
    assert run.code == ExitCode.INTERRUPTED, run.told
    assert run.states == [{"rows": 29}]  # the thirtieth row filled the batch; its STATE was not read any more
    assert found(warehouse) == expected(30)


def test_a_second_signal_ends_at_once_without_the_batch(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path, batch_size_rows=BATCH)
    run = warehouse.run(input_lines(), driver=strike(during=f"{TERM}; {TERM}", statement="UPDATE"))
    assert run.code == ExitCode.INTERRUPTED
    assert run.states == []
    assert found(warehouse) == expected(20)


def test_a_signal_in_the_last_drain_does_not_disturb_it(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path, batch_size_rows=25)
    run = warehouse.run(list(input_lines())[:-4], driver=strike(before=TERM).replace("== 3", "== 2"))
    assert run.code == ExitCode.INTERRUPTED
    assert run.states == [{"rows": ROWS - 2}]
    assert found(warehouse) == expected(ROWS - 2)


WAITING = (
    IMPORTS
    + """
class Told:
    def readline(self):
        print("WAITING", file=sys.stderr, flush=True)
        return sys.stdin.buffer.readline()
StoppableReader.default_input = Told()
"""
)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_while_waiting_for_input_writes_what_was_read(tmp_path: Path, number: signal.Signals) -> None:
    warehouse = Warehouse(tmp_path, batch_size_rows=1000)
    lines = list(input_lines())[:-1]
    with subprocess.Popen(
        warehouse.command(driver=WAITING), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdin.write(b"\n".join(lines) + b"\n")
        process.stdin.flush()
        waits = 0
        while waits <= len(lines):  # one wait before each line, and one that no line ends
            waits += process.stderr.readline() == b"WAITING\n"
        process.send_signal(number)
        assert process.wait(TIMEOUT_S) == ExitCode.INTERRUPTED
        assert states(process.stdout.read()) == [{"rows": ROWS - 1}]
    assert found(warehouse) == expected(ROWS)


def test_state_is_emitted_as_it_came_decimals_included(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    run = warehouse.load(
        [schema("s", {"a": NUMBER}), raw_record("s", '{"a": 1}'), state({"at": 1722457668.25, "no": None})]
    )
    assert run.states == [{"at": 1722457668.25, "no": None}]


def test_a_locked_file_is_named_with_what_to_do(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    with duckdb.connect(str(warehouse.path)):
        warehouse.run(input_lines()).refused(
            str(warehouse.path), "in use by another process", "run again", code=ExitCode.TAKEN
        )
    warehouse.load(input_lines())
    assert found(warehouse) == expected(ROWS)


# By what cannot grow: the largest file, and the rows of a batch.
LIMITS_KB = {"the database": (1, 1000), "a batch": (64, 1000), "the writing of a batch": (128, 100)}


@pytest.mark.parametrize("place", LIMITS_KB)
def test_a_file_that_may_not_grow_is_named_with_what_to_do(tmp_path: Path, place: str) -> None:
    filler = hashlib.shake_256(b"bytes that do not get smaller").hexdigest(300_000)
    records = [record("s", {"id": filler[at : at + 400]}) for at in range(0, len(filler), 400)]
    limit_kb, rows = LIMITS_KB[place]
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit_kb * 1024},) * 2)"
    lines = [schema("s", {"id": TEXT}), *records, state({"at": 1})]
    run = Warehouse(tmp_path).run(lines, driver=limit, batch_size_rows=rows)
    run.refused("File too large")
    (line,) = [each for each in run.told.splitlines() if each.startswith("target-duckdb: ")]
    assert "out.duckdb" in line
    assert "raise the limit (`ulimit -f`), and start again" in line


NO_ROOM = """
def full(self, sql, parameters=(), original=Database.rows):
    if sql == "CHECKPOINT":
        self._connection.execute("PRAGMA disable_checkpoint_on_shutdown")
        raise __import__("duckdb").IOException('Could not write file "out.duckdb": No space left on device')
    return original(self, sql, parameters)
Database.rows = full
"""


def test_rows_that_there_is_no_room_for_in_the_file_stay_in_its_log_and_are_told(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    run = warehouse.load(input_lines(), driver=IMPORTS + NO_ROOM)
    assert run.states == [{"rows": ROWS}]
    assert f"{warehouse.path}.wal, which the next run makes part of the file" in run.told
    assert "the disk is full: make room" in run.told
    assert Path(f"{warehouse.path}.wal").stat().st_size
    warehouse.load([])
    assert not Path(f"{warehouse.path}.wal").exists()
    assert found(warehouse) == expected(ROWS)


def test_a_batch_is_also_full_by_bytes(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path, batch_size_rows=1_000_000)
    driver = IMPORTS + "import target_duckdb.sink\ntarget_duckdb.sink.SPOOL_BYTES_MAX = 10_000\n"
    lines = [
        schema("s", {"id": INTEGER, "v": TEXT}, ["id"]),
        *(record("s", {"id": i, "v": "x" * 3000}) for i in range(10)),
    ]
    assert warehouse.load(lines, driver=driver).told.count("is full") == 2
    assert warehouse.rows("SELECT count(*), count(DISTINCT id) FROM s") == [(10, 10)]
