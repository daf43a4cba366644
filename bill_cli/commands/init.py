"""`bill init`: a project from a few questions, written whole, and proved."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shlex
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click
import yaml

from bill_cli.command import command, context
from bill_cli.commands.questions import asked, can_ask, check_can_ask, picked
from bill_cli.connecting import profiles
from bill_cli.connecting.settings import PROFILE, gather, of_profile
from bill_cli.ending import say
from bill_cli.projects import precedence
from bill_cli.projects.files import (
    CSV,
    FORMS,
    MELTANO,
    PURPOSES,
    SECRETS,
    TARGET,
    Project,
    check_place,
    config_name,
    write,
)
from bill_cli.projects.ignored import IGNORED
from bill_cli.projects.proof import last, prove, python, run
from bill_program.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bill_cli.connecting.settings import Given

EXAMPLES = """
\b
Examples:
  bill init                                      # asks, and writes into this folder
  bill init books --for warehouse --as meltano
  bill init payables --for csv --csv payables.csv --as plain --profile sandbox
  bill init loading --for bill --as plain --env-file .env
"""

QUESTION = "# question: "


@command("init", epilog=EXAMPLES)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path())
@click.option("--for", "purpose", type=click.Choice([*PURPOSES]), help="What the project does.")
@click.option("--as", "form", type=click.Choice([*FORMS]), help="A Meltano project, or config files of the programs.")
@click.option("--csv", "table", metavar="FILE", type=click.Path(path_type=Path), help="With --for csv: the file.")
def init_command(folder: Path, purpose: str | None, form: str | None, table: Path | None) -> None:
    """Write a project into FOLDER (this one), from a few questions, and prove that it works.

    Nothing that is there is overwritten. The connection is a profile, or the settings that count here; its secrets go
    into .env alone, which only you can read (0600). The proof changes nothing in BILL.
    """
    if table is not None and purpose not in {None, "csv"}:
        raise click.UsageError("--csv belongs to --for csv")
    purpose = purpose or ("csv" if table is not None else _one_of("What for", "--for", _purposes()))
    if purpose == "csv" and table is None:
        table = _asked_file()
    form = form or _one_of("Written as", "--as", FORMS)
    at = context()
    given = _connection()
    project = Project(
        folder=folder,
        purpose=purpose,
        form=form,
        variables=given.variables,
        keeps_env=given.profile is None and _is_own(given, folder),
    )
    lacking = check_place(project)
    precedence.check(project, os.environ)
    if table is not None:
        project = dataclasses.replace(project, mapping=_mapping(table, folder))
    at.place = given.place
    at.client(given=given, is_fresh=True).session_id()
    for path in write(project):
        say(f"written: {path}")
    if lacking:
        say(f"{folder / IGNORED} stays; git would take in what it lacks, so add these lines: {' '.join(lacking)}")
    opened = _questions(project.mapping)
    _prove(project, has_open=bool(opened))
    _say_next(project, opened)


def _purposes() -> Mapping[str, str]:
    return {name: words for name, (words, _) in PURPOSES.items()}


def _one_of(question: str, option: str, choices: Mapping[str, str]) -> str:
    """The choice of a person; an option says it too."""
    check_can_ask(f"give {option} {'|'.join(choices)}")
    return picked(question, {name: f"{name:<10} {words}" for name, words in choices.items()})


def _asked_file() -> Path:
    """The file that a person means; asked again until there is one."""
    check_can_ask("give --csv")
    while True:
        text = asked("File")
        for name in _names_meant(text):
            path = Path(name)
            with contextlib.suppress(OSError, RuntimeError, ValueError):  # a text may be no path at all
                path = path.expanduser()
                if path.exists():
                    return path
        say(f"there is no file {text}")


def _names_meant(text: str) -> Iterator[str]:
    """A name as it was typed, and as a shell would read it: a file that is dragged in comes in quotes."""
    yield text
    with contextlib.suppress(ValueError):
        words = shlex.split(text)
        if len(words) == 1:
            yield words[0]


HERE = "(here)"
"""The key of the settings that count here among the connections: no profile can be called so."""


def _connection() -> Given:
    """The connection that a person picks, where there are several; otherwise the one that counts here.

    Raises:
        UsageError: There is none.
        SettingsError: It is not whole, or there are several, and nobody can be asked.
    """
    at = context()
    found, names = at.given(), profiles.names()
    is_named = bool(at.options or os.environ.get(PROFILE))
    if not is_named and can_ask():
        choices = {each: _words(each) for each in names}
        if found.place and found.profile is None:
            choices = {HERE: f"{found.who}, from {found.place}", **choices}
        if len(choices) > 1 and (name := _one_of("Connection", "--profile", choices)) != HERE:
            found = gather({"profile": name}, os.environ)
    if not found.place and not is_named and len(names) == 1:
        found = gather({"profile": names[0]}, os.environ)
    if not found.place and not names:
        raise click.UsageError("there is no connection yet: `bill login` keeps one; then bill init again")
    found = dataclasses.replace(found, session_id=None)  # it ends, and the project stays
    found.connection()
    say(f"the connection is that of {found.place}: {found.who}")
    return found


def _words(profile: str) -> str:
    try:
        return of_profile(profile).who
    except SettingsError as error:
        return error.message


def _is_own(given: Given, folder: Path) -> bool:
    """True if all of the connection is in the folder's own `.env`."""
    return set(given.origins.values()) == {str(given.env_file)} and _same(given.env_file, folder / SECRETS)


