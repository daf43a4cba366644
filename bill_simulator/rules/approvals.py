"""Approvers of bills and vendor credits, and their decisions (facts: section 13, 3).

The parameters are documented or live; what the calls answer besides `approvals` is unknown: an empty object here.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bill_api.entities import BY_NAME
from bill_api.table.entity import INACTIVE
from bill_simulator.behaviour.refusals import ErrorAnswer
from bill_simulator.rules.calls import ResponseData, data_of, response_data, text_in
from bill_simulator.rules.crud import found
from bill_simulator.rules.listing import page_of
from bill_simulator.rules.presentation import presented
from bill_simulator.rules.values import CODE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bill_api.table.entity import Entity
    from bill_simulator.rules.calls import Context, SessionCall

JsonObject = dict[str, Any]

APPROVERS: Mapping[str, tuple[Entity, str]] = MappingProxyType(
    {
        "Bill": (BY_NAME["BillApprover"], "billId"),
        "VendorCredit": (BY_NAME["VendorCreditApprover"], "vendorCreditId"),
    }
)
"""The approvers of each kind of document, and their reference to it (documented: bill-approvals-overview)."""

USER = BY_NAME["User"]
UNASSIGNED, ASSIGNED, ALL_APPROVED, APPROVING, DENIED = "0", "1", "3", "4", "5"
"""Of a document: `approvalStatus` (3 to 5 live: section 7, 24; 0 and 1 seen in a client)."""

WAITS, HAS_DENIED, HAS_APPROVED, UPCOMING = "0", "3", "4", "5"
"""Of an approver: `status` (seen in a client)."""


def set_approvers(call: SessionCall) -> ResponseData:
    """`entity`, `objectId`, `approvers` in their order (live).

    Those who were approvers are so no more, or the new ones come after them (unknown: the switch `set_approvers`).
    """
    call.session.check_permission("SetApprovers")
    context, data = call.context(), data_of(call.form, required=True)
    entity, document = document_of(context, data)
    users = data.get("approvers")
    if not isinstance(users, list):
        raise ErrorAnswer("BDC_1108", "approvers")
    known = context.books.table(USER).rows
    for each in users:
        if not isinstance(each, str) or each not in known:
            raise ErrorAnswer(context.switches.unknown_reference_code, "approvers", each)
    if context.switches.set_approvers == "replace":
        remove_approvers(context, entity, document["id"])
    before = approvers_of(context, entity, document["id"])
    added = [each for each in users if all(each != known["usersId"] for known in before)]
    is_waited_for = any(each["status"] == WAITS for each in before)
    for place, user_id in enumerate(added):
        status = UPCOMING if place or is_waited_for else WAITS
        add_approver(context, entity, document["id"], usersId=user_id, sortOrder=len(before) + place, status=status)
    put_document(context, entity, document, ASSIGNED if before or added else UNASSIGNED)
    return response_data({})


def clear_approvers(call: SessionCall) -> ResponseData:
    """`entity`, `objectId` (inferred): nobody approves the document any more, whatever was decided (documented).

    That it is unassigned then is inferred. The call comes before SetApprovers to replace approvers (documented).
    """
    call.session.check_permission("ClearApprovers")
    context, data = call.context(), data_of(call.form, required=True)
    entity, document = document_of(context, data)
    remove_approvers(context, entity, document["id"])
    put_document(context, entity, document, UNASSIGNED)
    return response_data({})


def approve(call: SessionCall) -> ResponseData:
    """`objectId`, `entity`, `comment`: the caller approves, and it is the next one's turn (live: the parameters).

    The document is approving until all have, and then approved (live: the codes).
    """
    call.session.check_permission("Approve")
    context, data = call.context(), data_of(call.form, required=True)
    entity, document = document_of(context, data)
    mine = waiting(context, entity, document["id"])
    put_approver(context, entity, {**mine, "status": HAS_APPROVED})
    others = (each for each in approvers_of(context, entity, document["id"]) if each["status"] == UPCOMING)
    following = min(others, key=lambda each: each["sortOrder"], default=None)
    if following:
        put_approver(context, entity, {**following, "status": WAITS})
    put_document(context, entity, document, APPROVING if following else ALL_APPROVED)
    return response_data({})


def deny(call: SessionCall) -> ResponseData:
    """`objectId`, `entity`, `comment`: the document is denied, and the others are not asked (inferred)."""
    call.session.check_permission("Deny")
    context, data = call.context(), data_of(call.form, required=True)
    entity, document = document_of(context, data)
    mine = waiting(context, entity, document["id"])
    put_approver(context, entity, {**mine, "status": HAS_DENIED})
    put_document(context, entity, document, DENIED)
    return response_data({})


def user_approvals(call: SessionCall) -> ResponseData:
    """`approvals`: what waits for a user, `max` from `marker` on (documented: the names).

    Their elements are unknown: the approvers' objects here, which name their document. `type` and `approvalType` are
    not looked at, for their codes are unknown.
    """
    call.session.check_permission("ListUserApprovals")
    context, data = call.context(), data_of(call.form, required=False)
    limit = context.limits.list_rows
    page = page_of(context, {"marker": marker_in(data), "max": data.get("max", limit)}, start="marker")
    user_id = data.get("usersId") or context.user_id
    names = [kind_of_document(data["entity"])] if data.get("entity") else list(APPROVERS)
    waiting_rows = [row for name in names for row in waiting_for(context, APPROVERS[name][0], user_id)]
    rows = waiting_rows[page.start : page.stop]
    return ResponseData(data=b'{"approvals":[' + b",".join(rows) + b"]}", rows=len(rows))


def marker_in(data: Mapping[str, Any]) -> Any:
    """`marker` as an offset: a number, or its text; null and an empty text are the first page (unknown: its type)."""
    sent = data.get("marker")
    if sent is None or sent == "":
        return 0
    return int(sent) if isinstance(sent, str) and CODE.fullmatch(sent) else sent


def waiting_for(context: Context, approvers: Entity, user_id: str) -> Iterator[bytes]:
    """The JSON of each active approver who is this user and whose turn it is."""
    table = context.books.table(approvers)
    for row in table.rows.values():
        if table.is_active(row) and (table.value(row, "usersId"), table.value(row, "status")) == (user_id, WAITS):
            yield presented(context, approvers, row.whole)


def document_of(context: Context, data: Mapping[str, Any]) -> tuple[Entity, JsonObject]:
    """The bill or vendor credit of a call."""
    entity = BY_NAME[kind_of_document(text_in(data, "entity"))]
    return entity, context.books.table(entity).object(found(context, entity, data, "objectId"))


def kind_of_document(name: Any) -> str:
    """The name of an entity that has approvers; BDC_1114 for another (inferred)."""
    if not isinstance(name, str) or name not in APPROVERS:
        raise ErrorAnswer("BDC_1114", name)
    return name


def approvers_of(context: Context, entity: Entity, document_id: str) -> list[JsonObject]:
    """The active approvers of a document."""
    approvers, reference = APPROVERS[entity.name]
    table = context.books.table(approvers)
    return [
        table.object(row)
        for row in table.rows.values()
        if table.is_active(row) and table.value(row, reference) == document_id
    ]


def waiting(context: Context, entity: Entity, document_id: str) -> JsonObject:
    """The approver whose turn it is, if that is the caller; BDC_1145 otherwise (inferred)."""
    for each in approvers_of(context, entity, document_id):
        if (each["usersId"], each["status"]) == (context.user_id, WAITS):
            return each
    raise ErrorAnswer("BDC_1145")


def remove_approvers(context: Context, entity: Entity, document_id: str) -> None:
    """Let a document have no approvers."""
    for each in approvers_of(context, entity, document_id):
        put_approver(context, entity, {**each, "isActive": INACTIVE})


def add_approver(context: Context, entity: Entity, document_id: str, **values: Any) -> None:
    """Give a document one more approver."""
    approvers, reference = APPROVERS[entity.name]
    new = {"id": context.books.new_id(approvers.name, approvers.id_prefix), "createdTime": context.now}
    made = {**context.shape(approvers).defaults, **new, reference: document_id}
    put_approver(context, entity, {**made, **values})


def put_approver(context: Context, entity: Entity, approver: JsonObject) -> None:
    """Store an approver, with the time of the change."""
    times = {"statusChangedDate": context.now, "updatedTime": context.now}
    context.books.put(APPROVERS[entity.name][0], {**approver, **times})


def put_document(context: Context, entity: Entity, document: JsonObject, status: str) -> None:
    """Store a document with its approval; its `updatedTime` moves (inferred)."""
    context.books.put(entity, {**document, "approvalStatus": status, "updatedTime": context.now})
