"""Parts that every command has: the connection options, the format of its results, its client."""

from __future__ import annotations

import logging
import os
from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from bill_api.connection import CONNECTION_SETTINGS
from bill_cli.connecting import profiles
from bill_cli.connecting.settings import Given, gather
from bill_program.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from bill_api.client import BillClient
    from bill_api.connection import Connection
    from bill_cli.connecting.kept_sessions import SessionFile

WIDTH = 110
OPTIONS_HINT = "Connection options stand before or behind the command: bill --help."


class CommandContext:
    """The tools that a command works with.

    Attributes:
        options: Connection options that were given.
        waits: Wait for the next hour when BILL has no calls left.
        raw_cells: Write the cells of a CSV as they are, also those that a spreadsheet computes or changes.
        sent: Calls that have left and that may have changed something: after one the exit code is another.
        place: Where the settings come from, once they are known: a message about them tells it.
        remarks: What a person is told of them at the end.
    """

    def __init__(self) -> None:
        self.options: dict[str, str] = {}
        self.waits = False
        self.raw_cells = False
        self.sent = 0
        self.place = ""
        self._is_checked = False
        self.remarks: set[str] = set()

    def given(self) -> Given:
        """The connection settings and where they come from."""
        found = gather(self.options, os.environ)
        self.place = found.place
        if found.profile and profiles.is_open_to_others(found.profile):
            path = profiles.path_of(found.profile)
            self.remarks.add(
                f"others on this computer may read or change the passwords in {path}: chmod 600 {quote(str(path))}"
            )
        return found

    def client(
        self,
        *,
        dry_run: bool = False,
        connection: Connection | None = None,
        session_id: str | None = None,
        attempts_max: int | None = None,
        given: Given | None = None,
        is_fresh: bool = False,
    ) -> BillClient:
        """A client with these settings.

        Args:
            dry_run: It shows what it would send.
            connection: In place of the one that was given.
            session_id: In place of the one that was given.
            attempts_max: In place of the usual number.
            given: In place of the settings that were given.
            is_fresh: It logs in anew, whatever session is kept.
        """
        # Here, because HTTP takes longer to load than everything else, and help and completion do without.
        from bill_api.client import BillClient  # noqa: PLC0415
        from bill_api.wire.calls import Patience  # noqa: PLC0415
        from bill_api.wire.dry_run import DryRunCaller  # noqa: PLC0415

        given = given or self.given()
        connection = connection or given.connection()
        usual = Patience(waits_for_the_hour=self.waits)
        client = BillClient(
            connection,
            patience=usual
            if attempts_max is None
            else Patience(attempts_max=attempts_max, connection_attempts_max=attempts_max, waits_for_the_hour=False),
            session_id=(used := session_id or given.session_id),
            keeper=self._keeper(given, connection, is_fresh=is_fresh) if not (used or dry_run) else None,
            dry_run=DryRunCaller(connection.url) if dry_run else None,
        ).telling(self._leaves)
        if given.session_id and not (session_id or dry_run):
            self._check_organization(client, given)
        return client

    def _check_organization(self, client: BillClient, given: Given) -> None:
        """Look that a session that was given is of the organization that the settings say; a call goes by the session.

        Raises:
            SettingsError: It is of another one.
        """
        meant = given.values.get("organization_id")
        if not meant or self._is_checked:
            return
        told = client.raw("/GetSessionInfo.json", repeatable=True)
        is_of = told.get("organizationId") if isinstance(told, dict) else None
        if isinstance(is_of, str) and is_of != meant:
            raise SettingsError(
                f"the session that was given is of organization {is_of}, and the settings say {meant}: give one of them"
            )
        self._is_checked = True

    def _keeper(self, given: Given, connection: Connection, *, is_fresh: bool) -> SessionFile | None:
        from bill_cli.connecting.kept_sessions import SessionFile  # noqa: PLC0415  only what calls BILL needs it

        return SessionFile(connection, is_fresh=is_fresh) if given.keeps_session else None

    def _leaves(self) -> None:
        self.sent += 1


