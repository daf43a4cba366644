"""Form fields of a call, from body, query and cookie."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from bill_simulator.rules.calls import Form
from bill_simulator.wire.multipart import MULTIPART, read_parts

if TYPE_CHECKING:
    from starlette.requests import Request

FORM = "application/x-www-form-urlencoded"
MULTIPART_PATHS = frozenset({"/UploadAttachment.json"})
"""Where a form has several parts; no other call is read that way (documented: upload-documents)."""


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
