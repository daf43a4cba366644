"""Forms of several parts: the fields and the file of an upload."""

from __future__ import annotations

from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

if TYPE_CHECKING:
    from starlette.requests import Request

    from bill_simulator.rules.calls import Form

MULTIPART = "multipart/form-data"
UPLOAD_BYTES_MAX = 32_000_000
"""What is kept of one form; a longer one is received to its end, and its file is too long."""


class Reader:
    """Takes a form apart; what is not complete or cannot be read was not sent."""

    def __init__(self, content_type: str) -> None:
        self.parts: list[tuple[str, bytes]] = []
        self._boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
        self._name, self._value, self._content = bytearray(), bytearray(), bytearray()
        self._part = ""

    def read(self, body: bytes) -> None:
        """Every complete part: its name and its content."""
        if not self._boundary:
            return
        parser = MultipartParser(
            self._boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": lambda data, start, end: self._name.extend(data[start:end]),
                "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
                "on_header_end": self._end_header,
                "on_part_data": lambda data, start, end: self._content.extend(data[start:end]),
                "on_part_end": self._end,
            },
        )
        try:
            parser.write(body)
        except FormParserError:
            return

    def _begin(self) -> None:
        self._part = ""
        self._content = bytearray()

    def _end_header(self) -> None:
        if self._name.lower() == b"content-disposition":
            self._part = parse_options_header(self._value.decode("latin-1"))[1].get(b"name", b"").decode("latin-1")
        self._name, self._value = bytearray(), bytearray()

    def _end(self) -> None:
        self.parts.append((self._part, bytes(self._content)))


async def read_parts(request: Request, form: Form) -> None:
    """Add the fields of a form of several parts, and the one called `file`."""
    kept = bytearray()
    async for piece in request.stream():  # to the end: a caller listens only once everything is sent
        form.too_long |= len(kept) + len(piece) > UPLOAD_BYTES_MAX
        if not form.too_long:
            kept += piece
    reader = Reader(request.headers["content-type"])
    reader.read(bytes(kept))
    for name, content in reader.parts:
        if name == "file":
            form.file = content
        else:
            form[name] = content.decode("utf-8", "replace")
