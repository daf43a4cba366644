"""How a command ends: a message for people on stderr, a code for orchestrators, and no traceback but that of a bug."""

from __future__ import annotations

import os
import subprocess
import sys

import click
import pytest

from bill_api.errors import CredentialsError
from bill_program.ending import plain_ending
from bill_program.errors import ConnectorError, Interrupted, SettingsError, TakenError
from bill_program.exit_codes import ExitCode, hardest

WRITES_FOR_EVER = """
import sys
from bill_program.ending import plain_ending
with plain_ending("tap-bill"):
    while True:
        sys.stdout.write("a line that nobody reads\\n")
"""

FAILS = """
import sys
from bill_program.ending import plain_ending
from bill_program.errors import TakenError
with plain_ending("tap-bill"):
    sys.stdout.write("a line that is lost\\n")
    raise {error}
"""


@pytest.mark.parametrize(
    ("error", "code", "lines"),
    [
        (SettingsError("`a` is missing\n`b` is 5"), ExitCode.USAGE, ["tap-bill: `a` is missing", "tap-bill: `b` is 5"]),
        (
            CredentialsError("Developer key is invalid.", code="BDC_1102", operation="/Login.json"),
            ExitCode.CREDENTIALS,
            ["tap-bill: /Login.json: Developer key is invalid. (BDC_1102)"],
        ),
        (ConnectorError("line 5 is none"), ExitCode.REFUSED, ["tap-bill: line 5 is none"]),
        (TakenError("another has it"), ExitCode.TAKEN, ["tap-bill: another has it"]),
        (click.UsageError("no such\x1b option"), ExitCode.USAGE, [r"Error: no such\x1b option"]),
        (click.FileError("a.csv", "it is gone"), ExitCode.USAGE, ["Error: Could not open file 'a.csv': it is gone"]),
        (click.Abort(), ExitCode.INTERRUPTED, ["tap-bill: stopped"]),
        (KeyboardInterrupt(), ExitCode.INTERRUPTED, ["tap-bill: stopped"]),
        (Interrupted("stopped"), ExitCode.INTERRUPTED, ["tap-bill: stopped"]),
    ],
    ids=lambda each: type(each).__name__,
)
def test_an_error_of_ours_is_a_message_and_a_code(
    error: BaseException, code: int, lines: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended, plain_ending("tap-bill"):
        raise error
    assert ended.value.code == code
    told = capsys.readouterr()
    assert told.err.splitlines() == lines
    assert told.out == ""


@pytest.mark.parametrize("error", ["ZeroDivisionError('by nothing')", "OSError('of no system')"])
def test_a_bug_keeps_its_traceback_and_has_a_code_of_its_own(error: str) -> None:
    ran = subprocess.run([sys.executable, "-c", FAILS.format(error=error)], capture_output=True, text=True, check=False)
    assert ran.returncode == ExitCode.BUG
    assert ran.stdout == "a line that is lost\n"
    assert ran.stderr.startswith("Traceback (most recent call last):\n")
    assert error.partition("(")[2][1:-2] in ran.stderr.splitlines()[-1]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux has this device")  # noqa: PTH110
@pytest.mark.parametrize(
    ("error", "code"), [("ZeroDivisionError()", ExitCode.BUG), ("TakenError('another has it')", ExitCode.TAKEN)]
)
def test_a_full_disk_does_not_hide_what_went_wrong_before(error: str, code: ExitCode) -> None:
    """Python itself would end with 120 where its last flush fails."""
    with open("/dev/full", "w") as full:  # noqa: PTH123  no file
        ran = subprocess.run(
            [sys.executable, "-c", FAILS.format(error=error)],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env={**os.environ, "PYTHONUNBUFFERED": ""},
        )
    assert ran.returncode == code, ran.stderr
    assert "No space" not in ran.stderr


def test_what_goes_well_ends_without_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    with plain_ending("tap-bill"):
        pass
    assert capsys.readouterr() == ("", "")


def test_a_reader_that_has_gone_is_said_in_one_line() -> None:
    writing = subprocess.Popen(
        [sys.executable, "-c", WRITES_FOR_EVER], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert writing.stdout is not None
    assert writing.stderr is not None
    with writing.stdout, writing.stderr:
        writing.stdout.readline()
        writing.stdout.close()
        said = writing.stderr.read()
    assert writing.wait(10) == ExitCode.REFUSED
    assert said == "tap-bill: the receiving program ended early\n"


@pytest.mark.parametrize(
    ("codes", "counts"),
    [
        ([ExitCode.CONNECTION, ExitCode.CREDENTIALS], ExitCode.CREDENTIALS),
        ([ExitCode.CONNECTION, ExitCode.LIMIT, ExitCode.CONNECTION], ExitCode.LIMIT),
        ([ExitCode.LIMIT, ExitCode.REFUSED], ExitCode.REFUSED),
        ([ExitCode.CREDENTIALS, ExitCode.USAGE], ExitCode.USAGE),
    ],
)
def test_of_several_failures_the_one_that_a_run_again_has_to_wait_for_counts(
    codes: list[ExitCode], counts: ExitCode
) -> None:
    assert hardest(codes) is counts
