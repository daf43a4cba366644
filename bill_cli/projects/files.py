"""The files of a project: what stands in them, and their way onto the disk."""

from __future__ import annotations

import json
import os
import textwrap
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bill_api.connection import CONNECTION_VARIABLES
from bill_cli.projects.definitions import definition, lock_of, requirement
from bill_program import env_file
from bill_program.environment import ENV_FILE
from bill_program.errors import SettingsError
from bill_program.whole_files import PRIVATE, write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping
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
SECRETS, IGNORED, MELTANO = ENV_FILE.name, ".gitignore", "meltano.yml"
IGNORE = (SECRETS, ".bill/", ".meltano/", "*.duckdb", "*.duckdb.wal", "states.jsonl", "plan.*")
WIDTH = 110


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
        if self._has_ignored():
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
        chosen = self.mapping if program == CSV else CHOSEN.get(program, "")
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

    def _has_ignored(self) -> bool:
        """True if the folder has a list for git that leaves the secrets out."""
        try:
            return SECRETS in (self.folder / IGNORED).read_text("utf-8").split()
        except (OSError, UnicodeDecodeError):
            return False

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
                text += f"    pip_url: {json.dumps(requirement(name))}\n    config:\n"
                text += textwrap.indent(self.config(name), " " * 6)
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


def write(project: Project) -> list[Path]:
    """Write all files, each whole; nothing if one of them is there or cannot be written.

    Raises:
        SettingsError: A file is in the way, or cannot be written.
    """
    texts = project.texts()
    there = [name for name in texts if os.path.lexists(project.folder / name)]
    if there:
        advice = f" {IGNORED} may stay when it has a line {SECRETS}." if IGNORED in there else ""
        raise SettingsError(
            f"{project.folder} has {', '.join(there)} already: nothing is written. Name another folder.{advice}"
        )
    written: list[Path] = []
    try:
        for name, text in texts.items():
            path = project.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, [text], PRIVATE if name == SECRETS else MODE)
            written.append(path)
        if project.keeps_env:
            (project.folder / SECRETS).chmod(PRIVATE)
    except OSError as error:
        for path in written:
            path.unlink(missing_ok=True)
        raise SettingsError(f"{error.filename or project.folder} cannot be written: {error.strerror}") from None
    return written
