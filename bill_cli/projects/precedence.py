"""Variables that would count more than what a project's files say, and say another thing.

The rule is that of the programs (`bill_program.environment.given`), which is Meltano's too, but that Meltano takes an
empty variable of the shell for one that is given.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bill_api.connection import CONNECTION_SETTINGS, CONNECTION_VARIABLES
from bill_cli.connecting.settings import IDENTITY, PROFILE, SESSION_ID, of_profile
from bill_cli.projects.definitions import definition
from bill_cli.projects.expansion import is_expanded_in_env_file
from bill_cli.projects.files import SECRETS, own_variable
from bill_program.environment import given
from bill_program.errors import SettingsError
from bill_values.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bill_cli.projects.files import Meant, Project

SECRET = frozenset(each.name for each in CONNECTION_SETTINGS if each.secret)
LONG = 60
MELTANO_ROOT = "MELTANO_PROJECT_ROOT"
ADVICE = "so what is written would not count: nothing is. Take that away, or choose the connection that it says"


def check(project: Project, environment: Mapping[str, str]) -> None:
    """Refuse a project whose programs would not use what its files say.

    Args:
        project: It is not written yet.
        environment: Of this process, in which its commands will be typed.

    Raises:
        SettingsError: One line for each variable; secrets are not told.
    """
    problems = [
        *dict.fromkeys(
            [
                *_of_programs(project, environment),
                *_of_bill(project, environment),
                *_of_meltano(project, environment),
            ]
        )
    ]
    if problems:
        raise SettingsError("\n".join([*problems, ADVICE]))
    if project.form == "meltano":
        _check_expansion(project)


def _of_programs(project: Project, environment: Mapping[str, str]) -> Iterator[str]:
    file = project.env()
    for program in project.programs:
        said = project.says(program)
        for setting in definition(program)["settings"]:
            variable = own_variable(program, setting["name"])
            if setting["name"] not in said and environment.get(variable):
                yield f"variable {variable} of this shell counts, and the files do not say it"
        for name, meant in said.items():
            names = [own_variable(program, name), *_shared(name)]
            found = given(names, environment, file)
            text, is_of_file = found or ("", True)
            if found and not meant.is_said_by(text):
                place = file if is_of_file else environment
                variable = next(each for each in names if place.get(each))
                where = str(project.folder / SECRETS) if is_of_file else "this shell"
                yield f"variable {variable} of {where} counts more, and {_words(name, text, meant)}"
            elif project.form == "meltano":
                yield from _empty(names, environment, file)


def _empty(names: list[str], environment: Mapping[str, str], file: Mapping[str, str]) -> Iterator[str]:
    """The variable that is empty and counts for Meltano, before one of the file that is not."""
    for name in names:
        if name in environment:
            if not environment[name] and any(file.get(each) for each in names):
                yield f"variable {name} of this shell is empty, and Meltano takes that for what is meant"
            return


def _shared(name: str) -> list[str]:
    return [CONNECTION_VARIABLES[name]] if name in CONNECTION_VARIABLES else []


def _of_bill(project: Project, environment: Mapping[str, str]) -> Iterator[str]:
    """The session or profile that `bill` takes from the shell in place of `.env`."""
    if environment.get(SESSION_ID):
        yield f"variable {SESSION_ID} of this shell counts more for bill, and may be of another organization"
    name = environment.get(PROFILE)
    if not name:
        return
    try:
        values = of_profile(name).values
    except SettingsError as error:
        yield f"variable {PROFILE} of this shell counts more: {error.message}"
        return
    meant = project.connection()
    for each in CONNECTION_SETTINGS:
        value = values.get(each.name, each.default)
        if each.name in IDENTITY and not meant[each.name].is_said_by(value):
            words = _words(each.name, str(value), meant[each.name])
            yield f"variable {PROFILE} of this shell names profile {name}, which counts more for bill, and {words}"
            return


def _of_meltano(project: Project, environment: Mapping[str, str]) -> Iterator[str]:
    """The variable by which Meltano runs another project than that of the folder that it is called in."""
    root = environment.get(MELTANO_ROOT)
    if project.form == "meltano" and root and Path(root).resolve() != project.folder.resolve():
        yield f"variable {MELTANO_ROOT} of this shell counts more: Meltano would run the project in {visible(root)}"


def _words(name: str, text: str, meant: Meant) -> str:
    if name in SECRET:
        return f"says another {name} than the connection that was chosen"
    told = "none is meant" if meant.value is None else f"{str(meant.value)[:LONG]} is meant"
    return f"says {text[:LONG]} for {name}; {told}"


def _check_expansion(project: Project) -> None:
    """Refuse values of `.env` that Meltano reads as other ones."""
    settings = ((program, name) for program in project.programs for name in project.says(program))
    known = [variable for program, name in settings for variable in (own_variable(program, name), *_shared(name))]
    values = project.env()
    expanded = [name for name in dict.fromkeys(known) if is_expanded_in_env_file(values.get(name, ""))]
    if expanded:
        raise SettingsError(
            f"{', '.join(expanded)}: Meltano expands ${{...}} in {SECRETS}, whatever stands around it, and would hand "
            "over another value. Nothing is written: --as plain expands nothing"
        )
