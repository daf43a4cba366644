"""The input is read while a batch is written, whole, in order, and no further ahead than it may be."""

from __future__ import annotations

import os
import subprocess
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loader_run import TEXT, Warehouse, record, schema, state, states
from programs import TIMEOUT_S

from target_duckdb.read_ahead import AHEAD_BYTES_MAX, PIECE_BYTES, InputAhead
from target_duckdb.reader import ahead

if TYPE_CHECKING:
    from pathlib import Path

# The first batch is written when someone opens the other end of a FIFO.
HELD = """
import os
from target_duckdb.table import Table
def held(self, spool, *, merge, original=Table.write):
    if os.path.exists("{fifo}"):
        os.close(os.open("{fifo}", os.O_RDONLY))
        os.unlink("{fifo}")
    return original(self, spool, merge=merge)
Table.write = held
"""
ROWS, BATCH = 1000, 10


def test_a_tap_goes_on_while_a_batch_is_written(tmp_path: Path) -> None:
    fifo = tmp_path / "go"
    os.mkfifo(fifo)
    warehouse = Warehouse(tmp_path, batch_size_rows=BATCH)
    # Four times what a pipe holds.
    records = [record("s", {"id": str(i), "v": "x" * (4 * PIECE_BYTES // ROWS)}) for i in range(ROWS)]
    lines = [schema("s", {"id": TEXT, "v": TEXT}, ["id"]), *records, state({"at": 1})]
    with subprocess.Popen(
        warehouse.command(driver=HELD.format(fifo=fifo)), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(b"\n".join(lines) + b"\n")
        process.stdin.close()
        os.close(os.open(fifo, os.O_WRONLY))
        assert states(process.stdout.read()) == [{"at": 1}]
        assert process.wait(TIMEOUT_S) == 0
    assert warehouse.rows("SELECT count(DISTINCT id) FROM s") == [(ROWS,)]


@given(st.lists(st.binary(max_size=2000), max_size=20))
def test_lines_are_those_of_the_input(pieces: list[bytes]) -> None:
    reading, writing = os.pipe()

    def write() -> None:
        with os.fdopen(writing, "wb", buffering=0) as pipe:
            pipe.writelines(pieces)

    writer = Thread(target=write)
    writer.start()
    with os.fdopen(reading, "rb") as source:
        found = list(iter(ahead(source).readline, b""))
    writer.join()
    assert found == _lines(b"".join(pieces))


def _lines(content: bytes) -> list[bytes]:
    """Lines that end with a line feed, and with nothing else."""
    *whole, last = content.split(b"\n")
    return [*(each + b"\n" for each in whole), *([last] if last else [])]


def test_no_more_waits_than_may(tmp_path: Path) -> None:
    file = tmp_path / "input"
    size = 3 * AHEAD_BYTES_MAX
    with file.open("wb") as made:
        made.truncate(size)
    # So little at a time that the reading would be far ahead if it could.
    taken, buffer = 0, memoryview(bytearray(PIECE_BYTES // 64))
    with file.open("rb") as source:
        reader = InputAhead(source.fileno())
        while count := reader.readinto(buffer):
            taken += count
            assert os.lseek(source.fileno(), 0, os.SEEK_CUR) - taken <= AHEAD_BYTES_MAX + 2 * PIECE_BYTES
    assert taken == size


def test_an_input_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    folder = os.open(tmp_path, os.O_RDONLY)
    with pytest.raises(IsADirectoryError):
        InputAhead(folder).readinto(memoryview(bytearray(1)))
    os.close(folder)
