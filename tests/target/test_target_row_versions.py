"""Rows of a table with a key: the same row twice is one line, a deleted one is none, and a part is no whole."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from target_run import account, books, load, rejects, report, singer, writes

from target_bill.input.flat_rows import FlatRows

if TYPE_CHECKING:
    from pathlib import Path

    from bill_simulator import Simulator

MAPPING: dict[str, Any] = {
    "stream": "bills",
    "group_by": ["vendor", "number"],
    "columns": {"vendorName": "vendor", "invoiceNumber": "number", "invoiceDate": "issued", "dueDate": "due"},
    "lines": {"columns": {"amount": "amount", "description": "text"}},
}
WHOLE = {**MAPPING, "whole": True}


def row(line_id: Any, number: str, amount: Any, **more: Any) -> dict[str, Any]:
    days = {"issued": "2026-03-01", "due": "2026-03-31"}
    return {"line_id": line_id, "vendor": "A", "number": number, "amount": amount, "text": "x", **days, **more}


def load_rows(
    simulator: Simulator, folder: Path, *rows: dict[str, Any], bookmark: str | None = None, **more: Any
) -> Any:
    text = singer(("ap_lines", ["line_id"], rows), bookmark=bookmark)
    entry = WHOLE if bookmark else MAPPING
    return load(simulator, folder, text, **{"documents": {"ap_lines": entry}, "create_missing": ["vendors"], **more})


def sums(simulator: Simulator) -> dict[str, Decimal]:
    return {each["invoiceNumber"]: Decimal(str(each["amount"])) for each in books(simulator, "Bill")}


def notes(folder: Path) -> str:
    return "\n".join(report(folder)["notes"])


def test_a_row_that_comes_twice_as_it_is_is_one_line(empty: Simulator, tmp_path: Path) -> None:
    ran = load_rows(empty, tmp_path, row(1, "1", 22.10), row("1", "1", "22.1", _sdc_batched_at="2026-01-01T00:00:00Z"))
    assert ran.code == 0, ran.err
    assert sums(empty) == {"1": Decimal("22.10")}
    assert "ap_lines: 1 document from 1 row\n" in notes(tmp_path) + "\n"
    assert "ap_lines: 1 row left out: repeated with the same key" in notes(tmp_path)


@pytest.mark.parametrize(
    ("bookmark", "marks"),
    [
        ("updated_at", ("2026-03-02T00:00:00Z", "2026-03-01T00:00:00Z")),
        ("_sdc_lsn", (20, 9)),
        ("lsn", None),  # a bookmark that no row has, beside a sequence
    ],
)
def test_a_later_version_of_a_row_takes_the_place_of_the_older(
    empty: Simulator, tmp_path: Path, bookmark: str, marks: tuple[Any, Any] | None
) -> None:
    name = bookmark if marks else "_sdc_sequence"
    later, older = marks or (1700000000002, 1700000000001)
    rows = [row(1, "1", 23.10, **{name: later}), row(1, "1", 22.10, **{name: older}), row(2, "1", 1, **{name: older})]
    ran = load_rows(empty, tmp_path, *rows, bookmark=bookmark)
    assert ran.code == 0, ran.err
    assert sums(empty) == {"1": Decimal("24.10")}
    assert "ap_lines: 1 row left out: superseded by a later version of the same row" in notes(tmp_path)


def test_a_row_that_has_moved_is_a_line_of_its_new_document_only(empty: Simulator, tmp_path: Path) -> None:
    rows = [row(1, "1", 5, at=1), row(2, "1", 6, at=1), row(2, "2", 6, at=2)]
    ran = load_rows(empty, tmp_path, *rows, bookmark="at")
    assert ran.code == 0, ran.err
    assert sums(empty) == {"1": 5, "2": 6}


@pytest.mark.parametrize("marks", [{}, {"_sdc_sequence": 5}])
def test_versions_without_a_proven_order_reject_every_document_that_they_may_be_of(
    empty: Simulator, tmp_path: Path, marks: dict[str, Any]
) -> None:
    rows = [row(1, "1", 5, **marks), row(1, "2", 6, **marks), row(2, "3", 7, **marks)]
    ran = load_rows(empty, tmp_path, *rows)
    assert ran.code != 0
    assert sums(empty) == {"3": 7}
    assert account(tmp_path, "ap_lines") == {"created": 1, "rejected": 2}
    told = [json.dumps(each) for each in rejects(tmp_path)]
    assert len(told) == 2
    assert all("rows 1, 2 have the key 1 (line_id) and do not say the same" in each for each in told)


def test_a_row_without_its_key_rejects_its_document(empty: Simulator, tmp_path: Path) -> None:
    ran = load_rows(empty, tmp_path, row(None, "1", 5), row(2, "1", 6), row(3, "2", 7))
    assert ran.code != 0
    assert sums(empty) == {"2": 7}
    assert "column 'line_id': the row has no value for this key property" in json.dumps(rejects(tmp_path))


def test_a_key_that_is_a_tax_number_is_not_shown(empty: Simulator, tmp_path: Path) -> None:
    rows = [{"name": name, "tax": "12-3456789"} for name in ("A", "B")]
    entry = {"stream": "vendors", "columns": {"name": "name", "taxId": "tax"}}
    ran = load(empty, tmp_path, singer(("ap_vendors", ["tax"], rows)), documents={"ap_vendors": entry})
    assert ran.code != 0
    assert "rows 1, 2 have the key (hidden) (tax)" in json.dumps(rejects(tmp_path))
    assert "3456789" not in ran.err + json.dumps(rejects(tmp_path)) + json.dumps(report(tmp_path))


MARKS = [
    {"_sdc_deleted_at": "2026-03-02T00:00:00Z"},
    {"DELETED_AT": "2026-03-02T00:00:00Z"},
    {"is_deleted": True},
    {"isDeleted": "true"},
]


@pytest.mark.parametrize("mark", MARKS)
def test_a_deleted_row_is_no_line(empty: Simulator, tmp_path: Path, mark: dict[str, Any]) -> None:
    ran = load_rows(empty, tmp_path, row(1, "1", 5, **dict.fromkeys(mark)), row(2, "1", 6, **mark))
    assert ran.code == 0, ran.err
    assert sums(empty) == {"1": 5}
    assert "ap_lines: 1 rows are deleted in the source, and are no lines (row 2 is the first)" in notes(tmp_path)


@pytest.mark.parametrize("allowed", [True, False])
def test_a_document_of_deleted_rows_alone_is_deleted(empty: Simulator, tmp_path: Path, allowed: bool) -> None:
    rows = [row(1, "1", 5), row(2, "1", 6), row(3, "2", 7)]
    load_rows(empty, tmp_path, *rows)
    gone = [{**each, "is_deleted": each["number"] == "1"} for each in rows]
    empty.control.forget_requests()
    ran = load_rows(empty, tmp_path, *gone, allow_deletes=allowed)
    left = {each["invoiceNumber"] for each in books(empty, "Bill") if each["isActive"] == "1"}
    assert left == ({"2"} if allowed else {"1", "2"})
    assert ran.code == 0, ran.err
    assert ("deleted" in account(tmp_path, "ap_lines")) is allowed
    assert allowed or "deleted in the source; deletes are not carried out" in json.dumps(report(tmp_path)) + ran.err
    assert bool(writes(empty)) is allowed


def test_a_mark_that_says_nothing_clear_rejects_its_document(empty: Simulator, tmp_path: Path) -> None:
    ran = load_rows(empty, tmp_path, row(1, "1", 5, deleted_at="perhaps"), row(2, "2", 6))
    assert ran.code != 0
    assert sums(empty) == {"2": 6}
    assert "'perhaps' is no instant" in json.dumps(rejects(tmp_path))


def test_the_delete_of_a_row_supersedes_it(empty: Simulator, tmp_path: Path) -> None:
    rows = [row(1, "1", 5, at=1), row(2, "1", 6, at=1), row(2, "1", 6, at=2, _sdc_deleted_at="2026-03-02T00:00:00Z")]
    ran = load_rows(empty, tmp_path, *rows, bookmark="at")
    assert ran.code == 0, ran.err
    assert sums(empty) == {"1": 5}


@pytest.mark.parametrize("marks", [["updated_at"], "updated_at", ["a", "b"]])
def test_a_table_that_comes_in_parts_is_refused_before_anything_is_sent(
    empty: Simulator, tmp_path: Path, marks: Any
) -> None:
    load_rows(empty, tmp_path, row(1, "1", 10))
    lines = singer(("ap_lines", ["line_id"], [row(2, "1", 15)])).splitlines()
    schema = {**json.loads(lines[0]), "bookmark_properties": marks}
    empty.control.forget_requests()
    ran = load(empty, tmp_path, "\n".join([json.dumps(schema), *lines[1:]]), documents={"ap_lines": MAPPING})
    assert ran.code == 2
    assert writes(empty) == []
    assert sums(empty) == {"1": 10}
    assert "documents.ap_lines.whole" in ran.err
    assert "must be true, or the table must come as a whole" in ran.err
    assert "FULL_TABLE and without a replication key" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.slow
@given(
    st.lists(st.tuples(st.integers(1, 3), st.integers(1, 999)), min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(0, 5), st.integers(-9, -1), st.integers(1, 999)), max_size=6),
    st.randoms(use_true_random=False),
)
def test_repeats_and_older_versions_change_no_document(
    current: list[tuple[int, int]], older: list[tuple[int, int, int]], dice: Any
) -> None:
    rows = [row(place, f"{number}", amount, at=place) for place, (number, amount) in enumerate(current)]
    more = [
        row(place, f"{dice.randint(1, 9)}", amount, at=at, is_deleted=dice.random() < 0.3)
        for place, at, amount in older
        if place < len(rows)
    ]
    more += dice.choices(rows, k=dice.randrange(4))
    everything = [*rows, *more]
    dice.shuffle(everything)
    assert lines_of(everything) == lines_of(rows)


def lines_of(rows: list[dict[str, Any]]) -> dict[str, list[str]]:
    """The amounts of each document."""
    flat = FlatRows({"ap_lines": WHOLE}, {}, lambda _: None)
    flat.expect("ap_lines", rows[0], keys=("line_id",), bookmarks=("at",))
    for each in rows:
        flat.add("ap_lines", each)
    found = {}
    for _, record in flat.documents():
        assert record["_source_errors"] is None
        found[record["invoiceNumber"]] = sorted(str(line["amount"]) for line in record["billLineItems"])
    flat.close()
    return found
