"""Rows of one document meet whatever way its key is written, and rows of two documents never do."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from csv_tap import BILL_HEADER, Json, bills, documents, run_bills, run_tap
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from bill_api.entities import BY_STREAM
from bill_api.identity.keys import record_key
from bill_documents.grouping.query import _not_plain
from bill_documents.mapping.entries import parse_files
from bill_documents.mapping.layout import layouts
from bill_values.spelling import NOTHING

if TYPE_CHECKING:
    from bill_documents.mapping.keys import KeyPart

BILLS = BY_STREAM["bills"]
HEADER = "Vendor,Invoice,Date,Due,Amount,Desc\n"
COLUMNS = {"vendorName": "Vendor", "invoiceNumber": "Invoice", "invoiceDate": "Date", "dueDate": "Due"}
LINES = {"columns": {"amount": "Amount", "description": "Desc"}}
NFC, NFD = "Caf\u00e9 Z\u00fcrich", "Cafe\u0301 Zu\u0308rich"


def vendors_and_bills(path: Path | str, **more: object) -> list[Json]:
    common = {"path": str(path), **more}
    vendors = {"stream": "vendors", "columns": {"name": "Vendor"}}
    return [common | vendors, common | {"stream": "bills", "columns": COLUMNS, "lines": LINES}]


def read(folder: Path, rows: str, **more: object) -> list[Json]:
    (folder / "in.csv").write_text(BILL_HEADER + rows, encoding="utf-8")
    return documents(bills(str(folder / "in.csv"), **more))["bills"]


def amounts(record: Json) -> list[Any]:
    return [line["amount"] for line in record["billLineItems"]]


def key(record: Json) -> str:
    return record_key(BILLS, record, names=["vendorName", "invoiceNumber"], source="", stream="bills").text


# The small inputs that failed


def test_a_vendor_in_capitals_and_two_blanks_is_the_same_vendor(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(
        HEADER
        + "Larkspur Ltd,7001,2026-01-02,2026-02-02,10.00,first line\n"
        + "LARKSPUR  Ltd,7001,2026-01-02,2026-02-02,20.00,second line\n"
    )
    found = documents(*vendors_and_bills(tmp_path / "in.csv"))
    assert [each["name"] for each in found["vendors"]] == ["Larkspur Ltd"]
    (bill,) = found["bills"]
    assert (bill["vendorName"], amounts(bill), bill["_source_errors"]) == ("Larkspur Ltd", [10, 20], None)
    assert [each["Vendor"] for each in bill["_source_cells"]] == ["Larkspur Ltd", "LARKSPUR  Ltd"]


SPELLINGS = {"nfc": (NFC, "55"), "nfd": (NFD, "55"), "num": (NFC, "55\u200b"), "zwsp": (NFC + "\u200b", "55")}


@pytest.mark.parametrize("order", [["nfc", "nfd", "num", "zwsp"], ["zwsp", "num", "nfd", "nfc"]])
def test_names_that_look_alike_are_one_vendor_and_one_bill_in_any_order_of_the_files(
    tmp_path: Path, order: list[str]
) -> None:
    files = []
    for name in order:
        vendor, number = SPELLINGS[name]
        path = tmp_path / f"{name}.csv"
        path.write_text(f"{HEADER}{vendor},{number},2026-01-02,2026-02-02,10.50,x\n", encoding="utf-8")
        files += vendors_and_bills(path)
    found = documents(*files)
    assert {each["name"] for each in found["vendors"]} == {NFC}
    assert {(each["vendorName"], each["invoiceNumber"]) for each in found["bills"]} == {(NFC, "55")}
    assert len({key(each) for each in found["bills"]}) == 1
    assert [each["_source_errors"] is None for each in found["bills"]] == [True, False, False, False]


def test_lines_of_one_bill_in_two_files_are_rejected_where_both_are_read_and_have_one_key_where_not(
    tmp_path: Path,
) -> None:
    for part, amount in (("part1", "100.00"), ("part2", "30.00")):
        row = f"Larkspur {'Ltd' if part == 'part1' else 'LTD'},77,2026-01-02,2026-02-02,{amount},{part}\n"
        (tmp_path / f"{part}.csv").write_text(HEADER + row)
    both = documents(*(vendors_and_bills(tmp_path / f"{part}.csv")[1] for part in ("part1", "part2")))["bills"]
    assert [each["_source_errors"] is None for each in both] == [True, False]
    assert "the same document begins in" in both[1]["_source_errors"][0]["message"]
    (alone,) = documents(vendors_and_bills(tmp_path / "part2.csv")[1])["bills"]
    assert alone["_source_errors"] is None
    assert key(alone) == key(both[0])


# Values, not texts


def test_times_of_day_that_the_format_drops_part_no_document(tmp_path: Path) -> None:
    rows = "Ace,7,2021-06-01 10:00,10,\nAce,7,2021-06-01 10:01,20,\nAce,7,2021-06-02 10:00,5,\n"
    found = read(
        tmp_path,
        rows,
        group_by=["vendorName", "invoiceNumber", "invoiceDate"],
        date_format="%Y-%m-%d %H:%M",
    )
    assert [(each["invoiceDate"], amounts(each)) for each in found] == [("2021-06-01", [10, 20]), ("2021-06-02", [5])]
    assert [each["_source_errors"] for each in found] == [None, None]


def test_two_ways_to_write_a_day_and_a_number_are_one_key(tmp_path: Path) -> None:
    rows = "Ace,7,2021-06-01,10,1.50\nACE,7,01/06/2021,20,1.5\nAce,7,01/06/2021,30,1.51\n"
    columns = {"vendorName": "Supplier", "invoiceNumber": "Number", "invoiceDate": "Date", "exchangeRate": "What"}
    found = read(
        tmp_path,
        rows,
        columns=columns,
        lines={"columns": {"amount": "Amount"}},
        group_by=["vendorName", "invoiceDate", "exchangeRate"],
        date_format=["%Y-%m-%d", "%d/%m/%Y"],
    )
    assert [amounts(each) for each in found] == [[10, 20], [30]]


def test_numbers_of_documents_are_compared_to_the_letter_and_names_are_not(tmp_path: Path) -> None:
    rows = "Ace,a7,2021-06-01,1,\nACE,A7,2021-06-01,2,\n\u00c9t\u00e9,07,2021-06-01,3,\n\u00e9T\u00c9,7,2021-06-01,4,\n"
    assert [amounts(each) for each in read(tmp_path, rows)] == [[1], [2], [3], [4]]


def test_heads_that_differ_only_in_spelling_agree_and_the_first_is_delivered(tmp_path: Path) -> None:
    (tmp_path / "i.csv").write_text(
        "invoiceNumber,customerName,amount\n1,Bea  & Co,5\n1,BEA & CO,6\n1,Bea Co,7\n2,X,1\n2,x,1\n", encoding="utf-8"
    )
    columns = {"invoiceNumber": "invoiceNumber", "customerName": "customerName"}
    entry = {"path": str(tmp_path / "i.csv"), "stream": "invoices", "columns": columns}
    wrong, right = documents(entry | {"lines": {"columns": {"amount": "amount"}}})["invoices"]
    assert (right["customerName"], right["_source_errors"]) == ("X", None)
    assert [each["row"] for each in wrong["_source_errors"]] == [4]


def test_the_country_may_be_written_in_all_its_ways(tmp_path: Path) -> None:
    (tmp_path / "v.csv").write_text("name,addressCountry\nAce,USA\nACE,United States\nAce,us\n")
    (vendor,) = documents({"path": str(tmp_path / "v.csv"), "stream": "vendors"})["vendors"]
    assert (vendor["addressCountry"], vendor["_source_errors"]) == ("USA", None)


def test_the_source_key_is_made_of_the_same_texts(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        "name,accountType,parentChartOfAccountName\nTravel,7,Costs\nTRAVEL,7,costs \nTravel,7,\nN/A,7,\n"
    )
    found = documents({"path": str(tmp_path / "a.csv"), "stream": "chart_of_accounts"})["chart_of_accounts"]
    assert [json.loads(each["_source_key"]) for each in found] == [["travel", "costs"], ["travel", ""], ["n/a", ""]]
    assert [each["_source_rows"] for each in found] == [[2, 3], [4], [5]]
    assert [each["_source_errors"] is None for each in found] == [True, True, False]


def test_what_is_delivered_is_clean_and_what_travels_along_is_as_it_stands(tmp_path: Path) -> None:
    rows = f"\u200b{NFD}\ufeff,7\u00a0b,2021-06-01,1,soft\u00adhyphen\u2003x\n"
    (bill,) = read(tmp_path, rows)
    assert (bill["vendorName"], bill["invoiceNumber"]) == (NFC, "7 b")
    assert bill["billLineItems"][0]["description"] == "softhyphen x"
    assert bill["_source_cells"][0]["Supplier"] == f"\u200b{NFD}\ufeff"


# No keys


@pytest.mark.parametrize("word", ["N/A", "nan", "NULL", "-", "None", "(blank)", "\u2014", " n/a ", "N/A\u200b"])
def test_words_for_nothing_bring_no_rows_together_unless_the_setting_says_so(tmp_path: Path, word: str) -> None:
    rows = f"Ace,{word},2021-06-01,1,\nAce,{word},2021-06-01,2,\n"
    found = read(tmp_path, rows)
    assert [amounts(each) for each in found] == [[1], [2]]
    for each in found:
        (problem,) = each["_source_errors"]
        assert problem["field"] == "invoiceNumber"
        assert "is a word for nothing (see not_keys)" in problem["message"]
    for given_list in ([], ["REDACTED"]):
        (bill,) = read(tmp_path, rows, not_keys=given_list)
        assert (amounts(bill), bill["_source_errors"]) == ([1, 2], None)


@pytest.mark.parametrize("text", ["1.23457E+11", "1,2E+15", "########", "#N/A", "#REF!", "#NAME?", "\u200b#N/A"])
@pytest.mark.parametrize("not_keys", [None, []])
def test_broken_texts_are_no_keys_whatever_the_setting(tmp_path: Path, text: str, not_keys: list[str] | None) -> None:
    rows = f'Ace,"{text}",2021-06-01,1,\nBee,"{text}",2021-06-01,2,\nAce,"{text}",2021-06-01,4,\n"{text}",7,,8,\n'
    found = read(tmp_path, rows, not_keys=not_keys)
    assert [amounts(each) for each in found] == [[1], [2], [4], [8]]
    for each in found:
        assert "spreadsheet" in each["_source_errors"][0]["message"]


def test_a_value_that_the_mapping_puts_in_place_of_a_word_is_a_key(tmp_path: Path) -> None:
    columns = {"vendorName": {"column": "Supplier", "values": {"n/a": "Cash"}}, "invoiceNumber": "Number"}
    (bill,) = read(tmp_path, "N/A,7,2021-06-01,1,\ncash,7,2021-06-01,2,\n", columns=columns)
    assert (bill["vendorName"], amounts(bill)) == ("Cash", [1, 2])


def test_a_number_that_has_lost_its_digits_is_a_warning_with_a_count(tmp_path: Path) -> None:
    numbers = ("1234567890123450000", "1234567890123456789", "12345678901234500")
    run = run_bills(tmp_path, "".join(f"Ace,{number},2021-06-01,1,\n" for number in numbers))
    assert run.problems("bills") == []
    assert "bills.csv: 2 keys are numbers of 16 digits or more that end in zeros" in run.stderr
    assert "row 2 is the first" in run.stderr


def test_zeros_that_stand_for_no_object_are_no_key(tmp_path: Path) -> None:
    found = read(tmp_path, f"{'0' * 20},7,2021-06-01,1,\n{'0' * 20},7,2021-06-01,2,\n")
    assert [each["_source_errors"] is None for each in found] == [False, False]


# Properties

LETTERS = st.sampled_from(
    ["a", "A", "b", "\u00e9", "e\u0301", "\u00df", "\u0130", "i", "7", "0", " ", "  ", "\u00a0", "\t", "-", "#", "E+11",
     "1.2", "\u200b", "\u200d", "\ufeff", "\u0646", "+", "/", "n/a", "\x01", "\n", "null", "REDACTED"]
)  # fmt: skip
TEXTS = st.lists(LETTERS, max_size=5).map("".join)


def spelled(text: str, way: int) -> str:
    """Another spelling of the same name."""
    ways = (
        str.upper,
        lambda each: unicodedata.normalize("NFD", each),
        lambda each: each.replace(" ", "\u00a0 "),
        lambda each: f"\u200b{each} ",
        lambda each: f" {each}\ufeff",
        str,
    )
    return ways[way % len(ways)](text)


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


@settings(max_examples=examples(25))
@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=8), st.sampled_from([None, [], ["redacted", "a b"]]))
def test_rows_are_together_exactly_where_their_delivered_keys_are_equal(
    pairs: list[tuple[str, str]], not_keys: list[str] | None
) -> None:
    rows = "".join(f"{quoted(a)},{quoted(b)},2021-06-01,{2**place},\n" for place, (a, b) in enumerate(pairs))
    with TemporaryDirectory() as folder:
        found = read(Path(folder), rows, not_keys=not_keys)
        if found:
            (layout,) = layouts(parse_files([bills(f"{folder}/in.csv", not_keys=not_keys)])[0])
            parts = layout.key_parts.values()
            texts = [[part.text(text) for part, text in zip(parts, pair, strict=True)] for pair in pairs]
            is_alone = [any(part.fault(text) for part, text in zip(parts, pair, strict=True)) for pair in pairs]
            together = Counter((place,) if is_alone[place] else tuple(each) for place, each in enumerate(texts))
            if all(map(all, texts)):  # those that lack a part of the key are tests/csv/test_csv_orphans.py's
                assert sorted(len(each["_source_rows"]) for each in found) == sorted(together.values())
    assert sum(sum(amounts(each)) for each in found) == 2 ** len(pairs) - 1
    sound = [key(each) for each in found if not each["_source_errors"]]
    assert len(sound) == len(set(sound))


@settings(max_examples=examples(25))
@given(st.lists(st.tuples(st.sampled_from(["Ace Ltd", "Caf\u00e9", "Bee"]), st.integers(0, 5)), min_size=1, max_size=8))
def test_any_spelling_of_a_name_is_the_same_vendor(names: list[tuple[str, int]]) -> None:
    rows = "".join(f"{quoted(spelled(name, way))},7,2021-06-01,1,\n" for name, way in names)
    with TemporaryDirectory() as folder:
        found = read(Path(folder), rows)
    assert len(found) == len({name for name, _ in names})
    assert all(each["_source_errors"] is None for each in found)


@settings(max_examples=examples(12))
@given(
    st.lists(st.tuples(st.sampled_from(["A", "a", "N/A", "B"]), st.sampled_from(["1", "2"])), min_size=2, max_size=6),
    st.permutations([0, 1, 2]),
)
def test_the_order_of_files_changes_what_is_rejected_by_no_cent(pairs: list[tuple[str, str]], order: list[int]) -> None:
    def verdicts(places: list[int], folder: str) -> dict[str, int]:
        files = []
        for place in places:
            path = Path(folder, f"{place}.csv")
            rows = "".join(f"{a},{b},2021-06-01,1,\n" for a, b in pairs[place::3])
            path.write_text(BILL_HEADER + rows)
            files.append(bills(str(path)))
        found = documents(*files)["bills"]
        assert sum(sum(amounts(each)) for each in found) == len(pairs)
        return Counter(key(each) for each in found if not each["_source_errors"])

    with TemporaryDirectory() as folder:
        assert verdicts([0, 1, 2], folder) == verdicts(list(order), folder)


@settings(max_examples=examples(100))
@given(TEXTS)
def test_texts_that_are_compared_as_they_are_need_nothing_else(text: str) -> None:
    """The shortcut that DuckDB takes says what the one meaning of "the same" says."""
    if re.search(_not_plain(NOTHING), text):
        return
    for part in PARTS:
        assert part.folds_case is not None
        trimmed = text.strip()
        assert part.text(text) == (trimmed.lower() if part.folds_case else trimmed)
        assert trimmed == "" or part.fault(text) is None


def _parts() -> list[KeyPart]:
    with TemporaryDirectory() as folder:
        Path(folder, "in.csv").write_text(BILL_HEADER)
        (layout,) = layouts(parse_files([bills(f"{folder}/in.csv")])[0])
        return list(layout.key_parts.values())


PARTS = _parts()


def test_expressions_and_other_kinds_are_compared_by_their_values_too(tmp_path: Path) -> None:
    columns = {
        "vendorName": {"expression": "upper(\"Supplier\") || ' Ltd'"},
        "invoiceNumber": {"expression": 'CAST("Number" AS INTEGER)'},
    }
    (tmp_path / "bills.csv").write_text(BILL_HEADER + "ace,07,2021-06-01,1,\nAce,7,2021-06-01,2,\n")
    (bill,) = run_tap(tmp_path, bills(columns=columns)).records("bills")
    assert (bill["vendorName"], bill["invoiceNumber"], amounts(bill)) == ("ACE Ltd", "7", [1, 2])
