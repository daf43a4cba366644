"""The ending of a command: a message for people where something is wrong, its code, and no traceback but of a bug."""

from __future__ import annotations

import io
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import click

from bill_program.errors import ConnectorError, Interrupted
from bill_program.exit_codes import ExitCode
from bill_program.options import with_version
from bill_program.start import end_with_traceback, forget_output, why_lost
from bill_values.visible import LINE_END, log_visibly, visible, visible_lines

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(program: str, command: click.Command) -> NoReturn:
    """Run a command to its end, and end the process.

    Args:
        program: The name that stands before each line.
        command: The command.
    """
    with plain_ending(program):
        sys.exit(with_version(program, command).main(prog_name=program, standalone_mode=False))


@contextmanager
def plain_ending(program: str) -> Iterator[None]:
    """Turn errors into a message for people and an exit code.

    Args:
        program: The name that stands before each line.
    """
    log_visibly()
    try:
        with _written_out():
            yield
    except click.ClickException as error:
        tell_usage(error)
        sys.exit(ExitCode.USAGE)
    except ConnectorError as error:
        for line in str(error).split(LINE_END):
            sys.stderr.write(f"{program}: {visible(line)}\n")
        sys.exit(error.exit_code)
    except Interrupted as stop:
        sys.stderr.write(f"{program}: {stop}\n")
        sys.exit(ExitCode.INTERRUPTED)
    except (click.Abort, KeyboardInterrupt):
        sys.stderr.write(f"{program}: stopped\n")
        sys.exit(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        # The program that reads us has gone; it says why.
        forget_output()
        sys.stderr.write(f"{program}: the receiving program ended early\n")
        sys.exit(ExitCode.REFUSED)
    except OSError as error:
        if error.errno is None:  # what goes wrong on the network is an error of ours by now
            end_with_traceback(error)
        forget_output()
        sys.stderr.write(f"{program}: {_place(error)} ({why_lost(error)})\n")
        sys.exit(ExitCode.REFUSED)
    except Exception as error:  # noqa: BLE001  no error of ours: a bug, which is told in full
        end_with_traceback(error)


def tell_usage(error: click.ClickException) -> None:
    """Say what is wrong with a command line: what was given on it is data."""
    said = io.StringIO()
    error.show(said)
    click.echo(visible_lines(said.getvalue()), err=True, nl=False)


@contextmanager
def _written_out() -> Iterator[None]:
    """Write what is buffered for stdout while it can still be told that it is lost."""
    try:
        yield
    except BaseException as end:
        try:
            sys.stdout.flush()
        except OSError:
            if isinstance(end, SystemExit) and not end.code:
                raise
            forget_output()  # what went wrong is, or has been, told
        raise
    sys.stdout.flush()


def _place(error: OSError) -> str:
    """The place of an error of the system; what a file of ours runs into names the file."""
    if error.filename is None:
        return "the output cannot be written"
    return f"{visible(str(error.filename))} cannot be read or written"
