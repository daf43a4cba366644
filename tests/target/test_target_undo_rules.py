"""The rules of undo by themselves: what is sent gives an object its former content, however BILL takes an update."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bill_api.entities import BY_NAME
from bill_api.identity.keys import RecordKey
from bill_api.table.kinds import is_empty
from target_bill.model.document import Document
from target_bill.model.outcome import Outcome, Verdict
from target_bill.model.step import Action, Step
from target_bill.model.write import Write, differing, kept_of
from target_bill.plan.undo import Found, bound, take_back

if TYPE_CHECKING:
    from collections.abc import Mapping

BILL = BY_NAME["Bill"]
FREE = {
    "Bill": {"paymentStatus": "1", "amount": "5.00", "dueAmount": "5.00", "approvalStatus": "0"},
    "Invoice": {"paymentStatus": "1", "amount": "5.00", "amountDue": "5.00"},
    "VendorCredit": {"appliedAmount": "0.00", "amount": "5.00"},
}


@pytest.mark.parametrize(
    ("entity", "fields", "field"),
    [
        ("Bill", {"paymentStatus": None}, "paymentStatus"),
        ("Bill", {"paymentStatus": "9"}, "paymentStatus"),
        ("Bill", {"scheduledAmount": "1.00"}, "scheduledAmount"),
        ("Bill", {"dueAmount": "1.00"}, "dueAmount"),
        ("Bill", {"creditAmount": "1.00"}, "creditAmount"),
        ("Bill", {"approvalStatus": "3"}, "approvalStatus"),
        ("Invoice", {"paymentStatus": None}, "paymentStatus"),
        ("Invoice", {"amountDue": "1.00"}, "amountDue"),
        ("VendorCredit", {"appliedAmount": None}, "appliedAmount"),
        ("VendorCredit", {"appliedAmount": "1.00"}, "appliedAmount"),
    ],
)
def test_each_sign_of_money_or_approval_binds_and_so_does_silence(
    entity: str, fields: dict[str, Any], field: str
) -> None:
    assert bound(BY_NAME[entity], FREE[entity]) is None
    problem = bound(BY_NAME[entity], {**FREE[entity], **fields})
    assert problem is not None
    assert problem.field == field


@pytest.mark.parametrize("former", [None, {"name": "A", "phone": "1", "isActive": "1"}])
def test_what_bill_keeps_by_itself_is_no_edit_of_what_a_run_wrote(former: dict[str, Any] | None) -> None:
    vendor, stored = BY_NAME["Vendor"], {"name": "A", "phone": "2", "isActive": "1"}
    made = Write(run="r", stream="vendors", source_key="k", bill_id="x", former=former, stored=stored)
    document = Document(
        entity=vendor,
        stream="vendors",
        record_key=RecordKey(text="k", shown="k"),
        money=Decimal(0),
        is_deleted=False,
        undoes="r",
    )
    for kept, is_taken_back in (({"lastPaymentDate": "2026-03-01"}, True), ({"phone": "3"}, False)):
        decision = take_back(document, Found(write=made, now={"id": "x", **stored, **kept}))
        assert isinstance(decision, Step) is is_taken_back, kept
    if former is not None:
        own = Write(
            run="r", stream="vendors", source_key="k", bill_id="x", former=former,
            stored={**stored, "lastPaymentDate": "2026-01-01"},
        )  # fmt: skip
        decision = take_back(document, Found(write=own, now={"id": "x", **stored, "lastPaymentDate": "2026-03-01"}))
        assert isinstance(decision, Outcome), "the run has set it"


TEXTS = st.sampled_from(["", "a", "b"])
AMOUNTS = st.sampled_from([Decimal(1), Decimal("2.50")])
LINES = st.lists(
    st.fixed_dictionaries({"id": st.sampled_from(list("123456")), "amount": AMOUNTS, "description": TEXTS}),
    min_size=1,
    max_size=4,
    unique_by=lambda line: str(line["id"]),
)
HEADS = {"description": TEXTS, "poNumber": TEXTS, "isActive": st.sampled_from(["1", "2"])}
OBJECTS = st.fixed_dictionaries({**HEADS, "billLineItems": LINES})
FIXED = {"id": "x", "vendorId": "v", "invoiceNumber": "1", "invoiceDate": "2026-01-01", "dueDate": "2026-01-01"}


def write(former: Mapping[str, Any] | None, stored: Mapping[str, Any]) -> Write:
    return Write(run="r", stream="bills", source_key="k", bill_id="x", former=former, stored=stored)


def decide(made: Write, now: Mapping[str, Any] | None, *, holder: str = "", referred_by: str = "") -> Step | Outcome:
    document = Document(
        entity=BILL,
        stream="bills",
        record_key=RecordKey(text="k", shown="k"),
        money=Decimal(0),
        is_deleted=False,
        undoes="r",
    )
    shown = {**now, **FREE["Bill"]} if now else None
    return take_back(document, Found(write=made, now=shown, holder=holder, referred_by=referred_by))


def carried_out(step: Step, now: Mapping[str, Any], *, keeps: bool, deletes: bool, merges: bool) -> dict[str, Any]:
    """The object as BILL has it after a step, under each answer to what is not known of updates."""
    if step.action is not Action.UPDATE:
        return {**now, "isActive": "2" if step.action is Action.DELETE else "1"}
    sent = {**step.body, **({} if deletes else {"isActive": now["isActive"]})}
    lines = {line["id"]: line for line in now["billLineItems"]}
    new = [
        {"id": f"new {place}", **(lines.get(line.get("id"), {}) if keeps else {}), **line}
        for place, line in enumerate(sent["billLineItems"])
    ]
    if merges:
        new += [line for key, line in lines.items() if key not in {each["id"] for each in new}]
    left = {name: value for name, value in now.items() if name not in sent} if keeps else {"id": now["id"]}
    return {**left, "isActive": now["isActive"], **sent, "billLineItems": new}


@given(OBJECTS, OBJECTS, st.booleans(), st.booleans(), st.booleans())
def test_steps_bring_an_object_to_its_former_content_however_bill_takes_an_update(
    before: dict[str, Any], after: dict[str, Any], keeps: bool, deletes: bool, merges: bool
) -> None:
    merges = merges and len(before["billLineItems"]) >= len(after["billLineItems"])
    before, now = {**FIXED, **before}, {**FIXED, **after}
    made = write(kept_of(BILL, before), kept_of(BILL, now))
    for _ in range(5):
        decision = decide(made, now)
        if isinstance(decision, Outcome):
            break
        now = carried_out(decision, now, keeps=keeps, deletes=deletes, merges=merges)
    assert isinstance(decision, Outcome)
    assert decision.verdict is Verdict.UNCHANGED, decision.problems
    assert not differing(BILL, kept_of(BILL, before), kept_of(BILL, now))


@given(OBJECTS, OBJECTS, OBJECTS)
def test_what_is_not_as_the_run_left_it_takes_no_step(
    before: dict[str, Any], after: dict[str, Any], now: dict[str, Any]
) -> None:
    contents = [kept_of(BILL, {**FIXED, **each}) for each in (before, after, now)]
    for former in (contents[0], None):
        decision = decide(write(former, contents[1]), {**FIXED, **now})
        if isinstance(decision, Step):
            left = differing(BILL, contents[1], contents[2])
            is_as_left = not left or (former is not None and left == ["isActive"])
            is_half_way = former is not None and _may_be_ours(former, contents[2])
            assert is_as_left or is_half_way


def _may_be_ours(former: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """True if nothing in it is neither as before the run nor empty, but for what is still to be deleted."""
    return all(name == "isActive" or is_empty(now.get(name)) for name in differing(BILL, former, now))


def test_an_object_that_is_gone_or_has_another_holder_is_named() -> None:
    made = write(None, kept_of(BILL, FIXED))
    for found in (decide(made, None), decide(made, FIXED, holder="the run s"), decide(made, FIXED, referred_by="Y")):
        assert isinstance(found, Outcome)
        assert found.verdict is Verdict.REJECTED
