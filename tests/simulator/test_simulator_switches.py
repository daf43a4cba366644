"""Each unknown of sections 3 to 11 that changes what a client sees is a switch, and turning it shows."""

from __future__ import annotations

import ast
import re
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from simulator_caller import Caller, bill, code_of, codes_of

import bill_simulator
from bill_simulator import Simulator, defaults
from bill_simulator.behaviour.switches import Switches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator_caller import Body

pytest_plugins = ["simulator_fixtures"]

TESTS = Path(__file__).parents[1]
KEY = defaults.DEVELOPER_KEY
ACCOUNT = {"accountNumber": "9900001234", "routingNumber": "021000021"}


@pytest.fixture(scope="module")
def shelf() -> Iterator[Caller]:
    """Three vendors: one without a phone and a year, two with."""
    with Simulator(vendors=1, customers=0, bills=0, invoices=0) as simulator, Caller(simulator) as caller:
        caller.control.switch(filter_fields="any")
        caller.create("Vendor", name="None")
        caller.create("Vendor", name="Low", phone="1", since=1990, lastPaymentDate="2024-01-01")
        caller.create("Vendor", name="High", phone="9", since=2020, lastPaymentDate="2025-01-01")
        yield caller


@pytest.fixture(scope="module")
def code() -> list[ast.AST]:
    """All of the simulator's code."""
    trees = (ast.parse(each.read_text()) for each in Path(bill_simulator.__file__).parent.rglob("*.py"))
    return [node for tree in trees for node in ast.walk(tree)]


def asked(node: ast.AST) -> str | None:
    """The switch that code asks for, as `….switches.<name>`."""
    is_one = isinstance(node, ast.Attribute) and ast.unparse(node.value).endswith("switches")
    return node.attr if isinstance(node, ast.Attribute) and is_one else None


def test_each_switch_is_read(code: list[ast.AST]) -> None:
    unread = {each.name for each in fields(Switches)} - {asked(node) for node in code}
    assert not unread, "no rule of the simulator asks for it"


def test_a_switch_is_compared_with_its_own_choices_alone(code: list[ast.AST]) -> None:
    choices = {each.name: each.metadata["choices"] for each in fields(Switches)}
    compared = [
        (name, text.value)
        for node in code
        if isinstance(node, ast.Compare)
        for name in filter(None, map(asked, ast.walk(node)))
        for text in ast.walk(node)
        if isinstance(text, ast.Constant) and isinstance(text.value, str)
    ]
    assert len(compared) > len(choices) / 2
    assert not [each for each in compared if choices[each[0]] and each[1] not in choices[each[0]]]


def test_each_switch_is_turned_by_a_test() -> None:
    words = {word for each in TESTS.rglob("test_*.py") for word in re.findall(r"\w+", each.read_text())}
    assert not {each.name for each in fields(Switches)} - words, "no test turns it"


@pytest.mark.parametrize(("switch", "path"), [("same", "/api/v2"), ("other", "/cluster/api/v2")])
def test_the_end_point_of_login_is_a_switch_and_serves_every_call(caller: Caller, switch: str, path: str) -> None:
    caller.control.switch(login_end_point=switch)
    data = caller.sign_in()["response_data"]
    assert data["apiEndPoint"] == f"{caller.simulator.url}{path}"
    for base in (data["apiEndPoint"], caller.simulator.api_url):
        form = {"devKey": KEY, "sessionId": data["sessionId"]}
        assert caller.http.post(f"{base}/GetSessionInfo.json", form, timeout=5).json()["response_status"] == 0
        files = {"file": ("a.txt", b"text")}
        sent = {**form, "data": '{"fileName": "a.txt"}'}
        assert (
            caller.http.post(f"{base}/UploadAttachment.json", sent, files=files, timeout=5).json()["response_status"]
            == 0
        )


