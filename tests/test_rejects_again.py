"""Rejects on their way back: whatever the original was, its entry reads what was written down of it as it was."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from conftest import Ran, run
from csv_tap import BILL_COLUMNS, BILL_HEADER, bills, documents, run_tap
from effort import examples
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from spreadsheets import SPREADSHEETS
from target_run import account, bill, books, load, rejects, report, singer, vendors
from workbooks import write

from bill_api.entities import BY_STREAM
from bill_api.table.problem import Problem
from bill_documents.errors import InputError, SourceError
from bill_documents.mapping.guess import guess
from bill_values.exact_json import decode, encode
from bill_values.rejects import WHY
from target_bill.account.rejects import Rejects
from target_bill.input.parser import Origin, Parser
from target_bill.model.outcome import rejected
from target_bill.model.step import name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from random import Random

    from workbooks import Cell, Rows

    from bill_simulator import Simulator

HEADER = ["Supplier", "Number", "Date", "Amount", "What", "", "Note", "Note"]


@dataclass(frozen=True)
class Written:
    """The files that the target wrote of some records."""

    tables: Sequence[Path]
    workbooks: Sequence[Path]


def rejects_of(
    records: Iterable[dict[str, Any]], folder: Path, stream: str = "bills", *, run_name: str = "run"
) -> Written:
    """All of these records written down as rejects."""
    parser = Parser("", "", source="", clears=False, allow_negative=False)
    origin = Origin(entity=BY_STREAM[stream], stream=stream, incoming=stream)
    found = Rejects(lambda end: folder / f"{run_name}{end}", run_name)
    for record in records:
        document = parser.parse(origin, decode(encode(record)))
        found.add(rejected(document, *document.problems, Problem(field=None, reason="=for; a test,\nof two lines")))
    found.close()
    return Written(found.csv_paths, found.workbook_paths)


def read_back(entry: dict[str, Any], path: Path) -> list[dict[str, Any]]:
    return documents(entry | {"path": str(path)})[entry["stream"]]


def said(records: Iterable[dict[str, Any]]) -> list[Any]:
    """Records without what is of their file: its name, its rows and its delimiter."""
    own = {"_source_file", "_source_rows", "_source_errors", "_source_delimiter"}
    errors = ("column", "field", "value", "kind")
    return [
        (
            {name: value for name, value in record.items() if name not in own},
            [[each[name] for name in errors] for each in record["_source_errors"] or ()],
        )
        for record in records
    ]


def with_nothing_above(records: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Records as rejects have them: below a row that `where` leaves out, one was a rest of it, and is none there."""
    return [
        record
        | {
            "_source_errors": [
                each
                for each in record["_source_errors"] or ()
                if each["row"] != record["_source_rows"][0] or not each["kind"].startswith("rows have lines and no ")
            ]
        }
        for record in records
    ]


def delimiter_of(path: Path) -> str:
    """What stands behind the first column of a file of rejects."""
    return path.read_text(encoding="utf-8-sig").removeprefix(WHY[0])[0]


