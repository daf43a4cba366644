"""One POST to BILL: a form goes out, the envelope's `response_data` comes back, or a typed error."""

from __future__ import annotations

import logging
import threading
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import requests
from urllib3.exceptions import NameResolutionError, NewConnectionError

from bill_api.errors import NotSentError, UnavailableError, error_for

if TYPE_CHECKING:
    from collections.abc import Mapping

log = logging.getLogger(__name__)

_decoder = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number")

HTTP_OK = 200


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
            reply = self._session().post(self.url + operation, data=form, timeout=self.timeout_s)
        except requests.ConnectTimeout as error:
            raise NotSentError(f"no connection to {self.url} in {self.timeout_s} s", operation=operation) from error
        except requests.ConnectionError as error:
            raise _connection_error(error, self.url, operation) from None
        except requests.Timeout as error:
            raise UnavailableError(f"no answer within {self.timeout_s} s", operation=operation) from error
        except requests.RequestException as error:
            raise UnavailableError(f"the answer broke off ({type(error).__name__})", operation=operation) from None
        log.debug("%s HTTP %s in %.0f ms", operation, reply.status_code, 1000 * (time.monotonic() - started))
        return _open_envelope(operation, reply.status_code, reply.content)


def _connection_error(error: requests.ConnectionError, url: str, operation: str) -> NotSentError | UnavailableError:
    cause = getattr(error.args[0] if error.args else None, "reason", None)
    if isinstance(cause, NameResolutionError):
        return NotSentError(f"the host of {url} is not known; check `api_url` and the network", operation=operation)
    if isinstance(cause, NewConnectionError):
        return NotSentError(f"cannot connect to {url}; check `api_url` and the network", operation=operation)
    if isinstance(error, requests.exceptions.SSLError):
        return NotSentError(f"no secure connection to {url}; check certificates and `api_url`", operation=operation)
    return UnavailableError("the connection was closed before the answer was complete", operation=operation)


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
