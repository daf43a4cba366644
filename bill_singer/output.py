"""stdout, which belongs to Singer, and which may be closed or full."""

from __future__ import annotations

import errno
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from singer_sdk.singerlib.json import serialize_json

from bill_program.errors import ConnectorError
from bill_program.start import forget_output, why_lost

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@contextmanager
def written_out() -> Iterator[None]:
    """Writes to stdout: an error there ends in one line.

    Raises:
        ConnectorError: Nothing more can be written, and nothing more will be.
    """
    try:
        yield
    except OSError as error:
        forget_output()
        gone = isinstance(error, BrokenPipeError) or error.errno == errno.EINVAL  # EINVAL: Windows
        raise ConnectorError(
            "the program that reads our output has ended; look at what it says, and start both again"
            if gone
            else f"the output cannot be written ({why_lost(error)}); make room for it, and start again"
        ) from None


def write_state(state: Mapping[str, Any]) -> None:
    """Write STATE as it came, in ASCII: Singer is UTF-8, whatever the locale says.

    The SDK's targets fail at a number with decimals, and the bookmark would be lost.

    Raises:
        ConnectorError: It cannot be written.
    """
    with written_out():
        sys.stdout.write(f"{serialize_json(state)}\n")
        sys.stdout.flush()
