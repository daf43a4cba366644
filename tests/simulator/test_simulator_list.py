"""List: pages, filters, order, nesting (facts: section 8)."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from simulator_caller import Caller, bill

from bill_api.entities import BY_NAME, ENTITIES
from bill_api.table.entity import Operation
from bill_simulator import Simulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from simulator_caller import Body

pytest_plugins = ["simulator_fixtures"]

TOTAL_ORDER = [{"field": "updatedTime", "asc": True}, {"field": "id", "asc": True}]


@pytest.fixture(scope="module")
def shelf() -> Iterator[Caller]:
    """Books of three hundred bills that nobody changes."""
    with Simulator(vendors=20, customers=5, bills=300, invoices=20) as simulator, Caller(simulator) as caller:
        caller.control.switch(notes_of_all="list")
        yield caller


@pytest.fixture(scope="module")
def bills(shelf: Caller) -> list[Body]:
    """The same, from the control plane."""
    return shelf.control.books(shelf.organization, "Bill")


def ids(rows: list[Body]) -> list[str]:
    return [row["id"] for row in rows]


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda each: each.name)
def test_every_entity_lists_as_a_bare_array_of_its_objects(shelf: Caller, entity: Any) -> None:
    # section 4
    rows = shelf.list(entity.name, nested=True)
    assert rows
    assert all(row["entity"] == entity.name for row in rows)
    if entity.offers(Operation.READ):
        assert shelf.on("Read", entity.name, rows[0]["id"]) == rows[0]
    has_lines_anyway = entity.name in {"Bill", "Invoice"}  # live
    children = set() if has_lines_anyway else {each.name for each in entity.children}
    assert shelf.list(entity.name) == [{key: row[key] for key in row if key not in children} for row in rows]


def test_data_may_be_left_out(shelf: Caller, bills: list[Body]) -> None:
    assert len(shelf.ok("/List/Bill.json")) == len(bills)


def test_pages_follow_each_other_and_the_last_one_is_short(shelf: Caller, bills: list[Body]) -> None:
    # no total, no token: fewer than max rows is the end
    pages = [shelf.list("Bill", start=start, max=110, sort=TOTAL_ORDER) for start in (0, 110, 220, 330)]
    assert [len(page) for page in pages] == [110, 110, 80, 0]
    together = [row for page in pages for row in page]
    assert sorted(ids(together)) == sorted(ids(bills))
    assert together == sorted(together, key=lambda row: (row["updatedTime"], row["id"]))


@pytest.mark.parametrize("data", [{"start": -1}, {"start": "0"}, {"max": 0}, {"max": -5}, {"max": 1.5}, {"max": True}])
def test_start_and_max_are_whole_numbers(shelf: Caller, data: Any) -> None:
    assert shelf.refused("/List/Bill.json", data) == "BDC_1129"


def test_the_default_page_has_999_rows_and_more_is_a_switch(caller: Caller) -> None:
    # documented; above it: section 14, 7
    vendor = caller.vendor()
    for part in range(10):
        caller.bulk("Create", "Bill", *[{"obj": bill(vendor, f"{part}-{number}")} for number in range(100)])
    assert len(caller.list("Bill")) == 999
    assert len(caller.list("Bill", max=1000)) == 999
    caller.control.switch(list_over_limit="refuse")
    assert caller.refused("/List/Bill.json", {"max": 1000}) == "BDC_1129"
    assert len(caller.list("Bill", max=999)) == 999


@pytest.mark.parametrize("nested", [True, False, None])
def test_the_lines_of_bills_come_nested_and_not(shelf: Caller, bills: list[Body], nested: Any) -> None:
    order = [{"field": "createdTime", "asc": True}, {"field": "id", "asc": True}]
    rows = sorted(bills, key=lambda row: (row["createdTime"], row["id"]))
    assert shelf.list("Bill", nested=nested, sort=order) == rows
    assert all(row["billLineItems"] for row in rows)
    assert shelf.list("Vendor")[0]["required"] == []


OF_INVOICES = {"invoiceLineItems", "invoiceAdjustments", "invoiceCustomFields"}


@pytest.mark.parametrize(
    ("choice", "of_bills", "of_invoices", "of_credits"),
    [
        ("present", {"billLineItems"}, OF_INVOICES, set()),
        ("lines_only", {"billLineItems"}, {"invoiceLineItems"}, set()),
        ("everywhere", {"billLineItems"}, OF_INVOICES, {"vendorCreditLineItems"}),
        ("absent", set(), set(), set()),
    ],
)
def test_the_arrays_of_a_list_that_is_not_nested_are_a_switch(
    caller: Caller, choice: str, of_bills: set[str], of_invoices: set[str], of_credits: set[str]
) -> None:
    # section 8, 7 and 8
    vendor, lines = caller.vendor(), [{"entity": "VendorCreditLineItem", "amount": 5}]
    dated = {"creditDate": "2025-03-01", "refNumber": "C-1"}
    caller.create("VendorCredit", vendorId=vendor, **dated, vendorCreditLineItems=lines)
    caller.control.switch(unnested_children=choice)
    for entity, wanted in (("Bill", of_bills), ("Invoice", of_invoices), ("VendorCredit", of_credits)):
        arrays = {each.name for each in BY_NAME[entity].children}
        nested, flat = caller.list(entity, nested=True)[-1], caller.list(entity)[-1]
        assert arrays <= nested.keys()
        assert flat == {name: nested[name] for name in nested if name not in arrays or name in wanted}


def test_arrays_that_are_not_asked_for_may_be_empty(caller: Caller) -> None:
    caller.control.switch(unnested_children="empty")
    assert caller.list("Bill")[0]["billLineItems"] == []
    invoice = caller.list("Invoice")[0]
    assert (invoice["invoiceLineItems"], invoice["invoiceAdjustments"]) == ([], [])
    assert caller.list("Vendor")


def test_show_audit_is_taken(shelf: Caller) -> None:
    # its keys are unknown, so nothing is added
    assert shelf.list("Bill", showAudit=True) == shelf.list("Bill")


MIDDLE = "2025-02-01T00:00:00.000+0000"

COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
}


@pytest.mark.parametrize("op", COMPARED)
@pytest.mark.parametrize("field", ["updatedTime", "createdTime", "invoiceDate", "id", "vendorId"])
@pytest.mark.parametrize("sort", [None, TOTAL_ORDER, [{"field": "amount", "asc": False}]])
def test_each_comparison_means_what_it_says(shelf: Caller, bills: list[Body], field: str, op: str, sort: Any) -> None:
    value = bills[150][field]
    expected = {row["id"] for row in bills if COMPARED[op](row[field], value)}
    data = {"filters": [{"field": field, "op": op, "value": value}], **({"sort": sort} if sort else {})}
    rows = shelf.list("Bill", **data)
    assert set(ids(rows)) == expected
    assert len(rows) == len(expected)
    assert expected


def test_in_and_nin_take_a_comma_separated_text(shelf: Caller, bills: list[Body]) -> None:
    # section 8: weakly supported
    chosen = [bills[3], bills[250]]
    value = ",".join(ids(chosen))
    assert ids(shelf.filtered("Bill", "id", "in", value)) == ids(chosen)
    assert len(shelf.filtered("Bill", "id", "nin", value)) == 298
    paid = [row for row in bills if row["paymentStatus"] == "0"]
    assert 0 < len(paid) < 300
    assert ids(shelf.filtered("Bill", "paymentStatus", "in", "0,2")) == ids(paid)
    assert len(shelf.filtered("Bill", "paymentStatus", "nin", "0,2")) == 300 - len(paid)
    seconds = {chosen[0]["updatedTime"], chosen[1]["updatedTime"]}
    assert {row["updatedTime"] for row in shelf.filtered("Bill", "updatedTime", "in", ",".join(seconds))} == seconds


def test_filters_are_combined_with_and(shelf: Caller, bills: list[Body]) -> None:
    vendor = bills[0]["vendorId"]
    filters = [
        {"field": "updatedTime", "op": ">=", "value": MIDDLE},
        {"field": "updatedTime", "op": "<", "value": "2025-05-01T00:00:00.000+0000"},
        {"field": "vendorId", "op": "=", "value": vendor},
        {"field": "isActive", "op": "=", "value": "1"},
    ]
    expected = [
        row["id"]
        for row in sorted(bills, key=lambda row: (row["updatedTime"], row["id"]))
        if MIDDLE <= row["updatedTime"] < "2025-05" and row["vendorId"] == vendor and row["isActive"] == "1"
    ]
    assert ids(shelf.list("Bill", filters=filters, sort=TOTAL_ORDER)) == expected
    assert expected


@pytest.mark.parametrize(
    "value",
    [
        "2025-02-01T00:00:00.000+0000",
        "2025-02-01T00:00:00.000Z",
        "2025-02-01",
        "2025-02-01T02:00:00.000+0200",
        "2025-01-31T16:00:00.000-0800",
    ],
)
def test_every_spelling_of_an_instant_that_clients_send_is_taken(shelf: Caller, bills: list[Body], value: str) -> None:
    expected = {row["id"] for row in bills if row["updatedTime"] >= MIDDLE}
    assert set(ids(shelf.filtered("Bill", "updatedTime", ">=", value))) == expected
    assert 0 < len(expected) < len(bills)


def test_an_offset_counts(shelf: Caller, bills: list[Body]) -> None:
    time = datetime.fromisoformat(bills[10]["updatedTime"]).astimezone(timezone(timedelta(hours=2)))
    same = f"{time:%Y-%m-%dT%H:%M:%S}.000+0200"
    assert bills[10]["id"] in ids(shelf.filtered("Bill", "updatedTime", "=", same))


def test_milliseconds_of_a_filter_count(shelf: Caller, bills: list[Body]) -> None:
    time = bills[10]["updatedTime"]
    assert bills[10]["id"] in ids(shelf.filtered("Bill", "updatedTime", ">=", time))
    assert bills[10]["id"] not in ids(shelf.filtered("Bill", "updatedTime", ">", time))
    half = time.replace(".000", ".500")
    assert bills[10]["id"] not in ids(shelf.filtered("Bill", "updatedTime", ">=", half))
    assert bills[10]["id"] in ids(shelf.filtered("Bill", "updatedTime", "<", half))


@pytest.mark.parametrize(
    ("filtered", "code"),
    [
        ({"field": "nope", "op": "=", "value": "1"}, "BDC_1130"),
        ({"op": "=", "value": "1"}, "BDC_1130"),
        ({"field": "description", "op": "=", "value": "x"}, "BDC_1130"),
        ({"field": "amount", "op": "=", "value": "1"}, "BDC_1130"),
        ({"field": "billLineItems", "op": "=", "value": "1"}, "BDC_1130"),
        ({"field": "expense", "op": "=", "value": "1"}, "BDC_1130"),
        ({"field": "id", "op": "sw", "value": "00n"}, "BDC_1131"),
        ({"field": "id", "op": "==", "value": "00n"}, "BDC_1131"),
        ({"field": "id", "value": "00n"}, "BDC_1131"),
        ({"field": "id", "op": "="}, "BDC_1129"),
        ({"field": "isActive", "op": "=", "value": 1}, "BDC_1129"),
        ({"field": "isActive", "op": "=", "value": "active"}, "BDC_1129"),
        ({"field": "isActive", "op": "in", "value": ["1"]}, "BDC_1129"),
        ({"field": "updatedTime", "op": ">", "value": "yesterday"}, "BDC_1129"),
        ({"field": "updatedTime", "op": ">", "value": "2025-02-30"}, "BDC_1129"),
        ({"field": "updatedTime", "op": ">", "value": "9999-12-31T23:59:59.000-2300"}, "BDC_1129"),
        ({"field": "updatedTime", "op": ">", "value": "2025-02-01T00:00:00.000 0000"}, "BDC_1129"),
        ({"field": "updatedTime", "op": ">", "value": "2025-02-01T00:00:00"}, "BDC_1129"),
        ({"field": "invoiceDate", "op": "=", "value": "02/01/2025"}, "BDC_1129"),
    ],
)
def test_a_wrong_filter_is_refused_with_the_code_of_its_part(shelf: Caller, filtered: Body, code: str) -> None:
    assert shelf.refused("/List/Bill.json", {"filters": [filtered]}) == code


@pytest.mark.parametrize("data", [{"filters": {}}, {"filters": ["x"]}, {"sort": "id"}, {"sort": [1]}])
def test_filters_and_sort_are_arrays_of_objects(shelf: Caller, data: Any) -> None:
    assert shelf.refused("/List/Bill.json", data) == "BDC_1129"


def test_strings_that_a_source_names_can_be_filtered(shelf: Caller, bills: list[Body]) -> None:
    # section 8: Customer.name, Vendor.name, Bill.invoiceNumber
    assert ids(shelf.filtered("Bill", "invoiceNumber", "=", bills[7]["invoiceNumber"])) == [bills[7]["id"]]
    name = shelf.list("Vendor")[2]["name"]
    assert [row["name"] for row in shelf.filtered("Vendor", "name", "=", name)] == [name]


def test_filtering_on_other_fields_is_a_switch(caller: Caller) -> None:
    caller.control.switch(filter_fields="any")
    caller.create("Bill", **bill(caller.vendor(), "B-1", 123.45), description="Only this one")
    assert [row["invoiceNumber"] for row in caller.filtered("Bill", "amount", "=", "123.45")] == ["B-1"]
    assert len(caller.filtered("Bill", "description", "=", "Only this one")) == 1
    assert len(caller.filtered("Bill", "hasAutoPay", "=", "true")) == 0
    for field, value in (("amount", "x"), ("amount", "NaN"), ("hasAutoPay", "yes"), ("numApprPolicyEx", "one")):
        wrong = {"filters": [{"field": field, "op": "<=", "value": value}]}
        assert caller.refused("/List/Bill.json", wrong) == "BDC_1129"


def test_null_equals_nothing_and_precedes_nothing(shelf: Caller, bills: list[Body]) -> None:
    # unknown at BILL
    paid = [row for row in bills if row["lastPaymentDate"]]
    assert 0 < len(paid) < len(bills)
    assert ids(shelf.filtered("Bill", "lastPaymentDate", "<", "2030-01-01")) == ids(paid)
    assert len(shelf.filtered("Bill", "lastPaymentDate", "!=", "2030-01-01")) == len(bills)
    assert len(shelf.filtered("Bill", "lastPaymentDate", "nin", "2030-01-01")) == len(bills)


def test_several_sort_keys_and_text_for_asc(shelf: Caller, bills: list[Body]) -> None:
    # documented sample: createdTime, then dueAmount; asc as a text
    sort = [{"field": "invoiceDate", "asc": "false"}, {"field": "dueAmount", "asc": "true"}]
    dates = sorted({row["invoiceDate"] for row in bills}, reverse=True)
    expected = sorted(bills, key=lambda row: (dates.index(row["invoiceDate"]), Decimal(row["dueAmount"])))
    rows = shelf.list("Bill", sort=sort)
    assert [(row["invoiceDate"], row["dueAmount"]) for row in rows] == [
        (row["invoiceDate"], row["dueAmount"]) for row in expected
    ]


@pytest.mark.parametrize("asc", [True, "true", False, "false"])
def test_updated_time_sorts_both_ways(shelf: Caller, bills: list[Body], asc: Any) -> None:
    ascending = asc in (True, "true")
    rows = shelf.list("Bill", sort=[{"field": "updatedTime", "asc": asc}, {"field": "id", "asc": asc}])
    assert rows == sorted(rows, key=lambda row: (row["updatedTime"], row["id"]), reverse=not ascending)
    assert len(rows) == len(bills)


def test_a_client_sorts_accounts_by_number_and_enums_go_by_their_number(shelf: Caller) -> None:
    numbers = [row["accountNumber"] for row in shelf.list("ChartOfAccount", sort=[{"field": "accountNumber"}])]
    assert numbers == sorted(numbers)
    kinds = [int(row["accountType"]) for row in shelf.list("ChartOfAccount", sort=[{"field": "accountType"}])]
    assert kinds == sorted(kinds)
    assert max(kinds) > 9


def test_null_sorts_first(caller: Caller) -> None:
    caller.create("Vendor", name="X", shortName="x")
    assert caller.list("Vendor", sort=[{"field": "shortName", "asc": True}])[-1]["shortName"] == "x"
    assert caller.list("Vendor", sort=[{"field": "shortName", "asc": False}])[0]["shortName"] == "x"


@pytest.mark.parametrize(
    ("sort", "code"),
    [
        ([{"field": "nope", "asc": True}], "BDC_1130"),
        ([{"field": "billLineItems", "asc": True}], "BDC_1130"),
        ([{"field": "id", "asc": "up"}], "BDC_1129"),
        ([{"field": "id", "asc": 2}], "BDC_1129"),
    ],
)
def test_a_wrong_sort_is_refused(shelf: Caller, sort: Any, code: str) -> None:
    assert shelf.refused("/List/Bill.json", {"sort": sort}) == code


@pytest.mark.parametrize("order", ["created", "id", "updated_descending", "shuffled"])
def test_the_default_order_is_a_switch(caller: Caller, order: str) -> None:
    # section 14, 5
    keys: dict[str, Callable[[Body], Any]] = {
        "created": lambda row: row["createdTime"],
        "id": lambda row: row["id"],
        "updated_descending": lambda row: -datetime.fromisoformat(row["updatedTime"]).timestamp(),
    }
    caller.control.switch(default_order=order)
    rows = caller.list("Bill")
    assert rows == caller.list("Bill")
    if order == "shuffled":
        assert all(rows != sorted(rows, key=key) for key in keys.values())
    else:
        assert rows == sorted(rows, key=keys[order])


def test_inactive_rows_are_listed_unless_switched_off_or_filtered(caller: Caller) -> None:
    # section 14, 6
    gone = caller.list("Bill")[0]["id"]
    caller.on("Delete", "Bill", gone)
    assert gone in ids(caller.list("Bill"))
    assert gone in ids(caller.filtered("Bill", "isActive", "=", "2"))
    assert gone not in ids(caller.filtered("Bill", "isActive", "!=", "2"))
    caller.control.switch(list_inactive="hide")
    assert gone not in ids(caller.list("Bill"))
    assert gone not in ids(caller.list("Bill", sort=TOTAL_ORDER))
    assert gone in ids(caller.filtered("Bill", "isActive", "=", "2"))


@pytest.mark.parametrize("sort", [TOTAL_ORDER, [{"field": "id", "asc": True}], []])
def test_a_changed_row_is_listed_in_its_new_place_at_once(caller: Caller, sort: Any) -> None:
    rows = caller.list("Bill", sort=sort)
    caller.update("Bill", id=rows[0]["id"], description="changed")
    made = caller.create("Bill", **bill(rows[0]["vendorId"], "B-1"))
    after = caller.list("Bill", sort=sort, nested=True)
    assert sorted(ids(after)) == sorted([*ids(rows), made["id"]])
    assert next(row for row in after if row["id"] == rows[0]["id"])["description"] == "changed"
    if sort is TOTAL_ORDER:
        assert set(ids(after)[-2:]) == {rows[0]["id"], made["id"]}
        assert after == sorted(after, key=lambda row: (row["updatedTime"], row["id"]))


def test_a_row_that_is_touched_shifts_the_pages_as_offsets_do(caller: Caller) -> None:
    # section 8, stability: this is what an offset reader must survive
    rows = ids(caller.list("Bill", sort=TOTAL_ORDER))
    caller.update("Bill", id=rows[0], description="moved to the end")
    assert ids(caller.list("Bill", sort=TOTAL_ORDER, start=4, max=4)) == rows[5:9]


@pytest.mark.parametrize("order", ["smallest", "largest"])
@pytest.mark.parametrize("ascending", [True, False])
@pytest.mark.parametrize("field", ["lastPaymentDate", "paymentStatus"])
def test_where_a_sort_puts_fields_without_value_is_a_switch(
    shelf: Caller, order: str, ascending: Any, field: str
) -> None:
    # unknown at BILL
    shelf.control.switch(null_order=order)
    try:
        found = [row[field] for row in shelf.list("Bill", sort=[{"field": field, "asc": ascending}])]
    finally:
        shelf.control.switch(null_order="smallest")
    values = sorted((each for each in found if each is not None), reverse=not ascending)
    nothing = [None] * found.count(None)
    assert found == (nothing + values if (order == "smallest") == ascending else values + nothing)
