"""Exit codes of all our commands: one table, by which a scheduler knows whether, and when, to run a command again."""

from __future__ import annotations

from enum import IntEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class ExitCode(IntEnum):
    """The end of a command."""

    DONE = 0
    REFUSED = 1
    USAGE = 2
    CONNECTION = 3
    PARTLY = 4
    CREDENTIALS = 5
    LIMIT = 6
    TAKEN = 7
    BUG = 70
    """As sysexits.h says of an error in the program itself."""
    INTERRUPTED = 130
    """As a shell says of Ctrl-C."""
    UNREAD = 141
    """As a shell says of SIGPIPE."""


class Meaning(NamedTuple):
    """Meaning of a code.

    Attributes:
        ended: The end of the command.
        next_step: The answer of an orchestrator to it.
        commands: Those that can end so.
    """

    ended: str
    next_step: str
    commands: tuple[str, ...]


_CALLERS = ("tap-bill", "target-bill", "bill")
"""The commands that call BILL."""

COMMANDS = (*_CALLERS, "tap-bill-csv", "target-duckdb", "bill-report", "bill-simulator")

MEANING: Mapping[ExitCode, Meaning] = MappingProxyType(
    {
        ExitCode.DONE: Meaning("done", "go on", COMMANDS),
        ExitCode.REFUSED: Meaning(
            "refused: by BILL; more rejects than `max_rejects`, or a limit of the run reached; an input, another file "
            "or an output that cannot be used (not as it should be, a full disk, a receiving program that has ended)",
            "never by itself: mend what the message names first",
            COMMANDS,
        ),
        ExitCode.USAGE: Meaning(
            "wrong usage: options, settings, a file of `--config`, `--catalog` or `--state` that is missing, cut off "
            "or something else, a file that a setting names and that is not there, a stdin that is closed, a library "
            "that is not installed, a question that could not be asked; nothing was sent",
            "never by itself: mend the settings first",
            COMMANDS,
        ),
        ExitCode.CONNECTION: Meaning(
            "BILL cannot be reached, or does not answer as it should, after the attempts of the command itself",
            "again, in some minutes and then at growing intervals",
            _CALLERS,
        ),
        ExitCode.PARTLY: Meaning(
            "done in part, or it is not known whether it was done: the message says what to look at",
            "look first; `target-bill` may be run again later, and looks by itself before it writes",
            ("target-bill", "bill"),
        ),
        ExitCode.CREDENTIALS: Meaning(
            "BILL does not let us in: user, password, developer key, organization or remembered device",
            "never by itself: logins are locked by trying; mend them first",
            _CALLERS,
        ),
        ExitCode.LIMIT: Meaning(
            "a limit of BILL is reached: the calls or logins of the hour, or the calls at once",
            "again, after the full hour",
            _CALLERS,
        ),
        ExitCode.TAKEN: Meaning(
            "another run holds what this one needs: the organization, the ledger, the DuckDB file, the port",
            "again, when the other run has ended; `ledger_wait_s` lets `target-bill` wait by itself",
            ("target-bill", "target-duckdb", "bill-report", "bill-simulator"),
        ),
        ExitCode.BUG: Meaning(
            "a bug in the program, with its traceback", "never by itself: report it, with the traceback", COMMANDS
        ),
        ExitCode.INTERRUPTED: Meaning(
            "Ctrl-C, SIGTERM, or a no to a question; what was under way is brought to an end, or told, first. `bill` "
            "ends so only where it has changed nothing",
            "again, whenever that is wanted",
            COMMANDS,
        ),
        ExitCode.UNREAD: Meaning("the program that read the results has gone", "as that program wanted", ("bill",)),
    }
)
"""Every exit code, and what it says."""

_HARDEST_FIRST = (
    *(ExitCode.BUG, ExitCode.USAGE, ExitCode.CREDENTIALS, ExitCode.REFUSED, ExitCode.PARTLY),
    *(ExitCode.TAKEN, ExitCode.LIMIT, ExitCode.CONNECTION),
)
"""First the failures that a person must mend, then those that go away by themselves, the longest first."""


def hardest(codes: Iterable[ExitCode]) -> ExitCode:
    """The code of several failures in one run: a run again is of no use before that one is over.

    Args:
        codes: Those of the failures, at least one.
    """
    return min(codes, key=_HARDEST_FIRST.index)
