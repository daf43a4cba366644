"""The sources of the connection: a profile, or options, then BILL_... variables, then a `.env` file.

Who we are comes from one place: half of one identity and half of another would be none, or the wrong one.
`meltano invoke bill` hands a project's settings over as BILL_... variables.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec

from bill_api.connection import (
    CONNECTION_SETTINGS,
    CONNECTION_VARIABLES,
    PRODUCTION_URL,
    SANDBOX_URL,
    Connection,
    base_url,
)
from bill_cli.connecting import profiles
from bill_program.environment import ENV_FILE, SHARED, check_names, given, read_env_file, typed
from bill_program.errors import SettingsError
from bill_program.settings import check

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

TRUSTED_UNTIL = "BILL_MFA_TRUSTED_UNTIL"
"""Written beside `mfa_id`, for BILL does not tell until when it trusts."""

SESSION_ID = "BILL_SESSION_ID"
PROFILE = "BILL_PROFILE"
KEEP_SESSION = "BILL_KEEP_SESSION"
"""false: each call logs in, and nothing is kept on this computer."""

KNOWN = (
    *CONNECTION_VARIABLES.values(),
    *(TRUSTED_UNTIL, SESSION_ID, PROFILE, KEEP_SESSION, profiles.ORGANIZATION_NAME),
)
"""Every variable of ours: one that is nearly one of them is misspelt."""

VARIABLES = "BILL_... variables"
"""The place of a setting that is one of them, for people."""

IDENTITY = frozenset(
    {
        *("username", "password", "organization_id", "developer_key"),
        *("use_production_url", "api_url", "mfa_id", "device_id"),
    }
)
"""Settings that say who we are, and at which BILL."""

OF_A_LOGIN: Mapping[str, str] = MappingProxyType(
    {"username": "-", "password": "-", "organization_id": "00800000000000000000"}
)
"""Settings that only a login needs, each with a value of its form."""


class WrongProfileError(SettingsError):
    """The file of a profile cannot be read, or has a variable that is misspelt."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The connection settings that were found.

    Attributes:
        values: By name; those that were not given are not there.
        origins: Where each was found.
        trusted_until: Until when the MFA device is trusted, as it was written down.
        session_id: A session to use.
        env_file: The file that was read, or would have been.
        profile: The profile that this is, if it is one.
        organization_name: As a profile has it; empty if unknown.
        keeps_session: Sessions are kept for the next call.
    """

    values: Mapping[str, Any] = field(repr=False)
    origins: Mapping[str, str]
    trusted_until: str | None
    session_id: str | None = field(repr=False)
    env_file: Path
    profile: str | None = None
    organization_name: str = ""
    keeps_session: bool = True

    @property
    def place(self) -> str:
        """The places that the settings come from, for people; empty for nowhere."""
        return ", ".join(dict.fromkeys(self.origins[name] for name in IDENTITY_ORDER if name in self.origins))

    @property
    def environment(self) -> str:
        """The name of the environment; the address where it is neither of BILL's."""
        url = base_url(self.values.get("api_url"), is_production=self.values.get("use_production_url") is not False)
        return {PRODUCTION_URL: "production", SANDBOX_URL: "sandbox"}.get(url, url)

    @property
    def who(self) -> str:
        """The organization and environment, for people."""
        organization_id = str(self.values.get("organization_id") or "no organization")
        name = f"{self.organization_name} ({organization_id})" if self.organization_name else organization_id
        return f"{name}, {self.environment}"

    @property
    def variables(self) -> dict[str, str]:
        """The same as variables, as a file has them."""
        return {
            CONNECTION_VARIABLES[name]: str(value).lower() if isinstance(value, bool) else str(value)
            for name, value in self.values.items()
            if value is not None
        }

    def connection(self, without: Collection[str] = ()) -> Connection:
        """The address of BILL, and who we are; a session that was given needs no login.

        Args:
            without: Settings that may be missing, of `OF_A_LOGIN`; they are empty then.

        Raises:
            SettingsError: One line per wrong setting.
        """
        may_miss = OF_A_LOGIN if self.session_id else without
        missing = [name for name in may_miss if not self.values.get(name)]
        values = {**self.values, **{name: OF_A_LOGIN[name] for name in missing}}
        try:
            check(CONNECTION_SETTINGS, values)
        except SettingsError as error:
            raise SettingsError(f"{error.message}\n{self._places()}") from None
        return msgspec.structs.replace(Connection.from_settings(values), **dict.fromkeys(missing, ""))

    def _places(self) -> str:
        if self.profile:
            return f"The settings are those of profile `{self.profile}`, {self.env_file}: bill login makes it anew."
        places = f"as an option (bill --help), as a variable like BILL_USERNAME, or in {self.env_file}"
        there = profiles.names()
        named = (
            f" Profiles are {', '.join(there)}: --profile {'|'.join(there)}."
            if there
            else " `bill login` keeps them for good."
        )
        return f"Settings are given {places}.{named}"


IDENTITY_ORDER = tuple(each.name for each in CONNECTION_SETTINGS if each.name in IDENTITY)


