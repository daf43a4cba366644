"""Endings of `bill`: a message for people instead of a traceback, and the code that its error leads to."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, NoReturn

import click

from bill_api.errors import CredentialsError, HourlyLimitError, UntrustedSessionError
from bill_api.wire.dry_run import WouldSend
from bill_api.wire.limits import seconds_to_next_hour
from bill_cli.command import CommandContext
from bill_cli.showing.output import write_document
from bill_program.ending import tell_usage
from bill_program.errors import ConnectorError
from bill_program.exit_codes import ExitCode
from bill_program.start import STDIN, end_with_traceback, forget_output, why_lost
from bill_values.visible import LINE_END, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class DeclinedError(click.Abort):
    """A person has said no to a question."""


class UnreadError(Exception):
    """The program that read the results has gone."""


ELSEWHERE: Mapping[str, str] = MappingProxyType(
    {
        "--limit": "--max",
        "--page-size": "--max",
        "-L": "--max",
        "--offset": "--start",
        "--where": "--filter",
        "--search": "--filter 'FIELD ~ TEXT'",
        "-S": "--filter 'FIELD ~ TEXT'",
        "--query": "--filter",
        "--format": "--output",
        "-o": "--output",
        "--jq": "--output json | jq",
        "-q": "--output json | jq",
        "--fields": "--columns",
        "--order-by": "--sort",
        "--confirm": "--yes",
        "-y": "--yes",
        "--live": "--profile",
        "-d": "--set",
        "--data": "--set",
        "--state": "--open, --overdue or --filter",
    }
)
"""Options of other programs -> ours."""


def say(text: str) -> None:
    """A word for people, on stderr."""
    for line in text.split(LINE_END):
        click.echo(f"bill: {visible(line)}", err=True)


@contextmanager
def ended() -> Iterator[CommandContext]:
    """End the process with a message and a code, whatever a command runs into.

    Yields:
        The tools for the command, which know if it has sent something that may have changed BILL.
    """
    at = CommandContext()
    try:
        try:
            with _remarked(at):
                yield at
        except WouldSend as dry:
            write_document(dry.request)
            sys.stdout.flush()
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.ClickException as error:
        _misused(error)
    except ConnectorError as error:
        explain(error, at.place)
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt) as stop:
        _stopped(at, stop)
    except UnreadError:
        forget_output()
        sys.exit(ExitCode.UNREAD)
    except UnicodeEncodeError as error:
        say(f"a text that cannot be encoded as {error.encoding}: {error.object[error.start : error.end]!a}")
        sys.exit(ExitCode.PARTLY if at.sent else ExitCode.USAGE)
    except OSError as error:
        _lost(error, at)
    except Exception as error:  # noqa: BLE001  a bug
        end_with_traceback(error)


@contextmanager
def _remarked(at: CommandContext) -> Iterator[None]:
    """Tell at the end what there is to say of the settings, however the command ends."""
    try:
        yield
    finally:
        for remark in at.remarks:
            say(remark)


def _misused(error: click.ClickException) -> NoReturn:
    """End for a command line that is wrong."""
    tell_usage(error)
    if isinstance(error, click.NoSuchOption) and (not error.possibilities or error.option_name in ELSEWHERE):
        instead = ELSEWHERE.get(error.option_name)
        say(f"that is {instead} here" if instead else "a name or text that begins with a hyphen stands behind `--`")
    sys.exit(ExitCode.USAGE)


def _stopped(at: CommandContext, stop: BaseException) -> NoReturn:
    """End for Ctrl-C, SIGTERM or a no: the code says if the command can simply be given again."""
    if at.sent:
        say("stopped; nobody knows what came of what was sent. Look before you send it again")
        sys.exit(ExitCode.PARTLY)
    say("nothing was changed" if isinstance(stop, DeclinedError) else "stopped")
    sys.exit(ExitCode.INTERRUPTED)


def _lost(error: OSError, at: CommandContext) -> NoReturn:
    """End for a stream that cannot be read or written."""
    if error.errno is None:  # what goes wrong on the network is an error of ours by now
        end_with_traceback(error)
    if error.filename == STDIN:
        say(f"stdin cannot be read: {why_lost(error)}; give a file, or something to read from")
        sys.exit(ExitCode.USAGE)
    say(f"the result cannot be written: {why_lost(error)}")
    forget_output()
    sys.exit(ExitCode.PARTLY if at.sent else ExitCode.REFUSED)  # what it is the result of may have been done


def explain(error: ConnectorError, place: str = "") -> None:
    """The message of an error, with the option or command of `bill` that helps.

    Args:
        error: What was raised.
        place: Where the settings come from; empty if they are not known.
    """
    say(str(error))
    if place and isinstance(error, CredentialsError):
        say(f"The settings come from {place}.")
    if isinstance(error, HourlyLimitError):
        minutes = int(seconds_to_next_hour(time.time()) // 60) + 1
        say(f"The hour's calls are used up; there are new ones in {minutes} min. --wait waits for them.")
    if isinstance(error, UntrustedSessionError):
        say("`bill mfa authenticate --save` makes this computer trusted for 30 days.")
