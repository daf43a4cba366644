"""What a file leaves open and the tap finds out is said, once and with its first row; what is in doubt is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from csv_tap import BILL_COLUMNS, BILL_HEADER, run_bills

if TYPE_CHECKING:
    from pathlib import Path

FIRST = "Ace,1,2021-06-01,1.50,first\n"


# Encodings


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "Caf\u00e9 \u201cZ\u00fcrich\u201d"),
        ("mac_roman", "Caf\u00e9 fran\u00e7ais"),
        ("cp850", "M\u00fcller"),
        ("utf-16-le", "Caf\u00e9"),
    ],
)
def test_an_encoding_that_nothing_names_is_found_and_said(tmp_path: Path, encoding: str, text: str) -> None:
    run = run_bills(tmp_path, (BILL_HEADER + f"{text},1,2021-06-01,1,x\n").encode(encoding))
    assert [each["vendorName"] for each in run.records("bills")] == [text]
    assert f"read as {encoding}, by its letters (" in run.stderr
    assert "set files[0].encoding if they are wrong" in run.stderr


def test_an_encoding_that_is_named_or_proves_itself_is_not_remarked_on(tmp_path: Path) -> None:
    rows = "Caf\u00e9,1,2021-06-01,1,x\n"
    assert "by its letters" not in run_bills(tmp_path, rows).stderr
    assert "by its letters" not in run_bills(tmp_path, (BILL_HEADER + rows).encode("cp1252"), encoding="cp1252").stderr


def test_where_two_encodings_make_words_both_are_shown_and_the_setting_is_asked_for(tmp_path: Path) -> None:
    city = "\u041c\u043e\u0441\u043a\u0432\u0430"
    said = run_bills(tmp_path, (BILL_HEADER + f"{city},1,2021-06-01,1,x\n").encode("cp1251")).error
    assert f'several encodings may be meant: cp1251 makes "{city}"; cp1253 makes "' in said
    assert said.endswith("; set files[0].encoding")


def test_where_no_encoding_makes_words_the_setting_is_asked_for(tmp_path: Path) -> None:
    said = run_bills(tmp_path, BILL_HEADER.encode() + b"Caf\xe9\x81\x8d\xa4x,1,2021-06-01,1,x\n").error
    assert said.startswith("bills.csv, row 2: ")
    assert "no other encoding makes words of it; set files[0].encoding" in said


# Rows


def test_cells_that_are_left_out_at_the_end_are_blank_and_said(tmp_path: Path) -> None:
    run = run_bills(tmp_path, FIRST + "Bee,2,2021-06-02,2\n")
    (ace, bee) = run.records("bills")
    assert (ace["billLineItems"][0]["description"], bee["billLineItems"][0]["description"]) == ("first", None)
    assert "1 rows end before the last columns, which are taken for blank in them (row 3 is the first)" in run.stderr


def test_cells_up_to_the_last_number_or_day_are_never_left_out(tmp_path: Path) -> None:
    said = run_bills(tmp_path, FIRST + "Bee,2,2021-06-02\n").error
    assert "row 3: 3 cells, but the header has 5" in said
    assert 'only what comes behind "Amount" may be left out at the end of a row' in said


def test_headers_in_the_midst_are_left_out_and_said(tmp_path: Path) -> None:
    run = run_bills(tmp_path, FIRST + BILL_HEADER + "Bee,2,2021-06-02,2,x\n")
    assert [each["vendorName"] for each in run.records("bills")] == ["Ace", "Bee"]
    assert "1 rows repeat the header, and are left out (row 3 is the first)" in run.stderr


def test_a_line_above_the_header_names_the_delimiter(tmp_path: Path) -> None:
    content = "sep=;\n" + (BILL_HEADER + FIRST).replace(",", ";")
    (bill,) = run_bills(tmp_path, content.encode()).records("bills")
    assert (bill["vendorName"], bill["_source_rows"]) == ("Ace", [3])


# Cells


@pytest.mark.parametrize("amount", ["1136.8400000000001", "6.82121E-13", "5E-10"])
def test_the_dust_of_floats_is_taken_off_and_said(tmp_path: Path, amount: str) -> None:
    run = run_bills(tmp_path, FIRST + f"Bee,2,2021-06-02,{amount},x\n")
    assert run.problems("bills") == []
    assert "1 amounts are less than a millionth of a cent off whole cents" in run.stderr
    assert "(row 3 is the first)" in run.stderr


@pytest.mark.parametrize("word", ["free", "complimentary", "9999999999.99"])
def test_a_word_for_which_the_mapping_has_an_amount_has_no_dust(tmp_path: Path, word: str) -> None:
    lines = {"columns": {"amount": {"column": "Amount", "values": {word: 0}}, "description": "What"}}
    run = run_bills(tmp_path, f"Ace,1,2021-06-01,{word},x\n", lines=lines)
    assert (run.problems("bills"), "cent off" in run.stderr) == ([], False)
    assert run.records("bills")[0]["billLineItems"][0]["amount"] == 0


@pytest.mark.parametrize("cell", ["'00123", '"=""00123"""'])
def test_a_number_that_a_spreadsheet_marks_as_a_text_keeps_its_zeros(tmp_path: Path, cell: str) -> None:
    (bill,) = run_bills(tmp_path, f"Ace,{cell},2021-06-01,1,x\n").records("bills")
    assert bill["invoiceNumber"] == "00123"


# Columns


def test_a_wrong_date_format_is_said_once_for_all_rows_and_columns(tmp_path: Path) -> None:
    header = "Supplier,Number,Date,Amount,What,Due\n"
    rows = "".join(f"Ace,{number},01/{number % 28 + 1:02}/2026,1,x,02/28/2026\n" for number in range(144))
    columns = {**BILL_COLUMNS, "dueDate": "Due"}
    run = run_bills(tmp_path, (header + rows).encode(), columns=columns, date_format="%d/%m/%Y")
    said = [line for line in run.stderr.splitlines() if "date_format" in line]
    assert len(said) == 1
    assert 'bills.csv: all 288 dates in "Date", "Due" look like %m/%d/%Y, and 224 cannot be read as' in said[0]
    assert said[0].endswith('set files[0].date_format to "%m/%d/%Y"')
    assert all(len(each["message"]) < 80 for each in run.problems("bills"))
