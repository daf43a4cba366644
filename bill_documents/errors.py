"""Errors that stop the tap: a setting or a file that its user has to mend."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from bill_program.errors import ConnectorError
from bill_program.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterable

LISTED_MAX = 60
"""Names that a message lists before it stops."""


class InputError(ConnectorError):
    """The cause is outside this program; the text says where, what was found and what to do."""


class SettingError(InputError):
    """A setting is wrong, or names a file that is not there."""

    exit_code = ExitCode.USAGE

    def __init__(self, setting: str, problem: str) -> None:
        """Name the setting by its path, such as `files[0].columns.invoiceDate`."""
        super().__init__(f"setting `{setting}`: {problem}")


class SourceError(InputError):
    """A file cannot be read as the CSV that it should be."""

    def __init__(self, path: str, problem: str, row: int | None = None) -> None:
        """Name the file and, where there is one, the row as an editor counts it."""
        super().__init__(f"{path}, row {row}: {problem}" if row else f"{path}: {problem}")


def instead(given: str, allowed: Iterable[str], *, full: bool = False) -> str:
    """The end of a message about an unknown name: near misses, and what is allowed if there are none (or `full`)."""
    names = list(allowed)
    by_fold = {name.casefold(): name for name in names}
    near = [by_fold[fold] for fold in get_close_matches(given.casefold(), by_fold, n=3)]
    said = [f"did you mean {' or '.join(map(quoted, near))}?"] if near else []
    if full or not near:
        more = f", and {len(names) - LISTED_MAX} more" if len(names) > LISTED_MAX else ""
        said.append(f"there is: {', '.join(map(quoted, names[:LISTED_MAX]))}{more}")
    return "; ".join(said)


def quoted(text: object) -> str:
    """The text between double quotes, on one line."""
    return '"' + str(text).replace("\n", "\\n") + '"'
