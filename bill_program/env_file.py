"""Settings that are kept in `.env`, for nobody else to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dotenv import set_key

from bill_program.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MODE = 0o600


def check_writable(path: Path) -> None:
    """Make the file if need be, readable for its owner alone.

    Raises:
        SettingsError: It cannot be written.
    """
    try:
        path.touch(mode=MODE)
        path.chmod(MODE)
        with path.open("r+"):
            pass
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}") from None


def keep(path: Path, values: Mapping[str, str]) -> None:
    """Set variables and leave every other line as it is; each step replaces the file whole, with its mode.

    Raises:
        SettingsError: It cannot be written.
    """
    check_writable(path)
    try:
        for name, value in values.items():
            set_key(path.resolve(), name, value, quote_mode="auto")  # a link stays one
        path.chmod(MODE)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be written: {error}") from None
