"""Many objects from a file: every row checked first, a hundred per call, one result per row."""

from __future__ import annotations

import io
import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click
import pytest
from conftest import client_for
from hypothesis import given
from hypothesis import strategies as st
from spreadsheets import SPREADSHEETS

from bill_api.entities import BY_NAME
from bill_api.table.entity import Operation
from bill_api.table.fields import mandatory
from bill_cli.typed.objections import objections_to_new
from bill_cli.typed.rows import rows_of

if TYPE_CHECKING:
    from cli_bill import Bill, Here

    from bill_api.table.entity import Entity
    from bill_simulator import Simulator

pytest_plugins = ["cli_fixtures"]

PATH = "/Bulk/Crud/Create/Vendor.json"
NOBODY = "00000NOSUCHOBJECTaaa"


def put(here: Here, name: str, text: str | bytes) -> str:
    (here.bill.folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return name


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", '[{"name": "A"}, {"name": "B"}]'),
        ("a.jsonl", '{"name": "A"}\n\n{"name": "B"}\n'),
        ("a.csv", "name,shortName\nA,\nB,x\n"),
        ("a.csv", "\ufeffname\r\nA\r\nB\r\n"),
        ("a.csv", "name,shortName,\nA,,\nB,x,\n"),
        ("a.csv", "name,,shortName\nA,,\nB, ,x\n"),
        ("a.csv", "name;shortName\nA;\nB;x\n"),
        ("a.csv", "name\tshortName;\nA\t\nB\tx\n".replace(";", "")),
        ("a.json", '\ufeff[{"name": "A"}, {"name": "B"}]'),
        ("rows", '[{"name": "A"}, {"name": "B"}]'),
        ("rows", '{"name": "A"}\n{"name": "B"}'),
        ("rows", "name\nA\nB\n"),
        ("a.csv", "name\n\nA\nB\n\n\n"),
    ],
)
def test_rows_come_as_json_lines_or_csv(here: Here, bill: Bill, name: str, text: str) -> None:
    ran = here("bulk", "create", "vendors", put(here, name, text), "--output", "csv")
    assert ran.code == 0, ran.err
    assert [line.split(",")[:2] for line in ran.out.splitlines()] == [
        ["row", "result"],
        ["1", "created"],
        ["2", "created"],
    ]
    assert {each["name"] for each in bill.books("Vendor")} >= {"A", "B"}
    assert ran.err == "bill: 2 created\n"


@pytest.mark.parametrize("name", ["a.json", "rows"])
@pytest.mark.parametrize("text", ['{\n  "name": "A"\n}\n', '{"obj":\n{"name": "A"}}', '{\n"bulk": [\n{"name": "A"}]}'])
def test_an_object_over_several_lines_is_one_row(here: Here, name: str, text: str) -> None:
    ran = here("bulk", "create", "vendors", put(here, name, text))
    assert ran.code == 0, ran.err
    assert ran.err == "bill: 1 created\n"


def test_rows_come_from_stdin(bill: Bill) -> None:
    ran = bill("bulk", "create", "vendors", "-", "--output", "jsonl", stdin='{"name": "A"}')
    assert json.loads(ran.out)["result"] == "created"


