"""The days of a document: how far its due date may be from its own."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

INVOICE_DATE, DUE_DATE = "invoiceDate", "dueDate"
DUE_YEARS_USUAL, DUE_YEARS_MAX = 2, 10
DAYS_A_YEAR = 365.25
DUE_FAR = "the due date is years from the invoice date"


def _due_after_years(values: Mapping[str, Any]) -> float | None:
    """The years from the date of a document to its due date, below zero where it is due before; None without both."""
    issued, due = values.get(INVOICE_DATE), values.get(DUE_DATE)
    if not isinstance(issued, str) or not isinstance(due, str):
        return None
    return (date.fromisoformat(due) - date.fromisoformat(issued)).days / DAYS_A_YEAR


def due_too_far(values: Mapping[str, Any]) -> str | None:
    """The reason for which a due date is decades from the date of its document: one is in the wrong century."""
    years = _due_after_years(values)
    if years is None or abs(years) <= DUE_YEARS_MAX:
        return None
    issued, due = values[INVOICE_DATE], values[DUE_DATE]
    return f"the due date {due} is {abs(years):.0f} years from the invoice date {issued}: which of them is right?"


def due_unusual(values: Mapping[str, Any]) -> str | None:
    """The words for due dates like this one, at which a person should look; None for a usual and a refused one."""
    years = _due_after_years(values)
    if years is None or abs(years) > DUE_YEARS_MAX:
        return None
    if years < 0:
        return "due dates are before their invoice dates"
    return (
        f"due dates are more than {DUE_YEARS_USUAL} years after their invoice dates"
        if years > DUE_YEARS_USUAL
        else None
    )