def gather(options: Mapping[str, str], environment: Mapping[str, str]) -> Given:
    """Every setting from the first place that has it; who we are from a profile alone, if one is named.

    Where no place has any of who we are, the profile `default` counts, if there is one.

    Args:
        options: Of the command line, by name; `env_file`, `profile` and `session_id` too.
        environment: Of the process.

    Raises:
        WrongProfileError: The profile cannot be read, or a variable in it is misspelt.
        SettingsError: The same of a file that was named, or a variable is misspelt.
    """
    path = _path_of(options)
    file = read_env_file(path, must_exist="env_file" in options)
    check_names(SHARED, KNOWN, environment, file)
    name = _named(options, environment, file)
    if name is not None:
        return _of_profile(name, options, environment, file)
    found = _of_places(options, environment, path, file)
    is_none = not (IDENTITY & found.values.keys() or environment.get(SESSION_ID) or "env_file" in options)
    if is_none and profiles.DEFAULT in profiles.names():
        empty = [CONNECTION_VARIABLES[name] for name in IDENTITY_ORDER if CONNECTION_VARIABLES[name] in environment]
        if empty:
            raise SettingsError(
                f"variable {empty[0]} is empty, and the profile `{profiles.DEFAULT}` would count in its place: give it "
                "a value, or unset it"
            )
        return _of_profile(profiles.DEFAULT, options, environment, file)
    return found


def _named(options: Mapping[str, str], environment: Mapping[str, str], file: Mapping[str, str]) -> str | None:
    """The profile that is asked for by its name; a file that an option names counts more than a variable.

    Raises:
        SettingsError: Options name both.
    """
    is_of_file = "env_file" in options
    if "profile" in options and is_of_file:
        raise SettingsError("--profile and --env-file are two places for one identity: give one of them")
    if "profile" in options:
        return options["profile"]
    for place in () if is_of_file else (environment, file):
        if PROFILE in place and not place[PROFILE].strip():
            raise SettingsError(f"variable {PROFILE} is empty: give the name of a profile, or unset it")
    return (None if is_of_file else environment.get(PROFILE)) or file.get(PROFILE) or None


def _path_of(options: Mapping[str, str]) -> Path:
    """The file of variables that counts where no profile is named."""
    return Path(options.get("env_file") or ENV_FILE)


def of_variables(options: Mapping[str, str], environment: Mapping[str, str]) -> Given:
    """The settings of options and variables alone.

    Raises:
        SettingsError: A variable is misspelt.
    """
    check_names(SHARED, KNOWN, environment, {})
    return _of_places(options, environment, ENV_FILE, {})


def of_profile(name: str) -> Given:
    """The settings of a profile alone.

    Raises:
        WrongProfileError: It cannot be read.
        SettingsError: It is not there.
    """
    return _of_profile(name, {}, {}, {})


def _of_places(
    options: Mapping[str, str], environment: Mapping[str, str], path: Path, file: Mapping[str, str]
) -> Given:
    """The settings of options, variables and a file."""
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for setting in CONNECTION_SETTINGS:
        if text := options.get(setting.name):
            origin = "options"
        elif found := given([CONNECTION_VARIABLES[setting.name]], environment, file):
            text, is_of_file = found
            origin = str(path) if is_of_file else VARIABLES
        else:
            continue
        values[setting.name], origins[setting.name] = typed(setting.kind, text), origin
    return Given(
        values=values,
        origins=origins,
        trusted_until=environment.get(TRUSTED_UNTIL) or file.get(TRUSTED_UNTIL),
        session_id=options.get("session_id") or environment.get(SESSION_ID) or None,
        env_file=path,
        keeps_session=_keeps(options, environment, file),
    )


def _of_profile(
    name: str, options: Mapping[str, str], environment: Mapping[str, str], file: Mapping[str, str]
) -> Given:
    """The settings of a profile, with options on top; what is no identity comes from elsewhere too."""
    path = profiles.existing(name)
    try:
        own = read_env_file(path, must_exist=True)
        check_names(SHARED, KNOWN, {}, own)
    except SettingsError as error:
        raise WrongProfileError(name, error.message) from None
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for setting in CONNECTION_SETTINGS:
        variable = CONNECTION_VARIABLES[setting.name]
        elsewhere = None if setting.name in IDENTITY else given([variable], environment, file)
        text, origin = options.get(setting.name), "options"
        if not text and elsewhere:
            text, origin = elsewhere[0], str(_path_of(options)) if elsewhere[1] else VARIABLES
        if not text:
            text, origin = own.get(variable), f"profile {name}"
        if text:
            values[setting.name], origins[setting.name] = typed(setting.kind, text), origin
    session_id = options.get("session_id")
    is_own = "organization_id" not in options
    return Given(
        values=values,
        origins=origins,
        trusted_until=own.get(TRUSTED_UNTIL),
        session_id=session_id or None,
        env_file=path,
        profile=name,
        organization_name=own.get(profiles.ORGANIZATION_NAME, "") if is_own else "",
        keeps_session=_keeps(options, environment, file),
    )


def _keeps(options: Mapping[str, str], environment: Mapping[str, str], file: Mapping[str, str]) -> bool:
    """True if sessions are kept for the next call.

    Raises:
        SettingsError: The value is neither true nor false.
    """
    found = given([KEEP_SESSION], environment, file)
    text = options.get("keep_session") or (found[0] if found else "true")
    is_kept = typed("boolean", text)
    if not isinstance(is_kept, bool):
        raise SettingsError(f"setting `keep_session` is {text!r}; allowed is true or false")
    return is_kept
