"""Rows of BILL that are only strange: `bill` shows them in every output, over a connection as any other."""

from __future__ import annotations

import csv
import io
import json
import os
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from api_scripted import ScriptedBill, http, settings_for
from conftest import Ran
from programs import run_text

from bill_values.spreadsheet_cells import text_of

if TYPE_CHECKING:
    from pathlib import Path

pytest_plugins = ["api_fixtures"]

NAMES: dict[str, Any] = {
    "markup": "ZQ [/b][red] :star: [link=x]",
    "a sequence that steers": "\x1b[2J\x9b1m\x1b]8;;http://x\x07",
    "letters that turn": "\u202eLtd\u2066\u200b",
    "lines": "a\r\nb\tc\u2028d",
    "a zero byte": "a\0b",
    "a formula": "=1+1",
    "a call": "@SUM(A1)",
    "a formula behind a minus": "-cmd|x",
    "a number below zero": "-12.50",
    "a town": "'s-Hertogenbosch",
    "a formula that had its apostrophe": "'=1",
    "quotes": 'say "so", or; not',
    "50,000 letters": "x" * 50_000,
    "wide letters": "\u682a\u5f0f\u4f1a\u793e \U0001f468\u200d\U0001f469\u200d\U0001f467",
    "no text": "",
    "null": None,
    "a number": 7,
    "true": True,
    "an object": {"a": [1, {"b": "\x1b"}]},
    "a list": ["=1", None],
    "deep": json.loads('{"a":' * 60 + "1" + "}" * 60),
    "a huge integer": 123456789012345678901234567890,
}
FIELDS: dict[str, Any] = {
    "isActive": [1, None, "9", True, "\x1b"],
    "createdTime": [None, 7, "yesterday", "0001-01-01T00:00:00.000+0000", "\u0662\u0660"],
    "addressState": [{}, [], 0, False, "=A1"],
    "new": [{"x": 1}, [], Decimal("1e-300"), "\x1b", None],
    "=new": ["=1", None, 1, {}, "\u202e"],
    "ne\x1bw\u202e\n": [None, 1, "x", {}, []],
}
STEERING = set(map(chr, (*range(0x0A), *range(0x0B, 0x20), *range(0x7F, 0xA0), 0x202E, 0x2066, 0x2028)))


def row(number: int, name: Any) -> dict[str, Any]:
    more = {
        field: values[number % len(values)] for field, values in FIELDS.items() if number % 3 or field == "isActive"
    }
    return {"id": f"00901ODDXXXXXXXX{number:04}", "entity": "Vendor", "name": name, **more}


ROWS = [row(number, name) for number, name in enumerate(NAMES.values())]


def answered(data: Any) -> bytes:
    text = json.dumps({"response_status": 0, "response_message": "Success", "response_data": data}, default=float)
    return http(text)


def bill(scripted: ScriptedBill, folder: Path, *arguments: str) -> Ran:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BILL_")}
    given = {f"BILL_{name.upper()}": str(value) for name, value in settings_for(scripted.url).items()}
    environment = {**inherited, **given, "COLUMNS": "200"}
    ran = run_text("bill_cli", arguments, cwd=folder, env=environment)
    assert "Traceback" not in ran.stderr, ran.stderr
    assert not STEERING & set(ran.stderr), ran.stderr
    return Ran(ran.returncode, ran.stdout, ran.stderr)


def parsed(text: str) -> Any:
    return json.loads(text, parse_float=Decimal)


SENT = parsed(json.dumps(ROWS, default=float))


@pytest.mark.parametrize("words", [(), ("--columns", "id,name,isActive")])
def test_a_table_shows_every_row_and_nothing_that_steers(
    scripted: ScriptedBill, tmp_path: Path, words: tuple[str, ...]
) -> None:
    scripted.script("/List/Vendor.json", answered(ROWS))
    ran = bill(scripted, tmp_path, "list", "vendors", "--max", "100", *words, "--output", "table")
    assert ran.code == 0, ran.err
    assert not STEERING & set(ran.out)
    for each in ROWS:
        assert each["id"] in ran.out
    assert "ZQ [/b][red] :star:" in ran.out


def test_rows_that_come_again_are_shown_once_and_are_the_end(scripted: ScriptedBill, tmp_path: Path) -> None:
    scripted.script("/List/Vendor.json", answered(ROWS))
    ran = bill(scripted, tmp_path, "list", "vendors", "--output", "jsonl")
    assert (ran.code, len(ran.out.split("\n")) - 1) == (0, len(ROWS))
    assert scripted.count("/List/Vendor.json") == 2


def test_json_is_what_bill_has(scripted: ScriptedBill, tmp_path: Path) -> None:
    scripted.script("/List/Vendor.json", answered(ROWS))
    ran = bill(scripted, tmp_path, "list", "vendors", "--output", "json")
    assert (ran.code, parsed(ran.out)) == (0, SENT)
    ran = bill(scripted, tmp_path, "list", "vendors", "--output", "jsonl")
    assert (ran.code, [parsed(line) for line in ran.out.split("\n") if line]) == (0, SENT)


@pytest.mark.parametrize("cells", ["guarded", "raw"])
def test_csv_has_a_cell_for_each_value(scripted: ScriptedBill, tmp_path: Path, cells: str) -> None:
    scripted.script("/List/Vendor.json", answered(ROWS))
    raw = ["--raw-cells"] if cells == "raw" else []
    ran = bill(scripted, tmp_path, "list", "vendors", "--output", "csv", *raw)
    assert ran.code == 0, ran.err
    header, *rows = csv.reader(io.StringIO(ran.out.removeprefix("\ufeff"), newline=""))
    assert [len(each) for each in rows] == [len(header)] * len(ROWS)
    if cells == "guarded":
        assert not [each for cells_ in (header, *rows) for each in cells_ if each.startswith(("=", "@", "\t", "\r"))]
    place = header.index("name")
    read = text_of if cells == "guarded" else str
    for sent, got in zip(ROWS, rows, strict=True):
        if isinstance(sent["name"], str):
            assert read(got[place]) == sent["name"]


def test_one_object_of_all_of_them_is_shown(scripted: ScriptedBill, tmp_path: Path) -> None:
    whole = {**ROWS[0], **{f"field {kind}": value for kind, value in NAMES.items()}}
    scripted.script("/Crud/Read/Vendor.json", answered(whole))
    ran = bill(scripted, tmp_path, "get", "vendor", str(whole["id"]), "--output", "table")
    assert ran.code == 0, ran.err
    assert not STEERING & set(ran.out)
    assert "ZQ [/b][red] :star:" in ran.out
    ran = bill(scripted, tmp_path, "get", "vendor", str(whole["id"]), "--output", "json")
    assert (ran.code, parsed(ran.out)) == (0, parsed(json.dumps(whole, default=float)))
