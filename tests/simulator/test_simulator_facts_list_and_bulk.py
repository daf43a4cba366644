"""Facts about BILL v2, each with one plain check over HTTP: section 8 List, 9 bulk.

How the statements are known: D documented, live it ran against BILL, L said in the client of BILL staff, C seen in a
client, I inferred, U unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from simulator_caller import Caller, bill, code_of, codes_of, unproven

from bill_simulator import Simulator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator_caller import Body, Rows

pytest_plugins = ["simulator_fixtures"]

STATEMENTS = {
    "8 start is a row offset from 0, the next page is start + max [D]": "test_section_8_start_is_a_row_offset",
    "8 max is 999 by default, and at most [D]": "test_section_8_max_is_999",
    "8 an older page said 1000 [D]": "test_section_8_max_is_999",
    "8 filters are field, op, value, all required, joined by AND [D C]": "test_section_8_filters_are_joined_by_and",
    "8 there is no OR [D]": "not checked: there is no way to ask for it",
    "8 sort is field and asc, true as text or JSON; several keys [D C]": "test_section_8_sort",
    "8 nested adds child arrays [D], absent otherwise [I]": "test_section_8_nested_adds_children",
    "8 lines of bills and invoices come without nested [live]": "test_section_8_lines_come_without_nested",
    "8 what nested adds for them [U]": "test_section_8_what_nested_adds",
    "8 showAudit adds details about the user [D], its keys are unknown [U]": "test_section_8_show_audit_is_taken",
    "8 eight operators [C], < and in documented [D]": "test_section_8_operators",
    "8 operators of v3 do not exist [C]": "test_section_8_operators_of_v3_do_not_exist",
    "8 ids, dates, datetimes and enums can be filtered on [C L]": "test_section_8_filterable_by_type",
    "8 some texts, amounts and booleans too [D]": "test_section_8_filterable_by_name",
    "8 createdTime and updatedTime, for a sync of what is new [L C]": "test_section_8_incremental",
    "8 values are texts [C]": "test_section_8_values_are_texts",
    "8 datetimes as ...+0000 [D], as Z or as a bare date [C]": "test_section_8_spellings_of_an_instant",
    "8 dates are YYYY-MM-DD, enums their code as a text [C]": "test_section_8_dates_and_enums",
    "8 in takes one text, the sample has one value [D]": "test_section_8_in_takes_one_text",
    "8 a comma separates several values [live]": "test_section_8_the_separator_of_in",
    "8 comparing null [U]": "test_section_8_null",
    "8 amounts can be sorted by: createdTime, then dueAmount [D]": "test_section_8_amounts_are_sortable",
    "8 clients sort by other texts, ids, dates and times [C]": "test_section_8_what_clients_sort_by",
    "8 the default order is createdTime, then id [live]": "test_section_8_the_default_order",
    "8 pages shift when rows change [I]": "test_section_8_pages_shift",
    "8 BDC_1130 field, 1131 operator, 1128 entity, 1129 value [D]": "test_section_8_codes_of_a_wrong_list",
    "8 deletions show as isActive 2 with a new updatedTime [I]": "test_section_8_deletions_show",
    "9 paths of bulk create, update and delete [D]": "test_section_9_paths",
    "9 bulk read for vendors, bills and invoices [L]": "test_section_9_bulk_read",
    "9 bulk undelete for customers and their contacts [D]": "test_section_9_bulk_undelete",
    "9 elements are obj with the flag beside it [C]": "test_section_9_elements",
    "9 an element of a read or delete is {id} [live]": "test_section_9_elements_of_a_delete",
    "9 at most 100 objects [D], the error above is unknown [U]": "test_section_9_at_most_100",
    "9 an envelope per element [D C]": "test_section_9_an_envelope_per_element",
    "9 in the order of the request [I]": "test_section_9_in_the_order_of_the_request",
    "9 elements fail alone [D C]": "test_section_9_elements_fail_alone",
    "9 the top level may say Error while the array is there [C], when is unknown [U]": "test_section_9_the_top_level",
    "9 an error without array is one of the whole call [I]": "test_section_9_an_error_of_the_whole_call",
    "9 v3 is all or nothing [D]": "not checked: another API",
    "9 it counts as 1 or as N against the hour [U]": "test_section_9_what_it_counts",
    "9 entities with bulk operations [D C]": "test_section_9_entities",
    "9 ApprovalPolicy and ApprovalPolicyApprover have them [D]": "not checked: these entities are not simulated",
    "9 no evidence for customers' bank accounts [U]": "test_section_9_no_bulk_for_customers_accounts",
}

BY_ID = [{"field": "id", "asc": True}]
CREATE = "/Bulk/Crud/Create/Bill.json"


def test_every_statement_has_a_check_or_a_reason() -> None:
    assert unproven(STATEMENTS, globals()) == []


# Section 8: List


@pytest.fixture(scope="module")
def shelf() -> Iterator[Caller]:
    """Books of sixty bills that nobody changes."""
    with Simulator(vendors=8, customers=3, bills=60, invoices=5) as simulator, Caller(simulator) as caller:
        yield caller


@pytest.fixture(scope="module")
def bills(shelf: Caller) -> Rows:
    """The same, by id, from the control plane."""
    return sorted(shelf.control.books(shelf.organization, "Bill"), key=lambda row: str(row["id"]))


def ids(rows: Rows) -> list[str]:
    return [row["id"] for row in rows]


def test_section_8_start_is_a_row_offset(shelf: Caller, bills: Rows) -> None:
    # zero-based, default 0; next page = start + max [D]
    pages = [shelf.list("Bill", start=start, max=25, sort=BY_ID) for start in (0, 25, 50)]
    assert [row for page in pages for row in ids(page)] == ids(bills)
    assert ids(shelf.list("Bill", max=25, sort=BY_ID)) == ids(pages[0])


def test_section_8_max_is_999(caller: Caller) -> None:
    # default and maximum 999, once 1000 [D]; what happens above it is unknown
    for part in range(10):
        elements = [{"obj": {"entity": "Vendor", "name": f"{part}-{number}"}} for number in range(100)]
        assert set(codes_of(caller.bulk("Create", "Vendor", *elements))) == {"OK"}
    for data in ({}, {"max": 999}, {"max": 1000}):
        assert len(caller.list("Vendor", **data)) == 999
    caller.control.switch(list_over_limit="refuse")
    assert caller.refused("/List/Vendor.json", {"max": 1000}) == "BDC_1129"
    assert len(caller.list("Vendor", max=999)) == 999


def test_section_8_filters_are_joined_by_and(shelf: Caller, bills: Rows) -> None:
    # an array of field, op, value, all required [D]; AND [C]
    one, other = bills[10], bills[20]
    same = [{"field": "id", "op": "=", "value": one["id"]}, {"field": "vendorId", "op": "=", "value": one["vendorId"]}]
    assert ids(shelf.list("Bill", filters=same)) == [one["id"]]
    apart = [{"field": "id", "op": "=", "value": row["id"]} for row in (one, other)]
    assert shelf.list("Bill", filters=apart) == []
    for missing in ("field", "op", "value"):
        sent = {name: value for name, value in same[0].items() if name != missing}
        assert shelf.refused("/List/Bill.json", {"filters": [sent]}).startswith("BDC_11")


@pytest.mark.parametrize("asc", ["true", True])
@pytest.mark.parametrize("desc", ["false", False])
def test_section_8_sort(shelf: Caller, bills: Rows, asc: Any, desc: Any) -> None:
    # the sample has asc as a text [D], clients send JSON [C]; several keys [D C]
    sort = [{"field": "vendorId", "asc": desc}, {"field": "id", "asc": asc}]
    expected = sorted(bills, key=lambda row: str(row["id"]))
    expected = sorted(expected, key=lambda row: str(row["vendorId"]), reverse=True)
    assert ids(shelf.list("Bill", sort=sort)) == ids(expected)


def test_section_8_nested_adds_children(caller: Caller) -> None:
    # true = with line items and the like [D]; of others than bills and invoices they are absent without it [I]
    assert caller.list("SentPay", nested=True)[0]["billPays"]
    assert "billPays" not in caller.list("SentPay", nested=False)[0]
    assert "billPays" not in caller.list("SentPay")[0]


def test_section_8_lines_come_without_nested(caller: Caller) -> None:
    # five sources that ran against BILL [live]; a client that is right under the older belief stays right: a switch
    assert caller.list("Bill")[0]["billLineItems"]
    assert caller.list("Bill", nested=False)[0]["billLineItems"]
    assert caller.list("Invoice")[0]["invoiceLineItems"]
    caller.control.switch(unnested_children="absent")
    assert "billLineItems" not in caller.list("Bill")[0]
    caller.control.switch(unnested_children="empty")
    assert caller.list("Bill")[0]["billLineItems"] == []


def test_section_8_what_nested_adds(caller: Caller) -> None:
    # nothing that a client could see, or the arrays other than the lines [U]: a switch
    assert caller.list("Invoice") == caller.list("Invoice", nested=True)
    caller.control.switch(unnested_children="lines_only")
    assert caller.list("Invoice")[0].keys() < caller.list("Invoice", nested=True)[0].keys()


def test_section_8_show_audit_is_taken(shelf: Caller) -> None:
    # details about the creating user [D]; which keys is unknown, so there are none
    assert shelf.list("Bill", showAudit=True, sort=BY_ID) == shelf.list("Bill", sort=BY_ID)


@pytest.mark.parametrize(
    ("op", "below", "equal", "above"),
    [
        ("=", False, True, False),
        ("!=", True, False, True),
        ("<", True, False, False),
        ("<=", True, True, False),
        (">", False, False, True),
        (">=", False, True, True),
        ("in", False, True, False),
        ("nin", True, False, True),
    ],
)
def test_section_8_operators(shelf: Caller, bills: Rows, op: str, below: bool, equal: bool, above: bool) -> None:
    # these eight [C]; < and in documented [D]
    found = ids(shelf.filtered("Bill", "id", op, bills[30]["id"]))
    assert [bills[place]["id"] in found for place in (29, 30, 31)] == [below, equal, above]


@pytest.mark.parametrize("op", ["sw", "eq", "lt", "==", "like"])
def test_section_8_operators_of_v3_do_not_exist(shelf: Caller, op: str) -> None:
    # sw and its like are of v3 only [C]
    wrong = {"filters": [{"field": "id", "op": op, "value": "00n"}]}
    assert shelf.refused("/List/Bill.json", wrong) == "BDC_1131"


@pytest.mark.parametrize("name", ["id", "vendorId", "invoiceDate", "createdTime", "paymentStatus", "isActive"])
def test_section_8_filterable_by_type(shelf: Caller, bills: Rows, name: str) -> None:
    # ID, Date, DateTime, Enum [C L]
    assert bills[5]["id"] in ids(shelf.filtered("Bill", name, "=", bills[5][name]))


@pytest.mark.parametrize(
    ("entity", "name"),
    [("Customer", "name"), ("Vendor", "name"), ("Bill", "invoiceNumber"), ("BankAccount", "primaryAP")],
)
def test_section_8_filterable_by_name(shelf: Caller, entity: str, name: str) -> None:
    # what the reference marks "you can filter with this field" [D]; others are refused
    row = shelf.list(entity)[0]
    value = str(row[name]).lower() if isinstance(row[name], bool) else row[name]
    assert row["id"] in ids(shelf.filtered(entity, name, "=", value))
    wrong = {"filters": [{"field": "description", "op": "=", "value": "x"}]}
    assert shelf.refused("/List/Bill.json", wrong) == "BDC_1130"


@pytest.mark.parametrize("entity", ["Vendor", "Customer", "Bill", "Invoice", "SentPay", "ReceivedPay", "BankAccount"])
@pytest.mark.parametrize("name", ["createdTime", "updatedTime"])
def test_section_8_incremental(shelf: Caller, entity: str, name: str) -> None:
    # so a sync of what is new works [L C]
    rows = shelf.list(entity, sort=[{"field": name, "asc": True}])
    assert rows
    newest = rows[-1][name]
    assert rows[-1]["id"] in ids(shelf.filtered(entity, name, ">=", newest))
    assert shelf.filtered(entity, name, ">", newest) == []


@pytest.mark.parametrize("value", [1, True, None, ["1"]])
def test_section_8_values_are_texts(shelf: Caller, value: Any) -> None:
    # clients always send texts [C]
    wrong = {"filters": [{"field": "isActive", "op": "=", "value": value}]}
    assert shelf.refused("/List/Bill.json", wrong) == "BDC_1129"


@pytest.mark.parametrize("value", ["2025-02-01T00:00:00.000+0000", "2025-02-01T00:00:00.000Z", "2025-02-01"])
def test_section_8_spellings_of_an_instant(shelf: Caller, bills: Rows, value: str) -> None:
    # documented [D]; two connectors send the others [C]
    expected = {row["id"] for row in bills if row["updatedTime"] >= "2025-02-01"}
    assert set(ids(shelf.filtered("Bill", "updatedTime", ">=", value))) == expected
    assert 0 < len(expected) < len(bills)


def test_section_8_dates_and_enums(shelf: Caller, bills: Rows) -> None:
    # YYYY-MM-DD, and the code as a text [C]
    day = bills[7]["invoiceDate"]
    assert {row["invoiceDate"] for row in shelf.filtered("Bill", "invoiceDate", "=", day)} == {day}
    open_bills = shelf.filtered("Bill", "paymentStatus", "=", "1")
    assert {row["paymentStatus"] for row in open_bills} == {"1"}


def test_section_8_in_takes_one_text(shelf: Caller, bills: Rows) -> None:
    # the documented sample has the single value "1" [D]
    expected = {row["id"] for row in bills if row["paymentStatus"] == "1"}
    assert set(ids(shelf.filtered("Bill", "paymentStatus", "in", "1"))) == expected
    assert set(ids(shelf.filtered("Bill", "paymentStatus", "nin", "1"))) == set(ids(bills)) - expected


@pytest.mark.parametrize(("switch", "found"), [("comma", 2), ("comma_and_blanks", 2), ("none", 0)])
def test_section_8_the_separator_of_in(caller: Caller, switch: str, found: int) -> None:
    # a comma without blanks [live]; the others are for a client that must not rely on it
    caller.control.switch(in_separator=switch)
    value = ",".join(ids(caller.list("Bill"))[:2])
    assert len(caller.filtered("Bill", "id", "in", value)) == found


@pytest.mark.parametrize(
    ("switch", "below", "others"),
    [("differs", False, True), ("unknown", False, False), ("smallest", True, True), ("empty_text", True, True)],
)
def test_section_8_null(caller: Caller, switch: str, *, below: bool, others: bool) -> None:
    # nobody knows [U]
    caller.control.switch(null_comparison=switch)
    vendor = caller.vendor()
    assert (vendor in ids(caller.filtered("Vendor", "lastPaymentDate", "<", "2030-01-01"))) is below
    assert (vendor in ids(caller.filtered("Vendor", "lastPaymentDate", "!=", "2030-01-01"))) is others


def test_section_8_amounts_are_sortable(shelf: Caller) -> None:
    # the sample: createdTime, then dueAmount [D]
    rows = shelf.list("Bill", sort=[{"field": "createdTime", "asc": "true"}, {"field": "dueAmount", "asc": "true"}])
    assert rows == sorted(rows, key=lambda row: (row["createdTime"], row["dueAmount"]))
    amounts = [row["dueAmount"] for row in shelf.list("Bill", sort=[{"field": "dueAmount", "asc": False}])]
    assert amounts == sorted(amounts, reverse=True)


@pytest.mark.parametrize(
    ("entity", "name", "asc"),
    [
        ("ChartOfAccount", "accountNumber", True),
        ("Vendor", "createdTime", True),
        ("Vendor", "id", "true"),
        ("SentPay", "processDate", False),
        ("ReceivedPay", "depositToAccountId", True),
    ],
)
def test_section_8_what_clients_sort_by(shelf: Caller, entity: str, name: str, asc: Any) -> None:
    # each seen in a client [C]
    values = [row[name] for row in shelf.list(entity, sort=[{"field": name, "asc": asc}])]
    assert values
    assert values == sorted(values, reverse=asc is False)


@pytest.mark.parametrize("switch", ["created", "id", "updated_descending", "shuffled"])
def test_section_8_the_default_order(caller: Caller, switch: str) -> None:
    # nothing is documented about it [U]
    caller.control.switch(default_order=switch)
    rows = caller.list("Bill")
    by = {"created": "createdTime", "id": "id", "updated_descending": "updatedTime"}.get(switch)
    if by:
        values = [row[by] for row in rows]
        assert values == sorted(values, reverse=switch == "updated_descending")
    else:
        assert ids(rows) != sorted(ids(rows))
    assert ids(caller.list("Bill")) == ids(rows)


def test_section_8_pages_shift(caller: Caller) -> None:
    # offset paging over a changing table skips rows [I]
    order = [{"field": "updatedTime", "asc": True}, {"field": "id", "asc": True}]
    rows = ids(caller.list("Bill", sort=order))
    caller.update("Bill", id=rows[0], description="moved to the end")
    assert ids(caller.list("Bill", sort=order, start=4, max=2)) == rows[5:7]


def test_section_8_codes_of_a_wrong_list(shelf: Caller) -> None:
    # field 1130, operator 1131, entity 1128, value 1129 [D]
    sound = {"field": "isActive", "op": "=", "value": "1"}
    for change, code in (({"field": "nope"}, "BDC_1130"), ({"op": "?"}, "BDC_1131"), ({"value": "x"}, "BDC_1129")):
        assert shelf.refused("/List/Bill.json", {"filters": [{**sound, **change}]}) == code
    assert shelf.refused("/List/Nonsense.json", {}) == "BDC_1128"


def test_section_8_deletions_show(caller: Caller) -> None:
    # as isActive "2" with a new updatedTime; there is no feed of deletions [I]
    gone = caller.list("Vendor")[0]
    since = caller.control.now()
    caller.on("Delete", "Vendor", gone["id"])
    found = caller.filtered("Vendor", "updatedTime", ">=", since)
    assert [(row["id"], row["isActive"]) for row in found] == [(gone["id"], "2")]


# Section 9: bulk


def elements(vendor: str, *numbers: str) -> list[Body]:
    return [{"obj": bill(vendor, number)} for number in numbers]


@pytest.fixture
def vendor(caller: Caller) -> str:
    return caller.vendor()


def test_section_9_paths(caller: Caller) -> None:
    # /Bulk/Crud/Create, Update and Delete [D]
    made = caller.bulk("Create", "Vendor", {"obj": {"entity": "Vendor", "name": "X"}})[0]["response_data"]
    changed = caller.bulk("Update", "Vendor", {"obj": {"entity": "Vendor", "id": made["id"], "name": "Y"}})
    assert changed[0]["response_data"]["name"] == "Y"
    place = caller.list("Location")[0]["id"]
    assert caller.bulk("Delete", "Location", {"id": place})[0]["response_data"]["isActive"] == "2"


@pytest.mark.parametrize("name", ["Vendor", "Bill", "Invoice"])
def test_section_9_bulk_read(caller: Caller, name: str) -> None:
    rows = caller.list(name, max=3, nested=True)
    answers = caller.bulk("Read", name, *({"id": row["id"]} for row in reversed(rows)))
    assert [each["response_data"] for each in answers] == rows[::-1]


@pytest.mark.parametrize("name", ["Customer", "CustomerContact"])
def test_section_9_bulk_undelete(caller: Caller, name: str) -> None:
    some = [{"id": row["id"]} for row in caller.list(name, max=3)]
    assert {each["response_data"]["isActive"] for each in caller.bulk("Delete", name, *some)} == {"2"}
    assert {each["response_data"]["isActive"] for each in caller.bulk("Undelete", name, *some)} == {"1"}
    assert caller.refused("/Bulk/Crud/Undelete/Location.json", {"bulk": some}) == "BDC_1121"


def test_section_9_elements(caller: Caller, vendor: str) -> None:
    # an obj, and allowDuplicateInvNum beside it [C]
    sent = elements(vendor, "1", "1")
    assert codes_of(caller.bulk("Create", "Bill", *sent, {**sent[0], "allowDuplicateInvNum": True})) == [
        "OK",
        "BDC_1171",
        "OK",
    ]


@pytest.mark.parametrize(("verb", "entity"), [("Read", "Vendor"), ("Delete", "Vendor"), ("Delete", "Location")])
def test_section_9_elements_of_a_delete(caller: Caller, verb: str, entity: str) -> None:
    # {"id"} [live], not in an obj like the others
    known = caller.list(entity)[0]["id"]
    assert codes_of(caller.bulk(verb, entity, {"obj": {"id": known}}, {"id": known})) == ["BDC_1108", "OK"]


def test_section_9_at_most_100(caller: Caller, vendor: str) -> None:
    # 100 objects per call [D]; the error is unknown [U]
    caller.control.switch(bulk_over_limit_code="BDC_1234")
    sent = elements(vendor, *(str(number) for number in range(101)))
    assert caller.refused(CREATE, {"bulk": sent}) == "BDC_1234"
    assert len(caller.bulk("Create", "Bill", *sent[:100])) == 100


def test_section_9_an_envelope_per_element(caller: Caller, vendor: str) -> None:
    # response_status, response_message, and the object or error_code and error_message [D C]
    good, bad = caller.bulk("Create", "Bill", *elements(vendor, "1", "1"))
    for each in (good, bad):
        assert set(each) == {"response_status", "response_message", "response_data"}
    assert (good["response_status"], good["response_message"]) == (0, "Success")
    assert good["response_data"]["invoiceNumber"] == "1"
    assert code_of(bad) == "BDC_1171"


def test_section_9_in_the_order_of_the_request(caller: Caller, vendor: str) -> None:
    # nothing in an error names its record: order is all there is [I]
    answers = caller.bulk("Create", "Bill", *elements(vendor, "3", "1", "3", "2"))
    assert [each["response_data"].get("invoiceNumber") for each in answers] == ["3", "1", None, "2"]


def test_section_9_elements_fail_alone(caller: Caller, vendor: str) -> None:
    # each with a status and an error of its own [D]; a connector keeps those that succeeded [C]
    answer = caller.call(CREATE, {"bulk": elements(vendor, "1", "1", "2")})
    assert answer["response_status"] == 0
    assert codes_of(answer["response_data"]["bulk"]) == ["OK", "BDC_1171", "OK"]
    assert len(caller.filtered("Bill", "vendorId", "=", vendor)) == 2


@pytest.mark.parametrize(
    ("switch", "statuses"), [("success", [0, 0, 0]), ("any_failed", [0, 1, 1]), ("all_failed", [0, 0, 1])]
)
def test_section_9_the_top_level(caller: Caller, vendor: str, switch: str, statuses: list[int]) -> None:
    # a connector reads bulk[0] of an Error [C]; when that happens is unknown [U]
    caller.control.switch(bulk_top_level=switch)
    answers = [caller.call(CREATE, {"bulk": elements(vendor, *numbers)}) for numbers in ("12", "23", "12")]
    assert [each["response_status"] for each in answers] == statuses
    assert [len(each["response_data"]["bulk"]) for each in answers] == [2, 2, 2]


def test_section_9_an_error_of_the_whole_call(caller: Caller, vendor: str) -> None:
    # error_code without bulk [I]
    assert caller.refused(CREATE, {"bulk": []}) == "BDC_1108"
    caller.control.switch(bulk_transaction="whole_request")
    assert caller.refused(CREATE, {"bulk": elements(vendor, "1", "1")}) == "BDC_1171"


@pytest.mark.parametrize(("switch", "counted"), [("request", 1), ("elements", 3)])
def test_section_9_what_it_counts(caller: Caller, vendor: str, switch: str, counted: int) -> None:
    # one page hints at N [U]
    caller.control.switch(bulk_counts_as=switch)
    (before,) = caller.control.get("/limits")["used"]["requests"].values()
    caller.bulk("Create", "Bill", *elements(vendor, "1", "2", "3"))
    (after,) = caller.control.get("/limits")["used"]["requests"].values()
    assert after - before == counted


@pytest.mark.parametrize(
    ("verb", "entity"),
    [
        *(("Create", each) for each in ("Vendor", "Customer", "Bill", "Invoice", "VendorBankAccount")),
        *(
            ("Create", each)
            for each in (
                "CustomerContact",
                "ApprovalPolicy",
                "ApprovalPolicyApprover",
                "VendorCredit",
                "RecurringInvoice",
                "Item",
                "ChartOfAccount",
            )
        ),
        *(("Update", each) for each in ("Vendor", "Customer", "CustomerContact", "Bill", "Invoice", "User")),
        *(("Update", each) for each in ("RecurringBill", "ApprovalPolicy", "ApprovalPolicyApprover")),
        *(("Delete", each) for each in ("Vendor", "Customer", "CustomerContact", "Invoice", "VendorBankAccount")),
        *(("Delete", each) for each in ("Item", "ChartOfAccount", "Location", "ApprovalPolicy")),
        *(("Read", each) for each in ("Vendor", "Bill", "Invoice")),
        *(("Undelete", each) for each in ("Customer", "CustomerContact")),
    ],
)
def test_section_9_entities(caller: Caller, verb: str, entity: str) -> None:
    # those of the reference [D], ChartOfAccount from a client [C]
    caller.trust()
    (answer,) = caller.bulk(verb, entity, {})
    assert code_of(answer) == "BDC_1108"


@pytest.mark.parametrize("verb", ["Create", "Delete"])
def test_section_9_no_bulk_for_customers_accounts(caller: Caller, verb: str) -> None:
    # no evidence [U]
    path = f"/Bulk/Crud/{verb}/CustomerBankAccount.json"
    assert caller.refused(path, {"bulk": [{}]}) == "BDC_1121"
    caller.control.switch(unknown_operations="offer")
    assert codes_of(caller.ok(path, {"bulk": [{}]})["bulk"]) == ["BDC_1108"]
