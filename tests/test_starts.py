"""Ctrl-C, or SIGTERM, while a command loads what it needs: no word, and the code that a shell knows for it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from programs import TIMEOUT_S

DEMO = Path(__file__).resolve().parent.parent / "examples" / "demo.py"

# By command: how it is started, and what it loads early and late.
COMMANDS = {
    "bill": (["-m", "bill_cli"], "click", "bill_cli.showing.output"),
    "tap-bill": (["-m", "tap_bill"], "bill_program.ending", "tap_bill.settings"),
    "target-bill": (["-m", "target_bill"], "bill_program.ending", "target_bill.run"),
    "tap-bill-csv": (["-m", "tap_bill_csv"], "bill_program.ending", "bill_documents.grouping.workspace"),
    "target-duckdb": (["-m", "target_duckdb"], "bill_program.ending", "target_duckdb.sink"),
    "bill-report": (["-m", "bill_report"], "click", "vl_convert"),
    "bill-simulator": (["-m", "bill_simulator"], "click", "uvicorn"),
    "the demo": ([str(DEMO)], "duckdb", "rich.table"),
}

# Python runs a module of this name before anything else: the import of one module says so, and waits for the signal.
WAITS = """
import os, sys, threading
class Wait:
    def find_spec(self, name, *_):
        if name == os.environ["WAIT_AT"]:
            os.write(2, b"waiting\\n")
            threading.Event().wait()
sys.meta_path.insert(0, Wait())
"""


def before(folder: Path) -> str:
    """The path of modules, with a folder that comes first."""
    return os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))


@pytest.mark.parametrize("place", [1, 2], ids=["early", "late"])
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("name", COMMANDS)
def test_a_signal_while_it_loads_ends_it_without_a_word(
    tmp_path: Path, name: str, sent: signal.Signals, place: int
) -> None:
    arguments = COMMANDS[name][0]
    (tmp_path / "sitecustomize.py").write_text(WAITS)
    with subprocess.Popen(
        [sys.executable, *arguments],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": before(tmp_path), "WAIT_AT": str(COMMANDS[name][place])},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stderr
            assert process.stderr.readline() == "waiting\n"
            process.send_signal(sent)
            assert process.communicate(timeout=TIMEOUT_S) == ("", "")
        finally:
            process.kill()
    assert process.returncode == 130


@pytest.mark.parametrize(
    ("module", "missing", "extra"),
    [
        ("tap_bill_csv", "duckdb", "csv"),
        ("target_duckdb", "duckdb", "duckdb"),
        ("bill_report", "vl_convert", "report"),
        ("bill_simulator", "uvicorn", "simulator"),
    ],
)
def test_a_library_that_is_missing_is_named_with_the_extra_that_brings_it(
    tmp_path: Path, module: str, missing: str, extra: str
) -> None:
    (tmp_path / f"{missing}.py").write_text(f"raise ModuleNotFoundError(name={missing!r})")
    ran = subprocess.run(
        [sys.executable, "-m", module, "--help"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": before(tmp_path)},
    )
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == f"{missing} is missing: pip install 'bill-connector[{extra}]'\n"


@pytest.mark.parametrize("module", ["bill_cli", "tap_bill", "target_bill", "tap_bill_csv", "bill_simulator"])
def test_an_installation_that_is_broken_is_a_bug_with_its_traceback(tmp_path: Path, module: str) -> None:
    (tmp_path / "click.py").write_text("raise ImportError('half of it')")
    ran = subprocess.run(
        [sys.executable, "-m", module],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": before(tmp_path)},
    )
    assert (ran.returncode, ran.stdout) == (70, "")
    assert ran.stderr.startswith("Traceback (most recent call last):\n")
    assert ran.stderr.endswith("\nImportError: half of it\n")
