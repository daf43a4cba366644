"""The mutator: rows that change while somebody reads, and the record of what changed."""

from __future__ import annotations

import threading
import time
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from simulator_caller import SMALL, TIMEOUT_S, Caller, bill

from bill_api.entities import ENTITIES as TABLE
from bill_api.table.entity import Operation
from bill_simulator import ControlError, Simulator, defaults
from bill_simulator.rules import crud

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator_caller import Body, Rows

pytest_plugins = ["simulator_fixtures"]

NEEDED = (Operation.CREATE, Operation.UPDATE, Operation.DELETE)
ENTITIES = tuple(each.name for each in TABLE if all(each.offers(one) for one in NEEDED))
FAST = 20_000


def until(holds: Callable[[], object]) -> None:
    """Wait for something that is bound to come, and fail when it does not."""
    give_up_at = time.monotonic() + TIMEOUT_S
    while not holds():
        assert time.monotonic() < give_up_at, "it never came"
        threading.Event().wait(0.005)


def mutated(caller: Caller, stop_after: int, **details: Any) -> Rows:
    """What was changed by a run of so many rows."""
    caller.control.mutate(stop_after=stop_after, **{"rate_per_s": FAST, **details})
    until(lambda: not caller.control.mutator()["running"])
    return caller.control.changes()


def books(caller: Caller) -> dict[str, dict[str, Body]]:
    return {name: {each["id"]: each for each in caller.control.books(caller.organization, name)} for name in ENTITIES}


def differing(before: Body, after: Body) -> set[str]:
    return {name for name in after if after[name] != before[name]} - {"updatedTime"}


def without_times(changes: Rows) -> Rows:
    return [{name: value for name, value in each.items() if name != "time"} for each in changes]


def test_nothing_changes_unless_told(caller: Caller) -> None:
    assert caller.control.mutator() == {"running": False, "plan": None}
    assert caller.control.changes() == []
    assert caller.control.stop_mutating() == {"running": False, "plan": None}


def test_the_record_tells_every_change_and_nothing_else(caller: Caller) -> None:
    caller.control.set_clock("2025-09-01T10:00:00Z")
    before = books(caller)
    changes = mutated(caller, 600, entities=ENTITIES)
    after = books(caller)
    assert {each["entity"] for each in changes} == set(ENTITIES)
    last = {each["id"]: each for each in changes}
    for entity in ENTITIES:
        told = {each["id"]: each["change"] for each in reversed(changes) if each["entity"] == entity}
        created = set(after[entity]) - set(before[entity])
        assert {object_id for object_id, first in told.items() if first == "created"} == created
        assert {each for each in before[entity] if after[entity][each] != before[entity][each]} == set(told) - created
        for object_id in told:
            assert after[entity][object_id]["updatedTime"] == last[object_id]["time"]
            ends = [each["change"] for each in changes if each["id"] == object_id and each["change"] != "updated"]
            active = before[entity].get(object_id, {"isActive": "1"})["isActive"]
            expected = {"deleted": "2", "undeleted": "1"}.get(ends[-1], active) if ends else active
            assert after[entity][object_id]["isActive"] == expected
    assert set(Counter(each["change"] for each in changes)) == {"created", "updated", "deleted", "undeleted"}
    assert {each["organization"] for each in changes} == {caller.organization}


def test_unless_told_otherwise_it_changes_bills_invoices_vendors_and_customers(caller: Caller) -> None:
    assert {each["entity"] for each in mutated(caller, 60)} == {"Bill", "Invoice", "Vendor", "Customer"}


def test_a_change_names_the_fields_that_are_different_now(caller: Caller) -> None:
    before = books(caller)
    changes = mutated(caller, 40)
    after = books(caller)
    times = Counter(each["id"] for each in changes)
    once = [each for each in changes if times[each["id"]] == 1 and each["change"] != "created"]
    assert len(once) > 5
    for each in once:
        old, new = before[each["entity"]][each["id"]], after[each["entity"]][each["id"]]
        assert set(each["fields"]) == differing(old, new)
        assert each["fields"]
    (made,) = mutated(caller, 1, entities=["Bill"], update=0, delete=0)
    assert made["fields"] == ["vendorId", "invoiceNumber", "invoiceDate", "dueDate", "billLineItems"]


def test_totals_stay_the_sums_of_the_lines(caller: Caller) -> None:
    mutated(caller, 200, entities=["Bill", "Invoice"])
    after = books(caller)
    for each in after["Bill"].values():
        assert each["amount"] == sum(line["amount"] for line in each["billLineItems"])
    for each in after["Invoice"].values():
        assert each["amount"] == sum(line["amount"] for line in each["invoiceLineItems"])
    lines = [line["id"] for each in after["Bill"].values() for line in each["billLineItems"]]
    assert len(lines) == len(set(lines))


def test_the_same_seed_changes_the_same(caller: Caller) -> None:
    seen = []
    for seed in (5, 5, 6):
        caller.control.reset()
        caller.control.set_clock("2025-09-01T10:00:00Z")
        changes = mutated(caller, 120, seed=seed)
        seen.append((without_times(changes), [sorted(each) for each in books(caller).values()]))
    assert seen[0] == seen[1] != seen[2]


