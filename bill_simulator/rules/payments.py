"""Payments: those that would move money are refused; behind switches one can be recorded, and one scheduled."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bill_api.entities import BY_NAME
from bill_simulator.behaviour.refusals import ErrorAnswer
from bill_simulator.rules.calls import ResponseData, data_of, response_data
from bill_simulator.rules.computed import complete, settled
from bill_simulator.rules.crud import found
from bill_simulator.rules.presentation import presented
from bill_simulator.rules.values import check, is_empty
from bill_simulator.state.books import SUMS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bill_simulator.rules.calls import Context, SessionCall

JsonObject = dict[str, Any]

BILL, BILL_PAY, SENT_PAY = (BY_NAME[each] for each in ("Bill", "BillPay", "SentPay"))
PAYABLE = ("vendorId", "processDate", "description", "chartOfAccountId", "toPrintCheck", "syncReference")
"""The fields of a recorded payment that a caller may send (live: section 13, 9; `syncReference` is inferred)."""

REQUIRED = ("vendorId", "processDate")
IN_FULL, IN_PART, SCHEDULED = "0", "2", "4"
"""`paymentStatus` of a bill (the table has its codes)."""

PREFIXES: Mapping[str, str | None] = MappingProxyType(
    {
        "SentPay": SENT_PAY.id_prefix,
        "BillPay": BILL_PAY.id_prefix,
        "BillLineItem": BILL.by_name["billLineItems"].item_id_prefix,
    }
)

PAID, OUTSIDE = "2", "1"
"""Of a recorded payment (live: section 13, 10): its status, and the `paymentType` of its BillPays."""

TO_BE_PAID, THROUGH_BILL = "1", "0"
"""The same of a payment through BILL until it is processed (the table has the codes)."""


def pay_online(call: SessionCall) -> ResponseData:
    """Refuse to pay through BILL: BDC_1361 without trust (documented: PayBills), BDC_1150 with it."""
    call.require_trust()
    raise ErrorAnswer("BDC_1150")


def schedule_payment(call: SessionCall) -> ResponseData:
    """A payment of one bill through BILL, to be processed on a later day, behind the switch `pay_bill`.

    It takes `billId`, `amount` and `processDate`, and answers with the SentPay (seen in a client: section 13, 18).
    Nothing processes it here.
    """
    if call.world.switches.pay_bill == "refuse":
        return pay_online(call)
    call.require_trust()
    context, data = call.context(), data_of(call.form, required=True)
    vendor_id = context.books.table(BILL).object(found(context, BILL, data, "billId"))["vendorId"]
    with context.books.trial():
        head = header(context, {"vendorId": vendor_id, "processDate": data.get("processDate")})
        payment = stored(context, head, [data], ONLINE)
    return ResponseData(data=presented(context, SENT_PAY, payment), rows=1)


def move_money(_call: SessionCall) -> ResponseData:
    """Refuse to charge, receive, void or cancel a payment: BDC_1145, as for a user without the permission."""
    raise ErrorAnswer("BDC_1145")


def disbursement_data(call: SessionCall) -> ResponseData:
    """`sentPayId`: an empty object, as in BILL's sandbox and before money has moved (documented)."""
    call.session.check_permission("GetDisbursementData")
    found(call.context(), SENT_PAY, data_of(call.form, required=True), "sentPayId")
    return response_data({})


def record_payment(call: SessionCall) -> ResponseData:
    """A payment of bills that was made elsewhere; the answer is its SentPay (documented: recordappayment).

    Behind the switch `record_payments`; else it is refused like the others. A bill is as captures show it after a
    payment: another `dueAmount` and `paymentStatus`, a new `updatedTime`, lines with new ids (live: section 7, 8).
    """
    call.session.check_permission("RecordAPPayment")
    if call.world.switches.record_payments == "refuse":
        raise ErrorAnswer("BDC_1145")
    context, data = call.context(), data_of(call.form, required=True)
    sent = data.get("billPays")
    if not isinstance(sent, list) or not sent:
        raise ErrorAnswer("BDC_1108", "billPays")
    with context.books.trial():
        payment = stored(context, header(context, data), sent, RECORDED)
    return ResponseData(data=presented(context, SENT_PAY, payment), rows=1)


