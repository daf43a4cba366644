"""The ending of a Singer command when something is wrong: one message, no traceback, a code that says failure."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bill_program.errors import ConnectorError, Interrupted
from bill_program.start import EXIT_FAILED, EXIT_INTERRUPTED, forget_output, why_lost
from bill_values.visible import LINE_END, log_visibly, visible

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def plain_ending(command: str) -> Iterator[None]:
    """Turn our errors into a message for people.

    Args:
        command: The name that stands before each line.
    """
    log_visibly()
    try:
        with _written_out():
            yield
    except ConnectorError as error:
        for line in str(error).split(LINE_END):
            sys.stderr.write(f"{command}: {visible(line)}\n")
        sys.exit(EXIT_FAILED)
    except Interrupted as stop:
        sys.stderr.write(f"{command}: {stop}\n")
        sys.exit(EXIT_INTERRUPTED)
    except KeyboardInterrupt:
        sys.stderr.write(f"{command}: stopped\n")
        sys.exit(EXIT_INTERRUPTED)
    except BrokenPipeError:
        # The program that reads us has gone; it says why.
        forget_output()
        sys.stderr.write(f"{command}: the receiving program ended early\n")
        sys.exit(EXIT_FAILED)
    except OSError as error:
        if error.errno is None:  # a bug: what goes wrong on the network is an error of ours by now
            raise
        forget_output()
        sys.stderr.write(f"{command}: {_place(error)} ({why_lost(error)})\n")
        sys.exit(EXIT_FAILED)


@contextmanager
def _written_out() -> Iterator[None]:
    """Write what is buffered for stdout while it can still be told that it is lost."""
    try:
        yield
    except SystemExit as end:
        try:
            sys.stdout.flush()
        except OSError:
            if not end.code:
                raise
            forget_output()  # what went wrong has been told
        raise
    sys.stdout.flush()


def _place(error: OSError) -> str:
    """The place of an error of the system; what a file of ours runs into names the file."""
    if error.filename is None:
        return "the output cannot be written"
    return f"{visible(str(error.filename))} cannot be read or written"
