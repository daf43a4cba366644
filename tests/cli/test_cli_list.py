"""Lists: filters, order, how many, and every row."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from bill_api.table.entity import LIST_LIMIT

if TYPE_CHECKING:
    from cli_bill import Bill, Here

    from bill_simulator import Simulator

pytest_plugins = ["cli_fixtures"]


def asked(here: Here, *arguments: str) -> dict[str, object]:
    """What BILL would be asked for."""
    ran = here("list", *arguments, "--dry-run")
    assert ran.code == 0, ran.err
    return dict(json.loads(ran.out)["form"]["data"])


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("updatedTime >= 2026-01-01", ("updatedTime", ">=", "2026-01-01T00:00:00.000+0000")),
        ("updatedTime>2026-01-01T10:00:00+01:00", ("updatedTime", ">", "2026-01-01T09:00:00.000+0000")),
        ("dueDate<2026-07-01", ("dueDate", "<", "2026-07-01")),
        ("paymentStatus = open", ("paymentStatus", "=", "1")),
        ("paymentStatus in open, paid in full", ("paymentStatus", "in", "1,0")),
        ("paymentStatus nin 1,4", ("paymentStatus", "nin", "1,4")),
        ("invoiceNumber = A = B", ("invoiceNumber", "=", "A = B")),
        ("isActive != 2", ("isActive", "!=", "2")),
    ],
)
def test_a_condition_is_sent_as_bill_wants_it(here: Here, text: str, sent: tuple[str, str, str]) -> None:
    field, op, value = sent
    assert asked(here, "bills", "--deleted", "--filter", text)["filters"] == [
        {"field": field, "op": op, "value": value}
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--filter", "dueDate"), "is not FIELD OPERATOR VALUE"),
        (("--filter", "dueDate ? 1"), "is not FIELD OPERATOR VALUE"),
        (("--filter", "dueDat = 2026-01-01"), "`dueDat` is no field of Bill"),
        (("--filter", "dueDate < tomorow"), "not a day"),
        (("--sort", "-nothing"), "--sort: `nothing` is no field"),
        (("--columns", "id,nothing"), "--columns: `nothing` is no field of Bill"),
        (("--all", "--start", "5"), "--all takes neither"),
        (("--max", "0"), "--max"),
        (("--output", "xml"), "--output"),
    ],
)
def test_what_cannot_be_asked_is_said(here: Here, arguments: tuple[str, ...], said: str) -> None:
    ran = here("list", "bills", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_several_conditions_and_keys_are_sent_in_their_order(here: Here) -> None:
    call = (
        "bills",
        "--filter",
        "isActive = 1",
        "--filter",
        "dueDate > 2025-01-01",
        "--sort",
        "-dueDate",
        "--sort",
        "id",
    )
    data = asked(here, *call, "--start", "7", "--max", "5", "--nested")
    assert [each["field"] for each in data["filters"]] == ["isActive", "dueDate"]  # type: ignore[attr-defined]
    assert data["sort"] == [{"field": "dueDate", "asc": "false"}, {"field": "id", "asc": "true"}]
    assert (data["start"], data["max"], data["nested"]) == (7, 5, True)


def test_rows_come_sorted_filtered_and_nested(here: Here) -> None:
    rows = here.json("list", "bills", "--filter", "isActive = active", "--sort", "-dueDate", "--nested", "--max", "10")
    assert len(rows) == 10
    assert [each["dueDate"] for each in rows] == sorted((each["dueDate"] for each in rows), reverse=True)
    assert all(each["billLineItems"] for each in rows)


def test_how_many_more_there_are_is_said(here: Here) -> None:
    shown = here("list", "bills", "--deleted", "--output", "table")
    assert "bill: 40 more with --all\n" in shown.err
    assert "there may be more" in here("list", "bills", "--max", "10").err
    assert here("list", "bills").err == ""


def test_all_is_every_row_once_in_the_order_that_was_asked_for(here: Here, bill: Bill) -> None:
    rows = here.json("list", "bills", "--all", "--deleted", "--sort", "-dueDate,id")
    assert {each["id"] for each in rows} == {each["id"] for each in bill.books("Bill")}
    dates = [each["dueDate"] for each in rows]
    assert dates == sorted(dates, reverse=True)
    assert len(rows) == 60


def test_more_rows_than_a_page_are_read_whole_while_they_move(here: Here, bill: Bill, books: Simulator) -> None:
    books.control.seed(books.organization_id, vendors=5, customers=0, bills=2200, invoices=0)
    before = {each["id"] for each in bill.books("Bill")}
    assert "bill: at least 979 more with --all" in here("list", "bills", "--deleted", "--output", "table").err
    assert len(here.json("list", "bills", "--max", "1500")) == 1500
    books.control.mutate(rate_per_s=300, entities=["Bill"], update=1, seed=1)
    try:
        while not books.control.mutator()["changed"]:
            time.sleep(0.01)
        rows = here.json("list", "bills", "--all", "--deleted")
    finally:
        books.control.stop_mutating()
    assert before <= {each["id"] for each in rows}
    assert len(rows) == len({each["id"] for each in rows})


def test_rows_come_whole_where_bill_cuts_pages_below_what_is_asked(here: Here, books: Simulator) -> None:
    books.control.limit(list_rows=25)
    try:
        assert len(here.json("list", "bills", "--deleted", "--max", "999")) == 60
        assert len(here.json("list", "bills", "--deleted", "--all")) == 60
        assert len(here.json("list", "bills", "--deleted", "--max", "30", "--start", "10")) == 30
        assert "bill: at least 5 more with --all\n" in here("list", "bills", "--deleted", "--output", "table").err
    finally:
        books.control.limit(list_rows=LIST_LIMIT)


def test_a_list_that_tells_no_times_is_read_whole_too(here: Here, bill: Bill) -> None:
    rows = here.json("list", "payment-terms", "--all")
    assert len(rows) == len(bill.books("PaymentTerm"))


def test_a_refusal_leaves_no_half_of_a_result(here: Here, books: Simulator) -> None:
    books.control.fault("error", path="/List/Bill.json", code="BDC_1130")
    ran = here("list", "bills", "--deleted", "--filter", "dueDate = 2026-01-31")
    assert (ran.code, ran.out) == (1, "")
    assert "BDC_1130" in ran.err


def test_an_empty_list_is_one(here: Here) -> None:
    nothing = ("list", "bills", "--filter", "dueDate > 2100-01-01")
    assert here(*nothing).out == "[]\n"
    assert here(*nothing, "--output", "jsonl").out == ""
    assert here(*nothing, "--output", "csv", "--columns", "id,amount").out == "id,amount\n"
    assert here(*nothing, "--output", "table").code == 0


@pytest.mark.parametrize(
    "filters",
    [
        (),
        ("--all",),
        ("--dry-run",),
        ("--filter", "objectId != 00n02AAAAAAAAAAaaaaa"),
        ("--filter", "objectId in 00n02AAAAAAAAAAaaaaa,00n02BBBBBBBBBBaaaaa"),
        ("--filter", "objectId = ''"),
        ("--filter", "id = 00n02AAAAAAAAAAaaaaa"),
    ],
)
def test_notes_of_everything_are_not_asked_for(here: Here, bill: Bill, filters: tuple[str, ...]) -> None:
    bill.simulator.control.forget_requests()
    ran = here("list", "notes", *filters)
    assert (ran.code, ran.out) == (2, "")
    assert "Note is listed for one object at a time: add --filter 'objectId = ID'" in ran.err
    assert bill.simulator.control.requests() == []


def test_notes_are_listed_of_one_object(here: Here, bill: Bill) -> None:
    one, two = (each["id"] for each in bill.books("Bill")[:2])
    call = ("list", "notes", "--filter", f"objectId = {one}")
    before = here.json(*call)
    for each in (one, two):
        data = json.dumps({"objectId": each, "message": "Paid?", "isPublic": True})
        assert here("raw", "/SendMessage.json", "--data", data).code == 0
    after = here.json(*call)
    assert {each["objectId"] for each in after} == {one}
    assert len(after) == len(before) + 1
