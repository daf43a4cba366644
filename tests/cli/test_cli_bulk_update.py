"""`bill bulk update` from a file that `bill list` wrote and a spreadsheet changed: a diff, a question, nothing else."""

from __future__ import annotations

import csv
import io
import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from conftest import client_for
from hypothesis import given
from hypothesis import strategies as st

from bill_api.entities import BY_NAME, ENTITIES
from bill_api.table.entity import Operation
from bill_cli.sending.changes import refusals
from bill_cli.sending.load import (
    ABSENT,
    CONFLICT,
    EXISTS,
    HAPPENED,
    NOT_SENT,
    REFUSED,
    UNCHANGED,
    UNKNOWN,
    WROTE,
    Result,
    exit_code,
)
from bill_cli.sending.not_taken import not_taken
from bill_cli.typed.checked_rows import change_in
from bill_cli.typed.resources import name_of
from bill_program.exit_codes import ExitCode
from bill_values.exact_json import encode

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli_bill import Bill, Here

    from bill_simulator import Simulator

pytest_plugins = ["cli_fixtures"]

UPDATE = "/Bulk/Crud/Update/Bill.json"
LOADABLE = [
    name_of(each)
    for each in ENTITIES
    if each.offers(Operation.BULK_UPDATE) and each.offers(Operation.LIST) and each.offers(Operation.READ)
]


def listed(here: Here, resource: str, *more: str, output: str = "csv") -> str:
    ran = here("list", resource, "--all", "--deleted", "--output", output, *more)
    assert ran.code == 0, ran.err
    return ran.out


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def saved(here: Here, rows: list[dict[str, str]], delimiter: str = ",", encoding: str = "utf-8") -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    (here.bill.folder / "saved.csv").write_bytes(text.getvalue().encode(encoding))
    return "saved.csv"


def sent(books: Simulator, path: str = UPDATE) -> int:
    return sum(each["rows"] for each in books.control.requests() if each["path"] == path)


def stored(bill: Bill, bill_id: str) -> dict[str, Any]:
    return next(each for each in bill.books("Bill") if each["id"] == bill_id)


def active(bill: Bill) -> list[dict[str, Any]]:
    return [each for each in bill.books("Bill") if each["isActive"] == "1"]


@pytest.mark.parametrize("resource", LOADABLE)
@pytest.mark.parametrize(("output", "nested"), [("csv", False), ("csv", True), ("json", True), ("jsonl", False)])
def test_a_list_as_it_was_written_changes_nothing(
    here: Here, books: Simulator, resource: str, output: str, nested: bool
) -> None:
    text = listed(here, resource, *(["--nested"] if nested else []), output=output)
    if not (table(text) if output == "csv" else text.strip("[]\n ")):
        pytest.skip("the seeded books have none")
    (here.bill.folder / f"list.{output}").write_text(text)
    books.control.forget_requests()
    ran = here("bulk", "update", resource, f"list.{output}", "--yes", "--output", "json")
    assert ran.code == 0, ran.err
    assert {each["result"] for each in json.loads(ran.out)} == {"unchanged"}
    assert not [each for each in books.control.requests() if "/Update/" in each["path"]]


def american(day: str) -> str:
    year, month, of_month = day.split("-")
    return f"{int(month)}/{int(of_month)}/{year}"


def german(day: str) -> str:
    return ".".join(reversed(day.split("-")))


def with_comma(number: str) -> str:
    return number.replace(".", ",")


