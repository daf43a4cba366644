"""How our commands end: one line for what a person can mend, with its code, whichever command it is; no traceback."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from conftest import settings
from singer_forks import run_cases

from bill_program.exit_codes import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

    from bill_simulator import Simulator

STEERING = "\x1b[2J\u202e"
ACCOUNT = re.compile(r"tap-bill: 0 rows in [0-9.]+ s|target-bill: stopped, 0 of 1 settled")
"""The account of a run that had begun: what came of the records, beside why it ended."""

SIGNED = re.compile(r"\| (?:INFO|WARNING) ")
RECORD = '{"type":"RECORD","stream":"vendors","record":{"name":"A"}}\n'
VENDORS = (
    '{"type":"SCHEMA","stream":"vendors","schema":{"properties":{"name":{"type":["string"]}}},"key_properties":[]}\n'
)


def told(command: str, text: str) -> list[str]:
    """What a person must read: lines of the command itself, and of a log above a warning; none that nobody signs."""
    lines = [line for line in text.splitlines() if line and line[0] not in "┏┃┡│└├ "]
    lines = [line for line in lines if not ACCOUNT.fullmatch(line.strip())]
    return [line for line in lines if line.startswith(f"{command}: ") or not SIGNED.search(line)]


def csv(**more: Any) -> dict[str, Any]:
    return {"files": [{"path": "good.csv", "stream": "vendors", **more}]}


BILL: dict[str, tuple[dict[str, Any], str, str]] = {
    "a wrong password": ({"password": "wrong"}, VENDORS + RECORD, "/Login.json"),
    "no password": ({"password": None}, "", "`password` is missing"),
    "a number for a text": ({"username": 5}, "", "`username` is 5"),
    "a text for a number": ({"timeout_s": "1_0"}, "", "`timeout_s` is '1_0'"),
    "an address that is none": ({"api_url": "nowhere"}, VENDORS + RECORD, "api_url"),
    "nobody at the address": ({"api_url": "http://127.0.0.1:1/api/v2"}, VENDORS + RECORD, "127.0.0.1:1"),
    "a setting that is misspelt": ({"pasword": "x"}, "", "did you mean `password`?"),
}
WRONG: dict[str, dict[str, tuple[dict[str, Any], str, str]]] = {
    "tap_bill": {
        **BILL,
        "a start that steers": ({"start_date": f"x{STEERING}"}, "", "start_date"),
        "a start that is no day": ({"start_date": "2026-02-30"}, "", "start_date"),
        "options of no stream": ({"stream_options": {"bils": {}}}, "", "did you mean `bills`?"),
    },
    "target_bill": {
        **BILL,
        "half a line": ({}, VENDORS + RECORD[:-9], "line 2"),
        "a stream that is none of BILL": ({}, VENDORS.replace("vendors", "shoes"), "shoes"),
        "an amount in other digits": ({"max_total_amount": "1_000"}, VENDORS, "max_total_amount"),
        "a ledger that is a folder": ({"ledger": "."}, VENDORS + RECORD, "the ledger . cannot be used"),
    },
    "tap_bill_csv": {
        "no files": ({}, "", "`files` is missing"),
        "files that are a text": ({"files": "good.csv"}, "", "`files` is 'good.csv'"),
        "an entry that is a number": ({"files": [5]}, "", "`files[0]` is 5"),
        "an empty list": ({"files": []}, "", "`files` is empty; name at least one"),
        "a file that is broken": (csv(path="bad.csv"), "", "bad.csv, row 2"),
        "a name that steers": (csv(path=f"no{STEERING}.csv"), "", r"no\x1b[2J\u202e.csv"),
        "no such file": (csv(path="none.csv"), "", "none.csv"),
        "no such stream": (csv(stream="shoes"), "", "shoes"),
        "no such column": (csv(columns={"name": "Nome"}), "", "Nome"),
        "a delimiter of two": (csv(delimiter="ab"), "", "delimiter"),
        "lines that are a text": (csv(skip="1_0"), "", "skip"),
    },
    "target_duckdb": {
        "no file": ({}, "", "`filepath` is missing"),
        "a number for a file": ({"filepath": 5}, "", "`filepath` is 5"),
        "a folder": ({"filepath": "."}, "", "is a folder"),
        "an input that is no message": ({"filepath": f"{STEERING}:memory:"}, "[]", ""),
        "memory": ({"filepath": ":memory:"}, "", "is not allowed"),
        "a file that is no database": ({"filepath": "good.csv"}, VENDORS + RECORD, "good.csv"),
        "a folder that is a file": ({"filepath": "good.csv/a.duckdb"}, "", "good.csv"),
        "an unknown setting": ({"filepath": "a.duckdb", "batch": 1}, "", "`batch` is not known"),
        "a method that is none": ({"filepath": "a.duckdb", "load_method": "insert"}, "", "insert"),
        "half a line": ({"filepath": "a.duckdb"}, VENDORS + RECORD[:-9], "line 2"),
        "two streams for a table": ({"filepath": "a.duckdb"}, VENDORS + VENDORS.replace("vend", "VEND"), "VENDors"),
        "two columns for one": ({"filepath": "a.duckdb"}, VENDORS.replace('"name"', '"A":{},"a"'), "'A'"),
        "a record that does not fit": ({"filepath": "a.duckdb"}, VENDORS + RECORD.replace('"A"', "{}"), "name"),
    },
}  # fmt: skip
UNFIT = {
    *(
        "half a line",
        "an input that is no message",
        "a stream that is none of BILL",
        "a ledger that is a folder",
        "a file that is broken",
    ),
    *("a folder that is a file", "two streams for a table", "two columns for one", "a record that does not fit"),
}
"""Cases that are about an input or a file."""

CODES = {
    "a wrong password": ExitCode.CREDENTIALS,
    "nobody at the address": ExitCode.CONNECTION,
    **dict.fromkeys(UNFIT, ExitCode.REFUSED),
}
"""The code of each case that is about no setting."""

COMMANDS = {
    "tap_bill": "tap-bill",
    "target_bill": "target-bill",
    "tap_bill_csv": "tap-bill-csv",
    "target_duckdb": "target-duckdb",
}


@pytest.mark.parametrize("package", COMMANDS)
def test_a_plain_error_is_one_line(empty: Simulator, tmp_path: Path, package: str) -> None:
    files = {"bad.csv": 'name\n"x\n', "good.csv": "name\n" + "A\n" * 9000}
    for name, (more, _, _) in WRONG[package].items():
        base = settings(empty) if package in {"tap_bill", "target_bill"} else {}
        files[f"{name}.json"] = json.dumps({**base, **more})
    cases = {name: (stdin.encode(), ("--config", f"{name}.json")) for name, (_, stdin, _) in WRONG[package].items()}
    wrong = {}
    ended = run_cases(package, tmp_path, cases, files=files)
    for name, (_, _, said) in WRONG[package].items():
        ran = ended[name]
        lines = told(COMMANDS[package], ran.err)
        is_right = ran.code == CODES.get(name, ExitCode.USAGE) and len(lines) == 1
        is_told = all(each.startswith(f"{COMMANDS[package]}: ") and said in each for each in lines)
        if not (is_right and is_told) or {"\x1b", "\u202e"} & set(ran.err):
            wrong[name] = (ran.code, lines or ran.err[-300:])
    assert wrong == {}, json.dumps(wrong, indent=1)
