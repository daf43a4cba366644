"""How our commands end when something is wrong: one message on stderr, no traceback, a code that says failure."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bill_api.errors import BillError, Interrupted

if TYPE_CHECKING:
    from collections.abc import Iterator

EXIT_FAILED = 1
EXIT_INTERRUPTED = 130


@contextmanager
def plain_ending(command: str) -> Iterator[None]:
    """Turn our errors into a message for people.

    Args:
        command: The name that stands before each line.
    """
    try:
        yield
    except BillError as error:
        for line in str(error).splitlines():
            sys.stderr.write(f"{command}: {line}\n")
        sys.exit(EXIT_FAILED)
    except Interrupted as stop:
        sys.stderr.write(f"{command}: {stop}\n")
        sys.exit(EXIT_INTERRUPTED)
    except BrokenPipeError:
        # The program that reads us has gone; it says why.
        sys.stderr.write(f"{command}: the receiving program ended early\n")
        sys.exit(EXIT_FAILED)
