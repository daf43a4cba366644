"""The command `bill`, as a process of its own or in this one, against a BILL of the tests' own."""

from __future__ import annotations

import json
import os
import pty
import re
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conftest import Ran, client_for, settings
from programs import TIMEOUT_S, Started, run_text

from bill_api import mfa
from bill_cli.__main__ import main

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pytest

    from bill_simulator import Simulator


PROMPT = "]: "
STYLE = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Bill:
    """Runs `bill` in a folder, with the settings of a simulator as BILL_... variables."""

    simulator: Simulator
    folder: Path
    more: dict[str, str] = field(default_factory=dict)

    @property
    def variables(self) -> dict[str, str]:
        """Each call logs in, so that the calls of a test are all that it counts: see `Everyday` for the other way."""
        given = {f"BILL_{name.upper()}": str(value) for name, value in settings(self.simulator).items()}
        return {**given, "BILL_KEEP_SESSION": "false", **self.more}

    @property
    def home(self) -> dict[str, str]:
        """Where this test's sessions and profiles are."""
        place = self.folder.with_name(f"{self.folder.name}-home")
        return {"XDG_STATE_HOME": f"{place}/state", "XDG_CONFIG_HOME": f"{place}/config"}

    @property
    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("BILL_")}
        return {**inherited, **self.home, **self.variables, "NO_COLOR": "1", "COLUMNS": "100"}

    def __call__(self, *arguments: str, stdin: str = "") -> Ran:
        """As a process of its own."""
        ran = run_text("bill_cli", arguments, cwd=self.folder, env=self.environment, stdin=stdin)
        assert "Traceback" not in ran.stderr, ran.stderr
        return Ran(ran.returncode, ran.stdout, ran.stderr)

    def on_terminal(
        self,
        *arguments: str,
        typed: str = "",
        columns: int = 100,
        answers: Sequence[str | Callable[[], str] | tuple[str, str]] = (),
    ) -> Ran:
        """At a terminal, which shows stdout and stderr alike.

        Args:
            arguments: Of `bill`.
            typed: The answer to the first question.
            columns: Width of the terminal.
            answers: In place of it, to one question after the other; with the end of its question where that is not
                `]: `. A function is called when its question stands there.
        """
        pairs = [each if isinstance(each, tuple) else (PROMPT, each) for each in answers or [typed] * bool(typed)]
        left = [(question.encode(), answer) for question, answer in pairs]
        ours, theirs = pty.openpty()
        process = Started(
            "bill_cli",
            arguments,
            cwd=self.folder,
            env={**self.environment, "COLUMNS": str(columns), "TERM": "xterm"},
            terminal=os.ttyname(theirs),
        )
        os.close(theirs)
        shown = bytearray()
        seen = 0
        try:
            while piece := os.read(ours, 65536):
                shown += piece
                if left and (at := shown.find(left[0][0], seen)) >= 0:
                    question, answer = left.pop(0)
                    seen = at + len(question)
                    _wait_until_it_reads(process)
                    os.write(ours, (answer() if callable(answer) else answer).encode())
        except OSError:  # as Linux says that the other side has gone
            pass
        os.close(ours)
        return Ran(process.wait(TIMEOUT_S), STYLE.sub("", shown.decode().replace("\r\n", "\n")), "")

    def books(self, entity: str) -> list[dict[str, Any]]:
        return self.simulator.control.books(self.simulator.organization_id, entity)

    def trusted(self) -> Bill:
        """The same on a remembered MFA device."""
        client = client_for(self.simulator)
        challenge = mfa.challenge(client)
        trust = mfa.authenticate(
            client,
            challenge.challenge_id,
            self.simulator.control.mfa_code(challenge.challenge_id),
            device_id="bill-tests",
            machine_name="tests",
            remember=True,
        )
        known = {"BILL_MFA_ID": trust.mfa_id or "", "BILL_DEVICE_ID": trust.device_id}
        return Bill(self.simulator, self.folder, {**self.more, **known})


def _wait_until_it_reads(process: Started) -> None:
    """Wait until a process that has asked sleeps: a Ctrl-C before Python waits for a key is seen with the next key."""
    state = Path(f"/proc/{process.pid}/stat")
    while process.poll() is None and state.exists() and state.read_text().rpartition(")")[2].split()[0] != "S":
        time.sleep(0.01)


class Everyday(Bill):
    """Keeps its session, as people have it."""

    @property
    def variables(self) -> dict[str, str]:
        return {name: value for name, value in super().variables.items() if name != "BILL_KEEP_SESSION"}


@dataclass(frozen=True)
class Here:
    """Runs `bill` in this process: many small things are said in a few milliseconds each."""

    bill: Bill
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str, variables: Mapping[str, str] | None = None) -> Ran:
        with self.monkeypatch.context() as patch:
            for name in [each for each in os.environ if each.startswith("BILL_")]:
                patch.delenv(name)
            for name, value in (self.bill.variables if variables is None else variables).items():
                patch.setenv(name, value)
            for name, value in self.bill.home.items():
                patch.setenv(name, value)
            patch.setenv("COLUMNS", "100")
            patch.chdir(self.bill.folder)
            patch.setattr(sys, "argv", ["bill", *arguments])
            self.capsys.readouterr()
            try:
                main()
                code = 0
            except SystemExit as end:
                code = int(end.code or 0)
        told = self.capsys.readouterr()
        return Ran(code, told.out, told.err)

    def json(self, *arguments: str) -> Any:
        ran = self(*arguments, "--output", "json")
        assert ran.code == 0, ran.err
        return json.loads(ran.out)
