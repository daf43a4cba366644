"""JSON with exact decimals in both directions: 125.50 stays 125.50."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import msgspec

TOO_DEEP = "objects or lists are nested too deep"

_ENCODER = msgspec.json.Encoder(decimal_format="number")
_DECODER = msgspec.json.Decoder(float_hook=Decimal)


def encode(value: Any) -> bytes:
    """JSON bytes; a Decimal becomes a plain number with its own digits."""
    return _ENCODER.encode(value)


def decode(text: str | bytes) -> Any:
    """The value of a JSON document; numbers with a point become Decimal. ValueError when it is none."""
    try:
        return _DECODER.decode(text)
    except RecursionError as error:
        raise ValueError(TOO_DEEP) from error
    except (msgspec.DecodeError, UnicodeError) as error:
        raise ValueError(str(error)) from error


def decode_once(text: bytes) -> Any:
    """The same; ValueError too where an object has a name twice, of which only the last value would count."""
    value = decode(text)
    try:
        json.loads(text, object_pairs_hook=_check_once)
    except RecursionError as error:
        raise ValueError(TOO_DEEP) from error
    return value


def _check_once(pairs: list[tuple[str, Any]]) -> None:
    names = [name for name, _ in pairs]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"{twice!r} is given twice")
