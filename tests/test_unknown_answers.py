"""Loads, with their ledger and without, and syncs, whatever BILL answers where nobody outside knows it.

Every choice of every switch stands in two of the worlds here, each time beside others.
`BILL_UNKNOWN_WORLDS=200` runs long, over other combinations.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import fields
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from conftest import Ran, run, selection, settings
from target_run import account, bill, bills, books, load, refused, singer, writes

from bill_simulator.behaviour.switches import Switches

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bill_simulator import Simulator

WORLDS = int(os.environ.get("BILL_UNKNOWN_WORLDS", "10"))
CHOICES: dict[str, tuple[str, ...]] = {
    each.name: each.metadata["choices"] or (str(each.default), "BDC_9999") for each in fields(Switches)
}
OFFSETS = {name: Random(name).randrange(len(choices)) for name, choices in CHOICES.items()}  # noqa: S311  repeatable
ENTITIES = {"vendors": "Vendor", "customers": "Customer", "bills": "Bill", "invoices": "Invoice"}
DELETED = {"_sdc_deleted_at": "2026-03-05T00:00:00Z"}
DAYS = {"invoiceDate": "2026-03-01", "dueDate": "2026-03-31"}


def switches_of(world: int) -> dict[str, str]:
    """One choice of each switch: they come round, each at its own place, and are drawn once all have been there."""
    if world < len(max(CHOICES.values(), key=len)) * 2:
        return {name: choices[(world + OFFSETS[name]) % len(choices)] for name, choices in CHOICES.items()}
    draw = Random(world)  # noqa: S311  repeatable, not secret
    return {name: draw.choice(choices) for name, choices in CHOICES.items()}


def invoice(customer: str, number: str, *prices: str, **more: Any) -> dict[str, Any]:
    lines = [{"quantity": 2, "price": each, "description": f"Work {place}"} for place, each in enumerate(prices)]
    return {"customerName": customer, "invoiceNumber": number, **DAYS, "invoiceLineItems": lines, **more}


def input_of(changed: bool) -> str:
    """Two of each kind, of which later the first says something else and the second is deleted in its source."""
    gone = DELETED if changed else {}
    parties = [
        {"name": "Harbour Lamps", "addressCountry": "USA", "phone": "555-2" if changed else "555-1"},
        {"name": "Elm Ltd", "isActive": "1"},
    ]
    first = ("12.50", "7.25") if changed else ("12.50", "1.00")
    return singer(
        ("vendors", ["name"], parties),
        ("customers", ["name"], parties),
        bills(bill("Harbour Lamps", "B-1", *first, description="Lamps"), bill("Elm Ltd", "B-2", "5.00", **gone)),
        (
            "invoices",
            ["invoiceNumber"],
            [invoice("Harbour Lamps", "I-1", *first), invoice("Elm Ltd", "I-2", "5.00", **gone)],
        ),
    )


def said(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Number or name, state, phone, and the amounts of the lines."""
    lines = row.get("billLineItems") or row.get("invoiceLineItems") or []
    amounts = sorted(Decimal(str(each["amount"])) for each in lines)
    name = (row.get("invoiceNumber") or row["name"]).casefold()
    return name, row["isActive"], row.get("phone") or None, *amounts


def expected(changed: bool) -> dict[str, list[tuple[Any, ...]]]:
    """What the books say after such an input."""
    second = Decimal("7.25") if changed else Decimal("1.00")
    state = "2" if changed else "1"
    parties = [("elm ltd", "1", None), ("harbour lamps", "1", "555-2" if changed else "555-1")]
    return {
        "vendors": parties,
        "customers": parties,
        "bills": [("b-1", "1", None, *sorted((second, Decimal("12.5")))), ("b-2", state, None, Decimal(5))],
        "invoices": [("i-1", "1", None, *sorted((second * 2, Decimal(25)))), ("i-2", state, None, Decimal(10))],
    }


def held(simulator: Simulator) -> dict[str, list[tuple[Any, ...]]]:
    return {stream: sorted(map(said, books(simulator, entity))) for stream, entity in ENTITIES.items()}


def synced(simulator: Simulator, folder: Path, state: dict[str, Any] | None = None) -> Ran:
    catalog = str(selection(folder, set(ENTITIES)))
    more: list[str] = []
    if state is not None:
        (folder / "state.json").write_text(json.dumps(state))
        more = ["--state", str(folder / "state.json")]
    ran = run("tap_bill", settings(simulator), folder, "--catalog", catalog, *more)
    assert ran.code == 0, ran.err
    return ran


def old_of_hidden(stream: str, wanted: list[tuple[Any, ...]], seen: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """What a sync still says of objects that BILL shows no more."""
    hidden = {each[0] for each in wanted} - {each[0] for each in seen}
    return [each for each in expected(False)[stream] if each[0] in hidden]


@pytest.mark.parametrize("world", range(WORLDS))
def test_loads_and_syncs_are_right_whatever_bill_answers(empty: Simulator, tmp_path: Path, world: int) -> None:
    switches = switches_of(world)
    empty.control.switch(**switches)
    states: list[dict[str, Any] | None] = [None]
    records: dict[str, dict[str, Any]] = {stream: {} for stream in ENTITIES}
    for changed in (False, True):
        ran = load(empty, tmp_path, input_of(changed), allow_deletes=True)
        assert (ran.code, refused(tmp_path)) == (0, []), switches
        assert held(empty) == expected(changed), switches
        ran = synced(empty, tmp_path, states[-1])
        states.append(ran.state)
        for stream, found in records.items():
            found.update({each["id"]: each for each in ran.records(stream)})
    for stream, wanted in expected(True).items():
        seen = [each for each in wanted if each[1] == "1" or switches["list_inactive"] == "include"]
        assert sorted(map(said, records[stream].values())) == sorted(seen + old_of_hidden(stream, wanted, seen)), (
            switches
        )
    shutil.rmtree(tmp_path / ".bill")
    empty.control.forget_requests()
    assert load(empty, tmp_path, input_of(changed=True), allow_deletes=True).code == 0, switches
    assert {verdict for each in ENTITIES for verdict in account(tmp_path, each)} <= {"unchanged", "skipped"}, switches
    assert (writes(empty), held(empty)) == ([], expected(True)), switches
