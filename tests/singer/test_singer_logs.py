"""A run's log is what people read when something is wrong: its table is in sight, and metrics are for who asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from conftest import run, settings

if TYPE_CHECKING:
    from pathlib import Path

    from bill_simulator import Simulator

OF_THE_START = "Skipping parse of env var settings"
OF_EACH_STREAM = ("METRIC", "Beginning sync of", "Starting incremental sync", "Skipping deselected stream")


def logged(text: str) -> list[str]:
    return [line for line in text.splitlines() if " | INFO " in line or " | DEBUG " in line]


def test_a_log_has_no_lines_of_each_stream_beside_its_table(simulator: Simulator, tmp_path: Path) -> None:
    ran = run("tap_bill", settings(simulator), tmp_path)
    assert ran.code == 0, ran.err
    assert len(logged(ran.err)) < 10, ran.err
    assert not [each for each in (OF_THE_START, *OF_EACH_STREAM) if each in ran.err]
    warehouse = {"filepath": str(tmp_path / "warehouse.duckdb")}
    loaded = run("target_duckdb", warehouse, tmp_path, stdin=ran.out)
    assert loaded.code == 0, loaded.err
    assert "METRIC" not in loaded.err
    assert OF_THE_START not in loaded.err
    assert len(logged(loaded.err)) < 10, loaded.err


@pytest.mark.parametrize("variable", ["TAP_BILL_LOGLEVEL", "LOGLEVEL"])
def test_at_the_level_debug_it_has_them(
    simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "debug")
    ran = run("tap_bill", settings(simulator), tmp_path)
    assert all(each in ran.err for each in (OF_THE_START, *OF_EACH_STREAM))