@pytest.mark.parametrize(
    ("switch", "value", "found"),
    [
        ("comma", "Low,High", {"Low", "High"}),
        ("comma", "Low, High", {"Low"}),
        ("comma_and_blanks", "Low , High", {"Low", "High"}),
        ("comma_and_blanks", "Low,High", {"Low", "High"}),
        ("none", "Low,High", set()),
        ("none", "Low", {"Low"}),
    ],
)
def test_what_separates_the_values_of_in(shelf: Caller, switch: str, value: str, found: set[str]) -> None:
    shelf.control.switch(in_separator=switch)
    assert {each["name"] for each in shelf.filtered("Vendor", "name", "in", value)} == found
    others = {each["name"] for each in shelf.filtered("Vendor", "name", "nin", value)}
    assert {"None", "Low", "High"} - others == found
    shelf.control.switch(in_separator="comma")


NULLS: dict[str, dict[str, bool]] = {
    "differs": {"=": False, "!=": True, "<": False, "<=": False, ">": False, ">=": False, "in": False, "nin": True},
    "unknown": {"=": False, "!=": False, "<": False, "<=": False, ">": False, ">=": False, "in": False, "nin": False},
    "smallest": {"=": False, "!=": True, "<": True, "<=": True, ">": False, ">=": False, "in": False, "nin": True},
    "empty_text": {"=": False, "!=": True, "<": True, "<=": True, ">": False, ">=": False, "in": False, "nin": True},
}


@pytest.mark.parametrize("switch", NULLS)
@pytest.mark.parametrize(("field", "value"), [("phone", "5"), ("since", "2000"), ("lastPaymentDate", "2024-06-01")])
def test_how_null_compares(shelf: Caller, switch: str, field: str, value: str) -> None:
    rest = {"=": set(), "!=": {"Low", "High"}, "<": {"Low"}, "<=": {"Low"}, ">": {"High"}, ">=": {"High"}}
    rest |= {"in": set(), "nin": {"Low", "High"}}
    shelf.control.switch(null_comparison=switch)
    for op, passes in NULLS[switch].items():
        found = {each["name"] for each in shelf.filtered("Vendor", field, op, value)} & {"None", "Low", "High"}
        assert found == rest[op] | ({"None"} if passes else set()), op
    shelf.control.switch(null_comparison="differs")


@pytest.mark.parametrize("field", ["phone", "since", "lastPaymentDate"])
def test_an_empty_text_may_ask_for_null(shelf: Caller, field: str) -> None:
    if field != "phone":
        assert shelf.refused("/List/Vendor.json", {"filters": [{"field": field, "op": "=", "value": ""}]}) == "BDC_1129"
    shelf.control.switch(null_comparison="empty_text")
    null, rest = {"None"}, {"Low", "High"}
    for op, wanted in {"=": null, "in": null, "<=": null, "<": set(), "!=": rest, "nin": rest, ">": rest}.items():
        found = {each["name"] for each in shelf.filtered("Vendor", field, op, "")} & (null | rest)
        assert found == wanted, op
    assert len(shelf.filtered("Vendor", "updatedTime", ">=", "")) == len(shelf.list("Vendor"))
    shelf.control.switch(null_comparison="differs")


def test_the_code_for_too_many_objects_is_a_switch(caller: Caller) -> None:
    caller.control.switch(bulk_over_limit_code="BDC_1999")
    caller.control.limit(bulk_objects=2)
    path = "/Bulk/Crud/Create/Vendor.json"
    assert caller.refused(path, {"bulk": [{}] * 3}) == "BDC_1999"
    assert codes_of(caller.ok(path, {"bulk": [{}] * 2})["bulk"]) == ["BDC_1108"] * 2