@pytest.mark.parametrize(
    ("day", "number", "delimiter", "encoding", "truths"),
    [
        (american, lambda number: f"{float(number):,.2f}", ",", "utf-8-sig", {"true": "TRUE", "false": "FALSE"}),
        (german, with_comma, ";", "utf-8", {"true": "WAHR", "false": "FALSCH"}),
        (german, with_comma, "\t", "utf-16", {"true": "WAHR", "false": "FALSCH"}),
    ],
)
def test_what_a_spreadsheet_only_writes_otherwise_is_the_same(
    here: Here,
    bill: Bill,
    books: Simulator,
    day: Callable[[str], str],
    number: Callable[[str], str],
    delimiter: str,
    encoding: str,
    truths: dict[str, str],
) -> None:
    names = "id,vendorId,invoiceNumber,invoiceDate,dueDate,amount,dueAmount,paymentStatus,hasAutoPay,isActive"
    rows = table(listed(here, "bills", "--columns", names))
    for each in rows:
        for name in ("invoiceDate", "dueDate"):
            each[name] = each[name] and day(each[name])
        for name in ("amount", "dueAmount"):
            each[name] = each[name] and number(each[name])
        each["hasAutoPay"] = truths.get(each["hasAutoPay"], each["hasAutoPay"])
    rows = sorted(rows, key=lambda each: each["invoiceNumber"])[3:]
    changed = rows[5]
    changed["dueDate"] = day("2027-12-31")
    file = saved(here, rows, delimiter, encoding)
    content = (here.bill.folder / file).read_bytes()
    (here.bill.folder / file).write_bytes(
        content + f"{delimiter * 12}\r\n".encode(encoding.removesuffix("-sig")) * 3 if encoding != "utf-16" else content
    )
    before = stored(bill, changed["id"])
    books.control.forget_requests()
    ran = here("bulk", "update", "bills", file, "--yes")
    assert ran.code == 0, ran.err
    assert sent(books) == 1
    assert f"dueDate: {before['dueDate']} -> 2027-12-31" in ran.err
    assert f"1 updated, {len(rows) - 1} unchanged" in ran.err
    after = stored(bill, changed["id"])
    assert after["dueDate"] == "2027-12-31"
    assert {**after, "dueDate": 0, "updatedTime": 0, "billLineItems": 0} == {
        **before,
        "dueDate": 0,
        "updatedTime": 0,
        "billLineItems": 0,
    }


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"dueDate": "2/1/2026"}, "line 2: `dueDate`: '2/1/2026' may be 2026-01-02 or 2026-02-01"),
        ({"dueAmount": "1"}, "line 2: `dueAmount` is set by BILL and cannot be changed: 1, and"),
        ({"dueDate": "31.02.2026"}, "line 2: `dueDate`: '31.02.2026': there is no 31 February 2026"),
        ({"dueDate": "2026-02-30"}, "line 2: `dueDate`: '2026-02-30': there is no 30 February 2026"),
        ({"dueDate": "2026111"}, "line 2: `dueDate`: '2026111' is"),
        ({"dueDate": "45678"}, "line 2: `dueDate`: '45678' may be a day as a spreadsheet counts them"),
        ({"vendor": "Nobody"}, 'line 2: `vendor`: no vendor is called "Nobody"'),
        ({"vendor": ""}, "line 2: `vendorId` (or `vendor`): BILL wants it, and it is empty"),
        ({"billLineItems": '[{"description": "x"}]'}, "`billLineItems`, line 1, `amount`: BILL wants it"),
        ({"dueDate": ""}, "line 2: `dueDate`: BILL wants it, and it is empty"),
        ({"invoiceNumber": ""}, "line 2: `invoiceNumber`: BILL wants it, and it is empty"),
        (
            {"isActive": "FALSE"},
            "line 2: `isActive` deletes an object, or undeletes it, and is not changed by an update",
        ),
        ({"isActive": ""}, "line 2: `isActive` deletes an object"),
        ({"isActive": "2"}, "`bill delete bill` or `bill undelete bill` does that"),
        ({"billLineItems": "[]"}, "line 2: `billLineItems`: BILL wants it, and it is empty"),
        ({"id": "9.01E+18"}, "line 2: `id`: '9.01E+18': a long number that a spreadsheet has shortened"),
        ({"poNumber": "1.23E+11"}, "line 2: `poNumber`: '1.23E+11': a long number that a spreadsheet has shortened"),
        ({"poNumber": "#NAME?"}, "line 2: `poNumber`: '#NAME?': a spreadsheet's sign for an error"),
        ({"vendorName": "#N/A"}, "line 2: `vendorName`: '#N/A': a spreadsheet's sign for an error"),
        ({"exchangeRate": "1,041"}, "line 2: `exchangeRate`: '1,041': the numbers of this file do not tell"),
        ({"updatedTime": "2020-01-01T00:00:00.000+0000"}, "line 2: `updatedTime` is 2020-01-01T00:00:00.000+0000, and"),
    ],
)
def test_what_cannot_be_meant_keeps_every_row_back(
    here: Here, bill: Bill, books: Simulator, cells: dict[str, str], said: str
) -> None:
    one, two = bill.books("Bill")[:2]
    rows = [
        {"id": each["id"], **{name: each.get(name, "") for name in cells}, "description": "x"} for each in (one, two)
    ]
    rows[1] |= {name: "" for name, value in rows[1].items() if not isinstance(value, str)}
    rows[0] |= cells
    books.control.forget_requests()
    ran = here("bulk", "update", "bills", saved(here, rows), "--yes")
    assert (ran.code, ran.out) == (2, "")
    assert "saved.csv, line 2: " in ran.err
    assert said in ran.err
    assert "Nothing was sent." in ran.err
    assert sent(books) == 0


