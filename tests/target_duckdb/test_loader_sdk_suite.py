"""The SDK's own tests for targets, and the rows they leave in the file, which those tests do not look at."""

from __future__ import annotations

import importlib.resources
import tempfile
from pathlib import Path

from loader_run import Warehouse, refusal
from singer_sdk.testing import get_target_test_class, target_test_streams

from target_duckdb.target import TargetDuckDB

FOLDER = tempfile.TemporaryDirectory(prefix="duckdb-loader-")
CONFIG = {"filepath": str(Path(FOLDER.name) / "sdk.duckdb")}

STANDARD = get_target_test_class(TargetDuckDB, config=CONFIG)


class TestStandard(STANDARD):  # type: ignore[misc, valid-type]  # a class that the SDK makes
    # Two of its tests want the SDK's own errors; ours name the line of the input.
    def test_target_record_before_schema(self, resource: object) -> None:  # noqa: ARG002  # the SDK's fixture
        assert "line 1 of the input" in refusal_of("record_before_schema")

    def test_target_record_missing_key_property(self, resource: object) -> None:  # noqa: ARG002  # the SDK's fixture
        assert "line 2 of the input" in refusal_of("record_missing_key_property")


def refusal_of(name: str) -> str:
    lines = (importlib.resources.files(target_test_streams) / f"{name}.singer").read_bytes().splitlines()
    with tempfile.TemporaryDirectory() as folder:
        return refusal(Path(folder), lines)


def test_the_streams_of_the_sdk_arrive_whole(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    lines: list[bytes] = []
    for name in ("array_data", "duplicate_records", "encoded_string_data", "no_primary_keys", "schema_updates"):
        lines += (importlib.resources.files(target_test_streams) / f"{name}.singer").read_bytes().splitlines()
    warehouse.load(lines)
    assert warehouse.rows("FROM test_duplicate_records ORDER BY id") == [(1, 100), (2, 20)]
    assert warehouse.rows("FROM test_no_pk") == [(1, 11), (2, 22), (3, 33)]
    assert warehouse.rows("SELECT fruits ->> '$[1]' FROM test_array_data WHERE id = 4") == [("banana",)]
    assert warehouse.rows("SELECT info FROM test_strings WHERE id = 11") == [
        ("Control Characters in string: \0 A \1",),
    ]
    sent = sum(b'"RECORD"' in line and b'"test_schema_updates"' in line for line in lines)
    assert warehouse.rows("SELECT count(*), count(DISTINCT id) FROM test_schema_updates") == [(sent, sent)]
