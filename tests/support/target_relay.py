"""A relay between target-bill and the simulator: it keeps what was sent, and may have BILL say something else."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import requests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bill_simulator import Simulator

TIMEOUT_S = 60


class Relay(ThreadingHTTPServer):
    """Passes calls on.

    Attributes:
        sent: For each path, the data of each call, in order.
        asks: For each path, what BILL is asked in place of what was sent.
        says: For each path, what BILL says in place of its data.
    """

    daemon_threads = True

    def __init__(self, simulator: Simulator) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.beyond = simulator.settings["api_url"]
        self.sent: defaultdict[str, list[Any]] = defaultdict(list)
        self.asks: dict[str, Callable[[Any], Any]] = {}
        self.says: dict[str, Callable[[Any], Any]] = {}

    @property
    def settings(self) -> dict[str, Any]:
        return {"api_url": f"http://127.0.0.1:{self.server_port}{urlsplit(self.beyond).path}"}

    def objects(self, path: str) -> list[Any]:
        """The objects of the bulk calls of a path, each without its entity."""
        found = [each["obj"] for call in self.sent[path] for each in call["bulk"]]
        return [{name: value for name, value in obj.items() if name != "entity"} for obj in found]


class _Handler(BaseHTTPRequestHandler):
    server: Relay

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        path = self.path.removeprefix(urlsplit(self.server.beyond).path)
        self.server.sent[path] += [json.loads(each) for each in parse_qs(body.decode()).get("data", ())]
        if path in self.server.asks:
            form = {name: value for name, (value,) in parse_qs(body.decode()).items()}
            body = urlencode({**form, "data": json.dumps(self.server.asks[path](json.loads(form["data"])))}).encode()
        headers = {"Content-Type": self.headers["Content-Type"]}
        answer = requests.post(self.server.beyond + path, data=body, headers=headers, timeout=TIMEOUT_S).json()
        if path in self.server.says:
            answer["response_data"] = self.server.says[path](answer["response_data"])
        content = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Nothing on stderr."""


@contextmanager
def relay(simulator: Simulator) -> Iterator[Relay]:
    with Relay(simulator) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield running
        finally:
            running.shutdown()
            thread.join()
