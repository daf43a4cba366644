"""The container image: what its build sees, and what it names."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

from programs import TIMEOUT_S

ROOT = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
WHEEL: dict[str, Any] = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
BUILT_WITH = {"pyproject.toml", "hatch_build.py", "README.md", "LICENSE"}


def _lines() -> list[str]:
    return [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]


def _let_in() -> list[str]:
    return [line.removeprefix("!") for line in _lines() if line.startswith("!")]


def test_the_build_sees_what_the_wheel_is_made_of_by_name_and_nothing_else() -> None:
    assert _lines()[0] == "*"
    assert sorted(_let_in()) == sorted({*BUILT_WITH, *WHEEL["packages"], *WHEEL["shared-data"]})
    assert [each for each in _let_in() if not (ROOT / each).exists()] == []


def test_the_wheel_is_made_of_what_the_build_sees(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    for each in _let_in():
        (seen / each).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (ROOT / each).is_dir() else shutil.copy
        copy(ROOT / each, seen / each)
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path],
        cwd=seen,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        names = wheel.namelist()
    made = [*WHEEL["packages"], *WHEEL["shared-data"].values()]
    assert [each for each in made if not any(f"/{each}/" in f"/{name}/" for name in names)] == []


def test_the_image_names_extras_that_there_are() -> None:
    found = re.search(r"^ARG EXTRAS=(\S+)$", DOCKERFILE, re.MULTILINE)
    assert found
    assert set(found[1].split(",")) <= PROJECT["project"]["optional-dependencies"].keys()
