"""Columns in snake_case, or in BILL's own spelling: the same values under other names."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from conftest import run, settings
from hypothesis import given
from hypothesis import strategies as st

from bill_api.entities import ENTITIES
from bill_api.table.entity import snake
from bill_singer.naming import Columns
from tap_bill.tap import TapBill

if TYPE_CHECKING:
    from pathlib import Path

    from bill_simulator import Simulator

RESERVED = frozenset(
    """
    account all alter analyse analyze and any array as asc asymmetric at authorization between binary both by case
    cast check collate collation column concurrently connect connection constraint contains create cross cube
    current current_catalog current_date current_role current_schema current_time current_timestamp current_user
    database default deferrable define delete desc distinct do drop else end enum escape except exclude exists
    extract false fetch following for foreign freeze from full grant group grouping groups gscluster hash having
    if ignore ilike in increment initially inner insert intersect interval into is isnull issue join lambda
    lateral leading left like limit localtime localtimestamp lookup merge minus natural new no not notnull null
    nulls of offset on only or order organization outer over overlaps partition pivot placing preceding primary
    proto qualify range recursive references regexp respect returning revoke right rlike rollup row rows sample
    schema select session_user set show similar some start struct symmetric system_user table tablesample then to
    trailing treat trigger true try_cast unbounded union unique unnest unpivot update user using values variadic
    verbose view when whenever where window with within
    """.split()  # noqa: SIM905  as many words as a list of texts would have lines
)
"""Words that PostgreSQL, Snowflake, BigQuery and DuckDB reserve, by their documentation."""


def catalog_of(naming: str) -> dict[str, dict[str, Any]]:
    tap = TapBill(validate_config=False, config={"naming": naming})
    return {each["tap_stream_id"]: each for each in json.loads(json.dumps(tap.catalog_dict))["streams"]}


def test_no_column_needs_quotes_in_any_warehouse() -> None:
    for stream, entry in catalog_of("snake_case").items():
        arrays = [
            each["items"] for each in entry["schema"]["properties"].values() if "properties" in each.get("items", {})
        ]
        columns = [name for each in (entry["schema"], *arrays) for name in each["properties"]]
        for name in (stream, *columns):
            assert re.fullmatch("[a-z][a-z0-9_]*", name), f"{stream}.{name}"
            assert name not in RESERVED, f"{stream}.{name}"


def test_both_namings_have_the_same_columns_with_the_same_meaning() -> None:
    snaked, bills = catalog_of("snake_case"), catalog_of("bill")
    assert snaked.keys() == bills.keys()
    for stream, entry in bills.items():
        properties = entry["schema"]["properties"]
        assert list(map(snake, properties)) == list(snaked[stream]["schema"]["properties"]), stream
        assert [snake(each) for each in entry["key_properties"]] == snaked[stream]["key_properties"]


@pytest.mark.parametrize("name", sorted({each.name for entity in ENTITIES for each in entity.fields}))
def test_a_name_in_snake_case_has_a_word_for_each_capital(name: str) -> None:
    assert snake(name).replace("_", "") == name.lower()


def respelled(value: Any) -> Any:
    if isinstance(value, list):
        return list(map(respelled, value))
    return {snake(name): respelled(each) for name, each in value.items()} if isinstance(value, dict) else value


def test_records_are_the_same_in_both(simulator: Simulator, tmp_path: Path) -> None:
    snaked, bills = (run("tap_bill", settings(simulator, naming=each), tmp_path) for each in ("snake_case", "bill"))
    streams = {each["stream"] for each in bills.messages if each["type"] == "RECORD"}
    assert len(streams) > 20
    for stream in streams - {"code_labels"}:
        assert snaked.records(stream) == respelled(bills.records(stream)), stream
    assert {each["field"] for each in snaked.records("code_labels")} >= {"payment_status", "line_type"}
    bill = next(each for each in snaked.records("bills") if each["bill_line_items"])
    assert {"organization_id", "vendor_id", "is_deleted", "deleted_at", "updated_time"} <= bill.keys()
    assert {"bill_id", "chart_of_account_id", "line_type"} <= bill["bill_line_items"][0].keys()


def test_a_second_sync_in_snake_case_goes_on_from_the_first(simulator: Simulator, tmp_path: Path) -> None:
    given = settings(simulator, naming="snake_case")
    first = run("tap_bill", given, tmp_path)
    (tmp_path / "state.json").write_text(json.dumps(first.state))
    simulator.control.advance(3600)
    second = run("tap_bill", given, tmp_path, "--state", str(tmp_path / "state.json"))
    assert first.records("bills")
    assert not second.records("bills")
    assert first.state["bookmarks"]["bills"]["partitions"][0]["context"] == {
        "organization_id": simulator.organization_id
    }


def test_another_naming_reads_everything_anew(simulator: Simulator, tmp_path: Path) -> None:
    """Its columns are others, and so are its tables."""
    first = run("tap_bill", settings(simulator, naming="bill"), tmp_path)
    (tmp_path / "state.json").write_text(json.dumps(first.state))
    simulator.control.advance(3600)
    second = run(
        "tap_bill", settings(simulator, naming="snake_case"), tmp_path, "--state", str(tmp_path / "state.json")
    )
    assert len(second.records("bills")) == len(first.records("bills")) > 0


def test_a_catalog_of_the_other_naming_is_refused(simulator: Simulator, tmp_path: Path) -> None:
    (tmp_path / "catalog.json").write_text(run("tap_bill", {"naming": "bill"}, tmp_path, "--discover").out)
    ran = run(
        "tap_bill", settings(simulator, naming="snake_case"), tmp_path, "--catalog", str(tmp_path / "catalog.json")
    )
    assert ran.code == 2
    assert "make the catalog anew with `--discover`" in ran.err
    assert "`naming: snake_case`" in ran.err


def test_a_catalog_that_lost_the_keys_doubles_no_rows(simulator: Simulator, tmp_path: Path) -> None:
    catalog = json.loads(run("tap_bill", {"naming": "snake_case"}, tmp_path, "--discover").out)
    for stream in catalog["streams"]:
        stream.pop("key_properties", None)
        stream["metadata"] = [each for each in stream["metadata"] if each["breadcrumb"]]
        stream["metadata"].append({"breadcrumb": [], "metadata": {"selected": True}})
    (tmp_path / "catalog.json").write_text(json.dumps(catalog))
    ran = run(
        "tap_bill", settings(simulator, naming="snake_case"), tmp_path, "--catalog", str(tmp_path / "catalog.json")
    )
    assert ran.code == 0, ran.err
    schemas = [each for each in ran.messages if each["type"] == "SCHEMA" and each["stream"] != "code_labels"]
    assert all(each["key_properties"] == ["organization_id", "id"] for each in schemas)


def test_filters_are_given_in_either_spelling(simulator: Simulator, tmp_path: Path) -> None:
    for name in ("dueDate", "due_date"):
        options = {"bills": {"filters": [{"field": name, "op": ">=", "value": "2999-01-01"}]}}
        ran = run("tap_bill", settings(simulator, naming="snake_case", stream_options=options), tmp_path)
        assert ran.code == 0, ran.err
        assert not ran.records("bills")


@given(
    st.lists(st.text("aB_1", min_size=1, max_size=5), unique=True), st.lists(st.text("aB_1", min_size=1, max_size=5))
)
def test_no_two_names_share_a_column(known: list[str], later: list[str]) -> None:
    known = list({snake(each): each for each in known}.values())
    columns = Columns({each: {} for each in known})
    names = [*known, *later]
    assert len({columns[each] for each in names}) == len(set(names))
    assert [columns[each] for each in known] == list(map(snake, known))