def rows_of(path: Path) -> list[list[str]]:
    """The rows of a file of rejects, as a spreadsheet that knows its delimiter opens them."""
    text = path.read_text(encoding="utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(path)))


def as_excel_saves_it(path: Path, language: str = "German") -> Path:
    """The same file as a spreadsheet saves it: with semicolons in Germany, in an encoding of Windows."""
    rows = rows_of(path)
    out = io.StringIO(newline="")
    spreadsheet = SPREADSHEETS[language]
    delimiter = ";" if spreadsheet.decimal == "," else ","
    csv.writer(out, delimiter=delimiter).writerows([map(spreadsheet.saved, row) for row in rows])
    saved = path.with_name("saved.csv")
    saved.write_bytes(out.getvalue().encode("cp1252"))
    return saved


def as_openpyxl_saves_it(path: Path) -> Path:
    """The same workbook, opened and saved once more."""
    saved = path.with_name("saved.xlsx")
    openpyxl.load_workbook(path).save(saved)
    return saved


ODD = (
    "=1+1",
    "'=1",
    "'00123",
    '="00123"',
    "'5",
    "-",
    "00123",
    "1,234.50",
    "1.234",
    "2026-01-02",
    " x ",
    '"',
    'a"b;c,d',
)
WORDS = ("Bürobedarf Müller", "Café", "Ace", "n/a", "#N/A", "1E+11", "zwei\nZeilen", "@x", "+49 30", "(hidde")
texts = st.sampled_from([*ODD, *WORDS, ""]) | st.text("ab \t=+-'\"@;,|0159.ü", max_size=6)
keys = st.sampled_from(["Ace", "Müller", "1", "RE-2026-0187", "00123", "=1", "", "'5", "n/a"])
amounts = st.sampled_from(["1", "-2,50", "1.234,56", "0,01", "17,5O", "", "=2", "(3,00)"])
days = st.sampled_from(["02.01.2026", "31.02.2026", "2026-01-02", ""])
tables = st.lists(st.tuples(keys, keys, days, amounts, texts, texts, texts, texts).map(list), min_size=1, max_size=8)

GERMAN: dict[str, Any] = {"decimal": ",", "date_format": ["%d.%m.%Y"]}
CONTAINERS: Sequence[dict[str, Any]] = (
    {},
    {"skip": 2, "delimiter": "|", "encoding": "cp1252"},
    {"delimiter": ";", "encoding": "utf-16", "quote": "'"},
    {"skip": 1, "fill_down": True, "encoding": "cp1252"},
    {"where": "\"Number\" <> '1'", "encoding": "cp1252"},
)


def entry_of(container: dict[str, Any]) -> dict[str, Any]:
    lines = {"columns": {"amount": "Amount", "description": "What"}}
    note = {"expression": 'coalesce("column 6", \'\') || "Note (2)"'}
    columns = {"vendorName": "Supplier", "invoiceNumber": "Number", "invoiceDate": "Date", "description": note}
    return bills(columns=columns, lines=lines, **GERMAN, **container)


def original(container: dict[str, Any], rows: Rows | list[list[str]], folder: Path) -> Path:
    """A CSV that is as its container says."""
    out = io.StringIO(newline="")
    out.writelines(["Open items\n"] * container.get("skip", 0))
    quote = container.get("quote", '"')
    csv.writer(out, delimiter=container.get("delimiter", ","), quotechar=quote).writerows([HEADER, *rows])
    path = folder / "original.csv"
    path.write_bytes(out.getvalue().encode(container.get("encoding", "utf-8")))
    return path


QUICK = (Phase.explicit, Phase.reuse, Phase.generate)
"""Each case takes a while: to look for the smallest one that fails would take minutes."""


@pytest.mark.parametrize(("delimiter", "written"), [(";", ";"), (",", ","), ("|", ","), ("\t", ",")])
def test_rejects_are_parted_as_the_original_where_spreadsheets_know_that(
    tmp_path: Path, delimiter: str, written: str
) -> None:
    """A spreadsheet opens a CSV with the delimiter of its language, and shows any other file in one column."""
    rows = [["Ace; Bee", "1.10", "02.01.2026", "17,5O", 'a "b", c;d\te|f', "", "", ""]]
    entry = entry_of({"delimiter": delimiter})
    records = read_back(entry, original({"delimiter": delimiter}, rows, tmp_path))
    (table,) = rejects_of(records, tmp_path).tables
    assert delimiter_of(table) == written
    assert said(read_back(entry, table)) == said(records)
    assert said(read_back(entry, as_excel_saves_it(table))) == said(records)


@pytest.mark.parametrize("delimiter", ["x", "", "\n", 5, None, [","]])
def test_a_delimiter_that_is_none_is_not_written(tmp_path: Path, delimiter: Any) -> None:
    record = {"name": "A", "_source_cells": [{"a": "1", "b": "2"}], "_source_delimiter": delimiter}
    (table,) = rejects_of([record], tmp_path, "vendors").tables
    assert rows_of(table)[0] == [*WHY, "a", "b"]
    assert delimiter_of(table) == ","


@pytest.mark.slow
@settings(max_examples=examples(25), phases=QUICK)
@given(tables, st.sampled_from(CONTAINERS))
def test_rejects_of_any_file_are_read_as_it_was(rows: list[list[str]], container: dict[str, Any]) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        entry = entry_of(container)
        records = read_back(entry, original(container, rows, folder))
        if not records:
            return
        written = rejects_of(records, folder)
        assert written.workbooks == []
        (table,) = written.tables
        expected = said(with_nothing_above(records))
        assert said(read_back(entry, table)) == expected
        # Of texts that are no words nothing but the entry can tell the code page.
        assert said(read_back(entry | {"encoding": "cp1252"}, as_excel_saves_it(table))) == expected


def test_a_row_below_one_that_is_not_wanted_stands_alone_among_rejects(tmp_path: Path) -> None:
    rows = [["Ace", "1", "", "9", *[""] * 4], ["", "", "", "5", *[""] * 4]]
    entry = entry_of({"where": "\"Number\" <> '1'"})
    records = read_back(entry, original({}, rows, tmp_path))
    (table,) = rejects_of(records, tmp_path).tables
    again = read_back(entry, table)
    assert said(again) == said(with_nothing_above(records)) != said(records)
    assert [[each["field"] for each in record["_source_errors"]] for record in again] == [
        ["vendorName", "invoiceNumber"]
    ]


def test_a_row_without_its_number_does_not_go_to_a_record_that_stands_above_it_among_rejects_alone(
    tmp_path: Path,
) -> None:
    """Below a bill of another vendor it was nobody's line; the rows of that bill are brought together."""
    rows = [["Bee", "2", "soon", "1"], ["Ace", "1", "soon", "2"], ["Bee", "2", "soon", "3"], ["Ace", "", "", "4"]]
    entry = entry_of({})
    records = read_back(entry, original({}, [[*each, "", "", "", ""] for each in rows], tmp_path))
    assert [len(each["billLineItems"]) for each in records] == [2, 1, 1]
    (table,) = rejects_of(records, tmp_path).tables
    assert said(read_back(entry, table)) == said(records)
    assert said(read_back(entry, as_excel_saves_it(table))) == said(records)


typed_texts: st.SearchStrategy[Cell] = st.sampled_from([12345, 0.1, date(2026, 1, 2), True, 1136.84, *ODD, *WORDS, ""])
typed_amounts: st.SearchStrategy[Cell] = st.sampled_from([1, 0.1, 1136.8400000000001, -3, "1.234,56", "12,50", 0.015])
typed_days: st.SearchStrategy[Cell] = st.sampled_from([date(2026, 1, 2), date(2026, 12, 31), "02.01.2026", "soon", ""])
typed_keys: st.SearchStrategy[Cell] = st.sampled_from(["Ace", "Müller", 12345, "00123", "12345"])
typed_tables = st.lists(
    st.tuples(typed_keys, typed_keys, typed_days, typed_amounts, *[typed_texts] * 4).map(list), min_size=1, max_size=8
)


@pytest.mark.slow
@settings(max_examples=examples(12), phases=QUICK)
@given(typed_tables)
def test_rejects_of_any_workbook_are_read_as_it_was(rows: Rows) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        entry = entry_of({"sheet": "Payables", "skip": 1})
        write(folder / "original.xlsx", {"Payables": [["Open items"], [*HEADER], *rows], "Notes": [["x"]]})
        records = read_back(entry, folder / "original.xlsx")
        written = rejects_of(records, folder)
        (table,), (workbook,) = written.tables, written.workbooks
        texts_only = [{key: value for key, value in each.items() if key != "_source_typed"} for each in records]
        by_excel = as_excel_saves_it(table)
        for path in (table, workbook, by_excel, as_openpyxl_saves_it(workbook)):
            expected = records if path.suffix == ".xlsx" else texts_only
            more = {"encoding": "cp1252"} if path == by_excel else {}
            assert said(read_back(entry | more, path)) == said(expected), path


def test_the_workbook_has_days_as_days_and_amounts_as_numbers_and_no_formula(tmp_path: Path) -> None:
    day = date(2026, 1, 2)
    sound: list[Cell] = ["Ace", "00123", day, 10.5, "=1+1", "", "", ""]
    others: list[Cell] = ["Ace", "00123", "soon", "12,50", "'=1", "", "", 7]
    write(tmp_path / "original.xlsx", {"Bills": [[*HEADER], sound, others]})
    records = read_back(entry_of({}), tmp_path / "original.xlsx")
    (path,) = rejects_of(records, tmp_path).workbooks
    sheet = openpyxl.load_workbook(path).worksheets[0]
    header, first, second = ([cell.value for cell in row] for row in sheet.iter_rows())
    assert header == [*WHY, *HEADER[:5], "column 6", "Note", "Note (2)"]
    assert [getattr(each, "date", lambda each=each: each)() for each in first[len(WHY) : len(WHY) + 5]] == [
        "Ace",
        "00123",
        day,
        10.5,
        "=1+1",
    ]
    assert second[len(WHY) : len(WHY) + 5] == ["Ace", "00123", "soon", "12,50", "=1"]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d"}
    assert path.stat().st_mode & 0o777 == 0o600


# What was wrong and what was found, end to end


ENTRY: dict[str, Any] = {
    "path": "payables.csv",
    "stream": "bills",
    "columns": {"vendorName": "Lieferant", "invoiceNumber": "Beleg", "invoiceDate": "Datum", "dueDate": "Datum"},
    "lines": {"columns": {"amount": "Betrag", "description": "Text"}},
    "skip": 2,
    "delimiter": "|",
    "encoding": "cp1252",
    **GERMAN,
}
OF_A_WORKBOOK: dict[str, Any] = {"encoding": None, "delimiter": None}

PAYABLES = """Offene Posten

Lieferant|Beleg|Datum|Betrag|Text
Bürobedarf Müller|RE-2026-0187|02.01.2026|17,5O|Stühle
Bürobedarf Müller|00123|02.01.2026|10,50|=1+1
Bürobedarf Müller|00124|31.02.2026|17,5O|Tische
Nobody|7|02.01.2026|1.000,00|Lampen
Bürobedarf Müller|RE-2026-0187|02.01.2026|2,00|Rollen
Nobody|8|02.01.2026|5,00|
"""
WRONG = {"17,5O": "17,50", "31.02.2026": "28.02.2026", "Nobody": "Bürobedarf Müller"}


def loaded(simulator: Simulator, folder: Path, **entry: Any) -> Ran:
    read = run("tap_bill_csv", {"files": [ENTRY | entry]}, folder)
    assert read.code == 0, read.err
    return load(simulator, folder, read.out)


def corrected_csv(path: Path) -> Path:
    text = path.read_text(encoding="utf-8-sig")
    for wrong, right in WRONG.items():
        text = text.replace(wrong, right)
    path.with_name("corrected.csv").write_text(text, encoding="utf-8")
    return as_excel_saves_it(path.with_name("corrected.csv"))


def test_a_corrected_file_of_rejects_loads_with_the_entry_of_the_original_and_nothing_twice(
    empty: Simulator, tmp_path: Path
) -> None:
    (tmp_path / "payables.csv").write_text(PAYABLES, encoding="cp1252")
    load(empty, tmp_path, singer(vendors("Bürobedarf Müller")))
    assert loaded(empty, tmp_path).code == 1
    assert account(tmp_path, "bills") == {"created": 1, "rejected": 4}
    (table,) = report(tmp_path)["rejects_csv"]
    saved = corrected_csv(tmp_path / table)
    for verdict in ("created", "unchanged"):
        ran = loaded(empty, tmp_path, path=str(saved))
        assert ran.code == 0, ran.err
        assert account(tmp_path, "bills") == {verdict: 4}
    mended = PAYABLES
    for wrong, right in WRONG.items():
        mended = mended.replace(wrong, right)
    (tmp_path / "payables.csv").write_text(mended, encoding="cp1252")
    assert loaded(empty, tmp_path).code == 0
    # Those of the other vendor have another key now: it is the key, and not the file, by which a record is known.
    assert account(tmp_path, "bills") == {"unchanged": 5}
    found = {each["invoiceNumber"]: each["amount"] for each in books(empty, "Bill")}
    assert found == {
        "RE-2026-0187": Decimal("19.5"),
        "00123": Decimal("10.5"),
        "00124": Decimal("17.5"),
        "7": Decimal(1000),
        "8": Decimal(5),
    }


CHANGED_NUMBERS = ("1.10", "1E5", "MAR1", "Mar 5", "12:30", "TRUE", "+7", "1 1/2", "5%", "00123", "10.5", "R5")


@pytest.mark.parametrize("language", SPREADSHEETS)
def test_a_bill_that_was_corrected_in_a_spreadsheet_is_that_of_the_original(
    empty: Simulator, tmp_path: Path, language: str
) -> None:
    """Whatever its number looks like, and in whatever language the spreadsheet is."""
    entry = bills(columns=BILL_COLUMNS | {"dueDate": "Date"})
    wrong = "".join(f"Ace,{number},2026-01-02,1.O0,x\n" for number in CHANGED_NUMBERS)
    (tmp_path / "bills.csv").write_text(BILL_HEADER + wrong)
    load(empty, tmp_path, singer(vendors("Ace")))
    load(empty, tmp_path, run("tap_bill_csv", {"files": [entry]}, tmp_path).out)
    (table,) = report(tmp_path)["rejects_csv"]
    saved = as_excel_saves_it(tmp_path / table, language)
    for path in (saved, tmp_path / "bills.csv"):
        path.write_bytes(path.read_bytes().replace(b"1.O0", b"1.00"))
    assert load(empty, tmp_path, run("tap_bill_csv", {"files": [entry | {"path": str(saved)}]}, tmp_path).out).code == 0
    assert load(empty, tmp_path, run("tap_bill_csv", {"files": [entry]}, tmp_path).out).code == 0
    assert account(tmp_path, "bills") == {"unchanged": len(CHANGED_NUMBERS)}
    assert sorted(each["invoiceNumber"] for each in books(empty, "Bill")) == sorted(CHANGED_NUMBERS)


def test_a_bill_whose_rows_lack_its_number_is_rejected_whole_and_loads_whole_without_its_total(
    empty: Simulator, tmp_path: Path
) -> None:
    rows = """Ace|1|02.01.2026|100,00|x
Ace|||12,-|y
Ace|2|02.01.2026|100,00|x
Ace|2|02.01.2026|12,-|y
Ace|2|02.01.2026|112,00|Total
"""
    (tmp_path / "payables.csv").write_text(f"\n\nLieferant|Beleg|Datum|Betrag|Text\n{rows}", encoding="cp1252")
    load(empty, tmp_path, singer(vendors("Ace")))
    assert loaded(empty, tmp_path).code == 1
    assert account(tmp_path, "bills") == {"created": 1, "rejected": 1}
    (table,) = report(tmp_path)["rejects_csv"]
    ran = loaded(empty, tmp_path, path=str(tmp_path / table), fill_down=True)
    assert ran.code == 0, ran.err
    assert {each["invoiceNumber"]: each["amount"] for each in books(empty, "Bill")} == {"1": 112, "2": 112}


def test_a_corrected_workbook_of_rejects_loads_so_too(empty: Simulator, tmp_path: Path) -> None:
    day = date(2026, 1, 2)
    header: list[Cell] = ["Lieferant", "Beleg", "Datum", "Betrag", "Text"]
    rows: Rows = [["Ace", "1", day, 10.5, "x"], ["Ace", "00123", day, "17,5O", "=1+1"], ["Ace", "00123", day, 0.1, "y"]]
    write(tmp_path / "payables.xlsx", {"Posten": [["Offene Posten"], [], header, *rows], "Notes": [["n"]]})
    load(empty, tmp_path, singer(vendors("Ace")))
    loaded(empty, tmp_path, path="payables.xlsx", sheet="Posten", **OF_A_WORKBOOK)
    assert account(tmp_path, "bills") == {"created": 1, "rejected": 1}
    (name,) = report(tmp_path)["rejects_workbooks"]
    book = openpyxl.load_workbook(tmp_path / name)
    sheet = book.worksheets[0]
    (cell,) = (each for row in sheet.iter_rows() for each in row if each.value == "17,5O")
    cell.value = 17.5
    book.save(tmp_path / "corrected.xlsx")
    ran = loaded(empty, tmp_path, path="corrected.xlsx", sheet="Posten", **OF_A_WORKBOOK)
    assert ran.code == 0, ran.err
    assert account(tmp_path, "bills") == {"created": 1}
    found = {each["invoiceNumber"]: each["amount"] for each in books(empty, "Bill")}
    assert found == {"1": Decimal("10.5"), "00123": Decimal("17.6")}
    texts = [line["description"] for each in books(empty, "Bill") for line in each["billLineItems"]]
    assert sorted(texts) == ["=1+1", "x", "y"]


def test_without_the_library_rejects_of_a_workbook_are_csv_and_that_is_said(empty: Simulator, tmp_path: Path) -> None:
    (tmp_path / "xlsxwriter.py").write_text("raise ModuleNotFoundError(name='xlsxwriter')")
    write(
        tmp_path / "payables.xlsx", {"A": [["Lieferant", "Beleg", "Datum", "Betrag", "Text"], ["A", "1", "", "x", ""]]}
    )
    ran = loaded(empty, tmp_path, path="payables.xlsx", skip=0, **OF_A_WORKBOOK)
    told = report(tmp_path)
    assert (len(told["rejects_csv"]), told["rejects_workbooks"]) == (1, [])
    assert ran.err.count("for .xlsx too, pip install 'bill-connector[xlsx]'") == 1


def test_one_mistake_in_many_rows_is_told_once_with_its_rows_and_money(empty: Simulator, tmp_path: Path) -> None:
    rows = "".join(f"Müller|{number}|02.01.2026|{number},5|ok\n" for number in range(1, 21))
    wrong = "".join(f"Müller|W{number}|2026-01-{number:02}|1,25|x\n" for number in range(1, 13))
    (tmp_path / "payables.csv").write_text(f"-\n-\nLieferant|Beleg|Datum|Betrag|Text\n{rows}{wrong}", encoding="cp1252")
    load(empty, tmp_path, singer(vendors("Müller")))
    ran = loaded(empty, tmp_path)
    told = report(tmp_path)["reasons"]
    kind = "column 'Datum': not a date in the format %d.%m.%Y"
    assert [(each["field"], each["reason"], each["records"], each["money"]) for each in told] == [
        ("invoiceDate", kind, 12, "15.00"),
        ("dueDate", kind, 12, "15.00"),
    ]
    assert told[0]["examples"][0] == {
        "source_key": "Müller / W1",
        "file": "payables.csv",
        "rows": [24],
        "reason": "row 24, column 'Datum': '2026-01-01' is refused: not a date in the format %d.%m.%Y",
    }
    assert f"rejected: 12 x bills: invoiceDate: {kind} (such as: row 24, " in ran.err
    assert "; 15.00 in rows 24, 25, 26, ... of payables.csv." in ran.err
    assert "\\u00fc" not in "".join(
        each.read_text() for each in (tmp_path / ".bill/reports").iterdir() if each.suffix != ".xlsx"
    )


def test_all_problems_of_a_record_stand_in_its_row(empty: Simulator, tmp_path: Path) -> None:
    (tmp_path / "payables.csv").write_text(PAYABLES, encoding="cp1252")
    loaded(empty, tmp_path)
    (path,) = report(tmp_path)["rejects_csv"]
    rows = list(csv.DictReader(io.StringIO((tmp_path / path).read_text(encoding="utf-8-sig"))))
    (row,) = (each for each in rows if each["Beleg"] == "'00124")
    assert row["reject_field"] == "invoiceDate; dueDate; billLineItems.amount"
    no_day = "row 6, column 'Datum': '31.02.2026' is refused: not a date in the format %d.%m.%Y"
    no_number = (
        "row 6, column 'Betrag': '17,5O' is refused: not a number; expected one like 1234,56, -1234,56 or (1234,56)"
    )
    assert row["reject_reason"] == (f"invoiceDate: {no_day}; dueDate: {no_day}; billLineItems.amount: {no_number}"), (
        "and not that fields are missing which could not be read"
    )
    told = next(each for each in rejects(tmp_path) if each["source_key"] == "Bürobedarf Müller / 00124")
    assert [each["field"] for each in told["problems"]] == ["invoiceDate", "dueDate", "billLineItems.amount"]


def test_a_file_of_rejects_is_announced_once_with_the_settings_that_it_leaves_aside(tmp_path: Path) -> None:
    (tmp_path / "payables.csv").write_text(PAYABLES, encoding="cp1252")
    (table,) = rejects_of(documents(ENTRY | {"path": str(tmp_path / "payables.csv")})["bills"], tmp_path).tables
    ran = run_tap(tmp_path, ENTRY | {"path": table.name})
    assert ran.stderr.count("a file of rejects") == 1
    assert "its first 8 columns are left aside; not used, because of the original: skip, delimiter\n" in ran.stderr


def test_a_line_of_a_file_of_rejects_is_never_taken_for_the_sum_of_those_above_it(tmp_path: Path) -> None:
    """In the original it was none: what stood above it there is not here."""
    header = "Supplier,Number,Date,Amount,What\n"
    rows = "X,1,2026-01-02,5,x\nA,2,2026-01-02,7,x\nB,3,2026-01-02,10,x\nB,3,2026-01-02,20,x\n,,,37,\n"
    (tmp_path / "bills.csv").write_text(header + rows)
    records = documents(bills(str(tmp_path / "bills.csv")))["bills"]
    assert [len(each["billLineItems"]) for each in records] == [1, 1, 3]
    (table,) = rejects_of(records[1:], tmp_path).tables
    assert said(documents(bills(str(table)))["bills"]) == said(records[1:])


@pytest.mark.parametrize(("text", "value"), [("(hidden)", None), ("98-7654321", "98-7654321"), ("", None)])
def test_a_hidden_number_must_be_written_again(tmp_path: Path, text: str, value: str | None) -> None:
    entry = {"path": str(tmp_path / "v.csv"), "stream": "vendors", "columns": {"name": "Name", "taxId": "Tax no"}}
    (tmp_path / "v.csv").write_text("Name,Tax no\nAce,12-3456789\n")
    (table,) = rejects_of(documents(entry)["vendors"], tmp_path, "vendors").tables
    assert "12-3456789" not in table.read_text()
    table.write_text(table.read_text().replace("(hidden)", text))
    (record,) = documents(entry | {"path": str(table)})["vendors"]
    assert record["taxId"] == value
    assert bool(record["_source_errors"]) is (text == "(hidden)")


def test_rejects_of_a_template_that_repeats_columns_are_of_that_template(tmp_path: Path) -> None:
    template = (
        "Customer name,Company name,Billing address,City,State,Country,,Shipping address,City,State,Country,Zip\n"
        "Ace,Ace Ltd,Road 1,Bath,TX,US,,Way 2,Hull,CA,US,00123\n"
    )
    (tmp_path / "customers.csv").write_text(template)
    entry = {"path": str(tmp_path / "customers.csv"), "stream": "customers"}
    records = documents(entry)["customers"]
    assert (records[0]["billAddressCity"], records[0]["shipAddressCity"]) == ("Bath", "Hull")
    (table,) = rejects_of(records, tmp_path, "customers").tables
    assert said(documents(entry | {"path": str(table)})["customers"]) == said(records)


def test_no_mapping_is_guessed_for_a_file_of_rejects(tmp_path: Path) -> None:
    (tmp_path / "payables.csv").write_text(PAYABLES, encoding="cp1252")
    (table,) = rejects_of(documents(ENTRY | {"path": str(tmp_path / "payables.csv")})["bills"], tmp_path).tables
    with pytest.raises(InputError, match="is a file of rejects: load it with the mapping of the file"):
        guess(str(table))


def rewritten(text: str, **dialect: Any) -> str:
    """The same rows in another dialect."""
    out = io.StringIO(newline="")
    csv.writer(out, **dialect).writerows(csv.reader(io.StringIO(text, newline="")))
    return out.getvalue()


RESAVED: dict[str, Callable[[str], bytes]] = {
    "quoted": lambda text: rewritten(text, quoting=csv.QUOTE_ALL).encode(),
    "utf-16": lambda text: text.encode("utf-16"),
    "tabs": lambda text: rewritten(text, delimiter="\t").encode("utf-16"),
    "sep": lambda text: ("sep=|\n" + rewritten(text, delimiter="|")).encode("utf-8-sig"),
}


@pytest.mark.parametrize("how", RESAVED)
def test_a_file_of_rejects_is_known_however_a_spreadsheet_has_saved_it(tmp_path: Path, how: str) -> None:
    (tmp_path / "payables.csv").write_text(PAYABLES, encoding="cp1252")
    records = documents(ENTRY | {"path": str(tmp_path / "payables.csv")})["bills"]
    (table,) = rejects_of(records, tmp_path).tables
    (tmp_path / "saved.csv").write_bytes(RESAVED[how](table.read_text(encoding="utf-8-sig")))
    assert said(documents(ENTRY | {"path": str(tmp_path / "saved.csv")})["bills"]) == said(records)


def test_the_encoding_of_the_entry_counts_only_where_a_file_of_rejects_leaves_a_choice(tmp_path: Path) -> None:
    """As a spreadsheet saves it: of some words two code pages make words."""

    def vendor(name: str, encoding: str, said: str | None) -> str:
        row = f"why;;;;;;bills 1 of x;1 of 1;{name};1;02.01.2026;1,00;x\n"
        (tmp_path / "saved.csv").write_bytes((";".join([*WHY, *HEADER[:5]]) + "\n" + row).encode(encoding))
        entry = bills(str(tmp_path / "saved.csv"), **GERMAN, **({"encoding": said} if said else {}))
        (record,) = documents(entry)["bills"]
        return str(record["vendorName"])

    assert vendor("Café", "cp1252", "cp850") == "Café"
    assert vendor("Москва", "cp1251", "cp1251") == "Москва"
    with pytest.raises(SourceError, match="several encodings may be meant"):
        vendor("Москва", "cp1251", None)


@pytest.mark.parametrize("row", ["why,,,,,,,,Ace,1,2026-01-02", "why,,,,,,,,Ace,1,2026-01-02,5,x,y"])
def test_a_row_of_rejects_whose_cells_have_moved_is_refused(tmp_path: Path, row: str) -> None:
    (tmp_path / "bills.csv").write_text(",".join([*WHY, *HEADER[:5]]) + f"\n{row}\n")
    with pytest.raises(SourceError, match=r"row 2: \d+ cells, but the header has 13"):
        documents(bills(str(tmp_path / "bills.csv")))


@pytest.mark.parametrize("text", ["x" * 40_000, "a\x0bb"])
def test_a_text_that_fits_into_no_workbook_leaves_the_csv(tmp_path: Path, text: str) -> None:
    records = [{"name": "A", "_source_cells": [{"Name": text}], "_source_typed": {}}]
    written = rejects_of(records, tmp_path, "vendors")
    assert (len(written.tables), written.workbooks) == (1, [])
    assert [each.suffix for each in tmp_path.iterdir() if each.suffix == ".xlsx"] == []


STRANGE_TYPES: list[Any] = [
    *({"a": {}}, {"a": {"decimal": "."}}, {"a": {"dates": ["%Y-%m-%d"]}}, {}),
    *({"a": {"decimal": 5}}, {"a": {"dates": [5]}}, {"a": {"dates": ["%"]}}, {"a": 1}, [], "x", None),
]


def test_types_that_are_none_make_no_workbook_and_no_traceback(tmp_path: Path) -> None:
    for number, typed in enumerate(STRANGE_TYPES):
        folder = tmp_path / str(number)
        record = {"name": "A", "_source_cells": [{"a": "1.5", "b": "2026-01-02"}], "_source_typed": typed}
        written = rejects_of([record], folder, "vendors")
        assert len(written.workbooks) == (isinstance(typed, dict) and typed != {"a": 1}), typed


def test_a_key_of_several_values_in_one_property_is_shown_as_people_read_it() -> None:
    parser = Parser("", "", source="", clears=False, allow_negative=False)
    origin = Origin(entity=BY_STREAM["vendors"], stream="vendors", incoming="vendors", keys=("_source_key",))
    document = parser.parse(origin, {"_source_key": '["Kosten Köln","","7200"]', "name": "A"})
    assert document.name == "Kosten Köln / (blank) / 7200"
    assert name_of(document.source_key) == "Kosten Köln / (blank) / 7200 of vendors"


def test_all_references_that_lead_nowhere_are_told_at_once(empty: Simulator, tmp_path: Path) -> None:
    absent = bill("Nobody", "1", 5) | {"billLineItems": [{"amount": 5, "departmentName": "Nowhere"}]}
    load(empty, tmp_path, singer(("bills", ["vendorName", "invoiceNumber"], [absent])))
    (told,) = rejects(tmp_path)
    assert [each["field"] for each in told["problems"]] == ["vendorName", "lines[0].departmentName"]


def test_a_copy_of_a_file_in_its_folder_is_told_as_what_it_is(empty: Simulator, tmp_path: Path) -> None:
    """What both files say is the same: no reject may deny it."""
    (tmp_path / "in").mkdir()
    for name in ("jan.csv", "jan (1).csv"):
        (tmp_path / "in" / name).write_text(BILL_HEADER + "Ace,1,2026-01-02,10,x\n")
    load(empty, tmp_path, singer(vendors("Ace")))
    entry = bills("in", columns=BILL_COLUMNS | {"dueDate": "Date"})
    load(empty, tmp_path, run("tap_bill_csv", {"files": [entry]}, tmp_path).out)
    told = [each["reason"] for each in rejects(tmp_path)]
    assert ["the same document begins in in/jan (1).csv at row 2" in each for each in told] == [True, True]
    assert not any("do not say the same" in each for each in told)


# The rows of a record, wherever they stand

LARGE = BILL_HEADER + "A,F1,soon,10,f1a\nA,F1,soon,20,f1b\nB,F2,soon,30,f2a\n,,,40,f2b\n,,,5,f2c\n"
OTHER = BILL_HEADER + "A,G1,soon,11,g1a\n,,,21,g1b\nB,G2,soon,31,g2a\n,,,41,g2b\n"
FILLED_DOWN = bills(fill_down=True, columns=BILL_COLUMNS | {"dueDate": "Date"})
AMOUNT = len(WHY) + 3


def rejected_table(folder: Path, text: str, run_name: str) -> list[list[str]]:
    """The rows of the rejects of a file, with the day put in."""
    (folder / "original.csv").write_text(text)
    records = documents(FILLED_DOWN | {"path": str(folder / "original.csv")})["bills"]
    (table,) = rejects_of(records, folder / run_name, run_name=run_name).tables
    return [[cell.replace("soon", "2026-01-02") for cell in row] for row in rows_of(table)]


def lines_of(folder: Path, rows: Iterable[Sequence[str]], **more: Any) -> dict[str, list[int] | str]:
    """By number of each bill: the amounts of its lines, or why it is rejected."""
    path = folder / "again.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return {
        record["invoiceNumber"] or f"row {record['_source_rows'][0]}": (record["_source_errors"] or [{}])[0].get(
            "message", [int(line["amount"]) for line in record["billLineItems"]]
        )
        for record in documents(FILLED_DOWN | {"path": str(path)} | more)["bills"]
    }


