"""Hosts that may call the simulator: programs on this computer and its own page, no other page in a browser.

A web page can send to any address, and its own name can be made to lead to 127.0.0.1 (DNS rebinding). A browser tells
both: the name in `Host`, and the page in `Origin`.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.types import ASGIApp, Receive, Scope, Send

LOOPBACK_NAME = "localhost"


@dataclass(frozen=True, slots=True, kw_only=True)
class HostCheck:
    """Lets calls in by their `Host` and `Origin`.

    Attributes:
        app: The application behind the check.
        bound: The address that is listened at.
        hosts: Further names by which it is called, in a container for example.
    """

    app: ASGIApp
    bound: str
    hosts: Collection[str] = ()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on, or refuse it with HTTP 403 and the reason."""
        problem = self.problem(Headers(scope=scope)) if scope["type"] == "http" else None
        if problem is None:
            await self.app(scope, receive, send)
            return
        refusal = JSONResponse({"error": problem}, HTTPStatus.FORBIDDEN)
        await refusal(scope, receive, send)

    def problem(self, headers: Headers) -> str | None:
        """The reason why a call with these headers is not let in, or None."""
        host, origin = headers.get("host", ""), headers.get("origin")
        if not self._is_ours(host):
            return f"the host {host!r} is none of this simulator's; start it with --allow-host to be called so"
        if origin is not None and not _is_of(origin, host):
            return f"the page {origin!r} is not the simulator's own: no other page may call it"
        return None

    def _is_ours(self, host: str) -> bool:
        name = _name(host)
        if not name or name in {LOOPBACK_NAME, self.bound, *map(str.lower, self.hosts)}:
            return True
        try:
            address = ip_address(name)
        except ValueError:
            return False
        return address.is_loopback or _is_any(self.bound)


def _name(host: str) -> str:
    """The name or address in a `Host` header, without its port."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return host


def _is_any(bound: str) -> bool:
    """True when it is listened at every address of the computer."""
    try:
        return ip_address(bound).is_unspecified
    except ValueError:
        return False


def _is_of(origin: str, host: str) -> bool:
    """True for a page of the address that was called."""
    scheme, separator, place = origin.lower().partition("://")
    return bool(separator) and scheme in {"http", "https"} and place == host.lower()
