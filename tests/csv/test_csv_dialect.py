"""How a file is written is found out, and may be said."""

from __future__ import annotations

import gzip
import io
from typing import TYPE_CHECKING

import duckdb
import pytest
from csv_tap import BILL_HEADER, bills, documents

from bill_documents.errors import InputError, SourceError
from bill_documents.grouping import workspace as loading
from bill_documents.grouping.workspace import Workspace, workspace
from bill_documents.mapping.entries import parse_files
from bill_documents.mapping.expressions import literal
from bill_documents.mapping.layout import layouts
from bill_documents.reading.csv_file import CsvFile
from bill_documents.reading.rows import DELIMITER, QUOTE, Staged, stage
from bill_documents.reading.text import BLOCK_BYTES, TextFile

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import TextIO

    from bill_documents.reading.source import Header

ROW = "Ace,7,2021-06-01,1.50,Pipe\n"


def read(folder: Path, content: str | bytes, **more: str) -> list[tuple[str, str]]:
    path = folder / "bills.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return [
        (each["vendorName"], str(each["billLineItems"][0]["amount"]))
        for each in documents(bills(str(path), **more))["bills"]
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out(tmp_path: Path, delimiter: str) -> None:
    assert read(tmp_path, (BILL_HEADER + ROW).replace(",", delimiter)) == [("Ace", "1.5")]


def test_a_comma_in_every_text_does_not_make_it_the_delimiter(tmp_path: Path) -> None:
    content = "Supplier;Number;Date;Amount;What\nAce, Ltd;7;2021-06-01;1,50;a, b\nBee, Ltd;8;2021-06-01;2,50;c, d\n"
    assert read(tmp_path, content, decimal=",") == [("Ace, Ltd", "1.5"), ("Bee, Ltd", "2.5")]


@pytest.mark.parametrize("delimiter", ["~", "\u00a6", "%", "^"])
def test_other_delimiters_are_said(tmp_path: Path, delimiter: str) -> None:
    content = (BILL_HEADER + ROW + 'Bee,8,2021-06-01,2,"a, ""b"""\n').replace(",", delimiter)
    assert read(tmp_path, content, delimiter=delimiter) == [("Ace", "1.5"), ("Bee", "2")]


def test_the_bytes_of_a_wide_delimiter_in_other_characters_part_nothing(tmp_path: Path) -> None:
    good = (BILL_HEADER + ROW).replace(",", "\u00a6")
    assert read(tmp_path, good.replace("Pipe", "\u00a3\u00e6"), delimiter="\u00a6") == [("Ace", "1.5")]
    with pytest.raises(InputError, match="row 3: 3 cells, but the header has 5"):
        read(tmp_path, good + "Bee\u00a68\u00a62021-06-01\u00a3\u00e6\n", delimiter="\u00a6")


def test_single_quotes_are_found_out_and_may_be_said_and_so_may_none(tmp_path: Path) -> None:
    single = "'Supplier','Number','Date','Amount','What'\n'O''Neil, Ltd','7','2021-06-01','1.50',''\n"
    assert read(tmp_path, single) == [("O'Neil, Ltd", "1.5")]
    assert read(tmp_path, single.replace("'Supplier'", "Supplier"), quote="'") == [("O'Neil, Ltd", "1.5")]
    assert read(tmp_path, BILL_HEADER + '"Ace,7,2021-06-01,1.50,5" pipe\n', quote="") == [('"Ace', "1.5")]


def test_lines_above_the_header_are_skipped_and_counted(tmp_path: Path) -> None:
    content = "Payments to suppliers, June\n\n" + BILL_HEADER + ROW + "Bee,8,2021-06-01,x,\n"
    path = tmp_path / "bills.csv"
    path.write_text(content)
    good, bad = documents(bills(str(path), skip=1))["bills"]
    assert (good["_source_rows"], bad["_source_errors"][0]["row"]) == ([4], 5)