def stored(context: Context, head: Mapping[str, Any], sent: Sequence[Any], way: Way) -> bytes:
    """Pay the bills, or schedule it, and store the payment; its JSON."""
    number = len(context.books.table(SENT_PAY).rows)
    payment: JsonObject = {
        **context.shape(SENT_PAY).defaults,
        **head,
        **stamped(context, "SentPay"),
        "status": way.status,
        "name": f"P{context.now[2:10].replace('-', '')}01 - {number:07d}",  # the day of the call (live: section 13, 10)
        "isOnline": way.is_online,
        "billCredits": [],
    }
    copied = {name: payment[name] for name in ("name", "description", "syncReference", "chartOfAccountId")}
    payment["billPays"] = [
        {
            **context.shape(BILL_PAY).defaults,
            **pay_bill(context, each, head, way),
            **copied,
            **stamped(context, "BillPay"),
            "sentPayId": payment["id"],
            "paymentStatus": way.status,
            "paymentType": way.payment_type,
            "processDate": head["processDate"],
        }
        for each in sent
    ]
    payment["amount"] = reduce(SUMS.add, (each["amount"] for each in payment["billPays"]))
    for each in payment["billPays"]:
        context.books.put(BILL_PAY, each)
    payment["billPays"] = [{name: each[name] for name in BILL_PAY.by_name} for each in payment["billPays"]]
    return context.books.put(SENT_PAY, payment).whole


def header(context: Context, data: Mapping[str, Any]) -> JsonObject:
    """The parts of the payment itself that were sent, checked."""
    for name in REQUIRED:
        if is_empty(data.get(name)):
            raise ErrorAnswer("BDC_1117", name)
    defaults = context.shape(SENT_PAY).defaults
    return {
        name: check(context, SENT_PAY.by_name[name], data[name], defaults[name]) for name in PAYABLE if name in data
    }


def pay_bill(context: Context, sent: Any, head: Mapping[str, Any], way: Way) -> JsonObject:
    """Pay one bill, or schedule it; BDC_1119 for a bill of another vendor, and for more than is due (inferred)."""
    if not isinstance(sent, dict):
        raise ErrorAnswer("BDC_1124", "billPays")
    row = found(context, BILL, sent, "billId")
    table = context.books.table(BILL)
    bill = table.object(row)
    if bill["vendorId"] != head["vendorId"] or not table.is_active(row):
        raise ErrorAnswer("BDC_1119", "billId", bill["id"])
    amount = check(context, BILL_PAY.by_name["amount"], sent.get("amount"), None)
    if amount is None or not 0 < amount <= payable(bill):
        raise ErrorAnswer("BDC_1119", "amount", sent.get("amount"))
    context.books.put(BILL, way.change(context, bill, amount, head["processDate"]))
    return {"billId": bill["id"], "amount": amount}


def payable(bill: JsonObject) -> Decimal:
    """The amount that no payment was made or scheduled for yet."""
    left = SUMS.subtract(bill["amount"], settled(bill))
    return SUMS.subtract(left, Decimal(bill["scheduledAmount"] or 0))


def touched(context: Context, bill: JsonObject) -> JsonObject:
    """The bill after whatever a payment does to it: lines with new ids, a new time (live: section 7, 8)."""
    lines = [{**line, **stamped(context, "BillLineItem")} for line in bill["billLineItems"]]
    after = {**bill, "billLineItems": lines, "updatedTime": context.now}
    complete(after)
    return after


def paid(context: Context, bill: JsonObject, amount: Decimal, day: str) -> JsonObject:
    """The bill after a payment of so much."""
    after = touched(context, bill)
    after["paidAmount"] = SUMS.add(bill["paidAmount"] or Decimal(0), amount)
    after["dueAmount"] = SUMS.subtract(after["dueAmount"], amount)
    is_paid = settled(after) == after["amount"]
    status = IN_FULL if is_paid else IN_PART
    days = {"lastPaymentDate": day, **({"fullPaymentDate": day} if is_paid else {})}
    return {**after, "paymentStatus": status, "uiPaymentStatus": status, **days}


def scheduled(context: Context, bill: JsonObject, amount: Decimal, _day: str) -> JsonObject:
    """The bill after a payment of so much was scheduled; what its due amount does then is unknown (section 17, 7)."""
    after = touched(context, bill)
    after["scheduledAmount"] = SUMS.add(Decimal(bill["scheduledAmount"] or 0), amount)
    if context.switches.pay_bill == "due_falls":
        after["dueAmount"] = SUMS.subtract(after["dueAmount"], amount)
    return {**after, "paymentStatus": SCHEDULED, "uiPaymentStatus": SCHEDULED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """The way of a payment.

    Attributes:
        status: Of the payment, and the `paymentStatus` of its BillPays (section 13, 10 and 18).
        payment_type: Of its BillPays.
        is_online: True if it goes through BILL.
        change: The bill after it, of the bill before, the amount and the day.
    """

    status: str
    payment_type: str
    is_online: bool
    change: Callable[[Context, JsonObject, Decimal, str], JsonObject]


RECORDED = Way(status=PAID, payment_type=OUTSIDE, is_online=False, change=paid)
ONLINE = Way(status=TO_BE_PAID, payment_type=THROUGH_BILL, is_online=True, change=scheduled)


def stamped(context: Context, name: str) -> JsonObject:
    """The id and times of something new."""
    return {
        "id": context.books.new_id(name, PREFIXES[name]),
        "createdTime": context.now,
        "updatedTime": context.now,
    }
