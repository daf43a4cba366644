"""The table of exit codes: each code of each command, by a process that ends so."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from conftest import run, selection, settings
from filelock import FileLock
from programs import TIMEOUT_S, Started, run_program
from report_world import make_warehouse, plain_books
from target_run import bill, bills, load, singer, vendors

from bill_program.exit_codes import COMMANDS, MEANING, ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable

    from bill_simulator import Simulator

DOCS = Path(__file__).resolve().parent.parent / "docs"
NOWHERE = "http://127.0.0.1:1/api/v2"
MODULES = {**{each: each.replace("-", "_") for each in COMMANDS}, "bill": "bill_cli"}
CSV = "name\nA\n"

INSTEAD = """
import os, signal, click
from {module}.__main__ import main
def invoke(*_):
    {instead}
click.Command.invoke = invoke
main()
"""
BUG = "raise ZeroDivisionError('a bug')"
WAITS = "os.write(2, b'waiting\\n'); signal.pause()"

FEW = ("--vendors", "1", "--customers", "1", "--bills", "1", "--invoices", "1")


@dataclass(frozen=True)
class World:
    """A BILL and a folder, in which commands are run."""

    simulator: Simulator
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        given = {f"BILL_{name.upper()}": str(value) for name, value in settings(self.simulator).items()}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("BILL_")}
        return {**inherited, **given, "NO_COLOR": "1", "PYTHONUNBUFFERED": ""}

    def code(self, command: str, *arguments: str, instead: str | None = None, **more: str) -> int:
        """The code of a command that is started anew, and may do something else than its own work."""
        ran = run_program(
            MODULES[command],
            arguments,
            cwd=self.folder,
            env={**self.environment, **more},
            code=instead and INSTEAD.format(module=MODULES[command], instead=instead),
        )
        return self._sound(ran.returncode, ran.stderr.decode())

    def code_into(self, stdout: int, command: str, *arguments: str) -> int:
        """The same where its output goes there."""
        ran = subprocess.run(
            [sys.executable, "-m", MODULES[command], *arguments],
            stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE, text=True, timeout=TIMEOUT_S,
            cwd=self.folder, env=self.environment, check=False,
        )  # fmt: skip
        return self._sound(ran.returncode, ran.stderr)

    def _sound(self, code: int, said: str) -> int:
        assert ("Traceback" in said) is (code == ExitCode.BUG), said
        return code

    def tap(self, **more: Any) -> int:
        catalog = str(selection(self.folder, {"vendors"}))
        return run("tap_bill", settings(self.simulator, **more), self.folder, "--catalog", catalog).code

    def target(self, stdin: str = "", **more: Any) -> int:
        return load(self.simulator, self.folder, stdin or singer(vendors("A")), **more).code

    def csv(self, content: str) -> int:
        (self.folder / "a.csv").write_text(content)
        return run("tap_bill_csv", {"files": [{"path": "a.csv", "stream": "vendors"}]}, self.folder).code

    def loader(self, stdin: str = "") -> int:
        return run("target_duckdb", {"filepath": "out.duckdb"}, self.folder, stdin=stdin or singer(vendors("A"))).code

    def into_a_full_disk(self, command: str, *arguments: str) -> int:
        with Path("/dev/full").open("w") as full:
            return self.code_into(full.fileno(), command, *arguments)

    def bug(self, command: str) -> int:
        return self.code(command, *ARGUMENTS[command], instead=BUG)

    def interrupted(self, command: str) -> int:
        code = INSTEAD.format(module=MODULES[command], instead=WAITS)
        with Started(MODULES[command], ARGUMENTS[command], cwd=self.folder, env=self.environment, code=code) as process:
            try:
                while process.written[1] != b"waiting\n":
                    assert process.poll() is None, process.written
                    time.sleep(0.01)
                process.send_signal(signal.SIGINT)
                return process.wait(TIMEOUT_S)
            finally:
                process.kill()


ARGUMENTS = {
    **dict.fromkeys(COMMANDS, ()),
    "bill": ("list", "vendors"),
    "bill-report": ("out.duckdb",),
}
"""Words with which the work of a command begins."""


def throttle(world: World) -> None:
    """Have somebody else use all places of the organization."""
    world.simulator.control.fault("error", "/List/Vendor.json", count=0, code="BDC_1322")


def tap_throttled(world: World) -> int:
    throttle(world)
    return world.tap()


def warehouse(world: World) -> Path:
    return make_warehouse(world.folder / "out.duckdb", plain_books().rows)


def target_refused(world: World) -> int:
    return world.target(singer(bills(bill("Nobody", "1", 5))))


def target_in_doubt(world: World) -> int:
    world.simulator.control.fault("html_502", "/Bulk/Crud/Create/Vendor.json", count=0)
    return world.target(timeout_s=1)


def target_throttled(world: World) -> int:
    throttle(world)
    return world.target()


def target_taken(world: World) -> int:
    (world.folder / ".bill").mkdir()
    with FileLock(world.folder / ".bill/ledger.sqlite3.lock"):
        return world.target()


def bill_partly(world: World) -> int:
    world.target()
    (vendor,) = world.simulator.control.books(world.simulator.organization_id, "Vendor")
    return world.code("bill", "get", "vendors", vendor["id"], "00901NOSUCHVENDORaa1")


def bill_throttled(world: World) -> int:
    world.simulator.control.limit(requests_per_hour=0)
    return world.code("bill", "list", "vendors")


def bill_unread(world: World) -> int:
    reads, writes = os.pipe()
    os.close(reads)
    with closing(os.fdopen(writes, "w")) as unread:
        return world.code_into(unread.fileno(), "bill", "list", "vendors")


def loader_taken(world: World) -> int:
    with duckdb.connect(world.folder / "out.duckdb"):
        return world.loader()


def report_refused(world: World) -> int:
    (world.folder / "out.duckdb").write_text("no database")
    return world.code("bill-report", "out.duckdb")


def report_done(world: World) -> int:
    warehouse(world)
    return world.code("bill-report", "out.duckdb")


def report_taken(world: World) -> int:
    with duckdb.connect(warehouse(world)):
        return world.code("bill-report", "out.duckdb")


def simulator_done(world: World) -> int:
    with subprocess.Popen(
        [sys.executable, "-m", "bill_simulator", *FEW], stdout=subprocess.PIPE, env=world.environment
    ) as process:
        assert process.stdout is not None
        assert "url" in json.loads(process.stdout.readline())
        process.terminate()
        return process.wait(TIMEOUT_S)


def simulator_taken(world: World) -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return world.code("bill-simulator", *FEW, "--port", str(taken.getsockname()[1]))


ENDS: dict[str, dict[ExitCode, Callable[[World], int]]] = {
    "tap-bill": {
        ExitCode.DONE: lambda world: world.tap(),
        ExitCode.REFUSED: lambda world: world.into_a_full_disk("tap-bill", "--config", "ENV"),
        ExitCode.CONNECTION: lambda world: world.tap(api_url=NOWHERE),
        ExitCode.CREDENTIALS: lambda world: world.tap(password="wrong"),
        ExitCode.LIMIT: tap_throttled,
    },
    "target-bill": {
        ExitCode.DONE: lambda world: world.target(),
        ExitCode.REFUSED: target_refused,
        ExitCode.CONNECTION: lambda world: world.target(api_url=NOWHERE),
        ExitCode.PARTLY: target_in_doubt,
        ExitCode.CREDENTIALS: lambda world: world.target(password="wrong"),
        ExitCode.LIMIT: target_throttled,
        ExitCode.TAKEN: target_taken,
    },
    "tap-bill-csv": {
        ExitCode.DONE: lambda world: world.csv(CSV),
        ExitCode.REFUSED: lambda world: world.csv('name\n"x\n'),
    },
    "target-duckdb": {
        ExitCode.DONE: lambda world: world.loader(),
        ExitCode.REFUSED: lambda world: world.loader(singer(vendors("A"))[:-9]),
        ExitCode.TAKEN: loader_taken,
    },
    "bill": {
        ExitCode.DONE: lambda world: world.code("bill", "list", "vendors"),
        ExitCode.REFUSED: lambda world: world.code("bill", "get", "vendor", "00901NOSUCHVENDORaa1"),
        ExitCode.CONNECTION: lambda world: world.code("bill", "list", "vendors", BILL_API_URL=NOWHERE),
        ExitCode.PARTLY: bill_partly,
        ExitCode.CREDENTIALS: lambda world: world.code("bill", "list", "vendors", BILL_PASSWORD="wrong"),
        ExitCode.LIMIT: bill_throttled,
        ExitCode.UNREAD: bill_unread,
    },
    "bill-report": {
        ExitCode.DONE: report_done,
        ExitCode.REFUSED: report_refused,
        ExitCode.TAKEN: report_taken,
    },
    "bill-simulator": {
        ExitCode.DONE: simulator_done,
        ExitCode.REFUSED: lambda world: world.into_a_full_disk("bill-simulator", *FEW),
        ExitCode.TAKEN: simulator_taken,
    },
}
"""How a process is brought to each end."""

REPEATED = {
    (command, code)
    for command in ("tap-bill", "target-bill")
    for code in (ExitCode.CONNECTION, ExitCode.PARTLY, ExitCode.LIMIT)
}
"""What a program tries again for seconds before it ends."""

for _command, _ends in ENDS.items():
    _ends[ExitCode.USAGE] = lambda world, command=_command: world.code(command, "--nosuch")  # type: ignore[misc]
    _ends[ExitCode.BUG] = lambda world, command=_command: world.bug(command)  # type: ignore[misc]
    _ends[ExitCode.INTERRUPTED] = lambda world, command=_command: world.interrupted(command)  # type: ignore[misc]


def test_every_code_has_a_meaning_and_every_command_its_own_ones() -> None:
    assert list(MEANING) == list(ExitCode)
    told = {command: {code for code, meaning in MEANING.items() if command in meaning.commands} for command in COMMANDS}
    assert {command: set(ends) for command, ends in ENDS.items()} == told


def test_the_one_table_is_the_page_and_the_other_pages_lead_there() -> None:
    page = (DOCS / "exit-codes.md").read_text()
    assert all(f"| {code} | {meaning.ended} | {meaning.next_step} | " in page for code, meaning in MEANING.items())
    for name in ("command", "tap", "target", "csv", "report", "operating", "index"):
        text = (DOCS / f"{name}.md").read_text()
        assert "](exit-codes.md)" in text, name
        assert not any(meaning.next_step in text for code, meaning in MEANING.items() if code), name


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux has this device")  # noqa: PTH110
@pytest.mark.parametrize(
    ("command", "code"),
    [
        pytest.param(command, code, marks=[pytest.mark.slow] if (command, code) in REPEATED else [])
        for command, ends in ENDS.items()
        for code in sorted(ends)
    ],
    ids=lambda each: each.name.lower() if isinstance(each, ExitCode) else each,
)
def test_a_command_ends_with_the_code(empty: Simulator, tmp_path: Path, command: str, code: ExitCode) -> None:
    assert ENDS[command][code](World(empty, tmp_path)) == code
