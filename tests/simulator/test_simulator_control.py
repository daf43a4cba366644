"""The control plane under `/_simulator/`."""

from __future__ import annotations

import json
import threading
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import requests
from simulator_caller import SMALL, TIMEOUT_S, Caller, bill, invoice

from bill_api.entities import ENTITIES
from bill_simulator import ControlError, defaults
from bill_simulator.behaviour.switches import Switches

if TYPE_CHECKING:
    from simulator_caller import Body

pytest_plugins = ["simulator_fixtures"]

UNKNOWNS = (
    "bulk_top_level",
    "bulk_transaction",
    "login_bad_mfa",
    "bank_account_reads",
    "default_order",
    "list_inactive",
    "list_over_limit",
    "update_lines",
    "update_absent",
    "duplicate_names",
    "error_http_status",
    "bulk_counts_as",
)


def test_health(caller: Caller) -> None:
    answer = requests.get(f"{caller.simulator.url}/_simulator/health", timeout=TIMEOUT_S).json()
    assert answer["status"] == "ok"
    assert answer["organizations"] == [defaults.ORGANIZATION_ID, defaults.EMPTY_ORGANIZATION_ID]


def test_the_clock_is_real_until_set_and_runs_on(caller: Caller) -> None:
    real = datetime.now().astimezone()
    assert abs(datetime.fromisoformat(caller.control.now()) - real) < timedelta(seconds=5)
    caller.control.set_clock("2025-07-01T09:00:00Z")
    assert caller.control.now().startswith("2025-07-01T09:00:0")
    caller.control.advance(3600)
    caller.control.advance(0.5)
    assert caller.control.now().startswith("2025-07-01T10:00:0")
    assert caller.create("Vendor", name="X")["createdTime"].startswith("2025-07-01T10:00:0")
    caller.control.set_clock(None)
    assert abs(datetime.fromisoformat(caller.control.now()) - real) < timedelta(seconds=60)


@pytest.mark.parametrize("body", [{}, {"now": "tomorrow"}, {"now": 5}, {"advance_s": "x"}, {"later": 1}])
def test_a_wrong_clock_is_refused(caller: Caller, body: Body) -> None:
    with pytest.raises(ControlError, match="error"):
        caller.control.call("POST", "/clock", body)


def test_every_unknown_of_section_14_is_a_switch(caller: Caller) -> None:
    switches = caller.control.get("/switches")
    assert set(UNKNOWNS) <= set(switches)
    for each in switches.values():
        assert set(each) == {"value", "default", "choices", "doc"}
        assert each["value"] == each["default"]
        assert each["default"] in each["choices"] or not each["choices"]
        assert each["doc"]


def test_the_defaults_of_section_14_are_those_suggested() -> None:
    switches = Switches()
    assert switches.bulk_top_level == "success"
    assert switches.bulk_transaction == "per_element"
    assert switches.login_bad_mfa == "untrusted"
    assert switches.bank_account_reads == "open"
    assert switches.list_inactive == "include"
    assert switches.update_lines == "replace"
    assert switches.update_absent == "keep"
    assert switches.error_http_status == "200"


@pytest.mark.parametrize(
    ("name", "value", "told"), [("nope", "1", "default_order"), ("default_order", "up", "shuffled")]
)
def test_a_wrong_switch_names_the_choices(caller: Caller, name: str, value: str, told: str) -> None:
    with pytest.raises(ControlError, match=told):
        caller.control.switch(**{name: value})


@pytest.mark.parametrize(
    ("name", "value"), [("nope", 1), ("concurrent", -1), ("concurrent", True), ("concurrent", "3")]
)
def test_a_wrong_limit_is_refused(caller: Caller, name: str, value: Any) -> None:
    with pytest.raises(ControlError, match=name):
        caller.control.limit(**{name: value})


