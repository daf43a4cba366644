"""The seeded books: the same for the same seed, and fit to be read and written."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import requests
from simulator_caller import TIMEOUT_S, Caller

from bill_api.entities import ENTITIES
from bill_simulator import Simulator, defaults
from bill_simulator.encoding import encode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator_caller import Body

ID = re.compile(r"\w{3}0[12][A-Z]{10}[a-z0-9]{5}")
SEED_END = "2025-06-30T16:00:00.000+0000"


def raw_books(simulator: Simulator) -> dict[str, bytes]:
    base = f"{simulator.url}/_simulator/books/{defaults.ORGANIZATION_ID}"
    return {each.name: requests.get(f"{base}/{each.name}", timeout=TIMEOUT_S).content for each in ENTITIES}


@pytest.fixture(scope="module")
def seeded() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def books(seeded: Simulator) -> dict[str, list[Body]]:
    return {each.name: seeded.control.books(defaults.ORGANIZATION_ID, each.name) for each in ENTITIES}


def test_the_same_seed_gives_the_same_bytes_at_any_time(seeded: Simulator) -> None:
    with Simulator(seed=1, now="2031-01-01T00:00:00Z") as again:
        assert raw_books(again) == raw_books(seeded)
    with Simulator(seed=2) as other:
        assert raw_books(other)["Bill"] != raw_books(seeded)["Bill"]


def test_the_default_sizes(books: dict[str, list[Body]]) -> None:
    sizes = {name: len(rows) for name, rows in books.items()}
    assert (sizes["Vendor"], sizes["Customer"], sizes["Bill"], sizes["Invoice"]) == (40, 30, 300, 200)
    assert sizes.pop("Organization") == 1
    assert min(sizes.values()) >= 3


def test_ids_have_the_documented_shape_and_are_never_shared(books: dict[str, list[Body]]) -> None:
    # section 12
    ids = []
    for entity in ENTITIES:
        for row in books[entity.name]:
            assert row["id"].startswith(entity.id_prefix or "x")
            ids += [row["id"], *(line["id"] for line in row.get(entity.lines.name if entity.lines else "", ()))]
    assert all(ID.fullmatch(each) for each in ids)
    assert len(set(ids)) == len(ids)


def test_every_reference_leads_to_an_object(books: dict[str, list[Body]]) -> None:
    known = {name: {row["id"] for row in rows} for name, rows in books.items()}
    for entity in ENTITIES:
        for row in books[entity.name]:
            for field in entity.fields:
                if field.references in known and row[field.name].strip("0"):
                    assert row[field.name] in known[field.references]
            for line in row.get(entity.lines.name, ()) if entity.lines else ():
                for field in entity.lines.item_fields if entity.lines else ():
                    value = line.get(field.name)
                    if field.references in known and value and value.strip("0"):
                        assert value in known[field.references]


def test_money_adds_up_in_cents(books: dict[str, list[Body]]) -> None:
    for row in books["Bill"]:
        assert row["amount"] == sum(line["amount"] for line in row["billLineItems"])
        assert row["dueAmount"] == row["amount"] - (row["paidAmount"] or 0) - row["creditAmount"]
        assert (row["dueAmount"] == 0) == (row["paymentStatus"] == "0")
        assert row["item"]["totalAmount"] + row["expense"]["totalAmount"] == row["amount"]
        assert all(line["amount"] == round(Decimal(line["amount"]), 2) for line in row["billLineItems"])
    for row in books["Invoice"]:
        assert row["amount"] == sum(line["quantity"] * line["price"] for line in row["invoiceLineItems"])


def test_payments_paid_what_the_documents_say(books: dict[str, list[Body]]) -> None:
    paid = {row["id"]: row for row in books["Bill"] if row["paymentStatus"] == "0"}
    assert 20 < len(paid) < 100
    pays = [each for payment in books["SentPay"] for each in payment["billPays"]]
    assert sorted(pays, key=by_id) == sorted(books["BillPay"], key=by_id)
    assert {each["billId"]: each["amount"] for each in pays} == {key: row["paidAmount"] for key, row in paid.items()}
    credited = [each for payment in books["SentPay"] for each in payment["billCredits"]]
    assert sorted(credited, key=by_id) == sorted(books["BillCredit"], key=by_id)
    assert credited
    used = {row["id"]: row["appliedAmount"] for row in books["VendorCredit"] if row["appliedAmount"]}
    assert {each["vendorCreditId"]: each["amount"] for each in credited} == used
    for payment in books["SentPay"]:
        assert payment["amount"] == sum(each["amount"] for each in payment["billPays"])
        assert {paid[each["billId"]]["vendorId"] for each in payment["billPays"]} == {payment["vendorId"]}
    received = {each["invoiceId"]: each["amount"] for row in books["ReceivedPay"] for each in row["invoicePays"]}
    settled = [row for row in books["Invoice"] if row["paymentStatus"] == "0"]
    assert received == {row["id"]: row["amount"] for row in settled}
    assert {row["amountDue"] for row in settled} == {0}
    online = [-row["amount"] for row in books["SentPay"] if row["isOnline"]]
    online += [row["amount"] for row in books["ReceivedPay"] if row["isOnline"]]
    assert sorted(online) == sorted(row["amount"] for row in books["MoneyMovement"])


def by_id(row: Body) -> str:
    return str(row["id"])


def test_numbers_and_names_are_unique(books: dict[str, list[Body]], seeded: Simulator) -> None:
    assert seeded.control.duplicates(defaults.ORGANIZATION_ID) == {}
    assert len({row["name"] for row in books["Vendor"]}) == 40
    assert all(len(row["invoiceNumber"]) <= 21 for row in books["Bill"])


def test_times_are_in_order_spread_out_and_in_part_shared(books: dict[str, list[Body]]) -> None:
    rows = books["Bill"]
    created = [row["createdTime"] for row in rows]
    assert created == sorted(created)
    assert created[0] < "2024-09"
    assert created[-1] > "2025-05"
    assert all(row["createdTime"] <= row["updatedTime"] <= SEED_END for row in rows)
    assert 50 < sum(row["createdTime"] < row["updatedTime"] for row in rows) < 200
    assert len(set(created)) < len(rows) - 10
    touched = [row["updatedTime"] for row in rows if row["createdTime"] < row["updatedTime"]]
    assert len(set(touched)) < len(touched) - 5
    owners = {row["id"]: row["createdTime"] for row in books["Vendor"]}
    assert owners.keys() >= {row["vendorId"] for row in rows}


def test_some_objects_are_deleted_and_some_vendors_have_accounts(books: dict[str, list[Body]]) -> None:
    assert any(row["isActive"] == "2" for row in books["Bill"])
    assert all(row["accountNumber"].startswith("******") for row in books["VendorBankAccount"])
    with_account = {row["vendorId"] for row in books["VendorBankAccount"]}
    assert {row["id"] for row in books["Vendor"] if row["payBy"] == "1"} == with_account


@pytest.mark.parametrize(
    "name", ["Vendor", "Customer", "Bill", "Invoice", "Item", "ChartOfAccount", "Department", "VendorCredit"]
)
def test_what_was_seeded_can_be_written_again(books: dict[str, list[Body]], seeded: Simulator, name: str) -> None:
    with Caller(seeded) as caller:
        row = books[name][0]
        changed = caller.ok(f"/Crud/Update/{name}.json", encode({"obj": row}).decode())
        assert without_times(changed) == without_times(row)


def without_times(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_times(each) for name, each in value.items() if name != "updatedTime"}
    return [without_times(each) for each in value] if isinstance(value, list) else value


def test_an_organization_may_start_empty() -> None:
    with Simulator(vendors=0, customers=0, bills=0, invoices=0) as simulator, Caller(simulator) as caller:
        assert caller.list("Vendor") == caller.list("Bill") == []
        assert caller.list("ChartOfAccount")
        assert caller.control.totals(defaults.EMPTY_ORGANIZATION_ID)["ChartOfAccount"]["count"] == 0


@pytest.mark.parametrize("options", [{"vendors": 0}, {"customers": 0}, {"bills": -1}])
def test_impossible_sizes_are_refused(options: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"need|from 0"):
        Simulator(**options)  # type: ignore[arg-type]  # the names are Options' own
