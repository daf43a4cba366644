"""Bank and tax numbers and tokens: in no schema and in no record unless a setting names them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from conftest import everything, run, settings

from bill_api.entities import ENTITIES
from bill_api.table.entity import snake

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Ran

    from bill_simulator import Simulator

SENSITIVE = {(entity.stream, snake(each.name)) for entity in ENTITIES for each in entity.fields if each.sensitive}


def synced(simulator: Simulator, folder: Path, catalog: Path, **more: Any) -> Ran:
    ran = run("tap_bill", settings(simulator, **more), folder, "--catalog", str(catalog))
    assert ran.code == 0, ran.err
    return ran


def came(ran: Ran) -> set[tuple[str, str]]:
    """Sensitive fields in what a run wrote, in either naming: in its schemas and in its records."""
    schemas = {
        (each["stream"], snake(name))
        for each in ran.messages
        if each["type"] == "SCHEMA"
        for name in each["schema"]["properties"]
    }
    told = [each for each in ran.messages if each["type"] == "RECORD"]
    records = {(each["stream"], snake(name)) for each in told for name in each["record"]}
    return (schemas | records) & SENSITIVE


def test_no_line_has_a_sensitive_field() -> None:
    """They are withheld from what a stream has itself."""
    arrays = [array for entity in ENTITIES for array in entity.children]
    assert arrays
    assert not [each.name for array in arrays for each in array.item_fields if each.sensitive]


def test_they_do_not_come_whatever_a_catalog_selects(simulator: Simulator, tmp_path: Path) -> None:
    catalog = json.loads(run("tap_bill", {"sensitive_fields": True}, tmp_path, "--discover").out)
    for stream in catalog["streams"]:
        for entry in stream["metadata"]:
            entry["metadata"] = {**entry["metadata"], "selected": True}
    (tmp_path / "all.json").write_text(json.dumps(catalog))
    assert {
        (each["tap_stream_id"], snake(name)) for each in catalog["streams"] for name in each["schema"]["properties"]
    } >= SENSITIVE
    assert not came(synced(simulator, tmp_path, tmp_path / "all.json"))


@pytest.mark.parametrize("naming", ["bill", "snake_case"])
@pytest.mark.parametrize("name", ["vendors.taxId", "vendors.tax_id"])
def test_one_that_is_named_comes_and_no_other(simulator: Simulator, tmp_path: Path, name: str, naming: str) -> None:
    given = {"sensitive_fields": [name], "naming": naming}
    ran = run("tap_bill", settings(simulator, **given), tmp_path)
    assert ran.code == 0, ran.err
    column = "taxId" if naming == "bill" else "tax_id"
    assert all(column in each for each in ran.records("vendors"))
    assert not any(column in each for each in ran.records("customers"))
    assert came(ran) == {("vendors", "tax_id")}


def test_all_of_them_come_when_all_are_asked_for(simulator: Simulator, tmp_path: Path) -> None:
    ran = synced(simulator, tmp_path, everything(tmp_path), sensitive_fields=True)
    assert {("vendors", "tax_id"), ("bank_accounts", "account_number"), ("customers", "tax_id")} <= came(ran)
    assert all(each["accountNumber"].startswith("******") for each in ran.records("bank_accounts"))


def test_a_name_that_is_none_is_refused_with_a_hint(simulator: Simulator, tmp_path: Path) -> None:
    ran = run("tap_bill", settings(simulator, sensitive_fields=["vendors.tax_idd"]), tmp_path)
    assert ran.code == 2
    assert "setting `sensitive_fields[0]` is 'vendors.tax_idd'" in ran.err
    assert "did you mean `vendors.tax_id`" in ran.err
