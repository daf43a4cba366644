"""Names wherever a person has a name: found, nearly found, ambiguous, deleted, and shown in place of ids."""

from __future__ import annotations

import json
import shlex
import unicodedata
from typing import TYPE_CHECKING, Any

import pytest
from conftest import client_for
from hypothesis import given
from hypothesis import strategies as st

from bill_api.entities import BY_NAME, ENTITIES
from bill_api.identity.references import aliases, short_words
from bill_cli.typed.condition_syntax import quoted
from bill_cli.typed.names import is_id_of
from bill_cli.typed.option_values import Named, WrongTextError, line_of
from bill_simulator import Simulator
from bill_values.exact_json import decode

if TYPE_CHECKING:
    from cli_bill import Bill, Here

pytest_plugins = ["cli_fixtures"]

DAYS = {"invoiceDate": "2026-01-31", "dueDate": "2026-02-28"}
NEEDED = [
    *("--set", "invoiceNumber=N-9", *(part for name, day in DAYS.items() for part in ("--set", f"{name}={day}"))),
    *("--line", "amount=1"),
]
LINES = BY_NAME["Bill"].lines


def make(bill: Bill, entity: str, **fields: Any) -> str:
    """The id of a new object."""
    return str(client_for(bill.simulator).create(BY_NAME[entity], fields)["id"])


def delete(bill: Bill, entity: str, bill_id: str) -> None:
    client_for(bill.simulator).delete(BY_NAME[entity], bill_id)


def make_bill(bill: Bill, number: str, vendor_id: str) -> str:
    return make(bill, "Bill", vendorId=vendor_id, invoiceNumber=number, billLineItems=[{"amount": 5}], **DAYS)


def paths(bill: Bill, call: Any) -> list[str]:
    """The paths of the calls that a command makes."""
    bill.simulator.control.forget_requests()
    call()
    return [each["path"] for each in bill.simulator.control.requests() if each["path"] != "/Login.json"]


def given_id(here: Here, *call: str) -> str:
    return str(here.json("get", *call)["id"])


