"""Several runs of one Meltano project at a time, with the plugins that docs/organizations.md gives each of them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
import yaml
from conftest import settings
from programs import Started

from bill_simulator import defaults

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bill_simulator import Simulator

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent
MELTANO = ROOT / ".venv-meltano" / "bin" / "meltano"
COMMAND_S = 300
ORGANIZATIONS = {"north": defaults.ORGANIZATION_ID, "south": defaults.EMPTY_ORGANIZATION_ID}
PAGE = (ROOT / "docs" / "organizations.md").read_text()
(TOLD,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def project(folder: Path) -> None:
    """A project with our plugins, installed already, and those of the page."""
    plugins: dict[str, list[dict[str, Any]]] = yaml.safe_load((ROOT / "meltano.yml").read_text())["plugins"]
    for each in (*plugins["extractors"], *plugins["loaders"]):
        del each["pip_url"]
        each["executable"] = str(Path(sys.executable).with_name(each["name"]))
    for kind, more in yaml.safe_load(TOLD)["plugins"].items():
        plugins[kind] += more
    rest = {"environments": [{"name": "dev"}], "default_environment": "dev", "send_anonymous_usage_stats": False}
    written = {**rest, "plugins": {kind: plugins[kind] for kind in ("extractors", "loaders")}}
    (folder / "meltano.yml").write_text(yaml.safe_dump(written))
    shutil.copytree(ROOT / "plugins", folder / "plugins")
    (folder / "output").mkdir()
    # Two first commands at once would both make Meltano's database.
    subprocess.run([MELTANO, "state", "list"], cwd=folder, capture_output=True, timeout=COMMAND_S, check=True)


def run_together(folder: Path, runs: Iterable[tuple[str, str]], variables: dict[str, str]) -> None:
    """All of these runs at the same time, each of which has to end well."""
    env = {**os.environ, **variables, "NO_COLOR": "1"}
    started = [Started(str(MELTANO), ["run", *run], cwd=folder, env=env) for run in runs]
    for each in started:
        said = each.communicate(timeout=COMMAND_S)
        assert each.returncode == 0, said


def test_two_organizations_are_read_and_loaded_at_the_same_time(simulator: Simulator, tmp_path: Path) -> None:
    control = simulator.control
    control.change_directory(
        users=[{"username": defaults.USERNAME, "organizations": list(ORGANIZATIONS.values())}],
    )
    for number, organization in enumerate(ORGANIZATIONS.values()):
        control.seed(organization, seed=number, vendors=8 + number, bills=12 + number)
    project(tmp_path)
    variables = {f"BILL_{name.upper()}": str(value) for name, value in settings(simulator).items()}
    variables |= {f"{name.upper()}_ORGANIZATION_ID": id_ for name, id_ in ORGANIZATIONS.items()}
    for name in ORGANIZATIONS:
        (tmp_path / f"{name}.csv").write_text("Name\n" + "".join(f"{name} {n}\n" for n in range(40)))

    run_together(tmp_path, [(f"tap-bill-csv--{name}", f"target-bill--{name}") for name in ORGANIZATIONS], variables)
    run_together(tmp_path, [(f"tap-bill--{name}", f"target-duckdb--{name}") for name in ORGANIZATIONS], variables)

    for name, organization in ORGANIZATIONS.items():
        vendors = {each["id"]: each["name"] for each in control.books(organization, "Vendor")}
        loaded = [each for each in vendors.values() if each.startswith(f"{name} ")]
        assert sorted(loaded) == sorted(f"{name} {n}" for n in range(40))
        with duckdb.connect(str(tmp_path / "output" / f"{name}.duckdb"), read_only=True) as db:
            assert dict(db.execute("SELECT id, name FROM tap_bill.vendors").fetchall()) == vendors
            bills = {each["id"] for each in control.books(organization, "Bill")}
            assert {id_ for (id_,) in db.execute("SELECT id FROM tap_bill.bills").fetchall()} == bills
