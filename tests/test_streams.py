"""stdin, stdout and stderr that are closed or full: one line, a code that says failure, and no result lost as done."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from conftest import settings
from programs import TIMEOUT_S

if TYPE_CHECKING:
    from pathlib import Path

    from bill_simulator import Simulator

COMMANDS = {
    "bill": "bill_cli",
    "tap-bill": "tap_bill",
    "target-bill": "target_bill",
    "tap-bill-csv": "tap_bill_csv",
    "bill-simulator": "bill_simulator",
    "target-duckdb": "target_duckdb",
}
LOST = {
    ">&-": "stdout is closed",
    ">&- <&-": "stdout is closed",
    ">/dev/full": "No space left on device",
    ">/dev/full <&-": "No space left on device",
    ">&- 2>&-": "",
    "<&- >&- 2>&-": "",
}
MESSAGES = (
    '{"type": "SCHEMA", "stream": "vendors", "schema": {"properties": {"name": {"type": "string"}}}, '
    '"key_properties": ["name"]}\n'
    '{"type": "RECORD", "stream": "vendors", "record": {"name": "A"}}\n'
    '{"type": "STATE", "value": {"at": 1}}\n'
)


def started(folder: Path, streams: str, command: str, *arguments: str, **variables: Any) -> tuple[int, str, str]:
    """Run a command with some of its streams redirected as a shell does."""
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("BILL_")}
    ran = subprocess.run(
        ["/bin/sh", "-c", f'exec "$@" {streams}', "sh", sys.executable, "-m", COMMANDS[command], *arguments],
        cwd=folder,
        input=MESSAGES,
        env={**inherited, **{name: str(value) for name, value in variables.items()}},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert "Traceback" not in ran.stderr, ran.stderr
    assert "Exception ignored" not in ran.stderr, ran.stderr
    return ran.returncode, ran.stdout, ran.stderr


def connection(simulator: Simulator) -> dict[str, Any]:
    return {f"BILL_{name.upper()}": value for name, value in settings(simulator).items()}


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux has this device")  # noqa: PTH110
@pytest.mark.parametrize("streams", LOST)
@pytest.mark.parametrize("command", COMMANDS)
def test_help_that_is_lost_is_no_success(tmp_path: Path, command: str, streams: str) -> None:
    code, out, err = started(tmp_path, streams, command, "--help")
    assert code == 1
    assert out == ""
    if "2>&-" in streams:
        assert err == ""
        return
    (line,) = err.splitlines()
    assert line.startswith(f"{command}: the ")
    assert "cannot be written" in line
    assert LOST[streams] in line


@pytest.mark.parametrize("streams", ["<&-", "2>&-", "<&- 2>&-"])
@pytest.mark.parametrize("command", COMMANDS)
def test_what_does_not_read_does_not_miss_its_stdin(tmp_path: Path, command: str, streams: str) -> None:
    code, out, err = started(tmp_path, streams, command, "--help")
    assert (code, err) == (0, "")
    assert "--help" in out


@pytest.mark.parametrize("command", ["target-bill", "target-duckdb"])
def test_a_target_does_not_take_a_closed_stdin_for_an_input_that_has_ended(
    empty: Simulator, tmp_path: Path, command: str
) -> None:
    config = {"target-bill": settings(empty), "target-duckdb": {"filepath": "out.duckdb"}}[command]
    (tmp_path / "config.json").write_text(json.dumps(config))
    code, out, err = started(tmp_path, "<&-", command, "--config", "config.json")
    assert (code, out) == (2, "")
    (line,) = [each for each in err.splitlines() if each.startswith(f"{command}: ")]
    assert "the input cannot be read (it is closed); give it on stdin, or with `--input`" in line
    assert started(tmp_path, "<&- 2>&-", command, "--config", "config.json") == (2, "", "")


@pytest.mark.parametrize("command", ["tap-bill", "target-duckdb"])
def test_settings_are_not_read_from_a_closed_stdin(tmp_path: Path, command: str) -> None:
    code, out, err = started(tmp_path, "<&-", command, "--config", "-")
    assert (code, out) == (2, "")
    (line,) = [each for each in err.splitlines() if each.startswith(f"{command}: ")]
    assert "--config -: cannot be read (it is closed)" in line


def test_a_target_with_a_closed_stderr_does_its_work(empty: Simulator, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(settings(empty)))
    code, out, _ = started(tmp_path, "2>&-", "target-bill", "--config", "config.json")
    assert code == 0
    assert json.loads(out) == {"at": 1}


def test_bill_tells_of_results_that_are_lost_and_of_an_input_that_is_not_there(
    empty: Simulator, tmp_path: Path
) -> None:
    variables = connection(empty)
    code, _, err = started(tmp_path, ">&-", "bill", "list", "vendors", **variables)
    assert (code, err) == (1, "bill: the result cannot be written: stdout is closed\n")
    assert started(tmp_path, ">&- 2>&-", "bill", "list", "vendors", **variables)[0] == 1
    create = ("create", "vendor", "--set", "name=A")
    assert started(tmp_path, ">&-", "bill", *create, **variables)[0] == 4
    empty.control.forget_requests()
    for arguments in (["bulk", "create", "vendors", "-"], ["create", "vendor", "--json", "-"]):
        code, _, err = started(tmp_path, "<&-", "bill", *arguments, **variables)
        assert (code, err) == (2, "bill: stdin cannot be read: it is closed; give a file, or something to read from\n")
    assert not any("/Crud/" in each for each in empty.control.summary()["paths"]), "nothing was sent"
