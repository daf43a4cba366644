"""Meltano for real: the demo from end to end, and what people type to look around."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest
import requests
from conftest import settings
from doc_pages import looks_like
from programs import run_text

from bill_simulator.defaults import ORGANIZATION_ID

if TYPE_CHECKING:
    from bill_simulator import Simulator

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent
MELTANO = ROOT / ".venv-meltano" / "bin" / "meltano"
DEMO_S = 240
COMMAND_S = 120

# One project folder has one place for a running plugin's files (.meltano/run): the tests of this file take turns, which
# `--dist=loadfile` in pyproject.toml sees to.


def meltano(
    simulator: Simulator, *arguments: str, timeout_s: int = COMMAND_S, **more: str
) -> subprocess.CompletedProcess[str]:
    environment = {f"BILL_{name.upper()}": str(value) for name, value in settings(simulator).items()} | more
    env = {**os.environ, **environment, "NO_COLOR": "1"}
    return run_text(str(MELTANO), arguments, cwd=ROOT, env=env, timeout_s=timeout_s)


def test_the_demo_shows_equal_rows_and_sums_and_nothing_created_twice_and_stays_to_be_looked_at() -> None:
    demo = subprocess.Popen(
        [sys.executable, ROOT / "examples" / "demo.py", "--keep"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    killer = threading.Timer(DEMO_S, os.killpg, (demo.pid, signal.SIGKILL))
    killer.start()
    try:
        assert demo.stdout is not None
        said = ""
        for line in demo.stdout:
            said += f"{line.rstrip()}\n"
            if line.startswith("In another terminal: "):
                break
        assert (kept := re.search(r"Its page: (\S+)", said)), said
        assert "BILL simulator" in requests.get(kept[1], timeout=COMMAND_S).text
        asked = subprocess.run(
            [sys.executable, "-m", "bill_cli", "--env-file", "output/demo/.env", "list", "vendors", "--max", "2"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        assert len(json.loads(asked.stdout)) == 2
        demo.send_signal(signal.SIGINT)
        rest, _ = demo.communicate(timeout=COMMAND_S)
    finally:
        killer.cancel()
        with suppress(ProcessLookupError):
            os.killpg(demo.pid, signal.SIGKILL)
    assert (demo.returncode, rest) == (0, "Stopped; nothing is left running.\n")
    assert re.findall(r"([\d,]+) rows read", said)[1] == "6", "the second sync reads only what changed"
    assert said.count("hold the same rows and sums in all 35 streams") == 4
    assert "DIFFERENT" not in said
    for page in (ROOT / "README.md", ROOT / "docs" / "demo.md"):
        session = page.read_text().partition("```console\n$ make demo\nSet up")[2].partition("```")[0]
        assert looks_like(said.partition("The local BILL stays")[0], f"Set up{session}"), f"{page.name}: {said}"
    first, second = sorted((ROOT / "output/demo/reports").glob("*Z-*[0-9].json"))
    loaded, again = (json.loads(path.read_text())["streams"]["bills"] for path in (first, second))
    assert (loaded["received"], loaded["created"], loaded["rejected"]) == (1069, 1010, 59)
    assert loaded["received_money"] == "14980137.22"
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 1010)


def test_ctrl_c_stops_the_demo_and_what_it_started() -> None:
    process = subprocess.Popen(
        [sys.executable, ROOT / "examples" / "demo.py"], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    for line in process.stdout:
        if "first sync" in line:
            break
    os.killpg(process.pid, signal.SIGINT)
    rest, _ = process.communicate(timeout=COMMAND_S)
    assert process.returncode == 130
    assert "Stopped; nothing is left running." in rest
    deadline = time.monotonic() + COMMAND_S
    while _is_alive(process.pid):
        assert time.monotonic() < deadline, "a process of the demo is still running"
        time.sleep(0.05)


def _is_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_discovery_and_the_connection_test_work_through_meltano(simulator: Simulator) -> None:
    found = meltano(simulator, "invoke", "tap-bill", "--discover")
    assert found.returncode == 0, found.stderr
    assert "bills" in [stream["tap_stream_id"] for stream in json.loads(found.stdout)["streams"]]
    tested = meltano(simulator, "config", "test", "tap-bill")
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert "Plugin configuration is valid" in tested.stdout + tested.stderr


@pytest.mark.parametrize(
    ("organizations", "sensitive"), [("all", "true"), (f'["{ORGANIZATION_ID}"]', '["vendors.tax_id"]')]
)
def test_lists_and_words_for_all_of_them_come_through_variables(
    simulator: Simulator, organizations: str, sensitive: str
) -> None:
    def ran(*arguments: str) -> subprocess.CompletedProcess[str]:
        return meltano(simulator, *arguments, TAP_BILL_ORGANIZATIONS=organizations, TAP_BILL_SENSITIVE_FIELDS=sensitive)

    tested = ran("config", "test", "tap-bill")
    assert "Plugin configuration is valid" in tested.stdout + tested.stderr, tested.stdout + tested.stderr
    found = json.loads(ran("invoke", "tap-bill", "--discover").stdout)["streams"]
    (vendors,) = (each for each in found if each["tap_stream_id"] == "vendors")
    assert "tax_id" in vendors["schema"]["properties"]
    assert ("paymentus_acct_token" in vendors["schema"]["properties"]) is (sensitive == "true")


def test_one_job_loads_bill_and_builds_the_models(simulator: Simulator, tmp_path: Path) -> None:
    warehouse = str(tmp_path / "warehouse.duckdb")
    places = {
        "MELTANO_DATABASE_URI": f"sqlite:///{tmp_path}/meltano.db",
        "TARGET_DUCKDB_FILEPATH": warehouse,
        "DBT_DUCKDB_WAREHOUSE": warehouse,
        "DBT_TARGET_PATH": str(tmp_path / "target"),
        "DBT_LOG_PATH": str(tmp_path / "logs"),
    }
    ran = meltano(simulator, "run", "bill-to-models", timeout_s=DEMO_S, **places)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    with duckdb.connect(warehouse, read_only=True) as database:
        total = database.execute("SELECT sum(total) FROM bill.bill__ar_ageing").fetchall()[0][0]
    open_invoices = (each for each in simulator.control.books(simulator.organization_id, "Invoice"))
    assert total == sum(each["amountDue"] for each in open_invoices if each["isActive"] == "1")
