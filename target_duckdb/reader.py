"""The loader's messages, and a place between two of them to stop at."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any, NoReturn

import msgspec

from bill_singer.messages import MessageReader
from bill_values.exact_json import check_nesting

if TYPE_CHECKING:
    from collections.abc import Iterator

# Any exponent is read: the sink names the field that it does not fit.
_DECODER = msgspec.json.Decoder(float_hook=Decimal)


class StoppableReader(MessageReader):
    """Reads messages, and knows when it is waiting for one.

    Attributes:
        idle: True only while it waits for input, so that nothing is half done.
        stop: A signal's number: read no further message.
    """

    def __init__(self) -> None:
        super().__init__()
        self.idle = False
        self.stop = 0

    def lines(self, source: IO[bytes]) -> Iterator[bytes]:
        """The lines of the input, until it ends or a signal asks to stop."""
        while not self.stop:
            self.idle = True
            line = source.readline()
            self.idle = False
            if not line:
                return
            yield line

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
