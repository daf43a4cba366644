"""Dispatch from a path to a rule: operation, entity, and permission of the session."""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bill_api.entities import BY_NAME
from bill_api.table.entity import BULK, IN_BULK, Operation
from bill_simulator.behaviour.refusals import ErrorAnswer
from bill_simulator.rules import approvals, attachments, bulk, crud, login, metadata, payments, sending
from bill_simulator.rules.calls import ResponseData, data_of
from bill_simulator.rules.listing import list_rows
from bill_simulator.rules.presentation import presented

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bill_api.table.entity import Entity
    from bill_simulator.rules.calls import Call, SessionCall

LOGIN = "/Login.json"
WITHOUT_SESSION: Mapping[str, Callable[[Call], ResponseData]] = MappingProxyType(
    {LOGIN: login.login, "/ListOrgs.json": login.list_orgs}
)
WITH_SESSION: Mapping[str, Callable[[SessionCall], ResponseData]] = MappingProxyType(
    {
        "/Logout.json": login.logout,
        "/GetSessionInfo.json": login.session_info,
        "/CurrentTime.json": login.current_time,
        "/MFAChallenge.json": login.mfa_challenge,
        "/MFAAuthenticate.json": login.mfa_authenticate,
        "/MFAStatus.json": login.mfa_status,
        "/UploadAttachment.json": attachments.upload,
        "/GetDocumentPages.json": attachments.document_pages,
        "/GetDocuments.json": attachments.documents,
        "/GetEntityMetadata.json": metadata.entity_metadata,
        "/SetApprovers.json": approvals.set_approvers,
        "/ClearApprovers.json": approvals.clear_approvers,
        "/Approve.json": approvals.approve,
        "/Deny.json": approvals.deny,
        "/ListUserApprovals.json": approvals.user_approvals,
        "/SendMessage.json": sending.send_message,
        "/SendInvoice.json": sending.send_invoice,
        "/SendVendorInvite.json": sending.send_vendor_invite,
        "/RecordAPPayment.json": payments.record_payment,
        "/GetDisbursementData.json": payments.disbursement_data,
        "/PayBill.json": payments.schedule_payment,
        "/PayBills.json": payments.pay_online,
        **dict.fromkeys(
            (
                "/ChargeCustomer.json",
                "/RecordARPayment.json",
                "/CancelAPPayment.json",
                "/VoidAPPayment.json",
                "/VoidARPayment.json",
            ),
            payments.move_money,
        ),
    }
)
"""The operations that are about no entity, without and with a session."""

PATH = re.compile(r"/(?:(?P<bulk>Bulk/)?Crud/(?P<verb>\w+)|(?P<list>List))/(?P<entity>\w+)(?P<suffix>\.json)?")
VERBS = MappingProxyType(
    {
        "Create": Operation.CREATE,
        "Read": Operation.READ,
        "Update": Operation.UPDATE,
        "Delete": Operation.DELETE,
        "Undelete": Operation.UNDELETE,
    }
)
BULK_VERBS = MappingProxyType({verb: IN_BULK[operation] for verb, operation in VERBS.items()})
_SINGLE: Mapping[Operation, bulk.Rule] = MappingProxyType(
    {
        Operation.CREATE: crud.create,
        Operation.READ: crud.read,
        Operation.UPDATE: crud.update,
        Operation.DELETE: crud.delete,
        Operation.UNDELETE: crud.undelete,
    }
)
RULES: Mapping[Operation, bulk.Rule] = MappingProxyType(
    {**_SINGLE, **{IN_BULK[operation]: rule for operation, rule in _SINGLE.items()}}
)
READING = frozenset({Operation.LIST, Operation.READ, Operation.BULK_READ})


@dataclass(frozen=True, slots=True)
class EntityOperation:
    """An operation on an entity, as a path names it."""

    operation: Operation
    entity: Entity

    @property
    def writes(self) -> bool:
        """True when it can change something."""
        return self.operation not in READING

    @property
    def permission(self) -> str:
        """The permission that a user needs: the same alone and in bulk (inferred)."""
        return f"{self.operation.removeprefix('bulk_')}/{self.entity.name}"