def test_cells_are_typed_and_lines_stand_in_theirs_as_json(here: Here, bill: Bill) -> None:
    vendor = bill.books("Vendor")[0]["id"]
    header = "vendorId,invoiceNumber,invoiceDate,dueDate,billLineItems\n"
    row = f'{vendor},N-1,2026-01-31,2026-02-28,"[{{""amount"": 12.50}}, {{""amount"": 0.10}}]"\n'
    assert here("bulk", "create", "bills", put(here, "a.csv", header + row)).code == 0
    assert bill.books("Bill")[-1]["amount"] == Decimal("12.6")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.csv", "", "a.csv: no header"),
        ("a.csv", "name\n", "has no rows"),
        ("a.csv", "nme\nA\n", "did you mean `name`?"),
        ("a.csv", "name,name\nA,B\n", "columns of the same name: 1 `name`, 2 `name`: which counts is not known"),
        ("a.csv", "name,shortName,short name\nA,B,C\n", "columns of the same name: 2 `shortName`, 3 `short name`"),
        ("a.csv", "name,vendorName,vendorId\nA,B,C\n", "`vendorName` is no field of Vendor"),
        ("a.csv", " Name \nA\n", "did you mean `name`?"),
        ("a.csv", "name,SHORT NAME\nA,B\n", "did you mean `shortName`?"),
        ("a.json", '[{"name": "A", "name": "B"}]', "a.json: `name` twice in one object"),
        ("a.jsonl", '{"name": "A"}\n{"name": "A", "name": "B"}\n', "line 2: `name` twice in one object"),
        ("a.csv", "shortName\nB\n", "a.csv: no column `name`: BILL wants that of every vendor"),
        ("a.json", '[{"shortName": "B"}]', "element 1: `name`: BILL wants it, and it is missing"),
        ("a.json", '[{"Name": "B"}]', "`Name`: did you mean `name`?"),
        ("a.json", '[{"name": "B", "short_name": "b"}]', "`short_name`: did you mean `shortName`?"),
        ("a.json", '[{"nmae": "B"}]', "`name`: BILL wants it, and it is missing; for `nmae`, did you mean `name`?"),
        ("a.csv", "name,isActive\nA,1\nB,FALSE\n", "line 3: `isActive`: what is created is active"),
        ("a.json", '[{"name": "A", "isActive": 2}]', "element 1: `isActive`: what is created is active"),
        ("a.json", '[{"name": "A", "isActive": null}]', "element 1: `isActive`: what is created is active"),
        ("a.csv", "name,track1099\nA,true\nB,perhaps\n", "line 3: `track1099`: 'perhaps' is neither yes"),
        ("a.csv", "name\nA,B\n", "line 2: 2 cells; the header has 1"),
        ("a.csv", 'name\n"A\n', "line"),
        ("a.csv", b"name\n\xff\n", "not UTF-8 at byte 5"),
        ("a.csv", "name,\nA,x\n", "line 2: 'x' stands in column 2, which has no name in the header"),
        ("a.csv", ",,\nA,,\n", "no header with the names of fields"),
        ("a.csv", "name,Name\nA,B\n", "columns of the same name: 1 `name`, 2 `Name`"),
        ("a.csv", "Name\nA\n", "did you mean `name`?"),
        ("a.csv", "name;nme\nA;B\n", "did you mean `name`?"),
        ("a.csv", "name;track1099\nA;perhaps\n", "line 2: `track1099`: 'perhaps'"),
        ("a.csv", "shortName,name\nA,B\nC,\0D\n", "a.csv: line 3, column 2: a zero byte"),
        ("a.csv", "n\0ame\nA\n", "a.csv: line 1, column 1: a zero byte"),
        ("a.csv", "name\nA\n".encode("utf-16-le"), "a.csv: line 1, column 1: a zero byte"),
        ("a.csv", "name,shortName\nA,B\n,\nPrinted today,\n", "a.csv, line 4: stands below an empty row"),
        ("a.json", '{\n"name": "A",\n}', "a.json: not JSON"),
        ("a.json", '{\n"name": "A"\n}\n{"name": "B"}', "a.json: not JSON"),
        ("a.jsonl", '{\n"name": "A"\n}', "a.jsonl, line 1: not JSON"),
        ("a.json", "[1]", "element 1: an object with fields is expected"),
        ("a.json", "[{}]", "element 1: an object with fields is expected"),
        ("a.json", "[", "a.json: not JSON"),
        ("a.jsonl", '{"name": "A"}\n{"name"\n', "line 2: not JSON"),
        ("a.json", '[{"id": "00901XXXXXXXXXXaaaa1", "name": "A"}]', "a create has no `id`"),
    ],
)
def test_a_row_that_does_not_fit_is_named_and_nothing_is_sent(
    here: Here, books: Simulator, name: str, text: str | bytes, said: str
) -> None:
    books.control.forget_requests()
    ran = here("bulk", "create", "vendors", put(here, name, text))
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert books.control.requests() == []


@st.composite
def spellings(draw: st.DrawFn, name: str) -> str:
    """A name as people write it: in any case, with blanks, underscores or hyphens between its words."""
    words = re.findall("[A-Z]?[^A-Z]+", name)
    written = [draw(st.sampled_from([each, each.upper(), each.lower(), each.title()])) for each in words]
    return draw(st.sampled_from(["", " ", "_", "-"])).join(written)


