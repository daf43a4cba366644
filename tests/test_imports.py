"""Who may import whom: the layers of the project, read from the syntax trees."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = (
    *("bill_api", "bill_cli", "bill_program", "bill_values", "bill_documents", "bill_simulator", "bill_singer"),
    "bill_report",
    *("tap_bill", "tap_bill_csv", "target_bill", "target_duckdb"),
)
TABLE = {"bill_api.table", "bill_api.entities"}

ALLOWED: dict[str, set[str]] = {
    "bill_values": {"bill_values"},
    "bill_program": {"bill_program", "bill_values"},
    "bill_api": {"bill_api", "bill_program", "bill_values"},
    "bill_cli": {"bill_cli", "bill_api", "bill_program", "bill_values"},
    "bill_documents": {"bill_documents", *TABLE, "bill_api.identity", "bill_program", "bill_values"},
    # The simulator writes envelope, codes and rules a second time, on purpose: a wrong belief about BILL that both
    # sides shared would pass every test.
    "bill_simulator": {
        "bill_simulator",
        "bill_api.table.entity",
        "bill_api.table.fields",
        "bill_api.entities",
        "bill_program.ending",
        "bill_program.env_file",
        "bill_program.environment",
        "bill_program.errors",
        "bill_program.options",
        "bill_program.start",
        "bill_values.numbers",
    },
    "bill_singer": {"bill_singer", *TABLE, "bill_program", "bill_values", "singer_sdk"},
    "tap_bill": {"tap_bill", "bill_api", "bill_singer", "bill_program", "bill_values", "singer_sdk"},
    "tap_bill_csv": {
        "tap_bill_csv",
        "bill_documents",
        "bill_singer",
        *TABLE,
        "bill_program",
        "bill_values",
        "singer_sdk",
    },
    "target_bill": {
        "target_bill",
        "bill_documents",
        "bill_api",
        "bill_singer",
        "bill_program",
        "bill_values",
        "singer_sdk",
    },
    "target_duckdb": {"target_duckdb", "bill_singer", "bill_program", "bill_values", "singer_sdk"},
    # It reads what others have written; of the loader it has the words for errors of DuckDB, and the quotes of names.
    "bill_report": {
        "bill_report",
        "target_duckdb.database",
        "target_duckdb.errors",
        "bill_program",
        "bill_values",
    },
}
WATCHED = (*PACKAGES, "singer_sdk")


def imports_of(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.add(node.module or "")
    return {name for name in found if name.split(".")[0] in WATCHED}


def allowed(name: str, package: str) -> bool:
    return any(name == each or name.startswith(each + ".") for each in ALLOWED[package])


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_only_what_its_layer_may(package: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sorted((ROOT / package).rglob("*.py"))
        for name in sorted(imports_of(path))
        if not allowed(name, package)
    ]
    assert not wrong


def test_the_check_would_see_a_wrong_import() -> None:
    assert not allowed("bill_api.client", "bill_simulator")
    assert not allowed("target_bill.ledger.ledger", "tap_bill")
    assert not allowed("singer_sdk", "bill_api")


def test_the_loader_runs_without_bills_entity_table() -> None:
    code = "import sys, target_duckdb.target; print(*(each for each in sys.modules if each.startswith('bill_')))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = ran.stdout.split()
    assert "bill_program.settings" in loaded
    assert not [each for each in loaded if each.startswith("bill_api")]


def test_of_the_target_only_its_flat_rows_need_what_makes_documents_of_rows() -> None:
    """It is installed without the extra that brings DuckDB."""
    wanting = [path for path in (ROOT / "target_bill").rglob("*.py") if "bill_documents" in str(imports_of(path))]
    assert [path.name for path in wanting] == ["flat_rows.py"]
