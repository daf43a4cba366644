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


TREES = {
    "chartOfAccountName": ("ChartOfAccount", "parentChartOfAccountId", {"accountType": "7"}),
    "itemName": ("Item", "parentItemId", {"type": "3"}),
    "departmentName": ("Department", "parentDepartmentId", {}),
    "locationName": ("Location", "parentLocationId", {}),
    "actgClassName": ("ActgClass", "parentActgClassId", {}),
    "jobName": ("Job", "parentJobId", {}),
    "customerName": ("Customer", "parentCustomerId", {}),
}


def tree(empty: Simulator, alias: str, *paths: str) -> dict[str, str]:
    """The ids of objects at the end of paths, which are given with those above them first."""
    entity, parent, more = TREES[alias]
    ids: dict[str, str] = {}
    for path in paths:
        above, _, name = path.rpartition(">")
        below = {parent: ids[above]} if above else {}
        ids[path] = client_for(empty).create(BY_NAME[entity], {"name": name, **more, **below})["id"]
    return ids


def coded(alias: str, *names: str) -> tuple[str, list[str], list[dict[str, Any]]]:
    """Bills, each with a line that is coded with one of these names."""
    documents = [bill("A", str(number), 5) for number in range(len(names))]
    for document, name in zip(documents, names, strict=True):
        document["billLineItems"][0][alias] = name
    return bills(*documents)


@pytest.mark.parametrize("alias", TREES)
def test_a_path_of_names_is_the_object_below_these_parents(empty: Simulator, tmp_path: Path, alias: str) -> None:
    ids = tree(empty, alias, "Expenses", "Expenses>Travel", "Expenses>Travel>Air", "Sales", "Sales>Food")
    ran = load(empty, tmp_path, singer(vendors("A"), coded(alias, "Expenses:Travel", " expenses : TRAVEL:air", "Food")))
    assert ran.code == 0, ran.err
    lines = {each["invoiceNumber"]: each["billLineItems"][0] for each in books(empty, "Bill")}
    for number, path in enumerate(["Expenses>Travel", "Expenses>Travel>Air", "Sales>Food"]):
        assert ids[path] in lines[str(number)].values()


def test_a_path_tells_two_of_one_name_apart_and_begins_at_the_top(empty: Simulator, tmp_path: Path) -> None:
    alias = "chartOfAccountName"
    ids = tree(empty, alias, "Sales", "Sales>Travel", "Costs", "Costs>Travel", "Costs>Travel>Air: far")
    names = ("Sales:Travel", "Costs:Travel:Air: far", "Travel", "Travel:Air: far", "Rent:Travel", "Costs::Travel")
    load(empty, tmp_path, singer(vendors("A"), coded(alias, *names)), max_rejects=len(names))
    stored = {each["invoiceNumber"]: each["billLineItems"][0]["chartOfAccountId"] for each in books(empty, "Bill")}
    assert stored == {"0": ids["Sales>Travel"], "1": ids["Costs>Travel>Air: far"]}
    several, *others = rejects(tmp_path)
    assert "'Travel' is the name of several objects in BILL" in several["reason"]
    assert [each["reason"] for each in others] == [f"no active ChartOfAccount is called {name!r}" for name in names[3:]]
    assert "Similar: 'Costs:Travel:Air: far'" in others[0]["hint"], "where it stands is shown"
    assert all(f"'{path}'" in others[1]["hint"] for path in ("Sales:Travel", "Costs:Travel"))


def test_an_account_that_is_called_like_a_path_comes_before_the_path(empty: Simulator, tmp_path: Path) -> None:
    alias = "chartOfAccountName"
    ids = tree(empty, alias, "Expenses", "Expenses>Travel", "Expenses:Travel")
    ran = load(empty, tmp_path, singer(vendors("A"), coded(alias, "Expenses:Travel")))
    assert ran.code == 0, ran.err
    assert books(empty, "Bill")[0]["billLineItems"][0]["chartOfAccountId"] == ids["Expenses:Travel"]