@given(st.data(), st.sampled_from([each.name for each in BY_NAME["Vendor"].fields if not each.read_only]))
def test_two_columns_of_one_name_are_refused_however_they_are_written(data: st.DataObject, name: str) -> None:
    one, two = data.draw(spellings(name)), data.draw(spellings(name))
    file = io.BytesIO(f"{one},{two}\nA,B\n".encode())
    file.name = "a.csv"
    with pytest.raises(click.UsageError) as refused:
        rows_of(BY_NAME["Vendor"], Operation.BULK_CREATE, file)
    assert f"columns of the same name: 1 `{one}`, 2 `{two}`" in refused.value.message


def test_only_the_first_wrong_rows_are_named(here: Here) -> None:
    ran = here("bulk", "create", "vendors", put(here, "a.csv", "name,track1099\n" + "A,x\n" * 15))
    assert ran.err.count("neither yes") == 10
    assert "and 5 more" in ran.err


@pytest.mark.parametrize("verb", ["update", "delete"])
def test_an_update_and_a_delete_need_ids(here: Here, verb: str) -> None:
    entity = "vendors" if verb == "update" else "vendor-bank-accounts"
    assert "no `id`" in here("bulk", verb, entity, put(here, "a.json", '[{"name": "A"}]'), "--yes").err
    assert "no column `id`" in here("bulk", verb, entity, put(here, "a.csv", "name\nA\n"), "--yes").err


def test_a_hundred_go_in_a_call(here: Here, books: Simulator) -> None:
    rows = json.dumps([{"name": f"Fern {i}"} for i in range(250)])
    ran = here("bulk", "create", "vendors", put(here, "a.json", rows))
    assert ran.code == 0
    results = json.loads(ran.out)
    assert [each["row"] for each in results] == list(range(1, 251))
    assert len({each["id"] for each in results}) == 250
    assert [each["rows"] for each in books.control.requests() if each["path"] == PATH] == [100, 100, 50]


@pytest.mark.parametrize("top_level", ["success", "any_failed"])
def test_a_bad_row_does_not_sink_the_others(here: Here, books: Simulator, top_level: str) -> None:
    books.control.switch(bulk_top_level=top_level)
    ran = here(
        "bulk",
        "create",
        "vendors",
        put(here, "a.json", json.dumps([{"name": "A"}, {"name": "B", "paymentTermId": NOBODY}])),
    )
    assert ran.code == 4
    first, second = json.loads(ran.out)
    assert first["result"] == "created"
    assert (second["result"], second["code"]) == ("refused", "BDC_1119")
    assert "1 created, 1 refused" in ran.err


def test_a_call_that_is_refused_as_a_whole_is_told_for_each_row_and_the_next_is_sent(
    here: Here, books: Simulator
) -> None:
    books.control.switch(bulk_transaction="whole_request")
    rows = json.dumps([{"name": f"Fern {i}", **({} if i else {"paymentTermId": NOBODY})} for i in range(101)])
    ran = here("bulk", "create", "vendors", put(here, "a.json", rows))
    assert ran.code == 4
    assert [each["result"] for each in json.loads(ran.out)] == ["refused"] * 100 + ["created"]


def test_what_stops_everything_leaves_the_rest_unsent(here: Here, bill: Bill) -> None:
    vendor = bill.books("Vendor")[0]["id"]
    account = {"vendorId": vendor, "accountNumber": "123456789", "routingNumber": "021000021"}
    ran = here("bulk", "create", "vendor-bank-accounts", put(here, "a.json", json.dumps([account] * 101)))
    assert ran.code == 1
    assert [each["result"] for each in json.loads(ran.out)] == ["refused"] * 100 + ["not sent"]
    assert "BDC_1361" in ran.err
    assert "123456789" not in ran.out + ran.err


def test_an_hour_that_is_used_up_half_way_is_partly_done(here: Here, books: Simulator) -> None:
    rows = json.dumps([{"name": f"Fern {i}"} for i in range(101)])
    books.control.limit(requests_per_hour=2)
    try:
        ran = here("bulk", "create", "vendors", put(here, "a.json", rows))
    finally:
        books.control.limit(requests_per_hour=20_000)
    assert ran.code == 4
    assert [each["result"] for each in json.loads(ran.out)] == ["created"] * 100 + ["not sent"]
    assert "BDC_1144" in ran.err