def test_a_body_that_is_no_json_object_is_refused(caller: Caller) -> None:
    for body in ("[1]", "{"):
        answer = requests.post(f"{caller.simulator.url}/_simulator/limits", body, timeout=TIMEOUT_S)
        assert answer.status_code == 400
        assert answer.json()["error"]


def test_the_books_are_json_lines_with_lines_and_deleted_objects(caller: Caller) -> None:
    made = caller.create("Bill", **bill(caller.vendor(), "B-1", 4.5))
    gone = caller.on("Delete", "Bill", made["id"])
    url = f"{caller.simulator.url}/_simulator/books/{caller.organization}/Bill"
    lines = requests.get(url, timeout=TIMEOUT_S).text.splitlines()
    assert len(lines) == SMALL["bills"] + 1
    assert json.loads(lines[-1], parse_float=Decimal) == gone
    assert caller.control.books(defaults.EMPTY_ORGANIZATION_ID, "Bill") == []


def test_totals_count_objects_and_money_exactly(caller: Caller) -> None:
    before = caller.control.totals(caller.organization)
    vendor = caller.vendor()
    caller.create("Bill", **bill(vendor, "B-1", 0.1, 0.2))
    gone = caller.create("Bill", **bill(vendor, "B-2", 5))
    caller.on("Delete", "Bill", gone["id"])
    caller.create("Invoice", **invoice(caller.customer(), "I-1", {"quantity": 3, "price": 0.1}))
    after = caller.control.totals(caller.organization)
    assert set(after) == {each.name for each in ENTITIES}
    grown = {name: after["Bill"][name] - before["Bill"][name] for name in after["Bill"]}
    assert grown == {
        "count": 2,
        "active": 1,
        "amount": Decimal("5.3"),
        "amount_active": Decimal("0.3"),
        "dueAmount": Decimal("5.3"),
        "dueAmount_active": Decimal("0.3"),
    }
    assert after["Invoice"]["amountDue"] - before["Invoice"]["amountDue"] == Decimal("0.3")


@pytest.mark.parametrize("path", ["/books/nowhere", "/books/nowhere/Bill", "/duplicates/nowhere"])
def test_unknown_books_are_refused(caller: Caller, path: str) -> None:
    with pytest.raises(ControlError, match="nowhere"):
        caller.control.get(path)


def test_an_unknown_entity_is_refused(caller: Caller) -> None:
    with pytest.raises(ControlError, match="Nonsense"):
        caller.control.books(caller.organization, "Nonsense")


def test_the_request_log_has_every_call_and_no_secret(caller: Caller) -> None:
    caller.control.forget_requests()
    caller.sign_in()
    caller.list("Bill", max=4)
    caller.refused("/Crud/Read/Vendor.json", {"id": "nobody"})
    caller.bulk("Create", "Bill", {"obj": bill(caller.list("Vendor")[0]["id"], "B-1")}, {"obj": {}})
    log = caller.control.requests()
    wanted = ("path", "entity", "organization", "code", "rows", "refused_rows")
    assert [tuple(each[name] for name in wanted) for each in log] == [
        ("/Login.json", None, caller.organization, "OK", None, None),
        ("/List/Bill.json", "Bill", caller.organization, "OK", 4, None),
        ("/Crud/Read/Vendor.json", "Vendor", caller.organization, "BDC_1120", None, None),
        ("/List/Vendor.json", "Vendor", caller.organization, "OK", SMALL["vendors"], None),
        ("/Bulk/Crud/Create/Bill.json", "Bill", caller.organization, "OK", 1, 1),
    ]
    assert all(each["duration_ms"] >= 0 and each["time"] for each in log)
    for secret in (defaults.PASSWORD, defaults.DEVELOPER_KEY, caller.session_id):
        assert secret not in repr(log)


