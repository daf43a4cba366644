"""Heads on a document's first row only, and rows of totals: no document is written in part, and no sum counts twice."""

from __future__ import annotations

import itertools
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from csv_tap import Json, documents, run_tap
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from bill_values.rejects import WHY, record_said, row_said

if TYPE_CHECKING:
    from random import Random

HEADER = "Vendor,Invoice,Date,Due,Amount,Desc\n"
COLUMNS = {"vendorName": "Vendor", "invoiceNumber": "Invoice", "invoiceDate": "Date", "dueDate": "Due"}
LINES = {"columns": {"amount": "Amount", "description": "Desc"}}
CASE = (
    "Larkspur Ltd,7001,2026-01-02,2026-02-02,10.00,first line\n"
    ",,,,20.00,second line\n"
    ",,,,30.00,third line\n"
    "Hazel Co,88,2026-01-02,2026-02-02,5.00,only line\n"
)


def entry(path: Path | str, **more: object) -> Json:
    return {"path": str(path), "stream": "bills", "columns": COLUMNS, "lines": LINES} | more


def read(folder: Path, rows: str, **more: object) -> list[Json]:
    (folder / "in.csv").write_text(HEADER + rows, encoding="utf-8")
    return documents(entry(folder / "in.csv", **more))["bills"]


def amounts(record: Json) -> list[Any]:
    return [line["amount"] for line in record["billLineItems"]]


def told(found: list[Json]) -> list[tuple[list[Any], bool]]:
    """Amounts of each document, and whether it is sound."""
    return [(amounts(each), each["_source_errors"] is None) for each in found]


# Without the setting


def test_a_document_above_rows_without_a_head_is_rejected_with_them(tmp_path: Path) -> None:
    above, other = read(tmp_path, CASE)
    assert told([above, other]) == [([10, 20, 30], False), ([5], True)]
    (problem,) = above["_source_errors"]
    assert (problem["row"], problem["field"], problem["column"]) == (3, "vendorName", "Vendor")
    assert "rows 3, 4 have lines and no vendorName, invoiceNumber; set files[0].fill_down" in problem["message"]
    assert above["_source_rows"] == [2, 3, 4]
    assert [each["Amount"] for each in above["_source_cells"]] == ["10.00", "20.00", "30.00"]
    assert [each["Vendor"] for each in above["_source_cells"]] == ["Larkspur Ltd", "", ""]


def test_the_whole_reject_can_be_corrected_and_loaded(tmp_path: Path) -> None:
    (above, _) = read(tmp_path, CASE)
    rows = "".join(",".join(each.values()) + "\n" for each in above["_source_cells"])
    assert told(read(tmp_path, rows, fill_down=True)) == [([10, 20, 30], True)]
    assert told(read(tmp_path, rows)) == [([10, 20, 30], False)]
    full = rows.replace(",,,,", "Larkspur Ltd,7001,,,")
    assert told(read(tmp_path, full)) == [([10, 20, 30], True)]


def test_rows_without_a_head_and_without_a_document_above_stand_alone(tmp_path: Path) -> None:
    found = read(tmp_path, ",,,,1,x\n,,,,2,y\nAce,7,,,4,z\n", fill_down=True)
    assert told(found) == [([1], False), ([2], False), ([4], True)]


def test_blank_lines_and_rows_that_say_nothing_of_lines_lie_between(tmp_path: Path) -> None:
    rows = "Ace,7,2026-01-02,,1,x\n\n,,,,,\n \n,,2026-01-05,,,\n,,,,2,y\n"
    found = read(tmp_path, rows, fill_down=True)
    assert told(found) == [([1, 2], True), ([None], False)]
    assert found[0]["_source_rows"] == [2, 7]


def test_a_key_that_is_blank_in_part_is_an_error_as_before_and_its_lines_go_with_it(tmp_path: Path) -> None:
    for fill_down in (False, True):
        found = read(tmp_path, "Ace,7,,,1,x\n,8,,,2,y\n,,,,4,z\nBee,9,,,8,x\n", fill_down=fill_down)
        assert told(found) == [([1], True), ([2, 4], False), ([8], True)]
        assert found[1]["_source_errors"][0]["message"].startswith("blank")


