"""Stream maps that cannot be used: every program says it in one line, the taps before anything is read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from conftest import Ran, run, selection, settings

from bill_program.exit_codes import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

    from bill_simulator import Simulator

WRONG: dict[str, dict[str, Any]] = {
    "without its keys": {"bills": {"__else__": None, "x": "'1'"}},
    "a key that is removed": {"bills": {"invoiceNumber": None, "id": None}},
    "keys that are no columns": {"bills": {"__key_properties__": ["x"]}},
    "keys that are a text": {"bills": {"__key_properties__": "x"}},
    "a name that is none": {"bills": {"__alias__": ""}},
    "a name that is a number": {"bills": {"__alias__": "1"}},
    "no expression": {"bills": {"x": "import os"}},
    "half an expression": {"bills": {"x": "1 +"}},
    "a blank expression": {"bills": {"x": ""}},
    "two expressions": {"bills": {"x": "1; 2"}},
    "no value": {"bills": {"x": "1/0"}},
    "no choice": {"bills": {"__filter__": "1/0"}},
    "an unknown rest": {"bills": {"__else__": "x"}},
    "a rest that is a list": {"bills": {"__else__": ["x"]}},
    "an expression that is a number": {"bills": {"x": 5}},
    "an expression that is a list": {"bills": {"x": []}},
    "a choice that is a number": {"bills": {"__filter__": 5}},
    "keys that are numbers": {"bills": {"__key_properties__": [1]}},
    "a name that is nothing": {"bills": {"__alias__": None}},
    "a source that is a number": {"bills": {"__source__": 5}},
    "a map that is none": {"bills": "x"},
    "an option that is none": {"__x__": {}},
}
SCHEMA = {"type": "object", "properties": {"invoiceNumber": {"type": "string"}, "vendorName": {"type": "string"}}}
INPUT = "\n".join(
    json.dumps(each)
    for each in (
        {"type": "SCHEMA", "stream": "bills", "schema": SCHEMA, "key_properties": ["invoiceNumber"]},
        {"type": "RECORD", "stream": "bills", "record": {"invoiceNumber": "1", "vendorName": "A"}},
    )
)


def mapped(package: str, simulator: Simulator, folder: Path, maps: dict[str, Any]) -> Ran:
    """A run with these stream maps."""
    if package == "tap_bill_csv":
        (folder / "bills.csv").write_text("Vendor,Number,Amount\nA,1,5\n")
        columns = {"vendorName": "Vendor", "invoiceNumber": "Number"}
        entry = {"path": "bills.csv", "stream": "bills", "columns": columns, "lines": {"columns": {"amount": "Amount"}}}
        return run(package, {"files": [entry], "stream_maps": maps}, folder)
    if package == "target_duckdb":
        return run(package, {"filepath": "out.duckdb", "stream_maps": maps}, folder, stdin=INPUT)
    return run(package, settings(simulator, stream_maps=maps), folder, stdin=INPUT)


PROGRAMS = ("tap_bill", "tap_bill_csv", "target_bill", "target_duckdb")


@pytest.mark.parametrize("package", PROGRAMS)
@pytest.mark.parametrize("what", WRONG)
def test_a_map_that_cannot_be_used_is_refused_in_one_line(
    simulator: Simulator, tmp_path: Path, package: str, what: str
) -> None:
    simulator.control.forget_requests()
    ran = mapped(package, simulator, tmp_path, WRONG[what])
    assert ran.code == ExitCode.USAGE, ran.err
    assert "setting `stream_maps" in ran.err.splitlines()[-1]
    assert "Traceback" not in ran.err
    assert [each for each in ran.messages if each["type"] == "RECORD"] == []
    assert simulator.control.requests() == []


@pytest.mark.parametrize("package", PROGRAMS)
def test_a_name_that_no_record_has_is_told_with_its_expression(
    simulator: Simulator, tmp_path: Path, package: str
) -> None:
    simulator.control.forget_requests()
    ran = mapped(package, simulator, tmp_path, {"bills": {"x": "nope"}})
    assert ran.code == ExitCode.USAGE, ran.err
    assert "'nope'" in ran.err.splitlines()[-1]
    assert "Traceback" not in ran.err
    assert not package.startswith("tap") or simulator.control.requests() == []


def test_an_expression_may_use_its_own_names(simulator: Simulator, tmp_path: Path) -> None:
    maps = {"bills": {"x": "str([each for each in [vendorName]])", "y": "md5(_['invoiceNumber'])"}}
    ran = mapped("tap_bill_csv", simulator, tmp_path, maps)
    assert ran.code == 0, ran.err
    assert [each["record"]["x"] for each in ran.messages if each["type"] == "RECORD"] == ["['A']"]


def test_a_map_of_a_stream_that_is_not_selected_stops_nothing(simulator: Simulator, tmp_path: Path) -> None:
    catalog = selection(tmp_path, {"vendors"})
    maps = {"bills": {"x": "invoiceNumber + '-'", "__filter__": "invoiceNumber"}}
    ran = run("tap_bill", settings(simulator, stream_maps=maps), tmp_path, "--catalog", str(catalog))
    assert ran.code == 0, ran.err
