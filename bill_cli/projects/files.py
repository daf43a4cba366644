"""The files of a project: what stands in them, and their way onto the disk."""

from __future__ import annotations

import contextlib
import json
import os
import textwrap
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import yaml

from bill_api.connection import CONNECTION_SETTINGS, CONNECTION_VARIABLES
from bill_cli.projects.definitions import definition, lock_of, requirement
from bill_cli.projects.expansion import escaped, escaped_yaml
from bill_cli.projects.ignored import IGNORE, IGNORED, lacking
from bill_program import env_file
from bill_program.environment import ENV_FILE, read_env_file, typed
from bill_program.errors import SettingsError
from bill_program.whole_files import PRIVATE, write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

TAP, CSV, TARGET, LOADER = "tap-bill", "tap-bill-csv", "target-bill", "target-duckdb"

PURPOSES: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        "warehouse": ("BILL into a warehouse (DuckDB)", (TAP, LOADER)),
        "bill": ("records of any tap into BILL", (TARGET,)),
        "csv": ("a CSV file or workbook into BILL", (CSV, TARGET)),
    }
)
"""The purpose of a project -> in words, and its programs in the order of the pipe."""

FORMS: Mapping[str, str] = MappingProxyType({"meltano": "a Meltano project", "plain": "config files, without Meltano"})

CHOSEN: Mapping[str, str] = MappingProxyType({LOADER: "filepath: warehouse.duckdb\n"})
"""Settings without which a program does not run."""

MODE = 0o644
SECRETS, MELTANO = ENV_FILE.name, "meltano.yml"
WIDTH = 110


@dataclass(frozen=True, slots=True)
class Meant:
    """The decision of a project on a setting.

    Attributes:
        value: As it is to be; None if the setting is not to be given.
        kind: Its JSON type.
        default: What counts where it is not given.
    """

    value: Any
    kind: str
    default: Any = None

    def is_said_by(self, given: Any) -> bool:
        """True if a value, or the text of a variable, is this."""
        if isinstance(given, str):
            given = typed(self.kind, given)
        given = self.default if given is None or given == "" else given
        return bool(_without_slash(given) == _without_slash(self.value))


def _without_slash(value: Any) -> Any:
    """An address, or a folder, is the same one with a slash at its end."""
    return value.rstrip("/") if isinstance(value, str) else value


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """The answers to all questions.

    Attributes:
        folder: Where it is written.
        purpose: One of `PURPOSES`.
        form: One of `FORMS`.
        variables: The connection.
        mapping: The proposal for a file, as YAML; empty if there is none.
        keeps_env: `.env` of the folder is where the connection comes from: it stays.
    """

    folder: Path
    purpose: str
    form: str
    variables: Mapping[str, str] = field(repr=False)
    mapping: str = ""
    keeps_env: bool = False

    @property
    def programs(self) -> tuple[str, ...]:
        """Those that it runs, in the order of the pipe."""
        return PURPOSES[self.purpose][1]

    def texts(self) -> dict[str, str]:
        """The text of each file, by its path in the folder."""
        found = {IGNORED: "".join(f"{each}\n" for each in IGNORE), SECRETS: self._secrets()}
        if os.path.lexists(self.folder / IGNORED):
            del found[IGNORED]
        if self.keeps_env:
            del found[SECRETS]
        if self.form == "plain":
            return found | {config_name(each): _head(each) + self.config(each) for each in self.programs}
        locks = {each: lock_of(each) for each in self.programs}
        return (
            found
            | {MELTANO: self._meltano()}
            | {f"plugins/{path.parent.name}/{path.name}": path.read_text("utf-8") for path in locks.values()}
        )

    def config(self, program: str) -> str:
        """The settings of a program as YAML, none of the connection.

        Those that are chosen, or the first that has a default; all others as comments.
        """
        chosen = self._chosen(program)
        lines = [chosen]
        is_empty = not chosen
        for each in definition(program)["settings"]:
            name = each["name"]
            if name in CONNECTION_VARIABLES or chosen.startswith(f"{name}:"):
                continue
            words = textwrap.wrap(each["description"], WIDTH, break_long_words=False, break_on_hyphens=False)
            counts = is_empty and "value" in each  # a file of comments alone would be none of settings
            is_empty = is_empty and not counts
            lines += [
                *(f"# {line}\n" for line in words),
                f"{'' if counts else '#'}{name}: {_default(each)}".rstrip() + "\n",
            ]
        return "".join(lines)

    def _secrets(self) -> str:
        head = (
            "# The connection to BILL, for all programs: secrets. Not a file to share; .gitignore has it.\n"
            "# BILL_USE_PRODUCTION_URL=false is BILL's sandbox, true (also if it is missing) production.\n"
        )
        return head + env_file.lines(self.variables)

    def _chosen(self, program: str) -> str:
        return self.mapping if program == CSV else CHOSEN.get(program, "")

    def env(self) -> dict[str, str]:
        """The variables of `.env`, as it is or will be."""
        return read_env_file(self.folder / SECRETS) if self.keeps_env else dict(self.variables)

    def connection(self) -> dict[str, Meant]:
        """The settings of the connection; of those that were not given what counts without."""
        given = {each: self.variables.get(CONNECTION_VARIABLES[each.name]) for each in CONNECTION_SETTINGS}
        return {
            each.name: Meant(typed(each.kind, text) if text else each.default, each.kind, each.default)
            for each, text in given.items()
        }

    def says(self, program: str) -> dict[str, Meant]:
        """The settings of a program that the project decides: its connection, its files, its warehouse.

        One that is not to be given is among them: other organizations, beside that of the connection.
        """
        told = definition(program)
        chosen = yaml.safe_load(self._chosen(program)) or {}
        others = {name for group in told.get("settings_group_validation", ()) for name in group}
        connection = self.connection()
        found = {}
        for each in told["settings"]:
            name, kind = each["name"], str(each.get("kind") or "array")
            if name in connection:
                found[name] = connection[name]
            elif name in chosen or name in others:
                found[name] = Meant(chosen.get(name), kind)
        return found

    def _meltano(self) -> str:
        kinds: dict[str, list[str]] = {}
        for each in self.programs:
            kinds.setdefault(str(definition(each)["plugin_type"]), []).append(each)
        words = PURPOSES[self.purpose][0]
        text = (
            f"# {words[0].upper()}{words[1:]}. The connection comes from the BILL_... variables of .env;\n"
            "# what each plugin is, Meltano reads from plugins/.\n"
            "default_environment: dev\n"
            "environments:\n- name: dev\n- name: prod\nsend_anonymous_usage_stats: false\n\nplugins:\n"
        )
        for kind, names in kinds.items():
            text += f"  {kind}:\n"
            for name in names:
                told = definition(name)
                text += f"  # {told['description']}\n  - name: {name}\n    variant: {told['variant']}\n"
                text += f"    pip_url: {json.dumps(escaped(requirement(name)))}\n    config:\n"
                text += textwrap.indent(escaped_yaml(self.config(name)), " " * 6)
        return text


