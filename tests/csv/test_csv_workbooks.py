"""Workbooks as people have them: cells of each kind in each format, and what a workbook hides."""

from __future__ import annotations

import logging
import struct
import zipfile
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
import xlwt
from csv_tap import BILL_COLUMNS, BILL_LINES, bills, documents, run_tap
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from workbooks import FORMATS, ods_cell, ods_of, ods_row, row_of, said, sheet_of, write, xlsx_of

from bill_documents.mapping.entries import parse_files
from bill_documents.mapping.entry_file import file_of
from bill_documents.mapping.guess import guess
from bill_documents.reading.files import find
from bill_documents.reading.kinds import LOCKED
from bill_documents.remarks import Findings
from bill_program.errors import ConnectorError
from bill_values.typed_texts import number_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from workbooks import Cell, Rows

HEADER: list[Cell] = ["Supplier", "Number", "Date", "Amount", "What"]
DAY = date(2026, 1, 2)
SOUND: list[Cell] = ["Ace", "1", DAY, 10.5, "x"]
OLD: Rows = [HEADER, ["Ace", "1", "2026-01-02", 5], ["Ace", "2", "2026-01-02", 6]]
TITLES = ("vendorName", "invoiceNumber", "invoiceDate", "amount", "description")


def read(path: Path, **options: Any) -> list[dict[str, Any]]:
    return documents(bills(str(path), **options))["bills"]


def values(record: dict[str, Any]) -> list[Any]:
    (line,) = record["billLineItems"]
    return [*(record[name] for name in TITLES[:3]), *(line[name] for name in TITLES[3:])]


def messages(record: dict[str, Any]) -> list[str]:
    return [each["message"] for each in record["_source_errors"] or ()]


# Cells of each kind


@dataclass(frozen=True, kw_only=True)
class Case:
    """A cell.

    Attributes:
        feeds: The field that it feeds.
        cell: Its value.
        value: What is read.
        problem: The beginning of the problem that it is, in place of a value.
        says: What a warning says of it.
        options: Settings of its entry beside the columns.
        never: Formats that have no such cells.
    """

    feeds: str
    cell: Cell
    value: Any = None
    problem: str | None = None
    says: str | None = None
    options: dict[str, Any] = field(default_factory=dict)
    never: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.feeds} {self.cell!r} {self.options or ''}"


