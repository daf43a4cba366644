"""The pipes of the examples on engines, for the organizations of a simulated firm, as an engine runs them."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pipeline
import pytest
from organization_pipes import LOADING, READING, WAREHOUSE
from pipeline import DONE, Pipe, PipeError
from simulated import BILLS, Firm, firm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bill_simulator import Simulator

PROGRAMS = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Firm]:
    """Three organizations, the last one with a user of its own."""
    with firm(tmp_path / "organizations", 3) as running:
        yield running


def run(made: Firm, pipe: Pipe, organization: str, **more: str) -> int:
    """Run a pipe as the examples do; its exit code."""
    known = pipeline.organizations_in(made.folder / "organizations.csv")
    chosen, variables = known[organization], made.variables | more | {"PATH": PROGRAMS}
    own = pipeline.variables_for(chosen, known, pipeline.personal_of(chosen, variables), variables)
    folder = made.folder / organization
    try:
        with pipeline.held(folder) as lock:
            pipe.run(folder, lock, own)
    except PipeError as error:
        return error.code
    return DONE


def logins(simulator: Simulator) -> Counter[str]:
    requests = simulator.control.requests()
    return Counter(str(each.get("organization")) for each in requests if each["path"].endswith("Login.json"))


def loaded(made: Firm, organization: str) -> list[str]:
    numbers = [each["invoiceNumber"] for each in made.simulator.control.books(organization, "Bill")]
    return [each for each in numbers if each.startswith("IN-")]


def test_no_variable_of_a_command_leads_into_another_organization(made: Firm) -> None:
    first, second, third = made.ids
    astray = {
        f"{prefix}_{name}": text
        for prefix in ("TAP_BILL", "TARGET_BILL")
        for name, text in {"ORGANIZATION_ID": first, "USERNAME": "x", "PASSWORD": "x", "MFA_ID": "x"}.items()
    } | {"TAP_BILL_ORGANIZATIONS": json.dumps([first]), "BILL_ORGANIZATION_ID": first}
    for each in (second, third):
        assert [run(made, pipe, each, **astray) for pipe in (LOADING, READING)] == [DONE, DONE]
        assert len(loaded(made, each)) == BILLS
        with duckdb.connect(made.folder / each / WAREHOUSE, read_only=True) as database:
            assert database.execute("SELECT DISTINCT organization_id FROM tap_bill.bills").fetchall() == [(each,)]
    assert not loaded(made, first)
