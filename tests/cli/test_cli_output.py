"""Results for people and for scripts, help, completion, and how a command ends."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bill_api.entities import BY_STREAM, ENTITIES
from bill_api.table.kinds import shown
from bill_cli.app import COMMANDS
from bill_cli.showing.tables import TELLING, telling_columns
from bill_values.exact_json import decode

if TYPE_CHECKING:
    from cli_bill import Bill, Here

pytest_plugins = ["cli_fixtures"]

BILLS = BY_STREAM["bills"]


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("amount", Decimal("1234567.5"), "1,234,567.50"),
        ("amount", 0, "0.00"),
        ("exchangeRate", Decimal("1.23456"), "1.23456"),
        ("paymentStatus", "1", "open (1)"),
        ("paymentStatus", "99", "99"),
        ("paymentTermId", "0" * 20, ""),
        ("updatedTime", "2026-01-31T09:00:00.000+0000", "2026-01-31T09:00:00Z"),
        ("hasAutoPay", True, "yes"),
        ("description", None, ""),
        ("newField", "x", "x"),
    ],
)
def test_a_value_is_shown_as_people_read_it(name: str, value: Any, text: str) -> None:
    assert shown(BILLS.by_name.get(name), value) == text


def test_every_telling_column_is_of_some_entity() -> None:
    assert all(any(name in each.by_name for each in ENTITIES) for name in TELLING)
    for entity in ENTITIES:
        columns = telling_columns(entity)
        assert columns[0] == "id"
        assert not any(entity.by_name[name].sensitive for name in columns)


def test_amounts_are_aligned_at_a_terminal_and_ids_are_whole(bill: Bill) -> None:
    ran = bill.on_terminal("list", "bills", "--max", "3", "--columns", "id,amount,paymentStatus")
    header, _line, *rows = ran.out.splitlines()
    assert header.split() == ["id", "amount", "paymentStatus"]
    end = header.index("amount") + len("amount")
    books = {each["id"]: each for each in bill.books("Bill")}
    for row in rows[:3]:
        amount = f"{books[row[:20]]['amount']:,.2f}"
        assert row[:end].endswith(amount)
        assert " (" in row


def test_a_narrow_terminal_leaves_columns_out_and_names_them(bill: Bill) -> None:
    ran = bill.on_terminal("list", "bills", "--max", "1", columns=50)
    assert max(map(len, ran.out.splitlines()[:3])) <= 50
    assert "not shown in this width: " in ran.out
    assert "dueDate" in ran.out.rpartition("not shown")[2]


def test_twenty_rows_are_shown_at_a_terminal(bill: Bill) -> None:
    ran = bill.on_terminal("list", "bills", "--deleted", "--columns", "id,amount")
    assert "40 more with --all" in ran.out
    assert sum(line.startswith("00n") for line in ran.out.splitlines()) == 20


def test_one_object_is_shown_with_its_lines(here: Here, bill: Bill) -> None:
    one = next(each for each in bill.books("Bill") if len(each["billLineItems"]) > 1)
    ran = here("get", "bill", one["id"], "--output", "table")
    assert "paymentStatus" in ran.out
    assert "billLineItems" in ran.out
    assert all(line["id"] in ran.out for line in one["billLineItems"])


def test_the_formats_for_scripts_hold_the_same(here: Here) -> None:
    call = ("list", "bills", "--max", "5", "--nested")
    rows = decode(here(*call, "--output", "json").out)
    assert [decode(line) for line in here(*call, "--output", "jsonl").out.splitlines()] == rows
    table = list(csv.DictReader(io.StringIO(here(*call, "--output", "csv").out)))
    assert [each["id"] for each in table] == [each["id"] for each in rows]
    assert [Decimal(each["amount"]) for each in table] == [each["amount"] for each in rows]
    assert decode(table[0]["billLineItems"]) == rows[0]["billLineItems"]
    assert list(table[0]) == list(BILLS.by_name), "the columns are those of the table, whatever the rows have"


def test_results_go_to_stdout_and_everything_else_to_stderr(bill: Bill) -> None:
    ran = bill("list", "bills", "--max", "2")
    assert len(json.loads(ran.out)) == 2
    assert ran.err.startswith("bill: ")


# Help and completion


@pytest.mark.parametrize("words", [[], *([each] for each in COMMANDS), ["bulk", "create"], ["mfa", "challenge"]])
def test_help_is_there_without_any_settings(here: Here, words: list[str]) -> None:
    ran = here(*words, "--help", variables={})
    assert ran.code == 0
    assert ran.out.startswith("Usage: bill")


def test_the_lines_of_the_help_are_those_of_the_commands(here: Here) -> None:
    for name, (_, line) in COMMANDS.items():
        assert line in " ".join(here("--help").out.split()), name


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_printed_for_each_shell(here: Here, shell: str) -> None:
    ran = here("completion", shell)
    assert ran.code == 0
    assert "_BILL_COMPLETE" in ran.out


def completed(bill: Bill, *words: str) -> list[str]:
    """What bash would be offered for the last word."""
    environment = {**bill.environment, "_BILL_COMPLETE": "bash_complete", "COMP_WORDS": " ".join(["bill", *words])}
    environment["COMP_CWORD"] = str(len(words))
    environment = {name: text for name, text in environment.items() if not name.startswith("BILL_")}
    ran = subprocess.run(
        [sys.executable, "-m", "bill_cli"], capture_output=True, text=True, env=environment, check=False
    )
    assert ran.stderr == ""
    return [line.partition(",")[2] for line in ran.stdout.splitlines()]


def test_commands_resources_and_fields_are_completed_without_settings(bill: Bill) -> None:
    assert completed(bill, "dele") == ["delete"]
    assert completed(bill, "update", "vendor") == ["vendor", "vendor-credit"]
    assert completed(bill, "bulk", "delete", "v") == ["vendor", "vendor-bank-account"]
    assert "dueDate=" in completed(bill, "create", "bill", "--set", "d")


# How it ends


def test_nothing_loads_http_before_it_is_needed() -> None:
    code = "import sys; from bill_cli.app import bill; bill.get_command(None, 'list'); print('requests' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"


def test_an_unknown_command_or_option_ends_with_2(here: Here) -> None:
    assert here("pay").code == 2
    assert here("list", "bills", "--nosuch").code == 2
    assert here().code == 2


def test_a_reader_that_has_gone_ends_it_quietly(bill: Bill) -> None:
    command = f"{sys.executable} -m bill_cli list bills --nested | head -c 10; exit ${{PIPESTATUS[0]}}"
    ran = subprocess.run(
        ["/bin/bash", "-c", command], capture_output=True, text=True, env=bill.environment, cwd=bill.folder, check=False
    )
    assert ran.returncode == 141
    assert ran.stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("list bills", 1),
        ("limits", 1),
        ("completion bash", 1),
        ("raw /GetSessionInfo.json", 1),
        ("create vendor --set name=Fern", 4),
        ("create vendor --set name=Fern --dry-run", 1),
        ('raw /Crud/Create/Vendor.json --data {"obj":{"entity":"Vendor","name":"Oak"}}', 4),
        ("mfa challenge", 4),
    ],
)
def test_a_full_disk_is_said_and_is_done_in_part_only_where_something_was_done(
    bill: Bill, command: str, code: int
) -> None:
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            [sys.executable, "-m", "bill_cli", *command.split()],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=bill.environment,
            check=False,
        )
    assert ran.returncode == code, ran.stderr
    assert "the result cannot be written: No space left on device" in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize(
    "command",
    [
        b"create vendor --set name=\xff",
        b"raw /Crud/Create/Vendor.json --form name=\xff",
        b"raw /Crud/Create/Vendor.json --query name=\xff",
    ],
)
def test_an_argument_that_is_no_text_is_said(bill: Bill, command: bytes) -> None:
    ran = subprocess.run(
        [sys.executable.encode(), b"-m", b"bill_cli", *command.split()],
        capture_output=True,
        env={os.fsencode(name): os.fsencode(text) for name, text in bill.environment.items()},
        check=False,
    )
    assert ran.returncode == 2
    assert b"Traceback" not in ran.stderr


@pytest.mark.parametrize(("command", "code"), [("list vendors --output csv", 2), ("create vendor", 4)])
def test_a_result_that_stdout_has_no_letters_for_is_done_if_it_is_of_a_write(
    bill: Bill, command: str, code: int
) -> None:
    made = bill("create", "vendor", "--set", "name=\u00dcnn")
    assert made.code == 0
    ran = subprocess.run(
        [sys.executable, "-m", "bill_cli", *command.split(), *(["--set", "name=\u00dcnn 2"] if code == 4 else [])],
        capture_output=True,
        text=True,
        env={**bill.environment, "PYTHONIOENCODING": "ascii"},
        check=False,
    )
    assert ran.returncode == code, ran.stderr
    assert "a text that cannot be encoded as ascii" in ran.stderr
