"""Calls that are spelled out, calls in a given session, calls that are only shown, and 2-step verification."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from api_scripted import LOGIN, NOTHING, PASSWORD, ScriptedBill, client_at, http, ok, refused, settings_for
from conftest import client_for

import bill_api
from bill_api import BY_NAME, Answer, BillClient, Connection, File, Patience, RawCall, Retries, mfa
from bill_api.errors import (
    CredentialsError,
    HourlyLimitError,
    InDoubtError,
    NotCallableError,
    RefusedError,
    UnavailableError,
    VerificationError,
)
from bill_api.wire.dry_run import DryRunCaller, WouldSend
from bill_api.wire.reachability import reachability
from bill_simulator import Simulator, defaults
from bill_values.visible import HIDDEN

if TYPE_CHECKING:
    from collections.abc import Callable

pytest_plugins = ["api_fixtures"]

PATH = "/SetApprovers.json"
ACCOUNT = BY_NAME["VendorBankAccount"]
QUICK = Retries(count=2, delay_s=0.01)


# Calls that are spelled out


def test_a_file_goes_as_a_form_of_several_parts(bill: Simulator) -> None:
    call = RawCall(
        path="/UploadAttachment.json",
        data={"fileName": "scan.pdf"},
        files={"file": File(file_name="scan.pdf", content=b"%PDF-1.4")},
    )
    document = client_for(bill).send(call)["documentUploadedId"]
    assert bill.control.attachment(defaults.ORGANIZATION_ID, document) == b"%PDF-1.4"


def test_query_headers_and_fields_are_sent_beside_who_we_are(scripted: ScriptedBill) -> None:
    scripted.script(f"{PATH}?way=fast", ok({"done": True}))
    call = RawCall(path=PATH, data={"amount": Decimal("1.10")}, form={"more": "1"}, query={"way": "fast"})
    client_at(scripted.url).send(RawCall(**{**_parts(call), "headers": {"X-Trace": "abc"}}))
    sent = scripted.calls[-1]
    assert sent.path == f"{PATH}?way=fast"
    assert sent.headers["X-Trace"] == "abc"
    assert sent.form["data"] == '{"amount":1.10}'
    assert sent.form["more"] == "1"
    assert sent.form["sessionId"] == "!session-1"


def _parts(call: RawCall) -> dict[str, Any]:
    return {name: getattr(call, name) for name in RawCall.__dataclass_fields__}


def test_an_answer_comes_as_it_is_wanted(scripted: ScriptedBill) -> None:
    scripted.script(PATH, ok({"a": 1}))
    client = client_at(scripted.url)
    assert client.send(RawCall(path=PATH)) == {"a": 1}
    text = client.send(RawCall(path=PATH, answer=Answer.TEXT))
    assert json.loads(text)["response_data"] == {"a": 1}
    assert client.send(RawCall(path=PATH, answer=Answer.BINARY)) == text.encode()


@pytest.mark.parametrize("answer", Answer)
def test_a_refusal_is_one_whatever_is_wanted(scripted: ScriptedBill, answer: Answer) -> None:
    scripted.script(PATH, refused("BDC_1121"))
    with pytest.raises(RefusedError, match="BDC_1121"):
        client_at(scripted.url).send(RawCall(path=PATH, answer=answer))


def test_json_without_an_envelope_is_given_as_it_is_and_a_page_of_an_edge_is_not(scripted: ScriptedBill) -> None:
    scripted.script("/Errors.json", http('[{"code": 1}]'), http("<html>", "502 Bad Gateway"))
    client = BillClient(Connection.from_settings(settings_for(scripted.url)), patience=Patience(attempts_max=1))
    assert client.send(RawCall(path="/Errors.json")) == [{"code": 1}]
    with pytest.raises(UnavailableError, match="HTTP 502"):
        client.send(RawCall(path="/Errors.json", answer=Answer.TEXT))


@pytest.mark.parametrize(("status", "is_given"), [(200, True), (299, True), (300, False), (404, False), (500, False)])
@pytest.mark.parametrize("answer", Answer)
def test_what_is_no_envelope_is_given_only_with_a_status_of_success(
    scripted: ScriptedBill, answer: Answer, status: int, is_given: bool
) -> None:
    scripted.script("/Errors.json", http("[1]", f"{status} Said so"))
    client = BillClient(Connection.from_settings(settings_for(scripted.url)), patience=Patience(attempts_max=1))
    call = RawCall(path="/Errors.json", answer=answer)
    if is_given:
        wanted = {Answer.JSON: [1], Answer.TEXT: "[1]", Answer.BINARY: b"[1]"}
        assert client.send(call) == wanted[answer]
    else:
        with pytest.raises(UnavailableError, match=f"HTTP {status}"):
            client.send(call)


def test_a_page_of_an_attachment_is_fetched_beside_the_api(bill: Simulator) -> None:
    client = client_for(bill)
    vendor = client.create(BY_NAME["Vendor"], {"name": "Fern"})["id"]
    file = File(file_name="a.pdf", content=b"%PDF-1.4")
    client.send(RawCall(path="/UploadAttachment.json", data={"id": vendor, "fileName": "a.pdf"}, files={"file": file}))
    page = RawCall(
        path="/is/BillImageServlet",
        method="GET",
        query={"entityId": vendor, "pageNumber": "1"},
        answer=Answer.BINARY,
    )
    assert client.send(page).startswith(b"\x89PNG")


def test_the_file_of_a_document_is_fetched_by_the_address_that_bill_gives(bill: Simulator) -> None:
    client = client_for(bill)
    owner = client.create(BY_NAME["Vendor"], {"name": "Alder"})["id"]
    file = File(file_name="a.pdf", content=b"%PDF-1.4")
    client.send(RawCall(path="/UploadAttachment.json", data={"id": owner, "fileName": "a.pdf"}, files={"file": file}))
    (document,) = client.documents(owner)
    path, _, query = document["fileUrl"].partition("?id=")
    assert client.send(RawCall(path=path, method="GET", query={"id": query}, answer=Answer.BINARY)) == b"%PDF-1.4"


@pytest.mark.parametrize("path", ["/DownloadBillDocumentServlet", "/Invoice2PdfServlet"])
def test_a_servlet_that_takes_the_session_in_a_header_has_it_nowhere_else(scripted: ScriptedBill, path: str) -> None:
    # section 10, 7 and section 13, 4
    call = RawCall(path=path, method="GET", query={"Id": "00e1"}, headers={"X-Trace": "1"}, answer=Answer.BINARY)
    scripted.script(path, http(b"%PDF-1.4"))
    client = client_at(scripted.url)
    assert client.send(call) == b"%PDF-1.4"
    sent = scripted.calls[-1]
    assert (sent.path, sent.form) == (path, {"Id": "00e1"})
    assert (sent.headers["sessionId"], sent.headers["X-Trace"]) == (client.session_id(), "1")
    with pytest.raises(WouldSend) as would:
        BillClient(client.connection, dry_run=DryRunCaller(scripted.url)).send(call)
    assert would.value.request["query"] == {"Id": "00e1"}
    assert would.value.request["headers"] == {"X-Trace": "1", "sessionId": "(hidden)"}


def test_a_header_that_http_does_not_allow_is_an_error_of_the_caller(scripted: ScriptedBill) -> None:
    with pytest.raises(NotCallableError, match="header"):
        client_at(scripted.url).send(RawCall(path=PATH, headers={"X-Trace": "a\nb"}))


def test_its_own_wait_for_an_answer(scripted: ScriptedBill) -> None:
    scripted.script(PATH, scripted.stall)
    with pytest.raises(InDoubtError, match=r"no answer within 0\.2 s"):
        client_at(scripted.url).send(RawCall(path=PATH, timeout_s=0.2))


# Repeating


def test_a_call_that_may_write_is_sent_once_unless_its_caller_says_otherwise(scripted: ScriptedBill) -> None:
    scripted.script(PATH, NOTHING, NOTHING, NOTHING, ok({}))
    client = client_at(scripted.url)
    with pytest.raises(InDoubtError):
        client.send(RawCall(path=PATH))
    assert scripted.count(PATH) == 1
    assert client.send(RawCall(path=PATH), QUICK) == {}
    assert scripted.count(PATH) == 4


@pytest.mark.usefixtures("short_waits")
def test_a_call_that_reads_is_repeated_as_everywhere(scripted: ScriptedBill) -> None:
    scripted.script("/GetDocumentPages.json", NOTHING, ok({}))
    assert client_at(scripted.url).send(RawCall(path="/GetDocumentPages.json")) == {}


def test_repetitions_come_to_an_end_and_leave_a_write_in_doubt(scripted: ScriptedBill) -> None:
    scripted.script(PATH, NOTHING)
    with pytest.raises(InDoubtError):
        client_at(scripted.url).send(RawCall(path=PATH), QUICK)
    assert scripted.count(PATH) == 3


@pytest.mark.parametrize(("all_errors", "sent"), [(False, 1), (True, 3)])
def test_a_refusal_is_repeated_only_when_that_is_wanted(scripted: ScriptedBill, all_errors: bool, sent: int) -> None:
    scripted.script(PATH, refused("BDC_1119"))
    with pytest.raises(RefusedError):
        client_at(scripted.url).send(RawCall(path=PATH), Retries(count=2, delay_s=0.01, all_errors=all_errors))
    assert scripted.count(PATH) == sent


@pytest.mark.parametrize(("exponential", "waits"), [(False, ["0.1", "0.1"]), (True, ["0.1", "0.2"])])
def test_the_waits_are_as_wanted(
    scripted: ScriptedBill, caplog: pytest.LogCaptureFixture, exponential: bool, waits: list[str]
) -> None:
    scripted.script(PATH, NOTHING)
    with pytest.raises(InDoubtError):
        client_at(scripted.url).send(RawCall(path=PATH), Retries(count=2, delay_s=0.1, exponential=exponential))
    assert [each.getMessage().partition("again in ")[2].partition(" s")[0] for each in caplog.records] == waits


def test_an_hour_that_is_used_up_is_an_error_for_the_impatient(scripted: ScriptedBill) -> None:
    scripted.script(PATH, refused("BDC_1144"))
    client = BillClient(
        Connection.from_settings(settings_for(scripted.url)), patience=Patience(waits_for_the_hour=False)
    )
    for retries in (None, QUICK):
        with pytest.raises(HourlyLimitError):
            client.send(RawCall(path=PATH), retries)
    assert scripted.count(PATH) == 2


# A given session


def test_a_given_session_is_used_and_not_replaced(bill: Simulator) -> None:
    session_id = client_for(bill).session_id()
    client = BillClient(client_for(bill).connection, session_id=session_id)
    assert client.session_id() == session_id
    client.current_time()
    bill.control.advance(36 * 60)
    with pytest.raises(CredentialsError, match="begin a new one") as over:
        client.current_time()
    assert session_id not in str(over.value)
    assert bill.control.summary()["paths"][LOGIN] == 1


def test_a_login_that_is_refused_with_any_code_is_an_error_of_the_credentials(scripted: ScriptedBill) -> None:
    scripted.script(LOGIN, refused("BDC_1374"))
    with pytest.raises(CredentialsError, match="BDC_1374"):
        client_at(scripted.url).current_time()


# Calls that are only shown


def test_a_dry_run_sends_nothing_and_hides_what_is_secret() -> None:
    connection = Connection.from_settings(settings_for("http://127.0.0.1:1/api/v2"))
    client = BillClient(connection, dry_run=DryRunCaller(connection.url))
    body = {"vendorId": "v", "accountNumber": "123456789", "routingNumber": "021000021"}
    account: Callable[[], Any] = lambda: client.create(ACCOUNT, body)  # noqa: E731  one of several
    shown: list[Any] = []
    for call in (
        account,
        client.organizations,
        lambda: client.bulk_create(ACCOUNT, [body]),
        lambda: mfa.authenticate(client, "c", "123456", device_id="d", machine_name="m", remember=False),
        lambda: client.send(RawCall(path=PATH, method="GET", query={"sessionId": "!mine"}, headers={"Cookie": "sid"})),
    ):
        with pytest.raises(WouldSend) as rehearsed:
            call()
        shown.append(rehearsed.value.request)
    assert shown[0]["url"] == "http://127.0.0.1:1/api/v2/Crud/Create/VendorBankAccount.json"
    assert shown[0]["form"]["data"]["obj"]["accountNumber"] == HIDDEN
    assert shown[0]["form"]["data"]["obj"]["vendorId"] == "v"
    told = repr(shown)
    for secret in ("123456789", "021000021", PASSWORD, "123456", "!mine", "sid'", connection.developer_key):
        assert secret not in told, secret


# 2-step verification


def test_a_code_makes_its_session_trusted(bill: Simulator) -> None:
    client = client_for(bill)
    challenge = mfa.challenge(client)
    trust = mfa.authenticate(
        client,
        challenge.challenge_id,
        bill.control.mfa_code(challenge.challenge_id),
        device_id=mfa.new_device_id(),
        machine_name="tests",
        remember=True,
    )
    assert trust.until is not None
    assert trust.until - datetime.now(UTC) > timedelta(days=29, hours=23)
    assert mfa.is_trusted(client, trust.mfa_id or "", trust.device_id)
    assert not mfa.is_trusted(client, "!another", trust.device_id)
    assert challenge.session_id == client.session_id()
    assert challenge.session_id not in repr(challenge)
    assert (trust.mfa_id or "?") not in repr(trust)


def test_no_phone_is_chosen_for_a_code(scripted: ScriptedBill) -> None:
    # section 6, 3: a choice is an error
    scripted.script(mfa.CHALLENGE, ok({"challengeId": "c"}))
    assert mfa.challenge(client_at(scripted.url)).challenge_id == "c"
    assert scripted.calls[-1].data == {}


def test_a_code_that_is_too_old_is_said_without_quoting_it(bill: Simulator) -> None:
    client = client_for(bill)
    challenge = mfa.challenge(client)
    code = bill.control.mfa_code(challenge.challenge_id)
    bill.control.advance(601)
    with pytest.raises(VerificationError, match="new code") as late:
        mfa.authenticate(client, challenge.challenge_id, code, device_id="d", machine_name="m", remember=True)
    assert code not in str(late.value)


def test_a_device_id_is_short_enough_and_each_is_another() -> None:
    made = {mfa.new_device_id() for _ in range(20)}
    assert len(made) == 20
    assert all(len(each) <= mfa.DEVICE_ID_MAX for each in made)


# Whether anything is there


def test_a_host_that_answers_is_there(bill: Simulator) -> None:
    assert reachability(bill.api_url, 5) == reachability(bill.url, 5)
    assert reachability(bill.api_url, 5).host is None


def test_what_is_not_there_is_said_without_objects_of_python(refusing_url: str, bill: Simulator) -> None:
    assert "refused" in (reachability(refusing_url, 5).host or "")
    unknown = reachability("http://nohost.invalid/api/v2", 5)
    assert "resolve" in (unknown.host or "")
    plain = reachability(bill.api_url.replace("http:", "https:"), 5)
    assert plain.host is None
    assert "SSL" in (plain.tls or "")
    assert "object at" not in repr((unknown, plain, reachability(refusing_url, 5)))


# The names of the library


LAZILY = """
import sys
import bill_api
assert "requests" not in sys.modules
for name in bill_api.__all__:
    getattr(bill_api, name)
assert "requests" in sys.modules
"""


def test_the_public_names_are_loaded_when_they_are_asked_for() -> None:
    subprocess.run([sys.executable, "-c", LAZILY], check=True)
    assert dir(bill_api) == sorted(bill_api.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = bill_api.nothing


def test_type_checkers_are_told_the_same_names() -> None:
    tree = ast.parse(Path(bill_api.__file__).read_text())
    told = {
        f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("bill_api.")
        for alias in node.names
    }
    assert told == {f"bill_api.{module}.{name}" for module, names in bill_api._HOMES.items() for name in names}
