"""Reading a list that does not tell when its rows change: pages by id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from conftest import client_for

from bill_api.entities import BY_NAME
from bill_api.errors import UnexpectedReplyError
from bill_api.reading.pages import every_row
from bill_api.table.entity import LIST_LIMIT
from bill_api.table.query import Sort
from bill_simulator import Simulator

if TYPE_CHECKING:
    from bill_api.table.query import ListQuery

Page = list[dict[str, Any]]


class Ids:
    """A list of ids that somebody changes between two pages."""

    def __init__(self, ids: list[str], cap: int = LIST_LIMIT) -> None:
        self.ids = ids
        self.cap = cap
        self.fetches = 0

    def fetch(self, query: ListQuery) -> Page:
        self.fetches += 1
        assert query.sort == (Sort("id"),)
        assert query.start == 0
        assert all((each.field, each.op) == ("id", ">") for each in query.filters)
        after = max((each.value for each in query.filters), default="")
        return [{"id": each} for each in sorted(self.ids) if each > after][: min(query.limit, self.cap)]


@pytest.mark.parametrize("rows", [0, 1, 4, 5, 6, 10, 23])
def test_every_row_comes_once_and_the_last_page_is_short(rows: int) -> None:
    table = Ids([f"{number:03}" for number in range(rows)])
    assert [row["id"] for row in every_row(table.fetch, page_size=5, nested=False)] == table.ids
    assert table.fetches == rows // 5 + 1


def test_rows_that_come_and_go_meanwhile_push_no_other_out() -> None:
    table = Ids([f"{number:03}" for number in range(30)])
    seen = []
    for row in every_row(table.fetch, page_size=5, nested=False):
        seen.append(row["id"])
        if row["id"] == "007":
            table.ids = [each for each in table.ids if each not in ("001", "003", "008")] + ["0005", "0225"]
    assert {"000", *(f"{number:03}" for number in range(30))} - set(seen) <= {"008"}
    assert len(set(seen)) == len(seen)
    assert "0225" in seen


def test_a_bill_that_does_not_filter_by_id_is_noticed_and_does_not_turn_in_circles() -> None:
    def fetch(query: ListQuery) -> Page:
        return [{"id": f"{number:03}"} for number in range(query.limit)]

    with pytest.raises(UnexpectedReplyError, match="does not page by id"):
        list(every_row(fetch, page_size=5, nested=False))


def test_a_page_that_repeats_a_row_is_noticed() -> None:
    with pytest.raises(UnexpectedReplyError, match="does not page by id"):
        list(every_row(lambda _: [{"id": "1"}, {"id": "1"}], page_size=5, nested=False))


def test_pages_that_go_round_in_a_circle_are_noticed() -> None:
    pages = [[{"id": f"{page}{number}"} for number in range(5)] for page in range(3)]
    asked: list[int] = []

    def fetch(_: ListQuery) -> Page:
        asked.append(len(asked) % 3)
        return pages[asked[-1]]

    with pytest.raises(UnexpectedReplyError, match="does not page by id"):
        list(every_row(fetch, page_size=5, nested=False))
    assert len(asked) == 4


@pytest.mark.parametrize("rows", [0, 9, 10, 99, 100, 101, 600])
def test_pages_that_bill_cuts_are_gone_on_with(rows: int) -> None:
    table = Ids([f"{number:03}" for number in range(rows)], cap=100)
    assert [row["id"] for row in every_row(table.fetch, page_size=999, nested=False)] == table.ids


def test_lists_of_a_real_server_are_read_whole_by_pages() -> None:
    with Simulator() as simulator:
        client = client_for(simulator)
        entity = BY_NAME["BillApprover"]
        rows = list(every_row(lambda query: client.list_page(entity, query), page_size=10, nested=False))
        books = simulator.control.books(simulator.organization_id, entity.name)
    assert sorted(row["id"] for row in rows) == sorted(row["id"] for row in books)
    assert len(rows) > 50
