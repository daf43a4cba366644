"""Files as they really come: encodings, line ends, quotes, gzip, patterns, damage."""

from __future__ import annotations

import gzip
import io
from typing import TYPE_CHECKING

import pytest
from csv_tap import BILL_HEADER, bills, run_bills, run_tap

from bill_documents.errors import SourceError
from bill_documents.reading.csv_file import CsvFile
from bill_documents.reading.rows import stage
from bill_documents.reading.text import TextFile

if TYPE_CHECKING:
    from pathlib import Path

ROWS = "Ace,1,2021-06-01,1,Caf\u00e9\nBee,2,2021-06-02,2,\u20ac 5\n"


@pytest.mark.parametrize(
    ("encoding", "written"),
    [
        ("utf-8", (BILL_HEADER + ROWS).encode("utf-8-sig")),
        ("utf-8", (BILL_HEADER + ROWS).replace("\n", "\r\n").encode()),
        ("utf-8", (BILL_HEADER + ROWS).replace("\n", "\r").encode()),
        ("windows-1252", (BILL_HEADER + ROWS).encode("cp1252")),
        ("UTF-16", (BILL_HEADER + ROWS).encode("utf-16")),
        ("utf-8", gzip.compress((BILL_HEADER + ROWS).encode())),
        ("utf-8", (BILL_HEADER + ROWS).rstrip("\n").encode()),
    ],
    ids=["byte order mark", "CRLF", "CR", "cp1252", "utf-16", "gzip", "no last line end"],
)
def test_the_same_rows_come_out_however_they_are_written(tmp_path: Path, encoding: str, written: bytes) -> None:
    records = run_bills(tmp_path, written, encoding=encoding).records("bills")
    assert [each["vendorName"] for each in records] == ["Ace", "Bee"]
    assert [each["billLineItems"][0]["description"] for each in records] == ["Caf\u00e9", "\u20ac 5"]
    assert [each["_source_rows"] for each in records] == [[2], [3]]


def test_rows_are_the_lines_of_an_editor_below_quoted_line_breaks_and_blank_lines(tmp_path: Path) -> None:
    content = (
        'Supplier,Number,"The\nDate",Amount,What\n'  # lines 1-2
        'Ace,1,2021-06-01,1,"two\n\nlines, ""quoted"""\n'  # 3-5
        "\n , ,\n"  # 6-7
        'Bee,2,2021-06-01,x,5" pipe\n'  # 8
    )
    columns = {"vendorName": "Supplier", "invoiceNumber": "Number", "invoiceDate": "The\nDate"}
    run = run_bills(tmp_path, content.encode(), columns=columns)
    ace, bee = run.records("bills")
    assert ace["billLineItems"][0]["description"] == 'two\n\nlines, "quoted"'
    assert (ace["_source_rows"], bee["_source_rows"]) == ([3], [8])
    assert bee["_source_errors"][0]["row"] == 8
    assert bee["billLineItems"][0]["description"] == '5" pipe'


def test_line_breaks_inside_texts_are_made_alike(tmp_path: Path) -> None:
    content = (BILL_HEADER + 'Ace,1,2021-06-01,1,"two\nlines"\n').replace("\n", "\r\n").encode()
    (bill,) = run_bills(tmp_path, content).records("bills")
    assert bill["billLineItems"][0]["description"] == "two\nlines"


def test_a_semicolon_parts_columns_where_the_settings_say_so(tmp_path: Path) -> None:
    content = (BILL_HEADER + ROWS).replace(",", ";").encode()
    assert len(run_bills(tmp_path, content, delimiter=";").records("bills")) == 2


def test_a_pattern_reads_every_file_by_name_each_with_its_own_header(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "b.csv").write_text("What,Amount,Date,Number,Supplier\n,1,2021-06-01,2,Ace\n")
    (tmp_path / "in" / "a.csv.gz").write_bytes(gzip.compress((BILL_HEADER + "Ace,1,2021-06-01,1,\n").encode()))
    records = run_tap(tmp_path, bills("in/*.csv*")).records("bills")
    assert [(each["_source_file"], each["invoiceNumber"]) for each in records] == [
        ("in/a.csv.gz", "1"),
        ("in/b.csv", "2"),
    ]


