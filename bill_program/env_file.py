"""Settings that are kept in `.env`, for nobody else to read."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from dotenv import dotenv_values, set_key

from bill_program.errors import SettingsError
from bill_program.whole_files import PRIVATE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def check_writable(path: Path) -> None:
    """Make the file if need be, readable for its owner alone.

    Raises:
        SettingsError: It cannot be written.
    """
    try:
        path.touch(mode=PRIVATE)
        path.chmod(PRIVATE)
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
            set_key(path.resolve(), name, spelled(name, value), quote_mode="never")  # a link stays one
        path.chmod(PRIVATE)
    except (OSError, UnicodeError) as error:
        raise SettingsError(f"{path} cannot be written: {error}") from None


def lines(values: Mapping[str, str]) -> str:
    """A file of these variables.

    Raises:
        SettingsError: A value cannot be written.
    """
    return "".join(f"{name}={spelled(name, value)}\n" for name, value in values.items())


def spelled(name: str, value: str) -> str:
    """The form of a value that is read as exactly this one, whatever stands in the lines behind it.

    A password that ends with a backslash, say, would take a quote behind it with it.

    Raises:
        SettingsError: There is none; the value is not told.
    """
    quoted = value.replace("\\", "\\\\").replace("'", "\\'")
    doubly = value.replace("\\", "\\\\").replace('"', '\\"')
    forms = [f"'{quoted}'", value, f'"{doubly}"']
    if value.isalnum():
        forms = [value]
    behind = {"B": "b", "C": "c"}
    for form in forms:
        text = f"A={form}\nB='b'\nC=\"c\"\n"
        if dotenv_values(stream=StringIO(text), interpolate=False) == {"A": value, **behind}:
            return form
    raise SettingsError(f"the value of {name} cannot be written into a file of variables")