NAMES = [
    "Ironwood Fuel",
    "O'Brien & Sons",
    'The "Best" Paper, Inc.',
    "a=b",
    "Müller Bürobedarf",
    "12345",
    "--all",
    "今日商店",
    "A:B",
    "Zwanzig20Zeichen2020",  # as long as an id
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_any_kind_is_found(here: Here, bill: Bill, name: str) -> None:
    vendor_id = make(bill, "Vendor", name=name)
    for text in (name, name.upper(), f"  {name} ", unicodedata.normalize("NFD", name)):
        ran = here("get", "vendor", "--output", "json", "--", text)
        assert (ran.code, decode(ran.out or b"{}").get("id")) == (0, vendor_id), ran.err


def test_an_id_costs_no_call_and_a_name_its_list(here: Here, bill: Bill) -> None:
    vendor_id = make(bill, "Vendor", name="Ironwood Fuel")
    read = "/Crud/Read/Vendor.json"
    assert paths(bill, lambda: here("get", "vendor", vendor_id, "--output", "json")) == [read]
    listed = paths(bill, lambda: here("get", "vendor", "Ironwood Fuel", "--output", "json"))
    assert listed == ["/List/Vendor.json", "/List/Vendor.json", read]  # a short page may not be the end of a list


def test_a_near_miss_is_told_and_nothing_is_done(here: Here, bill: Bill) -> None:
    make(bill, "Vendor", name="Ironwood Fuel")
    for command in (["get"], ["update", "--set", "shortName=x"], ["delete", "--yes"]):
        verb, *rest = command
        ran = here(verb, "vendor", "Ironwod Fuel", *rest)
        assert (ran.code, ran.out) == (2, "")
        assert 'did you mean "Ironwood Fuel"?' in ran.err
    assert [each["isActive"] for each in bill.books("Vendor") if each["name"] == "Ironwood Fuel"] == ["1"]


def test_two_that_differ_in_case_only_are_both_told(here: Here, bill: Bill) -> None:
    first, second = make(bill, "Vendor", name="Twice Ltd"), make(bill, "Vendor", name="TWICE LTD")
    ran = here("delete", "vendor", "Twice Ltd", "--yes")
    assert (ran.code, ran.out) == (2, "")
    assert first in ran.err
    assert second in ran.err
    assert "Nothing was done" in ran.err
    assert {each["isActive"] for each in bill.books("Vendor") if each["id"] in {first, second}} == {"1"}


def test_an_active_one_is_meant_where_another_is_deleted(here: Here, bill: Bill) -> None:
    gone = make(bill, "Vendor", name="Once More")
    delete(bill, "Vendor", gone)
    there = make(bill, "Vendor", name="Once More")
    assert given_id(here, "vendor", "Once More") == there


def test_a_deleted_one_is_told_with_the_way_back(here: Here, bill: Bill) -> None:
    gone = make(bill, "Vendor", name="Gone Ltd")
    delete(bill, "Vendor", gone)
    ran = here("get", "vendor", "Gone Ltd")
    assert ran.code == 2
    assert f"`bill undelete vendor {gone}`" in ran.err
    ran = here("undelete", "vendor", "gone ltd", "--output", "json")
    assert (ran.code, decode(ran.out)["isActive"]) == (0, "1")
    ran = here("undelete", "vendor", "Gone Ltd")
    assert ran.code == 2
    assert "is not deleted" in ran.err


def test_a_number_is_told_apart_by_its_vendor(here: Here, bill: Bill) -> None:
    one, other = make(bill, "Vendor", name="One Ltd"), make(bill, "Vendor", name="Other Ltd")
    first, second = make_bill(bill, "A-77", one), make_bill(bill, "A-77", other)
    ran = here("get", "bill", "A-77")
    assert ran.code == 2
    assert all(each in ran.err for each in (first, second, "--vendor", "5.00", "2026-01-31"))
    assert given_id(here, "bill", "A-77", "--vendor", "other ltd") == second
    assert given_id(here, "bill", "A-77", "--vendor", one) == first
    ran = here("get", "bill", "A-78", "--vendor", "One Ltd")
    assert ran.code == 2
    assert 'did you mean "A-77"?' in ran.err


@pytest.mark.parametrize("owner", [(), ("--vendor", "One Ltd")])
def test_a_number_in_another_case_is_told_and_not_taken(here: Here, bill: Bill, owner: tuple[str, ...]) -> None:
    make_bill(bill, "Ab-77", make(bill, "Vendor", name="One Ltd"))
    make_bill(bill, "XY-9", bill.books("Vendor")[0]["id"])
    assert here("get", "bill", "ab-77", *owner).code == 2
    assert 'did you mean "Ab-77"?' in here("get", "bill", "ab-77", *owner).err
    assert owner or 'did you mean "XY-9"?' in here("get", "bill", "xy-9").err


def test_bill_is_asked_for_one_number_only(here: Here, bill: Bill) -> None:
    number = bill.books("Bill")[0]["invoiceNumber"]
    listed = [each for each in paths(bill, lambda: here("get", "bill", number)) if each.startswith("/List")]
    assert listed == ["/List/Bill.json"]


def test_an_owner_that_says_nothing_is_refused(here: Here, bill: Bill) -> None:
    bill_id = bill.books("Bill")[0]["id"]
    for call, said in (
        (("bill", "A-77", "--customer", "x"), "bills have no customer"),
        (("vendor", "x", "--vendor", "x"), "vendors have no vendor"),
        (("bill", bill_id, "--vendor", "x"), "beside an id it says nothing"),
    ):
        ran = here("get", *call)
        assert (ran.code, ran.out) == (2, "")
        assert said in ran.err


def test_invoices_credits_payments_and_users_are_called_by_what_they_have(here: Here, bill: Bill) -> None:
    invoice, user = bill.books("Invoice")[0], bill.books("User")[0]
    payment = next(each for each in bill.books("SentPay") if each.get("txnNumber"))
    customer = next(each["name"] for each in bill.books("Customer") if each["id"] == invoice["customerId"])
    assert given_id(here, "invoice", invoice["invoiceNumber"], "--customer", customer) == invoice["id"]
    assert given_id(here, "user", user["email"].upper()) == user["id"]
    vendor_id = bill.books("Vendor")[0]["id"]
    credit = make(
        bill, "VendorCredit", vendorId=vendor_id, refNumber="C-1", creditDate="2026-01-31",
        vendorCreditLineItems=[{"amount": 5}],
    )  # fmt: skip
    assert given_id(here, "vendor-credit", "C-1") == credit
    assert given_id(here, "sent-pay", payment["txnNumber"]) == payment["id"]


def test_an_id_of_another_kind_is_told(here: Here, bill: Bill) -> None:
    bill_id = bill.books("Bill")[0]["id"]
    ran = here("get", "vendor", bill_id)
    assert (ran.code, ran.out) == (2, "")
    assert "looks like the id of a bill" in ran.err
    ran = here("get", "bank-account", "Operating")
    assert ran.code == 2
    assert "has neither name nor number" in ran.err


def test_several_names_are_shown_and_those_that_are_not_there_are_told(here: Here, bill: Bill) -> None:
    first, second = (make(bill, "Vendor", name=each) for each in ("First Ltd", "Second Ltd"))
    ran = here("get", "vendors", "First Ltd", "first ltd", second, "Nowhere", "--output", "json")
    assert ran.code == 4
    assert [each["id"] for each in decode(ran.out)] == [first, second]
    assert 'no vendor is called "Nowhere"' in ran.err
    ran = here("get", "vendors", "Nowhere", "Nobody", "--output", "json")
    assert (ran.code, ran.out) == (2, "")


def test_empty_books_have_no_names() -> None:
    with Simulator(vendors=0, customers=0, bills=0, invoices=0) as simulator:
        client = client_for(simulator)
        from bill_cli.typed.names import object_id  # noqa: PLC0415

        with pytest.raises(Exception, match="no vendor is called"):
            object_id(client, BY_NAME["Vendor"], "Ironwood")


# Where an id is sent


def test_words_aliases_and_paths_become_ids(here: Here, bill: Bill) -> None:
    vendor_id = make(bill, "Vendor", name="Ironwood Fuel")
    top = make(bill, "ChartOfAccount", name="Outlays", accountType="6", accountNumber="6970")
    below = make(
        bill, "ChartOfAccount", name="Stamps and Seals", accountType="6", accountNumber="6977",
        parentChartOfAccountId=top,
    )  # fmt: skip
    head = ("--set", "invoiceNumber=N-1", *(f"--set={name}={day}" for name, day in DAYS.items()))
    for vendor in ("vendor=ironwood fuel", "vendorName=Ironwood Fuel", f"vendor={vendor_id}", f"vendorId={vendor_id}"):
        for account in (
            'account="Stamps and Seals"', "account=6977", 'chartOfAccountName="Outlays:Stamps and Seals"',
            "chartOfAccountNumber=6977", f"account={below}",
        ):  # fmt: skip
            line = f"amount=1 {account}"
            ran = here("create", "bill", "--set", vendor, *head, "--line", line, "--output", "json")
            assert ran.code == 0, ran.err
            stored = decode(ran.out)
            assert stored["vendorId"] == vendor_id
            assert stored["billLineItems"][0]["chartOfAccountId"] == below
            delete(bill, "Bill", stored["id"])


def test_names_in_json_and_in_the_rows_of_a_file(here: Here, bill: Bill) -> None:
    vendor_id = make(bill, "Vendor", name="Ironwood Fuel")
    account = make(bill, "ChartOfAccount", name="Stamps and Seals", accountType="6")
    line = {"amount": 1, "chartOfAccountName": "stamps and seals"}
    row = {"vendorName": "Ironwood Fuel", **DAYS, "billLineItems": [line]}
    (bill.folder / "one.json").write_text(json.dumps({**row, "invoiceNumber": "J-1"}))
    (bill.folder / "all.json").write_text(json.dumps([{**row, "invoiceNumber": f"J-{i}"} for i in (2, 3)]))
    (bill.folder / "all.csv").write_text("vendorName,invoiceNumber,invoiceDate,dueDate,billLineItems\n"
                                         'Ironwood Fuel,J-4,2026-01-31,2026-02-28,"[{""amount"": 1, ""chartOfAccountName"": ""Stamps and Seals""}]"\n')  # noqa: E501  # fmt: skip
    assert here("create", "bill", "--json", "one.json").code == 0
    for file in ("all.json", "all.csv"):
        ran = here("bulk", "create", "bills", file)
        assert ran.code == 0, ran.err
    stored = [each for each in bill.books("Bill") if each["invoiceNumber"].startswith("J-")]
    assert len(stored) == 4
    assert {each["vendorId"] for each in stored} == {vendor_id}
    assert {each["billLineItems"][0]["chartOfAccountId"] for each in stored} == {account}


def test_a_name_that_is_not_there_sends_nothing(here: Here, bill: Bill) -> None:
    before = bill.books("Bill")
    ran = here("create", "bill", "--set", "vendor=Nowhere", *NEEDED)
    assert (ran.code, ran.out) == (2, "")
    assert '`vendor`: no vendor is called "Nowhere"' in ran.err
    assert bill.books("Bill") == before


def test_an_object_that_is_given_in_two_ways_is_refused(here: Here) -> None:
    ran = here("create", "bill", "--set", "vendor=A", "--set", "vendorName=A")
    assert ran.code == 2
    assert "`vendor` and `vendorName` both say `vendorId`" in ran.err


def test_what_bill_sets_is_found_by_a_name_and_not_written_by_one(here: Here, bill: Bill) -> None:
    payment = bill.books("SentPay")[0]
    name = next(each["name"] for each in bill.books("Vendor") if each["id"] == payment["vendorId"])
    wanted = [each["id"] for each in bill.books("SentPay") if each["vendorId"] == payment["vendorId"]]
    for call in (("--vendor", name), ("--filter", f"vendor = {quoted(name)}")):
        assert sorted(each["id"] for each in here.json("list", "sent-pays", *call)) == sorted(wanted)
    ran = here("create", "bill", "--set", f"apAccount={name}")
    assert (ran.code, ran.out) == (2, "")
    assert "`apAccount` is set by BILL" in ran.err


def test_what_bill_sets_has_no_word(here: Here) -> None:
    ran = here("create", "bill", "--set", "createdBy=x")
    assert ran.code == 2
    assert "is set by BILL" in ran.err


def test_a_dry_run_asks_bill_nothing(here: Here, bill: Bill) -> None:
    def shown(*call: str) -> Any:
        ran = here(*call, "--dry-run")
        assert ran.code == 0, ran.err
        return decode(ran.out)["form"]["data"]

    def all_of_them() -> None:
        obj = shown("create", "bill", "--set", "vendor=Ironwood", *NEEDED[:-1], "amount=1 account=6977")["obj"]
        assert obj["vendorId"] == '(id of vendor "Ironwood")'
        assert obj["billLineItems"][0]["chartOfAccountId"] == '(id of chart-of-account "6977")'
        assert shown("get", "bill", "A-77", "--vendor", "Ironwood") == {"id": '(id of bill "A-77")'}
        assert shown("delete", "vendor", "Ironwood") == {"id": '(id of vendor "Ironwood")'}
        assert shown("undelete", "vendor", "Ironwood") == {"id": '(id of vendor "Ironwood")'}
        assert shown("update", "vendor", "Ironwood", "--set", "term=Net 30")["obj"]["paymentTermId"] == (
            '(id of payment-term "Net 30")'
        )

    assert paths(bill, all_of_them) == []


# In tables


def test_tables_show_names_and_other_formats_ids(here: Here, bill: Bill) -> None:
    vendor_id = make(bill, "Vendor", name="Ironwood Fuel")
    account = make(bill, "ChartOfAccount", name="Stamps and Seals", accountType="6")
    lines = [{"amount": 5, "chartOfAccountId": account}]
    bill_id = make(bill, "Bill", vendorId=vendor_id, invoiceNumber="T-1", billLineItems=lines, **DAYS)
    call = ("list", "bills", "--filter", f"id = {bill_id}")
    listed = here(*call, "--output", "table").out
    head = next(line for line in listed.splitlines() if line.startswith("id"))
    assert head.split()[:2] == ["id", "vendor"]
    assert "Ironwood Fuel" in listed
    one = here("get", "bill", "T-1", "--output", "table").out
    assert f"{vendor_id} (Ironwood Fuel)" in one
    assert "Stamps and Seals" in one.partition("billLineItems")[2]
    assert " account " in one.partition("billLineItems")[2]
    assert vendor_id in here(*call, "--columns", "id,vendorId", "--output", "table").out
    for form in ("table", "csv"):
        by_name = here(*call, "--columns", "vendor,vendorId,amount", "--output", form).out
        assert by_name.split()[0].startswith("vendor")
        assert "Ironwood Fuel" in by_name
        assert vendor_id in by_name
    for word in ("vendor", "vendorName"):
        assert here("get", "bill", "T-1", "--columns", word, "--output", "csv").out == "vendor\nIronwood Fuel\n"
    for form in ("json", "jsonl", "csv"):
        out = here(*call, "--output", form).out
        assert "Ironwood Fuel" not in out
        assert vendor_id in out


def test_names_of_a_page_cost_a_call_for_each_entity(here: Here, bill: Bill) -> None:
    listed = paths(bill, lambda: here("list", "bills", "--output", "table"))
    assert listed.count("/List/Vendor.json") == 1
    assert "/List/Vendor.json" not in paths(bill, lambda: here("list", "bills", "--output", "json"))


def test_a_session_at_a_terminal(bill: Bill) -> None:
    vendor_id = make(bill, "Vendor", name="Ironwood Fuel")
    bill_id = make_bill(bill, "A-77", vendor_id)
    ran = bill.on_terminal("get", "bill", "A-77", "--vendor", "ironwood fuel", columns=60)
    assert ran.code == 0, ran.out
    assert f"{vendor_id} (Ironwood Fuel)" in ran.out
    ran = bill.on_terminal("delete", "bill", "A-77", typed="y\n")
    assert ran.code == 0, ran.out
    assert f"Delete bill {bill_id} (vendor Ironwood Fuel, invoiceNumber A-77, amount 5.00)?" in ran.out
    ran = bill.on_terminal("undelete", "bill", "A-77")
    assert ran.code == 0, ran.out
    ran = bill.on_terminal("delete", "bill", "A-77", typed="\x03")
    assert ran.code == 130, ran.out
    assert next(each["isActive"] for each in bill.books("Bill") if each["id"] == bill_id) == "1"


def test_without_a_terminal_nothing_is_looked_up_for_a_question(bill: Bill) -> None:
    asked = paths(bill, lambda: bill("delete", "vendor", "Ironwood Fuel"))
    ran = bill("delete", "vendor", "Ironwood Fuel")
    assert ran.code == 2
    assert "give --yes" in ran.err
    assert asked == []


# The reading of `--line`

ALL = [fields for each in ENTITIES for fields in (each.fields, *(array.item_fields for array in each.children))]


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(lambda text: text.strip()))
def test_whatever_a_name_is_a_quoted_word_of_a_line_says_it(name: str) -> None:
    assert LINES is not None
    read = line_of(LINES, f"amount=1 account={shlex.quote(name)}")
    assert read["chartOfAccountId"] == Named(given="account", entity=BY_NAME["ChartOfAccount"], text=name)


