"""The hammer in short, and the proof that its checks can fail."""

from __future__ import annotations

import copy
import importlib.util
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

SCRIPT = Path(__file__).resolve().parent.parent.parent / "campaigns" / "hammer.py"
SECONDS = "4"

specification = importlib.util.spec_from_file_location("hammer", SCRIPT)
assert specification is not None
assert specification.loader is not None
hammer: Any = importlib.util.module_from_spec(specification)
sys.modules["hammer"] = hammer  # its dataclasses look their module up
specification.loader.exec_module(hammer)

Case = dict[str, Any]


@pytest.mark.slow
def test_two_processes_and_all_faults_leave_the_books_as_their_logs_say() -> None:
    ran = subprocess.run(
        [sys.executable, str(SCRIPT), "--seconds", SECONDS], capture_output=True, text=True, timeout=120, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout + ran.stderr
    assert ran.stdout.splitlines()[-1] == "0 things are off"


def document(entity: str, number: str, *cents: int, active: str = "1") -> Case:
    array = hammer.LINES[entity]
    lines = [{"id": f"{number} line {place}", "amount": Decimal(each) / 100} for place, each in enumerate(cents)]
    amount = Decimal(sum(cents)) / 100
    return {"id": f"{number} id", "invoiceNumber": number, "amount": amount, "isActive": active, array: lines}


def party(name: str, active: str = "1", updated: str = "10:00") -> Case:
    return {"id": f"{name} id", "isActive": active, "updatedTime": updated, "name": name}


def create(number: str, *cents: int, outcome: str = "ok", code: str = "OK") -> Any:
    acknowledged = f"{number} id" if outcome == "ok" else None
    times = {"began": 1, "ended": 2}
    return hammer.Write(
        entity="Bill", number=number, cents=cents, active="1", outcome=outcome, code=code, id=acknowledged, **times
    )


def change(number: str, began: float, *cents: int, outcome: str = "ok", active: str | None = None) -> Any:
    times = {"began": began, "ended": began + 1}
    return hammer.Write(entity="Bill", id=f"{number} id", cents=cents or None, active=active, outcome=outcome, **times)


def honest() -> Case:
    """A run in which everything is as it should be: what was there, what is there, and what was logged."""
    before = {
        "Bill": [document("Bill", "old", 100), document("Bill", "gone", 300)],
        "Invoice": [document("Invoice", "old invoice", 700)],
        "Vendor": [party("v1"), party("v2")],
        "Customer": [party("c1")],
    }
    after = copy.deepcopy(before)
    after["Bill"] = [
        document("Bill", "old", 100),
        document("Bill", "gone", 300, active="2"),
        document("Bill", "sure", 30, 40),
        document("Bill", "perhaps", 5),
        document("Bill", "again", 8),
        document("Bill", "changed", 22),
    ]
    after["Vendor"] = [party("v1"), party("v2", "2", "10:05"), party("v3", updated="10:04")]
    return {
        "before": before,
        "after": after,
        "writes": [
            create("sure", 30, 40),
            create("perhaps", 5, outcome="unknown", code="timeout"),
            create("never", 6, outcome="unknown", code="dropped"),
            create("refused", 7, outcome="refused", code="BDC_1001"),
            create("again", 8, outcome="unknown", code="dropped"),
            create("again", 8, outcome="refused", code="BDC_1171"),
            create("changed", 21),
            change("changed", 3, 22),
            change("changed", 5, 23, outcome="refused"),
            change("gone", 3, active="1"),
            change("gone", 5, active="2"),
        ],
        "changes": [
            {"entity": "Vendor", "id": "v2 id", "change": "updated", "time": "10:03"},
            {"entity": "Vendor", "id": "v3 id", "change": "created", "time": "10:04"},
            {"entity": "Vendor", "id": "v2 id", "change": "deleted", "time": "10:05"},
        ],
    }


def totals(case: Case) -> Case:
    return {
        name: {"count": len(rows), "amount": sum(each.get("amount", 0) for each in rows)}
        for name, rows in case["after"].items()
    }


def off(case: Case) -> list[str]:
    """Everything that the checks of the books find."""
    before, after, writes = case["before"], case["after"], case["writes"]
    return [
        *(text for entity in hammer.LINES for text in hammer.wrong_sums(entity, after[entity])),
        *hammer.wrong_ids(after),
        *hammer.wrong_objects(before, after, writes),
        *hammer.wrong_contents(before, after, writes),
        *hammer.wrong_record(before, after, case["changes"]),
    ]


def bill_of(case: Case, number: str) -> Case:
    return next(each for each in case["after"]["Bill"] if each["invoiceNumber"] == number)


def lose(number: str) -> Callable[[Case], None]:
    return lambda case: case["after"]["Bill"].remove(bill_of(case, number))


def double(number: str) -> Callable[[Case], None]:
    def twice(case: Case) -> None:
        second = copy.deepcopy(bill_of(case, number))
        second["id"] = "another id"
        for line in second["billLineItems"]:
            line["id"] += " again"
        case["after"]["Bill"].append(second)

    return twice


def put(number: str, *cents: int) -> Callable[[Case], None]:
    return lambda case: case["after"]["Bill"].append(document("Bill", number, *cents))


def leave(number: str, *cents: int) -> Callable[[Case], None]:
    return lambda case: bill_of(case, number).update(document("Bill", number, *cents))


def test_an_honest_run_is_not_off() -> None:
    case = honest()
    assert off(case) == []
    assert list(hammer.wrong_counts(case["after"], totals(case), 10, 10)) == []


@pytest.mark.parametrize(
    ("doctor", "told"),
    [
        (lambda case: bill_of(case, "sure").update(amount=Decimal("0.71")), "amount 0.71 is not the sum"),
        (lambda case: case["after"]["Invoice"][0].update(invoiceLineItems=[]), "is not the sum"),
        (lambda case: case["after"]["Invoice"][0].update(invoiceLineItems=[], amount=0), "is not the sum"),
        (lambda case: bill_of(case, "perhaps")["billLineItems"][0].update(id="sure line 0"), "id sure line 0 is there"),
        (lambda case: case["after"]["Bill"].append(bill_of(case, "old")), "id old id is there 2 times"),
        (lose("old"), "old id is lost"),
        (lose("sure"), "sure is there 0 times"),
        (lose("again"), "again is there 0 times"),
        (double("sure"), "sure is there 2 times"),
        (double("perhaps"), "perhaps is there 2 times"),
        (put("refused", 7), "refused is there 1 times"),
        (put("stranger", 9), "stranger was never sent"),
        (lambda case: bill_of(case, "sure").update(id="another id"), "acknowledged as"),
        (leave("old", 101), "old id: its lines"),
        (leave("sure", 40, 30), "sure id: its lines"),
        (leave("changed", 21), "changed id: its lines"),
        (leave("changed", 23), "changed id: its lines"),
        (lambda case: bill_of(case, "gone").update(isActive="1"), "gone id: isActive"),
        (lambda case: case["after"]["Vendor"].pop(), "other objects than"),
        (lambda case: case["after"]["Customer"].append(party("c2")), "other objects than"),
        (lambda case: case["after"]["Vendor"][1].update(isActive="1"), "v2 id: isActive"),
        (lambda case: case["after"]["Vendor"][1].update(updatedTime="10:06"), "v2 id: was changed beside"),
        (lambda case: case["after"]["Vendor"][0].update(name="v0"), "v1 id: was changed beside"),
    ],
)
def test_whatever_is_off_is_told(doctor: Callable[[Case], None], told: str) -> None:
    case = honest()
    doctor(case)
    assert any(told in each for each in off(case)), off(case)


def test_a_call_without_an_answer_may_be_served_after_later_ones() -> None:
    case = honest()
    case["writes"] += [change("sure", 3, 50, outcome="unknown"), change("sure", 5, 60)]
    for cents, allowed in ((50, True), (60, True), (30, False)):
        leave("sure", cents)(case)
        assert (off(case) == []) is allowed


def test_of_two_writes_at_the_same_time_either_may_be_the_last() -> None:
    case = honest()
    case["writes"] += [change("sure", 3, 50), change("sure", 3.5, 60), change("sure", 3.9, 70)]
    for cents in (50, 60, 70):
        leave("sure", cents)(case)
        assert off(case) == []


@pytest.mark.parametrize(
    ("doctor", "calls", "told"),
    [
        (lambda _counted: None, 11, "11 calls were sent, the request log has 10"),
        (lambda counted: counted["Bill"].update(count=5), 10, "Bill: 6 objects, counted 5"),
        (lambda counted: counted["Invoice"].update(amount=Decimal("7.01")), 10, "Invoice: amounts sum up to 7"),
    ],
)
def test_counts_that_differ_are_told(doctor: Callable[[Case], None], calls: int, told: str) -> None:
    case = honest()
    counted = totals(case)
    doctor(counted)
    wrong = list(hammer.wrong_counts(case["after"], counted, calls, 10))
    assert len(wrong) == 1
    assert told in wrong[0]
