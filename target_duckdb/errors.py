"""Errors that stop a load, in words for the person who runs it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from bill_program.disk import STEPS
from bill_program.errors import ConnectorError

if TYPE_CHECKING:
    from pathlib import Path


_IN_USE = ("Could not set lock", "used by another process")
"""What DuckDB says of a file that another process has open: on Linux and macOS, and on Windows."""


class LoadError(ConnectorError):
    """The load cannot go on, and its text says what to mend. Nothing that STATE covers is lost."""


class UnfitError(ValueError):
    """A value that its column cannot hold exactly; the text says why."""


def unwritten(path: Path | str, error: OSError) -> LoadError:
    """The error of a file that cannot be written."""
    return LoadError(f"{path} cannot be written ({error.strerror or error}); {_step(STEPS.get(error.errno))}")


def said(error: Exception) -> str:
    """The words of DuckDB, in one line: below the first it shows the place in our SQL; and the step where one is known.

    Args:
        error: DuckDB's; it has no code of the system, only the system's words.
    """
    reason, step = _reason(error), _known_step(error)
    return f"DuckDB says: {reason}" + (f"; {_step(step)}" if step else "")


def is_in_use(error: Exception) -> bool:
    """True if another process has the file open in a way that keeps us out."""
    return any(words in _reason(error) for words in _IN_USE)


def has_step(error: Exception) -> bool:
    """True if `said` says what to do."""
    return _known_step(error) is not None


def _known_step(error: Exception) -> str | None:
    reason = _reason(error)
    return next((each for code, each in STEPS.items() if code and os.strerror(code) in reason), None)


def _reason(error: Exception) -> str:
    return str(error).split("\n", 1)[0].rstrip(".")


def _step(step: str | None) -> str:
    return f"{step or 'look at the disk'}, and start again"
