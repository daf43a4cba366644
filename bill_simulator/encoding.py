"""JSON with exact decimals in both directions: 125.50 stays 125.50."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

_ENCODER = msgspec.json.Encoder(decimal_format="number")
_DECODER = msgspec.json.Decoder(float_hook=Decimal)


def encode(value: Any) -> bytes:
    """JSON bytes; a Decimal becomes a plain number with its own digits."""
    return _ENCODER.encode(value)


def decode(text: str | bytes) -> Any:
    """The value of a JSON document; numbers with a point become Decimal. ValueError when it is none."""
    try:
        return _DECODER.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ValueError(str(error)) from error
