"""A Meltano project outside of this repository, made of the plugin definitions that it ships."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
import yaml
from conftest import client_for, settings

from bill_api.entities import BY_NAME, ENTITIES
from bill_api.table.entity import snake
from bill_simulator.defaults import ORGANIZATION_ID

if TYPE_CHECKING:
    from bill_simulator import Simulator

ROOT = Path(__file__).resolve().parent.parent
MELTANO = ROOT / ".venv-meltano" / "bin" / "meltano"
COMMAND_S = 240
TAX_ID = "98-7654321"
BEFORE_ALL = ["*.*"]
"""What Meltano selects where a project says nothing: all, whatever the catalog has as its default."""


def project(folder: Path, select: list[str] | None) -> Path:
    """A project with the definitions as they stand, and commands that are installed already."""
    shipped = yaml.safe_load((ROOT / "meltano.yml").read_text())["plugins"]
    plugins: dict[str, Any] = {}
    for kind, name in (("extractors", "tap-bill"), ("loaders", "target-duckdb")):
        (found,) = (each for each in shipped[kind] if each["name"] == name)
        del found["pip_url"]
        found["executable"] = str(Path(sys.executable).with_name(found["executable"]))
        plugins[kind] = [found]
    plugins["loaders"][0]["config"]["filepath"] = str(folder / "warehouse.duckdb")
    if select is not None:
        plugins["extractors"][0]["select"] = select
    rest = {"environments": [{"name": "dev"}], "default_environment": "dev", "send_anonymous_usage_stats": False}
    (folder / "meltano.yml").write_text(yaml.safe_dump({**rest, "plugins": plugins}))
    return folder / "warehouse.duckdb"


@pytest.mark.parametrize("select", [None, BEFORE_ALL])
def test_no_bank_or_tax_number_reaches_its_warehouse(
    simulator: Simulator, tmp_path: Path, select: list[str] | None
) -> None:
    warehouse = project(tmp_path, select)
    client_for(simulator).create(BY_NAME["Vendor"], {"name": "Tax payer", "taxId": TAX_ID})
    environment = {f"BILL_{name.upper()}": str(value) for name, value in settings(simulator).items()}
    ran = subprocess.run(
        [MELTANO, "run", "tap-bill", "target-duckdb"],
        cwd=tmp_path,
        env={**os.environ, **environment, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=COMMAND_S,
        check=False,
    )
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
