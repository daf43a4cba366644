"""A session of `requests` that tells what is secret to BILL alone, and gives every answer up in time.

The timeout of a socket holds for each wait by itself: an answer of which a byte comes now and then outlives it without
end. Here each wait is as long as is left for all of it.
"""

from __future__ import annotations

import io
import threading
import time
from contextlib import contextmanager
from http.client import HTTPResponse
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from bill_api.connection import is_loopback

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

SENT_AT_ONCE_BYTES = 1 << 16
"""Of a request: the library below TLS waits anew for each part of what it is given."""

_thread = threading.local()


@contextmanager
def deadline(timeout_s: float) -> Iterator[None]:
    """Everything that this thread sends and receives in here takes so many seconds in all.

    What takes longer ends in a TimeoutError, as `requests` and the libraries below it put it. Looking up the host's
    name is the system's and not counted.
    """
    _thread.at_s = time.monotonic() + timeout_s
    try:
        yield
    finally:
        del _thread.at_s


def _wait_for(sock: socket.socket) -> None:
    """Let the next wait of a socket end at the deadline."""
    at_s: float | None = getattr(_thread, "at_s", None)
    if at_s is None:
        return
    left_s = at_s - time.monotonic()
    if left_s <= 0:
        raise TimeoutError("the time for this answer is over")
    sock.settimeout(left_s)


class _Incoming(io.RawIOBase):
    """Bytes that come in on a socket."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        _wait_for(self._sock)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(HTTPResponse):
    def __init__(self, sock: socket.socket, *arguments: Any, **more: Any) -> None:
        super().__init__(sock, *arguments, **more)
        self.fp.close()
        self.fp = io.BufferedReader(_Incoming(sock))


class _Connection(HTTPConnection):
    response_class = _Response

    def send(self, data: Any) -> None:
        _send(super().send, self, data)


class _SecureConnection(HTTPSConnection):
    response_class = _Response

    def send(self, data: Any) -> None:
        _send(super().send, self, data)


def _send(send: Any, connection: HTTPConnection, data: Any) -> None:
    """Send the parts of a request, each in the time that is left."""
    parts: Any = [data]
    if isinstance(data, bytes) and len(data) > SENT_AT_ONCE_BYTES:
        view = memoryview(data)
        parts = (view[start : start + SENT_AT_ONCE_BYTES] for start in range(0, len(data), SENT_AT_ONCE_BYTES))
    for part in parts:
        if connection.sock is not None:
            _wait_for(connection.sock)
        send(part)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class _Adapter(HTTPAdapter):
    """Makes the connections of a session keep to `deadline`, through a proxy too."""

    POOLS: ClassVar = {"http": _Pool, "https": _SecurePool}

    def init_poolmanager(self, *arguments: Any, **more: Any) -> None:
        """As in `requests`, with pools of ours."""
        super().init_poolmanager(*arguments, **more)
        self.poolmanager.pool_classes_by_scheme = self.POOLS

    def proxy_manager_for(self, *arguments: Any, **more: Any) -> Any:
        """As in `requests`, with pools of ours."""
        manager = super().proxy_manager_for(*arguments, **more)
        manager.pool_classes_by_scheme = self.POOLS
        return manager


class HttpSession(requests.Session):
    """Uses the proxies and certificates of the environment, but nothing of it that would be sent to BILL."""

    def __init__(self) -> None:
        super().__init__()
        for scheme in ("http://", "https://"):
            self.mount(scheme, _Adapter())
        # A session that signs in some way of its own looks for no password in .netrc.
        self.auth = lambda request: request

    def merge_environment_settings(self, url: Any, *settings: Any, **more: Any) -> Any:
        """As in `requests`; but what is not encrypted, or stays on this computer, goes through no proxy."""
        merged = super().merge_environment_settings(url, *settings, **more)
        parts = urlsplit(str(url))
        if parts.scheme == "http" or is_loopback(parts.hostname):
            merged["proxies"] = {}
        return merged
