"""One login for everything, renewed once per expiry, and refusals that say which setting to mend."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from api_scripted import LOGIN, MFA_ID, ScriptedBill, client_at, ok, refused
from conftest import client_for

from bill_api.connection import Connection
from bill_api.entities import BY_NAME
from bill_api.errors import CredentialsError, FatalError, NotSentError, RefusedError, UnexpectedReplyError
from bill_api.mfa import Challenge, Trust
from bill_api.table.query import ListQuery
from bill_api.wire.raw import File, RawCall
from bill_api.wire.session import Ticket
from bill_api.wire.transport import Transport, _Request
from bill_simulator import Simulator, defaults

if TYPE_CHECKING:
    from collections.abc import Callable

    from api_scripted import Call

pytest_plugins = ["api_fixtures"]

VENDOR = BY_NAME["Vendor"]
LIST = "/List/Vendor.json"
CREATE = "/Crud/Create/Vendor.json"
IDLE_S = 35 * 60


def at_once(threads: int, task: Callable[[], object]) -> list[BaseException | None]:
    """Run a task in several threads that begin together; what each raised."""
    barrier = threading.Barrier(threads)

    def begin() -> object:
        barrier.wait(10)
        return task()

    with ThreadPoolExecutor(threads) as pool:
        return [future.exception() for future in [pool.submit(begin) for _ in range(threads)]]


def test_many_calls_from_many_threads_share_one_login(bill: Simulator) -> None:
    client = client_for(bill)

    def five_calls() -> None:
        for _ in range(5):
            client.list_page(VENDOR, ListQuery())

    assert at_once(12, five_calls) == [None] * 12
    summary = bill.control.summary()
    assert summary["logins"] == 1
    assert summary["paths"][LIST] == 60
    assert client.limits.calls() == {LOGIN: 1, LIST: 60}


def test_a_session_idle_for_35_minutes_is_renewed_without_a_word_to_the_caller(bill: Simulator) -> None:
    client = client_for(bill)
    client.list_page(VENDOR, ListQuery())
    bill.control.advance(IDLE_S)
    assert client.create(VENDOR, {"name": "Fern & Oak"})["name"] == "Fern & Oak"
    client.list_page(VENDOR, ListQuery())
    summary = bill.control.summary()
    assert summary["logins"] == 2
    assert summary["codes"]["BDC_1109"] == 1
    assert len(bill.control.books(defaults.ORGANIZATION_ID, "Vendor")) == 1


def test_a_session_that_is_used_within_35_minutes_is_never_renewed(bill: Simulator) -> None:
    client = client_for(bill)
    for _ in range(4):
        client.list_page(VENDOR, ListQuery())
        bill.control.advance(IDLE_S - 60)
    assert bill.control.summary()["logins"] == 1


def test_three_threads_refused_with_the_same_session_log_in_once(scripted: ScriptedBill) -> None:
    all_three_are_here = threading.Barrier(3)

    def expired_or_fine(call: Call) -> bytes:
        if call.form["sessionId"] == "!session-1":
            all_three_are_here.wait(10)
            return refused("BDC_1109", "Session is invalid. Please log in.")
        return ok([])

    scripted.script(LOGIN, ok({"sessionId": "!session-1"}), ok({"sessionId": "!session-2"}), refused("BDC_1101"))
    client = client_at(scripted.url)
    scripted.script(LIST, expired_or_fine)
    assert at_once(3, lambda: client.list_page(VENDOR, ListQuery())) == [None] * 3
    assert scripted.count(LOGIN) == 2
    assert scripted.count(LIST) == 6


@pytest.mark.parametrize("threads", [1, 3])
def test_an_expired_session_at_the_simulator_is_renewed_exactly_once(bill: Simulator, threads: int) -> None:
    client = client_for(bill)
    client.list_page(VENDOR, ListQuery())
    bill.control.fault("expire_session", LIST)
    assert at_once(threads, lambda: client.list_page(VENDOR, ListQuery())) == [None] * threads
    assert bill.control.summary()["logins"] == 2


def test_a_session_refused_twice_in_a_row_is_fatal_and_no_loop(scripted: ScriptedBill) -> None:
    scripted.script(CREATE, refused("BDC_1109", "Session is invalid. Please log in."))
    with pytest.raises(FatalError, match="refuses a new session") as caught:
        client_at(scripted.url).create(VENDOR, {"name": "Fern"})
    assert caught.value.code == "BDC_1109"
    assert caught.value.operation == CREATE
    assert (scripted.count(LOGIN), scripted.count(CREATE)) == (2, 2)


WRONG = {
    "password": ({"password": "wrong-horse-secret"}, "BDC_1101", ("`username`", "`password`")),
    "username": ({"username": "nobody@simulator.test"}, "BDC_1101", ("`username`", "`password`")),
    "developer key": ({"developer_key": "01WRONGDEVELOPERKEY"}, "BDC_1102", ("`developer_key`", "`api_url`")),
    "organization": ({"organization_id": "00801WRONGXXXXXaaaa9"}, "BDC_1123", ("`organization_id`",)),
}


@pytest.mark.parametrize("path", [LOGIN, "/ListOrgs.json"])
@pytest.mark.parametrize("code", ["BDC_1102", "BDC_1108", "BDC_1129"])
def test_a_code_that_may_mean_any_of_the_four_values_names_them_all(
    scripted: ScriptedBill, code: str, path: str
) -> None:
    # section 11, 5
    scripted.script(path, refused(code, "No."))
    client = client_at(scripted.url)
    with pytest.raises(CredentialsError) as caught:
        client.session_id() if path == LOGIN else client.organizations()
    assert (caught.value.code, caught.value.operation) == (code, path)
    said = str(caught.value)
    assert said.count("One of the four values is wrong") == 1
    names = ("developer_key", "username", "password", "organization_id", "use_production_url", "api_url")
    assert all(f"`{name}`" in said for name in names)


def test_the_same_codes_of_another_call_say_nothing_of_credentials(scripted: ScriptedBill) -> None:
    scripted.script(LIST, refused("BDC_1129", "Invalid parameter value."))
    with pytest.raises(RefusedError) as caught:
        client_at(scripted.url).list_page(VENDOR, ListQuery())
    assert "four values" not in str(caught.value)


@pytest.mark.parametrize("case", WRONG)
def test_a_refused_login_names_the_setting_and_no_secret(
    bill: Simulator, case: str, caplog: pytest.LogCaptureFixture
) -> None:
    wrong, code, named = WRONG[case]
    caplog.set_level("DEBUG")
    client = client_for(bill, **wrong)
    with pytest.raises(CredentialsError) as caught:
        client.list_page(VENDOR, ListQuery())
    error = caught.value
    assert error.code == code
    assert error.operation == LOGIN
    assert all(name in str(error) for name in named)
    told = f"{error}{error!r}{caplog.text}{client.connection!r}"
    secrets = (defaults.PASSWORD, defaults.DEVELOPER_KEY, "wrong-horse-secret", "01WRONGDEVELOPERKEY")
    assert not [secret for secret in secrets if secret in told]
    assert bill.control.summary()["paths"] == {LOGIN: 1}


def test_a_refused_login_is_not_tried_again_by_other_threads_nor_later(bill: Simulator) -> None:
    client = client_for(bill, password="wrong-horse")
    raised = at_once(5, lambda: client.list_page(VENDOR, ListQuery()))
    assert [type(each) for each in raised] == [CredentialsError] * 5
    with pytest.raises(CredentialsError):
        client.list_page(VENDOR, ListQuery())
    assert bill.control.summary()["paths"] == {LOGIN: 1}


def test_a_login_without_a_session_is_not_taken_for_one(scripted: ScriptedBill) -> None:
    scripted.script(LOGIN, ok({"orgId": "008"}))
    with pytest.raises(UnexpectedReplyError, match="no sessionId"):
        client_at(scripted.url).list_page(VENDOR, ListQuery())


def test_the_organizations_of_a_user_are_told_without_a_session(bill: Simulator) -> None:
    entered = [defaults.ORGANIZATION_ID, defaults.EMPTY_ORGANIZATION_ID]
    assert list(client_for(bill).organizations()) == entered
    assert bill.control.summary()["logins"] == 0


def test_a_login_carries_who_we_are_and_a_remembered_device_only_with_its_id(scripted: ScriptedBill) -> None:
    client_at(scripted.url).list_page(VENDOR, ListQuery())
    client_at(scripted.url, device_id=None).list_page(VENDOR, ListQuery())
    remembered, plain = (call.form for call in scripted.calls if call.path == LOGIN)
    assert remembered.pop("mfaId") == MFA_ID
    assert remembered.pop("deviceId") == "device of these tests"
    assert remembered == plain
    assert set(plain) == {"userName", "password", "orgId", "devKey"}


@pytest.mark.usefixtures("short_waits")
def test_a_refused_port_is_not_sent_and_names_api_url(refusing_url: str) -> None:
    client = client_at(refusing_url)
    with pytest.raises(NotSentError, match="check `api_url`") as caught:
        client.create(VENDOR, {"name": "Fern"})
    assert refusing_url in str(caught.value)
    assert client.limits.calls() == {LOGIN: 4}


def test_an_unknown_host_is_not_sent_and_names_api_url(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "*")
    url = "http://no-such-host.invalid/api/v2"
    with pytest.raises(NotSentError, match=f"the host of {url} is not known; check `api_url`"):
        Transport(url, 5).post(LOGIN, {})


def test_a_connection_shows_no_secret(bill: Simulator) -> None:
    connection = Connection.from_settings(
        {
            "username": "ap@simulator.test",
            "password": "the-password",
            "developer_key": "the-key",
            "organization_id": defaults.ORGANIZATION_ID,
            "mfa_id": "the-mfa-id",
            "api_url": bill.api_url,
        }
    )
    assert "ap@simulator.test" in repr(connection)
    assert not [secret for secret in ("the-password", "the-key", "the-mfa-id") if secret in repr(connection)]


SECRET = "never-shown"
HOLDERS: dict[str, Callable[[], object]] = {
    "session": lambda: Ticket(SECRET),
    "challenge": lambda: Challenge(challenge_id="c", session_id=SECRET),
    "trust": lambda: Trust(mfa_id=SECRET, device_id="d", until=None),
    "file": lambda: File(file_name="a.pdf", content=SECRET.encode()),
    "form of a call": lambda: RawCall(path=LOGIN, form={"password": SECRET}),
    "query of a call": lambda: RawCall(path=LOGIN, query={"sessionId": SECRET}),
    "headers of a call": lambda: RawCall(path=LOGIN, headers={"sessionId": SECRET}),
    "files of a call": lambda: RawCall(path=LOGIN, files={"file": File(file_name=SECRET, content=b"")}),
    "form of a request": lambda: _Request(operation=LOGIN, url="u", timeout_s=1, form={"password": SECRET}),
    "query of a request": lambda: _Request(operation=LOGIN, url="u", timeout_s=1, form={}, query={"devKey": SECRET}),
    "headers of a request": lambda: _Request(operation=LOGIN, url="u", timeout_s=1, form={}, headers={"a": SECRET}),
    "files of a request": lambda: _Request(operation=LOGIN, url="u", timeout_s=1, form={}, files={"a": (SECRET, b"")}),
}


@pytest.mark.parametrize("holder", HOLDERS)
def test_what_holds_a_secret_shows_none(holder: str) -> None:
    assert SECRET not in repr(HOLDERS[holder]())
