"""A number that is taken: what BILL has under it is looked up, and taken for what was to be created, or told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from conftest import client_for

from bill_api.entities import BY_NAME

if TYPE_CHECKING:
    from cli_bill import Bill, Here

    from bill_simulator import Simulator

pytest_plugins = ["cli_fixtures"]

CODES = ["BDC_1171", "BDC_5370"]
DAYS = {"invoiceDate": "2026-01-31", "dueDate": "2026-02-28"}


@pytest.fixture(params=CODES)
def code(request: pytest.FixtureRequest, books: Simulator) -> str:
    """Section 7, 16: both occur, when which is unknown."""
    books.control.switch(duplicate_number_code=request.param)
    return str(request.param)


def document(bill: Bill, entity: str, **more: Any) -> dict[str, Any]:
    if entity == "Bill":
        owner, lines = {"vendorId": bill.books("Vendor")[0]["id"]}, {"billLineItems": [{"amount": 10}]}
    else:
        owner = {"customerId": bill.books("Customer")[0]["id"]}
        lines = {"invoiceLineItems": [{"quantity": 1, "price": 10}]}
    return {**owner, "invoiceNumber": "N-1", **DAYS, **lines, **more}


def create(here: Here, entity: str, obj: dict[str, Any]) -> Any:
    (here.bill.folder / "x.json").write_text(json.dumps(obj))
    return here("create", entity.lower(), "--json", "x.json", "--output", "json")


def bulk_create(here: Here, *rows: dict[str, Any]) -> tuple[int, list[dict[str, Any]]]:
    (here.bill.folder / "rows.json").write_text(json.dumps(rows))
    ran = here("bulk", "create", "bills", "rows.json", "--output", "json")
    return ran.code, json.loads(ran.out)


def of_number(bill: Bill, entity: str, number: str = "N-1") -> list[dict[str, Any]]:
    return [each for each in bill.books(entity) if each["invoiceNumber"] == number]


@pytest.mark.parametrize("entity", ["Bill", "Invoice"])
def test_a_document_that_is_there_as_it_was_sent_is_shown(here: Here, bill: Bill, entity: str, code: str) -> None:
    made = json.loads(create(here, entity, document(bill, entity)).out)
    ran = create(here, entity, document(bill, entity))
    assert (ran.code, json.loads(ran.out)["id"]) == (0, made["id"])
    assert f"exists: BILL has {made['id']} as it was sent" in ran.err
    assert code in ran.err
    assert len(of_number(bill, entity)) == 1


@pytest.mark.parametrize("entity", ["Bill", "Invoice"])
def test_a_document_that_differs_is_told_with_what_differs(
    here: Here, bill: Bill, books: Simulator, entity: str, code: str
) -> None:
    made = json.loads(create(here, entity, document(bill, entity)).out)
    books.control.advance(3600)
    ran = create(here, entity, document(bill, entity, dueDate="2026-03-31", description="x"))
    assert (ran.code, ran.out) == (1, "")
    assert f"conflict: BILL has {made['id']}, which differs in dueDate, description" in ran.err
    assert code in ran.err


@pytest.mark.parametrize("entity", ["Bill", "Invoice"])
def test_what_bill_stored_though_it_refused_it_is_found(
    here: Here, bill: Bill, books: Simulator, entity: str, code: str
) -> None:
    books.control.fault("error_after", f"/Crud/Create/{entity}.json", code=code)
    ran = create(here, entity, document(bill, entity))
    (stored,) = of_number(bill, entity)
    assert (ran.code, json.loads(ran.out)["id"]) == (0, stored["id"])
    assert "nothing was" not in ran.err


def test_a_document_that_came_meanwhile_and_differs_may_be_what_was_sent(
    here: Here, bill: Bill, books: Simulator, code: str
) -> None:
    """BILL may keep a text in another form, and the refused call may have made it."""
    books.control.switch(changed_texts="escaped")
    books.control.fault("error_after", "/Crud/Create/Bill.json", code=code)
    ran = create(here, "Bill", document(bill, "Bill", description="Smith & Sons"))
    (stored,) = of_number(bill, "Bill")
    assert (ran.code, ran.out) == (4, "")
    assert f"BILL has {stored['id']}, which differs in description" in ran.err


def test_a_deleted_document_is_not_what_was_wanted(here: Here, bill: Bill, books: Simulator, code: str) -> None:
    books.control.switch(duplicates_of_inactive="count")
    made = json.loads(create(here, "Bill", document(bill, "Bill")).out)
    client_for(books).delete(BY_NAME["Bill"], made["id"])
    books.control.advance(3600)
    ran = create(here, "Bill", document(bill, "Bill"))
    assert (ran.code, ran.out) == (1, "")
    assert f"BILL has {made['id']}, which differs in isActive" in ran.err
    assert code in ran.err


def test_what_cannot_be_looked_up_is_refused(here: Here, bill: Bill, books: Simulator, code: str) -> None:
    create(here, "Bill", document(bill, "Bill"))
    books.control.fault("error", "/List/Bill.json", code="BDC_1145", count=0)
    ran = create(here, "Bill", document(bill, "Bill"))
    assert (ran.code, ran.out) == (1, "")
    assert "cannot be looked up" in ran.err
    assert code in ran.err


def test_a_vendors_number_of_another_vendor_is_none(here: Here, bill: Bill) -> None:
    create(here, "Bill", document(bill, "Bill"))
    ran = create(here, "Bill", document(bill, "Bill", vendorId=bill.books("Vendor")[1]["id"]))
    assert ran.code == 0
    assert len(of_number(bill, "Bill")) == 2


def test_each_row_of_a_file_is_looked_up(here: Here, bill: Bill, books: Simulator, code: str) -> None:
    made = json.loads(create(here, "Bill", document(bill, "Bill")).out)
    other = json.loads(create(here, "Bill", document(bill, "Bill", invoiceNumber="N-2")).out)
    books.control.advance(3600)
    same, differing = document(bill, "Bill"), document(bill, "Bill", invoiceNumber="N-2", dueDate="2026-03-31")
    ended, results = bulk_create(here, same, differing, document(bill, "Bill", invoiceNumber="N-3"))
    assert ended == 4
    assert [each["result"] for each in results] == ["exists", "conflict", "created"]
    assert [each["id"] for each in results[:2]] == [made["id"], other["id"]]
    assert results[1]["code"] == code
    assert "differs in dueDate" in results[1]["message"]
    assert bulk_create(here, same)[0] == 0
    assert bulk_create(here, differing)[0] == 1


def test_rows_of_a_call_that_was_refused_as_a_whole_are_looked_up(
    here: Here, bill: Bill, books: Simulator, code: str
) -> None:
    made = json.loads(create(here, "Bill", document(bill, "Bill")).out)
    books.control.advance(3600)
    books.control.switch(bulk_transaction="whole_request")
    _, results = bulk_create(here, document(bill, "Bill"), document(bill, "Bill", invoiceNumber="N-2"))
    assert [(each["result"], each["id"], each["code"]) for each in results] == [
        ("exists", made["id"], None),
        ("refused", None, code),
    ]


def test_a_number_twice_in_a_file_is_made_once(here: Here, bill: Bill, code: str) -> None:
    rows = [document(bill, "Bill"), document(bill, "Bill"), document(bill, "Bill", dueDate="2026-03-31")]
    ended, results = bulk_create(here, *rows)
    assert [each["result"] for each in results] == ["created", "exists", "conflict"]
    assert len({each["id"] for each in results}) == 1
    assert (ended, results[2]["code"]) == (4, code)
    assert len(of_number(bill, "Bill")) == 1
