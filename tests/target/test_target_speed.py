"""What is asked for every record must not take longer the more there is: counted in steps of SQLite, not in seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conftest import client_for

from bill_api.entities import BY_NAME, BY_STREAM
from bill_api.existing.objects import ExistingObjects
from bill_api.identity.keys import natural_key
from bill_simulator import Simulator
from target_bill.ledger.ledger import Ledger
from target_bill.ledger.waiting import Wait

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from bill_api.existing.lookalikes import Lookalike

BILLS, STEPS_MAX = 2000, 300
ORGANIZATION = "00801SIMULATORAaaaa1"


def steps(db: sqlite3.Connection, work: Callable[[], object]) -> int:
    """How many steps SQLite takes for some work."""
    taken: list[int] = []
    db.set_progress_handler(lambda: taken.append(1), 1)
    work()
    db.set_progress_handler(None, 1)
    return len(taken)


def test_the_objects_with_a_key_are_found_without_going_through_all() -> None:
    entity = BY_NAME["Bill"]
    key = natural_key(entity)
    with Simulator(vendors=10, customers=0, bills=BILLS, invoices=0) as simulator:
        existing = ExistingObjects(client_for(simulator, timeout_s=60), lambda _entity: key, 3)
        existing.ensure(entity)
        stored = simulator.control.books(ORGANIZATION, "Bill")[0]
    assert [each.bill_id for each in existing.alike(entity, stored)] == [stored["id"]]
    assert steps(existing._db, lambda: existing.alike(entity, stored)) < STEPS_MAX
    existing.close()


def test_what_a_new_object_may_be_is_found_without_going_through_all() -> None:
    entities = [BY_NAME["Bill"], BY_NAME["Vendor"]]
    with Simulator(vendors=BILLS, customers=0, bills=BILLS, invoices=0) as simulator:
        existing = ExistingObjects(client_for(simulator, timeout_s=60), natural_key, 3)
        for entity in entities:
            existing.ensure(entity)
        bill, vendor = (simulator.control.books(ORGANIZATION, each.name)[0] for each in entities)
    key, near = natural_key(entities[0]).of(entities[0], bill), natural_key(entities[0]).near(entities[0], bill)
    assert key is not None
    assert near is not None
    looks: list[Callable[[], Sequence[Lookalike]]] = [
        lambda: existing.lookalikes.of_number(entities[0], f"{key} another", near, 3),
        lambda: existing.lookalikes.of_amount(entities[0], bill, 0, 3),
        lambda: existing.lookalikes.of_name(entities[1], vendor["name"]),
    ]
    for place, look in enumerate(looks):
        assert (vendor if place == len(looks) - 1 else bill)["id"] in [each.bill_id for each in look()]
        assert steps(existing._db, look) < STEPS_MAX
    existing.close()


def test_a_copy_is_found_by_its_source_id_without_going_through_all(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite3", ORGANIZATION, is_dry_run=False, wait=Wait(0))
    with ledger._transaction():
        ledger._keep(
            (
                "vendors",
                f'["",["vendors"],["key"],[{number}]]',
                f"source {number}",
                f"id {number}",
                None,
                "x",
                "created",
                None,
            )
            for number in range(BILLS)
        )
    assert ledger.copies_of("", BY_STREAM["vendors"], "source 7") == ["id 7"]
    assert steps(ledger._db, lambda: ledger.copies_of("", BY_STREAM["vendors"], "source 7")) < STEPS_MAX
    ledger.close()


def test_what_the_ledger_has_of_a_batch_is_read_at_once_and_forgotten_when_it_changes(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite3", ORGANIZATION, is_dry_run=False, wait=Wait(0))
    with ledger._transaction():
        ledger._keep([("vendors", "a", None, "old", None, "x", "created", None)])
    ledger.look_ahead("vendors", ["a", "b"])
    found = ledger.settled("vendors", "a")
    assert found is not None
    assert found.bill_id == "old"
    assert ledger.settled("vendors", "b") is None
    assert not steps(ledger._db, lambda: [ledger.settled("vendors", each) for each in "ab"])
    with ledger._transaction():
        ledger._keep([("vendors", "a", None, "new", None, "y", "updated", None)])
    found = ledger.settled("vendors", "a")
    assert found is not None
    assert found.bill_id == "new"
    ledger.close()