PART = "Ace,7,2026-01-02,2026-02-02,3,first\n"


@pytest.mark.parametrize("second", ["Ace,,,,10,second\n", "ACE,,,,10,\n", ",7,,,10,second\n", ",,,,10,second\n"])
def test_a_row_that_has_only_a_part_of_the_key_above_it_belongs_to_that_document(tmp_path: Path, second: str) -> None:
    rows = f"{PART}{second}Bee,9,,,8,x\n"
    assert told(read(tmp_path, rows)) == [([3, 10], False), ([8], True)]
    assert told(read(tmp_path, rows, fill_down=True)) == [([3, 10], True), ([8], True)]


def test_a_row_that_lacks_a_part_of_the_key_is_told_by_that_part(tmp_path: Path) -> None:
    ((problem,),) = [each["_source_errors"] for each in read(tmp_path, f"{PART}Ace,,,,10,second\n")]
    assert (problem["row"], problem["field"], problem["column"]) == (3, "invoiceNumber", "Invoice")
    assert "row 3 has a line and no invoiceNumber; set files[0].fill_down" in problem["message"]


@pytest.mark.parametrize("second", ["Bee,,,,10,second\n", ",8,,,10,second\n"])
def test_a_row_that_has_a_part_of_another_key_stands_alone(tmp_path: Path, second: str) -> None:
    for fill_down in (False, True):
        assert told(read(tmp_path, PART + second, fill_down=fill_down)) == [([3], True), ([10], False)]


def test_a_row_with_a_part_of_the_key_and_another_day_is_neither_filled_nor_lost(tmp_path: Path) -> None:
    for fill_down in (False, True):
        rows = f"{PART}Ace,,2026-01-03,,10,second\n"
        assert told(read(tmp_path, rows, fill_down=fill_down)) == [([3, 10], False)]


def test_the_reject_of_a_document_with_a_part_of_its_key_on_each_row_can_be_filled_in(tmp_path: Path) -> None:
    (bill,) = read(tmp_path, f"{PART}Ace,,,,10,second\nAce,,,,4,third\n")
    rows = "".join(",".join(each.values()) + "\n" for each in bill["_source_cells"])
    assert told(read(tmp_path, rows.replace("Ace,,", "Ace,7,"))) == [([3, 10, 4], True)]
    assert told(read(tmp_path, rows, fill_down=True)) == [([3, 10, 4], True)]


def test_a_word_for_nothing_is_a_head_and_its_lines_are_rejected_with_it(tmp_path: Path) -> None:
    for fill_down in (False, True):
        rows = "Ace,7,,,1,x\nREDACTED,7,,,2,y\n,,,,4,z\nREDACTED,7,,,8,y\nBee,9,,,16,x\n"
        found = read(tmp_path, rows, fill_down=fill_down, not_keys=["redacted"])
        assert told(found) == [([1], True), ([2, 4], False), ([8], False), ([16], True)]


def test_lines_below_a_head_that_is_not_wanted_reach_no_other_document(tmp_path: Path) -> None:
    rows = "Ace,7,,,1,x\nBee,8,,,2,y\n,,,,4,z\n"
    assert told(read(tmp_path, rows, where="\"Vendor\" <> 'Bee'")) == [([1], True), ([4], False)]
    assert told(read(tmp_path, rows, where="\"Vendor\" <> 'Bee'", fill_down=True)) == [([1], True)]


def test_a_document_goes_on_further_down_with_its_orphans(tmp_path: Path) -> None:
    rows = "Ace,7,,,1,x\nBee,8,,,2,y\nACE,7,,,4,z\n,,,,8,w\n"
    assert told(read(tmp_path, rows, fill_down=True)) == [([1, 4, 8], True), ([2], True)]
    assert told(read(tmp_path, rows)) == [([1, 4, 8], False), ([2], True)]


# With it


def test_filled_down_the_document_is_whole(tmp_path: Path) -> None:
    found = read(tmp_path, CASE, fill_down=True)
    assert told(found) == [([10, 20, 30], True), ([5], True)]
    assert [each["Vendor"] for each in found[0]["_source_cells"]] == ["Larkspur Ltd", "", ""]


