"""Short words and aliases as keys of documents and files, and names of what a user may not list."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from conftest import client_for

from bill_api.entities import BY_NAME
from bill_cli.typed.option_values import Named, WrongTextError, object_of

if TYPE_CHECKING:
    from cli_bill import Bill, Here

pytest_plugins = ["cli_fixtures"]

DAYS = {"invoiceDate": "2026-01-31", "dueDate": "2026-02-28"}
DENIED = "BDC_1145"


def make_vendor(bill: Bill, name: str) -> str:
    return str(client_for(bill.simulator).create(BY_NAME["Vendor"], {"name": name})["id"])


@pytest.mark.parametrize("key", ["vendor", "vendorName", "vendorId"])
def test_a_column_says_the_object_in_every_way(here: Here, bill: Bill, key: str) -> None:
    vendor_id = make_vendor(bill, "Column Works")
    value = vendor_id if key == "vendorId" else "column works"
    cells = f'{value},C-1,2026-01-31,2026-02-28,"[{{""amount"": 1}}]"'
    (bill.folder / "rows.csv").write_text(f"{key},invoiceNumber,invoiceDate,dueDate,billLineItems\n{cells}\n")
    ran = here("bulk", "create", "bills", "rows.csv")
    assert ran.code == 0, ran.err
    (stored,) = [each for each in bill.books("Bill") if each["invoiceNumber"] == "C-1"]
    assert stored["vendorId"] == vendor_id


def test_a_short_word_is_never_sent_as_a_key(here: Here, bill: Bill) -> None:
    document = {
        "vendor": "Column Works",
        "invoiceNumber": "J-1",
        **DAYS,
        "billLineItems": [{"amount": 1, "account": "6010"}],
    }
    (bill.folder / "one.json").write_text(json.dumps(document))
    ran = here("create", "bill", "--json", "one.json", "--dry-run")
    assert ran.code == 0, ran.err
    obj = json.loads(ran.out)["form"]["data"]["obj"]
    assert "vendor" not in obj
    assert obj["vendorId"] == '(id of vendor "Column Works")'
    account = '(id of chart-of-account "6010")'
    assert obj["billLineItems"] == [{"entity": "BillLineItem", "amount": 1, "chartOfAccountId": account}]


def test_a_number_in_json_is_a_name_and_an_object_is_none() -> None:
    lines = BY_NAME["Bill"].lines
    assert lines is not None
    named = object_of(lines.item_fields, {"account": 6010})["chartOfAccountId"]
    assert named == Named(given="account", entity=BY_NAME["ChartOfAccount"], text="6010")
    for wrong in ({"name": "x"}, ["x"], True):
        with pytest.raises(WrongTextError, match="a name is expected"):
            object_of(lines.item_fields, {"account": wrong})


def test_a_wrong_name_in_a_row_keeps_every_row_back(here: Here, bill: Bill) -> None:
    make_vendor(bill, "Ironwood Fuel")
    before = bill.books("Bill")
    row = {**DAYS, "billLineItems": [{"amount": 1}]}
    rows = [{**row, "vendor": name, "invoiceNumber": name} for name in ("Ironwood Fuel", "Ironwod Fuel")]
    (bill.folder / "rows.json").write_text(json.dumps(rows))
    ran = here("bulk", "create", "bills", "rows.json")
    assert (ran.code, ran.out) == (2, "")
    assert 'did you mean "Ironwood Fuel"?' in ran.err
    assert bill.books("Bill") == before


def test_a_user_who_may_not_list_is_told_to_give_the_id(here: Here, bill: Bill) -> None:
    bill.simulator.control.fault("error", "/List/Vendor.json", code=DENIED, count=0)
    ran = here("get", "vendor", "Ironwood Fuel")
    assert (ran.code, ran.out) == (2, "")
    assert "may not list vendors" in ran.err
    assert "give the id of the vendor" in ran.err
    vendor_id = bill.books("Vendor")[0]["id"]
    assert here.json("get", "vendor", vendor_id)["id"] == vendor_id


def test_a_user_who_may_not_list_sees_ids(here: Here, bill: Bill) -> None:
    bill.simulator.control.fault("error", "/List/Vendor.json", code=DENIED, count=0)
    listed = here("list", "bills", "--max", "3", "--output", "table")
    assert listed.code == 0, listed.err
    assert "vendorId" in listed.out
    bill_id = bill.books("Bill")[0]["id"]
    one = here("get", "bill", bill_id, "--output", "table")
    assert one.code == 0, one.err
    assert bill.books("Bill")[0]["vendorId"] in one.out
