"""Singer messages from stdin; a line that is none is named by its number, without its content."""

from __future__ import annotations

import codecs
import sys
from typing import IO, TYPE_CHECKING, Any, NoReturn

import msgspec
from singer_sdk.io_base import GenericSingerReader

from bill_program.errors import ConnectorError, SettingsError
from bill_program.start import why_lost
from bill_singer.schemas import SchemaError, resolved
from bill_values.exact_json import decode

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterable, Iterator, Mapping

    Message = dict[str, Any]

EXPECTED: Mapping[str, tuple[str, type]] = {
    "RECORD": ("record", dict),
    "SCHEMA": ("schema", dict),
    "STATE": ("value", object),
    "ACTIVATE_VERSION": ("version", int),
}
"""What a message of each type must have beside its type."""

NAME_MAX = 255
"""Characters in the name of a stream: those of a table, or of a file."""

MARK = codecs.BOM_UTF8
"""What Windows programs put before a text; no part of the first line."""


def _is_utf_8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeError:
        return False
    return True


def _readable(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The lines.

    Raises:
        SettingsError: They cannot be read: that is not the end of the input.
    """
    try:
        yield from lines
    except OSError as error:
        raise SettingsError(
            f"the input cannot be read ({why_lost(error)}); give it on stdin, or with `--input`"
        ) from None


class MessageReader(GenericSingerReader[bytes]):
    """Reads a target's messages; the content of a bad line, which may hold bank numbers, reaches no log.

    Attributes:
        line: The number of the line that was read last, from 1.
    """

    def __init__(self) -> None:
        super().__init__()
        self.line = 0
        self._streams: set[str] = set()

    @property
    def place(self) -> str:
        """The record that was read last, for people."""
        return f"the record on line {self.line} of the input"

    @property
    def default_input(self) -> IO[bytes]:
        """Bytes: Singer is UTF-8, whatever the locale says."""
        return sys.stdin.buffer

    def process_lines(
        self, file_input: IO[Any] | None, callbacks: dict[str, Callable[[Message], None]]
    ) -> Counter[str]:
        """Hand each message to its callback."""
        # A file that was opened as text has bytes below it.
        source = getattr(file_input, "buffer", file_input) or self.default_input
        told = {**callbacks, "SCHEMA": self._placed(callbacks["SCHEMA"])}
        return super().process_lines(self._filled(self.lines(source)), told)  # type: ignore[arg-type]

    def _placed(self, callback: Callable[[Message], None]) -> Callable[[Message], None]:
        """A callback whose refusals say which line they are about."""

        def call(message: Message) -> None:
            try:
                callback(message)
            except ConnectorError as error:
                error.message = f"line {self.line} of the input: {error.message}"
                raise

        return call

    def lines(self, source: IO[bytes]) -> Iterable[bytes]:
        """The lines of the input."""
        return source

    def _filled(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        for each in _readable(lines):
            line = each.removeprefix(MARK) if self.line == 0 else each
            if line.strip():
                yield line
            else:
                self.line += 1

    def deserialize_json(self, line: bytes) -> Message:
        """Decode one line.

        Raises:
            ConnectorError: It is no Singer message that is read here.
        """
        self.line += 1
        try:
            message = self.decode(line)
        except (UnicodeError, msgspec.DecodeError) as error:
            self.refuse(f"is not JSON ({error})" if _is_utf_8(line) else "is not UTF-8, as Singer is")
        if not isinstance(message, dict):
            self.refuse("is not a Singer message: a JSON object is expected")
        self.check(message)
        return message

    def decode(self, line: bytes) -> Any:
        """JSON with exact numbers.

        Raises:
            msgspec.DecodeError: It is not JSON.
        """
        return decode(line)

    def check(self, message: Message) -> None:
        """Refuse a message that cannot be worked with."""
        if "type" not in message:
            self.refuse("is not a Singer message: it has no `type`")
        kind = str(message["type"])
        if kind == "BATCH":
            self.refuse("is a BATCH message, which this target does not read; switch `batch_config` off in the tap")
        if kind not in EXPECTED:
            self.refuse(f"has the type {kind[:40]!r}, which is no type of a Singer message")
        name, shape = EXPECTED[kind]
        if name not in message or not isinstance(message[name], shape) or isinstance(message[name], bool):
            self.refuse(f"is a {kind} message without `{name}`, or with something else in it")
        if kind == "STATE":
            return
        stream = message.get("stream")
        if not isinstance(stream, str) or not stream.strip() or len(stream) > NAME_MAX or not stream.isprintable():
            self.refuse(f"is a {kind} message without `stream`, or with something else than a name in it")
        if kind == "SCHEMA":
            self._check_schema(message, stream)
        elif stream not in self._streams:
            self.refuse(
                f"is a {kind} message of `{stream}`, which has had no SCHEMA message yet; give all of the tap's output"
            )

    def _check_schema(self, message: Message, stream: str) -> None:
        keys = message.get("key_properties")
        if keys is not None and not (isinstance(keys, list) and all(isinstance(each, str) for each in keys)):
            self.refuse(f"is a SCHEMA message of `{stream}` whose `key_properties` are no list of names")
        try:
            message["schema"] = resolved(message["schema"])
        except SchemaError as error:
            self.refuse(f"is a SCHEMA message of `{stream}` that cannot be used: {error}")
        self._streams.add(stream)

    def refuse(self, why: str) -> NoReturn:
        """Stop at the line that was read last.

        Raises:
            ConnectorError: Always.
        """
        raise ConnectorError(f"line {self.line} of the input {why}")