def test_a_path_that_two_objects_have_is_a_reject_that_lists_them(empty: Simulator, tmp_path: Path) -> None:
    first = tree(empty, "customerName", "Elm", "Elm>Kitchen")
    empty.control.switch(duplicate_names="allow")
    second = tree(empty, "customerName", "Elm", "Elm>Kitchen")
    load(empty, tmp_path, singer(vendors("A"), coded("customerName", "Elm:Kitchen")))
    (reject,) = rejects(tmp_path)
    assert reject["reason"].startswith("'Elm:Kitchen' is the name of several objects in BILL")
    assert all(each["Elm>Kitchen"] in reject["reason"] for each in (first, second))


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0)])
def test_a_path_may_lead_to_what_the_same_input_brings(
    empty: Simulator, tmp_path: Path, order: tuple[int, ...]
) -> None:
    records = [
        {"key": 1, "name": "Expenses"},
        {"key": 2, "name": "Travel", "parentChartOfAccountName": "Expenses"},
        {"key": 3, "name": "Air", "parentChartOfAccountName": "Expenses:Travel"},
    ]
    accounts = ("chart_of_accounts", ["key"], [{"accountType": "7", **records[place]} for place in order])
    stdin = singer(vendors("A"), accounts, coded("chartOfAccountName", "Expenses:Travel:Air"))
    ran = load(empty, tmp_path, stdin)
    assert ran.code == 0, ran.err
    (air,) = [each for each in books(empty, "ChartOfAccount") if each["name"] == "Air"]
    assert books(empty, "Bill")[0]["billLineItems"][0]["chartOfAccountId"] == air["id"]


def test_a_parent_by_its_path_waits_for_a_record_that_may_be_called_so(empty: Simulator, tmp_path: Path) -> None:
    """BILL has the path, and the input brings a second account of it: which of them is meant nobody knows."""
    tree(empty, "chartOfAccountName", "Costs", "Costs>Tents")
    records = [
        {"key": 1, "name": "Pegs", "parentChartOfAccountName": "Costs:Tents"},
        {"key": 2, "name": "Costs:Tents", "parentChartOfAccountName": "Ovens"},
        {"key": 3, "name": "Ovens"},
    ]
    load(empty, tmp_path, singer(("chart_of_accounts", ["key"], [{"accountType": "7", **each} for each in records])))
    ids = {each["name"]: each for each in books(empty, "ChartOfAccount")}
    assert ids["Pegs"]["parentChartOfAccountId"] == ids["Costs:Tents"]["id"], "a name comes before a path"


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_path_is_looked_for_when_the_tree_stands_as_the_input_makes_it(
    empty: Simulator, tmp_path: Path, order: tuple[int, ...]
) -> None:
    moved = tree(empty, "chartOfAccountName", "Costs", "Sales", "Sales>Tents")["Sales>Tents"]
    records = [
        {"id": "P", "name": "Pegs", "parentChartOfAccountName": "Sales:Tents"},
        {"id": moved, "name": "Tents", "parentChartOfAccountName": "Costs"},
    ]
    accounts = ("chart_of_accounts", ["id"], [{"accountType": "7", **records[place]} for place in order])
    load(empty, tmp_path, singer(accounts), on_match="update", allow_renames=True)
    assert account(tmp_path, "chart_of_accounts") == {"updated": 1, "rejected": 1}
    assert rejects(tmp_path)[0]["reason"] == "no active ChartOfAccount is called 'Sales:Tents'"


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
        assert reject["reason"].endswith("is inactive in BILL")
        back = f"`bill undelete {BY_NAME[entity].stream} {gone}`"
        assert reject["hint"] == f"Bring it back ({back}, or in BILL), or give the `{name}` of another."
    assert [each["description"] for each in books(empty, "Bill")] == ["changed"]
    client.undelete(BY_NAME[entity], gone)
    assert load(empty, tmp_path, both).code == 0
    assert len(books(empty, "Bill")) == 2


def test_all_references_that_lead_nowhere_are_told_at_once(empty: Simulator, tmp_path: Path) -> None:
    absent = bill("Nobody", "1", 5) | {"billLineItems": [{"amount": 5, "departmentName": "Nowhere"}]}
    load(empty, tmp_path, singer(("bills", ["vendorName", "invoiceNumber"], [absent])))
    (told,) = rejects(tmp_path)
    assert [each["field"] for each in told["problems"]] == ["vendorName", "lines[0].departmentName"]


@pytest.mark.parametrize("create_missing", [[], ["vendors"]])
def test_the_name_of_an_inactive_vendor_is_told_and_makes_no_second_one(
    empty: Simulator, tmp_path: Path, create_missing: list[str]
) -> None:
    client = client_for(empty)
    gone = client.create(BY_NAME["Vendor"], {"name": "Gone"})["id"]
    client.delete(BY_NAME["Vendor"], gone)
    documents = singer(bills(bill("gone", "1", 5)))
    for mode in ("plan", "apply"):
        load(empty, tmp_path, documents, mode=mode, create_missing=create_missing)
        (reject,) = rejects(tmp_path)
        assert reject["reason"] == f"Vendor {gone} (Gone) is inactive in BILL"
        back = f"`bill undelete vendors {gone}`"
        assert reject["hint"] == f"Bring it back ({back}, or in BILL), or give the `vendorId` of another."
    assert [each["id"] for each in books(empty, "Vendor")] == [gone]
    client.undelete(BY_NAME["Vendor"], gone)
    assert load(empty, tmp_path, documents, create_missing=create_missing).code == 0
    assert [each["vendorId"] for each in books(empty, "Bill")] == [gone]


