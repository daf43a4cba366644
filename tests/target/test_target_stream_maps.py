"""Stream maps between a warehouse's table and BILL: amounts stay exact, and a wrong expression is told in one line."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from target_run import books, load, singer, writes

if TYPE_CHECKING:
    from pathlib import Path

    from bill_simulator import Simulator

ENTRY: dict[str, Any] = {
    "stream": "bills",
    "group_by": ["supplier", "doc_no"],
    "columns": {"vendorName": "supplier", "invoiceNumber": "doc_no", "invoiceDate": "issued", "dueDate": "due"},
    "lines": {"columns": {"amount": "gross", "description": "text"}},
}
ROW = {"supplier": "A", "doc_no": "1", "issued": "2026-03-01", "due": "2026-03-31", "text": "secret-17", "net": 10.10}


def load_mapped(simulator: Simulator, folder: Path, maps: dict[str, Any]) -> Any:
    text = singer(("public-ap_lines", [], [ROW]))
    return load(
        simulator,
        folder,
        text,
        stream_maps={"public-ap_lines": {"__alias__": "ap_lines", **maps}},
        documents={"ap_lines": ENTRY},
        create_missing=["vendors"],
    )


def test_an_expression_in_whole_numbers_is_exact(empty: Simulator, tmp_path: Path) -> None:
    ran = load_mapped(empty, tmp_path, {"gross": "net * 12 / 10"})
    assert ran.code == 0, ran.err
    assert [Decimal(str(each["amount"])) for each in books(empty, "Bill")] == [Decimal("12.12")]


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("net * 1.1", "write 1.1 as 11 / 10, such as net * 11 / 10"),
        ("nett * 2", "'nett' is not defined"),
        ("int(text)", "(ValueError)"),
        ("net / 0", "(DivisionByZero)"),
    ],
)
def test_an_expression_without_a_value_is_told_in_one_line(
    empty: Simulator, tmp_path: Path, expression: str, said: str
) -> None:
    ran = load_mapped(empty, tmp_path, {"gross": expression})
    assert ran.code == 2
    assert writes(empty) == []
    assert f"setting `stream_maps.public-ap_lines`: {expression!r} cannot be evaluated" in ran.err
    assert "line 2 of the input" in ran.err
    assert said in ran.err
    assert "Traceback" not in ran.err
    assert "secret-17" not in ran.err


def test_an_expression_that_is_none_is_told_in_one_line(empty: Simulator, tmp_path: Path) -> None:
    ran = load_mapped(empty, tmp_path, {"gross": "net *"})
    assert ran.code == 2
    assert "Traceback" not in ran.err
    assert "setting `stream_maps.public-ap_lines`: Failed to parse expression net *." in ran.err


def test_a_map_makes_the_columns_the_key_and_the_choice_of_rows(empty: Simulator, tmp_path: Path) -> None:
    rows = [ROW | {"line_id": n, "state": state} for n, state in ((1, "released"), (1, "released"), (2, "draft"))]
    maps = {
        "__alias__": "ap_lines",
        "gross": "net * 119 / 100",
        "__filter__": "state == 'released'",
        "__key_properties__": ["line_id"],
    }
    lines = {"columns": {"amount": {"column": "gross", "round": 2}, "description": "text"}}
    text = singer(("public-ap_lines", ["line_id"], rows))
    entry = {**ENTRY, "lines": lines}
    more: dict[str, Any] = {"stream_maps": {"public-ap_lines": maps}, "documents": {"ap_lines": entry}}
    ran = load(empty, tmp_path, text, create_missing=["vendors"], **more)
    assert ran.code == 0, ran.err
    assert [Decimal(str(each["amount"])) for each in books(empty, "Bill")] == [Decimal("12.02")]
