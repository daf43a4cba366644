"""One POST to BILL: a form goes out, the envelope's `response_data` comes back, or a typed error."""

from __future__ import annotations

import codecs
import logging
import ssl
import threading
import time
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from types import MappingProxyType
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

from bill_api.errors import (
    BillError,
    FinalAnswerError,
    NotCallableError,
    NotSentError,
    NotServedError,
    RefusedError,
    SessionExpiredError,
    TooLargeError,
    UnavailableError,
    error_for,
)
from bill_api.wire.http_session import HttpSession, deadline
from bill_api.wire.raw import TIMED_OUT, Answer
from bill_values.exact_json import decode, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bill_api.wire.raw import RawCall

    Read = Callable[[bytes], Any]

log = logging.getLogger(__name__)

SECRET_FIELDS = ("password", "devKey", "sessionId", "mfaId")
"""Fields of a form that no message may quote."""

HTTP_OK = range(200, 300)

FINAL = frozenset({301, 308, *range(400, 500), 501, 505}) - {408, 421, 425, 429}
"""HTTP statuses that the same request meets again, by their meaning (RFC 9110, 15): the URL, the method or the caller
is wrong. Those that may pass (a time-out, another connection, too early, too many) are not among them."""

NOT_SERVED = frozenset({301, 308, 405, 501, 505})
"""Of these: another address serves it, or none does by this method or version of HTTP."""

MB = 1 << 20
ANSWER_MAX_BYTES = 256 * MB
"""The largest answer, unpacked. The largest that makes sense is a page of 999 bills with a hundred lines each, of a
kilobyte and a half: 150 MB (estimated); attachments are 20 MB at most (documented: UploadAttachment)."""

