"""The start of our commands: Ctrl-C while their modules load ends them without a word, as no work has begun."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

EXIT_FAILED = 1
EXIT_INTERRUPTED = 130


class starting:  # noqa: N801  it is used as a function; `contextlib` would take its time to load before it can help
    """The block in which a command imports its modules: nothing but this module is imported before."""

    def __enter__(self) -> None:
        """Nothing: Python raises KeyboardInterrupt by itself."""

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """End the process after Ctrl-C."""
        if kind is KeyboardInterrupt:
            sys.exit(EXIT_INTERRUPTED)
