from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

from conftest import TIMEOUT_S

ROOT = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
WHEEL = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def let_in() -> set[str]:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    patterns = [line.removeprefix("!") for line in lines if line.startswith("!")]
    return {str(path.relative_to(ROOT)) for each in patterns for path in ROOT.glob(each)}


def wheel_of(source: Path, folder: Path) -> set[str]:
    """The files of a wheel that is built from a folder."""
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=source, capture_output=True, text=True, timeout=TIMEOUT_S, check=False,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    (wheel,) = folder.glob("*.whl")
    return set(zipfile.ZipFile(wheel).namelist())


def test_what_the_build_sees_makes_the_wheel_of_the_repository(tmp_path: Path) -> None:
    context = tmp_path / "context"
    for each in let_in():
        path = context / each
        path.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / each).is_dir():
            shutil.copytree(ROOT / each, path, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / each, path)
    assert wheel_of(context, tmp_path / "seen") == wheel_of(ROOT, tmp_path / "whole")


def test_the_build_sees_nothing_but_the_wheel() -> None:
    files = {"pyproject.toml", "hatch_build.py", "README.md", "LICENSE"}
    assert let_in() == files | {*WHEEL["packages"], *WHEEL["shared-data"]}


def test_the_image_names_extras_that_there_are() -> None:
    found = re.search(r"^ARG EXTRAS=(\S+)$", DOCKERFILE, re.MULTILINE)
    assert found
    assert set(found[1].split(",")) <= PROJECT["project"]["optional-dependencies"].keys()
