"""The fixtures for users, in a test suite of their own: a real pytest in a folder of its own."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

CONFTEST = """
import pytest

pytest_plugins = ["bill_simulator.fixtures"]


@pytest.fixture(scope="session")
def bill_simulator_options():
    return {"vendors": 3, "bills": 4, "switches": {"not_found_code": "BDC_1114"}}
"""

TESTS = """
import json
import requests


def vendors(simulator):
    return simulator.control.books(simulator.organization_id, "Vendor")


def call(simulator, path, **data):
    settings = simulator.settings
    form = {
        "userName": settings["username"],
        "password": settings["password"],
        "orgId": settings["organization_id"],
        "devKey": settings["developer_key"],
    }
    session = requests.post(f"{settings['api_url']}/Login.json", data=form).json()["response_data"]["sessionId"]
    form = {"devKey": settings["developer_key"], "sessionId": session, "data": json.dumps(data)}
    return requests.post(f"{settings['api_url']}{path}", data=form).json()


def test_one(bill_simulator):
    assert len(vendors(bill_simulator)) == 3
    vendor = {"entity": "Vendor", "name": "A"}
    assert call(bill_simulator, "/Crud/Create/Vendor.json", obj=vendor)["response_status"] == 0
    bill_simulator.control.switch(not_found_code="BDC_1119")
    assert len(vendors(bill_simulator)) == 4


def test_two(bill_simulator):
    assert len(vendors(bill_simulator)) == 3
    nobody = "00902AAAAAAAAAAaaaaa"
    answer = call(bill_simulator, "/Crud/Read/Vendor.json", id=nobody)
    assert answer["response_data"]["error_code"] == "BDC_1114"


def test_three(bill_simulator, bill_simulator_server):
    assert bill_simulator is bill_simulator_server
"""


def test_the_fixtures_give_each_test_a_bill_as_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_mine.py").write_text(TESTS)
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=60,
        check=False,
    )
    assert "3 passed" in ran.stdout, ran.stdout
