"""JSON as BILL speaks it: a number with a point is exact in both directions."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

_decoder = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number")


def encode(document: Any) -> str:
    """JSON text in which a Decimal is a number with exactly its digits."""
    return _encoder.encode(document).decode()


def decode(text: bytes | str) -> Any:
    """JSON in which every number with a point or exponent is a Decimal.

    Raises:
        msgspec.DecodeError: It is not JSON.
    """
    return _decoder.decode(text)