WHOLE = {"F1": [10, 20], "F2": [30, 40, 5]}


@pytest.mark.parametrize("fill_down", [True, False])
def test_rows_of_a_record_are_one_bill_however_their_file_is_sorted(tmp_path: Path, fill_down: bool) -> None:
    header, *rows = rejected_table(tmp_path, LARGE, "one")
    if not fill_down:
        rows = [[*row[: len(WHY)], *("B", "F2", "2026-01-02"), *row[-2:]] if not row[len(WHY)] else row for row in rows]
    for several in (rows, rows[::-1], sorted(rows, key=lambda row: int(row[AMOUNT]))):
        assert lines_of(tmp_path, [header, *several], fill_down=fill_down) == WHOLE


def test_two_files_of_rejects_that_were_joined_and_sorted_are_the_bills_of_both(tmp_path: Path) -> None:
    header, *rows = rejected_table(tmp_path, LARGE, "one")
    _, *others = rejected_table(tmp_path, OTHER, "two")
    both = sorted(rows + others, key=lambda row: int(row[AMOUNT]))
    assert lines_of(tmp_path, [header, *both]) == WHOLE | {"G1": [11, 21], "G2": [31, 41]}


def test_a_record_of_which_a_row_is_missing_or_stands_twice_is_refused_as_a_whole(tmp_path: Path) -> None:
    header, *rows = rejected_table(tmp_path, LARGE, "one")
    for place in (2, 3, 4):
        found = lines_of(tmp_path, [header, *rows[:place], *rows[place + 1 :]])
        assert found.pop("F1") == [10, 20]
        (refused,) = map(str, found.values())
        assert place == 2 or (  # without its head the blank number is told first
            "rows of its record are missing; put them back, or, to leave a line out, keep its row" in refused
            and f"{place - 1} of 3" in refused
        )
        assert "are the same row of their record" in str(lines_of(tmp_path, [header, *rows, rows[place]])["F2"])
    without = [[*row[: len(WHY) - 1], "", *row[len(WHY) :]] for row in rows]
    assert all("not here by `reject_row`: all" in str(each) for each in lines_of(tmp_path, [header, *without]).values())