def test_the_summary_counts(caller: Caller) -> None:
    caller.control.forget_requests()
    assert caller.control.summary()["calls"] == 0
    caller.sign_in()
    caller.list("Bill")
    caller.list("Bill")
    caller.refused("/Crud/Read/Vendor.json", {"id": "nobody"})
    assert caller.control.summary() == {
        "calls": 4,
        "paths": {"/Crud/Read/Vendor.json": 1, "/List/Bill.json": 2, "/Login.json": 1},
        "codes": {"BDC_1120": 1, "OK": 3},
        "logins": 1,
        "peak_at_once": 1,
        "peak_at_once_by_organization": {caller.organization: 1},
    }


def test_a_reset_returns_everything_to_the_start(caller: Caller) -> None:
    books = caller.control.books(caller.organization, "Bill")
    caller.create("Bill", **bill(caller.vendor(), "B-1"))
    caller.control.switch(default_order="id")
    caller.control.limit(concurrent=1)
    caller.control.advance(10_000)
    caller.control.fault("drop_before", "/nothing")
    caller.control.reset()
    assert caller.control.books(caller.organization, "Bill") == books
    assert caller.control.get("/switches")["default_order"]["value"] == "created"
    assert caller.control.get("/limits")["concurrent"] == 3
    assert abs(caller.control.get("/clock")["offset_s"]) < 1
    assert caller.control.faults() == []
    assert caller.control.requests() == []
    assert caller.refused("/GetSessionInfo.json") == "BDC_1109"


def test_a_reset_may_change_the_sizes(caller: Caller) -> None:
    caller.control.reset(vendors=2, bills=3, seed=7)
    totals = caller.control.totals(caller.organization)
    assert (totals["Vendor"]["count"], totals["Bill"]["count"]) == (2, 3)
    assert totals["Invoice"]["count"] == SMALL["invoices"]


@pytest.mark.parametrize("sizes", [{"pencils": 1}, {"bills": -1}, {"vendors": 0}, {"bills": "many"}])
def test_wrong_sizes_are_refused_and_nothing_changes(caller: Caller, sizes: Any) -> None:
    with pytest.raises(ControlError):
        caller.control.reset(**sizes)
    assert caller.control.totals(caller.organization)["Bill"]["count"] == SMALL["bills"]


def test_a_call_that_waits_during_a_reset_does_not_write_into_the_new_books(caller: Caller) -> None:
    vendor = caller.list("Vendor")[0]["id"]
    caller.control.limit(write_latency_ms=200)
    url = f"{caller.simulator.api_url}/Crud/Create/Bill.json"
    with pytest.raises(requests.Timeout):
        requests.post(url, caller.form({"obj": bill(vendor, "B-1")}), timeout=0.05)
    caller.control.reset()
    caller.session_id = caller.sign_in()["response_data"]["sessionId"]
    for _ in range(500):
        if "/Crud/Create/Bill.json" in caller.control.summary()["paths"]:
            break
        threading.Event().wait(0.01)
    assert caller.control.summary()["codes"] == {"OK": 1, "BDC_1109": 1}
    assert caller.filtered("Bill", "invoiceNumber", "=", "B-1") == []


def test_another_organization_can_be_seeded_and_the_first_stays_as_it_is(caller: Caller) -> None:
    other = defaults.EMPTY_ORGANIZATION_ID
    before = caller.control.totals(caller.organization)
    caller.control.seed(other, seed=3, vendors=6, customers=3, bills=9, invoices=4)
    sizes = {name: each["count"] for name, each in caller.control.totals(other).items()}
    assert (sizes["Vendor"], sizes["Customer"], sizes["Bill"], sizes["Invoice"]) == (6, 3, 9, 4)
    assert caller.control.totals(caller.organization) == before
    ids = {row["id"] for row in caller.control.books(other, "Vendor")}
    assert not ids & {row["id"] for row in caller.control.books(caller.organization, "Vendor")}
    with Caller(caller.simulator, other) as there:
        assert {row["id"] for row in there.list("Vendor")} == ids