def test_a_bulk_delete_asks(here: Here, bill: Bill) -> None:
    locations = [each["id"] for each in bill.books("Location")][:2]
    (here.bill.folder / "ids.json").write_text(json.dumps(locations))
    refused = bill("bulk", "delete", "locations", "ids.json")
    assert refused.code == 2
    assert "--yes" in refused.err
    assert bill.on_terminal("bulk", "delete", "locations", "ids.json", typed="n\n").code == 130
    done = bill.on_terminal("bulk", "delete", "locations", "ids.json", typed="y\n")
    assert done.code == 0
    assert "Delete 2 locations?" in done.out
    gone = {each["id"] for each in bill.books("Location") if each["isActive"] == "2"}
    assert set(locations) <= gone


def test_a_dry_run_shows_every_call(here: Here, books: Simulator) -> None:
    rows = json.dumps([{"name": f"Fern {i}"} for i in range(101)])
    books.control.forget_requests()
    ran = here("bulk", "create", "vendors", put(here, "a.json", rows), "--dry-run")
    assert ran.code == 0
    assert ran.out.count(PATH) == 2
    assert books.control.requests() == []


def test_a_flag_goes_beside_each_object(here: Here, bill: Bill) -> None:
    known = bill.books("Bill")[0]
    row = {
        "vendorId": known["vendorId"],
        "invoiceNumber": known["invoiceNumber"],
        "invoiceDate": "2026-01-31",
        "dueDate": "2026-02-28",
        "billLineItems": [{"amount": 1}],
    }
    file = put(here, "a.json", json.dumps([row]))
    assert json.loads(here("bulk", "create", "bills", file).out)[0]["code"] == "BDC_1171"
    assert here("bulk", "create", "bills", file, "--allow-duplicate-invoice-number").code == 0


def test_a_csv_of_ours_comes_back_as_it_was(here: Here, bill: Bill) -> None:
    """No cell of it is a formula or another text in a spreadsheet, and --raw-cells has them as they are."""
    names = ["=1+1", "'=1", "@A", "'s-Hertogenbosch", "-A", "+44 20 7946 0000", "-5.00", "00123", "MAR1", "1.10", "5%"]
    rows = json.dumps([{"name": name} for name in names])
    made = json.loads(here("bulk", "create", "vendors", put(here, "a.json", rows)).out)
    ids = [each["id"] for each in made]
    call = ("list", "vendors", "--filter", f"id in {','.join(ids)}", "--output", "csv", "--columns", "id,name")
    raw = dict(line.split(",", 1) for line in here(*call, "--raw-cells").out.splitlines()[1:])
    assert [raw[each] for each in ids] == names
    out = here(*call).out
    shown = dict(line.split(",", 1) for line in out.splitlines()[1:])
    unmarked = {"'s-Hertogenbosch"}
    assert [shown[each] for each in ids] == [each if each in unmarked else f"'{each}" for each in names]
    for language, spreadsheet in SPREADSHEETS.items():
        saved = "".join(f"{bill_id},{spreadsheet.saved(shown[bill_id])}\n" for bill_id in ids)
        assert here("bulk", "update", "vendors", put(here, f"{language}.csv", f"id,name\n{saved}"), "--yes").code == 0
    stored = {each["id"]: each["name"] for each in bill.books("Vendor")}
    assert [stored[each] for each in ids] == names


@pytest.mark.parametrize(("resource", "entity"), [("customers", "Customer"), ("customer-contacts", "CustomerContact")])
def test_a_hundred_are_deleted_and_made_active_again(
    here: Here, bill: Bill, books: Simulator, resource: str, entity: str
) -> None:
    ids = [each["id"] for each in bill.books(entity)[:3]]
    file = put(here, "a.json", json.dumps(ids))
    ran = here("bulk", "delete", resource, file, "--yes")
    assert ran.code == 0, ran.err
    assert {each["isActive"] for each in bill.books(entity) if each["id"] in ids} == {"2"}
    ran = here("bulk", "undelete", resource, file)
    assert ran.code == 0, ran.err
    assert [each["result"] for each in json.loads(ran.out)] == ["undeleted"] * 3
    assert ran.err == "bill: 3 undeleted\n"
    assert {each["isActive"] for each in bill.books(entity) if each["id"] in ids} == {"1"}
    paths = [each["path"] for each in books.control.requests()]
    assert [paths.count(f"/Bulk/Crud/{verb}/{entity}.json") for verb in ("Delete", "Undelete")] == [1, 1]


