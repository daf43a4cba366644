"""A wrong setting fails at the start: where it is, what was given, what is allowed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from csv_tap import BILL_COLUMNS, BILL_HEADER, BILL_LINES, Json, bills, run_tap
from programs import run_text

from bill_documents.errors import InputError
from bill_documents.mapping.declaration import ColumnEntry, FileEntry
from bill_documents.mapping.entries import parse_files
from bill_program.errors import SettingsError
from bill_program.settings import declared
from tap_bill_csv.tap import TapBillCsv

ROOT = Path(__file__).parents[2]
LINE = "Ace,1,2021-06-01,1,x\n"
ENTRY_KEYS = tuple(each.name for each in declared(FileEntry))
COLUMN_KEYS = tuple(each.name for each in declared(ColumnEntry))


@pytest.mark.parametrize(
    ("wrong", "setting", "said"),
    [
        ({"stream": "bill"}, "files[0].stream", ['is "bill", which is not a stream of BILL', 'did you mean "bills"']),
        ({"stream": "users"}, "files[0].stream", ['"users", which cannot be loaded: its fields are not known well']),
        ({"stream": "sent_pays"}, "files[0].stream", ["which cannot be loaded: BILL offers no create of it"]),
        ({"colums": {}}, "files[0].colums", ["did you mean `columns`?"]),
        ({"nonsense": {}}, "files[0].nonsense", ["known are path, stream, template, "]),
        ({"columns": {"vendorNam": "Supplier"}}, "files[0].columns.vendorNam", ['did you mean "vendorName"']),
        ({"columns": {"dueAmount": "Amount"}}, "files[0].columns.dueAmount", ["not a field that can be written here"]),
        (
            {"columns": BILL_COLUMNS | {"dueDate": "Dat"}},
            "files[0].columns.dueDate",
            ['bills.csv has no column "Dat"', 'did you mean "Date"', '"Supplier", "Number", "Date", "Amount", "What"'],
        ),
        ({"lines": {"columns": {"amount": "Net"}}}, "files[0].lines.columns.amount", ['has no column "Net"']),
        ({"lines": {"columns": {"amnt": "Amount"}}}, "files[0].lines.columns.amnt", ['did you mean "amount"']),
        ({"lines": {"array": "lines"}}, "files[0].lines.array", ['"billLineItems"']),
        ({"lines": {"columns": {}}}, "files[0].lines.columns", ["bills need lines"]),
        ({"path": "bils.csv"}, "files[0].path", ['no file "bils.csv"', 'did you mean "bills.csv"']),
        ({"path": "*.txt"}, "files[0].path", ['no file matches "*.txt"']),
        ({"path": "empty"}, "files[0].path", ['the folder "empty" has no file that ends in one of .csv']),
        ({"path": "b" * 300}, "files[0].path", ["cannot be looked for: File name too long"]),
        ({"path": 5}, "setting `files[0].path` is 5", ["allowed is a string"]),
        (
            {"group_by": ["Date", "vendorNam"]},
            "files[0].group_by[1]",
            ['"vendorNam" is neither a field nor a column of bills.csv', 'did you mean "vendorName"'],
        ),
        ({"group_by": ["Nummber"]}, "files[0].group_by[0]", ['did you mean "Number" or "invoiceNumber"?']),
        (
            {"group_by": ["Amount"]},
            "files[0].group_by[0]",
            ['"Amount" is a column of bills.csv that feeds no field of the head', '"Supplier", "Number", "Date"'],
        ),
        ({"group_by": ["poNumber"]}, "files[0].group_by[0]", ['"poNumber" is fed by no column']),
        (
            {"where": '"Amout" > 1'},
            "files[0].where",
            ['names a column "Amout", which is not', 'did you mean "Amount"?'],
        ),
        ({"where": "uper('x') = 'X'"}, "files[0].where", ["uper('x') = 'X'", 'Did you mean "upper"?']),
        (
            {"reject": [{"when": "Suplier = ''", "reason": "x"}]},
            "files[0].reject[0].when",
            ['names a column "Suplier", which is not there', 'did you mean "Supplier"?'],
        ),
        (
            {"columns": BILL_COLUMNS | {"dueDate": {"expression": '"Dat"'}}},
            "files[0].columns.dueDate.expression",
            ['names a column "Dat", which is not there', 'did you mean "Date"?'],
        ),
        (
            {"lines": {"columns": {"amount": "Amount", "itemName": {"expression": "upper(Wat)"}}}},
            "files[0].lines.columns.itemName.expression",
            ['names a column "Wat"', 'did you mean "What"?'],
        ),
        (
            {"lines": {"columns": {"amount": "Amount", "invoiceDate": "Date"}}},
            "files[0].lines.columns.invoiceDate",
            ['"invoiceDate" is not a field that can be written here; it belongs in files[0].columns'],
        ),
        (
            {"defaults": {"amountt": "1"}},
            "files[0].defaults.amountt",
            ['"amountt" is not a field that can be written here', 'did you mean "amount"'],
        ),
        (
            {"columns": BILL_COLUMNS | {"itemName": "What"}},
            "files[0].columns.itemName",
            ["it belongs in files[0].lines.columns"],
        ),
        (
            {"lines": {"columns": {"amount": "Amount"}, "defaults": {"poNumber": "x"}}},
            "files[0].lines.defaults.poNumber",
            ["it belongs in files[0].defaults"],
        ),
        ({"totals": "no"}, "files[0].totals", ["is 'no'", "true or false"]),
        ({"date_format": "TT.MM.JJJJ"}, "files[0].date_format", ['"TT.MM.JJJJ"', 'did you mean "%d.%m.%Y"?']),
        (
            {"columns": BILL_COLUMNS | {"dueDate": {"column": "Date", "date_format": "MM/DD/YY"}}},
            "files[0].columns.dueDate.date_format",
            ['"MM/DD/YY"', 'did you mean "%m/%d/%y"?'],
        ),
        (
            {"defaults": {"dueDate": {"field": "invoiceDat", "add_days": 3}}},
            "files[0].defaults.dueDate.field",
            ['"invoiceDat" is not a date', 'did you mean "invoiceDate"?'],
        ),
        ({"columns": {"invoiceNumber": "Number"}}, "files[0].columns", ["vendorId or vendorName or vendorShortName"]),
        (
            {"date_format": "dd/mm/yyyy"},
            "files[0].date_format",
            ['"dd/mm/yyyy", which does not describe a day', "%d/%m/%Y"],
        ),
        ({"date_format": "%d/%m"}, "files[0].date_format", ["does not tell day, month and year"]),
        ({"encoding": "utf-9"}, "files[0].encoding", ['is "utf-9", which is no encoding', '"cp1252"']),
        ({"delimiter": "||"}, "files[0].delimiter", ['is "||", which cannot part columns']),
        ({"defaults": {"dueDate": "soon"}}, "files[0].defaults.dueDate", ['"soon": ', "not a day like 2026-01-31"]),
        (
            {"defaults": {"dueDate": {"field": "glPostingDate", "add_days": 3}}},
            "files[0].defaults.dueDate.field",
            ['"glPostingDate", which neither a column nor a constant feeds'],
        ),
        ({"defaults": {"dueDate": {"field": "invoiceDate"}}}, "files[0].defaults.dueDate.add_days", ["whole number"]),
        (
            {"defaults": {"poNumber": {"field": "invoiceDate", "add_days": 3}}},
            "files[0].defaults.poNumber",
            ["is not a date"],
        ),
        ({"defaults": {"invoiceNumber": "?"}}, "files[0].defaults.invoiceNumber", ["takes no default"]),
        (
            {"columns": {}, "defaults": {"vendorName": "Ace", "invoiceNumber": "1"}},
            "files[0].group_by",
            ["no column of bills.csv feeds vendorName, invoiceNumber: all rows would be one document"],
        ),
        ({"stream": "vendors", "columns": {"name": "Supplier"}}, "files[0].lines", ["vendors have no lines"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_setting_is_named_with_what_is_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: Json, setting: str, said: list[str]
) -> None:
    (tmp_path / "bills.csv").write_text(BILL_HEADER + LINE)
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises((InputError, SettingsError)) as caught:
        TapBillCsv(config={"files": [bills() | wrong]})
    for text in [setting, *said]:
        assert text in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "setting `files` is missing: The files, and what their rows become."),
        ({"files": []}, "setting `files` is empty; name at least one"),
        ({"files": [bills()]}, 'setting `files[0].path`: no file "bills.csv"'),
    ],
)
def test_the_command_fails_in_one_line_before_it_sends_anything(tmp_path: Path, settings: Json, said: str) -> None:
    run = run_tap(tmp_path, settings=settings)
    assert run.error.startswith(said)
    assert run.messages == []


def test_a_config_file_that_is_missing_or_no_json_fails_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("{files: []}")
    for name in ("nope.json", "bad.json"):
        assert run_tap(tmp_path, args=("--config", name)).error.startswith(f"--config {name}: ")


def test_the_page_has_every_key() -> None:
    section = (
        (ROOT / "docs" / "csv.md").read_text().partition("Each entry of `files`")[2].partition("\n## An expression")[0]
    )
    assert tuple(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == ENTRY_KEYS
    assert {key for key in COLUMN_KEYS if f"`{key}" not in section and f"{{{key}: " not in section} == set()


def test_about_has_every_key() -> None:
    entry = TapBillCsv.config_jsonschema["properties"]["files"]["items"]["properties"]
    assert set(entry) == set(ENTRY_KEYS)


def test_everything_that_is_wrong_in_the_files_is_said_at_once(tmp_path: Path) -> None:
    first = bills(skip=-1, lines={"columns": ["amount"], "colums": {}}, reject=[{"when": "true"}], group_by=["a", 5])
    columns = {"name": {"column": "A", "round": 11}, "phone": {}}
    second: Json = {"path": None, "columns": columns, "defaults": {"name": []}}
    run = run_tap(tmp_path, first, second, settings={"files": [first, second], "file": []})
    lines = run.stderr.splitlines()
    said = [line.removeprefix("tap-bill-csv: ") for line in lines if "setting `" in line]
    assert [line.split("`")[1] for line in said] == [
        "files[0].lines.colums",
        "files[0].lines.columns",
        "files[0].group_by[1]",
        "files[0].reject[0].reason",
        "files[0].skip",
        "files[1].path",
        "files[1].columns.name.round",
        "files[1].columns.phone",
        "files[1].defaults.name",
        "file",
    ]


@pytest.mark.parametrize("key", [each for each in ENTRY_KEYS if each not in {"path", "stream", "columns", "lines"}])
def test_a_null_in_an_entry_is_as_if_it_were_not_given(tmp_path: Path, key: str) -> None:
    (tmp_path / "bills.csv").write_text(BILL_HEADER + LINE)
    (given,) = parse_files([bills() | {key: None}])
    (absent,) = parse_files([bills()])
    assert (given.entry, given.writing, given.not_keys) == (absent.entry, absent.writing, absent.not_keys)


@pytest.mark.parametrize("key", ["where", "encoding", "delimiter", "decimal", "stream"])
def test_an_empty_text_in_an_entry_is_a_value_and_refused_where_it_means_nothing(key: str) -> None:
    with pytest.raises(SettingsError, match=rf"^setting `files\[0\]\.{key}` is "):
        parse_files([bills() | {key: ""}])


@pytest.mark.parametrize(
    ("group_by", "key"),
    [
        (["Supplier", "Number"], ["vendorName", "invoiceNumber"]),
        (["number", "vendorName", " SUPPLIER "], ["invoiceNumber", "vendorName"]),
        (["invoiceNumber"], ["invoiceNumber"]),
        (["Date"], ["invoiceDate"]),
    ],
)
def test_rows_are_grouped_by_fields_or_by_the_columns_that_feed_them(
    tmp_path: Path, group_by: list[str], key: list[str]
) -> None:
    (tmp_path / "bills.csv").write_text(BILL_HEADER + LINE + LINE)
    run = run_tap(tmp_path, bills(group_by=group_by))
    assert run.schema("bills")["key_properties"] == key
    assert [each["_source_rows"] for each in run.records("bills")] == [[2, 3]]


def test_a_name_that_is_both_a_field_and_a_column_of_another_means_the_field(tmp_path: Path) -> None:
    (tmp_path / "bills.csv").write_text("vendorName,invoiceNumber,Date,Amount,What\n1,Ace,2021-06-01,1,x\n")
    columns = {"vendorName": "invoiceNumber", "invoiceNumber": "vendorName", "invoiceDate": "Date"}
    run = run_tap(tmp_path, bills(columns=columns, group_by=["vendorName", "date"]))
    assert run.schema("bills")["key_properties"] == ["vendorName", "invoiceDate"]


def test_files_of_one_stream_share_their_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bills.csv").write_text(BILL_HEADER + LINE)
    monkeypatch.chdir(tmp_path)
    said = r"`files\[1\].group_by`: bills.csv is grouped by invoiceNumber, but bills.csv by vendorName, invoiceNumber"
    with pytest.raises(InputError, match=said):
        TapBillCsv(config={"files": [bills(), bills(group_by=["invoiceNumber"])]})


def test_discover_about_and_test_work(tmp_path: Path) -> None:
    (tmp_path / "bills.csv").write_text(BILL_HEADER + LINE)
    (tmp_path / "config.json").write_text(json.dumps({"files": [bills()]}))

    def said(*args: str) -> str:
        ran = run_text("tap_bill_csv", args, cwd=tmp_path)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    (stream,) = json.loads(said("--config", "config.json", "--discover"))["streams"]
    assert stream["key_properties"] == ["vendorName", "invoiceNumber"]
    assert stream["schema"]["additionalProperties"] is False
    line = stream["schema"]["properties"]["billLineItems"]["items"]
    assert line["properties"]["amount"]["type"] == ["number", "null"]
    assert stream["schema"]["properties"]["invoiceDate"] == {"type": ["string", "null"], "format": "date"}
    fixed = [each["breadcrumb"][-1] for each in stream["metadata"] if each["metadata"]["inclusion"] == "automatic"]
    assert {"_source_file", "_source_rows", "_source_errors"} <= set(fixed)
    assert '"RECORD"' in said("--config", "config.json", "--test")
    assert "not_keys" in said("--about", "--format", "json")


def test_a_missing_column_stops_discovery_and_the_test_alike(tmp_path: Path) -> None:
    (tmp_path / "bills.csv").write_text(BILL_HEADER + LINE)
    wrong = bills(columns=BILL_COLUMNS | {"dueDate": "Due"}, lines=BILL_LINES)
    for flag in ("--discover", "--test"):
        assert 'has no column "Due"' in run_tap(tmp_path, wrong, args=(flag,)).error


def test_errors_stay_in_the_record_whatever_is_selected(tmp_path: Path) -> None:
    (tmp_path / "bills.csv").write_text(BILL_HEADER + "Ace,1,2021-06-01,1.234,x\n")
    (tmp_path / "config.json").write_text(json.dumps({"files": [bills()]}))
    config = ("--config", "config.json")
    discovered = run_text("tap_bill_csv", [*config, "--discover"], cwd=tmp_path)
    catalog = json.loads(discovered.stdout)
    for each in catalog["streams"][0]["metadata"]:
        each["metadata"] = {"inclusion": "available", "selected": not each["breadcrumb"]}
    (tmp_path / "catalog.json").write_text(json.dumps(catalog))
    run = run_tap(tmp_path, bills())
    chosen = run_text("tap_bill_csv", [*config, "--catalog", "catalog.json"], cwd=tmp_path)
    (record,) = [json.loads(line)["record"] for line in chosen.stdout.splitlines() if '"RECORD"' in line]
    assert record["_source_errors"] == run.records("bills")[0]["_source_errors"]
    assert "invoiceDate" not in record