def _same(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.samefile(other)


def _mapping(table: Path, folder: Path) -> str:
    """The mapping that tap-bill-csv proposes for a file.

    Raises:
        SettingsError: It cannot be read, or has nothing that BILL has.
    """
    at = table.resolve()
    is_inside = folder.resolve() in at.parents
    name = str(at.relative_to(folder.resolve())) if is_inside else str(at)
    with tempfile.TemporaryDirectory(prefix="bill-init-") as aside:
        path = Path(aside) / config_name(CSV)
        words = [*python(CSV), "--guess", name, "--to-file", str(path)]
        ran = run(words, folder if is_inside else Path(aside))
        if ran.returncode:
            raise SettingsError(f"--csv {table}: {last(ran.stderr)}")
        text = path.read_text("utf-8")
    if not any(each.get("columns") for each in yaml.safe_load(text)["files"]):
        raise SettingsError(
            f"--csv {table}: no column of it looks like one of BILL's: tap-bill-csv --guess shows what it sees"
        )
    return text


def _questions(mapping: str) -> list[str]:
    """The questions of a mapping, each with what it proposes in the comments below."""
    found: list[str] = []
    is_asking = False
    for line in map(str.strip, mapping.splitlines()):
        if line.startswith(QUESTION):
            found.append(line.removeprefix(QUESTION).strip())
        elif is_asking and line.startswith("#"):
            found[-1] += f" {line.removeprefix('#').strip()}"
        is_asking = line.startswith("#") and bool(found) and (line.startswith(QUESTION) or is_asking)
    return found


def _prove(project: Project, *, has_open: bool) -> None:
    try:
        for step in prove(project, has_open=has_open):
            say(f"{'ok' if not step.exit_code else 'wrong':<6} {step.name}: {step.text}")
            for remark in step.remarks:
                say(f"{'look':<6} {step.name}: {remark}")
            if step.exit_code:
                say("the files stay: mend what is wrong there")
                sys.exit(step.exit_code)
    except (KeyboardInterrupt, click.Abort):
        say(f"the files are there, and not proved yet. {_enter(project)}bill doctor looks at the connection; then:")
        say(f"  {_enter(project)}{_next(project)}")
        raise


def _enter(project: Project) -> str:
    here = project.folder.resolve() == Path.cwd()
    return "" if here else f"cd {shlex.quote(os.fspath(project.folder))} && "


def _say_next(project: Project, opened: list[str]) -> None:
    if opened:
        name = MELTANO if project.form == "meltano" else config_name(CSV)
        say(f"{name} has {len(opened)} open, to be answered there first:")
        for line in opened:
            say(f"  {line}")
    if project.form == "meltano" and not shutil.which("meltano"):
        say("Meltano is not installed here: pipx install meltano. What it would hand over is proved without it")
    say("next:")
    click.echo(f"{_enter(project)}{_next(project)}")


def _next(project: Project) -> str:
    """The command to type: a pipe, which fails if its tap does, and only plans where it would write into BILL."""
    programs = ["YOUR-TAP", *project.programs] if len(project.programs) == 1 else [*project.programs]
    plan = "TARGET_BILL_MODE=plan " if TARGET in programs else ""
    if project.form == "meltano":
        more = "meltano add YOUR-TAP && " if programs[0] == "YOUR-TAP" else ""
        return f"{more}meltano install && {plan}meltano run {' '.join(programs)}"
    settings = {each: f" --config ENV --config {config_name(each)}" for each in project.programs}
    first, second = (f"{each}{settings.get(each, '')}" for each in programs)
    kept = " >> states.jsonl" if not plan else ""
    return f"(set -o pipefail; {first} | {plan}{second}{kept})"
