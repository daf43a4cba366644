"""The commands of `bill`. Each is loaded when it is called, so that help and completion are there at once."""

from __future__ import annotations

import logging
import sys
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import click

from bill_cli.command import WIDTH, connection_options
from bill_cli.ending import UnreadError
from bill_program.options import version_option
from bill_program.settings import near_name
from bill_values.visible import log_visibly

if TYPE_CHECKING:
    from collections.abc import Mapping

COMMANDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "init": ("init", "Write a project from a few questions, and prove that it works."),
        "login": ("sessions", "Keep a connection under a name: asks, checks, and stores it."),
        "logout": ("sessions", "End the session at BILL, and remove the profile."),
        "whoami": ("sessions", "The user, organization and environment that calls go to."),
        "profiles": ("sessions", "List the connections that are kept."),
        "doctor": ("doctor", "Check the connection settings one by one, and name the wrong one."),
        "list": ("listing", "List objects, filtered and sorted."),
        "fields": ("fields", "Explain the fields of an entity and their codes."),
        "get": ("objects", "Show one object with its lines, or several."),
        "create": ("objects", "Create one object."),
        "update": ("objects", "Change one object."),
        "edit": ("edit", "Change one object in an editor, and see what changes."),
        "delete": ("objects", "Delete one object; BILL keeps it as inactive."),
        "undelete": ("objects", "Make a deleted object active again."),
        "bulk": ("bulk", "Create, update, delete or undelete the objects of a file, 100 per call."),
        "documents": ("documents", "List, download and attach the files of an object."),
        "send": ("send", "Send an invoice by mail."),
        "approve": ("approvals", "Approve a bill or vendor credit; always asks."),
        "deny": ("approvals", "Deny a bill or vendor credit; always asks."),
        "note": ("notes", "Write a note to an object."),
        "notes": ("notes", "List the notes of an object."),
        "mfa": ("mfa", "2-step verification: make a session or this computer trusted."),
        "raw": ("raw", "Call any path of the API."),
        "limits": ("limits", "Work out the calls of an hour against BILL's limits."),
        "completion": ("completion", "Print what makes a shell complete `bill`."),
    }
)
"""Name of a command -> the module that has it, and what it does in a line."""

ELSEWHERE: Mapping[str, str] = MappingProxyType(
    {
        "ls": "list",
        "search": "list",
        "find": "list",
        "query": "list",
        "show": "get",
        "view": "get",
        "retrieve": "get",
        "read": "get",
        "describe": "fields",
        "add": "create",
        "new": "create",
        "set": "update",
        "rm": "delete",
        "remove": "delete",
        "restore": "undelete",
        "auth": "login",
        "api": "raw",
        "post": "raw",
        "attach": "documents",
        "download": "documents",
    }
)
"""Commands of other programs -> ours."""

EPILOG = """
\b
Examples:
  bill login --sandbox
  bill init books --for warehouse
  bill doctor
  bill list bills --filter 'dueDate < 2026-07-01' --sort -dueDate
  bill create vendor --set name='Northwind Paper'
  bill bulk create bills bills.csv

Settings come from --profile NAME (bill login), or from options, then BILL_... variables, then .env in this folder;
where none of these has any, from the profile `default`. Exit codes: 0 done, 1 BILL refused, 2 usage, 3 connection,
4 done in part or not known, 5 credentials, 6 a limit of BILL, 70 a bug.
"""


class Commands(click.Group):
    """Loads a command when it is asked for."""

    def __init__(self, *arguments: Any, **traits: Any) -> None:
        super().__init__(*arguments, **traits)
        self.params = [*self.params, version_option("bill"), *connection_options(hidden=False)]

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; click itself would end with 1 when nobody reads on."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError as error:
            raise UnreadError from error
        return result

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """In the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  click's signature
        """The command of a name."""
        if cmd_name not in COMMANDS:
            return None
        module, _ = COMMANDS[cmd_name]
        found = getattr(import_module(f"bill_cli.commands.{module}"), f"{cmd_name}_command")
        assert isinstance(found, click.Command)  # noqa: S101  for the type checker
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant; what is not loaded yet is not known to click, which names the near ones."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-") and not ctx.resilient_parsing:
            meant = ELSEWHERE.get(name) or near_name(name, list(COMMANDS))
            ctx.fail(f"No such command {name!r}.{f' Did you mean {meant!r}?' if meant else ''}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  click's signature
        """Their lines, without loading any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=Commands, epilog=EPILOG, context_settings={"max_content_width": WIDTH})
def bill() -> None:
    """Every single action of BILL's API (v2)."""
    log_visibly()
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="bill: %(message)s")
