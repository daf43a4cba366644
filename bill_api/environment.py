"""Settings from variables and from a `.env` file, each exactly as it is written there.

Nothing in a value is expanded: a password may hold `$`, `&`, blanks and `${X}`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from dotenv import dotenv_values

from bill_api.connection import CONNECTION_SETTINGS
from bill_api.encoding import decode
from bill_api.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

ENV_FILE = Path(".env")
BOOLEANS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
CONNECTION_PREFIX = "BILL_"


def variable(name: str) -> str:
    """`BILL_API_URL` for `api_url`."""
    return f"{CONNECTION_PREFIX}{name.upper()}"


def read_env_file(path: Path, *, must_exist: bool = False) -> dict[str, str]:
    """The variables of a file; none if there is no file.

    Raises:
        SettingsError: It cannot be read.
    """
    if not path.is_file():
        if must_exist or path.exists():
            raise SettingsError(f"there is no file {path} to read settings from")
        return {}
    try:
        return {name: value for name, value in dotenv_values(path, interpolate=False).items() if value is not None}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error.__class__.__name__}; it must be a text in UTF-8") from None


def typed(kinds: str | list[str], text: str) -> Any:
    """A text as the JSON types of its setting want it; as it is where it does not fit, so that a check can say so."""
    if "boolean" in kinds:
        return BOOLEANS.get(text.strip().lower(), text)
    if "integer" in kinds:
        return int(text) if text.isascii() and text.strip().isdecimal() else text
    if "array" in kinds or "object" in kinds:
        try:
            return decode(text)
        except ValueError:
            return text
    return text


class SettingsOfTheEnvironment:
    """A plugin of the Singer SDK that reads `--config ENV` as `bill` does: variables, then `.env` of the folder.

    Its own variables (`TAP_BILL_PAGE_SIZE`) come before those of the connection, which all share (`BILL_PASSWORD`).
    """

    if TYPE_CHECKING:
        name: str
        config_jsonschema: ClassVar[dict[str, Any]]

        @classmethod
        def append_builtin_config(cls, config_jsonschema: dict[str, Any]) -> None:
            """The SDK's: add its own settings to a schema."""

    @property
    def _env_var_config(self) -> dict[str, Any]:
        # In place of the SDK's, which looks for `.env` beside its own code and expands what stands in it.
        self.append_builtin_config(self.config_jsonschema)
        environment = {**read_env_file(ENV_FILE), **{name: text for name, text in os.environ.items() if text}}
        return settings_of(self.config_jsonschema, f"{self.name.upper().replace('-', '_')}_", environment)


def settings_of(schema: Mapping[str, Any], prefix: str, environment: Mapping[str, str]) -> dict[str, Any]:
    """The settings that variables give.

    Args:
        schema: The JSON schema of the configuration.
        prefix: Of the plugin's own variables.
        environment: The variables.
    """
    shared = {each.name for each in CONNECTION_SETTINGS}
    found = {}
    for name, described in schema["properties"].items():
        names = [prefix + name.upper(), *([variable(name)] if name in shared else [])]
        text = next((environment[each] for each in names if environment.get(each)), None)
        if text is not None:
            found[name] = typed(described["type"], text)
    return found