def context() -> CommandContext:
    """The context of the command that is running."""
    found = click.get_current_context().find_root().ensure_object(CommandContext)
    assert isinstance(found, CommandContext)  # noqa: S101  for the type checker
    return found


def _keep(ctx: click.Context, option: click.Parameter, value: str | None) -> None:
    """Keep an option of the connection.

    Raises:
        click.BadParameter: It is empty, as a variable of a script that was not set leaves it; what would count in its
            place may be another organization.
    """
    if value is not None and not value.strip():
        raise click.BadParameter("it is empty; give a value, or leave the option out", ctx, option)
    if value is not None and option.name is not None:
        ctx.find_root().ensure_object(CommandContext).options[option.name] = value


def _wait(ctx: click.Context, _option: click.Parameter, value: bool) -> None:
    if value:
        ctx.find_root().ensure_object(CommandContext).waits = True


def _keep_raw(ctx: click.Context, _option: click.Parameter, value: bool) -> None:
    if value:
        ctx.find_root().ensure_object(CommandContext).raw_cells = True


def _talk(_ctx: click.Context, _option: click.Parameter, value: bool) -> None:
    if value:
        for package in ("bill_api", "bill_cli"):
            logging.getLogger(package).setLevel(logging.DEBUG)


def _profiles_like(_ctx: click.Context, _option: click.Parameter, begun: str) -> list[str]:
    """Names of profiles, for completion."""
    return [each for each in profiles.names() if each.startswith(begun)]


def connection_options(*, hidden: bool) -> list[click.Parameter]:
    """An option for each connection setting, and for where the rest is found.

    Args:
        hidden: Not shown in the help.
    """
    common: dict[str, Any] = {"expose_value": False, "hidden": hidden}
    options: list[click.Parameter] = []
    for setting in CONNECTION_SETTINGS:
        secret = " Others see options in the list of processes: prefer a variable or .env." if setting.secret else ""
        options.append(
            click.Option(
                [f"--{setting.name.replace('_', '-')}"],
                callback=_keep,
                help=f"{setting.description}{secret}",
                metavar={"boolean": "true|false", "integer": "N"}.get(setting.kind, "TEXT"),
                **common,
            )
        )
    return [
        *options,
        click.Option(
            ["--profile"],
            callback=_keep,
            help="Use the connection of this name, see `bill login`; variables and .env do not count then.",
            metavar="NAME",
            shell_complete=_profiles_like,
            **common,
        ),
        click.Option(
            ["--keep-session"],
            callback=_keep,
            help="false: log in for this call, and keep no session on this computer.",
            metavar="true|false",
            **common,
        ),
        click.Option(["--session-id"], callback=_keep, help="Use this session, see `bill mfa challenge`.", **common),
        click.Option(["--env-file"], callback=_keep, help="Read variables from this file in place of .env.", **common),
        click.Option(
            ["--wait"], is_flag=True, callback=_wait, help="Wait when the hour's calls are used up.", **common
        ),
        click.Option(
            ["--raw-cells"],
            is_flag=True,
            callback=_keep_raw,
            help="Write cells of a CSV as they are; otherwise texts that a spreadsheet computes or changes get a '.",
            **common,
        ),
        click.Option(["--verbose"], is_flag=True, callback=_talk, help="Tell each call on stderr.", **common),
    ]


class BillCommand(click.Command):
    """A command that takes the connection options too, without a word of them in its help."""

    def __init__(self, *arguments: Any, **traits: Any) -> None:
        traits.setdefault("epilog", OPTIONS_HINT)
        super().__init__(*arguments, **traits)
        self.params = [*self.params, *connection_options(hidden=True)]


def command(name: str, **traits: Any) -> Callable[[Callable[..., Any]], BillCommand]:
    """Declare a command of `bill`."""
    return click.command(name, cls=BillCommand, **traits)


FORMATS = ("table", "json", "jsonl", "csv")

output_option = click.option(
    "--output",
    "output",
    type=click.Choice(FORMATS),
    help="Format of the results: a table on a terminal, otherwise json.",
)
dry_run_option = click.option(
    "--dry-run", is_flag=True, help="Show the request, with secrets hidden, and send nothing."
)
yes_option = click.option("--yes", is_flag=True, help="Do not ask.")
