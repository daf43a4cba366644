"""stdout, which belongs to Singer, and which may be closed or full."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from singer_sdk.singerlib.json import serialize_json

from bill_api.errors import FatalError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@contextmanager
def written_out() -> Iterator[None]:
    """Writes to stdout: an error there ends in one line.

    Raises:
        FatalError: Nothing more can be written, and nothing more will be.
    """
    if sys.stdout is None:  # type: ignore[redundant-expr, unused-ignore]  # that is what Python makes of a closed one
        raise FatalError("there is no output to write to (stdout is closed); start again with one")
    try:
        yield
    except OSError as error:
        _close()
        gone = isinstance(error, BrokenPipeError) or error.errno == errno.EINVAL  # EINVAL: Windows
        raise FatalError(
            "the program that reads our output has ended; look at what it says, and start both again"
            if gone
            else f"the output cannot be written ({error.strerror or error}); make room for it, and start again"
        ) from None


def write_state(state: Mapping[str, Any]) -> None:
    """Write STATE as it came, in ASCII: Singer is UTF-8, whatever the locale says.

    The SDK's targets fail at a number with decimals, and the bookmark would be lost.

    Raises:
        FatalError: It cannot be written.
    """
    with written_out():
        sys.stdout.write(f"{serialize_json(state)}\n")
        sys.stdout.flush()


def _close() -> None:
    """Let what is buffered go nowhere: Python would try to write it once more at its end, and complain."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
