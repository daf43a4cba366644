"""The proof that a project works: its commands, run as processes in its folder, with what its files say."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from bill_cli.connecting.settings import KNOWN
from bill_cli.projects.expansion import unescaped
from bill_cli.projects.files import CSV, LOADER, MELTANO, SECRETS, TAP, TARGET, Project, config_name, own_variable
from bill_cli.projects.rejected import Rejected
from bill_program.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

ROWS = 3
RECORDS_MAX = 100_000
"""Records of a file that are read for the proof."""

WARNING = re.compile(r"^.*\| (?:WARNING|ERROR) *\| [^|]*\| (.*)$", re.MULTILINE)
"""A line of a log that is for people to look at."""

EXPANDING = (
    "it expands $NAME and ${NAME}, and reads more places than these files (meltano config). --as plain does without it"
)
PROBE = "vendors"
TIMEOUT_S = 600
MODULES = {TAP: "tap_bill", CSV: "tap_bill_csv", TARGET: "target_bill", LOADER: "target_duckdb", "bill": "bill_cli"}


@dataclass(frozen=True, slots=True)
class ProofStep:
    """One thing that was tried.

    Attributes:
        name: What it was.
        exit_code: Of its process; 0 is good.
        text: What came of it, for people.
        remarks: What the program warns of, in its own words.
    """

    name: str
    exit_code: int
    text: str
    remarks: tuple[str, ...] = ()


def python(program: str) -> list[str]:
    """One of our programs, of this installation."""
    return [sys.executable, "-m", MODULES[program]]


def of_files(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """This shell's variables without those of the connection, so that what the files say is what is proved.

    All others stay, as they are there when a person types the next command. That none counts more than the files and
    says another thing is known (`precedence`).
    """
    return {name: text for name, text in os.environ.items() if name not in KNOWN} | {
        "MELTANO_SEND_ANONYMOUS_USAGE_STATS": "false",
        **(more or {}),
    }


def run(
    words: Sequence[str], folder: Path, stdin: str = "", more: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, and wait for it."""
    return subprocess.run(  # noqa: S603  our own programs, and Meltano
        words,
        cwd=folder,
        env=of_files(more),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def prove(project: Project, *, has_open: bool) -> Iterator[ProofStep]:
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

    def steps(self, *, has_open: bool) -> Iterator[ProofStep]:
        yield self._doctor()
        if self._meltano:
            for program in self._project.programs:
                yield self._dumped(program)
        if self._project.purpose == "warehouse":
            yield from self._warehouse()
        if CSV in self._project.programs and not has_open:
            yield self._read()
        if TARGET in self._project.programs:
            yield self._target()

    def _doctor(self) -> ProofStep:
        ran = run([*python("bill"), "--env-file", SECRETS, "doctor", "--output", "json"], self._folder)
        try:
            wrong = [
                f"{each['check']}: {each['text']}" for each in json.loads(ran.stdout) if each["verdict"] == "wrong"
            ]
        except ValueError:
            wrong = [last(ran.stderr)]
        return ProofStep("bill doctor", ran.returncode, "; ".join(wrong) or "the connection of .env is good")

    def _dumped(self, program: str) -> ProofStep:
        """The look at what Meltano hands over to a plugin, beside what was written; it is kept nowhere."""
        assert self._meltano  # noqa: S101  for the type checker
        name = f"meltano, {program}"
        ran = run([self._meltano, "invoke", "--no-install", "--dump=config", program], self._folder)
        if ran.returncode:
            return ProofStep(name, ExitCode.USAGE, last(ran.stderr))
        try:
            handed = dict(json.loads(ran.stdout))
        except (ValueError, TypeError):
            return ProofStep(name, ExitCode.USAGE, "Meltano hands over no settings that can be read")
        says = self._project.says(program).items()
        changed = [each for each, meant in says if not meant.is_said_by(handed.get(each))]
        if changed:
            text = f"Meltano hands over another {', '.join(changed)} than was written; {EXPANDING}"
            return ProofStep(name, ExitCode.USAGE, text)
        return ProofStep(name, 0, "Meltano hands over what was written")

    def _words(self, program: str) -> list[str]:
        """A program with the settings that were written for it; its secrets come from `.env`, and stand nowhere else.

        What Meltano makes of its file is known from before; the program gets the same without Meltano.
        """
        path = config_name(program)
        if self._project.form == "meltano":
            path = str(self._aside / path)
            project = yaml.safe_load((self._folder / MELTANO).read_text("utf-8"))
            plugins = [each for kind in project["plugins"].values() for each in kind]
            config = next(each["config"] for each in plugins if each["name"] == program)
            Path(path).write_text(json.dumps(_expanded(config or {})), encoding="utf-8")
        return [*python(program), "--config", "ENV", "--config", path]

    def _discovered(self, program: str) -> ProofStep:
        ran = run([*self._words(program), "--discover"], self._folder)
        if ran.returncode:
            return ProofStep(f"{program} --discover", ran.returncode, last(ran.stderr))
        (self._aside / "catalog.json").write_text(ran.stdout, encoding="utf-8")
        names = [each["tap_stream_id"] for each in json.loads(ran.stdout)["streams"]]
        shown = ", ".join(names) if len(names) < ROWS else f"{len(names)} streams"
        return ProofStep(f"{program} --discover", 0, shown)

    def _warehouse(self) -> Iterator[ProofStep]:
        found = self._discovered(TAP)
        yield found
        path = self._aside / "catalog.json"
        catalog = json.loads(path.read_text("utf-8"))
        catalog["streams"] = [each for each in catalog["streams"] if each["tap_stream_id"] == PROBE]
        path.write_text(json.dumps(catalog), encoding="utf-8")
        lines: list[str] = []
        code, said = self._records([*self._words(TAP), "--catalog", str(path)], ROWS, lines.append)
        records = sum(map(_is_record, lines))
        yield ProofStep(TAP, code, last(said) if code else f"{records} rows of {PROBE} read")
        ran = self._aside_run(LOADER, {"filepath": str(self._aside / "warehouse.duckdb")}, "".join(lines))
        said = last(ran.stderr) if ran.returncode else f"they go into a DuckDB file ({records} rows, thrown away again)"
        yield ProofStep(LOADER, ran.returncode, said)

    def _read(self) -> ProofStep:
        """The file from its first record to its last, as the tap reads it, into nothing."""
        account = Rejected()

        def take(line: str) -> None:
            if _is_record(line):
                message = json.loads(line)
                account.add(message["stream"], message["record"])

        code, said = self._records(self._words(CSV), RECORDS_MAX, take)
        remarks = tuple(each[1] for each in WARNING.finditer(said))
        if code:
            return ProofStep(CSV, code, last(said), remarks)
        text = ", ".join(f"{count:,} {stream}" for stream, count in account.counts.items()) or "no records"
        is_ended = account.counts.total() == RECORDS_MAX
        ended = "; the rest is not looked at" if is_ended else ""
        return ProofStep(CSV, 0, f"{text} read{ended}", (*remarks, *account.remarks(is_told=not is_ended)))

    def _records(self, words: Sequence[str], most: int, take: Callable[[str], object]) -> tuple[int, str]:
        """Hand on the lines of a tap, which is ended after so many records.

        Returns:
            Its exit code, unless we ended it, and what it said.
        """
        records = 0
        with (
            tempfile.TemporaryFile("w+") as errors,
            subprocess.Popen(  # noqa: S603  our own program
                words, cwd=self._folder, env=of_files(), stdout=subprocess.PIPE, stderr=errors, text=True
            ) as process,
        ):
            assert process.stdout is not None  # noqa: S101  for the type checker
            for line in process.stdout:
                records += _is_record(line)
                if records > most:
                    break
                take(line)
            if is_ours := records > most:
                process.terminate()
                process.stdout.close()
            code = process.wait(TIMEOUT_S)
            errors.seek(0)
            return (0 if is_ours else code), errors.read()

    def _target(self) -> ProofStep:
        """A plan of nothing: the settings are right, and the account opens."""
        kept = {"plan": "plan.json", "ledger": "ledger.sqlite3", "report_dir": "reports"}
        ran = self._aside_run(TARGET, {"mode": "plan", **{each: str(self._aside / kept[each]) for each in kept}})
        said = last(ran.stderr) if ran.returncode else "takes its settings (a plan of nothing, thrown away again)"
        return ProofStep(TARGET, ran.returncode, said)

    def _aside_run(self, program: str, other: Mapping[str, str], stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a program with its settings, but for those that say what it may write and where."""
        return run(
            self._words(program),
            self._folder,
            stdin,
            {own_variable(program, each): text for each, text in other.items()},
        )


def _is_record(line: str) -> bool:
    return line.startswith('{"type":"RECORD"')


def _expanded(value: Any) -> Any:
    """Settings of `meltano.yml`, as Meltano hands them over."""
    if isinstance(value, str):
        return unescaped(value)
    if isinstance(value, list):
        return [_expanded(each) for each in value]
    return {name: _expanded(each) for name, each in value.items()} if isinstance(value, dict) else value


def last(text: str) -> str:
    """The last line that a process said."""
    lines = [each for each in text.splitlines() if each.strip()]
    return lines[-1].strip() if lines else "it said nothing"
