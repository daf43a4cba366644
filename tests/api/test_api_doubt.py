"""A write whose answer was lost is settled by looking: found, certainly absent, or something that may be it."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from conftest import client_for

from bill_api.doubt.fate import Fate, Finding, judge
from bill_api.doubt.reconciliation import Reconciliation, Sent, patience_s
from bill_api.entities import BY_NAME
from bill_api.errors import InDoubtError
from bill_api.identity.keys import ObjectKey, natural_key
from bill_api.table.entity import Operation
from bill_api.wire.clock import BillsClock
from bill_simulator import Simulator, defaults

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bill_api.client import BillClient
    from bill_api.table.entity import Entity

pytest_plugins = ["api_fixtures"]

VENDOR, BILL, INVOICE, TERM, RECURRING, USER = (
    BY_NAME[name] for name in ("Vendor", "Bill", "Invoice", "PaymentTerm", "RecurringBill", "User")
)
CREATE = "/Crud/Create/Vendor.json"
PATIENCE_S = patience_s(5)  # the tests' connection waits 5 s
FERN = {"name": "Fern"}


class Clock:
    """A clock that moves with every pause, and may do something meanwhile."""

    def __init__(self, meanwhile: Callable[[], None] = lambda: None, base_s: Callable[[], float] = time.time) -> None:
        self.pauses: list[float] = []
        self._meanwhile = meanwhile
        self._base_s = base_s

    def now_s(self) -> float:
        return self._base_s() + sum(self.pauses)

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self._meanwhile()


class StandingClock(Clock):
    """A clock that nothing else moves: what is paused does not depend on how fast this computer is."""

    def __init__(self) -> None:
        super().__init__()
        self._began_s = int(time.time())  # whole, so that sums of pauses are exact

    def now_s(self) -> float:
        return self._began_s + sum(self.pauses)


def settled(
    client: BillClient,
    *objs: Mapping[str, Any],
    entity: Entity = VENDOR,
    operation: Operation = Operation.CREATE,
    clock: Clock | None = None,
    ago_s: float = 0,
    is_over: bool = False,
    **more: Any,
) -> list[Finding]:
    """The findings about calls that left a while ago."""
    clock = clock or Clock(base_s=client.clock.now_s)
    reconciliation = Reconciliation(client, entity, pause=clock.pause, now_s=clock.now_s, **more)
    sent_at_s = clock.now_s() - ago_s
    return reconciliation.settle(
        [Sent(operation=operation, obj=obj, sent_at_s=sent_at_s, is_over=is_over) for obj in objs]
    )


def fates(findings: list[Finding]) -> list[str]:
    return [each.fate.value for each in findings]


@pytest.mark.parametrize(("timeout_s", "expected"), [(1, 3), (5, 7), (8, 10), (60, 75)])
def test_a_call_is_waited_for_a_quarter_longer_than_its_answer_and_two_seconds_at_least(
    timeout_s: float, expected: float
) -> None:
    assert patience_s(timeout_s) == expected


# Looking


def test_a_create_that_happened_is_adopted_without_waiting(bill: Simulator) -> None:
    client, clock, began_s = client_for(bill), Clock(), time.time()
    bill.control.fault("drop_after", CREATE)
    with pytest.raises(InDoubtError) as lost:
        client.create(VENDOR, FERN)
    assert lost.value.sent_at_s is not None
    assert began_s <= lost.value.sent_at_s <= time.time()
    (finding,) = settled(client, FERN, clock=clock)
    assert finding.fate is Fate.ADOPTED
    assert finding.obj is not None
    assert finding.obj["name"] == "Fern"
    assert clock.pauses == []


@pytest.mark.parametrize(("timeout_s", "pauses"), [(5, [1, 2, 4]), (25, [1, 2, 4, 8, 16, 0.25])])
def test_a_create_that_did_not_happen_is_absent_only_once_the_call_is_over(
    bill: Simulator, timeout_s: int, pauses: list[float]
) -> None:
    clock = StandingClock()
    assert settled(client_for(bill, timeout_s=timeout_s), FERN, clock=clock) == [Finding(fate=Fate.ABSENT)]
    assert clock.pauses == pauses


class CostlyClock(Clock):
    """A clock that moves with every look at it, as if all between two took so long."""

    def __init__(self, step_s: float) -> None:
        super().__init__()
        self._now_s, self._step_s = time.time(), step_s

    def now_s(self) -> float:
        self._now_s += self._step_s
        return self._now_s


@pytest.mark.parametrize("step_s", [0.3, 0.5, 0.7, 0.9, 1.1, 1.3, 2.0])
def test_a_look_that_takes_longer_than_is_left_is_followed_by_no_further_wait(bill: Simulator, step_s: float) -> None:
    clock = CostlyClock(step_s)
    assert fates(settled(client_for(bill), FERN, clock=clock)) == ["absent"]
    assert all(each >= 0 for each in clock.pauses)


def test_the_youngest_call_is_waited_for_and_the_oldest_is_looked_for(bill: Simulator) -> None:
    client, clock = client_for(bill), StandingClock()
    client.create(VENDOR, {"name": "Oak"})
    bill.control.advance(30)
    now = clock.now_s()
    sent = [
        Sent(operation=Operation.BULK_CREATE, obj={"name": name}, sent_at_s=now - ago)
        for name, ago in (("Fern", 0), ("Oak", 30))
    ]
    findings = Reconciliation(client, VENDOR, pause=clock.pause, now_s=clock.now_s).settle(sent)
    assert fates(findings) == ["absent", "adopted"]
    assert sum(clock.pauses) == PATIENCE_S


DAY_S = 24 * 3600


@pytest.mark.parametrize("ahead_s", [20, 3600, 30 * DAY_S])
def test_a_call_that_left_by_a_clock_that_was_ahead_is_waited_for_no_longer_than_another(
    bill: Simulator, ahead_s: float
) -> None:
    clock = StandingClock()
    assert settled(client_for(bill), FERN, clock=clock, ago_s=-ahead_s) == [Finding(fate=Fate.ABSENT)]
    assert sum(clock.pauses) == PATIENCE_S


@pytest.mark.parametrize("operation", [Operation.CREATE, Operation.UPDATE])
def test_a_call_that_left_by_a_clock_that_was_ahead_is_found_however_long_ago_it_was(
    bill: Simulator, operation: Operation
) -> None:
    client = client_for(bill)
    made = client.create(VENDOR, FERN)
    bill.control.advance(9 * DAY_S)
    sent = FERN if operation is Operation.CREATE else {**FERN, "id": made["id"]}
    assert fates(settled(client, sent, operation=operation, ago_s=-30 * DAY_S)) == ["adopted"]


@pytest.mark.parametrize("after_pauses", [1, 3])
def test_a_create_that_is_done_late_is_found(bill: Simulator, after_pauses: int) -> None:
    client = client_for(bill)

    def create_late() -> None:
        if len(clock.pauses) == after_pauses:  # the third is the last one
            client.create(VENDOR, FERN)

    clock = Clock(create_late)
    assert fates(settled(client, FERN, clock=clock)) == ["adopted"]
    assert len(clock.pauses) == after_pauses


def test_what_is_unclear_may_become_clear_while_it_is_waited_for(bill: Simulator) -> None:
    client = client_for(bill)
    client.create(VENDOR, {"name": "F-ern"})  # another's, of a near name

    def create_late() -> None:
        client.create(VENDOR, FERN)

    clock = Clock(create_late)
    assert fates(settled(client, FERN, clock=clock)) == ["adopted"]
    assert len(clock.pauses) == 1


def test_an_object_that_was_taken_in_one_look_is_not_taken_in_the_next(bill: Simulator) -> None:
    client = client_for(bill)
    vendor = client.create(VENDOR, FERN)["id"]
    rent = {"vendorId": vendor, "description": "rent"}
    rent |= {"timePeriod": "1", "frequencyPerTimePeriod": 1, "nextDueDate": "2030-01-01", "daysInAdvance": 5}
    rent |= {"recurringBillLineItems": [{"amount": Decimal(1000)}]}
    first = client.create(RECURRING, rent)["id"]
    made: list[str] = []

    def create_late() -> None:
        if len(clock.pauses) == 2:
            made.append(client.create(RECURRING, rent)["id"])

    clock = Clock(create_late)
    findings = settled(client, rent, rent, entity=RECURRING, clock=clock)
    assert [each.obj and each.obj["id"] for each in findings] == [first, *made]
    assert len(clock.pauses) == 2


@pytest.mark.parametrize("about", [{"is_over": True}, {"ago_s": PATIENCE_S + 1}])
def test_a_call_that_is_over_is_looked_for_once(bill: Simulator, about: dict[str, Any]) -> None:
    clock = Clock()
    assert fates(settled(client_for(bill), FERN, clock=clock, **about)) == ["absent"]
    assert clock.pauses == []


def test_a_clock_that_was_set_back_costs_one_wait_and_hides_nothing(bill: Simulator) -> None:
    client, clock = client_for(bill), Clock()
    client.create(VENDOR, FERN)
    assert fates(settled(client, FERN, {"name": "Oak"}, clock=clock, ago_s=-3600)) == ["adopted", "absent"]
    assert sum(clock.pauses) <= PATIENCE_S


def test_a_slow_answer_of_bills_clock_hides_nothing(bill: Simulator) -> None:
    client = client_for(bill)
    client.session_id()
    bill.control.fault("late", "/CurrentTime.json", delay_ms=1500)
    sent_at_s = client.clock.now_s()
    client.create(VENDOR, FERN)
    sent = Sent(operation=Operation.CREATE, obj=FERN, sent_at_s=sent_at_s, is_over=True)
    found = Reconciliation(client, VENDOR, pause=Clock().pause, margin=timedelta(seconds=1)).settle([sent])
    assert fates(found) == ["adopted"]


def test_bills_clock_is_asked_once_and_goes_on_whatever_is_done_to_this_computers() -> None:
    told = datetime(2026, 3, 1, 9, tzinfo=UTC)
    asked: list[float] = []
    monotonic_s = iter([100.0, 100.0, 107.5])

    def ask() -> datetime:
        asked.append(1)
        return told

    clock = BillsClock(ask, monotonic_s=lambda: next(monotonic_s))
    assert clock.now_s() == told.timestamp()
    assert clock.since_now() == told + timedelta(seconds=7.5)
    assert len(asked) == 1


def test_what_was_there_before_is_not_taken_for_what_was_sent(bill: Simulator) -> None:
    client = client_for(bill)
    client.create(VENDOR, FERN)
    bill.control.advance(60)
    assert fates(settled(client, FERN, is_over=True)) == ["absent"]
    assert fates(settled(client, FERN, is_over=True, margin=timedelta(minutes=2))) == ["adopted"]


def test_every_row_that_is_read_is_told_and_an_owned_one_is_not_taken(bill: Simulator) -> None:
    client = client_for(bill)
    read: list[Mapping[str, Any]] = []
    owned = client.create(VENDOR, FERN)["id"]
    findings = settled(client, FERN, is_over=True, is_owned=owned.__eq__, note=read.append)
    assert fates(findings) == ["absent"]
    assert [each["id"] for each in read] == [owned]


def test_nothing_is_asked_about_nothing(bill: Simulator) -> None:
    assert settled(client_for(bill), clock=Clock()) == []
    assert bill.control.requests() == []


# Updates and deletes


def test_an_update_is_told_by_what_was_touched(bill: Simulator) -> None:
    client = client_for(bill)
    vendor = client.create(VENDOR, FERN)
    sent = {"id": vendor["id"], "companyName": "Fern Ltd"}
    bill.control.advance(60)
    update: dict[str, Any] = {"operation": Operation.UPDATE, "is_over": True}
    assert fates(settled(client, sent, **update)) == ["absent"]
    client.update(VENDOR, sent)
    assert fates(settled(client, sent, **update)) == ["adopted"]
    client.update(VENDOR, {**sent, "companyName": "Another"})
    (finding,) = settled(client, sent, **update)
    assert (finding.fate, finding.differing) == (Fate.UNCLEAR, ("companyName",))


def test_an_update_that_is_done_late_is_found(bill: Simulator) -> None:
    client = client_for(bill)
    sent = {"id": client.create(VENDOR, FERN)["id"], "companyName": "Fern Ltd"}
    bill.control.advance(60)

    def update_late() -> None:
        client.update(VENDOR, sent)

    clock = Clock(update_late)
    assert fates(settled(client, sent, operation=Operation.BULK_UPDATE, clock=clock)) == ["adopted"]
    assert len(clock.pauses) == 1


@pytest.mark.parametrize("operation", [Operation.DELETE, Operation.BULK_DELETE, Operation.UNDELETE])
def test_a_delete_and_an_undelete_are_told_by_what_is_active(bill: Simulator, operation: Operation) -> None:
    client = client_for(bill)
    vendor = client.create(VENDOR, FERN)
    if operation is Operation.UNDELETE:
        client.delete(VENDOR, vendor["id"])
    about: dict[str, Any] = {"operation": operation, "is_over": True}
    assert fates(settled(client, {"id": vendor["id"]}, **about)) == ["absent"]
    (client.undelete if operation is Operation.UNDELETE else client.delete)(VENDOR, vendor["id"])
    assert fates(settled(client, {"id": vendor["id"]}, **about)) == ["adopted"]


def test_many_changes_are_looked_for_in_one_call(bill: Simulator) -> None:
    client = client_for(bill)
    ids = [client.create(VENDOR, {"name": f"Fern {i}"})["id"] for i in range(5)]
    for each in ids[:3]:
        client.delete(VENDOR, each)
    before = len(bill.control.requests())
    findings = settled(client, *({"id": each} for each in ids), operation=Operation.DELETE, is_over=True)
    assert fates(findings) == ["adopted"] * 3 + ["absent"] * 2
    paths = [each["path"].rpartition("/v2")[2] for each in bill.control.requests()[before:]]
    assert paths == ["/CurrentTime.json", "/Bulk/Crud/Read/Vendor.json"]


@pytest.mark.parametrize("code", ["BDC_1145", "BDC_1121", "BDC_4711"])
def test_what_cannot_be_read_by_its_id_is_looked_for_in_the_list(bill: Simulator, code: str) -> None:
    # section 16, 3: permissions are per operation
    client = client_for(bill)
    sent = {"id": client.create(VENDOR, FERN)["id"], "companyName": "Fern Ltd"}
    bill.control.fault("error", "/Bulk/Crud/Read/Vendor.json", code=code, count=0)
    bill.control.advance(60)
    update: dict[str, Any] = {"operation": Operation.UPDATE, "is_over": True}
    assert fates(settled(client, sent, **update)) == ["absent"]
    client.update(VENDOR, sent)
    assert fates(settled(client, sent, **update)) == ["adopted"]


def test_what_was_refused_for_its_id_never_happened(bill: Simulator) -> None:
    client = client_for(bill)
    update: dict[str, Any] = {"operation": Operation.UPDATE, "is_over": True}
    nobody = f"{client.create(VENDOR, FERN)['id'][:-3]}zzz"
    assert fates(settled(client, {"id": nobody, "companyName": "Fern Ltd"}, **update)) == ["absent"]


# Entities that tell no times


def test_an_entity_that_tells_no_times_is_read_whole(bill: Simulator) -> None:
    bill.control.switch(unread_fields="absent")
    client = client_for(bill)
    assert fates(settled(client, {"email": "fern@simulator.test"}, entity=USER, is_over=True)) == ["absent"]
    present = bill.control.books(defaults.ORGANIZATION_ID, "User")[0]["email"]
    assert fates(settled(client, {"email": present}, entity=USER, is_over=True)) == ["adopted"]


@pytest.mark.parametrize("code", ["BDC_1114", "BDC_1119", "BDC_1120"])
def test_without_times_a_change_is_looked_at_where_it_is(bill: Simulator, code: str) -> None:
    # section 7, 11: the code for an unknown id is unknown
    bill.control.switch(unread_fields="absent", not_found_code=code)
    client = client_for(bill)
    user = bill.control.books(defaults.ORGANIZATION_ID, "User")[0]
    update: dict[str, Any] = {"entity": USER, "operation": Operation.UPDATE, "is_over": True}
    assert fates(settled(client, {"id": user["id"], "email": user["email"]}, **update)) == ["adopted"]
    (finding,) = settled(client, {"id": user["id"], "firstName": "Fern"}, **update)
    assert (finding.fate, finding.differing) == (Fate.UNCLEAR, ("firstName",))
    assert fates(settled(client, {"id": f"{user['id'][:-3]}zzz", "firstName": "Fern"}, **update)) == ["absent"]


def test_without_times_and_key_an_equal_object_may_have_been_there_before() -> None:
    (finding,) = judge(TERM, [{"description": "Net 30"}], [{"id": "0", "description": "Net 30"}])
    assert (finding.fate, finding.candidates) == (Fate.UNCLEAR, ("0",))


# The judgement


BODY = {"vendorId": "v", "invoiceNumber": "INV-1", "dueDate": "2026-01-01", "billLineItems": [{"amount": Decimal(10)}]}


def row(number: int, **values: Any) -> dict[str, Any]:
    return {"id": f"id-{number}", **BODY, **values}


OTHER_TOTAL = {"billLineItems": [{"amount": Decimal(99)}]}


@pytest.mark.parametrize(
    ("sent", "rows", "expected"),
    [
        ([BODY], [], ["absent"]),
        ([BODY], [row(1)], ["adopted"]),
        ([BODY], [row(1, dueDate="2026-01-02")], ["unclear"]),
        ([BODY], [row(1, billLineItems=[{"amount": Decimal("10.01")}])], ["unclear"]),
        ([BODY], [row(1, invoiceNumber="2", **OTHER_TOTAL)], ["absent"]),
        ([BODY], [row(1, billLineItems=[{"amount": Decimal("1E+400")}])], ["unclear"]),  # no accident of ours
        ([BODY], [row(1, vendorId="w")], ["absent"]),
        ([BODY], [row(1, isActive="2")], ["adopted"]),  # it happened, and was deleted
        ([BODY], [row(1, isActive="2", dueDate="2026-01-02")], ["absent"]),
        ([BODY, BODY], [row(1)], ["adopted", "absent"]),  # an object is taken for one create only
        ([BODY, {**BODY, "invoiceNumber": "2"}], [row(1), row(2, invoiceNumber="2")], ["adopted", "adopted"]),
        ([{**BODY, "invoiceNumber": "2"}, BODY], [row(1)], ["absent", "adopted"]),  # its total is the other's
    ],
)
def test_objects_with_a_key_are_judged_by_it(
    sent: list[Mapping[str, Any]], rows: list[Mapping[str, Any]], expected: list[str]
) -> None:
    assert fates(judge(BILL, sent, rows)) == expected


@pytest.mark.parametrize(
    ("values", "differing"),
    [
        ({"invoiceNumber": "inv 01", **OTHER_TOTAL}, ("invoiceNumber", "billLineItems")),
        ({"invoiceNumber": "INV-1", **OTHER_TOTAL}, ("billLineItems",)),
        ({"invoiceNumber": "17", "dueDate": "2026-02-01"}, ("invoiceNumber", "dueDate")),
        (
            {"invoiceNumber": "17", "billLineItems": [{"amount": 4, "description": "A"}, {"amount": Decimal("6.00")}]},
            ("invoiceNumber", "billLineItems"),
        ),
    ],
    ids=["near number", "same number", "same total", "same total of other lines"],
)
def test_what_bill_may_have_kept_in_another_form_is_unclear_and_never_missing(
    values: dict[str, Any], differing: tuple[str, ...]
) -> None:
    stored = row(1, **values)
    (finding,) = judge(BILL, [BODY], [stored])
    assert (finding.fate, finding.obj, finding.differing) == (Fate.UNCLEAR, stored, differing)
    for away in ({"isActive": "2"}, {"vendorId": "w", "invoiceNumber": "17"}):
        assert fates(judge(BILL, [BODY], [{**stored, **away}])) == ["absent"]
    assert fates(judge(BILL, [BODY], [stored], is_owned="id-1".__eq__)) == ["absent"]


def test_a_number_is_near_within_its_party_only() -> None:
    sent = {"customerId": "c", "invoiceNumber": "INV-1"}
    stored = {"id": "1", "customerId": "c", "invoiceNumber": "inv1"}
    assert fates(judge(INVOICE, [sent], [stored])) == ["unclear"]
    assert fates(judge(INVOICE, [sent], [{**stored, "customerId": "d"}])) == ["absent"]
    # BILL does not take the same number of another customer: to send it again would be refused.
    assert fates(judge(INVOICE, [sent], [{**stored, "customerId": "d", "invoiceNumber": "INV-1"}])) == ["unclear"]


def test_of_a_masked_number_the_digits_shown_count_and_what_bill_sets_does_not() -> None:
    account = {"vendorId": "v", "accountNumber": "123456789", "updatedTime": "2020-01-01T00:00:00.000+0000"}
    stored = {"id": "1", "vendorId": "v", "accountNumber": "*****6789", "updatedTime": "2026-01-01T00:00:00.000+0000"}
    assert fates(judge(BY_NAME["VendorBankAccount"], [account], [stored])) == ["adopted"]
    (finding,) = judge(BY_NAME["VendorBankAccount"], [account], [{**stored, "accountNumber": "*****6780"}])
    assert (finding.fate, finding.differing) == (Fate.UNCLEAR, ("accountNumber",))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *(("NPOWER", "adopted"), ("N-power", "unclear"), ("n power", "unclear"), ("N.power", "unclear")),
        *(("&lt;Npower", "unclear"), ("N\u00f6wer", "unclear"), ("Elm", "absent"), ("Power of attorney", "absent")),
    ],
)
def test_a_name_is_the_same_in_any_case_and_unclear_where_it_is_near(name: str, expected: str) -> None:
    assert fates(judge(VENDOR, [{"name": "Npower"}], [{"id": "1", "name": name}])) == [expected]


def test_an_object_that_bill_answered_may_be_what_was_sent_whatever_it_is_called() -> None:
    sent = [{"name": "\u682a\u5f0f"}, {"name": "\u4f1a\u793e"}]
    rows = [{"id": "1", "name": "??"}, {"id": "2", "name": "Elm"}]
    assert fates(judge(VENDOR, sent, rows)) == ["absent", "absent"]
    assert fates(judge(VENDOR, sent, rows, answered=["1", None])) == ["unclear", "absent"]
    assert fates(judge(VENDOR, sent, rows, answered=["1", "3"])) == ["unclear", "absent"], "it is no fresh one"
    assert fates(judge(VENDOR, sent, rows, answered=["1", "2"], is_owned="2".__eq__)) == ["unclear", "absent"]
    gone = [{**rows[0], "isActive": "2"}, rows[1]]
    assert fates(judge(VENDOR, sent, gone, answered=["1", None])) == ["absent", "absent"]


def test_of_objects_answered_for_one_another_each_is_taken_for_what_it_says() -> None:
    rows = [{"id": "1", "name": "Fern"}, {"id": "2", "name": "Oak"}]
    found = judge(VENDOR, [FERN, {"name": "Oak"}], rows, answered=["2", "1"])
    assert [each.obj and each.obj["id"] for each in found] == ["1", "2"]


RENT = {"vendorId": "v", "description": "rent", "recurringBillLineItems": [{"amount": Decimal(1000)}]}


def rents(count: int, **values: Any) -> list[dict[str, Any]]:
    return [{"id": str(i), **RENT, **values} for i in range(count)]


@pytest.mark.parametrize(
    ("sent", "rows", "expected"),
    [
        ([RENT], rents(1), ["adopted"]),
        ([RENT], rents(2), ["unclear"]),
        ([RENT, RENT], rents(2), ["adopted", "adopted"]),
        ([RENT, RENT], rents(1), ["adopted", "absent"]),
        ([RENT, RENT], rents(3), ["unclear", "unclear"]),
        ([RENT], rents(1, description="RENT"), ["unclear"]),
        ([RENT, RENT], [*rents(1), *rents(1, id="x", description="RENT")], ["adopted", "unclear"]),
        ([RENT], rents(1, vendorId="w", description="RENT"), ["absent"]),
    ],
)
def test_without_a_key_equal_objects_are_adopted_when_none_of_them_can_be_another(
    sent: list[Mapping[str, Any]], rows: list[Mapping[str, Any]], expected: list[str]
) -> None:
    assert fates(judge(RECURRING, sent, rows)) == expected
    allowed = replace(natural_key(BILL), is_unique=False)  # the same where a number may be taken twice
    lines = {"recurringBillLineItems": "billLineItems"}
    as_bills = [
        [{lines.get(name, name): value for name, value in {**each, "invoiceNumber": "1"}.items()} for each in some]
        for some in (sent, rows)
    ]
    assert fates(judge(BILL, *as_bills, key=allowed)) == expected


def test_of_equal_objects_the_active_one_is_adopted() -> None:
    (finding,) = judge(BILL, [BODY], [row(1, isActive="2"), row(2)])
    assert finding.obj == row(2)


def test_candidates_are_named() -> None:
    assert judge(RECURRING, [RENT], rents(2))[0].candidates == ("0", "1")


def test_what_says_less_does_not_take_what_says_more() -> None:
    more = {**RENT, "description": "rent of May"}
    less = {name: value for name, value in RENT.items() if name != "description"}
    stored = [{"id": "1", **more}, {"id": "2", **less}]
    findings = judge(RECURRING, [less, more], stored)
    assert [each.obj and each.obj["id"] for each in findings] == ["2", "1"]


def test_a_key_with_a_blank_part_tells_nothing_apart_unless_it_may_be_blank() -> None:
    by_number = ObjectKey(fields=("accNumber",))
    rows = [{"id": str(i), "name": "Fern", "accNumber": None} for i in range(2)]
    assert fates(judge(VENDOR, [FERN], rows, key=by_number)) == ["unclear"]
    account, stored = BY_NAME["Department"], {"id": "1", "name": "Sales", "parentDepartmentId": None}
    assert fates(judge(account, [{"name": "Sales"}], [stored])) == ["adopted"]
    assert fates(judge(account, [{"name": "Sales"}], [{**stored, "parentDepartmentId": "p"}])) == ["absent"]
