"""A Hub of plugins at which Meltano finds those that are not ours, without leaving this machine."""

from __future__ import annotations

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

PATH = "/meltano/api/v1/plugins"
VARIANT = "somebody"
LISTED = {"extractors": ("tap-postgres",), "loaders": ("target-postgres",)}
"""The plugins of the documentation that are not ours, by their type."""


class _Hub(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        kind, _, name = self.path.removeprefix(f"{PATH}/").partition("/")
        found = self._index(kind) if name == "index" else self._plugin(name)
        body = json.dumps(found).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass

    def _index(self, kind: str) -> dict[str, Any]:
        here = f"http://{self.headers['Host']}{PATH}/{kind}"
        return {
            name: {
                "logo_url": None,
                "default_variant": VARIANT,
                "variants": {VARIANT: {"ref": f"{here}/{name}--{VARIANT}"}},
            }
            for name in LISTED.get(kind, ())
        }

    @staticmethod
    def _plugin(ref: str) -> dict[str, Any]:
        name = ref.removesuffix(f"--{VARIANT}")
        return {"name": name, "namespace": name.replace("-", "_"), "variant": VARIANT, "pip_url": name}


@contextmanager
def meltano_hub() -> Iterator[str]:
    """A Hub, while it is used; its address, which Meltano takes as `MELTANO_HUB_URL`."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Hub) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
