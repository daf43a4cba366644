"""Limits of what is packed in a zip: no table comes near them, and a bomb goes beyond."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zipfile import ZipInfo

BLOCK_BYTES = 1024 * 1024
UNPACKED_BYTES_MAX = 2 * 1024 * BLOCK_BYTES
PLAIN_BYTES, RATIO_MAX = 64 * BLOCK_BYTES, 200
"""The size up to which a part may be packed however well, and how well above: a sheet shrinks to a tenth or so."""


def excess(parts: Sequence[ZipInfo]) -> str | None:
    """The limit that these parts go beyond, by the sizes that they declare; None where they keep to all."""
    size = sum(each.file_size for each in parts)
    if size > UNPACKED_BYTES_MAX:
        return f"it unpacks to {size:,} bytes, {UNPACKED_BYTES_MAX:,} are allowed"
    bomb = next((each for each in parts if each.file_size > max(PLAIN_BYTES, RATIO_MAX * each.compress_size)), None)
    return f"{bomb.filename} unpacks to more than {RATIO_MAX} times its size, as no sheet does" if bomb else None
