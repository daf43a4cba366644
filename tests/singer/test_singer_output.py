"""stdout that is closed or full, and a person who stops a run: one line, and a code that says failure."""

from __future__ import annotations

import json
import os
import signal
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
    "tap_bill": "tap-bill",
    "tap_bill_csv": "tap-bill-csv",
    "target_bill": "target-bill",
    "target_duckdb": "target-duckdb",
}
MESSAGES = (
    '{"type": "SCHEMA", "stream": "vendors", "schema": {"properties": {"name": {"type": "string"}}}, '
    '"key_properties": ["name"]}\n'
    '{"type": "RECORD", "stream": "vendors", "record": {"name": "A"}}\n'
    '{"type": "STATE", "value": {"at": 1}}\n'
)
ROWS = 20_000


def configure(simulator: Simulator, folder: Path, package: str) -> list[str]:
    """Write what a command needs, and return how to start it."""
    csv = {
        "path": "bills.csv",
        "stream": "bills",
        "columns": {"vendorName": "Supplier", "invoiceNumber": "Number", "invoiceDate": "Date"},
        "lines": {"columns": {"amount": "Amount"}},
    }
    config: dict[str, Any] = {
        "tap_bill": settings(simulator),
        "target_bill": settings(simulator),
        "tap_bill_csv": {"files": [csv]},
        "target_duckdb": {"filepath": "out.duckdb"},
    }[package]
    (folder / "config.json").write_text(json.dumps(config))
    rows = "".join(f"Ace,{number},2026-01-31,1.50\n" for number in range(ROWS))
    (folder / "bills.csv").write_text("Supplier,Number,Date,Amount\n" + rows)
    return [sys.executable, "-m", package, "--config", "config.json"]


def own_words(package: str, said: str) -> str:
    """The one line that the command ends with."""
    assert "Traceback" not in said, said
    assert "Exception ignored" not in said, said
    (line,) = [each for each in said.splitlines() if each.startswith(f"{COMMANDS[package]}: ") and "output" in each]
    return line


def full(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    with open("/dev/full", "w") as nowhere:  # noqa: PTH123  # a device
        return subprocess.run(
            command, cwd=folder, input=MESSAGES, stdout=nowhere, stderr=subprocess.PIPE, text=True,
            timeout=TIMEOUT_S, check=False,
        )  # fmt: skip


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux has this device")  # noqa: PTH110
@pytest.mark.parametrize("package", COMMANDS)
def test_a_full_disk_behind_stdout_is_one_line(empty: Simulator, tmp_path: Path, package: str) -> None:
    done = full(configure(empty, tmp_path, package), tmp_path)
    assert done.returncode == 1, done.stderr
    assert "the output cannot be written (No space left on device)" in own_words(package, done.stderr)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux has this device")  # noqa: PTH110
@pytest.mark.parametrize("package", ["tap_bill", "tap_bill_csv"])
def test_a_catalog_that_cannot_be_written_is_one_line(empty: Simulator, tmp_path: Path, package: str) -> None:
    done = full([*configure(empty, tmp_path, package), "--discover"], tmp_path)
    assert done.returncode == 1, done.stderr
    assert "the output cannot be written" in own_words(package, done.stderr)


@pytest.mark.parametrize("package", COMMANDS)
def test_stdout_that_is_closed_is_one_line(empty: Simulator, tmp_path: Path, package: str) -> None:
    command = configure(empty, tmp_path, package)
    done = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" >&-', "sh", *command],
        cwd=tmp_path, input=MESSAGES, stderr=subprocess.PIPE, text=True, timeout=TIMEOUT_S, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "stdout is closed" in own_words(package, done.stderr)


@pytest.mark.parametrize("package", ["tap_bill", "tap_bill_csv"])
def test_a_target_that_ends_early_leaves_one_line_of_the_tap(
    simulator: Simulator, tmp_path: Path, package: str
) -> None:
    with subprocess.Popen(
        configure(simulator, tmp_path, package), cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as tap:
        assert tap.stdout
        assert tap.stderr
        tap.stdout.readline()
        tap.stdout.close()
        said = tap.stderr.read().decode()
    assert tap.returncode == 1, said
    assert "the program that reads our output has ended" in own_words(package, said)


@pytest.mark.parametrize("package", ["tap_bill", "tap_bill_csv"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_tap_that_is_stopped_says_so_in_one_line_and_breaks_none(
    simulator: Simulator, tmp_path: Path, package: str, number: signal.Signals
) -> None:
    command = configure(simulator, tmp_path, package)
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as tap:
        assert tap.stdout
        assert tap.stderr
        first = tap.stdout.readline()
        tap.send_signal(number)
        rest = tap.stdout.read()
        said = tap.stderr.read().decode()
    assert tap.returncode == 130, said
    assert "Traceback" not in said
    assert f"{COMMANDS[package]}: stopped by {number.name}; the next run goes on at the last STATE" in said
    assert all(json.loads(line)["type"] for line in (first + rest).splitlines()), "whole lines"
