"""An ordinary input does no harm: no lines lost, no total that is another, nothing below zero, no broken names."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from target_pairs import ARRAYS, DOCUMENTS, ENTITIES, PARENTS, RECURRING, Record, Stream, document, lines
from target_run import (
    ORGANIZATION,
    account,
    bill,
    bills,
    books,
    load,
    refused,
    rejects,
    report,
    singer,
    vendors,
    writes,
)

from bill_api.entities import BY_NAME
from target_bill.plan.checks import LESS, takes_away
from target_bill.plan.lines import partners

if TYPE_CHECKING:
    from pathlib import Path

    from bill_simulator import Simulator

BILL = BY_NAME["Bill"]
COPY = {"organizationId": "00801OTHERORGAAaaaa9"}


def each(*amounts: Any, **more: Any) -> list[Stream]:
    """A bill, an invoice, a credit and a recurring bill with these amounts."""
    recurring = {**RECURRING, "recurringBillLineItems": lines(*amounts), "key": 1, **more}
    found = [(stream, ["key"], [document(stream, *amounts, **{"key": 1, **more})]) for stream in DOCUMENTS]
    return [*found, ("recurring_bills", ["key"], [recurring])]


STREAMS = [*DOCUMENTS, "recurring_bills"]


def accounts(folder: Path) -> list[dict[str, int]]:
    return [account(folder, stream) for stream in STREAMS]


def twice(simulator: Simulator, folder: Path, stdin: str, **more: Any) -> None:
    """Run an input, and plan it once more: it rejects the same, and does and would do nothing."""
    simulator.control.forget_requests()
    assert load(simulator, folder, stdin, **more).code == 1
    told = refused(folder)
    assert load(simulator, folder, stdin, mode="plan", plan="plan.json", **more).code == 1
    assert told
    assert refused(folder) == told
    assert writes(simulator) == []
    assert json.loads((folder / "plan.json").read_text())["steps"] == []


# Lines that would be gone


LAMPS, BULBS, TUBES = {"description": "lamps"}, {"description": "bulbs"}, {"description": "tubes"}


@pytest.mark.parametrize(
    ("stored", "sent", "is_refused"),
    [
        (lines(100), lines(30), True),
        (lines(100), lines(130), False),
        (lines(100), lines(60, 60), False),
        (lines(50, 50), lines(120), True),
        (lines(50, 50), lines(50), True),
        (lines(50, 50), lines(50, 40), True),
        (lines(100, **LAMPS), lines(30, **BULBS), True),
        (lines(100, **LAMPS), lines(300, **BULBS), True),
        (lines(100, **LAMPS), lines(30, **LAMPS), False),
        (lines(100, **LAMPS), [*lines(30, **BULBS), *lines(100, **LAMPS)], False),
        (lines(1, 2, **LAMPS), lines(3, **LAMPS), True),
        (lines(100, **LAMPS), lines(100, **BULBS), False),
        ([*lines(1, **LAMPS), *lines(2, **BULBS)], [*lines(2, **TUBES), *lines(1, **LAMPS)], False),
        ([*lines(1, **LAMPS), *lines(2, **BULBS)], [*lines(1, **BULBS), *lines(2, **TUBES)], True),
        ([*lines(1, **LAMPS), *lines(2, **BULBS)], [*lines(1, **BULBS), *lines(2, **LAMPS)], False),
        (lines(100, **LAMPS, chartOfAccountId="0ca1"), lines(100, **BULBS, chartOfAccountId="0ca1"), False),
        (lines(100, **LAMPS, chartOfAccountId="0ca1"), lines(100, **BULBS), False),
        (lines(100, **LAMPS, chartOfAccountId="0ca1"), lines(100, **BULBS, chartOfAccountId="0ca2"), True),
        (lines(100, chartOfAccountId="0ca1"), lines(100, chartOfAccountId="0ca2"), False),
        (lines(100, **LAMPS, chartOfAccountId="0ca1"), lines(100, **LAMPS, chartOfAccountId="0ca2"), False),
        (lines(100, chartOfAccountId="0ca1"), lines(130, chartOfAccountId="0ca2"), True),
        (lines(1, 1, chartOfAccountId="0ca1"), lines(1, 1, chartOfAccountId="0ca2"), True),
        (lines(1, 2, chartOfAccountId="0ca1"), lines(2, 1, chartOfAccountId="0ca2"), False),
        (lines(100, **LAMPS), lines(100, 30, **BULBS), True),
        ([*lines(1, **LAMPS), *lines(2, **BULBS)], [*lines(1, **TUBES), *lines(3, **BULBS)], True),
        ([*lines(1, **LAMPS), *lines(1, **BULBS)], lines(1, 1, **TUBES), True),
        (lines(0, **LAMPS), lines(0, **BULBS), True),
        (lines(100), lines(100, **LAMPS), False),
        ([*lines(1, **LAMPS), *lines(2, **BULBS)], [*lines(1, **LAMPS), *lines(5)], True),
        (lines(100), lines(30, **LAMPS), True),
        (lines(100, **LAMPS), lines(30), True),
        (lines(100, **LAMPS, id="1"), lines(30, **BULBS, id="1"), False),
        (lines(100, **LAMPS, id="1"), lines(100, **LAMPS, id="2"), False),
        (lines(100), [], True),
        ([], lines(30), False),
    ],
)
def test_a_stored_line_without_a_partner_is_not_given_up(
    stored: list[Record], sent: list[Record], is_refused: bool
) -> None:
    problem = takes_away(BILL, {"billLineItems": sent}, {"billLineItems": stored})
    assert (problem is not None) is is_refused
    for order in (sent[::-1], sent):
        assert sorted(partners(BILL.by_name["billLineItems"], order, stored), key=str) == sorted(
            partners(BILL.by_name["billLineItems"], sent, stored), key=str
        )


def test_a_line_with_another_text_is_none_of_those_that_a_document_of_fewer_lines_leaves_out() -> None:
    array = BILL.by_name["billLineItems"]
    assert partners(array, lines(1, **TUBES), [*lines(1, **LAMPS), *lines(2, **BULBS)]) == [None]


SAYINGS = [LAMPS, BULBS, {**LAMPS, "chartOfAccountId": "0ca1"}, {**LAMPS, "chartOfAccountId": "0ca2"}]


@given(
    st.lists(st.tuples(st.sampled_from(SAYINGS), st.integers(1, 3)), max_size=6),
    st.lists(st.tuples(st.sampled_from(SAYINGS), st.integers(1, 3)), max_size=6),
)
def test_a_line_finds_the_one_that_says_the_same_before_any_that_it_only_may_be(
    sent: list[tuple[Record, int]], stored: list[tuple[Record, int]]
) -> None:
    array = BILL.by_name["billLineItems"]
    (new, old) = ([{**text, "amount": amount} for text, amount in each] for each in (sent, stored))
    found = partners(array, new, old)
    taken = [place for place in found if place is not None]
    assert len(set(taken)) == len(taken)
    for text in SAYINGS:
        there, here = (sum(each == text for each, _ in side) for side in (stored, sent))
        pairs = [place for place, (each, _) in zip(found, sent, strict=True) if each == text and place is not None]
        assert sum(stored[place][0] == text for place in pairs) == min(there, here)


def test_a_text_that_is_corrected_is_an_edit_of_its_line(empty: Simulator, tmp_path: Path) -> None:
    def record(*texts: str) -> dict[str, Any]:
        said = zip((5, 7), texts, strict=True)
        return bill("A", "1", billLineItems=[{"amount": amount, "description": text} for amount, text in said])

    load(empty, tmp_path, singer(vendors("A"), bills(record("lmaps", "bulbs"))))
    before = {line["amount"]: line["id"] for line in books(empty, "Bill")[0]["billLineItems"]}
    ran = load(empty, tmp_path, singer(bills(record("lamps", "bulbs"))))
    assert ran.code == 0, ran.err
    (stored,) = books(empty, "Bill")
    found = {line["amount"]: (line["id"], line["description"]) for line in stored["billLineItems"]}
    assert found == {5: (before[5], "lamps"), 7: (before[7], "bulbs")}


def test_lines_of_a_document_in_a_later_file_do_not_replace_those_it_has(empty: Simulator, tmp_path: Path) -> None:
    assert load(empty, tmp_path, singer(*PARENTS, *each("100.00"))).code == 0
    twice(empty, tmp_path, singer(*each("30.00")))
    assert accounts(tmp_path) == [{"rejected": 1}] * 4
    assert {reason for *_, reason in refused(tmp_path)} == {
        f"BILL has 1 line of 100.00, and the record has 1 line of 30.00: {LESS}"
    }
    assert all("`allow_fewer_lines`: [" in reject["hint"] for reject in rejects(tmp_path))
    load(empty, tmp_path, singer(*each("30.00")), allow_fewer_lines=["bills"])
    assert accounts(tmp_path) == [{"updated": 1}, *[{"rejected": 1}] * 3], "one stream, as it was named"
    assert load(empty, tmp_path, singer(*each("30.00")), allow_fewer_lines=STREAMS).code == 0
    assert accounts(tmp_path) == [{"unchanged": 1}, *[{"updated": 1}] * 3]
    twice(empty, tmp_path, singer(*each("20.00", "0.00")[:3]), ledger="other.sqlite3")
    assert [account(tmp_path, stream) for stream in DOCUMENTS] == [{"rejected": 1}] * 3, (
        "nor by the number alone, where the ledger is lost"
    )


@pytest.mark.parametrize(
    ("stored", "sent"),
    [
        (lines(100, **LAMPS), lines(300, **BULBS)),
        (lines(100, **LAMPS, chartOfAccountId="0ca1"), lines(100, **BULBS, chartOfAccountId="0ca2")),
        (lines(1, 1, chartOfAccountId="0ca1"), lines(1, 1, chartOfAccountId="0ca2")),
    ],
)
def test_a_record_with_lines_enough_is_told_what_is_uncertain(stored: list[Record], sent: list[Record]) -> None:
    problem = takes_away(BILL, {"billLineItems": sent}, {"billLineItems": stored})
    assert problem is not None
    assert "it is not certain which of the record's lines BILL's line" in problem.reason
    assert "gone" not in problem.reason
    assert f"{stored[0]['amount']:,.2f}" in problem.reason


# The record's own total


TOTALS: list[Any] = ["999.00", 999, "10.109", -10.10, "#N/A"]
BLANK: list[Any] = [" ", "\t", "\u00a0", "\u3000", None, ""]


def test_a_record_whose_total_is_not_that_of_its_lines_is_refused(empty: Simulator, tmp_path: Path) -> None:
    wrong: list[Stream] = []
    for key, total in enumerate(TOTALS):
        number = {"invoiceNumber": f"{key}", "refNumber": f"{key}"}
        wrong += each("10.10", amount=total, key=key, **number)[:3]
    load(empty, tmp_path, singer(*PARENTS, *wrong))
    assert [(stream, field) for stream, _, field, _ in refused(tmp_path)] == [
        (stream, "amount") for stream in sorted(DOCUMENTS) for _ in TOTALS
    ]
    assert [books(empty, ENTITIES[stream]) for stream in DOCUMENTS] == [[], [], []]


def test_a_total_that_is_blank_is_none_at_all(empty: Simulator, tmp_path: Path) -> None:
    records = [
        document("bills", "10.10", key=key, invoiceNumber=f"{key}", amount=blank) for key, blank in enumerate(BLANK)
    ]
    ran = load(empty, tmp_path, singer(*PARENTS, ("bills", ["key"], records)))
    assert ran.code == 0, ran.err
    assert len(books(empty, "Bill")) == len(BLANK)


SAID_TAXES: list[tuple[dict[str, Any], Any]] = [
    ({"salesTaxTotal": "1.01"}, "11.11"),
    ({"sales_tax_percentage": "10"}, 11.11),
    *[({"salesTaxTotal": each}, 99) for each in ("n/a", "0,00", "$0.00", "NaN", [0], {"a": 0}, " ")],
    *[({"salesTaxPercentage": each}, 99) for each in ("abc", "0%", 19)],
]


def test_a_tax_that_is_only_said_makes_no_other_total_than_that_of_the_lines(empty: Simulator, tmp_path: Path) -> None:
    records = [
        document("invoices", "10.10", key=key, invoiceNumber=f"{key}", amount=amount, **tax)
        for key, (tax, amount) in enumerate(SAID_TAXES)
    ]
    ran = load(empty, tmp_path, singer(*PARENTS, ("invoices", ["key"], records)))
    assert (ran.code, books(empty, "Invoice")) == (1, []), ran.err
    told = {each["source_key"]: each["problems"] for each in rejects(tmp_path)}
    assert [[(one["field"], "name its item in" in one["hint"]) for one in told[str(key)]] for key in range(3)] == [
        [("amount", True)],
        [("amount", True)],
        [("amount", False)],
    ]


def test_a_tax_that_is_only_said_is_told_where_no_total_is_said(empty: Simulator, tmp_path: Path) -> None:
    said = document("invoices", "10.10", key=1, salesTaxTotal=1)
    ran = load(empty, tmp_path, singer(*PARENTS, ("invoices", ["key"], [said])))
    assert ran.code == 0, ran.err
    assert [each for each in report(tmp_path)["notes"] if "`salesTaxTotal` says a tax, which is not sent" in each]


TAX: Stream = ("items", ["name"], [{"name": "VAT", "type": "6", "percentage": 19}])
TAXED = {"itemSalesTaxName": "VAT", "salesTaxPercentage": "19", "amount": "12.02"}
DISCOUNT = {"ratePercent": -10}


def test_a_total_that_fits_and_one_that_only_bill_can_compute_pass(empty: Simulator, tmp_path: Path) -> None:
    taxed = document("invoices", "10.10", **TAXED, key="taxed", invoiceNumber="TAX")
    less = document("invoices", "10.10", amount="9.09", key="less", invoiceNumber="LESS")
    less["invoiceLineItems"].append(DISCOUNT)
    computed: Stream = ("invoices", ["key"], [taxed, less])
    good = each("10.10", "-0.10", amount="10.0")[:3]
    ran = load(empty, tmp_path, singer(*PARENTS, TAX, *good, computed))
    assert [stream for stream, *_ in refused(tmp_path)] == [], ran.err
    twice(empty, tmp_path, singer(*each("10.10", amount="999")[:3]))


AMOUNTS: list[tuple[dict[str, Any], bool]] = [
    ({"quantity": 2, "amount": "9"}, False),
    ({"quantity": "0.5", "amount": "9"}, False),
    ({"quantity": -2, "amount": "8"}, False),
    ({"quantity": 1000, "amount": "1"}, False),
    ({"quantity": 2, "amount": "8.01"}, False),
    ({"quantity": 2, "amount": "8.00"}, True),
    ({"amount": "9"}, False),  # one at 4 is 4, as far as BILL goes by the price (unknown)
    ({"amount": "4"}, True),
    ({"quantity": "0.33375", "amount": "1.34"}, True),
    ({"quantity": "0.33375", "amount": "1.33"}, True),
]
"""Lines at a price of 4, and whether they are at one with themselves; 1.335 may be rounded up or down."""


def test_a_line_whose_amount_is_not_its_quantity_times_its_price_is_refused(empty: Simulator, tmp_path: Path) -> None:
    records = {
        stream: [
            {**document(stream, key=key, invoiceNumber=f"{key}"), ARRAYS[stream]: [{price: 4, **line}]}
            for key, (line, _) in enumerate(AMOUNTS)
        ]
        for stream, price in (("bills", "unitPrice"), ("invoices", "price"))
    }
    load(empty, tmp_path, singer(*PARENTS, *((stream, ["key"], each) for stream, each in records.items())))
    wrong = [str(key) for key, (_, is_right) in enumerate(AMOUNTS) if not is_right]
    told = [(stream, key) for stream, key, field, _ in refused(tmp_path) if field == "lines[0].amount"]
    assert told == [(stream, key) for stream in records for key in wrong]


# Below zero


def test_what_is_below_zero_is_refused_and_says_what_it_may_be(empty: Simulator, tmp_path: Path) -> None:
    assert load(empty, tmp_path, singer(*PARENTS, *each(25, 1, key="good", refNumber="G", invoiceNumber="G"))).code == 0
    twice(empty, tmp_path, singer(*each("-25.00")))
    told = {reject["stream"]: reject["hint"] for reject in rejects(tmp_path)}
    assert told.keys() == set(STREAMS)
    assert "a vendor credit (`vendor_credits`)" in told["bills"]
    assert "a bill (`bills`)" in told["vendor_credits"]
    assert "a credit memo" in told["invoices"]
    assert all("inferred" in reject["reason"] and "`allow_negative`" in reject["hint"] for reject in rejects(tmp_path))
    twice(empty, tmp_path, singer(*each(25, -26, key="good", refNumber="G", invoiceNumber="G")))
    zero = {"key": "zero", "refNumber": "Z", "invoiceNumber": "Z"}
    assert load(empty, tmp_path, singer(*each(25, -25, **zero))).code == 0
    ran = load(empty, tmp_path, singer(*each("-25.00")), allow_negative=True)
    assert ran.code == 0, ran.err
    assert accounts(tmp_path) == [{"created": 1}] * 4


# What a spreadsheet has broken


BROKEN = ["1.23457E+11", "########", "#N/A", "#REF!", "#\u200bN/A ", "1,2E+11"]


def broken(place: int, word: str) -> list[Stream]:
    """Records that have a broken text for a number, a name, a key or a reference."""
    numbers = {"refNumber": word, "invoiceNumber": word}
    documents = [
        (stream, ["key"], [document(stream, amount, **numbers, key=f"{place}-{amount}") for amount in (1, 2)])
        for stream in DOCUMENTS
    ]
    coded = document("bills", 3, key=f"{place}-3")
    coded["billLineItems"][0]["chartOfAccountName"] = word
    named = document("bills", 4, vendorName=word, key=f"{place}-4")
    return [
        *documents,
        ("bills", ["key"], [named, coded, document("bills", 5, key=word)]),
        ("vendors", ["key"], [{"key": f"{place}-{key}", "name": word} for key in (1, 2)]),
        ("customers", ["name"], [{"name": word}]),
        ("chart_of_accounts", ["key"], [{"key": f"{place}", "name": word, "accountType": "7"}]),
    ]


def test_what_a_spreadsheet_has_broken_is_no_number_and_no_name(empty: Simulator, tmp_path: Path) -> None:
    assert load(empty, tmp_path, singer(*PARENTS)).code == 0
    streams = [stream for each in enumerate(BROKEN) for stream in broken(*each)]
    twice(empty, tmp_path, singer(*streams))
    told = rejects(tmp_path)
    assert len(told) == sum(len(records) for _, _, records in streams)
    assert [reject for reject in told if "spreadsheet" not in reject["reason"]] == []


def test_sixteen_digits_that_end_in_zeros_are_a_warning(empty: Simulator, tmp_path: Path) -> None:
    stdin = singer(*PARENTS, *each(5, refNumber="1234567890123450", invoiceNumber="1234567890123450")[:3])
    ran = load(empty, tmp_path, stdin)
    assert ran.code == 0, ran.err
    assert sum("a spreadsheet may have lost" in note for note in report(tmp_path)["notes"]) == 3


# Whose it is


def test_an_invoice_with_the_number_of_another_customers_is_not_taken_for_it(empty: Simulator, tmp_path: Path) -> None:
    assert load(empty, tmp_path, singer(*PARENTS, *each(5)[1:2])).code == 0
    other = singer(("customers", ["name"], [{"name": "Oak Ltd"}]), *each(5, customerName="Oak Ltd")[1:2])
    assert load(empty, tmp_path, other, ledger="other.sqlite3").code == 1
    (reject,) = rejects(tmp_path)
    assert reject["field"] == "customerId"
    assert "with this key, which has" in reject["reason"]
    ran = load(empty, tmp_path, other, ledger="other.sqlite3", allow_renames=True)
    assert ran.code == 0, ran.err
    assert account(tmp_path, "invoices") == {"updated": 1}


def test_a_copy_of_an_organization_passes_all_of_these(empty: Simulator, tmp_path: Path) -> None:
    """What it says was taken by BILL before; the other way round it would stand still."""
    load(empty, tmp_path, singer(vendors("Harbour Lamps")))
    first = document("bills", 100, id="00n02AAAAAAAAAAaaaaa", **COPY)
    later = document("bills", -30, id="00n02AAAAAAAAAAaaaaa", amount=7, **COPY, invoiceNumber="#N/A")
    for record, verdict in ((first, "created"), (later, "updated")):
        ran = load(empty, tmp_path, singer(("bills", ["organizationId", "id"], [record])))
        assert ran.code == 0, ran.err
        assert account(tmp_path, "bills") == {verdict: 1}
    assert empty.control.totals(ORGANIZATION)["Bill"]["amount"] == -30
    assert [len(found[ARRAYS["bills"]]) for found in books(empty, "Bill")] == [1]
