"""Form fields of a call, from body, query and cookie."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from python_multipart import create_form_parser
from python_multipart.exceptions import FormParserError

from bill_simulator.rules.calls import Form

if TYPE_CHECKING:
    from python_multipart.multipart import Field, File
    from starlette.requests import Request

FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"


async def form_of(request: Request) -> Form:
    """The form fields; the query and the cookie `sid` fill in what it lacks (seen in clients; BILL warns of it).

    A form may have several parts on every call (live: section 3, 3).
    """
    form = Form()
    if request.cookies.get("sid"):
        form["sessionId"] = request.cookies["sid"]
    form.update(request.query_params)
    body = await request.body()  # to its end: a caller listens only once everything is sent
    content_type = request.headers.get("content-type", "")
    kind = content_type.split(";")[0].strip().lower()
    if kind == MULTIPART:
        add_parts(form, content_type, body)
    elif kind == FORM:
        form.update(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    return form


def add_parts(form: Form, content_type: str, body: bytes) -> None:
    """Add the parts of a multipart form; what is not complete or cannot be read was not sent."""

    def add(part: Field | File, content: bytes) -> None:
        name = (part.field_name or b"").decode("utf-8", "replace")
        if name == "file":
            form.file = content
        else:
            form[name] = content.decode("utf-8", "replace")

    def add_file(part: File) -> None:
        part.file_object.seek(0)
        add(part, part.file_object.read())

    try:
        # Starlette's own `form()` would drop the complete parts of a broken form, and write large files to disk.
        parser = create_form_parser(
            {"Content-Type": content_type.encode("latin-1")},
            on_field=lambda part: add(part, part.value or b""),
            on_file=add_file,
            config={"MAX_MEMORY_FILE_SIZE": len(body)},
        )
        parser.write(body)
    except FormParserError:
        return
