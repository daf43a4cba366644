"""Singer messages, read with exact numbers; a line that is none is named by its number, without its content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import msgspec
from singer_sdk.contrib.msgspec import MsgSpecReader, decoder

from bill_api.errors import FatalError

if TYPE_CHECKING:
    from collections.abc import Mapping

EXPECTED: Mapping[str, tuple[str, type]] = {
    "RECORD": ("record", dict),
    "SCHEMA": ("schema", dict),
    "STATE": ("value", object),
    "ACTIVATE_VERSION": ("version", object),
}
"""What a message of each type must have beside its type."""


class QuietReader(MsgSpecReader):
    """Reads messages; the content of a bad line, which may hold bank numbers, reaches no log."""

    def __init__(self) -> None:
        super().__init__()
        self._line = 0
        self._streams: set[str] = set()

    def deserialize_json(self, line: str | bytes) -> dict[str, Any]:
        """Decode one line.

        Raises:
            FatalError: It is no Singer message that this target reads.
        """
        self._line += 1
        try:
            message = decoder.decode(line)
        except (msgspec.DecodeError, UnicodeError) as error:
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
        if kind == "SCHEMA":
            self._streams.add(stream)
            message["schema"].setdefault("properties", {})
        elif stream not in self._streams:
            self._refuse(f"is a {kind} message of `{stream}`, which has had no SCHEMA message yet")
        return message

    def _refuse(self, why: str) -> NoReturn:
        raise FatalError(f"line {self._line} of the input {why}")