def entity_in(path: str) -> str | None:
    """The entity that a path names, for the request log."""
    parts = PATH.fullmatch(path)
    return parts["entity"] if parts else None


def check_path(path: str) -> None:
    """BDC_1121 for a path that names no operation (live: section 11, 5)."""
    if path not in WITHOUT_SESSION and path not in WITH_SESSION:
        parts_of(path)


def parts_of(path: str) -> re.Match[str]:
    """The parts of a path that names an entity; bulk paths work without `.json` too (seen in a client)."""
    parts = PATH.fullmatch(path)
    if parts is None or not (parts["suffix"] or parts["bulk"]):
        raise ErrorAnswer("BDC_1121", path)
    return parts


def entity_operation(path: str) -> EntityOperation:
    """The operation and entity of a path; names are case-sensitive (inferred).

    BDC_1128 for an unknown List entity, BDC_1114 for another unknown entity, BDC_1115 for an unknown verb (documented:
    error list); BDC_1121, API not supported, where nothing says that BILL offers this for this entity (inferred).
    """
    parts = parts_of(path)
    if parts["list"]:
        operation: Operation | None = Operation.LIST
    else:
        operation = (BULK_VERBS if parts["bulk"] else VERBS).get(parts["verb"])
    if operation is None:
        raise ErrorAnswer("BDC_1115", parts["verb"])
    entity = BY_NAME.get(parts["entity"])
    if entity is None:
        raise ErrorAnswer("BDC_1128" if parts["list"] else "BDC_1114", parts["entity"])
    if not entity.offers(operation) and operation not in entity.unknown:
        raise ErrorAnswer("BDC_1121", path)
    return EntityOperation(operation, entity)


def check_trust(call: SessionCall, asked: EntityOperation) -> None:
    """BDC_1361 for what needs an MFA-trusted session (which operations: documented; the code: seen in clients)."""
    switches = call.world.switches
    gated = asked.operation in asked.entity.trusted
    if asked.entity.name == "VendorBankAccount":
        gated |= asked.operation is Operation.READ and switches.bank_account_reads != "open"
        gated |= asked.operation is Operation.LIST and switches.bank_account_reads == "read_and_list_gated"
        gated |= asked.operation is Operation.UNDELETE  # as good as a create (inferred)
    if gated:
        call.require_trust()


def serve(call: SessionCall, asked: EntityOperation) -> ResponseData:
    """Serve an operation between two awaits, so that it is done whole or not at all."""
    world, session = call.world, call.session
    if not world.sessions.is_open(session):
        raise ErrorAnswer("BDC_1109")
    if not asked.entity.offers(asked.operation) and world.switches.unknown_operations == "refuse":
        raise ErrorAnswer("BDC_1121")
    session.check_permission(asked.permission)
    check_trust(call, asked)
    context = call.context()
    data = data_of(call.form, required=asked.operation is not Operation.LIST)
    if asked.operation is Operation.LIST:
        array, rows = list_rows(context, asked.entity, data)
        return ResponseData(data=presented(context, asked.entity, array), rows=rows)
    rule = RULES[asked.operation]
    if asked.operation not in BULK:
        return ResponseData(data=presented(context, asked.entity, rule(context, asked.entity, data).whole), rows=1)
    elements = bulk.elements_of(context, data)
    served = within_hour(call, elements)
    over_hour = [ErrorAnswer("BDC_1144", world.limits.requests_per_hour) for _ in elements[served:]]
    results = [*bulk.run(context, asked.entity, rule, elements[:served]), *over_hour]
    return ResponseData(
        data=[
            each if isinstance(each, ErrorAnswer) else presented(context, asked.entity, each.whole) for each in results
        ],
        is_error=bulk.is_error(context, results),
    )


def within_hour(call: SessionCall, elements: Sequence[Any]) -> int:
    """Number of elements that this clock hour has room for; one is counted already with the call itself (unknown)."""
    switches, limiter, developer_key = call.world.switches, call.world.limiter, call.session.developer_key
    if switches.bulk_counts_as == "elements" and switches.bulk_above_hour == "partly":
        return 1 + limiter.count_some(developer_key, len(elements) - 1)
    if switches.bulk_counts_as == "elements":
        limiter.count(developer_key, len(elements) - 1)
    return len(elements)
