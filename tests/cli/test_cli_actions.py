"""Every action of docs/command.md as a process of its own against the simulator: what works, and wrong usage."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from actions import ACTIONS, Action
from cli_bill import Bill
from cli_cases import BY_NAME, Cases
from conftest import client_for

from bill_api import mfa
from bill_api.table.entity import Operation
from bill_api.table.paths import PATHS
from bill_cli.commands.objects import telling_fields

if TYPE_CHECKING:
    from pathlib import Path

    from bill_simulator import Simulator


pytest_plugins = ["cli_fixtures"]

OF_ENTITIES = [each.name for each in ACTIONS if each.entity]
OTHERS = [each.name for each in ACTIONS if not each.entity]
PDF = b"%PDF-1.4 a page"


@pytest.fixture(scope="module")
def trusted(running: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Bill:
    """One BILL for all of them: each makes what it needs."""
    return Bill(running, tmp_path_factory.mktemp("actions")).trusted()


@pytest.mark.parametrize("name", OF_ENTITIES)
def test_an_action_is_done(trusted: Bill, name: str) -> None:
    action = BY_NAME[name]
    call = Cases(trusted, action).success()
    trusted.simulator.control.forget_requests()
    ran = trusted(*call)
    assert ran.code == 0, ran.err
    result = json.loads(ran.out)
    found = result if isinstance(result, list) else [result]
    assert found
    assert all(each["id"] for each in found)
    paths = [each["path"] for each in trusted.simulator.control.requests()]
    assert [each for each in paths if each not in read_first(action)] == ["/Login.json", action.path]


def read_first(action: Action) -> set[str]:
    """What an update reads: lines and mandatory fields that BILL wants in it, and that were not given."""
    assert action.entity is not None
    if action.operation not in {Operation.UPDATE, Operation.BULK_UPDATE}:
        return set()
    is_bulk = action.operation is Operation.BULK_UPDATE and action.entity.offers(Operation.BULK_READ)
    read = {PATHS[Operation.BULK_READ if is_bulk else Operation.READ].format(action.entity.name)}
    if action.operation is Operation.UPDATE:
        return read
    owners = {each.references for each in telling_fields(action.entity)} - {None}
    return read | {PATHS[Operation.LIST].format(each) for each in owners}  # their names, for what is shown


@pytest.mark.parametrize("name", OF_ENTITIES)
def test_wrong_usage_is_said_before_anything_is_sent(trusted: Bill, name: str) -> None:
    trusted.simulator.control.forget_requests()
    ran = trusted(*Cases(trusted, BY_NAME[name]).misuse())
    assert ran.code == 2
    assert ran.out == ""
    assert "Error: " in ran.err
    assert trusted.simulator.control.requests() == []


def test_other_actions_are_done_here_by_name() -> None:
    documents = ["documents-list", "documents-download", "documents-attach"]
    others = ["send-invoice", "approve", "deny", "note", "raw", "raw-upload"]
    assert ["mfa-challenge", "mfa-authenticate", "mfa-status", *documents, *others] == OTHERS


def test_the_mfa_actions_are_done(running: Simulator, tmp_path: Path) -> None:
    bill = Bill(running, tmp_path)
    challenge = json.loads(bill("mfa", "challenge").out)
    code = running.control.mfa_code(challenge["challengeId"])
    ids = ("--challenge-id", challenge["challengeId"], "--session-id", challenge["sessionId"])
    done = bill("mfa", "authenticate", *ids, "--token", code, "--save")
    assert done.code == 0, done.err
    status = bill("mfa", "status")
    assert json.loads(status.out)["isTrusted"] is True
    assert json.loads(status.out)["daysLeft"] == 30


def done(trusted: Bill, name: str, *call: str) -> None:
    """A call that works, and that calls the path of its action."""
    trusted.simulator.control.forget_requests()
    ran = trusted(*call)
    assert ran.code == 0, ran.err
    assert BY_NAME[name].path in [each["path"] for each in trusted.simulator.control.requests()]


def test_the_documents_actions_are_done(trusted: Bill) -> None:
    (trusted.folder / "file.pdf").write_bytes(PDF)
    document = trusted.books("Bill")[0]["id"]
    done(trusted, "documents-attach", "documents", "attach", "bill", document, "file.pdf")
    done(trusted, "documents-list", "documents", "list", "bill", document)
    done(trusted, "documents-download", "documents", "download", "bill", document, "--to", "down/")
    assert (trusted.folder / "down/file.pdf").read_bytes() == PDF


def test_an_invoice_is_sent_and_a_note_is_written(trusted: Bill) -> None:
    done(trusted, "send-invoice", "send", "invoice", trusted.books("Invoice")[0]["id"])
    done(trusted, "note", "note", "bill", trusted.books("Bill")[0]["id"], "Two boxes short")


@pytest.mark.parametrize("verb", ["approve", "deny"])
def test_a_decision_is_made(trusted: Bill, verb: str) -> None:
    document, me = trusted.books("Bill")[-1]["id"], trusted.books("User")[0]["id"]
    data = json.dumps({"entity": "Bill", "objectId": document, "approvers": [me]})
    assert trusted("raw", "/ClearApprovers.json", "--data", data).code == 0
    assert trusted("raw", "/SetApprovers.json", "--data", data).code == 0
    done(trusted, verb, verb, "bill", document, "--yes")


def test_the_raw_actions_are_done(trusted: Bill) -> None:
    read = trusted("raw", "/List/Vendor.json", "--data", '{"start": 0, "max": 2}')
    assert len(json.loads(read.out)) == 2
    (trusted.folder / "scan.pdf").write_bytes(PDF)
    vendor = trusted.books("Vendor")[0]["id"]
    data = json.dumps({"id": vendor, "fileName": "scan.pdf"})
    sent = trusted("raw", "/UploadAttachment.json", "--file", "file=@scan.pdf", "--data", data)
    document = json.loads(sent.out)["documentUploadedId"]
    assert trusted.simulator.control.attachment(trusted.simulator.organization_id, document) == PDF


@pytest.mark.parametrize(
    "call",
    [
        ("mfa", "challenge", "--nosuchoption"),
        ("mfa", "authenticate", "--token", "1"),
        ("mfa", "status"),
        ("documents", "list", "item", "0ii"),
        ("documents", "download", "bill"),
        ("documents", "attach", "bill", "00n01AAAAAAAAAAaaaaa", "no-such-file.pdf"),
        ("send", "invoice"),
        ("approve", "bill", "00n01AAAAAAAAAAaaaaa"),
        ("deny", "bill", "00n01AAAAAAAAAAaaaaa"),
        ("note", "bill", "00n01AAAAAAAAAAaaaaa", " "),
        ("raw",),
        ("raw", "/UploadAttachment.json", "--file", "file=@no-such-file.pdf"),
    ],
    ids=OTHERS,
)
def test_wrong_usage_of_the_others_is_said_before_anything_is_sent(
    running: Simulator, tmp_path: Path, call: tuple[str, ...]
) -> None:
    running.control.forget_requests()
    ran = Bill(running, tmp_path)(*call)
    assert (ran.code, ran.out) == (2, "")
    assert "Error: " in ran.err
    assert running.control.requests() == []


def test_a_device_is_trusted_by_a_library_as_by_the_command(trusted: Bill) -> None:
    client = client_for(trusted.simulator)
    assert mfa.is_trusted(client, trusted.more["BILL_MFA_ID"], trusted.more["BILL_DEVICE_ID"])
