"""What the page of bill-report says of figures that it lacks, or that are not what they seem."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from report_page import ReportPage
from report_world import AS_OF, Books, make_warehouse, plain_books, written_page

from bill_report.charts import Bar, bars

if TYPE_CHECKING:
    from pathlib import Path

AP, AR, FORECAST = "Accounts payable by age", "Accounts receivable by age", "Cash forecast"
VENDORS, ACCOUNTS, SUSPECTS = "Top vendors by spend", "Spend by account and month", "Duplicate suspects"
LATER = date(2021, 8, 3)
NOTHING = ("0", "0", "0", "0", "0")


def page(folder: Path, books: Books, *arguments: str) -> ReportPage:
    """The page of these books."""
    make_warehouse(folder / "out.duckdb", books.rows)
    return ReportPage(written_page(folder, *arguments))


def words(page: ReportPage) -> str:
    return " ".join(page.text.split())


@pytest.mark.parametrize(
    ("built_on", "said"),
    [
        (AS_OF, None),
        (LATER, "These are no balances of 2021-07-20: what was entered since is in them, what was paid since is not."),
        (date(2021, 7, 1), "2021-07-20 was to come: what is entered or paid until then is not in the figures."),
    ],
)
def test_balances_are_of_the_day_of_the_build_whatever_the_day_of_the_ageing(
    tmp_path: Path, built_on: date, said: str | None
) -> None:
    books = Books(built_on=built_on)
    books.loaded(bills=1)  # nothing is open: the days are known all the same
    text = words(page(tmp_path, books))
    assert f"Balances as read until {built_on}, aged as of 2021-07-20." in text
    for each in ("These are no balances of", "was to come"):
        assert (each in text) is (said is not None and each in said)
    assert (said or "") in text


def test_a_model_of_another_build_is_named_and_not_shown(tmp_path: Path) -> None:
    books = plain_books()
    books.loaded(bills=9, invoices=9, bill_line_items=9)
    for row in books.rows["bill__ap_ageing"]:
        row["built_on"] = LATER
    found = page(tmp_path, books)
    said = found.part(AP).text
    assert "bill__ap_ageing is of another build (built on 2021-08-03, as of 2021-07-20) than most models" in said
    assert found.part(AP).tables == []
    assert "Owed to vendors" not in found.text
    assert [name for name, part in found.parts if "Not shown" in part.text] == [AP]
    assert "Balances as read until 2021-07-20" in words(found)


def test_what_was_not_loaded_is_no_zero(tmp_path: Path) -> None:
    books = Books()
    books.ageing("bill__ap_ageing", "A", ("10.00", "0", "0", "0", "0"))
    books.week("out", 0, "10.00")
    books.loaded(bills=1)
    found = page(tmp_path, books)
    none = "No {} are in the warehouse: BILL has none, or they were not read."
    assert none.format("invoices") in found.part(AR).text
    assert "Nothing is open" not in found.part(AR).text
    assert f"Owed by customers\u2013{none.format('invoices')}" in found.text
    assert none.format("vendor credits") in found.part(AP).text
    assert none.format("invoices") in found.part(FORECAST).text
    assert found.part(FORECAST).tables[0][0] == ["week from", "out, due", "out, scheduled"]
    for name in (VENDORS, ACCOUNTS):
        assert none.format("lines of bills") in found.part(name).text
    assert "No two bills look like one." in found.part(SUSPECTS).text  # the bills are there


def test_of_an_organization_without_bills_nothing_is_said_of_bills(tmp_path: Path) -> None:
    books = Books()
    books.loaded(vendors=3)
    found = page(tmp_path, books)
    none = "No bills are in the warehouse: BILL has none, or they were not read."
    for name in (AP, FORECAST, SUSPECTS):
        assert none in found.part(name).text
    assert not re.search(r"\b0(\.00)?\b", re.sub(r"Made .* UTC", "", found.text))


def test_what_lowers_receivables_beside_the_figures_is_named(tmp_path: Path) -> None:
    books = Books()
    books.ageing("bill__ar_ageing", "A", ("10.00", "0", "0", "0", "0"))
    books.loaded(invoices=1, credit_memos=3, received_pays=2)
    books.not_netted("credit_memo", 3)
    books.not_netted("received_pay", 2, "71.25")
    said = page(tmp_path, books).part(AR).text
    assert "3 credit memos are not netted: BILL does not tell their amounts." in said
    assert "What payments of customers have left that is applied to no invoice is not netted: 71.25." in said


def test_the_sum_of_payments_that_were_not_loaded_is_not_known(tmp_path: Path) -> None:
    books = Books()
    books.ageing("bill__ar_ageing", "A", ("10.00", "0", "0", "0", "0"))
    books.loaded(invoices=1, credit_memos=3)
    said = page(tmp_path, books).part(AR).text
    assert "is not netted, and its sum is not known: no payments of customers are in the warehouse." in said


def test_what_is_past_due_is_part_of_the_documents_and_not_of_the_total(tmp_path: Path) -> None:
    books = Books()
    books.ageing("bill__ap_ageing", "A", ("100.00", "900.00", "0", "0", "0"), credit="-600.00", denied="50.00")
    found = page(tmp_path, books)
    assert "400.00Open bills 1,000.00, 900.00 of them past due; credits -600.00." in found.text
    assert found.part(AP).row("A")["denied"] == "50.00"
    assert "denied" not in page_without_denied(tmp_path / "other").part(AP).tables[0][0]


def page_without_denied(folder: Path) -> ReportPage:
    folder.mkdir()
    books = Books()
    books.ageing("bill__ap_ageing", "A", ("100.00", "0", "0", "0", "0"))
    return page(folder, books)


def test_vendors_of_one_name_are_told_apart_and_deleted_or_nameless_ones_known(tmp_path: Path) -> None:
    books = Books()
    for name, is_deleted in (("Twin", False), ("Twin ", True), ("  ", False), ("Only", True)):
        books.ageing("bill__ap_ageing", name, ("1.00", "0", "0", "0", "0"), is_deleted=is_deleted)
    names = page(tmp_path, books).part(AP).names
    assert sorted(names[:-1]) == ["Only (deleted)", "Twin (\u2026endor0)", "Twin (\u2026endor1) (deleted)", "vendor2"]


def test_the_largest_below_zero_is_not_hidden_among_the_others(tmp_path: Path) -> None:
    books = Books()
    for number in range(5):
        books.ageing("bill__ap_ageing", f"V{number}", (f"{number + 1}.00", "0", "0", "0", "0"))
        books.line(f"V{number}", "Rent", AS_OF.replace(day=1), f"{number + 1}.00")
    books.ageing("bill__ap_ageing", "Owes us", NOTHING, credit="-900.00")
    books.line("Returned", "Rent", AS_OF.replace(day=1), "-900.00")
    found = page(tmp_path, books, "--top", "2")
    assert found.part(AP).names == ["V4", "Owes us", "4 other vendors", "total"]
    assert found.part(AP).row("4 other vendors")["total"] == "10.00"
    assert found.part(VENDORS).names == ["V4", "Returned", "4 other vendors", "total"]
    assert "There are no shares of a total that is not above zero." in found.part(VENDORS).text
    assert "All accounts with lines, July 2021." in found.part(ACCOUNTS).text


def test_a_share_that_rounds_to_nothing_has_no_sign(tmp_path: Path) -> None:
    books = Books()
    books.line("A", "Rent", AS_OF.replace(day=1), "10000.00")
    books.line("B", "Rent", AS_OF.replace(day=1), "-0.01")
    assert page(tmp_path, books).part(VENDORS).row("B")["share"] == "0.0%"


def test_items_without_an_account_for_purchases_are_no_lines_without_an_account(tmp_path: Path) -> None:
    books = Books()
    books.line("A", None, AS_OF.replace(day=1), "7.00")
    books.line("A", None, AS_OF.replace(day=1), "5.00")
    books.rows["bill__spend_lines"][-1]["account_name"] = "(no purchase account)"
    row = page(tmp_path, books).part(ACCOUNTS).row("2021-07")
    assert (row["(no account)"], row["(no purchase account)"]) == ("7.00", "5.00")


def test_the_bills_that_may_be_there_twice_are_counted_and_not_the_pairs(tmp_path: Path) -> None:
    books = Books()
    books.pair("A", ("1", "10.00"), ("2", "10.00"))
    books.pair("A", ("1", "10.00"), ("3", "12.50"))
    books.rows["bill__duplicate_suspects"].append(
        {**books.rows["bill__duplicate_suspects"][0], "reason": "same number"}
    )
    books.pair("B", ("9", "4.00"), ("9", "4.00"), "same number, other vendor")
    books.rows["bill__duplicate_suspects"][-1]["other_vendor_name"] = "C"
    found = page(tmp_path, books)
    assert "Duplicate suspects3Bills that may be there already, 26.50 in all." in found.text
    assert "B / C" in found.part(SUSPECTS).names


def test_a_bar_below_zero_goes_left_with_its_amount_at_its_end() -> None:
    rows = [Bar(label="a", amount=each, said=f"{each}", colour="red") for each in (Decimal(20), Decimal(-20))]
    chart = bars(rows, "told")
    assert chart
    for drawing in (chart.wide, chart.narrow):
        anchors = dict(re.findall(r'<text text-anchor="(\w+)"[^>]*>(-?20)</text>', drawing))
        assert anchors == {"start": "20", "end": "-20"}
