"""Settings from variables and from a `.env` file, each exactly as it is written there.

Nothing in a value is expanded: a password may hold `$`, `&`, blanks and `${X}`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from dotenv import dotenv_values

from bill_program.errors import SettingsError
from bill_program.exit_codes import COMMANDS
from bill_program.settings import near_name
from bill_values.exact_json import decode
from bill_values.numbers import whole_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ENV_FILE = Path(".env")
SHARED = "BILL_"
"""What variables of the connection begin with, which all commands share; those of other programs may do so too."""

NEAR_SHARED = 0.85
"""The likeness of a misspelt shared name. Less would take `BILL_COM_USER_NAME`, which is another program's, for one."""

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


def check_names(prefix: str, known: Iterable[str], variables: Mapping[str, str], file: Mapping[str, str]) -> None:
    """Refuse variables that are nearly known ones: what was meant by them would not count.

    Any other name may be somebody else's, and so is one that is known but for more words (`BILL_COM_PASSWORD`), or that
    Meltano makes of a setting's parts or of its own (`__`).

    Args:
        prefix: Of the variables that are looked at.
        known: Their names, with the prefix.
        variables: Those of the process.
        file: Those of the `.env` file.

    Raises:
        SettingsError: One line for each; no value is told.
    """
    names = [each.removeprefix(prefix) for each in known]
    others = tuple(each for each in PREFIXES if each.startswith(prefix) and each != prefix)
    problems = []
    for variable in sorted({each for place in (variables, file) for each, text in place.items() if text}):
        if not variable.startswith(prefix) or variable.startswith((*others, f"{prefix}_")):
            continue
        name = variable.removeprefix(prefix)
        if name in names or any(name.startswith(f"{each}_") or name.endswith(f"_{each}") for each in names):
            continue
        near = near_name(name, names, *([NEAR_SHARED] if prefix == SHARED else []))
        if near is not None:
            problems.append(f"variable `{variable}` is not known; did you mean `{prefix}{near}`?")
    if problems:
        raise SettingsError("\n".join(problems))


PREFIXES = tuple(f"{each.upper().replace('-', '_')}_" for each in COMMANDS)
"""The beginnings of the variables of each command; that of `bill` is the shared one."""


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

    Raises:
        SettingsError: A variable is misspelt.
    """
    check_names(prefix, [prefix + each.upper() for each in schema["properties"]], variables, file)
    if shared:
        check_names(SHARED, shared.values(), variables, file)
    settings = {}
    for name, described in schema["properties"].items():
        names = [prefix + name.upper(), *([shared[name]] if name in shared else [])]
        if found := given(names, variables, file):
            settings[name] = typed(described["type"], found[0])
    return settings
