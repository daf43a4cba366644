from __future__ import annotations

import fnmatch
import re
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def _let_in() -> list[str]:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    return [line.removeprefix("!") for line in lines if line.startswith("!")]


def test_the_build_sees_every_package_and_what_the_wheel_is_made_of() -> None:
    needed = [*PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"], "pyproject.toml"]
    needed += [PROJECT["project"]["readme"], "LICENSE"]
    assert [name for name in needed if not any(fnmatch.fnmatch(name, each) for each in _let_in())] == []


def test_the_build_sees_nothing_but_the_wheel() -> None:
    seen = {path.name for path in ROOT.iterdir() if any(fnmatch.fnmatch(path.name, each) for each in _let_in())}
    packages = set(PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    assert seen == packages | {"pyproject.toml", "README.md", "LICENSE"}


def test_the_image_names_extras_that_there_are() -> None:
    found = re.search(r"^ARG EXTRAS=(\S+)$", DOCKERFILE, re.MULTILINE)
    assert found
    assert set(found[1].split(",")) <= PROJECT["project"]["optional-dependencies"].keys()
