"""Errors that stop a load, in words for the person who runs it."""

from __future__ import annotations

from bill_api.errors import FatalError


class LoadError(FatalError):
    """The load cannot go on, and its text says what to mend. Nothing that STATE covers is lost."""


class UnfitError(ValueError):
    """A value that its column cannot hold exactly; the text says why."""
