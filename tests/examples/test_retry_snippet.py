"""The lines of bash on the page of exit codes, with small commands in place of a tap and a target."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "exit-codes.md"
LOSES_ITS_TARGET = "trap '' PIPE; while echo '{}'; do :; done 2>/dev/null; exit 1"
READS = "cat >/dev/null; exit "
SOON, HOUR, PERSON = "again in ten minutes\n", "again after the full hour\n", "a person has to look\n"


@pytest.mark.parametrize(
    ("tap", "target", "said", "code"),
    [
        ("exit 0", READS + "0", "", 0),
        ("exit 0", READS + "7", SOON, 0),
        (LOSES_ITS_TARGET, "exit 7", SOON, 0),
        ("kill -PIPE $$", "exit 7", SOON, 0),
        (LOSES_ITS_TARGET, "exit 1", PERSON, 1),
        (LOSES_ITS_TARGET, "exit 0", PERSON, 1),
        ("exit 5", READS + "0", PERSON, 5),
        ("exit 5", READS + "7", PERSON, 5),
        ("exit 6", READS + "0", HOUR, 0),
        ("exit 3", READS + "5", SOON + PERSON, 5),
        ("exit 1", READS + "0", PERSON, 1),
    ],
)
def test_the_lines_answer_to_what_decides(tmp_path: Path, tap: str, target: str, said: str, code: int) -> None:
    (lines,) = re.findall(r"^```bash\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    for name, text in {"tap-bill": tap, "target-duckdb": target}.items():
        (tmp_path / name).write_text(f"#!/bin/bash\n{text}\n")
        (tmp_path / name).chmod(0o700)
    programs = os.pathsep.join([str(tmp_path), os.environ["PATH"]])
    ran = subprocess.run(
        ["/bin/bash", "-c", lines],
        cwd=tmp_path,
        env={**os.environ, "PATH": programs},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ran.stdout, ran.returncode) == (said, code)