OPEN = ["1.041", "1,041", "1.200"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("cell", OPEN)
def test_a_number_that_may_be_two_is_no_change_or_is_refused(
    here: Here, bill: Bill, books: Simulator, cell: str, delimiter: str
) -> None:
    """`1.041` may be a thousand, whatever parts the cells: it says nothing where BILL has one of the two."""
    one, two = (each["id"] for each in bill.books("Bill")[:2])
    file = saved(here, [{"id": one, "exchangeRate": cell}, {"id": two, "exchangeRate": ""}], delimiter)
    refused = here("bulk", "update", "bills", file, "--yes")
    assert (refused.code, sent(books)) == (2, 0)
    assert f"`exchangeRate`: '{cell}': the numbers of this file do not tell if {cell} has decimals" in refused.err
    client = client_for(bill.simulator)
    for held in (Decimal(cell.replace(",", ".")), Decimal(re.sub("[.,]", "", cell))):
        client.update(BY_NAME["Bill"], {"id": one, "exchangeRate": held})
        books.control.forget_requests()
        ran = here("bulk", "update", "bills", file, "--yes")
        assert (ran.code, sent(books)) == (0, 0), ran.err
    proven = [{"id": one, "exchangeRate": cell}, {"id": two, "exchangeRate": "2.5" if "." in cell else "2,5"}]
    assert here("bulk", "update", "bills", saved(here, proven, delimiter), "--yes").code == 0
    assert stored(bill, one)["exchangeRate"] == Decimal(cell.replace(",", "."))


def test_a_day_that_may_be_two_spoils_no_other(here: Here, bill: Bill, books: Simulator) -> None:
    one, two, three = (each["id"] for each in bill.books("Bill")[:3])
    rows = [{"id": one, "dueDate": "13.01.2027"}, {"id": two, "dueDate": "3/4/2027"}, {"id": three, "dueDate": "x"}]
    ran = here("bulk", "update", "bills", saved(here, rows[:2]), "--yes")
    assert (ran.code, sent(books)) == (2, 0)
    assert ran.err.count("`dueDate`") == 1
    assert "line 3: `dueDate`: '3/4/2027' may be 2027-03-04 or 2027-04-03" in ran.err
    wrong = here("bulk", "update", "bills", saved(here, [rows[0], rows[2]]), "--yes")
    assert "line 3: `dueDate`: 'x' is no day like 2026-01-31 or day.month.year" in wrong.err
    client_for(bill.simulator).update(BY_NAME["Bill"], {"id": two, "dueDate": "2027-04-03"})
    assert here("bulk", "update", "bills", saved(here, rows[:2]), "--yes").code == 0
    assert [stored(bill, each)["dueDate"] for each in (one, two)] == ["2027-01-13", "2027-04-03"]


@pytest.mark.parametrize("cell", ["#REF!", "#NAME?", "1.23E+08", "1.2E+15", "#¿NOMBRE?", "########"])
def test_a_broken_number_of_a_bank_or_an_office_is_refused_and_never_quoted(
    here: Here, bill: Bill, books: Simulator, cell: str
) -> None:
    one = bill.books("Vendor")[0]["id"]
    ran = here("bulk", "update", "vendors", saved(here, [{"id": one, "taxId": cell}]), "--yes")
    assert (ran.code, sent(books, "/Bulk/Crud/Update/Vendor.json")) == (2, 0)
    assert "line 2: `taxId`: a" in ran.err
    assert cell not in ran.err


def test_a_word_that_only_looks_broken_is_no_change_where_bill_has_it(here: Here, bill: Bill, books: Simulator) -> None:
    one = bill.books("Bill")[0]["id"]
    client_for(bill.simulator).update(BY_NAME["Bill"], {"id": one, "poNumber": "#REF!"})
    for cell in ("#REF!", "'#REF!"):
        ran = here("bulk", "update", "bills", saved(here, [{"id": one, "poNumber": cell}]), "--yes")
        assert (ran.code, sent(books)) == (0, 0), ran.err


def test_an_empty_cell_empties_a_field_and_takes_no_lines(here: Here, bill: Bill) -> None:
    one = next(each for each in bill.books("Bill") if each["billLineItems"])
    client_for(bill.simulator).update(BY_NAME["Bill"], {"id": one["id"], "poNumber": "PO-1"})
    file = saved(here, [{"id": one["id"], "poNumber": "", "description": "", "billLineItems": ""}])
    ran = here("bulk", "update", "bills", file, "--yes")
    assert ran.code == 0, ran.err
    assert "poNumber: PO-1 -> (empty)" in ran.err
    after = stored(bill, one["id"])
    assert not after.get("poNumber")
    assert len(after["billLineItems"]) == len(one["billLineItems"])


def test_an_id_that_is_not_there_is_told_and_the_others_are_sent(here: Here, bill: Bill) -> None:
    one = bill.books("Bill")[0]["id"]
    rows = [{"id": each, "poNumber": "7"} for each in ("00n00NOSUCHOBJECTaaa", one)]
    ran = here("bulk", "update", "bills", saved(here, rows), "--yes")
    assert ran.code == 4
    assert [each["result"] for each in json.loads(ran.out)] == ["refused", "updated"]
    assert "line 2: 00n00NOSUCHOBJECTaaa is not sent" in ran.err
    assert "1 that BILL does not give" in ran.err


def test_a_person_sees_the_changes_and_is_asked(bill: Bill, books: Simulator) -> None:
    one = bill.books("Bill")[0]
    vendor = next(each["name"] for each in bill.books("Vendor") if each["id"] == one["vendorId"])
    rows = [{"id": one["id"], "dueDate": "2027-01-31", "exchangeRate": 1200}]
    (bill.folder / "rows.json").write_text(json.dumps(rows))
    call = ("bulk", "update", "bills", "rows.json")
    no = bill.on_terminal(*call, typed="n\n")
    assert no.code == 130
    assert f"element 1: bill {one['id']} (vendor {vendor}, invoiceNumber {one['invoiceNumber']}" in no.out
    assert f"dueDate: {one['dueDate']} -> 2027-01-31" in no.out
    assert "-> 1,200.00" in no.out
    assert "Send 2 changes of 1 bill?" in no.out
    assert sent(books) == 0
    assert bill.on_terminal(*call, typed="y\n").code == 0
    assert stored(bill, one["id"])["dueDate"] == "2027-01-31"
    again = bill.on_terminal(*call)
    assert again.code == 0, again.out
    assert "Send" not in again.out


def test_a_screen_shows_the_first_changes_and_all_on_request(bill: Bill) -> None:
    rows = [{"id": each["id"], "poNumber": "P-9"} for each in active(bill)[:30]]
    (bill.folder / "rows.json").write_text(json.dumps(rows))
    call = ("bulk", "update", "bills", "rows.json", "--diff")
    assert bill.on_terminal(*call).out.count("-> P-9") == 20
    assert "and 10 more bills (--all-changes)" in bill.on_terminal(*call).out
    assert bill.on_terminal(*call, "--all-changes").out.count("-> P-9") == 30
    assert bill(*call).out.count('"new":"P-9"') == 30
    assert bill(*call[:-1], "--yes").err.count("-> P-9") == 30


def test_without_a_terminal_nothing_is_read_or_sent_unless_it_is_said(bill: Bill, books: Simulator) -> None:
    one = bill.books("Bill")[0]
    (bill.folder / "rows.json").write_text(json.dumps([{"id": one["id"], "poNumber": "7"}]))
    books.control.forget_requests()
    ran = bill("bulk", "update", "bills", "rows.json")
    assert (ran.code, ran.out) == (2, "")
    assert "--yes" in ran.err
    assert books.control.requests() == []
    shown = bill("bulk", "update", "bills", "rows.json", "--diff")
    assert (shown.code, shown.err) == (0, "bill: 1 to change, 0 unchanged\n")
    assert json.loads(shown.out) == [{"row": 1, "id": one["id"], "field": "poNumber", "old": None, "new": "7"}]
    on_screen = bill("bulk", "update", "bills", "rows.json", "--diff", "--output", "table").out
    assert "poNumber: (empty) -> 7" in on_screen
    assert sent(books) == 0


def test_what_somebody_else_changes_before_the_answer_is_not_overwritten(bill: Bill, books: Simulator) -> None:
    one, two = bill.books("Bill")[:2]
    rows = [{"id": each["id"], "poNumber": "P-1"} for each in (one, two)]
    (bill.folder / "rows.json").write_text(json.dumps(rows))

    def meanwhile() -> str:
        books.control.advance(60)
        client_for(bill.simulator).update(BY_NAME["Bill"], {"id": one["id"], "description": "theirs"})
        return "y\n"

    ran = bill.on_terminal("bulk", "update", "bills", "rows.json", "--output", "json", answers=[meanwhile])
    assert ran.code == 4, ran.out
    assert "changed since it was looked at" in ran.out
    assert "1 updated, 1 conflict" in ran.out
    assert not stored(bill, one["id"]).get("poNumber")
    assert stored(bill, two["id"])["poNumber"] == "P-1"


def test_nothing_is_changed_where_every_row_is_a_conflict(bill: Bill, books: Simulator) -> None:
    one = bill.books("Bill")[0]["id"]
    (bill.folder / "rows.json").write_text(json.dumps([{"id": one, "poNumber": "P-1"}]))

    def meanwhile() -> str:
        books.control.advance(60)
        client_for(bill.simulator).update(BY_NAME["Bill"], {"id": one, "description": "theirs"})
        return "y\n"

    ran = bill.on_terminal("bulk", "update", "bills", "rows.json", "--output", "json", answers=[meanwhile])
    assert "1 conflict" in ran.out
    assert ran.code == 1


def test_only_what_changes_is_sent_with_what_an_update_needs(here: Here, bill: Bill, books: Simulator) -> None:
    """BILL would refuse what it sets itself, and a customer's name is mandatory (section 7, 2 and 29)."""
    books.control.switch(sent_times="refuse", unknown_fields="refuse", update_mandatory="required")
    rows = table(listed(here, "customers"))
    rows[0]["shortName"] = "SHORT"
    ran = here("bulk", "update", "customers", saved(here, rows), "--yes")
    assert ran.code == 0, ran.err
    assert f"1 updated, {len(rows) - 1} unchanged" in ran.err
    assert next(each for each in bill.books("Customer") if each["id"] == rows[0]["id"])["shortName"] == "SHORT"


def test_what_is_deleted_is_not_changed(here: Here, bill: Bill, books: Simulator) -> None:
    """The rest of the row, or the whole row, may be as BILL has it: then it is no change."""
    one, two = active(bill)[:2]
    client_for(bill.simulator).delete(BY_NAME["Bill"], two["id"])
    for change in ({"poNumber": "7"}, {"isActive": "1"}):
        rows = [{"id": each["id"], **change} for each in (one, two)]
        (here.bill.folder / "rows.json").write_text(json.dumps(rows))
        books.control.forget_requests()
        ran = here("bulk", "update", "bills", "rows.json", "--yes")
        assert (ran.code, ran.out, sent(books)) == (2, "", 0)
        told = f"bill {two['id']} is deleted: `bill undelete bill {two['id']}` first"
        assert f"rows.json, element 2: {told}\nNothing was sent" in ran.err
        assert "`isActive`" not in ran.err
    same = saved(here, [{"id": two["id"], "dueDate": two["dueDate"], "isActive": "2"}])
    assert here("bulk", "update", "bills", same, "--yes").code == 0
    edited = here("edit", "bill", two["id"], "--yes")
    assert f"{told}. Nothing was sent" in edited.err


def test_what_somebody_deletes_before_the_answer_is_not_changed(bill: Bill) -> None:
    one, two = active(bill)[:2]
    rows = [{"id": each["id"], "poNumber": "P-1"} for each in (one, two)]
    (bill.folder / "rows.json").write_text(json.dumps(rows))

    def meanwhile() -> str:
        client_for(bill.simulator).delete(BY_NAME["Bill"], one["id"])
        return "y\n"

    ran = bill.on_terminal("bulk", "update", "bills", "rows.json", "--output", "json", answers=[meanwhile])
    assert ran.code == 4, ran.out
    assert "1 updated, 1 conflict" in ran.out
    assert not stored(bill, one["id"]).get("poNumber")


@pytest.mark.parametrize(("given", "is_same"), [("******7890", True), ("******9999", False)])
def test_a_masked_number_is_the_same_or_is_refused(given: str, is_same: bool) -> None:
    """A file has numbers as BILL shows them: the same says nothing, and another one is no number to send."""
    stored = {"id": "009", "taxId": "******7890"}
    body = change_in(BY_NAME["Vendor"], {"id": "00901AAAAAAAAAAaaaaa", "taxId": given})
    assert "taxId" not in body.obj
    reasons = refusals(BY_NAME["Vendor"], stored, body.told)
    assert (not reasons) == is_same
    assert not any("9999" in each or "7890" in each for each in reasons)


@pytest.mark.parametrize("more", [(), ("--dry-run",)])
def test_two_rows_that_change_an_object_in_two_ways_keep_all_back(
    here: Here, bill: Bill, books: Simulator, more: tuple[str, ...]
) -> None:
    """The second one may be the untouched copy of a row that was edited: it would take the edit back."""
    one, two = bill.books("Bill")[:2]
    rows = [
        {"id": one["id"], "dueDate": "2027-01-31"},
        {"id": two["id"], "dueDate": two["dueDate"]},
        {"id": one["id"], "dueDate": one["dueDate"]},
    ]
    ran = here("bulk", "update", "bills", saved(here, rows), "--yes", *more)
    assert (ran.code, ran.out, sent(books)) == (2, "", 0)
    assert f"saved.csv, line 2 and line 4: {one['id']} is changed in two ways" in ran.err


def test_two_rows_that_say_the_same_of_an_object_are_one_change(here: Here, bill: Bill, books: Simulator) -> None:
    one, two = (each["id"] for each in bill.books("Bill")[:2])
    rows = [{"id": each, "poNumber": "P-2"} for each in (one, two, one)]
    books.control.forget_requests()
    ran = here("bulk", "update", "bills", saved(here, rows), "--yes", "--output", "json")
    assert ran.code == 0, ran.err
    assert sent(books) == 2
    results = json.loads(ran.out)
    assert [each["result"] for each in results] == ["updated", "updated", "unchanged"]
    assert (results[2]["id"], results[2]["message"]) == (one, "row 1 says the same")
    assert "2 to change" in ran.err


def test_what_is_refused_beside_what_is_unchanged_has_changed_nothing(here: Here, bill: Bill) -> None:
    one = bill.books("Bill")[0]
    rows = [{"id": "00n00NOSUCHOBJECTaaa", "poNumber": "7"}, {"id": one["id"], "poNumber": one.get("poNumber") or ""}]
    ran = here("bulk", "update", "bills", saved(here, rows), "--yes")
    assert [each["result"] for each in json.loads(ran.out)] == ["refused", "unchanged"]
    assert ran.code == 1


def test_a_row_that_says_the_same_as_a_refused_one_is_refused(here: Here, books: Simulator) -> None:
    rows = [{"id": "00n00NOSUCHOBJECTaaa", "poNumber": "7"}] * 2
    ran = here("bulk", "update", "bills", saved(here, rows), "--yes")
    assert [each["result"] for each in json.loads(ran.out)] == ["refused", "refused"]
    assert (ran.code, sent(books)) == (1, 0)


@pytest.mark.parametrize("more", [(), ("--dry-run",)])
@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ({"fax": "#REF!"}, "`fax`: '#REF!': a spreadsheet's sign for an error"),
        ({"name": ""}, "`name`: BILL wants it, and it is empty"),
        ({"isActive": "2"}, "`isActive` deletes an object"),
    ],
)
def test_where_nothing_can_be_compared_what_is_in_doubt_is_not_sent(
    here: Here, bill: Bill, books: Simulator, cell: dict[str, str], said: str, more: tuple[str, ...]
) -> None:
    """A user who may not read, and a dry run, which reads nothing."""
    row = {"id": bill.books("Vendor")[0]["id"], "shortName": "S", **cell}
    for path in ("/Crud/Read/Vendor.json", "/Bulk/Crud/Read/Vendor.json"):
        books.control.fault("error", path, code="BDC_1145", count=0)
    ran = here("bulk", "update", "vendors", saved(here, [row]), "--yes", *more)
    if more and "#" not in said:  # what BILL has is not known
        assert ran.code == 0, ran.err
        return
    assert (ran.code, sent(books, "/Bulk/Crud/Update/Vendor.json")) == (2, 0)
    assert said in ran.err


