"""bill-report on warehouses as they come: whole, in part, odd, or none at all."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from report_page import ReportPage
from report_world import (
    MONEY,
    ORGANIZATION,
    TABLES,
    TIMEOUT_S,
    Books,
    make_warehouse,
    plain_books,
    run_report,
    written_page,
)

from bill_program.exit_codes import ExitCode

ROOT = Path(__file__).resolve().parents[2]
AP, AR, FORECAST = "Accounts payable by age", "Accounts receivable by age", "Cash forecast"
VENDORS, ACCOUNTS, SUSPECTS = "Top vendors by spend", "Spend by account and month", "Duplicate suspects"
SECTIONS = [AP, AR, FORECAST, VENDORS, ACCOUNTS, SUSPECTS]

HOLDS = """
import duckdb, sys
held = duckdb.connect(sys.argv[1], read_only=sys.argv[2] == "reads")
print("held", flush=True)
sys.stdin.read()
"""
SMALL = "ulimit -f 8; exec {python} -m bill_report out.duckdb"
"""The command where no file may grow beyond 8 KiB."""

STREAM = {
    "received": 3,
    "received_money": "30.50",
    "created": 2,
    "unchanged": 0,
    "rejected": 1,
    "left out": 0,
    "money": {"created": "20.25", "unchanged": "0", "rejected": "10.25", "left out": "0"},
}
REASON = {
    "stream": "bills",
    "field": "dueDate",
    "reason": "BILL requires <this> field",
    "code": "x",
    "hint": "",
    "records": 1,
    "money": "10.25",
    "examples": [],
}
ACCOUNT: dict[str, Any] = {
    "started_at": "2026-11-29T22:00:00Z",
    "ended_at": "2026-11-29T22:00:09Z",
    "ended": "complete",
    "adds_up": True,
    "input": "ap.csv",
    "mode": "apply",
    "undoes": None,
    "streams": {"bills": STREAM},
    "notes": {"vendors created on the way": 2},
    "reasons": [REASON],
}


def page(folder: Path, *arguments: str) -> ReportPage:
    """The page of the warehouse in a folder."""
    return ReportPage(written_page(folder, *arguments))


def failed(folder: Path, *arguments: str, code: ExitCode = ExitCode.REFUSED) -> str:
    """The one line with which the command ends."""
    ran = run_report(folder, *arguments)
    assert (ran.returncode, ran.stdout) == (code, b"")
    (line,) = ran.stderr.decode().splitlines()
    assert line.startswith("bill-report: ")
    return line.removeprefix("bill-report: ")


def without(model: str) -> dict[str, dict[str, str]]:
    return {name: columns for name, columns in TABLES.items() if name != model}


def changed(model: str, **columns: str) -> dict[str, dict[str, str]]:
    return {**TABLES, model: {**TABLES[model], **columns}}


def test_a_page_has_every_section_and_the_warehouse_is_as_it_was(tmp_path: Path) -> None:
    warehouse = make_warehouse(tmp_path / "out.duckdb", plain_books().rows)
    before = hashlib.sha256(warehouse.read_bytes()).hexdigest()
    found = page(tmp_path)
    assert [name for name, _ in found.parts] == SECTIONS
    assert "Not shown" not in found.text
    assert hashlib.sha256(warehouse.read_bytes()).hexdigest() == before
    assert {each.name for each in tmp_path.iterdir()} == {"out.duckdb", "report.html"}
    assert stat.S_IMODE((tmp_path / "report.html").stat().st_mode) == 0o600


def test_a_file_that_is_named_as_its_schema_is_read(tmp_path: Path) -> None:
    make_warehouse(tmp_path / "bill.duckdb", plain_books().rows)
    ran = run_report(tmp_path, "bill.duckdb")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"report.html\n", b"")


@pytest.mark.parametrize("name", ["none.duckdb", "."])
def test_a_file_that_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    assert failed(tmp_path, name, code=ExitCode.USAGE).startswith(f"there is no file {name}: name the warehouse")


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n" * 500, "SQLite format 3\0" + "x" * 5000])
@pytest.mark.parametrize("name", ["out.duckdb", "out.csv", "clock.duckdb"])
def test_a_file_of_another_kind_is_named(tmp_path: Path, content: str, name: str) -> None:
    (tmp_path / name).write_text(content)
    said = failed(tmp_path, name)
    assert said.startswith((f"{name} cannot be opened as a DuckDB file", f"{name} has no models in the schema `bill`"))


@pytest.mark.parametrize("how", ["writes", "reads"])
def test_a_file_that_another_program_writes_to_is_in_use_and_one_that_it_reads_is_not(tmp_path: Path, how: str) -> None:
    warehouse = make_warehouse(tmp_path / "out.duckdb", plain_books().rows)
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(warehouse), how], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        if how == "writes":
            assert failed(tmp_path, "out.duckdb", code=ExitCode.TAKEN).startswith(
                "out.duckdb is in use: wait for the load to end"
            )
        else:
            assert run_report(tmp_path, "out.duckdb").returncode == 0
        holder.communicate(timeout=TIMEOUT_S)
    assert run_report(tmp_path, "out.duckdb").returncode == 0


def test_a_warehouse_without_models_is_no_page_but_a_line_that_says_what_is_there(tmp_path: Path) -> None:
    make_warehouse(tmp_path / "out.duckdb", plain_books().rows, schema="finance", names={})
    said = failed(tmp_path, "out.duckdb")
    assert said.startswith("out.duckdb has no models in the schema `bill`: build the models (docs/models.md), or name")
    assert said.endswith("Schemas with tables: finance, tap_bill")
    assert not (tmp_path / "report.html").exists()
    assert [name for name, _ in page(tmp_path, "--schema", "finance").parts] == SECTIONS


@pytest.mark.parametrize(
    ("model", "sections"),
    [
        ("bill__ap_ageing", [AP]),
        ("bill__ar_ageing", [AR]),
        ("bill__cash_forecast", [FORECAST]),
        ("bill__spend_lines", [VENDORS, ACCOUNTS]),
        ("bill__duplicate_suspects", [SUSPECTS]),
    ],
)
def test_the_sections_of_a_model_that_is_missing_say_so_and_the_others_are_there(
    tmp_path: Path, model: str, sections: list[str]
) -> None:
    books = plain_books()
    make_warehouse(tmp_path / "out.duckdb", books.rows, tables=without(model))
    found = page(tmp_path)
    assert [name for name, _ in found.parts] == SECTIONS
    for name, part in found.parts:
        said = (
            f"Not shown: out.duckdb has no {model} in the schema `bill`: build the models (docs/models.md)" in part.text
        )
        assert (said, bool(part.tables)) == (name in sections, name not in sections)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"total": "DOUBLE"}, "bill__ap_ageing.total is DOUBLE, and amounts are DECIMAL(18,2)"),
        ({"not_due": "DECIMAL(38, 10)"}, "bill__ap_ageing.not_due is DECIMAL(38,10)"),
        ({"as_of": "VARCHAR"}, "bill__ap_ageing cannot be read: DuckDB says"),
    ],
)
def test_a_model_of_other_types_is_not_shown(tmp_path: Path, columns: dict[str, str], said: str) -> None:
    books = Books()
    books.ageing("bill__ap_ageing", "A", ("1.00", "0", "0", "0", "0"))
    books.ageing("bill__ar_ageing", "B", ("1.00", "0", "0", "0", "0"))
    if "as_of" in columns:
        books.rows["bill__ap_ageing"][0]["as_of"] = "yesterday"
    make_warehouse(tmp_path / "out.duckdb", books.rows, tables=changed("bill__ap_ageing", **columns))
    assert said in page(tmp_path).part(AP).text


def test_where_all_rows_are_in_models_that_cannot_be_read_there_is_no_empty_page(tmp_path: Path) -> None:
    books = Books()
    books.ageing("bill__ap_ageing", "A", ("1.00", "0", "0", "0", "0"))
    make_warehouse(tmp_path / "out.duckdb", books.rows, tables=changed("bill__ap_ageing", total="DOUBLE"))
    said = failed(tmp_path, "out.duckdb")
    assert said.startswith("no model that can be read has rows: bill__ap_ageing.total is DOUBLE")


def test_a_model_without_a_column_names_it(tmp_path: Path) -> None:
    tables = {**TABLES, "bill__ar_ageing": {"organization_id": "VARCHAR", "total": MONEY}}
    make_warehouse(tmp_path / "out.duckdb", plain_books().rows, tables=tables)
    assert "bill__ar_ageing has no column as_of, built_on, customer_id, customer_name" in page(tmp_path).part(AR).text


def test_a_view_reads_no_other_file_of_this_machine(tmp_path: Path) -> None:
    books = plain_books()
    (tmp_path / "secret.csv").write_text("organization_id\nstolen\n")
    make_warehouse(tmp_path / "out.duckdb", books.rows, tables=without("bill__duplicate_suspects"))
    columns = ", ".join(f"NULL::{kind} AS {name}" for name, kind in TABLES["bill__duplicate_suspects"].items())
    with duckdb.connect(tmp_path / "out.duckdb") as connection:
        connection.execute(
            f"CREATE VIEW bill.bill__duplicate_suspects AS"  # noqa: S608
            f" SELECT {columns} FROM '{tmp_path}/secret.csv'"
        )
    found = page(tmp_path)
    assert "bill__duplicate_suspects cannot be read: DuckDB says" in found.part(SUSPECTS).text


def test_models_without_rows_make_a_page_that_says_so(tmp_path: Path) -> None:
    make_warehouse(tmp_path / "out.duckdb", {})
    found = page(tmp_path)
    assert "The models hold no rows: load BILL into the warehouse" in found.text
    assert "svg" not in found.tags


def test_sections_without_rows_say_so_beside_those_that_have_some(tmp_path: Path) -> None:
    books = Books()
    books.ageing("bill__ar_ageing", "Only customer", ("0", "0", "0", "0", "0"))
    make_warehouse(tmp_path / "out.duckdb", books.rows)
    found = page(tmp_path)
    assert "Nothing is open: the model has no vendor." in found.part(AP).text
    assert "Nothing is due" in found.part(FORECAST).text
    assert "There are no lines of bills." in found.part(VENDORS).text
    assert "No two bills look like one." in found.part(SUSPECTS).text
    assert found.part(AR).row("Only customer")["total"] == "0.00"
    assert "svg" not in found.tags  # where all is zero there is nothing to see


def test_of_5000_vendors_the_largest_are_listed_and_the_rest_is_a_row(tmp_path: Path) -> None:
    books = Books()
    for number in range(5000):
        books.ageing("bill__ap_ageing", f"Vendor {number:04}", (f"{number}.01", "0.10", "0", "0", "0"), credit="-0.02")
        books.line(f"Vendor {number:04}", None, books.as_of.replace(day=1), f"{number}.37")
    make_warehouse(tmp_path / "out.duckdb", books.rows)
    found = page(tmp_path, "--top", "7")
    part = found.part(AP)
    assert part.names == [*(f"Vendor {number}" for number in range(4999, 4992, -1)), "4,993 other vendors", "total"]
    whole = sum((row["total"] for row in books.rows["bill__ap_ageing"]), Decimal(0))
    listed = sum((Decimal(f"{number}.09") for number in range(4993, 5000)), Decimal(0))
    assert part.row("4,993 other vendors")["total"] == f"{whole - listed:,.2f}"
    assert part.row("total")["total"] == f"{whole:,.2f}"
    spent = found.part(VENDORS)
    assert spent.names[-2:] == ["4,993 other vendors", "total"]
    assert spent.row("total")["amount"] == f"{sum(row['amount'] for row in books.rows['bill__spend_lines']):,.2f}"
    assert "The 10 largest of 5,000 vendors are drawn." in spent.text
    assert [each for each in found.drawn if each.startswith("Vendor")].count("Vendor 4990") == 2  # wide and narrow
    assert "Vendor 4989" not in found.drawn


def test_totals_below_zero_are_shown_as_such(tmp_path: Path) -> None:
    books = Books()
    books.ageing("bill__ap_ageing", "Owes us", ("10.00", "0", "0", "0", "0"), credit="-1234567.89")
    books.line("Owes us", "Returns", books.as_of.replace(day=1), "-250.75")
    books.week("in", 0, "-20.00")
    make_warehouse(tmp_path / "out.duckdb", books.rows)
    found = page(tmp_path)
    assert found.part(AP).row("total")["total"] == "-1,234,557.89"
    assert found.part(VENDORS).row("Owes us") == {
        "vendor": "Owes us",
        "documents": "1",
        "amount": "-250.75",
        "share": "",
    }
    assert found.part(ACCOUNTS).row("2021-07")["Returns"] == "-250.75"
    assert found.part(FORECAST).row("2021-07-19")["net"] == "-20.00"
    assert {"-1,234,567.89", "-250.75"} <= set(found.drawn)


def test_each_organization_stands_by_itself_with_the_name_that_bill_may_tell(tmp_path: Path) -> None:
    rows: dict[str, list[dict[str, Any]]] = {}
    for key, amount in (("008A", "100.00"), ("008B", "7.50"), (None, "3.00")):
        books = Books(key)
        books.ageing("bill__ap_ageing", f"Vendor of {key}", (amount, "0", "0", "0", "0"))
        for model, added in books.rows.items():
            rows.setdefault(model, []).extend(added)
    make_warehouse(tmp_path / "out.duckdb", rows, names={"008A": "Ärger & <Söhne>"})
    found = page(tmp_path)
    parts = [part for name, part in found.parts if name == AP]
    assert [part.tables[0][-1][-1] for part in parts] == ["3.00", "100.00", "7.50"]
    assert "3 organizations, each by itself: no figure adds up several of them." in found.text
    assert {"110.50", "107.50", "103.00"} & set(found.drawn + found.text.split()) == set()
    for name in ("(no organization)", "Ärger & <Söhne>", "008A", "008B"):
        assert name in found.text
    chosen = page(tmp_path, "--organization", "008B")
    assert [part.names for name, part in chosen.parts if name == AP] == [["Vendor of 008B", "total"]]
    assert failed(tmp_path, "out.duckdb", "--organization", "008C", code=ExitCode.USAGE).startswith(
        "the models have no organization 008C; they have: "
    )


def test_more_organizations_than_a_page_can_hold_are_not_cut_off_in_silence(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = []
    for number in range(21):
        books = Books(f"008{number:02}")
        books.ageing("bill__ap_ageing", "A", ("1", "0", "0", "0", "0"))
        rows += books.rows["bill__ap_ageing"]
    make_warehouse(tmp_path / "out.duckdb", {"bill__ap_ageing": rows})
    said = failed(tmp_path, "out.duckdb", code=ExitCode.USAGE)
    assert said.startswith("the models have 21 organizations, and a page has at most 20: choose with --organization")
    page(tmp_path, "--organization", "00807", "--organization", "00809")


def test_lines_of_other_years_and_without_a_date_are_counted_beside(tmp_path: Path) -> None:
    books = Books()
    books.line("A", "Rent", books.as_of.replace(day=1), "10.00")
    books.line("A", "Rent", books.as_of.replace(year=2020, day=1), "500.00")
    books.line("A", "Rent", books.as_of.replace(year=2098, day=1), "7.00")
    books.line("A", "Rent", None, "0.50")
    books.ageing("bill__ap_ageing", "A", ("1", "0", "0", "0", "0"))
    make_warehouse(tmp_path / "out.duckdb", books.rows)
    found = page(tmp_path)
    assert found.part(VENDORS).row("total")["amount"] == "10.00"
    for name in (VENDORS, ACCOUNTS):
        assert "Outside these months, or without a date: 3 lines, 507.50." in found.part(name).text


def test_the_year_of_the_spend_ends_with_the_last_month_that_has_lines(tmp_path: Path) -> None:
    books = Books()
    books.line("A", "Rent", books.as_of.replace(year=2019, month=3, day=1), "10.00")
    books.line("A", "Rent", books.as_of.replace(year=2019, month=1, day=1), "2.00")
    books.line("A", "Rent", books.as_of.replace(year=2022, month=1, day=1), "0.70")
    books.ageing("bill__ap_ageing", "A", ("1", "0", "0", "0", "0"))
    make_warehouse(tmp_path / "out.duckdb", books.rows)
    part = page(tmp_path).part(ACCOUNTS)
    assert part.names == ["2019-01", "2019-02", "2019-03", "total"]
    assert "1 line, 0.70." in part.text


def test_more_accounts_than_colours_stand_together(tmp_path: Path) -> None:
    books = Books()
    for number in range(9):
        books.line("A", f"Account {number}", books.as_of.replace(day=1), f"{100 - number}.25")
    books.line("A", None, books.as_of.replace(day=1), "900.00")
    make_warehouse(tmp_path / "out.duckdb", books.rows)
    heads, *rows = page(tmp_path).part(ACCOUNTS).tables[0]
    assert heads == [
        "month",
        "(no account)",
        *(f"Account {number}" for number in range(5)),
        "4 other accounts",
        "total",
    ]
    assert rows[-1][-2:] == ["375.00", "1,766.25"]


def test_a_direction_that_is_none_is_named_and_nothing_is_guessed(tmp_path: Path) -> None:
    books = plain_books()
    books.week("sideways", 1, "5")
    make_warehouse(tmp_path / "out.duckdb", books.rows)
    assert "bill__cash_forecast.direction is sideways; `in` and `out` are known" in page(tmp_path).part(FORECAST).text


def test_weeks_without_a_row_are_there_and_late_ones_in_one_row(tmp_path: Path) -> None:
    books = Books()
    books.week("in", 0, "1.00")
    books.week("out", 3, "2.00", "0.25")
    books.week("out", 12, "4.00")
    books.week("out", 99, "8.00")
    books.week("in", None, "16.00")
    make_warehouse(tmp_path / "out.duckdb", books.rows)
    part = page(tmp_path).part(FORECAST)
    weeks = ["2021-07-19", "2021-07-26", "2021-08-02", "2021-08-09"]
    assert part.names == ["overdue", *weeks, "later", "total"]
    assert (part.row("2021-07-26")["net"], part.row("2021-08-09")["net"]) == ("0.00", "-2.25")
    assert part.row("later")["out, due"] == "12.00"
    assert part.row("total")["net"] == "2.75"


def test_the_newest_account_of_a_folder_and_others_by_name_are_on_the_page(tmp_path: Path) -> None:
    make_warehouse(tmp_path / "out.duckdb", plain_books().rows)
    reports = tmp_path / "reports"
    reports.mkdir()
    newest = "20261129T220000123Z-7"
    for name, more in (("20261128T220000000Z-9", {"input": "old.csv"}), (newest, {})):
        (reports / f"{name}.json").write_text(json.dumps({**ACCOUNT, **more}))
    (reports / f"{newest}-receipts.json").write_text("{}")
    broken = {**ACCOUNT, "adds_up": False, "ended": "stopped by Ctrl-C", "started_at": "2026-11-30T01:02:03Z"}
    (tmp_path / "stopped.json").write_text(json.dumps(broken))
    found = page(tmp_path, "--load", "reports", "--load", "stopped.json", "--load", f"reports/{newest}.json")
    part = found.part("Load of 2026-11-29 22:00:00 UTC")
    assert part.row("bills") == {
        "stream": "bills",
        "received": "3",
        "created": "2",
        "unchanged": "0",
        "rejected": "1",
        "money received": "30.50",
        "of it rejected": "10.25",
    }
    assert part.tables[1][1] == ["bills", "dueDate: BILL requires <this> field", "1", "10.25"]
    assert "From ap.csv." in part.text
    assert "2 x vendors created on the way" in part.text
    stopped = found.part("Load of 2026-11-30 01:02:03 UTC")
    assert "THE ACCOUNT DOES NOT ADD UP: the run ended before its end (stopped by Ctrl-C)" in stopped.text


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.json", "{", "a.json is no account that target-bill has written: "),
        ("a.json", "[]", "a.json is no account that target-bill has written: "),
        ("a.json", '{"kind": "plan"}', "a.json is no account that target-bill has written: "),
        ("a.json", json.dumps({**ACCOUNT, "streams": {"bills": {**STREAM, "created": "2"}}}), "a.json is no account"),
        ("a.json", json.dumps({**ACCOUNT, "streams": {"bills": {**STREAM, "received_money": "x"}}}), "a.json is no"),
        ("none.json", None, "there is no account none.json: name a file or the folder of `report_dir`"),
        ("empty/x.txt", "", "empty has no account of a load: name the `report_dir` of target-bill"),
    ],
)
def test_what_is_no_account_of_a_load_is_named(tmp_path: Path, name: str, content: str | None, said: str) -> None:
    make_warehouse(tmp_path / "out.duckdb", plain_books().rows)
    if content is not None:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    given = name.split("/", maxsplit=1)[0]
    code = ExitCode.REFUSED if name == "a.json" else ExitCode.USAGE
    assert failed(tmp_path, "out.duckdb", "--load", given, code=code).startswith(said)
    assert not (tmp_path / "report.html").exists()


def test_the_page_is_never_written_over_the_warehouse(tmp_path: Path) -> None:
    make_warehouse(tmp_path / "out.duckdb", plain_books().rows)
    (tmp_path / "link.html").symlink_to(tmp_path / "out.duckdb")
    for output in ("out.duckdb", "./out.duckdb", "link.html"):
        assert "is the warehouse: name another file" in failed(
            tmp_path, "out.duckdb", "--to-file", output, code=ExitCode.USAGE
        )
    assert run_report(tmp_path, "out.duckdb").returncode == 0


def test_a_page_that_cannot_be_written_is_named_and_leaves_nothing(tmp_path: Path) -> None:
    make_warehouse(tmp_path / "out.duckdb", plain_books().rows)
    (tmp_path / "file").write_text("")
    assert "file" in failed(tmp_path, "out.duckdb", "--to-file", "file/report.html")
    assert run_report(tmp_path, "out.duckdb", "--to-file", "new/folder/report.html").returncode == 0
    assert {each.name for each in (tmp_path / "new" / "folder").iterdir()} == {"report.html"}


def test_a_page_that_does_not_fit_on_the_disk_is_not_there_in_part(tmp_path: Path) -> None:
    make_warehouse(tmp_path / "out.duckdb", plain_books().rows)
    ran = subprocess.run(
        ["/bin/sh", "-c", SMALL.format(python=sys.executable)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (1, "bill-report: the output cannot be written (File too large)\n")
    assert {each.name for each in tmp_path.iterdir()} == {"out.duckdb"}


def test_a_wrong_option_is_a_matter_of_usage(tmp_path: Path) -> None:
    for arguments in ([], ["out.duckdb", "--top", "0"], ["out.duckdb", "--top", "1_0"], ["out.duckdb", "--nothing"]):
        assert run_report(tmp_path, *arguments).returncode == 2


def test_the_organization_is_named_by_its_id_where_nothing_else_is_known(tmp_path: Path) -> None:
    make_warehouse(tmp_path / "out.duckdb", plain_books().rows, names={ORGANIZATION: ""})
    assert ORGANIZATION in page(tmp_path).text
