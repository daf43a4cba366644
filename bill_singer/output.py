"""stdout, which belongs to Singer, and which may be closed or full."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bill_api.errors import FatalError
from bill_api.start import forget_output, why_lost

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def written_out() -> Iterator[None]:
    """Where bytes go to stdout: what goes wrong there ends in one line.

    Raises:
        FatalError: Nothing more can be written, and nothing more will be.
    """
    try:
        yield
    except OSError as error:
        forget_output()
        gone = isinstance(error, BrokenPipeError) or error.errno == errno.EINVAL  # EINVAL: Windows
        raise FatalError(
            "the program that reads our output has ended; look at what it says, and start both again"
            if gone
            else f"the output cannot be written ({why_lost(error)}); make room for it, and start again"
        ) from None
