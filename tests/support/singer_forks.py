"""A command as many real processes, forked from one that has imported it: each case costs milliseconds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CAMPAIGN_S = 600
MODULES = {
    "tap_bill": "tap_bill.tap",
    "tap_bill_csv": "tap_bill_csv.tap",
    "target_bill": "target_bill.target",
    "target_duckdb": "target_duckdb.target",
}

# A child leaves the loop and ends as the command ends, with its own exit code and all that Python says at an exit.
FORKS = """
import json, os, sys
import {module}  # once, and not in each child
from {package}.__main__ import main
codes = {{}}
with open("cases.json") as file:
    folders = json.load(file)
for name, (folder, arguments) in folders.items():
    child = os.fork()
    if child == 0:
        os.chdir(folder)
        sys.argv = ["{package}", *arguments]
        for number, path, flags in ((0, "in", os.O_RDONLY), (1, "out", os.O_WRONLY | os.O_CREAT),
                                    (2, "err", os.O_WRONLY | os.O_CREAT)):
            os.dup2(os.open(path, flags, 0o600), number)
        break
    codes[name] = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
else:
    print(json.dumps(codes))
    sys.exit()
main()
"""


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
    folders = {}
    for number, (name, (given, _)) in enumerate(cases.items()):
        folders[name] = folder / str(number)
        folders[name].mkdir()
        (folders[name] / "in").write_bytes(given)
        for path, content in files.items():
            (folders[name] / path).write_text(content)
    calls = {name: (str(path), cases[name][1]) for name, path in folders.items()}
    (folder / "cases.json").write_text(json.dumps(calls))
    done = subprocess.run(
        [sys.executable, "-c", FORKS.format(package=package, module=MODULES[package])],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=CAMPAIGN_S,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "160"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    codes = json.loads(done.stdout)
    return {
        name: Ended(codes[name], (path / "out").read_bytes(), (path / "err").read_text(errors="replace"))
        for name, path in folders.items()
    }