def test_a_line_is_left_out_and_another_is_added_on_purpose(tmp_path: Path) -> None:
    header, *rows = rejected_table(tmp_path, LARGE, "one")
    rows[3][len(WHY) :] = [""] * 5
    more = [*rows[2][: len(WHY) - 1], "", "", "", "", "7", "more"]
    new = [[*[""] * 6, "mine", "", "A", "N1", "2026-01-02", amount, ""] for amount in ("1", "2")]
    assert lines_of(tmp_path, [header, more, *rows, *new]) == {"F1": [10, 20], "F2": [30, 5, 7], "N1": [1, 2]}


def test_a_row_that_says_no_record_or_no_place_is_refused(tmp_path: Path) -> None:
    header, *rows = rejected_table(tmp_path, LARGE, "one")
    rows[0][len(WHY) - 2] = ""
    rows[4][len(WHY) - 1] = "the last"
    found = lines_of(tmp_path, [header, *rows])
    assert "'the last' of row 10 in `reject_row` does not say which" in str(found["F2"])
    path = tmp_path / "again.csv"
    messages = [
        each["message"]
        for record in documents(FILLED_DOWN | {"path": str(path)})["bills"]
        for each in record["_source_errors"]
    ]
    assert sum("`reject_record` is blank" in each for each in messages) == 1
    assert sum("(not here by `reject_row`: 1 of 2)" in each for each in messages) == 1


