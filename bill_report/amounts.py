"""Amounts for people: exact in tables, short in charts."""

from __future__ import annotations

from decimal import Decimal

STEPS = ((Decimal(10**12), "T"), (Decimal(10**9), "B"), (Decimal(10**6), "M"), (Decimal(10**3), "k"))
WHOLE_FROM = 100
"""From here on a short amount needs no decimals."""


def exact(amount: Decimal) -> str:
    """An amount with its cents, and thousands apart."""
    return f"{amount:,.2f}"


def short(amount: Decimal) -> str:
    """An amount to see at a glance, in three digits: 12.3k, 4.56M."""
    size = abs(amount)
    for step, letter in STEPS:
        if size >= step - step / 2000:  # what would round to 1,000 of the smaller one
            return f"{_three_digits(amount / step)}{letter}"
    return f"{amount:.0f}" if size >= WHOLE_FROM or amount == amount.to_integral_value() else f"{amount:.2f}"


def _three_digits(amount: Decimal) -> str:
    size = abs(amount)
    places = 0 if size >= Decimal("99.95") else 1 if size >= Decimal("9.995") else 2
    return f"{amount:.{places}f}"


def share(part: Decimal, whole: Decimal) -> str:
    """A part of a whole in percent; nothing where that says nothing."""
    return f"{part / whole:z.1%}" if whole > 0 else ""
