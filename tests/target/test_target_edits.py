"""The edit guard: what was edited in BILL between the look and the call is not overwritten, and said by field."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from conftest import client_for
from hypothesis import given
from hypothesis import strategies as st
from target_run import (
    WAIT_S,
    account,
    bill,
    bills,
    books,
    load,
    opened,
    rejects,
    report,
    singer,
    started,
    until,
    vendors,
    writes,
)

from bill_api.entities import BY_NAME, BY_STREAM
from target_bill.plan.edits import edits

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from random import Random

    from bill_simulator import Simulator

BILL = BY_NAME["Bill"]
READS = "*Crud/Read/*"
PLAN = "plan.json"
DAYS = {"invoiceDate": "2026-01-05", "dueDate": "2026-02-05"}
RECURS = {"timePeriod": "2", "frequencyPerTimePeriod": 1, "nextDueDate": "2026-04-01", "daysInAdvance": 5}

Record = dict[str, Any]

KINDS: dict[str, tuple[Record, Record, Record]] = {
    "departments": ({"name": "North"}, {"description": "ours"}, {"shortName": "theirs"}),
    "vendors": ({"name": "Elm Ltd"}, {"phone": "1"}, {"email": "theirs@elm.test"}),
    "customers": ({"name": "Oak Ltd"}, {"phone": "1"}, {"email": "theirs@oak.test"}),
    "bills": (bill("A", "1", 10, 20), {"description": "ours"}, {"poNumber": "theirs"}),
    "invoices": (
        {"customerName": "C", "invoiceNumber": "1", **DAYS, "invoiceLineItems": [{"quantity": 1, "price": 5}]},
        {"description": "ours"},
        {"poNumber": "theirs"},
    ),
    "vendor_credits": (
        {"vendorName": "A", "refNumber": "1", "creditDate": "2026-01-05", "vendorCreditLineItems": [{"amount": 5}]},
        {"description": "ours"},
        {"poNumber": "theirs"},
    ),
    "recurring_bills": (
        {"vendorName": "A", **RECURS, "recurringBillLineItems": [{"amount": 9}]},
        {"description": "ours"},
        {"endDate": "2027-01-01"},
    ),
}
"""A record, what its next version changes, and what a person edits meanwhile."""

PARENTS = (vendors("A"), ("customers", ["name"], [{"name": "C"}]))


def edit(simulator: Simulator, entity: str, bill_id: str, **changes: Any) -> None:
    """An edit by a person: the whole object is sent back, with the lines that it has."""
    client, kind = client_for(simulator), BY_NAME[entity]
    now = next(each for each in books(simulator, entity) if each["id"] == bill_id)
    lines = {kind.lines.name: now[kind.lines.name]} if kind.lines else {}
    needed = {each.name: now[each.name] for each in kind.fields if each.required and now.get(each.name)}
    client.update(kind, {**needed, **lines, "id": bill_id, **changes})


def edited_meanwhile(
    simulator: Simulator, folder: Path, stdin: str, edit: Callable[[], Any], **more: Any
) -> tuple[int | None, str]:
    """Load, and edit when everything is decided on and the run reads its objects once more."""
    simulator.control.fault("stall", READS, count=0)
    process = started(simulator, folder, stdin, **{"timeout_s": 1, **more})
    until(lambda: simulator.control.faults()[0]["fired"])
    edit()
    simulator.control.clear_faults()
    _, err = process.communicate(timeout=WAIT_S)
    assert "Traceback" not in err
    return process.returncode, err


def of(stream: str, **change: Any) -> str:
    return singer((stream, ["uid"], [{"uid": 1, **KINDS[stream][0], **change}]))


def loaded(simulator: Simulator, folder: Path, stream: str) -> dict[str, Any]:
    """The object of the first version, alone of its kind by its content."""
    assert load(simulator, folder, singer(*PARENTS)).code == 0
    before = {each["id"] for each in books(simulator, BY_STREAM[stream].name)}
    ran = load(simulator, folder, of(stream))
    assert ran.code == 0, ran.err
    (made,) = [each for each in books(simulator, BY_STREAM[stream].name) if each["id"] not in before]
    simulator.control.forget_requests()
    return made


@pytest.mark.parametrize("stream", KINDS)
def test_what_a_person_edits_before_the_call_leaves_stays_and_is_told_by_field(
    empty: Simulator, tmp_path: Path, stream: str
) -> None:
    entity = BY_STREAM[stream].name
    made = loaded(empty, tmp_path, stream)
    ours, theirs = KINDS[stream][1:]
    code, err = edited_meanwhile(empty, tmp_path, of(stream, **ours), lambda: edit(empty, entity, made["id"], **theirs))
    assert code == 1, err
    (name, value), (own, _) = next(iter(theirs.items())), next(iter(ours.items()))
    (now,) = [each for each in books(empty, entity) if each["id"] == made["id"]]
    assert (now[name], now.get(own) or "") == (value, ""), "their edit stays, and nothing of ours was sent"
    (reject,) = rejects(tmp_path)
    assert reject["field"] == name
    assert (
        f"{made['id']} was changed in BILL after it was looked at: `{name}` from nothing to '{value}'"
        in (reject["reason"])
    )
    assert reject["hint"].startswith("Nothing was sent. Look at it in BILL")
    with opened(tmp_path) as ledger:
        assert ledger.execute("SELECT count(*) FROM intents").fetchone() == (0,), "nothing is in doubt"
    again = load(empty, tmp_path, of(stream, **ours))
    assert again.code == 0, again.err
    (now,) = [each for each in books(empty, entity) if each["id"] == made["id"]]
    assert now[name] == value, "the next run goes by what BILL has"
    assert now[own] == ours[own]


LINES = {
    "an amount": ([10, 25], "`lines[1].amount` from '20.00' to '25.00'"),
    "a line more": ([10, 20, 5], "a line of 5.00 of `billLineItems` is new"),
    "a line less": ([10], "a line of 20.00 of `billLineItems` is gone"),
}


@pytest.mark.parametrize("case", LINES)
def test_lines_that_a_person_edits_are_told_one_by_one(empty: Simulator, tmp_path: Path, case: str) -> None:
    amounts, told = LINES[case]
    made = loaded(empty, tmp_path, "bills")
    edited = {"billLineItems": [{"entity": "BillLineItem", "amount": each} for each in amounts]}
    code, _ = edited_meanwhile(
        empty, tmp_path, of("bills", description="ours"), lambda: edit(empty, "Bill", made["id"], **edited)
    )
    assert code == 1
    (reject,) = rejects(tmp_path)
    assert told in reject["reason"]
    assert writes(empty) == ["/Crud/Update/Bill.json"], "that of the person alone"


def test_a_number_that_nobody_may_see_is_named_and_hidden(empty: Simulator, tmp_path: Path) -> None:
    made = loaded(empty, tmp_path, "vendors")
    code, err = edited_meanwhile(
        empty, tmp_path, of("vendors", phone="1"), lambda: edit(empty, "Vendor", made["id"], taxId="987654321")
    )
    assert code == 1
    (reject,) = rejects(tmp_path)
    assert "`taxId` (" in reject["reason"]
    everything = err + "".join(each.read_text() for each in (tmp_path / ".bill/reports").iterdir())
    assert "4321" not in everything


@pytest.mark.parametrize("merge", [False, True])
def test_lines_that_bill_made_anew_are_no_edit_and_are_sent_with_their_ids_of_now(
    empty: Simulator, tmp_path: Path, merge: bool
) -> None:
    """With the ids of before, lines that BILL merges by their ids would be there twice."""
    if merge:
        empty.control.switch(update_lines="merge")
    made = loaded(empty, tmp_path, "bills")
    anew = [{"entity": "BillLineItem", "amount": each} for each in (20, 10)]

    def make_anew() -> None:
        empty.control.switch(update_lines="replace")
        edit(empty, "Bill", made["id"], billLineItems=anew)
        empty.control.switch(update_lines="merge" if merge else "replace")

    code, err = edited_meanwhile(empty, tmp_path, of("bills", description="ours"), make_anew)
    assert code == 0, err
    (now,) = books(empty, "Bill")
    assert now["description"] == "ours"
    assert sorted(each["amount"] for each in now["billLineItems"]) == [10, 20]
    old = {each["id"] for each in made["billLineItems"]}
    assert not old & {each["id"] for each in now["billLineItems"]}


def test_one_edit_holds_back_no_other_update_of_its_call(empty: Simulator, tmp_path: Path) -> None:
    names = ("Elm", "Oak", "Fir")
    assert load(empty, tmp_path, singer(vendors(*names))).code == 0
    oak = next(each["id"] for each in books(empty, "Vendor") if each["name"] == "Oak")
    empty.control.forget_requests()
    stdin = singer(("vendors", ["name"], [{"name": name, "phone": "1"} for name in names]))
    code, _ = edited_meanwhile(empty, tmp_path, stdin, lambda: edit(empty, "Vendor", oak, email="a@oak.test"))
    assert code == 1
    assert account(tmp_path, "vendors") == {"updated": 2, "rejected": 1}
    assert {each["name"]: each.get("phone") or "" for each in books(empty, "Vendor")} == {
        "Elm": "1",
        "Oak": "",
        "Fir": "1",
    }


@pytest.mark.parametrize("is_back", [False, True])
def test_neither_a_delete_nor_an_undelete_goes_over_an_edit(empty: Simulator, tmp_path: Path, is_back: bool) -> None:
    made = loaded(empty, tmp_path, "vendors")
    gone = of("vendors", isActive="2")
    if is_back:
        assert load(empty, tmp_path, gone, allow_deletes=True).code == 0
    code, _ = edited_meanwhile(
        empty,
        tmp_path,
        of("vendors") if is_back else gone,
        lambda: edit(empty, "Vendor", made["id"], email="theirs@elm.test"),
        allow_deletes=True,
    )
    assert code == 1
    assert "`email` from nothing to 'theirs@elm.test'" in rejects(tmp_path)[0]["reason"]
    (now,) = [each for each in books(empty, "Vendor") if each["id"] == made["id"]]
    assert now["isActive"] == ("2" if is_back else "1")


def test_what_comes_back_is_undeleted_and_updated_without_a_conflict_with_itself(
    empty: Simulator, tmp_path: Path
) -> None:
    loaded(empty, tmp_path, "bills")
    assert load(empty, tmp_path, of("bills", isActive="2"), allow_deletes=True).code == 0
    ran = load(empty, tmp_path, of("bills", isActive="1", description="back"))
    assert ran.code == 0, ran.err
    assert [(each["isActive"], each["description"]) for each in books(empty, "Bill")] == [("1", "back")]


def test_an_update_that_is_sent_again_whole_does_not_conflict_with_itself(empty: Simulator, tmp_path: Path) -> None:
    loaded(empty, tmp_path, "vendors")
    edit(empty, "Vendor", next(each["id"] for each in books(empty, "Vendor") if each["name"] == "Elm Ltd"), fax="2")
    empty.control.switch(update_absent="clear")
    ran = load(empty, tmp_path, of("vendors", phone="1"))
    assert ran.code == 0, ran.err
    (now,) = [each for each in books(empty, "Vendor") if each["name"] == "Elm Ltd"]
    assert (now["phone"], now["fax"]) == ("1", "2")


SAME: dict[str, tuple[Record, Record]] = {
    "vendors": ({"phone": "1"}, {"phone": "1"}),
    "bills": (
        {"billLineItems": [{"amount": 10}, {"amount": 25}]},
        {"billLineItems": [{"entity": "BillLineItem", "amount": each} for each in (25, 10)]},
    ),
}


@pytest.mark.parametrize("stream", SAME)
def test_an_edit_that_is_what_the_update_would_do_is_no_conflict(empty: Simulator, tmp_path: Path, stream: str) -> None:
    """An update of a run that was killed may come late, and then it is there already."""
    ours, theirs = SAME[stream]
    made = loaded(empty, tmp_path, stream)
    code, err = edited_meanwhile(
        empty, tmp_path, of(stream, **ours), lambda: edit(empty, BY_STREAM[stream].name, made["id"], **theirs)
    )
    assert code == 0, err
    assert account(tmp_path, stream) == {"updated": 1}
    assert writes(empty) == [f"/Crud/Update/{BY_STREAM[stream].name}.json"], "theirs alone"
    assert load(empty, tmp_path, of(stream, **ours)).code == 0
    assert account(tmp_path, stream) == {"unchanged": 1}


def test_what_a_person_has_deleted_meanwhile_is_deleted(empty: Simulator, tmp_path: Path) -> None:
    made = loaded(empty, tmp_path, "vendors")
    gone = of("vendors", isActive="2")
    code, err = edited_meanwhile(
        empty, tmp_path, gone, lambda: client_for(empty).delete(BY_NAME["Vendor"], made["id"]), allow_deletes=True
    )
    assert code == 0, err
    assert account(tmp_path, "vendors") == {"deleted": 1}


def test_objects_that_may_not_be_read_are_changed_and_that_is_said_once(empty: Simulator, tmp_path: Path) -> None:
    names = [f"V{number}" for number in range(5)]
    assert load(empty, tmp_path, singer(vendors(*names))).code == 0
    empty.control.fault("error", READS, count=0, code="BDC_1145")
    stdin = singer(("vendors", ["name"], [{"name": name, "phone": "1"} for name in names]))
    ran = load(empty, tmp_path, stdin, batch_size=1)
    assert ran.code == 0, ran.err
    assert account(tmp_path, "vendors") == {"updated": 5}
    told = [note for note in report(tmp_path)["notes"] if "could not be read again" in note]
    assert len(told) == 1
    assert told[0].startswith("Vendor: ")


@pytest.mark.slow
def test_while_bill_cannot_be_asked_nothing_leaves(empty: Simulator, tmp_path: Path) -> None:
    loaded(empty, tmp_path, "vendors")
    empty.control.fault("error", READS, count=0, code="BDC_1001")
    ran = load(empty, tmp_path, of("vendors", phone="1"))
    assert ran.code == 3
    assert writes(empty) == []
    empty.control.clear_faults()
    assert load(empty, tmp_path, of("vendors", phone="1")).code == 0


def test_a_hundred_updates_cost_one_read(empty: Simulator, tmp_path: Path) -> None:
    names = [f"V{number}" for number in range(100)]
    assert load(empty, tmp_path, singer(vendors(*names))).code == 0
    empty.control.forget_requests()
    stdin = singer(("vendors", ["name"], [{"name": name, "phone": "1"} for name in names]))
    assert load(empty, tmp_path, stdin).code == 0
    paths = empty.control.summary()["paths"]
    assert {path: count for path, count in paths.items() if "Crud" in path} == {
        "/Bulk/Crud/Read/Vendor.json": 1,
        "/Bulk/Crud/Update/Vendor.json": 1,
    }


# Between a plan and its run


@pytest.mark.parametrize("stream", KINDS)
def test_an_edit_between_plan_and_run_is_a_conflict_in_any_field(empty: Simulator, tmp_path: Path, stream: str) -> None:
    entity = BY_STREAM[stream].name
    made = loaded(empty, tmp_path, stream)
    ours, theirs = KINDS[stream][1:]
    stdin = of(stream, **ours)
    assert load(empty, tmp_path, stdin, mode="plan", plan=PLAN).code == 0
    edit(empty, entity, made["id"], **theirs)
    empty.control.forget_requests()
    assert load(empty, tmp_path, stdin, plan=PLAN).code == 1
    assert writes(empty) == []
    (name, value) = next(iter(theirs.items()))
    (reject,) = rejects(tmp_path)
    assert f"{made['id']} was edited in BILL (`{name}` is '{value}' now)" in reject["reason"]
    assert reject["hint"] == "Make a new plan (`mode: plan`), and have it approved."


def test_an_edit_of_what_the_plan_changes_is_told_from_what_to_what(empty: Simulator, tmp_path: Path) -> None:
    made = loaded(empty, tmp_path, "bills")
    stdin = of("bills", billLineItems=[{"amount": 10}, {"amount": 30}])
    assert load(empty, tmp_path, stdin, mode="plan", plan=PLAN).code == 0
    lines = [{"entity": "BillLineItem", "amount": each} for each in (10, 25)]
    edit(empty, "Bill", made["id"], billLineItems=lines)
    assert load(empty, tmp_path, stdin, plan=PLAN).code == 1
    (reject,) = rejects(tmp_path)
    assert "`lines[1].amount` from '20.00' to '25.00'" in reject["reason"]


def test_lines_made_anew_between_plan_and_run_are_no_edit(empty: Simulator, tmp_path: Path) -> None:
    made = loaded(empty, tmp_path, "bills")
    stdin = of("bills", description="ours")
    assert load(empty, tmp_path, stdin, mode="plan", plan=PLAN).code == 0
    edit(empty, "Bill", made["id"], billLineItems=[{"entity": "BillLineItem", "amount": each} for each in (20, 10)])
    ran = load(empty, tmp_path, stdin, plan=PLAN)
    assert ran.code == 0, ran.err
    assert [each["description"] for each in books(empty, "Bill")] == ["ours"]


def test_a_plan_shows_no_content_of_what_is_not_changed(empty: Simulator, tmp_path: Path) -> None:
    made = loaded(empty, tmp_path, "vendors")
    edit(empty, "Vendor", made["id"], taxId="987654321", email="theirs@elm.test")
    assert load(empty, tmp_path, of("vendors", phone="1"), mode="plan", plan=PLAN).code == 0
    text = (tmp_path / PLAN).read_text()
    (step,) = json.loads(text)["steps"]
    assert {"name", "email", "isActive"} <= step["state"].keys()
    assert "taxId" not in step["state"], "few enough numbers for a hash to give them away"
    assert "theirs@elm.test" not in text


def test_a_plan_that_brings_back_and_changes_is_carried_out(empty: Simulator, tmp_path: Path) -> None:
    loaded(empty, tmp_path, "bills")
    assert load(empty, tmp_path, of("bills", isActive="2"), allow_deletes=True).code == 0
    stdin = of("bills", isActive="1", description="back")
    assert load(empty, tmp_path, stdin, mode="plan", plan=PLAN).code == 0
    ran = load(empty, tmp_path, stdin, plan=PLAN)
    assert ran.code == 0, ran.err
    assert [each["description"] for each in books(empty, "Bill")] == ["back"]


def test_no_update_of_a_second_run_is_held_back_where_nobody_edits(empty: Simulator, tmp_path: Path) -> None:
    first = [bill("A", str(number), 10, 20) for number in range(30)]
    assert load(empty, tmp_path, singer(vendors("A"), bills(*first))).code == 0
    second = [{**each, "description": "ours", "billLineItems": [{"amount": 10}, {"amount": 40}]} for each in first]
    assert load(empty, tmp_path, singer(vendors("A"), bills(*second)), batch_size=7).code == 0
    assert account(tmp_path, "bills") == {"updated": 30}


# What an edit is

TEXTS = st.text("ab 1", max_size=3)
LINE = st.fixed_dictionaries(
    {"amount": st.integers(1, 3)}, optional={"description": TEXTS, "departmentId": st.just("x")}
)
CONTENT = st.fixed_dictionaries(
    {"invoiceNumber": st.just("1"), "billLineItems": st.lists(LINE, max_size=4)},
    optional={"description": TEXTS, "poNumber": TEXTS, "hasAutoPay": st.booleans(), "isActive": st.just("1")},
)


def numbered(lines: list[Record], ids: str) -> list[Record]:
    return [{**line, "id": f"{ids}{place}", "lineOrder": place} for place, line in enumerate(lines)]


@given(CONTENT, st.randoms(use_true_random=False))
def test_lines_made_anew_in_any_order_are_no_edit(content: Record, dice: Random) -> None:
    anew = list(content["billLineItems"])
    dice.shuffle(anew)
    before = {**content, "billLineItems": numbered(content["billLineItems"], "a")}
    now = {**content, "isActive": "1", "billLineItems": numbered(anew, "b")}
    assert edits(BILL, before, now) == edits(BILL, now, before) == []


@given(CONTENT, st.sampled_from(["description", "poNumber", "hasAutoPay", "amount", "a line", "isActive"]))
def test_every_other_difference_is_one_either_way_round(content: Record, what: str) -> None:
    now, lines = dict(content), content["billLineItems"]
    other = {
        "a line": [*lines, {"amount": 1}],
        "amount": [*lines[:-1], {"amount": 4}],
        "hasAutoPay": not content.get("hasAutoPay"),
        "isActive": "2",
    }
    field = "billLineItems" if what in {"a line", "amount"} else what
    now[field] = other.get(what, "another")
    for one, two in ((content, now), (now, content)):
        assert [each.field for each in edits(BILL, one, two)] == [field]
