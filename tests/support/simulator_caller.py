"""A caller of the simulator over plain HTTP. Never our client."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self, TypedDict

import requests

from bill_simulator import Simulator, defaults

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bill_simulator import RemoteControl


class Sizes(TypedDict):
    """Of the books that these tests start with."""

    vendors: int
    customers: int
    bills: int
    invoices: int


ZERO_ID = "0" * 20
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000\+0000")
SMALL = Sizes(vendors=5, customers=4, bills=12, invoices=8)
TIMEOUT_S = 20

Body = dict[str, Any]
Rows = list[Body]


def loads(text: str) -> Any:
    return json.loads(text, parse_float=Decimal)


class Caller:
    """Signed in to one organization."""

    def __init__(self, simulator: Simulator, organization: str = defaults.ORGANIZATION_ID, **login: str) -> None:
        self.simulator = simulator
        self.control: RemoteControl = simulator.control
        self.organization = organization
        self.http = requests.Session()
        self.session_id = str(self.sign_in(**login)["response_data"]["sessionId"])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def post(self, path: str, form: Mapping[str, str], **more: Any) -> requests.Response:
        return self.http.post(f"{self.simulator.api_url}{path}", data=form, timeout=TIMEOUT_S, **more)

    def sign_in(self, **changes: str | None) -> Body:
        form = {
            "userName": defaults.USERNAME,
            "password": defaults.PASSWORD,
            "orgId": self.organization,
            "devKey": defaults.DEVELOPER_KEY,
            **changes,
        }
        sent = {name: value for name, value in form.items() if value is not None}
        return dict(loads(self.post("/Login.json", sent).text))

    def form(self, data: Any = None) -> dict[str, str]:
        form = {"devKey": defaults.DEVELOPER_KEY, "sessionId": self.session_id}
        if data is not None:
            form["data"] = data if isinstance(data, str) else json.dumps(data)
        return form

    def call(self, path: str, data: Any = None) -> Body:
        """The envelope of an answer."""
        answer = self.post(path, self.form(data))
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/json"
        return dict(loads(answer.text))

    def ok(self, path: str, data: Any = None) -> Any:
        """`response_data` of a success."""
        envelope = self.call(path, data)
        assert (envelope["response_status"], envelope["response_message"]) == (0, "Success"), envelope
        return envelope["response_data"]

    def refused(self, path: str, data: Any = None) -> str:
        """The code of a refusal."""
        return code_of(self.call(path, data))

    def create(self, entity: str, /, **fields: Any) -> Body:
        return dict(self.ok(f"/Crud/Create/{entity}.json", {"obj": {"entity": entity, **fields}}))

    def update(self, entity: str, /, **fields: Any) -> Body:
        return dict(self.ok(f"/Crud/Update/{entity}.json", {"obj": {"entity": entity, **fields}}))

    def on(self, verb: str, entity: str, object_id: str) -> Body:
        """Read, Delete or Undelete."""
        return dict(self.ok(f"/Crud/{verb}/{entity}.json", {"id": object_id}))

    def bulk(self, verb: str, entity: str, *elements: Any) -> Rows:
        return list(self.ok(f"/Bulk/Crud/{verb}/{entity}.json", {"bulk": list(elements)})["bulk"])

    def vendor(self, name: str = "Kestrel Print Co.") -> str:
        return str(self.create("Vendor", name=name)["id"])

    def customer(self, name: str = "Marina Toys Inc.") -> str:
        return str(self.create("Customer", name=name)["id"])

    def trust(self) -> None:
        """Pass 2-step verification, with the code from the control plane."""
        challenge = self.ok("/MFAChallenge.json", {"useBackup": False})["challengeId"]
        answer = {"challengeId": challenge, "token": self.control.mfa_code(challenge), "deviceId": "test-device"}
        self.ok("/MFAAuthenticate.json", {**answer, "machineName": "test", "rememberMe": False})

    def upload(self, name: str, content: bytes, object_id: Any = "", **fields: str) -> Body:
        """The envelope of the answer to a file that is attached to an object, or put into the Inbox."""
        form = {**self.form({"id": object_id, "fileName": name}), **fields}
        answer = self.post("/UploadAttachment.json", form, files={"file": (name, content)})
        assert answer.status_code == 200
        return dict(loads(answer.text))

    def attach(self, name: str, content: bytes, object_id: Any = "") -> str:
        """The documentUploadedId of a file that is taken."""
        envelope = self.upload(name, content, object_id)
        assert envelope["response_status"] == 0, envelope
        return str(envelope["response_data"]["documentUploadedId"])

    def pages(self, object_id: str) -> Body:
        """What GetDocumentPages says of an object."""
        return dict(self.ok("/GetDocumentPages.json", {"id": object_id})["documentPages"])

    def get(self, path: str, **query: Any) -> requests.Response:
        """A page of an attachment, outside the API."""
        sent = {"sessionId": self.session_id, **query}
        return self.http.get(f"{self.simulator.url}{path}", params=sent, timeout=TIMEOUT_S)

    def filtered(self, entity: str, field: str, op: str, value: str) -> Rows:
        return self.list(entity, filters=[{"field": field, "op": op, "value": value}])

    def list(self, entity: str, **data: Any) -> Rows:
        rows: Rows = self.ok(f"/List/{entity}.json", data)
        return rows


def code_of(envelope: Mapping[str, Any]) -> str:
    assert (envelope["response_status"], envelope["response_message"]) == (1, "Error"), envelope
    data = envelope["response_data"]
    assert set(data) == {"error_code", "error_message"}
    assert data["error_message"]
    return str(data["error_code"])


def codes_of(elements: Sequence[Mapping[str, Any]]) -> list[str]:
    """`OK` or the code of each element of a bulk answer."""
    return ["OK" if each["response_status"] == 0 else code_of(each) for each in elements]


def bill(vendor: str, number: str, *amounts: Any, **more: Any) -> Body:
    """A bill to send."""
    lines = [{"entity": "BillLineItem", "amount": each} for each in amounts or (10,)]
    days = {"invoiceDate": "2025-03-01", "dueDate": "2025-03-31"}
    return {
        "entity": "Bill",
        "vendorId": vendor,
        "invoiceNumber": number,
        **days,
        "billLineItems": lines,
        **more,
    }


def invoice(customer: str, number: str, *lines: Body, **more: Any) -> Body:
    """An invoice to send."""
    days = {"invoiceDate": "2025-03-01", "dueDate": "2025-03-31"}
    sent = [{"entity": "InvoiceLineItem", **each} for each in lines or ({"quantity": 1, "price": 10},)]
    return {
        "entity": "Invoice",
        "customerId": customer,
        "invoiceNumber": number,
        **days,
        "invoiceLineItems": sent,
        **more,
    }


def unproven(statements: Mapping[str, str], module: Mapping[str, Any]) -> list[str]:
    """What is amiss between a table of statements and the tests of its module.

    Args:
        statements: Each with the name of its test, or with `not checked: ` and why.
        module: The names of the module.
    """
    named = {each for each in statements.values() if not each.startswith("not checked: ")}
    tests = {name for name in module if name.startswith("test_section_")}
    return [
        *(f"no such test: {name}" for name in sorted(named - tests)),
        *(f"a test of no statement: {name}" for name in sorted(tests - named)),
    ]
