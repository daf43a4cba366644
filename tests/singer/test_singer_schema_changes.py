"""A schema that changes within a stream: the order of records is kept, and what came last is what stays."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from conftest import run, settings

from bill_simulator import defaults

if TYPE_CHECKING:
    from pathlib import Path

    from bill_simulator import Simulator

OTHERS = 1_005
"""More than a batch holds: the SDK drains the sink of a replaced schema behind all of them."""

MAPS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "under an alias": {"stream_maps": {"vendors": {"__alias__": "suppliers"}}},
    "with a field of its own": {"stream_maps": {"vendors": {"email": "'a@b.example'"}}},
}
TEXT = {"type": ["string", "null"]}


def messages() -> str:
    """A phone of 10, a new schema, a phone of 20 for the same key, and many others."""

    def schema(*more: str) -> dict[str, Any]:
        described = {"properties": dict.fromkeys(("name", "phone", "updatedTime", *more), TEXT)}
        marks = {"key_properties": ["name"], "bookmark_properties": ["updatedTime"]}
        return {"type": "SCHEMA", "stream": "vendors", "schema": described, **marks}

    def record(name: str, phone: str, day: int) -> dict[str, Any]:
        fields = {"name": name, "phone": phone, "updatedTime": f"2026-01-{day:02}T00:00:00Z"}
        return {"type": "RECORD", "stream": "vendors", "record": fields}

    others = (record(f"n{number}", "1", 3) for number in range(OTHERS))
    sent = [schema(), record("same", "10", 1), schema("shortName"), record("same", "20", 2), *others]
    return "".join(json.dumps(each) + "\n" for each in sent)


@pytest.mark.parametrize("name", MAPS)
def test_bill_ends_with_the_last_record(empty: Simulator, tmp_path: Path, name: str) -> None:
    more = {**MAPS[name], "streams": {"suppliers": "vendors"}}
    ran = run("target_bill", settings(empty, **more), tmp_path, stdin=messages())
    assert ran.code == 0, ran.err
    found = empty.control.books(defaults.ORGANIZATION_ID, "Vendor")
    assert len(found) == OTHERS + 1
    assert [each["phone"] for each in found if each["name"] == "same"] == ["20"]


@pytest.mark.parametrize("name", MAPS)
def test_duckdb_ends_with_the_last_record(tmp_path: Path, name: str) -> None:
    config = {"filepath": str(tmp_path / "out.duckdb"), "batch_size_rows": 1000, **MAPS[name]}
    ran = run("target_duckdb", config, tmp_path, stdin=messages())
    assert ran.code == 0, ran.err
    table = "suppliers" if name == "under an alias" else "vendors"
    with duckdb.connect(str(tmp_path / "out.duckdb"), read_only=True) as opened:
        assert opened.execute(f"SELECT phone FROM tap_bill.{table} WHERE name = 'same'").fetchall() == [("20",)]  # noqa: S608
        assert opened.execute(f"SELECT count(*) FROM tap_bill.{table}").fetchall() == [(OTHERS + 1,)]  # noqa: S608
