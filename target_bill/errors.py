"""Errors of a run that only target-bill knows."""

from __future__ import annotations

from bill_program.errors import ConnectorError
from bill_program.exit_codes import ExitCode


class UnsettledError(ConnectorError):
    """A record whose outcome is not known, and is not found out by this run."""

    exit_code = ExitCode.PARTLY
