"""Whatever is wrong with the input or the file: one line with the stream and what to do, and nothing half written."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
import yaml
from loader_run import ARRAY, INTEGER, NUMBER, TEXT, Warehouse, record, schema, state

from bill_program.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable

SCHEMA = schema("s", {"id": INTEGER}, ["id"])
LINES = [SCHEMA, record("s", {"id": 1}), state({"at": 1})]
HALF = rb'{"type": "SCHEMA", "stream": "s", "schema": {"properties": {"a\ud800": {}}}}'

INPUTS: dict[str, tuple[list[bytes], tuple[str, ...]]] = {
    "no key": ([record("s", {"v": 2})], ("line 3", "stream s", "id", "is missing, and a key cannot be", "stream_maps")),
    "null key": ([record("s", {"id": None})], ("line 3", "stream s", "id", "is null, and a key cannot be", "Mend it")),
    "no schema": ([record("t", {"id": 2})], ("line 3", "`t`", "no SCHEMA message yet", "give all of the tap's output")),
    "no stream": ([b'{"type": "RECORD", "record": {"id": 2}}'], ("line 3", "RECORD message without `stream`")),
    "empty stream": ([record("", {"id": 2})], ("line 3", "RECORD message without `stream`")),
    "schema without stream": ([schema(" ", {"id": INTEGER})], ("line 3", "SCHEMA message without `stream`")),
    "foreign key": ([schema("t", {"id": INTEGER}, ["x"])], ("line 3", "stream t", "'x'", "__key_properties__")),
    "key of lists": ([schema("t", {"id": ARRAY}, ["id"])], ("line 3", "stream t", "'id'", "__key_properties__")),
    "no fields": ([schema("t", {})], ("line 3", "stream t", "no properties", "deselect the stream")),
    "no text": ([HALF.replace(b'"s"', b'"t"')], ("line 3", "stream t", r"'a\ud800'", "rename the field")),
    "streams alike": ([schema("S", {"id": INTEGER})], ("line 3", "'s' and 'S'", "differ in case only", "__alias__")),
    "fields alike": (
        [schema("t", {"id": INTEGER, "Id": TEXT})],
        ("line 3", "stream t", "'id' and 'Id' differ in case only", "stream_maps"),
    ),
}


def told(run: Any, *words: str, code: ExitCode = ExitCode.REFUSED) -> None:
    """It ended in one line that has these words."""
    run.refused(*words, code=code)
    assert sum(each.startswith("target-duckdb: ") for each in run.told.splitlines()) == 1, run.told


@pytest.mark.parametrize("case", INPUTS)
def test_input_that_cannot_be_loaded_is_told_in_a_line_and_leaves_no_row(tmp_path: Path, case: str) -> None:
    lines, words = INPUTS[case]
    warehouse = Warehouse(tmp_path)
    told(warehouse.run([*LINES[:2], *lines, state({"at": 2})]), *words)
    assert warehouse.rows("FROM s") == []
    assert warehouse.rows("SELECT table_name FROM duckdb_tables()") == [("s",)]
    assert warehouse.load(LINES).states == [{"at": 1}]
    assert warehouse.rows("FROM s") == [(1,)]


@pytest.mark.parametrize("before", [[], ["idNumber"]], ids=["without a key", "by another key"])
@pytest.mark.parametrize("method", ["upsert", "append-only"])
def test_a_table_whose_rows_have_no_value_of_the_key_is_left_as_it_is(
    tmp_path: Path, before: list[str], method: str
) -> None:
    warehouse = Warehouse(tmp_path, load_method=method)
    warehouse.load([schema("s", {"idNumber": INTEGER, "v": TEXT}, before), record("s", {"idNumber": 1})])
    other = [schema("s", {"id_number": INTEGER, "v": TEXT}, ["id_number"]), record("s", {"id_number": 1})]
    told(
        warehouse.run([*other, state({"at": 2})]),
        "table tap_demo.s was loaded by another key than id_number",
        "no column id_number",
        "Its columns are idNumber, v",
        "naming",
        "default_target_schema",
    )
    assert list(warehouse.types("s")) == ["idNumber", "v"]
    assert warehouse.rows("FROM s") == [(1, None)]
    with duckdb.connect(str(warehouse.path)) as connection:
        connection.execute("DELETE FROM tap_demo.s")
    warehouse.load(other)
    assert warehouse.rows("SELECT id_number FROM s") == [(1,)]


def test_a_table_with_a_row_whose_key_is_null_is_left_as_it_is(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    described = {"id": INTEGER, "place": INTEGER}
    warehouse.load([schema("s", described), record("s", {"id": 1, "place": 1}), record("s", {"id": 2})])
    keyed = [schema("s", described, ["id", "place"]), record("s", {"id": 2, "place": 1}), state({"at": 2})]
    told(warehouse.run(keyed), "another key than id, place", "a part of that is null", "drop the table")
    assert warehouse.rows("SELECT count(*) FROM s") == [(2,)]


def test_a_record_that_is_not_as_its_schema_says_is_told_in_a_line(tmp_path: Path) -> None:
    described = schema("s", {"id": INTEGER, "n": {**NUMBER, "minimum": 5}}, ["id"])
    run = Warehouse(tmp_path, validate_records=True).run([described, record("s", {"id": 7, "n": 3})])
    told(run, "line 2", "stream s", "{'id': 7}", "3 is less than the minimum of 5", "validate_records")


@pytest.mark.parametrize("stream", ["public-orders.x", "a.b", ".", "tap_demo.s", "a b"])
def test_a_name_with_a_point_is_the_name_of_a_table(tmp_path: Path, stream: str) -> None:
    warehouse = Warehouse(tmp_path)
    for _ in range(2):
        warehouse.load([schema(stream, {"id": INTEGER}, ["id"]), record(stream, {"id": 1})])
    assert warehouse.rows(f'FROM "{stream}"') == [(1,)]
    assert warehouse.rows("SELECT schema_name, table_name FROM duckdb_tables()") == [("tap_demo", stream)]


def cut(file: Path) -> None:
    """As a copy that broke off."""
    file.write_bytes(file.read_bytes()[:5_000])


def scratched(file: Path) -> None:
    """As a disk that fails."""
    content = file.read_bytes()
    file.write_bytes(content[:12_288] + b"\xff" * (len(content) - 12_288))


def of_sqlite(file: Path) -> None:
    """Another kind of database."""
    file.unlink()
    with sqlite3.connect(file) as db:
        db.execute("CREATE TABLE t (id INTEGER)")
    db.close()


@pytest.mark.parametrize("harm", [cut, scratched, of_sqlite, lambda file: file.write_bytes(b"")])
def test_a_file_that_is_none_of_duckdb_or_broken_is_told_and_left_as_it_is(
    tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    warehouse = Warehouse(tmp_path)
    warehouse.load(LINES)
    harm(warehouse.path)
    before = warehouse.path.read_bytes()
    run = warehouse.run(LINES)
    told(run, str(warehouse.path), "cannot be opened as a DuckDB database", "DuckDB says", "name another file")
    assert "in use" not in run.told
    assert warehouse.path.read_bytes() == before


def test_a_second_writer_is_told_to_wait(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    with duckdb.connect(str(warehouse.path)):
        run = warehouse.run(LINES)
    told(run, str(warehouse.path), "in use by another process", "run again", code=ExitCode.TAKEN)
    warehouse.load(LINES)


# A process with the rights of its user and no more, whoever runs the tests.
UNPRIVILEGED = """
import ctypes
version, none = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
assert ctypes.CDLL(None).capset(version, none) == 0
"""


@pytest.mark.parametrize("place", ["file", "folder with a file", "folder", "folder above"])
def test_what_may_not_be_written_is_named_with_what_to_do(tmp_path: Path, place: str) -> None:
    folder = tmp_path / "warehouses"
    folder.mkdir()
    path = folder / "new" / "out.duckdb" if place == "folder above" else folder / "out.duckdb"
    warehouse = Warehouse(tmp_path, filepath=str(path))
    if place in {"file", "folder with a file"}:
        warehouse.load(LINES)
    (path if place == "file" else folder).chmod(0o444 if place == "file" else 0o555)
    try:
        told(warehouse.run(LINES, driver=UNPRIVILEGED), str(folder), "Permission denied", "look at the permissions")
    finally:
        folder.chmod(0o755)
        if path.exists():
            path.chmod(0o644)
    warehouse.load(LINES)


def test_tables_are_in_one_schema_however_the_loader_is_run(tmp_path: Path) -> None:
    project = yaml.safe_load((Path(__file__).parents[2] / "meltano.yml").read_text())
    (loader,) = (each for each in project["plugins"]["loaders"] if each["name"] == "target-duckdb")
    assert "default_target_schema" not in loader["config"]
    warehouse = Warehouse(tmp_path)
    warehouse.load(LINES, default_target_schema=None)
    with duckdb.connect(str(warehouse.path), read_only=True) as db:
        assert db.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall() == [("tap_bill", "s")]
