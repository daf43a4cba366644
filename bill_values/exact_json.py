"""JSON as BILL speaks it: a number with a point is exact in both directions."""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

import msgspec

EXPONENT_MAX = 400
"""The largest exponent, either way, of a number that means anything; a double has 308. Written in full, a number with
nine digits of exponent would take a gigabyte."""

NESTING_MAX = 100
"""Objects and lists within each other. Deeper ones mean nothing, and Python gives up at some depth of its own."""

_NUMBERS_KEPT = 4096
"""A document, what is due of it, its total and its line have one amount."""

_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_TEXTS = re.compile(rb'"(?:[^"\\]|\\.)*+"')


@lru_cache(_NUMBERS_KEPT)
def exact_number(text: str) -> Decimal:
    """A number with exactly its digits; a ValueError, which the decoder reports as an error, beyond all meaning."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError("a number whose exponent is out of all bounds") from None
    if number.is_finite() and abs(number.adjusted()) > EXPONENT_MAX and number:
        raise ValueError("a number whose exponent is out of all bounds")
    return number


_decoder = msgspec.json.Decoder(float_hook=exact_number)
_encoder = msgspec.json.Encoder(decimal_format="number")


def encode(document: Any) -> str:
    """JSON text in which a Decimal is a number with exactly its digits."""
    return _encoder.encode(document).decode()


def decode(text: bytes | str) -> Any:
    """JSON in which every number with a point or exponent is a Decimal.

    Raises:
        msgspec.DecodeError: It is not JSON, or nothing that can be worked with.
    """
    check_nesting(text)
    return _decoder.decode(text)


def repeated(text: str) -> list[str]:
    """Names that stand twice in one object with different values: `decode` keeps the last."""
    found: dict[str, None] = {}

    def look(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        known: dict[str, Any] = {}
        for name, value in pairs:
            if name in known and known[name] != value:
                found[name] = None
            known[name] = value
        return known

    try:
        check_nesting(text)
        json.loads(text, object_pairs_hook=look, parse_float=str, parse_int=str)
    except (ValueError, msgspec.DecodeError):
        return []  # it is no JSON
    return list(found)


def check_nesting(text: bytes | str) -> None:
    """Refuse JSON that is nested deeper than `NESTING_MAX`.

    Raises:
        msgspec.DecodeError: It is.
    """
    content = text.encode() if isinstance(text, str) else text
    # Brackets in texts are few: only what looks too deep with them is looked at without.
    if _is_deep(content) and _is_deep(_TEXTS.sub(b"", content)):
        raise msgspec.DecodeError(f"objects or lists are nested more than {NESTING_MAX} deep")


def _is_deep(content: bytes) -> bool:
    """True if brackets are left when the innermost pairs have been taken away that often."""
    brackets = content.translate(None, _NO_BRACKETS)
    for taken in range(NESTING_MAX):
        if taken + len(brackets) // 2 <= NESTING_MAX:
            return False
        # Marked first: without `{}` at once, the list in `[{}]` would be empty, and go in the same turn.
        inner = brackets.replace(b"{}", b".").replace(b"[]", b".").replace(b".", b"")
        if len(inner) == len(brackets):
            break
        brackets = inner
    return True
