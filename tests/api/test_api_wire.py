"""What a network does to an answer: lost, late, cut, foreign - and what may have reached BILL all the same."""

from __future__ import annotations

import gzip
import shutil
import socket
import ssl
import subprocess
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from api_scripted import LOGIN, NOTHING, PASSWORD, ScriptedBill, client_at, envelope, http, ok, scripted_bill
from conftest import client_for

from bill_api.entities import BY_NAME
from bill_api.errors import (
    BillError,
    FinalAnswerError,
    InDoubtError,
    NotCallableError,
    NotSentError,
    TooLargeError,
    UnavailableError,
)
from bill_api.table.query import ListQuery
from bill_api.wire.reachability import reachability
from bill_api.wire.transport import ANSWER_MAX_BYTES, Transport

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bill_simulator import Simulator

pytest_plugins = ["api_fixtures"]
pytestmark = pytest.mark.usefixtures("short_waits")

VENDOR = BY_NAME["Vendor"]
LIST = "/List/Vendor.json"
CREATE = "/Crud/Create/Vendor.json"
STORED = {"id": "00901ABCDEFGHIJaaaa1", "name": "Fern"}
LONG = envelope(0, [STORED] * 5000)
HTML = "<html><body>We are down for maintenance.</body></html>"
HTML_HEADER = "Content-Type: text/html\r\n"

