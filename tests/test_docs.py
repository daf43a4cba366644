"""What the documents say is what the code does: settings in four places, tables made from the code."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import run

from bill_api.connection import CONNECTION_SETTINGS
from bill_api.entities import BY_NAME

ROOT = Path(__file__).resolve().parent.parent
PLUGINS = {
    "tap-bill": "tap_bill.tap:TapBill",
    "target-bill": "target_bill.target:TargetBill",
    "tap-bill-csv": "tap_bill_csv.tap:TapBillCsv",
    "target-duckdb": "target_duckdb.target:TargetDuckDB",
}
CONNECTION = {setting.name for setting in CONNECTION_SETTINGS}
CLAUSE = "import json; from {module} import {name}; print(json.dumps({name}.config_jsonschema['properties']))"


def schemas(plugin: str) -> dict[str, Any]:
    """Settings in code, read in a fresh process: the SDK adds its own to the class once it is used."""
    module, name = PLUGINS[plugin].split(":")
    code = CLAUSE.format(module=module, name=name)
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return dict(json.loads(ran.stdout))


def declared(plugin: str) -> list[str]:
    return list(schemas(plugin))


def meltano() -> dict[str, Any]:
    project = yaml.safe_load((ROOT / "meltano.yml").read_text())["plugins"]
    return {each["name"]: each for each in [*project["extractors"], *project["loaders"]]}


def test_the_generated_tables_are_up_to_date() -> None:
    ran = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr


def test_the_entities_name_the_streams_that_the_tap_has(tmp_path: Path) -> None:
    streams = {each["tap_stream_id"] for each in json.loads(run("tap_bill", {}, tmp_path, "--discover").out)["streams"]}
    page = (ROOT / "docs" / "entities.md").read_text()
    table = page.partition("## Operations")[2].partition("## Sources")[0]
    in_table = dict(re.findall(r"^\| (\w+) \| `?([\w-]+)`? \|", table, re.MULTILINE))
    in_titles = dict(re.findall(r"^## (\w+) - stream `(\w+)`$", page, re.MULTILINE))
    assert {name: stream for name, stream in in_table.items() if name in BY_NAME and stream != "-"} == in_titles
    assert set(in_titles.values()) <= streams
    assert set(BY_NAME) - set(in_titles) == {"Note", "RPConvFee"}


@pytest.mark.parametrize("plugin", PLUGINS)
def test_every_setting_stands_in_code_docs_and_env_example(plugin: str) -> None:
    names = declared(plugin)
    page = (ROOT / "docs" / "settings.md").read_text()
    table = page.partition(f"<!-- generated: settings {plugin} -->")[2].partition("<!--")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == names
    prefix = plugin.replace("-", "_").upper()
    variables = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    for name in names:
        connects = name in CONNECTION and plugin in {"tap-bill", "target-bill"}
        assert (f"BILL_{name.upper()}" if connects else f"{prefix}_{name.upper()}") in variables


def test_the_mapping_in_meltano_yml_is_the_worked_example() -> None:
    example = json.loads((ROOT / "examples" / "calderdale.json").read_text())
    assert meltano()["tap-bill-csv"]["config"] == example
