"""The package as people get it: built, checked, and installed by pip, pipx, uv and Meltano; each command is started.

Run by `make package`, with the tools of .venv-package. The files of a release are in output/package afterwards.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import yaml

from bill_simulator import Simulator

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".venv-package" / "bin"
MELTANO = ROOT / ".venv-meltano" / "bin" / "meltano"
FILES = ROOT / "output" / "package"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PROGRAMS = tuple(PROJECT["scripts"])
VERSION = PROJECT["version"]
WITHOUT_EXTRAS = ("tap-bill", "target-bill", "bill")
"""Programs that run without any extra; the others name theirs."""

STEP_S = 900
BILLS = 5
NONE: Mapping[str, str] = MappingProxyType({})


class PackageError(Exception):
    """The package is not what it should be."""


def ran(*command: Path | str, folder: Path = ROOT, variables: Mapping[str, str] = NONE) -> str:
    """The output of a command.

    Raises:
        PackageError: It failed.
    """
    kept = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    ended = subprocess.run(
        command, cwd=folder, env={**kept, **variables}, capture_output=True, text=True, timeout=STEP_S, check=False
    )
    if ended.returncode:
        raise PackageError(f"{' '.join(map(str, command))}\n{ended.stdout}{ended.stderr}")
    return ended.stdout


def built() -> Path:
    """The wheel, made of the source distribution; both are checked."""
    shutil.rmtree(FILES, ignore_errors=True)
    ran(TOOLS / "python", "-m", "build", "--outdir", FILES)
    (wheel,), (source,) = FILES.glob("*.whl"), FILES.glob("*.tar.gz")
    of_git(source)
    ran(TOOLS / "twine", "check", "--strict", *FILES.iterdir())
    ran(TOOLS / "check-wheel-contents", wheel)
    ran(TOOLS / "validate-pyproject", ROOT / "pyproject.toml")
    return wheel


def of_git(source: Path) -> None:
    """Look for files that lie about in a folder which the source distribution has as a whole.

    Raises:
        PackageError: It has one that git does not have.
    """
    if not (ROOT / ".git").exists():
        return
    with tarfile.open(source) as archive:
        packed = {each.name.partition("/")[2] for each in archive if each.isfile()}
    strays = packed - {"PKG-INFO", *ran("git", "ls-files", "-z").split("\0")}
    if strays:
        raise PackageError(f"{source.name} has files that git does not have: {', '.join(sorted(strays))}")


def starts(folder: Path, programs: Iterable[str] = PROGRAMS) -> None:
    """Start each command of a folder.

    Raises:
        PackageError: One does not start, or tells another version.
    """
    for program in programs:
        if VERSION not in ran(folder / program, "--version") or program not in ran(folder / program, "--help"):
            raise PackageError(f"{program} does not tell its version, or not its options")


def with_pip(wheel: Path, folder: Path) -> None:
    """Into environments of their own, without extras and with all of them."""
    for extras, programs in (("", WITHOUT_EXTRAS), ("[all]", PROGRAMS)):
        place = folder / f"pip{extras}"
        ran(sys.executable, "-m", "venv", place)
        ran(place / "bin" / "pip", "install", "--quiet", f"{wheel}{extras}")
        ran(place / "bin" / "pip", "check")
        starts(place / "bin", programs)
        if not (place / "share" / "bill-connector" / "transform" / "dbt_project.yml").is_file():
            raise PackageError("the models are not in share/bill-connector")


def with_pipx(wheel: Path, folder: Path) -> None:
    """As an application."""
    places = {"PIPX_HOME": str(folder / "pipx"), "PIPX_BIN_DIR": str(folder / "pipx-bin")}
    ran(TOOLS / "pipx", "install", "--quiet", f"{PROJECT['name']}[all] @ {wheel.as_uri()}", variables=places)
    starts(folder / "pipx-bin")


def with_uv(wheel: Path, folder: Path) -> None:
    """As a tool."""
    places = {"UV_TOOL_DIR": str(folder / "uv"), "UV_TOOL_BIN_DIR": str(folder / "uv-bin")}
    ran(TOOLS / "uv", "tool", "install", "--quiet", f"{PROJECT['name']}[all] @ {wheel.as_uri()}", variables=places)
    starts(folder / "uv-bin")


def with_meltano(wheel: Path, folder: Path) -> None:
    """Into a project of somebody else, by the definitions in the wheel; one sync.

    Raises:
        PackageError: It brought nothing, or not all.
    """
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)  # noqa: S202  a zip file of our own
    (shared,) = folder.glob("*.data/data/share/bill-connector/plugins")
    project = folder / "project"
    project.mkdir()
    own = {"default_environment": "dev", "environments": [{"name": "dev"}], "send_anonymous_usage_stats": False}
    (project / "meltano.yml").write_text(yaml.safe_dump(own))
    found = {"UV_FIND_LINKS": str(wheel.parent), "PIP_FIND_LINKS": str(wheel.parent), "NO_COLOR": "1"}
    for kind, name in (("extractor", "tap-bill"), ("loader", "target-duckdb"), ("utility", "bill")):
        definition = next(shared.glob(f"*/{name}.yml"))
        ran(MELTANO, "add", "--plugin-type", kind, name, "--from-ref", definition, folder=project, variables=found)
    settings = yaml.safe_load((project / "meltano.yml").read_text())
    settings["plugins"]["loaders"][0]["config"] = {"filepath": "warehouse.duckdb"}
    (project / "meltano.yml").write_text(yaml.safe_dump(settings))
    with Simulator(vendors=3, customers=2, bills=BILLS, invoices=5) as simulator:
        found |= {f"BILL_{name.upper()}": str(value) for name, value in simulator.settings.items()}
        ran(MELTANO, "run", "tap-bill", "target-duckdb", folder=project, variables=found)
        listed = ran(MELTANO, "invoke", "bill", "list", "bills", "--output", "json", folder=project, variables=found)
    if not (project / "warehouse.duckdb").is_file() or len(json.loads(listed)) != BILLS:
        raise PackageError("the project did not load what there is")


INSTALLS = (with_pip, with_pipx, with_uv, with_meltano)


def main() -> int:
    """Build, check and install the package: in every way, or in those that are named (`with_pip`, ...).

    Returns:
        1 where something is wrong with it, else 0.
    """
    try:
        wheel = built()
        print(f"built and checked: {', '.join(each.name for each in FILES.iterdir())}")
        for install in INSTALLS:
            if sys.argv[1:] and install.__name__ not in sys.argv[1:]:
                continue
            with tempfile.TemporaryDirectory() as folder:
                install(wheel, Path(folder))
            print(f"installed and started {install.__name__.replace('_', ' ')}")
    except PackageError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