def test_lines_of_amounts_alone_are_lines_even_where_one_is_the_sum_of_the_others(tmp_path: Path) -> None:
    rows = "V,9,2026-01-02,2026-02-02,10.00,\n,,,,20.00,\n,,,,30.00,\n"
    assert told(read(tmp_path, rows, fill_down=True)) == [([10, 20, 30], True)]
    assert told(read(tmp_path, rows)) == [([10, 20, 30], False)]
    assert told(read(tmp_path, "V,9,,,10.00,\n,,,,10.00,\n")) == [([10, 10], False)]


def test_a_row_with_another_date_of_its_own_is_not_filled_in_silence(tmp_path: Path) -> None:
    (bill,) = read(tmp_path, "Ace,7,2026-01-02,,1,x\n,,2026-01-03,,2,y\n", fill_down=True)
    assert "disagree" in bill["_source_errors"][0]["message"]


def test_vendors_of_the_same_file_suffer_no_harm(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(HEADER + CASE)
    vendors = {"path": str(tmp_path / "in.csv"), "stream": "vendors", "columns": {"name": "Vendor"}}
    filled = documents(vendors | {"fill_down": True})["vendors"]
    assert [(each["name"], each["_source_rows"]) for each in filled] == [("Larkspur Ltd", [2, 3, 4]), ("Hazel Co", [5])]
    assert all(each["_source_errors"] is None for each in filled)
    named = documents(vendors | {"where": "\"Vendor\" <> ''"})["vendors"]
    assert [(each["name"], each["_source_errors"]) for each in named] == [("Larkspur Ltd", None), ("Hazel Co", None)]
    plain = documents(vendors)["vendors"]
    assert [each["_source_errors"] is None for each in plain] == [True, False, False, True]


def test_a_vendor_without_a_name_but_with_an_address_is_not_the_one_above(tmp_path: Path) -> None:
    (tmp_path / "v.csv").write_text("name,address1,note\nAce,,x\n,1 Road,y\n,,z\n")
    found = documents({"path": str(tmp_path / "v.csv"), "stream": "vendors", "fill_down": True})["vendors"]
    assert [(each["name"], each["_source_rows"]) for each in found] == [("Ace", [2, 4]), (None, [3])]


def test_expressions_see_what_is_filled_in(tmp_path: Path) -> None:
    columns = COLUMNS | {"invoiceNumber": {"expression": 'upper("Invoice")'}}
    rows = "Ace,a,,,1,x\n,,,,2,y\n,,,,-4,z\n"
    found = read(tmp_path, rows, fill_down=True, columns=columns, where='CAST("Amount" AS INTEGER) > 0')
    assert told(found) == [([1, 2], True)]
    assert found[0]["invoiceNumber"] == "A"


def test_a_column_that_feeds_lines_too_is_not_filled_in(tmp_path: Path) -> None:
    columns = COLUMNS | {"description": "Desc"}
    (bill,) = read(tmp_path, "Ace,7,,,1,x\n,,,,2,\n", fill_down=True, columns=columns)
    assert [line["description"] for line in bill["billLineItems"]] == ["x", None]
    assert (bill["description"], bill["_source_errors"]) == ("x", None)


# Totals


def totalled(folder: Path, rows: str, **more: object) -> list[tuple[list[Any], bool]]:
    return told(read(folder, rows, **more))


@pytest.mark.parametrize("fill_down", [False, True])
@pytest.mark.parametrize(
    ("rows", "documents_told"),
    [
        ("A,1,,,10,x\nB,2,,,20,y\n,,,,30.00,\n", [[10], [20]]),
        ("A,1,,,10,\nB,2,,,20,\n,,,,30.00,\n", [[10], [20]]),
        ("A,1,,,10,\nA,1,,,20,\n,,,,30,\nB,2,,,5,\nB,2,,,6,\n,,,,11,\n,,,,41,\n", [[10, 20], [5, 6]]),
        ('A,1,,,"1,000.00",x\n,,,,"1,000.00",\nB,2,,,(5.00),x\n,,,,-5,\n', [[1000], [-5]]),
        ("A,1,,,0.10,x\nB,1,,,0.20,x\n,,,,0.30,\n", [[Decimal("0.10")], [Decimal("0.20")]]),
    ],
)
def test_a_row_that_only_adds_up_those_above_is_no_line_and_no_document(
    tmp_path: Path, rows: str, documents_told: list[list[Any]], fill_down: bool
) -> None:
    assert totalled(tmp_path, rows, fill_down=fill_down) == [(each, True) for each in documents_told]


@pytest.mark.parametrize(("sign", "form"), [(" EUR", {"currency": "EUR"}), (" CR", {"credit": "negative"})])
def test_what_stands_beside_the_number_of_a_total_is_no_word(
    tmp_path: Path, sign: str, form: dict[str, object]
) -> None:
    rows = f"A,1,,,5.00{sign},x\nB,2,,,6.00{sign},y\nTotal,,,,11.00{sign},\n"
    value = -1 if "credit" in form else 1
    assert totalled(tmp_path, rows, **form) == [([5 * value], True), ([6 * value], True)]


def test_totals_are_counted_in_the_log(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(HEADER + CASE.replace("\n,,,,30.00,third line", "") + ",,,,35.00,\n")
    run = run_tap(tmp_path, entry("in.csv", fill_down=True, where="\"Vendor\" <> 'x'"))
    assert told(run.records("bills")) == [([10, 20], True), ([5], True)]
    assert "in.csv: 1 rows are only the sum of those above them, and are left out" in run.stderr
    assert "rows are left out by" not in run.stderr


@pytest.mark.parametrize(
    "last", [",,,,31,\n", ",,,,30,Freight\n", ",,,,about 30,\n"], ids=["another sum", "a text beside it", "no number"]
)
def test_what_is_not_certainly_a_total_is_a_line_in_doubt(tmp_path: Path, last: str) -> None:
    found = totalled(tmp_path, "A,1,,,10,x\nB,2,,,20,y\n" + last)
    assert [sound for _, sound in found] == [True, False]
    assert len(found[1][0]) == 2


def test_what_stands_in_columns_that_feed_nothing_tells_no_line_from_a_total(tmp_path: Path) -> None:
    for note, other in itertools.product(("", "x"), repeat=2):
        rows = f"A,1,,,10,{note}\n,,,,10,{other}\nB,2,,,7,\n"
        lines = {"columns": {"amount": "Amount"}}
        assert totalled(tmp_path, rows, fill_down=True, lines=lines)[0] == ([10, 10], True)
        assert totalled(tmp_path, rows, lines=lines)[0] == ([10, 10], False)


def test_a_sum_over_a_line_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    assert totalled(tmp_path, "A,1,,,10,x\nB,2,,,twenty,y\n,,,,10,\n") == [([10], True), ([None, 10], False)]


def test_quantity_times_price_is_added_up_too(tmp_path: Path) -> None:
    (tmp_path / "i.csv").write_text("Number,Qty,Price,Amount\n1,3,1.25,\n2,2,1,\n,,,5.75\n")
    lines = {"columns": {"quantity": "Qty", "price": "Price", "amount": "Amount"}}
    invoices = {"path": str(tmp_path / "i.csv"), "stream": "invoices", "columns": {"invoiceNumber": "Number"}}
    found = documents(invoices | {"lines": lines})["invoices"]
    assert [each["_source_errors"] for each in found] == [None, None]


def test_a_total_that_stands_in_a_column_that_feeds_nothing_is_none_of_its_lines(tmp_path: Path) -> None:
    rows = "A,1,,,10,x\nA,1,,,20,y\nA,1,,,{},{}\n"
    lines = {"columns": {"amount": "Amount"}}
    assert totalled(tmp_path, rows.format(30, "Total"), lines=lines) == [([10, 20], True)]
    assert totalled(tmp_path, rows.format(31, "Total"), lines=lines) == [([10, 20, 31], False)]


def test_a_total_that_has_an_account_is_a_line_in_doubt(tmp_path: Path) -> None:
    columns = {name: column for name, column in COLUMNS.items() if name != "dueDate"}
    lines = {"columns": {"amount": "Amount", "description": "Desc", "chartOfAccountName": "Due"}}
    rows = "A,1,,Fuel,10,x\nA,1,,Fuel,20,y\nA,1,,{},30,Total\n"
    found = totalled(tmp_path, rows.format("Fuel"), columns=columns, lines=lines)
    assert found == [([10, 20, 30], False)]
    assert totalled(tmp_path, rows.format(""), columns=columns, lines=lines) == [([10, 20], True)]


def test_a_party_that_is_no_part_of_the_key_may_say_that_a_row_is_a_total(tmp_path: Path) -> None:
    (tmp_path / "i.csv").write_text("Customer,Number,Amount\nAce,1,10\nBee,2,20\nTotal,3,30\nBee,4,7\n")
    columns = {"customerName": "Customer", "invoiceNumber": "Number"}
    invoices = {"path": str(tmp_path / "i.csv"), "stream": "invoices", "columns": columns}
    found = documents(invoices | {"lines": {"columns": {"amount": "Amount"}}})["invoices"]
    assert [(each["customerName"], each["_source_errors"] is None) for each in found] == [
        ("Ace", True),
        ("Bee", True),
        ("Total", False),
        ("Bee", True),
    ]


# Totals in files of rejects

HEAD = ",".join((*WHY, HEADER))


def rejects(records: str, *, is_total_left_out: bool) -> str:
    """Rows of a file of rejects: those of each record, which a blank line parts, and the total as the last of all."""
    rows = []
    several = [each.splitlines() for each in records.split("\n\n")]
    for number, record in enumerate(several, start=1):
        for place, row in enumerate(record, start=1):
            before = [*[""] * 6, record_said("bills", number, "run"), row_said(place, len(record), is_line=False)]
            rows.append(",".join([*before, row]))
    if is_total_left_out:
        rows[-1] = ",".join([*rows[-1].split(",")[: len(WHY)], *[""] * HEADER.count(","), ""])
    return "\n".join([HEAD.rstrip("\n"), *rows]) + "\n"


@pytest.mark.parametrize(
    ("records", "sums"),
    [
        ("A,1,,,3,x\nA,1,,,10,y\nA,1,,,14,Total", [[3, 10]]),
        ("A,1,,,3,x\n\nA,Total,,,3,", [[3]]),
        ("A,1,,,3,x\n\nTotal,2,,,30,", [[3]]),
        ("A,1,,,3,x\n\nTotal,,,,4,", [[3]]),
    ],
    ids=["a line", "a number", "a party", "alone"],
)
def test_a_reject_with_a_total_is_rejected_again_as_it_is_and_loads_without_it(
    tmp_path: Path, records: str, sums: list[list[int]]
) -> None:
    path = tmp_path / "rejects.csv"
    path.write_text(rejects(records, is_total_left_out=False), encoding="utf-8")
    again = documents(entry(path))["bills"]
    said = [each["message"] for record in again for each in record["_source_errors"] or ()]
    assert "clear the row's own cells, or set files[0].totals to false" in said[0]
    assert not any("leave the row out by where" in each for each in said)
    assert sum(sum(amounts(each)) for each in again if each["_source_errors"] is None) in (0, 3)
    path.write_text(rejects(records, is_total_left_out=True), encoding="utf-8")
    assert told(documents(entry(path))["bills"]) == [(each, True) for each in sums]


# Totals in lists

VENDORS: Json = {"stream": "vendors", "columns": {"name": "Vendor"}}
TWO = "Ace,1,2026-01-02,,10,x\nBee,2,2026-01-02,,20,y\n"


def vendors(folder: Path, rows: str, header: str = HEADER, **more: Any) -> list[tuple[str | None, bool]]:
    """The vendors of a file, and whether each is sound."""
    (folder / "in.csv").write_text(header + rows, encoding="utf-8")
    found = documents({"path": str(folder / "in.csv")} | VENDORS | more)["vendors"]
    return [(each["name"], each["_source_errors"] is None) for each in found]


@pytest.mark.parametrize(
    "last",
    [
        "Total,,,,30,\n",
        "TOTALS:,,,,30.00,\n",
        "Grand total,,,,$30.00,\n",
        "Summe,,,,30,\n",
        "Bee Total,,,,20,\n",
        "Total for Bee,,,,20,\nTotal,,,,30,\n",
        ",,,,,\nTotal,,,,30,\n",
        "Total,2,,,30,\n",
        "Total,3,,,30,\n",
    ],
)
def test_a_total_is_no_vendor(tmp_path: Path, last: str) -> None:
    assert vendors(tmp_path, TWO + last) == [("Ace", True), ("Bee", True)]


@pytest.mark.parametrize("last", ["Total,3,,,31,\n", "Total,7,,,30,\n", "Total,2,,,31,\n"])
def test_a_total_of_which_a_number_is_no_sum_is_told(tmp_path: Path, last: str) -> None:
    """A row may be missing: that another column adds up proves nothing."""
    assert vendors(tmp_path, TWO + last)[2:] == [(None, False)]


@pytest.mark.parametrize(
    ("amounts", "total"),
    [
        (("1.234,50", "0,50"), "1.235,00"),
        (("1'000.00", "0.50"), "1'000.50"),
        (("1 000,00 €", "0,50 €"), "1 000,50 €"),
        (("10", "-10.50"), "(0.50)"),
        (("10.00 EUR", "5.50 EUR"), "15.50 EUR"),
        (("10.00 CR", "5.50 CR"), "15.50 CR"),
        (("10.00 CR", "5.50 DR"), "4.50 Cr"),
    ],
)
def test_the_numbers_of_a_list_are_added_up_in_any_notation(
    tmp_path: Path, amounts: tuple[str, str], total: str
) -> None:
    rows = "".join(
        f'{name},1,,,"{each}",\n' for name, each in zip(("Ace", "Bee", "Total"), (*amounts, total), strict=True)
    )
    assert vendors(tmp_path, rows) == [("Ace", True), ("Bee", True)]


@pytest.mark.parametrize("last", ["Total,,,,31,\n", "Total,,,,,\n", "Bee Total,,,,31,\n", "Total,5551234,,,,\n"])
def test_a_total_in_doubt_is_rejected_by_name_and_a_setting_says_that_it_is_a_vendor(tmp_path: Path, last: str) -> None:
    assert vendors(tmp_path, TWO + last) == [("Ace", True), ("Bee", True), (None, False)]
    assert vendors(tmp_path, TWO + last, totals=False)[2] == (last.partition(",")[0], True)


@pytest.mark.parametrize("last", ["Total,,,,30,1 Oil Road\n", "Total Wine,,,,30,\n", "Total,x,,,30,\n"])
def test_a_vendor_that_is_called_total_is_one_if_more_is_said_of_it(tmp_path: Path, last: str) -> None:
    assert vendors(tmp_path, TWO + last) == [("Ace", True), ("Bee", True), (last.partition(",")[0], True)]


def test_columns_that_feed_nothing_are_added_up_in_a_wide_list_too(tmp_path: Path) -> None:
    header = f"Vendor,{','.join(f'C{place}' for place in range(300))}\n"
    rows = [f"{name},{',' * 298}{amount},\n" for name, amount in (("Ace", 10), ("Bee", 20), ("Total", 30))]
    assert vendors(tmp_path, "".join(rows), header) == [("Ace", True), ("Bee", True)]


def test_a_file_of_vendors_and_bills_with_a_total_gives_neither_a_vendor_nor_a_bill_of_it(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text(HEADER + TWO + "Total,,,,30,\n")
    found = documents({"path": str(path)} | VENDORS, entry(path))
    assert [each["name"] for each in found["vendors"]] == ["Ace", "Bee"]
    assert told(found["bills"]) == [([10], True), ([20], True)]


@settings(max_examples=examples(30))
@given(
    st.lists(st.tuples(st.sampled_from(["Ace", "Bee"]), st.integers(1, 9), st.integers(-5, 50)), max_size=6),
    st.sampled_from(["Total", "Summe:", "Bee Total", ""]),
    st.integers(-5, 60),
    st.booleans(),
)
def test_below_whole_bills_a_total_is_left_out_exactly_where_it_is_a_sum_and_never_a_sound_document(
    rows: list[tuple[str, int, int]], word: str, amount: int, fill_down: bool
) -> None:
    text = "".join(f"{vendor},{number},,,{each},x\n" for vendor, number, each in rows)
    with TemporaryDirectory() as folder:
        found = read(Path(folder), f"{text}{word},,,,{amount},\n", fill_down=fill_down)
    kept = {line for each in found for line in each["_source_rows"]}
    last = len(rows) + 2
    assert set(range(2, last)) <= kept
    assert word == "" or all(each["_source_errors"] for each in found if last in each["_source_rows"])
    if rows and word == "Total" and amount == sum(each for _, _, each in rows):
        assert last not in kept


BILLS = st.lists(
    st.tuples(st.sampled_from(["Ace", "Bee"]), st.lists(st.integers(1, 9), min_size=1, max_size=4), st.booleans()),
    min_size=1,
    max_size=5,
)


@settings(max_examples=examples(25), deadline=None)
@given(BILLS, st.sampled_from(["Total", "Invoice total", "Summe:"]), st.randoms(use_true_random=False), st.booleans())
def test_a_total_of_a_bill_is_never_added_to_it_and_no_line_is_lost(
    several: list[tuple[str, list[int], bool]], word: str, random: Random, is_shuffled: bool
) -> None:
    rows: list[tuple[str, int, bool]] = []
    for number, (vendor, lines, has_total) in enumerate(several):
        rows += [(f"{vendor},{number},,,{each},x", each, True) for each in lines]
        rows += [(f"{vendor},{number},,,{sum(lines)},{word}", sum(lines), False)] * has_total
    if is_shuffled:
        random.shuffle(rows)
    with TemporaryDirectory() as folder:
        found = read(Path(folder), "".join(f"{row}\n" for row, _, _ in rows))
    lines_of_bills = {line for line, (_, _, is_line) in enumerate(rows, 2) if is_line}
    assert lines_of_bills <= {line for each in found for line in each["_source_rows"]}
    sound = [each for each in found if each["_source_errors"] is None]
    assert all(set(each["_source_rows"]) <= lines_of_bills for each in sound)
    assert is_shuffled or len(sound) == len(several)


# Properties

ROWS = st.lists(
    st.tuples(
        st.sampled_from(["", "", "A", "a", "B", "N/A"]),
        st.sampled_from(["", "1", "2"]),
        st.integers(-5, 50),
        st.sampled_from(["", "x"]),
    ),
    min_size=1,
    max_size=10,
)


@settings(max_examples=examples(30))
@given(ROWS, st.booleans())
def test_no_cent_is_lost_and_no_document_with_orphans_is_sound_without_the_setting(
    rows: list[tuple[str, str, int, str]], fill_down: bool
) -> None:
    text = "".join(f"{vendor},{number},,,{amount},{note}\n" for vendor, number, amount, note in rows)
    with TemporaryDirectory() as folder:
        found = read(Path(folder), text, fill_down=fill_down)
    lines = [line for each in found for line in each["_source_rows"]]
    assert len(lines) == len(set(lines))
    left = set(range(2, len(rows) + 2)) - set(lines)
    assert all("" in rows[line - 2][:2] and not rows[line - 2][3] for line in left), "only totals are left out"
    expected = sum(amount for line, (_, _, amount, _) in enumerate(rows, 2) if line not in left)
    assert sum(sum(amounts(each)) for each in found) == expected
    for each in found:
        orphaned = [line for line in each["_source_rows"] if rows[line - 2][:2] == ("", "")]
        assert fill_down or not orphaned or each["_source_errors"]


@pytest.mark.slow
@settings(max_examples=examples(25))
@given(ROWS)
def test_filled_down_is_the_same_as_written_in_full(rows: list[tuple[str, str, int, str]]) -> None:
    """Where a note beside every amount leaves no doubt that it is a line."""
    short, full, head = "", "", ("", "")
    for vendor, number, amount, _ in rows:
        is_filled = "" in (vendor, number) and vendor.upper() in ("", head[0].upper()) and number in ("", head[1])
        head = head if is_filled else (vendor, number)
        short += f"{vendor},{number},,,{amount},note\n"
        full += f"{','.join(head)},,,{amount},note\n"
    with TemporaryDirectory() as folder:
        down, whole = read(Path(folder), short, fill_down=True), read(Path(folder), full)
    sound = [[each for each in found if each["_source_errors"] is None] for found in (down, whole)]
    assert [(each["_source_rows"], amounts(each)) for each in sound[0]] == [
        (each["_source_rows"], amounts(each)) for each in sound[1]
    ]
