"""BILL's envelope and form: how a call and its answer look on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from starlette.responses import Response

from bill_simulator.behaviour.refusals import Refusal
from bill_simulator.encoding import decode, encode
from bill_simulator.wire.multipart import MULTIPART, Form, read_parts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request

    from bill_simulator.state.books import Row

FORM = "application/x-www-form-urlencoded"
MULTIPART_PATHS = frozenset({"/UploadAttachment.json"})
"""Where a form has several parts; no other call is read that way (documented: upload-documents)."""

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
        is_error: Whether the top level says Error.
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
        return (ERROR if self.is_error else SUCCESS) + self.data + b"}"


def reply_of(value: Any) -> Reply:
    """An answer that is no stored object."""
    return Reply(data=encode(value))


def refusal_data(refusal: Refusal) -> bytes:
    """`error_code` and `error_message` (documented: common-error-codes)."""
    return encode({"error_code": refusal.code, "error_message": refusal.text})


def refused(refusal: Refusal) -> Reply:
    """A refusal of the whole call."""
    return Reply(data=refusal_data(refusal), code=refusal.code, is_error=True)


def bulk_reply(results: Sequence[Row | Refusal], *, is_error: bool) -> Reply:
    """`{"bulk": [...]}`, an envelope per element (documented: bulkdeletelocation)."""
    parts = [
        ERROR + refusal_data(each) + b"}" if isinstance(each, Refusal) else SUCCESS + each.whole + b"}"
        for each in results
    ]
    refusals = sum(isinstance(each, Refusal) for each in results)
    data = b'{"bulk":[' + b",".join(parts) + b"]}"
    return Reply(data=data, is_error=is_error, rows=len(results) - refusals, refused_rows=refusals)


async def form_of(request: Request) -> Form:
    """The form fields; the query and the cookie `sid` fill in what it lacks (seen in clients; BILL warns of it)."""
    form = Form()
    if request.cookies.get("sid"):
        form["sessionId"] = request.cookies["sid"]
    form.update(request.query_params)
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind == MULTIPART and f"/{request.path_params['path']}" in MULTIPART_PATHS:
        await read_parts(request, form)
        return form
    body = await request.body()
    if kind == FORM:
        form.update(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    return form


def data_of(form: Mapping[str, str], *, required: bool) -> dict[str, Any]:
    """The JSON document in `data`; BDC_1122 when it is none (documented: error list)."""
    text = form.get("data")
    if not text:
        if required:
            raise Refusal("BDC_1108", "data")
        return {}
    try:
        data = decode(text)
    except ValueError:
        raise Refusal("BDC_1122") from None
    if not isinstance(data, dict):
        raise Refusal("BDC_1122")
    return data


def text_in(data: Mapping[str, Any], name: str) -> str:
    """A text in `data`; BDC_1108 without it."""
    value = data.get(name)
    if not isinstance(value, str) or not value:
        raise Refusal("BDC_1108", name)
    return value


def json_response(body: bytes) -> Response:
    """HTTP 200, for refusals too (seen in clients)."""
    return Response(body, media_type="application/json")


def edge_response() -> Response:
    """What a proxy in front of BILL would say (inferred)."""
    return Response(EDGE_PAGE, status_code=502, media_type="text/html")