READ_AT_ONCE_BYTES = 1 << 18
"""Of a packed answer: unpacked it may be a thousand times as long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """One HTTP request; its form holds secrets."""

    operation: str
    url: str
    form: Mapping[str, str] = field(repr=False)
    timeout_s: float
    method: str = "POST"
    query: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    files: Mapping[str, tuple[str, bytes]] = field(default_factory=lambda: MappingProxyType({}), repr=False)


class Transport:
    """HTTP with keep-alive, one connection per thread.

    Args:
        url: Base URL without a trailing slash.
        timeout_s: Longest time for a call, from connecting to the last byte of its answer, in seconds.
    """

    def __init__(self, url: str, timeout_s: float) -> None:
        self.url = url
        self.timeout_s = timeout_s
        self._local = threading.local()

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = HttpSession()
            session.headers["Accept"] = "application/json"
            # BILL also takes its session from a cookie (seen in a client): the one of another login would not match.
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
            self._local.session = session
        return session

    def post(self, operation: str, form: Mapping[str, str], read: Read | None = None) -> Any:
        """Send one request.

        Args:
            operation: Path below the base URL, like `/List/Vendor.json`.
            form: Fields of the form body.
            read: Reads the body of a success that is as expected, and gives None for any other.

        Returns:
            What `read` has read; else `response_data` of a success, or of an error that carries a `bulk` array (the
            caller settles each element; when exactly BILL answers so is unknown).

        Raises:
            NotSentError: No connection could be made.
            UnavailableError: The answer was lost, late or unreadable.
            BillError: BILL's own refusal, by its code.
        """
        request = _Request(operation=operation, url=self.url + operation, form=form, timeout_s=self.timeout_s)
        status, content = self._exchange(request)
        found = read(content) if read else None
        if found is not None:
            return found
        try:
            return _open_envelope(operation, status, content)
        except BillError as refusal:
            refusal.hide(_secrets_in(form))
            raise

    def send(self, call: RawCall, session_id: str, developer_key: str) -> Any:
        """Send a call as its caller spelled it.

        Args:
            call: What to send.
            session_id: The present session.
            developer_key: Who calls.

        Returns:
            By `call.answer`: what the envelope holds (or all of the JSON where there is none), the text, or the bytes.

        Raises:
            BillError: As for `post`; BILL's refusal is found in a text and in bytes too.
        """
        data = None if call.data is None else encode(call.data)
        spelled = call.spelled(self.url, session_id, developer_key, data)
        request = _Request(
            operation=call.path,
            url=spelled.url,
            method=call.method,
            form=spelled.form,
            query=spelled.query,
            headers=spelled.headers,
            files={name: (each.file_name, each.content) for name, each in call.files.items()},
            timeout_s=call.timeout_s or self.timeout_s,
        )
        status, content = self._exchange(request)
        try:
            return _opened(call, status, content)
        except BillError as refusal:
            refusal.hide([session_id, developer_key, *_secrets_in(call.form)])
            raise

    def _exchange(self, request: _Request) -> tuple[int, bytes]:
        """HTTP status and body of the answer to one request."""
        started = time.monotonic()
        try:
            with (
                deadline(request.timeout_s),
                self._session().request(
                    request.method,
                    request.url,
                    params=request.query or None,
                    data=request.form or None,
                    files=request.files or None,
                    headers=request.headers or None,
                    timeout=request.timeout_s,
                    # A redirect would carry the form, with all its secrets, to somewhere else.
                    allow_redirects=False,
                    stream=True,
                ) as reply,
            ):
                content = _content(reply, request.operation)
        except (requests.RequestException, HTTPError, TimeoutError) as error:
            failure = self._failure(error, request)
        else:
            took_ms = 1000 * (time.monotonic() - started)
            log.debug("%s HTTP %s in %.0f ms", request.operation, reply.status_code, took_ms)
            return reply.status_code, content
        # Out here, because the exception of `requests` holds the form.
        raise failure

    def _failure(self, error: Exception, request: _Request) -> BillError:
        """The error of ours for an exception of `requests` (or, seldom, of the library below it)."""
        inner = error.args[0] if error.args else None
        operation = request.operation
        if isinstance(error, requests.exceptions.InvalidHeader):
            return NotCallableError("a header holds what HTTP does not allow", operation=operation)
        if isinstance(error, requests.exceptions.InvalidURL | LocationParseError):
            return NotCallableError(f"setting `api_url` is no URL that can be called: {self.url}", operation=operation)
        not_sent = self._why_not_sent(error, getattr(inner, "reason", None), request.timeout_s)
        if not_sent:
            return NotSentError(not_sent, operation=operation)
        if isinstance(error, requests.exceptions.SSLError):
            lost = f"the secure connection to {self.url} broke; check `api_url`"
        elif isinstance(error, requests.Timeout | TimeoutError) or isinstance(inner, ReadTimeoutError | TimeoutError):
            lost = f"no answer within {request.timeout_s:g} s"
        elif isinstance(error, requests.ConnectionError):
            lost = "the connection was closed before the answer was complete"
        else:
            lost = f"the answer broke off ({type(error).__name__})"
        return UnavailableError(lost, operation=operation)

    def _why_not_sent(self, error: Exception, cause: Exception | None, timeout_s: float) -> str | None:
        """Why no connection could be made; None when there was one, so that the request may have arrived."""
        if isinstance(error, requests.ConnectTimeout):
            return f"no connection to {self.url} in {timeout_s:g} s"
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


def _content(reply: requests.Response, operation: str) -> bytes:
    """The body of an answer, unpacked.

    Raises:
        TooLargeError: It is too large, or packed several times over: a few bytes would fill the memory.
    """
    if "," in reply.headers.get("Content-Encoding", ""):
        raise TooLargeError("an answer that is packed several times over", operation=operation)
    parts: list[bytes] = []
    size = 0
    for part in reply.iter_content(READ_AT_ONCE_BYTES):
        size += len(part)
        if size > ANSWER_MAX_BYTES:
            raise TooLargeError(
                f"an answer of more than {ANSWER_MAX_BYTES // MB} MB; ask for fewer rows at once (`page_size`)",
                operation=operation,
            )
        parts.append(part)
    return b"".join(parts)


def _is_about_a_certificate(cause: Exception | None) -> bool:
    return bool(cause and cause.args and isinstance(cause.args[0], ssl.SSLCertVerificationError))


def _secrets_in(form: Mapping[str, str]) -> list[str]:
    return [form[name] for name in SECRET_FIELDS if name in form]


def _json(content: bytes) -> Any:
    """The content of an answer; a byte order mark before it is no part of it (RFC 8259, 8.1).

    Raises:
        msgspec.DecodeError: It is not JSON; the text quotes nothing of it.
    """
    try:
        return decode(content.removeprefix(codecs.BOM_UTF8))
    except UnicodeDecodeError:
        raise msgspec.DecodeError("Invalid UTF-8 encoded string") from None


def _opened(call: RawCall, status: int, content: bytes) -> Any:
    try:
        document = _json(content)
    except msgspec.DecodeError:
        document = None
    is_envelope = isinstance(document, dict) and "response_status" in document
    if call.answer is Answer.JSON and not is_envelope and document is not None and status in HTTP_OK:
        return document
    if call.answer is Answer.JSON or (is_envelope and document["response_status"] != 0):
        return _open_envelope(call.path, status, content)
    if status not in HTTP_OK:
        raise _unreadable(status, f"HTTP {status}", call.path)
    if call.says_timed_out(content):
        raise SessionExpiredError(TIMED_OUT.decode(), operation=call.path)
    words = call.words_in_place_of(content)
    if words is not None:
        raise RefusedError(f"a page of words in place of the file: {words!r}. Check the ids.", operation=call.path)
    return content if call.answer is Answer.BINARY else content.decode("utf-8", "replace")


def _unreadable(status: int, text: str, operation: str) -> UnavailableError:
    """An answer that is not BILL's, by its status: BILL's own refusals come in an envelope (live: section 4, 2)."""
    if status in FINAL:
        kind = NotServedError if status in NOT_SERVED else FinalAnswerError
        return kind(
            f"HTTP {status}; it would be the same again: check the path, its method, and `api_url`",
            operation=operation,
        )
    return UnavailableError(text, operation=operation)


def _open_envelope(operation: str, status: int, content: bytes) -> Any:
    # HTTP 200 also for errors (live): the body decides. 5xx and HTML from the edge are possible (inferred).
    try:
        envelope = _json(content)
    except msgspec.DecodeError as error:
        # The decoder's words have a position and nothing of the content.
        raise _unreadable(status, f"HTTP {status} with a body that is not JSON ({error})", operation) from None
    # A status that is no number is not BILL's, whatever it says.
    if not isinstance(envelope, dict) or type(envelope.get("response_status")) is not int:
        raise _unreadable(status, f"HTTP {status} without BILL's envelope", operation)
    data = envelope.get("response_data")
    if envelope["response_status"] == 0:
        return data
    if isinstance(data, dict) and isinstance(data.get("bulk"), list):
        return data
    refusal = data if isinstance(data, dict) else {}
    code, message = refusal.get("error_code"), refusal.get("error_message")
    if not isinstance(code, str) or not code.strip():
        raise UnavailableError("an error without a code", operation=operation)
    raise error_for(code, message if isinstance(message, str) else "", operation)
