"""The loader's messages, and a place between two of them to stop at."""

from __future__ import annotations

import io
import json
from contextlib import suppress
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any, Literal, NoReturn

import msgspec

from bill_singer.messages import MessageReader
from bill_values.exact_json import check_nesting
from target_duckdb.read_ahead import PIECE_BYTES, InputAhead

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bill_singer.messages import Message


class RecordMessage(msgspec.Struct, gc=False):
    """A RECORD message whose record is JSON still."""

    type: Literal["RECORD"]
    stream: str
    record: msgspec.Raw


_RECORDS = msgspec.json.Decoder(RecordMessage)
# Any exponent is read: the sink names the field that it does not fit.
_DECODER = msgspec.json.Decoder(float_hook=Decimal)


def ahead(source: IO[bytes]) -> IO[bytes]:
    """An input that is read while other things are done, and much of it at once."""
    try:
        descriptor = source.fileno()
    except (AttributeError, OSError):
        return source  # what stands for a closed one: reading it says so
    with suppress(ImportError, AttributeError, OSError):  # the system knows no sizes of pipes, or it is none
        import fcntl  # noqa: PLC0415

        fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, PIECE_BYTES)
    return io.BufferedReader(InputAhead(descriptor), PIECE_BYTES)


class StoppableReader(MessageReader):
    """Reads messages, and knows when it is waiting for one.

    Attributes:
        idle: True only while it waits for input, so that nothing is half done.
        stop: A signal's number: read no further message.
        raw_streams: Streams whose records are left as JSON, where the message as a whole is in order.
    """

    def __init__(self) -> None:
        super().__init__()
        self.idle = False
        self.stop = 0
        self.raw_streams: set[str] = set()

    @property
    def default_input(self) -> IO[bytes]:
        """Bytes, read ahead."""
        return ahead(super().default_input)

    def lines(self, source: IO[bytes]) -> Iterator[bytes]:
        """The lines of the input, until it ends or a signal asks to stop."""
        while not self.stop:
            self.idle = True
            line = source.readline()
            self.idle = False
            if not line:
                return
            yield line

    def deserialize_json(self, line: bytes) -> Message:
        """Decode one line, all but the record of a raw stream."""
        try:
            message = _RECORDS.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return super().deserialize_json(line)
        if message.stream not in self.raw_streams:
            return super().deserialize_json(line)
        self.line += 1
        return {"type": "RECORD", "stream": message.stream, "record": message.record}

    def in_full(self) -> Message:
        """Decode the line that was read last, all of it."""
        self.line -= 1
        return super().deserialize_json(self._current_message or b"")

    def decode(self, line: bytes) -> Any:
        """A message; numbers are `int` or `Decimal`."""
        check_nesting(line)
        try:
            return _DECODER.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, ArithmeticError):
            return self._second_opinion(line)

    def _second_opinion(self, line: bytes) -> Any:
        """Python's own parser says what is wrong. Half a surrogate pair it lets pass: the sink names the field."""
        try:
            return json.loads(line.decode(), parse_float=Decimal, parse_constant=_refuse)
        except UnicodeDecodeError:
            raise
        except (ValueError, ArithmeticError) as error:
            reason = str(error) if isinstance(error, ValueError) else "a number out of all range"
            # The line itself is not shown: it holds somebody's data.
            raise msgspec.DecodeError(reason) from error


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")
