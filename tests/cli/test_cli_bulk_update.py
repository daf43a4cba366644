"""`bill bulk update` from a file that `bill list` wrote and a spreadsheet changed: a diff, a question, nothing else."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from conftest import client_for

from bill_api.entities import BY_NAME, ENTITIES
from bill_api.table.entity import Operation
from bill_cli.sending.changes import refusals
from bill_cli.typed.resources import name_of
from bill_cli.typed.rows import change_in

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
        ({"id": "9.01E+18"}, "line 2: `id`: '9.01E+18': a spreadsheet has made a number of it"),
        ({"poNumber": "1.23E+11"}, "line 2: `poNumber`: '1.23E+11': a spreadsheet has made a number of it"),
        ({"poNumber": "#NAME?"}, "line 2: `poNumber`: '#NAME?' is what a spreadsheet shows"),
        ({"exchangeRate": "1,041"}, "line 2: `exchangeRate`: '1,041': the numbers of this file do not tell"),
        ({"updatedTime": "2020-01-01T00:00:00.000+0000"}, "line 2: `updatedTime` is 2020-01-01T00:00:00.000+0000, and"),
    ],
)
def test_what_cannot_be_meant_keeps_every_row_back(
    here: Here, bill: Bill, books: Simulator, cells: dict[str, str], said: str
) -> None:
    one, two = bill.books("Bill")[:2]
    rows = [{"id": each["id"], **dict.fromkeys(cells, ""), "description": "x"} for each in (one, two)]
    rows[0] |= cells
    books.control.forget_requests()
    ran = here("bulk", "update", "bills", saved(here, rows), "--yes")
    assert (ran.code, ran.out) == (2, "")
    assert f"saved.csv, {said}" in ran.err
    assert "Nothing was sent." in ran.err
    assert sent(books) == 0


def test_a_decimal_comma_may_be_a_thousands_point(here: Here, bill: Bill) -> None:
    """Where cells are parted by semicolons the comma is the decimal sign, and `1.041` may be a thousand."""
    rows = [{"id": bill.books("Bill")[0]["id"], "exchangeRate": "1.041"}]
    assert here("bulk", "update", "bills", saved(here, rows, ";"), "--yes").code == 2
    assert here("bulk", "update", "bills", saved(here, rows, ","), "--yes").code == 0


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
    rows = [{"id": each["id"], "poNumber": "P-9"} for each in bill.books("Bill")[:30]]
    (bill.folder / "rows.json").write_text(json.dumps(rows))
    call = ("bulk", "update", "bills", "rows.json", "--diff")
    assert bill.on_terminal(*call).out.count("-> P-9") == 20
    assert "and 10 more bills (--all-changes)" in bill.on_terminal(*call).out
    assert bill.on_terminal(*call, "--all-changes").out.count("-> P-9") == 30
    assert bill(*call).err.count("-> P-9") == 30


def test_without_a_terminal_nothing_is_read_or_sent_unless_it_is_said(bill: Bill, books: Simulator) -> None:
    one = bill.books("Bill")[0]
    (bill.folder / "rows.json").write_text(json.dumps([{"id": one["id"], "poNumber": "7"}]))
    books.control.forget_requests()
    ran = bill("bulk", "update", "bills", "rows.json")
    assert (ran.code, ran.out) == (2, "")
    assert "--yes" in ran.err
    assert books.control.requests() == []
    shown = bill("bulk", "update", "bills", "rows.json", "--diff")
    assert (shown.code, shown.out) == (0, "")
    assert "poNumber: (empty) -> 7" in shown.err
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


def test_only_what_changes_is_sent_with_what_an_update_needs(here: Here, bill: Bill, books: Simulator) -> None:
    """BILL would refuse what it sets itself, and a customer's name is mandatory (section 7, 2 and 29)."""
    books.control.switch(sent_times="refuse", unknown_fields="refuse", update_mandatory="required")
    rows = table(listed(here, "customers"))
    rows[0]["shortName"] = "SHORT"
    ran = here("bulk", "update", "customers", saved(here, rows), "--yes")
    assert ran.code == 0, ran.err
    assert f"1 updated, {len(rows) - 1} unchanged" in ran.err
    assert next(each for each in bill.books("Customer") if each["id"] == rows[0]["id"])["shortName"] == "SHORT"


@pytest.mark.parametrize(("given", "is_same"), [("******7890", True), ("******9999", False)])
def test_a_masked_number_is_the_same_or_is_refused(given: str, is_same: bool) -> None:
    """A file has numbers as BILL shows them: the same says nothing, and another one is no number to send."""
    stored = {"id": "009", "taxId": "******7890"}
    body = change_in(BY_NAME["Vendor"], {"id": "00901AAAAAAAAAAaaaaa", "taxId": given})
    assert "taxId" not in body.obj
    reasons = refusals(BY_NAME["Vendor"], stored, body.told)
    assert (not reasons) == is_same
    assert not any("9999" in each or "7890" in each for each in reasons)


def test_a_second_row_of_an_object_is_held_against_the_first(here: Here, bill: Bill) -> None:
    one = bill.books("Bill")[0]
    rows = [{"id": one["id"], "dueDate": day} for day in ("2027-01-31", one["dueDate"])]
    assert here("bulk", "update", "bills", saved(here, rows), "--yes").code == 0
    assert stored(bill, one["id"])["dueDate"] == one["dueDate"]
