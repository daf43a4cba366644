"""Upload of attachments, and the addresses of their pages (facts: section 10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bill_api.entities import ENTITIES
from bill_simulator.behaviour.refusals import ErrorAnswer
from bill_simulator.rules.calls import ResponseData, data_of, response_data, text_in
from bill_simulator.rules.listing import page_of
from bill_simulator.state.attachments import TEXT, extension_of, is_what_it_says

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bill_simulator.rules.calls import SessionCall
    from bill_simulator.state.attachments import Attachment

ATTACHABLE = tuple(entity.name for entity in ENTITIES if entity.takes_files)

UPLOAD_BYTES_MAX = 32_000_000
"""The largest file that is taken, whatever `attachment_bytes` says (ours: everything is in memory)."""

IMAGES, TEXTS, FILES = "/is/BillImageServlet", "/HtmlServlet", "/FileServlet"
DOWNLOADS = "/DownloadBillDocumentServlet"


def is_object(call: SessionCall, object_id: Any) -> bool:
    """True for the id of an object of a kind that takes attachments."""
    return isinstance(object_id, str) and any(
        object_id in call.books.tables[name].rows for name in ATTACHABLE if name in call.books.tables
    )


def upload(call: SessionCall) -> ResponseData:
    """Attach a file to an object, or put it into the Inbox without an id (documented: UploadAttachment).

    It must be below 20 MB, and its extension that of its content; with an id that leads nowhere nothing is stored
    (documented). The answer's `documentUploadedId` begins with 0du (documented).
    """
    call.session.check_permission("UploadAttachment")
    world, switches, content = call.world, call.world.switches, call.form.file
    if len(content) >= world.limits.attachment_bytes or len(content) > UPLOAD_BYTES_MAX:
        raise ErrorAnswer(switches.attachment_refusal_code, "file", "too large")
    if not content:
        raise ErrorAnswer("BDC_1108", "file")
    data = data_of(call.form, required=True)
    file_name = text_in(data, "fileName")
    extension = extension_of(file_name)
    if not extension or not is_what_it_says(extension, content):
        raise ErrorAnswer(switches.attachment_refusal_code, "fileName", file_name)
    object_id = data.get("id") or None
    if object_id is not None and not is_object(call, object_id):
        raise ErrorAnswer(switches.unknown_reference_code, "id", object_id)
    kept = world.attachments.add(call.session.organization_id, object_id, file_name, content, world.instant())
    return response_data({"documentUploadedId": kept.id})


def document_pages(call: SessionCall) -> ResponseData:
    """Tell the address and number of the pages of an object's attachments; null without one (documented).

    Not for invoices (documented; the code is unknown). The id of an upload is taken as well (UploadAttachment says so).
    Several attachments are counted together, in the order of their upload (inferred), and a text that comes first makes
    it the address of a text (documented).
    """
    call.session.check_permission("GetDocumentPages")
    organization_id, attachments = call.session.organization_id, call.world.attachments
    wanted_id = text_in(data_of(call.form, required=True), "id")
    if wanted_id in call.books.tables["Invoice"].rows:
        raise ErrorAnswer("BDC_1121")
    if not is_object(call, wanted_id) and not attachments.find(organization_id, wanted_id):
        raise ErrorAnswer(call.world.switches.not_found_code, "id", wanted_id)
    found = attachments.ready(organization_id, wanted_id)
    pages = {"numPages": sum(each.pages for each in found) or None, "fileUrl": address_of(wanted_id, found)}
    return response_data({"documentPages": pages})


def documents(call: SessionCall) -> ResponseData:
    """The documents of an object, with what of their keys is understood (live: unanet, section 10, 10).

    Documented for bills (getdocuments); that other objects with attachments are taken too is inferred. `start` and
    `max` page as in a List (live: they are sent).
    """
    call.session.check_permission("GetDocuments")
    context, data = call.context(), data_of(call.form, required=True)
    wanted_id, page = text_in(data, "id"), page_of(context, data)
    if not is_object(call, wanted_id):
        raise ErrorAnswer(context.switches.not_found_code, "id", wanted_id)
    found = call.world.attachments.ready(call.session.organization_id, wanted_id)[page.start : page.stop]
    listed = [listed_document(call, each) for each in found]
    return response_data({"documents": listed, "numPages": sum(each.pages for each in found)})


def listed_document(call: SessionCall, attachment: Attachment) -> dict[str, Any]:
    """One document of GetDocuments."""
    return {
        "entity": "Document",
        "orgId": call.session.organization_id,
        "id": attachment.document_id,
        "fileName": attachment.file_name,
        "createdDate": attachment.created_time,
        "updatedDate": attachment.created_time,
        "numPages": attachment.pages,
        "documentRef": attachment.id,
        "parentDocumentId": attachment.document_id,
        "type": "1",
        "scanStatus": "clean",
        "fileUrl": f"{FILES}?id={attachment.document_id}",
        "url": f"{IMAGES}?entityId={attachment.object_id}",
        "pageNumbers": [*range(1, attachment.pages + 1)],
    }


def address_of(wanted_id: str, found: Sequence[Attachment]) -> str | None:
    """Below the host, as in the documented samples."""
    if not found:
        return None
    if found[0].kind == TEXT:
        return f"{TEXTS}?id={found[0].document_id}"
    return f"{IMAGES}?entityId={wanted_id}"
