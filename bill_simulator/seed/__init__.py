"""Books that look like a company's, the same for the same seed."""

from __future__ import annotations

from bill_simulator.seed.people import admit, enroll
from bill_simulator.seed.sower import Sizes, sow

__all__ = ["Sizes", "admit", "enroll", "sow"]