def test_a_number_that_was_corrected_in_one_row_alone_makes_no_second_bill(tmp_path: Path) -> None:
    header, *rows = rejected_table(tmp_path, LARGE, "one")
    rows[0][len(WHY) + 1] = "F9"
    (told,) = (str(each) for each in lines_of(tmp_path, [header, *rows]).values() if isinstance(each, str))
    assert 'the rows of one document disagree: row 2 has "F9", row 4 has "F1"' in told


def with_fronts(rows: Sequence[Sequence[str]], order: Sequence[int]) -> list[list[str]]:
    """Rows of a file of rejects of which the front columns alone were sorted."""
    return [[*rows[place][: len(WHY)], *row[len(WHY) :]] for place, row in zip(order, rows, strict=True)]


EACH_NAMED = BILL_HEADER + "A,F1,soon,10,a\nA,F2,soon,20,b\nA,F2,soon,30,c\nA,F3,soon,40,d\n"
MIXED = "rows of one `reject_record` name different documents"


def test_what_stands_in_a_mixed_record_is_held_back_wherever_else_it_stands(tmp_path: Path) -> None:
    header, *rows = rejected_table(tmp_path, EACH_NAMED, "one")
    assert lines_of(tmp_path, [header, *rows]) == {"F1": [10], "F2": [20, 30], "F3": [40]}
    shuffled = with_fronts(rows, (1, 2, 0, 3))
    lines_of(tmp_path, [header, *shuffled])
    mixed, part, other = documents(FILLED_DOWN | {"path": str(tmp_path / "again.csv")})["bills"]
    assert any(MIXED in each["message"] for each in mixed["_source_errors"])
    assert part["invoiceNumber"] == "F2"
    assert [MIXED in each["message"] for each in part["_source_errors"]] == [True]
    assert "put the rows of each record together again" in str(part["_source_errors"])
    assert (other["invoiceNumber"], other["_source_errors"]) == ("F3", None)


