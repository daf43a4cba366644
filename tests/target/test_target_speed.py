"""What is asked for every record must not take longer the more there is: counted in steps of SQLite, not in seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conftest import client_for

from bill_api.entities import BY_NAME, BY_STREAM
from bill_api.existing.objects import ExistingObjects
from bill_api.identity.keys import natural_key
from bill_simulator import Simulator
from target_bill.ledger.ledger import Ledger

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from pathlib import Path

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
    assert [each.bill_id for each in existing.alike(entity, stored).same] == [stored["id"]]
    assert steps(existing._db, lambda: existing.alike(entity, stored)) < STEPS_MAX
    existing.close()


def test_a_copy_is_found_by_its_source_id_without_going_through_all(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite3", ORGANIZATION, is_dry_run=False)
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
    ledger = Ledger(tmp_path / "ledger.sqlite3", ORGANIZATION, is_dry_run=False)
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