ODD: dict[str, bytes] = {
    "nothing at all": NOTHING,
    "half a status line": b"HTTP/1.",
    "no HTTP": b"+OK hello\r\n",
    "headers without a body": http("", length=400),
    "half of the JSON, as if it were all": http(LONG[: len(LONG) // 2]),
    "half of the JSON, with the length of all": http(LONG[: len(LONG) // 2], length=len(LONG)),
    "a Content-Length that is too short": http(LONG, length=len(LONG) - 10),
    "a Content-Length that is too long": http(LONG, length=len(LONG) + 10),
    "a chunk cut off": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\n" + LONG[:100].encode(),
    "a page instead of JSON": http(HTML, headers=HTML_HEADER),
    "502 with a page": http(HTML, "502 Bad Gateway", headers=HTML_HEADER),
    "503 without a word": http("", "503 Service Unavailable"),
    "no UTF-8": http(b'{"response_status": 0, "response_data": "\xff\xfe"}'),
    "broken gzip": http(b"\x1f\x8bnot really", headers="Content-Encoding: gzip\r\n"),
    "JSON without envelope": http('{"id": "00901ABCDEFGHIJaaaa1"}'),
    "an array": http("[]"),
    "a text": http('"Success"'),
    "an error without a code": http(envelope(1, {"error_message": "no"})),
    "an error without data": http(envelope(1, None)),
    "a redirect": http("", "302 Found", headers="Location: /elsewhere\r\n"),
}


@pytest.mark.parametrize("odd", ODD)
def test_a_list_with_an_unreadable_answer_is_sent_again(scripted: ScriptedBill, odd: str) -> None:
    scripted.script(LIST, ODD[odd], ok([STORED]))
    assert client_at(scripted.url).list_page(VENDOR, ListQuery()) == [STORED]
    assert (scripted.count(LOGIN), scripted.count(LIST)) == (1, 2)


@pytest.mark.parametrize("odd", ODD)
def test_a_create_with_an_unreadable_answer_is_in_doubt_and_sent_once(scripted: ScriptedBill, odd: str) -> None:
    scripted.script(CREATE, ODD[odd], ok(STORED))
    with pytest.raises(InDoubtError, match="it may have happened"):
        client_at(scripted.url).create(VENDOR, {"name": "Fern"})
    assert scripted.count(CREATE) == 1


def test_a_request_that_bill_dropped_unread_counts_as_sent(scripted: ScriptedBill) -> None:
    # From here it looks like one that was read, so a write may not be repeated.
    client = client_at(scripted.url)
    client.list_page(VENDOR, ListQuery())
    scripted.connections_dropped_unread = 1
    with pytest.raises(InDoubtError):
        client.create(VENDOR, {"name": "Fern"})
    assert scripted.count(CREATE) == 0
    scripted.connections_dropped_unread = 1
    assert client.list_page(VENDOR, ListQuery()) == []
    assert scripted.count(LIST) == 2


def test_an_answer_that_does_not_come_in_time_leaves_a_write_in_doubt(scripted: ScriptedBill) -> None:
    scripted.script(CREATE, scripted.stall)
    with pytest.raises(InDoubtError, match="no answer within 1 s"):
        client_at(scripted.url, timeout_s=1).create(VENDOR, {"name": "Fern"})
    assert scripted.count(CREATE) == 1


def test_an_answer_that_stops_in_the_middle_is_given_up_in_time(scripted: ScriptedBill) -> None:
    scripted.script(LIST, http(LONG[:100], length=len(LONG)))
    scripted.stops_after_its_words = True
    with pytest.raises(UnavailableError, match=r"no answer within 0\.2 s") as caught:
        Transport(scripted.url, 0.2).post(LIST, {"devKey": "key"})
    assert caught.value.operation == LIST


DRIP_S = 0.05
"""Between two bytes: far less than the time for an answer, which all of them together exceed."""


@pytest.mark.parametrize(
    "answer",
    [
        http(LONG),
        b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 5000 + b"\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\n{\r\n" * 5000,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 500,
    ],
    ids=["body", "headers", "chunks", "continue"],
)
def test_an_answer_of_which_a_byte_comes_now_and_then_is_given_up_in_time(
    scripted: ScriptedBill, answer: bytes
) -> None:
    scripted.script(LIST, answer)
    scripted.drip_s = DRIP_S
    began = time.monotonic()
    with pytest.raises(UnavailableError, match=r"no answer within 0\.5 s"):
        Transport(scripted.url, 0.5).post(LIST, {"devKey": "key"})
    assert time.monotonic() - began < len(answer) * DRIP_S / 10
    scripted.released.set()


def test_a_write_whose_answer_comes_too_slowly_is_in_doubt_and_sent_once(scripted: ScriptedBill) -> None:
    client = client_at(scripted.url, timeout_s=1)
    client.list_page(VENDOR, ListQuery())
    scripted.script(CREATE, ok({**STORED, "name": "x" * 5000}))
    scripted.drip_s = DRIP_S
    with pytest.raises(InDoubtError, match=r"no answer within 1 s"):
        client.create(VENDOR, {"name": "Fern"})
    assert scripted.count(CREATE) == 1
    scripted.released.set()


def test_a_request_that_is_not_taken_in_time_is_given_up(scripted: ScriptedBill) -> None:
    scripted.takes_nothing = True
    with pytest.raises(UnavailableError, match=r"within 0\.5 s|connection was closed"):
        Transport(scripted.url, 0.5).post(CREATE, {"data": "x" * 30_000_000})
    scripted.released.set()


@pytest.mark.parametrize("folds", [1, 2])
def test_an_answer_that_would_fill_the_memory_is_not_unpacked_and_not_asked_for_again(
    scripted: ScriptedBill, folds: int
) -> None:
    packed = gzip.compress(bytes(ANSWER_MAX_BYTES + 1), 1)
    encoding = "gzip"
    if folds > 1:
        packed, encoding = gzip.compress(packed), "gzip, gzip"
    answer = http(packed, headers=f"Content-Encoding: {encoding}\r\n")
    scripted.script(CREATE, answer)
    scripted.script(LIST, answer)
    client = client_at(scripted.url, timeout_s=60)
    why = r"more than 256 MB|packed several times"
    with pytest.raises(InDoubtError, match=why):
        client.create(VENDOR, {"name": "Fern"})
    with pytest.raises(TooLargeError, match=why):
        client.list_page(VENDOR, ListQuery())
    assert (scripted.count(CREATE), scripted.count(LIST)) == (1, 1)


def test_the_calls_of_a_thread_take_one_connection(bill: Simulator, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "urllib3")
    client = client_for(bill)
    for _ in range(3):
        client.list_page(VENDOR, ListQuery())
    assert sum("Starting new HTTP connection" in each.getMessage() for each in caplog.records) == 1


def test_a_connection_that_is_not_accepted_in_time_is_not_sent() -> None:
    with ExitStack() as open_until_the_end:
        server = open_until_the_end.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        # Whoever comes after the queue is full waits for ever.
        for _ in range(4):
            waiting = open_until_the_end.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(server.getsockname())
        with pytest.raises(NotSentError, match=r"no connection to .* in 0\.2 s"):
            Transport(f"http://127.0.0.1:{server.getsockname()[1]}", 0.2).post(CREATE, {})


def test_the_body_decides_whatever_the_http_status_says(scripted: ScriptedBill) -> None:
    scripted.script(LIST, http(envelope(0, [STORED]), "500 Internal Server Error"))
    assert client_at(scripted.url).list_page(VENDOR, ListQuery()) == [STORED]
    assert scripted.count(LIST) == 1


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_a_redirect_takes_no_secret_elsewhere(scripted: ScriptedBill, status: str) -> None:
    with scripted_bill() as elsewhere:
        away = http("", status, headers=f"Location: {elsewhere.url}{LOGIN}\r\n")
        scripted.script(LOGIN, away, ok({"sessionId": "!session"}))
        client = client_at(scripted.url)
        if status[:3] in {"301", "308"}:  # for ever: nobody is there the next time either
            with pytest.raises(FinalAnswerError):
                client.list_page(VENDOR, ListQuery())
        else:
            assert client.list_page(VENDOR, ListQuery()) == []
        assert elsewhere.calls == []


def test_a_call_carries_no_session_but_the_one_in_its_form(scripted: ScriptedBill) -> None:
    # BILL takes a session from a cookie too, and cookies are kept per thread: they would outlive a renewed session.
    first = http(envelope(0, {"sessionId": "!session"}), headers="Set-Cookie: sid=!session; Path=/\r\n")
    scripted.script(LOGIN, first)
    client = client_at(scripted.url)
    client.list_page(VENDOR, ListQuery())
    client.list_page(VENDOR, ListQuery())
    assert [call.form["sessionId"] for call in scripted.calls if call.path == LIST] == ["!session"] * 2
    assert not [call for call in scripted.calls if "Cookie" in call.headers]


def test_a_call_is_a_form_with_json_in_it_and_asks_for_json(scripted: ScriptedBill) -> None:
    client_at(scripted.url).list_page(VENDOR, ListQuery())
    login, listing = scripted.calls
    assert login.form["password"] == PASSWORD
    assert set(listing.form) == {"devKey", "sessionId", "data"}
    assert listing.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert listing.headers["Accept"] == "application/json"


def test_a_call_without_data_sends_none(scripted: ScriptedBill) -> None:
    client_at(scripted.url).raw("/GetSessionInfo.json")
    assert set(scripted.calls[-1].form) == {"devKey", "sessionId"}


def test_a_url_that_cannot_be_called_is_said_at_once() -> None:
    with pytest.raises(NotCallableError, match="`api_url`"):
        Transport(f"http://{'a' * 70}.example/api/v2", 1).post(LIST, {})


def test_a_proxy_that_is_not_there_means_that_nothing_was_sent(
    refusing_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, refusing_url.removesuffix("/api/v2"))
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(NotSentError, match="proxy"):
        Transport("https://bill.example/api/v2", 1).post(CREATE, {})


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "all_proxy"])
def test_what_is_not_encrypted_goes_through_no_proxy(
    scripted: ScriptedBill, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with scripted_bill() as proxy:
        monkeypatch.setenv(variable, proxy.url.removesuffix("/api/v2"))
        assert client_at(scripted.url).list_page(VENDOR, ListQuery()) == []
        with pytest.raises(NotSentError, match="the host of"):
            Transport("http://bill.invalid/api/v2", 1).post(LOGIN, {"password": PASSWORD})
        reachability(scripted.url, 1)
        assert proxy.calls == []


def test_a_password_for_this_host_in_netrc_is_not_sent(
    scripted: ScriptedBill, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "netrc"
    file.write_text("machine 127.0.0.1 login someone password of-netrc\ndefault login anyone password of-netrc\n")
    file.chmod(0o600)
    monkeypatch.setenv("NETRC", str(file))
    client_at(scripted.url).list_page(VENDOR, ListQuery())
    assert scripted.calls
    assert not [call for call in scripted.calls if "Authorization" in call.headers]


# TLS


@pytest.fixture
def tls(tmp_path: Path) -> tuple[ssl.SSLContext, Path]:
    """A certificate for 127.0.0.1 that nobody has signed."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl makes the certificate")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    where = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run([openssl, "req", "-x509", *kind, *where, *subject], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context, certificate


@pytest.fixture
def secure(tls: tuple[ssl.SSLContext, Path]) -> Iterator[ScriptedBill]:
    with scripted_bill(tls[0]) as running:
        yield running


def test_a_certificate_that_is_not_trusted_means_that_nothing_was_sent(secure: ScriptedBill) -> None:
    with pytest.raises(NotSentError, match="check certificates"):
        Transport(secure.url, 5).post(LIST, {})
    assert secure.calls == []


def test_tls_that_breaks_after_the_request_leaves_a_write_in_doubt(
    secure: ScriptedBill, tls: tuple[ssl.SSLContext, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tls[1]))
    client = client_at(secure.url)
    client.list_page(VENDOR, ListQuery())
    secure.garbles_records = True
    with pytest.raises(InDoubtError, match="secure connection"):
        client.create(VENDOR, {"name": "Fern"})
    assert secure.count(CREATE) == 1


def test_plain_http_on_a_secure_url_is_an_error_that_names_api_url(scripted: ScriptedBill) -> None:
    with pytest.raises(BillError, match="`api_url`"):
        Transport(scripted.url.replace("http:", "https:"), 5).post(LIST, {})


def nothing_of_requests(error: BaseException) -> list[Any]:
    chain: list[BaseException] = []
    at: BaseException | None = error
    while at is not None:
        chain.append(at)
        at = at.__cause__ or at.__context__
    return [each for each in chain if not isinstance(each, BillError)]


@pytest.mark.parametrize("odd", ["nothing at all", "a chunk cut off", "half a status line"])
def test_an_error_leads_to_no_exception_that_holds_the_form(scripted: ScriptedBill, odd: str) -> None:
    scripted.script(CREATE, ODD[odd])
    with pytest.raises(InDoubtError) as caught:
        client_at(scripted.url).create(VENDOR, {"name": "Fern"})
    assert nothing_of_requests(caught.value) == []


def test_a_late_answer_leads_to_no_exception_that_holds_the_form(scripted: ScriptedBill, refusing_url: str) -> None:
    scripted.script(LOGIN, scripted.stall)
    for url in (scripted.url, refusing_url):
        with pytest.raises(BillError) as caught:
            Transport(url, 0.2).post(LOGIN, {"password": PASSWORD})
        assert nothing_of_requests(caught.value) == []