def test_what_a_path_puts_below_a_customer_is_not_made_at_the_top(empty: Simulator, tmp_path: Path) -> None:
    tree(empty, "customerName", "Elm")
    names = enumerate(["Elm:Kitchen", "Oak: the pub"])
    lines = {"invoiceLineItems": [{"amount": 5}]}
    records = [{"customerName": name, "invoiceNumber": str(number), **DAYS, **lines} for number, name in names]
    load(empty, tmp_path, singer(("invoices", ["invoiceNumber"], records)), create_missing=["customers"])
    assert sorted(each["name"] for each in books(empty, "Customer")) == ["Elm", "Oak: the pub"]
    (reject,) = rejects(tmp_path)
    assert reject["reason"] == "no active Customer is called 'Elm:Kitchen'"


def test_an_active_namesake_is_meant_and_of_several_inactive_ones_all_are_told(
    empty: Simulator, tmp_path: Path
) -> None:
    client = client_for(empty)
    gone = []
    for _ in range(2):
        gone.append(client.create(BY_NAME["ChartOfAccount"], {"name": "Marquees", "accountType": "7"})["id"])
        client.delete(BY_NAME["ChartOfAccount"], gone[-1])
    stdin = singer(vendors("A"), coded("chartOfAccountName", "Marquees"))
    ran = load(empty, tmp_path, stdin)
    assert ran.code == 1, ran.err
    (reject,) = rejects(tmp_path)
    first, second = sorted(gone)
    assert reject["reason"] == f"ChartOfAccount {first} (Marquees) and {second} (Marquees) are inactive in BILL"
    assert reject["hint"].startswith("Bring one of them back (`bill undelete chart_of_accounts ")
    new = client.create(BY_NAME["ChartOfAccount"], {"name": "Marquees", "accountType": "7"})["id"]
    assert load(empty, tmp_path, stdin).code == 0
    assert books(empty, "Bill")[0]["billLineItems"][0]["chartOfAccountId"] == new


def test_an_inactive_account_is_told_by_its_path_too(empty: Simulator, tmp_path: Path) -> None:
    gone = tree(empty, "chartOfAccountName", "Costs", "Costs>Rent")["Costs>Rent"]
    client_for(empty).delete(BY_NAME["ChartOfAccount"], gone)
    load(empty, tmp_path, singer(vendors("A"), coded("chartOfAccountName", "Costs:Rent")))
    assert rejects(tmp_path)[0]["reason"] == f"ChartOfAccount {gone} (Rent) is inactive in BILL"


def test_the_id_of_a_source_leads_to_nothing_that_is_deleted_here(empty: Simulator, tmp_path: Path) -> None:
    source = ("vendors", ["id"], [{"id": "V-7", "name": "Gone"}])
    assert load(empty, tmp_path, singer(source)).code == 0
    (stored,) = books(empty, "Vendor")
    client_for(empty).delete(BY_NAME["Vendor"], stored["id"])
    ran = load(empty, tmp_path, singer(("bills", ["uid"], [{"uid": 1, **bill("", "1", 5), "vendorId": "V-7"}])))
    assert ran.code == 1
    (reject,) = rejects(tmp_path)
    assert reject["reason"] == f"Vendor {stored['id']} (Gone) is inactive in BILL"
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
    assert ran.code == 2
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


@pytest.mark.parametrize(("name", "code"), [("A", 0), ("Nobody", 0), ("B", 1)])
def test_a_name_beside_an_id_counts_only_where_it_is_that_of_another(
    empty: Simulator, tmp_path: Path, name: str, code: int
) -> None:
    load(empty, tmp_path, singer(vendors("A", "B")))
    ids = {each["name"]: each["id"] for each in books(empty, "Vendor")}
    ran = load(empty, tmp_path, singer(bills({**bill(name, "1", 5), "vendorId": ids["A"]})))
    assert ran.code == code, ran.err
    assert [each["vendorId"] for each in books(empty, "Bill")] == [ids["A"]] * (1 - code)
