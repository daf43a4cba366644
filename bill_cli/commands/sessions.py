"""`bill login`, `logout`, `whoami` and `profiles`: who we are, kept under a name."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from bill_api.connection import CONNECTION_SETTINGS, CONNECTION_VARIABLES
from bill_api.errors import BillError, CredentialsError, UnexpectedReplyError
from bill_cli.command import command, context, output_option, yes_option
from bill_cli.commands.questions import asked, can_ask, check_can_ask, confirm, picked, unasked
from bill_cli.connecting import profiles
from bill_cli.connecting.kept_sessions import KeptSession, SessionFile
from bill_cli.connecting.settings import (
    PROFILE,
    TRUSTED_UNTIL,
    Given,
    WrongProfileError,
    gather,
    of_profile,
    of_variables,
)
from bill_cli.ending import say
from bill_cli.showing.output import write_object, write_plain, write_text
from bill_program.errors import SettingsError
from bill_values.visible import visible

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from bill_api.connection import Connection

LOGIN_EXAMPLES = """
\b
Examples:
  bill login      # asks, checks, and keeps it as the profile `default`
  bill login --sandbox --profile sandbox
  bill login --profile local --api-url http://127.0.0.1:8080/api/v2
  printf "%s\\n%s\\n" "$PASSWORD" "$KEY" | bill login --password-stdin --username ME
"""

LOGOUT_EXAMPLES = """
\b
Examples:
  bill logout                      # of the profile `default`, or of the variables that count here
  bill logout --profile sandbox
