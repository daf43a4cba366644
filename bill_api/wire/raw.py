"""A call of any path, as a caller spells it out; and which calls change nothing, so that they may be sent again."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

DOWNLOAD_DOCUMENT = "/DownloadBillDocumentServlet"
"""The file of a document of a bill (documented: section 10, 7)."""

BY_HEADER = (DOWNLOAD_DOCUMENT, "/Invoice2PdfServlet")
"""Servlets that take the session in the header `sessionId` (documented: section 10, 7 and section 13, 4)."""

SERVLETS = ("/is/", "/HtmlServlet", "/FileServlet", *BY_HEADER)
"""Paths that stand beside the API, not below it: pages of attachments (documented: V2 getdocumentpages) and files (the
`fileUrl` of a document is live: section 10, 10; that it takes the session as pages do is inferred)."""

FILES = ("/is/", "/FileServlet", *BY_HEADER)
"""Servlets that give a file; `/HtmlServlet` gives a text as a page (documented: section 10, 6)."""

TIMED_OUT = b"Your session has timed out"
"""All that a servlet answers, as a text with HTTP 200, where the session is over (live of a `fileUrl`: section 10, 12;
of the other servlets inferred)."""

PAGES, TEXTS = (".html", ".htm", ".xhtml"), (".txt", ".text")
"""Endings of the names of files that a page, or that sentence, may be the content of."""

PAGE = re.compile(rb"(?>(<\?xml[^>]*>\s*|<!--.*?-->\s*)*)<(!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL)
TAGS = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.IGNORECASE | re.DOTALL)
PAGE_BEGIN_BYTES, WORDS_MAX = 10_000, 200
"""Of a page: what is looked at, and what a message quotes."""

READING = (
    "/List/",
    "/Crud/Read/",
    "/Bulk/Crud/Read/",
    "/CurrentTime.json",
    "/GetSessionInfo.json",
    "/GetDocumentPages.json",
    "/GetDocuments.json",
    "/GetEntityMetadata.json",
    "/Errors.json",
    "/MFAStatus.json",
    "/ListOrgs.json",
    *SERVLETS,
)
"""What the paths of calls that change nothing begin with. Any other path may be a write."""


class Answer(StrEnum):
    """In what form an answer is wanted."""

    JSON = "json"  # what the envelope holds
    TEXT = "text"  # the body as it came, as text
    BINARY = "binary"  # the body as it came


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file of a form of several parts.

    Attributes:
        file_name: What it is called there.
        content: Its bytes.
    """

    file_name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelled:
    """A call as HTTP carries it.

    Attributes:
        url: Where it goes, without the query.
        query: What stands behind the `?`.
        form: The fields of its body.
        headers: Beside the usual ones.
    """

    url: str
    query: Mapping[str, Any] = field(repr=False)
    form: Mapping[str, Any] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RawCall:
    """One call; session and developer key are added when it is sent.

    Attributes:
        path: Below the base URL, like `/GetDocumentPages.json`; `SERVLETS` stand at the root of its host.
        method: POST is what BILL documents, with the exception of the servlets, which are a GET.
        data: The JSON document of the form field `data`; None sends none.
        form: Further fields of the form.
        files: Its files by the name of their field (UploadAttachment: `file`); they make it a form of several parts.
        query: What stands behind the `?`.
        headers: Further headers.
        timeout_s: Longest wait for the answer, in seconds; None for that of the connection.
        answer: In what form the answer is wanted.
        file_name: Name of the file that a servlet is asked for, where it is known: a page of words in the place of a
            file is an error, unless the file is one by its name.
    """

    path: str
    method: str = "POST"
    data: Any = field(default=None, repr=False)
    form: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    files: Mapping[str, File] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    query: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    timeout_s: float | None = None
    answer: Answer = Answer.JSON
    file_name: str = ""

    @property
    def is_reading(self) -> bool:
        """True if it changes nothing, as far as is known."""
        return self.path.startswith(READING)

    @property
    def is_servlet(self) -> bool:
        """True if it stands beside the API."""
        return self.path.startswith(SERVLETS)

    @property
    def is_by_header(self) -> bool:
        """True if it takes its session in a header."""
        return self.path.startswith(BY_HEADER)

    def says_timed_out(self, content: bytes) -> bool:
        """True for the words of a servlet that stand for a session that is over."""
        is_text = self.file_name.lower().endswith(TEXTS)
        return self.is_servlet and not is_text and content.strip().rstrip(b".") == TIMED_OUT

    def words_in_place_of(self, content: bytes) -> str | None:
        """The words of a page in the place of a file (live: section 10, 11); None where it may be the file.

        A page is told by how it begins: BILL answers HTTP 200, and a file of any kind is sent as it was uploaded.
        """
        begin = content[:PAGE_BEGIN_BYTES].removeprefix(codecs.BOM_UTF8).lstrip()
        is_page = self.path.startswith(FILES) and PAGE.match(begin) is not None
        if not is_page or self.file_name.lower().endswith(PAGES):
            return None
        return " ".join(TAGS.sub(" ", begin.decode("utf-8", "replace")).split())[:WORDS_MAX]

    def spelled(self, base_url: str, session_id: str, developer_key: str, data: Any) -> Spelled:
        """The call as it goes out; who we are is added last.

        Args:
            base_url: Of the API, without a trailing slash.
            session_id: The present session.
            developer_key: Which servlets do not get.
            data: The document of the form field `data` as it is written there; None sends none.
        """
        root = "{0.scheme}://{0.netloc}".format(urlsplit(base_url)) if self.is_servlet else base_url
        who = {"sessionId": session_id} if self.is_servlet else {"devKey": developer_key, "sessionId": session_id}
        fields = {**self.form, **({} if data is None else {"data": data}), **({} if self.is_by_header else who)}
        is_get = self.method == "GET"
        return Spelled(
            url=root + self.path,
            query={**self.query, **fields} if is_get else self.query,
            form={} if is_get else fields,
            headers={**self.headers, **(who if self.is_by_header else {})},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """Repetitions of a call that its caller asks for, who answers then for what a write does twice.

    Attributes:
        count: Repetitions after the first attempt.
        delay_s: Seconds before each of them.
        exponential: Twice as long before each further one.
        all_errors: Also what BILL refused, and answers that would be the same again; otherwise only what got no
            readable answer, or what BILL was too busy for.
    """

    count: int
    delay_s: float = 1.0
    exponential: bool = False
    all_errors: bool = False
