"""One POST to BILL: a form goes out, the envelope's `response_data` comes back, or a typed error."""

from __future__ import annotations

import logging
import ssl
import threading
import time
from decimal import Decimal
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any

import msgspec
import requests
from urllib3.exceptions import (
    HTTPError,
    LocationParseError,
    NameResolutionError,
    NewConnectionError,
    ReadTimeoutError,
)

from bill_api.errors import BillError, NotSentError, SettingsError, UnavailableError, error_for

if TYPE_CHECKING:
    from collections.abc import Mapping

log = logging.getLogger(__name__)

_decoder = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number")

SECRET_FIELDS = ("password", "devKey", "sessionId", "mfaId")
"""Fields of a form that no message may quote."""


def encode(document: Any) -> str:
    """JSON text in which a Decimal is a number with exactly its digits."""
    return _encoder.encode(document).decode()


def decode(text: bytes) -> Any:
    """JSON in which every number with a point or exponent is a Decimal.

    Raises:
        msgspec.DecodeError: It is not JSON.
    """
    return _decoder.decode(text)


class Transport:
    """HTTP with keep-alive, one connection per thread.

    Args:
        url: Base URL without a trailing slash.
        timeout_s: Longest wait for one answer, in seconds.
    """

    def __init__(self, url: str, timeout_s: float) -> None:
        self.url = url
        self.timeout_s = timeout_s
        self._local = threading.local()

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            session.headers["Accept"] = "application/json"
            # BILL also takes its session from a cookie (seen in a client): the one of another login would not match.
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
            self._local.session = session
        return session

    def post(self, operation: str, form: Mapping[str, str]) -> Any:
        """Send one request.

        Args:
            operation: Path below the base URL, like `/List/Vendor.json`.
            form: Fields of the form body.

        Returns:
            `response_data` of a success, or of an error that carries a `bulk` array (the caller settles each
            element; when exactly BILL answers so is unknown).

        Raises:
            NotSentError: No connection could be made.
            UnavailableError: The answer was lost, late or unreadable.
            BillError: BILL's own refusal, by its code.
        """
        started = time.monotonic()
        try:
            # A redirect would carry the form, with all its secrets, to somewhere else.
            reply = self._session().post(self.url + operation, data=form, timeout=self.timeout_s, allow_redirects=False)
        except (requests.RequestException, HTTPError) as error:
            failure = self._failure(error, operation)
        else:
            log.debug("%s HTTP %s in %.0f ms", operation, reply.status_code, 1000 * (time.monotonic() - started))
            try:
                return _open_envelope(operation, reply.status_code, reply.content)
            except BillError as refusal:
                refusal.hide([form[name] for name in SECRET_FIELDS if name in form])
                raise
        # Out here, because the exception of `requests` holds the form.
        raise failure

    def _failure(self, error: Exception, operation: str) -> BillError:
        """What an exception of `requests` (or, seldom, of the library below it) means for us."""
        inner = error.args[0] if error.args else None
        if isinstance(error, requests.exceptions.InvalidURL | LocationParseError):
            return SettingsError(f"setting `api_url` is no URL that can be called: {self.url}", operation=operation)
        not_sent = self._why_not_sent(error, getattr(inner, "reason", None))
        if not_sent:
            return NotSentError(not_sent, operation=operation)
        if isinstance(error, requests.exceptions.SSLError):
            lost = f"the secure connection to {self.url} broke; check `api_url`"
        elif isinstance(error, requests.Timeout) or isinstance(inner, ReadTimeoutError):
            lost = f"no answer within {self.timeout_s} s"
        elif isinstance(error, requests.ConnectionError):
            lost = "the connection was closed before the answer was complete"
        else:
            lost = f"the answer broke off ({type(error).__name__})"
        return UnavailableError(lost, operation=operation)

    def _why_not_sent(self, error: Exception, cause: Exception | None) -> str | None:
        """Why no connection could be made; None when there was one, so that the request may have arrived."""
        if isinstance(error, requests.ConnectTimeout):
            return f"no connection to {self.url} in {self.timeout_s} s"
        if isinstance(error, requests.exceptions.ProxyError):
            return f"no way through the proxy to {self.url}; check the proxy of the environment and `api_url`"
        if isinstance(cause, NameResolutionError):
            return f"the host of {self.url} is not known; check `api_url` and the network"
        if isinstance(cause, NewConnectionError):
            return f"cannot connect to {self.url}; check `api_url` and the network"
        # Any other fault of TLS may also come after the request has gone out.
        if isinstance(error, requests.exceptions.SSLError) and _is_about_a_certificate(cause):
            return f"no secure connection to {self.url}; check certificates and `api_url`"
        return None


def _is_about_a_certificate(cause: Exception | None) -> bool:
    return bool(cause and cause.args and isinstance(cause.args[0], ssl.SSLCertVerificationError))


def _open_envelope(operation: str, status: int, content: bytes) -> Any:
    # HTTP 200 also for errors (seen in clients): the body decides. 5xx and HTML from the edge are possible (inferred).
    try:
        envelope = decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise UnavailableError(f"HTTP {status} with a body that is not JSON", operation=operation) from None
    if not isinstance(envelope, dict) or "response_status" not in envelope:
        raise UnavailableError(f"HTTP {status} without BILL's envelope", operation=operation)
    data = envelope.get("response_data")
    if envelope["response_status"] == 0:
        return data
    if isinstance(data, dict) and isinstance(data.get("bulk"), list):
        return data
    code = str(data.get("error_code")) if isinstance(data, dict) and data.get("error_code") else ""
    message = str(data.get("error_message") or "") if isinstance(data, dict) else ""
    if not code:
        raise UnavailableError("an error without a code", operation=operation)
    raise error_for(code, message, operation)