def config_name(program: str) -> str:
    """The file of its settings."""
    return f"{program}.yml"


def _head(program: str) -> str:
    about = definition(program)["description"]
    return (
        f"# {about}.\n# Settings of {program}, for --config; the connection is in .env (--config ENV). "
        "Lines with # are what counts without them.\n"
    )


def _default(setting: Mapping[str, Any]) -> str:
    return json.dumps(setting["value"]) if "value" in setting else ""


def own_variable(program: str, name: str) -> str:
    """The variable of a setting that is a program's own: `TAP_BILL_PAGE_SIZE`."""
    return f"{program}_{name}".upper().replace("-", "_")


def check_place(project: Project) -> list[str]:
    """Refuse a place in which the files cannot be written, before anything is asked of BILL.

    Returns:
        The lines that the list for git lacks, where there is one: it stays.

    Raises:
        SettingsError: Something is in the way, or the secrets would not be left out of git.
    """
    folder, names = project.folder, [*project.texts()]
    if there := [name for name in names if os.path.lexists(folder / name)]:
        raise SettingsError(f"{folder} has {', '.join(there)} already: nothing is written. Name another folder.")
    for parent in dict.fromkeys((folder / name).parent for name in names):
        above = next(each for each in (parent, *parent.parents) if os.path.lexists(each))
        if not above.is_dir():
            raise SettingsError(f"{above} is in the way: it is no folder. Nothing is written. Name another folder.")
        if not os.access(above, os.W_OK | os.X_OK):
            raise SettingsError(f"{parent} cannot be written: {above} is not yours to write into")
    if not os.path.lexists(folder / IGNORED):
        return []
    missing = lacking(folder)
    if SECRETS in missing and not (folder / IGNORED).is_file():
        raise SettingsError(
            f"{folder / IGNORED} is no file that git reads, so {SECRETS} would not be left out: nothing is written. "
            "Take it away, or name another folder."
        )
    if SECRETS in missing:
        raise SettingsError(
            f"{folder / IGNORED} is there, and {SECRETS} is not left out of git: nothing is written. It may stay with "
            f"{'this line' if len(missing) == 1 else 'these lines'} in it: {' '.join(missing)}"
        )
    return missing


def write(project: Project) -> list[Path]:
    """Write all files, each whole; none of them if one cannot be written.

    Raises:
        SettingsError: One cannot be written.
    """
    check_place(project)
    written: list[Path] = []
    try:
        for path, text in ((project.folder / name, text) for name, text in project.texts().items()):
            with _told_as(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                write_whole(path, [text], PRIVATE if path.name == SECRETS else MODE)
            written.append(path)
        if project.keeps_env:
            with _told_as(project.folder / SECRETS):
                (project.folder / SECRETS).chmod(PRIVATE)
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise
    return written


@contextlib.contextmanager
def _told_as(path: Path) -> Iterator[None]:
    """Tell what goes wrong by the path that is meant, whatever file it went wrong with on the way."""
    try:
        yield
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}") from None
