"""A line now and then that says how far a run is."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from target_bill.account.report import Report

log = logging.getLogger(__name__)

EVERY_S = 10
"""Seconds between two lines."""


class ProgressLog:
    """Tells how far a run is."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._told_at_s = time.monotonic()

    def tell(self) -> None:
        """Tell it, unless that was done a moment ago."""
        now_s = time.monotonic()
        if now_s - self._told_at_s >= EVERY_S:
            self._told_at_s = now_s
            log.info("%s", self._report.progress())