@given(st.text())
def test_any_text_is_a_line_or_is_refused(text: str) -> None:
    assert LINES is not None
    try:
        line_of(LINES, text)
    except WrongTextError as error:
        assert str(error)  # noqa: PT017


@pytest.mark.parametrize("fields", ALL)
def test_every_word_is_of_one_field(fields: Any) -> None:
    words = short_words(fields)
    wanted = [each for each in fields if each.references in BY_NAME]
    assert sorted(each.name for each in words.values()) == sorted(each.name for each in wanted)
    assert not set(words) & set(aliases(fields))


@given(st.sampled_from(ENTITIES), st.text(st.sampled_from("0an9"), min_size=17, max_size=17))
def test_an_id_is_told_by_length_and_beginning(entity: Any, rest: str) -> None:
    assert is_id_of(entity, f"{entity.id_prefix or '00x'}{rest}")
    assert not is_id_of(entity, f"{entity.id_prefix or '00x'}{rest}0")
    assert not entity.id_prefix or not is_id_of(entity, f"zz-{rest}")


@pytest.mark.parametrize("typed", ["Ironwod Fuel", "Ironwood", "ironwod", "wood fu", "FUEL"])
def test_a_part_of_a_name_or_a_misspelt_word_leads_to_it(here: Here, bill: Bill, typed: str) -> None:
    make(bill, "Vendor", name="Ironwood Fuel")
    make(bill, "Vendor", name="Quarry & Sons")
    ran = here("get", "vendor", typed)
    assert ran.code == 2
    assert 'did you mean "Ironwood Fuel"?' in ran.err
