"""Actions expected of a connector for BILL, as commands: the table of docs/command.md, run row by row by tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bill_api.entities import BY_NAME
from bill_api.mfa import AUTHENTICATE, CHALLENGE, STATUS
from bill_api.table.entity import Operation
from bill_api.table.paths import PATHS
from bill_cli.typed.resources import name_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bill_api.table.entity import Entity

EXPECTED = ("Bill", "Invoice", "Vendor", "Customer", "VendorBankAccount", "CustomerBankAccount")
"""The entities whose actions are in the table; the others of the table of entities have the same commands."""

FORMS = {
    Operation.LIST: "bill list {name}",
    Operation.READ: "bill get {name} ID",
    Operation.BULK_READ: "bill get {names} ID ID",
    Operation.CREATE: "bill create {name} --set ...",
    Operation.UPDATE: "bill update {name} ID --set ...",
    Operation.DELETE: "bill delete {name} ID",
    Operation.UNDELETE: "bill undelete {name} ID",
    Operation.BULK_CREATE: "bill bulk create {name} FILE",
    Operation.BULK_UPDATE: "bill bulk update {name} FILE --yes",
    Operation.BULK_DELETE: "bill bulk delete {name} FILE",
    Operation.BULK_UNDELETE: "bill bulk undelete {name} FILE",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One action.

    Attributes:
        name: For tests and people, like `bulk-create-vendor`.
        command: How it is called.
        path: What is called at BILL.
        operation: What is done with an entity; None for the others.
        entity: With which.
    """

    name: str
    command: str
    path: str
    operation: Operation | None = None
    entity: Entity | None = None


def _of_entities() -> Iterator[Action]:
    for operation, form in FORMS.items():
        for entity in (BY_NAME[each] for each in EXPECTED):
            if entity.offers(operation):
                command = form.format(name=name_of(entity), names=entity.stream.replace("_", "-"))
                words = command.removeprefix("bill ").split()
                yield Action(
                    name="-".join(each for each in words if each.islower() and not each.startswith("--")),
                    command=command,
                    path=PATHS[operation].format(entity.name),
                    operation=operation,
                    entity=entity,
                )


ACTIONS: tuple[Action, ...] = (
    Action(name="mfa-challenge", command="bill mfa challenge", path=CHALLENGE),
    Action(
        name="mfa-authenticate",
        command="bill mfa authenticate --challenge-id ... --session-id ... --token ...",
        path=AUTHENTICATE,
    ),
    Action(name="mfa-status", command="bill mfa status", path=STATUS),
    *_of_entities(),
    Action(name="documents-list", command="bill documents list bill ID", path="/GetDocuments.json"),
    Action(name="documents-download", command="bill documents download bill ID", path="/DownloadBillDocumentServlet"),
    Action(name="documents-attach", command="bill documents attach bill ID FILE", path="/UploadAttachment.json"),
    Action(name="send-invoice", command="bill send invoice ID", path="/SendInvoice.json"),
    Action(name="approve", command="bill approve bill ID", path="/Approve.json"),
    Action(name="deny", command="bill deny bill ID", path="/Deny.json"),
    Action(name="note", command="bill note bill ID TEXT", path="/SendMessage.json"),
    Action(name="raw", command="bill raw PATH", path="any"),
    Action(
        name="raw-upload",
        command="bill raw /UploadAttachment.json --file file=@... --data ...",
        path="/UploadAttachment.json",
    ),
)
