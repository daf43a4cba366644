"""A BILL that does not page as it should: whoever reads ends in one line that names the List."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from api_scripted import ScriptedBill, client_at, ok, settings_for
from conftest import run, selection
from programs import TIMEOUT_S

from bill_api.doubt.lookup import created_since, touched_since
from bill_api.entities import BY_NAME
from bill_api.errors import UnexpectedReplyError
from bill_api.table.entity import LIST_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bill_api.client import BillClient
    from bill_api.table.entity import Entity

pytest_plugins = ["api_fixtures"]

NOW = "2026-01-02T00:00:00.000+0000"
BY_TIME = "pages in a row repeat rows that were read: BILL ignores `start` or `max`"
BY_ID = "a page repeats rows that were read: BILL does not page by id as expected"
REPEATS = {"Vendor": BY_TIME, "Bill": BY_TIME, "PaymentTerm": BY_ID}


def row(entity: str, number: int) -> dict[str, Any]:
    second = f"2026-01-01T{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}.000+0000"
    return {"entity": entity, "id": f"009{number:017}", "name": f"N{number}", "updatedTime": second}


def turns_in_circles(scripted: ScriptedBill, entity: str, rows: int) -> str:
    """A List that answers with the same page whatever is asked for, and the path of it."""
    path = f"/List/{entity}.json"
    scripted.script("/CurrentTime.json", ok({"currentTime": NOW}))
    scripted.script(path, ok([row(entity, number) for number in range(rows)]))
    return path


@pytest.mark.parametrize("entity", REPEATS)
def test_tap_bill_names_the_list(scripted: ScriptedBill, tmp_path: Path, entity: str) -> None:
    path = turns_in_circles(scripted, entity, 5)
    catalog = selection(tmp_path, {BY_NAME[entity].stream})
    ran = run("tap_bill", settings_for(scripted.url, page_size=5), tmp_path, "--catalog", str(catalog))
    assert ran.code == 3
    (said,) = [each for each in ran.err.splitlines() if each.startswith("tap-bill: /")]
    assert said.startswith(f"tap-bill: {path}: ")
    assert REPEATS[entity] in said


def test_target_bill_names_the_list(scripted: ScriptedBill, tmp_path: Path) -> None:
    path = turns_in_circles(scripted, "Vendor", LIST_LIMIT)
    schema = {"type": "SCHEMA", "stream": "vendors", "schema": {"properties": {}}, "key_properties": ["name"]}
    messages = [schema, {"type": "RECORD", "stream": "vendors", "record": {"name": "A"}}]
    stdin = "".join(f"{json.dumps(each)}\n" for each in messages)
    ran = run("target_bill", settings_for(scripted.url), tmp_path, stdin=stdin)
    assert ran.code == 3
    (said,) = [each for each in ran.err.splitlines() if each.startswith("target-bill: /")]
    assert said.startswith(f"target-bill: {path}: ")
    assert BY_TIME in said


@pytest.mark.parametrize("entity", ["Vendor", "PaymentTerm"])
def test_bill_list_names_the_list(scripted: ScriptedBill, tmp_path: Path, entity: str) -> None:
    path = turns_in_circles(scripted, entity, LIST_LIMIT)
    given = {f"BILL_{name.upper()}": str(value) for name, value in settings_for(scripted.url).items()}
    ran = subprocess.run(
        [sys.executable, "-m", "bill_cli", "list", BY_NAME[entity].stream, "--all"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, **given},
        timeout=TIMEOUT_S,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (3, "")
    assert ran.stderr.startswith(f"bill: {path}: ")
    assert REPEATS[entity] in ran.stderr


@pytest.mark.parametrize("look", [created_since, touched_since])
def test_a_look_after_a_lost_answer_names_the_list(
    scripted: ScriptedBill, look: Callable[[BillClient, Entity, datetime], Iterator[Any]]
) -> None:
    path = turns_in_circles(scripted, "Vendor", LIST_LIMIT)
    with pytest.raises(UnexpectedReplyError) as ended:
        list(look(client_at(scripted.url), BY_NAME["Vendor"], datetime(2025, 1, 1, tzinfo=UTC)))
    assert str(ended.value).startswith(f"{path}: ")
    assert BY_TIME in str(ended.value)