@pytest.mark.parametrize(
    ("share", "seen"),
    [("update", {"updated"}), ("create", {"created"}), ("delete", {"deleted", "undeleted"})],
)
def test_the_shares_decide_what_happens(caller: Caller, share: str, seen: set[str]) -> None:
    shares = {"update": 0, "create": 0, "delete": 0, share: 1}
    changes = mutated(caller, 60, **shares, entities=["Vendor"])
    assert {each["change"] for each in changes} == seen
    assert {each["entity"] for each in changes} == {"Vendor"}


def test_an_object_is_undeleted_only_after_it_was_deleted(caller: Caller) -> None:
    active = {object_id: each["isActive"] == "1" for object_id, each in books(caller)["Customer"].items()}
    for each in mutated(caller, 60, update=0, create=0, delete=1, entities=["Customer"]):
        assert each["change"] == ("deleted" if active[each["id"]] else "undeleted")
        active[each["id"]] = not active[each["id"]]


def test_rows_change_together_as_in_a_bulk_call(caller: Caller) -> None:
    # 103 is no multiple of 4: the last go is cut to what is left
    changes = mutated(caller, 103, together=4)
    for go in (changes[start : start + 4] for start in range(0, 103, 4)):
        assert len({(each["time"], each["entity"]) for each in go}) == 1
        assert len({each["id"] for each in go}) == len(go)
        kinds = {each["change"] for each in go}
        assert len(kinds) == 1 or kinds == {"deleted", "undeleted"}
    assert len(changes) == 103


def test_the_rate_is_kept_and_reported(caller: Caller) -> None:
    caller.control.mutate(rate_per_s=500)
    until(lambda: caller.control.mutator()["changed"] >= 100)
    state = caller.control.stop_mutating()
    assert state["changed"] <= 500 * state["seconds"]
    assert abs(state["achieved_per_s"] * state["seconds"] - state["changed"]) <= 1
    assert abs(500 * state["seconds"] - state["changed"] - state["behind"]) <= 1
    assert sum(state["changes"].values()) == state["changed"] == len(caller.control.changes())


def test_a_rate_beyond_its_strength_is_told_and_others_are_served_meanwhile(caller: Caller) -> None:
    caller.control.mutate(rate_per_s=1_000_000)
    for number in range(10):
        caller.create("Bill", **bill(caller.list("Vendor")[0]["id"], f"B-{number}"))
    state = caller.control.mutator()
    assert state["running"]
    assert state["behind"] > 0
    assert state["achieved_per_s"] < 1_000_000


def test_what_others_create_is_changed_too(caller: Caller) -> None:
    caller.control.mutate(rate_per_s=FAST, entities=["Vendor"], create=0, delete=0)
    made = caller.vendor()
    until(lambda: any(each["id"] == made for each in caller.control.changes()))


def test_it_stops_when_told_and_the_record_stays(caller: Caller) -> None:
    caller.control.mutate(rate_per_s=FAST)
    until(lambda: caller.control.mutator()["changed"])
    state = caller.control.stop_mutating()
    assert (state["running"], state["ended"]) == (False, "stopped")
    after = books(caller)
    until(lambda: caller.control.mutator() == state)
    assert books(caller) == after
    assert len(caller.control.changes()) == state["changed"]


def test_a_second_run_takes_the_place_of_the_first(caller: Caller) -> None:
    caller.control.mutate(rate_per_s=FAST, entities=["Bill"])
    until(lambda: caller.control.mutator()["changed"])
    changes = mutated(caller, 10, entities=["Vendor"])
    assert [each["entity"] for each in changes] == ["Vendor"] * 10
    bills = books(caller)["Bill"]
    caller.ok("/CurrentTime.json")
    assert books(caller)["Bill"] == bills


def test_a_reset_stops_it(small_simulator: Simulator, caller: Caller) -> None:
    caller.control.mutate(rate_per_s=FAST)
    until(lambda: caller.control.mutator()["changed"])
    run = small_simulator._server.mutator._run
    caller.control.reset()
    assert run is not None
    state = run.described()
    assert (state["running"], state["ended"]) == (False, "stopped")
    assert caller.control.mutator() == {"running": False, "plan": None}
    assert caller.control.changes() == []
    assert {name: len(rows) for name, rows in books(caller).items()}["Bill"] == SMALL["bills"]
    assert run.described() == state


def test_it_goes_with_its_server(caplog: pytest.LogCaptureFixture) -> None:
    with Simulator(**SMALL) as simulator:
        simulator.control.mutate(rate_per_s=FAST)
        until(lambda: simulator.control.mutator()["changed"])
    assert simulator._server.mutator.described()["ended"] == "stopped"
    assert caplog.records == []


