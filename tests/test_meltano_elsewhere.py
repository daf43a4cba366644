"""Meltano projects outside of this repository, made with `meltano add --from-ref` and the definitions in `plugins/`."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
import yaml
from conftest import client_for, settings
from doc_pages import PAGES, sessions
from meltano_hub import meltano_hub
from plugin_definitions import PLUGINS
from programs import run_text

from bill_api.connection import CONNECTION_VARIABLES
from bill_api.entities import BY_NAME, BY_STREAM, ENTITIES
from bill_api.table.entity import snake
from bill_cli.commands.limits import sync
from bill_simulator import Simulator
from bill_simulator.defaults import ORGANIZATION_ID

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent
MELTANO = ROOT / ".venv-meltano" / "bin" / "meltano"
COMMAND_S = 240
TAX_ID = "98-7654321"
OURS = {each.name: each.kind for each in PLUGINS}
KINDS = {"tap": "extractors", "target": "loaders"}
"""What the first part of a name says of a plugin that is not ours."""

SESSIONS = [
    pytest.param(session, id=page.stem)
    for page in PAGES
    for session in sessions(page.read_text())
    if any(line.startswith("meltano add ") for line in session)
]
BEFORE_ALL = ["*.*"]
"""What Meltano selects where a project says nothing: all, whatever the catalog has as its default."""


def meltano(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return run_text(str(MELTANO), arguments, cwd=folder, env=variables_with(more), timeout_s=COMMAND_S)


def variables_with(more: Mapping[str, str]) -> dict[str, str]:
    return {**os.environ, "NO_COLOR": "1", "MELTANO_AUTO_INSTALL": "false", **more}


def command(folder: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words,
        cwd=folder,
        env=variables_with(more),
        capture_output=True,
        text=True,
        timeout=COMMAND_S,
        check=False,
    )


def added(folder: Path, *plugins: str) -> dict[str, Any]:
    """A project to which plugins are added by their definitions, with commands that are installed already."""
    path = folder / "meltano.yml"
    rest = {"environments": [{"name": "dev"}], "default_environment": "dev", "send_anonymous_usage_stats": False}
    path.write_text(yaml.safe_dump(rest))
    for each in plugins:
        (definition,) = ROOT.glob(f"plugins/*/{each}.yml")
        ran = meltano(folder, "add", "--no-install", "--plugin-type", kind(each), each, "--from-ref", str(definition))
        assert ran.returncode == 0, ran.stdout + ran.stderr
    project = dict(yaml.safe_load(path.read_text()))
    for each in (plugin for plugins_of_a_kind in project.get("plugins", {}).values() for plugin in plugins_of_a_kind):
        each["executable"] = str(Path(sys.executable).with_name(each["name"]))
    path.write_text(yaml.safe_dump(project))
    return project


def project(folder: Path, select: list[str] | None) -> Path:
    """A project that reads BILL into a warehouse."""
    made = added(folder, "tap-bill", "target-duckdb")
    made["plugins"]["loaders"][0]["config"] = {"filepath": str(folder / "warehouse.duckdb")}
    if select is not None:
        made["plugins"]["extractors"][0]["select"] = select
    (folder / "meltano.yml").write_text(yaml.safe_dump(made))
    return folder / "warehouse.duckdb"


def variables(simulator: Simulator) -> dict[str, str]:
    return {f"BILL_{name.upper()}": str(value) for name, value in settings(simulator).items()}


def named(session: list[str], verb: str) -> set[str]:
    """The plugins that a command of a session names."""
    words = {word for line in session if line.startswith(f"meltano {verb} ") for word in shlex.split(line)}
    return {each for each in words if each in OURS or each.startswith(("tap-", "target-"))}


def kind(plugin: str) -> str:
    return OURS.get(plugin) or KINDS[plugin.partition("-")[0]]


@pytest.mark.parametrize("session", SESSIONS)
def test_what_a_page_adds_is_in_the_project_once_and_of_its_kind(session: list[str], tmp_path: Path) -> None:
    """Nothing is installed: our package may be on no index."""
    adds = named(session, "add")
    there = (named(session, "config") & OURS.keys()) - adds
    added(tmp_path, *there)
    (tmp_path / "bill-connector").symlink_to(ROOT)
    (tmp_path / "documents.json").write_text("{}")
    with meltano_hub() as hub:
        more = {
            "MELTANO_HUB_URL": hub,
            "XDG_CACHE_HOME": str(tmp_path),
            "PATH": f"{MELTANO.parent}:{os.environ['PATH']}",
        }
        for line in session:
            if line.startswith(("meltano add ", "meltano config ")):
                shown = line.replace("meltano add", "meltano add --no-install")
                ran = command(tmp_path, "bash", "-c", shown, **more)
                assert ran.returncode == 0, ran.stdout + ran.stderr
    made = yaml.safe_load((tmp_path / "meltano.yml").read_text())["plugins"]
    found = [(each, plugin["name"]) for each in made for plugin in made[each]]
    assert sorted(found) == sorted((kind(each), each) for each in adds | there)


def test_a_spreadsheet_goes_into_bill_with_the_definitions_alone(simulator: Simulator, tmp_path: Path) -> None:
    made = added(tmp_path, "tap-bill-csv", "target-bill")
    (tmp_path / "vendors.csv").write_text("name\nFern & Daughters\n")
    entry = {"path": "vendors.csv", "stream": "vendors", "columns": {"name": "name"}}
    made["plugins"]["extractors"][0]["config"] = {"files": [entry]}
    (tmp_path / "meltano.yml").write_text(yaml.safe_dump(made))
    ran = meltano(tmp_path, "run", "tap-bill-csv", "target-bill", **variables(simulator))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Fern & Daughters" in [each["name"] for each in simulator.control.books(ORGANIZATION_ID, "Vendor")]


def test_what_is_not_given_is_not_handed_over(tmp_path: Path) -> None:
    """`use_production_url` above all: a constant of Meltano's would count more than `BILL_USE_PRODUCTION_URL`."""
    added(tmp_path, "tap-bill")
    environment = {"BILL_USERNAME": "shared", "BILL_DEVICE_ID": "shared", "TAP_BILL_DEVICE_ID": "own"}
    given = {"username": "shared", "device_id": "own"}
    for text, value in ((None, None), ("false", False), ("true", True)):
        more = {} if text is None else {"BILL_USE_PRODUCTION_URL": text}
        ran = meltano(tmp_path, "invoke", "--dump=config", "tap-bill", **environment, **more)
        assert ran.returncode == 0, ran.stderr
        found = {name: each for name, each in json.loads(ran.stdout).items() if name in CONNECTION_VARIABLES}
        assert found == given | ({} if value is None else {"use_production_url": value})


