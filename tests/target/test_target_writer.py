"""How calls are sent: the next one is ready while one flies, and nobody hears that all is done before it is."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from conftest import client_for, settings
from target_relay import relay
from target_run import ORGANIZATION

from bill_api.client import BillClient
from bill_api.connection import Connection
from bill_api.entities import BY_NAME
from bill_api.errors import RefusedError
from bill_api.existing.objects import stored_of
from bill_api.wire.limits import Limits
from target_bill.delivery.edit_guard import EditGuard, HeldBackError
from target_bill.delivery.object_calls import ObjectCalls
from target_bill.delivery.refusals import Halving, RefusedCall
from target_bill.delivery.sender import Sender
from target_bill.input.parser import Origin, Parser
from target_bill.ledger.ledger import Ledger
from target_bill.ledger.waiting import Wait
from target_bill.model.step import Action, Step

if TYPE_CHECKING:
    from pathlib import Path

    from bill_simulator import Simulator

VENDOR = BY_NAME["Vendor"]
CREATE = "/Bulk/Crud/Create/Vendor.json"
HELD_S, SOON_S = 20, 0.3


def creating(name: str) -> Step:
    context = Parser(ORGANIZATION, "salt", source="", clears=False, allow_negative=False)
    origin = Origin(entity=VENDOR, stream="vendors", incoming="vendors", keys=("name",))
    return Step(document=context.parse(origin, {"name": name}), action=Action.CREATE, body={"name": name})


def test_one_call_is_ready_behind_the_one_that_flies_and_a_third_waits(empty: Simulator, tmp_path: Path) -> None:
    released = threading.Event()

    def says_late(data: Any) -> Any:
        released.wait(HELD_S)
        return data

    with relay(empty) as between:
        between.says[CREATE] = says_late
        client = BillClient(
            Connection.from_settings(settings(empty, **between.settings, timeout_s=60)), limits=Limits(1)
        )
        ledger = Ledger(tmp_path / "ledger.sqlite3", ORGANIZATION, is_dry_run=False, wait=Wait(0))
        writer = Sender(client, ledger, ObjectCalls({}), batch_size=1, at_once=1, stop=threading.Event())
        for name in "AB":
            writer.add(creating(name))
            assert list(writer.results(flush=False)) == [], "nothing waits: one flies, and one is ready"
        writer.add(creating("C"))
        threading.Timer(SOON_S, released.set).start()
        first = list(writer.results(flush=False))
        assert first, "a third waits for a place"
        others = list(writer.results(flush=True))
        assert writer.is_idle
        names = [result["name"] for _, results in (*first, *others) for result in results if isinstance(result, dict)]
        assert sorted(names) == ["A", "B", "C"], "all are there when all was asked for"
        ledger.close()
        client.close()


def test_a_call_that_has_waited_long_looks_again_before_it_leaves(empty: Simulator, tmp_path: Path) -> None:
    """It may wait for the next hour, and an edit of that hour is not overwritten."""
    client = BillClient(Connection.from_settings(settings(empty, timeout_s=60)))
    made = client.create(VENDOR, {"name": "A"})
    created = creating("A")
    before, body = stored_of(VENDOR, made), {"name": "A", "phone": "1"}
    step = Step(document=created.document, action=Action.UPDATE, body=body, bill_id=made["id"], before=before)
    empty.control.fault("error", "*/Crud/Update/*", code="BDC_1322")
    edited: list[Any] = []

    def now_s() -> float:
        hours = empty.control.faults()[0]["fired"]
        if hours and not edited:
            edited.append(client_for(empty).update(VENDOR, {"id": made["id"], "name": "A", "email": "a@a.test"}))
        return float(3600 * hours)

    ledger = Ledger(tmp_path / "ledger.sqlite3", ORGANIZATION, is_dry_run=False, wait=Wait(0))
    writer = Sender(
        client,
        ledger,
        ObjectCalls({}),
        batch_size=1,
        at_once=1,
        stop=threading.Event(),
        guard=EditGuard(),
        now_s=now_s,
    )
    writer.add(step)
    ((_, (result,)),) = writer.results(flush=True)
    assert isinstance(result, HeldBackError)
    assert result.now is not None
    assert result.now.content["email"] == "a@a.test"
    assert not client.read(VENDOR, made["id"]).get("phone")
    ledger.close()
    client.close()


def test_a_thousand_calls_are_spared_for_finding_bad_elements() -> None:
    """A file in which all is wrong must not use up what BILL allows in an hour."""
    halving = Halving()
    steps: Any = ["one", "other"]
    call = RefusedCall(steps=steps, refusals=[RefusedError("no")] * 2, is_whole=True)
    calls = 0
    while halving.may_help(call):
        calls += len(halving.parts(call.steps))
    assert calls == 1000