def test_what_the_rules_refuse_is_counted_and_it_goes_on(caller: Caller) -> None:
    name = caller.list("Vendor")[0]["name"]
    for each in caller.list("Vendor"):
        caller.on("Delete", "Vendor", each["id"])
    caller.vendor(name)
    caller.control.mutate(rate_per_s=FAST, entities=["Vendor"], update=0, create=0, seed=4)
    until(lambda: caller.control.mutator()["refused"])
    refused = caller.control.mutator()["refused"]
    assert set(refused) == {"BDC_1119"}
    until(lambda: caller.control.mutator()["refused"]["BDC_1119"] > refused["BDC_1119"])
    assert caller.control.stop_mutating()["ended"] == "stopped"
    assert caller.control.duplicates(caller.organization) == {}


@pytest.mark.parametrize(("share", "code"), [("create", "BDC_1117"), ("update", "BDC_1108")])
def test_where_there_is_nothing_it_can_do_nothing(caller: Caller, share: str, code: str) -> None:
    shares = {"update": 0, "create": 0, "delete": 0, share: 1}
    caller.control.mutate(rate_per_s=FAST, entities=["Bill"], organization=defaults.EMPTY_ORGANIZATION_ID, **shares)
    until(lambda: caller.control.mutator()["refused"])
    assert set(caller.control.mutator()["refused"]) == {code}
    assert caller.control.changes() == []


def test_it_may_work_in_another_organization(caller: Caller) -> None:
    before = books(caller)
    changes = mutated(caller, 20, organization=defaults.EMPTY_ORGANIZATION_ID, entities=["Vendor"])
    assert {each["organization"] for each in changes} == {defaults.EMPTY_ORGANIZATION_ID}
    assert books(caller) == before
    assert {each["id"] for each in changes} == {
        each["id"] for each in caller.control.books(defaults.EMPTY_ORGANIZATION_ID, "Vendor")
    }


def test_it_counts_against_no_limit_and_is_not_in_the_request_log(caller: Caller) -> None:
    used, calls = caller.control.get("/limits")["used"], caller.control.requests()
    mutated(caller, 20)
    assert caller.control.get("/limits")["used"] == used
    assert caller.control.requests() == calls


def test_a_mutator_that_fails_says_so(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    # nothing else can make it fail: that is what the guard is for
    monkeypatch.delattr(crud, "update")
    caller.control.mutate(rate_per_s=FAST)
    until(lambda: not caller.control.mutator()["running"])
    assert caller.control.mutator()["ended"].startswith("failed: AttributeError")


@pytest.mark.parametrize(
    ("details", "told"),
    [
        ({"organization": "nowhere"}, "nowhere"),
        ({"rate_per_s": 0}, "rate_per_s"),
        ({"rate_per_s": "fast"}, "rate_per_s"),
        ({"rate_per_s": 1_000_001}, "rate_per_s"),
        ({"rate_per_s": Decimal("1e400")}, "rate_per_s"),
        ({"seed": 1.5}, "seed"),
        ({"entities": []}, "entities"),
        ({"entities": "Bill"}, "entities"),
        ({"entities": ["Nonsense"]}, "Nonsense"),
        ({"entities": ["VendorBankAccount"]}, "VendorBankAccount"),
        ({"entities": [5]}, "5"),
        ({"update": -1}, "update"),
        ({"update": Decimal("1e400")}, "update"),
        ({"update": 0, "create": 0, "delete": 0}, "above 0"),
        ({"together": 0}, "together"),
        ({"together": 10_001}, "together"),
        ({"stop_after": 0}, "stop_after"),
        ({"pencils": 1}, "pencils"),
    ],
)
def test_a_wrong_plan_is_refused_and_the_run_before_goes_on(caller: Caller, details: Body, told: str) -> None:
    caller.control.mutate(rate_per_s=1)
    with pytest.raises(ControlError, match=told):
        caller.control.mutate(**details)
    assert caller.control.mutator()["running"]


SUMMED = ("amount", "dueAmount", "amountDue")


def assert_totals_are_those_of_the_objects(caller: Caller) -> None:
    for entity, totals in caller.control.totals(caller.organization).items():
        rows = caller.control.books(caller.organization, entity)
        active = [each for each in rows if each.get("isActive", "1") == "1"]
        counted = {"count": len(rows), "active": len(active)}
        for name in (each for each in SUMMED if each in totals):
            counted |= {name: sum(each[name] for each in rows), f"{name}_active": sum(each[name] for each in active)}
        assert totals == counted, entity


def test_totals_follow_every_change_and_its_undoing(caller: Caller) -> None:
    assert_totals_are_those_of_the_objects(caller)
    mutated(caller, 200, seed=7, update=0.4, create=0.3, delete=0.3)
    assert_totals_are_those_of_the_objects(caller)
    before = caller.control.totals(caller.organization)
    caller.control.switch(bulk_transaction="all_or_nothing")
    vendor, known = caller.list("Vendor")[0]["id"], caller.list("Bill")[0]["id"]
    caller.bulk("Create", "Bill", {"obj": bill(vendor, "UNDONE", 12.5)}, {"obj": {"entity": "Bill"}})
    caller.bulk("Update", "Bill", {"obj": {"id": known, "billLineItems": [{"amount": 9}]}}, {"obj": {"id": "nobody"}})
    assert caller.control.totals(caller.organization) == before
    assert_totals_are_those_of_the_objects(caller)
