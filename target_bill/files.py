"""Files that only their owner may read."""

from __future__ import annotations

import os
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PRIVATE, PRIVATE_FOLDER = 0o600, 0o700


def private(path: Path) -> IO[str]:
    """A new text file with mode 0600; its folder is made when it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
    file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, PRIVATE)
    os.fchmod(file, PRIVATE)
    return os.fdopen(file, "w", encoding="utf-8", newline="")
