"""Settings: what is wrong ends the run at its start, by name."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from loader_run import Warehouse, record, refusal, schema
from programs import TIMEOUT_S

from bill_program.exit_codes import ExitCode

LINES = [schema("s", {"id": {"type": "integer"}}, ["id"]), record("s", {"id": 1})]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"batch_size_rows": 0}, ("setting `batch_size_rows` is 0; allowed is a whole number, 1 to 1000000000",)),
        (
            {"batch_size_rows": "many"},
            ("setting `batch_size_rows` is 'many'; allowed is a whole number, 1 to 1000000000",),
        ),
        ({"decimal_scale": 38}, ("setting `decimal_scale` is 38; allowed is a whole number, 0 to 37",)),
        (
            {"load_method": "overwrite"},
            ("setting `load_method` is 'overwrite'; allowed is one of `upsert`, `append-only`",),
        ),
        ({"filepath": ""}, ("setting `filepath` is missing: The DuckDB file",)),
        ({"filepath": ":memory:"}, ("filepath", "':memory:'", "a file on this machine")),
        ({"filepath": "/dev/null/x/out.duckdb"}, ("filepath", "/dev/null/x/out.duckdb", "cannot be made")),
        ({"default_target_schema": 5}, ("setting `default_target_schema` is 5; allowed is a string",)),
        ({"flattening_enabled": "often"}, ("setting `flattening_enabled` is wrong: 'often' is not",)),
        ({"add_metadata_columns": True}, ("`add_metadata_columns`", "known are filepath, default_target_schema")),
    ],
)
def test_a_wrong_setting_is_told_by_name_value_and_what_is_allowed(
    tmp_path: Path, settings: dict[str, Any], words: tuple[str, ...]
) -> None:
    told = refusal(tmp_path, LINES, **settings)
    assert all(word in told for word in words), told


def test_wrong_settings_end_the_process_before_it_reads(tmp_path: Path) -> None:
    run = Warehouse(tmp_path).run([b"nothing of this is read"], batch_size_rows=0, load_method="overwrite")
    run.refused(
        "`batch_size_rows` is 0; allowed is a whole number, 1 to 1000000000",
        "`load_method` is 'overwrite'; allowed is one of",
        code=ExitCode.USAGE,
    )
    run = Warehouse(tmp_path).run([b"nothing of this is read"], batch_size=10)
    run.refused("`batch_size` is not known; did you mean `batch_size_rows`?", code=ExitCode.USAGE)


def test_filepath_is_required(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text("{}")
    command = [sys.executable, "-m", "target_duckdb", "--config", str(config)]
    done = subprocess.run(command, input=b"", capture_output=True, check=False, timeout=TIMEOUT_S)
    assert done.returncode == 2
    assert b"setting `filepath` is missing" in done.stderr


def test_a_folder_and_a_file_of_another_kind_are_refused(tmp_path: Path) -> None:
    assert f"filepath {tmp_path} is a folder" in refusal(tmp_path, LINES, filepath=str(tmp_path))
    other = tmp_path / "notes.txt"
    other.write_text("not a database" * 1000)
    Warehouse(tmp_path).run(LINES, filepath=str(other)).refused("filepath", str(other), "cannot be opened")
    assert other.read_text() == "not a database" * 1000


def test_a_missing_folder_is_made_and_any_file_name_will_do(tmp_path: Path) -> None:
    for name in ("a/b/two.dots.db", "tap_demo.duckdb", "temp.duckdb", "with space's and \"quotes"):
        warehouse = Warehouse(tmp_path, name)
        run = warehouse.load(LINES)
        assert ("named like its schema" in run.told) == (name == "tap_demo.duckdb")
        with duckdb.connect(str(warehouse.path), read_only=True) as connection:
            [(catalog,)] = connection.execute("SELECT current_database()").fetchall()
            quoted = catalog.replace('"', '""')
            assert connection.execute(f'FROM "{quoted}".tap_demo.s').fetchall() == [(1,)]


def test_the_name_of_a_folder_is_no_pattern_and_no_value(tmp_path: Path) -> None:
    folders = ["data1", "star", "data[1]", "st*r", "c0=7/n=7"]
    for place, folder in enumerate(folders):
        (tmp_path / folder).mkdir(parents=True)
        warehouse = Warehouse(tmp_path / folder)
        # Staging files stay, as after a kill, where the later names would find them as patterns.
        warehouse.load([LINES[0], record("s", {"id": place})], driver=KEEP_STAGING)
        assert warehouse.rows("FROM s") == [(place,)]


KEEP_STAGING = """
from target_duckdb.staging import BatchSpool, StagingFolder
from target_duckdb.target import TargetDuckDB
BatchSpool.discard = StagingFolder.clear = lambda self: None
"""


@pytest.mark.parametrize("absent", [None, ""], ids=["null", "empty"])
def test_what_is_null_or_empty_counts_as_not_given(tmp_path: Path, absent: Any) -> None:
    warehouse = Warehouse(tmp_path)
    names = ("default_target_schema", "load_method", "batch_size_rows", "decimal_scale", "validate_records")
    warehouse.load(LINES, **dict.fromkeys(names, absent))
    with duckdb.connect(str(warehouse.path), read_only=True) as connection:
        assert connection.execute("FROM tap_bill.s").fetchall() == [(1,)]


def test_the_installed_command_reads_the_environment_and_any_locale(tmp_path: Path) -> None:
    path = tmp_path / "out.duckdb"
    command = [str(Path(sys.executable).parent / "target-duckdb"), "--config", "ENV"]
    lines = b"\n".join([schema("s", {"name": {"type": "string"}}), record("s", {"name": "Ünï 😀"})])
    environment = {
        **os.environ,
        "TARGET_DUCKDB_FILEPATH": str(path),
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
    }
    subprocess.run(command, input=lines, env=environment, check=True, capture_output=True, timeout=TIMEOUT_S)
    with duckdb.connect(str(path), read_only=True) as connection:
        assert connection.execute("FROM tap_bill.s").fetchall() == [("Ünï 😀",)]


def test_input_may_be_a_file(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    messages = tmp_path / "messages.jsonl"
    messages.write_bytes(b"\n".join(LINES))
    command = [*warehouse.command(), "--input", str(messages)]
    subprocess.run(command, check=True, capture_output=True, timeout=TIMEOUT_S)
    assert warehouse.rows("FROM s") == [(1,)]


def test_about_lists_every_setting_with_a_description() -> None:
    command = [sys.executable, "-m", "target_duckdb", "--about", "--format", "json"]
    done = subprocess.run(command, check=True, capture_output=True, timeout=TIMEOUT_S)
    about = json.loads(done.stdout)
    assert about["name"] == "target-duckdb"
    assert all(each["description"] for each in about["settings"]["properties"].values())