@pytest.mark.parametrize(
    ("switch", "codes"), [("refuse", None), ("partly", ["OK", "OK", "OK", "BDC_1144", "BDC_1144"])]
)
def test_what_is_done_of_a_bulk_call_above_the_hour_is_a_switch(
    caller: Caller, switch: str, codes: list[str] | None
) -> None:
    caller.control.switch(bulk_counts_as="elements", bulk_above_hour=switch)
    caller.control.set_clock("2025-09-01T10:00:00Z")
    caller.session_id = caller.sign_in()["response_data"]["sessionId"]
    vendor = caller.vendor()
    used = caller.control.get("/limits")["used"]["requests"][KEY]
    caller.control.limit(requests_per_hour=used + 3)
    sent = {"bulk": [{"obj": bill(vendor, f"B-{number}")} for number in range(5)]}
    before = caller.control.totals(caller.organization)["Bill"]["count"]
    answer = caller.call("/Bulk/Crud/Create/Bill.json", sent)
    stored = caller.control.totals(caller.organization)["Bill"]["count"] - before
    if codes is None:
        assert (code_of(answer), stored) == ("BDC_1144", 0)
    else:
        assert (codes_of(answer["response_data"]["bulk"]), stored) == (codes, 3)
        message = answer["response_data"]["bulk"][-1]["response_data"]["error_message"]
        assert message == f"Max number of allowed requests per hour reached: {used + 3}."
        assert caller.refused("/GetSessionInfo.json") == "BDC_1144"


def test_within_the_hour_every_element_is_served_and_counted(caller: Caller) -> None:
    caller.control.switch(bulk_counts_as="elements", bulk_above_hour="partly")
    used = caller.control.get("/limits")["used"]["requests"][KEY]
    elements = [{"obj": {"entity": "Vendor", "name": name}} for name in "abc"]
    assert codes_of(caller.bulk("Create", "Vendor", *elements)) == ["OK"] * 3
    assert caller.control.get("/limits")["used"]["requests"][KEY] == used + 3


@pytest.mark.parametrize(("switch", "routing"), [("clear", "021000021"), ("masked", "******0021")])
def test_whether_routing_numbers_are_masked_is_a_switch(caller: Caller, switch: str, routing: str) -> None:
    # section 4: documents of 2016 and captures of 2024 differ; accountNumber is masked in both
    caller.control.switch(routing_numbers=switch)
    caller.trust()
    made = caller.create("VendorBankAccount", vendorId=caller.vendor(), **ACCOUNT)
    shown = [
        made,
        caller.on("Read", "VendorBankAccount", made["id"]),
        caller.filtered("VendorBankAccount", "id", "=", made["id"])[0],
        caller.on("Delete", "VendorBankAccount", made["id"]),
    ]
    assert {(each["accountNumber"], each["routingNumber"]) for each in shown} == {("******1234", routing)}
    elements = [{"obj": {"entity": "VendorBankAccount", "vendorId": caller.vendor("Another"), **ACCOUNT}}]
    assert caller.bulk("Create", "VendorBankAccount", *elements)[0]["response_data"]["routingNumber"] == routing


def test_empty_texts_instead_of_null_are_a_switch(caller: Caller) -> None:
    # section 4: an older mock
    made = caller.create("Bill", **bill(caller.vendor(), "B-1", 4.5))
    caller.control.switch(empty_fields="empty_text")
    read = caller.on("Read", "Bill", made["id"])
    assert set(read) == set(made)
    assert (made["description"], read["description"]) == (None, "")
    assert read["billLineItems"][0]["description"] == ""
    assert caller.list("Invoice", nested=True)[0]["invoiceLineItems"][0]["taxCode"] == ""
    for name in ("paidAmount", "exchangeRate", "lastPaymentDate"):
        assert read[name] is None
    assert {name: value for name, value in read.items() if value != "" and name != "billLineItems"} == {
        name: value for name, value in made.items() if read[name] != "" and name != "billLineItems"
    }


