"""The definitions of the plugins, and meltano.yml, say what the programs declare, in the form that Meltano wants."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from plugin_definitions import PLUGINS, VARIANT, Plugin
from programs import TIMEOUT_S

from bill_api.connection import CONNECTION_VARIABLES

ROOT = Path(__file__).resolve().parent.parent
SCHEMAS = [*ROOT.glob(".venv-meltano/lib/python*/site-packages/meltano/schemas/meltano.schema.json")]
assert SCHEMAS, "Meltano is not installed here: make install"
NAMES = [each.name for each in PLUGINS]
TAKES_WORDS = {"organizations", "sensitive_fields"}
"""Lists that may be a word as well; of the kind `array` Meltano takes no word."""

HUB = {"domain_url", "keywords", "maintenance_status", "quality", "supported_python_versions"}
"""What the Hub's schema has besides (CONTRIBUTING.md, Release): Meltano reads over it."""

HUB_CAPABILITIES = {"target-schema", "validate-records"}
AS_MELTANO_WRITES = """
import json, sys
from meltano.core.plugin.base import StandalonePlugin
given = json.load(open(sys.argv[1]))
json.dump(StandalonePlugin.parse(given).canonical(), sys.stdout, indent=2)
print()
"""


def wrong(project: dict[str, Any]) -> list[str]:
    schema = json.loads(SCHEMAS[0].read_text())
    return [f"{each.json_path}: {each.message}" for each in Draft202012Validator(schema).iter_errors(project)]


def shipped(plugin: Plugin) -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "plugins" / plugin.kind / f"{plugin.name}.yml").read_text()))


def test_meltano_yml_is_one() -> None:
    assert wrong(yaml.safe_load((ROOT / "meltano.yml").read_text())) == []


def test_a_wrong_project_is_found() -> None:
    assert wrong({"plugins": {"extractors": [{"name": "tap-bill", "settings": [{"name": "naming", "kind": "word"}]}]}})


@pytest.mark.parametrize("plugin", PLUGINS, ids=NAMES)
def test_a_definition_is_one_for_meltano(plugin: Plugin) -> None:
    own = {name: value for name, value in shipped(plugin).items() if name not in HUB}
    if "capabilities" in own:
        own["capabilities"] = [each for each in own["capabilities"] if each not in HUB_CAPABILITIES]
    assert wrong({"plugins": {plugin.kind: [own]}}) == []


@pytest.mark.parametrize("plugin", PLUGINS, ids=NAMES)
def test_this_project_keeps_a_definition_as_meltano_does(plugin: Plugin) -> None:
    path = ROOT / "plugins" / plugin.kind / f"{plugin.name}--{VARIANT}.lock"
    ran = subprocess.run(
        [ROOT / ".venv-meltano" / "bin" / "python", "-c", AS_MELTANO_WRITES, path],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=True,
    )
    assert json.loads(path.read_text()) == json.loads(ran.stdout)


@pytest.mark.parametrize("plugin", PLUGINS, ids=NAMES)
def test_every_setting_is_described(plugin: Plugin) -> None:
    described = shipped(plugin)["settings"]
    assert [each["name"] for each in described][: len(plugin.settings)] == [each.name for each in plugin.settings]
    for setting, told in zip(plugin.settings, described, strict=False):
        schema = setting.schema()
        assert told["label"]
        assert told["description"] == setting.description
        assert told.get("sensitive", False) == setting.secret
        choices = [each for each in schema.get("enum", ()) if each]
        kind = None if setting.name in TAKES_WORDS else "options" if choices else setting.kind
        assert told.get("kind") == kind
        assert [each["value"] for each in told.get("options", ())] == choices


@pytest.mark.parametrize("plugin", PLUGINS, ids=NAMES)
def test_a_default_is_that_of_the_program_or_a_variable_that_all_read(plugin: Plugin) -> None:
    told = {each["name"]: each.get("value") for each in shipped(plugin)["settings"]}
    for each in plugin.settings:
        if each.name in CONNECTION_VARIABLES:
            expected = None if plugin.name == "bill" else f"${CONNECTION_VARIABLES[each.name]}"
        else:
            expected = None if each.default == "" else each.default
        assert told[each.name] == expected, each.name


def test_this_project_uses_the_definitions_and_repeats_none_of_them() -> None:
    project = yaml.safe_load((ROOT / "meltano.yml").read_text())["plugins"]
    ours = [each for plugins in project.values() for each in plugins if each["name"] in NAMES]
    assert sorted(each["name"] for each in ours) == sorted(NAMES)
    for each in ours:
        assert each["variant"] == "bill-connector"
        assert set(each) <= {"name", "variant", "pip_url", "config"}
        assert each["pip_url"].startswith("-e .")


@pytest.mark.parametrize("plugin", PLUGINS, ids=NAMES)
def test_this_project_installs_the_extras_of_the_definition(plugin: Plugin) -> None:
    project = yaml.safe_load((ROOT / "meltano.yml").read_text())["plugins"][plugin.kind]
    (own,) = (each for each in project if each["name"] == plugin.name)
    assert own["pip_url"].removeprefix("-e .") == shipped(plugin)["pip_url"].removeprefix("bill-connector")
