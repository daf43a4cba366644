"""For each action of the table: a call that works, one that BILL refuses, and one that is wrong before it is sent."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from actions import ACTIONS, Action
from conftest import client_for

from bill_api.table.entity import Operation
from bill_cli.typed.resources import name_of

if TYPE_CHECKING:
    from cli_bill import Bill

NUMBERS = itertools.count(1)
NOBODY = "00000NOSUCHOBJECTaaa"
BY_NAME = {each.name: each for each in ACTIONS}
LINES = {"Bill": ["amount=12.50 description='Paper, A4'", "amount=7.50"], "Invoice": ["quantity=2 price=6.25"]}
OWNERS = {"VendorBankAccount": ("vendorId", "Vendor"), "CustomerBankAccount": ("customerId", "Customer")}
NAMES_ANOTHER = {"Bill": "vendorId", "Invoice": "customerId", **{name: field for name, (field, _) in OWNERS.items()}}
"""The field of a create that names another object, where it is not the payment term."""

VERBS = {
    Operation.LIST: ["list"],
    Operation.READ: ["get"],
    Operation.BULK_READ: ["get"],
    Operation.CREATE: ["create"],
    Operation.UPDATE: ["update"],
    Operation.DELETE: ["delete"],
    Operation.UNDELETE: ["undelete"],
    Operation.BULK_CREATE: ["bulk", "create"],
    Operation.BULK_UPDATE: ["bulk", "update"],
    Operation.BULK_DELETE: ["bulk", "delete"],
    Operation.BULK_UNDELETE: ["bulk", "undelete"],
}
BY_ID = {Operation.READ, Operation.DELETE, Operation.UNDELETE, Operation.UPDATE}
CHANGE = {"Bill": ("poNumber", "PO-7"), "Invoice": ("poNumber", "PO-7")}


@dataclass(frozen=True)
class Cases:
    """Calls for one action; they write what they need into BILL and into the folder."""

    bill: Bill
    action: Action

    @property
    def _entity(self) -> str:
        assert self.action.entity is not None
        return self.action.entity.name

    @property
    def _verb(self) -> list[str]:
        assert self.action.operation is not None
        assert self.action.entity is not None
        return [*VERBS[self.action.operation], name_of(self.action.entity)]

    def owner(self, entity: str) -> str:
        """The id of somebody who has no bank account yet."""
        field, kind = OWNERS[entity]
        taken = {each[field] for each in self.bill.books(entity) if each["isActive"] == "1"}
        return next(str(each["id"]) for each in self.bill.books(kind) if each["id"] not in taken)

    def body(self) -> dict[str, str]:
        """What a create needs, without its lines."""
        number = f"CLI-{next(NUMBERS)}"
        days = {"invoiceNumber": number, "invoiceDate": "2026-01-31", "dueDate": "2026-02-28"}
        if self._entity == "Bill":
            return {"vendorId": self.bill.books("Vendor")[0]["id"], **days}
        if self._entity == "Invoice":
            return {"customerId": self.bill.books("Customer")[0]["id"], **days}
        if self._entity in OWNERS:
            account = {"accountNumber": "123456789", "routingNumber": "021000021"}
            names = {"nameOnAcct": number} if self._entity == "VendorBankAccount" else {"nameOnAccount": number}
            return {OWNERS[self._entity][0]: self.owner(self._entity), **account, **names}
        return {"name": f"Company {number}"}

    def create(self, **other: str) -> list[str]:
        sets = [each for name, value in {**self.body(), **other}.items() for each in ("--set", f"{name}={value}")]
        lines = [each for line in LINES.get(self._entity, ()) for each in ("--line", line)]
        tos = ["--agreed-with-tos"] if self._entity == "CustomerBankAccount" else []
        return ["create", *self._verb[-1:], *sets, *lines, *tos]

    def existing(self) -> str:
        """The id of an object that is there; made when the books have none."""
        if self._entity in OWNERS:
            assert self.action.entity is not None
            device = {name: self.bill.more[f"BILL_{name.upper()}"] for name in ("mfa_id", "device_id")}
            client = client_for(self.bill.simulator, **device)
            return str(client.create(self.action.entity, self.body(), {"agreedWithTOS": True})["id"])
        return str(self.bill.books(self._entity)[-1]["id"])

    def success(self) -> list[str]:
        operation = self.action.operation
        if operation is Operation.LIST:
            return [*self._verb, "--filter", "createdTime >= 2020-01-01", "--sort", "-createdTime", "--max", "3"]
        if operation is Operation.CREATE:
            return self.create()
        if operation in BY_ID:
            return [*self._verb, self.existing(), *self._change(), *self._yes()]
        if operation is Operation.BULK_READ:
            return [*self._verb, *(each["id"] for each in self.bill.books(self._entity)[:2])]
        return [*self._verb, self._file(self._rows()), *self._yes()]

    def refusal(self) -> list[str]:
        operation = self.action.operation
        if operation is Operation.LIST:
            return [*self._verb, "--deleted"]
        if operation is Operation.CREATE:
            return self.create(**{NAMES_ANOTHER.get(self._entity, "paymentTermId"): NOBODY})
        if operation in BY_ID:
            return [*self._verb, NOBODY, *self._change(), *self._yes()]
        if operation is Operation.BULK_READ:
            return [*self._verb, NOBODY, f"{NOBODY[:-1]}b"]
        row: dict[str, Any] = {"id": NOBODY, "isActive": "1"}
        if operation is Operation.BULK_CREATE:
            row = {**self._document(), NAMES_ANOTHER.get(self._entity, "paymentTermId"): NOBODY}
        return [*self._verb, self._file([row]), *self._yes()]

    def misuse(self) -> list[str]:
        operation = self.action.operation
        if operation is Operation.LIST:
            return [*self._verb, "--filter", "createdTime about noon"]
        if operation is Operation.CREATE:
            return [*self._verb, "--set", "nosuchfield=1"]
        if operation in {*BY_ID, Operation.BULK_READ}:
            return self._verb
        return [*self._verb, "no-such-file.json"]

    def _change(self) -> list[str]:
        if self.action.operation is not Operation.UPDATE:
            return []
        name, value = CHANGE.get(self._entity, ("shortName", f"S{next(NUMBERS)}"))
        return ["--set", f"{name}={value}"]

    def _yes(self) -> list[str]:
        return ["--yes"] if "delete" in self._verb or self._verb[:2] == ["bulk", "update"] else []

    def _rows(self) -> list[dict[str, Any]]:
        if self.action.operation is Operation.BULK_CREATE:
            return [self._document() for _ in range(1 if self._entity in OWNERS else 2)]
        if self.action.operation in {Operation.BULK_DELETE, Operation.BULK_UNDELETE}:
            return [{"id": self.existing()}]
        name, _ = CHANGE.get(self._entity, ("shortName", ""))
        return [{"id": each["id"], name: f"B{next(NUMBERS)}"} for each in self.bill.books(self._entity)[:2]]

    def _document(self) -> dict[str, Any]:
        lines = {
            "Bill": {"billLineItems": [{"entity": "BillLineItem", "amount": 12.5}]},
            "Invoice": {"invoiceLineItems": [{"entity": "InvoiceLineItem", "quantity": 2, "price": 6.25}]},
        }
        return {**self.body(), **lines.get(self._entity, {})}

    def _file(self, rows: list[dict[str, Any]]) -> str:
        path = self.bill.folder / f"rows-{next(NUMBERS)}.json"
        path.write_text(json.dumps(rows))
        return path.name