GERMAN: dict[str, Any] = {"decimal": ",", "thousands": ".", "date_format": "%d.%m.%Y"}
ISO_ADVISED = 'set files[0].date_format to "%Y-%m-%d"'
BOTH: dict[str, Any] = {"date_format": ["%d/%m/%Y", "%m/%d/%Y"]}
CASES = [
    Case(feeds="amount", cell=10.5, value=Decimal("10.5")),
    Case(feeds="amount", cell=-5, value=Decimal(-5)),
    Case(feeds="amount", cell=0, value=Decimal(0)),
    Case(feeds="amount", cell=1136.8400000000001, value=Decimal("1136.84")),
    Case(feeds="amount", cell=0.1 + 0.2, value=Decimal("0.3")),
    Case(feeds="amount", cell=99999999999.99, value=Decimal("99999999999.99")),
    Case(feeds="amount", cell=0.1 + 0.2 - 0.3, value=Decimal(0), says="as programs that count in floats"),
    Case(feeds="amount", cell=1136.845, problem="1136.845 has more than 2 decimals"),
    Case(feeds="amount", cell=1e300, problem="'1000000"),
    Case(feeds="amount", cell=1136.84, value=Decimal("1136.84"), options=GERMAN),
    Case(feeds="amount", cell=1.041, problem="1,041 has more than 2 decimals", options=GERMAN),
    Case(feeds="amount", cell="1.041,50", value=Decimal("1041.5"), options=GERMAN),
    Case(feeds="amount", cell="(45.00)", value=Decimal(-45)),
    Case(feeds="amount", cell="=\"45.00\"", value=Decimal(45)),
    Case(feeds="amount", cell=DAY, problem="'2026-01-02'"),
    Case(feeds="amount", cell=True, problem="'true'"),
    Case(feeds="amount", cell=None, value=None),
    Case(feeds="amount", cell="#DIV/0!", problem="'#DIV/0!'"),
    Case(feeds="invoiceNumber", cell="0012", value="0012"),
    Case(feeds="invoiceNumber", cell=12345, value="12345", says='keys in "Number" are numbers'),
    Case(feeds="invoiceNumber", cell=12345.0, value="12345", says='keys in "Number" are numbers'),
    Case(feeds="invoiceNumber", cell=12345.5, value="12345.5", says='keys in "Number" are numbers'),
    Case(feeds="invoiceNumber", cell=1234567890123457.0, value="1234567890123457", says="are numbers"),
    Case(feeds="invoiceNumber", cell=123456789012345678, value="123456789012346000", says="16 digits or more"),
    Case(feeds="invoiceNumber", cell=12345678901234567890, value="12345678901234600000", says="16 digits or more"),
    Case(feeds="invoiceNumber", cell=-0.0, value="0", says="are numbers"),
    Case(feeds="invoiceNumber", cell="'00123", value="00123"),
    Case(feeds="invoiceNumber", cell="#REF!", problem="a spreadsheet's sign for an error"),
    Case(feeds="invoiceDate", cell=DAY, value="2026-01-02"),
    Case(feeds="invoiceDate", cell=datetime(2026, 1, 2), value="2026-01-02"),  # noqa: DTZ001  # a sheet knows no zone
    Case(feeds="invoiceDate", cell=datetime(2026, 1, 2, 23, 59), value="2026-01-02", says="days have a time"),  # noqa: DTZ001
    Case(feeds="invoiceDate", cell=DAY, value="2026-01-02", options=GERMAN),
    Case(feeds="invoiceDate", cell="02.01.2026", value="2026-01-02", options=GERMAN),
    Case(feeds="invoiceDate", cell=date(2026, 3, 31), value="2026-03-31", options=BOTH),
    Case(feeds="invoiceDate", cell=date(2026, 3, 4), problem="'2026-03-04'", options=BOTH, says=ISO_ADVISED),
    Case(
        feeds="invoiceDate",
        cell=date(1950, 3, 4),
        problem="'1950-03-04'",
        options={"date_format": "%m/%d/%y"},
        says=ISO_ADVISED,
    ),
    Case(feeds="invoiceDate", cell=date(1999, 3, 4), value="1999-03-04", options={"date_format": "%m/%d/%y"}),
    Case(feeds="invoiceDate", cell=46024, problem="'46024'"),
    Case(feeds="invoiceDate", cell=time(1, 2, 3), problem="'", never=()),
    Case(feeds="description", cell="x", value="x"),
    Case(feeds="description", cell="two\nlines", value="two\nlines"),
    Case(feeds="description", cell=" Caf\u00e9 \u20ac \U0001f600 ", value="Caf\u00e9 \u20ac \U0001f600"),
    Case(feeds="description", cell=5, value="5"),
    Case(feeds="description", cell=0.1, value="0.1"),
    Case(feeds="description", cell=1e-7, value="0.0000001"),
    Case(feeds="description", cell=False, value="false"),
    Case(feeds="description", cell=DAY, value="02.01.2026", options=GERMAN),
    Case(feeds="description", cell=datetime(2026, 1, 2, 3, 4, 5), value="2026-01-02T03:04:05"),  # noqa: DTZ001
    Case(feeds="description", cell=time(1, 2, 3), value="01:02:03", never=("ods",)),
    Case(feeds="description", cell=timedelta(hours=27, minutes=30), value="PT27H30M0S"),
    Case(feeds="vendorName", cell=4711, value="4711", says='keys in "Supplier" are numbers'),
    Case(feeds="vendorName", cell=None, problem="blank, so nobody can say"),
]  # fmt: skip


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_cell_is_what_the_workbook_holds(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, case: Case, suffix: str
) -> None:
    if suffix in case.never:
        pytest.skip(f"{suffix} has no such cells")
    row = SOUND.copy()
    row[TITLES.index(case.feeds)] = case.cell
    path = tmp_path / f"bills.{suffix}"
    write(path, {"Bills": [HEADER, row]})
    with caplog.at_level(logging.WARNING):
        (record,) = read(path, **case.options)
    if case.problem is None:
        assert messages(record) == []
        assert values(record)[TITLES.index(case.feeds)] == case.value
    else:
        (problem,) = record["_source_errors"]
        assert problem["message"].startswith(case.problem)
        assert problem["row"] == 2
    warnings = [each.getMessage() for each in caplog.records if "carry errors" not in each.getMessage()]
    assert (case.says is None and not warnings) or any(str(case.says) in each for each in warnings), warnings


