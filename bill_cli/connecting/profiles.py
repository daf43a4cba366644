"""Profiles: connections with a name, each a file of variables that only its owner can read.

`profiles/NAME.env` in the user's configuration folder, in the form of `.env`.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_config_path

from bill_program import env_file
from bill_program.errors import SettingsError
from bill_program.settings import near_name
from bill_program.whole_files import OTHERS, write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT = "default"
"""The profile that counts where no other place has any of our settings."""

ENDING = ".env"
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
"""Small letters alone: some file systems do not tell them from capitals."""

ORGANIZATION_NAME = "BILL_ORGANIZATION_NAME"
"""Written beside the id, for people."""


def folder() -> Path:
    """The folder of all profiles.

    Raises:
        SettingsError: This user has no home.
    """
    try:
        found = user_config_path("bill") / "profiles"
    except (OSError, RuntimeError, KeyError):
        found = Path()
    if not found.is_absolute():
        raise SettingsError("there is no place for profiles: set HOME or XDG_CONFIG_HOME")
    return found


def path_of(name: str) -> Path:
    """The file of a profile, which may be missing.

    Raises:
        SettingsError: It cannot be a name.
    """
    if not NAME.fullmatch(name):
        raise SettingsError(
            f"profile {name!r}: a name has small letters, digits, `.`, `_` and `-`, and begins with a letter or digit"
        )
    return folder() / f"{name}{ENDING}"


def names() -> list[str]:
    """The profiles that there are, sorted; none where they cannot be looked for."""
    try:
        found = [each.name.removesuffix(ENDING) for each in folder().iterdir() if each.name.endswith(ENDING)]
    except (OSError, SettingsError):
        return []
    return sorted(each for each in found if NAME.fullmatch(each))


def existing(name: str) -> Path:
    """The file of a profile that is there.

    Raises:
        SettingsError: It is not; those that are there are named.
    """
    path = path_of(name)
    if not path.exists():
        known = names()
        near = near_name(name, known)
        there = f"there are {', '.join(known)}" if known else "there is none yet"
        asked = f"; did you mean `{near}`?" if near else ""
        raise SettingsError(f"there is no profile `{name}`; {there}{asked}. `bill login --profile {name}` makes it")
    return path


def is_open_to_others(name: str) -> bool:
    """True if others on this computer may read or change a profile; Windows has no such modes."""
    try:
        return os.name == "posix" and bool(path_of(name).stat().st_mode & OTHERS)
    except OSError:
        return False


def store(name: str, values: Mapping[str, str]) -> Path:
    """Write a profile, in place of an earlier one: whole or not at all.

    Raises:
        SettingsError: It cannot be written.
    """
    path = path_of(name)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.parent.chmod(0o700)
        write_whole(path, [env_file.lines(values)])
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}") from None
    return path


def remove(name: str) -> None:
    """Remove a profile.

    Raises:
        SettingsError: It is not there, or cannot be removed.
    """
    path = existing(name)
    try:
        path.unlink()
    except OSError as error:
        raise SettingsError(f"{path} cannot be removed: {error.strerror}") from None
