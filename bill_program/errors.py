"""The base of errors that people read, with the exit code that each leads to, and those that all commands share."""

from __future__ import annotations

from bill_program.exit_codes import ExitCode


class ConnectorError(Exception):
    """An error that ends in one line for a person, without a traceback.

    Args:
        message: What happened and what to do next.

    Attributes:
        exit_code: The end of a command for it; unless a class says otherwise, of an input or a file to mend.
    """

    exit_code = ExitCode.REFUSED

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        """The message as it is now: what led to it may have been added."""
        return self.message


class SettingsError(ConnectorError):
    """A setting is missing or wrong."""

    exit_code = ExitCode.USAGE


class TakenError(ConnectorError):
    """Another run holds what this one needs; when it has ended, this one may begin."""

    exit_code = ExitCode.TAKEN


class Interrupted(BaseException):  # like KeyboardInterrupt: not an error, and not to be swallowed
    """A person or the system asked the run to end, and everything in flight is settled."""