@pytest.mark.slow
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Ace", "Bee, Ltd", 'Say "hi"', "Caf\u00e9"]),
            st.one_of(st.integers(0, 10**15).map(str), st.sampled_from(["INV-1", "0007"])),
            st.dates(date(1905, 1, 1), date(2199, 12, 31)),
            st.decimals(Decimal("-9999999.99"), Decimal("9999999.99"), places=2),
            st.text("ab ,;\"'=-\u00e9\u20ac", max_size=8).map(str.strip),
        ),
        min_size=1,
        max_size=8,
    ),
    st.sampled_from([{}, GERMAN, {"date_format": "%d %b %Y"}]),
)
@settings(max_examples=examples(20))
def test_a_table_gives_the_same_documents_from_each_format(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[Any, ...]], options: dict[str, Any]
) -> None:
    """The CSV says what a person would write; the workbooks have floats and days."""
    folder = tmp_path_factory.mktemp("same")
    day_format, sign = options.get("date_format", "%Y-%m-%d"), options.get("decimal", ".")
    texts: Rows = [
        [vendor, number, day.strftime(day_format), str(amount).replace(".", sign), what]
        for vendor, number, day, amount, what in rows
    ]
    lines = [",".join('"' + str(cell).replace('"', '""') + '"' for cell in each) for each in [HEADER, *texts]]
    (folder / "bills.csv").write_text("\n".join(lines), encoding="utf-8")
    typed: Rows = [[vendor, number, day, float(amount), what] for vendor, number, day, amount, what in rows]
    expected = [_unsourced(each) for each in read(folder / "bills.csv", source_cells=False, **options)]
    for suffix in FORMATS:
        path = folder / f"bills.{suffix}"
        write(path, {"Bills": [HEADER, *typed]})
        assert [_unsourced(each) for each in read(path, source_cells=False, **options)] == expected, suffix


def _unsourced(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name != "_source_file"}


@given(st.decimals(Decimal("-9999999999999.99"), Decimal("9999999999999.99"), places=2))
def test_no_amount_is_changed_by_the_way_through_a_float(amount: Decimal) -> None:
    assert Decimal(number_text(float(amount))) == amount


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_stays_none(value: float) -> None:
    assert number_text(value) in {"nan", "inf"}


