"""A command run once for each of many cases."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from programs import run_program

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Ended:
    """A process that has ended."""

    code: int
    out: bytes
    err: str


def run_all(
    package: str, folder: Path, inputs: Mapping[str, bytes], *arguments: str, files: Mapping[str, str]
) -> dict[str, Ended]:
    """Run a command once for each input, one after the other.

    Args:
        package: What is run.
        folder: Gets a folder for each case.
        inputs: What each process reads from its stdin.
        arguments: Of the command line.
        files: By name, what is in each process's working directory.
    """
    return run_cases(package, folder, {name: (given, arguments) for name, given in inputs.items()}, files=files)


def run_cases(
    package: str, folder: Path, cases: Mapping[str, tuple[bytes, tuple[str, ...]]], *, files: Mapping[str, str]
) -> dict[str, Ended]:
    """The same where each case has arguments of its own."""
    env = {**os.environ, "NO_COLOR": "1", "COLUMNS": "160"}
    ended = {}
    for number, (name, (given, arguments)) in enumerate(cases.items()):
        own = folder / str(number)
        own.mkdir()
        for path, content in files.items():
            (own / path).write_text(content)
        done = run_program(package, arguments, cwd=own, env=env, stdin=given)
        ended[name] = Ended(done.returncode, done.stdout, done.stderr.decode(errors="replace"))
    return ended