KINDS = [*WROTE, EXISTS, UNCHANGED, ABSENT, CONFLICT, REFUSED, UNKNOWN, NOT_SENT]


@given(st.lists(st.sampled_from(KINDS), min_size=1), st.booleans(), st.booleans())
def test_a_code_tells_if_anything_was_changed(kinds: list[str], is_whole: bool, is_stopped: bool) -> None:
    results = [Result(kind=kind, is_whole=is_whole or kind not in WROTE) for kind in kinds]
    code = exit_code(results, is_stopped=is_stopped)
    has_changed = not {*kinds}.isdisjoint({*WROTE, UNKNOWN, CONFLICT})
    all_there = {*kinds} <= HAPPENED and (is_whole or {*kinds}.isdisjoint(WROTE))
    assert (code == ExitCode.DONE) == all_there
    assert (code == ExitCode.PARTLY) == (has_changed and not all_there)


@pytest.fixture
def priced(bill: Bill) -> dict[str, Any]:
    """An invoice whose second line is a share of the first."""
    customer = bill.books("Customer")[0]["id"]
    lines = [
        {"entity": "InvoiceLineItem", "quantity": 5, "price": Decimal("8.95")},
        {"entity": "InvoiceLineItem", "ratePercent": 10},
    ]
    return client_for(bill.simulator).create(
        BY_NAME["Invoice"],
        {
            "customerId": customer,
            "invoiceNumber": "SHARE-1",
            "invoiceDate": "2026-01-31",
            "dueDate": "2026-02-28",
            "invoiceLineItems": lines,
        },
    )