def test_days_of_the_mac_count_from_1904(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    sheet = book.worksheets[0]
    for row in (HEADER, SOUND):
        sheet.append(row)
    book.save(tmp_path / "bills.xlsx")
    (record,) = read(tmp_path / "bills.xlsx")
    assert record["invoiceDate"] == "2026-01-02"


def test_rejects_show_cells_as_the_entry_writes_them(tmp_path: Path) -> None:
    write(tmp_path / "bills.xlsx", {"Bills": [HEADER, SOUND]})
    (record,) = read(tmp_path / "bills.xlsx", **GERMAN)
    cells = {"Supplier": "Ace", "Number": "1", "Date": "02.01.2026", "Amount": "10,5", "What": "x"}
    assert record["_source_cells"] == [cells]


def test_a_column_of_its_own_notation_is_written_in_it(tmp_path: Path) -> None:
    write(tmp_path / "bills.xlsx", {"Bills": [HEADER, ["Ace", "1", DAY, 1.25, "x"]]})
    lines = {"columns": {"amount": {"column": "Amount", "decimal": ",", "thousands": "."}}}
    (record,) = read(tmp_path / "bills.xlsx", lines=lines)
    assert record["billLineItems"] == [{"amount": Decimal("1.25")}]
    assert record["_source_cells"][0]["Amount"] == "1,25"


def test_a_column_that_two_fields_read_in_different_ways_is_refused(tmp_path: Path) -> None:
    """1.041 would be written 1,041 for one of them, and a thousand and more for the other."""
    write(tmp_path / "bills.xlsx", {"Bills": [HEADER, ["Ace", "1", DAY, 1.041, "x"]]})
    lines = {"columns": {"amount": "Amount", "description": {"column": "Amount", "decimal": ","}}}
    with pytest.raises(ConnectorError, match='column "Amount" feeds fields that write numbers or days in different'):
        read(tmp_path / "bills.xlsx", lines=lines)


# Errors, and formulas that nobody has computed


def number(place: str, value: str) -> str:
    return f'<c r="{place}"><v>{value}</v></c>'


def xml_row(row: int, amount: str, what: str | None = None) -> str:
    day = f'<c r="C{row}" t="inlineStr"><is><t>2026-01-02</t></is></c>'
    return row_of(row, said(row, "A", "Ace"), said(row, "B", str(row)), day, amount, what or said(row, "E", "x"))


HEADER_XML = row_of(1, *(said(1, column, str(name)) for column, name in zip("ABCDE", HEADER, strict=True)))


@pytest.mark.parametrize(
    ("amount", "what", "message"),
    [
        ('<c r="D2" t="e"><v>#DIV/0!</v></c>', None, "Bills!D2 has the error #DIV/0!; mend it"),
        ('<c r="D2" t="e"><f>1/0</f><v>#DIV/0!</v></c>', None, "Bills!D2 has the error #DIV/0!; mend it"),
        ("<c r='D2' t='e'><v>#N/A</v></c>", None, "Bills!D2 has the error #N/A; mend it"),
        ('<c t="e" r="D2"><v>#REF!</v></c>', None, "Bills!D2 has the error #REF!; mend it"),
        ('<c t="e"><v>#REF!</v></c>', '<c r="E2"/>', "Bills!D2 has the error #REF!; mend it"),
        ('<c r="D2"><f>D3*2</f></c>', None, "Bills!D2 is a formula without a stored value; open the workbook"),
        ('<c r="D2"><f>D3*2</f><v></v></c>', None, "Bills!D2 is a formula without a stored value; open"),
        ('<c r="D2"><f t="shared" si="0"/><v/></c>', None, "Bills!D2 is a formula without a stored value; open"),
        (number("D2", "5"), '<c r="E2" t="e"><v>#VALUE!</v></c>', "Bills!E2 has the error #VALUE!; mend it"),
    ],
)
def test_a_cell_without_a_value_is_refused_by_its_address(
    tmp_path: Path, amount: str, what: str | None, message: str
) -> None:
    path = tmp_path / "bills.xlsx"
    xlsx_of(path, sheet_of(HEADER_XML, xml_row(2, amount, what), xml_row(3, number("D3", "7"))))
    faulty, sound = read(path)
    (found,) = messages(faulty)
    assert found.startswith(message)
    assert messages(sound) == []
    assert values(sound)[3] == 7


def test_a_formula_with_a_stored_value_is_that_value(tmp_path: Path) -> None:
    path = tmp_path / "bills.xlsx"
    text = '<c r="E2" t="str"><f>""</f><v></v></c>'
    xlsx_of(path, sheet_of(HEADER_XML, xml_row(2, '<c r="D2"><f>3.5*2</f><v>7</v></c>', text)))
    (record,) = read(path)
    assert messages(record) == []
    assert values(record)[3:] == [7, None]


def test_prefixes_in_the_xml_of_a_sheet_do_not_hide_an_error(tmp_path: Path) -> None:
    sheet = sheet_of(HEADER_XML, xml_row(2, '<c r="D2" t="e"><v>#DIV/0!</v></c>'))
    prefixed = sheet.replace("<", "<x:").replace("<x:/", "</x:").replace("xmlns=", "xmlns:x=")
    xlsx_of(tmp_path / "bills.xlsx", prefixed)
    (record,) = read(tmp_path / "bills.xlsx")
    assert messages(record)[0].startswith("Bills!D2 has the error #DIV/0!")


def test_errors_in_an_old_workbook_are_refused_by_their_address(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("My bills")
    for place, text in enumerate(HEADER):
        sheet.write(0, place, text)
    for place, value in enumerate(["Ace", "1", "2026-01-02"]):
        sheet.write(1, place, value)
    sheet.row(1).set_cell_error(3, "#DIV/0!")
    book.save(str(tmp_path / "bills.xls"))
    (record,) = read(tmp_path / "bills.xls")
    assert messages(record)[0].startswith("'My bills'!D2 has the error #DIV/0!")


def ods_bill(amount: str, number: str = "1") -> str:
    return ods_row(ods_cell("Ace"), ods_cell(number), ods_cell("2026-01-02"), amount, ods_cell("x"))


ODS_HEADER = ods_row(*(ods_cell(str(name)) for name in HEADER))


@pytest.mark.parametrize(
    ("attributes", "shown", "message"),
    [
        (
            {"office_value-type": "string", "office_string-value": "", "calcext_value-type": "error"},
            "#DIV/0!",
            "Bills!D2 has the error #DIV/0!",
        ),
        ({"office_value-type": "float", "office_value": "0"}, "#DIV/0!", "Bills!D2 has the error #DIV/0!"),
        ({"office_value-type": "float", "office_value": "0"}, "Err:502", "Bills!D2 has the error Err:502"),
        ({}, "", "Bills!D2 is a formula without a stored value"),
    ],
)
def test_errors_in_an_open_document_are_refused_by_their_address(
    tmp_path: Path, attributes: dict[str, str], shown: str, message: str
) -> None:
    path = tmp_path / "bills.ods"
    ods_of(path, ODS_HEADER, ods_bill(ods_cell(shown, table_formula="of:=1/0", **attributes)))
    (record,) = read(path)
    assert messages(record)[0].startswith(message)


def test_an_error_that_no_field_reads_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "bills.xlsx"
    xlsx_of(path, sheet_of(HEADER_XML, xml_row(2, number("D2", "5"), '<c r="E2" t="e"><v>#N/A</v></c>')))
    (record,) = read(path, lines={"columns": {"amount": "Amount"}})
    assert messages(record) == []


def test_an_error_in_a_key_lets_its_row_stand_alone(tmp_path: Path) -> None:
    path = tmp_path / "bills.xlsx"
    broken = [
        row_of(
            row,
            f'<c r="A{row}"><f>A9</f></c>',
            said(row, "B", "1"),
            said(row, "C", "2026-01-02"),
            number(f"D{row}", "5"),
        )
        for row in (2, 3)
    ]
    xlsx_of(path, sheet_of(HEADER_XML, *broken))
    first, second = read(path)
    assert messages(first)[0].startswith("Bills!A2 is a formula without a stored value")
    assert messages(second)[0].startswith("Bills!A3 is a formula without a stored value")


def test_an_expression_about_an_error_has_no_value(tmp_path: Path) -> None:
    path = tmp_path / "bills.xlsx"
    xlsx_of(path, sheet_of(HEADER_XML, xml_row(2, '<c r="D2" t="e"><v>#N/A</v></c>'), xml_row(3, number("D3", "7"))))
    rule = {"expression": "CASE WHEN \"Amount\" <> '' THEN '5' ELSE '6' END"}
    faulty, sound = read(path, lines={"columns": {"amount": rule}})
    assert messages(faulty)[0].startswith("Bills!D2 has the error #N/A")
    assert sound["billLineItems"] == [{"amount": 5}]


def test_a_rule_about_an_error_is_none(tmp_path: Path) -> None:
    path = tmp_path / "bills.xlsx"
    xlsx_of(path, sheet_of(HEADER_XML, xml_row(2, number("D2", "7"), '<c r="E2" t="e"><v>#N/A</v></c>')))
    (record,) = read(path, lines={"columns": {"amount": "Amount"}}, where="\"What\" <> 'total'")
    (problem,) = record["_source_errors"]
    assert problem["field"] == "files[0].where"
    assert problem["message"].startswith("Bills!E2 has the error #N/A")


def test_a_row_of_errors_alone_is_no_blank(tmp_path: Path) -> None:
    path = tmp_path / "bills.xlsx"
    last = row_of(3, '<c r="D3"><f>SUM(D2)</f></c>')
    xlsx_of(path, sheet_of(HEADER_XML, xml_row(2, number("D2", "7")), last))
    (record,) = read(path)
    assert any("row" in each for each in messages(record))


# What a workbook hides


@pytest.mark.parametrize("suffix", ["xlsx", "xls", "ods"])
def test_hidden_rows_are_read_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture, suffix: str) -> None:
    path = tmp_path / f"bills.{suffix}"
    if suffix == "ods":
        hidden = ods_bill(ods_cell("6"), "2").replace("<table:table-row", '<table:table-row table:visibility="filter"')
        ods_of(path, ODS_HEADER, ods_bill(ods_cell("5")), hidden)
    else:
        write(path, {"Bills": [HEADER, SOUND, ["Ace", "2", DAY, 6, "x"]]})
        _hide(path, 3)
    with caplog.at_level(logging.WARNING):
        assert len(read(path)) == 2
    assert "1 rows are hidden, and are read all the same (row 3 is the first)" in caplog.text


def _hide(path: Path, row: int) -> None:
    if path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path)
        book.worksheets[0].row_dimensions[row].hidden = True
        book.save(path)
        return
    old = xlwt.Workbook()
    sheet = old.add_sheet("Bills")
    for number_, cells in enumerate(OLD):
        for place, value in enumerate(cells):
            sheet.write(number_, place, value)
    sheet.row(row - 1).hidden = True
    old.save(str(path))


