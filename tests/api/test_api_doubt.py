"""A write whose answer was lost is settled by looking: found, certainly absent, or something else in its place."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from conftest import client_for

from bill_api.doubt import Fate, Finding, Inquiry, judge
from bill_api.entities import BY_NAME
from bill_api.entity import Operation
from bill_api.errors import InDoubtError
from bill_simulator import Simulator, defaults

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bill_api.client import BillClient

pytest_plugins = ["api_fixtures"]

VENDOR, BILL, TERM, RECURRING = (BY_NAME[name] for name in ("Vendor", "Bill", "PaymentTerm", "RecurringBill"))
CREATE = "/Crud/Create/Vendor.json"
TIMEOUT_S = 5


class Clock:
    """A clock that moves when somebody sleeps on it, and may do something meanwhile."""

    def __init__(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        self.slept: list[float] = []
        self._meanwhile = meanwhile

    def now_s(self) -> float:
        return time.time() + sum(self.slept)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._meanwhile()


def inquiry(client: BillClient, clock: Clock, began_s: float, over_in_s: float | None, **what: Any) -> Inquiry:
    """About a call that may be executing for so many seconds yet."""
    over_at_s = None if over_in_s is None else clock.now_s() + over_in_s
    given: dict[str, Any] = {"entity": VENDOR, "operation": Operation.CREATE, "sent": [{"name": "Fern"}], **what}
    return Inquiry(client=client, began_s=began_s, over_at_s=over_at_s, sleep=clock.sleep, now_s=clock.now_s, **given)


def test_a_create_that_happened_is_adopted_without_waiting(bill: Simulator) -> None:
    client, clock, began_s = client_for(bill), Clock(), time.time()
    bill.control.fault("drop_after", CREATE)
    with pytest.raises(InDoubtError) as lost:
        client.create(VENDOR, {"name": "Fern"})
    assert lost.value.sent_at_s is not None
    assert began_s <= lost.value.sent_at_s <= time.time()
    (finding,) = inquiry(client, clock, began_s, 60).settle()
    assert finding.fate is Fate.ADOPTED
    assert finding.obj is not None
    assert finding.obj["name"] == "Fern"
    assert clock.slept == []


def test_a_create_that_did_not_happen_is_absent_only_once_the_call_is_over(bill: Simulator) -> None:
    clock = Clock()
    (finding,) = inquiry(client_for(bill), clock, time.time(), 10).settle()
    assert finding == Finding(fate=Fate.ABSENT)
    assert 9 < sum(clock.slept) <= 10
    assert clock.slept[:3] == [1, 2, 4]


def test_a_create_that_is_done_late_is_found(bill: Simulator) -> None:
    client = client_for(bill)

    def create_in_the_second_pause() -> None:
        if len(clock.slept) == 2:
            client.create(VENDOR, {"name": "Fern"})

    clock = Clock(create_in_the_second_pause)
    (finding,) = inquiry(client, clock, time.time(), 60).settle()
    assert finding.fate is Fate.ADOPTED
    assert len(clock.slept) == 2


def test_a_call_that_is_over_is_looked_up_once(bill: Simulator) -> None:
    clock = Clock()
    (finding,) = inquiry(client_for(bill), clock, time.time(), None).settle()
    assert (finding.fate, clock.slept) == (Fate.ABSENT, [])


def test_what_was_there_before_is_not_taken_for_what_was_sent(bill: Simulator) -> None:
    client = client_for(bill)
    client.create(VENDOR, {"name": "Fern"})
    bill.control.advance(60)
    (finding,) = inquiry(client, Clock(), time.time(), None).settle()
    assert finding.fate is Fate.ABSENT


def test_an_update_is_looked_at_where_it_is(bill: Simulator) -> None:
    client = client_for(bill)
    vendor = client.create(VENDOR, {"name": "Fern"})
    sent = {"id": vendor["id"], "companyName": "Fern Ltd"}
    bill.control.advance(60)
    update = {"operation": Operation.UPDATE, "sent": [sent]}
    assert inquiry(client, Clock(), time.time(), None, **update).settle()[0].fate is Fate.ABSENT
    client.update(VENDOR, sent)
    assert inquiry(client, Clock(), time.time(), None, **update).settle()[0].fate is Fate.ADOPTED
    client.update(VENDOR, {**sent, "companyName": "Another"})
    (finding,) = inquiry(client, Clock(), time.time(), None, **update).settle()
    assert (finding.fate, finding.differing) == (Fate.CONFLICT, ("companyName",))


@pytest.mark.parametrize("operation", [Operation.DELETE, Operation.UNDELETE])
def test_a_delete_and_an_undelete_are_told_by_what_is_active(bill: Simulator, operation: Operation) -> None:
    client = client_for(bill)
    vendor = client.create(VENDOR, {"name": "Fern"})
    if operation is Operation.UNDELETE:
        client.delete(VENDOR, vendor["id"])
    about = {"operation": operation, "sent": [{"id": vendor["id"]}]}
    assert inquiry(client, Clock(), time.time(), None, **about).settle()[0].fate is Fate.ABSENT
    (client.delete if operation is Operation.DELETE else client.undelete)(VENDOR, vendor["id"])
    assert inquiry(client, Clock(), time.time(), None, **about).settle()[0].fate is Fate.ADOPTED


def test_an_entity_that_tells_no_times_is_read_whole(bill: Simulator) -> None:
    bill.control.switch(unread_fields="absent")
    client = client_for(bill)
    about = {"entity": BY_NAME["User"], "sent": [{"email": "fern@simulator.test"}]}
    assert inquiry(client, Clock(), time.time(), None, **about).settle()[0].fate is Fate.ABSENT
    present = bill.control.books(defaults.ORGANIZATION_ID, "User")[0]["email"]
    about["sent"] = [{"email": present}]
    assert inquiry(client, Clock(), time.time(), None, **about).settle()[0].fate is Fate.ADOPTED


def row(number: int, **values: Any) -> dict[str, Any]:
    return {"id": f"id-{number}", "vendorId": "v", "invoiceNumber": "1", "dueDate": "2026-01-01", **values}


BODY = {"vendorId": "v", "invoiceNumber": "1", "dueDate": "2026-01-01"}


@pytest.mark.parametrize(
    ("sent", "rows", "fates"),
    [
        ([BODY], [], ["absent"]),
        ([BODY], [row(1)], ["adopted"]),
        ([BODY], [row(1, dueDate="2026-01-02")], ["conflict"]),
        ([BODY], [row(1, invoiceNumber="2")], ["absent"]),
        ([BODY, BODY], [row(1)], ["adopted", "absent"]),  # an object is taken for one create only
        ([BODY, {**BODY, "invoiceNumber": "2"}], [row(1), row(2, invoiceNumber="2")], ["adopted", "adopted"]),
    ],
)
def test_objects_with_a_key_are_judged_by_it(
    sent: list[Mapping[str, Any]], rows: list[Mapping[str, Any]], fates: list[str]
) -> None:
    assert [each.fate.value for each in judge(BILL, sent, rows)] == fates


def test_an_object_without_a_key_is_adopted_only_when_it_cannot_be_another() -> None:
    sent = [{"vendorId": "v", "description": "rent"}]
    one, two = ({"id": str(i), "vendorId": "v", "description": "rent"} for i in range(2))
    assert judge(RECURRING, sent, [one])[0].fate is Fate.ADOPTED
    (finding,) = judge(RECURRING, sent, [one, two])
    assert (finding.fate, finding.candidates) == (Fate.CONFLICT, ("0", "1"))
    assert judge(TERM, [{"description": "Net 30"}], [{"id": "0", "description": "Net 30"}])[0].fate is Fate.CONFLICT


def test_amounts_of_lines_count() -> None:
    sent = {**BODY, "billLineItems": [{"amount": Decimal("12.50")}]}
    stored = [row(1, billLineItems=[{"amount": Decimal("12.51")}])]
    (finding,) = judge(BILL, [sent], stored)
    assert (finding.fate, finding.differing) == (Fate.CONFLICT, ("billLineItems",))