@pytest.mark.parametrize(
    ("rows", "row", "said"),
    [
        ("Ace,1,2021-06-01,1,a\nBee,2,2021-06-02\n", 3, 'only what comes behind "Amount" may be left out'),
        # The surplus cell is blank, so a lenient reader drops it and shifts the amount into the date.
        ("Ace,1,2021-06-01,1,a\nBee, Ltd,2,2021-06-02,2,\n", 3, "6 cells, but the header has 5"),
        (
            'Ace,1,2021-06-01,1,a\n"Bee,2,2021-06-02,2,\nCee,3,2021-06-02,2,\n',
            3,
            "a quote is opened here and not closed",
        ),
        ('Ace,1,2021-06-01,1,a\n"Bee"s,2,2021-06-02,2,\n', 3, "a quote inside a quoted text must be doubled"),
        ("Ace,1,2021-06-01,1,a\nB\0e,2,2021-06-02,2,\n", 3, "a zero byte"),
    ],
    ids=["cell missing", "blank cell too many", "open quote", "single quote inside", "zero byte"],
)
def test_a_damaged_row_stops_the_file_before_any_of_it_is_sent(tmp_path: Path, rows: str, row: int, said: str) -> None:
    run = run_bills(tmp_path, rows)
    assert f"bills.csv, row {row}: " in run.error
    assert said in run.error
    assert not [each for each in run.messages if each["type"] == "RECORD"]


def test_a_wrong_encoding_names_the_row_and_the_setting(tmp_path: Path) -> None:
    rows = "".join(f"Ace,{number},2021-06-01,1,{'x' * 90}\n" for number in range(500))
    content = (BILL_HEADER + rows + "Bee,1,2021-06-01,1,Caf\u00e9\n").encode("cp1252")
    error = run_bills(tmp_path, content, encoding="utf-8").error
    assert "bills.csv, row 502: byte 0xe9 is not utf-8; set files[0].encoding" in error


def test_a_file_without_the_promised_byte_order_is_refused(tmp_path: Path) -> None:
    assert "is not utf-16" in run_bills(tmp_path, ROWS, encoding="utf-16").error


def test_a_cut_off_gzip_is_an_error(tmp_path: Path) -> None:
    rows = "".join(f"Ace,{number},2021-06-01,{number},{number * 7919}\n" for number in range(20_000))
    packed = gzip.compress((BILL_HEADER + rows).encode())
    run = run_bills(tmp_path, packed[: len(packed) // 2])
    assert "bills.csv" in run.error
    assert "cannot be read" in run.error


def test_an_empty_file_is_an_error_and_a_lone_header_is_none(tmp_path: Path) -> None:
    assert "bills.csv: the file is empty" in run_bills(tmp_path, b"").error
    run = run_bills(tmp_path, "")
    assert run.records("bills") == []
    assert "a header and no rows below it" in run.stderr


def test_a_column_that_stands_twice_matters_only_where_it_is_needed(tmp_path: Path) -> None:
    (tmp_path / "twice.csv").write_text("name,note,email,note\nAce,1,a@x,2\n")
    entry = {"path": "twice.csv", "stream": "vendors"}
    assert run_tap(tmp_path, entry).records("vendors")[0]["email"] == "a@x"
    error = run_tap(tmp_path, entry | {"columns": {"name": "name", "description": "note"}}).error
    assert error == 'setting `files[0].columns.description`: twice.csv has 2 columns named "note": 2, 4'


def test_nothing_of_the_rows_is_left_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    assert len(run_bills(tmp_path, ROWS).records("bills")) == 2
    assert run_bills(tmp_path, ROWS + "ragged\n").error
    assert list(scratch.iterdir()) == []


def test_a_header_that_changes_under_the_tap_stops_it(tmp_path: Path) -> None:
    path = tmp_path / "bills.csv"
    path.write_text(BILL_HEADER + ROWS, encoding="utf-8")
    file = CsvFile(text=TextFile(setting="files[0]", path=str(path)))
    header = file.header()
    path.write_text("Number,Supplier,Date,Amount,What\n" + ROWS, encoding="utf-8")
    with pytest.raises(SourceError, match="the header has changed"):
        stage(file, header, range(len(header.columns)), len(header.columns), io.StringIO())