@pytest.mark.parametrize("suffix", ["xlsx", "xls", "ods"])
def test_merged_cells_are_said(tmp_path: Path, caplog: pytest.LogCaptureFixture, suffix: str) -> None:
    path = tmp_path / f"bills.{suffix}"
    if suffix == "ods":
        vendor = ods_cell("Ace", **{"office_value-type": "string", "table_number-rows-spanned": "2"})
        below = ods_row("<table:covered-table-cell/>", ods_cell("1"), ods_cell("2026-01-02"), ods_cell("6"))
        ods_of(path, ODS_HEADER, ods_row(vendor, ods_cell("1"), ods_cell("2026-01-02"), ods_cell("5")), below)
    elif suffix == "xlsx":
        write(path, {"Bills": [HEADER, SOUND, [None, "1", DAY, 6, "x"]]})
        book = openpyxl.load_workbook(path)
        book.worksheets[0].merge_cells("A2:A3")
        book.save(path)
    else:
        old = xlwt.Workbook()
        sheet = old.add_sheet("Bills")
        rows: Rows = [HEADER, [None, "1", "2026-01-02", 5], [None, "1", "2026-01-02", 6]]
        for number_, cells in enumerate(rows):
            for place, value in enumerate(cells):
                if value is not None:
                    sheet.write(number_, place, value)
        sheet.write_merge(1, 2, 0, 0, "Ace")
        old.save(str(path))
    with caplog.at_level(logging.WARNING):
        found = read(path)
    assert "1 merged cells have their value in the first cell, and are blank in the others (row 2" in caplog.text
    # The row below may be of the document above it: nothing of both is loaded.
    assert [(each["vendorName"], each["_source_rows"], bool(each["_source_errors"])) for each in found] == [
        ("Ace", [2, 3], True)
    ]