def written(lines: list[dict[str, Any]], *changes: dict[str, Any]) -> str:
    names = ("id", "quantity", "price", "ratePercent", "amount")
    kept = [{name: line[name] for name in names if line.get(name) is not None} for line in lines]
    return encode([{**line, **change} for line, change in zip(kept, changes, strict=True)])


@pytest.mark.parametrize(("change", "product"), [({"amount": 50}, "44.75"), ({"quantity": 6}, "53.70")])
def test_a_line_that_contradicts_itself_is_not_sent(
    here: Here, priced: dict[str, Any], books: Simulator, change: dict[str, Any], product: str
) -> None:
    cell = written(priced["invoiceLineItems"], change, {})
    ran = here("bulk", "update", "invoices", saved(here, [{"id": priced["id"], "invoiceLineItems": cell}]), "--yes")
    assert (ran.code, sent(books, "/Bulk/Crud/Update/Invoice.json")) == (2, 0)
    assert f"`invoiceLineItems`, line 1: its amount is {change.get('amount', 44.75):.2f}" in ran.err
    assert f"its quantity times its price {product}" in ran.err


def test_a_line_that_contradicts_itself_in_bill_may_be_changed_elsewhere(here: Here, bill: Bill) -> None:
    one = bill.books("Bill")[0]["id"]
    line = {"entity": "BillLineItem", "amount": 5, "quantity": 2, "unitPrice": 3}
    held = client_for(bill.simulator).update(BY_NAME["Bill"], {"id": one, "billLineItems": [line]})
    kept = {name: held["billLineItems"][0][name] for name in ("id", "amount", "quantity", "unitPrice")}
    for change, code in (({"description": "x"}, 0), ({"unitPrice": 4}, 2)):
        rows = [{"id": one, "billLineItems": encode([kept | change])}]
        assert here("bulk", "update", "bills", saved(here, rows), "--yes").code == code