@pytest.mark.parametrize("select", [None, BEFORE_ALL])
def test_no_bank_or_tax_number_reaches_its_warehouse(
    simulator: Simulator, tmp_path: Path, select: list[str] | None
) -> None:
    warehouse = project(tmp_path, select)
    client_for(simulator).create(BY_NAME["Vendor"], {"name": "Tax payer", "taxId": TAX_ID})
    ran = meltano(tmp_path, "run", "tap-bill", "target-duckdb", **variables(simulator))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    books = {each.name: simulator.control.books(ORGANIZATION_ID, each.name) for each in ENTITIES if each.sensitive}
    secret = {
        str(row[name])
        for entity in ENTITIES
        for row in books.get(entity.name, ())
        for name in entity.sensitive
        if row.get(name)
    }
    assert TAX_ID in secret, "the books have numbers to keep"
    assert any("*" in each for each in secret), "those of bank accounts are masked"
    named = {(entity.stream, snake(name)) for entity in ENTITIES for name in entity.sensitive}
    with duckdb.connect(str(warehouse), read_only=True) as db:
        columns = db.execute("SELECT table_schema, table_name, column_name FROM information_schema.columns").fetchall()
        assert not {(table, column) for _, table, column in columns} & named
        assert {table for _, table, _ in columns} >= {"vendors", "bills", "bill_line_items"}
        tables = {(schema, table) for schema, table, _ in columns}
        kept = {str(value) for each in tables for row in db.table(".".join(each)).fetchall() for value in row}
    assert not kept & secret
    assert not [each for each in secret if each in ran.stdout + ran.stderr]


def test_a_sync_of_nothing_new_calls_as_often_as_the_page_says(tmp_path: Path) -> None:
    """Through Meltano, and by itself; of lists so short that no page may have been cut."""
    page = (ROOT / "docs" / "organizations.md").read_text()
    through_meltano, alone = (int(each) for each in re.findall(r"\btakes (\d+)(?= calls;|\. )", page))
    assert through_meltano == sync(rows=0, lists=len(BY_STREAM)).calls, "what `bill limits` reckons with"
    project(tmp_path, None)
    by_meltano = f"{MELTANO} run tap-bill target-duckdb"
    python = sys.executable
    piped = f"{python} -m tap_bill --config ENV {{}} | {python} -m target_duckdb --config loader.json >> states.jsonl"
    (tmp_path / "loader.json").write_text(json.dumps({"filepath": "alone.duckdb"}))
    ways = (
        (by_meltano, by_meltano, through_meltano),
        (piped.format(""), piped.format("--state states.jsonl"), alone),
    )
    with Simulator(vendors=3, customers=2, bills=5, invoices=5) as simulator:
        for first, second, said in ways:
            for line in (first, second):
                simulator.control.advance(3600)
                simulator.control.forget_requests()
                ran = command(tmp_path, "bash", "-o", "pipefail", "-c", line, **variables(simulator))
                assert ran.returncode == 0, ran.stdout + ran.stderr
            assert len(simulator.control.requests()) == said
