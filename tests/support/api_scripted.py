"""A BILL that says what a test tells it to say, byte by byte, over real HTTP."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections import defaultdict, deque
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from bill_api.client import BillClient
from bill_api.connection import Connection
from bill_values.exact_json import decode

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

BASE = "/api/v2"
LOGIN = "/Login.json"
PASSWORD = "pass word+&=%äß"
DEVELOPER_KEY = "01DEVELOPERKEYOFTHESETESTS"
ORGANIZATION_ID = "00801TESTSXXXXXaaaa1"
MFA_ID = "!mfa-of-these-tests"
STALL_MAX_S = 20
NOTHING = b""
"""The connection closes without an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request that arrived."""

    path: str
    form: dict[str, str] = field(repr=False)
    headers: dict[str, str]

    @property
    def data(self) -> Any:
        return decode(self.form["data"].encode())


Answer: TypeAlias = bytes | Callable[[Call], bytes]


def http(body: str | bytes, status: str = "200 OK", *, length: int | None = None, headers: str = "") -> bytes:
    """An HTTP answer; `length` is what it claims to be long."""
    content = body.encode() if isinstance(body, str) else body
    claimed = len(content) if length is None else length
    return f"HTTP/1.1 {status}\r\nContent-Length: {claimed}\r\nConnection: close\r\n{headers}\r\n".encode() + content


def envelope(status: int, data: Any) -> str:
    message = "Error" if status else "Success"
    return json.dumps({"response_status": status, "response_message": message, "response_data": data})


def ok(data: Any) -> bytes:
    return http(envelope(0, data))


def refusal(code: str, message: str = "no") -> dict[str, str]:
    return {"error_code": code, "error_message": message}


def refused(code: str, message: str = "no") -> bytes:
    return http(envelope(1, refusal(code, message)))


class ScriptedBill:
    """Answers each path with what was scripted for it, in turn; the last answer is repeated.

    Logins that nobody scripted succeed, everything else that nobody scripted is an empty array.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.calls: list[Call] = []
        self.connections_dropped_unread = 0
        self.garbles_records = False
        self.stops_after_its_words = False
        self.drip_s: float | None = None
        self.takes_nothing = False
        self.released = threading.Event()
        self._tls = tls
        self._port = 0
        self._lock = threading.Lock()
        self._scripts: defaultdict[str, deque[Answer]] = defaultdict(deque)
        self.up()

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self._port}{BASE}"

    def up(self) -> None:
        """Listen, on the same port as before."""
        self._server = _Server(self, self._port)
        self._port = self._server.server_port
        if self._tls:
            self._server.socket = self._tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.002})
        self._thread.start()

    def down(self) -> None:
        """Refuse connections."""
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def script(self, path: str, *answers: Answer) -> None:
        self._scripts[path].extend(answers)

    def count(self, path: str) -> int:
        return sum(call.path == path for call in self.calls)

    def stall(self, _call: Call) -> bytes:
        """An answer that does not come."""
        self.released.wait(STALL_MAX_S)
        return NOTHING

    def answer(self, call: Call) -> bytes:
        with self._lock:
            self.calls.append(call)
            script = self._scripts[call.path]
            chosen: Answer = script[0] if script else self._default(call)
            if len(script) > 1:
                script.popleft()
        return chosen if isinstance(chosen, bytes) else chosen(call)

    def drops_unread(self) -> bool:
        with self._lock:
            drops = self.connections_dropped_unread > 0
            self.connections_dropped_unread -= drops
            return drops

    def _default(self, call: Call) -> bytes:
        return ok({"sessionId": f"!session-{self.count(LOGIN)}"}) if call.path == LOGIN else ok([])


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, owner: ScriptedBill, port: int) -> None:
        self.owner = owner
        super().__init__(("127.0.0.1", port), _Handler)

    def handle_error(self, request: socket.socket | tuple[bytes, socket.socket], client_address: Any) -> None:
        """A caller that has gone away is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def handle(self) -> None:
        if not self.server.owner.drops_unread():
            super().handle()

    def _drip(self, answer: bytes, pause_s: float) -> None:
        """A byte at a time."""
        for byte in answer:
            self.wfile.write(bytes([byte]))
            if self.server.owner.released.wait(pause_s):
                return

    def do_POST(self) -> None:
        if self.server.owner.takes_nothing:
            self.server.owner.released.wait(STALL_MAX_S)
            return
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = dict(parse_qsl(body, keep_blank_values=True, strict_parsing=True))
        call = Call(path=self.path.removeprefix(BASE), form=form, headers=dict(self.headers))
        answer = self.server.owner.answer(call)
        if self.server.owner.garbles_records:
            # Below TLS, on the bare socket: bytes that no record of TLS is made of.
            with socket.socket(fileno=os.dup(self.connection.fileno())) as bare:
                bare.sendall(b"these are no records of TLS")
        if self.server.owner.drip_s is None:
            self.wfile.write(answer)
        else:
            self._drip(answer, self.server.owner.drip_s)
        if self.server.owner.stops_after_its_words:
            self.server.owner.stall(call)

    def do_GET(self) -> None:
        """What stands beside the API is fetched; the API itself is never asked like this."""
        address = urlsplit(self.path)
        if address.path.startswith(BASE):
            self.wfile.write(http("nobody asks like this", "405 Method Not Allowed"))
            return
        query = dict(parse_qsl(address.query, keep_blank_values=True, strict_parsing=True))
        self.wfile.write(self.server.owner.answer(Call(path=address.path, form=query, headers=dict(self.headers))))

    def log_message(self, *_: Any) -> None:
        """Nothing on stderr."""


@contextmanager
def scripted_bill(tls: ssl.SSLContext | None = None) -> Iterator[ScriptedBill]:
    running = ScriptedBill(tls)
    try:
        yield running
    finally:
        running.down()


def settings_for(url: str, **more: Any) -> dict[str, Any]:
    return {
        "username": "ap@tests.example",
        "password": PASSWORD,
        "organization_id": ORGANIZATION_ID,
        "developer_key": DEVELOPER_KEY,
        "mfa_id": MFA_ID,
        "device_id": "device of these tests",
        "api_url": url,
        "timeout_s": 5,
        **more,
    }


def client_at(url: str, **more: Any) -> BillClient:
    return BillClient(Connection.from_settings(settings_for(url, **more)))
