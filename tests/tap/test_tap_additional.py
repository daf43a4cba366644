"""Fields that BILL adds: they reach every warehouse, in a column that is there from the first row on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest
from conftest import run, settings
from tap_run import synced

from bill_api.entities import ENTITIES
from bill_api.identity.sensitive import looks_sensitive
from tap_bill.additional import AdditionalFields

if TYPE_CHECKING:
    from pathlib import Path

    from bill_simulator import Simulator

HOUR_S = 3600


@pytest.mark.parametrize("naming", ["bill", "snake_case"])
def test_every_record_has_the_columns_of_its_schema_and_no_other(
    simulator: Simulator, tmp_path: Path, naming: str
) -> None:
    simulator.control.switch(unread_fields="present")
    ran = synced(simulator, tmp_path, naming=naming)
    columns = {each["stream"]: each["schema"]["properties"].keys() for each in ran.messages if each["type"] == "SCHEMA"}
    records = [each for each in ran.messages if each["type"] == "RECORD"]
    assert len(records) > 300
    for each in records:
        assert each["record"].keys() <= columns[each["stream"]], each["stream"]


def test_a_field_that_appears_between_two_syncs_is_in_the_warehouse(simulator: Simulator, tmp_path: Path) -> None:
    warehouse = {"filepath": str(tmp_path / "warehouse.duckdb"), "default_target_schema": "bill"}
    first = synced(simulator, tmp_path, naming="snake_case")
    assert run("target_duckdb", warehouse, tmp_path, stdin=first.out).code == 0
    simulator.control.switch(unread_fields="present")
    simulator.control.advance(HOUR_S)
    second = synced(simulator, tmp_path, first.state, naming="snake_case")
    loaded = run("target_duckdb", warehouse, tmp_path, stdin=second.out)
    assert loaded.code == 0, loaded.err
    with duckdb.connect(warehouse["filepath"]) as db:
        query = "SELECT count(*), count(additional_fields->>'created_time') FROM bill.payment_terms"
        rows, told = db.execute(query).fetchall()[0]
    assert rows == told > 0


def test_the_target_names_what_it_cannot_send(simulator: Simulator, empty: Simulator, tmp_path: Path) -> None:
    simulator.control.switch(unread_fields="present")
    ran = synced(simulator, tmp_path, naming="snake_case")
    loaded = run("target_bill", settings(empty), tmp_path, stdin=ran.out)
    assert loaded.code == 0, loaded.err
    assert "`created_time` is not a field of PaymentTerm: not sent" in loaded.err
    assert "additional" not in loaded.err


ODD = {"iban": "DE00", "customThing": {"accountNumber": "12", "kept": [{"bankRoutingNumber": "1"}, 5]}, "note": "x"}


def test_what_looks_like_a_bank_number_is_left_out_however_deep_and_told_once(caplog: pytest.LogCaptureFixture) -> None:
    fields = AdditionalFields("vendors", wants_sensitive=False)
    for _ in range(2):
        assert fields.without(ODD) == {"customThing": {"kept": [{}, 5]}, "note": "x"}
    told = [each for each in caplog.messages if "looks like a bank or tax number" in each]
    assert len(told) == len({"iban", "accountNumber", "bankRoutingNumber"})
    assert "DE00" not in caplog.text


def test_it_comes_with_all_sensitive_fields() -> None:
    assert AdditionalFields("vendors", wants_sensitive=True).without(ODD) == ODD


def test_names_that_are_known_to_be_sensitive_look_so_and_few_others_do() -> None:
    known = [(each.name, each.sensitive) for entity in ENTITIES for each in entity.fields]
    looks = {name: looks_sensitive(name) for name, _ in known}
    plain = {name for name, sensitive in known if not sensitive and looks[name]}
    assert plain <= {"accountNumber", "accNumber", "isAccountNumberRequired", "taxIdType"}, "columns of their own"
    assert [name for name, sensitive in known if sensitive and not looks[name]] == []
