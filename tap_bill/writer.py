"""Singer messages to stdout, many records in one write."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import msgspec
from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.singerlib import RecordMessage

if TYPE_CHECKING:
    from datetime import datetime

    from singer_sdk.singerlib import Message

BUFFER_BYTES = 256 * 1024
"""Records wait until so many bytes are together; every other message goes out at once, with what waits before it."""

_encoder = msgspec.json.Encoder(decimal_format="number")


class BufferedWriter(MsgSpecWriter):
    """The SDK writes and flushes each record by itself, which costs as much as all else that is done with it."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting = bytearray()

    def write_message(self, message: Message) -> None:
        """Write a message: a record when there is enough, anything else at once."""
        self._waiting += self.format_message(message)
        if not isinstance(message, RecordMessage) or len(self._waiting) >= BUFFER_BYTES:
            self.flush()

    def write_record(self, head: bytes, record: dict[str, Any]) -> None:
        """Write a record whose message begins as given, see `record_head`."""
        self._waiting += head
        _encoder.encode_into(record, self._waiting, -1)
        self._waiting += b"}\n"
        if len(self._waiting) >= BUFFER_BYTES:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        sys.stdout.buffer.write(self._waiting)
        sys.stdout.flush()
        self._waiting.clear()


def record_head(stream: str, extracted: datetime) -> bytes:
    """A RECORD message up to its record."""
    message = {"type": "RECORD", "stream": stream, "time_extracted": extracted.isoformat()}
    return _encoder.encode(message)[:-1] + b',"record":'
