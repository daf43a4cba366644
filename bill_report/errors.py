"""Errors for the person who wants a report."""

from __future__ import annotations

from bill_program.errors import ConnectorError


class ReportError(ConnectorError):
    """No page can be made, and the text says what to mend."""


class UnreadModelError(Exception):
    """One model cannot be read; the page says why in its place, and has the others."""
