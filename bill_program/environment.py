"""Settings from variables and from a `.env` file, each exactly as it is written there.

Nothing in a value is expanded: a password may hold `$`, `&`, blanks and `${X}`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from dotenv import dotenv_values

from bill_program.errors import SettingsError
from bill_values.exact_json import decode
from bill_values.numbers import whole_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ENV_FILE = Path(".env")
BOOLEANS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}


def read_env_file(path: Path, *, must_exist: bool = False) -> dict[str, str]:
    """The variables of a file; none if there is no file.

    Raises:
        SettingsError: It cannot be read.
    """
    try:
        if path.is_file():
            return {name: value for name, value in dotenv_values(path, interpolate=False).items() if value is not None}
        is_needed = must_exist or path.exists()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise SettingsError(f"{path} cannot be read: {reason}; it must be a text in UTF-8") from None
    if is_needed:
        raise SettingsError(f"there is no file {path} to read settings from")
    return {}


def typed(kinds: str | list[str], text: str) -> Any:
    """A text as the JSON types of its setting want it; as it is where it does not fit, so that a check can say so."""
    if "boolean" in kinds and text.strip().lower() in BOOLEANS:
        return BOOLEANS[text.strip().lower()]
    if "integer" in kinds:
        number = whole_number(text.strip())
        return text if number is None else number
    if "array" in kinds or "object" in kinds:
        try:
            return decode(text)
        except ValueError:
            return text
    return text


def given(names: Iterable[str], variables: Mapping[str, str], file: Mapping[str, str]) -> tuple[str, bool] | None:
    """The text that counts where a setting is given more than once.

    The first name that is given anywhere counts; of one name the variable counts more than the file. An empty text is
    not given: Meltano hands over what is not set as one.

    Args:
        names: Of the setting's variables, a command's own before those that all share.
        variables: Those of the process.
        file: Those of the `.env` file.

    Returns:
        The text, and whether it is the file's; None if there is none.
    """
    for name in names:
        if text := variables.get(name) or file.get(name):
            return text, not variables.get(name)
    return None


def settings_of(
    schema: Mapping[str, Any],
    prefix: str,
    variables: Mapping[str, str],
    file: Mapping[str, str],
    shared: Mapping[str, str],
) -> dict[str, Any]:
    """The settings that variables give.

    Args:
        schema: The JSON schema of the configuration.
        prefix: Of the plugin's own variables.
        variables: Those of the process.
        file: Those of the `.env` file.
        shared: Variables of settings that several commands have, by the setting; a command's own ones come first.
    """
    settings = {}
    for name, described in schema["properties"].items():
        names = [prefix + name.upper(), *([shared[name]] if name in shared else [])]
        if found := given(names, variables, file):
            settings[name] = typed(described["type"], found[0])
    return settings
