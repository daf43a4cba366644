"""Files in BILL's own shape: an object below `obj`, and flags beside it, for each row its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bill_values.exact_json import decode

if TYPE_CHECKING:
    from cli_bill import Bill, Here

    from bill_simulator import Simulator

pytest_plugins = ["cli_fixtures"]

FLAG = "allowDuplicateInvNum"
OPTION = "--allow-duplicate-invoice-number"


def put(here: Here, document: Any, name: str = "rows.json") -> str:
    (here.bill.folder / name).write_text(document if isinstance(document, str) else json.dumps(document))
    return name


def elements(here: Here, *arguments: str) -> list[Any]:
    """The elements of the bulk call that would be sent."""
    ran = here("bulk", *arguments, "--dry-run")
    assert ran.code == 0, ran.err
    found: list[Any] = decode(ran.out)["form"]["data"]["bulk"]
    return found


def taken(bill: Bill) -> dict[str, Any]:
    """A bill whose number its vendor has used."""
    known = bill.books("Bill")[0]
    days = {"invoiceDate": "2026-01-31", "dueDate": "2026-02-28"}
    named = {name: known[name] for name in ("vendorId", "invoiceNumber")}
    return {**named, **days, "billLineItems": [{"amount": 1}]}


def test_rows_in_the_shape_of_bill_are_sent_as_they_are(here: Here, bill: Bill) -> None:
    vendor = bill.books("Vendor")[0]["id"]
    rows = [{"obj": {"entity": "Vendor", "name": "A"}}, {"obj": {"name": "B"}}]
    assert elements(here, "create", "vendors", put(here, rows)) == [
        {"obj": {"entity": "Vendor", "name": "A"}},
        {"obj": {"entity": "Vendor", "name": "B"}},
    ]
    assert here("bulk", "create", "vendors", "rows.json").code == 0
    assert {each["name"] for each in bill.books("Vendor")} >= {"A", "B"}
    lines = "".join(f"{json.dumps({'obj': {'id': vendor, 'shortName': name}})}\n" for name in "C")
    assert here("bulk", "update", "vendors", put(here, lines, "rows.jsonl"), "--yes").code == 0
    assert bill.books("Vendor")[0]["shortName"] == "C"


@pytest.mark.parametrize("indent", [None, 2])
def test_the_data_of_a_bulk_call_is_a_file_too(here: Here, indent: int | None) -> None:
    data = {"bulk": [{"obj": {"name": "A"}}, {"obj": {"name": "B"}}]}
    assert [
        each["obj"]["name"] for each in elements(here, "create", "vendors", put(here, json.dumps(data, indent=indent)))
    ] == ["A", "B"]


def test_each_row_has_its_own_flag_and_an_explicit_no_is_sent(here: Here, bill: Bill) -> None:
    row = taken(bill)
    rows = [{"obj": row, FLAG: True}, {"obj": row, FLAG: False}, {"obj": row}]
    assert [each.get(FLAG) for each in elements(here, "create", "bills", put(here, rows))] == [True, False, None]
    ran = here("bulk", "create", "bills", "rows.json")
    assert [each["result"] for each in json.loads(ran.out)] == ["created", "exists", "exists"]


def test_the_option_counts_for_rows_that_do_not_say_it_themselves(here: Here, bill: Bill) -> None:
    row = taken(bill)
    file = put(here, [{"obj": row, FLAG: True}, {"obj": row, FLAG: False}, {"obj": row}])
    assert [each[FLAG] for each in elements(here, "create", "bills", file, OPTION)] == [True, False, True]
    no = OPTION.replace("--", "--no-")
    assert [each[FLAG] for each in elements(here, "create", "bills", file, no)] == [True, False, False]


@pytest.mark.parametrize("value", [True, "true", "yes"])
def test_a_flag_in_the_object_goes_beside_it(here: Here, bill: Bill, value: Any) -> None:
    (element,) = elements(here, "create", "bills", put(here, [{**taken(bill), FLAG: value}]))
    assert element[FLAG] is True
    assert FLAG not in element["obj"]
    (element,) = elements(here, "create", "bills", put(here, [{"obj": {**taken(bill), FLAG: value}}]))
    assert element[FLAG] is True
    assert FLAG not in element["obj"]


def test_a_csv_has_a_flag_in_a_column(here: Here, bill: Bill) -> None:
    one, two, three = (each["id"] for each in bill.books("Bill")[:3])
    file = put(here, f"id,poNumber,{FLAG}\n{one},1,yes\n{two},2,no\n{three},3,\n", "rows.csv")
    sent = elements(here, "update", "bills", file)
    assert [each.get(FLAG) for each in sent] == [True, False, None]
    assert all(FLAG not in each["obj"] for each in sent)


def test_an_object_of_json_may_have_flags_too(here: Here, bill: Bill) -> None:
    call = ("create", "bill", "--json", "rows.json")
    for document in ({"obj": taken(bill), FLAG: True}, {**taken(bill), FLAG: True}):
        put(here, document)
        sent = decode(here(*call, "--dry-run").out)["form"]["data"]
        assert sent[FLAG] is True
        assert FLAG not in sent["obj"]
        assert here(*call).code == 0
        no = decode(here(*call, OPTION.replace("--", "--no-"), "--dry-run").out)["form"]["data"]
        assert no[FLAG] is False, "the option counts more"


def test_lines_in_rows_say_their_entity(here: Here, bill: Bill) -> None:
    line = {"amount": 1}
    (element,) = elements(here, "create", "bills", put(here, [{**taken(bill), "billLineItems": [line]}]))
    assert element["obj"]["billLineItems"] == [{"entity": "BillLineItem", "amount": 1}]
    put(here, taken(bill))
    sent = decode(here("create", "bill", "--json", "rows.json", "--dry-run").out)["form"]["data"]
    assert sent["obj"]["billLineItems"] == [{"entity": "BillLineItem", "amount": 1}]


def test_what_is_unknown_beside_the_object_is_passed_on(here: Here) -> None:
    (element,) = elements(here, "create", "vendors", put(here, [{"obj": {"name": "A"}, "newFlag": 1}]))
    assert element == {"obj": {"entity": "Vendor", "name": "A"}, "newFlag": 1}


@pytest.mark.parametrize(
    ("resource", "row", "said"),
    [
        ("bills", {"obj": {"poNumber": "1"}, "vendorId": "x"}, "`vendorId` stands beside `obj`"),
        ("bills", {"obj": [], FLAG: True}, "`obj`: an object with fields is expected"),
        ("bills", {"obj": {}, FLAG: True}, "an object with fields is expected"),
        ("bills", {"obj": {"poNumber": "1"}, FLAG: "perhaps"}, f"`{FLAG}`: 'perhaps' is neither yes"),
        ("bills", {"obj": {"poNumber": "1", FLAG: False}, FLAG: True}, f"`{FLAG}` is true and false"),
        ("vendors", {"obj": {"name": "A"}, FLAG: True}, f"`{FLAG}`: BILL has that for bills, and not for vendors"),
        ("vendors", {"name": "A", FLAG: True}, f"`{FLAG}`: BILL has that for bills, and not for vendors"),
    ],
)
def test_what_stands_in_the_wrong_place_is_said_and_nothing_is_sent(
    here: Here, books: Simulator, resource: str, row: dict[str, Any], said: str
) -> None:
    books.control.forget_requests()
    ran = here("bulk", "create", resource, put(here, [row]))
    assert (ran.code, ran.out) == (2, "")
    assert f"rows.json, element 1: {said}" in ran.err
    assert books.control.requests() == []


def test_a_flag_among_fields_is_told_its_option(here: Here) -> None:
    ran = here("create", "bill", "--set", f"{FLAG}=true")
    assert ran.code == 2
    assert f"give {OPTION}" in ran.err


def test_a_delete_takes_that_shape_too(here: Here, bill: Bill) -> None:
    location = bill.books("Location")[0]["id"]
    assert here("bulk", "delete", "locations", put(here, [{"obj": {"id": location}}]), "--yes").code == 0
    assert bill.books("Location")[0]["isActive"] == "2"


def test_a_number_that_one_row_may_take_twice_is_not_adopted_for_another(here: Here, bill: Bill) -> None:
    """The flag of a row counts when its answer is lost: the other bill of that number may be anybody's."""
    row = taken(bill)
    file = put(here, [{"obj": row, FLAG: True}])
    assert here("bulk", "create", "bills", file).code == 0
    bill.simulator.control.fault("drop_after", "/Bulk/Crud/Create/Bill.json")
    ran = here("bulk", "create", "bills", file, "--timeout-s", "1")
    assert [each["result"] for each in json.loads(ran.out)] == ["conflict"]


