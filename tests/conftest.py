"""What the tests share: a BILL of their own, and our commands as real processes against it."""

from __future__ import annotations

import json
import os
import signal
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from programs import run_text

from bill_api.client import BillClient
from bill_api.connection import Connection
from bill_api.entities import BY_STREAM
from bill_simulator import Simulator

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Locks of organizations, sessions and profiles are with the tests' files, not in the home of whoever runs them: their
# own profile would be taken for a connection.
os.environ["XDG_STATE_HOME"] = f"{tempfile.gettempdir()}/bill-connector-tests"
os.environ["XDG_CONFIG_HOME"] = f"{os.environ['XDG_STATE_HOME']}/config"

# A shell that starts us in the background lets us ignore Ctrl-C, and all that we start: some tests send it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A busy machine is no fault of what is tested.
hypothesis_settings.register_profile("calm", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("calm")


SPREAD = 2 / 3
WAITING = (
    "test_api_odd_answers",
    "test_cli_doubt",
    "test_exit_codes_table",
    "test_tap_options",
    "test_target",
    "test_target_crash",
    "test_target_doubt",
    "test_target_edits",
    "test_target_in_bulk",
    "test_target_two_runs",
    "test_target_undo",
)
"""The files of tests that mostly wait, for answers that are late and for the next attempt."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files of few tests, which start engines; end with many small ones, which fill up what is left.

    Those that wait are spread over the time before that: several at once would leave the processors idle.
    """
    tests = Counter(each.path for each in items)
    waiting = [each for each in sorted(tests) if each.stem in WAITING]
    others = sorted(set(tests).difference(waiting), key=lambda each: (tests[each], each))
    places: dict[Path, float] = {each: place for place, each in enumerate(others)}
    places |= {each: SPREAD * len(others) * place / len(waiting) for place, each in enumerate(waiting)}
    items.sort(key=lambda each: (places[each.path], each.path))


BANK_ACCOUNTS = {"vendor_bank_accounts", "customer_bank_accounts"}
"""BILL shows their numbers masked: they cannot be copied, and are not read unless selected."""


@dataclass(frozen=True)
class Ran:
    """A command that has ended."""

    code: int
    out: str
    err: str
    messages: list[dict[str, Any]] = field(default_factory=list)

    def records(self, stream: str) -> list[dict[str, Any]]:
        return [each["record"] for each in self.messages if each["type"] == "RECORD" and each["stream"] == stream]

    @property
    def state(self) -> dict[str, Any]:
        """The last STATE."""
        states: list[dict[str, Any]] = [each["value"] for each in self.messages if each["type"] == "STATE"]
        return states[-1]


def settings(simulator: Simulator, **more: Any) -> dict[str, Any]:
    """Connection settings for a simulator."""
    return {**simulator.settings, "timeout_s": 5, **more}


def run(package: str, config: Mapping[str, Any], folder: Path, *arguments: str, stdin: str = "") -> Ran:
    """Run one of our commands as a process of its own; the tap in BILL's spelling, as the books have it."""
    if package == "tap_bill":
        config = {"naming": "bill", **config}
    path = folder / f"{package}.json"
    path.write_text(json.dumps(config))
    ran = run_text(
        package,
        ["--config", str(path), *arguments],
        stdin=stdin,
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "160"},
    )
    messages = [json.loads(line) for line in ran.stdout.splitlines() if line.startswith('{"type"')]
    return Ran(ran.returncode, ran.stdout, ran.stderr, messages)


def selection(folder: Path, streams: set[str]) -> Path:
    """A catalog that selects these streams and no others."""
    catalog = json.loads(_discovered())
    for stream in catalog["streams"]:
        for entry in stream["metadata"]:
            if not entry["breadcrumb"]:
                entry["metadata"]["selected"] = stream["tap_stream_id"] in streams
    path = folder / "catalog.json"
    path.write_text(json.dumps(catalog))
    return path


@cache
def _discovered() -> str:
    with tempfile.TemporaryDirectory() as folder:
        return run("tap_bill", {}, Path(folder), "--discover").out


def everything(folder: Path) -> Path:
    """A catalog that selects every stream."""
    return selection(folder, set(BY_STREAM))


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """A BILL with small books."""
    with Simulator(vendors=12, customers=8, bills=60, invoices=40) as running:
        yield running


@pytest.fixture
def empty() -> Iterator[Simulator]:
    """A BILL without bills and invoices."""
    with Simulator(vendors=0, customers=0, bills=0, invoices=0) as running:
        yield running


def client_for(simulator: Simulator, **more: Any) -> BillClient:
    """Our client on a simulator."""
    return BillClient(Connection.from_settings(settings(simulator, **more)))
