"""`bill fields`, the completion of fields, and `--version`."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from programs import run_text

from bill_api.entities import BY_STREAM, ENTITIES
from bill_api.table.entity import Operation
from bill_cli.typed.field_names import did_you_mean
from bill_cli.typed.resources import name_of

if TYPE_CHECKING:
    from pathlib import Path

    from cli_bill import Bill, Here

pytest_plugins = ["cli_fixtures"]

BILLS = BY_STREAM["bills"]


def test_fields_are_explained_without_a_connection(here: Here) -> None:
    ran = here("fields", "bill", "--output", "csv", variables={})
    assert ran.code == 0, ran.err
    rows = {each["name"]: each for each in csv.DictReader(io.StringIO(ran.out))}
    assert list(rows) == list(BILLS.by_name)
    assert "1 = open" in rows["paymentStatus"]["codes"]
    assert rows["dueDate"]["written"] == "required"
    assert rows["createdTime"]["written"] == "set by BILL"
    assert rows["description"]["filtered"] == "not known"
    assert rows["dueDate"]["filtered"] == "yes (documented)"
    assert "vendorName" in rows["vendorId"]["by_name"]


@pytest.mark.parametrize("entity", ENTITIES, ids=name_of)
def test_every_entity_is_explained_in_every_width(here: Here, entity: object) -> None:
    ran = here("fields", name_of(entity), "--output", "table", variables={})  # type: ignore[arg-type]
    assert ran.code == 0, ran.err


def test_fields_of_lines_are_explained_where_there_are_lines(here: Here) -> None:
    assert "chartOfAccountId" in here("fields", "bill", "--lines", "--output", "csv", variables={}).out
    ran = here("fields", "vendor", "--lines", variables={})
    assert (ran.code, ran.out) == (2, "")
    assert "--lines: vendor has none" in ran.err


def test_fields_are_read_at_a_narrow_terminal(bill: Bill) -> None:
    for columns in (60, 40):
        ran = bill.on_terminal("fields", "bill", columns=columns)
        assert ran.code == 0
        assert max(map(len, ran.out.splitlines())) <= columns
        assert "paymentStatus" in "".join(ran.out.split())


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("due_date", "dueDate"),
        ("DUEDATE", "dueDate"),
        ("duedat", "dueDate"),
        ("vendor-id", "vendorId"),
        ("xyzzy", None),
    ],
)
def test_a_field_is_known_by_case_underscore_and_spelling(typed: str, meant: str | None) -> None:
    question = did_you_mean(typed, BILLS.by_name)
    assert question.startswith(f"did you mean `{meant}`" if meant else "")
    assert bool(question) is bool(meant)


@pytest.mark.parametrize(
    "option", [("--filter", "due_date = today"), ("--sort", "-due_date"), ("--columns", "due_date")]
)
def test_a_wrong_field_is_told_with_the_right_one(here: Here, option: tuple[str, str]) -> None:
    ran = here("list", "bills", *option)
    assert ran.code == 2
    assert f"{option[0]}: `due_date` is no field of Bill; did you mean `dueDate`?" in ran.err


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (("--filter", "vendr = x"), "did you mean `vendor`"),
        (("--columns", "vendr"), "did you mean `vendor`"),
        (("--sort", "vendor"), "did you mean `vendorId`"),
    ],
)
def test_words_of_people_are_meant_where_they_can_stand(here: Here, option: tuple[str, str], said: str) -> None:
    ran = here("list", "bills", *option)
    assert ran.code == 2
    assert said in ran.err


def completed(bill: Bill, *words: str) -> list[str]:
    """What bash would be offered for the last word."""
    environment = {name: text for name, text in bill.environment.items() if not name.startswith("BILL_")}
    environment |= {"_BILL_COMPLETE": "bash_complete", "COMP_WORDS": " ".join(["bill", *words])}
    environment["COMP_CWORD"] = str(len(words))
    ran = run_text("bill_cli", [], cwd=bill.folder, env=environment)
    assert ran.stderr == ""
    return [line.partition(",")[2] for line in ran.stdout.splitlines()]


def test_fields_complete_in_every_option_that_takes_one(bill: Bill) -> None:
    assert completed(bill, "list", "bills", "--filter", "dueD") == ["dueDate"]
    assert completed(bill, "list", "bills", "--filter", "due_d") == ["dueDate"]
    assert completed(bill, "list", "bills", "--sort", "id,-dueD") == ["id,-dueDate"]
    assert completed(bill, "list", "bills", "--columns", "id,dueD") == ["id,dueDate"]
    assert completed(bill, "list", "bills", "--filter", "vendorN") == ["vendorName"]
    assert "vendor" in completed(bill, "list", "bills", "--filter", "vend")
    assert completed(bill, "list", "bills", "--columns", "id,vend") == ["id,vendorId", "id,vendor"]
    assert completed(bill, "list", "bills", "--sort", "vend") == ["vendorId"]
    assert completed(bill, "fields", "payment-t") == ["payment-term"]


@pytest.mark.parametrize(
    ("module", "program"),
    [(each, each.replace("_", "-").replace("bill-cli", "bill")) for each in (
        "bill_cli", "tap_bill", "target_bill", "tap_bill_csv", "target_duckdb", "bill_simulator", "bill_report"
    )],
)  # fmt: skip
def test_every_command_tells_its_version_in_the_same_form(tmp_path: Path, module: str, program: str) -> None:
    ran = run_text(module, ["--version"], cwd=tmp_path)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith(f"{program}, version ")


def test_every_list_can_be_explained() -> None:
    assert all(each.fields for each in ENTITIES if each.offers(Operation.LIST))