def test_a_folder_is_read_by_name_and_other_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text(BILL_HEADER + ROW.replace("Ace", "Bee"))
    (tmp_path / "a.CSV.gz").write_bytes(gzip.compress((BILL_HEADER + ROW).encode()))
    (tmp_path / "notes.md").write_text("# Notes")
    records = documents(bills(str(tmp_path)))["bills"]
    assert [each["vendorName"] for each in records] == ["Ace", "Bee"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_says_more_than_any_setting(tmp_path: Path, encoding: str) -> None:
    content = (BILL_HEADER + ROW.replace("Ace", "Caf\u00e9")).encode(encoding)
    assert read(tmp_path, content) == read(tmp_path, content, encoding="cp1252") == [("Caf\u00e9", "1.5")]


def test_a_code_unit_cut_off_at_the_end_is_not_dropped(tmp_path: Path) -> None:
    content = (BILL_HEADER + ROW).encode("utf-16") + b"\x1a"
    with pytest.raises(InputError, match="row 3: byte 0x1a is not utf-16"):
        read(tmp_path, content)


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c"])
def test_a_wrong_byte_is_named_by_its_line_of_the_file(tmp_path: Path, sign: str) -> None:
    content = (BILL_HEADER + ROW.replace("Ace", f"A{sign}ce")).encode() + b"Caf\xe9,8,2021-06-01,1.50,Pipe\n"
    with pytest.raises(InputError, match="row 3: byte 0xe9 is not utf-8"):
        read(tmp_path, content, encoding="utf-8")


# Rows are proved, not believed


def staged(folder: Path, content: str) -> tuple[list[tuple[str, ...]], Staged]:
    (folder / "f.csv").write_text(content, newline="")
    file = CsvFile(text=TextFile(setting="files[0]", path=str(folder / "f.csv")))
    out = io.StringIO()
    found = stage(file, file.header(), (0, 1), 2, out)
    rows = duckdb_rows(folder, out.getvalue())
    assert found.rows == len(rows)
    return rows, found


def duckdb_rows(folder: Path, content: str) -> list[tuple[str, ...]]:
    """Lines and cells, without those that are not read: there are none."""
    (folder / "staged.csv").write_text(content, newline="")
    path, delimiter, quote = map(literal, (str(folder / "staged.csv"), DELIMITER, QUOTE))
    query = f"""
        SELECT line, x, y FROM read_csv({path}, auto_detect = false, header = false, strict_mode = true,
            columns = {{line: 'VARCHAR', x: 'VARCHAR', y: 'VARCHAR', more: 'VARCHAR'}}, force_not_null = [x, y],
            delim = {delimiter}, quote = {quote}, escape = {quote})
    """  # noqa: S608  # our own file
    found = duckdb.connect().execute(query).fetchall()
    return [(str(line), str(x), str(y)) for line, x, y in found]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("1,2\n3,4\n", [("2", "1", "2"), ("3", "3", "4")]),
        ('"a,b",2\n3,"c"\n', [("2", "a,b", "2"), ("3", "3", "c")]),
        ('"a ""b""",2\n"",""""\n', [("2", 'a "b"', "2"), ("3", "", '"')]),
        ('"a\nb",2\n\n3,4\n', [("2", "a\nb", "2"), ("5", "3", "4")]),
        ('"a\rb",2\n3,4\n', [("2", "a\nb", "2"), ("4", "3", "4")]),
        ('5" pipe,2\n3,4\n', [("2", '5" pipe', "2"), ("3", "3", "4")]),
        (' "a, b",2\n3,4\n', [("2", "a, b", "2"), ("3", "3", "4")]),
        (",\n3,4", [("3", "3", "4")]),
        (f"a{DELIMITER}b,2\n3,4\n", [("2", f"a{DELIMITER}b", "2"), ("3", "3", "4")]),
        (f"{QUOTE}a{QUOTE}b,{QUOTE}\n", [("2", f"{QUOTE}a{QUOTE}b", QUOTE)]),
        ("Caf\u00e9\u00a0,\u2028\n\U0001f600,\\\n", [("2", "Caf\u00e9\u00a0", "\u2028"), ("3", "\U0001f600", "\\")]),
    ],
)
def test_rows_reach_duckdb_with_their_lines(tmp_path: Path, rows: str, said: list[tuple[str, ...]]) -> None:
    assert staged(tmp_path, "x,y\n" + rows)[0] == said


@pytest.mark.parametrize("rows", ['"a"b,2\n', '"a\n', "1,2,\n", "1\n", '"a",b",2\n', '"a" ,2\n', "1,\0\n", '1,"\0"\n'])
def test_rows_that_could_be_misread_are_refused(tmp_path: Path, rows: str) -> None:
    with pytest.raises(SourceError, match="row 3"):
        staged(tmp_path, "x,y\n1,2\n" + rows)


@pytest.mark.parametrize("cell", [" a", "a ", "a\u00a0", "a\t", "\u2028a"])
def test_blanks_around_texts_are_noticed(tmp_path: Path, cell: str) -> None:
    assert not staged(tmp_path, "x,y\na b,2\n")[1].has_outer_blanks
    assert staged(tmp_path, f"x,y\n{cell},2\n1,2\n")[1].has_outer_blanks


def test_a_text_over_several_blocks_is_one_row(tmp_path: Path) -> None:
    lines = "\n".join(f"line {number}" for number in range(9_000))
    filler = "".join(f"{number},2\n" for number in range(BLOCK_BYTES // 8))
    rows, _ = staged(tmp_path, f'x,y\n{filler}"{lines}",2\n3,4\n')
    first = BLOCK_BYTES // 8 + 2
    assert rows[-2:] == [(str(first), lines, "2"), (str(first + 9_000), "3", "4")]


def test_a_row_that_does_not_arrive_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "bills.csv"
    path.write_text(BILL_HEADER + ROW + ROW)
    (layout,) = layouts(parse_files([bills(str(path))])[0])

    def lose_a_row(file: CsvFile, header: Header, read: Sequence[int], needed: int, out: TextIO) -> Staged:
        found = stage(file, header, read, needed, out)
        out.flush()
        out.truncate(out.tell() - len(f"3,{ROW.rstrip()},\n"))
        return found

    monkeypatch.setattr(loading, "stage", lose_a_row)
    with workspace(2) as space, pytest.raises(SourceError, match=r"were read, and \(1, .* arrived in DuckDB"):
        space.load(layout, frozenset())


def test_duckdb_reads_nothing_but_the_rows_that_it_is_given(tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("secret\n1\n")
    (tmp_path / "work").mkdir()
    space = Workspace(tmp_path / "work", 1)
    try:
        for sql in (f"FROM read_csv('{tmp_path}/other.csv')", "SET enable_external_access = true", "INSTALL httpfs"):
            with pytest.raises(duckdb.Error, match=r"disabled|locked|cannot"):
                space._connection.execute(sql)
    finally:
        space.close()
