"""Files that are there whole or not at all, whoever reads them meanwhile."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

PRIVATE = 0o600
"""For the eyes of its owner alone."""
OTHERS = 0o077
"""All that others may do with a file."""


def write_whole(path: Path, pieces: Iterable[str], mode: int = PRIVATE) -> None:
    """Put a file of these pieces in its place, over an earlier one; until it is written nobody else can read it.

    Raises:
        OSError: It cannot be written; what was there stays.
    """
    descriptor, made = tempfile.mkstemp(dir=path.parent, prefix=".new-")  # of mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.writelines(pieces)
        Path(made).chmod(mode)
        Path(made).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(made).unlink()
        raise
