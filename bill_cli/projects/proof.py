"""The proof that a project works: its commands, run as processes in its folder, with what its files say."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from bill_cli.projects.files import CSV, LOADER, MELTANO, SECRETS, TAP, TARGET, Project, config_name
from bill_program.environment import PREFIXES
from bill_program.exit_codes import ExitCode
from bill_program.whole_files import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROWS = 3
PROBE = "vendors"
TIMEOUT_S = 600
MODULES = {TAP: "tap_bill", CSV: "tap_bill_csv", TARGET: "target_bill", LOADER: "target_duckdb", "bill": "bill_cli"}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was tried.

    Attributes:
        name: What it was.
        exit_code: Of its process; 0 is good.
        text: What came of it, for people.
    """

    name: str
    exit_code: int
    text: str


def python(program: str) -> list[str]:
    """One of our programs, of this installation."""
    return [sys.executable, "-m", MODULES[program]]


def clean(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables of a process for which the files alone count: none of ours, which would count more."""
    return {name: text for name, text in os.environ.items() if not name.startswith(PREFIXES)} | {
        "MELTANO_SEND_ANONYMOUS_USAGE_STATS": "false",
        **(more or {}),
    }


def run(
    words: Sequence[str], folder: Path, stdin: str = "", more: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, and wait for it."""
    return subprocess.run(  # noqa: S603  our own programs, and Meltano
        words, cwd=folder, env=clean(more), input=stdin, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )


def prove(project: Project, *, has_open: bool) -> Iterator[Step]:
    """Try everything that can be tried without a change in BILL; what fails ends it.

    Args:
        project: It is written.
        has_open: Its mapping asks something: the files cannot be read before that is answered.
    """
    with tempfile.TemporaryDirectory(prefix="bill-init-") as made:
        for step in _Proof(project, Path(made)).steps(has_open=has_open):
            yield step
            if step.exit_code:
                return


class _Proof:
    def __init__(self, project: Project, aside: Path) -> None:
        self._project = project
        self._folder = project.folder
        self._aside = aside
        self._meltano = shutil.which("meltano") if project.form == "meltano" else None

    def steps(self, *, has_open: bool) -> Iterator[Step]:
        yield self._doctor()
        if self._meltano:
            for program in self._project.programs:
                yield self._dumped(program)
        if self._project.purpose == "warehouse":
            yield from self._warehouse()
        if CSV in self._project.programs and not has_open:
            yield self._discovered(CSV)
        if TARGET in self._project.programs:
            yield self._target()

    def _doctor(self) -> Step:
        ran = run([*python("bill"), "--env-file", SECRETS, "doctor", "--output", "json"], self._folder)
        try:
            wrong = [
                f"{each['check']}: {each['text']}" for each in json.loads(ran.stdout) if each["verdict"] == "wrong"
            ]
        except ValueError:
            wrong = [last(ran.stderr)]
        return Step("bill doctor", ran.returncode, "; ".join(wrong) or "the connection of .env is good")

    def _dumped(self, program: str) -> Step:
        """The look at what Meltano hands over to a plugin, which is kept aside for the other steps."""
        assert self._meltano  # noqa: S101  for the type checker
        ran = run([self._meltano, "invoke", "--no-install", "--dump=config", program], self._folder)
        if not ran.returncode:
            write_whole(self._aside / f"{program}.json", [ran.stdout])
        said = "Meltano reads its settings" if not ran.returncode else last(ran.stderr)
        return Step(f"meltano, {program}", ran.returncode and ExitCode.USAGE, said)

    def _words(self, program: str) -> list[str]:
        """A program with the settings that were written for it."""
        dumped = self._aside / f"{program}.json"
        if dumped.exists():
            return [*python(program), "--config", str(dumped)]
        path = config_name(program)
        if self._project.form == "meltano":
            path = str(self._aside / path)
            project = yaml.safe_load((self._folder / MELTANO).read_text("utf-8"))
            plugins = [each for kind in project["plugins"].values() for each in kind]
            config = next(each["config"] for each in plugins if each["name"] == program)
            Path(path).write_text(json.dumps(config or {}), encoding="utf-8")
        return [*python(program), "--config", "ENV", "--config", path]

    def _discovered(self, program: str) -> Step:
        ran = run([*self._words(program), "--discover"], self._folder)
        if ran.returncode:
            return Step(f"{program} --discover", ran.returncode, last(ran.stderr))
        (self._aside / "catalog.json").write_text(ran.stdout, encoding="utf-8")
        names = [each["tap_stream_id"] for each in json.loads(ran.stdout)["streams"]]
        shown = ", ".join(names) if len(names) < ROWS else f"{len(names)} streams"
        return Step(f"{program} --discover", 0, shown)

    def _warehouse(self) -> Iterator[Step]:
        found = self._discovered(TAP)
        yield found
        path = self._aside / "catalog.json"
        catalog = json.loads(path.read_text("utf-8"))
        catalog["streams"] = [each for each in catalog["streams"] if each["tap_stream_id"] == PROBE]
        path.write_text(json.dumps(catalog), encoding="utf-8")
        code, lines, said = self._few_rows([*self._words(TAP), "--catalog", str(path)])
        records = sum('"RECORD"' in each for each in lines)
        yield Step(TAP, code, said if code else f"{records} rows of {PROBE} read")
        ran = self._aside_run(LOADER, {"filepath": str(self._aside / "warehouse.duckdb")}, "".join(lines))
        said = last(ran.stderr) if ran.returncode else f"they go into a DuckDB file ({records} rows, thrown away again)"
        yield Step(LOADER, ran.returncode, said)

    def _few_rows(self, words: Sequence[str]) -> tuple[int, list[str], str]:
        """The first lines of a tap, which is ended then; its code, unless we ended it, and its last words."""
        lines: list[str] = []
        records = 0
        with (
            tempfile.TemporaryFile("w+") as errors,
            subprocess.Popen(  # noqa: S603  our own program
                words, cwd=self._folder, env=clean(), stdout=subprocess.PIPE, stderr=errors, text=True
            ) as process,
        ):
            assert process.stdout is not None  # noqa: S101  for the type checker
            for line in process.stdout:
                records += '"RECORD"' in line
                if records > ROWS:
                    break
                lines.append(line)
            if is_ours := records > ROWS:
                process.terminate()
                process.stdout.close()
            code = process.wait(TIMEOUT_S)
            errors.seek(0)
            return (0 if is_ours else code), lines, last(errors.read())

    def _target(self) -> Step:
        """A plan of nothing: the settings are right, and the account opens."""
        kept = {"plan": "plan.json", "ledger": "ledger.sqlite3", "report_dir": "reports"}
        ran = self._aside_run(TARGET, {"mode": "plan", **{each: str(self._aside / kept[each]) for each in kept}})
        said = last(ran.stderr) if ran.returncode else "takes its settings (a plan of nothing, thrown away again)"
        return Step(TARGET, ran.returncode, said)

    def _aside_run(self, program: str, other: Mapping[str, str], stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a program with its settings, but for those that say what it may write and where."""
        variables = {f"{program}_{name}".upper().replace("-", "_"): text for name, text in other.items()}
        if (dumped := self._aside / f"{program}.json").exists():
            dumped.write_text(json.dumps(json.loads(dumped.read_text("utf-8")) | other), encoding="utf-8")
        return run(self._words(program), self._folder, stdin, variables)


def last(text: str) -> str:
    """The last line that a process said."""
    lines = [each for each in text.splitlines() if each.strip()]
    return lines[-1].strip() if lines else "it said nothing"