def test_what_an_answer_does_not_tell_is_not_said_to_be_lost() -> None:
    """Whether the answer of every write is the whole object is unknown."""
    entity = BY_NAME["Bill"]
    whole = {each.name: "x" for each in entity.fields if each.required and not each.item_fields} | {"id": "b"}
    sent = {**whole, "description": "new", "billLineItems": [{"amount": 5}]}
    assert not_taken(entity, sent, {"id": "b"}) == []
    assert not_taken(entity, sent, whole) == ["`description` is (empty)"]
    assert not_taken(entity, sent, {"id": "b", "description": "old"}) == ["`description` is old"]
    unknown = {**whole, "brandNew": 1, "billLineItems": [{"amount": 5, "odd": 1}]}
    assert not_taken(entity, unknown, {"id": "b"}) == []
    assert not_taken(entity, unknown, whole) == ["nothing is told of `brandNew`"]
    told = {**whole, "brandNew": 2, "billLineItems": [{"amount": 5}]}
    assert not_taken(entity, unknown, told) == ["`billLineItems`, line 1: nothing is told of `odd`"]


def test_what_bill_has_not_taken_is_told(here: Here, priced: dict[str, Any]) -> None:
    cell = written(priced["invoiceLineItems"], {}, {"amount": 7})
    rows = [{"id": priced["id"], "invoiceLineItems": cell}]
    ran = here("bulk", "update", "invoices", saved(here, rows), "--yes")
    assert ran.code == 4, ran.err
    (result,) = json.loads(ran.out)
    assert result["result"] == "updated"
    assert "bill: 1 updated, 1 of them not as sent" in ran.err
    assert result["message"] == "but in BILL `invoiceLineItems`, line 2: `amount` is 4.48"
    again = here("bulk", "update", "invoices", saved(here, rows), "--yes", "--objects")
    assert "row 1: updated: but in BILL" in again.err


