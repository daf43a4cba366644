"""One object: fields from options and files, questions before a delete, requests that are only shown."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from conftest import client_for

from bill_api.entities import BY_NAME, ENTITIES
from bill_api.table.entity import Operation
from bill_cli.typed.bodies import FLAGS
from bill_cli.typed.resources import entity_named, name_of
from bill_simulator import defaults
from bill_values.exact_json import decode, encode
from bill_values.spreadsheet_cells import cell_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli_bill import Bill, Here

    from bill_simulator import Simulator

pytest_plugins = ["cli_fixtures"]

HEAD = ("--set", "invoiceNumber=N-1", "--set", "invoiceDate=2026-01-31", "--set", "dueDate=2026-02-28")


@pytest.fixture
def vendor(bill: Bill) -> str:
    return str(bill.books("Vendor")[0]["id"])


def sent(here: Here, *arguments: str) -> Any:
    """The object that would be sent."""
    ran = here(*arguments, "--dry-run")
    assert ran.code == 0, ran.err
    return decode(ran.out)["form"]["data"]["obj"]


def test_fields_are_typed_from_the_table(here: Here, vendor: str) -> None:
    line = f"amount=12.50 quantity=3 jobBillable=true description='Two words' chartOfAccountId={vendor}"
    obj = sent(
        here,
        *("create", "bill", "--set", f"vendorId={vendor}", "--set", "isActive=Active", "--set", "hasAutoPay=false"),
        *("--set", "exchangeRate=1.2345", "--set", "poNumber=007", *HEAD, "--line", line, "--line", '{"amount": 0.10}'),
    )
    assert obj["isActive"] == "1"
    assert obj["hasAutoPay"] is False
    assert obj["exchangeRate"] == Decimal("1.2345")
    assert obj["poNumber"] == "007"
    first, second = obj["billLineItems"]
    assert first == {
        "entity": "BillLineItem",
        "amount": Decimal("12.50"),
        "quantity": 3,
        "jobBillable": True,
        "description": "Two words",
        "chartOfAccountId": vendor,
    }
    assert second == {"entity": "BillLineItem", "amount": Decimal("0.10")}


def test_a_field_without_a_value_is_emptied(here: Here, vendor: str) -> None:
    call = ("update", "bill", vendor, "--set", "poNumber=", "--set", "exchangeRate=", "--set", "dueDate=")
    obj = sent(here, *call, "--set", "paymentTermId=")
    assert (obj["poNumber"], obj["exchangeRate"], obj["dueDate"], obj["paymentTermId"]) == ("", None, None, "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("invoiceDate=31.01.2026", "not a day like 2026-01-31"),
        ("exchangeRate=1,5", "not a number; expected one like 1234.56"),
        ("exchangeRate=1_5", "not a number; expected one like 1234.56"),
        ("exchangeRate=NaN", "not a number; expected one like 1234.56"),
        ("hasAutoPay=maybe", "neither yes, true, 1 nor no, false, 0"),
        ("isActive=perhaps", "known are 1 (active), 2 (inactive)"),
        ("vendorId=Acme", "an id of 20 characters is expected (of a Vendor), not 'Acme'; a name goes with `vendor`"),
        ("vendorNme=Acme", "did you mean `vendorName`"),
        ("invoiceNumbr=1", "did you mean `invoiceNumber`"),
        ("amount=5", "is set by BILL"),
        ("noequals", "is not name=value"),
        ("billLineItems=[", "not JSON"),
    ],
)
def test_a_value_that_does_not_fit_is_said_with_its_field(here: Here, text: str, said: str) -> None:
    ran = here("create", "bill", "--set", text)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("amount=12.345", "more than 2 decimals; an amount is refused, never rounded"),
        ("amount=12.000", "write 12000 or 12.00"),
        ("amount=1,000", "the comma may part thousands or decimals; have it written like 1041 or 1.50"),
        ("amount=$1000", "not a number as long as $ stands by it; have it written without"),
        ("chartOfAccountId=Travel", "a name goes with `account`"),
        ("amount='1", "cannot be read"),
        ("", "an empty line"),
        ("amont=1", "did you mean `amount`?"),
        ("{", "not JSON"),
    ],
)
def test_a_line_that_does_not_fit_is_said(here: Here, line: str, said: str) -> None:
    ran = here("create", "bill", "--line", line)
    assert ran.code == 2
    assert said in ran.err


def test_lines_are_only_for_what_has_them(here: Here) -> None:
    assert "vendors have no lines" in here("create", "vendor", "--line", "amount=1").err


def test_a_bank_number_that_does_not_fit_is_not_quoted(here: Here) -> None:
    ran = here("create", "vendor-bank-account", "--set", "accountNumber=123456789", "--set", "vendorId=x")
    assert ran.code == 2
    assert "123456789" not in ran.err


def test_json_passes_everything_on_and_set_counts_more(here: Here, vendor: str) -> None:
    path = here.bill.folder / "bill.json"
    needed = {"invoiceNumber": "N-1", "invoiceDate": "2026-01-31", "dueDate": "2026-02-28"}
    path.write_text(
        json.dumps({"vendorId": vendor, "newField": {"a": [1]}, **needed, "poNumber": "1", "billLineItems": []})
    )
    obj = sent(here, "create", "bill", "--json", path.name, "--set", "poNumber=2", "--line", "amount=1")
    assert obj["newField"] == {"a": [1]}
    assert obj["poNumber"] == "2"
    assert len(obj["billLineItems"]) == 1


def test_lines_are_given_in_one_way(here: Here, vendor: str) -> None:
    """Beside those of --json they would be added, and double what is owed."""
    path = here.bill.folder / "bill.json"
    path.write_text(json.dumps({"vendorId": vendor, "billLineItems": [{"amount": 5}]}))
    ran = here("create", "bill", "--json", path.name, "--line", "amount=5")
    assert (ran.code, "give all lines in one way" in ran.err) == (2, True)


def test_what_bill_does_not_tell_of_is_told_and_ends_with_4(here: Here, vendor: str) -> None:
    path = here.bill.folder / "bill.json"
    document = {"vendorId": vendor, "invoiceNumber": "N-9", "invoiceDate": "2026-01-31", "dueDate": "2026-02-28"}
    path.write_text(json.dumps({**document, "poNumbr": "7", "billLineItems": [{"amount": 5, "descrption": "x"}]}))
    ran = here("create", "bill", "--json", path.name)
    assert ran.code == 4
    assert json.loads(ran.out)["invoiceNumber"] == "N-9"
    assert "nothing is told of `poNumbr`; did you mean `poNumber`?" in ran.err
    assert "`billLineItems`, line 1: nothing is told of `descrption`; did you mean `description`?" in ran.err
    rows = here.bill.folder / "rows.json"
    rows.write_text(json.dumps([{"id": json.loads(ran.out)["id"], "poNumbr": "LOST"}]))
    again = here("bulk", "update", "bills", "rows.json", "--yes", "--output", "json")
    assert (again.code, "did you mean `poNumber`?" in json.loads(again.out)[0]["message"]) == (4, True)


def test_json_comes_from_stdin_too(bill: Bill) -> None:
    ran = bill("create", "vendor", "--json", "-", stdin='{"name": "From stdin"}')
    assert json.loads(ran.out)["name"] == "From stdin"


@pytest.mark.parametrize(
    ("content", "said"), [("[1]", "a JSON object is expected"), ("{", "not JSON"), ("{}", "nothing")]
)
def test_json_that_is_no_object_is_said(here: Here, content: str, said: str) -> None:
    (here.bill.folder / "x.json").write_text(content)
    ran = here("create", "vendor", "--json", "x.json")
    assert ran.code == 2
    assert said in ran.err


def test_what_bill_stored_is_shown(here: Here, vendor: str) -> None:
    lines = ("--line", "amount=12.50", "--line", "amount=7.5")
    made = here.json("create", "bill", "--set", f"vendorId={vendor}", *HEAD, *lines)
    assert made["amount"] == 20
    assert len(here.json("get", "bill", made["id"])["billLineItems"]) == 2
    changed = here.json("update", "bill", made["id"], "--set", "poNumber=PO-1")
    assert (changed["poNumber"], len(changed["billLineItems"])) == ("PO-1", 2)
    assert here.json("delete", "bill", made["id"], "--yes")["isActive"] == "2"
    assert here.json("undelete", "bill", made["id"])["isActive"] == "1"


@pytest.mark.parametrize("shape", ['{"id": "%s", "poNumber": "1"}', '{"obj": {"id": "%s", "poNumber": "1"}}'])
def test_an_id_in_a_file_that_is_another_is_refused(here: Here, bill: Bill, books: Simulator, shape: str) -> None:
    one, two = (each["id"] for each in bill.books("Bill")[:2])
    (here.bill.folder / "x.json").write_text(shape % one)
    books.control.forget_requests()
    ran = here("update", "bill", two, "--json", "x.json")
    assert (ran.code, ran.out) == (2, "")
    assert one in ran.err
    assert two in ran.err
    assert books.control.requests() == []
    assert here("update", "bill", one, "--json", "x.json").code == 0


def test_an_object_that_bill_gave_can_be_sent_back(here: Here, bill: Bill, books: Simulator) -> None:
    """Section 7, 29: its times are ignored, or refused."""
    books.control.switch(sent_times="refuse")
    one = next(each for each in bill.books("Bill") if each["billLineItems"])
    (here.bill.folder / "x.json").write_text(encode({**one, "poNumber": "1"}))
    changed = here.json("update", "bill", one["id"], "--json", "x.json")
    assert changed["poNumber"] == "1"
    (here.bill.folder / "rows.json").write_text(encode([{**changed, "poNumber": "2"}]))
    ran = here("bulk", "update", "bills", "rows.json", "--yes")
    assert ran.code == 0, ran.out


def test_a_delete_with_two_ids_in_a_row_is_refused(here: Here, books: Simulator) -> None:
    (here.bill.folder / "x.json").write_text('[{"id": "0091", "obj": {"id": "0092"}}]')
    books.control.forget_requests()
    ran = here("bulk", "delete", "vendors", "x.json", "--yes")
    assert (ran.code, ran.out) == (2, "")
    assert "`id` is 0091, and 0092 in `obj`" in ran.err
    assert books.control.requests() == []


def test_duplicates_are_taken_only_with_the_flag_of_bill(here: Here, vendor: str) -> None:
    call = ("create", "bill", "--set", f"vendorId={vendor}", *HEAD, "--line", "amount=1")
    made = here.json(*call)
    assert here.json(*call)["id"] == made["id"]
    assert here.json(*call, "--allow-duplicate-invoice-number")["id"] != made["id"]


def test_a_flag_is_refused_where_bill_does_not_have_it(here: Here) -> None:
    ran = here("create", "vendor", "--set", "name=A", "--agreed-with-tos")
    assert ran.code == 2
    assert "--agreed-with-tos" in ran.err


def test_every_flag_of_the_table_has_its_option() -> None:
    assert {flag for entity in ENTITIES for flag in entity.flags} == set(FLAGS)


# Deleting asks


def test_a_delete_asks_at_a_terminal_and_says_what_it_is(bill: Bill, vendor: str) -> None:
    ran = bill.on_terminal("delete", "vendor", vendor, typed="n\n")
    assert ran.code == 130
    assert f"Delete vendor {vendor} (name " in ran.out
    assert bill.books("Vendor")[0]["isActive"] == "1"
    assert bill.on_terminal("delete", "vendor", vendor, typed="y\n").code == 0
    assert bill.books("Vendor")[0]["isActive"] == "2"


def test_a_delete_that_nobody_can_be_asked_about_is_not_done(bill: Bill, vendor: str) -> None:
    ran = bill("delete", "vendor", vendor, stdin="y\n")
    assert (ran.code, ran.out) == (2, "")
    assert "--yes" in ran.err
    assert bill.books("Vendor")[0]["isActive"] == "1"


# Requests that are only shown


DRY: dict[str, Callable[[str], tuple[str, ...]]] = {
    "list": lambda _: ("list", "vendors"),
    "get": lambda bill_id: ("get", "vendor", bill_id),
    "create": lambda _: ("create", "vendor", "--set", "name=A", "--set", "taxId=12-3456789"),
    "update": lambda bill_id: ("update", "vendor", bill_id, "--set", "shortName=A"),
    "delete": lambda bill_id: ("delete", "vendor", bill_id),
    "undelete": lambda bill_id: ("undelete", "vendor", bill_id),
    "challenge": lambda _: ("mfa", "challenge"),
    "authenticate": lambda _: ("mfa", "authenticate", "--challenge-id", "!c", "--token", "123456"),
    "raw": lambda _: ("raw", "/List/Vendor.json"),
}


@pytest.mark.parametrize("call", DRY)
def test_a_dry_run_sends_nothing_and_shows_no_secret(here: Here, books: Simulator, vendor: str, call: str) -> None:
    books.control.forget_requests()
    ran = here(*DRY[call](vendor), "--dry-run")
    assert ran.code == 0, ran.err
    request = json.loads(ran.out)
    assert request["url"].startswith(books.api_url)
    assert request["form"]["sessionId"] == "(hidden)"
    assert books.control.requests() == []
    for secret in (defaults.PASSWORD, defaults.DEVELOPER_KEY, "12-3456789", "123456"):
        assert secret not in ran.out


# Names of resources


@pytest.mark.parametrize(
    "text", ["vendor-bank-account", "vendor_bank_accounts", "vendor-bank-accounts", "VendorBankAccount"]
)
def test_a_resource_has_several_names(text: str) -> None:
    entity = entity_named(text)
    assert entity is not None
    assert entity.name == "VendorBankAccount"


def test_no_two_entities_share_a_name() -> None:
    assert len({name_of(each) for each in ENTITIES}) == len(ENTITIES)
    assert all(entity_named(name_of(each)) is each and entity_named(each.stream) is each for each in ENTITIES)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (("get", "bils", "x"), "did you mean bill"),
        (("update", "vendor-bank-account", "x"), "BILL does not offer `update` for vendor-bank-account"),
        (("undelete", "customer-bank-account", "x"), "nothing says that BILL offers `undelete`"),
        (("bulk", "create", "department", "x.csv"), "nothing says that BILL offers `bulk create`"),
    ],
)
def test_a_resource_that_is_not_offered_is_said_with_what_is(here: Here, call: tuple[str, ...], said: str) -> None:
    ran = here(*call)
    assert ran.code == 2
    assert said in ran.err


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda each: each.stream)
def test_every_list_can_be_listed_and_each_object_read(here: Here, bill: Bill, entity: Any) -> None:
    owner = entity.listed_by
    needed = ("--filter", f"{owner} = {bill.books(entity.name)[0][owner]}") if owner else ()
    rows = here.json("list", entity.stream, *needed, "--max", "2", "--nested")
    for row in rows[:1]:
        if entity.offers(Operation.READ):
            assert here.json("get", name_of(entity), row["id"])["id"] == row["id"]
        shown = here("list", name_of(entity), *needed, "--columns", "id", "--output", "table")
        assert row["id"] in shown.out


# Several objects


def test_several_objects_are_read_in_one_call(here: Here, bill: Bill, books: Simulator) -> None:
    ids = [each["id"] for each in bill.books("Bill")[:3]]
    asked = [ids[2], ids[0], ids[1], ids[0]]
    books.control.forget_requests()
    shown = here.json("get", "bills", *asked)
    assert [each["id"] for each in shown] == [ids[2], ids[0], ids[1]]
    assert all(each["billLineItems"] for each in shown)
    assert [each["path"] for each in books.control.requests()] == ["/Login.json", "/Bulk/Crud/Read/Bill.json"]


def test_a_hundred_are_read_in_a_call(here: Here, bill: Bill, books: Simulator) -> None:
    client = client_for(books)
    for part in range(2):
        client.bulk_create(BY_NAME["Vendor"], [{"name": f"Fern {part} {i}"} for i in range(75)])
    ids = [each["id"] for each in bill.books("Vendor") if each["name"].startswith("Fern")]
    books.control.forget_requests()
    assert [each["id"] for each in here.json("get", "vendors", *ids)] == ids
    assert [each["path"] for each in books.control.requests()].count("/Bulk/Crud/Read/Vendor.json") == 2


def test_several_are_read_one_by_one_where_bill_has_no_call_for_them(here: Here, bill: Bill, books: Simulator) -> None:
    ids = [each["id"] for each in bill.books("Location")[:2]]
    books.control.forget_requests()
    assert [each["id"] for each in here.json("get", "locations", *ids)] == ids
    assert [each["path"] for each in books.control.requests()].count("/Crud/Read/Location.json") == 2


@pytest.mark.parametrize("resource", ["vendors", "locations"])
def test_those_that_are_not_there_are_told_beside_those_that_are(here: Here, bill: Bill, resource: str) -> None:
    one = bill.books("Vendor" if resource == "vendors" else "Location")[0]["id"]
    ran = here("get", resource, one, "00000NOSUCHOBJECTaaa", "--output", "json")
    assert ran.code == 4
    assert [each["id"] for each in json.loads(ran.out)] == [one]
    assert "bill: 00000NOSUCHOBJECTaaa: " in ran.err
    ran = here("get", resource, "00000NOSUCHOBJECTaaa", "00000NOSUCHOBJECTaab")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.count("BDC_") == 2


@pytest.mark.parametrize("output", ["csv", "table", "jsonl"])
def test_several_objects_come_in_every_format(here: Here, bill: Bill, output: str) -> None:
    ids = [each["id"] for each in bill.books("Vendor")[:2]]
    ran = here("get", "vendors", *ids, "--output", output)
    assert ran.code == 0
    assert all(each in ran.out for each in ids)


@pytest.mark.parametrize("transaction", ["per_element", "all_or_nothing", "whole_request"])
def test_an_unknown_id_keeps_no_other_from_being_shown(
    here: Here, bill: Bill, books: Simulator, transaction: str
) -> None:
    books.control.switch(bulk_transaction=transaction)
    ids = [each["id"] for each in bill.books("Bill")[:3]]
    ran = here("get", "bills", ids[0], "00n00NOSUCHOBJECTaaa", *ids[1:], "--output", "json")
    assert ran.code == 4
    assert [each["id"] for each in json.loads(ran.out)] == ids
    assert ran.err.startswith("bill: 00n00NOSUCHOBJECTaaa: ")


@pytest.mark.parametrize("code", ["BDC_1002", "BDC_1105", "BDC_1145"])
def test_a_later_call_that_fails_takes_nothing_from_what_was_read(here: Here, books: Simulator, code: str) -> None:
    client = client_for(books)
    made = [client.bulk_create(BY_NAME["Vendor"], [{"name": f"Fern {i} {n}"} for n in range(60)]) for i in (0, 1)]
    ids = [each["id"] for part in made for each in part if isinstance(each, dict)]
    for path in ("/Bulk/Crud/Read/Vendor.json", "/Crud/Read/Vendor.json"):
        books.control.fault("error", path, nth=1 + path.startswith("/Bulk"), code=code, count=0)
    ran = here("get", "vendors", *ids, "--output", "json")
    assert ran.code == 4
    assert [each["id"] for each in json.loads(ran.out)] == ids[:100]
    assert code in ran.err
    assert all(each in ran.err for each in ids[100:])


def test_columns_are_chosen_for_one_object_and_for_several(here: Here, bill: Bill) -> None:
    one, two = bill.books("Bill")[:2]
    for asked in ([one], [one, two]):
        ids = [each["id"] for each in asked]
        ran = here("get", "bills", *ids, "--columns", "id, invoiceNumber", "--output", "csv")
        assert ran.out.splitlines() == [
            "id,invoiceNumber",
            *(f"{each['id']},{cell_of(each['invoiceNumber'])}" for each in asked),
        ]
        shown = here("get", "bills", *ids, "--columns", "invoiceNumber,id", "--output", "table").out
        assert shown.split()[:2] == ["invoiceNumber", "id"]
    ran = here("get", "bill", one["id"], "--columns", "nmae")
    assert (ran.code, ran.out) == (2, "")
    assert "--columns: `nmae` is no field of Bill" in ran.err
