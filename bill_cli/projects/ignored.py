"""Files that git leaves out, by git itself where it is there, otherwise by its rules for `.gitignore`."""

from __future__ import annotations

import re
import shutil
import subprocess
from types import MappingProxyType
from typing import TYPE_CHECKING

from bill_program.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

IGNORED = ".gitignore"
IGNORE: Mapping[str, str] = MappingProxyType(
    {
        ".env": ".env",
        ".bill/": ".bill/ledger.sqlite3",
        ".meltano/": ".meltano/meltano.db",
        "*.duckdb": "warehouse.duckdb",
        "*.duckdb.wal": "warehouse.duckdb.wal",
        "states.jsonl": "states.jsonl",
        "plan.*": "plan.json",
    }
)
"""The lines of our list for git: secrets, and what the programs write; and a file that each leaves out."""

TIMEOUT_S = 60


def lacking(folder: Path) -> list[str]:
    """The lines of ours whose files git would take in from a folder that has a list of its own.

    Raises:
        SettingsError: The list cannot be read.
    """
    left_out = _by_git(folder, IGNORE.values())
    if left_out is None:
        left_out = _by_rules(folder, IGNORE.values())
    return [line for line, path in IGNORE.items() if path not in left_out]


def _by_git(folder: Path, paths: Iterable[str]) -> set[str] | None:
    """The files that git leaves out; None where there is no git, or no repository."""
    git = shutil.which("git")
    if git is None:
        return None
    try:
        asked = subprocess.run(  # noqa: S603  git itself
            [git, "check-ignore", "-z", "--stdin"],
            cwd=folder,
            input="".join(f"{each}\0" for each in paths),
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return {*asked.stdout.split("\0")} - {""} if asked.returncode in {0, 1} else None


def _by_rules(folder: Path, paths: Iterable[str]) -> set[str]:
    try:
        rules = (folder / IGNORED).read_text("utf-8-sig", errors="surrogateescape")
    except (FileNotFoundError, IsADirectoryError):  # a folder, or a link to nothing
        return set()
    except OSError as error:
        raise SettingsError(f"{folder / IGNORED} cannot be read: {error.strerror}") from None
    return {each for each in paths if is_ignored(rules, each)}


def is_ignored(rules: str, path: str) -> bool:
    """True for a file that a `.gitignore` beside it leaves out: by its own name, or with a folder that it is in.

    The last rule that fits counts; what is in a folder that is left out cannot be taken in again.
    """
    parsed = [each for line in rules.split("\n") if (each := _rule(line.removesuffix("\r")))]
    parts = path.split("/")
    for depth in range(1, len(parts) + 1):
        here = "/".join(parts[:depth])
        fitting = [rule for rule in parsed if rule.fits(here, is_folder=depth < len(parts))]
        if fitting and not fitting[-1].is_negated:
            return True
    return False


class _Rule:
    def __init__(self, pattern: str, *, is_negated: bool) -> None:
        self.is_negated = is_negated
        self._is_of_folders = pattern.endswith("/")
        pattern = pattern.removesuffix("/")
        self._is_of_names = "/" not in pattern
        self._pattern = re.compile(_expression(pattern.removeprefix("/")), re.DOTALL)

    def fits(self, path: str, *, is_folder: bool) -> bool:
        if self._is_of_folders and not is_folder:
            return False
        return bool(self._pattern.fullmatch(path.rpartition("/")[2] if self._is_of_names else path))


def _rule(line: str) -> _Rule | None:
    """The rule of a line; None for a comment, a blank one and one that fits nothing."""
    if line.startswith("#"):
        return None
    text = re.sub(r"(?<!\\)((?:\\\\)*) +$", r"\1", line)  # a backslash keeps a blank at the end
    is_negated = text.startswith("!")
    pattern = text.removeprefix("!")
    if not pattern.removesuffix("/"):
        return None
    try:
        return _Rule(pattern, is_negated=is_negated)
    except re.error:
        return None


_PARTS = re.compile(
    r"(?P<front>^\*\*/)|(?P<middle>/\*\*(?=/))|(?P<end>/\*\*$)|(?P<star>\*+)|(?P<any>\?)|(?P<set>\[[!^]?\]?[^\]]*\])"
    r"|\\(?P<kept>.)|(?P<broken>[\\\[])|(?P<plain>.)",
    re.DOTALL,
)


def _expression(pattern: str) -> str:
    """A pattern of git as a regular expression of Python."""
    made = {"front": "(?:.*/)?", "middle": "(?:/.*)?", "end": "/.+", "star": "[^/]*", "any": "[^/]", "broken": "(?!)"}
    found = ""
    for part in _PARTS.finditer(pattern):
        kind, text = str(part.lastgroup), part[0]
        if kind == "set":
            inner = re.sub(r"([\[&~|])", r"\\\1", text[1:-1].replace("!", "^", 1) if text[1] == "!" else text[1:-1])
            found += f"(?!/)[{inner}]"
        else:
            found += made.get(kind) or re.escape(part["kept"] or text)
    return found
