"""What BILL computes: line amounts, totals, summaries; and what an update makes of lines (facts: section 7)."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from simulator_caller import ZERO_ID, Caller, bill, invoice

from bill_simulator import defaults

if TYPE_CHECKING:
    from simulator_caller import Body, Rows

pytest_plugins = ["simulator_fixtures"]


@pytest.fixture
def made(caller: Caller) -> Body:
    """A bill of three lines."""
    return caller.create("Bill", **bill(caller.vendor(), "B-1", 10, 20.25, 0.75))


def amounts(document: Body) -> list[Any]:
    lines = document.get("billLineItems") or document["invoiceLineItems"]
    return [line["amount"] for line in lines]


def test_a_bill_starts_open_unassigned_and_due_in_full(made: Body) -> None:
    assert made["amount"] == made["dueAmount"] == Decimal("31.00")
    assert (made["paymentStatus"], made["uiPaymentStatus"], made["approvalStatus"]) == ("1", "1", "0")
    assert (made["paidAmount"], made["scheduledAmount"], made["creditAmount"]) == (None, 0, 0)
    assert made["glPostingDate"] == made["invoiceDate"]
    assert made["createdBy"] == "00601SIMULATORUaaaa1"


NEW_OF_BILL = {
    "is1099MissingBill": False,
    "apAccountId": ZERO_ID,
    "isVcardStpCandidate": False,
    "billLocationId": ZERO_ID,
    "discountDueDate": None,
    "discountAmount": None,
    "hasAmortizedLines": False,
}
NEW_OF_LINE = {
    "billedUnitPrice": None,
    "form1099CategoryId": ZERO_ID,
    "isReportable": False,
    "reportableAmount": None,
    "amortizationScheduleId": ZERO_ID,
}


def test_the_newer_fields_of_a_bill_are_as_in_captures(made: Body) -> None:
    # unanet, bills_output.json (section 13, 8): they are empty in every bill and line of it
    assert NEW_OF_BILL.items() <= made.items()
    assert all(NEW_OF_LINE.items() <= line.items() for line in made["billLineItems"])


def named(*bills: Body) -> set[tuple[str, str]]:
    """The organizations that these bills say they are of."""
    return {(each["orgId"], each["organizationName"]) for each in bills}


def test_a_bill_names_its_organization(caller: Caller, made: Body) -> None:
    # unanet, bills_output.json (section 13, 8)
    first, second = [(each["orgId"], each["orgName"]) for each in organizations(caller)]
    vendor = {"vendorId": made["vendorId"], "orgId": second[0], "organizationName": "Another"}
    changed = caller.update("Bill", id=made["id"], **vendor)
    assert named(made, changed, caller.on("Read", "Bill", made["id"])) == {first}
    assert named(*caller.list("Bill")) == {first}
    caller.control.seed(second[0], vendors=1, bills=2)
    with Caller(caller.simulator, second[0]) as other:
        assert named(*other.list("Bill")) == {second}


def organizations(caller: Caller) -> Rows:
    """Those that the user may enter."""
    who = {"userName": defaults.USERNAME, "password": defaults.PASSWORD}
    rows: Rows = caller.post("/ListOrgs.json", {**caller.form(), **who}).json()["response_data"]
    return rows


def test_a_bill_follows_the_name_of_its_organization(caller: Caller, made: Body) -> None:
    caller.control.change_directory(organizations=[{"id": caller.organization, "name": "Renamed Books"}])
    rows = caller.list("Bill")
    assert named(*rows) == {(caller.organization, "Renamed Books")}
    after = next(each for each in rows if each["id"] == made["id"])
    assert after == {**made, "organizationName": "Renamed Books"}
    assert [each["id"] for each in caller.filtered("Bill", "updatedTime", ">=", made["updatedTime"])] == [made["id"]]


def test_lines_are_numbered_belong_to_their_bill_and_have_ids_of_their_own(made: Body) -> None:
    lines = made["billLineItems"]
    assert [line["lineOrder"] for line in lines] == [0, 1, 2]
    assert {line["billId"] for line in lines} == {made["id"]}
    assert len({line["id"] for line in lines}) == 3
    assert all(line["id"].startswith("bli") and len(line["id"]) == 20 for line in lines)
    assert {line["createdTime"] for line in lines} == {made["createdTime"]}


def answer_to_lines(caller: Caller, lines: str) -> str:
    """The text of the answer to a bill whose lines are sent as this very text."""
    sent = json.dumps({"obj": {**bill(caller.vendor(), "B-1"), "billLineItems": "LINES"}})
    return caller.post("/Crud/Create/Bill.json", caller.form(sent.replace('"LINES"', lines))).text


def test_amounts_keep_their_digits_on_the_wire(caller: Caller) -> None:
    # section 4: a plain JSON number; money is never a float: 0.1 + 0.2 is 0.3, and 4.50 is not 4.5
    lines = '[{"amount":0.1},{"amount":0.2},{"amount":4.50},{"amount":-3},{"amount":1e2}]'
    answer = answer_to_lines(caller, lines)
    for each in ('"amount":101.80,', '"dueAmount":101.80,', '"amount":4.50,', '"amount":-3,', '"amount":100,'):
        assert each in answer


def test_large_sums_are_exact(caller: Caller) -> None:
    answer = answer_to_lines(caller, '[{"amount":999999999999999.99999999},{"amount":0.00000001}]')
    assert '"amount":1000000000000000.00000000,' in answer


def test_the_summaries_tell_items_from_expenses(caller: Caller) -> None:
    # as in the captured example
    item = caller.list("Item")[0]["id"]
    sent = bill(caller.vendor(), "B-1", 10, 20)
    sent["billLineItems"].append({"amount": 30, "itemId": item, "quantity": 3, "unitPrice": 10})
    made = caller.create("Bill", **sent)
    assert made["item"] == {"count": 1, "totalAmount": 30}
    assert made["expense"] == {"count": 2, "totalAmount": 30, "chartOfAccountGroup": []}
    assert [line["lineType"] for line in made["billLineItems"]] == ["1", "1", "2"]
    assert made["multipleBillLineItems"] is True


def test_a_bill_line_needs_an_amount(caller: Caller) -> None:
    sent = bill(caller.vendor(), "B-1")
    sent["billLineItems"] = [{"entity": "BillLineItem", "description": "no amount"}]
    assert caller.refused("/Crud/Create/Bill.json", {"obj": sent}) == "BDC_1117"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("text", "BDC_1124"),
        ({"entity": "InvoiceLineItem", "amount": 1}, "BDC_1118"),
        ({"amount": 1, "description": 5}, "BDC_1124"),
        ({"amount": 1, "jobBillable": "no"}, "BDC_1124"),
        ({"amount": 1, "description": "x" * 4001}, "BDC_1143"),
    ],
)
def test_a_wrong_line_is_refused(caller: Caller, line: Any, code: str) -> None:
    sent = {**bill(caller.vendor(), "B-1"), "billLineItems": [line]}
    assert caller.refused("/Crud/Create/Bill.json", {"obj": sent}) == code


def test_lines_that_are_no_array_are_refused(caller: Caller) -> None:
    sent = {**bill(caller.vendor(), "B-1"), "billLineItems": {"amount": 1}}
    assert caller.refused("/Crud/Create/Bill.json", {"obj": sent}) == "BDC_1124"


def test_request_template_keys_of_a_line_come_back_once_sent(caller: Caller) -> None:
    sent = {**bill(caller.vendor(), "B-1"), "billLineItems": [{"amount": 1, "useSmartApprovers": True}]}
    assert caller.create("Bill", **sent)["billLineItems"][0]["useSmartApprovers"] is True


def test_an_update_replaces_the_lines_and_keeps_the_ids_that_are_sent(caller: Caller, made: Body) -> None:
    # section 14, 8: replace (documented); that the ids stay is inferred
    first, second, _ = made["billLineItems"]
    caller.control.advance(60)
    changed = caller.update(
        "Bill",
        id=made["id"],
        billLineItems=[{"id": second["id"], "amount": 5}, {"amount": 7, "description": "new"}],
    )
    kept, new = changed["billLineItems"]
    assert (kept["id"], kept["createdTime"]) == (second["id"], second["createdTime"])
    assert new["id"] not in {line["id"] for line in made["billLineItems"]}
    assert new["createdTime"] == changed["updatedTime"] > first["createdTime"]
    assert changed["amount"] == changed["dueAmount"] == 12
    assert changed["createdTime"] == made["createdTime"]


def test_a_replaced_line_forgets_what_is_not_sent_again(caller: Caller) -> None:
    sent = {**bill(caller.vendor(), "B-1"), "billLineItems": [{"amount": 1, "description": "old"}]}
    made = caller.create("Bill", **sent)
    line = {"id": made["billLineItems"][0]["id"], "amount": 2}
    assert caller.update("Bill", id=made["id"], billLineItems=[line])["billLineItems"][0]["description"] is None


def test_lines_sent_without_ids_are_made_anew(caller: Caller, made: Body) -> None:
    # a live connector sends every line without id on every update: they must not pile up
    again = [{"amount": float(line["amount"])} for line in made["billLineItems"]]
    changed = caller.update("Bill", id=made["id"], billLineItems=again)
    assert amounts(changed) == amounts(made)
    assert not {line["id"] for line in changed["billLineItems"]} & {line["id"] for line in made["billLineItems"]}


def test_an_update_without_the_key_keeps_the_lines(caller: Caller, made: Body) -> None:
    caller.control.advance(60)
    changed = caller.update("Bill", id=made["id"], description="other")
    assert changed["billLineItems"] == made["billLineItems"]
    assert changed["amount"] == made["amount"]


@pytest.mark.parametrize("empty", [[], None])
def test_a_bill_cannot_lose_all_its_lines(caller: Caller, made: Body, empty: Any) -> None:
    sent = {"obj": {"entity": "Bill", "id": made["id"], "billLineItems": empty}}
    assert caller.refused("/Crud/Update/Bill.json", sent) == "BDC_1117"


def test_a_line_id_of_another_bill_leads_nowhere(caller: Caller, made: Body) -> None:
    other = caller.create("Bill", **bill(made["vendorId"], "B-2"))
    line = {"id": other["billLineItems"][0]["id"], "amount": 1}
    sent = {"obj": {"entity": "Bill", "id": made["id"], "billLineItems": [line]}}
    assert caller.refused("/Crud/Update/Bill.json", sent) == "BDC_1119"


def test_the_ids_of_lines_do_not_count_on_create(caller: Caller, made: Body) -> None:
    sent = bill(made["vendorId"], "B-2")
    sent["billLineItems"][0]["id"] = made["billLineItems"][0]["id"]
    assert caller.create("Bill", **sent)["billLineItems"][0]["id"] != made["billLineItems"][0]["id"]


def test_merging_lines_is_a_switch(caller: Caller, made: Body) -> None:
    # section 14, 8
    caller.control.switch(update_lines="merge")
    first, second, third = made["billLineItems"]
    changed = caller.update(
        "Bill", id=made["id"], billLineItems=[{"id": second["id"], "description": "merged"}, {"amount": 4}]
    )
    assert [line["id"] for line in changed["billLineItems"][:3]] == [first["id"], second["id"], third["id"]]
    assert changed["billLineItems"][1]["description"] == "merged"
    assert amounts(changed) == [10, Decimal("20.25"), Decimal("0.75"), 4]
    assert changed["amount"] == 35


def test_an_invoice_line_is_quantity_times_price_whatever_amount_is_sent(caller: Caller) -> None:
    # section 7, documented
    customer = caller.customer()
    lines = ({"quantity": 3, "price": 12.75, "amount": 1}, {"quantity": 0.5, "price": 3.33}, {"price": 8})
    made = caller.create("Invoice", **invoice(customer, "I-1", *lines))
    assert amounts(made) == [Decimal("38.25"), Decimal("1.67"), 8]
    assert made["amount"] == made["amountDue"] == Decimal("47.92")
    assert (made["paymentStatus"], made["customerId"]) == ("1", customer)
    line = made["invoiceLineItems"][0]
    assert line["invoiceId"] == made["id"]
    assert line["id"].startswith("00f")
    assert line["itemId"] == ZERO_ID


def test_a_percent_line_takes_its_share_of_the_lines_above(caller: Caller) -> None:
    # section 7, documented
    lines = ({"quantity": 2, "price": 50}, {"quantity": 1, "price": 25.5}, {"ratePercent": -10})
    made = caller.create("Invoice", **invoice(caller.customer(), "I-1", *lines))
    assert amounts(made) == [100, Decimal("25.5"), Decimal("-12.55")]
    assert made["amount"] == Decimal("112.95")


def test_price_and_percent_together_are_refused(caller: Caller) -> None:
    sent = {"obj": invoice(caller.customer(), "I-1", {"price": 5, "ratePercent": 10})}
    assert caller.refused("/Crud/Create/Invoice.json", sent) == "BDC_1119"


def test_an_invoice_update_computes_again(caller: Caller) -> None:
    made = caller.create("Invoice", **invoice(caller.customer(), "I-1", {"quantity": 2, "price": 5}))
    line = {"id": made["invoiceLineItems"][0]["id"], "quantity": 3, "price": 5}
    changed = caller.update("Invoice", id=made["id"], invoiceLineItems=[line])
    assert changed["amount"] == changed["amountDue"] == 15
    assert caller.on("Read", "Invoice", made["id"]) == changed


def test_the_payee_defaults_to_the_vendor(caller: Caller) -> None:
    # as in captures
    assert caller.create("Vendor", name="Kestrel")["nameOnCheck"] == "Kestrel"
    assert caller.create("Vendor", name="Merlin", nameOnCheck="Merlin Falconry LLC")["nameOnCheck"] != "Merlin"
