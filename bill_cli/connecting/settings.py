"""The sources of the connection: options, then BILL_... variables, then a `.env` file.

`meltano invoke bill` hands a project's settings over as BILL_... variables.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bill_api.connection import CONNECTION_SETTINGS, CONNECTION_VARIABLES, Connection
from bill_program.environment import ENV_FILE, SHARED, check_names, given, read_env_file, typed
from bill_program.errors import SettingsError
from bill_program.settings import check

if TYPE_CHECKING:
    from collections.abc import Mapping

TRUSTED_UNTIL = "BILL_MFA_TRUSTED_UNTIL"
"""Written beside `mfa_id`, for BILL does not tell until when it trusts."""

SESSION_ID = "BILL_SESSION_ID"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The connection settings that were found.

    Attributes:
        values: By name; those that were not given are not there.
        origins: Where each was found.
        trusted_until: Until when the MFA device is trusted, as it was written down.
        session_id: A session to use.
        env_file: The file that was read, or would have been.
    """

    values: Mapping[str, Any]
    origins: Mapping[str, str]
    trusted_until: str | None
    session_id: str | None
    env_file: Path

    def connection(self) -> Connection:
        """The address of BILL, and who we are.

        Raises:
            SettingsError: One line per wrong setting.
        """
        try:
            check(CONNECTION_SETTINGS, self.values)
        except SettingsError as error:
            places = f"as an option (bill --help), as a variable like BILL_USERNAME, or in {self.env_file}"
            raise SettingsError(f"{error.message}\nSettings are given {places}.") from None
        return Connection.from_settings(self.values)


def gather(options: Mapping[str, str], environment: Mapping[str, str]) -> Given:
    """Every setting from the first place that has it.

    Args:
        options: Of the command line, by name; `env_file` and `session_id` too.
        environment: Of the process.

    Raises:
        SettingsError: The file that was named cannot be read, or a variable is misspelt.
    """
    path = Path(options.get("env_file") or ENV_FILE)
    file = read_env_file(path, must_exist="env_file" in options)
    check_names(SHARED, [*CONNECTION_VARIABLES.values(), TRUSTED_UNTIL, SESSION_ID], environment, file)
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for setting in CONNECTION_SETTINGS:
        if text := options.get(setting.name):
            origin = "options"
        elif found := given([CONNECTION_VARIABLES[setting.name]], environment, file):
            text, is_of_file = found
            origin = str(path) if is_of_file else "BILL_... variables"
        else:
            continue
        values[setting.name], origins[setting.name] = typed(setting.kind, text), origin
    return Given(
        values=values,
        origins=origins,
        trusted_until=environment.get(TRUSTED_UNTIL) or file.get(TRUSTED_UNTIL),
        session_id=options.get("session_id") or environment.get(SESSION_ID) or None,
        env_file=path,
    )
