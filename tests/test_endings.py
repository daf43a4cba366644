"""How our commands end: one line for what a person can mend, whichever command it is, and no traceback."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from conftest import run, settings

if TYPE_CHECKING:
    from pathlib import Path

    from bill_simulator import Simulator

STEERING = "\x1b[2J\u202e"
VENDORS = (
    '{"type":"SCHEMA","stream":"vendors","schema":{"properties":{"name":{"type":["string"]}}},"key_properties":[]}\n'
)


def told(text: str) -> list[str]:
    """What a person must read: every line that is neither a table nor the SDK's own news."""
    lines = [line for line in text.splitlines() if line and line[0] not in "┏┃┡│└├"]
    return [line for line in lines if "| INFO " not in line]


ENDINGS: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "tap-bill": ("tap_bill", {"password": "wrong"}, "", "/Login.json"),
    "tap-bill with a key that steers": ("tap_bill", {"start_date": f"x{STEERING}"}, "", "start_date"),
    "target-bill": ("target_bill", {"password": "wrong"}, VENDORS + '{"type":"RECORD","stream":"vendors"', "line 2"),
    "tap-bill-csv": ("tap_bill_csv", {"files": [{"path": "bad.csv", "stream": "vendors"}]}, "", "bad.csv, row 2"),
    "tap-bill-csv with a name that steers": (
        "tap_bill_csv",
        {"files": [{"path": f"no{STEERING}.csv", "stream": "vendors"}]},
        "",
        r"no\x1b[2J\u202e.csv",
    ),
    "target-duckdb": ("bill_duckdb", {"filepath": "."}, "", "is a folder"),
    "target-duckdb with a name that steers": ("bill_duckdb", {"filepath": f"{STEERING}:memory:"}, "[]", ""),
}


@pytest.mark.parametrize("name", ENDINGS)
def test_a_plain_error_is_one_line(empty: Simulator, tmp_path: Path, name: str) -> None:
    package, more, stdin, said = ENDINGS[name]
    (tmp_path / "bad.csv").write_text('name\n"x\n')
    config = more if package in {"tap_bill_csv", "bill_duckdb"} else settings(empty, **more)
    ran = run(package, config, tmp_path, stdin=stdin)
    assert ran.code == 1
    assert "Traceback" not in ran.err
    assert not set(STEERING) - {"[", "2", "J"} & set(ran.err)
    *before, last = told(ran.err)
    assert said in last
    assert [line for line in before if "rows in" not in line] == [], json.dumps(before)
