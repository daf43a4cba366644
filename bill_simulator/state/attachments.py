"""Attachments: files that are uploaded to an object or to the Inbox, and their pages (facts: section 10).

They are kept in memory, per organization, and nothing is rendered: the image of a page is a tiny placeholder that says
so, unless the upload was a PNG itself, which is its own page. The code of every refusal is inferred or unknown.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bill_simulator.behaviour.refusals import ErrorAnswer
from bill_simulator.state.ids import IdSequence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bill_simulator.behaviour.limits import SimulatorLimits
    from bill_simulator.state.clock import Clock

INBOX_PREFIX, DOCUMENT_PREFIX = "0du", "00h"
PNG, PDF, TEXT = "png", "pdf", "text"

SIGNATURES: Mapping[str, tuple[bytes, ...]] = MappingProxyType(
    {
        PDF: (b"%PDF-",),
        PNG: (b"\x89PNG\r\n\x1a\n",),
        "jpeg": (b"\xff\xd8\xff",),
        "gif": (b"GIF87a", b"GIF89a"),
        "tiff": (b"II*\x00", b"MM\x00*"),
        "rtf": (b"{\\rtf",),
        "zip": (b"PK\x03\x04",),
        "ole": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",),
    }
)
"""First bytes of each kind of file; Microsoft's newer documents are zip files, the older ones OLE."""

EXTENSIONS: Mapping[str, str] = MappingProxyType(
    {
        each: kind
        for kind, extensions in (
            (PDF, "pdf"),
            (PNG, "png"),
            ("jpeg", "jpg jpeg"),
            ("gif", "gif"),
            ("tiff", "tif tiff"),
            ("rtf", "rtf"),
            ("zip", "docx xlsx pptx"),
            ("ole", "doc xls ppt"),
            (TEXT, "txt csv"),
        )
        for each in extensions.split()
    }
)
ONE_KIND_ONLY = tuple(each for kind in (PDF, PNG, "jpeg", "gif", "tiff", "rtf") for each in SIGNATURES[kind])
PDF_PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """One uploaded file.

    Attributes:
        id: The id that the upload returns, 0du...: in the Inbox or in progress (documented).
        document_id: The id once it is there, 00h... (documented: v3 createbilldocument).
        object_id: The id of the object that it is attached to; None in the Inbox.
        file_name: As sent in `data`.
        content: Its bytes.
        pages: Number of its pages: those of a PDF as far as they can be counted without reading it, otherwise one.
        created_time: When it was uploaded, as BILL writes instants.
        ready_at: From when on its pages are there, in seconds of the simulator's clock.
    """

    id: str
    document_id: str
    object_id: str | None
    file_name: str
    content: bytes = field(repr=False)
    pages: int
    created_time: str
    ready_at: float

    @property
    def kind(self) -> str:
        """The kind of file that its extension names."""
        return EXTENSIONS.get(extension_of(self.file_name), "")

    def described(self) -> dict[str, Any]:
        """Everything but the content."""
        return {
            "id": self.id,
            "documentId": self.document_id,
            "objectId": self.object_id,
            "fileName": self.file_name,
            "size": len(self.content),
            "sha256": hashlib.sha256(self.content).hexdigest(),
            "pages": self.pages,
        }


class AttachmentStore:
    """The attachments of every organization, oldest first; together no more than `attachments_kept_bytes`."""

    def __init__(self, limits: SimulatorLimits, clock: Clock) -> None:
        self._limits = limits
        self._clock = clock
        self._ids = IdSequence("attachments")
        self._kept: dict[str, list[Attachment]] = {}
        self._kept_bytes = 0

    def add(
        self, organization_id: str, object_id: str | None, file_name: str, content: bytes, created_time: str
    ) -> Attachment:
        """Keep one more file; BDC_1001 with a text of our own when that would be too much for the memory."""
        if self._kept_bytes + len(content) > self._limits.attachments_kept_bytes:
            limit = self._limits.attachments_kept_bytes
            raise ErrorAnswer("BDC_1001", text=f"This simulator keeps {limit} bytes of attachments, until it is reset.")
        attachment = Attachment(
            id=self._ids.draw(INBOX_PREFIX),
            document_id=self._ids.draw(DOCUMENT_PREFIX),
            object_id=object_id,
            file_name=file_name,
            content=content,
            pages=max(1, len(PDF_PAGE.findall(content))) if content.startswith(SIGNATURES[PDF]) else 1,
            created_time=created_time,
            ready_at=self._clock.now() + self._limits.attachment_ready_s,
        )
        self._kept.setdefault(organization_id, []).append(attachment)
        self._kept_bytes += len(content)
        return attachment

    def find(self, organization_id: str, document_id: str) -> Attachment | None:
        """One attachment by either of its ids."""
        every = self._kept.get(organization_id, [])
        return next((each for each in every if document_id in (each.id, each.document_id)), None)

    def ready(self, organization_id: str, wanted_id: str) -> list[Attachment]:
        """The attachments of an object, or the one with this id, as far as their pages are there."""
        now = self._clock.now()
        every = [each for each in self._kept.get(organization_id, []) if each.ready_at <= now]
        return [each for each in every if wanted_id in (each.object_id, each.id, each.document_id)]

    def described(self, organization_id: str) -> list[dict[str, Any]]:
        """Every attachment of an organization, without its content."""
        return [each.described() for each in self._kept.get(organization_id, [])]


def extension_of(file_name: str) -> str:
    """The small letters after the last point."""
    return file_name.rpartition(".")[2].lower() if "." in file_name else ""


def is_what_it_says(extension: str, content: bytes) -> bool:
    """True for content of the kind that the extension names; an unknown extension may be anything (unknown)."""
    kind = EXTENSIONS.get(extension, "")
    if kind in SIGNATURES:
        return content.startswith(SIGNATURES[kind])
    return not content.startswith(ONE_KIND_ONLY) and not (kind == TEXT and b"\x00" in content)
