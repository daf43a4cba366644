"""Cells that were guarded for a spreadsheet, and apostrophes that are the text's own."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from conftest import run

from bill_values.spreadsheet_cells import guarded

if TYPE_CHECKING:
    from pathlib import Path

NAMES = (
    *("=1", "'=1", "''=1", "@x", "+A", "-A", "-5", "'s-Hertogenbosch", "O'Brien", "''", "'quoted'"),
    *("+1 555", '="a"', "=a,b", "'-é", "plain", "=x\ny"),
)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_guarded_cells_are_read_as_they_were(tmp_path: Path, delimiter: str, quoting: int) -> None:
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter, quoting=quoting)  # type: ignore[arg-type]  # one of csv's
    writer.writerow(["name", "shortName", guarded("=phone")])
    writer.writerows([guarded(name), str(number), ""] for number, name in enumerate(NAMES))
    (tmp_path / "a.csv").write_text(file.getvalue(), newline="")
    columns = {"name": "name", "shortName": "shortName", "phone": "=phone"}
    entry = {"path": "a.csv", "stream": "vendors", "columns": columns}
    ran = run("tap_bill_csv", {"files": [entry]}, tmp_path)
    assert ran.code == 0, ran.err
    assert [each["_source_cells"][0]["name"] for each in ran.records("vendors")] == list(NAMES)
    assert [each["name"] for each in ran.records("vendors")] == list(NAMES)


def test_a_file_without_quotes_is_read_so_too(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("name,shortName\n'=\"1\",1\n'@x,2\n's,3\n")
    ran = run("tap_bill_csv", {"files": [{"path": "a.csv", "stream": "vendors", "quote": ""}]}, tmp_path)
    assert ran.code == 0, ran.err
    assert [each["name"] for each in ran.records("vendors")] == ['="1"', "@x", "'s"]
