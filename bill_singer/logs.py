"""The SDK's log, without what the end of a run tells better."""

from __future__ import annotations

import logging
import sys

from bill_program.errors import ConnectorError

ANNOUNCEMENTS = ("An unhandled error occurred while syncing", "Error initializing target sink")
"""The words with which the SDK begins to tell an error that passes through its streams, and through its targets."""

OF_EACH_STREAM = ("Beginning sync of", "Starting incremental sync of", "Skipping deselected stream")
"""Those of its lines on each stream, whether it has something to read or not: a hundred, where the table says it."""

OF_EACH_START = ("Skipping parse of env var settings", "Parsing env var for settings config")
"""How it begins to say where it took settings from."""


def leave_to_the_ending(log: logging.Logger) -> None:
    """Keep the SDK's log from telling what the ending tells, an error of ours and each stream, and from its start.

    At the level DEBUG everything is said that is no error.
    """
    log.addFilter(_is_not_told_at_the_end)


def without_metrics(metrics: logging.Logger, log: logging.Logger) -> None:
    """Keep the SDK's metrics, two or three lines a stream, for those who ask for the level DEBUG."""
    if not log.isEnabledFor(logging.DEBUG):
        metrics.setLevel(logging.WARNING)


def _is_not_told_at_the_end(record: logging.LogRecord) -> bool:
    told = str(record.msg)
    if told.startswith(ANNOUNCEMENTS):
        return not isinstance(sys.exc_info()[1], ConnectorError)
    return not told.startswith((*OF_EACH_STREAM, *OF_EACH_START)) or logging.getLogger(record.name).isEnabledFor(
        logging.DEBUG
    )