@pytest.mark.parametrize("resource", ["vendors", "items", "chart-of-accounts"])
def test_what_bill_deletes_in_bulk_is_deleted_so(here: Here, bill: Bill, resource: str) -> None:
    entity = {"vendors": "Vendor", "items": "Item", "chart-of-accounts": "ChartOfAccount"}[resource]
    ids = [each["id"] for each in bill.books(entity)[-2:]]
    ran = here("bulk", "delete", resource, put(here, "a.csv", "id\n" + "\n".join(ids)), "--yes")
    assert ran.code == 0, ran.err
    assert {each["isActive"] for each in bill.books(entity) if each["id"] in ids} == {"2"}


@pytest.mark.parametrize("verb", ["delete", "undelete"])
def test_a_lost_answer_to_a_delete_or_undelete_of_many_is_looked_up(
    here: Here, bill: Bill, books: Simulator, verb: str
) -> None:
    ids = [each["id"] for each in bill.books("Customer")[:2]]
    file = put(here, "a.json", json.dumps(ids))
    if verb == "undelete":
        assert here("bulk", "delete", "customers", file, "--yes").code == 0
    books.control.fault("drop_after", f"/Bulk/Crud/{verb.title()}/Customer.json")
    ran = here("bulk", verb, "customers", file, *(["--yes"] if verb == "delete" else []))
    assert ran.code == 0, ran.err
    assert [each["result"] for each in json.loads(ran.out)] == ["adopted", "adopted"]


@pytest.mark.parametrize("verb", ["create", "delete", "update"])
def test_a_long_bulk_call_shows_how_far_it_is_at_a_terminal(bill: Bill, books: Simulator, verb: str) -> None:
    made = client_for(bill.simulator).bulk_create(BY_NAME["Vendor"], [{"name": f"Oak {i}"} for i in range(100)])
    made += client_for(bill.simulator).bulk_create(BY_NAME["Vendor"], [{"name": f"Elm {i}"} for i in range(10)])
    ids = [each["id"] for each in made if isinstance(each, dict)]
    rows: list[Any] = {
        "create": [{"name": f"Fern {i}"} for i in range(110)],
        "delete": ids,
        "update": [{"id": each, "shortName": "S"} for each in ids],
    }[verb]
    (bill.folder / "rows.json").write_text(json.dumps(rows))
    books.control.fault("late", f"/Bulk/Crud/{verb.title()}/Vendor.json", delay_ms=1100, count=0)
    yes = [] if verb == "create" else ["--yes"]
    ran = bill.on_terminal("bulk", verb, "vendors", "rows.json", "--output", "csv", *yes)
    assert ran.code == 0, ran.out
    assert "100 of 110 vendors sent" in ran.out


@pytest.mark.parametrize("verb", ["delete", "undelete"])
def test_an_object_that_comes_twice_is_deleted_once(here: Here, bill: Bill, books: Simulator, verb: str) -> None:
    one, two = (each["id"] for each in bill.books("Customer")[:2])
    file = put(here, "a.json", json.dumps([one, two, one]))
    if verb == "undelete":
        assert here("bulk", "delete", "customers", file, "--yes").code == 0
    books.control.forget_requests()
    ran = here("bulk", verb, "customers", file, *(["--yes"] if verb == "delete" else []))
    assert ran.code == 0, ran.err
    assert [each["result"] for each in json.loads(ran.out)] == [f"{verb}d", f"{verb}d", "unchanged"]
    path = f"/Bulk/Crud/{verb.title()}/Customer.json"
    assert [each["rows"] for each in books.control.requests() if each["path"] == path] == [2]


def test_rows_of_a_create_that_are_the_same_are_told_and_sent(here: Here) -> None:
    rows = [{"name": "A"}, {"name": "B"}, {"name": "A"}, {"name": "A"}]
    ran = here("bulk", "create", "vendors", put(here, "a.json", json.dumps(rows)))
    assert "element 3 is the same as element 1, and 1 more so: each is sent" in ran.err
    assert [each["result"] for each in json.loads(ran.out)] == ["created", "created", "refused", "refused"]


