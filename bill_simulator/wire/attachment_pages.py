"""Files outside the API: pages of attachments, documents as they are, invoices as PDF (facts: sections 10 and 13)."""

from __future__ import annotations

import html
import mimetypes
import re
import struct
import zlib
from typing import TYPE_CHECKING, TypeAlias

from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from bill_simulator.behaviour.refusals import ErrorAnswer
from bill_simulator.rules.attachments import DOWNLOADS, FILES, IMAGES, TEXTS
from bill_simulator.state.attachments import PNG, SIGNATURES, TEXT
from bill_simulator.state.request_log import LoggedCall
from bill_simulator.wire.envelope import json_response, refused
from bill_simulator.wire.invoice_pdf import INVOICE_PDFS, invoice_pdf

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from starlette.requests import Request

    from bill_simulator.state.attachments import Attachment
    from bill_simulator.state.sessions import UserSession
    from bill_simulator.state.world import World

    PageOf: TypeAlias = Callable[[World, UserSession, Mapping[str, str]], Response]


def page(attachments: Sequence[Attachment], number: str) -> bytes:
    """The PNG of one page, from 1; a document that is no PNG gets a placeholder, because nothing is rendered here."""
    left = int(number) if re.fullmatch(r"[0-9]{1,6}", number) else 0
    for each in attachments:
        if 1 <= left <= each.pages:
            return each.content if each.kind == PNG else placeholder(f"page {left} of {each.file_name}")
        left -= each.pages
    raise ErrorAnswer("BDC_1129", "pageNumber", number)


def placeholder(what: str) -> bytes:
    """A grey PNG of one pixel, with a comment that says what would be there."""
    comment = f"Comment\x00bill-simulator does not render: {what}".encode("latin-1", "replace")
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
        (b"tEXt", comment),
        (b"IDAT", zlib.compress(b"\x00\xcc")),
        (b"IEND", b""),
    )
    return SIGNATURES[PNG][0] + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def image(world: World, session: UserSession, query: Mapping[str, str]) -> Response:
    """`entityId` and `pageNumber`: one page as PNG (documented: getdocumentpages)."""
    found = world.attachments.ready(session.organization_id, query.get("entityId", ""))
    if not found:
        raise ErrorAnswer(world.switches.not_found_code, "entityId", query.get("entityId"))
    return Response(page(found, query.get("pageNumber", "1")), media_type="image/png")


def text(world: World, session: UserSession, query: Mapping[str, str]) -> Response:
    """`id`: a text attachment as HTML (documented: getdocumentpages)."""
    found = [
        each for each in world.attachments.ready(session.organization_id, query.get("id", "")) if each.kind == TEXT
    ]
    if not found:
        raise ErrorAnswer(world.switches.not_found_code, "id", query.get("id"))
    return HTMLResponse(
        f"<html><body><pre>{html.escape(found[0].content.decode('utf-8', 'replace'))}</pre></body></html>"
    )


def document(world: World, session: UserSession, query: Mapping[str, str]) -> Response:
    """A document of a bill as it was uploaded, by `id` and `billId` (documented).

    Without `billId` the answer is a page of words (live: section 10, 11). `pageNumber` is documented too; its effect is
    unknown: a number that the document has not is refused here.
    """
    if not query.get("billId"):
        return HTMLResponse("<html><body>Missing Information!</body></html>")
    found = world.attachments.find(session.organization_id, query.get("id", ""))
    if found is None or found.object_id != query["billId"]:
        raise ErrorAnswer(world.switches.not_found_code, "id", query.get("id"))
    page((found,), query.get("pageNumber", "1"))
    return as_uploaded(found)


def file(world: World, session: UserSession, query: Mapping[str, str]) -> Response:
    """`id`: the document that a `fileUrl` of GetDocuments names (inferred: what such an address brings)."""
    found = world.attachments.find(session.organization_id, query.get("id", ""))
    if found is None:
        raise ErrorAnswer(world.switches.not_found_code, "id", query.get("id"))
    return as_uploaded(found)


def as_uploaded(attachment: Attachment) -> Response:
    """The file itself."""
    kind = mimetypes.guess_type(attachment.file_name)[0] or "application/octet-stream"
    return Response(attachment.content, media_type=kind)


def from_anywhere(request: Request) -> str:
    """The session in the query (older documents), a header (newer ones) or the cookie of the API."""
    query = request.query_params.get("sessionId")
    return query or request.headers.get("sessionId") or request.cookies.get("sid", "")


def from_header(request: Request) -> str:
    """The session in the header `sessionId` (documented); that no other place will do is inferred."""
    return request.headers.get("sessionId", "")


def refusal_page(path: str, refusal: ErrorAnswer) -> Response:
    """A text where a file is wanted without a session (live: section 10, 12); else what the API says (inferred)."""
    if path == FILES and refusal.code == "BDC_1109":
        return PlainTextResponse("Your session has timed out")
    return json_response(refused(refusal).body)


def routes(world: World) -> list[Route]:
    """The servlets, at the host's root; they stand outside the API, and count against no limit (inferred)."""

    def serving(
        serve: PageOf, session_in: Callable[[Request], str], permission: str = "GetDocumentPages"
    ) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            query, session_id = request.query_params, session_in(request)
            organization_id = world.sessions.organization_of(session_id)
            entry = LoggedCall(time=world.clock.stamp(), path=request.url.path, organization=organization_id)
            try:
                session = world.sessions.use(session_id)
                session.check_permission(permission)
                return serve(world, session, query)
            except ErrorAnswer as refusal:
                entry.code = refusal.code
                return refusal_page(request.url.path, refusal)
            finally:
                world.request_log.add(entry)

        return answer

    return [
        Route(IMAGES, serving(image, from_anywhere), methods=["GET"]),
        Route(TEXTS, serving(text, from_anywhere), methods=["GET"]),
        Route(DOWNLOADS, serving(document, from_header), methods=["GET"]),
        Route(FILES, serving(file, from_anywhere), methods=["GET"]),
        Route(INVOICE_PDFS, serving(invoice_pdf, from_header, "read/Invoice"), methods=["GET"]),
    ]