"""

ASKED = ("username", "password", "developer_key")
"""Settings that are asked for, in this order; the organization when BILL has listed those of the user."""

WORDS = {
    "username": "User name (e-mail, or the name of an API token)",
    "password": "Password",
    "developer_key": "Developer key",
    "organization_id": "Organization id (20 characters, 008...)",
}

SECRET = frozenset(each.name for each in CONNECTION_SETTINGS if each.secret)


@command("login", epilog=LOGIN_EXAMPLES)
@click.option("--sandbox", is_flag=True, help="BILL's sandbox; without it production, if no setting says otherwise.")
@click.option(
    "--password-stdin",
    is_flag=True,
    help="Read the password from the first line of stdin, and from the second the developer key, if nothing gives it.",
)
@yes_option
def login_command(*, sandbox: bool, password_stdin: bool, yes: bool) -> None:
    """Keep a connection under a name: asks, logs in to see that it is right, and only then stores it.

    The profile (--profile or BILL_PROFILE, otherwise `default`) is a file that only you can read (0600). Options and
    BILL_... variables answer questions beforehand; .env does not. A profile of another user, organization or
    environment is replaced after a question only, or with --yes.
    """
    at = context()
    name = at.options.get("profile") or os.environ.get(PROFILE) or profiles.DEFAULT
    path = profiles.path_of(name)
    given = _wanted(sandbox=sandbox)
    if password_stdin:
        given = _with(given, _from_stdin(given))
    elif not can_ask():
        _refuse_gaps(given, ASKED)
    else:
        _say_where(given)
    for setting in ASKED:
        if not given.values.get(setting):
            given = _with(given, {setting: asked(WORDS[setting], is_secret=setting in SECRET)})
    at.place = "what was given"
    names = _organizations(given)
    given = _with(given, {"organization_id": _organization(given, names)})
    if not yes:
        _ask_to_replace(name, given)
    at.client(given=given, is_fresh=True).session_id()
    kept = _device(name, given) | given.variables
    mine = str(given.values["organization_id"])
    if names.get(mine):
        kept[profiles.ORGANIZATION_NAME] = names[mine]
    profiles.store(name, kept)
    say(f"logged in as {given.values['username']} to {_named(mine, names.get(mine, ''))}, {given.environment}")
    say(f"profile `{name}` is in {path}")
    _say_what_counts(name)


def _ask_to_replace(name: str, given: Given) -> None:
    """Go on only after a yes where a profile of this name is another connection.

    Raises:
        DeclinedError: The answer is no.
        click.UsageError: Nobody can be asked.
    """
    if name not in profiles.names():
        return
    with contextlib.suppress(WrongProfileError):
        before = of_profile(name)
        if _is_same_login(before, given):
            return
        told = f"profile `{name}` is {before.values.get('username')} at {before.who}"
        check_can_ask(f"{told}: give --yes to replace it, or --profile another name")
        confirm(f"{told[0].upper()}{told[1:]}. Replace it?")


def _is_same_login(one: Given, other: Given) -> bool:
    """True for the same user in the same organization and environment."""
    same = all(one.values.get(each) == other.values.get(each) for each in ("username", "organization_id"))
    return same and one.environment == other.environment


def _wanted(*, sandbox: bool) -> Given:
    """The settings of options and variables; a choice on the command line counts more than a variable."""
    options = {name: text for name, text in context().options.items() if name != "profile"}
    if options.get("session_id"):
        raise click.UsageError("--session-id: a session ends; a profile keeps what begins new ones")
    if "env_file" in options:
        raise click.UsageError("--env-file: give options or variables, or answer the questions")
    given = dataclasses.replace(of_variables(options, os.environ), session_id=None)
    if not sandbox:
        return given
    if options.get("api_url") or options.get("use_production_url"):
        raise click.UsageError("--sandbox: --api-url and --use-production-url say another place")
    return _with(given, {"api_url": None, "use_production_url": False})


def _with(given: Given, more: Mapping[str, Any]) -> Given:
    values = {name: value for name, value in {**given.values, **more}.items() if value is not None}
    return dataclasses.replace(given, values=values)


def _from_stdin(given: Given) -> dict[str, str]:
    """The secrets of stdin, each a line."""
    lines = [sys.stdin.readline().rstrip("\r\n") for _ in range(2)]
    found = {"password": lines[0]}
    if not given.values.get("developer_key"):
        found["developer_key"] = lines[1]
    _refuse_gaps(_with(given, found), ASKED)
    return found


def _refuse_gaps(given: Given, names: Collection[str]) -> None:
    missing = [name for name in names if not given.values.get(name)]
    if missing:
        variables = ", ".join(CONNECTION_VARIABLES[name] for name in missing)
        raise unasked(f"give {variables} as variables, or --username and --password-stdin", ", ".join(missing))


def _say_where(given: Given) -> None:
    say(f"BILL {given.environment}; a developer key is in BILL's settings, of production and sandbox each its own")


def _organizations(given: Given) -> dict[str, str]:
    """Name by id of the organizations that the user may enter; none where BILL does not list them.

    Raises:
        CredentialsError: BILL does not know this user or key.
    """
    client = context().client(connection=given.connection(without=("organization_id",)), given=given)
    try:
        return client.organizations()
    except CredentialsError:
        raise
    except BillError as error:
        say(f"the organizations cannot be listed: {error}")
        return {}


def _organization(given: Given, names: Mapping[str, str]) -> str:
    """The organization that is meant."""
    if mine := given.values.get("organization_id"):
        return str(mine)
    ids = sorted(names, key=lambda each: (names[each].casefold(), each))
    if len(ids) == 1:
        return ids[0]
    known = {each: _named(each, names[each]) for each in ids}
    there = f": {'; '.join(known.values())}" if known else ""
    check_can_ask(f"give --organization-id{there}", "the organization")
    return picked("Organization", known) if known else asked(WORDS["organization_id"])


def _named(organization_id: str, name: str) -> str:
    return f"{name} ({organization_id})" if name else organization_id


def _device(name: str, given: Given) -> dict[str, str]:
    """The MFA device of an earlier profile of this name, if that was of the same user and organization, there."""
    if name not in profiles.names() or given.values.get("mfa_id"):
        return {}
    with contextlib.suppress(SettingsError):
        before = of_profile(name)
        if _is_same_login(before, given):
            own = {each: before.values[each] for each in ("mfa_id", "device_id") if before.values.get(each)}
            until = {TRUSTED_UNTIL: before.trusted_until} if before.trusted_until else {}
            return {CONNECTION_VARIABLES[each]: str(value) for each, value in own.items()} | until
    return {}


def _say_what_counts(name: str) -> None:
    """A word where another place would count before the profile that was just kept."""
    with contextlib.suppress(SettingsError):
        found = gather({}, os.environ)
        if found.profile == name:
            return
        if found.place:
            say(f"here the settings of {found.place} count without it: --profile {name}, or BILL_PROFILE={name}")
            return
    say(f"use it with --profile {name}, or BILL_PROFILE={name}")


@command("logout", epilog=LOGOUT_EXAMPLES)
def logout_command() -> None:
    """End the session at BILL, drop it here, and remove the profile.

    Variables and .env are yours: they stay, and it is said where they are. Nobody logs in only to log out.
    """
    at = context()
    try:
        given = at.given()
    except WrongProfileError as error:
        profiles.remove(error.name)
        say(error.message)
        say(f"profile `{error.name}` is removed; a session that it had ends by itself in 35 idle minutes")
        return
    kept = None
    # What is wrong with a profile does not keep it from being removed.
    with contextlib.nullcontext() if given.session_id else contextlib.suppress(SettingsError):
        kept = _end_session(given)
    if given.profile:
        profiles.remove(given.profile)
        say(f"profile `{given.profile}` is removed")
    elif given.place:
        say(f"the settings from {given.place} stay")
    elif not kept:
        raise click.UsageError("nobody is logged in here: no profile, no settings")


def _end_session(given: Given) -> bool:
    """End the session that was given and the one that is kept: True if there was one."""
    connection = given.connection()
    file = SessionFile(connection)
    found = file.found()
    session_ids = dict.fromkeys(filter(None, (given.session_id, found.session_id if found else None)))
    if not session_ids:
        say("no session is kept")
    for session_id in session_ids:
        try:
            context().client(given=given, session_id=session_id, attempts_max=1).raw("/Logout.json", repeatable=True)
            say("the session is ended")
        except BillError as error:
            is_over = error.code == "BDC_1109"
            untold = f"BILL was not told, the session ends by itself in 35 idle minutes: {error}"
            say("the session was over already" if is_over else untold)
        file.drop(session_id)
    return bool(session_ids)


@command("whoami")
@output_option
def whoami_command(output: str | None) -> None:
    """The user, organization and environment that calls go to from here, and where the settings come from."""
    at = context()
    given = at.given()
    connection = given.connection()
    client = at.client(given=given)
    told = client.raw("/GetSessionInfo.json", repeatable=True)
    if not isinstance(told, dict) or not isinstance(told.get("organizationId"), str):
        raise UnexpectedReplyError("no organizationId", operation="/GetSessionInfo.json")
    mine = told["organizationId"]
    session = _kept(given, connection)
    result = {
        "user": connection.username or None,
        "userId": told.get("userId"),
        "organization": _name_of(given, connection, mine) or None,
        "organizationId": mine,
        "environment": given.environment,
        "apiUrl": connection.url,
        "settings": ", ".join(filter(None, [given.place, "a session that was given" if given.session_id else ""])),
        "sessionAgeMinutes": session and int((datetime.now(UTC) - session.begun).total_seconds() // 60),
    }

    def table() -> None:
        for name, value in result.items():
            write_text(f"{name:<18}{'' if value is None else visible(str(value))}\n")

    write_object(result, list(result), output, table)


def _kept(given: Given, connection: Connection) -> KeptSession | None:
    """The session that is used from here, if it is kept."""
    if given.session_id or not given.keeps_session:
        return None
    return SessionFile(connection).found()


def _name_of(given: Given, connection: Connection, organization_id: str) -> str:
    """The name of an organization: as the profile has it, or as BILL lists it; empty if neither tells."""
    if given.organization_name and organization_id == connection.organization_id:
        return given.organization_name
    if not connection.username:
        return ""
    try:
        return context().client(given=given, attempts_max=1).organizations().get(organization_id, "")
    except BillError:
        return ""


@command("profiles")
@output_option
def profiles_command(output: str | None) -> None:
    """List the profiles that `bill login` has kept."""
    names = ("profile", "environment", "username", "organization", "organizationId")
    rows = [_row(each) for each in profiles.names()]
    write_plain(rows, names, output)
    if not rows:
        say("there is no profile yet: bill login")


def _row(name: str) -> dict[str, Any]:
    """A profile without its secrets; one that cannot be read has its name alone."""
    try:
        found = of_profile(name)
    except SettingsError as error:
        return {"profile": name, "environment": error.message}
    return {
        "profile": name,
        "environment": found.environment,
        "username": found.values.get("username"),
        "organization": found.organization_name or None,
        "organizationId": found.values.get("organization_id"),
    }
