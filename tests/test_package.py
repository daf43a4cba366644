"""The package that an index gets: what is in it, and what it says of itself. `make package` installs it as well."""

from __future__ import annotations

import email
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from doc_pages import links
from programs import TIMEOUT_S

from hatch_build import RELEASE, readme

if TYPE_CHECKING:
    from email.message import Message

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = set(PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
PROGRAMS = PYPROJECT["project"]["scripts"]
REPOSITORY = PYPROJECT["tool"]["hatch"]["metadata"]["hooks"]["custom"]["repository"]
NAME = f"bill_connector-{PYPROJECT['project']['version']}"
SHARED = f"{NAME}.data/data/share/bill-connector"
OF_A_WORKING_FOLDER = re.compile(
    r"(^|/)(\.venv[^/]*|\.env|\.git|\.meltano|\.bill|output|dist|__pycache__|\.[a-z]+_cache)(/|$)|^transform/(target|logs)/"
)
STREWN = (
    "bill.json",
    "bill_prod.json",
    "target_bill.yaml",
    "states.jsonl",
    "payables.csv",
    "plan.html",
    ".env.prod",
    ".envrc",
    "tests.old/config.json",
    "node/.env",
)
"""What people keep in the folder where they work: settings, STATE, data."""


def build(kind: str, source: Path, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", folder],
        cwd=source,
        env={**os.environ, **more},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


@pytest.fixture(scope="module")
def working(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this project, in which people have worked."""
    folder = tmp_path_factory.mktemp("work") / "bill-connector"
    left_out = shutil.ignore_patterns(".git", ".venv*", ".meltano", ".cache", ".*_cache", "output", "__pycache__")
    shutil.copytree(ROOT, folder, ignore=left_out)
    for each in STREWN:
        (folder / each).parent.mkdir(exist_ok=True)
        (folder / each).write_text('{"password": "kept to myself"}')
    return folder


@pytest.fixture(scope="module")
def source(working: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the source distribution."""
    folder = tmp_path_factory.mktemp("source")
    built = build("sdist", working, folder)
    assert built.returncode == 0, built.stderr
    with tarfile.open(next(folder.glob("*.tar.gz"))) as archive:
        archive.extractall(folder, filter="data")
    return folder / NAME


@pytest.fixture(scope="module")
def wheel(source: Path) -> zipfile.ZipFile:
    """The wheel that is made of the source distribution, as an installer would."""
    built = build("wheel", source, source.parent)
    assert built.returncode == 0, built.stderr
    return zipfile.ZipFile(next(source.parent.glob("*.whl")))


@pytest.fixture(scope="module")
def told(wheel: zipfile.ZipFile) -> Message:
    """What the package says of itself."""
    return email.message_from_bytes(wheel.read(f"{NAME}.dist-info/METADATA"))


def test_the_source_has_what_belongs_to_it_and_nothing_of_a_working_folder(source: Path) -> None:
    names = {str(each.relative_to(source)) for each in source.rglob("*")}
    assert {"LICENSE", "README.md", "hatch_build.py", "meltano.yml", "tests/conftest.py", "docs/index.md"} <= names
    assert [each for each in names if OF_A_WORKING_FOLDER.search(each)] == []
    assert names.isdisjoint(STREWN)


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="git does not know these files")
def test_the_source_has_every_file_of_the_repository(source: Path) -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607
    tracked = {each for each in listed.stdout.split("\0") if (ROOT / each).is_file()}
    assert sorted(each for each in tracked if not (source / each).is_file()) == []


def test_the_wheel_has_the_packages_and_what_meltano_and_dbt_read(wheel: zipfile.ZipFile) -> None:
    names = wheel.namelist()
    tops = {each.partition("/")[0] for each in names}
    assert tops == PACKAGES | {f"{NAME}.dist-info", f"{NAME}.data"}
    assert {f"{each}/py.typed" for each in PACKAGES} <= set(names)
    assert f"{NAME}.dist-info/licenses/LICENSE" in names
    shared = {each.removeprefix(f"{SHARED}/") for each in names if each.startswith(SHARED)}
    plugins = {str(each.relative_to(ROOT)) for each in ROOT.glob("plugins/*/*.*")}
    # dbt leaves `.user.yml` where it has run; Git ignores it.
    models = {
        str(each.relative_to(ROOT))
        for each in (ROOT / "transform").rglob("*.*")
        if each.suffix in {".sql", ".yml"}
        and each.name not in {"profiles.yml", ".user.yml"}
        and "target" not in each.parts
    }
    assert shared == plugins | models


def test_every_file_of_a_package_is_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    kept = {each for each in wheel.namelist() if each.partition("/")[0] in PACKAGES}
    files = {
        str(each.relative_to(ROOT))
        for name in PACKAGES
        for each in (ROOT / name).rglob("*")
        if each.is_file() and "__pycache__" not in each.parts
    }
    assert kept == files


def test_the_page_of_an_index_has_no_link_that_leads_nowhere(told: Message) -> None:
    text = told.get_payload()
    assert isinstance(text, str)
    assert "bill-connector" in text
    assert [each for each in links(text) if not each.startswith(("https://", "#"))] == []
    assert told["Description-Content-Type"] == "text/markdown"


def test_links_begin_with_the_address_if_there_is_one() -> None:
    text = "[a page](docs/tap.md#state), [a site](https://sdk.meltano.com), [here](#its-state), `pip install '.[all]'`"
    files = "https://example.com/owner/name/blob/v1"
    assert readme(text, files) == text.replace("(docs", f"({files}/docs")
    assert readme(text, "") == text.replace("[a page](docs/tap.md#state)", "a page")


def test_the_package_names_the_repository_only_if_there_is_one(told: Message) -> None:
    assert bool(told.get_all("Project-URL")) == bool(REPOSITORY)


@pytest.mark.skipif(bool(REPOSITORY), reason="there is an address")
def test_a_release_without_an_address_is_refused(tmp_path: Path) -> None:
    refused = build("sdist", ROOT, tmp_path, **{RELEASE: "1"})
    assert refused.returncode != 0
    assert "`repository` is empty" in refused.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("option", ["--version", "--help"])
def test_every_command_tells_its_version_and_its_options(tmp_path: Path, program: str, option: str) -> None:
    ran = subprocess.run(
        [Path(sys.executable).with_name(program), option],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert program in ran.stdout
    assert option == "--help" or PYPROJECT["project"]["version"] in ran.stdout