@pytest.mark.parametrize("output", ["json", "jsonl", "csv"])
def test_a_diff_is_a_result(here: Here, bill: Bill, books: Simulator, output: str) -> None:
    one, two = bill.books("Bill")[:2]
    rows = [
        {"id": one["id"], "poNumber": "=7", "exchangeRate": "1200.5"},
        {"id": two["id"], "poNumber": two.get("poNumber") or "", "exchangeRate": two.get("exchangeRate") or ""},
    ]
    ran = here("bulk", "update", "bills", saved(here, rows), "--diff", "--output", output)
    assert (ran.code, sent(books)) == (0, 0)
    assert ran.err == "bill: 1 to change, 1 unchanged\n"
    if output == "csv":
        assert ran.out.splitlines() == [
            "row,id,field,old,new",
            f"1,{one['id']},exchangeRate,,1200.5",
            f"1,{one['id']},poNumber,,'=7",
        ]
        return
    found = json.loads(ran.out) if output == "json" else [json.loads(line) for line in ran.out.splitlines()]
    assert {each["field"]: each["new"] for each in found} == {"poNumber": "=7", "exchangeRate": 1200.5}
    assert {(each["row"], each["id"], each["old"]) for each in found} == {(1, one["id"], None)}


@pytest.mark.parametrize("output", ["table", "json"])
def test_a_diff_without_an_object_that_bill_does_not_give_is_no_whole_one(here: Here, bill: Bill, output: str) -> None:
    rows = [{"id": bill.books("Bill")[0]["id"], "poNumber": "7"}, {"id": "00n02NOSUCHAAAAAaaaa", "poNumber": "8"}]
    ran = here("bulk", "update", "bills", saved(here, rows), "--diff", "--output", output)
    assert (ran.code, "7" in ran.out) == (1, True)
    assert "00n02NOSUCHAAAAAaaaa is not sent" in ran.err