def test_merged_titles_above_the_header_are_not_worth_a_word(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "bills.xlsx"
    write(path, {"Bills": [["Payables of January"], [], HEADER, SOUND]})
    book = openpyxl.load_workbook(path)
    book.worksheets[0].merge_cells("A1:E1")
    book.save(path)
    with caplog.at_level(logging.WARNING):
        (record,) = read(path, skip=1)
    assert record["_source_rows"] == [4]
    assert caplog.records == []


def test_a_hidden_sheet_is_read_only_when_it_is_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "bills.xlsx"
    write(path, {"Bills": [HEADER, SOUND], "Old": [HEADER, ["Bee", "2", DAY, 5, "x"]]}, hidden=["Old"])
    with caplog.at_level(logging.WARNING):
        assert [each["vendorName"] for each in read(path)] == ["Ace"]
    assert 'hidden sheets are not read: "Old"; name one by sheet' in caplog.text
    caplog.clear()
    assert [each["vendorName"] for each in read(path, sheet="Old")] == ["Bee"]
    assert caplog.records == []


# Sheets


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_sheet_is_named_numbered_or_the_only_one(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"bills.{suffix}"
    write(path, {"Notes": [["x"]], "M\u00e4rz": [HEADER, SOUND]})
    assert len(read(path, sheet="ma\u0308rz")) == 1
    write(path, {"Notes": [["x"]], "Bills": [HEADER, SOUND], "Blank": []})
    for sheet in ("Bills", "bills ", 2):
        (record,) = read(path, sheet=sheet)
        assert record["_source_file"] == f"{path}, sheet Bills"
    with pytest.raises(ConnectorError, match=r'`files\[0\].sheet`: must be given: .* has 2 sheets: "Notes", "Bills"'):
        read(path)
    with pytest.raises(ConnectorError, match='has no sheet "Bils"; did you mean "Bills"'):
        read(path, sheet="Bils")
    with pytest.raises(ConnectorError, match="has 3 sheets, and no number 4"):
        read(path, sheet=4)
    with pytest.raises(ConnectorError, match="sheet Blank, row 1: there is no header: all rows are blank"):
        read(path, sheet="Blank")
    write(path, {"Blank": [], "Bills": [HEADER, SOUND]})
    assert len(read(path)) == 1
    write(path, {"Blank": [], "Empty": []})
    with pytest.raises(ConnectorError, match='no visible sheet with anything in it; its sheets: "Blank", "Empty"'):
        read(path)


@pytest.mark.parametrize("sheet", [0, -1, "", " ", 1.5, True])
def test_a_sheet_that_can_be_none_is_refused(tmp_path: Path, sheet: object) -> None:
    write(tmp_path / "bills.xlsx", {"Bills": [HEADER, SOUND]})
    with pytest.raises(ConnectorError, match=r"files\[0\].sheet"):
        read(tmp_path / "bills.xlsx", sheet=sheet)


@pytest.mark.parametrize("suffix", FORMATS)
def test_rows_have_the_numbers_of_the_sheet(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"bills.{suffix}"
    rows: Rows = [[], ["Payables"], [], [None, *HEADER], [], [None, *SOUND], [None, "Ace", "2", DAY, "x", "y"]]
    write(path, {"Bills": rows})
    sound, faulty = read(path, skip=2)
    assert sound["_source_rows"] == [6]
    (problem,) = faulty["_source_errors"]
    assert (problem["row"], problem["column"], problem["value"]) == (7, "Amount", "x")


def test_a_header_that_is_repeated_is_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write(tmp_path / "bills.xlsx", {"Bills": [HEADER, SOUND, HEADER, ["Ace", "2", DAY, 5, "x"]]})
    with caplog.at_level(logging.WARNING):
        assert len(read(tmp_path / "bills.xlsx")) == 2
    assert "1 rows repeat the header" in caplog.text


def test_a_header_that_changes_under_the_tap_stops_it(tmp_path: Path) -> None:
    path = tmp_path / "bills.xlsx"
    write(path, {"Bills": [HEADER, SOUND]})
    (entry,) = parse_files([bills(str(path))])
    (found,) = find(str(path), "files[0].path")
    file = file_of(entry, found)
    header = file.header()
    write(path, {"Bills": [[*HEADER[::-1], "more"], SOUND]})
    with pytest.raises(ConnectorError, match="row 1: the header has changed while the tap was running"):
        list(file.rows(header, 5, Findings()))


def test_a_template_of_bill_needs_no_mapping_in_a_workbook_either(tmp_path: Path) -> None:
    """Its days are written in America's way, which ISO is none of."""
    header: list[Cell] = ["Vendor Name", "Invoice #", "Invoice Date", "Due Date", "Amount", "Account"]
    write(tmp_path / "bills.xlsx", {"Bills": [header, ["Ace", 17, DAY, DAY, 5.25, "Rent"]]})
    (record,) = documents({"path": str(tmp_path / "bills.xlsx")})["bills"]
    assert messages(record) == []
    assert (record["invoiceNumber"], record["invoiceDate"], record["dueDate"]) == ("17", "2026-01-02", "2026-01-02")


def test_a_mapping_is_guessed_from_a_workbook(tmp_path: Path) -> None:
    write(tmp_path / "bills.xlsx", {"Bills": [HEADER, SOUND, ["Bee", "2", DAY, 7.25, "y"]]})
    said_ = guess(str(tmp_path / "bills.xlsx"))
    assert 'vendorName: "Supplier"' in said_
    assert 'amount: "Amount"' in said_
    assert "cannot be read" not in said_


def test_a_folder_is_read_with_its_workbooks_and_without_locks(tmp_path: Path) -> None:
    write(tmp_path / "a.xlsx", {"Bills": [HEADER, SOUND]})
    write(tmp_path / "b.ods", {"Bills": [HEADER, ["Bee", "2", DAY, 5, "x"]]})
    (tmp_path / "~$a.xlsx").write_bytes(b"\x05Owner")
    (tmp_path / ".~lock.b.ods#").write_text("owner")
    assert [each["vendorName"] for each in documents(bills(str(tmp_path)))["bills"]] == ["Ace", "Bee"]
    assert [each["vendorName"] for each in documents(bills(str(tmp_path / "*.xlsx")))["bills"]] == ["Ace"]


def test_a_csv_that_is_called_a_workbook_is_a_csv(tmp_path: Path) -> None:
    (tmp_path / "bills.xlsx").write_text("Supplier,Number,Date,Amount,What\nAce,1,2026-01-02,10.00,x\n")
    assert len(read(tmp_path / "bills.xlsx")) == 1


def test_a_workbook_that_is_called_csv_is_a_workbook(tmp_path: Path) -> None:
    write(tmp_path / "bills.xlsx", {"Bills": [HEADER, SOUND]})
    (tmp_path / "bills.xlsx").rename(tmp_path / "bills.csv")
    assert len(read(tmp_path / "bills.csv")) == 1


def test_the_tap_reads_a_workbook_from_end_to_end(tmp_path: Path) -> None:
    write(tmp_path / "bills.xlsx", {"Bills": [HEADER, SOUND, ["Ace", "2", DAY, "five", "x"]]})
    run = run_tap(tmp_path, bills("bills.xlsx"))
    sound, faulty = run.records("bills")
    assert sound["_source_file"] == "bills.xlsx, sheet Bills"
    assert faulty["_source_rows"] == [3]
    assert "bills.xlsx, sheet Bills: 2 documents from 2 rows" in run.stderr
    state = run.messages[-1]["value"]["bookmarks"]["bills"]["files"]
    assert [each["path"] for each in state] == ["bills.xlsx"]


def test_two_sheets_of_one_workbook_are_two_files(tmp_path: Path) -> None:
    write(tmp_path / "bills.xlsx", {"One": [HEADER, SOUND], "Two": [HEADER, SOUND]})
    entries = [bills(str(tmp_path / "bills.xlsx"), sheet=sheet) for sheet in ("One", "Two")]
    first, second = documents(*entries)["bills"]
    assert messages(first) == []
    assert "the same document begins in" in messages(second)[0]
    assert "sheet One at row 2" in messages(second)[0]


# Files that are something else


def zip_of(*names: str, **contents: str) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                archive.writestr(name, contents.get(name.partition(".")[0], "x"))

    return make


def of_bytes(content: bytes) -> Callable[[Path], None]:
    return lambda path: [path.write_bytes(content)][0] and None  # type: ignore[return-value]


def ole_of(stream: str) -> Callable[[Path], None]:
    return of_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 1000 + stream.encode("utf-16-le") + b"\0" * 1000)


OTHERS: dict[str, tuple[Callable[[Path], None], str]] = {
    "a PDF": (of_bytes(b"%PDF-1.7\n"), "is a PDF"),
    "a picture": (of_bytes(b"\x89PNG\r\n\x1a\n"), "is a picture"),
    "a photo": (of_bytes(b"\xff\xd8\xff\xe0"), "is a picture"),
    "a page saved as .xls": (of_bytes(b"\n<html><table><tr><td>Supplier"), "is a web page (HTML), whatever its name"),
    "an old XML sheet": (of_bytes(b'<?xml version="1.0"?><Workbook/>'), "is XML, whatever its name says: open it in"),
    "a Word document": (zip_of("word/document.xml"), "is a Word document: copy its table"),
    "an old Word document": (ole_of("WordDocument"), "is a Word document: copy its table"),
    "an Outlook message": (ole_of("__properties_version1.0"), "is an e-mail (Outlook): save its attachment"),
    "a locked workbook": (ole_of("EncryptedPackage"), f"is {LOCKED}"),
    "a binary workbook": (zip_of("xl/workbook.bin"), "is a binary workbook (.xlsb): open it in a spreadsheet"),
    "Apple Numbers": (zip_of("Index/Document.iwa"), "is a document of Apple Numbers: export it"),
    "an empty archive": (of_bytes(b"PK\x05\x06" + b"\0" * 18), "is an empty archive"),
    "a text document": (
        zip_of("mimetype", mimetype="application/vnd.oasis.opendocument.text"),
        "is a document that is no workbook",
    ),
    "a locked open document": (
        zip_of(
            "mimetype",
            "META-INF/manifest.xml",
            mimetype="application/vnd.oasis.opendocument.spreadsheet",
            **{"META-INF/manifest": "<manifest:encryption-data/>"},
        ),
        f"is {LOCKED}",
    ),
    "RTF": (of_bytes(b"{\\rtf1"), "is a text document (RTF)"),
    "a workbook that is cut off": (of_bytes(b"PK\x03\x04" + b"\0" * 100), "is a damaged workbook or archive"),
}  # fmt: skip


@pytest.mark.parametrize("kind", OTHERS)
def test_what_is_no_table_is_named_with_what_to_do(tmp_path: Path, kind: str) -> None:
    make, message = OTHERS[kind]
    make(tmp_path / "bills.xls")
    with pytest.raises(ConnectorError) as caught:
        read(tmp_path / "bills.xls")
    assert str(caught.value).startswith(f"{tmp_path / 'bills.xls'}: {message}")
    assert "\n" not in str(caught.value)


def test_a_locked_old_workbook_is_named(tmp_path: Path) -> None:
    """The record that says so is put in the place of one that says little."""
    path = tmp_path / "bills.xls"
    write(path, {"Bills": [HEADER, SOUND]})
    content = path.read_bytes()
    record = struct.pack("<HH", 0x002F, 54)
    start = content.index(struct.pack("<HH", 0x0809, 16)) + 20
    path.write_bytes(content[:start] + record + content[start + 4 :])
    with pytest.raises(ConnectorError, match="locked by a password: save it without one"):
        read(path)


def test_the_columns_of_the_tests_are_those_of_the_support() -> None:
    assert [*BILL_COLUMNS, *BILL_LINES["columns"]] == [*TITLES]
