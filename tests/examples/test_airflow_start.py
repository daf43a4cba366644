"""The start of the example on Airflow, as far as it goes without Airflow."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

START = Path(__file__).parents[2] / "examples" / "airflow" / "start.py"
ORGANIZATION = "00801ORGANIZATIONaaa"


@pytest.mark.parametrize(
    ("listed", "variables", "said"),
    [
        (f"id,name,user\n{ORGANIZATION},Oak,alder\n", {}, f"{ORGANIZATION} (Oak): the variable ALDER_PASSWORD is not"),
        ("id;name;user\n", {}, "organizations.csv, line 1: the header"),
        ("", {"ORGANIZATIONS_FOLDER": ""}, "the variable ORGANIZATIONS_FOLDER is not set"),
        ("", {"ORGANIZATIONS_FOLDER": "none-such"}, "No such file or directory: 'none-such/organizations.csv'"),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, listed: str, variables: dict[str, str], said: str) -> None:
    (tmp_path / "organizations.csv").write_text(listed)
    given = {"ORGANIZATIONS_FOLDER": str(tmp_path), "ALDER_USERNAME": "alder"} | variables
    ran = subprocess.run(
        [sys.executable, str(START), str(tmp_path / "home")],
        env=os.environ | given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 2
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr
