"""How a record names another: by id, by name, by number; and what becomes of names that nobody has."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from conftest import client_for
from target_run import account, bill, bills, books, load, rejects, report, singer, vendors, writes

from bill_api.entities import BY_NAME
from bill_simulator import defaults

if TYPE_CHECKING:
    from pathlib import Path

    from bill_simulator import Simulator

DAYS = {"invoiceDate": "2026-03-01", "dueDate": "2026-03-31"}

NAMED: dict[str, tuple[str, dict[str, Any], str]] = {
    "chartOfAccountName": ("ChartOfAccount", {"name": "Office", "accountType": "7"}, "office"),
    "chartOfAccountNumber": ("ChartOfAccount", {"name": "Office", "accountType": "7", "accountNumber": "6100"}, "6100"),
    "itemName": ("Item", {"name": "Screw", "type": "3"}, "SCREW"),
    "departmentName": ("Department", {"name": "Bindery"}, "Bindery "),
    "locationName": ("Location", {"name": "Leeds"}, "leeds"),
    "locationShortName": ("Location", {"name": "Leeds", "shortName": "LS"}, "LS"),
    "actgClassName": ("ActgClass", {"name": "Retail shops"}, "Retail  shops"),
    "jobName": ("Job", {"name": "Kitchen"}, "Kitchen"),
    "employeeName": ("Employee", {"firstName": "Ada", "lastName": "Example"}, "ada example"),
    "customerName": ("Customer", {"name": "Elm Ltd"}, "Elm Ltd"),
}


@pytest.mark.parametrize("alias", NAMED)
def test_a_line_names_what_it_is_coded_with(empty: Simulator, tmp_path: Path, alias: str) -> None:
    entity, obj, text = NAMED[alias]
    known = client_for(empty).create(BY_NAME[entity], obj)["id"]
    document = bill("A", "1", 5)
    document["billLineItems"][0][alias] = text
    ran = load(empty, tmp_path, singer(vendors("A"), bills(document)))
    assert ran.code == 0, ran.err
    (line,) = books(empty, "Bill")[0]["billLineItems"]
    assert known in line.values()


def test_a_customer_names_its_payment_term_by_its_days(empty: Simulator, tmp_path: Path) -> None:
    """Of a payment term's fields only the days could be read."""
    term = next(each for each in books(empty, "PaymentTerm") if each["netDue"] == 30)
    record = {"name": "Elm Ltd", "paymentTermNetDue": 30}
    ran = load(empty, tmp_path, singer(("customers", ["name"], [record])))
    assert ran.code == 0, ran.err
    assert books(empty, "Customer")[0]["paymentTermId"] == term["id"]


def test_a_name_that_several_have_is_a_reject_that_lists_them(empty: Simulator, tmp_path: Path) -> None:
    empty.control.switch(duplicate_names="allow")
    twins = [client_for(empty).create(BY_NAME["Vendor"], {"name": "Twin"})["id"] for _ in range(2)]
    load(empty, tmp_path, singer(bills(bill("Twin", "1", 5))))
    (reject,) = rejects(tmp_path)
    assert all(each in reject["reason"] for each in twins)
    assert reject["hint"] == "Give `vendorId` with the id of the right one."


def test_a_name_and_a_number_together_are_the_account_that_has_both(empty: Simulator, tmp_path: Path) -> None:
    client = client_for(empty)
    parent = client.create(BY_NAME["ChartOfAccount"], {"name": "Above", "accountType": "7"})["id"]
    ids = {}
    for number, below in (("7100", {}), ("7200", {"parentChartOfAccountId": parent})):
        account_ = {"name": "Twin", "accountType": "7", "accountNumber": number, **below}
        ids[number] = client.create(BY_NAME["ChartOfAccount"], account_)["id"]
    right, wrong = bill("A", "1", 5), bill("A", "2", 5)
    right["billLineItems"][0] |= {"chartOfAccountName": "twin", "chartOfAccountNumber": "7200"}
    wrong["billLineItems"][0] |= {"chartOfAccountName": "Above", "chartOfAccountNumber": "7200"}
    load(empty, tmp_path, singer(vendors("A"), bills(right, wrong)))
    (stored,) = books(empty, "Bill")
    assert stored["billLineItems"][0]["chartOfAccountId"] == ids["7200"]
    assert rejects(tmp_path)[0]["reason"] == "'Above' and '7200' are not the same ChartOfAccount in BILL"


def test_a_tree_is_created_from_its_root_whatever_the_order(empty: Simulator, tmp_path: Path) -> None:
    names = [f"Level {number}" for number in range(5)]
    records = [{"name": name, "parentDepartmentName": above} for above, name in zip(["", *names], names, strict=False)]
    ran = load(empty, tmp_path, singer(("departments", ["name"], reversed(records))))
    assert ran.code == 0, ran.err
    ids = {each["name"]: each["id"] for each in books(empty, "Department")}
    parents = {each["name"]: each["parentDepartmentId"] for each in books(empty, "Department")}
    assert all(parents[name] == ids[above] for above, name in pairwise(names))


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_a_parent_is_sought_among_all_that_will_have_its_name(
    empty: Simulator, tmp_path: Path, order: tuple[int, ...]
) -> None:
    """BILL has one, and the input brings another: which of them is meant nobody knows, whatever comes first."""
    client_for(empty).create(BY_NAME["ChartOfAccount"], {"name": "Tents", "accountType": "7"})
    records = [
        {"key": 1, "name": "Pegs", "parentChartOfAccountName": "Tents"},
        {"key": 2, "name": "Tents", "parentChartOfAccountName": "Ovens"},
        {"key": 3, "name": "Ovens"},
    ]
    stdin = singer(("chart_of_accounts", ["key"], [{"accountType": "7", **records[place]} for place in order]))
    load(empty, tmp_path, stdin)
    assert account(tmp_path, "chart_of_accounts") == {"created": 2, "rejected": 1}
    (reject,) = rejects(tmp_path)
    assert (reject["source_key"], reject["field"]) == ("1", "parentChartOfAccountName")
    assert "'Tents' is the name of several objects in BILL" in reject["reason"]


@pytest.mark.parametrize(("stream", "party"), [("vendors", "Vendor"), ("customers", "Customer")])
def test_named_vendors_and_customers_are_made_on_the_way_where_that_is_wanted(
    empty: Simulator, tmp_path: Path, stream: str, party: str
) -> None:
    client_for(empty).create(BY_NAME[party], {"name": "Acme Tools"})
    if stream == "vendors":
        documents = bills(*(bill(name, str(number), 5) for number, name in enumerate(["Acme Tolls", "New", "new"])))
    else:
        lines = {"invoiceLineItems": [{"amount": 5}]}
        names = enumerate(["Acme Tolls", "New", "new"])
        records = [{"customerName": name, "invoiceNumber": str(number), **DAYS, **lines} for number, name in names]
        documents = ("invoices", ["invoiceNumber"], records)
    empty.control.forget_requests()
    ran = load(empty, tmp_path, singer(documents), create_missing=[stream])
    assert ran.code == 0, ran.err
    assert sorted(each["name"] for each in books(empty, party)) == ["Acme Tolls", "Acme Tools", "New"]
    assert empty.control.summary()["paths"][f"/Bulk/Crud/Create/{party}.json"] == 1
    assert "created on the way: " + stream + " 'Acme Tolls'. Similar: 'Acme Tools'" in ran.err
    assert account(tmp_path, stream) == {"created": 2}
    assert report(tmp_path)["adds_up"]


def test_nothing_is_made_on_the_way_unless_it_is_wanted(empty: Simulator, tmp_path: Path) -> None:
    load(empty, tmp_path, singer(bills(bill("New", "1", 5))), create_missing=["customers"])
    assert rejects(tmp_path)[0]["reason"] == "no active Vendor is called 'New'"
    assert writes(empty) == []


DELETED: dict[str, tuple[str, dict[str, Any], str]] = {
    "vendorId": ("Vendor", {"name": "Gone"}, "vendorId"),
    "chartOfAccountId": (*NAMED["chartOfAccountName"][:2], "lines[0].chartOfAccountId"),
    "departmentId": (*NAMED["departmentName"][:2], "lines[0].departmentId"),
    "locationId": (*NAMED["locationName"][:2], "lines[0].locationId"),
    "actgClassId": (*NAMED["actgClassName"][:2], "lines[0].actgClassId"),
    "jobId": (*NAMED["jobName"][:2], "lines[0].jobId"),
}


@pytest.mark.parametrize("name", DELETED)
def test_what_is_deleted_in_bill_gets_no_new_documents_by_its_id(empty: Simulator, tmp_path: Path, name: str) -> None:
    entity, obj, place = DELETED[name]
    client = client_for(empty)
    gone = client.create(BY_NAME[entity], obj)["id"]
    document = bill("" if name == "vendorId" else "A", "1", 5)
    holder = document["billLineItems"][0] if place.startswith("lines") else document
    holder[name] = gone
    before = singer(vendors("A"), ("bills", ["uid"], [{"uid": 1, **document}]))
    assert load(empty, tmp_path, before).code == 0
    client.delete(BY_NAME[entity], gone)
    # What stands already may be changed; what is new is refused, also as a plan, until the object is back.
    changed = {"uid": 1, **document, "description": "changed"}
    new = {"uid": 2, **document, "invoiceNumber": "2"}
    both = singer(("bills", ["uid"], [changed, new]))
    for mode in ("plan", "apply"):
        load(empty, tmp_path, both, mode=mode, max_rejects=1)
        assert account(tmp_path, "bills") == {"updated": 1, "rejected": 1}
        (reject,) = rejects(tmp_path)
        assert reject["field"] == place
        assert f"{entity} {gone}" in reject["reason"]
        assert reject["reason"].endswith("is deleted in BILL")
        assert reject["hint"] == f"Bring it back in BILL (undelete), or give the `{name}` of another."
    assert [each["description"] for each in books(empty, "Bill")] == ["changed"]
    client.undelete(BY_NAME[entity], gone)
    assert load(empty, tmp_path, both).code == 0
    assert len(books(empty, "Bill")) == 2


def test_the_id_of_a_source_leads_to_nothing_that_is_deleted_here(empty: Simulator, tmp_path: Path) -> None:
    source = ("vendors", ["id"], [{"id": "V-7", "name": "Gone"}])
    assert load(empty, tmp_path, singer(source)).code == 0
    (stored,) = books(empty, "Vendor")
    client_for(empty).delete(BY_NAME["Vendor"], stored["id"])
    ran = load(empty, tmp_path, singer(("bills", ["uid"], [{"uid": 1, **bill("", "1", 5), "vendorId": "V-7"}])))
    assert ran.code == 1
    (reject,) = rejects(tmp_path)
    assert reject["reason"] == f"Vendor {stored['id']} (Gone) is deleted in BILL"
    assert books(empty, "Bill") == []


def test_a_deleted_object_that_the_same_input_brings_back_gets_its_documents(empty: Simulator, tmp_path: Path) -> None:
    client = client_for(empty)
    gone = client.create(BY_NAME["Vendor"], {"name": "Back"})["id"]
    client.delete(BY_NAME["Vendor"], gone)
    document = {**bill("", "1", 5), "vendorId": gone}
    back = ("vendors", ["id"], [{"id": gone, "name": "Back", "isActive": "1"}])
    for mode in ("plan", "apply"):
        ran = load(empty, tmp_path, singer(back, ("bills", ["invoiceNumber"], [document])), mode=mode)
        assert ran.code == 0, ran.err
        assert account(tmp_path, "bills") == {"created": 1}


def test_a_copy_of_an_organization_keeps_the_documents_of_what_is_deleted_there(
    empty: Simulator, tmp_path: Path
) -> None:
    there = {"organizationId": "00801ELSEWHEREaaaa1"}
    gone = {**there, "id": "00901AAAAAAAAAAAAAA1", "name": "Gone", "isActive": "2"}
    document = {**there, "id": "00n01AAAAAAAAAAAAAA1", **bill("", "1", 5), "vendorId": gone["id"]}
    ran = load(empty, tmp_path, singer(("vendors", ["id"], [gone]), ("bills", ["id"], [document])))
    assert ran.code == 0, ran.err
    assert account(tmp_path, "bills") == {"created": 1}


def test_a_wrong_stream_to_create_on_the_way_is_named(empty: Simulator, tmp_path: Path) -> None:
    ran = load(empty, tmp_path, singer(vendors("A")), create_missing=["bills"])
    assert ran.code == 1
    assert "setting `create_missing[0]` is 'bills'; allowed is one of `vendors`, `customers`" in ran.err


def forbid(simulator: Simulator, *acts: str) -> None:
    simulator.control.change_directory(users=[{"username": defaults.USERNAME, "forbidden": list(acts)}])


def test_a_list_that_this_user_may_not_read_rejects_what_names_it_and_nothing_else(
    empty: Simulator, tmp_path: Path
) -> None:
    """Permissions are per operation (seen by integrations): BDC_1145."""
    known = client_for(empty).create(BY_NAME["Department"], {"name": "Bindery"})["id"]
    forbid(empty, "list/Department")
    by_name, by_id = bill("A", "1", 5), bill("A", "2", 5)
    by_name["billLineItems"][0]["departmentName"] = "Bindery"
    by_id["billLineItems"][0]["departmentId"] = known
    ran = load(empty, tmp_path, singer(vendors("A"), bills(by_name, by_id, bill("A", "3", 5))))
    assert "Traceback" not in ran.err
    (reject,) = rejects(tmp_path)
    assert (reject["code"], reject["field"]) == ("BDC_1145", "lines[0].departmentName")
    assert sorted(each["invoiceNumber"] for each in books(empty, "Bill")) == ["2", "3"]


def test_what_cannot_be_seen_is_not_written(empty: Simulator, tmp_path: Path) -> None:
    forbid(empty, "list/Vendor")
    load(empty, tmp_path, singer(vendors("A")))
    assert "so it might be written twice" in rejects(tmp_path)[0]["reason"]
    assert writes(empty) == []