def test_a_diff_shows_no_number_of_an_office(here: Here, bill: Bill) -> None:
    one = bill.books("Vendor")[0]["id"]
    ran = here("bulk", "update", "vendors", saved(here, [{"id": one, "taxId": "12-3456789"}]), "--diff")
    (change,) = json.loads(ran.out)
    assert (change["field"], change["new"]) == ("taxId", "(hidden)")


@pytest.mark.parametrize("cell", ["TRUE", "WAHR", "yes"])
def test_a_flag_is_true_in_the_language_of_a_spreadsheet(here: Here, bill: Bill, cell: str) -> None:
    one, two = [each for each in bill.books("Bill") if each["vendorId"] == bill.books("Bill")[0]["vendorId"]][:2]
    row = {"id": two["id"], "invoiceNumber": one["invoiceNumber"]}
    assert here("bulk", "update", "bills", saved(here, [row]), "--yes").code == 1
    assert here("bulk", "update", "bills", saved(here, [{**row, "allowDuplicateInvNum": cell}]), "--yes").code == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04rest", "saved.csv is a workbook: save its sheet as CSV (UTF-8)"),
        (b"\xd0\xcf\x11\xe0rest", "saved.csv is a workbook: save its sheet as CSV (UTF-8)"),
        (b"ID,poNumber\n1,2\n", "saved.csv: no column `id`: for `ID`, did you mean `id`?"),
        (b"poNumber,Id\n1,2\n", "for `Id`, did you mean `id`?"),
        (b"Bills of May,\n\nid,poNumber\n1,2\n", "no column `id`: the first line has 'Bills of May'"),
        (b"id|poNumber\n1|2\n", "no column `id`: the first line has 'id|poNumber'"),
        (b"id,poNumber,PONUMBER\n1,2,3\n", "columns of the same name: 2 `poNumber`, 3 `PONUMBER`: which counts"),
        (b'id,description,track\n00n,"a\nb",x\n', "`track` is no field of Bill"),
        (b'id,description\n00n01AAAAAAAAAAaaaaa,"a\nb"\n\n00n,c\n', "saved.csv, row 4 (line 5): `id`"),
        (b"sep=;\nid;poNumber\n00n;7\n", "saved.csv, row 2 (line 3): `id`"),
        (b"sep=|\r\nid|poNumber\r\n00n|7,5\r\n", "saved.csv, row 2 (line 3): `id`"),
        (b"sep=;\nid;po\0Number\n", "saved.csv: line 2, column 2: a zero byte"),
    ],
)
def test_a_file_that_cannot_be_read_as_it_is_has_its_message(here: Here, content: bytes, said: str) -> None:
    (here.bill.folder / "saved.csv").write_bytes(content)
    ran = here("bulk", "update", "bills", "saved.csv", "--yes")
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
