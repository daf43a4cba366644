"""The money of lines and documents, where it can be told without BILL: exact, and in cents only at its end."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bill_api.entities import BY_NAME
from bill_api.identity.totals import contradicts, has_shares, line_amount, lines_sum, lines_total, wrong_total
from bill_api.table.entity import ZERO_ID

properties = settings(derandomize=True, max_examples=150)

BILL, INVOICE, VENDOR = (BY_NAME[name] for name in ("Bill", "Invoice", "Vendor"))
FACTORS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=6)


def line(**values: str | int) -> dict[str, Any]:
    return {name: Decimal(value) for name, value in values.items()}


@properties
@given(quantity=FACTORS, price=FACTORS, name=st.sampled_from(["price", "unitPrice"]))
def test_a_price_times_a_quantity_is_rounded_to_cents_half_a_cent_away_from_zero(
    quantity: Decimal, price: Decimal, name: str
) -> None:
    exact = Fraction(quantity) * Fraction(price)
    cents, rest = divmod(abs(exact) * 100, 1)
    rounded = (cents + (2 * rest >= 1)) / Fraction(100)
    amount = line_amount({"quantity": quantity, name: price})
    assert amount is not None
    assert Fraction(amount) == (-rounded if exact < 0 else rounded)


@pytest.mark.parametrize(
    ("given_line", "expected"),
    [
        (line(amount="10.10", quantity=3, price=7), "10.10"),
        (line(quantity=3, price="0.335"), "1.01"),
        (line(quantity=3, price=7, unitPrice=9), "21.00"),
        (line(price="2.50"), "2.50"),  # without a quantity it counts once
        ({**line(price="2.50"), "quantity": None}, "2.50"),
        (line(quantity=0, price="2.50"), "0.00"),
        (line(quantity=3), "0.00"),
        ({}, "0.00"),
        (line(amount=0, quantity=3, price=7), "0.00"),
        ({"amount": 12, "description": "Paper"}, "12.00"),
    ],
)
def test_the_money_of_a_line(given_line: dict[str, Any], expected: str) -> None:
    assert str(line_amount(given_line)) == expected


@pytest.mark.parametrize("size", ["1e400", "1e-400", "9" * 60 + "." + "9" * 60])
def test_the_money_of_any_line_that_bill_may_answer_is_exact_and_no_accident(size: str) -> None:
    odd = line(quantity=size, price=size)
    exact = Fraction(size) ** 2
    amount = line_amount(odd)
    assert amount is not None
    assert abs(Fraction(amount) - exact) <= Fraction("0.005")
    assert contradicts({**odd, "amount": amount}) is None
    assert contradicts({**odd, "amount": Decimal(10) ** 20}) == amount
    total = lines_total(BILL, {"billLineItems": [odd, line(amount="0.01"), odd]})
    assert total is not None
    assert Fraction(total) == 2 * Fraction(amount) + Fraction("0.01")
    assert wrong_total(BILL, total, {}, [odd, line(amount="0.01"), odd]) is None


@pytest.mark.parametrize(
    "given_line",
    [line(ratePercent=10), line(ratePercent=10, quantity=3, price=7), {"amount": "12"}, {"amount": True}],
)
def test_the_money_of_a_share_of_other_lines_or_of_no_number_cannot_be_told(given_line: dict[str, Any]) -> None:
    assert line_amount(given_line) is None
    assert has_shares([line(amount=1), given_line])
    assert lines_sum([line(amount=1), given_line]) == 1
    assert lines_total(INVOICE, {"invoiceLineItems": [line(amount=1), given_line]}) is None


@pytest.mark.parametrize(
    ("given_line", "expected"),
    [
        (line(amount=21, quantity=3, price=7), None),
        (line(amount="1.01", quantity=3, price="0.335"), None),
        (line(amount="1.00", quantity=3, price="0.335"), None),  # the half cent may have gone either way
        (line(amount="1.00", quantity=3, price="0.3351"), "1.01"),
        (line(amount="1.02", quantity=3, price="0.335"), "1.01"),
        (line(amount=20, quantity=3, price=7), "21.00"),
        (line(amount=20, quantity=3, price=7, ratePercent=10), "21.00"),
        (line(amount=20, quantity=3), None),
        (line(amount=20, price=7), "7.00"),  # without a quantity it counts once
        (line(quantity=3, price=7), None),
        ({**line(amount=20, quantity=3), "price": "7"}, None),
        ({**line(quantity=3, price=7), "amount": "20"}, None),
    ],
)
def test_an_amount_that_its_own_line_contradicts(given_line: dict[str, Any], expected: str | None) -> None:
    computed = contradicts(given_line)
    assert (None if computed is None else str(computed)) == expected


def test_the_total_of_a_document_is_that_of_its_lines_and_nothing_without_any() -> None:
    lines = [line(amount="0.10"), line(quantity=2, price="0.10"), {"description": "a heading", "itemId": ZERO_ID}]
    assert lines_sum(lines) == lines_total(BILL, {"billLineItems": lines}) == Decimal("0.30")
    assert not has_shares(lines)
    assert lines_total(BILL, {"billLineItems": []}) is None
    assert lines_total(BILL, {}) is None
    assert lines_total(VENDOR, {"billLineItems": lines}) is None


@pytest.mark.parametrize(
    ("taxes", "is_taxed"),
    [
        ({"itemSalesTax": "0ii01TAX"}, True),
        ({"itemSalesTaxName": "VAT"}, True),
        ({"itemSalesTax": ZERO_ID}, False),
        ({"itemSalesTaxName": " "}, False),
        ({"salesTaxTotal": Decimal("0.00"), "salesTaxPercentage": 0.0}, False),
        *[({"salesTaxTotal": each}, False) for each in (8, "8", "n/a", "0,00", "$0.00", "NaN", [0], {"a": 0})],
        *[({"salesTaxPercentage": each}, False) for each in ("8", "abc", "0%")],
        ({}, False),
    ],
)
def test_only_a_tax_that_bill_will_add_makes_a_total_that_its_lines_do_not_come_to(
    taxes: dict[str, Any], is_taxed: bool
) -> None:
    lines = [line(amount=100)]
    assert (wrong_total(INVOICE, Decimal(108), taxes, lines) is None) is is_taxed
    assert wrong_total(INVOICE, Decimal(100), taxes, lines) is None
    assert wrong_total(BILL, Decimal(108), taxes, lines) is not None


@pytest.mark.parametrize(
    ("taxes", "explains"),
    [
        ({"salesTaxTotal": "8"}, "salesTaxTotal"),
        ({"salesTaxPercentage": 8}, "salesTaxPercentage"),
        ({"salesTaxTotal": "n/a", "salesTaxPercentage": "8.00"}, "salesTaxPercentage"),
        ({"salesTaxTotal": "7.99"}, None),
        ({"salesTaxPercentage": "10"}, None),
        ({}, None),
    ],
)
def test_a_tax_that_is_only_said_and_makes_the_difference_is_named_with_the_way_to_send_one(
    taxes: dict[str, Any], explains: str | None
) -> None:
    problem = wrong_total(INVOICE, Decimal(108), taxes, [line(amount=100)])
    assert problem is not None
    assert problem.reason == "the document says 108.00, and the sum of its 1 line is 100.00"
    assert ("`itemSalesTax` or `itemSalesTaxName`" in problem.hint) is bool(explains)
    assert (explains or "Give all of its lines") in problem.hint


@pytest.mark.parametrize("shares", [0, 2])
@pytest.mark.parametrize(
    ("said", "fits"), [("1.02", True), ("1.01", True), ("1.00", False), ("1.03", False), ("3.01", False)]
)
def test_a_total_may_be_rounded_line_by_line_or_at_its_end_and_with_shares_only_bill_knows_it(
    said: str, fits: bool, shares: int
) -> None:
    lines = [*[line(quantity=1, price="0.505")] * 2, *[line(ratePercent=10)] * shares]
    assert (wrong_total(BILL, Decimal(said), {}, lines) is None) is (fits or bool(shares))
