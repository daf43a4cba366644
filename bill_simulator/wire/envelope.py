"""Envelope of BILL around answers and refusals, and the HTTP responses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import Response

from bill_simulator.behaviour.refusals import ErrorAnswer
from bill_simulator.encoding import encode

if TYPE_CHECKING:
    from bill_simulator.rules.calls import ResponseData

SUCCESS = b'{"response_status":0,"response_message":"Success","response_data":'
ERROR = b'{"response_status":1,"response_message":"Error","response_data":'
EDGE_PAGE = (
    "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer before it is sent.

    Attributes:
        data: The JSON of `response_data`.
        code: `OK`, or the BILL code of a refusal.
        is_error: The top level says Error.
        rows: Objects in it.
        refused_rows: Refused elements of a bulk call.
    """

    data: bytes
    code: str = "OK"
    is_error: bool = False
    rows: int | None = None
    refused_rows: int | None = None

    @property
    def body(self) -> bytes:
        """The envelope (documented: api-response-format)."""
        return self._head + self.data + b"}"

    @property
    def _head(self) -> bytes:
        return ERROR if self.is_error else SUCCESS

    @property
    def size(self) -> int:
        """The length of the body, in bytes."""
        return len(self._head) + len(self.data) + 1

    def beginning(self, length: int) -> bytes:
        """So many bytes of the body, without a copy of all of it."""
        return (self._head + self.data[:length] + (b"}" if len(self.data) <= length else b""))[:length]


def refusal_data(refusal: ErrorAnswer) -> bytes:
    """`error_code` and `error_message` (documented: common-error-codes)."""
    return encode({"error_code": refusal.code, "error_message": refusal.text})


def refused(refusal: ErrorAnswer) -> Reply:
    """A refusal of the whole call."""
    return Reply(data=refusal_data(refusal), code=refusal.code, is_error=True)


def reply_of(answer: ResponseData) -> Reply:
    """The answer of a served call; of a bulk call `{"bulk": [...]}`, an envelope per element (documented)."""
    if isinstance(answer.data, bytes):
        return Reply(data=answer.data, rows=answer.rows)
    elements = [
        ERROR + refusal_data(each) + b"}" if isinstance(each, ErrorAnswer) else SUCCESS + each + b"}"
        for each in answer.data
    ]
    refusals = sum(isinstance(each, ErrorAnswer) for each in answer.data)
    data = b'{"bulk":[' + b",".join(elements) + b"]}"
    return Reply(data=data, is_error=answer.is_error, rows=len(elements) - refusals, refused_rows=refusals)


def json_response(body: bytes) -> Response:
    """HTTP 200, for refusals too (seen in clients)."""
    return Response(body, media_type="application/json")


def edge_response() -> Response:
    """The answer of a proxy in front of BILL (inferred)."""
    return Response(EDGE_PAGE, status_code=502, media_type="text/html")
