"""The start of our commands: Ctrl-C and SIGTERM while their modules load end them without a word; streams are there.

A command may be started with stdin, stdout or stderr closed (`<&-`, `>&-`, `2>&-`). Python has none then, and the next
file that is opened gets its number. Here each gets a stand-in: to read from it, or to write results to it, is an error
like that of a full disk; words for people go nowhere.
"""

from __future__ import annotations

import errno
import io
import os
import signal
import sys
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from types import TracebackType

DISTRIBUTION = "bill-connector"
"""The name under which pip knows all commands."""

STDIN = "stdin"
LAST_STREAM = 2
"""Numbers of files up to this one belong to the three streams."""


class starting:  # noqa: N801  it is used as a function; `contextlib` would take its time to load before it can help
    """The block in which a command imports its modules: nothing but this module is imported before.

    Args:
        extra: The extra of this distribution that brings what the command needs besides.
    """

    def __init__(self, extra: str = "") -> None:
        self._extra = extra

    def __enter__(self) -> None:
        """See that there are streams, and that SIGTERM is a KeyboardInterrupt as Ctrl-C is by itself."""
        _heed_sigterm()
        _fill_streams()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """End the process after Ctrl-C, and where a library is missing or broken."""
        from bill_program.exit_codes import ExitCode  # noqa: PLC0415  it takes time to load, like everything else

        if kind is KeyboardInterrupt:
            sys.exit(ExitCode.INTERRUPTED)
        if self._extra and isinstance(error, ModuleNotFoundError):
            sys.stderr.write(f"{error.name} is missing: {installing(self._extra)}\n")
            sys.exit(ExitCode.USAGE)
        if isinstance(error, Exception):
            end_with_traceback(error)


def installing(extra: str) -> str:
    """The command that brings an extra of this distribution."""
    return f"pip install '{DISTRIBUTION}[{extra}]'"


def _heed_sigterm() -> None:
    """Have SIGTERM be what Ctrl-C is, until a command has a handler of its own; where it is ignored it stays so."""
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, signal.default_int_handler)


class _ClosedInput(io.RawIOBase):
    """In place of a stdin that is closed: an empty input would be taken for one that has ended."""

    def readable(self) -> bool:
        """It may be asked."""
        return True

    def readinto(self, _buffer: object) -> NoReturn:
        """There is nothing to read from.

        Raises:
            OSError: Always; it names stdin.
        """
        raise OSError(errno.EBADF, "it is closed", STDIN)


def _fill_streams() -> None:
    while (spare := os.open(os.devnull, os.O_RDWR)) <= LAST_STREAM:  # the lowest number that is free
        pass
    os.close(spare)
    if sys.stdin is None:
        sys.stdin = io.TextIOWrapper(io.BufferedReader(_ClosedInput()), encoding="utf-8")
    if sys.stdout is None:
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w", encoding="utf-8")
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8", errors="backslashreplace")


def why_lost(error: OSError) -> str:
    """The reason for which nothing can be read from a stream, or written to it, for people."""
    if error.errno == errno.EBADF and error.filename is None:
        return "stdout is closed"
    return error.strerror or str(error)


def end_with_traceback(error: Exception) -> NoReturn:
    """End the process for a bug: what reports it needs is the traceback, as Python shows it."""
    from bill_program.exit_codes import ExitCode  # noqa: PLC0415  see above

    sys.excepthook(type(error), error, error.__traceback__)
    sys.exit(ExitCode.BUG)


def forget_output() -> None:
    """Let what is buffered for stdout go nowhere: Python would try to write it once more at its end, and complain."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
