"""JSON as BILL speaks it: a number with a point is exact in both directions."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

EXPONENT_MAX = 400
"""The largest exponent, either way, of a number that means anything; a double has 308. Written in full, a number with
nine digits of exponent would take a gigabyte."""


def _number(text: str) -> Decimal:
    """A number with exactly its digits; a ValueError, which the decoder reports as an error, beyond all meaning."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError("a number whose exponent is out of all bounds") from None
    if number.is_finite() and abs(number.adjusted()) > EXPONENT_MAX and number:
        raise ValueError("a number whose exponent is out of all bounds")
    return number


_decoder = msgspec.json.Decoder(float_hook=_number)
_encoder = msgspec.json.Encoder(decimal_format="number")


def encode(document: Any) -> str:
    """JSON text in which a Decimal is a number with exactly its digits."""
    return _encoder.encode(document).decode()


def decode(text: bytes | str) -> Any:
    """JSON in which every number with a point or exponent is a Decimal.

    Raises:
        msgspec.DecodeError: It is not JSON, or nested so deep that nothing of BILL is.
    """
    try:
        return _decoder.decode(text)
    except RecursionError:
        raise msgspec.DecodeError("it is nested too deep") from None
