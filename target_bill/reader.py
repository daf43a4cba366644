"""Singer messages, read with exact numbers; a line that is none is named by its number, without its content."""

from __future__ import annotations

import codecs
import sys
from typing import IO, TYPE_CHECKING, Any, NoReturn

import msgspec
from singer_sdk.io_base import GenericSingerReader

from bill_api.encoding import decode
from bill_api.errors import FatalError

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Mapping

EXPECTED: Mapping[str, tuple[str, type]] = {
    "RECORD": ("record", dict),
    "SCHEMA": ("schema", dict),
    "STATE": ("value", object),
    "ACTIVATE_VERSION": ("version", object),
}
"""What a message of each type must have beside its type."""


MARK = codecs.BOM_UTF8
"""What Windows programs put before a text; no part of the first line."""


def _nothing(_error: BaseException) -> None:
    pass


class QuietReader(GenericSingerReader[bytes]):
    """Reads messages; the content of a bad line, which may hold bank numbers, reaches no log.

    Attributes:
        stream: The stream of the message that was read last, before any alias.
        bookmarks: The property by which each stream tells later versions of a record, for those that say it: the SDK
            drops it.
        on_stop: Told what has ended the run while it read.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stream = ""
        self.bookmarks: dict[str, str] = {}
        self.on_stop: Callable[[BaseException], None] = _nothing
        self._line = 0
        self._streams: set[str] = set()

    @property
    def default_input(self) -> IO[bytes]:
        """Bytes: Singer is UTF-8, whatever the locale says."""
        return sys.stdin.buffer

    def process_lines(
        self, file_input: IO[Any] | None, callbacks: dict[str, Callable[[dict[str, Any]], None]]
    ) -> Counter[str]:
        """Hand each message to its callback."""
        # A file that was opened as text has bytes below it.
        source = getattr(file_input, "buffer", file_input)
        try:
            return super().process_lines(source or self.default_input, callbacks)
        except BaseException as error:
            self.on_stop(error)
            raise

    def deserialize_json(self, line: bytes) -> dict[str, Any]:
        """Decode one line.

        Raises:
            FatalError: It is no Singer message that this target reads.
        """
        self._line += 1
        try:
            message = decode(line.removeprefix(MARK) if self._line == 1 else line)
        except UnicodeError:
            self._refuse("is not UTF-8, as Singer is")
        except msgspec.DecodeError as error:
            self._refuse(f"is not JSON ({error})")
        if not isinstance(message, dict):
            self._refuse("is not a Singer message: a JSON object is expected")
        return self._checked(message)

    def _checked(self, message: dict[str, Any]) -> dict[str, Any]:
        kind = str(message.get("type"))
        if kind == "BATCH":
            self._refuse("is a BATCH message, which this target does not read; switch `batch_config` off in the tap")
        if kind not in EXPECTED:
            self._refuse(f"has the type {kind!r}, which is no type of a Singer message")
        name, shape = EXPECTED[kind]
        if not isinstance(message.get(name), shape) or (shape is object and name not in message):
            self._refuse(f"is a {kind} message without `{name}`, or with something else in it")
        if kind == "STATE":
            return message
        stream = message.get("stream")
        if not isinstance(stream, str) or not stream:
            self._refuse(f"is a {kind} message without `stream`")
        self.stream = stream
        if kind == "SCHEMA":
            self._streams.add(stream)
            self.bookmarks.pop(stream, None)
            marks = message.get("bookmark_properties")
            if isinstance(marks, list) and len(marks) == 1 and isinstance(marks[0], str):
                self.bookmarks[stream] = marks[0]
            elif isinstance(marks, str) and marks:
                self.bookmarks[stream] = marks
            message["schema"].setdefault("properties", {})
        elif stream not in self._streams:
            self._refuse(f"is a {kind} message of `{stream}`, which has had no SCHEMA message yet")
        return message

    def _refuse(self, why: str) -> NoReturn:
        raise FatalError(f"line {self._line} of the input {why}")
