"""How many random inputs the tests try: few in the suite, which runs often, and many by hand (`make fuzz`)."""

from __future__ import annotations

import os

TIMES = int(os.environ.get("BILL_TESTS_TIMES", "1"))
"""How many times as many as the suite tries; other ones too, where it is more than 1."""


def examples(count: int) -> int:
    """The number of examples where the suite tries this many."""
    return count * TIMES


def seeds(count: int) -> range:
    """The seeds of random files where the suite tries this many."""
    return range(count * TIMES)