@pytest.mark.parametrize(
    ("header", "cells", "said"),
    [
        ("name,shortName", ",B", "`name`: BILL wants it, and it is missing"),
        ("name,shortName", "#REF!,B", "`name`: '#REF!': a spreadsheet's sign for an error"),
        ("name,taxId", "A,1.23E+08", "`taxId`: a long number that a spreadsheet has shortened"),
        ("name,paymentTermName", "A,#N/A", "`paymentTermName`"),
    ],
)
def test_a_broken_or_missing_cell_creates_nothing(
    here: Here, books: Simulator, header: str, cells: str, said: str
) -> None:
    ran = here("bulk", "create", "vendors", put(here, "a.csv", f"{header}\nX,\n{cells}\n"))
    assert (ran.code, ran.out) == (2, "")
    assert f"a.csv, line 3: {said}" in ran.err
    assert not [each for each in books.control.requests() if each["path"] == PATH]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"amount": 50, "quantity": 5, "price": 9}, "its amount is 50.00, and its quantity times its price 45.00"),
        (None, "`invoiceLineItems`: BILL wants it, and it is empty"),
    ],
)
def test_the_lines_of_a_row_are_checked_before_it_is_sent(
    here: Here, bill: Bill, books: Simulator, line: dict[str, Any] | None, said: str
) -> None:
    row = {
        "customerId": bill.books("Customer")[0]["id"],
        "invoiceNumber": "N-1",
        "invoiceDate": "2026-01-31",
        "dueDate": "2026-02-28",
        "invoiceLineItems": [line] if line else [],
    }
    ran = here("bulk", "create", "invoices", put(here, "a.json", json.dumps([row])))
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert not [each for each in books.control.requests() if "Create" in each["path"]]


COMPLETE: dict[str, dict[str, Any]] = {
    "Bill": {
        "vendorId": "00901AAAAAAAAAAaaaaa",
        "invoiceNumber": "N-1",
        "invoiceDate": "2026-01-31",
        "dueDate": "2026-02-28",
        "billLineItems": [{"amount": 1}],
    },
    "VendorBankAccount": {
        "vendorId": "00901AAAAAAAAAAaaaaa",
        "accountNumber": "123456789",
        "routingNumber": "021000021",
    },
    "Vendor": {"name": "A"},
    "Customer": {"name": "A"},
}


@given(
    data=st.data(),
    entity=st.sampled_from([BY_NAME[each] for each in COMPLETE]),
    nothing=st.sampled_from([None, "", ...]),
)
def test_what_bill_wants_is_asked_for_by_its_name(data: st.DataObject, entity: Entity, nothing: Any) -> None:
    """Missing or empty, of a document or of a line: whatever lacks is named, and nothing else is."""
    whole = {**COMPLETE[entity.name], "isActive": "1"}
    assert objections_to_new(entity, whole) == []
    lacking = data.draw(st.sets(st.sampled_from([each.name for each in mandatory(entity.fields)])))
    said = {name: value for name, value in whole.items() if name not in lacking}
    if nothing is not ...:
        said |= dict.fromkeys(lacking, nothing)
    told = objections_to_new(entity, said)
    assert {each.split("`")[1] for each in told} == lacking
    assert len(told) == len(lacking)


def test_a_name_that_says_two_things_in_json_is_refused_wherever_it_stands(
    here: Here, bill: Bill, books: Simulator
) -> None:
    row = {name: value for name, value in COMPLETE["Bill"].items() if name != "billLineItems"}
    row["vendorId"] = bill.books("Vendor")[0]["id"]
    lines = '[{"amount": 1, "amount": 2}]'
    sets = [part for name, value in row.items() for part in ("--set", f"{name}={value}")]
    cells = ",".join([*map(str, row.values()), '"' + lines.replace('"', '""') + '"'])
    whole = json.dumps(row)[:-1] + f', "billLineItems": {lines}}}'
    books.control.forget_requests()
    for call in (
        ["create", "bill", "--json", put(here, "a.json", whole)],
        ["create", "bill", *sets, "--set", f"billLineItems={lines}"],
        ["bulk", "create", "bills", put(here, "b.json", f"[{whole}]")],
        ["bulk", "create", "bills", put(here, "c.csv", f"{','.join(row)},billLineItems\n{cells}\n")],
        ["raw", "/Crud/Create/Bill.json", "--data", f'{{"obj": {whole}}}'],
    ):
        ran = here(*call)
        assert (ran.code, ran.out) == (2, ""), call
        assert "`amount` twice in one object" in ran.err
    assert books.control.requests() == []


