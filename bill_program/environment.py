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
from bill_values.exact_json import decode, repeated
from bill_values.numbers import whole_number
from bill_values.spelling import letters

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ENV_FILE = Path(".env")
SHARED = "BILL_"
"""What variables of the connection begin with, which all commands share; those of other programs may do so too."""

NEAR_SHARED = 0.85
"""The likeness of a misspelt shared name. Less would take `BILL_COM_USER_NAME`, which is another program's, for one."""

LOG_LEVEL = "LOGLEVEL"
"""The end of the variable that the Singer SDK reads by itself, of each plugin."""

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


def check_names(
    prefix: str,
    known: Iterable[str],
    variables: Mapping[str, str],
    file: Mapping[str, str],
    *,
    closed: bool = False,
    elsewhere: Iterable[str] = (),
) -> None:
    """Refuse variables that are no known ones: what was meant by them would not count.

    Left alone is one that is known but for more words: of a setting's parts, of a plugin with another name
    (`TARGET_BILL_PROD_MODE`) or of another program (`BILL_COM_PASSWORD`); and what Meltano makes with `__` of its own.

    Args:
        prefix: Of the variables that are looked at.
        known: Their names, with the prefix.
        variables: Those of the process.
        file: Those of the `.env` file.
        closed: All names with this prefix are ours; otherwise only those are refused that are nearly known ones.
        elsewhere: Known names with another prefix: what is called so with this one is refused too.

    Raises:
        SettingsError: One line for each; no value is told.
    """
    right = {letters(each.removeprefix(prefix)): each for each in known}
    moved = {letters(each[len(_prefix_of(each)) :]): each for each in elsewhere}
    names = [each.removeprefix(prefix) for each in right.values()]
    others = tuple(each for each in PREFIXES if each.startswith(prefix) and each != prefix)
    problems = []
    for variable in sorted({each for place in (variables, file) for each, text in place.items() if text}):
        spelled = variable.upper()
        if variable in right.values() or not spelled.startswith(prefix) or spelled.startswith(others):
            continue
        name = spelled.removeprefix(prefix)
        meant = (moved | right).get(letters(name))
        if meant is None:
            if "__" in spelled or any(name.startswith(f"{each}_") or name.endswith(f"_{each}") for each in names):
                continue
            near = near_name(name, names, *([NEAR_SHARED] if prefix == SHARED else []))
            meant = f"{prefix}{near}" if near else None
        if meant is not None:
            problems.append(f"variable `{variable}` is not known; did you mean `{meant}`?")
        elif closed:
            problems.append(f"variable `{variable}` is not known; --about lists the settings that there are")
    if problems:
        raise SettingsError("\n".join(problems))


def _prefix_of(variable: str) -> str:
    """The longest beginning of a variable that is that of a command."""
    return max((each for each in PREFIXES if variable.startswith(each)), key=len, default="")


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
        SettingsError: A variable is misspelt, or its JSON has a name twice.
    """
    own = {each: prefix + each.upper() for each in schema["properties"]}
    check_names(prefix, [*own.values(), prefix + LOG_LEVEL], variables, file, closed=True)
    if shared:
        elsewhere = [variable for name, variable in own.items() if name not in shared]
        check_names(SHARED, shared.values(), variables, file, elsewhere=elsewhere)
    settings = {}
    for name, described in schema["properties"].items():
        names = [own[name], *([shared[name]] if name in shared else [])]
        if found := given(names, variables, file):
            settings[name] = typed(described["type"], found[0])
            if isinstance(settings[name], dict | list) and (twice := repeated(found[0])):
                raise SettingsError(
                    f"setting `{name}` has {', '.join(f'`{each}`' for each in twice)} twice: leave one out"
                )
    return settings
