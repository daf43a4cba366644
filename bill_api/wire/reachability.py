"""True if anything answers at a URL, before a single secret is sent to it."""

from __future__ import annotations

import re
from dataclasses import dataclass

import requests

from bill_api.wire.http_session import HttpSession, deadline

OBJECT = re.compile(r"^<?\w*(Pool|Connection)\(.*?\)( object at \w+>)?: ")
"""How urllib3 begins its messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reachability:
    """The furthest step that was reached.

    Attributes:
        host: Why the host cannot be reached; None when it can.
        tls: Why the connection is not secure; None when it is, or need not be.
    """

    host: str | None = None
    tls: str | None = None


def reachability(url: str, timeout_s: float) -> Reachability:
    """Ask for a page that need not exist; whatever answers is there.

    Args:
        url: Base URL.
        timeout_s: Longest wait, in seconds.
    """
    try:
        with deadline(timeout_s), HttpSession() as session:
            session.get(url, timeout=timeout_s, allow_redirects=False, stream=True).close()
    except requests.exceptions.ProxyError:
        return Reachability(host="no way through the proxy; check the proxy of the environment")
    except requests.exceptions.SSLError as error:
        return Reachability(tls=_reason(error))
    except requests.exceptions.ConnectTimeout:
        return Reachability(host=f"no connection in {timeout_s:g} s")
    except requests.exceptions.ReadTimeout:
        return Reachability(host=f"it took the connection, and gave no answer in {timeout_s:g} s")
    except requests.exceptions.RequestException as error:
        return Reachability(host=_reason(error))
    return Reachability()


def _reason(error: requests.exceptions.RequestException) -> str:
    """The innermost cause, without the address of an object in front of it."""
    inner = error.args[0] if error.args else error
    cause = str(getattr(inner, "reason", inner))
    return OBJECT.sub("", cause) or type(error).__name__
