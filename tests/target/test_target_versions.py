"""Several records with one key: which one is written is a function of what they say, and of no order but arrival."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from target_bill.input.versions import Standing, Version, bookmark_of, standings

AMBIGUOUS, CURRENT, REPEATED, SUPERSEDED = Standing.AMBIGUOUS, Standing.CURRENT, Standing.REPEATED, Standing.SUPERSEDED


def version(content: str, bookmark: Any = None, *lines: str, copied: int | None = None, **more: Any) -> Version:
    """A version; its lines are those given, or one that all have."""
    return Version(
        content_hash=content,
        bookmark=bookmark_of(bookmark),
        copied_at=None if copied is None else datetime(2026, 1, copied, tzinfo=UTC),
        lines=lines or ("the same line",),
        **more,
    )


CASES: dict[str, tuple[list[Version], list[Standing]]] = {
    "alone": ([version("a")], [CURRENT]),
    "equal": ([version("a"), version("a"), version("a")], [CURRENT, REPEATED, REPEATED]),
    "equal with other bookmarks": ([version("a", 1), version("a", 2)], [CURRENT, REPEATED]),
    "without a bookmark": ([version("a"), version("b")], [AMBIGUOUS] * 2),
    "one without a bookmark": ([version("a", 1), version("b")], [AMBIGUOUS] * 2),
    "a later one": ([version("a", 1), version("b", 2)], [SUPERSEDED, CURRENT]),
    "at the same time": ([version("a", 2), version("b", 2)], [AMBIGUOUS] * 2),
    "at the same time, and one before": ([version("a", 1), version("b", 2), version("c", 2)], [AMBIGUOUS] * 3),
    "the latest twice": ([version("a", 1), version("b", 2), version("b", 2)], [SUPERSEDED, CURRENT, REPEATED]),
    "the latest said before": ([version("b", 1), version("a", 2), version("b", 3)], [REPEATED, SUPERSEDED, CURRENT]),
    "numbers, not texts": ([version("a", 9), version("b", 10)], [SUPERSEDED, CURRENT]),
    "exact numbers": ([version("a", Decimal("1.10")), version("b", Decimal("1.1"))], [AMBIGUOUS] * 2),
    "a number and an instant": ([version("a", 1), version("b", "2026-01-01T00:00:00Z")], [AMBIGUOUS] * 2),
    "instants of two zones": (
        [version("a", "2026-01-01T01:00:00+02:00"), version("b", "2026-01-01T00:00:00Z")],
        [SUPERSEDED, CURRENT],
    ),
    "one instant in two zones": (
        [version("a", "2026-01-01T02:00:00+02:00"), version("b", "2026-01-01T00:00:00Z")],
        [AMBIGUOUS] * 2,
    ),
    "texts that only order like instants": ([version("a", "v1"), version("b", "v2")], [AMBIGUOUS] * 2),
    "flags": ([version("a", False), version("b", True)], [AMBIGUOUS] * 2),
    "all older lines kept": ([version("a", 1, "x"), version("b", 2, "x", "y")], [SUPERSEDED, CURRENT]),
    "another line": ([version("a", 1, "x"), version("b", 2, "y")], [AMBIGUOUS] * 2),
    "one of two equal lines": ([version("a", 1, "x", "x"), version("b", 2, "x", "y")], [AMBIGUOUS] * 2),
    "a line of the oldest is gone": (
        [version("a", 1, "x"), version("b", 2, "y"), version("c", 3, "y", "z")],
        [AMBIGUOUS] * 3,
    ),
    "deleted last": ([version("a", 1, "x"), version("b", 2, "y", is_deleted=True)], [SUPERSEDED, CURRENT]),
    "a copy, in its time": (
        [version("a", None, "x", copied=2), version("b", None, "y", copied=1)],
        [CURRENT, SUPERSEDED],
    ),
    "a copy, at one time": ([version("a", copied=1), version("b", copied=1)], [SUPERSEDED, CURRENT]),
    "a copy and no copy": ([version("a", copied=1), version("b")], [AMBIGUOUS] * 2),
}


@pytest.mark.parametrize("name", CASES)
def test_the_standing_of_each(name: str) -> None:
    versions, found = CASES[name]
    assert standings(versions) == found


@pytest.mark.parametrize("name", [name for name in CASES if "copy" not in name and "equal" not in name])
def test_the_order_of_arrival_changes_nothing_but_which_of_equals_stands_for_them(name: str) -> None:
    versions, _ = CASES[name]
    told = {
        frozenset(
            (each.content_hash, standing is AMBIGUOUS, standing is SUPERSEDED)
            for each, standing in zip(order, standings(order), strict=True)
        )
        for order in permutations(versions)
    }
    assert len(told) == 1


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (5, "number 5"),
        (Decimal("1.50"), "number 1.50"),
        ("2026-01-01T02:00:00+02:00", "instant 2026-01-01T00:00:00.000000+00:00"),
        ("2026-01-01", "instant 2026-01-01T00:00:00.000000+00:00"),
        ("5", None),
        ("v1", None),
        (True, None),
        (None, None),
        ([1], None),
    ],
)
def test_only_instants_and_numbers_prove_an_order(value: Any, expected: str | None) -> None:
    assert bookmark_of(value) == expected
