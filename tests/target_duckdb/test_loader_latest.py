"""Lines of the present document only: those of an earlier version go when later ones come."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from conftest import client_for, run, settings
from effort import examples
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from loader_run import INTEGER, TEXT, Warehouse, record, schema, state

from bill_api.entities import BY_NAME
from bill_program.exit_codes import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

    from bill_simulator import Simulator

LINES = {"id": TEXT, "bill": TEXT, "version": INTEGER, "amount": INTEGER}
LATEST = {"lines": {"of": ["bill"], "version": "version"}}
BILL_LINES = {"bill_line_items": {"of": ["organization_id", "bill_id"], "version": "lines_version"}}
HOUR_S = 3600


def lines(*rows: tuple[str, str, int, int]) -> list[bytes]:
    return [schema("lines", LINES, ["id"]), *(record("lines", dict(zip(LINES, row, strict=True))) for row in rows)]


def test_lines_of_an_earlier_version_go_and_no_others(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path, latest_only=LATEST)
    warehouse.load(lines(("a", "A", 1, 10), ("b", "A", 1, 5), ("c", "B", 1, 7)))
    warehouse.load(lines(("d", "A", 2, 11)))
    assert warehouse.rows("SELECT id, amount FROM lines ORDER BY id") == [("c", 7), ("d", 11)]
    warehouse.load(lines(("d", "A", 2, 11)))
    assert warehouse.rows("SELECT sum(amount) FROM lines") == [(18,)]


def test_lines_of_one_version_in_several_batches_stay_together(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path, latest_only=LATEST, batch_size_rows=2)
    warehouse.load(lines(*((f"x{i}", "A", 1, 1) for i in range(5))))
    warehouse.load(lines(*((f"y{i}", "A", 2, 1) for i in range(7))))
    assert warehouse.rows("SELECT count(*), min(version) FROM lines") == [(7, 2)]


versions = st.lists(st.lists(st.integers(0, 99), min_size=1, max_size=4), min_size=1, max_size=4)


@hypothesis_settings(max_examples=examples(12))
@given(bills=st.lists(versions, min_size=1, max_size=3), size=st.integers(1, 5))
def test_a_plain_sum_is_that_of_the_latest_versions(
    bills: list[list[list[int]]], size: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    warehouse = Warehouse(tmp_path_factory.mktemp("sums"), latest_only=LATEST, batch_size_rows=size)
    for version in range(max(map(len, bills))):
        warehouse.load(
            lines(
                *(
                    (f"{number}-{version}-{place}", f"{number}", version, amount)
                    for number, bill in enumerate(bills)
                    for place, amount in enumerate(bill[version] if version < len(bill) else [])
                )
            )
        )
    expected = sum(sum(bill[-1]) for bill in bills)
    assert warehouse.rows("SELECT sum(amount) FROM lines") == [(expected,)]


@pytest.mark.parametrize(
    ("latest", "said"),
    [
        ({"of": ["bil"], "version": "version"}, ("latest_only", "'bil'", "bill")),
        ({"of": ["bill"], "version": "when"}, ("latest_only", "'when'")),
        ({"of": [], "version": "version"}, ("latest_only",)),
    ],
)
def test_a_field_that_is_not_there_is_named(tmp_path: Path, latest: dict[str, Any], said: tuple[str, ...]) -> None:
    Warehouse(tmp_path, latest_only={"lines": latest}).run(lines(("a", "A", 1, 1))).refused(*said, code=ExitCode.USAGE)


def test_it_is_refused_where_every_record_is_kept(tmp_path: Path) -> None:
    ran = Warehouse(tmp_path, latest_only=LATEST, load_method="append-only").run(lines(("a", "A", 1, 1)))
    ran.refused("setting `latest_only`", "`load_method: append-only`", code=ExitCode.USAGE)


def test_a_stream_that_did_not_come_is_named_at_the_end(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path, latest_only={**LATEST, "line": LATEST["lines"]})
    told = warehouse.load(lines(("a", "A", 1, 10))).told
    assert "latest_only names the stream 'line', which did not come; did you mean 'lines'?" in told
    assert "the stream 'lines'" not in told
    assert "did not come" not in warehouse.load([state({"at": 1})]).told


def test_the_lines_of_bills_sum_up_to_the_books_after_an_update(simulator: Simulator, tmp_path: Path) -> None:
    warehouse: dict[str, Any] = {
        "filepath": str(tmp_path / "w.duckdb"),
        "default_target_schema": "bill",
        "latest_only": BILL_LINES,
    }
    given_ = settings(simulator, naming="snake_case")
    catalog = json.loads(run("tap_bill", {"naming": "snake_case"}, tmp_path, "--discover").out)
    for stream in catalog["streams"]:
        for entry in stream["metadata"]:
            if not entry["breadcrumb"]:
                entry["metadata"]["selected"] = stream["tap_stream_id"] in {"bills", "bill_line_items"}
    (tmp_path / "catalog.json").write_text(json.dumps(catalog))
    arguments = ["--catalog", str(tmp_path / "catalog.json")]
    for _ in range(2):
        ran = run("tap_bill", given_, tmp_path, *arguments)
        assert run("target_duckdb", warehouse, tmp_path, stdin=ran.out).code == 0
        with duckdb.connect(warehouse["filepath"]) as db:
            ((total,),) = db.execute("SELECT sum(amount) FROM bill.bill_line_items").fetchall()
        assert total == simulator.control.totals(simulator.organization_id)["Bill"]["amount"]
        (tmp_path / "state.json").write_text(json.dumps(ran.state))
        arguments = ["--catalog", str(tmp_path / "catalog.json"), "--state", str(tmp_path / "state.json")]
        simulator.control.advance(HOUR_S)
        bill = simulator.control.books(simulator.organization_id, "Bill")[0]
        line = {"entity": "BillLineItem", "amount": Decimal("1.25")}
        client_for(simulator).update(BY_NAME["Bill"], {"id": bill["id"], "billLineItems": [line]})


def test_lines_of_a_bill_that_changed_twice_in_a_second_are_told_apart(simulator: Simulator, tmp_path: Path) -> None:
    """With a sync between the two changes: BILL's times have whole seconds."""
    now = "2030-01-02T10:00:00Z"
    bill = simulator.control.books(simulator.organization_id, "Bill")[0]
    warehouse: dict[str, Any] = {"filepath": str(tmp_path / "w.duckdb"), "latest_only": BILL_LINES}
    arguments: list[str] = []
    for amount in ("100.00", "70.00"):
        simulator.control.set_clock(now)
        line = {"entity": "BillLineItem", "amount": Decimal(amount)}
        client_for(simulator).update(BY_NAME["Bill"], {"id": bill["id"], "billLineItems": [line]})
        ran = run("tap_bill", settings(simulator, naming="snake_case"), tmp_path, *arguments)
        assert run("target_duckdb", warehouse, tmp_path, stdin=ran.out).code == 0
        (tmp_path / "state.json").write_text(json.dumps(ran.state))
        arguments = ["--state", str(tmp_path / "state.json")]
    joined = (
        "SELECT sum(l.amount) FROM tap_bill.bill_line_items AS l "
        "JOIN tap_bill.bills AS b ON b.id = l.bill_id AND b.lines_version = l.lines_version"
    )
    plain = "SELECT sum(amount) FROM tap_bill.bill_line_items"
    with duckdb.connect(warehouse["filepath"]) as db:
        for query in (joined, plain):
            ((total,),) = db.execute(query).fetchall()
            assert total == simulator.control.totals(simulator.organization_id)["Bill"]["amount"], query
