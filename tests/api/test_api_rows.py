"""Rows of a List that are none are named by their place in the list, not in the page."""

from __future__ import annotations

from typing import Any

import pytest

from bill_api.answers.rows import checked_rows
from bill_api.entities import BY_NAME
from bill_api.errors import UnexpectedReplyError
from bill_api.table.entity import TIME, ZERO_ID
from bill_api.table.query import ListQuery, Sort

VENDOR = BY_NAME["Vendor"]
LIST = "/List/Vendor.json"


def row(number: int, **more: Any) -> dict[str, Any]:
    return {"entity": "Vendor", "id": f"00901{number:015}", TIME: "2026-07-01T00:00:00.000+0000", **more}


@pytest.mark.parametrize("start", [0, 999])
@pytest.mark.parametrize("place", [1, 3])
def test_the_place_of_a_row_that_is_none_counts_from_the_first_of_the_list(start: int, place: int) -> None:
    rows: list[Any] = [row(number) for number in range(3)]
    rows[place - 1] = "half a row"
    with pytest.raises(UnexpectedReplyError, match=rf"row {start + place} of the List is no Vendor: "):
        checked_rows(VENDOR, rows, ListQuery(start=start), LIST)


def test_a_row_without_its_time_is_wrong_only_where_the_order_is_that_of_times() -> None:
    rows = [row(1), row(2, **{TIME: "yesterday"})]
    assert checked_rows(VENDOR, rows, ListQuery(), LIST) == rows
    with pytest.raises(UnexpectedReplyError, match=rf"row 2 .*{rows[1]['id']}.*its `{TIME}` is no instant"):
        checked_rows(VENDOR, rows, ListQuery(sort=(Sort(TIME),)), LIST)


@pytest.mark.parametrize(
    ("written", "in_bills_form"),
    [
        ("2026-07-01T00:00:00.000-0700", "2026-07-01T07:00:00.000+0000"),
        ("2026-07-01 07:00:00", "2026-07-01T07:00:00.000+0000"),
        ("2026-07-01T07:00:00+0000", "2026-07-01T07:00:00.000+0000"),
        ("2026-07-01T07:00:00.25Z", "2026-07-01T07:00:00.250+0000"),
        ("2026-07-01T07:00:00.999+0000", "2026-07-01T07:00:00.999+0000"),
    ],
)
def test_a_time_in_another_form_is_put_into_bills_by_which_rows_are_compared(written: str, in_bills_form: str) -> None:
    (found,) = checked_rows(VENDOR, [row(1, **{TIME: written})], ListQuery(sort=(Sort(TIME),)), LIST)
    assert found[TIME] == in_bills_form


def test_an_id_of_zeros_is_none() -> None:
    with pytest.raises(UnexpectedReplyError, match="all zeros"):
        checked_rows(VENDOR, [row(1, id=ZERO_ID)], ListQuery(), LIST)