# Results as objects


def test_results_are_shown_as_objects(here: Here, bill: Bill) -> None:
    file = put(here, [{"name": "A"}, {"name": "B", "paymentTermId": "00000NOSUCHOBJECTaaa"}, {"name": "C"}])
    ran = here("bulk", "create", "vendors", file, "--objects", "--output", "jsonl")
    assert ran.code == 4
    shown = [decode(line) for line in ran.out.splitlines()]
    assert shown == [each for each in bill.books("Vendor") if each["name"] in {"A", "C"}]
    assert "bill: row 2: refused: " in ran.err
    assert "(BDC_1119)" in ran.err
    assert "2 created, 1 refused" in ran.err


@pytest.mark.parametrize("output", ["json", "csv", "table"])
def test_objects_come_in_every_format(here: Here, output: str) -> None:
    ran = here("bulk", "create", "vendors", put(here, [{"name": "Fern & Oak"}]), "--objects", "--output", output)
    assert ran.code == 0
    assert "Fern & Oak" in ran.out
    assert ran.err == "bill: 1 created\n"


def test_an_adopted_object_is_shown_as_well(here: Here, books: Simulator) -> None:
    books.control.fault("drop_after", "/Bulk/Crud/Create/Vendor.json")
    ran = here("bulk", "create", "vendors", put(here, [{"name": "A"}]), "--objects", "--output", "json")
    assert [each["name"] for each in json.loads(ran.out)] == ["A"]
    assert "1 adopted" in ran.err
