"""Endings of `bill`: a code for each kind, and a message for people instead of a traceback."""

from __future__ import annotations

import io
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from bill_api.errors import (
    FatalError,
    HourlyLimitError,
    InDoubtError,
    NotCallableError,
    NotOfferedError,
    RetriableError,
    UntrustedSessionError,
)
from bill_api.wire.dry_run import WouldSend
from bill_api.wire.limits import seconds_to_next_hour
from bill_cli.output import write_document
from bill_program.errors import ConnectorError, SettingsError
from bill_program.start import EXIT_INTERRUPTED, STDIN, forget_output, why_lost
from bill_values.visible import LINE_END, visible, visible_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

EXIT_DONE, EXIT_REFUSED, EXIT_USAGE, EXIT_CONNECTION, EXIT_PARTLY = range(5)
EXIT_UNREAD = 141
"""Whoever read the results has gone (as a shell says of SIGPIPE)."""

CODES = {
    EXIT_DONE: "done",
    EXIT_REFUSED: "BILL refused it; nothing was changed",
    EXIT_USAGE: "wrong usage: options, settings, a file, an answer that nobody could be asked for; nothing was sent",
    EXIT_CONNECTION: "BILL cannot be reached, does not let us in, or has no calls left; nothing was changed",
    EXIT_PARTLY: "done in part, or it is not known whether it was done: the message says what to look at",
    EXIT_INTERRUPTED: "Ctrl-C or SIGTERM; what was under way is told first",
    EXIT_UNREAD: "whoever read the results has gone",
}
"""Every exit code and its meaning."""


class UnreadError(Exception):
    """Whoever read the results has gone."""


def code_for(error: ConnectorError) -> int:
    """The exit code that an error leads to."""
    if isinstance(error, SettingsError | NotCallableError) or (
        isinstance(error, NotOfferedError) and error.code is None
    ):
        return EXIT_USAGE
    if isinstance(error, FatalError | RetriableError):
        return EXIT_CONNECTION
    return EXIT_PARTLY if isinstance(error, InDoubtError) else EXIT_REFUSED


def say(text: str) -> None:
    """A word for people, on stderr."""
    for line in text.split(LINE_END):
        click.echo(f"bill: {visible(line)}", err=True)


@contextmanager
def ended() -> Iterator[None]:
    """End the process with a message and a code, whatever a command runs into."""
    try:
        yield
    except WouldSend as dry:
        write_document(dry.request)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.ClickException as error:
        said = io.StringIO()
        error.show(said)
        click.echo(visible_lines(said.getvalue()), err=True, nl=False)
        sys.exit(EXIT_USAGE)
    except ConnectorError as error:
        explain(error)
        sys.exit(code_for(error))
    except (click.Abort, KeyboardInterrupt):
        say("stopped")
        sys.exit(EXIT_INTERRUPTED)
    except UnreadError:
        forget_output()
        sys.exit(EXIT_UNREAD)
    except UnicodeEncodeError as error:
        say(f"a text that cannot be encoded as {error.encoding}: {error.object[error.start : error.end]!a}")
        sys.exit(EXIT_USAGE)
    except OSError as error:
        if error.filename == STDIN:
            say(f"stdin cannot be read: {why_lost(error)}; give a file, or something to read from")
            sys.exit(EXIT_USAGE)
        say(f"the result cannot be written: {why_lost(error)}")
        forget_output()
        sys.exit(EXIT_PARTLY)


def explain(error: ConnectorError) -> None:
    """The message of an error, with the option or command of `bill` that helps."""
    say(str(error))
    if isinstance(error, HourlyLimitError):
        minutes = int(seconds_to_next_hour(time.time()) // 60) + 1
        say(f"The hour's calls are used up; there are new ones in {minutes} min. --wait waits for them.")
    if isinstance(error, UntrustedSessionError):
        say("`bill mfa authenticate --save` makes this computer trusted for 30 days.")
