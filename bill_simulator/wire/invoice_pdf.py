"""Invoices as PDF (documented: get-invoice-pdf): one page that says which invoice it is, for nothing is laid out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from bill_api.entities import BY_NAME
from bill_simulator.behaviour.refusals import ErrorAnswer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bill_simulator.state.sessions import UserSession
    from bill_simulator.state.world import World

INVOICE_PDFS = "/Invoice2PdfServlet"
INVOICE = BY_NAME["Invoice"]


def invoice_pdf(world: World, session: UserSession, query: Mapping[str, str]) -> Response:
    """`Id` of an invoice and `PresentationType=PDF` (documented); the codes of what is amiss with them are inferred."""
    for name in ("Id", "PresentationType"):
        if not query.get(name):
            raise ErrorAnswer("BDC_1108", name)
    if query["PresentationType"] != "PDF":
        raise ErrorAnswer("BDC_1129", "PresentationType", query["PresentationType"])
    table = world.books[session.organization_id].table(INVOICE)
    row = table.rows.get(query["Id"])
    if row is None:
        raise ErrorAnswer(world.switches.not_found_code, "Id", query["Id"])
    words = f"Invoice {table.value(row, 'invoiceNumber')} over {table.value(row, 'amount')}, by bill-simulator"
    return Response(pdf_of(words), media_type="application/pdf")


def pdf_of(words: str) -> bytes:
    """A PDF of one page with a line of text; signs outside Latin-1 are question marks."""
    shown = words.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)").encode("latin-1", "replace")
    text = b"BT /F1 12 Tf 72 720 Td (%s) Tj ET" % shown
    return with_index(
        (
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources 6 0 R >>",
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
            b"<< /Font << /F1 5 0 R >> >>",
        )
    )


def with_index(objects: Sequence[bytes]) -> bytes:
    """The objects of a PDF as a file, numbered from 1, with the table that says where each begins."""
    body, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    entries = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return body + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (size, entries, size, len(body))
    )
