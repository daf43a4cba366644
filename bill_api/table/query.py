"""The query of a List call."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from bill_api.table.entity import LIST_LIMIT

Operator = Literal["=", "!=", "<", "<=", ">", ">=", "in", "nin"]
OPERATORS: tuple[str, ...] = get_args(Operator)
"""Seen in a client (BC, quoting the documentation); `<` and `in` are documented (V2). `in` takes one text with commas
and without blanks (live: section 8, 14), and `nin` likewise (inferred): values with a comma cannot be sent that way."""


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition; several are combined with AND (there is no OR)."""

    field: str
    op: str
    value: str

    def __post_init__(self) -> None:
        if self.op not in OPERATORS:
            raise ValueError(f"filter operator {self.op!r} is not one of {', '.join(OPERATORS)}")


@dataclass(frozen=True, slots=True)
class Sort:
    """One sort key."""

    field: str
    ascending: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuery:
    """One page of a List.

    Attributes:
        start: Offset of the first row, from 0.
        limit: Rows in the page, 1 to 999.
        nested: Include line arrays.
    """

    filters: tuple[Filter, ...] = ()
    sort: tuple[Sort, ...] = ()
    start: int = 0
    limit: int = LIST_LIMIT
    nested: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= LIST_LIMIT:
            raise ValueError(f"a page of {self.limit} rows; BILL allows 1 to {LIST_LIMIT}")

    def at(self, start: int) -> ListQuery:
        """The same query from another offset."""
        return replace(self, start=start)

    def body(self) -> dict[str, Any]:
        """The JSON document that BILL expects."""
        # `asc` is typed as a string in BILL's samples, and clients send booleans: both are seen (C: other).
        return {
            "start": self.start,
            "max": self.limit,
            "filters": [{"field": each.field, "op": each.op, "value": each.value} for each in self.filters],
            "sort": [{"field": each.field, "asc": "true" if each.ascending else "false"} for each in self.sort],
            "nested": self.nested,
        }
