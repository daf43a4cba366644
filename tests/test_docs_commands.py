"""Every command that the documentation shows exists, with the options it is shown with."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path

import click
from doc_pages import PAGES, ROOT, sessions
from programs import TIMEOUT_S

from bill_cli.app import bill
from bill_report.command_line import report
from bill_simulator.command_line import simulator

PLUGINS = ("target-duckdb", "tap-bill", "tap-bill-csv", "target-bill")
PROGRAMS = ("bill", "bill-report", "bill-simulator", *PLUGINS)
DEPTH = 2
"""`bill mfa authenticate`, `meltano state edit`."""

SPAN = re.compile(rf"`((?:make|meltano|{'|'.join(PROGRAMS)}) [^`\n]+)`")
ASSIGNMENT = re.compile(r"[A-Z_]+=")
OPTION = re.compile(r"(?<![\w-])--\w[\w-]*")

# Meltano lives in an environment of its own; it is asked for everything at once, for it starts slowly.
WALK = """
import json, click
from meltano.cli import cli

def walk(command, context, path=()):
    named = [name for each in command.params for name in (*each.opts, *each.secondary_opts)]
    found = {" ".join(path): [*named, "--help"]}
    for name in command.list_commands(context) if isinstance(command, click.Group) and len(path) < 2 else ():
        found |= walk(command.get_command(context, name), context, (*path, name))
    return found

print(json.dumps(walk(cli, click.Context(cli))))
"""


def shown() -> set[str]:
    """The commands of all pages: in sessions, and in the text."""
    found: set[str] = set()
    for page in PAGES:
        text = page.read_text()
        found |= {line for session in sessions(text) for line in session}
        found |= set(SPAN.findall(text))
    return found


def steps(line: str) -> list[list[str]]:
    """The commands of a line, without the variables before them; quotes are taken off."""
    words: list[list[str]] = [[]]
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;>")
    lexer.whitespace_split = True
    lexer.commenters = "#" if re.search(r"\s# ", f"{line} ") else ""
    for word in lexer:
        if set(word) <= set("|&;>"):
            words.append([])
        elif words[-1] or not ASSIGNMENT.match(word):
            words[-1].append(word)
    return [each for each in words if each]


def walked(command: click.Command, path: tuple[str, ...] = ()) -> dict[str, set[str]]:
    """The options of a command and of those below it."""
    context = click.Context(command)
    named = {name for each in command.params for name in (*each.opts, *each.secondary_opts)}
    found = {" ".join(path): named | {"--help"}}
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            found |= walked(below, (*path, name))
    return found


@cache
def options(program: str) -> dict[str, set[str]]:
    """The options of a program by its commands, of which the first is the program alone."""
    if program == "bill":
        return walked(bill)
    if program == "bill-report":
        return walked(report)
    if program == "bill-simulator":
        return walked(simulator)
    meltano, ours = ROOT / ".venv-meltano" / "bin" / "python", Path(sys.executable).with_name(program)
    asked = [str(meltano), "-c", WALK] if program == "meltano" else [str(ours), "--help"]
    ran = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT_S, check=True)
    if program == "meltano":
        return {path: set(names) for path, names in json.loads(ran.stdout).items()}
    return {"": set(OPTION.findall(ran.stdout))}


def problems(words: list[str]) -> list[str]:
    """The target, the command or the options that do not exist."""
    program, *rest = words
    if program == "make":
        makefile = (ROOT / "Makefile").read_text()
        variables = [name for each in rest for name, equals, _ in [each.partition("=")] if equals]
        unknown = [each for each in variables if f"$({each})" not in makefile]
        targets = [each for each in rest if "=" not in each]
        return unknown + [each for each in targets if not re.search(rf"^{re.escape(each)}:", makefile, re.MULTILINE)]
    if program not in (*PROGRAMS, "meltano"):
        return []
    if program == "meltano" and len(rest) > 1 and rest[0] == "invoke":
        return problems(rest[1:])
    known = options(program)
    plain = [each for each in rest if not each.startswith("-") and not each.isupper()]
    paths = [" ".join(plain[:length]) for length in range(DEPTH, -1, -1)]
    path = next(each for each in paths if each in known)
    below, of_it = plain[len(path.split()) :], f"{path} ".lstrip()
    if below and any(each.startswith(of_it) and each != path for each in known):
        return below[:1]
    return [each for each in map(str, OPTION.findall(" ".join(rest))) if each not in known[path] | known[""]]


def test_the_commands_of_the_pages_exist_with_their_options() -> None:
    lines = shown()
    assert len(lines) > 60
    wrong = {line: found for line in sorted(lines) for words in steps(line) if (found := problems(words))}
    assert wrong == {}


def test_a_command_that_does_not_exist_is_found() -> None:
    assert problems(["make", "nothing"]) == ["nothing"]
    assert problems(["bill", "lists", "bills"]) == ["lists"]
    assert problems(["meltano", "config", "target-duckdb", "set", "filepath", "x"]) == ["target-duckdb"]
    assert problems(["bill-simulator", "--prot", "8080"]) == ["--prot"]
    assert steps("A=1 tap-bill --config 'a b' | target-bill >> x  # why") == [
        ["tap-bill", "--config", "a b"],
        ["target-bill"],
        ["x"],
    ]
