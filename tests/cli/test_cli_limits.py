"""`bill limits` works out what real runs call for."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from conftest import settings
from doc_pages import DOCS

from bill_cli.commands.limits import load, sync

if TYPE_CHECKING:
    from pathlib import Path

    from cli_bill import Here

    from bill_simulator import Simulator

pytest_plugins = ["cli_fixtures"]

PAGE = (DOCS / "organizations.md").read_text()
RUN_S = 120
ALL_FIT = ["--organizations", "200"]


def calls_of(simulator: Simulator, folder: Path, module: str, *arguments: str, stdin: str = "") -> tuple[int, str]:
    """Calls of a run, and what it wrote."""
    simulator.control.forget_requests()
    (folder / "config.json").write_text(json.dumps(settings(simulator)))
    ran = subprocess.run(
        [sys.executable, "-m", module, "--config", "config.json", *arguments],
        cwd=folder,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=RUN_S,
        check=True,
    )
    return len(simulator.control.requests()), ran.stdout


def test_a_sync_calls_as_often_as_it_says(simulator: Simulator, tmp_path: Path) -> None:
    _, first = calls_of(simulator, tmp_path, "tap_bill")
    (tmp_path / "state.json").write_text(json.dumps(json.loads(first.splitlines()[-1])["value"]))
    simulator.control.advance(3600)
    calls, _ = calls_of(simulator, tmp_path, "tap_bill", "--state", "state.json")
    lists = {each["path"] for each in simulator.control.requests() if each["path"].startswith("/List/")}
    said = sync(rows=0, lists=len(lists)).calls
    assert said <= calls <= said + 1  # a list that tells no times is read until a page has no more


@pytest.mark.parametrize("records", [20, 450])
def test_a_load_calls_at_most_as_often_as_it_says(simulator: Simulator, tmp_path: Path, records: int) -> None:
    vendors = records // 2
    schema: dict[str, Any] = {"type": "SCHEMA", "schema": {"properties": {}}, "key_properties": ["n"]}
    lines = [{**schema, "stream": "vendors"}]
    lines += [{"type": "RECORD", "stream": "vendors", "record": {"n": n, "name": f"V {n}"}} for n in range(vendors)]
    lines += [{**schema, "stream": "bills"}]
    lines += [
        {
            "type": "RECORD",
            "stream": "bills",
            "record": {
                "n": n,
                "vendorName": f"V {n}",
                "invoiceNumber": f"L-{n}",
                "invoiceDate": "2026-01-01",
                "dueDate": "2026-02-01",
                "billLineItems": [{"amount": 1}],
            },
        }
        for n in range(vendors)
    ]
    objects = sum(len(simulator.control.books(simulator.organization_id, each)) for each in ("Vendor", "Bill"))
    stdin = "\n".join(map(json.dumps, lines))
    calls, _ = calls_of(simulator, tmp_path, "target_bill", stdin=stdin)
    said = load(records=records, objects=objects)
    assert said.calls - 2 <= calls <= said.calls + 2 < said.calls_at_most
    again, _ = calls_of(simulator, tmp_path, "target_bill", stdin=stdin)
    assert again == load(records=0, objects=objects).calls == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (ALL_FIT, "It fits. At this pace one developer key serves 200 organizations"),
        (["--organizations", "201"], "spread the runs over 2 hours or more"),
        (["--loads", "1", "--records", "20001"], "It may not fit into an hour"),
        (["--syncs", "0"], "No call at all."),
        (["--organizations", "0"], "No call at all."),
    ],
)
def test_it_says_in_words_how_the_hour_fits(here: Here, arguments: list[str], said: str) -> None:
    ran = here("limits", *arguments, "--output", "table")
    assert ran.code == 0, ran.err
    assert said in ran.out


def test_the_page_shows_what_it_says(here: Here) -> None:
    (shown,) = re.findall(r"```console\n\$ bill (limits .*?)\n(.*?)```", PAGE, re.DOTALL)
    ran = here(*shlex.split(shown[0]))
    assert ran.code == 0, ran.err
    assert [line.rstrip() for line in ran.out.splitlines()] == shown[1].splitlines()


def test_a_count_is_in_the_digits_0_to_9(here: Here) -> None:
    ran = here("limits", "--rows", "1_0")
    assert ran.code == 2
    assert "is not a number of the digits 0 to 9" in ran.err


def test_it_needs_no_settings_and_asks_nothing(here: Here) -> None:
    ran = here("limits", *ALL_FIT, "--output", "jsonl", variables={})
    assert ran.code == 0, ran.err
    told = {row["what"]: row for row in map(json.loads, ran.out.splitlines())}
    assert told["together"]["logins"] == told["BILL allows"]["logins"] == 200
    assert here.bill.simulator.control.requests() == []