def test_a_document_in_two_records_of_a_shuffled_file_is_held_back(tmp_path: Path) -> None:
    """Each part of it fits the record that it stands in; the one that tells of it names others."""
    header, *rows = rejected_table(tmp_path, EACH_NAMED, "one")
    found = lines_of(tmp_path, [header, *with_fronts(rows, (1, 0, 3, 2))])
    assert len(found) == 2
    assert all(isinstance(each, str) for each in found.values()), found


@pytest.mark.parametrize("fill_down", [True, False])
def test_where_a_row_of_a_shuffled_file_names_no_document_none_goes_on(tmp_path: Path, fill_down: bool) -> None:
    header, *rows = rejected_table(tmp_path, EACH_NAMED.replace("A,F2,soon,30", ",F2,soon,30"), "one")
    found = lines_of(tmp_path, [header, *with_fronts(rows, (1, 2, 0, 3))], fill_down=fill_down)
    assert all(isinstance(each, str) for each in found.values()), found


@pytest.mark.parametrize("is_of_records", [False, True])
@given(counts=st.lists(st.integers(1, 3), min_size=2, max_size=5), chance=st.randoms(use_true_random=False))
@settings(max_examples=examples(15), deadline=None)
def test_no_document_is_short_of_a_line_however_the_front_columns_were_sorted(
    is_of_records: bool, counts: list[int], chance: Random
) -> None:
    amounts = {f"F{number}": [10 * number + line for line in range(count)] for number, count in enumerate(counts, 1)}
    with TemporaryDirectory() as name:
        folder = Path(name)
        if is_of_records:
            (table,) = rejects_of([bill("A", each, *lines) for each, lines in amounts.items()], folder).tables
            header, *rows = rows_of(table)
        else:
            text = "".join(f"A,{each},soon,{one},x\n" for each, lines in amounts.items() for one in lines)
            header, *rows = rejected_table(folder, BILL_HEADER + text, "one")
        order = chance.sample(range(len(rows)), len(rows))
        path = folder / "again.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([header, *with_fronts(rows, order)])
        read = read_back({"stream": "bills"} if is_of_records else FILLED_DOWN, path)
    assert sum(len(each["billLineItems"]) for each in read) == sum(counts)
    for each in read:
        if not each["_source_errors"]:
            assert sorted(int(line["amount"]) for line in each["billLineItems"]) == amounts[each["invoiceNumber"]]


