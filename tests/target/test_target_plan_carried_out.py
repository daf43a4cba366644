"""An approved plan and what became of it: which of its steps were carried out, and why the others were not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from conftest import client_for
from target_run import bill, bills, books, load, report, singer, vendors

from bill_api.entities import BY_NAME

if TYPE_CHECKING:
    from pathlib import Path

    from bill_simulator import Simulator

PLAN = "plan.json"


def planned(simulator: Simulator, folder: Path, stdin: str, **more: Any) -> str:
    """Make a plan; its hash."""
    ran = load(simulator, folder, stdin, mode="plan", plan=PLAN, **more)
    assert ran.code == 0, ran.err
    plan_hash: str = json.loads((folder / PLAN).read_text())["hash"]
    return plan_hash


def left(folder: Path) -> dict[str, str]:
    """The steps of the plan that were not carried out, each with the reason."""
    return {
        f"{each['action']} {each['record']}": each["why"] for each in report(folder)["plan_steps"]["not_carried_out"]
    }


def test_a_plan_that_was_carried_out_says_so_by_its_hash_and_its_steps(empty: Simulator, tmp_path: Path) -> None:
    text = singer(vendors("A"), bills(bill("A", "1", 5), bill("A", "2", 7)))
    plan = planned(empty, tmp_path, text)
    ran = load(empty, tmp_path, text, plan=PLAN)
    assert f"carried out was the plan {plan}: 3 of its 3 steps\n" in ran.err
    found = report(tmp_path)
    assert found["plan"] == plan
    assert found["plan_steps"] == {"steps": 3, "carried_out": 3, "not_carried_out": []}
    again = load(empty, tmp_path, text, plan=PLAN)
    assert "0 of its 3 steps; 3 were not" in again.err
    assert set(left(tmp_path)) == {"create A", "create A / 1", "create A / 2"}
    assert {each.partition(":")[0] for each in left(tmp_path).values()} == {"unchanged"}


def test_every_step_that_was_not_carried_out_is_named_with_the_reason(empty: Simulator, tmp_path: Path) -> None:
    documents = [bill("A", str(number), 5) for number in range(1, 16)]
    planned(empty, tmp_path, singer(vendors("A"), bills(*documents)))
    changed = {**documents[0], "billLineItems": [{"amount": 6}]}
    ran = load(empty, tmp_path, singer(vendors("A"), bills(changed, documents[1])), plan=PLAN, max_rejects=1)
    assert ran.code == 0, ran.err
    found = report(tmp_path)["plan_steps"]
    assert (found["steps"], found["carried_out"], len(found["not_carried_out"])) == (16, 2, 14)
    why = left(tmp_path)
    assert "has another content than in the approved plan" in why.pop("create A / 1")
    assert why == {f"create A / {number}": "no record of the input called for it" for number in range(3, 16)}
    assert "2 of its 16 steps; 14 were not\n" in ran.err
    assert "not carried out: create of bills A / 3: no record of the input called for it" in ran.err
    assert "... and 4 more, which the report has" in ran.err


def test_a_run_that_stopped_says_what_it_had_not_reached(empty: Simulator, tmp_path: Path) -> None:
    text = singer(vendors("A"), bills(bill("A", "1", 5), bill("A", "2", 700)))
    planned(empty, tmp_path, text)
    ran = load(empty, tmp_path, text, plan=PLAN, max_document_amount="600", batch_size=1)
    assert ran.code == 1
    assert left(tmp_path) == {"create A / 2": "the run ended before it"}
    assert [each["amount"] for each in books(empty, "Bill")] == [5]


def test_what_bill_refuses_is_not_carried_out(empty: Simulator, tmp_path: Path) -> None:
    text = singer(vendors("A", "B"))
    planned(empty, tmp_path, text)
    empty.control.fault("error", path="/Bulk/Crud/Create/Vendor*", code="BDC_9999", message="not today", count=9)
    load(empty, tmp_path, text, plan=PLAN, max_rejects=2)
    (outcome,) = {each.partition(":")[0] for each in left(tmp_path).values()}
    assert outcome == "rejected"
    assert all("not today" in each for each in left(tmp_path).values())
    assert report(tmp_path)["plan_steps"]["carried_out"] == len(books(empty, "Vendor")) == 0


def test_updates_deletes_undeletes_and_take_overs_count_as_steps(empty: Simulator, tmp_path: Path) -> None:
    """Two steps of one record, as to bring an object back and to change it, are two."""
    keyed = [{**bill("A", str(number), 5), "key": number} for number in (1, 2, 3)]
    assert load(empty, tmp_path, singer(vendors("A"), ("bills", ["key"], keyed))).code == 0
    third = next(each["id"] for each in books(empty, "Bill") if each["invoiceNumber"] == "3")
    client_for(empty).delete(BY_NAME["Bill"], third)
    later = [
        {**keyed[0], "poNumber": "P"},
        {**keyed[1], "isActive": "2"},
        {**keyed[2], "isActive": "1", "poNumber": "Q"},
    ]
    text = singer(("bills", ["key"], later))
    planned(empty, tmp_path, text, allow_deletes=True)
    steps = [each["action"] for each in json.loads((tmp_path / PLAN).read_text())["steps"]]
    assert sorted(steps) == ["delete", "undelete", "update", "update"]
    assert load(empty, tmp_path, text, plan=PLAN, allow_deletes=True).code == 0
    assert report(tmp_path)["plan_steps"] == {"steps": 4, "carried_out": 4, "not_carried_out": []}

    other = singer(("bills", ["other"], [{**keyed[0], "other": 1, "poNumber": "R"}]))
    planned(empty, tmp_path, other, take_over=["bills"])
    assert load(empty, tmp_path, other, plan=PLAN, take_over=["bills"]).code == 0
    assert report(tmp_path)["plan_steps"] == {"steps": 2, "carried_out": 2, "not_carried_out": []}


def test_an_undelete_whose_update_is_refused_was_carried_out_all_the_same(empty: Simulator, tmp_path: Path) -> None:
    keyed = {**bill("A", "1", 5), "key": 1}
    assert load(empty, tmp_path, singer(vendors("A"), ("bills", ["key"], [keyed]))).code == 0
    (known,) = books(empty, "Bill")
    client_for(empty).delete(BY_NAME["Bill"], known["id"])
    text = singer(("bills", ["key"], [{**keyed, "isActive": "1", "poNumber": "Q"}]))
    planned(empty, tmp_path, text)
    empty.control.fault("error", path="/Bulk/Crud/Update/Bill*", code="BDC_9999", message="not today", count=9)
    load(empty, tmp_path, text, plan=PLAN, max_rejects=1)
    assert report(tmp_path)["plan_steps"]["carried_out"] == 1
    assert list(left(tmp_path)) == ["update 1"]
    assert books(empty, "Bill")[0]["isActive"] == "1"
