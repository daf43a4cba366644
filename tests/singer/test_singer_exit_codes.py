"""How a command ends: a message for people on stderr, a code that says failure, and no traceback."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bill_api.errors import CredentialsError
from bill_program.errors import Interrupted, SettingsError
from bill_program.start import EXIT_FAILED, EXIT_INTERRUPTED
from bill_singer.exit_codes import plain_ending

WRITES_FOR_EVER = """
import sys
from bill_singer.exit_codes import plain_ending
with plain_ending("tap-bill"):
    while True:
        sys.stdout.write("a line that nobody reads\\n")
"""


@pytest.mark.parametrize(
    ("error", "code", "lines"),
    [
        (SettingsError("`a` is missing\n`b` is 5"), EXIT_FAILED, ["tap-bill: `a` is missing", "tap-bill: `b` is 5"]),
        (
            CredentialsError("Developer key is invalid.", code="BDC_1102", operation="/Login.json"),
            EXIT_FAILED,
            ["tap-bill: /Login.json: Developer key is invalid. (BDC_1102)"],
        ),
        (KeyboardInterrupt(), EXIT_INTERRUPTED, ["tap-bill: stopped"]),
        (Interrupted("stopped"), EXIT_INTERRUPTED, ["tap-bill: stopped"]),
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


def test_a_bug_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError), plain_ending("tap-bill"):
        raise ZeroDivisionError


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
    assert writing.wait(10) == EXIT_FAILED
    assert said == "tap-bill: the receiving program ended early\n"