def test_records_of_one_number_are_told_apart_by_the_key_of_their_source(empty: Simulator, tmp_path: Path) -> None:
    several = [bill("A", "1", "1O") | {"ref": "r1"}, bill("A", "1", "2O", "3O") | {"ref": "r2"}]
    load(empty, tmp_path, singer(vendors("A"), ("bills", ["ref"], several)))
    (table,) = report(tmp_path)["rejects_csv"]
    header, *rows = rows_of(tmp_path / table)
    path = tmp_path / "again.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *with_fronts(rows, (1, 2, 0))])
    read = read_back({"stream": "bills"}, path)
    assert [MIXED in str(each["_source_errors"]) for each in read] == [True, True]


def test_vendors_of_rejected_bills_are_one_for_each_name(tmp_path: Path) -> None:
    """The records of the file are bills: what they are together with does not part their vendors."""
    header, *rows = rejected_table(tmp_path, LARGE.replace("B,F2", "A,F2"), "one")
    rows = [[*row[: len(WHY)], "A", *row[len(WHY) + 1 :]] for row in rows[:3]]
    with (tmp_path / "again.csv").open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    entry = {"path": str(tmp_path / "again.csv"), "stream": "vendors", "columns": {"name": "Supplier"}}
    assert [each["name"] for each in documents(entry)["vendors"]] == ["A"]


CHANGED_HEADERS: dict[str, Callable[[list[str]], list[str]]] = {
    **{f"without {name}": lambda header, name=name: [each for each in header if each != name] for name in WHY},  # type: ignore[misc]
    "capitals": lambda header: [each.upper() for each in header],
    "moved": lambda header: [*header[len(WHY) :], *WHY],
    "swapped": lambda header: [WHY[1], WHY[0], *header[2:]],
    "behind another": lambda header: ["No", *header],
    "below a title": lambda header: header[1:],
}


