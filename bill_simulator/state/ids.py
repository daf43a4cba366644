"""BILL ids: prefix, cluster, ten capitals, five small letters or digits; the same for the same seed."""

from __future__ import annotations

import hashlib
import re
from string import ascii_lowercase, ascii_uppercase, digits

CLUSTER = "02"
WELL_FORMED = re.compile(r"[0-9A-Za-z]{3}[0-9A-Za-z]{17}")
"""Loose on purpose: the inner shape is inferred from samples, so only length and alphabet are checked."""

SMALL = ascii_lowercase + digits


def invented_prefix(entity_name: str) -> str:
    """Three characters for ids whose prefix is unknown: an x and two capitals of the name, so that they look it."""
    capitals = [each.lower() for each in entity_name if each.isupper()]
    return f"x{capitals[0]}{capitals[-1]}"


class IdSequence:
    """Ids that look random, never repeat, and depend on nothing but the salt and how many were drawn."""

    def __init__(self, salt: str) -> None:
        self._salt = salt.encode()
        self._drawn = 0

    def draw(self, prefix: str) -> str:
        """The next id (shape inferred from samples)."""
        self._drawn += 1
        number = int.from_bytes(hashlib.blake2b(b"%s:%d" % (self._salt, self._drawn), digest_size=10).digest(), "big")
        capitals = []
        for _ in range(10):
            number, rest = divmod(number, 26)
            capitals.append(ascii_uppercase[rest])
        small = []
        for _ in range(5):
            number, rest = divmod(number, 36)
            small.append(SMALL[rest])
        return f"{prefix}{CLUSTER}{''.join(capitals)}{''.join(small)}"
