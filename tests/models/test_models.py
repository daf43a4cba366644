"""The dbt models on what real syncs have loaded, held against the books to the cent."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from conftest import client_for
from model_books import ModelBooks, differing, shown_documents, shown_open_balance
from model_runs import HOUR_S, ORGANIZATIONS, PATIENCE_S, RAW, TRANSFORM, Changes, DuckDBFile, Sync
from programs import run_text
from report_world import TABLES

from bill_api.entities import BY_NAME
from bill_report.command_line import report
from bill_simulator import Simulator, defaults
from target_duckdb.settings import LoaderSettings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

pytestmark = pytest.mark.slow

AS_OF = date(2025, 6, 30)
LATER = date(2025, 7, 8)
QUICK = ("--exclude-resource-type", "unit_test")
"""Arguments for a build that leaves out what has been run before: unit tests read no warehouse."""

UNIT_TESTS = len(yaml.safe_load((TRANSFORM / "models/marts/_unit_tests.yml").read_text())["unit_tests"])
WARNED = "credit_memos_tell_their_amounts"
"""The one test that warns: BILL's credit memos tell no amounts here either."""


def started(command: Sequence[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    name, *arguments = command
    return run_text(name, arguments, cwd=TRANSFORM, env=environment, timeout_s=PATIENCE_S)


class Session:
    """Two organizations, a warehouse, and what dbt said of each build."""

    def __init__(self, simulator: Simulator, folder: Path) -> None:
        self.simulator = simulator
        self.warehouse = DuckDBFile(folder, start=started)
        self._sync = Sync(simulator, folder, self.warehouse.target)

    def build(self, as_of: date, *arguments: str) -> str:
        self._sync.run()
        return self.warehouse.models.build(*arguments, as_of=as_of.isoformat())

    def differences(self, as_of: date) -> list[str]:
        return list(ModelBooks(self.simulator.control, ORGANIZATIONS, as_of).differences(self.warehouse))

    def rows(self, sql: str) -> list[dict[str, Any]]:
        return self.warehouse.rows(sql)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """After a first sync, and after an incremental one."""
    with Simulator(vendors=12, customers=8, bills=90, invoices=50) as simulator:
        sizes = {"vendors": 7, "customers": 5, "bills": 60, "invoices": 30}
        simulator.control.seed(defaults.EMPTY_ORGANIZATION_ID, **sizes)
        yield Session(simulator, tmp_path_factory.mktemp("models"))


def warnings(said: str) -> list[str]:
    return re.findall(r"Warning in test (\w+)", said)


def test_all_totals_are_those_of_the_books_after_each_sync(session: Session) -> None:
    said = session.build(AS_OF)
    assert warnings(said) == [WARNED]
    assert len(re.findall(r"PASS models/|PASS .*::", said)) == UNIT_TESTS
    assert session.differences(AS_OF) == []
    assert session.rows(RULES) == [rule(each, "unknown", 0) for each in sorted(ORGANIZATIONS)]
    assert session.rows("SELECT * FROM bill.bill__duplicate_suspects") == []
    found = {(each["mart"], each["name"]) for each in session.rows(MARTS_COLUMNS)}
    assert found == DESCRIBED
    assert [name for _, name in found if documented_as(name) not in PAGE] == []
    session.warehouse.change(f"UPDATE bill.bill__open_balance_daily SET day = DATE '{AS_OF}'")  # noqa: S608  months ago
    assert {name: columns(session, name, declared) for name, declared in TABLES.items()} == TABLES
    first = session.rows(OPEN_FIRST)
    assert first

    Changes(session.simulator).make()
    said = session.build(LATER, *QUICK)
    assert warnings(said) == [WARNED]
    assert session.differences(LATER) == []
    processed, scheduled = ORGANIZATIONS
    assert session.rows(RULES) == [rule(processed, "when processed", 2), rule(scheduled, "when scheduled", 2)]
    assert session.rows(SUSPECTS) == 2 * [
        {"one": "N-0071", "other": "N-72", "days_apart": 3, "reason": "same amount"},
        {"one": "n 71", "other": "N-0071", "days_apart": 61, "reason": "alike number"},
    ]
    words = session.rows(
        "SELECT DISTINCT status FROM bill.bill__ap_ar_enhanced WHERE document_type = 'bill' ORDER BY 1"
    )
    assert [each["status"] for each in words] == ["open", "paid in full", "partially paid", "scheduled"]

    # The day of the build is replaced, and no other is touched, not even by a late build of that day or a full refresh.
    assert session.rows(OPEN_FIRST) == first
    client_for(session.simulator).delete(BY_NAME["Bill"], session.rows(OPEN_BILL)[0]["document_id"])
    session.simulator.control.advance(HOUR_S)
    session.build(AS_OF, "--full-refresh", "--select", "+bill__open_balance_daily", *QUICK)
    books = ModelBooks(session.simulator.control, ORGANIZATIONS, LATER)
    assert list(differing(books.open_balance(), shown_open_balance(session.warehouse))) == []
    assert session.rows(OPEN_FIRST) == first


def columns(session: Session, model: str, like: dict[str, str]) -> dict[str, str]:
    """Those columns of a model that its likeness in tests of the report has, with their types."""
    found = session.rows(f"SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = '{model}'")  # noqa: S608
    return {each["column_name"]: each["data_type"].replace(",", ", ") for each in found if each["column_name"] in like}


def rule(organization: str, falls: str, documents: int) -> dict[str, Any]:
    return {"organization_id": organization, "due_falls": falls, "with_scheduled": documents}


def documented_as(column: str) -> str:
    """A column's name as docs/models.md has it: once for both parties, and for both bills of a pair."""
    return f"`{re.sub('_2$', '_1', column.replace('customer_', 'vendor_'))}`"


PAGE = (TRANSFORM.parent / "docs" / "models.md").read_text()
DESCRIBED = {
    (model["name"], column["name"])
    for model in yaml.safe_load((TRANSFORM / "models/marts/_marts.yml").read_text())["models"]
    for column in model["columns"]
}
"""The columns of the models as dbt's own documentation has them."""

MARTS_COLUMNS = r"""
    SELECT table_name AS mart, column_name AS name FROM information_schema.columns
    WHERE table_schema = 'bill' AND table_name LIKE 'bill\_\_%' ESCAPE '\'
"""
RULES = """
    SELECT organization_id, due_falls, with_scheduled FROM bill.bill__due_amount_rule
    WHERE document_type = 'bill' ORDER BY organization_id
"""
SUSPECTS = """
    SELECT invoice_number_1 AS one, invoice_number_2 AS other, days_apart, reason FROM bill.bill__duplicate_suspects
    ORDER BY organization_id, 1
"""
OPEN_FIRST = f"SELECT * FROM bill.bill__open_balance_daily WHERE day = DATE '{AS_OF}' ORDER BY ALL"  # noqa: S608
OPEN_BILL = f"""
    SELECT document_id FROM bill.bill__ap_ar_enhanced
    WHERE organization_id = '{defaults.ORGANIZATION_ID}' AND document_type = 'bill' AND status = 'open'
    AND due_amount > 0 ORDER BY 1
"""  # noqa: S608


def test_streams_that_were_not_loaded_are_empty_and_said(session: Session, tmp_path: Path) -> None:
    """BILL may refuse a list to a user, and a project may select a few: what can be told then is told.

    Here the models are a package of another dbt project.
    """
    warehouse = DuckDBFile(tmp_path, start=started)
    models = replace(warehouse.models, project=project_with_the_package(tmp_path / "finance"))
    assert models.run("deps").returncode == 0
    sync = Sync(session.simulator, tmp_path, warehouse.target)
    sync.select({"bills"})
    sync.run()
    said = models.build(*QUICK, as_of=LATER.isoformat())
    (absent,) = re.findall("bill: there is no table of (.*); counted as empty", said)
    assert {"vendors", "invoices", "bill_line_items"} < {*absent.split(", ")}
    assert "bills" not in absent.split(", ")
    counted = warehouse.rows("SELECT * FROM bill.bill__loaded WHERE stream IN ('bills', 'invoices') ORDER BY 1, 2")
    assert [(each["stream"], each["row_count"] > 0) for each in counted] == 2 * [("bills", True), ("invoices", False)]
    books = ModelBooks(session.simulator.control, ORGANIZATIONS, LATER)
    wanted = {key: figures for key, figures in books.documents().items() if key[1] == "bill"}
    assert list(differing(wanted, shown_documents(warehouse))) == []
    ageing = warehouse.rows("SELECT sum(total) AS total, count(vendor_name) AS names FROM bill.bill__ap_ageing")
    assert ageing == [{"total": sum(due for _, _, _, due, *_ in wanted.values()), "names": 0}]
    assert warehouse.rows("SELECT * FROM bill.bill__spend_lines") == []


def test_a_credit_memo_is_netted_where_bill_tells_its_amounts(tmp_path: Path) -> None:
    """Its fields are not known (section 17, 13): what BILL sends stands in `additional_fields`, in whatever form."""
    warehouse = DuckDBFile(tmp_path, start=started, add_record_metadata=True)
    told = ({"amount": 12.5, "applied_amount": "2.50", "credit_date": "2025-06-01"}, {"amount": "soon"}, None)
    text, an_object = {"type": ["string", "null"]}, {"type": ["object", "null"]}
    properties = dict.fromkeys(("organization_id", "id", "customer_id"), text) | {"additional_fields": an_object}
    properties["is_deleted"] = {"type": ["boolean", "null"]}
    rows: list[dict[str, Any]] = [
        {"organization_id": "o1", "id": f"m{number}", "customer_id": "c1", "additional_fields": each}
        for number, each in enumerate(told)
    ]
    # Gone from its list by the mark of the target, after BILL had said that it is there.
    gone = {"id": "gone", "additional_fields": told[0], "is_deleted": False, "_sdc_deleted_at": "2025-06-02"}
    load(warehouse, "credit_memos", properties, [*rows, {**rows[0], **gone}])
    only = ("--select", "+bill__ar_ageing", "--indirect-selection", "cautious")
    said = warehouse.models.build(*only, *QUICK, as_of=LATER.isoformat())
    assert "Got 2 results, configured to warn" in said
    found = warehouse.rows("SELECT documents, credits, total FROM bill.bill__ar_ageing")
    assert found == [{"documents": 1, "credits": Decimal("-10.00"), "total": Decimal("-10.00")}]


def test_the_loader_the_models_and_the_report_look_for_tables_in_the_same_schemas() -> None:
    variables = yaml.safe_load((TRANSFORM / "dbt_project.yml").read_text())["vars"]
    options = {each.name: each.default for each in report.params}
    loaded_to = LoaderSettings(filepath="any.duckdb").default_target_schema
    assert (variables["tap_bill_schema"], options["raw_schema"], RAW) == (loaded_to, loaded_to, loaded_to)
    assert f"env_var('BILL_MODELS_SCHEMA', '{options['schema']}')" in (TRANSFORM / "profiles.yml").read_text()


def load(warehouse: DuckDBFile, stream: str, properties: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    """Put rows into a warehouse as tap-bill sends them."""
    keys = {"schema": {"properties": properties}, "key_properties": ["organization_id", "id"]}
    messages: list[dict[str, Any]] = [{"type": "SCHEMA", "stream": stream, **keys}]
    messages += [{"type": "RECORD", "stream": stream, "record": each} for each in rows]
    lines = "\n".join(json.dumps(each) for each in messages)
    subprocess.run(warehouse.target, input=lines.encode(), capture_output=True, check=True)


def test_a_bill_whose_lines_are_missing_is_warned_of_with_its_id(tmp_path: Path) -> None:
    """A bill below zero is not warned of: nothing is scheduled of it."""
    warehouse = DuckDBFile(tmp_path, start=started)
    text: Any = {"type": ["string", "null"]}
    money: Any = {"type": ["number", "null"], "multipleOf": 0.01}
    bills: dict[str, Any] = dict.fromkeys(("organization_id", "id", "vendor_id", "approval_status"), text)
    bills |= dict.fromkeys(("amount", "due_amount", "scheduled_amount"), money) | {"lines_version": text}
    lines: dict[str, Any] = dict.fromkeys(("organization_id", "id", "bill_id"), text) | {"amount": money}
    lines |= {"lines_version": text}
    amounts = {"whole": 5, "without lines": 7, "below zero": -50}
    told = [
        {"organization_id": "o1", "id": key, "vendor_id": "v1", "amount": amount, "due_amount": amount}
        | {"scheduled_amount": 0, "lines_version": key}
        for key, amount in amounts.items()
    ]
    load(warehouse, "bills", bills, [*told, {**told[1], "organization_id": "o2"}])  # o2 was read without lines
    of_it = [
        {"organization_id": "o1", "id": key, "bill_id": key, "amount": amounts[key], "lines_version": key}
        for key in ("whole", "below zero")
    ]
    load(warehouse, "bill_line_items", lines, of_it)
    said = warehouse.models.build(*QUICK, as_of=LATER.isoformat())
    assert "lines_add_up" in warnings(said)
    assert "scheduled_is_owed" not in warnings(said)
    assert '"bill_dbt_test__audit"."lines_add_up"' in said
    found = warehouse.rows("SELECT organization_id, document_id FROM bill_dbt_test__audit.lines_add_up")
    assert found == [{"organization_id": "o1", "document_id": "without lines"}]


def project_with_the_package(folder: Path) -> Path:
    """A dbt project that has nothing of its own."""
    folder.mkdir()
    project = {"name": "finance", "version": "1.0.0", "profile": "bill", "vars": {"bill": {"tap_bill_schema": RAW}}}
    (folder / "dbt_project.yml").write_text(yaml.safe_dump(project))
    (folder / "packages.yml").write_text(yaml.safe_dump({"packages": [{"local": str(TRANSFORM)}]}))
    return folder


def test_a_wrong_variable_or_spelling_ends_in_one_message(session: Session, tmp_path: Path) -> None:
    models = session.warehouse.models
    for variables, words in (
        ({"tap_bill_schema": "nowhere"}, "no table of tap-bill is in the schema warehouse.nowhere: set the variables"),
        ({"as_of": "30.6.2025"}, "the variable as_of is '30.6.2025'; write a day of the calendar as YYYY-MM-DD"),
        ({"as_of": "2026-02-30"}, "the variable as_of is '2026-02-30'; write a day of the calendar as YYYY-MM-DD"),
    ):
        ran = models.run("run", "--select", "stg_bill__bills", "bill__ap_ageing", **variables)
        assert ran.returncode, ran.stdout
        assert words in ran.stdout
    camel = DuckDBFile(tmp_path, start=started)
    sync = Sync(session.simulator, tmp_path, camel.target, naming="bill")
    sync.select({"bills"})
    sync.run()
    ran = camel.models.run("run", "--select", "stg_bill__bills")
    assert ran.returncode, ran.stdout
    assert "has no column organization_id: load it with tap-bill, with its setting `naming: snake_case`" in ran.stdout