def test_a_line_without_an_amount_is_named(here: Here, bill: Bill, books: Simulator) -> None:
    row = {**COMPLETE["Bill"], "vendorId": bill.books("Vendor")[0]["id"], "billLineItems": [{"amount": 1}, {}]}
    for call in (
        ["bulk", "create", "bills", put(here, "a.json", json.dumps([row]))],
        ["create", "bill", "--json", put(here, "b.json", json.dumps(row))],
    ):
        books.control.forget_requests()
        ran = here(*call)
        assert (ran.code, ran.out, books.control.requests()) == (2, "", [])
        assert "`billLineItems`, line 2, `amount`: BILL wants it, and it is missing" in ran.err


@pytest.mark.parametrize(
    ("sets", "said"),
    [
        (["shortName=S"], "`name`: BILL wants it, and it is missing"),
        (["name="], "`name`: BILL wants it, and it is empty"),
        (["name=S", "isActive=2"], "`isActive`: what is created is active"),
    ],
)
def test_one_object_is_checked_as_a_row_is(here: Here, books: Simulator, sets: list[str], said: str) -> None:
    books.control.forget_requests()
    ran = here("create", "vendor", *(part for each in sets for part in ("--set", each)))
    assert (ran.code, ran.out, books.control.requests()) == (2, "", [])
    assert said in ran.err


@pytest.mark.parametrize("is_fresh", [True, False])
def test_a_number_that_is_taken_ends_alike_for_one_and_for_many(
    here: Here, bill: Bill, books: Simulator, is_fresh: bool
) -> None:
    """What was there before the call is a refusal; what was made since may be of the refused call itself."""
    row = {**COMPLETE["Bill"], "vendorId": bill.books("Vendor")[0]["id"]}
    client_for(bill.simulator).create(BY_NAME["Bill"], row)
    if not is_fresh:
        books.control.advance(3600)
    other = json.dumps({**row, "dueDate": "2026-03-31"})
    many = here("bulk", "create", "bills", put(here, "a.jsonl", other))
    one = here("create", "bill", "--json", put(here, "a.json", other))
    assert "conflict" in many.out
    assert "conflict" in one.err
    assert many.code == one.code == (4 if is_fresh else 1)


def test_every_row_with_a_name_that_is_not_there_is_named(here: Here, bill: Bill) -> None:
    rows = [
        {**COMPLETE["Bill"], "invoiceNumber": str(i), "vendor": name}
        for i, name in enumerate(["Nobody", bill.books("Vendor")[0]["name"], "Nobody", "Nowhere"])
    ]
    rows = [{name: value for name, value in row.items() if name != "vendorId"} for row in rows]
    before = bill.books("Bill")
    ran = here("bulk", "create", "bills", put(here, "a.json", json.dumps(rows)))
    assert (ran.code, ran.out) == (2, "")
    places = ((1, "Nobody"), (3, "Nobody"), (4, "Nowhere"))
    assert [f'a.json, element {i}: `vendor`: no vendor is called "{name}"' in ran.err for i, name in places] == [
        True
    ] * 3
    assert "element 2" not in ran.err
    assert bill.books("Bill") == before


def test_a_create_reads_the_notation_of_its_file(here: Here, bill: Bill) -> None:
    vendor = bill.books("Vendor")[0]["id"]
    header = "vendorId;invoiceNumber;invoiceDate;dueDate;exchangeRate;billLineItems\n"
    rows = [
        f'{vendor};N-{day};01.02.2026;{day}.02.2026;{rate};"[{{""amount"": 1}}]"\n' for day, rate in ((2, 1), (28, 2))
    ]
    open_ = put(here, "open.csv", header + "".join(rows).replace(";2;", ";1.041;"))
    refused = here("bulk", "create", "bills", open_)
    assert refused.code == 2
    assert "`exchangeRate`: '1.041': the numbers of this file do not tell" in refused.err
    assert here("bulk", "create", "bills", put(here, "a.csv", header + "".join(rows).replace(";2;", ";1,5;"))).code == 0
    assert [each["dueDate"] for each in bill.books("Bill")[-2:]] == ["2026-02-02", "2026-02-28"]
    assert bill.books("Bill")[-1]["exchangeRate"] == Decimal("1.5")