def test_operations_nobody_knows_of_are_a_switch(caller: Caller) -> None:
    # section 7: undelete of bank accounts; section 9: bulk for customers' accounts and more
    caller.trust()
    vendor = caller.vendor()
    made = caller.create("VendorBankAccount", vendorId=vendor, **ACCOUNT)
    caller.on("Delete", "VendorBankAccount", made["id"])
    path, wanted = "/Crud/Undelete/VendorBankAccount.json", {"id": made["id"]}
    assert caller.refused(path, wanted) == "BDC_1121"
    caller.control.switch(unknown_operations="offer")
    assert caller.ok(path, wanted)["isActive"] == "1"
    owner = caller.list("VendorBankAccount", filters=[{"field": "id", "op": "=", "value": wanted["id"]}])[0]["vendorId"]
    assert caller.on("Read", "Vendor", owner)["payBy"] == "1"
    assert caller.refused("/Crud/Update/VendorBankAccount.json", {"obj": {}}) == "BDC_1121"  # documented: there is none
    assert codes_of(caller.bulk("Delete", "Bill", {"id": "x"})) == ["BDC_1120"]
    caller.session_id = caller.sign_in()["response_data"]["sessionId"]
    assert caller.refused(path, wanted) == "BDC_1361"


KNOWN: dict[str, Any] = {
    "2: apiEndPoint": "login_end_point",
    "4: routing numbers": "routing_numbers",
    "4: empty text": "empty_fields",
    "6: bad mfaId at Login": "login_bad_mfa",
    "6: bank account reads": "bank_account_reads",
    "6: exempt from MFA": "mfa_required",
    "6: mfaId without rememberMe": "mfa_id_without_remember",
    "7: code of an unknown id": "not_found_code",
    "7: scope of duplicate bills": "duplicate_bill_scope",
    "7: code of a duplicate name": "duplicate_name_code",
    "7: code of a duplicate number": "duplicate_number_code",
    "7: an update without the array of lines": "update_without_lines",
    "8: lines without nested, and what nested adds": "unnested_children",
    "8: in separator": "in_separator",
    "8: null": "null_comparison",
    "8: order of null": "null_order",
    "8: max above 999": "list_over_limit",
    "9: over 100": "bulk_over_limit_code",
    "9: when the top level turns to Error": "bulk_top_level",
    "9: 1 or N requests": "bulk_counts_as",
    "9: above the hour": "bulk_above_hour",
    "9: operations without evidence": "unknown_operations",
    "10: code of a refused file": "attachment_refusal_code",
    "16: device ids": "mfa_device_id_limit",
}
WITHOUT = {
    "3: none": "section 3 has no unknown but the case of names (inferred)",
    "5: what a token's session may": "a user with `forbidden` operations plays it",
    "8: keys of showAudit": "nothing is added: any key would be invented",
    "10: attributes of GetEntityMetadata, shape of Errors.json": "ours, and said to be",
    "6: code of useBackup": "BDC_1129, as for every wrong parameter",
    "11: code without a developer key": "BDC_1108, as for a Login without parameters, with the text that was seen",
}
"""Unknowns without a switch, and why."""


def test_every_unknown_is_a_switch_or_says_why_not(caller: Caller) -> None:
    switches: Body = caller.control.get("/switches")
    assert set(KNOWN.values()) <= set(switches)
    assert all(WITHOUT.values())


@pytest.mark.parametrize("left", ["keep", "wipe"])
def test_lines_that_an_update_leaves_out_stay_or_go(caller: Caller, left: str) -> None:
    # section 7, 5
    made = caller.create("Bill", **bill(caller.vendor(), "B-1", 10, 20))
    caller.control.switch(update_without_lines=left)
    after = caller.update("Bill", id=made["id"], description="new")
    assert [line["amount"] for line in after["billLineItems"]] == ([10, 20] if left == "keep" else [])
    assert (after["amount"], after["dueAmount"]) == ((30, 30) if left == "keep" else (0, 0))


def test_texts_may_be_kept_in_another_form(caller: Caller) -> None:
    caller.control.switch(changed_texts="names_and_countries")
    stored = caller.create("Vendor", name="Fern Ltd", addressCountry="usa", address1="Elm st")
    assert [stored[each] for each in ("name", "addressCountry", "address1")] == ["FERN LTD", "United States", "Elm st"]
    caller.control.switch(changed_texts="escaped")
    stored = caller.create("Vendor", name="M\u00fcller & S\u00f6hne", addressCountry="usa")
    assert [stored[each] for each in ("name", "addressCountry")] == ["Muller &amp; Sohne", "usa"]
