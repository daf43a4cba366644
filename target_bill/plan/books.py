"""The money of a plan in the books: what is owed to vendors apart from what customers owe, and net of credits.

Of each amount what the books have of it now and then: a document that is deleted has been there, one that is created
or brought back has not. So the rows add up to the totals, whatever the plan does.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from target_bill.model.attachment import STREAMS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Row = Mapping[str, Any]

SIGNS: Mapping[str, int] = MappingProxyType({"Bill": 1, "VendorCredit": -1, "Invoice": 1})
"""By entity: a credit is taken off what is owed. Others, as recurring bills, are owed by nobody until BILL makes a
document of them: they are no part of a net."""

PAYABLES, RECEIVABLES = "Vendor", "Customer"


def sign_of(stream: str) -> int:
    """The sign with which documents of a stream count for what is owed; 0 for those that are no part of it."""
    return SIGNS.get(STREAMS[stream].name, 0)


@dataclass(slots=True)
class BooksTotal:
    """Documents, and what the books have of them now and then."""

    documents: int = 0
    was: Decimal = Decimal(0)
    becomes: Decimal = Decimal(0)

    @property
    def change(self) -> Decimal:
        """The change of the books."""
        return self.becomes - self.was

    def add(self, row: Row, sign: int) -> None:
        """Count what a plan has of a party, a stream and an action."""
        self.documents += row["documents"]
        self.was += sign * Decimal(row["amount_before"])
        self.becomes += sign * Decimal(row["amount"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side of the books: that of vendors, or that of customers.

    Attributes:
        party_is: The entity of its parties.
        rows: By party, stream and action, credits below zero.
        parties: By party, net of credits, the largest change first.
        streams: By stream, credits below zero.
        net: All that counts for what is owed.
    """

    party_is: str
    rows: Sequence[tuple[Row, BooksTotal]]
    parties: Mapping[str, BooksTotal]
    streams: Mapping[str, BooksTotal]
    net: BooksTotal


def sides(totals: Iterable[Row]) -> list[Side]:
    """The sides of the books that a plan changes.

    Args:
        totals: The sums of a plan, by party, stream and action.
    """
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in totals:
        found[row["party_is"]].append(row)
    return [_side(party_is, found[party_is]) for party_is in sorted(found, reverse=True)]


def _side(party_is: str, rows: Sequence[Row]) -> Side:
    told: list[tuple[Row, BooksTotal]] = []
    parties: defaultdict[str, BooksTotal] = defaultdict(BooksTotal)
    streams: defaultdict[str, BooksTotal] = defaultdict(BooksTotal)
    net = BooksTotal()
    for row in rows:
        sign = sign_of(row["stream"])
        amount = BooksTotal()
        for each in (amount, streams[row["stream"]]):
            each.add(row, sign or 1)
        told.append((row, amount))
        if sign:
            parties[row["party"]].add(row, sign)
            net.add(row, sign)
    ranked = sorted(parties.items(), key=lambda each: (-abs(each[1].change), each[0]))
    return Side(party_is=party_is, rows=told, parties=dict(ranked), streams=dict(sorted(streams.items())), net=net)
