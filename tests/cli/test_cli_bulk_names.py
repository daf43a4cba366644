"""`bill bulk update` of rows with names: a name that BILL has in that place is no change, whatever else it means."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from conftest import client_for

from bill_api.entities import BY_NAME

if TYPE_CHECKING:
    from cli_bill import Bill, Here

pytest_plugins = ["cli_fixtures"]

BILL, VENDOR, ACCOUNT = BY_NAME["Bill"], BY_NAME["Vendor"], BY_NAME["ChartOfAccount"]
GONE, ODD, BROKEN = "Gone Works", "E\x1bs\x7fc", "#REF!"


def vendor(bill: Bill, name: str) -> str:
    return str(client_for(bill.simulator).create(VENDOR, {"name": name})["id"])


def bill_of(bill: Bill, vendor_id: str, number: str, **line: str) -> str:
    obj = {"vendorId": vendor_id, "invoiceNumber": number, "invoiceDate": "2026-01-31", "dueDate": "2026-02-28"}
    lines = [{"entity": "BillLineItem", "amount": 1, **line}]
    return str(client_for(bill.simulator).create(BILL, {**obj, "billLineItems": lines})["id"])


@pytest.fixture
def bills(bill: Bill) -> dict[str, str]:
    """Bills by the names of their vendors: one is deleted, two are called alike, others can hardly be read."""
    names = [GONE, "Zed", "zed", ODD, BROKEN]
    vendors = {name: vendor(bill, name) for name in names}
    made = {name: bill_of(bill, vendors[name], f"N-{i}") for i, name in enumerate(names)}
    client_for(bill.simulator).delete(VENDOR, vendors[GONE])
    return made


def file_of(bill: Bill, text: str, name: str = "f.csv") -> str:
    (bill.folder / name).write_text(text)
    return name


@pytest.mark.parametrize("raw", [(), ("--raw-cells",)])
@pytest.mark.parametrize(
    ("resource", "columns"), [("bills", "id,vendor,dueDate,account"), ("vendors", "id,name,term,mergedInto")]
)
def test_a_list_with_names_comes_back_unchanged(
    here: Here, bill: Bill, bills: dict[str, str], resource: str, columns: str, raw: tuple[str, ...]
) -> None:
    assert bills
    wanted = ("--all", "--deleted", "--columns", columns)
    listed = here("list", resource, *wanted, "--output", "csv", *raw)
    file = file_of(bill, listed.out)
    ran = here("bulk", "update", resource, file, "--diff")
    assert (ran.code, ran.out) == (0, "[]\n"), ran.err
    assert "0 to change" in ran.err
    assert f"{len(bill.books(resource.title()[:-1]))} unchanged" in ran.err
    ran = here("bulk", "update", resource, file, "--yes", "--output", "json")
    assert ran.code == 0, ran.err
    assert {each["result"] for each in json.loads(ran.out)} == {"unchanged"}


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        (GONE, 'vendor "Gone Works" (ID) is deleted'),
        ("zed", '"zed" means several vendors'),
        (BROKEN, "`vendor`: '#REF!': a spreadsheet's sign for an error"),
        ("Nobody Knows", 'no vendor is called "Nobody Knows"'),
    ],
)
def test_another_name_is_looked_up_as_ever(here: Here, bill: Bill, bills: dict[str, str], cell: str, why: str) -> None:
    before = bill.books("Bill")
    vendor_id = next(each["vendorId"] for each in before if each["id"] == bills[GONE])
    file = file_of(bill, f"id,vendor\n{bills[ODD]},{cell}\n")
    ran = here("bulk", "update", "bills", file, "--yes")
    assert (ran.code, ran.out) == (2, "")
    assert f"f.csv, line 2: {'' if cell == BROKEN else '`vendor`: '}{why.replace('ID', vendor_id)}" in ran.err
    assert "Nothing was sent" in ran.err
    assert bill.books("Bill") == before


def test_a_name_in_another_spelling_is_the_same_and_a_new_one_is_sent(
    here: Here, bill: Bill, bills: dict[str, str]
) -> None:
    new = vendor(bill, "Ironwood Fuel")
    file = file_of(bill, f"id,vendorName\n{bills[GONE]}, GONE  works\n{bills['Zed']},ironwood fuel\n")
    ran = here("bulk", "update", "bills", file, "--yes", "--output", "json")
    assert ran.code == 0, ran.err
    assert [each["result"] for each in json.loads(ran.out)] == ["unchanged", "updated"]
    assert next(each["vendorId"] for each in bill.books("Bill") if each["id"] == bills["Zed"]) == new


def test_a_name_in_a_line_is_that_of_the_line_with_its_id(here: Here, bill: Bill) -> None:
    client = client_for(bill.simulator)
    accounts = [
        str(client.create(ACCOUNT, {"name": name, "accountType": "1"})["id"])
        for name in ("Old Account", "Other Account")
    ]
    bill_id = bill_of(bill, vendor(bill, "Column Works"), "L-1", chartOfAccountId=accounts[0])
    client.delete(ACCOUNT, accounts[0])
    (line,) = client.read(BILL, bill_id)["billLineItems"]
    for account, code in (("old account", 0), (accounts[0], 0), ("Other Account", 0), (None, 2)):
        lines = [{"id": line["id"], "account": account}] if account else [{"amount": 2, "account": "Old Account"}]
        file = file_of(bill, json.dumps([{"id": bill_id, "billLineItems": lines}]), "f.json")
        ran = here("bulk", "update", "bills", file, "--diff")
        assert ran.code == code, ran.err
        changed = [each["field"] for each in json.loads(ran.out or "[]")]
        assert changed == (["billLineItems"] if account == "Other Account" else [])
    assert 'chart-of-account "Old Account"' in ran.err
    assert "is deleted" in ran.err


@pytest.mark.parametrize("output", ["csv", "json", "jsonl"])
def test_a_text_that_cannot_be_sent_is_no_change_and_no_new_text(
    here: Here, bill: Bill, bills: dict[str, str], output: str
) -> None:
    assert bills
    listed = here("list", "vendors", "--all", "--output", output)
    ran = here("bulk", "update", "vendors", file_of(bill, listed.out, f"f.{output}"), "--diff")
    assert (ran.code, ran.err) == (0, f"bill: 0 to change, {len(bill.books('Vendor')) - 1} unchanged\n")
    other = listed.out.replace("E\x1bs", "EX\x1bs").replace("E\\u001bs", "EX\\u001bs")
    assert other != listed.out
    ran = here("bulk", "update", "vendors", file_of(bill, other, f"f.{output}"), "--diff")
    assert (ran.code, ran.out) == (2, "")
    assert "`name`: holds the control character U+001B, which no text has" in ran.err


def test_what_bill_sets_is_named_as_it_is_or_refused(here: Here, bill: Bill) -> None:
    bill_id = bill_of(bill, vendor(bill, "Column Works"), "L-1")
    ran = here("bulk", "update", "bills", file_of(bill, f"id,apAccount\n{bill_id},Payables\n"), "--diff")
    assert (ran.code, ran.out) == (2, "")
    assert "`apAccountId` is set by BILL and cannot be changed: Payables" in ran.err


def test_a_name_in_a_row_of_no_object_keeps_no_other_back(here: Here, bill: Bill, bills: dict[str, str]) -> None:
    lost = f"{BILL.id_prefix}{'9' * 17}"
    file = file_of(bill, f"id,vendor,dueDate\n{lost},Nobody Knows,2027-01-01\n{bills[GONE]},{GONE},2026-02-28\n")
    ran = here("bulk", "update", "bills", file, "--yes", "--output", "json")
    assert ran.code == 1, ran.err
    assert [each["result"] for each in json.loads(ran.out)] == ["refused", "unchanged"]