@pytest.mark.parametrize("how", CHANGED_HEADERS)
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_file_whose_columns_of_rejects_have_changed_is_no_ordinary_file(
    tmp_path: Path, how: str, delimiter: str
) -> None:
    header, *rows = rejected_table(tmp_path, LARGE, "one")
    changed = CHANGED_HEADERS[how](header)
    with (tmp_path / "again.csv").open("w", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerows([*([["Corrections"]] if how == "below a title" else []), changed])
        writer.writerows(["x"] * len(changed) for _ in rows)
    with pytest.raises(SourceError, match="has columns of a file of rejects, and not all of them in front"):
        documents(FILLED_DOWN | {"path": str(tmp_path / "again.csv"), "skip": int(how == "below a title")})


def test_a_workbook_whose_columns_of_rejects_have_changed_is_no_ordinary_one(tmp_path: Path) -> None:
    header = ["No", *WHY, "Supplier", "Number", "Date", "Amount", "What"]
    write(tmp_path / "again.xlsx", {"rejects": [[*header], ["x"] * len(header)]})
    with pytest.raises(SourceError, match="has columns of a file of rejects, and not all of them in front"):
        documents(FILLED_DOWN | {"path": str(tmp_path / "again.xlsx")})


# Rejects of records


def again(simulator: Simulator, folder: Path, *corrections: tuple[str, str], **settings: Any) -> Ran:
    """The rejects of the last run loaded once more, with these texts replaced."""
    (table,) = report(folder)["rejects_csv"]
    text = (folder / table).read_text(encoding="utf-8-sig")
    for wrong, right in corrections:
        assert wrong in text
        text = text.replace(wrong, right)
    (folder / "corrected.csv").write_text(text, encoding="utf-8")
    read = run("tap_bill_csv", {"files": [{"path": "corrected.csv", "stream": "bills"}]}, folder)
    assert read.code == 0, read.err
    return load(simulator, folder, read.out, **settings)


TOO_LONG = "9" * 22


def test_a_reject_that_carries_bills_id_changes_that_bill(empty: Simulator, tmp_path: Path) -> None:
    load(empty, tmp_path, singer(vendors("A"), ("bills", ["vendorName", "invoiceNumber"], [bill("A", "1", 5)])))
    (found,) = books(empty, "Bill")
    load(empty, tmp_path, singer(("bills", [], [bill("A", TOO_LONG, 5) | {"id": found["id"]}])))
    assert account(tmp_path, "bills") == {"rejected": 1}
    again(empty, tmp_path, (TOO_LONG, "99"))
    others = [each["id"] for each in books(empty, "Bill") if each["id"] != found["id"]]
    assert others == [], "no second bill"


def test_the_key_of_a_corrected_record_is_that_of_its_own_properties(empty: Simulator, tmp_path: Path) -> None:
    record = bill("A", TOO_LONG, 5, 6) | {"ext_id": 7, "region": True}
    load(empty, tmp_path, singer(vendors("A"), ("bills", ["ext_id", "region"], [record])))
    # Rejected once more, it is the same record.
    assert again(empty, tmp_path, (TOO_LONG, "8" * 23)).code == 1
    assert again(empty, tmp_path, ("8" * 23, "99")).code == 0
    empty.control.forget_requests()
    ran = load(empty, tmp_path, singer(("bills", ["ext_id", "region"], [record | {"invoiceNumber": "99"}])))
    assert (ran.code, account(tmp_path, "bills")) == (0, {"unchanged": 1})
    assert [each["invoiceNumber"] for each in books(empty, "Bill")] == ["99"]


NOT_CORRECTED: dict[str, dict[str, Any]] = {
    "a mark of no instant": {"_sdc_deleted_at": "yesterday"},
    "a mark of no truth": {"is_deleted": "maybe"},
    "another total": {"amount": 99},
    "a blank line": {"billLineItems": [{"amount": 5}, {}]},
    "a line of nothing": {"billLineItems": [{"amount": 5}, {"amount": None}]},
    "a line that is none": {"billLineItems": [{"amount": 5}, "x"]},
    "lines of a text": {"billLineItems": '[{"amount": "5O"}]'},
    "no lines": {"billLineItems": []},
    "one blank line": {"billLineItems": [{}]},
    "a file that is missing": {"attachments": ["absent.pdf"]},
    "a field said twice": {"due_date": "2027-01-01"},
    "an amount that is none": {"billLineItems": [{"amount": True}]},
    "a flag of a line that is none": {"billLineItems": [{"amount": 5, "jobBillable": "maybe"}]},
}


@pytest.mark.parametrize("what", NOT_CORRECTED)
def test_a_rejected_record_that_nobody_has_corrected_is_rejected_again(
    empty: Simulator, tmp_path: Path, what: str
) -> None:
    (tmp_path / "files").mkdir()
    more = {"attachment_dir": "files"}
    load(empty, tmp_path, singer(vendors("A")))
    load(empty, tmp_path, singer(("bills", ["invoiceNumber"], [bill("A", "1", 5) | NOT_CORRECTED[what]])), **more)
    assert account(tmp_path, "bills") == {"rejected": 1}
    first = {(each["field"], each["reason"]) for each in rejects(tmp_path)[0]["problems"]}
    again(empty, tmp_path, **more)
    assert account(tmp_path, "bills") == {"rejected": 1}, first
    if what in {"a mark of no instant", "one blank line"}:  # nothing but the target has judged it
        assert {(each["field"], each["reason"]) for each in rejects(tmp_path)[0]["problems"]} == first
    assert books(empty, "Bill") == []


def test_records_that_name_their_vendors_in_two_ways_load_when_corrected(empty: Simulator, tmp_path: Path) -> None:
    load(empty, tmp_path, singer(vendors("A")))
    (vendor,) = books(empty, "Vendor")
    named, by_id = bill("A", "1", "5O"), bill("A", "2", "5O", "6") | {"vendorId": vendor["id"]}
    del by_id["vendorName"]
    load(empty, tmp_path, singer(("bills", [], [named, by_id])))
    assert account(tmp_path, "bills") == {"rejected": 2}
    ran = again(empty, tmp_path, ("5O", "5"))
    assert ran.code == 0, ran.err
    assert sorted(each["amount"] for each in books(empty, "Bill")) == [5, 11]


def test_the_files_of_a_rejected_record_come_with_it(empty: Simulator, tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    for name in ("a.pdf", "b.pdf"):
        (tmp_path / "files" / name).write_bytes(b"%PDF-1.4 " + name.encode())
    record = bill("A", TOO_LONG, 5) | {"attachments": ["a.pdf", "b.pdf"]}
    load(empty, tmp_path, singer(vendors("A"), ("bills", [], [record])), attachment_dir="files")
    assert again(empty, tmp_path, (TOO_LONG, "1"), attachment_dir="files").code == 0
    assert account(tmp_path, "attachments") == {"created": 2}


def test_the_key_properties_of_a_rejected_record_must_stay(tmp_path: Path) -> None:
    (table,) = rejects_of([bill("A", "1", 5, 6) | {"ext_id": 7}], tmp_path).tables
    header, *rows = rows_of(table)
    key = WHY.index("reject_key")
    for text in ("", "ext_id", '["a"]'):
        rows[1][key] = text
        with (tmp_path / "again.csv").open("w", newline="") as file:
            csv.writer(file).writerows([header, *rows])
        (record,) = documents({"path": str(tmp_path / "again.csv"), "stream": "bills"})["bills"]
        (problem,) = record["_source_errors"]
        assert "`reject_key` does not say by which fields the record is known" in problem["message"]


def test_a_hidden_number_that_feeds_no_field_is_refused_as_well(tmp_path: Path) -> None:
    records = [bill("A", "1", 5) | {"IBAN": "DE02", "bank": {"iban": "DE03"}}]
    (table,) = rejects_of(records, tmp_path).tables
    assert "DE0" not in table.read_text()
    (record,) = documents({"path": str(table), "stream": "bills"})["bills"]
    assert [each["column"] for each in record["_source_errors"]] == ["IBAN", "bank"]


def test_what_a_record_says_once_must_be_the_same_in_all_its_rows(tmp_path: Path) -> None:
    (table,) = rejects_of([bill("A", "1", 5, 6) | {"ext_id": 7, "tax number": 1}], tmp_path).tables
    header, *rows = rows_of(table)
    rows[1][header.index("ext_id")] = "8"
    with (tmp_path / "again.csv").open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    (record,) = documents({"path": str(table.with_name("again.csv")), "stream": "bills"})["bills"]
    told = [each["message"] for each in record["_source_errors"]]
    assert 'the rows of one document disagree: row 2 has "7", row 4 has "8"' in told


def test_a_rejected_record_has_no_line_and_no_field_more_than_it_had(tmp_path: Path) -> None:
    """Of another record's columns it says nothing, so that nothing is emptied for it."""
    first, second = bill("A", "1", 5) | {"description": "x"}, bill("A", "2")
    del second["billLineItems"]
    (table,) = rejects_of([first, second], tmp_path).tables
    records = documents({"path": str(table), "stream": "bills"})["bills"]
    own = [{name: value for name, value in each.items() if not name.startswith("_")} for each in records]
    assert own == [first | {"billLineItems": [{"amount": 5}]}, second]


def test_a_line_of_a_rejected_record_is_no_total(tmp_path: Path) -> None:
    record = bill("A", "1", 5, 6) | {"billLineItems": [{"amount": 5}, {"amount": 5, "description": "Total"}]}
    (table,) = rejects_of([record], tmp_path).tables
    (again,) = documents({"path": str(table), "stream": "bills"})["bills"]
    assert (again["_source_errors"], len(again["billLineItems"])) == (None, 2)


def test_rows_without_their_number_are_refused_however_their_file_is_sorted(tmp_path: Path) -> None:
    header, *rows = rejected_table(tmp_path, LARGE, "one")
    for several in (rows, rows[::-1]):
        assert "have lines and no vendorName" in str(lines_of(tmp_path, [header, *several], fill_down=False)["F2"])


def test_a_file_whose_columns_of_rejects_have_changed_is_known_above_the_lines_that_are_skipped(tmp_path: Path) -> None:
    header, *rows = rejected_table(tmp_path, LARGE, "one")
    with (tmp_path / "again.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["No", *header], ["No", *HEADER[:5]], *rows])
    with pytest.raises(SourceError, match="has columns of a file of rejects, and not all of them in front"):
        documents(FILLED_DOWN | {"path": str(tmp_path / "again.csv"), "skip": 1})


def test_a_cell_without_a_value_is_no_text_on_its_way_back(tmp_path: Path) -> None:
    """A formula that nobody has computed, and one that has failed, were refused: as texts they would be written."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (HEADER[:5], ["Ace", "1", "2026-01-02", "5", "=1+1"], ["Ace", "2", "2026-01-02", "5", "#REF!"]):
        sheet.append(row)
    sheet["E3"].data_type = "e"
    book.save(tmp_path / "bills.xlsx")
    entry = FILLED_DOWN | {"path": str(tmp_path / "bills.xlsx")}
    records = documents(entry)["bills"]
    assert all(each["_source_errors"] for each in records)
    written = rejects_of(records, tmp_path)
    for path in (*written.tables, *written.workbooks, as_excel_saves_it(written.tables[0])):
        again = documents(entry | {"path": str(path)})["bills"]
        told = [each["message"] for record in again for each in record["_source_errors"]]
        assert told == ["no value could be read here: write the value itself, or leave the cell blank"] * 2
        assert again[1]["_source_cells"][0]["What"] == "(no value: #REF!)"


def test_what_could_not_be_read_of_a_record_without_its_rows_is_no_blank_on_its_way_back(tmp_path: Path) -> None:
    (tmp_path / "bills.csv").write_text(BILL_HEADER + "Ace,1,soon,5,x\nAce,1,soon,5O,y\n")
    entry = FILLED_DOWN | {"path": str(tmp_path / "bills.csv"), "source_cells": False}
    (table,) = rejects_of(documents(entry)["bills"], tmp_path).tables
    header, *rows = rows_of(table)
    assert [row[header.index("billLineItems.amount")] for row in rows] == ["5", "(no value: 5O)"]
    (again,) = documents({"path": str(table), "stream": "bills"})["bills"]
    assert {each["field"] for each in again["_source_errors"]} == {
        "invoiceDate",
        "dueDate",
        "billLineItems.amount",
    }
