"""What is written about `bill` and its library is what they do."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from actions import ACTIONS
from cli_bill import Bill
from conftest import settings
from doc_pages import SHOWN, looks_like
from programs import TIMEOUT_S

from bill_cli.app import COMMANDS
from bill_simulator import Simulator

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest_plugins = ["cli_fixtures"]

ROOT = Path(__file__).resolve().parent.parent.parent
COMMAND = (ROOT / "docs" / "command.md").read_text()
LIBRARY = (ROOT / "docs" / "library.md").read_text()
SESSION = COMMAND.partition("\n## A session\n")[2].partition("```console\n")[2].partition("```")[0]
EXAMPLES = re.findall(r"<!-- run -->\n```python\n(.*?)```", LIBRARY, re.DOTALL)
MELTANO = ROOT / ".venv-meltano" / "bin" / "meltano"
PATHS = re.compile(r"`bill (\w+)")


@pytest.fixture(scope="module")
def shown() -> Iterator[Simulator]:
    with Simulator(vendors=5, customers=3, bills=40, invoices=10) as simulator:
        yield simulator


def test_the_session_on_the_page_is_what_happens(shown: Simulator, tmp_path: Path) -> None:
    values = {name: text for name, text in settings(shown).items() if name != "timeout_s"}
    (tmp_path / ".env").write_text("".join(f"BILL_{name.upper()}='{text}'\n" for name, text in values.items()))
    steps = SESSION.replace("\\\n", "").removeprefix("$ ").split("\n$ ")
    assert [shlex.split(step.splitlines()[0])[1] for step in steps] == ["doctor", "list", "create", "get", "delete"]
    for step in steps:
        call, _, written = step.partition("\n")
        program, *words = shlex.split(call)
        assert program == "bill"
        ran = FromFile(shown, tmp_path).on_terminal(*words, typed="y\n")
        assert ran.code == 0, ran.out
        said = "".join(f"{line.rstrip()}\n" for line in ran.out.replace(shown.url, SHOWN).splitlines())
        assert looks_like(said, f"{written.rstrip()}\n"), said
    assert next(each for each in FromFile(shown, tmp_path).books("Bill") if each["invoiceNumber"] == "INV-2041")


class FromFile(Bill):
    """With its settings from .env alone."""

    @property
    def variables(self) -> dict[str, str]:
        return {}


def test_what_is_left_out_of_a_session_is_all_that_may_differ() -> None:
    assert looks_like("a\nb\nc\n", "a\n...\nc\n")
    assert looks_like("at 2026-01-31T09:00:00Z\n", "at 2025-12-31T09:00:00Z\n")
    assert not looks_like("a\nb\nc\n", "a\nc\n")


def test_the_examples_of_the_library_work(shown: Simulator, capsys: pytest.CaptureFixture[str]) -> None:
    shown.control.reset()
    names: dict[str, Any] = {"simulator": shown}
    for example in EXAMPLES:
        exec(example, names)  # noqa: S102  the documentation's own example
    assert len(EXAMPLES) == LIBRARY.count("```python")
    said = capsys.readouterr().out
    assert "open\n" in said
    assert "BDC_1117\n" in said


# The table of actions


def collected() -> set[str]:
    """The tests that there are, by their names."""
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:xdist", "-o", "addopts=", "tests/cli"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
    return {line.partition("::")[2] for line in ran.stdout.splitlines() if "::" in line}


def test_every_action_of_the_table_names_a_test_that_exists() -> None:
    table = COMMAND.partition("<!-- generated: actions -->")[2].partition("<!-- end -->")[0]
    named = re.findall(r"\| `(test_[^`]+)` \|$", table, re.MULTILINE)
    assert len(named) == len(ACTIONS)
    tests = collected()
    assert set(named) <= tests
    for each in ACTIONS:
        if each.entity:
            assert f"test_bill_refuses_an_action[{each.name}]" in tests
            assert f"test_wrong_usage_is_said_before_anything_is_sent[{each.name}]" in tests


def test_the_actions_are_those_that_a_connector_is_expected_to_have() -> None:
    names = {each.name for each in ACTIONS}
    accounts = ("vendor-bank-account", "customer-bank-account")
    documents = ("bill", "invoice", "vendor", "customer")
    expected = {"mfa-challenge", "mfa-authenticate", "raw", "bulk-create-vendor-bank-account"}
    expected |= {f"bulk-{verb}-{name}" for verb in ("create", "update") for name in documents}
    expected |= {f"{verb}-{name}" for verb in ("create", "delete", "get", "list") for name in (*documents, *accounts)}
    expected |= {f"update-{name}" for name in documents}
    assert expected <= names


def test_every_command_is_documented() -> None:
    assert set(PATHS.findall(COMMAND)) >= set(COMMANDS) - {"get", "completion"}
    assert "bill completion bash" in COMMAND


# In Meltano


def utility() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "plugins" / "utilities" / "bill.yml").read_text()))


@pytest.mark.slow
def test_the_utility_plugin_uses_the_settings_of_its_project(shown: Simulator, tmp_path: Path) -> None:
    executable = Path(sys.executable).with_name("bill")
    given = {name: text for name, text in settings(shown).items() if name != "password"}
    plugin = {**utility(), "executable": str(executable), "config": given}
    del plugin["pip_url"]  # this very project, in a place of its own
    project = {"version": 1, "send_anonymous_usage_stats": False, "plugins": {"utilities": [plugin]}}
    (tmp_path / "meltano.yml").write_text(yaml.safe_dump(project))
    (tmp_path / ".env").write_text(f"BILL_PASSWORD={settings(shown)['password']}\n")
    ran = subprocess.run(
        [MELTANO, "invoke", "bill", "list", "bills", "--max", "2", "--columns", "id", "--output", "csv"],
        cwd=tmp_path,
        env={**FromFile(shown, tmp_path).environment, "MELTANO_ENVIRONMENT": ""},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[0] == "id"
    assert len(ran.stdout.splitlines()) == 3
