"""The pipes of the examples on engines at a local BILL, and the closing tables that an engine shows of them."""

from __future__ import annotations

import os
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from closing_tables import newest, of_load, of_warehouse, reasons_of, reports_in, total
from conftest import settings
from organization_pipes import LOADING, READING, WAREHOUSE, has_files
from pipeline import REFUSED, Pipe, PipeError, held

if TYPE_CHECKING:
    from bill_simulator import Simulator

INBOX = "Supplier,Invoice,Date,Due,Net,Text\nAlder,1,2025-07-01,2025-07-31,{first},a\nAlder,2,2025-07-01,,2.50,b\n"


def run(simulator: Simulator, pipe: Pipe, folder: Path) -> None:
    variables = {f"BILL_{name.upper()}": str(value) for name, value in settings(simulator).items()}
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    with held(folder) as lock:
        pipe.run(folder, lock, os.environ | variables | {"PATH": programs, "TARGET_BILL_CREATE_MISSING": '["vendors"]'})


def test_the_table_of_a_sync_has_what_was_read_and_what_is_there(simulator: Simulator, tmp_path: Path) -> None:
    run(simulator, READING, tmp_path)
    rows = {each["stream"]: each for each in of_warehouse(tmp_path / WAREHOUSE, READING.log(tmp_path, READING.tap))}
    books = simulator.control.books(simulator.organization_id, "Bill")
    amount = sum((each["amount"] for each in books), Decimal(0))
    assert rows["bills"] == {"stream": "bills", "read": len(books), "rows": len(books), "amount": f"{amount:.2f}"}
    assert rows["vendors"]["amount"] == ""
    assert total(list(rows.values()), "read") == {"read": sum(each["rows"] for each in rows.values())}


def test_the_table_of_a_load_has_its_verdicts_and_the_reasons_of_rejects(empty: Simulator, tmp_path: Path) -> None:
    assert not has_files(tmp_path)
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "bills.csv").write_text(INBOX.format(first="1.00"))
    assert has_files(tmp_path)
    with pytest.raises(PipeError) as error:
        run(empty, LOADING, tmp_path)
    assert error.value.code == REFUSED
    report = newest(reports_in(tmp_path))
    assert report is not None
    (bills,) = (each for each in of_load(report) if each["stream"] == "bills")
    assert bills == {
        "stream": "bills", "received": 2, "created": 1, "updated": 0, "unchanged": 0, "rejected": 1,
        "money": "3.50", "rejected money": "2.50",
    }  # fmt: skip
    assert [each.partition(":")[0] for each in reasons_of(report)] == ["1 x bills"]
    assert newest(reports_in(tmp_path) - reports_in(tmp_path)) is None
