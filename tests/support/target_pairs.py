"""Pairs of records that mean one object of BILL and do not say the same, in every kind of stream that has a key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

Record = dict[str, Any]
Stream = tuple[str, list[str], Sequence[Record]]

DAYS = {"invoiceDate": "2026-01-05", "dueDate": "2026-02-05"}
PARENTS: tuple[Stream, ...] = (
    ("vendors", ["name"], [{"name": "Harbour Lamps"}]),
    ("customers", ["name"], [{"name": "Elm Ltd"}]),
)


def lines(*amounts: Any, **more: Any) -> list[Record]:
    return [{"amount": amount, **more} for amount in amounts]


RECURRING: Record = {
    "vendorName": "Harbour Lamps",
    "timePeriod": "2",
    "frequencyPerTimePeriod": 1,
    "nextDueDate": "2026-04-01",
    "daysInAdvance": 5,
}
"""The head of a recurring bill: nothing but its content tells one from another."""

HEADS: dict[str, Record] = {
    "bills": {"vendorName": "Harbour Lamps", "invoiceNumber": "H-7", **DAYS},
    "invoices": {"customerName": "Elm Ltd", "invoiceNumber": "I-7", **DAYS},
    "vendor_credits": {"vendorName": "Harbour Lamps", "refNumber": "C-7", "creditDate": "2026-01-05"},
}
ARRAYS = {"bills": "billLineItems", "invoices": "invoiceLineItems", "vendor_credits": "vendorCreditLineItems"}


def document(stream: str, *amounts: Any, **more: Any) -> Record:
    """A document with a line for each amount; invoices are priced, and the others are not."""
    priced = stream == "invoices"
    rows = [{"quantity": 1, "price": amount} for amount in amounts] if priced else lines(*amounts)
    return {**HEADS[stream], ARRAYS[stream]: rows, **more}


DOCUMENTS: dict[str, tuple[Record, Record]] = {
    stream: (document(stream, "100.00", key=1), document(stream, "777.00", key=2)) for stream in HEADS
}
MASTER_DATA: dict[str, tuple[Record, Record]] = {
    "vendors": ({"key": 1, "name": "NPOWER", "phone": "1"}, {"key": 2, "name": "Npower", "phone": "777"}),
    "customers": ({"key": 1, "name": "OAK Ltd", "phone": "1"}, {"key": 2, "name": "Oak  Ltd", "phone": "777"}),
    "chart_of_accounts": (
        {"key": 1, "name": "Lighting", "accountType": "7", "description": "lamps"},
        {"key": 2, "name": "LIGHTING", "accountType": "7", "description": "bulbs"},
    ),
}
PAIRS = MASTER_DATA | DOCUMENTS
ENTITIES = {
    "bills": "Bill",
    "invoices": "Invoice",
    "vendor_credits": "VendorCredit",
    "vendors": "Vendor",
    "customers": "Customer",
    "chart_of_accounts": "ChartOfAccount",
}


def of(place: int, streams: Iterable[str] = PAIRS, **change: Any) -> list[Stream]:
    """One record of each pair, keyed by its source.

    Args:
        place: The first or the second record of each pair.
        streams: The pairs.
        change: Keys that are set in each record.
    """
    return [(stream, ["key"], [{**PAIRS[stream][place], **change}]) for stream in streams]


def filler(count: int) -> Stream:
    """Records that are settled without a call, to stand between others."""
    return "vendors", ["key"], [{"key": f"gone {i}", "name": f"Gone {i}", "isActive": "2"} for i in range(count)]
