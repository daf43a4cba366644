"""What `bill` shows of names at a terminal, and what it hands to a pipe."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from conftest import client_for

from bill_api.entities import BY_STREAM
from bill_cli.showing.tables import print_object, print_rows

if TYPE_CHECKING:
    from cli_bill import Bill, Here

pytest_plugins = ["cli_fixtures"]

ODD = "ZQ [/b][red] :star: \x1b[2J\x9b1m\u202e\u2066\u200b\nLtd"
STEERING = "\x1b\x9b\u202e\u2066\u200b"


@pytest.fixture
def odd(bill: Bill) -> str:
    """The id of a vendor with such a name; BILL may have taken it from elsewhere."""
    vendor = {"entity": "Vendor", "name": ODD}
    return str(client_for(bill.simulator).raw("/Crud/Create/Vendor.json", {"obj": vendor})["id"])


@pytest.mark.parametrize("output", ["table", "json", "jsonl", "csv"])
@pytest.mark.parametrize("words", [("get", "vendor"), ("list", "vendors", "--columns", "id,name", "--filter")])
def test_no_name_steers_a_terminal(bill: Bill, odd: str, words: tuple[str, ...], output: str) -> None:
    which = odd if words[0] == "get" else f"id = {odd}"
    ran = bill.on_terminal(*words, which, "--output", output, columns=200)
    assert ran.code == 0, ran.out
    assert "Traceback" not in ran.out
    assert not set(STEERING) & set(ran.out)
    assert "ZQ [/b][red] :star: " in ran.out
    escapes = r"\u001b[2J\u009b1m\u202e\u2066\u200b\n" if output.startswith("json") else r"\x1b[2J\x9b1m\u202e"
    assert escapes in ran.out


def test_a_call_of_any_path_shows_json_that_steers_nothing(bill: Bill, odd: str) -> None:
    ran = bill.on_terminal("raw", "/Crud/Read/Vendor.json", "--data", json.dumps({"id": odd}))
    assert r"\u202e" in ran.out
    assert not set(STEERING) & set(ran.out)


def test_a_pipe_gets_what_bill_has(here: Here, odd: str) -> None:
    rows = {}
    for output in ("json", "jsonl", "csv"):
        out = here("list", "vendors", "--filter", f"id = {odd}", "--output", output).out
        rows[output] = next(csv.DictReader(io.StringIO(out, newline=""))) if output == "csv" else None
        if output != "csv":
            parsed = json.loads(out)
            rows[output] = parsed[0] if output == "json" else parsed
    assert {each["name"] for each in rows.values() if each} == {ODD}


@pytest.mark.parametrize(
    "words",
    [
        ("list", "bills", "--filter", f"{ODD} = 1"),
        ("get", "bill", ODD),
        ("create", "vendor", "--set", f"nm{ODD}=x"),
        ("bulk", "create", "vendors", "odd.csv"),
        ("list", "bills", "--columns", ODD),
        ("raw", f"/Nosuch{ODD}.json"),
        ("list", "bills", "--env-file", "\x1b[2J"),
    ],
    ids=lambda words: words[0],
)
def test_no_message_steers_a_terminal(here: Here, words: tuple[str, ...]) -> None:
    (here.bill.folder / "odd.csv").write_text(f'name,"{ODD}"\nA,b\n')
    ran = here(*words)
    assert ran.code in {1, 2, 4}
    assert "Traceback" not in ran.err
    assert not set(STEERING) & set(ran.err)


ODD_VALUES = ["x", 5, True, ["x", 1, None], {"a": [1]}, [{"amount": {"b": 1}}], Decimal("1E+399"), None, ""]


@pytest.mark.parametrize("value", ODD_VALUES, ids=repr)
@pytest.mark.parametrize("name", ["billLineItems", "amount", "paymentStatus", "updatedTime", "vendorId", "newField"])
def test_an_answer_of_another_shape_is_shown_too(name: str, value: object, capsys: pytest.CaptureFixture[str]) -> None:
    bills = BY_STREAM["bills"]
    obj = {"id": "00n01XXXXXXXXXXaaaa1", name: value}
    print_object(bills, obj)
    print_rows([obj], ["id", name], bills.by_name)
    assert capsys.readouterr().out.count("00n01XXXXXXXXXXaaaa1") == 2


def test_ctrl_c_while_it_loads_is_no_traceback() -> None:
    code = """
import sys
class Stop:
    def find_spec(self, name, *_):
        if name == "click":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Stop())
from bill_cli.__main__ import main
main()
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (130, "", "")
