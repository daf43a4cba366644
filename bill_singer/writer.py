"""Singer messages to stdout, many records in one write."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import msgspec
from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.singerlib import RecordMessage, StateMessage

from bill_singer.output import written_out

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from singer_sdk.singerlib import Message

STATE_SHARE = 8
"""A STATE goes out when so many times its size was written since the last one: most of the output stays rows, by
however many organizations and streams the STATE grows."""

BUFFER_BYTES = 256 * 1024
"""Records wait until so many bytes are together; every other message goes out at once, with what waits before it."""

_encoder = msgspec.json.Encoder(decimal_format="number")


class BufferedWriter(MsgSpecWriter):
    """The SDK writes and flushes each record by itself, which costs as much as all else that is done with it.

    Attributes:
        is_writing: Whether bytes are on their way: nothing may be written in between, and nobody may break it off.
        stop: What is raised as soon as they are out.
    """

    def __init__(self) -> None:
        super().__init__()
        self._waiting = bytearray()
        self._since_state = 0
        self._state_bytes = 0
        self.is_writing = False
        self.stop: BaseException | None = None

    def write_message(self, message: Message) -> None:
        """Write a message: a record when there is enough, anything else at once."""
        text = self.format_message(message)
        self._add(text)
        if isinstance(message, StateMessage):
            self._since_state, self._state_bytes = 0, len(text)
        if not isinstance(message, RecordMessage) or len(self._waiting) >= BUFFER_BYTES:
            self.flush()

    def write_records(self, head: bytes, records: Iterable[object]) -> None:
        """Write records whose messages begin as given, see `record_head`."""
        # In one piece: a signal between two may write STATE.
        self._add(b"".join([part for each in records for part in (head, _encoder.encode(each), b"}\n")]))
        if len(self._waiting) >= BUFFER_BYTES:
            self.flush()

    @property
    def is_state_due(self) -> bool:
        """True if a STATE as large as the last one is little beside what was written since then."""
        return self._since_state >= STATE_SHARE * self._state_bytes

    def _add(self, text: bytes | bytearray) -> None:
        self._waiting += text
        self._since_state += len(text)

    def flush(self) -> None:
        """Write what waits, whole: a signal that comes meanwhile has to wait, also for a pipe that nobody empties."""
        self.is_writing = True
        try:
            with written_out():
                while self._waiting:
                    # Without a buffer of its own (PYTHONUNBUFFERED) stdout takes less than all when a signal comes.
                    del self._waiting[: sys.stdout.buffer.write(self._waiting)]
                sys.stdout.flush()
        finally:
            self.is_writing = False
        if self.stop is not None:
            raise self.stop


def record_head(stream: str, extracted: datetime, version: int | None = None) -> bytes:
    """A RECORD message up to its record."""
    message: dict[str, Any] = {"type": "RECORD", "stream": stream, "time_extracted": extracted.isoformat()}
    if version is not None:
        message["version"] = version
    return _encoder.encode(message)[:-1] + b',"record":'
