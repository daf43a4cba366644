"""The base of errors that people read, and the one of wrong settings."""

from __future__ import annotations


class ConnectorError(Exception):
    """An error that ends in one line for a person, without a traceback.

    Args:
        message: What happened and what to do next.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        """The message as it is now: what led to it may have been added."""
        return self.message


class SettingsError(ConnectorError):
    """A setting is missing or wrong."""


class Interrupted(BaseException):  # like KeyboardInterrupt: not an error, and not to be swallowed
    """A person or the system asked the run to end, and everything in flight is settled."""
