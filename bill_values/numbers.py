"""Numbers in texts that people write: the digits 0 to 9, and none of what Python reads besides.

Python takes `1_000`, the digits of other scripts and blanks around them for numbers.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

DIGITS_MAX = 100
"""Longer ones are no numbers; Python itself refuses to read some thousand."""

_WHOLE = re.compile(rf"[+-]?[0-9]{{1,{DIGITS_MAX}}}")
_NUMBER = re.compile(rf"{_WHOLE.pattern}(?:\.[0-9]{{1,{DIGITS_MAX}}})?")


def whole_number(text: str) -> int | None:
    """The number that a text is; None if it is none."""
    return int(text) if _WHOLE.fullmatch(text) else None


def exact_number(text: str) -> Decimal | None:
    """The same with decimals, without an exponent."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def scientific_number(text: str) -> Decimal | None:
    """The same as programs write it: with an exponent, or not even finite."""
    if not text.isascii() or "_" in text:
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None
