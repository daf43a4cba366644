"""Messages to others: notes, invoices by mail, invitations. Nothing leaves the simulator.

The parameters were seen in clients; what the calls answer is unknown: an empty object here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bill_api.entities import BY_NAME
from bill_simulator.behaviour.refusals import ErrorAnswer
from bill_simulator.rules.calls import ResponseData, data_of, response_data, text_in
from bill_simulator.rules.crud import found
from bill_simulator.rules.values import flag

if TYPE_CHECKING:
    from bill_simulator.rules.calls import SessionCall

NOTE, INVOICE, VENDOR = (BY_NAME[each] for each in ("Note", "Invoice", "Vendor"))


def send_message(call: SessionCall) -> ResponseData:
    """A note about an object: `objectId`, `message`, `isPublic` (seen in a client).

    Afterwards a List of Note has it, without its message: the field that holds it was not seen.
    """
    call.session.check_permission("SendMessage")
    context, data = call.context(), data_of(call.form, required=True)
    object_id = text_in(data, "objectId")
    text_in(data, "message")
    flag(context, data, "isPublic")
    if not any(object_id in table.rows for table in context.books.tables.values()):
        raise ErrorAnswer(context.switches.not_found_code, "objectId", object_id)
    note = {
        **context.shape(NOTE).defaults,
        "id": context.books.new_id(NOTE.name, NOTE.id_prefix),
        "objectId": object_id,
        "createdTime": context.now,
        "updatedTime": context.now,
    }
    context.books.put(NOTE, note)
    return response_data({})


def send_invoice(call: SessionCall) -> ResponseData:
    """`invoiceId`, `headers`, `content`: an invoice by mail (seen in clients), told by `lastSentTime` (inferred)."""
    call.session.check_permission("SendInvoice")
    context, data = call.context(), data_of(call.form, required=True)
    row = found(context, INVOICE, data, "invoiceId")
    if isinstance(headers := data.get("headers"), dict):
        flag(context, headers, "ccMe")
    sent = {"lastSentTime": context.now, "updatedTime": context.now}
    context.books.put(INVOICE, {**context.books.table(INVOICE).object(row), **sent})
    return response_data({})


def send_vendor_invite(call: SessionCall) -> ResponseData:
    """`vendorId`, `email`: an invitation to BILL's network, from a trusted session alone (documented).

    `numberOfInvitesSent` tells of it (inferred).
    """
    call.require_trust()
    call.session.check_permission("SendVendorInvite")
    context, data = call.context(), data_of(call.form, required=True)
    row = found(context, VENDOR, data, "vendorId")
    text_in(data, "email")
    vendor = context.books.table(VENDOR).object(row)
    invited = {"numberOfInvitesSent": vendor["numberOfInvitesSent"] + 1, "updatedTime": context.now}
    context.books.put(VENDOR, {**vendor, **invited})
    return response_data({})
