"""Singer is UTF-8: whatever the locale, the way in, and a byte-order mark in front."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from conftest import settings
from programs import TIMEOUT_S
from target_run import books, singer, vendors

if TYPE_CHECKING:
    from pathlib import Path

    from bill_simulator import Simulator

NAME = "Stadtwerke M\u00fcnchen \u2013 \u0141\u00f3d\u017a \u6771\u4eac"
LOCALES: dict[str, dict[str, str]] = {
    "C": {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    "Latin-1": {"LANG": "en_US.ISO-8859-1", "LC_ALL": "en_US.ISO-8859-1", "PYTHONUTF8": "0"},
    "cp1252": {"PYTHONIOENCODING": "cp1252"},
    "ascii": {"PYTHONIOENCODING": "ascii", "LC_ALL": "POSIX", "PYTHONUTF8": "0"},
}
MARK = b"\xef\xbb\xbf"


def load(
    simulator: Simulator, folder: Path, given: bytes, locale: str, *, by_file: bool = False
) -> subprocess.CompletedProcess[bytes]:
    """Run target-bill under a locale, with bytes from its standard input or from a file."""
    (folder / "config.json").write_text(json.dumps(settings(simulator)))
    (folder / "input.jsonl").write_bytes(given)
    command = [sys.executable, "-m", "target_bill", "--config", "config.json"]
    return subprocess.run(
        [*command, "--input", "input.jsonl"] if by_file else command,
        input=None if by_file else given,
        capture_output=True,
        timeout=TIMEOUT_S,
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1", **LOCALES[locale]},
        check=False,
    )


def named(*names: str) -> bytes:
    """Messages with letters as they are, and not as escapes."""
    text = singer(vendors(*names), state={"name": NAME})
    return "".join(json.dumps(json.loads(line), ensure_ascii=False) + "\n" for line in text.splitlines()).encode()


@pytest.mark.parametrize("locale", LOCALES)
def test_letters_arrive_as_they_are_under_every_locale(empty: Simulator, tmp_path: Path, locale: str) -> None:
    for by_file in (False, True):
        name = f"{NAME} {by_file:d}"
        ran = load(empty, tmp_path, (MARK if by_file else b"") + named(name), locale, by_file=by_file)
        assert ran.returncode == 0, ran.stderr
        assert name in [each["name"] for each in books(empty, "Vendor")]
        assert json.loads(ran.stdout) == {"name": NAME}, "and so does the STATE"


@pytest.mark.parametrize("by_file", [False, True])
def test_a_line_that_is_no_utf_8_is_named_by_its_number_and_nothing_is_written(
    empty: Simulator, tmp_path: Path, *, by_file: bool
) -> None:
    lines = named("First", "Caf\u00e9").splitlines(keepends=True)
    lines[2] = lines[2].decode().encode("latin-1")
    ran = load(empty, tmp_path, b"".join(lines), "cp1252", by_file=by_file)
    assert ran.returncode == 1
    assert b"line 3 of the input is not UTF-8, as Singer is" in ran.stderr
    assert b"Traceback" not in ran.stderr
    assert books(empty, "Vendor") == []


def test_a_mark_behind_the_first_line_is_no_mark(empty: Simulator, tmp_path: Path) -> None:
    first, second, *rest = named("First").splitlines(keepends=True)
    ran = load(empty, tmp_path, b"".join([first, MARK + second, *rest]), "cp1252")
    assert ran.returncode == 1
    assert b"line 2 of the input is not JSON" in ran.stderr


def test_a_name_is_shown_under_every_locale(empty: Simulator, tmp_path: Path) -> None:
    """The account and the files beside it, where a terminal has no letters for them."""
    record = {"vendorName": NAME, "invoiceNumber": "1", "billLineItems": [{"amount": 1}]}
    days = {"invoiceDate": "2026-01-05", "dueDate": "2026-01-05"}
    given = named("First") + singer(("bills", ["vendorName"], [{**record, **days}])).encode()
    for locale in ("C", "Latin-1"):
        ran = load(empty, tmp_path, given, locale)
        assert (ran.returncode, b"Traceback" in ran.stderr) == (1, False), ran.stderr
        assert b"1 rejected records" in ran.stderr
    for path in (tmp_path / ".bill/reports").glob("*-rejects-bills.csv"):
        assert NAME in path.read_text(encoding="utf-8")
