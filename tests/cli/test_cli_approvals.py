"""Decisions: what is approved is shown, a person is asked, and nothing is sent twice."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli_bill import Bill, Here

    from bill_simulator import Simulator

pytest_plugins = ["cli_fixtures"]


@pytest.fixture
def waiting(bill: Bill, books: Simulator) -> str:
    """A bill that waits for the user of these tests."""
    document = str(bill.books("Bill")[-1]["id"])
    me = next(each for each in bill.books("User") if each["id"].startswith("006"))["id"]
    data = json.dumps({"entity": "Bill", "objectId": document, "approvers": [me]})
    assert bill("raw", "/SetApprovers.json", "--data", data).code == 0
    books.control.forget_requests()
    return document


def status(bill: Bill, document: str) -> str:
    return str(next(each for each in bill.books("Bill") if each["id"] == document)["approvalStatus"])


def decisions(books: Simulator) -> list[str]:
    return [each["path"] for each in books.control.requests() if each["path"] in {"/Approve.json", "/Deny.json"}]


def test_a_person_sees_what_is_approved_and_is_asked(bill: Bill, waiting: str) -> None:
    ran = bill.on_terminal("approve", "bill", waiting, typed="y\n")
    assert ran.code == 0, ran.out
    document = next(each for each in bill.books("Bill") if each["id"] == waiting)
    vendor = next(each for each in bill.books("Vendor") if each["id"] == document["vendorId"])
    for part in (vendor["name"], document["invoiceNumber"], f"{document['amount']:,.2f}", document["dueDate"]):
        assert part in ran.out
    assert "has still to decide" in ran.out
    assert status(bill, waiting) == "3"


def test_what_was_changed_while_the_question_stood_is_not_decided_on(
    bill: Bill, books: Simulator, waiting: str
) -> None:
    """Within the same second, too: BILL's times have no more."""
    books.control.set_clock("2030-01-01T00:00:00Z")
    assert bill("update", "bill", waiting, "--set", "description=seen").code == 0

    def meanwhile() -> str:
        assert bill("update", "bill", waiting, "--line", "amount=88888").code == 0
        return "y\n"

    ran = bill.on_terminal("approve", "bill", waiting, answers=[meanwhile])
    assert (ran.code, decisions(books)) == (1, []), ran.out
    assert "was changed since it was looked at" in " ".join(ran.out.split())


@pytest.mark.parametrize("decision", ["approve", "deny"])
def test_a_deleted_document_is_not_decided_on(bill: Bill, books: Simulator, waiting: str, decision: str) -> None:
    assert bill("delete", "bill", waiting, "--yes").code == 0
    ran = bill(decision, "bill", waiting, "--yes")
    assert (ran.code, decisions(books)) == (1, [])
    assert f"`bill undelete bill {waiting}` first" in ran.err


def test_a_decision_that_is_not_this_users_says_whose_it_is(bill: Bill, waiting: str) -> None:
    others = next(each["id"] for each in bill.books("Bill") if each["id"] != waiting)
    ran = bill("approve", "bill", others, "--yes")
    assert (ran.code, "nothing to decide on it" in ran.err, "has still to decide;" in ran.err) == (1, True, True), (
        ran.err
    )
    assert bill("raw", "/ClearApprovers.json", "--data", json.dumps({"entity": "Bill", "objectId": others})).code == 0
    ran = bill("deny", "bill", others, "--yes")
    assert (ran.code, "for it has no approvers (assign" in ran.err) == (1, True), ran.err
    assert bill("approve", "bill", waiting, "--yes").code == 0
    ran = bill("approve", "bill", waiting, "--yes")
    assert (ran.code, "for all have decided;" in ran.err) == (1, True), ran.err


def test_who_has_still_to_decide_is_looked_up_when_it_is_refused(bill: Bill, books: Simulator, waiting: str) -> None:
    books.control.fault("error_after", "/Approve.json", code="BDC_1145")
    ran = bill("approve", "bill", waiting, "--yes")
    assert (ran.code, "for all have decided;" in ran.err) == (1, True), ran.err


@pytest.mark.parametrize("typed", ["n\n", "\n", "\x04"])
def test_without_a_yes_nothing_is_sent(bill: Bill, books: Simulator, waiting: str, typed: str) -> None:
    ran = bill.on_terminal("approve", "bill", waiting, typed=typed)
    assert ran.code == 130
    assert (status(bill, waiting), decisions(books)) == ("1", [])


@pytest.mark.parametrize("verb", ["approve", "deny"])
def test_without_a_terminal_yes_has_to_be_written_out(bill: Bill, books: Simulator, waiting: str, verb: str) -> None:
    variables = {f"BILL_{name}": "true" for name in ("YES", "APPROVE_YES", "DENY_YES")}
    said_yes = type(bill)(bill.simulator, bill.folder, {**bill.more, **variables})
    for more in ([], ["-y"], ["--ye"], ["--y"], ["--yes=true"]):
        ran = said_yes(verb, "bill", waiting, *more, stdin="y\n")
        assert (ran.code, ran.out) == (2, ""), more
    assert decisions(books) == []
    assert bill(verb, "bill", waiting, "--yes", "--comment", 'As "ordered"').code == 0
    assert status(bill, waiting) == ("3" if verb == "approve" else "5")


def test_a_lost_answer_is_said_and_nothing_is_sent_twice(here: Here, books: Simulator, waiting: str) -> None:
    books.control.fault("drop_after", "/Approve.json")
    ran = here("approve", "bill", waiting, "--yes")
    assert (ran.code, ran.out) == (4, "")
    assert "approvalStatus" in ran.err
    assert decisions(books) == ["/Approve.json"]


def test_a_user_who_may_not_read_the_approvers_is_asked_all_the_same(
    bill: Bill, books: Simulator, waiting: str
) -> None:
    for path in ("/List/BillApprover.json", "/List/User.json", "/Crud/Read/Vendor.json"):
        books.control.fault("error", path, code="BDC_1145", count=0)
    ran = bill.on_terminal("approve", "bill", waiting, typed="y\n")
    assert ran.code == 0, ran.out
    assert "approvers: not told" in ran.out


def test_what_was_changed_while_the_question_stood_is_not_approved(bill: Bill, books: Simulator, waiting: str) -> None:
    def change() -> str:
        books.control.advance(60)
        assert bill("update", "bill", waiting, "--set", "poNumber=other").code == 0
        return "y\n"

    ran = bill.on_terminal("approve", "bill", waiting, answers=[change])
    assert ran.code == 1, ran.out
    assert "was changed since" in ran.out
    assert decisions(books) == []


def test_only_documents_with_approvers_are_taken(here: Here) -> None:
    ran = here("approve", "invoice", "00e", "--yes")
    assert ran.code == 2
    assert "vendor-credit" in ran.err


def test_bills_refusal_is_told(here: Here, bill: Bill) -> None:
    """A bill that does not wait for this user."""
    assert here("approve", "bill", bill.books("Bill")[1]["id"], "--yes").code == 1
