"""Advice to a person on a file that the system does not let us write, by the system's code."""

from __future__ import annotations

import errno
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

FULL = "the disk is full: make room"
TOO_LARGE = "a file may not become so large here: raise the limit (`ulimit -f`)"
READ_ONLY = "nothing may be written there: look at the permissions"

STEPS: Mapping[int | None, str] = MappingProxyType(
    {
        errno.ENOSPC: FULL,
        errno.EDQUOT: FULL,
        errno.EFBIG: TOO_LARGE,
        errno.EACCES: READ_ONLY,
        errno.EPERM: READ_ONLY,
        errno.EROFS: READ_ONLY,
    }
)
